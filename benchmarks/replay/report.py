"""What was measured, in words: for the terminal and as Markdown."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from importlib import metadata
from itertools import groupby
from pathlib import Path

from limit import FLAGS, compiler
from measuring import OURS, Claim, Row, number

PACKAGES = ("numba", "llvmlite", "numpy", "jax", "jaxlib", "torch", "casadi", "micrograd")
_HEAD = ("who", "time", "× C", "quartiles")
_CLAIMS = ("workload", "what", "to reach", "measured", "")


def environment() -> list[str]:
    """What it was measured with."""
    found = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return [
        f"{datetime.date.today():%d %B %Y}; {_processor()}, {os.cpu_count()} processors, {platform.system()}"
        f" {platform.machine()}; load before: {load}",
        f"Python {platform.python_version()}, {', '.join(found)}",
        f"{compiler()}: {' '.join(FLAGS)}",
        "one thread for everybody, float64; the garbage collector runs as Python leaves it, but where it says gc off",
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor() or "an unknown processor"


# ---------------------------------------------------------------- tables


def text(table: Sequence[Row], claims: Sequence[Claim]) -> str:
    """The tables for a terminal."""
    parts = []
    for workload, rows in _by_workload(table):
        parts.append(f"{workload}\n{_columns([_HEAD, *map(_cells, rows)])}")
    if claims:
        parts.append(_columns([_CLAIMS, *map(_claim, claims)]))
    return "\n\n".join(parts)


def _columns(cells: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def markdown(table: Sequence[Row], claims: Sequence[Claim], facts: Sequence[str], notes: Sequence[str],
             pictures: Sequence[str]) -> str:  # fmt: skip
    """The tables as Markdown, with what is to be known about them and the files that show them."""
    parts = ["# Replay, measured", "Written by `python benchmarks/replay/run.py`.", _listed(facts)]
    parts += [f"![Time relative to hand-written C]({name})" for name in pictures]
    if claims:
        parts += ["## What was to be reached", _table([_CLAIMS, *map(_claim, claims)])]
    parts.append("## Times")
    for workload, rows in _by_workload(table):
        parts += [f"### {workload}", _table([_HEAD, *map(_marked, rows)])]
    if notes:
        parts += ["## Notes", _listed(notes)]
    return "\n\n".join(parts) + "\n"


def _table(cells: Sequence[Sequence[str]]) -> str:
    head, *body = cells
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ("---",) * len(head), *body))


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _by_workload(table: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [(name, list(rows)) for name, rows in groupby(table, lambda row: row.workload)]


def _cells(row: Row) -> tuple[str, ...]:
    median, low, high = row.times
    spread = f"−{(1 - low / median) * 100:.0f} % … +{(high / median - 1) * 100:.0f} %"
    return row.who, f"{_seconds(median)} a {row.unit}", number(row.ratio), spread


def _marked(row: Row) -> tuple[str, ...]:
    cells = _cells(row)
    return tuple(f"**{cell}**" for cell in cells) if row.who in OURS else cells


def _claim(claim: Claim) -> tuple[str, ...]:
    return claim.workload, claim.what, claim.asked, claim.measured, "reached" if claim.reached else "**missed**"


def _seconds(seconds: float) -> str:
    """Three digits and a unit.

    >>> _seconds(1.2345e-5)
    '12.3 µs'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
