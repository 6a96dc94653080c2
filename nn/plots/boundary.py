"""The decision boundary of a network of two inputs, and the 0-lines of the neurons that it is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.notation import text

from ..errors import NetworkError
from ..experiments.regions import Grid, Regions, neurons_of, regions
from ..layers import Network
from ..module import Module
from .style import BLACK, canvas, crowding, legend_below, mark, plain

Point = tuple[float, float]

_LINE = "#444444"
_STRENGTHS = (0.42, 0.20, 0.31, 0.50, 0.14, 0.37, 0.25)  # of a region's colour on white: apart in grey, too
# The shades of one output: blue below, vermilion above, and lighter all the way, for those who print in grey.
_SHADES = ("#86b4d4", "#b9d0df", "#e9e8e6", "#fbdfcd", "#ffe9dc")
_STEPS = 12
_LOOKED_AT, _EVERY = 200, 5  # samples, and points of a line, that labels keep away from
_LABELLED = 12  # neurons that get a label and an arrow each
_SPOTS = [share / 24 for share in range(1, 24)]  # of the way along a line: where its label may stand
_FAR, _NEAR, _APART = 0.05, 0.04, 0.14  # from samples, from lines, from other labels: in shares of the picture
_ARROW = 0.065  # of the picture's height


def boundary(
    net: Module,
    X: Any,
    T: Any,
    *,
    ax: Any = None,
    title: str = "Decision boundary",
    neurons: bool | int = True,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    threshold: float | None = None,
    points: int = 81,
    progress: bool | None = None,
) -> Any:
    """What a network of two inputs predicts where, the samples, and each neuron's 0-line; returns the axes.

    >>> import nn
    >>> X, T = nn.experiments.moons(40)
    >>> net = nn.MLP(2, [3, 1], output_activation="identity", rng=0)
    >>> ax = nn.plots.boundary(net, X, T, classes=["upper", "lower"], points=21)
    >>> ax.get_title(loc="left"), ax.get_xlabel()
    ('Decision boundary', 'x₁')

    A neuron's weighted sum is 0 on its line, w₁·x₁ + w₂·x₂ + b = 0, and positive on the side of the arrow. `neurons` is
    the number of the layer whose lines are drawn (from 1 on; those of deeper layers are curves), or False for none. One
    output is shown in shades, with the line where it reaches the threshold, several by the largest of them. `names` are
    those of the inputs, `classes` those of the classes; for `threshold`, see `nn.experiments.regions`.

    Raises NetworkError if the network has not two inputs, and for names that are too few, DataError for the samples,
    and MissingPackageError without matplotlib.
    """
    found = regions(net, X, T, layer=neurons, threshold=threshold, points=points, progress=progress)
    inputs = _names(names, [text(label) for label in net.input_labels], "names", "inputs")
    kinds = _names(classes, [f"class {number}" for number in range(found.count)], "classes", "classes")
    with canvas(ax, size=(6.4, 5.6)) as axes:
        axes.set_xlim(found.xs[0], found.xs[-1])
        axes.set_ylim(found.ys[0], found.ys[-1])
        axes.grid(False)
        edges = _shade(axes, found, plain(text(_output_label(net)))) if len(found.outputs) == 1 else _tint(axes, found)
        _neurons(axes, found, edges)
        _samples(axes, found, kinds)
        axes.set_xlabel(inputs[0])
        axes.set_ylabel(inputs[1])
        axes.set_title(plain(title), loc="left")
        legend_below(axes, 3)
    return axes


# ---------------------------------------------------------------- regions


def _shade(ax: Any, found: Regions, output: str) -> list[Point]:
    """One output: its shades, and the line where it reaches the threshold; returns points of the line."""
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
    from matplotlib.ticker import MaxNLocator

    numbers = [y for row in found.outputs[0] for y in row if math.isfinite(y)] or [found.threshold]
    levels = [float(each) for each in MaxNLocator(_STEPS).tick_values(min(numbers), max(numbers) + 1e-9)]
    room = max(abs(each - found.threshold) for each in levels)
    drawn = ax.contourf(found.xs, found.ys, _masked(found.outputs[0]), levels,
                        cmap=LinearSegmentedColormap.from_list("outputs", _SHADES),
                        norm=TwoSlopeNorm(found.threshold, found.threshold - room, found.threshold + room))  # fmt: skip
    ax.figure.colorbar(drawn, ax=ax, label=f"output {output}", pad=0.02, aspect=30)
    return _edge(ax, found, found.lead(1), 2.2, f"{output} = {found.threshold:g}: the boundary")


def _tint(ax: Any, found: Regions) -> list[Point]:
    """Several outputs: a tint for each region, and the lines between them; returns points of the lines."""
    edges: list[Point] = []
    for kind in range(found.count):
        lead = _masked(found.lead(kind))
        if lead.count() and lead.max() > 0:
            ax.contourf(found.xs, found.ys, lead, [0.0, float(lead.max()) * 2], colors=[_tint_of(kind)])
            edges += _edge(ax, found, found.lead(kind), 1.6, "" if edges else "the boundary")
    return edges


def _edge(ax: Any, found: Regions, lead: Grid, width: float, label: str) -> list[Point]:
    """The line where a class begins to lead, with its entry in the legend; returns points of it."""
    if not _crosses(lead):
        return []
    drawn = ax.contour(found.xs, found.ys, _masked(lead), [0.0], colors=BLACK, linewidths=width)
    if label:
        ax.plot([], [], "-", color=BLACK, linewidth=width, label=label)
    return [(float(x), float(y)) for line in drawn.allsegs[0] for x, y in line[::_EVERY]]


def _tint_of(kind: int) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    strength = _STRENGTHS[kind % len(_STRENGTHS)]
    return tuple(1 - strength * (1 - part) for part in to_rgb(mark(kind)["color"]))


def _masked(grid: Grid) -> Any:
    import numpy

    return numpy.ma.masked_invalid(numpy.array(grid))


def _crosses(grid: Grid) -> bool:
    """Whether a grid has numbers on both sides of 0."""
    numbers = [each for row in grid for each in row if math.isfinite(each)]
    return min(numbers, default=0.0) < 0 < max(numbers, default=0.0)


# ---------------------------------------------------------------- the neurons' 0-lines


def _neurons(ax: Any, found: Regions, edges: Sequence[Point]) -> None:
    """The 0-line of every neuron, with its label and an arrow to the positive side if they are not too many."""
    drawn = {label: _zero_line(ax, found, grid) for label, grid in found.sums.items() if _crosses(grid)}
    lines = {label: line for label, line in drawn.items() if len(line) > 1}
    if not lines:
        return
    is_labelled = len(lines) <= _LABELLED
    arrows = "; arrow: it is positive" * is_labelled
    ax.plot([], [], "--", color=_LINE, linewidth=1.4, label=f"0-line of a neuron{arrows}")
    placed: list[Sign] = []
    for label, line in lines.items() if is_labelled else ():
        others = [point for other, points in lines.items() if other != label for point in points]
        around = [(found.window.share((x, y)), _FAR) for x, y in (*found.data.inputs[:_LOOKED_AT], *edges)]
        around += [(point, _NEAR) for point in others[::_EVERY]]
        around += [(point, _APART) for sign in placed for point in (sign.name, sign.tip)]
        placed.append(_best(_signs(line, found.sums[label], _ARROW * crowding(ax)), around, crowding(ax)))
        _point_out(ax, label, placed[-1])


def _zero_line(ax: Any, found: Regions, grid: Grid) -> list[Point]:
    """Draw where a weighted sum is 0; returns its longest piece, in shares of the sides."""
    drawn = ax.contour(found.xs, found.ys, _masked(grid), [0.0], colors=_LINE, linewidths=1.4, linestyles="--")
    return [found.window.share(point) for point in max(drawn.allsegs[0], key=len, default=())]


class Sign(NamedTuple):
    """A neuron's name at its 0-line, and an arrow across the line to its positive side."""

    name: Point
    foot: Point
    tip: Point


