"""python -m nn explain: the derivative of the loss of one row with respect to one weight, written out."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from autograd import Value, derive
from autograd.files import write_atomically

from ..choices import known
from ..graphs import graph
from ..layers import Layer
from ..models import Model, Source
from ..tables import Table, read_table
from ..words import counted
from .arguments import UsageError
from .explanation import Explanation
from .files import dataset_of, has_targets, writable

FORMS: dict[str, Callable[[Explanation, bool], str]] = {
    "text": lambda page, full: page.text(full=full),
    "html": lambda page, full: page.html(full=full),
    "markdown": lambda page, full: page.markdown(full=full),
    "latex": lambda page, full: page.latex(full=full),
}


def run(options: argparse.Namespace) -> str:
    """Explain one weight on one row."""
    model = Model.load(options.model)
    source = _source(model, options)
    output = None
    if options.output is not None:
        output = writable(options.output, "-o", model=options.model, data_file=source.path)
    table = read_table(source.path, delimiter=source.delimiter, encoding=source.encoding)
    page = explanation(model, table, source.path, options.row, options.weight, options.update)
    written = FORMS[options.form](page, options.full).rstrip("\n") + "\n"
    if output is None:
        return written.removesuffix("\n")
    return f"The derivation is in {write_atomically(output, written)}."


def _source(model: Model, options: argparse.Namespace) -> Source:
    """Where the row is: in a file that was given, or in that of the training."""
    if options.data is not None:
        return Source(options.data, options.delimiter, options.encoding)
    if model.source is None:
        raise UsageError("the model does not say where its rows are: give a CSV file by --data")
    if not Path(model.source.path).is_file():
        raise UsageError(f"the rows of the training were in '{model.source.path}', and there is no such file any more: "
                         "give it by --data")  # fmt: skip
    return model.source


def explanation(
    model: Model, table: Table, path: str, row: int, weight: str | None = None, rate: float | None = None
) -> Explanation:
    """The derivation for a weight (None: the first) on a row, counted from 1 below the header."""
    if row > len(table):
        raise UsageError(f"--row {row}: '{path}' has {counted(len(table), 'row')}")
    if not has_targets(model, table):
        names = ", ".join(column.name for column in model.encoding.targets)
        raise UsageError(f"'{path}' has no column '{names}': the loss of a row needs its target")
    one = Table(table.names, [table.rows[row - 1]], [table.lines[row - 1]] if table.lines else None)
    data = dataset_of(model, one, path)
    X, _ = model.scaled(data)
    L = graph(model.network, X[0], model.outputs_wanted(data)[0], model.loss)
    parameters = model.network.named_parameters()
    label = next(iter(parameters)) if weight is None else known(weight, parameters, "weight")
    derivation = derive(L, parameters[label], update=rate)
    return Explanation(model, data, one, derivation, _place(model, parameters[label]), (row, path))


def _place(model: Model, parameter: Value) -> tuple[str, str] | None:
    """The labels of the units that a weight leads from and to; for a bias the first is empty."""
    before = model.network.input_labels
    for layer in model.network.layers:
        if not isinstance(layer, Layer):
            return None
        for neuron in layer.neurons:
            for source, weight in zip(before, neuron.w, strict=True):
                if weight is parameter:
                    return source, neuron.label
            if neuron.b is parameter:
                return "", neuron.label
        before = [neuron.label for neuron in layer.neurons]
    return None
