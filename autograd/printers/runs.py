"""An expression as runs of text: names, signs, subscripts and superscripts, in order.

All the printers of running text (terminal, SVG, HTML) stand on these runs and differ only in how they show one.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from .. import notation
from ..op import flatten
from ..simplify import Power, Product, Sum, is_negative
from ..symbol import Call, Expression, Symbol

_FRACTIONS = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}
_CHOICE, _COMPARISON, _SUM, _PRODUCT, _POWER, _ATOM = range(6)
_LARGEST_INTEGER = 10**15  # from here on an integer is written as a float is: 1×10³⁰⁰, not 301 digits


class Run(NamedTuple):
    """A piece of text and its kind: "plain", "name" (a variable), "sub" or "sup"."""

    content: str
    kind: str = "plain"


def label_runs(label: str) -> list[Run]:
    """A label: base, subscript and superscript."""
    parts = notation.read(label)
    return [
        Run(parts.letter, "name"),
        *([Run(parts.subscript, "sub")] if parts.subscript else []),
        *([Run(parts.superscript, "sup")] if parts.superscript else []),
    ]


def runs(expression: Any, digits: int = 4) -> list[Run]:
    """The runs of a simplified expression; constants are written with `digits` significant digits."""
    return list(_Writer(digits).write(expression)[0])


class _Writer:
    def __init__(self, digits: int) -> None:
        self.digits = digits

    def write(self, expression: Any) -> tuple[list[Run], int]:
        """The runs and how tightly the outermost operation binds."""
        if isinstance(expression, Symbol):
            return label_runs(expression.label), _ATOM
        if isinstance(expression, Sum):
            return self.sum(expression.terms), _SUM
        if isinstance(expression, Product):
            return self.product(expression), _SUM if expression.coefficient < 0 else _PRODUCT
        if isinstance(expression, Power):
            return self.power(expression)
        if isinstance(expression, Call):
            return self.call(expression)
        return self.number(expression)

    def number(self, number: Any) -> tuple[list[Run], int]:
        sign, size = ("−", -number) if number < 0 else ("", number)
        written = _FRACTIONS.get(size) or _decimal(size) or shown(size, self.digits)
        return [Run(sign + written)], _SUM if sign else _PRODUCT if "/" in written else _ATOM

    def sum(self, terms: Iterable[Any]) -> list[Run]:
        result: list[Run] = []
        for index, term in enumerate(terms):
            if is_negative(term):
                result.append(Run(" − " if index else "−"))
                result += self.within(negated(term), _PRODUCT)
            else:
                result += [Run(" + ")] if index else []
                result += self.within(term, _PRODUCT)
        return result

    def product(self, expression: Product) -> list[Run]:
        over = [factor for factor in expression.factors if not is_under(factor)]
        under = [Power(f.base, -f.exponent) if f.exponent != -1 else f.base for f in expression.factors if is_under(f)]
        size = abs(expression.coefficient)
        if isinstance(size, Fraction) and (under or not (size in _FRACTIONS or is_decimal(size))):
            size, under = size.numerator, [size.denominator, *under]
        result = [Run("−")] if expression.coefficient < 0 else []
        result += self.factors(([] if size == 1 and over else [size]) + over)
        if under:
            below = self.factors(under)
            result += [Run("/"), *(below if len(under) == 1 else [Run("("), *below, Run(")")])]
        return result

    def factors(self, factors: list[Any]) -> list[Run]:
        result: list[Run] = []
        for before, factor in zip([None, *factors], factors, strict=False):
            if result and not _stands_close(before, factor):
                result.append(Run("·"))
            result += self.within(factor, _PRODUCT if len(factors) == 1 else _POWER)
        return result

    def power(self, expression: Power) -> tuple[list[Run], int]:
        if is_under(expression):
            return self.product(Product(1, [expression])), _PRODUCT
        exponent = joined(self.write(expression.exponent)[0])
        return [*self.within(expression.base, _ATOM), Run(exponent, "sup")], _POWER

    def call(self, call: Call) -> tuple[list[Run], int]:
        shape, sign = call.op.notation.shape, call.op.notation.text
        if shape == "bars":
            return [Run("|"), *self.write(call.arguments[0])[0], Run("|")], _ATOM
        if shape == "root":
            return [Run(sign), *self.within(call.arguments[0], _ATOM)], _POWER
        if shape == "infix":
            left, right = (self.within(argument, _SUM) for argument in call.arguments)
            return [*left, Run(f" {sign} "), *right], _COMPARISON
        if shape == "cases":
            condition, then = (self.within(argument, _COMPARISON) for argument in call.arguments[:2])
            otherwise = self.within(call.arguments[2], _CHOICE)
            return [*then, Run(" if "), *condition, Run(" else "), *otherwise], _CHOICE
        inner: list[Run] = []
        for argument in flatten(call.arguments):
            inner += [Run(", ")] if inner else []
            inner += self.write(argument)[0]
        return [Run(f"{sign}("), *inner, Run(")")], _ATOM

    def within(self, expression: Any, binding: int) -> list[Run]:
        written, own = self.write(expression)
        return written if own >= binding else [Run("("), *written, Run(")")]


def joined(pieces: Iterable[Run]) -> str:
    """Runs as text, with Unicode's small raised and lowered characters where it has them."""
    show = {"sub": notation.lowered, "sup": notation.raised}
    return "".join(show[run.kind](run.content) if run.kind in show else run.content for run in pieces)


def shown(number: float, digits: int = 4) -> str:
    """A float with `digits` significant digits, a true minus and no needless exponent: 0.05, −1.25, 3.1×10⁻⁷."""
    written = f"{number:.{digits}g}".replace("inf", "∞")
    mantissa, e, exponent = written.partition("e")
    if e:
        written = f"{mantissa}×10{notation.raised(str(int(exponent)))}"
    return written.replace("-", "−")


def is_decimal(size: Fraction) -> bool:
    """Whether a fraction is better written with a decimal point: 0.01 and 1.25, but 1/3 and 1/64."""
    places = size.denominator
    return 1000 % places == 0 or (places % 10 == 0 and 10**9 % places == 0)


def _decimal(size: Any) -> str:
    """An exact number, written exactly; nothing for a float, and for an integer too long to read."""
    if isinstance(size, Fraction):
        return shown(float(size), 15) if is_decimal(size) else str(size)
    return str(size) if isinstance(size, int) and size < _LARGEST_INTEGER else ""


def negated(term: Any) -> Any:
    """The term without the minus in front of it."""
    if isinstance(term, Product):
        rest = -term.coefficient
        return term.factors[0] if rest == 1 and len(term.factors) == 1 else Product(rest, term.factors)
    return -term


def is_under(factor: Any) -> bool:
    """Whether a factor is written under the fraction bar."""
    return isinstance(factor, Power) and not isinstance(factor.exponent, Expression) and factor.exponent < 0


def _stands_close(before: Any, factor: Any) -> bool:
    """Whether two factors are written without a dot: 2x, 2(y − t), y(1 − y)."""
    if not isinstance(before, Expression):
        starts_with_number = isinstance(factor, Power) and not isinstance(factor.base, Expression)
        return isinstance(factor, Expression) and not starts_with_number
    return isinstance(before, Symbol) and isinstance(factor, Sum) and before in factor.terms + tuple(
        negated(term) for term in factor.terms if is_negative(term)
    )
