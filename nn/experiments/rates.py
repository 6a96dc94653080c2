"""Learning rates compared: what too small and too large a rate really do.

A rate that is too small crawls: every epoch helps, and helps little. One that is too large steps across the valley and
comes down higher on the other side: the loss overshoots, and if every step does, it diverges. Neither of these is
overfitting (which shows in the validation loss only), nor an exploding gradient.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd.printers.runs import shown

from ..errors import NetworkError, TrainingError
from ..graphs import check_network
from ..history import History
from ..losses import l2_loss
from ..module import Module, generator, size
from ..optimisers import SGD, Optimiser, setting
from ..plan import Training
from ..progress import progress_bar
from ..training import fit
from ..words import counted

# The loss overshoots where it climbs by this share of its first number: more than the noise of mini-batches.
OVERSHOT = 0.1
# It grows still where the mean of its last quarter is this much above that of the quarter before.
GROWING = 1.1
# It has levelled out where the last tenth of the epochs brought less than this share of the whole fall: a straight line
# brings a tenth, and an exponential brings a hundredth when it has come down to 1/40.
LEVELLED = 0.01
# Shares of the way down that the best of the rates went.
ARRIVED, HALF = 0.9, 0.5


@dataclass(frozen=True)
class Trial:
    """A training at one learning rate.

    `verdict` is one word, `reason` the numbers behind it; `failed` is the epoch in which loss or gradient left the
    finite numbers (None if they did not). In this order, the first that is true:

        diverges     loss or gradient left the finite numbers; or the loss ended above its first number, and grew still
        overshoots   the loss climbed, from some epoch to a later one, by more than a tenth of its first number
        converges    it went nine tenths of the way that the best rate went, and levelled out
        crawls       it went less than half of that way, or fell by less than a tenth of its first number
        falls        anything else: it is on its way
    """

    rate: float
    history: History
    verdict: str
    reason: str
    failed: int | None = None

    def __str__(self) -> str:
        return f"rate {self.rate:g} {self.verdict}: {self.reason}"


def learning_rates(
    net: Module,
    X: Any,
    T: Any,
    rates: Iterable[float],
    *,
    loss: Callable[..., Any] = l2_loss,
    optimizer: Callable[..., Optimiser] = SGD,
    epochs: int = 100,
    batch_size: int | None = None,
    rng: int | Random = 0,
    progress: bool | None = None,
) -> list[Trial]:
    """Train a copy of one network at each rate, from the same weights and with the samples in the same order.

    >>> import nn
    >>> line = nn.Network([nn.Layer(1, 1, "identity", initialiser=nn.initialisers.zeros)])
    >>> X, T = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> for trial in learning_rates(line, X, T, [0.001, 0.5, 1.5], epochs=50):
    ...     print(trial)
    rate 0.001 crawls: 5.833 → 4.618 in 50 epochs
    rate 0.5 converges: 5.833 → 7.125×10⁻⁹ in 50 epochs
    rate 1.5 diverges: 5.833 → 1.325×10⁴¹ in 50 epochs, and it grows still

    `net` itself is left as it was. `optimizer` makes the optimiser of each, called with parameters and `lr`; the other
    settings are those of `fit`. Ctrl-C ends the comparison, and what was reached is returned. Raises NetworkError for
    rates that are no positive numbers, and what `fit` raises, but no TrainingError: that is a verdict here.
    """
    numbers, epochs = _checked(net, rates, optimizer), size(epochs, "epochs")
    state = generator(rng).getstate()
    runs: list[tuple[History, int | None]] = []
    with progress_bar(len(numbers) * epochs, progress) as bar:
        for rate in numbers:
            pupil, order = copy.deepcopy(net), Random()
            order.setstate(state)
            settings = {"loss": loss, "epochs": epochs, "batch_size": batch_size, "rng": order, "progress": False}
            settings["callbacks"] = _counting(bar)
            run = _trained(pupil, X, T, optimizer(pupil.parameters(), lr=rate), settings)
            runs += [run] if run[0].losses or run[1] else []  # nothing, if Ctrl-C came in the first epoch
            if run[0].stopped == "interrupted":
                break
    lowest = min((min(history.losses) for history, _ in runs if history.losses), default=0.0)
    return [
        Trial(rate, history, *judged(history.losses, lowest, failed), failed)
        for rate, (history, failed) in zip(numbers, runs, strict=False)
    ]


def judged(losses: Sequence[float], lowest: float, failed: int | None = None) -> tuple[str, str]:
    """The verdict on a training, and the numbers behind it; `lowest` is the lowest loss that any of the rates reached.

    >>> judged([1.0, 0.5, 0.75, 0.5], 0.5)
    ('overshoots', '1 → 0.5 in 4 epochs, climbing by 0.25 on the way')
    """
    if failed is not None or not losses:
        before = f"{shown(losses[0])} → {shown(losses[-1])}, then " if losses else ""
        return "diverges", f"{before}no finite number in epoch {failed}"
    first, last = losses[0], losses[-1]
    told = f"{shown(first)} → {shown(last)} in {counted(len(losses), 'epoch')}"
    fall, way, climb = first - last, first - lowest, _climb(losses)
    if last > first and _grows(losses):
        return "diverges", f"{told}, and it grows still"
    if climb > OVERSHOT * abs(first):
        return "overshoots", f"{told}, climbing by {shown(climb)} on the way"
    if fall > 0 and fall >= ARRIVED * way and _is_level(losses):
        return "converges", told
    return "crawls" if fall < max(HALF * way, OVERSHOT * abs(first)) else "falls", told


def _climb(losses: Sequence[float]) -> float:
    """The highest rise from some epoch to a later one."""
    low, most = math.inf, 0.0
    for loss in losses:
        low = min(low, loss)
        most = max(most, loss - low)
    return most


def _grows(losses: Sequence[float]) -> bool:
    quarter = max(len(losses) // 4, 1)
    before, end = losses[-2 * quarter : -quarter], losses[-quarter:]
    return bool(before) and _mean(end) > GROWING * _mean(before)


def _is_level(losses: Sequence[float]) -> bool:
    before, lowest = losses[: -max(len(losses) // 10, 1)], min(losses)
    return bool(before) and min(before) - lowest < LEVELLED * (losses[0] - lowest)


def _mean(numbers: Sequence[float]) -> float:
    return sum(number / len(numbers) for number in numbers)  # a sum of large losses might be infinite


def _counting(bar: Any) -> list[Callable[[Training], None]]:
    """A callback that shows every epoch on a progress bar, if there is one."""

    def count(training: Training) -> None:
        bar.update()

    return [] if bar is None else [count]


def _trained(net: Module, X: Any, T: Any, optimiser: Optimiser, settings: dict[str, Any]) -> tuple[History, int | None]:
    try:
        return fit(net, X, T, optimizer=optimiser, **settings), None
    except TrainingError as error:
        return error.history, error.epoch


def _checked(net: Any, rates: Any, optimizer: Any) -> list[float]:
    check_network(net, "learning_rates", or_part=True)
    if not callable(optimizer):
        raise NetworkError(f"optimizer is the class of one, such as nn.Adam; it was given {optimizer!r}")
    listed = list(rates) if hasattr(rates, "__iter__") and not isinstance(rates, str) else [rates]
    found = [setting(rate, "a learning rate") for rate in listed]
    if not found or min(found) == 0:
        raise NetworkError(f"learning rates are positive numbers, such as [0.01, 0.1, 1]; they were {rates!r}")
    return found
