"""`check`: right or wrong, which mistake, and answers of every kind and none."""

from __future__ import annotations

import math
import time
from decimal import Decimal
from fractions import Fraction

import pytest

from autograd import Value, mean, parse, relu
from autograd.demo import network
from autograd.errors import LabelError, OperandError
from autograd.graph import topological_order
from autograd.judging.judge import check
from autograd.judging.verdict import PREFERENCE, Verdict

DELTA_1, DELTA_2 = "(y_1 - t_1)*y_1*(1 - y_1)", "(y_2 - t_2)*y_2*(1 - y_2)"
HIDDEN = f"({DELTA_1}*u_11 + {DELTA_2}*u_12)*h_1*(1 - h_1)*x_1"


@pytest.fixture
def net():
    return network()


@pytest.fixture
def L(net):
    return net.L


def gradient(L: Value, label: str) -> float:
    L.backward()
    return next(node.grad for node in topological_order(L) if node.label == label)


# ---------------------------------------------------------------- right


@pytest.mark.parametrize("answer", [
    f"{DELTA_1}*h_1", "-(t_1 - y_1)*y_1*(1 - y_1)*h_1", "(y₁ − t₁)·y₁(1 − y₁)·h₁", "δ₁·h₁", "delta_1 h_1",
    r"(y_1-t_1)\,y_1(1-y_1)\,h_1", "(y1 - t1) y1 (1 - y1) h1", "∂L/∂u_11 = δ₁ h₁",
    "(σ(a_1^(2)) - t_1)*σ(a_1^(2))*(1 - σ(a_1^(2)))*σ(a_1^(1))", "(y_1 - t_1)(y_1 - y_1²) h_1",
])  # fmt: skip
def test_a_right_formula_is_right_however_it_is_written(L, answer):
    verdict = check(L, "u_11", answer)
    assert (True, 1.0, None) == (verdict.correct, verdict.score, verdict.mistake)


def test_the_variable_may_be_a_value_or_a_label(net):
    assert check(net.L, net.w[0][0], HIDDEN) and check(net.L, "w_11", HIDDEN)


def test_a_verdict_is_true_exactly_if_the_answer_is_right(L):
    assert check(L, "w_11", HIDDEN)
    assert not check(L, "w_11", "h_1")


def test_an_inner_node_may_be_the_variable(L):
    assert check(L, "h_1", f"{DELTA_1}*u_11 + {DELTA_2}*u_12")


def test_what_the_output_does_not_depend_on_has_the_derivative_zero(L):
    stranger = Value(1.0, "q")
    assert check(L, stranger, 0).correct
    assert not check(L, stranger, "h_1").correct


def test_a_coincidence_at_the_current_point_is_not_right():
    L = parse("x**2", x=2)
    assert not check(L, "x", "x + 2")
    assert check(L, "x", 4)


def test_a_formula_that_is_right_where_relu_is_active_only_is_wrong():
    L = parse("(relu(w*x) - t)**2/2", w=1.5, x=2, t=0.5)
    verdict = check(L, "w", "(relu(w*x) - t)*x")
    assert "activation_missing" == verdict.mistake


@pytest.mark.parametrize("seed", range(5))
def test_of_two_kinks_in_a_row_neither_may_be_left_out(seed):
    L = parse("a_1 = w_1*x; a_2 = w_2*relu(a_1) + b; L = relu(a_2)", w_1=0.9, x=1, w_2=0.9, b=0.5)
    verdicts = [
        check(L, "w_1", answer, rng=seed)
        for answer in ("(a_2 > 0)*w_2*(a_1 > 0)*x", "(a_2 > 0)*w_2*x", "w_2*(a_1 > 0)*x")
    ]
    assert [None, "activation_missing", "activation_missing"] == [verdict.mistake for verdict in verdicts]


def test_what_stays_the_same_function_is_right_on_both_sides_of_a_kink():
    L = parse("(relu(w*x) - t)**2/2", w=1.5, x=2, t=0.5)
    assert check(L, "w", "(w*x - t)*x if w*x > 0 else 0")


