"""Curves: the last stage of a layered drawing.

Between two layers every wire is one cubic Bézier piece with tangents along the ranks. All pieces of
a gap have the same control distances, so that two wires cross there exactly if their ends are in
opposite order, and once: the number of crossings is the one that the ordering found. Past boxes and labels
a wire runs straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..geometry import Point
from .grid import Grid

# The way from a rank to the next layer: as much as the arrows need, and more where wires climb far.
GAP = 26.0
CLIMB = 0.14
WIDEST_GAP = 110.0
STRAIGHT = 0.02


@dataclass(frozen=True)
class Drawing:
    """A piece of a graph as drawn, from (0, 0): its size, the centres of its boxes, points and label of each wire."""

    along: float
    across: float
    boxes: list[Point]
    wires: list[tuple[list[Point], Point | None]]


def draw_grid(grid: Grid, across: Sequence[float]) -> Drawing:
    """Place the layers one after the other and draw the wires through them."""
    spans = _layer_spans(grid, across)
    span_of = [(0.0, 0.0)] * len(grid.along)
    for span, layer in zip(spans, grid.layers, strict=True):
        for node in layer:
            span_of[node] = span
    boxes = [((span_of[i][0] + span_of[i][1]) / 2, across[i]) for i in range(grid.boxes)]
    height = max((a + b for a, b in zip(across, grid.after, strict=True)), default=0.0)
    wires = [_draw_wire(grid, across, span_of, i) for i in range(len(grid.paths))]
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


def _draw_wire(
    grid: Grid, across: Sequence[float], span_of: Sequence[tuple[float, float]], i: int
) -> tuple[list[Point], Point | None]:
    """The Bézier points of a wire from box to box, and the centre of its label."""
    path = grid.paths[i]
    tail, head = path[0], path[-1]
    pen = _Pen(((sum(span_of[tail]) + grid.along[tail]) / 2, across[tail]))
    pen.straight_to(span_of[tail][1])
    label = None
    shift = grid.label_shift[i]
    for node in path[1:-1]:
        start, end = span_of[node]
        pen.curve_to((start, across[node]))
        pen.straight_to(end)
    if shift is not None:
        start, end = span_of[path[-2]]
        label = ((start + end) / 2, across[path[-2]] + shift)
    pen.curve_to((span_of[head][0], across[head] + grid.ports[i]))
    pen.straight_to((sum(span_of[head]) - grid.along[head]) / 2)
    return pen.finish(), label


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
