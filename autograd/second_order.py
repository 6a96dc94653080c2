"""The backward pass as a graph: the chain rule of `sweep.py` with Values as its numbers, to be differentiated again."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from typing import Any

from .anomalies import Watch
from .by_hand import ByHand
from .node import restored
from .op import is_node, number_of
from .ops import where
from .sweep import sweep

_NO_FINITE_SLOPE = (
    "is not finite where the gradient was recorded, in a branch that was not taken there; record the gradient again at "
    "the new point"
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
    recorded point it contributes nothing, to no order, whatever its slopes are there: each of its shares stands behind
    a `where` of its own. `taken` are the nodes that are reached by a way on which all branches are taken; `gates` has
    for the others a Value that is 0 where none of their ways is open.
    """

    def __init__(self, output: Any, wanted: Container[Any] | None, watch: Watch | None) -> None:
        self.taken = {output}
        self.gates: dict[Any, Any] = {}
        self.wanted = wanted
        self.watch = watch

    def __call__(self, node: Any, upstream: Any) -> Iterator[tuple[Any, Any]]:
        if node.op is None:
            return
        is_taken = node in self.taken
        gate = 1 if is_taken else self.gates[node]
        pairs = node._fresh_derivatives(self.wanted, None if is_taken else _missing_slope)
        if self.watch and is_taken:
            pairs = self.watch.checked(node, upstream, pairs)
        for parent, local in pairs:
            slope = number_of(local)
            if slope is local and slope == 0:  # at every point
                continue
            is_cut = node.op.chooses and slope == 0
            if is_taken and not is_cut:
                self.taken.add(parent)
                yield parent, _times(upstream, local)
                continue
            if not math.isfinite(slope):
                local = _missing_slope(node)
            own = _times(gate, local) if node.op.chooses else gate
            self._open(parent, own)
            yield parent, where(own, _times(upstream, local), 0)

    def _open(self, node: Any, gate: Any) -> None:
        """One more way to a node, open where `gate` is not 0."""
        before = self.gates.get(node)
        self.gates[node] = gate if before is None or before is gate else before + gate


def _times(upstream: Any, local: Any) -> Any:
    """upstream · local, without a node for a factor 1."""
    if not is_node(local):
        return upstream if local == 1 else upstream * local
    return local if not is_node(upstream) and upstream == 1 else upstream * local


class _MissingSlope(ByHand):
    """Of a local derivative that is not finite where the gradient was recorded; its own derivatives are such, too."""

    def partial(self, index: int, y: Any, *_: Any) -> Any:
        return _missing_slope(y)


@lru_cache(1024)
def _missing(name: str) -> _MissingSlope:
    return _MissingSlope(f"slope of {name.removeprefix('slope of ')}", _NO_FINITE_SLOPE)


def _missing_slope(node: Any) -> Any:
    """0 in place of the slope of a node; refuses to be computed again at other points."""
    op = _missing(node.op.name)
    return restored(None, type(node), op, (node.parents,), (node._parent_numbers,), 0.0, 0.0, None)
