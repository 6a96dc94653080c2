"""What is under the fraction bar, which factors need no dot, and how a number is taken apart.

Every printer that writes expressions for people stands on these; `shape.py` puts the pieces together.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

from ..atoms import Derivative, Numeral, Omitted
from ..constants import LARGEST, Rounded
from ..simplify import Power, Product, Sum, is_negative
from ..symbol import Call, Expression, Symbol

VULGAR = {Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}
_LARGEST_PART = 10**6  # of what is written as a fraction; longer ones are decimals: 0.2824, not 282429536481/10¹²


class Figure(NamedTuple):
    """A number taken apart: −3.1×10⁻⁷ has a minus, the mantissa 3.1 and the exponent −7; −1/7 has a denominator."""

    is_negative: bool
    mantissa: str
    exponent: str = ""
    denominator: str = ""


def over_and_under(expression: Product) -> tuple[list[Any], list[Any]]:
    """The factors above and below the fraction bar, without the sign of the whole."""
    over = [factor for factor in expression.factors if not is_under(factor)]
    under = [Power(f.base, -f.exponent) if f.exponent != -1 else f.base for f in expression.factors if is_under(f)]
    size = abs(expression.coefficient)
    if isinstance(size, Fraction) and is_short(size) and (under or not (size in VULGAR or is_decimal(size))):
        size, under = size.numerator, [size.denominator, *under]
    return ([] if size == 1 and over else [size]) + over, under


def figure_of(number: Any, digits: int) -> Figure:
    """A number taken apart; fractions and whole numbers exactly, if that is short, all others with `digits` digits.

    >>> figure_of(Fraction(-2, 7), 4)
    Figure(is_negative=True, mantissa='2', exponent='', denominator='7')
    >>> figure_of(Fraction(282429536481, 10**12), 4)
    Figure(is_negative=False, mantissa='0.2824', exponent='', denominator='')
    """
    size = -number if number < 0 else number
    is_negative = number < 0 or (number == 0 and math.copysign(1, number) < 0)
    if isinstance(size, Fraction):
        if size in VULGAR or is_short(size) and not is_decimal(size):
            return Figure(is_negative, str(size.numerator), denominator=str(size.denominator))
        digits = 15 if is_decimal(size) else digits
    elif isinstance(size, int) and size < LARGEST:
        return Figure(is_negative, str(size))
    mantissa, _, exponent = f"{abs(float(size)):.{digits}g}".partition("e")
    return Figure(is_negative, mantissa.replace("inf", "∞"), str(int(exponent)) if exponent else "")


def is_written_exactly(number: Any, digits: int) -> bool:
    """Whether a number has all of its digits where it is written with so many.

    >>> [is_written_exactly(number, 4) for number in (0.1235, 0.12345, Fraction(1, 3), Fraction(12345, 10**5))]
    [True, False, True, True]
    """
    if isinstance(number, float):
        return not isinstance(number, Rounded) and float(f"{number:.{digits}g}") == number
    figure = figure_of(number, digits)
    return bool(figure.denominator) or Fraction(f"{figure.mantissa}e{figure.exponent or 0}") == abs(number)


def is_word(part: str) -> bool:
    """Whether a subscript is a word rather than indices: `total` and `out`, but not `11`, `ij`, `1j`.

    >>> [part for part in ("total", "11", "j", "ijk", "out", "1j") if is_word(part)]
    ['total', 'out']
    """
    return part.isalpha() and len(part) > 2 and not set(part) <= set("ijklmn")


def index_and_shift(part: str) -> tuple[str, str, str] | None:
    """A superscript that counts from an index, taken apart: l+1, l−1.

    >>> index_and_shift("l+1"), index_and_shift("total")
    (('l', '+', '1'), None)
    """
    index, sign, number = part[:1], part[1:2], part[2:]
    return (index, sign, number) if index.isalpha() and sign in ("+", "−") and number.isdigit() else None


def is_decimal(size: Fraction) -> bool:
    """Whether a fraction is better written with a decimal point: 0.01 and 1.25, but 1/3 and 1/64."""
    places = size.denominator
    return size < LARGEST and (1000 % places == 0 or (places % 10 == 0 and 10**9 % places == 0))


def is_short(size: Fraction) -> bool:
    """Whether a fraction is short enough to be written as one."""
    return max(size.numerator, size.denominator) < _LARGEST_PART


def negated(term: Any) -> Any:
    """The term without the minus in front of it."""
    if isinstance(term, Product):
        rest = -term.coefficient
        return term.factors[0] if rest == 1 and len(term.factors) == 1 else Product(rest, term.factors)
    return -term


def is_under(factor: Any) -> bool:
    """Whether a factor is written under the fraction bar."""
    return isinstance(factor, Power) and not isinstance(factor.exponent, Expression) and factor.exponent < 0


def stands_close(before: Any, factor: Any) -> bool:
    """Whether two factors are written without a dot: 2x, 2(y − t), y(1 − y), σ(z)(1 − σ(z)), 0.75(1 − 0.75).

    A number that is none, written in letters, keeps it: nan·w.
    """
    if not isinstance(before, Expression):
        return not _starts_with_digit(factor) and before == before
    return isinstance(before, (Symbol, Call, Numeral)) and isinstance(factor, Sum) and any(
        before == (negated(term) if is_negative(term) else term) for term in factor.terms
    )


def _starts_with_digit(factor: Any) -> bool:
    start = factor.base if isinstance(factor, Power) else factor
    if isinstance(start, Symbol):
        return start.label[:1].isnumeric()
    return isinstance(start, (Numeral, Derivative, Omitted)) or not isinstance(start, Expression)
