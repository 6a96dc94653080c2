"""Causes in the depth: gradients that vanish or explode on their way back through the layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .. import initialisers
from ..metrics import FAR_APART
from ..words import counted
from .case import Case
from .finding import Finding, number, way
from .measuring import Measured

# Whether a remedy is one: the gradients of first and last layer are then at most in this ratio.
_NEAR = 30.0


def exploding(case: Case) -> Iterator[Finding]:
    """Gradients that are far larger in the first layer than in the last."""
    found = case.beginning if case.has_diverged else case.measured
    ratio = ratio_of(found)
    if found is None or ratio is None or ratio < FAR_APART:
        return
    key, remedy = _remedy(case, "smaller")
    when = "before the first epoch it was" if case.has_diverged else "in the mean over the samples it is"
    yield Finding(
        "exploding",
        [f"The gradient explodes on its way back: {when} ", number(ratio), " times as large in the first layer as in "
         "the last. Along the strongest path, ", *way(found.path.labels), ", a change is multiplied by ",
         number(found.path.product), "."],
        remedy,
        {"ratio": ratio, "product": found.path.product, "path": found.path.labels, "remedy": key},
        hinders=not case.is_learned,
    )  # fmt: skip


def vanishing(case: Case) -> Iterator[Finding]:
    """Gradients that are far smaller in the first layer than in the last."""
    found = case.measured
    ratio = ratio_of(found)
    if found is None or ratio is None or ratio > 1 / FAR_APART:
        return
    key, remedy = _remedy(case, "other")
    yield Finding(
        "vanishing",
        ["The gradient vanishes on its way back: in the mean over the samples it is ", number(ratio), " times as large "
         "in the first layer as in the last. ", *bound_of(found), "Along the strongest path, ", *way(found.path.labels),
         ", a change is multiplied by ", number(found.path.product), "."],
        remedy,
        {"ratio": ratio, "product": found.path.product, "path": found.path.labels, "remedy": key},
        hinders=not case.is_learned,
    )  # fmt: skip


def ratio_of(found: Measured | None) -> float | None:
    """∂L/∂a of the first layer over that of the last; None where there is one layer, or no gradient at all."""
    if found is None or len(found.weighted) < 2:
        return None
    first, last = (units.size_of_deltas for units in (found.weighted[0], found.weighted[-1]))
    return first / last if 0 < last < math.inf and first < math.inf else None


def bound_of(found: Measured) -> list[Any]:
    """What the slopes alone leave: each sigmoid passes at most 0.25: five layers leave at most 0.00098 times …"""
    damping = [units for units in found.weighted if units.bound is not None and units.bound < 1]
    if not damping:
        return []
    product = math.prod(units.bound or 0.0 for units in damping)
    names = {units.name for units in damping}
    each = [f"Each {names.pop()} passes at most ", number(damping[0].bound or 0.0), ": "] if len(names) == 1 else []
    told = f"{counted(len(damping), 'layer')} leave{'s' if len(damping) == 1 else ''} at most "
    return [*each, told, number(product), " times the weights. "]


# ---------------------------------------------------------------- what to do


_STARTS: list[tuple[str, str, dict[str, Any]]] = [
    ("xavier", "initialiser=nn.initialisers.xavier_uniform", {"initialiser": initialisers.xavier_uniform}),
    ("tanh", 'activation="tanh" in the hidden layers', {"hidden": "tanh"}),
    ("relu", 'activation="relu" in the hidden layers', {"hidden": "relu"}),
    ("normalised", "nn.LayerNorm behind every hidden layer", {"normalised": True}),
]


def _remedy(case: Case, told: str) -> tuple[str, list[Any]]:
    """The key of the start that helps, and its words."""
    key, words, ratio = _tried(case)
    return key, [
        f"Start again from {told} weights: {words}. Measured on a fresh network of these sizes, the first layer's "
        "gradient is then ", number(ratio), " times the last's.",
    ]  # fmt: skip


def _tried(case: Case) -> tuple[str, str, float]:
    """The first start, from the least change on, that leaves gradients near each other; or the one that is nearest."""
    found = []
    for key, words, changes in _STARTS:
        ratio = ratio_of(case.started_afresh(**changes).measured) or math.inf
        found.append((abs(math.log(ratio)) if 0 < ratio < math.inf else math.inf, key, words, ratio))
        if found[-1][0] <= math.log(_NEAR):
            break
    _, key, words, ratio = min(found)
    return key, words, ratio
