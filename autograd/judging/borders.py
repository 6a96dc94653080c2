"""Where an operation goes over from one rule to another: relu at 0, max(a, b) at a = b, a custom op's `where`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..derivation.kinks import is_piecewise, slopes_beside
from ..op import Op

_JUMPS = (ops.sign, ops.greater)  # their slope is 0 on both sides, yet what they give jumps


def has_border(op: Op) -> bool:
    """Whether its numbers come from one rule on this side and from another on that."""
    return op in _JUMPS or (op.arity is not None and is_piecewise(op))


def from_border(op: Op, numbers: Sequence[Any]) -> float:
    """How far the operands are from the usual border: the first from 0, or from the second one (a = b)."""
    return float(numbers[0] - numbers[1] if op.operand_names == ("a", "b") else numbers[0])


def is_at_kink(op: Op, numbers: Sequence[Any]) -> bool:
    """Whether the slope along an operand jumps just here."""
    if op.arity is None or not is_piecewise(op):
        return False
    given = [float(number) for number in numbers]
    return any(slopes_beside(op, given, place, number) for place, number in enumerate(given))
