"""The picture: one SVG writer, one look, whatever laid it out.

Text is real text (it can be selected, searched and read aloud), every node is one `<g class="node …">` and every edge
one `<g class="edge …">` with ids of our own, colours follow the reader's light or dark scheme, and kinds differ by
shape as well as by colour: leaves have round ends, outputs a double border, and paths that are lit double lines.
"""

from __future__ import annotations

from ..characters import escaped
from ..printers.runs import Run
from .elements import edge_element, label_element, n, node_element, text_element
from .frame import svg_document
from .geometry import MARGIN, Placement
from .look import LIT, STYLE
from .metrics import CAPTION, NOTE, width_of
from .scene import ON_PATH, Arrow, Scene
from .typesetting import Block, set_caption


def svg_text(scene: Scene, placement: Placement) -> str:
    """The scene as an SVG document, its parts where the placement says."""
    caption = set_caption(scene.caption, placement.width - 2 * MARGIN) if scene.caption else Block((), 0.0, 0.0)
    texts = [caption.width, *(width_of([Run(note)], NOTE) for note in scene.notes)]
    width = max(placement.width, *(text + 2 * MARGIN for text in texts), 1)
    below = placement.height + (caption.height + 1.5 * MARGIN if caption.lines else 0)
    height = below + NOTE.leading * len(scene.notes) + (8 if scene.notes else 0)
    content = "\n".join(
        part for part in [*_graph(scene, placement), *_caption(caption, placement.height, width), *_notes(scene, below)]
        if part
    )  # fmt: skip
    style = STYLE + LIT if scene.caption else STYLE
    return svg_document(content, width, height, title=scene.title, description=scene.description, style=style)


def _graph(scene: Scene, placement: Placement) -> list[str]:
    """Lines, cards over them, and labels on top; what is on a path is not crossed by what is beside it."""
    arrows = sorted(scene.arrows, key=_is_on_path)
    return [
        *(edge_element(arrow, placement.wires[arrow.key]) for arrow in arrows),
        *(node_element(card, placement.boxes[card.key]) for card in scene.cards),
        *(label_element(arrow, placement.wires[arrow.key]) for arrow in scene.arrows),
    ]


def _is_on_path(arrow: Arrow) -> bool:
    return arrow.standing == ON_PATH


def _caption(caption: Block, top: float, width: float) -> list[str]:
    """The caption below a rule."""
    if not caption.lines:
        return []
    rule = f'<path class="rule" d="M{n(MARGIN)},{n(top)}H{n(width - MARGIN)}"/>'
    top += MARGIN / 2
    return [rule] + [
        text_element(line.runs, "caption" if line.style is CAPTION else "words", line.style.size, MARGIN + line.x,
                     top + line.baseline, "start")
        for line in caption.lines
    ]  # fmt: skip


def _notes(scene: Scene, top: float) -> list[str]:
    return [
        f'<text class="changed" x="12" y="{n(top + NOTE.leading * index - 6)}">{escaped(note)}</text>'
        for index, note in enumerate(scene.notes, 1)
    ]
