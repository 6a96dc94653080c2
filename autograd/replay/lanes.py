"""Eight lanes: a vector of floats as numba knows it, arithmetic on it, and elementary functions of our own.

A kernel works on eight samples at once. What is written here with `add`, `fma` and `load` becomes one instruction of
the processor each (or two, where it has half as wide ones), at no cost of a call. numba has no such type, nor an
exponential for it: `exp`, `expm1`, `log`, `log1p`, `sin` and `cos` are below, accurate to 2 units in the last place,
and `tanh` to 3 (tested against mpmath); every other function of `math` is called lane by lane.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


# ---------------------------------------------------------------- arithmetic: on vectors, and numbers for all lanes


def _vectors(builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The arguments, with plain numbers spread over all lanes."""
    pairs = zip(signature.args, arguments, strict=True)
    return [_spread(builder, each) if kind == types.float64 else each for kind, each in pairs]


def _spread(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES))


def _kinds(arguments: Sequence[Any]) -> list[Any]:
    return [each if each in (lanes, mask) else types.float64 for each in arguments]


def _intrinsic(operands: int, result: Any, code: Callable[..., Any]) -> Callable[..., Any]:
    """A function of so many vectors or numbers, written in LLVM's instructions by `code(builder, *vectors)`."""

    def written(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return code(builder, *_vectors(builder, signature, arguments))

    def made(*arguments: Any) -> Any:
        return result(*_kinds(arguments)), written

    if operands == 1:
        return intrinsic(lambda typing, a: made(a))  # type: ignore[no-any-return]
    if operands == 2:
        return intrinsic(lambda typing, a, b: made(a, b))  # type: ignore[no-any-return]
    return intrinsic(lambda typing, a, b, c: made(a, b, c))  # type: ignore[no-any-return]


def _operation(name: str, operands: int = 2) -> Callable[..., Any]:
    """One instruction of LLVM on vectors."""
    return _intrinsic(operands, lanes, lambda builder, *each: getattr(builder, name)(*each, flags=("contract",)))


def _comparison(sign: str) -> Callable[..., Any]:
    name = "fcmp_unordered" if sign == "!=" else "fcmp_ordered"
    return _intrinsic(2, mask, lambda builder, a, b: getattr(builder, name)(sign, a, b))


def _called(builder: Any, name: str, *vectors: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(vectors))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64"), vectors)


def _function(name: str, operands: int) -> Callable[..., Any]:
    """A function that LLVM knows: llvm.fma, llvm.sqrt, …"""
    return _intrinsic(operands, lanes, lambda builder, *each: _called(builder, name, *each))


def polynomial(*coefficients: float) -> Callable[..., Any]:
    """c₀ + c₁·x + c₂·x² + … as a function of x: one fused multiplication and addition for each coefficient."""

    def code(builder: Any, x: Any) -> Any:
        *rest, found = (ir.Constant(_VECTOR, [each] * LANES) for each in coefficients)
        for each in reversed(rest):
            found = _called(builder, "fmuladd", found, x, each)
        return found

    return _intrinsic(1, lanes, code)


add, sub, mul, div = map(_operation, ("fadd", "fsub", "fmul", "fdiv"))
negative = _operation("fneg", 1)
less, less_equal, equal, not_equal = map(_comparison, ("<", "<=", "==", "!="))
absolute, sqrt = _function("fabs", 1), _function("sqrt", 1)
copysign, fma = _function("copysign", 2), _function("fmuladd", 3)
spread = _intrinsic(1, lanes, lambda builder, number: number)  # one float in all lanes


# `yes` in the lanes where the condition holds, `no` in the others.
select = _intrinsic(3, lanes, lambda builder, condition, yes, no: builder.select(condition, yes, no))


def _total(builder: Any, found: Any) -> Any:
    count = LANES
    while count > 1:
        count //= 2
        parts = [
            builder.shuffle_vector(found, ir.Constant(found.type, ir.Undefined),
                                   ir.Constant(ir.VectorType(_INDEX, count), list(range(start, start + count))))
            for start in (0, count)
        ]  # fmt: skip
        found = builder.fadd(*parts)
    return builder.extract_element(found, ir.Constant(_INDEX, 0))


@intrinsic
def total(typing: Any, vector: Any) -> Any:
    """The sum of all lanes, halves first: always in the same order."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _total(builder, *arguments)

    return types.float64(lanes), code


@intrinsic
def add_total(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """array[index] += total(vector)"""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        builder.store(builder.fadd(builder.load(place), _total(builder, arguments[2])), place)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), code


@intrinsic
def spread_from(typing: Any, array: Any, index: Any) -> Any:
    """The float array[index] in all lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _spread(builder, builder.load(builder.gep(data, [arguments[1]])))

    return lanes(array, types.intp), code


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
_expm1_series = polynomial(*(1 / math.factorial(n) for n in range(2, 14)))  # (eˣ − 1 − x)/x²
_artanh_series = polynomial(*(2 / (2 * n + 1) for n in range(1, 12)))  # of z = s²: (2·artanh(s) − 2s)/s³


@compiled
def _whole(x: Any) -> Any:
    """The whole number n next to x/ln 2."""
    return sub(fma(x, _LOG2_E, _MAGIC), _MAGIC)


@compiled
def _rest(x: Any, n: Any) -> Any:
    """x − n·ln 2, between −0.35 and 0.35."""
    return fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))


@compiled
def _small_expm1(r: Any) -> Any:
    """eʳ − 1 for |r| < 0.35: r + r²/2! + … + r¹³/13!"""
    return fma(mul(r, r), _expm1_series(r), r)


