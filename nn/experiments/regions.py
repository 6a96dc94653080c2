"""What a network of two inputs says at every point of a plane: its decision, and the weighted sums behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd import no_grad
from autograd.errors import DomainError, RangeError
from autograd.op import number_of

from ..data import Samples, samples
from ..errors import DataError, NetworkError
from ..graphs import check_network
from ..layers import Layer, Network, Neuron
from ..metrics import largest
from ..module import Module, size, whole
from ..progress import progress_bar
from .window import Side, Window

Grid = list[list[float]]

_MARGIN = 0.125  # of the samples' range, on each side


@dataclass(frozen=True)
class Regions:
    """Numbers on a grid of two inputs; every grid is a list of rows, `grid[row][column]` at `ys[row]`, `xs[column]`.

    `outputs` has a grid for each output, `sums` one for each neuron of the layer that was asked for, by its label: it
    is positive on the side of the neuron's 0-line where it fires. They are NaN where a number is not finite.
    `threshold` is what a single output is compared with; `data` are the samples, `classes` their classes.
    """

    xs: list[float]
    ys: list[float]
    outputs: list[Grid]
    sums: dict[str, Grid]
    threshold: float
    data: Samples
    classes: list[int]

    @property
    def window(self) -> Window:
        """How far the grids reach."""
        return Window.of(self.xs, self.ys)

    @property
    def count(self) -> int:
        """The number of classes."""
        return max(len(self.outputs), 2)

    def lead(self, kind: int) -> Grid:
        """By how much a class is ahead of all others: positive where it is the one that is predicted."""
        if len(self.outputs) == 1:
            sign = 1 if kind else -1
            return [[sign * (y - self.threshold) for y in row] for row in self.outputs[0]]
        others = [grid for number, grid in enumerate(self.outputs) if number != kind]
        return [
            [own - max(rest) for own, *rest in zip(*rows, strict=True)]
            for rows in zip(self.outputs[kind], *others, strict=True)
        ]


def regions(
    net: Module,
    X: Any,
    T: Any,
    *,
    layer: int = 1,
    threshold: float | None = None,
    points: int = 81,
    progress: bool | None = None,
) -> Regions:
    """The outputs of a network of two inputs, and the weighted sums of a layer's neurons, around some samples.

    >>> from nn import MLP
    >>> found = regions(MLP(2, [3, 1], rng=0), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], points=3)
    >>> found.xs, list(found.sums), found.threshold
    ([-0.125, 0.5, 1.125], ['h_1', 'h_2', 'h_3'], 0.5)

    `layer` is counted from 1; 0 is none. Several outputs decide by the largest. One output decides by a
    threshold: 0.5 for a sigmoid; 0 for the identity, for its output is a logit (for targets 0 and 1 under a squared
    error give threshold=0.5); and for any other activation 0 if a target is below 0, and else 0.5.

    Raises NetworkError if the network has not two inputs or no such layer, and DataError for the samples.
    """
    check_network(net, "a boundary", or_part=True)
    if net.inputs != 2:
        raise NetworkError(f"a boundary is drawn over two inputs, and this network has {net.inputs}: train one on two "
                           "columns of the data")  # fmt: skip
    side, data = size(points, "the number of points along a side"), samples(X, T, 2, net.outputs, classes=True)
    if side < 2:
        raise NetworkError("a boundary has 2 points or more along a side; it was given points=1")
    parts = _Parts(net, layer)
    middle, classes = _classes(data.targets, net.outputs)
    window = _window(data.inputs)
    xs, ys = window.columns(side), window.rows(side)
    with progress_bar(side, progress, unit="row") as shown:
        rows = [parts.row(xs, y, shown) for y in ys]
    outputs, sums = (_grids(rows, which) for which in (0, 1))
    chosen = _threshold(threshold, parts, middle)
    return Regions(xs, ys, outputs, dict(zip(parts.labels, sums, strict=True)), chosen, data, classes)


def neurons_of(part: Module) -> Sequence[Neuron]:
    """The neurons of a layer; a neuron itself; none of what has no weights of its own."""
    if isinstance(part, Layer):
        return part.neurons
    return [part] if isinstance(part, Neuron) else []


class _Parts:
    """A network taken apart at one of its layers."""

    def __init__(self, net: Module, number: Any) -> None:
        self.net = net
        self.layers: Sequence[Module] = net.layers if isinstance(net, Network) else [net]
        self.weighted = [each for each in self.layers if neurons_of(each)]
        found = int(number) if isinstance(number, bool) else whole(number)
        if found is None or not 0 <= found <= len(self.weighted):
            last = len(self.weighted)
            raise NetworkError(f"the layer whose neurons are shown is a number from 1 to {last}; it was {number!r}")
        self.chosen = self.weighted[found - 1] if found else None
        self.neurons = neurons_of(self.chosen) if self.chosen else []
        self.labels = [neuron.label for neuron in self.neurons]

    def threshold(self, middle: float) -> float:
        """What the output is compared with, if nobody says; `middle` is between the targets."""
        last = [neuron.activation.name for neuron in neurons_of(self.layers[-1])]
        return {"identity": 0.0, "sigmoid": 0.5}.get(last[0], middle) if last else middle

    def row(self, xs: Sequence[float], y: float, shown: Any) -> list[tuple[list[float], list[float]]]:
        """Outputs and weighted sums for every point of a row."""
        with no_grad():
            found = [self.at(x, y) for x in xs]
        if shown is not None:
            shown.update()
        return found

    def at(self, x: float, y: float) -> tuple[list[float], list[float]]:
        """Outputs and weighted sums at one point; NaN for what is not finite."""
        units: list[Any] = [x, y]
        sums = [math.nan] * len(self.neurons)
        try:
            for layer in self.layers:
                if layer is self.chosen:
                    sums = [_number(neuron.weighted_sum(units)) for neuron in self.neurons]
                units = layer.units(units, False)
            return [_number(unit) for unit in units], sums
        except (DomainError, RangeError):
            return [math.nan] * self.net.outputs, sums


def _number(unit: Any) -> float:
    found = float(number_of(unit))
    return found if math.isfinite(found) else math.nan


def _grids(rows: list[list[tuple[list[float], list[float]]]], which: int) -> list[Grid]:
    """A grid for each item of the lists that stand at every point."""
    count = len(rows[0][0][which])
    return [[[point[which][number] for point in row] for row in rows] for number in range(count)]


def _classes(targets: Sequence[Any], outputs: int) -> tuple[float, list[int]]:
    """The middle between two targets (0 or 0.5), and the class of every sample."""
    if outputs > 1:
        return 0.5, [t if isinstance(t, int) else largest(t) for t in targets]
    if len(set(targets)) > 2:
        raise DataError(f"one output tells two classes apart, and T holds {len(set(targets))} different numbers: a "
                        "boundary is that of classes")  # fmt: skip
    middle = 0.0 if min(targets) < 0 else 0.5
    return middle, [int(t > middle) for t in targets]


def _threshold(threshold: Any, parts: _Parts, middle: float) -> float:
    if threshold is None:
        return parts.threshold(middle)
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not math.isfinite(threshold):
        raise NetworkError(f"threshold is a number, such as 0.5 for probabilities, 0 for logits; it was {threshold!r}")
    return float(threshold)


def _window(inputs: Sequence[tuple[float, ...]]) -> Window:
    """The range of the samples, and some room around them."""
    window = Window(*(_side([row[axis] for row in inputs]) for axis in (0, 1)))
    if not window.can_be_drawn:
        raise DataError("the rows of X lie too far apart, or too close together, for a picture: scale the columns, as "
                        "nn.Scaling.standard(X).apply(X) does")  # fmt: skip
    return window


def _side(numbers: Sequence[float]) -> Side:
    low, high = min(numbers), max(numbers)
    room = _MARGIN * (high - low) or 1.0
    return low - room, high + room
