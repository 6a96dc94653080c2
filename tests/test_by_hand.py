"""Operations written by hand, as the micrograd lecture does it: data, children, a sign, and a `_backward` assigned."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref

import pytest

import autograd
from autograd import (
    Value,
    anomaly,
    check,
    custom,
    derive,
    draw,
    draw_dot,
    evaluate,
    exp,
    grad,
    hessian,
    jacobian,
    no_grad,
    walk,
)  # fmt: skip
from autograd.errors import AnomalyError, OperandError

pytestmark = pytest.mark.usefixtures("engine")


def tanh(v, kind=tuple, cls=Value):
    """The lecture's tanh: its closure captures the node it belongs to."""
    out = cls(math.tanh(v.data), kind((v,)), "tanh")

    def _backward():
        v.grad += (1 - out.data**2) * out.grad

    out._backward = _backward
    return out


def times(a, b):
    out = Value(a.data * b.data, (a, b), "*")

    def _backward():
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = _backward
    return out


def plus(a, b):
    out = Value(a.data + b.data, (a, b), "+")

    def _backward():
        a.grad += out.grad
        b.grad += out.grad

    out._backward = _backward
    return out


def gradients(output, *leaves):
    output.backward()
    return [leaf.grad for leaf in leaves]


# ---------------------------------------------------------------- passes


def test_leaves_add_up_over_passes_and_inner_nodes_begin_anew() -> None:
    x = Value(3.0)
    square = times(x, x)
    L = times(square, Value(2.0))

    assert [12.0] == gradients(L, x)
    assert [24.0] == gradients(L, x)
    assert (2.0, 1.0) == (square.grad, L.grad)


def test_two_losses_may_share_a_node_made_by_hand() -> None:
    # As for operations of the table: 12 from the first, 18 from the second (micrograd itself would give 36 and more).
    x = Value(3.0)
    square = times(x, x)
    first, second = square * 2.0, square * 3.0

    assert [12.0] == gradients(first, x)
    assert [30.0] == gradients(second, x)
    assert 3.0 == square.grad


@pytest.mark.parametrize("by_hand", ["first", "middle", "last", "all"])
def test_nodes_made_by_hand_stand_before_between_and_after_ordinary_ones(by_hand) -> None:
    x, w = Value(0.5), Value(-1.5)
    product = times(x, w) if by_hand in ("first", "all") else x * w
    bent = tanh(product) if by_hand in ("middle", "all") else product.tanh()
    output = plus(bent, w) if by_hand in ("last", "all") else bent + w

    slope = 1 - math.tanh(-0.75) ** 2

    assert pytest.approx([-1.5 * slope, 0.5 * slope + 1], rel=1e-14) == gradients(output, x, w)


def test_a_chain_of_thousands_needs_no_recursion() -> None:
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = plus(y, Value(0.0))
    assert [1.0] == gradients(y, x)


def test_a_diamond_hands_on_only_what_is_complete() -> None:
    a = Value(3.0)
    b = plus(a, a)
    c = plus(b, b)
    assert [4.0] == gradients(c, a)


def test_the_same_child_twice_is_a_parent_twice_and_gets_its_share_once() -> None:
    x = Value(3.0)
    square = times(x, x)
    assert (x, x) == square.parents
    assert {x} == square._prev
    assert (6.0, 0.0) == square.local_gradient()
    assert [6.0] == gradients(square, x)


@pytest.mark.parametrize("kind", [tuple, list, set, frozenset, iter, lambda items: (item for item in items)])
def test_children_come_in_any_collection(kind) -> None:
    x = Value(0.5)
    assert pytest.approx([1 - math.tanh(0.5) ** 2]) == gradients(tanh(x, kind), x)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: Value(2.0, (x,), "f"), lambda x: Value(2.0, _children=(x,), _op="f"),
        lambda x: Value(2.0, [x], _op="f"),
        lambda x: Value(2.0, (x,), "f", "out"), lambda x: Value(2.0, (x,), "f", label="out"),
        lambda x: Value(2.0, label="out", _op="f", _children={x}), lambda x: Value(data=2.0, _children=(x,), _op="f"),
    ],
)  # fmt: skip
def test_children_sign_and_label_come_by_place_or_name(make) -> None:
    x = Value(1.0)
    node = make(x)
    assert ((x,), "f", 2.0) == (node.parents, node._op, node.data)
    assert node.label in ("", "out")


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: Value(2.0, "w"), "w"), (lambda: Value(2.0, label="w"), "w"), (lambda: Value(2.0, ()), ""),
        (lambda: Value(2.0, (), "", "w"), "w"), (lambda: Value(2.0, [], label="w"), "w"), (lambda: Value(2.0, ""), ""),
    ],
)  # fmt: skip
def test_without_children_it_is_a_leaf(make, label) -> None:
    leaf = make()
    leaf.backward()
    assert (None, (), "", label, 1.0) == (leaf.op, leaf.parents, leaf._op, leaf.label, leaf.grad)


