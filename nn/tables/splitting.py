"""Rows to train on and rows to test on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from random import Random
from typing import Any

from ..data import check_lengths, listed_rows
from ..errors import DataError, NetworkError
from ..module import generator
from ..optimisers import setting
from ..words import counted


def train_test_split(
    X: Any, T: Any, test: float = 0.25, *, rng: int | Random = 0, stratify: bool | None = None
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """X to train on, X to test on, T to train on and T to test on; both parts keep the order that the rows had.

    >>> train_test_split([[1], [2], [3], [4]], ["a", "a", "b", "b"], 0.5, stratify=True)
    ([[1], [3]], [[2], [4]], ['a', 'b'], ['a', 'b'])

    X and T are lists, arrays or data frames with an item for each row. `test` is the fraction of the rows to test on;
    `rng`, a seed or a `random.Random`, draws them. With `stratify` every class of T has its share in both parts. Raises
    DataError for what has no rows in an order, if X and T are not of one length, and if a part would be empty.
    """
    X, T = listed_rows(X, "X"), listed_rows(T, "T")
    check_lengths(len(X), len(T))
    known, unknown = rows_to_test(len(X), test, generator(rng), [_key(t) for t in T] if stratify else None)
    return [X[i] for i in known], [X[i] for i in unknown], [T[i] for i in known], [T[i] for i in unknown]


def rows_to_test(
    count: int, test: float, random: Random, classes: Sequence[Hashable] | None = None
) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on and of those to test on, each in order.

    With `classes`, one for each row, every class has its share of the test rows as exactly as whole rows allow, and
    keeps at least one row to train on.
    """
    if not 0 < setting(test, "test") < 1:
        raise NetworkError(f"test is the fraction of the rows to test on, between 0 and 1; it was given {test!r}")
    wanted = round(count * test)
    groups: dict[Hashable, list[int]] = {}
    for row in range(count):
        groups.setdefault(classes[row] if classes else None, []).append(row)
    shares = _shares([len(rows) for rows in groups.values()], test, wanted)
    chosen = {row for rows, share in zip(groups.values(), shares, strict=True) for row in random.sample(rows, share)}
    if not 0 < len(chosen) < count:
        raise DataError(f"test={test:g} of {counted(count, 'row')} leaves none to "
                        f"{'train' if chosen else 'test'} on: choose another fraction, or add rows")  # fmt: skip
    return [row for row in range(count) if row not in chosen], sorted(chosen)


def _shares(sizes: Sequence[int], test: float, wanted: int) -> list[int]:
    """How many rows of each group to test on: what its share is rounded down, then one more where most was cut off.

    >>> _shares([50, 50, 50], 0.25, 38), _shares([7, 5, 1], 0.3, 4)
    ([13, 13, 12], [2, 2, 0])
    """
    shares = [int(size * test) for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda place: shares[place] - sizes[place] * test)
    for place in by_remainder[: max(wanted - sum(shares), 0)]:
        if shares[place] < sizes[place] - 1:
            shares[place] += 1
    return shares


def _key(target: Any) -> Hashable:
    """A target as what groups are made by: rows of numbers, too."""
    return tuple(target) if hasattr(target, "__iter__") and not isinstance(target, str) else target
