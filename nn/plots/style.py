"""How plots look: one palette, lines that differ by more than their colour, and files with the same bytes on every run.

The colours are Okabe & Ito's (2008), "Color universal design": told apart by people with any kind of colour vision. The
order is one of falling contrast, and every line has a dash and a mark of its own, for those who print in black and
white.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
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

# Of a figure with a legend beside the axes, in inches.
SIZE = (7.4, 4.2)

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

    What is drawn inside the `with` has the look; nothing of matplotlib's settings is changed after it. Raises
    NetworkError if the axes are none, or flat for what is solid, or the other way round.
    """
    package = matplotlib()
    _check_axes(ax, solid)
    is_interactive = package.is_interactive()
    try:
        with package.rc_context(LOOK):
            if ax is None:
                figure = package.pyplot.figure(figsize=size)
                ax = figure.add_subplot(projection="3d" if solid else None)
            is_interactive = package.is_interactive()
            yield ax
    finally:
        # The first figure of a notebook makes matplotlib interactive. `rc_context` puts back what was before; left so,
        # no later figure would be shown.
        package.interactive(is_interactive)


def _check_axes(ax: Any, solid: bool) -> None:
    if ax is None:
        return
    if not hasattr(ax, "get_xlim"):
        raise NetworkError(f"ax is axes of matplotlib, such as plt.subplots()[1]; it was given {ax!r:.60}")
    if solid and not hasattr(ax, "get_zlim"):
        raise NetworkError("this plot is drawn on 3-D axes: make them by figure.add_subplot(projection='3d')")
    if not solid and hasattr(ax, "get_zlim"):
        raise NetworkError("this plot is flat: give it axes without projection='3d'")


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

    Raises NetworkError for another kind of file and for what are no axes, and OSError if it cannot be written.
    """
    if not isinstance(path, (str, PathLike)):
        raise NetworkError(f"save takes axes and a path, such as 'loss.png'; the path was {path!r}")
    if not hasattr(axes, "figure"):
        raise NetworkError(f"save takes the axes that a plot returned; it was given {axes!r:.60}")
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in UNDATED:
        raise NetworkError(f"a plot is saved as .png, .svg or .pdf; the file was called '{path}'")
    buffer = io.BytesIO()
    # The figure of a figure is itself, that of a part of one (a SubFigure) is the whole.
    with matplotlib().rc_context(LOOK):
        axes.figure.figure.savefig(buffer, format=kind, metadata=UNDATED[kind])
    return write_atomically(path, buffer.getvalue())


_LETTER, _HANDLE, _OVER = 4.6, 36.0, 60.0  # widths in points: a letter, a sign of the legend, what it may stand over
_USUAL = 4.2  # the height of axes, in inches


def plain(name: str) -> str:
    """A name that somebody gave, as it is: no formula is read between two dollars, and no legend leaves it out.

    >>> plain("US$ or A$"), plain("_private")
    ('US\\\\$ or A\\\\$', '\\u2009_private')
    """
    return ("\u2009" if name.startswith("_") else "") + name.replace("$", r"\$")


def legend_below(ax: Any, columns: int = 2, *, points: float = 34.0) -> None:
    """The legend under the axes, where it hides nothing, in as many columns as fit.

    `points` is the room for the ticks and the name of x.
    """
    from matplotlib.transforms import ScaledTranslation

    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    room = ax.get_window_extent().width * 72 / ax.figure.dpi + _OVER
    fitting = [count for count in range(2, columns + 1) if _legend_width(labels, count) <= room]
    below = ax.transAxes + ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    ax.legend(handles, labels, ncols=max(fitting, default=1), fontsize=9, columnspacing=1.4,
              loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=below)  # fmt: skip


def _legend_width(labels: Sequence[str], columns: int) -> float:
    """About how wide a legend is, in points: nothing is drawn yet that could be measured."""
    rows = math.ceil(len(labels) / columns)
    widest = [max(map(len, labels[start : start + rows])) for start in range(0, len(labels), rows)]
    return sum(letters * _LETTER + _HANDLE for letters in widest)


def crowding(ax: Any) -> float:
    """How many times smaller some axes are than those that fill a figure of their own; at least 1."""
    height: float = ax.get_window_extent().height / ax.figure.dpi
    return max(1.0, _USUAL / height)
