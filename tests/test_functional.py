"""grad, value_and_grad, jacobian, hessian and gradcheck: JAX's meanings on plain numbers and containers of them."""

from __future__ import annotations

import copy
import math
from collections import Counter, OrderedDict, defaultdict, deque
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
from autograd.containers import items_of, rebuilt
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


@pytest.mark.parametrize("constant", [5, 2.5, np.float64(3.0), np.array(3.0)])
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


# ---------------------------------------------------------------- functions that work in place


def determinant(a):
    """By elimination in its argument."""
    d = 1.0
    for i in range(len(a)):
        d = d * a[i][i]
        for j in range(i + 1, len(a)):
            factor = a[j][i] / a[i][i]
            for k in range(i, len(a)):
                a[j][k] = a[j][k] - factor * a[i][k]
    return d


def pivoted_solution(a, b):
    """The first unknown of a·x = b, with rows exchanged and eliminated in both arguments."""
    n = len(b)
    for i in range(n):
        best = max(range(i, n), key=lambda j: abs(a[j][i]))
        a[i], a[best], b[i], b[best] = a[best], a[i], b[best], b[i]
        for j in range(i + 1, n):
            factor = a[j][i] / a[i][i]
            a[j] = [x - factor * y for x, y in zip(a[j], a[i], strict=True)]
            b[j] -= factor * b[i]
    for i in reversed(range(n)):
        while len(a[i]) > i + 1:
            b[i] -= a[i].pop() * b[len(a[i])]
        b[i] /= a[i][i]
    return b[0]


def scaled(x):
    x *= 2.0
    return (x**2).sum()


def filled(x):
    first = x[0] * x[-1]
    x.fill(0.0)
    return first


def sliced(x):
    x[1:] = x[:-1] * x[1:]
    return x.sum()


def sorted_in_place(p):
    p.sort()
    return p[0] + 2 * p[1] + 3 * p[2]


def emptied(p):
    product = p[0] * p[1] * p[2]
    p.clear()
    return product


def shortened(p):
    del p[0]
    p.insert(0, 5.0)
    p.extend([p[1] * p[2], 1.0])
    p.reverse()
    return sum(p[1:])


def taken_from_a_dict(p):
    b = p.pop("b")
    a = p.setdefault("a", 7.0) * b[0]
    p.update(c=a * b.pop())
    del p["a"]
    return p["c"]


def nested_lists(p):
    p[0] = p[0] * 2
    p[1].append(5.0)
    return p[0] * p[1][0] * p[1][-1]


def queued(p):
    p.append(p.popleft() * p[0])
    p.rotate(1)
    return p[0] * 10 + p[-1]


# The function, its argument as given, and the gradient worked out by hand.
IN_PLACE = {
    "elimination": (determinant, [[2.0, 1.0], [3.0, 4.0]], [[4.0, -3.0], [-1.0, 2.0]]),
    "x *= 2": (scaled, np.array([1.0, 2.0]), np.array([8.0, 16.0])),
    "fill": (filled, np.array([2.0, 7.0, 3.0]), np.array([3.0, 0.0, 2.0])),
    "a slice": (sliced, np.array([2.0, 3.0, 5.0]), np.array([4.0, 7.0, 3.0])),
    "sort": (sorted_in_place, [3.0, 1.0, 2.0], [3.0, 1.0, 2.0]),
    "clear": (emptied, [2.0, 3.0, 5.0], [15.0, 10.0, 6.0]),
    "del, insert, extend, reverse": (shortened, [9.0, 2.0, 3.0], [0.0, 4.0, 3.0]),
    "dict.pop, setdefault, update, del": (
        taken_from_a_dict, {"a": 2.0, "b": [3.0, 5.0]}, {"a": 15.0, "b": [10.0, 6.0]}),
    "an inner list": (nested_lists, [1.0, [2.0]], [20.0, [10.0]]),
    "a deque": (queued, deque([2.0, 3.0, 4.0]), deque([30.0, 20.0, 1.0])),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_PLACE)
def test_what_a_function_does_to_its_argument_in_place_changes_no_gradient(case) -> None:
    f, argument, expected = IN_PLACE[case]
    given = copy.deepcopy(argument)
    for found in (grad(f)(argument), value_and_grad(f)(argument)[1], jacobian(f)(argument), grad(f)(argument)):
        assert type(found) is type(expected)
        np.testing.assert_equal(found, expected)
    np.testing.assert_equal(argument, given)


@pytest.mark.parametrize("case", IN_PLACE)
def test_second_derivatives_of_functions_that_work_in_place_agree_with_differences_of_the_first(case) -> None:
    f, argument, _ = IN_PLACE[case]
    numbers = list(items_of(argument))
    found = hessian(f)(argument)
    rows = np.array(list(items_of(found))).reshape(len(numbers), len(numbers))
    for index in range(len(numbers)):
        sides = []
        for step in (1e-4, -1e-4):
            moved = iter([number + step * (place == index) for place, number in enumerate(numbers)])
            sides.append(np.array(list(items_of(grad(f)(rebuilt(argument, lambda _, moved=moved: next(moved)))))))
        np.testing.assert_allclose(rows[index], (sides[0] - sides[1]) / 2e-4, atol=1e-6)


