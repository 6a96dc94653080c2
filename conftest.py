"""Tests that need a program or package which the test extra does not install are left out, and it is said why."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator

import pytest
from _pytest.doctest import DoctestItem

NEEDS = {
    "graphviz": "needs Graphviz' program dot",
    "graphviz_pure": 'needs the extra [dot]: pip install "chainrule[dot]"',
    "browser": "needs Chromium",
    "latex": "needs pdflatex",
    "libreoffice": "needs LibreOffice",
    "matplotlib": 'needs the extra [plot]: pip install "chainrule[plot]"',
    "notebooks": 'needs the extra [notebook]: pip install "chainrule[notebook]"',
    "numba": 'needs the extra [fast]: pip install "chainrule[fast]"',
    "dask": 'needs the extra [cluster]: pip install "chainrule[cluster]"',
    "thorough": "takes minutes; samples of these run by default",
    "long": "takes up to an hour",
}
_left_out: dict[str, int] = {}
# Kernels are nothing without numba.
KERNELS = [
    f"autograd/replay/{name}.py"
    for name in (
        "compiling",
        "elementary",
        "lanes",
        "matrices",
        "native",
        "training/blocks",
        "training/kernels",
        "training/native",
    )
]
collect_ignore = [] if importlib.util.find_spec("numba") else KERNELS
os.environ.setdefault("MPLBACKEND", "Agg")  # plots are drawn, but no window is opened


def pytest_itemcollected(item: pytest.Item) -> None:
    """The examples of plots need matplotlib, but for those of the curve that is written as plain SVG."""
    is_plot = item.path.parent.name == "plots" and item.path.stem not in ("lines", "loss_svg", "ticks")
    if isinstance(item, DoctestItem) and is_plot:
        item.add_marker("matplotlib")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect marked tests, unless markers or single tests were asked for."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    left_out = []
    for item in list(items):
        marker = next((name for name in NEEDS if item.get_closest_marker(name)), None)
        if marker:
            _left_out[marker] = _left_out.get(marker, 0) + 1
            left_out.append(item)
            items.remove(item)
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, why, and how to run it."""
    for marker, count in _left_out.items():
        reason = f'marked "{marker}": {NEEDS[marker]}'
        terminalreporter.write_line(f"left out: {count} tests {reason} (run them with: python -m pytest -m {marker})")


@pytest.fixture(autouse=True)
def _examples_write_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Examples in documents and docstrings may save files: not into the checkout."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))  # (a folder is made only where one is needed)
        yield
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
    else:
        yield
