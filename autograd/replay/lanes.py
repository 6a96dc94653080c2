"""Eight lanes: a vector of floats as numba knows it, arithmetic on it, and elementary functions of our own.

A kernel works on eight samples at once. What is written here with `add`, `fma` and `load` becomes one instruction of
the processor each (or two, where it has half as wide ones), at no cost of a call. numba has no such type, nor an
exponential for it: `exp`, `expm1`, `log` and `log1p` are below, accurate to 2 units in the last place, and `tanh` to 3
(tested against mpmath); every other function of `math` is called lane by lane.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 8
_FLOAT, _INTEGER, _INDEX, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(32), ir.IntType(1)
_VECTOR, _INTEGERS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INTEGER, LANES)
_MASK = ir.VectorType(_BIT, LANES)

# Contraction makes a·b + c one instruction with one rounding; sums are never put in another order.
OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}
compiled = njit(cache=True, **OPTIONS)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


class _MaskType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="LanesMask")


lanes, mask = _LanesType(), _MaskType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


@register_model(_MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _MASK)


# ---------------------------------------------------------------- memory


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """Eight floats of an array from `index` on."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = builder.load(_place(context, builder, signature.args[0], *arguments))
        found.align = 8
        return found

    return lanes(array, types.intp), code


@intrinsic
def store(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """Put eight floats into an array from `index` on."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place).align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), code


@intrinsic
def spread(typing: Any, number: Any) -> Any:
    """One float in all lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, arguments[0], ir.Constant(_INDEX, 0))
        return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES))

    return lanes(types.float64), code


@intrinsic
def lane(typing: Any, vector: Any, index: Any) -> Any:
    """The float in one lane."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(*arguments)

    return types.float64(lanes, types.intp), code


@intrinsic
def with_lane(typing: Any, vector: Any, index: Any, number: Any) -> Any:
    """The vector with another float in one lane."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.insert_element(arguments[0], arguments[2], arguments[1])

    return lanes(lanes, types.intp, types.float64), code


# ---------------------------------------------------------------- arithmetic


def _operation(name: str, operands: int = 2) -> Callable[..., Any]:
    """One instruction of LLVM on vectors."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, name)(*arguments, flags=("contract",))

    signature = lanes(*[lanes] * operands)
    if operands == 1:
        return intrinsic(lambda typing, a: (signature, code))  # type: ignore[no-any-return]
    return intrinsic(lambda typing, a, b: (signature, code))  # type: ignore[no-any-return]


def _comparison(sign: str) -> Callable[..., Any]:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        return compare(sign, *arguments)

    return intrinsic(lambda typing, a, b: (mask(lanes, lanes), code))  # type: ignore[no-any-return]


def _function(name: str, operands: int) -> Callable[..., Any]:
    """A function that LLVM knows: llvm.fma, llvm.sqrt, …"""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * operands)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64"), arguments)

    signature = lanes(*[lanes] * operands)
    if operands == 1:
        return intrinsic(lambda typing, a: (signature, code))  # type: ignore[no-any-return]
    if operands == 2:
        return intrinsic(lambda typing, a, b: (signature, code))  # type: ignore[no-any-return]
    return intrinsic(lambda typing, a, b, c: (signature, code))  # type: ignore[no-any-return]


add, sub, mul, div = map(_operation, ("fadd", "fsub", "fmul", "fdiv"))
negative = _operation("fneg", 1)
less, less_equal, equal, not_equal = map(_comparison, ("<", "<=", "==", "!="))
absolute, sqrt = _function("fabs", 1), _function("sqrt", 1)
copysign, fma = _function("copysign", 2), _function("fmuladd", 3)


@intrinsic
def select(typing: Any, condition: Any, yes: Any, no: Any) -> Any:
    """`yes` in the lanes where the condition holds, `no` in the others."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return lanes(mask, lanes, lanes), code


