"""Generated modules, and a folder on disk in which what was made of them in an earlier process is found again.

A module's name is made of its content: equal content is equal code. Machine code lies in the user's cache folder, each
file with a digest in front, so that a damaged one is as good as none. A folder that cannot be read or written is no
error, only slower: then everything is made anew in every process.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
from pathlib import Path
from types import ModuleType

from ..files import write_atomically

VARIABLE = "CHAINRULE_CACHE"


def cache_folder() -> Path:
    """Where generated modules lie: CHAINRULE_CACHE, or `chainrule` in the user's cache folder."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "chainrule" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "chainrule"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chainrule"


@functools.lru_cache(maxsize=256)
def module_of(source: str) -> ModuleType:
    """The module with that source. Its `FOLDER` is where files made of it are kept, None where there is no home."""
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
        digest.update((get_source(module.__name__) or "").encode())
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
    with contextlib.suppress(RuntimeError):  # there is no home
        return cache_folder()
    return None


def _keep(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, content)
