"""Printers: the same expression as text and as Python source."""

from __future__ import annotations

import math
import re
import struct

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_latex import Reader, random_expressions

import autograd
from autograd import dot, exp, greater, logsumexp, maximum, mean, sigmoid, tanh, where
from autograd.atoms import Derivative, Numeral, Omitted, PathSum
from autograd.notation import identifier
from autograd.op import TABLE
from autograd.printers.python import python
from autograd.printers.runs import Run, joined, label_runs, runs, shown
from autograd.printers.text import text
from autograd.simplify import Power, Product, Sum, simplify
from autograd.symbol import Call, Symbol, symbols

a, b, c = Symbol("a"), Symbol("b"), Symbol("c")
# The names that `.python()` writes: the functions of the library on plain numbers.
FUNCTIONS = {name: entry for name, entry in TABLE.items()}


def evaluated(source: str, point: dict[str, float]) -> float:
    return eval(source, {"__builtins__": {"float": float}}, {**FUNCTIONS, **point})


def value(expression, point: dict[str, float]):
    """The expression computed operation by operation, as it stands."""
    if isinstance(expression, Symbol):
        return point[identifier(expression.label)]
    if isinstance(expression, Call):
        return expression.op.forward(*(value(argument, point) for argument in expression.arguments))
    if isinstance(expression, tuple):
        return tuple(value(item, point) for item in expression)
    return expression


def bits(number: float) -> bytes:
    return struct.pack("<d", float(number))


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0.05, "0.05"), (-1.25, "−1.25"), (3.1e-7, "3.1×10⁻⁷"), (0.0, "0"), (-0.0, "−0"), (1.0, "1"),
        (12345.678, "1.235×10⁴"),
        (1e300, "1×10³⁰⁰"), (-1e-300, "−1×10⁻³⁰⁰"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "nan"),
        (2 / 3, "0.6667"),
        (1234.0, "1234"), (5e-324, "4.941×10⁻³²⁴"),
    ],
)  # fmt: skip
def test_a_float_is_written_with_a_true_minus_and_no_needless_exponent(number, written):
    assert shown(number) == written


def test_digits_are_significant_digits():
    assert [shown(math.pi, digits) for digits in (1, 3, 6, 10)] == ["3", "3.14", "3.14159", "3.141592654"]
    assert text(simplify(math.pi * a), digits=6) == "3.14159a"


def test_the_runs_of_a_label_are_base_subscript_and_superscript():
    assert label_runs("a_1^(2)") == [Run("a", "name"), Run("1", "sub"), Run("(2)", "sup")]
    assert label_runs("delta_j") == [Run("δ", "name"), Run("j", "sub")]
    assert label_runs("my loss!") == [Run("my loss!", "name")]


def test_runs_are_joined_with_raised_and_lowered_letters_where_unicode_has_them():
    pieces = [Run("w", "name"), Run("11", "sub"), Run(" + "), Run("x", "name"), Run("n − 1", "sup")]

    assert joined(pieces) == "w₁₁ + x^(n − 1)"
    assert joined([Run("b", "name"), Run("q", "sub"), Run("Q", "sup")]) == "b_q^Q"


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (Symbol("w_11") * Symbol("x_1"), "w₁₁·x₁"),
        (Symbol("h_1^(2)") * (1 - Symbol("h_1^(2)")), "h₁⁽²⁾(1 − h₁⁽²⁾)"),
        (sigmoid(a + b), "σ(a + b)"),
        (logsumexp([a, b, 2]), "logsumexp(a, b, 2)"),
        (mean([a, b]), "mean(a, b)"),
        (maximum(a, b * c), "max(a, b·c)"),
        (a - (b - c), "a − (b − c)"),
        (a - (b + c), "a − (b + c)"),
        (a * (b + c), "a·(b + c)"),
        (a / (b + c), "a/(b + c)"),
        ((a + b) / c, "(a + b)/c"),
        ((a * b) ** 0.5, "(a·b)^½"),
        ((a**b) ** c, "(a^b)^c"),
        (exp(a) ** 2, "exp(a)²"),
        (abs(a) ** 2, "|a|²"),
        (a.sqrt() ** c, "(√a)^c"),
        (-(a**2), "−a²"),
        ((-a) ** 2, "a²"),
        ((-a) ** b, "(−a)^b"),
        ((-2) ** a, "(−2)^a"),
        (2 ** (a * 0.5), "2^(½a)"),
        (greater(a + b, c), "a + b > c"),
        (1 + greater(a, b), "1 + (a > b)"),
        (where(greater(a, b), a, b) + 1, "(a if a > b else b) + 1"),
        (exp(where(greater(a, b), a, b)), "exp(a if a > b else b)"),
        (Symbol("my loss!") + 1, "my loss! + 1"),
    ],
)  # fmt: skip
def test_text_is_written_with_the_brackets_it_needs(expression, written):
    found = text(simplify(expression))
    # A sum within a sum needs no brackets, and has none if the signs can be carried into it.
    assert found in (written, written.replace("a − (b − c)", "a − b + c").replace("a − (b + c)", "a − b − c"))


