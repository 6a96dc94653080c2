"""An expression as Python source, in bare names: `y * (1 - y)`, `exp(x)`."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from .. import ops
from ..atoms import Derivative, IndexSum, Numeral, Omitted
from ..notation import identifier
from ..simplify import Power, Product, Sum, is_negative, outsized, power, spread
from ..symbol import Call, Symbol
from .factors import is_decimal, is_short, is_under, negated
from .shape import unfolded

# How tightly Python binds each sign; a call, a name and a number bind tightest.
_BINDING = {">": 1, "+": 2, "-": 2, "*": 3, "/": 3, "**": 5}
_CONDITIONAL, _PREFIX, _ATOM = 0, 4, 6

_LONGEST_POWER = 1024

_Source = tuple[str, int]
_Writing = Generator[Any, _Source, _Source]


def python(expression: Any) -> str:
    """The source of `expression`: evaluating it does the same operations in the same order.

    >>> a, b = Symbol("a"), Symbol("b_1^(2)")
    >>> python(-(a - (b + 1)) / 2)
    '-(a - (b_1__2 + 1)) / 2'

    A derivative ∂L/∂w is the name `dL_dw`, what a long sum leaves out is Python's own `...`, and so is what
    a sum over an index runs over: neither can be computed.
    """
    source: str = unfolded(_write, expression)[0]
    return source


def _write(expression: Any) -> _Writing:
    """The source and how tightly its outermost operation binds; yields the parts that it needs."""
    if isinstance(expression, Numeral):
        expression = expression.number
    while isinstance(expression, (Product, Power)):  # a product may come to a single power
        expression = _as_calls(expression)
    if isinstance(expression, tuple):
        return f"[{(yield from _listed(expression))}]", _ATOM
    if isinstance(expression, Sum):
        return (yield from _sum(expression.terms))
    if isinstance(expression, IndexSum):
        return f"sum({(yield expression.body)[0]} for {expression.index} in ...)", _ATOM
    if isinstance(expression, Call):
        return (yield from _call(expression))
    return _atom(expression)


def _atom(expression: Any) -> _Source:
    if isinstance(expression, Symbol):
        return identifier(expression.label), _ATOM
    if isinstance(expression, Derivative):
        return f"d{identifier(expression.output)}_d{identifier(expression.variable)}", _ATOM
    return ("...", _ATOM) if isinstance(expression, Omitted) else _number(expression)


def _call(call: Call) -> _Writing:
    sign, shape = call.op.notation.python, call.op.notation.shape
    if shape == "cases":
        pieces = []
        for part in call.arguments:
            pieces.append(_within((yield part), _CONDITIONAL + 1))
        return "{1} if {0} else {2}".format(*pieces), _CONDITIONAL
    if not sign or (shape != "prefix" and sign not in _BINDING):
        return f"{call.op.name}({(yield from _listed(call.arguments))})", _ATOM
    if shape == "prefix":
        return f"{sign}{_within((yield call.arguments[0]), _PREFIX)}", _PREFIX
    if shape == "infix" and sign != ">":
        return (yield from _infix(call))
    binding = _BINDING[sign]
    left, right = call.arguments
    # Powers group from the right, and comparisons not at all, for Python would chain them.
    space = "" if sign == "**" else " "
    left = _within((yield left), binding + (sign in ("**", ">")))
    return f"{left}{space}{sign}{space}{_within((yield right), binding + 1)}", binding


def _infix(call: Call) -> _Writing:
    """a + b - c: only the left operand may bind as loosely as the sign itself, so a chain to the left is one row."""
    binding = _BINDING[call.op.notation.python]
    chain: list[tuple[str, Any]] = []
    first: Any = call
    while isinstance(first, Call) and first.op.notation.shape in ("infix", "fraction") and (
        _BINDING.get(first.op.notation.python) == binding
    ):
        chain.append((first.op.notation.python, first.arguments[1]))
        first = first.arguments[0]
    pieces = [_within((yield first), binding)]
    for sign, operand in reversed(chain):
        pieces.append(f" {sign} {_within((yield operand), binding + 1)}")
    return "".join(pieces), binding


def _listed(items: Sequence[Any]) -> Generator[Any, _Source, str]:
    pieces = []
    for item in items:
        pieces.append((yield item)[0])
    return ", ".join(pieces)


def _sum(terms: Sequence[Any]) -> _Writing:
    binding = _BINDING["+"]
    pieces = [_within((yield terms[0]), binding)]
    for term in terms[1:]:
        sign = "-" if is_negative(term) else "+"
        pieces.append(f" {sign} {_within((yield negated(term) if is_negative(term) else term), binding + 1)}")
    return "".join(pieces), binding


def _number(number: Any) -> _Source:
    if isinstance(number, Fraction):
        return repr(float(number)), _ATOM if number >= 0 else _PREFIX
    if isinstance(number, float) and not math.isfinite(number):
        return f'float("{number}")', _ATOM
    # Not `number < 0`: (-0.0)**2 needs its brackets too.
    return repr(number), _PREFIX if math.copysign(1, number) < 0 else _ATOM


def _as_calls(expression: Any) -> Any:
    """A product or power of `simplify.py` as the calls that it stands for."""
    if isinstance(expression, Power):
        if is_under(expression) or outsized(expression) is not None:
            return _as_calls(Product(1, [expression]))
        base, exponent = expression.base, expression.exponent
        # A float, where Python would set out to compute a whole number of very many digits.
        is_long = isinstance(base, int) and isinstance(exponent, int) and exponent > _LONGEST_POWER
        return Call(ops.power, (float(base) if is_long else base, exponent))
    coefficient, *factors = spread(expression)
    size = abs(coefficient)
    over = [factor for factor in factors if not is_under(factor)]
    under = [power(factor.base, -factor.exponent) for factor in factors if is_under(factor)]
    if isinstance(size, Fraction) and not (is_short(size) and (under or not is_decimal(size))):
        size = float(size)
    elif isinstance(size, Fraction):
        size, under = size.numerator, [size.denominator, *under]
    result = reduce(_times, over if size == 1 and over else [size, *over])
    if under:
        result = Call(ops.divide, (result, reduce(_times, under)))
    return Call(ops.negative, (result,)) if coefficient < 0 else result


def _times(left: Any, right: Any) -> Call:
    return Call(ops.multiply, (left, right))


def _within(source: _Source, binding: int) -> str:
    text, own = source
    return text if own >= binding else f"({text})"
