"""Learning rates compared, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NetworkError
from ..experiments.rates import Trial
from .lines import epochs_axis, legend, logarithmic, marked, spans_decades
from .style import SIZE, canvas, plain

# What is shown of losses that climb: up to so many times the highest first loss, at least and at most.
_ROOM, _MOST = 1.6, 10.0
# Where triangles stand, in shares of the plot's height and width: below its edge, below one another, beside each other.
_EDGE, _BELOW, _BESIDE = 0.97, 0.06, 0.04


def learning_rates(trials: Sequence[Trial], *, ax: Any = None, title: str = "Learning rates compared") -> Any:
    """Plot the losses of the trainings that `nn.experiments.learning_rates` made; returns the axes.

    >>> import nn
    >>> line = nn.Network([nn.Layer(1, 1, "identity", rng=0)])
    >>> found = nn.experiments.learning_rates(line, [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], [0.01, 0.5, 1.5], epochs=20)
    >>> ax = nn.plots.learning_rates(found)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['η = 0.01: falls', 'η = 0.5: converges', 'η = 1.5: diverges']

    A loss that climbs far leaves the plot at its upper edge, where a triangle stands (one below the other, where
    several leave together); a cross is where loss or gradient were no longer finite. Raises NetworkError if there is
    nothing to draw.
    """
    trials = _checked(trials)
    top = _top(trials)
    shown = [loss for trial in trials for loss in trial.history.losses if loss <= top]
    is_wide = spans_decades(shown)
    with canvas(ax, size=SIZE) as drawn:
        lines = [_line(drawn, number, trial, top) for number, trial in enumerate(trials)]
        _sign_exits(drawn, trials, top)
        if is_wide:
            logarithmic(drawn, [*shown, top])
        else:
            drawn.set_ylim(min(0.0, *shown), top)
        drawn.set_title(plain(title))
        drawn.set_ylabel("loss (mean over the samples)")
        epochs_axis(drawn, max(len(trial.history.losses) for trial in trials))
        legend(drawn, ax, lines)
    return drawn


def _top(trials: Sequence[Trial]) -> float:
    """The highest loss that is shown: those of trials that do not diverge, or a little more than the first."""
    first = max(trial.history.losses[0] for trial in trials if trial.history.losses)
    calm = [loss for trial in trials if trial.verdict != "diverges" for loss in trial.history.losses]
    return max([_ROOM * first, *[loss * 1.05 for loss in calm if loss <= _MOST * first]])


def _line(ax: Any, number: int, trial: Trial, top: float) -> Any:
    """The losses of one rate; of one that diverges up to where it leaves the plot."""
    losses = trial.history.losses
    style, leaves = marked(number, len(losses)), _exit(losses, top)
    kept = losses[: leaves + 1] if leaves is not None and trial.verdict == "diverges" else losses
    (line,) = ax.plot(range(1, len(kept) + 1), kept, label=f"η = {trial.rate:g}: {trial.verdict}", **style)
    if leaves is None and trial.failed is not None and losses:
        _sign(ax, len(losses), losses[-1], "x", style["color"], ax.transData)
    return line


def _exit(losses: Sequence[float], top: float) -> int | None:
    """The index of the first loss above the plot."""
    return next((index for index, loss in enumerate(losses) if loss > top), None)


def _sign_exits(ax: Any, trials: Sequence[Trial], top: float) -> None:
    """A triangle for each rate whose loss leaves the plot, in the order in which they leave.

    They stand just below the upper edge, whatever the scale: above it stands the title. One that would cover another
    stands below it.
    """
    leaving = [(number, trial.history.losses, _exit(trial.history.losses, top)) for number, trial in enumerate(trials)]
    exits = sorted((_crossing(losses, index, top), number) for number, losses, index in leaving if index is not None)
    last = max(len(trial.history.losses) for trial in trials)
    rows: list[float] = []  # the last triangle in each
    for epoch, number in exits:
        row = next((row for row, before in enumerate(rows) if epoch - before >= _BESIDE * last), len(rows))
        rows[row : row + 1] = [epoch]
        _sign(ax, epoch, _EDGE - row * _BELOW, "^", marked(number, last)["color"], ax.get_xaxis_transform())


def _sign(ax: Any, x: float, y: float, shape: str, color: str, transform: Any) -> None:
    look = {"linestyle": "", "marker": shape, "markersize": 9, "markeredgewidth": 2.2, "color": color}
    ax.plot([x], [y], clip_on=False, zorder=6, transform=transform, **look)


def _crossing(losses: Sequence[float], index: int, top: float) -> float:
    """The epoch, a fraction, in which the line through two losses is at the top."""
    if index == 0:
        return 1.0
    return index + (top - losses[index - 1]) / (losses[index] - losses[index - 1])


def _checked(given: Any) -> list[Trial]:
    trials = list(given) if hasattr(given, "__iter__") else [given]
    for each in trials:
        if not isinstance(each, Trial):
            raise NetworkError(f"this plot takes what nn.experiments.learning_rates found; it was given {each!r}")
    if not any(trial.history.losses for trial in trials):
        raise NetworkError("there is nothing to draw: no training came to the end of an epoch")
    return trials
