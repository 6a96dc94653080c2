"""Bytes a node, and what `import autograd` takes."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import autograd

from .graphs import Make, chain, chain_turn
from .table import Row, Target, module
from .timing import Settings, in_deep_thread, in_fresh_process

_MOST_BYTES = Target("≤", 200)
_FEWEST_IMPORTS = 5
_SCRIPT = (
    "import sys, time; start = time.process_time(); import autograd; "
    "print(time.process_time() - start, 'numpy' in sys.modules)"
)


# ---------------------------------------------------------------- memory


def memory(settings: Settings) -> Iterator[Row]:
    """Bytes a node of a chain, before and after the backward pass, and with what users hang on nodes. Each in a fresh
    process: what an attribute takes depends on those that nodes of this class had before."""
    nodes = 10_000 if settings.is_quick else 100_000
    has_micrograd = module("micrograd.engine", "micrograd") is not None
    for what, names, is_back, target in (
        ("before backward", (), False, _MOST_BYTES),
        ("after backward", (), True, _MOST_BYTES),
        ("after backward, each with a label", ("label",), True, None),
        ("after backward, each with an attribute, `p.m = 0.0`", ("m",), True, None),
        ("after backward, each with a label and two attributes", ("label", "m", "v"), True, None),
    ):
        ours = in_fresh_process(bytes_a_node, "autograd", nodes, is_back, names)
        told, against = f"{ours:.0f}", ""
        if has_micrograd and "label" not in names:  # which micrograd's nodes do not have
            told += f" : {in_fresh_process(bytes_a_node, 'micrograd.engine', nodes, is_back, names):.0f}"
            against = "micrograd"
        what = f"bytes a node, chain of {nodes:,}, {what}"
        yield Row(what, against, told=told, value=ours, target=target)


def bytes_a_node(engine: str, nodes: int, is_back: bool, names: Sequence[str]) -> float:
    """What a chain keeps allocated for each node, everything counted: objects, numbers, tuples, closures.

    tracemalloc counts the bytes asked for; the collector's headers are part of it, what the allocator rounds up is not.
    """
    make = importlib.import_module(engine).Value
    chain_turn(make, 4)  # what the first use of an operation leaves is no part of a node
    return float(in_deep_thread(lambda: _allocated(make, nodes, is_back, names) / nodes, 2 * nodes + 1000))


def _allocated(make: Make, nodes: int, is_back: bool, names: Sequence[str]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        output, leaves = chain(make, nodes)
        if is_back:
            output.backward()
        if names:
            _hang_on_all(output, leaves, names)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _hang_on_all(output: Any, leaves: list[Any], names: Sequence[str]) -> None:
    """On every inner node of a chain, walking down; all share one text and one number."""
    node = output
    while node is not None:
        for name in names:
            setattr(node, name, "label" if name == "label" else 0.0)
        below = node.parents if hasattr(node, "parents") else node._prev
        node = next((each for each in below if not any(each is leaf for leaf in leaves)), None)


# ---------------------------------------------------------------- import


def imported(settings: Settings) -> Iterator[Row]:
    """`import autograd` in fresh processes: when Python has to compile our files, and from the compiled ones."""
    repeats = max(_FEWEST_IMPORTS, settings.repeats)
    with _copied() as folder:
        for what, keeps, target in (
            (", nothing of it compiled (the first time, or PYTHONDONTWRITEBYTECODE)", False, None),
            ("", True, Target("≤", 50, unit=" ms")),
        ):
            results = [_fresh(folder, "-c", _SCRIPT, keeps=keeps).stdout.split() for _ in range(repeats + 1)]
            milliseconds = [float(result[0]) * 1e3 for result in results[1:]]  # the first one may have to compile
            median = statistics.median(milliseconds)
            told = f"{median:.0f} ms (least {min(milliseconds):.0f})"
            yield Row(f"`import autograd`, fresh process{what}, median", told=told, value=median, target=target)
    brings = any(result[1] == "True" for result in results)
    yield Row("NumPy imported by it", told="yes" if brings else "no", value=float(brings), target=Target("≤", 0))


def slowest_imports(count: int) -> str:
    """The modules whose own share of the import is largest, by `-X importtime`: the least of five runs."""
    least: dict[str, int] = {}
    with _copied() as folder:
        for _ in range(6):
            for line in _fresh(folder, "-X", "importtime", "-c", "import autograd", keeps=True).stderr.splitlines():
                own, _, name = line.removeprefix("import time:").split("|")
                if own.strip().isdigit():
                    least[name.strip()] = min(int(own), least.get(name.strip(), int(own)))
    slowest = sorted(least, key=lambda name: -least[name])[:count]
    return "\n".join(f"{least[name] / 1e3:8.2f} ms  {name}" for name in slowest)


def _copied() -> AbstractContextManager[str]:
    """A folder with a copy of our package in which nothing is compiled yet."""
    folder = tempfile.TemporaryDirectory()
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(autograd.__file__).parent, Path(folder.name) / "autograd", ignore=ignored)
    return folder


def _fresh(folder: str, *arguments: str, keeps: bool) -> subprocess.CompletedProcess[str]:
    """Python in a fresh process, which finds our package in `folder`, and keeps compiled files there or not."""
    environment = {**os.environ, "PYTHONPATH": folder}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"):
        environment.pop(name, None)
    if not keeps:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True,
                          text=True)  # fmt: skip
