"""Answers as students type them: LaTeX, names without underscores, and whatever else comes."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import ops
from autograd.errors import AutogradError, FormulaError, LabelError, OperandError, RangeError
from autograd.formulas import markup, spelling
from autograd.formulas.leibniz import without_left_side
from autograd.formulas.places import UnknownNameError
from autograd.formulas.reading import prepare
from autograd.op import TABLE
from autograd.parsing import parse, read
from autograd.printers.latex import latex
from autograd.printers.python import python
from autograd.printers.text import text
from autograd.simplify import Power, Product, Sum, simplify
from autograd.symbol import Call, Expression, Symbol

LABELS = [
    "y_1", "t_1", "h_1", "h_2", "w_11", "w_1_10", "a_1", "a_1^(2)", "E_total", "delta_1", "delta_1^(2)", "x", "z", "ŷ",
    "w", "x_1", "loss", "my loss!", "lambda", "y'_1",
]  # fmt: skip
NUMBERS = {label: 0.31 + 0.07 * index for index, label in enumerate(LABELS)}
y, t, h, w, a2, x, z, d = (NUMBERS[label] for label in ("y_1", "t_1", "h_1", "w_11", "a_1^(2)", "x", "z", "delta_1"))
SIGMA = 1 / (1 + math.exp(-z))


def value(formula: str) -> float:
    return prepare(formula, LABELS).at(NUMBERS)


def error_of(formula: str, labels: list[str] = LABELS) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        prepare(formula, labels)
    return caught.value


# ---------------------------------------------------------------- LaTeX


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # products, spaces, brackets
        (r"(y_1-t_1)\,y_1(1-y_1)\,h_1", (y - t) * y * (1 - y) * h),
        (r"\left(y_{1}-t_{1}\right)\cdot y_{1}\left(1-y_{1}\right)h_{1}", (y - t) * y * (1 - y) * h),
        (r"x\;z\:\!\quad x\qquad z\ x~z", x * z * x * z * x * z),
        (r"x\cdot z\times x\ast z\div x", x * z * x * z / x),
        (r"\bigl(x\bigr)\Bigl[z\Bigr]\{x\}\left\{z\right\}", x * z * x * z), (r"\lbrace x\rbrace z", x * z),
        (r"\left.x\right. + z", x + z), (r"{x+z}h_1", (x + z) * h), (r"{}x{}", x), (r"\displaystyle\,x", x),
        (r"x < z", 1), (r"x\gt z", 0),
        # fractions and roots
        (r"\frac{x}{z}", x / z), (r"2\dfrac{x}{z}x", 2 * x / z * x), (r"\tfrac12x", x / 2), (r"-\frac1{2}", -0.5),
        (r"\frac{\frac{x}{z}}{\frac{z}{x}}", x * x / z / z), (r"\frac\lambda2", NUMBERS["lambda"] / 2),
        (r"\frac {x} {z}", x / z), (r"x^{\frac12}", x**0.5), (r"x^\frac12", x**0.5), (r"\frac xz", x / z),
        (r"\sqrt{x}z", math.sqrt(x) * z), (r"\sqrt x", math.sqrt(x)), (r"z\sqrt{x+1}^2", z * (x + 1)),
        # bars
        ("|x - z|", z - x if z > x else x - z), ("2|x||z|", 2 * x * z), ("x|z - |x||", x * abs(z - x)),
        ("||x| - 1|", abs(x - 1)), (r"z\left|-x\right|z", x * z * z), (r"z\lvert -x\rvert", x * z),
        ("|-x|z|-x|", x * z * x),
        (r"\vert x\vert", x), ("2 + |x|^2", 2 + x * x),
        # functions
        (r"\sigma(z)", SIGMA), (r"\sigma\left(z\right)x", SIGMA * x), (r"\sigma\left[z\right]", SIGMA),
        (r"\exp\left\{-z\right\}", math.exp(-z)), (r"\exp[-z]", math.exp(-z)), (r"\ln{z}", math.log(z)),
        (r"\log(z)", math.log(z)), (r"e^{-z}", math.exp(-z)), (r"\frac{1}{1+e^{-z}}", SIGMA),
        (r"\mathrm{e}^{-z}", math.exp(-z)), (r"\tanh\!\left(z\right)", math.tanh(z)),
        (r"\operatorname{relu}(z)", z), (r"\mathrm{relu}\left(-z\right)", 0), (r"x\text{relu}(z)", x * z),
        (r"\operatorname{leaky\_relu}(-z)", -0.01 * z), (r"\max(x, z)", max(x, z)), (r"\min\{x, z\}", min(x, z)),
        (r"x\sin(z)", x * math.sin(z)), (r"\arctan(z)", math.atan(z)), (r"2\pi x", 2 * math.pi * x),
        (r"\tanh^2(z)", math.tanh(z) ** 2), (r"1-\tanh^{2}\left(z\right)x", 1 - math.tanh(z) ** 2 * x),
        ("tanh²(z)x", math.tanh(z) ** 2 * x), ("x sin^3(z)", x * math.sin(z) ** 3),
        (r"\sigma'(z)", SIGMA * (1 - SIGMA)), ("σ′(z)x", SIGMA * (1 - SIGMA) * x), ("tanh'(z)", 1 - math.tanh(z) ** 2),
        (r"\begin{cases} x & \text{if } z > x \\ z & \text{otherwise} \end{cases}", x if z > x else z),
        (r"2\begin{cases}1&\text{if }x>5\\3x&\text{else}\end{cases}+1", 6 * x + 1),
        # subscripts, superscripts
        (r"w_{11}x", w * x), (r"w_{1,10}", NUMBERS["w_1_10"]), (r"w_{1{,}10}", NUMBERS["w_1_10"]),
        (r"w_{1, 10}x", NUMBERS["w_1_10"] * x), (r"a_1^{(2)}", a2), (r"a^{(2)}_1", a2), (r"a_{1}^{(2)}x", a2 * x),
        (r"a^{(2)}_{1}x", a2 * x), (r"a^{(2)}_1x", a2 * x), ("a^(2)_1", a2), (r"a_{1}^{(2)2}", None),
        (r"\left(a_{1}^{(2)}\right)^{2}", a2 * a2), (r"a_1^{(2)}a_1", a2 * NUMBERS["a_1"]),
        (r"E_{total}", NUMBERS["E_total"]), (r"E_{\text{total}}", NUMBERS["E_total"]),
        (r"2E_\mathrm{total}x", 2 * NUMBERS["E_total"] * x),
        (r"\delta_1", d), (r"\delta_{1}x", d * x), (r"\delta1", d), (r"\delta^{(2)}_1", NUMBERS["delta_1^(2)"]),
        (r"\delta_1^{(2)}", NUMBERS["delta_1^(2)"]), (r"\boldsymbol{\delta}_1", d), (r"x\delta_1h_1", x * d * h),
        (r"y_1^2", y * y), (r"y_1^{2}h_1", y * y * h), (r"y_{1}^{2}", y * y), (r"y^2_1", y * y),
        (r"y^{2}_{1}x", y * y * x),
        (r"x^{-1}", 1 / x), (r"x^{z-1}x", x**z), (r"x^{2^{z}}", x ** (2**z)), (r"x^{2z}", x ** (2 * z)),
        (r"x^{xz}", x ** (x * z)), (r"x^{2}3", None), (r"2 \times 10^{-3}x", 0.002 * x),
        (r"\hat{y}", NUMBERS["ŷ"]), (r"\hat y x", NUMBERS["ŷ"] * x), (r"\mathbf{w}x", NUMBERS["w"] * x),
        (r"\mathbf{w_{11}}", w), (r"\mathbf{w}_{11}x", w * x), (r"\mathit{loss}x", NUMBERS["loss"] * x),
        (r"\text{my loss!}x", NUMBERS["my loss!"] * x), (r"y_{1}^{\prime}x", NUMBERS["y'_1"] * x),
        (r"y'_{1}", NUMBERS["y'_1"]),
        # the surroundings
        ("$x+1$", x + 1), ("$$ x+1 $$", x + 1), (r"\[x+1\]", x + 1), (r" \( x+1 \) ", x + 1), ("$\nx+1\n$", x + 1),
        (r"g = \frac{x}{z}; 2g", 2 * x / z),
    ],
)  # fmt: skip
def test_latex_is_read_as_it_looks(formula, expected):
    if expected is None:
        error_of(formula)
    else:
        assert value(formula) == pytest.approx(expected, rel=1e-12)


def test_parse_reads_latex_too():
    output = parse(r"L = \frac{1}{2}\left(\sigma(w x + b) - t\right)^{2}", w=0.5, x=1, b=0, t=1)
    assert output.data == parse("(sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1).data
    assert output.label == "L"
    assert {leaf.label for leaf in parse(r"w_{11}\,\hat{y}", w_11=2, ŷ=3).parents} == {"w_11", "ŷ"}


@pytest.mark.parametrize(
    ("formula", "place", "words"),
    [
        (r"x + \foo{z}", 4, "this command is not known"), (r"\sqrt[3]{x}", 0, "only square roots"),
        (r"\begin{aligned} x \end{aligned}", 0, "one expression"), (r"x \\ z", 2, "one expression"),
        ("x & z", 2, "refused"),
        (r"x + \frac{z}", 12, "denominator"), (r"\frac{x", 7, "numerator"), (r"\frac{(x}{z}", 8, "')' was expected"),
        (r"\left(x\right]", 13, "')' was expected"), (r"x\right)", 7, "no bracket for it to close"),
        (r"x_{t-1}", 2, "a subscript has letters"), (r"x_{", 2, "a subscript has letters"),
        ("$x", 0, "is missing at the end"),
        ("x$", 1, "around the whole formula"), (r"\[x\)", 0, "is missing at the end"),
        (r"x\[", 1, "around the whole formula"),
        (r"\sum_i x_i", 0, "write the terms"), (r"x \pm z", 2, "one formula"), (r"\hat{xz}", 0, "over one letter"),
        (r"\frac{\partial L}{\partial x}", 6, "write the derivative out"), (r"1{,}5", 1, "decimal point"),
        (r"\ln x z", 4, "in parentheses"), (r"\left x", 0, "no bracket"), (r"x \geq z", 2, "only > and <"),
        ("~x", 0, "space"),
        (r"\frac{1}{2}\,)", 13, "no bracket"), (r"w_{11}\,\cdot\,)", 15, "no bracket"), ("x\\", 1, "command"),
        (r"\sin^{-1}(x)", 4, "in parentheses"), (r"\begin{cases} x & \text{if } z > 1", 34, "was expected"),
        (r"\lvert x", 8, "was expected"), (r"\rvert", 0, "no bracket"), (r"x^{2}3", 5, "operator"),
        (r"\to x", 0, "command"),
    ],
)  # fmt: skip
def test_an_error_in_latex_points_at_what_was_typed(formula, place, words):
    error = error_of(formula)
    assert (error.position, error.formula) == (place, formula)
    assert words in str(error)
    sentence, line, caret = str(error).split("\n")
    assert line.strip() in formula
    assert caret.index("^") - 4 == min(place, 48)


def test_a_long_formula_in_latex_keeps_its_places():
    formula = r"\frac{1}{2}\,\left(y_{1} - t_{1}\right)^{2} + \delta^{(2)}_1\,h_{7}"
    error = error_of(formula)
    assert isinstance(error, UnknownNameError)
    assert formula[error.position :] == "h_{7}"
    assert "'h_7'" in str(error)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("y1", ["y_1"]), ("t1 + w11", ["t_1", "w_11"]), ("δ1", ["delta_1"]), ("delta1", ["delta_1"]),
        ("w110", ["w_1_10"]),
        ("w_110", ["w_1_10"]), ("w_1_1", ["w_11"]), ("a1^(2)", ["a_1^(2)"]), ("a1_2", ["a_1^(2)"]),
        ("a12", ["a_1^(2)"]),
        ("a1⁽²⁾", ["a_1^(2)"]), ("a1²", ["a_1"]), ("Etotal", ["E_total"]), ("δ1(1 - y1)", ["delta_1", "y_1"]),
        ("h_1x_1", ["h_1", "x_1"]), ("h1x1", ["h_1", "x_1"]), ("xz", ["x", "z"]), ("h_1σ(z)", ["h_1", "z"]),
        ("h_1x^2", ["h_1", "x"]), ("x_1a_1^(2)", ["x_1", "a_1^(2)"]), ("w₁₁x₁", ["w_11", "x_1"]),
        (r"\delta_1h_1", ["delta_1", "h_1"]),
    ],
)  # fmt: skip
def test_a_name_spelled_differently_is_the_one_label_it_can_be(typed, labels):
    assert prepare(typed, LABELS).labels == tuple(labels)


def test_names_run_together_are_a_product():
    assert value("h_1x_1^2") == pytest.approx(h * NUMBERS["x_1"] ** 2)
    assert value("z - xz") == pytest.approx(z - x * z)


def test_an_exact_name_comes_before_others_that_are_spelled_alike():
    assert prepare("w_11", ["w_1_1", "w_11"]).labels == ("w_11",)
    assert prepare("xz", ["x", "z", "xz"]).labels == ("xz",)
    assert prepare("pi", ["p_i"]).labels == ()
    assert prepare("exp(x)", ["e_xp", "x"]).labels == ("x",)


def test_a_name_that_can_be_two_labels_is_refused_with_both():
    error = error_of("2 + w11", ["w_1_1", "w_11x", "w_11"])
    assert isinstance(error, LabelError)
    assert error.position == 4
    assert "'w11' can be w_1_1 or w_11;" in str(error)
    assert isinstance(error_of("abc", ["ab", "c", "a", "bc"]), UnknownNameError)


def test_capitals_matter():
    assert "did you mean w_11?" in str(error_of("W_11"))
    assert isinstance(error_of("Y1"), LabelError)


def test_an_unknown_name_is_told_with_what_was_probably_meant():
    assert str(error_of("h_4", ["h_1", "h_2", "h_3"])) == (
        "I do not know the name 'h_4' here; did you mean h_1, h_2 or h_3?\n    h_4\n    ^"
    )
    assert "here; names are u, v, w" in str(error_of("2q", ["u", "v", "w"]))
    assert "names 'q' and 'r' here; names are u\n" in str(error_of("q r", ["u"]))
    assert "there are no names, only numbers" in str(error_of("q", []))
    assert "and 12 more" in str(error_of("q", LABELS))
    assert "did you mean 'sigmoid'?" in str(error_of("sigmod(x)"))
    assert "did you mean x?" in str(error_of("ｘ"))


def test_read_is_as_kind_as_prepare_and_parse_takes_names_as_they_are():
    assert read("y1(1 - y1)", {"y_1": 0.5}) == 0.25
    assert read("y1", Symbol) == Symbol("y1")
    assert parse("y1 + y_1", y1=1, y_1=2).data == 3
    with pytest.raises(LabelError):
        parse("y1", y_1=2)


# ---------------------------------------------------------------- the left side of an answer


@pytest.mark.parametrize(
    "left",
    [
        "∂L/∂w = ", "dL/dw=", "∂E_total/∂w_11 = ", r"\frac{\partial L}{\partial w_{11}} = ", r"\dfrac{dL}{dw} =",
        r"\partial L/\partial w = ", r"\frac{\mathrm{d}L}{\mathrm{d}w}=", "∂L/∂w = ∂L/∂y · ∂y/∂w = ", "dL / d w = ",
        r"\displaystyle\frac{\partial L}{\partial w} = \frac{\partial L}{\partial y}\cdot\frac{dy}{dw} = ",
        "δ_1 = ∂L/∂a_1 = ", "∂L/∂a_1^(2) = ", "∂L/∂w = [∂L/∂y·∂y/∂a + ∂L/∂z·∂z/∂a]·∂a/∂w = ", "grad = ", "",
    ],
)  # fmt: skip
def test_a_derivative_in_front_of_an_answer_is_passed_over(left):
    answer = prepare(left + "x_{1} z", LABELS, left_side=True)
    assert answer.labels == ("x_1", "z")
    assert answer.at(NUMBERS) == NUMBERS["x_1"] * z
    assert left == "grad = " or without_left_side(left + "x").strip() == "x"
    assert prepare(f"${left}x_1 z$", LABELS, left_side=True).at(NUMBERS) == NUMBERS["x_1"] * z


def test_errors_behind_a_left_side_stand_where_they_were_typed():
    with pytest.raises(FormulaError) as caught:
        prepare("∂L/∂w = x + )", LABELS, left_side=True)
    assert caught.value.position == 12
    assert caught.value.formula == "∂L/∂w = x + )"


@pytest.mark.parametrize("formula", ["x/w = x", "2x = 3", "dL/dw == x", "dL/dw", "∂L/∂w =", "∂L/∂w", "=",
"x = = z", "∂=x"])
def test_what_is_no_left_side_stays(formula):
    with pytest.raises(FormulaError):
        prepare(formula, LABELS, left_side=True)


# ---------------------------------------------------------------- read once, evaluated often


def test_a_prepared_formula_is_evaluated_at_many_points():
    answer = prepare("g = y1(1 - y1); 2g h_1 + π", LABELS)
    assert answer.labels == ("y_1", "h_1")
    for number in (0.1, 0.5, -2):
        assert answer.at({"y_1": number, "h_1": 3, "unused": "?"}) == 6 * number * (1 - number) + math.pi
    assert type(prepare("2*3", []).at({})) is float
    assert repr(answer.on({"y_1": Symbol("y_1"), "h_1": 1})).startswith("2 * (y_1 * (1 - y_1))")
    node = answer.on({"y_1": ag.Value(0.5, label="y_1"), "h_1": 3})
    node.backward()
    assert node.data == 1.5 + math.pi


def test_a_prepared_formula_keeps_the_labels_of_the_graph():
    answer = prepare("δ1 w11", ["δ_1", "w₁₁"])
    assert answer.labels == ("δ_1", "w₁₁")
    assert answer.at({"δ_1": 2, "w₁₁": 3}) == 6


def test_a_prepared_formula_says_what_it_misses():
    with pytest.raises(LabelError, match="nothing is given for z, which"):
        prepare("x z", LABELS).at({"x": 1})
    with pytest.raises(OperandError):
        prepare("x", LABELS).at({"x": "1"})
    with pytest.raises(RangeError):
        prepare("9" * 300 + "*" + "9" * 300, []).at({})


# ---------------------------------------------------------------- whatever comes

_HOSTILE = [
    "__import__('os')", "a.b", "lambda: 0", "x[0]", "9**9**9", "9^9^9^9", "10**10**10", "(" * 10_000, "-" * 10_000,
    "2" + "**-2" * 2000, "1e999", "nan", "inf", "NaN", "∞", "٣x", "１+2", "ｗ", "x\u200b", "\u202ex", "x\u2066",
    "😀", "x\x00",
    "\ud800", "x!", "5%", "1,5", "1.2.3", "", " ", "==", "=", "x=", "sigmoid(0,5)", "x^", "\\", "\\\\", "$", "$$",
    "$$$",
    "{", "}", "{}", "_", "^", "|", "||", "|||", r"\frac", r"\frac{", r"\frac{}{}", r"\sqrt", r"\left(", r"\right)",
    r"\lvert", r"\rvert", "~", "&", "#", "\u00adx", ";", r"\frac" * 2000, r"\frac{" * 1600,
    r"\frac1" * 1600, "a_{" * 3000,
    "a^{" * 3000, "a^{1}_" * 1600, "x^{" * 3000 + "1" + "}" * 3000, r"\mathbf{" * 1100 + "x" + "}" * 1100,
    r"\text{" * 1600 + "x" + "}" * 1600, r"\hat{" * 1900, r"\sigma[" * 1400, "|" * 10_000, r"\lvert x" * 1100,
    r"\left|" * 1600, r"\,", "{,}" * 3300, "x(yx" * 2500, "".join(f"xz{'xw' * (i % 17)}+" for i in range(300)),
    "".join(f"q{i}(" for i in range(1500)), "".join(f"q{i}+" for i in range(1500)), "h" * 40 + "+" + "h" * 39,
    "d" * 999 + "/w=x", "dL/d" * 200 + "=x", "∂" * 900 + "=x",
    "tanh^2(" * 1400, "σ'(" * 3000, "_{" * 5000, "^(1)_" * 2000,
    r"\prime" * 1600, r"\begin{cases}" * 700, r"\begin" * 1600, "x^{" + r"\prime" * 1600 + "}", "'" * 9999,
]  # fmt: skip


@pytest.mark.parametrize("formula", _HOSTILE, ids=lambda formula: ascii(formula[:12]))
@pytest.mark.parametrize("left_side", [False, True], ids=["formula", "answer"])
def test_hostile_input_gets_one_clear_sentence_at_once(formula, left_side):
    started = time.process_time()
    with pytest.raises(AutogradError) as caught:
        prepare(formula, LABELS, left_side=left_side).at(NUMBERS)
    assert time.process_time() - started < 3  # 0.1 s on a quiet machine
    error = caught.value
    assert isinstance(error, (FormulaError, RangeError))
    sentence = str(error).split("\n")[0]
    assert 20 < len(sentence) < 500
    if isinstance(error, FormulaError):
        assert error.formula == formula
        assert 0 <= error.position <= len(formula)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("1,5x", "decimal point: 1.5"), ("1.2.3", "one decimal point"), ("x!", "factorial"), ("5%", "0.05"),
        ("٣x", "ARABIC-INDIC DIGIT THREE"), ("x\u200bz", "invisible character (ZERO WIDTH SPACE)"),
        ("\u202ex", "RIGHT-TO-LEFT OVERRIDE"), ("∞", "finite"), ("x == z", "compare"), ("1e999", "too large"),
        ("x[0]", "no index in brackets"), ("", "empty"),
    ],
)  # fmt: skip
def test_frequent_slips_are_told_by_name(formula, words):
    assert words in str(error_of(formula))


_PIECES = (
    r"x y_1 h1 w_11 w_{11} a_1^{(2)} a^{(2)}_1 \delta \delta_1 ŷ \hat{y} 1 2 .5 1e308 \pi e + - * / ^ ** · \cdot \, \! "
    r"~ \frac \frac{ \frac12 \dfrac{x}{z} \sqrt \sqrt{ \sqrt[ \left( \right) \left| \right| \lvert \rvert \{ \} ( ) "
    r"[ ] { } _ _{ ^{ ^ ' \prime \sigma \sigma( \tanh^2( σ'( \exp{ \max( , ; = == | $ $$ \[ \] \( \) \text{ "
    r"\mathrm{ \mathbf \operatorname{relu}( \begin{cases} \end{cases} & \\ \begin{aligned} \foo \partial "
    r"\frac{\partial ∂L/∂x= {,} {} if else "
    "² ⁽²⁾ ₁ √ ½ \n \\ \ud800 \u200b 重 . % !"
)
_sequences = st.lists(st.sampled_from(_PIECES.split(" ")), max_size=25)


@given(st.one_of(_sequences.map("".join), _sequences.map(" ".join), st.text(max_size=60)), st.booleans())
@settings(max_examples=1500, deadline=None)
def test_pieces_in_any_order_are_a_number_or_a_clear_error(formula, left_side):
    assert _is_well_behaved(formula, left_side)


def _is_well_behaved(formula: str, left_side: bool = False) -> bool:
    try:
        result = prepare(formula, LABELS, left_side=left_side).at(NUMBERS)
    except FormulaError as error:
        return error.formula == formula and 0 <= error.position <= len(formula)
    except AutogradError:
        return True
    return isinstance(result, float)


def test_the_fuzz_finds_a_planted_fault(monkeypatch):
    def broken(self, part):
        return [][0]

    monkeypatch.setattr(markup._Markup, "_part_of_fraction", broken)
    with pytest.raises(IndexError):
        _is_well_behaved(r"\frac{1}{2}")


def test_thousands_of_labels_slow_reading_little():
    labels = [f"w_{i}_{j}" for i in range(100) for j in range(100)]
    started = time.process_time()
    assert prepare(r"w_{99,98}w_{1,2}", labels).labels == ("w_99_98", "w_1_2")
    assert "did you mean" in str(error_of("w_1_200", labels))
    assert time.process_time() - started < 3


# ---------------------------------------------------------------- printed and read again

_POINT = {label: 0.4 + 0.3 * index for index, label in enumerate(
    ["x", "y_1", "w_11", "w_1_10", "a_1^(2)", "delta_1", "E_total", "lambda", "y'", "h1", "loss", "b_q"]
)}  # fmt: skip
_leaves = st.one_of(
    st.sampled_from([Symbol(label) for label in _POINT]), st.sampled_from([1, 2, 3, -1, 0.5, 0.25, -0.1, 1 / 3, 2.5e-7])
)
_UNARY = [entry for entry in TABLE.values() if entry.is_list == (False,)]
_BINARY = [entry for entry in TABLE.values() if entry.is_list == (False, False) and entry.name != "greater"]


def _operation(inner):
    return st.one_of(
        st.builds(lambda entry, item: entry(item), st.sampled_from(_UNARY), inner.filter(_is_expression)),
        st.builds(lambda entry, *items: entry(*items), st.sampled_from(_BINARY), inner.filter(_is_expression), inner),
        st.builds(lambda entry, *items: entry(*items), st.sampled_from(_BINARY), inner, inner.filter(_is_expression)),
        st.builds(lambda a, b, c: ops.where(ops.greater(a, b), b, c), *[inner.filter(_is_expression)] * 3),
    )


def _is_expression(item):
    return isinstance(item, Expression)


_expressions = st.recursive(_leaves, _operation, max_leaves=9).filter(_is_expression)


def _number(item):
    """The value of a simplified expression, computed here and not by the printers."""
    if isinstance(item, Symbol):
        return _POINT[item.label]
    if isinstance(item, Sum):
        return sum(map(_number, item.terms))
    if isinstance(item, Product):
        return math.prod(map(_number, item.factors), start=float(item.coefficient))
    if isinstance(item, Power):
        return math.pow(_number(item.base), _number(item.exponent))
    if isinstance(item, Call):
        return item.op(*map(_number, item.arguments))
    return float(item)


@pytest.mark.parametrize("printed", [text, latex, lambda item, digits: python(item)], ids=["text", "latex", "python"])
@given(expression=_expressions)
@settings(max_examples=300, deadline=None)
def test_what_is_printed_reads_back_as_the_same_number(printed, expression):
    simple = simplify(expression)
    try:
        expected = _number(simple)
    except (ArithmeticError, ValueError):
        return
    if not math.isfinite(expected) or abs(expected) > 1e100:
        return
    written = printed(simple, digits=17)
    actual = prepare(written, _POINT).at(_POINT)
    assert actual == pytest.approx(expected, rel=1e-7, abs=1e-9), written


@pytest.mark.parametrize("label", [*_POINT, "u_2^(10)", "Delta_k", "w_in", "a_j^(l)", "x_1_2_3", "my loss!"])
def test_a_label_in_latex_reads_back(label):
    assert prepare(latex(Symbol(label)), [label]).labels == (label,)


def test_a_label_has_few_spellings_that_are_alike():
    assert spelling.bare("a_1^(2)") == "a1^(2)"
