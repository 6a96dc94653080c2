"""Neurons, layers and networks: what they compute (NumPy says what that is), their parameters, their errors."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

import nn
from autograd import Value, check, derive, sigmoid, sin
from autograd.errors import LabelError
from autograd.graph import topological_order
from autograd.printers.text import text
from nn.activations import ACTIVATIONS, Activation
from nn.sheets.words import front_of

# What each activation function is, on an array: no word of it comes from the library.
FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "gelu": lambda z: z * np.vectorize(math.erfc)(-z / math.sqrt(2)) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "exp": np.exp,
    "sin": np.sin,
    "arctan": np.arctan,
    "identity": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(),
}
X = [0.5, -1.25]


def matrix(layer: nn.Layer) -> tuple[np.ndarray, np.ndarray]:
    """The weights of a layer, one row for each neuron, and its biases."""
    weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
    return weights, np.array([0.0 if neuron.b is None else neuron.b.data for neuron in layer.neurons])


def forward(layer: nn.Layer, x: np.ndarray) -> np.ndarray:
    weights, biases = matrix(layer)
    return FUNCTIONS[layer.activation.name](weights @ x + biases)


def normalised(layer: nn.LayerNorm, x: np.ndarray) -> np.ndarray:
    gamma, beta = np.array([g.data for g in layer.gamma]), np.array([b.data for b in layer.beta])
    return gamma * (x - x.mean()) / np.sqrt(x.var() + layer.epsilon) + beta


def shaken(net: nn.Module, seed: int = 3) -> nn.Module:
    """The network with all parameters, biases too, away from their round numbers."""
    rng = Random(seed)
    for parameter in net.parameters():
        parameter.data += rng.uniform(-0.5, 0.5)
    return net


def numbers(outputs) -> list[float]:
    return [each.data for each in (outputs if isinstance(outputs, list) else [outputs])]


# ---------------------------------------------------------------- forward


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_layer_computes_what_numpy_does(name, bias):
    layer = shaken(nn.Layer(2, 3, name, bias=bias, rng=1))
    assert numbers(layer(X)) == pytest.approx(forward(layer, np.array(X)), rel=1e-13)


def test_every_activation_is_compared_with_numpy():
    assert set(FUNCTIONS) == set(ACTIVATIONS)


def test_a_neuron_computes_its_weighted_sum_and_activation():
    neuron = shaken(nn.Neuron(2, "tanh", rng=1))
    expected = math.tanh(neuron.w[0].data * X[0] + neuron.w[1].data * X[1] + neuron.b.data)
    assert neuron(X).data == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("inputs, sizes, activation", [
    (2, [3, 2], "sigmoid"), (1, [1], "tanh"), (4, [5, 4, 3, 2], "relu"), (3, [2, 2], ["silu", "softmax"]),
])  # fmt: skip
def test_an_mlp_computes_what_numpy_does(inputs, sizes, activation):
    net = shaken(nn.MLP(inputs, sizes, activation, rng=2))
    x = expected = np.linspace(-1, 1, inputs)
    for layer in net.layers:
        expected = forward(layer, expected)
    assert numbers(net(x)) == pytest.approx(expected, rel=1e-12)
    assert net.predict(x) == pytest.approx(expected, rel=1e-12)


def test_layer_normalisation_is_its_formula():
    layer = shaken(nn.LayerNorm(4))
    x = np.array([0.5, -1.0, 2.0, 0.25])
    assert numbers(layer(x)) == pytest.approx(normalised(layer, x), rel=1e-13)


def test_layer_normalisation_gives_mean_zero_and_variance_one():
    found = np.array(numbers(nn.LayerNorm(5)([10.0, 20.0, -30.0, 4.0, 5.0])))
    assert (found.mean(), found.var()) == pytest.approx((0.0, 1.0), abs=1e-6)


def test_layer_normalisation_of_equal_units_is_its_shift():
    assert numbers(nn.LayerNorm(3)([2.0, 2.0, 2.0])) == [0.0, 0.0, 0.0]


def test_a_composition_of_layers_computes_what_numpy_does():
    net = shaken(nn.Network([nn.Layer(2, 4, "tanh"), nn.LayerNorm(4), nn.Layer(4, 2, "identity")]))
    one, norm, two = net.layers
    expected = forward(two, normalised(norm, forward(one, np.array(X))))
    assert numbers(net(X)) == pytest.approx(expected, rel=1e-12)


# ---------------------------------------------------------------- gradients


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "identity"])
def test_gradients_of_all_parameters_are_what_differences_of_numpy_give(name):
    net = shaken(nn.Network([nn.Layer(2, 3, name), nn.LayerNorm(3), nn.Layer(3, 2, name)]), seed=5)
    nn.graph(net, X, [0.25, 0.75]).backward()
    one, norm, two = net.layers

    def loss() -> float:
        y = forward(two, normalised(norm, forward(one, np.array(X))))
        return ((y - np.array([0.25, 0.75])) ** 2).sum() / 2

    for label, parameter in net.named_parameters().items():
        at, found = parameter.data, []
        for step in (1e-3, 2e-3):
            values = []
            for sign in (1, -1):
                parameter.data = at + sign * step
                values.append(loss())
            found.append((values[0] - values[1]) / (2 * step))
        parameter.data = at
        assert parameter.grad == pytest.approx((4 * found[0] - found[1]) / 3, rel=1e-7, abs=1e-9), label


def test_the_comparison_sees_a_planted_fault_of_a_tenth_of_a_per_cent(monkeypatch):
    monkeypatch.setitem(FUNCTIONS, "tanh", lambda z: 1.001 * np.tanh(z))
    with pytest.raises(AssertionError):
        test_a_layer_computes_what_numpy_does("tanh", True)
    with pytest.raises(AssertionError):
        test_gradients_of_all_parameters_are_what_differences_of_numpy_give("tanh")


def test_a_network_is_made_of_the_tables_operations_and_has_no_rules_of_its_own():
    net = nn.MLP(2, [3, 2])
    for node in topological_order(nn.graph(net, X, [0.0, 1.0])):
        assert node.op is None or node.op.name in {"dot", "sigmoid", "subtract", "power", "sum", "multiply"}


# ---------------------------------------------------------------- parameters


def test_parameters_come_layer_by_layer_unit_by_unit_weights_before_the_bias():
    net = nn.MLP(2, [3, 2])
    expected = [p for layer in net.layers for neuron in layer.neurons for p in (*neuron.w, neuron.b)]
    assert net.parameters() == expected
    assert list(net.named_parameters().values()) == expected
    assert [p.label for p in expected] == list(net.named_parameters())


def test_layer_normalisation_lists_gamma_before_beta():
    assert list(nn.LayerNorm(2).named_parameters()) == ["gamma_1", "gamma_2", "beta_1", "beta_2"]


def test_the_number_of_parameters():
    assert len(nn.MLP(3, [5, 2]).parameters()) == 3 * 5 + 5 + 5 * 2 + 2
    assert len(nn.MLP(3, [5, 2], bias=False).parameters()) == 3 * 5 + 5 * 2
    assert nn.Neuron(2, bias=False).b is None


def test_a_shared_parameter_is_counted_once():
    net = nn.MLP(2, [2, 1])
    shared = Value(0.5, "b")
    for neuron in net.layers[0].neurons:
        neuron.b = shared
    assert net.parameters().count(shared) == 1
    assert len(net.parameters()) == 8


def test_two_parameters_of_one_label_are_refused():
    net = nn.MLP(2, [2, 1])
    net.layers[0].neurons[1].b = Value(0.0, "w_11")
    with pytest.raises(nn.NetworkError, match="two parameters are labelled 'w_11': give each a label of its own"):
        net.parameters()


def test_zero_grad_forgets_the_gradients_of_all_parameters():
    net = nn.MLP(2, [3, 2])
    nn.graph(net, X, [0.0, 1.0]).backward()
    assert all(p.has_grad for p in net.parameters())
    net.zero_grad()
    assert not any(p.has_grad for p in net.parameters())


# ---------------------------------------------------------------- calls


def test_one_output_is_the_value_itself_and_several_are_a_list():
    assert isinstance(nn.MLP(2, [3, 1])(X), Value)
    assert isinstance(nn.Layer(2, 1)(X), Value)
    assert isinstance(nn.Neuron(2)(X), Value)
    assert [type(each) for each in nn.MLP(2, [3, 2])(X)] == [Value, Value]


def test_one_input_may_be_a_plain_number():
    net = nn.MLP(1, [1], "identity")
    assert net(2.0).data == net([2.0]).data == net.predict(2.0)[0]


def test_unlabelled_calls_label_nothing_and_keep_inputs_as_constants():
    net = nn.MLP(2, [3, 2])
    labelled, unlabelled = net(X), net(X, labelled=False)

    assert numbers(labelled) == numbers(unlabelled)
    nodes = {node for output in unlabelled for node in topological_order(output)}
    assert {node for node in nodes if node.label} == set(net.parameters())
    assert {node for node in nodes if node.op is None} == set(net.parameters())


def test_values_among_the_inputs_stay_what_they_are():
    x = Value(0.5, "age")
    y = nn.MLP(2, [1])([x, -1.0])
    assert {node.label for node in topological_order(y) if node.op is None} >= {"age", "x_2"}
    y.backward()
    assert x.grad != 0.0


def test_numpy_arrays_and_tuples_are_inputs():
    net = nn.MLP(2, [3, 2])
    assert net.predict(np.array(X)) == net.predict(tuple(X)) == net.predict(X)


def test_predict_records_nothing_and_leaves_labels_alone():
    net = nn.MLP(2, [3, 2])
    outputs = net(X)
    found = net.predict(X)
    assert found == numbers(outputs)
    assert {type(each) for each in found} == {float}
    assert [y.label for y in outputs] == ["y_1", "y_2"]


def test_calls_do_not_change_the_network():
    net = nn.MLP(2, [3, 2])
    before = [(p.label, p.data) for p in net.parameters()]
    net(X), net.predict(X), nn.graph(net, X, [0, 1])
    assert [(p.label, p.data) for p in net.parameters()] == before


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "softmax", "relu", "gelu"])
@pytest.mark.parametrize("size", [-1000.0, 1000.0])
def test_extreme_sums_give_numbers(name, size):
    net = nn.Network([nn.Layer(1, 2, name, initialiser=nn.initialisers.constant(1.0))])
    found = net.predict([size])
    assert all(map(math.isfinite, found))


# ---------------------------------------------------------------- activations


@pytest.mark.parametrize("chosen", ["sigmoid", sigmoid, ACTIVATIONS["sigmoid"]])
def test_an_activation_is_chosen_by_name_by_function_or_as_it_is(chosen):
    layer = nn.Layer(2, 1, chosen)
    assert layer.activation is ACTIVATIONS["sigmoid"]
    assert repr(layer) == "Layer(2, 1, 'sigmoid')"


def test_any_function_of_a_value_is_an_activation():
    def swing(z):
        return z + sin(z) ** 2

    layer = nn.Layer(2, 1, swing, rng=4)
    weights, _ = matrix(layer)
    total = float((weights @ np.array(X))[0])
    assert layer(X).data == pytest.approx(total + math.sin(total) ** 2, rel=1e-13)
    assert layer.activation.name == "swing"


def test_a_function_of_the_whole_layer_is_an_activation():
    halves = Activation("halves", lambda sums: [each / 2 for each in sums], is_joint=True)
    layer = nn.Layer(2, 2, halves)
    weights, _ = matrix(layer)
    assert numbers(layer(X)) == pytest.approx(weights @ np.array(X) / 2, rel=1e-14)


def test_activations_layer_by_layer_and_of_the_last():
    def names(net):
        return [layer.activation.name for layer in net.layers]

    assert names(nn.MLP(2, [3, 2])) == ["sigmoid", "sigmoid"]
    assert names(nn.MLP(2, [3, 2], "relu", output_activation="identity")) == ["relu", "identity"]
    assert names(nn.MLP(2, [3, 2], ["tanh", "softmax"])) == ["tanh", "softmax"]


def test_identity_adds_no_node():
    y = nn.Neuron(2, "identity")(X)
    assert y.op.name == "dot"


# ---------------------------------------------------------------- derivations of networks


def test_derivations_of_the_2_3_2_network_read_as_on_the_board():
    L = nn.graph(nn.MLP(2, [3, 2]), X, [0.0, 1.0])
    assert text(derive(L, "u_11").symbolic) == "(y₁ − t₁)·y₁(1 − y₁)·h₁"
    assert text(derive(L, "w_11").symbolic) == (
        "[(y₁ − t₁)·y₁(1 − y₁)·u₁₁ + (y₂ − t₂)·y₂(1 − y₂)·u₁₂]·h₁(1 − h₁)·x₁"
    )
    assert text(derive(L, "b_2^(2)").symbolic) == "(y₂ − t₂)·y₂(1 − y₂)"


def test_derivations_of_the_2_2_2_network_read_as_on_the_board():
    L = nn.graph(nn.MLP(2, [2, 2], notation="numbered", bias=False), [0.05, 0.1], [0.01, 0.99])
    assert text(derive(L, "a_o1").symbolic) == "−(t₁ − aₒ₁)"
    assert text(derive(L, "w_5").symbolic) == "−(t₁ − aₒ₁)·aₒ₁(1 − aₒ₁)·aₕ₁"


def test_derivations_with_relu_and_with_three_layers_have_the_values_of_backpropagation():
    L = nn.graph(nn.MLP(2, [3, 3, 2], "relu", rng=5), X, [0.0, 1.0])
    L.backward()
    for label in ("w_11^(1)", "w_23^(2)", "b_1^(3)"):
        node = next(node for node in topological_order(L) if node.label == label)
        assert derive(L, label).value == pytest.approx(node.grad, rel=1e-12)


def test_the_judge_knows_the_formula_of_layer_normalisation():
    norm = nn.LayerNorm(2)
    n = norm(X)
    L = (n[0] * n[1]).named("L")
    assert check(L, "beta_1", "n_2").correct
    assert not check(L, "beta_1", "1.001*n_2").correct


# ---------------------------------------------------------------- errors

WRONG = {
    "no inputs": (lambda: nn.MLP(0, [2]), "the number of inputs is a whole number from 1 on; it was given 0"),
    "half an input": (lambda: nn.Neuron(2.5), "the number of inputs is a whole number from 1 on; it was given 2.5"),
    "no neurons": (lambda: nn.MLP(2, [3, 0]), "the number of neurons is a whole number from 1 on; it was given 0"),
    "true": (lambda: nn.Layer(2, True), "the number of neurons is a whole number from 1 on; it was given True"),
    "a number for sizes": (lambda: nn.MLP(2, 3), "an MLP takes a list of layer sizes, such as [3, 2]; it was given 3"),
    "text for sizes": (lambda: nn.MLP(2, "32"), "an MLP takes a list of layer sizes, such as [3, 2]; it was given '"),
    "no layers": (lambda: nn.MLP(2, []), "an MLP needs at least one layer; the list of sizes is empty"),
    "an empty network": (lambda: nn.Network([]), "a network needs at least one layer; the list is empty"),
    "what is no layer": (lambda: nn.Network(["tanh"]),
                         "a network is made of Layers and LayerNorms; it was given 'tanh'"),
    "layers that do not fit": (lambda: nn.Network([nn.Layer(2, 3), nn.Layer(4, 1)]),
                               "layer 1 has 3 outputs, and the next takes 4 inputs"),
    "a norm that does not fit": (lambda: nn.Network([nn.Layer(2, 3), nn.LayerNorm(2)]),
                                 "layer 1 has 3 outputs, and the next takes 2 inputs"),
    "an unknown activation": (lambda: nn.Layer(2, 2, "sigmiod"),
                              "there is no activation 'sigmiod': did you mean 'sigmoid'?"),
    "a number for an activation": (lambda: nn.Layer(2, 2, 3), "an activation is a name, such as 'tanh', or"),
    "activations for other layers": (lambda: nn.MLP(2, [3, 2], ["tanh"]),
                                     "there are 2 layers and 1 activations: give one for each"),
    "too few inputs": (lambda: nn.MLP(2, [3, 2])([1.0]), "this MLP takes 2 inputs; it was given 1"),
    "too many inputs": (lambda: nn.Layer(2, 1).predict([1, 2, 3]), "this Layer takes 2 inputs; it was given 3"),
    "one number for two": (lambda: nn.Neuron(2)(1.0), "this Neuron takes 2 inputs; it was given 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_networks_get_one_sentence(case):
    make, message = WRONG[case]
    with pytest.raises(nn.NetworkError) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_text_among_the_inputs_is_named():
    with pytest.raises(TypeError, match="'a'"):
        nn.MLP(2, [1])(["a", 1.0])


def test_whole_numbers_of_numpy_are_sizes_and_seeds():
    net = nn.MLP(np.int64(2), np.array([3, 1]), rng=np.int64(5))
    assert net.predict([0.5, -1.0]) == nn.MLP(2, [3, 1], rng=5).predict([0.5, -1.0])
    assert type(net.inputs) is int and type(net.layers[0].outputs) is int
    with pytest.raises(nn.NetworkError, match="whole number from 1 on; it was given True"):
        nn.MLP(2, [True])


def test_an_array_without_axes_is_one_number():
    net = nn.MLP(1, [1], rng=0)
    assert net(np.array(3.0)).data == net(3.0).data
    assert net.predict(np.array(3.0)) == net.predict(3.0)


def test_a_table_of_rows_is_told_to_come_row_by_row():
    for call in (nn.MLP(2, [1]), nn.MLP(2, [1]).predict):
        with pytest.raises(nn.NetworkError, match="takes 2 inputs; it was given 3: give the rows one at a time"):
            call(np.ones((3, 2)))
        with pytest.raises(nn.NetworkError, match="takes 2 inputs; it was given 1: give the rows one at a time"):
            call([[0.5, -1.0]])
        with pytest.raises(nn.NetworkError, match=r"takes a list of numbers; it was given 'ab' \(str\)"):
            call("ab")


def test_an_activation_that_gives_no_value_is_named():
    def three(z):
        return 3.0

    with pytest.raises(nn.NetworkError, match="the activation 'three' gave 3.0, which is no Value"):
        nn.MLP(2, [1], three)([0.5, -1.0])


@pytest.mark.parametrize("epsilon", [-1.0, "small", None, math.inf, math.nan])
def test_an_epsilon_that_is_none_is_refused(epsilon):
    with pytest.raises(nn.NetworkError, match="epsilon is a small number from 0 on, such as 1e-5"):
        nn.LayerNorm(3, epsilon=epsilon)


def test_two_samples_in_one_graph_are_told_to_go_without_labels():
    net = nn.MLP(2, [3, 1], rng=0)
    samples = [([0.5, -1.0], 0.0), ([1.0, 0.5], 1.0)]
    twice = sum(nn.l2_loss(net(x), t) for x, t in samples)
    with pytest.raises(LabelError, match=r"labelled 'x_1'; give each .*, or none .*net\(x, labelled=False\)"):
        derive(twice, "w_11")
    once = sum(nn.l2_loss(net(x, labelled=False), t) for x, t in samples)
    twice.backward()
    assert derive(once, "w_11").value == pytest.approx(net.parameters()[0].grad, rel=1e-13)


def test_a_graph_is_that_of_a_network_and_a_loss():
    with pytest.raises(nn.NetworkError, match=r"Layer\(2, 1, 'sigmoid'\): put it into nn.Network\(\[layer\]\)"):
        nn.graph(nn.Layer(2, 1), [0.5, -1.0], 0.0)  # type: ignore[arg-type]
    with pytest.raises(nn.NetworkError, match="such as nn.l2_loss; it was given 'mse'"):
        nn.graph(nn.MLP(2, [1]), [0.5, -1.0], 0.0, "mse")  # type: ignore[arg-type]
    with pytest.raises(nn.NetworkError, match="the loss gave 3.0, which is no Value"):
        nn.graph(nn.MLP(2, [1]), [0.5, -1.0], 0.0, lambda y, t: 3.0)


# ---------------------------------------------------------------- what takes a network says so in one way

ROWS, TARGETS = [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]
WHOLE = {
    "graph": lambda net: nn.graph(net, ROWS[0], TARGETS[0]),
    "rules": nn.rules,
    "diagnose": lambda net: nn.diagnose(net, ROWS, TARGETS),
    "spreadsheet": lambda net: nn.spreadsheet(net, nn.l2_loss, (ROWS, TARGETS), epochs=1, lr=0.5),
    "deltas": lambda net: nn.experiments.deltas(net, nn.History(), ROWS, TARGETS),
}
PARTS = {
    "fit": lambda net: nn.fit(net, ROWS, TARGETS, epochs=1),
    "learning_rates": lambda net: nn.experiments.learning_rates(net, ROWS, TARGETS, [0.1], epochs=1),
    "a boundary": lambda net: nn.experiments.regions(net, ROWS, TARGETS, points=2),
    "an error surface": lambda net: nn.experiments.error_surface(net, ROWS, TARGETS, ("w_11", "w_21"), points=3),
}


@pytest.mark.parametrize("what", [*WHOLE, *PARTS])
def test_what_is_no_network_is_refused_by_all_in_the_same_words(what):
    with pytest.raises(nn.NetworkError) as error:
        {**WHOLE, **PARTS}[what]([2, 3, 1])
    assert str(error.value) == f"{what} takes a network, such as nn.MLP(2, [3, 1]); it was given [2, 3, 1]"


@pytest.mark.parametrize("what", WHOLE)
def test_where_layers_are_needed_a_part_is_told_how_it_becomes_a_network(what):
    with pytest.raises(nn.NetworkError, match=f"^{what} takes .*; it was given Layer.*: put it into nn.Network"):
        WHOLE[what](nn.Layer(2, 1))
    with pytest.raises(nn.NetworkError, match=r"Neuron.*: a network of one neuron is nn.MLP\(2, \[1\]\)$"):
        WHOLE[what](nn.Neuron(2))


@pytest.mark.parametrize("what", PARTS)
def test_where_layers_are_not_needed_a_part_will_do(what):
    for part in (nn.Layer(2, 1), nn.Neuron(2)):
        PARTS[what](part)


def test_the_sizes_of_a_network_are_those_of_its_layers_with_weights():
    net = nn.Network([nn.Layer(2, 3), nn.LayerNorm(3), nn.Layer(3, 1)])
    assert "2-3-1" == net.sizes
    assert "How a 2-3-1 network learns" == front_of(net, nn.l2_loss, 1, 1, None).title
    assert "Neural network 2-3-1" in net.diagram().svg


def test_kept_numbers_and_gradients_come_back_after_an_error():
    net = nn.MLP(2, [2, 1], rng=0)
    net.layers[0].neurons[0].w[0].grad = 5.0
    before = [(each.data, each.has_grad, each.grad) for each in net.parameters()]
    with pytest.raises(ZeroDivisionError), nn.module.kept(net.parameters()):
        for parameter in net.parameters():
            parameter.data, parameter.grad = 7.0, 7.0
        _ = 1 / 0
    assert [(each.data, each.has_grad, each.grad) for each in net.parameters()] == before
