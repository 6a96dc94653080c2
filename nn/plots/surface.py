"""The error over two weights, as a landscape and as its map, with the path of the descent."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from autograd.notation import text

from ..errors import NetworkError
from ..experiments.surface import ErrorSurface, Path
from ..words import counted
from .style import BLACK, ORANGE, SEQUENTIAL, VERMILION, canvas, crowding, legend_below, plain

_DECADES = 20.0  # the largest error over the smallest, from which on levels are logarithmic
_DEEPEST = 1e-4  # of the largest error: levels below it would all lie in a few squares of the grid
_LEVELS = 10
_MARKED = 60  # places of a path that get a mark each
_ARROWS = (0.12, 0.35, 0.65)  # of the way along the path
_CLOSE = 0.055  # of a side: labels keep this distance
_MOST = 2000  # points at which a path is looked at
_SHORT = 0.05  # of a side: paths shorter than this get no arrows
_PLUMB_LINES = 8
_VIEW = (32.0, -58.0)
_WHITE_RIM = 3.0

Point = tuple[float, float]


def surface(
    surface: ErrorSurface, *, ax: Any = None, title: str | None = None, view: tuple[float, float] = _VIEW
) -> Any:
    """The error surface in 3-D, with the path of the descent where there is one; returns the axes.

    >>> import nn
    >>> line, X, T = nn.Neuron(1, "identity"), [0.0, 1.0, 2.0], [1.0, 3.0, 5.0]
    >>> found = nn.experiments.descend(line, X, T, ("w_11", "b_1"), lr=0.2, steps=20, points=11)
    >>> nn.plots.surface(found).get_title(loc="left")
    'Error over w₁₁ and b₁'

    `surface` is from `nn.experiments.error_surface` or `descend`. A path in which other parameters moved, too, does not
    lie in the surface: it is drawn at the loss that the network really had, and its shadow on the surface. `view` is
    (elevation, azimuth) in degrees. `ax` are axes of `figure.add_subplot(projection="3d")`.

    Raises NetworkError for other axes, and MissingPackageError without matplotlib.
    """
    _check(surface)
    _check_view(view)
    with canvas(ax, solid=True, size=(6.8, 5.4)) as axes:
        axes.computed_zorder = False  # or the path sinks into the surface wherever matplotlib takes it to be behind
        _landscape(axes, surface)
        if surface.path is not None:
            _path_in_space(axes, surface, surface.path)
        _name_axes(axes, surface, title)
        axes.set_zlabel("mean loss")
        axes.view_init(*view)
        axes.set_box_aspect((1, 1, 0.75), zoom=1.0)
        _few_ticks(axes)
        legend_below(axes, points=18.0)
    return axes


def contours(surface: ErrorSurface, *, ax: Any = None, title: str | None = None) -> Any:
    """The error surface as a map: lines of equal loss, the path of the descent and the lowest point; returns the axes.

    >>> import nn
    >>> net, X, T = nn.MLP(2, [3, 2]), [[0.5, -1.0]], [[0.0, 1.0]]
    >>> found = nn.experiments.error_surface(net, X, T, ("w_11", "u_11"), points=11)
    >>> nn.plots.contours(found).get_ylabel()
    'u₁₁'

    Where the loss spans decades its levels do, too, so that the valley shows. `surface` is the same as there.

    Raises NetworkError for anything else, and MissingPackageError without matplotlib.
    """
    _check(surface)
    with canvas(ax, size=(6.4, 5.6)) as axes:
        _map(axes, surface)
        if surface.path is not None:
            _path_on_map(axes, surface, surface.path)
        x, y, loss = surface.lowest
        axes.plot([x], [y], "P", color="white", markeredgecolor=BLACK, markersize=10, zorder=5, clip_on=False,
                  label=f"lowest of the grid: {loss:.3g}")  # fmt: skip
        axes.set_xlim(surface.xs[0], surface.xs[-1])
        axes.set_ylim(surface.ys[0], surface.ys[-1])
        axes.grid(False)
        _name_axes(axes, surface, title)
        legend_below(axes)
    return axes


# ---------------------------------------------------------------- the landscape


def _few_ticks(ax: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(5))


def _landscape(ax: Any, found: ErrorSurface) -> None:
    import numpy
    from matplotlib.colors import PowerNorm

    xs, ys = numpy.meshgrid(found.xs, found.ys)
    heights = numpy.array(found.losses)
    # The root of the height spreads the shades of the valley, in which the path lies.
    shades = PowerNorm(0.5, vmin=numpy.nanmin(heights), vmax=numpy.nanmax(heights))
    ax.plot_surface(xs, ys, heights, cmap=SEQUENTIAL, norm=shades, rcount=len(found.ys), ccount=len(found.xs),
                    edgecolor="white", linewidth=0.15, zorder=1)  # fmt: skip


def _path_in_space(ax: Any, found: ErrorSurface, path: Path) -> None:
    kept = _visible(found, path)
    xs, ys, heights = (_inside(numbers, kept) for numbers in (path.xs, path.ys, path.losses))
    if not path.is_on_surface:
        _shadow(ax, path, kept)
    mark = "o" if len(path) <= _MARKED else ""
    ax.plot(xs, ys, heights, "-", color="white", linewidth=2.0 + _WHITE_RIM, zorder=4)
    ax.plot(xs, ys, heights, "-", marker=mark, color=VERMILION, linewidth=2.0, markersize=3.5, zorder=5,
            label=_told(found, path))  # fmt: skip
    for number, style in _ends(found, path):
        place = ([path.xs[number]], [path.ys[number]], [path.losses[number]])
        ax.plot(*place, linestyle="none", zorder=6, **style)


def _shadow(ax: Any, path: Path, kept: set[int]) -> None:
    """Where the path lies on the surface, and plumb lines between the two."""
    xs, ys, ground = (_inside(numbers, kept) for numbers in (path.xs, path.ys, path.ground))
    ax.plot(xs, ys, ground, ":", color=BLACK, linewidth=1.8, zorder=3, label="the surface at its places")
    for number in sorted(kept)[:: max(1, len(kept) // _PLUMB_LINES)]:
        x, y = [path.xs[number]] * 2, [path.ys[number]] * 2
        ax.plot(x, y, [path.ground[number], path.losses[number]], color=BLACK, linewidth=0.6, zorder=3.5)


def _visible(found: ErrorSurface, path: Path) -> set[int]:
    """The places inside the grid: 3-D axes draw beyond their own edges."""
    return {
        number
        for number, (x, y, loss) in enumerate(zip(path.xs, path.ys, path.losses, strict=True))
        if found.window.holds((x, y)) and math.isfinite(loss)
    }


def _inside(numbers: Sequence[float], kept: set[int]) -> list[float]:
    """The numbers of some places, and NaN, where a line breaks, for the others."""
    return [number if place in kept else math.nan for place, number in enumerate(numbers)]


# ---------------------------------------------------------------- the map


def _map(ax: Any, found: ErrorSurface) -> None:
    import numpy
    from matplotlib.colors import BoundaryNorm

    grid = numpy.ma.masked_invalid(numpy.array(found.losses))
    levels = _levels(grid)
    if len(levels) < 2:  # flat: no line of equal loss runs anywhere
        return
    # A shade for each step between two lines, however far apart the numbers are.
    shades = BoundaryNorm(levels, 256, extend="both")
    ax.contourf(found.xs, found.ys, grid, levels, cmap=SEQUENTIAL, norm=shades, extend="both", alpha=0.85)
    lines = ax.contour(found.xs, found.ys, grid, levels, colors="white", linewidths=0.8)
    _label(ax.clabel(lines, fmt="%g", fontsize=8, colors=BLACK, inline=False), found, _CLOSE * crowding(ax))


def _label(labels: Sequence[Any], found: ErrorSurface, close: float) -> None:
    """Give the labels of lines a ground, and hide those that would cover the path, each other or the frame."""
    taken = [found.window.share(point) for point in _along(found)]
    for label in labels:
        label.set_bbox({"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "boxstyle": "round,pad=0.12"})
        at = found.window.share(label.get_position())
        is_inside = all(close / 2 < each < 1 - close / 2 for each in at)
        if is_inside and all(math.dist(at, other) > close for other in taken):
            taken.append(at)
        else:
            label.set_visible(False)


def _levels(grid: Any) -> list[float]:
    """The losses that get a line, smallest first."""
    if grid.count() == 0:
        return []
    low, high = float(grid.min()), float(grid.max())
    if 0 <= low and low * _DECADES <= high:
        return _decades(max(low, high * _DEEPEST), high)
    return _even(low, high)


def _even(low: float, high: float) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    return [float(each) for each in MaxNLocator(_LEVELS).tick_values(low, high) if low < each < high]


def _decades(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20, 50, … between two numbers."""
    if high <= 0:
        return []
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [level for power in exponents for factor in (1, 2, 5) if low < (level := factor * 10.0**power) < high]


