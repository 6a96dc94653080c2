"""Causes in the data: targets that no output reaches, outputs that the loss cannot take, inputs whose sizes lie far
apart, columns that tell nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd.symbol import Symbol

from .. import losses
from ..activations import Activation
from ..layers import Layer
from ..metrics import root_mean_square
from ..words import counted
from .case import LOGITS, PROBABILITIES, Case
from .finding import Finding, named, number
from .limits import Reach, reach
from .thresholds import OUTSIDE, VERY_DIFFERENT

# ---------------------------------------------------------------- targets


def unreachable_targets(case: Case) -> Iterator[Finding]:
    """Targets beyond what outputs or loss allow for; and a loss given probabilities for logits, or the reverse."""
    last = case.net.layers[-1]
    if not isinstance(last, Layer):
        return
    activation = last.neurons[0].activation
    limits = reach(activation)
    if case.loss in LOGITS and math.isfinite(limits.low) and math.isfinite(limits.high):
        yield _bounded_logits(case, activation, limits)
    elif case.loss in PROBABILITIES:
        yield from _no_probabilities(case, activation, limits)
        yield from _outside(case, Reach(0.0, 1.0), None)
    elif case.loss is not losses.cross_entropy:
        yield from _outside(case, limits, activation)


def _outside(case: Case, limits: Reach, activation: Activation | None) -> Iterator[Finding]:
    """Targets outside of what an output reaches, or where no activation is the reason, of what the loss takes."""
    wrong = list(_beyond(case.data.targets, limits))
    if not wrong:
        return
    farthest = max(wrong, key=lambda each: (each.distance, -each.row))
    rows, label = len({each.row for each in wrong}), case.net.notation.target(farthest.output + 1)
    which = f"The {activation.name} outputs" if activation else f"{case.loss.__name__} takes targets, which"
    yield Finding(
        "targets",
        [f"{which} reach {_range(limits)}, and the targets of {counted(rows, 'row')} lie outside: the farthest is ",
         Symbol(label), " = ", number(farthest.target), f" in row {farthest.row}. The loss cannot become 0, and the "
         "weights grow while it tries."],
        _remedy_of_targets(activation),
        {"low": limits.low, "high": limits.high, "rows": rows, "row": farthest.row, "label": label,
         "target": farthest.target},
    )  # fmt: skip


class _Beyond(NamedTuple):
    """A target outside of some limits, and how far outside."""

    distance: float
    row: int
    output: int
    target: float


def _beyond(targets: Sequence[Any], limits: Reach) -> Iterator[_Beyond]:
    """The targets that lie outside by more than a margin; of numbers of classes none, for the loss reads them."""
    span = limits.high - limits.low
    margin = OUTSIDE * (span if math.isfinite(span) else 1.0)
    for row, target in enumerate(targets):
        for output, t in enumerate(_numbers(target)):
            distance = max(limits.low - t, t - limits.high)
            if distance > margin:
                yield _Beyond(distance, row, output, t)


def _remedy_of_targets(activation: Activation | None) -> list[Any]:
    if activation is None:
        return ["Give the targets as 0 and 1, or as probabilities."]
    return ['Use outputs without limits, output_activation="identity", or scale the targets into the range, as by '
            "(t − smallest)/(largest − smallest)."]  # fmt: skip


def _bounded_logits(case: Case, activation: Activation, limits: Reach) -> Finding:
    return Finding(
        "logits",
        [f"{case.loss.__name__} takes weighted sums as they are, and brings its own sigmoid or softmax; the outputs "
         f"have been through {activation.name} already and reach {_range(limits)} only, so that no class can become "
         "certain."],
        ['Use outputs as they are, output_activation="identity".'],
        {"low": limits.low, "high": limits.high, "activation": activation.name},
    )  # fmt: skip


def _no_probabilities(case: Case, activation: Activation, limits: Reach) -> Iterator[Finding]:
    """Outputs that may leave the range from 0 to 1, under a loss that takes their logarithms."""
    if case.loss in LOGITS or (limits.low >= 0 and limits.high <= 1):
        return
    yield Finding(
        "probabilities",
        [f"{case.loss.__name__} takes outputs that are probabilities, and those of {activation.name} reach "
         f"{_range(limits)}: at 0 and below, or at 1 and above, there is no logarithm to take."],
        ['Use output_activation="sigmoid"; or output_activation="identity" with '
         "loss=nn.binary_cross_entropy_with_logits, which brings its own sigmoid."],
        {"low": limits.low, "high": limits.high, "activation": activation.name},
        hinders=not case.is_learned,
    )  # fmt: skip


def _range(limits: Reach) -> str:
    if math.isinf(limits.low) and math.isinf(limits.high):
        return "any number"
    if math.isinf(limits.high):
        return f"{limits.low:.3g} and more"
    if math.isinf(limits.low):
        return f"{limits.high:.3g} and less"
    return f"{limits.low:.3g} to {limits.high:.3g}"


def _numbers(target: Any) -> Sequence[float]:
    """The numbers of a target; none where it is the number of a class."""
    if isinstance(target, int):
        return ()
    return target if isinstance(target, tuple) else (target,)


# ---------------------------------------------------------------- inputs


class _Column(NamedTuple):
    label: str
    size: float  # the root of the mean square
    spread: float  # half of the way from the smallest to the largest

    @property
    def is_constant(self) -> bool:
        return self.spread == 0.0


def scales(case: Case) -> Iterator[Finding]:
    """Inputs far from 1, or far from each other; and columns that are the same in every row.

    A column is large by its root mean square, not by its largest number, and small by its range, not by its deviation:
    one that is nearly always the same, as that of a rare category, is neither, scaled or not.
    """
    columns = _columns(case)
    varied = [column for column in columns if not column.is_constant]
    constant = [column.label for column in columns if column.is_constant]
    if constant and len(case.data) > 1:
        yield _constant(constant, is_all=not varied)
    if not varied:
        return
    largest, smallest = max(columns, key=lambda each: each.size), min(varied, key=lambda each: each.spread)
    ratio = largest.size / smallest.spread
    is_large, is_small = largest.size > VERY_DIFFERENT, smallest.spread < 1 / VERY_DIFFERENT
    if is_large or is_small or ratio > VERY_DIFFERENT**1.5:
        yield _scaled(case, largest, smallest, ratio)


def _columns(case: Case) -> list[_Column]:
    return [
        _Column(label, root_mean_square(column), (max(column) - min(column)) / 2)
        for label, column in zip(case.net.input_labels, zip(*case.data.inputs, strict=True), strict=True)
    ]


def _scaled(case: Case, largest: _Column, smallest: _Column, ratio: float) -> Finding:
    if largest.label == smallest.label:
        told = [Symbol(largest.label), " is ", number(largest.size), " in the root of its mean square, and varies by ±",
                number(smallest.spread)]  # fmt: skip
    else:
        told = ["The inputs are of very different sizes: ", Symbol(largest.label), " is ", number(largest.size),
                " in the root of its mean square, while ", Symbol(smallest.label), " varies by ±",
                number(smallest.spread), " only"]  # fmt: skip
    return Finding(
        "scales",
        [*told, ". A weight's gradient is proportional to its input, so that no rate suits all weights."],
        ["Scale every column to mean 0 and deviation 1 before training, and new rows in the same way: "
         "scaling = nn.Scaling.standard(X), then scaling.apply(X)."],
        {"largest": largest.label, "size": largest.size, "smallest": smallest.label, "spread": smallest.spread,
         "ratio": ratio},
        hinders=not case.is_learned,
    )  # fmt: skip


def _constant(labels: Sequence[str], is_all: bool) -> Finding:
    verb = "is" if len(labels) == 1 else "are"
    return Finding(
        "constant",
        [*named(labels), f" {verb} the same in every row: nothing can be learned from "
         f"{'it' if len(labels) == 1 else 'them'}" + (", and there is no other input." if is_all else ".")],
        ["Leave constant columns out."],
        {"labels": list(labels)},
        hinders=is_all,
    )  # fmt: skip
