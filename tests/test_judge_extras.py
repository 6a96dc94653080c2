"""The judge on a factor too much, on the slope of another activation, and on numbers where weights belong."""

from __future__ import annotations

import math
import re

import corpus
import pytest

from autograd import Value, evaluate, exp, log, ops, parse, sigmoid
from autograd.judging import cases, search
from autograd.judging.judge import check
from autograd.judging.verdict import PREFERENCE

ERRORS = "((y_1 - t_1)*u_11 + (y_2 - t_2)*u_12)"
SLOPED = "((y_1 - t_1)*y_1*(1 - y_1)*u_11 + (y_2 - t_2)*y_2*(1 - y_2)*u_12)"


def network(hidden: str = "sigmoid", out: str = "identity") -> corpus.Network:
    return corpus.Network([2, 3, 2], [hidden, out], "half", corpus.NAMES, 0)


def nodes_of(output: Value) -> dict[str, Value]:
    found, stack = {}, [output]
    while stack:
        node = stack.pop()
        if node.label:
            found[node.label] = node
        stack += node.parents
    return found


# ---------------------------------------------------------------- a factor too much

EXTRA = [
    ("b_1^(2)", "(y_1 - t_1)*h_1", "h₁ = 0.3718: b₁⁽²⁾ enters its sum with the slope 1"),
    ("b_1^(1)", f"{ERRORS}*h_1*(1 - h_1)*x_1", "x₁ = 1.03: b₁⁽¹⁾ enters its sum with the slope 1"),
    ("b_1^(1)", "delta_1*x_1", "x₁ = 1.03: b₁⁽¹⁾ enters its sum with the slope 1"),
    ("u_11", "(y_1 - t_1)*y_1*(1 - y_1)*h_1", "y₁(1 − y₁) = 0.1689: y₁ is linear"),
    ("u_11", "(y_1 - t_1)*(1 - y_1^2)*h_1", "1 − y₁² = 0.9537: y₁ is linear"),
    ("w_11", f"{SLOPED}*h_1*(1 - h_1)*x_1", "y₁ is linear, no activation follows its sum, and likewise at 1"),
    ("w_11", f"{ERRORS}*h_1*(1 - h_1)*x_1*(y_1 - t_1)", "y₁ − t₁ = −0.5849"),
    ("w_11", f"{ERRORS}*h_1*(1 - h_1)*x_1*w_11", "w₁₁ = −0.16"),
    ("w_11", f"3*{ERRORS}*h_1*(1 - h_1)*x_1", "too much, 3;"),
    ("w_11", f"{ERRORS.replace('u_11', 'u_11*y_1*(1 - y_1)')}*h_1*(1 - h_1)*x_1", "in the path through y₁"),
]  # fmt: skip


@pytest.mark.parametrize(("variable", "answer", "told"), EXTRA)
def test_a_factor_too_much_is_named_with_its_number(variable, answer, told):
    verdict = check(network().build(), variable, answer)
    assert ("factor_extra", False) == (verdict.mistake, verdict.correct)
    assert told in verdict.explanation
    assert verdict.explanation.startswith(("There is a factor too much", "Every term has a factor too much"))


@pytest.mark.parametrize(("variable", "answer", "told"), EXTRA[:8])
def test_a_factor_too_much_is_found_beside_a_flipped_sign_and_in_a_number_of_all_digits(variable, answer, told):
    both = check(network().build(), variable, f"-{answer}")
    assert {"sign", "factor_extra"} == set(both.mistakes)
    if "delta" not in answer:
        net = network()
        number = corpus.number(answer.replace("^", "**"), net.forward(net.leaves))
        assert "factor_extra" == check(net.build(), variable, number).mistake


