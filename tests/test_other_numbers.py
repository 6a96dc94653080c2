"""Numbers of other libraries on either side of an operator: they work, or are refused by name."""

from __future__ import annotations

import datetime
import math
import operator
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from autograd import Value, dot, evaluate, exp, grad, maximum
from autograd.errors import OperandError, RangeError
from autograd.op import describe
from autograd.symbol import Symbol

pytestmark = pytest.mark.usefixtures("engine")


class Scalar:
    """A number as tensor libraries have it: without axes, with operators that know only their own kind."""

    shape = ()

    def __init__(self, number: float) -> None:
        self.number = number

    def __float__(self) -> float:
        return self.number

    def __add__(self, other):
        return NotImplemented

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __add__


NUMBERS = [
    sympy.pi, sympy.E, sympy.Integer(2), sympy.Rational(1, 3), sympy.Float(2.5), sympy.sqrt(2), sympy.S.Half,
    sympy.pi / 2 + 1, mpmath.mpf("2.5"), mpmath.pi, Decimal("2.5"), Fraction(5, 2), Scalar(2.5),
]  # fmt: skip
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
named = pytest.mark.parametrize("operation", OPERATORS, ids=lambda operation: operation.__name__)
compared = pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
numbered = pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{type(number).__name__} {float(number):.3f}")


@named
@numbered
def test_a_number_of_another_library_may_stand_on_either_side(operation, number) -> None:
    x = Value(1.5, label="x")
    for node, expected in ((operation(x, number), operation(1.5, float(number))),
                           (operation(number, x), operation(float(number), 1.5))):  # fmt: skip
        assert type(node) is Value and type(node.data) is float and node.parents == (x,)
        assert node.data == pytest.approx(expected, rel=1e-15)
        assert evaluate(node, {x: 1.5}) == node.data


@compared
@numbered
def test_and_on_either_side_of_a_comparison(compare, number) -> None:
    for x in (1.5, 2.5, 9.0):
        assert compare(Value(x), number) is compare(x, float(number))
        assert compare(number, Value(x)) is compare(float(number), x)


@numbered
def test_and_in_functions_lists_gradients_and_leaves(number) -> None:
    x, y = Value(1.5), float(number)
    assert exp(number) == math.exp(y) and Value(number).data == y
    assert maximum(number, x).data == max(y, 1.5)
    assert dot([number, x], [x, number], number).data == pytest.approx(3.0 * y + y, rel=1e-15)
    assert grad(lambda v: number * v**2 * number)(number) == pytest.approx(2 * y**3, rel=1e-14)


def test_equality_with_a_number_of_sympy_stays_identity() -> None:
    v = Value(2.0)
    assert sympy.Integer(2) != v and v != sympy.Integer(2) and v != sympy.Float(2)


def test_sympy_leaves_symbols_of_ours_alone() -> None:
    assert type(sympy.pi * Symbol("x")) is type(2.0 * Symbol("x"))
    with pytest.raises(OperandError, match=r"sympy\.Symbol"):
        sympy.Symbol("a") * Symbol("x")


REFUSED = {
    "a symbol of SymPy": (sympy.Symbol("a"), r"a \(sympy\.Symbol\)", "cannot become|refuses to become a float"),
    "an expression of SymPy": (sympy.Symbol("a") + 1, r"a \+ 1 \(sympy\.Add\)", "refuses"),
    "an imaginary number of SymPy": (sympy.I, r"I \(sympy\.ImaginaryUnit\)", "refuses"),
    "a complex number of mpmath": (mpmath.mpc(1, 2), r"mpmath\.mpc", "only real"),
    "a complex number": (1j, "1j", "only real"),
    "a complex number of NumPy": (np.complex128(1j), "1j", "only real|real numbers"),
    "a date of NumPy": (np.datetime64("2020-01-01"), "2020-01-01", r"numpy\.datetime64|datetime"),
    "a date of NumPy in nanoseconds": (np.datetime64(1, "ns"), "1970", "datetime64"),
    "a span of time of NumPy": (np.timedelta64(3, "ns"), "3", "timedelta64"),
    "a span of time": (datetime.timedelta(1), r"datetime\.timedelta", "timedelta"),
    "a signalling NaN": (Decimal("sNaN"), "sNaN", "refuses"),
    "an object": (object(), "object", "object"),
    "text": ("2", "'2'", "convert the text"),
    "nothing": (None, "None", "return"),
}


@named
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_real_number_is_refused_with_operation_and_label(case, operation) -> None:
    stranger, what, why = REFUSED[case]
    v = Value(2.0, label="v")
    name = {"sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"}.get(
        operation.__name__, operation.__name__)  # fmt: skip
    for left, right in ((v, stranger), (stranger, v)):
        with pytest.raises(OperandError, match=what) as caught:
            operation(left, right)
        told = str(caught.value)
        assert "\n" not in told and why.partition("|")[0] in told or any(word in told for word in why.split("|"))
        if not isinstance(stranger, np.generic) or left is v:  # NumPy's own scalars ask on their own way
            assert told.startswith(name) and "'v'" in told


@compared
@pytest.mark.parametrize("case", REFUSED)
def test_and_in_comparisons(case, compare) -> None:
    stranger, what, _ = REFUSED[case]
    with pytest.raises(OperandError, match=what):
        compare(Value(2.0, label="v"), stranger)
    if not isinstance(stranger, mpmath.mpc):  # which compares with nothing, and says so itself
        with pytest.raises(OperandError, match=what):
            compare(stranger, Value(2.0, label="v"))


def test_a_number_that_only_looks_infinite_as_a_float_is_too_large() -> None:
    numbers = [Decimal("1e400"), Decimal("-1e400"), Fraction(10**400), 10**400, sympy.Integer(10) ** 400,
               mpmath.mpf("1e400")]  # fmt: skip
    if np.finfo(np.longdouble).max > np.finfo(float).max:  # a long double is more than a double here
        numbers.append(np.longdouble("1e400"))
    for huge in numbers:
        for make in (lambda huge=huge: Value(huge), lambda huge=huge: Value(1.0) * huge):
            with pytest.raises(RangeError, match="too large for a float"):
                make()
    for infinite in (Decimal("Infinity"), sympy.oo, mpmath.inf, np.float64("inf")):
        assert Value(infinite).data == (Value(1.0) * infinite).data == math.inf


class Vector:
    """A class with operators of its own: it goes first, and only what it declines is refused by name."""

    def __rmul__(self, other):
        return "mine" if other.data > 1 else NotImplemented


def test_a_class_with_the_operator_itself_goes_first() -> None:
    assert Value(2.0) * Vector() == "mine"
    with pytest.raises(OperandError, match="multiply .*Vector.*'v'"):
        Value(0.5, label="v") * Vector()
    with pytest.raises(OperandError, match="add .*Vector"):
        Value(2.0) + Vector()


class Hostile:
    def __getattr__(self, name):
        raise KeyError(name)

    def __repr__(self):
        raise ValueError


class ManyLines:
    def __repr__(self):
        return "one\n  two"


def test_what_a_stranger_says_of_itself_is_one_line_whatever_it_does() -> None:
    assert describe(Hostile()) == "something that cannot be shown (test_other_numbers.Hostile)"
    assert describe(ManyLines()) == "one two (test_other_numbers.ManyLines)"
    with pytest.raises(OperandError, match=r"multiply takes .* something that cannot be shown .*'v'"):
        Value(2.0, label="v") * Hostile()
