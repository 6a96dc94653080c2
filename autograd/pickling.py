"""Pickling a graph of any depth without recursion.

pickle writes an object by writing first what it refers to: a chain of a million nodes would be a million calls deep.
So a node hands pickle all of its ancestors before itself, one by one in topological order, and each of them finds its
parents already written.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any


class InOrder:
    """The ancestors of a node, in topological order; pickled as a list of them."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.nodes = nodes
        self.ids = {id(node) for node in nodes}
        self.outer: weakref.ref[InOrder] | None = None

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return list, (), None, self._items()

    def _items(self) -> Iterator[Any]:
        self.outer = _writing.get()
        _writing.set(weakref.ref(self))  # Weak: if the pickling is given up midway, the mark dies with it.
        yield from self.nodes
        yield _EndOfOrder(self.outer)


class _EndOfOrder:
    """Ends what an InOrder began, at the moment pickle writes it (a generator's end comes too early)."""

    def __init__(self, outer: weakref.ref[InOrder] | None) -> None:
        self.outer = outer

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        _writing.set(self.outer)
        return bool, ()


_writing: ContextVar[weakref.ref[InOrder] | None] = ContextVar("writing", default=None)


def is_being_written_in_order(node: Any) -> bool:
    """Whether the node's ancestors have been handed to pickle before it."""
    reference = _writing.get()
    order = reference() if reference is not None else None
    return order is not None and id(node) in order.ids
