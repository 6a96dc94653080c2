"""Data that come with scikit-learn."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograd.errors import MissingPackageError


def scikit_learn_data(name: str, purpose: str) -> Any:
    """What scikit-learn's `load_…` of that name gives; raises MissingPackageError, which begins with the purpose."""
    try:
        # By name: type checkers are run where scikit-learn is, and where it is not.
        return getattr(import_module("sklearn.datasets"), f"load_{name}")()
    except ImportError:
        raise MissingPackageError("scikit-learn", "notebook", purpose) from None
