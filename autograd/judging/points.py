"""What lies between w and L, with its numbers at many points.

`Scene` is the part of the graph that ∂L/∂w goes through; `Point` has the number of every node at one choice of the
inputs, the local derivative of every edge, and the two halves of each path: the adjoint ∂L/∂node and the tangent
∂node/∂w. A derivative is linear in each edge, so ∂L/∂w with one edge changed by `delta` is

    ∂L/∂w + ∂L/∂child · delta · ∂parent/∂w

without going through the graph again. All of the judge's search stands on this line.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..evaluation import numbers_at, recompute, recorded
from ..graph import depending_on, topological_order
from ..sweep import sweep
from ..symbolic import formulas_or_numbers
from ..value import local_derivatives
from ..views import View
from .borders import from_border, has_border, is_at_kink

if TYPE_CHECKING:
    from ..value import Value

MOST_POINTS, FEWEST_POINTS = 24, 6
_WORK = 150_000  # nodes to compute in all: a large graph gets fewer points
_TRIES = 6  # candidates for each point
_MOST_KINKS = 4  # of which all combinations of sides are looked for
_MOST_COUNTS = 6  # numbers of terms that an average may be taken over
_BOUNDED = {"sigmoid", "tanh", "erf"}
_GOOD, _DEAD, _DOUBTFUL, _UNUSABLE = range(4)  # what a point is worth
_SATURATED, _KINK, _LARGE = 1e-3, 1e-5, 1e9


class Edge(NamedTuple):
    """One use of a node by another: the numbers of the two in the scene, and which operand it is."""

    parent: int
    child: int
    place: int


Extra = Mapping[int, Sequence[tuple[int, float]]]  # further edges into a child: their parents and local derivatives


class Point:
    """The scene at one choice of the inputs."""

    def __init__(self, scene: Scene, held: Mapping[Value, float]) -> None:
        self.scene = scene
        self.numbers = recompute(scene.order, held)
        self.slopes = self._slopes()
        self.adjoint, self.tangent = scene.adjoints(self.slopes), scene.tangents(self.slopes)
        # The sum of the sizes of all paths: what rounding is relative to.
        self.size = scene.adjoints([abs(slope) for slope in self.slopes])[0] if scene.nodes else 0.0
        self.right = self.adjoint[0] if scene.nodes else 0.0
        self.rate, self.decay = math.nan, math.nan  # the numbers of η and λ here

    def _slopes(self) -> list[float]:
        slopes: list[float] = []
        for child, edges in enumerate(self.scene.edges_into):
            if edges:
                found = [slope for _, slope in self.locals_of(self.scene.nodes[child])]
                slopes += [found[edge.place] for edge in edges]
        return slopes

    def locals_of(self, node: Value) -> Iterable[tuple[Value, float]]:
        """The local derivatives of a node here."""
        numbers = numbers_at(node.arguments, self.numbers)
        return local_derivatives(node.op, self.numbers[node], numbers, node.arguments)

    @cached_property
    def names(self) -> dict[str, float]:
        """The numbers of all named nodes by label."""
        view = self.scene.view
        return {view.name(node): self.numbers[node] for node in view.nodes}

    @cached_property
    def gradient(self) -> dict[Value, float]:
        """∂L/∂node for every node of the graph."""

        def shares(node: Value, upstream: float) -> list[tuple[Value, float]]:
            pairs = self.locals_of(node) if node.op is not None and upstream != 0.0 else ()
            return [(parent, upstream * local) for parent, local in pairs]

        return sweep(self.scene.order, 1.0, shares)


class Scene:
    """The output, the variable, and the nodes and edges between them, numbered in topological order."""

    def __init__(self, output: Value, variable: Value, view: View | None = None) -> None:
        self.output, self.variable = output, variable
        self.view = view or View(output)
        self.order = topological_order(output)
        self.nodes = _between(self.order, variable)
        number = {node: index for index, node in enumerate(self.nodes)}
        self.edges_into: list[list[Edge]] = [
            [Edge(number[parent], index, place) for place, parent in enumerate(node.parents)
             if parent in number and index]
            for index, node in enumerate(self.nodes)
        ]  # fmt: skip
        self.edges = [edge for edges in self.edges_into for edge in edges]
        self.number_of_node = number
        self.edges_out: list[list[int]] = [[] for _ in self.nodes]
        for place, edge in enumerate(self.edges):
            self.edges_out[edge.parent].append(place)
        self._expressions: dict[int, list[Any]] = {}
        self._first_edge = _starts(self.edges_into)

    # ------------------------------------------------------------ numbers

    def adjoints(self, slopes: Sequence[float], extra: Extra | None = None) -> list[float]:
        """∂L/∂node for each node of the scene, with those local derivatives."""
        result = [0.0] * len(self.nodes)
        if not result:
            return result
        result[-1] = 1.0
        for child in range(len(self.nodes) - 1, 0, -1):
            upstream = result[child]
            for place, edge in enumerate(self.edges_into[child], self._first_edge[child]):
                result[edge.parent] += upstream * slopes[place]
            if extra and child in extra:
                for parent, slope in extra[child]:
                    result[parent] += upstream * slope
        return result

    def tangents(self, slopes: Sequence[float], extra: Extra | None = None) -> list[float]:
        """∂node/∂w for each node of the scene, with those local derivatives."""
        result = [0.0] * len(self.nodes)
        if not result:
            return result
        result[0] = 1.0
        for child in range(1, len(self.nodes)):
            for place, edge in enumerate(self.edges_into[child], self._first_edge[child]):
                result[child] += result[edge.parent] * slopes[place]
            if extra and child in extra:
                for parent, slope in extra[child]:
                    result[child] += result[parent] * slope
        return result

    def path_places(self, most: int) -> list[list[int]]:
        """The edges of every path from w to L; none if there are more than `most` paths."""
        if not self.nodes or not 1 <= self.adjoints([1.0] * len(self.edges))[0] <= most:
            return []
        found: list[list[int]] = []
        stack: list[tuple[int, list[int]]] = [(0, [])]
        while stack:
            node, path = stack.pop()
            if node == len(self.nodes) - 1:
                found.append(path)
            stack += [(self.edges[place].child, [*path, place]) for place in reversed(self.edges_out[node])]
        return found

    @cached_property
    def term_counts(self) -> list[int]:
        """How many terms the sums and means between w and L have, and how many places use one node.

        Two terms count only where a mean is taken: elsewhere a factor 2 is called one.
        """
        terms = _terms(self.order)
        inner = {parent for node in self.nodes if node in terms for parent in node.parents}
        tops = [node for node in self.nodes if node in terms and (node not in inner or node.label)]
        means = {len(node.parents) for node in self.nodes if node.op is not None and node.op.name == "mean"}
        found = {**dict.fromkeys(means), **{terms[node]: None for node in tops}}
        found |= dict.fromkeys(map(len, self.edges_into)) | dict.fromkeys(map(len, self.edges_out))
        return [count for count in found if count > 2 or (count == 2 and count in means)][:_MOST_COUNTS]

    # ------------------------------------------------------------ words and formulas

    def expression(self, node: Value) -> Any:
        """How a node is written: by its name, or by its formula in the names of others."""
        is_named = node in self.view and (node.label or node is not self.output or node.op is None)
        return self.view.symbol(node) if is_named else self.view.formula(node)

    def local(self, place: int) -> Any:
        """The local derivative of an edge, simplified, in the names of nodes; its number if the rule cannot be read."""
        edge = self.edges[place]
        if edge.child not in self._expressions:
            child = self.nodes[edge.child]
            self._expressions[edge.child] = formulas_or_numbers(child, self.expression)
        return self._expressions[edge.child][edge.place]

    # ------------------------------------------------------------ points

    @cached_property
    def here(self) -> Point | None:
        """The current point, with the numbers that the forward pass saw; None where a slope is infinite."""
        seen = recorded(self.order)
        try:
            point = Point(self, {node: seen[id(node)] for node in self.order if id(node) in seen})
        except (ArithmeticError, ValueError):
            return None
        return point if math.isfinite(point.right) else None

    def points(self, rng: random.Random) -> list[Point]:
        """Random points, away from kinks and saturation where that is possible."""
        count = max(FEWEST_POINTS, min(MOST_POINTS, _WORK // max(1, len(self.order))))
        leaves = [node for node in self.order if node.op is None and node.label]
        seen = recorded(self.order)
        data = {node: seen.get(id(node), node.data) for node in self.order if node.op is None}
        found: list[tuple[int, Point]] = []
        spread = 1.0
        for attempt in range(min(count * _TRIES, count + _WORK // max(1, len(self.order)))):
            held = {**data, **{leaf: _moved(data[leaf], attempt, spread, rng) for leaf in leaves}}
            try:
                point = Point(self, held)
            except (ArithmeticError, ValueError):
                spread = max(spread * 0.8, 0.01)
                continue
            fault = self._fault(point)
            if fault < _UNUSABLE:
                found.append((fault, point))
            spread = max(spread * 0.8, 0.01) if fault > _DEAD else min(1.0, spread * 1.1)
            if sum(fault == _GOOD for fault, _ in found) >= count:
                break
        found.sort(key=lambda pair: pair[0])  # stable: the best first, else in the order of drawing
        return self._chosen([point for fault, point in found if fault <= _DEAD] or [p for _, p in found], count)

    def _chosen(self, points: Sequence[Point], count: int) -> list[Point]:
        """The best points, with both sides of every kink among them where there are such.

        After that, other combinations of sides: an answer that leaves one of two kinks out is right where both units
        are off, as it is where both are on.
        """
        kinked = [node for node in self.order if node.op is not None and has_border(node.op)]
        chosen = list(points[: max(1, count - min(count // 2, 2 ** min(len(kinked), _MOST_KINKS)))])
        rest = points[len(chosen) :] if kinked else ()
        seen = {side for point in chosen for side in _sides(kinked, point)}
        combinations = {frozenset(_sides(kinked, point)) for point in chosen}
        for is_enough in (seen.issuperset, combinations.__contains__):
            for point in rest:
                sides = frozenset(_sides(kinked, point))
                if len(chosen) < count and not is_enough(sides) and point not in chosen:
                    chosen.append(point)
                    seen.update(sides)
                    combinations.add(sides)
        return chosen + [point for point in points if point not in chosen][: count - len(chosen)]

    def _fault(self, point: Point) -> int:
        """Whether the derivative is 0 there (dead), a node near a kink or saturated (doubtful), or not finite."""
        numbers = point.numbers
        if not math.isfinite(point.right) or not math.isfinite(point.size) or point.size > _LARGE:
            return _UNUSABLE
        for node in self.order:
            if node.op is None:
                continue
            name, y = node.op.name, numbers[node]
            if not math.isfinite(y):
                return _UNUSABLE
            if (name in _BOUNDED and 1 - abs(y) < _SATURATED) or (name == "sigmoid" and y < _SATURATED):
                return _DOUBTFUL
            if has_border(node.op) and abs(from_border(node.op, numbers_at(node.arguments, numbers))) <= _KINK:
                return _DOUBTFUL
        return _DEAD if point.right == 0 or point.size < 1e-12 else _GOOD

    def kink_slopes(self) -> tuple[float, float] | None:
        """The slopes to the left and right of the current point, if a node between w and L stands on a kink."""
        here = self.here
        if here is None or self.variable.op is not None or not self.nodes:
            return None
        on_kink = any(
            node.op is not None and is_at_kink(node.op, numbers_at(node.arguments, here.numbers)) for node in self.nodes
        )
        if not on_kink:
            return None
        leaves = {node: here.numbers[node] for node in self.order if node.op is None}
        w = leaves[self.variable]
        step = 1e-7 * max(1.0, abs(w))
        try:
            left, right = (Point(self, {**leaves, self.variable: w + side}).right for side in (-step, step))
        except (ArithmeticError, ValueError):
            return None
        return min(left, right), max(left, right)


def _between(order: Sequence[Value], variable: Value) -> list[Value]:
    """The nodes from the variable to the last of the order, in topological order; none if it does not matter."""
    reached = depending_on([variable], order)
    following = [node for node in order if node in reached]
    useful = {order[-1]}
    for node in reversed(following):
        if node in useful and node is not variable:
            useful.update(node.parents)
    found = [node for node in following if node in useful]
    return found if found and found[0] is variable and found[-1] is order[-1] else []


def _terms(order: Sequence[Value]) -> dict[Value, int]:
    """For each sum of a graph its terms, with the unlabelled sums among them opened."""
    found: dict[Value, int] = {}
    for node in order:
        if node.op is not None and node.op.name in ("add", "sum"):
            found[node] = sum(found.get(parent, 1) if not parent.label else 1 for parent in node.parents)
    return found


def _starts(edges_into: Sequence[Sequence[Edge]]) -> list[int]:
    """The place of each node's first edge among all edges."""
    starts, total = [], 0
    for edges in edges_into:
        starts.append(total)
        total += len(edges)
    return starts


def _moved(number: float, attempt: int, spread: float, rng: random.Random) -> float:
    """Another number for a leaf: anywhere, near its own, or of its own sign, in turn."""
    draw = rng.gauss(0.0, 1.0)
    if attempt % 3 == 0:
        return round(spread * draw, 6) or 0.1
    if attempt % 3 == 1:
        return number + spread * 0.4 * (abs(number) + 0.3) * draw
    return math.copysign(0.05 + abs(number) * (1 - spread / 2) + spread * abs(draw), number)


def _sides(kinked: Sequence[Value], point: Point) -> set[tuple[Value, bool]]:
    """On which side of its kink each node is."""
    return {
        (node, from_border(node.op, numbers_at(node.arguments, point.numbers)) > 0)
        for node in kinked if node.op is not None
    }  # fmt: skip
