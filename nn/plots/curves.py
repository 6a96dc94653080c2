"""Loss and metrics over the epochs of one training, or of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import NetworkError
from ..history import History
from .lines import Names, epochs_axis, histories, legend, logarithmic, marked, one_history, spans_decades
from .style import BLACK, BLUE, SIZE, VERMILION, canvas, plain

_TRAINING = {"color": BLUE, "linestyle": "-"}
_VALIDATION = {"color": VERMILION, "linestyle": "--"}


def loss(history: History | Mapping[str, History], *, ax: Any = None, title: str = "Loss over epochs") -> Any:
    """Plot the loss over epochs, on the training and on the validation samples, with the best epoch; returns the axes.

    >>> import nn
    >>> net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    >>> history = nn.fit(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=100)
    >>> ax = nn.plots.loss(history)
    >>> ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()
    ('Loss over epochs', 'epoch', 'loss (mean over the samples)')

    Of several histories by name each has a colour, and its validation a dashed line. The scale is logarithmic where the
    losses span two decades or more. Raises NetworkError for a history without epochs.
    """
    named = histories(history)
    with canvas(ax, size=SIZE) as drawn:
        if len(named) == 1:
            _one(drawn, next(iter(named.values())))
        else:
            _several(drawn, named)
        numbers = [number for each in named.values() for number in (*each.losses, *each.validation_losses)]
        if spans_decades(numbers):
            logarithmic(drawn, numbers)
        _labelled(drawn, ax, title, "loss (mean over the samples)", named.values())
    return drawn


def metrics(history: History, names: Names = None, *, ax: Any = None, title: str | None = None) -> Any:
    """Plot metrics such as the accuracy over epochs, on the training and on the validation samples; returns the axes.

    >>> import nn
    >>> net = nn.MLP(1, [1], rng=0)
    >>> history = nn.fit(net, [-1.0, 1.0], [0, 1], metrics=nn.accuracy, epochs=20)
    >>> nn.plots.metrics(history).get_title(loc="left")
    'Accuracy over epochs'

    `names` chooses among several metrics. Raises NetworkError for a history without metrics, or an unknown name.
    """
    found = one_history(history)
    chosen = _metrics(found, names)
    with canvas(ax, size=SIZE) as drawn:
        for number, name in enumerate(chosen):
            for series, style, kind in _both(found, name):
                text = kind if len(chosen) == 1 else f"{_words(name)}, {kind}"
                if len(chosen) > 1:
                    style = {**marked(number, len(series)), "linestyle": style["linestyle"]}
                _curve(drawn, series, style, text)
        numbers = [number for name in chosen for series, *_ in _both(found, name) for number in series]
        if numbers and min(numbers) >= 0 and max(numbers) <= 1:
            drawn.set_ylim(-0.03, 1.03)
        what = _words(chosen[0]) if len(chosen) == 1 else "metrics"
        title = f"{what[:1].upper()}{what[1:]} over epochs" if title is None else title
        _labelled(drawn, ax, title, f"{what} (mean over the samples)", [found])
    return drawn


def _one(ax: Any, history: History) -> None:
    """Training, validation and the best epoch of one history."""
    _curve(ax, history.losses, _TRAINING, "training")
    if history.validation_losses:
        _curve(ax, history.validation_losses, _VALIDATION, "validation")
    if 0 < history.best_epoch <= len(history.monitored):
        ax.plot([history.best_epoch], [history.monitored[history.best_epoch - 1]], linestyle="", marker="*",
                markersize=13, markerfacecolor="#fff", markeredgecolor=BLACK, markeredgewidth=1.4, zorder=5,
                label=f"best: epoch {history.best_epoch:,}", clip_on=False)  # fmt: skip


def _several(ax: Any, named: Mapping[str, History]) -> None:
    for number, (name, history) in enumerate(named.items()):
        style = marked(number, len(history.losses))
        _curve(ax, history.losses, {**style, "linestyle": "-"}, plain(name))
        if history.validation_losses:
            _curve(ax, history.validation_losses, {**style, "linestyle": "--"}, plain(f"{name}, validation"))


def _curve(ax: Any, series: list[float], style: Mapping[str, Any], text: str) -> None:
    dots = {} if len(series) > 1 else {"marker": "o"}  # one point is no line
    ax.plot(range(1, len(series) + 1), series, label=text, **{**dots, **style})


def _labelled(ax: Any, given: Any, title: str, what: str, found: Iterable[History]) -> None:
    ax.set_title(plain(title))
    ax.set_ylabel(plain(what))
    epochs_axis(ax, max(len(each.losses) for each in found))
    legend(ax, given)


def _both(history: History, name: str) -> Iterator[tuple[list[float], Mapping[str, Any], str]]:
    yield history.metrics[name], _TRAINING, "training"
    if f"validation_{name}" in history.metrics:
        yield history.metrics[f"validation_{name}"], _VALIDATION, "validation"


def _metrics(history: History, names: Names) -> list[str]:
    own = [name for name in history.metrics if name.removeprefix("validation_") not in history.metrics
           or not name.startswith("validation_")]  # fmt: skip
    if not own:
        raise NetworkError("this history has no metrics: call fit(..., metrics=nn.accuracy)")
    chosen = own if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in own:
            raise NetworkError(f"this history has no metric {name!r}: it has {', '.join(own)}")
    return chosen


def _words(name: str) -> str:
    return name.replace("_", " ")
