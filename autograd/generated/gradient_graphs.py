"""The backward pass as a graph, the quick way: where every branch is taken and every slope there."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ..op import ARITHMETIC_ERRORS, flatten
from ..value import Value


def adjoints_as_graph(order: Sequence[Value], seed: Any, wanted: Container[Value] | None) -> dict[Value, Any] | None:
    """∂output/∂node as Values, as `second_order.py` defines it; None where the definition has to do it: a branch may
    not have been taken, a leaf was changed, a slope is missing."""
    totals: dict[Value, Any] = {order[-1]: seed}
    try:
        for node in reversed(order):
            upstream = totals.get(node)
            if upstream is None:
                continue
            op: Any = node.op
            if op.chooses or _is_stale(node):
                return None
            arguments = node.arguments
            for rule, argument in zip(op.partials, arguments, strict=True):
                if isinstance(argument, Value):
                    if wanted is None or argument in wanted:
                        _add_share(totals, argument, upstream, rule(node, *arguments))
                elif type(argument) is tuple:
                    for item, local in zip(argument, rule(node, *arguments), strict=True):
                        if isinstance(item, Value) and (wanted is None or item in wanted):
                            _add_share(totals, item, upstream, local)
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    return totals


def _add_share(totals: dict[Value, Any], parent: Value, upstream: Any, local: Any) -> None:
    if not isinstance(local, Value) and (local == 0 or local == 1):
        if local == 0:
            return
        share = upstream
    else:
        share = upstream * local if isinstance(upstream, Value) or upstream != 1 else local
    total = totals.get(parent)
    totals[parent] = share if total is None else total + share


def _is_stale(node: Value) -> bool:
    """Whether a node or one of its operands holds another number than in the forward pass; NaN may count as such."""
    arity, first = node.op.arity, node._first  # type: ignore[union-attr]
    if node._data != node._out or isinstance(first, Value) and first._data != node._x1:
        return True
    if arity == 2:
        second = node._second
        return isinstance(second, Value) and second._data != node._x2
    if arity == 1:
        return False
    pairs = zip(flatten(first), flatten(node._x1), strict=True)
    return any(isinstance(item, Value) and item._data != number for item, number in pairs)
