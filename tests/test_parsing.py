"""Typed formulas: what is read, what it means, and that nothing else gets in."""

from __future__ import annotations

import contextlib
import inspect
import math
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.errors import (
    AutogradError,
    DivisionByZeroError,
    DomainError,
    FormulaError,
    LabelError,
    OperandError,
    RangeError,
    ShapeError,
)
from autograd.formulas.tokens import LENGTH, label_of, tokens
from autograd.formulas.translation import NESTING
from autograd.notation import GREEK, text
from autograd.op import TABLE, Notation, Op
from autograd.parsing import names_in, parse, parse_assignments, read
from autograd.printers.python import python
from autograd.symbol import Expression, Symbol

X, Y, A = 0.7, -1.3, 2.5
NAMES = {"x": X, "y": Y, "a_1^(2)": A}


def labels(node: ag.Value) -> dict[str, float]:
    """Every labelled node of the graph of `node`."""
    found, stack = {}, [node]
    while stack:
        item = stack.pop()
        if item.label:
            found[item.label] = item.data
        stack.extend(item.parents)
    return found


def error_of(formula: str, **numbers: float) -> AutogradError:
    with pytest.raises(AutogradError) as caught:
        parse(formula, **numbers)
    return caught.value


# ---------------------------------------------------------------- what a formula means


