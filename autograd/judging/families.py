"""All families of mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .edges import composite_edits, edge_edits, formula_edits
from .edits import Edit, Family, Fresh
from .indices import index_edits
from .paths import delta_edits, local_edits, path_edits
from .points import Scene
from .together import denominator_edits, parallel_edits, stretch_edits
from .units import activation_edits, input_edits, updated_edits

FAMILIES: tuple[Family, ...] = (
    edge_edits,
    formula_edits,
    activation_edits,
    input_edits,
    path_edits,
    composite_edits,
    delta_edits,
    local_edits,
    stretch_edits,
    denominator_edits,
    updated_edits,
    index_edits,
    parallel_edits,
)


def all_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """Every single mistake of a scene, one family after the other."""
    for family in FAMILIES:
        yield from family(scene, known, rate)