def test_a_leaf_may_have_a_sign() -> None:
    leaf = Value(2.0, (), "input")
    assert ("input", None) == (leaf._op, leaf.op)
    assert "input" == copy.deepcopy(leaf)._op == pickle.loads(pickle.dumps(leaf))._op


@pytest.mark.parametrize(
    "arguments", [((1.0,), "f"), (("x",), "f"), ((None,), "f"), (3.0, "f"), (b"x", "f"), ({}, "f"), ((), 3), ((), None)]
)
def test_what_is_no_child_and_no_sign_is_refused(arguments) -> None:
    with pytest.raises(OperandError):
        Value(2.0, *arguments)


# ---------------------------------------------------------------- `_backward`


def test_without_a_backward_of_its_own_a_node_passes_nothing_on() -> None:
    x = Value(3.0)
    out = Value(9.0, (x,), "f")
    L = out * 2 + x
    assert [1.0] == gradients(L, x)
    assert 2.0 == out.grad


def test_an_ordinary_node_may_be_given_a_backward() -> None:
    # A straight-through estimator: the number of the operation, a slope of one's own.
    x, w = Value(0.3), Value(2.0)
    out = x * w

    def straight_through():
        x.grad += out.grad

    out._backward = straight_through
    L = out * 5
    assert [5.0, 0.0] == gradients(L, x, w)
    assert ("*", (x, w), 0.6) == (out._op, out.parents, out.data)


def test_a_backward_may_be_called_by_hand_in_any_order_of_ones_own() -> None:
    x, w = Value(0.5), Value(-1.5)
    product, order = times(x, w), []
    output = tanh(product) + x

    def visit(node):
        if node not in order:
            for child in node._prev:
                visit(child)
            order.append(node)

    visit(output)
    output.grad = 1.0
    for node in reversed(order):
        node._backward()
    slope = 1 - math.tanh(-0.75) ** 2
    assert pytest.approx([1 - 1.5 * slope, 0.5 * slope]) == [x.grad, w.grad]


def test_a_lambda_that_assigns_is_a_backward_too() -> None:
    x = Value(2.0)
    out = Value(6.0, (x,), "triple")
    out._backward = lambda: setattr(x, "grad", x.grad + 3 * out.grad)
    assert [3.0] == gradients(out, x)


def test_the_adjoint_of_this_pass_is_in_grad_while_the_backward_runs() -> None:
    seen = []
    x = Value(2.0)
    out = Value(4.0, (x,), "f")

    def _backward():
        seen.append((out.grad, x.grad, out.data))
        x.grad += 2 * out.grad

    out._backward = _backward
    L = out * 3 + out
    L.backward()
    L.backward(0.5)

    assert [(4.0, 0.0, 4.0), (2.0, 0.0, 4.0)] == seen  # once a pass, and the parent's gradient is empty
    assert (12.0, 2.0) == (x.grad, out.grad)


def test_a_seed_scales_what_is_passed_on() -> None:
    x = Value(3.0)
    times(x, x).backward(-0.5)
    assert -3.0 == x.grad


def test_a_gradient_that_was_set_before_is_added_to() -> None:
    x = Value(3.0)
    x.grad = 10.0
    assert [16.0] == gradients(times(x, x), x)


def test_zero_grad_reaches_through_nodes_made_by_hand() -> None:
    x = Value(3.0)
    L = times(x, x) * 2
    L.backward()
    L.zero_grad()
    assert not x.has_grad and not L.has_grad
    assert [12.0] == gradients(L, x)


