"""Workloads B, C and D: a network, its samples and how it is trained, the same for everybody.

B   2-16-16-1 tanh on 100 moons: the full batch in one step
C   2-3-2 sigmoid: one sample a step, 1,000 samples in a fixed order
D   64-64-32-10 sigmoid on 1,792 digits (made up: only their number counts): batches of 32

L2 loss, ½ Σ (y − t)², averaged over the batch; plain gradient descent, w ← w − η·g. An epoch is all samples once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from measuring import Goal, ahead_of, at_most

import nn

# Trains for so many epochs from the weights of the start; the mean loss of the last epoch's samples, each as it was
# before the step of its batch.
Training = Callable[[int], float]


@dataclass(frozen=True)
class Workload:
    """A network's shape, its data, and how it is trained."""

    name: str
    sizes: tuple[int, ...]
    activation: str
    X: Any
    T: Any
    batch: int
    rate: float
    compared: int  # epochs after which everybody's losses are compared
    long: int  # epochs of a long training
    goals: list[Goal]

    def network(self) -> nn.MLP:
        """The network as ours, with the weights of the start."""
        return nn.MLP(self.sizes[0], list(self.sizes[1:]), self.activation, rng=0)

    def weights(self) -> Any:
        """The weights of the start: layer by layer, for each neuron its weights and then its bias."""
        return numpy.array([leaf.data for leaf in self.network().parameters()])

    def layers(self, weights: Any) -> list[Any]:
        """The parts of these weights as matrices whose last columns are the biases."""
        found, place = [], 0
        for inputs, outputs in zip(self.sizes, self.sizes[1:], strict=False):
            size = outputs * (inputs + 1)
            found.append(weights[place : place + size].reshape(outputs, inputs + 1))
            place += size
        return found

    def batches(self) -> list[tuple[Any, Any]]:
        """The samples in order."""
        places = range(0, len(self.X), self.batch)
        return [(self.X[at : at + self.batch], self.T[at : at + self.batch]) for at in places]


def workloads() -> list[Workload]:
    """B, C and D."""
    return [_moons(), _one_by_one(), _digits()]


def _moons() -> Workload:
    X, kinds = nn.experiments.moons(100, rng=0)
    goals = [
        *at_most(1.25),
        *ahead_of({"NumPy": 2, "JAX": 3, "PyTorch": 8, "CasADi": 20, "micrograd": 30_000}),
        *ahead_of({"micrograd": 60}, "generated Python"),
    ]
    targets = numpy.array(kinds, dtype=float).reshape(100, 1)
    return Workload("B: 2-16-16-1 tanh, 100 samples in one step", (2, 16, 16, 1), "tanh", numpy.array(X), targets,
                    batch=100, rate=0.1, compared=3, long=20_000, goals=goals)  # fmt: skip


def _one_by_one() -> Workload:
    rng = numpy.random.default_rng(0)
    goals = [
        *at_most(1.1),
        *ahead_of({"CasADi": 9, "JAX": 250, "PyTorch": 1_500}),
        *ahead_of({"micrograd": 20, "delta rule in Python": 1.5}, "generated Python"),
    ]
    X, T = rng.normal(0, 1, (1000, 2)), rng.uniform(0.1, 0.9, (1000, 2))
    return Workload("C: 2-3-2 sigmoid, one sample a step", (2, 3, 2), "sigmoid", X, T, batch=1, rate=0.5, compared=2,
                    long=2_000, goals=goals)  # fmt: skip


def _digits() -> Workload:
    rng = numpy.random.default_rng(0)
    digits, kinds = rng.random((1792, 64)), numpy.eye(10)[rng.integers(0, 10, 1792)]
    goals = [*at_most(1.5), *ahead_of({"NumPy": 1, "JAX": 1, "PyTorch": 3.5})]
    return Workload("D: 64-64-32-10 sigmoid, 1,792 samples in batches of 32", (64, 64, 32, 10), "sigmoid", digits,
                    kinds, batch=32, rate=0.1, compared=2, long=100, goals=goals)  # fmt: skip
