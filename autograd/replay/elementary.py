"""Elementary functions of eight lanes, for which numba has none.

`exp`, `expm1`, `log`, `log1p`, `sin` and `cos` are accurate to 2 units in the last place, and `tanh` to 3 (tested
against mpmath); every other function of `math` is called lane by lane.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .compiling import part
from .lanes import (
    LANES,
    absolute,
    add,
    copysign,
    div,
    equal,
    exponent,
    fma,
    lane,
    less,
    mantissa,
    mul,
    negative,
    polynomial,
    power_of_two,
    select,
    spread,
    sub,
    total,
    with_lane,
)

# A float x with |x| < 2⁵¹ is rounded to a whole number by x + _MAGIC − _MAGIC.
_MAGIC = 1.5 * 2.0**52
_LOG2_E = 1 / math.log(2)
# ln 2 in two parts, of which the first has zeros at its end: n·_LN2_HIGH is exact for |n| < 2¹¹.
_LN2_HIGH = float.fromhex("0x1.62e42fefap-1")
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")
_expm1_series = polynomial(*(1 / math.factorial(n) for n in range(2, 14)))  # (eˣ − 1 − x)/x²
_artanh_series = polynomial(*(2 / (2 * n + 1) for n in range(1, 12)))  # of z = s²: (2·artanh(s) − 2s)/s³


@part
def _whole(x: Any) -> Any:
    """The whole number n next to x/ln 2."""
    return sub(fma(x, _LOG2_E, _MAGIC), _MAGIC)


@part
def _rest(x: Any, n: Any) -> Any:
    """x − n·ln 2, between −0.35 and 0.35."""
    return fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))


@part
def _small_expm1(r: Any) -> Any:
    """eʳ − 1 for |r| < 0.35: r + r²/2! + … + r¹³/13!"""
    return fma(mul(r, r), _expm1_series(r), r)


@part
def _between(low: float, x: Any, high: float) -> Any:
    """x, or the nearer end of the interval; NaN stays NaN."""
    x = select(less(x, low), low, x)
    return select(less(high, x), high, x)


@part
def exp(x: Any) -> Any:
    """eˣ = 2ⁿ·eʳ, in two steps of 2ⁿ: the first may be below and the second beyond what a float can hold."""
    x = _between(-750.0, x, 750.0)
    n = _whole(x)
    p = _small_expm1(_rest(x, n))
    half = sub(fma(n, 0.5, _MAGIC), _MAGIC)
    first, second = power_of_two(add(half, _MAGIC + 1023)), power_of_two(add(sub(n, half), _MAGIC + 1023))
    return mul(fma(p, first, first), second)


@part
def expm1(x: Any) -> Any:
    """eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), in which nothing cancels."""
    bounded = _between(-40.0, x, 700.0)
    n = _whole(bounded)
    scale = power_of_two(add(n, _MAGIC + 1023))
    small = fma(_small_expm1(_rest(bounded, n)), scale, sub(scale, 1.0))
    return select(less(700.0, x), exp(x), select(equal(x, 0.0), x, small))


@part
def tanh(x: Any) -> Any:
    """tanh x = d/(d + 2) with d = e²ˣ − 1 for positive x, and odd."""
    d = expm1(mul(_between(0.0, absolute(x), 20.0), 2.0))
    return copysign(div(d, add(d, 2.0)), x)


@part
def log(x: Any) -> Any:
    """ln x = e·ln 2 + 2·artanh(s) with x = 2ᵉ·m, s = (m − 1)/(m + 1) and m between √½ and √2."""
    tiny = less(x, 2.0**-1022)
    scaled = select(tiny, mul(x, 2.0**54), x)
    e = sub(exponent(scaled), 2.0**52 + 1023)
    e = select(tiny, sub(e, 54.0), e)
    m = mantissa(scaled)
    is_large = less(math.sqrt(2), m)
    m, e = select(is_large, mul(m, 0.5), m), select(is_large, add(e, 1.0), e)
    f = sub(m, 1.0)
    s = div(f, add(f, 2.0))
    z = mul(s, s)
    p = _artanh_series(z)
    # ln m = f − s·(f − z·p): 2·artanh(s) with the large part f taken out.
    small = fma(negative(s), sub(f, mul(z, p)), fma(e, _LN2_LOW, 0.0))
    found = fma(e, _LN2_HIGH, add(f, small))
    found = select(less(x, math.inf), found, x)
    found = select(equal(x, 0.0), -math.inf, found)
    return select(less(x, 0.0), math.nan, select(equal(x, x), found, x))


@part
def log1p(x: Any) -> Any:
    """ln(1 + x), with what 1 + x has lost by rounding added again."""
    u = add(x, 1.0)
    found = add(log(u), div(sub(x, sub(u, 1.0)), u))
    is_plain = less(-1.0, x)
    found = select(is_plain, select(less(x, math.inf), found, x), log(u))
    return select(equal(u, 1.0), x, found)


def _lane_by_lane(function: Callable[..., float]) -> Callable[..., Any]:
    @part
    def called(x: Any) -> Any:
        found = x
        for index in range(LANES):
            found = with_lane(found, index, function(lane(x, index)))
        return found

    return called  # type: ignore[no-any-return]


acos, asin, atan, cosh, erf, erfc, sinh, tan, _lanes_of_cos, _lanes_of_sin = map(
    _lane_by_lane,
    (math.acos, math.asin, math.atan, math.cosh, math.erf, math.erfc, math.sinh, math.tan, math.cos, math.sin),
)


@part
def pow(x: Any, y: Any) -> Any:  # noqa: A001 (as in `math`)
    """x**y, lane by lane."""
    found, exponents = spread(x), spread(y)
    for index in range(LANES):
        found = with_lane(found, index, math.pow(lane(found, index), lane(exponents, index)))
    return found


# ---------------------------------------------------------------- sine and cosine

# π/2 in three parts; the first two have zeros at their ends: n·part is exact for |n| < 2²⁰.
_HALF_PI = float.fromhex("0x1.921fb544p+0"), float.fromhex("0x1.0b4611a6p-34"), float.fromhex("0x1.3198a2e037073p-69")
_LARGEST_ANGLE = 2.0**17
_sine_series = polynomial(*((-1) ** n / math.factorial(2 * n + 1) for n in range(1, 10)))  # of z = r²: (sin r − r)/r³
_cosine_series = polynomial(*((-1) ** n / math.factorial(2 * n) for n in range(2, 10)))  # (cos r − 1 + z/2)/z²
_P1, _P2, _P3 = _HALF_PI


@part
def _rounded(x: Any) -> Any:
    return sub(add(x, _MAGIC), _MAGIC)


@part
def _sine_of_rest(r: Any, z: Any) -> Any:
    """sin r for |r| ≤ π/4, with z = r²."""
    return fma(mul(z, r), _sine_series(z), r)


@part
def _cosine_of_rest(z: Any) -> Any:
    """cos r for |r| ≤ π/4, with z = r²: 1 − z/2 and what that loses by rounding, then the rest."""
    half = mul(z, 0.5)
    w = sub(1.0, half)
    return add(w, fma(mul(z, z), _cosine_series(z), sub(sub(1.0, w), half)))


@part
def _turned(x: Any, quarters: float) -> Any:
    """sin(x + quarters·π/2) by the quarter n in which x lies: ±sin or ±cos of the rest."""
    n = _rounded(mul(x, 2 / math.pi))
    r = fma(n, -_P3, fma(n, -_P2, fma(n, -_P1, x)))
    z = mul(r, r)
    quarter = add(n, quarters)
    q = fma(_rounded(mul(quarter, 0.25)), -4.0, quarter)  # −2, −1, 0, 1 or 2
    found = select(equal(absolute(q), 1.0), _cosine_of_rest(z), _sine_of_rest(r, z))
    return select(equal(absolute(sub(q, 0.5)), 0.5), found, negative(found))


@part
def _are_small_angles(x: Any) -> bool:
    return total(select(less(absolute(x), _LARGEST_ANGLE), 0.0, 1.0)) == 0.0  # type: ignore[no-any-return]


@part
def sin(x: Any) -> Any:
    """sin x; angles beyond 130,000 lane by lane."""
    if _are_small_angles(x):
        return _turned(x, 0.0)
    return _lanes_of_sin(x)


@part
def cos(x: Any) -> Any:
    """cos x = sin(x + π/2)."""
    if _are_small_angles(x):
        return _turned(x, 1.0)
    return _lanes_of_cos(x)
