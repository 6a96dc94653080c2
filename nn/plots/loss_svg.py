"""The loss over epochs as plain SVG: no package is needed to write it, and no network to show it."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd.drawing.elements import n, text_element
from autograd.drawing.frame import svg_document
from autograd.drawing.look import STYLE
from autograd.drawing.metrics import LABEL, NOTE, Style, width_of
from autograd.files import write_atomically
from autograd.printers.runs import Run, shown

from ..errors import NetworkError
from ..history import History
from .lines import one_history, spans_decades
from .ticks import decade_ticks, round_ticks, whole_ticks

_WIDTH, _HEIGHT = 640.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 78.0, 24.0, 78.0, 56.0
_TITLE = Style(16, 22, False)
_COLUMNS = 500  # of points that are told apart on the way from left to right

CURVES = f"""
.heading{{font-size:{_TITLE.size:g}px;font-weight:bold}}
.tick{{font-size:{NOTE.size:g}px;fill:#3f4c5a}}
.grid{{stroke:#e1e6eb;stroke-width:1}}
.axis{{stroke:#6b7785;stroke-width:1.2}}
.curve{{fill:none;stroke-width:2.2;stroke-linejoin:round}}
.training .curve{{stroke:#0068a8}}
.validation .curve{{stroke:#b8480a;stroke-dasharray:8 4}}
.training .dot{{fill:#0068a8}}
.validation .dot{{fill:#fff;stroke:#b8480a;stroke-width:2}}
.best .stem{{stroke:#6b7785;stroke-width:1;stroke-dasharray:2 3}}
.best .ring{{fill:none;stroke:#1d2733;stroke-width:1.8}}
@media (prefers-color-scheme:dark){{
.tick{{fill:#b6c2cf}}
.grid{{stroke:#28313c}}
.axis{{stroke:#8c98a6}}
.training .curve{{stroke:#6cb6f0}}
.validation .curve{{stroke:#ff9d5c}}
.training .dot{{fill:#6cb6f0}}
.validation .dot{{fill:#12171e;stroke:#ff9d5c}}
.best .stem{{stroke:#8c98a6}}
.best .ring{{stroke:#e6ebf1}}
}}
"""


@dataclass(frozen=True)
class LossCurve:
    """A loss curve: `svg` is its text. Jupyter shows it; `save` writes it to a file."""

    svg: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture, whole or not at all; returns the path.

        Raises NetworkError for another ending than .svg, and OSError if the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise NetworkError(f"this curve is saved as .svg; the file was called '{path}' (for .png and .pdf: "
                               "nn.plots.save(nn.plots.loss(history), path), which needs matplotlib)")  # fmt: skip
        return write_atomically(path, self.svg)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return "<loss curve; .svg, .save(path)>"


def loss_svg(history: History, *, title: str = "Loss over epochs") -> LossCurve:
    """The loss over epochs on the training samples (solid) and on the validation samples (dashed), with the best epoch.

    >>> import nn
    >>> history = nn.fit(nn.MLP(1, [1], rng=0), [-1.0, 1.0], [0, 1], epochs=20)
    >>> loss_svg(history).save("loss.svg").read_text(encoding="utf-8")[:4]
    '<svg'

    The scale is logarithmic where the losses span two decades or more. Raises NetworkError for a history without
    epochs, and for a title that is no text.
    """
    if not isinstance(title, str):
        raise NetworkError(f"a title is text; it was given {title!r}")
    found = one_history(history)
    content = "\n".join(_Curves(found).content(title))
    style = STYLE + CURVES
    return LossCurve(svg_document(content, _WIDTH, _HEIGHT, title=title, description=described(found), style=style))


def described(history: History) -> str:
    """The curve in words.

    >>> described(History(losses=[0.5, 0.25], epochs=2, best_epoch=2))
    'The training loss over 2 epochs goes from 0.5 to 0.25. The best epoch is 2, with 0.25.'
    """
    count = len(history.losses)
    span = f"over {count:,} epochs goes" if count > 1 else "of one epoch"
    told = [f"The training loss {span} {_way(history.losses)}."]
    if history.validation_losses:
        told.append(f"The validation loss {'goes ' * (count > 1)}{_way(history.validation_losses)}.")
    if history.best_epoch:
        best = shown(history.monitored[history.best_epoch - 1])
        told.append(f"The best epoch is {history.best_epoch:,}, with {best}.")
    return " ".join(told)


def _way(series: Sequence[float]) -> str:
    return f"from {shown(series[0])} to {shown(series[-1])}" if len(series) > 1 else f"is {shown(series[0])}"


class _Curves:
    """Where everything is: scales from epochs and losses to points of the picture."""

    def __init__(self, history: History) -> None:
        self.history = history
        numbers = [*history.losses, *history.validation_losses]
        self.is_log = spans_decades(numbers)
        self.scale: Callable[[float], float] = math.log10 if self.is_log else float
        low, high = self.limits(min(numbers), max(numbers))
        self.low, self.high = low, high
        self.last = len(history.losses)

    def limits(self, low: float, high: float) -> tuple[float, float]:
        """The ends of the y axis: 0 where it is near, and a little room."""
        if self.is_log:
            return low / 1.3, min(high * 1.3, sys.float_info.max)
        if 0 <= low <= high / 2 and high > 0:
            return 0.0, min(high * 1.06, sys.float_info.max)
        room = (high - low) * 0.08 or abs(high) * 0.5 or 1.0
        return low - room, high + room

    def x(self, epoch: float) -> float:
        """Where an epoch is."""
        room = _WIDTH - _LEFT - _RIGHT
        return _LEFT + (room * (epoch - 1) / (self.last - 1) if self.last > 1 else room / 2)

    def y(self, loss: float) -> float:
        """Where a loss is."""
        low, high = self.scale(self.low), self.scale(self.high)
        share = self.scale(loss) / (high - low) - low / (high - low)  # a difference of huge losses may be infinite
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def content(self, title: str) -> Iterator[str]:
        """The elements, from the ground up."""
        yield from self.axes()
        for kind, series in self.series():
            yield f'<g class="{kind}">{self.curve(series)}</g>'
        yield from self.best()
        yield text_element([Run(title)], "heading", _TITLE.size, _LEFT, 28, "start")
        yield from self.legend()

    def series(self) -> Iterator[tuple[str, list[float]]]:
        """Each curve's kind, and its losses."""
        yield "training", self.history.losses
        if self.history.validation_losses:
            yield "validation", self.history.validation_losses

    # ------------------------------------------------------------ axes

    def axes(self) -> Iterator[str]:
        """The grid, both axes, and what they are called."""
        right, foot = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        for tick in self.ticks():
            y = self.y(tick)
            yield f'<path class="grid" d="M{n(_LEFT)},{n(y)}H{n(right)}"/>'
            yield text_element([Run(_written(tick))], "tick", NOTE.size, _LEFT - 8, y + 4, "end")
        for tick in whole_ticks(1, self.last):
            x = self.x(tick)
            yield f'<path class="axis" d="M{n(x)},{n(foot)}v5"/>'
            yield text_element([Run(f"{tick:,}")], "tick", NOTE.size, x, foot + 19)
        yield f'<path class="axis" fill="none" d="M{n(_LEFT)},{n(_TOP - 6)}V{n(foot)}H{n(right)}"/>'
        yield text_element([Run("epoch")], "", LABEL.size, (_LEFT + right) / 2, foot + 42)
        words = text_element([Run("loss")], "", LABEL.size, 0, 0)
        yield f'<g transform="translate(20 {n((_TOP + foot) / 2)}) rotate(-90)">{words}</g>'

    def ticks(self) -> list[float]:
        """The losses that have a line across the picture."""
        if self.is_log:
            return decade_ticks(self.low, self.high)
        return round_ticks(self.low, self.high)

    # ------------------------------------------------------------ curves

    def curve(self, series: Sequence[float]) -> str:
        """A line; a dot, where there is one point only."""
        if len(series) == 1:
            return f'<circle class="dot" cx="{n(self.x(1))}" cy="{n(self.y(series[0]))}" r="4.5"/>'
        points = [f"{n(self.x(epoch))},{n(self.y(series[epoch - 1]))}" for epoch in thinned(series, _COLUMNS)]
        return f'<path class="curve" d="M{"L".join(points)}"/>'

    def best(self) -> Iterator[str]:
        """A ring around the best epoch, and a line down to the axis."""
        epoch = self.history.best_epoch
        if not epoch:
            return
        x, y = self.x(epoch), self.y(self.history.monitored[epoch - 1])
        yield (
            f'<g class="best"><path class="stem" d="M{n(x)},{n(y + 6)}V{n(_HEIGHT - _BOTTOM)}"/>'
            f'<circle class="ring" cx="{n(x)}" cy="{n(y)}" r="6"/></g>'
        )

    def legend(self) -> Iterator[str]:
        """Samples of what is drawn, in one line below the title."""
        x, y = _LEFT, 52.0
        for kind, series in self.series():
            sample = (f'<path class="curve" d="M{n(x)},{n(y - 4)}h30"/>' if len(series) > 1 else
                      f'<circle class="dot" cx="{n(x + 15)}" cy="{n(y - 4)}" r="4.5"/>')  # fmt: skip
            yield f'<g class="{kind}">{sample}</g>{self.words(kind, x + 38, y)}'
            x += 38 + width_of([Run(kind)], LABEL) + 24
        if self.history.best_epoch:
            best = f"best: epoch {self.history.best_epoch:,}"
            best += f" ({shown(self.history.monitored[self.history.best_epoch - 1])})"
            yield f'<g class="best"><circle class="ring" cx="{n(x + 7)}" cy="{n(y - 4)}" r="6"/></g>'
            yield self.words(best, x + 20, y)

    def words(self, text: str, x: float, y: float) -> str:
        """An entry of the legend."""
        return text_element([Run(text)], "", LABEL.size, x, y, "start")


def thinned(series: Sequence[float], columns: int) -> list[int]:
    """The epochs that a line needs: in each of so many columns the first, the lowest, the highest and the last.

    >>> thinned([3.0, 2.0, 1.0], 500), len(thinned([1.0] * 10_000, 500)) <= 2000
    ([1, 2, 3], True)
    """
    count = len(series)
    if count <= 4 * columns:
        return list(range(1, count + 1))
    kept: set[int] = set()
    for column in range(columns):
        inside = range(column * count // columns, (column + 1) * count // columns)
        kept |= {inside[0], min(inside, key=series.__getitem__), max(inside, key=series.__getitem__), inside[-1]}
    return [index + 1 for index in sorted(kept)]


def _written(tick: float) -> str:
    return shown(tick, 6).removeprefix("1×")
