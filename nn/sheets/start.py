"""The first sheet: what may be changed, what comes of it, and what the columns of the others are."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from math import ceil
from typing import Any

from ..words import counted
from .book import FIRST, START, TRAINING, Book, Row, Setting
from .kinds import KINDS, Kind
from .styles import Styles
from .words import Front

_WIDTHS = (14, 16, 62, 3)  # characters: symbol, number, words, and a gap before the chart
_LINE = 15  # points
_CHART = "E5"
_FEW = 60  # epochs that get a mark each in the chart


def write_start(file: Any, sheet: Any, book: Book, front: Front, styles: Styles) -> dict[str, str]:
    """Write the sheet; returns the defined names of its settings, and their cells."""
    page = _Page(sheet, styles)
    page.heading(front)
    rate, *settings = book.settings
    page.settings("Change the learning rate …", [rate])
    page.results("… and watch the loss", book.tables[0].rows, front.epochs)
    page.legends("What stands in the columns", {place.kind for table in book.tables for place in table.places})
    page.settings("What the training begins with", settings)
    sheet.insert_chart(_CHART, _chart(file, len(book.tables[0].rows)), {"description": "The loss, epoch by epoch"})
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return page.names


class _Page:
    """A sheet that is written line by line: symbol, number, words."""

    def __init__(self, sheet: Any, styles: Styles) -> None:
        self.sheet, self.styles = sheet, styles
        self.line = 0
        self.names: dict[str, str] = {}
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)

    def heading(self, front: Front) -> None:
        """The title, and the sentences below it."""
        self.sheet.set_row(0, 2 * _LINE)
        self.sheet.write_string(0, 0, front.title, self.styles.title())
        for line, sentence in enumerate(front.sentences, 1):
            self.sheet.write_string(line, 0, sentence, self.styles.sentence())
        self.line = 1 + len(front.sentences)

    def section(self, text: str) -> None:
        """The head of a section, behind an empty line."""
        self.line += 1
        for column in range(3):
            self.sheet.write_string(self.line, column, "" if column else text, self.styles.section())
        self.line += 1

    def settings(self, head: str, settings: Iterable[Setting]) -> None:
        """A section of numbers that may be changed."""
        self.section(head)
        for each in settings:
            self.setting(each)

    def setting(self, setting: Setting) -> None:
        """A number that may be changed."""
        self.sheet.write_string(self.line, 0, setting.title, self.styles.label())
        self.sheet.write_number(self.line, 1, setting.number, self.styles.setting())
        self.sheet.write_string(self.line, 2, setting.words, self.styles.words())
        self.line += 1
        self.names[setting.name] = f"={START}!$B${self.line}"

    def results(self, head: str, rows: Sequence[Row], epochs: int) -> None:
        """A section of the loss in the first and in the last of the training's rows."""
        self.section(head)
        for words, row in (("at the start", rows[0]), (f"after {counted(epochs, 'epoch')}", rows[-1])):
            self.result(words, f"={TRAINING}!$B${row.rows['row']}", row.numbers[1])

    def result(self, words: str, formula: str, number: float | None) -> None:
        """A number to watch."""
        self.sheet.write_string(self.line, 0, "loss", self.styles.label())
        self.sheet.write_formula(self.line, 1, formula, self.styles.result(), "#NUM!" if number is None else number)
        self.sheet.write_string(self.line, 2, words, self.styles.words())
        self.line += 1

    def legends(self, head: str, present: Container[Kind]) -> None:
        """A section of the groups that are present, in their order."""
        self.section(head)
        for kind in KINDS:
            if kind in present:
                self.legend(kind)

    def legend(self, kind: Kind) -> None:
        """A group of columns in its colours, and what it holds."""
        self.sheet.set_row(self.line, _LINE * ceil(len(kind.words) / sum(_WIDTHS[1:3])) + 3)
        self.sheet.write_string(self.line, 0, kind.title, self.styles.badge(kind))
        self.sheet.merge_range(self.line, 1, self.line, 2, "", self.styles.words())
        self.sheet.write_string(self.line, 1, kind.words, self.styles.words())
        self.line += 1


def _chart(file: Any, epochs: int) -> Any:
    """The loss over the epochs."""
    chart = file.add_chart({"type": "scatter", "subtype": "straight"})
    last = FIRST + epochs - 1
    colour = "#A3262A"
    marker = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
    chart.add_series({
        "name": "loss",
        "categories": f"={TRAINING}!$A${FIRST}:$A${last}",
        "values": f"={TRAINING}!$B${FIRST}:$B${last}",
        "line": {"color": colour, "width": 2.25},
        "marker": marker if epochs <= _FEW else {"type": "none"},
    })  # fmt: skip
    chart.set_title({"name": "Loss, epoch by epoch", "name_font": {"size": 13, "bold": True}})
    chart.set_x_axis({"name": "epoch", "min": 0, "max": epochs - 1, "major_gridlines": {"visible": False}})
    grid = {"visible": True, "line": {"color": "#D9DEE4"}}
    chart.set_y_axis({"name": "loss", "num_format": "General", "major_gridlines": grid})
    chart.set_legend({"none": True})
    chart.set_size({"width": 640, "height": 380})
    return chart
