"""The fast engine: functions generated from the table, equal to the definition in `value.py`.

The rules of an operation are read on symbols and printed as Python source, for the forward and the backward pass:

    def record(a, b):                        def pull(node, upstream):
        x1, x2 = a.data, b.data                  operand = node._first
        out = x1 * x2                            if type(operand) is Value:
        node = new(Value)                            x2 = node._x2
        ...                                          operand._grad += upstream * x2

so that recording a node and pulling a gradient through it is one call each (`print(source(ops.multiply))` shows all
of it). Whatever is out of the ordinary (a mode is on, an operand is neither a Value nor a plain float or small int, a
number is outside of the domain) goes to the definition, which also words the errors: the fast engine has no behaviour
of its own, and the tests compare the two. CHAINRULE_ENGINE=definition in the environment, or `uninstall()`, leaves
the definition alone in place; so does the first subclass of Value, for this source says `type(a) is Value`.

An operation's functions are generated when it is first used: to generate all of them, and to import what prints them,
takes as long as the rest of the import.
"""

from __future__ import annotations

import functools
import keyword
import os
import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import Any

from . import ops
from .modes import modes
from .op import ARITHMETIC_ERRORS, Op, observe
from .operators import Operators
from .symbol import Call, Expression, Symbol
from .value import Value, local_derivatives

# The special methods, with the operands in order and reflected.
_INFIX = {
    ops.add: ("__add__", "__radd__"),
    ops.subtract: ("__sub__", "__rsub__"),
    ops.multiply: ("__mul__", "__rmul__"),
    ops.divide: ("__truediv__", "__rtruediv__"),
    ops.power: ("__pow__", "__rpow__"),
}
_PREFIX = {ops.negative: ("__neg__",), ops.positive: ("__pos__",), ops.absolute: ("__abs__",)}

Namespace = dict[str, Any]


# ---------------------------------------------------------------- a rule as source


class _Traced(Expression):
    """A symbol that notices when a rule decides by a number, as in `n and n * x**(n - 1)` or `0 if y == 0 else …`."""

    __slots__ = ()

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Call:
        return _TracedCall(op, arguments)

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no number to decide by")

    def __eq__(self, other: object) -> bool:
        raise TypeError("a symbol has no number to compare")

    __hash__ = object.__hash__


class _TracedSymbol(_Traced, Symbol):
    __slots__ = ()


class _TracedCall(_Traced, Call):
    __slots__ = ()


_OUT, _X1, _X2 = _TracedSymbol("out"), _TracedSymbol("x1"), _TracedSymbol("x2")

# What has a value for all floats, and so may stand in a branch of `where`: Python's `if` evaluates only one of the two.
_TOTAL = (ops.add, ops.subtract, ops.multiply, ops.negative, ops.positive, ops.greater, ops.where)


def _rule(op: Op, index: int, operands: tuple[Symbol, ...], namespace: Namespace) -> str:
    """The source of ∂out/∂operand; a call of the rule where its source would not do the same."""
    try:
        local = op.partials[index](_OUT, *operands)
        if all(_is_faithful(call, namespace) for call in _calls(local)):
            return _printed(local)
    except Exception:  # (a rule may do with a symbol whatever it likes: then it is called)
        pass
    namespace[f"rule_{index}"] = op.partials[index]
    return f"rule_{index}({', '.join(operand.label for operand in (_OUT, *operands))})"


def _printed(expression: Any) -> str:
    from .printers.python import python  # Not needed before something is generated, see above.

    return python(expression)


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
    return name.isidentifier() and not keyword.iskeyword(name) and name not in _LOCAL


def _calls(expression: Any) -> Iterator[Call]:
    if isinstance(expression, Call):
        yield expression
    inner = expression.arguments if isinstance(expression, Call) else expression if type(expression) is tuple else ()
    for argument in inner:
        yield from _calls(argument)


def _times(upstream: str, local: str) -> str:
    """upstream · local, without a factor 1."""
    binds_tightly = re.fullmatch(r"\w+(\([^()]*\))?", local)
    return upstream if local == "1" else f"{upstream} * {local if binds_tightly else f'({local})'}"


def _function(signature: str, body: str) -> str:
    lines = [line for line in body.splitlines() if line.strip()]
    return f"def {signature}:\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def _parameters(op: Op, names: tuple[str, ...]) -> str:
    """Any may be missing, and there may be more: it is the definition that says so."""
    defaults = [None] * (len(names) - len(op.defaults)) + list(op.defaults)
    return "".join(f"{name}={default!r}, " for name, default in zip(names, defaults, strict=True)) + "*more"


