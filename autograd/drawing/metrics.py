"""How wide a text will be, without any font at hand.

A viewer uses the first font of the lists in `svg.py` that it has; the widths here are those of the widest of them, so
that no text leaves its card with any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..printers.runs import Run

SMALLER = 0.72  # subscripts and superscripts against their base


@dataclass(frozen=True)
class Style:
    """A way of setting text: font size and line height in points, and whether the font has serifs."""

    size: float
    leading: float
    serif: bool


NAME = Style(15, 21, True)
VALUE = Style(12, 16, False)
LABEL = Style(12.5, 17, True)
NOTE = Style(12, 18, False)
TAG = Style(13, 21, True)
CAPTION = Style(16, 25, True)
WORDS = Style(13, 21, False)


def width_of(runs: Iterable[Run], style: Style) -> float:
    """The width of runs set in a style, in points."""
    total = 0.0
    for run in runs:
        scale = SMALLER if run.kind in ("sub", "sup") else 1.0
        total += scale * sum(_width(character, style.serif) for character in run.content)
    return total * style.size / 1000


def _width(character: str, serif: bool) -> int:
    for characters, with_serifs, without in _WIDTHS:
        if character in characters:
            return with_serifs if serif else without
    code = ord(character)
    if 0x300 <= code < 0x370:  # combining marks
        return 0
    if code >= 0x2E80:  # East Asian scripts and pictographs are set in full squares
        return 1000
    return 1100 if character.isupper() else 840


# In thousandths of the font size, with and without serifs: the larger of the Times and Helvetica families and DejaVu.
_WIDTHS = [
    ("0123456789", 636, 636),
    (".,:;'|/ijl", 337, 337),
    ("!()[]t", 402, 401),
    (" ", 318, 318),
    ("f-", 370, 361),
    ("r", 478, 411),
    ("acesvxyz", 596, 615),
    ("bdghknopqu", 644, 635),
    ("mw", 948, 974),
    ("MW@%½⅓⅔¼¾", 1028, 1015),
    ("DGHNOQU", 875, 787),
    ("ABCEFJKLPRSTVXYZ", 765, 722),
    ("I", 395, 295),
    ("+−=<>×", 838, 838),
    ("→…", 1000, 1000),
    ("·", 333, 333),
    ("αβγδεζηθικλμνξοπρστυφχΣ∂√", 707, 690),
]
