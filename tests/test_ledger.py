"""walk: the engine's own numbers, step by step, and the ledger that they make."""

from __future__ import annotations

import gc
import math
import random
import re
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import build, random_program, running_on

import autograd
from autograd import Value, custom, dot, evaluate, maximum, no_grad, relu, sigmoid, sqrt, steps, symbolic
from autograd.atoms import Derivative, Numeral
from autograd.demo import network
from autograd.errors import LabelError, OperandError, SlopeError
from autograd.graph import topological_order
from autograd.ledger import walk
from autograd.notation import identifier
from autograd.page import Table
from autograd.printers.python import python
from autograd.printers.text import text
from autograd.steps import BackwardStep, ForwardStep, SeedStep


def shared():
    """Two losses over one node: ∂L/∂x = 2·2x = 12 and ∂M/∂x = 3·2x = 18 at x = 3."""
    x = Value(3.0, label="x")
    h = (x * x).named("h")
    return x, h, (2 * h).named("L"), (3 * h).named("M")


def same(expected, found):
    """Bit for bit, but for the sign of zero, in which the two engines differ themselves."""
    return expected == found or (math.isnan(expected) and math.isnan(found))


def differences_to_backward(roots):
    """The nodes whose gradient a walk and `backward` do not agree on, pass by pass."""
    passes = {}
    for step in walk(*roots).backward():
        if step.complete:
            passes.setdefault(step.pass_number, {})[step.receiver] = step
    wrong = []
    for number, root in enumerate(roots, 1):
        root.backward()
        order = topological_order(root)
        assert set(order) == set(passes[number])
        wrong += [node for node in order if not same(node.grad, passes[number][node].accumulated)]
    return wrong


# ---------------------------------------------------------------- the numbers


def test_a_ledger_worked_out_on_paper(engine):
    w, x = Value(3.0, label="w"), Value(2.0, label="x")
    a = (w * x).named("a")
    s = (a * a).named("s")
    L = (s + a).named("L")
    # a = 6, s = 36, L = 42; ∂L/∂a = 1 + 6 + 6 = 13, ∂L/∂w = 13·2, ∂L/∂x = 13·3
    assert [("w", 3.0), ("x", 2.0), ("a", 6.0), ("s", 36.0), ("L", 42.0)] == [
        (step.node.label, step.primal) for step in walk(L).forward()
    ]
    seed, *shares = walk(L).backward()
    assert isinstance(seed, SeedStep) and (seed.root, seed.total, seed.complete) == (L, 1.0, True)
    paper = [  # consumer, receiver, operand, upstream, local, contribution, before, total, share, shares
        (L, s, 0, 1.0, 1.0, 1.0, 0.0, 1.0, 1, 1),
        (L, a, 1, 1.0, 1.0, 1.0, 0.0, 1.0, 1, 3),
        (s, a, 0, 1.0, 6.0, 6.0, 1.0, 7.0, 2, 3),
        (s, a, 1, 1.0, 6.0, 6.0, 7.0, 13.0, 3, 3),
        (a, w, 0, 13.0, 2.0, 26.0, 0.0, 26.0, 1, 1),
        (a, x, 1, 13.0, 3.0, 39.0, 0.0, 39.0, 1, 1),
    ]
    assert paper == [step[2:12] for step in shares]


def test_two_losses_that_share_a_node_pay_12_and_18_which_is_30(engine):
    x, h, L, M = shared()
    done = [(step.pass_number, step.receiver, step.total, step.accumulated) for step in walk(L, M).backward()
            if step.complete]  # fmt: skip
    assert [(1, L, 1, 1), (1, h, 2, 2), (1, x, 12, 12), (2, M, 1, 1), (2, h, 3, 3), (2, x, 18, 30)] == done


def test_the_totals_are_those_of_backward_on_the_two_three_two_network(engine):
    net = network()
    assert differences_to_backward([net.L, net.y[0], net.L]) == []


def test_the_totals_agree_with_central_differences():
    net = network()
    found = {step.receiver: step.total for step in walk(net.L).backward() if step.complete}
    for leaf in net.parameters:
        high, low = (evaluate(net.L, {leaf: leaf.data + step}) for step in (1e-5, -1e-5))
        assert (high - low) / 2e-5 == pytest.approx(found[leaf], rel=1e-7, abs=1e-10)


