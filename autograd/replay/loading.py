"""Generated modules on disk, so that numba finds what it has compiled in an earlier process.

A module lies in the user's cache folder under a name made of its content: equal content is equal code. A folder that
cannot be written is no error, only slower: then the module is compiled in every process anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import sys
import tempfile
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
    """The module with that source, from the cache folder or, where there is none, from a temporary one."""
    name = f"replay_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    with contextlib.suppress(OSError, RuntimeError):  # (RuntimeError: there is no home)
        return _imported(name, _stored(cache_folder(), name, source))
    return _imported(name, _stored(Path(tempfile.mkdtemp(prefix="chainrule-")), name, source))


def stamp_of(*modules: ModuleType) -> str:
    """A line that changes with the source of modules: what calls them is then made anew."""
    digest = hashlib.sha256()
    for module in modules:
        get_source = getattr(module.__loader__, "get_source", lambda name: "")
        digest.update((get_source(module.__name__) or "").encode())
    names = " and ".join(module.__name__.rpartition(".")[2] for module in modules)
    return f"calls {names} {digest.hexdigest()[:16]}"


def _stored(folder: Path, name: str, source: str) -> Path:
    """The file with that source: one that is damaged is written again."""
    path = folder / f"{name}.py"
    with contextlib.suppress(OSError):
        if path.read_bytes() == source.encode():
            return path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return write_atomically(path, source)


def _imported(name: str, path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"'{path}' is no module of Python")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # numba looks functions up by the name of their module
    specification.loader.exec_module(module)
    return module
