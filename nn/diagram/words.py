"""What is said about a neuron picture: its title, its description in plain words, and its DOT text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autograd import Value, notation
from autograd.drawing.dot import quoted
from autograd.printers.runs import joined, shown

from ..layers import Layer, LayerNorm, Network
from ..words import counted
from .neurons import Neurons, Unit, Weight
from .passes import Pass

_MOST_NUMBERS = 12
_STYLES = {"positive": "solid", "negative": "dashed", "zero": "dotted"}
_SHAPES = {"leaf": "circle", "inner": "circle", "output": "doublecircle"}


def described(net: Network, found: Pass | None, digits: int) -> str:
    """The network in words, with inputs, outputs, targets and loss after a pass."""
    told = [f"{', '.join([counted(net.inputs, 'input'), *map(_layer, net.layers[:-1])])} and {_outputs(net)}."]
    neurons = [each for layer in net.layers if isinstance(layer, Layer) for each in layer.neurons]
    weights = [weight.data for neuron in neurons for weight in neuron.w]
    positive, negative = (sum(sign * weight > 0 for weight in weights) for sign in (1, -1))
    told.append(f"{counted(len(weights), 'weight')}: {positive:,} positive, {negative:,} negative.")
    if found is not None:
        told.append(f"Inputs: {_numbers(found.inputs, digits)}. Outputs: {_numbers(found.outputs, digits)}.")
        if found.targets:
            told.append(f"Targets: {_numbers(found.targets, digits)}.")
        if found.loss is not None:
            told.append(f"The loss: {_numbers([found.loss], digits + 2)}.")
    return " ".join(told)


def dot_of(picture: Neurons, title: str, digits: int) -> str:
    """The neurons as a Graphviz digraph: as much of the picture as Graphviz can show."""
    weights = [weight for gap in picture.weights for weight in gap]
    lines = [
        "digraph network {",
        f'  graph [rankdir=LR, ranksep=2, nodesep=0.3, label={quoted(title)}, labelloc=b, charset="UTF-8"]',
        '  node [shape=circle, fontsize=11, fontname="Helvetica"]',
        '  edge [fontsize=10, fontname="Times-Roman", arrowsize=0.6]',
        *(f"  {line}" for column in picture.columns for line in _rank(column.units)),
        *(f"  {_wire(weight, picture.largest, digits)}" for weight in weights),
    ]
    return "\n".join([*lines, "}", ""])


def _rank(units: Iterable[Unit]) -> Iterator[str]:
    yield "{ rank=same"
    for unit in units:
        label = "\\n".join(quoted(joined(line.runs))[1:-1] for line in unit.lines)
        yield f'  {unit.key} [label="{label}", tooltip={quoted(unit.title)}, shape={_SHAPES[unit.role]}]'
    yield "}"


def _wire(weight: Weight, largest: float, digits: int) -> str:
    share = abs(weight.value) / largest if largest and weight.value == weight.value else 0.0
    label = quoted(shown(weight.value, digits) if weight.name else "")
    return (
        f"{weight.tail} -> {weight.head} [label={label}, tooltip={quoted(weight.title)}, "
        f"style={_STYLES[weight.sign]}, penwidth={0.6 + 3.4 * min(share, 1.0):.2f}]"
    )


def _layer(layer: Any) -> str:
    if isinstance(layer, LayerNorm):
        return "a layer normalisation"
    return f"a hidden layer of {counted(layer.outputs, 'unit')}{_activation(layer)}"


def _outputs(net: Network) -> str:
    last = net.layers[-1]
    return f"{counted(last.outputs, 'output')}{_activation(last)}"


def _activation(layer: Layer | LayerNorm) -> str:
    if isinstance(layer, LayerNorm):
        return " (normalised)"
    return " (without activation function)" if layer.activation.is_identity else f" ({layer.activation.name})"


def _numbers(nodes: Sequence[Value], digits: int) -> str:
    told = [f"{notation.text(node.label)} = {shown(node.data, digits)}" for node in nodes[:_MOST_NUMBERS]]
    if len(nodes) > _MOST_NUMBERS:
        told.append(f"and {len(nodes) - _MOST_NUMBERS:,} more")
    return ", ".join(told)
