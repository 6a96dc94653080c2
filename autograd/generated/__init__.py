"""The fast engine: functions generated from the table, equal to the definition in `value.py`.

The rules of an operation are read on symbols and printed as Python source, for the forward and the backward pass:

    def record(a, b):                        def pull(node, upstream):
        x1, x2 = a._data, b._data                operand = node._first
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
import os
from typing import Any

from ..op import Op, observe
from ..operators import Operators
from ..value import Value
from .backward import backward, define_backward
from .lists import GLOBAL, pull_by_rules, pull_lists_source, record_lists_source
from .rules import Namespace, function, is_free
from .singles import INFIX, PREFIX, method_sources, pull_lines, record_source

_observed: list[Op] = []
_owner: dict[str, Op] = {}  # The operation that a method of Value means: the latest of that name.
_methods: set[str] = set()
_installed = False


def install() -> None:
    """Put the generated engine in place (done at import)."""
    global _installed
    if not _installed and not Value.__subclasses__():
        _installed = True
        Value.backward = backward  # type: ignore[method-assign]
        Value.__init_subclass__ = classmethod(_give_way)  # type: ignore[assignment]
        for op in _observed:
            op.record = functools.partial(_first_use, op)


def _give_way(kind: type[Value], /, **named: Any) -> None:
    """A subclass of Value was defined: the generated source, which asks for `type(a) is Value`, would not see it."""
    uninstall()
    super(Value, kind).__init_subclass__(**named)


def uninstall() -> None:
    """Take the generated engine out: the definition in `value.py` does everything, more slowly."""
    global _installed
    if not _installed:
        return
    _installed = False
    Value.backward = define_backward  # type: ignore[method-assign]
    for name in _methods | {"__init_subclass__"}:
        delattr(Value, name)
    _methods.clear()
    for op in _observed:
        op.record = None


def source(op: Op) -> str:
    """The generated source of an operation; empty if it has none.

    >>> from autograd import ops
    >>> record, pull, method = source(ops.log).split("\\n\\n")
    >>> print(pull)
    def pull(node, upstream):
        operand = node._first
        x1 = node._x1
        operand._grad += upstream * (1 / x1)
    """
    return "\n".join(_sources(op, dict(GLOBAL)).values())


def _observe(op: Op) -> None:
    _observed.append(op)
    _owner[op.name] = op
    if op.name in _methods:
        _methods.discard(op.name)
        delattr(Value, op.name)
    op.pull = pull_by_rules
    if _installed:
        op.record = functools.partial(_first_use, op)


def _first_use(op: Op, *operands: Any) -> Any:
    """Stands in for `op.record` until it is generated."""
    _generate(op)
    return op.record(*operands) if op.record else None


def _generate(op: Op) -> None:
    """Make the fast functions of one operation; operations with three and more operands have none."""
    op.record = None
    namespace = {**GLOBAL, "this_op": op, "forward": op.forward}
    sources = _sources(op, namespace)
    names = _method_names(op)
    for name, slow in zip(names, ("slow", "slow_reflected"), strict=False):
        namespace[slow] = getattr(Operators, name)
    exec("\n".join(sources.values()), namespace)  # (source from the table, never from data)
    if sources:
        op.record, op.pull = namespace["record"], namespace["pull"]
    for name, made in zip(names, ("method", "reflected"), strict=False):
        method, definition = namespace[made], getattr(Operators, name)
        method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", definition.__doc__
        method.__module__ = Value.__module__
        setattr(Value, name, method)
        _methods.add(name)


def _method_names(op: Op) -> tuple[str, ...]:
    if op in INFIX:
        return INFIX[op]
    if op in PREFIX:
        return PREFIX[op]
    is_taken = _owner.get(op.name) is not op or op.name in vars(Value).keys() - _methods
    return () if op.arity != 1 or is_taken else (op.name,)


def _sources(op: Op, namespace: Namespace) -> dict[str, str]:
    """The generated functions of an operation; what they refer to is put into `namespace`."""
    if op.arity is None:
        if not all(map(is_free, op.operand_names)):
            return {}
        return {"record": record_lists_source(op), "pull": pull_lists_source(op, namespace)}
    if op.arity > 2:
        return {}
    pull = function("pull(node, upstream)", pull_lines(op, namespace))
    return {"record": record_source(op), "pull": pull, **(method_sources(op) if _method_names(op) else {})}


observe(_observe)
if os.environ.get("CHAINRULE_ENGINE") != "definition":
    install()