def test_delta_with_two_meanings_is_right_in_either_and_otherwise_unreadable(L):
    assert check(L, "w_11", "delta_1*x_1") and check(L, "w_11", "(δ_1 u_11 + δ_2 u_12) h_1 (1 - h_1) x_1")
    verdict = check(L, "w_11", "sin(delta_1)*h_3")
    assert "unreadable" == verdict.mistake
    assert "δ₁ may stand for ∂L/∂a₁⁽¹⁾ or ∂L/∂a₁⁽²⁾" in verdict.explanation


# ---------------------------------------------------------------- mistakes on the 2-3-2 network

NAMED = [
    ("activation_missing", "w_11", HIDDEN.replace("*h_1*(1 - h_1)", ""), "of h₁ is missing: h₁(1 − h₁) = 0.2445"),
    ("activation_missing", "w_11", HIDDEN.replace("*y_1*(1 - y_1)", "").replace("*y_2*(1 - y_2)", ""), "y₁ and y₂"),
    ("activation_at_output", "u_11", "(y_1 - t_1)*sigmoid(y_1)*(1 - sigmoid(y_1))*h_1", "at its output (y₁ = 0.5669"),
    ("path_missing", "w_11", HIDDEN.replace(f" + {DELTA_2}*u_12", ""), "through a₂⁽²⁾"),
    ("factor_missing", "w_11", HIDDEN.replace("*u_11", ""), "the factor u₁₁ = 0.3 is missing"),
    ("factor_doubled", "w_11", HIDDEN.replace("*u_12", "*u_12*u_12"), "u₁₂ = −0.2 stands there twice"),
    ("factor_two", "w_11", f"2*{HIDDEN}", "a factor 2 too much"),
    ("factor_two", "w_11", f"{HIDDEN}/2", "a factor 2 is missing"),
    ("sign", "u_11", "(t_1 - y_1)*y_1*(1 - y_1)*h_1", "sign is flipped"),
    ("sign", "w_11", HIDDEN.replace(" + ", " - "), "sign"),
    ("learning_rate", "u_11", f"eta*{DELTA_1}*h_1", "learning rate"),
    ("learning_rate", "u_11", f"u_11 - eta*{DELTA_1}*h_1", "new weight"),
    ("input_missing", "u_11", DELTA_1, "h₁ = 0.5744"),
    ("wrong_index", "u_11", f"{DELTA_1}*h_2", "h₂ = 0.31 stands where h₁ belongs"),
    ("wrong_index", "u_11", "δ_2*h_1", "stands where"),
    ("wrong_index", "w_11", HIDDEN.replace("u_12", "u_21"), "u₂₁ = −0.5 stands where u₁₂ belongs"),
    ("wrong_index", "w_11", HIDDEN.replace("u_12", "u_21").replace("u_11", "u_11"), "u₂₁"),
    ("bias_missing", "b_1^(2)", "0", "bias b₁⁽²⁾ is forgotten"),
    ("exponent", "u_11", "(y_1 - t_1)**2*y_1*(1 - y_1)*h_1", "power"),
    ("rounded", "u_11", f"0.99*{DELTA_1}*h_1", "rounded"),
    ("combination", "u_11", "2*(t_1 - y_1)*y_1*(1 - y_1)*h_1", "Two things"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "variable", "answer", "words"), NAMED)
def test_a_mistake_is_named_with_the_factor_and_its_value(L, code, variable, answer, words):
    verdict = check(L, variable, answer)
    assert code == verdict.mistake, verdict
    assert words.lower() in verdict.explanation.lower()


def test_both_codes_of_a_combination_are_told(L):
    verdict = check(L, "w_11", HIDDEN.replace("*h_1*(1 - h_1)", "").replace("x_1", "x_2"))
    assert ("combination", {"activation_missing", "wrong_index"}) == (verdict.mistake, set(verdict.mistakes))


def test_updated_weights_are_seen_with_the_learning_rate(L):
    updated = HIDDEN.replace("u_11", f"(u_11 - 0.5*{DELTA_1}*h_1)").replace("u_12", f"(u_12 - 0.5*{DELTA_2}*h_1)")
    assert "updated_weights" == check(L, "w_11", updated, lr=0.5).mistake
    assert "u₁₁ and u₁₂" in check(L, "w_11", updated, lr=0.5).explanation


def test_the_learning_rate_is_recognised_by_its_number(L):
    assert "learning_rate" == check(L, "u_11", f"0.1*{DELTA_1}*h_1", lr=0.1).mistake
    assert "learning_rate" == check(L, "u_11", f"-0.1*{DELTA_1}*h_1", lr=0.1).mistake


