"""The limit: hand-written C, compiled for this machine at the time it is measured."""

from __future__ import annotations

import atexit
import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FLAGS = ("-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512")
_ALSO = ("-fopenmp-simd", "-fPIC")  # loops of four, too, call the vectors' own exp; no threads


@cache
def library(name: str, **definitions: int) -> Any:
    """A C file of this folder as a loaded library, with what is #defined."""
    folder = Path(tempfile.mkdtemp(prefix="limit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    compiled, made = folder / f"{name}.o", folder / f"{name}.so"
    defined = [f"-D{key}={value}" for key, value in definitions.items()]
    subprocess.run(["gcc", *FLAGS, *_ALSO, *defined, "-c", str(FOLDER / f"{name}.c"), "-o", str(compiled)], check=True)
    # Linked without -ffast-math, which would make tiny numbers 0 in the whole process, for everybody.
    subprocess.run(["gcc", "-shared", "-o", str(made), str(compiled), "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(made))


def compiler() -> str:
    """What compiles it."""
    found = subprocess.run(["gcc", "--version"], check=True, capture_output=True, text=True).stdout
    return found.splitlines()[0]


def pointer(array: Any) -> ctypes.c_void_p:
    """Where the numbers of a NumPy array begin."""
    return ctypes.c_void_p(array.ctypes.data)
