"""One case: a network, its data and its history, with what is measured of them once and read by every cause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd import AutogradError

from .. import losses
from ..data import Samples
from ..history import History
from ..layers import Layer, Network
from ..optimisers import SGD, Optimiser
from .measuring import UNDEFINED, Loss, Measured, Units, mean_of, measure
from .thresholds import DIVERGED, FEWEST_SAMPLES, LEARNED, MOST_SAMPLES, MOST_WORK
from .trials import Bench, constant_loss, fresh

# Losses that compare every output with a target as it is, and those whose targets are probabilities.
COMPARED: tuple[Loss, ...] = (losses.l2_loss, losses.mse_loss, losses.mae_loss)
PROBABILITIES: tuple[Loss, ...] = (losses.binary_cross_entropy, losses.binary_cross_entropy_with_logits)
LOGITS: tuple[Loss, ...] = (losses.binary_cross_entropy_with_logits, losses.cross_entropy)


class Case:
    """What every cause is looked for in; `data` are all samples, `sampled` those that the network is measured on."""

    def __init__(
        self, net: Network, data: Samples, history: History | None, loss: Loss, optimiser: Optimiser | None
    ) -> None:
        self.net, self.data, self.history, self.loss, self.optimiser = net, data, history, loss, optimiser
        self.rows = _rows(len(data), len(net.parameters()))
        self.sampled = data.take(self.rows)
        self.bench = Bench(net, self.sampled, loss)

    # ------------------------------------------------------------ the network, now

    @cached_property
    def attempt(self) -> Measured | AutogradError:
        """What was measured, or why it could not be."""
        try:
            return measure(self.net, self.sampled, self.rows, self.loss)
        except UNDEFINED as problem:
            return problem

    @cached_property
    def measured(self) -> Measured | None:
        """What was measured, if all of it is finite."""
        return self.attempt if isinstance(self.attempt, Measured) and self.attempt.is_finite else None

    @cached_property
    def constant(self) -> float | None:
        """The least loss of constant outputs; None if it cannot be measured."""
        starts = [_mean_target(self.sampled, self.net.outputs), [0.5] * self.net.outputs]
        starts += [self.measured.outputs] if self.measured else []
        return constant_loss(self.sampled, self.loss, starts)

    @cached_property
    def reference(self) -> float | None:
        """What losses are compared with: that of constant outputs, or where those are perfect, the one at the start."""
        if self.constant is not None and self.constant > 0 and len(set(self.sampled.targets)) > 1:
            return self.constant
        losses = self.losses
        return losses[0] if losses and losses[0] > 0 else None

    @cached_property
    def is_learned(self) -> bool:
        """Whether most of what there is to learn is learned."""
        if self.measured is None or self.reference is None:
            return False
        return self.measured.loss <= LEARNED * self.reference

    @cached_property
    def best_step(self) -> tuple[float, float]:
        """The rate of the best single step along the gradient, and the loss that it leads to."""
        return (math.nan, math.nan) if self.measured is None else self.bench.best_step(self.measured.gradient)

    @cached_property
    def curvature(self) -> float:
        """The largest curvature of the loss at the present weights."""
        return math.nan if self.measured is None else self.bench.curvature(self.measured.gradient)

    @cached_property
    def settling_rate(self) -> float:
        """The rate of the best single step, or half of the largest stable rate if that is less; rounded down."""
        rate, _ = self.best_step
        return rounded_down(min(rate, 1 / self.curvature) if self.curvature > 0 else rate)

    @property
    def hidden(self) -> list[Units]:
        """The layers with weights but the last, as measured."""
        return self.measured.weighted[:-1] if self.measured else []

    # ------------------------------------------------------------ the training, so far

    @property
    def losses(self) -> Sequence[float]:
        """The losses of the epochs."""
        return self.history.losses if self.history else []

    @property
    def has_diverged(self) -> bool:
        """Whether training has left the loss far above where it began, or ended in numbers that are not finite."""
        if self.history is None:
            return False
        if self.measured is None and not self.history.stopped:
            return True
        last = [*self.losses[-1:], *([self.measured.loss] if self.measured else [])]
        return bool(self.losses) and max(last) > DIVERGED * max(self.losses[0], self.reference or 0.0)

    @property
    def beginning(self) -> Measured | None:
        """What was measured before the first epoch, if there are snapshots: a diverged run tells nothing of it."""
        if self.history is None or not self.history.snapshots:
            return None
        try:
            self.bench.place([self.history.snapshots[0][label] for label in self.net.named_parameters()])
            return measure(self.net, self.sampled, self.rows, self.loss)
        except (*UNDEFINED, KeyError):
            return None
        finally:
            self.bench.place(self.bench.here)

    @property
    def rate(self) -> float | None:
        """The rate of gradient descent that was used: the optimiser's, or the one that the falling losses tell of.

        A small step along −g lowers the loss by η·|g|²: the fall of the loss in an epoch, over |g|², is η times the
        number of steps.
        """
        if isinstance(self.optimiser, SGD):
            return self.optimiser.lr / (1 - min(self.optimiser.momentum, 0.99))
        return self._rate_of_losses()

    def _rate_of_losses(self) -> float | None:
        if self.history is None or len(self.losses) < 2:
            return None
        squares = [sum(norm * norm for norm in norms) for norms in zip(*self.history.gradient_norms, strict=True)]
        total = math.fsum(squares[:-1])
        fall = self.losses[0] - self.losses[-1]
        return fall / total if total > 0 and fall > 0 else None

    # ------------------------------------------------------------ other networks

    def started_afresh(self, **changes: Any) -> Case:
        """The same case with a network that has new weights; see `fresh`."""
        return Case(fresh(self.net, **changes), self.data, None, self.loss, self.optimiser)

    @cached_property
    def good_rate(self) -> float:
        """A rate that suits fresh weights, rounded down: a quarter of the largest that is stable there; NaN if unknown.

        (The loss bends more as training goes on.) Where it does not bend at all, as that of absolute errors, a tenth of
        the best single step.
        """
        best, _ = self.beginner.best_step
        if math.isnan(best):
            return math.nan
        return rounded_down(min(best, 0.5 / self.fresh_curvature) if self.fresh_curvature > 0 else best / 10)

    @cached_property
    def beginner(self) -> Case:
        """The case with fresh weights."""
        return self.started_afresh()

    @cached_property
    def fresh_curvature(self) -> float:
        """The largest curvature of the loss at fresh weights; NaN if it does not bend noticeably."""
        return self.beginner.curvature if self.beginner.curvature * self.beginner.best_step[0] > 0.1 else math.nan

    @property
    def activation(self) -> str:
        """The name of the first layer's activation."""
        first = next(layer for layer in self.net.layers if isinstance(layer, Layer))
        return first.activation.name


def rounded_down(number: float) -> float:
    """The number with one significant digit, never above it.

    >>> rounded_down(0.0379), rounded_down(256.0)
    (0.03, 200.0)
    """
    exponent = math.floor(math.log10(number))
    return float(f"{math.floor(number / 10.0**exponent + 1e-9):d}e{exponent:d}")


def _mean_target(data: Samples, outputs: int) -> list[float]:
    """The means of the targets; 0 where they are numbers of classes."""
    rows = [target if isinstance(target, tuple) else (target,) for target in data.targets]
    if any(isinstance(target, int) for target in data.targets):
        return [0.0] * outputs
    return [mean_of(column) for column in zip(*rows, strict=True)]


def _rows(count: int, parameters: int) -> list[int]:
    """Rows at even distances: all of them, or as many as can be looked at."""
    most = min(count, MOST_SAMPLES, max(FEWEST_SAMPLES, MOST_WORK // max(parameters, 1)))
    return [number * count // most for number in range(most)]
