"""Example graphs that several test files share: networks of the textbooks, and shapes that are hard on a graph walk."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, absolute, cos, demo, dot, exp, log, logsumexp, mean, sigmoid, sin, tanh
from autograd import sum as sum_of

__all__ = [
    "chain", "deep_network", "diamonds", "identity", "ladder", "line", "network_2_2_2", "network_2_3_2", "neuron",
    "polynomial", "recurrent", "second_order", "softmax_cross_entropy", "square", "values",
]  # fmt: skip


def values(**numbers: float) -> list[Value]:
    """A labelled leaf for every name."""
    return [Value(number, label) for label, number in numbers.items()]


def identity(x: Value) -> Value:
    """The activation function that does nothing; its result is a node of its own."""
    return +x


# ---------------------------------------------------------------- the worked examples


def network_2_3_2() -> demo.Network:
    """x_i, weights w_ij, a_j^(1), sigmoid units h_j, weights u_ij, a_j^(2), sigmoid outputs y_j, targets t_j, L."""
    return demo.network()


def network_2_2_2(activation: Callable[[Value], Value] = sigmoid, *, bias: bool = False) -> Value:
    """E_total = ½ Σ (target_k − a_ok)² of inputs i_1 and i_2, weights w_1 … w_8, sums h_j, o_k, activations a_hj, a_ok.

    Without biases, as its text has it, unless `bias` is set: then b_1 for the hidden layer and b_2 for the output.
    """
    inputs = [Value(0.05, "i_1"), Value(0.10, "i_2")]
    w = [Value(number, f"w_{k}") for k, number in enumerate((0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), 1)]
    targets = [Value(0.5, "target_1"), Value(0.99, "target_2")]
    b = [Value(0.35, "b_1"), Value(0.60, "b_2")] if bias else [0, 0]
    h = [dot(w[:2], inputs, b[0]).named("h_1"), dot(w[2:4], inputs, b[0]).named("h_2")]
    a_h = [sigmoid(x).named(f"a_h{j}") for j, x in enumerate(h, 1)]
    o = [dot(w[4:6], a_h, b[1]).named("o_1"), dot(w[6:], a_h, b[1]).named("o_2")]
    a_o = [activation(x).named(f"a_o{k}") for k, x in enumerate(o, 1)]
    errors = [(0.5 * (t - a) ** 2).named(f"E_{k}") for k, (t, a) in enumerate(zip(targets, a_o, strict=True), 1)]
    return sum_of(errors).named("E_total")


def neuron(t: float = 1.0) -> Value:
    """One neuron: E = ½(t − y)² of y = σ(a) of a = w·x + b: the decomposition into three factors."""
    w, x, b, target = values(w=0.4, x=1.5, b=-0.2, t=t)
    a = (w * x + b).named("a")
    y = sigmoid(a).named("y")
    return (0.5 * (target - y) ** 2).named("E")


def line(loss: str = "mse", points: Sequence[tuple[float, float]] = ((1.0, 2.0), (2.0, 2.5), (4.0, 5.5))) -> Value:
    """Linear regression: ŷ_i = m·x_i + b with labels y_i, targets t_i, and the "mse" or "mae" of all points."""
    m, b = values(m=0.75, b=0.5)
    terms = []
    for i, (at, target) in enumerate(points, 1):
        x, t = Value(at, f"x_{i}"), Value(target, f"t_{i}")
        y = (m * x + b).named(f"y_{i}")
        terms.append((y - t) ** 2 if loss == "mse" else absolute(y - t))
    return mean(terms).named("L")


# ---------------------------------------------------------------- repeated use


def square() -> Value:
    """x·x: one node used twice by another."""
    x = Value(3.0, "x")
    return (x * x).named("y")


def polynomial() -> Value:
    """Unlabelled nodes between labelled ones, and a leaf used in several of them."""
    x, y = values(x=1.25, y=-0.5)
    s = (x * y + sin(x)).named("s")
    return (s * s - s / (1 + x**2) + exp(-y)).named("L")


def recurrent(steps: int, label: Callable[[int], str] = "h_{}".format) -> Value:
    """h_t = tanh(w·h_{t−1} + u·x_t): the weights w and u are shared by all steps."""
    w, u, h = values(w=0.9, u=0.4, h_0=0.1)
    for step in range(1, steps + 1):
        x = Value(0.5 - step % 3, f"x_{step}")
        h = tanh(w * h + u * x).named(label(step))
    return h


def ladder(rungs: int, label: str = "l") -> Value:
    """Two rails with rungs across: 2^rungs paths through 2·rungs nodes."""
    left, right = values(p=0.3, q=0.7)
    for rung in range(1, rungs + 1):
        new = (left + 0.5 * right).named(f"{label}_{rung}") if label else left + 0.5 * right
        right = (0.25 * left - right).named(f"{label}r_{rung}") if label else 0.25 * left - right
        left = new
    return (left * right).named("L")


def diamonds(count: int, *, labelled: bool = True) -> Value:
    """x → x + x → … : every node uses the one before twice (halved, to keep the numbers small)."""
    x = Value(1.0, "x")
    for index in range(1, count + 1):
        x = 0.5 * (sigmoid(x) + sin(x))
        if labelled:
            x = x.named(f"d_{index}")
    return x if labelled else x.named("L")


def chain(length: int, *, labelled: bool = True) -> Value:
    """x → sin → cos → sin → …"""
    x = Value(0.5, "x")
    for index in range(1, length + 1):
        x = sin(x) if index % 2 else cos(x)
        if labelled:
            x = x.named(f"c_{index}")
    return x if labelled else x.named("L")


# ---------------------------------------------------------------- larger networks


def deep_network(sizes: Sequence[int], *, labelled: bool = True, seed: int = 0) -> Value:
    """Layers of tanh units over weighted sums, labelled w_l_i_j, b_l_j, a_l_j, h_l_j; the loss is the mean of h²."""
    rng = random.Random(seed)
    layer = [Value(rng.uniform(-1, 1), f"x_{i}") for i in range(1, sizes[0] + 1)]
    for depth, size in enumerate(sizes[1:], 1):
        units = []
        for j in range(1, size + 1):
            scale = len(layer) ** -0.5
            weights = [Value(rng.uniform(-scale, scale), f"w_{depth}_{i}_{j}") for i in range(1, len(layer) + 1)]
            a = dot(weights, layer, Value(rng.uniform(-0.1, 0.1), f"b_{depth}_{j}"))
            a = a.named(f"a_{depth}_{j}") if labelled else a
            units.append(tanh(a).named(f"h_{depth}_{j}") if labelled else tanh(a))
        layer = units
    return mean([unit**2 for unit in layer]).named("L")


def softmax_cross_entropy() -> Value:
    """L = log Σ exp(z_k) − z_2 of three logits z_k = w_k·x + b_k."""
    x = Value(1.5, "x")
    logits = []
    for k, (weight, bias) in enumerate(((0.2, 0.1), (-0.4, 0.3), (0.6, -0.5)), 1):
        logits.append((Value(weight, f"w_{k}") * x + Value(bias, f"b_{k}")).named(f"z_{k}"))
    return (logsumexp(logits) - logits[1]).named("L")


def second_order(function: Callable[..., Value], **numbers: float) -> tuple[dict[str, Value], dict[str, Any]]:
    """The leaves by name, and the nodes ∂f/∂leaf by the same names, as `backward(create_graph=True)` records them."""
    leaves = {leaf.label: leaf for leaf in values(**numbers)}
    function(*leaves.values()).backward(create_graph=True)
    return leaves, {name: leaf.grad for name, leaf in leaves.items()}


def log_likelihood(w: Value, b: Value) -> Value:
    """A small function with every kind of second derivative."""
    p = sigmoid(w * 1.5 + b)
    return -log(p) * w**2 + exp(b * w)
