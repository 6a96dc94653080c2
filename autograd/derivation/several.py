"""Several derivatives of one output on one page: what they share is written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import notation
from ..page import Page
from .chain import Chain, Line
from .composition import equations_of, page_of_many
from .single import Derivation
from .source import Source, Sourced

if TYPE_CHECKING:
    from ..value import Value


class Derivations(Sourced, Mapping[str, Derivation]):
    """The derivations of an output with respect to several variables, by label; what they share is written once.

    >>> from autograd import Value, derive
    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> ds = derive((w * x).named("L"))
    >>> ds.value, ds["w"].python()
    ({'w': 3.0, 'x': 2.0}, 'x')
    """

    def __init__(
        self, source: Source, chain: Chain, variables: Sequence[Value], digits: int, update: Any
    ) -> None:
        super().__init__(source, chain, digits)
        self._of = {source.view.name(each): Derivation(source, chain, each, digits, update) for each in variables}

    def __getitem__(self, label: str) -> Derivation:
        return self._of[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def values_by_name(self) -> dict[Any, float]:
        """The derivatives as numbers, by ∂L/∂w."""
        return {one.name: one.value for one in self.values()}

    @property
    def definitions(self) -> Sequence[Line]:
        """The lines of what the derivatives share."""
        return self.chain.definitions

    @property
    def value(self) -> dict[str, float]:
        """The derivatives as numbers, by label."""
        return {label: one.value for label, one in self.items()}

    def python(self) -> dict[str, str]:
        """Python expressions for all of them, by label."""
        return {label: one.python() for label, one in self.items()}

    def spreadsheet(self, cells: Mapping[str, str] | None = None) -> dict[str, str]:
        """Formulas for the cells of a spreadsheet, by label."""
        return {label: one.spreadsheet(cells) for label, one in self.items()}

    def page(self, full: bool = False) -> Page:
        """What the derivations say, before it is written in some form."""
        return page_of_many(self, full)

    def equations(self) -> Page:
        """The lines of the chain rule alone, as a page without words."""
        own = [one.line for one in self.values() if not one.is_constant and one.variable not in self.chain.names]
        return equations_of(self, [*self.definitions, *own])

    def __repr__(self) -> str:
        return f"<{len(self)} derivations of {notation.text(self.view.name(self.output))}: {', '.join(self)}>"
