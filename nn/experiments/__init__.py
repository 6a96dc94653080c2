"""Experiments: the numbers behind the plots, measured on real trainings and backward passes. No matplotlib here."""

from __future__ import annotations

from .deltas import Deltas, deltas
from .depths import RECIPES, GradientSizes, Recipe, depths, gradient_sizes
from .moons import moons
from .rates import Trial, learning_rates
from .regions import Regions, regions
from .surface import ErrorSurface, Path, descend, error_surface

__all__ = [
    "RECIPES",
    "Deltas",
    "ErrorSurface",
    "GradientSizes",
    "Path",
    "Recipe",
    "Regions",
    "Trial",
    "deltas",
    "depths",
    "descend",
    "error_surface",
    "gradient_sizes",
    "learning_rates",
    "moons",
    "regions",
]
