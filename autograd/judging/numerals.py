"""Numbers written into a formula where names belong: updated weights among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import ops
from .answers import DECIMAL, Formula, half_unit
from .points import Point
from .programs import Program, Step

if TYPE_CHECKING:
    from ..value import Value

_ENOUGH = 1e-3  # how exactly a number must be given to tell a weight by it


def with_old_weights(answer: Formula, here: Point, rate: float) -> tuple[Program, list[Value]] | None:
    """The formula with weights for the numbers that these have after a step, and those weights; None if it has none."""
    if answer.program is None:
        return None
    digits = {float(written): half_unit(written) for written in re.findall(DECIMAL, answer.written)}
    found: dict[int, tuple[int, Value]] = {}
    for index, step in enumerate(answer.program.steps):
        half = digits.get(abs(step.number)) if step.op is None and not step.label else None
        for sign in (1, -1) if half is not None and index not in found else ():
            weight = _updated_to(sign * step.number, half or 0.0, answer, here, rate)
            if weight is not None:
                found.setdefault(index, (sign, weight))
    if not found:
        return None
    return _with_weights(answer.program, found), list(dict.fromkeys(weight for _, weight in found.values()))


def _with_weights(program: Program, found: Mapping[int, tuple[int, Value]]) -> Program:
    """The program with signed weights in some places; the weights come first, so that it can refer to them."""
    before = {weight: place for place, weight in enumerate(dict.fromkeys(weight for _, weight in found.values()))}
    steps = [Step(label=weight.label) for weight in before]
    for index, step in enumerate(program.steps):
        if index in found:
            sign, weight = found[index]
            steps.append(Step(ops.positive if sign > 0 else ops.negative, (before[weight],)))
        else:
            steps.append(step._replace(operands=_shifted(step.operands, len(before))))
    return program.with_steps(steps)


def _shifted(operands: tuple[Any, ...], by: int) -> tuple[Any, ...]:
    return tuple(_shifted(each, by) if isinstance(each, tuple) else each + by for each in operands)


def _updated_to(number: float, half: float, answer: Formula, here: Point, rate: float) -> Value | None:
    """The weight that a step leads to this number, to the digits given."""
    if half > _ENOUGH * abs(number) and half > _ENOUGH:
        return None
    fitting = {weight: abs(new - number) for weight, new in _steps(answer, here, rate)
               if abs(new - number) <= 1.01 * half < abs(weight.data - number)}  # fmt: skip
    return min(fitting, key=fitting.__getitem__, default=None)


def _steps(answer: Formula, here: Point, rate: float) -> Iterator[tuple[Value, float]]:
    """The leaves other than the variable, each with its number after a step of gradient descent."""
    for node in answer.names.node_of.values():
        gradient = here.gradient.get(node, 0.0)
        if node.op is None and node.label and node is not here.scene.variable and gradient:
            yield node, here.numbers.get(node, node.data) - rate * gradient
