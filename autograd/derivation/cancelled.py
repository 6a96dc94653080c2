"""What cancels: the cross-entropy's −t/y + (1 − t)/(1 − y) times the sigmoid's y(1 − y) is y − t.

`simplify` keeps the shape in which a chain rule is written; this looks for a shorter one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from itertools import product as choices
from typing import Any

from ..atoms import PathSum
from ..simplify import Power, Product, Sum, product, quotient, total
from ..symbol import Expression
from .numbers import pieces

_LARGEST = 60  # pieces of a product that is looked at, and terms that are multiplied out


def cancelled(expression: Any) -> Any:
    """The expression with sums of fractions multiplied by what stands beside them, where that makes it shorter.

    >>> from autograd.printers.text import text
    >>> from autograd.simplify import simplify
    >>> from autograd.symbol import Symbol
    >>> y, t = Symbol("y"), Symbol("t")
    >>> text(cancelled(simplify((-t / y + (1 - t) / (1 - y)) * (y * (1 - y)))))
    'y − t'
    >>> text(cancelled(simplify((y / 2 - t / 2) * Symbol("h"))))
    '½(y − t)·h'
    """
    if isinstance(expression, PathSum):
        return PathSum([cancelled(term) for term in expression.terms])
    if not isinstance(expression, Product):
        return expression
    factors = [cancelled(factor) if isinstance(factor, PathSum) else factor for factor in expression.factors]
    for place, factor in enumerate(factors if _is_short(factors) else ()):
        shorter = _without_fractions(factor, [*factors[:place], *factors[place + 1 :]])
        if shorter is not None:
            return product(expression.coefficient, *shorter)
    factors = [factor if isinstance(factor, PathSum) else _with_number_in_front(factor) for factor in factors]
    return expression if factors == list(expression.factors) else product(expression.coefficient, *factors)


def _without_fractions(fractions: Any, others: list[Any]) -> list[Any] | None:
    """The factors after a sum of fractions was multiplied by its denominators among them; None if it gets longer."""
    if not isinstance(fractions, Sum) or isinstance(fractions, PathSum):
        return None
    below = [factor for factor in others if factor in _denominators(fractions)]
    if not below:
        return None
    whole = total(*(_multiplied_out(product(term, *below)) for term in fractions.terms))
    rest = [factor for factor in others if factor not in below]
    whole = _with_number_in_front(whole)
    return [whole, *rest] if _size([whole, *rest]) < _size([fractions, *others]) else None


def _with_number_in_front(whole: Any) -> Any:
    """½y − ½t as ½(y − t)."""
    terms = whole.terms if isinstance(whole, Sum) else ()
    sizes = {abs(term.coefficient) if isinstance(term, Product) else 1 for term in terms}
    if len(sizes) != 1 or sizes == {1}:
        return whole
    (size,) = sizes
    return product(size, total(*(quotient(term, size) for term in terms)))


def _denominators(fractions: Sum) -> set[Any]:
    """What stands under the bar in the terms of a sum."""
    factors = [factor for term in fractions.terms for factor in getattr(term, "factors", (term,))]
    return {factor.base for factor in factors if isinstance(factor, Power) and factor.exponent == -1}


def _multiplied_out(term: Any) -> Any:
    """A product of sums as a sum of products, if that is not too long."""
    factors: Sequence[Any] = getattr(term, "factors", (term,)) if isinstance(term, Expression) else ()
    terms = [factor.terms if isinstance(factor, Sum) else (factor,) for factor in factors]
    count = 1
    for each in terms:
        count *= len(each)
    if count == 1 or count > _LARGEST:
        return term
    coefficient = getattr(term, "coefficient", 1)
    return total(*(product(coefficient, *chosen) for chosen in choices(*terms)))


def _is_short(factors: Sequence[Any]) -> bool:
    return not any(True for _ in islice(pieces(tuple(factors)), _LARGEST, None))


def _size(factors: Sequence[Any]) -> int:
    return sum(1 for _ in pieces(tuple(factors)))
