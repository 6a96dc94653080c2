"""Metrics: numbers that tell how good a network is, without being minimised."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from autograd.op import number_of

from .errors import NetworkError

Metric = Callable[[Any, Any], float]

# Gradients of the first and the last layer in the ratio 1 : 1000 vanish, or explode: at a rate that suits one of them,
# the other needs a thousand times as many epochs (or is thrown about). Four sigmoid layers, which leave at most 1/256,
# still learn.
FAR_APART = 1000.0


def accuracy(outputs: Any, targets: Any, *, threshold: float = 0.5) -> float:
    """1.0 if the right class is chosen, else 0.0: a metric for `fit`.

    With several outputs the class chosen is the largest; `targets` are the class's number, or as many numbers, of which
    the right one is the largest. One output chooses by being above the threshold: 0.5 for a probability; for a logit
    use `accuracy_of_logits`, whose threshold is 0.

    >>> accuracy([0.1, 2.0, -1.0], 1), accuracy([0.1, 2.0], [1, 0]), accuracy(0.75, 1), accuracy([0.9], 0)
    (1.0, 0.0, 1.0, 0.0)
    """
    y = list(outputs) if hasattr(outputs, "__iter__") else [outputs]
    t = list(targets) if hasattr(targets, "__iter__") else [targets]
    if len(y) == 1:
        return float((y[0] > threshold) == (t[0] > 0.5))
    return float(largest(y) == (int(t[0]) if len(t) == 1 else largest(t)))


def accuracy_of_logits(outputs: Any, targets: Any) -> float:
    """The same for weighted sums without an activation: one output chooses by its sign.

    >>> accuracy_of_logits(0.3, 1), accuracy_of_logits(-0.3, 1)
    (1.0, 0.0)
    """
    return accuracy(outputs, targets, threshold=0.0)


def r_squared(predicted: Sequence[float], targets: Sequence[float]) -> float:
    """R², the share of the targets' variance that is predicted: 1 − Σ(y − t)²/Σ(t − mean)².

    >>> r_squared([1.0, 2.5], [1.0, 2.0]), r_squared([1.5, 1.5], [1.0, 2.0])
    (0.5, 0.0)

    It is 0 for a model that always predicts the mean, and negative for a worse one. Where all targets are alike it is
    1 if they are met, else 0.
    """
    middle = fmean(targets)  # exact: that of like targets is the target itself
    # Products, for a square that is too large for a float is an error.
    left = sum((y - t) * (y - t) for y, t in zip(predicted, targets, strict=True))
    there = sum((t - middle) * (t - middle) for t in targets)
    return 1 - left / there if there else float(not left)


def largest(numbers: Sequence[float]) -> int:
    """The index of the largest number, counted from 0: the class that outputs choose. Of equal ones it is the first.

    >>> largest([0.1, 2.0, -1.0])
    1
    """
    return max(range(len(numbers)), key=numbers.__getitem__)


def root_mean_square(numbers: Sequence[float]) -> float:
    """√ mean x², how large numbers are, whatever their signs; 0 for none at all.

    >>> root_mean_square([3.0, -3.0, 3.0, -3.0]), root_mean_square([])
    (3.0, 0.0)
    """
    return math.hypot(*numbers) / math.sqrt(len(numbers)) if numbers else 0.0


def named(metrics: Any) -> dict[str, Metric]:
    """Metrics by name: of one function, of several, or of a dict; raises NetworkError for anything else.

    >>> list(named(accuracy))
    ['accuracy']
    """
    if isinstance(metrics, Mapping):
        found = dict(metrics)
    else:
        is_several = isinstance(metrics, Iterable) and not callable(metrics) and not isinstance(metrics, str)
        listed = list(metrics) if is_several else [metrics]
        found = {getattr(each, "__name__", type(each).__name__): each for each in listed}
        if len(found) < len(listed) and all(map(callable, listed)):
            raise NetworkError("two metrics have one name: give a dict, such as {'accuracy': nn.accuracy}")
    for each in found.values():
        if not callable(each):
            raise NetworkError(f"a metric is a function of outputs and targets, such as nn.accuracy; it was {each!r}")
    return found


class Tally:
    """The sums of an epoch: of the loss and of every metric, over its samples."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self.metrics = metrics
        self.count, self.loss, self.sums = 0, 0.0, dict.fromkeys(metrics, 0.0)

    def add(self, loss: float, count: int) -> None:
        """The mean loss of so many samples."""
        self.loss += loss * count
        self.count += count

    def measure(self, outputs: Any, targets: Any) -> None:
        """The metrics of one sample, on plain numbers."""
        is_many = isinstance(outputs, list)
        numbers = [float(number_of(each)) for each in outputs] if is_many else float(number_of(outputs))
        for name, metric in self.metrics.items():
            self.sums[name] += float(metric(numbers, targets))

    @property
    def mean_loss(self) -> float:
        """The mean of the loss over the samples."""
        return self.loss / self.count

    def means(self) -> dict[str, float]:
        """The mean of every metric over the samples."""
        return {name: total / self.count for name, total in self.sums.items()}
