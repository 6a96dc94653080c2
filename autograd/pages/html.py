"""A page as HTML: one file with MathML, without scripts and without the network, or a part of a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from ..characters import escaped, printable
from ..page import Block, Equations, Heading, Page, Phrase, Row, Sentence, Table, is_item
from ..printers.mathml import math_element
from .mathematics import broken_formula_html, formula_html
from .phrases import parts
from .styles import DOCUMENT_STYLE, STYLE
from .text import phrase_text

_NUMBER = ' class="number"'


def html_page(page: Page, title: str | None = None) -> str:
    """The page as one HTML5 document, for light and dark, for telephones and for paper.

    `title` is what the browser's tab says; the page's first heading, if it is not given.

    >>> from autograd.symbol import Symbol
    >>> html_page(Page([Sentence(("The loss is ", Symbol("L"), "."))]))[:39]
    '<!DOCTYPE html>\\n<html lang="en">\\n<head>'
    """
    headings = (phrase_text(block.phrase, page.digits) for block in page.blocks if isinstance(block, Heading))
    name = printable(title) if title is not None else next(headings, "Derivation")
    return (
        f'<!DOCTYPE html>\n<html lang="{escaped(page.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(name)}</title>\n<style>{DOCUMENT_STYLE}{STYLE}</style>\n</head>\n<body>\n"
        f'<main class="chainrule-page">\n{_content(page, 1)}\n</main>\n</body>\n</html>\n'
    )


def html_fragment(page: Page) -> str:
    """The page as one `<div>` for a notebook's cell: it takes the colours of what surrounds it."""
    language = escaped(page.language)
    return f'<div class="chainrule-page" lang="{language}">\n<style>{STYLE}</style>\n{_content(page, 3)}\n</div>\n'


def _content(page: Page, level: int) -> str:
    lines: list[str] = []
    for is_list, group in groupby(page.blocks, key=is_item):
        blocks = list(group)
        lines += [_items(blocks, page.digits)] if is_list else [_block(b, page.digits, level) for b in blocks]
    return "\n".join(lines)


def _items(blocks: Iterable[Any], digits: int) -> str:
    items = "".join(f"<li>{phrase_html(block.phrase, digits)}</li>\n" for block in blocks)
    return f"<ul>\n{items}</ul>"


def _block(block: Block, digits: int, level: int) -> str:
    if isinstance(block, Heading):
        tag = f"h{min(level + block.level - 1, 6)}"
        return f'<{tag} class="level-{block.level}">{phrase_html(block.phrase, digits)}</{tag}>'
    if isinstance(block, Sentence):
        return f"<p>{phrase_html(block.phrase, digits)}</p>"
    if isinstance(block, Equations):
        rows = "\n".join(_equation(row, digits) for row in block.rows)
        return f'<div class="equations">\n{rows}\n</div>'
    return _table(block, digits)


def phrase_html(phrase: Phrase, digits: int = 4) -> str:
    """A phrase: words escaped, formulas in MathML."""
    return "".join(
        escaped(part) if kind == "words" else broken_formula_html(part, digits) for kind, part in parts(phrase)
    )


def _equation(row: Row, digits: int) -> str:
    left = "" if row.left is None else _side(row.left, digits, formula_html)
    relation = _relation(row.relation)
    right = _side(row.right, digits, broken_formula_html)
    if row.result:
        right += f" {_relation(row.result[0])} {_side(row.result[1], digits, formula_html)}"
    remark = f' <span class="remark">{phrase_html(row.remark, digits)}</span>' if row.remark else ""
    return (
        f'<div class="row"><span class="left">{left}</span> <span class="relation">{relation}</span> '
        f'<span class="right">{right}{remark}</span></div>'
    )


def _relation(sign: str) -> str:
    return math_element(f"<mo>{escaped(sign)}</mo>", False, printable(sign))


def _side(expression: Any, digits: int, write: Any) -> str:
    return escaped(expression) if isinstance(expression, str) else write(expression, digits)


def _table(table: Table, digits: int) -> str:
    caption = f"<caption>{phrase_html(table.caption, digits)}</caption>\n" if table.caption else ""
    head = _cells("th", ' scope="col"', table.head, table.numeric, digits)
    rows = "\n".join(f"<tr>{_cells('td', '', row, table.numeric, digits)}</tr>" for row in table.rows)
    name = f' aria-label="{escaped(phrase_text(table.caption, digits))}"' if table.caption else ""
    # A wide table scrolls in its box, which the keyboard must be able to reach.
    return (
        f'<div class="table" tabindex="0" role="group"{name}>\n<table>\n{caption}<thead>\n<tr>{head}</tr>\n</thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _cells(tag: str, attributes: str, cells: Sequence[Phrase], numeric: Sequence[bool], digits: int) -> str:
    return "".join(
        f"<{tag}{attributes}{_NUMBER if is_numeric else ''}>{phrase_html(cell, digits)}</{tag}>"
        for cell, is_numeric in zip(cells, numeric, strict=True)
    )