def test_an_error_within_a_backward_leaves_all_gradients_as_they_were() -> None:
    x, w = Value(3.0), Value(2.0)
    bad = times(x, w)

    def _backward():
        x.grad += 1.0
        raise KeyError("mine")

    bad._backward = _backward
    L = bad * x + w
    x.grad, bad.grad, L.grad = 5.0, 6.0, 7.0
    with pytest.raises(KeyError, match="mine"):
        L.backward()
    assert (5.0, 6.0, 7.0, False) == (x.grad, bad.grad, L.grad, w.has_grad)


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError])
def test_an_error_of_arithmetic_within_a_backward_is_that_error(error) -> None:
    x = Value(3.0)
    bad, calls = times(x, x), []

    def _backward():
        calls.append(None)
        raise error("mine")

    bad._backward = _backward
    x.grad = 5.0
    with pytest.raises(error, match="mine"):
        (bad * 2).backward()
    assert 5.0 == x.grad


def test_a_closure_that_captures_its_node_is_freed_by_the_collector() -> None:
    node = tanh(Value(0.5))
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None


def test_the_class_of_a_subclass_may_make_nodes_by_hand() -> None:
    class Mine(Value):
        def __init__(self, data, _children=(), _op=""):
            super().__init__(data, _children, _op)

    x = Mine(0.5)
    y = tanh(x, cls=Mine)
    assert type(y * 2) is Mine
    assert pytest.approx([2 * (1 - math.tanh(0.5) ** 2)]) == gradients(y * 2, x)


# ---------------------------------------------------------------- modes


def test_within_no_grad_it_is_a_leaf() -> None:
    x = Value(0.5)
    with no_grad():
        y = tanh(x)
    assert (None, (), math.tanh(0.5)) == (y.op, y.parents, y.data)
    y.backward()
    assert not x.has_grad


def test_within_anomaly_gradients_are_the_same_and_a_nan_is_found() -> None:
    x = Value(0.5)
    with anomaly():
        assert pytest.approx([2 * (1 - math.tanh(0.5) ** 2)]) == gradients(tanh(x) * 2, x)
    with pytest.raises(AnomalyError, match="oops"), anomaly():
        Value(math.nan, (x,), "oops")


def test_a_nan_from_a_backward_is_found_within_anomaly() -> None:
    x = Value(0.5)
    with anomaly():
        out = Value(1.0, (x,), "oops")

        def _backward():
            x.grad += math.nan * out.grad

        out._backward = _backward
        with pytest.raises(AnomalyError, match="its _backward gave nan") as told:
            (out * 2).backward()
    assert told.value.node is out


# ---------------------------------------------------------------- readers that need no formula


@pytest.fixture
def graph():
    x, w = Value(0.5, label="x"), Value(2.0, label="w")
    y = tanh(x * w)
    y.label = "y"
    return x, w, y, (y * y + x).named("L")


def test_local_gradient_is_what_the_backward_gives_for_one(graph) -> None:
    _, _, y, _ = graph
    y.backward()
    before = [node.grad for node in (y, *y.parents)]
    assert pytest.approx((1 - y.data**2,)) == y.local_gradient()
    assert before == [node.grad for node in (y, *y.parents)]


@pytest.mark.parametrize("detail", ["named", "primitive"])
def test_pictures_have_its_sign(graph, detail) -> None:
    *_, L = graph
    assert "tanh" in draw(L, detail=detail).svg
    assert "tanh" in draw_dot(L).source


def test_a_picture_of_gradients_has_its_slope(graph) -> None:
    _, w, y, L = graph
    assert f"{1 - y.data**2:.2f}" in draw(L, wrt=w, detail="primitive").svg


def test_a_walk_goes_through_it_with_the_numbers_of_backward(graph) -> None:
    x, w, y, L = graph
    steps = list(walk(L))
    told = [str(step) for step in steps]
    assert any(line.startswith("forward   y = tanh(") for line in told)
    assert "tanh" in walk(L).text()
    L.backward()
    last = {step.receiver: step.total for step in walk(L).backward()}
    assert pytest.approx([x.grad, w.grad, y.grad]) == [last[x], last[w], last[y]]


def test_a_walk_through_the_same_child_twice_is_complete() -> None:
    x = Value(3.0, label="x")
    steps = walk(times(x, x).named("s")).into("x")
    assert [(6.0, False), (6.0, True)] == [(step.total, step.complete) for step in steps]


def test_grad_and_jacobian_run_it() -> None:
    slope = 1 - math.tanh(0.5) ** 2
    assert pytest.approx(slope) == grad(tanh)(0.5)
    rows = jacobian(lambda v: [tanh(v[0]), v[1] * 1.0])([0.5, 2.0])
    assert pytest.approx([slope, 0.0, 0.0, 1.0]) == [*rows[0], *rows[1]]


