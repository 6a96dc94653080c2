"""An expression as Python source, in bare names: `y * (1 - y)`, `exp(x)`."""

from __future__ import annotations

from typing import Any

from ..notation import identifier
from ..symbol import Call, Symbol

# How tightly Python binds each sign; a call, a name and a number bind tightest.
_BINDING = {">": 1, "+": 2, "-": 2, "*": 3, "/": 3, "**": 5}
_CONDITIONAL, _PREFIX, _ATOM = 0, 4, 6


def python(expression: Any) -> str:
    """The source of `expression`: evaluating it does the same operations in the same order.

    >>> a, b = Symbol("a"), Symbol("b_1^(2)")
    >>> python(-(a - (b + 1)) / 2)
    '-(a - (b_1__2 + 1)) / 2'
    """
    return _write(expression)[0]


def _write(expression: Any) -> tuple[str, int]:
    """The source and how tightly its outermost operation binds."""
    if isinstance(expression, Symbol):
        return identifier(expression.label), _ATOM
    if isinstance(expression, tuple):
        return "[" + ", ".join(python(item) for item in expression) + "]", _ATOM
    if not isinstance(expression, Call):
        number = expression
        return repr(number), _ATOM if number >= 0 else _PREFIX
    sign, shape = expression.op.notation.python, expression.op.notation.shape
    if shape == "cases":
        condition, then, otherwise = (_within(argument, _CONDITIONAL + 1) for argument in expression.arguments)
        return f"{then} if {condition} else {otherwise}", _CONDITIONAL
    if not sign:
        return f"{expression.op.name}({', '.join(python(argument) for argument in expression.arguments)})", _ATOM
    if shape == "prefix":
        return f"{sign}{_within(expression.arguments[0], _PREFIX)}", _PREFIX
    binding = _BINDING[sign]
    left, right = expression.arguments
    # a - (b - c): only the left operand may bind as loosely as the sign itself; powers group from the right.
    space = "" if sign == "**" else " "
    # and comparisons not at all, for Python would chain them.
    return f"{_within(left, binding + (sign in ('**', '>')))}{space}{sign}{space}{_within(right, binding + 1)}", binding


def _within(expression: Any, binding: int) -> str:
    text, own = _write(expression)
    return text if own >= binding else f"({text})"
