"""The chain rule over the paths of a view, factored: a product along each path, a sum where paths meet.

    ∂L/∂node = Σ over consumers ( ∂L/∂consumer · ∂consumer/∂node )

The same structure is written three times: with Leibniz' factors, with the local derivatives as formulas, and with
their numbers. What is needed more than once gets a name and a line of its own, so that the whole is linear in the size
of the graph, however many paths there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ..atoms import Derivative, Numeral, PathSum
from ..errors import SlopeError
from ..simplify import Product, is_negative, product
from ..symbol import Expression, Symbol
from ..views import Edge, View
from .names import delta_labels
from .numbers import pieces

if TYPE_CHECKING:
    from ..value import Value

STYLES = ("chain", "delta")
_MOST_BRACKETS = 3  # within each other; a deeper sum gets a name
_LARGEST_REPEATED = 30  # pieces of a formula that is written wherever it is used


class Line(NamedTuple):
    """∂L/∂node, written three times; 0 where L does not depend on the node."""

    chain: Chain
    node: Value

    @property
    def name(self) -> Expression:
        """What other lines call it: a δ, or ∂L/∂node itself."""
        return self.chain.name(self.node)

    @property
    def leibniz(self) -> Any:
        """The chain rule in Leibniz' factors."""
        return self.chain.written(_LEIBNIZ).get(self.node, 0)

    @property
    def symbolic(self) -> Any:
        """The same with each factor replaced by its local derivative."""
        return self.chain.written(_SYMBOLIC).get(self.node, 0)

    @property
    def factors(self) -> Any:
        """The same with a number for each factor."""
        return self.chain.written(_NUMBERS).get(self.node, 0)


class Chain:
    """The lines for some variables of an output: `definitions` of what is shared, then `lines`, one per variable.

    A definition stands after those that it uses. `consumers` maps each node of the `cone` to the edges by which it
    reaches the output. The lines are written when they are first asked for.
    """

    def __init__(self, view: View, output: Value, variables: Sequence[Value], style: str) -> None:
        self.view = view
        self.output = output
        self.cone = view.cone(output, *variables)
        inside = set(self.cone)
        self.consumers: dict[Value, list[Edge]] = {node: [] for node in self.cone}
        for child in self.cone:
            for edge in view.edges(child):
                if edge.parent in inside:
                    self.consumers[edge.parent].append(edge)
        self.variables = list(variables)
        self.names = self._named(set(variables), style)
        self._written: dict[_Form, dict[Value, Any]] = {}

    @property
    def lines(self) -> list[Line]:
        """One line for every variable that the output depends on."""
        return [Line(self, node) for node in self.variables if node in self.consumers]

    @cached_property
    def _defined(self) -> list[Value]:
        return sorted((node for node in self.cone if node in self.names), key=self._distance().__getitem__)

    @property
    def definitions(self) -> list[Line]:
        """The lines of what is shared."""
        return [Line(self, node) for node in self._defined]

    def written(self, form: _Form) -> dict[Value, Any]:
        """∂L/∂node of all variables and all that is shared, in one form."""
        if form not in self._written:
            self._written[form] = self._write({*self.variables, *self.names}, form)
        return self._written[form]

    def leibniz(self, node: Value) -> Derivative:
        """∂L/∂node."""
        return Derivative(self.view.name(self.output), self.view.name(node))

    def name(self, node: Value) -> Expression:
        """What a named suffix is called: its δ, or ∂L/∂node."""
        return self.names.get(node) or self.leibniz(node)

    # ------------------------------------------------------------ which suffixes get a name

    def _users(self) -> dict[Value, int]:
        """How often ∂L/∂node is used by the derivatives before it."""
        users = dict.fromkeys(self.cone, 0)
        for edges in self.consumers.values():
            for edge in edges:
                users[edge.child] += 1
        return users

    def _distance(self) -> dict[Value, int]:
        """The number of named suffixes between a node and the output: the order in which they can be computed."""
        distance = {self.output: 0}
        for node in reversed(self.cone):
            if node is not self.output:
                distance[node] = max(distance[e.child] + (e.child in self.names) for e in self.consumers[node])
        return distance

    def _named(self, variables: set[Value], style: str) -> dict[Value, Expression]:
        """The nodes whose ∂L/∂node is used more than once, or is what one calls a delta, with their names."""
        users = self._users()
        named: dict[Value, Expression] = {}
        deltas: list[Value] = []
        weight: dict[Value, int] = {self.output: 0}  # how many factors stand for ∂L/∂node where it is used
        brackets: dict[Value, int] = {self.output: 0}
        for node in reversed(self.cone):
            if node is self.output:
                continue
            edges = self.consumers[node]
            weight[node] = max(weight[edge.child] + isinstance(edge.derivative, Expression) for edge in edges)
            brackets[node] = max(brackets[edge.child] for edge in edges) + (len(edges) > 1)
            is_long = weight[node] > 1 or len(edges) > 1 or users[node] > 1 and _is_large(edges[0].derivative)
            is_delta = style == "delta" and weight[node] > 0 and self._is_pre_activation(node)
            needs_name = users[node] > 1 and is_long or users[node] and node in variables
            if is_delta or needs_name or brackets[node] > _MOST_BRACKETS:
                named[node] = self.leibniz(node)
                weight[node], brackets[node] = 1, 0
                deltas += [node] if is_delta else []
        labels = delta_labels([self.view.name(node) for node in deltas], self._taken())
        named.update((node, Symbol(labels[self.view.name(node)])) for node in deltas)
        return named

    def _taken(self) -> set[str]:
        return {self.view.name(node) for node in self.view.nodes}

    def _is_pre_activation(self, node: Value) -> bool:
        """Whether the node is a weighted sum: the derivative with respect to a weight is an input, itself a parent."""
        edges = self.view.edges(node)
        parents = {self.view.name(edge.parent) for edge in edges}
        return any(isinstance(edge.derivative, Symbol) and edge.derivative.label in parents for edge in edges)

    # ------------------------------------------------------------ writing

    def _write(self, wanted: Iterable[Value], form: _Form) -> dict[Value, Any]:
        """∂L/∂node of the wanted nodes in one form."""
        found: dict[Value, list[_Factor]] = {self.output: []}  # the factors of ∂L/∂node, where they have no name
        users = self._users()
        result: dict[Value, Any] = {self.output: 1} if self.output in wanted else {}
        for node in reversed(self.cone):
            if node is not self.output:
                terms = []
                for edge in self.consumers[node]:
                    terms.append(self._before(edge.child, found, users[edge.child] == 1 and edge.child not in wanted))
                    terms[-1].append(_Factor((edge.child, node), form.factor(self, edge)))
                found[node] = terms[0] if len(terms) == 1 else _added(node, terms, form)
                if node in wanted:
                    result[node] = form.multiply([factor.written for factor in found[node]])
        return result

    def _before(self, child: Value, found: dict[Value, list[_Factor]], is_last_use: bool) -> list[_Factor]:
        """The factors of ∂L/∂child as a list of one's own: whoever uses them last takes them over without copying."""
        if child in self.names:
            return [_Factor(child, self.name(child))]
        return found.pop(child) if is_last_use else list(found[child])


