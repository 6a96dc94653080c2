"""What asked a Value for a plain number, and what to write instead: math.sin(v) → autograd.sin(v), int(v) → v.data.

`__float__` is not told who asks for the number. The caller's bytecode shows it, where Python keeps the place of every
instruction in its line (from 3.11 on): the name that was loaded at the place where the call begins is what was called.
It is looked up only when there is an error to word.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any

from .callers import caller
from .errors import OperandError
from .op import TABLE
from .ops import ALIASES

# What math calls otherwise than the table.
_OURS = {"fabs": "autograd.absolute(v)", "pow": "v**n", "fsum": "autograd.sum([v, ...])"}


def refusal(value: Any, method: str) -> OperandError:
    """The error of a Value's `__float__`, `__int__` or `__index__` (`method`), to be called by that method itself."""
    called = instruction = ""
    with suppress(Exception):  # a frame unlike those we know: under a debugger, in another Python
        # Some functions of NumPy's are written in Python, and are not the user's own line.
        called, instruction = _in_the_middle_of(caller(sys._getframe(2), "numpy"))
    subject = f"the Value '{value.label}'" if value.label else "a Value"
    return OperandError(_sentence(subject, method, called, instruction), op=called or method, operands=(value,))


def _sentence(subject: str, method: str, called: str, instruction: str) -> str:
    module, _, name = called.rpartition(".")
    if name in TABLE or name in ALIASES or name in _OURS:
        return f"{called} cannot take {subject}; use {_OURS.get(name, f'autograd.{name}(v)')}, or v.data for its number"
    if module in ("math", "cmath"):
        return f"{called} cannot take {subject}; write it with the functions of autograd, or use v.data, a constant"
    if called:
        return f"{called} needs a plain number and was given {subject}; use v.data, which is a constant"
    if method == "index" and instruction.startswith(("BINARY", "STORE", "DELETE")):
        return f"a place in a list is a whole number, not {subject}; use int(v.data)"
    if instruction.startswith("STORE"):
        return f"an array of floats cannot hold {subject}; make it with dtype=object, or use v.data, a constant"
    if instruction.startswith(("BINARY_OP", "BINARY_MODULO")):
        return f"formatting with % needs a plain number and was given {subject}; use v.data"
    return f"a plain number is needed, not {subject}; use functions of autograd, or v.data, which is a constant"


def _in_the_middle_of(frame: FrameType) -> tuple[str, str]:
    """What a frame calls at the moment ("math.sin", "int"; empty if that is not known), and its instruction."""
    import dis  # slow to import, and needed for a message only

    code = frame.f_code
    steps = {step.offset: step for step in dis.get_instructions(code)}
    instruction = steps[frame.f_lasti].opname
    if not instruction.startswith(("CALL", "PRECALL")) or not hasattr(code, "co_positions"):
        return "", instruction
    begins = [(line, column) for line, _, column, _ in code.co_positions()]
    here = begins[frame.f_lasti // 2]
    loaded = [
        step.argval
        for offset, step in steps.items()
        if offset < frame.f_lasti and begins[offset // 2] == here and step.opname.startswith("LOAD_")
        if isinstance(step.argval, str)
    ]
    return ("" if None in here or not loaded else _name_of(loaded, frame)), instruction


def _name_of(loaded: list[str], frame: FrameType) -> str:
    """"math.sin" for `math.sin`, `m.sin` and a sin that was imported from math; the last name of anything else."""
    first = {**frame.f_globals, **frame.f_locals}.get(loaded[0])
    if len(loaded) == 2 and isinstance(first, ModuleType):
        return f"{first.__name__}.{loaded[1]}"
    if len(loaded) == 1 and getattr(first, "__module__", "") in ("math", "cmath"):
        return f"{first.__module__}.{first.__name__}"  # type: ignore[union-attr]
    return loaded[-1]