def _signs(line: Sequence[Point], grid: Grid, length: float) -> Iterator[Sign]:
    """Where the sign of a line may stand: at some spots along it, with the name behind or before the arrow."""
    for share in _SPOTS:
        spot = round(share * (len(line) - 2))
        foot, along = line[spot], _direction(line[spot], line[spot + 1])
        side = (-along[1], along[0])
        if _height(grid, _moved(foot, side, length)) < _height(grid, _moved(foot, side, -length)):
            side = (along[1], -along[0])
        tip = _moved(foot, side, length)
        yield Sign(_moved(foot, side, -length / 1.3), foot, tip)
        yield Sign(_moved(tip, side, length / 2), foot, tip)


def _best(signs: Iterable[Sign], around: Sequence[tuple[Point, float]], crowded: float) -> Sign:
    """The sign with the most room, as a share of what it needs: to all that stands there already, and to the frame."""

    def room(sign: Sign) -> float:
        own = (sign.name, sign.tip)
        frame = min(min(*point, 1 - point[0], 1 - point[1]) for point in own) / (_FAR * crowded)
        if frame < 1:
            return frame - 1
        return min((math.dist(point, other) / need for point in own for other, need in around), default=1.0)

    return max(signs, key=room)


def _point_out(ax: Any, label: str, sign: Sign) -> None:
    ax.annotate("", xy=sign.tip, xytext=sign.foot, xycoords="axes fraction",
                arrowprops={"arrowstyle": "-|>", "color": _LINE, "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    ax.annotate(plain(text(label)), xy=sign.name, xycoords="axes fraction", ha="center", va="center", fontsize=10,
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none",
                      "boxstyle": "round,pad=0.15"})  # fmt: skip


