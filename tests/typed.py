"""What a type checker is to know of calls: mypy reads this file (see setup.cfg), and test_types.py runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import autograd
from autograd import Value, dot, exp, leaky_relu, maximum, where

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(found: object, expected: type) -> None:
        """What the type checker is told is true when the program runs."""
        assert type(found) is expected


def numbers_give_a_number() -> None:
    assert_type(exp(0.5), float)
    assert_type(maximum(1.0, 2.5), float)
    assert_type(leaky_relu(-2.0, slope=0.1), float)
    assert_type(dot([1.0, 2.0], (3.0, 4.0), 0.5), float)


def a_value_anywhere_gives_a_value() -> None:
    x = Value(0.5)
    assert_type(exp(x), Value)
    assert_type(exp(exp(x) * 2) ** 2, Value)
    assert_type(maximum(1, x), Value)
    assert_type(leaky_relu(-2, slope=x), Value)
    assert_type(where(x, 1.0, 2.0), Value)
    assert_type(dot([1.0, x], [x, 2], bias=1), Value)
    assert_type(dot([1.0], [2.0], x), Value)
    assert_type(autograd.sum([x, x]), Value)
