"""What an instruction does, as terms: its forward function, and how its result changes with each of its operands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .. import ops
from ..op import Op
from .lines import may_raise, names_in
from .tape import Key
from .terms import Term, Trace, UntraceableError

# Over lists; their forward loops are written in `source.py`, `lane_source.py` and `straight.py`.
FOLDED = {ops.dot: "dot", ops.sum_: "sum", ops.logsumexp: "logsumexp"}


class Rule(NamedTuple):
    """The code of a key: operands are called x0, x1, …, the result y0; of a list the element at hand.

    `slopes` has the term of every active operand, and nothing for the others.
    """

    forward: Any  # None for operations over lists
    slopes: dict[int, Any]
    needs: frozenset[str]  # the names among x0, x1, …, y0 that the slopes read
    may_raise: bool
    slope_may_raise: bool


@lru_cache(maxsize=4096)
def rule_of(key: Key) -> Rule:
    """The rule of a key; raises UntraceableError for an operation that is no plain arithmetic."""
    trace = Trace()
    y = trace.operand("y0")
    if key.op.arity is None:
        if key.op not in FOLDED:
            known = ", ".join(FOLDED.values())
            raise UntraceableError(f"{key.op.name} takes lists, and only {known} are known")
        slopes = {index: _element(trace, key.op, index, y) for index, letter in enumerate(key.pattern) if letter == "v"}
        return _rule(None, slopes, key.op is ops.logsumexp)
    operands = [trace.operand(f"x{i}") if isinstance(each, str) else each for i, each in enumerate(key.pattern)]
    forward = trace.forward(key.op, *operands)
    slopes = {i: trace.partial(key.op, i, y, *operands) for i, letter in enumerate(key.pattern) if letter == "v"}
    return _rule(forward, slopes, may_raise(forward))


def _rule(forward: Any, slopes: dict[int, Any], raises: bool) -> Rule:
    slopes = {index: slope for index, slope in slopes.items() if isinstance(slope, Term) or slope != 0}
    return Rule(forward, slopes, frozenset(names_in(*slopes.values())), raises, may_raise(*slopes.values()))


def _element(trace: Trace, op: Op, index: int, y: Term) -> Any:
    """The slope for one element of a list: read on lists of two, in which both must follow the same rule."""
    first = _operands(trace, op)
    local = trace.partial(op, index, y, *first)
    if not op.is_list[index]:
        return local
    one = local[0]
    other = (each[::-1] if isinstance(each, tuple) else each for each in first)
    swapped = trace.partial(op, index, y, *other)
    foreign = {f"x{i}_other" for i in range(len(first))}
    is_alike = swapped[1] is one or (isinstance(one, (int, float)) and repr(swapped[1]) == repr(one))
    if not is_alike or names_in(one) & foreign:
        raise UntraceableError(f"the rule of {op.name} does not treat the elements of its list alike")
    return one


def _operands(trace: Trace, op: Op) -> Sequence[Any]:
    return [
        (trace.operand(f"x{i}"), trace.operand(f"x{i}_other")) if is_list else trace.operand(f"x{i}")
        for i, is_list in enumerate(op.is_list)
    ]
