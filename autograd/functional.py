"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, with JAX's meanings on plain floats and lists.

They nest to any order, also over variables of an outer call, and never touch the `grad` of a Value:

>>> grad(lambda w: grad(lambda x: w * x * x)(3.0))(2.0)
6.0
>>> grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0)
1.0

How: the arguments are replaced by fresh Values, the function is called, and the recorded graph is walked back. If the
result depends on Values from outside (an outer call's variables, a network's weights), it is a Value and can be
differentiated with respect to them; otherwise, and inside `no_grad`, it is made of plain floats.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import ops
from .errors import OperandError
from .graph import topological_order
from .modes import enable_grad, is_recording, modes
from .op import describe, plain_number
from .value import Value, adjoints

Argnums = int | Sequence[int]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes ∂f/∂argument.

    `argnums` says which argument (a tuple of positions gives a tuple of gradients). The gradient has the shape of
    the argument: a number, a (nested) list, tuple or dict of numbers, a NumPy array.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda p, q: p[0] * p[1] + q, argnums=(0, 1))([2.0, 5.0], 1.0)
    ([5.0, 2.0], 1.0)

    Raises OperandError if f does not give a single number.
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that computes f and its gradient in one go.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)

    Raises OperandError if f does not give a single number.
    """

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        tape = _Tape(f, argnums, args, kwargs)
        if not _is_number(tape.output):
            raise OperandError(f"grad needs a function that returns one number; it returned {describe(tape.output)}"
                               " (for several, use jacobian)", op="grad", operands=(tape.output,))
        return tape.value(tape.output), tape.gradient(tape.output)

    return both


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes ∂outputᵢ/∂argumentⱼ, in the shape of the output, each item in the shape of the argument.

    >>> jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([2.0, 5.0])
    [[5.0, 2.0], [1.0, 1.0]]

    Raises OperandError if f gives something that is no number.
    """

    def rows(*args: Any, **kwargs: Any) -> Any:
        tape = _Tape(f, argnums, args, kwargs)
        return _rows(tape.output, tape)

    return rows


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes the second derivatives ∂²f/∂argumentᵢ∂argumentⱼ: the jacobian of the gradient.

    >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]

    Raises OperandError if f does not give a single number.
    """
    return jacobian(grad(f, argnums), argnums)


def _rows(output: Any, tape: _Tape) -> Any:
    """The gradients of all numbers of an output, in its structure; those of an array as one array, as in JAX."""
    if isinstance(output, dict):
        return {key: _rows(item, tape) for key, item in output.items()}
    if isinstance(output, (list, tuple)):
        return type(output)(_rows(item, tape) for item in output)
    if not _is_structure(output):
        return tape.gradient(output)
    flat = [tape.gradient(item) for item in output.ravel().tolist()]
    if isinstance(tape.argnums, int):
        return _stacked(flat, output)
    return tuple(_stacked([row[k] for row in flat], output) for k in range(len(tape.arguments)))


def _stacked(flat: list[Any], output: Any) -> Any:
    """The gradients of an array's items as one array, if the argument was an array or a number; else a list."""
    numpy = sys.modules["numpy"]
    if any(isinstance(row, (list, tuple, dict)) for row in flat):
        return flat
    shape = output.shape + getattr(flat[0], "shape", ()) if flat else output.shape
    items = [item for row in flat for item in items_of(row)]
    result = numpy.empty(len(items), dtype=object)
    result[:] = items
    return (result if any(isinstance(item, Value) for item in items) else result.astype(float)).reshape(shape)


class _Tape:
    """One call of f on fresh Values, ready to be walked back."""

    def __init__(self, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        if not callable(f):
            raise OperandError(f"grad takes a function; it was given {describe(f)}", op="grad", operands=(f,))
        self.argnums = argnums
        self.keep_graph = is_recording()
        self.epoch = modes.begin_epoch()
        positions = tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)
        for position in positions:
            if type(position) is not int:
                raise OperandError(f"argnums is a position, or a tuple of them; it was given {argnums!r}", op="grad")
            if not -len(args) <= position < len(args):
                raise OperandError(f"argnums says argument {position}, but the function was called with {len(args)}"
                                   " positional arguments", op="grad")
        with enable_grad():
            inner = list(args)
            for position in positions:
                inner[position] = rebuilt(args[position], _variable)
            self.arguments = [inner[position] for position in positions]
            self.variables = {item for argument in self.arguments for item in items_of(argument)}
            self.output = f(*inner, **kwargs)

    def value(self, output: Any) -> Any:
        """The output as a number, or as a Value if it depends on Values from outside."""
        return output if not isinstance(output, Value) or self._is_open(self._order(output)) else output.data

    def gradient(self, output: Any) -> Any:
        """∂output/∂argument in the shape of the arguments."""
        totals: dict[Value, Any] = {}
        if isinstance(output, Value):
            order = self._order(output)
            wanted = set(self.variables)
            for node in order:
                if not wanted.isdisjoint(node.parents):
                    wanted.add(node)
            with enable_grad():
                totals = adjoints(order, 1.0, create_graph=self._is_open(order), wanted=wanted)
        else:
            plain_number(output, "grad")
        gradients = tuple(rebuilt(argument, lambda v: totals.get(v, 0.0)) for argument in self.arguments)
        return gradients[0] if isinstance(self.argnums, int) else gradients

    def _order(self, output: Value) -> list[Value]:
        return topological_order(output, stop=self.variables)

    def _is_open(self, order: Sequence[Value]) -> bool:
        """Whether Values from outside take part: leaves older than this call, or variables tied to such.

        Leaves made during the call, by f or by an inner call, are constants to it.
        """
        return self.keep_graph and any(
            node.epoch < self.epoch if node.op is None else node in self.variables for node in order
        )


def _variable(item: Any) -> Value:
    """A fresh Value for a number. For a Value a node of its own that depends on it, so that a use of the argument
    and a use of the outer variable stay apart."""
    return ops.positive(item) if isinstance(item, Value) else Value(item)


def _is_number(item: Any) -> bool:
    return isinstance(item, Value) or hasattr(type(item), "__float__") and getattr(item, "shape", ()) == ()


def _is_structure(item: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return isinstance(item, (list, tuple, dict)) or numpy is not None and isinstance(item, numpy.ndarray)


def items_of(structure: Any) -> Iterator[Any]:
    """The numbers in a nested structure, in order."""
    if isinstance(structure, dict):
        structure = structure.values()
    elif _is_structure(structure) and hasattr(structure, "ravel"):
        structure = structure.ravel().tolist()
    elif not isinstance(structure, (list, tuple)):
        yield structure
        return
    for item in structure:
        yield from items_of(item)


def rebuilt(structure: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure with every number changed."""
    if isinstance(structure, dict):
        return {key: rebuilt(item, change) for key, item in structure.items()}
    if hasattr(structure, "ravel") and _is_structure(structure):
        return _rebuilt_array(structure, change)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(rebuilt(item, change) for item in structure))
    if isinstance(structure, (list, tuple)):
        return type(structure)(rebuilt(item, change) for item in structure)
    return change(structure)


def _rebuilt_array(array: Any, change: Callable[[Any], Any]) -> Any:
    numpy = sys.modules["numpy"]
    changed = numpy.empty(array.shape, dtype=object)
    for index, item in enumerate(array.ravel().tolist()):
        changed.flat[index] = change(item)
    has_nodes = any(isinstance(item, Value) for item in changed.ravel().tolist())
    return changed if has_nodes else changed.astype(float)
