"""Workloads B and D: networks of layers, trained on a mean L2 loss.

B   2-16-16-1 tanh, 100 moons, the full batch at once
D   64-64-32-10 sigmoid, 1,792 digits (made up: only their number counts) in batches of 32

What is measured is the sum of the losses and its gradient, batch by batch, without the steps: the place of the training
loop is `_replay`, which will call it once it exists. C takes its steps, too, with a rate of 0.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy
from limit import library, pointer
from measuring import Row, medians, rows

import nn
from autograd import Value
from autograd.replay.program import compile  # noqa: A004

Turns = dict[str, Callable[[], float]]
BLOCKS = (20, 32, 50, 100)


@dataclass
class Workload:
    """A network's shape, its data, and its parameters: for each neuron its weights, then its bias."""

    name: str
    sizes: tuple[int, int, int, int]
    activation: str
    X: Any
    T: Any
    batch: int
    targets: dict[str, str]

    def network(self) -> nn.MLP:
        """The network as ours."""
        return nn.MLP(self.sizes[0], list(self.sizes[1:]), self.activation, rng=0)

    def layers(self) -> list[Any]:
        """The parameters as matrices whose last column are the biases."""
        given = numpy.array([leaf.data for leaf in self.network().parameters()])
        found = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:], strict=False):
            found.append(given[: outputs * (inputs + 1)].reshape(outputs, inputs + 1))
            given = given[outputs * (inputs + 1) :]
        return found

    def batches(self) -> list[tuple[Any, Any]]:
        """The data in order."""
        places = range(0, len(self.X), self.batch)
        return [(self.X[at : at + self.batch], self.T[at : at + self.batch]) for at in places]


def workloads() -> list[Workload]:
    """B and D."""
    rng = numpy.random.default_rng(0)
    moons, digits = rng.normal(0, 1, (100, 2)), rng.random((1792, 64))
    kinds = numpy.eye(10)[rng.integers(0, 10, 1792)]
    return [
        Workload("B 2-16-16-1 tanh, 100 samples", (2, 16, 16, 1), "tanh", moons,
                 numpy.sign(moons[:, :1] * moons[:, 1:]), 100,
                 {"replay": "1.25", "NumPy": "≥ 2", "JAX": "≥ 3", "PyTorch": "≥ 8", "CasADi": "≥ 20",
                  "micrograd": "≥ 30,000"}),
        Workload("D 64-64-32-10 sigmoid, batches of 32", (64, 64, 32, 10), "sigmoid", digits, kinds, 32,
                 {"replay": "1.5", "PyTorch": "≥ 3.5"}),
    ]  # fmt: skip


def measured(workload: Workload, repeats: int, say: Callable[[str], None]) -> Iterator[Row]:
    """One workload by everybody who is installed."""
    turns: Turns = {f"C {samples} samples": _in_c(workload, samples) for samples in BLOCKS}
    turns["replay"] = _replay(workload)
    turns["NumPy"] = _in_numpy(workload)
    for name, made in (("JAX", _in_jax), ("PyTorch", _in_torch), ("CasADi", _in_casadi), ("micrograd", _in_micrograd)):
        try:
            turn = made(workload)
        except ImportError:
            say(f"{workload.name}: {name} is not installed")
            continue
        if turn is not None:
            turns[name] = turn
    expected = next(iter(turns.values()))()
    for who, turn in turns.items():
        assert abs(turn() - expected) <= 1e-9 * abs(expected), (workload.name, who)
    yield from rows(workload.name, "sample", medians(turns, repeats), len(workload.X), workload.targets)


# ---------------------------------------------------------------- who takes part


def _in_c(workload: Workload, samples: int) -> Callable[[], float]:
    inputs, first, second, outputs = workload.sizes
    tanh = {"TANH": 1} if workload.activation == "tanh" else {}
    function = library("layers", INPUTS=inputs, FIRST=first, SECOND=second, OUTPUTS=outputs, SAMPLES=samples,
                       **tanh).epoch  # fmt: skip
    function.restype = ctypes.c_double
    P = numpy.concatenate([layer.ravel() for layer in workload.layers()])
    G = numpy.zeros_like(P)
    X, T = numpy.ascontiguousarray(workload.X), numpy.ascontiguousarray(workload.T)
    return lambda: float(function(pointer(X), pointer(T), ctypes.c_int64(len(X)), pointer(P), pointer(G),
                                  ctypes.c_double(0.0), ctypes.c_int64(workload.batch)))  # fmt: skip


def _replay(workload: Workload) -> Callable[[], float]:
    """Batch by batch at the level of the kernels: the training loop inside compiled code will take this place."""
    net = workload.network()
    x, t = [Value(0.1) for _ in range(net.inputs)], [Value(0.2) for _ in range(net.outputs)]
    output = nn.l2_loss(net(x, labelled=False), t if net.outputs > 1 else t[0])
    program = compile(output, [*x, *t], net.parameters(), engine="numba")
    batches = [numpy.concatenate(batch, axis=1) for batch in workload.batches()]
    runner = program._runner
    runner.value_and_grad(batches[0], [leaf.data for leaf in program.tape.leaves])  # puts the parameters in their place

    def turn() -> float:
        total = 0.0
        for batch in batches:
            runner.D[:] = 0.0
            total += runner._lanes(len(batch)).value_and_grad(batch)[0]
        return total

    return turn


