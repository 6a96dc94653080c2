"""How plots look: one palette, lines that differ by more than their colour, and files with the same bytes on every run.

The colours are Okabe & Ito's (2008), "Color universal design": told apart by people with any kind of colour vision. The
order is one of falling contrast, and every line has a dash and a mark of its own, for who prints in black and white.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from autograd.errors import MissingPackageError
from autograd.files import write_atomically

from ..errors import NetworkError

BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
)  # fmt: skip
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, BLACK, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
# From dark to light without a turn, in grey as in colour.
SEQUENTIAL = "cividis"

# What files of each kind do not carry: the time, which would make every one different, and the version.
UNDATED: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

LOOK = {
    "figure.figsize": (6.4, 4.2),
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#d9dee4",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "lines.linewidth": 1.9,
    "legend.frameon": False,
    "svg.hashsalt": "chainrule",  # or the ids in an SVG would be drawn at random
    "svg.fonttype": "none",  # text stays text
}


def matplotlib() -> Any:
    """The package `matplotlib`; raises MissingPackageError with what to install where there is none."""
    try:
        import matplotlib
        import matplotlib.pyplot
    except ImportError:
        raise MissingPackageError("matplotlib", "plot", "plots need") from None
    return matplotlib


@contextmanager
def canvas(ax: Any = None, *, solid: bool = False, size: tuple[float, float] | None = None) -> Iterator[Any]:
    """The axes to draw on, in this package's look: those that were given, or those of a new figure.

    What is drawn inside the `with` has the look; nothing of matplotlib's settings is changed after it.
    """
    package = matplotlib()
    with package.rc_context(LOOK):
        if ax is None:
            figure = package.pyplot.figure(figsize=size)
            ax = figure.add_subplot(projection="3d" if solid else None)
        yield ax


def line(number: int) -> dict[str, Any]:
    """Colour and dash of line number 0, 1, 2, … of a plot: no two of the first 28 are the same.

    >>> line(0), line(8)
    ({'color': '#0072B2', 'linestyle': '-'}, {'color': '#D55E00', 'linestyle': '-'})
    """
    return {"color": PALETTE[number % len(PALETTE)], "linestyle": DASHES[number % len(DASHES)]}


def mark(number: int) -> dict[str, Any]:
    """Colour and shape of the points of class number 0, 1, 2, …

    >>> mark(1)
    {'color': '#D55E00', 'marker': 's'}
    """
    return {"color": PALETTE[number % len(PALETTE)], "marker": MARKS[number % len(MARKS)]}


def save(axes: Any, path: str | PathLike[str]) -> Path:
    """Write the figure of some axes to a file (.png, .svg or .pdf by its name), the same bytes on every run.

    Raises NetworkError for another kind of file, and OSError if it cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in UNDATED:
        raise NetworkError(f"a plot is saved as .png, .svg or .pdf; the file was called '{path}'")
    buffer = io.BytesIO()
    with matplotlib().rc_context(LOOK):
        axes.get_figure(root=True).savefig(buffer, format=kind, metadata=UNDATED[kind])
    return write_atomically(path, buffer.getvalue())