def test_a_formula_gives_the_graph_that_the_same_python_gives():
    w, x, b, t = (ag.Value(n) for n in (0.5, 1, 0.25, 1))
    expected = (ag.sigmoid(w * x + b) - t) ** 2 / 2
    actual = parse("(sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0.25, t=1)
    assert actual.data == expected.data
    expected.backward()
    actual.backward()
    leaf = next(node for node in _leaves(actual) if node.label == "w")
    assert leaf.grad == w.grad != 0


def _leaves(node: ag.Value) -> set[ag.Value]:
    return {node} if not node.parents else set().union(*map(_leaves, node.parents))


def test_a_name_is_one_leaf_however_often_it_is_written():
    product = parse("x*x", x=3)
    assert product.parents[0] is product.parents[1]
    assert {node.label for node in _leaves(parse("2x + x² - x(x + 1)", x=3))} == {"x"}
    assert len(_leaves(parse("2x + x² - x(x + 1)", x=3))) == 1


def test_plain_numbers_stay_plain_numbers():
    assert parse("x**2", x=3).arguments[1] == 2
    assert type(parse("x**2", x=3).arguments[1]) is int
    assert type(parse("2*x", x=3).arguments[0]) is int
    assert parse("1/2*x", x=3).arguments[0] == 0.5
    assert parse("3 + 4").data == 7.0


def test_the_output_is_labelled_only_if_the_formula_names_it():
    assert parse("x + 1", x=1).label == ""
    assert parse("L = x + 1", x=1).label == "L"
    assert parse("x", x=1).label == "x"


def test_definitions_are_labelled_nodes_and_the_last_one_is_the_output():
    for separator in (";", "\n", " ;\n\n"):
        L = parse(separator.join(["z = w*x + b", "y = sigmoid(z)", "L = (y - t)**2/2"]), w=0.5, x=1, b=0, t=1)
        assert {"w": 0.5, "x": 1, "b": 0, "t": 1, "z": 0.5, "y": ag.sigmoid(0.5), "L": L.data} == labels(L)


def test_a_definition_of_another_name_alone_is_a_node_of_its_own():
    assert labels(parse("y = x; L = y*y", x=3)) == {"x": 3, "y": 3, "L": 9}
    assert labels(parse("c = 1/2; L = c*x", x=3)) == {"x": 3, "c": 0.5, "L": 1.5}


def test_a_definition_may_have_a_superscript():
    assert labels(parse("a_1^(2) = 2x; a_1^(2) + a_1^(2)^2", x=3)) == {"x": 3, "a_1^(2)": 6}


def test_line_ends_within_brackets_are_spaces():
    assert parse("(x +\n 1)", x=1).data == 2


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("w₁₁", "w_11"), ("w_11", "w_11"), ("w₁,₁₀", "w_1_10"), ("δ_1", "delta_1"), ("δ₁", "delta_1"), ("Δ", "Delta"),
        ("delta_1", "delta_1"), ("a_1^(2)", "a_1^(2)"), ("a₁⁽²⁾", "a_1^(2)"), ("a_1__2", "a_1^(2)"), ("λ", "lambda"),
        ("lambda_", "lambda"), ("µ", "mu"), ("𝜎", "sigma"), ("E_total", "E_total"), ("xₖ", "x_k"), ("y'", "y'"),
        ("y\u0302", "ŷ"),
        ("αβ", "αβ"), ("my loss!", "my loss!"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_name_is_one_label(written, label):
    assert label_of(written) == label
    assert label_of(label) == label


@pytest.mark.parametrize(
    "label", ["w_11", "w_1_10", "a_1^(2)", "delta_j", "E_total", "b_q", "h_1", "u_2^(10)", "a_1^(-1)", "lambda"]
)
def test_what_notation_writes_is_read_back(label):
    assert read(text(label), {label: 5}) == 5
    assert label_of(text(label)) == label


def test_every_greek_letter_is_its_name():
    for name, letter in GREEK.items():
        assert read(f"2{letter}_1", {f"{name}_1": 4}) == read(f"2 {name}_1", {f"{letter}_1": 4}) == 8


def test_a_superscript_is_a_name_only_if_that_label_is_known_and_a_power_otherwise():
    assert parse("a_1^(2)", a_1=3).data == 9
    assert parse("a_1⁽²⁾", a_1=3).data == 9
    assert parse("a_1^(2)", a_1__2=5).label == "a_1^(2)"
    assert parse("a_1^(2)^2", a_1__2=5).data == 25
    assert parse("a_1⁽²⁾²", a_1__2=5).data == 25
    assert labels(parse("a_1^(2) + a_1", **{"a_1^(2)": 5, "a_1": 3})) == {"a_1^(2)": 5, "a_1": 3}
    assert parse("a__2", a__2=5).label == "a^(2)"
    assert error_of("a__2", a=5).args[0].startswith("give a number for a^(2)")


def test_the_labels_of_a_graph_are_found_by_their_identifier_too():
    assert read("my_loss_ + x_", {"my loss!": 1, "x'": 2}) == 3


def test_constants_give_way_to_variables():
    assert parse("pi + π + e").data == 2 * math.pi + math.e
    assert parse("e x", e=2, x=3).data == 6
    assert labels(parse("π x", pi=2, x=3)) == {"pi": 2, "x": 3}
    assert labels(parse("e = 2x; e*e", x=1)) == {"x": 1, "e": 2}


# ---------------------------------------------------------------- the grammar


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("-x**2", -9), ("2**3**2", 512), ("2^-x", 1 / 8), ("2^-x*2", 1 / 4), ("1/2x", 1.5), ("12/2x", 18),
        ("12/(2x)", 2),
        ("2x²", 18), ("x²x", 27), ("x⁻¹", 1 / 3), ("x⁻¹⁰", 3**-10), ("(x + 1)²", 16), ("--x", 3), ("-+x", -3),
        ("2 - -x", 5),
        ("10 - x - 1", 6), ("x − 1", 2), ("2·x×2⋅1*1", 12), ("x ÷ 2", 1.5), (".5x", 1.5), ("1e-1x", 0.3),
        ("1e−1x", 0.3),
        ("1.x", 3), ("½x", 1.5), ("√9", 3), ("√(x + 1)x", 6), ("2√4", 4), ("√16**2", 16), ("-√4", -2),
        ("{x + [1]}2x", None),
        ("2(x + 1)", 8), ("x(1 - x)", -6), ("(x)(x)", 9), ("x x", 9), ("2[x]", 6), ("x{2}", 6), ("x(1 - x)**2", 12),
        ("2 abs(x)", 6), ("ln(e)x", 3), ("max(x, 5)", 5), ("min(x, 5)", 3), ("sum(x, 1, 2)", 6),
        ("sum([x, 1])", 4), ("mean(x, 5)", 4),
        ("sum([x + 1]2, [x]*1)", None), ("sum([x], 1)", None), ("dot([x, 2], [1, x], 5)", 14), ("dot([x], [x])", 9),
        ("dot([[x] + 1, 1], [(2), x])", 11), ("where(x > 1, 5, 6)", 5), ("where(x < 1, 5, 6)", 6),
        ("5 if x > 1 else 6", 5),
        ("5 if x < 1 else 6 if x < 2 else 7", 7), ("(x > 1) + 1", 2), ("x + 1 > x", 1), ("leaky_relu(-x)", -0.03),
        ("leaky_relu(-x, 0.1)", -0.3), ("x**1/2", 1.5), ("σ(0)x", 1.5), ("sigmoid (0) x", 1.5),
    ],
)  # fmt: skip
def test_the_grammar(formula, expected):
    if expected is None:
        assert isinstance(error_of(formula, x=3), FormulaError)
    else:
        assert parse(formula + " + 0x", x=3).data == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("alias", "name"),
    [("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("ln", "log"), ("σ", "sigmoid"), ("sigma", "sigmoid")],
)
def test_functions_have_their_usual_names(alias, name):
    assert parse(f"{alias}(x)", x=0.3).op is TABLE[name]


def test_every_operation_of_the_table_can_be_called_by_name():
    for name, entry in TABLE.items():
        operands = ", ".join("[x, y]" if many else "x" for many in entry.is_list)
        expected = entry(*[(X, Y) if many else X for many in entry.is_list])
        assert read(f"{name}({operands})", NAMES) == expected


def test_an_operation_that_is_added_later_can_be_called_at_once(table):
    thrice = Op("thrice", "x", forward=lambda x: 3 * x, partials=(lambda y, x: 3,), notation=Notation(text="tr"))
    table["thrice"] = thrice
    assert parse("thrice(x) + tr(x)", x=2).data == 12


def test_a_function_name_before_a_parenthesis_is_the_function():
    assert read("exp(x)", {"exp": 7, "x": 0}) == 1
    assert read("exp*(x + 1)", {"exp": 7, "x": 0}) == 7


def test_read_applies_the_operations_to_any_kind_of_operand():
    assert read("x*y", {"x": 2, "y": 3}) == 6
    assert isinstance(read("x*y", {"x": ag.Value(2), "y": 3}), ag.Value)
    assert isinstance(read("δ_1·h_1", Symbol), Expression)
    assert python(read("δ_1·h_1·(1 − h_1) + σ(x)²", Symbol)) == "delta_1 * h_1 * (1 - h_1) + sigmoid(x)**2"
    assert read("x", {"x": 1, "not used": 2}) == 1
    assert read("d = x - 1; x = 2d; x*x", {"x": 3}) == 16


# ---------------------------------------------------------------- compared with Python

_numbers = st.sampled_from(["1.0", "2.0", "3.0", "0.5", "1.5", "10.0"])
_arithmetic = st.recursive(
    _numbers,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner),
        st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner),
        inner.map("-{}".format),
        inner.map("+{}".format),
        inner.map("({})".format),
    ),
    max_leaves=12,
)