def test_jacobian_of_a_function_that_gives_back_its_own_argument() -> None:
    def sorted_and_scaled(p):
        p.sort()
        p[1] *= 2.0
        return p

    assert jacobian(sorted_and_scaled)([2.0, 1.0]) == [[0.0, 1.0], [2.0, 0.0]]
    np.testing.assert_array_equal(jacobian(lambda x: x.__imul__(3.0))(np.ones(2)), 3 * np.eye(2))


def test_containers_that_are_not_differentiated_are_copied_too() -> None:
    a, b = [[0.0, 2.0], [4.0, 1.0]], [6.0, 8.0]
    inverse = np.linalg.inv(a)
    for _ in range(2):
        assert grad(pivoted_solution, 1)(a, b) == pytest.approx(inverse[0])
        assert jacobian(lambda b, *, a: pivoted_solution(a, b))(b, a=a) == pytest.approx(inverse[0])
        solution = inverse @ b
        expected = -np.outer(inverse[0], solution)
        np.testing.assert_allclose(grad(pivoted_solution)(a, b), expected, rtol=1e-12)
    assert (a, b) == ([[0.0, 2.0], [4.0, 1.0]], [6.0, 8.0])
    weights = [Value(2.0), Value(3.0)]
    assert grad(lambda x, w: x * w.pop() * w.pop())(1.0, weights).data == 6.0 and len(weights) == 2
    table = np.array([1.0, 2.0])
    grad(lambda x, t: x * t.fill(3.0) if t is None else x * (t.fill(3.0) or t[0]))(1.0, table)
    assert table.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "thing", ["text", ["a", 1.0], {"name": "adam", "lr": 0.1}, object(), {1.0, 2.0}, np.array(["a"]), [[1.0], [None]]]
)
def test_what_is_no_container_of_numbers_is_handed_on_as_it_is(thing) -> None:
    seen = []
    grad(lambda x, a, *, b: (seen.extend([a, b]), x)[1])(1.0, thing, b=thing)
    assert seen[0] is thing and seen[1] is thing


def test_a_function_may_look_up_what_a_defaultdict_does_not_have_yet() -> None:
    argument = defaultdict(float, a=1.0)
    found = grad(lambda p: 2 * p["a"] + p["b"])(argument)
    assert found == {"a": 2.0} and type(found) is defaultdict and found.default_factory is float
    assert argument == {"a": 1.0}


class Parameters(dict):
    """Keys as attributes, as many programs have them."""

    __getattr__ = dict.__getitem__


class Vector(list):
    unit = "m"

    def norm(self):
        return sqrt(sum(x * x for x in self))


class Point(tuple):
    def length(self):
        return sqrt(self[0] * self[0] + self[1] * self[1])


class Stubborn(list):
    def clear(self):
        raise KeyError("never")


def test_containers_keep_their_class_in_argument_gradient_and_output() -> None:
    ordered = grad(lambda p: p["a"] * p["b"])(OrderedDict(b=2.0, a=3.0))
    assert ordered == OrderedDict(b=3.0, a=2.0) and type(ordered) is OrderedDict
    found = grad(lambda p: p.a * p.b)(Parameters(a=2.0, b=3.0))
    assert found == {"a": 3.0, "b": 2.0} and type(found) is Parameters
    vector = Vector([3.0, 4.0])
    vector.unit = "km"
    slope = grad(Vector.norm)(vector)
    assert slope == pytest.approx([0.6, 0.8]) and type(slope) is Vector and slope.unit == "km"
    assert grad(Point.length)(Point([3.0, 4.0])) == pytest.approx((0.6, 0.8))
    assert type(grad(Point.length)(Point([3.0, 4.0]))) is Point
    queue = grad(lambda p: p[0] * p[1])(deque([2.0, 3.0], maxlen=2))
    assert queue == deque([3.0, 2.0]) and queue.maxlen == 2
    assert grad(lambda p: p["a"] * 2)(Counter(a=3)) == {"a": 2.0}
    rows = jacobian(lambda p: Pair(p.a * 2, [p.b[0] * p.a]))(Pair(2.0, [3.0]))
    assert rows == Pair(Pair(2.0, [0.0]), [Pair(3.0, [2.0])]) and type(rows) is type(rows.b[0]) is Pair
    output = jacobian(lambda x: defaultdict(list, a=x * x))(3.0)
    assert output == {"a": 6.0} and output.default_factory is list
    assert type(hessian(lambda p: p.a * p.a)(Parameters(a=2.0)).a) is Parameters


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_stays_a_matrix_for_which_times_is_the_matrix_product() -> None:
    x = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    found = grad(lambda x: (x * x)[0, 0])(x)
    assert type(found) is np.matrix and found.tolist() == [[2.0, 3.0], [2.0, 0.0]]


