"""The fast engine: functions generated from the table, equal to the definition in `value.py`.

The rules of an operation are read on symbols and printed as Python source, once for the forward and once for the
backward pass. Of `multiply` it makes (print `source("multiply")` to see all of it):

    def record_multiply(a, b):               def pull_multiply(node, upstream):
        x1, x2 = a.data, b.data                  operand = node._first
        out = x1 * x2                            if type(operand) is Value:
        node = new(Value)                            operand._grad += upstream * node._x2
        ...                                      ...

so that recording a node and pulling a gradient through it is one call each. Whatever is out of the ordinary (a mode
is on, an operand is neither a Value nor a plain float or small int, a number is outside of the domain) goes to the
definition, which also words the errors. So the fast engine has no behaviour of its own; the tests run both and
compare. CHAINRULE_ENGINE=definition in the environment, or `uninstall()`, leaves the definition alone in place.

An operation's functions are generated when it is first used: generating all of them would double the import time.
"""

from __future__ import annotations

import keyword
import os
import textwrap
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from . import ops
from .modes import modes
from .op import ARITHMETIC_ERRORS, Op, observe
from .operators import Operators
from .printers.python import python
from .symbol import Call, Expression, Symbol
from .value import Value, local_derivatives

# The special methods: operation, and the method's name with its operands in order and reflected.
_INFIX = {
    ops.add: ("__add__", "__radd__"),
    ops.subtract: ("__sub__", "__rsub__"),
    ops.multiply: ("__mul__", "__rmul__"),
    ops.divide: ("__truediv__", "__rtruediv__"),
    ops.power: ("__pow__", "__rpow__"),
}
_PREFIX = {ops.negative: "__neg__", ops.positive: "__pos__", ops.absolute: "__abs__"}

Namespace = dict[str, Any]


# ---------------------------------------------------------------- a rule as source


class _Traced(Expression):
    """A symbol for the generator: it notices a rule that decides by a number (`n and n * x**(n - 1)`)."""

    __slots__ = ()

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Call:
        return _TracedCall(op, arguments)

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no number to decide by")


class _TracedSymbol(_Traced, Symbol):
    __slots__ = ()


class _TracedCall(_Traced, Call):
    __slots__ = ()


_OUT, _X1, _X2 = _TracedSymbol("out"), _TracedSymbol("x1"), _TracedSymbol("x2")

# What has a value for all floats: may stand in a branch of `where`, which Python's `if` evaluates only when taken.
_TOTAL = (ops.add, ops.subtract, ops.multiply, ops.negative, ops.positive, ops.greater, ops.where)


def _rule(op: Op, index: int, operands: tuple[Symbol, ...], namespace: Namespace) -> str:
    """The source of ∂out/∂operand; a call of the rule where its source would not do the same."""
    try:
        local = op.partials[index](_OUT, *operands)
        if all(_is_faithful(call, namespace) for call in _calls(local)):
            return python(local)
    except Exception:  # noqa: S110 (a rule may do with a symbol whatever it likes: then it is called)
        pass
    namespace[f"rule_{index}"] = op.partials[index]
    return f"rule_{index}({', '.join(operand.label for operand in (_OUT, *operands))})"


def _is_faithful(call: Call, namespace: Namespace) -> bool:
    """Whether the source of a call does what the call does."""
    if call.op.notation.shape == "cases":
        return all(inner.op in _TOTAL for branch in call.arguments[1:] for inner in _calls(branch))
    if call.op.notation.python:
        return True
    # A printed name means the forward function of this very operation, or the rule is not printed.
    name, forward = call.op.name, call.op.forward
    return _is_free(name) and namespace.setdefault(name, forward) is forward


