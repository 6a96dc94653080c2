"""The rows of the table, what was to be reached, and the machine."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .timing import Clock, Ratio, Settings, Times, interleaved, ratio


class Target(NamedTuple):
    """What is to be reached with the collector on, and with it off; both the same where `off` is left out."""

    sign: str  # "≤" or "≥"
    on: float
    off: float | None = None
    unit: str = ""

    def limit(self, gc_on: bool) -> float:
        """The number to reach in a collector mode."""
        return self.on if gc_on or self.off is None else self.off

    def is_met(self, value: float, *, gc_on: bool = True) -> bool:
        """Whether `value` is enough."""
        return value <= self.limit(gc_on) if self.sign == "≤" else value >= self.limit(gc_on)

    def __str__(self) -> str:
        off = "" if self.off is None else f"; off {self.off:g}"
        return f"{self.sign} {self.on:g}{self.unit}{off}"


class Row(NamedTuple):
    """One line: what was measured against what, the ratio in both collector modes, both times (or another figure)."""

    what: str
    against: str = ""
    ratios: Mapping[bool, Ratio] = {}  # by whether the collector is on
    told: str = ""
    value: float | None = None  # a figure that is no ratio
    target: Target | None = None
    is_speed: bool = False  # whether the ratio says how many times as fast, rather than how many times as long

    @property
    def missed(self) -> list[str]:
        """Where the target was not reached."""
        if self.target is None:
            return []
        if self.value is not None:
            return [] if self.target.is_met(self.value) else [""]
        modes = {True: "on", False: "off"}
        return [modes[on] for on, each in self.ratios.items() if not self.target.is_met(each.least, gc_on=on)]

    @property
    def reached(self) -> str:
        """What became of the target; "on" and "off" are the collector's modes."""
        if self.target is None:
            return ""
        where = " and ".join(self.missed)
        return "yes" if not self.missed else f"**no** ({where})" if where else "**no**"

    def cells(self) -> tuple[str, ...]:
        """As in the tables: of figures, and of ratios."""
        end = (self.told, str(self.target or ""), self.reached)
        if self.value is not None:
            return self.what, self.against, *end
        return self.what, self.against, _ratio(self.ratios.get(True)), _ratio(self.ratios.get(False)), *end


def _ratio(found: Ratio | None) -> str:
    return "" if found is None else f"{number(found.least)} ({number(found.median)})"


def number(value: float) -> str:
    """Three digits, or all of them before the point.

    >>> [number(each) for each in (0.8512, 12.34, 45678.9)]
    ['0.85', '12.3', '45,679']
    """
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def seconds(value: float) -> str:
    """Three digits and a unit.

    >>> seconds(1.2345e-5)
    '12.3 µs'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{number(value / size)} {unit}"
    return f"{number(value * 1e9)} ns"


def compared(
    what: str, against: str, clocks: Mapping[str, Clock], settings: Settings, target: Target | None = None, *,
    nodes: int = 0, is_speed: bool = False,
) -> Row:  # fmt: skip
    """The row of two clocks, the one that is asked about first. The ratio is its time to the other's, or with
    `is_speed` the other's to its own. Times of a chain of `nodes` are told per node."""
    first, second = clocks
    ratios: dict[bool, Ratio] = {}
    told: dict[bool, str] = {}
    for gc_on in (True, False):
        times = interleaved(clocks, settings, gc_on=gc_on)
        ratios[gc_on] = ratio(times[second], times[first]) if is_speed else ratio(times[first], times[second])
        told[gc_on] = " : ".join(_told(times[name], nodes) for name in clocks) + (" a node" if nodes else "")
    return Row(what, against, ratios, told[True], target=target, is_speed=is_speed)


def _told(times: Times, nodes: int) -> str:
    return seconds(times.least / (nodes or 1))


# ---------------------------------------------------------------- the whole


_RATIOS = ("ratio, collector on", "collector off", "times (collector on)", "to reach", "reached")
_TABLES = {
    "Time, relative to another way": ("what", "against", *_RATIOS),
    "How many times as fast as other engines": ("what", "than", *_RATIOS),
    "Memory and import": ("what", "against", "figures", "to reach", "reached"),
}


def _tables(rows: Sequence[Row]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """A title, and the lines below it, head first."""
    kinds = (
        [row for row in rows if row.value is None and not row.is_speed],
        [row for row in rows if row.value is None and row.is_speed],
        [row for row in rows if row.value is not None],
    )
    for (title, head), found in zip(_TABLES.items(), kinds, strict=True):
        if found:
            yield title, [head, *(row.cells() for row in found)]


def text(rows: Sequence[Row], facts: Sequence[str]) -> str:
    """The tables for a terminal."""
    return "\n\n".join(["\n".join(facts), *(f"{title}\n{_columns(lines)}" for title, lines in _tables(rows))])


def _columns(lines: Sequence[Sequence[str]]) -> str:
    plain = [[cell.replace("**", "").replace("`", "") for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    return "\n".join(
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in plain
    )


def markdown(rows: Sequence[Row], facts: Sequence[str]) -> str:
    """The tables as Markdown, and before them what is to be known about them."""
    listed = "\n".join(f"- {fact}" for fact in facts)
    parts = ["# The engine, measured", "Written by `python benchmarks/engine.py`.", listed]
    for title, (head, *lines) in _tables(rows):
        table = "\n".join(f"| {' | '.join(line)} |" for line in (head, ("---",) * len(head), *lines))
        parts.append(f"## {title}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def facts(settings: Settings) -> list[str]:
    """What it was measured with, and how."""
    load = f"; load before {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return [
        f"{processor()}, {os.cpu_count()} cores, {avx512()}; {platform.platform()}{load}",
        f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})",
        f"CPU time, in turns; a ratio is that of the least of {settings.repeats} turns (in brackets of their medians)",
    ]


def processor() -> str:
    """The processor's name."""
    if sys.platform == "darwin":
        ask = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() or platform.machine()
    return _cpuinfo("model name") or platform.processor() or platform.machine() or "an unknown processor"


def avx512() -> str:
    """Whether the processor has AVX-512, where the system tells."""
    flags = _cpuinfo("flags").split()
    return "AVX-512 unknown" if not flags else "AVX-512" if "avx512f" in flags else "no AVX-512"


def _cpuinfo(key: str) -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def module(name: str, package: str = "") -> Any:
    """A module that takes part if it is installed; None, and a word on the terminal, if not."""
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        print(f"not installed, left out: {package or name}", file=sys.stderr)
        return None
    return importlib.import_module(name)
