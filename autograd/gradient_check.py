"""gradcheck: is the gradient of a function right, wrong, or not to be measured here?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NoReturn

from . import measuring, ops
from .containers import is_truth, items_of, rebuilt
from .differences import (
    EPSILON,
    Estimate,
    Line,
    estimate,
    sampled,
    slopes_beside_kink,
    values_at,
    why_no_slope,
)
from .errors import GradientMismatchError, OperandError, UnmeasurableError
from .evaluation import recompute
from .graph import depending_on, topological_order
from .modes import enable_grad, no_grad
from .op import ARITHMETIC_ERRORS, describe, number_of, plain_number
from .value import Value, adjoints

_CALLS = 5  # of f at one point; with dropout of one unit at p = ½, all five agree in one case of 16
_TINY = 1e-250  # a slope this small is 0: beside it numbers underflow
_LOST = 64  # units in the last place of f, times the step: what a rule may lose by its own rounding
_SHARP = 1e-3  # the largest relative error of an estimate that may call a gradient wrong
_MORE_CALLS = 20  # of f, before a gradient is called wrong


def gradcheck(f: Callable[..., Any], *args: Any, rtol: float = 1e-6, atol: float = 0.0) -> bool:
    """True if the gradient of f at `args` is right in every argument.

    >>> gradcheck(lambda x, w: (x * w).tanh(), 0.5, 2.0)
    True
    >>> gradcheck(lambda p: {"product": p[0] * p[1], "sum": p[0] + p[1]}, [2.0, 5.0])
    True

    f gives a number, or a list, tuple, dict or array of numbers: each of them is checked, so `gradcheck(grad(f), x)`
    checks second derivatives. Each derivative is measured twice:

    - operation by operation along the recorded graph, by the complex step Im f(x + ih)/h where an operation is
      analytic: exact to rounding (Squire & Trapp 1998), and believed first;
    - by Richardson's extrapolated central differences of f itself, which also see what is not in the graph.

    Right means: apart by no more than `rtol` times the derivative, or `atol`, besides what rounding does to f and to
    its rules (this is measured, so `atol` can stay 0 whatever the units are).

    Raises GradientMismatchError if the gradient is wrong; it names the operation, its operand and the factor if a rule
    is at fault. Raises UnmeasurableError if nothing can be said: at a kink or a jump, where the slope is infinite or
    rounding hides it, and for a function of which two calls give different numbers. Raises OperandError for what is no
    function, for outputs that are no numbers, and for a tolerance that is no number from 0 on.
    """
    if not callable(f):
        raise OperandError(f"gradcheck takes a function; it was given {describe(f)}", op="gradcheck", operands=(f,))
    rtol, atol = _tolerance("rtol", rtol), _tolerance("atol", atol)
    called = _Called(f, args)
    for index, variable in enumerate(called.variables):
        around = called.around(index)
        for output in called.outputs:
            _Check(called, index, variable, output, around[output.position], rtol, atol).judge()
    return True


def _tolerance(name: str, given: Any) -> float:
    number = plain_number(given, f"{name} of gradcheck", "a number")
    if not 0 <= number < math.inf:
        raise OperandError(f"{name} of gradcheck must be 0 or more, and finite; it was given {describe(given)}",
                           op="gradcheck")
    return number


class _Output:
    """One number that f gave, with its graph."""

    def __init__(self, position: int, value: Any, variables: Sequence[Value]) -> None:
        self.position = position
        self.number = float(number_of(value))
        self.order = topological_order(value) if isinstance(value, Value) else []
        self.wanted = depending_on(variables, self.order).intersection(self.order)
        self.gradients = adjoints(self.order, 1.0, wanted=self.wanted) if self.wanted else {}

    @cached_property
    def is_at_jump(self) -> bool:
        """Whether an operation that jumps is just where it does: its slope 0 says nothing about the function."""
        return any(
            node.op is ops.greater and node.numbers[0] == node.numbers[1] or node.op is ops.sign and node.data == 0
            for node in self.order
        )

    @cached_property
    def measured(self) -> dict[Value, measuring.Measured]:
        return measuring.measured(self.order, self.wanted) if self.wanted else {}

    @cached_property
    def rounding(self) -> measuring.Rounding:
        if not self.order:
            return measuring.Rounding(4 * EPSILON * abs(self.number), {})
        return measuring.rounding(self.order, self.wanted)


class _Called:
    """A function at a point: its variables and outputs, and its outputs elsewhere."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.f, self.args = f, args
        with enable_grad():
            inner = [rebuilt(argument, Value, reader="gradcheck") for argument in args]
            # Before the call: f may put other things into its lists.
            self.variables = list(items_of(inner))
            self.numbers = [variable.data for variable in self.variables]
            self.positions = [place for place, argument in enumerate(inner) for _ in items_of(argument)]
            result = f(*inner)
        items = list(items_of(result))
        for item in items:
            if is_truth(item):
                raise OperandError(f"gradcheck needs a function that returns numbers; it returned a comparison"
                                   f" ({describe(item)}): return the number itself", op="gradcheck", operands=(item,))
            if not isinstance(item, Value) and not hasattr(type(item), "__float__"):
                raise OperandError("gradcheck needs a function that returns numbers (one, or a list, a dict or an array"
                                   f" of them); it returned {describe(item)}", op="gradcheck", operands=(item,))
        self.outputs = [_Output(place, item, self.variables) for place, item in enumerate(items)]
        self.refuse_chance(_CALLS)

    def at(self, index: int, number: float) -> list[float]:
        """The outputs with one variable at another number. Every call gets containers of its own."""
        with no_grad():
            numbers = iter([*self.numbers[:index], number, *self.numbers[index + 1 :]])
            result = self.f(*(rebuilt(argument, lambda _: Value(next(numbers))) for argument in self.args))
        return [float(number_of(item)) for item in items_of(result)]

    def around(self, index: int) -> list[Line]:
        """Each output along one variable."""
        x = self.numbers[index]
        here = [output.number for output in self.outputs]
        noises = [output.rounding.output for output in self.outputs]
        return sampled(lambda number: self.at(index, number), x, here, noises)

    def refuse_chance(self, calls: int) -> None:
        """Raise UnmeasurableError if f does not give the same numbers in each of some calls at the point."""
        if not self.numbers:
            return
        count = len(self.outputs)
        first = values_at(lambda x: self.at(0, x), self.numbers[0], count)
        for _ in range(calls - 1):
            again = values_at(lambda x: self.at(0, x), self.numbers[0], count)
            for one, other in zip(first, again, strict=True):
                if one != other and not (math.isnan(one) and math.isnan(other)):
                    raise UnmeasurableError(
                        f"two calls of the function at the same point gave {one!r} and {other!r}: a function that"
                        " depends on chance or on earlier calls cannot be checked; fix the seed inside of it",
                        reason="two calls gave different numbers",
                    )


