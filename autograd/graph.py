"""Walking a graph: topological order and names, over anything that has `.parents`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from .errors import LabelError


class HasParents(Protocol):
    """What a graph is made of: each node knows the nodes it was computed from."""

    label: str

    @property
    def parents(self) -> Sequence[HasParents]:
        """The nodes this one was computed from, in order, with repeats."""


N = TypeVar("N", bound=HasParents)


def topological_order(*roots: N, stop: Collection[N] = ()) -> list[N]:
    """Every node the roots depend on, each once and after all of its parents; the last root comes last.

    Why backpropagation needs it: a node may hand its gradient on only when *all* of its consumers have put their
    share in. The diamond shows it:

    >>> from autograd import Value
    >>> a = Value(3.0, label="a")
    >>> b = (a + a).named("b")
    >>> c = (b + b).named("c")
    >>> [node.label for node in topological_order(c)]
    ['a', 'b', 'c']

    A recursion that lets `b` hand on its gradient each time it receives a share visits `b` twice: after the first
    share (b.grad = 1) it gives `a` 1 + 1, after the second (b.grad = 2) another 2 + 2, and a.grad would be 6. In
    reverse topological order `b` waits until it holds 2, hands on 2 + 2, and a.grad is 4.

    Nodes in `stop` are taken as leaves. A loop, not a recursion: a graph may be a million nodes deep. Cost:
    O(nodes + edges).
    """
    order: list[N] = []
    entered: set[int] = set()
    way: list[N] = []  # from a root down to where the walk is
    branches: list[Iterator[Any]] = [iter(roots)]  # for each node on the way, the parents that are still to be visited
    while branches:
        for node in branches[-1]:
            if id(node) not in entered:
                entered.add(id(node))
                way.append(node)
                branches.append(iter(() if stop and node in stop else node.parents))
                break
        else:
            branches.pop()
            if way:
                order.append(way.pop())
    return order


def depending_on(nodes: Iterable[N], order: Iterable[N]) -> set[N]:
    """Those nodes, and every node of a topological order (with or without its leaves) that depends on one of them.

    >>> from autograd import Value
    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> a = (w * x).named("a")
    >>> depending_on([w], [x, w, a]) == {w, a}
    True
    """
    found = set(nodes)
    for node in order:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found


def path(start: N, end: N) -> list[N]:
    """One shortest way along the edges from `start` to `end`, both included; empty if there is none."""
    came_from: dict[int, N] = {id(end): end}
    layer = [end]
    while layer and id(start) not in came_from:
        following = []
        for node in layer:
            for parent in node.parents:
                if id(parent) not in came_from:
                    came_from[id(parent)] = node
                    following.append(parent)
        layer = following  # type: ignore[assignment]
    if id(start) not in came_from:
        return []
    steps = [start]
    while steps[-1] is not end:
        steps.append(came_from[id(steps[-1])])
    return steps


def names(order: Sequence[HasParents], *, unique: bool = True) -> dict[int, str]:
    """A name for every node, by `id`: its label, or v_1, v_2, … in topological order where it has none.

    Raises LabelError if two nodes have one label (with `unique=False` the later ones are named v_i as well).
    """
    taken: dict[str, HasParents] = {}
    for node in order:
        if node.label and taken.setdefault(node.label, node) is not node and unique:
            raise LabelError(f"two nodes of this graph are labelled '{node.label}'; give each a label of its own, "
                             "or none (a network that is called for several samples: net(x, labelled=False))")
    result: dict[int, str] = {}
    number = 0
    for node in order:
        if node.label and taken[node.label] is node:
            result[id(node)] = node.label
            continue
        number += 1
        while f"v_{number}" in taken:
            number += 1
        result[id(node)] = f"v_{number}"
    return result


def unknown_label(label: str, known: Iterable[str]) -> LabelError:
    """The error for a label that no node has."""
    listed = ", ".join(f"'{each}'" for each in known) or "none"
    return LabelError(f"no node is labelled '{label}'; the labels of this graph are: {listed}")