def times(*factors):
    return Product(1, factors)


def minus(term):
    return Product(-1, [term])


L_Y, Y_A, A_H, H_W = (Derivative(*pair) for pair in (("L", "y_1"), ("y_1", "a_1"), ("a_1", "h_1"), ("h_1", "w_11")))
HALF, THREE_QUARTERS = Numeral(-0.5), Numeral(0.75)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (L_Y, "∂L/∂y₁"),
        (times(L_Y, Y_A), "∂L/∂y₁ · ∂y₁/∂a₁"),
        (times(PathSum([times(L_Y, Y_A), A_H]), H_W), "[∂L/∂y₁ · ∂y₁/∂a₁ + ∂a₁/∂h₁] · ∂h₁/∂w₁₁"),
        (PathSum([times(L_Y, Y_A), A_H]), "∂L/∂y₁ · ∂y₁/∂a₁ + ∂a₁/∂h₁"),
        (times(PathSum([times(a, b), c]), a), "[a·b + c]·a"),
        (Product(-1, [Symbol("eta"), L_Y]), "−η · ∂L/∂y₁"),
        (Power(L_Y, 2), "(∂L/∂y₁)²"),
        (HALF, "−0.5"),
        (Sum([HALF, HALF]), "−0.5 + (−0.5)"),
        (Sum([THREE_QUARTERS, minus(HALF)]), "0.75 − (−0.5)"),
        (times(HALF, THREE_QUARTERS, HALF), "(−0.5)·0.75·(−0.5)"),
        (Product(2, [THREE_QUARTERS]), "2·0.75"),
        (Product(2, [Power(THREE_QUARTERS, 2)]), "2·0.75²"),
        (times(THREE_QUARTERS, a), "0.75·a"),
        (times(THREE_QUARTERS, Sum([1, minus(THREE_QUARTERS)])), "0.75(1 − 0.75)"),
        (times(THREE_QUARTERS, Sum([1, minus(Numeral(0.7))])), "0.75·(1 − 0.7)"),
        (Power(HALF, 2), "(−0.5)²"),
        (times(Power(Numeral(0.5), -1)), "1/0.5"),
        (times(Power(HALF, -1)), "1/(−0.5)"),
        (Power(Numeral(3.1e-7), 2), "(3.1×10⁻⁷)²"),
        (times(Numeral(3.1e-7), a), "3.1×10⁻⁷·a"),
        (Numeral(-0.0), "0"),
        (Sum([a, b, Omitted(97)]), "a + b + … (97 more)"),
        (times(a, b, Omitted(97)), "a·b·… (97 more)"),
        (simplify(sigmoid(a) * (1 - sigmoid(a))), "σ(a)(1 − σ(a))"),
        (simplify((a - b) ** 2 / 2 + (a - c) ** 2 / 2), "½(a − b)² + ½(a − c)²"),
        (simplify(((a - b) ** 2 + (a - c) ** 2) / 2), "½[(a − b)² + (a − c)²]"),
        (simplify((((a + 1) * (b + 1) + 1) * c + 1) * a), "([(a + 1)·(b + 1) + 1]·c + 1)·a"),
        (simplify((sigmoid(a + 1) + 1) * b), "(σ(a + 1) + 1)·b"),
        (simplify(sigmoid(a) ** 2), "σ(a)²"),
        (simplify(Symbol("h_1^(2)") ** 2), "(h₁⁽²⁾)²"),
    ],
)  # fmt: skip
def test_derivations_are_written_with_their_atoms_dots_and_brackets(expression, written):
    assert text(expression) == written


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        (L_Y, "dL_dy_1"), (times(HALF, a), "-0.5 * a"), (Power(HALF, 2), "(-0.5)**2"),
        (Sum([a, Omitted(3)]), "a + ..."),
        (times(PathSum([times(a, b), c]), a), "(a * b + c) * a"),
    ],
)  # fmt: skip
def test_the_atoms_of_a_derivation_have_source(expression, source):
    assert python(expression) == source


