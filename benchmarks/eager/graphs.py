"""What is built and differentiated: chains, Rosenbrock's function, a small network in two styles."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import autograd
from autograd import dot, mean

Make = Callable[[float], Any]  # a Value of some engine


def chain(make: Make, nodes: int) -> tuple[Any, list[Any]]:
    """u ← u·w + b, again and again: `nodes` operations, half of them products and half sums, on three leaves."""
    u = start = make(0.5)
    w, b = make(0.9), make(0.1)
    for _ in range(nodes // 2):
        u = u * w + b
    return u, [start, w, b]


def chain_turn(make: Make, nodes: int) -> list[float]:
    """Build the chain and send the gradient back; the gradients of the leaves."""
    output, leaves = chain(make, nodes)
    output.backward()
    return [leaf.grad for leaf in leaves]


def rosenbrock(x: Sequence[Any]) -> Any:
    """Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², added up as one writes it in Python."""
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def rosenbrock_summed(x: Sequence[Any]) -> Any:
    """The same by one sum."""
    return autograd.sum([100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1)])


def point(size: int) -> list[float]:
    """Where Rosenbrock's function is differentiated."""
    return [0.1 * (i % 7) for i in range(size)]


def by_hand(f: Callable[[list[Any]], Any], x: Sequence[float]) -> list[float]:
    """A gradient by Values and `backward()`."""
    leaves = [autograd.Value(number) for number in x]
    f(leaves).backward()
    return [leaf.grad for leaf in leaves]


# ---------------------------------------------------------------- a network


SIZES = (2, 16, 16, 1)
RATE = 0.05


def samples() -> tuple[list[tuple[float, float]], list[float]]:
    """100 points of a square, labelled by their quadrant."""
    rng = random.Random(0)
    points = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(100)]
    return points, [1.0 if x * y > 0 else -1.0 for x, y in points]


def weights() -> Iterator[float]:
    """The same start for every engine."""
    rng = random.Random(1)
    while True:
        yield rng.uniform(-1, 1)


class Ours:
    """The network with a weighted sum as one node; a neuron's weights and a layer's outputs are tuples."""

    def __init__(self) -> None:
        number = weights()
        self.layers = [
            [(tuple(autograd.Value(next(number)) for _ in range(fan_in)), autograd.Value(0.0)) for _ in range(fan_out)]
            for fan_in, fan_out in pairwise(SIZES)
        ]
        self.parameters = [p for layer in self.layers for weight, bias in layer for p in (*weight, bias)]

    def output(self, x: tuple[Any, ...]) -> Any:
        """tanh in the hidden layers, the weighted sum itself in the last."""
        *hidden, last = self.layers
        for layer in hidden:
            x = tuple([dot(weight, x, bias).tanh() for weight, bias in layer])
        ((weight, bias),) = last
        return dot(weight, x, bias)

    def step(self, points: list[tuple[float, float]], targets: list[float]) -> float:
        """One step of gradient descent on the mean squared error; the loss before it."""
        loss = mean([(self.output(x) - t) ** 2 for x, t in zip(points, targets, strict=True)])
        for p in self.parameters:
            p.grad = 0.0
        loss.backward()
        for p in self.parameters:
            p.data -= RATE * p.grad
        return float(loss.data)


class Micrograd:
    """The same network in micrograd's style: a weighted sum is a chain of products and sums, as in its `nn.Neuron`."""

    def __init__(self, engine: Any) -> None:
        number = weights()
        self.value = engine.Value
        self.layers = [
            [([engine.Value(next(number)) for _ in range(fan_in)], engine.Value(0.0)) for _ in range(fan_out)]
            for fan_in, fan_out in pairwise(SIZES)
        ]
        self.parameters = [p for layer in self.layers for weight, bias in layer for p in (*weight, bias)]

    def tanh(self, x: Any) -> Any:
        """The tanh of micrograd's lecture; the package has none."""
        t = math.tanh(x.data)
        out = self.value(t, (x,), "tanh")

        def _backward() -> None:
            x.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def output(self, x: Any) -> Any:
        """As above."""
        for number, layer in enumerate(self.layers, start=1):
            sums = [sum((w * x_i for w, x_i in zip(weight, x, strict=True)), bias) for weight, bias in layer]
            x = [self.tanh(a) for a in sums] if number < len(self.layers) else sums
        return x[0]

    def step(self, points: list[tuple[float, float]], targets: list[float]) -> float:
        """As above."""
        losses = [(self.output(x) - t) ** 2 for x, t in zip(points, targets, strict=True)]
        loss = sum(losses[1:], losses[0]) * (1.0 / len(losses))
        for p in self.parameters:
            p.grad = 0
        loss.backward()
        for p in self.parameters:
            p.data -= RATE * p.grad
        return float(loss.data)
