"""What the layouts of one sample and of several have in common: settings, and the columns of a training's rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence

from autograd.characters import printable
from autograd.printers.text import text
from autograd.simplify import simplify
from autograd.symbol import Expression, Symbol

from .book import FIRST, Book, Place, Setting
from .kinds import STEP, WEIGHT
from .naming import References, letters, names
from .scheme import Column, Scheme
from .steps import ETA, Epoch, Rows, update_rule

WEIGHTS_FROM = 2  # the column of the first weight in the sheet Training, behind epoch and loss
_WEIGHT, _GRADIENT = Symbol("w"), Symbol("g")

Cells = Mapping[Expression, str]  # how formulas call each name's cell


class Layout(ABC):
    """A training to be laid out: the columns of a step, the samples, and the numbers of every epoch."""

    def __init__(self, scheme: Scheme, rows: Rows, epochs: Sequence[Epoch], rate: float) -> None:
        self.scheme, self.rows, self.epochs = scheme, rows, epochs
        name = names()
        self.eta = Setting(WEIGHT, "η", name("eta"), rate, "learning rate: how far each update goes")
        self.data = [*scheme.inputs, *scheme.targets]
        self.given = {column.name: name(_label(column)) for column in (*self.data, *scheme.constants)}
        self.starts = {column.name: name(f"{_label(column)}_start") for column in scheme.weights}

    @abstractmethod
    def book(self) -> Book:
        """The workbook."""

    def settings(self) -> list[Setting]:
        """The constants and the weights at the start."""
        return [
            *(setting(column, self.given, column.number, "constant") for column in self.scheme.constants),
            *(setting(column, self.starts, number, "weight at the start")
              for column, number in zip(self.scheme.weights, self.epochs[0].weights, strict=True)),
        ]  # fmt: skip

    def weights(self, gradients_from: int) -> Iterator[Place]:
        """The columns of the weights: those of the start, and below what the update made of the row above."""
        rule, pairs = update_rule(), zip(self.scheme.weights, self.scheme.gradients, strict=True)
        update = simplify(rule(_WEIGHT, _GRADIENT))  # not on the weight's own name, which might be eta
        for index, (weight, gradient) in enumerate(pairs):
            above: dict[Expression, str] = {
                ETA: self.eta.name,
                _WEIGHT: f"{letters(WEIGHTS_FROM + index)}{{above}}",
                _GRADIENT: f"{letters(gradients_from + index)}{{above}}",
            }
            says = printable(text(simplify(rule(weight.name, gradient.name))))
            later = References(above).formula(update)
            yield Place(WEIGHT, title_of(weight), says, f"={self.starts[weight.name]}", later)


def epoch_place() -> Place:
    """The column that counts the epochs."""
    return Place(STEP, "epoch", later="=A{above}+1")


def training_rows(number: int) -> dict[str, int]:
    """The rows that the formulas of an epoch's row in Training speak of."""
    return {"row": FIRST + number, "above": FIRST + number - 1}


def title_of(column: Column) -> str:
    """The head of a column: w₁₁, ∂L/∂w₁₁."""
    return printable(text(column.name))


def same(column: Column, formula: str) -> Place:
    """A column with one formula for all of its rows, in its own words."""
    says = "" if column.formula is None else printable(text(column.formula))
    return Place(column.kind, title_of(column), says, formula, formula)


def computed(columns: Iterable[Column], cells: Cells) -> list[Place]:
    """The columns of what is computed, their formulas read on the cells."""
    references = References(cells)
    return [same(column, references.formula(column.formula)) for column in columns]


def setting(column: Column, names: Cells, number: float | None, words: str) -> Setting:
    """A cell for a number that a column begins with."""
    return Setting(column.kind, title_of(column), names[column.name], number or 0.0, words)


def _label(column: Column) -> str:
    return column.name.label if isinstance(column.name, Symbol) else ""
