"""One rule for what may be shown: pages, pictures and formulas leave out the same characters."""

from __future__ import annotations

import re
import unicodedata
from xml.etree import ElementTree

import pytest

from autograd import Value, derive, draw
from autograd.characters import columns, escaped, printable
from autograd.printers.mathml import mathml
from autograd.symbol import Symbol

BASIC = [chr(code) for code in range(0x10000)]
# What Unicode itself calls a mark of writing direction (its property Bidi_Control), and its characters that are none.
DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NO_CHARACTERS = [character for character in BASIC if 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) >= 0xFFFE]
INVISIBLE = "\u200b\u2060\u2061\u2062\u2063\u2064\ufeff"
NEVER = frozenset([
    *(character for character in BASIC if unicodedata.category(character) in ("Cc", "Cs")),
    *DIRECTION, *NO_CHARACTERS, *INVISIBLE,
])  # fmt: skip


def a_graph(label: str) -> Value:
    return (Value(2.0, label) * 3).named(f"L{label}")


FORMS = {
    "picture": lambda label: draw(a_graph(label), title=label, layout="builtin").svg,
    "picture's text": lambda label: draw(a_graph(label), title=label).dot,
    "formula": lambda label: mathml(Symbol(label)),
    "page": lambda label: derive(a_graph(label), label).html(),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_shows_what_must_not_be_shown(form):
    written = FORMS[form](f"a{''.join(sorted(NEVER))}b")

    # The signs between factors and before brackets, and line breaks between elements, are the form's own.
    assert set(written) & NEVER <= set("\n\u2061\u2062")
    assert re.search("a +[b…]", written)  # (a long name is cut)
    if form in ("picture", "formula"):
        ElementTree.fromstring(written)


def test_all_else_is_shown_as_it_is():
    shown = "".join(character for character in BASIC if character not in NEVER and character.isprintable())

    assert len(shown) > 50_000
    assert printable(shown) == shown
    # A family of emoji is held together by joiners; Persian needs their opposite.
    assert [printable(words) for words in ("👩‍👩‍👧‍👦", "می‌خواهم", "ŷ₁")] == ["👩‍👩‍👧‍👦", "می‌خواهم", "ŷ₁"]


def test_lines_become_one():
    assert "a b c d e f" == printable("a\nb\r\nc\td\u2028e\x85f")


def test_what_xml_gives_a_meaning_is_escaped_and_what_it_cannot_hold_is_left_out():
    assert escaped("a\x00\x0b\ud800\ufffe<'\"&\u0085b") == "a &lt;&#x27;&quot;&amp; b"


def test_wide_and_combining_characters_are_counted_as_they_are_shown():
    assert (4, 4, 1, 1) == tuple(map(columns, ("loss", "損失", "ŷ", "y\u0302")))
