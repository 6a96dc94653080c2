"""The error as a surface over two weights, and the path of a training across it.

A network has more weights than two, and in an ordinary training all of them move: its path lies above or below the
surface, which shows the error for one choice of the others. Where only two are trained (`descend`), the ball does roll
on the surface.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value

from ..errors import NetworkError, TrainingError
from ..history import History
from ..losses import l2_loss
from ..module import Module, kept, size
from ..optimisers import SGD
from ..progress import progress_bar
from ..training import fit
from .field import Field, Loss, Place, Snapshot
from .window import Span, Window, window_of


@dataclass(frozen=True)
class Path:
    """Where two parameters were after some epochs: one item per epoch in each of the lists.

    `losses` is the loss that the network really had there, `ground` the height of the surface at that place. They
    differ if other parameters moved, too; `others` is how many did.
    """

    epochs: list[int]
    xs: list[float]
    ys: list[float]
    losses: list[float]
    ground: list[float]
    others: int

    @property
    def is_on_surface(self) -> bool:
        """Whether the two parameters were the only ones that moved."""
        return self.others == 0

    def __len__(self) -> int:
        return len(self.xs)


@dataclass(frozen=True)
class ErrorSurface:
    """The mean loss over two parameters: `losses[row][column]` is that of `ys[row]` and `xs[column]`.

    It is NaN where the loss is no finite number. `labels` are those of the parameters, x first; `path` is how a
    training went, if there was one.
    """

    labels: tuple[str, str]
    xs: list[float]
    ys: list[float]
    losses: list[list[float]]
    path: Path | None = None

    @property
    def window(self) -> Window:
        """How far the grid reaches."""
        return Window.of(self.xs, self.ys)

    @property
    def lowest(self) -> tuple[float, float, float]:
        """The point of the grid with the smallest loss: (x, y, loss)."""
        points = ((loss, x, y) for y, row in zip(self.ys, self.losses, strict=True)
                  for x, loss in zip(self.xs, row, strict=True) if math.isfinite(loss))  # fmt: skip
        loss, x, y = min(points, default=(math.nan, math.nan, math.nan))
        return x, y, loss

    def __repr__(self) -> str:
        path = f", a path of {len(self.path)} places" if self.path else ""
        return f"<ErrorSurface over {' and '.join(self.labels)}: {len(self.xs)} × {len(self.ys)} points{path}>"


def error_surface(
    net: Module,
    X: Any,
    T: Any,
    weights: Sequence[str | Value] = ("w_11", "w_21"),
    *,
    loss: Loss = l2_loss,
    history: History | None = None,
    span: Span | None = None,
    points: int = 41,
    progress: bool | None = None,
) -> ErrorSurface:
    """The mean loss of the samples over a grid of two parameters; all others keep their numbers.

    >>> from nn import Neuron
    >>> line = Neuron(1, "identity", rng=0)
    >>> found = error_surface(line, [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], ("w_11", "b_1"), span=((0, 4), (-1, 3)), points=5)
    >>> found.lowest
    (2.0, 1.0, 0.0)

    `weights` are two parameters, by label or as Values. With a `history` of `fit(..., snapshots=True)` the surface has
    its path, and the others have their numbers at its end. `span` is how far the grid reaches: ((from, to), (from,
    to)), or one number for as far to each side; without it, far enough for the path (until its loss is ten times what
    it was at the start: a training that diverges leaves the picture). Of epochs that hardly differ the path has one.

    The network is left as it was. Raises NetworkError for parameters, histories and spans that do not fit, and
    DataError for the samples.
    """
    field = Field(net, X, T, weights, loss)
    snapshots = _snapshots(history, field)
    count = _points(points)
    with kept(net.parameters()):
        if history is not None:
            field.set(snapshots[-1])
        places = [field.place(snapshot) for snapshot in snapshots]
        window = window_of(span, places or [field.here()], _calm(history, field))
        xs, ys = window.columns(count), window.rows(count)
        grid = _grid(field, xs, ys, progress)
        path = _path(field, snapshots, window.thinned(places)) if snapshots else None
        return ErrorSurface(field.labels, xs, ys, grid, path)


def descend(
    net: Module,
    X: Any,
    T: Any,
    weights: Sequence[str | Value],
    lr: float,
    steps: int,
    *,
    loss: Loss = l2_loss,
    start: Place | None = None,
    span: Span | None = None,
    points: int = 41,
    progress: bool | None = None,
) -> ErrorSurface:
    """Gradient descent of two parameters only, and the surface it runs on: the ball that rolls downhill.

        w ← w − lr · ∂E/∂w        for both, `steps` times; all other parameters keep their numbers

    >>> from nn import Neuron
    >>> line = Neuron(1, "identity", rng=0)
    >>> found = descend(line, [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], ("w_11", "b_1"), 0.3, 100, start=(0.0, 0.0))
    >>> round(found.path.xs[-1], 3), round(found.path.ys[-1], 3), found.path.is_on_surface
    (2.0, 1.0, True)

    It begins where the parameters are, or at `start`. A rate that is too large makes steps across the valley and back;
    one that is larger still leaves it, and the path ends before the numbers are no longer finite. For the rest, see
    `error_surface`; this network, too, is left as it was.
    """
    field = Field(net, X, T, weights, loss)
    steps = size(steps, "the number of steps")
    _points(points)
    optimiser = SGD(field.chosen, lr=lr)
    with kept(net.parameters()):
        if start is not None:
            field.put(_start(start))
        try:
            history = fit(
                net, X, T, loss=loss, optimizer=optimiser, epochs=steps, snapshots=True, progress=False
            )  # fmt: skip
        except TrainingError as error:
            history = error.history
        return error_surface(
            net, X, T, field.chosen, loss=loss, history=history, span=span, points=points, progress=progress
        )


# ---------------------------------------------------------------- measuring


def _grid(field: Field, xs: Sequence[float], ys: Sequence[float], progress: bool | None) -> list[list[float]]:
    """The height at every point, row by row."""
    rows = []
    with progress_bar(len(ys), progress, unit="row") as shown:
        for y in ys:
            rows.append([field.height_at((x, y)) for x in xs])
            if shown is not None:
                shown.update()
    return rows


def _path(field: Field, snapshots: Sequence[Snapshot], epochs: list[int]) -> Path:
    """The places of some epochs, with both of their heights; the network has the numbers of the end."""
    places = [field.place(snapshots[epoch]) for epoch in epochs]
    ground = [field.height_at(place) for place in places]
    others = _others(field, snapshots)
    losses = [field.height_of(snapshots[epoch]) for epoch in epochs] if others else ground
    return Path(epochs, [x for x, _ in places], [y for _, y in places], losses, ground, others)


def _others(field: Field, snapshots: Sequence[Snapshot]) -> int:
    """How many parameters beside the two moved."""
    first = snapshots[0]
    names = [label for label in field.parameters if label not in field.labels]
    return sum(any(each[label] != first[label] for each in snapshots) for label in names)


# ---------------------------------------------------------------- reading what was given


def _points(points: Any) -> int:
    found = size(points, "the number of points along a side")
    if found < 2:
        raise NetworkError("a surface has 2 points or more along a side; it was given points=1")
    return found


def _start(start: Any) -> Place:
    try:
        x, y = (float(each) for each in start)
    except (TypeError, ValueError):
        raise NetworkError(f"start is a pair of numbers, such as (-2.0, 3.0); it was given {start!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise NetworkError(f"start is a pair of finite numbers; it was given {start!r}")
    return x, y


def _snapshots(history: Any, field: Field) -> Sequence[Snapshot]:
    """The snapshots of a history of this network; none without a history."""
    if history is None:
        return []
    if not isinstance(history, History):
        raise NetworkError(f"history is what nn.fit returned; it was given {history!r}")
    history.check_network(field.net)
    return history.weights()


_DIVERGED = 10.0  # times the loss at the start


def _calm(history: History | None, field: Field) -> Callable[[int], bool]:
    """Whether the loss at a snapshot still was of the size it had at the start; the network has those of the end."""
    if history is None or not history.losses:
        return lambda number: True
    losses = [*history.losses, field.height()]  # that behind the last step is in no history
    limit = _DIVERGED * abs(losses[0])
    return lambda number: losses[min(number, len(losses) - 1)] <= limit
