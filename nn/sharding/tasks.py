"""What travels: a shard's samples and the parameters' numbers to a worker, a loss and its gradient back."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from ..data import Samples

SMALLEST = 8  # samples in a shard
_USUAL, _MOST = 16, 64  # shards of a batch
_LARGE = 64  # samples in a shard, once there are enough of them


@dataclass
class Task:
    """The samples of one shard, for what is known by that key; `slopes` are wanted, and the outputs if it `shows`."""

    key: str
    numbers: array[float]  # of the leaves
    samples: Samples
    slopes: bool
    shows: bool
    description: bytes | None = None  # what the key stands for


@dataclass
class Answer:
    """The mean loss of a shard and its gradient, in the order of the leaves; `unreached` are those that have none."""

    loss: float = 0.0
    slopes: array[float] = field(default_factory=lambda: array("d"))
    unreached: frozenset[int] = frozenset()
    outputs: list[Any] = field(default_factory=list)  # of each sample
    problem: str = ""  # why there is no loss
    is_unknown: bool = False  # the worker has not been told what the key stands for


def shards(count: int) -> list[range]:
    """The samples of a batch in shards, by their places.

    >>> shards(17), len(shards(32)), len(shards(200)), len(shards(2000)), len(shards(100_000))
    ([range(0, 8), range(8, 17)], 4, 16, 31, 64)

    How many there are depends on the size of the batch alone: a sum of floats depends on how its terms are grouped, and
    a training must not depend on how many workers there happen to be.
    """
    parts = max(1, min(_MOST, max(min(_USUAL, count // SMALLEST), count // _LARGE)))
    return [range(count * part // parts, count * (part + 1) // parts) for part in range(parts)]
