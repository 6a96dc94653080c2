"""A page for the terminal: Unicode, wrapped at a width, equations aligned at their relation signs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from ..characters import columns, padded, printable
from ..errors import OperandError
from ..op import describe
from ..page import Equations, Heading, Page, Phrase, Row, Sentence, Table
from ..printers.runs import Run, joined, runs
from .breaking import SIGNS, Piece, broken, indent, rank_of

_NARROWEST, _WIDEST = 40, 100
_MARGIN = "  "
_GAP = "  "  # between the columns of a table, and before a remark
_OPENING, _CLOSING = "([{", ")]}"
_TOKENS = re.compile(r"( \+ | − | · |·|[\[({\])}])")


def text_page(page: Page, width: int | None = None) -> str:
    """The page as text for a terminal of `width` columns; None asks the terminal, and takes 40 to 100 columns.

    A name or a number is never broken; what is longer than a line stands as it is. Raises OperandError for a width that
    is no whole number from 1 on.

    >>> from autograd.simplify import simplify
    >>> from autograd.symbol import Symbol
    >>> y, t = Symbol("y_1"), Symbol("t_1")
    >>> row = Row(Symbol("L"), "=", simplify((y - t) ** 2 / 2), ("the loss",))
    >>> print(text_page(Page([Heading(("The loss",)), Equations([row])]), width=60), end="")
    The loss
    ────────
    <BLANKLINE>
      L = ½(y₁ − t₁)²  (the loss)
    """
    if width is None:
        width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    elif type(width) is not int or width < 1:
        raise OperandError(f"width is a whole number of columns from 1 on; it was given {describe(width)}", op="text")
    lines: list[str] = []
    before = None
    for block in page.blocks:
        if lines and not (isinstance(block, Sentence) and isinstance(before, Sentence)):
            lines.append("")
        lines += _block(block, width, page.digits)
        before = block
    return "".join(f"{line.rstrip()}\n" for line in lines)


def phrase_text(phrase: Phrase, digits: int = 4) -> str:
    """A phrase on one line."""
    return "".join(printable(part) if isinstance(part, str) else formula_text(part, digits) for part in phrase)


def formula_text(expression: Any, digits: int = 4) -> str:
    """An expression on one line; words, which may stand in a formula's place, as they are."""
    return printable(expression if isinstance(expression, str) else joined(runs(expression, digits)))


def _block(block: Any, width: int, digits: int) -> list[str]:
    if isinstance(block, Heading):
        return _heading(block, width, digits)
    if isinstance(block, Sentence):
        first, others = ("  • ", "    ") if block.item else ("", "")
        return wrapped(block.phrase, width, digits, first, others)
    if isinstance(block, Equations):
        return _equations(block.rows, width, digits)
    return _table(block, width, digits)


def _heading(heading: Heading, width: int, digits: int) -> list[str]:
    lines = wrapped(heading.phrase, width, digits)
    return [*lines, ("═" if heading.level == 1 else "─") * max(map(columns, lines))]


# ---------------------------------------------------------------- words


def wrapped(phrase: Phrase, width: int, digits: int, first: str = "", others: str = "") -> list[str]:
    """A phrase in lines of at most `width`, broken at the spaces of its words; a formula is broken if it must be."""
    lines, line, used, is_empty = [], [first], columns(first), True
    for word, space in _words(phrase, width - columns(others), digits):
        size = columns(word)
        if not is_empty and used + len(space) + size > width:
            lines.append("".join(line))
            line, used, is_empty = [others], columns(others), True
        line += [word] if is_empty else [space, word]
        used += size + (0 if is_empty else len(space))
        is_empty = False
    return [*lines, "".join(line)]


def _words(phrase: Phrase, width: int, digits: int) -> Iterator[tuple[str, str]]:
    """The parts between which a line may break, each with the space before it."""
    word, space = "", ""
    for part in phrase:
        for piece in re.split("( +)", printable(part)) if isinstance(part, str) else _inline(part, width, digits):
            if piece.isspace() or piece == "":
                if word:
                    yield word, space
                    word, space = "", ""
                space = space or piece
            else:
                word += piece
    if word:
        yield word, space


def _inline(expression: Any, width: int, digits: int) -> list[str]:
    """A formula among words: in one piece, or where it is too long, in pieces with spaces between them."""
    pieces = formula_pieces(expression, digits)
    if sum(piece.width for piece in pieces) <= width:
        return ["".join(piece.content for piece in pieces)]
    parts: list[str] = []
    for piece in pieces:
        parts += [" " * piece.lead, piece.content.lstrip(" ")]
    return parts


# ---------------------------------------------------------------- equations


