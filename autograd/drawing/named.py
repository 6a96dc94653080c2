"""The named view of a graph on cards and arrows: formulas in the names of the labelled nodes, composite derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import SlopeError
from ..printers.abridged import abridged
from ..printers.runs import Run, joined, label_runs, runs
from ..views import View
from .metrics import LABEL, NAME
from .recorded import slope_formulas, slope_label, slopes_of
from .scene import cut, name_runs
from .wrapping import wrapped

# A formula on a card: points, and lines. What stands on an edge: points, and characters.
_WIDEST, _MOST_LINES = 260.0, 3
_WIDEST_LABEL, _LONGEST_LABEL = 240.0, 80


class NamedView:
    """How the nodes of a view are written: what lies between them is part of their formulas and derivatives."""

    def __init__(self, view: View, digits: int) -> None:
        self.nodes = view.nodes
        self._view = view
        self._digits = digits

    def name(self, node: Any) -> str:
        """The label of a shown node, or its v_i."""
        return self._view.name(node)

    def lines(self, node: Any) -> list[tuple[Run, ...]]:
        """`L = ½((y₁ − t₁)² + (y₂ − t₂)²)`, as it stands on a card: in lines, and of a long one the beginning."""
        whole = [*name_runs(self.name(node)), *cut(self._formula(node, abridged))]
        lines = [line.runs for line in wrapped(whole, _WIDEST, NAME)]
        if len(lines) > _MOST_LINES:
            return [*lines[: _MOST_LINES - 1], (Run("…"),)]
        return lines

    def written(self, node: Any) -> str:
        """The same as text, whole."""
        return joined([*label_runs(self.name(node)), *self._formula(node)])

    def _formula(self, node: Any, change: Callable[[Any], Any] = lambda formula: formula) -> list[Run]:
        return [] if node.op is None else [Run(" = "), *runs(change(self._view.formula(node)), self._digits)]

    def edges(self, node: Any) -> list[tuple[Any, list[tuple[Run, ...]], str]]:
        """One edge per shown node that is used: its parent, the lines of its label, its title."""
        found = []
        for parent, formula, slope in self._derivatives(node):
            names = self.name(node), self.name(parent)
            label, title = slope_label(*names, formula, slope, self._digits, _LONGEST_LABEL)
            found.append((parent, [line.runs for line in wrapped(label, _WIDEST_LABEL, LABEL)], title))
        return found

    def _derivatives(self, node: Any) -> list[tuple[Any, Any, float | None]]:
        """Each parent with the derivative as a formula and as a number, or with neither where it does not exist."""
        try:
            return [(edge.parent, edge.derivative, edge.slope) for edge in self._view.edges(node)]
        except SlopeError:
            parents = self._view.parents(node)
        if parents != list(node.parents):
            return [(parent, None, None) for parent in parents]
        # Not all of the operands need be to blame: (-2)**n has a slope in its base.
        formulas = slope_formulas(node, {id(each): self.name(each) for each in (node, *parents)})
        return list(zip(parents, formulas, slopes_of(node), strict=True))
