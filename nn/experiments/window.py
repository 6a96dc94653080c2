"""The part of a plane that is looked at: how far it reaches, its grid, and which places of a path are told apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.op import plain_number

from ..errors import NetworkError

Place = tuple[float, float]
Side = tuple[float, float]
Span = float | tuple[Side, Side]

_ROOM = 1.25  # half of a side, in distances of the farthest place
_THINNEST = 0.25  # the shorter side, in lengths of the longer one: a path along one axis gets some breadth
_DEFAULT = 2.0  # half of a side around a point that has no path
_FINEST = 1e-9  # a side, beside the numbers at its ends: finer grids fall between floats, and pictures of them, too
_APART = 1 / 400  # of a side: places closer than this are one in any picture


class Window(NamedTuple):
    """A rectangle: (from, to) along x and along y."""

    x: Side
    y: Side

    @classmethod
    def of(cls, xs: Sequence[float], ys: Sequence[float]) -> Window:
        """The rectangle of a grid."""
        return cls((xs[0], xs[-1]), (ys[0], ys[-1]))

    def share(self, place: Place) -> Place:
        """A place in shares of the sides.

        >>> Window((0.0, 2.0), (-1.0, 1.0)).share((0.5, 1.0))
        (0.25, 1.0)
        """
        x, y = (float((at - low) / (high - low)) for at, (low, high) in zip(place, self, strict=True))
        return x, y

    def holds(self, place: Place) -> bool:
        """Whether a place is inside, or on the edge."""
        return all(low <= at <= high for at, (low, high) in zip(place, self, strict=True))

    @property
    def can_be_drawn(self) -> bool:
        """Whether its sides are neither beyond what floats tell apart nor beyond the largest of them."""
        return all(_FINEST * max(abs(low), abs(high)) < high - low < math.inf for low, high in self)

    def columns(self, count: int) -> list[float]:
        """So many numbers along x, in equal steps, both ends included."""
        return steps(self.x, count)

    def rows(self, count: int) -> list[float]:
        """So many numbers along y."""
        return steps(self.y, count)

    def thinned(self, places: Sequence[Place]) -> list[int]:
        """The numbers of those places that differ visibly from the one before; always the first and the last.

        >>> Window((0.0, 1.0), (0.0, 1.0)).thinned([(0.0, 0.0), (0.5, 0.0), (0.5, 1e-9), (0.5, 2e-9)])
        [0, 1, 3]
        """
        found = [0]
        for number, place in enumerate(places):
            if self._are_apart(place, places[found[-1]]) or (number == len(places) - 1 and number):
                found.append(number)
        return found

    def _are_apart(self, one: Place, other: Place) -> bool:
        return any(abs(a - b) > _APART * (high - low) for a, b, (low, high) in zip(one, other, self, strict=True))


def steps(side: Side, count: int) -> list[float]:
    """So many numbers in equal steps, both ends included.

    >>> steps((0.0, 1.0), 5)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    low, high = side
    return [low + (high - low) * number / (count - 1) for number in range(count - 1)] + [high]


def window_of(
    span: Span | None, places: Sequence[Place], is_calm: Callable[[int], bool] = lambda number: True
) -> Window:
    """The window that was asked for, or one around the end of a path that holds its calm places.

    >>> window_of(None, [(0.0, 1.0), (2.0, 1.0)])
    Window(x=(-0.5, 4.5), y=(0.375, 1.625))
    >>> window_of(3, [(0.0, 1.0)])
    Window(x=(-3.0, 3.0), y=(-2.0, 4.0))

    Raises NetworkError for a span that is none.
    """
    if span is None:
        return _around(places, is_calm)
    window = _given(span) if hasattr(span, "__iter__") else _on_both_sides(span, places[-1])
    if not window.can_be_drawn:
        raise NetworkError(f"span is neither so small nor so large that floats cannot tell its ends; it was {span!r}")
    return window


def _on_both_sides(span: Any, place: Place) -> Window:
    half = _number(span, span)
    if half <= 0:
        raise _wrong(span)
    return Window(*((middle - half, middle + half) for middle in place))


def _around(places: Sequence[Place], is_calm: Callable[[int], bool]) -> Window:
    calm = [place for number, place in enumerate(places) if is_calm(number)]
    middle = places[-1] if is_calm(len(places) - 1) else _middle(calm)
    reach = [_ROOM * max(abs(place[axis] - middle[axis]) for place in calm) for axis in (0, 1)]
    hardly_moves = max(reach) <= _FINEST * max(map(abs, middle))
    least = _DEFAULT if hardly_moves else _THINNEST * max(reach)
    return Window(*((at - max(half, least), at + max(half, least)) for at, half in zip(middle, reach, strict=True)))


def _middle(places: Sequence[Place]) -> Place:
    xs, ys = zip(*places, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _given(span: Any) -> Window:
    try:
        (x0, x1), (y0, y1) = span
    except (TypeError, ValueError):
        raise _wrong(span) from None
    x0, x1, y0, y1 = (_number(each, span) for each in (x0, x1, y0, y1))
    if not (x0 < x1 and y0 < y1):
        raise _wrong(span)
    return Window((x0, x1), (y0, y1))


def _number(item: Any, span: Any) -> float:
    try:
        found = plain_number(item, "span")
    except (TypeError, ValueError, OverflowError):
        raise _wrong(span) from None
    if not math.isfinite(found):
        raise _wrong(span)
    return found


def _wrong(span: Any) -> NetworkError:
    return NetworkError(
        f"span is a number above 0, or ((from, to), (from, to)) with from below to, for the two axes; it was {span!r}"
    )
