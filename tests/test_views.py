"""The named view: which nodes are shown, what their formulas say, and the composite local derivatives between them."""

from __future__ import annotations

import math
from typing import Any

import networks
import pytest
import sympy
from oracles import FORMULAS, ROUGH

from autograd import Value, custom, dot, exp, sigmoid, sin, sqrt, tanh
from autograd.errors import LabelError, OperandError
from autograd.graph import topological_order
from autograd.op import TABLE
from autograd.printers.python import python
from autograd.printers.text import text
from autograd.views import View

FUNCTIONS = {name: (lambda *arguments, rule=rule: rule(ROUGH, *arguments)) for name, rule in FORMULAS.items()}


def evaluated(expression: Any, numbers: dict[str, float]) -> float:
    """The number of an expression, by Python on formulas of the test's own."""
    return float(eval(python(expression), dict(FUNCTIONS), dict(numbers)))


def shown(view: View) -> list[str]:
    return [view.name(node) for node in view.nodes]


def formulas(view: View) -> dict[str, str]:
    return {view.name(node): text(view.formula(node)) for node in view.nodes if node.op is not None}


def derivatives(view: View, node: Value) -> dict[str, str]:
    return {view.name(edge.parent): text(edge.derivative) for edge in view.edges(node)}


def graphs() -> dict[str, Value]:
    return {
        "2-3-2": networks.network_2_3_2().L,
        "2-2-2": networks.network_2_2_2(bias=True),
        "2-2-2 with identity outputs": networks.network_2_2_2(networks.identity),
        "neuron": networks.neuron(),
        "line": networks.line(),
        "line, MAE": networks.line("mae"),
        "square": networks.square(),
        "polynomial": networks.polynomial(),
        "recurrent": networks.recurrent(6),
        "ladder": networks.ladder(5),
        "ladder without labels": networks.ladder(5, label=""),
        "diamonds": networks.diamonds(5),
        "diamonds without labels": networks.diamonds(12, labelled=False),
        "chain": networks.chain(30, labelled=False),
        "deep network": networks.deep_network([3, 4, 4, 2]),
        "deep network without labels": networks.deep_network([3, 4, 4, 2], labelled=False),
        "softmax": networks.softmax_cross_entropy(),
        "second order": networks.second_order(networks.log_likelihood, w=0.4, b=-0.3)[1]["w"],
    }


GRAPHS = graphs()
views = pytest.mark.parametrize("detail", ["named", "primitive"])
each_graph = pytest.mark.parametrize("name", GRAPHS)


# ---------------------------------------------------------------- what is shown


def test_unlabelled_nodes_become_part_of_the_formula_of_their_consumer():
    view = View(networks.polynomial())
    assert ["x", "y", "s", "L"] == shown(view)
    assert {"s": "x·y + sin(x)", "L": "s² − s/(1 + x²) + exp(−y)"} == formulas(view)


def test_the_primitive_view_shows_every_node_and_numbers_those_without_a_label():
    output = networks.polynomial()
    view = View(output, detail="primitive")
    assert view.nodes == topological_order(output)
    assert [f"v_{k}" for k in range(1, len(view.nodes) - 3)] == [name for name in shown(view) if name.startswith("v_")]


def test_the_named_view_shows_the_labelled_nodes_in_topological_order():
    net = networks.network_2_3_2()
    order = topological_order(net.L)
    assert [node.label for node in order if node.label] == shown(View(net.L))


def test_nodes_to_keep_are_shown_without_a_label():
    x = Value(0.5, "x")
    middle = sin(x)
    output = (middle * x).named("L")
    assert ["x", "v_1", "L"] == shown(View(output, keep=[middle]))
    assert {"v_1": "sin(x)", "L": "v₁·x"} == formulas(View(output, keep=[middle]))


def test_unlabelled_leaves_and_outputs_are_shown():
    x = Value(2.0)
    assert ["v_1", "v_2"] == shown(View(x * x))


def test_numbers_given_to_nodes_do_not_collide_with_labels():
    x, taken = Value(2.0), Value(3.0, "v_1")
    assert ["v_2", "v_1", "L"] == shown(View((x * taken).named("L")))


def test_several_outputs_share_one_view():
    x = Value(0.5, "x")
    h = exp(x).named("h")
    one, other = (h * h).named("L"), sin(h).named("M")
    assert ["x", "h", "L", "M"] == shown(View(one, other))


def test_a_shared_unlabelled_node_that_is_large_is_shown_once():
    """Else a graph that shares would have formulas of exponential length."""
    view = View(networks.diamonds(40, labelled=False))
    assert 4 < len(view.nodes) < 80
    assert all(len(formula) < 400 for formula in formulas(view).values())


