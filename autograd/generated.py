"""The fast engine: methods of `Value` generated from the table at import, equal to the definition in `value.py`.

For every operation with one or two operands, the rules are read on symbols and printed as Python source:

    def multiply(a, b):                      def pull_multiply(node, upstream):
        ...                                      a = node._first
        out = x1 * x2                            if type(a) is Value:
        node = new(Value)                           a._grad += upstream * node._x2
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

_OUT = Symbol("out")
_PLAIN = "type({0}) is float or type({0}) is int"


# ---------------------------------------------------------------- source


def _recorder(op: Op, name: str, parameters: str, read: list[str], fallback: str) -> str:
    """The source of a function that records one node: `read` sets x1 (and x2), `fallback` is the slow way."""
    operands = [Symbol("x1"), Symbol("x2")][: op.arity]
    inline = op.forward.__module__ == "_operator"  # `x1 + x2` itself, not a function that has to be called
    forward = python(op(*operands)) if inline else f"forward_{op.name}({', '.join(s.label for s in operands)})"
    uses_output = any(symbol == _OUT for partial in op.partials for symbol in symbols(partial(_OUT, *operands)))
    body = [
        "if modes.active:",
        f"    return {fallback}",
        *read,
        "try:",
        f"    out = {forward}",
        "except ERRORS:",
        f"    return {fallback}",
        "node = new(Value)",
        "node.data = node._out = out" if uses_output else "node.data = out",
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
            method: _recorder(op, f"method{method}", "a, b", read, f"slow{method}(a, b)"),
            reflected: _recorder(op, f"method{reflected}", "b, a", read_reflected, f"slow{reflected}(b, a)"),
        }
    if op.arity == 1:
        method = _PREFIX.get(op.name, op.name)
        return {method: _recorder(op, f"method{method}", "a", ["x1 = a.data"], f"slow{method}(a)")}
    return {}


def _pull_lines(op: Op) -> list[str]:
    """For each operand that is a Value: upstream · local derivative into its adjoint."""
    operands = [Symbol("x1"), Symbol("x2")][: op.arity]
    lines = []
    for partial, slot in zip(op.partials, ("_first", "_second"), strict=False):
        local = partial(_OUT, *operands)
        lines += [f"operand = node.{slot}", "if type(operand) is Value:"]
        used = [symbol.label for symbol in symbols(local)]
        lines += [f"    {name} = node._{name}" for name in dict.fromkeys(used)]
        lines.append(f"    operand._grad += upstream{_factor(local)}")
    return lines


def _factor(local: Any) -> str:
    return "" if isinstance(local, (int, float)) and local == 1 else f" * ({python(local)})"


def _pull_source(op: Op) -> str:
    body = textwrap.indent("\n".join(_pull_lines(op)), "    ")
    return f"def pull_{op.name}(node, upstream):\n{body}\n"


def _sweep_source() -> str:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    lines = ["for node in reversed(order):", "    op, upstream = node.op, node._grad"]
    for word, name in (("if", "multiply"), ("elif", "add")):
        lines += [f"    {word} op is op_{name}:", textwrap.indent("\n".join(_pull_lines(TABLE[name])), " " * 8)]
    lines += ["    else:", "        op.pull(node, upstream)"]
    return "def sweep(order):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


# ---------------------------------------------------------------- operations with lists of operands

_READ_LIST = """
if type({0}) is list:
    {0} = tuple({0})
elif type({0}) is not tuple:
    return None
if {0} and type({0}[0]) is not Value:
    if not PLAIN.issuperset(map(type, {0})):
        return None
    {0}_numbers = {0}
else:
    try:
        {0}_numbers = tuple([item.data for item in {0}])
    except AttributeError:
        return None
    has_values = True
"""

_READ_SINGLE = """
if type({0}) is Value:
    {0}_numbers = {0}.data
elif type({0}) is float or type({0}) is int:
    {0}_numbers = {0}
else:
    return None
"""

_PULL_LIST = """
if node._second:  # recorded here: a list holds nothing but Values, or none
    if type({0}[0]) is Value:
        for operand, local in zip({0}, {1}):
            operand._grad += upstream * local
else:
    for operand, local in zip({0}, {1}):
        if type(operand) is Value:
            operand._grad += upstream * local
"""

_PULL_SINGLE = """
if type({0}) is Value:
    {0}._grad += upstream{1}
