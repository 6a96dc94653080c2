"""Partial credit: the share of factors and paths that are right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .answers import Answer
from .points import Scene
from .search import Finding, Sample

_LEAST, _MOST = 0.1, 0.9
_ROUNDED = 0.9
_UNNAMED = 0.5  # what matched factors are worth where the mistake has no name
_MOST_EDGES = 500


def score_of(scene: Scene, finding: Finding) -> float:
    """1 − mistakes/factors for factors, and the share of the paths that is kept for paths."""
    if finding.codes == ("rounded",):
        return _ROUNDED
    if finding.codes == ("bias_missing",):
        return 0.0
    lost = 0.0
    for code, about in zip(finding.codes, finding.about, strict=True):
        if code == "path_missing" and about.kind in ("path", "paths"):
            lost += 1 - _share_kept(scene, about.node)
        else:
            lost += 1 / _factors(scene)
    return round(min(_MOST, max(_LEAST, 1 - lost)), 4)


def _factors(scene: Scene) -> int:
    """The factors of the derivation in named steps, at least two."""
    return max(2, sum(node in scene.view for node in scene.nodes[1:]))


def _share_kept(scene: Scene, ways: Any) -> float:
    """The share of the paths from w to L that goes another way."""
    pairs = ways if isinstance(ways, list) else [ways]
    dropped = {(scene.number_of_node[a], scene.number_of_node[b]) for a, b in pairs}
    through = {a for a, b in dropped if a == b}
    kept = [0.0 if (edge.parent, edge.child) in dropped or edge.parent in through else 1.0 for edge in scene.edges]
    total = scene.adjoints([1.0] * len(scene.edges))[0]
    return scene.adjoints(kept)[0] / total if total and math.isfinite(total) else 0.5


def score_of_unknown(scene: Scene, answer: Answer, samples: Sequence[Sample]) -> float:
    """Half of the share of the named factors that stand somewhere in the answer."""
    if answer.program is None or not scene.nodes or len(scene.edges) > _MOST_EDGES:
        return 0.0
    few = samples[:3]
    written = [_parts_of(answer, sample) for sample in few]
    if any(len(parts) != len(written[0]) for parts in written):
        return 0.0
    wanted = [[sample.point.slopes[place] for sample in few] for place in range(len(scene.edges))]
    wanted = [values for values in wanted if len({abs(v) for v in values}) > 1 or len(few) == 1]
    columns = list(zip(*written, strict=True))
    found = sum(any(_same(values, column) for column in columns) for values in wanted)
    return round(_UNNAMED * found / len(wanted), 4) if wanted else 0.0


def _parts_of(answer: Answer, sample: Sample) -> list[float]:
    """The numbers of all parts of a formula at a point."""
    names = getattr(answer, "names", None)
    if answer.program is None or names is None:
        return []
    reading = getattr(answer, "reading", 0)
    bound = {label: names.number(label, sample.point, reading) for label in answer.program.labels}
    try:
        return answer.program.results(bound)
    except (ArithmeticError, ValueError, TypeError):
        return []


def _same(values: Sequence[float], column: Sequence[float]) -> bool:
    """Equal but for one constant factor."""
    if not all(values) or not all(column):
        return False
    ratios = [a / b for a, b in zip(column, values, strict=True)]
    return all(abs(ratio - ratios[0]) <= 1e-9 * abs(ratios[0]) for ratio in ratios)
