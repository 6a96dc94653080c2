"""How good predictions are: accuracy for classes, R² and the mean absolute error for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..metrics import r_squared
from ..models import Model
from ..tables import Dataset


def score(model: Model, data: Dataset, predicted: Sequence[Any] | None = None) -> str:
    """The score of a model on rows of which the targets are known, in words."""
    found = model.predict(data) if predicted is None else predicted
    if model.classes:
        right = sum(model.classes[t] == y for t, y in zip(data.T, found, strict=True))
        return f"accuracy {100 * right / len(data):.1f} %, {right} of {len(data)} right"
    if len(model.encoding.targets) == 1:
        return _error(found, data.T)
    series = zip(model.encoding.outputs, zip(*found, strict=True), zip(*data.T, strict=True), strict=True)
    return "; ".join(f"{name}: {_error(y, t)}" for name, y, t in series)


def _error(predicted: Sequence[float], targets: Sequence[float]) -> str:
    """R² tells nothing where the targets do not vary."""
    mean = sum(abs(y - t) for y, t in zip(predicted, targets, strict=True)) / len(targets)
    share = f"R² {r_squared(predicted, targets):.4f}, " if min(targets) < max(targets) else ""
    return f"{share}mean absolute error {mean:.4g}"
