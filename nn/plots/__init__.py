"""Plots of learning: curves, surfaces, boundaries, gradients by layer. All of them need matplotlib (extra `plot`), but
for `loss_svg`, which writes plain SVG.

Every plot draws on the axes `ax`, or on those of a new figure, and returns them; `save(axes, path)` writes a file.
"""

from __future__ import annotations

from .boundary import boundary
from .confusion import confusion
from .curves import loss, metrics
from .evolution import deltas, weights
from .gradients import gradients_by_layer
from .loss_svg import LossCurve, loss_svg
from .rates import learning_rates
from .style import save
from .surface import contours, surface

__all__ = [
    "LossCurve",
    "boundary",
    "confusion",
    "contours",
    "deltas",
    "gradients_by_layer",
    "learning_rates",
    "loss",
    "loss_svg",
    "metrics",
    "save",
    "surface",
    "weights",
]
