"""The general laws of a network: golden, compared with finite differences at random points, and with planted faults."""

from __future__ import annotations

import math
import random
import time

import pytest

import nn
from autograd import log, sigmoid, tanh
from autograd.atoms import Derivative, IndexSum, Numeral, PathSum
from autograd.notation import read
from autograd.printers.latex import latex
from autograd.printers.text import text
from autograd.simplify import Power, Product, Sum, simplify
from autograd.symbol import Call, Symbol
from nn.laws import lawbook

NET_232 = nn.MLP(2, [3, 2], rng=0)


def told(mapping):
    return {name: None if law is None else text(law) for name, law in mapping.items()}


# ---------------------------------------------------------------- golden


def test_the_laws_of_the_2_3_2_network_are_those_on_the_board():
    assert told(nn.rules(NET_232).laws) == {
        "u": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)·hᵢ",
        "b^(2)": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)",
        "w": "Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ",
        "b^(1)": "Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·uⱼₖ·hⱼ(1 − hⱼ)",
    }


def test_the_laws_of_the_2_3_2_network_in_latex():
    laws = nn.rules(NET_232).laws
    assert latex(laws["u"]) == r"(y_{j} - t_{j}) \cdot y_{j}(1 - y_{j}) \cdot h_{i}"
    expected = r"\sum_{k} (y_{k} - t_{k}) \cdot y_{k}(1 - y_{k}) \cdot u_{jk} \cdot h_{j}(1 - h_{j}) \cdot x_{i}"
    assert latex(laws["w"]) == expected


def test_two_layers_have_a_recursion_too():
    assert told(nn.rules(NET_232).recursion) == {
        "delta^(2)": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)",
        "delta^(1)": "[Σₖ δₖ⁽²⁾·uⱼₖ]·hⱼ(1 − hⱼ)",
        "u": "δⱼ⁽²⁾·hᵢ",
        "b^(l)": "δⱼ⁽ˡ⁾",
        "w": "δⱼ⁽¹⁾·xᵢ",
    }


def test_the_delta_recursion_holds_for_any_depth():
    rules = nn.rules(nn.MLP(2, [3, 4, 3, 2]))
    assert told(rules.recursion) == {
        "delta^(4)": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)",
        "delta^(l)": "[Σₖ δₖ⁽ˡ⁺¹⁾·wⱼₖ⁽ˡ⁺¹⁾]·hⱼ⁽ˡ⁾(1 − hⱼ⁽ˡ⁾)",
        "w^(l)": "δⱼ⁽ˡ⁾·hᵢ⁽ˡ⁻¹⁾",
        "b^(l)": "δⱼ⁽ˡ⁾",
        "w^(1)": "δⱼ⁽¹⁾·xᵢ",
    }
    assert told(rules.laws)["w^(3)"] == "δⱼ⁽³⁾·hᵢ⁽²⁾"
    assert latex(rules.recursion["delta^(l)"]) == (
        r"\left[\sum_{k} \delta_{k}^{(l+1)} \cdot w_{jk}^{(l+1)}\right] \cdot h_{j}^{(l)}(1 - h_{j}^{(l)})"
    )


def test_numbered_weights_get_indices_and_the_page_says_which_is_which():
    rules = nn.rules(nn.MLP(2, [2, 2], notation="numbered"))
    assert told(rules.laws) == {
        "w^(2)": "−(tⱼ − aₒⱼ)·aₒⱼ(1 − aₒⱼ)·aₕₙ",
        "b^(2)": "−(tⱼ − aₒⱼ)·aₒⱼ(1 − aₒⱼ)",
        "w^(1)": "−Σₖ (tₖ − aₒₖ)·aₒₖ(1 − aₒₖ)·wⱼₖ⁽²⁾·aₕⱼ(1 − aₕⱼ)·iₙ",
        "b^(1)": "−Σₖ (tₖ − aₒₖ)·aₒₖ(1 − aₒₖ)·wⱼₖ⁽²⁾·aₕⱼ(1 − aₕⱼ)",
    }
    assert "w₁₁⁽²⁾ is w₅, w₂₁⁽²⁾ is w₆, w₁₂⁽²⁾ is w₇, w₂₂⁽²⁾ is w₈." in rules.text(width=100)
    assert told(rules.recursion)["delta_h"] == "[Σₖ δₒₖ·wⱼₖ⁽²⁾]·aₕⱼ(1 − aₕⱼ)"


