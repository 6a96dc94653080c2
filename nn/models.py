"""Models: a network with all that it takes to use it on rows of a table: columns, scaling, classes.

    row → numbers (encoding) → scaled → network → classes, or numbers scaled back

A model's file is JSON, as that of a network, which it holds:

    format, version                   "chainrule model", 1
    columns, targets                  name and kind of each; the values of a category in order
    scaling, target_scaling           centre and width of every input, and of every target that is a number
    source                            the file of the training rows, seen from this one; or null
    network                           the document of a network
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from random import Random
from typing import Any

from .activations import softmax
from .defaults import ACTIVATION, BATCH_SIZE, EPOCHS, HIDDEN, OPTIMIZER
from .errors import ModelFileError, NetworkError
from .history import History
from .layers import MLP, Network
from .losses import cross_entropy, mse_loss
from .metrics import largest
from .optimisers import Optimiser, by_name
from .saving import check_format, choice, document_of, field, finite, network_of, reading, write_document
from .tables import Category, Column, Dataset, Encoding, Number, Scaling, Truth
from .training import fit

FORMAT, VERSION = "chainrule model", 1
_PLAIN: dict[str, type[Number | Truth]] = {"number": Number, "truth": Truth}


@dataclass(frozen=True)
class Source:
    """The file of the rows that a model was trained on, and how `nn.read_csv` reads it."""

    path: str
    delimiter: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True, repr=False)
class Model:
    """A network that takes rows of a table: it encodes and scales them, and names the classes, or scales back.

    >>> from nn.tables import Category, Dataset, Encoding, Number
    >>> encoding = Encoding((Number("size"), Number("age")), (Category("kind", ("cat", "dog")),))
    >>> pets = Dataset([(25.0, 3.0), (60.0, 4.0), (23.0, 9.0), (55.0, 1.0)], [0, 1, 0, 1], encoding)
    >>> model = Model.untrained(pets, hidden=[3], rng=0)
    >>> model
    <Model: 2 inputs → MLP 2-3-2 → kind: cat, dog>
    >>> history = model.fit(pets, epochs=50)
    >>> model.predict([{"size": 58, "age": 2}, [24, 5]])
    ['dog', 'cat']

    Classes have an output each, without an activation, and the cross-entropy as their loss; numbers are scaled, and
    have the mean squared error. `network` is what `nn.graph`, `nn.diagnose` and the plots take, with rows that
    `scaled` gives.
    """

    encoding: Encoding
    scaling: Scaling
    target_scaling: Scaling | None
    network: Network
    source: Source | None = None

    @classmethod
    def untrained(
        cls,
        data: Dataset,
        *,
        hidden: Sequence[int] = HIDDEN,
        activation: Any = ACTIVATION,
        rng: int | Random = 0,
        source: Source | None = None,
    ) -> Model:
        """A model for the rows to train on, by which it scales; `hidden` are the sizes of its hidden layers."""
        sizes = [*hidden, len(data.outputs)]
        net = MLP(len(data.inputs), sizes, activation, output_activation="identity", rng=rng)
        target_scaling = None if data.classes else Scaling.standard(data.T)
        return cls(data.encoding, Scaling.standard(data.X), target_scaling, net, source)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes; None for numbers."""
        return self.encoding.classes

    @property
    def sizes(self) -> str:
        """The numbers of inputs and of units, layer by layer: "4-8-3"."""
        return self.network.sizes

    @property
    def loss(self) -> Callable[..., Any]:
        """What training minimises."""
        return cross_entropy if self.classes else mse_loss

    def scaled(self, data: Dataset) -> tuple[list[Any], list[Any]]:
        """Inputs and targets as the network takes them."""
        targets = data.T if self.target_scaling is None else self.target_scaling.apply(data.T)
        return self.scaling.apply(data.X), targets

    def outputs_wanted(self, data: Dataset) -> list[Any]:
        """The targets with a number for every output, as `nn.graph` takes them: 1 for the right class, 0 for others."""
        return data.one_hot() if self.classes else self.scaled(data)[1]

    def fit(
        self,
        data: Dataset,
        *,
        optimizer: str | Optimiser = OPTIMIZER,
        lr: float | None = None,
        epochs: int = EPOCHS,
        batch_size: int | None = BATCH_SIZE,
        **settings: Any,
    ) -> History:
        """Train the network on these rows, as the command line and the estimators do unless they are told otherwise.

        `optimizer` is "adam" or "sgd", with the learning rate `lr` (None: 0.01 for Adam, 0.1 for SGD), or an optimiser
        of the parameters of `network`, which has its own. The other settings are those of `nn.fit`, and so are the
        errors; besides, NetworkError is raised for an optimiser and a rate.
        """
        if not isinstance(optimizer, Optimiser):
            optimizer = by_name(optimizer, self.network.parameters(), lr)
        elif lr is not None:
            raise NetworkError("lr is for an optimizer chosen by its name: this one has a rate of its own")
        X, T = self.scaled(data)
        return fit(
            self.network, X, T, loss=self.loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, **settings
        )

    # ------------------------------------------------------------ what it says of rows

    def predict(self, rows: Any) -> list[Any]:
        """The name of the class, the number or the numbers for every row.

        `rows` is a `Dataset`, or a list whose rows are dicts by column or lists in the order of the columns. Raises
        DataError, with row and column, for what the columns do not take.
        """
        return self.meaning(self.outputs(rows))

    def probabilities(self, rows: Any) -> list[tuple[float, ...]]:
        """The probability of every class for every row; raises NetworkError for a model of numbers."""
        return self.chances(self.outputs(rows))

    def outputs(self, rows: Any) -> list[list[float]]:
        """What the network puts out for every row, before it is a class or in the scale of the targets."""
        X = rows.X if isinstance(rows, Dataset) else self.encoding.encode(rows)
        return [self.network.predict(x) for x in self.scaling.apply(X)]

    def meaning(self, outputs: Sequence[Sequence[float]]) -> list[Any]:
        """The class, the number or the numbers that each row of outputs stands for."""
        if self.classes:
            return [self.classes[largest(row)] for row in outputs]
        found = self.target_scaling.inverse(outputs) if self.target_scaling else list(map(tuple, outputs))
        return [row[0] for row in found] if len(self.encoding.targets) == 1 else found

    def chances(self, outputs: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
        """The probability of every class that each row of outputs stands for."""
        if not self.classes:
            raise NetworkError("this model predicts numbers; probabilities are for classes")
        return [tuple(softmax(row)) for row in outputs]

    # ------------------------------------------------------------ files

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the model to a JSON file, whole or not at all; returns the path.

        Raises NetworkError for what a file cannot hold, and OSError if it cannot be written.
        """
        source = None if self.source is None else {**vars(self.source), "path": _seen_from(path, self.source.path)}
        return write_document(
            {
                "format": FORMAT,
                "version": VERSION,
                "columns": [column.document() for column in self.encoding.columns],
                "targets": [column.document() for column in self.encoding.targets],
                "scaling": _written(self.scaling),
                "target_scaling": None if self.target_scaling is None else _written(self.target_scaling),
                "source": source,
                "network": document_of(self.network),
            },
            path,
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Model:
        """The model in a file that `save` wrote, which predicts the same.

        Raises ModelFileError, with the reason, for files of another kind and for damaged ones; and OSError if the file
        cannot be read.
        """
        with reading(path) as document:
            model = _model(document)
        if model.source is None:
            return model
        there = os.path.normpath(Path(path).parent / model.source.path)
        return replace(model, source=replace(model.source, path=there))

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.encoding.targets)
        told = names if self.classes is None else f"{names}: {', '.join(self.classes)}"
        return f"<Model: {len(self.encoding.inputs)} inputs → {type(self.network).__name__} {self.sizes} → {told}>"


# ---------------------------------------------------------------- writing and reading


def _seen_from(path: str | PathLike[str], source: str) -> str:
    """The source as the model file sees it: both may be moved together, also to another system."""
    try:
        return Path(os.path.relpath(source, Path(path).parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(os.path.abspath(source)).as_posix()


def _written(scaling: Scaling) -> dict[str, Any]:
    return {"centres": list(scaling.centres), "widths": list(scaling.widths)}


def _model(document: Any) -> Model:
    check_format(document, FORMAT, VERSION)
    encoding = Encoding(_columns(document, "columns"), _columns(document, "targets"))
    names = [column.name for column in (*encoding.columns, *encoding.targets)]
    if len(set(names)) < len(names):
        raise ModelFileError("a column stands in it twice: it is damaged")
    is_class = [isinstance(column, Category) for column in encoding.targets]
    if any(is_class) and len(is_class) > 1:
        raise ModelFileError("it has classes and another target besides: it is damaged")
    net = network_of(field(document, "network", dict, "the file"))
    if (net.inputs, net.outputs) != (len(encoding.inputs), len(encoding.outputs)):
        raise ModelFileError(f"its network is {net.inputs} inputs to {net.outputs} outputs, and its columns are "
                             f"{len(encoding.inputs)} to {len(encoding.outputs)}: it is damaged")  # fmt: skip
    target_scaling = None if any(is_class) else _scaling(document, "target_scaling", len(encoding.targets))
    return Model(encoding, _scaling(document, "scaling", net.inputs), target_scaling, net, _source(document))


def _columns(document: Any, name: str) -> tuple[Column, ...]:
    found = tuple([_column(each, f"a column of {name!r}") for each in field(document, name, list, "the file")])
    if not found:
        raise ModelFileError(f"there are no {name}: it is damaged")
    return found


def _column(entry: Any, where: str) -> Column:
    name, kind = field(entry, "name", str, where), choice(entry, "kind", (*_PLAIN, "category"), where)
    if kind != "category":
        return _PLAIN[kind](name)
    values = field(entry, "values", list, where)
    if not values or not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
        raise ModelFileError(f"the values of column {name!r} are not different texts: it is damaged")
    return Category(name, tuple(values))


def _scaling(document: Any, name: str, count: int) -> Scaling:
    entry = field(document, name, dict, "the file")
    centres, widths = (
        tuple([finite(number, f"{part} of {name}") for number in field(entry, part, list, name)])
        for part in ("centres", "widths")
    )
    if not len(centres) == len(widths) == count or not all(width > 0 for width in widths):
        raise ModelFileError(f"{name!r} does not have {count} centres and widths above 0: it is damaged")
    return Scaling(centres, widths)


def _source(document: Any) -> Source | None:
    if document.get("source") is None:
        return None
    entry = field(document, "source", dict, "the file")
    delimiter = None if entry.get("delimiter") is None else field(entry, "delimiter", str, "source")
    return Source(field(entry, "path", str, "source"), delimiter, field(entry, "encoding", str, "source"))
