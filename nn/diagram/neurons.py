"""What the neuron picture shows: columns of units, the weights between them, targets, and words about the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import Value, notation
from autograd.atoms import Derivative
from autograd.drawing.metrics import LABEL, NAME, VALUE
from autograd.drawing.scene import Line, cut
from autograd.printers.runs import Run, joined, label_runs, runs, shown

from ..layers import Layer, LayerNorm, Network
from ..losses import l2_loss, mae_loss, mse_loss
from .passes import Pass, slope

_DIFFERENCES = (l2_loss, mse_loss, mae_loss)  # losses of y − t; others have targets of another kind

_LONGEST_ACTIVATION = 20


@dataclass(frozen=True)
class Weight:
    """A number that is learned, as an arrow shows it: a weight between two units, or a bias (without a `tail`)."""

    key: str
    tail: str
    head: str
    value: float
    name: tuple[Run, ...]
    title: str

    @property
    def sign(self) -> str:
        """The class of the arrow: "positive", "negative" or "zero" (of NaN, too)."""
        return "positive" if self.value > 0 else "negative" if self.value < 0 else "zero"


@dataclass(frozen=True)
class Unit:
    """A circle with its lines."""

    key: str
    role: str  # "leaf", "inner" or "output"
    lines: tuple[Line, ...]
    title: str
    bias: Weight | None = None


@dataclass(frozen=True)
class Gap:
    """Units that are not drawn."""

    key: str
    count: int


@dataclass(frozen=True)
class Column:
    """A layer, from top to bottom, and the lines of words below it."""

    rows: tuple[Unit | Gap, ...]
    words: tuple[str, ...]

    @property
    def units(self) -> list[Unit]:
        """The units that are drawn."""
        return [row for row in self.rows if isinstance(row, Unit)]


@dataclass
class Neurons:
    """The whole: `weights[k]` lead to column k + 1, `targets` are the lines beside the outputs that are drawn."""

    columns: list[Column] = field(default_factory=list)
    weights: list[list[Weight]] = field(default_factory=list)
    targets: list[tuple[Line, ...]] = field(default_factory=list)
    total: tuple[Run, ...] = ()  # the loss
    example: tuple[Run, ...] = ()  # the first unit, and what its δ is
    delta: tuple[Run, ...] = ()

    @property
    def largest(self) -> float:
        """The largest |w| that is drawn, for the widths of arrows; 0 without any."""
        drawn = [weight.value for weights in self.weights for weight in weights]
        drawn += [unit.bias.value for column in self.columns for unit in column.units if unit.bias]
        return max((abs(value) for value in drawn if abs(value) < float("inf")), default=0.0)


def neurons_of(net: Network, found: Pass | None, loss: Callable[..., Any], digits: int, max_units: int) -> Neurons:
    """The picture of a network after a pass through it; inside of `backpropagated` it has gradients."""
    return _Reader(net, found, loss, digits, max_units).read()


class _Reader:
    """What the parts of the picture are read with."""

    def __init__(self, net: Network, found: Pass | None, loss: Callable[..., Any], digits: int, max_units: int) -> None:
        self.net = net
        self.found = found
        self.total = found.loss if found else None
        self.loss = loss
        self.digits = digits
        self.max_units = max_units

    def read(self) -> Neurons:
        picture = Neurons()
        count = self.net.inputs
        kept = self.kept(count)
        inputs = [self.input(i) for i in kept]
        picture.columns.append(Column(_with_gap(inputs, kept, count, 0), ("inputs", *_sized(count, kept))))
        for number in range(1, len(self.net.layers) + 1):
            before, kept = kept, self.kept(self.net.layers[number - 1].outputs)
            picture.columns.append(self.column(number, kept))
            picture.weights.append(list(self.weights(number, before, kept)))
        if self.found is not None and self.total is not None:
            picture.targets = list(self.targets(kept))
            picture.total = (*self.name(self.total), Run(f" = {shown(self.total.data, self.digits + 2)}"))
            first = self.found.samples[0]
            picture.example = tuple(self.name(first.outputs[0]))
            picture.delta = tuple(self.derivative_runs(first.sums[0]))
        return picture

    def kept(self, count: int) -> list[int]:
        """Which units of so many are drawn: all, or the first ones and the last."""
        if count <= self.max_units:
            return list(range(count))
        return [*range(max(1, self.max_units // 2)), count - 1]

    # ------------------------------------------------------------ units

    def input(self, index: int) -> Unit:
        node = self.found.inputs[index] if self.found else None
        label = node.label if node is not None and node.label else self.net.input_labels[index]
        return self.unit(0, index, "leaf", label, node, None)

    def column(self, number: int, kept: Sequence[int]) -> Column:
        layer = self.net.layers[number - 1]
        units = [self.computed(number, index) for index in kept]
        return Column(_with_gap(units, kept, layer.outputs, number), self.words(number, kept))

    def computed(self, number: int, index: int) -> Unit:
        """A unit of a layer."""
        layer = self.net.layers[number - 1]
        role = "output" if number == len(self.net.layers) else "inner"
        sample = self.found.samples[number - 1] if self.found else None
        node, total = (sample.outputs[index], sample.sums[index]) if sample else (None, None)
        if isinstance(layer, LayerNorm):
            return self.unit(number, index, role, layer.labels[index], node, total)
        neuron = layer.neurons[index]
        bias = None if neuron.b is None else self.weight(f"b{number}_{index + 1}", "", _key(number, index), neuron.b)
        return self.unit(number, index, role, neuron.label, node, total, bias)

    def unit(
        self, number: int, index: int, role: str, label: str, node: Value | None, total: Value | None,
        bias: Weight | None = None,
    ) -> Unit:  # fmt: skip
        lines, title = [Line(tuple(cut(label_runs(label))), NAME, "name")], notation.text(label)
        if node is not None:
            lines.append(Line((Run(shown(node.data, self.digits)),), VALUE, "value"))
            title += f" = {node.data!r}"
        delta = slope(total, self.total) if total is not None else None
        if delta is not None and total is not None:
            lines.append(Line((Run("δ "), Run(shown(delta, self.digits))), VALUE, "grad"))
            title += f", δ = {self.derivative(total)} = {delta!r}"
        return Unit(_key(number, index), role, tuple(lines), title, bias)

    # ------------------------------------------------------------ weights

    def weights(self, number: int, before: Sequence[int], kept: Sequence[int]) -> Iterator[Weight]:
        """The arrows into a layer; normalisation has one from each unit to itself, which stands for all of them."""
        layer = self.net.layers[number - 1]
        for j in kept:
            head = _key(number, j)
            if isinstance(layer, LayerNorm):
                yield Weight(f"e{number}_{j + 1}", _key(number - 1, j), head, float("nan"), (), "layer normalisation")
                continue
            for i in before:
                key = f"e{number}_{i + 1}_{j + 1}"
                yield self.weight(key, _key(number - 1, i), head, layer.neurons[j].w[i])

    def weight(self, key: str, tail: str, head: str, node: Value) -> Weight:
        title = f"{notation.text(node.label)} = {node.data!r}"
        gradient = slope(node, self.total)
        if gradient is not None:
            title += f", {self.derivative(node)} = {gradient!r}"
        return Weight(key, tail, head, node.data, tuple(self.name(node)), title)

    # ------------------------------------------------------------ words

    def words(self, number: int, kept: Sequence[int]) -> tuple[str, ...]:
        layer = self.net.layers[number - 1]
        weighted = [each for each in self.net.layers[:number] if isinstance(each, Layer)]
        depth = sum(isinstance(each, Layer) for each in self.net.layers)
        hidden = f"hidden layer {len(weighted)}" if depth > 2 else "hidden layer"
        name = "outputs" if number == len(self.net.layers) else hidden
        if isinstance(layer, LayerNorm):
            return "outputs" if name == "outputs" else "normalised", "layer normalisation"
        activation = "no activation" if layer.activation.is_identity else _cut(layer.activation.name)
        return name, *_sized(layer.outputs, kept), activation

    def targets(self, kept: Sequence[int]) -> Iterator[tuple[Line, ...]]:
        """What stands beside each output: its target, and how far it is from it (or the derivative of the loss)."""
        found = self.found
        if found is None:
            return
        for j in kept:
            output, lines = found.outputs[j], []
            if found.targets:
                target = found.targets[j]
                lines.append(Line((*self.name(target), Run(f" = {shown(target.data, self.digits)}")), LABEL, "target"))
            if found.targets and self.loss in _DIFFERENCES:
                one, other = output, found.targets[j]
                if self.net.notation.target_first:
                    one, other = other, one
                error, left = one.data - other.data, [*self.name(one), Run(" − "), *self.name(other)]
            else:
                error, left = float(output.grad), self.derivative_runs(output)
            lines.append(Line((*left, Run(f" = {shown(error, self.digits)}")), LABEL, "target"))
            yield tuple(lines)

    @property
    def loss_label(self) -> str:
        """What the loss is called."""
        return self.total.label if self.total is not None else self.net.notation.loss()

    def derivative_runs(self, node: Value) -> list[Run]:
        return cut(runs(Derivative(self.loss_label, node.label)))

    def derivative(self, node: Value) -> str:
        return joined(runs(Derivative(self.loss_label, node.label)))

    def name(self, node: Value) -> list[Run]:
        return cut(label_runs(node.label))


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_ACTIVATION else f"{name[: _LONGEST_ACTIVATION - 1]}…"


def _key(number: int, index: int) -> str:
    return f"n{number}_{index + 1}"


def _sized(count: int, kept: Sequence[int]) -> tuple[str, ...]:
    """How many units there are, where it cannot be seen."""
    return (f"{count:,} units",) if len(kept) < count else ()


def _with_gap(units: list[Unit], kept: Sequence[int], count: int, number: int) -> tuple[Unit | Gap, ...]:
    if len(kept) == count:
        return tuple(units)
    return (*units[:-1], Gap(f"gap{number}", count - len(kept)), units[-1])
