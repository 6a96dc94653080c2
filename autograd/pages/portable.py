"""LaTeX for browsers: what GitHub, notebooks and other readers of Markdown typeset alike, by MathJax or KaTeX."""

from __future__ import annotations

import re
from itertools import groupby

from ..characters import printable

_OPERATOR = re.compile(r"\\operatorname\*?\{([^{}]*)\}")
_TEXT = re.compile(r"\\text\{((?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{[^{}]*\})*\})*)\}")
_TEXT_TOKEN = re.compile(r"\\[A-Za-z]+\{\}|\\.|\$[^$]*\$|[^\\$]")
_UNKNOWN = re.compile(r"\[U\+((?:10|[0-9A-F])?[0-9A-F]{4})\]")
_OUTSIDE = {
    "\\textbackslash{}": "\\backslash", "\\textasciicircum{}": "\\text{ˆ}", "\\textasciitilde{}": "\\text{˜}",
    "\\textless{}": "\\lt", "\\textgreater{}": "\\gt", "\\textbar{}": "\\vert", "\\{": "\\lbrace", "\\}": "\\rbrace",
}  # fmt: skip


def portable(formula: str) -> str:
    r"""A formula in what MathJax and KaTeX both read, without anything that ends a code span or a table's cell.

    GitHub refuses `\operatorname`; escapes within `\text` are read differently by every typesetter, so that what they
    stand for is written outside of it.

    >>> print(portable(r"\operatorname{exp}(\text{a\_b \textbar{} c})"))
    \mathop{\mathrm{exp}}({\text{a}\_\text{b }\vert\text{ c}})
    """
    formula = _OPERATOR.sub(r"\\mathop{\\mathrm{\1}}", formula)
    formula = _TEXT.sub(lambda match: _portable_text(match[1]), formula)
    return formula.replace("|", "\\vert ").replace("`", "ˋ")


def _portable_text(words: str) -> str:
    """The inside of a `\\text` as pieces of words, and of formulas for its special characters."""
    pieces: list[str] = []
    for is_words, tokens in groupby(_TEXT_TOKEN.findall(words), key=lambda token: token[0] not in "\\$"):
        if is_words:
            pieces.append(f"\\text{{{_UNKNOWN.sub(_character, ''.join(tokens))}}}")
        else:
            pieces += [_OUTSIDE.get(token, token.strip("$") if token[0] == "$" else token) for token in tokens]
    return pieces[0] if len(pieces) == 1 else f"{{{''.join(pieces)}}}"


def _character(match: re.Match[str]) -> str:
    """What LaTeX cannot set, a browser can; but not what would be read as a sign of the language."""
    character = printable(chr(int(match[1], 16)))
    return character if not character.isascii() else match[0]
