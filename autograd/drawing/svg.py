"""The picture: one SVG writer, one look, whatever laid it out.

Text is real text (it can be selected, searched and read aloud), every node is one `<g class="node …">` and every edge
one `<g class="edge …">` with ids of our own, colours follow the reader's light or dark scheme, and kinds differ by
shape as well as by colour: leaves have round ends, outputs a double border.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from xml.sax.saxutils import escape

from ..printers.runs import Run
from .dot import printable
from .geometry import Placement, Point, Route
from .metrics import LABEL, NAME, NOTE, SMALLER, VALUE, width_of
from .scene import Arrow, Card, Scene

_ARROW_LENGTH, _ARROW_WIDTH = 7.0, 5.6
_SHIFT = {"sub": 0.24, "sup": -0.36}  # of the font size, downward

_STYLE = f"""
.page{{fill:#fff}}
text{{fill:#1d2733;font-family:Helvetica,Arial,"Liberation Sans","DejaVu Sans",sans-serif}}
.name,.label text{{font-family:"STIX Two Text","Times New Roman","Liberation Serif","DejaVu Serif",serif}}
.var{{font-style:italic}}
.name{{font-size:{NAME.size:g}px}}
.value{{font-size:{VALUE.size:g}px}}
.grad{{font-size:{VALUE.size:g}px;fill:#a8361a}}
.label text{{font-size:{LABEL.size:g}px;fill:#3f4c5a}}
.label rect{{fill:#fff}}
.changed{{font-size:{NOTE.size:g}px;fill:#a8361a}}
.card{{stroke-width:1.2}}
.leaf .card{{fill:#eaf2fb;stroke:#5a8fc4}}
.inner .card{{fill:#f7f8fa;stroke:#8c98a6}}
.output .card{{fill:#fff4dc;stroke:#b9781a}}
.line{{fill:none;stroke:#8c98a6;stroke-width:1.2}}
.tip{{fill:#8c98a6}}
@media (prefers-color-scheme:dark){{
.page,.label rect{{fill:#12171e}}
text{{fill:#e6ebf1}}
.grad,.changed{{fill:#ff9d7c}}
.label text{{fill:#b6c2cf}}
.leaf .card{{fill:#16283b;stroke:#5f9bd6}}
.inner .card{{fill:#1c232c;stroke:#76838f}}
.output .card{{fill:#33290f;stroke:#dba13f}}
.line{{stroke:#76838f}}
.tip{{fill:#76838f}}
}}
"""


def svg_text(scene: Scene, placement: Placement) -> str:
    """The scene as an SVG document, its parts where the placement says."""
    width = max(placement.width, *(width_of([Run(note)], NOTE) + 24 for note in scene.notes), 1)
    height = placement.height + NOTE.leading * len(scene.notes) + (8 if scene.notes else 0)
    body = [_edge(arrow, placement.wires[arrow.key]) for arrow in scene.arrows]
    body += [_node(card, placement.boxes[card.key]) for card in scene.cards]
    body += [_label(arrow, placement.wires[arrow.key]) for arrow in scene.arrows]
    body += [
        f'<text class="changed" x="12" y="{_n(placement.height + NOTE.leading * index - 6)}">{_escaped(note)}</text>'
        for index, note in enumerate(scene.notes, 1)
    ]
    content = "\n".join(part for part in body if part)
    # Two pictures on one page must not share ids; the same picture has the same ids on every run.
    told = printable(scene.title + scene.description)
    prefix = "g" + hashlib.sha256(f"{told}\n{content}".encode()).hexdigest()[:8]
    content = content.replace('id="', f'id="{prefix}-')
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc" class="autograd" id="{prefix}">\n'
        f'<title id="{prefix}-title">{_escaped(scene.title)}</title>\n'
        f'<desc id="{prefix}-desc">{_escaped(scene.description)}</desc>\n'
        f"<style>{_scoped(_STYLE, prefix)}</style>\n"
        f'<rect class="page" width="100%" height="100%" rx="6"/>\n{content}\n</svg>\n'
    )


def _node(card: Card, centre: Point) -> str:
    box = card.box
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    round_by = 14 if card.role == "leaf" else 5
    shapes = [_rectangle(x, y, box.width, box.height, round_by)]
    if card.role == "output":
        shapes.append(_rectangle(x + 3, y + 3, box.width - 6, box.height - 6, round_by - 2))
    lines = []
    top = y + 6
    for line in card.lines:
        baseline = top + line.style.leading * 0.5 + line.style.size * 0.35
        lines.append(_text(line.runs, line.role, line.style.size, centre[0], baseline))
        top += line.style.leading
    return (
        f'<g class="node {card.role}" id="{card.key}"><title>{_escaped(card.title)}</title>'
        + "".join(shapes) + "".join(lines) + "</g>"
    )  # fmt: skip


def _edge(arrow: Arrow, route: Route) -> str:
    points = list(route.points)
    tip, back = points[-1], _before_tip(points)
    points[-1] = back
    start, rest = points[0], points[1:]
    curve = f"M{_p(start)}" + "".join(f"C{_p(a)} {_p(b)} {_p(c)}" for a, b, c in zip(*[iter(rest)] * 3, strict=True))
    return (
        f'<g class="edge" id="{arrow.key}"><title>{_escaped(arrow.title)}</title>'
        f'<path class="line" d="{curve}"/><path class="tip" d="{_tip(back, tip)}"/></g>'
    )


def _label(arrow: Arrow, route: Route) -> str:
    if route.label is None or not arrow.runs:
        return ""
    x, y = route.label
    width = width_of(arrow.runs, LABEL) + 2
    return (
        f'<g class="label" id="{arrow.key}-label"><rect x="{_n(x - width / 2)}" y="{_n(y - 8)}" width="{_n(width)}"'
        f' height="13" rx="3"/>{_text(arrow.runs, "", LABEL.size, x, y + LABEL.size * 0.22)}</g>'
    )


def _rectangle(x: float, y: float, width: float, height: float, radius: float) -> str:
    return f'<rect class="card" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"/>'


def _text(runs: Iterable[Run], role: str, size: float, x: float, y: float) -> str:
    """Centred text; subscripts and superscripts are smaller and shifted, and the next run is shifted back."""
    spans, shift = [], 0.0
    for run in runs:
        wanted = _SHIFT.get(run.kind, 0.0) * size
        attributes = f' dy="{_n(wanted - shift)}"' if wanted != shift else ""
        attributes += f' font-size="{_n(size * SMALLER)}"' if run.kind in _SHIFT else ""
        attributes += ' class="var"' if run.kind == "name" else ""
        shift = wanted
        content = _escaped(run.content)
        spans.append(f"<tspan{attributes}>{content}</tspan>" if attributes else content)
    kind = f' class="{role}"' if role else ""
    return f'<text{kind} x="{_n(x)}" y="{_n(y)}" text-anchor="middle" xml:space="preserve">{"".join(spans)}</text>'


def _before_tip(points: list[Point]) -> Point:
    """Where the line ends and the arrow head begins: one head's length before the tip, along the curve's end."""
    (x, y), (u, v) = points[-1], next((p for p in reversed(points[:-1]) if math.dist(p, points[-1]) > 0.1), points[0])
    length = math.dist((x, y), (u, v)) or 1.0
    return x - (x - u) / length * _ARROW_LENGTH, y - (y - v) / length * _ARROW_LENGTH


def _tip(back: Point, tip: Point) -> str:
    dx, dy = (tip[0] - back[0]) / _ARROW_LENGTH, (tip[1] - back[1]) / _ARROW_LENGTH
    half = _ARROW_WIDTH / 2
    left, right = (back[0] - dy * half, back[1] + dx * half), (back[0] + dy * half, back[1] - dx * half)
    return f"M{_p(tip)}L{_p(left)}L{_p(right)}Z"


def _scoped(style: str, prefix: str) -> str:
    """The rules, holding for this picture only: styles inside an SVG on a page hold for the whole page."""
    lines = []
    for line in style.strip().splitlines():
        selectors, brace, rest = line.partition("{")
        if brace and not line.startswith("@"):
            line = ",".join(f"#{prefix} {selector}" for selector in selectors.split(",")) + brace + rest
        lines.append(line)
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return escape(printable(text), {'"': "&quot;"})


def _p(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(number: float) -> str:
    """A coordinate with at most two decimals and no -0."""
    return f"{number:.2f}".rstrip("0").rstrip(".") if abs(number) >= 0.005 else "0"
