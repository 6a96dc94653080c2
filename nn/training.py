"""fit: the loop around forward pass, backward pass and step.

for every epoch, for every batch:    L = mean of the loss over the batch;  ∂L/∂w by backward();  one step
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from autograd.op import describe

from . import losses
from .choices import known
from .data import Samples, samples, split
from .errors import DataError, NetworkError
from .graphs import check_network
from .history import History
from .metrics import named
from .module import Module, generator, whole
from .optimisers import SGD, Optimiser, setting
from .plan import Plan
from .progress import progress_bar
from .run import Run

if TYPE_CHECKING:
    from concurrent.futures import Executor

ENGINES = ("auto", "eager", "replay")


def fit(
    net: Module,
    X: Any,
    T: Any,
    *,
    loss: Callable[..., Any] = losses.l2_loss,
    optimizer: Optimiser | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    rng: int | Random = 0,
    validation: float | tuple[Any, Any] | None = None,
    patience: int | None = None,
    metrics: Any = (),
    callbacks: Any = (),
    clip_norm: float | None = None,
    progress: bool | None = None,
    snapshots: bool = False,
    engine: str = "auto",
    executor: Executor | None = None,
) -> History:
    """Train a network: minimise the mean of `loss` over the samples of each batch; returns the `History`.

    >>> from nn import MLP
    >>> net = MLP(2, [3, 1], activation="tanh", rng=0)
    >>> history = fit(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=500)
    >>> history
    <History: 500 epochs, loss 0.1249 → 0.0009671; stopped by epochs>
    >>> [round(net.predict(x)[0]) for x in ([0, 0], [0, 1], [1, 0], [1, 1])]
    [0, 1, 1, 0]

    `X` and `T` are lists of rows or NumPy arrays; `loss` takes the outputs and the targets of one sample. `batch_size`
    is None (all samples at once: gradient descent), 1 (stochastic) or between (mini-batches). `shuffle` puts the
    samples in a new order in every epoch, drawn by `rng`: a seed, or a `random.Random`. `optimizer` is
    `SGD(net.parameters(), lr=0.5)` unless one is given; with `maximize=True` the loss is a reward.

    `validation` holds samples out: a fraction (drawn by `rng`; the last ones with `shuffle=False`), or (X, T) of their
    own. `patience` ends the training after so many epochs without a better validation loss, and in any case puts the
    best weights back. `metrics` are functions of outputs and targets as plain numbers, averaged over the samples, such
    as `nn.accuracy`. A callback is given a `Training` after every epoch, and ends the training by a true result.
    `clip_norm` limits the norm of the gradient, `snapshots` keeps every parameter after every epoch. `progress` shows a
    bar: in a terminal or notebook (None), always or never.

    `engine` is "eager" (a fresh graph for every sample), "replay" (the loss is recorded once and repeated by compiled
    code: the same numbers, a thousand times as fast with the extra `fast`, a few times without) or "auto" (replay where
    it takes less time with what it takes to compile). What Python decides, such as an `if` on an output, is not in a
    record: fresh graphs of some samples are compared with it, and where they differ a warning says so and "eager" goes
    on.

    `executor` shares the work: any `concurrent.futures.Executor`, such as a `ProcessPoolExecutor`, or of a Dask cluster
    `client.get_executor()`. Each batch is computed in shards, whose number depends on its size alone; what a worker
    fails to answer is computed here. The losses are those of one machine to 1e-12. A script that starts processes needs
    `if __name__ == "__main__":` around what it does.

    Ctrl-C ends the training, and what was reached is kept and returned. Raises DataError for data that cannot be
    trained on, NetworkError for settings, and TrainingError (with the `history`) when loss or gradient are no longer
    finite.
    """
    known(engine, ENGINES, "engine")
    _check(net, loss)
    _check_executor(executor)
    random, classes = generator(rng), loss not in _PAIRED
    data = samples(X, T, net.inputs, net.outputs, classes=classes)
    data, held_out = _held_out(net, data, validation, random if shuffle else None, classes)
    plan = Plan(
        net=net,
        loss=loss,
        optimiser=_optimiser(net, optimizer),
        data=data,
        held_out=held_out,
        epochs=_whole(epochs, "epochs", low=0),
        batch_size=len(data) if batch_size is None else min(_whole(batch_size, "batch_size"), len(data)),
        order=random if shuffle else None,
        patience=_patience(patience, held_out),
        metrics=named(metrics),
        callbacks=_callbacks(callbacks),
        clip_norm=None if clip_norm is None else setting(clip_norm, "clip_norm"),
        keeps_snapshots=snapshots,
    )
    with progress_bar(plan.epochs, progress) as shown:
        return Run(plan, engine, executor).carry_out(shown)


# ---------------------------------------------------------------- reading what was given

# Losses of this package that need a target for every output; any other function may take the number of a class.
_PAIRED = (
    losses.l2_loss,
    losses.mse_loss,
    losses.mae_loss,
    losses.binary_cross_entropy,
    losses.binary_cross_entropy_with_logits,
)


def _check(net: Any, loss: Any) -> None:
    check_network(net, "fit", or_part=True)
    losses.check_loss(loss, net.outputs)


def _check_executor(executor: Any) -> None:
    if executor is not None and (isinstance(executor, type) or not callable(getattr(executor, "submit", None))):
        raise NetworkError("executor is a concurrent.futures.Executor, such as ProcessPoolExecutor(), or of a Dask"
                           f" client client.get_executor(); it was given {describe(executor)}")  # fmt: skip


def _optimiser(net: Module, optimizer: Any) -> Optimiser:
    if optimizer is None:
        return SGD(net.parameters(), lr=0.5)
    if not isinstance(optimizer, Optimiser):
        raise NetworkError(f"optimizer is one such as nn.SGD(net.parameters(), lr=0.5); it was given {optimizer!r}")
    if not set(map(id, optimizer.parameters)) & set(map(id, net.parameters())):
        raise NetworkError("this optimiser holds no parameter of the network: make it from net.parameters()")
    return optimizer


def _held_out(
    net: Module, data: Samples, validation: Any, random: Random | None, classes: bool
) -> tuple[Samples, Samples]:
    """The samples to train on, and those to validate on."""
    if validation is None:
        return data, Samples([], [])
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        X, T = validation
        try:
            return data, samples(X, T, net.inputs, net.outputs, classes=classes)
        except DataError as error:
            raise DataError(f"of validation=(X, T): {error}", row=error.row) from None
    if isinstance(validation, (tuple, list)) or not 0 < setting(validation, "validation") < 1:
        raise NetworkError("validation is a fraction between 0 and 1, such as 0.2, or (X, T)")
    return split(data, float(validation), random)


def _callbacks(callbacks: Any) -> list[Callable[..., Any]]:
    listed = list(callbacks) if isinstance(callbacks, Iterable) and not callable(callbacks) else [callbacks]
    for each in listed:
        if not callable(each):
            raise NetworkError(f"a callback is a function of one Training; it was {each!r}")
    return listed


def _patience(patience: Any, held_out: Samples) -> int | None:
    if patience is None:
        return None
    if not held_out:
        raise NetworkError("patience watches the validation loss: give validation=0.2, or validation=(X, T)")
    return _whole(patience, "patience")


def _whole(number: Any, what: str, low: int = 1) -> int:
    found = whole(number)
    if found is None or found < low:
        raise NetworkError(f"{what} is a whole number from {low} on; it was given {number!r}")
    return found
