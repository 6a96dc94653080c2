"""A network measured on samples: losses, gradients, and for every unit its slopes and the gradient it receives.

    ∂L/∂a_j = ∂L/∂h_j · σ'(a_j)        a path's share = Π |w·σ'|, the strongest path = the one with the largest

Every slope comes from the engine: from backpropagation, and from the rules of the activations themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from autograd import Value, enable_grad, jacobian, no_grad
from autograd.errors import DomainError, RangeError, SlopeError
from autograd.graph import topological_order

from ..activations import Activation
from ..data import Samples
from ..graphs import Forward
from ..layers import Layer, LayerNorm, Network
from ..losses import loss_of_sample
from ..metrics import largest, root_mean_square
from ..module import kept
from .limits import plain, reach, slope_at, steepest

UNDEFINED = (DomainError, RangeError, SlopeError)
Loss = Callable[..., Any]


@dataclass
class Units:
    """The units of one layer over the samples: `slopes[j]` and `deltas[j]` (∂L/∂a) have a number for each."""

    layer: Layer | LayerNorm
    activation: Activation | None  # None: a LayerNorm has no weights, and no activation
    labels: list[str]
    bound: float | None  # the steepest slope that the activation has
    is_bounded: bool  # whether what it puts out has limits on both sides
    slopes: list[list[float]] = field(default_factory=list)
    deltas: list[list[float]] = field(default_factory=list)

    @property
    def is_weighted(self) -> bool:
        """Whether it has weights, which a LayerNorm has not."""
        return self.activation is not None

    @property
    def name(self) -> str:
        """The name of the activation."""
        return self.activation.name if self.activation else ""

    @property
    def size_of_deltas(self) -> float:
        """The root of the mean square of ∂L/∂a, over units and samples."""
        return root_mean_square([delta for unit in self.deltas for delta in unit])

    @property
    def largest_slope(self) -> float:
        """The largest |σ'| of any unit at any sample."""
        return max((slope for unit in self.slopes for slope in unit), default=math.nan)


class Step(NamedTuple):
    """One layer of a path: its |∂output/∂input|, and where it is a product |w·σ'|, the slope and the weight."""

    factor: float
    slope: float | None = None
    weight: float | None = None


class Path(NamedTuple):
    """The units from an input to an output, the steps between them, and the row of the sample."""

    labels: list[str]
    steps: list[Step]
    row: int

    @property
    def product(self) -> float:
        """What is left of a change of the input at the output."""
        return math.prod(step.factor for step in self.steps)


@dataclass
class Measured:
    """What was measured: the mean `loss`, the mean `outputs`, the gradient by parameter, the units by layer."""

    loss: float
    outputs: list[float]
    gradient: list[float]
    layers: list[Units]
    path: Path

    @property
    def weighted(self) -> list[Units]:
        """The layers with weights."""
        return [units for units in self.layers if units.is_weighted]

    @property
    def is_finite(self) -> bool:
        """Whether the loss and its whole gradient are numbers."""
        return math.isfinite(self.loss) and all(map(math.isfinite, self.gradient))


def measure(net: Network, data: Samples, rows: Sequence[int], loss: Loss) -> Measured:
    """Forward and backward passes over the samples; `rows` are their numbers in the whole data.

    The gradients of the parameters are those of the sum over the samples afterwards. Raises DomainError, RangeError or
    SlopeError where the loss or its gradient has no value.
    """
    layers = _all_units(net)
    losses, outputs, paths = [], [], []
    net.zero_grad()
    for row, x, t in zip(rows, data.inputs, data.targets, strict=True):
        forward = Forward(net, x)
        found = loss_of_sample(loss, forward.outputs, t)
        found.backward()
        paths.append(_strongest(net, _record(forward, layers), row))
        losses.append(found.data)
        outputs.append([plain(output) for output in forward.outputs])
    gradient = [float(parameter.grad) / len(losses) for parameter in net.parameters()]
    means = [mean_of(column) for column in zip(*outputs, strict=True)]
    return Measured(mean_of(losses), means, gradient, layers, max(paths, key=lambda path: path.product))


@contextmanager
def untouched(net: Network, data: Samples, loss: Loss) -> Iterator[None]:
    """Inside, numbers and gradients of the parameters may change; afterwards, they are what they were.

    So are the gradients of other leaves that loss or activations bring along.
    """
    with kept(_leaves(net, data, loss)), _recording():
        yield


def _recording() -> AbstractContextManager[Any]:
    """Graphs are recorded inside, also where `no_grad` is on; without need of it no mode is, for modes are slow."""
    return nullcontext() if (Value(0.0) + 0.0).parents else enable_grad()


