"""Formulas for the HTML page: MathML in pieces, between which a browser may begin a new line.

Browsers do not break MathML. A long formula is therefore written as several `math` elements in a row, cut before its
signs as in the terminal, and nested in boxes: one that does not fit moves to the next line as a whole before it is
itself broken, so that the outermost brackets break first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

from ..characters import columns
from ..printers.mathml import math_element, mathml
from .breaking import Piece, rank_of, together
from .text import formula_pieces, formula_text

_SHORT = 30  # columns of text: shorter formulas fit on any telephone and stay in one piece
_DEEPEST = 3  # ranks of breaks that get boxes of their own; what is deeper breaks anywhere
_TAG = re.compile(r"<[^>]*>|[^<]+")
_SIGNS = {"+": "+", "−": "−", "-": "−", "·": "·", "⋅": "·"}


def formula_html(expression: Any, digits: int, display: bool = False) -> str:
    """A formula in one piece."""
    return math_element(mathml(expression, digits), display, formula_text(expression, digits))


def broken_formula_html(expression: Any, digits: int) -> str:
    """A formula that may be broken over lines where it is long."""
    texts = formula_pieces(expression, digits)
    if sum(piece.width for piece in texts) <= _SHORT:
        return formula_html(expression, digits)
    pieces = mathml_pieces(mathml(expression, digits))
    if len(texts) == len(pieces):
        pieces = [Piece(piece.content, *text[1:]) for piece, text in zip(pieces, texts, strict=True)]
    else:  # the terminal breaks at other places: the pieces' own letters say what they are
        texts = [Piece(_letters(piece.content), *piece[1:]) for piece in pieces]
    return _boxes(
        [
            Piece(math_element(f"<mrow>{piece.content}</mrow>", False, text.content.strip()), 0, piece.rank)
            for piece, text in zip(together(pieces), together(texts), strict=True)
        ]
    )


def mathml_pieces(source: str) -> list[Piece]:
    """The pieces of an `<mrow>`: each but the first begins with a sign that stands outside of fractions and roots."""
    pieces: list[Piece] = []
    content: list[str] = []
    rank = depth = 0
    before = ""
    for element in _elements(source):
        written = _operator(element)
        if written in _SIGNS and content and before not in ("(", "[", *_SIGNS):
            pieces.append(_piece(content, rank))
            content, rank = [], rank_of(depth, _SIGNS[written])
            element = _with_form(element, "infix")
        depth += (written in ("(", "[")) - (written in (")", "]"))
        content.append(element)
        before = written
    return [*pieces, _piece(content, rank)]


def _piece(elements: Sequence[str], rank: int) -> Piece:
    content = "".join(elements)
    return Piece(content, columns(_letters(content)), rank)


def _elements(source: str) -> Iterator[str]:
    """The elements of an `<mrow>` and of those inside of it, in order; other elements are not taken apart."""
    content: list[str] = []
    depth, is_first = 0, False
    for tag in _TAG.findall(source):
        if not depth and (tag in ("<mrow>", "</mrow>") or tag.isspace()):
            is_first = is_first or tag == "<mrow>"
            continue
        content.append(tag)
        depth += -1 if tag.startswith("</") else tag.startswith("<") and not tag.endswith("/>")
        if not depth:
            element = "".join(content)
            # The sign in front of a row is known by its place, which it loses here.
            yield _with_form(element, "prefix") if is_first and _operator(element) in _SIGNS else element
            content, is_first = [], False


def _with_form(element: str, form: str) -> str:
    return element if "form=" in element else element.replace("<mo", f'<mo form="{form}"', 1)


def _operator(element: str) -> str:
    """The sign of an `<mo>` element; nothing for others."""
    return _letters(element) if element.startswith("<mo") else ""


def _letters(element: str) -> str:
    """What an element shows, without its form."""
    return unescape("".join(tag for tag in _TAG.findall(element) if not tag.startswith("<")))


def _boxes(pieces: Sequence[Piece]) -> str:
    """Pieces in nested boxes: what stands between two breaks of one rank is in one box."""
    parts = list(pieces)
    for rank in range(_DEEPEST, -1, -1):
        groups: list[list[Piece]] = []
        for part in parts:
            if groups and part.rank > rank:
                groups[-1].append(part)
            else:
                groups.append([part])
        parts = [_box(group) for group in groups]
    return "<wbr>".join(part.content for part in parts)


def _box(parts: Sequence[Piece]) -> Piece:
    if len(parts) == 1:
        return parts[0]
    return Piece(f"<span>{'<wbr>'.join(part.content for part in parts)}</span>", 0, parts[0].rank)
