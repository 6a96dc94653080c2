"""The table read on symbols: what a node's operation says, and the rules of its local derivatives.

>>> from autograd import Value
>>> from autograd.printers.text import text
>>> x = Value(3.0, label="x")
>>> square = x * x
>>> text(operation(square, lambda node: node.label))
'x·x'
>>> [text(each) for each in local_formulas(square, lambda node: Symbol(node.label))]
['x', 'x']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

from . import ops
from .constants import neat
from .errors import AutogradError
from .op import TABLE, Op, is_node, mapped
from .simplify import Power, Product, Sum, simplify
from .symbol import Call, Symbol, read

_KEPT = ("infix", "fraction", "power")


def local_formulas(node: Any, written: Callable[[Any], Any]) -> list[Any]:
    """∂node/∂parent for each parent of a node, with repeats, simplified; None where a rule is no formula.

    `written` says how a node is written: as a symbol, or as an expression.
    """
    out, operands = written(node), mapped(written, node.arguments)
    if node.op is not None and TABLE.get(node.op.name) is node.op:
        operands = tuple(_as_written(node.op, operand) for operand in operands)
    locals_ = by_parent(node.arguments, lambda index: read(node.op.partials[index], out, *operands))
    return [None if local is None else simplify(local) for local in locals_]


def formulas_or_numbers(node: Any, written: Callable[[Any], Any]) -> list[Any]:
    """The same with the number in place of a formula where there is none; raises SlopeError if that is missing, too."""
    formulas = local_formulas(node, written)
    if all(formula is not None for formula in formulas):
        return formulas
    slopes = node.local_gradient()
    return [simplify(slope) if formula is None else formula for formula, slope in zip(formulas, slopes, strict=True)]


def _as_written(op: Op | None, operand: Any) -> Any:
    """A number as the rules of the table compute with it: as the decimal that it is written as, not as its float.

    So n − 1 is 0.01 for n = 1.01, and 1/b, which is left to `simplify`, is 10³⁰⁰ for b = 10⁻³⁰⁰.
    """
    number = neat(operand) if isinstance(operand, float) else operand
    return Call(ops.positive, (number,)) if op is ops.divide and isinstance(number, float) else number


def applied(op: Op, operands: Sequence[Any]) -> Any:
    """An operation on simplified operands; where they are numbers for which it has no value, as it is written: 1/0."""
    try:
        return op(*operands)
    except AutogradError:
        return Call(op, tuple(operands))


def by_parent(arguments: Sequence[Any], partial: Callable[[int], Any]) -> list[Any]:
    """partial(index) of each argument that is a node, lists opened: one for every parent, None where it is None."""
    found: list[Any] = []
    for index, argument in enumerate(arguments):
        items = argument if isinstance(argument, tuple) else (argument,)
        is_parent = list(map(is_node, items))
        if any(is_parent):
            local = partial(index)
            opened = local if isinstance(argument, tuple) and local is not None else (local,) * len(items)
            found += compress(opened, is_parent)
    return found


def operation(node: Any, name: Callable[[Any], str]) -> Any:
    """A node's operation in the names of its operands, simplified as little as it was recorded: x·x and x·1 stay."""
    operands = simplify(mapped(lambda operand: _Operand(name(operand)), node.arguments))
    simple = simplify(node.op(*operands))
    # x·1 is x, but the operation is what is to be seen.
    if node.op.notation.shape in _KEPT and not isinstance(simple, (Sum, Product, Power, Call)):
        return Power(*operands) if node.op is ops.power else Call(node.op, operands)
    return simple


class _Operand(Symbol):
    """A symbol that equals only itself: x·x stays x·x, as it was recorded, and is not written as x²."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other
