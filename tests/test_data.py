"""Data to train on: what is taken, and that whatever cannot be trained on is named by its row."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn.data import Samples, samples, split

ROWS = [[0.5, -1.0], [0.25, 2.0], [1.5, 0.0]]


class Frame:
    """What a data frame has: itself it is a sequence of column names."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def __iter__(self) -> Any:
        return iter(["width", "height"])

    def to_numpy(self) -> Any:
        return np.array(self.rows)


@pytest.mark.parametrize(
    "given",
    [ROWS, tuple(map(tuple, ROWS)), np.array(ROWS), [np.array(row) for row in ROWS], Frame(ROWS), iter(ROWS),
     (row for row in ROWS), np.array(ROWS, dtype=object), [[Fraction(x) for x in row] for row in ROWS]],
    ids=["lists", "tuples", "array", "arrays", "frame", "iterator", "generator", "objects", "fractions"],
)  # fmt: skip
def test_rows_of_many_kinds_become_plain_floats(given: Any) -> None:
    found = samples(given, [0, 1, 0], 2, 1)
    assert [tuple(row) for row in ROWS] == found.inputs
    assert {float} == {type(x) for row in found.inputs for x in row} | {type(t) for t in found.targets}


def test_one_input_or_output_needs_no_row_of_its_own() -> None:
    expected = Samples([(0.5,), (1.5,)], [1.0, 0.0])
    for X, T in (([0.5, 1.5], [1, 0]), ([[0.5], [1.5]], [[1], [0]]), (np.array([0.5, 1.5]), np.array([[1], [0]]))):
        assert expected == samples(X, T, 1, 1)


def test_classes_are_whole_numbers_and_stay_so() -> None:
    for T in ([0, 2, 1], np.array([0, 2, 1]), [np.int8(0), 2, True]):
        found = samples(ROWS, T, 2, 3, classes=True).targets
        assert [0, 2, 1] == found and {int} == set(map(type, found))


def test_probabilities_may_stand_for_classes() -> None:
    assert [(0.25, 0.75), 1, (1.0, 0.0)] == samples(ROWS, [[0.25, 0.75], 1, [1, 0]], 2, 2, classes=True).targets


@pytest.mark.parametrize(
    "X, T, row, told",
    [
        ([[0.5, 1.0], [0.5]], [0, 1], 1, "row 1 of X has 1 number, and the network has 2 inputs"),
        ([[0.5, 1.0, 2.0]], [0], 0, "row 0 of X has 3 numbers, and the network has 2 inputs"),
        ([[0.5, 1.0], []], [0, 1], 1, "row 1 of X has 0 numbers"),
        ([[0.5, 1.0], [float("nan"), 0.0]], [0, 1], 1, "row 1 of X holds nan: leave the row out, or fill in a number"),
        ([[0.5, -float("inf")]], [0], 0, "row 0 of X holds -inf"),
        ([[0.5, 1.0], [0.5, "two"]], [0, 1], 1, "row 1 of X holds the text 'two': convert it to a number first"),
        ([[0.5, None]], [0], 0, "row 0 of X holds None, a missing number"),
        ([[0.5, 1j]], [0], 0, r"row 0 of X holds 1j \(complex\), which is no number"),
        ([[0.5, 10**400]], [0], 0, "row 0 of X holds an integer of 1329 bits, which is no number that a float"),
        ([[0.5, [1.0]]], [0], 0, "a row is a flat list of numbers"),
        ([[0.5, Value(1.0, "p")]], [0], 0, "row 0 of X holds the Value 'p': data are plain numbers; use its .data"),
        ([[0.5, Value(1.0)]], [0], 0, "row 0 of X holds an unlabelled Value: data are plain numbers; use its .data"),
        ([0.5, 1.0], [0, 1], 0, r"row 0 of X is not a list, and the network has 2 inputs: .* as in \[\[0.5, 0.5\]\]"),
        (["ab", "cd"], [0, 1], 0, "row 0 of X is the text 'ab': convert it"),
        ([[0.5, 1.0], None], [0, 1], 1, "row 1 of X is None, a missing number"),
        ([{"a": 1, "b": 2}], [0], 0, "row 0 of X is a dict: give a list of its inputs"),
        (ROWS, [0, 1, None], 2, "row 2 of T holds None"),
        (ROWS, [0, 1, float("inf")], 2, "row 2 of T holds inf"),
        (ROWS, [0, [1, 2], 3], 1, "row 1 of T has 2 numbers, and the network has 1 output "),
        (ROWS, [0, 1], None, "X has 3 rows and T has 2: give one target for every row"),
        ([], [], None, "X is empty: there is nothing to train on"),
        (np.zeros((0, 2)), [], None, "X is empty"),
        (ROWS, [], None, "T is empty"),
        ("data.csv", [0], None, "X is a list or an array with one row for every sample; it was given 'data.csv'"),
        (3.0, [0], None, "X is a list or an array"),
        ({0: [1.0, 2.0]}, [0], None, "X is a list or an array"),
        ({(1.0, 2.0)}, [0], None, "X is a list or an array"),
    ],
)
def test_what_cannot_be_trained_on_is_named_by_its_row(X: Any, T: Any, row: int | None, told: str) -> None:
    with pytest.raises(nn.DataError, match=told) as caught:
        samples(X, T, 2, 1)
    assert row == caught.value.row
    assert (row is None) is ("counted from 0" not in str(caught.value))


