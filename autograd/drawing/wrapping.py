"""Formulas and sentences in lines of a width, measured in points."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ..pages.breaking import SIGNS, Piece, broken, indent
from ..printers.runs import Run
from .metrics import Style, width_of

_COLUMN = 6.0  # points; breaks and indents are reckoned in columns
_TOKENS = re.compile(r"( \+ | − | = | ≈ | · |·|, |[\[({]|[\])}])")
_RANKS = {"=": 0, "≈": 0, **SIGNS}
_COMMA = Run(", ")


class Wrapped(NamedTuple):
    """One line, and how far it is moved in."""

    runs: tuple[Run, ...]
    shift: float = 0.0


def wrapped(formula: Sequence[Run], room: float, style: Style) -> list[Wrapped]:
    """A formula in lines of at most `room` points, each new one before a sign, at the outermost brackets first.

    >>> from autograd.drawing.metrics import LABEL
    >>> formula = [Run("a", "name"), Run(" + "), Run("b", "name"), Run("·("), Run("c", "name"), Run(" + 1)")]
    >>> ["".join(run.content for run in line.runs) for line in wrapped(formula, 70, LABEL)]
    ['a + b', '·(c + 1)']
    """
    return _lines(list(_formula_parts(formula)), room, style)


def wrapped_words(sentence: Iterable[Run], room: float, style: Style) -> list[Wrapped]:
    """A sentence in lines of at most `room` points."""
    return [Wrapped(line.runs) for line in _lines(list(_words(sentence)), room, style)]


def _lines(parts: list[tuple[int, list[Run]]], room: float, style: Style) -> list[Wrapped]:
    """Parts, each with the rank of the break before it, in lines."""
    ends = [math.ceil(end / _COLUMN) for end in accumulate(width_of(part, style) for _, part in parts)]
    # One character stands for a part: the pieces of a line may come back joined.
    pieces = [
        Piece("•", end - begin, rank, 1 if part[0].content.startswith(" ") else 0)
        for (rank, part), begin, end in zip(parts, [0, *ends], ends, strict=False)
    ]
    lines, start = [], 0
    for line in broken(pieces, int(room / _COLUMN) - 1):
        end = start + sum(len(piece.content) for piece in line)
        row = [run for _, part in parts[start:end] for run in part]
        lines.append(Wrapped(_from_the_left(row), indent(line[0]) * _COLUMN) if start else Wrapped(tuple(row)))
        start = end
    return lines


def _from_the_left(row: list[Run]) -> tuple[Run, ...]:
    """A line that goes on: `+ b`, with no space before it."""
    first = Run(row[0].content.lstrip(" "), row[0].kind)
    return (first, *row[1:]) if first.content else tuple(row[1:])


def _formula_parts(formula: Iterable[Run]) -> Iterator[tuple[int, list[Run]]]:
    """What stays together, with the rank of the break before it: a line may break before a sign and after a comma."""
    part: list[Run] = []
    rank = depth = 0
    for kind, token in _tokens(formula):
        sign = token.strip() if kind == "plain" and (token == "·" or token[0] == " ") else ""
        if part and (sign in _RANKS or part[-1] == _COMMA):
            yield rank, part
            part, rank = [], 2 * depth + _RANKS.get(sign, 0)
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        part.append(Run(token, kind))
    if part:
        yield rank, part


def _tokens(formula: Iterable[Run]) -> Iterator[tuple[str, str]]:
    """Kinds and contents, with the brackets, signs and commas of plain runs taken out."""
    for run in formula:
        for token in _TOKENS.split(run.content) if run.kind == "plain" else [run.content]:
            if token:
                yield run.kind, token


def _words(sentence: Iterable[Run]) -> Iterator[tuple[int, list[Run]]]:
    part: list[Run] = []
    for run in sentence:
        for token in re.split("(?= )", run.content) if run.kind == "plain" else [run.content]:
            if token.startswith(" ") and run.kind == "plain" and part:
                yield 0, part
                part = []
            if token:
                part.append(Run(token, run.kind))
    if part:
        yield 0, part
