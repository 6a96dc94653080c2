"""A workbook as the bytes of an .xlsx file, by XlsxWriter. Text is written as text, whatever it begins with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Any, TypeVar

from autograd.errors import MissingPackageError

from ..progress import progress_bar
from .book import FIRST, FORMULAS, HEAD_ROWS, START, Book, Place, Row, Table
from .kinds import INPUT, STEP, TARGET
from .naming import letters
from .start import write_start
from .styles import Styles
from .words import Front

_Item = TypeVar("_Item")
_WIDTH, _NARROW = 13, 8
_LONGEST_SAYING, _MOST_LINES = 110, 6
_A4 = 9  # as XlsxWriter counts
_CREATED = datetime(2000, 1, 1)  # the same on every run


def xlsxwriter() -> Any:
    """The package; raises MissingPackageError where it is not installed."""
    try:
        import xlsxwriter as found
    except ImportError:
        raise MissingPackageError("XlsxWriter", "sheet", "spreadsheets need") from None
    return found


def counted(items: Iterable[_Item], bar: Any) -> Iterator[_Item]:
    """The items, each of them a step of a progress bar, if there is one."""
    for item in items:
        yield item
        if bar is not None:
            bar.update()


def _quick_worksheet() -> Any:
    """A worksheet that takes formulas as they are.

    XlsxWriter looks through each of them for some thirty new functions, which takes two thirds of the time, and none of
    them is in ours. (Should a later version not ask this method, it is only slower.)
    """
    from xlsxwriter.worksheet import Worksheet

    class Quick(Worksheet):  # type: ignore[misc,unused-ignore]
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    return Quick


def workbook(book: Book, front: Front, progress: bool | None = False) -> bytes:
    """The file; `progress` shows a bar: in a terminal or notebook (None), always or never."""
    buffer, count = io.BytesIO(), sum(len(table.rows) for table in book.tables)
    with (
        xlsxwriter().Workbook(buffer, {"in_memory": True}) as file,
        progress_bar(count, progress, unit="row") as bar,
    ):
        file.set_properties({"title": front.title, "created": _CREATED})
        styles = Styles(file)
        start, quick = file.add_worksheet(START), _quick_worksheet()
        for table in book.tables:
            _write_table(file.add_worksheet(table.name, quick), table, styles, bar)
        _write_formulas(file.add_worksheet(FORMULAS), book, styles)
        for name, cells in (write_start(file, start, book, front, styles) | dict(book.ranges)).items():
            file.define_name(name, cells)
    return buffer.getvalue()


# ---------------------------------------------------------------- tables


def _write_table(sheet: Any, table: Table, styles: Styles, bar: Any) -> None:
    last = FIRST + len(table.rows) - 2
    _write_heads(sheet, table, styles)
    for row in counted(table.rows, bar):
        _write_row(sheet, table.places, row, styles)
    sheet.freeze_panes(HEAD_ROWS, table.frozen)
    sheet.conditional_format(HEAD_ROWS, table.frozen - 1, last, len(table.places) - 1, styles.unusual(table.frozen - 1))
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.repeat_rows(0, HEAD_ROWS - 1)
    sheet.repeat_columns(0, table.frozen - 1)


def _write_heads(sheet: Any, table: Table, styles: Styles) -> None:
    """Groups, symbols, and how each is computed."""
    column = 0
    for kind, group in groupby(table.places, key=lambda place: place.kind):
        count = len(list(group))
        if count > 1:
            sheet.merge_range(0, column, 0, column + count - 1, "", styles.group(kind))
        sheet.write_string(0, column, kind.title, styles.group(kind))
        column += count
    for column, place in enumerate(table.places):
        sheet.set_column(column, column, _width(place))
        sheet.write_string(1, column, place.title, styles.symbol(place.kind))
        sheet.write_string(2, column, _clipped(place.says), styles.saying(place.kind))
    lines = max(ceil(len(_clipped(place.says)) / (1.2 * _width(place))) for place in table.places)
    sheet.set_row(1, 20)
    sheet.set_row(2, 12 * min(lines, _MOST_LINES) + 6)


def _write_row(sheet: Any, places: Sequence[Place], row: Row, styles: Styles) -> None:
    index = row.rows["row"] - 1
    for column, (place, number) in enumerate(zip(places, row.numbers, strict=True)):
        formula = place.first if row.is_start else place.later
        style = styles.number(place.kind, row.begins, is_setting=not formula and place.kind in (INPUT, TARGET))
        if formula:
            value = "#NUM!" if number is None else number
            sheet.write_formula(index, column, formula.format_map(row.rows), style, value)
        else:
            sheet.write_number(index, column, number, style)


def _width(place: Place) -> int:
    return _NARROW if place.kind is STEP else max(_WIDTH, min(len(place.title) + 2, 3 * _WIDTH))


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_SAYING else f"{text[: _LONGEST_SAYING - 1]}…"


# ---------------------------------------------------------------- the list of formulas


def _write_formulas(sheet: Any, book: Book, styles: Styles) -> None:
    """Every column of formulas: what it is, in symbols and in its cell."""
    for column, (head, width) in enumerate(
        [("Cell", 16), ("Symbol", 16), ("Group", 16), ("Formula", 70), ("In the cell", 70)]
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, styles.group(STEP))
    for index, (place, texts) in enumerate(_formulas(book), 1):
        for column, text in enumerate(texts):
            sheet.write_string(index, column, text, styles.entry(place.kind, column))
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()


def _formulas(book: Book) -> Iterator[tuple[Place, list[str]]]:
    """Each column, and what is told of it; the cell is one in the row below the start."""
    for table in book.tables:
        row = next((row for row in table.rows if not row.is_start), None)
        for column, place in enumerate(table.places):
            if row is not None and place.later:
                cell = f"{table.name}!{letters(column)}{row.rows['row']}"
                formula = place.later.format_map(row.rows)
                yield place, [cell, place.title, place.kind.title, place.says, formula]
