"""A page as Markdown with mathematics, for GitHub or for notebooks."""

from __future__ import annotations

import re
from typing import Any

from ..characters import printable
from ..page import Block, Equations, Heading, Page, Phrase, Sentence, Table, is_item
from ..printers.latex import latex
from .latex import aligned_blocks
from .phrases import parts
from .portable import portable

# What opens emphasis, code, links, HTML, entities, tables and strike-through anywhere in a line.
_SPECIAL = re.compile(r"[*_`\[\]<>|~&#]")
# These are read a second time, by what typesets the formulas: no backslash hides them, an element around them does.
_HIDDEN = {"$": "<span>$</span>", "\\": "<span>\\\\</span>"}
_BACKSLASH = "\0"  # stands for a backslash of the words, while other signs get one; `shown` leaves no such character
_AUTOLINK = re.compile(r"(?<=www)\.|:(?=//)|@", re.IGNORECASE)
_BLOCK = re.compile(r"[-+=]|\d+(?=[.)])")  # at the beginning of a line: a list, an underline
_WORD_JOINER = "\u2060"  # without width; it keeps an address or a name behind @ from becoming a link


def markdown_page(page: Page, fenced: bool = True) -> str:
    r"""The page as Markdown: formulas in GitHub's fences, or with `fenced=False` between dollars, for notebooks.

    GitHub's Markdown takes backslashes and underscores out of what stands between plain dollars before it is typeset
    (`\\` becomes `\`, and two subscripts become emphasis); its ```` ```math ```` blocks and $`…`$ are left alone.
    Jupyter and most other readers know dollars only.

    >>> from autograd.page import Row
    >>> from autograd.symbol import Symbol
    >>> page = Page([Sentence(("The loss is ", Symbol("L"), " * 2:")), Equations([Row(Symbol("L"), "=", 2)])])
    >>> print(markdown_page(page), end="")
    The loss is $`L`$ \* 2:
    <BLANKLINE>
    ```math
    \begin{aligned}
    L &= 2
    \end{aligned}
    ```
    """
    lines: list[str] = []
    before = None
    for block in page.blocks:
        if lines and not (is_item(block) and is_item(before)):
            lines.append("")
        lines.append(_block(block, page.digits, fenced))
        before = block
    return "".join(f"{line}\n" for line in lines)


def escaped(words: str) -> str:
    r"""Words that Markdown shows as they are.

    >>> escaped("a*b <i> [x](http://y)")
    'a\\*b \\<i\\> \\[x\\](http\\://y)'
    """
    words = _SPECIAL.sub(r"\\\g<0>", printable(words).replace("\\", _BACKSLASH)).replace(_BACKSLASH, _HIDDEN["\\"])
    words = words.replace("$", _HIDDEN["$"])
    return _AUTOLINK.sub(lambda match: f"@{_WORD_JOINER}" if match[0] == "@" else f"\\{match[0]}", words)


def _block(block: Block, digits: int, fenced: bool) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_phrase(block.phrase, digits, fenced)}"
    if isinstance(block, Sentence):
        return ("- " if block.item else "") + _line(block.phrase, digits, fenced)
    if isinstance(block, Equations):
        opening, closing = ("```math", "```") if fenced else ("$$", "$$")
        blocks = aligned_blocks(block.rows, digits)
        return "\n\n".join(f"{opening}\n{portable(lines)}\n{closing}" for lines in blocks)
    return _table(block, digits, fenced)


def _line(phrase: Phrase, digits: int, fenced: bool) -> str:
    """A phrase at the beginning of a line, where some signs would begin a list."""
    line = _phrase(phrase, digits, fenced).strip(" ")
    begin = _BLOCK.match(line)
    if begin is None:
        return line
    at = begin.end() if begin[0].isdigit() else 0
    return f"{line[:at]}\\{line[at:]}"


def _phrase(phrase: Phrase, digits: int, fenced: bool) -> str:
    opening, closing = ("$`", "`$") if fenced else ("$", "$")
    written, before = [], ""
    for kind, part in parts(phrase):
        # Formulas without words between them are set apart: `$a$$b$` would open a block.
        written.append("" if kind == "words" or before != "formula" else " ")
        written.append(escaped(part) if kind == "words" else opening + portable(latex(part, digits)) + closing)
        before = kind
    return "".join(written)


def _table(table: Table, digits: int, fenced: bool) -> str:
    lines = [f"**{_phrase(table.caption, digits, fenced)}**", ""] if table.caption else []
    lines.append(_row(table.head, digits, fenced))
    lines.append("|" + "|".join(" ---: " if is_numeric else " --- " for is_numeric in table.numeric) + "|")
    return "\n".join(lines + [_row(row, digits, fenced) for row in table.rows])


def _row(cells: Any, digits: int, fenced: bool) -> str:
    return "| " + " | ".join(_phrase(cell, digits, fenced) for cell in cells) + " |"
