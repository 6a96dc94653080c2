"""The same mistake everywhere: in every term of a sum, in every copy of a factor, in all steps of a stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..printers.text import text
from ..simplify import Power
from .edges import edge_edits, formula_edits
from .edits import About, Change, Edit, Fresh
from .names import is_activation
from .points import Point, Scene

if TYPE_CHECKING:
    from ..value import Value

_MOST_EDGES = 300
_MOST_STOPS = 14  # nodes that every path goes through
_COUNTABLE = 2.0**53


def parallel_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """One mistake made alike in all steps of one kind: all weights of a layer left out, all squares kept."""
    if len(scene.edges) > _MOST_EDGES:
        return
    by_place: dict[int, list[Edit]] = {}
    for edit in (*edge_edits(scene, known, rate), *formula_edits(scene, known, rate)):
        if edit.about.kind != "path" and edit.code != "mean_for_sum":  # that one is about all terms as it is
            by_place.setdefault(edit.changes[0].place, []).append(edit)
    for places in _alike(scene):
        for edits in zip(*(by_place.get(place, ()) for place in places), strict=False):
            first = edits[0]
            if all((edit.code, edit.about.kind) == (first.code, first.about.kind) for edit in edits):
                changes = tuple(edit.changes[0] for edit in edits)
                yield Edit(first.code, changes, About("everywhere", len(edits), first.about))


def _alike(scene: Scene) -> list[list[int]]:
    """The edges of one operation as far from L as each other, those with one local derivative, the uses of one node."""
    distance = distances(scene)
    groups: dict[object, list[int]] = {}
    for place, edge in enumerate(scene.edges):
        op = scene.nodes[edge.child].op
        operand = 0 if op is None or any(op.is_list) else edge.place
        groups.setdefault((op and op.name, distance[edge.child], operand), []).append(place)
        groups.setdefault(text(scene.local(place)), []).append(place)
    for places in scene.edges_out:
        for place in places:
            op = scene.nodes[scene.edges[place].child].op
            groups.setdefault((places[0], op and op.name), []).append(place)
    found = dict.fromkeys(tuple(places) for places in groups.values() if len(places) > 1)
    return [list(places) for places in found]


def distances(scene: Scene) -> list[int]:
    """How many steps the longest way from each node to L has."""
    found = [0] * len(scene.nodes)
    for edge in reversed(scene.edges):
        found[edge.parent] = max(found[edge.parent], found[edge.child] + 1)
    return found


# ---------------------------------------------------------------- a stretch of the way


def stretch_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """The derivative of one node by another left out, where all paths go through both: an inner derivative."""
    last = len(scene.nodes) - 1
    stops = _stops(scene)
    for index, start in enumerate(stops):
        for stop in stops[index + 1 :]:
            if (start, stop) != (0, last) and stop - start > 1 and _is_one_step(scene, start, stop):
                yield Edit("factor_missing", (Change(0, last, -1, _without(start, stop)),),
                           About("stretch", (scene.nodes[stop], scene.nodes[start])))  # fmt: skip


def _stops(scene: Scene) -> list[int]:
    """The nodes that every path goes through; none if they are many."""
    if not scene.nodes or len(scene.edges) > _MOST_EDGES:
        return []
    ones = [1.0] * len(scene.edges)
    ahead, behind = scene.adjoints(ones), scene.tangents(ones)
    if ahead[0] > _COUNTABLE:
        return []
    found = [number for number in range(len(scene.nodes)) if ahead[number] * behind[number] == ahead[0]]
    return found if len(found) <= _MOST_STOPS else []


def _is_one_step(scene: Scene, start: int, stop: int) -> bool:
    """Whether a student takes the stretch for one step: nothing in it has a name, and no unit ends there."""
    inner = scene.nodes[start + 1 : stop + 1]
    return not any(node.label for node in inner[:-1]) and not any(map(is_activation, inner))


def _without(start: int, stop: int) -> Fresh:
    return lambda point: point.adjoint[stop] * point.tangent[start] - point.right


def denominator_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A denominator that is common to all terms left out, or written twice: y/(x + y) for y/(x + y)²."""
    if not scene.nodes or len(scene.edges) > _MOST_EDGES:
        return
    last = len(scene.nodes) - 1
    quotients = [node for node in scene.nodes[1:] if node.op is not None and node.op.name == "divide"]
    below = dict.fromkeys(node.arguments[1] for node in quotients if node.arguments[1] in node.parents)
    for node in below:
        part = Power(scene.expression(node), -1)

        def missing(point: Point, node: Value = node) -> float:
            return point.right * (point.numbers[node] - 1)

        def doubled(point: Point, node: Value = node) -> float:
            return point.right * (1 / point.numbers[node] - 1)

        yield Edit("factor_missing", (Change(0, last, -1, missing),), About("factor_missing", None, part))
        yield Edit("factor_doubled", (Change(0, last, -1, doubled),), About("factor_doubled", None, part))
