"""Measuring side by side, and the table that comes of it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from html import escape
from math import log10
from typing import NamedTuple

LIMIT = "C"  # what all others are compared with


class Row(NamedTuple):
    """One measurement: nanoseconds for one `unit` of a workload, relative to C, and what is to be reached."""

    workload: str
    who: str
    nanoseconds: float
    unit: str
    ratio: float
    target: str = ""


def medians(turns: Mapping[str, Callable[[], object]], repeats: int, shortest: float = 0.02) -> dict[str, float]:
    """Seconds of each, the median of its turns; they take turns, so that a slow moment of the machine meets all."""
    counts = {name: _count(turn, shortest) for name, turn in turns.items()}
    found: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(repeats):
        for name, turn in turns.items():
            gc.collect()
            found[name].append(_timed(turn, counts[name]))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _timed(turn: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        turn()
    return (time.perf_counter() - start) / count


def _count(turn: Callable[[], object], shortest: float) -> int:
    """How often a turn is run so that it takes long enough to be timed; the first run warms up."""
    turn()
    return max(1, round(shortest / max(_timed(turn, 1), 1e-7)))


def rows(workload: str, unit: str, seconds: Mapping[str, float], units: int, targets: Mapping[str, str]) -> list[Row]:
    """The measurements of a workload; of several turns named "C …" the fastest is the limit."""
    limits = [name for name in seconds if name.startswith(LIMIT + " ") or name == LIMIT]
    limit = min(limits, key=lambda name: seconds[name])
    kept = [limit, *(name for name in seconds if name not in limits)]
    return [
        Row(workload, name, seconds[name] * 1e9 / units, unit, seconds[name] / seconds[limit], targets.get(name, ""))
        for name in kept
    ]


# ---------------------------------------------------------------- text and picture

_HEAD = ("workload", "who", "ns", "of", "× C", "to reach")


def _cells(row: Row) -> tuple[str, ...]:
    return (row.workload, row.who, f"{row.nanoseconds:,.3g}" if row.nanoseconds < 100 else f"{row.nanoseconds:,.0f}",
            row.unit, f"{row.ratio:,.2f}" if row.ratio < 100 else f"{row.ratio:,.0f}", row.target)  # fmt: skip


def text(table: list[Row]) -> str:
    """The table for a terminal."""
    cells = [_HEAD, *map(_cells, table)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(_HEAD))]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in cells)  # fmt: skip


def markdown(table: list[Row], notes: list[str]) -> str:
    """The table as Markdown, with what is to be known about it."""
    lines = [_HEAD, ("---",) * len(_HEAD), *map(_cells, table)]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", *(f"- {note}" for note in notes)]) + "\n"


_LINE, _LEFT, _WIDTH = 20, 420, 900


def picture(table: list[Row]) -> str:
    """Bars of the ratios on a logarithmic scale, C at 1."""
    highest = max(1.0, *(log10(row.ratio) for row in table))
    lowest = min(-0.5, *(log10(row.ratio) for row in table))
    scale = (_WIDTH - _LEFT - 80) / (highest - lowest)
    zero = _LEFT - lowest * scale
    height = _LINE * (len(table) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif"'
        ' font-size="13" role="img">',
        "<style>text{fill:#222}.c{stroke:#888}.us{fill:#0b6e4f}.they{fill:#9aa5b1}"
        "@media(prefers-color-scheme:dark){text{fill:#eee}.us{fill:#4cc38a}.they{fill:#66707c}}</style>",
        f'<text x="8" y="{_LINE * 0.8:.0f}">time relative to hand-written C (shorter is faster)</text>',
        f'<line class="c" x1="{zero:.1f}" x2="{zero:.1f}" y1="{_LINE}" y2="{height - _LINE / 2:.0f}"/>',
    ]
    for number, row in enumerate(table):
        y = _LINE * (number + 1.5)
        end = zero + log10(row.ratio) * scale
        left, width = min(zero, end), abs(end - zero)
        style = "us" if row.who.startswith("replay") else "they"
        parts += [
            f'<text x="8" y="{y + 5:.0f}">{escape(row.workload)}</text>',
            f'<text x="{_LEFT - 170}" y="{y + 5:.0f}">{escape(row.who)}</text>',
            f'<rect class="{style}" x="{left:.1f}" y="{y - 6:.0f}" width="{width:.1f}" height="12"/>',
            f'<text x="{max(zero, end) + 6:.1f}" y="{y + 5:.0f}">{_cells(row)[4]}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
