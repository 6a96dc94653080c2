"""Causes in the steps: a rate that overshoots, a rate that crawls, a point from which no step leads down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from ..optimisers import SGD
from ..words import counted
from .case import Case, rounded_down
from .finding import Finding, number
from .thresholds import (
    AS_CONSTANT,
    CRAWLING,
    FEWEST_EPOCHS,
    FLAT,
    LEAP,
    LEARNED,
    MUCH_LARGER,
    NOTHING,
    SWING,
    UNUSABLE,
    WORTHWHILE,
)

# ---------------------------------------------------------------- too large


def overshooting(case: Case) -> Iterator[Finding]:
    """Steps that jump over the minimum: the loss diverges or jumps about, or one such step now would raise it."""
    told = _diverged(case) or _swinging(case) or _raised(case)
    if told is None or case.is_learned:
        return
    facts = {"rate": _lower(case), "used": case.rate, "curvature": case.curvature}
    yield Finding("overshoot", [*told, *_stable(case)], _slower(case), facts)


def _diverged(case: Case) -> list[Any] | None:
    if not case.has_diverged:
        return None
    if not case.losses:
        return ["Training left the finite numbers in its first epoch: the steps are too long."]
    worst = max([*case.losses[-1:], *([case.measured.loss] if case.measured else [])])
    return ["Training diverged: the loss rose from ", number(case.losses[0]), " to ", number(worst),
            f" in {counted(len(case.losses), 'epoch')}, for each step leads beyond the minimum, farther than it was "
            "away."]  # fmt: skip


def _swinging(case: Case) -> list[Any] | None:
    """The loss of the last half of the epochs rises and falls, or has leapt up and stayed there."""
    losses, reference = case.losses, case.reference
    if len(losses) < 4 or reference is None or fmean(losses[-len(losses) // 4 :]) < LEARNED * reference:
        return None
    rises = [max(0.0, after - before) for before, after in zip(losses, losses[1:], strict=False)]
    half = rises[len(rises) // 2 :]
    if fmean(half) > SWING * reference:
        count = sum(rise > 0 for rise in half)
        return [f"The loss jumps about: in the last {counted(len(half), 'epoch')} it rose {count} times, by ",
                number(max(half)), " at most, for steps lead beyond the minimum."]  # fmt: skip
    if max(rises) > LEAP * reference and losses[-1] > LEAP * reference:
        epoch = rises.index(max(rises)) + 2
        return [f"A step was far too long: in epoch {epoch} the loss leapt from ", number(losses[epoch - 2]), " to ",
                number(losses[epoch - 1]), ", and it has not recovered."]  # fmt: skip
    return None


def _raised(case: Case) -> list[Any] | None:
    """A step of the optimiser's rate, on trial."""
    if not isinstance(case.optimiser, SGD) or case.measured is None or case.reference is None:
        return None
    rate, before = case.optimiser.lr, case.measured.loss
    after = case.bench.loss(case.bench.moved(case.measured.gradient, -rate))
    if after - before < SWING * case.reference:
        return None
    return ["A step along −gradient by the rate ", number(rate), " would raise the loss, from ", number(before), " to ",
            number(after), "."]  # fmt: skip


def _stable(case: Case) -> list[Any]:
    """The largest stable rate at fresh weights."""
    if math.isnan(case.fresh_curvature):
        return []
    return [" With fresh weights the loss bends by up to λ = ", number(case.fresh_curvature),
            ", and only rates below 2/λ = ", number(2 / case.fresh_curvature), " settle."]  # fmt: skip


def _lower(case: Case) -> float:
    """A rate that suits fresh weights, and is well below the one that was used."""
    known = [rate for rate in (case.good_rate, (case.rate or math.nan) / 3) if not math.isnan(rate)]
    return rounded_down(min(known)) if known else math.nan


def _slower(case: Case) -> list[Any]:
    rate = _lower(case)
    if case.optimiser is not None and not isinstance(case.optimiser, SGD):
        return [f"Start again from fresh weights with a tenth of the rate: lr={case.optimiser.lr / 10:.1g}."]
    if math.isnan(rate):
        return ["Start again from fresh weights with a tenth of the rate, or with clip_norm=1.0."]
    return [f"Start again from fresh weights with optimizer=nn.SGD(net.parameters(), lr={rate:g}).", *_smaller(case)]


