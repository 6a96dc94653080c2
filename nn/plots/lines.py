"""What plots of lines share: marks at some of the points, scales, legends beside lines, and labels at their ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..choices import known
from ..errors import NetworkError
from ..history import History
from .style import line, mark
from .ticks import decade_ticks, whole_ticks

DECADES = 100.0  # from this ratio on, a scale is logarithmic
_MARKS = 8  # on one line
_FINE = 8.0  # decades, between which there is room for smaller ticks
INK = "#1d2733"  # of what is said about lines: their own colours are too light for letters
USUAL, SMALL = 9.0, 7.0  # fonts of labels and legends: in figures of their own, and in axes that were given
_LETTER, _LINE = 0.56, 1.4  # the room of a letter and of a line, in sizes of the font
_MOST_ROOM = 0.5  # of the width of axes, for their legend
_LEADER = 16.0  # from a label to its line


def marked(number: int, count: int) -> dict[str, Any]:
    """Colour, dash and marks of line number 0, 1, 2, … with so many points; those of two lines are not side by side."""
    every = max(count // _MARKS, 1)
    return {**line(number), **mark(number), "markersize": 5.5, "markevery": (number * every // 4 % every, every)}


def spans_decades(numbers: Iterable[float]) -> bool:
    """Whether numbers, all of them positive, are so far apart that only a logarithmic scale shows the small ones.

    >>> spans_decades([0.001, 0.5]), spans_decades([0.1, 0.5]), spans_decades([0.0, 0.5])
    (True, False, False)
    """
    found = list(numbers)
    return bool(found) and min(found) > 0 and max(found) / min(found) >= DECADES


def epochs_axis(ax: Any, last: int, first: int = 1) -> None:
    """The x axis of epochs: round whole numbers, and little room beside them."""
    ax.set_xlabel("epoch")
    ax.set_xticks(whole_ticks(first, last, 6))
    room = max((last - first) * 0.02, 0.05)
    ax.set_xlim(first - room, last + room)


def logarithmic(ax: Any, numbers: Iterable[float]) -> None:
    """A logarithmic y axis for these numbers, which may be as large as floats are."""
    from matplotlib.ticker import NullLocator

    exponents = [math.log10(number) for number in numbers]
    span = max(exponents) - min(exponents)
    low, high = (10 ** (end + sign * max(span * 0.04, 0.1)) if abs(end) < 290 else 10**end
                 for end, sign in ((min(exponents), -1), (max(exponents), 1)))  # fmt: skip
    ax.set_ylim(low, high)
    ax.set_yscale("log")
    ax.set_yticks(decade_ticks(low, high))  # matplotlib's own ticks and margins overflow
    if span > _FINE:
        ax.yaxis.set_minor_locator(NullLocator())


def legend(ax: Any, given: Any, handles: Sequence[Any] | None = None, title: str | None = None) -> None:
    """A legend beside the axes of a new figure, or inside of axes that were given, to the right of the lines."""
    share = keyed(ax, given, handles, title)
    left, right = ax.get_xlim()
    ax.set_xlim(left, left + (right - left) / (1 - share))


def keyed(ax: Any, given: Any, handles: Sequence[Any] | None = None, title: str | None = None) -> float:
    """The legend, and the share of the axes' width that it takes: 0 if it stands beside them, or has no room inside."""
    found = list(handles) if handles is not None else ax.get_legend_handles_labels()[0]
    common = {"handles": found, "title": title, "alignment": "left", "handlelength": 3.0}
    if given is None:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), borderaxespad=0.0, **common)
        return 0.0
    small = {"fontsize": SMALL, "title_fontsize": SMALL, "frameon": True, "framealpha": 0.8, "edgecolor": "none"}
    made = ax.legend(loc="upper right", **common, **small)
    ax.figure.draw_without_rendering()
    share = float(made.get_window_extent().width / ax.get_window_extent().width)
    if share <= _MOST_ROOM:
        return share
    ax.legend(loc="best", **common, **small)
    return 0.0


# What is chosen of several lines: labels, or Values that have them; None for a choice that is made from the numbers.
Names = str | Sequence[Any] | None


class End(NamedTuple):
    """The label of a line, for the left of its first point, which is at the height y of the data."""

    y: float
    text: str
    color: str