class _Factor(NamedTuple):
    """A factor as it is written in some form; `stands_for` is the same in all forms: an edge, or what has a name."""

    stands_for: Any
    written: Any


def _added(node: Value, terms: list[list[_Factor]], form: _Form) -> list[_Factor]:
    """The sum over the paths from a node, behind the factors with which all of them begin: ∂L/∂o · [… + …]."""
    same = 0
    for factors in zip(*terms, strict=False):
        if any(factor.stands_for != factors[0].stands_for for factor in factors):
            break
        same += 1
    rest = form.add([form.multiply([factor.written for factor in term[same:]]) for term in terms])
    return [*terms[0][:same], _Factor(node, rest)]


def _is_large(expression: Any) -> bool:
    """Whether a formula would be too long to be written again and again."""
    return any(True for _ in islice(pieces(expression), _LARGEST_REPEATED, None))


class _Form(NamedTuple):
    """How a chain is written: its factors, their products and the sums of those."""

    factor: Callable[[Chain, Edge], Any]
    multiply: Callable[[list[Any]], Any]
    add: Callable[[list[Any]], Any]


def _leibniz_factor(chain: Chain, edge: Edge) -> Any:
    return Derivative(chain.view.name(edge.child), chain.view.name(edge.parent))


def _symbolic_factor(chain: Chain, edge: Edge) -> Any:
    return edge.derivative


def _number(chain: Chain, edge: Edge) -> Any:
    """The slope; a factor 1 or −1 that is one at every point is none. One that does not exist is 0: backpropagation has
    none of it only where it lies in a branch that was not taken."""
    try:
        slope = edge.slope
    except SlopeError:
        return 0
    return edge.derivative if edge.derivative in (1, -1) else Numeral(float(slope))


def _side_by_side(factors: list[Any]) -> Any:
    """A product as it stands: like factors are not joined."""
    kept: list[Any] = []
    coefficient: Any = 1
    for factor in factors:
        if isinstance(factor, Product):
            coefficient *= factor.coefficient
            kept += factor.factors
        elif isinstance(factor, Expression):
            kept.append(factor)
        else:
            coefficient *= factor
    if not kept or coefficient == 0:
        return coefficient
    return kept[0] if coefficient == 1 and len(kept) == 1 else Product(coefficient, kept)


def _sum_over_paths(terms: list[Any]) -> Any:
    """The sum of products, with a number or a sign that all of them have taken out in front."""
    terms = [term for term in terms if term != 0]
    if len(terms) < 2:
        return terms[0] if terms else 0
    coefficients = {_coefficient(term) for term in terms}
    common = coefficients.pop() if len(coefficients) == 1 else -1 if all(map(is_negative, terms)) else 1
    if common == 1:
        return PathSum(terms)
    if common == -1:
        return Product(-1, [PathSum([product(-1, term) for term in terms])])
    return Product(common, [PathSum([product(*getattr(term, "factors", ())) for term in terms])])


def _coefficient(term: Any) -> Any:
    return term.coefficient if isinstance(term, Product) else 1 if isinstance(term, Expression) else term


def _multiplied(factors: list[Any]) -> Any:
    return product(*factors)


_LEIBNIZ = _Form(_leibniz_factor, _side_by_side, PathSum)
_SYMBOLIC = _Form(_symbolic_factor, _multiplied, _sum_over_paths)
_NUMBERS = _Form(_number, _side_by_side, _sum_over_paths)
