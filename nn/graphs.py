"""The graph of one sample: inputs, outputs, targets and loss, labelled as on the board."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from autograd import Value

from .errors import NetworkError
from .layers import Layer, LayerNorm, Network, Neuron
from .losses import check_loss, l2_loss
from .module import Module


def graph(net: Network, x: Any, t: Any, loss: Callable[..., Any] = l2_loss) -> Value:
    """The loss of one sample, with inputs, targets and every unit labelled in the network's notation.

    >>> from autograd import derive
    >>> from autograd.printers.text import text
    >>> from nn import MLP
    >>> L = graph(MLP(2, [3, 2], rng=0), [0.5, -1.0], [0.0, 1.0])
    >>> text(derive(L, "u_11").symbolic)
    '(y₁ − t₁)·y₁(1 − y₁)·h₁'

    `loss` is one of this package's, or any function of (outputs, targets). Raises NetworkError for wrong lengths.
    """
    check_network(net, "graph")
    return loss_of(net, net(x), t, loss)


def check_network(net: Any, what: str, *, or_part: bool = False) -> None:
    """Raise NetworkError unless `what`, a function, is given a network; with `or_part` a layer or neuron will do, too.

    >>> check_network(Layer(2, 3), "diagnose")
    Traceback (most recent call last):
    nn.errors.NetworkError: diagnose takes a network, such as nn.MLP(2, [3, 1]); it was given Layer(2, 3, 'sigmoid'): \
put it into nn.Network([layer])
    """
    if isinstance(net, Module if or_part else Network):
        return
    advice = ": put it into nn.Network([layer])" if isinstance(net, (Layer, LayerNorm)) else ""
    advice = f": a network of one neuron is nn.MLP({net.inputs}, [1])" if isinstance(net, Neuron) else advice
    raise NetworkError(f"{what} takes a network, such as nn.MLP(2, [3, 1]); it was given {net!r:.60}{advice}")


def loss_of(net: Network, outputs: Any, t: Any, loss: Callable[..., Any] = l2_loss) -> Value:
    """The loss of outputs that the network has given already, labelled in its notation."""
    check_loss(loss)
    if "notation" in inspect.signature(loss).parameters:
        result: Value = loss(outputs, t, notation=net.notation)
        return result
    result = loss(outputs, _targets(net, t))
    if not isinstance(result, Value):
        raise NetworkError(f"the loss gave {result!r}, which is no Value: compute it by the library's operations")
    return result if result.label else result.named(net.notation.loss())


class Forward:
    """A forward pass of one sample without labels: the `outputs`, and for each layer its weighted sums in `passes`.

    (A LayerNorm has none; in their place stands what it is given.)
    """

    def __init__(self, net: Network, x: Sequence[float]) -> None:
        self.passes: list[tuple[Layer | LayerNorm, list[Any]]] = []
        units: list[Any] = list(x)
        for layer in net.layers:
            if isinstance(layer, Layer):
                entering = tuple(units)
                sums = [neuron.weighted_sum(entering) for neuron in layer.neurons]
                units = layer.neurons[0].activated(sums, False, layer.neurons)
            else:
                sums, units = units, layer.units(units, False)
            self.passes.append((layer, sums))
        self.outputs = units

    @property
    def sums(self) -> list[Value]:
        """The weighted sums of all layers, from the first to the last."""
        return [a for layer, sums in self.passes if isinstance(layer, Layer) for a in sums]


def _targets(net: Network, t: Any) -> Any:
    """Targets as labelled leaves: a list, or one Value for one output."""
    names = map(net.notation.target, count(1))
    items = list(t) if hasattr(t, "__iter__") else [t]
    leaves = [each if isinstance(each, Value) else Value(each, name) for each, name in zip(items, names, strict=False)]
    return leaves if net.outputs > 1 else leaves[0]