def random_roots(seed):
    """Some nodes of a random graph, the last among them."""
    rng = random.Random(seed)
    program = random_program(rng, largest=200)
    nodes = build(program.calls, [Value(x) for x in program.leaves])
    return [*rng.sample(nodes, min(2, len(nodes))), nodes[-1]]


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_totals_are_those_of_backward_on_random_graphs_with_several_roots(seed):
    for which in ("generated", "definition"):
        with running_on(which):
            assert differences_to_backward(random_roots(seed)) == []


def test_a_fault_of_a_thousandth_is_found(monkeypatch):
    def faulty(*arguments):
        return ((parent, local * 1.001) for parent, local in true(*arguments))

    true = steps.local_derivatives
    monkeypatch.setattr(steps, "local_derivatives", faulty)
    net = network()
    assert set(differences_to_backward([net.L])) >= set(net.parameters)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_formulas_say_what_the_numbers_say(seed):
    *_, root = random_roots(seed)
    functions = {name: getattr(autograd, name, entry) for name, entry in autograd.op.TABLE.items()}
    names = dict(functions, abs=abs, math=math)
    for step in walk(root).forward():
        if step.formula is not None:
            found = eval(python(step.formula), names)
            assert float(getattr(found, "data", found)) == pytest.approx(step.primal, rel=1e-9, abs=1e-12)
        names[identifier(step.words.symbol(step.node).label)] = step.primal
    for step in walk(root).backward():
        if isinstance(step, BackwardStep):
            assert eval(python(step.formula), names) == pytest.approx(step.local, rel=1e-7, abs=1e-9)


def test_a_leaf_that_is_a_root_has_one_step_forward_and_the_seed():
    x = Value(5.0, label="x")
    forward, seed, again = walk(x, x)
    assert (forward.node, forward.primal, forward.formula) == (x, 5.0, None)
    assert (seed.receiver, seed.total, seed.accumulated, again.accumulated) == (x, 1.0, 1.0, 2.0)
    assert "backward  ∂x/∂x = 1, the seed of pass 2; over 2 passes 2" == str(again)


def test_the_same_root_twice_adds_up_on_the_leaves():
    x = Value(3.0, label="x")
    y = (x * x * 2).named("y")
    assert [12, 24] == [step.accumulated for step in walk(y, y).into(x) if step.complete]


def test_a_root_within_the_graph_of_another_begins_anew():
    x, h, L, _ = shared()
    assert [(1, 6.0), (2, 12.0)] == [(step.pass_number, step.total) for step in walk(h, L).into(x) if step.complete]
    assert [(1, 1.0), (2, 2.0)] == [(step.pass_number, step.total) for step in walk(h, L).into(h)]


def test_a_derivative_that_is_a_graph_can_be_walked():
    x = Value(2.0, label="x")
    y = x**3
    y.backward(create_graph=True)
    slope = x.grad
    assert 12.0 == next(walk(slope).backward()).contribution * slope.data
    assert 12.0 == [step.total for step in walk(slope).into(x) if step.complete][-1]


def test_infinity_and_nan_are_shown():
    x = Value(1e200, label="x")
    L = ((x * x) - (x * x)).named("L")
    shown = [str(step) for step in walk(L)]
    assert "forward   v₁ = x·x = ∞" in shown
    assert "forward   L = v₁ − v₂ = nan" in shown
    assert "nan" in walk(L).text(80)


def test_an_infinite_local_derivative_raises_at_its_step():
    x = Value(0.0, label="x")
    root = sqrt(x).named("r")
    L = (3 * root + 1).named("L")
    taken = []
    with pytest.raises(SlopeError, match="sqrt.*'x' is 0.0"):
        for step in walk(L):
            taken.append(step)
    assert 4 == sum(isinstance(step, ForwardStep) for step in taken)
    assert [L, L.parents[0], root] == [step.receiver for step in taken[4:]]


# ---------------------------------------------------------------- what it leaves alone


