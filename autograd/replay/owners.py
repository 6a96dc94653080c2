"""Whose a file is, and whether anybody else may write to it: machine code that is found in a file will be run."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

# A link is not followed, and a pipe not waited for.
_READ = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_on_windows = os.name == "nt"


def own_content(path: Path) -> bytes:
    """The content of an ordinary file that is this user's, and that nobody else may write to.

    It is the file that was opened that counts, not what its name leads to by then. Raises PermissionError for any
    other file, and the system's own OSError where there is none.
    """
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise PermissionError(errno.EPERM, "this is a link")
    with os.fdopen(os.open(path, _READ), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or not _is_own_file(file.fileno()):
            raise PermissionError(errno.EPERM, "others may have written this")
        return file.read()


def is_own(status: os.stat_result) -> bool:
    """Whether something is this user's, and nobody else may write to it; True on Windows, whose status has no owner."""
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _is_own_file(handle: int) -> bool:
    if not _on_windows:
        return is_own(os.fstat(handle))
    from .windows import Security

    security = Security()
    return security.owner(handle) in security.own_identities()
