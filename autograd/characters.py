"""Characters as they are shown: which may be shown at all, and how many columns of a terminal they take."""

from __future__ import annotations

import re
import unicodedata
from html import escape

_SPACES = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# Control characters can drive a terminal, the marks of writing direction can reorder what stands around them, and
# surrogates and non-characters cannot be written to a file, or be in a document of XML, at all.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def printable(words: str) -> str:
    """Words without what cannot or must not be shown, on a page or in a picture; line breaks and tabs become spaces.

    >>> printable("my\\nloss\\x1b[31m\\u202e!")
    'my loss[31m!'
    """
    if words.isascii() and words.isprintable():
        return words
    return _UNSHOWN.sub("", _SPACES.sub(" ", words))


def escaped(words: str) -> str:
    """Words for an element or an attribute of XML and HTML: what has a meaning there is escaped, the rest printable.

    >>> escaped("a < \\"b\\"\\x1b")
    'a &lt; &quot;b&quot;'
    """
    return escape(printable(words))


def padded(words: str, width: int, is_right: bool = False) -> str:
    """Words filled up with spaces to so many columns of a terminal, flush left or flush right.

    >>> padded("h", 3), padded("h", 3, is_right=True)
    ('h  ', '  h')
    """
    space = " " * (width - columns(words))
    return space + words if is_right else words + space


def columns(words: str) -> int:
    """How many columns of a terminal the words take: East Asian characters take two, combining marks none.

    >>> columns("loss"), columns("損失"), columns("ŷ"), columns("y\\u0302")
    (4, 4, 1, 1)
    """
    if words.isascii():
        return len(words)
    return sum(1 if character < "\u0300" else _columns(character) for character in words)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