@pytest.mark.parametrize(
    ("net", "loss", "last", "first"),
    [
        (nn.MLP(2, [3, 2], "tanh"), nn.l2_loss, "(yⱼ − tⱼ)·(1 − yⱼ²)·hᵢ",
         "Σₖ (yₖ − tₖ)·(1 − yₖ²)·uⱼₖ·(1 − hⱼ²)·xᵢ"),
        (nn.MLP(2, [3, 2], "relu"), nn.l2_loss, "(yⱼ − tⱼ)·(1 if aⱼ⁽²⁾ > 0 else 0)·hᵢ",
         "Σₖ (yₖ − tₖ)·(1 if aₖ⁽²⁾ > 0 else 0)·uⱼₖ·(1 if aⱼ⁽¹⁾ > 0 else 0)·xᵢ"),
        (nn.MLP(2, [3, 2], "identity"), nn.l2_loss, "(yⱼ − tⱼ)·hᵢ", "Σₖ (yₖ − tₖ)·uⱼₖ·xᵢ"),
        (nn.MLP(2, [3, 2], output_activation="identity", bias=False), nn.mse_loss, "(yⱼ − tⱼ)·hᵢ",
         "Σₖ (yₖ − tₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ"),
        (nn.MLP(2, [3, 4], output_activation="identity"), nn.mse_loss, "½(yⱼ − tⱼ)·hᵢ",
         "½Σₖ (yₖ − tₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ"),
        (nn.MLP(2, [3, 2]), nn.mae_loss, "½sign(yⱼ − tⱼ)·yⱼ(1 − yⱼ)·hᵢ",
         "½Σₖ sign(yₖ − tₖ)·yₖ(1 − yₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ"),
        (nn.MLP(2, [3, 2], output_activation="identity"), nn.cross_entropy,
         "(exp(yⱼ − logsumexp(y₁, y₂)) − tⱼ)·hᵢ", "Σₖ (exp(yₖ − logsumexp(y₁, y₂)) − tₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ"),
        (nn.MLP(2, [3, 1], output_activation="identity"), nn.binary_cross_entropy_with_logits, "(σ(y₁) − t₁)·hᵢ",
         "(σ(y₁) − t₁)·uⱼ₁·hⱼ(1 − hⱼ)·xᵢ"),
    ],
)  # fmt: skip
def test_activations_and_losses_have_laws(net, loss, last, first):
    rules = nn.rules(net, loss)
    assert (told(rules.laws)["u"], told(rules.laws)["w"], dict(rules.exceptions)) == (last, first, {})


def test_one_unit_is_written_with_its_index_and_without_a_sum():
    assert told(nn.rules(nn.MLP(3, [1])).laws) == {
        "w": "(y₁ − t₁)·y₁(1 − y₁)·xᵢ", "b": "(y₁ − t₁)·y₁(1 − y₁)"
    }  # fmt: skip
    assert told(nn.rules(nn.MLP(1, [1, 2])).laws) == {
        "u": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)·h₁",
        "b^(2)": "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)",
        "w": "Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·u₁ₖ·h₁(1 − h₁)·x₁",
        "b^(1)": "Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·u₁ₖ·h₁(1 − h₁)",
    }


def test_more_than_nine_units_are_no_other_law():
    assert told(nn.rules(nn.MLP(11, [12, 10])).laws) == told(nn.rules(NET_232).laws)


def test_unusual_labels_are_explained():
    net = nn.MLP(2, [3, 2])
    net.layers[0].neurons[1].w[0].label = "my weight"
    rules = nn.rules(net)
    assert told(rules.laws) == told(nn.rules(NET_232).laws)
    assert "w₁₂ is my weight" in rules.text(width=100)


# ---------------------------------------------------------------- the laws at random points


def number(expression, env, numbers):
    """The number of a law; `env` has the number of each letter, `numbers` those of the labels."""
    def at(label):
        parts = read(label)
        subscript = "".join(str(env.get(each, each)) for each in "".join(parts.subscripts))
        return numbers[f"{parts.base}_{subscript}" + (f"^{parts.superscript}" if parts.superscript else "")]

    def go(part):
        return number(part, env, numbers)

    if isinstance(expression, IndexSum):
        bound = numbers[f"count {expression.index}"]
        return math.fsum(number(expression.body, {**env, expression.index: k}, numbers) for k in range(1, bound + 1))
    if isinstance(expression, Sum):
        return math.fsum(map(go, expression.terms))
    if isinstance(expression, Product):
        return float(expression.coefficient) * math.prod(map(go, expression.factors))
    if isinstance(expression, Power):
        return go(expression.base) ** go(expression.exponent)
    if isinstance(expression, Symbol):
        return at(expression.label)
    assert not isinstance(expression, (Call, Derivative, Numeral, PathSum))
    return float(expression)


