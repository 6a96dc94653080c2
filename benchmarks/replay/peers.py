"""Trainings by other libraries, each in the loop that suits it best. A module that is missing raises ImportError."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
from measuring import collector_off
from workloads import Training, Workload

# ---------------------------------------------------------------- JAX


def in_jax(workload: Workload) -> dict[str, Training]:
    """The whole step jitted; called for every step, and inside of a jitted loop over all steps."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # one thread
    activation = jnp.tanh if workload.activation == "tanh" else jax.nn.sigmoid

    def loss(layers: Any, X: Any, T: Any) -> Any:
        for W, b in layers:
            X = activation(X @ W.T + b)
        return 0.5 * ((X - T) ** 2).sum() / len(T)

    def step(layers: Any, X: Any, T: Any) -> Any:
        found, gradients = jax.value_and_grad(loss)(layers, X, T)
        return jax.tree.map(lambda w, g: w - workload.rate * g, layers, gradients), found * len(T)

    start = [(jnp.array(layer[:, :-1]), jnp.array(layer[:, -1])) for layer in workload.layers(workload.weights())]
    batches = [(jnp.array(X), jnp.array(T)) for X, T in workload.batches()]
    stacked = tuple(jnp.stack(each) for each in zip(*batches, strict=True))

    def all_epochs(epochs: Any) -> Any:
        def epoch(_: Any, state: Any) -> Any:
            layers, losses = jax.lax.scan(lambda layers, batch: step(layers, *batch), state[0], stacked)
            return layers, losses.sum()

        return jax.lax.fori_loop(0, epochs, epoch, (start, 0.0))[1]

    jitted, jitted_loop = jax.jit(step), jax.jit(all_epochs)

    def train(epochs: int) -> float:
        layers = start
        for _ in range(epochs):
            losses = []
            for X, T in batches:
                layers, found = jitted(layers, X, T)
                losses.append(found)
        return sum(map(float, losses)) / len(workload.X)

    return {"JAX": train, "JAX, loop inside": lambda epochs: float(jitted_loop(epochs)) / len(workload.X)}


# ---------------------------------------------------------------- PyTorch


def in_torch(workload: Workload) -> dict[str, Training]:
    """nn.Linear, autograd and optim.SGD in its loop over parameters (fused and foreach were no faster)."""
    import torch

    torch.set_num_threads(1)
    batches = [(torch.tensor(X), torch.tensor(T)) for X, T in workload.batches()]

    layers, parts = workload.layers(workload.weights()), list[Any]()
    for layer in layers:
        parts.append(torch.nn.Linear(layer.shape[1] - 1, layer.shape[0], dtype=torch.float64))
        parts.append(torch.nn.Tanh() if workload.activation == "tanh" else torch.nn.Sigmoid())
    net = torch.nn.Sequential(*parts)
    optimiser = torch.optim.SGD(net.parameters(), lr=workload.rate, foreach=False)  # (to make one takes 0.05 s)

    def begin() -> None:
        with torch.no_grad():
            for linear, layer in zip(parts[::2], layers, strict=True):
                linear.weight.copy_(torch.tensor(layer[:, :-1]))
                linear.bias.copy_(torch.tensor(layer[:, -1]))

    def train(epochs: int) -> float:
        begin()
        for _ in range(epochs):
            total = 0.0
            for X, T in batches:
                optimiser.zero_grad()
                loss = 0.5 * torch.nn.functional.mse_loss(net(X), T, reduction="sum") / len(X)
                loss.backward()
                optimiser.step()
                total += loss.item() * len(X)
        return total / len(workload.X)

    return {"PyTorch": train}


# ---------------------------------------------------------------- scalar graphs


def scalar_loss(sizes: tuple[int, ...], leaves: list[Any], x: list[Any], t: list[Any], activation: Any) -> Any:
    """The loss of one sample, written in scalars."""
    taken = iter(leaves)
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        found = []
        for _ in range(outputs):
            weights = [next(taken) for _ in range(inputs)]
            found.append(activation(sum((w * each for w, each in zip(weights, x, strict=True)), next(taken))))
        x = found
    return 0.5 * sum((a - b) ** 2 for a, b in zip(x, t, strict=True))


