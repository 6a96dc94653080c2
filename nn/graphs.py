"""The graph of one sample: inputs, outputs, targets and loss, labelled as on the board."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import count
from typing import Any

from autograd import Value

from .errors import NetworkError
from .layers import Network
from .losses import l2_loss


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
    if not isinstance(net, Network):
        raise NetworkError(f"graph takes a network: an nn.MLP, or nn.Network([layer]); it was given {net!r}")
    return loss_of(net, net(x), t, loss)


def loss_of(net: Network, outputs: Any, t: Any, loss: Callable[..., Any] = l2_loss) -> Value:
    """The loss of outputs that the network has given already, labelled in its notation."""
    if not callable(loss):
        raise NetworkError(f"loss is a function of outputs and targets, such as nn.l2_loss; it was given {loss!r}")
    if "notation" in inspect.signature(loss).parameters:
        result: Value = loss(outputs, t, notation=net.notation)
        return result
    result = loss(outputs, _targets(net, t))
    if not isinstance(result, Value):
        raise NetworkError(f"the loss gave {result!r}, which is no Value: compute it by the library's operations")
    return result if result.label else result.named(net.notation.loss())


def _targets(net: Network, t: Any) -> Any:
    """Targets as labelled leaves: a list, or one Value for one output."""
    names = map(net.notation.target, count(1))
    items = list(t) if hasattr(t, "__iter__") else [t]
    leaves = [each if isinstance(each, Value) else Value(each, name) for each, name in zip(items, names, strict=False)]
    return leaves if net.outputs > 1 else leaves[0]