def test_a_walk_changes_nothing(engine):
    net = network()
    net.L.backward()
    order = topological_order(net.L)
    before = [(node.data, node.grad, node.has_grad, node.label, node.numbers) for node in order]
    walked = walk(net.L, net.y[0])
    list(walked), walked.text(80), walked.page(full=True)
    assert before == [(node.data, node.grad, node.has_grad, node.label, node.numbers) for node in order]


def test_before_any_backward_pass_there_is_no_gradient_after_a_walk():
    net = network()
    walk(net.L).text(80)
    assert not any(node.has_grad for node in topological_order(net.L))


def test_the_graph_is_freed_by_reference_counting():
    gc.disable()
    try:
        x, _, L, M = shared()
        watched = weakref.ref(x)
        walked = walk(L, M)
        taken = list(walked)
        str(taken[-1]), walked.text(80)
        del x, _, L, M, walked, taken
        assert watched() is None
    finally:
        gc.enable()


def test_a_walk_can_be_gone_through_again():
    _, _, L, M = shared()
    walked = walk(L, M)
    assert list(walked) == list(walked)
    assert list(walked) == [*walked.forward(), *walked.backward()]


# ---------------------------------------------------------------- leaves that changed


def test_a_leaf_changed_since_is_walked_with_the_recorded_number_and_noted(engine):
    w, x = Value(0.5, label="w_11"), Value(2.0, label="x")
    L = (w * w * x).named("L")
    w.data = 0.45
    first = next(iter(walk(L)))
    assert (first.node, first.primal, first.now) == (w, 0.5, 0.45)
    assert "forward   w₁₁ = 0.5 (changed since: 0.5 → 0.45)" == str(first)
    assert 2.0 == [step.total for step in walk(L).into(w) if step.complete][-1]
    assert "w₁₁ changed after the forward pass: 0.5 → 0.45." in walk(L).text(80)


def test_an_inner_node_overwritten_by_hand_is_walked_with_the_recorded_number(engine):
    x = Value(0.0, label="x")
    y = sigmoid(x).named("y")
    y.data = 0.9
    _, forward = walk(y).forward()
    assert (0.5, 0.25) == (forward.primal, walk(y).into(x)[0].local)


def test_a_change_too_small_for_the_digits_is_shown_in_full():
    w = Value(0.5, label="w")
    L = w * w
    w.data = 0.50000001
    assert "w changed after the forward pass: 0.5 → 0.50000001." in walk(L).text(80)


def test_after_forward_nothing_is_noted():
    w = Value(0.5, label="w")
    L = w * w
    w.data = 0.45
    L.forward()
    assert "changed" not in walk(L).text(80)


# ---------------------------------------------------------------- words and formulas


@pytest.mark.parametrize(
    "expected, make",
    [
        ("x·x", lambda x: x * x),
        ("x²", lambda x: x**2),
        ("x + 0", lambda x: x + 0),
        ("x·1", lambda x: x * 1),
        ("x·0", lambda x: x * 0),
        ("½x", lambda x: x / 2),
        ("x¹", lambda x: x**1),
        ("x⁰", lambda x: x**0),
        ("1 − x", lambda x: 1 - x),
        ("σ(x)", sigmoid),
        ("2x + 3x − 1", lambda x: dot([2, 3], [x, x], -1)),
    ],
)
def test_a_forward_formula_is_the_operation_as_recorded(expected, make):
    *_, step = walk(make(Value(3.0, label="x"))).forward()
    assert expected == text(step.formula)


def test_a_local_derivative_is_written_as_a_factor():
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    lines = [str(step) for step in walk((relu(x) - y * (x - y)).named("L")).backward()]
    assert "backward  ∂L/∂x += ∂L/∂v₁ · (1 if x > 0 else 0) = 1 · 1 = 1; total −1 (2 of 2)" in lines
    assert "backward  ∂L/∂v₃ = ∂L/∂L · (−1) = 1 · (−1) = −1" in lines


def test_a_choice_is_said_with_the_number_that_it_is_here():
    assert "1 if x > 0 else 0, here 1" in walk(relu(Value(3.0, label="x"))).text(100)


