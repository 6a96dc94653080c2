"""Cutting a formula in LaTeX into pieces between which a line may break, with an estimate of their printed width."""

from __future__ import annotations

import re

from ..characters import columns
from .breaking import Piece, broken, indent, rank_of

_DELIMITER = r"(?:\\[A-Za-z]+|\\.|.)"
_TOKEN = re.compile(rf"\\left(?![A-Za-z]){_DELIMITER}|\\right(?![A-Za-z]){_DELIMITER}|\\[A-Za-z]+|\\.|.", re.DOTALL)
_LEFT, _RIGHT = re.compile(r"\\left(?![A-Za-z])"), re.compile(r"\\right(?![A-Za-z])")
_SIGNS = {"+": "+", "-": "−", "\\cdot": "·"}
_OPENING = {"(", "[", "\\{", "\\lbrace", "\\lbrack", "\\lvert", "\\left"}
_CLOSING = {")", "]", "\\}", "\\rbrace", "\\rbrack", "\\rvert", "\\right"}
_WITHOUT_WIDTH = re.compile(r"\\(?:text|math|operatorname|mathop|[bB]ig|limits|displaystyle|begin|end|[d,;!: ]|.?frac)")
_SCRIPT = 0.7  # the size of a subscript


def formula_lines(source: str, room: int) -> tuple[list[str], int]:
    r"""A formula in lines of about `room` characters, for `aligned`, and the width of the last one.

    A line ends at a sign outside of braces; a pair of `\left` and `\right` that is cut is closed and opened again.

    >>> formula_lines(r"(y - t) \cdot (b + c) + d + e", 18)
    (['(y - t) \\cdot (b + c) + d', '\\quad{}+ e'], 4)
    """
    lines: list[str] = []
    is_open = 0
    rows = broken(latex_pieces(source), room)
    for row in rows:
        content = "".join(piece.content for piece in row).strip()
        # {}: a sign at the beginning would be set as the sign of a number, too close to what follows.
        start = "\\quad" * (indent(row[0]) // 2) + "\\left." * is_open + "{}" if lines else ""
        is_open += len(_LEFT.findall(content)) - len(_RIGHT.findall(content))
        lines.append(start + content + "\\right." * is_open)
    return lines, sum(piece.width for piece in rows[-1]) + (indent(rows[-1][0]) if len(rows) > 1 else 0)


def latex_width(source: str) -> int:
    """About how many characters wide a formula is printed."""
    return sum(piece.width for piece in latex_pieces(source))


def latex_pieces(source: str) -> list[Piece]:
    """The pieces of a formula: each but the first begins with a sign that stands outside of all braces."""
    cutter = _Cutter()
    for token in _TOKEN.findall(source):
        cutter.read(token)
    return [*cutter.pieces, cutter.piece()]


class _Cutter:
    """Reads a formula token by token: counts brackets and braces, and adds up widths."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.content: list[str] = []
        self.rank = 0
        self.depth = self.environments = 0
        self.before = ""  # the last token that is not a space
        self.widths = [0.0]  # of the piece, and of each open group in it
        self.groups: list[str] = []  # "numerator", "denominator", "script" or "" for each open group
        self.next_group = ""
        self.numerator = 0.0

    def read(self, token: str) -> None:
        name = token[:5] if _LEFT.match(token) else token[:6] if _RIGHT.match(token) else token
        if name in _SIGNS and self.may_break():
            self.pieces.append(self.piece())
            self.content, self.widths, self.rank = [], [0.0], rank_of(self.depth, _SIGNS[name])
        self.content.append(token)
        if name == "{":
            self.open_group()
        elif name == "}":
            self.close_group()
        else:
            self.count(name)
        self.before = self.before if name.isspace() else name

    def may_break(self) -> bool:
        """Whether a sign here stands between two operands, outside of braces."""
        is_first = self.before in _OPENING or self.before in _SIGNS or self.before in ("", ",", "=", "^", "_", "/")
        return not self.groups and not self.environments and not is_first

    def piece(self) -> Piece:
        return Piece("".join(self.content), round(self.widths[0]), self.rank)

    def open_group(self) -> None:
        self.groups.append(self.next_group)
        self.widths.append(0.0)
        self.next_group = ""

    def close_group(self) -> None:
        kind, width = (self.groups.pop(), self.widths.pop()) if self.groups else ("", 0.0)
        if kind == "numerator":
            self.numerator, self.next_group, width = width, "denominator", 0.0
        elif kind == "denominator":
            width = max(width, self.numerator)
        self.widths[-1] += width * _SCRIPT if kind == "script" else width

    def count(self, name: str) -> None:
        """Count a token that is not a brace."""
        if not self.groups:
            self.depth += (name in _OPENING) - (name in _CLOSING)
        self.environments += (name == "\\begin") - (name == "\\end")
        if name.endswith("frac"):
            self.next_group = "numerator"
        elif name in ("^", "_"):
            self.next_group = "script"
        elif name.isspace():
            self.widths[-1] += 0.5
        elif not _WITHOUT_WIDTH.match(name):
            self.widths[-1] += 1 if name.startswith("\\") else columns(name)
            self.next_group = ""
