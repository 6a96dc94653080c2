"""Mistakes with paths: one forgotten, all but some forgotten, a mistake in one path only, a whole δ left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .edges import edge_edits, formula_edits
from .edits import MOST_EDGES, About, Change, Edit, Fresh, group, one, zero
from .indices import renaming_edits
from .points import Scene
from .units import activation_edits

_MOST_LOCAL_EDGES, _MOST_KEPT, _MOST_PATHS = 300, 64, 12


def path_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """All paths but one left out, all but the first few, or all through one node."""
    ways = [*((edges, "into") for edges in _places_into(scene)), *((out, "out") for out in scene.edges_out)]
    for places, _ in ways:
        if not 3 <= len(places) <= _MOST_KEPT:
            continue
        for kept in range(len(places)):
            others = places[:kept] + places[kept + 1 :]
            yield group(scene, "path_missing", others, lambda place: zero, About("paths", _ends(scene, others)))
            if 1 < kept < len(places) - 1:
                others = places[kept:]
                yield group(scene, "path_missing", others, lambda place: zero, About("paths", _ends(scene, others)))
    for number, out in enumerate(scene.edges_out):
        if number and len(out) > 1 and len(scene.edges_into[number]) > 1:
            node = scene.nodes[number]
            yield group(scene, "path_missing", out, lambda place: zero, About("path", (node, node)))


def _places_into(scene: Scene) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in scene.nodes]
    for place, edge in enumerate(scene.edges):
        found[edge.child].append(place)
    return found


def _ends(scene: Scene, places: Iterable[int]) -> list[Any]:
    return [(scene.nodes[scene.edges[p].parent], scene.nodes[scene.edges[p].child]) for p in places]


def delta_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A sum over paths that comes before a named node left out, or written twice: x for δ·x."""
    last = len(scene.nodes) - 1
    paths = scene.adjoints([1.0] * len(scene.edges))
    for number, node in enumerate(scene.nodes[:-1] if len(scene.nodes) <= MOST_EDGES else ()):
        if node.label and number and paths[number] > 1:
            missing, doubled = _to_the(number, 0), _to_the(number, 2)
            yield Edit("factor_missing", (Change(number, last, -1, missing),), About("delta_missing", node))
            yield Edit("factor_doubled", (Change(number, last, -1, doubled),), About("delta_doubled", node))


def _to_the(number: int, power: int) -> Fresh:
    return lambda point: point.adjoint[number] ** power - point.adjoint[number]


# ---------------------------------------------------------------- one path


def local_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A mistake in one path only: an expanded sum over paths has the same factor several times."""
    paths = scene.path_places(_MOST_PATHS) if len(scene.edges) <= _MOST_LOCAL_EDGES else []
    if len(paths) < 2:
        return
    shared = {place for place in range(len(scene.edges)) if sum(place in path for path in paths) > 1}
    edits: dict[int, list[Edit]] = {}
    for edit in (*edge_edits(scene, known, rate), *formula_edits(scene, known, rate),
                 *activation_edits(scene, known, rate), *renaming_edits(scene, known, rate)):  # fmt: skip
        if len(edit.changes) == 1 and edit.changes[0].place in shared and edit.code != "path_missing":
            edits.setdefault(edit.changes[0].place, []).append(edit)
    last = len(scene.nodes) - 1
    for path in paths:
        whole = on_path(path)
        if shared:
            about = About("whole_path", [scene.nodes[scene.edges[place].child] for place in path])
            yield Edit("path_missing", (Change(0, last, -1, _times(whole, -1.0)),), about)
            yield Edit("sign", (Change(0, last, -1, _times(whole, -2.0)),), about._replace(kind="sign_path"))
        for place in path:
            for edit in edits.get(place, ()):
                fresh = on_path(path, place, edit.changes[0].delta)
                yield Edit(edit.code, (Change(0, last, -1, fresh),), edit.about)


def on_path(path: Sequence[int], place: int = -1, factor: Fresh = one) -> Fresh:
    """The product of the local derivatives along a path, with another factor at one place."""
    others = [each for each in path if each != place]
    return lambda point: math.prod([point.slopes[each] for each in others]) * factor(point)


def _times(fresh: Fresh, factor: float) -> Fresh:
    return lambda point: factor * fresh(point)
