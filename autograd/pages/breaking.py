"""Where a long formula is broken: before a sign, at the outermost brackets first, as a person would.

The text page breaks runs of text, the LaTeX page breaks LaTeX, the HTML page breaks elements; all of them cut their
formula into pieces and ask here which piece begins a new line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# Signs before which a line may break, and how tightly they bind at one level of brackets.
SIGNS = {"+": 0, "−": 0, "·": 1}
_SHARE = 3  # a break that leaves less than a third of the line filled waits for a deeper one
_STEP, _DEEPEST = 2, 3
_SHORT = 20  # a term of so few columns is not broken: 0.6319(1 − 0.6319)


class Piece(NamedTuple):
    """A part of a formula that stays on one line, and the rank of the break before it: the lower, the better.

    `lead` is what of its width falls away at the beginning of a line.
    """

    content: str
    width: int
    rank: int = 0
    lead: int = 0


def rank_of(depth: int, sign: str) -> int:
    """The rank of a break before `sign` within `depth` brackets: a + b·c rather breaks at its plus."""
    return 2 * depth + SIGNS[sign]


def indent(piece: Piece) -> int:
    """How far a line that begins with the piece is moved in: the further, the deeper its brackets."""
    depth, is_factor = divmod(piece.rank, 2)
    return _STEP * (1 + min(depth + (is_factor if depth else 0), _DEEPEST))


def together(pieces: Sequence[Piece], short: int = _SHORT) -> list[Piece]:
    """The pieces, with each bracket and each term of at most `short` columns in one.

    >>> pieces = [Piece("[(y", 3), Piece(" − t)", 5, 4, 1), Piece("·h", 2, 3)]
    >>> [piece.content for piece in together(pieces, 8)]
    ['[(y − t)', '·h']
    """
    joined: list[Piece] = []
    for piece in pieces:
        _close(joined, piece.rank, short)
        joined.append(piece)
    _close(joined, 1, short)
    return joined


def _close(pieces: list[Piece], rank: int, short: int) -> None:
    """Join the brackets and terms at the end that a break of `rank` closes, from the inside out, if they are short."""
    while len(pieces) > 1 and pieces[-1].rank > rank:
        inner, start, width = pieces[-1].rank, len(pieces) - 1, pieces[-1].width
        while start and pieces[start].rank >= inner and width <= short:
            start -= 1
            width += pieces[start].width
        if width > short:
            return
        _, _, *others = pieces[start]
        pieces[start:] = [Piece("".join(piece.content for piece in pieces[start:]), width, *others)]


def broken(pieces: Sequence[Piece], room: int) -> list[list[Piece]]:
    """The pieces in lines of at most `room`; a piece that is longer has a line of its own.

    A line ends where the term or the brackets end which it began within, or else at the last break of the lowest rank
    that leaves it filled to a third.

    >>> pieces = [Piece("[a·b", 4), Piece(" + c·d]", 7, 2, 1), Piece("·e", 2, 1)]
    >>> [[piece.content for piece in line] for line in broken(pieces, 12)]
    [['[a·b', ' + c·d]'], ['·e']]
    """
    pieces = together(pieces, min(_SHORT, room - _STEP * (1 + _DEEPEST)))
    lines, start, space = [], 0, room
    while start < len(pieces):
        end = _end_of_line(pieces, start, space)
        lines.append(list(pieces[start:end]))
        start = end
        if start < len(pieces):
            space = room - indent(pieces[start])
    return lines


def _end_of_line(pieces: Sequence[Piece], start: int, space: int) -> int:
    """The index of the piece that begins the next line."""
    used, best = pieces[start].width - (pieces[start].lead if start else 0), start + 1
    is_filled = is_closing = False
    for index in range(start + 1, len(pieces)):
        if used > space:
            return best
        rank, least = pieces[index].rank, pieces[best].rank
        if not is_filled or rank < least or (rank == least and not is_closing):
            is_closing = 0 < start and rank < pieces[start].rank
            best, is_filled = index, is_closing or _SHARE * used >= space
        used += pieces[index].width
    return best if used > space else len(pieces)
