"""The constants of an expression: exact while they are short, decimals beyond.

A constant is an int or a fraction while both of its parts are below 10¹⁵, and a float from there on. A float stands
for the decimal that it is written as: 0.001 is one thousandth. One that had to drop a digit is `Rounded`, and pages
say ≈ where it stands. So no number grows without bound, however many are multiplied or added:

>>> from fractions import Fraction
>>> times(Fraction(9, 10), Fraction(9, 10)), times(*[Fraction(9, 10)] * 400)
((Fraction(81, 100), 0), (4.977414122938492e-19, 0))

What is no float at all, too large or too small, comes with a power of ten: the answer is number · 10^exponent.

>>> times(1e300, 1e100), times(1e300, 1e100, 1e-200), times(1e-200, 3e-200)
((1, 400), (1e+200, 0), (3, -400))
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from functools import lru_cache, reduce
from sys import float_info
from typing import Any

Number = int | float | Fraction
Scaled = tuple[Number, int]  # number · 10^exponent

LARGEST = 10**15  # parts of an exact number are below: these are the digits that every float holds
_LONGEST = 1024  # bits of what is computed exactly on the way, as many as the largest float has
_DIGITS = 50  # of what is longer; many more than a float holds, so that thousands of steps do not show
_DIGITS_OF_SUM = 2000  # of a sum, in which large terms may cancel and leave a small one
_MOST_UNDER = 100  # the denominator of a decimal that is read as a simple fraction
_LONGEST_POWER = 4096  # bits of a power that is computed exactly
_STEP = 300  # the exponent of ten that leaves room for what it is multiplied with
_MOST_TENS = 100_000  # the exponent of ten up to which a power of numbers is computed


class Rounded(float):
    """A float in the place of a number with more digits."""

    __slots__ = ()

    def __neg__(self) -> Rounded:
        return Rounded(float.__neg__(self))

    def __abs__(self) -> Rounded:
        return Rounded(float.__abs__(self))


def neat(number: Number) -> Number:
    """A float that is a simple fraction, as that fraction: 0.5 → 1/2, 2.0 → 2; a long exact number as a float.

    >>> neat(0.5), neat(2.0), neat(0.123456), neat(10**30), neat(2**100)
    (Fraction(1, 2), 2, 0.123456, 1e+30, 1.2676506002282294e+30)
    """
    if isinstance(number, float):
        return number if isinstance(number, Rounded) or not math.isfinite(number) else _neat_float(number)
    if -LARGEST < number < LARGEST and number.denominator < LARGEST:
        return number.numerator if number.denominator == 1 else number
    context = _context()
    decimal = _decimal(number, context)
    found, exponent = _rounded(decimal, bool(context.flags[Inexact]))
    return found if exponent == 0 else math.copysign(0.0 if exponent < 0 else math.inf, found)


@lru_cache(maxsize=1024)
def _neat_float(number: float) -> Number:
    if abs(number) >= LARGEST:
        return number
    fraction = Fraction(number).limit_denominator(_MOST_UNDER)
    if float(fraction) != number or abs(fraction.numerator) >= LARGEST:
        return number
    return fraction.numerator if fraction.denominator == 1 else fraction


def is_exactly(number: Number | Decimal, other: int) -> bool:
    """Whether a constant is that whole number, no digit dropped."""
    return number == other and not isinstance(number, Rounded)


def times(*numbers: Number | Decimal) -> Scaled:
    """The product of constants; a decimal among them may be of any size."""
    return _folded(numbers, 1, operator.mul, Context.multiply, _context())


def plus(*constants: Scaled) -> Scaled:
    """The sum of constants, each with its power of ten.

    >>> plus(*[(Fraction(1, 10), 0)] * 10_000), plus((1, 0), (1e-300, 0)), plus((7, 400), (0.5, 401))
    ((1000, 0), (1.0, 0), (Fraction(6, 5), 401))
    """
    context = _context(_DIGITS_OF_SUM)
    numbers = [number if tens == 0 else _decimal(number, context).scaleb(tens, context) for number, tens in constants]
    if any(tens and isinstance(number, Rounded) for number, tens in constants):
        context.flags[Inexact] = True
    return _folded(numbers, 0, operator.add, Context.add, context)


def one_over(number: Number) -> Scaled:
    """One over a constant other than 0."""
    if not math.isfinite(number):
        return 1 / number, 0
    is_fraction, is_rounded = not isinstance(number, float), isinstance(number, Rounded)
    return _finished(1 / _exact(number), _context(), is_fraction, is_rounded)


def raised(base: Number, exponent: Number) -> Number | None:
    """base^exponent where that is a number: None for 1/0 and (−2)^½, and for what no float holds, such as 9^9999.

    >>> raised(Fraction(9, 10), 2), raised(2, 1000), raised(4, Fraction(1, 2)), raised(9, 9999)
    (Fraction(81, 100), 1.0715086071862673e+301, 2, None)
    """
    try:
        if _is_short_power(base, exponent):
            is_fraction, is_rounded = not isinstance(base, float), isinstance(base, Rounded)
            power = Fraction(_exact(base) ** int(exponent))
            number, tens = _finished(power, _context(), is_fraction, is_rounded)
            return None if tens or number and not _is_in_range(number) else number
        result = float(base) ** float(exponent)
    except ArithmeticError:
        return None
    if isinstance(result, complex):
        return None
    if not (math.isfinite(base) and math.isfinite(exponent)):
        return neat(result)
    if base != 0 and not _is_in_range(result):
        return None
    return neat(result) if _is_root(neat(result), base, exponent) else Rounded(result)


def _is_short_power(base: Number, exponent: Number) -> bool:
    """Whether a power can be computed exactly."""
    if not isinstance(exponent, int) or not math.isfinite(base):
        return False
    return _bits(_exact(base)) * abs(exponent) <= _LONGEST_POWER or base in (-1, 0, 1)


def _is_root(result: Number, base: Number, exponent: Number) -> bool:
    """Whether base^exponent is exactly that, as 3 is 9^½."""
    if isinstance(result, float) or isinstance(base, float) or isinstance(exponent, float):
        return False
    whole, root = exponent.numerator, exponent.denominator
    longest = max(_bits(result) * root, _bits(base) * abs(whole))
    return longest <= _LONGEST and Fraction(result) ** root == Fraction(base) ** whole


def size_of(base: Number, exponent: Number) -> Decimal | None:
    """base^exponent as a decimal, where no float holds it; None where one does, and beyond 10^±100,000.

    >>> f"{size_of(9, 9999):.3e}", size_of(9, 99)
    ('2.957e+9541', None)
    """
    if not (math.isfinite(base) and math.isfinite(exponent)) or base == 0:
        return None
    if abs(float(exponent) * math.log10(abs(float(base)))) > _MOST_TENS:
        return None
    context = _context()
    try:
        size = context.power(_decimal(base, context), _decimal(exponent, context)).normalize(context)
    except ArithmeticError:
        return None
    return None if _is_in_range(float(size)) else size


def floats_of(number: Number, exponent: int) -> list[Number]:
    """number · 10^exponent as numbers that floats hold, to be multiplied.

    >>> floats_of(7, 700), floats_of(Fraction(1, 2), -316)
    ([7, 1e+300, 1e+300, 1e+100], [Fraction(1, 2), 1e-300, 1e-16])
    """
    steps, rest = divmod(abs(exponent), _STEP)
    sizes = [_STEP] * steps + [rest] * bool(rest)
    return [number, *(float(f"1e{'-' * (exponent < 0)}{size}") for size in sizes)]


# ---------------------------------------------------------------- folding


def _folded(
    numbers: Sequence[Number | Decimal],
    neutral: int,
    exactly: Callable[[Any, Any], Any],
    nearly: Callable[[Context, Decimal, Decimal], Decimal],
    context: Context,
) -> Scaled:
    """The numbers put together: exactly while that is short, then with the digits of the context."""
    numbers = [number for number in numbers if not is_exactly(number, neutral)]
    if not numbers:
        return neutral, 0
    if len(numbers) == 1 and not isinstance(numbers[0], Decimal):
        return neat(numbers[0]), 0
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        return reduce(exactly, map(float, numbers), float(neutral)), 0
    result: Fraction | Decimal = Fraction(neutral)
    for number in numbers:
        longer = None if isinstance(number, Decimal) or isinstance(result, Decimal) else exactly(result, _exact(number))
        if longer is None or _bits(longer) > _LONGEST:
            longer = nearly(context, _decimal(result, context), _decimal(number, context))
        result = longer
    is_fraction = not any(isinstance(number, (float, Decimal)) for number in numbers)
    return _finished(result, context, is_fraction, any(map(_is_rounded, numbers)))


def _is_rounded(number: Number | Decimal) -> bool:
    return isinstance(number, Rounded) or isinstance(number, Decimal) and len(number.as_tuple().digits) >= _DIGITS


def _finished(value: Fraction | Decimal, context: Context, is_fraction: bool, is_rounded: bool) -> Scaled:
    """A result as a constant: a fraction if all it was made of are such, or if it is a simple one."""
    if isinstance(value, Fraction) and _is_short(value) and not (is_rounded and value) and (
        is_fraction or value.denominator <= _MOST_UNDER
    ):
        return (value.numerator if value.denominator == 1 else value), 0
    decimal = _decimal(value, context)
    return _rounded(decimal, is_rounded or bool(context.flags[Inexact]))


def _rounded(decimal: Decimal, is_rounded: bool) -> Scaled:
    """A decimal as a float, or as a float and a power of ten."""
    number = float(decimal)
    is_same = not is_rounded and math.isfinite(number) and Decimal(float.__repr__(number)) == decimal
    if is_same:
        return neat(number), 0
    if _is_in_range(number) or not decimal:
        return Rounded(number), 0
    exponent = decimal.adjusted()
    exponent += exponent == float_info.max_10_exp  # for that power of ten is a float by itself
    mantissa, _ = _rounded(decimal.scaleb(-exponent, _context(_DIGITS_OF_SUM)), is_rounded)
    return mantissa, exponent


def _context(digits: int = _DIGITS) -> Context:
    """Arithmetic of its own, not that of the thread, which a program may change; its flags say whether it rounded."""
    return Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Overflow, InvalidOperation, DivisionByZero])


def _exact(number: Number) -> Fraction:
    """The number as a fraction; a float as the decimal that it is written as."""
    return Fraction(float.__repr__(number)) if isinstance(number, float) else Fraction(number)


def _decimal(number: Number | Decimal, context: Context) -> Decimal:
    if isinstance(number, Decimal):
        return number
    if isinstance(number, float):
        return Decimal(float.__repr__(number))
    return context.divide(Decimal(number.numerator), Decimal(number.denominator))


def _bits(number: int | Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def _is_in_range(number: Number) -> bool:
    """Whether a float holds it with all of its digits: below 10⁻³⁰⁷ they become fewer."""
    return float_info.min <= abs(float(number)) <= float_info.max


def _is_short(number: int | Fraction) -> bool:
    return -LARGEST < number.numerator < LARGEST and number.denominator < LARGEST
