"""The well-known micrograd lecture, cell by cell, on `from autograd import Value` unchanged.

Andrej Karpathy, "The spelled-out intro to neural networks and backpropagation: building micrograd" (2022). The names
and numbers are the lecture's; only the line that imports Value is ours.
"""

from __future__ import annotations

import math
import random
import re

import pytest

from autograd import Value

pytestmark = pytest.mark.usefixtures("engine")


def expression() -> dict[str, Value]:
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    L = d * f
    L.label = "L"
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "L": L}


def neuron() -> dict[str, Value]:
    x1 = Value(2.0, label="x1")
    x2 = Value(0.0, label="x2")
    w1 = Value(-3.0, label="w1")
    w2 = Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    x1w1 = x1 * w1
    x1w1.label = "x1*w1"
    x2w2 = x2 * w2
    x2w2.label = "x2*w2"
    x1w1x2w2 = x1w1 + x2w2
    x1w1x2w2.label = "x1*w1 + x2*w2"
    n = x1w1x2w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    return {"x1": x1, "x2": x2, "w1": w1, "w2": w2, "b": b, "x1w1": x1w1, "x2w2": x2w2, "x1w1x2w2": x1w1x2w2,
            "n": n, "o": o}  # fmt: skip


GRADIENTS = {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5, "n": 0.5, "x1w1": 0.5, "x2w2": 0.5, "o": 1.0}


def check_neuron(nodes: dict[str, Value]) -> None:
    assert nodes["o"].data == pytest.approx(0.7071067811865476, rel=1e-12)
    for name, gradient in GRADIENTS.items():
        assert nodes[name].grad == pytest.approx(gradient, rel=1e-9, abs=1e-12), name


# ---------------------------------------------------------------- the Value object


def test_a_value_shows_its_data() -> None:
    a = Value(2.0)
    b = Value(-3.0)
    c = Value(10.0)
    assert repr(a) == "Value(2.0)"
    assert (a * b + c).data == 4.0


def test_prev_and_op_tell_where_a_value_came_from() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    d = a * b + c
    assert {child.data for child in d._prev} == {-6.0, 10.0}
    assert d._op == "+"
    (product,) = d._prev - {c}
    assert product._prev == {a, b} and product._op == "*"
    assert a._prev == set() and a._op == ""


@pytest.mark.parametrize(
    ("make", "sign"),
    [
        (lambda a: a + 1, "+"),
        (lambda a: a * 2, "*"),
        (lambda a: a**2, "**2"),
        (lambda a: a / 2, "/"),
        (lambda a: a - 1, "-"),
        (lambda a: a.tanh(), "tanh"),
        (lambda a: a.exp(), "exp"),
        (lambda a: a.relu(), "relu"),
    ],
)
def test_op_is_a_short_text(make, sign) -> None:
    assert make(Value(2.0))._op == sign


def test_the_expression_of_the_lecture_forward() -> None:
    nodes = expression()
    assert nodes["L"].data == -8.0
    assert nodes["L"]._prev == {nodes["d"], nodes["f"]}


# ---------------------------------------------------------------- manual backpropagation


@pytest.mark.parametrize(
    ("name", "gradient"), [("a", 6.0), ("b", -4.0), ("c", -2.0), ("d", -2.0), ("e", -2.0), ("f", 4.0), ("L", 1.0)]
)
def test_gradients_by_hand_with_a_small_h(name, gradient) -> None:
    """The lecture's `lol()`: everything is computed twice, the second time with one number nudged by h."""
    h = 0.001

    def nudged(by: float) -> float:
        a = Value(2.0 + by * (name == "a"), label="a")
        b = Value(-3.0 + by * (name == "b"), label="b")
        c = Value(10.0 + by * (name == "c"), label="c")
        e = a * b
        e.data += by * (name == "e")
        d = e + c
        d.data += by * (name == "d")
        f = Value(-2.0 + by * (name == "f"), label="f")
        L = d * f
        return L.data + by * (name == "L")

    assert (nudged(h) - nudged(0.0)) / h == pytest.approx(gradient, rel=1e-9)
    nodes = expression()
    nodes["L"].backward()
    assert nodes[name].grad == gradient


def test_gradients_may_be_filled_in_by_hand() -> None:
    nodes = expression()
    nodes["L"].grad = 1.0
    nodes["f"].grad = 4.0
    nodes["d"].grad = -2.0
    nodes["c"].grad = -2.0
    nodes["e"].grad = -2.0
    nodes["a"].grad = -2.0 * -3.0
    nodes["b"].grad = -2.0 * 2.0
    assert nodes["a"].grad == 6.0 and nodes["b"].grad == -4.0


def test_one_step_of_optimisation_in_place_then_forward_again() -> None:
    nodes = expression()
    a, b, c, f = (nodes[name] for name in "abcf")
    nodes["L"].backward()
    a.data += 0.01 * a.grad
    b.data += 0.01 * b.grad
    c.data += 0.01 * c.grad
    f.data += 0.01 * f.grad
    e = a * b
    d = e + c
    L = d * f
    assert L.data == pytest.approx(-7.286496, rel=1e-9)


