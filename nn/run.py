"""One training: epoch after epoch by an engine, what is noted of each, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from autograd.interrupts import uninterrupted

from .eager import Eager
from .history import History
from .plan import Engine, Plan, Stretch, Training
from .sharding.engine import engine_with

if TYPE_CHECKING:
    from concurrent.futures import Executor


class Run:
    """A plan being carried out."""

    def __init__(self, plan: Plan, engine: str = "eager", executor: Executor | None = None) -> None:
        self.plan = plan
        self.asked = engine
        self.executor = executor
        names = list(plan.metrics)
        if plan.held_out:
            names += [f"validation_{name}" for name in plan.metrics]
        self.history = History(metrics={name: [] for name in names}, gradient_norms=[[] for _ in plan.layers])
        self.engine: Engine = Eager(plan, self.history)
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
        self.engine = engine_with(self.executor, self.asked, plan, Eager(plan, history))
        epochs = self.engine.epochs(1)
        try:
            for found in epochs:
                with uninterrupted() if len(found) > 1 else nullcontext():
                    self.note(found)
                if shown is not None:
                    shown.set_postfix_str(f"loss {history.losses[-1]:.4g}", refresh=False)
                    shown.update(len(found))
                state = Training(plan.net, plan.optimiser, history.epochs, history)
                if any([callback(state) for callback in plan.callbacks]):  # all of them are called
                    return "callback"
                if plan.patience is not None and history.epochs - history.best_epoch >= plan.patience:
                    return "patience"
        finally:
            epochs.close()  # an engine may have numbers to put back
        return "epochs"

    def note(self, found: Stretch) -> None:
        """What some epochs add to the history."""
        history = self.history
        history.losses += found.losses
        for name, numbers in found.metrics.items():
            history.metrics[name] += numbers
        for series, norms in zip(history.gradient_norms, found.norms, strict=True):
            series += norms
        if self.plan.held_out:
            validation = self.engine.validation(len(history.losses))
            history.validation_losses.append(validation.loss)
            for name, number in validation.metrics.items():
                history.metrics[f"validation_{name}"].append(number)
        if self.plan.keeps_snapshots:
            history.snapshots.append(self.snapshot())
        history.epochs += len(found)
        for epoch in range(history.epochs - len(found) + 1, history.epochs + 1):
            self.compare(epoch)

    # ------------------------------------------------------------ weights

    def weights(self) -> list[float]:
        """The numbers of all parameters."""
        return [parameter.data for parameter in self.plan.parameters]

    def put_back(self, weights: Sequence[float]) -> None:
        """Give the parameters earlier numbers."""
        for parameter, number in zip(self.plan.parameters, weights, strict=True):
            parameter.data = number

    def snapshot(self) -> dict[str, float]:
        """The numbers of the network's parameters, by label."""
        return {label: parameter.data for label, parameter in self.plan.net.named_parameters().items()}

    def compare(self, epoch: int) -> None:
        """Note the epoch, and its weights, if it is the best so far."""
        series, best = self.history.monitored, self.history.best_epoch
        sign = -1 if self.plan.optimiser.maximize else 1
        if best and sign * series[epoch - 1] >= sign * series[best - 1]:
            return
        if self.plan.patience is not None:
            self.best = self.weights()
        self.history.best_epoch = epoch
