"""Wrong indices: another unit, input, weight or δ in the place of the right one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from .edits import MOST_EDGES, About, Change, Edit, Fresh, Renamed, edit_at, fresh_number, group
from .mutations import labels_in, renamings, shifts
from .names import siblings
from .points import Scene

if TYPE_CHECKING:
    from ..value import Value

_MOST_RENAMED = 80  # edges of a scene in which indices are tried


def renaming_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """Another unit, input or weight in the place of the right one, in one local derivative."""
    for place, edge in enumerate(scene.edges if len(scene.edges) <= _MOST_RENAMED else ()):
        expression = scene.local(place)
        for names in renamings(labels_in(expression), known):
            yield edit_at(scene, place, "wrong_index", Renamed(expression, names),
                        About("wrong_index", scene.nodes[edge.child], names))  # fmt: skip


def index_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A wrong index: in a factor, everywhere, or of a whole δ."""
    yield from renaming_edits(scene, known, rate)
    yield from _other_nodes(scene)
    if len(scene.edges) > _MOST_RENAMED:
        return
    labels_at = [labels_in(scene.local(place)) for place in range(len(scene.edges))]
    labels = list(dict.fromkeys(label for found in labels_at for label in found))
    for names in (*renamings(labels, known), *shifts(labels, known)):
        moved = {right: wrong for right, wrong in names.items() if right != wrong}
        places = [place for place, found in enumerate(labels_at) if moved.keys() & set(found)]
        if len(places) > 1:
            yield group(scene, "wrong_index", places,
                         partial(_renamed, scene, moved),
                         About("wrong_index", None, moved))  # fmt: skip


def _renamed(scene: Scene, names: dict[str, str], place: int) -> Fresh:
    return fresh_number(Renamed(scene.local(place), names))


def _other_nodes(scene: Scene) -> Iterator[Edit]:
    """The derivative with respect to a sibling of a node: δ₂ for δ₁, ∂L/∂w₂₁ for ∂L/∂w₁₂."""
    by_label = {node.label: node for node in scene.order if node.label}
    if len(by_label) > MOST_EDGES:
        return
    for number, node in enumerate(scene.nodes[:-1]):
        for label in siblings(node.label, by_label) if node.label else ():
            other = by_label[label]
            yield Edit("wrong_index", (Change(number, len(scene.nodes) - 1, -1, _other_adjoint(number, other)),),
                       About("wrong_node", node, other))  # fmt: skip


def _other_adjoint(number: int, other: Value) -> Fresh:
    return lambda point: point.gradient.get(other, 0.0) - point.adjoint[number]
