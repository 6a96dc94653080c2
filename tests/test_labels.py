"""How the nodes of networks are called, in all three notations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import notation as grammar
from autograd.graph import topological_order
from nn.labels import NOTATIONS, indexed, notation


def labels(output) -> str:
    """The labels of a graph, sorted."""
    return " ".join(sorted(node.label for node in topological_order(output) if node.label))


def parameters(*arguments, **options) -> str:
    """The labels of a network's parameters, in their order."""
    return " ".join(nn.MLP(*arguments, **options).named_parameters())


# ---------------------------------------------------------------- golden lists


@pytest.mark.parametrize(
    "name, expected",
    [
        ("letters", "w_11 w_21 b_1^(1) w_12 w_22 b_2^(1) w_13 w_23 b_3^(1) "
                    "u_11 u_21 u_31 b_1^(2) u_12 u_22 u_32 b_2^(2)"),
        ("numbered", "w_1 w_2 b_1 w_3 w_4 b_2 w_5 w_6 b_3 w_7 w_8 w_9 b_4 w_10 w_11 w_12 b_5"),
        ("layered", "w_11^(1) w_21^(1) b_1^(1) w_12^(1) w_22^(1) b_2^(1) w_13^(1) w_23^(1) b_3^(1) "
                    "w_11^(2) w_21^(2) w_31^(2) b_1^(2) w_12^(2) w_22^(2) w_32^(2) b_2^(2)"),
    ],
)  # fmt: skip
def test_the_parameters_of_the_2_3_2_network(name, expected):
    assert parameters(2, [3, 2], notation=name) == expected


@pytest.mark.parametrize(
    "name, expected",
    [
        ("letters", "L a_1^(1) a_1^(2) a_2^(1) a_2^(2) h_1 h_2 t_1 t_2 u_11 u_12 u_21 u_22 w_11 w_12 w_21 w_22 x_1 x_2 "
                    "y_1 y_2"),
        ("numbered", "E_1 E_2 E_total a_h1 a_h2 a_o1 a_o2 h_1 h_2 i_1 i_2 o_1 o_2 t_1 t_2 "
                     "w_1 w_2 w_3 w_4 w_5 w_6 w_7 w_8"),
        ("layered", "L a_1^(1) a_1^(2) a_2^(1) a_2^(2) h_1^(1) h_2^(1) t_1 t_2 w_11^(1) w_11^(2) w_12^(1) w_12^(2) "
                    "w_21^(1) w_21^(2) w_22^(1) w_22^(2) x_1 x_2 y_1 y_2"),
    ],
)  # fmt: skip
def test_the_graph_of_the_2_2_2_network_without_biases(name, expected):
    net = nn.MLP(2, [2, 2], bias=False, notation=name)
    assert labels(nn.graph(net, [0.05, 0.10], [0.01, 0.99])) == expected


@pytest.mark.parametrize(
    "name, expected",
    [
        ("letters", "L a_1 b_1 t_1 w_11 w_21 x_1 x_2 y_1"),
        ("numbered", "E_1 E_total a_o1 b_1 i_1 i_2 o_1 t_1 w_1 w_2"),
        ("layered", "L a_1^(1) b_1^(1) t_1 w_11^(1) w_21^(1) x_1 x_2 y_1"),
    ],
)
def test_the_graph_of_one_neuron(name, expected):
    # The part of the only output is the whole error: it is called as the whole is.
    shown = labels(nn.graph(nn.MLP(2, [1], notation=name), [1.0, 2.0], 0.5))
    assert shown == expected.replace("E_1 ", "")


def test_deeper_networks_count_their_layers():
    net = nn.MLP(1, [1, 2, 1])
    assert parameters(1, [1, 2, 1]) == (
        "w_11^(1) b_1^(1) w_11^(2) b_1^(2) w_12^(2) b_2^(2) w_11^(3) w_21^(3) b_1^(3)"
    )
    assert labels(nn.graph(net, [1.0], [0.0])) == (
        "L a_1^(1) a_1^(2) a_1^(3) a_2^(2) b_1^(1) b_1^(2) b_1^(3) b_2^(2) h_1^(1) h_1^(2) h_2^(2) t_1 "
        "w_11^(1) w_11^(2) w_11^(3) w_12^(2) w_21^(3) x_1 y_1"
    )


