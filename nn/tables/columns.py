"""What a column of text holds: numbers, truth values or categories, and how its cells become numbers."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..choices import listed
from ..errors import DataError
from .reading import Cells

# What programs write where a value is missing. (In a column that is said to be a category, only an empty cell is.)
MISSING = {"", "?", "na", "n/a", "#n/a", "nan", "<na>", "null"}
TRUTH = {"false": 0.0, "true": 1.0}
# A column of text with more values than this is no category, and neither is one whose values hardly ever repeat.
MOST_VALUES, FEW_VALUES = 50, 10
_DECIMAL_COMMA = re.compile(r"[+-]?\d*(,\d+)+(\.\d*)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True)
class Column(ABC):
    """A column of a table, by name: it makes one or more numbers of every cell."""

    name: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the numbers that it makes."""
        return (self.name,)

    @abstractmethod
    def read(self, cells: Cells) -> list[list[float]]:
        """The numbers of all cells, name by name; raises DataError for a cell that does not belong to the column."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """What a file keeps of the column."""


@dataclass(frozen=True)
class Number(Column):
    """Numbers stay what they are.

    >>> Number("width").read(Cells("width", ["0.5", "-2e3"]))
    [[0.5, -2000.0]]
    """

    def read(self, cells: Cells) -> list[list[float]]:
        """The numbers of all cells."""
        found = _floats(cells.items)
        if found is None:
            found = [self._number(cells, number) for number in range(len(cells.items))]
        return [found]

    def _number(self, cells: Cells, number: int) -> float:
        """One cell, where at least one is none: raises DataError for that one."""
        _check_missing(cells, number, "leave the row out, or fill in a number")
        item = cells.items[number]
        found = _floats([item])
        if found is not None:
            return found[0]
        if _DECIMAL_COMMA.fullmatch(item):
            advice = f"write numbers with a point and no other marks, such as {_meant(item)}"
            raise cells.error(number, f"holds {item!r}", advice)
        if _is_infinite(item):
            raise cells.error(number, f"holds {item!r}", "leave the row out, or fill in a finite number")
        raise cells.error(number, f"is numbers except {item!r}", "write a number there, leave the row out, or list the "
                          "column among the categories")  # fmt: skip

    def document(self) -> dict[str, Any]:
        """What a file keeps of the column."""
        return {"name": self.name, "kind": "number"}


@dataclass(frozen=True)
class Truth(Column):
    """true and false, in capitals or not, are 1 and 0.

    >>> Truth("is_open").read(Cells("is_open", ["true", "FALSE"]))
    [[1.0, 0.0]]
    """

    def read(self, cells: Cells) -> list[list[float]]:
        """1 or 0 for every cell."""
        found = []
        for number, item in enumerate(cells.items):
            if item.casefold() not in TRUTH:
                raise cells.error(number, f"is true or false and not {item!r}", "write one of the two")
            found.append(TRUTH[item.casefold()])
        return [found]

    def document(self) -> dict[str, Any]:
        """What a file keeps of the column."""
        return {"name": self.name, "kind": "truth"}


@dataclass(frozen=True)
class Category(Column):
    """Some values in a fixed order: one number for each of them, 1 for the cell's own and 0 for the others (one-hot).

    Two values make two numbers, too, so that each has weights of its own.

    >>> colour = Category("colour", ("green", "red"))
    >>> colour.inputs, colour.read(Cells("colour", ["red", "green", "red"]))
    (('colour=green', 'colour=red'), [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    """

    values: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """One name for each value."""
        return tuple([f"{self.name}={value}" for value in self.values])

    def numbers(self, cells: Cells) -> list[int]:
        """The place of every cell's value among the values, counted from 0."""
        places = {value: place for place, value in enumerate(self.values)}
        for number, item in enumerate(cells.items):
            if item not in places:
                told = f"holds {item!r}" if item else "has no value"
                raise cells.error(number, told, f"the known values are {listed(self.values)}")
        return [places[item] for item in cells.items]

    def read(self, cells: Cells) -> list[list[float]]:
        """1 for the value of a cell and 0 for the others, value by value."""
        numbers = self.numbers(cells)
        return [[1.0 if number == place else 0.0 for number in numbers] for place in range(len(self.values))]

    def document(self) -> dict[str, Any]:
        """What a file keeps of the column."""
        return {"name": self.name, "kind": "category", "values": list(self.values)}


# ---------------------------------------------------------------- what a column holds


def column_of(cells: Cells, *, is_category: bool = False, is_target: bool = False) -> Column:
    """What the cells have in common: numbers, truth values, or else a category, as which `is_category` takes any.

    >>> column_of(Cells("size", ["1", "2.5"])), column_of(Cells("size", ["S", "M", "S"]))
    (Number(name='size'), Category(name='size', values=('M', 'S')))

    A target of truth values is a category: it is classes. Raises DataError for a missing value, for a column in which
    most cells are numbers and some are not, and for text that hardly ever repeats.
    """
    if is_category:
        return _category(cells, {""})
    if _is_mostly_numbers(cells.items):
        Number(cells.name).read(cells)
        return Number(cells.name)
    if {item.casefold() for item in cells.items} <= {*TRUTH} and not is_target:
        return Truth(cells.name)
    return _few(_category(cells, MISSING), len(cells.items))


def _category(cells: Cells, missing: set[str]) -> Category:
    values = set(cells.items)
    if any(value.casefold() in missing for value in values):
        for number in range(len(cells.items)):
            _check_missing(cells, number, _advice(cells.items[number]), missing)
    return Category(cells.name, tuple(sorted(values, key=_in_order(values))))


def _few(category: Category, rows: int) -> Category:
    """The category, if it has few enough values to be one."""
    count = len(category.values)
    if count > MOST_VALUES or (count > FEW_VALUES and count > rows / 2):
        raise DataError(
            f"column {category.name!r} is text with {count} different values in {rows} rows, such as "
            f"{listed(category.values[:2])}: list it among the columns to ignore, or, if it is meant so, among the "
            "categories"
        )
    return category


def _in_order(values: Iterable[str]) -> Any:
    """How values are sorted: as numbers, if all of them are."""
    return (lambda value: (float(value), value)) if _floats(list(values)) is not None else None


def _floats(items: list[str]) -> list[float] | None:
    """The cells as finite numbers; None if one of them is none."""
    try:
        found = list(map(float, items))
    except ValueError:
        return None
    # float() reads 1_000, too, which elsewhere is no number.
    return found if all(map(math.isfinite, found)) and not any("_" in item for item in items) else None


def _is_mostly_numbers(items: list[str]) -> bool:
    """Whether more than half of the cells that hold something are, or look like, numbers."""
    if _floats(items) is not None:
        return True
    held = [item for item in items if item.casefold() not in MISSING]
    return 2 * sum(map(_is_like_a_number, held)) > len(held) or not held


def _is_like_a_number(item: str) -> bool:
    return _floats([item]) is not None or bool(_DECIMAL_COMMA.fullmatch(item)) or _is_infinite(item)


def _meant(item: str) -> str:
    """What a number with commas means: parts of a thousand, a fraction, or either.

    >>> _meant("0,5"), _meant("1,000,000.5"), _meant("1,250")
    ('0.5', '1000000.5', '1250 or 1.250')
    """
    readings = [item.replace(",", "")] if _THOUSANDS.fullmatch(item) else []
    if item.count(",") == 1 and "." not in item:
        readings.append(item.replace(",", "."))
    return " or ".join(readings) or "1000000.5"


def _advice(item: str) -> str:
    """What to do where a category has no value, or has what often stands for none."""
    advice = "leave the row out, or fill in a value"
    return f"{advice}; if it is one, list the column among the categories" if item else advice


def _is_infinite(item: str) -> bool:
    return item.casefold().lstrip("+-") in ("inf", "infinity")


def _check_missing(cells: Cells, number: int, advice: str, missing: set[str] = MISSING) -> None:
    item = cells.items[number]
    if item.casefold() in missing:
        raise cells.error(number, "has no value" if not item else f"has {item!r} for a missing value", advice)
