"""derive: what it says is true on every graph, has the shape that a person writes, and stays small on large graphs."""

from __future__ import annotations

import itertools
import math
import random
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import networks
import pytest
import sympy
from oracles import FORMULAS, ROUGH, Program, build, random_program

from autograd import Value, custom, dot, exp, log, maximum, no_grad, relu, sigmoid, sin, sqrt
from autograd import sum as sum_of
from autograd.derivation.derive import Derivation, derive
from autograd.derivation.names import delta_labels
from autograd.derivation.numbers import central_differences
from autograd.errors import LabelError, OperandError, SlopeError
from autograd.graph import topological_order
from autograd.op import TABLE
from autograd.parsing import parse
from autograd.printers.abridged import abridged
from autograd.printers.python import python
from autograd.printers.text import text
from autograd.simplify import Sum
from autograd.symbol import Symbol

FUNCTIONS = {name: (lambda *arguments, rule=rule: rule(ROUGH, *arguments)) for name, rule in FORMULAS.items()}
STYLES, DETAILS = ("chain", "delta"), ("named", "primitive")
WAYS = list(itertools.product(STYLES, DETAILS))
every_way = pytest.mark.parametrize("style, detail", WAYS)


def evaluated(source: str, numbers: dict[str, float] | None = None) -> float:
    """The number of a Python expression, on formulas of the test's own."""
    return float(eval(source, dict(FUNCTIONS), dict(numbers or {})))


def leaves(output: Value) -> list[Value]:
    return [node for node in topological_order(output) if node.op is None]


# ---------------------------------------------------------------- random graphs


class Case(NamedTuple):
    """A random graph with labels on some of its nodes; its program has derivatives and bounds by the oracle."""

    seed: int
    output: Value
    leaves: list[Value]
    program: Program

    def allowed(self, index: int) -> float:
        """1e-9 relative to the sum over all paths of |product of local derivatives|."""
        return 1e-9 * max(1.0, float(self.program.size.first.get(index, 0.0)))


def random_case(seed: int, largest: int = 60, share: float = 0.5) -> Case:
    rng = random.Random(seed)
    program = random_program(rng, largest=largest)
    variables = [Value(number, f"x_{index}") for index, number in enumerate(program.leaves, 1)]
    nodes = build(program.calls, variables)
    for index, node in enumerate(nodes):
        if node.op is not None and rng.random() < share and not node.label:
            node.named(f"n_{index}")
    return Case(seed, nodes[-1].named("L"), variables, program)


@cache
def all_derivations(cases: int = 24) -> list[tuple[Case, int, Derivation]]:
    """Derivations of one leaf (or two) of each random graph in every way."""
    found = []
    for case in map(random_case, range(cases)):
        for index in sorted({0, len(case.leaves) - 1}):
            for style, detail in WAYS:
                derivation = derive(case.output, case.leaves[index], style=style, detail=detail)
                found.append((case, index, derivation))
    return found


def words(case: Case, index: int, found: Derivation) -> str:
    return f"seed {case.seed}, ∂L/∂x_{index + 1}, {found.view.detail}: {text(found.symbolic)}"


def test_the_value_is_that_of_the_oracle_on_random_graphs():
    for case, index, found in all_derivations():
        expected = float(case.program.rough.first.get(index, 0.0))
        assert abs(found.value - expected) <= case.allowed(index), words(case, index, found)


def test_the_python_expression_evaluates_to_the_derivative_on_random_graphs():
    for case, index, found in all_derivations():
        number = evaluated(found.python(), found.variables)
        assert abs(number - found.value) <= case.allowed(index), words(case, index, found)


def test_the_lines_with_numbers_evaluate_to_the_derivative_on_random_graphs():
    for case, index, found in all_derivations():
        for line in (found.substituted, found.factors):
            assert abs(evaluated(python(line)) - found.value) <= case.allowed(index), words(case, index, found)


def test_a_sign_that_all_paths_have_in_common_stands_in_front_in_every_line():
    x, c, d = networks.values(x=0.5, c=2.0, d=3.0)
    h = sin(x).named("h")
    found = derive(((c - h).named("a") * (d - h).named("b")).named("L"), x)
    assert "−[b + a]·cos(x)" == text(found.symbolic) and text(found.factors).startswith("−[2.521 + 1.521]·")
    for line in (found.substituted, found.factors):
        assert found.value == pytest.approx(evaluated(python(line)), rel=1e-12)


def test_the_definitions_evaluate_to_the_adjoints_of_their_nodes():
    for case, index, found in all_derivations():
        for line in found.definitions:
            for form in (line.symbolic, line.factors):
                number, expected = evaluated(python(found.with_numbers(form))), found.adjoints[line.node]
                scale = max(abs(expected), *(abs(n) for n in found.adjoints.values()))
                assert abs(number - expected) <= 1e-9 * scale, words(case, index, found)


def test_many_derivatives_at_once_have_the_values_and_formulas_of_each():
    for case in map(random_case, range(12)):
        for style, detail in WAYS:
            together = derive(case.output, style=style, detail=detail)
            assert [leaf.label for leaf in leaves(case.output)] == list(together)
            for index, leaf in enumerate(case.leaves):
                if leaf.label in together:
                    found = together[leaf.label]
                    assert found.value == derive(case.output, leaf, style=style, detail=detail).value
                    number = evaluated(found.python(), found.variables)
                    assert abs(number - found.value) <= case.allowed(index), words(case, index, found)


# ---------------------------------------------------------------- paths


def enumerated(node: Value, output: Value, view: Any) -> list[tuple[str, ...]]:
    """Every path, by recursion over what each shown node is computed from."""
    if output is node:
        return [(view.name(node),)]
    found = []
    for parent in dict.fromkeys(view.parents(output)):
        repeats = output.parents.count(parent) if view.detail == "primitive" else 1
        found += [(*path, view.name(output)) for path in enumerated(node, parent, view)] * repeats
    return found


