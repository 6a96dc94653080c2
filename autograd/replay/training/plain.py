"""A course by generated lines of Python, on lists of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import Any

from ...generated.loading import load_for
from ...op import ARITHMETIC_ERRORS
from .course import Course

MOST_TERMS = 60_000  # of a graph whose lines Python reads in a few seconds


class Plain:
    """Lists of numbers, and generated lines of Python."""

    def __init__(self, course: Course) -> None:
        namespace: dict[str, Any] = {"reorder": _reorder}
        load_for(self, course.source(), "compiled training", namespace)
        self.train: Callable[..., int] = namespace["train"]
        self._measure: Callable[..., float] = namespace["measure"]

    def measure(self, *arguments: Any) -> float:
        """Forward passes; NaN where an operation has no value."""
        try:
            return self._measure(*arguments)
        except ARITHMETIC_ERRORS:
            return math.nan

    def array(self, numbers: Sequence[float]) -> Any:
        """Numbers that change."""
        return list(map(float, numbers))

    def zeros(self, count: int) -> Any:
        """So many numbers."""
        return [0.0] * count

    def grid(self, rows: int, columns: int) -> Any:
        """Rows of numbers."""
        return [[0.0] * columns for _ in range(rows)]

    def shown(self, count: int) -> Any:
        """A place for the further results of each sample."""
        return [()] * count

    def table(self, rows: Sequence[Sequence[float]]) -> Any:
        """The samples."""
        return list(rows)

    def order(self, count: int) -> Any:
        """The numbers of the samples."""
        return list(range(count))

    def array_of_places(self, places: Sequence[int]) -> Any:
        """Some numbers of samples."""
        return list(places)

    def until(self, begin: int, end: int, batches: int, random: Random | None) -> int:
        """Where to pause at the latest."""
        return end

    def no_source(self) -> Any:
        """What leaves the order as it is."""
        return None

    def drawing(self, random: Random | None, order: Any, is_new: bool) -> AbstractContextManager[Any]:
        """What shuffles the samples, ready to be used."""
        return nullcontext(random)


def _reorder(order: list[int], source: Random | None) -> None:
    if source is not None:
        order[:] = range(len(order))
        source.shuffle(order)
