"""A page of mathematics, before it is written down: headings, sentences, equations and tables.

`derivation.py` and `ledger.py` compose pages; the package `pages` writes them as text, LaTeX, Markdown or HTML. What a
page says stands here once, and how a form looks stands there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

# Words and expressions in a row: ("w is used twice in ", Symbol("y"), "."). A `str` is words; numbers and expressions
# are mathematics.
Phrase = Sequence[Any]


class Heading(NamedTuple):
    """The title of the page (level 1) or of what follows (level 2)."""

    phrase: Phrase
    level: int = 2


class Sentence(NamedTuple):
    """A line of words, with mathematics in it; `item` makes it one of a list, with the items next to it."""

    phrase: Phrase
    item: bool = False


class Row(NamedTuple):
    """One line of a system of equations: `left relation right`, and a remark in words behind it.

    A `left` of None continues the row above. `relation` is "=", "≈", "≡" or "←". A `result`
    is what the right side comes to, with its sign: `a = w·x + b = 0.3`, on the same line if there is room.
    """

    left: Any
    relation: str
    right: Any
    remark: Phrase = ()
    result: tuple[str, Any] | None = None


class Equations(NamedTuple):
    """Equations below each other, aligned at their relation signs."""

    rows: Sequence[Row]


class Table(NamedTuple):
    """A table: a caption, a phrase for the head of each column, and rows of phrases; numeric columns are set right."""

    caption: Phrase
    head: Sequence[Phrase]
    rows: Sequence[Sequence[Phrase]]
    numeric: Sequence[bool]


Block = Heading | Sentence | Equations | Table


def is_item(block: Block | None) -> bool:
    """Whether a block is an item of a list."""
    return isinstance(block, Sentence) and block.item


class Page(NamedTuple):
    """Blocks in the order of reading; `language` is the code of the language of its words."""

    blocks: Sequence[Block]
    digits: int = 4
    language: str = "en"
