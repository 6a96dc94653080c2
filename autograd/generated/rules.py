"""A rule of the table as source: read on symbols, and printed where the source does the same as the rule."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from .. import ops
from ..op import Op
from ..symbol import Call, Expression, Symbol, read

Namespace = dict[str, Any]
LIMIT = 1 << 63  # Integers beyond it go to the definition.
# Names of the table must be others than these.
RESERVED = {
    "compute_again", "float", "forward", "int", "isinstance", "kind", "len", "list", "local", "map", "more", "node",
    "operand", "other", "out", "pull", "record", "rule_0", "rule_1", "rule_2", "self", "slow",
    "slow_reflected", "this_op", "tuple", "type", "upstream", "x1", "x2", "x3",
}  # fmt: skip


class _Traced(Expression):
    """A symbol that notices when a rule decides by a number, as in `0 if n == 0 else n * x**(n - 1)`."""

    __slots__ = ()

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """The source of `a if condition else b`, of which only one is ever computed."""
        call = ops.where(condition, a, b)
        call.computes_one = True
        return call

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Call:
        return _TracedCall(op, arguments)

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no number to decide by")

    def __eq__(self, other: object) -> bool:
        raise TypeError("a symbol has no number to compare")

    __hash__ = object.__hash__


class TracedSymbol(_Traced, Symbol):
    __slots__ = ()


class _TracedCall(_Traced, Call):
    __slots__ = ("computes_one",)


OUT = TracedSymbol("out")

# What has a value for all floats, and so may stand in a branch of `where`: Python's `if` evaluates only one of the two.
_TOTAL = (ops.add, ops.subtract, ops.multiply, ops.negative, ops.positive, ops.greater, ops.where)


def rule_source(op: Op, index: int, operands: tuple[Symbol, ...], namespace: Namespace) -> str:
    """The source of ∂out/∂operand; a call of the rule where its source would not do the same."""

    def source() -> str | None:
        local = op.partials[index](OUT, *operands)
        return printed(local) if all(_is_faithful(call, namespace) for call in _calls(local)) else None

    if written := read(source):
        return str(written)
    namespace[f"rule_{index}"] = op.partials[index]
    return f"rule_{index}({', '.join(operand.label for operand in (OUT, *operands))})"


def printed(expression: Any) -> str:
    from ..printers.python import python  # Not needed before something is generated.

    return python(expression)


def _is_faithful(call: Call, namespace: Namespace) -> bool:
    """Whether the source of a call does what the call does."""
    if call.op.notation.shape == "cases" and not hasattr(call, "computes_one"):
        return all(inner.op in _TOTAL for branch in call.arguments[1:] for inner in _calls(branch))
    if call.op.notation.python:
        return True
    # A printed name means the forward function of this very operation, or the rule is not printed.
    name, forward = call.op.name, call.op.forward
    return is_free(name) and namespace.setdefault(name, forward) is forward


def is_free(name: str) -> bool:
    """Whether a name from the table can be a name in generated source."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED


def _calls(expression: Any) -> Iterator[Call]:
    if isinstance(expression, Call):
        yield expression
    inner = expression.arguments if isinstance(expression, Call) else expression if type(expression) is tuple else ()
    for argument in inner:
        yield from _calls(argument)


def times(upstream: str, local: str) -> str:
    """upstream · local, without a factor 1."""
    binds_tightly = re.fullmatch(r"\w+(\([^()]*\))?", local)
    return upstream if local == "1" else f"{upstream} * {local if binds_tightly else f'({local})'}"


def function(signature: str, body: str) -> str:
    lines = [line for line in body.splitlines() if line.strip()]
    return f"def {signature}:\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def parameters(op: Op, names: tuple[str, ...]) -> str:
    """Any may be missing, and there may be more: it is the definition that says so."""
    defaults = [None] * (len(names) - len(op.defaults)) + list(op.defaults)
    return "".join(f"{name}={default!r}, " for name, default in zip(names, defaults, strict=True)) + "*more"
