"""Generated modules, and a folder on disk in which what was made of them in an earlier process is found again.

A module's name is made of its content: equal content is equal code. Machine code lies in the user's cache folder, each
file with a digest in front, so that a damaged one is as good as none. A folder that cannot be read or written is no
error, only slower: then everything is made anew in every process.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import marshal
import os
import sys
import threading
from pathlib import Path
from types import ModuleType

from ..files import write_atomically

VARIABLE = "CHAINRULE_CACHE"
_lock = threading.RLock()


def cache_folder() -> Path:
    """Where generated modules lie: CHAINRULE_CACHE, or `chainrule` in the user's cache folder."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "chainrule" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "chainrule"
    named = Path(os.environ.get("XDG_CACHE_HOME") or "")
    return (named if named.is_absolute() else Path.home() / ".cache") / "chainrule"


def module_of(source: str) -> ModuleType:
    """The module with that source. Its `FOLDER` is where files made of it are kept, if there is such a place."""
    with _lock:  # a second thread waits until the first one has made it
        return _made(source)


@functools.lru_cache(maxsize=256)
def _made(source: str) -> ModuleType:
    name = f"replay_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    module = ModuleType(name)
    folder = _folder()
    module.__dict__.update(FOLDER=folder, __file__=str(folder / f"{name}.py") if folder else f"<{name}>")
    if folder:
        _keep(folder / f"{name}.py", source.encode())  # for readers: nothing is ever read from it
    sys.modules[name] = module  # numba looks functions up by the name of their module
    exec(compile(source, str(module.__file__), "exec"), module.__dict__)  # (from the table, never from data)
    return module


def stamp_of(*modules: ModuleType) -> str:
    """A line that changes with the source of modules: what calls them is then made anew."""
    digest = hashlib.sha256()
    for module in modules:
        get_source = getattr(module.__loader__, "get_source", lambda name: "")
        code = get_source(module.__name__) or marshal.dumps(module.__loader__.get_code(module.__name__))  # type: ignore[union-attr]
        digest.update(code.encode() if isinstance(code, str) else code)
    names = " and ".join(module.__name__.rpartition(".")[2] for module in modules)
    return f"calls {names} {digest.hexdigest()[:16]}"


# ---------------------------------------------------------------- files


def unsealed(path: Path) -> bytes | None:
    """The content that `seal` has written, None where there is none or it is not what was written."""
    with contextlib.suppress(OSError):
        content = path.read_bytes()
        if content[:_DIGEST] == hashlib.sha256(content[_DIGEST:]).digest():
            return content[_DIGEST:]
    return None


def seal(path: Path, content: bytes) -> None:
    """Write content with its digest in front; where that is not possible, nothing is written."""
    _keep(path, hashlib.sha256(content).digest() + content)


_DIGEST = hashlib.sha256().digest_size


def _folder() -> Path | None:
    """The cache folder, if nobody else can write there: machine code that is found in it will be run."""
    with contextlib.suppress(RuntimeError, OSError):  # there is no home
        folder = cache_folder()
        if not folder.exists() or _is_own(folder.stat()):
            return folder
    return None


def _is_own(status: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _keep(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, content)
