"""What an ordinary user does, against the plain way to the same: everything is to stay on the fast path."""

from __future__ import annotations

import copy
import functools
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import nn
from autograd import Value, anomaly, evaluate, grad, hessian, no_grad

from .graphs import by_hand, chain, chain_turn, point, rosenbrock, rosenbrock_summed
from .table import Row, Target, compared
from .timing import Clock, Settings, Turn, agree, beside_task, beside_thread, clock, collector, fresh_process

_NODES = 900
_SUBCLASS, _VALUE = "a subclass of Value", "Value"
_LAYERS = (64, [64, 32, 10])
_NETWORK = "64-64-32-10"
# Before grad and hessian were put on the fast path, a Hessian took 43 times as long as one gradient by `backward()`.
_HALF_OF_BEFORE = 21.5


class _Graph(NamedTuple):
    """A graph to do things with: how to build it, from new leaves or from those it has, and one that is built."""

    name: str
    anew: Callable[[], Any]
    with_new_leaves: Callable[[], Any]
    built: Any
    leaves: list[Any]

    def forget(self) -> None:
        """Leaves collect gradients over passes; here each pass is the first."""
        for leaf in self.leaves:
            leaf.grad = 0.0


def _inputs() -> list[float]:
    return [0.1 * i for i in range(_LAYERS[0])]


def _graphs() -> Iterator[_Graph]:
    output, leaves = chain(Value, _NODES)
    build = partial(chain, Value, _NODES)
    yield _Graph(f"chain of {_NODES}", lambda: build()[0], lambda: build()[0], output, leaves)

    net, x = nn.MLP(*_LAYERS, rng=0), _inputs()
    parameters = list(net.parameters())

    def loss() -> Any:
        return nn.l2_loss(net(x), [0.0] * 10)

    def all_anew() -> Any:
        return loss(), [Value(p.data) for p in parameters]  # as a copy has parameters of its own

    yield _Graph(f"loss of {_NETWORK}", loss, all_anew, loss(), parameters)


def predicted(settings: Settings) -> Iterator[Row]:
    """`predict` against a call that records."""
    net, x = nn.MLP(*_LAYERS, rng=0), _inputs()
    agree("predict", net.predict(x), [y.data for y in net(x)])
    clocks = {"predict": clock(lambda: net.predict(x)), "call": clock(lambda: net(x))}
    yield compared(f"`net.predict(x)`, {_NETWORK}", "`net(x)`", clocks, settings, Target("≤", 1.1))


def gradients(settings: Settings) -> Iterator[Row]:
    """`grad` against the same by hand."""
    for f, way in ((rosenbrock, "added up by +"), (rosenbrock_summed, "one `sum`")):
        yield _gradient(f"`grad(f)`, Rosenbrock of 100, {way}", grad(f), f, 100, Target("≤", 1.6), settings)


def hessians(settings: Settings) -> Iterator[Row]:
    """`hessian` against one gradient by hand."""
    for size in (20, 100):
        f = hessian(rosenbrock)
        what, target = f"`hessian(f)`, Rosenbrock of {size}", Target("≤", _HALF_OF_BEFORE)
        yield _gradient(what, f, rosenbrock, size, target, settings)


def _gradient(
    what: str, transformed: Callable[..., Any], f: Callable[..., Any], size: int, target: Target, settings: Settings
) -> Row:
    x = point(size)
    if not isinstance(transformed(x)[0], list):
        agree(what, transformed(x), by_hand(f, x))
    clocks = {"transformed": clock(lambda: transformed(x)), "by hand": clock(lambda: by_hand(f, x))}
    return compared(what, "Values and `backward()`", clocks, settings, target)


def subclass(settings: Settings) -> Iterator[Row]:
    """A subclass against Value beside it, in one process; and this Value against one in a process that has no subclass,
    for what a class slowed down once and for all would slow both sides of the first comparison."""
    with fresh_process() as with_subclass, fresh_process() as without:
        ours, beside, alone = (
            _elsewhere(with_subclass, _SUBCLASS), _elsewhere(with_subclass, _VALUE), _elsewhere(without, _VALUE)
        )  # fmt: skip
        ours(1)  # now there is one
        for what, against, clocks in (
            (_SUBCLASS, "Value", {"subclass": ours, "Value": beside}),
            ("Value, once there is a subclass", "without (another process)", {"with": beside, "without": alone}),
        ):
            what = f"{what}, chain of {_NODES}"
            yield compared(what, against, clocks, settings, Target("≤", 1.3), nodes=_NODES)


