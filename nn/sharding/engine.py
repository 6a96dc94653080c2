"""The epochs of a training, each batch in shards that the workers of an executor compute.

A shard is computed alike wherever it is computed, and the shards are added in their order: the same losses on every
run, whoever is quick, slow or dead.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from autograd.anomalies import is_hunting
from autograd.modes import is_recording

from ..data import Samples
from ..eager import Begun, Eager
from ..errors import NetworkError
from ..metrics import Tally
from ..module import kept
from ..plan import Engine, Pass, Plan, Stretch
from ..replay.choice import engine_of
from ..replay.comparing import PAUSE, SHARE, fresh_numbers, in_turn, is_close
from ..replay.engine import Replay
from ..replay.recording import kept_order
from ..warning import warn
from .crew import Crew
from .descriptions import Description, described, described_record
from .tasks import SMALLEST, Answer, Task, shards

_FEW = 5  # samples that are compared before the first step: by a record they have been compared already


def engine_with(executor: Any, name: str, plan: Plan, eager: Eager) -> Engine:
    """The engine of that name; with an executor one that hands shards of each batch to it, if it can be used."""
    if executor is None or not plan.epochs:
        return engine_of(name, plan, eager)
    if not is_recording() or is_hunting():
        warn("the executor is not used: inside no_grad and anomaly every operation is looked at here")
        return eager
    size = plan.batch_size
    if len(shards(size)) == 1:
        warn(f"the executor is not used: batches of {size} are too small to be shared; from {2 * SMALLEST} on they are")
        return engine_of(name, plan, eager)
    chosen = engine_of(name, plan, eager)
    if not isinstance(chosen, Replay):
        try:
            return Sharded(eager, Crew(executor), described(plan.net, plan.loss, plan.parameters))
        except NetworkError:  # a loss that cannot be pickled can be recorded
            chosen = engine_of("replay", plan, eager) if name == "auto" else eager
            if not isinstance(chosen, Replay):
                raise
    largest = max(map(len, shards(size)))
    description = described_record(chosen.recording, chosen.kind, plan.net.outputs, largest)
    return Sharded(eager, Crew(executor), description)


class Sharded(Eager):
    """Carries a plan out with the workers of an executor: what is described to them, by the engine or compiled."""

    def __init__(self, eager: Eager, crew: Crew, description: Description) -> None:
        super().__init__(eager.plan, eager.history)
        self.crew = crew
        self.description = description
        self.is_alone = False  # the engine goes on here
        self.compared, self.cost, self.turn = -math.inf, 0.0, 0

    def epoch(self, epoch: int, begun: Begun | None = None) -> Stretch:
        """One pass over the samples; a callback may have changed what the network or the loss is."""
        if self.plan.callbacks and epoch > 1 and not self.is_alone:
            self.follow()
        return super().epoch(epoch, begun)

    def follow(self) -> None:
        """After callbacks: send what network and loss are now, and look whether workers see what they see here."""
        self.compared = -math.inf
        if self.description.kind == "eager":
            self.description = described(self.plan.net, self.plan.loss, self.plan.parameters)
        elif not set(self.description.leaves).issuperset(self.plan.net.parameters()):
            self.change("the network has other parameters than were recorded")

    def epochs(self, first: int) -> Generator[Stretch, None, None]:
        """The epochs, and a last comparison at their end."""
        try:
            yield from super().epochs(first)
        except GeneratorExit:
            self.end()
            raise
        self.end()

    def end(self) -> None:
        """Compare some samples once more; with callbacks that has been done in every epoch."""
        if self.is_alone or self.crew.is_lost or self.plan.callbacks:
            return
        with kept(self.plan.parameters), kept_order(self.plan):
            samples = sorted({in_turn(self.turn + number, len(self.plan.data)) for number in range(_FEW)})
            if reason := self.difference(samples):
                warn(f"{reason}: the last epochs may have been trained by another loss than yours; do without executor")

    # ------------------------------------------------------------ one batch

    def backpropagate(self, numbers: Sequence[int], tally: Tally, epoch: int) -> None:
        """Loss and gradient of one batch, by the workers; by the engine itself where they find no finite number."""
        if not self.is_alone and not self.crew.is_lost:
            self.compare_now_and_then()
        if self.is_alone:
            super().backpropagate(numbers, tally, epoch)
        else:
            self.share(numbers, tally, epoch)

    def share(self, numbers: Sequence[int], tally: Tally, epoch: int) -> None:
        """The same, by workers."""
        parts = [[numbers[place] for place in shard] for shard in shards(len(numbers))]
        answers = self.answers(self.plan.data, parts, True)
        weights = [len(part) / len(numbers) for part in parts]
        loss = sum(weight * each.loss for weight, each in zip(weights, answers, strict=True))
        slopes = _sum([each.slopes for each in answers], weights)
        if problem := self.doubt(answers, loss, *slopes):
            super().backpropagate(numbers, tally, epoch)  # raises what one machine raises
            self.crew.tell(f"a worker could not compute what this machine can ({problem})")
            return
        tally.add(loss, len(numbers))
        self.measure(tally, self.plan.data, parts, answers)
        unreached = frozenset.intersection(*[each.unreached for each in answers])
        for parameter in self.plan.parameters:
            parameter.grad = None
        for place, (parameter, slope) in enumerate(zip(self.description.wanted, slopes, strict=True)):
            parameter.grad = None if place in unreached else slope

    def validation(self, epoch: int) -> Pass:
        """The loss and the metrics of the held-out samples, by the workers."""
        held_out = self.plan.held_out
        if self.is_alone:
            return super().validation(epoch)
        parts = [list(shard) for shard in shards(len(held_out))]
        answers = self.answers(held_out, parts, False)
        if self.doubt(answers, *[each.loss for each in answers]):
            return super().validation(epoch)
        tally = Tally(self.plan.metrics)
        for part, each in zip(parts, answers, strict=True):
            tally.add(each.loss, len(part))
        self.measure(tally, held_out, parts, answers)
        return Pass(tally.mean_loss, tally.means())

    # ------------------------------------------------------------ tasks and answers

    def answers(self, data: Samples, parts: Iterable[Sequence[int]], slopes: bool) -> list[Answer]:
        """What the workers say about these samples."""
        described = self.description
        numbers = array("d", [leaf.data for leaf in described.leaves])
        shows = bool(self.plan.metrics)
        tasks = [Task(described.key, numbers, data.take(part), slopes, shows) for part in parts]
        return self.crew.answers(tasks, described)

    def doubt(self, answers: Iterable[Answer], *numbers: float) -> str:
        """Why this machine should look at it itself, if it should."""
        problem = next((each.problem for each in answers if each.problem), "")
        return problem or ("" if all(map(math.isfinite, numbers)) else "a number is not finite")

    def measure(self, tally: Tally, data: Samples, parts: Sequence[Sequence[int]], answers: Sequence[Answer]) -> None:
        """The metrics of the samples: functions of the user's, which stay here."""
        if tally.metrics:
            for part, each in zip(parts, answers, strict=True):
                for number, outputs in zip(part, each.outputs, strict=True):
                    tally.measure(outputs, data.targets[number])

    # ------------------------------------------------------------ comparisons

    def compare_now_and_then(self) -> None:
        """Compare some samples before the first step, and later a sample at a time."""
        count = len(self.plan.data)
        if self.turn and time.perf_counter() - self.compared < max(PAUSE, self.cost / SHARE):
            return
        start = time.perf_counter()
        few = sorted({number * (count - 1) // (_FEW - 1) for number in range(_FEW)})
        samples = [in_turn(self.turn, count)] if self.turn else few
        with kept(self.plan.parameters), kept_order(self.plan):
            reason = self.difference(samples)
        self.turn += 1
        self.compared = time.perf_counter()
        self.cost = self.compared - start
        if reason:
            self.change(reason)

    def difference(self, samples: Sequence[int]) -> str:
        """What these samples say against the workers, if anything; raises NetworkError if they cannot do their work."""
        answers = self.answers(self.plan.data, [[sample] for sample in samples], True)
        for sample, found in zip(samples, answers, strict=True):
            fresh = fresh_numbers(self, self.description.wanted, sample)
            if fresh is None or not all(map(math.isfinite, (fresh[0], *fresh[1]))):
                continue  # the training will tell
            if found.problem and not self.turn:
                if self.description.kind != "eager":
                    return f"a worker cannot run the recorded loss ({found.problem})"
                raise NetworkError(f"a worker cannot compute what this machine can ({found.problem}): put what the loss"
                                   " and the network are made of into a module that workers can import")  # fmt: skip
            if not found.problem and not is_close(fresh, (found.loss, found.slopes)):
                return (f"sample {sample} has another loss or gradient here ({fresh[0]:.6g}) than in a worker"
                        f" ({found.loss:.6g})")  # fmt: skip
        return ""

    def change(self, reason: str) -> None:
        """Do without what has told something else than the engine: first without the record, then without workers."""
        if self.description.kind != "eager":
            try:
                self.description = described(self.plan.net, self.plan.loss, self.plan.parameters)
            except NetworkError as problem:
                warn(f"{reason}, and {problem}; from here on this machine computes alone")
                self.is_alone = True
                return
            warn(f'engine="eager" is used: {reason}')
            self.turn = 0  # compare again, before the next step
            self.compare_now_and_then()
        else:
            warn(f"{reason}: the loss or the network reads what is not sent with it, such as a global variable; from"
                 " here on this machine computes alone")  # fmt: skip
            self.is_alone = True


def _sum(slopes: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """The weighted sum of the shards' gradients, in the order of the shards."""
    total = [weights[0] * slope for slope in slopes[0]]
    for weight, others in zip(weights[1:], slopes[1:], strict=True):
        total = [sum_ + weight * slope for sum_, slope in zip(total, others, strict=False)]
    return total
