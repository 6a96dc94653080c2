"""Steps on trial: what the loss would be at other weights, how it bends, and what other networks would start with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from autograd import Value

from ..data import Samples
from ..initialisers import Initialiser
from ..layers import Layer, LayerNorm, Network
from ..losses import loss_of_sample
from .measuring import UNDEFINED, Loss, mean_of

# From the smallest rate to the largest, each four times the one before.
_RATES = [4.0**exponent for exponent in range(-8, 7)]
_TURNS = 5  # of the power iteration: the largest curvature to a few per cent
_TRIALS = 60
_PRECISION = 1e-6


class Bench:
    """The loss over the samples as a function of the parameters' numbers. To be used inside of `untouched`."""

    def __init__(self, net: Network, data: Samples, loss: Loss) -> None:
        self.net, self.data, self.function = net, data, loss
        self.parameters = net.parameters()
        self.here = [parameter.data for parameter in self.parameters]

    def place(self, numbers: Sequence[float]) -> None:
        """Give the parameters these numbers."""
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number

    def moved(self, direction: Sequence[float], length: float) -> list[float]:
        """The present numbers, moved by length · direction."""
        return [number + length * part for number, part in zip(self.here, direction, strict=True)]

    def loss(self, numbers: Sequence[float]) -> float:
        """The mean loss at other numbers; infinite where it has no value."""
        self.place(numbers)
        try:
            found = mean_of(self._losses())  # recorded for nothing: with the generated engine that is the quicker way
        except UNDEFINED:
            found = math.inf
        finally:
            self.place(self.here)
        return math.inf if math.isnan(found) else found

    def gradient(self, numbers: Sequence[float]) -> list[float]:
        """The gradient of the mean loss at other numbers."""
        self.place(numbers)
        try:
            self.net.zero_grad()
            for x, t in zip(self.data.inputs, self.data.targets, strict=True):
                loss_of_sample(self.function, self.net.units(x, False), t).backward()
        finally:
            self.place(self.here)
        return [float(parameter.grad) / len(self.data) for parameter in self.parameters]

    def curvature(self, gradient: Sequence[float]) -> float:
        """The largest second derivative of the loss in any direction, λ; NaN where it cannot be measured.

        Steps along −gradient by a rate above 2/λ do not settle. It begins with the direction of the gradient, g·Hg/g·g,
        and turns towards the steepest bend by power iteration; Hv is a difference quotient of two gradients, of which
        the present one, `gradient`, is known.
        """
        direction, found = _unit(gradient), math.nan
        for _ in range(_TURNS):
            if not direction:
                break
            length = 1e-4 * max(1.0, math.hypot(*self.here) / math.sqrt(len(self.here)))
            try:
                after = self.gradient(self.moved(direction, length))
            except UNDEFINED:
                return math.nan
            bend = [(b - a) / length for a, b in zip(gradient, after, strict=True)]
            found, direction = math.hypot(*bend), _unit(bend)
        return found

    def best_step(self, gradient: Sequence[float]) -> tuple[float, float]:
        """The rate of the one step along −gradient that lowers the loss most, of many that are tried, and that loss."""
        tried = [(self.loss(self.moved(gradient, -rate)), rate) for rate in _RATES]
        lowest, rate = min(tried)
        return rate, lowest

    def _losses(self) -> list[float]:
        return [
            loss_of_sample(self.function, self.net.units(x, False), t).data
            for x, t in zip(self.data.inputs, self.data.targets, strict=True)
        ]


def constant_loss(data: Samples, loss: Loss, starts: Sequence[Sequence[float]]) -> float | None:
    """The least mean loss of outputs that are the same for every sample: what there is without learning anything.

    Found by descent from the best of some starts, with steps that grow when they help and shrink when they do not; None
    where the loss has no value at any of them.
    """
    targets = Counter(data.targets)
    begun = [(*_constant_or_not(targets, loss, start), list(start)) for start in starts]
    lowest, slopes, outputs = min(begun, key=lambda each: each[0])
    rate = 1.0
    for _ in range(_TRIALS):
        trial = [output - rate * slope for output, slope in zip(outputs, slopes, strict=True)]
        found, steeper = _constant_or_not(targets, loss, trial)
        if not found <= lowest or not math.isfinite(found):
            rate /= 2
            continue
        is_reached = lowest - found <= _PRECISION * abs(lowest) and math.hypot(*steeper) < math.hypot(*slopes)
        lowest, slopes, outputs, rate = found, steeper, trial, rate * 1.5
        if is_reached:
            break
    return lowest if math.isfinite(lowest) else None


def fresh(net: Network, *, hidden: Any = None, initialiser: Initialiser | None = None, normalised: bool = False,
          rng: int = 0) -> Network:  # fmt: skip
    """A network of the same sizes with weights of its own: the same activations, or others in the hidden layers.

    `normalised` puts a LayerNorm behind every hidden layer that has none.
    """
    random = Random(rng)
    layers: list[Layer | LayerNorm] = []
    for number, layer in enumerate(net.layers, 1):
        if isinstance(layer, LayerNorm):
            layers.append(LayerNorm(layer.outputs, epsilon=layer.epsilon))
            continue
        activation, is_last = layer.neurons[0].activation, number == len(net.layers)
        chosen = activation if hidden is None or is_last else hidden
        has_bias = layer.neurons[0].b is not None
        layers.append(Layer(layer.inputs, layer.outputs, chosen, bias=has_bias, initialiser=initialiser, rng=random))
        if normalised and not is_last and isinstance(net.layers[number], Layer):
            layers.append(LayerNorm(layer.outputs))
    return Network(layers)


def _constant_or_not(targets: Counter[Any], loss: Loss, numbers: Sequence[float]) -> tuple[float, list[float]]:
    """The same, or infinity where the loss has no value."""
    try:
        return _constant(targets, loss, numbers)
    except UNDEFINED:
        return math.inf, [0.0] * len(numbers)


def _constant(targets: Counter[Any], loss: Loss, numbers: Sequence[float]) -> tuple[float, list[float]]:
    """The mean loss of constant outputs, and its slopes."""
    outputs: list[Any] = [Value(number) for number in numbers]
    total, count = 0.0, sum(targets.values())
    for t, times in targets.items():
        found = loss_of_sample(loss, outputs, t)
        found.backward(times / count)
        total += found.data * times / count
    return (total if math.isfinite(total) else math.inf), [output.grad for output in outputs]


def _unit(direction: Sequence[float]) -> list[float]:
    """The direction with length 1; empty if it has none."""
    length = math.hypot(*direction)
    return [part / length for part in direction] if 0 < length < math.inf else []
