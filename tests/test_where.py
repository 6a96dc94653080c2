"""`where`: the branch that is not taken gives nothing, to no order and on no engine; and what Python decided is told.

The random programs are trees in which every branch of a `where` may hold what has no slope at one point, or an infinite
one. They are built so that at this point such a branch is not taken (else the program is left out). The oracle decides
first, and then has a formula without any `where`: its Taylor coefficients in 40 digits.
"""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    absolute,
    custom,
    derive,
    evaluate,
    exp,
    grad,
    greater,
    hessian,
    log,
    maximum,
    minimum,
    relu,
    sign,
    sin,
    sqrt,
    tanh,
    walk,
    where,
)
from autograd.errors import AutogradError, OperandError, PythonDecidedWarning, SlopeError

mp = mpmath.mp

# ---------------------------------------------------------------- random programs

UNARY = {"sin": (sin, mp.sin), "tanh": (tanh, mp.tanh), "square": (lambda x: x * x, lambda x: x * x),
         "bounded exp": (lambda x: exp(tanh(x)), lambda x: mp.exp(mp.tanh(x)))}  # fmt: skip
BINARY = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
CHOICES = {"max": maximum, "min": minimum}
# On Values; and in formulas, t on the side s of p: what has a slope everywhere but at p.
KINKS = {
    "√|x − p|": (lambda x, p: sqrt(absolute(x - p)), lambda t, p, s: mp.sqrt(s * (t - p))),
    "|x − p|^1.5": (lambda x, p: absolute(x - p) ** 1.5, lambda t, p, s: (s * (t - p)) ** mp.mpf(1.5)),
    "log|x − p|": (lambda x, p: log(absolute(x - p) + 1e-320), lambda t, p, s: mp.log(s * (t - p))),
    "1/|x − p|": (lambda x, p: 1 / (absolute(x - p) + 1e-308), lambda t, p, s: 1 / (s * (t - p))),
}


class TooNearError(Exception):
    """The point is one at which the program has no slope, or nearly so."""


def random_program(rng, depth, point, is_branch=False):
    """A tree of tuples: operation, then operands."""
    if depth == 0:
        return rng.choice([("x",), ("number", round(rng.uniform(-2, 2), 2))])
    kind = rng.choice(["where", "where", "abs", *UNARY, *BINARY, *CHOICES])
    if kind == "where":
        condition = random_program(rng, rng.randint(0, 1), point)
        branches = (random_program(rng, depth - 1, point, is_branch=True) for _ in range(2))
        return "where", condition, round(rng.uniform(-1, 1), 2), *branches
    if is_branch and rng.random() < 0.4:
        return rng.choice(list(KINKS)), point
    count = 2 if kind in BINARY or kind in CHOICES else 1
    return kind, *(random_program(rng, depth - 1, point, is_branch) for _ in range(count))


def on_values(program, x):
    kind, *operands = program
    if kind in ("x", "number"):
        return x if kind == "x" else operands[0]
    if kind in KINKS:
        return KINKS[kind][0](x, operands[0])
    if kind == "where":
        condition, threshold, a, b = operands
        return where(greater(on_values(condition, x), threshold), on_values(a, x), on_values(b, x))
    done = [on_values(operand, x) for operand in operands]
    return {**{k: f for k, (f, _) in UNARY.items()}, **BINARY, **CHOICES, "abs": absolute}[kind](*done)


def decided(program, x):
    """The formula that holds around x, as a function of a number of many digits."""
    kind, *operands = program
    if kind in ("x", "number"):
        return (lambda t: t) if kind == "x" else lambda t: mp.mpf(operands[0])
    if kind in KINKS:
        side, p = ahead(x, operands[0]), mp.mpf(operands[0])
        return lambda t: KINKS[kind][1](t, p, side)
    if kind == "where":
        condition, threshold, a, b = operands
        return decided(a if ahead(decided(condition, x)(x), threshold) > 0 else b, x)
    parts = [decided(operand, x) for operand in operands]
    if kind == "abs":
        side = ahead(parts[0](x), 0)
        return lambda t: side * parts[0](t)
    if kind in CHOICES:
        return parts[(ahead(parts[0](x), parts[1](x)) > 0) != (kind == "max")]
    f = UNARY[kind][1] if kind in UNARY else BINARY[kind]
    return lambda t: f(*(part(t) for part in parts))


