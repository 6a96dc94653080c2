"""The two coarse levels of a network's graph: a card for every unit, a card for every layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from autograd import Value, notation
from autograd.atoms import Derivative
from autograd.drawing.metrics import NAME, VALUE
from autograd.drawing.scene import Arrow, Card, Line, Scene, cut
from autograd.op import number_of
from autograd.printers.runs import Run, joined, label_runs, runs, shown

from ..layers import Layer, LayerNorm, Network
from ..words import counted
from .neurons import Neurons, Unit, Weight, neurons_of
from .passes import Loss, Pass, Sample
from .words import described

_ALL = 10**9
_LOSS = "loss"


def neuron_scene(net: Network, found: Pass, loss: Loss, digits: int, title: str | None) -> Scene:
    """A card for every unit, target and the loss; the weights stand on the arrows."""
    picture = neurons_of(net, found, loss, digits, _ALL)
    scene = Scene(title=f"Network {net.sizes}, neuron by neuron" if title is None else title)
    scene.cards = [_unit_card(unit, digits, found) for column in picture.columns for unit in column.units]
    scene.arrows = [_weight_arrow(weight, digits) for weight in _weights(net, picture)]
    if found.loss is not None:
        scene.cards += [_value_card(f"t{j}", "leaf", node, digits) for j, node in enumerate(found.targets, 1)]
        scene.cards.append(_value_card(_LOSS, "output", found.loss, digits))
        scene.arrows += _into_loss(picture, found, digits)
    scene.description = described(net, found, digits)
    return scene


def layer_scene(net: Network, found: Pass, loss: Loss, digits: int, title: str | None) -> Scene:
    """A card for every layer, with the range of its activations and of its |δ|."""
    scene = Scene(title=f"Network {net.sizes}, layer by layer" if title is None else title)
    inputs = [_words("inputs"), _words(counted(net.inputs, "unit"), VALUE, "value"), _range("", found.inputs, digits)]
    scene.cards.append(Card("l0", "leaf", tuple(inputs), joined(inputs[-1].runs)))
    for number, sample in enumerate(found.samples, 1):
        is_last = number == len(found.samples) and found.loss is None
        scene.cards.append(_layer_card(f"l{number}", "output" if is_last else "inner", sample, number, found, digits))
        scene.arrows.append(_layer_arrow(number, sample.layer, digits))
    if found.loss is not None:
        scene.cards.append(_value_card(_LOSS, "output", found.loss, digits))
        scene.arrows.append(Arrow("into_loss", f"l{len(found.samples)}", _LOSS, ((),), "outputs into the loss", 0))
    scene.description = described(net, found, digits)
    return scene


# ---------------------------------------------------------------- neuron by neuron


def _unit_card(unit: Unit, digits: int, found: Pass) -> Card:
    lines = list(unit.lines)
    if unit.bias is not None:
        bias = (*unit.bias.name, Run(f" = {shown(unit.bias.value, digits)}"))
        lines.insert(2, Line(bias, VALUE, "value"))
    role = "inner" if unit.role == "output" and found.loss is not None else unit.role
    return Card(unit.key, role, tuple(lines), unit.title)


def _value_card(key: str, role: str, node: Value, digits: int) -> Card:
    name = tuple(cut(label_runs(node.label)))
    lines = (Line(name, NAME, "name"), Line((Run(shown(node.data, digits)),), VALUE, "value"))
    return Card(key, role, lines, f"{notation.text(node.label)} = {node.data!r}")


def _weights(net: Network, picture: Neurons) -> Iterator[Weight]:
    """The arrows; every normalised unit depends on all units of its layer."""
    for number, weights in enumerate(picture.weights, 1):
        if not isinstance(net.layers[number - 1], LayerNorm):
            yield from weights
            continue
        for weight in weights:
            for tail in picture.columns[number - 1].units:
                key = f"{weight.key}_{tail.key}"
                yield Weight(key, tail.key, weight.head, weight.value, (), weight.title)


def _weight_arrow(weight: Weight, digits: int) -> Arrow:
    label = (*weight.name, Run(f" = {shown(weight.value, digits)}")) if weight.name else ()
    return Arrow(weight.key, weight.tail, weight.head, (label,), weight.title, 0)


def _into_loss(picture: Neurons, found: Pass, digits: int) -> Iterator[Arrow]:
    """From outputs and targets to the loss."""
    loss = found.loss.label if found.loss is not None else ""
    for j, (unit, node) in enumerate(zip(picture.columns[-1].units, found.outputs, strict=True), 1):
        slope = cut(runs(Derivative(loss, node.label)))
        told = f"{joined(slope)} = {float(node.grad)!r}"
        yield Arrow(f"into_loss_{j}", unit.key, _LOSS, ((*slope, Run(f" = {shown(node.grad, digits)}")),), told, j)
    for j, node in enumerate(found.targets, 1):
        yield Arrow(f"target_{j}", f"t{j}", _LOSS, ((),), f"{notation.text(node.label)} into the loss", j)


# ---------------------------------------------------------------- layer by layer


def _layer_card(key: str, role: str, sample: Sample, number: int, found: Pass, digits: int) -> Card:
    layer = sample.layer
    kind = "layer normalisation" if isinstance(layer, LayerNorm) else layer.activation.name
    lines = [
        _words("outputs" if number == len(found.samples) else f"layer {number}"),
        _words(f"{counted(layer.outputs, 'unit')}, {kind}", VALUE, "value"),
        _range("", sample.outputs, digits),
    ]
    if found.loss is not None:
        slopes = [abs(float(node.grad)) for node in sample.sums]
        lines.append(_range("|δ|: ", slopes, digits, "grad"))
    return Card(key, role, tuple(lines), "; ".join(joined(line.runs) for line in lines))


def _layer_arrow(number: int, layer: Layer | LayerNorm, digits: int) -> Arrow:
    label: tuple[Run, ...] = ()
    if isinstance(layer, Layer):
        weights = [abs(weight.data) for neuron in layer.neurons for weight in neuron.w]
        label = (Run(f"{len(weights):,} weights, |"), Run("w", "name"), Run(f"| ≤ {shown(max(weights), digits)}"))
    told = joined(label) or "layer normalisation"
    return Arrow(f"w{number}", f"l{number - 1}", f"l{number}", (label,), told, 0)


def _words(text: str, style: Any = NAME, role: str = "name") -> Line:
    return Line((Run(text),), style, role)


def _range(name: str, items: Sequence[Any], digits: int, role: str = "value") -> Line:
    """The smallest, the mean and the largest of some numbers."""
    numbers = [float(number_of(item)) for item in items]
    mean = math.fsum(numbers) / len(numbers) if all(map(math.isfinite, numbers)) else math.nan
    found = zip(("min", "mean", "max"), (min(numbers), mean, max(numbers)), strict=True)
    told = ", ".join(f"{what} {shown(number, digits)}" for what, number in found)
    return Line((Run(f"{name}{told}"),), VALUE, role)
