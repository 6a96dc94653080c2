"""An expression as runs of text: names, signs, subscripts and superscripts, in order.

All the printers of running text (terminal, SVG, HTML) stand on these runs and differ only in how they show one.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from .. import notation
from ..op import Op
from .factors import VULGAR, Figure, figure_of
from .shape import Writer


class Run(NamedTuple):
    """A piece of text and its kind: "plain", "name" (a variable), "sub" or "sup"."""

    content: str
    kind: str = "plain"


def label_runs(label: str) -> list[Run]:
    """A label: base, subscript and superscript."""
    parts = notation.read(label)
    return [
        Run(parts.letter, "name"),
        *([Run(parts.subscript, "sub")] if parts.subscript else []),
        *([Run(parts.superscript, "sup")] if parts.superscript else []),
    ]


def runs(expression: Any, digits: int = 4) -> list[Run]:
    """The runs of a simplified expression; constants are written with `digits` significant digits."""
    return list(_Runs(digits).written(expression).form)


class _Runs(Writer):
    """Its forms are lists of runs."""

    signs = {
        "plus": [Run(" + ")], "minus": [Run(" − ")], "negative": [Run("−")],
        "dot": [Run("·")], "spaced dot": [Run(" · ")], "close": [],
    }  # fmt: skip

    def joined(self, forms: list[list[Run]]) -> list[Run]:
        return [run for form in forms for run in form]

    label = staticmethod(lru_cache(maxsize=4096)(label_runs))  # The lists are put together anew, never changed.

    def figure(self, figure: Figure) -> list[Run]:
        return [Run(_decimal(figure))]

    def over_index(self, index: list[Run], body: list[Run]) -> list[Run]:
        return [Run("Σ"), Run(joined(index), "sub"), Run(" "), *body]

    def leibniz(self, output: list[Run], variable: list[Run]) -> list[Run]:
        return [Run("∂"), *output, Run("/∂"), *variable]

    def omitted(self, count: int) -> list[Run]:
        return [Run(f"… ({count:,} more)")]

    def bracketed(self, form: list[Run], bracket: str, is_tall: bool) -> list[Run]:
        return [Run(bracket), *form, Run("]" if bracket == "[" else ")")]

    def fraction(self, over: list[Run], under: list[Run]) -> list[Run]:
        return [*over, Run("/"), *under]

    def raised(self, base: list[Run], exponent: list[Run]) -> list[Run]:
        return [*base, Run(joined(exponent), "sup")]

    def root(self, form: list[Run]) -> list[Run]:
        return [Run("√"), *form]

    def bars(self, form: list[Run]) -> list[Run]:
        return [Run("|"), *form, Run("|")]

    def function(self, op: Op, arguments: list[list[Run]], is_tall: bool) -> list[Run]:
        inner: list[Run] = []
        for argument in arguments:
            inner += [Run(", ")] if inner else []
            inner += argument
        return [Run(f"{op.notation.text or op.name}("), *inner, Run(")")]

    def relation(self, op: Op) -> list[Run]:
        return [Run(f" {op.notation.text or op.name} ")]

    def cases(self, rows: list[tuple[Any, Any, bool]], otherwise: list[Run]) -> list[Run]:
        result: list[Run] = []
        for then, condition, _ in rows:
            result += [*then, Run(" if "), *condition, Run(" else ")]
        return result + otherwise


def joined(pieces: Iterable[Run]) -> str:
    """Runs as text, with Unicode's small raised and lowered characters where it has them."""
    show = {"sub": notation.lowered, "sup": notation.raised}
    return "".join(show[run.kind](run.content) if run.kind in show else run.content for run in pieces)


def shown(number: float, digits: int = 4) -> str:
    """A float with `digits` significant digits, a true minus and no needless exponent: 0.05, −1.25, 3.1×10⁻⁷."""
    return _decimal(figure_of(float(number), digits))


def _decimal(figure: Figure) -> str:
    written = figure.mantissa
    if figure.exponent:
        written += f"×10{notation.raised(figure.exponent)}"
    if figure.denominator:
        fraction = Fraction(int(figure.mantissa), int(figure.denominator))
        written = VULGAR.get(fraction, f"{figure.mantissa}/{figure.denominator}")
    return "−" * figure.is_negative + written


def changed(before: float, now: float, digits: int = 4) -> str:
    """`0.5 → 0.45`, with all digits where the rounded numbers are the same.

    >>> changed(0.5, 0.45), changed(0.5, 0.500001)
    ('0.5 → 0.45', '0.5 → 0.500001')
    """
    rounded = shown(before, digits), shown(now, digits)
    return " → ".join(rounded) if rounded[0] != rounded[1] else f"{before!r} → {now!r}"
