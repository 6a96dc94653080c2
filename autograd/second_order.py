"""The backward pass as a graph: the chain rule of `sweep.py` with Values as its numbers, to be differentiated again."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from typing import Any

from .anomalies import Watch
from .by_hand import ByHand
from .node import restored
from .op import is_node, number_of
from .sweep import sweep

_NO_FINITE_SLOPE = (
    "is not finite at the point where the gradient was recorded, in a branch that was not taken there; record the "
    "gradient again at the new point"
)


def adjoints_as_graph(
    order: Sequence[Any], seed: Any, wanted: Container[Any] | None = None, watch: Watch | None = None
) -> dict[Any, Any]:
    """∂output/∂node for the nodes of a topological order, as Values (or plain numbers where they are constant).

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> slope = adjoints_as_graph([x, x * x], 1.0)[x]
    >>> slope.data, slope.parents == (x, x)
    (6.0, True)
    """
    return sweep(order, seed, _Shares(order[-1], wanted, watch))


class _Shares:
    """What a node hands on: upstream · local derivative, as nodes.

    A branch that `where` did not take is recorded, too: a gradient may be evaluated at a point where it is. But at the
    recorded point it contributes nothing, whatever its slope is there. `taken` are the nodes that are reached by a way
    on which all branches are taken.
    """

    def __init__(self, output: Any, wanted: Container[Any] | None, watch: Watch | None) -> None:
        self.taken = {output}
        self.wanted = wanted
        self.watch = watch

    def __call__(self, node: Any, upstream: Any) -> Iterator[tuple[Any, Any]]:
        if node.op is None:
            return
        is_taken = node in self.taken
        pairs = node._fresh_derivatives(self.wanted, None if is_taken else _unknown_slope)
        if self.watch and is_taken:
            pairs = self.watch.checked(node, upstream, pairs)
        for parent, local in pairs:
            slope = number_of(local)
            if slope is local and slope == 0:  # at every point
                continue
            if is_taken and not (slope == 0 and node.op.chooses):
                self.taken.add(parent)
            elif not math.isfinite(slope):
                local = _unknown_slope(node)
            yield parent, _times(upstream, local)


def _times(upstream: Any, local: Any) -> Any:
    """upstream · local, without a node for a factor 1."""
    if not is_node(local):
        return upstream if local == 1 else upstream * local
    return local if not is_node(upstream) and upstream == 1 else upstream * local


def _unknown_slope(node: Any) -> Any:
    """0, and refuses to be computed again at other points."""
    op = ByHand(f"slope of {node.op.name}", _NO_FINITE_SLOPE)
    return restored(None, type(node), op, ((),), ((),), 0.0, 0.0, None)