def test_the_inputs_at_the_bias_of_a_regression_are_factors_too_much():
    leaves = {"m": 0.6, "b": 0.2, "x_1": 0.5, "x_2": -1.1, "x_3": 1.4, "y_1": 1.3, "y_2": 0.4, "y_3": -0.8}
    error = "(m*x_{0} + b - y_{0})"
    loss = parse("(" + " + ".join(f"{error}**2".format(i) for i in (1, 2, 3)) + ")/3", **leaves)
    verdict = check(loss, "b", "2/3*(" + " + ".join(f"{error}*x_{{0}}".format(i) for i in (1, 2, 3)) + ")")
    assert "factor_extra" == verdict.mistake
    assert "this is ∂L/∂m, but b enters with the slope 1" in verdict.explanation


def test_the_operand_that_a_product_is_differentiated_by_does_not_stay():
    loss = parse("(w*x + b - t)**2/2", w=0.5, x=1.2, b=-0.3, t=0.8)
    for variable, wrong in (("w", "w"), ("x", "x")):
        verdict = check(loss, variable, f"(w*x + b - t)*{wrong}")
        assert "swapped_operands" == verdict.mistake
        assert f"{wrong} = " in verdict.explanation and "stands where" in verdict.explanation


def test_a_factor_in_the_names_of_the_answer_is_preferred_to_an_equal_one():
    x = Value(1.2, "x")
    named = (Value(0.5, "w") * x).named("z")
    y = (named * 1).named("y")
    loss = ((y - Value(0.1, "t")) ** 2 / 2).named("L")
    for name in ("z", "y"):
        assert f"{name}(1 − {name})" in check(loss, "w", f"({name} - t)*x*{name}*(1 - {name})").explanation


def test_what_stands_in_the_place_of_another_factor_is_two_things():
    verdict = check(network().build(), "w_11", f"{ERRORS}*h_1*(1 - h_1)*t_1")
    assert {"input_missing", "factor_extra"} == set(verdict.mistakes)
    assert "x₁" in verdict.explanation and "t₁ = 0.8" in verdict.explanation


# ---------------------------------------------------------------- the slope of another activation

WRONG_SLOPES = [
    ("sigmoid", "1 - h_1^2", "slope of tanh, 1 − h₁²"),
    ("sigmoid", "(1 if a_1^(1) > 0 else 0)", "slope of relu"),
    ("tanh", "h_1*(1 - h_1)", "slope of sigmoid, h₁(1 − h₁)"),
    ("tanh", "sigmoid(a_1^(1))*(1 - sigmoid(a_1^(1)))", "slope of sigmoid, σ(a₁⁽¹⁾)(1 − σ(a₁⁽¹⁾))"),
    ("tanh", "(1 - h_1)", "has h₁ where h₁² belongs"),
    ("relu", "h_1*(1 - h_1)", "slope of sigmoid"),
    ("softplus", "h_1*(1 - h_1)", "slope of sigmoid"),
    ("softplus", "1 - h_1**2", "slope of tanh"),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "slope", "told"), WRONG_SLOPES)
def test_the_slope_of_another_activation_is_named(activation, slope, told):
    verdict = check(network(activation).build(), "w_11", f"{ERRORS}*({slope})*x_1")
    assert "activation_wrong" == verdict.mistake
    assert told in verdict.explanation and "exponent by one" not in verdict.explanation


@pytest.mark.parametrize(("activation", "slope"), [("tanh", "y*(1 - y)"), ("sigmoid", "1 - y**2"), ("tanh", "1 - y")])
def test_it_is_named_in_a_formula_without_names_for_its_parts_too(activation, slope):
    y = f"{activation}(w*x + b)"
    loss = parse(f"({y} - t)**2/2", w=0.5, x=1.2, b=-0.3, t=0.8)
    verdict = check(loss, "w", f"({y} - t)*({re.sub('y', y, slope)})*x")
    assert "activation_wrong" == verdict.mistake


