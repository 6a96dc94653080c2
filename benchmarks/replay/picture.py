"""What was measured as a picture: bars on a logarithmic scale, hand-written C at 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log10

from measuring import OURS, Claim, Row, is_limit, number

from autograd.drawing.elements import n, text_element
from autograd.drawing.frame import PAGE_WIDTH, svg_document
from autograd.drawing.look import STYLE
from autograd.drawing.metrics import WORDS, Style, width_of
from autograd.printers.runs import Run

TITLE = "Time relative to hand-written C"
_LEGEND = "shorter is faster; left of 1: faster than C"
_HEADING, _HEAD, _NOTE = Style(16, 22, False), Style(14, 20, False), Style(12, 18, False)
_LINE, _GAP, _TOP, _BOTTOM, _MARGIN, _RATIO = 21.0, 40.0, 66.0, 34.0, 18.0, 76.0
_FINE = (0.1, 0.2, 0.5, 1, 2, 5, 10)
_DECADES = (100, 1_000, 10_000, 100_000, 1_000_000)

_BARS = f"""
.heading{{font-size:{_HEADING.size:g}px;font-weight:bold}}
.group{{font-size:{_HEAD.size:g}px;font-weight:bold}}
.tick{{font-size:{_NOTE.size:g}px;fill:#3f4c5a}}
.who,.ratio{{font-size:{WORDS.size:g}px}}
.ours .who,.ours .ratio{{font-weight:bold}}
.grid{{stroke:#e1e6eb;stroke-width:1}}
.limit{{stroke:#6b7785;stroke-width:1.6}}
.bar{{fill:#b3bdc8}}
.ours .bar{{fill:#0068a8}}
.dot{{fill:#6b7785}}
.goal{{fill:none;stroke:#b8480a;stroke-width:2.2}}
@media (prefers-color-scheme:dark){{
.tick{{fill:#b6c2cf}}
.grid{{stroke:#28313c}}
.limit{{stroke:#8c98a6}}
.bar{{fill:#4b5764}}
.ours .bar{{fill:#6cb6f0}}
.dot{{fill:#8c98a6}}
.goal{{stroke:#ff9d5c}}
}}
"""


def picture(table: Sequence[Row], claims: Sequence[Claim]) -> str:
    """The bars of these workloads as an SVG document; a mark shows how short ours had to be."""
    chart = _Chart(table, claims)
    content, described = "\n".join(chart.content()), _described(table)
    return svg_document(content, PAGE_WIDTH, chart.height, title=TITLE, description=described, style=STYLE + _BARS)


def _described(table: Sequence[Row]) -> str:
    told = []
    for workload, rows in groupby(table, lambda row: row.workload):
        numbers = ", ".join(f"{row.who} {number(row.ratio)}" for row in _shown(list(rows)))
        told.append(f"{workload}: {numbers}.")
    return " ".join(told)


def _shown(rows: list[Row]) -> list[Row]:
    """The fastest C and everybody else, the fastest first."""
    limits = [row for row in rows if is_limit(row.who)]
    return sorted((row for row in rows if row not in limits[1:]), key=lambda row: row.ratio)


class _Chart:
    """Where everything is."""

    def __init__(self, table: Sequence[Row], claims: Sequence[Claim]) -> None:
        self.groups = [(name, _shown(list(rows))) for name, rows in groupby(table, lambda row: row.workload)]
        self.goals = _strictest(claims)
        shown = [row for _, rows in self.groups for row in rows]
        ratios = [1.0, *(row.ratio for row in shown)]
        # A tenth wider than in regular letters: ours are bold.
        self.left = 2 * _MARGIN + 1.1 * max(width_of([Run(row.who)], WORDS) for row in shown)
        self.right = PAGE_WIDTH - _MARGIN - _RATIO
        self.low = log10(max(each for each in _FINE if each <= min(ratios) / 1.05 or each == _FINE[0]))
        self.high = log10(max(ratios)) + 0.05
        self.ticks = [each for each in (*_FINE, *_DECADES) if self.low <= log10(each) <= self.high]
        self.foot = _TOP + sum(_GAP + _LINE * len(rows) for _, rows in self.groups)
        self.height = self.foot + _BOTTOM

    def x(self, ratio: float) -> float:
        share = (log10(ratio) - self.low) / (self.high - self.low)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def content(self) -> Iterator[str]:
        """The elements, from the ground up."""
        yield text_element([Run(TITLE)], "heading", _HEADING.size, _MARGIN, 30, "start")
        yield text_element([Run(_LEGEND)], "tick", _NOTE.size, _MARGIN, 50, "start")
        yield from self.axis()
        yield from self.legend()
        top = _TOP
        for name, rows in self.groups:
            yield text_element([Run(name)], "group", _HEAD.size, _MARGIN, top + _GAP - 12, "start")
            top += _GAP
            for row in rows:
                yield self.row(row, top + _LINE / 2)
                top += _LINE

    def axis(self) -> Iterator[str]:
        """Lines across every group, and what they stand for below."""
        for tick in self.ticks:
            kind = "limit" if tick == 1 else "grid"
            tops = [_TOP + _GAP - 2 + sum(_GAP + _LINE * len(rows) for _, rows in self.groups[:i])
                    for i in range(len(self.groups))]  # fmt: skip
            lines = "".join(f"M{n(self.x(tick))},{n(top)}v{n(_LINE * len(rows) + 4)}"
                            for top, (_, rows) in zip(tops, self.groups, strict=True))  # fmt: skip
            yield f'<path class="{kind}" d="{lines}"/>'
            yield text_element([Run(f"{tick:,g}")], "tick", _NOTE.size, self.x(tick), self.foot + 20)
        yield text_element([Run("× C")], "tick", _NOTE.size, PAGE_WIDTH - _MARGIN, self.foot + 20, "end")

    def legend(self) -> Iterator[str]:
        """What is ours, and what the marks mean; from the right to the left."""
        x = PAGE_WIDTH - _MARGIN
        for kind, words in (("goal", "to be reached"), ("they", "others"), ("ours", "chainrule")):
            if kind == "goal" and not self.goals:
                continue
            x -= width_of([Run(words)], _NOTE)
            yield text_element([Run(words)], "tick", _NOTE.size, x, 50, "start")
            x -= 18
            if kind == "goal":
                yield f'<path class="goal" d="M{n(x + 10)},38v16"/>'
            else:
                yield f'<g class="{kind}"><rect class="bar" x="{n(x)}" y="40" width="12" height="12" rx="2"/></g>'
            x -= 22

    def row(self, row: Row, y: float) -> str:
        """A name, a bar, a number."""
        zero, end = self.x(1), self.x(row.ratio)
        parts = [text_element([Run(row.who)], "who", WORDS.size, self.left - _MARGIN, y + 4.5, "end")]
        if is_limit(row.who):
            parts.append(f'<circle class="dot" cx="{n(zero)}" cy="{n(y)}" r="4.5"/>')
        else:
            parts.append(f'<rect class="bar" x="{n(min(zero, end))}" y="{n(y - 7)}" width="{n(abs(end - zero))}"'
                         ' height="14" rx="2"/>')  # fmt: skip
        goal = self.goals.get((row.workload, row.who))
        if goal is not None:
            parts.append(f'<path class="goal" d="M{n(self.x(goal))},{n(y - 9.5)}v19"/>')
        parts.append(text_element([Run(number(row.ratio))], "ratio", WORDS.size, PAGE_WIDTH - _MARGIN, y + 4.5, "end"))
        kind = "row ours" if row.who in OURS else "row"
        return f'<g class="{kind}">{"".join(parts)}</g>'


def _strictest(claims: Sequence[Claim]) -> dict[tuple[str, str], float]:
    """For each of ours in each workload the ratio to C that all its goals ask for."""
    found: dict[tuple[str, str], float] = {}
    for claim in claims:
        if claim.ratio:
            key = claim.workload, claim.who
            found[key] = min(claim.ratio, found.get(key, claim.ratio))
    return found
