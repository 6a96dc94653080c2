"""MathML: well-formed, of MathML Core only, escaped, read back by an independent reader, and shown by a browser."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from browser import loaded
from test_latex import NASTY, everything, listed, random_expressions, read, times, tower

from autograd import exp, greater, sigmoid, where
from autograd.atoms import Derivative, Numeral, Omitted
from autograd.errors import GraphTooLargeError
from autograd.op import TABLE
from autograd.printers.mathml import math_element, mathml
from autograd.simplify import Sum, simplify
from autograd.symbol import Symbol

a, b, y, z = (Symbol(name) for name in ("a", "b", "y_1", "z"))
CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "msub", "msup", "msubsup", "mtable", "mtr", "mtd"}
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3}


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (a - b, "<mi>a</mi><mo>−</mo><mi>b</mi>"),
        (-a, '<mo form="prefix">−</mo><mi>a</mi>'),
        (2 * a, "<mn>2</mn><mo>&#x2062;</mo><mi>a</mi>"),
        (a * b, "<mi>a</mi><mo>·</mo><mi>b</mi>"),
        (a / b, "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        (y**2, "<msubsup><mi>y</mi><mn>1</mn><mn>2</mn></msubsup>"),
        (sigmoid(z), '<mi>σ</mi><mo>&#x2061;</mo><mo stretchy="false">(</mo><mi>z</mi><mo stretchy="false">)</mo>'),
        (Symbol("E_total"), "<msub><mi>E</mi><mtext>total</mtext></msub>"),
        (Symbol("w_1_10"), '<msub><mi>w</mi><mrow><mn>1</mn><mo separator="true">,</mo><mn>10</mn></mrow></msub>'),
        (Symbol("w_ij"), "<msub><mi>w</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>"),
        (Symbol("<b>&\x00"), "<mtext>&lt;b&gt;&amp;</mtext>"),
        (Derivative("L", "w"), "<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow><mrow><mi>∂</mi><mi>w</mi></mrow></mfrac>"),
        (Omitted(97), "<mtext>… (97 more)</mtext>"),
        (Numeral(-3e-7), '<mo form="prefix">−</mo><mn>3</mn><mo>×</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo>'
                         "<mn>7</mn></mrow></msup>"),
    ],
)  # fmt: skip
def test_an_expression_is_written_in_elements(expression, written):
    assert mathml(simplify(expression)) == f"<mrow>{written}</mrow>"


def test_the_element_carries_its_text():
    written = math_element(mathml(a), True, 'a "quoted" & <text>\x00')

    assert written == (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block" alttext="a &quot;quoted&quot; &amp; '
        '&lt;text&gt;"><mrow><mi>a</mi></mrow></math>'
    )


@pytest.mark.parametrize("label", NASTY)
def test_no_label_breaks_the_markup(label):
    for expression in (Symbol(label), Derivative(label, label), exp(Symbol(label)) ** Symbol(label)):
        root = ElementTree.fromstring(math_element(mathml(simplify(expression)), False, label).encode("utf-8"))
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= CORE


def test_everything_is_well_formed_and_of_the_core():
    for expression in everything():
        root = ElementTree.fromstring(mathml(expression).encode("utf-8"))
        for element in root.iter():
            assert element.tag in CORE
            assert len(element) == CHILDREN.get(element.tag, len(element))
            assert element.tag in ("mi", "mn", "mo", "mtext") or not (element.text or "").strip()


# ---------------------------------------------------------------- read back

SIGNS = {"−": "-", "·": r" \cdot ", "×": r" \times ", "\u2062": " ", "\u2061": "", "≠": r" \neq ", "{": ""}


def as_latex(element) -> str:
    """The formula in the notation of the reader in `test_latex.py`."""
    inner = [as_latex(child) for child in element]
    text = element.text or ""
    match element.tag:
        case "mrow" if inner and element[-1].text == "|":
            return rf"\left|{''.join(inner[1:-1])}\right|"
        case "mrow" | "mtd":
            return "".join(inner)
        case "mo":
            return SIGNS.get(text, text)
        case "mi":
            return text if len(text) == 1 and text != "σ" else rf"\operatorname{{{'sigma' if text == 'σ' else text}}}"
        case "mn":
            return f" {text}"
        case "mtext":
            return rf"\text{{{text}}}".replace("\u00a0", " ")
        case "mfrac":
            return rf"\frac{{{inner[0]}}}{{{inner[1]}}}"
        case "msqrt":
            return rf"\sqrt{{{''.join(inner)}}}"
        case "msub":
            return f"{inner[0]}_{{{inner[1]}}}"
        case "msup":
            return f"{inner[0]}^{{{inner[1]}}}"
        case "msubsup":
            return f"{inner[0]}_{{{inner[1]}}}^{{{inner[2]}}}"
        case "mtr":
            return " & ".join(inner)
        case "mtable":
            return r"\begin{cases}" + r"\\".join(inner) + r"\end{cases}"
    raise AssertionError(element.tag)


def computed(expression, point) -> float:
    return read(as_latex(ElementTree.fromstring(mathml(expression, digits=17))), point)


def test_what_is_written_means_what_was_written():
    for expression, point, number in random_expressions(200, seed=4):
        assert computed(expression, point) == pytest.approx(number, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_rule_of_the_table_is_read_back(name):
    op = TABLE[name]
    operands = [(Symbol("p"), Symbol("q")) if many else Symbol("pqr"[i]) for i, many in enumerate(op.is_list)]
    numbers = [(0.6, 0.35) if many else (0.6, 0.35, 0.8)[i] for i, many in enumerate(op.is_list)]
    point = {"p": 0.6, "q": 0.35, "r": 0.8}
    output = point["y"] = op.forward(*numbers)

    assert computed(simplify(op(*operands)), point) == pytest.approx(output, rel=1e-12)
    for partial in op.partials:
        rules, slopes = partial(Symbol("y"), *operands), partial(output, *numbers)
        for rule, slope in zip(listed(rules), listed(slopes), strict=True):
            assert computed(simplify(rule), point) == pytest.approx(slope, rel=1e-12)


# ---------------------------------------------------------------- deep and long, and in a browser


def test_long_sums_and_deep_nests_are_written_without_recursion():
    names = [Symbol(f"x_{index}") for index in range(10_000)]

    assert mathml(Sum(names)).count("<mo>+</mo>") == 9_999
    assert mathml(tower(exp, 3_000)).count("<mi>exp</mi>") == 3_000


def test_what_nests_deeper_than_browsers_allow_is_refused_in_words():
    with pytest.raises(GraphTooLargeError, match="nests 300 fractions, roots and exponents, and MathML holds 60"):
        mathml(tower(lambda w: 1 / (1 + w), 300))


@pytest.mark.browser
def test_a_browser_keeps_every_element_where_it_was_written(tmp_path):
    deepest = [tower(lambda w: 1 / (1 + w), 58), tower(lambda w: (1 + 1 / w) ** 2, 18), tower(lambda w: 2**w, 58)]
    deepest += [tower(lambda w: where(greater(a, b), w, b), 18), times(a, Derivative("<script>alert(1)</script>", "w"))]
    written = [math_element(mathml(expression), True, "x") for expression in deepest]
    page = "<!doctype html><meta charset=utf-8><title>t</title>" + "\n".join(written)
    shown = loaded(page, tmp_path).replace("&nbsp;", "\u00a0")

    kept = re.findall(r"<math.*?</math>", shown, re.DOTALL)
    assert [ElementTree.canonicalize(each) for each in kept] == [ElementTree.canonicalize(each) for each in written]
