"""Losses: their values and gradients are those of the textbook's formulas, in numbers of fifty digits."""

from __future__ import annotations

import math
from random import Random

import mpmath
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import nn
from autograd import Value, check, derive, sigmoid
from autograd.errors import DomainError
from autograd.graph import topological_order
from autograd.printers.text import text

DIGITS = 50


def logistic(z):
    return 1 / (1 + mp.exp(-z))


def softmax(z):
    return [mp.exp(each) / sum(map(mp.exp, z)) for each in z]


# The losses as a textbook writes them.
FORMULAS = {
    "l2_loss": lambda y, t: sum((a - b) ** 2 for a, b in zip(y, t, strict=True)) / 2,
    "mse_loss": lambda y, t: sum((a - b) ** 2 for a, b in zip(y, t, strict=True)) / len(y),
    "mae_loss": lambda y, t: sum(abs(a - b) for a, b in zip(y, t, strict=True)) / len(y),
    "binary_cross_entropy": lambda p, t: (
        -sum(b * mp.log(a) + (1 - b) * mp.log(1 - a) for a, b in zip(p, t, strict=True)) / len(p)
    ),
    "binary_cross_entropy_with_logits": lambda z, t: FORMULAS["binary_cross_entropy"]([logistic(a) for a in z], t),
    "cross_entropy": lambda z, t: -sum(b * mp.log(p) for p, b in zip(softmax(z), t, strict=True)),
}
NAMES = pytest.mark.parametrize("name", FORMULAS)


def cases(name: str, count: int = 6) -> list[tuple[list[float], list[float]]]:
    """Outputs and targets that suit the loss, for one output up to four."""
    rng, found = Random(11), []
    for case in range(count):
        size = max(1 + case % 4, 2 if name == "cross_entropy" else 1)
        y = [rng.uniform(0.02, 0.98) if name == "binary_cross_entropy" else rng.uniform(-4, 4) for _ in range(size)]
        t = [rng.random() if "entropy" in name else rng.uniform(-4, 4) for _ in range(size)]
        found.append((y, [each / sum(t) for each in t] if name == "cross_entropy" else t))
    return found


def exact(name: str, y: list[float], t: list[float]) -> tuple[float, list[float]]:
    """The value and the gradient by the outputs, from the formula and differences in numbers of fifty digits."""
    with mpmath.workdps(DIGITS):
        formula, at, targets = FORMULAS[name], [mpf(each) for each in y], [mpf(each) for each in t]
        slopes = []
        for place in range(len(y)):
            def along(x, place=place):
                return formula([*at[:place], x, *at[place + 1 :]], targets)

            slopes.append(float(mpmath.diff(along, at[place])))
        return float(formula(at, targets)), slopes


@NAMES
def test_the_value_is_that_of_the_formula(name):
    for y, t in cases(name):
        found = getattr(nn, name)([Value(each) for each in y], t)
        assert found.data == pytest.approx(exact(name, y, t)[0], rel=1e-13, abs=1e-15)


@NAMES
def test_the_gradient_is_that_of_the_formula(name):
    for y, t in cases(name):
        outputs = [Value(each) for each in y]
        getattr(nn, name)(outputs, t).backward()
        assert [each.grad for each in outputs] == pytest.approx(exact(name, y, t)[1], rel=1e-10, abs=1e-13)


def test_the_comparison_sees_a_planted_fault_of_a_tenth_of_a_per_cent(monkeypatch):
    monkeypatch.setattr(nn, "l2_loss", lambda y, t: 1.001 * nn.mse_loss(y, t) * (0.5 * len(y)))
    with pytest.raises(AssertionError):
        test_the_value_is_that_of_the_formula("l2_loss")
    with pytest.raises(AssertionError):
        test_the_gradient_is_that_of_the_formula("l2_loss")


@NAMES
def test_targets_may_be_values_which_get_gradients_too(name):
    y, t = cases(name)[3]
    targets = [Value(each) for each in t]
    loss = getattr(nn, name)(y, targets)
    loss.backward()

    assert loss.data == pytest.approx(exact(name, y, t)[0], rel=1e-13)
    assert all(each.has_grad for each in targets)


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() - {"cross_entropy"}))  # which needs two classes
def test_one_output_needs_no_list(name):
    assert getattr(nn, name)(Value(0.25), 0.75).data == getattr(nn, name)([Value(0.25)], [0.75]).data


