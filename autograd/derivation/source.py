"""What one derivation and several have in common: the recorded numbers, the adjoints, the forms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..evaluation import recorded
from ..graph import depending_on, topological_order
from ..pages.forms import Forms
from ..printers.runs import changed
from ..value import adjoints
from ..views import View
from .numbers import substituted

if TYPE_CHECKING:
    from ..value import Value
    from .chain import Chain


class Source:
    """The recorded graph of an output, as the derivations of one call share it."""

    def __init__(self, output: Value, view: View, variables: Sequence[Value]) -> None:
        self.output = output
        self.view = view
        self.order = topological_order(output)
        self.before = recorded(self.order)
        # ∂output/∂node as backpropagation computes it, of what depends on the variables: a slope that is not wanted may
        # be missing, any other is an error here, as it is there.
        wanted = depending_on(variables, self.order)
        found = adjoints(self.order, 1.0, wanted=wanted)
        self.adjoints: dict[Value, float] = {node: found.get(node, 0.0) for node in self.order if node in wanted}

    def number(self, node: Value) -> float:
        """The number of a node in the forward pass."""
        return self.before.get(id(node), node.data)

    @cached_property
    def numbers(self) -> dict[Any, float]:
        """The number of every symbol."""
        return {self.view.symbol(node): self.number(node) for node in self.view.nodes}

    @cached_property
    def leaves(self) -> dict[Value, float]:
        """The number of every leaf."""
        return {node: self.number(node) for node in self.order if node.op is None}


class Sourced(Forms):
    """What stands on a source and a chain, and has forms."""

    def __init__(self, source: Source, chain: Chain, digits: int) -> None:
        self.source = source
        self.chain = chain
        self.digits = digits
        self.view, self.output = source.view, source.output

    @property
    def numbers(self) -> Mapping[Any, float]:
        """The number of every symbol in the forward pass."""
        return self.source.numbers

    @property
    def adjoints(self) -> Mapping[Value, float]:
        """∂output/∂node of every node, as backpropagation computes it."""
        return self.source.adjoints

    @property
    def changes(self) -> Sequence[Sequence[Any]]:
        """A sentence for each leaf that was changed after the forward pass."""
        before = self.source.before
        return [
            [self.view.symbol(node), f" changed after the forward pass: {changed(before[id(node)], node.data)}"
             " (the numbers here are those of the forward pass)."]
            for node in self.source.order if id(node) in before
        ]  # fmt: skip

    def with_numbers(self, expression: Any) -> Any:
        """An expression with a number for every symbol, δ and ∂L/∂node."""
        return substituted(expression, self._all_numbers)

    @cached_property
    def _all_numbers(self) -> dict[Any, float]:
        named = {line.name: self.adjoints[line.node] for line in (*self.chain.definitions, *self.chain.lines)}
        return {**self.numbers, **named, **self.values_by_name()}

    @abstractmethod
    def values_by_name(self) -> dict[Any, float]:
        """The derivatives as numbers, by ∂L/∂w."""
