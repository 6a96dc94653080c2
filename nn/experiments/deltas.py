"""The deltas of a training: δ = ∂L/∂a of every unit's weighted sum a, for each sample, from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import enable_grad

from ..data import Samples
from ..data import samples as checked
from ..diagram.passes import backpropagated
from ..errors import NetworkError
from ..graphs import Forward, check_network
from ..history import History
from ..layers import Layer, Network
from ..losses import check_loss, l2_loss, loss_of_sample
from ..metrics import root_mean_square
from ..module import kept, size


@dataclass(frozen=True)
class Deltas:
    """`units` are the labels of the weighted sums; `samples[s][label]` is δ for one sample, one number per epoch.

    `epochs` are those that were looked at: 0 is before the first.
    """

    units: tuple[str, ...]
    epochs: tuple[int, ...]
    samples: tuple[dict[str, list[float]], ...]

    def sizes(self) -> dict[str, list[float]]:
        """The root of the mean of δ² over the samples, for each unit: deltas of different signs do not cancel."""
        return {
            unit: [root_mean_square(each) for each in zip(*[one[unit] for one in self.samples], strict=True)]
            for unit in self.units
        }


def deltas(
    net: Network,
    X: Any,
    T: Any,
    history: History,
    *,
    loss: Callable[..., Any] = l2_loss,
    points: int = 100,
) -> Deltas:
    """δ of every unit, computed anew from the weights that the network had after each epoch.

    >>> import nn
    >>> net = nn.MLP(2, [3, 2], rng=0)
    >>> X, T = [[0.5, -1.0]], [[0.0, 1.0]]
    >>> history = nn.fit(net, X, T, epochs=50, snapshots=True)
    >>> found = deltas(net, X, T, history)
    >>> found.units
    ('a_1^(1)', 'a_2^(1)', 'a_3^(1)', 'a_1^(2)', 'a_2^(2)')
    >>> [round(found.samples[0]["a_1^(2)"][epoch], 4) for epoch in (0, 50)]
    [0.1244, 0.0115]

    Of more than `points` epochs so many are looked at, at even distances, with the first and the last. The network is
    left as it was. Raises NetworkError for a history without snapshots or of another network.
    """
    neurons = [neuron for layer in layers_of(net) for neuron in layer.neurons]
    parameters, snapshots = net.named_parameters(), _snapshots(history, net)
    check_loss(loss, net.outputs)
    data = checked(X, T, net.inputs, net.outputs, classes=True)
    epochs = _evenly(len(snapshots) - 1, size(points, "points"))
    labels = [each.label if each.activation.is_identity else each.pre_activation_label for each in neurons]
    found: tuple[dict[str, list[float]], ...] = tuple({label: [] for label in labels} for _ in range(len(data)))
    with kept(parameters.values()):
        for epoch in epochs:
            for label, number in snapshots[epoch].items():
                parameters[label].data = number
            for series, numbers in zip(found, deltas_of(net, data, loss), strict=True):
                for label, number in zip(labels, numbers, strict=True):
                    series[label].append(number)
    return Deltas(tuple(labels), tuple(epochs), found)


def layers_of(net: Any) -> list[Layer]:
    """The layers of a network that have weights; raises NetworkError for what is no network."""
    check_network(net, "deltas")
    return [layer for layer in net.layers if isinstance(layer, Layer)]


def deltas_of(net: Network, data: Samples, loss: Callable[..., Any]) -> Iterator[list[float]]:
    """δ of all units, layer by layer, for one sample after the other; no gradient of the network is touched."""
    for x, t in zip(data.inputs, data.targets, strict=True):
        with enable_grad():
            forward = Forward(net, x)
            found = loss_of_sample(loss, forward.outputs, t)
            with backpropagated(forward.outputs, found):
                numbers = [float(node.grad) for node in forward.sums]
        yield numbers


def _evenly(last: int, points: int) -> list[int]:
    """At most so many whole numbers from 0 to `last`, at even distances, with both ends."""
    if last < points:
        return list(range(last + 1))
    return sorted({round(last * index / max(points - 1, 1)) for index in range(points)} | {last})


def _snapshots(history: Any, net: Network) -> Sequence[Mapping[str, float]]:
    if not isinstance(history, History):
        raise NetworkError(f"deltas takes the History that fit returned; it was given {history!r}")
    history.check_network(net)
    return history.weights()
