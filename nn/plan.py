"""What `fit` was asked for, and what an engine tells of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from autograd import Value

from .data import Samples
from .history import History
from .metrics import Metric
from .module import Module
from .optimisers import Optimiser


@dataclass
class Training:
    """What a callback is given: the network, its optimiser, the number of the epoch just done, and the history."""

    net: Module
    optimizer: Optimiser
    epoch: int
    history: History


@dataclass
class Plan:
    """What `fit` was asked for, read and checked."""

    net: Module
    loss: Callable[..., Any]
    optimiser: Optimiser
    data: Samples
    held_out: Samples  # to validate on; none of them without validation
    epochs: int
    batch_size: int
    order: Random | None  # what shuffles the samples
    patience: int | None
    metrics: dict[str, Metric]
    callbacks: Sequence[Callable[[Training], Any]]
    clip_norm: float | None
    keeps_snapshots: bool
    parameters: list[Value] = field(init=False)
    layers: list[list[Value]] = field(init=False)  # the parameters of each

    def __post_init__(self) -> None:
        self.parameters = list(dict.fromkeys([*self.net.parameters(), *self.optimiser.parameters]))
        self.layers = [layer.parameters() for layer in getattr(self.net, "layers", [self.net])]

    @property
    def shuffler(self) -> Random | None:
        """What puts the samples in a new order for each epoch; nothing for one batch, whose order does not matter."""
        return self.order if self.batch_size < len(self.data) else None


@dataclass
class Pass:
    """One pass over samples: the mean of the loss and of every metric."""

    loss: float
    metrics: dict[str, float]


@dataclass
class Stretch:
    """Some epochs, one after another: what the history gets."""

    losses: list[float]
    metrics: dict[str, list[float]]
    norms: list[list[float]]  # for each layer, the mean over an epoch's steps of the gradient's norm

    def __len__(self) -> int:
        return len(self.losses)


class Engine(Protocol):
    """What carries the epochs out."""

    def epochs(self, first: int) -> Generator[Stretch, None, None]:
        """The epochs from that number on: one by one if anybody looks at them or at the weights in between."""
        ...

    def validation(self, epoch: int) -> Pass:
        """The loss and the metrics of the held-out samples, after the epoch of that number."""
        ...
