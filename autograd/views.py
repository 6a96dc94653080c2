"""The graph as a person sees it: named nodes, and between them composite local derivatives.

In the named view an unlabelled node between labelled ones is not shown: its formula becomes part of the formula of the
node that uses it, and its local derivatives part of a composite one.

>>> from autograd import Value, sigmoid
>>> from autograd.printers.text import text
>>> w, x, t = Value(0.5, label="w"), Value(2.0, label="x"), Value(1.0, label="t")
>>> y = sigmoid(w * x).named("y")
>>> L = ((y - t) ** 2 / 2).named("L")
>>> view = View(L)
>>> [view.name(node) for node in view.nodes]
['w', 'x', 'y', 't', 'L']
>>> [(view.name(edge.parent), text(edge.derivative)) for edge in view.edges(L)]
[('y', 'y − t'), ('t', '−(y − t)')]

With `detail="primitive"` every node is shown; those without a label are v_1, v_2, … in topological order.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from . import ops
from .by_hand import ByHand
from .errors import OperandError
from .graph import names, topological_order
from .op import check_choice, describe, is_value, mapped
from .simplify import product, simplify, total
from .symbol import Symbol
from .symbolic import applied, formulas_or_numbers
from .value import local_derivatives

if TYPE_CHECKING:
    from .value import Value

Detail = Literal["named", "primitive"]
DETAILS = get_args(Detail)

# How far unlabelled nodes are taken into a formula: what is deeper, larger, or used twice and not small is shown as a
# node of its own. That bounds the length of a formula: nothing here is exponential, whatever the graph shares.
_DEEPEST, _LARGEST, _LARGEST_SHARED = 8, 400, 12
_IN_A_ROW = ((ops.add, ops.subtract), (ops.multiply,))


class Edge:
    """From a node to one that uses it: `uses` has a derivative for each use, `derivative` is their sum, simplified.

    Both are multiplied out when they are first asked for: of a product of a hundred factors, that is a hundred
    products of ninety-nine, of which a derivation needs one.
    """

    __slots__ = ("parent", "child", "slopes", "_shares", "_derivative")

    def __init__(self, parent: Value, child: Value, shares: list[Any], slopes: Slopes) -> None:
        self.parent = parent
        self.child = child
        self.slopes = slopes
        self._shares = shares
        self._derivative: Any = None

    @property
    def uses(self) -> tuple[Any, ...]:
        """The derivative of each use."""
        self._shares = [_multiplied(share) for share in self._shares]
        return tuple(self._shares)

    @property
    def derivative(self) -> Any:
        """∂child/∂parent, over all uses."""
        if self._derivative is None:
            self._derivative = _sum_of(self._shares)
        return self._derivative

    @property
    def slope(self) -> float:
        """∂child/∂parent as a number."""
        return self.slopes.of(self.parent)


class Slopes:
    """The numbers of the edges into a node, computed when one of them is first asked for."""

    __slots__ = ("node", "inner", "_of")

    def __init__(self, node: Value, inner: Sequence[Value]) -> None:
        self.node = node
        self.inner = inner
        self._of: dict[Value, list[float]] = {}

    def of(self, parent: Value) -> float:
        """∂node/∂parent, over all uses."""
        if not self._of:
            self._of = _accumulated(self.node, self.inner, _slopes, operator.mul, sum)
        slope = float(sum(self._of.get(parent, ())))
        if math.isnan(slope):
            for each in (*self.inner, self.node):
                each.local_gradient()  # which raises SlopeError if there is none
        return slope


class View:
    """What is shown of the graph of `outputs`: `nodes` in topological order, with names, formulas and edges.

    Nodes in `keep` are shown, labelled or not. Raises LabelError if two nodes have one label, OperandError for what is
    no Value or another detail.
    """

    def __init__(self, *outputs: Value, detail: Detail = "named", keep: Iterable[Value] = ()) -> None:
        for output in outputs:
            if not is_value(output):
                raise OperandError(f"a graph is that of a Value; it was given {describe(output)}", op="view")
        check_choice(detail, DETAILS, "detail", "view")
        self.outputs = outputs
        self.detail: Detail = detail
        order = topological_order(*outputs)
        keep = set(order) if detail == "primitive" else {*outputs, *keep}
        self.nodes: list[Value] = _shown(order, keep)
        self._shown = set(self.nodes)
        self._name_of = names(self.nodes)
        self._formulas: dict[Value, Any] = {}
        self._edges: dict[Value, tuple[Edge, ...]] = {}
        self._parents: dict[Value, list[Value]] = {}

    def __contains__(self, node: Value) -> bool:
        return node in self._shown

    def name(self, node: Value) -> str:
        """The label of a shown node, or its v_i; a node of another graph keeps its label."""
        return self._name_of.get(id(node)) or node.label or "v"

    def symbol(self, node: Value) -> Symbol:
        """The symbol of a shown node."""
        return Symbol(self.name(node))

    # ------------------------------------------------------------ formulas

    def formula(self, node: Value) -> Any:
        """What the node was computed from, in the names of shown nodes; its symbol if it is a leaf."""
        if node.op is None:
            return self.symbol(node)
        if node not in self._formulas:
            for inner in (*self.inner(node), node):
                if inner not in self._formulas and inner.op is not None:
                    self._formulas[inner] = simplify(applied(inner.op, mapped(self.expression, inner.arguments)))
        return self._formulas[node]

    def expression(self, node: Value) -> Any:
        """How a node is written where it is used: a shown one by its name, any other by its formula."""
        return self.symbol(node) if node in self._shown else self.formula(node)

    def inner(self, node: Value) -> list[Value]:
        """The nodes between `node` and the shown ones it is computed from, in topological order."""
        parents = node.parents
        if all(parent in self._shown for parent in parents):
            return []
        return [each for each in topological_order(*parents, stop=self._shown) if each not in self._shown]

    # ------------------------------------------------------------ local derivatives

    def edges(self, node: Value) -> tuple[Edge, ...]:
        """The edges into a shown node, one for each shown node it uses, in the order of its formula."""
        if node not in self._edges:
            inner = self.inner(node)
            shares = _accumulated(node, inner, self._derivatives, _Factors, _sum_of)
            slopes = Slopes(node, inner)
            self._edges[node] = tuple(Edge(parent, node, shares[parent], slopes) for parent in self.parents(node))
        return self._edges[node]

    def _derivatives(self, node: Value) -> Iterator[tuple[Value, Any]]:
        """The rules of the table read on symbols; a rule that cannot be (`math.cos(x)`) gives its number."""
        return zip(node.parents, formulas_or_numbers(node, self.expression), strict=True)

    # ------------------------------------------------------------ paths

    def cone(self, output: Value, *variables: Value) -> list[Value]:
        """The shown nodes between the variables and the output, both included, in topological order."""
        reached = set(variables)
        following = []
        for node in self.nodes:
            if node in reached or any(parent in reached for parent in self.parents(node)):
                reached.add(node)
                following.append(node)
        useful = {output}
        for node in reversed(following):
            if node in useful:
                useful.update(self.parents(node))
        return [node for node in following if node in useful]

    def parents(self, node: Value) -> list[Value]:
        """The shown nodes that a shown node is computed from, each once, in the order of its formula."""
        if node not in self._parents:
            parents = list(dict.fromkeys(node.parents))
            if not all(parent in self._shown for parent in parents):
                parents = [each for each in topological_order(*parents, stop=self._shown) if each in self._shown]
            self._parents[node] = parents
        return self._parents[node]


def _accumulated(
    node: Value,
    inner: Sequence[Value],
    derivatives: Callable[[Value], Iterator[tuple[Value, Any]]],
    times: Callable[[Any, Any], Any],
    add: Callable[[list[Any]], Any],
) -> dict[Value, list[Any]]:
    """Backpropagation from `node` to the shown nodes before it: for each of them one share per use, in order."""
    if not inner:
        direct: dict[Value, list[Any]] = {}
        for parent, local in derivatives(node):
            direct.setdefault(parent, []).append(local)
        return direct
    place = {each: index for index, each in enumerate((*inner, node))}
    shares: dict[Value, list[tuple[int, Any]]] = {node: [(0, 1)]}
    for each in (node, *reversed(inner)):
        if each not in shares:  # it stands only in a branch that `where` did not take
            continue
        upstream = add(_in_order(shares.pop(each)))
        for parent, local in derivatives(each):
            shares.setdefault(parent, []).append((place[each], times(upstream, local)))
    return {parent: _in_order(found) for parent, found in shares.items()}


def _in_order(shares: list[tuple[int, Any]]) -> list[Any]:
    """The shares in the order of the places where they arise."""
    return [share for _, share in sorted(shares, key=operator.itemgetter(0))]


class _Factors(NamedTuple):
    """A share of a derivative that is not multiplied out yet."""

    upstream: Any
    local: Any


def _multiplied(share: Any) -> Any:
    return product(*share) if isinstance(share, _Factors) else share


def _sum_of(shares: list[Any]) -> Any:
    return _multiplied(shares[0]) if len(shares) == 1 else total(*map(_multiplied, shares))


def _slopes(node: Value) -> Iterator[tuple[Value, float]]:
    # What does not exist is NaN: an error only where it is asked for. Floats: a product of whole numbers has no end.
    if isinstance(node.op, ByHand):
        return zip(node.parents, node.local_gradient(), strict=True)
    pairs = local_derivatives(node.op, node._out, node.numbers, node.arguments, None, lambda: math.nan)
    chooses = node.op is not None and node.op.chooses
    return ((parent, float(local)) for parent, local in pairs if local or not chooses)


def _shown(order: Sequence[Value], keep: set[Value]) -> list[Value]:
    """The nodes that are shown: leaves, labelled ones, those to keep, and what would make a formula too long."""
    used: dict[Value, int] = {}
    for node in order:
        for parent in node.parents:
            used[parent] = used.get(parent, 0) + 1
    extent: dict[Value, tuple[int, int]] = {}  # of what is not shown: its depth and its size
    shown = []
    for node in order:
        before = [extent.get(parent, (0, 1)) for parent in node.parents]
        # A long sum is written in a row, however it was nested when a loop added term after term.
        levels = (deep - _continues(parent, node) for (deep, _), parent in zip(before, node.parents, strict=True))
        depth = 1 + max(levels, default=0)
        size = 1 + sum(large for _, large in before)
        is_long = depth > _DEEPEST or size > (_LARGEST if used.get(node, 0) <= 1 else _LARGEST_SHARED)
        if node.op is None or node.label or node in keep or is_long:
            shown.append(node)
        else:
            extent[node] = depth, size
    return shown


def _continues(parent: Value, node: Value) -> bool:
    """Whether the operation of a node goes on with that of its parent: (a + b) − c, (a · b) · c."""
    return any(parent.op in alike and node.op in alike for alike in _IN_A_ROW)
