"""Samples to train on, checked: rows of plain numbers, as many for X as for T, and none of them missing.

>>> samples([[0.5, -1.0], [0.0, 2.0]], [1, 0], inputs=2, outputs=1)
Samples(inputs=[(0.5, -1.0), (0.0, 2.0)], targets=[1.0, 0.0])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd.op import describe, is_node, plain_number

from .errors import DataError
from .words import counted


@dataclass(frozen=True)
class Samples:
    """Rows of inputs, and a target for each: a number for one output, a tuple for several, an int for a class."""

    inputs: list[tuple[float, ...]]
    targets: list[Any]

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, numbers: Sequence[int]) -> Samples:
        """The samples of these numbers, in this order."""
        return Samples([self.inputs[i] for i in numbers], [self.targets[i] for i in numbers])


def samples(X: Any, T: Any, inputs: int, outputs: int, *, classes: bool = False) -> Samples:
    """X and T as checked samples for a network of so many inputs and outputs.

    Both are lists of rows, or NumPy arrays; where there is one input or output, a row may be the number itself. With
    `classes` a target may be the number of the right class, counted from 0.

    >>> samples([0.5, 1.5], [2, 0], inputs=1, outputs=3, classes=True).targets
    [2, 0]
    >>> samples([[0.5, 1.0], [float("nan"), 2.0]], [0, 1], inputs=2, outputs=1)
    Traceback (most recent call last):
    nn.errors.DataError: row 1 of X holds nan: leave the row out, or fill in a number (rows are counted from 0)

    Raises DataError that names the row for rows of another length and for whatever is no finite number; and for empty
    data, and if X and T are not of the same length.
    """
    rows, targets = _some(X, "X"), _some(T, "T")
    check_lengths(len(rows), len(targets))
    read_rows = [_row(row, inputs, "X", "input", number) for number, row in enumerate(rows)]
    return Samples(read_rows, [_target(row, outputs, classes, number) for number, row in enumerate(targets)])


def split(data: Samples, fraction: float, random: Random | None) -> tuple[Samples, Samples]:
    """Training and validation samples: `fraction` of them, drawn by `random`, or the last ones without it.

    Both keep the order they had. Raises DataError if one of the two would be empty.
    """
    count = round(len(data) * fraction)
    if not 0 < count < len(data):
        raise DataError(
            f"validation={fraction} of {counted(len(data), 'sample')} leaves none "
            f"{'to validate on' if count == 0 else 'to train on'}: choose another fraction, or give validation=(X, T)"
        )
    numbers = list(range(len(data)))
    held_out = set(random.sample(numbers, count) if random else numbers[-count:])
    return (
        data.take([i for i in numbers if i not in held_out]),
        data.take([i for i in numbers if i in held_out]),
    )


# ---------------------------------------------------------------- what tables and estimators read rows by, too


def listed_rows(data: Any, name: str) -> list[Any]:
    """The rows of a list, an array, a sparse matrix or a data frame.

    >>> listed_rows({"a": [1, 2]}, "X")
    Traceback (most recent call last):
    nn.errors.DataError: X is a list or an array with one row for every sample; it was given {'a': [1, 2]} (dict)
    """
    found = plain(data)
    if not is_listed(found):
        raise DataError(f"{name} is a list or an array with one row for every sample; it was given {describe(found)}")
    return list(found)


def check_lengths(rows: int, targets: int, name: str = "T") -> None:
    """Raise DataError unless there are as many rows of X as targets."""
    if rows != targets:
        raise DataError(f"X has {counted(rows, 'row')} and {name} has {targets}: give one target for every row")


def plain(data: Any) -> Any:
    """Frames, sparse matrices and arrays as lists, NumPy's numbers as Python's; anything else as it is."""
    for method in ("to_numpy", "toarray", "__array__"):
        if not hasattr(data, "tolist") and hasattr(data, method):
            data = getattr(data, method)()
    return data.tolist() if hasattr(data, "tolist") else data


def is_listed(data: Any) -> bool:
    """Whether there are items in an order: not so in text, dicts and sets."""
    return hasattr(data, "__iter__") and not isinstance(data, (str, bytes, dict, set, frozenset))


def finite_number(item: Any, number: int, name: str = "") -> float:
    """An item of row `number` as a float; raises DataError for whatever is no finite number, and says what to do."""
    if type(item) is float and math.isfinite(item):
        return item
    try:
        found = plain_number(item, name)
    except (TypeError, OverflowError):
        raise refused(number, f"holds {_trouble(item)}", name) from None
    if math.isfinite(found):
        return found
    raise refused(number, f"holds {found!r}: leave the row out, or fill in a number", name)


def refused(number: int, what: str, name: str = "") -> DataError:
    """The error that tells what is wrong with a row.

    >>> refused(1, "is empty", "X")
    DataError('row 1 of X is empty (rows are counted from 0)')
    """
    return DataError(f"row {number}{f' of {name}' if name else ''} {what} (rows are counted from 0)", row=number)


# ---------------------------------------------------------------- rows


def _some(data: Any, name: str) -> list[Any]:
    rows = listed_rows(data, name)
    if not rows:
        raise DataError(f"{name} is empty: there is nothing to train on")
    return rows


def _row(row: Any, width: int, name: str, what: str, number: int) -> tuple[float, ...]:
    """The numbers of one row, as many as the network has inputs or outputs."""
    found = plain(row)
    if isinstance(found, dict):
        raise refused(number, f"is a dict: give a list of its {what}s, in a fixed order", name)
    if not is_listed(found):
        if width > 1:
            raise refused(number, _not_a_list(found, width, what), name)
        found = [found]
    items = list(found)
    if len(items) != width:
        told = f"has {counted(len(items), 'number')}, and the network has {counted(width, what)}"
        raise refused(number, told, name)
    return tuple([finite_number(item, number, name) for item in items])


def _not_a_list(found: Any, width: int, what: str) -> str:
    if found is None or isinstance(found, (str, bytes)):
        return f"is {_trouble(found)}"
    example = f"[{', '.join(['0.5'] * min(width, 3))}{', …' if width > 3 else ''}]"
    return f"is not a list, and the network has {width} {what}s: give a row for every sample, as in [{example}]"


def _target(row: Any, outputs: int, classes: bool, number: int) -> Any:
    if outputs == 1:
        return _row(row, 1, "T", "output", number)[0]
    found = plain(row)
    if is_listed(found) or isinstance(found, (dict, str)) or found is None:
        return _row(found, outputs, "T", "output", number)
    if classes:
        return _class(found, outputs, number)
    told = f"is one number, and the network has {outputs} outputs: give a target for each"
    hint = "; for numbers of classes use loss=nn.cross_entropy" if type(found) is int else ""
    raise refused(number, told + hint, "T")


def _class(found: Any, outputs: int, number: int) -> int:
    if not isinstance(found, int):
        told = f"is {describe(found)}: the number of a class is a whole number (of an array, T.astype(int))"
        raise refused(number, told, "T")
    if not 0 <= found < outputs:
        told = f"is class {found}: with {outputs} outputs there are the classes 0 to {outputs - 1}"
        raise refused(number, told, "T")
    return int(found)


def _trouble(item: Any) -> str:
    if item is None:
        return "None, a missing number: leave the row out, or fill in a number"
    if isinstance(item, (str, bytes)):
        return f"the text {item!r}: convert it to a number first"
    if is_node(item):
        return f"{'the Value ' if item.label else ''}{describe(item)}: data are plain numbers; use its .data"
    if is_listed(item):
        return f"the list {describe(item)}: a row is a flat list of numbers"
    return f"{describe(item)}, which is no number that a float can hold"
