"""A typed formula in its smallest pieces: numbers, names, signs."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import FormulaError
from ..notation import GREEK
from .places import Source, listed, quoted, unknown, unreadable
from .spelling import FRACTIONS, HIGH, NAME, RAISED, SUPERSCRIPT, Names, label_of, plain

__all__ = ["LENGTH", "NUMBER", "SIGNS", "Token", "label_of", "tokens"]

LENGTH = 10_000  # characters of a formula

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-−]?[0-9]+)?"

# How else a sign is written; what is not listed stands for itself.
SIGNS = {
    "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "\N{INVISIBLE TIMES}": "*",
    "÷": "/", "∕": "/", "⁄": "/", "^": "**", "\n": ";",
}  # fmt: skip
_SIGN = rf"\*\*|[<>!=]=|[-+*/<>=√,;|()\[\]{{}}{re.escape(''.join(SIGNS))}]"

# The patterns are tried in this order; a new notation is a new line here and its reading in `_tokens`.
_PATTERNS = {
    "space": r"[^\S\n]+",
    "number": NUMBER,
    "fraction": rf"[{FRACTIONS}]",
    "name": NAME,
    "raised": rf"[{HIGH}]+",
    "sign": _SIGN,
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()))
_SUPERSCRIPT = re.compile(SUPERSCRIPT)
_CALLED = re.compile(r"[^\S\n]*\(")
_DEFINED = re.compile(rf"(?:\A|[;\n])[^\S\n]*({NAME}{SUPERSCRIPT}?)[^\S\n]*=(?!=)")

_NO_CODE = (
    "a formula has numbers, names, + - * / ^, parentheses and functions; other characters and program code are refused"
)
_HINTS = {
    "==": "= names a formula, and > and < compare", "!=": "only > and < compare", ">=": "only > and < compare",
    "<=": "only > and < compare", "!": "there are no factorials here", "%": "write a percentage as a number: 0.05",
    "∂": "write the derivative out, in the names of the graph", "∞": "every number here is finite",
    "_": "a subscript stands directly behind its name: w_1", "$": "'$' stands around the whole formula only",
}  # fmt: skip


class Token(NamedTuple):
    """One piece of a formula.

    `kind` is "number", "name", "end", or the sign itself in Python's spelling ("+", "**", "(", "if", ...), ";" for a
    line's end too. `text` is what was written at `position`; `value` the number, or the label that a name stands for.
    """

    kind: str
    text: str
    position: int
    value: Any = None


def tokens(formula: str | Source, names: Names | Mapping[str, str] | Iterable[str]) -> list[Token]:
    """All tokens of a formula, "end" last; raises FormulaError at the first character that has no meaning.

    `names` are the known labels (or a mapping to them). They decide whether `a^(2)` is one name or a power:

    >>> [token.text for token in tokens("a^(2)", ["a^(2)"])]
    ['a^(2)', '']
    >>> [token.text for token in tokens("a^(2)", [])]
    ['a', '^', '(', '2', ')', '']

    A name that the formula defines (`name = ...`) is known too. Line ends within brackets are spaces.
    """
    source = formula if isinstance(formula, Source) else Source(formula)
    if not isinstance(names, Names):
        names = Names(names.values() if isinstance(names, Mapping) else names)
    check_length(source.formula)
    names.define(label_of(name) for name in _DEFINED.findall(source.text))
    found, depth = [], 0
    for token in _tokens(source, names):
        depth += (token.kind in ("(", "[", "{")) - (token.kind in (")", "]", "}"))
        if token.text != "\n" or depth <= 0:
            found.append(token)
    return [*found, Token("end", "", len(source.formula))]


def check_length(formula: str) -> None:
    """Raises FormulaError for a formula that is too long to be read in little time."""
    if len(formula) > LENGTH:
        raise unreadable(formula, LENGTH, formula[LENGTH], f"it is longer than {LENGTH:,} characters")


def _tokens(source: Source, names: Names) -> Iterator[Token]:
    """The tokens of a source, which may be the plain form of a raised piece of another."""
    position = 0
    while position < len(source.text):
        match = _TOKEN.match(source.text, position)
        if match is None or match[0] in _HINTS:
            raise _refused(source, position, match[0] if match else source.text[position])
        kind, start, position = match.lastgroup, position, match.end()
        written, place = source.typed(start, position), source.place(start)
        if kind == "number":
            yield Token("number", written, place, _number(source, match[0], place))
        elif kind == "fraction":
            yield Token("number", written, place, unicodedata.numeric(match[0]))
        elif kind == "name":
            found, position = _names(source, names, start, position)
            yield from found
        elif kind == "raised":  # x²ⁿ is x**(2n), and its brackets close no others
            yield Token("**", written[0], place)
            yield Token("⁽", written[0], place)
            yield from _tokens(source.part(start, position, plain(match[0], RAISED)), names)
            yield Token("⁾", written[-1], source.place(position - 1))
        elif kind == "sign":
            yield Token(SIGNS.get(match[0], match[0]), written, place)


def _refused(source: Source, position: int, text: str) -> FormulaError:
    place = source.place(position)
    reason = _HINTS.get(text) or _about(text[0]) or _NO_CODE
    return unreadable(source.formula, place, source.typed(position, position + len(text)), reason)


def _about(character: str) -> str:
    """What to say about a character that looks right and is not."""
    category = unicodedata.category(character)
    if category == "Nd":
        return f"write digits as 0 to 9; this is {unicodedata.name(character, 'another digit')}"
    if category == "Cf":
        told = unicodedata.name(character, f"U+{ord(character):04X}")
        return f"an invisible character ({told}) stands here; delete it"
    return ""


# ---------------------------------------------------------------- names


def _names(source: Source, names: Names, start: int, stop: int) -> tuple[list[Token], int]:
    """The name at text[start:stop], or the names that are run together there, and where it ends.

    A superscript belongs to the name if there is a label with it.
    """
    text = source.text[start:stop]
    if text in ("if", "else"):
        return [Token(text, source.typed(start, stop), source.place(start))], stop
    high = _SUPERSCRIPT.match(source.text, stop)
    for end in (high.end(), stop) if high else (stop,):
        labels = _labels(source, names, start, end)
        if labels:
            return labels, end
    if keyword.iskeyword(text) and label_of(text) not in GREEK:
        raise unreadable(source.formula, source.place(start), text, _NO_CODE)
    return [Token("name", source.typed(start, stop), source.place(start), label_of(text))], stop


def _labels(source: Source, names: Names, start: int, stop: int) -> list[Token]:
    """The known labels that text[start:stop] stands for: none, one, or the factors of a product."""
    text = source.text[start:stop]
    label, is_called = label_of(text), _CALLED.match(source.text, stop) is not None
    if label in names.functions and not {label, text} & names.forms.keys():
        return []
    found = names.find(label, text)
    if len(found) > 1:
        sentence = f"{quoted(text)} can be {listed(found, 'or')}; write one of them"
        raise unknown(source.formula, source.place(start), sentence)
    if found:
        return [Token("name", source.typed(start, stop), source.place(start), found[0])]
    pieces, result = names.split(text, is_called), []
    for piece in pieces:
        end = start + len(piece)
        result.append(Token("name", source.typed(start, end), source.place(start), _one(names, label_of(piece))))
        start = end
    return result


def _one(names: Names, label: str) -> str:
    return (*names.find(label), label)[0]


def _number(source: Source, text: str, place: int) -> float:
    number = float(text.replace("−", "-"))
    if math.isinf(number):
        raise unreadable(source.formula, place, text[:20], "this number is too large for a float (1.8e308)")
    return int(text.lstrip("0") or "0") if text.isdecimal() else number
