"""The slope of another activation: a sigmoid's y(1 − y) at a tanh unit, or at a linear one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import ops
from ..op import Op
from ..simplify import simplify
from ..symbol import Call, Symbol, read
from .edits import MOST_EDGES, About, Edit, Fresh, group
from .mutations import labels_in
from .names import is_activation
from .points import Point, Scene
from .programs import Program

if TYPE_CHECKING:
    from ..value import Value

_AT_ITS_OUTPUT = (ops.sigmoid, ops.tanh, ops.relu)  # whose slope can be told from the output
_TAUGHT = (*_AT_ITS_OUTPUT, ops.softplus)


class Slope(NamedTuple):
    """The rule of an activation read at a node: its number, and its formula (None if it cannot be written)."""

    op: Op
    fresh: Fresh
    formula: Any


def wrong_slopes(scene: Scene, places: Sequence[int], others: Iterable[Op]) -> Iterator[Edit]:
    """The rule of another activation at some units, read at their outputs or worked out from their sums."""
    nodes = [scene.nodes[scene.edges[place].child] for place in places]
    for other in others:
        for is_at_output in (True, False) if _reads_output(other) else (False,):
            if all(node.op is not other for node in nodes):
                yield group(scene, "activation_wrong", places, partial(_at_place, scene, other, is_at_output),
                            About("activation_wrong", nodes, None, (other, is_at_output)))  # fmt: skip


def activations(scene: Scene) -> list[Op]:
    """Those that are taught first, and those of the graph; none of a scene with very many steps."""
    if len(scene.edges) > MOST_EDGES:
        return []
    used = (node.op for node in scene.order if is_activation(node) and node.op is not None and node.op.arity == 1)
    return list(dict.fromkeys((*_TAUGHT, *used)))


@lru_cache(maxsize=100)
def _written(op: Op) -> Any:
    """Its rule in its output y and its operands x0, x1, …, as it is written; None if it is no formula."""
    return read(op.partials[0], Symbol("y"), *(Symbol(f"x{place}") for place in range(len(op.operand_names))))


@lru_cache(maxsize=100)
def _program(op: Op) -> Program | None:
    return None if _written(op) is None else Program(_written(op))


def slope_as_written(op: Op, y: float, numbers: Sequence[Any]) -> float:
    """The rule of an operation for its first operand; NaN where it has no value.

    The numbers need not fit together: a student may write y(1 − y) with a y that is no sigmoid of x, where the exact
    form that the table has in the tails, which reads x, would be another number.

    >>> slope_as_written(ops.sigmoid, 0.95, (0.5,))
    0.04750000000000004
    """
    program = _program(op)
    try:
        if program is None:
            return float(op.partial(0, y, numbers, numbers))
        return program.at({"y": y, **{f"x{place}": number for place, number in enumerate(numbers)}})
    except (ArithmeticError, ValueError):
        return math.nan


@lru_cache(maxsize=100)
def _reads_output(op: Op) -> bool:
    """Whether its rule is written in its output, as y(1 − y) is."""
    found = _written(op)
    return found is not None and "y" in labels_in(simplify(found))


def slopes_at(scene: Scene, node: Value) -> Iterator[Slope]:
    """The rules of the usual activations, read as if the node were the output of one."""
    for other in _AT_ITS_OUTPUT:
        yield Slope(other, _fresh(other, node, node, True), slope_formula(scene, other, node, True))


def _at_place(scene: Scene, other: Op, is_at_output: bool, place: int) -> Fresh:
    node = scene.nodes[scene.edges[place].child]
    return _fresh(other, node, node.parents[0], is_at_output)


def _fresh(other: Op, node: Value, below: Value, is_at_output: bool) -> Fresh:
    def fresh(point: Point) -> float:
        x = (point.numbers[below],)
        try:
            y = point.numbers[node] if is_at_output else float(other.compute(x, x))
        except (ArithmeticError, ValueError):
            return math.nan
        return slope_as_written(other, y, x)

    return fresh


def slope_formula(scene: Scene, other: Op, node: Value, is_at_output: bool) -> Any:
    """The rule of another activation at a node as a formula; None if it cannot be written as one."""
    below = scene.expression(node.parents[0] if is_activation(node) else node)
    found = read(other.partials[0], scene.expression(node) if is_at_output else Call(other, (below,)), below)
    return None if found is None else simplify(found)
