"""Which paths of a picture are lit: those from the variables of `wrt` to the outputs, with their derivations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..derivation.derive import MOST_DIGITS, chosen, derive
from ..derivation.single import Derivation
from ..errors import OperandError, SlopeError
from ..views import View

if TYPE_CHECKING:
    from ..value import Value


def variables_of(wrt: Any, order: Sequence[Value]) -> list[Value]:
    """`wrt`, which is a Value of the graph or its label or a list of them, as a list of Values, each once.

    Raises LabelError for a label that no node has, OperandError for what is neither.
    """
    if wrt is None:
        return []
    given = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    if not given:
        raise OperandError("wrt is an empty list: leave it out, or name what to differentiate by", op="draw")
    return chosen(order, given, "draw")


class Connection:
    """An output and a variable, with the nodes on the paths between them: none if there is no path."""

    def __init__(self, view: View, output: Value, variable: Value, digits: int) -> None:
        self._view = view
        self._digits = digits
        self.output = output
        self.variable = variable
        self.nodes = set(view.cone(output, variable))

    @property
    def names(self) -> tuple[str, str]:
        """The labels of the output and of the variable; a variable without one that is not in the picture is w."""
        is_shown = self.variable in self._view
        return self._view.name(self.output), self._view.name(self.variable) if is_shown else self.variable.label or "w"

    @cached_property
    def derivation(self) -> Derivation:
        """∂output/∂variable, written out in the detail of the picture."""
        return derive(self.output, self.variable, detail=self._view.detail, digits=min(self._digits, MOST_DIGITS))

    @cached_property
    def failure(self) -> str:
        """Why the derivative has no value here; empty if it has one."""
        try:
            _ = self.derivation.value, self.derivation.leibniz
        except (OperandError, SlopeError) as error:
            return str(error)
        return ""

    @property
    def is_named_alike(self) -> bool:
        """Whether the derivation has the picture's names; that of one of several outputs may number otherwise."""
        own = self.derivation.view
        return all(node in own and own.name(node) == self._view.name(node) for node in self.nodes)


class Connections:
    """The connections of all outputs with all variables."""

    def __init__(self, view: View, outputs: Sequence[Value], variables: Sequence[Value], digits: int) -> None:
        self._found = [Connection(view, output, variable, digits) for output in outputs for variable in variables]

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def of(self, variable: Value) -> list[Connection]:
        """The connections of a node of `wrt` that lead to an output."""
        return [each for each in self if each.variable is variable and each.nodes]

    @cached_property
    def are_lit(self) -> bool:
        """Whether there is a path at all."""
        return any(each.nodes for each in self)

    def has_edge(self, parent: Value, child: Value) -> bool:
        """Whether a path leads along the edge."""
        return any(parent in each.nodes and child in each.nodes for each in self)
