"""gradcheck: backpropagation against differences, and who is to blame when they disagree."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .errors import AutogradError, GradientMismatchError
from .functional import _items, _rebuild
from .graph import topological_order
from .modes import enable_grad, no_grad
from .op import ARITHMETIC_ERRORS, Op, flatten
from .value import Value, adjoints, local_derivatives

_COMPLEX_STEP = 1e-30


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
        inner = [_rebuild(argument, Value) for argument in args]
        output = f(*inner)
    variables = list(_items(inner))
    position_of = [position for position, argument in enumerate(inner) for _ in _items(argument)]
    numbers = [variable.data for variable in variables]

    def at(index: int, number: float) -> float:
        with no_grad():
            values = iter([*numbers[:index], number, *numbers[index + 1 :]])
            result = f(*(_rebuild(argument, lambda _: Value(next(values))) for argument in args))
        return result.data if isinstance(result, Value) else float(result)

    order = topological_order(output) if isinstance(output, Value) else []
    totals = adjoints(order, 1.0) if order else {}
    for index, variable in enumerate(variables):
        found = totals.get(variable, 0.0)
        expected, error = ridders(lambda x, index=index: at(index, x), variable.data)  # type: ignore[misc]
        allowed = max(atol, rtol * max(abs(expected), abs(found)), 10 * error)
        exact = _complex_step(order, variable)
        if exact is not None:
            expected, allowed = exact, max(atol, rtol * max(abs(exact), abs(found)))
        if not abs(found - expected) <= allowed:
            culprit = _blame(order, rtol, atol)
            raise _mismatch(culprit, position_of[index], variable, found, expected)
    return True


def ridders(f: Callable[[float], float], x: float, step: float | None = None) -> tuple[float, float]:
    """df/dx and an estimate of its error: central differences at shrinking steps, extrapolated to step 0.

    Ridders (1982), Advances in Engineering Software 4(2). Where x ± step leaves the domain of f, the step shrinks.

    >>> slope, error = ridders(math.sin, 1.0)
    >>> abs(slope - math.cos(1.0)) < 1e-11
    True
    """
    shrink, rows = 1.4, 12
    step = step or 0.1 * max(abs(x), 0.1)
    step = _largest_inside(f, x, step)
    best, best_error = math.nan, math.inf
    previous: list[float] = []
    for _ in range(rows):
        row = [(f(x + step) - f(x - step)) / ((x + step) - (x - step))]
        factor = shrink * shrink
        for column, before in enumerate(previous):
            row.append((row[column] * factor - before) / (factor - 1))
            factor *= shrink * shrink
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - before))
            if error <= best_error:
                best, best_error = row[-1], error
        if previous and abs(row[-1] - previous[-1]) >= 2 * best_error:
            break
        previous = row
        step /= shrink
    return best, best_error


def _largest_inside(f: Callable[[float], float], x: float, step: float) -> float:
    for _ in range(40):
        try:
            if math.isfinite(f(x + step)) and math.isfinite(f(x - step)):
                return step
        except ARITHMETIC_ERRORS:
            pass
        step /= 4
    raise AutogradError(f"differences need f on both sides of {x!r}, and it has no value there")


def _complex_step(order: Sequence[Value], variable: Value) -> float | None:
    """Im f(x + ih)/h through the recorded graph; None where an operation is not analytic or has no complex value."""
    if variable not in set(order):
        return 0.0
    results: dict[Value, Any] = {}
    for node in order:
        if node.op is None:
            results[node] = complex(node.data, _COMPLEX_STEP) if node is variable else node.data
            continue
        operands = [results[item] if isinstance(item, Value) else item for item in flatten(node.arguments)]
        if not any(isinstance(operand, complex) for operand in operands):
            results[node] = node.data
        elif node.op.analytic is None:
            return None
        else:
            arguments = _grouped(node.arguments, results)
            try:
                results[node] = node.op.analytic(*arguments)
            except ARITHMETIC_ERRORS:
                return None
    result = results[order[-1]]
    slope = result.imag / _COMPLEX_STEP if isinstance(result, complex) else 0.0
    return slope if math.isfinite(slope) else None


def _grouped(arguments: Sequence[Any], results: dict[Value, Any]) -> list[Any]:
    def number(item: Any) -> Any:
        return results[item] if isinstance(item, Value) else item

    return [tuple(map(number, a)) if isinstance(a, tuple) else number(a) for a in arguments]


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
                expected, error = ridders(_forward_along(node, flat, place), flat[place])
            except AutogradError:
                continue
            if not abs(found - expected) <= max(atol, rtol * max(abs(expected), abs(found)), 10 * error):
                return node.op, names[place], found, expected
    return None


def _forward_along(node: Value, flat: list[Any], place: int) -> Callable[[float], float]:
    """The forward function of one node's operation along one of its operands."""

    def along(x: float) -> float:
        moved = iter([*flat[:place], x, *flat[place + 1 :]])
        numbers = [tuple(next(moved) for _ in a) if isinstance(a, tuple) else next(moved) for a in node.arguments]
        return node.op.forward(*numbers)  # type: ignore[union-attr]

    return along


def _mismatch(
    culprit: tuple[Op, str, float, float] | None, position: int, variable: Value, found: float, expected: float
) -> GradientMismatchError:
    factor = f", wrong by the factor {found / expected:.6g}" if expected else ""
    where = f"argument {position}" + (f" ('{variable.label}')" if variable.label else "")
    message = f"the gradient with respect to {where} is {found:.10g} by backpropagation and {expected:.10g} by differences{factor}"
    if culprit is None:
        return GradientMismatchError(f"{message}; no single rule is at fault: is there a kink or a jump at this point?",
                                     argument=position, expected=expected, found=found)
    op, operand, slope, right = culprit
    by = f"by the factor {slope / right:.6g}" if right else f"({slope:.10g} instead of 0)"
    return GradientMismatchError(f"the derivative of {op.name} with respect to its {operand} is wrong {by}: {message}",
                                 op=op.name, argument=position, expected=expected, found=found)
