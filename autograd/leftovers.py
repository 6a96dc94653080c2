"""Temporary files: how they are named, and how those of killed programs are recognised and removed.

    .model.json.1f0c22ab.4711.5be0cd19.part     the file, the machine, the process, a random number

A file of this name is removed when the process is known to be dead. Process numbers mean something on one machine only
(and in one container): files of others, on a shared disk, are removed when they have not changed for a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import secrets
import stat
import time
from functools import cache
from pathlib import Path

_LEFT = re.compile(r"\..+\.([0-9a-f]{8})\.([1-9][0-9]{0,18})\.[0-9a-f]{8}\.part", re.DOTALL)
_LONGEST = 24  # characters of a name, of which some systems allow few
_ABANDONED = 24 * 3600.0  # seconds


def temporary_name(name: str) -> str:
    """A name that nobody else uses, for a file that will be called `name`."""
    return f".{name[:_LONGEST]}.{_machine()}.{os.getpid()}.{secrets.token_hex(4)}.part"


def remove_leftovers(folder: Path) -> None:
    """Remove what dead processes have left in a folder, if that is possible."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.endswith(".part") and (found := _LEFT.fullmatch(name)):
                with contextlib.suppress(OSError):
                    _remove(folder / name, found[1], int(found[2]))


def _remove(path: Path, machine: str, process: int) -> None:
    status = os.lstat(path)
    is_over = machine == _machine() and _is_dead(process)
    if stat.S_ISREG(status.st_mode) and (is_over or time.time() - status.st_mtime > _ABANDONED):
        os.unlink(path)


def _is_dead(process: int) -> bool:
    """Whether there is certainly no such process on this machine."""
    if os.name != "posix" or process == os.getpid():  # (on Windows, os.kill ends a process)
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # it is another user's
        return False
    return False


@cache
def _machine() -> str:
    """Eight digits for where process numbers mean the same: this machine since it was started, this container."""
    told = [platform.node()]
    with contextlib.suppress(OSError):  # Linux has these
        told += [Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"), os.readlink("/proc/self/ns/pid")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]