class Plain:
    """The 2-3-2 network with sigmoid and L2 in plain Python; no Value, no rule."""

    def __init__(self, seed):
        draw = random.Random(seed).uniform
        self.numbers = {f"x_{i}": draw(-1, 1) for i in (1, 2)} | {f"t_{j}": draw(0, 1) for j in (1, 2)}
        self.numbers |= {f"w_{i}{j}": draw(-2, 2) for i in (1, 2) for j in (1, 2, 3)}
        self.numbers |= {f"u_{i}{j}": draw(-2, 2) for i in (1, 2, 3) for j in (1, 2)}
        self.numbers |= {f"b_{j}^(1)": draw(-1, 1) for j in (1, 2, 3)} | {f"b_{j}^(2)": draw(-1, 1) for j in (1, 2)}

    def forward(self, changed=None, step=0.0):
        n = dict(self.numbers)
        if changed:
            n[changed] += step
        squash = lambda a: 1 / (1 + math.exp(-a))  # noqa: E731
        for j in (1, 2, 3):
            n[f"h_{j}"] = squash(sum(n[f"w_{i}{j}"] * n[f"x_{i}"] for i in (1, 2)) + n[f"b_{j}^(1)"])
        for j in (1, 2):
            n[f"y_{j}"] = squash(sum(n[f"u_{i}{j}"] * n[f"h_{i}"] for i in (1, 2, 3)) + n[f"b_{j}^(2)"])
        n["count k"] = 2
        return n, sum((n[f"y_{j}"] - n[f"t_{j}"]) ** 2 for j in (1, 2)) / 2

    def slope(self, label):
        return (self.forward(label, 1e-5)[1] - self.forward(label, -1e-5)[1]) / 2e-5


@pytest.mark.parametrize("seed", range(3))
def test_the_laws_at_random_points_are_the_slopes_of_the_loss(seed):
    plain, laws = Plain(seed), nn.rules(NET_232).laws
    numbers = plain.forward()[0]
    for name, first, last in (("w", 2, 3), ("u", 3, 2)):
        for i in range(1, first + 1):
            for j in range(1, last + 1):
                found = number(laws[name], {"i": i, "j": j}, numbers)
                assert found == pytest.approx(plain.slope(f"{name}_{i}{j}"), rel=1e-6, abs=1e-9)
    for layer, count in ((1, 3), (2, 2)):
        for j in range(1, count + 1):
            found = number(laws[f"b^({layer})"], {"j": j}, numbers)
            assert found == pytest.approx(plain.slope(f"b_{j}^({layer})"), rel=1e-6, abs=1e-9)


# ---------------------------------------------------------------- what breaks a law


def test_a_shared_weight_is_named():
    net = nn.MLP(2, [3, 2])
    neurons = net.layers[0].neurons
    neurons[1].w = (neurons[0].w[0], neurons[1].w[1])
    rules = nn.rules(net)
    assert told(rules.exceptions) == dict.fromkeys(["w_11", "w_12"], "∂L/∂a₁⁽¹⁾ · x₁ + ∂L/∂a₂⁽¹⁾ · x₁")
    assert told(rules.laws) == told(nn.rules(NET_232).laws)
    written = rules.text(width=120)
    assert "w₁₂ breaks the law of ∂L/∂wᵢⱼ, for it is the same Value as w₁₁:" in written
    assert "w₁₁ and w₁₂ break a law; all others follow them." in written


def test_a_shared_weight_of_the_last_layer_breaks_what_comes_back_through_it():
    net = nn.MLP(2, [3, 2])
    neurons = net.layers[1].neurons
    neurons[1].w = (neurons[0].w[0], *neurons[1].w[1:])
    assert set(nn.rules(net).exceptions) == {"u_11", "u_12", "a_1^(1)", "w_11", "w_21", "b_1^(1)"}


def test_a_neuron_with_another_activation_is_named_with_its_weights():
    net = nn.MLP(2, [3, 2])
    net.layers[0].neurons[2] = nn.Neuron(2, "tanh", rng=1)
    net.rename(None)
    rules = nn.rules(net)
    assert told(rules.laws) == told(nn.rules(NET_232).laws)
    assert set(rules.exceptions) == {"w_13", "w_23", "b_3^(1)", "a_3^(1)"}
    assert told(rules.exceptions)["a_3^(1)"] == "[∂L/∂a₁⁽²⁾ · u₃₁ + ∂L/∂a₂⁽²⁾ · u₃₂] · (1 − h₃²)"
    assert "w₁₃ and w₂₃ break the law of ∂L/∂wᵢⱼ, because of ∂L/∂a₃⁽¹⁾ (below)." in rules.text(width=120)


