"""The left side of a typed answer: `∂L/∂w = …`, in Leibniz' notation, is no part of the formula."""

from __future__ import annotations

import re

from .spelling import NAME

_DERIVATIVE = re.compile(r"\\partial\s*|\\(?:mathrm|text|textrm)\s*\{\s*d\s*\}\s*|∂\s*")
_NAMED = r"(?:\^\([^()]*\)|\^[^\s(]|[^\s∂/·*×+()\[\]=^])+"
_EQUALS = re.compile(r"=|≈|\\approx(?![A-Za-z])")
_QUOTIENT = re.compile(rf"\(?[∂d]{_NAMED}\)?/\(?[∂d]{_NAMED}\)?")


def without_left_side(formula: str) -> str:
    r"""An answer without the derivative's sign, and the chain rule, in front of it.

    >>> without_left_side(r"\frac{\partial L}{\partial w_{11}} = (y - t)x")
    ' (y - t)x'
    >>> without_left_side("dL/dw = dL/dy * dy/dw = (y - t)*x")
    ' (y - t)*x'
    >>> without_left_side("= (y - t)*x"), without_left_side("dL/dw ≈ 0.25")
    (' (y - t)*x', ' 0.25')
    >>> without_left_side("g = (y - t)*x")
    'g = (y - t)*x'
    """
    start = behind_left_side(formula, 0, len(formula))
    return formula[start:]


def behind_left_side(formula: str, start: int, stop: int) -> int:
    """Where the right side begins of the answer in formula[start:stop]; `start` if it has no derivative on the left."""
    end = re.compile(r"[;\n]|\Z").search(formula.rstrip(), start)
    first = formula[start : min(end.start() if end else stop, stop)]
    if len(first) > 1000 or "==" in first:
        return start
    *sides, last = _EQUALS.split(first)
    if sides and not sides[0].strip():  # an answer that begins with "=": its left side is the question's
        sides[0] = "∂L/∂w"
    written = [_leibniz(side) for side in sides]
    return start if "" in written or "∂" not in written else start + len(first) - len(last)


def _leibniz(side: str) -> str:
    """One side of an equation: "∂" if it has nothing but derivatives, "name" for a name, or nothing."""
    plain = re.sub(r"\\[dt]?frac|\\(?:left|right|displaystyle|[,;:! ])", " ", _DERIVATIVE.sub("∂", side))
    plain = re.sub(r"\\(?:cdot|times)(?![A-Za-z])", "·", re.sub(r"\}\s*\{", "/", plain))
    plain = re.sub(r"\s*/\s*(d?)\s*", r"/\1", plain.replace("{", "").replace("}", "").replace("\\", "")).strip()
    rest, count = _QUOTIENT.subn("", plain)
    if count and not rest.strip(" ·*×+()[]\t"):
        return "∂"
    return "name" if re.fullmatch(NAME, plain) else ""
