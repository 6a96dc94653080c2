"""grad, value_and_grad, jacobian, hessian and gradcheck: JAX's meanings on plain numbers and containers of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    dot,
    exp,
    grad,
    gradcheck,
    hessian,
    jacobian,
    no_grad,
    sin,
    sqrt,
    tanh,
    value_and_grad,
)
from autograd.errors import (
    OperandError,
    SlopeError,
)

pytestmark = pytest.mark.usefixtures("engine")


def nth(f, order: int):
    for _ in range(order):
        f = grad(f)
    return f


# ---------------------------------------------------------------- one function


def test_grad_gives_a_plain_float() -> None:
    slope = grad(lambda x: x**3)(2.0)
    assert type(slope) is float and slope == 12.0
    assert type(grad(lambda x: x * 1.5)(2)) is float


def test_value_and_grad_gives_both_as_plain_numbers() -> None:
    assert value_and_grad(lambda x: x * x)(3.0) == (9.0, 6.0)
    assert value_and_grad(lambda p: p[0] * p[1])([2.0, 5.0]) == (10.0, [5.0, 2.0])


@pytest.mark.parametrize("order", range(7))
def test_any_order_of_a_polynomial_and_of_a_sine(order) -> None:
    x = 0.75
    powers = [x**4, 4 * x**3, 12 * x**2, 24 * x, 24.0, 0.0, 0.0]
    waves = [math.sin(x), math.cos(x), -math.sin(x), -math.cos(x)] * 2
    fourth = nth(lambda v: v**4, order)(x)
    assert fourth == pytest.approx(powers[order], rel=1e-12)
    wave = nth(sin, order)(x)
    assert wave == pytest.approx(waves[order], rel=1e-12) or abs(wave - waves[order]) < 1e-12


@pytest.mark.parametrize(
    ("f", "x", "second"),
    [
        (exp, 0.3, math.exp(0.3)),
        (tanh, 0.3, -2 * math.tanh(0.3) * (1 - math.tanh(0.3) ** 2)),
        (lambda x: 1 / x, 2.0, 0.25),
        (lambda x: sqrt(x), 4.0, -1 / 32),
        (lambda x: x**x, 1.0, 2.0),
        (lambda x: dot([x, x], [x, 1.0], x), 5.0, 2.0),
        (lambda x: autograd.logsumexp([x, 0.0]), 0.0, 0.25),
    ],
)
def test_second_derivatives_agree_with_the_formula_by_hand(f, x, second) -> None:
    assert nth(f, 2)(x) == pytest.approx(second, rel=1e-12)


@pytest.mark.parametrize("constant", [5, 2.5, True, np.float64(3.0)])
def test_a_constant_function_has_the_gradient_zero(constant) -> None:
    assert grad(lambda x: constant)(1.0) == 0.0
    assert grad(lambda p: constant)({"a": [1.0, 2.0]}) == {"a": [0.0, 0.0]}
    assert jacobian(lambda x: [constant, x])(1.0) == [0.0, 1.0]
    assert nth(lambda x: constant, 2)(1.0) == 0.0


# ---------------------------------------------------------------- nesting


NESTED = {
    "over an outer variable": (lambda: grad(lambda w: grad(lambda x: w * x * x)(3.0))(2.0), 6.0),
    "x · d(x + y)/dy": (lambda: grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0), 1.0),
    "x · d(xy)/dy": (lambda: grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0), 6.0),
    "the inner point is the outer variable": (lambda: grad(lambda x: grad(lambda y: x * y * y)(x))(3.0), 12.0),
    "three levels": (lambda: grad(lambda x: grad(lambda y: y * grad(lambda z: x * y * z * z)(y))(x))(2.0), 72.0),
    "an inner constant": (lambda: grad(lambda x: x * grad(lambda y: 5.0)(x))(3.0), 0.0),
    "an inner function of the outer variable alone": (lambda: grad(lambda x: grad(lambda y: x * x)(1.0) + x)(3.0), 1.0),
    "twice within once": (lambda: grad(lambda x: nth(lambda y: y**3 * x, 2)(x))(2.0), 24.0),
    "shadowed names": (lambda: grad(lambda x: grad(lambda x: x**3)(x) * x)(2.0), 36.0),
    "an inner value": (lambda: grad(lambda x: value_and_grad(lambda y: x * y)(x)[0])(3.0), 6.0),
    "an inner jacobian": (lambda: grad(lambda x: jacobian(lambda y: [x * y, y * y])(x)[1])(3.0), 2.0),
}


@pytest.mark.parametrize("case", NESTED)
def test_nesting_keeps_the_levels_apart(case) -> None:
    compute, expected = NESTED[case]
    assert compute() == pytest.approx(expected, rel=1e-13)


def test_grad_may_call_itself() -> None:
    def f(x, depth):
        return x if depth == 0 else grad(lambda y: f(y * y, depth - 1))(x)

    assert [f(1.5, depth) for depth in range(5)] == [1.5, 3.0, 6.0, 12.0, 24.0]


def test_an_argument_that_leaked_out_of_an_ended_call_is_like_any_value_from_outside() -> None:
    kept = []

    def f(x):
        kept.append(x)
        return x * x

    grad(f)(3.0)
    assert grad(lambda x: x * kept[0])(2.0).data == 3.0


def test_after_an_error_in_the_function_everything_works_again() -> None:
    def bad(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        grad(bad)(1.0)
    with pytest.raises(KeyError, match="mine"):
        grad(lambda x: grad(lambda y: bad(x * y))(x))(1.0)
    assert grad(lambda x: x * x)(3.0) == 6.0


# ---------------------------------------------------------------- shapes


class Pair(NamedTuple):
    a: float
    b: list[float]


@pytest.mark.parametrize(
    ("f", "argument", "expected"),
    [
        (lambda p: p[0] * p[1], [2.0, 5.0], [5.0, 2.0]),
        (lambda p: p[0] * p[1], (2.0, 5), (5.0, 2.0)),
        (lambda p: p["a"] * p["b"][1], {"a": 2.0, "b": [1.0, 5.0]}, {"a": 5.0, "b": [0.0, 2.0]}),
        (lambda p: p[0][0] * p[1]["x"][0], [[3.0], {"x": (4.0,)}], [[4.0], {"x": (3.0,)}]),
        (lambda p: p.a * p.b[0], Pair(2.0, [3.0]), Pair(3.0, [2.0])),
        (lambda p: 1.0, [], []),
    ],
)
def test_a_gradient_has_the_shape_of_its_argument(f, argument, expected) -> None:
    found = grad(f)(argument)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3), (0,)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_gradient_of_an_array_is_a_float_array_of_its_shape(shape, order) -> None:
    x = np.asarray(np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape), order=order)
    found = grad(lambda a: autograd.sum(list(np.ravel(a * a * a))) if a.size else 1.0)(x)
    assert found.dtype == np.float64 and found.shape == shape
    np.testing.assert_allclose(found, 3.0 * x**2, rtol=1e-13)


def test_the_users_containers_are_not_changed() -> None:
    argument = [1.0, [2.0]]

    def f(p):
        p[0] = p[0] * 2
        p[1].append(5.0)
        return p[0] * p[1][0]

    assert grad(f)(argument)[0] == 2.0
    assert argument == [1.0, [2.0]]


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [(0, 2.0), (1, 3.0), (-1, 3.0), ((0, 1), (2.0, 3.0)), ((1, 0), (3.0, 2.0)), ([0], (2.0,)), ((0, -1), (2.0, 3.0))],
)
def test_argnums_chooses_the_arguments(argnums, expected) -> None:
    assert grad(lambda x, y: x * y, argnums)(3.0, 2.0) == expected


def test_arguments_that_are_not_chosen_and_keywords_are_handed_on_as_they_are() -> None:
    def f(x, how, *, power=1):
        assert how == "hard" and isinstance(power, int)
        return x**power

    assert grad(f)(3.0, "hard", power=2) == 6.0


# ---------------------------------------------------------------- Values from outside


def test_the_grad_of_a_value_is_never_touched() -> None:
    w = Value(3.0)
    w.grad = 7.0
    for _ in range(2):
        grad(lambda x: w * w * x)(2.0)
        jacobian(lambda x: [w * x])(2.0)
        hessian(lambda x: w * x * x)(2.0)
        gradcheck(lambda x: w * x, 2.0)
    assert w.grad == 7.0 and w.parents == ()


def test_a_gradient_that_depends_on_a_users_value_can_be_backpropagated() -> None:
    w = Value(3.0)
    slope = grad(lambda x: w * w * x * x)(2.0)
    assert isinstance(slope, Value) and slope.data == 36.0
    slope.backward()
    assert w.grad == 24.0


def test_a_value_as_argument_is_differentiated_and_the_result_depends_on_it() -> None:
    w = Value(3.0)
    slope = grad(lambda x: x**3)(w)
    assert slope.data == 27.0
    slope.backward()
    assert w.grad == 18.0


def test_in_no_grad_results_are_plain_floats_also_with_values_from_outside() -> None:
    w = Value(3.0)
    with no_grad():
        assert type(grad(lambda x: w * x)(2.0)) is float
        assert nth(lambda x: x**3, 2)(2.0) == 12.0
        assert hessian(lambda p: p[0] * p[1] * w)([1.0, 2.0]) == [[0.0, 3.0], [3.0, 0.0]]


def test_no_grad_inside_the_function_makes_constants() -> None:
    def f(x):
        with no_grad():
            frozen = x * x
        return x * frozen

    slope = grad(f)(3.0)
    assert getattr(slope, "data", slope) == 9.0


@pytest.mark.parametrize("f", [lambda x: x * no_grad()(lambda: x * x)(), lambda x: x * Value(9.0)])
def test_leaves_made_inside_the_function_do_not_make_the_result_a_value(f) -> None:
    assert type(grad(f)(3.0)) is float


def test_a_deep_function_needs_no_recursion_and_leaves_no_node_behind() -> None:
    import gc

    def f(x):
        for _ in range(10_000):
            x = x * 1.0 + 0.0
        return x * x

    gc.collect()
    gc.disable()
    try:
        before = sum(1 for thing in gc.get_objects() if isinstance(thing, Value))
        assert grad(f)(3.0) == 6.0
        assert nth(f, 2)(3.0) == 2.0
        assert sum(1 for thing in gc.get_objects() if isinstance(thing, Value)) == before
    finally:
        gc.enable()


# ---------------------------------------------------------------- jacobian, hessian


def test_jacobian_has_the_shape_of_the_output_then_of_the_argument() -> None:
    assert jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([2.0, 5.0]) == [[5.0, 2.0], [1.0, 1.0]]
    assert jacobian(lambda x: {"a": x * 2, "b": (x, 1.0)})(3.0) == {"a": 2.0, "b": (1.0, 0.0)}
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    assert jacobian(lambda x, y: [x * y], (0, 1))(3.0, 2.0) == [(2.0, 3.0)]
    assert jacobian(lambda p: [p["w"] * 2])({"w": 1.0}) == [{"w": 2.0}]


def test_jacobian_of_arrays_holds_the_numbers_of_the_matrix() -> None:
    matrix = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(np.array(jacobian(lambda x: matrix @ x)(np.array([1.0, 1.0]))), matrix)


def test_jacobian_and_hessian_of_arrays_are_arrays() -> None:
    assert jacobian(lambda x: x * 2)(np.ones(2)).shape == (2, 2)
    assert hessian(lambda x: (x * x).sum())(np.ones(2)).shape == (2, 2)


def test_hessian_is_symmetric_and_agrees_with_the_formula() -> None:
    assert hessian(lambda p: p[0] ** 2 * p[1])([3.0, 5.0]) == [[10.0, 6.0], [6.0, 0.0]]
    assert hessian(lambda x, y: x * x * y, (0, 1))(3.0, 2.0) == ((4.0, 6.0), (6.0, 0.0))
    rosenbrock = hessian(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)([1.0, 1.0])
    assert rosenbrock == [[802.0, -400.0], [-400.0, 200.0]]


# ---------------------------------------------------------------- wrong use


@pytest.mark.parametrize("output", [[1.0], (1.0, 2.0), None, "a", 1j, {"a": 1.0}, object()])
def test_grad_of_a_function_without_one_number_says_so(output) -> None:
    for transform in (grad, value_and_grad):
        with pytest.raises(OperandError, match="one number.*jacobian"):
            transform(lambda x: output)(1.0)


@pytest.mark.parametrize("argument", ["a", None, 1j, {1.0}, object()])
def test_arguments_that_are_no_numbers_are_refused(argument) -> None:
    for transform in (grad, jacobian):
        with pytest.raises(OperandError, match="takes numbers"):
            transform(lambda x: 1.0)(argument)


@pytest.mark.parametrize("argnums", [1, -2, (0, 5)])
def test_argnums_out_of_range_names_the_number_of_arguments(argnums) -> None:
    with pytest.raises(OperandError, match="argnums.*1 positional argument"):
        grad(lambda x: x, argnums)(1.0)


@pytest.mark.parametrize("argnums", ["x", 1.5, None])
def test_argnums_of_a_wrong_type_is_refused(argnums) -> None:
    with pytest.raises(OperandError, match="argnums"):
        grad(lambda x: x, argnums)(1.0)


def test_an_infinite_slope_is_refused() -> None:
    with pytest.raises(SlopeError, match="sqrt"):
        grad(sqrt)(0.0)
