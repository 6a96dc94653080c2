"""Where a graph has kinks: |x| at 0, relu at 0, max(a, b) at a = b. Said in words, from the rules of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..atoms import Numeral
from ..errors import AutogradError
from ..op import Op
from ..simplify import simplify
from ..symbol import Expression, Symbol, read
from .names import called

if TYPE_CHECKING:
    from ..value import Value
    from ..views import View

_BESIDE = 1e-9


class Kink(NamedTuple):
    """A node with a kink where `border` is 0, its slopes on both sides and the one taken there, and where it is now."""

    node: Value
    border: Any
    left: float
    middle: float
    right: float
    at: float


def kinks(view: View, nodes: Sequence[Value]) -> Iterator[Kink]:
    """The kinks on the way through the shown `nodes`, which stand in topological order: a cone of the view."""
    reached = set(nodes)
    for shown_node in nodes:
        for node in (*view.inner(shown_node), shown_node):
            if node.op is not None and not reached.isdisjoint(node.parents):
                reached.add(node)
                yield from _kink(view, node, node.op)


def _kink(view: View, node: Value, op: Op) -> Iterator[Kink]:
    """The kink of a node, if its operation has one."""
    if op.arity is None or not is_piecewise(op):
        return
    operands = [view.expression(each) if hasattr(each, "op") else each for each in node.arguments]
    numbers = [float(number) for number in node.numbers]
    is_symmetric = _is_symmetric(op)
    # max(0, x) bends along x: nothing changes with a constant.
    place = 1 if is_symmetric and not isinstance(operands[0], Expression) else 0
    slopes = slopes_at_kink(op, numbers, place)
    if slopes and is_symmetric:
        yield Kink(node, simplify(operands[place] - operands[1 - place]), *slopes, numbers[place] - numbers[1 - place])
    elif slopes:
        yield Kink(node, operands[0], *slopes, numbers[0])


def phrase(kink: Kink, view: View, is_known: bool) -> list[Any]:
    """The kink in words: where it is, what its slopes are (unless that `is_known`), and on which side of it we are."""
    side = "at the kink" if kink.at == 0 else "on the right" if kink.at > 0 else "on the left"
    here: list[Any] = ["here ", kink.border, " = ", Numeral(kink.at), f": {side}."]
    if is_known:
        return ["So has ", view.formula(kink.node), " where ", kink.border, " = 0; ", *here]
    return [
        view.formula(kink.node), " has a kink where ", kink.border, " = 0: its slope is ", Numeral(kink.left),
        " on the left, ", Numeral(kink.right), " on the right, and ", Numeral(kink.middle),
        " at the kink itself, by convention, for there it has no derivative; ", *here,
    ]  # fmt: skip


def slopes_at_kink(op: Op, numbers: list[float], place: int) -> tuple[float, float, float] | None:
    """The slopes along one operand left of, at and right of 0 (for max and min: of a = b), if there is a kink."""
    return slopes_beside(op, numbers, place, numbers[1 - place] if _is_symmetric(op) else 0.0)


def slopes_beside(op: Op, numbers: list[float], place: int, base: float) -> tuple[float, float, float] | None:
    """The slopes along one operand left of, at and right of a number, if they jump there."""
    beside = _BESIDE * max(1.0, abs(base))
    try:
        left, middle, right = (_slope(op, numbers, place, base + moved) for moved in (-beside, 0.0, beside))
    except (AutogradError, ArithmeticError, ValueError):
        return None
    return (left, middle, right) if abs(right - left) > 1e-6 else None


def _slope(op: Op, numbers: list[float], place: int, x: float) -> float:
    at = [*numbers[:place], x, *numbers[place + 1 :]]
    return float(op.partials[place](op.forward(*at), *at))


def _is_symmetric(op: Op) -> bool:
    return op.operand_names == ("a", "b")


@lru_cache(maxsize=256)
def is_piecewise(op: Op) -> bool:
    """Whether the rule for the first operand may jump: it chooses somewhere, or takes a sign."""
    rule = read(op.partials[0], Symbol("y"), *map(Symbol, op.operand_names))
    return not called(rule).isdisjoint(("where", "sign"))