@pytest.mark.parametrize(("answer", "mistake"), [
    (f"{DELTA_1}*h_1 + 0.01*u_11", None), (f"{DELTA_1}*h_1 + lambda*u_11", None), (f"{DELTA_1}*h_1", "weight_decay"),
    (f"{DELTA_1}*h_1 + u_11", "weight_decay"), ("(y_1 - t_1)*h_1 + λ u_11", "activation_missing"),
    (f"{DELTA_1}*h_2", "combination"),
])  # fmt: skip
def test_weight_decay_is_part_of_the_right_answer(L, answer, mistake):
    assert mistake == check(L, "u_11", answer, weight_decay=0.01).mistake


def test_a_mean_instead_of_a_sum_is_named_and_the_other_way_round():
    points = {"x_1": 1, "x_2": 2, "x_3": -1, "y_1": 1, "y_2": 0, "y_3": 2}
    L = parse("((m*x_1 - y_1)**2 + (m*x_2 - y_2)**2 + (m*x_3 - y_3)**2)/3", m=0.5, **points)
    errors = "((m*x_1 - y_1)*x_1 + (m*x_2 - y_2)*x_2 + (m*x_3 - y_3)*x_3)"
    assert check(L, "m", f"2/3*{errors}")
    assert "mean_for_sum" == check(L, "m", f"2*{errors}").mistake
    assert "mean_for_sum" == check(L, "m", f"2/9*{errors}").mistake
    assert "path_missing" == check(L, "m", "2/3*((m*x_1 - y_1)*x_1 + (m*x_2 - y_2)*x_2)").mistake


def test_swapped_operands_of_a_fraction_are_named():
    L = parse("a/b", a=1.5, b=0.5)
    assert "swapped_operands" == check(L, "a", "-b/a**2").mistake
    assert "swapped_operands" == check(L, "b", "1/a").mistake


def test_an_answer_without_a_name_gets_the_ratio_at_three_points(L):
    verdict = check(L, "w_11", "sin(x_1) + exp(h_2)")
    assert "unknown" == verdict.mistake
    assert 3 == len(verdict.ratios)
    assert "cannot name the mistake" in verdict.explanation


def test_an_unnamed_answer_gets_credit_for_the_factors_that_are_right(L):
    nothing = check(L, "u_11", "exp(h_3) + sin(x_2)")
    something = check(L, "u_11", "(y_1 - t_1)*y_1*(1 - y_1)*exp(h_3) + sin(x_2)")
    assert nothing.score < something.score < 0.6


def test_one_forgotten_path_of_two_scores_a_half(L):
    assert 0.5 == check(L, "w_11", HIDDEN.replace(f" + {DELTA_2}*u_12", "")).score


def test_a_score_falls_with_the_number_of_mistakes(L):
    one = check(L, "w_11", HIDDEN.replace("x_1", "x_2"))
    two = check(L, "w_11", HIDDEN.replace("x_1", "x_2").replace("*h_1*(1 - h_1)", ""))
    assert 1 > one.score > two.score > 0


# ---------------------------------------------------------------- numbers


def test_a_number_is_right_to_the_digits_given(L):
    g = gradient(L, "w_11")
    for answer in (g, f"{g:.3f}", f"{g:.2g}", f"{g:.10e}", Fraction(g), Decimal(repr(g)), float(f"{g:.4g}")):
        assert check(L, "w_11", answer).correct, answer


@pytest.mark.parametrize(("factor", "mistake"), [(-1, "sign"), (2, "factor_two"), (1.004, "rounded")])
def test_a_wrong_number_is_named(L, factor, mistake):
    assert mistake == check(L, "u_11", factor * gradient(L, "u_11")).mistake


def test_a_number_without_its_input_is_named(net):
    assert "input_missing" == check(net.L, "w_11", gradient(net.L, "w_11") / net.x[0].data).mistake


def test_a_number_computed_from_rounded_numbers_is_named_too(L):
    g = gradient(L, "u_11")
    assert "learning_rate" == check(L, "u_11", -0.3 * float(f"{g:.8g}"), lr=0.3).mistake
    assert ("sign", "rounded") == check(L, "u_11", -1.001 * g).mistakes


