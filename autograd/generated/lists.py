"""The source for operations with lists of operands: dot, sum, mean, logsumexp."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from typing import Any

from ..modes import BY_DEFINITION, here, modes
from ..op import ARITHMETIC_ERRORS, Op
from ..operands import is_array, is_node, mapped, plain_number
from ..value import Value, is_bool, local_derivatives
from .loading import load
from .rules import LIMIT, RESERVED, Namespace, TracedSymbol, function, parameters, rule_source, times
from .singles import NODE, PLAIN

_READ_LIST = """
if type({0}) is list:
    {0} = tuple({0})
elif type({0}) is not tuple:
    {0} = row_of({0})
if not {0}:
    return None
if isinstance({0}[0], Value):
    kind = kind or type({0}[0])
    try:
        {0}_numbers = data_of[len({0})]({0})
    except AttributeError:
        form, {0}_numbers = MIXED, mixed_numbers({0})
elif FLOAT.issuperset(map(type, {0})) or are_small({0}):
    {0}_numbers = {0}
else:
    form, {0}_numbers = MIXED, mixed_numbers({0})
    kind = kind or first_kind({0})
"""

_READ_SINGLE = f"""
if isinstance({{0}}, Value):
    {{0}}_numbers = {{0}}._data
    kind = kind or type({{0}})
elif {PLAIN}:
    {{0}}_numbers = {{0}}
else:
    return None
"""

_PULL_LIST = """
if isinstance({0}[0], Value):
    add_to[len({0})]({0}, {1}, upstream)
"""

_PULL_SINGLE = """
if isinstance({0}, Value):
    {0}._grad += {1}
"""


def data_of(items: tuple[Value, ...]) -> tuple[float, ...]:
    """The numbers of Values; AttributeError if one of them is none."""
    return tuple([item._data for item in items])


def data_of_source(count: int) -> str:
    """`data_of` for lists of one length, written out."""
    return _slots_source("data_of", "_data", count)


def marks_of(items: tuple[Value, ...]) -> tuple[float, ...]:
    """The marks of Values: their numbers at another point, while one is computed."""
    return tuple([item._mark for item in items])


def marks_of_source(count: int) -> str:
    """`marks_of` for lists of one length, written out."""
    return _slots_source("marks_of", "_mark", count)


def _slots_source(name: str, slot: str, count: int) -> str:
    names = [f"v{i}" for i in range(count)]
    body = f"{''.join(f'{v}, ' for v in names)} = items\nreturn ({''.join(f'{v}.{slot}, ' for v in names)})"
    return function(f"{name}(items)", body)


def add_to(operands: tuple[Value, ...], locals_: tuple[float, ...], upstream: float) -> None:
    """upstream · local derivative into the gradient of each operand."""
    for operand, local in zip(operands, locals_, strict=True):
        operand._grad += upstream * local


def add_to_source(count: int) -> str:
    """`add_to` for lists of one length, written out."""
    names = [(f"v{i}", f"x{i}") for i in range(count)]
    body = f"{''.join(f'{v}, ' for v, _ in names)} = operands\n{''.join(f'{x}, ' for _, x in names)} = locals_\n"
    body += "".join(f"{v}._grad += upstream * {x}\n" for v, x in names)
    return function("add_to(operands, locals_, upstream)", body)


class WrittenOut(dict[int, Callable[..., Any]]):
    """length → a function over lists of so many items, its loop written out: half the time in Python 3.11. (A long
    list gets the loop itself: nothing is gained beyond what the interpreter holds at hand.)"""

    def __init__(self, loop: Callable[..., Any], source: Callable[[int], str]) -> None:
        self.loop, self.source = loop, source

    def __missing__(self, count: int) -> Callable[..., Any]:
        function = self.loop
        if count <= 64:
            namespace: Namespace = {}
            load(self.source(count), f"{self.loop.__name__} of {count}", namespace)
            function = namespace[self.loop.__name__]
        self[count] = function
        return function


def as_number(operand: Any) -> float | None:
    """What the definition makes of a number of another kind, such as np.float64 or Fraction; None for what it has to
    look at itself. A bool is one of these: as a condition it tells that Python decided."""
    try:
        if type(operand) is int or is_bool(operand) or is_node(operand) or is_array(operand):
            return None
        return plain_number(operand, "number")
    except Exception:  # an unknown object may raise anything when it is looked at; the definition words it
        return None


def row_of(listed: Any) -> tuple[float, ...] | None:
    """The numbers of a row of NumPy's, as floats; None for what the definition has to look at."""
    numpy = sys.modules.get("numpy")
    is_row = numpy is not None and type(listed) is numpy.ndarray and listed.ndim == 1 and listed.dtype.kind in "fiu"
    return tuple(listed.astype(float).tolist()) if is_row else None


def mixed_numbers(items: tuple[Any, ...]) -> tuple[float, ...]:
    """The numbers of Values and plain numbers in one list; AttributeError if there is anything else."""
    if not all([isinstance(item, Value) or _is_small(item) for item in items]):
        raise AttributeError
    return tuple([item._data if isinstance(item, Value) else item for item in items])


