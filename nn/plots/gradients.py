"""The size of the gradient by layer: vanishing, exploding, and what helps; and over the epochs of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NetworkError
from ..experiments.depths import GradientSizes
from ..history import History
from .lines import (
    INK,
    SMALL,
    USUAL,
    End,
    end_labels,
    epochs_axis,
    keyed,
    legend,
    logarithmic,
    marked,
    one_history,
    room_for,
    spans_decades,
)
from .style import PALETTE, SIZE, canvas, mark, plain
from .ticks import whole_ticks

_MOST_ROOM = 0.7  # of the axes' width, for the names of lines and the legend
_DASHES: dict[str, Any] = {"holds": "-", "explodes": "--", "vanishes": ":"}


def gradients_by_layer(
    sizes: Sequence[GradientSizes] | GradientSizes | History, *, ax: Any = None, title: str | None = None
) -> Any:
    """Plot the size of the gradient in every layer, a line for each network; returns the axes.

    >>> import nn
    >>> ax = nn.plots.gradients_by_layer(nn.experiments.depths())
    >>> ax.get_title(loc="left"), ax.get_yscale()
    ('Gradient by layer', 'log')
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['holds', 'explodes', 'vanishes']

    How a line is dashed tells its verdict; see `nn.experiments.GradientSizes`. Of a `History` it shows the norm of each
    layer's gradient over the epochs. Raises NetworkError if there is nothing to draw.
    """
    if isinstance(sizes, History):
        return _over_epochs(sizes, ax, "Gradient by layer over epochs" if title is None else title)
    networks = _checked(sizes)
    with canvas(ax, size=SIZE) as drawn:
        drawn.set_yscale("log")
        for number, each in enumerate(networks):
            _line(drawn, number, each)
        drawn.set_xlabel("layer, from the first to the output")
        drawn.set_ylabel("√ mean δ²   (δ = ∂L/∂a)")
        drawn.set_title(plain("Gradient by layer" if title is None else title))
        _names(drawn, networks, keyed(drawn, ax, _verdicts(networks)), USUAL if ax is None else SMALL)
    return drawn


def _line(ax: Any, number: int, found: GradientSizes) -> None:
    layers = range(1, len(found.sizes) + 1)
    sizes = [size if size > 0 else float("nan") for size in found.sizes]  # a logarithmic scale has no place for 0
    ax.plot(layers, sizes, linestyle=_DASHES[found.verdict], markersize=5.5, label=plain(found.name), **mark(number))


def _names(ax: Any, networks: Sequence[GradientSizes], right: float, size: float) -> None:
    """The name of every line, to the left of its first layer, where the lines are farthest apart.

    `right` is the share of the width that the legend takes.
    """
    deepest = max(len(each.sizes) for each in networks)
    left = min(room_for(ax, [each.name for each in networks], size), _MOST_ROOM - right)
    share = 1 - left - right  # for the lines
    span = max(deepest - 1, 1) + 0.3
    ax.set_xlim(1 - span * left / share, 1 + span + span * right / share)
    ax.set_xticks(whole_ticks(1, deepest, max(round(share * 22), 2)))
    ends = [
        End(each.sizes[0], plain(each.name), PALETTE[number % len(PALETTE)])
        for number, each in enumerate(networks)
        if each.sizes[0] > 0
    ]
    end_labels(ax, 1, ends, size)


def _verdicts(networks: Sequence[GradientSizes]) -> list[Any]:
    """A sample of each dash that occurs, with its verdict."""
    from matplotlib.lines import Line2D

    occurring = {each.verdict for each in networks}
    return [Line2D([], [], color=INK, linestyle=dash, label=verdict)
            for verdict, dash in _DASHES.items() if verdict in occurring]  # fmt: skip


def _over_epochs(history: History, given: Any, title: str) -> Any:
    series = one_history(history).gradient_norms
    with canvas(given, size=SIZE) as drawn:
        for number, norms in enumerate(series):
            text = f"layer {number + 1}" + (" (output)" if number == len(series) - 1 else "")
            drawn.plot(range(1, len(norms) + 1), norms, label=text, **marked(number, len(norms)))
        numbers = [norm for norms in series for norm in norms]
        if spans_decades(numbers):
            logarithmic(drawn, numbers)
        drawn.set_ylabel("norm of the gradient, √Σ(∂L/∂w)²")
        drawn.set_title(plain(title))
        epochs_axis(drawn, len(series[0]))
        legend(drawn, given)
    return drawn


def _checked(found: Any) -> list[GradientSizes]:
    listed = list(found) if hasattr(found, "__iter__") else [found]
    for each in listed:
        if not isinstance(each, GradientSizes):
            raise NetworkError(f"this plot takes what nn.experiments.depths found, or a History; it was given {each!r}")
    if not listed:
        raise NetworkError("there is nothing to draw: the list of networks is empty")
    return listed
