"""The DOT text of a scene: pure text, the same on every run, safe for any label.

User text stands in labels and tooltips only, never in a name, an id or a font: Graphviz writes those into attributes of
its SVG without escaping. Sizes are fixed, so that every layout engine places the same boxes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from ..characters import printable
from ..printers.runs import Run, joined
from .scene import BESIDE, ON_PATH, Arrow, Card, Equation, Scene, Sentence

_POINTS_PER_INCH = 72
_SHAPES = {"leaf": 'style="rounded"', "inner": 'style=""', "output": 'style="bold"'}

_LONGEST, _LARGEST_STRING = 2_000, 14_000  # characters and bytes; Graphviz gives up on a string of 16,384 bytes


def dot_text(scene: Scene, rankdir: str = "LR") -> str:
    """The scene as a Graphviz digraph; the edge attribute `wire` names each edge for those who read the layout back."""
    lines = [
        "digraph autograd {",
        f'  graph [rankdir={rankdir}, nodesep=0.15, ranksep=0.3, label={_graph_label(scene)}, labelloc=b, '
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
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") + '"'


def _graph_label(scene: Scene) -> str:
    """The title; if there is a caption, a line for each of its lines, left-aligned."""
    if not scene.caption:
        return quoted(scene.title)
    written = [f"{quoted(line)[1:-1]}\\l" for line in (scene.title, *map(_caption_line, scene.caption))]
    sizes = accumulate(len(line.encode("utf-8", "replace")) for line in written)
    return '"' + "".join(line for line, size in zip(written, sizes, strict=True) if size < _LARGEST_STRING) + '"'


def _caption_line(line: Sentence | Equation) -> str:
    if isinstance(line, Sentence):
        return joined(line.runs)
    return joined((*(line.left or (Run("     "),)), Run(f" {line.sign} "), *line.right))


def _card(card: Card) -> str:
    box = card.box
    label = _lines(line.runs for line in card.lines)
    standing = {ON_PATH: ", penwidth=3", BESIDE: ", fontcolor=gray30"}.get(card.standing, "")
    return (
        f'{card.key} [label="{label}", tooltip={quoted(card.title)}, width={_inches(box.width)}, '
        f"height={_inches(box.height)}, {_SHAPES[card.role]}{standing}]"
    )


def _arrow(arrow: Arrow) -> str:
    label, tooltip = _lines(arrow.lines), quoted(arrow.title)
    standing = {
        ON_PATH: ", style=bold, penwidth=3, arrowsize=1.1",
        BESIDE: ", color=gray50, fontcolor=gray30",
    }.get(arrow.standing, "")
    return f'{arrow.tail} -> {arrow.head} [wire={arrow.key}, label="{label}", tooltip={tooltip}{standing}]'


def _lines(lines: Iterable[Iterable[Run]]) -> str:
    return "\\n".join(quoted(joined(line))[1:-1] for line in lines)


def _inches(points: float) -> str:
    return f"{points / _POINTS_PER_INCH:.4f}"
