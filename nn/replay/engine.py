"""The epochs of a training by a recorded loss, run as compiled code.

What Python decided while the loss was recorded is not in the record. Therefore fresh graphs of some samples are
compared with it, at the start, now and then, and at the end; where they differ, or where a number is not finite, the
eager engine goes on from there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from autograd import Value
from autograd.errors import AutogradError
from autograd.replay.training.course import Course
from autograd.replay.training.trainer import Trainer

from ..eager import Begun, Eager
from ..metrics import Tally
from ..plan import Pass, Plan, Stretch
from ..warning import warn
from .interrupts import uninterrupted
from .recording import Recording, rows
from .stepping import Stepping

_PAUSE = 0.1  # seconds at most without looking for Ctrl-C
_MOST_EPOCHS = 100_000  # at a time
_SHARE = 0.02  # of the time may go into comparisons
_CLOSE = 1e-9
_GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it are spread evenly: the samples that are compared


class DifferenceError(Exception):
    """The record does not tell what a fresh graph of a sample tells."""


class Replay:
    """Carries a plan out by a recording of its loss, with numba or with lines of Python."""

    def __init__(self, plan: Plan, eager: Eager, recording: Recording, kind: str) -> None:
        self.plan = plan
        self.eager = eager
        self.recording = recording
        self.kind = kind
        self.rows = rows(plan.data, plan.net.outputs)
        self.held_out: Any = None  # the table of these samples, once it is needed
        self.has_left = False  # the eager engine goes on
        self.compared, self.cost, self.turn = time.perf_counter(), 0.0, 0
        # After each epoch somebody looks at it, or at the weights.
        self.is_watched = bool(plan.callbacks or plan.keeps_snapshots or plan.held_out or plan.metrics)
        self.make()

    # ------------------------------------------------------------ numbers, there and back

    def make(self) -> None:
        """The trainer, for the settings that the optimiser has now."""
        plan, recording = self.plan, self.recording
        self.stepping = Stepping(plan.optimiser, recording.parameters[: recording.stepped])
        course = Course(recording.tape, self.rows, plan.batch_size, self.stepping.update, recording.stepped,
                        recording.layers, plan.clip_norm, plan.shuffles)  # fmt: skip
        self.trainer = Trainer(course, self.kind)
        self.load()
        self.pace = 1  # so many batches at a time

    def take_up(self) -> None:
        """Go on from what the parameters and the optimiser are now."""
        if self.stepping.update is not None and not self.stepping.still_holds():
            gradients = self.trainer.G
            self.make()
            self.trainer.G = gradients
        self.load()

    def load(self) -> None:
        """Give the trainer the present numbers."""
        self.trainer.P[:] = self.trainer.code.array([leaf.data for leaf in self.recording.tape.leaves])
        self.stepping.load(self.trainer)

    def hand_back(self) -> None:
        """Give the parameters and the optimiser what they would have by now."""
        trainer, parameters = self.trainer, self.recording.parameters
        for parameter, number in zip(parameters[: self.recording.stepped], trainer.P, strict=False):
            parameter.data = float(number)
        for parameter, gradient in zip(parameters, trainer.G, strict=True):
            parameter.grad = float(gradient)
        self.stepping.store(trainer)

    # ------------------------------------------------------------ epochs

    def epochs(self, first: int) -> Generator[Stretch, None, None]:
        """The epochs from that number on: one by one if anybody looks at them or at the weights in between."""
        epoch = first
        for parameter in self.plan.parameters:
            parameter.grad = None
        try:
            while epoch <= self.plan.epochs and not self.has_left:
                count = 1 if self.is_watched else min(self.plan.epochs - epoch + 1, _MOST_EPOCHS)
                self.trainer.begin(count)
                for found in self.several(count, epoch):
                    yield found
                    epoch += len(found)
                if self.plan.callbacks and not self.has_left:
                    self.take_up()
            if not self.has_left and (reason := self.difference()):
                self.leave(reason, epoch - 1)
            yield from self.eager.epochs(epoch)
        finally:
            if not self.has_left:
                self.hand_back()

    def several(self, count: int, first: int) -> Iterator[Stretch]:
        """So many epochs, or fewer if the eager engine is to go on."""
        batches, told = self.trainer.batches, 0
        while told < count:
            try:
                reason = self.advance(count * batches - self.trainer.done, first + told)
            except KeyboardInterrupt:
                yield self.passed(told, self.trainer.done // batches)
                raise
            done = self.trainer.done // batches
            if done > told:
                if self.is_watched:
                    self.hand_back()
                yield self.passed(told, done)
                told = done
            if reason is not None:
                self.leave(reason, first + told)
                begun = self.begun(told)
                if begun is not None:
                    yield self.eager.epoch(first + told, begun)
                return

    def advance(self, batches: int, epoch: int) -> str | None:
        """Some of so many batches; returns why the eager engine has to go on, if it has."""
        stepping, trainer = self.stepping, self.trainer
        start = time.perf_counter()
        is_inside = stepping.update is not None and stepping.is_begun()
        count = min(batches, self.pace) if is_inside else 1
        with uninterrupted():
            if not trainer.advance(count, is_inside):
                return ""
            if not is_inside:
                self.step(epoch)
        seconds = time.perf_counter() - start
        self.pace = max(1, min(8 * count, int(count * _PAUSE / max(seconds, 1e-9))))
        return self.difference() if start - self.compared > max(1.0, self.cost / _SHARE) else None

    def step(self, epoch: int) -> None:
        """A step by the optimiser itself."""
        self.hand_back()
        with self.eager.told(epoch):
            self.eager.step()
        self.load()

    def passed(self, begin: int, end: int) -> Stretch:
        """What the trainer tells of some of its epochs; metrics are asked for after each."""
        trainer, tally = self.trainer, Tally(self.plan.metrics)
        losses = [float(loss) / len(self.rows) for loss in trainer.losses[begin:end]]
        norms = [[float(norm[layer]) / trainer.batches for norm in trainer.norms[begin:end]]
                 for layer in range(len(self.recording.layers))]  # fmt: skip
        if not tally.metrics:
            return Stretch(losses, {}, norms)
        self.tell(tally, begin, range(len(self.rows)))
        return Stretch(losses, {name: [number] for name, number in tally.means().items()}, norms)

    def tell(self, tally: Tally, number: int, samples: Iterable[int]) -> None:
        """Loss and metrics of these samples in one of the trainer's epochs."""
        samples = list(samples)
        if samples:
            tally.add(float(self.trainer.losses[number]) / len(samples), len(samples))
        if tally.metrics:
            for sample in samples:
                tally.measure(_outputs(self.trainer.shown[sample]), self.plan.data.targets[sample])

    def validation(self, epoch: int) -> Pass:
        """The loss and the metrics of the held-out samples."""
        held_out, plan = self.plan.held_out, self.plan
        assert held_out is not None
        if self.held_out is None:
            self.held_out = self.trainer.code.table(rows(held_out, plan.net.outputs))
        found = None if self.has_left else self.trainer.measured(self.held_out)
        if found is None or not math.isfinite(sum(found[0])):
            return self.eager.validation(epoch)
        tally = Tally(plan.metrics)
        tally.add(sum(found[0]) / len(found[0]), len(found[0]))
        if tally.metrics:
            for outputs, target in zip(found[1], held_out.targets, strict=True):
                tally.measure(_outputs(outputs), target)
        return Pass(tally.mean_loss, tally.means())

    # ------------------------------------------------------------ when the record does not do

    def leave(self, reason: str, epoch: int) -> None:
        """From here on the eager engine goes on."""
        self.hand_back()
        self.has_left = True
        if reason:
            warn(f"epoch {epoch}: {reason}. From here on engine=\"eager\" is used; use it from the start if your loss"
                 " or network decides by Python's `if`")  # fmt: skip

    def begun(self, number: int) -> Begun | None:
        """The epoch in which the trainer stopped, if it has begun it."""
        trainer, plan = self.trainer, self.plan
        done = trainer.done - number * trainer.batches
        if not done and trainer.is_whole:
            return None
        order = [int(each) for each in trainer.order]
        tally = Tally(plan.metrics)
        self.tell(tally, number, order[: done * plan.batch_size])
        return Begun(order, done, tally, [float(norm) for norm in trainer.norms[number]])

    def difference(self) -> str | None:
        """What the next sample to be compared says against the record, if anything."""
        self.turn += 1
        try:
            self.compare([int(self.turn * _GOLDEN % 1 * len(self.rows))])
        except DifferenceError as difference:
            return str(difference)
        return None

    def compare(self, samples: Iterable[int]) -> None:
        """Compare fresh graphs of some samples with the record; raises DifferenceError."""
        start = time.perf_counter()
        for parameter, number in zip(self.recording.parameters[: self.recording.stepped], self.trainer.P, strict=False):
            parameter.data = float(number)
        for sample in samples:
            fresh, found = self.fresh(sample), self.trainer.gradient(sample)
            if fresh is None or found is None:
                continue  # the training will tell
            expected, numbers = [fresh[0], *fresh[1]], [found[0], *found[1]]
            size = max(1.0, *map(abs, expected))
            if not all(abs(a - b) <= _CLOSE * size for a, b in zip(expected, numbers, strict=True)):
                raise DifferenceError(f"sample {sample} has another loss or gradient ({fresh[0]:.6g}) than the"
                                      f" operations recorded from sample 0 give ({found[0]:.6g})")  # fmt: skip
        self.compared = time.perf_counter()
        self.cost = self.compared - start

    def fresh(self, sample: int) -> tuple[float, list[float]] | None:
        """The loss of a sample and its gradient, by the eager engine; None where it has none."""
        parameters = self.recording.parameters
        for parameter in parameters:
            parameter.grad = None
        try:
            loss = self.eager.mean_loss(self.plan.data, [sample], Tally({}))
            if not isinstance(loss, Value):
                raise DifferenceError(f"the loss of sample {sample} is no Value")
            loss.backward()
        except AutogradError:
            return None
        numbers = [loss.data, *(float(parameter.grad) for parameter in parameters)]
        return (numbers[0], numbers[1:]) if all(map(math.isfinite, numbers)) else None


def _outputs(numbers: Any) -> Any:
    """Outputs as a metric is given them: a list, or the number where there is one."""
    found = [float(number) for number in numbers]
    return found if len(found) > 1 else found[0]
