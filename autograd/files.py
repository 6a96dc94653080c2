"""Writing files: whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write bytes, or UTF-8 text with Unix line ends, to a file beside `path`, which it then replaces in one step.

    A link stays a link: the file that it leads to is replaced. Raises an OSError (FileNotFoundError, PermissionError,
    ...) that says what is in the way; what was there stays.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "this is a folder")
        if path.exists() and not path.is_file():
            # Who may do anything would put a file in the place of /dev/null.
            raise OSError(errno.EINVAL, "this is a device or a pipe")
        _replace(path.resolve(), content.encode() if isinstance(content, str) else content)
    except OSError as error:
        reason = f"there is no folder '{path.parent}'" if error.errno == errno.ENOENT else error.strerror
        raise type(error)(error.errno, f"cannot write '{path}': {reason}") from error
    return path


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    """The permissions that new files are not to have (mkstemp gives none to others)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