def test_a_class_that_cannot_hold_values_is_refused_by_name() -> None:
    with pytest.raises(OperandError, match="Stubborn cannot be made anew.*never.*plain list"):
        grad(lambda p: p[0])(Stubborn([1.0]))


def test_a_container_that_contains_itself_is_refused_or_handed_on() -> None:
    ring = [1.0]
    ring.append(ring)
    for transform in (grad, jacobian):
        with pytest.raises(OperandError, match="list that contains itself"):
            transform(lambda p: p[0])(ring)
    assert grad(lambda x, r: x * r[1][1][0])(2.0, ring) == 1.0
    with pytest.raises(OperandError, match="list that contains itself"):
        jacobian(lambda x: ring)(1.0)


# ---------------------------------------------------------------- arrays without axes


def test_an_array_without_axes_that_holds_a_value_is_one_number() -> None:
    matrix, x = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([[1.0], [-2.0]])
    found = grad(lambda x: (x.T @ matrix @ x).squeeze())(x)
    np.testing.assert_allclose(found, (matrix + matrix.T) @ x)
    second = hessian(lambda x: (x.T @ matrix @ x).squeeze())(x)
    assert second.shape == (2, 1, 2, 1)
    np.testing.assert_allclose(second.squeeze(), matrix + matrix.T)
    leaky = lambda x: np.where(x > 0, x * x, 0.1 * x)  # noqa: E731
    assert [grad(leaky)(x) for x in (2.0, -2.0)] == [4.0, 0.1]
    assert value_and_grad(leaky)(3.0) == (9.0, 6.0) and jacobian(leaky)(3.0) == 6.0
    assert hessian(leaky)(3.0) == 2.0
    assert jacobian(lambda x: [leaky(x), np.array(2.0)])(3.0) == [6.0, 0.0]
    assert type(value_and_grad(leaky)(3.0)[0]) is float


def test_jacobian_of_an_array_has_its_shape_whatever_the_argument_is() -> None:
    f = lambda p: np.array([[p[0] * p[1], p[0]], [p[1], p[1] * 3.0], [p[0], 1.0]])  # noqa: E731
    rows = [[[5.0, 2.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 3.0]], [[1.0, 0.0], [0.0, 0.0]]]
    assert jacobian(f)([2.0, 5.0]) == rows
    np.testing.assert_array_equal(jacobian(f)(np.array([2.0, 5.0])), rows)
    assert jacobian(lambda x: x[:0] * 2)(np.ones(3)).shape == (0, 3)
    assert jacobian(lambda x: np.array([x, x * x]))(3.0).tolist() == [1.0, 6.0]


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


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ([1.0], "jacobian"), ((1.0, 2.0), "jacobian"), ({"a": 1.0}, "jacobian"), (np.ones(3), "jacobian"),
        (np.ones(1), r"shape \(1,\): take its item"), (np.ones((1, 1)), r"shape \(1, 1\): take its item"),
        (None, "forgotten its return"), ("a", "'a'"), (1j, "1j"), (object(), "object"), (print, "print"),
        (True, r"a comparison \(True\): return the loss"), (np.bool_(False), r"a comparison \(np\.False_|\(False"),
        (np.array(True), r"a comparison \(True\)"), (np.datetime64("2020-01-01"), "2020"),
    ],
)  # fmt: skip
def test_grad_of_a_function_without_one_number_says_so(output, words) -> None:
    for transform in (grad, value_and_grad):
        with pytest.raises(OperandError, match=f"(one number|takes numbers).*{words}"):
            transform(lambda x: output)(1.0)


def test_a_comparison_for_a_loss_is_refused_in_every_transform() -> None:
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(OperandError, match=r"a comparison \(True\)"):
            transform(lambda x: x > 1)(2.0)
    with pytest.raises(OperandError, match="a comparison"):
        jacobian(lambda x: x > 1)(np.array([0.0, 2.0]))


@pytest.mark.parametrize("argument", ["a", None, 1j, {1.0}, object(), [None], np.array([1j]), np.array(["a"]),
                                      np.array(["2020"], dtype="M8[D]"), np.ma.masked_array([1.0, 2.0], [0, 1]),
                                      np.array([[1.0], None], dtype=object), {"a": "b"}])  # fmt: skip
def test_arguments_that_are_no_numbers_are_refused(argument) -> None:
    for transform in (grad, jacobian):
        with pytest.raises(OperandError, match="takes numbers"):
            transform(lambda x: 1.0)(argument)


def test_what_is_no_function_is_refused_before_it_is_called() -> None:
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(OperandError, match="takes a function; it was given 3"):
            transform(3)


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
