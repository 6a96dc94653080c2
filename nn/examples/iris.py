"""Fisher's Iris flowers: three species told apart by the lengths and widths of two kinds of leaves.

R. A. Fisher (1936), "The use of multiple measurements in taxonomic problems". The data come with scikit-learn. The
network is a 4-4-3 one of sigmoid units with the L2 loss; its targets are 1 for the right species and 0 for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from statistics import fmean
from typing import NamedTuple

from ..layers import MLP
from ..losses import l2_loss
from ..metrics import accuracy
from ..optimisers import SGD
from ..tables import Scaling
from ..training import fit
from .scikit import scikit_learn_data

HIDDEN, RATE, EPOCHS, BATCH = 4, 1.0, 60, 4


class Flowers(NamedTuple):
    """Measures of flowers, in centimetres, and the numbers of their species."""

    measures: list[list[float]]
    species: list[int]
    names: list[str]

    def take(self, rows: Sequence[int]) -> Flowers:
        """Some of the flowers."""
        return Flowers([self.measures[row] for row in rows], [self.species[row] for row in rows], self.names)


class Result(NamedTuple):
    """What came out of one split: the fraction of flowers of which the network names the species."""

    train: float
    test: float
    loss: float


def flowers() -> Flowers:
    """The 150 flowers; raises MissingPackageError if scikit-learn is not installed."""
    found = scikit_learn_data("iris", "the Iris data need")
    return Flowers(found.data.tolist(), found.target.tolist(), [str(name) for name in found.target_names])


def splits(species: Sequence[int], count: int, rng: Random) -> list[tuple[list[int], list[int]]]:
    """Rows to train on and rows to test on, `count` times: every row is tested once, and every species in all splits.

    >>> [test for train, test in splits([0, 0, 0, 1, 1, 1], 3, Random(0))]
    [[0, 5], [2, 4], [1, 3]]
    """
    tests: list[list[int]] = [[] for _ in range(count)]
    for kind in sorted(set(species)):
        rows = [row for row, each in enumerate(species) if each == kind]
        rng.shuffle(rows)
        for place, row in enumerate(rows):
            tests[place % count].append(row)
    return [([row for row in range(len(species)) if row not in test], sorted(test)) for test in map(set, tests)]


def train(data: Flowers, rows: tuple[Sequence[int], Sequence[int]], rng: int = 0) -> Result:
    """Train a network on some rows and test it on the others; the test rows have no part in the scaling either."""
    known, unknown = data.take(rows[0]), data.take(rows[1])
    net = MLP(4, [HIDDEN, 3], rng=rng)
    scaling = Scaling.standard(known.measures)
    inputs = scaling.apply(known.measures)
    targets = [[float(kind == each) for kind in range(3)] for each in known.species]
    history = fit(
        net, inputs, targets, loss=l2_loss, optimizer=SGD(net.parameters(), lr=RATE), epochs=EPOCHS, batch_size=BATCH,
        rng=rng, progress=False,
    )  # fmt: skip
    return Result(
        _right(net, inputs, known.species),
        _right(net, scaling.apply(unknown.measures), unknown.species),
        history.losses[-1],
    )


def _right(net: MLP, inputs: Sequence[Sequence[float]], species: Sequence[int]) -> float:
    return fmean(accuracy(net.predict(x), each) for x, each in zip(inputs, species, strict=True))


def results(count: int = 5, rng: int = 0) -> list[Result]:
    """The results of so many splits, each with a network of its own."""
    data = flowers()
    return [train(data, rows, rng + number) for number, rows in enumerate(splits(data.species, count, Random(rng)))]


def report(found: Sequence[Result]) -> str:
    """The results as a table, with their means.

    >>> print(report([Result(1.0, 0.95, 0.01), Result(0.975, 1.0, 0.02)]))
    Iris: 150 flowers, 4 measures each, 3 species
    a 4-4-3 network of sigmoid units, L2 loss, 60 epochs in batches of 4, η = 1
    <BLANKLINE>
      split     loss     train      test
          1   0.0100   100.0 %    95.0 %
          2   0.0200    97.5 %   100.0 %
       mean   0.0150    98.8 %    97.5 %
    """
    mean = Result(*(fmean(column) for column in zip(*found, strict=True)))
    rows = [*((str(number), each) for number, each in enumerate(found, 1)), ("mean", mean)]
    return "\n".join([
        "Iris: 150 flowers, 4 measures each, 3 species",
        f"a 4-{HIDDEN}-3 network of sigmoid units, L2 loss, {EPOCHS} epochs in batches of {BATCH}, η = {RATE:g}",
        "",
        f"  {'split':>5}   {'loss':>6}   {'train':>7}   {'test':>7}",
        *(f"  {name:>5}   {each.loss:.4f}   {each.train:>7.1%}   {each.test:>7.1%}" for name, each in rows),
    ]).replace("%", " %")  # fmt: skip
