"""Every error of this library: one base class, and children that carry the facts.

Each child also inherits from the built-in exception that a Python programmer would expect, so
`except ValueError` around a `log` keeps working:

>>> from autograd import Value, log
>>> try:
...     log(Value(-0.5, label="p"))
... except ValueError as error:
...     print(error)
log needs a positive number; 'p' is -0.5
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class AutogradError(Exception):
    """The base of all errors of this library.

    `op` is the name of the operation (empty if none is concerned), `operands` are the operands it was given.
    """

    def __init__(self, message: str, *, op: str = "", operands: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.op = op
        self.operands = tuple(operands)

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders with all of their facts, whatever their parameters are.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[AutogradError], args: tuple[Any, ...], facts: dict[str, Any]) -> AutogradError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class OperandError(AutogradError, TypeError):
    """Something that is not a number, a Value or a symbol was given where one is meant."""


class DomainError(AutogradError, ValueError):
    """A number outside the domain of an operation: log(-1), arcsin(2), (-2)**0.5."""


class DivisionByZeroError(DomainError, ZeroDivisionError):
    """Division by zero, or zero to a negative power."""


class RangeError(AutogradError, OverflowError):
    """The result is too large for a float: exp(1000)."""


class SlopeError(AutogradError, ArithmeticError):
    """A local derivative does not exist or is infinite: sqrt at 0, arcsin at 1, the exponent of (-2)**n."""


class ShapeError(AutogradError, ValueError):
    """Lists of different lengths, or an empty list, where matching ones are needed."""


class StaleError(AutogradError, RuntimeError):
    """A leaf was changed after the forward pass, and what was asked for needs its old value."""


class PythonDecidedWarning(UserWarning):
    """A graph holds what Python decided while it was recorded: where(x > 0, a, b) holds True, not x > 0."""


class LabelError(AutogradError, ValueError):
    """A label that no node has, or that two nodes of one graph have."""


class AnomalyError(AutogradError, ArithmeticError):
    """A NaN or an infinity was born; see `autograd.anomaly`.

    `node` is the node of birth, `source` the line that made it ("file:line", empty when it was not recorded)
    and `path` the nodes from it to the output.
    """

    def __init__(self, message: str, *, node: Any, source: str = "", path: Sequence[Any] = (), op: str = "") -> None:
        super().__init__(message, op=op, operands=(node,))
        self.node = node
        self.source = source
        self.path = tuple(path)


class GradientMismatchError(AutogradError, AssertionError):
    """`gradcheck` found a wrong derivative.

    `argument` is the position of the argument of the checked function (-1 if no single one is at fault), `expected`
    the measured derivative, `found` the derivative by backpropagation.
    """

    def __init__(
        self, message: str, *, op: str = "", argument: int = -1, expected: float = 0.0, found: float = 0.0
    ) -> None:
        super().__init__(message, op=op)
        self.argument = argument
        self.expected = expected
        self.found = found


class UnmeasurableError(AutogradError, ArithmeticError):
    """`gradcheck` can say neither that a derivative is right nor that it is wrong: at a kink or a jump, where the slope
    is infinite, where rounding hides it, or because two calls of the function gave different numbers.

    `argument` is the position of the argument of the checked function (-1 if none is concerned), `found` the
    derivative by backpropagation, `reason` what is in the way.
    """

    def __init__(self, message: str, *, argument: int = -1, found: float = math.nan, reason: str = "") -> None:
        super().__init__(message, op="gradcheck")
        self.argument = argument
        self.found = found
        self.reason = reason


class FormulaError(AutogradError, ValueError):
    """A typed formula cannot be read; `position` is the index of the character where reading stopped."""

    def __init__(self, message: str, *, formula: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.formula = formula
        self.position = position


class LayoutError(AutogradError, RuntimeError):
    """A layout engine is unknown, not installed, or did not finish in time."""


class GraphTooLargeError(AutogradError, ValueError):
    """The graph has too many nodes for what was asked; the message says what to do instead."""


class MissingPackageError(AutogradError, ImportError):
    """A package that only a part of this library needs is not installed; the message has the command that installs it.

    `package` is its name, `extra` the extra of this distribution that brings it.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} {package}, which is not installed: pip install \"chainrule[{extra}]\"")
        self.package = package
        self.extra = extra
