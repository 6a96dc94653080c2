"""The graph at other points, and what is said where Python decided when it was recorded."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, derive, evaluate, greater, where
from autograd.errors import PythonDecidedWarning

pytestmark = pytest.mark.usefixtures("engine")

# What computes a recorded graph at other numbers, or writes down what holds at others.
READERS: dict[str, Callable[[Value, Value], Any]] = {
    "evaluate": lambda y, x: evaluate(y, {x: -3.0}),
    "forward": lambda y, x: y.forward(),
    "compile": lambda y, x: autograd.compile(y, inputs=[x]),
    "derive": lambda y, x: derive(y, x),
}


def decided(condition: Callable[[Value], Any]) -> tuple[Value, Value]:
    x = Value(2.0, label="x")
    return where(condition(x), x, 0.1 * x).named("y"), x


def told(reader: str, y: Value, x: Value) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        READERS[reader](y, x)
    return caught


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("condition", [lambda x: x > 0, lambda x: np.bool_(True), lambda x: False])
def test_a_bool_as_condition_is_told_once_a_graph_and_reader(reader: str, condition: Callable[[Value], Any]) -> None:
    y, x = decided(condition)
    (first,) = told(reader, y, x)
    assert PythonDecidedWarning is first.category
    assert str(first.message).startswith(f"{reader}: ") and "where(greater(x, 0), a, b)" in str(first.message)
    assert [] == told(reader, y, x)
    others = [other for other in READERS if other != reader]
    assert [1] * len(others) == [len(told(other, y, x)) for other in others]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("condition", [lambda x: greater(x, 0), lambda x: 1, lambda x: 0.0, lambda x: np.float64(1)])
def test_a_computed_condition_and_a_mask_of_numbers_are_no_decision(
    reader: str, condition: Callable[[Value], Any]
) -> None:
    assert [] == told(reader, *decided(condition))


@pytest.mark.parametrize("reader", READERS)
def test_the_warning_points_at_the_line_that_called(reader: str) -> None:
    (warning,) = told(reader, *decided(lambda x: x > 0))
    lines, begin = inspect.getsourcelines(READERS[reader])
    assert (__file__, begin) == (warning.filename, warning.lineno)
    assert f'"{reader}"' in lines[0]


def test_a_decision_far_inside_of_a_graph_is_told_where_a_warning_is_an_error_and_the_graph_still_works() -> None:
    y, x = decided(lambda x: x > 0)
    for _ in range(10):
        y = (y * 1.5 + x).tanh()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PythonDecidedWarning):
            evaluate(y, {x: 2.0})
        assert pytest.approx(y.data, rel=1e-15) == evaluate(y, {x: 2.0})


def test_a_decision_stays_one_in_a_copy() -> None:
    y, x = decided(lambda x: x > 0)
    twin = copy.deepcopy(y)
    assert 1 == len(told("forward", twin, x))
