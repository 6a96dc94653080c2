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

from autograd.interrupts import uninterrupted
from autograd.replay.terms import UntraceableError
from autograd.replay.training.course import Course
from autograd.replay.training.trainer import Trainer

from ..eager import Begun, Eager
from ..metrics import Tally
from ..plan import Pass, Plan, Stretch
from ..warning import warn
from .comparing import Comparison
from .recording import Recording, plain_outputs, recorded, rows
from .stepping import Stepping

_PAUSE = 0.1  # seconds, or one batch, without looking for Ctrl-C
_MOST_EPOCHS = 100_000  # at a time
_MOST_MADE = 4  # trainers, each of which has to be compiled
_LAST = 3  # so many samples are compared at the end


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
        self.is_ahead = False  # the trainer has numbers that the parameters do not have yet
        self.agreed = 0  # the epoch of the last comparison
        self.comparison = Comparison(eager, recording)
        self.made = 0  # so many trainers
        # After each epoch somebody looks at the weights, or at least at the epoch.
        self.shows_weights = bool(plan.callbacks or plan.keeps_snapshots or plan.patience)
        self.is_watched = bool(self.shows_weights or plan.held_out or plan.metrics)
        self.make()

    # ------------------------------------------------------------ numbers, there and back

    def make(self) -> None:
        """The trainer, for the settings that the optimiser has now."""
        plan, recording = self.plan, self.recording
        self.stepping = Stepping(plan.optimiser, recording.changed)
        course = Course(recording.tape, self.rows, plan.batch_size, self.stepping.update, len(recording.changed),
                        recording.layers, plan.clip_norm, plan.shuffler)  # fmt: skip
        self.trainer = Trainer(course, self.kind)
        self.load()
        self.made += 1
        if self.made > _MOST_MADE:  # what the rule depends on changes all the time
            self.stepping.update = None
        self.stepping.check(self.trainer)
        self.pace = 1  # so many batches at a time

    def take_up(self) -> None:
        """Go on from what the parameters and the optimiser are now."""
        changed = set(self.recording.parameters).intersection(self.plan.optimiser.parameters)
        if changed != set(self.recording.changed):
            self.recording = self.comparison.recording = recorded(self.plan)
            self.make()
        elif self.stepping.update is not None and not self.stepping.still_holds():
            self.make()
        else:
            self.load()

    def load(self) -> None:
        """Give the trainer the present numbers."""
        self.trainer.P[:] = self.trainer.code.array([leaf.data for leaf in self.recording.tape.leaves])
        self.stepping.load(self.trainer)

    def hand_back(self) -> None:
        """Give the parameters and the optimiser what they would have by now."""
        self.is_ahead = False
        trainer, recording = self.trainer, self.recording
        for parameter, number in zip(recording.changed, trainer.P[: len(recording.changed)], strict=True):
            parameter.data = float(number)
        for parameter, gradient in zip(recording.parameters, trainer.G, strict=True):
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
                    epoch += len(found)
                    yield found
                if self.plan.callbacks and not self.has_left:
                    self.go_on(epoch - 1)
            if not self.has_left:
                self.end(epoch - 1)
            yield from self.eager.epochs(epoch)
        except GeneratorExit:
            if not self.has_left and not self.plan.callbacks:  # these may have changed something by now
                self.end(epoch - 1)
            raise
        finally:
            if self.is_ahead:
                self.hand_back()

    def several(self, count: int, first: int) -> Iterator[Stretch]:
        """So many epochs, or fewer if the eager engine is to go on."""
        batches, told = self.trainer.batches, 0
        while told < count:
            found = None
            try:
                with uninterrupted():
                    reason = self.advance(count * batches - self.trainer.done, first + told)
                    done = self.trainer.done // batches
                    if done > told:
                        if self.shows_weights:
                            self.hand_back()
                        found = self.passed(told, done)
            except KeyboardInterrupt:
                if found is not None:
                    yield found
                raise
            if found is not None:
                yield found
                told = done
            if reason is not None:
                self.leave(reason, first + told)
                begun = self.begun(told)
                if begun is not None:
                    yield self.eager.epoch(first + told, begun)
                    if not reason:
                        warn(f"epoch {first + told}: the recorded loss had no finite number, a fresh graph has; from"
                             ' here on engine="eager" is used')  # fmt: skip
                return

    def advance(self, batches: int, epoch: int) -> str | None:
        """Some of so many batches; returns why the eager engine has to go on, if it has."""
        stepping, trainer = self.stepping, self.trainer
        start = time.perf_counter()
        is_inside = stepping.update is not None and stepping.is_begun()
        count = min(batches, self.pace) if is_inside else 1
        self.is_ahead = True
        if not trainer.advance(count, is_inside):
            return ""
        if not is_inside:
            self.step(epoch)
        seconds = time.perf_counter() - start
        self.pace = max(1, min(8 * count, int(count * _PAUSE / max(seconds, 1e-9))))
        if self.plan.callbacks or not self.comparison.is_due():
            return None
        self.check_step(epoch)
        return self.difference(epoch)

    def step(self, epoch: int) -> None:
        """A step by the optimiser itself."""
        self.hand_back()
        was_begun = self.stepping.is_begun()
        with self.eager.told(epoch):
            self.eager.step()
        gradients = [float(parameter.grad) for parameter in self.recording.parameters]  # clipped by now
        self.trainer.G[:] = self.trainer.code.array(gradients)
        self.load()
        if not was_begun:
            self.stepping.check(self.trainer)

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
                tally.measure(plain_outputs(self.trainer.shown[sample]), self.plan.data.targets[sample])

    def validation(self, epoch: int) -> Pass:
        """The loss and the metrics of the held-out samples."""
        held_out, plan = self.plan.held_out, self.plan
        if self.has_left:
            return self.eager.validation(epoch)
        if self.held_out is None:
            self.held_out = self.trainer.code.table(rows(held_out, plan.net.outputs))
        found = self.trainer.measured(self.held_out)
        if found is None or not math.isfinite(sum(found[0])):
            self.hand_back()
            return self.eager.validation(epoch)
        tally = Tally(plan.metrics)
        tally.add(sum(found[0]) / len(found[0]), len(found[0]))
        if tally.metrics:
            for outputs, target in zip(found[1], held_out.targets, strict=True):
                tally.measure(plain_outputs(outputs), target)
        return Pass(tally.mean_loss, tally.means())

    # ------------------------------------------------------------ when the record does not do

    def go_on(self, epoch: int) -> None:
        """After the callbacks of an epoch: with what they have changed, if it can be replayed."""
        try:
            self.take_up()
        except UntraceableError as problem:
            self.leave(str(problem), epoch)
            return
        self.check_step(epoch)
        if self.comparison.is_due() and (reason := self.difference(epoch)):
            self.leave(reason, epoch)

    def check_step(self, epoch: int) -> None:
        """Compare a step with the optimiser's own, which is used from here on if they differ."""
        if not self.stepping.check(self.trainer):
            warn(f"epoch {epoch}: a step of the optimiser is not what it was recorded to be. {self.doubt()}; from here"
                 " on it takes its steps itself")  # fmt: skip

    def end(self, epoch: int) -> None:
        """Compare a step and some samples once more, at the last weights."""
        self.check_step(epoch)
        if reason := self.comparison.difference(self.trainer, _LAST):
            warn(f'epoch {epoch}: {reason}. {self.doubt()}; use engine="eager"')

    def difference(self, epoch: int) -> str | None:
        """What the next sample says against the record, if anything."""
        if reason := self.comparison.difference(self.trainer):
            return reason
        self.agreed = epoch
        return None

    def doubt(self) -> str:
        """Which epochs may have been trained by what is no longer right."""
        return f"The epochs from {self.agreed + 1} on may have been trained by other operations than yours"

    def leave(self, reason: str, epoch: int) -> None:
        """From here on the eager engine goes on."""
        if self.is_ahead:
            self.hand_back()
        self.has_left = True
        if reason:
            warn(f'epoch {epoch}: {reason}. {self.doubt()}; from here on engine="eager" is used')

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
