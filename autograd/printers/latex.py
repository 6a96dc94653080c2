r"""An expression as LaTeX: `y_{1}(1 - y_{1})`, `-\frac{a}{b^{2}}`; it compiles with amsmath, whatever its labels."""

from __future__ import annotations

import unicodedata
from typing import Any

from .. import notation
from ..op import Op
from .factors import Figure, index_and_shift, is_word
from .shape import Writer, refuse_depth

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
}  # fmt: skip
_COMMANDS = {letter: rf"\{name}" for name, letter in notation.GREEK.items()}
# Capitals that look like Latin ones have no command, and a small omicron neither.
_COMMANDS.update(
    {
        notation.GREEK[name]: rf"\mathrm{{{latin}}}"
        for name, latin in zip(
            ["Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu", "Omicron", "Rho", "Tau", "Chi",
             "omicron"], "ABEZHIKMNOPTXo", strict=True,
        )
    }
)  # fmt: skip
_SIGNS = {
    "−": "-", "·": r"\cdot", "×": r"\times", "÷": r"\div", "±": r"\pm", "→": r"\to", "←": r"\leftarrow",
    "↔": r"\leftrightarrow", "⇒": r"\Rightarrow", "≈": r"\approx", "≡": r"\equiv", "≠": r"\neq", "≤": r"\leq",
    "≥": r"\geq", "∂": r"\partial", "∇": r"\nabla", "∞": r"\infty", "∑": r"\sum", "∏": r"\prod", "√": r"\surd",
    "∈": r"\in", "′": r"{}^{\prime}", "⋅": r"\cdot", "…": r"\ldots", "⋯": r"\cdots", "½": r"\tfrac{1}{2}",
    "⅓": r"\tfrac{1}{3}", "⅔": r"\tfrac{2}{3}", "¼": r"\tfrac{1}{4}", "¾": r"\tfrac{3}{4}",
    **{raised: f"{{}}^{{{plain.replace('−', '-')}}}" for plain, raised in notation.SUPERSCRIPTS.items()},
    **{low: f"{{}}_{{{plain}}}" for plain, low in notation.SUBSCRIPTS.items() if low != ","},
}  # fmt: skip
# What every LaTeX can set in text without a package: accented Latin letters, dashes and quotes.
_PLAIN = set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŁłŠšŽžČčŘřĚěŮů–—‘’“”¡¿§¶©")


def latex(expression: Any, digits: int = 4) -> str:
    r"""A simplified expression as LaTeX for mathematics mode; constants have `digits` significant digits.

    >>> from autograd.symbol import Symbol
    >>> from autograd.simplify import simplify
    >>> y, b = Symbol("y_1"), Symbol("b")
    >>> print(latex(simplify(-y * (1 - y) / b**2)))
    -\frac{y_{1}(1 - y_{1})}{b^{2}}

    Raises GraphTooLargeError for what nests deeper than TeX allows.
    """
    piece = _Latex(digits).written(expression)
    refuse_depth(piece.levels, "LaTeX")
    return str(piece.form)


def latex_label(label: str) -> str:
    r"""A label in mathematics mode; one outside of the grammar is set as words.

    >>> print(latex_label("w_1_10"), latex_label("a_1^(2)"), latex_label("E_total"), latex_label("50% off"))
    w_{1,10} a_{1}^{(2)} E_{\text{total}} \text{50\% off}
    """
    parts = notation.read(label)
    base = parts.base.rstrip("'")
    raised = r"\prime" * (len(parts.base) - len(base)) if base else ""
    raised += _script(parts.superscript)
    below = ",".join(_script(part) for part in parts.subscripts)
    return _base(base or label) + (f"_{{{below}}}" if below else "") + (f"^{{{raised}}}" if raised else "")


