"""The worked examples: what their sources print, what people derive by hand, and what plain arithmetic gives."""

from __future__ import annotations

import functools
import itertools
import math

import numpy
import pytest

import nn
from autograd import Value, check, demo, derive, evaluate
from autograd.graph import topological_order
from nn import examples
from nn.examples import EXAMPLES, Example, Published, exclusive_or, lines, networks
from nn.examples.example import after, descend

ALL = pytest.mark.parametrize("example", EXAMPLES, ids=[each.name for each in EXAMPLES])


@functools.lru_cache(None)
def found(name: str) -> dict[str, float]:
    return getattr(examples, name).found()


def leaves(output: Value) -> dict[str, Value]:
    return {node.label: node for node in topological_order(output) if node.op is None and node.label}


def slope(output: Value, leaf: Value, step: float = 2e-3) -> float:
    """A central difference of eighth order."""
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    moved = {k: evaluate(output, {leaf: leaf.data + k * step}) for k in (*range(1, 5), *range(-4, 0))}
    return sum(c * (moved[k] - moved[-k]) for k, c in enumerate(weights, 1)) / step


# ---------------------------------------------------------------- all of them


def test_every_example_is_an_attribute_of_its_name():
    assert [getattr(examples, each.name) for each in EXAMPLES] == list(EXAMPLES)
    assert len({each.name for each in EXAMPLES}) == len(EXAMPLES)


@ALL
def test_every_printed_number_comes_out(example):
    numbers = found(example.name)

    assert set(example.published) <= set(numbers)
    wrong = {name: (numbers[name], each.printed) for name, each in example.published.items()
             if not each.allows(numbers[name])}  # fmt: skip
    assert wrong == {}


@ALL
def test_the_judge_agrees_with_every_derivative_worked_out_by_hand(example):
    output = example.build()
    wrong = {label: formula for label, formula in example.laws.items() if not check(output, label, formula).correct}
    assert wrong == {}


@ALL
def test_derivatives_with_respect_to_all_leaves_are_what_differences_give(example):
    output = example.build()
    output.backward()

    for label, leaf in leaves(output).items():
        assert leaf.grad == pytest.approx(slope(output, leaf), rel=1e-8, abs=1e-11), label


@ALL
def test_a_graph_is_built_new_each_time_and_training_leaves_no_trace(example):
    before = example.build()
    found(example.name)
    after = example.build()

    assert after.data == before.data
    assert not set(topological_order(before)) & set(topological_order(after))
    if example.net is not None:
        assert not set(example.net().parameters()) & set(example.net().parameters())


@ALL
def test_numbers_are_the_same_each_time_where_they_are_quick(example):
    if "10,000" not in "".join(found(example.name)):
        assert example.found() == found(example.name)


@ALL
def test_the_report_has_every_number_beside_the_printed_one(example, monkeypatch):
    report = example._replace(found=lambda: found(example.name)).report()
    title, source, *rows = report.splitlines()

    assert (title, source) == (example.title, example.source)
    assert len(rows) == len(found(example.name))
    for row, name in zip(rows, found(example.name), strict=True):
        assert row.strip().startswith(name)
        assert row == row.rstrip()
        if name in example.published:
            assert row.endswith(example.published[name].printed.replace("-", "−"))


def test_the_smallest_report_reads_so():
    assert examples.circuit.report().splitlines()[2:] == [
        "  q        3    3",
        "  f      −12  −12",
        "  ∂f/∂x   −4   −4",
        "  ∂f/∂y   −4   −4",
        "  ∂f/∂z    3    3",
    ]


@pytest.mark.parametrize(
    "printed, number, is_allowed",
    [("0.35891648", 0.358916480, True), ("0.35891648", 0.3589164849, True), ("0.35891648", 0.3589164851, False),
     ("0.0000351085", 3.510854e-05, True), ("0.0000351085", 3.510856e-05, False), ("-4", -4.4, True),
     ("-4", 4.0, False), ("0.4350", 0.43495, True)],
)  # fmt: skip
def test_every_printed_digit_counts(printed, number, is_allowed):
    assert Published(printed).allows(number) is is_allowed