def test_a_long_chain_without_labels_is_cut_into_formulas_of_bounded_depth():
    view = View(networks.chain(1000, labelled=False))
    assert 50 < len(view.nodes) < 300
    assert max(formula.count("(") for formula in formulas(view).values()) <= 12


def test_a_node_that_is_not_shown_is_not_in_the_view():
    x = Value(0.5, "x")
    middle = sin(x)
    view = View((middle * x).named("L"))
    assert x in view and middle not in view and Value(0.5, "x") not in view


# ---------------------------------------------------------------- formulas and derivatives


@views
@each_graph
def test_forward_formulas_evaluate_to_the_recorded_numbers(name: str, detail: str):
    view = View(GRAPHS[name], detail=detail)
    numbers = {python(view.symbol(node)): node.data for node in view.nodes}
    for node in view.nodes:
        assert node.data == pytest.approx(evaluated(view.formula(node), numbers), rel=1e-12, abs=1e-14)


@views
@each_graph
def test_the_derivative_on_an_edge_evaluates_to_its_slope(name: str, detail: str):
    view = View(GRAPHS[name], detail=detail)
    numbers = {python(view.symbol(node)): node.data for node in view.nodes}
    for node in view.nodes:
        for edge in view.edges(node):
            assert edge.child is node
            assert edge.slope == pytest.approx(evaluated(edge.derivative, numbers), rel=1e-10, abs=1e-12)
            assert edge.slope == pytest.approx(sum(evaluated(use, numbers) for use in edge.uses), rel=1e-10, abs=1e-12)


@views
@each_graph
def test_the_edges_multiplied_along_all_paths_add_up_to_the_gradient(name: str, detail: str):
    output = GRAPHS[name]
    view = View(output, detail=detail)
    sums = {output: 1.0}
    for node in reversed(view.nodes):
        for edge in view.edges(node):
            sums[edge.parent] = sums.get(edge.parent, 0.0) + sums.get(node, 0.0) * edge.slope
    output.zero_grad()
    output.backward()
    for node in view.nodes:
        assert node.grad == pytest.approx(sums[node], rel=1e-11, abs=1e-14)


@views
@pytest.mark.parametrize("name", sorted(set(GRAPHS) - {"line, MAE", "softmax", *(n for n in GRAPHS if "without" in n)}))
def test_the_derivative_on_an_edge_is_that_of_the_formula_by_sympy(name: str, detail: str):
    view = View(GRAPHS[name], detail=detail)
    functions = {"sigmoid": lambda x: 1 / (1 + sympy.exp(-x)), "mean": lambda terms: sum(terms) / len(terms)}
    point = {python(view.symbol(node)): sympy.Float(node.data, 30) for node in view.nodes}

    def read(expression: Any, own: dict[str, Any]) -> Any:
        return sympy.sympify(python(expression), {**functions, **{k: sympy.Symbol(k) for k in point}, **own})

    for node in view.nodes:
        if node.op is None:
            continue
        # The node's own symbol may stand in its derivative (σ' = y(1 − y)): there it means its formula.
        formula = read(view.formula(node), {})
        for edge in view.edges(node):
            found = read(edge.derivative, {python(view.symbol(node)): formula})
            expected = sympy.diff(formula, sympy.Symbol(python(view.symbol(edge.parent))))
            assert abs(sympy.N((found - expected).subs(point), 20)) < 1e-15


def test_edges_are_in_the_order_of_the_formula():
    net = networks.network_2_3_2()
    view = View(net.L)
    a_1 = next(node for node in view.nodes if node.label == "a_1^(1)")
    assert {"w_11": "x₁", "x_1": "w₁₁", "w_21": "x₂", "x_2": "w₂₁", "b_1^(1)": "1"} == derivatives(view, a_1)
    assert ["w_11", "w_21", "x_1", "x_2", "b_1^(1)"] == [edge.parent.label for edge in view.edges(a_1)]


def test_each_use_has_a_derivative_of_its_own_and_an_edge_their_sum():
    x, y = networks.values(x=1.5, y=2.0)
    L = (x * y + x * x).named("L")
    edge = next(edge for edge in View(L).edges(L) if edge.parent is x)
    assert ["y", "x", "x"] == [text(use) for use in edge.uses]
    assert ("y + 2x", 5.0) == (text(edge.derivative), edge.slope)


def test_each_rule_of_the_table_has_one_edge_per_operand():
    for name in ("add", "subtract", "multiply", "divide", "power", "maximum"):
        a, b = networks.values(a=1.25, b=2.5)
        result = TABLE[name](a, b).named("y")
        assert ["a", "b"] == [edge.parent.label for edge in View(result).edges(result)]


