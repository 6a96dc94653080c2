"""What a derivation writes besides symbols and functions: ∂L/∂w, a number in a symbol's place, a sum over paths, a sum
over an index, and what is left out of a long sum.

They are expressions like those of `symbol.py` and `simplify.py`; every printer knows them.
"""

from __future__ import annotations

from typing import Any

from .simplify import Sum
from .symbol import Expression


class Derivative(Expression):
    """∂output/∂variable in Leibniz' notation, as one factor; both are labels."""

    __slots__ = ("output", "variable")

    def __init__(self, output: str, variable: str) -> None:
        self.output = output
        self.variable = variable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Derivative) and (other.output, other.variable) == (self.output, self.variable)

    def __hash__(self) -> int:
        return hash(("Derivative", self.output, self.variable))


class Numeral(Expression):
    """A number where a symbol or a factor stood: it is not folded into its neighbours, and is rounded when shown, to
    `digits` significant digits (None: as many as everything around it)."""

    __slots__ = ("number", "digits")

    def __init__(self, number: float, digits: int | None = None) -> None:
        self.number = number
        self.digits = digits

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numeral) and other.number == self.number

    def __hash__(self) -> int:
        return hash(("Numeral", self.number))


class PathSum(Sum):
    """A sum over paths, written in square brackets where it is a factor."""

    __slots__ = ()


class IndexSum(Expression):
    """Σ body over an index: as many terms as the index, a letter in the labels of the body, has values."""

    __slots__ = ("index", "body")

    def __init__(self, index: str, body: Any) -> None:
        self.index = index
        self.body = body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IndexSum) and (other.index, other.body) == (self.index, self.body)

    def __hash__(self) -> int:
        return hash(("IndexSum", self.index, self.body))


class Omitted(Expression):
    """The terms of a sum, or the factors of a product, that are not shown: `… (97 more)`."""

    __slots__ = ("count",)

    def __init__(self, count: int) -> None:
        self.count = count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Omitted) and other.count == self.count

    def __hash__(self) -> int:
        return hash(("Omitted", self.count))
