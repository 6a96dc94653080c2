"""The neuron picture as SVG: circles, arrows as wide as their weights are large, dashed where they are negative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from autograd.characters import escaped
from autograd.drawing.elements import arrow_head, n, text_element
from autograd.drawing.frame import svg_document
from autograd.drawing.geometry import Point
from autograd.drawing.look import SERIF, STYLE
from autograd.drawing.metrics import LABEL, NOTE, WORDS, width_of
from autograd.drawing.scene import Line, Sentence
from autograd.drawing.typesetting import set_caption
from autograd.printers.runs import Run, shown

from .neurons import Gap, Neurons, Unit, Weight
from .placing import BIAS_ARROW, BIAS_ROOM, HEAD, MARGIN, Places, bias_runs

_THINNEST, _THICKEST = 0.9, 4.4
_THICKEST_OF_MANY, _MANY = 2.8, 40
_BESIDE = 14.0  # from a circle to its target

WEIGHTS = f"""
.wire{{fill:none}}
.ground{{fill:#fff}}
.positive .wire{{stroke:#1f5fa8}}
.negative .wire{{stroke:#b3401f;stroke-dasharray:7 4}}
.zero .wire{{stroke:#7b8794;stroke-dasharray:1.5 4}}
.positive .tip{{fill:#1f5fa8}}
.negative .tip{{fill:#b3401f}}
.zero .tip{{fill:#7b8794}}
.bias text,.target{{font-family:{SERIF};font-size:{LABEL.size:g}px}}
.words{{font-size:{WORDS.size:g}px}}
.note{{font-size:{NOTE.size:g}px;fill:#4f5b69}}
.gap circle{{fill:#6b7785}}
.rule{{stroke:#8c98a6;stroke-width:1}}
@media (prefers-color-scheme:dark){{
.ground{{fill:#12171e}}
.positive .wire{{stroke:#6cb0f5}}
.negative .wire{{stroke:#ff9d7c}}
.zero .wire{{stroke:#8c98a6}}
.positive .tip{{fill:#6cb0f5}}
.negative .tip{{fill:#ff9d7c}}
.zero .tip{{fill:#8c98a6}}
.note{{fill:#b6c2cf}}
.gap circle{{fill:#a3afbb}}
.rule{{stroke:#76838f}}
}}
"""


def svg_of(picture: Neurons, places: Places, digits: int, title: str, description: str) -> str:
    """The picture as an SVG document."""
    writer = _Writer(picture, places, digits)
    return svg_document(writer.content(), writer.width, writer.height, title=title, description=description,
                        style=STYLE + WEIGHTS)  # fmt: skip


class _Writer:
    """What the elements are written with; `width` and `height` are known when the content is."""

    def __init__(self, picture: Neurons, places: Places, digits: int) -> None:
        self.picture = picture
        self.places = places
        self.digits = digits
        self.largest = picture.largest
        self.width = places.right + MARGIN
        self.height = places.bottom

    def content(self) -> str:
        weights = [weight for gap in self.picture.weights for weight in gap]
        # What is thin would be lost below what is thick, and is drawn first.
        drawn = sorted(weights, key=lambda weight: abs(weight.value) if weight.value == weight.value else 0.0)
        parts = [*map(self.edge, drawn)]
        for column in self.picture.columns:
            for row in column.rows:
                parts += [self.gap(row)] if isinstance(row, Gap) else [*self.bias(row), self.node(row)]
        parts += [self.label(weight) for weight in weights if weight.key in self.places.labels]
        parts += [*self.targets(), *self.words(), *self.legend()]
        return "\n".join(parts)

    # ------------------------------------------------------------ arrows

    def thickness(self, value: float, count: int = 0) -> float:
        """The width of an arrow: proportional to |w|, from a hair on."""
        share = min(abs(value) / self.largest, 1.0) if self.largest and value == value else 0.0
        most = _THICKEST_OF_MANY if count > _MANY else _THICKEST
        return _THINNEST + (most - _THINNEST) * share

    def edge(self, weight: Weight) -> str:
        start, end = self.places.centres[weight.tail], self.places.centres[weight.head]
        count = max(map(len, self.picture.weights))
        wide = self.thickness(weight.value, count)
        radius = self.places.radius
        return self.arrow(weight, _towards(start, end, radius), _towards(end, start, radius + 1), wide, "edge")

    def arrow(self, weight: Weight, start: Point, tip: Point, wide: float, kind: str, more: str = "") -> str:
        back = _towards(tip, start, HEAD + wide * 0.5)
        return (
            f'<g class="{kind} {weight.sign}" id="{weight.key}"><title>{escaped(weight.title)}</title>'
            f'<path class="wire" stroke-width="{n(wide)}" d="M{_p(start)}L{_p(_towards(back, tip, 0.5))}"/>'
            f'<path class="tip" d="{arrow_head(back, tip, 5 + 1.6 * wide)}"/>{more}</g>'
        )

    def label(self, weight: Weight) -> str:
        label = self.places.labels[weight.key]
        x, y = label.centre
        return (
            f'<g class="label" id="{weight.key}-label"><title>{escaped(weight.title)}</title>'
            f'{_ground(label.width, x, y)}{text_element(label.runs, "", LABEL.size, x, y + LABEL.size * 0.32)}</g>'
        )

    def bias(self, unit: Unit) -> Iterator[str]:
        """A short arrow from below, with the number."""
        if unit.bias is None:
            return
        x, y = self.places.centres[unit.key]
        foot = y + self.places.radius
        text = "" if self.places.is_compact else self.number(unit.bias, x, foot + BIAS_ROOM - 6)
        wide = self.thickness(unit.bias.value, _MANY + 1)
        yield self.arrow(unit.bias, (x, foot + BIAS_ARROW), (x, foot + 1), wide, "bias", text)

    def number(self, bias: Weight, x: float, y: float) -> str:
        runs = bias_runs(bias, self.digits)
        return _ground(width_of(runs, LABEL), x, y) + text_element(runs, "", LABEL.size, x, y + LABEL.size * 0.32)

    # ------------------------------------------------------------ circles

    def node(self, unit: Unit) -> str:
        x, y = self.places.centres[unit.key]
        radius = self.places.radius
        rings = [radius, radius - 3] if unit.role == "output" else [radius]
        circles = "".join(f'<circle class="card" cx="{n(x)}" cy="{n(y)}" r="{n(each)}"/>' for each in rings)
        top = y - sum(line.style.leading for line in unit.lines) / 2
        texts = "".join(_lines(unit.lines, x, top, "middle"))
        return f'<g class="node {unit.role}" id="{unit.key}"><title>{escaped(unit.title)}</title>{circles}{texts}</g>'

    def gap(self, gap: Gap) -> str:
        x, y = self.places.centres[gap.key]
        dots = "".join(f'<circle cx="{n(x)}" cy="{n(y - 22 + 10 * index)}" r="2.4"/>' for index in range(3))
        text = text_element([Run(f"{gap.count:,} more")], "note", NOTE.size, x, y + 18)
        return f'<g class="gap" id="{gap.key}"><title>{gap.count:,} more units</title>{dots}{text}</g>'

    # ------------------------------------------------------------ words

    def targets(self) -> Iterator[str]:
        if not self.picture.targets:
            return
        x = self.places.right + _BESIDE
        for unit, lines in zip(self.picture.columns[-1].units, self.picture.targets, strict=True):
            y = self.places.centres[unit.key][1] - sum(line.style.leading for line in lines) / 2
            yield f'<g class="aim" id="{unit.key}-target">{"".join(_lines(lines, x, y, "start"))}</g>'
            self.width = max(self.width, x + MARGIN + max(width_of(line.runs, line.style) for line in lines))

    def words(self) -> Iterator[str]:
        """The names of the layers, below the columns, and the loss below the targets."""
        most, top = 0, self.height + 28
        for x, column in zip(self.places.columns, self.picture.columns, strict=True):
            first, *others = column.words
            yield text_element([Run(first)], "words", WORDS.size, x, top)
            for index, each in enumerate(others, 1):
                yield text_element([Run(each)], "note", NOTE.size, x, top + 16 * index)
            most = max(most, len(others))
        if self.picture.total:
            x = self.places.right + _BESIDE
            yield text_element([Run("targets")], "words", WORDS.size, x, top, "start")
            yield text_element(self.picture.total, "target", LABEL.size, x, top + 17, "start")
            self.width = max(self.width, x + MARGIN + width_of(self.picture.total, LABEL))
        self.height = top + 16 * max(most, 1) + 12

    # ------------------------------------------------------------ the legend

    def legend(self) -> Iterator[str]:
        """What the arrows and δ mean, below a rule."""
        samples = list(self.samples(self.height + 22))
        yield f'<path class="rule" d="M{n(MARGIN)},{n(self.height)}H{n(self.width - MARGIN)}"/>'
        yield from samples
        top = self.height + 32
        block = set_caption([Sentence(each) for each in self.sentences()], self.width - 2 * MARGIN)
        for line in block.lines:
            yield text_element(line.runs, "words", WORDS.size, MARGIN + line.x, top + line.baseline, "start")
        self.width = max(self.width, block.width + 2 * MARGIN)
        self.height = top + block.height + 8

    def samples(self, y: float) -> Iterator[str]:
        """An arrow of each kind, with what it means."""
        x = MARGIN
        for sign, words in (("positive", "positive weight"), ("negative", "negative weight")):
            tip, back = (x + 40, y - 4), (x + 31, y - 4)
            yield (
                f'<g class="sample {sign}"><path class="wire" stroke-width="2.4" d="M{_p((x, y - 4))}L{_p(back)}"/>'
                f'<path class="tip" d="{arrow_head(back, tip, 9)}"/>'
                f'{text_element([Run(words)], "words", WORDS.size, x + 46, y, "start")}</g>'
            )
            x += 46 + width_of([Run(words)], WORDS) + 18
        words = f"the wider, the larger |w|: up to {shown(self.picture.largest, self.digits)}"
        yield text_element([Run(words)], "words", WORDS.size, x, y, "start")
        self.width = max(self.width, x + width_of([Run(words)], WORDS) + MARGIN)

    def sentences(self) -> Iterator[tuple[Run, ...]]:
        """What else needs a word."""
        if self.picture.delta:
            yield (Run("δ in "), *self.picture.example, Run(" is "), *self.picture.delta,
                   Run(": the loss, differentiated with respect to the weighted sum."))
        named = [weight for gap in self.picture.weights for weight in gap if weight.name]
        if not {weight.key for weight in named} <= set(self.places.labels):
            yield (Run("Where numbers have no room, the titles of the arrows hold them: point at an arrow."),)
        if any(not weight.name for gap in self.picture.weights for weight in gap):
            yield (Run("Dotted arrows: normalised with the mean and the variance of all units of the layer."),)


def _lines(lines: Sequence[Line], x: float, top: float, anchor: str) -> Iterator[str]:
    for line in lines:
        baseline = top + line.style.leading * 0.5 + line.style.size * 0.35
        yield text_element(line.runs, line.role, line.style.size, x, baseline, anchor)
        top += line.style.leading


def _ground(width: float, x: float, y: float) -> str:
    """What hides the lines behind a text; the text is narrower than its room in most fonts."""
    width *= 0.9
    return f'<rect class="ground" x="{n(x - width / 2)}" y="{n(y - 7.5)}" width="{n(width)}" height="15" rx="3"/>'


def _towards(start: Point, end: Point, length: float) -> Point:
    """The point so far from the start on the way to the end."""
    whole = math.dist(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * length / whole, start[1] + (end[1] - start[1]) * length / whole


def _p(point: Point) -> str:
    return f"{n(point[0])},{n(point[1])}"