def test_a_rule_from_outside_that_is_no_formula_shows_its_number():
    cosine = custom("cosine_by_hand", math.cos, lambda y, x: -math.sin(x))
    try:
        x = Value(1.0, label="x")
        *_, step = walk(cosine(x).named("c")).backward()
        assert step.formula is None
        assert "backward  ∂c/∂x = 1 · (−0.8415) = −0.8415" == str(step)
    finally:
        del autograd.op.TABLE["cosine_by_hand"]


def test_steps_are_made_without_formulas(monkeypatch):
    net = network()
    monkeypatch.setattr(symbolic, "simplify", lambda _: pytest.fail("a formula nobody asked for"))
    assert len(list(walk(net.L))) == 37 + 44


@pytest.mark.parametrize("steps", [5_000, pytest.param(50_000, marks=pytest.mark.thorough)])
def test_a_chain_of_a_hundred_thousand_nodes_is_walked_and_shown(steps):
    x = Value(1.0, label="x")
    y = x
    for _ in range(steps):
        y = 1.00001 * y + x
    walked = walk(y)
    *_, last = walked
    y.backward()
    assert x.grad == last.accumulated and last.complete
    shown = walked.text(80)
    assert f"These are the first 100 of {2 * steps + 1:,} nodes; full=True shows all." in shown
    assert len(shown.splitlines()) < 2000


def test_a_walk_begins_at_once_and_goes_on_when_asked():
    x, _, L, _ = shared()
    going = iter(walk(L).backward())
    assert isinstance(next(going), SeedStep)
    assert L is next(going).consumer


def test_the_steps_into_a_node_are_found_by_label_too():
    x, h, L, M = shared()
    assert walk(L, M).into("x") and [2.0, 3.0] == [step.contribution for step in walk(L, M).into("h")]
    assert [6.0, 6.0, 9.0, 9.0] == [step.contribution for step in walk(L, M).into(x)]
    assert [] == walk(L).into(Value(1.0))
    with pytest.raises(LabelError, match="no node is labelled 'z'; the labels of this graph are: 'x', 'h', 'L', 'M'"):
        walk(L, M).into("z")


# ---------------------------------------------------------------- the ledger


def tables(page):
    return [block for block in page.blocks if isinstance(block, Table)]


def cells(table):
    """The table as text, cell by cell."""

    def word(part):
        if isinstance(part, Derivative):
            return f"d{part.output}/d{part.variable}"
        return f"{part.number:g}" if isinstance(part, Numeral) else part if isinstance(part, str) else text(part)

    return [["".join(map(word, phrase)) for phrase in row] for row in table.rows]


def test_the_summary_says_who_puts_how_much_into_each_gradient_and_in_which_pass():
    _, _, L, M = shared()
    *_, summary = tables(walk(L, M).page())
    assert ["gradient", "pass", "consumer", "contribution", "total", "over all passes"] == [h for (h,) in summary.head]
    assert [
        ["dL/dL", "1", "the seed", "1", "1", ""],
        ["dL/dh", "1", "L", "2", "2", ""],
        ["dM/dh", "2", "M", "3", "3", ""],
        ["dL/dx", "1", "h", "6", "", ""],
        ["dL/dx", "1", "h", "6", "12", "12"],
        ["dM/dx", "2", "h", "9", "", ""],
        ["dM/dx", "2", "h", "9", "18", "30"],
        ["dM/dM", "2", "the seed", "1", "1", ""],
    ] == cells(summary)


def test_the_page_has_a_table_forward_one_for_each_pass_and_the_summary():
    _, _, L, M = shared()
    last = "Who puts how much into each gradient"
    for roots, passes in (([L], ["pass, from "]), ([L, M], ["pass 1, from ", "pass 2, from "])):
        found = [table.caption[0] for table in tables(walk(*roots).page())]
        assert ["Forward pass", *(f"Backward {each}" for each in passes), last] == found


def test_the_two_three_two_network_fits_eighty_columns():
    shown = walk(network().L).text(80)
    assert max(map(len, shown.splitlines())) <= 80
    assert "∂L/∂a₂⁽²⁾  y₂         −0.4077  y₂(1 − y₂) = 0.2415      −0.09844   −0.09844  ✓" in shown


