"""The judge of answers that people typed: every right one passes, no wrong one does, and its mistake is named.

The answers were written by hand, before the judge's search was read, in the manner of students: careless, in Python,
LaTeX or Unicode, expanded, with δ, with words. A code such as `sign|exponent` says that both give this very function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autograd import Value, check, demo, dot, exp, log, logsumexp, mean, parse, sigmoid, tanh
from autograd import sum as sum_of
from autograd.graph import topological_order
from autograd.judging import search

LEAST_NAMED = 0.97


class Typed(NamedTuple):
    """One answer, and the verdict that it deserves."""

    graph: str
    wrt: str
    codes: str
    answer: str
    given: dict[str, float]


def typed_answers() -> Iterator[Typed]:
    text = (Path(__file__).parent / "fixtures" / "typed_answers.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            head, _, answer = line.partition("\t")
            graph, wrt, codes, *given = head.split(" ")
            yield Typed(graph, wrt, codes, answer, {name: float(x) for name, x in (item.split("=") for item in given)})


# ---------------------------------------------------------------- the graphs


def _leaves(stem: str, *numbers: float) -> list[Value]:
    return [Value(number, f"{stem}_{index}") for index, number in enumerate(numbers, 1)]


def _two_by_two(x: str, z: str, h: str, a: str, o: str, t: str, names: tuple[str, str]) -> Value:
    """The 2-2-2 network; the names end with the unit's number, an empty `o` means identity outputs."""
    inputs = [Value(0.05, f"{x}1"), Value(0.1, f"{x}2")]
    w = _leaves("w", 0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55)
    b = _leaves("b", 0.35, 0.6)
    before = [dot(w[2 * j : 2 * j + 2], inputs, b[0]).named(f"{z}{j + 1}") for j in (0, 1)]
    hidden = [sigmoid(each).named(f"{h}{k}") for k, each in enumerate(before, 1)]
    sums = [dot(w[2 * j : 2 * j + 2], hidden, b[1]).named(f"{a}{j - 1}") for j in (2, 3)]
    outputs = [sigmoid(each).named(f"{o}{k}") for k, each in enumerate(sums, 1)] if o else sums
    targets = [Value(0.01, f"{t}1"), Value(0.99, f"{t}2")]
    part, whole = names
    errors = [((targets[k] - outputs[k]) ** 2 * 0.5).named(f"{part}{k + 1}") for k in (0, 1)]
    return (errors[0] + errors[1]).named(whole)


def _line(kind: str) -> Value:
    x, y = _leaves("x", 1.0, 2.0, 4.0), _leaves("y", 1.5, 3.0, 4.2)
    m, b = Value(0.8, "m"), Value(0.3, "b")
    off = [m * each + b - target for each, target in zip(x, y, strict=True)]
    if kind == "mae":
        return mean([abs(each) for each in off]).named("L")
    squares = [each**2 for each in off]
    return (mean(squares) if kind == "mse" else 0.5 * sum_of(squares)).named("L")


def _softmax() -> Value:
    z, t = _leaves("z", 0.5, -0.2, 0.9), _leaves("t", 0.0, 1.0, 0.0)
    powers = [exp(each) for each in z]
    total = sum_of(powers).named("S")
    p = [(each / total).named(f"p_{k}") for k, each in enumerate(powers, 1)]
    return (-sum_of([target * log(each) for target, each in zip(t, p, strict=True)])).named("L")


def _softmax_of_weights() -> Value:
    x = Value(1.3, "x")
    z = [(w * x).named(f"z_{k}") for k, w in enumerate(_leaves("w", 0.5, -0.2, 0.9), 1)]
    powers = [exp(each) for each in z]
    return (-log((powers[1] / sum_of(powers)).named("p_2"))).named("L")


def _logsumexp() -> Value:
    z = _leaves("z", 0.5, -0.2, 0.9)
    return (logsumexp(z) - z[0]).named("L")


