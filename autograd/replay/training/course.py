"""What a trainer repeats: the loss of one sample as a tape, over rows of numbers in batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from ..tape import Tape
from .straight import PLAIN, Dialect, Runs, training_source
from .updates import Update


@dataclass
class Course:
    """The tape of a sample's loss, the samples, and how its weights change.

    The update changes the first `stepped` leaves of the tape. For each of `layers`, runs of places among the leaves
    whose gradients are wanted, the norm of the gradient is told.
    """

    tape: Tape
    rows: Sequence[Sequence[float]]
    batch: int
    update: Update | None
    stepped: int
    layers: Sequence[Runs] = field(default_factory=list)
    clip_norm: float | None = None
    random: Random | None = None  # what shuffles the samples in every epoch

    @property
    def limit(self) -> float:
        """The largest norm that the gradient may have in a step."""
        return math.inf if self.clip_norm is None else self.clip_norm

    def source(self, dialect: Dialect = PLAIN, stamp: str = "") -> str:
        """The course as straight lines."""
        return training_source(self.tape, self.update, self.stepped, self.layers, self.clip_norm is not None,
                               self.batch == 1, dialect, stamp)  # fmt: skip
