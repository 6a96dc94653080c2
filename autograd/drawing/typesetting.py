"""A caption in lines of a width: equations aligned at their signs, sentences wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..printers.runs import Run
from .metrics import CAPTION, WORDS, Style, width_of
from .scene import Equation, Sentence
from .wrapping import wrapped, wrapped_words

NARROWEST = 480.0
_GAP = 8.0


@dataclass(frozen=True)
class SetLine:
    """A line where it stands, from the left top of the caption."""

    runs: tuple[Run, ...]
    style: Style
    x: float
    baseline: float


@dataclass(frozen=True)
class Block:
    """A caption that is set: its lines and the room they take."""

    lines: tuple[SetLine, ...]
    width: float
    height: float


def set_caption(caption: Sequence[Sentence | Equation], room: float) -> Block:
    """The caption in lines of at most `room` points, or NARROWEST if that is more."""
    room = max(room, NARROWEST)
    lefts = [width_of(line.left, CAPTION) for line in caption if isinstance(line, Equation)]
    start = max(lefts, default=0.0)  # of the signs
    lines: list[SetLine] = []
    top = width = 0.0
    for part in caption:
        rows = _sentence(part, room) if isinstance(part, Sentence) else _equation(part, start, room)
        top += _GAP if isinstance(part, Sentence) and lines else 0.0
        for row in rows:
            leading = row[0].style.leading
            lines += [SetLine(s.runs, s.style, s.x, top + leading * 0.5 + s.style.size * 0.35) for s in row]
            width = max(width, row[-1].x + width_of(row[-1].runs, row[-1].style))
            top += leading
    return Block(tuple(lines), width, top)


def _sentence(sentence: Sentence, room: float) -> Iterator[list[SetLine]]:
    for line in wrapped_words(sentence.runs, room, WORDS):
        yield [SetLine(line.runs, WORDS, 0.0, 0.0)]


def _equation(equation: Equation, start: float, room: float) -> Iterator[list[SetLine]]:
    """The right side hangs behind the sign."""
    sign = (Run(f" {equation.sign} "),)
    behind = start + width_of(sign, CAPTION)
    for index, line in enumerate(wrapped(equation.right, room - behind, CAPTION)):
        row = [SetLine(equation.left, CAPTION, 0.0, 0.0)] if equation.left and index == 0 else []
        row += [SetLine(sign, CAPTION, start, 0.0)] if index == 0 else []
        yield [*row, SetLine(line.runs, CAPTION, behind + line.shift, 0.0)]
