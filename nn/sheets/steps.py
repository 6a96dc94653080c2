"""The numbers of a training by gradient descent, epoch by epoch: what the engine computes for every cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd import AutogradError, Value
from autograd.symbol import Symbol

from ..optimisers import SGD
from .scheme import Scheme

ETA = Symbol("eta")

Numbers = Sequence[float | None]  # None: there is no finite number
Rows = Sequence[tuple[Sequence[float], Sequence[float]]]  # inputs and targets of every sample


class Epoch(NamedTuple):
    """The weights after so many updates, and for each sample what is computed at them."""

    weights: Numbers
    samples: list[Numbers]

    def mean(self, column: int) -> float | None:
        """The mean over the samples of what is computed in a column."""
        found = [numbers[column] for numbers in self.samples]
        known = [number for number in found if number is not None]
        return math.fsum(known) / len(known) if len(known) == len(found) else None


def epochs_of(scheme: Scheme, rows: Rows, rate: float, count: int) -> Iterator[Epoch]:
    """The start and `count` updates, each by the mean gradient over all samples.

    Where a rate that is too large has led out of the finite numbers they end, as they do in a spreadsheet.
    """
    optimiser = SGD([Value(0.0)], lr=rate)
    weights: Numbers = [column.node.data for column in scheme.weights]
    first = len(scheme.computed) - len(scheme.gradients)
    for _ in range(count + 1):
        epoch = Epoch(weights, [_computed(scheme, x, t, weights) for x, t in rows])
        yield epoch
        gradients = [epoch.mean(first + index) for index in range(len(weights))]
        weights = [_updated(optimiser, w, g) for w, g in zip(weights, gradients, strict=True)]


def update_rule() -> Callable[[Any, Any], Any]:
    """The optimiser's rule, with η as a symbol: w − η·g."""
    optimiser: Any = SGD([Value(0.0)])
    optimiser.lr = ETA
    rule: Callable[[Any, Any], Any] = optimiser.rule
    return rule


def _computed(scheme: Scheme, x: Sequence[float], t: Sequence[float], weights: Numbers) -> Numbers:
    known = [weight for weight in weights if weight is not None]
    try:
        if len(known) == len(weights):
            scheme.run(x, t, known)
            return [_finite(column.number) for column in scheme.computed]
    except (AutogradError, OverflowError):
        pass
    return [None] * len(scheme.computed)


def _updated(optimiser: SGD, weight: float | None, gradient: float | None) -> float | None:
    return None if weight is None or gradient is None else _finite(optimiser.rule(weight, gradient))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
