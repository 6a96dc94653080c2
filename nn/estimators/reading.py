"""What scikit-learn's users hand over, as plain rows: lists, arrays, sparse matrices and data frames.

Where scikit-learn has a wording for a mistake, it is used here, too: people search for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.op import describe, plain_number

from ..confusion import in_order
from ..data import check_lengths, is_listed, listed_rows, plain, refused
from ..errors import DataError
from ..warning import warn
from ..words import counted
from .manners import exception


class Table(NamedTuple):
    """Rows of finite numbers, all of one length, and the names of their columns, if they have any."""

    rows: list[list[float]]
    names: list[str] | None

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0])


def table(X: Any, name: str = "X") -> Table:
    """X as a table.

    >>> table([[1, 2.5], [3, 4]]).rows
    [[1.0, 2.5], [3.0, 4.0]]

    Raises DataError, with the row, for whatever is no finite number, and for rows of different lengths.
    """
    names, listed = _names(X), listed_rows(X, name)
    if not listed:
        raise DataError(f"{name} is empty: Found array with 0 sample(s) while a minimum of 1 is required")
    if not is_listed(listed[0]):
        raise DataError(
            f"{name} is a list of rows, and was given one-dimensional. Reshape your data: X.reshape(-1, 1) if it has "
            "one column, X.reshape(1, -1) if it is one sample"
        )
    rows = [_row(row, number, name, names) for number, row in enumerate(listed)]
    width = len(rows[0])
    if not width:
        raise DataError(f"{name} has 0 feature(s) (shape=({len(rows)}, 0)) while a minimum of 1 is required.")
    for number, row in enumerate(rows):
        if len(row) != width:
            raise refused(number, f"has {counted(len(row), 'number')}, and row 0 has {width}", name)
    return Table(rows, names)


def targets(y: Any, count: int, estimator: str) -> list[list[float]]:
    """The targets of a regression as rows of numbers, one row for each of so many samples."""
    listed = _given(y, count, estimator)
    return table([row if is_listed(row) else [row] for row in map(plain, listed)], "y").rows


def labels(y: Any, count: int, estimator: str) -> list[Any]:
    """The class of each of so many samples, a number or text."""
    listed = [plain(label) for label in _given(y, count, estimator)]
    if is_listed(listed[0]):
        if any(not is_listed(row) or len(row) != 1 for row in listed):
            raise DataError("y has several columns: a classifier takes one class for each sample")
        kind = exception("DataConversionWarning") or UserWarning
        warn("A column-vector y was passed when a 1d array was expected", kind)
        listed = [row[0] for row in listed]
    for row, label in enumerate(listed):
        _check_label(label, row)
    return listed


def classes(labels: Sequence[Any]) -> list[Any]:
    """The classes that occur, in order; raises DataError unless there are two of one kind."""
    found = in_order(set(labels))
    if isinstance(found[0], str) != isinstance(found[-1], str):
        raise DataError(f"y mixes numbers and text, such as {found[0]!r} and {found[-1]!r}: name all classes one way")
    if len(found) < 2:
        raise DataError(f"y has one class only, {found[0]!r}: there is nothing to tell apart")
    return found


def check_names(names: Sequence[str] | None, fitted: Sequence[str] | None, estimator: str) -> None:
    """Compare the names of columns with those of `fit`: raises DataError for others, and warns if one had none."""
    if names is None or fitted is None:
        if fitted is not None:
            warn(f"X does not have valid feature names, but {estimator} was fitted with feature names")
        elif names is not None:
            warn(f"X has feature names, but {estimator} was fitted without feature names")
    elif list(names) != list(fitted):
        told = "The feature names should match those that were passed during fit.\n"
        raise DataError(told + _difference(names, fitted))


# ---------------------------------------------------------------- rows


def _row(row: Any, number: int, name: str, names: Sequence[str] | None) -> list[float]:
    items = plain(row)
    if not is_listed(items):
        raise refused(number, f"is {describe(items)}, not a list of numbers", name)
    return [
        item if type(item) is float and math.isfinite(item) else _number(item, number, name, names, place)
        for place, item in enumerate(items)
    ]


def _number(item: Any, number: int, name: str, names: Sequence[str] | None, place: int) -> float:
    """An item that is no float already, as one."""
    column = f" in column {names[place]!r}" if names else ""
    if isinstance(item, complex):
        raise refused(number, f"holds {item!r}{column}: Complex data not supported", name)
    try:
        found = plain_number(item, name)
    except (TypeError, OverflowError):
        told = f"holds {describe(item)}{column}, which is no number: {_advice(item, name)}"
        raise refused(number, told, name) from None
    if math.isnan(found):
        raise refused(number, f"holds NaN{column}, a missing number: leave the row out, or fill in a number", name)
    if math.isinf(found):
        raise refused(number, f"holds {found!r}{column}: leave the row out, or fill in a finite number", name)
    return found


def _advice(item: Any, name: str) -> str:
    if isinstance(item, str) and name == "y":
        return "give numbers; for classes there is nn.Classifier"
    if isinstance(item, str):
        return "encode categories as numbers first (scikit-learn's OneHotEncoder, or nn.read_csv)"
    return "leave the row out, or fill in a number" if item is None else "give numbers only"


def _check_label(label: Any, row: int) -> None:
    if isinstance(label, float) and math.isfinite(label) and not label.is_integer():
        raise DataError(f"Unknown label type: continuous. Row {row} of y is {label!r}, and classes are text or whole "
                        "numbers; to predict numbers use nn.Regressor", row=row)  # fmt: skip
    if not isinstance(label, (str, int, float)) or label != label or label in (math.inf, -math.inf):
        kind = "Complex data not supported" if isinstance(label, complex) else "a class is text or a whole number"
        raise refused(row, f"is {describe(label)}: {kind}", "y")


# ---------------------------------------------------------------- what holds the rows


def _given(y: Any, count: int, estimator: str) -> list[Any]:
    if y is None:
        raise DataError(f"{estimator} requires y to be passed, but the target y is None")
    listed = listed_rows(y, "y")
    check_lengths(count, len(listed), "y")
    return listed


def _names(X: Any) -> list[str] | None:
    """The names of a frame's columns, if all of them are text."""
    names = list(getattr(X, "columns", ()))
    return [str(name) for name in names] if names and all(isinstance(name, str) for name in names) else None


def _difference(names: Sequence[str], fitted: Sequence[str]) -> str:
    told = ""
    for head, some, others in (
        ("Feature names unseen at fit time:\n", names, fitted),
        ("Feature names seen at fit time, yet now missing:\n", fitted, names),
    ):
        missing = sorted(set(some) - set(others))
        told += head + _items(missing) if missing else ""
    return told or "Feature names must be in the same order as they were in fit.\n"


def _items(names: Sequence[str], most: int = 5) -> str:
    listed = [f"- {name}\n" for name in names[:most]]
    return "".join(listed) + ("- ...\n" if len(names) > most else "")
