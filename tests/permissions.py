"""Permissions of files, as Unix has them: for tests of what is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """What the process takes from the permissions of new files, inside of the `with`."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    """The permissions of a file: 0o600 for its owner alone."""
    return stat.S_IMODE(path.stat().st_mode)
