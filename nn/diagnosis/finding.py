"""What a diagnosis is made of: findings, each with its numbers and a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.atoms import Numeral
from autograd.page import Phrase
from autograd.pages.text import phrase_text
from autograd.symbol import Symbol

_MOST_NAMES = 6


@dataclass(frozen=True)
class Finding:
    """One thing that was found: its `code`, the `facts` as numbers and labels, and what to do.

    `message` and `remedy` are phrases, words with mathematics between them; `str` writes both as text. `hinders` tells
    whether it keeps the network from learning, or is only worth knowing.
    """

    code: str
    message: Phrase
    remedy: Phrase
    facts: Mapping[str, Any] = field(default_factory=dict)
    hinders: bool = True

    def __str__(self) -> str:
        return f"{phrase_text(self.message)} {phrase_text(self.remedy)}".strip()

    def __repr__(self) -> str:
        return f"<finding {self.code}: {phrase_text(self.message)}>"


def number(found: float, digits: int = 3) -> Any:
    """A measured number as a page shows it.

    >>> phrase_text(["at most ", number(0.0009765625)])
    'at most 0.000977'
    """
    return Numeral(found, digits)


def named(labels: Sequence[str]) -> list[Any]:
    """Units as a list in words; of very many the first.

    >>> phrase_text(named(["h_1", "h_2", "h_3"]))
    'h₁, h₂ and h₃'
    """
    shown = labels if len(labels) <= _MOST_NAMES else labels[: _MOST_NAMES - 1]
    told: list[Any] = []
    for index, label in enumerate(shown):
        is_end = index == len(labels) - 1
        told += [] if not index else [" and " if is_end else ", "]
        told.append(Symbol(label))
    return told if len(shown) == len(labels) else [*told, f" and {len(labels) - len(shown)} more"]


def counted(count: int, what: str) -> str:
    """1 unit, 2 units.

    >>> counted(1, "unit"), counted(1200, "sample")
    ('1 unit', '1,200 samples')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def way(labels: Sequence[str]) -> list[Any]:
    """A path through the network: x₁ → h₂ → y₁.

    >>> phrase_text(way(["x_1", "h_2", "y_1"]))
    'x₁ → h₂ → y₁'
    """
    told: list[Any] = []
    for label in labels:
        told += [" → "] if told else []
        told.append(Symbol(label))
    return told
