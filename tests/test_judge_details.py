"""`check` in detail: δ as derive writes it, kinks of any operation, what its sentences say, and what it refuses."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator

import networks
import pytest

from autograd import Value, check, custom, derive, elu, exp, greater, leaky_relu, maximum, parse, sigmoid, sin, where
from autograd import sum as sum_of
from autograd.atoms import Derivative
from autograd.demo import network
from autograd.errors import OperandError
from autograd.graph import topological_order
from autograd.judging import names
from autograd.judging.edits import About, Change, Edit
from autograd.judging.points import Scene
from autograd.op import TABLE
from autograd.printers.text import text

DELTA_1 = "(y_1 - t_1)*y_1*(1 - y_1)"


@pytest.fixture
def L():
    return network().L


# ---------------------------------------------------------------- δ as derive writes it


def subtracted() -> Value:
    """A pre-activation that ends with a minus: w·x − b."""
    w, x, b = networks.values(w=0.3, x=0.5, b=0.2)
    return (sigmoid((w * x - b).named("a")) ** 2).named("E")


GRAPHS = {
    "2-3-2": lambda: networks.network_2_3_2().L,
    "2-2-2": networks.network_2_2_2,
    "2-2-2 with biases": lambda: networks.network_2_2_2(bias=True),
    "2-2-2, identity": lambda: networks.network_2_2_2(networks.identity),
    "neuron": networks.neuron,
    "line": networks.line,
    "line, absolute": lambda: networks.line("mae"),
    "square": networks.square,
    "polynomial": networks.polynomial,
    "recurrent": lambda: networks.recurrent(4),
    "recurrent, layers": lambda: networks.recurrent(3, "h_{}^(1)".format),
    "ladder": lambda: networks.ladder(3),
    "ladder without labels": lambda: networks.ladder(3, ""),
    "diamonds": lambda: networks.diamonds(3),
    "diamonds without labels": lambda: networks.diamonds(3, labelled=False),
    "chain": lambda: networks.chain(4),
    "chain without labels": lambda: networks.chain(4, labelled=False),
    "deep": lambda: networks.deep_network([2, 3, 2]),
    "deep without labels": lambda: networks.deep_network([2, 3, 2], labelled=False),
    "softmax": networks.softmax_cross_entropy,
    "subtracted": subtracted,
}


def leaves_of(output: Value) -> Iterator[Value]:
    return (node for node in topological_order(output) if node.op is None)


def written_out(output: Value, leaf: Value) -> str:
    """The derivative with δ as derive writes it; whatever else it shares is written where it is used."""
    page = derive(output, leaf, style="delta")
    shared: dict[str, str] = {}
    for line in (*page.definitions, page):
        formula = text(line.symbolic, 17)
        for name, formula_of in shared.items():
            formula = formula.replace(name, formula_of)
        if line is not page and isinstance(line.name, Derivative):
            shared[text(line.name)] = f"({formula})"
    return formula


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_derivation_with_delta_is_right_to_the_judge(graph):
    output = GRAPHS[graph]()
    for leaf in leaves_of(output):
        answer = written_out(output, leaf)
        assert check(output, leaf, answer), (leaf.label, answer)


def test_a_judge_that_does_not_ask_derive_knows_fewer_deltas(monkeypatch):
    monkeypatch.setattr(names, "_page_deltas", lambda scene: {})
    output = subtracted()
    assert not check(output, "w", written_out(output, next(leaves_of(output))))


def test_a_delta_of_derive_may_be_spelled_by_its_unit_too():
    assert all(check(subtracted(), "w", answer) for answer in ("δ·x", "δ_a·x", "x*delta_a"))
    assert check(subtracted(), "b", "-δ_a")


# ---------------------------------------------------------------- numbers without measure


def long_diamonds(count: int) -> Value:
    a = Value(1.0, "x")
    for index in range(1, count + 1):
        p, q = (0.5 * a).named(f"p_{index}"), sin(a).named(f"q_{index}")
        a = (p + q).named(f"r_{index}")
    return a


def test_a_candidate_that_is_infinite_explains_no_answer():
    L = (1.5e308 * Value(1.0, "x")).named("L")  # the double of its slope is infinite
    assert "unknown" == check(L, "x", 3.0).mistake


@pytest.mark.parametrize("diamonds", [1000, pytest.param(2500, marks=pytest.mark.thorough)])
def test_thousands_of_diamonds_explain_no_answer_that_has_nothing_to_do_with_them(diamonds):
    output = long_diamonds(diamonds)
    start = time.process_time()
    verdict = check(output, "x", "2*x + r_3")
    assert "unknown" == verdict.mistake
    assert time.process_time() - start < 15


def test_paths_beyond_measure_excuse_no_wrong_number():
    x = Value(0.5, "x")
    large = (1e300 * x).named("p")
    L = (large - 1e300 * x + x).named("L")
    assert not check(L, "x", 3.0)


# ---------------------------------------------------------------- the search


def test_edits_on_parallel_edges_cost_no_sweep_and_give_the_same_derivative(monkeypatch):
    output = networks.network_2_2_2()
    scene = Scene(output, next(node for node in leaves_of(output) if node.label == "i_1"))
    point = scene.here
    groups = [places for places in scene.edges_out if len(places) > 1]
    assert point and groups
    for places in groups:
        changes = tuple(Change(scene.edges[p].parent, scene.edges[p].child, p, lambda point: 0.0) for p in places)
        slopes = [0.0 if place in places else slope for place, slope in enumerate(point.slopes)]
        expected = scene.tangents(slopes)[-1]
        with monkeypatch.context() as patch:
            patch.setattr(Scene, "tangents", None)
            found = Edit("path_missing", changes, About("path")).derivative(point)
        assert math.isclose(expected, found, rel_tol=1e-12, abs_tol=1e-15)


def test_all_paths_through_one_node_may_be_forgotten(L):
    y_2 = "(y_2 - t_2)*y_2*(1 - y_2)"
    answer = " + ".join(f"{y_2}*u_{j}2*h_{j}*(1 - h_{j})*w_1{j}" for j in (1, 2, 3))
    assert "path_missing" == check(L, "x_1", answer).mistake


def test_the_judge_reads_a_swapped_quotient_from_the_table(monkeypatch):
    L = parse("a/b", a=1.5, b=0.5)
    assert "swapped_operands" == check(L, "a", "-b/a^2").mistake == check(L, "b", "1/a").mistake
    monkeypatch.setattr(TABLE["divide"], "partials", (lambda y, a, b: b, lambda y, a, b: a * a + 3 * b))
    assert "swapped_operands" == check(Value(1.5, "p") / Value(0.5, "q"), "p", "q^2 + 3*p").mistake


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(("formula", "wrt", "answer", "words"), [
    ("sigmoid(w*x)", "w", "σ(w x)(1 + σ(w x)) x", "One sign is wrong, at the term σ(w·x) of 1 − σ(w·x)"),
    ("x**3", "x", "x^2", "the power in 3x² = 12"),
    ("x**3", "x", "3*x", "the power in 3x² = 12"),
    ("x**3", "x", "3*x^3", "the power in 3x² = 12"),
    ("x/w", "x", "-w/x**2", "swapped in x/w = 4"),
    ("x/w", "w", "1/x", "swapped in x/w = 4"),
])  # fmt: skip
def test_a_sentence_names_the_place(formula, wrt, answer, words):
    L = parse(formula, **{name: number for name, number in (("x", 2.0), ("w", 0.5)) if name in formula})
    assert words in check(L, wrt, answer).explanation


def test_one_sign_within_a_factor_is_named_with_its_term(L):
    verdict = check(L, "u_11", "(y_1 - t_1)*y_1*(1 + y_1)*h_1")
    assert ("sign", "One sign is wrong, at the term y₁ of 1 − y₁; the rest is right.") == (
        verdict.mistake, verdict.explanation,
    )  # fmt: skip
    assert "count the minus signs" in check(L, "u_11", "(t_1 - y_1)*y_1*(1 - y_1)*h_1").explanation


@pytest.mark.parametrize(("wrt", "answer"), [
    ("u_11", f"0.99*{DELTA_1}*h_1"), ("b_1^(2)", "0"), ("w_11", 0), ("w_11", "1"), ("w_11", "exp(h_3)"),
])  # fmt: skip
def test_the_rest_is_not_called_right_where_it_is_rounded_or_nothing(L, wrt, answer):
    verdict = check(L, wrt, answer)
    assert not verdict.correct and "the rest is right" not in verdict.explanation


@pytest.mark.parametrize("formula", ["x**3", "sigmoid(x*w)", "exp(x*w)", "(w*x - 1)**2/2", "x*w*w"])
@pytest.mark.parametrize("answer", ["1", 1, 1.0, "-1"])
def test_the_answer_1_has_no_factor_that_could_be_right(formula, answer):
    L = parse(formula, **{name: number for name, number in (("x", 2.0), ("w", 0.7)) if name in formula})
    verdict = check(L, "x", answer)
    assert ("unknown", 0.0) == (verdict.mistake, verdict.score)
    assert "None of the factors is there" in verdict.explanation


def test_a_verdict_on_several_answers_says_nothing_twice(L):
    flipped = "(t_1 - y_1)*y_1*(1 - y_1)"
    verdict = check(L, None, {"u_11": f"{flipped}*h_1", "u_21": f"{flipped}*h_2", "b_1^(2)": f"-({flipped})"})
    for told in (str(verdict), verdict._repr_markdown_()):
        assert 1 == told.count("count the minus signs")
    assert "u₁₁: The sign" in verdict.explanation
    assert "sign is flipped" in verdict.parts["u_21"].explanation


def test_one_thing_made_twice_is_said_once():
    L = parse("3*x", x=2.0)
    assert check(L, "x", "12").explanation.count("a factor 2 too much") == 1


@pytest.mark.parametrize("answer", [
    "sin(delta_1)*h_3", "h_3*sin(delta_1)", "h_3*sin(δ_1)", "h_3·sin(δ₁)", "h_3 sin(δ1)", "dL/dw_11 = h_3*sin(delta_1)",
    r"h_3\sin(\delta_1)", r"\frac{\partial L}{\partial w} = h_3\sin\left(\delta_{1}\right)", "  h_3 sin(δ₁) + δ₁",
])  # fmt: skip
def test_a_delta_with_two_meanings_has_the_place_where_it_is_typed(L, answer):
    verdict = check(L, "w_11", answer)
    place = min(answer.index(sign) for sign in ("\\delta", "delta", "δ") if sign in answer)
    assert ("unreadable", place) == (verdict.mistake, verdict.position)


def test_one_of_several_uses_of_a_node_that_is_forgotten_is_not_called_the_whole_path() -> None:
    w, x, b = networks.values(w=3.0, x=2.0, b=-1.0)
    u = (x * x).named("u")
    verdict = check((u * w + x * b).named("L"), x, "x*w + b")
    assert verdict.mistake == "path_missing"
    assert verdict.explanation == "Only 1 of the 2 uses of x in u is counted; the rest is right."


# ---------------------------------------------------------------- kinks


@pytest.fixture
def added():
    """Operations that a test adds are taken away again."""
    before = dict(TABLE)
    yield
    for name in set(TABLE) - set(before):
        del TABLE[name]


def judged(L: Value, *numbers: float) -> list[bool]:
    return [check(L, "w", number).correct for number in numbers]


def test_a_custom_operation_with_a_kink_may_have_any_slope_between(added):
    bend = custom("bend_here", lambda x: 3 * x if x > 0 else x, lambda y, x: 1 + 2 * where(greater(x, 0), 1, 0))
    step = custom("bend_at_1", lambda x: 3 * x - 2 if x > 1 else x, lambda y, x: where(greater(x, 1), 3, 1))
    assert [True, True, True, False] == judged(bend(Value(0.0, "w")), 1.0, 2.5, 3.0, 3.5)
    assert [True, True, True, False] == judged(step(Value(1.0, "w")), 1.0, 2.5, 3.0, 3.5)
    assert [True, False] == judged(step(Value(0.5, "w")), 1.0, 2.5)


def test_where_the_slopes_agree_there_is_no_kink():
    assert [True, False] == judged(elu(Value(0.0, "w")), 1.0, 0.7)
    assert [True, False] == judged(leaky_relu(Value(0.0, "w"), 1), 1.0, 0.7)
    assert [True, False] == judged(exp(10 * Value(1.0, "w")), 10 * math.exp(10), 9 * math.exp(10))


def test_where_they_differ_there_is_one():
    assert [True, True, False] == judged(elu(Value(0.0, "w"), 0.3), 1.0, 0.7, 0.2)
    assert [True, True, False] == judged(maximum(2, Value(2.0, "w")), 0.5, 0.9, 1.5)
    assert [True, True, False] == judged(sum_of([leaky_relu(Value(0.0, "w"), 0.5), 1]), 0.5, 0.9, 1.5)


# ---------------------------------------------------------------- what the teacher says


@pytest.mark.parametrize("options", [
    {"rng": "x"}, {"rng": None}, {"rng": 1.5}, {"rng": True}, {"lr": math.nan}, {"lr": math.inf},
    {"weight_decay": math.nan}, {"weight_decay": -math.inf},
])  # fmt: skip
def test_what_the_teacher_says_must_have_a_meaning(L, options):
    with pytest.raises(OperandError, match=f"check's {next(iter(options))} is a"):
        check(L, "w_11", "h_1", **options)


def test_a_seed_is_a_number_or_a_generator(L):
    assert check(L, "w_11", "h_1", rng=7) == check(L, "w_11", "h_1", rng=7)
    assert check(L, "w_11", "h_1", rng=random.Random(3)) == check(L, "w_11", "h_1", rng=random.Random(3))


def test_verdicts_may_stand_in_a_set(L):
    one, same = (check(L, "w_11", "h_1") for _ in range(2))
    many = check(L, None, {"u_11": f"{DELTA_1}*h_1"})
    assert 2 == len({one, same, many})


def test_a_sentence_that_ends_in_a_question_gets_no_full_stop() -> None:
    w = Value(2.0, "w_11")
    explanation = check((w * 3).named("L"), w, "w_1").explanation

    assert explanation.endswith("?")