def latex_text(words: str) -> str:
    r"""Plain words with every special character escaped; what LaTeX cannot set is named by its number.

    >>> print(latex_text("100% of {w_1} → δ 日"))
    100\% of \{w\_1\} $\to$ $\delta$ [U+65E5]
    """
    return "".join(map(_escaped, unicodedata.normalize("NFC", words)))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~" or character in _PLAIN:
        return character
    command = _COMMANDS.get(character) or _SIGNS.get(character)
    if command:
        return f"${command}$"
    kind = unicodedata.category(character)
    if character in "\n\t" or kind[0] == "Z":
        return " "
    return "" if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me") else f"[U+{ord(character):04X}]"


def _base(base: str) -> str:
    letter = notation.GREEK.get(base, base)
    if letter in _COMMANDS:
        return _COMMANDS[letter]
    if not (base.isascii() and base.isalnum()) or base[0].isdigit():
        return rf"\text{{{latex_text(base)}}}"
    is_letter = base[1:].isdigit()  # h1 is one name, not h times 1
    return base if len(base) == 1 else rf"\mathit{{{base}}}" if is_letter else rf"\mathrm{{{base}}}"


def _script(part: str) -> str:
    """A subscript or superscript: indices as they are, words upright."""
    if part.startswith("("):
        return f"({_script(part[1:-1])})"
    if shift := index_and_shift(part):
        return "".join(shift).replace("−", "-")
    is_index = part.isascii() and part.isalnum() and not is_word(part)
    return part if is_index or not part else rf"\text{{{latex_text(part)}}}"


class _Latex(Writer):
    is_flat = False
    has_tall_sums = True
    signs = {
        "plus": " + ", "minus": " - ", "negative": "-", "dot": r" \cdot ", "spaced dot": r" \cdot ", "close": "",
    }  # fmt: skip

    def joined(self, forms: list[str]) -> str:
        return "".join(forms)

    def label(self, label: str) -> str:
        return latex_label(label)

    def figure(self, figure: Figure) -> str:
        written = {"∞": r"{\infty}", "nan": r"\text{nan}"}.get(figure.mantissa, figure.mantissa)
        if figure.exponent:
            written += rf" \times 10^{{{figure.exponent}}}"
        if figure.denominator:
            written = rf"\tfrac{{{figure.mantissa}}}{{{figure.denominator}}}"
        return "-" * figure.is_negative + written

    def over_index(self, index: str, body: str) -> str:
        return rf"\sum_{{{index}}} {body}"

    def leibniz(self, output: str, variable: str) -> str:
        return rf"\frac{{\partial {output}}}{{\partial {variable}}}"

    def omitted(self, count: int) -> str:
        return rf"\ldots\ \text{{({count:,} more)}}"

    def bracketed(self, form: str, bracket: str, is_tall: bool) -> str:
        left, right = ("[", "]") if bracket == "[" else ("(", ")")
        return rf"\left{left}{form}\right{right}" if is_tall else f"{left}{form}{right}"

    def fraction(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def root(self, form: str) -> str:
        return rf"\sqrt{{{form}}}"

    def bars(self, form: str) -> str:
        return rf"\left|{form}\right|"

    def function(self, op: Op, arguments: list[str], is_tall: bool) -> str:
        return _sign(op) + self.bracketed(", ".join(arguments), "(", is_tall)

    def relation(self, op: Op) -> str:
        return f" {_sign(op)} "

    def cases(self, rows: list[tuple[str, str, bool]], otherwise: str) -> str:
        lines = [
            rf"{then} & \text{{if }} {condition}" + ("" if is_comparison else r" \neq 0")
            for then, condition, is_comparison in rows
        ]
        return r"\begin{cases} " + r" \\ ".join([*lines, rf"{otherwise} & \text{{otherwise}}"]) + r" \end{cases}"


def _sign(op: Op) -> str:
    """How the notation writes the operation; an upright name for one that says nothing of LaTeX."""
    is_default = op.notation.latex in ("", rf"\operatorname{{{op.name}}}")
    if not is_default:
        return op.notation.latex
    name = op.notation.text or op.name
    return rf"\operatorname{{{name}}}" if name.isascii() and name.isalnum() else rf"\text{{{latex_text(name)}}}"
