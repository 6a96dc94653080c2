"""Weights and deltas over the epochs of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd import notation

from ..errors import NetworkError
from ..experiments.deltas import Deltas
from ..history import History
from ..module import size
from .lines import Names, epochs_axis, farthest, legend, marked, one_history
from .style import SIZE, canvas, plain

MOST = 8  # lines that can still be told apart


def weights(
    history: History,
    names: Names = None,
    *,
    most: int = MOST,
    ax: Any = None,
    title: str = "Weights over epochs",
) -> Any:
    """Plot weights and biases over epochs; returns the axes.

    >>> import nn
    >>> net = nn.MLP(2, [3, 2], rng=0)
    >>> history = nn.fit(net, [[0.5, -1.0]], [[0.0, 1.0]], epochs=30, snapshots=True)
    >>> ax = nn.plots.weights(history, ["w_11", "b_1^(2)"])
    >>> ax.get_title(loc="left"), [text.get_text() for text in ax.get_legend().get_texts()]
    ('Weights over epochs', ['w₁₁', 'b₁⁽²⁾'])

    Without `names` (labels of parameters) the `most` that moved farthest are drawn, and the legend says so. Raises
    NetworkError for a history without snapshots, and for an unknown name.
    """
    snapshots = one_history(history).weights()
    series = {label: [snapshot[label] for snapshot in snapshots] for label in snapshots[0]}
    chosen, told = farthest(series, names, size(most, "most"))
    return _plotted(chosen, range(len(snapshots)), ax, (title, "weight or bias", told), "{}")


def deltas(
    deltas: Deltas,
    names: Names = None,
    *,
    sample: int | None = None,
    most: int = MOST,
    ax: Any = None,
    title: str = "Deltas over epochs",
) -> Any:
    """Plot δ = ∂L/∂a of the units over epochs, as `nn.experiments.deltas` found them; returns the axes.

    >>> import nn
    >>> net = nn.MLP(2, [3, 2], rng=0)
    >>> X, T = [[0.5, -1.0]], [[0.0, 1.0]]
    >>> history = nn.fit(net, X, T, epochs=30, snapshots=True)
    >>> nn.plots.deltas(nn.experiments.deltas(net, X, T, history)).get_title(loc="left")
    'Deltas over epochs'

    It is the δ of one sample (`sample` is its number, counted from 0), or where there are several the root of the mean
    of δ² over them. Without `names` (labels of weighted sums) the `most` that moved farthest are drawn. Raises
    NetworkError for an unknown name or sample.
    """
    if not isinstance(deltas, Deltas):
        raise NetworkError(f"this plot takes what nn.experiments.deltas found; it was given {deltas!r}")
    series, what = _deltas(deltas, sample)
    chosen, told = farthest(series, names, size(most, "most"))
    return _plotted(chosen, deltas.epochs, ax, (title, what, told), "δ of {}")


def _deltas(found: Deltas, sample: int | None) -> tuple[Mapping[str, Sequence[float]], str]:
    count = len(found.samples)
    if sample is None and count > 1:
        return found.sizes(), f"√ mean δ² over {count} samples"
    number = 0 if sample is None else sample
    if type(number) is not int or not 0 <= number < count:
        raise NetworkError(f"sample is a number from 0 to {count - 1}; it was given {sample!r}")
    return found.samples[number], "δ = ∂L/∂a" + (f" of sample {number}" if count > 1 else "")


def _plotted(
    series: Mapping[str, Sequence[float]], epochs: Sequence[int], given: Any, words: tuple[str, str, str], form: str
) -> Any:
    """A line for each, in the legend from the one that ends highest to the one that ends lowest.

    `words` are the title, what is drawn, and how it was selected.
    """
    title, what, told = words
    with canvas(given, size=SIZE) as drawn:
        drawn.axhline(0.0, color="#8c98a6", linewidth=1.0, zorder=1)
        lines = {}
        for number, (label, numbers) in enumerate(series.items()):
            text = plain(form.format(notation.text(label)))
            (lines[label],) = drawn.plot(epochs, numbers, label=text, **marked(number, len(numbers)))
        drawn.set_title(plain(title))
        drawn.set_ylabel(what)
        epochs_axis(drawn, epochs[-1], 0)
        legend(drawn, given, [lines[label] for label in sorted(lines, key=lambda each: -series[each][-1])], told)
    return drawn
