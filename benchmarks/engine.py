"""The eager engine side by side with micrograd, and with Rust-backed scalar engines where they are installed.

    pip install -e .[bench]
    python benchmarks/engine.py [--quick] [--repeats N]

Every engine does the same work in the same process, taking turns, so that a slow moment of the machine meets all of
them; each number is the median of its turns. Before each turn the garbage collector empties what the turn before left,
and then runs as Python leaves it, unless a row says otherwise: an engine whose nodes are reference cycles leaves its
work to the collector, and that is part of what it costs. What is compared is checked to be the same: the losses of the
networks agree to 1e-9, and so do the gradients of the chains.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import math
import platform
import random
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import autograd
from autograd import dot, mean

Turn = Callable[[], Any]

# Package → module that holds its Value: scalar engines with micrograd's interface, on Rust.
RUST_ENGINES = {"micrograd-rust": "micrograd_rust", "oxigrad": "oxigrad", "rustygrad": "rustygrad"}


class Row(NamedTuple):
    """One line of the table: what was measured, both numbers as text, and how far they are apart."""

    what: str
    ours: str
    theirs: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None


# ---------------------------------------------------------------- timing


@contextmanager
def collector(is_on: bool) -> Iterator[None]:
    """The cyclic garbage collector on or off, and afterwards as it was."""
    was_on = gc.isenabled()
    _switch_collector(is_on)
    try:
        yield
    finally:
        _switch_collector(was_on)


def _switch_collector(is_on: bool) -> None:
    if is_on:
        gc.enable()
    else:
        gc.disable()


def medians(turns: dict[str, Turn], repeats: int, *, gc_on: bool = True) -> dict[str, float]:
    """The median seconds of each of `turns`, which take turns; one round before does not count.

    What a turn returns is freed within its time: building a graph includes getting rid of it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    with collector(gc_on):
        for lap in range(repeats + 1):
            for name, turn in turns.items():
                gc.collect()
                start = time.perf_counter()
                turn()
                if lap:
                    seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def compared(what: str, times: dict[str, float], nodes: int, target: float, peer: str = "micrograd") -> Row:
    """A row of two times; a chain's are told per node."""
    ratio = times[peer] / times["ours"]

    def told(seconds: float) -> str:
        return f"{seconds / nodes * 1e9:,.0f} ns a node" if nodes else f"{seconds * 1e3:,.1f} ms"

    return Row(what, told(times["ours"]), f"{peer}: {told(times[peer])}", ratio, f"≥ {target:g}×", ratio >= target)


# ---------------------------------------------------------------- (a) and (b): chains


def chain(make: Callable[[float], Any], nodes: int) -> tuple[Any, list[Any]]:
    """u ← u·w + b, again and again: `nodes` operations, half of them products and half sums, on three leaves."""
    u = start = make(0.5)
    w, b = make(0.9), make(0.1)
    for _ in range(nodes // 2):
        u = u * w + b
    return u, [start, w, b]


def chain_turn(make: Callable[[float], Any], nodes: int) -> list[float]:
    """Build the chain and send the gradient back; the gradients of the leaves."""
    output, leaves = chain(make, nodes)
    output.backward()
    return [leaf.grad for leaf in leaves]


def in_deep_thread(turn: Turn, depth: int) -> Any:
    """The result of `turn` in a thread that may recurse `depth` deep. micrograd sorts its graph recursively; Python's
    own limit and a thread's usual stack end that at a depth of about a thousand."""
    results: list[Any] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            results.append(turn())
        except (RecursionError, MemoryError) as problem:
            problems.append(problem)

    limit, size = sys.getrecursionlimit(), threading.stack_size(1 << 30)
    sys.setrecursionlimit(depth)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if problems:
        raise problems[0]
    return results[0]


def agree(what: str, ours: list[float], theirs: list[float]) -> None:
    """Raise if two engines did not compute the same."""
    if not all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs, strict=True)):
        raise ArithmeticError(f"{what}: the engines disagree, {ours[:3]} and {theirs[:3]}")


