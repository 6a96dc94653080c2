"""A typed formula in its smallest pieces: numbers, names, signs; and the error that shows a place in it.

Names are read in the grammar of `notation.py`, and in every way people write them: `w_11` and `w₁₁`, `delta_1` and
`δ₁`, `a_1^(2)`, `a₁⁽²⁾` and the identifier `a_1__2`. `label_of` gives the one label that all of them stand for.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import FormulaError
from .notation import GREEK, SUBSCRIPTS, SUPERSCRIPTS

LENGTH = 10_000  # characters of a formula

_NAME_OF = {letter: name for name, letter in GREEK.items()}
_LOWERED = {low: plain for plain, low in SUBSCRIPTS.items() if plain.isalnum()}
_RAISED = {high: plain for plain, high in reversed(SUPERSCRIPTS.items()) if plain != "="}
_LOW, _HIGH, _FRACTIONS = "".join(_LOWERED), re.escape("".join(_RAISED)), "¼½¾⅐-⅞"

# Python's \w holds raised and lowered digits too: here they are no letters.
_LETTER = rf"[^\W\d_{_LOW}{_HIGH}{_FRACTIONS}]"
_WORD = rf"(?:[^\W_{_LOW}{_HIGH}{_FRACTIONS}]|[\u0300-\u036f])"  # a letter's accents may follow it
_LOWERED_RUN = rf"[{_LOW}]+(?:,[{_LOW}]+)*"
NAME = rf"{_LETTER}{_WORD}*'*(?:_(?:{_WORD}|_)*)?(?:{_LOWERED_RUN})?"
SUPERSCRIPT = rf"(?:\^\([^()^\n]*\)|\^{_WORD}+|⁽[{_HIGH}]*?⁾|[{_HIGH}]+)"
NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)?"

# How else a sign is written; what is not listed stands for itself.
SIGNS = {
    "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "\N{INVISIBLE TIMES}": "*",
    "÷": "/", "∕": "/", "⁄": "/", "^": "**", "\n": ";",
}  # fmt: skip
_SIGN = rf"\*\*|[<>!=]=|[-+*/<>=√,;()\[\]{{}}{re.escape(''.join(SIGNS))}]"

# The patterns are tried in this order; a new notation is a new line here and its reading in `_tokens`.
_PATTERNS = {
    "space": r"[^\S\n]+",
    "number": NUMBER,
    "fraction": rf"[{_FRACTIONS}]",
    "name": NAME,
    "raised": rf"[{_HIGH}]+",
    "sign": _SIGN,
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()))
_SUPERSCRIPT = re.compile(SUPERSCRIPT)
_DEFINED = re.compile(rf"(?:\A|[;\n])[^\S\n]*({NAME}{SUPERSCRIPT}?)[^\S\n]*=(?!=)")

_NO_CODE = (
    "a formula has numbers, names, + - * / ^, parentheses and functions; other characters and program code are refused"
)
_HINTS = {
    "|": "write abs(x) for |x|", "==": "= names a formula, and > and < compare", "!=": "only > and < compare",
    ">=": "only > and < compare", "<=": "only > and < compare",
}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """One piece of a formula.

    `kind` is "number", "name", "end", or the sign itself in Python's spelling ("+", "**", "(", "if", ...), ";" for a
    line's end too. `text` is what was written at `position`; `value` the number, or the label that a name stands for.
    """

    kind: str
    text: str
    position: int
    value: Any = None


def label_of(name: str) -> str:
    """The label, in the grammar of `notation.py`, that a name written in any of the usual ways stands for.

    >>> [label_of(name) for name in ("w₁₁", "δ_1", "w₁,₁₀", "a₁⁽²⁾", "a_1__2", "lambda_", "E_total")]
    ['w_11', 'delta_1', 'w_1_10', 'a_1^(2)', 'a_1^(2)', 'lambda', 'E_total']
    """
    label = re.sub(_LOWERED_RUN, lambda run: "_" + _plain(run[0], _LOWERED).replace(",", "_"), _composed(name))
    label = re.sub(f"[{_HIGH}]+", lambda run: "^" + _plain(run[0], _RAISED), label)
    label = re.sub(r"(?<=[^_])__([^\W_]+)\Z", r"^(\1)", label).replace("−", "-")
    if label.endswith("_") and keyword.iskeyword(label[:-1]):
        label = label[:-1]
    return re.sub(r"[^\W\d_]+", lambda letters: _in_latin(letters[0]), label)


def tokens(formula: str, known: Mapping[str, str]) -> list[Token]:
    """All tokens of a formula, "end" last; raises FormulaError at the first character that has no meaning.

    `known` maps each form of a known label to the label. It decides whether `a^(2)` is one name or a power:

    >>> [token.text for token in tokens("a^(2)", {"a^(2)": "a^(2)"})]
    ['a^(2)', '']
    >>> [token.text for token in tokens("a^(2)", {})]
    ['a', '^', '(', '2', ')', '']

    A name that the formula defines (`name = ...`) is known too. Line ends within brackets are spaces.
    """
    if len(formula) > LENGTH:
        raise unreadable(formula, LENGTH, formula[LENGTH], f"it is longer than {LENGTH:,} characters")
    defined = {label_of(name): label_of(name) for name in _DEFINED.findall(formula)}
    found, depth = [], 0
    for token in _tokens(formula, formula, 0, {**defined, **known}):
        depth += (token.kind in ("(", "[", "{")) - (token.kind in (")", "]", "}"))
        if token.text != "\n" or depth <= 0:
            found.append(token)
    return [*found, Token("end", "", len(formula))]


def _tokens(formula: str, piece: str, offset: int, known: Mapping[str, str]) -> Iterator[Token]:
    """The tokens of a piece of the formula that stands at `offset`, or of the plain form of a raised piece there."""
    position = 0
    while position < len(piece):
        match = _TOKEN.match(piece, position)
        if match is None or match[0] in _HINTS:
            text = match[0] if match else piece[position]
            raise unreadable(formula, position + offset, text, _HINTS.get(text, _NO_CODE))
        kind, text, place = match.lastgroup, match[0], position + offset
        position = match.end()
        written = formula[place : place + len(text)]
        if kind == "number":
            yield Token("number", written, place, _number(formula, text, place))
        elif kind == "fraction":
            yield Token("number", text, place, unicodedata.numeric(text))
        elif kind == "name":
            high = _SUPERSCRIPT.match(piece, position)
            if high and label_of(text + high[0]) in known:
                text, position = text + high[0], high.end()
            yield _name(formula, text, place, known)
        elif kind == "raised":  # x²ⁿ is x**(2n), and its brackets close no others
            yield Token("**", text[0], place)
            yield Token("⁽", text[0], place)
            yield from _tokens(formula, _plain(text, _RAISED), place, known)
            yield Token("⁾", text[-1], place + len(text) - 1)
        elif kind == "sign":
            yield Token(SIGNS.get(text, text), written, place)


def _name(formula: str, text: str, place: int, known: Mapping[str, str]) -> Token:
    if text in ("if", "else"):
        return Token(text, text, place)
    label = label_of(text)
    label = known.get(label) or known.get(text) or label
    if keyword.iskeyword(text) and label not in known and label not in GREEK:
        raise unreadable(formula, place, text, _NO_CODE)
    return Token("name", text, place, label)


def _number(formula: str, text: str, place: int) -> float:
    number = float(text.replace("−", "-"))
    if math.isinf(number):
        raise unreadable(formula, place, text[:20], "this number is too large for a float (1.8e308)")
    return int(text.lstrip("0") or "0") if text.isdecimal() else number


def unreadable(formula: str, position: int, found: str, reason: str) -> FormulaError:
    """The error for a formula that cannot be read at `position`, where `found` stands; its message shows the place."""
    at = {"": "its end", "\n": "the end of a line"}.get(found, repr(found))
    message = f"cannot read the formula at {at}: {reason}\n{_shown(formula, position)}"
    return FormulaError(message, formula=formula, position=position)


def _shown(formula: str, position: int) -> str:
    """The line around `position`, and a caret below it."""
    first = formula.rfind("\n", 0, position) + 1
    last = formula.find("\n", position)
    start, stop = max(first, position - 48), min(len(formula) if last < 0 else last, position + 24)
    before = ("..." if start > first else "") + _printable(formula[start:position])
    after = _printable(formula[position:stop])
    return f"    {before}{after}\n    {' ' * sum(map(_width, before))}^"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _width(character: str) -> int:
    return 0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")


def _composed(name: str) -> str:
    """ŷ is one character, however it was typed."""
    return unicodedata.normalize("NFC", name)


def _plain(text: str, alphabet: Mapping[str, str]) -> str:
    return "".join(alphabet.get(character, character) for character in text)


def _in_latin(letters: str) -> str:
    """A single Greek letter by its name, whatever its style (the micro sign, a bold δ); other text as it stands."""
    return _NAME_OF.get(unicodedata.normalize("NFKC", letters), letters) if len(letters) == 1 else letters