# ---------------------------------------------------------------- closed forms


def test_the_gradients_that_textbooks_write():
    y, t = sympy.symbols("y t")
    forms = {
        "l2_loss": ((y - t) ** 2 / 2, y - t),
        "mse_loss": ((y - t) ** 2, 2 * (y - t)),
        "binary_cross_entropy": (-(t * sympy.log(y) + (1 - t) * sympy.log(1 - y)), (y - t) / (y * (1 - y))),
        "binary_cross_entropy_with_logits": (sympy.log(1 + sympy.exp(y)) - t * y, 1 / (1 + sympy.exp(-y)) - t),
    }
    for name, (loss, slope) in forms.items():
        assert sympy.simplify(sympy.diff(loss, y) - slope) == 0
        output = Value(0.3, "y")
        getattr(nn, name)(output, 0.8).backward()
        assert output.grad == pytest.approx(float(slope.subs({y: 0.3, t: 0.8})), rel=1e-13)


def test_the_slope_of_the_absolute_error_is_its_sign_and_zero_where_there_is_none():
    for y, t, slope in ((1.0, 0.5, 1.0), (0.5, 1.0, -1.0), (0.5, 0.5, 0.0)):
        output = Value(y)
        nn.mae_loss(output, t).backward()
        assert output.grad == slope


def test_penalties_are_their_formulas():
    weights = [Value(2.0), Value(-1.5), Value(0.0)]
    for penalty, value, slopes in ((nn.l1_penalty, 0.35, [0.1, -0.1, 0.0]), (nn.l2_penalty, 0.3125, [0.2, -0.15, 0.0])):
        found = penalty(weights, 0.1)
        found.backward()
        assert found.data == pytest.approx(value, rel=1e-15)
        assert [w.grad for w in weights] == pytest.approx(slopes, rel=1e-15)
        for w in weights:
            del w.grad


def test_a_penalty_is_added_to_a_loss():
    net = nn.MLP(2, [2, 1])
    L = nn.l2_loss(net([1.0, 2.0]), 0.5) + nn.l2_penalty(net.parameters(), 0.01)
    L.backward()
    plain = nn.MLP(2, [2, 1])
    nn.l2_loss(plain([1.0, 2.0]), 0.5).backward()
    for decayed, other in zip(net.parameters(), plain.parameters(), strict=True):
        assert decayed.grad == pytest.approx(other.grad + 0.01 * other.data, rel=1e-12)


# ---------------------------------------------------------------- classes


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_class_by_number_is_the_class_by_probabilities(number):
    z, one_hot = [0.5, -1.0, 2.0], [1.0 if each == number else 0.0 for each in range(3)]
    assert nn.cross_entropy([Value(each) for each in z], number).data == nn.cross_entropy(z, one_hot).data
    assert nn.cross_entropy(z, number).data == pytest.approx(exact("cross_entropy", z, one_hot)[0], rel=1e-13)


def test_the_cross_entropy_of_logits_is_that_of_the_softmax_of_the_layer():
    logits, t = [0.5, -1.0, 2.0], [0.2, 0.3, 0.5]
    p = nn.softmax([Value(each) for each in logits])
    expected = -sum(b * math.log(a.data) for a, b in zip(p, t, strict=True))
    assert nn.cross_entropy(logits, t).data == pytest.approx(expected, rel=1e-13)


def test_probabilities_of_exactly_0_and_1_cost_nothing_where_they_are_right():
    assert nn.binary_cross_entropy([Value(1.0), Value(0.0)], [1.0, 0.0]).data == 0.0
    assert nn.binary_cross_entropy([Value(1.0), Value(0.0)], [1, False]).data == 0.0


def test_probabilities_of_exactly_0_and_1_are_refused_where_they_are_wrong():
    for p, t in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.5)):
        with pytest.raises(DomainError, match="log needs a positive number"):
            nn.binary_cross_entropy([Value(p)], [t])


# ---------------------------------------------------------------- extreme logits


