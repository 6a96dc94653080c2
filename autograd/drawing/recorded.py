"""A graph as it was recorded: every node, with its own operation, and an edge for every operand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import notation
from ..errors import SlopeError
from ..graph import names
from ..op import ARITHMETIC_ERRORS
from ..ops import where
from ..printers.runs import Run, joined, label_runs, runs, shown
from ..symbol import Expression, Symbol
from ..symbolic import by_parent, local_formulas, operation
from .scene import cut, name_runs

# Longer formulas are left to the derivation; in a picture they hide more than they show.
_LONGEST_TITLE, _LONGEST_LABEL = 26, 26


class RecordedView:
    """How the nodes of a topological order are written, each by its own operation.

    Raises LabelError if two nodes have one label and `unique` is set.
    """

    def __init__(self, order: Sequence[Any], digits: int, *, unique: bool) -> None:
        self.nodes = order
        self._digits = digits
        self._name_of = names(order, unique=unique)

    def name(self, node: Any) -> str:
        """The label of a node, or its v_i."""
        return self._name_of[id(node)]

    def lines(self, node: Any) -> list[tuple[Run, ...]]:
        """The label with the operation behind it, as they stand on a card."""
        return [(*name_runs(self.name(node)), *self._formula(node))]

    def written(self, node: Any) -> str:
        """The same as text, with the whole label."""
        return joined((*label_runs(self.name(node)), *self._formula(node)))

    def edges(self, node: Any) -> list[tuple[Any, list[tuple[Run, ...]], str]]:
        """One edge per operand that is a Value, so that x·x has two: its parent, its label, its title."""
        if node.op is None:
            return []
        formulas = slope_formulas(node, self._name_of)
        labels = [
            slope_label(self.name(node), self.name(parent), formula, slope, self._digits, _LONGEST_LABEL)
            for parent, slope, formula in zip(node.parents, slopes_of(node), formulas, strict=True)
        ]
        return [(parent, [label], title) for parent, (label, title) in zip(node.parents, labels, strict=True)]

    def _formula(self, node: Any) -> tuple[Run, ...]:
        """` = σ(a₁)`: the operation in terms of its operands' names, or its sign alone where that would be long."""
        if node.op is None:
            return ()
        formula = cut(runs(operation(node, lambda operand: self._name_of[id(operand)]), self._digits))
        if len(joined(formula)) > _LONGEST_TITLE:
            formula = _sign(node, self._name_of, self._digits)
        return (Run(" = "), *formula)


def slope_label(
    child: str, parent: str, formula: Any, slope: float | None, digits: int, longest: int
) -> tuple[tuple[Run, ...], str]:
    """What stands on an edge, and its title: the formula of the local derivative, and its number.

    A formula of more than `longest` characters is left out of the label; `slope` is None where there is none.
    """
    number = shown(slope, digits) if slope is not None else "no slope here"
    written = runs(formula, digits) if formula is not None else [Run(number)]
    if getattr(formula, "op", None) is where:
        written = [Run("("), *written, Run(")")]  # (1 if x > 0 else 0) = 1
    is_number = not isinstance(formula, Expression)
    whole = joined(written)
    label = (*written, Run(f" = {number}")) if len(whole) <= longest and not is_number else (Run(number),)
    exact = number if slope is None else f"{slope!r}"
    local = f"∂{notation.text(child)}/∂{notation.text(parent)}"
    return label, f"{local} = {exact if is_number else f'{whole} = {exact}'}"


def _sign(node: Any, name_of: dict[int, str], digits: int) -> list[Run]:
    """What is left of a long formula: `Σ wᵢxᵢ + b`, `Σ (12 terms)`, `max(…)`."""
    shape, sign = node.op.notation.shape, node.op.notation.text
    if shape == "dot":
        bias = node.arguments[2]
        if id(bias) in name_of:
            added = [Run(" + "), *cut(label_runs(name_of[id(bias)]))]
        else:
            added = [Run(f" {'−' if bias < 0 else '+'} {shown(abs(bias), digits)}")] if bias else []
        return [Run("Σ "), Run("w", "name"), Run("i", "sub"), Run("x", "name"), Run("i", "sub"), *added]
    if shape == "sum":
        return [Run(f"{sign} ({len(node.arguments[0])} terms)")]
    between = f"…{sign}…"
    short = {"infix": f"… {sign} …", "fraction": between, "power": between, "bars": "|…|", "cases": "… if … else …"}
    return [Run(short.get(shape, f"{sign}(…)"))]


def slopes_of(node: Any) -> list[Any]:
    """The local derivatives as numbers; None where there is none (sqrt at 0)."""
    try:
        return list(node.local_gradient())
    except SlopeError:  # Not all of the operands need be to blame: (-2)**n has a slope in its base.
        return by_parent(node.arguments, lambda index: _partial(node, index))


def _partial(node: Any, index: int) -> Any:
    try:
        return node.op.partial(index, node.data, node.numbers, node.arguments)
    except ARITHMETIC_ERRORS:
        return None


def slope_formulas(node: Any, name_of: dict[int, str]) -> list[Any]:
    """The local derivatives as symbols, in the order of the parents; None where the rule itself says there is none."""
    return local_formulas(node, lambda each: Symbol(name_of[id(each)]))
