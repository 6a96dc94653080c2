"""What a picture of a graph shows: a card for every node, an arrow for every use of a node, and words about the whole.

`stage.py` reads a scene off a recorded graph; `dot.py` writes it as DOT text, `svg.py` as a picture, and neither knows
anything of Values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..printers.runs import Run, label_runs
from .geometry import Box, Wire
from .metrics import LABEL, Style, width_of

# Longer names are cut, on their own card and in the formulas of others; a card's tooltip has them whole.
LONGEST_NAME, LONGEST_OPERAND = 40, 12
_CUT = {"name", "sub", "sup"}
# Where a card or an arrow stands, if paths are lit: on one of them, or beside them all.
ON_PATH, BESIDE = "on-path", "beside"


@dataclass(frozen=True)
class Line:
    """One line of a card: its runs, their style, and its role ("name", "tag", "value", "changed", "grad")."""

    runs: tuple[Run, ...]
    style: Style
    role: str


@dataclass(frozen=True)
class Card:
    """A node: what it shows, and the size that this takes."""

    key: str
    role: str  # "leaf", "inner" or "output"
    lines: tuple[Line, ...]
    title: str
    standing: str = ""

    @property
    def box(self) -> Box:
        """The room the card takes."""
        width = max(width_of(line.runs, line.style) for line in self.lines) + 14
        height = sum(line.style.leading for line in self.lines) + 12
        return Box(self.key, round(max(width, 46), 1), round(height, 1))


@dataclass(frozen=True)
class Arrow:
    """An edge from a node to one that uses it, with the local derivative in one line or a few."""

    key: str
    tail: str
    head: str
    lines: tuple[tuple[Run, ...], ...]
    title: str
    port: int
    standing: str = ""

    @property
    def wire(self) -> Wire:
        """The room the label takes."""
        width = max(width_of(line, LABEL) for line in self.lines)
        return Wire(self.key, self.tail, self.head, round(width + 4, 1), LABEL.leading * len(self.lines), self.port)


class Sentence(NamedTuple):
    """A line of words in a caption."""

    runs: tuple[Run, ...]


class Equation(NamedTuple):
    """A line `left sign right` of a caption; without a `left` it goes on with the one above."""

    left: tuple[Run, ...]
    sign: str
    right: tuple[Run, ...]


@dataclass
class Scene:
    """Cards and arrows in drawing order, and what is said about the whole."""

    cards: list[Card] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    caption: list[Sentence | Equation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    title: str = ""
    description: str = ""


def paths_of(scene: Scene) -> Scene:
    """The scene without what is beside its paths; the whole scene where no path is lit."""
    return replace(
        scene,
        cards=[card for card in scene.cards if card.standing != BESIDE],
        arrows=[arrow for arrow in scene.arrows if arrow.standing != BESIDE],
        description=f"{scene.description} Shown is what lies on the paths.".strip(),
    )


def name_runs(label: str) -> list[Run]:
    """A label on its own card."""
    return cut(label_runs(label), LONGEST_NAME)


def cut(pieces: Iterable[Run], longest: int = LONGEST_OPERAND) -> list[Run]:
    """Runs with every piece of a name cut to `longest` characters."""
    return [
        Run(f"{run.content[: longest - 1]}…", run.kind) if run.kind in _CUT and len(run.content) > longest else run
        for run in pieces
    ]