@pytest.mark.parametrize(
    "T, classes, told",
    [
        ([0, 1, 3], True, "row 2 of T is class 3: with 3 outputs there are the classes 0 to 2"),
        ([0, -1, 2], True, "row 1 of T is class -1"),
        ([0.0, 1.0, 2.0], True, "row 0 of T is 0.0: the number of a class is a whole number"),
        ([0, 1, 2], False, "row 0 of T is one number, and the network has 3 outputs.* loss=nn.cross_entropy"),
        ([0.5, 1, 2], False, "row 0 of T is one number, and the network has 3 outputs: give a target for each"),
        (["cat", "dog", "cat"], True, "row 0 of T is the text 'cat'"),
        ([None, 1, 2], True, "row 0 of T is None"),
    ],
)
def test_targets_of_several_outputs_are_checked(T: Any, classes: bool, told: str) -> None:
    with pytest.raises(nn.DataError, match=told):
        samples(ROWS, T, 2, 3, classes=classes)


@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1))
def test_finite_numbers_pass_unchanged(rows: list[list[float]]) -> None:
    assert [tuple(row) for row in rows] == samples(rows, [0] * len(rows), 2, 1).inputs
    assert [tuple(row) for row in rows] == samples(np.array(rows), [0] * len(rows), 2, 1).inputs


@given(st.integers(0, 5), st.integers(0, 1), st.sampled_from([None, float("nan"), "x", 1j, [1.0], {}, object()]))
def test_one_bad_number_is_found_wherever_it_stands(row: int, place: int, bad: Any) -> None:
    rows: list[list[Any]] = [[0.5, 1.0] for _ in range(6)]
    rows[row][place] = bad
    with pytest.raises(nn.DataError) as caught:
        samples(rows, [0] * 6, 2, 1)
    assert row == caught.value.row


@given(st.integers(2, 40), st.floats(0.01, 0.99))
def test_a_split_shares_out_all_samples_in_their_order(count: int, fraction: float) -> None:
    data = samples([[float(i)] for i in range(count)], list(range(count)), 1, 1)
    if not 0 < round(count * fraction) < count:
        with pytest.raises(nn.DataError, match="leaves none to"):
            split(data, fraction, Random(0))
        return
    for random in (Random(0), None):
        train, held_out = split(data, fraction, random)
        assert round(count * fraction) == len(held_out)
        assert sorted(train.targets + held_out.targets) == data.targets
        assert train.targets == sorted(train.targets) and held_out.targets == sorted(held_out.targets)
    assert held_out.targets == data.targets[-len(held_out) :], "without a generator it is the end"
