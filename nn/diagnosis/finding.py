"""What a diagnosis is made of: findings, each with its numbers and a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.atoms import Numeral
from autograd.page import Phrase
from autograd.pages.text import phrase_text
from autograd.symbol import Symbol

# Every code that a finding may have, and what was found.
CODES = {
    "targets": "targets that no output reaches",
    "logits": "outputs that have been through sigmoid or softmax, for a loss that brings its own",
    "probabilities": "outputs that may leave the range from 0 to 1, for a loss that takes their logarithms",
    "constant": "inputs that are the same in every row",
    "scales": "inputs of very different sizes",
    "symmetric": "units that stay alike for ever",
    "exploding": "gradients that explode on their way back",
    "overshoot": "steps that are too long",
    "undefined": "weights at which the loss or its gradient is no finite number",
    "dead": "units whose slope is 0 for every sample",
    "saturated": "units whose slope is close to 0 for nearly all samples",
    "vanishing": "gradients that vanish on their way back",
    "crawl": "steps that are too short",
    "flat": "a point from which no step leads down",
}
_MOST_NAMES = 6


@dataclass(frozen=True)
class Finding:
    """One thing that was found: its `code` (one of `CODES`), the `facts` as numbers and labels, and what to do.

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