class _Check:
    """The derivative of one output by one variable."""

    def __init__(
        self, called: _Called, index: int, variable: Value, output: _Output, line: Line, rtol: float, atol: float
    ) -> None:
        self.called, self.index, self.variable, self.output, self.line = called, index, variable, output, line
        self.rtol, self.atol = rtol, atol
        self.found = float(number_of(output.gradients.get(variable, 0.0)))
        self.rounded = output.rounding.gradients.get(variable, 0.0)

    def judge(self) -> None:
        """Return if the derivative is right."""
        if not math.isfinite(self.line.x):
            self.refuse(f"differences have no meaning at {self.line.x!r}")
        if not math.isfinite(self.line.here):
            self.refuse(f"the function is {self.line.here!r} here")
        graph = self.of_graph
        if self.is_wrong(graph):
            self.accuse(self.differences if self.confirmed_by_differences(graph) else graph)
        if self.is_right(self.differences, self.per_step(self.change or self.size)):
            return
        if not self.output.is_at_jump and self.is_right(graph, self.paths) and self.is_its_graph():
            return
        self.called.refuse_chance(_MORE_CALLS)
        if slopes := slopes_beside_kink(self.line):
            self.tell_kink(*slopes)
        if reason := why_no_slope(self.line):
            self.refuse(reason)
        if self.is_wrong(self.differences):
            self.accuse(self.differences)
        self.refuse(self.why_unsettled())

    @cached_property
    def differences(self) -> Estimate:
        return estimate(self.line)

    @property
    def of_graph(self) -> Estimate:
        """The derivative of the recorded graph, measured operation by operation."""
        if self.output.order and self.variable not in self.output.wanted:
            return Estimate(0.0, 0.0)
        slope, error, _ = self.output.measured.get(self.variable, measuring.Measured(math.nan, math.inf))
        return Estimate(slope, error)

    @property
    def paths(self) -> float:
        """The size of what was added up to the slope of the graph."""
        return self.output.measured[self.variable].paths if self.variable in self.output.measured else 0.0

    def allowed(self, expected: float) -> float:
        return max(self.atol, self.rtol * max(abs(expected), abs(self.found)), _TINY)

    def is_right(self, estimate: Estimate, scale: float) -> bool:
        """Whether an estimate confirms what was found: it must be as sharp as what is allowed. Slopes much smaller than
        the `scale` of what they are the difference of are known less sharply."""
        if estimate.coarse and estimate.fine:
            return self.is_right(estimate.coarse, scale) or self.is_right(estimate.fine, scale)
        apart = abs(self.found - estimate.slope)
        allowed = self.allowed(estimate.slope)
        if self.rounded <= max(_SHARP * abs(estimate.slope), _LOST * EPSILON * self.per_step(self.size)):
            allowed += self.rounded
        if estimate.error <= allowed:
            return apart <= allowed
        # A slope of 0 is confirmed as sharply as it can be measured.
        is_zero = abs(self.found) <= max(self.rounded, _TINY) and apart <= 3 * estimate.error
        return is_zero and estimate.error <= self.rtol * scale

    def is_wrong(self, estimate: Estimate) -> bool:
        """Whether an estimate contradicts what was found, by far more than its own error."""
        if estimate.coarse and estimate.fine:
            return self.is_wrong(estimate.coarse) and self.is_wrong(estimate.fine)
        far = self.allowed(estimate.slope) + self.rounded + 10 * estimate.error
        # A slope that grows like log h towards the point looks settled to 1 or 2 %.
        is_zero = abs(estimate.slope) <= estimate.error
        is_sharp = estimate.error <= _SHARP * (abs(self.found) if is_zero else abs(estimate.slope))
        return is_sharp and not abs(self.found - estimate.slope) <= far

    @cached_property
    def size(self) -> float:
        """The largest value of f nearby."""
        return max((abs(value) for value in (*self.line.above, *self.line.below) if not math.isnan(value)), default=0.0)

    @cached_property
    def change(self) -> float:
        """The largest change of f nearby."""
        changes = (abs(change) for side in (1, -1) for change in self.line.changes(side))
        return max((change for change in changes if not math.isnan(change)), default=0.0)

    def per_step(self, change: float) -> float:
        """The slope that such a change within the largest step would be."""
        return change / self.line.steps[0] if self.line.steps else 0.0

    def confirmed_by_differences(self, graph: Estimate) -> bool:
        """Whether differences of f give the number that was measured along the graph."""
        apart = abs(self.differences.slope - graph.slope)
        return apart <= self.rtol * abs(graph.slope) and self.is_wrong(self.differences)

    def is_its_graph(self) -> bool:
        """Whether f beside the point is what its graph gives there, so that the graph's derivative is that of f."""
        compared = 0
        near = max(abs(self.line.x), 1.0) * 2.0**-9
        for step, up, down in zip(self.line.steps, self.line.above, self.line.below, strict=True):
            for x, value in ((self.line.x + step, up), (self.line.x - step, down)) if step <= near else ():
                try:
                    number = recompute(self.output.order, {self.variable: x})[self.output.order[-1]]
                except ARITHMETIC_ERRORS:
                    number = math.nan
                if math.isfinite(number) != math.isfinite(value):
                    return False
                if math.isfinite(value):
                    compared += 1
                    if abs(number - value) > 8 * EPSILON * abs(value):
                        return False
        return compared >= 8

    def why_unsettled(self) -> str:
        sides = [any(map(math.isfinite, values[-8:])) for values in (self.line.above, self.line.below)]
        if not any(sides):
            return "the function has no finite value beside this point"
        if not all(sides):
            return "the function has no finite value on one side of this point; differences on the other do not settle"
        return "differences do not settle, for rounding or because the function changes within the smallest steps"

    # ------------------------------------------------------------ what is said

    @property
    def what(self) -> str:
        of = f" of output {self.output.position}" if len(self.called.outputs) > 1 else ""
        return f"the gradient{of} with respect to argument {self.called.positions[self.index]} at {self.line.x!r}"

    def accuse(self, expected: Estimate) -> NoReturn:
        """Raise GradientMismatchError, with the operation at fault if there is one."""
        by = "by differences" if expected is self.differences else "measured along the graph"
        factor = f", wrong by the factor {self.found / expected.slope:.6g}" if expected.slope else ""
        message = f"{self.what} is {self.found:.10g} by backpropagation and {expected.slope:.10g} {by}{factor}"
        argument = self.called.positions[self.index]
        facts: dict[str, Any] = {"argument": argument, "expected": expected.slope, "found": self.found}
        at_fault = measuring.culprit(self.output.order, self.output.wanted, self.rtol, self.atol)
        if at_fault is None:
            raise GradientMismatchError(f"{message}; every rule on the way is right: does the function use .data, or"
                                        " decide something by hand?", **facts)
        op, operand, slope, right = at_fault
        told = f"by the factor {slope / right:.6g}" if right else f"({slope:.10g} instead of 0)"
        raise GradientMismatchError(
            f"the derivative of {op.name} with respect to its {operand} is wrong {told}: {message}", op=op.name, **facts
        )

    def tell_kink(self, left: float, right: float) -> NoReturn:
        told = f"the function has a kink here: its slope is {left:.10g} on the left and {right:.10g} on the right"
        low, high = sorted((left, right))
        slack = self.allowed(max(abs(low), abs(high)))
        if low - slack <= self.found <= high + slack:
            self.refuse(f"{told}, and any slope between them is a convention: check beside it")
        raise GradientMismatchError(
            f"{self.what} is {self.found:.10g} by backpropagation, but {told}",
            argument=self.called.positions[self.index], expected=min((left, right), key=lambda s: abs(s - self.found)),
            found=self.found,
        )

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnmeasurableError."""
        raise UnmeasurableError(f"{self.what} is {self.found:.10g} by backpropagation, which cannot be checked:"
                                f" {reason}",
                                argument=self.called.positions[self.index], found=self.found, reason=reason)