def _is_free(name: str) -> bool:
    """Whether a name from the table can be a name in generated source."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in _LOCAL and not name.startswith("_")


def _calls(expression: Any) -> Iterator[Call]:
    if isinstance(expression, Call):
        yield expression
    inner = expression.arguments if isinstance(expression, Call) else expression if isinstance(expression, tuple) else ()
    for argument in inner:
        yield from _calls(argument)


def _times(upstream: str, local: str) -> str:
    """upstream · local, without a factor 1."""
    return upstream if local == "1" else f"{upstream} * {local if local.isidentifier() else f'({local})'}"


# ---------------------------------------------------------------- operations with one or two operands

_PLAIN = "type({0}) is float or type({0}) is int and -LIMIT < {0} < LIMIT"


def _recorder(op: Op, signature: str, read: str, fallback: str) -> str:
    """The source of a function that records one node: `read` sets x1 (and x2), `fallback` is the slow way."""
    numbers = (_X1, _X2)[: op.arity]
    inline = op in _INFIX or op in _PREFIX
    forward = python(op(*numbers)) if inline and op.forward is not math.pow else "forward(x1, x2)" if op.arity == 2 else "forward(x1)"
    body = f"""
if modes.active:
    return {fallback}
{read}
try:
    out = {forward}
except ERRORS:
    return {fallback}
node = new(Value)
node.data = node._out = out
node.op = this_op
node._grad = node._mark = None
node._first = a
node._x1 = x1
{"node._second = b" if op.arity == 2 else ""}
{"node._x2 = x2" if op.arity == 2 else ""}
return node
"""
    return _function(signature, body)


def _function(signature: str, body: str) -> str:
    lines = [line for line in body.splitlines() if line]
    return f"def {signature}:\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


_READ_ONE = """
if type(a) is not Value or more:
    return None
x1 = a.data
"""

_READ_TWO = f"""
if type(a) is Value:
    x1 = a.data
    if type(b) is Value:
        x2 = b.data
    elif {_PLAIN.format("b")}:
        x2 = b
    else:
        return None
elif type(b) is Value and ({_PLAIN.format("a")}):
    x1, x2 = a, b.data
else:
    return None
if more:
    return None
"""

_READ_METHOD = f"""
x1 = a.data
if type(b) is Value:
    x2 = b.data
elif {_PLAIN.format("b")}:
    x2 = b
else:
    return slow{{0}}(a, b)
"""

_READ_REFLECTED = f"""
if {_PLAIN.format("a")}:
    x1, x2 = a, b.data
else:
    return slow{{0}}(b, a)
"""


def _record_source(op: Op) -> str:
    """`record(a, b)`: a function call with any operands; None where the definition has to do it."""
    return _recorder(op, f"record({_parameters(op, ('a', 'b')[: op.arity])})", _READ_ONE if op.arity == 1 else _READ_TWO, "None")


def _parameters(op: Op, names: tuple[str, ...]) -> str:
    """All may be missing and there may be more: the definition says so in its own words."""
    defaults = [None] * (len(names) - len(op.defaults)) + list(op.defaults)
    return "".join(f"{name}={default!r}, " for name, default in zip(names, defaults, strict=True)) + "*more"


def _method_sources(op: Op) -> dict[str, str]:
    """Method name → source, for the infix and prefix notations, where a call more would be felt."""
    if op in _INFIX:
        method, reflected = _INFIX[op]
        return {
            method: _recorder(op, f"{method}(a, b)", _READ_METHOD.format(method), f"slow{method}(a, b)"),
            reflected: _recorder(op, f"{reflected}(b, a)", _READ_REFLECTED.format(reflected), f"slow{reflected}(b, a)"),
        }
    if op in _PREFIX:
        return {_PREFIX[op]: _recorder(op, f"{_PREFIX[op]}(a)", "x1 = a.data", f"slow{_PREFIX[op]}(a)")}
    if op.arity == 1 and _methods_of.setdefault(op.name, op) is op:
        slow = f"slow_{op.name}(a, *more, **named)"
        read = f"if more or named:\n    return {slow}\nx1 = a.data"
        return {op.name: _recorder(op, f"{op.name}(a, *more, **named)", read, slow)}
    return {}


def _pull_lines(op: Op, namespace: Namespace) -> str:
    """For each operand that is a Value: upstream · local derivative into its gradient."""
    numbers = (_X1, _X2)[: op.arity]
    lines = ""
    for index, slot in zip(range(len(numbers)), ("_first", "_second"), strict=False):
        local = _rule(op, index, numbers, namespace)
        add = "".join(f"{x.label} = node._{x.label}\n" for x in (_OUT, *numbers) if x.label in local)
        add += f"operand._grad += {_times('upstream', local)}\n"
        # The operand of a function of one operand is always a Value: else there would be no node.
        lines += f"operand = node.{slot}\n"
        lines += add if op.arity == 1 else "if type(operand) is Value:\n" + textwrap.indent(add, "    ")
    return lines


def _sweep_source() -> str:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    multiply, add = (textwrap.indent(_pull_lines(op, {}), " " * 8) for op in (ops.multiply, ops.add))
    body = f"""