def test_an_output_with_another_activation_keeps_the_laws_before_it_general():
    net = nn.MLP(2, [3, 3])
    net.layers[1].neurons[2] = nn.Neuron(3, "tanh", rng=1)
    net.rename(None)
    rules = nn.rules(net)
    assert set(rules.exceptions) == {"u_13", "u_23", "u_33", "b_3^(2)", "a_3^(2)"}
    assert told(rules.laws)["w"] == "Σₖ ∂L/∂aₖ⁽²⁾ · uⱼₖ · hⱼ(1 − hⱼ) · xᵢ"


def test_an_exception_in_a_deep_network_is_named():
    net = nn.MLP(2, [3, 3, 3, 2])
    net.layers[1].neurons[0] = nn.Neuron(3, "tanh", rng=1)
    net.rename(None)
    rules = nn.rules(net)
    assert set(rules.exceptions) == {"a_1^(2)"}
    assert "∂L/∂a₁⁽²⁾ follows no law of its layer" in rules.text(width=120)


def test_units_that_all_differ_have_no_common_law():
    mixed = nn.Activation("mixed", lambda sums: [sigmoid(sums[0]), tanh(sums[1])], True)
    rules = nn.rules(nn.MLP(2, [2, 2], ["sigmoid", mixed]))
    assert set(rules.exceptions) == {"a_1^(2)", "a_2^(2)"}
    assert rules.recursion["delta^(2)"] is None
    assert told(rules.laws)["u"] == "∂L/∂aⱼ⁽²⁾ · hᵢ"
    assert "∂L/∂aⱼ⁽²⁾ follows no common law; each is another:" in rules.text(width=120)


def test_softmax_outputs_and_layer_normalisation_say_what_has_no_law():
    softmax = nn.rules(nn.MLP(2, [2, 3], output_activation="softmax"), nn.l2_loss)
    assert softmax.recursion["delta^(2)"] is None and told(softmax.laws)["u"] == "∂L/∂aⱼ⁽²⁾ · hᵢ"
    net = nn.Network([nn.Layer(2, 3), nn.LayerNorm(3), nn.Layer(3, 2)])
    normal = nn.rules(net)
    assert told(normal.laws)["beta^(1)"] == "Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·uⱼₖ"
    assert normal.recursion["delta^(1)"] is None
    assert "v₁ = √[mean(" in normal.text(width=120)


def test_one_wrong_derivation_among_all_is_found(monkeypatch):
    original = lawbook.Lawbook._expression

    def wrong(self, label):
        expression = original(self, label)
        return Product(2, [expression]) if label == "u_21" else expression

    monkeypatch.setattr(lawbook.Lawbook, "_expression", wrong)
    assert set(nn.rules(NET_232).exceptions) == {"u_21"}


def test_a_law_that_gives_another_number_is_found(monkeypatch):
    original = lawbook.number_of
    monkeypatch.setattr(lawbook, "number_of", lambda law, env, numbers: original(law, env, numbers) * (1 + 1e-6))
    assert len(nn.rules(NET_232).exceptions) == 17


def test_a_sum_over_some_of_the_units_is_not_written_as_one_over_all():
    def first_two(outputs, targets):
        return nn.l2_loss(outputs[:2], targets[:2])

    rules = nn.rules(nn.MLP(2, [2, 3]), first_two)
    assert all("Σ" not in law for law in told(rules.laws).values() if law)
    assert set(rules.exceptions) >= {"b_3^(2)"}


# ---------------------------------------------------------------- forms


def test_all_forms_show_the_laws_the_updates_and_what_was_checked():
    rules = nn.rules(NET_232)
    written = rules.text(width=100)
    assert "∂L/∂uᵢⱼ   = (yⱼ − tⱼ)·yⱼ(1 − yⱼ)·hᵢ" in written
    assert "uᵢⱼ   ← uᵢⱼ − η · ∂L/∂uᵢⱼ\n        = uᵢⱼ − η·δⱼ⁽²⁾·hᵢ" in written
    assert "Checked against all 12 weights and 5 biases" in written and "All of them follow the laws." in written
    for form in (rules.latex(), rules.markdown(), rules._repr_latex_()):
        assert r"\sum_{k} (y_{k} - t_{k}) \cdot y_{k}(1 - y_{k})" in form
    assert "<munder><mo>∑</mo><mi>k</mi></munder>" in rules.html()
    assert "<math" in rules._repr_html_()
    assert str(rules) == rules.text() and repr(rules).startswith("<general laws of MLP([")


