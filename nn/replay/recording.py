"""The loss of one sample as a tape, and the samples as rows of numbers for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd import Value
from autograd.anomalies import is_hunting
from autograd.graph import topological_order
from autograd.modes import is_recording
from autograd.replay.tape import Tape, flattened
from autograd.replay.terms import UntraceableError
from autograd.replay.training.straight import Runs
from autograd.replay.watching import watched

from ..data import Samples
from ..module import outputs_of
from ..plan import Plan


@dataclass
class Recording:
    """A tape over rows (inputs, then targets), and the parameters in it, of which the first are changed by steps."""

    tape: Tape
    parameters: list[Value]
    changed: list[Value]
    layers: list[Runs]


def recorded(plan: Plan) -> Recording:
    """The loss of the first sample, recorded; raises UntraceableError where there is nothing to be repeated."""
    if not is_recording() or is_hunting():
        raise UntraceableError("inside no_grad and anomaly every operation is looked at")
    inputs = [Value(number) for number in plan.data.inputs[0]]
    targets, shape = _targets(plan)
    try:
        with kept_order(plan), watched() as looks:
            outputs = outputs_of(plan.net.units(inputs, False))
            loss = plan.loss(outputs, shape(targets))
    except Exception as problem:  # whatever it is, the eager engine will meet it, or it comes of targets as Values
        raise UntraceableError(f"with targets that are Values, network and loss fail: {problem}") from problem
    if looks:
        raise UntraceableError(f"network or loss look at the number of a Value (by {looks[0]}), which each sample has"
                               " another one of: decide by maximum, relu or where on nodes")  # fmt: skip
    if not isinstance(loss, Value):
        raise UntraceableError("the loss is no Value")
    order = topological_order(loss)
    there = set(order)
    changed = [each for each in plan.optimiser.parameters if each in there]
    left = there.difference(changed)
    others = [each for each in plan.parameters if each in left]
    shown = _shown(outputs) if plan.metrics else []
    if not changed or not set(shown) <= there or there.isdisjoint([*inputs, *targets]):
        raise UntraceableError("the loss does not depend on inputs, outputs and parameters")
    tape = flattened(loss, order, [*inputs, *targets], [*changed, *others], shown)
    if not tape.varies(tape.output):
        raise UntraceableError("the loss is the same for all samples")
    places = {parameter: place for place, parameter in enumerate([*changed, *others])}
    layers = [_runs(places[each] for each in dict.fromkeys(layer) if each in places) for layer in plan.layers]
    return Recording(tape, [*changed, *others], changed, layers)


@contextmanager
def kept_order(plan: Plan) -> Iterator[None]:
    """Whatever a loss draws from the generator that shuffles: afterwards it is where it was."""
    state = plan.order.getstate() if type(plan.order) is Random else None
    try:
        yield
    finally:
        if plan.order is not None and state is not None:
            plan.order.setstate(state)


def rows(data: Samples, outputs: int) -> list[tuple[float, ...]]:
    """Inputs and targets of each sample in one row of numbers."""
    return [(*x, *_numbers(t, outputs)) for x, t in zip(data.inputs, data.targets, strict=True)]


def plain_outputs(shown: Iterable[float]) -> Any:
    """The outputs of a sample as plain numbers: a list, or the number where there is one."""
    return outputs_of(list(map(float, shown)))


def _numbers(target: Any, outputs: int) -> Sequence[float]:
    """A target as numbers; the number of a class is 1 for that class and 0 for the others."""
    if isinstance(target, tuple):
        return target
    if type(target) is int and outputs > 1:
        return [float(place == target) for place in range(outputs)]
    return [float(target)]


def _targets(plan: Plan) -> tuple[list[Value], Any]:
    """The first sample's targets as leaves, and what makes of them what the loss is given."""
    numbers = _numbers(plan.data.targets[0], plan.net.outputs)
    is_one = isinstance(plan.data.targets[0], float)
    return [Value(number) for number in numbers], (lambda found: found[0]) if is_one else tuple


def _shown(outputs: Any) -> list[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


def _runs(places: Iterable[int]) -> Runs:
    """Places as runs of neighbours: from one to before another.

    >>> _runs([0, 1, 2, 7, 8])
    [(0, 3), (7, 9)]
    """
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found