def test_the_comparison_sees_a_planted_fault_of_a_tenth_of_a_per_cent():
    numbers = found("step_by_step")
    wrong = [name for name, each in examples.step_by_step.published.items() if each.allows(numbers[name] * 1.001)]
    assert wrong == []


def test_the_judge_sees_a_planted_fault_in_every_law():
    for example in EXAMPLES:
        output = example.build()
        for label, formula in list(example.laws.items())[:3]:
            assert not check(output, label, f"1.001*({formula})").correct, (example.name, label)


# ---------------------------------------------------------------- the 2-2-2 networks, in plain arithmetic


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


class Plain:
    """The 2-2-2 network of floats, with backpropagation worked out by hand."""

    i, t = (0.05, 0.10), (0.01, 0.99)

    def __init__(self, biases: tuple[float, float, float, float] = (0.35, 0.35, 0.60, 0.60), is_linear: bool = False):
        self.w, self.b, self.is_linear = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55], list(biases), is_linear
        self.forward()

    def forward(self) -> float:
        w, b, i = self.w, self.b, self.i
        h = self.h = [sigmoid(w[2 * j] * i[0] + w[2 * j + 1] * i[1] + b[j]) for j in (0, 1)]
        o = [w[4 + 2 * k] * h[0] + w[5 + 2 * k] * h[1] + b[2 + k] for k in (0, 1)]
        self.y = o if self.is_linear else [sigmoid(a) for a in o]
        self.error = sum((t - y) ** 2 / 2 for t, y in zip(self.t, self.y, strict=True))
        return self.error

    def gradients(self) -> tuple[list[float], list[float]]:
        d = [(y - t) * (1 if self.is_linear else y * (1 - y)) for y, t in zip(self.y, self.t, strict=True)]
        e = [(d[0] * self.w[4 + j] + d[1] * self.w[6 + j]) * self.h[j] * (1 - self.h[j]) for j in (0, 1)]
        return ([e[j] * self.i[k] for j in (0, 1) for k in (0, 1)] + [d[k] * self.h[j] for k in (0, 1) for j in (0, 1)],
                [*e, *d])  # fmt: skip

    def update(self, biases: str, rate: float = 0.5) -> float:
        weights, others = self.gradients()
        self.w = [w - rate * g for w, g in zip(self.w, weights, strict=True)]
        if biases == "shared":
            others = [sum(others[:2])] * 2 + [sum(others[2:])] * 2
        if biases != "fixed":
            self.b = [b - rate * g for b, g in zip(self.b, others, strict=True)]
        return self.forward()


@pytest.mark.parametrize("name, biases", [("step_by_step", "fixed"), ("step_by_step_with_biases", "shared")])
def test_step_by_step_equals_plain_arithmetic(name, biases):
    numbers, plain = found(name), Plain()
    for place, gradient in enumerate(plain.gradients()[0], 1):
        assert numbers[f"∂E_total/∂w_{place}"] == pytest.approx(gradient, rel=1e-12)
    assert numbers["E_total"] == pytest.approx(plain.error, rel=1e-14)
    assert numbers["E_total after 1 update"] == pytest.approx(plain.update(biases), rel=1e-13)
    assert numbers["w_5 after 1 update"] == pytest.approx(plain.w[4], rel=1e-13)
    if biases == "shared":
        assert numbers["b_1 after 1 update"] == pytest.approx(plain.b[0], rel=1e-13)
        assert numbers["b_2 after 1 update"] == pytest.approx(plain.b[2], rel=1e-13)
    for _ in range(9998):
        plain.update(biases)
    assert numbers["E_total on the 10,000th forward pass"] == pytest.approx(plain.error, rel=1e-9)


