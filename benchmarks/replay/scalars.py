"""Workloads E and F: scalar graphs without layers; one sample, and a thousand.

E   chain and wide graphs of 10³ … 10⁶ nodes: value and gradient for one sample
F   graphs of 10⁴ nodes: the sum of the values over 1,000 samples, and its gradient
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy
from graphs import CONSTANTS, ForC, Graph, chain, numbers, wide
from limit import library, pointer
from measuring import Row, medians, rows

import autograd
from autograd import Value
from autograd.replay.program import Program, compile  # noqa: A004

Turns = dict[str, Callable[[], tuple[float, Any]]]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SAMPLES, NODES, INPUTS = 1_000, 10_000, 16
LANES = (8, 20, 40, 100, 200)  # of the interpreter in C: whatever is fastest counts
_CASADI_NODES = 100_000  # CasADi takes longer than a second to build a graph of more nodes


def _agree(turns: Turns, name: str) -> None:
    """Whoever takes part computes the same value and gradient."""
    expected, slopes = next(iter(turns.values()))()
    slopes = numpy.array(slopes)
    for who, turn in turns.items():
        value, gradient = turn()
        difference = numpy.abs(numpy.array(gradient) - slopes).max() / max(1.0, numpy.abs(slopes).max())
        assert abs(value - expected) <= 1e-9 * max(1.0, abs(expected)) and difference <= 1e-9, (name, who)


# ---------------------------------------------------------------- E


def one_sample(sizes: tuple[int, ...], repeats: int, say: Callable[[str], None]) -> Iterator[Row]:
    """E: chain, chain in random order, and wide."""
    kinds: tuple[tuple[str, Callable[[int], Graph]], ...] = (
        ("chain", chain),
        ("chain, random order", lambda n: chain(n, is_random=True)),
        ("wide", wide),
    )
    for kind, made in kinds:
        for size in sizes:
            yield from _one_graph(f"E {kind}, {size:,} nodes", made(size), repeats, say)


def _one_graph(name: str, graph: Graph, repeats: int, say: Callable[[str], None]) -> list[Row]:
    size = len(graph.instructions)
    program, leaves = _recorded(name, graph, say)
    turns: Turns = {"C interpreter": _in_c(graph), "replay": lambda: program.value_and_grad([[]])}
    if size <= _CASADI_NODES and (casadi := _casadi_one(graph)):
        turns["CasADi"] = casadi
    _agree(turns, name)
    seconds = medians(turns, repeats)
    seconds = {"C": seconds.pop("C interpreter"), **seconds}
    return rows(name, "node", seconds, size, {"replay": "1.2"})


def _recorded(name: str, graph: Graph, say: Callable[[str], None]) -> tuple[Program, list[Value]]:
    leaves = [Value(number) for number in graph.parameters]
    size = len(graph.instructions)
    gc.collect()
    gc.freeze()  # what other libraries hold is not walked through for us
    start = time.perf_counter()
    output = numbers(graph, {"tanh": autograd.tanh, "sin": autograd.sin}, leaves)
    recorded = time.perf_counter()
    program = compile(output, [], leaves, engine="numba")
    compiled = time.perf_counter()
    gc.unfreeze()
    say(f"{name}: recording {(recorded - start) * 1e6 / size:.2f} µs a node,"
        f" compile {(compiled - recorded) * 1e6 / size:.2f} µs a node")  # fmt: skip
    return program, leaves


def _in_c(graph: Graph) -> Callable[[], tuple[float, Any]]:
    function = library("tape").value_and_gradient
    function.restype = ctypes.c_double
    tape = ForC(graph)
    V, D = numpy.zeros(tape.slots), numpy.zeros(tape.slots)
    V[: graph.results] = [*graph.parameters, *CONSTANTS]

    def turn() -> tuple[float, Any]:
        return function(ctypes.byref(tape.tape), pointer(V), pointer(D)), D[: len(graph.parameters)]

    return turn


def _casadi_function(graph: Graph) -> Any:
    """CasADi's function of (inputs, parameters): value and gradient; None where it is not installed."""
    try:
        import casadi
    except ImportError:
        return None
    x, p = casadi.SX.sym("x", graph.inputs), casadi.SX.sym("p", len(graph.parameters))
    leaves = [*(casadi.vertsplit(x) if graph.inputs else []), *casadi.vertsplit(p)]
    value = numbers(graph, {"tanh": casadi.tanh, "sin": casadi.sin}, leaves)
    function = casadi.Function("graph", [x, p], [value, casadi.gradient(value, p)])
    buffers, call = function.buffer()
    places = numpy.zeros(max(graph.inputs, 1)), numpy.array(graph.parameters)
    results = numpy.zeros(1), numpy.zeros(len(graph.parameters))
    for i in (0, 1):
        buffers.set_arg(i, memoryview(places[i]))
        buffers.set_res(i, memoryview(results[i]))
    return call, places, results, (function, buffers, places)  # (buffers hold on to addresses only)