def _smaller(case: Case) -> list[Any]:
    """That the first weights were too large as well, where the first loss tells so."""
    if not case.losses or case.constant is None or case.losses[0] < UNUSABLE * case.constant:
        return []
    return [" Leave initialiser out, too: already the loss of the first epoch, ", number(case.losses[0]),
            ", was far beyond that of constant outputs, ", number(case.constant), "."]  # fmt: skip


# ---------------------------------------------------------------- too small


def crawling(case: Case) -> Iterator[Finding]:
    """Steps that are far too short: one that is much longer, and settles, does more than all of the last epochs."""
    losses = case.losses
    if case.measured is None or case.is_learned or len(losses) < FEWEST_EPOCHS:
        return
    span = list(losses)[-max(FEWEST_EPOCHS, len(losses) // 2) :]
    if not _hardly_falls(span):
        return
    rate, now, fall = case.settling_rate, case.measured.loss, span[0] - span[-1]
    lowest = case.bench.loss(case.bench.moved(case.measured.gradient, -rate))
    if not _is_worth(case, rate, now - lowest, fall):
        return
    yield Finding(
        "crawl",
        ["The steps are too short: in the last ", f"{counted(len(span), 'epoch')} the loss fell by ", number(fall),
         " only, while one step along the same gradient at the rate ", number(rate), " would lower it from ",
         number(now, 5), " to ", number(lowest, 5), ".", *_used(case)],
        _faster(case, rate),
        {"rate": rate, "used": case.rate, "fall": fall, "epochs": len(span)},
    )  # fmt: skip


def _hardly_falls(span: Sequence[float]) -> bool:
    """Whether the loss creeps: down, by very little in all these epochs, and without the ups and downs of batches."""
    fall = span[0] - span[-1]
    rises = math.fsum(max(0.0, after - before) for before, after in zip(span, span[1:], strict=False))
    return -NOTHING <= fall / abs(span[0] or 1.0) <= CRAWLING and rises <= max(fall, NOTHING * abs(span[0]))


def _is_worth(case: Case, rate: float, gain: float, fall: float) -> bool:
    """Whether a rate is much larger than the one that was used, and its one step gains more than all that were made."""
    is_larger = case.rate is None or rate > MUCH_LARGER * case.rate
    least = (WORTHWHILE if case.rate is None else FLAT) * (abs(case.measured.loss) if case.measured else 0.0)
    return is_larger and gain >= max(fall, least)


def _used(case: Case) -> list[Any]:
    if case.rate is None:
        return []
    link = "is " if case.optimiser else "is, as the fall of the loss tells, about "
    return [" The rate that was used ", link, number(case.rate), "."]


def _faster(case: Case, rate: float) -> list[Any]:
    if case.optimiser is not None and not isinstance(case.optimiser, SGD):
        return [f"Go on with a rate ten times as large: lr={case.optimiser.lr * 10:g}."]
    return [f"Go on with a larger rate: optimizer=nn.SGD(net.parameters(), lr={rate:g})."]


# ---------------------------------------------------------------- no way down


def flat(case: Case) -> Iterator[Finding]:
    """A point where the gradient is 0, and the loss that of outputs which are the same for every sample."""
    found, reference = case.measured, case.reference
    if found is None or reference is None or case.is_learned or found.loss < AS_CONSTANT * reference:
        return
    _, lowest = case.best_step
    if found.loss - lowest > FLAT * abs(found.loss):
        return
    norm = math.hypot(*found.gradient)
    yield Finding(
        "flat",
        ["The network stands at a flat point: the gradient's norm is ", number(norm), ", no step along it lowers the "
         "loss, and the loss, ", number(found.loss), ", is that of outputs that are the same for every sample (",
         number(reference), ")."],
        ["Start again from other weights, such as rng=1; if that ends here, too, this network cannot tell the samples "
         "apart by these inputs: add a hidden layer, or units to it."],
        {"norm": norm, "loss": found.loss, "constant": reference},
    )  # fmt: skip


# ---------------------------------------------------------------- no number at all


def undefined(case: Case) -> Iterator[Finding]:
    """Weights at which loss or gradient are not finite."""
    if case.measured is not None:
        return
    told = f" ({case.attempt})" if isinstance(case.attempt, Exception) else ""
    yield Finding(
        "undefined",
        [f"At these weights the loss or its gradient is no finite number{told}: no step can be taken from here."],
        ["Start again from fresh weights; inside `with autograd.anomaly():` fit tells which operation began it."],
    )
