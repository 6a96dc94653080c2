"""Where everything in the neuron picture goes: circles in columns, arrows between them, labels that stay legible."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.drawing.geometry import Point
from autograd.drawing.metrics import LABEL, NOTE, WORDS, width_of
from autograd.printers.runs import Run, shown

from .neurons import Column, Neurons, Unit, Weight

MARGIN = 16.0
BIAS_ARROW, BIAS_ROOM = 16.0, 30.0  # below a circle: the arrow of its bias, and that with its number
HEAD = 8.0
_BETWEEN = 16.0  # the least distance of two circles with their biases
_NARROWEST_GAP, _WIDEST_GAP, _STEP = 150.0, 440.0, 32.0  # between the rims of circles in two columns
_WIDEST_NAMED_GAP = 280.0
_MOST_ROWS = 8
_STEEPEST = 1.05  # the largest slope of an arrow
_LARGEST_STRETCH = 1.7  # of the distances in a column with few units
_MOST_LABELS = 32  # in one gap
_LABEL_HEIGHT = 15.0
_LEAST_RADIUS = 22.0


class Label(NamedTuple):
    """What stands on an arrow, and the centre of it."""

    runs: tuple[Run, ...]
    centre: Point
    width: float


@dataclass
class Places:
    """Centres of units and gaps by key, labels of weights by key, and the room the columns take."""

    radius: float
    centres: dict[str, Point] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    columns: list[float] = field(default_factory=list)
    bottom: float = 0.0
    right: float = 0.0
    is_clear: bool = True
    is_compact: bool = False  # many rows: biases have no room for their numbers


def places_of(picture: Neurons, digits: int) -> Places:
    """Coordinates for the picture: the columns as near as their labels allow.

    Labels have the names of the weights if these find room in all gaps; otherwise they are numbers alone.
    """
    named = _placed(picture, digits, with_names=True)
    return named if named.is_clear else _placed(picture, digits, with_names=False)


def _placed(picture: Neurons, digits: int, *, with_names: bool) -> Places:
    """The coordinates; they are not clear if a label stands on the arrow of another."""
    units = [unit for column in picture.columns for unit in column.units]
    radius = max(_radius(unit, digits) for unit in units)
    places = Places(radius, is_compact=max(len(column.rows) for column in picture.columns) > _MOST_ROWS)
    heights = _heights(picture.columns, places)
    x = MARGIN + max(radius, _words_width(picture.columns[0]) / 2)
    places.columns.append(x)
    _put(places, picture.columns[0], x, heights[0])
    for before, column, ys, weights in zip(
        picture.columns[:-1], picture.columns[1:], heights[1:], picture.weights, strict=True
    ):
        least = (_words_width(before) + _words_width(column)) / 2 + 16 - 2 * radius
        gap, labels, is_clear = _gap(weights, places, column, ys, _Setting(digits, with_names, least))
        places.is_clear &= is_clear
        x += gap + 2 * radius
        places.columns.append(x)
        _put(places, column, x, ys)
        places.labels.update(labels)
    places.bottom = max(y for _, y in places.centres.values()) + radius + _bias_room(picture.columns, places)
    places.right = x + max(radius, _words_width(picture.columns[-1]) / 2)
    return places


def _put(places: Places, column: Column, x: float, ys: Sequence[float]) -> None:
    places.centres.update({row.key: (x, y) for row, y in zip(column.rows, ys, strict=True)})


def _radius(unit: Unit, digits: int) -> float:
    """The smallest circle that holds the lines of a unit, and is about as wide as its bias."""
    height = sum(line.style.leading for line in unit.lines)
    top, needed = -height / 2, _LEAST_RADIUS
    for line in unit.lines:
        bottom = top + line.style.leading
        needed = max(needed, math.hypot(width_of(line.runs, line.style) / 2, max(abs(top + 4), abs(bottom - 4))))
        top = bottom
    if unit.bias is not None:
        needed = max(needed, width_of(bias_runs(unit.bias, digits), LABEL) / 2 - 4)
    return math.ceil(needed + 4)


def bias_runs(bias: Weight, digits: int) -> tuple[Run, ...]:
    """What stands below a circle: b₁ = 0.35."""
    return (*bias.name, Run(f" = {shown(bias.value, digits)}"))


def _heights(columns: Sequence[Column], places: Places) -> list[list[float]]:
    """The y of every row: centred, and those of a column with few units further apart."""
    between = 10 if places.is_compact else _BETWEEN
    pitch = 2 * places.radius + between + _bias_room(columns, places)
    most = max(len(column.rows) for column in columns)
    found = []
    for column in columns:
        count = len(column.rows)
        spread = pitch * min(_LARGEST_STRETCH, (most / count) ** 0.6)
        first = MARGIN + places.radius + ((most - 1) * pitch - (count - 1) * spread) / 2
        found.append([first + index * spread for index in range(count)])
    return found


def _bias_room(columns: Sequence[Column], places: Places) -> float:
    if not any(unit.bias for column in columns for unit in column.units):
        return 0.0
    return BIAS_ARROW + 2 if places.is_compact else BIAS_ROOM


def _words_width(column: Column) -> float:
    first, *others = column.words
    return max(width_of([Run(first)], WORDS), *(width_of([Run(each)], NOTE) for each in others), 0.0)


# ---------------------------------------------------------------- labels on arrows


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class _Segment(NamedTuple):
    """An arrow from centre to centre."""

    start: Point
    end: Point

    def at(self, x: float) -> float:
        (u, v), (s, t) = self
        return v + (t - v) * (x - u) / (s - u)

    def crosses(self, box: _Box) -> bool:
        one, other = sorted((self.at(box.left), self.at(box.right)))
        return one < box.bottom and other > box.top


class _Setting(NamedTuple):
    """How labels are written, and the least gap that the words below the columns need."""

    digits: int
    with_names: bool
    least: float

    def label(self, weight: Weight) -> tuple[Run, ...]:
        number = shown(weight.value, self.digits)
        return (*weight.name, Run(f" = {number}")) if self.with_names else (Run(number),)


def _gap(
    weights: Sequence[Weight], places: Places, column: Column, ys: Sequence[float], setting: _Setting
) -> tuple[float, dict[str, Label], bool]:
    """The narrowest gap in which all labels find a place of their own, the labels, and whether there is such a gap."""
    x = places.columns[-1] + 2 * places.radius
    ends = dict(zip((row.key for row in column.rows), ys, strict=True))
    steepest = max((abs(places.centres[w.tail][1] - ends[w.head]) for w in weights), default=0.0)
    least = max(_NARROWEST_GAP, min(steepest / _STEEPEST - 2 * places.radius, _WIDEST_GAP), setting.least)
    if not 0 < len(weights) <= _MOST_LABELS or not all(weight.name for weight in weights):
        return least, {}, True
    widest = _WIDEST_NAMED_GAP if setting.with_names else _WIDEST_GAP
    best: tuple[float, float, dict[str, Label]] = (math.inf, least, {})
    width = least
    while width <= max(widest, least) and best[0] >= 1:
        trial = Places(places.radius, {**places.centres, **{key: (x + width, y) for key, y in ends.items()}})
        cost, labels = _best_labels(weights, trial, setting)
        if cost < best[0]:
            best = (cost, width, labels)
        width += _STEP
    return best[1], best[2], best[0] < 1


def _best_labels(weights: Sequence[Weight], places: Places, setting: _Setting) -> tuple[float, dict[str, Label]]:
    """The labels with as few foreign lines behind them as can be, and their number; none where there is no room."""
    segments = {w.key: _Segment(places.centres[w.tail], places.centres[w.head]) for w in weights}
    runs = {weight.key: setting.label(weight) for weight in weights}
    boxes: dict[str, _Box] = {}
    costs: dict[str, float] = {}
    for _ in range(3):
        for weight in weights:
            others = [box for key, box in boxes.items() if key != weight.key]
            foreign = [segment for key, segment in segments.items() if key != weight.key]
            found = _best_box(
                segments[weight.key], width_of(runs[weight.key], LABEL) + 4, others, foreign, places.radius
            )
            if found is None:
                return math.inf, {}
            costs[weight.key], boxes[weight.key] = found
    labels = {
        key: Label(runs[key], ((box.left + box.right) / 2, (box.top + box.bottom) / 2), box.right - box.left)
        for key, box in boxes.items()
    }
    return sum(cost >= 1 for cost in costs.values()), labels


def _best_box(
    own: _Segment, width: float, others: Sequence[_Box], foreign: Sequence[_Segment], radius: float
) -> tuple[float, _Box] | None:
    """The best place on an arrow: no other label there, few foreign lines, and rather near its source."""
    best: tuple[float, _Box] | None = None
    for preference, box in _candidates(own, width, radius):
        if any(box.meets(other) for other in others):
            continue
        cost = preference + sum(segment.crosses(box) for segment in foreign)
        if best is None or cost < best[0]:
            best = cost, box
    return best


def _candidates(own: _Segment, width: float, radius: float) -> Iterator[tuple[float, _Box]]:
    """Places along an arrow with what speaks against each: less than 1, so that a foreign line is worse."""
    slant = math.dist(own.start, own.end) / (own.end[0] - own.start[0])
    first = own.start[0] + radius + 6 + width / 2
    last = own.end[0] - radius - HEAD - 8 - width / 2
    count = 24
    for index in range(count + 1):
        x = first + (last - first) * index / count
        y = own.at(x)
        is_free = min(x - own.start[0], own.end[0] - x) * slant > radius
        if last > first and is_free:
            height = _LABEL_HEIGHT / 2
            yield 0.9 * abs(index / count - 0.12), _Box(x - width / 2, y - height, x + width / 2, y + height)