@given(_arithmetic)
@settings(max_examples=500, deadline=None)
def test_arithmetic_means_what_it_means_in_python(formula):
    try:
        expected = eval(formula)
    except (ZeroDivisionError, OverflowError):
        expected = None
    if expected is None or isinstance(expected, complex):
        with pytest.raises((DomainError, RangeError)):
            read(formula, {})
    else:
        assert read(formula, {}) == pytest.approx(expected, rel=1e-12, nan_ok=True)


# ---------------------------------------------------------------- printed and read again

_symbols = st.sampled_from([Symbol("x"), Symbol("y"), Symbol("a_1^(2)")])
_constants = st.one_of(st.integers(-5, 5), st.sampled_from([0.5, -0.25, 1e-7, 2e20]))


def _calls(inner):
    def call(entry):
        operands = [st.lists(inner, min_size=2, max_size=2).map(tuple) if many else inner for many in entry.is_list]
        return st.tuples(*operands).map(lambda given: _applied(entry, given))

    # The printer writes a > b as Python does; a comparison of comparisons is no operand here.
    entries = [entry for entry in TABLE.values() if entry.name not in ("greater", "where")]
    choice = st.tuples(inner, inner, inner, inner).map(_choice)
    return st.one_of(st.sampled_from(entries).flatmap(call), choice)


