"""The source for operations with one or two operands: record a node, pull a gradient through it."""

from __future__ import annotations

import textwrap

from .. import ops
from ..op import Op
from .rules import OUT, X1, X2, Namespace, function, parameters, printed, rule_source, times

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

_READ_ONE = """
if type(a) is not Value or more:
    return None
x1 = a._data
"""

_READ_TWO = f"""
if type(a) is Value:
    x1 = a._data
    if type(b) is Value:
        x2 = b._data
    elif {PLAIN.format("b")}:
        x2 = b
    else:
        return None
elif type(b) is Value and ({PLAIN.format("a")}):
    x1, x2 = a, b._data
else:
    return None
if more:
    return None
"""

_READ_INFIX = f"""
x1 = a._data
if type(b) is Value:
    x2 = b._data
elif {PLAIN.format("b")}:
    x2 = b
else:
    return slow(a, b)
"""

_READ_REFLECTED = f"""
if {PLAIN.format("a")}:
    x1, x2 = a, b._data
else:
    return slow_reflected(b, a)
"""

_READ_FUNCTION = """
if more or named:
    return slow(a, *more, **named)
x1 = a._data
"""


def _recorder(op: Op, signature: str, read: str, fallback: str) -> str:
    """The source of a function that records one node: `read` sets x1 (and x2), `fallback` is the slow way."""
    numbers = (X1, X2)[: op.arity]
    # `x1 + x2` itself where the forward function is nothing else: it saves a call.
    inline = op.forward.__module__ == "_operator" and (op in INFIX or op in PREFIX)
    body = f"""
if modes.active:
    return {fallback}
{read}
try:
    out = {printed(op(*numbers)) if inline else f"forward({', '.join(x.label for x in numbers)})"}
except ERRORS:
    return {fallback}
if type(out) is not float:
    return {fallback}
node = new(Value)
node._data = node._out = out
node.op = this_op
node._grad = node._mark = None
node._first = a
node._x1 = x1
"""
    if op.arity == 2:
        body += "node._second = b\nnode._x2 = x2\n"
    return function(signature, body + "return node")


def record_source(op: Op) -> str:
    """`record(a, b)`: a function call with any operands; None where the definition has to do it."""
    names = ("a", "b")[: op.arity]
    return _recorder(op, f"record({parameters(op, names)})", _READ_ONE if op.arity == 1 else _READ_TWO, "None")


def method_sources(op: Op) -> dict[str, str]:
    """The same as methods of Value, where a call more would be felt."""
    if op in INFIX:
        # pow(v, 2, 3) is the definition's to refuse.
        third = ", *more" if op is ops.power else ""
        more = "if more:\n    return slow({}, {}, *more)\n" if third else ""
        return {
            "method": _recorder(op, f"method(a, b{third})", more.format("a", "b") + _READ_INFIX, "slow(a, b)"),
            "reflected": _recorder(op, "reflected(b, a)", _READ_REFLECTED, "slow_reflected(b, a)"),
        }
    if op in PREFIX:
        return {"method": _recorder(op, "method(a)", "x1 = a._data", "slow(a)")}
    return {"method": _recorder(op, "method(a, *more, **named)", _READ_FUNCTION, "slow(a, *more, **named)")}


def pull_lines(op: Op, namespace: Namespace) -> str:
    """For each operand that is a Value: upstream · local derivative into its gradient."""
    numbers = (X1, X2)[: op.arity]
    lines = ""
    for index, slot in enumerate(("_first", "_second")[: op.arity]):
        local = rule_source(op, index, numbers, namespace)
        add = "".join(f"{x.label} = node._{x.label}\n" for x in (OUT, *numbers) if x.label in local)
        add += f"operand._grad += {times('upstream', local)}\n"
        # The operand of a function of one operand is a Value: else there would be no node.
        lines += f"operand = node.{slot}\n"
        lines += add if op.arity == 1 else "if type(operand) is Value:\n" + textwrap.indent(add, "    ")
    return lines