def small_graphs() -> dict[str, Value]:
    graphs = {f"random {seed}": random_case(1000 + seed, largest=14, share=0.6).output for seed in range(25)}
    for name, graph in {
        "2-3-2": networks.network_2_3_2().L, "2-2-2": networks.network_2_2_2(bias=True), "square": networks.square(),
        "polynomial": networks.polynomial(), "recurrent": networks.recurrent(5), "ladder": networks.ladder(4),
        "diamonds": networks.diamonds(4), "line": networks.line(), "softmax": networks.softmax_cross_entropy(),
    }.items():  # fmt: skip
        graphs[name] = graph
    return graphs


SMALL = small_graphs()


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", SMALL)
def test_paths_are_those_that_an_enumeration_finds(name: str, detail: str):
    for leaf in leaves(SMALL[name]):
        found = derive(SMALL[name], leaf, detail=detail)
        expected = enumerated(leaf, SMALL[name], found.view)
        assert len(expected) == found.paths
        assert (sorted(expected) if len(expected) <= 6 else None) == (found.path_list and sorted(found.path_list))


def test_six_paths_are_listed_and_seven_are_not():
    for steps, listed in ((6, True), (7, False)):
        found = derive(networks.recurrent(steps), "w")
        assert (steps, listed) == (found.paths, found.path_list is not None)


def test_the_number_of_paths_is_exact_beyond_a_thousand_digits():
    graph = networks.ladder(3_400)
    found = derive(graph, "p")
    # Both ends of a rung depend on both ends of the one before: 2 · 2^(rungs − 1) ways, and L takes both.
    assert 2**3_400 == found.paths
    assert f"about {str(2**3_400)[0]}.{str(2**3_400)[1:3]}×10¹⁰²³ (exactly: .paths) paths" in found.text(width=80)


def test_no_paths_and_no_enumeration_for_a_long_chain():
    found = derive(networks.chain(5_000), "x")
    assert 1 == found.paths and found.path_list is not None and 5_001 == len(found.path_list[0])


# ---------------------------------------------------------------- the shape of what is written

LETTER = r"[A-Za-zα-ω₀-₉⁰-⁹⁽⁾ₐ-ₜ,_]"
PROMISES = {
    "no one half of two": r"(½·?2(?![.\d])|(?<![\d.,])2·½)",
    "no minus at the start of brackets with a plus": r"\(−[^()\[\],]* \+ ",  # min(−2, x + 1) has two operands
    "no factor one": rf"(?<!{LETTER})(?<![\d.⁰-⁹₀-₉])1·",
    "no factor one at the end": r"·1(?![.\d/])",
    "no division by one": r"/1(?![.\d])",
    "no dot in y(1 − y)": rf"(?<!{LETTER})({LETTER}+)·\(1 − \1\)",
    "no negative exponents of one": r"(\^\(?[-−]1\)?(?![.\d])|⁻¹(?![⁰-⁹]))",
    "no plus minus": r"\+ −",
    "no minus minus": r"(− −|−−|--)",
    "no factor zero": r"(?<![\d.,₀-₉⁰-⁹])0·",
    "no added zero": r" [+−] 0(?![.\d])",
    "no hyphen for a minus": r"(?<!\w)-",
    "no times sign but in powers of ten": r"×(?!10)",
    "no star": r"\*",
    "no needless double brackets": r"\(\([^()]*\)\)(?![²³^⁰-⁹])",
}


def formulas(found: Derivation) -> Iterator[str]:
    """Everything symbolic that a derivation writes."""
    for line in (found.line, *found.definitions):
        yield text(line.leibniz)
        yield text(line.symbolic)
    for node in found.cone:
        if node.op is not None:
            yield text(found.view.formula(node))
            yield from (text(edge.derivative) for edge in found.view.edges(node))


@cache
def all_formulas() -> list[str]:
    written: dict[str, None] = {}
    for _, _, found in all_derivations():
        written.update(dict.fromkeys(formulas(found)))
    for graph in SMALL.values():
        for style, detail in WAYS:
            for found in derive(graph, style=style, detail=detail).values():
                written.update(dict.fromkeys(formulas(found)))
    return list(written)


@pytest.mark.parametrize("promise", PROMISES)
def test_shapes_that_no_teacher_writes_do_not_occur(promise: str):
    assert len(all_formulas()) > 1_000
    assert [] == [formula for formula in all_formulas() if re.search(PROMISES[promise], formula)]


@pytest.mark.parametrize(
    "promise, planted",
    [
        ("no one half of two", "½·2(y − t)"), ("no one half of two", "2·½x"),
        ("no minus at the start of brackets with a plus", "(−a + b)·c"), ("no factor one", "1·x"),
        ("no factor one at the end", "x·1"), ("no dot in y(1 − y)", "t·y₁·(1 − y₁)"),
        ("no negative exponents of one", "x^(−1)"), ("no negative exponents of one", "x⁻¹"),
        ("no plus minus", "a + −b"), ("no minus minus", "a − −b"),
        ("no factor zero", "0·x"), ("no division by one", "x/1"),
        ("no added zero", "x + 0"), ("no hyphen for a minus", "-x"), ("no star", "x*y"),
        ("no times sign but in powers of ten", "x×y"), ("no needless double brackets", "((a + b))·c"),
    ],
)  # fmt: skip
def test_the_promises_about_shapes_are_able_to_fail(promise: str, planted: str):
    assert re.search(PROMISES[promise], planted)


@pytest.mark.parametrize("innocent", ["11·x", "0.1·x", "x₁·y", "2·10", "1/(1 + x)", "1 − y", "10·x", "x²·y", "½x"])
def test_the_promises_about_shapes_let_the_innocent_pass(innocent: str):
    assert [] == [promise for promise, pattern in PROMISES.items() if re.search(pattern, innocent)]