def _layer(inputs: list[Value], w: str, b: str, a: str, h: str, numbers: Any, unit: Callable[[Value], Value]) -> Any:
    outputs = []
    for j in (1, 2):
        weights = [Value(numbers[i][j - 1], f"{w}_{i + 1}{j}") for i in (0, 1)]
        outputs.append(unit(dot(weights, inputs, Value(0.1 * j, f"{b}_{j}")).named(f"{a}_{j}")).named(f"{h}_{j}"))
    return outputs


def _deep() -> Value:
    h = _layer(_leaves("x", 0.5, -0.4), "w", "b", "a", "h", ((0.3, -0.5), (0.8, 0.2)), tanh)
    g = _layer(h, "u", "c", "s", "g", ((0.6, 0.1), (-0.7, 0.4)), sigmoid)
    y = dot(_leaves("v", 0.9, -0.6), g, Value(0.05, "d")).named("y")
    return ((y - Value(0.3, "t")) ** 2 / 2).named("L")


_NEURON = {"w": 0.7, "x": 1.3, "b": 0.2, "t": 0.4}
_FORMULAS: dict[str, tuple[str, dict[str, float]]] = {
    "tanh": ("L = (tanh(w*x + b) - t)**2/2", _NEURON),
    "relu": ("L = (relu(w*x + b) - t)**2/2", _NEURON),
    "softplus": ("L = (softplus(w*x + b) - t)**2/2", _NEURON),
    "lrelu": ("L = (leaky_relu(w*x + b) - t)**2/2", _NEURON),
    "sig": ("L = (sigmoid(w*x + b) - t)**2/2", _NEURON),
    "tanhn": ("z = w*x + b; y = tanh(z); L = (y - t)**2", _NEURON),
    "relun": ("z = w*x + b; y = relu(z); L = (y - t)**2", _NEURON),
    "logistic": ("z = w_1*x_1 + w_2*x_2 + b; p = sigmoid(z); L = -(t*log(p) + (1-t)*log(1-p))",
                 {"w_1": 0.4, "w_2": -0.3, "x_1": 1.2, "x_2": 0.7, "b": 0.1, "t": 1}),
    "logb": ("-(t*log(sigmoid(w*x+b)) + (1-t)*log(1-sigmoid(w*x+b)))", {"w": 0.4, "x": 1.2, "b": 0.1, "t": 0.3}),
    "chain": ("h = tanh(u*x); g = sigmoid(v*h); y = w*g; L = (y-t)**2/2",
              {"u": 0.7, "x": 0.9, "v": 1.2, "w": 0.5, "t": 0.1}),
    "quot": ("x/(x+y)", {"x": 1.2, "y": 0.7}),
    "quot2": ("u = x**2; v = sin(x); f = u/v", {"x": 1.2}),
    "prod": ("x*sin(y)*exp(z)", {"x": 1.2, "y": 0.7, "z": 0.3}),
    "prodx": ("x*sin(x)", {"x": 1.2}),
    "cube": ("x**3", {"x": 1.7}),
    "poly": ("3*x**2 + 2*x*y - y**3", {"x": 1.7, "y": 0.6}),
    "gauss": ("exp(-x**2)", {"x": 0.8}),
    "gauss2": ("exp(-(x-m)**2/(2*s**2))", {"x": 0.8, "m": 0.3, "s": 1.1}),
    "loglik": ("n*log(p) + m*log(1-p)", {"n": 3, "m": 5, "p": 0.4}),
    "normal": ("-log(s) - (x-m)**2/(2*s**2)", {"x": 0.8, "m": 0.3, "s": 1.1}),
    "sqrt": ("r = sqrt(x**2 + y**2)", {"x": 1.2, "y": 0.7}),
    "xxy": ("x*x*y", {"x": 1.2, "y": 0.7}),
    "inv": ("1/x", {"x": 1.7}),
    "powy": ("x**y", {"x": 1.7, "y": 0.6}),
    "cosc": ("cos(3*x**2)", {"x": 0.6}),
    "nest": ("q = x + y; f = q*z", {"x": -2, "y": 5, "z": -4}),
    "logq": ("log(x/(1+x))", {"x": 1.7}),
    "rnn": ("h_1 = tanh(w*x_1 + u*h_0); h_2 = tanh(w*x_2 + u*h_1); L = (h_2 - t)**2/2",
            {"w": 0.6, "u": 0.4, "x_1": 0.9, "x_2": -0.5, "h_0": 0.3, "t": 0.2}),
    "shared": ("y_1 = w*x_1; y_2 = w*x_2; L = y_1*y_2 + y_1", {"w": 0.6, "x_1": 0.9, "x_2": -0.5}),
    "l2pen": ("y = w*x + b; L = (y-t)**2/2 + c*w**2/2", {"w": 0.6, "x": 0.9, "b": 0.1, "t": 0.5, "c": 0.3}),
}  # fmt: skip

