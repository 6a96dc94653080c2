"""Generated modules, and a folder on disk in which what was made of them in an earlier process is found again.

A module's name is made of its content: equal content is equal code. Machine code lies in the user's cache folder, each
file with a digest in front, so that a damaged one is as good as none. Whoever can write such a file can run a program
of theirs as this user: a file is private, one that others may have written is not read, nor is a folder of others used.
A folder that cannot be read, written or trusted is no error, only slower: everything is made anew in every process.
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

from ..files import replace
from .owners import is_own, own_content

VARIABLE = "CHAINRULE_CACHE"
_DIGEST = hashlib.sha256().digest_size  # bytes
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
        content = own_content(path)
        if content[:_DIGEST] == hashlib.sha256(content[_DIGEST:]).digest():
            return content[_DIGEST:]
    return None


def seal(path: Path, content: bytes) -> None:
    """Write content with its digest in front; where that is not possible, nothing is written."""
    _keep(path, hashlib.sha256(content).digest() + content)


def _folder() -> Path | None:
    """The cache folder, if it is there or may be made, and nobody else can write there."""
    with contextlib.suppress(RuntimeError, OSError):  # there is no home
        folder = cache_folder()
        if is_own(folder.stat()) if folder.exists() else _may_be_made(folder):
            return folder
    return None


def _may_be_made(folder: Path) -> bool:
    """Whether a folder that is not there is wanted: a home is not made for who has none, whatever lies in it."""
    try:
        home = Path.home()
    except RuntimeError:  # nothing is known of one
        return True
    return home.is_dir() or home not in (folder, *folder.parents)


def _keep(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        if _is_kept(path, content):
            return
        _make(path.parent)
        replace(path, content, private=True)


def _is_kept(path: Path, content: bytes) -> bool:
    with contextlib.suppress(OSError):
        return own_content(path) == content
    return False


def _make(folder: Path) -> None:
    """Make a folder and those that it lies in, where nobody else may look into them."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
