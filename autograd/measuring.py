"""The slopes of a recorded graph, measured operation by operation, without its rules.

Where an operation is analytic its slope is the complex step Im f(x + ih)/h, which takes no difference and is exact to
rounding (Squire & Trapp 1998); elsewhere it is extrapolated differences of that operation alone, at its own operands.
The chain rule puts them together. So a function that is steep, tiny or almost constant as a whole is measured as well
as one of ordinary size.
"""

from __future__ import annotations

import math
import random
from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from .differences import EPSILON, slope
from .errors import AutogradError, DomainError
from .evaluation import numbers_at
from .op import ARITHMETIC_ERRORS, Op, flatten, mapped
from .sweep import sweep

if TYPE_CHECKING:
    from .value import Value

_COMPLEX_STEPS = (1e-30, 1e-27)  # times |x| where |x| < 1; the error is of the order of the square
_SMALLEST = 1e-280  # a product with a smaller step may be rounded to 0
_LARGEST, _LOST = 1e100, 1e-200  # h/x may vanish on the way to the result
_COMPLEX_ERROR = 1e-12
_SAMPLES = 4
_UNITS = 2  # units in the last place by which a number is moved


class Measured(NamedTuple):
    """A slope and a bound of its error; `paths` is the sum of the absolute values of what was added up."""

    slope: float
    error: float
    paths: float = 0.0


class Culprit(NamedTuple):
    """An operation whose rule is not what was measured: its slope by the rule, and the measured one."""

    op: Op
    operand: str
    found: float
    expected: float


def measured(order: Sequence[Value], wanted: Container[Value]) -> dict[Value, Measured]:
    """∂output/∂node for the wanted nodes; the last node of `order` is the output.

    The errors are added up along all paths, as the slopes are.
    """

    def shares(node: Value, total: Measured) -> Iterator[tuple[Value, Measured]]:
        upstream, unsure, paths = total
        for parent, _, (local, error, _) in _locals(node, wanted):
            # Nothing comes through where the slope is exactly 0, whatever is not known further on.
            doubt = (abs(upstream) * error if upstream else 0.0) + (unsure * abs(local) if local else 0.0)
            yield parent, Measured(upstream * local, doubt, paths * abs(local))

    return sweep(order, Measured(1.0, 0.0, 1.0), shares, _added)


def _added(one: Measured, other: Measured) -> Measured:
    return Measured(one.slope + other.slope, one.error + other.error, one.paths + other.paths)


def culprit(order: Sequence[Value], wanted: Container[Value], rtol: float, atol: float) -> Culprit | None:
    """The first operation whose rule is not its measured slope."""
    for node in order:
        rules = list(_rules(node, wanted, node._out, node.numbers))
        slack = _slack(node, wanted, rules)
        triples = zip(rules, slack, _locals(node, wanted), strict=True) if rules else ()
        for (_, name, found), rounded, (_, _, (expected, error, _)) in triples:
            allowed = max(atol, rtol * max(abs(expected), abs(found))) + 10 * error + rounded
            if math.isfinite(error) and not abs(found - expected) <= allowed:
                return Culprit(node.op, name, found, expected)  # type: ignore[arg-type]
    return None


def _slack(node: Value, wanted: Container[Value], rules: Sequence[tuple[Value, str, float]]) -> list[float]:
    """How far each rule of a node moves with the last places of its operands."""
    found = [0.0] * len(rules)
    for seed in range(_SAMPLES if rules else 0):
        shake = _shaker(seed)
        numbers = dict(zip(flatten(node.arguments), flatten(node.numbers), strict=True))
        try:
            moved = list(_rules(node, wanted, shake(node._out), _shaken(node, numbers, shake)))
        except ARITHMETIC_ERRORS:
            continue
        apart = [_UNITS * abs(one[2] - other[2]) for one, other in zip(rules, moved, strict=True)]
        found = list(map(max, found, apart))
    return found


# ---------------------------------------------------------------- one operation


def _locals(node: Value, wanted: Container[Value]) -> Iterator[tuple[Value, str, Measured]]:
    """Each wanted operand of a node, the name that its operation has for it, and the measured slope along it."""
    if node.op is None and node.parents:
        yield from ((parent, "operand", Measured(0.0, math.inf)) for parent in node.parents if parent in wanted)
    if node.op is None:
        return
    flat = list(flatten(node.numbers))
    names = [name for name, argument in zip(node.op.operand_names, node.arguments, strict=True)
             for _ in (argument if isinstance(argument, tuple) else (argument,))]  # fmt: skip
    for place, operand in enumerate(flatten(node.arguments)):
        if hasattr(operand, "parents") and operand in wanted:
            yield operand, names[place], _measured(node, node.op, flat, place)


def _measured(node: Value, op: Op, flat: list[Any], place: int) -> Measured:
    exact = _complex_step(node, op, flat, place)
    if exact and exact.error <= 1e-9 * abs(exact.slope):
        return exact

    def along(x: float) -> float:
        return float(op.forward(*_moved(node, flat, place, x)))

    try:
        found = slope(along, float(flat[place]))
    except AutogradError:
        return exact or Measured(0.0, math.inf)
    if exact and not found.error < exact.error:
        return exact
    return Measured(found.slope, found.error) if math.isfinite(found.error) else Measured(0.0, math.inf)


