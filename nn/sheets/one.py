"""One sample. Training has a row per epoch: loss, weights, forward pass, δ and gradients."""

from __future__ import annotations

from collections.abc import Iterator

from .book import TRAINING, Book, Place, Row, Table
from .kinds import INPUT
from .layout import WEIGHTS_FROM, Layout, computed, epoch_place, setting, training_rows
from .naming import letters


class OfOne(Layout):
    """All of a step in one row; inputs and targets are settings."""

    def book(self) -> Book:
        """The workbook."""
        x, t = self.rows[0]
        data = [setting(column, self.given, number, "input" if column.kind is INPUT else "target")
                for column, number in zip(self.data, (*x, *t), strict=True)]  # fmt: skip
        training = Table(TRAINING, self.places(), list(self.table_rows()), frozen=2)
        return Book([self.eta, *data, *self.settings()], [training], {})

    def places(self) -> list[Place]:
        """The columns of Training."""
        scheme = self.scheme
        columns = [scheme.loss, *scheme.weights, *scheme.computed[1:]]
        here = {column.name: f"{letters(index)}{{row}}" for index, column in enumerate(columns, WEIGHTS_FROM - 1)}
        loss, *others = computed(scheme.computed, {**self.given, **here})
        gradients_from = WEIGHTS_FROM - 1 + len(columns) - len(scheme.gradients)
        return [epoch_place(), loss, *self.weights(gradients_from), *others]

    def table_rows(self) -> Iterator[Row]:
        """The rows of Training."""
        for number, epoch in enumerate(self.epochs):
            loss, *others = epoch.samples[0]
            yield Row(training_rows(number), [number, loss, *epoch.weights, *others], number == 0)
