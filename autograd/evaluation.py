"""The recorded graph at other points: one loop over the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .callers import warn
from .errors import OperandError, PythonDecidedWarning
from .graph import names, topological_order, unknown_label
from .op import describe, flatten, is_node, is_value, mapped, number_of, plain_number
from .ops import where

if TYPE_CHECKING:
    from .value import Value


def evaluate(output: Value, at: Mapping[Value | str, float]) -> float:
    """The number `output` would be with the given nodes (or labels) held at other numbers; changes nothing.

    >>> from autograd import Value
    >>> w = Value(0.5, label="w")
    >>> L = (w * w + 1).named("L")
    >>> evaluate(L, {w: 3.0}), evaluate(L, {"w": 2.0}), L.data
    (10.0, 5.0, 1.25)

    A Value that `output` does not depend on has no effect. Raises LabelError for a label that no node has, and
    the operation's own error where it has no value at that point.
    """
    if not is_value(output):
        raise OperandError(f"evaluate takes a Value; it was given {describe(output)}", op="evaluate")
    if not isinstance(at, Mapping):
        raise OperandError(f"evaluate takes {{node or label: number}}; it was given {describe(at)}", op="evaluate")
    by_label: dict[str, Value] = {}
    if any(isinstance(key, str) for key in at):
        order = topological_order(output)
        names(order)  # a label on two nodes is an error
        by_label = {node.label: node for node in order if node.label}
    held: dict[Value, float] = {}
    for key, number in at.items():
        if isinstance(key, str):
            if key not in by_label:
                raise unknown_label(key, by_label)
            key = by_label[key]
        elif not is_node(key):
            raise OperandError(f"evaluate takes Values or labels as keys; it was given {describe(key)}", op="evaluate")
        held[key] = plain_number(number_of(number), f"evaluate at {describe(key)}", "numbers")
    return output._value_at(held)


def recompute(order: Sequence[Value], held: Mapping[Value, float]) -> dict[Value, float]:
    """The number of every node of a topological order, computed from the leaves' present data and what is held."""
    results: dict[Value, float] = {}
    for node in order:
        if node in held:
            results[node] = held[node]
        elif node.op is None:
            results[node] = node.data
        else:
            results[node] = float(node.op.compute(numbers_at(node.arguments, results), node.arguments))
    return results


_told: WeakKeyDictionary[Value, set[str]] = WeakKeyDictionary()  # which readers have warned


def warn_where_python_decided(order: Sequence[Value], reader: str) -> None:
    """Warn, once a graph and reader, if the condition of a `where` is a bool: at other numbers it will not change.

    >>> from autograd import Value, where
    >>> x = Value(1.0, label="x")
    >>> y = where(x > 0, x, 0.1 * x)                 # Python compares, and the graph holds True
    >>> y.op.name, y.arguments[0]
    ('where', True)
    """
    decided = [node for node in order if node.op is where and isinstance(node.arguments[0], bool)]
    untold = [node for node in decided if reader not in _told.setdefault(node, set())]
    for node in untold:
        _told[node].add(reader)
    if untold:
        warn(
            f"{reader}: a condition of `where` in this graph was decided by Python when the graph was recorded, and "
            "stays as it was then; write where(greater(x, 0), a, b) instead of where(x > 0, a, b) for one that is "
            "computed again, or 1 and 0 for a fixed mask", PythonDecidedWarning,
        )  # fmt: skip


def numbers_at(arguments: tuple[Any, ...], results: Mapping[Value, float]) -> tuple[Any, ...]:
    """The numbers of a node's arguments among the results."""
    return mapped(results.__getitem__, arguments)


def recorded(order: Sequence[Value]) -> dict[int, float]:
    """The number that the forward pass saw, by `id`, of each leaf that holds another one now.

    >>> from autograd import Value
    >>> w = Value(0.5, label="w")
    >>> L = w * w
    >>> w.data = 0.45
    >>> recorded([w, L]) == {id(w): 0.5}
    True
    """
    found: dict[int, float] = {}
    for node in order:
        for operand, number in zip(flatten(node.arguments), flatten(node.numbers), strict=True):
            if getattr(operand, "op", operand) is None and operand.data != number and number == number:
                found.setdefault(id(operand), number)
    return found
