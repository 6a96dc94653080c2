"""How cells are called: letters of columns, defined names, and both in formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd.derivation.numbers import replaced
from autograd.printers.spreadsheet import cell_name, spreadsheet
from autograd.symbol import Expression, Symbol

from ..errors import NetworkError

LONGEST_FORMULA = 8192  # characters; Excel takes no longer one
_LONGEST_NAME = 100
_BUILT_IN = ("print_area", "print_titles", "criteria", "database", "extract")


def letters(column: int) -> str:
    """A column's letters; columns are counted from 0.

    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    found = ""
    number = column + 1
    while number:
        number, digit = divmod(number - 1, 26)
        found = chr(ord("A") + digit) + found
    return found


def names() -> Callable[[str], str]:
    """A function that gives each label a defined name of its own; spreadsheets do not tell w from W.

    >>> name = names()
    >>> name("w_1"), name("W_1"), name("h1"), name("=1+1")
    ('w_1', 'W_1_2', 'h1_', '_1_1')
    """
    taken = set(_BUILT_IN)

    def name(label: str) -> str:
        base = cell_name(label)[:_LONGEST_NAME]
        found, number = base, 1
        while found.casefold() in taken:
            number += 1
            found = f"{base}_{number}"
        taken.add(found.casefold())
        return found

    return name


class References:
    """How the formulas of a table call the cells: each name's cell, with {row} and the like for what changes.

    >>> from autograd.simplify import simplify
    >>> y = Symbol("y_1")
    >>> References({y: "C{row}"}).formula(simplify(y * (1 - y)))
    '=C{row}*(1-C{row})'
    """

    def __init__(self, cells: Mapping[Expression, str]) -> None:
        # Cells by number: ∂L/∂w has no label, and labels may be anything.
        self._symbols = {name: Symbol(str(number)) for number, name in enumerate(cells)}
        self._cells = {str(number): cell for number, cell in enumerate(cells.values())}

    def formula(self, expression: Any) -> str:
        """The formula of an expression; raises NetworkError for one that is too long."""
        written = "=" + spreadsheet(replaced(expression, self._symbols.__getitem__), self._cells)
        if len(written) > LONGEST_FORMULA:
            raise NetworkError(
                f"a formula of this sheet would have {len(written):,} characters, and a cell holds {LONGEST_FORMULA:,}:"
                " take a network whose layers have fewer units"
            )
        return written
