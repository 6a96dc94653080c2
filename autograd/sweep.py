"""The chain rule over a whole graph, in one loop."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

N = TypeVar("N")


def sweep(
    order: Sequence[N],
    seed: Any,
    shares: Callable[[N, Any], Iterable[tuple[N, Any]]],
    add: Callable[[Any, Any], Any] = operator.add,
) -> dict[N, Any]:
    """∂output/∂node · seed for every node of a topological order that ends with the output.

    `shares(node, total)` gives what a node hands on once its own total is complete: each parent with

        share = ∂output/∂node · ∂node/∂parent

    and `add` sums the shares that a parent receives from its consumers. In reverse topological order a node's total
    is complete when its turn comes. What the totals are is left open: numbers, Values, symbols, counts of paths.

    >>> edges = {"L": [("h", 3.0), ("x", 1.0)], "h": [("x", 2.0)], "x": []}
    >>> sweep(["x", "h", "L"], 1.0, lambda node, total: [(parent, total * local) for parent, local in edges[node]])
    {'L': 1.0, 'h': 3.0, 'x': 7.0}

    A node that receives nothing has no total, and hands nothing on.
    """
    totals = {order[-1]: seed}
    for node in reversed(order):
        if node in totals:
            for parent, share in shares(node, totals[node]):
                totals[parent] = add(totals[parent], share) if parent in totals else share
    return totals
