"""The confusion matrix: which classes are taken for which, and so what an accuracy of 95 % hides."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.characters import columns, escaped, padded, printable
from autograd.op import describe

from .errors import DataError

LONGEST = 24  # characters of a class's name above a column


@dataclass(frozen=True)
class ConfusionMatrix:
    """How often each class was predicted for samples of each class: `counts[actual][predicted]`.

    The rows and columns are those of `classes`, in their order. `nn.confusion_matrix` counts one.
    """

    counts: Sequence[Sequence[int]]
    classes: Sequence[Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", tuple(map(tuple, self.counts)))
        object.__setattr__(self, "classes", tuple(self.classes))
        count, lengths = len(self.classes), [len(row) for row in self.counts]
        if not count or lengths != [count] * count:
            raise DataError(f"a confusion matrix of {count} classes has as many rows and columns, from 1 on; "
                            f"its rows have {lengths} counts")  # fmt: skip

    def __len__(self) -> int:
        """The number of samples."""
        return sum(self.actual_totals)

    @property
    def actual_totals(self) -> list[int]:
        """How many samples each class has."""
        return [sum(row) for row in self.counts]

    @property
    def predicted_totals(self) -> list[int]:
        """How often each class was predicted."""
        return [sum(column) for column in zip(*self.counts, strict=True)]

    @property
    def right(self) -> list[int]:
        """How many samples of each class were predicted to be of it: the diagonal."""
        return [row[number] for number, row in enumerate(self.counts)]

    @property
    def accuracy(self) -> float:
        """The share of all samples that were predicted right."""
        return sum(self.right) / len(self)

    @property
    def precision(self) -> dict[Any, float]:
        """By class: how many of the samples predicted to be of it are of it; NaN if it was never predicted."""
        return self._shares(self.predicted_totals)

    @property
    def recall(self) -> dict[Any, float]:
        """By class: how many of its samples were predicted to be of it; NaN if it has none."""
        return self._shares(self.actual_totals)

    def _shares(self, totals: Iterable[int]) -> dict[Any, float]:
        parts = zip(self.classes, self.right, totals, strict=True)
        return {name: right / total if total else math.nan for name, right, total in parts}

    def plot(self, *, ax: Any = None, title: str = "Confusion matrix") -> Any:
        """Draw it: `nn.plots.confusion`, which needs matplotlib; returns the axes."""
        from .plots.confusion import confusion

        return confusion(self, ax=ax, title=title)

    # ---------------------------------------------------------------- as a table

    def __str__(self) -> str:
        table = _cells(self)
        widths = [max(map(columns, column)) for column in zip(*table, strict=True)]
        is_right = [False, *[True] * (len(widths) - 1)]
        lines = ["  ".join(map(padded, row, widths, is_right)).rstrip() for row in table]
        told = f"accuracy {_percent(self.accuracy)}: {sum(self.right)} of {len(self)} right"
        return "\n".join([" " * (widths[0] + 2) + "predicted", *lines, told])

    def _repr_html_(self) -> str:
        head, *rows = _cells(self)
        names = "".join(f'<th scope="col" style="{_CELL}">{escaped(cell)}</th>' for cell in head[1:])
        body = "".join(self._html_row(number, row) for number, row in enumerate(rows))
        told = f"{len(self)} samples, accuracy {_percent(self.accuracy)}; rows: actual class, columns: predicted class"
        return (
            f'<table style="border-collapse:collapse"><caption style="text-align:left">{told}</caption>'
            f'<thead><tr><th scope="col" style="{_CELL}">actual \\ predicted</th>{names}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _html_row(self, number: int, cells: Sequence[str]) -> str:
        shares = self._row_shares(number)
        shades = [_shade(share) for share in shares] + [""] * (len(cells) - 1 - len(shares))
        inner = (f'<td style="{_CELL}{shade}">{cell}</td>' for cell, shade in zip(cells[1:], shades, strict=True))
        return f'<tr><th scope="row" style="{_CELL}">{escaped(cells[0])}</th>{"".join(inner)}</tr>'

    def _row_shares(self, number: int) -> list[float]:
        """A row of counts as shares of the row; nothing for the rows of totals."""
        row = self.counts[number] if number < len(self.counts) else ()
        return [count / max(sum(row), 1) for count in row]

    def __repr__(self) -> str:
        told = f"{len(self)} samples, {len(self.classes)} classes"
        return f"<ConfusionMatrix: {told}, accuracy {_percent(self.accuracy)}>"


def confusion_matrix(predicted: Any, actual: Any, classes: Iterable[Any] | None = None) -> ConfusionMatrix:
    """Count the predicted classes of samples of each class, counts[actual][predicted], as a `ConfusionMatrix`.

    >>> found = confusion_matrix(["cat", "dog", "dog", "cat"], ["cat", "dog", "cat", "cat"])
    >>> print(found)
            predicted
    actual  cat  dog  total   recall  precision
    cat       2    1      3   66.7 %    100.0 %
    dog       0    1      1  100.0 %     50.0 %
    total     2    2      4
    accuracy 75.0 %: 3 of 4 right
    >>> found.accuracy, found.recall["dog"]
    (0.75, 1.0)

    Classes are numbers or text, in lists or arrays. `classes` names them in an order, those that never occur included;
    without it they are all that occur, sorted. Predictions come first, as outputs do in losses; scikit-learn's function
    of this name takes them last. Raises DataError if there are not as many predictions as actual classes, for none at
    all, and (with `row`, counted from 0) for a label that is not among `classes`.
    """
    found, true = _labels(predicted, "predicted"), _labels(actual, "actual")
    if len(found) != len(true):
        raise DataError(f"there are {len(found)} predicted and {len(true)} actual classes: give one of each per sample")
    if not found:
        raise DataError("there are no samples: a confusion matrix needs at least one")
    listed = in_order({*found, *true}) if classes is None else _distinct(classes)
    for what, labels in (("predicted", found), ("actual", true)):
        _check(labels, what, listed)
    counts = Counter(zip(true, found, strict=True))
    return ConfusionMatrix([[counts[row, column] for column in listed] for row in listed], listed)


def in_order(labels: Iterable[Any]) -> list[Any]:
    """Labels of classes, sorted: numbers by size, then text by its letters.

    >>> in_order({"b", 10, "a", 9.5})
    [9.5, 10, 'a', 'b']
    """
    return sorted(labels, key=lambda label: (isinstance(label, str), label))


# ---------------------------------------------------------------- reading what was given


def _labels(given: Any, what: str) -> list[Any]:
    """A list or array of classes as a list of Python's numbers and text."""
    if isinstance(given, (str, bytes, dict)) or not hasattr(given, "__iter__"):
        raise DataError(f"the {what} classes are a list, one for each sample; it was given {describe(given)}")
    listed = given.tolist() if hasattr(given, "tolist") else list(given)
    return [_label(label, what, row) for row, label in enumerate(listed)]


