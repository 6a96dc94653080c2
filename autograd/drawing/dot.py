"""The DOT text of a scene: pure text, the same on every run, safe for any label.

User text stands in labels and tooltips only, never in a name, an id or a font: Graphviz writes those into attributes of
its SVG without escaping. Sizes are fixed, so that every layout engine places the same boxes.
"""

from __future__ import annotations

import re

from ..printers.runs import joined
from .scene import Arrow, Card, Scene

_POINTS_PER_INCH = 72
_SHAPES = {"leaf": 'style="rounded"', "inner": 'style=""', "output": 'style="bold"'}
# What XML cannot hold: control characters, lone surrogates, and the two non-characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_LONGEST = 2_000  # characters; Graphviz gives up on a string of more than 16,384 bytes


def dot_text(scene: Scene, rankdir: str = "LR") -> str:
    """The scene as a Graphviz digraph; the edge attribute `wire` names each edge for who reads the layout back."""
    lines = [
        "digraph autograd {",
        f'  graph [rankdir={rankdir}, nodesep=0.15, ranksep=0.3, label={quoted(scene.title)}, labelloc=b, '
        'charset="UTF-8"]',
        '  node [shape=box, fixedsize=true, fontsize=11, fontname="Helvetica", margin=0]',
        '  edge [fontsize=14, fontname="Times-Roman", arrowsize=0.6]',
    ]
    lines += [f"  {_card(card)}" for card in scene.cards]
    lines += [f"  {_arrow(arrow)}" for arrow in scene.arrows]
    return "\n".join([*lines, "}", ""])


def quoted(text: str) -> str:
    """Text as a DOT string that Graphviz shows letter by letter: no escapes, no entities, no line breaks.

    >>> print(quoted('a "b" \\\\n &amp; <c>'))
    "a \\"b\\" \\\\n &amp;amp; <c>"
    """
    text = printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + text.replace("\r", " ").replace("\n", " ") + '"'


def printable(text: str) -> str:
    """`text` without the characters that no XML document may hold."""
    return _UNPRINTABLE.sub("", text)


def _card(card: Card) -> str:
    box = card.box
    label = "\\n".join(quoted(joined(line.runs))[1:-1] for line in card.lines)
    return (
        f'{card.key} [label="{label}", tooltip={quoted(card.title)}, width={_inches(box.width)}, '
        f"height={_inches(box.height)}, {_SHAPES[card.role]}]"
    )


def _arrow(arrow: Arrow) -> str:
    label, tooltip = quoted(joined(arrow.runs)), quoted(arrow.title)
    return f"{arrow.tail} -> {arrow.head} [wire={arrow.key}, label={label}, tooltip={tooltip}]"


def _inches(points: float) -> str:
    return f"{points / _POINTS_PER_INCH:.4f}"