@compiled
def _between(low: float, x: Any, high: float) -> Any:
    """x, or the nearer end of the interval; NaN stays NaN."""
    x = select(less(x, low), low, x)
    return select(less(high, x), high, x)


@compiled
def exp(x: Any) -> Any:
    """eˣ = 2ⁿ·eʳ, in two steps of 2ⁿ: the first may be below and the second beyond what a float can hold."""
    x = _between(-750.0, x, 750.0)
    n = _whole(x)
    p = _small_expm1(_rest(x, n))
    half = sub(fma(n, 0.5, _MAGIC), _MAGIC)
    first, second = _scale(add(half, _MAGIC + 1023)), _scale(add(sub(n, half), _MAGIC + 1023))
    return mul(fma(p, first, first), second)


@compiled
def expm1(x: Any) -> Any:
    """eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), in which nothing cancels."""
    bounded = _between(-40.0, x, 700.0)
    n = _whole(bounded)
    scale = _scale(add(n, _MAGIC + 1023))
    small = fma(_small_expm1(_rest(bounded, n)), scale, sub(scale, 1.0))
    return select(less(700.0, x), exp(x), select(equal(x, 0.0), x, small))


@compiled
def tanh(x: Any) -> Any:
    """tanh x = d/(d + 2) with d = e²ˣ − 1 for positive x, and odd."""
    d = expm1(mul(_between(0.0, absolute(x), 20.0), 2.0))
    return copysign(div(d, add(d, 2.0)), x)


@compiled
def log(x: Any) -> Any:
    """ln x = e·ln 2 + 2·artanh(s) with x = 2ᵉ·m, s = (m − 1)/(m + 1) and m between √½ and √2."""
    tiny = less(x, 2.0**-1022)
    scaled = select(tiny, mul(x, 2.0**54), x)
    e = sub(_exponent(scaled), 2.0**52 + 1023)
    e = select(tiny, sub(e, 54.0), e)
    m = _mantissa(scaled)
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


@compiled
def log1p(x: Any) -> Any:
    """ln(1 + x), with what 1 + x has lost by rounding added again."""
    u = add(x, 1.0)
    found = add(log(u), div(sub(x, sub(u, 1.0)), u))
    is_plain = less(-1.0, x)
    found = select(is_plain, select(less(x, math.inf), found, x), log(u))
    return select(equal(u, 1.0), x, found)


def _lane_by_lane(function: Callable[..., float]) -> Callable[..., Any]:
    @compiled
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


@compiled
def pow(x: Any, y: Any) -> Any:  # noqa: A001 (as in `math`)
    """x**y, lane by lane."""
    found = x
    for index in range(LANES):
        found = with_lane(found, index, math.pow(lane(x, index), lane(y, index)))
    return found


# ---------------------------------------------------------------- sine and cosine

# π/2 in three parts; the first two have zeros at their ends: n·part is exact for |n| < 2²⁰.
_HALF_PI = float.fromhex("0x1.921fb544p+0"), float.fromhex("0x1.0b4611a6p-34"), float.fromhex("0x1.3198a2e037073p-69")
_LARGEST_ANGLE = 2.0**17
# The polynomials of fdlibm for |r| ≤ π/4 (Sun Microsystems, 1993).
_sine_series = polynomial(
    -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
    2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10,
)  # fmt: skip
_cosine_series = polynomial(
    4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05,
    -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11,
)  # fmt: skip
_P1, _P2, _P3 = _HALF_PI


@compiled
def _rounded(x: Any) -> Any:
    return sub(add(x, _MAGIC), _MAGIC)


@compiled
def _sine_of_rest(r: Any, z: Any) -> Any:
    """sin r for |r| ≤ π/4, with z = r²."""
    return fma(mul(z, r), _sine_series(z), r)


@compiled
def _cosine_of_rest(z: Any) -> Any:
    """cos r for |r| ≤ π/4, with z = r²: 1 − z/2 and what that loses by rounding, then the rest."""
    half = mul(z, 0.5)
    w = sub(1.0, half)
    return add(w, fma(mul(z, z), _cosine_series(z), sub(sub(1.0, w), half)))


@compiled
def _turned(x: Any, quarters: float) -> Any:
    """sin(x + quarters·π/2) by the quarter n in which x lies: ±sin or ±cos of the rest."""
    n = _rounded(mul(x, 2 / math.pi))
    r = fma(n, -_P3, fma(n, -_P2, fma(n, -_P1, x)))
    z = mul(r, r)
    quarter = add(n, quarters)
    q = fma(_rounded(mul(quarter, 0.25)), -4.0, quarter)  # −2, −1, 0, 1 or 2
    found = select(equal(absolute(q), 1.0), _cosine_of_rest(z), _sine_of_rest(r, z))
    return select(equal(absolute(sub(q, 0.5)), 0.5), found, negative(found))


@compiled
def _are_small_angles(x: Any) -> bool:
    return total(select(less(absolute(x), _LARGEST_ANGLE), 0.0, 1.0)) == 0.0  # type: ignore[no-any-return]


@compiled
def sin(x: Any) -> Any:
    """sin x; angles beyond 130,000 lane by lane."""
    if _are_small_angles(x):
        return _turned(x, 0.0)
    return _lanes_of_sin(x)


@compiled
def cos(x: Any) -> Any:
    """cos x = sin(x + π/2)."""
    if _are_small_angles(x):
        return _turned(x, 1.0)
    return _lanes_of_cos(x)
