"""Where something stands in a typed formula, and the errors that show the place.

A formula may be read from a plainer form of it (LaTeX without its commands); `Source` holds that form and knows where
each of its characters was typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from ..errors import FormulaError, LabelError


class UnknownNameError(LabelError, FormulaError):
    """A formula uses a name that nothing has, or that could be two labels; `position` is where it stands."""


class Source:
    """The text that is read, for the formula that was typed.

    `starts[i]` and `ends[i]` are the borders, in the formula, of what character i of the text stands for.

    >>> Source("x+1").typed(0, 3)
    'x+1'
    """

    def __init__(
        self, formula: str, text: str | None = None, starts: Sequence[int] | None = None,
        ends: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        self.formula = formula
        self.text = formula if text is None else text
        self.starts = range(len(formula)) if starts is None else starts
        self.ends = range(1, len(formula) + 1) if ends is None else ends

    def place(self, index: int) -> int:
        """Where character `index` of the text was typed."""
        return self.starts[index] if index < len(self.starts) else len(self.formula)

    def typed(self, start: int, stop: int) -> str:
        """What was typed for text[start:stop]."""
        return self.formula[min(self.starts[start:stop]) : max(self.ends[start:stop])] if start < stop else ""

    def part(self, start: int, stop: int, text: str) -> Source:
        """text[start:stop] as a source of its own, written as `text` of the same length."""
        return Source(self.formula, text, self.starts[start:stop], self.ends[start:stop])


class Rewriting:
    """The plain form of a formula while it is written, with the place of each character."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.text: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def emit(self, text: str, start: int, stop: int) -> None:
        """Write `text` for formula[start:stop]."""
        self.text += text
        self.starts += [start] * len(text)
        self.ends += [stop] * len(text)

    def copy(self, start: int, stop: int) -> None:
        """Write formula[start:stop] as it is."""
        self.text += self.formula[start:stop]
        self.starts += range(start, stop)
        self.ends += range(start + 1, stop + 1)

    def insert(self, index: int, text: str, start: int, stop: int) -> None:
        """Write `text` at an earlier place."""
        self.text[index:index] = text
        self.starts[index:index] = [start] * len(text)
        self.ends[index:index] = [stop] * len(text)

    def source(self) -> Source:
        return Source(self.formula, "".join(self.text), self.starts, self.ends)


def unreadable(formula: str, position: int, found: str, reason: str) -> FormulaError:
    """The error for a formula that cannot be read at `position`, where `found` stands; its message shows the place."""
    at = {"": "its end", "\n": "the end of a line"}.get(found) or quoted(found)
    message = f"cannot read the formula at {at}: {reason}\n{_shown(formula, position)}"
    return FormulaError(message, formula=formula, position=position)


def unknown(formula: str, position: int, sentence: str) -> UnknownNameError:
    """The error for a name; its message is the sentence, and shows the place."""
    return UnknownNameError(f"{sentence}\n{_shown(formula, position)}", formula=formula, position=position)


def quoted(text: str) -> str:
    """Text in quotes, cut if it is long."""
    return repr(shortened(text)).replace(r"\\", "\\")


def shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def listed(names: Iterable[str], word: str = "and") -> str:
    """`w`, `w and b`, `w, x and b`; what is long is cut."""
    given = list(names)
    shown = [shortened(name) for name in given[:12]]
    if len(given) > len(shown):
        shown[10:] = [f"{len(given) - 10} more"]
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


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
