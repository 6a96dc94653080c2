"""A trainer: the samples, the weights and all that changes from step to step, and the code that changes it.

trainer.begin(epochs)
trainer.advance(batches)        forward, back, step, batch after batch
trainer.losses, trainer.norms   of each epoch
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .course import Course
from .plain import Plain


class Trainer:
    """Carries a course out, by lines of Python or by numba, on these numbers:

    P   of all leaves: weights that change, other parameters, what else there is
    G   the gradients of the last batch
    M   what each weight remembers: one memory of all weights, then the next
    S   settings of the optimiser, then memories that all weights share
    """

    def __init__(self, course: Course, engine: str) -> None:
        self.course = course
        self.code = _backend(course, engine)
        tape, update = course.tape, course.update
        zeros = self.code.zeros
        self.P = self.code.array([leaf.data for leaf in tape.leaves])
        self.G = zeros(len(tape.wanted))
        self.M = zeros(len(update.memories) * course.stepped if update else 0)
        self.S = zeros(len(update.settings) + len(update.common) if update else 0)
        self.table = self.code.table(course.rows)
        self.shown, self.scratch = (self.code.shown(len(course.rows)) for _ in range(2))
        self.order = self.code.order(len(course.rows))
        self.begin(0)

    @property
    def batches(self) -> int:
        """How many batches an epoch has."""
        return -(-len(self.course.rows) // self.course.batch)

    def begin(self, epochs: int) -> None:
        """Forget what was told about earlier epochs, and make room for so many."""
        self.done, self.is_whole = 0, True
        self.losses = self.code.zeros(epochs)
        self.norms = self.code.grid(epochs, len(self.course.layers))

    def advance(self, batches: int, steps: bool = True) -> bool:
        """Carry so many batches out; False if one of them had a loss or a gradient that is not finite.

        That batch, number `done`, has not changed anything. With `steps=False` there are gradients (`G`) but no steps.
        """
        course, end = self.course, self.done + batches
        while self.done < end:
            part = self.code.until(self.done, end, self.batches, course.random)
            with self.code.drawing(course.random, self.order, self.done % self.batches == 0) as source:
                self.done = self.code.train(self.done, part, steps, course.batch, course.limit, source, self.table,
                                            self.order, self.P, self.M, self.S, self.G, self.losses, self.norms,
                                            self.shown)  # fmt: skip
            if self.done < part:
                self.is_whole = False
                break
        return self.is_whole

    @contextmanager
    def tried(self) -> Iterator[bool]:
        """Inside the `with`: weights, gradients and memories as after a step by the first sample, if there is one."""
        kept = [(array, self.code.array(array)) for array in (self.P, self.G, self.M, self.S)]
        try:
            yield self._one(0, True)[0]
        finally:
            for array, numbers in kept:
                array[:] = numbers

    def gradient(self, sample: int) -> tuple[float, list[float]] | None:
        """The loss of one sample and its gradient; None where the engine may have an error to tell."""
        kept = list(self.G)
        is_done, loss = self._one(sample, False)
        found = list(map(float, self.G))
        self.G[:] = self.code.array(kept)
        return (loss, found) if is_done else None

    def _one(self, sample: int, steps: bool) -> tuple[bool, float]:
        """A batch of one sample, and its loss."""
        code, course = self.code, self.course
        losses, norms = code.zeros(1), code.grid(1, len(course.layers))
        order = code.array_of_places([sample])
        done = code.train(0, 1, steps, 1, course.limit, code.no_source(), self.table, order, self.P, self.M, self.S,
                          self.G, losses, norms, self.scratch)  # fmt: skip
        return bool(done), float(losses[0])

    def measured(self, table: Any) -> tuple[list[float], list[tuple[float, ...]]] | None:
        """The loss of each row of a table and its further results, without steps; None as for `gradient`."""
        count = len(table)
        values, shown = self.code.zeros(count), self.code.shown(count)
        if not math.isfinite(self.code.measure(0, count, table, self.P, values, shown)):
            return None
        return list(map(float, values)), [tuple(map(float, each)) for each in shown]


def _backend(course: Course, engine: str) -> Any:
    if engine == "python":
        return Plain(course)
    from .native import Compiled

    return Compiled(course)