def _in_numpy(workload: Workload) -> Callable[[], float]:
    layers = workload.layers()
    batches = workload.batches()

    def activation(z: Any) -> Any:
        return numpy.tanh(z) if workload.activation == "tanh" else 1 / (1 + numpy.exp(-z))

    def slope(y: Any) -> Any:
        return 1 - y * y if workload.activation == "tanh" else y * (1 - y)

    def one(X: Any, T: Any) -> float:
        found = [X]
        for layer in layers:
            found.append(activation(found[-1] @ layer[:, :-1].T + layer[:, -1]))
        error = found[-1] - T
        total = 0.5 * float((error * error).sum())
        delta = error * slope(found[-1])
        for layer, inputs in zip(reversed(layers), reversed(found[:-1]), strict=True):
            gradient = delta.T @ inputs, delta.sum(axis=0)
            if layer is not layers[0]:
                delta = (delta @ layer[:, :-1]) * slope(inputs)
            del gradient
        return total

    return lambda: sum(one(X, T) for X, T in batches)


def _in_jax(workload: Workload) -> Callable[[], float]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss(layers: Any, X: Any, T: Any) -> Any:
        for layer in layers:
            z = X @ layer[:, :-1].T + layer[:, -1]
            X = jnp.tanh(z) if workload.activation == "tanh" else jax.nn.sigmoid(z)
        return 0.5 * ((X - T) ** 2).sum()

    run = jax.jit(jax.value_and_grad(loss))
    layers = [jnp.array(layer) for layer in workload.layers()]
    batches = [(jnp.array(X), jnp.array(T)) for X, T in workload.batches()]
    return lambda: sum(float(jax.block_until_ready(run(layers, X, T))[0]) for X, T in batches)


def _in_torch(workload: Workload) -> Callable[[], float]:
    import torch  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    parts: list[Any] = []
    for layer in workload.layers():
        outputs, inputs = layer.shape[0], layer.shape[1] - 1
        linear = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer[:, :-1]))
            linear.bias.copy_(torch.tensor(layer[:, -1]))
        parts += [linear, torch.nn.Tanh() if workload.activation == "tanh" else torch.nn.Sigmoid()]
    net = torch.nn.Sequential(*parts)
    batches = [(torch.tensor(X), torch.tensor(T)) for X, T in workload.batches()]

    def one(X: Any, T: Any) -> float:
        net.zero_grad()
        loss = 0.5 * ((net(X) - T) ** 2).sum()
        loss.backward()
        return float(loss)

    return lambda: sum(one(X, T) for X, T in batches)


def _scalar_loss(sizes: tuple[int, ...], leaves: list[Any], x: list[Any], t: list[Any], activation: Any) -> Any:
    """The loss of one sample, written in scalars."""
    taken = iter(leaves)
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        assert len(x) == inputs
        found = []
        for _ in range(outputs):
            weights = [next(taken) for _ in range(inputs)]
            found.append(activation(sum((w * each for w, each in zip(weights, x, strict=True)), next(taken))))
        x = found
    return 0.5 * sum((a - b) ** 2 for a, b in zip(x, t, strict=True))


def _in_casadi(workload: Workload) -> Callable[[], float]:
    import casadi

    def activation(z: Any) -> Any:
        return casadi.tanh(z) if workload.activation == "tanh" else 1 / (1 + casadi.exp(-z))

    P = numpy.concatenate([layer.ravel() for layer in workload.layers()])
    x, t, p = casadi.SX.sym("x", workload.sizes[0]), casadi.SX.sym("t", workload.sizes[3]), casadi.SX.sym("p", len(P))
    loss = _scalar_loss(workload.sizes, *map(casadi.vertsplit, (p, x, t)), activation)
    function = casadi.Function("loss", [x, t, p], [loss, casadi.gradient(loss, p)])
    buffers, call = function.buffer()
    places = numpy.zeros(workload.sizes[0]), numpy.zeros(workload.sizes[3]), P
    results = numpy.zeros(1), numpy.zeros(len(P))
    for i, place in enumerate(places):
        buffers.set_arg(i, memoryview(place))
    for i, place in enumerate(results):
        buffers.set_res(i, memoryview(place))

    def turn(kept: Any = (function, buffers)) -> float:
        total, gradient = 0.0, numpy.zeros(len(P))
        for row, target in zip(workload.X, workload.T, strict=True):
            places[0][:], places[1][:] = row, target
            call()
            total += float(results[0][0])
            gradient += results[1]
        return total

    return turn


def _in_micrograd(workload: Workload) -> Callable[[], float] | None:
    from micrograd.engine import Value as Node

    if len(workload.X) > 100:
        return None  # minutes for one turn

    def tanh(z: Any) -> Any:
        out = Node(math.tanh(z.data), (z,), "tanh")

        def _backward() -> None:
            z.grad += (1 - out.data * out.data) * out.grad

        out._backward = _backward
        return out

    leaves = [Node(float(number)) for layer in workload.layers() for number in layer.ravel()]
    data = workload.X.tolist(), workload.T.tolist()

    def turn() -> float:
        for leaf in leaves:
            leaf.grad = 0
        losses = [_scalar_loss(workload.sizes, leaves, x, t, tanh) for x, t in zip(*data, strict=True)]
        total = sum(losses)
        total.backward()
        return float(total.data)

    return turn
