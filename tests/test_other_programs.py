"""Programs of the micrograd family, with nothing changed but the line that imports Value.

They are written anew in the shape of: micrograd's own tests, its `nn.py`, its demo and its `trace_graph` notebook
(Karpathy, 2020), the micrograd of LLM101n (Eureka Labs, 2024), and what people do who extend the class. The numbers
they are held against come from dual numbers, an independent forward mode of a few lines.
"""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from autograd import Value

pytestmark = pytest.mark.usefixtures("engine")


class Dual:
    """A number and its derivative; what the programs here do with a Value, they can do with it."""

    def __init__(self, data, slope=0.0):
        self.data, self.slope = data, slope

    def __add__(self, other):
        other = dual(other)
        return Dual(self.data + other.data, self.slope + other.slope)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.data * other.data, self.slope * other.data + self.data * other.slope)

    def __pow__(self, n):
        return Dual(self.data**n, n * self.data ** (n - 1) * self.slope)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -dual(other)

    def __rsub__(self, other):
        return dual(other) - self

    def __truediv__(self, other):
        return self * dual(other) ** -1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        return self if self.data > 0 else Dual(0.0)

    def tanh(self):
        t = math.tanh(self.data)
        return Dual(t, (1 - t * t) * self.slope)

    def exp(self):
        return Dual(math.exp(self.data), math.exp(self.data) * self.slope)

    def log(self):
        return Dual(math.log(self.data), self.slope / self.data)


def dual(number):
    return number if isinstance(number, Dual) else Dual(number)


def slopes(program, numbers):
    """∂program/∂number for each number, by dual numbers."""
    return [
        program(*(Dual(number, float(i == place)) for i, number in enumerate(numbers))).slope
        for place in range(len(numbers))
    ]


def check_program(program, *numbers):
    """The value and all gradients of a program on Values, against dual numbers."""
    leaves = [Value(number) for number in numbers]
    output = program(*leaves)
    output.backward()
    assert output.data == pytest.approx(program(*map(Dual, numbers)).data, rel=1e-12)
    assert [leaf.grad for leaf in leaves] == pytest.approx(slopes(program, numbers), rel=1e-11)
    return output


# ---------------------------------------------------------------- micrograd's own tests


def sanity(x):
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def more_operations(a, b):
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
    return g


def test_the_sanity_check() -> None:
    y = check_program(sanity, -4.0)
    assert y.data == -20.0


def test_more_operations() -> None:
    check_program(more_operations, -4.0, 2.0)


@pytest.mark.parametrize("seed", range(3))
def test_both_at_other_points(seed) -> None:
    rng = random.Random(seed)
    check_program(sanity, rng.uniform(-3, 3))
    check_program(more_operations, rng.uniform(-3, 3), rng.uniform(-3, 3))


# ---------------------------------------------------------------- nn.py and the demo


class Module:
    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0

    def parameters(self):
        return []