# ---------------------------------------------------------------- operations with one or two operands

_PLAIN = "type({0}) is float or type({0}) is int and -LIMIT < {0} < LIMIT"

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

_READ_INFIX = f"""
x1 = a.data
if type(b) is Value:
    x2 = b.data
elif {_PLAIN.format("b")}:
    x2 = b
else:
    return slow(a, b)
"""

_READ_REFLECTED = f"""
if {_PLAIN.format("a")}:
    x1, x2 = a, b.data
else:
    return slow_reflected(b, a)
"""

_READ_FUNCTION = """
if more or named:
    return slow(a, *more, **named)
x1 = a.data
"""


def _recorder(op: Op, signature: str, read: str, fallback: str) -> str:
    """The source of a function that records one node: `read` sets x1 (and x2), `fallback` is the slow way."""
    numbers = (_X1, _X2)[: op.arity]
    # `x1 + x2` itself where the forward function is nothing else: it saves a call.
    inline = op.forward.__module__ == "_operator" and (op in _INFIX or op in _PREFIX)
    body = f"""
if modes.active:
    return {fallback}
{read}
try:
    out = {_printed(op(*numbers)) if inline else f"forward({', '.join(x.label for x in numbers)})"}
except ERRORS:
    return {fallback}
if type(out) is not float:
    return {fallback}
node = new(Value)
node.data = node._out = out
node.op = this_op
node._grad = node._mark = None
node._first = a
node._x1 = x1
"""
    if op.arity == 2:
        body += "node._second = b\nnode._x2 = x2\n"
    return _function(signature, body + "return node")


def _record_source(op: Op) -> str:
    """`record(a, b)`: a function call with any operands; None where the definition has to do it."""
    names = ("a", "b")[: op.arity]
    return _recorder(op, f"record({_parameters(op, names)})", _READ_ONE if op.arity == 1 else _READ_TWO, "None")


def _method_sources(op: Op) -> dict[str, str]:
    """The same as methods of Value, where a call more would be felt."""
    if op in _INFIX:
        return {
            "method": _recorder(op, "method(a, b)", _READ_INFIX, "slow(a, b)"),
            "reflected": _recorder(op, "reflected(b, a)", _READ_REFLECTED, "slow_reflected(b, a)"),
        }
    if op in _PREFIX:
        return {"method": _recorder(op, "method(a)", "x1 = a.data", "slow(a)")}
    return {"method": _recorder(op, "method(a, *more, **named)", _READ_FUNCTION, "slow(a, *more, **named)")}


def _pull_lines(op: Op, namespace: Namespace) -> str:
    """For each operand that is a Value: upstream · local derivative into its gradient."""
    numbers = (_X1, _X2)[: op.arity]
    lines = ""
    for index, slot in enumerate(("_first", "_second")[: op.arity]):
        local = _rule(op, index, numbers, namespace)
        add = "".join(f"{x.label} = node._{x.label}\n" for x in (_OUT, *numbers) if x.label in local)
        add += f"operand._grad += {_times('upstream', local)}\n"
        # The operand of a function of one operand is a Value: else there would be no node.
        lines += f"operand = node.{slot}\n"
        lines += add if op.arity == 1 else "if type(operand) is Value:\n" + textwrap.indent(add, "    ")
    return lines


@functools.cache
def _sweep() -> Callable[[list[Value]], None]:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    namespace = {**_GLOBAL, "multiply": ops.multiply, "add": ops.add}
    body = f"""
for node in reversed(order):
    op, upstream = node.op, node._grad
    if op is multiply:
{textwrap.indent(_pull_lines(ops.multiply, namespace), " " * 8)}
    elif op is add:
{textwrap.indent(_pull_lines(ops.add, namespace), " " * 8)}
    else:
        pull = op.pull
        pull(node, upstream)
"""
    exec(_function("sweep(order)", body), namespace)  # (source from the table, never from data)
    sweep: Callable[[list[Value]], None] = namespace["sweep"]
    return sweep


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
    add_to[len({0})]({0}, {1}, upstream)
"""

_PULL_SINGLE = """
if type({0}) is Value:
    {0}._grad += {1}
