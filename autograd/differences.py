"""gradcheck: backpropagation against differences, and who is to blame when they disagree."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .errors import AutogradError, DomainError, GradientMismatchError, OperandError
from .functional import items_of, rebuilt
from .graph import topological_order
from .modes import enable_grad, no_grad
from .op import ARITHMETIC_ERRORS, Op, describe, flatten, mapped, number_of
from .value import Value, adjoints, local_derivatives

_COMPLEX_STEP = 1e-30  # times |x| where |x| < 1; the error is of the order of its square
_SMALLEST_STEP = 1e-280


def gradcheck(f: Callable[..., Any], *args: Any, rtol: float = 1e-6, atol: float = 1e-9) -> bool:
    """True if the gradient of f at `args` agrees with differences in every argument; otherwise says what is wrong.

    Each derivative is compared with Ridders' extrapolated central differences, and, where every operation in between
    is analytic, with the complex step Im f(x + ih)/h, which is exact to rounding (Squire & Trapp 1998).

    >>> gradcheck(lambda x, w: (x * w).tanh(), 0.5, 2.0)
    True

    Raises GradientMismatchError that names the operation, its operand and the factor, if a rule of the table is at
    fault, and otherwise the argument of f. Agreement means a relative error of at most `rtol`, or an absolute one of
    at most `atol`.
    """
    with enable_grad():
        inner = [rebuilt(argument, Value) for argument in args]
        output = f(*inner)
    if not isinstance(output, Value) and not hasattr(type(output), "__float__"):
        raise OperandError(f"gradcheck needs a function that returns one number; it returned {describe(output)}",
                           op="gradcheck", operands=(output,))
    variables = list(items_of(inner))
    position_of = [position for position, argument in enumerate(inner) for _ in items_of(argument)]
    numbers = [variable.data for variable in variables]

    def at(index: int, number: float) -> float:
        with no_grad():
            values = iter([*numbers[:index], number, *numbers[index + 1 :]])
            result = f(*(rebuilt(argument, lambda _: Value(next(values))) for argument in args))
        return float(number_of(result))

    order = topological_order(output) if isinstance(output, Value) else []
    totals = adjoints(order, 1.0) if order else {}
    for index, variable in enumerate(variables):
        found = totals.get(variable, 0.0)

        def along(x: float, index: int = index) -> float:
            return at(index, x)

        slope, error = ridders(along, variable.data)
        exact = _complex_step(order, variable)
        # The differences call f itself; the complex step walks the recorded graph, but is exact to the last digit.
        checks = [(slope, 10 * error)] + ([(exact, 0.0)] if exact is not None else [])
        for expected, uncertain in checks:
            allowed = max(atol, rtol * max(abs(expected), abs(found)), uncertain)
            if not abs(found - expected) <= allowed:
                is_kink = _has_kink(along, variable.data)
                culprit = None if is_kink else _blame(order, rtol, atol)
                raise _mismatch(culprit, is_kink, position_of[index], variable, found, expected)
    return True


def ridders(f: Callable[[float], float], x: float, step: float | None = None) -> tuple[float, float]:
    """df/dx and an estimate of its error: central differences at shrinking steps, extrapolated to step 0.

    Ridders (1982), Advances in Engineering Software 4(2). Unless a first `step` is given, it is done from a large one
    and from smaller ones: a large step may straddle what f does far away and seem to converge, so the error of one
    counts its disagreement with the next. Where x ± step leaves the domain of f, the step shrinks.

    >>> slope, error = ridders(math.sin, 1.0)
    >>> abs(slope - math.cos(1.0)) < 1e-11
    True
    """
    size = max(abs(x), 1.0)
    steps = (step,) if step else tuple(size * share for share in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6))
    found = [_extrapolate(f, x, _largest_inside(f, x, first)) for first in steps]
    for index in range(len(found) - 2, -1, -1):
        slope, error = found[index]
        next_slope, next_error = found[index + 1]
        found[index] = slope, max(error, abs(slope - next_slope) - next_error)
    return min(found, key=lambda pair: pair[1])


def _extrapolate(f: Callable[[float], float], x: float, step: float) -> tuple[float, float]:
    """The best entry of Ridders' tableau, and its error: how far it is from its neighbours, and rounding."""
    shrink, rows = 1.6, 10
    best, best_error = math.nan, math.inf
    previous: list[float] = []
    for _ in range(rows):
        above, below = f(x + step), f(x - step)
        width = (x + step) - (x - step)
        rounding = 2**-52 * (abs(above) + abs(below)) / width
        row = [(above - below) / width]
        factor = shrink * shrink
        for column, before in enumerate(previous):
            row.append((row[column] * factor - before) / (factor - 1))
            factor *= shrink * shrink
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - before), rounding)
            if error <= best_error:
                best, best_error = row[-1], error
        previous = row
        step /= shrink
    return best, best_error


def _largest_inside(f: Callable[[float], float], x: float, step: float) -> float:
    """The step, or the largest of step/4, step/16, … for which f has values on both sides."""
    while math.isfinite(x) and x + step != x - step:
        try:
            if math.isfinite(f(x + step)) and math.isfinite(f(x - step)):
                return step
        except ARITHMETIC_ERRORS:
            pass
        step /= 4
    raise DomainError(f"differences need f on both sides of {x!r}, and it has no value on one of them", op="gradcheck")


