"""How rows become numbers: the columns in order, their kinds and their categories, the same for old and new rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.op import describe

from ..choices import known
from ..data import refused
from ..errors import DataError
from .columns import Category, Column
from .reading import Table


@dataclass(frozen=True)
class Encoding:
    """The input columns and the target columns of a table, in order.

    >>> from nn.tables import Category, Number
    >>> encoding = Encoding((Number("size"), Category("colour", ("green", "red"))), (Category("kind", ("a", "b")),))
    >>> encoding.inputs, encoding.classes
    (('size', 'colour=green', 'colour=red'), ('a', 'b'))
    >>> encoding.encode([{"size": 3, "colour": "red"}, [0.5, "green"]])
    [(3.0, 0.0, 1.0), (0.5, 1.0, 0.0)]
    """

    columns: tuple[Column, ...]
    targets: tuple[Column, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the numbers of a row: those of columns, and `colour=red` for a category."""
        return tuple([name for column in self.columns for name in column.inputs])

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The values of the target in order, if it is classes; None if it is numbers."""
        target = self.targets[0]
        return target.values if isinstance(target, Category) else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network has an output for: the classes, or the names of the targets."""
        return self.classes or tuple([column.name for column in self.targets])

    def encode(self, rows: Any) -> list[tuple[float, ...]]:
        """Rows as numbers, the same for new rows as for those that the encoding was made of.

        `rows` is a table, or a list whose rows are dicts by column or lists in the order of the columns; other columns
        of a dict or a table have no part. Raises DataError, with row and column, for a value that is missing, is no
        number or is none of the known categories.
        """
        table = rows if isinstance(rows, Table) else _table(rows, [column.name for column in self.columns])
        numbers = [series for column in self.columns for series in column.read(table.cells(column.name))]
        return list(zip(*numbers, strict=True))

    def encode_targets(self, table: Table) -> list[Any]:
        """The targets of a table: the number of a class, a number, or for several targets a tuple of numbers."""
        target = self.targets[0]
        if isinstance(target, Category):
            return target.numbers(table.cells(target.name))
        series = [column.read(table.cells(column.name))[0] for column in self.targets]
        return series[0] if len(series) == 1 else list(zip(*series, strict=True))


# ---------------------------------------------------------------- rows that come from no file


def _table(rows: Any, names: Sequence[str]) -> Table:
    """Rows of numbers and text as a table of text; numbers keep every digit."""
    if hasattr(rows, "to_dict"):  # a DataFrame, whose columns may stand in any order
        rows = rows.to_dict("records")
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        raise DataError(f"rows are a list, each a dict by column or a list of values; it was given {describe(rows)}")
    return Table(tuple(names), [_row(row, names, number) for number, row in enumerate(rows)])


def _row(row: Any, names: Sequence[str], number: int) -> list[str]:
    if isinstance(row, Mapping):
        return [_cell(row[_key(row, name, number)]) for name in names]
    if isinstance(row, (str, bytes)) or not hasattr(row, "__iter__"):
        raise refused(number, f"is {describe(row)}: give a dict by column, or a list of values")
    items = list(row)
    if len(items) != len(names):
        raise refused(number, f"has {len(items)} values, and there are {len(names)} columns: {', '.join(names)}")
    return [_cell(item) for item in items]


def _key(row: Mapping[str, Any], name: str, number: int) -> str:
    try:
        return known(name, [str(key) for key in row], "column", error=DataError)
    except DataError as error:
        raise refused(number, f"does not fit: {error}") from None


def _cell(item: Any) -> str:
    if item is None:
        return ""
    return str(item).strip()