def ahead(a, b):
    """1 if a is larger than b, else −1."""
    if abs(mp.mpf(a) - mp.mpf(b)) < 1e-6:
        raise TooNearError
    return 1 if a > b else -1


def exact(program, x):
    """The number and three derivatives; None where there are none."""
    with mp.workdps(40):
        try:
            coefficients = mp.taylor(decided(program, mp.mpf(x)), mp.mpf(x), 3)
        except TooNearError:
            return None
        return [float(c) * math.factorial(order) for order, c in enumerate(coefficients)]


def is_near(expected, found):
    return abs(found - expected) <= 1e-7 * max(1.0, abs(expected))


def programs(seeds):
    """Programs that have three derivatives at their points: the program, the point, and others nearby."""
    for seed in seeds:
        rng = random.Random(seed)
        point = round(rng.uniform(-1.5, 1.5), 3)
        program = random_program(rng, 4, point)
        others = [round(rng.uniform(-1.5, 1.5), 3) for _ in range(3)]
        if exact(program, point) and isinstance(on_values(program, Value(point)), Value):
            yield program, point, others


def recorded(program, point):
    """x, and the graphs of the number and of three derivatives over it."""
    x = Value(point)
    graphs = [on_values(program, x)]
    for _ in range(3):
        if isinstance(graphs[-1], Value):
            graphs[-1].zero_grad()
            x.zero_grad()
            graphs[-1].backward(create_graph=True)
        graphs.append(x.grad if isinstance(graphs[-1], Value) else 0.0)
    return x, graphs


def number(item):
    return item.data if isinstance(item, Value) else item


def test_three_orders_are_those_of_the_branches_that_are_taken(engine) -> None:
    count = 0
    for program, point, _ in programs(range(250)):
        _, graphs = recorded(program, point)
        assert all(map(is_near, exact(program, point), map(number, graphs))), (program, point, graphs)
        x = Value(point)
        on_values(program, x).backward()
        assert is_near(exact(program, point)[1], x.grad), (program, point)
        count += 1
    assert count > 120


def test_a_graph_of_a_gradient_is_right_at_other_points_or_refuses(engine) -> None:
    told: Counter[str] = Counter()
    for program, point, others in programs(range(250)):
        x, graphs = recorded(program, point)
        for other in others:
            for expected, graph in zip(exact(program, other) or (), graphs, strict=False):
                try:
                    found = evaluate(graph, {x: other}) if isinstance(graph, Value) else graph
                except (AutogradError, SlopeError) as error:
                    told["refused"] += 1
                    assert "record the gradient again" in str(error), (program, error)
                    continue
                told["right"] += 1
                assert is_near(expected, found), (program, point, other, expected, found)
    assert told["right"] > 1000 and 0 < told["refused"] < told["right"] / 4, told


def check_compiled(which, seeds):
    for program, point, others in programs(seeds):
        x = Value(point)
        graph = on_values(program, x)
        rows = [other for other in (point, *others) if exact(program, other)]
        by_row = autograd.compile(graph, inputs=[x], engine=which)
        for one_or_more in (rows[:1], rows):
            found = by_row([[row] for row in one_or_more])
            assert all(map(is_near, (exact(program, row)[0] for row in one_or_more), found)), program
        _, (slope,) = autograd.compile(graph, inputs=[], wrt=[x], engine=which).value_and_grad([[]])
        assert is_near(exact(program, point)[1], slope), program


def test_programs_in_python_have_the_numbers_and_slopes_of_the_branches_taken() -> None:
    check_compiled("python", range(250))


@pytest.mark.numba
def test_kernels_have_the_numbers_and_slopes_of_the_branches_taken() -> None:
    check_compiled("numba", range(25))


def shifted(x, shift, p):
    """The same in each row: where(x > p, √(x − p)·w, w·x) with a slope in w, and none in x at p."""
    return where(greater(x, p), sqrt(maximum(x - p, 0)) * shift, shift * x)


@pytest.mark.parametrize("which", ["python", pytest.param("numba", marks=pytest.mark.numba)])
def test_rows_that_take_different_branches_have_their_own_slopes(which) -> None:
    x, w = Value(0.0), Value(2.0)
    program = autograd.compile(shifted(x, w, 0.5), inputs=[x], wrt=[w], engine=which)
    rows = [0.5, 0.5, 1.5, -1.0, 4.75, 0.5] * 5
    total, (slope,) = program.value_and_grad([[row] for row in rows])
    expected = [math.sqrt(row - 0.5) if row > 0.5 else row for row in rows]
    assert slope == pytest.approx(sum(expected), rel=1e-12)
    assert total == pytest.approx(2 * sum(expected), rel=1e-12)


