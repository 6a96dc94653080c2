"""A page as LaTeX: sentences as text, equations as `aligned`, and long right sides broken over lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ..characters import columns, printable
from ..page import Block, Equations, Heading, Page, Phrase, Row, Sentence, Table, is_item
from ..printers.latex import latex, latex_text
from .cutting import formula_lines, latex_width
from .phrases import parts
from .text import phrase_text

ROOM = 90  # characters of Unicode text that a line of a printed page holds
LONGEST = 30  # lines of equations in one block, rows of a table: a page cannot break inside of one

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage[margin=2cm]{geometry}
\usepackage{longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
\setlength{\emergencystretch}{3em}
\begin{document}
"""
_RELATIONS = {"≈": "\\approx", "≡": "\\equiv", "←": "\\leftarrow", "→": "\\to", "≠": "\\ne", "≤": "\\le", "≥": "\\ge"}


def latex_page(page: Page, document: bool = False) -> str:
    r"""The page as LaTeX that compiles where amsmath is loaded; with `document`, a whole document for pdflatex.

    >>> from autograd.symbol import Symbol
    >>> page = Page([Sentence(("The loss is ", Symbol("L"), ":")), Equations([Row(Symbol("L"), "=", 2)])])
    >>> print(latex_page(page), end="")
    The loss is \(L\):
    <BLANKLINE>
    \[
    \begin{aligned}
    L &= 2
    \end{aligned}
    \]
    """
    written = []
    for is_list, group in groupby(page.blocks, key=is_item):
        blocks = list(group)
        written += [_items(blocks, page.digits)] if is_list else [_block(b, page.digits, document) for b in blocks]
    content = "\n\n".join(written) + "\n"
    return f"{_PREAMBLE}\n{content}\n\\end{{document}}\n" if document else content


def phrase_latex(phrase: Phrase, digits: int = 4) -> str:
    """A phrase in a sentence: words, and formulas between `\\(` and `\\)`."""
    return "".join(
        _words(part) if kind == "words" else f"\\({latex(part, digits)}\\)" for kind, part in parts(phrase)
    )


def formula_latex(expression: Any, digits: int = 4) -> str:
    """An expression as a formula; words, which may stand in its place, as text."""
    return f"\\text{{{_words(expression)}}}" if isinstance(expression, str) else latex(expression, digits)


def _words(words: str) -> str:
    return latex_text(printable(words))


def _items(blocks: Iterable[Any], digits: int) -> str:
    items = [f"\\item {phrase_latex(block.phrase, digits)}" for block in blocks]
    return "\n".join(["\\begin{itemize}", *items, "\\end{itemize}"])


def _block(block: Block, digits: int, document: bool) -> str:
    if isinstance(block, Heading):
        return f"\\{'section' if block.level == 1 else 'subsection'}*{{{phrase_latex(block.phrase, digits)}}}"
    if isinstance(block, Sentence):
        return phrase_latex(block.phrase, digits)
    if isinstance(block, Equations):
        return "\n".join(f"\\[\n{lines}\n\\]" for lines in aligned_blocks(block.rows, digits))
    return _table(block, digits, document)


# ---------------------------------------------------------------- equations


def aligned_blocks(rows: Sequence[Row], digits: int = 4) -> Iterator[str]:
    """The rows as one `aligned`, or as several where they are many."""
    lines: list[str] = []
    for row in rows:
        more = _row_lines(row, digits)
        if lines and len(lines) + len(more) > LONGEST:
            yield _aligned(lines)
            lines = []
        lines += more
        while len(lines) > LONGEST:  # one right side can be longer than a page
            yield _aligned(lines[:LONGEST])
            lines = lines[LONGEST:]
    if lines:
        yield _aligned(lines)


def _aligned(lines: Sequence[str]) -> str:
    # A bracket at the beginning would be read as an option of `aligned`, or of the `\\` before it.
    content = " \\\\\n".join(f"{{}}{line}" if line.startswith("[") else line for line in lines)
    return f"\\begin{{aligned}}\n{content}\n\\end{{aligned}}"


def _row_lines(row: Row, digits: int) -> list[str]:
    left = "" if row.left is None else formula_latex(row.left, digits)
    room = max(ROOM - latex_width(left), ROOM // 3)
    rights, width = formula_lines(formula_latex(row.right, digits), room)
    head = f"{left} &{_relation(row.relation)} ".lstrip(" ")
    lines = [(f"&{right}" if index else head + right) for index, right in enumerate(rights)]
    if row.result:
        result = f"{_relation(row.result[0])} {formula_latex(row.result[1], digits)}"
        more = latex_width(result) + 1
        lines, width = _joined(lines, result, width + more <= room), width + more if width + more <= room else more
    if not row.remark:
        return lines
    if width + columns(phrase_text(row.remark, digits)) <= room:
        return [*lines[:-1], f"{lines[-1]} \\quad {_remark(row.remark, digits)}"]
    return [*lines, f"&\\quad {_remark(row.remark, digits)}"]


def _joined(lines: list[str], result: str, has_room: bool) -> list[str]:
    return [*lines[:-1], f"{lines[-1]} {result}"] if has_room else [*lines, f"&{result}"]


def _relation(sign: str) -> str:
    return _RELATIONS.get(sign, sign)


def _remark(phrase: Phrase, digits: int) -> str:
    """A phrase behind a formula: words as `\\text`, and its formulas as formulas."""
    return "".join(formula_latex(part, digits) for _, part in parts(("(", *phrase, ")")))


# ---------------------------------------------------------------- tables


def _table(table: Table, digits: int, document: bool) -> str:
    columns_of = "".join("r" if is_numeric else "l" for is_numeric in table.numeric)
    head = _table_row(table.head, digits)
    rows = [_table_row(row, digits) for row in table.rows]
    caption = f"\\textbf{{{phrase_latex(table.caption, digits)}}}\n\n" if table.caption else ""
    size = _size(table, digits)
    if document and len(rows) > LONGEST:
        return caption + _environment("longtable", columns_of, [head, "\\hline", "\\endhead", *rows], size)
    groups = [rows[start : start + LONGEST] for start in range(0, max(len(rows), 1), LONGEST)]
    tables = [_environment("tabular", columns_of, [head, "\\hline", *group], size) for group in groups]
    return caption + "\n\n".join(tables)


def _environment(name: str, columns_of: str, lines: Sequence[str], size: str) -> str:
    content = "\n".join(lines)
    table = f"\\begin{{{name}}}{{{columns_of}}}\n{content}\n\\end{{{name}}}"
    return f"{{{size}{table}\\par}}" if size else table


def _table_row(cells: Sequence[Phrase], digits: int) -> str:
    # {}: a bracket at the beginning of a row would be read as an option of the `\\` before it.
    return "{}" + " & ".join(phrase_latex(cell, digits) for cell in cells) + " \\\\"


def _size(table: Table, digits: int) -> str:
    """Smaller type for a table that is too wide for the page."""
    widths = [
        max(columns(phrase_text(cell, digits)) for cell in column)
        for column in zip(table.head, *table.rows, strict=True)
    ]
    total = sum(widths) + 2 * len(widths)
    return "" if total <= ROOM else "\\footnotesize\n" if total <= ROOM * 5 // 4 else "\\scriptsize\n"