def _complex_step(node: Value, op: Op, flat: list[Any], place: int) -> Measured | None:
    """Im f(x + ih)/h, None where it cannot be trusted: two steps must agree, and the real part be the number itself."""
    x = float(flat[place])
    if op.analytic is None or not math.isfinite(x):
        return None
    found = []
    for share in _COMPLEX_STEPS:
        step = share * min(abs(x) or 1.0, 1.0)
        try:
            result = complex(op.analytic(*_moved(node, flat, place, complex(x, step))))
        except ARITHMETIC_ERRORS:
            return None
        if step < _SMALLEST or not abs(result.real - node._out) <= 1e-6 * max(1.0, abs(node._out)):
            return None
        if abs(x) > _LARGEST and abs(result.imag) < _LOST:
            return None
        # What is smaller may have been rounded to 0.
        found.append(Measured(result.imag / step, _COMPLEX_ERROR * abs(result.imag / step) + _SMALLEST / step))
    one, other = found
    return one if abs(one.slope - other.slope) <= 1e-9 * abs(one.slope) + one.error else None


def _moved(node: Value, flat: list[Any], place: int, x: Any) -> tuple[Any, ...]:
    """The operands of a node with x at one place."""
    numbers = iter([*flat[:place], x, *flat[place + 1 :]])
    return tuple(
        tuple(next(numbers) for _ in argument) if isinstance(argument, tuple) else next(numbers)
        for argument in node.arguments
    )


def _rules(
    node: Value, wanted: Container[Value], out: float, numbers: tuple[Any, ...]
) -> Iterator[tuple[Value, str, float]]:
    """Each wanted operand of a node, its name, and the slope by the rule, read on `out` and `numbers`."""
    op = node.op
    if op is None:
        return
    for index, argument in enumerate(node.arguments):
        operands = argument if isinstance(argument, tuple) else (argument,)
        if any(hasattr(operand, "parents") and operand in wanted for operand in operands):
            rule = op.partial(index, out, numbers, node.arguments)
            for operand, local in zip(operands, rule if isinstance(argument, tuple) else (rule,), strict=True):
                if isinstance(local, complex):  # a fractional power of a negative number that was moved
                    raise DomainError(f"{op.name} has no slope here", op=op.name)
                if hasattr(operand, "parents") and operand in wanted:
                    yield operand, op.operand_names[index], float(local)


# ---------------------------------------------------------------- what rounding does


class Rounding(NamedTuple):
    """How far the output and each gradient move if every number of the graph moves by a few units in its last place."""

    output: float
    gradients: dict[Value, float]


def rounding(order: Sequence[Value], wanted: Container[Value]) -> Rounding:
    """What rounding may change: bounds that know how a difference of large numbers loses its digits."""
    output = order[-1]
    noise = 2 * EPSILON * abs(output.data)
    spread: dict[Value, float] = {}
    base = _gradients(order, wanted, {node: node.data for node in order}, lambda number: number)
    for seed in range(_SAMPLES):
        shake = _shaker(seed)
        try:
            numbers = _recomputed(order, shake)
            gradients = _gradients(order, wanted, numbers, shake)
        except ARITHMETIC_ERRORS:  # moved out of a domain: beside its end nothing is known of rounding
            continue
        noise = max(noise, _UNITS * abs(numbers[output] - output.data))
        for node, gradient in base.items():
            spread[node] = max(spread.get(node, 0.0), _UNITS * abs(gradients.get(node, 0.0) - gradient))
    return Rounding(noise, spread)


def _shaker(seed: int) -> Any:
    """A function that moves a number by a few units in its last place, up or down by chance."""
    chance = random.Random(seed)
    return lambda number: number * (1 + _UNITS * EPSILON * chance.choice((-1, 1)))


def _shaken(node: Value, numbers: Mapping[Any, float], shake: Any) -> tuple[Any, ...]:
    """The numbers of a node's operands, each moved; constants are what they are, for 2 in x² is exact."""
    return mapped(lambda operand: shake(numbers[operand]), node.arguments)


def noise(order: Sequence[Value], at: Mapping[Value, float]) -> float:
    """How far the last node of `order` may be off by rounding, with its leaves at some numbers; infinite if unknown."""
    try:
        exact = _recomputed(order, lambda number: number, at)[order[-1]]
        moved = [_recomputed(order, _shaker(seed), at)[order[-1]] for seed in range(_SAMPLES)]
    except ARITHMETIC_ERRORS:
        return math.inf
    return max(2 * EPSILON * abs(exact), *(_UNITS * abs(one - exact) for one in moved))


def _recomputed(
    order: Sequence[Value], shake: Any, at: Mapping[Value, float] = MappingProxyType({})
) -> dict[Value, float]:
    """The numbers of all nodes, each result moved; leaves and constants are what they are."""
    found: dict[Value, float] = {}
    for node in order:
        if node.op is None:
            found[node] = at.get(node, node.data)
        else:
            found[node] = shake(float(node.op.forward(*numbers_at(node.arguments, found))))
    return found


def _gradients(
    order: Sequence[Value], wanted: Container[Value], numbers: dict[Value, float], shake: Any
) -> dict[Value, float]:
    """Backpropagation on other numbers, each operand moved as the rules read it."""

    def shares(node: Value, upstream: float) -> Iterator[tuple[Value, float]]:
        if node.op is not None:
            for parent, _, local in _rules(node, wanted, shake(numbers[node]), _shaken(node, numbers, shake)):
                yield parent, upstream * local

    return sweep(order, 1.0, shares)
