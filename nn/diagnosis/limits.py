"""What an activation function can do at all: the steepest slope it has, and the numbers it reaches.

Both are measured, on a grid and by the function's own rule, so that an activation of one's own has them, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd import AutogradError, Value, grad, no_grad
from autograd.op import number_of

from ..activations import Activation

# Exact in binary, and with 0 among them, where the usual functions are steepest.
_GRID = [step / 4 for step in range(-80, 81)]
_FAR, _FARTHER = 100.0, 1000.0
_GROWTH = 0.01  # a function that grows by more than this from _FAR to _FARTHER has no limit


class Reach(NamedTuple):
    """The numbers that an activation can put out; infinite where it has no limit."""

    low: float
    high: float


def steepest(activation: Activation) -> float | None:
    """The largest slope of an activation of single units; None if there is none (exp), or units act jointly.

    >>> from nn.activations import activation
    >>> steepest(activation("sigmoid")), steepest(activation("relu")), steepest(activation("exp"))
    (0.25, 1.0, None)
    """
    if activation.is_joint:
        return None
    slopes = list(_slopes(activation))
    inner = max(slopes[1:-1], default=math.nan)
    return inner if slopes and max(slopes[0], slopes[-1]) <= inner else None


def reach(activation: Activation) -> Reach:
    """The smallest and the largest number that an activation can put out.

    >>> from nn.activations import activation
    >>> reach(activation("tanh")), reach(activation("relu"))
    (Reach(low=-1.0, high=1.0), Reach(low=0.0, high=inf))
    """
    outputs = [output for output in (_output(activation, a) for a in _GRID) if output is not None]
    if not outputs:
        return Reach(-math.inf, math.inf)
    low, high = min(outputs), max(outputs)
    for sign in (-1.0, 1.0):
        far, farther = _output(activation, sign * _FAR), _output(activation, sign * _FARTHER)
        known = [end for end in (far, farther) if end is not None]
        low, high = min([low, *known]), max([high, *known])
        if far is None or farther is None or abs(farther - far) > _GROWTH * max(abs(far), _GROWTH):
            end = far if far is not None else _output(activation, sign * _GRID[-1])
            low, high = (low, math.inf) if end is None or end > 0 else (-math.inf, high)
    return Reach(low, high)


def slope_at(activation: Activation, a: float) -> float:
    """The slope of an activation of single units at a weighted sum, by its own rule."""
    with no_grad():
        return plain(grad(activation.function)(a))


def plain(output: Any) -> float:
    """A number, of a Value or a number."""
    return float(number_of(output))


def _slopes(activation: Activation) -> Iterator[float]:
    for a in _GRID:
        try:
            yield abs(slope_at(activation, a))
        except AutogradError:
            continue


def _output(activation: Activation, a: float) -> float | None:
    """What a unit puts out for a weighted sum (jointly with another one, at 0); None where that has no value."""
    try:
        with no_grad():
            return plain(activation([Value(a), Value(0.0)] if activation.is_joint else [Value(a)])[0])
    except AutogradError:
        return None