def _label(label: Any, what: str, row: int) -> Any:
    plain = label.item() if hasattr(label, "item") else label
    if isinstance(plain, (str, int, float)) and plain == plain:
        return plain
    told = "a list: give the class's name or number" if isinstance(plain, (list, tuple)) else f"{describe(label)}"
    raise DataError(f"the {what} class in row {row} is {told}; a class is a number or text", row=row)


def _distinct(classes: Any) -> list[Any]:
    listed = _labels(classes, "listed")
    if len(set(listed)) != len(listed):
        twice = next(label for label, count in Counter(listed).items() if count > 1)
        raise DataError(f"classes has {twice!r} twice: name every class once")
    return listed


def _check(labels: Sequence[Any], what: str, classes: Sequence[Any]) -> None:
    known = set(classes)
    for row, label in enumerate(labels):
        if label not in known:
            some = ", ".join(map(repr, classes[:8])) + (", …" if len(classes) > 8 else "")
            raise DataError(f"the {what} class in row {row} is {label!r}, which is not among classes: {some}", row=row)


# ---------------------------------------------------------------- writing

_CELL = "padding:.25em .6em;text-align:right;border:1px solid rgba(128,128,128,.4);color:inherit;"


def _shade(share: float) -> str:
    # A veil over whatever the page's ground is: the letters keep their contrast on a light page and on a dark one.
    return f"background:rgba(0,114,178,{0.55 * share:.2f});"


def _cells(matrix: ConfusionMatrix) -> list[list[str]]:
    """The table, head first, as text: names, counts, and at the borders the totals, recall and precision."""
    names = [_name(label) for label in matrix.classes]
    shares = [[_percent(share) for share in each.values()] for each in (matrix.recall, matrix.precision)]
    rows = zip(names, matrix.counts, matrix.actual_totals, *shares, strict=True)
    return [
        ["actual", *map(_short, names), "total", "recall", "precision"],
        *([name, *map(str, counts), str(total), *last] for name, counts, total, *last in rows),
        ["total", *map(str, matrix.predicted_totals), str(len(matrix)), "", ""],
    ]


def _name(label: Any) -> str:
    """A label on one line, without characters that drive a terminal."""
    return printable(str(label))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1%}".replace("%", " %")

