"""The backward pass: sort, sweep, and put the gradients where they belong."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .. import ops
from ..graph import depending_on
from ..op import ARITHMETIC_ERRORS
from ..value import Value
from .gradient_graphs import quick_adjoints
from .lists import GLOBAL
from .loading import load
from .rules import function
from .singles import pull_lines
from .sorting import is_by_definition, one_pass_at_a_time, sort

defined_backward, defined_gradients = Value.backward, Value._gradients

# The gradient of what has received nothing yet: a zero that is an object of its own. A sum is another object, so what
# is still this one has received nothing, and hands nothing on.
NOTHING = float("0.0")


@functools.cache
def compiled_sweep() -> Callable[[list[Value]], None]:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    namespace = {**GLOBAL, "multiply": ops.multiply, "add": ops.add, "NOTHING": NOTHING}
    body = f"""
for node in reversed(order):
    op, upstream = node.op, node._grad
    if upstream is NOTHING:
        node._grad = 0.0
    elif op is multiply:
{textwrap.indent(pull_lines(ops.multiply, namespace), " " * 8)}
    elif op is add:
{textwrap.indent(pull_lines(ops.add, namespace), " " * 8)}
    else:
        pull = op.pull or pull_by_rules  # an operation of no table has none
        pull(node, upstream)
"""
    load(function("sweep(order)", body), "the sweep of backward", namespace)
    compiled: Callable[[list[Value]], None] = namespace["sweep"]
    return compiled


def backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if self.op is None or type(seed) is not float or seed != seed or is_by_definition():
        return defined_backward(self, seed, create_graph=create_graph)
    if create_graph:
        return _backward_as_graph(self, seed)
    with one_pass_at_a_time:
        order, leaves = sort(self)
        before = _swept(self, seed, order, leaves)
        if before is not None:
            for leaf, gradient in zip(leaves, before[1], strict=True):
                share = 0.0 if leaf._grad is NOTHING else leaf._grad
                leaf._grad = share if gradient is None else gradient + share
            return None
    return defined_backward(self, seed)  # which words the error


def _swept(
    root: Value, seed: float, order: list[Value], leaves: list[Value]
) -> tuple[list[Any], list[Any]] | None:
    """Sweep; the gradients that inner nodes and leaves had before. None, and nothing changed, if a slope is missing."""
    before = [node._grad for node in order], [leaf._grad for leaf in leaves]
    try:
        for node in order:
            node._grad = NOTHING
        for leaf in leaves:
            leaf._grad = NOTHING
        root._grad = seed
        compiled_sweep()(order)
    except BaseException as problem:
        _give_back(order, leaves, before)
        if not isinstance(problem, ARITHMETIC_ERRORS):
            raise
        return None
    return before


def _give_back(order: list[Value], leaves: list[Value], before: tuple[list[Any], list[Any]]) -> None:
    for nodes, gradients in zip((order, leaves), before, strict=True):
        for node, gradient in zip(nodes, gradients, strict=True):
            node._grad = gradient


def gradients(self: Value, variables: Collection[Value], since: int | None) -> tuple[bool, Mapping[Value, Any]]:
    if not is_by_definition():
        with one_pass_at_a_time:
            order, leaves = sort(self, variables)
            is_open = since is not None and any(
                [leaf._first < since if leaf.op is None else leaf in variables for leaf in leaves]
            )
            found = _graphs(order, variables) if is_open else _numbers(self, order, leaves, variables)
            if found is not None:
                return is_open, found
    return defined_gradients(self, variables, since)


def _numbers(
    root: Value, order: list[Value], leaves: list[Value], variables: Collection[Value]
) -> dict[Value, float] | None:
    before = _swept(root, 1.0, order, leaves)
    if before is None:
        return None
    found = {leaf: leaf._grad for leaf in leaves if leaf in variables and leaf._grad is not NOTHING}
    _give_back(order, leaves, before)
    return found


def _graphs(order: list[Value], variables: Collection[Value]) -> dict[Value, Any] | None:
    return quick_adjoints(order, 1.0, depending_on(variables, order)) if order else None


def _backward_as_graph(self: Value, seed: float) -> None:
    with one_pass_at_a_time:
        order, leaves = sort(self)
    totals = quick_adjoints(order, seed, None)
    if totals is None:
        return defined_backward(self, seed, create_graph=True)
    for node in order:
        total = totals.get(node, 0.0)
        node._grad = total if isinstance(total, Value) else Value(total)
    for leaf in leaves:
        total = totals.get(leaf, 0.0)
        total = total if isinstance(total, Value) else Value(total)
        leaf._grad = total if leaf._grad is None else leaf._grad + total


def zero_grad(self: Value) -> None:
    with one_pass_at_a_time:
        for nodes in sort(self):
            for node in nodes:
                node._grad = None
