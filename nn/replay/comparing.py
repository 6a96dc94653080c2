"""Fresh graphs of some samples against the record: what Python decides for a sample is not in it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Value
from autograd.replay.training.trainer import Trainer

from ..data import Samples
from ..eager import Eager
from ..metrics import Tally
from ..module import kept
from .recording import Recording, kept_order

PAUSE, SHARE = 1.0, 0.02  # seconds between comparisons at least, and what they may take of the time
_OFTEN, _FIRST = 0.3, 20  # where callbacks may change what the loss reads; in any case after the first so many epochs
_CLOSE = 1e-7  # a decision changes more than that, rounding less
_FLOOR = 1e-8  # of what is smaller, such as a gradient that cancels to 0, only rounding is left
_ASIDE = 1e-5
_KINDS = 16  # so many different targets are looked at
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
        # A callback may change what the loss reads.
        self.pause, self.share, self.first = (0.0, _OFTEN, _FIRST) if eager.plan.callbacks else (PAUSE, SHARE, -1)

    def is_due(self) -> bool:
        """Whether it is time for the next one."""
        if self.turn <= self.first:
            return True
        return time.perf_counter() - self.last > max(self.pause, self.cost / self.share)

    def difference(self, trainer: Trainer, count: int = 1) -> str | None:
        """What the next samples say against the record, if anything."""
        size = len(self.eager.plan.data)
        turns = range(self.turn + 1, self.turn + 1 + count)
        self.turn += count
        try:
            self.compare(trainer, sorted({in_turn(turn, size) for turn in turns}))
        except DifferenceError as difference:
            return str(difference)
        return None

    def compare(self, trainer: Trainer, samples: Iterable[int]) -> None:
        """Compare some samples at the trainer's weights; raises DifferenceError."""
        start = time.perf_counter()
        with kept(self.eager.plan.parameters), kept_order(self.eager.plan):
            for sample in samples:
                numbers = self.numbers(trainer, sample)
                if numbers is not None and not self.agree_nearby(trainer, sample):
                    raise DifferenceError("sample {} has another loss or gradient ({:.6g}) than the operations recorded"
                                          " from sample 0 give ({:.6g})".format(sample, *numbers))  # fmt: skip
        self.last = time.perf_counter()
        self.cost = self.last - start

    def numbers(self, trainer: Trainer, sample: int) -> tuple[float, float] | None:
        """The two losses, if they or their gradients differ."""
        changed = self.recording.changed
        for parameter, number in zip(changed, trainer.P[: len(changed)], strict=True):
            parameter.data = float(number)
        fresh = fresh_numbers(self.eager, self.recording.parameters, sample)
        found = trainer.gradient(sample)
        if found is None or (fresh is not None and is_close(fresh, found)):
            return None  # (where the record has no number, the training will tell)
        return math.nan if fresh is None else fresh[0], found[0]

    def agree_nearby(self, trainer: Trainer, sample: int) -> bool:
        """Whether the two agree at weights a little aside: then there is a kink here, and no decision."""
        before = trainer.code.array(trainer.P)
        weights = map(float, before[: len(self.recording.changed)])
        aside = [weight * (1 + _ASIDE * (-1) ** place) for place, weight in enumerate(weights)]
        trainer.P[: len(aside)] = trainer.code.array(aside)
        try:
            return self.numbers(trainer, sample) is None
        finally:
            trainer.P[:] = before


def fresh_numbers(eager: Eager, parameters: Sequence[Value], sample: int) -> tuple[float, list[float]] | None:
    """The loss of a sample and its gradient, by the eager engine; None where it has none."""
    for parameter in eager.plan.parameters:
        parameter.grad = None
    try:
        loss = eager.mean_loss(eager.plan.data, [sample], Tally({}))
        loss.backward()
    except Exception:  # whatever it is, nobody else should tell a number
        return None
    return loss.data, [float(parameter.grad) for parameter in parameters]


def is_close(fresh: tuple[float, Sequence[float]], found: tuple[float, Sequence[float]]) -> bool:
    """Whether losses and gradients agree, each by its own scale."""
    scale = max(map(abs, fresh[1]), default=0.0) + _FLOOR * max(1.0, abs(fresh[0]))
    pairs = [(*pair, scale) for pair in zip(fresh[1], found[1], strict=True)]
    pairs.append((fresh[0], found[0], max(abs(fresh[0]), _FLOOR)))
    return all(abs(a - b) <= _CLOSE * size for a, b, size in pairs)


def in_turn(turn: int, size: int) -> int:
    """One of so many samples: those of the first turns, however many they are, lie evenly among all."""
    return int(turn * _GOLDEN % 1 * size)


def telling(data: Samples) -> list[int]:
    """Samples by which a decision is likely to show: one of each target, the extremes, and some in between."""
    last = len(data) - 1
    firsts: dict[Any, int] = {}
    for number, target in enumerate(data.targets):
        firsts.setdefault(target, number)
    sizes = [[sum(_numbers(row)) for row in rows] for rows in (data.targets, data.inputs)]
    extremes = [choose(range(len(data)), key=each.__getitem__) for each in sizes for choose in (min, max)]
    largest = max(range(len(data)), key=lambda number: max(map(abs, data.inputs[number])))
    between = [number * last // 4 for number in range(5)]
    return sorted({*list(firsts.values())[:_KINDS], *extremes, largest, *between})


def _numbers(row: Any) -> Iterable[float]:
    return row if isinstance(row, tuple) else (row,)
