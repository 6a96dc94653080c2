"""Numbers in the place of symbols, and the derivative by central differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from sys import float_info
from typing import TYPE_CHECKING, Any, NamedTuple

from ..atoms import IndexSum, Numeral
from ..differences import EPSILON
from ..errors import AutogradError
from ..evaluation import recompute
from ..measuring import noise
from ..printers.factors import is_written_exactly
from ..simplify import Power, Product, Sum, outsized
from ..symbol import Call, Expression

if TYPE_CHECKING:
    from ..value import Value

_LARGEST_GROUP = 64


def replaced(expression: Any, replace: Callable[[Any], Any]) -> Any:
    """The expression in the same shape, with replace(atom) for every symbol, ∂L/∂w, and whatever else has no parts.

    >>> from autograd.symbol import Symbol
    >>> replaced(Product(2, [Symbol("y")]), lambda symbol: Numeral(0.5)) == Product(2, [Numeral(0.5)])
    True
    """
    if isinstance(expression, tuple):
        return tuple(replaced(item, replace) for item in expression)
    if isinstance(expression, Sum):
        return type(expression)(replaced(expression.terms, replace))
    if isinstance(expression, Product):
        return Product(expression.coefficient, replaced(expression.factors, replace))
    if isinstance(expression, Power):
        return Power(replaced(expression.base, replace), replaced(expression.exponent, replace))
    if isinstance(expression, IndexSum):
        return IndexSum(expression.index, replaced(expression.body, replace))
    if isinstance(expression, Call):
        return Call(expression.op, replaced(expression.arguments, replace))
    return replace(expression) if isinstance(expression, Expression) else expression


def substituted(expression: Any, numbers: Mapping[Any, float]) -> Any:
    """The expression with numbers in the place of its symbols; a symbol without a number stays."""
    return replaced(expression, lambda atom: Numeral(numbers[atom]) if atom in numbers else atom)


def grouped(expression: Any) -> Any:
    """The expression with long sums and products in groups, so that no program that reads it has to nest deeply."""
    if isinstance(expression, Sum):
        return _in_groups(list(map(grouped, expression.terms)), Sum)
    if isinstance(expression, Product):
        factors = _in_groups(list(map(grouped, expression.factors)), _product)
        return Product(expression.coefficient, factors.factors if isinstance(factors, Product) else [factors])
    return expression


def _product(factors: Sequence[Any]) -> Product:
    return Product(1, factors)


def _in_groups(items: list[Any], join: Callable[[Sequence[Any]], Any]) -> Any:
    while len(items) > _LARGEST_GROUP:
        items = [join(items[start : start + _LARGEST_GROUP]) for start in range(0, len(items), _LARGEST_GROUP)]
    return join(items)


def is_rounded(expression: Any, digits: int) -> bool:
    """Whether some number of the expression is not exactly what is shown with so many digits."""
    items = (float(item.number) if isinstance(item, Numeral) else item for item in pieces(expression))
    return any(isinstance(item, (int, float, Fraction)) and not is_written_exactly(item, digits) for item in items)


def is_lost_in(value: float, *products: Any) -> bool:
    """Whether a value is 0, next to it, or infinite only because floats end: it is a product of other numbers.

    >>> is_lost_in(0.0, Product(1, [Numeral(1e-200), Numeral(1e-200)])), is_lost_in(0.0, Numeral(0.0))
    (True, False)
    """
    if float_info.min <= abs(value) < math.inf or math.isnan(value):
        return False
    return any(
        all(_is_plain(factor) for factor in (product.factors if isinstance(product, Product) else (product,)))
        for product in products
    )


def _is_plain(factor: Any) -> bool:
    """Whether a factor is a number other than 0 and infinity."""
    return 0 < abs(factor.number) < math.inf if isinstance(factor, Numeral) else outsized(factor) is not None


def pieces(expression: Any) -> Iterator[Any]:
    """The expression and everything it is made of."""
    stack = [expression]
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, (Sum, Product, Power, Call, IndexSum, tuple)):
            stack.extend(_parts(item))


def _parts(expression: Any) -> Sequence[Any]:
    if isinstance(expression, Sum):
        return expression.terms
    if isinstance(expression, Product):
        return expression.coefficient, *expression.factors
    if isinstance(expression, Power):
        return expression.base, expression.exponent
    if isinstance(expression, IndexSum):
        return (expression.body,)
    return expression.arguments if isinstance(expression, Call) else expression


class Differences(NamedTuple):
    """Central differences: (L(w + h) − L(w − h)) / 2h, its step h, the slopes to the left and to the right, and how far
    rounding of L may have moved it."""

    slope: float
    step: float
    left: float
    right: float
    rounding: float

    @property
    def error(self) -> float:
        """What can come from rounding and from the curvature of L."""
        return self.rounding + 1e-3 * abs(self.right - self.left)

    def confirms(self, derivative: float, scale: float) -> bool:
        """Whether the difference can come from rounding and curvature, and both are so small that a wrong derivative
        would show: a thousandth of it, or, where it is 0, a millionth of what it might be."""
        apart = abs(self.slope - derivative)
        most = 1e-3 * abs(derivative) if derivative else 1e-6 * scale
        return any(error <= most and apart <= 1e-6 * abs(derivative) + error for error in (self.rounding, self.error))

    @property
    def is_bent(self) -> bool:
        """Whether the two sides differ as at a kink, by a part of the slopes themselves."""
        return abs(self.right - self.left) > 0.1 * max(abs(self.left), abs(self.right))


def central_differences(order: Sequence[Value], at: Mapping[Value, float], variable: Value) -> Differences | None:
    """The slope of the last node of `order` along `variable`, around the numbers `at`; None where L has no value."""
    number = at.get(variable, variable.data)
    if not math.isfinite(number):
        return None
    step = math.ldexp(1.0, round(math.log2(EPSILON ** (1 / 3) * max(abs(number), 1e-2))))

    def output(moved: float) -> float:
        return recompute(order, {**at, variable: number + moved})[order[-1]]

    try:
        above, here, below = output(step), output(0.0), output(-step)
    except AutogradError:
        return None
    left, right = (here - below) / step, (above - here) / step
    slope = (above - below) / (2 * step)
    if not math.isfinite(slope):
        return None
    return Differences(slope, step, left, right, noise(order, {**at, variable: number}) / step)
