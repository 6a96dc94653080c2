"""CSV files as tables of text, whose every row knows the line that it stands in."""

from __future__ import annotations

import csv
import errno
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ..choices import known
from ..errors import DataError
from ..words import counted

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}


@dataclass(frozen=True)
class Cells:
    """One column of a table: its name, its cells without the blanks around them, and the lines they stand in."""

    name: str
    items: list[str]
    lines: Sequence[int] | None = None

    def error(self, number: int, told: str, advice: str) -> DataError:
        """What is wrong with cell `number`: `told` follows the column's name, and the place and the advice come last.

        >>> Cells("age", ["", "7"], [2, 3]).error(0, "has no value", "fill it in")
        DataError("column 'age' has no value in line 2: fill it in")
        """
        place = f"row {number} (counted from 0)" if self.lines is None else f"line {self.lines[number]}"
        return DataError(f"column {self.name!r} {told} in {place}: {advice}", row=number)


@dataclass(frozen=True)
class Table:
    """A header and rows of text; `lines` are where rows stand in their file, counted from 1 (None: in no file)."""

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int] | None = None
    delimiter: str = ","

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, name: str) -> Cells:
        """One column; raises DataError, with the names there are, if there is none of that name."""
        place = self.names.index(known(name, self.names, "column", error=DataError))
        return Cells(name, [row[place].strip() for row in self.rows], self.lines)


def read_table(path: str | PathLike[str], *, delimiter: str | None = None, encoding: str = "utf-8") -> Table:
    """A CSV file with a header as a table of text; blank lines are left out.

    `delimiter` is found from the header unless it is given: a comma, a semicolon or a tab. Raises DataError for a file
    that is no such table, and OSError if it cannot be read.
    """
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise DataError(f"the delimiter is one character, such as ',' or ';'; it was given {delimiter!r}")
    text = _text(Path(path), encoding)
    delimiter = delimiter or _delimiter(text)
    records = _records(text, path, delimiter)
    _, header = next(records, (0, []))
    if not header:
        raise DataError(f"'{path}' is empty: its first line has to be a header with the names of the columns")
    names = _names(header)
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in records:
        if len(row) != len(names):
            raise _ragged(row, names, line, len(rows), delimiter)
        rows.append(row)
        lines.append(line)
    if not rows:
        raise DataError(f"'{path}' has a header and no rows below it")
    return Table(names, rows, lines, delimiter)


def _text(path: Path, encoding: str) -> str:
    if path.is_dir():  # Windows would say that there is no permission
        raise IsADirectoryError(errno.EISDIR, "this is a folder", str(path))
    raw = path.read_bytes()
    try:
        text = raw.decode(encoding)
    except UnicodeError as error:  # some codecs do not say where
        before = raw.count(b"\n", 0, error.start) if isinstance(error, UnicodeDecodeError) else None
        place = "" if before is None else f" (line {before + 1})"
        raise DataError(f"'{path}' is not written in {encoding}{place}: save it as CSV in UTF-8, or tell its encoding, "
                        "such as cp1252 or utf-16") from None  # fmt: skip
    except (LookupError, TypeError):
        raise DataError(f"there is no encoding {encoding!r}: the usual ones are utf-8, cp1252 and utf-16") from None
    return text.removeprefix("\ufeff")


def _delimiter(text: str) -> str:
    """The one of the usual delimiters that stands in the header most often; a comma if none does."""
    header = re.match(r'\s*((?:"[^"]*"|[^"\r\n])*)', text)
    outside = re.sub(r'"[^"]*"', "", header[1]) if header else ""
    return max(DELIMITERS, key=outside.count)


def _records(text: str, path: str | PathLike[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line that it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"'{path}' is no CSV file from line {line} on ({error}): look for a quotation mark that is "
                        "never closed") from None  # fmt: skip


def _names(header: Sequence[str]) -> tuple[str, ...]:
    names = tuple([name.strip() for name in header])
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name:
            raise DataError(f"column {number} has no name in the header: give every column one")
        if name in seen:
            raise DataError(f"two columns are called {name!r}: give every column a name of its own")
        seen.add(name)
    return names


def _ragged(row: Sequence[str], names: Sequence[str], line: int, number: int, delimiter: str) -> DataError:
    told = f"line {line} has {counted(len(row), 'cell')}, and the header has {counted(len(names), 'column')}"
    why = f": cells are separated by {DELIMITERS.get(delimiter, repr(delimiter))}"
    why += "; a number such as 0,5 is written 0.5" if delimiter == "," and len(row) > len(names) else ""
    return DataError(told + why, row=number)