def test_the_same_bytes_come_out_every_time():
    first, second = (nn.rules(nn.MLP(2, [3, 2], rng=0)).html() for _ in range(2))
    assert first == second


def test_the_update_is_a_rate_a_rule_an_optimiser_or_none():
    def update(**options):
        return nn.rules(NET_232, **options).text(width=100)

    assert "The update rules" not in update(update=False)
    assert "uᵢⱼ − 0.5 · ∂L/∂uᵢⱼ" in update(update=0.5)
    assert "uᵢⱼ + ∂L/∂uᵢⱼ" in update(update=lambda weight, gradient: weight + gradient)
    assert "0.1 · ∂L/∂uᵢⱼ" in update(update=nn.SGD(NET_232.parameters(), lr=0.1))


def test_a_large_network_is_quick_and_says_for_how_many_numbers_were_compared():
    start = time.perf_counter()
    nn.rules(nn.MLP(4, [8, 3]))
    assert time.perf_counter() - start < 10  # 0.1 s on a quiet machine
    start = time.perf_counter()
    rules = nn.rules(nn.MLP(64, [32, 10]))
    assert "Numbers were compared for 1,000 of the 2,048 wᵢⱼ." in rules.text(width=100)
    assert time.perf_counter() - start < 10


def test_rules_leave_the_network_as_it_was():
    net = nn.MLP(2, [3, 2], rng=0)
    before = {label: (value.data, value.grad) for label, value in net.named_parameters().items()}
    nn.rules(net).text()
    assert before == {label: (value.data, value.grad) for label, value in net.named_parameters().items()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("net",), r"rules takes a network, such as nn\.MLP\(2, \[3, 1\]\); it was given 'net'"),
        ((nn.Layer(2, 3),), "rules takes a network, .*; it was given Layer.*: put it into nn.Network"),
        ((NET_232, "l2"), "loss is a function .*; it was given 'l2'"),
    ],
)
def test_what_is_no_network_is_refused(arguments, message):
    with pytest.raises(nn.NetworkError, match=message):
        nn.rules(*arguments)


def test_an_update_that_is_none_is_refused():
    with pytest.raises(nn.NetworkError, match="update is True, False, a learning rate or a rule; it was given 'fast'"):
        nn.rules(NET_232, update="fast")


@pytest.mark.parametrize("outputs, law", [(1, "(y₁ − t₁)·hᵢ"), (2, "½(yⱼ − tⱼ)·hᵢ"), (3, "⅓(yⱼ − tⱼ)·hᵢ")])
def test_the_law_of_sigmoid_with_cross_entropy_is_y_minus_t(outputs, law):
    found = nn.rules(nn.MLP(2, [3, outputs], rng=0), nn.binary_cross_entropy)
    assert text(found.laws["u"]) == law
    assert text(found.recursion["delta^(2)"]) == ("y₁ − t₁" if outputs == 1 else law.removesuffix("·hᵢ"))
    assert not found.exceptions


def test_a_wrong_law_is_found_out_although_all_weights_of_the_network_are_zero(monkeypatch):
    net = nn.MLP(2, [3, 2], initialiser=nn.initialisers.zeros)
    assert not nn.rules(net).exceptions
    right = lawbook.inlined
    monkeypatch.setattr(lawbook, "inlined", lambda *given: simplify(2 * right(*given)))
    assert {f"w_{i}{j}" for i in (1, 2) for j in (1, 2, 3)} <= set(nn.rules(net).exceptions)


def test_a_penalty_on_the_networks_own_weights_is_part_of_the_law():
    net = nn.MLP(2, [3, 2], rng=0)
    found = nn.rules(net, lambda y, t: nn.l2_loss(y, t) + nn.l2_penalty(net.parameters(), 0.1))
    assert text(found.laws["u"]) == "(yⱼ − tⱼ)·yⱼ(1 − yⱼ)·hᵢ + 0.1uᵢⱼ"
    assert not found.exceptions


def test_a_loss_with_a_domain_is_compared_at_weights_that_are_in_it():
    net = nn.MLP(2, [3, 1], output_activation="identity", rng=0)
    for initial in (0.5, -0.5):
        for parameter in net.parameters():
            parameter.data = initial
        found = nn.rules(net, lambda y, t: log(y))
        assert text(found.laws["u"]) == "hᵢ/y₁"
        assert not found.exceptions
        assert {parameter.data for parameter in net.parameters()} == {initial}
