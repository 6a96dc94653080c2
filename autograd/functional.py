"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, with JAX's meanings on plain floats and lists.

They nest to any order, also over variables of an outer call, and never touch the `grad` of a Value:

>>> grad(lambda w: grad(lambda x: w * x * x)(3.0))(2.0)
6.0
>>> grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0)
1.0

How: the arguments are replaced by fresh Values, the function is called, and the recorded graph is walked back. If the
result depends on Values from outside (an outer call's variables, a network's weights), it is a Value and can be
differentiated with respect to them; otherwise, and inside `no_grad`, it is made of plain floats.

The function gets its own copy of every container of numbers among its arguments, differentiated or not. It may pop,
sort, eliminate or scale in place: the gradient belongs to the argument as it was given, and the caller's own list or
array is left alone. What is no container of numbers (a network, rows of data with texts in them) is handed on as it is.

>>> def product_of_the_last_two(p):
...     return p.pop() * p.pop()
>>> grad(product_of_the_last_two)([5.0, 2.0, 3.0])
[0.0, 3.0, 2.0]
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from . import ops
from .containers import KINDS, array_of, flat, is_container, is_truth, items_of, own_copy, rebuilt
from .errors import OperandError
from .modes import enable_grad, is_recording, modes
from .op import describe, plain_number
from .value import Value

Argnums = int | Sequence[int]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes ∂f/∂argument.

    `argnums` says which argument (a tuple of positions gives a tuple of gradients). The gradient has the shape of
    the argument as it was given: a number, a (nested) list, tuple, dict or deque of numbers, a NumPy array; subclasses
    keep their class.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda p, q: p[0] * p[1] + q, argnums=(0, 1))([2.0, 5.0], 1.0)
    ([5.0, 2.0], 1.0)

    Raises OperandError if f does not give a single number; the result of a comparison is none.
    """
    _check("grad", f, argnums)
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that computes f and its gradient in one go.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)

    Raises OperandError if f does not give a single number.
    """
    _check("value_and_grad", f, argnums)

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _Call("grad", f, argnums, args, kwargs)
        return call.value_and_gradient(_one_number(call.output))

    return both


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes ∂outputᵢ/∂argumentⱼ, in the shape of the output, each item in the shape of the argument.

    >>> jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([2.0, 5.0])
    [[5.0, 2.0], [1.0, 1.0]]

    Raises OperandError if f gives something that is no number.
    """
    _check("jacobian", f, argnums)

    def rows(*args: Any, **kwargs: Any) -> Any:
        call = _Call("jacobian", f, argnums, args, kwargs)
        return rebuilt(call.output, call.gradient, lambda array: _rows(array, call))

    return rows


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes the second derivatives ∂²f/∂argumentᵢ∂argumentⱼ: the jacobian of the gradient.

    >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]

    Raises OperandError if f does not give a single number.
    """
    _check("hessian", f, argnums)
    return jacobian(grad(f, argnums), argnums)


def _rows(output: Any, call: _Call) -> Any:
    """The gradients of all items of an array, as one array where the argument is an array or a number, as in JAX."""
    if output.shape == ():
        return call.gradient(output.item())
    gradients = [call.gradient(item) for item in flat(output)]
    if not isinstance(call.argnums, (tuple, list)):
        return _stacked(gradients, output, call.arguments[0])
    return tuple(
        _stacked([row[k] for row in gradients], output, argument) for k, argument in enumerate(call.arguments)
    )


def _stacked(rows: list[Any], output: Any, argument: Any) -> Any:
    if is_container(argument) and not hasattr(argument, "shape"):
        return _nested(rows, output.shape)
    shape = output.shape + getattr(argument, "shape", ())
    return array_of(items_of(rows), output, shape)


