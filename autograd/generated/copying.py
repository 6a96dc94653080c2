"""Deep copies of graphs."""

from __future__ import annotations

from typing import Any

from ..by_hand import ByHand
from ..modes import modes
from ..node import attributes_of, copied_attributes, hang_on
from ..op import number_of
from ..value import Value
from .sorting import one_pass_at_a_time, sort

defined_deepcopy = Value.__deepcopy__


def deepcopy(self: Value, memo: dict[int, Any]) -> Any:
    with one_pass_at_a_time:
        order, leaves = sort(self)
    if any(isinstance(node.op, ByHand) for node in order):
        return defined_deepcopy(self, memo)  # which refuses it
    originals = [node for nodes in (leaves, order) for node in nodes if id(node) not in memo]
    lists: dict[int, Any] = {}  # the inputs of a layer are one tuple, shared by all of its neurons
    for node in originals:
        memo[id(node)] = _twin(node, memo, lists)
    for node in originals:
        if attributes := attributes_of(node):
            hang_on(memo[id(node)], copied_attributes(attributes, memo))
    return memo[id(self)]


def _twin(node: Value, memo: dict[int, Any], lists: dict[int, Any]) -> Value:
    twin: Value = object.__new__(type(node))
    op = twin.op = node.op
    gradient = node._grad
    twin._data, twin._out, twin._mark = node._data, node._out, None
    twin._grad = gradient if gradient is None or type(gradient) is float else number_of(gradient)
    if op is None:
        twin._first, twin._second = modes.epoch, None
    elif op.arity == 1:
        twin._first, twin._x1 = memo[id(node._first)], node._x1
    elif op.arity == 2:
        first, second = node._first, node._second
        twin._first = memo[id(first)] if isinstance(first, Value) else first
        twin._second = memo[id(second)] if isinstance(second, Value) else second
        twin._x1, twin._x2 = node._x1, node._x2
    else:
        twin._first = tuple([_copied_operand(operand, memo, lists) for operand in node._first])
        twin._x1, twin._second = node._x1, node._second
    return twin


def _copied_operand(operand: Any, memo: dict[int, Any], lists: dict[int, Any]) -> Any:
    if type(operand) is not tuple:
        return memo[id(operand)] if isinstance(operand, Value) else operand
    if id(operand) not in lists:
        lists[id(operand)] = tuple([memo[id(item)] if isinstance(item, Value) else item for item in operand])
    return lists[id(operand)]