def _casadi_one(graph: Graph) -> Callable[[], tuple[float, Any]] | None:
    made = _casadi_function(graph)
    if made is None:
        return None
    call, _, results, kept = made

    def turn(kept: Any = kept) -> tuple[float, Any]:
        call()
        return float(results[0][0]), results[1]

    return turn


# ---------------------------------------------------------------- F


def many_samples(repeats: int, say: Callable[[str], None]) -> Iterator[Row]:
    """F: a wide graph and a chain."""
    X = numpy.random.default_rng(0).normal(0, 0.5, (SAMPLES, INPUTS))
    for kind, graph in (("wide", wide(NODES, INPUTS, 100)), ("chain", chain(NODES, INPUTS))):
        name = f"F {kind}, {NODES:,} nodes × {SAMPLES:,} samples"
        inputs, leaves = [Value(0.1) for _ in range(INPUTS)], [Value(number) for number in graph.parameters]
        output = numbers(graph, {"tanh": autograd.tanh, "sin": autograd.sin}, [*inputs, *leaves])
        start = time.perf_counter()
        program = compile(output, inputs, leaves, engine="numba")
        program.value_and_grad(X)
        say(f"{name}: compile and first call {time.perf_counter() - start:.2f} s")
        turns: Turns = {f"C {lanes} lanes": _lanes_in_c(graph, X, lanes) for lanes in LANES}
        turns["replay"] = lambda program=program: program.value_and_grad(X)  # type: ignore[misc]
        if casadi := _casadi_many(graph, X):
            turns["CasADi"] = casadi
        _agree(turns, name)
        yield from rows(name, "node and sample", medians(turns, repeats), NODES * SAMPLES, {"replay": "1.2"})


def _lanes_in_c(graph: Graph, X: Any, lanes: int) -> Callable[[], tuple[float, Any]]:
    function = library("tape", LANES=lanes).blocks_of_samples
    function.restype = ctypes.c_double
    tape = ForC(graph)
    V, D = numpy.zeros((tape.slots, lanes)), numpy.zeros((tape.slots, lanes))
    given, gradient = numpy.array([*graph.parameters, *CONSTANTS]), numpy.zeros(len(graph.parameters))

    def turn() -> tuple[float, Any]:
        return function(ctypes.byref(tape.tape), pointer(V), pointer(D), pointer(X), ctypes.c_int64(len(X)),
                        pointer(given), pointer(gradient)), gradient  # fmt: skip

    return turn


def _casadi_many(graph: Graph, X: Any) -> Callable[[], tuple[float, Any]] | None:
    made = _casadi_function(graph)
    if made is None:
        return None
    call, places, results, kept = made

    def turn(kept: Any = kept) -> tuple[float, Any]:
        total, gradient = 0.0, numpy.zeros(len(graph.parameters))
        for row in X:
            places[0][:] = row
            call()
            total += float(results[0][0])
            gradient += results[1]
        return total, gradient

    return turn
