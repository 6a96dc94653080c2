"""Phrases taken apart into words and formulas, in the same way for every form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ..constants import LARGEST
from ..page import Phrase


def parts(phrase: Phrase) -> Iterator[tuple[str, Any]]:
    """Words and formulas in turn, as `("words", text)` and `("formula", expression)`.

    A count is words, so that no page is strewn with typeset digits: "3 paths".

    >>> list(parts((3, " paths", " in all, ", 0.5)))
    [('words', '3 paths in all, '), ('formula', 0.5)]
    """
    for is_words, group in groupby(phrase, key=_is_words):
        if is_words:
            yield "words", "".join(map(str, group))
        else:
            yield from (("formula", expression) for expression in group)


def _is_words(part: Any) -> bool:
    return isinstance(part, str) or (type(part) is int and 0 <= part < LARGEST)