class TextReader(Reader):
    """Computes the number that a line of text stands for; knows nothing of the printers."""

    DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾₀₁₂₃₄₅₆₇₈₉", "0123456789-()0123456789")
    TOKEN = re.compile(r"if|else|[a-z]{2,}[0-9a-z_]*|[0-9]+(?:\.[0-9]+)?|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾]+|[a-z][₀-₉]*|[^\s]")
    VULGAR = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4}
    NAMES = {"σ": "sigmoid", "ln": "log", "max": "maximum", "min": "minimum"}

    def __init__(self, line, point):
        self.tokens, self.point = [*self.TOKEN.findall(line.replace("−", "-")), "end"], point

    def sum(self):
        found = super().sum()
        if self.tokens[0] != "if":
            return found
        self.take()
        condition = super().sum()
        self.take("else")
        otherwise = self.sum()
        return found if condition else otherwise

    def product(self):
        found = self.power()
        while self.tokens[0] not in ("+", "-", ")", "]", "|", "end", ",", ">", "if", "else"):
            sign = self.take() if self.tokens[0] in "·×/" else ""
            factor = self.power()
            found = found / factor if sign == "/" else found * factor
        return found

    def power(self):
        base = self.atom()
        if self.tokens[0] == "^":
            self.take()
            return math.pow(base, self.atom())
        if self.tokens[0][0] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽":
            return math.pow(base, type(self)(self.take().translate(self.DIGITS), self.point).number())
        return base

    def atom(self):
        token = self.take()
        if token in "([|":
            found = self.sum()
            self.take({"(": ")", "[": "]", "|": "|"}[token])
            return abs(found) if token == "|" else found
        if token == "√":
            return math.sqrt(self.atom())
        if token in self.VULGAR or token[0].isdigit():
            return self.VULGAR.get(token) or float(token)
        if token == "σ" or len(token) > 1 and token.isascii():
            entry, operands = TABLE[self.NAMES.get(token, token)], self.listed()
            return entry.forward(*([tuple(operands)] if any(entry.is_list) else operands))
        return self.point[f"{token[0]}_{token[1:].translate(self.DIGITS)}" if token[1:] else token]


@pytest.mark.parametrize("is_simple", [True, False])
def test_text_means_what_was_written(is_simple):
    for expression, point, number in random_expressions(600, seed=5):
        line = text(simplify(expression) if is_simple else expression, digits=17)
        try:
            found = TextReader(line, point).number()
        except (ZeroDivisionError, ValueError) as error:
            assert "math domain" in str(error) or "zero" in str(error), line
            continue
        assert found == pytest.approx(number, rel=1e-9, abs=1e-12), (line, expression, point)


def test_the_reader_of_text_sees_a_planted_fault():
    assert TextReader("−½(a − 1)²/(2a) + |a|", {"a": 3.0}).number() == pytest.approx(3 - 1 / 3)
    assert TextReader("1/2a", {"a": 3.0}).number() != pytest.approx(1 / 6)