# ---------------------------------------------------------------- a neuron


def test_the_neuron_backpropagated_by_the_whole() -> None:
    nodes = neuron()
    nodes["o"].backward()
    check_neuron(nodes)


def test_the_neuron_with_underscore_backward_called_by_hand_in_the_lectures_order() -> None:
    nodes = neuron()
    o, n, b = nodes["o"], nodes["n"], nodes["b"]
    o.grad = 1.0
    o._backward()
    assert n.grad == pytest.approx(0.5)
    n._backward()
    b._backward()
    nodes["x1w1x2w2"]._backward()
    nodes["x2w2"]._backward()
    nodes["x1w1"]._backward()
    check_neuron(nodes)


def test_the_neuron_with_the_topological_sort_of_the_lecture() -> None:
    nodes = neuron()
    topo = []
    visited = set()

    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build_topo(child)
            topo.append(v)

    o = nodes["o"]
    build_topo(o)
    assert topo[-1] is o and len(topo) == 10
    o.grad = 1.0
    for node in reversed(topo):
        node._backward()
    check_neuron(nodes)


def test_tanh_broken_up_into_exponentials_has_the_same_gradients() -> None:
    nodes = neuron()
    e = (2 * nodes["n"]).exp()
    o = (e - 1) / (e + 1)
    o.backward()
    check_neuron(nodes | {"o": o})


def test_the_bug_of_the_lecture_is_none_here() -> None:
    a = Value(3.0, label="a")
    b = a + a
    b.label = "b"
    b.backward()
    assert a.grad == 2.0

    a = Value(-2.0, label="a")
    b = Value(3.0, label="b")
    d = a * b
    e = a + b
    f = d * e
    f.backward()
    assert (a.grad, b.grad) == (-3.0, -8.0)


def test_the_bug_is_none_by_hand_either() -> None:
    a = Value(3.0)
    b = a + a
    b.grad = 1.0
    b._backward()
    assert a.grad == 2.0


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a: a + 1, 3.0), (lambda a: 1 + a, 3.0), (lambda a: a * 2, 4.0), (lambda a: 2 * a, 4.0),
        (lambda a: a / 4, 0.5), (lambda a: 4 / a, 2.0), (lambda a: a - 1, 1.0), (lambda a: 1 - a, -1.0),
        (lambda a: -a, -2.0), (lambda a: a**3, 8.0), (lambda a: a.exp(), math.exp(2)), (lambda a: a.relu(), 2.0),
    ],
)  # fmt: skip
def test_numbers_may_stand_on_either_side(make, expected) -> None:
    assert make(Value(2.0)).data == pytest.approx(expected, rel=1e-15)


def test_the_readme_example_of_micrograd() -> None:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


# ---------------------------------------------------------------- a multi-layer perceptron


class Neuron:
    def __init__(self, nin):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.tanh()

    def parameters(self):
        return self.w + [self.b]


class Layer:
    def __init__(self, nin, nout):
        self.neurons = [Neuron(nin) for _ in range(nout)]

    def __call__(self, x):
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    def __init__(self, nin, nouts):
        sz = [nin] + nouts
        self.layers = [Layer(sz[i], sz[i + 1]) for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


@pytest.mark.parametrize("seed", range(5))
def test_twenty_steps_of_training_lower_the_loss(seed) -> None:
    random.seed(seed)
    n = MLP(3, [4, 4, 1])
    assert len(n.parameters()) == 41
    losses = []
    for _ in range(20):
        ypred = [n(x) for x in XS]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(YS, ypred))
        for p in n.parameters():
            p.grad = 0.0
        loss.backward()
        for p in n.parameters():
            p.data += -0.05 * p.grad
        losses.append(loss.data)
    assert losses[-1] < losses[0] / 2


def test_forgetting_to_zero_the_gradients_adds_them_up_as_in_the_lecture() -> None:
    random.seed(0)
    n = MLP(3, [4, 4, 1])
    loss = sum((n(x) - y) ** 2 for x, y in zip(XS, YS))
    loss.backward()
    once = [p.grad for p in n.parameters()]
    loss.backward()
    assert [p.grad for p in n.parameters()] == [2 * g for g in once]


# ---------------------------------------------------------------- the picture


def test_draw_dot_returns_a_graphviz_object_with_labels_data_and_gradients() -> None:
    import graphviz

    from autograd import draw_dot

    nodes = neuron()
    nodes["o"].backward()
    picture = draw_dot(nodes["o"])
    assert isinstance(picture, (graphviz.Digraph, graphviz.Source))
    assert picture.source.startswith(("digraph", "//", "strict digraph"))
    for text in ("x1", "w1", "x2", "w2", "tanh", "grad", "0.7071", "6.881", "[-−]1\\.5", "0\\.5"):
        assert re.search(text, picture.source), text


def test_draw_dot_draws_both_edges_of_a_node_used_twice() -> None:
    from autograd import draw_dot

    a = Value(3.0, label="a")
    once, twice = draw_dot(a + 1.0).source.count("->"), draw_dot(a + a).source.count("->")
    assert twice == once + 1
