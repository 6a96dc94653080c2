"""One training: epochs of batches, each of them a forward pass, a backward pass and a step."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd import Value, mean, no_grad
from autograd.errors import AnomalyError, DomainError, RangeError, SlopeError

from .data import Samples
from .errors import NetworkError, TrainingError
from .history import History
from .metrics import Metric, Tally
from .module import Module, outputs_of
from .optimisers import Optimiser, clip_grad_norm, gradient_norm


@dataclass
class Training:
    """What a callback is given: the network, its optimiser, the number of the epoch just done, and the history."""

    net: Module
    optimizer: Optimiser
    epoch: int
    history: History


@dataclass
class Plan:
    """What `fit` was asked for, read and checked."""

    net: Module
    loss: Callable[..., Any]
    optimiser: Optimiser
    data: Samples
    held_out: Samples | None
    epochs: int
    batch_size: int
    order: Random | None  # what shuffles the samples
    patience: int | None
    metrics: dict[str, Metric]
    callbacks: Sequence[Callable[[Training], Any]]
    clip_norm: float | None
    keeps_snapshots: bool


class Run:
    """A plan being carried out."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        net, names = plan.net, list(plan.metrics)
        self.parameters = list(dict.fromkeys([*net.parameters(), *plan.optimiser.parameters]))
        self.layers = [layer.parameters() for layer in getattr(net, "layers", [net])]
        if plan.held_out:
            names += [f"validation_{name}" for name in plan.metrics]
        self.history = History(metrics={name: [] for name in names}, gradient_norms=[[] for _ in self.layers])
        self.best = self.weights()

    def carry_out(self, shown: Any) -> History:
        """All epochs, until something stops them; `shown` is a progress bar, or None."""
        history = self.history
        try:
            if self.plan.keeps_snapshots:
                history.snapshots.append(self.snapshot())
            history.stopped = self.all_epochs(shown)
        except KeyboardInterrupt:
            history.stopped = "interrupted"
        finally:
            history.trim()
        if self.plan.patience is not None and history.best_epoch:
            self.put_back(self.best)
        return history

    def all_epochs(self, shown: Any) -> str:
        """Epoch after epoch; returns what stopped them."""
        plan, history = self.plan, self.history
        for epoch in range(1, plan.epochs + 1):
            with self.told(epoch):
                self.epoch(epoch)
            history.epochs = epoch
            self.compare(epoch)
            if shown is not None:
                shown.set_postfix_str(f"loss {history.losses[-1]:.4g}", refresh=False)
                shown.update()
            state = Training(plan.net, plan.optimiser, epoch, history)
            if any([callback(state) for callback in plan.callbacks]):  # all of them are called
                return "callback"
            if plan.patience is not None and epoch - history.best_epoch >= plan.patience:
                return "patience"
        return "epochs"

    def epoch(self, epoch: int) -> None:
        """One pass over the samples, and what it adds to the history."""
        history, tally = self.history, Tally(self.plan.metrics)
        batches = list(self.batches())
        norms = [0.0] * len(self.layers)
        for batch in batches:
            with _collector_paused():
                self.backpropagate(batch, tally, epoch)
            found = [gradient_norm(layer) for layer in self.layers]
            norms = [norm + each / len(batches) for norm, each in zip(norms, found, strict=True)]
            # No step by gradients that are not finite: the weights stay usable.
            self.check(math.hypot(*found), "the gradient's norm", epoch)
            self.step()
        history.losses.append(tally.mean_loss)
        tally.into(history.metrics)
        for series, norm in zip(history.gradient_norms, norms, strict=True):
            series.append(norm)
        if self.plan.held_out:
            self.validate(self.plan.held_out, epoch)
        if self.plan.keeps_snapshots:
            history.snapshots.append(self.snapshot())

    def batches(self) -> Iterator[Samples]:
        """The samples in batches, the last of which may be smaller; in a new order, if one is drawn."""
        data, size = self.plan.data, self.plan.batch_size
        if size >= len(data):
            yield data  # in any order the mean is the same
            return
        numbers = list(range(len(data)))
        if self.plan.order:
            self.plan.order.shuffle(numbers)
        for start in range(0, len(data), size):
            yield data.take(numbers[start : start + size])

    # ------------------------------------------------------------ one batch

    def backpropagate(self, batch: Samples, tally: Tally, epoch: int) -> None:
        """Forward and backward pass of one batch; its graph is gone at the end."""
        total = self.mean_loss(batch, tally)
        if not isinstance(total, Value):
            raise NetworkError("the loss is no Value: compute it from the outputs, by the library's operations")
        tally.add(total.data, len(batch))
        for parameter in self.parameters:
            parameter.grad = None
        total.backward()  # before the check: inside `anomaly` it tells where a loss went wrong
        self.check(total.data, "the loss", epoch)

    def step(self) -> None:
        """The optimiser's step, by gradients that are clipped if that was asked for."""
        if self.plan.clip_norm is not None:
            clip_grad_norm(self.plan.optimiser.parameters, self.plan.clip_norm)
        self.plan.optimiser.step()

    def mean_loss(self, batch: Samples, tally: Tally) -> Any:
        """The mean of the losses of a batch, as one node."""
        net, loss = self.plan.net, self.plan.loss
        found = []
        for x, t in zip(batch.inputs, batch.targets, strict=True):
            outputs = outputs_of(net.units(x, False))
            found.append(loss(outputs, t))
            if tally.metrics:
                tally.measure(outputs, t)
        return found[0] if len(found) == 1 else mean(found)

    def validate(self, held_out: Samples, epoch: int) -> None:
        """The loss and the metrics of the held-out samples."""
        tally = Tally(self.plan.metrics)
        with no_grad():
            for number in range(len(held_out)):  # one by one: not all of the outputs are kept at once
                one = self.mean_loss(held_out.take([number]), tally)
                tally.add(one.data if isinstance(one, Value) else one, 1)
        self.check(tally.mean_loss, "the validation loss", epoch)
        self.history.validation_losses.append(tally.mean_loss)
        tally.into(self.history.metrics, "validation_")

    # ------------------------------------------------------------ weights

    def weights(self) -> list[float]:
        """The numbers of all parameters."""
        return [parameter.data for parameter in self.parameters]

    def put_back(self, weights: Sequence[float]) -> None:
        """Give the parameters earlier numbers."""
        for parameter, number in zip(self.parameters, weights, strict=True):
            parameter.data = number

    def snapshot(self) -> dict[str, float]:
        """The numbers of the network's parameters, by label."""
        return {label: parameter.data for label, parameter in self.plan.net.named_parameters().items()}

    def compare(self, epoch: int) -> None:
        """Note the epoch, and its weights, if it is the best so far."""
        series, best = self.history.monitored, self.history.best_epoch
        sign = -1 if self.plan.optimiser.maximize else 1
        if best and sign * series[-1] >= sign * series[best - 1]:
            return
        if self.plan.patience is not None:
            self.best = self.weights()
        self.history.best_epoch = epoch

    # ------------------------------------------------------------ numbers that leave the finite

    def check(self, number: float, what: str, epoch: int) -> None:
        """Raise TrainingError for NaN and infinity."""
        if not math.isfinite(number):
            raise self.error(f"{what} became {number!r}", epoch)

    @contextmanager
    def told(self, epoch: int) -> Iterator[None]:
        """Tell in which epoch an operation left its domain or the range of floats."""
        try:
            yield
        except AnomalyError:
            raise
        except (DomainError, RangeError, SlopeError) as problem:
            raise self.error(str(problem), epoch) from problem

    def error(self, what: str, epoch: int) -> TrainingError:
        """What went wrong, when, and what to do; the weights are those before the step that could not be taken."""
        return TrainingError(
            f"epoch {epoch}: {what}. Lower the learning rate (it is {self.plan.optimiser.lr:g}), set clip_norm=1.0, or "
            "scale inputs and targets to about 1; inside `with autograd.anomaly():` fit tells which operation began it",
            epoch=epoch, history=self.history,
        )  # fmt: skip


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No cyclic garbage collection meanwhile: a graph has no cycles, and the collector would visit it all in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
