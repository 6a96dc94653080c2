"""Measuring side by side: CPU time, taking turns, of which the quickest counts.

The quickest turn is the one that other processes disturbed least. The medians, told beside it, show how much they did.
"""

from __future__ import annotations

import asyncio
import gc
import math
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, NamedTuple

Turn = Callable[[], Any]
Clock = Callable[[int], float]  # does the work so many times, and says how many seconds of CPU that took

_COARSE = 0.3  # seconds: Windows counts CPU time in steps of a sixty-fourth


class Settings(NamedTuple):
    """How often everybody has its turn, and how long one lasts at least (seconds)."""

    repeats: int
    shortest: float
    is_quick: bool

    @classmethod
    def of(cls, repeats: int, *, is_quick: bool) -> Settings:
        """A quick run has three short turns."""
        shortest = _COARSE if sys.platform == "win32" else 0.004 if is_quick else 0.02
        return cls(3 if is_quick else repeats, shortest, is_quick)


class Times(NamedTuple):
    """Seconds of CPU for doing it once."""

    least: float
    median: float


class Ratio(NamedTuple):
    """Of two least times, and of two medians."""

    least: float
    median: float


def ratio(of: Times, to: Times) -> Ratio:
    """How many times as long `of` takes as `to`."""
    return Ratio(of.least / to.least, of.median / to.median)


# ---------------------------------------------------------------- the collector


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


# ---------------------------------------------------------------- clocks


def clock(turn: Turn) -> Clock:
    """What a turn returns is freed within its time: to build a graph includes getting rid of it."""

    def timed(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            turn()
        return time.process_time() - start

    return timed


def beside_thread(turn: Turn, mode: Callable[[], AbstractContextManager[Any]]) -> Clock:
    """The turn, while another thread waits inside of `mode`."""

    def timed(count: int) -> float:
        is_inside, is_over = threading.Event(), threading.Event()

        def wait() -> None:
            with mode():
                is_inside.set()
                is_over.wait()

        other = threading.Thread(target=wait)
        other.start()
        is_inside.wait()
        try:
            return clock(turn)(count)
        finally:
            is_over.set()
            other.join()

    return timed


def beside_task(turn: Turn, mode: Callable[[], AbstractContextManager[Any]]) -> Clock:
    """The turn in one asyncio task, while another one waits inside of `mode`."""

    async def run(count: int) -> float:
        is_inside, is_over = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            with mode():
                is_inside.set()
                await is_over.wait()

        other = asyncio.create_task(wait())
        await is_inside.wait()
        try:
            return clock(turn)(count)
        finally:
            is_over.set()
            await other

    return lambda count: asyncio.run(run(count))


def interleaved(clocks: Mapping[str, Clock], settings: Settings, *, gc_on: bool) -> dict[str, Times]:
    """The seconds of each of `clocks`, which take turns, so that a slow moment of the machine meets all of them.

    Before each turn the collector empties what the turn before left, and is then on or off throughout.
    """
    found: dict[str, list[float]] = {name: [] for name in clocks}
    with collector(gc_on):
        counts = {name: _count(each, settings.shortest) for name, each in clocks.items()}
        for _ in range(settings.repeats):
            for name, each in clocks.items():
                gc.collect()
                found[name].append(each(counts[name]) / counts[name])
    return {name: Times(min(seconds), statistics.median(seconds)) for name, seconds in found.items()}


def _count(each: Clock, shortest: float) -> int:
    """How many times make a turn that is long enough to be timed; the first time of all warms up."""
    each(1)
    count = 1
    while True:
        gc.collect()
        seconds = each(count)
        if seconds >= shortest / 2:
            return max(1, round(count * shortest / seconds))
        count *= 10 if seconds < shortest / 20 else 2


# ---------------------------------------------------------------- what all measurements need


def agree(what: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Raise if two ways did not compute the same."""
    if not all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(ours, theirs, strict=True)):
        raise ArithmeticError(f"{what}: they disagree, {list(ours[:3])} and {list(theirs[:3])}")


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


def fresh_process() -> ProcessPoolExecutor:
    """A new interpreter that calls functions of modules; to be closed."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def in_fresh_process(
    function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str] | None = None
) -> Any:
    """The result of a function of a module, called in a new interpreter, with these variables in its environment."""
    before = dict(os.environ)
    os.environ.update(environment or {})
    try:
        with fresh_process() as process:
            return process.submit(function, *arguments).result()
    finally:
        os.environ.clear()
        os.environ.update(before)
