"""The 2-3-2 network with sigmoid units and the L2 loss, built and trained by hand from Values.

    a_j^(1) = Σ_i w_ij·x_i + b_j^(1)      h_j = σ(a_j^(1))
    a_j^(2) = Σ_i u_ij·h_i + b_j^(2)      y_j = σ(a_j^(2))      L = ½ Σ_j (y_j − t_j)²
"""

from __future__ import annotations

from dataclasses import dataclass

from .graph import topological_order
from .notation import text
from .ops import dot, sigmoid, sum_
from .printers.runs import shown
from .value import Value

_X = (0.5, -1.0)
_T = (0.0, 1.0)
_W = ((0.6, -0.4, 0.2), (0.1, 0.5, -0.3))  # w_ij: from input i to hidden unit j
_U = ((0.3, -0.2), (-0.5, 0.4), (0.7, 0.1))  # u_ij: from hidden unit i to output j
_B1, _B2 = (0.1, -0.1, 0.2), (-0.2, 0.3)


@dataclass(frozen=True)
class Network:
    """The nodes of the network, layer by layer."""

    x: list[Value]
    w: list[list[Value]]
    b1: list[Value]
    h: list[Value]
    u: list[list[Value]]
    b2: list[Value]
    y: list[Value]
    t: list[Value]
    L: Value

    @property
    def parameters(self) -> list[Value]:
        """Weights and biases: what training changes."""
        return [*(v for row in self.w for v in row), *self.b1, *(v for row in self.u for v in row), *self.b2]


def network() -> Network:
    """Build the network and run it forward.

    >>> network().L.label
    'L'
    """
    x = _vector(_X, "x_{}")
    w = _matrix(_W, "w_{}{}")
    b1 = _vector(_B1, "b_{}^(1)")
    h = _layer(w, x, b1, "a_{}^(1)", "h_{}")
    u = _matrix(_U, "u_{}{}")
    b2 = _vector(_B2, "b_{}^(2)")
    y = _layer(u, h, b2, "a_{}^(2)", "y_{}")
    t = _vector(_T, "t_{}")
    loss = 0.5 * sum_([(yj - tj) ** 2 for yj, tj in zip(y, t, strict=True)])
    return Network(x, w, b1, h, u, b2, y, t, loss.named("L"))


def _layer(weights: list[list[Value]], inputs: list[Value], biases: list[Value], a: str, h: str) -> list[Value]:
    outputs = []
    for j, bias in enumerate(biases):
        pre_activation = dot([row[j] for row in weights], inputs, bias).named(a.format(j + 1))
        outputs.append(sigmoid(pre_activation).named(h.format(j + 1)))
    return outputs


def _vector(numbers: tuple[float, ...], label: str) -> list[Value]:
    return [Value(number, label.format(i)) for i, number in enumerate(numbers, 1)]


def _matrix(numbers: tuple[tuple[float, ...], ...], label: str) -> list[list[Value]]:
    return [[Value(number, label.format(i, j)) for j, number in enumerate(row, 1)] for i, row in enumerate(numbers, 1)]


UPDATES = (1, 10, 100, 1000)


def report(net: Network, learning_rate: float) -> str:
    """Forward values, gradients, one update and then the loss of many, as text; changes the weights as these say."""
    lines = ["forward pass"]
    lines += [f"  {text(node.label):<6} = {shown(node.data, 6)}" for node in topological_order(net.L)
              if node.label and node not in net.parameters]
    lines += ["", *_one_update(net, learning_rate)]
    lines += ["", f"training: the same again and again, with η = {learning_rate:g}", *_training(net, learning_rate)]
    lines += ["", *(f"  {text(y.label)} = {shown(y.data)}, and its target is {shown(t.data)}"
                    for y, t in zip(net.y, net.t, strict=True))]  # fmt: skip
    return "\n".join(lines)


def update(net: Network, learning_rate: float) -> None:
    """One step of gradient descent, p ← p − η·∂L/∂p, after a backward pass; then a forward pass.

    >>> net = network()
    >>> update(net, 0.5)
    >>> round(net.L.data, 6)
    0.216493
    """
    net.L.zero_grad()
    net.L.backward()
    for parameter in net.parameters:
        parameter.data -= learning_rate * parameter.grad
    net.L.forward()


def _one_update(net: Network, learning_rate: float) -> list[str]:
    loss, before = net.L.data, [parameter.data for parameter in net.parameters]
    update(net, learning_rate)
    lines = [f"backward pass, and one update with η = {learning_rate:g}",
             f"  {'':6}   {'value':>9}   {'∂L/∂·':>11}   {'new value':>11}"]  # fmt: skip
    lines += [f"  {text(parameter.label):<6} {shown(old):>11}   {shown(parameter.grad, 4):>11}   "
              f"{shown(parameter.data, 6):>11}" for old, parameter in zip(before, net.parameters, strict=True)]
    return [*lines, "", f"L before the update {shown(loss, 6)}, after it {shown(net.L.data, 6)}"]


def _training(net: Network, learning_rate: float) -> list[str]:
    """The loss after so many updates, the one that was made included."""
    lines = [f"  {'updates':>7}   {'L':>11}"]
    for done in range(1, UPDATES[-1] + 1):
        if done > 1:
            update(net, learning_rate)
        if done in UPDATES:
            lines.append(f"  {done:>7}   {shown(net.L.data, 6):>11}")
    return lines