def formula_pieces(expression: Any, digits: int = 4) -> list[Piece]:
    """A formula in pieces that stay together: a line may break before a plus, a minus or a dot."""
    if isinstance(expression, str):
        return [_piece([expression], 0)]
    pieces: list[Piece] = []
    content: list[str] = []
    rank = depth = 0
    for token, is_code in _tokens(runs(expression, digits)):
        if is_code and token.strip() in SIGNS and content:
            pieces.append(_piece(content, rank))
            content, rank = [], rank_of(depth, token.strip())
        elif is_code:
            depth += (token in _OPENING) - (token in _CLOSING)
        content.append(token)
    return [*pieces, _piece(content, rank)]


def _tokens(row: Sequence[Run]) -> Iterator[tuple[str, bool]]:
    """Signs and brackets, which are marked as such, and what is between them; a name is never taken apart."""
    for run in row:
        if run.kind != "plain":
            yield joined([run]), False
        else:
            yield from ((token, index % 2 == 1) for index, token in enumerate(_TOKENS.split(run.content)) if token)


def _piece(tokens: Sequence[str], rank: int) -> Piece:
    content = printable("".join(tokens))
    return Piece(content, columns(content), rank, len(content) - len(content.lstrip(" ")))


def _equations(rows: Sequence[Row], width: int, digits: int) -> list[str]:
    lefts = ["" if row.left is None else formula_text(row.left, digits) for row in rows]
    widest = (width - len(_MARGIN)) * 2 // 5
    left_width = max((columns(left) for left in lefts if columns(left) <= widest), default=0)
    sign_width = max((columns(row.relation) for row in rows), default=1)
    lines: list[str] = []
    for left, row in zip(lefts, rows, strict=True):
        if columns(left) > left_width:
            lines.append(_MARGIN + left)
            left = ""
        head = f"{_MARGIN}{padded(left, left_width)} {padded(row.relation, sign_width)} "
        lines += _right_side(row, head if left_width else head[1:], width, digits)
    return lines


def _right_side(row: Row, head: str, width: int, digits: int) -> list[str]:
    margin = " " * columns(head)
    lines: list[str] = []
    for line in broken(formula_pieces(row.right, digits), width - len(margin)):
        before = margin + " " * indent(line[0]) if lines else head
        content = "".join(piece.content for piece in line)
        lines.append(before + (content.lstrip(" ") if lines else content))
    if row.result:
        lines = _with_result(lines, f"{row.result[0]} {formula_text(row.result[1], digits)}", margin, width)
    return _with_remark(lines, row.remark, margin, width, digits)


def _with_result(lines: list[str], result: str, margin: str, width: int) -> list[str]:
    """What the right side comes to, behind its last line, or below it if there is no room."""
    behind = f"{lines[-1]} {result}"
    return [*lines[:-1], behind] if columns(behind) <= width else [*lines, f"{margin}{result}"]


def _with_remark(lines: list[str], remark: Phrase, margin: str, width: int, digits: int) -> list[str]:
    """The remark behind the last line, or below it if there is no room."""
    if not remark:
        return lines
    phrase = ("(", *remark, ")")
    behind = lines[-1] + _GAP + phrase_text(phrase, digits)
    if columns(behind) <= width:
        return [*lines[:-1], behind]
    return lines + wrapped(phrase, width, digits, margin, margin)


# ---------------------------------------------------------------- tables


def _table(table: Table, width: int, digits: int) -> list[str]:
    caption = wrapped(table.caption, width, digits) if table.caption else []
    head = [phrase_text(cell, digits) for cell in table.head]
    rows = [[phrase_text(cell, digits) for cell in row] for row in table.rows]
    widths = [max(map(columns, column)) for column in zip(head, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        return caption + _records(table, head, width, digits)
    is_right = list(table.numeric)
    lines = [_aligned(head, widths, is_right), _GAP.join("─" * size for size in widths)]
    return caption + lines + [_aligned(row, widths, is_right) for row in rows]


def _aligned(cells: Sequence[str], widths: Sequence[int], is_right: Sequence[bool]) -> str:
    return _GAP.join(padded(*cell) for cell in zip(cells, widths, is_right, strict=True))


def _records(table: Table, head: Sequence[str], width: int, digits: int) -> list[str]:
    """A row as lines `name: value`, for a table that is wider than the terminal."""
    lines: list[str] = []
    for index, row in enumerate(table.rows):
        lines += [""] if index or table.caption else []
        for name, cell in zip_longest(head, row, fillvalue=""):
            lines += wrapped((*((f"{name}: ",) if name else ()), *cell), width, digits, "", "    ")
    return lines
