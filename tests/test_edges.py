"""Where numbers end: tails of the activations, infinite arguments, slopes that nobody wants, seeds that are none."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    derive,
    dot,
    evaluate,
    exp,
    grad,
    hessian,
    jacobian,
    log,
    logsumexp,
    ops,
    sqrt,
    value_and_grad,
    where,
)
from autograd.errors import DomainError, OperandError, SlopeError

pytestmark = pytest.mark.usefixtures("engine")

# ---------------------------------------------------------------- tails

mp = mpmath.mp


def sigma(x):
    return 1 / (1 + mp.exp(-x))


def gauss(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


# First and second derivative in formulas that do not cancel where they are used: with 700 digits, anywhere.
DERIVATIVES = {
    "sigmoid": (lambda x: sigma(x) * sigma(-x), lambda x: sigma(x) * sigma(-x) * (sigma(-x) - sigma(x))),
    "tanh": (lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2),
    "softplus": (sigma, lambda x: sigma(x) * sigma(-x)),
    "gelu": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2 + x * gauss(x), lambda x: (2 - x * x) * gauss(x)),
    "silu": (
        lambda x: sigma(x) * (1 + x * sigma(-x)),
        lambda x: sigma(x) * sigma(-x) * (2 + x * (sigma(-x) - sigma(x))),
    ),
    "elu": (lambda x: mp.mpf(1) if x > 0 else mp.exp(x), lambda x: mp.mpf(0) if x > 0 else mp.exp(x)),
    "expm1": (mp.exp, mp.exp),
    "erf": (lambda x: 2 * mp.exp(-x * x) / mp.sqrt(mp.pi), lambda x: -4 * x * mp.exp(-x * x) / mp.sqrt(mp.pi)),
    "erfc": (lambda x: -2 * mp.exp(-x * x) / mp.sqrt(mp.pi), lambda x: 4 * x * mp.exp(-x * x) / mp.sqrt(mp.pi)),
}
DISTANCES = (700.0, 345.0, 100.0, 40.0, 37.5, 36.7, 30.0, 20.0, 18.3, 10.0, 8.0, 5.0, 3.0, 2.5, 2.2, 2.0, 1.6, 1.0, 0.5)
TAILS = [sign * distance for distance in DISTANCES for sign in (1, -1)]
# e^(−x²) turns the rounding of x² (up to 700) into as much, relatively.
ALLOWED = {"gelu": 1e-13, "erf": 1e-13, "erfc": 1e-13}
LEAST = 1e-305  # below, floats themselves lose digits


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_slopes_keep_their_digits_in_the_tails(name, order) -> None:
    f = getattr(ops, name)
    found = grad(f) if order == 1 else grad(grad(f))
    with mp.workdps(700):
        for x in TAILS:
            expected, slope = DERIVATIVES[name][order - 1](mp.mpf(x)), found(x)
            assert abs(slope - expected) <= ALLOWED.get(name, 5e-15) * abs(expected) + LEAST, (x, slope)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_programs_have_the_slopes_in_the_tails_to_rounding_of_1(name) -> None:
    x = Value(0.5, "x")
    program = autograd.compile(getattr(ops, name)(x), inputs=[], wrt=[x], engine="python")
    with mp.workdps(700):
        for number in TAILS:
            x.data = number
            (slope,), expected = program.value_and_grad([[]])[1], DERIVATIVES[name][0](mp.mpf(number))
            # (They keep to the form that is written: the other one would cost each training an exponential more.)
            assert abs(slope - expected) <= 1e-13 * abs(expected) + 1e-15, (number, slope)


def test_a_test_of_tails_fails_where_a_rule_cancels() -> None:
    y = ops.sigmoid(30.0)
    exact = float(sigma(mp.mpf(30)) * sigma(mp.mpf(-30)))
    assert abs(y * (1 - y) - exact) > 1e-4 * exact
    assert abs(grad(ops.sigmoid)(30.0) - exact) < 1e-15 * exact


# ---------------------------------------------------------------- limits

INF = math.inf
LIMITS = {
    # name: at +∞ the number, its slope, its second slope; then at −∞
    "gelu": ((INF, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "silu": ((INF, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "softplus": ((INF, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "sigmoid": ((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    "tanh": ((1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)),
    "elu": ((INF, 1.0, 0.0), (-1.0, 0.0, 0.0)),
    "relu": ((INF, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "arctan": ((math.pi / 2, 0.0, None), (-math.pi / 2, 0.0, None)),
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", LIMITS)
def test_infinite_arguments_give_limits(name, sign) -> None:
    f = getattr(ops, name)
    for function, expected in zip((f, grad(f), grad(grad(f))), LIMITS[name][sign < 0], strict=True):
        assert expected is None or function(sign * INF) == expected
    x = Value(sign * INF)
    y = f(x)
    y.backward()
    assert LIMITS[name][sign < 0][:2] == (y.data, x.grad)


@pytest.mark.parametrize(
    ("terms", "total", "shares"),
    [
        ([INF, 1.0], INF, [1, 0]), ([-INF, 1.0], 1.0, [0, 1]), ([INF, INF], INF, [0.5, 0.5]),
        ([-INF, -INF], -INF, [0.5, 0.5]), ([INF, -INF, 3.0], INF, [1, 0, 0]), ([0.0, -INF, -1e308], 0.0, [1, 0, 0]),
        ([710.0, 0.0], 710.0, [1, math.exp(-710)]),
    ],
)  # fmt: skip
def test_infinite_terms_of_logsumexp_give_limits(terms, total, shares) -> None:
    assert total == logsumexp(terms)
    assert shares == grad(lambda v: logsumexp(v))(terms)
    assert all(math.isfinite(item) for row in hessian(lambda v: logsumexp(v))(terms) for item in row)


# ---------------------------------------------------------------- slopes that nobody wants


def test_the_slope_of_an_exponent_that_nobody_asks_for_is_not_computed() -> None:
    n = Value(2.0, label="n")
    x = Value(-2.0, label="x")

    def f(z):
        return z**n

    assert -4.0 == grad(f)(-2.0).data  # a Value: it depends on n
    assert -4.0 == grad(lambda z: z ** Value(2.0))(-2.0)
    assert 2.0 == grad(grad(lambda z: z ** Value(2.0)))(-2.0)
    assert [[2.0]] == hessian(lambda v: v[0] ** Value(2.0))([-2.0])
    assert [[-4.0], [12.0]] == jacobian(lambda v: [v[0] ** Value(2.0), v[0] ** Value(3.0)])([-2.0])
    assert (-8.0, 12.0) == value_and_grad(lambda z: z ** Value(3.0))(-2.0)
    L = (x**n).named("L")
    assert -4.0 == derive(L, x).value == derive(L, [x])["x"].value == derive(L, "x", detail="primitive").value
    assert [-4.0] == list(autograd.compile(L, inputs=[], wrt=[x], engine="python").value_and_grad([[]])[1])
    assert 9.0 == evaluate(L, {x: -3.0})


@pytest.mark.parametrize("style", ["chain", "delta"])
def test_derivations_beside_a_slope_that_does_not_exist_are_whole(style) -> None:
    x, n, w = Value(-2.0, label="x"), Value(2.0, label="n"), Value(0.0, label="w")
    a = (x**n).named("a")
    L = (a * 3 + sqrt(w)).named("L")
    d = derive(L, x, style=style)
    assert (-12.0, 1) == (d.value, d.paths)
    assert eval(d.python(), {}, d.variables) == -12.0
    for form in (d.text(), d.latex(), d.markdown(), d.html()):
        assert "nan" not in form


def test_a_slope_that_is_wanted_is_still_refused() -> None:
    x, n = Value(-2.0, label="x"), Value(2.0, label="n")
    L = (x**n).named("L")
    for ask in (L.backward, lambda: derive(L, n), lambda: derive(L), lambda: grad(lambda m: Value(-2.0) ** m)(2.0)):
        with pytest.raises(SlopeError, match="exponent"):
            ask()
    with pytest.raises(SlopeError, match="sqrt"):
        derive(sqrt(Value(0.0, label="w")).named("L"), "w")


def test_gradients_of_nodes_within_a_graph_do_not_ask_for_more() -> None:
    x, n = Value(-2.0), Value(2.0)
    assert -4.0 == (x**n)._gradients([x], None)[1][x]
    assert -4.0 == grad(lambda z: dot([z ** Value(2.0)], [1.0]))(-2.0)


# ---------------------------------------------------------------- numbers that are truths, seeds that are none


@pytest.mark.parametrize("zero", [0.0, -0.0, 0])
def test_zero_is_false(zero) -> None:
    assert not Value(zero)
    assert not any([Value(zero), Value(0.0)])
    assert 0 == np.count_nonzero(np.array([Value(zero), Value(zero)]))
    assert "zero" == ("positive" if Value(zero) else "zero")


@pytest.mark.parametrize("number", [1.0, -1e-320, math.inf, math.nan])
def test_what_is_not_zero_is_true(number) -> None:
    assert Value(number) and all([Value(number), Value(2.0)])
    assert bool(Value(number)) == bool(number)


def test_a_loop_that_ends_when_a_value_is_zero() -> None:
    x, steps = Value(3.0), 0
    while x:
        x, steps = x - 1, steps + 1
    assert 3 == steps


@pytest.mark.parametrize("nan", [math.nan, np.nan, np.float64("nan"), np.float32("nan"), float("nan") * 0])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_seed_that_is_nan_is_refused(nan, create_graph) -> None:
    x = Value(2.0)
    y = exp(x)
    x.grad = 5.0
    for root in (y, x):
        with pytest.raises(OperandError, match="NaN as its seed"):
            root.backward(nan, create_graph=create_graph)
    assert (5.0, False) == (x.grad, y.has_grad)


@pytest.mark.parametrize("seed", [None, "1", [1.0], np.array([1.0, 2.0]), 1j, Value(1.0), 10**400])
def test_a_seed_that_is_no_number_is_refused(seed) -> None:
    x = Value(2.0)
    with pytest.raises((OperandError, autograd.AutogradError)):
        exp(x).backward(seed)
    assert not x.has_grad


@pytest.mark.parametrize("seed", [2, np.float64(2), np.int64(2), np.float32(2)])
def test_any_real_number_is_a_seed(seed) -> None:
    x = Value(3.0)
    (x * x).backward(seed)
    assert 12.0 == x.grad


# ---------------------------------------------------------------- beside the edge of a domain


def test_an_operand_outside_of_the_domain_is_told_even_in_a_branch_that_is_not_taken() -> None:
    # Operands are computed before `where` is: what has no value is an error of its own.
    with pytest.raises(DomainError, match="log"):
        where(0, log(Value(-1.0)), 1.0)