def in_casadi(workload: Workload) -> dict[str, Training]:
    """Value and gradient of one sample as an SX function, called with buffers; where a sample is a step, also as one
    function that takes all steps of an epoch (mapaccum).
    """
    import casadi

    def activation(a: Any) -> Any:
        return casadi.tanh(a) if workload.activation == "tanh" else 1 / (1 + casadi.exp(-a))

    start = workload.weights()
    x, t, p = (casadi.SX.sym(*each) for each in
               (("x", workload.sizes[0]), ("t", workload.sizes[-1]), ("p", len(start))))  # fmt: skip
    weights, inputs, targets = (casadi.vertsplit(each) for each in (p, x, t))
    loss = scalar_loss(workload.sizes, weights, inputs, targets, activation)
    gradient = casadi.gradient(loss, p)
    found = {"CasADi": _buffered(workload, casadi.Function("loss", [x, t, p], [loss, gradient]), start)}
    if workload.batch == 1:
        step = casadi.Function("step", [p, x, t], [p - workload.rate * gradient, loss])
        found["CasADi, loop inside"] = _accumulated(workload, step, start)
    return found


def _buffered(workload: Workload, function: Any, start: Any) -> Training:
    """One call for each sample; sums over a batch, and steps, by NumPy."""
    X, T, size = workload.X, workload.T, workload.batch
    P, G, losses = start.copy(), numpy.zeros((size, len(start))), numpy.zeros(size)
    calls, kept = [], []
    for i in range(len(X)):  # a buffer of its own for each sample: nothing has to be copied
        buffers, call = function.buffer()
        for place, array in enumerate((X[i], T[i], P)):
            buffers.set_arg(place, memoryview(array))
        for place, array in enumerate((losses[i % size : i % size + 1], G[i % size])):
            buffers.set_res(place, memoryview(array))
        calls.append(call)
        kept.append(buffers)
    batches = [calls[at : at + size] for at in range(0, len(calls), size)]

    def train(epochs: int, kept: Any = (kept, function)) -> float:
        P[:] = start
        for _ in range(epochs):
            total = 0.0
            for batch in batches:
                for call in batch:
                    call()
                total += float(losses.sum()) if size > 1 else losses.item()
                P[:] -= (workload.rate / size) * (G.sum(axis=0) if size > 1 else G[0])
        return total / len(X)

    return train


def _accumulated(workload: Workload, step: Any, start: Any) -> Training:
    epoch = step.mapaccum("epoch", len(workload.X))
    X, T = (numpy.asfortranarray(each.T) for each in (workload.X, workload.T))
    every, losses = numpy.zeros((len(start), len(workload.X)), order="F"), numpy.zeros((1, len(workload.X)))
    P = start.copy()
    buffers, call = epoch.buffer()
    for place, array in enumerate((P, X.T, T.T)):
        buffers.set_arg(place, memoryview(array))
    results: list[Any] = [every.T, losses]
    for place, array in enumerate(results):
        buffers.set_res(place, memoryview(array))

    def train(epochs: int, kept: Any = (epoch, buffers, X, T)) -> float:
        P[:] = start
        for _ in range(epochs):
            call()
            P[:] = every[:, -1]
        return float(losses.sum()) / len(workload.X)

    return train


# ---------------------------------------------------------------- micrograd


def in_micrograd(workload: Workload) -> dict[str, Training]:
    """Its own Value, in the loop of its own demo; the activations it has not are added in its manner."""
    from micrograd.engine import Value as Node

    if len(workload.weights()) > 1_000:
        return {}  # hours
    activation = _tanh(Node) if workload.activation == "tanh" else _sigmoid(Node)
    batches = [(X.tolist(), T.tolist()) for X, T in workload.batches()]

    def step(leaves: list[Any], X: Any, T: Any) -> float:
        losses = [scalar_loss(workload.sizes, leaves, x, t, activation) for x, t in zip(X, T, strict=True)]
        loss = losses[0] if len(losses) == 1 else sum(losses) * (1 / len(losses))
        for leaf in leaves:
            leaf.grad = 0
        loss.backward()
        for leaf in leaves:
            leaf.data -= workload.rate * leaf.grad
        return float(loss.data) * len(X)

    def train(epochs: int) -> float:
        leaves = [Node(float(number)) for number in workload.weights()]
        for _ in range(epochs):
            total = sum(step(leaves, X, T) for X, T in batches)
        return total / len(workload.X)

    def without_collector(epochs: int) -> float:
        with collector_off():
            return train(epochs)

    return {"micrograd": train, **({"micrograd, gc off": without_collector} if workload.batch > 1 else {})}


def _tanh(Node: Any) -> Callable[[Any], Any]:
    def tanh(a: Any) -> Any:
        out = Node(math.tanh(a.data), (a,), "tanh")

        def _backward() -> None:
            a.grad += (1 - out.data * out.data) * out.grad

        out._backward = _backward
        return out

    return tanh


def _sigmoid(Node: Any) -> Callable[[Any], Any]:
    def sigmoid(a: Any) -> Any:
        out = Node(1 / (1 + math.exp(-a.data)), (a,), "sigmoid")

        def _backward() -> None:
            a.grad += out.data * (1 - out.data) * out.grad

        out._backward = _backward
        return out

    return sigmoid