def _direction(one: Point, other: Point) -> Point:
    length = math.dist(one, other) or 1.0
    return (other[0] - one[0]) / length, (other[1] - one[1]) / length


def _moved(at: Point, side: Point, way: float) -> Point:
    return at[0] + way * side[0], at[1] + way * side[1]


def _height(grid: Grid, at: Point) -> float:
    """The number of a grid that is nearest to a point."""
    row, column = (min(max(round(share * (len(side) - 1)), 0), len(side) - 1)
                   for share, side in ((at[1], grid), (at[0], grid[0])))  # fmt: skip
    return grid[row][column]


# ---------------------------------------------------------------- samples and names


def _samples(ax: Any, found: Regions, names: Sequence[str]) -> None:
    for kind, name in enumerate(names):
        own = [x for x, each in zip(found.data.inputs, found.classes, strict=True) if each == kind]
        if own:
            xs, ys = zip(*own, strict=True)
            ax.plot(xs, ys, linestyle="none", markersize=6.5, markeredgecolor="white", markeredgewidth=0.9,
                    label=name, zorder=5, **mark(kind))  # fmt: skip


def _names(given: Sequence[str] | None, default: Sequence[str], what: str, of: str) -> list[str]:
    if given is None:
        return [plain(name) for name in default]
    is_listed = hasattr(given, "__iter__") and not isinstance(given, str)
    found = [str(name) for name in given] if is_listed else []
    if len(found) != len(default):
        raise NetworkError(f"{what} is a list of {len(default)} texts, one for each of the {of}; it was {given!r}")
    return [plain(name) for name in found]


def _output_label(net: Module) -> str:
    """What the network's first output is called."""
    last = net.layers[-1] if isinstance(net, Network) else net
    return next((neuron.label for neuron in neurons_of(last)), "y_1")
