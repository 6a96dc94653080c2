"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..confusion import ConfusionMatrix
from ..errors import NetworkError
from .style import canvas, plain

_LONGEST = 22  # characters of a name, the rest is left out
_UPRIGHT = 5  # characters that stand side by side under a column
_DARK = 0.55  # share from which on numbers are white


def confusion(matrix: ConfusionMatrix, *, ax: Any = None, title: str = "Confusion matrix") -> Any:
    """A confusion matrix as a picture: a row for each actual class, a column for each predicted one; returns the axes.

    >>> import nn
    >>> found = nn.confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
    >>> nn.plots.confusion(found).get_xlabel()
    'predicted (2 of 3 are right)'

    Every cell has its count, and is the darker the larger its share of the row is: the diagonal of a perfect classifier
    is dark. `matrix` is from `nn.confusion_matrix`, or anything that has `counts` (a list of rows) and `classes`.

    Raises NetworkError for anything else, DataError if it is no square, and MissingPackageError without matplotlib.
    """
    found = _read(matrix)
    counts, names = found.counts, [str(name) for name in found.classes]
    side = min(max(3.4 + 0.5 * len(names), 4.6), 12.0)
    with canvas(ax, size=(side + 0.8, side)) as axes:
        shares = [[count / (sum(row) or 1) for count in row] for row in counts]
        drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        _write(axes, counts, shares)
        _frame(axes, names)
        axes.set_xlabel(f"predicted ({sum(found.right):g} of {len(found):g} are right)")
        axes.set_title(plain(title), loc="left")
        axes.figure.colorbar(drawn, ax=axes, label="share of its row", shrink=0.8, pad=0.02)
    return axes


def _write(ax: Any, counts: Sequence[Sequence[float]], shares: Sequence[Sequence[float]]) -> None:
    """The count of every cell, readable on its shade."""
    size = max(6.0, min(11.0, 110.0 / len(counts)))
    for row, numbers in enumerate(counts):
        for column, count in enumerate(numbers):
            shade = shares[row][column]
            ax.text(column, row, f"{count:g}", ha="center", va="center", fontsize=size,
                    fontweight="bold" if row == column else "normal",
                    color="white" if shade > _DARK else "black")  # fmt: skip


def _frame(ax: Any, names: Sequence[str]) -> None:
    """Names and lines of rows and columns."""
    places, shown = range(len(names)), _shown(names)
    is_long = max(map(len, shown)) > _UPRIGHT
    ax.set_xticks(places, shown, rotation=40 if is_long else 0, ha="right" if is_long else "center",
                  rotation_mode="anchor")  # fmt: skip
    ax.set_yticks(places, shown)
    ax.set_ylabel("actual")
    ax.grid(False)
    ax.tick_params(length=0)
    for place in range(1, len(names)):
        ax.axhline(place - 0.5, color="white", linewidth=1.2)
        ax.axvline(place - 0.5, color="white", linewidth=1.2)


def _shown(names: Sequence[str]) -> list[str]:
    """Names with room beside a row: of long ones the beginning, or where those are alike both ends, or a number."""
    half = _LONGEST // 2
    beginnings = [name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…" for name in names]
    ends = [name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}" for name in names]
    numbered = [f"{number} {name}" for number, name in enumerate(beginnings, 1)]
    found = next((each for each in (beginnings, ends) if len(set(each)) == len(names)), numbered)
    return [plain(name) for name in found]


def _read(matrix: Any) -> ConfusionMatrix:
    if isinstance(matrix, ConfusionMatrix):
        return matrix
    if not (hasattr(matrix, "counts") and hasattr(matrix, "classes")):
        raise NetworkError(f"confusion takes what nn.confusion_matrix gave; it was given {matrix!r:.60}")
    return ConfusionMatrix(matrix.counts, matrix.classes)
