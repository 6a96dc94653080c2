"""What `nn.fit` costs beside the engine alone: one training step of the same network on the same samples.

    python benchmarks/training.py [--repeats 30]

The engine's own step is that of `eager/graphs.py`: tuples of Values, no layers, no labels, no history. Both take the
same steps; the losses are compared. The exit status is 1 if `fit` is more than 10 % slower (garbage collector off for
both: `fit` pauses it itself).
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from functools import partial

from eager.graphs import RATE, Ours, samples
from eager.timing import agree, collector

import nn


class Fit:
    """The benchmark's network as an `nn.MLP`, trained by calls of `fit` of some epochs each."""

    def __init__(self) -> None:
        own = Ours()
        self.net = nn.MLP(2, [16, 16, 1], activation="tanh", output_activation="identity")
        for ours, theirs in zip(self.net.parameters(), own.parameters, strict=True):
            ours.data = theirs.data
        self.optimizer = nn.SGD(self.net.parameters(), lr=RATE)
        self.points, self.targets = samples()

    def step(self, epochs: int) -> list[float]:
        """Some epochs of one batch; their losses."""
        return nn.fit(
            self.net, self.points, self.targets, loss=nn.mse_loss, optimizer=self.optimizer, epochs=epochs,
            progress=False,
        ).losses  # fmt: skip


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description="One step of nn.fit beside the engine's own.")
    parser.add_argument("--repeats", type=int, default=30, help="turns of each; the quickest is told (30)")
    parser.add_argument("--epochs", type=int, default=10, help="steps in a turn (10)")
    arguments = parser.parse_args()
    own, fitted = Ours(), Fit()
    points, targets = samples()

    def engine() -> list[float]:
        return [own.step(points, targets) for _ in range(arguments.epochs)]

    agree("training", engine(), fitted.step(arguments.epochs))
    seconds: dict[str, list[float]] = {"engine": [], "fit": []}
    with collector(False):
        for _ in range(arguments.repeats):
            for name, turn in (("engine", engine), ("fit", partial(fitted.step, arguments.epochs))):
                gc.collect()
                start = time.process_time()  # of this process: others may be at work, too
                turn()
                seconds[name].append((time.process_time() - start) / arguments.epochs)
    # The quickest turn is the one that other processes disturbed least.
    per_step = {name: min(found) * 1e3 for name, found in seconds.items()}
    ratio = per_step["fit"] / per_step["engine"]
    print(f"engine {per_step['engine']:.2f} ms a step, fit {per_step['fit']:.2f} ms: {ratio - 1:+.1%} (at most +10 %)")
    return int(ratio > 1.10)


if __name__ == "__main__":
    sys.exit(main())
