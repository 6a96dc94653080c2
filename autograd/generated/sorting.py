"""A graph in topological order, the quick way: what every pass over it begins with."""

from __future__ import annotations

import os
import threading
from collections.abc import Container, Iterator
from typing import Any

from ..modes import BY_DEFINITION, here, modes
from ..value import Value

one_pass_at_a_time = threading.RLock()  # Because of the marks and gradients: threads may share nodes.
if hasattr(os, "register_at_fork"):  # A forked child has none of the other threads, which may have held it.
    os.register_at_fork(after_in_child=one_pass_at_a_time._at_fork_reinit)  # type: ignore[attr-defined]


def is_by_definition() -> bool:
    """Whether each step is watched here: inside of `anomaly`."""
    return modes.used and here() is BY_DEFINITION


def sort(root: Value, stop: Container[Value] = ()) -> tuple[list[Value], list[Value]]:
    """Inner nodes in topological order, and the leaves; those in `stop` are taken as leaves.

    The order is the definition's, of `topological_order`, so that shared gradients are summed in the same order. But
    a way down along first operands is followed in one go: `way` holds its nodes, and `pending` the other operands,
    each list with the length the way had where it branches off. When the next of them is taken up, all that lies
    beyond that length is complete. A list that was visited to its end is not opened again: the inputs of a layer are
    one tuple, shared by all of its neurons, and so are a neuron's weights by all samples.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    way: list[Value] = []
    visited: set[int] = set()
    top: tuple[Any, ...] = (root,)
    pending: list[tuple[Iterator[Any], int, Any]] = [(iter(top), 0, top)]

    while pending:
        operands, length, listed = branch = pending[-1]
        for node in operands:
            if not isinstance(node, Value) or node._mark is done:
                continue
            if node.op is None:  # most of what stands in lists
                node._mark = done
                leaves.append(node)
                continue
            while len(way) > length:
                order.append(way.pop())
            while node._mark is not done:
                node._mark = done
                op = node.op
                if op is None or stop and node in stop:
                    leaves.append(node)
                    break
                way.append(node)
                if op.arity == 2:
                    second = node._second
                    if isinstance(second, Value) and second._mark is not done:
                        if second.op is None or stop and second in stop:
                            second._mark = done
                            leaves.append(second)
                        else:
                            pending.append((iter((second,)), len(way), second))
                    node = node._first
                    if not isinstance(node, Value):
                        break
                elif op.arity == 1:
                    node = node._first
                else:
                    for operand in reversed(node._first):
                        if type(operand) is tuple:
                            if id(operand) not in visited:
                                pending.append((iter(operand), len(way), operand))
                        elif isinstance(operand, Value) and operand._mark is not done:
                            pending.append((iter((operand,)), len(way), operand))
                    break
            if pending[-1] is not branch:
                break
        else:
            pending.pop()
            visited.add(id(listed))
    way.reverse()
    return order + way, leaves