def test_zero_is_not_the_rounding_of_a_small_gradient(L):
    assert not check(L, "w_11", 0).correct
    assert not check(L, "w_11", 0.0).correct
    assert not check(L, "w_11", "0.0").correct


def test_a_calculation_with_numbers_is_right_to_the_digits_of_its_numbers():
    L = parse("a*b*c", a=0.5, b=0.333333, c=2.0)
    assert check(L, "c", "0.5*0.333333")
    assert check(L, "c", "0.5*0.333")
    assert "rounded" == check(L, "c", "0.5*0.33").mistake or check(L, "c", "0.5*0.33").correct


def test_numbers_in_the_place_of_names_are_called_rounded(net):
    verdict = check(net.L, "u_11", f"(y_1 - t_1)*y_1*(1 - y_1)*{net.h[0].data:.4f}")
    assert "rounded" == verdict.mistake


def test_at_a_kink_any_number_between_the_slopes_of_both_sides_is_right():
    L = parse("abs(w)*x", w=0, x=2)
    assert all(check(L, "w", answer).correct for answer in (0, 2.0, -2.0, 0.5))
    assert not check(L, "w", 3.0).correct


def test_a_number_is_about_the_point_that_the_forward_pass_saw(net):
    g = gradient(net.L, "w_11")
    net.w[0][0].data = 5.0
    assert check(net.L, "w_11", g).correct


# ---------------------------------------------------------------- functions and dicts


def test_a_function_is_called_with_the_numbers_of_its_parameters(L):
    assert check(L, "u_11", lambda y_1, t_1, h_1: (y_1 - t_1) * y_1 * (1 - y_1) * h_1)
    assert check(L, "b_1^(2)", lambda a_1__2, t_1: (_s(a_1__2) - t_1) * _s(a_1__2) * (1 - _s(a_1__2)))
    assert check(L, "u_11", lambda **n: (n["y_1"] - n["t_1"]) * n["y_1"] * (1 - n["y_1"]) * n["h_1"])
    assert "activation_missing" == check(L, "u_11", lambda y_1, t_1, h_1: (y_1 - t_1) * h_1).mistake


