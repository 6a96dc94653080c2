"""Symbols: the third kind of operand. Applying an operation to a symbol writes an expression down.

>>> from autograd.ops import sigmoid
>>> x, y = Symbol("x"), Symbol("y")
>>> sigmoid.partials[0](y, x)
y * (1 - y)

An expression is kept as it was written, operation by operation; `simplify` in `simplify.py` makes of it what a person
would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .op import Op
from .operators import Operators


class Expression(Operators):
    """A symbol or an operation applied to symbols and numbers. Plain numbers stay numbers."""

    __slots__ = ()

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Call:
        """Apply `op`: write the call down."""
        for argument in arguments:
            if not isinstance(argument, tuple) and not isinstance(argument, Expression):
                op.number(argument)
        return Call(op, arguments)

    def __repr__(self) -> str:
        from .printers.python import python  # The printers stand on this module.

        return python(self)


class Symbol(Expression):
    """A named unknown; `label` is written in the grammar of `notation.py`."""

    __slots__ = ("label",)

    def __init__(self, label: str) -> None:
        self.label = label

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.label == self.label

    def __hash__(self) -> int:
        return hash(self.label)


class Call(Expression):
    """An operation applied to arguments: expressions, numbers, and tuples of them."""

    __slots__ = ("op", "arguments")

    def __init__(self, op: Op, arguments: tuple[Any, ...]) -> None:
        self.op = op
        self.arguments = arguments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and other.op is self.op and other.arguments == self.arguments

    def __hash__(self) -> int:
        return hash((self.op.name, self.arguments))


def symbols(expression: Any) -> Iterator[Symbol]:
    """Every occurrence of a symbol, from left to right."""
    stack = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, Symbol):
            yield item
        elif isinstance(item, Call):
            stack.extend(reversed(item.arguments))
        elif isinstance(item, tuple):
            stack.extend(reversed(item))


def read(rule: Callable[..., Any], *operands: Any) -> Any:
    """A rule applied to symbols; None where that is no formula.

    >>> import math
    >>> read(math.cos, Symbol("x")) is None
    True
    """
    try:
        return rule(*operands)
    except Exception:  # A rule from outside may do with a symbol whatever it likes (`math.cos(x)`, `if x > 0`).
        return None