def first_kind(items: tuple[Any, ...]) -> type[Value] | None:
    """The class of the first Value in a list."""
    return next((type(item) for item in items if isinstance(item, Value)), None)


def are_small(items: tuple[Any, ...]) -> bool:
    """Whether all are plain numbers that the definition would take as they are."""
    return all(map(_is_small, items))


def _is_small(item: Any) -> bool:
    return type(item) is float or type(item) is int and -LIMIT < item < LIMIT


def record_lists_source(op: Op) -> str:
    """`record` for dot, sum, mean, …, over lists of Values and plain numbers, and rows of NumPy's."""
    names = op.operand_names
    reading = "".join(
        (_READ_LIST if many else _READ_SINGLE).format(name) for name, many in zip(names, op.is_list, strict=True)
    )
    first, *others = (name for name, many in zip(names, op.is_list, strict=True) if many)
    numbers = "".join(f"{name}_numbers, " for name in names)
    body = f"""
kind, form = None, UNIFORM
try:
{textwrap.indent(reading, "    ")}
    if more or kind is None{"".join(f" or len({name}) != len({first})" for name in others)}:
        return None
    out = forward({numbers})
except UNUSUAL:
    return None
if type(out) is not float or kind is not Value and kind._is_unusual:
    return None
{NODE.format("None")}
node._first = ({"".join(f"{name}, " for name in names)})
node._x1 = ({numbers})
node._second = form
return node
"""
    return function(f"record({parameters(op, names)})", body)


def pull_lists_source(op: Op, namespace: Namespace) -> str:
    """`pull` for dot, sum, mean, …"""
    names = op.operand_names
    numbers = tuple(TracedSymbol(f"{name}_numbers") for name in names)
    adding = ""
    for index, (name, many) in enumerate(zip(names, op.is_list, strict=True)):
        local = rule_source(op, index, numbers, namespace)
        adding += _PULL_LIST.format(name, local) if many else _PULL_SINGLE.format(name, times("upstream", local))
    body = f"""
if node._second is not UNIFORM:
    return pull_by_rules(node, upstream)
{"out = node._out" if "out" in adding else ""}
{"".join(f"{name}, " for name in names)} = node._first
{"".join(f"{x.label}, " for x in numbers)} = node._x1
{adding}
"""
    return function("pull(node, upstream)", body)


def compute_lists_source(op: Op) -> str:
    """`compute_again` for dot, sum, mean, …"""
    lines = f"{''.join(f'{name}, ' for name in op.operand_names)} = node._first\n"
    for name, many in zip(op.operand_names, op.is_list, strict=True):
        lines += (
            f"if isinstance({name}[0], Value):\n    {name} = marks_of[len({name})]({name})\n" if many
            else f"if isinstance({name}, Value):\n    {name} = {name}._mark\n"
        )  # fmt: skip
    body = f"if node._second is not UNIFORM:\n    return compute_by_definition(node)\n{lines}"
    return function("compute_again(node)", f"{body}return forward({', '.join(op.operand_names)})")


def compute_by_definition(node: Value) -> float:
    """What a generated `compute_again` does, for lists that mix Values and numbers."""
    op: Any = node.op
    return float(op.compute(mapped(lambda operand: operand._mark, node.arguments), node.arguments))


def pull_by_rules(node: Value, upstream: float) -> None:
    """What a generated `pull` does, by the definition: for three operands, or lists that mix Values and numbers."""
    chooses = node.op is not None and node.op.chooses
    for operand, local in local_derivatives(node.op, node._out, node.numbers, node.arguments):
        if local or not chooses:
            operand._grad += upstream * local


# What generated source refers to.
GLOBAL: Namespace = {
    "Value": Value,
    "new": object.__new__,
    "modes": modes,
    "here": here,
    "BY_DEFINITION": BY_DEFINITION,
    "ERRORS": (*ARITHMETIC_ERRORS, TypeError),  # TypeError: `data` was set to something that is no number
    # An item that has no `data`, or a strange one (a NumPy scalar has a buffer there), shows as one of these.
    "UNUSUAL": (*ARITHMETIC_ERRORS, AttributeError, TypeError),
    "MIXED": "a list holds Values and numbers",
    "mixed_numbers": mixed_numbers,
    "row_of": row_of,
    "first_kind": first_kind,
    "UNIFORM": "each list holds nothing but Values, or nothing but numbers",
    "FLOAT": {float},
    "LIMIT": LIMIT,
    "are_small": are_small,
    "as_number": as_number,
    "marks_of": WrittenOut(marks_of, marks_of_source),
    "data_of": WrittenOut(data_of, data_of_source),
    "add_to": WrittenOut(add_to, add_to_source),
    "pull_by_rules": pull_by_rules,
    "compute_by_definition": compute_by_definition,
}
RESERVED.update(GLOBAL)  # The table may have operations of any name.
