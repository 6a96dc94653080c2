"""Workloads E and F: scalar graphs without layers; one sample, and a thousand.

E   chain and wide graphs of 10³ … 10⁶ nodes (10⁷ with --large): value and gradient for one sample
F   graphs of 10⁴ nodes: the sum of the values over 1,000 samples, and its gradient
"""

from __future__ import annotations

import ctypes
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy
from graphs import CONSTANTS, ForC, Graph, chain, numbers, wide
from limit import library, pointer
from measuring import Claim, Goal, Row, Say, Turn, ahead_of, at_most, claims, measured, repeated, rows

import autograd
from autograd import Value
from autograd.replay.program import Program, compile  # noqa: A004

Turns = dict[str, Callable[[], tuple[float, Any]]]
Tables = tuple[list[Row], list[Claim]]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LARGE = 10_000_000
_RECORDING = 1.0  # microseconds a node, at most
_RECORDINGS = 5
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
        if abs(value - expected) > 1e-9 * max(1.0, abs(expected)) or difference > 1e-9:
            raise SystemExit(f"{name}: {who} has {value!r} (gradient off by {difference:.1e}), others {expected!r}")


# ---------------------------------------------------------------- E


def one_sample(sizes: Sequence[int], repeats: int, say: Say) -> Iterator[Tables]:
    """E: chain, chain in random order, and wide."""
    for kind, made in KINDS.items():
        for size in sizes:
            yield _one_graph(f"E: {kind}, {size:,} nodes", made(size), repeats, say)


KINDS: dict[str, Callable[[int], Graph]] = {
    "chain": chain,
    "chain, random order": lambda length: chain(length, is_random=True),
    "wide": wide,
}


def _one_graph(name: str, graph: Graph, repeats: int, say: Say) -> Tables:
    size = len(graph.instructions)
    program, recording = _recorded(name, graph, say)
    turns: Turns = {"C, interpreter": _in_c(graph), "replay": lambda: program.value_and_grad([[]])}
    if size <= _CASADI_NODES and (casadi := _casadi_one(graph)):
        turns["CasADi"] = casadi
    table = _table(name, "node", size, turns, repeats, say)
    return table, [*claims(table, [*at_most(1.2), *ahead_of({"CasADi": 1})]), recording]


def _table(name: str, unit: str, units: int, turns: Turns, repeats: int, say: Say) -> list[Row]:
    _agree(turns, name)
    timed: dict[str, Turn] = {who: repeated(turn) for who, turn in turns.items()}
    return rows(name, unit, units, measured(timed, repeats, say))


def _recorded(name: str, graph: Graph, say: Say) -> tuple[Program, Claim]:
    leaves = [Value(number) for number in graph.parameters]
    size = len(graph.instructions)
    seconds = []
    gc.collect()
    gc.freeze()  # what other libraries hold is not walked through for us
    for _ in range(_RECORDINGS if size < SIZES[-1] else 1):
        start = time.perf_counter()
        output = numbers(graph, {"tanh": autograd.tanh, "sin": autograd.sin}, leaves)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    program = compile(output, [], leaves, engine="numba")
    compiled = (time.perf_counter() - start) * 1e6 / size
    gc.unfreeze()
    say(f"{name}: compiled in {compiled:.2f} µs a node")
    each = statistics.median(seconds) * 1e6 / size
    return program, Claim(name, "recording", f"≤ {_RECORDING:g} µs a node", f"{each:.2f} µs", each <= _RECORDING)


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
    function: Any = casadi.Function("graph", [x, p], [value, casadi.gradient(value, p)])
    buffers, call = function.buffer()
    places: list[Any] = [numpy.zeros(max(graph.inputs, 1)), numpy.array(graph.parameters)]
    results: list[Any] = [numpy.zeros(1), numpy.zeros(len(graph.parameters))]
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


def many_samples(repeats: int, say: Say) -> Iterator[Tables]:
    """F: a wide graph and a chain."""
    X = numpy.random.default_rng(0).normal(0, 0.5, (SAMPLES, INPUTS))
    goals: list[Goal] = [*at_most(1.2), *ahead_of({"CasADi": 5})]
    for kind, graph in (("wide", wide(NODES, INPUTS, 100)), ("chain", chain(NODES, INPUTS))):
        name = f"F: {kind}, {NODES:,} nodes, {SAMPLES:,} samples"
        turns: Turns = {f"C, {lanes} lanes": _lanes_in_c(graph, X, lanes) for lanes in LANES}
        turns["replay"] = _replayed(name, graph, X, say)
        if casadi := _casadi_many(graph, X):
            turns["CasADi"] = casadi
        table = _table(name, "node and sample", NODES * SAMPLES, turns, repeats, say)
        yield table, claims(table, goals)


def _replayed(name: str, graph: Graph, X: Any, say: Say) -> Callable[[], tuple[float, Any]]:
    inputs, leaves = [Value(0.1) for _ in range(INPUTS)], [Value(number) for number in graph.parameters]
    output = numbers(graph, {"tanh": autograd.tanh, "sin": autograd.sin}, [*inputs, *leaves])
    start = time.perf_counter()
    program = compile(output, inputs, leaves, engine="numba")
    program.value_and_grad(X)
    say(f"{name}: compile and first call {time.perf_counter() - start:.2f} s")
    return lambda: program.value_and_grad(X)


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