def test_the_slopes_of_a_layer_and_of_all_layers_are_one_kind_of_mistake():
    graph = network("tanh", "sigmoid").build()
    outer = "((y_1 - t_1)*(1 - y_1^2)*u_11 + (y_2 - t_2)*(1 - y_2^2)*u_12)"
    layer = check(graph, "w_11", f"{outer}*(1 - h_1^2)*x_1")
    assert ("activation_wrong", ("activation_wrong",)) == (layer.mistake, layer.mistakes)
    assert "at y₁ and y₂" in layer.explanation
    assert "activation_wrong" == check(graph, "w_11", f"{outer}*h_1*(1 - h_1)*x_1").mistake


def test_no_slope_at_all_stays_a_missing_one():
    assert "activation_missing" == check(network("tanh").build(), "w_11", f"{ERRORS}*x_1").mistake


def test_a_forgotten_factor_of_a_slope_is_not_the_slope_of_another_activation():
    assert "factor_missing" == check(network().build(), "w_11", f"{ERRORS}*h_1*x_1").mistake


# ---------------------------------------------------------------- updated weights as numbers


@pytest.mark.parametrize("digits", [4, 6])
@pytest.mark.parametrize("sign", [" + ", " - -", " + -1*-1*"])
def test_updated_weights_written_as_numbers_are_recognised(digits, sign):
    net = network("sigmoid", "sigmoid")
    graph = net.build()
    nodes = nodes_of(graph)
    new = {}
    for label in ("u_11", "u_12"):
        up, down = (evaluate(graph, {nodes[label]: nodes[label].data + step}) for step in (1e-6, -1e-6))
        new[label] = nodes[label].data - 0.5 * (up - down) / 2e-6
    answer = SLOPED.replace(" + ", sign) + "*h_1*(1 - h_1)*x_1"
    for label, number in new.items():
        answer = answer.replace(label, f"({number:.{digits}f})")
    verdict = check(graph, "w_11", answer, lr=0.5)
    assert "updated_weights" == verdict.mistake
    assert "(u₁₁ and u₁₂)" in verdict.explanation


def test_old_weights_written_as_numbers_are_not_taken_for_updated_ones():
    net = network("sigmoid", "sigmoid")
    answer = f"{SLOPED}*h_1*(1 - h_1)*x_1"
    for label in ("u_11", "u_12"):
        answer = answer.replace(label, f"({net.leaves[label]})")
    verdict = check(net.build(), "w_11", answer, lr=0.5)
    assert ("rounded", "right at the current point only") == (verdict.mistake, verdict.explanation[-32:-1])


# ---------------------------------------------------------------- softmax


def softmax(at_once: bool) -> Value:
    """−ln p₄, with the softmax written by logsumexp or as a fraction; only p₄ has a name."""
    z = [Value(x, f"z_{i}") for i, x in enumerate((0.4, -0.7, 0.9, 0.3), 1)]
    if at_once:
        p = exp(z[3] - ops.logsumexp(z))
    else:
        e = [each.exp() for each in z]
        p = e[3] / (e[0] + e[1] + e[2] + e[3])
    return (-log(p.named("p_4"))).named("L")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_derivative_between_named_nodes_is_not_spelt_out_if_it_is_long(at_once):
    verdict = check(softmax(at_once), "z_4", "-1/p_4")
    p = math.exp(0.3) / sum(map(math.exp, (0.4, -0.7, 0.9, 0.3)))
    assert f"The factor ∂p₄/∂z₄ = {p * (1 - p):.4g} is missing; the rest is right." == verdict.explanation


@pytest.mark.parametrize(("at_once", "answer", "told"), [
    (True, "p_4", "from z₄ straight to z₄ − logsumexp(z₁, z₂, z₃, z₄) is forgotten, which contributes −1"),
    (True, "-1", "from z₄ to p₄ by way of logsumexp(z₁, z₂, z₃, z₄) is forgotten, which contributes 0.2328"),
    (False, "p_4", "from exp(z₄) straight to p₄ is forgotten, which contributes −1"),
    (False, "-1", "from exp(z₄) to p₄ by way of exp(z₁) + exp(z₂) + exp(z₃) + exp(z₄) is forgotten"),
])  # fmt: skip
def test_a_forgotten_path_is_not_called_by_a_node_that_every_path_goes_through(at_once, answer, told):
    verdict = check(softmax(at_once), "z_4", answer)
    assert "path_missing" == verdict.mistake
    assert told in verdict.explanation