_BUILT: dict[str, Callable[[], Value]] = {
    "net232": lambda: demo.network().L,
    "net222": lambda: _two_by_two("x_", "z_", "h_", "a_", "o_", "t_", ("E_", "E")),
    "net222id": lambda: _two_by_two("x_", "z_", "h_", "a_", "", "t_", ("E_", "E")),
    "mazur": lambda: _two_by_two("i_", "net_h", "out_h", "net_o", "out_o", "target_o", ("E_o", "E_total")),
    "mse": lambda: _line("mse"), "mae": lambda: _line("mae"), "half": lambda: _line("half"),
    "softmax": _softmax, "softmaxw": _softmax_of_weights, "lse": _logsumexp, "deep": _deep,
}  # fmt: skip


@cache
def graph(name: str) -> Value:
    if name in _BUILT:
        return _BUILT[name]()
    formula, numbers = _FORMULAS[name]
    return parse(formula, **numbers)


# ---------------------------------------------------------------- the promises


def misjudged(answers: list[Typed]) -> list[str]:
    told = []
    for graph_name, wrt, codes, answer, given in answers:
        verdict = check(graph(graph_name), wrt, answer, **given)
        if ("right" if verdict.correct else verdict.mistake) not in codes.split("|"):
            told.append(f"{graph_name} {wrt} {codes}: {answer!r}\n    {verdict}")
    return told


def test_right_answers_are_right_however_they_are_typed():
    answers = [each for each in typed_answers() if each.codes == "right"]
    assert len(answers) > 300
    assert misjudged(answers) == []


@pytest.mark.parametrize("step", [pytest.param(4, id="sample"), pytest.param(1, marks=pytest.mark.thorough)])
def test_the_mistakes_in_typed_answers_are_named(step):
    answers = [each for each in typed_answers() if each.codes != "right"]
    assert len(answers) > 400
    answers = answers[::step]
    wrong = misjudged(answers)
    assert len(wrong) <= (1 - LEAST_NAMED) * len(answers), "\n".join(wrong)
    assert not any("    Right." in each for each in wrong)


def test_a_judge_that_knows_no_mistakes_in_the_graph_names_few(monkeypatch):
    monkeypatch.setattr(search, "all_edits", lambda *arguments: iter(()))
    answers = [each for each in typed_answers() if each.codes != "right"][::8]
    assert len(misjudged(answers)) > 0.3 * len(answers)


# ---------------------------------------------------------------- numbers


W_5 = 0.08216704056423078


@pytest.mark.parametrize("written", [
    "= 0.0822", "≈ 0.0822", "0,0822", "dE/dw5 = 0.0822", r"$\approx 0.0822$", "$0.0822$", "∂E/∂w_5 ≈ 0,0822",
])  # fmt: skip
def test_a_number_may_be_written_as_people_write_it(written):
    assert check(graph("net222"), "w_5", written).correct
    assert not check(graph("net222"), "w_5", written.replace("822", "922")).correct


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "array"])
def test_numbers_of_numpy_are_numbers(kind):
    numpy = pytest.importorskip("numpy")
    assert check(graph("net222"), "w_5", getattr(numpy, kind)(W_5)).correct
    assert check(graph("net222"), "w_5", getattr(numpy, kind)(-W_5)).mistake == "sign"


