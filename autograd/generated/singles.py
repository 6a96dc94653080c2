"""The source for operations with a fixed number of operands: record a node, hand a gradient on, compute again."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .. import ops
from ..op import Op
from .rules import OUT, Namespace, TracedSymbol, function, is_free, parameters, printed, rule_source, times

# The special methods, with the operands in order and reflected.
INFIX = {
    ops.add: ("__add__", "__radd__"),
    ops.subtract: ("__sub__", "__rsub__"),
    ops.multiply: ("__mul__", "__rmul__"),
    ops.divide: ("__truediv__", "__rtruediv__"),
    ops.power: ("__pow__", "__rpow__"),
}
PREFIX = {ops.negative: ("__neg__",), ops.positive: ("__pos__",), ops.absolute: ("__abs__",)}

PLAIN = "type({0}) is float or type({0}) is int and -LIMIT < {0} < LIMIT"

_READ = f"""
if isinstance({{0}}, Value):
    {{1}} = {{0}}._data
elif {PLAIN}:
    {{1}} = {{0}}
else:
    {{1}} = as_number({{0}})
    if {{1}} is None:
        return {{2}}
    {{0}} = {{1}}
"""

_READ_NUMBER = f"""
if {PLAIN}:
    {{1}} = {{0}}
else:
    {{1}} = as_number({{0}})
    if {{1}} is None:
        return {{2}}
    {{0}} = {{1}}
"""

# The node itself; `kind` is the class of the first Value among the operands.
NODE = """
node = new(kind)
node._data = node._out = out
node._grad = node._mark = None
if modes.used and here():
    if here() is BY_DEFINITION:
        return {0}
    node.op = None
    node._first = modes.epoch
    return node
node.op = this_op
"""


def numbers_of(op: Op) -> tuple[TracedSymbol, ...]:
    """The names of the operands' numbers: x1, x2, …"""
    return tuple(TracedSymbol(f"x{number + 1}") for number in range(len(op.operand_names)))


def _recorded(op: Op, names: Sequence[str], fallback: str) -> str:
    """Compute, and make the node of `kind`; the numbers are read."""
    numbers = numbers_of(op)
    x = ", ".join(symbol.label for symbol in numbers)
    # `x1 + x2` itself where the forward function is nothing else: it saves a call.
    inline = op.forward.__module__ == "_operator" and (op in INFIX or op in PREFIX)
    if len(names) == 1:
        kept = f"node._first = {names[0]}\nnode._x1 = x1\n"
    elif len(names) == 2:
        kept = f"node._first = {names[0]}\nnode._x1 = x1\nnode._second = {names[1]}\nnode._x2 = x2\n"
    else:
        kept = f"node._first = ({', '.join(names)})\nnode._x1 = ({x})\nnode._second = None\n"
    return f"""
try:
    out = {printed(op(*numbers)) if inline else f"forward({x})"}
except ERRORS:
    return {fallback}
if type(out) is not float or kind is not Value and kind._is_unusual:
    return {fallback}
{NODE.format(fallback)}
{kept}
return node
"""


def record_source(op: Op) -> str:
    """`record(a, b)`: a function call with any operands; None where the definition has to do it."""
    names = own_names(op)
    if len(names) == 1:
        read = f"if more or not isinstance({names[0]}, Value):\n    return None\nkind = type({names[0]})\n"
        read += f"x1 = {names[0]}._data\n"
    else:
        kind = "None"
        for name in reversed(names):
            kind = f"type({name}) if isinstance({name}, Value) else {kind}"
        read = f"kind = {kind}\nif kind is None or more:\n    return None\n"
        read += "".join(_READ.format(name, f"x{place}", "None") for place, name in enumerate(names, start=1))
    return function(f"record({parameters(op, names)})", read + _recorded(op, names, "None"))


def own_names(op: Op) -> tuple[str, ...]:
    """The operands' own names, or a, b, … where those mean something else in generated source."""
    are_free = all(map(is_free, op.operand_names)) and not {"self", "other"}.intersection(op.operand_names)
    return op.operand_names if are_free else tuple("abcdefghijklmnop"[: len(op.operand_names)])


def method_sources(op: Op, names: Sequence[str]) -> dict[str, str]:
    """The same as methods of Value, called `names`, where a call more would be felt."""
    if op in INFIX:
        return {
            "method": _infix(op, names[0], "self", "other", "slow(self, other)"),
            "reflected": _infix(op, names[1], "other", "self", "slow_reflected(self, other)"),
        }
    others = own_names(op)[1:]
    plus_defaults = zip(others, (None,) * (len(others) - len(op.defaults)) + op.defaults, strict=True)
    signature = "".join(f", {name}" if default is None else f", {name}={default!r}" for name, default in plus_defaults)
    fallback = f"slow({', '.join(('self', *others))})"
    read = "kind = type(self)\nx1 = self._data\n"
    read += "".join(_READ.format(name, f"x{place}", fallback) for place, name in enumerate(others, start=2))
    return {"method": function(f"{names[0]}(self{signature})", read + _recorded(op, ("self", *others), fallback))}


def _infix(op: Op, name: str, left: str, right: str, fallback: str) -> str:
    x_self, x_other = ("x1", "x2") if left == "self" else ("x2", "x1")
    read_other = _READ if left == "self" else _READ_NUMBER
    read = f"kind = type(self)\n{x_self} = self._data\n" + read_other.format("other", x_other, fallback)
    if op is ops.power:  # pow(v, 2, 3) is the definition's to refuse
        read = f"if modulus is not None:\n    return {fallback[:-1]}, modulus)\n{read}"
        name += "(self, other, modulus=None)"
    else:
        name += "(self, other)"
    return function(name, read + _recorded(op, (left, right), fallback))


def pull_lines(op: Op, namespace: Namespace) -> str:
    """For each operand that is a Value: upstream · local derivative into its gradient."""
    numbers = numbers_of(op)
    many = len(numbers) > 2
    lines = ""
    if many:
        lines = f"{', '.join(own_names(op))} = node._first\n{', '.join(x.label for x in numbers)} = node._x1\n"
    for index, name in enumerate(own_names(op)):
        local = rule_source(op, index, numbers, namespace)
        if local == "0" and op.chooses:
            continue
        slot = name if many else ("node._first", "node._second")[index]
        own = (OUT,) if many else (OUT, *numbers)
        add = "".join(f"{x.label} = node._{x.label}\n" for x in own if x.label in local)
        if op.chooses and local != "1":  # nothing flows back to an operand that takes no part
            add += f"local = {local}\nif local:\n    operand._grad += upstream * local\n"
        else:
            add += f"operand._grad += {times('upstream', local)}\n"
        # The operand of a function of one operand is a Value: else there would be no node.
        lines += f"operand = {slot}\n"
        lines += add if len(numbers) == 1 else "if isinstance(operand, Value):\n" + textwrap.indent(add, "    ")
    return lines or "pass"


def compute_source(op: Op) -> str:
    """`compute_again(node)`: the number of a node for other numbers of its operands, which stand in their marks."""
    numbers = numbers_of(op)
    many = len(numbers) > 2
    lines = f"{', '.join(own_names(op))} = node._first\n" if many else ""
    for index, (name, x) in enumerate(zip(own_names(op), numbers, strict=True)):
        lines += "" if many else f"{name} = node.{('_first', '_second')[index]}\n"
        lines += f"{x.label} = {name}._mark" + (
            "\n" if len(numbers) == 1 else f" if isinstance({name}, Value) else {name}\n"
        )
    return function("compute_again(node)", lines + f"return forward({', '.join(x.label for x in numbers)})")
