"""python -m nn train: from a CSV file to a model, with a summary of how good it is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ..errors import DataError, TrainingError
from ..history import History
from ..models import Model, Source
from ..optimisers import OPTIMISERS
from ..tables import Dataset, read_table
from ..tables.dataset import dataset
from .arguments import UsageError
from .files import writable
from .summary import diagnosis, overview, scores

HELD_OUT = 0.2  # of the rows to train on: what --patience watches
MOST_WEIGHTS = 1_000_000  # every one is a node of its own, of some hundred bytes


def run(options: argparse.Namespace) -> str:
    """Train, save, and tell what came out."""
    output = writable(options.output, "-o", data_file=options.data)
    plot = _plot_file(options)
    data, source = _read(options)
    _check_size([len(data.inputs), *options.hidden, len(data.outputs)])
    train, test = data.split(options.test, rng=options.seed) if options.test else (data, None)
    model = Model.untrained(
        train, hidden=options.hidden, activation=options.activation, rng=options.seed, source=source
    )
    history = _trained(model, train, options)
    _check_predictions(model, train, options)
    model.save(output)
    curve = f"The loss curve is in {plot}.\n" if plot is not None and _draw(history, plot) else ""
    parts = [
        overview(model, data, history, steps(options)),
        scores(model, train, test),
        diagnosis(model, train, history),
        f"{curve}The model is in {output}. {_next(options)}",
    ]
    return "\n\n".join(part for part in parts if part)


def steps(options: argparse.Namespace) -> str:
    """How the weights are changed, in words."""
    return f"batches of {options.batch}, {OPTIMISERS[options.optimizer][0].__name__} at rate {_rate(options):g}"


def _rate(options: argparse.Namespace) -> float:
    return options.rate or OPTIMISERS[options.optimizer][1]


def _next(options: argparse.Namespace) -> str:
    quoted = [f'"{path}"' if " " in path else path for path in (options.output, options.data)]
    return f"Next: python -m nn predict {quoted[0]} {quoted[1]} -o out.csv"


def _read(options: argparse.Namespace) -> tuple[Dataset, Source]:
    table = read_table(options.data, delimiter=options.delimiter, encoding=options.encoding)
    data = dataset(
        table, target=options.target, columns=options.columns, ignore=options.ignore, categories=options.categories
    )
    return data, Source(options.data, table.delimiter, options.encoding)


def _check_size(sizes: Sequence[int]) -> None:
    """Raise UsageError for a network that would fill the memory before its first step."""
    count = sum((before + 1) * after for before, after in pairwise(sizes))
    if count > MOST_WEIGHTS:
        raise UsageError(f"a network of {'-'.join(map(str, sizes))} has {count:,} weights, and {MOST_WEIGHTS:,} are "
                         "the most: choose smaller numbers for --hidden, or leave columns out by --ignore")  # fmt: skip


def _trained(model: Model, data: Dataset, options: argparse.Namespace) -> History:
    watch = {} if options.patience is None else {"patience": options.patience, "validation": HELD_OUT}
    try:
        return model.fit(
            data, optimizer=options.optimizer, lr=options.rate, epochs=options.epochs,
            batch_size=options.batch, rng=options.seed, progress=False if options.quiet else None, **watch,
        )  # fmt: skip
    except TrainingError as error:
        raise _too_fast(options, f", in epoch {error.epoch}") from error


def _check_predictions(model: Model, data: Dataset, options: argparse.Namespace) -> None:
    """Raise UsageError where the last step has made weights of which no finite prediction comes."""
    try:
        model.predict(data)
    except DataError as error:
        raise _too_fast(options) from error


def _too_fast(options: argparse.Namespace, when: str = "") -> UsageError:
    return UsageError(f"training left the numbers that a computer can hold{when}: lower --rate "
                      f"(it was {_rate(options):g})")  # fmt: skip


# ---------------------------------------------------------------- the picture


def _plot_file(options: argparse.Namespace) -> Path | None:
    if options.plot is None:
        return None
    path = writable(options.plot, "--plot", data_file=options.data, model=options.output)
    if path.suffix.lower() != ".svg":
        from ..plots.style import matplotlib

        matplotlib()  # where it is missing, that is told before the training
    return path


def _draw(history: History, path: Path) -> bool:
    """Draw the loss over the epochs, if there was one."""
    if not history.epochs:
        return False
    if path.suffix.lower() == ".svg":
        from ..plots.loss_svg import loss_svg

        loss_svg(history).save(path)
    else:
        from .. import plots

        plots.save(plots.loss(history), path)
    return True
