"""Handwritten digits: 1,797 pictures of 8×8 pixels, told apart by a network in which every sum is a Value.

E. Alpaydin & C. Kaynak (1998), "Optical recognition of handwritten digits", UCI Machine Learning Repository: its test
set, which comes with scikit-learn. The network is a 64-32-10 one of tanh units; its outputs are logits, and the loss is
the cross-entropy of their softmax.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..confusion import ConfusionMatrix, confusion_matrix
from ..history import History
from ..layers import MLP
from ..losses import cross_entropy
from ..metrics import largest
from ..optimisers import SGD
from ..tables import train_test_split
from ..training import fit
from .scikit import scikit_learn_data

HIDDEN, RATE, EPOCHS, BATCH, TEST = 32, 0.2, 8, 16, 360
BRIGHTEST = 16.0


class Digits(NamedTuple):
    """Pictures, row by row of pixels between 0 and 1, and the digits that they show."""

    pictures: list[list[float]]
    digits: list[int]


class Result(NamedTuple):
    """A trained network, and what it takes the pictures for that it was not trained on."""

    net: MLP
    history: History
    train: ConfusionMatrix
    test: ConfusionMatrix


def digits() -> Digits:
    """The 1,797 pictures; raises MissingPackageError if scikit-learn is not installed."""
    found = scikit_learn_data("digits", "the digits need")
    return Digits((found.data / BRIGHTEST).tolist(), found.target.tolist())


def train(data: Digits, *, epochs: int = EPOCHS, rng: int = 0, progress: bool | None = None) -> Result:
    """Train a network on all pictures but 360, which are drawn by `rng` so that every digit has its share."""
    X, unknown, T, right = train_test_split(*data, TEST / len(data.digits), rng=rng, stratify=True)
    net = MLP(64, [HIDDEN, 10], activation="tanh", output_activation="identity", rng=rng)
    history = fit(
        net, X, T, loss=cross_entropy, optimizer=SGD(net.parameters(), lr=RATE), epochs=epochs, batch_size=BATCH,
        rng=rng, progress=progress,
    )  # fmt: skip
    return Result(net, history, _judged(net, X, T), _judged(net, unknown, right))


def _judged(net: MLP, pictures: Sequence[Sequence[float]], digits: Sequence[int]) -> ConfusionMatrix:
    return confusion_matrix([read(net, picture) for picture in pictures], digits, range(10))


def read(net: MLP, picture: Sequence[float]) -> int:
    """The digit that the network takes a picture for: the number of its largest output."""
    return largest(net.predict(picture))


def shown(picture: Sequence[float]) -> str:
    """A picture as text, darker characters for more ink.

    >>> print(shown([0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0] * 2))
     =@
     =@
    """
    pixels = [" .:-=+*#%@"[round(9 * ink)] for ink in picture]
    return "\n".join("".join(pixels[start : start + 8]).rstrip() for start in range(0, len(pixels), 8))


def report(found: Result) -> str:
    """What a training came to, with the confusion matrix of the test pictures."""
    rows = [("train", found.train), ("test", found.test)]
    count = len(found.train) + len(found.test)
    return "\n".join([
        f"Digits: {count:,} pictures of 8×8 pixels, {len(found.test)} of them to test on",
        f"a 64-{HIDDEN}-10 network of tanh units, cross-entropy, {found.history.epochs} epochs in batches of {BATCH}, "
        f"η = {RATE:g}",
        "",
        f"  loss   {found.history.losses[0]:.4f} → {found.history.losses[-1]:.4f}",
        *(f"  {name:<5}  {matrix.accuracy:.1%}".replace("%", " %") for name, matrix in rows),
        "",
        str(found.test),
    ])  # fmt: skip