"""


def _data_of(items: tuple[Value, ...]) -> tuple[float, ...]:
    """The numbers of Values; AttributeError if one of them is a plain number."""
    return tuple([item.data for item in items])


def _data_of_source(count: int) -> str:
    names = [f"v{i}" for i in range(count)]
    body = f"{''.join(f'{v}, ' for v in names)} = items\nreturn ({''.join(f'{v}.data, ' for v in names)})"
    return _function("data_of(items)", body)


def _add_to(operands: tuple[Value, ...], locals_: tuple[float, ...], upstream: float) -> None:
    """upstream · local derivative into the gradient of each operand."""
    for operand, local in zip(operands, locals_, strict=True):
        operand._grad += upstream * local


def _add_to_source(count: int) -> str:
    names = [(f"v{i}", f"x{i}") for i in range(count)]
    body = f"{''.join(f'{v}, ' for v, _ in names)} = operands\n{''.join(f'{x}, ' for _, x in names)} = locals_\n"
    body += "".join(f"{v}._grad += upstream * {x}\n" for v, x in names)
    return _function("add_to(operands, locals_, upstream)", body)


class _WrittenOut(dict[int, Callable[..., Any]]):
    """length → a function over lists of so many items, its loop written out: half the time in Python 3.11. (A long
    list gets the loop itself: nothing is gained beyond what the interpreter holds at hand.)"""

    def __init__(self, loop: Callable[..., Any], source: Callable[[int], str]) -> None:
        self.loop, self.source = loop, source

    def __missing__(self, count: int) -> Callable[..., Any]:
        function = self.loop
        if count <= 64:
            namespace: Namespace = {}
            exec(self.source(count), namespace)  # (source from a number)
            function = namespace[self.loop.__name__.strip("_")]
        self[count] = function
        return function


def _are_small(items: tuple[Any, ...]) -> bool:
    """Whether all are plain numbers that the definition would take as they are."""
    return all(type(item) is float or type(item) is int and -_LIMIT < item < _LIMIT for item in items)


def _record_lists_source(op: Op) -> str:
    """`record` for dot, sum, mean, …; only where each list holds nothing but Values, or nothing but
    numbers, and one of them Values: the usual case."""
    names = op.operand_names
    reading = "".join(
        (_READ_LIST if many else _READ_SINGLE).format(name) for name, many in zip(names, op.is_list, strict=True)
    )
    first, *others = (name for name, many in zip(names, op.is_list, strict=True) if many)
    numbers = "".join(f"{name}_numbers, " for name in names)
    body = f"""
if modes.active:
    return None
has_values = False
try:
{textwrap.indent(reading, "    ")}
    if more or not has_values{"".join(f" or len({name}) != len({first})" for name in others)}:
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
    adding = ""
    for index, (name, many) in enumerate(zip(names, op.is_list, strict=True)):
        local = _rule(op, index, numbers, namespace)
        adding += _PULL_LIST.format(name, local) if many else _PULL_SINGLE.format(name, _times("upstream", local))
    body = f"""
if node._second is not UNIFORM:
    return pull_by_rules(node, upstream)
{"out = node._out" if "out" in adding else ""}
{"".join(f"{name}, " for name in names)} = node._first
{"".join(f"{x.label}, " for x in numbers)} = node._x1
{adding}
"""
    return _function("pull(node, upstream)", body)


# ---------------------------------------------------------------- backward