def test_long_sums_and_deep_nests_are_written_without_recursion():
    names = [Symbol(f"x_{index}") for index in range(10_000)]
    deep, chain = a, names[0]
    for _ in range(3_000):
        deep = tanh(deep)
    for name in names[1:]:
        chain = chain + name

    assert text(Sum(names)).count(" + ") == python(Sum(names)).count(" + ") == 9_999
    assert text(chain).count(" + ") == python(chain).count(" + ") == 9_999
    assert text(deep) == python(deep) == "tanh(" * 3_000 + "a" + ")" * 3_000


# ---------------------------------------------------------------- Python

PRECEDENCE = {
    "(-a)**2": (-a) ** 2,
    "-a**2": -(a**2),
    "a - (b - c)": a - (b - c),
    "a - b - c": a - b - c,
    "a + (b + c)": a + (b + c),
    "a / (b * c)": a / (b * c),
    "a / b * c": a / b * c,
    "a * (b / c)": a * (b / c),
    "a**(b**c)": a ** (b**c),
    "(a**b)**c": (a**b) ** c,
    "a**(-b)": a**-b,
    "(a * b)**c": (a * b) ** c,
    "-(a * b)": -(a * b),
    "-a * b": (-a) * b,
    "-(a + b)": -(a + b),
    "a * -b": a * -b,
    "a - -0.5": a - -0.5,
    "(-0.5)**a": (-0.5) ** a,
    "(-0.0)**b": Call(TABLE["power"], (-0.0, b)),
    "2.5**a": 2.5**a,
    "(a if a > b else b) + c": where(greater(a, b), a, b) + c,
    "(a if a > b else b)**2": where(greater(a, b), a, b) ** 2,
    "-(a if a > b else b)": -where(greater(a, b), a, b),
    "exp(a if a > b else b)": exp(where(greater(a, b), a, b)),
    "(a if b else c) if (b if a else c) else (c if a else b)": where(where(a, b, c), where(b, a, c), where(a, c, b)),
    "(a > b) > c": greater(greater(a, b), c),
    "a > (b > c)": greater(a, greater(b, c)),
    "(a > b) + c": greater(a, b) + c,
    "a + b > c * 2": greater(a + b, c * 2),
    "logsumexp([a, b + c, 2])": logsumexp([a, b + c, 2]),
    "dot([a, 0.5], [b, where], c)": dot([a, 0.5], [b, where(a, b, c)], c),
    "mean([a])": mean([a]),
    "maximum(a, -b)": maximum(a, -b),
    "leaky_relu(a, 0.01)": TABLE["leaky_relu"](a),
    "abs(a)": abs(a),
    "+a": +a,
    "1e300 and inf": a * 1e300 * math.inf,
    "minus inf": a - math.inf * 1 + -math.inf,
}
POINTS = [
    {"a": 0.7, "b": 2.3, "c": 1.1},
    {"a": 3.0, "b": 2.0, "c": 2.0},
    {"a": 0.1, "b": 0.2, "c": 0.3},
    {"a": 1e-3, "b": 1e5, "c": 0.0},
]


