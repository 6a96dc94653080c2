"""Several samples, all of them in every step.

    Training   a row per epoch: mean loss, weights, mean gradients
    Samples    a row per epoch and sample: loss, inputs, targets, forward pass, δ, gradients
    Data       a row per sample: inputs, targets
"""

from __future__ import annotations

from collections.abc import Iterator

from .book import DATA, FIRST, SAMPLES, TRAINING, Book, Place, Row, Table
from .kinds import STEP
from .layout import WEIGHTS_FROM, Layout, computed, epoch_place, same, title_of, training_rows
from .naming import letters
from .scheme import Column

_LOSS = 2  # its column in Samples, behind epoch and sample


class OfSeveral(Layout):
    """A row for every sample of an epoch, and their means in Training."""

    def book(self) -> Book:
        """The workbook."""
        tables = [
            Table(TRAINING, self.training(), list(self.rows_of_training()), frozen=2),
            Table(SAMPLES, self.samples(), list(self.rows_of_samples()), frozen=_LOSS + 1),
            Table(DATA, self.data_places(), list(self.rows_of_data()), frozen=1),
        ]
        return Book([self.eta, *self.settings()], tables, dict(self.ranges()))

    def ranges(self) -> Iterator[tuple[str, str]]:
        """Each input's and target's column of Data, under its name."""
        last = FIRST + len(self.rows) - 1
        for index, column in enumerate(self.data, 1):
            yield self.given[column.name], f"={DATA}!${letters(index)}${FIRST}:${letters(index)}${last}"

    # ------------------------------------------------------------ Training

    def training(self) -> list[Place]:
        """The columns of Training."""
        scheme = self.scheme
        gradients_from = _LOSS + len(self.data) + len(scheme.computed) - len(scheme.gradients)
        gradients = [_mean(column, index) for index, column in enumerate(scheme.gradients, gradients_from)]
        weights = self.weights(WEIGHTS_FROM + len(scheme.weights))
        return [epoch_place(), _mean(scheme.loss, _LOSS), *weights, *gradients]

    def rows_of_training(self) -> Iterator[Row]:
        """The rows of Training; each knows the block of its samples."""
        count, columns = len(self.rows), len(self.scheme.computed)
        for number, epoch in enumerate(self.epochs):
            top = FIRST + number * count
            rows = {**training_rows(number), "top": top, "bottom": top + count - 1}
            gradients = map(epoch.mean, range(columns - len(self.scheme.gradients), columns))
            yield Row(rows, [number, epoch.mean(0), *epoch.weights, *gradients], number == 0)

    # ------------------------------------------------------------ Samples

    def samples(self) -> list[Place]:
        """The columns of Samples."""
        scheme = self.scheme
        columns = [scheme.loss, *self.data, *scheme.computed[1:]]
        here = {column.name: f"{letters(index)}{{row}}" for index, column in enumerate(columns, _LOSS)}
        weights = {column.name: f"{TRAINING}!${letters(index)}${{epoch}}"
                   for index, column in enumerate(scheme.weights, WEIGHTS_FROM)}  # fmt: skip
        loss, *others = computed(scheme.computed, {**self.given, **weights, **here})
        data = [same(column, f"={DATA}!${letters(index)}${{datum}}") for index, column in enumerate(self.data, 1)]
        epoch, sample = f"={TRAINING}!$A${{epoch}}", f"={DATA}!$A${{datum}}"
        return [Place(STEP, "epoch", "", epoch, epoch), Place(STEP, "sample", "", sample, sample), loss, *data, *others]

    def rows_of_samples(self) -> Iterator[Row]:
        """The rows of Samples, epoch by epoch."""
        for number, epoch in enumerate(self.epochs):
            for index, ((x, t), (loss, *others)) in enumerate(zip(self.rows, epoch.samples, strict=True)):
                row = FIRST + number * len(self.rows) + index
                rows = {"row": row, "epoch": FIRST + number, "datum": FIRST + index}
                yield Row(rows, [number, index + 1, loss, *x, *t, *others], number == 0, begins=index == 0)

    # ------------------------------------------------------------ Data

    def data_places(self) -> list[Place]:
        """The columns of Data."""
        return [Place(STEP, "sample"), *(Place(column.kind, title_of(column)) for column in self.data)]

    def rows_of_data(self) -> Iterator[Row]:
        """The rows of Data: numbers that may be changed."""
        for index, (x, t) in enumerate(self.rows):
            yield Row({"row": FIRST + index}, [index + 1, *x, *t], is_start=True)


def _mean(column: Column, index: int) -> Place:
    """The mean of a column of Samples over the samples of an epoch."""
    formula = f"=AVERAGE({SAMPLES}!{letters(index)}{{top}}:{letters(index)}{{bottom}})"
    says = f"mean of {title_of(column)} over the samples"
    return Place(column.kind, title_of(column), says, formula, formula)
