"""What comes out if intermediate results are rounded: the values, the local derivatives, or each product."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product

from ..evaluation import numbers_at
from ..value import local_derivatives
from .points import Point

_DIGITS = (1, 2, 3, 4, 5, 6)
_MOST_EDGES = 1_000

Rounding = Callable[[float], float]


def rounded_values(point: Point) -> Iterator[float]:
    """The derivative for each way to round on the way: to so many decimals or digits, and where."""
    if len(point.scene.edges) > _MOST_EDGES:
        return
    for digits, rounding in product(_DIGITS, (_to_decimals, _to_digits)):
        one = rounding(digits)
        for places in product((False, True), repeat=3):
            if any(places):
                try:
                    yield _derivative(point, one, *places)
                except (ArithmeticError, ValueError):
                    continue


def _to_decimals(digits: int) -> Rounding:
    return lambda x: round(x, digits)


def _to_digits(digits: int) -> Rounding:
    return lambda x: round(x, digits - 1 - math.floor(math.log10(abs(x)))) if x else 0.0


def _derivative(point: Point, rounding: Rounding, values: bool, slopes: bool, products: bool) -> float:
    scene = point.scene
    numbers = dict(point.numbers)
    if values:
        for node in scene.order:
            if node.op is not None:
                numbers[node] = rounding(float(node.op.compute(numbers_at(node.arguments, numbers), node.arguments)))
    found = []
    for node, edges in zip(scene.nodes, scene.edges_into, strict=True):
        if edges:
            given = numbers_at(node.arguments, numbers)
            locals_ = [slope for _, slope in local_derivatives(node.op, numbers[node], given, node.arguments)]
            found += [rounding(locals_[edge.place]) if slopes else locals_[edge.place] for edge in edges]
    return _swept(point, found, rounding) if products else scene.adjoints(found)[0]


def _swept(point: Point, slopes: list[float], rounding: Rounding) -> float:
    """Backpropagation with every adjoint rounded."""
    scene = point.scene
    adjoint = [0.0] * len(scene.nodes)
    adjoint[-1] = 1.0
    for place in range(len(scene.edges) - 1, -1, -1):
        edge = scene.edges[place]
        adjoint[edge.parent] = rounding(adjoint[edge.parent] + adjoint[edge.child] * slopes[place])
    return adjoint[0]