def _elsewhere(process: ProcessPoolExecutor, kind: str) -> Clock:
    return lambda count: process.submit(_chained, kind, count, gc.isenabled()).result()


def _chained(kind: str, count: int, gc_on: bool) -> float:
    turn = partial(chain_turn, _subclass() if kind == _SUBCLASS else Value, _NODES)
    gc.collect()
    with collector(gc_on):
        return clock(turn)(count)


@functools.cache
def _subclass() -> type[Value]:
    class Tagged(Value):
        """A subclass, as users make them; its results are of its class."""

    assert type(chain(Tagged, 4)[0]) is Tagged
    return Tagged


def threads(settings: Settings) -> Iterator[Row]:
    """The engine here, while another thread is in a mode."""
    yield from _beside(beside_thread, "thread", settings)


def tasks(settings: Settings) -> Iterator[Row]:
    """The engine here, while another asyncio task is in a mode."""
    yield from _beside(beside_task, "asyncio task", settings)


def _beside(beside: Callable[..., Any], who: str, settings: Settings) -> Iterator[Row]:
    turn = partial(chain_turn, Value, _NODES)
    for mode in (no_grad, anomaly):
        clocks = {"beside": beside(turn, mode), "alone": beside(turn, nullcontext)}
        what = f"another {who} inside `{mode.__name__}`, chain of {_NODES}"
        yield compared(what, "outside of it", clocks, settings, Target("≤", 1.2), nodes=_NODES)


def computed_again(settings: Settings) -> Iterator[Row]:
    """`forward` and `evaluate` against building the graph anew."""
    for graph in _graphs():
        L, some = graph.built, graph.leaves[-1]
        agree("forward", [L.forward(), evaluate(L, {})], [graph.anew().data] * 2)
        for what, turn in {
            "`L.forward()`": L.forward,
            "`evaluate(L, {})`": lambda L=L: evaluate(L, {}),
            "`evaluate(L, {leaf: number})`": lambda L=L, some=some: evaluate(L, {some: 0.2}),
        }.items():
            clocks = {"again": clock(turn), "anew": clock(graph.anew)}
            yield compared(f"{what}, {graph.name}", "building anew", clocks, settings, Target("≤", 2))


def forgotten(settings: Settings) -> Iterator[Row]:
    """`zero_grad` against `backward`."""
    for graph in _graphs():
        clocks = {"zero_grad": clock(graph.built.zero_grad), "backward": clock(_backward(graph))}
        yield compared(f"`L.zero_grad()`, {graph.name}", "`L.backward()`", clocks, settings, Target("≤", 1))


def as_graphs(settings: Settings) -> Iterator[Row]:
    """`backward(create_graph=True)` against `backward()`."""
    for graph in _graphs():
        plain, as_graph = _backward(graph), _backward(graph, create_graph=True)
        plain()
        expected = [leaf.grad for leaf in graph.leaves]
        as_graph()
        agree("create_graph", [leaf.grad.data for leaf in graph.leaves], expected)
        clocks = {"graph": clock(as_graph), "numbers": clock(plain)}
        what = f"`L.backward(create_graph=True)`, {graph.name}"
        yield compared(what, "`L.backward()`", clocks, settings, Target("≤", 8))


def _backward(graph: _Graph, **how: Any) -> Turn:
    def turn() -> None:
        graph.forget()
        graph.built.backward(**how)

    return turn


def copies(settings: Settings) -> Iterator[Row]:
    """`copy.deepcopy` against building graph and leaves anew."""
    for graph in _graphs():
        twin = copy.deepcopy(graph.built)
        assert twin is not graph.built and twin.data == graph.built.data
        clocks = {"copy": clock(partial(copy.deepcopy, graph.built)), "anew": clock(graph.with_new_leaves)}
        yield compared(f"`copy.deepcopy(L)`, {graph.name}", "building anew", clocks, settings, Target("≤", 5))
