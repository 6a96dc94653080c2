"""Mistakes with units: the derivative of the activation, the input of a weight, updated weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..op import flatten
from .edges import code_of_edge
from .edits import About, Edit, Fresh, group, one
from .names import is_activation
from .points import Point, Scene
from .slopes import activations, slope_as_written, wrong_slopes

if TYPE_CHECKING:
    from ..value import Value


def activation_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """The slope of the activation left out, taken at the output, or that of another one: in a unit, a layer, all."""
    units = [place for place, edge in enumerate(scene.edges) if is_activation(scene.nodes[edge.child])]
    groups = [*([unit] for unit in units), *_layers(scene, units)]
    others = activations(scene)
    for places in groups:
        nodes = [scene.nodes[scene.edges[place].child] for place in places]
        if len(places) > 1:
            yield group(scene, "activation_missing", places, lambda place: one, About("activations_missing", nodes))
        for told, rule in (("activation_at_output", _at_output), ("activation_at_sum", _at_sum)):
            yield group(scene, "activation_at_output", places, partial(rule, scene), About(told, nodes))
        yield from wrong_slopes(scene, places, others)


def _layers(scene: Scene, units: Sequence[int]) -> Iterator[list[int]]:
    """The units with as many activations before L as each other, where they are several; then all."""
    ahead = [0] * len(scene.nodes)
    unit_edges = set(units)
    for place in range(len(scene.edges) - 1, -1, -1):
        edge = scene.edges[place]
        ahead[edge.parent] = max(ahead[edge.parent], ahead[edge.child] + (place in unit_edges))
    layers: dict[int, list[int]] = {}
    for place in units:
        layers.setdefault(ahead[scene.edges[place].child], []).append(place)
    yield from (layer for layer in layers.values() if len(layer) > 1)
    if len(layers) > 1:
        yield list(units)


def _at_output(scene: Scene, place: int) -> Fresh:
    """σ′(h) for σ′(a), with h = σ(a)."""
    node = scene.nodes[scene.edges[place].child]

    def fresh(point: Point) -> float:
        return _rule(node, point, point.numbers[node])

    return fresh


def _rule(node: Value, point: Point, x: float) -> float:
    numbers = tuple(item if isinstance(item, (int, float)) else x for item in node.arguments)
    try:
        return float(node.op.partial(0, node.op.compute(numbers, numbers), numbers, numbers)) if node.op else math.nan
    except (ArithmeticError, ValueError):
        return math.nan


def _at_sum(scene: Scene, place: int) -> Fresh:
    """a(1 − a) for h(1 − h): the rule, with the pre-activation where the output belongs."""
    node = scene.nodes[scene.edges[place].child]

    def fresh(point: Point) -> float:
        x = point.numbers[node.parents[0]]
        numbers = tuple(item if isinstance(item, (int, float)) else x for item in node.arguments)
        return slope_as_written(node.op, x, numbers) if node.op else math.nan

    return fresh


# ---------------------------------------------------------------- inputs and weights


def input_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """The last factor left out in every use of w."""
    uses = scene.edges_out[0] if scene.nodes else []
    if len(uses) > 1 and all(code_of_edge(scene, place)[0] == "input_missing" for place in uses):
        yield group(scene, "input_missing", uses, lambda place: one, About("inputs_missing", scene.variable))


def updated_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """The weights on the way replaced by w − η·∂L/∂w."""
    if rate is None:
        return
    found = []
    for place, edge in enumerate(scene.edges):
        weight = _weight_of(scene, place)
        if edge.parent and weight is not None:
            found.append((place, weight))
    if not found:
        return
    weights = list(dict.fromkeys(weight for _, weight in found))
    by_place = dict(found)
    for sign, told in ((-1, "updated_weights"), (1, "updated_away")):
        fresh = partial(_updated, by_place, rate, sign)
        yield group(scene, "updated_weights", by_place, fresh, About(told, weights))
    fresh = partial(_updated, by_place, rate, -1)
    for place, weight in found if len(found) > 1 else ():
        yield group(scene, "updated_weights", [place], fresh, About("updated_weights", [weight]))


def _weight_of(scene: Scene, place: int) -> Value | None:
    """The leaf that a product multiplies the parent of an edge with."""
    edge = scene.edges[place]
    child = scene.nodes[edge.child]
    name = child.op.name if child.op is not None else ""
    other: Any = None
    if name == "multiply":
        other = child.arguments[1] if child.arguments[0] is scene.nodes[edge.parent] else child.arguments[0]
    elif name == "dot":
        flat = list(flatten(child.arguments))
        index = [i for i, item in enumerate(flat) if not isinstance(item, (int, float))][edge.place]
        half = len(flat) // 2
        other = flat[(index + half) % (2 * half)] if index < 2 * half else None
    return other if not isinstance(other, (int, float, type(None))) and other.op is None and other.label else None


def _updated(weights: Mapping[int, Value], rate: Fresh, sign: int, place: int) -> Fresh:
    weight = weights[place]
    return lambda point: point.slopes[place] + sign * rate(point) * point.gradient.get(weight, 0.0)
