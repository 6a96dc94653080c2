"""Measuring side by side: turns, their medians and quartiles, and what was to be reached."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

LIMIT = "C"  # what all others are compared with; "C …" is one way of several to write it, of which the fastest counts
OURS = ("replay", "generated Python", "eager")
Turn = Callable[[int], object]  # does what is measured so many times
Say = Callable[[str], None]

_MOST_THREADS = 1.1


class Times(NamedTuple):
    """Seconds: the median of the turns, and their quartiles."""

    median: float
    low: float
    high: float


class Row(NamedTuple):
    """One measurement: a participant's seconds for one `unit` of a workload, and their ratio to C's."""

    workload: str
    who: str
    unit: str
    times: Times
    ratio: float


class Claim(NamedTuple):
    """Something that was to be reached, and what was; for times the ratio to C that would just have been enough."""

    workload: str
    what: str
    asked: str
    measured: str
    reached: bool
    who: str = ""
    ratio: float = 0.0


class Goal(NamedTuple):
    """`who` is to take at most `factor` times as long as `other`."""

    who: str
    other: str
    factor: float


def at_most(factor: float, who: str = "replay") -> list[Goal]:
    """At most so many times as long as C."""
    return [Goal(who, LIMIT, factor)]


def ahead_of(others: Mapping[str, float], who: str = "replay") -> list[Goal]:
    """So many times as fast as others."""
    return [Goal(who, other, 1 / times) for other, times in others.items()]


def repeated(turn: Callable[[], object]) -> Turn:
    """Calls it so many times."""

    def run(times: int) -> None:
        for _ in range(times):
            turn()

    return run


# ---------------------------------------------------------------- clocks


def measured(turns: Mapping[str, Turn], repeats: int, say: Say, shortest: float = 0.05) -> dict[str, Times]:
    """Seconds for one time of each. They take turns, so that a slow moment of the machine meets all of them.

    Before each turn there is a collection of garbage; then the collector is as Python leaves it. Says who used more
    than one thread.
    """
    counts = {name: _count(turn, shortest) for name, turn in turns.items()}
    found: dict[str, list[float]] = {name: [] for name in turns}
    threads: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(repeats):
        for name, turn in turns.items():
            gc.collect()
            seconds, used = _timed(turn, counts[name])
            found[name].append(seconds)
            threads[name].append(used / seconds)
    for name, used_by in threads.items():
        if statistics.median(used_by) > _MOST_THREADS:
            say(f"{name} used {statistics.median(used_by):.1f} threads")
    return {name: _times(seconds) for name, seconds in found.items()}


def _times(seconds: list[float]) -> Times:
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return Times(median, low, high)


def _timed(turn: Turn, count: int) -> tuple[float, float]:
    """Seconds by the clock, and seconds of all processors, for one time."""
    used, start = time.process_time(), time.perf_counter()
    turn(count)
    return (time.perf_counter() - start) / count, (time.process_time() - used) / count


def _count(turn: Turn, shortest: float) -> int:
    """How many times make a turn that takes long enough to be timed; the first time warms up."""
    turn(1)
    count = 1
    while True:
        seconds = max(_timed(turn, count)[0], 1e-9) * count
        if seconds >= shortest / 2:
            return max(1, round(count * shortest / seconds))
        count *= min(100, max(2, round(shortest / seconds)))


@contextmanager
def collector_off() -> Iterator[None]:
    """No cyclic garbage collection meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# ---------------------------------------------------------------- tables


def rows(workload: str, unit: str, units: int, found: Mapping[str, Times]) -> list[Row]:
    """The measurements of a workload, relative to the fastest way in C; other ways in C come after all others."""
    ways = sorted((name for name in found if is_limit(name)), key=lambda name: found[name].median)
    order = [*ways[:1], *(name for name in found if name not in ways), *ways[1:]]
    limit = found[ways[0]].median
    return [
        Row(workload, name, unit, Times(*(each / units for each in found[name])), found[name].median / limit)
        for name in order
    ]


def is_limit(who: str) -> bool:
    """Whether this is written in C by hand."""
    return who == LIMIT or who.startswith(f"{LIMIT},")


def claims(table: Iterable[Row], goals: Iterable[Goal]) -> list[Claim]:
    """What became of the goals of one workload, for those who took part."""
    ratios: dict[str, float] = {}
    name = ""
    for row in table:
        ratios.setdefault(LIMIT if is_limit(row.who) else row.who, row.ratio)  # the fastest C comes first
        name = row.workload
    return [_claim(name, goal, ratios) for goal in goals if {goal.who, goal.other} <= ratios.keys()]


def _claim(workload: str, goal: Goal, ratios: Mapping[str, float]) -> Claim:
    ratio = ratios[goal.who] / ratios[goal.other]
    what, asked, found = f"time of {goal.who} / {goal.other}", f"≤ {goal.factor:g}", ratio
    if goal.other != LIMIT:
        what, asked, found = f"time of {goal.other} / {goal.who}", f"≥ {1 / goal.factor:,g}", 1 / ratio
    return Claim(workload, what, asked, number(found), ratio <= goal.factor, goal.who,
                 goal.factor * ratios[goal.other])  # fmt: skip


def number(value: float) -> str:
    """Three digits, or all of them before the point.

    >>> [number(each) for each in (0.8512, 12.34, 45678.9)]
    ['0.85', '12.3', '45,679']
    """
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
