"""The 2-2-2 and the 2-3-2 networks of sigmoid units with half of the squared error, one sample each.

2-3-2:  a_j^(1) = Σ_i w_ij·x_i + b_j^(1)   h_j = σ(a_j^(1))   a_j^(2) = Σ_i u_ij·h_i + b_j^(2)   y_j = σ(a_j^(2))
        L = ½ Σ_j (y_j − t_j)²
2-2-2:  h_j = w·i (+ b_1)   a_hj = σ(h_j)   o_k = w·a_h (+ b_2)   a_ok = σ(o_k) or o_k
        E_total = E_1 + E_2   E_k = ½ (t_k − a_ok)²
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value, dot

from ..graphs import graph
from ..layers import MLP, Layer, Network
from ..losses import l2_loss
from .example import Example, Published, after, descend, gradients, labelled, published, setting

# ---------------------------------------------------------------- 2-2-2, with the biases of a layer shared

INPUTS, TARGETS = (0.05, 0.10), (0.01, 0.99)
WEIGHTS = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)
BIASES = (0.35, 0.60)
RATE = 0.5


def shared_biases() -> Network:
    """The 2-2-2 network with one bias b_1 for both hidden units and one bias b_2 for both outputs.

    >>> sorted(shared_biases().named_parameters())
    ['b_1', 'b_2', 'w_1', 'w_2', 'w_3', 'w_4', 'w_5', 'w_6', 'w_7', 'w_8']
    """
    net = no_biases()
    for number, (layer, bias) in enumerate(zip(net.layers, BIASES, strict=True), 1):
        shared = Value(bias, f"b_{number}")
        for neuron in layer.neurons if isinstance(layer, Layer) else ():
            neuron.b = shared
    return net


def no_biases(output_activation: str = "sigmoid") -> Network:
    """The 2-2-2 network of w_1 … w_8."""
    return setting(MLP(2, [2, 2], output_activation=output_activation, bias=False, notation="numbered"), WEIGHTS)


def _error(net: Network) -> Callable[[], Value]:
    """The error of the one sample, without labels: for training."""
    return lambda: l2_loss(net(INPUTS, labelled=False), TARGETS)


def _first_pass(net: Network) -> dict[str, float]:
    """What the units compute, and the gradients of the weights."""
    output = graph(net, INPUTS, TARGETS)
    found = {name: node.data for name, node in labelled(output).items() if name[:2] in ("h_", "a_", "o_", "E_")}
    weights = {name: value for name, value in net.named_parameters().items() if name[0] == "w"}
    return found | gradients(output, weights)


def _train(with_biases: bool) -> dict[str, float]:
    """Numbers of the first pass, after one update, and on the 10,000th forward pass."""
    net = shared_biases()
    found = _first_pass(net)
    changed = {name: value for name, value in net.named_parameters().items() if with_biases or name[0] == "w"}
    first = descend(_error(net), changed.values(), RATE, 1)
    found |= {f"{name} after 1 update": value.data for name, value in changed.items()}
    found["E_total after 1 update"] = first[-1]
    later = descend(_error(net), changed.values(), RATE, 9998)
    found["E_total on the 10,000th forward pass"] = later[-1]
    return found | _outputs(net, "on the 10,000th forward pass")


def _outputs(net: Network, when: str) -> dict[str, float]:
    return {f"a_o{k} {when}": output for k, output in enumerate(net.predict(INPUTS), 1)}


def _train_in_place() -> dict[str, float]:
    """Numbers after one and after 10,000 updates of w_5 … w_8 first, and then of w_1 … w_4 through the new ones."""
    net, found = shared_biases(), {}
    for update in range(1, 10_001):
        _update_in_place(net)
        if update in (1, 10_000):
            found[f"E_total {after(update)}"] = _error(net)().data
    return found | _outputs(net, after(10_000))


def _update_in_place(net: Network) -> None:
    weights = [value for name, value in net.named_parameters().items() if name[0] == "w"]
    outputs = net(INPUTS, labelled=False)
    l2_loss(outputs, TARGETS).backward()
    deltas = [each.grad for each in _sums(outputs)]
    _move(weights[4:])
    net.zero_grad()
    dot(deltas, _sums(net(INPUTS, labelled=False))).backward()  # the old deltas, sent back through the new weights
    _move(weights[:4])
    net.zero_grad()


def _sums(outputs: Any) -> list[Value]:
    """The weighted sums o_1 and o_2, of which the outputs are σ."""
    return [output.parents[0] for output in outputs]


def _move(weights: list[Value]) -> None:
    for weight in weights:
        weight.data -= RATE * weight.grad


def _laws(y: str, slope: str) -> dict[str, str]:
    """∂E_total/∂w worked out by hand; `y` names an output k, `slope` is the derivative of its activation function.

    ∂E_total/∂o_k = −(t_k − a_ok)·a_ok(1 − a_ok), ∂E_total/∂w_5 = ∂E_total/∂o_1·a_h1, and so on: for w_1 … w_4, the sum
    over both outputs.
    """
    delta = {k: f"-(t_{k} - {y.format(k)})" + slope.format(k) for k in (1, 2)}
    laws = {y.format(k): f"-(t_{k} - {y.format(k)})" for k in (1, 2)} | {f"o_{k}": delta[k] for k in (1, 2)}
    laws |= {f"w_{4 + number}": f"{delta[k]}*a_h{j}" for number, (k, j) in enumerate(_PAIRS, 1)}
    for number, (j, i) in enumerate(_PAIRS, 1):
        back = f"({delta[1]}*w_{4 + j} + {delta[2]}*w_{6 + j})"
        laws[f"w_{number}"] = f"{back}*a_h{j}*(1 - a_h{j})*i_{i}"
    return laws


_PAIRS = ((1, 1), (1, 2), (2, 1), (2, 2))  # unit and input, in the order of the weights
_SIGMOID_LAWS = _laws("a_o{}", "*a_o{0}*(1 - a_o{0})")
_IDENTITY_LAWS = _laws("o_{}", "")

_FIRST_PASS = {
    "h_1": "0.3775", "a_h1": "0.593269992", "a_h2": "0.596884378", "o_1": "1.105905967", "a_o1": "0.75136507",
    "a_o2": "0.772928465", "E_1": "0.274811083", "E_2": "0.023560026", "E_total": "0.298371109",
    "∂E_total/∂w_5": "0.082167041", "∂E_total/∂w_1": "0.000438568",
}  # fmt: skip
_AFTER_ONE = {
    "w_1": "0.149780716", "w_2": "0.19956143", "w_3": "0.24975114", "w_4": "0.29950229", "w_5": "0.35891648",
    "w_6": "0.408666186", "w_7": "0.511301270", "w_8": "0.561370121",
}  # fmt: skip
_STEP_BY_STEP = published(**_FIRST_PASS, **{f"{name} after 1 update": number for name, number in _AFTER_ONE.items()})
_MAZUR = 'Matt Mazur (2015): "A Step by Step Backpropagation Example"'


def _shared_graph() -> Value:
    return graph(shared_biases(), INPUTS, TARGETS)


step_by_step = Example(
    name="step_by_step",
    title="The 2-2-2 network with shared biases, which stay as they are",
    source=_MAZUR,
    build=_shared_graph,
    net=shared_biases,
    laws=_SIGMOID_LAWS,
    found=lambda: _train(with_biases=False),
    published=_STEP_BY_STEP
    | {
        "E_total on the 10,000th forward pass": Published("0.0000351085"),
    },
)

# Four numbers that the text has printed (the last two still, the error in an earlier version) belong to another update
# rule than the one it explains, and warns of: the output weights change before the deltas are sent back through them.
step_by_step_in_place = Example(
    name="step_by_step_in_place",
    title="The 2-2-2 network, with its output weights updated too early",
    source=_MAZUR + ": where some of its numbers come from",
    build=_shared_graph,
    net=shared_biases,
    laws=_SIGMOID_LAWS,
    found=_train_in_place,
    published={
        "E_total after 1 update": Published("0.291027924"),
        "E_total after 10,000 updates": Published("0.000035085"),
        "a_o1 after 10,000 updates": Published("0.015912196"),
        "a_o2 after 10,000 updates": Published("0.984065734"),
    },
)

step_by_step_with_biases = Example(
    name="step_by_step_with_biases",
    title="The 2-2-2 network with shared biases, which learn, too",
    source=_MAZUR + "; its text keeps the biases, and so prints other errors",
    build=_shared_graph,
    net=shared_biases,
    laws=_SIGMOID_LAWS,
    found=lambda: _train(with_biases=True),
    published=_STEP_BY_STEP,
)


def _numbers_without_biases(output_activation: str) -> dict[str, float]:
    net = no_biases(output_activation)
    output = graph(net, INPUTS, TARGETS)
    found = {"E_total": output.data} | gradients(output, net.named_parameters())
    error = _error(net)
    losses = descend(error, net.parameters(), RATE, 100)
    return found | {f"E_total {after(count)}": losses[count] for count in (1, 10, 100)}


def _without_biases(name: str, title: str, output_activation: str, laws: dict[str, str]) -> Example:
    return Example(
        name=name,
        title=title,
        source="the numbers of " + _MAZUR,
        build=lambda: graph(no_biases(output_activation), INPUTS, TARGETS),
        net=lambda: no_biases(output_activation),
        laws=laws,
        found=lambda: _numbers_without_biases(output_activation),
    )


network_2_2_2 = _without_biases(
    "network_2_2_2", "The 2-2-2 network of w_1 … w_8, without biases", "sigmoid", _SIGMOID_LAWS
)
network_2_2_2_identity = _without_biases(
    "network_2_2_2_identity", "The 2-2-2 network without biases, with identity outputs", "identity", _IDENTITY_LAWS
)

# ---------------------------------------------------------------- 2-3-2


def three_hidden_units() -> Network:
    """The 2-3-2 network of `python -m autograd demo`."""
    hidden = (0.6, 0.1, 0.1, -0.4, 0.5, -0.1, 0.2, -0.3, 0.2)  # unit by unit: w_1j, w_2j, b_j^(1)
    outputs = (0.3, -0.5, 0.7, -0.2, -0.2, 0.4, 0.1, 0.3)  # u_1j, u_2j, u_3j, b_j^(2)
    return setting(MLP(2, [3, 2]), (*hidden, *outputs))


_X, _T = (0.5, -1.0), (0.0, 1.0)


def _numbers_2_3_2() -> dict[str, float]:
    net = three_hidden_units()
    output = graph(net, _X, _T)
    found = {"L": output.data} | gradients(output, net.named_parameters())
    losses = descend(lambda: l2_loss(net(_X, labelled=False), _T), net.parameters(), RATE, 1000)
    return found | {f"L {after(count)}": losses[count] for count in (1, 10, 100, 1000)}


def _laws_2_3_2() -> dict[str, str]:
    """δ_k = (y_k − t_k)·y_k(1 − y_k), ∂L/∂u_jk = δ_k·h_j, ∂L/∂w_ij = Σ_k δ_k·u_jk·h_j(1 − h_j)·x_i."""
    delta = {k: f"(y_{k} - t_{k})*y_{k}*(1 - y_{k})" for k in (1, 2)}
    laws = {f"u_{j}{k}": f"{delta[k]}*h_{j}" for j in (1, 2, 3) for k in (1, 2)}
    for j in (1, 2, 3):
        back = f"({delta[1]}*u_{j}1 + {delta[2]}*u_{j}2)*h_{j}*(1 - h_{j})"
        laws |= {f"w_{i}{j}": f"{back}*x_{i}" for i in (1, 2)} | {f"b_{j}^(1)": back}
    return laws | {f"b_{k}^(2)": delta[k] for k in (1, 2)}


network_2_3_2 = Example(
    name="network_2_3_2",
    title="The 2-3-2 network of sigmoid units with the L2 loss",
    source="the running example of this library",
    build=lambda: graph(three_hidden_units(), _X, _T),
    net=three_hidden_units,
    laws=_laws_2_3_2(),
    found=_numbers_2_3_2,
)