def _nested(rows: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """The items of an array as lists in lists."""
    for size in reversed(shape[1:]):
        rows = [rows[start : start + size] for start in range(0, len(rows), size)] if size else []
    return rows


def _check(transform: str, f: Any, argnums: Any) -> None:
    if not callable(f):
        raise OperandError(f"{transform} takes a function; it was given {describe(f)}", op=transform, operands=(f,))
    for position in argnums if isinstance(argnums, (tuple, list)) else (argnums,):
        try:
            operator.index(position)
            is_position = not is_truth(position)
        except Exception:  # no whole number, or an array of several
            is_position = False
        if not is_position:
            raise OperandError(f"argnums is a position, or a tuple of them; it was given {describe(argnums)}",
                               op=transform)


def _positions(transform: str, argnums: Any, count: int) -> tuple[int, ...]:
    """The positions of the arguments to differentiate, counted from the front."""
    positions = tuple(map(operator.index, argnums if isinstance(argnums, (tuple, list)) else (argnums,)))
    for position in positions:
        if not -count <= position < count:
            raise OperandError(f"argnums says argument {position}, but the function was called with {count}"
                               " positional arguments", op=transform)
    return tuple(position % count for position in positions)


def _one_number(output: Any) -> Any:
    """What the function returned, out of an array without axes if it stands in one."""
    number = output.item() if is_container(output) and getattr(output, "shape", None) == () else output
    is_plain = hasattr(type(number), "__float__") and not is_container(number) and not is_truth(number)
    if isinstance(number, Value) or is_plain:
        return number
    raise OperandError(f"grad needs a function that returns one number; it returned {_told(number)}", op="grad",
                       operands=(output,))


def _told(result: Any) -> str:
    """What a function returned instead of one number, and what to do."""
    if is_truth(result):
        return f"a comparison ({describe(result)}): return the loss itself"
    if is_container(result):
        shape = f" of shape {result.shape}: take its item" if getattr(result, "size", 0) == 1 else ""
        return f"{describe(result)}{shape} (for several, use jacobian)"
    return "None: it may have forgotten its return" if result is None else describe(result)


class _Call:
    """One call of f on fresh Values, ready to be walked back."""

    def __init__(
        self, transform: str, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> None:
        self.transform = transform
        self.argnums = argnums
        self.keep_graph = is_recording()
        self.epoch = modes.begin_epoch()
        positions = _positions(transform, argnums, len(args))
        with nullcontext() if self.keep_graph else enable_grad():
            variables = {position: rebuilt(args[position], self._variable, reader=transform) for position in positions}
            self.arguments = [variables[position] for position in positions]
            self.variables = {item for argument in self.arguments for item in items_of(argument)}
            # The function works on copies: what it does to them in place leaves `arguments` as they were given.
            inner = [own_copy(variables.get(position, argument)) for position, argument in enumerate(args)]
            self.output = f(*inner, **{name: own_copy(argument) for name, argument in kwargs.items()})

    def _variable(self, item: Any) -> Value:
        """A fresh Value for a number. For a Value a node of its own that depends on it, so that a use of the argument
        and a use of the outer variable stay apart."""
        if isinstance(item, Value):
            return ops.positive(item)
        return Value(plain_number(item, self.transform, KINDS))

    def value_and_gradient(self, output: Any) -> tuple[Any, Any]:
        """The output, as a number unless it depends on Values from outside, and ∂output/∂argument in the shape of the
        arguments."""
        totals: Mapping[Value, Any] = {}
        value = output
        if isinstance(output, Value):
            # Leaves made during the call, by f or by an inner call, are constants to it.
            since = self.epoch if self.keep_graph else None
            with nullcontext() if self.keep_graph else enable_grad():
                is_open, totals = output._gradients(self.variables, since)
            value = output if is_open else output.data
        elif is_truth(output):
            raise OperandError(f"{self.transform} needs a function that returns numbers; it returned a comparison"
                               f" ({describe(output)}): return the numbers", op=self.transform, operands=(output,))
        else:
            plain_number(output, self.transform)
        gradients = tuple(rebuilt(argument, lambda v: totals.get(v, 0.0)) for argument in self.arguments)
        return value, gradients if isinstance(self.argnums, (tuple, list)) else gradients[0]

    def gradient(self, output: Any) -> Any:
        """∂output/∂argument in the shape of the arguments."""
        return self.value_and_gradient(output)[1]
