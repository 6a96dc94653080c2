"""The epochs of a training, sample by sample: every loss is a graph of its own, and its gradient a backward pass."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd import Value, mean, no_grad
from autograd.errors import AnomalyError, DomainError, RangeError, SlopeError

from .collector import collector_paused
from .data import Samples
from .errors import NetworkError, TrainingError
from .history import History
from .metrics import Tally
from .module import outputs_of
from .optimisers import clip_grad_norm, gradient_norm
from .plan import Pass, Plan, Stretch

FAILURES = (DomainError, RangeError, SlopeError)


@dataclass
class Begun:
    """An epoch of which some batches are done: the order of its samples, and what has come of it so far."""

    order: Sequence[int]
    batches: int
    tally: Tally
    norms: list[float]  # of each layer, the sum over the batches


class Eager:
    """Carries a plan out by the engine itself, which is how everything is defined."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan = plan
        self.history = history

    def epochs(self, first: int) -> Generator[Stretch, None, None]:
        """The epochs from that number on, one after another."""
        for epoch in range(first, self.plan.epochs + 1):
            yield self.epoch(epoch)

    def epoch(self, epoch: int, begun: Begun | None = None) -> Stretch:
        """One pass over the samples, or the rest of one that has been begun."""
        plan = self.plan
        begun = begun or Begun(self.order(), 0, Tally(plan.metrics), [0.0] * len(plan.layers))
        batches = [begun.order[start : start + plan.batch_size] for start in range(0, len(plan.data), plan.batch_size)]
        tally, norms = begun.tally, begun.norms
        for numbers in batches[begun.batches :]:
            with self.told(epoch):
                found = self.batch(numbers, tally, epoch)
            norms = [norm + each for norm, each in zip(norms, found, strict=True)]
        metrics = {name: [number] for name, number in tally.means().items()}
        return Stretch([tally.mean_loss], metrics, [[norm / len(batches)] for norm in norms])

    def order(self) -> list[int]:
        """The numbers of the samples, in a new order if one is drawn."""
        numbers = list(range(len(self.plan.data)))
        if self.plan.shuffler:
            self.plan.shuffler.shuffle(numbers)
        return numbers

    # ------------------------------------------------------------ one batch

    def batch(self, numbers: Sequence[int], tally: Tally, epoch: int) -> list[float]:
        """One batch and the step that it leads to; the norm of each layer's gradient."""
        with collector_paused():
            self.backpropagate(numbers, tally, epoch)
        found = [gradient_norm(layer) for layer in self.plan.layers]
        # No step by gradients that are not finite: the weights stay usable.
        self.check(math.hypot(*found), "the gradient's norm", epoch)
        self.step()
        return found

    def backpropagate(self, numbers: Sequence[int], tally: Tally, epoch: int) -> None:
        """Forward and backward pass of one batch; its graph is gone at the end."""
        total = self.mean_loss(self.plan.data, numbers, tally)
        if not isinstance(total, Value):
            raise NetworkError("the loss is no Value: compute it from the outputs, by the library's operations")
        tally.add(total.data, len(numbers))
        for parameter in self.plan.parameters:
            parameter.grad = None
        total.backward()  # before the check: inside `anomaly` it tells where a loss went wrong
        self.check(total.data, "the loss", epoch)

    def step(self) -> None:
        """The optimiser's step, by gradients that are clipped if that was asked for."""
        if self.plan.clip_norm is not None:
            clip_grad_norm(self.plan.optimiser.parameters, self.plan.clip_norm)
        self.plan.optimiser.step()

    def mean_loss(self, data: Samples, numbers: Sequence[int], tally: Tally) -> Any:
        """The mean of the losses of some samples, as one node."""
        net, loss = self.plan.net, self.plan.loss
        found = []
        for number in numbers:
            try:
                outputs = outputs_of(net.units(data.inputs[number], False))
                found.append(loss(outputs, data.targets[number]))
            except FAILURES as problem:
                problem.args = (f"sample {number}: {problem}",)
                raise
            if tally.metrics:
                tally.measure(outputs, data.targets[number])
        return found[0] if len(found) == 1 else mean(found)

    def validation(self, epoch: int) -> Pass:
        """The loss and the metrics of the held-out samples."""
        held_out, tally = self.plan.held_out, Tally(self.plan.metrics)
        with self.told(epoch), no_grad():
            for number in range(len(held_out)):  # one by one: not all of the outputs are kept at once
                one = self.mean_loss(held_out, [number], tally)
                tally.add(one.data if isinstance(one, Value) else one, 1)
        self.check(tally.mean_loss, "the validation loss", epoch)
        return Pass(tally.mean_loss, tally.means())

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
        except FAILURES as problem:
            raise self.error(str(problem), epoch) from problem

    def error(self, what: str, epoch: int) -> TrainingError:
        """What went wrong, when, and what to do; the weights are those before the step that could not be taken."""
        return TrainingError(
            f"epoch {epoch}: {what}. Lower the learning rate (it is {self.plan.optimiser.lr:g}), set clip_norm=1.0, or "
            "scale inputs and targets to about 1; inside `with autograd.anomaly():` fit tells which operation began it",
            epoch=epoch, history=self.history,
        )  # fmt: skip