@pytest.mark.parametrize("z", [-1000.0, -50.0, 50.0, 1000.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_extreme_logits_give_exact_values_and_gradients(z, t):
    output = Value(z)
    loss = nn.binary_cross_entropy_with_logits(output, t)
    loss.backward()

    with mpmath.workdps(1000):
        value, slope = mp.log(1 + mp.exp(mpf(z))) - mpf(t) * mpf(z), logistic(mpf(z)) - mpf(t)
        assert loss.data == pytest.approx(float(value), rel=1e-14, abs=1e-16 * abs(z))
        assert output.grad == pytest.approx(float(slope), rel=1e-13, abs=1e-16)


@pytest.mark.parametrize("logits", [[1000.0, -1000.0], [-1000.0, 1000.0, 999.0], [1000.0, 1000.0], [-1000.0, -1000.0]])
def test_extreme_logits_of_several_classes_give_exact_values_and_gradients(logits):
    for right in range(len(logits)):
        outputs = [Value(each) for each in logits]
        loss = nn.cross_entropy(outputs, right)
        loss.backward()
        with mpmath.workdps(2000):
            p = softmax([mpf(each) for each in logits])
            assert loss.data == pytest.approx(float(-mp.log(p[right])), rel=1e-14, abs=1e-12)
            slopes = [float(each - (place == right)) for place, each in enumerate(p)]
        assert [each.grad for each in outputs] == pytest.approx(slopes, rel=1e-12, abs=1e-15)


# ---------------------------------------------------------------- labels and derivations


@NAMES
def test_a_graph_has_labelled_targets_and_a_labelled_loss(name):
    net = nn.MLP(2, [2, 2])
    L = nn.graph(net, [1.0, -1.0], [0.25, 0.75], getattr(nn, name))
    labels = {node.label for node in topological_order(L)}
    assert L.label == "L"
    assert {"t_1", "t_2", "y_1", "y_2"} <= labels


def test_the_numbered_notation_names_each_outputs_error_and_their_sum():
    net = nn.MLP(2, [2, 2], notation="numbered")
    E = nn.graph(net, [0.05, 0.10], [0.01, 0.99])
    errors = {node.label: node for node in topological_order(E) if node.label.startswith("E_")}
    assert set(errors) == {"E_1", "E_2", "E_total"}
    assert E.data == errors["E_1"].data + errors["E_2"].data


def test_three_outputs_have_three_errors():
    E = nn.graph(nn.MLP(2, [3], notation="numbered"), [1.0, 2.0], [0.1, 0.2, 0.3])
    parts = [node for node in topological_order(E) if node.label in {"E_1", "E_2", "E_3"}]
    assert sum(part.data for part in parts) == pytest.approx(E.data, rel=1e-15)
    assert len(parts) == 3


def test_any_function_of_outputs_and_targets_is_a_loss():
    def fourth(y, t):
        return sum((a - b) ** 4 for a, b in zip(y, t, strict=True))

    L = nn.graph(nn.MLP(2, [2, 2]), [1.0, -1.0], [0.25, 0.75], fourth)
    assert L.label == "L"
    assert check(L, "y_1", "4*(y_1 - t_1)^3").correct


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_sigmoid_with_cross_entropy_on_logits_derives_to_y_minus_t(outputs):
    net = nn.MLP(2, [2, outputs], output_activation="identity")
    L = nn.graph(net, [1.0, -1.0], [0.25] * outputs, nn.binary_cross_entropy_with_logits)
    factor = {1: "σ(y₁) − t₁", 2: "½σ(y₁) − ½t₁", 3: "⅓σ(y₁) − ⅓t₁"}[outputs]
    assert text(derive(L, "y_1").symbolic) == factor
    assert check(L, "u_11", f"(sigmoid(y_1) - t_1)*h_1/{outputs}").correct


def test_sigmoid_with_cross_entropy_on_probabilities_is_y_minus_t():
    L = nn.graph(nn.MLP(2, [2, 1]), [1.0, -1.0], 0.25, nn.binary_cross_entropy)
    assert check(L, "a_1^(2)", "y_1 - t_1").correct
    assert check(L, "u_11", "(y_1 - t_1)*h_1").correct
    assert not check(L, "u_11", "1.001*(y_1 - t_1)*h_1").correct
    L.backward()
    nodes = {node.label: node for node in topological_order(L) if node.label}
    assert nodes["a_1^(2)"].grad == pytest.approx(nodes["y_1"].data - 0.25, rel=1e-13)


def test_softmax_with_cross_entropy_derives_to_p_minus_t():
    net = nn.MLP(2, [2, 2], output_activation="identity")
    L = nn.graph(net, [1.0, -1.0], [0.25, 0.75], nn.cross_entropy)
    L.backward()
    nodes = {node.label: node for node in topological_order(L) if node.label}
    p = nn.softmax([nodes["y_1"].data, nodes["y_2"].data])
    assert [nodes["y_1"].grad, nodes["y_2"].grad] == pytest.approx([p[0] - 0.25, p[1] - 0.75], rel=1e-13)
    assert derive(L, "y_1").value == pytest.approx(p[0] - 0.25, rel=1e-13)
    assert check(L, "y_1", "exp(y_1)/(exp(y_1) + exp(y_2)) - t_1").correct


def test_logits_and_probabilities_give_the_same_loss_and_the_same_gradient():
    z, other = Value(0.7), Value(0.7)
    one, two = nn.binary_cross_entropy_with_logits(z, 0.3), nn.binary_cross_entropy(sigmoid(other), 0.3)
    one.backward()
    two.backward()
    assert (one.data, z.grad) == pytest.approx((two.data, other.grad), rel=1e-13)


# ---------------------------------------------------------------- errors

WRONG = {
    "a target too few": (lambda: nn.l2_loss([1.0, 2.0], [1.0]),
                         "a loss needs a target for every output; there are 2 outputs and 1 targets"),
    "nothing at all": (lambda: nn.mse_loss([], []), "a loss needs a target for every output; there are 0 outputs"),
    "text": (lambda: nn.mae_loss("12", [1, 2]), "a loss takes Values and numbers; it was given '12'"),
    "a class above all": (lambda: nn.cross_entropy([1.0, 2.0], 2), "the class is a number from 0 to 1; it was given 2"),
    "a class below 0": (lambda: nn.cross_entropy([1.0, 2.0], -1), "the class is a number from 0 to 1; it was given -1"),
    "a target too many in a graph": (lambda: nn.graph(nn.MLP(2, [2]), [1, 2], [1, 2, 3]),
                                     "a loss needs a target for every output; there are 2 outputs and 3 targets"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_loss_gets_one_sentence(case):
    make, message = WRONG[case]
    with pytest.raises(nn.NetworkError) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@NAMES
def test_what_is_no_number_is_named(name):
    with pytest.raises(nn.NetworkError, match="a loss takes Values and numbers; it was given 'a'"):
        getattr(nn, name)([Value(0.5), "a"], [0.5, 0.5])
    with pytest.raises(TypeError, match="None"):
        getattr(nn, name)([Value(0.5), Value(0.25)], [0.5, None])
    with pytest.raises(TypeError, match="'b'"):
        getattr(nn, name)([Value(0.5), Value(0.25)], [0.5, "b"])


@NAMES
def test_targets_may_be_arrays_and_numbers_of_numpy(name):
    y, t = [Value(0.5), Value(0.25)], [0.25, 0.75]
    assert getattr(nn, name)(y, np.array(t)).data == getattr(nn, name)(y, t).data
    assert getattr(nn, name)(y, [np.float64(each) for each in t]).data == getattr(nn, name)(y, t).data


def test_a_class_may_be_a_whole_number_of_numpy():
    z = [Value(0.5), Value(0.25)]
    assert nn.cross_entropy(z, np.int64(1)).data == nn.cross_entropy(z, 1).data


@pytest.mark.parametrize("penalty", [nn.l1_penalty, nn.l2_penalty])
def test_a_penalty_takes_parameters_and_not_what_has_them(penalty):
    net = nn.MLP(2, [1], rng=0)
    with pytest.raises(nn.NetworkError, match=r"give net.parameters\(\)"):
        penalty(net, 0.1)
    assert penalty(net.named_parameters(), 0.1).data == penalty(net.parameters(), 0.1).data


def test_targets_of_the_cross_entropy_that_are_values_get_their_whole_gradients():
    z, numbers = [1.0, -0.5, 0.3], [0.2, 0.5, 0.3]
    targets = [Value(number) for number in numbers]
    nn.cross_entropy(z, targets).backward()
    for index, target in enumerate(targets):

        def loss(moved: float, index: int = index) -> float:
            return nn.cross_entropy(z, [*numbers[:index], moved, *numbers[index + 1 :]]).data

        slope = (loss(numbers[index] + 1e-6) - loss(numbers[index] - 1e-6)) / 2e-6
        assert target.grad == pytest.approx(slope, rel=1e-6)
