"""One forward pass through a network, layer by layer, and with targets a backward pass that leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from autograd import Value, enable_grad
from autograd.graph import topological_order

from ..errors import NetworkError
from ..graphs import loss_of
from ..layers import Layer, LayerNorm, Network
from ..module import outputs_of

Loss = Callable[..., Any]


class Sample(NamedTuple):
    """A layer in a pass: the node of every unit's output, and of its weighted sum (the same without an activation)."""

    layer: Layer | LayerNorm
    outputs: list[Value]
    sums: list[Value]


class Pass:
    """A forward pass: `inputs`, the `samples` of all layers, with targets the `loss` and the `targets`."""

    def __init__(self, net: Network, x: Any, t: Any, loss: Loss) -> None:
        with enable_grad():
            self.inputs = _inputs(net, x)
            self.samples = _samples(net, self.inputs)
            self.loss = None if t is None else _loss(net, self.outputs, t, loss)
        self.targets = [] if self.loss is None else _targets(net, self.loss, self.outputs, t)

    @property
    def outputs(self) -> list[Value]:
        """The units of the last layer."""
        return self.samples[-1].outputs


@contextmanager
def backpropagated(outputs: Sequence[Value], loss: Value | None) -> Iterator[None]:
    """Inside, every node has the gradient of the loss and of nothing else; afterwards, the one it had before."""
    nodes = topological_order(*outputs, *([] if loss is None else [loss]))
    kept = [(node, node.grad) for node in nodes if node.has_grad]
    try:
        for node, _ in kept:
            del node.grad
        if loss is not None:
            loss.backward()
        yield
    finally:
        for node in nodes:
            del node.grad
        for node, gradient in kept:
            node.grad = gradient


def slope(node: Value, loss: Value | None) -> float | None:
    """∂loss/∂node inside of `backpropagated`: 0 where the loss does not depend on it, None without a loss."""
    return None if loss is None else float(node.grad)


def _inputs(net: Network, x: Any) -> list[Value]:
    if x is None:
        raise NetworkError(f"this {type(net).__name__} takes {net.inputs} inputs; it was given None")
    return net.leaves(x)


def _samples(net: Network, inputs: Sequence[Value]) -> list[Sample]:
    samples, units = [], list(inputs)
    for layer in net.layers:
        before = set(units)
        units = [each if isinstance(each, Value) else Value(each) for each in layer.units(units, True)]
        samples.append(Sample(layer, units, _sums(layer, units, before)))
    return samples


def _sums(layer: Layer | LayerNorm, outputs: list[Value], before: set[Value]) -> list[Value]:
    """The weighted sums: the nodes that are labelled so among those that a layer has made."""
    if isinstance(layer, LayerNorm) or layer.activation.is_identity:
        return outputs
    made = {node.label: node for node in topological_order(*outputs, stop=before) if node.op is not None}
    return [made.get(neuron.pre_activation_label, output)
            for neuron, output in zip(layer.neurons, outputs, strict=True)]  # fmt: skip


def _loss(net: Network, outputs: list[Value], t: Any, loss: Loss) -> Value:
    return loss_of(net, outputs_of(outputs), t, loss)


def _targets(net: Network, loss: Value, outputs: Sequence[Value], t: Any) -> list[Value]:
    """The targets, one for each output: as they were given, or as the loss has made them leaves of its graph."""
    leaves = {node.label: node for node in topological_order(loss, stop=set(outputs)) if node.op is None}
    names = [net.notation.target(j) for j in range(1, net.outputs + 1)]
    given = list(t) if hasattr(t, "__iter__") else [t]
    if len(given) != len(names):
        return [leaves[name] for name in names] if set(names) <= set(leaves) else []  # a class is given by its number
    return [each if isinstance(each, Value) else leaves.get(name) or Value(each, name)
            for name, each in zip(names, given, strict=True)]  # fmt: skip
