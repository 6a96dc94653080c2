"""An expression as Unicode text: `y₁(1 − y₁)`, `−a/b²`."""

from __future__ import annotations

from typing import Any

from .runs import joined, runs


def text(expression: Any, digits: int = 4) -> str:
    """A simplified expression as one line of text.

    >>> from autograd.symbol import Symbol
    >>> from autograd.simplify import simplify
    >>> y = Symbol("y_1")
    >>> text(simplify(y * (1 - y)))
    'y₁(1 − y₁)'
    """
    return joined(runs(expression, digits))