def test_a_number_with_a_wrong_digit_far_behind_is_rounded():
    assert check(graph("net222"), "w_5", W_5 * (1 + 1e-7)).mistake == "rounded"


def test_a_number_that_one_mistake_gives_to_all_digits_is_that_mistake_even_close_to_the_right_one():
    nodes = {node.label: node.data for node in topological_order(graph("net222"))}
    other = (nodes["o_1"] - nodes["t_1"]) * nodes["o_1"] * (1 - nodes["o_1"]) * nodes["h_2"]
    assert abs(other / W_5 - 1) < 0.01
    assert check(graph("net222"), "w_5", round(other, 8)).mistake == "wrong_index"


# ---------------------------------------------------------------- functions and dicts


def test_parameters_may_be_spelled_without_underscores():
    assert check(graph("net222"), "w_5", lambda o1, t1, h1: (o1 - t1) * o1 * (1 - o1) * h1).correct


def test_a_function_that_ends_the_program_is_unreadable():
    verdict = check(graph("net222"), "w_5", lambda o_1: sys.exit())
    assert verdict.mistake == "unreadable"
    assert "SystemExit" in verdict.explanation


def test_keys_that_belong_to_nothing_are_told_and_the_others_judged():
    answers = {"w5": "(o1 - t1)*o1*(1 - o1)*h1", "zz": "1", 3: "1", Value(1.0): "1"}
    verdict = check(graph("net222"), None, {**answers, "b_1": None, "b_2": None})
    assert verdict.parts["w_5"].correct
    assert verdict.parts["b_1"].mistake == "bias_missing"
    assert {label for label, part in verdict.parts.items() if part.mistake == "unreadable"} == {
        "zz", "3", "an unlabelled Value"
    }  # fmt: skip


@pytest.mark.parametrize("answer", [1.0, "1", "w_5*h_1", lambda w_5: w_5])
def test_an_answer_for_what_the_output_does_not_depend_on_is_wrong_unless_it_is_0(answer):
    for outside in (Value(2.0, "q"), Value(2.0)):
        verdict = check(graph("net222"), outside, answer)
        assert not verdict.correct
        assert "does not depend" in verdict.explanation
        assert check(graph("net222"), outside, 0).correct


def test_biases_beside_thousands_of_leaves_are_found_at_once():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    off = [w * Value(0.001 * k, f"x_{k}") + b - 0.3 for k in range(2000)]
    verdict = check(mean([each**2 for each in off]).named("L"), None, {"w": 0.0})
    assert verdict.parts["b"].mistake == "bias_missing"


# ---------------------------------------------------------------- readings and words


def test_a_delta_with_two_meanings_is_read_in_the_one_with_fewer_mistakes():
    verdict = check(graph("net232"), "w_11", "-(δ1*u11 + δ2*u12)*h1*(1 - h1)")
    assert sorted(verdict.mistakes) == ["input_missing", "sign"]


def test_the_loss_is_no_pre_activation():
    assert check(graph("net232"), "u_11", "δ*h_1").mistake == "unreadable"
    assert check(graph("mazur"), "w_5", "δ_o1*out_h1").correct


def test_a_mistake_made_everywhere_is_one_mistake():
    verdict = check(graph("mse"), "m", "2/3*(x1 + x2 + x3)")
    assert verdict.mistakes == ("factor_missing",)
    assert "and likewise at 2 other places" in verdict.explanation


def test_a_missing_inner_derivative_is_told_with_its_value():
    verdict = check(graph("gauss"), "x", "exp(-x**2)")
    assert verdict.explanation == "The factor ∂(−x²)/∂x = −1.6 is missing; the rest is right."


def test_what_is_nearly_0_everywhere_is_0():
    verdict = check(graph("net232"), "u_11", "*".join(["y1"] * 3000))
    assert verdict.mistake == "path_missing"
    assert verdict.score == 0