# ---------------------------------------------------------------- many answers


def test_a_verdict_on_many_answers_writes_labels_in_one_way():
    verdict = check(network().build(), None, {"w_11": "x_1", "b_2^(1)": "y_1", "no*sense_1": "3"})
    assert "w_11" in verdict.parts and "b_2^(1)" in verdict.parts
    for told in (str(verdict), verdict._repr_markdown_()):
        assert "b₂⁽¹⁾: " in told and "w₁₁: " in told
        assert "w_11" not in told and "w\\_11" not in told and "^(1)" not in told


# ---------------------------------------------------------------- the search itself


def test_a_mistake_within_what_is_left_out_is_not_told_beside_it():
    for factor in (3, 5, 7):
        verdict = check(network().build(), "u_11", f"{factor}*(y_1 - t_1)*h_1")
        assert ("factor_extra", f"There is a factor too much, {factor}; the rest is right.") == (
            verdict.mistake, verdict.explanation)  # fmt: skip


def test_the_codes_stand_where_their_reasons_say():
    order = ["factor_missing", "activation_wrong", "factor_doubled", "factor_extra", "swapped_operands"]
    assert order == [code for code in PREFERENCE if code in order]


@pytest.mark.parametrize(("code", "answer"), [
    ("factor_extra", f"{ERRORS}*h_1*(1 - h_1)*x_1*w_11"), ("activation_wrong", f"{ERRORS}*(1 - h_1^2)*x_1"),
])  # fmt: skip
def test_a_judge_without_these_families_does_not_name_them(monkeypatch, code, answer):
    edits = search.all_edits
    monkeypatch.setattr(search, "all_edits", lambda *given: (edit for edit in edits(*given) if edit.code != code))
    monkeypatch.setattr(search.Search, "too_much", lambda *given: iter(()))
    monkeypatch.setattr(search.Search, "too_much_besides", lambda *given: iter(()))
    monkeypatch.setattr(cases, "_of_constant", lambda samples: None)
    assert code != check(network().build(), "w_11", answer).mistake


def test_the_derivative_with_respect_to_another_name_is_called_so():
    verdict = check(parse("a*x**3 + b*y", a=1.3, b=0.7, x=1.1, y=0.4), "a", "3*a*x^2")
    assert "wrong_index" == verdict.mistake
    assert "This is ∂L/∂x, while ∂L/∂a is asked for." == verdict.explanation


def test_a_factor_of_a_softmax_treated_as_a_sigmoid_is_too_much():
    case = next(case for case in corpus.cases() if case.name.startswith("softmax"))
    verdict = check(case.build(), case.variable, f"{case.right()}*p_2*(1 - p_2)")
    assert "factor_extra" == verdict.mistake
    assert "p₂(1 − p₂) = " in verdict.explanation and "linear" not in verdict.explanation


def test_a_slope_read_at_the_weighted_sum_is_read_as_it_is_written() -> None:
    # The table has another form of 1 − y where y is near 1; a student who writes a(1 − a) means that, whatever a is.
    for start in (0.5, 3.0, -2.5):
        w, x, b, t = Value(start, "w"), Value(2.0, "x"), Value(-0.5, "b"), Value(1.0, "t")
        a = (w * x + b).named("a")
        y = sigmoid(a).named("y")
        L = ((y - t) ** 2 / 2).named("L")
        assert check(L, b, "(y - t)*a*(1 - a)").mistake == "activation_at_output"