def _has_kink(f: Callable[[float], float], x: float) -> bool:
    """Whether the slopes from the left and from the right stay apart as the step shrinks."""
    gaps = []
    for step in (1e-4, 1e-6):
        step *= max(abs(x), 1.0)
        try:
            right, left = (f(x + step) - f(x)) / step, (f(x) - f(x - step)) / step
        except ARITHMETIC_ERRORS:
            return False
        gaps.append(abs(right - left) / max(abs(right), abs(left), 1e-300))
    return gaps[1] > 1e-3 and gaps[1] > gaps[0] / 2


def _complex_step(order: Sequence[Value], variable: Value) -> float | None:
    """Im f(x + ih)/h through the recorded graph; None where an operation is not analytic or has no complex value."""
    step = _step_at(variable.data)
    if variable not in set(order) or step < _SMALLEST_STEP:
        return None if step < _SMALLEST_STEP else 0.0
    results: dict[Value, Any] = {}
    for node in order:
        if node.op is None:
            results[node] = complex(node.data, step) if node is variable else node.data
            continue
        operands = [results[item] if isinstance(item, Value) else item for item in flatten(node.arguments)]
        if not any(isinstance(operand, complex) for operand in operands):
            results[node] = node.data
        elif node.op.analytic is None:
            return None
        else:
            arguments = mapped(results.__getitem__, node.arguments)
            try:
                results[node] = node.op.analytic(*arguments)
            except ARITHMETIC_ERRORS:
                return None
    result = results[order[-1]]
    slope = result.imag / step if isinstance(result, complex) else 0.0
    return slope if math.isfinite(slope) else None


def _blame(order: Sequence[Value], rtol: float, atol: float) -> tuple[Op, str, float, float] | None:
    """The first node whose rule differences do not confirm: its operation, the operand's name, found, expected."""
    for node in order:
        if node.op is None:
            continue
        flat = list(flatten(node.numbers))
        names = [name for name, argument in zip(node.op.operand_names, node.arguments, strict=True)
                 for _ in (argument if isinstance(argument, tuple) else (argument,))]
        places = [index for index, item in enumerate(flatten(node.arguments)) if isinstance(item, Value)]
        locals_ = local_derivatives(node.op, node._out, node.numbers, node.arguments)
        for place, (_, found) in zip(places, locals_, strict=True):
            try:
                expected, error = _slope_of_op(node, flat, place)
            except AutogradError:
                continue
            if not abs(found - expected) <= max(atol, rtol * max(abs(expected), abs(found)), 10 * error):
                return node.op, names[place], found, expected
    return None


def _slope_of_op(node: Value, flat: list[Any], place: int) -> tuple[float, float]:
    """∂output/∂operand of one operation and its error: by the complex step if it is analytic, else by differences."""
    step = _step_at(flat[place])
    if node.op is not None and node.op.analytic is not None and step >= _SMALLEST_STEP:
        try:
            result = _apply_along(node.op.analytic, node, flat, place)(complex(flat[place], step))
        except ARITHMETIC_ERRORS:
            result = None
        if isinstance(result, complex) and math.isfinite(result.imag):
            return result.imag / step, 0.0
    return ridders(_apply_along(node.op.forward, node, flat, place), flat[place])  # type: ignore[union-attr]


def _step_at(x: float) -> float:
    return _COMPLEX_STEP * min(abs(x) or 1.0, 1.0)


def _apply_along(function: Callable[..., Any], node: Value, flat: list[Any], place: int) -> Callable[[Any], Any]:
    """A function over all operands of a node, along one of them."""

    def along(x: Any) -> Any:
        moved = iter([*flat[:place], x, *flat[place + 1 :]])
        numbers = (tuple(next(moved) for _ in a) if isinstance(a, tuple) else next(moved) for a in node.arguments)
        return function(*numbers)

    return along


def _mismatch(
    culprit: tuple[Op, str, float, float] | None,
    is_kink: bool,
    position: int,
    variable: Value,
    found: float,
    expected: float,
) -> GradientMismatchError:
    factor = f", wrong by the factor {found / expected:.6g}" if expected else ""
    message = (
        f"the gradient with respect to argument {position} at {variable.data!r} is {found:.10g} by backpropagation and"
        f" {expected:.10g} by differences{factor}"
    )
    if culprit is None:
        reason = (
            "the function has a kink here, and any slope between the two sides' is a convention: check beside it"
            if is_kink
            else "every rule on the way is right: does the function use .data, or jump at this point?"
        )
        return GradientMismatchError(f"{message}; {reason}", argument=position, expected=expected, found=found)
    op, operand, slope, right = culprit
    by = f"by the factor {slope / right:.6g}" if right else f"({slope:.10g} instead of 0)"
    return GradientMismatchError(f"the derivative of {op.name} with respect to its {operand} is wrong {by}: {message}",
                                 op=op.name, argument=position, expected=expected, found=found)
