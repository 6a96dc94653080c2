"""The search from the other side: which small change of the student's own formula makes it right?

It finds what stands in the formula and in no local derivative: one sign, one index, one exponent, the operands of one
quotient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .. import ops
from ..op import flatten
from .answers import Formula
from .edits import About
from .names import siblings
from .programs import Program, Step

_WORK = 60_000  # steps to compute in all
_LINEAR = (ops.add, ops.subtract, ops.multiply, ops.negative, ops.positive)


class Repair(NamedTuple):
    """A changed formula, and the mistake that the change takes back."""

    code: str
    about: About
    program: Program


def repairs(answer: Formula) -> Iterator[Repair]:
    """The formula with one place changed, in every way that has a code, as long as that is affordable."""
    program = answer.program
    if program is None:
        return
    left = _WORK // (len(program.steps) + 1)
    for number, repair in enumerate(_all(answer, program)):
        if number >= left:
            return
        yield repair


def _all(answer: Formula, program: Program) -> Iterator[Repair]:
    for index, step in enumerate(program.steps):
        yield from _of_operation(program, index, step)
    known = list(answer.names.symbols)
    for label in program.labels:
        for other in siblings(label, known):
            about = About("wrong_index", None, {other: label})
            yield Repair("wrong_index", about, program.renamed({label: other}))
    for index, step in enumerate(program.steps):
        if step.label and sum(each.label == step.label for each in program.steps) > 1:
            for other in siblings(step.label, known):
                about = About("wrong_index", None, {other: step.label})
                yield Repair("wrong_index", about, program.with_step(index, step._replace(label=other)))


def _of_operation(program: Program, index: int, step: Step) -> Iterator[Repair]:
    def changed(code: str, kind: str, new: Step) -> Repair:
        return Repair(code, About(kind), program.with_step(index, new))

    if step.op in (ops.add, ops.subtract):
        other = ops.subtract if step.op is ops.add else ops.add
        yield changed("sign", "sign_inside", step._replace(op=other))
    if step.op is ops.negative:
        yield changed("sign", "sign_inside", step._replace(op=ops.positive))
    if step.op in (ops.subtract, ops.divide):
        code = "sign" if step.op is ops.subtract and _is_linear_in(program, index) else "swapped_operands"
        kind = "sign_inside" if code == "sign" else "swapped_minus" if step.op is ops.subtract else "swapped_fraction"
        yield changed(code, kind, step._replace(operands=step.operands[::-1]))
    if step.op is ops.power:
        yield from _exponents(program, step)


def _is_linear_in(program: Program, index: int) -> bool:
    """Whether a part goes into the result as a factor or a term."""
    wanted = {index}
    for place in range(index + 1, len(program.steps)):
        step = program.steps[place]
        if step.op is None or not wanted & set(flatten(step.operands)):
            continue
        if step.op not in _LINEAR and not (step.op is ops.divide and step.operands[1] not in wanted):
            return False
        wanted.add(place)
    return True


def _exponents(program: Program, step: Step) -> Iterator[Repair]:
    place = step.operands[1]
    exponent = program.steps[place]
    if exponent.op is None and not exponent.label:
        for other in (exponent.number - 1, exponent.number + 1):
            changed = program.with_step(place, exponent._replace(number=other))
            yield Repair("exponent", About("exponent_inside", None, exponent.number, other), changed)
