"""An expression as Python source, in bare names: `y * (1 - y)`, `exp(x)`."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import Any

from .. import ops
from ..notation import identifier
from ..simplify import Power, Product, Sum, is_negative, power
from ..symbol import Call, Symbol
from .runs import is_decimal, is_under, negated

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
    if isinstance(expression, (Sum, Product, Power)):
        return _write(_as_calls(expression))
    if isinstance(expression, Symbol):
        return identifier(expression.label), _ATOM
    if isinstance(expression, tuple):
        return "[" + ", ".join(python(item) for item in expression) + "]", _ATOM
    if not isinstance(expression, Call):
            return _number(expression)
    sign, shape = expression.op.notation.python, expression.op.notation.shape
    if shape == "cases":
        condition, then, otherwise = (_within(argument, _CONDITIONAL + 1) for argument in expression.arguments)
        return f"{then} if {condition} else {otherwise}", _CONDITIONAL
    if not sign or (shape != "prefix" and sign not in _BINDING):
        return f"{expression.op.name}({', '.join(python(argument) for argument in expression.arguments)})", _ATOM
    if shape == "prefix":
        return f"{sign}{_within(expression.arguments[0], _PREFIX)}", _PREFIX
    binding = _BINDING[sign]
    left, right = expression.arguments
    # a - (b - c): only the left operand may bind as loosely as the sign itself; powers group from the right, and
    # comparisons not at all, for Python would chain them.
    space = "" if sign == "**" else " "
    return f"{_within(left, binding + (sign in ('**', '>')))}{space}{sign}{space}{_within(right, binding + 1)}", binding


def _number(number: Any) -> tuple[str, int]:
    if isinstance(number, Fraction):
        return repr(float(number)), _ATOM if number >= 0 else _PREFIX
    if isinstance(number, float) and not math.isfinite(number):
        return f'float("{number}")', _ATOM
    # Not `number < 0`: (-0.0)**2 needs its brackets too.
    return repr(number), _PREFIX if math.copysign(1, number) < 0 else _ATOM


def _as_calls(expression: Any) -> Any:
    """A sum, product or power of `simplify.py` as the calls that it stands for."""
    if isinstance(expression, Power) and not is_under(expression):
        return Call(ops.power, (expression.base, expression.exponent))
    if isinstance(expression, Power):
        return _as_calls(Product(1, [expression]))
    if isinstance(expression, Sum):
        result, *others = expression.terms
        for term in others:
            result = Call(ops.subtract, (result, negated(term))) if is_negative(term) else Call(ops.add, (result, term))
        return result
    size = abs(expression.coefficient)
    over = [factor for factor in expression.factors if not is_under(factor)]
    under = [power(factor.base, -factor.exponent) for factor in expression.factors if is_under(factor)]
    if isinstance(size, Fraction) and not under and is_decimal(size):
        size = float(size)
    elif isinstance(size, Fraction):
        size, under = size.numerator, [size.denominator, *under]
    result = reduce(_times, over if size == 1 and over else [size, *over])
    if under:
        result = Call(ops.divide, (result, reduce(_times, under)))
    return Call(ops.negative, (result,)) if expression.coefficient < 0 else result


def _times(left: Any, right: Any) -> Call:
    return Call(ops.multiply, (left, right))


def _within(expression: Any, binding: int) -> str:
    text, own = _write(expression)
    return text if own >= binding else f"({text})"