"""


def _record_lists_source(op: Op) -> str:
    """`record` for dot, sum, mean, …; only where each list holds nothing but Values, or nothing but
    numbers, and one of them Values: the usual case."""
    names = op.operand_names
    required = len(names) - len(op.defaults)
    parameters = [*names[:required], *(f"{n}={d!r}" for n, d in zip(names[required:], op.defaults, strict=True))]
    lists = [name for name, many in zip(names, op.is_list, strict=True) if many]
    body = ["if modes.active:", "    return None", "has_values = False"]
    for name, many in zip(names, op.is_list, strict=True):
        body.append((_READ_LIST if many else _READ_SINGLE).format(name))
    body += [f"if not has_values or not {lists[0]}:", "    return None"]
    for name in lists[1:]:
        body += [f"if len({name}) != len({lists[0]}):", "    return None"]
    numbers = "".join(f"{name}_numbers, " for name in names)
    # An object with a strange `data` (a NumPy scalar has one) shows as a TypeError here, or as no float.
    body += [
        "try:",
        f"    out = forward_{op.name}({numbers})",
        "except (*ERRORS, TypeError):",
        "    return None",
        "if type(out) is not float:",
        "    return None",
        "node = new(Value)",
        "node.data = node._out = out",
        f"node.op = op_{op.name}",
        "node._mark = None",
        f"node._first = ({', '.join(names)},)",
        f"node._x1 = ({numbers})",
        "node._second = True",
        "return node",
    ]
    return f"def record_{op.name}({', '.join(parameters)}):\n" + textwrap.indent("\n".join(body), "    ") + "\n"


def _pull_lists_source(op: Op) -> str:
    names = op.operand_names
    numbers = [Symbol(f"{name}_numbers") for name in names]
    body = [f"{', '.join(names)}, = node._first", f"{', '.join(s.label for s in numbers)}, = numbers = node._x1"]
    for index, (name, many) in enumerate(zip(names, op.is_list, strict=True)):
        try:  # a rule as simple as "the inputs" is written out; one that looks into a list is called
            local = python(op.partials[index](_OUT, *numbers))
        except TypeError:
            local = f"partial_{op.name}_{index}(node._out, *numbers)"
        factor = "" if local == "1" else f" * ({local})"
        body.append(_PULL_LIST.format(name, local) if many else _PULL_SINGLE.format(name, factor))
    return f"def pull_{op.name}(node, upstream):\n" + textwrap.indent("\n".join(body), "    ") + "\n"


# ---------------------------------------------------------------- backward


def _sort(root: Value) -> tuple[list[Value], list[tuple[Value, float | None]]]:
    """Inner nodes in topological order, and the leaves with the gradient they had; every gradient set to 0.

    Goes down along the first parents and remembers the others together with the length of the way so far: when one
    of them is taken up, all that was found beyond that point is complete.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[tuple[Value, float | None]] = []
    opened: set[int] = set()
    way: list[Value] = []

    def meet(leaf: Value) -> None:
        leaves.append((leaf, leaf._grad if leaf.has_grad else None))
        leaf._grad = 0.0

    pending: list[tuple[Any, int]] = [(root, 0)]
    while pending:
        node, length = pending.pop()
        if len(way) > length:
            order += way[: length - len(way) - 1 : -1]
            del way[length:]
        while node._mark is not done:
            node._mark = done
            op = node.op
            if op is None:
                meet(node)
                break
            node._grad = 0.0
            way.append(node)
            if op.arity == 2:
                second = node._second
                if type(second) is Value and second._mark is not done:
                    if second.op is None:
                        second._mark = done
                        meet(second)
                    else:
                        pending.append((second, len(way)))
            elif op.arity != 1:
                length = len(way)
                for item in _unvisited(node, done, opened):
                    if item.op is None:
                        if item._mark is not done:  # a leaf may stand in the list twice
                            item._mark = done
                            meet(item)
                    else:
                        pending.append((item, length))
                break
            node = node._first
            if type(node) is not Value:
                break
    way.reverse()
    return order + way, leaves


def _unvisited(node: Value, done: object, opened: set[int]) -> list[Value]:
    """The parents among many operands that are not yet visited. A list that was opened before is skipped: the inputs
    of a layer are one tuple, shared by all of its neurons, and what is in it is already under way."""
    found: list[Value] = []
    for argument in node._first:
        if type(argument) is tuple:
            if id(argument) not in opened:
                opened.add(id(argument))
                found += [item for item in argument if type(item) is Value and item._mark is not done]
        elif type(argument) is Value and argument._mark is not done:
            found.append(argument)
    return found


def _backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if create_graph or modes.active or self.op is None or type(seed) is not float:
        return _define_backward(self, seed, create_graph=create_graph)
    order, leaves = _sort(self)
    self._grad = seed
    try:
        _namespace["sweep"](order)
    except ARITHMETIC_ERRORS:
        for node in order:
            del node._grad
        for leaf, before in leaves:
            del leaf._grad
            if before is not None:
                leaf._grad = before
        return _define_backward(self, seed)  # which words the error
    for leaf, before in leaves:
        if before is not None:
            leaf._grad += before
    return None


# ---------------------------------------------------------------- installation

_define_backward = Value.backward
_new = Value.__new__
_namespace: dict[str, Any] = {"Value": Value, "new": _new, "modes": modes, "ERRORS": ARITHMETIC_ERRORS, "PLAIN": {float, int}}
_methods: dict[str, Any] = {}
_installed = False


def install() -> None:
    """Put the generated methods in place (done at import)."""
    global _installed
    _installed = True
    for op in TABLE.values():
        _generate(op)
    exec(_sweep_source(), _namespace)
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
    for index, partial in enumerate(op.partials):
        _namespace[f"partial_{op.name}_{index}"] = partial
    if op.arity is None:
        exec(_record_lists_source(op) + _pull_lists_source(op), _namespace)
        op.record, op.pull = _namespace[f"record_{op.name}"], _namespace[f"pull_{op.name}"]
    elif op.arity <= 2:
        sources = _method_sources(op)
        for name in sources:
            _namespace[f"slow{name}"] = getattr(Operators, name)
        exec("\n".join([_record_source(op), _pull_source(op), *sources.values()]), _namespace)
        op.record, op.pull = _namespace[f"record_{op.name}"], _namespace[f"pull_{op.name}"]
        for name in sources:
            _methods[name] = _namespace[f"method{name}"]
            setattr(Value, name, _methods[name])
    else:
        exec(_pull_lists_source(op), _namespace)
        op.pull = _namespace[f"pull_{op.name}"]


observe(_generate)
if os.environ.get("CHAINRULE_ENGINE") != "definition":
    install()
