"""An expression the way a person writes it.

`simplify` turns the calls of `symbol.py` into sums, products and powers in which constants are folded, ones and zeros
are gone, signs are pulled to the front and like factors are joined; the order of writing is kept:

>>> from autograd.symbol import Symbol
>>> from autograd.printers.text import text
>>> x, y = Symbol("x"), Symbol("y")
>>> text(simplify(1 * (-y + 1) * y * 2 * 0.5)), text(simplify(-x * 3 / (x * x)))
('(1 − y)·y', '−3/x')
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from . import ops
from .op import Op
from .symbol import Call, Expression

Number = int | float | Fraction
_TOO_LARGE = 1 << 1024  # for a float, which gives infinity instead


class Sum(Expression):
    """t₁ + t₂ + …; a constant among the terms stands where it was written."""

    __slots__ = ("terms",)

    def __init__(self, terms: Sequence[Any]) -> None:
        self.terms = tuple(terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and other.terms == self.terms

    def __hash__(self) -> int:
        return hash(("Sum", self.terms))


class Product(Expression):
    """coefficient · f₁ · f₂ · …; a factor under the fraction bar is a `Power` with a negative exponent."""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: Number, factors: Sequence[Any]) -> None:
        self.coefficient = coefficient
        self.factors = tuple(factors)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Product) and (other.coefficient, other.factors) == (self.coefficient, self.factors)

    def __hash__(self) -> int:
        return hash(("Product", self.coefficient, self.factors))


class Power(Expression):
    """base^exponent."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Any, exponent: Any) -> None:
        self.base = base
        self.exponent = exponent

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Power) and (other.base, other.exponent) == (self.base, self.exponent)

    def __hash__(self) -> int:
        return hash(("Power", self.base, self.exponent))


def simplify(expression: Any) -> Any:
    """`expression` as a person would write it: a number, symbol, sum, product, power, or a call of a function."""
    if isinstance(expression, tuple):
        return tuple(simplify(item) for item in expression)
    if not isinstance(expression, Expression):
        return neat(expression)
    if not isinstance(expression, Call):
        return expression
    arguments = tuple(simplify(argument) for argument in expression.arguments)
    rule = _RULES.get(expression.op)
    return rule(*arguments) if rule else Call(expression.op, arguments)


def neat(number: Number) -> Number:
    """A float that is a simple fraction, as that fraction: 0.5 → 1/2, 2.0 → 2."""
    if not isinstance(number, float) and not -_TOO_LARGE < number < _TOO_LARGE:
        return math.inf if number > 0 else -math.inf
    if isinstance(number, Fraction):
        return number.numerator if number.denominator == 1 else number
    if isinstance(number, int) or not math.isfinite(number):
        return number
    fraction = Fraction(number).limit_denominator(100)
    return neat(fraction) if float(fraction) == number else number


def total(*terms: Any) -> Any:
    """The sum of simplified terms."""
    constant: Number = 0
    place: int | None = None
    kept: list[Any] = []
    for term in _opened(terms, Sum, "terms"):
        if isinstance(term, Expression):
            _join_term(kept, term)
        else:
            constant += term
            place = len(kept) if place is None else place
    kept = [term for term in kept if term is not None]
    if constant != 0:
        kept.insert(min(place or 0, len(kept)), neat(constant))
    # A sum starts with a term that has no minus, if there is one: 1 − y, not −y + 1.
    first = next((index for index, term in enumerate(kept) if not is_negative(term)), 0)
    kept.insert(0, kept.pop(first)) if kept else None
    return Sum(kept) if len(kept) > 1 else kept[0] if kept else 0


def _join_term(kept: list[Any], term: Any) -> None:
    """Add `term`, to a like one if there is one: x + x = 2x, x − x is gone."""
    coefficient, factors = _parts(term)
    for index, other in enumerate(kept):
        if other is not None:
            other_coefficient, other_factors = _parts(other)
            if other_factors == factors:
                joined = product(other_coefficient + coefficient, *factors)
                kept[index] = joined if isinstance(joined, Expression) else None
                return
    kept.append(term)


def product(*factors: Any) -> Any:
    """The product of simplified factors; like factors are joined where the first of them stands."""
    coefficient: Number = 1
    bases: dict[Any, Any] = {}
    for factor in _opened(factors, Product, "factors"):
        if not isinstance(factor, Expression):
            coefficient *= factor
            continue
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, 1)
        bases[base] = total(bases[base], exponent) if base in bases else exponent
    kept = [power(base, exponent) for base, exponent in bases.items() if exponent != 0]
    coefficient = neat(coefficient)
    if coefficient == 0 or not kept:
        return coefficient
    return kept[0] if coefficient == 1 and len(kept) == 1 else Product(coefficient, kept)


def power(base: Any, exponent: Any) -> Any:
    """base^exponent of simplified parts."""
    if exponent == 0:
        return 1
    if exponent == 1:
        return base
    if not isinstance(base, Expression) and not isinstance(exponent, Expression):
        return _number_power(base, exponent)
    if isinstance(base, Power) and isinstance(exponent, int):
        return power(base.base, product(base.exponent, exponent))
    if isinstance(base, Product) and isinstance(exponent, int):
        return product(power(base.coefficient, exponent), *(power(factor, exponent) for factor in base.factors))
    return Power(base, exponent)


def _number_power(base: Number, exponent: Number) -> Any:
    """A power of numbers as a number, where it is one: 1/0, (−2)^½ and 9^9999 stay as they were written."""
    exact = isinstance(exponent, int) and abs(exponent) <= 1000 and not isinstance(base, float)
    try:
        result = Fraction(base) ** exponent if exact else float(base) ** float(exponent)
    except ArithmeticError:
        return Power(base, exponent)
    return Power(base, exponent) if isinstance(result, complex) else neat(result)


def quotient(numerator: Any, denominator: Any) -> Any:
    """numerator/denominator of simplified parts."""
    if not isinstance(denominator, Expression) and denominator != 0:
        one = 1.0 if isinstance(denominator, float) else Fraction(1)
        return product(numerator, neat(one / denominator))
    return product(numerator, power(denominator, -1))


def is_negative(term: Any) -> bool:
    """Whether the term is written with a minus in front."""
    if isinstance(term, Product):
        return term.coefficient < 0
    return not isinstance(term, Expression) and term < 0


def _parts(term: Any) -> tuple[Number, tuple[Any, ...]]:
    return (term.coefficient, term.factors) if isinstance(term, Product) else (1, (term,))


def _opened(items: Sequence[Any], kind: type, field: str) -> list[Any]:
    """Sums within a sum, and products within a product, taken apart."""
    result: list[Any] = []
    for item in items:
        if isinstance(item, kind):
            result += [item.coefficient] if isinstance(item, Product) else []
            result += getattr(item, field)
        else:
            result.append(item)
    return result


def _choice(condition: Any, then: Any, otherwise: Any) -> Any:
    if not isinstance(condition, Expression):
        return then if condition else otherwise
    return Call(ops.where, (condition, then, otherwise))


_RULES: dict[Op, Callable[..., Any]] = {
    ops.add: total,
    ops.subtract: lambda a, b: total(a, product(-1, b)),
    ops.multiply: product,
    ops.divide: quotient,
    ops.power: power,
    ops.negative: lambda x: product(-1, x),
    ops.positive: lambda x: x,
    ops.where: _choice,
    ops.sum_: lambda terms: total(*terms),
    ops.dot: lambda weights, inputs, bias: total(*map(product, weights, inputs), bias),
}
