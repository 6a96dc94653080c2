"""Curves: the last stage of a layered drawing.

Between two layers every wire is one cubic Bézier piece with tangents along the ranks, bent alike, so that two
wires cross there if their ends are in opposite order and else not: the number of crossings is the one
that the ordering found. Past boxes and labels
a wire runs straight (`leads`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..geometry import Point
from .grid import Grid
from .leads import Ends, leads

Line = tuple[list[Point], Point | None]

# The way from a rank to the next layer: as much as the arrows need, and more where wires climb far.
GAP = 26.0
CLIMB = 0.2
WIDEST_GAP = 110.0
STRAIGHT = 0.02
# Less than half the least distance of two ports, so that their order stays.
NEARLY_STRAIGHT = 3.0


@dataclass(frozen=True)
class Drawing:
    """A piece of a graph as drawn, from (0, 0): its size, the centres of its boxes, points and label of each wire."""

    along: float
    across: float
    boxes: list[Point]
    wires: list[Line]


def draw_grid(grid: Grid, across: Sequence[float]) -> Drawing:
    """Place the layers one after the other and draw the wires through them."""
    spans = _layer_spans(grid, across)
    middle = [0.0] * len(grid.along)
    for (start, end), layer in zip(spans, grid.layers, strict=True):
        for node in layer:
            middle[node] = (start + end) / 2
    strand_of = {(path[-2], path[-1]): i for i, path in enumerate(grid.paths)}

    def entry(lower: int, upper: int) -> float:
        return _entry(grid, across, strand_of[lower, upper]) if upper < grid.boxes else across[upper]

    bends = leads(grid, across, entry)
    boxes = [(middle[i], across[i]) for i in range(grid.boxes)]
    height = max((a + b for a, b in zip(across, grid.after, strict=True)), default=0.0)
    wires = [_draw_wire(grid, across, middle, bends, i) for i in range(len(grid.paths))]
    return Drawing(spans[-1][1], height, boxes, wires)


def _layer_spans(grid: Grid, across: Sequence[float]) -> list[tuple[float, float]]:
    """Where each layer begins and ends: as wide as its widest node, with room for the steepest wire before it."""
    layer_of = [0] * len(grid.along)
    for r, layer in enumerate(grid.layers):
        for node in layer:
            layer_of[node] = r
    climb = [0.0] * len(grid.layers)
    for link in grid.links:
        r = layer_of[link.upper]
        climb[r] = max(climb[r], abs(across[link.upper] + link.offset - across[link.lower]))
    spans: list[tuple[float, float]] = []
    at = 0.0
    for r, layer in enumerate(grid.layers):
        if r:
            at += min(GAP + CLIMB * climb[r], WIDEST_GAP)
        end = at + max(grid.along[node] for node in layer)
        spans.append((at, end))
        at = end
    return spans


def _draw_wire(grid: Grid, across: Sequence[float], middle: Sequence[float], bends: Ends, i: int) -> Line:
    """The Bézier points of a wire from box to box, and the centre of its label."""
    path = grid.paths[i]
    pen = _Pen((middle[path[0]] + grid.along[path[0]] / 2, across[path[0]]))
    for lower, upper in pairwise(path):
        leave, arrive = bends[lower, upper]
        pen.straight_to(middle[lower] + leave)
        end = _entry(grid, across, i) if upper == path[-1] else across[upper]
        pen.curve_to((middle[upper] - arrive, end))
    pen.straight_to(middle[path[-1]] - grid.along[path[-1]] / 2)
    shift = grid.label_shift[i]
    label = None if shift is None else (middle[path[-2]], across[path[-2]] + shift)
    return pen.finish(), label


def _entry(grid: Grid, across: Sequence[float], i: int) -> float:
    """Where a wire enters its head: at its port, or straight on if that is almost there."""
    arrival, port = across[grid.paths[i][-2]], across[grid.paths[i][-1]] + grid.ports[i]
    return arrival if grid.ports[i] and abs(arrival - port) < NEARLY_STRAIGHT else port


class _Pen:
    """Draws a curve piece by piece; straight pieces in a row become one."""

    def __init__(self, start: Point) -> None:
        self.points = [start]
        self.at = start

    def straight_to(self, along: float) -> None:
        """Go on along the ranks; the piece is drawn when the next curve begins."""
        self.at = (along, self.at[1])

    def curve_to(self, end: Point) -> None:
        """An S with both tangents along the ranks."""
        if abs(end[1] - self.at[1]) < STRAIGHT:
            self.at = (end[0], self.at[1])
            return
        self._draw_straight()
        middle = (self.at[0] + end[0]) / 2
        self.points += [(middle, self.at[1]), (middle, end[1]), end]
        self.at = end

    def finish(self) -> list[Point]:
        """All points, the last straight piece included."""
        self._draw_straight()
        return self.points

    def _draw_straight(self) -> None:
        (u, v), (along, _) = self.points[-1], self.at
        if along > u:
            self.points += [(u + (along - u) / 3, v), (u + 2 * (along - u) / 3, v), (along, v)]
