"""The backward pass: sort, sweep, and put the gradients where they belong."""

from __future__ import annotations

import functools
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .. import ops
from ..modes import modes
from ..op import ARITHMETIC_ERRORS
from ..value import Value
from .lists import GLOBAL
from .rules import function
from .singles import pull_lines

define_backward = Value.backward
_one_pass_at_a_time = threading.RLock()  # Because of the marks: threads may share leaves.


def sort(root: Value) -> tuple[list[Value], list[Value], list[tuple[Value, Any]]]:
    """Inner nodes in topological order, the leaves, and the inner nodes' gradients of older passes.

    The order is the definition's, of `topological_order`, so that shared gradients are summed in the same order. But
    a way down along first operands is followed in one go: `way` holds its nodes, and `pending` the other operands,
    each list with the length the way had where it branches off. When the next of them is taken up, all that lies
    beyond that length is complete. A list that was visited to its end is not opened again: the inputs of a layer are
    one tuple, shared by all of its neurons, and so are a neuron's weights by all samples.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    older: list[tuple[Value, Any]] = []
    way: list[Value] = []
    visited: set[int] = set()
    top: tuple[Any, ...] = (root,)
    pending: list[tuple[Iterator[Any], int, Any]] = [(iter(top), 0, top)]

    try:
        while pending:
            operands, length, listed = branch = pending[-1]
            for node in operands:
                if type(node) is not Value or node._mark is done:
                    continue
                while len(way) > length:
                    order.append(way.pop())
                while node._mark is not done:
                    node._mark = done
                    op = node.op
                    if op is None:
                        leaves.append(node)
                        break
                    if node._grad is not None:
                        older.append((node, node._grad))
                    way.append(node)
                    node._grad = 0.0
                    if op.arity == 2:
                        second = node._second
                        if type(second) is Value and second._mark is not done:
                            if second.op is None:
                                second._mark = done
                                leaves.append(second)
                            else:
                                pending.append((iter((second,)), len(way), second))
                        node = node._first
                        if type(node) is not Value:
                            break
                    elif op.arity == 1:
                        node = node._first
                    else:
                        for operand in reversed(node._first):
                            if type(operand) is tuple:
                                if id(operand) not in visited:
                                    pending.append((iter(operand), len(way), operand))
                            elif type(operand) is Value and operand._mark is not done:
                                pending.append((iter((operand,)), len(way), operand))
                        break
                if pending[-1] is not branch:
                    break
            else:
                pending.pop()
                visited.add(id(listed))
    except BaseException:  # Ctrl-C
        _restore(order + way, older)
        raise
    way.reverse()
    return order + way, leaves, older


def _restore(order: list[Value], gradients: list[tuple[Value, Any]]) -> None:
    """The gradients as they were before the pass."""
    for node in order:
        node._grad = None
    for node, gradient in gradients:
        node._grad = gradient


@functools.cache
def sweep() -> Callable[[list[Value]], None]:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    namespace = {**GLOBAL, "multiply": ops.multiply, "add": ops.add}
    body = f"""
for node in reversed(order):
    op, upstream = node.op, node._grad
    if op is multiply:
{textwrap.indent(pull_lines(ops.multiply, namespace), " " * 8)}
    elif op is add:
{textwrap.indent(pull_lines(ops.add, namespace), " " * 8)}
    else:
        pull = op.pull
        pull(node, upstream)
"""
    exec(function("sweep(order)", body), namespace)  # (source from the table, never from data)
    sweep: Callable[[list[Value]], None] = namespace["sweep"]
    return sweep


def backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if create_graph or modes.active or self.op is None or type(seed) is not float:
        return define_backward(self, seed, create_graph=create_graph)
    with _one_pass_at_a_time:
        order, leaves, older = sort(self)
        before = [leaf._grad for leaf in leaves]
        try:
            for leaf in leaves:
                leaf._grad = 0.0
            self._grad = seed
            sweep()(order)
        except BaseException as problem:
            _restore(order, [*older, *zip(leaves, before, strict=True)])
            if not isinstance(problem, ARITHMETIC_ERRORS):
                raise
        else:
            for leaf, gradient in zip(leaves, before, strict=True):
                if gradient is not None:
                    leaf._grad = gradient + leaf._grad
            return None
    return define_backward(self, seed)  # which words the error
