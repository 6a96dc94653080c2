"""Trainings written by hand: in C, in NumPy's matrices, and in plain Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import repeat
from math import exp
from operator import mul
from typing import Any

import numpy
from limit import library, pointer
from workloads import Training, Workload

BLOCKS = (20, 32, 50, 100)


# ---------------------------------------------------------------- C


def in_c(workload: Workload) -> dict[str, Training]:
    """Every way in C: one sample at a time for the small network, blocks of samples for others."""
    if workload.batch == 1:
        return {f"C, {how}": _small(workload, function) for how, function in
                (("number by number", "by_number"), ("neurons in vectors", "by_layer"))}  # fmt: skip
    return {f"C, {how} of {samples}": _blocks(workload, file, samples) for how, file in
            (("blocks", "layers"), ("tiled blocks", "tiles")) for samples in BLOCKS}  # fmt: skip


def _small(workload: Workload, name: str) -> Training:
    function = getattr(library("small"), name)
    X, T, count = _samples(workload)

    def one(P: Any) -> float:
        return float(function(pointer(X), pointer(T), count, pointer(P), ctypes.c_double(workload.rate)))

    return _of_epochs(workload, function, one)


def _blocks(workload: Workload, file: str, samples: int) -> Training:
    inputs, first, second, outputs = workload.sizes
    tanh = {"TANH": 1} if workload.activation == "tanh" else {}
    function = library(file, INPUTS=inputs, FIRST=first, SECOND=second, OUTPUTS=outputs, SAMPLES=samples, **tanh).epoch
    X, T, count = _samples(workload)
    G = numpy.zeros_like(workload.weights())

    def one(P: Any) -> float:
        return float(function(pointer(X), pointer(T), count, pointer(P), pointer(G), ctypes.c_double(workload.rate),
                              ctypes.c_int64(workload.batch)))  # fmt: skip

    return _of_epochs(workload, function, one)


def _samples(workload: Workload) -> tuple[Any, Any, ctypes.c_int64]:
    return (numpy.ascontiguousarray(workload.X), numpy.ascontiguousarray(workload.T),
            ctypes.c_int64(len(workload.X)))  # fmt: skip


def _of_epochs(workload: Workload, function: Any, one: Callable[[Any], float]) -> Training:
    function.restype = ctypes.c_double
    start = workload.weights()

    def train(epochs: int) -> float:
        P = start.copy()
        for _ in range(epochs):
            total = one(P)
        return total / len(workload.X)

    return train


# ---------------------------------------------------------------- NumPy


def in_numpy(workload: Workload) -> dict[str, Training]:
    """Matrices of a batch, layer by layer."""
    batches, start = workload.batches(), workload.weights()
    activation, slope = _FUNCTIONS[workload.activation]

    def step(layers: list[tuple[Any, Any]], X: Any, T: Any) -> float:
        found = [X]
        for W, b in layers:
            found.append(activation(found[-1] @ W.T + b))
        error = found[-1] - T
        loss = 0.5 * float(numpy.vdot(error, error))
        delta = error * slope(found[-1]) * (workload.rate / len(X))
        for i in range(len(layers) - 1, -1, -1):
            W, b = layers[i]
            change = delta.T @ found[i]
            b -= delta.sum(axis=0)
            if i:
                delta = (delta @ W) * slope(found[i])
            W -= change
        return loss

    def train(epochs: int) -> float:
        layers = [(layer[:, :-1].copy(), layer[:, -1].copy()) for layer in workload.layers(start)]
        for _ in range(epochs):
            total = sum(step(layers, X, T) for X, T in batches)
        return total / len(workload.X)

    return {"NumPy": train}


_FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tanh": (numpy.tanh, lambda y: 1 - y * y),
    "sigmoid": (lambda a: 1 / (1 + numpy.exp(-a)), lambda y: y * (1 - y)),
}


# ---------------------------------------------------------------- plain Python


def in_python(workload: Workload) -> dict[str, Training]:
    """The delta rule for one hidden layer of sigmoids, one sample a step: lists of floats, nothing else."""
    if workload.batch > 1:
        return {}
    samples = list(zip(workload.X.tolist(), workload.T.tolist(), strict=True))
    rate = workload.rate

    def step(hidden: Any, output: Any, x: list[float], t: list[float]) -> float:
        x = [*x, 1.0]  # the last weight of a neuron is its bias
        h = [1 / (1 + exp(-sum(map(mul, w, x)))) for w in hidden]
        with_one = [*h, 1.0]
        y = [1 / (1 + exp(-sum(map(mul, u, with_one)))) for u in output]
        errors: list[float] = [b - a for a, b in zip(t, y, strict=True)]
        delta = [e * b * (1 - b) for e, b in zip(errors, y, strict=True)]
        back = [sum(map(mul, delta, column)) * a * (1 - a) for column, a in zip(zip(*output, strict=True), h)]  # noqa: B905
        for u, d in zip(output, delta, strict=True):
            u[:] = [w - rate * d * a for w, a in zip(u, with_one, strict=True)]
        for w, d in zip(hidden, back, strict=True):
            w[:] = [v - rate * d * a for v, a in zip(w, x, strict=True)]
        loss: float = sum(map(mul, errors, errors)) / 2
        return loss

    def train(epochs: int) -> float:
        hidden, output = (layer.tolist() for layer in workload.layers(workload.weights()))
        for _ in repeat(None, epochs):
            total = sum(step(hidden, output, x, t) for x, t in samples)
        return total / len(samples)

    return {"delta rule in Python": train}
