"""A factor too much: a bias' slope times an input, a slope where the unit is linear, a factor of another step.

There are many factors and many places for one, so they are not tried one by one: at one point the answer says how
large a factor at a place must be, and that number is looked up among the factors there are.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..simplify import Product
from ..symbol import Expression
from .edits import MOST_EDGES, About, Change, Edit, Fresh, changed, fresh_number, number_at
from .mutations import labels_in
from .names import consumers, is_activation, is_bias, is_weighted_sum, operands_of_sum
from .points import Edge, Point, Scene
from .slopes import slopes_at
from .together import distances

if TYPE_CHECKING:
    from ..value import Value

_MOST_PLACES, _MOST_FACTORS, _MOST_PATHS = 600, 400, 12


class Factor(NamedTuple):
    """What may be multiplied in: its number, its formula or node, and why it is too much (a kind of reason)."""

    fresh: Fresh
    part: Any
    reason: str = ""
    node: Any = None


class Sweeps:
    """The adjoints and tangents at a point, with a mistake in the graph or none."""

    def __init__(self, point: Point, edit: Edit | None = None) -> None:
        self.point = point
        if edit is None:
            self.slopes, self.adjoint, self.tangent = point.slopes, point.adjoint, point.tangent
        else:
            self.slopes, extra = changed(point, [edit])
            self.adjoint = point.scene.adjoints(self.slopes, extra)
            self.tangent = point.scene.tangents(self.slopes, extra)
        self.derivative = self.adjoint[0]

    def with_edit(self, edit: Edit) -> float:
        """The derivative with more edges."""
        return self.derivative + sum(
            self.adjoint[change.child] * change.number(self.point) * self.tangent[change.parent]
            for change in edit.changes
        )


class Place(NamedTuple):
    """Where a factor may stand: how much of the derivative goes through there, and how that is called."""

    share: Callable[[Sweeps], float]
    where: Any = None


class Extras:
    """The factors and places of a scene, at one point; of equal factors the one in the names that were written."""

    def __init__(self, scene: Scene, point: Point, written: Collection[str]) -> None:
        self.scene, self.point = scene, point
        self.places = _distinct_places(scene, point, written)
        known: dict[float, Factor] = {}
        for factor in sorted(_factors(scene, written), key=lambda factor: not is_written(factor.part, written)):
            number = number_at(factor.fresh, point)
            if math.isfinite(number):
                known.setdefault(number, factor)
        self.numbers = sorted(known)
        self.factors = [known[number] for number in self.numbers]

    def __len__(self) -> int:
        return len(self.places) * len(self.factors)

    def like(self, wanted: float, near: float) -> Iterator[Edit]:
        """One factor too much at one place, with which the derivative is `wanted` at the point."""
        for place, share in self.places:
            for factor in self._of_size((wanted - self.point.right) / share + 1, near / abs(share)):
                yield self._edit(place, factor)

    def besides(self, sweeps: Sweeps, wanted: float, near: float) -> Iterator[tuple[Place, Factor]]:
        """The same where there is another mistake in the graph."""
        missing = wanted - sweeps.derivative
        for place, _ in self.places:
            share = place.share(sweeps)
            for factor in self._of_size(missing / share + 1, near / abs(share)) if share else ():
                yield place, factor

    def _of_size(self, size: float, near: float) -> Iterator[Factor]:
        near += 1e-9 * abs(size)
        first = bisect_left(self.numbers, size - near)
        while first < len(self.numbers) and self.numbers[first] <= size + near:
            yield self.factors[first]
            first += 1

    def _edit(self, place: Place, factor: Factor) -> Edit:
        def fresh(point: Point) -> float:
            return place.share(Sweeps(point)) * (factor.fresh(point) - 1)

        change = Change(0, len(self.scene.nodes) - 1, -1, fresh)
        return Edit("factor_extra", (change,), told(factor, place.where))


def told(factor: Factor, where: Any = None) -> About:
    """What is said of a factor too much."""
    return About("factor_extra", (where, factor.node), factor.part, factor.reason)


def is_written(part: Any, written: Collection[str]) -> bool:
    """Whether a formula is in names that stand in the answer."""
    return isinstance(part, Expression) and all(label in written for label in labels_in(part))


# ---------------------------------------------------------------- places


def _distinct_places(scene: Scene, point: Point, written: Collection[str]) -> list[tuple[Place, float]]:
    """The places, each with what goes through it at a point; those with one number are one place."""
    known: dict[float, Place] = {}
    sweeps = Sweeps(point)
    for place in _places(scene, written):
        known.setdefault(place.share(sweeps), place)
    return [(place, share) for share, place in known.items() if share][:_MOST_PLACES]


def _places(scene: Scene, written: Collection[str]) -> Iterator[Place]:
    """The whole derivative, all paths through a node or an edge, one path."""
    yield Place(lambda sweeps: sweeps.derivative)
    if len(scene.edges) > MOST_EDGES:
        return
    for number in sorted(range(1, len(scene.nodes) - 1), key=lambda n: scene.nodes[n].label not in written):
        node = scene.nodes[number]
        yield Place(partial(_through_node, number), (node, node))
    for place, edge in enumerate(scene.edges):
        yield Place(partial(_through_edge, place, edge), (scene.nodes[edge.parent], scene.nodes[edge.child]))
    paths = scene.path_places(_MOST_PATHS)
    for path in paths if len(paths) > 1 else ():
        yield Place(partial(_along, path), [scene.nodes[scene.edges[place].child] for place in path])


def _through_node(number: int, sweeps: Sweeps) -> float:
    return sweeps.adjoint[number] * sweeps.tangent[number]


def _through_edge(place: int, edge: Edge, sweeps: Sweeps) -> float:
    return sweeps.adjoint[edge.child] * sweeps.slopes[place] * sweeps.tangent[edge.parent]


def _along(path: Sequence[int], sweeps: Sweeps) -> float:
    return math.prod([sweeps.slopes[place] for place in path])


# ---------------------------------------------------------------- factors


def _factors(scene: Scene, written: Collection[str]) -> Iterator[Factor]:
    """The numbers of named nodes, the local derivatives and their factors, slopes of activations, whole δ."""
    yield from _operands_beside_bias(scene)
    for node in _named(scene):
        yield Factor(_value(node), scene.view.symbol(node))
    for node in reversed(scene.nodes[1:-1][-_MOST_FACTORS:]):
        is_linear = is_linear_unit(scene, node)
        for slope in slopes_at(scene, node) if is_linear or node.label in written else ():
            if slope.formula is not None:
                yield Factor(slope.fresh, slope.formula, "linear" if is_linear else "", node)
    for formula in _local_formulas(scene):
        yield Factor(fresh_number(formula), formula)
    for number, node in enumerate(scene.nodes[1:-1][:_MOST_FACTORS], 1):
        if node.label:
            yield Factor(_adjoint(number), node, "delta")


def _named(scene: Scene) -> list[Value]:
    """The named nodes; of a large graph those that matter here."""
    found = [node for node in scene.order[:-1] if node.label and node in scene.view]
    if len(found) <= _MOST_FACTORS:
        return found
    near = dict.fromkeys(item for node in scene.nodes[:_MOST_FACTORS] for item in (node, *node.parents))
    return [node for node in near if node.label and node in scene.view][:_MOST_FACTORS]


def _operands_beside_bias(scene: Scene) -> Iterator[Factor]:
    """The inputs and weights of the sum that a bias belongs to."""
    users = [scene.nodes[scene.edges[place].child] for place in scene.edges_out[0]] if scene.nodes else []
    for node in operands_of_sum(users[0]) if len(users) == 1 and is_bias(scene.variable, users) else ():
        if node.label and node in scene.view and node is not scene.variable:
            yield Factor(_value(node), scene.view.symbol(node), "bias")


def _local_formulas(scene: Scene) -> Iterator[Any]:
    for place in range(min(len(scene.edges), _MOST_FACTORS // 2)):
        local = scene.local(place)
        factors = local.factors if isinstance(local, Product) else ()
        whole = Product(1, factors) if len(factors) > 1 else local  # a number before it is a mistake of its own
        for formula in (*factors, *(() if len(factors) == 1 else (whole,))):
            if isinstance(formula, Expression):
                yield formula


def _value(node: Value) -> Fresh:
    return lambda point: point.numbers.get(node, node.data)


def _adjoint(number: int) -> Fresh:
    return lambda point: point.adjoint[number]


def is_linear_unit(scene: Scene, node: Value) -> bool:
    """Whether the node is a weighted sum, or one times a number, that no activation follows."""
    number = scene.number_of_node[node]
    users = [scene.nodes[scene.edges[place].child] for place in scene.edges_out[number]]
    if any(map(is_activation, users)) or len(set(node.parents)) < len(node.parents):
        return False
    if len(node.parents) == 1 and node.op is not None and node.op.name in ("multiply", "positive", "add"):
        return is_weighted_sum(node.parents[0])
    return is_weighted_sum(node)


# ---------------------------------------------------------------- each its own


def extra_edits(scene: Scene, written: Collection[str]) -> Iterator[Edit]:
    """A factor too much in every path, each its own: y_k(1 − y_k) at all linear outputs, x_i for a bias."""
    layers = _layers(scene) if len(scene.edges) <= MOST_EDGES else []
    for layer in sorted(layers, key=lambda layer: not all(node.label in written for node in layer)):
        for kind in zip(*(tuple(_own(scene, node)) for node in layer), strict=True):
            yield _together(scene, layer, kind)
    yield from _neighbours(scene)


def _own(scene: Scene, node: Value) -> Iterator[Factor]:
    yield Factor(_value(node), scene.expression(node))
    for slope in slopes_at(scene, node):
        yield Factor(slope.fresh, slope.formula, "linear", node)


def _layers(scene: Scene) -> list[list[Value]]:
    """The linear units as far from L as each other, so that no path has two of them."""
    far = distances(scene)
    found: dict[int, list[Value]] = {}
    for number, node in enumerate(scene.nodes[1:-1], 1):
        if is_linear_unit(scene, node):
            found.setdefault(far[number], []).append(node)
    return [found[distance] for distance in sorted(found) if len(found[distance]) > 1]


def _together(scene: Scene, layer: Sequence[Value], kind: Sequence[Factor]) -> Edit:
    last, numbers = len(scene.nodes) - 1, [scene.number_of_node[node] for node in layer]

    def change(number: int, factor: Factor) -> Change:
        return Change(number, last, -1, lambda point: point.adjoint[number] * (factor.fresh(point) - 1))

    about = About("everywhere", len(layer), told(kind[0]))
    return Edit("factor_extra", tuple(map(change, numbers, kind)), about)


def _neighbours(scene: Scene) -> Iterator[Edit]:
    """∂L/∂w for ∂L/∂b: the bias of several sums, each times its own input."""
    using = consumers(scene.order).get(scene.variable, [])
    if len(using) < 2 or not is_bias(scene.variable, using):
        return
    near = [set(operands_of_sum(user)) for user in using]
    shared = [node for node in operands_of_sum(using[0]) if node.label and all(node in each for each in near)]
    for node in dict.fromkeys(shared):
        if node is not scene.variable:
            change = Change(0, len(scene.nodes) - 1, -1, _gradient(node))
            yield Edit("factor_extra", (change,), About("neighbour", node))


def _gradient(node: Value) -> Fresh:
    return lambda point: point.gradient.get(node, 0.0) - point.adjoint[0]
