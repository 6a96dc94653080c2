"""How wide a text will be, without any font at hand: widths of Times and Helvetica in thousandths of the font size.

A viewer may use another font of the list in `svg.py`; cards leave room for the widest of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..printers.runs import Run

_SMALLER = 0.72  # subscripts and superscripts against their base
_ROOM = 1.06


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


def width_of(runs: Iterable[Run], style: Style) -> float:
    """The width of runs set in a style, in points."""
    total = 0.0
    for run in runs:
        scale = _SMALLER if run.kind in ("sub", "sup") else 1.0
        total += scale * sum(_width(character, style.serif) for character in run.content)
    return total * style.size * _ROOM / 1000


def _width(character: str, serif: bool) -> int:
    for characters, with_serifs, without in _WIDTHS:
        if character in characters:
            return with_serifs if serif else without
    code = ord(character)
    if 0x300 <= code < 0x370:  # combining marks
        return 0
    if code >= 0x2E80:  # East Asian scripts and pictographs are set in full squares
        return 1000
    return 520 if serif else 580


_WIDTHS = [
    ("0123456789", 500, 556),
    (".,:;'|!()[]/ijlt", 300, 290),
    (" ", 250, 278),
    ("fr-", 333, 333),
    ("acesvxyz", 444, 520),
    ("bdghknopqu", 500, 556),
    ("mw", 760, 800),
    ("MW@%", 900, 900),
    ("ABCDEFGHJKLNOPQRSTUVXYZ", 680, 690),
    ("I", 333, 278),
    ("+−=<>×→·…", 620, 620),
    ("Σ∂√∞", 600, 620),
]
