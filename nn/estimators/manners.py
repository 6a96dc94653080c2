"""What scikit-learn asks of an estimator, given without importing it: where it is at work, it is loaded already."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def exception(name: str) -> Any:
    """scikit-learn's exception or warning of that name, if it is loaded; else None."""
    return getattr(sys.modules.get("sklearn.exceptions"), name, None)


def tags(kind: str, *, multi_output: bool) -> Any:
    """What `__sklearn_tags__` answers: of what kind the estimator is ("classifier", "regressor"), and what it takes."""
    utils = import_module("sklearn.utils")  # it is scikit-learn that asks
    return utils.Tags(
        estimator_type=kind,
        target_tags=utils.TargetTags(required=True, multi_output=multi_output),
        classifier_tags=utils.ClassifierTags() if kind == "classifier" else None,
        regressor_tags=utils.RegressorTags() if kind == "regressor" else None,
        input_tags=utils.InputTags(sparse=True),
    )


def as_array(items: Any, kind: type | None = None) -> Any:
    """A list as NumPy's array where NumPy is installed, as it is where it is not."""
    try:
        numpy = import_module("numpy")
    except ImportError:
        return items
    return numpy.asarray(items, dtype=kind)