@pytest.mark.parametrize("expression", PRECEDENCE.values(), ids=PRECEDENCE)
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_python_source_computes_the_same_bits(expression, point):
    try:
        expected = value(expression, point)
    except (ArithmeticError, ValueError):
        pytest.skip("no value here")

    found = evaluated(python(expression), point)
    # A comparison is True or False in Python, and -False is 0, which has no sign.
    assert bits(found) == bits(expected) if isinstance(found, float) else found == expected


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        ((-a) ** 2, "(-a)**2"), (-(a**2), "-a**2"), (a - (b - c), "a - (b - c)"), (a - b - c, "a - b - c"),
        (a / (b * c), "a / (b * c)"), (Symbol("a_1^(2)") * Symbol("lambda"), "a_1__2 * lambda_"),
        (where(greater(a, b), a, b) + 1, "(a if a > b else b) + 1"),
        (exp(where(greater(a, b), 1, 0)), "exp(1 if a > b else 0)"),
        (dot([a, b], [1, 2], c), "dot([a, b], [1, 2], c)"), (tanh(a + 1), "tanh(a + 1)"),
    ],
)  # fmt: skip
def test_python_source_reads_as_a_person_writes_it(expression, source):
    assert python(expression) == source == repr(expression)


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        (a * (1 - a), "a * (1 - a)"), (-a / 2, "-0.5 * a"), (a / 3, "a / 3"),
        (3 * a / (7 * b**2), "3 * a / (7 * b**2)"),
        (a - 2 * b, "a - 2 * b"), (1 / a, "1 / a"), (a**2 * b, "a**2 * b"), (a**0.5, "a**0.5"),
    ],
)  # fmt: skip
def test_a_simplified_expression_has_python_source_too(expression, source):
    simple = simplify(expression)

    assert python(simple) == repr(simple)
    assert python(simple).replace("-(0.5 * a)", "-0.5 * a") == source


CONSTANTS = st.sampled_from([0.5, -0.5, 2, -2, 3.7, -0.0, 0.0, 1e-3, 7])
LEAVES = st.sampled_from([a, b, c])


def _grown(inner: st.SearchStrategy) -> st.SearchStrategy:
    names = [name for name, entry in TABLE.items() if not any(entry.is_list)]

    def calls(name: str) -> st.SearchStrategy:
        return st.tuples(*[inner] * len(TABLE[name].operand_names)).map(lambda items: Call(TABLE[name], items))

    many = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.sampled_from(names).flatmap(calls),
        st.sampled_from(["sum", "mean", "logsumexp"]).flatmap(
            lambda name: many.map(lambda items: Call(TABLE[name], (tuple(items),)))
        ),
    )


@given(st.recursive(LEAVES | CONSTANTS, _grown, max_leaves=10), st.sampled_from(POINTS))
@settings(max_examples=500, deadline=None)
def test_python_source_of_any_expression_computes_the_same_bits(expression, point):
    assume(isinstance(expression, Call))
    try:
        expected = float(value(expression, point))
    except (ArithmeticError, ValueError, TypeError):
        assume(False)
    assume(not math.isnan(expected))

    found = evaluated(python(expression), point)
    # A comparison is True or False in Python, and -False is 0, which has no sign.
    assert bits(found) == bits(expected) if isinstance(found, float) else found == expected


@pytest.mark.parametrize("name", TABLE)
def test_the_rules_of_every_operation_can_be_written_as_source_and_as_text(name):
    entry = TABLE[name]
    operands = [(Symbol("p"), Symbol("q")) if many else Symbol("pqr"[i]) for i, many in enumerate(entry.is_list)]
    numbers = [(0.3, 0.4) if many else (0.6, 0.35, 0.8)[i] for i, many in enumerate(entry.is_list)]
    point = {"p": 0.3, "q": 0.4} if any(entry.is_list) else {"p": 0.6, "q": 0.35, "r": 0.8}
    output = point["y"] = entry.forward(*numbers)

    for partial in entry.partials:
        written, computed = as_list(partial(Symbol("y"), *operands)), as_list(partial(output, *numbers))
        for rule, expected in zip(written, computed, strict=True):
            assert {symbol.label for symbol in symbols(rule)} <= set(point) | {"r"}
            assert text(simplify(rule))
            if all(symbol.label in point for symbol in symbols(rule)):
                found = evaluated(python(rule), point) if not any(entry.is_list) else None
                assert found is None or found == pytest.approx(expected, rel=1e-15)


def as_list(item):
    return list(item) if isinstance(item, tuple) else [item]


def test_the_names_in_source_are_the_public_functions():
    missing = [name for name, entry in TABLE.items() if not hasattr(autograd, name)]

    assert missing == []


def test_runs_of_an_expression_carry_what_kind_they_are():
    assert runs(simplify(Symbol("w_1") ** 2)) == [Run("w", "name"), Run("1", "sub"), Run("2", "sup")]