def _choice(operands):
    left, right, then, otherwise = operands
    return TABLE["where"](TABLE["greater"](left + Symbol("x"), right), then, otherwise)


def _applied(entry, operands):
    flat = [item for operand in operands for item in (operand if isinstance(operand, tuple) else [operand])]
    if any(isinstance(item, Expression) for item in flat):
        return entry(*operands)
    x = Symbol("x")
    return entry(*[tuple(item + x for item in o) if isinstance(o, tuple) else o + x for o in operands])


_expressions = st.recursive(st.one_of(_symbols, _constants), _calls, max_leaves=10).filter(
    lambda expression: isinstance(expression, Expression)
)


def _outcome(compute):
    try:
        return repr(compute())
    except AutogradError as error:
        return type(error)


def _evaluated(expression):
    if isinstance(expression, Symbol):
        return NAMES[expression.label]
    if isinstance(expression, tuple):
        return tuple(map(_evaluated, expression))
    if isinstance(expression, Expression) and expression.op is TABLE["where"]:
        condition, then, otherwise = expression.arguments
        first = _evaluated(then)  # as it is printed: of two mistakes in a choice, the first one is told
        return expression.op(_evaluated(condition), first, _evaluated(otherwise))
    if isinstance(expression, Expression):
        return expression.op(*map(_evaluated, expression.arguments))
    return expression


@given(_expressions)
@settings(max_examples=500, deadline=None)
def test_a_printed_expression_reads_back_as_the_same_number(expression):
    printed = python(expression)
    assert _outcome(lambda: read(printed, NAMES)) == _outcome(lambda: _evaluated(expression))


@given(_expressions)
@settings(max_examples=200, deadline=None)
def test_a_printed_expression_reads_back_as_the_expression_that_prints_the_same(expression):
    printed = python(expression)
    assert python(read(printed, {name: Symbol(name) for name in NAMES})) == printed


# ---------------------------------------------------------------- errors


def test_an_error_shows_the_place():
    error = error_of("(w*x + )", w=1, x=2)
    assert str(error) == (
        "cannot read the formula at ')': a number, a name or '(' was expected\n"
        "    (w*x + )\n"
        "           ^"
    )  # fmt: skip
    assert isinstance(error, FormulaError)
    assert (error.formula, error.position) == ("(w*x + )", 7)


def test_the_place_is_shown_in_its_own_line_and_under_wide_characters():
    assert str(error_of("a = 2x\nb = a*)", x=1)).endswith("\n    b = a*)\n          ^")
    assert str(error_of("重 + )", 重=1)).endswith("\n    重 + )\n         ^")
    assert str(error_of("y\u0302 + )", ŷ=1)).endswith("\n    y\u0302 + )\n        ^")


def test_a_long_line_is_cut_around_the_place():
    lines = str(error_of("x + " * 500 + ")" + " + x" * 500, x=1)).split("\n")
    assert lines[1][lines[2].index("^")] == ")"
    assert max(map(len, lines)) < 100