def test_the_error_with_fixed_biases_is_printed_for_the_10000th_forward_pass_and_not_for_another():
    plain = Plain()
    errors = [plain.error, *(plain.update("fixed") for _ in range(10_000))]

    assert [number for number, error in enumerate(errors, 1) if round(error, 10) == 0.0000351085] == [10_000]


def test_biases_of_their_own_give_the_error_that_frameworks_report():
    net = networks.shared_biases()
    for number, layer in enumerate(net.layers, 1):
        for unit, neuron in enumerate(layer.neurons, 1):
            neuron.b = Value(neuron.b.data, f"b_{unit}^({number})")
    losses = descend(lambda: nn.l2_loss(net(networks.INPUTS, labelled=False), networks.TARGETS),
                     net.parameters(), 0.5, 1)  # fmt: skip

    assert losses[1] == pytest.approx(0.280471447, abs=5e-10)
    assert losses[1] == pytest.approx(Plain().update("own"), rel=1e-13)


@pytest.mark.parametrize("name, is_linear", [("network_2_2_2", False), ("network_2_2_2_identity", True)])
def test_the_networks_without_biases_equal_plain_arithmetic(name, is_linear):
    numbers, plain = found(name), Plain((0.0, 0.0, 0.0, 0.0), is_linear)

    assert numbers["E_total"] == pytest.approx(plain.error, rel=1e-14)
    for place, gradient in enumerate(plain.gradients()[0], 1):
        assert numbers[f"∂E_total/∂w_{place}"] == pytest.approx(gradient, rel=1e-12)
    errors = [plain.update("fixed") for _ in range(100)]
    assert numbers["E_total after 10 updates"] == pytest.approx(errors[9], rel=1e-12)
    assert numbers["E_total after 100 updates"] == pytest.approx(errors[99], rel=1e-9, abs=1e-24)


def test_the_networks_have_the_labels_of_the_board():
    labels = [node.label for node in topological_order(examples.network_2_2_2.build()) if node.label]
    assert " ".join(sorted(labels)) == (
        "E_1 E_2 E_total a_h1 a_h2 a_o1 a_o2 h_1 h_2 i_1 i_2 o_1 o_2 t_1 t_2 w_1 w_2 w_3 w_4 w_5 w_6 w_7 w_8"
    )
    linear = {node.label for node in topological_order(examples.network_2_2_2_identity.build())}
    assert {"o_1", "o_2"} <= linear and not {"a_o1", "a_o2"} & linear


def test_shared_biases_are_counted_once():
    net = examples.step_by_step.net()
    assert len(net.parameters()) == len(set(net.parameters())) == 10
    assert net.layers[0].neurons[0].b is net.layers[0].neurons[1].b


def test_a_shared_bias_gets_the_gradients_of_both_units():
    output = examples.step_by_step.build()
    output.backward()
    nodes = {node.label: node for node in topological_order(output) if node.label}

    assert nodes["b_1"].grad == pytest.approx(nodes["h_1"].grad + nodes["h_2"].grad, rel=1e-15)
    assert nodes["b_2"].grad == pytest.approx(nodes["o_1"].grad + nodes["o_2"].grad, rel=1e-15)


# ---------------------------------------------------------------- 2-3-2


def test_the_2_3_2_network_is_that_of_the_demo():
    by_hand, output = demo.network(), examples.network_2_3_2.build()
    by_hand.L.backward()
    output.backward()
    expected = {node.label: (node.data, node.grad) for node in topological_order(by_hand.L) if node.label}

    assert {node.label: (node.data, node.grad) for node in topological_order(output) if node.label} == expected


def test_the_demo_trains_as_the_network_does():
    by_hand, numbers = demo.network(), found("network_2_3_2")
    losses = []
    for _ in range(1000):
        demo.update(by_hand, 0.5)
        losses.append(by_hand.L.data)

    assert numbers["L after 1 update"] == pytest.approx(losses[0], rel=1e-13)
    assert numbers["L after 10 updates"] == pytest.approx(losses[9], rel=1e-13)
    assert numbers["L after 1,000 updates"] == pytest.approx(losses[-1], rel=1e-10)
    assert losses == sorted(losses, reverse=True)


