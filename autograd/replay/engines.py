"""What there is to run programs on: numba, if it is installed and works, and Python."""

from __future__ import annotations

import importlib.util
from functools import cache

from ..interrupts import uninterrupted

ENGINES = ("numba", "python")
ADVICE = 'pip install "chainrule[fast]"'


def is_installed() -> bool:
    """Whether numba is there."""
    return importlib.util.find_spec("numba") is not None


@cache
def numba_problem() -> str:
    """Why the numba that is installed cannot be used, in one line; nothing if it can.

    It may be broken, or not fit the NumPy or Python that is there.
    """
    try:
        with uninterrupted(insist=True):  # half a package would not work later
            from . import compiling, lanes  # noqa: F401
    except Exception as problem:  # whatever its import may raise
        return f"numba is installed but cannot be used ({str(problem).splitlines()[0]:.120}): pip install -U numba"
    return ""


def best_engine() -> str:
    """The fastest engine there is."""
    return "numba" if is_installed() and not numba_problem() else "python"
