"""How nodes, formulas and paths are called in a sentence, each with the number that it has now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .. import notation
from ..printers.runs import shown
from ..printers.text import text
from ..symbol import Expression
from .programs import number_of

if TYPE_CHECKING:
    from ..value import Value
    from .points import Scene

LONGEST = 80  # characters of a formula within a sentence


class Words:
    """The names, formulas and numbers of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def name(self, node: Value) -> str:
        """The node as its label is written, or its formula if it has none."""
        if node is self.scene.output and not node.label:
            return "the output"
        return notation.text(node.label) if node.label else self.formula(self.scene.expression(node))

    def names(self, nodes: Iterable[Value]) -> str:
        """`h₁`, `h₁ and h₂`, `h₁, h₂ and 3 more`."""
        told = list(dict.fromkeys(map(self.name, nodes)))
        if len(told) > 4:
            told[3:] = [f"{len(told) - 3} more"]
        return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)

    def unit(self, nodes: Sequence[Value]) -> str:
        """`of h₁` for units with names, else the formula of the activation itself."""
        return f"of {self.names(nodes)}" if nodes[0].label or nodes[0] is self.scene.output else self.names(nodes)

    @property
    def output(self) -> str:
        """The name of the output in ∂L/∂w."""
        return notation.text(self.scene.output.label) if self.scene.output.label else "L"

    def delta(self, node: Value) -> str:
        """` = 0.031`, what ∂L/∂node is at the current point."""
        here = self.scene.here
        return f" = {shown(here.adjoint[self.scene.number_of_node[node]], 4)}" if here else ""

    def formula(self, expression: Any) -> str:
        """A formula as text, cut if it is long."""
        told = text(expression)
        return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"

    def valued(self, expression: Any) -> str:
        """A formula with its number at the current point: `h₁(1 − h₁) = 0.2445`."""
        told = self.formula(expression)
        here = self.scene.here
        if not isinstance(expression, Expression) or here is None:
            return told
        number = number_of(expression, here.names)
        told = f"({told})" if " if " in told else told
        return told if math.isnan(number) else f"{told} = {shown(number, 4)}"

    def number(self, node: Value) -> str:
        """`h₁ = 0.57` at the current point."""
        here = self.scene.here
        number = here.numbers.get(node) if here else None
        return self.name(node) if number is None else f"{self.name(node)} = {shown(number, 4)}"

    def share(self, number: int, other: int) -> str:
        """The value of what goes through an edge, as `; it contributes 0.031`."""
        here = self.scene.here
        if here is None:
            return ""
        share = 0.0
        for place, edge in enumerate(self.scene.edges):
            if (edge.parent, edge.child) == (number, other):
                share += here.adjoint[other] * here.slopes[place] * here.tangent[number]
        return f", which contributes {shown(share, 4)}"

    def uses(self, number: int, other: int) -> int:
        """How often one node uses another: x·x uses x twice."""
        return sum((edge.parent, edge.child) == (number, other) for edge in self.scene.edges)

    def path(self, ends: tuple[Value, Value]) -> str:
        """A path, by the first named node after the place where it forks."""
        parent, child = ends
        if parent is child:
            return f"through {self.name(parent)}"
        if self._is_short_cut(parent, child):
            return f"from {self.name(parent)} straight to {self.name(child)}"
        if self._is_met_again(parent, child):
            return f"from {self.name(parent)} to {self.name(self.after(child))} by way of {self.name(child)}"
        return f"from {self.name(parent)} through {self.name(self.after(child))}"

    def _is_met_again(self, parent: Value, child: Value) -> bool:
        """Whether another path from the parent leads through the same named node, too."""
        meeting = self.after(child)
        return any(self.after(self.scene.nodes[other]) is meeting for other in self._other_uses(parent, child))

    def _is_short_cut(self, parent: Value, child: Value) -> bool:
        """Whether another path from the parent leads to the child itself."""
        goal = self.scene.number_of_node[child]
        stack, seen = self._other_uses(parent, child), set()
        while stack:
            number = stack.pop()
            if number < goal and number not in seen:
                seen.add(number)
                stack += [self.scene.edges[place].child for place in self.scene.edges_out[number]]
            elif number == goal:
                return True
        return False

    def _other_uses(self, parent: Value, child: Value) -> list[int]:
        """The other nodes that use the parent."""
        numbers = self.scene.number_of_node
        uses = (self.scene.edges[place].child for place in self.scene.edges_out[numbers[parent]])
        return [use for use in uses if use != numbers[child]]

    def along(self, nodes: Sequence[Value]) -> str:
        """A whole path, by its named nodes."""
        named = [self.name(node) for node in nodes if node.label]
        if len(named) > 6:
            named[3:-2] = ["…"]
        return "through " + " → ".join(named) if named else "through " + self.name(nodes[0])

    def after(self, node: Value) -> Value:
        """The first labelled node on the way from here to the output."""
        number = self.scene.number_of_node[node]
        while not self.scene.nodes[number].label and self.scene.edges_out[number]:
            number = self.scene.edges[self.scene.edges_out[number][0]].child
        named = self.scene.nodes[number]
        return node if named is self.scene.output and not _is_long(self.scene, node) else named


def _is_long(scene: Scene, node: Value) -> bool:
    return len(text(scene.expression(node))) > LONGEST // 2
