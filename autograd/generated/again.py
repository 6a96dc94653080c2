"""The graph at other numbers: computed again into the nodes' marks, which is quicker than a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..evaluation import warn_where_python_decided
from ..op import ARITHMETIC_ERRORS, mapped
from ..value import Value
from .lists import GLOBAL, compute_by_definition
from .sorting import is_by_definition, one_pass_at_a_time, sort

defined_forward, defined_value_at = Value.forward, Value._value_at

marks_of, UNIFORM = GLOBAL["marks_of"], GLOBAL["UNIFORM"]

_is_computing = False  # A function of a user's own operation may compute another graph.


def value_at(self: Value, held: Mapping[Value, float]) -> float:
    with one_pass_at_a_time:
        order = _marked(self, held, "evaluate")
        if order is not None:
            number: float = self._mark
            return number
    return defined_value_at(self, held)


def forward(self: Value) -> float:
    with one_pass_at_a_time:
        order = None if is_by_definition() else _marked(self, {}, "forward")
        if order is not None:
            for node in order:
                _take_marks(node)
            return self._data
    return defined_forward(self)


def _marked(root: Value, held: Mapping[Value, float], reader: str) -> list[Value] | None:
    """Compute the graph again, each node's number into its mark; None where one has none, which the definition is to
    word, or where this happens within another such pass."""
    global _is_computing
    if _is_computing:
        return None
    _is_computing = True
    try:
        order, leaves = sort(root, held)
        for leaf in leaves:
            leaf._mark = leaf._data
        for node, number in held.items():
            node._mark = number
        for node in order:
            op: Any = node.op
            out = (op.compute_again or compute_by_definition)(node)
            node._mark = out if type(out) is float else float(out)
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    finally:
        _is_computing = False
    warn_where_python_decided(order, reader)
    return order


def _take_marks(node: Value) -> None:
    """The number in the mark becomes the node's own, and those of its operands what it was computed from."""
    node._data = node._out = node._mark
    arity, first = node.op.arity, node._first  # type: ignore[union-attr]
    if arity == 1:
        node._x1 = first._mark
    elif arity == 2:
        if isinstance(first, Value):
            node._x1 = first._mark
        second = node._second
        if isinstance(second, Value):
            node._x2 = second._mark
    elif arity is not None:
        pairs = zip(first, node._x1, strict=True)
        node._x1 = tuple([item._mark if isinstance(item, Value) else number for item, number in pairs])
    elif node._second is UNIFORM:
        node._x1 = tuple([
            operand._mark if isinstance(operand, Value)
            else operand if type(operand) is not tuple or not isinstance(operand[0], Value)
            else marks_of[len(operand)](operand)
            for operand in first
        ])  # fmt: skip
    else:
        node._x1 = mapped(lambda operand: operand._mark, first)