@intrinsic
def total(typing: Any, vector: Any) -> Any:
    """The sum of all lanes, halves first: always in the same order."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found, count = arguments[0], LANES
        while count > 1:
            count //= 2
            parts = [
                builder.shuffle_vector(found, ir.Constant(found.type, ir.Undefined),
                                       ir.Constant(ir.VectorType(_INDEX, count), list(range(start, start + count))))
                for start in (0, count)
            ]  # fmt: skip
            found = builder.fadd(*parts)
        return builder.extract_element(found, ir.Constant(_INDEX, 0))

    return types.float64(lanes), code


# ---------------------------------------------------------------- the bits of a float


@intrinsic
def _scale(typing: Any, vector: Any) -> Any:
    """2ⁿ for a vector of 1.5·2⁵² + 1023 + n: the low bits of such a float are n + 1023, the exponent of 2ⁿ."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shift = ir.Constant(_INTEGERS, [52] * LANES)
        return builder.bitcast(builder.shl(builder.bitcast(arguments[0], _INTEGERS), shift), _VECTOR)

    return lanes(lanes), code


@intrinsic
def _exponent(typing: Any, vector: Any) -> Any:
    """2⁵² + e + 1023 for m·2ᵉ with 1 ≤ m < 2."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shift, base = (ir.Constant(_INTEGERS, [number] * LANES) for number in (52, 0x433 << 52))
        exponent = builder.lshr(builder.bitcast(arguments[0], _INTEGERS), shift)
        return builder.bitcast(builder.or_(exponent, base), _VECTOR)

    return lanes(lanes), code


@intrinsic
def _mantissa(typing: Any, vector: Any) -> Any:
    """m of m·2ᵉ with 1 ≤ m < 2."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        low, one = (ir.Constant(_INTEGERS, [number] * LANES) for number in ((1 << 52) - 1, 1023 << 52))
        digits = builder.and_(builder.bitcast(arguments[0], _INTEGERS), low)
        return builder.bitcast(builder.or_(digits, one), _VECTOR)

    return lanes(lanes), code


# ---------------------------------------------------------------- elementary functions

# A float x with |x| < 2⁵¹ is rounded to a whole number by x + _MAGIC − _MAGIC.
_MAGIC = 1.5 * 2.0**52
_LOG2_E = 1 / math.log(2)
# ln 2 in two parts, of which the first has zeros at its end: n·_LN2_HIGH is exact for |n| < 2¹¹.
_LN2_HIGH = float.fromhex("0x1.62e42fefap-1")
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")
_E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = (1 / math.factorial(n) for n in range(2, 14))
_A1, _A2, _A3, _A4, _A5, _A6, _A7, _A8, _A9, _A10, _A11 = (2 / (2 * n + 1) for n in range(1, 12))


@compiled
def _whole(x: Any) -> Any:
    """The whole number n next to x/ln 2."""
    return sub(fma(x, spread(_LOG2_E), spread(_MAGIC)), spread(_MAGIC))


@compiled
def _rest(x: Any, n: Any) -> Any:
    """x − n·ln 2, between −0.35 and 0.35."""
    return fma(n, spread(-_LN2_LOW), fma(n, spread(-_LN2_HIGH), x))


@compiled
def _small_expm1(r: Any) -> Any:
    """eʳ − 1 for |r| < 0.35: r + r²/2! + … + r¹³/13!"""
    p = fma(spread(_E13), r, spread(_E12))
    p = fma(p, r, spread(_E11))
    p = fma(p, r, spread(_E10))
    p = fma(p, r, spread(_E9))
    p = fma(p, r, spread(_E8))
    p = fma(p, r, spread(_E7))
    p = fma(p, r, spread(_E6))
    p = fma(p, r, spread(_E5))
    p = fma(p, r, spread(_E4))
    p = fma(p, r, spread(_E3))
    p = fma(p, r, spread(_E2))
    return fma(mul(r, r), p, r)


@compiled
def _between(low: float, x: Any, high: float) -> Any:
    """x, or the nearer end of the interval; NaN stays NaN."""
    x = select(less(x, spread(low)), spread(low), x)
    return select(less(spread(high), x), spread(high), x)