# ---------------------------------------------------------------- what may be derived with respect to what


def test_the_output_itself_has_derivative_one():
    net = networks.network_2_3_2()
    found = derive(net.L, net.L)
    assert (1.0, 1, (("L",),), "1") == (found.value, found.paths, found.path_list, found.python())
    assert "∂L/∂L = 1" in found.text(width=80)


def test_an_inner_node_is_a_variable_like_any_other():
    net = networks.network_2_3_2()
    found = derive(net.L, net.h[1])
    assert evaluated(found.python(), found.variables) == pytest.approx(found.value, rel=1e-12)
    assert "∂L/∂h₂: how L changes with h₂" in found.text(width=80)


def test_a_node_without_a_label_is_shown_and_numbered():
    x = Value(0.5, "x")
    middle = sin(x)
    found = derive((middle * x).named("L"), middle)
    assert ("v_1", "x", 0.5) == (found.name.variable, found.python(), found.value)


def test_a_value_outside_of_the_graph_has_derivative_zero_and_the_page_says_so():
    net = networks.network_2_3_2()
    for stranger in (Value(1.0, "stranger"), Value(1.0)):
        found = derive(net.L, stranger)
        assert (0.0, 0, (), "0") == (found.value, found.paths, found.path_list, found.python())
        assert "L does not depend on" in found.text(width=80)


def test_a_stranger_among_others_is_said_to_have_no_influence():
    together = derive(networks.square(), ["x", Value(1.0, "z")])
    assert [6.0, 0.0] == [one.value for one in together.values()]
    assert "∂y/∂z = 0" in together.text(width=80) and "does not depend on it" in together.text(width=80)


def test_labels_nodes_and_lists_of_both_mean_the_same():
    net = networks.network_2_3_2()
    w = net.w[0][0]
    assert derive(net.L, w).text(width=80) == derive(net.L, "w_11").text(width=80)
    assert derive(net.L, [w, "u_11"]).text(width=80) == derive(net.L, ("w_11", net.u[0][0])).text(width=80)
    assert ["w_11"] == list(derive(net.L, [w, "w_11", w]))


def test_derive_without_variables_derives_all_leaves():
    net = networks.network_2_3_2()
    together = derive(net.L)
    assert sorted(leaf.label for leaf in leaves(net.L)) == sorted(together) and 21 == len(together)
    net.L.backward()
    for leaf in leaves(net.L):
        assert leaf.grad == pytest.approx(together[leaf.label].value, rel=1e-13)


def test_what_derivatives_share_is_written_once():
    page = derive(networks.network_2_3_2().L).text(width=100)
    assert 1 == page.count("(y₁ − t₁)·y₁(1 − y₁)")
    assert 1 == page.count("∂L/∂a₁⁽²⁾ · u₁₁ + ∂L/∂a₂⁽²⁾ · u₁₂")


def test_one_of_many_derivations_needs_only_what_it_uses():
    together = derive(networks.network_2_3_2().L)
    assert "((dL_da_1__2 := (y_1 - t_1) * y_1 * (1 - y_1)), dL_da_1__2 * h_1)[-1]" == together["u_11"].python()
    assert "-(y_1 - t_1)" == together["t_1"].python()
    assert "w₁₁" not in together["u_11"].text(width=100)


def test_a_variable_on_the_way_of_another_is_defined_where_it_is_used():
    net = networks.network_2_3_2()
    together = derive(net.L, ["h_1", "w_11"])
    assert "∂L/∂h₁ · h₁(1 − h₁) · x₁" == text(together["w_11"].symbolic)
    assert ["h_1"] == [line.node.label for line in together["w_11"].definitions]
    assert [] == list(together["h_1"].definitions)


def test_a_node_used_twice_shows_the_sum_over_its_uses():
    for detail, paths in (("named", 1), ("primitive", 2)):
        found = derive(networks.square(), "x", detail=detail)
        lines = [line.strip() for line in found.text(width=80).splitlines()]
        assert (paths, "2 * x", 6.0) == (found.paths, found.python(), found.value)
        assert lines.index("y uses x twice:") < lines.index("∂y/∂x = x + x") < lines.index("= 2x", 20)


def test_a_use_without_influence_is_not_shown_among_the_uses():
    y, t = networks.values(y=0.7, t=1.0)
    loss = (-(t * log(y) + (1 - t.data) * log(1 - y))).named("L")
    page = derive(loss, y).text(width=80)
    assert "∂L/∂y = −t/y" in page
    assert "+ 0" not in page and "uses y" not in page


def test_a_long_derivative_that_many_use_is_written_once():
    x = Value(0.3, "x")
    units = [sigmoid(Value(0.1 * index, f"w_{index}") * x) for index in range(1, 11)]
    long = sigmoid(dot([Value(0.2, f"u_{index}") for index in range(1, 11)], units, Value(0.1, "c")))
    shared = sigmoid(Value(2.0, "a") * Value(1.0, "b")).named("s")
    loss = (long * shared).named("L")
    found = derive(loss, ["a", "b"])
    lines = [*found.definitions, *(each.line for each in found.values())]
    assert 1 == sum(text(line.symbolic).count("u₁·") for line in lines)


def test_terms_that_a_loop_added_stand_in_one_sum():
    w = Value(0.5, "w")
    loss: Any = 0
    for index in range(1, 21):
        loss = loss + (w * Value(0.1 * index, f"x_{index}") - 1) ** 2
    found = derive(loss.named("L"), w)
    assert ["w", *(f"x_{index}" for index in range(1, 21)), "L"] == [found.view.name(n) for n in found.view.nodes]
    assert 20 == len(found.symbolic.factors[0].terms if hasattr(found.symbolic, "factors") else found.symbolic.terms)