def _s(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize("function", [
    lambda y_1: 1 / 0, lambda y_1: None, lambda y_1: "text", lambda nothing_here: 1.0, lambda y_1: math.nan,
    lambda y_1: [][1], lambda y_1: 1j, math.hypot, int,
])  # fmt: skip
def test_a_function_that_fails_is_unreadable_and_raises_nothing(L, function):
    assert "unreadable" == check(L, "u_11", function).mistake


def all_right(L, net):
    L.backward()
    return {parameter.label: parameter.grad for parameter in net.parameters}


def test_a_dict_is_judged_weight_by_weight(net):
    answers = all_right(net.L, net)
    assert check(net.L, None, answers)
    verdict = check(net.L, None, {**answers, "w_11": -answers["w_11"]})
    assert ("sign", False, True) == (verdict.mistake, verdict.parts["w_11"].correct, verdict.parts["w_21"].correct)
    assert 0.9 < verdict.score < 1


def test_one_mistake_in_all_weights_is_the_mistake_of_the_whole(net):
    answers = {u.label: f"(y_{j} - t_{j})*y_{j}*(1 - y_{j})" for row in net.u for j, u in enumerate(row, 1)}
    verdict = check(net.L, [u for row in net.u for u in row], answers)
    assert ("input_missing", 6) == (verdict.mistake, len(verdict.parts))


def test_a_bias_without_an_answer_is_bias_missing(net):
    answers = all_right(net.L, net)
    del answers["b_1^(2)"]
    verdict = check(net.L, None, answers)
    assert "bias_missing" == verdict.mistake == verdict.parts["b_1^(2)"].mistake
    assert "bias_missing" == check(net.L, None, {**answers, "b_1^(2)": 0}).mistake


def test_a_weight_without_an_answer_is_said_to_be_missing(net):
    verdict = check(net.L, ["u_11", "u_12"], {net.u[0][0]: f"{DELTA_1}*h_1"})
    assert "There is no answer for u₁₂" in verdict.parts["u_12"].explanation


# ---------------------------------------------------------------- what is no answer

BOMB = ";".join([f"a{i} = a{i - 1}*a{i - 1}" if i else "a0 = y_1 + 1" for i in range(300)]) + "; a299"


@pytest.mark.parametrize("answer", [
    None, True, [], (1, 2), object(), 1j, math.nan, math.inf, 10**400, b"y_1", "", "  ", "__import__('os')", "y_1.real",
    "9**9**9", "9**9**9*y_1", "(" * 300 + "y_1" + ")" * 300, "1/0", "y_1/0", "y_1/(y_1 - y_1)", "sqrt(-1)", "h_9*2",
    "9" * 400, "1e999", "+".join(["y_1"] * 9000), "y_1 if", "[1, 2]", "y_1; y_2", "lambda: 1", "y_1 = = 2", BOMB,
])  # fmt: skip
def test_what_cannot_be_read_is_a_verdict_and_no_error(L, answer):
    start = time.perf_counter()
    verdict = check(L, "u_11", answer)
    assert "unreadable" == verdict.mistake and verdict.explanation
    assert time.perf_counter() - start < 15


def test_an_unreadable_formula_says_where(L):
    assert 4 == check(L, "u_11", "y_1*?").position
    assert 4 == check(L, "u_11", "y_1*foo").position


def test_an_object_whose_conversions_raise_is_unreadable(L):
    class Hostile:
        def __float__(self):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    assert "unreadable" == check(L, "u_11", Hostile()).mistake


# ---------------------------------------------------------------- errors of the teacher


@pytest.mark.parametrize(("arguments", "options", "error"), [
    ((3.0, "w_11", 1), {}, OperandError), (("L", "nothing", 1), {}, LabelError), (("L", 3, 1), {}, OperandError),
    (("L", None, 1), {}, OperandError), (("L", "w_11", 1), {"lr": "fast"}, OperandError),
    (("L", "w_11", 1), {"weight_decay": []}, OperandError),
])  # fmt: skip
def test_wrong_use_is_an_error_that_says_so(L, arguments, options, error):
    output, *others = arguments
    with pytest.raises(error):
        check(L if output == "L" else output, *others, **options)


# ---------------------------------------------------------------- promises


def test_judging_changes_nothing_in_the_graph(L):
    L.backward()
    before = [(node.data, node.grad, node.label) for node in topological_order(L)]
    for answer in (HIDDEN, "h_1", 0.5, lambda h_1: h_1):
        check(L, "w_11", answer, lr=0.1)
    assert before == [(node.data, node.grad, node.label) for node in topological_order(L)]


def test_a_verdict_is_the_same_on_every_run(net):
    assert check(net.L, "w_11", "h_1*x_1") == check(network().L, "w_11", "h_1*x_1")


def test_a_verdict_reads_as_a_line_and_as_markdown(L):
    verdict = check(L, "u_11", "(y_1 - t_1)*h_1")
    assert str(verdict).startswith("Not yet (activation_missing, score 0.")
    assert verdict._repr_markdown_().startswith("**Not yet** (`activation_missing`, score 0.")
    assert "Right." == str(check(L, "w_11", HIDDEN))
    assert "<script>" not in Verdict(False, 0, "unknown", "<script>")._repr_markdown_()


def test_every_verdict_has_a_code_of_the_list(L):
    for answer in ("h_1", "0", None, 2, "x_1*(", HIDDEN):
        assert check(L, "w_11", answer).mistake in (*PREFERENCE, None)


@pytest.mark.parametrize("terms", [300, pytest.param(1500, marks=pytest.mark.thorough)])
def test_a_graph_of_ten_thousand_nodes_is_judged_in_seconds(terms):
    w, b = Value(0.5, "w"), Value(0.1, "b")
    points = [(Value(math.sin(i), f"x_{i}"), Value(math.cos(i), f"y_{i}")) for i in range(1, terms + 1)]
    L = mean([(w * x + b - y) ** 2 for x, y in points]).named("L")
    start = time.process_time()
    assert not check(L, "w", "2*x_1")
    assert not check(L, "w", 0.123)
    assert time.process_time() - start < 0.05 * terms  # a tenth of that, on a quiet machine


def test_a_chain_of_thousands_of_nodes_is_judged_without_recursion():
    x = Value(0.3, "x")
    y = x
    for _ in range(1000):
        y = relu(y * 1.0001 + 0.0001)
    assert not check(y, "x", "2*x")
    assert check(y, "x", 1.0001**1000)