@pytest.mark.parametrize(
    ("formula", "position"),
    [
        ("", 0), (" \n ", 0), ("x +", 3), ("* x", 0), ("x 2", 2), ("1 2", 2), ("1..2", 2), ("x)", 1), ("(x]", 2),
        ("(x", 2),
        ("sigmoid()", 8), ("sigmoid(x, x)", 0), ("x + sigmoid(x, 1)", 4), ("dot(x, x)", 0),
        ("dot([x], [x], [x, x])", 14), ("sin 2x", 4),
        ("sin² x", 3), ("[x, x]", 0), ("(x, x)", 2), ("x, x", 1), ("sum()", 4), ("sum([])", 5), ("x > 1 > 2", 6),
        ("x if x", 6),
        ("x else 1", 2), ("(x if x)", 7), ("x⁺", 1), ("2⁻⁻", 2), ("x == 1", 2), ("x >= 1", 2), ("|x", 2),
        ("2 = x", 2), ("y = x = 2", 6), ("x; x", 1),
        ("x + \n 1", 4), ("z = z", 4), ("a = b; b = x; a", 4), ("x[0]", 1), ("1e999", 0), ("x²⁾", 2), ("(x²⁾", 3),
        ("x²2", 2), ("x\x00", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_formula_error_at_its_place(formula, position):
    with pytest.raises(FormulaError) as caught:
        read(formula, {"x": 3})
    assert caught.value.position == position
    assert caught.value.formula == formula


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os')", "x.data", "x.__class__", "x; import os", "import os", "lambda x: x", "lambda: 0",
        "'text'", '"text"',
        "x['a']", "x[0]", "x[1:2]", "[x for x in x]", "x and x", "not x", "None", "True", "x := 1", "f'{x}'.y",
        "print('x')", "x if x", "x; x()",
        "@x", "x # y", "`x`", "x\\\nx", "{x: 1}", "*x", "**x", "x %2", "~x", "x & x", "yield x", "exec('x')",
        "open('x').read()",
    ],
)  # fmt: skip
def test_program_code_is_refused_in_one_sentence(code):
    error = error_of(code, x=1)
    assert isinstance(error, FormulaError)
    assert len(str(error).split("\n")) == 3


def test_names_that_are_no_functions_are_never_looked_up_in_python():
    for name in ("eval", "exec", "open", "print", "vars", "Value", "backward"):
        assert f"there is no function {name}" in str(error_of(f"{name}(x)", x=1)).replace("'", "")


def test_all_names_without_a_number_are_told_at_once():
    assert str(error_of("w*x + b", x=1)) == "give numbers for w and b: w=0.5 b=..."
    assert str(error_of("w*x", x=1)) == "give a number for w: w=0.5"
    assert isinstance(error_of("w*x + b", x=1), LabelError)
    assert "988 more" in str(error_of("+".join(f"w_{i}" for i in range(998))))


def test_a_misspelt_function_gets_a_suggestion():
    assert str(error_of("sigmod(x)", x=1)) == "there is no function 'sigmod'; did you mean 'sigmoid'?"
    assert "did you mean 'sigmoid'?" in str(error_of("sgimoid(x, 1) + )", x=1))
    assert "give a number for y" in str(error_of("y(1 - y)"))


def test_names_in_a_formula_are_those_that_need_a_number():
    assert names_in("z = w₁₁*x + b; sigmoid(z) + π y(1 - y)") == ("w_11", "x", "b", "y")
    assert names_in("2 + 3") == ()
    with pytest.raises(LabelError, match="did you mean 'sigmoid'"):
        names_in("sigmod(x)")


def test_numbers_that_are_not_used_are_told():
    assert str(error_of("x", x=1, w=2, b=3)) == "the formula does not use w and b: leave the number out"
    assert "sigma(...) is the function" in str(error_of("sigma(1 - x)", sigma=1, x=1))
    both = str(error_of("w1*x", w_1=1, x=1))
    assert "w1" in both and "does not use w_1" in both


def test_a_name_is_given_once():
    assert isinstance(error_of("x = 2x", x=1), LabelError)
    assert isinstance(error_of("z = x; z = 2x; z", x=1), LabelError)
    assert isinstance(error_of("δ", δ=1, delta=1), LabelError)


def test_a_definition_without_a_use_is_told():
    assert "defines z" in str(error_of("z = 2x; y = x", x=1))
    assert "defines z" in str(error_of("y = 2x; z = y; y", x=1))


@pytest.mark.parametrize("number", ["1", None, 1j, [1], {}])
def test_a_number_that_is_none_is_the_engines_own_error(number):
    assert isinstance(error_of("x", x=number), OperandError)


@pytest.mark.parametrize("formula", [None, 5, b"x", ["x"], ag.Value(1)])
def test_a_formula_that_is_no_text_is_an_operand_error(formula):
    with pytest.raises(OperandError):
        parse(formula)
    with pytest.raises(OperandError):
        read(formula, {})


def test_what_has_no_value_is_the_operations_own_error():
    assert isinstance(error_of("log(x)", x=-1), DomainError)
    assert "'x' is -1" in str(error_of("log(x)", x=-1))
    assert isinstance(error_of("1/0"), DivisionByZeroError)
    assert isinstance(error_of("exp(x)", x=1000), RangeError)
    assert isinstance(error_of("dot([x, x], [x])", x=1), ShapeError)


# ---------------------------------------------------------------- bounded, whatever comes

ADVERSARIAL = [
    "9**9**9", "9^9^9^9^9^9", "power(9, power(9, 9))", "(9**9)**(9**9)",
    "9" * 300 + "*" + "9" * 300 + "*" + "9" * 300,
    "9**" * 3000 + "9", "1" * 10**6, "x" * 10**6, "-" * 5000 + "1", "+" * 5000, "√" * 5000 + "1", "(" * 5000,
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 9000, "{(" * 4000, "sin(" * 2000 + "1" + ")" * 2000, "1 if 1 else " * 800 + "1", "1 if " * 1900,
    "x_" * 5000, "a__" * 3000,
    "a^(" * 3000, "a^" * 5000, "⁽" * 9000, "a" + "⁽" * 9000, "x²" * 5000, "\n" * 9999, ";" * 9999,
    " " * 9999 + "1 1", "\n " * 4999 + "=",
    "_" * 9999, "a" + "_" * 9999, "'" * 9999, "a" + "'" * 9999, "₁," * 4999, "a" + "₁," * 4999, "." * 9999,
    "1." * 5000, "1e" * 5000,
    "0" * 9999, "0." + "0" * 9990 + "1", "9" * 9999, "1e-99999", "e" * 9999, "1" + "*9" * 4999, "dot([" * 1500,
    "sum(" + "1," * 4990 + "1)",
    "=" * 9999, "a=" * 5000, "a=1;" * 2500, "\u0300" * 9999, "y" + "\u0302" * 9998, "\x00" * 9999, "\ud800",
    "a" + "\u2028" * 9000 + ")",
    "x(" * 5000, "x " * 4000 + "y", "".join(f"v_{i}=v_{i - 1}+1;" for i in range(1, 700)),
]  # fmt: skip


@pytest.mark.parametrize("formula", ADVERSARIAL, ids=lambda formula: repr(formula[:12]))
def test_adversarial_input_ends_at_once_with_a_number_or_a_clear_error(formula):
    started = time.perf_counter()
    for attempt in (lambda: parse(formula), lambda: read(formula, {"x": ag.Value(1.0), "a": 2.0, "e": 1})):
        try:
            attempt()
        except AutogradError as error:
            assert len(str(error)) < 1000
    assert time.perf_counter() - started < 10


def test_a_huge_power_is_refused_at_once():
    assert isinstance(error_of("9**9**9"), RangeError)


def test_nesting_and_length_have_limits_that_are_reached_and_not_passed():
    assert parse("(" * 100 + "x" + ")" * 100, x=1).data == 1
    assert parse("(" * NESTING + "x" + ")" * NESTING, x=1).data == 1
    assert error_of("(" * (NESTING + 1) + "x", x=1).position == NESTING
    assert error_of("-" * 5000 + "x", x=1).position == NESTING
    assert parse("x" + " " * (LENGTH - 1), x=1).data == 1
    assert f"{LENGTH:,} characters" in str(error_of("x" + " " * LENGTH, x=1))
    assert parse("x" + "+x" * 4999, x=1).data == 5000


def test_reading_needs_no_more_of_pythons_stack_for_a_deep_formula():
    def deep(levels):
        return deep(levels - 1) if levels else parse("(" * NESTING + "x" + ")" * NESTING, x=1)

    assert deep(sys.getrecursionlimit() - len(inspect.stack(0)) - 60).data == 1


_PIECES = (
    "x y a_1^(2) a₁⁽²⁾ 1 2 .5 1e3 1e308 π e + - * / ** ^ · √ ( ) [ ] { } , ; = < > == if else sigmoid( log( exp( sum( "
    "dot([ dot( where( ² ⁻¹ ⁽ ⁾ ₁ _ __ ' . : \" @ \\ \n | ½ δ λ lambda import foo( sin # \x00 \u0300 重"
)
_pieces = st.sampled_from(_PIECES.split(" "))
_sequences = st.lists(_pieces, max_size=25)


@given(st.one_of(st.text(max_size=60), _sequences.map("".join), _sequences.map(" ".join)))
@settings(max_examples=1500, deadline=None)
def test_garbage_raises_nothing_but_errors_of_this_library(formula):
    for names in ({name: ag.Value(number) for name, number in NAMES.items()}, NAMES, Symbol):
        try:
            read(formula, names)
        except FormulaError as error:
            assert error.formula == formula
            assert 0 <= error.position <= len(formula)
        except AutogradError:
            pass
    with contextlib.suppress(AutogradError):
        assert isinstance(parse(formula, x=X, y=Y), ag.Value)


@given(st.text(max_size=30))
def test_a_label_has_one_spelling(name):
    assert label_of(label_of(name)) == label_of(name)


def test_tokens_stand_where_they_were_written():
    formula = "2x²⁻¹ + σ(w₁₁)·a_1^(2) − .5e−3"
    for token in tokens(formula, {"a_1^(2)": "a_1^(2)"}):
        assert formula[token.position :].startswith(token.text)


# ---------------------------------------------------------------- assignments


def test_assignments_are_numbers_by_label():
    given_ = ["w=0.5", " x = -1 ", "δ₁=1e-3", "a_1^(2)=.5", "u__3=+2", "λ=−1"]
    expected = {"w": 0.5, "x": -1.0, "delta_1": 0.001, "a_1^(2)": 0.5, "u^(3)": 2.0, "lambda": -1.0}
    assert parse_assignments(given_) == expected
    assert parse_assignments([]) == {}
    assert all(type(number) is float for number in parse_assignments(given_).values())


def test_assignments_go_straight_into_a_formula():
    assert parse("a_1^(2) x + δ", **parse_assignments(["a_1^(2)=2", "x=3", "δ=1"])).data == 7


@pytest.mark.parametrize(
    "wrong",
    [
        ["w"], [""], ["=1"], ["w="], ["w=a"], ["w=nan"], ["w=inf"], ["w=-inf"], ["w=1e999"], ["w=1_0"], ["w=0x1"],
        ["w=1/2"], ["w=1=2"],
        ["w==1"], ["1w=2"], ["w x=1"], ["w.x=1"], ["__w=1"], ["w=1", "w=2"], ["δ=1", "delta=1"],
        ["a_1^(2)=1", "a_1__2=1"], ["w=٣"],
    ],
)  # fmt: skip
def test_a_wrong_assignment_is_one_clear_error(wrong):
    with pytest.raises(FormulaError) as caught:
        parse_assignments(wrong)
    assert repr(wrong[-1]) in str(caught.value)
    assert caught.value.formula == wrong[-1]
    assert "\n" not in str(caught.value)


def test_an_assignment_that_is_no_text_is_an_operand_error():
    with pytest.raises(OperandError):
        parse_assignments([1])


def test_any_white_space_may_stand_around_a_number():
    assert parse_assignments(["w=\u2003−2 ", "u=1\x1f"]) == {"w": -2.0, "u": 1.0}


@given(st.text(max_size=20))
def test_assignments_raise_nothing_but_formula_errors(text_):
    for assignment in (text_, f"w={text_}", f"{text_}=1"):
        with contextlib.suppress(FormulaError):
            parse_assignments([assignment])
