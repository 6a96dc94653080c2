"""Datasets: the rows of a file as numbers, with the names of what they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from os import PathLike
from random import Random
from typing import Any

from ..choices import known
from ..errors import DataError, NetworkError
from ..module import generator
from ..words import counted
from .columns import Category, Column, column_of
from .encoding import Encoding
from .reading import Table, read_table
from .splitting import rows_to_test


@dataclass(frozen=True, repr=False)
class Dataset:
    """Rows of inputs X, their targets T, and the encoding that made them of text.

    A target is the number of a class (counted from 0, in the order of `classes`), a number, or for several targets a
    tuple of numbers.
    """

    X: list[tuple[float, ...]]
    T: list[Any]
    encoding: Encoding

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the numbers in a row of X."""
        return self.encoding.inputs

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes in T; None if T are numbers."""
        return self.encoding.classes

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network has an output for: the classes, or the names of the targets."""
        return self.encoding.outputs

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Sequence[int]) -> Dataset:
        """Some of the rows, by their numbers, in this order."""
        return Dataset([self.X[row] for row in rows], [self.T[row] for row in rows], self.encoding)

    def split(self, test: float = 0.25, *, rng: int | Random = 0) -> tuple[Dataset, Dataset]:
        """Rows to train on and rows to test on, drawn by `rng`; every class has its share in both."""
        found = rows_to_test(len(self), test, generator(rng), self.T if self.classes else None)
        return self.take(found[0]), self.take(found[1])

    def one_hot(self) -> list[tuple[float, ...]]:
        """The targets as one number for each class: 1 for the right one and 0 for the others.

        Raises NetworkError if the targets are numbers.
        """
        if self.classes is None:
            raise NetworkError("one_hot is for classes, and the targets of these data are numbers")
        places = range(len(self.classes))
        return [tuple([1.0 if place == right else 0.0 for place in places]) for right in self.T]

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.encoding.targets)
        target = f"{len(self.classes)} classes of {names!r}" if self.classes else f"target {names}"
        return f"<Dataset: {counted(len(self), 'row')}, {counted(len(self.inputs), 'input')}, {target}>"


def read_csv(
    path: str | PathLike[str],
    *,
    target: str | Sequence[str],
    columns: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    categories: Sequence[str] = (),
    delimiter: str | None = None,
    encoding: str = "utf-8",
) -> Dataset:
    """A CSV file with a header as rows of numbers to train on.

    >>> from pathlib import Path
    >>> _ = Path("leaves.csv").write_text("length,colour,kind\\n5.1,red,oak\\n3.5,green,ash\\n4.0,red,oak\\n")
    >>> leaves = read_csv("leaves.csv", target="kind")
    >>> leaves
    <Dataset: 3 rows, 3 inputs, 2 classes of 'kind'>
    >>> leaves.inputs, leaves.X[0], leaves.classes, leaves.T
    (('length', 'colour=green', 'colour=red'), (5.1, 0.0, 1.0), ('ash', 'oak'), [1, 0, 1])

    A column of numbers stays numbers; true and false are 1 and 0; any other text is a category, and becomes one column
    for each of its values (two values: two columns). A target of text is classes, a target of numbers is predicted as a
    number; `target` may name several columns of numbers. `categories` are columns of numbers (the target, too) that are
    to be read as categories; `columns` are the only inputs, or `ignore` is left out. Blanks around a cell are no part
    of it; blank lines are left out.

    `delimiter` is found from the header (a comma, a semicolon or a tab) unless it is given; numbers have a decimal
    point. Raises DataError, with column and line, for missing values, for a cell that is no number in a column of
    numbers, for a column of text that hardly ever repeats, such as a name, and for what is no such file; and OSError if
    it cannot be read.
    """
    table = read_table(path, delimiter=delimiter, encoding=encoding)
    return dataset(table, target=target, columns=columns, ignore=ignore, categories=categories)


def dataset(
    table: Table,
    *,
    target: str | Sequence[str],
    columns: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Dataset:
    """The same of a table that is read already."""
    wanted, chosen = _listed(target, "target"), None if columns is None else _listed(columns, "columns")
    left_out, text = _listed(ignore, "ignore"), _listed(categories, "categories")
    if not wanted:
        raise DataError("the target is the name of a column, or a list of names; the list is empty")
    if chosen == []:
        raise DataError("columns are the names of the inputs; the list is empty: name one, or give none to have all")
    for name in (*wanted, *left_out, *(chosen or ()), *text):
        known(name, table.names, "column", error=DataError)
    for option, chosen_names in (("target", wanted), ("columns", chosen or ())):
        _check_once(chosen_names, option)
    for name in wanted:
        if name in left_out or name in (chosen or ()):
            raise DataError(f"column {name!r} is the target, and cannot be an input or ignored, too")
    names = [name for name in chosen or table.names if name not in {*wanted, *left_out}]
    if not names:
        raise DataError("no column is left to learn from: every one is the target or ignored")
    found = [column_of(table.cells(name), is_category=name in text) for name in names]
    encoding = Encoding(tuple(found), _targets(table, wanted, text))
    return Dataset(encoding.encode(table), encoding.encode_targets(table), encoding)


def _targets(table: Table, names: Sequence[str], categories: Collection[str]) -> tuple[Column, ...]:
    found = tuple([column_of(table.cells(name), is_category=name in categories, is_target=True) for name in names])
    for column in found:
        if isinstance(column, Category) and len(found) > 1:
            raise DataError(f"several targets are numbers, and {column.name!r} is text: give one target of classes")
        if isinstance(column, Category) and len(column.values) == 1:
            raise DataError(f"every row has {column.values[0]!r} in the column {column.name!r}: there is nothing to "
                            "tell apart")  # fmt: skip
    return found


def _listed(names: Any, what: str) -> list[str]:
    found = [names] if isinstance(names, str) else list(names) if hasattr(names, "__iter__") else [names]
    for name in found:
        if not isinstance(name, str):
            raise DataError(f"{what} takes names of columns; it was given {name!r}")
    return found


def _check_once(names: Sequence[str], option: str) -> None:
    """Raise DataError for a name that stands in the list twice."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise DataError(f"{option}: the column {name!r} is named twice; name it once")
