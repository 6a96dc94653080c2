"""Fresh graphs of some samples against the record: what Python decides for a sample is not in it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

from autograd import Value
from autograd.errors import AutogradError
from autograd.replay.training.trainer import Trainer

from ..eager import Eager
from ..metrics import Tally
from .recording import Recording

_SHARE = 0.02  # of the time may go into comparisons
_CLOSE = 1e-7  # a decision changes more than that, rounding less
_GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it, modulo 1, are spread evenly


class DifferenceError(Exception):
    """The record does not tell what a fresh graph of a sample tells."""


class Comparison:
    """Compares now and then, so that it takes little of the time; each time another sample."""

    def __init__(self, eager: Eager, recording: Recording) -> None:
        self.eager = eager
        self.recording = recording
        self.turn = 0
        self.last, self.cost = time.perf_counter(), 0.0

    def is_due(self) -> bool:
        """Whether it is time for the next one."""
        return time.perf_counter() - self.last > max(1.0, self.cost / _SHARE)

    def difference(self, trainer: Trainer) -> str | None:
        """What the next sample says against the record, if anything."""
        self.turn += 1
        try:
            self.compare(trainer, [int(self.turn * _GOLDEN % 1 * len(self.eager.plan.data))])
        except DifferenceError as difference:
            return str(difference)
        return None

    def compare(self, trainer: Trainer, samples: Iterable[int]) -> None:
        """Compare some samples at the trainer's weights; raises DifferenceError."""
        start = time.perf_counter()
        for parameter, number in zip(self.recording.changed, trainer.P, strict=False):
            parameter.data = float(number)
        for sample in samples:
            fresh, found = self.fresh(sample), trainer.gradient(sample)
            if fresh is None or found is None:
                continue  # the training will tell
            expected, numbers = [fresh[0], *fresh[1]], [found[0], *found[1]]
            size = max(1.0, *map(abs, expected))
            if not all(abs(a - b) <= _CLOSE * size for a, b in zip(expected, numbers, strict=True)):
                raise DifferenceError(f"sample {sample} has another loss or gradient ({fresh[0]:.6g}) than the"
                                      f" operations recorded from sample 0 give ({found[0]:.6g})")  # fmt: skip
        self.last = time.perf_counter()
        self.cost = self.last - start

    def fresh(self, sample: int) -> tuple[float, list[float]] | None:
        """The loss of a sample and its gradient, by the eager engine; None where it has none."""
        for parameter in self.recording.parameters:
            parameter.grad = None
        try:
            loss = self.eager.mean_loss(self.eager.plan.data, [sample], Tally({}))
            if not isinstance(loss, Value):
                raise DifferenceError(f"the loss of sample {sample} is no Value")
            loss.backward()
        except AutogradError:
            return None
        numbers = [loss.data, *(float(parameter.grad) for parameter in self.recording.parameters)]
        return (numbers[0], numbers[1:]) if all(map(math.isfinite, numbers)) else None