def test_indices_from_ten_on_are_set_apart():
    named = parameters(11, [2], bias=False).split()
    assert named[:2] + named[-2:] == ["w_11", "w_21", "w_10_2", "w_11_2"]
    assert [indexed("w", 1, 1), indexed("w", 1, 11), indexed("w", 11, 1)] == ["w_11", "w_1_11", "w_11_1"]


def test_a_unit_without_an_activation_function_has_one_label():
    for name, output in (("letters", "y_1"), ("numbered", "o_1"), ("layered", "y_1")):
        net = nn.MLP(2, [2, 2], output_activation="identity", notation=name)
        shown = labels(nn.graph(net, [1.0, 2.0], [0.0, 0.0]))
        assert net([1.0, 2.0])[0].label == output
        assert "a_o1" not in shown and "a_1^(2)" not in shown


def test_layer_normalisation_has_letters_of_its_own():
    net = nn.Network([nn.Layer(2, 2), nn.LayerNorm(2), nn.Layer(2, 1)])
    shown = labels(nn.graph(net, [1.0, 2.0], [0.0])).split()
    assert {"gamma_1^(1)", "gamma_2^(1)", "beta_1^(1)", "beta_2^(1)", "n_1^(1)", "n_2^(1)"} <= set(shown)
    assert grammar.text("gamma_1^(1)") == "γ₁⁽¹⁾"


def test_a_network_can_be_called_otherwise_later():
    net = nn.MLP(2, [2, 2], bias=False)
    numbers = [p.data for p in net.parameters()]
    net.rename("numbered")
    assert list(net.named_parameters()) == [f"w_{k}" for k in range(1, 9)]
    assert [p.data for p in net.parameters()] == numbers
    assert net([0.0, 0.0])[1].label == "a_o2"


# ---------------------------------------------------------------- of networks of any size

SIZES = st.lists(st.integers(1, 13), min_size=2, max_size=3)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.sampled_from(sorted(NOTATIONS)), st.booleans())
def test_no_two_nodes_share_a_label_or_a_python_name(sizes, name, bias):
    net = nn.MLP(sizes[0], sizes[1:], bias=bias, notation=name, initialiser=nn.initialisers.zeros)
    nodes = topological_order(nn.graph(net, [0.5] * sizes[0], [0.5] * sizes[-1]))
    named = [node.label for node in nodes if node.label]

    assert len(named) == len(set(named)) == len(set(map(grammar.identifier, named)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 13), min_size=2, max_size=5), st.sampled_from(sorted(NOTATIONS)))
def test_every_label_is_in_the_grammar(sizes, name):
    names = notation("layered" if len(sizes) > 3 else name, sizes)
    last = len(sizes) - 1
    made = [
        names.input(sizes[0]), names.target(sizes[-1]), names.loss(), names.weight(last, sizes[-2], sizes[-1]),
        names.bias(1, sizes[1]), names.pre_activation(1, sizes[1]), names.activation(last, 1), names.linear(1, 1),
    ]  # fmt: skip
    for label in made:
        parts = grammar.read(label)
        assert parts.base.isalpha() and len(parts.base) == 1, label


def test_numbered_weights_count_through_all_layers_without_a_gap():
    net = nn.MLP(3, [4, 5], bias=False, notation="numbered")
    assert list(net.named_parameters()) == [f"w_{k}" for k in range(1, 33)]


# ---------------------------------------------------------------- errors


def test_an_unknown_notation_is_named_with_those_there_are():
    with pytest.raises(nn.NetworkError, match="there is no notation 'greek': there are 'letters', 'numbered'"):
        nn.MLP(2, [2], notation="greek")


@pytest.mark.parametrize("name", ["letters", "numbered"])
def test_too_many_layers_for_a_notation_name_the_one_to_use(name):
    with pytest.raises(nn.NetworkError, match=f"'{name}' is for one or two layers, .* has 3: use 'layered'"):
        nn.MLP(2, [2, 2, 2], notation=name)
