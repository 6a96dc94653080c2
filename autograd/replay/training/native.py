"""A course by numba: straight lines for small graphs and batches, blocks of lanes for all others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy

from .. import compiling, lanes
from ..loading import module_of, stamp_of
from . import kernels
from .blocks import Blocks
from .course import Course
from .kernels import STATE
from .straight import COMPILED

_STRAIGHT_SAMPLES = 8  # larger batches are quicker on lanes
_STRAIGHT_TERMS = 150  # of a graph that numba compiles to straight lines in two seconds


class Compiled:
    """Arrays of numbers, and compiled code."""

    def __init__(self, course: Course) -> None:
        self.outputs = len(course.tape.shown)
        self.code: Any
        if course.batch <= _STRAIGHT_SAMPLES and course.tape.operand_count <= _STRAIGHT_TERMS:
            self.code = module_of(course.source(dialect=COMPILED, stamp=stamp_of(compiling, lanes, kernels)))
        else:
            self.code = Blocks(course.tape, course.update, course.stepped, course.layers, course.clip_norm is not None,
                               course.batch)  # fmt: skip
        self.train, self.measure = self.code.train, self.code.measure

    def array(self, numbers: Sequence[float]) -> Any:
        """Numbers that change."""
        return numpy.array(numbers, dtype=float)

    def zeros(self, count: int) -> Any:
        """So many numbers."""
        return numpy.zeros(count)

    def grid(self, rows: int, columns: int) -> Any:
        """Rows of numbers."""
        return numpy.zeros((max(rows, 1), columns))

    def shown(self, count: int) -> Any:
        """A place for the further results of each sample."""
        return numpy.zeros((count if self.outputs else 1, self.outputs))

    def table(self, rows: Sequence[Sequence[float]]) -> Any:
        """The samples."""
        return numpy.array(rows, dtype=float).reshape(len(rows), -1)

    def order(self, count: int) -> Any:
        """The numbers of the samples."""
        return numpy.arange(count)

    def array_of_places(self, places: Sequence[int]) -> Any:
        """Some numbers of samples."""
        return numpy.array(places)

    def until(self, begin: int, end: int, batches: int, random: Random | None) -> int:
        """Where to pause at the latest: a generator of another kind shuffles outside, once in an epoch."""
        if random is None or type(random) is Random:
            return end
        return min(end, (begin // batches + 1) * batches)

    def no_source(self) -> Any:
        """What leaves the order as it is."""
        return numpy.zeros(STATE + 2, dtype=numpy.int64)

    @contextmanager
    def drawing(self, random: Random | None, order: Any, is_new: bool) -> Iterator[Any]:
        """What shuffles the samples, ready to be used; afterwards the generator is where it would be in Python."""
        source = self.no_source()
        if random is None:
            yield source
        elif type(random) is Random:
            version, state, rest = random.getstate()
            source[: STATE + 1] = state
            source[STATE + 1] = 1
            yield source
            random.setstate((version, tuple(source[: STATE + 1].tolist()), rest))
        else:
            if is_new:
                numbers = list(range(len(order)))
                random.shuffle(numbers)
                order[:] = numbers
            yield source
