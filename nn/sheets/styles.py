"""How cells look: one format for each kind of column and part of a table."""

from __future__ import annotations

from typing import Any

from .book import FIRST
from .kinds import INPUT, STEP, TARGET, Kind
from .naming import letters

_FONT = {"font_name": "Calibri", "font_size": 11}
_TEXT = {"quote_prefix": True}  # Edited by hand, it stays text, too.
_YELLOW = {"bg_color": "#FFF2B3", "border": 1, "border_color": "#B59B00", "font_color": "#0B3D91"}
_DIGITS, _AS_TYPED = "0.00000000", "General"


class Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, **properties: Any) -> Any:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._file.add_format({**_FONT, **properties})
        return self._made[key]

    # ------------------------------------------------------------ tables

    def group(self, kind: Kind) -> Any:
        """The head of a group of columns."""
        return self.of(bold=True, align="left", font_color="#FFFFFF", bg_color=kind.dark, left=1, left_color="#FFFFFF",
                       **_TEXT)  # fmt: skip

    def symbol(self, kind: Kind) -> Any:
        """The head of a column."""
        return self.of(bold=True, align="center", valign="vcenter", font_size=12, font_color=kind.dark,
                       bg_color=kind.light, **_TEXT)  # fmt: skip

    def saying(self, kind: Kind) -> Any:
        """The formula in symbols below it."""
        return self.of(align="center", valign="top", text_wrap=True, font_size=9, font_color="#374151",
                       bg_color=kind.light, bottom=2, bottom_color=kind.dark, **_TEXT)  # fmt: skip

    def number(self, kind: Kind, begins: bool = False, is_setting: bool = False) -> Any:
        """A number; a line above it where an epoch begins."""
        if is_setting:
            return self.setting()
        line = {"top": 1, "top_color": "#9CA3AF"} if begins else {}
        digits = _AS_TYPED if kind in (STEP, INPUT, TARGET) else _DIGITS
        return self.of(num_format=digits, bg_color=kind.light, **line)

    def unusual(self, column: int) -> dict[str, Any]:
        """What shows numbers too small or too large for their digits with an exponent."""
        cell = f"{letters(column)}{FIRST}"
        criteria = f"=OR(ABS({cell})>=100000,AND({cell}<>0,ABS({cell})<0.000001))"
        return {"type": "formula", "criteria": criteria, "format": self.of(num_format="0.000E+00")}

    # ------------------------------------------------------------ pages of text

    def title(self) -> Any:
        """The title of the workbook."""
        return self.of(bold=True, font_size=18, font_color="#111827", **_TEXT)

    def sentence(self) -> Any:
        """A sentence below it."""
        return self.of(font_color="#374151", **_TEXT)

    def section(self) -> Any:
        """The head of a section."""
        return self.of(bold=True, font_size=12, font_color="#111827", bottom=1, bottom_color="#9CA3AF", **_TEXT)

    def label(self) -> Any:
        """What stands beside a number."""
        return self.of(bold=True, align="right", valign="top", indent=1, **_TEXT)

    def words(self) -> Any:
        """An explanation."""
        return self.of(text_wrap=True, align="left", valign="top", indent=1, font_color="#374151", **_TEXT)

    def setting(self) -> Any:
        """A number to change."""
        return self.of(num_format=_AS_TYPED, **_YELLOW)

    def result(self) -> Any:
        """A number to watch."""
        return self.of(num_format=_DIGITS, bold=True)

    def badge(self, kind: Kind) -> Any:
        """The name of a group in its colours."""
        return self.of(bold=True, valign="top", font_color="#FFFFFF", bg_color=kind.dark, bottom=1,
                       bottom_color="#FFFFFF", **_TEXT)  # fmt: skip

    def entry(self, kind: Kind, column: int) -> Any:
        """A line in the list of formulas."""
        return self.of(bold=column == 1, text_wrap=True, valign="top", bg_color=kind.light, **_TEXT)
