"""The mean loss of some samples as a function of two parameters of a network, which is left as it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd import Value, no_grad
from autograd.errors import DomainError, RangeError

from ..data import Samples, samples
from ..errors import NetworkError
from ..graphs import check_network
from ..losses import check_loss, loss_of_sample
from ..module import Module
from .choosing import parameter_of

Loss = Callable[..., Any]
Place = tuple[float, float]
Snapshot = Mapping[str, float]


class Field:
    """The mean loss of some samples, as a function of two parameters of a network."""

    def __init__(self, net: Module, X: Any, T: Any, weights: Sequence[str | Value], loss: Loss) -> None:
        check_network(net, "an error surface", or_part=True)
        check_loss(loss, net.outputs)
        self.net, self.loss = net, loss
        self.parameters = net.named_parameters()
        self.chosen = _two(self.parameters, weights)
        self.data: Samples = samples(X, T, net.inputs, net.outputs, classes=True)

    @property
    def labels(self) -> tuple[str, str]:
        """The labels of the two parameters, by which snapshots know them."""
        names = {id(value): label for label, value in self.parameters.items()}
        return names[id(self.chosen[0])], names[id(self.chosen[1])]

    def here(self) -> Place:
        """Where the two parameters are."""
        return self.chosen[0].data, self.chosen[1].data

    def place(self, snapshot: Snapshot) -> Place:
        """Where they were when a snapshot was taken."""
        x, y = self.labels
        return snapshot[x], snapshot[y]

    def put(self, place: Place) -> None:
        """Move the two parameters."""
        self.chosen[0].data, self.chosen[1].data = place

    def set(self, snapshot: Snapshot) -> None:
        """Give all parameters the numbers of a snapshot."""
        for label, parameter in self.parameters.items():
            parameter.data = snapshot[label]

    def height(self) -> float:
        """The mean loss now; NaN if it is no finite number."""
        units, loss, total = self.net.units, self.loss, 0.0
        try:
            with no_grad():
                for x, t in zip(self.data.inputs, self.data.targets, strict=True):
                    total += loss_of_sample(loss, units(x, False), t).data
        except (DomainError, RangeError):  # the logarithm of a probability that was rounded to 0; a number too large
            return math.nan
        return total / len(self.data) if math.isfinite(total) else math.nan

    def height_at(self, place: Place) -> float:
        """The mean loss at another place; all other parameters stay."""
        self.put(place)
        return self.height()

    def height_of(self, snapshot: Snapshot) -> float:
        """The mean loss when a snapshot was taken."""
        self.set(snapshot)
        return self.height()


def _two(parameters: Mapping[str, Value], weights: Any) -> tuple[Value, Value]:
    if isinstance(weights, (str, bytes)) or not hasattr(weights, "__iter__") or len(list(weights)) != 2:
        raise NetworkError(f"a surface is over two parameters, such as ('w_11', 'w_21'); it was given {weights!r}")
    x, y = (parameter_of(parameters, each) for each in weights)
    if x is y:
        raise NetworkError(f"a surface is over two parameters, and {x.label!r} was given twice: choose another one")
    return x, y