def test_the_line_with_one_factor_is_not_said_again_with_another_rounding():
    mu, x_1, x_2 = networks.values(mu=0.2, x_1=0.1, x_2=0.3)
    page = derive((-((x_1 - mu) ** 2) - (x_2 - mu) ** 2).named("l"), mu).text(width=80)
    lines = page.partition("The chain rule")[2].partition("Used")[0].splitlines()
    assert 3 == sum(line.strip().startswith(("=", "≈", "∂")) for line in lines)


def test_shared_weights_show_the_sum_over_the_steps():
    found = derive(networks.recurrent(3), "w")
    assert "∂h₃/∂h₂ · ∂h₂/∂h₁ · ∂h₁/∂w + ∂h₃/∂h₂ · ∂h₂/∂w + ∂h₃/∂w" == text(found.leibniz)


def test_the_primitive_view_goes_through_every_operation():
    net = networks.network_2_3_2()
    found = derive(net.L, "u_11", detail="primitive")
    assert "∂L/∂v₅ · ∂v₅/∂v₂ · ∂v₂/∂v₁ · ∂v₁/∂y₁ · ∂y₁/∂a₁⁽²⁾ · ∂a₁⁽²⁾/∂u₁₁" == text(found.leibniz)
    assert "v₁·y₁(1 − y₁)·h₁" == text(found.symbolic)


# ---------------------------------------------------------------- errors


def test_two_nodes_with_one_label_are_an_error_that_names_it():
    x, y = Value(2.0, "x"), Value(3.0, "x")
    for wrt in (x, "x", None):
        with pytest.raises(LabelError, match="two nodes of this graph are labelled 'x'"):
            derive(x * y, wrt)


def test_an_unknown_label_is_an_error_that_lists_the_known_ones():
    with pytest.raises(LabelError, match="no node is labelled 'z'; the labels of this graph are: 'x', 'y'"):
        derive(networks.square(), "z")


@pytest.mark.parametrize("output", [3.0, "L", None, [Value(1.0)]])
def test_only_a_value_can_be_derived(output: Any):
    with pytest.raises(OperandError, match="derive takes a Value"):
        derive(output, "x")


@pytest.mark.parametrize("wrt", [3.0, [3.0], {"x"}, 1 + 2j])
def test_a_variable_is_a_value_or_a_label(wrt: Any):
    with pytest.raises(OperandError, match="wrt is a Value, a label, or a list"):
        derive(networks.square(), wrt)


@pytest.mark.parametrize(
    "options",
    [{"style": "leibniz"}, {"detail": "all"}, {"digits": 0}, {"digits": 18}, {"digits": 2.5}, {"digits": True},
     {"update": "0.1"}, {"update": [0.1]}],
)  # fmt: skip
def test_options_that_do_not_exist_are_refused_by_name(options: dict[str, Any]):
    (word,) = options
    with pytest.raises(OperandError, match="update" if word == "update" else word):
        derive(networks.square(), "x", **options)


def test_an_infinite_slope_is_an_error_that_names_the_operation():
    x = Value(0.0, "x")
    with pytest.raises(SlopeError, match="sqrt .* 'x' is 0.0"):
        derive((sqrt(x) * 2).named("y"), x)


# ---------------------------------------------------------------- numbers


def test_a_leaf_changed_since_keeps_its_recorded_number_and_is_named():
    w = Value(2.0, "w")
    L = (w * w * 3).named("L")
    w.data = 5.0
    found = derive(L, w, update=0.1)
    assert (12.0, 2.0) == (found.value, found.variables["w"])
    assert found.step is not None and found.step.result == pytest.approx(2.0 - 0.1 * 12.0)
    assert "w changed after the forward pass: 2 → 5" in " ".join(found.text(width=80).split())
    assert "6·2" in found.text(width=80) and found.differences is not None
    assert found.differences.slope == pytest.approx(12.0)


def test_digits_are_the_significant_digits_of_all_numbers():
    pages = [derive(networks.neuron(), "w", digits=digits).text(width=200) for digits in (2, 4, 9)]
    for page, number in zip(pages, ("≈ −0.14\n", "≈ −0.1446\n", "≈ −0.144629403\n"), strict=True):
        assert number in page


def test_equal_signs_stand_only_before_exact_numbers():
    lines = derive(networks.square(), "x").text(width=80)
    assert "= 2·3\n" in lines and "= 6\n" in lines and "≈" not in lines
    x = Value(1 / 3, "x")
    assert "≈ 2·0.3333\n" in derive((x * x).named("y"), x).text(width=80)


def test_no_line_of_a_chain_is_said_twice():
    for _, _, found in all_derivations()[:48]:
        lines = [line.strip().removeprefix("≈").removeprefix("=") for line in found.text(width=10_000).splitlines()]
        chains = [line for line in lines if not line.startswith("•")]  # two paths may have the same nodes
        assert not any(one and one == other for one, other in zip(chains, chains[1:], strict=False)), lines


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_derived_without_a_crash(number: float):
    x = Value(number, "x")
    for update in (None, 0.1):
        page = derive((x * x + x).named("y"), x, update=update).text(width=80)
        assert "∂y/∂x = 2x + 1" in page and "Central differences cannot be taken here" in page


def test_very_large_and_very_small_numbers_are_derived():
    for number in (1e300, 1e-300, 5e-324, 1.7e308):
        x = Value(number, "x")
        found = derive((x * 1e-3).named("y"), x)
        assert 1e-3 == found.value and "0.001" in found.text(width=80)


