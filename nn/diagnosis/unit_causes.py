"""Causes in the units: alike for ever, dead, saturated."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from statistics import fmean
from typing import Any

from ..layers import Layer
from ..metrics import root_mean_square
from ..words import counted
from .case import Case
from .finding import Finding, named, number
from .measuring import Measured, Units, labels_of
from .thresholds import DEAD_SLOPE, LARGE_INPUT, MOST_OF_A_LAYER, NEARLY_ALL, SATURATED_SLOPE

# ---------------------------------------------------------------- alike


def symmetric(case: Case) -> Iterator[Finding]:
    """Units of one layer with equal weights, incoming and outgoing: equal gradients keep them equal for ever."""
    found = []
    for index, layer in enumerate(case.net.layers):
        if isinstance(layer, Layer):
            group = _largest_group(layer, case.net.layers[index + 1 :])
            found += [(layer, group)] if len(group) > 1 else []
    for is_most in (True, False):
        groups = [each for each in found if is_most is (len(each[1]) > MOST_OF_A_LAYER * each[0].outputs)]
        if groups:
            yield _symmetry(groups, hinders=is_most and not case.is_learned)


def _largest_group(layer: Layer, following: Sequence[Any]) -> list[int]:
    """The units that are alike; of several such groups the largest."""
    alike: dict[Hashable, list[int]] = {}
    for unit in range(layer.outputs):
        outgoing = _outgoing(following, unit)
        if outgoing is not None:
            alike.setdefault((_incoming(layer, unit), outgoing), []).append(unit)
    return max(alike.values(), key=len, default=[])


def _incoming(layer: Layer, unit: int) -> Hashable:
    neuron = layer.neurons[unit]
    bias = None if neuron.b is None else neuron.b.data
    return neuron.activation, bias, tuple([weight.data for weight in neuron.w])


def _outgoing(following: Sequence[Any], unit: int) -> Hashable | None:
    """The weights that lead from a unit to the next layer with weights; None for an output, which has a target."""
    scaled: list[float] = []
    for layer in following:
        if isinstance(layer, Layer):
            return (*scaled, *[neuron.w[unit].data for neuron in layer.neurons])
        scaled += [layer.gamma[unit].data, layer.beta[unit].data]
    return None


def _symmetry(groups: Sequence[tuple[Layer, Sequence[int]]], hinders: bool) -> Finding:
    """The finding for the first layer; of others it says how many there are."""
    layer, group = groups[0]
    labels = [labels_of(layer)[unit] for unit in group]
    weights = {weight.data for unit in group for weight in layer.neurons[unit].w}
    told = f" (all of them {weights.pop():g})" if len(weights) == 1 else ""
    return Finding(
        "symmetric",
        [*named(labels), f" have equal incoming weights{told} and equal outgoing weights, so that their gradients are "
         f"equal, too: {counted(len(group), 'unit')} stay one unit for ever."
         + (f" So it is in {counted(len(groups) - 1, 'more layer')}." if len(groups) > 1 else "")],
        ["Start again from random weights: leave initialiser out, or give nn.initialisers.xavier_uniform."],
        {"labels": labels, "share": len(group) / layer.outputs, "layers": len(groups)},
        hinders=hinders,
    )  # fmt: skip


# ---------------------------------------------------------------- dead


def dead(case: Case) -> Iterator[Finding]:
    """Units whose slope is 0, or next to it, for every sample: whatever the error, their weights get no gradient.

    They lie on the flat side of an activation that has another one, as relu; on both sides flat, they are saturated.
    """
    for units in case.hidden:
        found = [unit for unit, slopes in enumerate(units.slopes) if _is_dead(units, slopes)]
        if found:
            yield _death(case, units, found)


def _is_dead(units: Units, slopes: Sequence[float]) -> bool:
    return units.bound is not None and not units.is_bounded and max(slopes) <= DEAD_SLOPE * units.bound


def _death(case: Case, units: Units, found: Sequence[int]) -> Finding:
    labels, count = [units.labels[unit] for unit in found], len(units.labels)
    is_one = len(labels) == 1
    hinders = len(found) > MOST_OF_A_LAYER * count and not case.is_learned
    return Finding(
        "dead",
        [*named(labels), f" ({len(labels)} of {counted(count, 'unit')}) {'is' if is_one else 'are'} dead: the slope of "
         f"{units.name} is ", *_at_most(units, found), f" for all {counted(len(case.rows), 'sample')}, so that "
         f"no gradient reaches {'its' if is_one else 'their'} weights."],
        ["Start again from fresh weights, with biases of 0 and nn.initialisers.he_uniform; if it comes back, lower the "
         'rate, or use activation="leaky_relu", which always lets a little through.'],
        {"labels": labels, "share": len(found) / count, "samples": len(case.rows)},
        hinders=hinders,
    )  # fmt: skip


def _at_most(units: Units, found: Sequence[int]) -> list[Any]:
    largest = max(slope for unit in found for slope in units.slopes[unit])
    return ["at most ", number(largest)] if largest else ["0"]


# ---------------------------------------------------------------- saturated


def saturated(case: Case) -> Iterator[Finding]:
    """Units whose slope is close to 0 for nearly all samples, far below the steepest that the activation has."""
    if case.measured is None:
        return
    for units in case.measured.weighted:
        found = [unit for unit in range(len(units.labels)) if _is_saturated(units, unit)]
        is_last = units is case.measured.layers[-1]
        if found and not (is_last and _gets_through(case.measured, units, found)):
            yield _saturation(case, units, found)


def _is_saturated(units: Units, unit: int) -> bool:
    slopes = units.slopes[unit]
    if units.bound is None or not units.is_bounded:
        return False
    return sum(slope < SATURATED_SLOPE * units.bound for slope in slopes) >= NEARLY_ALL * len(slopes)


def _gets_through(measured: Measured, units: Units, found: Sequence[int]) -> bool:
    """Whether the loss makes up for the flat outputs, as cross-entropy does: a weighted sum moves it noticeably."""
    pull = fmean(abs(delta) for unit in found for delta in units.deltas[unit])
    return pull > SATURATED_SLOPE * abs(measured.loss)


def _saturation(case: Case, units: Units, found: Sequence[int]) -> Finding:
    labels, count = [units.labels[unit] for unit in found], len(units.labels)
    slope, steepest = fmean(slope for unit in found for slope in units.slopes[unit]), units.bound or 0.0
    return Finding(
        "saturated",
        [*named(labels), f" ({len(labels)} of {counted(count, 'unit')}) {'is' if len(labels) == 1 else 'are'} "
         f"saturated: over {counted(len(case.rows), 'sample')} the mean slope of {units.name} is ",
         number(slope), ", where it can be ", number(steepest), ". Hardly any gradient passes."],
        _remedy_of_saturation(case, units),
        {"labels": labels, "share": len(found) / count, "slope": slope, "steepest": steepest},
        hinders=len(found) > MOST_OF_A_LAYER * count and not case.is_learned,
    )  # fmt: skip


def _remedy_of_saturation(case: Case, units: Units) -> list[Any]:
    """Smaller weights, or where large inputs make the sums large, smaller inputs."""
    smaller = "initialiser=nn.initialisers.xavier_uniform, with biases of 0."
    first = case.measured is not None and units is case.measured.weighted[0]
    sizes = list(map(root_mean_square, zip(*case.sampled.inputs, strict=True)))
    if not first or max(sizes) < LARGE_INPUT:
        return [f"Start again from smaller weights, such as {smaller}"]
    label = case.net.input_labels[sizes.index(max(sizes))]
    return ["The inputs are large (", *named([label]), " is ", number(max(sizes)), " in the root mean square): scale "
            "them, scaling = nn.Scaling.standard(X), then scaling.apply(X); and start again with " + smaller
            ]  # fmt: skip
