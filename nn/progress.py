"""A progress bar, where somebody sees it: in a terminal and in a notebook."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def is_watched() -> bool:
    """Whether stderr is a terminal, or this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if "IPKernelApp" in getattr(shell, "config", {}):
        return True
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is no stderr (a program with windows), or it was closed
        return False


@contextmanager
def progress_bar(total: int, shown: bool | None, unit: str = "epoch") -> Iterator[Any]:
    """tqdm's bar, for a terminal or a notebook; None if nobody would see it, unless `shown` says what to do."""
    if not (is_watched() if shown is None else shown):
        yield None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about widgets that are not installed: then it is a bar of text
        from tqdm.auto import tqdm

        bar = tqdm(total=total, unit=unit)
    try:
        yield bar
    finally:
        bar.close()