@compiled
def exp(x: Any) -> Any:
    """eˣ = 2ⁿ·eʳ, in two steps of 2ⁿ: the first may be below and the second beyond what a float can hold."""
    x = _between(-750.0, x, 750.0)
    n = _whole(x)
    p = _small_expm1(_rest(x, n))
    half = sub(fma(n, spread(0.5), spread(_MAGIC)), spread(_MAGIC))
    first, second = _scale(add(half, spread(_MAGIC + 1023))), _scale(add(sub(n, half), spread(_MAGIC + 1023)))
    return mul(fma(p, first, first), second)


@compiled
def expm1(x: Any) -> Any:
    """eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), in which nothing cancels."""
    bounded = _between(-40.0, x, 700.0)
    n = _whole(bounded)
    scale = _scale(add(n, spread(_MAGIC + 1023)))
    small = fma(_small_expm1(_rest(bounded, n)), scale, sub(scale, spread(1.0)))
    return select(less(spread(700.0), x), exp(x), select(equal(x, spread(0.0)), x, small))


@compiled
def tanh(x: Any) -> Any:
    """tanh x = d/(d + 2) with d = e²ˣ − 1 for positive x, and odd."""
    d = expm1(mul(_between(0.0, absolute(x), 20.0), spread(2.0)))
    return copysign(div(d, add(d, spread(2.0))), x)


@compiled
def log(x: Any) -> Any:
    """ln x = e·ln 2 + 2·artanh(s) with x = 2ᵉ·m, s = (m − 1)/(m + 1) and m between √½ and √2."""
    tiny = less(x, spread(2.0**-1022))
    scaled = select(tiny, mul(x, spread(2.0**54)), x)
    e = sub(_exponent(scaled), spread(2.0**52 + 1023))
    e = select(tiny, sub(e, spread(54.0)), e)
    m = _mantissa(scaled)
    is_large = less(spread(math.sqrt(2)), m)
    m, e = select(is_large, mul(m, spread(0.5)), m), select(is_large, add(e, spread(1.0)), e)
    f = sub(m, spread(1.0))
    s = div(f, add(f, spread(2.0)))
    z = mul(s, s)
    p = fma(spread(_A11), z, spread(_A10))
    p = fma(p, z, spread(_A9))
    p = fma(p, z, spread(_A8))
    p = fma(p, z, spread(_A7))
    p = fma(p, z, spread(_A6))
    p = fma(p, z, spread(_A5))
    p = fma(p, z, spread(_A4))
    p = fma(p, z, spread(_A3))
    p = fma(p, z, spread(_A2))
    p = fma(p, z, spread(_A1))
    # ln m = f − s·(f − z·p): 2·artanh(s) with the large part f taken out.
    small = fma(negative(s), sub(f, mul(z, p)), fma(e, spread(_LN2_LOW), spread(0.0)))
    found = fma(e, spread(_LN2_HIGH), add(f, small))
    found = select(less(x, spread(math.inf)), found, x)
    found = select(equal(x, spread(0.0)), spread(-math.inf), found)
    return select(less(x, spread(0.0)), spread(math.nan), select(equal(x, x), found, x))


@compiled
def log1p(x: Any) -> Any:
    """ln(1 + x), with what 1 + x has lost by rounding added again."""
    u = add(x, spread(1.0))
    found = add(log(u), div(sub(x, sub(u, spread(1.0))), u))
    is_plain = less(spread(-1.0), x)
    found = select(is_plain, select(less(x, spread(math.inf)), found, x), log(u))
    return select(equal(u, spread(1.0)), x, found)


def _lane_by_lane(function: Callable[..., float]) -> Callable[..., Any]:
    @compiled
    def called(x: Any) -> Any:
        found = x
        for index in range(LANES):
            found = with_lane(found, index, function(lane(x, index)))
        return found

    return called  # type: ignore[no-any-return]


acos, asin, atan, cos, cosh, erf, erfc, sin, sinh, tan = map(
    _lane_by_lane,
    (math.acos, math.asin, math.atan, math.cos, math.cosh, math.erf, math.erfc, math.sin, math.sinh, math.tan),
)


@compiled
def pow(x: Any, y: Any) -> Any:  # noqa: A001 (as in `math`)
    """x**y, lane by lane."""
    found = x
    for index in range(LANES):
        found = with_lane(found, index, math.pow(lane(x, index), lane(y, index)))
    return found
