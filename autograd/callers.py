"""Who called this package: the line that errors and warnings speak of."""

from __future__ import annotations

import sys
import warnings
from types import FrameType


def caller(frame: FrameType, *others: str) -> FrameType:
    """The innermost frame outside of this package, and of `others`, from a frame on outwards."""
    packages = ("autograd", *others)
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
        frame = frame.f_back
    return frame


def warn(message: str, kind: type[Warning]) -> None:
    """Warn whoever called this package, however many of its functions lie between."""
    frame = caller(sys._getframe(1))
    module = frame.f_globals
    warnings.warn_explicit(message, kind, frame.f_code.co_filename, frame.f_lineno, module.get("__name__"),
                           module.setdefault("__warningregistry__", {}))  # fmt: skip
