"""Memory: bytes a node of a large graph, recorded and compiled.

What a program needs is counted by tracemalloc, without the recorded graph, for one sample and for many; the graph
itself by the size of the process.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy
from graphs import Graph, chain, numbers, wide
from measuring import Claim, Say

import autograd
from autograd import Value
from autograd.replay.program import compile  # noqa: A004

NODES, SAMPLES, INPUTS = 1_000_000, 1_000, 16
LIMIT = 200  # bytes a node


def memory(nodes: int, say: Say) -> Iterator[Claim]:
    """One sample, and many, for a chain and a wide graph."""
    kinds: tuple[tuple[str, Callable[..., Graph]], ...] = (("chain", chain), ("wide", wide))
    for kind, made in kinds:
        for samples, inputs in ((1, 0), (SAMPLES, INPUTS)):
            X = numpy.random.default_rng(0).normal(0, 0.5, (samples, inputs))
            _used(made(1_000, inputs), X)  # numba's own memory is not the graph's
            graph, kept, peak = _used(made(nodes, inputs), X)
            name = f"memory: {kind}, {nodes:,} nodes, {samples:,} sample{'s' if samples > 1 else ''}"
            say(f"{name}: {peak:.0f} bytes a node at the highest, while compiling; the recorded graph {graph:.0f}")
            yield Claim(name, "replay", f"< {LIMIT} bytes a node", f"{kept:.0f} bytes", kept < LIMIT)


def _used(graph: Graph, X: Any) -> tuple[float, float, float]:
    """Bytes a node of the recorded graph, of the program, and of the program at its highest."""
    size = len(graph.instructions)
    inputs, leaves = [Value(0.1) for _ in range(graph.inputs)], [Value(number) for number in graph.parameters]
    before = _resident()
    output = numbers(graph, {"tanh": autograd.tanh, "sin": autograd.sin}, [*inputs, *leaves])
    recorded = _resident() - before
    with _counted() as count:
        program = compile(output, inputs, leaves, engine="numba")
        program.value_and_grad(X)
        gc.collect()
        kept, peak = count()
        del program
    return recorded / size, kept / size, peak / size


@contextmanager
def _counted() -> Iterator[Callable[[], tuple[int, int]]]:
    gc.collect()
    tracemalloc.start()
    try:
        yield tracemalloc.get_traced_memory
    finally:
        tracemalloc.stop()


def _resident() -> int:
    import psutil

    gc.collect()
    return int(psutil.Process().memory_info().rss)
