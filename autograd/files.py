"""Writing files: whole, or not at all.

What is written goes to a file of another name beside the one that is meant, to the disk, and then takes its place in
one step. Whoever reads finds the old content or the new, also after a power cut or on a full disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import IO

from .leftovers import remove_leftovers, temporary_name

# No call of umask, which would change for a moment what other threads create: `open` heeds the mask by itself.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_PUBLIC, _PRIVATE = 0o666, 0o600
_LOOP_OF_WINDOWS = 1921  # ERROR_CANT_RESOLVE_FILENAME
_NO_SUCH_CALL = (errno.EINVAL, errno.ENOSYS, getattr(errno, "ENOTSUP", errno.EINVAL))


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write bytes, or UTF-8 text with Unix line ends, to a file beside `path`, which it then replaces in one step.

    A link stays a link: the file that it leads to is replaced, or made. A new file gets the usual permissions, one
    that is replaced keeps its own. Raises an OSError (FileNotFoundError, PermissionError, ...) that says what is in
    the way; what was there stays.
    """
    try:
        path = Path(path)
    except TypeError:
        raise TypeError(f"a file is named by text or a Path; it was given {path!r}") from None
    try:
        replace(destination(path), content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise type(error)(error.errno, f"cannot write '{path}': {error.strerror}") from error
    return path


def destination(path: Path) -> Path:
    """The file that is written when `path` is: the end of its links.

    Raises an OSError, whose `strerror` is the reason, where there can be none: a folder, a device, no folder for it.
    """
    there = Path(path)  # also where there is no folder to be relative to
    try:
        there = Path(os.path.realpath(path))
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG  # it will be made
    except ValueError:
        raise OSError(errno.EINVAL, "no file can have such a name") from None
    except OSError as error:
        if error.errno == errno.ELOOP or getattr(error, "winerror", None) == _LOOP_OF_WINDOWS:
            raise OSError(errno.ELOOP, "it is a link that leads to itself") from None
        raise
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder")
    if not stat.S_ISREG(mode):
        # The superuser would put a file in the place of /dev/null.
        raise OSError(errno.EINVAL, "this is a device or a pipe")
    if not there.parent.is_dir():
        told = f"the link leads to '{there}', and there" if os.path.islink(path) else "there"
        folder = there.parent if os.path.islink(path) else path.parent
        raise FileNotFoundError(errno.ENOENT, f"{told} is no folder '{folder}'")
    return there


def replace(path: Path, content: bytes, private: bool = False) -> None:
    """Put a file with this content in the place of `path`, whatever is there.

    What is `private` gets permissions for its owner alone, and need not be on the disk to be replaced.
    """
    remove_leftovers(path.parent)
    old = None if private else _status(path)
    temporary = path.with_name(temporary_name(path.name))
    # A file that few may read is at no moment readable by more.
    handle = os.open(temporary, _NEW, _PUBLIC if old is None and not private else _PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            if old is not None:
                _take_over(_place(file, temporary), old)
            elif private:
                os.chmod(_place(file, temporary), _PRIVATE)  # whatever the mask has left of it
            file.write(content)
            file.flush()
            if not private:
                _to_disk(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if not private:
        _folder_to_disk(path.parent)


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _place(file: IO[bytes], path: Path) -> int | Path:
    """An open file as os.chmod and os.stat take it: its descriptor, or its path where they take no descriptors."""
    return file.fileno() if {os.chmod, os.stat} <= os.supports_fd else path


def _take_over(place: int | Path, old: os.stat_result) -> None:
    """Owner, group and permissions of the file that will be replaced, as far as this user may give them."""
    mode = stat.S_IMODE(old.st_mode) & 0o777
    if hasattr(os, "chown"):
        for owner, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
            with contextlib.suppress(OSError):
                os.chown(place, owner, group)
                break
        if os.stat(place).st_gid != old.st_gid:  # what the old group may do is no business of another one
            mode = mode & ~0o070 | (mode & 0o007) << 3
    os.chmod(place, mode)


def _to_disk(handle: int) -> None:
    """Wait until a file is on the disk, where there is one."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:  # some file systems have no such thing; a full disk may be told only here
            raise


def _folder_to_disk(folder: Path) -> None:
    """The same for the names in a folder. (The file is in its place already; Windows opens no folders.)"""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
