"""The elements of a picture: cards, arrows, labels and text as pieces of SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..characters import escaped
from ..printers.runs import Run
from .geometry import Point, Route
from .metrics import LABEL, SMALLER, width_of
from .scene import ON_PATH, Arrow, Card, Line

_HEAD, _LARGE_HEAD = (7.0, 5.6), (12.0, 10.0)  # length and width of an arrow head
_SHIFT = {"sub": 0.24, "sup": -0.36}  # of the font size, downward


def node_element(card: Card, centre: Point) -> str:
    """A card with its lines."""
    box = card.box
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    round_by = 14 if card.role == "leaf" else 5
    parts = [_rectangle("card", x, y, box.width, box.height, round_by)]
    if card.role == "output":
        kind, by = ("card inside", 4) if card.standing == ON_PATH else ("card", 3)
        parts.append(_rectangle(kind, x + by, y + by, box.width - 2 * by, box.height - 2 * by, round_by - 2))
    lines = []
    top = y + 6
    for line in card.lines:
        if line.role == "tag":
            parts.append(_pill(line, centre[0], top))
        baseline = top + line.style.leading * 0.5 + line.style.size * 0.35
        lines.append(text_element(line.runs, line.role, line.style.size, centre[0], baseline))
        top += line.style.leading
    kind = _kind(f"node {card.role}", card.standing)
    return (
        f'<g class="{kind}" id="{card.key}"><title>{escaped(card.title)}</title>'
        + "".join(parts) + "".join(lines) + "</g>"
    )  # fmt: skip


def edge_element(arrow: Arrow, route: Route) -> str:
    """A line with its arrow head; a line on a path has a second, light one within."""
    is_on = arrow.standing == ON_PATH
    length, width = _LARGE_HEAD if is_on else _HEAD
    points = list(route.points)
    tip, back = points[-1], before_tip(points, length)
    points[-1] = back
    start, rest = points[0], points[1:]
    curve = f"M{_p(start)}" + "".join(f"C{_p(a)} {_p(b)} {_p(c)}" for a, b, c in zip(*[iter(rest)] * 3, strict=True))
    core = f'<path class="core" d="{curve}"/>' if is_on else ""
    return (
        f'<g class="{_kind("edge", arrow.standing)}" id="{arrow.key}"><title>{escaped(arrow.title)}</title>'
        f'<path class="line" d="{curve}"/>{core}<path class="tip" d="{arrow_head(back, tip, width)}"/></g>'
    )


def label_element(arrow: Arrow, route: Route) -> str:
    """What stands on an arrow, if there is something."""
    if route.label is None or not any(arrow.lines):
        return ""
    x, y = route.label
    width = max(width_of(line, LABEL) for line in arrow.lines) + 2
    height = LABEL.leading * (len(arrow.lines) - 1)  # from the first line to the last
    texts = [
        text_element(line, "", LABEL.size, x, y - height / 2 + LABEL.leading * index + LABEL.size * 0.22)
        for index, line in enumerate(arrow.lines)
    ]
    return (
        f'<g class="{_kind("label", arrow.standing)}" id="{arrow.key}-label"><rect x="{n(x - width / 2)}" '
        f'y="{n(y - height / 2 - 8)}" width="{n(width)}" height="{n(height + 13)}" rx="3"/>{"".join(texts)}</g>'
    )


def text_element(runs: Iterable[Run], role: str, size: float, x: float, y: float, anchor: str = "middle") -> str:
    """Text; subscripts and superscripts are smaller and shifted, and the next run is shifted back."""
    spans, shift = [], 0.0
    for run in runs:
        wanted = _SHIFT.get(run.kind, 0.0) * size
        attributes = f' dy="{n(wanted - shift)}"' if wanted != shift else ""
        attributes += f' font-size="{n(size * SMALLER)}"' if run.kind in _SHIFT else ""
        attributes += ' class="var"' if run.kind == "name" else ""
        shift = wanted
        content = escaped(run.content)
        spans.append(f"<tspan{attributes}>{content}</tspan>" if attributes else content)
    kind = f' class="{role}"' if role else ""
    return f'<text{kind} x="{n(x)}" y="{n(y)}" text-anchor="{anchor}" xml:space="preserve">{"".join(spans)}</text>'


def n(number: float) -> str:
    """A coordinate with at most two decimals and no -0."""
    return f"{number:.2f}".rstrip("0").rstrip(".") if abs(number) >= 0.005 else "0"


def before_tip(points: list[Point], head: float) -> Point:
    """Where the line ends and the arrow head begins: one head's length before the tip, along the curve's end."""
    (x, y), (u, v) = points[-1], next((p for p in reversed(points[:-1]) if math.dist(p, points[-1]) > 0.1), points[0])
    length = math.dist((x, y), (u, v)) or 1.0
    return x - (x - u) / length * head, y - (y - v) / length * head


def arrow_head(back: Point, tip: Point, width: float) -> str:
    """The path of an arrow head: a triangle from `back`, where it is `width` wide, to its tip."""
    length = math.dist(back, tip) or 1.0
    dx, dy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    half = width / 2
    left, right = (back[0] - dy * half, back[1] + dx * half), (back[0] + dy * half, back[1] - dx * half)
    return f"M{_p(tip)}L{_p(left)}L{_p(right)}Z"


def _kind(kind: str, standing: str) -> str:
    return f"{kind} {standing}" if standing else kind


def _rectangle(kind: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    return f'<rect class="{kind}" x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" rx="{n(radius)}"/>'


def _pill(line: Line, x: float, top: float) -> str:
    """The ground of a tag."""
    width = width_of(line.runs, line.style) + 8
    return _rectangle("pill", x - width / 2, top, width, line.style.leading - 2, (line.style.leading - 2) / 2)


def _p(point: Point) -> str:
    return f"{n(point[0])},{n(point[1])}"
