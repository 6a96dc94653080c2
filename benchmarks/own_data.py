"""Somebody's own data: a CSV file of 10,000 rows, read, scaled, and learned by a 4-8-3 network in 5 epochs.

    python benchmarks/own_data.py [--rows 10000] [--epochs 5]

All rows of the file are trained on; the accuracy is that on a quarter as many of another file. Tells the seconds of
each part. The exit status is 1 if all of it takes more than a minute.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import nn

NAMES = ["length", "width", "weight", "age", "kind"]
KINDS = {"ash": (4.0, 1.0, 30.0, 2.0), "beech": (6.0, 2.0, 45.0, 5.0), "cedar": (5.0, 3.0, 60.0, 3.0)}
LIMIT = 60.0


def write(path: Path, rows: int, rng: int = 0) -> None:
    """A table of three kinds of things that overlap a little: four measures, normal around the means of the kind."""
    random = Random(rng)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        for _ in range(rows):
            kind, means = random.choice(list(KINDS.items()))
            writer.writerow([*(round(random.gauss(mean, mean / 5), 3) for mean in means), kind])


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Note how long what is inside takes: the time of this process, as others may be at work, too."""
    start = time.process_time()
    yield
    seconds[name] = time.process_time() - start


def learned(folder: Path, rows: int, epochs: int, seconds: dict[str, float]) -> float:
    """Write, read, train and test; returns the accuracy on rows that were not trained on."""
    write(folder / "known.csv", rows)
    write(folder / "unknown.csv", rows // 4, rng=1)
    with timed("read the files", seconds):
        train, test = (nn.read_csv(folder / name, target="kind") for name in ("known.csv", "unknown.csv"))
    model = nn.Model.untrained(train, hidden=[8])
    with timed(f"train on {len(train):,} rows", seconds):
        model.fit(train, epochs=epochs, engine="eager", progress=False)
    with timed(f"predict {len(test):,} rows", seconds):
        found = model.predict(test)
    return nn.confusion_matrix(found, [list(KINDS)[number] for number in test.T]).accuracy


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description="A CSV file, learned by a 4-8-3 network.")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the file (10000)")
    parser.add_argument("--epochs", type=int, default=5, help="epochs (5)")
    arguments = parser.parse_args()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        accuracy = learned(Path(folder), arguments.rows, arguments.epochs, seconds)
    for name, found in seconds.items():
        print(f"{name:<22} {found:6.2f} s")
    total = sum(seconds.values())
    print(f"{'together':<22} {total:6.2f} s (at most {LIMIT:g}); accuracy on rows not trained on {accuracy:.1%}")
    return int(total > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