class Neuron(Module):
    def __init__(self, nin, nonlin=True, rng=random):
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.relu() if self.nonlin else act

    def parameters(self):
        return self.w + [self.b]

    def __repr__(self):
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP(Module):
    def __init__(self, nin, nouts, **kwargs):
        sz = [nin] + nouts
        self.layers = [Layer(sz[i], sz[i + 1], nonlin=i != len(nouts) - 1, **kwargs) for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def moons(count, seed):
    """Two half circles, as sklearn's make_moons makes them: rows of float64, labels −1 and 1 of int64."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, math.pi, count)
    upper = np.arange(count) % 2 == 0
    x = np.where(upper, np.cos(angles), 1 - np.cos(angles))
    y = np.where(upper, np.sin(angles), 0.5 - np.sin(angles))
    return np.stack([x, y], axis=1) + rng.normal(0, 0.1, (count, 2)), np.where(upper, -1, 1)


def demo_loss(model, X, y):
    inputs = [list(map(Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    alpha = 1e-4
    reg_loss = alpha * sum(p * p for p in model.parameters())
    total_loss = data_loss + reg_loss
    accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
    return total_loss, sum(accuracy) / len(accuracy)


def test_the_demo_learns_the_moons() -> None:
    X, y = moons(40, 1337)
    model = MLP(2, [8, 8, 1], rng=random.Random(1337))
    first = None
    for k in range(40):
        total_loss, acc = demo_loss(model, X, y)
        first = first or total_loss.data
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    assert type(total_loss) is Value
    assert total_loss.data < first / 2 and acc > 0.85


def test_the_gradients_of_the_demo_are_those_of_dual_numbers() -> None:
    X, y = moons(6, 3)
    model = MLP(2, [3, 1], rng=random.Random(0))
    parameters = model.parameters()
    numbers = [p.data for p in parameters]
    total_loss, _ = demo_loss(model, X, y)
    total_loss.backward()
    found = [p.grad for p in parameters]

    def program(*p):
        one = [p[3 * i : 3 * i + 3] for i in range(3)]
        losses = []
        for row, target in zip(X, y):
            h = [(w0 * float(row[0]) + w1 * float(row[1]) + b).relu() for w0, w1, b in one]
            losses.append((1 + (p[9] * h[0] + p[10] * h[1] + p[11] * h[2] + p[12]) * float(-target)).relu())
        return sum(losses) * (1 / len(losses)) + sum(each * each for each in p) * 1e-4

    assert found == pytest.approx(slopes(program, numbers), rel=1e-10, abs=1e-15)


# ---------------------------------------------------------------- trace_graph


def trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root, format="svg", rankdir="LR"):
    from graphviz import Digraph

    assert rankdir in ["LR", "TB"]
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})
    for n in nodes:
        uid = str(id(n))
        dot.node(name=uid, label="{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad), shape="record")
        if n._op:
            dot.node(name=uid + n._op, label=n._op)
            dot.edge(uid + n._op, uid)
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


def test_the_notebook_that_traces_and_draws() -> None:
    x, w = Value(1.0, label="x"), Value(2.0, label="w")
    y = (x * w + 1).relu()
    y.backward()
    nodes, edges = trace(y)
    source = draw_dot(y, rankdir="TB").source
    assert (5, 4) == (len(nodes), len(edges))
    assert all(isinstance(n, Value) for n in nodes)
    assert source.count("->") == 4 + 3
    for part in ("{ x | data 1.0000 | grad 2.0000 }", "label=relu", 'label="*"', 'label="+"'):
        assert part in source, part


@pytest.mark.parametrize("options", [{}, {"format": "svg", "rankdir": "LR"}, {"format": "png", "rankdir": "TB"}])
def test_our_draw_dot_takes_what_theirs_takes(options) -> None:
    from autograd import draw_dot

    x = Value(1.0, label="x")
    y = (x * 2 + 1).tanh()
    picture = draw_dot(y, **options)
    assert "tanh" in picture.source
    assert f"rankdir={options.get('rankdir', 'LR')}" in picture.source.replace('"', "")


# ---------------------------------------------------------------- the lecture's class, extended


def test_the_lectures_own_operations_in_a_class_of_ones_own() -> None:
    # Every operation is the program's own closure; ours only keep the graph and send the gradients back.
    class Lecture(Value):
        def __init__(self, data, _children=(), _op="", label=""):
            super().__init__(data, _children, _op, label)

        def __add__(self, other):
            other = other if isinstance(other, Lecture) else Lecture(other)
            out = Lecture(self.data + other.data, (self, other), "+")

            def _backward():
                self.grad += 1.0 * out.grad
                other.grad += 1.0 * out.grad

            out._backward = _backward
            return out

        def __mul__(self, other):
            other = other if isinstance(other, Lecture) else Lecture(other)
            out = Lecture(self.data * other.data, (self, other), "*")

            def _backward():
                self.grad += other.data * out.grad
                other.grad += self.data * out.grad

            out._backward = _backward
            return out

        def __rmul__(self, other):
            return self * other

        def sin(self):
            out = Lecture(math.sin(self.data), (self,), "sin")

            def _backward():
                self.grad += math.cos(self.data) * out.grad

            out._backward = _backward
            return out

    x1, w1, b = Lecture(2.0, label="x1"), Lecture(-3.0, label="w1"), Lecture(6.88, label="b")
    n = x1 * w1 + b
    o = (2 * n).sin() + n.tanh()
    o.backward()
    slope = 2 * math.cos(2 * 0.88) + 1 - math.tanh(0.88) ** 2
    assert [x1.grad, w1.grad, b.grad] == pytest.approx([-3 * slope, 2 * slope, slope], rel=1e-12)
    assert type(o) is Lecture and {type(node) for node in trace(o)[0]} == {Lecture}
    assert {node._op for node in trace(o)[0]} == {"", "*", "+", "sin", "tanh"}


def test_a_subclass_may_override_an_operator_and_use_ours_within() -> None:
    class Counting(Value):
        added = 0

        def __add__(self, other):
            Counting.added += 1
            return super().__add__(other)

        __radd__ = __add__

    x = Counting(2.0)
    y = sum([x, x * x, 3.0])
    y.backward()
    assert (3, Counting, 9.0, 5.0) == (Counting.added, type(y), y.data, x.grad)


def test_a_subclass_may_add_methods_state_and_another_signature() -> None:
    class Parameter(Value):
        made = []

        def __init__(self, name, data):
            super().__init__(data)
            self.name = name
            self.history = []
            self.made.append(name)

        def step(self, lr):
            self.history.append(self.data)
            self.data -= lr * self.grad

    w = Parameter("w", 3.0)
    loss = (w - 1) ** 2
    loss.backward()
    w.step(0.25)
    assert (Parameter, ["w"], [3.0], 2.0) == (type(loss), Parameter.made, w.history, w.data)
    assert not hasattr(loss, "name")  # results are made without a call of `__init__`


def test_a_topological_sort_of_ones_own_calls_backward_step_by_step() -> None:
    def backprop(root):
        order, stack, seen = [], [(root, False)], set()
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack += [(child, False) for child in node._prev]
        for node in order:
            node.grad = 0.0
        root.grad = 1.0
        for node in reversed(order):
            node._backward()

    a, b = Value(-4.0), Value(2.0)
    backprop(more_operations(a, b))
    assert [a.grad, b.grad] == pytest.approx(slopes(more_operations, [-4.0, 2.0]), rel=1e-12)


def test_a_backward_method_of_ones_own() -> None:
    class Own(Value):
        def backward(self):
            order = []

            def build(v):
                if v not in order:
                    for child in v._prev:
                        build(child)
                    order.append(v)

            build(self)
            self.grad = 1.0
            for v in reversed(order):
                v._backward()

    x = Own(3.0)
    y = x * x + x.exp()
    y.backward()
    assert x.grad == pytest.approx(6 + math.exp(3), rel=1e-14)


# ---------------------------------------------------------------- LLM101n's micrograd


class RNG:
    """xorshift*, for the same numbers in every language."""

    def __init__(self, seed):
        self.state = seed

    def random_u32(self):
        self.state ^= (self.state >> 12) & 0xFFFFFFFFFFFFFFFF
        self.state ^= (self.state << 25) & 0xFFFFFFFFFFFFFFFF
        self.state ^= (self.state >> 27) & 0xFFFFFFFFFFFFFFFF
        return ((self.state * 0x2545F4914F6CDD1D) >> 32) & 0xFFFFFFFF

    def uniform(self, a=0.0, b=1.0):
        return a + (b - a) * ((self.random_u32() >> 8) / 16777216.0)


class TanhNet:
    def __init__(self, sizes, rng):
        self.layers = [
            [([Value(rng.uniform(-1, 1) * nin**-0.5) for _ in range(nin)], Value(0.0)) for _ in range(nout)]
            for nin, nout in zip(sizes, sizes[1:])
        ]

    def __call__(self, x):
        for number, layer in enumerate(self.layers):
            x = [sum((wi * xi for wi, xi in zip(w, x)), b) for w, b in layer]
            x = [a.tanh() for a in x] if number < len(self.layers) - 1 else x
        return x

    def parameters(self):
        return [p for layer in self.layers for w, b in layer for p in (*w, b)]


class AdamW:
    def __init__(self, parameters, lr=1e-1, betas=(0.9, 0.95), eps=1e-8, weight_decay=1e-4):
        self.parameters, self.lr, self.betas, self.eps, self.weight_decay = parameters, lr, betas, eps, weight_decay
        self.t = 0
        for p in self.parameters:
            p.m = 0.0
            p.v = 0.0

    def step(self):
        self.t += 1
        for p in self.parameters:
            p.m = self.betas[0] * p.m + (1 - self.betas[0]) * p.grad
            p.v = self.betas[1] * p.v + (1 - self.betas[1]) * p.grad**2
            m_hat = p.m / (1 - self.betas[0] ** self.t)
            v_hat = p.v / (1 - self.betas[1] ** self.t)
            p.data -= self.lr * (m_hat / (v_hat**0.5 + self.eps) + self.weight_decay * p.data)

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0


def cross_entropy(logits, target):
    max_val = max(val.data for val in logits)
    logits = [val - max_val for val in logits]
    ex = [x.exp() for x in logits]
    denom = sum(ex)
    probs = [x / denom for x in ex]
    return -(probs[target].log())


def test_the_trainer_of_llm101n_learns_three_classes() -> None:
    rng = RNG(42)
    data = []
    for _ in range(30):
        x, y = rng.uniform(-2, 2), rng.uniform(-2, 2)
        data.append(([Value(x), Value(y)], 0 if x < 0 and y < 0 else 1 if x < 0 else 2))
    model = TanhNet([2, 8, 3], rng)
    optimizer = AdamW(model.parameters())
    losses = []
    for _ in range(25):
        loss = Value(0)
        for x, target in data:
            loss = loss + cross_entropy(model(x), target)
        loss = loss * (1.0 / len(data))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.data)
    assert losses[0] == pytest.approx(math.log(3), rel=0.4) and losses[-1] < 0.25
    assert all(p.m != 0 and p.v > 0 for p in model.parameters())


def test_its_cross_entropy_has_the_slope_p_minus_t() -> None:
    numbers = [0.3, -1.2, 2.0]
    logits = [Value(x) for x in numbers]
    cross_entropy(logits, 1).backward()
    total = sum(map(math.exp, numbers))
    expected = [math.exp(x) / total - (i == 1) for i, x in enumerate(numbers)]
    assert [z.grad for z in logits] == pytest.approx(expected, rel=1e-12)
    assert expected == pytest.approx(slopes(lambda *z: cross_entropy(z, 1), numbers), rel=1e-12)
