"""Warnings that point at the line which called this package."""

from __future__ import annotations

import inspect
import warnings


def warn(message: str, kind: type[Warning] = UserWarning) -> None:
    """Warn whoever called."""
    warnings.warn(message, kind, stacklevel=_depth())


def _depth() -> int:
    """How many calls up from `warn` the first one is that is not of this package."""
    frame, depth = inspect.currentframe(), 0
    while frame is not None and f"{frame.f_globals.get('__name__')}.".startswith(f"{__package__}."):
        frame, depth = frame.f_back, depth + 1
    return depth