def test_a_rule_that_cannot_be_read_on_symbols_gives_its_number(table: Any):
    twist = custom("twist", math.sin, lambda y, x: math.cos(x))
    x = Value(0.5, "x")
    y = (twist(x) * 2).named("y")
    (edge,) = View(y).edges(y)
    assert edge.derivative == pytest.approx(2 * math.cos(0.5)) and edge.slope == pytest.approx(2 * math.cos(0.5))


def test_a_leaf_changed_since_does_not_change_the_slopes():
    w = Value(2.0, "w")
    L = (w * w).named("L")
    w.data = 5.0
    (edge,) = View(L).edges(L)
    assert (4.0, "2w") == (edge.slope, text(edge.derivative))


def test_a_view_changes_nothing_in_the_graph():
    net = networks.network_2_3_2()
    order = topological_order(net.L)
    before = [(node.data, node.grad, node.label, node.parents) for node in order]
    for detail in ("named", "primitive"):
        view = View(net.L, detail=detail)
        for node in view.nodes:
            view.formula(node), view.edges(node)
    assert before == [(node.data, node.grad, node.label, node.parents) for node in order]


# ---------------------------------------------------------------- the nodes between


def reaches(node: Value, target: Value) -> bool:
    return target in topological_order(node)


@views
@each_graph
def test_the_cone_has_exactly_the_nodes_between_the_variables_and_the_output(name: str, detail: str):
    output = GRAPHS[name]
    view = View(output, detail=detail)
    for variable in (view.nodes[0], view.nodes[len(view.nodes) // 2], output):
        expected = [node for node in view.nodes if reaches(node, variable) and reaches(output, node)]
        assert expected == view.cone(output, variable)


def test_the_cone_of_several_variables_is_the_union():
    net = networks.network_2_3_2()
    view = View(net.L)
    one, other = net.w[0][0], net.u[2][1]
    union = {*view.cone(net.L, one), *view.cone(net.L, other)}
    assert [node for node in view.nodes if node in union] == view.cone(net.L, one, other)


def test_the_cone_of_a_stranger_is_empty():
    net = networks.network_2_3_2()
    assert [] == View(net.L).cone(net.L, Value(1.0, "stranger"))


# ---------------------------------------------------------------- errors and size


def test_two_nodes_with_one_label_are_an_error_that_names_it():
    with pytest.raises(LabelError, match="two nodes of this graph are labelled 'x'"):
        View(Value(1.0, "x") * Value(2.0, "x"))


@pytest.mark.parametrize("wrong", [3.0, "L", None, [Value(1.0)]])
def test_what_is_no_value_has_no_view(wrong: Any):
    with pytest.raises(OperandError, match="a graph is that of a Value"):
        View(wrong)


def test_an_unknown_detail_is_an_error_that_lists_the_known_ones():
    with pytest.raises(OperandError, match="named, primitive"):
        View(networks.square(), detail="everything")


@views
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("make, count", [(networks.chain, 2_500), (networks.diamonds, 800)])
def test_deep_graphs_have_views_without_recursion(make: Any, count: int, labelled: bool, detail: str):
    view = View(make(count, labelled=labelled), detail=detail)
    assert len(view.nodes) > count / 12
    for node in view.nodes:
        assert len(text(view.formula(node))) < 200 and view.edges(node) is not None


def test_a_neuron_with_hundreds_of_inputs_has_one_formula_and_with_thousands_two():
    for inputs, shown_nodes in ((300, 301), (3000, 3002)):
        weights = [Value(0.01, f"w_{i}") for i in range(1, inputs + 1)]
        view = View(tanh(dot(weights, [1.0] * inputs)).named("y"))
        assert shown_nodes == len(view.nodes)


def test_an_infinite_local_derivative_has_a_formula_and_is_refused_as_a_number():
    x = Value(0.0, "x")
    y = sqrt(x).named("y")
    view = View(y)
    assert {"y": "√x"} == formulas(view)
    (edge,) = view.edges(y)
    assert "1/(2y)" == text(edge.derivative)
    with pytest.raises(ArithmeticError, match="sqrt"):
        edge.slope  # noqa: B018


def test_the_example_of_composite_derivatives_in_a_neuron():
    E = networks.neuron()
    view = View(E)
    assert {"t": "t − y", "y": "−(t − y)"} == derivatives(view, E)
    w, x, t = networks.values(w=0.5, x=2.0, t=1.0)
    L = ((sigmoid(w * x) - t) ** 2 / 2).named("L")
    assert {"t": "−(σ(w·x) − t)"} == {k: v for k, v in derivatives(View(L), L).items() if k == "t"}