def _leaves(net: Network, data: Samples, loss: Loss) -> list[Value]:
    leaves = net.parameters()
    try:
        with _recording():
            found = loss_of_sample(loss, net.units(data.inputs[0], False), data.targets[0])
    except UNDEFINED:
        return leaves
    return list(dict.fromkeys([*leaves, *(node for node in topological_order(found) if node.op is None)]))


# ---------------------------------------------------------------- one sample


def _record(forward: Forward, layers: Sequence[Units]) -> list[list[list[Step]]]:
    """Add slopes and ∂L/∂a to the layers; returns the steps [output][input] of each of them."""
    steps = []
    for units, (layer, sums) in zip(layers, forward.passes, strict=True):
        if not isinstance(layer, Layer):
            rows = _jacobian(partial(layer.units, labelled=False), sums)
            steps.append([[Step(abs(slope)) for slope in row] for row in rows])
            continue
        for deltas, a in zip(units.deltas, sums, strict=True):
            deltas.append(float(a.grad))
        steps.append(_joint(layer, sums) if layer.neurons[0].activation.is_joint else _single(units, layer, sums))
    return steps


def _single(units: Units, layer: Layer, sums: Sequence[Any]) -> list[list[Step]]:
    """|w·σ'| for every weight of a layer whose units act each on its own."""
    steps = []
    for found, neuron, a in zip(units.slopes, layer.neurons, sums, strict=True):
        slope = 1.0 if neuron.activation.is_identity else abs(slope_at(neuron.activation, a.data))
        found.append(slope)
        sizes = [abs(weight.data) for weight in neuron.w]
        steps.append([Step(slope * size, slope, size) for size in sizes])
    return steps


def _joint(layer: Layer, sums: Sequence[Any]) -> list[list[Step]]:
    """|∂output/∂input| of a layer whose units act jointly: Σ over the weighted sums."""
    rows = _jacobian(layer.neurons[0].activation.__call__, sums)
    columns = list(zip(*([weight.data for weight in neuron.w] for neuron in layer.neurons), strict=True))
    return [
        [Step(abs(math.fsum(slope * weight for slope, weight in zip(row, column, strict=True)))) for column in columns]
        for row in rows
    ]


def _jacobian(function: Callable[..., Any], sums: Sequence[Any]) -> list[list[float]]:
    with no_grad():  # plain numbers, whatever weights the function has
        found = jacobian(function)([plain(a) for a in sums])
    return [[plain(slope) for slope in row] for row in found]


# ---------------------------------------------------------------- the strongest path


def _strongest(net: Network, steps: Sequence[Sequence[Sequence[Step]]], row: int) -> Path:
    """The path with the largest product, found layer by layer: the best way to a unit extends one to the layer before.

    Cost: O(weights), where the paths themselves are exponentially many.
    """
    best = [1.0] * net.inputs
    came_from: list[list[int]] = []
    for layer in steps:
        sources = [max(range(len(best)), key=lambda i, unit=unit: best[i] * unit[i].factor) for unit in layer]  # type: ignore[misc]
        best = [best[i] * unit[i].factor for i, unit in zip(sources, layer, strict=True)]
        came_from.append(sources)
    units = [largest(best)]
    for sources in reversed(came_from):
        units.append(sources[units[-1]])
    units.reverse()
    taken = [layer[after][before] for layer, before, after in zip(steps, units, units[1:], strict=False)]
    names = [net.input_labels, *map(labels_of, net.layers)]
    return Path([labels[unit] for labels, unit in zip(names, units, strict=True)], taken, row)


def labels_of(layer: Layer | LayerNorm) -> list[str]:
    """The labels of what a layer puts out."""
    return [neuron.label for neuron in layer.neurons] if isinstance(layer, Layer) else list(layer.labels)


def _all_units(net: Network) -> list[Units]:
    """The layers, with nothing recorded yet; of each activation the steepest slope is looked for once."""
    activations = [layer.neurons[0].activation if isinstance(layer, Layer) else None for layer in net.layers]
    known: dict[Activation | None, tuple[float | None, bool]] = {None: (None, False)}
    for each in filter(None, dict.fromkeys(activations)):
        known[each] = steepest(each), math.isfinite(math.hypot(*reach(each)))
    return [
        Units(layer, activation, labels_of(layer), *known[activation],
              [[] for _ in range(layer.outputs)], [[] for _ in range(layer.outputs)])
        for layer, activation in zip(net.layers, activations, strict=True)
    ]  # fmt: skip


def mean_of(numbers: Sequence[float]) -> float:
    """The mean; infinite or NaN, rather than an error, where numbers are too large for one."""
    return sum(numbers) / len(numbers)