def test_central_differences_agree_with_backpropagation_on_random_graphs():
    apart = [found.disagreement for case, _, found in all_derivations()[:48]]
    assert max(apart) < 1e-5 and sorted(apart)[len(apart) // 2] < 1e-8
    assert sum("do not agree" in found.text(width=100) for _, _, found in all_derivations()[:30]) == 0


def test_a_wrong_rule_is_found_by_the_differences_on_the_page(table: Any):
    wrong = custom("wrong", lambda x: x * x, lambda y, x: 2.02 * x)
    x = Value(1.5, "x")
    page = derive(wrong(x).named("y"), x).text(width=200)
    assert "they do not agree" in page
    assert "they do not agree" not in derive((x * x).named("z"), x).text(width=200)


def check_line(output: Value, variable: Value | str) -> str:
    page = derive(output, variable).text(width=10_000)
    return " ".join(page[page.index("Check") :].split())


@pytest.mark.parametrize("unit", ["sigmoid", "tanh", "relu", "gelu", "softplus"])
def test_a_right_derivative_of_a_tiny_loss_is_not_accused(unit: str):
    rng = random.Random(unit)
    taken = 0
    for _ in range(40):
        w, x, b = (Value(rng.uniform(0.5, 3), name) for name in "wxb")
        y = getattr(w * x + b, unit)()
        target = y.data * (1 + rng.choice((1e-13, 1e-10, 1e-7, 1e-4)))
        L = ((y - target) ** 2 / 2).named("L")
        for variable in (w, x, b):
            line = check_line(L, variable)
            assert "do not agree" not in line, line
            assert line.endswith(" apart."), line
            taken += "operation by operation" in line
    assert taken > 10


@pytest.mark.parametrize("factor", [1.001, 0.5, -1.0, 0.0])
def test_a_wrong_rule_is_accused_where_differences_of_the_loss_are_worth_nothing(table: Any, factor: float):
    wrong = custom("wrong", lambda x: 1 / (1 + math.exp(-x)), lambda y, x: factor * y * (1 - y))
    for w, t in ((0.3, 0.0), (2.0, wrong(2.0) * (1 + 1e-12)), (3.0, 1.0)):
        weight = Value(w, "w")
        L = ((wrong(weight) - t) ** 2 / 2).named("L")
        assert "they do not agree" in check_line(L, weight)


@pytest.mark.parametrize(
    ("formula", "w", "words"),
    [
        ("(sigmoid(8*w) - 1)^2/2", 3.0, "rounding may change that by 2.2×10⁻²¹. Taken operation by operation"),
        ("1/w", 1e-8, "changes too much within a step. Taken operation by operation"),
        ("tanh(100000000*w)", 0.0, "changes too much within a step. Taken operation by operation"),
        ("log(w)", 1e-9, "cannot be taken here: a point of theirs is outside of the domain, or infinite. Taken"),
        ("1000000 + w*0.0000001", 1.0, "the slope is 1×10⁻⁷; backpropagation gives 1×10⁻⁷, 0 apart."),
        ("relu(w)", 0.0, "the slope is 0 on the left and 1 on the right, and at a kink the 0 of backpropagation is"),
        ("abs(w)", 0.0, "the slope is −1 on the left and 1 on the right, and at a kink the 0 of"),
        ("sign(w)", 0.0, "So they say nothing about the 0 of backpropagation."),
        ("w^2", 0.0, "give 0; backpropagation gives 0, 0 apart."),
        ("relu(w)", -1.0, "give 0; backpropagation gives 0, 0 apart."),
    ],
)
def test_the_check_says_what_its_differences_are_worth(formula: str, w: float, words: str):
    line = check_line(parse(formula, w=w), "w")
    assert words in line and "do not agree" not in line


def test_differences_beyond_a_domain_are_said_not_to_exist():
    x = Value(1e-9, "x")
    y = log(x).named("y")
    assert central_differences(topological_order(y), {x: 1e-9}, x) is None
    assert "cannot be taken here" in derive(y, x).text(width=80)


def test_an_output_that_does_not_change_has_derivative_zero():
    x = Value(2.0, "x")
    found = derive((x * 0 + 3).named("L"), x)
    assert (0.0, "0") == (found.value, found.python())
    assert "∂L/∂x = 0" in found.text(width=80)


# ---------------------------------------------------------------- updates


def test_a_learning_rate_gives_the_rule_of_gradient_descent_and_the_new_weight():
    found = derive(networks.square(), "x", update=0.5)
    assert found.step is not None
    assert ("x − η · ∂y/∂x", 0.0) == (text(found.step.rule), found.step.result)
    assert ["x ← x − η · ∂y/∂x", "= 3 − 0.5·6", "= 0"] == [x.strip() for x in found.text(width=80).splitlines()[-3:]]


def test_a_rule_is_any_function_of_weight_and_gradient():
    found = derive(networks.square(), "x", update=lambda w, g: w - 0.1 * (g + 0.01 * w))
    assert found.step is not None
    assert found.step.result == pytest.approx(3 - 0.1 * (6 + 0.03))
    assert "0.01x" in text(found.step.rule)


def test_an_optimiser_gives_its_rule():
    class Halving:
        def rule(self, weight: Any, gradient: Any) -> Any:
            return weight / 2

    found = derive(networks.square(), "x", update=Halving())
    assert found.step is not None and (1.5, "½x") == (found.step.result, text(found.step.rule))


def test_every_derivative_of_a_list_has_its_update():
    page = derive(networks.neuron(), ["w", "b"], update=0.1).text(width=80)
    assert re.search("w +← w − η · ∂E/∂w", page) and re.search("b +← b − η · ∂E/∂b", page)


def test_a_variable_on_the_way_of_another_has_its_update_too():
    page = derive(networks.neuron(), ["w", "a"], update=0.1).text(width=80)
    assert re.search("w +← w − η · ∂E/∂w", page) and re.search("a +← a − η · ∂E/∂a", page)


@pytest.mark.parametrize("rule", [lambda w: w, lambda w, g: w - math.sqrt(g), lambda w, g: w.foo])
def test_a_rule_that_cannot_be_applied_is_an_error_that_says_how_to_write_one(rule: Any):
    with pytest.raises(OperandError, match="write it as a formula, such as lambda w, g"):
        derive(networks.square(), "x", update=rule).text(width=80)


def test_a_rule_that_gives_no_weight_is_an_error():
    with pytest.raises(OperandError, match="gives the new weight; it gave None"):
        derive(networks.square(), "x", update=lambda weight, gradient: None).text(width=80)


def test_without_an_update_there_is_none():
    found = derive(networks.square(), "x")
    assert found.step is None and "←" not in found.text(width=80)


# ---------------------------------------------------------------- kinks


def test_kinks_are_explained_on_both_sides_and_at_the_point():
    for number, side in ((-2.0, "on the left"), (0.0, "at the kink"), (2.0, "on the right")):
        x = Value(number, "x")
        told = " ".join(derive(relu(x).named("y"), x).text(width=10_000).split())
        assert f"here x = {str(number).rstrip('0').rstrip('.').replace('-', '−')}: {side}." in told
        assert "its slope is 0 on the left, 1 on the right, and 0 at the kink itself" in told


def test_the_tie_of_a_maximum_is_a_kink_with_half_the_slope():
    a, b = networks.values(a=1.0, b=1.0)
    found = derive(maximum(a, b).named("y"), a)
    told = " ".join(found.text(width=10_000).split())
    assert 0.5 == found.value
    assert "max(a, b) has a kink where a − b = 0: its slope is 0 on the left, 1 on the right, and 0.5 at" in told


def test_the_kink_of_a_maximum_with_a_constant_is_that_of_the_other_operand():
    x = Value(3.0, "x")
    for y in (maximum(1, x), maximum(x, 1)):
        told = " ".join(derive(y.named("y"), x).text(width=10_000).split())
        assert "has a kink where x − 1 = 0: its slope is 0 on the left, 1 on the right" in told
        assert "here x − 1 = 2: on the right." in told


def test_a_kink_that_the_variable_does_not_reach_is_not_told():
    x, t = networks.values(x=2.0, t=-1.0)
    y = (x**2 + relu(t)).named("y")
    assert "kink" not in derive(y, x).text(width=80)
    assert "kink" in derive(y, t).text(width=80)


def test_what_is_left_out_is_counted_in_singular_and_plural():
    for count, told in ((3, ""), (4, "… and 1 more kink.\n"), (5, "… and 2 more kinks.\n")):
        x = Value(2.0, "x")
        y = sum_of([relu(x * index) for index in range(1, count + 1)]).named("y")
        assert re.findall("… and.*kinks?[.]\n", derive(y, x).text(width=80)) == [told] * bool(told)


def test_smooth_functions_have_no_kinks():
    for name in ("exp", "sigmoid", "tanh", "softplus", "gelu", "silu", "multiply", "dot"):
        operands = [[Value(0.5, "a")], [Value(2.0, "b")]] if name == "dot" else [Value(0.5, "a"), Value(2.0, "b")]
        y = TABLE[name](*operands[: len(TABLE[name].operand_names)]) if name != "dot" else dot(*operands)
        assert "kink" not in derive(y.named("y"), "a").text(width=80)


# ---------------------------------------------------------------- names


def test_a_name_for_a_delta_is_never_taken():
    net = networks.network_2_3_2()
    net.x[0].named("delta_1")
    found = derive(net.L, "u_11", style="delta")
    assert evaluated(found.python(), found.variables) == pytest.approx(found.value, rel=1e-12)
    names = [line.name.label for line in found.definitions if isinstance(line.name, Symbol)]
    assert 1 == len(names) and "delta_1" not in names


@pytest.mark.parametrize(
    "labels, deltas",
    [
        (["a"], ["delta"]), (["a_1", "a_2"], ["delta_1", "delta_2"]), (["a_1^(2)"], ["delta_1"]),
        (["a_1^(1)", "a_1^(2)"], ["delta_1^(1)", "delta_1^(2)"]),
        (["a_1^(2)", "a_2^(2)", "a_3^(1)"], ["delta_1^(2)", "delta_2^(2)", "delta_3^(1)"]),
        (["o_1", "o_2", "h_1"], ["delta_o1", "delta_o2", "delta_h1"]), (["o_1", "h_2"], ["delta_o1", "delta_h2"]),
        (["my loss!", "my lass!"], ["delta_my loss!", "delta_my lass!"]),
    ],
)  # fmt: skip
def test_deltas_are_named_after_their_nodes_so_that_layers_are_told_apart(labels: list[str], deltas: list[str]):
    assert deltas == list(delta_labels(labels, []).values())


def test_labels_outside_of_the_grammar_are_derived():
    x, y = Value(1.0, "my loss!"), Value(2.0, "lambda")
    found = derive((x * x * y).named("out of <b>"), x)
    assert ("2 * lambda_ * my_loss_", 4.0) == (found.python(), found.value)
    assert evaluated(found.python(), found.variables) == found.value


def test_two_labels_that_are_one_name_in_python_are_an_error_there():
    a, b = Value(2.0, "a b"), Value(3.0, "a_b")
    found = derive((a * b * b).named("L"), a)
    assert 9.0 == found.value and "a b" in found.text(width=80)
    with pytest.raises(LabelError, match="'a b' and 'a_b' have one name in Python, a_b"):
        found.python()
    with pytest.raises(LabelError, match="'a b' and 'a_b'"):
        found.variables  # noqa: B018


def test_a_label_that_is_the_name_of_a_function_in_the_formula_is_an_error_there():
    scale, x = Value(2.0, "exp"), Value(0.5, "x")
    with pytest.raises(LabelError, match="'exp' has the name of a function in this formula"):
        derive((exp(x) * scale).named("L"), x).python()
    assert "exp" == derive((x * scale).named("L"), x).python()


def test_a_label_that_is_the_name_of_a_shared_derivative_is_an_error():
    x, taken = networks.values(x=0.5, dL_du=2.0)
    u = (sin(x).named("s") * exp(x).named("r")).named("u")
    v, w = (u * taken).named("v"), exp(u).named("w")
    found = derive((sin(v) * exp(w) + v * w).named("L"), x)
    assert "u" in [line.node.label for line in found.definitions]
    with pytest.raises(LabelError, match="'dL_du' and ∂L/∂u have one name in Python, dL_du"):
        found.python()


# What a spreadsheet's functions do, for Python to evaluate a formula; `^` stands in brackets there.
SHEET = {
    "EXP": math.exp, "LN": math.log, "SQRT": math.sqrt, "TANH": math.tanh, "SIN": math.sin, "COS": math.cos,
    "ABS": abs, "MAX": max, "MIN": min, "SUM": lambda *terms: math.fsum(terms), "SIGN": lambda x: (x > 0) - (x < 0),
    "AVERAGE": lambda *terms: math.fsum(terms) / len(terms), "IF": lambda condition, a, b: a if condition else b,
}  # fmt: skip
SHEETS = {name: SMALL[name] for name in SMALL if "random" not in name and name != "diamonds"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", SHEETS)
def test_a_formula_of_a_spreadsheet_evaluates_to_the_derivative(name: str, style: str):
    view = derive(SHEETS[name], style=style)
    labels = [symbol.label for symbol in view.numbers]
    cells = {label: f"B{row}" for row, label in enumerate(labels, 2)}
    numbers = {cells[symbol.label]: number for symbol, number in view.numbers.items()}
    for found in view.values():
        formula = found.spreadsheet(cells)
        assert formula.startswith("=") and set(re.findall(r"[A-Z]+\d+", formula)) <= set(numbers)
        number = eval(formula[1:].replace("^", "**"), dict(SHEET), dict(numbers))
        assert number == pytest.approx(found.value, rel=1e-12)


def test_a_formula_that_no_cell_can_hold_is_refused_with_advice():
    with pytest.raises(OperandError, match="characters .* give what is shared cells of its own"):
        derive(networks.ladder(30), "p").spreadsheet()


def test_every_python_expression_of_a_network_is_in_the_identifiers_of_its_labels():
    net = networks.network_2_3_2()
    for style, detail in WAYS:
        for found in derive(net.L, style=style, detail=detail).values():
            assert evaluated(found.python(), found.variables) == pytest.approx(found.value, rel=1e-12)
            names = set(re.findall(r"[A-Za-z_]\w*", found.python()))
            shared = set(re.findall(r"(\w+) :=", found.python()))
            assert names - shared <= set(found.variables)


def test_a_rule_that_cannot_be_read_on_symbols_is_a_number(table: Any):
    twist = custom("twist", math.sin, lambda y, x: math.cos(x))
    x, w = networks.values(x=0.5, w=2.0)
    found = derive((twist(x) * w).named("y"), x)
    assert 2 * math.cos(0.5) == pytest.approx(found.value, rel=1e-15)
    assert f"{math.cos(0.5)!r} * w" == found.python()
    assert "0.8776w" in found.text(width=80)


def test_a_new_operation_derives_at_once(table: Any):
    cube = custom("cube", lambda x: x**3, lambda y, x: 3 * x**2)
    x = Value(2.0, "x")
    found = derive(sin(cube(x)).named("y"), x)
    assert ("3cos(cube(x))·x²", 12 * math.cos(8.0)) == (text(found.symbolic), pytest.approx(found.value))


# ---------------------------------------------------------------- higher derivatives


def by_sympy(source: str, *variables: str) -> Any:
    names = sympy.symbols("w b x y")
    return sympy.diff(sympy.sympify(source, {str(name): name for name in names}), *variables)


SECOND_ORDER = {
    "a product of functions": (lambda w, b: exp(w * b) * sin(w), "exp(w*b)*sin(w)"),
    "a power": (lambda w, b: (w**3 + b) ** 2, "(w**3 + b)**2"),
    "a quotient": (lambda w, b: w / (b + w**2), "w/(b + w**2)"),
    "a sigmoid unit": (lambda w, b: (sigmoid(1.5 * w + b) - 1) ** 2 / 2, "(1/(1 + exp(-1.5*w - b)) - 1)**2/2"),
    "a likelihood": (
        networks.log_likelihood, "-log(1/(1 + exp(-1.5*w - b)))*w**2 + exp(b*w)",
    ),
}  # fmt: skip


@every_way
@pytest.mark.parametrize("name", SECOND_ORDER)
def test_second_derivatives_are_those_of_sympy(name: str, style: str, detail: str):
    function, formula = SECOND_ORDER[name]
    point = {"w": 0.4, "b": 0.7}
    nodes, gradients = networks.second_order(function, **point)
    for first, second in itertools.product(point, point):
        found = derive(gradients[first].named("g"), nodes[second], style=style, detail=detail)
        expected = float(by_sympy(formula, first, second).subs(point))
        assert expected == pytest.approx(found.value, rel=1e-10, abs=1e-12)
        assert expected == pytest.approx(evaluated(found.python(), found.variables), rel=1e-10, abs=1e-12)


def test_the_second_derivative_of_a_square_is_two():
    nodes, gradients = networks.second_order(lambda x: x * x, x=3.0)
    found = derive(gradients["x"].named("g"), nodes["x"])
    assert (2.0, "2") == (found.value, found.python())


# ---------------------------------------------------------------- large graphs

LARGE = {
    "chain": lambda size: networks.chain(size),
    "chain without labels": lambda size: networks.chain(size, labelled=False),
    "diamonds": lambda size: networks.diamonds(size // 4),
    "diamonds without labels": lambda size: networks.diamonds(size // 4, labelled=False),
    "recurrent": lambda size: networks.recurrent(size // 5),
    "ladder": lambda size: networks.ladder(size // 6),
    "ladder without labels": lambda size: networks.ladder(size // 6, label=""),
}


@every_way
@pytest.mark.parametrize("name", [
    name if "without labels" in name else pytest.param(name, marks=pytest.mark.thorough) for name in LARGE
])  # fmt: skip
def test_what_is_written_grows_as_the_graph_does(name: str, style: str, detail: str):
    sizes = []
    for nodes in (150, 300):
        found = derive(LARGE[name](nodes), style=style, detail=detail)
        one = found[list(found)[0]]
        sizes.append((len(one.python()), len(one.text(width=100, full=True)), len(found.text(width=100, full=True))))
    for small, large in zip(*sizes, strict=True):
        assert large <= 2.4 * small + 500


@pytest.mark.parametrize("style, detail, name", [
    ("chain", "named", "chain"), ("chain", "named", "chain without labels"), ("chain", "named", "ladder"),
    ("chain", "primitive", "diamonds without labels"), ("delta", "named", "recurrent"),
])  # fmt: skip
@pytest.mark.parametrize("nodes", [5_000, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_ten_thousand_nodes_are_derived_without_recursion_on_a_short_page(
    name: str, style: str, detail: str, nodes: int
):
    graph = LARGE[name](nodes)
    limit = sys.getrecursionlimit()
    found = derive(graph, leaves(graph)[0], style=style, detail=detail)
    assert found.paths > 0 and math.isfinite(found.value)
    assert len(found.text(width=100)) < 40_000
    assert len(found.python()) < 1_000_000
    assert limit == sys.getrecursionlimit()


def test_long_sums_are_written_with_their_first_terms_and_a_count():
    weights = [Value(0.01, f"w_{i}") for i in range(1, 101)]
    inputs = [Value(1.0, f"x_{i}") for i in range(1, 101)]
    found = derive(sigmoid(dot(weights, inputs).named("a")).named("y"), "w_1")
    assert "a = w₁·x₁ + w₂·x₂ + w₃·x₃ + … (97 more)" in found.text(width=80)
    assert "w₁₀₀·x₁₀₀" in found.text(width=80, full=True) and "more)" not in found.text(width=80, full=True)


def test_an_abridged_sum_keeps_up_to_eight_terms():
    terms = [Symbol(f"x_{i}") for i in range(1, 10)]
    assert Sum(terms[:8]) == abridged(Sum(terms[:8]))
    assert "x₁ + x₂ + x₃ + … (6 more)" == text(abridged(Sum(terms)))


def test_all_derivatives_of_a_large_network_are_on_a_page_of_bounded_length():
    found = derive(networks.deep_network([10, 10, 10, 10]))
    assert 340 == len(found)
    assert len(found.text(width=100)) < 40_000 and "more derivatives" in found.text(width=100)


# ---------------------------------------------------------------- nothing else happens


def test_deriving_changes_nothing_in_the_graph():
    net = networks.network_2_3_2()
    net.L.backward()
    order = topological_order(net.L)
    before = [(node.data, node.grad, node.label, node.parents) for node in order]
    for style, detail in WAYS:
        for found in (derive(net.L, "w_11", style=style, detail=detail, update=0.5), derive(net.L, style=style)):
            found.text(width=80)
    derive(net.L, "w_11").python()
    assert before == [(node.data, node.grad, node.label, node.parents) for node in order]


def test_deriving_works_where_nothing_is_recorded():
    L = networks.network_2_3_2().L
    outside = derive(L, "w_11", update=0.5).text(width=80)
    with no_grad():
        assert outside == derive(L, "w_11", update=0.5).text(width=80)


def test_the_same_graph_gives_the_same_bytes(engine: str):
    pages = {
        "\n".join(
            derive(networks.network_2_3_2().L, wrt, style=style, detail=detail).text(width=80)
            for wrt in ("w_11", None) for style, detail in WAYS
        )
        for _ in range(2)
    }  # fmt: skip
    assert 1 == len(pages)


def test_the_bytes_do_not_depend_on_the_seed_of_hashes():
    import os
    import subprocess

    program = (
        "from autograd.demo import network; from autograd.derivation.derive import derive; import sys;"
        "L = network().L; written = [derive(L, style=s).text(80) + derive(L, 'w_11', style=s).python()"
        " for s in ('chain', 'delta')]; sys.stdout.buffer.write(''.join(written).encode())"
    )
    written = {
        subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed},
                       capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert 1 == len(written)


def test_a_notebook_gets_equations_that_mathjax_can_set():
    net = networks.network_2_3_2()
    for found in (derive(net.L, "w_11", style="delta"), derive(net.L), derive(net.L, Value(1.0, "q"))):
        shown = found._repr_latex_()
        assert shown.startswith("$$\n\\begin{aligned}") and shown.endswith("\\end{aligned}\n$$\n")
        assert not re.search(r"section|itemize|\\\[|operatorname", shown)
    assert r"\frac{\partial L}{\partial w_{11}} &=" in derive(net.L, "w_11")._repr_latex_()
    assert r"\frac{\partial L}{\partial q} &= 0" in derive(net.L, Value(1.0, "q"))._repr_latex_()


def test_a_formula_that_no_cell_can_hold_is_refused_before_it_is_written():
    with pytest.raises(OperandError, match="a cell holds 8,192"):
        derive(networks.recurrent(2000), "w").spreadsheet()


def test_a_derivation_shows_itself_in_one_line():
    assert repr(derive(networks.square(), "x")).startswith("<derivation of ∂y/∂x = 6;")
    assert "w, b" in repr(derive(networks.neuron(), ["w", "b"]))
