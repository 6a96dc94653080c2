"""The fast engine: methods of `Value` generated from the table at import, equal to the definition in `value.py`.

For every operation with one or two operands, the rules are read on symbols and printed as Python source:

    def multiply(a, b):                      def pull_multiply(node, upstream):
        ...                                      a = node._first
        out = x1 * x2                            if type(a) is Value:
        node = new(Value)                            a._adjoint += upstream * (node._x2)
        ...                                      ...

so that recording a node and pulling a gradient through it is one call each. Whatever is out of the ordinary (a mode
is on, an operand is no float, a number is outside of the domain) goes to the definition, which also words the errors.
The environment variable CHAINRULE_ENGINE=definition or `uninstall()` leaves the
definition alone in place; the tests run on both and compare.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from typing import Any

from .modes import modes
from .op import ARITHMETIC_ERRORS, TABLE, Op, observe
from .operators import Operators
from .printers.python import python
from .symbol import Symbol, symbols
from .value import Value

# The special methods: operation, and the method's name with its operands in order and reflected.
_INFIX = {
    "add": ("__add__", "__radd__"),
    "subtract": ("__sub__", "__rsub__"),
    "multiply": ("__mul__", "__rmul__"),
    "divide": ("__truediv__", "__rtruediv__"),
    "power": ("__pow__", "__rpow__"),
}
_PREFIX = {"negative": "__neg__", "positive": "__pos__", "abs": "__abs__"}

_PLAIN = "type({0}) is float or type({0}) is int"


# ---------------------------------------------------------------- source


def _recorder(op: Op, name: str, parameters: str, read: list[str], fallback: str) -> str:
    """The source of a function that records one node: `read` sets x1 (and x2), `fallback` is the slow way."""
    operands = [Symbol("x1"), Symbol("x2")][: op.arity]
    inline = op.forward.__module__ == "_operator"  # `x1 + x2` itself, not a function that has to be called
    forward = python(op(*operands)) if inline else f"forward_{op.name}({', '.join(s.label for s in operands)})"
    body = [
        "if modes.active:",
        f"    return {fallback}",
        *read,
        "try:",
        f"    out = {forward}",
        "except ERRORS:",
        f"    return {fallback}",
        "node = new(Value)",
        "node.data = node._out = out",
        f"node.op = op_{op.name}",
        "node._mark = None",
        "node._first = a",
        "node._x1 = x1",
        *(["node._second = b", "node._x2 = x2"] if op.arity == 2 else []),
        "return node",
    ]
    return f"def {name}({parameters}):\n" + textwrap.indent("\n".join(body), "    ") + "\n"


def _record_source(op: Op) -> str:
    """`record(a, b)`: a function call with any operands; None where the definition has to do it."""
    if op.arity == 1:
        return _recorder(op, f"record_{op.name}", "a", ["if type(a) is not Value:", "    return None", "x1 = a.data"], "None")
    read = [
        "if type(a) is Value:",
        "    x1 = a.data",
        "    if type(b) is Value:",
        "        x2 = b.data",
        f"    elif {_PLAIN.format('b')}:",
        "        x2 = b",
        "    else:",
        "        return None",
        f"elif type(b) is Value and ({_PLAIN.format('a')}):",
        "    x1, x2 = a, b.data",
        "else:",
        "    return None",
    ]
    defaults = "".join(f"={default!r}" for default in op.defaults)
    return _recorder(op, f"record_{op.name}", f"a, b{defaults}", read, "None")


def _method_sources(op: Op) -> dict[str, str]:
    """Method name → source, for the infix and prefix notations, where a call more would be felt."""
    if op.name in _INFIX:
        method, reflected = _INFIX[op.name]
        read = [
            "x1 = a.data",
            "if type(b) is Value:",
            "    x2 = b.data",
            f"elif {_PLAIN.format('b')}:",
            "    x2 = b",
            "else:",
            f"    return slow{method}(a, b)",
        ]
        read_reflected = [f"if not ({_PLAIN.format('a')}):", f"    return slow{reflected}(b, a)", "x1, x2 = a, b.data"]
        return {
            method: _recorder(op, method, "a, b", read, f"slow{method}(a, b)"),
            reflected: _recorder(op, reflected, "b, a", read_reflected, f"slow{reflected}(b, a)"),
        }
    if op.arity == 1:
        method = _PREFIX.get(op.name, op.name)
        return {method: _recorder(op, method, "a", ["x1 = a.data"], f"slow{method}(a)")}
    return {}


def _pull_source(op: Op) -> str:
    """`pull`: for each operand that is a Value, upstream · local derivative into its adjoint."""
    operands = [Symbol("x1"), Symbol("x2")][: op.arity]
    lines = [f"def pull_{op.name}(node, upstream):"]
    for partial, slot in zip(op.partials, ("_first", "_second"), strict=False):
        local = partial(Symbol("out"), *operands)
        lines += [f"    operand = node.{slot}", "    if type(operand) is Value:"]
        lines += [f"        {name} = node._{name}" for name in dict.fromkeys(symbol.label for symbol in symbols(local))]
        factor = "" if _is_one(local) else f" * ({python(local)})"
        lines.append(f"        operand._adjoint += upstream{factor}")
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- operations with lists of operands


def _record_lists(op: Op) -> Callable[..., Any]:
    """`record` for dot, sum, mean, …: one comprehension over each list, no look at single operands."""
    is_list, defaults = op.is_list, op.defaults
    required = len(is_list) - len(defaults)

    def record(*operands: Any) -> Any:
        if modes.active or not required <= len(operands) <= len(is_list):
            return None
        operands += defaults[len(operands) - required :]
        arguments: list[Any] = []
        numbers: list[Any] = []
        length = has_value = 0
        for operand, many in zip(operands, is_list, strict=True):
            if not many:
                if type(operand) is Value:
                    has_value = 1
                    numbers.append(operand.data)
                elif type(operand) is float or type(operand) is int:
                    numbers.append(operand)
                else:
                    return None
                arguments.append(operand)
                continue
            if type(operand) is not tuple:
                if type(operand) is not list:
                    return None
                operand = tuple(operand)
            kinds = set(map(type, operand))
            if not kinds <= _USUAL or len(operand) != (length or len(operand)) or not operand:
                return None
            length = len(operand)
            if Value not in kinds:
                numbers.append(operand)
            else:
                has_value = 1
                if len(kinds) == 1:
                    numbers.append(tuple([item.data for item in operand]))
                else:
                    numbers.append(tuple([item.data if type(item) is Value else item for item in operand]))
            arguments.append(operand)
        if not has_value:
            return None
        try:
            out = op.forward(*numbers)
        except ARITHMETIC_ERRORS:
            return None
        node = _new(Value)
        node.data = node._out = out
        node.op = op
        node._mark = None
        node._first = tuple(arguments)
        node._x1 = tuple(numbers)
        return node

    return record


def _pull_lists(node: Value, upstream: float) -> None:
    """`pull` for any signature: the rules give a whole list of local derivatives at once."""
    numbers, out = node._x1, node._out
    for argument, partial in zip(node._first, node.op.partials, strict=True):  # type: ignore[union-attr]
        if type(argument) is Value:
            argument._adjoint += upstream * partial(out, *numbers)
        elif type(argument) is tuple:
            for operand, local in zip(argument, partial(out, *numbers), strict=True):
                if type(operand) is Value:
                    operand._adjoint += upstream * local


# ---------------------------------------------------------------- backward


def _sort(root: Value) -> tuple[list[Value], list[Value]]:
    """Inner nodes in topological order, and leaves; every adjoint set to 0. The same order as graph.py's."""
    entered, done = object(), object()  # marks of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    opened: set[int] = set()
    stack = [root]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        mark = node._mark
        if mark is entered:  # met again on the way up: all of its parents are done
            node._mark = done
            order.append(node)
            continue
        if mark is done:
            continue
        node._adjoint = 0.0
        op = node.op
        if op is None:
            node._mark = done
            leaves.append(node)
            continue
        node._mark = entered
        push(node)
        first = node._first
        if type(first) is Value:
            if first._mark is not done:
                push(first)
        elif op.arity is None:
            for argument in first:
                if type(argument) is tuple:
                    if id(argument) not in opened:  # the inputs of a layer are one tuple, shared by its neurons
                        opened.add(id(argument))
                        for item in argument:
                            if type(item) is Value and item._mark is not done:
                                push(item)
                elif type(argument) is Value and argument._mark is not done:
                    push(argument)
        if op.arity == 2:
            second = node._second
            if type(second) is Value and second._mark is not done:
                push(second)
    return order, leaves