def test_grad_touches_no_gradient_of_other_nodes() -> None:
    w = Value(2.0)
    w.grad = 7.0
    with no_grad():  # outside of it the result would be a graph over w
        assert pytest.approx(2 * (1 - math.tanh(1.0) ** 2)) == grad(lambda x: tanh(times(x, w)))(0.5)
    assert 7.0 == w.grad


# ---------------------------------------------------------------- readers that do


@pytest.mark.parametrize(
    "reader",
    [
        lambda x, w, L: L.backward(create_graph=True), lambda x, w, L: evaluate(L, {x: 0.7}),
        lambda x, w, L: L.forward(), lambda x, w, L: autograd.compile(L, inputs=[x], wrt=[w]),
        lambda x, w, L: derive(L, w), lambda x, w, L: derive(L),
        lambda x, w, L: check(L, w, "2*y*(1 - y^2)*x"), lambda x, w, L: check(L, w, 0.42),
        lambda x, w, L: check(L, None, {"w": "1"}), lambda x, w, L: copy.deepcopy(L), lambda x, w, L: pickle.dumps(L),
        lambda x, w, L: grad(grad(tanh))(0.5), lambda x, w, L: hessian(lambda v: tanh(v[0]) * v[1])([0.5, 1.0]),
        lambda x, w, L: jacobian(grad(lambda v: tanh(v[0]) * v[1]))([0.5, 1.0]),
        lambda x, w, L: autograd.gradcheck(tanh, 0.5),
    ],
    ids=["create_graph", "evaluate", "forward", "compile", "derive", "derive all", "check", "check a number",
         "check all", "deepcopy", "pickle", "grad of grad", "hessian", "jacobian of grad", "gradcheck"],
)  # fmt: skip
def test_what_needs_its_formula_refuses_it_by_name_and_offers_custom(reader, graph) -> None:
    x, w, y, L = graph
    L.backward()
    before = [node.grad for node in (x, w, y, L)]
    with pytest.raises(OperandError, match=r"'tanh'.* was made by hand: .*autograd\.custom\(name, forward, partials\)"):
        reader(x, w, L)
    assert before == [node.grad for node in (x, w, y, L)]
    assert math.tanh(1.0) == y.data


def test_custom_does_what_it_is_offered_for(table) -> None:
    tanh_ = custom("tanh_offered", math.tanh, lambda y, x: 1 - y * y)
    y = math.tanh(0.5)
    assert pytest.approx(-2 * y * (1 - y * y)) == grad(grad(tanh_))(0.5)


def test_what_lies_beside_it_may_be_copied_and_evaluated(graph) -> None:
    x, w, y, L = graph
    M = exp(x * w)
    assert pytest.approx(math.exp(3.0)) == evaluate(M, {x: 1.5})
    assert 1.5 == evaluate(L, {L: 1.5})
    assert copy.deepcopy(M).data == M.data


def test_held_at_a_number_it_is_evaluated(graph) -> None:
    x, _, y, L = graph
    assert 4.5 == evaluate(L, {y: 2.0})


def test_a_network_trained_with_it_is_trained_eagerly() -> None:
    import nn

    def loss(y, t):
        difference = y - t
        return times(difference, difference)

    net, same = nn.MLP(1, [2, 1], rng=0), nn.MLP(1, [2, 1], rng=0)
    X, T = [[0.1], [0.9]], [[0.2], [0.7]]
    history = nn.fit(net, X, T, loss=loss, optimizer=nn.SGD(net.parameters(), lr=0.1), epochs=3, progress=False)
    expected = nn.fit(same, X, T, loss=lambda y, t: (y - t) ** 2, optimizer=nn.SGD(same.parameters(), lr=0.1),
                      epochs=3, progress=False)  # fmt: skip
    assert pytest.approx(expected.losses, rel=1e-12) == history.losses
    assert pytest.approx([p.data for p in same.parameters()], rel=1e-12) == [p.data for p in net.parameters()]


@pytest.mark.parametrize("children", [5, None, b"x", {"a": 1}, object(), [1.0], (None,), "text".join, ["a"]])
def test_what_is_no_label_and_no_children_is_refused(children) -> None:
    with pytest.raises(OperandError, match="children"):
        Value(1.0, children)
    numpy = pytest.importorskip("numpy")
    with pytest.raises(OperandError, match="children"):
        Value(1.0, numpy.array(2.0))
