"""Eight lanes: a vector of floats as numba knows it, and arithmetic on it.

A kernel works on eight samples at once. What is written with `add`, `fma` and `load` becomes one instruction of the
processor each (or two, where it has half as wide ones), at no cost of a call. numba has no such type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 8
_FLOAT, _INTEGER, _INDEX, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(32), ir.IntType(1)
_VECTOR, _INTEGERS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INTEGER, LANES)
_MASK = ir.VectorType(_BIT, LANES)


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
def entry(typing: Any, array: Any, index: Any) -> Any:
    """The whole number array[index], which is no place counted from the end."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.sext(builder.load(builder.gep(data, [arguments[1]])), _INTEGER)

    return types.intp(array, types.intp), code


@intrinsic
def cell(typing: Any, table: Any, row: Any, column: Any) -> Any:
    """The whole number table[row, column]."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        columns = builder.extract_value(made.shape, 1)
        place = builder.add(builder.mul(arguments[1], columns), arguments[2])
        return builder.sext(builder.load(builder.gep(made.data, [place])), _INTEGER)

    return types.intp(table, types.intp, types.intp), code


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
def power_of_two(typing: Any, vector: Any) -> Any:
    """2ⁿ for a vector of 1.5·2⁵² + 1023 + n: the low bits of such a float are n + 1023, the exponent of 2ⁿ."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shift = ir.Constant(_INTEGERS, [52] * LANES)
        return builder.bitcast(builder.shl(builder.bitcast(arguments[0], _INTEGERS), shift), _VECTOR)

    return lanes(lanes), code


@intrinsic
def exponent(typing: Any, vector: Any) -> Any:
    """2⁵² + e + 1023 for m·2ᵉ with 1 ≤ m < 2."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shift, base = (ir.Constant(_INTEGERS, [number] * LANES) for number in (52, 0x433 << 52))
        exponent = builder.lshr(builder.bitcast(arguments[0], _INTEGERS), shift)
        return builder.bitcast(builder.or_(exponent, base), _VECTOR)

    return lanes(lanes), code


@intrinsic
def mantissa(typing: Any, vector: Any) -> Any:
    """m of m·2ᵉ with 1 ≤ m < 2."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        low, one = (ir.Constant(_INTEGERS, [number] * LANES) for number in ((1 << 52) - 1, 1023 << 52))
        digits = builder.and_(builder.bitcast(arguments[0], _INTEGERS), low)
        return builder.bitcast(builder.or_(digits, one), _VECTOR)

    return lanes(lanes), code