def chain_rows(micrograd: Any, repeats: int, *, quick: bool) -> Iterator[Row]:
    """(a) a chain of 900 nodes, (b) one of 100,000."""
    ours, theirs = partial(chain_turn, autograd.Value, 900), partial(chain_turn, micrograd.Value, 900)
    agree("chain", ours(), theirs())
    for gc_on in (True, False):
        times = medians({"ours": ours, "micrograd": theirs}, repeats * 6, gc_on=gc_on)
        yield compared(f"(a) chain of 900, build and backward, gc {_on(gc_on)}", times, 900, 1.8 if gc_on else 1.0)

    depth = 10_000 if quick else 100_000
    what = f"(b) chain of {depth:,}, build and backward, gc on"
    turns: dict[str, Turn] = {
        "ours": lambda: chain_turn(autograd.Value, depth),
        "micrograd": lambda: chain_turn(micrograd.Value, depth),
    }
    try:
        # Both in the thread that micrograd needs.
        times = in_deep_thread(lambda: medians(turns, max(3, repeats // 3)), 2 * depth + 1000)
    except (RecursionError, MemoryError, threading.ThreadError, ValueError) as problem:
        times = medians({"ours": turns["ours"]}, max(3, repeats // 3))
        told = f"{times['ours'] / depth * 1e9:,.0f} ns a node"
        yield Row(what, told, f"micrograd: its recursive sort fails ({type(problem).__name__})", target="≥ 5×")
    else:
        row = compared(what, times, depth, 5.0)
        yield row._replace(target="", reached=None) if quick else row  # the promise is about the long one


# ---------------------------------------------------------------- (c): a network


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


def network_rows(micrograd: Any, repeats: int) -> Iterator[Row]:
    """(c) one training step of the network on 100 samples."""
    points, targets = samples()
    for gc_on, target in ((True, 40.0), (False, 7.0)):
        # A network each: both start at the same weights and take the same number of steps.
        networks = {"ours": Ours(), "micrograd": Micrograd(micrograd)}
        losses: dict[str, list[float]] = {name: [] for name in networks}

        def step(name: str, networks: Any = networks, losses: Any = losses) -> None:
            losses[name].append(networks[name].step(points, targets))

        times = medians({name: partial(step, name) for name in networks}, repeats, gc_on=gc_on)
        agree("network", losses["ours"], losses["micrograd"])
        what = f"(c) {'-'.join(map(str, SIZES))} tanh, 100 samples, one step, gc {_on(gc_on)}"
        yield compared(what, times, 0, target)


# ---------------------------------------------------------------- (d): other engines


def rust_rows(repeats: int) -> Iterator[Row]:
    """(d) the chain of 900 on Rust-backed engines: what a node costs where Python only holds a handle."""
    for package, module in RUST_ENGINES.items():
        try:
            value = importlib.import_module(module).Value
        except (ImportError, AttributeError):
            print(f"not installed, left out: {package}", file=sys.stderr)
            continue
        turns: dict[str, Turn] = {
            "ours": partial(chain_turn, autograd.Value, 900),
            package: partial(chain_turn, value, 900),
        }
        try:
            agree(package, turns["ours"](), turns[package]())
            times = medians(turns, repeats * 6)
        except Exception as problem:  # (a stranger's engine may fail in any way: that is its result)
            yield Row(f"(d) {package}, chain of 900", "", f"{type(problem).__name__}: {problem}")
        else:
            yield compared(f"(d) {package}, chain of 900, gc on", times, 900, 0.0, package)._replace(
                target="", reached=None
            )


# ---------------------------------------------------------------- (e): memory and import


def bytes_a_node(make: Callable[[float], Any], nodes: int, *, backward: bool) -> float:
    """What a chain keeps allocated for each node, everything counted: objects, numbers, tuples, closures.

    tracemalloc counts the bytes asked for; what the allocator rounds up and the collector's headers are part of it.
    """
    gc.collect()
    tracemalloc.start()
    try:
        output, _ = chain(make, nodes)
        if backward:
            output.backward()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / nodes
    finally:
        tracemalloc.stop()


def memory_rows(micrograd: Any, *, quick: bool) -> Iterator[Row]:
    """(e) bytes a node before and after the backward pass."""
    nodes = 10_000 if quick else 100_000
    for backward in (False, True):
        measure = partial(bytes_a_node, nodes=nodes, backward=backward)
        ours, theirs = measure(autograd.Value), in_deep_thread(partial(measure, micrograd.Value), 2 * nodes + 1000)
        when = "after backward" if backward else "before backward"
        yield Row(f"(e) bytes a node, chain of {nodes:,}, {when}", f"{ours:.0f}", f"micrograd: {theirs:.0f}",
                  theirs / ours, "≤ 290", ours <= 290)  # fmt: skip


def import_rows() -> Iterator[Row]:
    """(e) `import autograd` in a fresh process, and what it must not bring along."""
    script = (
        "import sys, time; start = time.perf_counter(); import autograd; "
        "print(time.perf_counter() - start, 'numpy' in sys.modules)"
    )
    results = [
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
        for _ in range(11)
    ][1:]  # the first one may have to compile
    seconds = statistics.median(float(result[0]) for result in results)
    told = f"{seconds * 1e3:.0f} ms"
    yield Row("(e) `import autograd`, fresh process", told, target="< 50 ms", reached=seconds < 0.05)
    brought = any(result[1] == "True" for result in results)
    yield Row("(e) NumPy imported by it", "yes" if brought else "no", target="no", reached=not brought)


# ---------------------------------------------------------------- the table


def _on(is_on: bool) -> str:
    return "on" if is_on else "off"


def markdown(rows: list[Row]) -> str:
    """The rows as one Markdown table."""
    lines = ["| what | chainrule | peer | ratio | target | reached |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}×"
        reached = "" if row.reached is None else "yes" if row.reached else "**no**"
        lines.append(f"| {row.what} | {row.ours} | {row.theirs} | {ratio} | {row.target} | {reached} |")
    return "\n".join(lines)


def main() -> int:
    """Run everything and print the table; the exit status is 1 if a target was missed."""
    parser = argparse.ArgumentParser(description="The eager engine beside micrograd: time, memory, import.")
    parser.add_argument("--repeats", type=int, default=15, help="turns of each engine; the median is told (15)")
    parser.add_argument("--quick", action="store_true", help="three turns and shorter chains, to see that it runs")
    arguments = parser.parse_args()
    repeats = 3 if arguments.quick else arguments.repeats

    rows: list[Row] = []
    try:
        micrograd = importlib.import_module("micrograd.engine")
    except ImportError:
        print("not installed, left out: micrograd (pip install micrograd)", file=sys.stderr)
    else:
        rows += chain_rows(micrograd, repeats, quick=arguments.quick)
        rows += network_rows(micrograd, repeats)
        rows += memory_rows(micrograd, quick=arguments.quick)
    rows += rust_rows(repeats)
    rows += import_rows()
    rows.sort(key=lambda row: row.what[:3])
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {repeats} turns or more\n")
    print(markdown(rows))
    return int(any(row.reached is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
