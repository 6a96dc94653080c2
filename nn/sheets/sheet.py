"""spreadsheet: the training of a network as a workbook of live formulas."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd import Value
from autograd.files import write_atomically
from autograd.op import describe

from ..data import Samples, samples
from ..errors import DataError, NetworkError
from ..graphs import check_network
from ..layers import Network
from ..losses import check_loss, loss_of_sample
from ..module import check_title, size
from ..optimisers import setting
from ..progress import progress_bar
from .book import Book
from .one import OfOne
from .scheme import Scheme
from .several import OfSeveral
from .steps import Rows, epochs_of
from .words import Front, front_of
from .writing import counted, workbook, xlsxwriter

MOST_CELLS, MOST_ROWS, MOST_COLUMNS = 1_000_000, 1_048_000, 16_000  # a little below the limits of Excel
LONGEST_TITLE = 255  # characters that a document's properties hold


class Sheet:
    """A workbook that was made by `spreadsheet`: `xlsx` is its file as bytes, `save` writes it."""

    def __init__(self, book: Book, front: Front, progress: bool | None) -> None:
        self._book, self._front, self._progress = book, front, progress

    @cached_property
    def xlsx(self) -> bytes:
        """The file as bytes; the same on every run."""
        return workbook(self._book, self._front, self._progress)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the workbook; returns the path.

        The file appears at once and whole, or not at all. Raises NetworkError for another ending than .xlsx, which
        Excel would not open.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise NetworkError(f"save takes a path; it was given {describe(path)}")
        path = Path(path)
        if path.suffix.lower() != ".xlsx":
            raise NetworkError(f"a spreadsheet is saved as .xlsx; {path.name!r} has the ending {path.suffix!r}")
        return write_atomically(path, self.xlsx)

    def __repr__(self) -> str:
        sheets = ", ".join(table.name for table in self._book.tables)
        return f"<spreadsheet of {self._book.size:,} cells in {sheets}; .xlsx, .save(path)>"


def spreadsheet(
    net: Network,
    loss: Callable[..., Any],
    data: Any,
    epochs: int = 20,
    lr: float = 0.5,
    *,
    title: str | None = None,
    progress: bool | None = None,
) -> Sheet:
    """Gradient descent as a workbook (.xlsx) whose cells are formulas: change η in one cell, and watch.

        a row per epoch:   forward values,  δ,  ∂L/∂w = δ·x,  and in the next row  w ← w − η·∂L/∂w

    >>> import nn
    >>> net = nn.MLP(2, [2, 2], notation="numbered", rng=0)
    >>> sheet = nn.spreadsheet(net, nn.l2_loss, ([[0.05, 0.10]], [[0.01, 0.99]]), epochs=20, lr=0.5)
    >>> sheet
    <spreadsheet of 840 cells in Training; .xlsx, .save(path)>

    The formulas are made from the same expressions as `derive` writes: every ∂L/∂w is the product of the cells of its
    chain. η, the inputs, the targets and the weights at the start stand in cells with names, and everything follows
    them. `data` is (X, T), or what has such an `X` and `T`; the number of a class stands for one target per output. Of
    several samples each has a row of its own in every epoch, and a step goes by the mean of their gradients: what
    `fit` does with `batch_size=None`. Nothing is trained: the network stays as it is.

    Excel, LibreOffice and others compute the cells anew; what they show before that are the engine's numbers, or #NUM!
    where a rate too large has left the finite numbers. Needs XlsxWriter: the extra "sheet".

    Raises NetworkError for settings, and for more than a million cells; DataError for data; OperandError for an
    operation that spreadsheets do not have (one made by `autograd.custom`).
    """
    _check(net, loss, title)
    xlsxwriter()
    read, rate, count = _samples(net, data), setting(lr, "the learning rate lr"), size(epochs, "epochs")
    _check_size(2 * len(net.parameters()), len(read), count)  # before the formulas, which take longer
    scheme, rows = _scheme(net, loss, read)
    _check_size(len(scheme.weights) + len(scheme.computed), len(rows), count)
    with progress_bar(count + 1, progress) as bar:
        found = list(counted(epochs_of(scheme, rows, rate, count), bar))
    layout = OfOne if len(rows) == 1 else OfSeveral
    return Sheet(layout(scheme, rows, found, rate).book(), front_of(net, loss, len(rows), count, title), progress)


def _check(net: Any, loss: Any, title: Any) -> None:
    check_network(net, "spreadsheet")
    check_loss(loss, net.outputs)
    check_title(title)
    if title is not None and len(title) > LONGEST_TITLE:
        raise NetworkError(f"a title has at most {LONGEST_TITLE} characters; this one has {len(title):,}")


def _samples(net: Network, data: Any) -> Samples:
    if hasattr(data, "X") and hasattr(data, "T"):
        data = data.X, data.T
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise DataError("data is (X, T): rows of inputs and rows of targets, such as ([[0.05, 0.1]], [[0.01, 0.99]]);"
                        f" it was given {describe(data)}")  # fmt: skip
    X, T = data
    return samples(X, T, net.inputs, net.outputs, classes=True)


def _scheme(net: Network, loss: Callable[..., Any], read: Samples) -> tuple[Scheme, Rows]:
    """The columns of a step that hold for all samples, and the samples in their order."""
    given = [_targets(t, net.outputs) for t in read.targets]
    labels = [net.notation.target(j) for j in range(1, net.outputs + 1)]
    # A loss may make constants of targets, and choose by them: then the columns are those of targets that are nodes.
    nodes = [Value(number, label) for number, label in zip(given[0], labels, strict=True)]
    for t in (given[0], nodes):
        scheme = Scheme(net, loss, read.inputs[0], t)
        rows = [(x, [t[place] for place in scheme.places]) for x, t in zip(read.inputs, given, strict=True)]
        odd = _first_that_differs(scheme, net, loss, read, rows)
        if odd is None:
            return scheme, rows
    raise NetworkError(f"the loss of row {odd} is computed by another formula than that of row 0, and a column has one:"
                       " write the choice with autograd.where")  # fmt: skip


def _targets(t: Any, outputs: int) -> Sequence[float]:
    """A row of targets; the number of a class as one for its output and zeros for the others."""
    if outputs > 1 and isinstance(t, int):
        return [1.0 if index == t else 0.0 for index in range(outputs)]
    return t if isinstance(t, tuple) else [t]


def _first_that_differs(
    scheme: Scheme, net: Network, loss: Callable[..., Any], read: Samples, rows: Rows
) -> int | None:
    """The first sample whose loss is another number by the columns than by itself."""
    weights = [column.node.data for column in scheme.weights]
    for number, (row, t) in enumerate(zip(rows, read.targets, strict=True)):
        scheme.run(*row, weights)
        expected = loss_of_sample(loss, net.units(row[0], False), t).data
        if not math.isclose(scheme.loss.number, expected, rel_tol=1e-9, abs_tol=1e-12):
            return number
    return None


def _check_size(columns: int, samples: int, epochs: int) -> None:
    """Refuse what no program would open, or nobody would wait for."""
    rows = (epochs + 1) * samples
    if columns > MOST_COLUMNS:
        raise NetworkError(
            f"this sheet would have more than {columns:,} columns, and a spreadsheet has about {MOST_COLUMNS:,}: take a"
            " smaller network"
        )
    if rows > MOST_ROWS or rows * columns > MOST_CELLS:
        raise NetworkError(
            f"this spreadsheet would have {rows * columns:,} cells or more, in {rows:,} rows, and {MOST_CELLS:,} is the"
            " most that programs handle well: take fewer epochs, samples or units"
        )
