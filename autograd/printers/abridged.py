"""Long sums and products with their first terms and a count: w₁·x₁ + w₂·x₂ + w₃·x₃ + … (97 more)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..atoms import IndexSum, Omitted
from ..simplify import Power, Product, Sum
from ..symbol import Call

_LONGEST_SUM, _FIRST_TERMS = 8, 3
_LONGEST_PRODUCT, _FIRST_FACTORS = 24, 6


def abridged(expression: Any) -> Any:
    """The expression with at most eight terms in a sum and two dozen factors in a product.

    >>> from autograd.symbol import Symbol
    >>> terms = [Symbol(f"x_{i}") for i in range(1, 101)]
    >>> abridged(Sum(terms)).terms[-1] == Omitted(97)
    True
    """
    if isinstance(expression, Sum):
        return type(expression)(_shortened(expression.terms, _LONGEST_SUM, _FIRST_TERMS))
    if isinstance(expression, Product):
        return Product(expression.coefficient, _shortened(expression.factors, _LONGEST_PRODUCT, _FIRST_FACTORS, last=2))
    if isinstance(expression, Power):
        return Power(abridged(expression.base), expression.exponent)
    if isinstance(expression, IndexSum):
        return IndexSum(expression.index, abridged(expression.body))
    if isinstance(expression, Call):
        return Call(expression.op, tuple(map(_argument, expression.arguments)))
    return expression


def _argument(argument: Any) -> Any:
    if isinstance(argument, tuple):
        return tuple(_shortened(argument, _LONGEST_SUM, _FIRST_TERMS))
    return abridged(argument)


def _shortened(items: Sequence[Any], longest: int, first: int, last: int = 0) -> list[Any]:
    if len(items) <= longest:
        return list(map(abridged, items))
    kept = [*map(abridged, items[:first]), Omitted(len(items) - first - last)]
    return [*kept, *map(abridged, items[len(items) - last :])]