def _path_on_map(ax: Any, found: ErrorSurface, path: Path) -> None:
    xs, ys = zip(*_drawn(found), strict=True)
    mark = "o" if len(xs) <= _MARKED else ""
    ax.plot(xs, ys, "-", color="white", linewidth=1.8 + _WHITE_RIM, zorder=3)
    ax.plot(xs, ys, "-", marker=mark, color=VERMILION, linewidth=1.8, markersize=4, zorder=4,
            markeredgecolor="white", markeredgewidth=0.6, label=_told(found, path))  # fmt: skip
    for start, end in _arrows(found):
        ax.annotate("", xy=end, xytext=start, zorder=4.5, arrowprops=_ARROW)
    for number, style in _ends(found, path):
        ax.plot([path.xs[number]], [path.ys[number]], linestyle="none", zorder=6, **style)


def _drawn(found: ErrorSurface) -> list[Point]:
    """The path on the map. One that does not end on it is drawn until it first leaves it."""
    path = found.path
    if path is None:
        return []
    points, kept = list(zip(path.xs, path.ys, strict=True)), _visible(found, path)
    outside = [number for number in range(len(points)) if number not in kept]
    return points if len(points) - 1 in kept else points[: outside[0] + 1]


_ARROW = {"arrowstyle": "-|>", "color": VERMILION, "mutation_scale": 17, "shrinkA": 0, "shrinkB": 0}


