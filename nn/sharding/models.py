"""What a worker makes of a description: a network that it runs sample by sample, or a compiled loss."""

from __future__ import annotations

import importlib
import math
import pickle
from array import array
from contextlib import suppress
from typing import Any, Protocol

from autograd import Value, mean, no_grad
from autograd.op import number_of
from autograd.replay.training.course import Course
from autograd.replay.training.trainer import Trainer

from ..module import outputs_of
from ..replay.recording import plain_outputs, rows
from .descriptions import Sent, unpickled
from .tasks import Answer, Task


class Model(Protocol):
    """Computes shards."""

    def slopes(self, task: Task) -> Answer:
        """The loss of a shard and its gradient."""
        ...

    def values(self, task: Task) -> Answer:
        """The loss of a shard."""
        ...


def model_of(description: bytes) -> Model:
    """What the description tells of, ready to compute."""
    sent: Sent = pickle.loads(description)
    for name in sent.modules:
        with suppress(Exception):  # whatever a module does: an operation that is missing will be told by its name
            importlib.import_module(name)
    leaves = [Value(0.0, label) for label in sent.labels]
    if sent.kind != "eager":
        return Compiled(leaves, sent)
    return ByEngine(leaves, sent)


class ByEngine:
    """A network and a loss, run by the engine itself."""

    def __init__(self, leaves: list[Value], sent: Sent) -> None:
        self.leaves = leaves
        self.net, self.loss = unpickled(sent.rest, leaves)

    def slopes(self, task: Task) -> Answer:
        """The loss of a shard and its gradient."""
        for leaf, number in zip(self.leaves, task.numbers, strict=True):
            leaf.data, leaf.grad = number, None
        losses, outputs = self.run(task)
        total = losses[0] if len(losses) == 1 else mean(losses)
        if not isinstance(total, Value):
            return Answer(problem="the loss is no Value")
        total.backward()
        unreached = frozenset(place for place, leaf in enumerate(self.leaves) if not leaf.has_grad)
        return Answer(total.data, array("d", [leaf.grad for leaf in self.leaves]), unreached, outputs)

    def values(self, task: Task) -> Answer:
        """The loss of a shard."""
        for leaf, number in zip(self.leaves, task.numbers, strict=True):
            leaf.data = number
        with no_grad():
            losses, outputs = self.run(task)
        return Answer(sum(float(number_of(loss)) for loss in losses) / len(losses), outputs=outputs)

    def run(self, task: Task) -> tuple[list[Any], list[Any]]:
        """The losses of the samples, and their outputs as numbers if they are wanted."""
        losses, shown = [], []
        for x, t in zip(task.samples.inputs, task.samples.targets, strict=True):
            units = self.net.units(x, False)
            losses.append(self.loss(outputs_of(units), t))
            if task.shows:
                shown.append(outputs_of([float(number_of(unit)) for unit in units]))
        return losses, shown


class Compiled:
    """The record of a loss, as compiled code."""

    def __init__(self, leaves: list[Value], sent: Sent) -> None:
        tape, self.outputs, batch = pickle.loads(sent.rest)
        tape.leaves = leaves
        self.trainer = Trainer(Course(tape, [(0.0,) * tape.inputs], batch, None, 0), sent.kind)

    def slopes(self, task: Task) -> Answer:
        """The loss of a shard and its gradient."""
        trainer, code, count = self.trainer, self.trainer.code, len(task.samples)
        trainer.P[:] = code.array(task.numbers)
        losses, norms, shown = code.zeros(1), code.grid(1, 0), code.shown(count)
        done = code.train(0, 1, False, count, math.inf, code.no_source(), self.table(task), code.order(count),
                          trainer.P, trainer.M, trainer.S, trainer.G, losses, norms, shown)  # fmt: skip
        if not done:
            return Answer(problem="the loss or its gradient is not finite")
        outputs = list(map(plain_outputs, shown)) if task.shows else []
        return Answer(float(losses[0]) / count, array("d", map(float, trainer.G)), outputs=outputs)

    def values(self, task: Task) -> Answer:
        """The loss of a shard."""
        self.trainer.P[:] = self.trainer.code.array(task.numbers)
        found = self.trainer.measured(self.table(task))
        if found is None:
            return Answer(problem="the loss is not finite")
        return Answer(sum(found[0]) / len(found[0]), outputs=list(map(plain_outputs, found[1])) if task.shows else [])

    def table(self, task: Task) -> Any:
        """The samples, as compiled code takes them."""
        return self.trainer.code.table(rows(task.samples, self.outputs))
