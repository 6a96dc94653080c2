"""What one step of training computes for one sample, column by column, with the formula of each.

The formulas are read from the sample's graph: a forward column is a named node, a δ what the derivation of all weights
shares, and a gradient the last line of that derivation. No derivative is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import count
from typing import Any, NamedTuple

from autograd import Value
from autograd.derivation.chain import Chain, Line
from autograd.graph import topological_order
from autograd.symbol import Expression
from autograd.views import View

from ..graphs import graph
from ..layers import Network
from .kinds import CONSTANT, DELTA, ERROR, FORWARD, GRADIENT, INPUT, LOSS, TARGET, WEIGHT, Kind

# What is quickly written again; any other operation whose result is used twice gets a column of its own.
_ARITHMETIC = ("add", "subtract", "multiply", "divide", "negative", "power")
_ALWAYS_A_COLUMN = ("logsumexp",)  # long as a formula, and part of every slope behind it


class Column(NamedTuple):
    """A number of the step: its name, and the formula by which it comes from others (None: it is given)."""

    kind: Kind
    name: Expression
    formula: Any
    node: Value

    @property
    def number(self) -> float:
        """What the engine computed."""
        return float(self.node.grad if self.kind in (DELTA, GRADIENT) else self.node.data)


class Scheme:
    """The columns of a step for one sample, on a private copy of its graph: no number of the network is touched."""

    def __init__(self, net: Network, loss: Callable[..., Any], x: Sequence[float], t: Any) -> None:
        inputs = net.leaves(x)
        nodes = graph(net, inputs, t, loss), inputs, net.parameters()
        self.output, given, parameters = deepcopy(nodes)  # together: what they share stays shared
        _name_what_is_shared(self.output)
        view = View(self.output)
        self._read_leaves(view, net, given, parameters)
        self._read_forward(view, net)
        self._read_backward(Chain(view, self.output, parameters, "delta"))

    def _read_leaves(self, view: View, net: Network, given: list[Value], parameters: list[Value]) -> None:
        places = {net.notation.target(j): j - 1 for j in range(1, net.outputs + 1)}
        others = [node for node in view.nodes if node.op is None and node not in {*given, *parameters}]
        targets = sorted((node for node in others if node.label in places), key=lambda node: places[node.label])
        self.inputs = [_given(INPUT, view, node) for node in given]
        self.targets = [_given(TARGET, view, node) for node in targets]
        self.places = [places[node.label] for node in targets]  # in a row of targets
        self.constants = [_given(CONSTANT, view, node) for node in others if node.label not in places]
        self.weights = [_given(WEIGHT, view, node) for node in parameters]

    def _read_forward(self, view: View, net: Network) -> None:
        errors = {net.notation.error(j) for j in range(1, net.outputs + 1)} - {""}
        computed = [node for node in view.nodes if node.op is not None and node is not self.output]
        self.loss = _computed(LOSS, view, self.output)
        self.forward = [_computed(FORWARD, view, node) for node in computed if node.label not in errors]
        self.errors = [_computed(ERROR, view, node) for node in computed if node.label in errors]

    def _read_backward(self, chain: Chain) -> None:
        self.deltas = [_slope(DELTA, line, line.name) for line in chain.definitions]
        self.gradients = [_slope(GRADIENT, Line(chain, each.node), chain.leibniz(each.node)) for each in self.weights]

    @property
    def computed(self) -> list[Column]:
        """What is computed anew for every sample, in the order of the sheet."""
        return [self.loss, *self.forward, *self.errors, *self.deltas, *self.gradients]

    def run(self, x: Sequence[float], t: Sequence[float], weights: Sequence[float]) -> None:
        """Forward and backward pass of another sample, at other weights."""
        for column, number in zip((*self.inputs, *self.targets, *self.weights), (*x, *t, *weights), strict=True):
            column.node.data = number
        self.output.forward()
        for node in topological_order(self.output):
            if node.op is None:
                node.grad = None
        self.output.backward()


def _given(kind: Kind, view: View, node: Value) -> Column:
    return Column(kind, view.symbol(node), None, node)


def _computed(kind: Kind, view: View, node: Value) -> Column:
    return Column(kind, view.symbol(node), view.formula(node), node)


def _slope(kind: Kind, line: Line, name: Expression) -> Column:
    return Column(kind, name, line.symbolic, line.node)


def _name_what_is_shared(output: Value) -> None:
    """Label the means, roots and logarithms inside of layers and losses that several formulas would repeat."""
    order = topological_order(output)
    users: dict[Value, int] = {}
    for node in order:
        for parent in set(node.parents):
            users[parent] = users.get(parent, 0) + 1
    taken = {node.label for node in order}
    for node in order:
        if node.op is None or node.label or node.op.name in _ARITHMETIC:
            continue
        if users.get(node, 0) > 1 or node.op.name in _ALWAYS_A_COLUMN:
            node.label = _free_name(node.op.name, taken)
            taken.add(node.label)


def _free_name(base: str, taken: set[str]) -> str:
    """mean, mean_2, mean_3, …: the first that is not taken."""
    names = (base if number == 1 else f"{base}_{number}" for number in count(1))
    return next(name for name in names if name not in taken)