def room_for(ax: Any, texts: Iterable[str], size: float) -> float:
    """The share of the axes' width that labels of lines take."""
    ax.figure.draw_without_rendering()  # the layout gives the axes their place
    points = ax.figure.get_size_inches()[0] * 72 * ax.get_position().width
    return (max(map(len, texts), default=0) * _LETTER * size + _LEADER + 4) / max(float(points), 1.0)


def end_labels(ax: Any, x: float, ends: Sequence[End], size: float) -> None:
    """Labels to the left of lines that begin at x, moved apart where they would overlap.

    The limits and the scale of the axes have to be final.
    """
    from matplotlib.transforms import blended_transform_factory

    ax.figure.draw_without_rendering()  # the layout gives the axes their place
    points = ax.figure.get_size_inches()[1] * 72 * ax.get_position().height  # the height of the axes
    heights = [ax.transAxes.inverted().transform(ax.transData.transform((x, end.y)))[1] for end in ends]
    places = spread(heights, _LINE * size / max(points, 1.0))
    where = blended_transform_factory(ax.transData, ax.transAxes)
    for end, height, place in zip(ends, heights, places, strict=True):
        leader = {"arrowstyle": "-", "color": end.color, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 4}
        ax.annotate(end.text, (x, height), xycoords=where, xytext=(-_LEADER, (place - height) * points),
                    textcoords="offset points", color=INK, ha="right", va="center", fontsize=size,
                    arrowprops={**leader, "relpos": (1.0, 0.5)})  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Places at least `gap` apart, in the order of the heights and near to them.

    They are between 0 and 1, half a gap from both, if there is room for all.

    >>> [round(place, 6) for place in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    """
    order = sorted(range(len(heights)), key=lambda index: (heights[index], index))
    groups: list[list[float]] = []  # the mean height of a group, less the gaps below it, and how many are in it
    for rank, index in enumerate(order):
        groups.append([heights[index] - rank * gap, 1.0])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (low, few), (high, more) = groups[-2:]
            groups[-2:] = [[(low * few + high * more) / (few + more), few + more]]
    starts = [start for start, count in groups for _ in range(int(count))]
    places = [0.0] * len(heights)
    for rank, (index, start) in enumerate(zip(order, starts, strict=True)):
        lowest, highest = gap / 2, 1.0 - (len(order) - 0.5) * gap
        places[index] = max(min(start, highest), lowest) + rank * gap
    return places


# ---------------------------------------------------------------- reading what was given


def histories(found: Any) -> dict[str, History]:
    """One history, under the name "", or several by name; raises NetworkError for anything else, and for empty ones."""
    named = dict(found) if isinstance(found, Mapping) else {"": found}
    if not named:
        raise NetworkError("there is no history to draw: the dict is empty")
    for name, each in named.items():
        told = f" of {name!r}" if name else ""
        if not isinstance(each, History):
            raise NetworkError(f"a plot of training takes the History that fit returned, or a dict of them; it was "
                               f"given {each!r}{told}")  # fmt: skip
        if not each.losses:
            raise NetworkError(f"this history{told} has no epochs: there is nothing to draw")
    return {str(name): each for name, each in named.items()}


def one_history(found: Any) -> History:
    """A history that has epochs; raises NetworkError for anything else."""
    if isinstance(found, Mapping):
        raise NetworkError("this plot takes one history; it was given a dict")
    return histories(found)[""]


def farthest(
    series: Mapping[str, Sequence[float]], names: Names, most: int
) -> tuple[dict[str, Sequence[float]], str]:
    """The series of these names, or those that moved farthest, and words on the selection (empty if they are all).

    >>> farthest({"w_1": [0.0, 1.0], "w_2": [0.5, 0.5], "w_3": [0.0, -2.0]}, None, 2)
    ({'w_1': [0.0, 1.0], 'w_3': [0.0, -2.0]}, '2 of 3: these\\nmoved farthest')

    Raises NetworkError for a name that none of them has.
    """
    if names is not None:
        wanted = [names] if isinstance(names, str) else [getattr(name, "label", name) for name in names]
        if not wanted:
            raise NetworkError("names is empty")
        return {name: series[known(name, series, "curve")] for name in wanted}, ""
    if len(series) <= most:
        return dict(series), ""
    ranked = sorted(series, key=lambda name: min(series[name]) - max(series[name]))  # equal ones stay in order
    kept = set(ranked[:most])
    return {name: series[name] for name in series if name in kept}, f"{most} of {len(series)}: these\nmoved farthest"
