"""What a worked example is, and gradient descent written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from autograd import Value, mean
from autograd.graph import topological_order
from autograd.printers.runs import shown

from ..layers import Network
from ..losses import mse_loss
from ..words import counted


class Published(NamedTuple):
    """A number as its source prints it; without a `tolerance`, every printed digit counts.

    >>> Published("0.149780716").allows(0.1497807161), Published("0.15").allows(0.1562)
    (True, False)
    """

    printed: str
    tolerance: float | None = None

    @property
    def number(self) -> float:
        """The printed number."""
        return float(self.printed)

    @property
    def margin(self) -> float:
        """How far a number may be away: half a unit of the last printed digit, unless there is a tolerance."""
        if self.tolerance is not None:
            return self.tolerance
        exponent = Decimal(self.printed).as_tuple().exponent
        return 0.5 * 10.0 ** int(exponent) * (1 + 1e-9)  # a number that ends in 5 may be rounded either way

    def allows(self, found: float) -> bool:
        """Whether a computed number is the printed one."""
        return abs(found - self.number) <= self.margin


class Example(NamedTuple):
    """A worked example: where it comes from, how to build it, what it gives, and what its source says it gives.

    `build()` gives its graph, new each time, with everything labelled. `found()` computes its numbers by name,
    `published` has those that the source prints, and `laws` derivatives of the graph's output as people work them out
    by hand, as formulas in the graph's labels: `autograd.check` judges them right. `net()` gives the network, new each
    time, where there is one.

    >>> from nn import examples
    >>> examples.circuit.build().data
    -12.0
    """

    name: str
    title: str
    source: str
    build: Callable[[], Value]
    found: Callable[[], dict[str, float]]
    published: Mapping[str, Published] = {}
    laws: Mapping[str, str] = {}
    net: Callable[[], Network] | None = None

    def report(self) -> str:
        """The numbers as computed here, beside the printed ones.

        >>> from nn import examples
        >>> print(examples.circuit.report())
        f = (x + y)·z at x = −2, y = 5, z = −4
        CS231n, Stanford University: "Backpropagation, Intuitions"
          q        3    3
          f      −12  −12
          ∂f/∂x   −4   −4
          ∂f/∂y   −4   −4
          ∂f/∂z    3    3
        """
        rows = [(name, shown(number, 10), self._printed(name)) for name, number in self.found().items()]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}".rstrip() for row in rows]
        return "\n".join([self.title, self.source, *lines])

    def _printed(self, name: str) -> str:
        return self.published[name].printed.replace("-", "−") if name in self.published else ""


def published(**printed: str) -> dict[str, Published]:
    """Printed numbers by name, every digit of which counts."""
    return {name: Published(number) for name, number in printed.items()}


def after(updates: int) -> str:
    """In the name of a number: when it was measured.

    >>> after(1), after(1000)
    ('after 1 update', 'after 1,000 updates')
    """
    return f"after {counted(updates, 'update')}"


def descend(loss: Callable[[], Value], parameters: Iterable[Value], rate: float, updates: int) -> list[float]:
    """Gradient descent written out: p ← p − η·∂L/∂p for every parameter, so many times.

    Returns the loss of every forward pass, the one after the last update included.

    >>> w = Value(1.0, "w")
    >>> descend(lambda: w * w, [w], rate=0.25, updates=2)
    [1.0, 0.25, 0.0625]
    """
    changed, losses = list(parameters), []
    for _ in range(updates):
        L = loss()
        for parameter in changed:
            del parameter.grad
        L.backward()
        for parameter in changed:
            parameter.data -= rate * parameter.grad
        losses.append(L.data)
    return [*losses, loss().data]


def over_all(net: Network, samples: Iterable[tuple[list[float], list[float]]]) -> Value:
    """The mean over samples (inputs, targets) of the MSE: one graph for all of them."""
    result: Value = mean([mse_loss(net(x, labelled=False), t) for x, t in samples])
    return result.named("L")


def gradients(output: Value, nodes: Mapping[str, Value]) -> dict[str, float]:
    """∂output/∂node by name."""
    output.backward()
    return {f"∂{output.label}/∂{name}": float(node.grad) for name, node in nodes.items()}


def labelled(output: Value) -> dict[str, Value]:
    """The labelled nodes that the output was computed from, and the output, by label."""
    return {node.label: node for node in topological_order(output) if node.label}


def setting(net: Network, numbers: Iterable[float]) -> Network:
    """The network with these numbers for its parameters, in their order."""
    for parameter, number in zip(net.parameters(), numbers, strict=True):
        parameter.data = number
    return net