def _arrows(found: ErrorSurface) -> list[tuple[Point, Point]]:
    """Where arrows along the path begin and end: at shares of its length as it is drawn."""
    points = _drawn(found)
    ways = _ways(found, points)
    if not points or ways[-1] < _SHORT:
        return []
    ends = [share * ways[-1] for share in _ARROWS]
    return [(_at(end - _SHORT / 5, ways, points), _at(end, ways, points)) for end in ends]


def _along(found: ErrorSurface) -> list[Point]:
    """Points of the path, close to each other: also those on its way from place to place."""
    points = _drawn(found)
    if len(points) < 2:
        return points
    ways = _ways(found, points)
    count = min(round(ways[-1] / _CLOSE * 2) + 1, _MOST)
    return [_at(ways[-1] * number / count, ways, points) for number in range(count + 1)]


def _ways(found: ErrorSurface, points: Sequence[Point]) -> list[float]:
    """How far along the path each of its points is, in sides of the picture."""
    shares = [found.window.share(point) for point in points]
    return list(accumulate((math.dist(one, other) for one, other in pairwise(shares)), initial=0.0))


def _at(way: float, ways: Sequence[float], points: Sequence[Point]) -> Point:
    """The point so far along a path."""
    last = max(1, min(bisect_left(ways, way), len(ways) - 1))
    length = ways[last] - ways[last - 1]
    share = (way - ways[last - 1]) / length if length else 0.0
    (x, y), (x_next, y_next) = points[last - 1], points[last]
    return x + share * (x_next - x), y + share * (y_next - y)


# ---------------------------------------------------------------- what both share


def _told(found: ErrorSurface, path: Path) -> str:
    """What the line of the path is."""
    count, leaves = path.epochs[-1], len(path) - 1 not in _visible(found, path)
    what = "step" if path.is_on_surface else "epoch"
    others = f"; {counted(path.others, 'other parameter')} moved, too" * (not path.is_on_surface)
    return f"path, {counted(count, what)}{', out of the picture' * leaves}{others}"


def _ends(found: ErrorSurface, path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The start and the end of the path, if they are in the picture, and how they look."""
    looks = {
        0: {"marker": "o", "markersize": 8.0, "markerfacecolor": "white", "label": "start"},
        len(path) - 1: {"marker": "*", "markersize": 15.0, "markerfacecolor": ORANGE, "label": "end"},
    }
    return [
        (number, {**look, "markeredgecolor": BLACK, "label": f"{look['label']}: loss {path.losses[number]:.3g}"})
        for number, look in looks.items() if number in _visible(found, path)
    ]  # fmt: skip


def _name_axes(ax: Any, found: ErrorSurface, title: str | None) -> None:
    x, y = (plain(text(label)) for label in found.labels)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.set_title(f"Error over {x} and {y}" if title is None else plain(title), loc="left")


def _check(found: Any) -> None:
    if not isinstance(found, ErrorSurface):
        raise NetworkError("this plot takes what nn.experiments.error_surface or descend gave; it was given "
                           f"{type(found).__name__} {found!r:.60}")  # fmt: skip
    if math.isnan(found.lowest[2]):
        raise NetworkError("the loss is no finite number anywhere on this surface: choose a smaller span")


def _check_view(view: Any) -> None:
    is_pair = isinstance(view, (tuple, list)) and len(view) == 2
    if not is_pair or not all(isinstance(angle, (int, float)) and math.isfinite(angle) for angle in view):
        raise NetworkError(f"view is elevation and azimuth in degrees, such as {_VIEW}; it was {view!r}")
