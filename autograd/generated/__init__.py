"""The fast engine: functions generated from the table, equal to the definition in `value.py`.

The rules of an operation are read on symbols and printed as Python source, for the forward and the backward pass:

    def __mul__(self, other):                def pull(node, upstream):
        x1, x2 = self._data, other._data         operand = node._first
        out = x1 * x2                            if isinstance(operand, Value):
        node = new(kind)                             x2 = node._x2
        ...                                          operand._grad += upstream * x2

so that recording a node and pulling a gradient through it is one call each (`print(source(ops.multiply))` shows all
of it; so do `inspect.getsource`, tracebacks and debuggers). Whatever is out of the ordinary (an anomaly is hunted, an
operand is neither a Value nor a plain float or small int, a number is outside of the domain) goes to the definition,
which also words the errors: the fast engine has no behaviour of its own, and the tests compare the two.
CHAINRULE_ENGINE=definition in the environment, or `uninstall()`, leaves the definition alone in place.

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
from .again import forward, value_at
from .backward import backward, gradients, zero_grad
from .copying import deepcopy
from .lists import (
    GLOBAL,
    compute_by_definition,
    compute_lists_source,
    pull_by_rules,
    pull_lists_source,
    record_lists_source,
)
from .loading import load
from .rules import Namespace, function, is_free
from .singles import INFIX, PREFIX, compute_source, method_sources, own_names, pull_lines, record_source

# The passes over whole graphs, and what the definition has in their place.
PASSES: dict[str, Any] = {
    "backward": backward, "zero_grad": zero_grad, "forward": forward, "__deepcopy__": deepcopy,
    "_gradients": gradients, "_value_at": value_at,
}  # fmt: skip
DEFINED: dict[str, Any] = {name: getattr(Value, name) for name in PASSES}

_observed: list[Op] = []
_owner: dict[str, Op] = {}  # The operation that a method of Value means: the latest of that name.
_methods: dict[str, Any] = {}  # What was put on Value; users may have put something of theirs in its place.
_installed = False


def install() -> None:
    """Put the generated engine in place (done at import)."""
    global _installed
    if _installed:
        return
    _installed = True
    for name, method in PASSES.items():
        functools.update_wrapper(method, DEFINED[name])
        del method.__wrapped__  # or the definition's source would be shown for it
        _put(name, method)
    for op in _observed:
        op.record = functools.partial(_first_use, op)


def uninstall() -> None:
    """Take the generated engine out: the definition in `value.py` does everything, more slowly."""
    global _installed
    if not _installed:
        return
    _installed = False
    for name in list(_methods):
        _take(name)
    for op in _observed:
        op.record = None


def _put(name: str, method: Any) -> None:
    """Put a method on Value, unless a user has put one of that name there."""
    ours = _methods.get(name) or DEFINED.get(name) or getattr(Operators, name)
    if getattr(Value, name) in (ours, method):
        _methods[name] = method
        setattr(Value, name, method)


def _take(name: str) -> None:
    method = _methods.pop(name)
    if vars(Value).get(name) is method:
        delattr(Value, name)
        if name in DEFINED and not hasattr(Value.__base__, name):
            setattr(Value, name, DEFINED[name])


def source(op: Op) -> str:
    """The generated source of an operation; empty if it has none.

    >>> from autograd import ops
    >>> record, pull, again, method = source(ops.log).split("\\n\\n")
    >>> print(pull)
    def pull(node, upstream):
        operand = node._first
        x1 = node._x1
        operand._grad += upstream * (1 / x1)
    """
    names = _method_names(op)
    return "\n".join([*_sources(op, dict(GLOBAL)).values(), *(method_sources(op, names).values() if names else ())])


def _observe(op: Op) -> None:
    _observed.append(op)
    _owner[op.name] = op
    if op.name in _methods and op.name not in DEFINED:
        _take(op.name)
    op.pull, op.compute_again = pull_by_rules, compute_by_definition
    if _installed:
        op.record = functools.partial(_first_use, op)


def _first_use(op: Op, *operands: Any) -> Any:
    """Stands in for `op.record` until it is generated."""
    _generate(op)
    return op.record(*operands) if op.record else None


def _generate(op: Op) -> None:
    """Make the fast functions of one operation."""
    op.record = None
    namespace = {**GLOBAL, "this_op": op, "forward": op.forward}
    sources = _sources(op, namespace)
    if not sources:
        return
    load("\n".join(sources.values()), op.name, namespace)
    op.record, op.pull, op.compute_again = (namespace[name] for name in ("record", "pull", "compute_again"))
    names = _method_names(op)
    if names:
        _generate_methods(op, names)


def _generate_methods(op: Op, names: tuple[str, ...]) -> None:
    """In a namespace of their own: in that of the rules, `sigmoid` is the function of a number."""
    namespace = {**GLOBAL, "this_op": op, "forward": op.forward}
    for name, slow in zip(names, ("slow", "slow_reflected"), strict=False):
        namespace[slow] = getattr(Operators, name)
    load("\n".join(method_sources(op, names).values()), f"methods of {op.name}", namespace)
    for name in names:
        method, definition = namespace[name], getattr(Operators, name)
        method.__qualname__, method.__doc__ = f"Value.{name}", definition.__doc__
        method.__module__ = Value.__module__
        _put(name, method)


def _method_names(op: Op) -> tuple[str, ...]:
    if op in INFIX:
        return INFIX[op]
    if op in PREFIX:
        return PREFIX[op]
    is_method = _owner.get(op.name) is op and op.name not in DEFINED and hasattr(Operators, op.name)
    keeps_names = own_names(op) == op.operand_names  # for calls by keyword
    return (op.name,) if is_method and op.arity is not None and is_free(op.name) and keeps_names else ()


def _sources(op: Op, namespace: Namespace) -> dict[str, str]:
    """The generated functions of an operation; what they refer to is put into `namespace`."""
    if op.arity is None:
        if not all(map(is_free, op.operand_names)):
            return {}
        return {
            "record": record_lists_source(op),
            "pull": pull_lists_source(op, namespace),
            "compute_again": compute_lists_source(op),
        }
    pull = function("pull(node, upstream)", pull_lines(op, namespace))
    return {"record": record_source(op), "pull": pull, "compute_again": compute_source(op)}


observe(_observe)
if os.environ.get("CHAINRULE_ENGINE") != "definition":
    install()