def test_the_demo_prints_the_loss_of_the_training():
    told = demo.report(demo.network(), 0.5)
    rows = dict(line.split() for line in told.split("training")[1].splitlines()[2:6])

    for count in (1, 10, 100, 1000):
        loss = found("network_2_3_2")[f"L {after(count)}"]
        assert float(rows[str(count)]) == pytest.approx(loss, rel=1e-5)


# ---------------------------------------------------------------- linear regression


def test_the_line_of_least_squares_is_that_of_numpy():
    slope_, intercept = numpy.polyfit(lines.X, lines.T, 1)
    assert lines.closed_form() == pytest.approx((slope_, intercept), rel=1e-12)
    assert (found("line_mse")["m in the end"], found("line_mse")["b in the end"]) == pytest.approx(lines.closed_form())


def test_no_line_has_a_smaller_absolute_error_than_where_descent_ends():
    points = list(zip(lines.X, lines.T, strict=True))

    def error(m, b):
        return sum(abs(m * x + b - t) for x, t in points) / len(points)

    # One of the lines through two of the points is a best line: a theorem of linear programming.
    pairs = itertools.combinations(points, 2)
    through_two = [((d - b) / (c - a), b - a * (d - b) / (c - a)) for (a, b), (c, d) in pairs]
    best = min(through_two, key=lambda line: error(*line))

    assert best == (2.0, 1.0)
    assert found("line_mae")["L in the end"] == pytest.approx(error(*best), abs=0.01)
    assert found("line_mae")["L in the end"] >= error(*best)


# ---------------------------------------------------------------- XOR


def test_xor_is_learned():
    net = exclusive_or.network()
    losses = descend(lambda: exclusive_or.over_all(net, exclusive_or.SAMPLES), net.parameters(), 2.5, 1500)

    assert losses[-1] < 0.005 < 0.2 < losses[0]
    assert [round(net.predict(x)[0]) for x, _ in exclusive_or.SAMPLES] == [0, 1, 1, 0]


def test_units_with_equal_weights_stay_equal_to_the_last_bit():
    net = examples.xor_equal.net()
    one, two = net.layers[0].neurons
    for _ in range(300):
        descend(lambda: exclusive_or.over_all(net, exclusive_or.SAMPLES), net.parameters(), 2.5, 1)
        assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]
        assert one.w[0].data == one.w[1].data
    assert one.w[0].data != 0.5


def test_the_error_of_equal_units_stays_above_a_sixth():
    numbers = [number for name, number in found("xor_equal").items() if name.startswith("L ")]
    assert numbers == sorted(numbers, reverse=True)
    assert 1 / 6 < numbers[-1] < 0.17


def test_blank_neurons_get_no_gradient_at_all():
    output = examples.xor_blank.build()
    output.backward()

    assert output.data == 0.25
    assert [leaf.grad for leaf in leaves(output).values()] == [0.0] * 9


# ---------------------------------------------------------------- derivations and pictures of them


@pytest.mark.parametrize("name", ["network_2_3_2", "step_by_step", "circuit", "sigmoid_neuron", "staged", "line_mse"])
def test_derivations_have_the_values_of_backpropagation(name):
    example: Example = getattr(examples, name)
    output = example.build()
    output.backward()
    nodes = {node.label: node for node in topological_order(output) if node.label}

    for label in example.laws:
        assert derive(output, label).value == pytest.approx(nodes[label].grad, rel=1e-12), label


def test_descend_returns_the_loss_of_every_forward_pass():
    w = Value(1.0, "w")
    assert descend(lambda: w * w, [w], 0.25, 3) == [1.0, 0.25, 0.0625, 0.015625]
    assert descend(lambda: w * w, [w], 0.25, 0) == [0.015625]