# ---------------------------------------------------------------- single cases

INF, NAN = math.inf, math.nan
BROKEN = {
    "a slope that is infinite": lambda x: sqrt(x * 0),
    "an infinity": lambda x: x * INF,
    "a NaN": lambda x: x * NAN,
    "a NaN that is a number": lambda x: NAN,
    "infinity less infinity": lambda x: x * INF - x * INF,
    "a power without slope": lambda x: (x * 0) ** 0.5,
    "an exponent without slope": lambda x: Value(-2.0) ** (x * 0 + 2),
    "a missing slope deep within": lambda x: tanh(sin(sqrt(x * 0) + x)) * x,
    "a missing second slope": lambda x: (x * 0) ** 1.5 * x,
    "a slope that overflows": lambda x: sqrt(x * 1e-320) * 1e300,
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("mask", ["a Value", "0 or 1", "a comparison of Values", "a bool"])
def test_what_is_not_taken_gives_nothing(broken, first, mask, engine) -> None:
    def f(x):
        condition = {"a Value": Value(float(first)), "0 or 1": int(first), "a bool": first,
                     "a comparison of Values": greater(x, 0 if first else 9)}[mask]  # fmt: skip
        other = BROKEN[broken](x)
        return where(condition, x**3, other) if first else where(condition, other, x**3)

    assert [8.0, 12.0, 12.0, 6.0] == [number(g(2.0)) for g in (f, grad(f), grad(grad(f)), grad(grad(grad(f))))]
    assert [[12.0]] == hessian(lambda v: f(v[0]))([2.0])
    x = Value(2.0)
    L = f(x) * 2 + x
    L.backward()
    assert 25.0 == x.grad


def test_what_is_taken_is_still_refused_where_it_has_no_slope(engine) -> None:
    for f in (lambda x: where(greater(x, -1), sqrt(x), x), lambda x: where(1, sqrt(x), x) + where(0, sqrt(x), x)):
        with pytest.raises(SlopeError, match="sqrt"):
            grad(f)(0.0)


def test_a_node_that_one_where_takes_and_another_does_not_counts_once(engine) -> None:
    def f(x):
        shared = x * x
        return where(greater(x, 0), shared, sqrt(x * 0)) + where(greater(x, 0), x, shared * 100)

    assert [5.0, 2.0, 0.0] == [grad(f)(2.0), grad(grad(f))(2.0), grad(grad(grad(f)))(2.0)]


def test_a_loop_of_wheres_over_missing_targets(engine) -> None:
    targets = [1.0, NAN, 3.0, NAN]

    def loss(v):
        return sum(where(int(t == t), (x - t) ** 2, 0.0) for x, t in zip(v, targets, strict=True))

    assert [4.0, 0.0, -4.0, 0.0] == grad(loss)([3.0, 5.0, 1.0, 7.0])
    assert [2.0, 0.0, 2.0, 0.0] == [hessian(loss)([3.0, 5.0, 1.0, 7.0])[i][i] for i in range(4)]


def test_an_iteration_that_goes_on_behind_a_where(engine) -> None:
    def newton(a):
        x = a
        for _ in range(8):
            x = where(greater(absolute(x * x - a), 1e-300), (x + a / x) / 2, x)
        return x

    assert 0.25 == pytest.approx(grad(newton)(4.0), rel=1e-12)


@pytest.mark.parametrize(("x", "slopes"), [(2.0, (4.0, 2.0)), (-2.0, (-4.0, 2.0)), (-0.5, (-1.0, 0.0))])
def test_conditions_from_signs_and_maxima(x, slopes, engine) -> None:
    def f(x):
        return where(maximum(sign(x), 0), relu(x) * x, minimum(x, -1) * x)

    assert slopes == (grad(f)(x), grad(grad(f))(x))


def test_where_is_written_and_walked_without_the_branch_not_taken(engine) -> None:
    z = Value(0.0, label="z")
    r = sqrt(z).named("r")
    L = where(greater(z, 0.0), r, 3.0 * z).named("L")
    assert 3.0 == derive(L, z).value == derive(L, z, detail="primitive").value
    assert "nan" not in derive(L, z).text() + derive(L, z, detail="primitive").text()
    last = [step for step in walk(L).backward() if step.receiver is z][-1]
    L.backward()
    assert (z.grad, True) == (last.total, last.complete) == (3.0, True)


# ---------------------------------------------------------------- what Python decided

READERS = {
    "evaluate": lambda x, L: evaluate(L, {x: 3.0}),
    "forward": lambda x, L: L.forward(),
    "compile": lambda x, L: autograd.compile(L, inputs=[x], engine="python"),
    "derive": lambda x, L: derive(L, x),
}


def told_by(action):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        action()
    return told


def graph(condition):
    x = Value(2.0, label="x")
    return x, (where(condition(x), x * x, 0.1 * x) * 2).named("L")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("decide", [lambda x: x > 0, lambda x: np.float64(1) > 0, lambda x: np.array(2.0) > 1])
def test_a_condition_that_python_decided_is_told_once_a_graph_and_reader(reader, decide, engine) -> None:
    x, L = graph(decide)
    (told,) = told_by(lambda: READERS[reader](x, L))
    assert (PythonDecidedWarning, __file__) == (told.category, told.filename)
    assert str(told.message).startswith(f"{reader}: ") and "where(greater(x, 0), a, b)" in str(told.message)
    assert [] == told_by(lambda: READERS[reader](x, L))
    assert all(1 == len(told_by(lambda other=other: READERS[other](x, L))) for other in READERS if other != reader)
    assert 1 == len(told_by(lambda: READERS[reader](*graph(decide))))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("condition", [lambda x: 1, lambda x: 0.0, lambda x: greater(x, 0), lambda x: x, sign])
def test_a_mask_or_a_condition_on_values_is_told_of_nothing(reader, condition, engine) -> None:
    assert [] == told_by(lambda: READERS[reader](*graph(condition)))


def test_gradients_at_the_recorded_point_are_told_of_nothing(engine) -> None:
    x, L = graph(lambda x: x > 0)
    assert [] == told_by(L.backward) == told_by(lambda: L.backward(create_graph=True))
    assert [] == told_by(lambda: grad(lambda x: where(x > 0, x * x, x))(2.0))


def test_comparisons_go_on_giving_bools(engine) -> None:
    x = Value(2.0)
    assert [True, False, True, False] == [x > 1, x < 1, x >= 2.0, x <= 1]
    assert type(x > 1) is bool


def test_a_product_with_a_mask_is_no_choice() -> None:
    # 0 · a slope that is missing is missing: only `where` and its like leave a branch out.
    def f(x):
        mask, other = greater(x, 9), (x - 2.0 + 0.0) ** 1.5
        return x * x + mask * 1.0 * other

    with pytest.raises((SlopeError, OperandError)):
        grad(grad(f))(2.0)


def test_an_operation_of_ones_own_may_choose(table) -> None:
    capped = custom("capped_here", lambda x, top: min(x, top), (lambda y, x, top: 1 if x < top else 0,
                                                                 lambda y, x, top: 0 if x < top else 1), chooses=True)
    assert 0.0 == grad(lambda x: capped(sqrt(x) + 3.0, 2.0))(0.0)


@pytest.mark.parametrize("f, at", [
    (lambda x: 0.0 * x + x ** Value(2.0), 0.0), (autograd.silu, math.inf), (autograd.silu, -math.inf),
    (autograd.gelu, -math.inf), (lambda x: autograd.logsumexp([x, 1.0]), math.inf),
    (lambda x: autograd.logsumexp([x, 1.0]), -math.inf),
])  # fmt: skip
def test_a_gradient_recorded_where_its_rule_decides_is_right_at_other_points(f, at, engine) -> None:
    x = Value(at)
    f(x).backward(create_graph=True)
    assert evaluate(x.grad, {x: 1.0}) == pytest.approx(grad(f)(1.0), rel=1e-14)


def test_the_gradient_by_an_exponent_recorded_at_a_base_of_0_is_right_at_other_bases(engine) -> None:
    x, n = Value(0.0), Value(2.0)
    (x**n).backward(create_graph=True)
    assert n.grad.data == 0.0
    assert evaluate(n.grad, {x: 3.0}) == pytest.approx(9 * math.log(3), rel=1e-14)
