"""The parts of a workbook: tables of columns, settings and defined names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .kinds import Kind
from .steps import Numbers

HEAD_ROWS = 3  # groups, symbols, formulas
FIRST = HEAD_ROWS + 1  # the first row below them, as spreadsheets count
START, TRAINING, SAMPLES, DATA, FORMULAS = "Start", "Training", "Samples", "Data", "Formulas"


class Place(NamedTuple):
    """A column of a table: its heads, and the formulas of its cells in the first epoch and in all others.

    In the formulas, {row} and the like are the numbers of rows. Without a formula numbers stand there.
    """

    kind: Kind
    title: str
    says: str = ""
    first: str = ""
    later: str = ""


class Row(NamedTuple):
    """A row of a table: the rows that its formulas speak of, what they give, and whether an epoch begins with it."""

    rows: Mapping[str, int]
    numbers: Numbers
    is_start: bool
    begins: bool = False


class Table(NamedTuple):
    """A sheet of rows, of which the first `frozen` columns stay in sight."""

    name: str
    places: Sequence[Place]
    rows: Sequence[Row]
    frozen: int


class Setting(NamedTuple):
    """A number that may be changed, in a cell with a name; `title` is its symbol."""

    kind: Kind
    title: str
    name: str
    number: float
    words: str


class Book(NamedTuple):
    """A workbook: the first of its settings is η; `ranges` are the names of cells outside of the settings."""

    settings: Sequence[Setting]
    tables: Sequence[Table]
    ranges: Mapping[str, str]

    @property
    def size(self) -> int:
        """The number of cells in its tables."""
        return sum(len(table.places) * len(table.rows) for table in self.tables)