def test_of_many_shares_the_first_and_the_last_are_shown():
    x = Value(1.0, label="x")
    L = sum((index * x for index in range(1, 51)), Value(0.0)).named("L")
    *_, summary = tables(walk(L).page())
    mine = [row for row in cells(summary) if row[0] == "dL/dx"]
    assert 7 == len(mine) and "… 44 more" == mine[5][1] and "1275" == mine[6][3]
    *_, whole = tables(walk(L).page(full=True))
    assert 50 == sum(row[0] == "dL/dx" for row in cells(whole))


def test_long_formulas_are_cut_unless_all_is_asked_for():
    weights = [Value(0.1, label=f"w_{i}") for i in range(40)]
    L = dot(weights, range(1, 41), 0).named("L")
    short, long = (tables(walk(L).page(full=full))[0].rows[-1][1][0] for full in (False, True))
    assert (4, 40) == (len(short.terms), len(long.terms))


def test_of_many_passes_the_first_have_tables():
    x = Value(1.0, label="x")
    roots = [(index * x).named(f"L_{index}") for index in range(2, 32)]
    assert 12 == len(tables(walk(*roots).page()))
    assert "These are the first 10 of 30 backward passes" in walk(*roots).text(80)
    assert 32 == len(tables(walk(*roots).page(full=True)))


def test_a_page_is_the_same_on_every_run():
    assert walk(network().L).text(100) == walk(network().L).text(100)


def test_digits_are_significant_digits():
    x = Value(1 / 3, label="x")
    assert "0.333333" in walk(x * 2).text(80, digits=6)
    with pytest.raises(OperandError, match="digits is a whole number"):
        walk(x).page(digits=0)


def test_a_wide_ledger_on_a_narrow_terminal_loses_nothing():
    shown = walk(network().L).text(40)
    for word in ("contribution", "upstream", "−0.09844", "✓"):
        assert word in shown


def test_the_ledger_is_written_as_markdown_and_as_html():
    _, _, L, M = shared()
    markdown, html = walk(L, M).markdown(), walk(L, M).html()
    assert "Who puts how much into each gradient" in markdown and "Who puts how much into each gradient" in html
    assert re.search(r"<table", html) and "http://" not in html.replace("http://www.w3.org", "")
    assert 4 == walk(L, M)._repr_html_().count("<table")


def test_a_label_is_only_text():
    x = Value(1.0, label="<script>|`$")
    walked = walk((2 * x).named("L & M"))
    assert "<script>|" not in walked.html() and "<script>|" in walked.text(100)


def test_the_representation_names_the_roots_and_counts():
    _, _, L, M = shared()
    assert "<Walk from L, M: nodes: 4, backward passes: 2; iterate over it, or print it>" == repr(walk(L, M))
    assert str(walk(L, M)) == walk(L, M).text()


# ---------------------------------------------------------------- errors


def test_nothing_to_walk_is_an_error_that_says_what_to_give():
    with pytest.raises(OperandError, match=r"walk was given nothing: name the output .* as in walk\(L\)"):
        walk()


@pytest.mark.parametrize("wrong", [3.0, "L", None, autograd.op.TABLE["exp"]])
def test_what_is_no_value_is_refused(wrong):
    with pytest.raises(OperandError, match="walk takes Values; it was given"):
        walk(Value(1.0), wrong)


def test_a_list_of_roots_is_refused_with_the_way_out():
    _, _, L, M = shared()
    with pytest.raises(OperandError, match=r"give several roots one by one, walk\(L, M\)"):
        walk([L, M])


def test_two_nodes_with_one_label_are_an_error_also_over_several_roots():
    with pytest.raises(LabelError, match="two nodes of this graph are labelled 'y'"):
        walk((Value(1.0) * 2).named("y"), (Value(1.0) * 3).named("y"))


def test_a_node_that_was_not_recorded_is_a_leaf():
    x = Value(2.0, label="x")
    with no_grad():
        y = (x * x).named("y")
    assert 2 == len(list(walk(y)))


def test_a_tie_pays_half_to_each():
    x = Value(2.0, label="x")
    assert [0.5, 0.5] == [step.contribution for step in walk(maximum(x, x)).into(x)]
