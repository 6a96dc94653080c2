"""Functions of plain numbers that `math` has not, or not for all numbers: the forward functions of the table."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from .op import ARITHMETIC_ERRORS


def sign_of(x: float) -> float:
    """−1, 0 or 1; NaN for NaN."""
    if x != x:
        return x
    return math.copysign(1.0, x) if x else 0.0


def sigmoid_of(x: float) -> float:
    """1/(1 + e⁻ˣ), with an exponential that never overflows."""
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1 + e)


def softplus_of(x: float) -> float:
    """log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|)."""
    return (x if x > 0 else 0.0) + math.log1p(math.exp(-abs(x)))


def sum_of(terms: Iterable[float]) -> float:
    """The rounded exact sum: the same number with every Python, which the built-in sum is not (it changed in 3.12)."""
    terms = tuple(terms)
    try:
        return math.fsum(terms)
    except ARITHMETIC_ERRORS:  # an infinity among the terms: add as floats do
        return float(plain_sum(terms))


def plain_sum(terms: Iterable[Any]) -> Any:
    """The sum as operators make it, for complex numbers too."""
    return reduce(operator.add, terms)


def dot_of(weights: Sequence[float], inputs: Sequence[float], bias: float) -> float:
    """Σ wᵢxᵢ + b."""
    try:
        return math.fsum(map(operator.mul, weights, inputs)) + bias
    except ARITHMETIC_ERRORS:
        return float(plain_dot(weights, inputs, bias))


def plain_dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any) -> Any:
    """Σ wᵢxᵢ + b as operators make it."""
    return plain_sum(map(operator.mul, weights, inputs)) + bias


def logsumexp_of(terms: Sequence[float]) -> float:
    """log Σ exp(xᵢ), the largest term taken out first so that no exponential overflows."""
    largest = max(terms)
    if math.isinf(largest) or largest != largest:
        return plain_sum(terms) if any(map(math.isnan, terms)) else largest
    return largest + math.log(sum_of([math.exp(x - largest) for x in terms]))


def complex_power(z: Any, n: Any) -> Any:
    """z**n, exact for whole n."""
    whole = not isinstance(n, complex) and n == int(n)
    return z ** int(n) if whole else cmath.exp(n * cmath.log(z))
