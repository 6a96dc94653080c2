"""What the page of `explain` says: the row as it is in the file and as the network sees it, then the derivation."""

from __future__ import annotations

from typing import Any

from autograd.atoms import Numeral
from autograd.derivation.single import Derivation
from autograd.page import Block, Heading, Page, Phrase, Sentence
from autograd.page import Table as PageTable
from autograd.pages.forms import Forms
from autograd.symbol import Symbol

from ..models import Model
from ..tables import Dataset, Scaling, Table

_MOST_ROWS = 24


class Explanation(Forms):
    """A derivation on one row of a table, with the row in front; `place` is where the weight stands in the network."""

    def __init__(
        self,
        model: Model,
        data: Dataset,
        table: Table,
        derivation: Derivation,
        place: tuple[str, str] | None,
        row: tuple[int, str],
    ) -> None:
        self.model = model
        self.data = data
        self.table = table
        self.derivation = derivation
        self.place = place
        self.row = row

    def page(self, full: bool = False) -> Page:
        """The row, what the network says of it, and the derivation."""
        page = self.derivation.page(full)
        return page._replace(blocks=[page.blocks[0], *self._weight(), *self._row(full), *page.blocks[1:]])

    def equations(self) -> Page:
        """The equations of the derivation."""
        return self.derivation.equations()

    # ------------------------------------------------------------ what stands in front

    def _weight(self) -> list[Block]:
        if self.place is None:
            return []
        source, target = self.place
        weight = Symbol(self.derivation.name.variable)
        if not source:
            return [Sentence((weight, " is the bias of ", Symbol(target), "."))]
        names = dict(zip(self.model.network.input_labels, self.data.inputs, strict=True))
        called = (f" ({names[source]})",) if source in names else ()
        told = (weight, " is the weight on the way from ", Symbol(source), *called, " to ", Symbol(target), ".")
        return [Sentence(told)]

    def _row(self, full: bool) -> list[Block]:
        number, path = self.row
        line = f" (line {self.table.lines[0]})" if self.table.lines else ""
        shown = len(self.data.inputs) if full else _MOST_ROWS
        blocks: list[Block] = [Heading((f"Row {number} of {path}{line}",)), self._inputs(shown)]
        if len(self.data.inputs) > shown:
            blocks.append(Sentence((f"{len(self.data.inputs) - shown} more inputs are not shown.",)))
        return [*blocks, Sentence(self._said()), *self._outputs()]

    def _inputs(self, count: int) -> PageTable:
        rows = _scaled_rows(self.data.inputs, self.model.network.input_labels, self.data.X[0], self.model.scaling)
        return PageTable(
            ("What the network sees: every input less its mean, divided by its deviation",),
            (("input",), ("in the row",), ("mean",), ("deviation",), ("scaled",), ("label",)),
            rows[:count],
            (False, True, True, True, True, False),
        )

    def _outputs(self) -> list[Block]:
        """Which output stands for which class."""
        classes = self.model.classes or ()
        if not 0 < len(classes) <= _MOST_ROWS:
            return []
        labels = [neuron.label for neuron in getattr(self.model.network.layers[-1], "neurons", ())]
        told = [(", ", Symbol(label), f" for {name}") for label, name in zip(labels, classes, strict=False)]
        return [Sentence(("Outputs: ", *[part for parts in told for part in parts][1:], "."))]

    def _said(self) -> Phrase:
        """What the network says of the row, and what is right."""
        said = self.model.predict(self.data)[0]
        if self.model.classes:
            chance = f"{max(self.model.probabilities(self.data)[0]):.1%}".replace("%", " %")
            right = self.model.classes[self.data.T[0]]
            return (f"The network says {said} ({chance}); right is {right}.",)
        names = self.model.encoding.outputs
        pairs = zip(names, _listed(said), _listed(self.data.T[0]), strict=True)
        told = [("; ", f"{name} is said to be ", Numeral(y, 6), " and is ", Numeral(t, 6)) for name, y, t in pairs]
        return (*[part for parts in told for part in parts][1:], ". Targets are scaled, too.")


def _scaled_rows(names: Any, labels: Any, raw: Any, scaling: Scaling) -> list[tuple[Phrase, ...]]:
    scaled = scaling.apply([raw])[0]
    columns = zip(names, raw, scaling.centres, scaling.widths, scaled, labels, strict=True)
    return [
        ((name,), *((Numeral(number),) for number in (x, centre, width, z)), (Symbol(label),))
        for name, x, centre, width, z, label in columns
    ]


def _listed(found: Any) -> list[float]:
    return list(found) if isinstance(found, tuple) else [found]
