"""Scaling: columns brought to one size, so that no input outshouts the others; fitted on the rows to train on only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from autograd.op import describe

from ..data import finite_number, is_listed, listed_rows, refused
from ..errors import DataError
from ..words import counted


@dataclass(frozen=True)
class Scaling:
    """(x − centre)/width in every column.

    >>> scaling = Scaling.standard([[2.0, 7.0], [6.0, 7.0]])
    >>> scaling
    Scaling(centres=(4.0, 7.0), widths=(2.0, 1.0))
    >>> scaling.apply([[4.0, 7.0], [10.0, 8.0]])
    [(0.0, 0.0), (3.0, 1.0)]
    >>> scaling.inverse([(3.0, 1.0)])
    [(10.0, 8.0)]

    Fit it on the rows to train on, and apply it to all others: `Scaling.standard(train.X).apply(test.X)`. Where there
    is one column, such as a target, a row may be the number itself. A constant column is centred only.
    """

    centres: tuple[float, ...]
    widths: tuple[float, ...]

    @classmethod
    def standard(cls, rows: Any) -> Scaling:
        """Centre and width are mean and standard deviation: a column comes to have mean 0 and deviation 1.

        >>> Scaling.standard([1.0, 3.0]).apply([1.0, 2.0, 3.0])
        [-1.0, 0.0, 1.0]
        """
        return cls._fitted(rows, fmean, _deviation)

    @classmethod
    def min_max(cls, rows: Any) -> Scaling:
        """Centre and width are the least number and the distance to the largest: a column comes to lie in 0 … 1.

        >>> Scaling.min_max([[10.0], [30.0]]).apply([[10.0], [20.0], [30.0]])
        [(0.0,), (0.5,), (1.0,)]
        """
        return cls._fitted(rows, min, lambda column, least: max(column) - least)

    @classmethod
    def _fitted(cls, rows: Any, centre: Any, width: Any) -> Scaling:
        columns = zip(*_rows(rows)[0], strict=True)
        found = [_fitted(column, centre, width, number) for number, column in enumerate(columns)]
        return cls(tuple([pair[0] for pair in found]), tuple([pair[1] for pair in found]))

    def apply(self, rows: Any) -> list[Any]:
        """The rows scaled; raises DataError, with the row, for another number of columns and for what is no number."""
        found, is_flat = _rows(rows, len(self.centres))
        pairs = list(zip(self.centres, self.widths, strict=True))
        scaled = [tuple([(x - c) / w for x, (c, w) in zip(row, pairs, strict=True)]) for row in found]
        _check_finite(scaled)
        return [row[0] for row in scaled] if is_flat else scaled

    def inverse(self, rows: Any) -> list[Any]:
        """The numbers that `apply` would scale to these."""
        found, is_flat = _rows(rows, len(self.centres))
        pairs = list(zip(self.centres, self.widths, strict=True))
        raw = [tuple([x * w + c for x, (c, w) in zip(row, pairs, strict=True)]) for row in found]
        _check_finite(raw)
        return [row[0] for row in raw] if is_flat else raw


def _fitted(column: Sequence[float], centre: Any, width: Any, number: int) -> tuple[float, float]:
    """Centre and width of one column."""
    if min(column) == max(column):
        return column[0], 1.0
    try:
        middle = centre(column)
        found = middle, width(column, middle)
    except OverflowError:  # of a sum
        found = math.inf, math.inf
    if not all(map(math.isfinite, found)) or not found[1]:
        raise DataError(f"the numbers of column {number} are too large or too close to be scaled (columns are counted "
                        "from 0)")  # fmt: skip
    return found


def _deviation(column: Sequence[float], mean: float) -> float:
    """√(Σ (x − mean)²/n), without a square that might be too large for a float."""
    return math.hypot(*[x - mean for x in column]) / math.sqrt(len(column))


def _rows(data: Any, width: int | None = None) -> tuple[list[tuple[float, ...]], bool]:
    """Rows of numbers, all of one length, and whether they were given as plain numbers."""
    listed = listed_rows(data, "what is scaled")
    if not listed and width is None:
        raise DataError("there are no rows to fit a scaling on")
    is_flat = bool(listed) and not is_listed(listed[0])
    rows = [(row,) for row in listed] if is_flat else listed
    width = width or (1 if is_flat else len(rows[0]))
    return [_row(row, width, number) for number, row in enumerate(rows)], is_flat


def _row(row: Any, width: int, number: int) -> tuple[float, ...]:
    if not is_listed(row):
        raise refused(number, f"is {describe(row)}, not a list of numbers")
    items: Sequence[Any] = row if isinstance(row, (tuple, list)) else list(row)
    if len(items) != width:
        needed = f"{width} {'is' if width == 1 else 'are'} needed"
        raise refused(number, f"has {counted(len(items), 'number')}, and {needed}")
    return tuple([finite_number(item, number) for item in items])


def _check_finite(rows: Sequence[Sequence[float]]) -> None:
    """Raise DataError for a row that is scaled beyond the floats: an infinite input would become a NaN further on."""
    for number, row in enumerate(rows):
        if not all(map(math.isfinite, row)):
            raise refused(number, "is so far from the rows that the scaling was fitted on that it cannot be scaled")