def _sort(root: Value) -> tuple[list[Value], list[Value], list[tuple[Value, Any]]]:
    """Inner nodes in topological order, the leaves, and the inner nodes' gradients of older passes.

    The order is the definition's, of `topological_order`, so that shared gradients are summed in the same order. But
    a way down along first operands is followed in one go: `way` holds its nodes, and `pending` the other operands,
    each list with the length the way had where it branches off. When the next of them is taken up, all that lies
    beyond that length is complete. A list that was visited to its end is not opened again: the inputs of a layer are
    one tuple, shared by all of its neurons, and so are a neuron's weights by all samples.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    older: list[tuple[Value, Any]] = []
    way: list[Value] = []
    visited: set[int] = set()
    top: tuple[Any, ...] = (root,)
    pending: list[tuple[Iterator[Any], int, Any]] = [(iter(top), 0, top)]

    while pending:
        operands, length, listed = branch = pending[-1]
        for node in operands:
            if type(node) is not Value or node._mark is done:
                continue
            while len(way) > length:
                order.append(way.pop())
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
                            pending.append((iter((second,)), len(way), second))
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
                            pending.append((iter((operand,)), len(way), operand))
                    break
            if pending[-1] is not branch:
                break
        else:
            pending.pop()
            visited.add(id(listed))
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

# What generated source refers to.
_GLOBAL: Namespace = {
    "Value": Value,
    "new": Value.__new__,
    "modes": modes,
    "ERRORS": (*ARITHMETIC_ERRORS, TypeError),  # TypeError: `data` was set to something that is no number
    # An item that has no `data`, or a strange one (a NumPy scalar has a buffer there), shows as one of these.
    "UNUSUAL": (*ARITHMETIC_ERRORS, AttributeError, TypeError),
    "UNIFORM": "each list holds nothing but Values, or nothing but numbers",
    "FLOAT": {float},
    "LIMIT": _LIMIT,
    "are_small": _are_small,
    "data_of": _WrittenOut(_data_of, _data_of_source),
    "add_to": _WrittenOut(_add_to, _add_to_source),
    "pull_by_rules": _pull_by_rules,
}

# Names of the table must be others than these.
_LOCAL = {
    *_GLOBAL, "a", "b", "forward", "float", "has_values", "int", "len", "list", "map", "method", "more", "named",
    "node", "operand", "out", "pull", "record", "reflected", "rule_0", "rule_1", "slow", "slow_reflected", "this_op",
    "tuple", "type", "upstream", "x1", "x2",
}  # fmt: skip

_define_backward = Value.backward
_observed: list[Op] = []
_owner: dict[str, Op] = {}  # The operation that a method of Value means: the latest of that name.
_methods: set[str] = set()
_installed = False


def install() -> None:
    """Put the generated engine in place (done at import)."""
    global _installed
    if not _installed and not Value.__subclasses__():
        _installed = True
        Value.backward = _backward  # type: ignore[method-assign]
        Value.__init_subclass__ = classmethod(lambda cls: uninstall())  # type: ignore[assignment]
        for op in _observed:
            op.record = functools.partial(_first_use, op)


def uninstall() -> None:
    """Take the generated engine out: the definition in `value.py` does everything, more slowly."""
    global _installed
    if not _installed:
        return
    _installed = False
    Value.backward = _define_backward  # type: ignore[method-assign]
    for name in _methods | {"__init_subclass__"}:
        delattr(Value, name)
    _methods.clear()
    for op in _observed:
        op.record = None


def source(op: Op) -> str:
    """The generated source of an operation; empty if it has none.

    >>> record, pull, method = source(ops.log).split("\\n\\n")
    >>> print(pull)
    def pull(node, upstream):
        operand = node._first
        x1 = node._x1
        operand._grad += upstream * (1 / x1)
    """
    return "\n".join(_sources(op, dict(_GLOBAL)).values())


def _observe(op: Op) -> None:
    _observed.append(op)
    _owner[op.name] = op
    if op.name in _methods:
        _methods.discard(op.name)
        delattr(Value, op.name)
    op.pull = _pull_by_rules
    if _installed:
        op.record = functools.partial(_first_use, op)


def _first_use(op: Op, *operands: Any) -> Any:
    """Stands in for `op.record` until it is generated."""
    _generate(op)
    return op.record(*operands) if op.record else None


def _generate(op: Op) -> None:
    """Make the fast functions of one operation; operations with three and more operands have none."""
    op.record = None
    namespace = {**_GLOBAL, "this_op": op, "forward": op.forward}
    sources = _sources(op, namespace)
    names = _method_names(op)
    for name, slow in zip(names, ("slow", "slow_reflected"), strict=False):
        namespace[slow] = getattr(Operators, name)
    exec("\n".join(sources.values()), namespace)  # (source from the table, never from data)
    if sources:
        op.record, op.pull = namespace["record"], namespace["pull"]
    for name, function in zip(names, ("method", "reflected"), strict=False):
        method, definition = namespace[function], getattr(Operators, name)
        method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", definition.__doc__
        method.__module__ = Value.__module__
        setattr(Value, name, method)
        _methods.add(name)


def _method_names(op: Op) -> tuple[str, ...]:
    if op in _INFIX:
        return _INFIX[op]
    if op in _PREFIX:
        return _PREFIX[op]
    is_taken = _owner.get(op.name) is not op or op.name in vars(Value).keys() - _methods
    return () if op.arity != 1 or is_taken else (op.name,)


def _sources(op: Op, namespace: Namespace) -> dict[str, str]:
    """The generated functions of an operation; what they refer to is put into `namespace`."""
    if op.arity is None:
        if not all(map(_is_free, op.operand_names)):
            return {}
        return {"record": _record_lists_source(op), "pull": _pull_lists_source(op, namespace)}
    if op.arity > 2:
        return {}
    pull = _function("pull(node, upstream)", _pull_lines(op, namespace))
    return {"record": _record_source(op), "pull": pull, **(_method_sources(op) if _method_names(op) else {})}


observe(_observe)
if os.environ.get("CHAINRULE_ENGINE") != "definition":
    install()
