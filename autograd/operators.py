"""Infix notation and methods, written once, for everything a table entry can be read with: Values and symbols.

`a + b` means `add(a, b)` and `x.tanh()` means `tanh(x)`: the class only says, in `interpret`, what applying an
operation to it means.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import ops
from .arrays import array_function, array_ufunc
from .errors import OperandError
from .op import Op, describe, is_array, observe

if TYPE_CHECKING:
    from typing_extensions import Self


def _infix(operation: Op, reflected: str) -> Callable[[Any, Any], Any]:
    def apply(self: Any, other: Any) -> Any:
        if type(other) is not type(self) and not isinstance(other, (Operators, float, int)):
            if is_array(other):  # it takes the operation to each of its items
                return NotImplemented
            if _has_its_own(other, reflected):  # a class of another library with the operator itself goes first
                result = getattr(type(other), reflected)(other, self)
                if result is not NotImplemented:
                    return result
        return operation(self, other)

    return apply


def _has_its_own(other: Any, method: str) -> bool:
    """Whether an operand is neither ours nor a number nor one of Python's own, and has that operator."""
    kind = type(other)
    is_number = hasattr(kind, "__float__") and getattr(other, "shape", ()) == () or isinstance(other, numbers.Number)
    is_ours = hasattr(kind, "interpret") or is_number or kind.__module__ == "builtins"
    return not is_ours and hasattr(kind, method)


def _reflected(operation: Op) -> Callable[[Any, Any], Any]:
    def apply(self: Any, other: Any) -> Any:
        return NotImplemented if is_array(other) else operation(other, self)

    return apply


def _of_two(power: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """`__pow__` and its reflection, which Python also calls for pow(base, exponent, modulus)."""

    def apply(self: Any, other: Any, modulus: Any = None) -> Any:
        if modulus is None:
            return power(self, other)
        told = ", ".join(map(describe, (self, other, modulus)))
        raise OperandError(f"pow takes two operands here: a remainder has no derivative to go on with; it was given"
                           f" {told}", op="power", operands=(self, other, modulus))

    return apply


def _method(operation: Op) -> Callable[..., Any]:
    def of_one(self: Any) -> Any:
        return operation(self)

    def of_many(self: Any, *operands: Any, **named: Any) -> Any:
        return operation(self, *operands, **named)

    apply: Callable[..., Any] = of_one if operation.arity == 1 else of_many
    apply.__name__, apply.__qualname__ = operation.name, f"Value.{operation.name}"
    apply.__doc__ = f"The operation `{operation.name}` of the table, applied to this node."
    return apply


class Operators:
    """What `Value` and `Symbol` share: `+ - * / **`, negation, abs, and every function of the table as a method."""

    __slots__ = ()
    # Tells SymPy not to convert a Value to an object of its own: sympy.pi * v then calls v.__rmul__, as 2 * v does.
    __sympy__ = False
    __array_ufunc__ = array_ufunc
    __array_function__ = array_function

    if TYPE_CHECKING:  # For type checkers and editors; a test holds these names against the table.
        def __add__(self, other: Any) -> Self: ...
        def __radd__(self, other: Any) -> Self: ...
        def __sub__(self, other: Any) -> Self: ...
        def __rsub__(self, other: Any) -> Self: ...
        def __mul__(self, other: Any) -> Self: ...
        def __rmul__(self, other: Any) -> Self: ...
        def __truediv__(self, other: Any) -> Self: ...
        def __rtruediv__(self, other: Any) -> Self: ...
        def __pow__(self, other: Any) -> Self: ...
        def __rpow__(self, other: Any) -> Self: ...
        def __neg__(self) -> Self: ...
        def __pos__(self) -> Self: ...
        def __abs__(self) -> Self: ...
        def divide(self, other: Any) -> Self: ...
        def power(self, other: Any) -> Self: ...
        def negative(self) -> Self: ...
        def positive(self) -> Self: ...
        def maximum(self, other: Any) -> Self: ...
        def minimum(self, other: Any) -> Self: ...
        def where(self, a: Any, b: Any) -> Self: ...
        def absolute(self) -> Self: ...
        def asin(self) -> Self: ...
        def acos(self) -> Self: ...
        def atan(self) -> Self: ...
        def abs(self) -> Self: ...
        def sign(self) -> Self: ...
        def exp(self) -> Self: ...
        def expm1(self) -> Self: ...
        def log(self) -> Self: ...
        def log1p(self) -> Self: ...
        def sqrt(self) -> Self: ...
        def sin(self) -> Self: ...
        def cos(self) -> Self: ...
        def tan(self) -> Self: ...
        def arcsin(self) -> Self: ...
        def arccos(self) -> Self: ...
        def arctan(self) -> Self: ...
        def sinh(self) -> Self: ...
        def cosh(self) -> Self: ...
        def tanh(self) -> Self: ...
        def sigmoid(self) -> Self: ...
        def softplus(self) -> Self: ...
        def relu(self) -> Self: ...
        def leaky_relu(self, slope: Any = 0.01) -> Self: ...
        def elu(self, alpha: Any = 1.0) -> Self: ...
        def erf(self) -> Self: ...
        def erfc(self) -> Self: ...
        def gelu(self) -> Self: ...
        def silu(self) -> Self: ...
    else:
        __add__, __radd__ = _infix(ops.add, "__radd__"), _reflected(ops.add)
        __sub__, __rsub__ = _infix(ops.subtract, "__rsub__"), _reflected(ops.subtract)
        __mul__, __rmul__ = _infix(ops.multiply, "__rmul__"), _reflected(ops.multiply)
        __truediv__, __rtruediv__ = _infix(ops.divide, "__rtruediv__"), _reflected(ops.divide)
        __pow__, __rpow__ = _of_two(_infix(ops.power, "__rpow__")), _of_two(_reflected(ops.power))
        __neg__, __pos__, __abs__ = _method(ops.negative), _method(ops.positive), _method(ops.absolute)

    def conjugate(self) -> Self:
        """Itself, for it is real; NumPy's var, cov, vdot and norm ask for it."""
        return self

    conj = conjugate

    @property
    def real(self) -> Self:
        """Itself."""
        return self

    @property
    def imag(self) -> float:
        """0.0: there is no imaginary part."""
        return 0.0


_WRITTEN = {
    "__add__": "self + other", "__radd__": "other + self", "__sub__": "self - other", "__rsub__": "other - self",
    "__mul__": "self * other", "__rmul__": "other * self", "__truediv__": "self / other",
    "__rtruediv__": "other / self", "__pow__": "self ** other", "__rpow__": "other ** self",
    "__neg__": "-self", "__pos__": "+self", "__abs__": "abs(self)",
}  # fmt: skip
for _name, _written in _WRITTEN.items():
    _apply: Any = vars(Operators)[_name]
    _apply.__name__, _apply.__qualname__ = _name, f"Value.{_name}"
    _apply.__doc__ = f"{_written}, as the table defines it."

_from_table: set[str] = set()


def _add_method(operation: Op) -> None:
    """Give Values and symbols the operation as a method, unless they have something else of that name."""
    takes_a_node_first = not operation.is_list[0] and operation.notation.shape != "infix"
    is_free = operation.name in _from_table or not hasattr(Operators, operation.name)
    if takes_a_node_first and is_free:
        _from_table.add(operation.name)
        setattr(Operators, operation.name, _method(operation))


observe(_add_method)
for _alias, _operation in ops.ALIASES.items():
    setattr(Operators, _alias, _method(_operation))