def _backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if create_graph or modes.active or self.op is None or type(seed) is not float:
        return _define_backward(self, seed, create_graph=create_graph)
    order, leaves = _sort(self)
    self._adjoint = seed
    try:
        for node in reversed(order):
            node.op.pull(node, node._adjoint)  # type: ignore[union-attr]
    except ARITHMETIC_ERRORS:
        return _define_backward(self, seed)  # This words the error; no gradient was touched so far.
    for node in order:
        node.grad = node._adjoint
    for leaf in leaves:
        leaf.grad += leaf._adjoint
    return None


# ---------------------------------------------------------------- installation

_define_backward = Value.backward
_new = Value.__new__
_USUAL = {Value, float, int}
_namespace: dict[str, Any] = {"Value": Value, "new": _new, "modes": modes, "ERRORS": ARITHMETIC_ERRORS}
_methods: dict[str, Any] = {}
_installed = False


def install() -> None:
    """Put the generated methods in place (done at import)."""
    global _installed
    _installed = True
    for op in TABLE.values():
        _generate(op)
    Value.backward = _backward  # type: ignore[method-assign]


def uninstall() -> None:
    """Take the generated methods out: the definition in `value.py` does everything, more slowly."""
    global _installed
    _installed = False
    for name in _methods:
        delattr(Value, name)
    _methods.clear()
    for op in TABLE.values():
        op.record = None
    Value.backward = _define_backward  # type: ignore[method-assign]


def _generate(op: Op) -> None:
    """Make the fast functions of one operation; operations with three and more operands have none."""
    if not _installed:
        return
    _namespace[op.name] = op.forward
    _namespace[f"forward_{op.name}"] = op.forward
    _namespace[f"op_{op.name}"] = op
    if op.arity is None:
        op.record, op.pull = _record_lists(op), _pull_lists
    elif op.arity <= 2:
        sources = _method_sources(op)
        for name in sources:
            _namespace[f"slow{name}"] = getattr(Operators, name)
        exec("\n".join([_record_source(op), _pull_source(op), *sources.values()]), _namespace)
        op.record, op.pull = _namespace[f"record_{op.name}"], _namespace[f"pull_{op.name}"]
        for name in sources:
            _methods[name] = _namespace[name]
            setattr(Value, name, _namespace[name])
    else:
        op.pull = _pull_lists


def _is_one(local: Any) -> bool:
    return isinstance(local, (int, float)) and local == 1


observe(_generate)
if os.environ.get("CHAINRULE_ENGINE") != "definition":
    install()
