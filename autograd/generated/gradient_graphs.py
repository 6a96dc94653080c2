"""The backward pass as a graph, the quick way: where every branch is taken and every slope there."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ..op import ARITHMETIC_ERRORS, flatten
from ..value import Value


def quick_adjoints(order: Sequence[Value], seed: Any, wanted: Container[Value] | None) -> dict[Value, Any] | None:
    """∂output/∂node as Values, as `second_order.py` defines it; None where the definition has to do it: a branch may
    not have been taken, a leaf was changed, a slope is missing."""
    totals: dict[Value, Any] = {order[-1]: seed}
    try:
        for node in reversed(order):
            upstream = totals.get(node)
            if upstream is None:
                continue
            op: Any = node.op
            arguments = node.arguments
            if op.chooses or _is_stale(node, arguments):
                return None
            for rule, argument in zip(op.partials, arguments):  # noqa: B905 (of one length, and strict takes time)
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
    if isinstance(local, Value):
        share = upstream * local if isinstance(upstream, Value) or upstream != 1 else local
    elif local == 0:
        return
    else:
        share = upstream if local == 1 else upstream * local
    totals[parent] = totals[parent] + share if parent in totals else share


def _is_stale(node: Value, arguments: tuple[Any, ...]) -> bool:
    """Whether a node or one of its operands holds another number than in the forward pass; NaN may count as such."""
    if node._data != node._out:
        return True
    arity = node.op.arity  # type: ignore[union-attr]
    if arity == 2:
        first, second = arguments
        return (
            isinstance(first, Value) and first._data != node._x1
            or isinstance(second, Value) and second._data != node._x2
        )  # fmt: skip
    if arity == 1:
        return bool(arguments[0]._data != node._x1)
    pairs = zip(flatten(arguments), flatten(node._x1), strict=True)
    return any(isinstance(item, Value) and item._data != number for item, number in pairs)
