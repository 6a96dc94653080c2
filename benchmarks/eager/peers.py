"""Beside micrograd and Rust engines in this process, and HIPS autograd in one of its own."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import autograd

from .graphs import SIZES, Micrograd, Ours, by_hand, chain_turn, point, rosenbrock, samples
from .table import Row, Target, compared, module
from .timing import Clock, Settings, Turn, agree, clock, in_deep_thread

# Package → module that holds its Value: scalar engines with micrograd's interface, on Rust.
RUST_ENGINES = {"micrograd-rust": "micrograd_rust", "oxigrad": "oxigrad", "rustygrad": "rustygrad"}

_NODES = 900
_compared = partial(compared, is_speed=True)


def short_chain(settings: Settings) -> Iterator[Row]:
    """A chain of 900 nodes, ours and micrograd's."""
    micrograd = module("micrograd.engine", "micrograd")
    if micrograd:
        turns = _chains(micrograd, _NODES)
        agree("chain", *(turn() for turn in turns.values()))
        what = f"chain of {_NODES}, build and backward"
        yield _compared(what, "micrograd", _clocks(turns), settings, Target("≥", 1.8, 1.0), nodes=_NODES)


def deep_chain(settings: Settings) -> Iterator[Row]:
    """A chain of 100,000 nodes, in a thread as deep as micrograd needs."""
    micrograd = module("micrograd.engine", "micrograd")
    if not micrograd:
        return
    depth = 10_000 if settings.is_quick else 100_000
    few = settings._replace(repeats=max(3, settings.repeats // 3))
    what = f"chain of {depth:,}, build and backward"
    clocks = _clocks(_chains(micrograd, depth))
    measure = partial(_compared, what, "micrograd", clocks, few, Target("≥", 5.0, 1.0), nodes=depth)
    try:
        row: Row = in_deep_thread(measure, 2 * depth + 1000)
    except (RecursionError, MemoryError, RuntimeError, ValueError) as problem:
        row = Row(what, f"micrograd: its recursive sort fails ({type(problem).__name__})", is_speed=True)
    yield row._replace(target=None) if settings.is_quick else row  # the promise is about the long one


def network(settings: Settings) -> Iterator[Row]:
    """One training step of a small network on 100 samples."""
    micrograd = module("micrograd.engine", "micrograd")
    if not micrograd:
        return
    points, targets = samples()
    networks = {"ours": Ours(), "micrograd": Micrograd(micrograd)}
    steps = {name: partial(each.step, points, targets) for name, each in networks.items()}
    agree("network", *([step() for _ in range(3)] for step in steps.values()))
    what = f"{'-'.join(map(str, SIZES))} tanh, 100 samples, one step, weighted sums as one node"
    yield _compared(what, "micrograd", _clocks(steps), settings, Target("≥", 40.0, 7.0))


def rust(settings: Settings) -> Iterator[Row]:
    """The chain of 900 on Rust-backed engines: what a node costs where Python only holds a handle."""
    for package, name in RUST_ENGINES.items():
        engine = module(name, package)
        if not engine:
            continue
        what = f"chain of {_NODES}, build and backward"
        try:
            turns = _chains(engine, _NODES)
            agree(package, *(turn() for turn in turns.values()))
            yield _compared(what, package, _clocks(turns), settings, nodes=_NODES)
        except Exception as problem:  # (a stranger's engine may fail in any way: that is its result)
            yield Row(what, package, told=f"{type(problem).__name__}: {problem}", is_speed=True)


def _chains(engine: Any, nodes: int) -> dict[str, Turn]:
    return {"ours": partial(chain_turn, autograd.Value, nodes), "theirs": partial(chain_turn, engine.Value, nodes)}


def _clocks(turns: dict[str, Any]) -> dict[str, Clock]:
    return {name: clock(turn) for name, turn in turns.items()}


# ---------------------------------------------------------------- HIPS autograd


class Hips(AbstractContextManager["Hips"]):
    """HIPS autograd in an interpreter of its own: its package has our name, so one process cannot hold both."""

    def __init__(self, python: str) -> None:
        script = Path(__file__).with_name("hips.py")
        # -I: neither PYTHONPATH nor this folder leads it to our package.
        self._process = subprocess.Popen(
            [python, "-I", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.version = self._read()["version"]

    def clock(self, work: str) -> Clock:
        """Its turns take place there, between ours."""
        return lambda count: float(self.ask(work, count)["seconds"])

    def ask(self, work: str, count: int) -> Any:
        """Do a work so many times: its seconds, and the gradient."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"work": work, "count": count, "gc": gc.isenabled()}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError("HIPS autograd does not answer; is it installed there?")
        return json.loads(line)

    def __exit__(self, *exception: Any) -> None:
        self._process.communicate()


def hips(settings: Settings, python: str | None) -> Iterator[Row]:
    """Chain and Rosenbrock's function; the latter also as HIPS' users write it, in arrays."""
    if not python:
        print("left out: HIPS autograd (--hips PYTHON of an environment where it is installed)", file=sys.stderr)
        return
    x = point(100)
    chained = partial(chain_turn, autograd.Value, _NODES)
    summed = partial(by_hand, rosenbrock, x)
    try:
        engine = Hips(python)
    except OSError as problem:
        yield Row("HIPS autograd", told=str(problem), is_speed=True)
        return
    with engine:
        for work, what, ours in (
            ("chain", f"chain of {_NODES}, build and backward", chained),
            ("loop", "gradient of Rosenbrock of 100, in a loop", summed),
            ("arrays", "gradient of Rosenbrock of 100; theirs in NumPy's arrays", summed),
        ):
            agree(what, ours(), engine.ask(work, 1)["gradient"])
            clocks = {"ours": clock(ours), "theirs": engine.clock(work)}
            yield _compared(what, f"HIPS autograd {engine.version}", clocks, settings)