for node in reversed(order):
    op, upstream = node.op, node._grad
    if op is multiply:
{multiply}
    elif op is add:
{add}
    else:
        op.pull(node, upstream)
"""
    return _function("sweep(order)", body)


# ---------------------------------------------------------------- operations with lists of operands

_READ_LIST = """
if type({0}) is list:
    {0} = tuple({0})
elif type({0}) is not tuple:
    return None
if not {0}:
    return None
if type({0}[0]) is Value:
    {0}_numbers = data_of[len({0})]({0})
    has_values = True
elif FLOAT.issuperset(map(type, {0})) or are_small({0}):
    {0}_numbers = {0}
else:
    return None
"""

_READ_SINGLE = f"""
if type({{0}}) is Value:
    {{0}}_numbers = {{0}}.data
elif {_PLAIN}:
    {{0}}_numbers = {{0}}
else:
    return None
"""

_PULL_LIST = """
if type({0}[0]) is Value:
    for operand, local in zip({0}, {1}):
        operand._grad += upstream * local
"""

_PULL_SINGLE = """
if type({0}) is Value:
    {0}._grad += {1}
"""


class _DataOf(dict[int, Callable[[Any], tuple[float, ...]]]):
    """length → a function from so many Values to their numbers; AttributeError if one of them is a plain number.

    Short ones are written out, `v0, v1, = items; return (v0.data, v1.data, )`: twice as fast as a comprehension up to
    Python 3.11, and most lists are short. (Above 20 items a tuple is not made from Python's store of spare ones.)
    """

    def __missing__(self, length: int) -> Callable[[Any], tuple[float, ...]]:
        if length > 20:
            return _data_of_many
        names = [f"v{i}" for i in range(length)]
        body = f"{''.join(f'{v}, ' for v in names)} = items\nreturn ({''.join(f'{v}.data, ' for v in names)})"
        namespace: dict[str, Any] = {}
        exec(_function("data_of(items)", body), namespace)
        self[length] = namespace["data_of"]
        return self[length]


def _data_of_many(items: Any) -> tuple[float, ...]:
    return tuple([item.data for item in items])


def _are_small(items: tuple[Any, ...]) -> bool:
    """Whether all are plain numbers that the definition would take as they are."""
    return all(type(item) is float or type(item) is int and -_LIMIT < item < _LIMIT for item in items)


def _record_lists_source(op: Op) -> str:
    """`record` for dot, sum, mean, …; only where each list holds nothing but Values, or nothing but
    numbers, and one of them Values: the usual case."""
    names = op.operand_names
    read = "".join((_READ_LIST if many else _READ_SINGLE).format(name)
                   for name, many in zip(names, op.is_list, strict=True))  # fmt: skip
    first, *others = (name for name, many in zip(names, op.is_list, strict=True) if many)
    lengths_differ = "".join(f" or len({name}) != len({first})" for name in others)
    numbers = "".join(f"{name}_numbers, " for name in names)
    body = f"""
if modes.active:
    return None
has_values = False
try:
{textwrap.indent(read, "    ")}
    if more or not has_values{lengths_differ}:
        return None
    out = forward({numbers})
except UNUSUAL:
    return None
if type(out) is not float:
    return None
node = new(Value)
node.data = node._out = out
node.op = this_op
node._grad = node._mark = None
node._first = ({"".join(f"{name}, " for name in names)})
node._x1 = ({numbers})
node._second = UNIFORM
return node
"""
    return _function(f"record({_parameters(op, names)})", body)


def _pull_lists_source(op: Op, namespace: Namespace) -> str:
    names = op.operand_names
    numbers = tuple(_TracedSymbol(f"{name}_numbers") for name in names)
    body = f"""
if node._second is not UNIFORM:
    return pull_by_rules(node, upstream)
out = node._out
{"".join(f"{name}, " for name in names)} = node._first
{"".join(f"{x.label}, " for x in numbers)} = node._x1
"""
    for index, (name, many) in enumerate(zip(names, op.is_list, strict=True)):
        local = _rule(op, index, numbers, namespace)
        body += _PULL_LIST.format(name, local) if many else _PULL_SINGLE.format(name, _times("upstream", local))
    return _function("pull(node, upstream)", body)


# ---------------------------------------------------------------- backward


def _sort(root: Value) -> tuple[list[Value], list[Value], list[tuple[Value, Any]]]:
    """Inner nodes in topological order, the leaves, and the inner nodes' gradients of older passes.

    The order is the definition's, of `topological_order`, so that shared gradients are summed in the same order. But
    a way down along first parents is followed in one go: `way` holds its nodes, and `pending` what is still to be
    visited beside it, each with the length the way had there. When one of these is taken up, all that lies beyond
    that length is complete. A list that was visited to its end is not opened again: the inputs of a layer are one
    tuple, shared by all of its neurons, and so are a neuron's weights by all samples.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    older: list[tuple[Value, Any]] = []
    way: list[Value] = []
    pending: list[tuple[Any, int, Any]] = []  # (a Value or an iterator over a list, length of the way, the list)
    visited: set[int] = set()

    node: Any = root
    while True:
        while node._mark is not done:
            node._mark = done
            op = node.op
            if op is None:
                leaves.append(node)
                break
            if node._grad is not None:
                older.append((node, node._grad))
            node._grad = 0.0
            way.append(node)
            if op.arity == 2:
                second = node._second
                if type(second) is Value and second._mark is not done:
                    if second.op is None:
                        second._mark = done
                        leaves.append(second)
                    else:
                        pending.append((second, len(way), None))
                node = node._first
                if type(node) is not Value:
                    break
            elif op.arity == 1:
                node = node._first
            else:
                for operand in reversed(node._first):
                    if type(operand) is tuple:
                        if id(operand) not in visited:
                            pending.append((iter(operand), len(way), operand))
                    elif type(operand) is Value and operand._mark is not done:
                        pending.append((operand, len(way), None))
                break
        while pending:
            node, length, items = pending.pop()
            if len(way) > length:
                order += way[: length - len(way) - 1 : -1]
                del way[length:]
            if items is None:
                break
            rest = node
            for node in rest:
                if type(node) is Value and node._mark is not done:
                    if node.op is not None:
                        pending.append((rest, length, items))
                        break
                    node._mark = done
                    leaves.append(node)
            else:
                visited.add(id(items))
                continue
            break
        else:
            way.reverse()
            return order + way, leaves, older


def _pull_by_rules(node: Value, upstream: float) -> None:
    """What a generated `pull` does, by the definition: for three operands, or lists that mix Values and numbers."""
    for operand, local in local_derivatives(node.op, node._out, node.numbers, node.arguments):
        operand._grad += upstream * local


def _backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if create_graph or modes.active or self.op is None or type(seed) is not float:
        return _define_backward(self, seed, create_graph=create_graph)
    with _one_pass_at_a_time:
        order, leaves, older = _sort(self)
        before = [leaf._grad for leaf in leaves]
        try:
            for leaf in leaves:
                leaf._grad = 0.0
            self._grad = seed
            _sweep()(order)
        except BaseException as problem:
            for node in order:
                node._grad = None
            for node, gradient in [*older, *zip(leaves, before, strict=True)]:
                node._grad = gradient
            if not isinstance(problem, ARITHMETIC_ERRORS):
                raise
        else:
            for leaf, gradient in zip(leaves, before, strict=True):
                if gradient is not None:
                    leaf._grad = gradient + leaf._grad
            return None
    return _define_backward(self, seed)  # which words the error


# ---------------------------------------------------------------- installation

_LIMIT = 1 << 63
_one_pass_at_a_time = threading.RLock()  # Because of the marks: threads may share leaves.

# The names that generated source uses; those of the table must be others.
_GLOBAL: Namespace = {
    "Value": Value,
    "new": Value.__new__,
    "modes": modes,
    "ERRORS": ARITHMETIC_ERRORS,
    # An item that has no `data`, or a strange one (a NumPy scalar has a buffer there), shows as one of these.
    "UNUSUAL": (*ARITHMETIC_ERRORS, AttributeError, TypeError),
    "UNIFORM": "each list holds nothing but Values, or nothing but numbers",
    "FLOAT": {float},
    "LIMIT": _LIMIT,
    "are_small": _are_small,
    "data_of": _DataOf(),
    "pull_by_rules": _pull_by_rules,
}
_LOCAL = {"a", "b", "x1", "x2", "out", "node", "upstream", "operand", "local", "more", "named", "has_values", "type", "len", "map", "zip", "tuple", "list", "int", "float", "forward", "this_op"}

_define_backward = Value.backward
_observed: list[Op] = []
_methods: set[str] = set()
_methods_of: dict[str, Op] = {}
_installed = False


def source(op: Op) -> str:
    """The generated source of an operation; empty if it has none."""
    return "\n".join(_sources(op, dict(_GLOBAL)).values())


def install() -> None:
    """Put the generated engine in place (done at import)."""
    global _installed
    _installed = not Value.__subclasses__()
    if _installed:
        Value.backward = _backward  # type: ignore[method-assign]
        for op in _observed:
            _prepare(op)


def uninstall() -> None:
    """Take the generated engine out: the definition in `value.py` does everything, more slowly."""
    global _installed
    _installed = False
    Value.backward = _define_backward  # type: ignore[method-assign]
    for name in _methods:
        delattr(Value, name)
    _methods.clear()
    for op in _observed:
        op.record = None


def _prepare(op: Op) -> None:
    if _installed:
        op.record, op.pull = partial(_first_use, op), _pull_by_rules


def _first_use(op: Op, *operands: Any) -> Any:
    """What stands in for `op.record` until it is generated."""
    _generate(op)
    return op.record(*operands) if op.record else None


def _sources(op: Op, namespace: Namespace) -> dict[str, str]:
    """The names and sources of the functions of one operation; what they refer to is put into `namespace`."""
    if not all(map(_is_free, (op.name, *op.operand_names))):
        return {}
    if op.arity is None:
        return {"record": _record_lists_source(op), "pull": _pull_lists_source(op, namespace)}
    if op.arity > 2:
        return {}
    pull = _function("pull(node, upstream)", _pull_lines(op, namespace))
    return {"record": _record_source(op), "pull": pull, **_method_sources(op)}


def _generate(op: Op) -> None:
    """Make the fast functions of one operation; operations with three and more operands have none."""
    op.record = None
    namespace = {**_GLOBAL, "this_op": op, "forward": op.forward}
    sources = _sources(op, namespace)
    methods = [name for name in sources if name not in ("record", "pull")]
