"""python -m nn predict: the rows of a CSV file, each with what a model says of it."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.files import write_atomically

from ..errors import DataError
from ..models import Model
from ..tables import Dataset, Table, read_table
from ..words import counted
from .arguments import UsageError
from .files import dataset_of, has_targets, rows_of, writable
from .scores import score


def run(options: argparse.Namespace) -> str:
    """Predict, and write the file or give its text."""
    output = None
    if options.output is not None:
        output = writable(options.output, "-o", model=options.model, data_file=options.data)
    model = Model.load(options.model)
    table = read_table(options.data, delimiter=options.delimiter, encoding=options.encoding)
    outputs = model.outputs(Dataset(rows_of(model, table, options.data), [], model.encoding))
    predicted = model.meaning(outputs)
    text = _written(table, _added(model, outputs, predicted))
    told = _score(model, table, predicted, options.data)
    if output is None:
        print(told, file=sys.stderr)
        return text.removesuffix("\n")
    return f"{told}\nThe predictions are in {write_atomically(output, text)}."


def _added(model: Model, outputs: Sequence[Sequence[float]], predicted: Sequence[Any]) -> dict[str, list[str]]:
    """The new columns: what was predicted, and for classes the probability of each."""
    if model.classes:
        series = zip(*model.chances(outputs), strict=True)
        names = [f"P({name})" for name in model.classes]
        chances = {name: [f"{p:.6f}" for p in column] for name, column in zip(names, series, strict=True)}
        return {"predicted": list(predicted), **chances}
    targets = model.encoding.outputs
    if len(targets) == 1:
        return {"predicted": [_number(y) for y in predicted]}
    columns = zip(*predicted, strict=True)
    return {f"predicted {name}": [_number(y) for y in each] for name, each in zip(targets, columns, strict=True)}


def _number(found: float) -> str:
    return f"{found:.10g}"


def _written(table: Table, added: dict[str, list[str]]) -> str:
    """The table as CSV, every cell as it was, with more columns behind its own."""
    taken = [name for name in added if name in table.names]
    if taken:
        raise UsageError(f"the file has a column {taken[0]!r} already: rename it, so that the prediction can be told "
                         "from it")  # fmt: skip
    # csv quotes cells that hold a character of its line ends: for the sake of those, lines end in \r\n until the end.
    lines = _Lines()
    writer = csv.writer(lines, delimiter=table.delimiter, lineterminator="\r\n")
    writer.writerow([*table.names, *added])
    writer.writerows(_rows(table, added))
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


class _Lines(list[str]):
    """What csv writes, row by row."""

    def write(self, line: str) -> None:
        """Keep a row."""
        self.append(line)


def _rows(table: Table, added: dict[str, list[str]]) -> Iterator[list[str]]:
    for row, more in zip(table.rows, zip(*added.values(), strict=True), strict=True):
        yield [*row, *more]


def _score(model: Model, table: Table, predicted: Sequence[Any], path: str) -> str:
    """How many rows there are, and how good the predictions are where the file has the targets."""
    told = counted(len(table), "row")
    if not has_targets(model, table):
        return f"{told} predicted"
    try:
        return f"{told}: {score(model, dataset_of(model, table, path), predicted)}"
    except DataError as error:  # whoever wants predictions may have left the target open
        return f"{told} predicted, without a score: {error}"
