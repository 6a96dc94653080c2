"""An expression as MathML Core, which browsers show without any library; every text in it is escaped."""

from __future__ import annotations

import re
from typing import Any

from .. import notation
from ..characters import escaped
from ..op import Op
from .factors import Figure, index_and_shift, is_word
from .shape import Writer, refuse_depth

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def mathml(expression: Any, digits: int = 4) -> str:
    """A simplified expression as one `<mrow>`, without the `<math>` around it.

    >>> from autograd.symbol import Symbol
    >>> mathml(Symbol("y_1") ** 2)
    '<mrow><msubsup><mi>y</mi><mn>1</mn><mn>2</mn></msubsup></mrow>'

    Raises GraphTooLargeError for what nests deeper than browsers allow.
    """
    piece = _MathML(digits).written(expression)
    refuse_depth(piece.levels, "MathML")
    return f"<mrow>{''.join(piece.form)}</mrow>"


def math_element(content: str, display: bool, alttext: str) -> str:
    """`content` in a `<math>` element, on a line of its own if `display` is set; `alttext` is what is read aloud.

    >>> math_element("<mi>x</mi>", False, "x < 1")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x &lt; 1"><mi>x</mi></math>'
    """
    block = ' display="block"' if display else ""
    return f'<math xmlns="{_NAMESPACE}"{block} alttext="{escaped(alttext)}">{content}</math>'


def _element(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>"


def _operator(sign: str, attributes: str = "") -> str:
    return _element("mo", sign, attributes)


def _one(form: list[str]) -> str:
    """A form as one element."""
    return form[0] if len(form) == 1 else _element("mrow", "".join(form))


def _name(word: str) -> str:
    return _element("mi", escaped(word))


def _script(part: str) -> list[str]:
    """A subscript or superscript: numbers, indices or a word."""
    if part.startswith("("):
        return [_operator("(", _STILL), *_script(part[1:-1]), _operator(")", _STILL)]
    if part.isdigit():
        return [_element("mn", escaped(part))]
    if shift := index_and_shift(part):
        return [_element("mi", escaped(shift[0])), _operator(shift[1]), _element("mn", escaped(shift[2]))]
    if not part.isalnum() or is_word(part):
        return [_element("mtext", escaped(part))]
    return [_element("mn" if piece.isdigit() else "mi", escaped(piece)) for piece in re.findall(r"\d+|\D", part)]


# Brackets in a row grow with the tallest of its neighbours, unless they are told not to.
_STILL = ' stretchy="false"'
_COMMA = _operator(",", ' separator="true"')


class _MathML(Writer):
    """Its forms are lists of elements."""

    is_flat = False  # no tall sums: a line may break within their brackets, which then would not grow alike
    signs = {
        "plus": [_operator("+")], "minus": [_operator("−")], "negative": [_operator("−", ' form="prefix"')],
        "dot": [_operator("·")], "spaced dot": [_operator("·")], "close": [_operator("&#x2062;")],
    }  # fmt: skip

    def joined(self, forms: list[list[str]]) -> list[str]:
        return [element for form in forms for element in form]

    def label(self, label: str) -> list[str]:
        parts = notation.read(label)
        base = parts.letter.rstrip("'")
        raised = [_operator("′")] * (len(parts.letter) - len(base)) if base else []
        raised += _script(parts.superscript) if parts.superscript else []
        below: list[str] = []
        for part in parts.subscripts:
            below += [*([_COMMA] if below else []), *_script(part)]
        start = _name(base) if base.isalnum() else _element("mtext", escaped(base or label))
        if below and raised:
            return [_element("msubsup", start + _one(below) + _one(raised))]
        if not (below or raised):
            return [start]
        return [_element("msub" if below else "msup", start + _one(below or raised))]

    def figure(self, figure: Figure) -> list[str]:
        sign = self.signs["negative"] if figure.is_negative else []
        mantissa = _element("mi" if figure.mantissa == "∞" else "mn", figure.mantissa)
        if figure.denominator:
            attributes = ' displaystyle="false"'
            return [*sign, _element("mfrac", mantissa + _element("mn", figure.denominator), attributes)]
        if not figure.exponent:
            return [*sign, mantissa]
        exponent = _element("mn", figure.exponent.lstrip("-"))
        minus = self.signs["negative"] if figure.exponent.startswith("-") else []
        power = _element("msup", _element("mn", "10") + _one([*minus, exponent]))
        return [*sign, mantissa, _operator("×"), power]

    def over_index(self, index: list[str], body: list[str]) -> list[str]:
        return [_element("munder", _operator("∑") + _one(index)), *body]

    def leibniz(self, output: list[str], variable: list[str]) -> list[str]:
        return self.fraction([_name("∂"), *output], [_name("∂"), *variable])

    def omitted(self, count: int) -> list[str]:
        return [_element("mtext", f"… ({count:,} more)")]

    def bracketed(self, form: list[str], bracket: str, is_tall: bool) -> list[str]:
        still = "" if is_tall else _STILL
        row = [_operator(bracket, still), *form, _operator("]" if bracket == "[" else ")", still)]
        return [_element("mrow", "".join(row))] if is_tall else row

    def fraction(self, over: list[str], under: list[str]) -> list[str]:
        return [_element("mfrac", _one(over) + _one(under))]

    def raised(self, base: list[str], exponent: list[str]) -> list[str]:
        start = base[0]
        if len(base) == 1 and start.startswith("<msub>"):  # the exponent stands above the index, not behind it
            return [_element("msubsup", start.removeprefix("<msub>").removesuffix("</msub>") + _one(exponent))]
        return [_element("msup", _one(base) + _one(exponent))]

    def root(self, form: list[str]) -> list[str]:
        return [_element("msqrt", "".join(form))]

    def bars(self, form: list[str]) -> list[str]:
        left, right = (_operator("|", f' form="{side}" fence="true" stretchy="true"') for side in ("prefix", "postfix"))
        return [_element("mrow", left + "".join(form) + right)]

    def function(self, op: Op, arguments: list[list[str]], is_tall: bool) -> list[str]:
        inner: list[str] = []
        for argument in arguments:
            inner += [*([_COMMA] if inner else []), *argument]
        return [_name(op.notation.text or op.name), _operator("&#x2061;"), *self.bracketed(inner, "(", is_tall)]

    def relation(self, op: Op) -> list[str]:
        return [_operator(escaped(op.notation.text or op.name))]

    def cases(self, rows: list[tuple[Any, Any, bool]], otherwise: list[str]) -> list[str]:
        zero = [_operator("≠"), _element("mn", "0")]
        cells = [
            (then, [_element("mtext", "if\u00a0"), *condition, *([] if is_comparison else zero)])
            for then, condition, is_comparison in rows
        ]
        cells.append((otherwise, [_element("mtext", "otherwise")]))
        table = "".join(_element("mtr", "".join(map(_cell, row))) for row in cells)
        return [_element("mrow", _operator("{", ' form="prefix"') + _element("mtable", table))]


def _cell(form: list[str]) -> str:
    return _element("mtd", "".join(form), ' style="text-align:left"')
