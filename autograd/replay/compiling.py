"""Functions as machine code, by numba, which is found again in the next process."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import pickle
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import njit
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from ..interrupts import uninterrupted
from .loading import seal, unsealed

# Contraction makes a·b + c one instruction with one rounding; sums are never put in another order.
OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}
part = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)  # a function that compiled ones call

_BOUND = attrgetter("lifted", "library.has_dynamic_globals")  # what numba does not keep either


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a generated module as machine code, which is kept in the module's folder."""
    made = njit(**OPTIONS)(function)
    made.compile = _undisturbed(made.compile)
    if folder := function.__globals__.get("FOLDER"):
        made._cache = _Kept(folder, f"{function.__module__}.{function.__name__}")
    return made  # type: ignore[no-any-return]


def _undisturbed(make: Callable[..., Any]) -> Callable[..., Any]:
    """Numba's way to make, or to find, machine code, which Ctrl-C ends when it is done.

    LLVM calls Python back meanwhile, from where no KeyboardInterrupt gets to the program.
    """

    @functools.wraps(make)
    def whole(*given: Any, **named: Any) -> Any:
        with uninterrupted(insist=True):
            return make(*given, **named)

    return whole


class _Kept(NullCache):  # type: ignore[misc]
    """Machine code on disk, where numba asks for it before it compiles.

    numba's own files know a source by its time and size, and stop the program where one of them is damaged.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def path(self, signature: Any, context: Any) -> Path:
        """The file for one signature on one kind of processor."""
        makers = numba.__version__, llvmlite.__version__, sys.version, sys.implementation.cache_tag
        digest = hashlib.sha256(repr((makers, signature, context.codegen().magic_tuple())).encode())
        return self.folder / f"{self.name}.{digest.hexdigest()[:16]}.code"

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What an earlier process has compiled, or None."""
        context.refresh()
        found = unsealed(self.path(signature, context))
        with contextlib.suppress(Exception):  # whatever does not fit is compiled
            return found and CompileResult._rebuild(context, *pickle.loads(found))
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled, unless it holds addresses of this process."""
        with contextlib.suppress(Exception):
            if any(_BOUND(result)):
                return
            seal(self.path(signature, result.target_context), dumps(result._reduce()))
