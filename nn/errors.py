"""Errors of networks and of their training; all of them are AutogradErrors."""

from __future__ import annotations

from typing import Any

from autograd import AutogradError


class NetworkError(AutogradError, ValueError):
    """A network cannot be made, or cannot be given this: sizes, activations, notations, numbers of inputs."""


class DataError(AutogradError, ValueError):
    """Data cannot be trained on: empty, ragged, not a number; `row` is where, counted from 0 (None: nowhere)."""

    def __init__(self, message: str, *, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class ModelFileError(AutogradError, ValueError):
    """A file is no model of this library, is damaged, or is of another version."""


class TrainingError(AutogradError, ArithmeticError):
    """Training left the finite numbers; `epoch` is where, counted from 1, `history` what there was until then."""

    def __init__(self, message: str, *, epoch: int = 0, history: Any = None) -> None:
        super().__init__(message)
        self.epoch = epoch
        self.history = history
