"""Value: a number that remembers how it was computed, and backpropagation through what it remembers.

This file is the engine's definition. Every `Value` made by an operation stores the operation, its operands and the
numbers they had. `backward` visits the graph from the output back and multiplies by one local derivative per edge:

    ∂L/∂parent += ∂L/∂node · ∂node/∂parent            (the chain rule, summed over all consumers of the parent)

The local derivatives themselves stand in the table, `ops.py`. The package `generated` makes a faster copy of these
methods from the same table; the two are tested to be equal.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from .anomalies import Watch, watch_backward, watch_forward
from .conversions import refusal
from .errors import OperandError, StaleError
from .evaluation import numbers_at, recompute
from .graph import topological_order
from .modes import is_recording, modes
from .op import Op, describe, flatten, is_array, mapped, plain_number
from .operators import Operators
from .pickling import InOrder, is_being_written_in_order


class Value(Operators):
    """A number in a graph, with its gradient.

    `data` is the number, `grad` the derivative of the output of the last backward pass with respect to it (0.0 before
    any; a leaf adds up over passes until `zero_grad`), `label` its name, `op` the operation that made it (None for a
    leaf) and `parents` the Values it was computed from, in order and with repeats. Plain numbers stay numbers: they
    are constants.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)

    Raises OperandError (a TypeError) if `data` is not a real number.
    """

    # One or two operands live in slots of their own rather than in a tuple: fewer objects for the garbage collector.
    # A label or source that is not there is not stored; properties say so rather than __getattr__, which makes every
    # attribute of a class several times slower to read, up to Python 3.11.
    __slots__ = (  # what all nodes have, then what some have
        "_data", "op", "_grad", "_label", "_source", "__weakref__",
        "_first", "_second", "_x1", "_x2", "_out", "_mark",
    )  # fmt: skip

    _data: float
    op: Op | None
    _grad: Any
    _first: Any
    _label: str
    _mark: Any
    _second: Any
    _source: str

    def __init__(self, data: float, label: str = "") -> None:
        self._data = self._out = _as_data(data, "Value")
        self.op = self._grad = self._mark = None
        self._first = modes.epoch
        if type(label) is not str or label:
            self.label = label

    @property
    def data(self) -> float:
        """The number. It may be set, as in `p.data -= 0.1 * p.grad`; what was computed from it keeps the old one."""
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        self._data = number if type(number) is float else _as_data(number, "data")

    @property
    def label(self) -> str:
        """The name of the node, written in the grammar of `notation.py`; empty if it has none."""
        try:
            return self._label
        except AttributeError:
            return ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise OperandError(f"a label is text; it was given {describe(label)}", op="label", operands=(label,))
        self._label = label

    @property
    def source(self) -> str:
        """The line that made the node, "file:line"; known for what is made inside `anomaly`."""
        try:
            return self._source
        except AttributeError:
            return ""

    @source.setter
    def source(self, line: str) -> None:
        self._source = line

    # ------------------------------------------------------------ recording

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Value:
        """Apply `op`: compute the number, and remember the operation, the operands and their numbers."""
        numbers = op.numbers(arguments)
        arguments = _constants_as_numbers(arguments, numbers)
        node = cls.__new__(cls)
        node.data = float(op.compute(numbers, arguments))
        node._grad = node._mark = node._second = None
        node.op = op if is_recording() else None
        node._first = modes.epoch
        node._remember(arguments, numbers)
        watch_forward(node)
        return node

    def _remember(self, arguments: tuple[Any, ...], numbers: tuple[Any, ...]) -> None:
        self._out = self.data
        if self.op is None:
            return
        if self.op.arity == 1:
            (self._first,), (self._x1,) = arguments, numbers
        elif self.op.arity == 2:
            (self._first, self._second), (self._x1, self._x2) = arguments, numbers
        else:
            self._first, self._x1 = arguments, numbers

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the operation was given: Values and constants; a list of operands is a tuple within it."""
        arity = self.op.arity if self.op else 0
        if arity == 1:
            return (self._first,)
        if arity == 2:
            return (self._first, self._second)
        return self._first if self.op else ()

    @property
    def numbers(self) -> tuple[Any, ...]:
        """The numbers of `arguments` at the time of the forward pass; later changes of a leaf do not show here."""
        arity = self.op.arity if self.op else 0
        if arity == 1:
            return (self._x1,)
        if arity == 2:
            return (self._x1, self._x2)
        return self._x1 if self.op else ()

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values this one was computed from, in order, with repeats: `x*x` has two."""
        return tuple(operand for operand in flatten(self.arguments) if isinstance(operand, Value))

    @property
    def epoch(self) -> int:
        """For a leaf: how many calls of grad, jacobian, … had begun when it was made."""
        return self._first if self.op is None else 0  # the slot is free in a leaf

    # ------------------------------------------------------------ local derivatives

    @property
    def local_gradient(self) -> Callable[[], tuple[float, ...]]:
        """A closure that gives ∂self/∂parent for each of `parents`, at the numbers of the forward pass.

        It holds numbers and the operation's rules, never this node: a graph has no reference cycles.

        >>> x, w = Value(2.0), Value(5.0)
        >>> (x * w).local_gradient()
        (5.0, 2.0)

        Calling it raises SlopeError where a local derivative does not exist or is infinite.
        """
        op, out, numbers, arguments = self.op, self._out, self.numbers, self.arguments
        return lambda: tuple(local for _, local in local_derivatives(op, out, numbers, arguments))

    def _fresh_derivatives(self) -> Iterator[tuple[Value, Any]]:
        """The local derivatives as nodes of a new graph: the rules are read on the Values themselves."""
        recorded = zip((self, *flatten(self.arguments)), (self._out, *flatten(self.numbers)), strict=True)
        for node, number in recorded:
            if isinstance(node, Value) and node.data != number and node.data == node.data:
                raise StaleError(
                    f"{describe(node)} changed after the forward pass ({number!r} → {node.data!r}), and "
                    "create_graph=True needs its old value; compute the output again, or call .forward() on it",
                    op=self.op.name if self.op else "", operands=(node,),
                )  # fmt: skip
        return local_derivatives(self.op, self, self.arguments, self.arguments)

    # ------------------------------------------------------------ backpropagation

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Put ∂self/∂node · seed into the `grad` of every node this one depends on.

        Inner nodes hold the gradient of this pass only; leaves add up over passes (as in PyTorch), until
        `zero_grad()`. With `create_graph` the gradients are Values themselves, which can be differentiated again.

        >>> x = Value(3.0)
        >>> y = x * x * 2
        >>> y.backward(); x.grad
        12.0
        >>> y.backward(); x.grad
        24.0

        Raises SlopeError where a local derivative is infinite (no gradient is changed then), and with
        `create_graph` StaleError if a leaf was changed after the forward pass.
        """
        order = topological_order(self)
        totals = adjoints(order, plain_number(seed, "backward", "a number as its seed"), create_graph=create_graph)
        for node in order:
            total = totals.get(node, 0.0)
            if create_graph and not isinstance(total, Value):
                total = Value(total)
            node.grad = node.grad + total if node.op is None and node.has_grad else total

    @property
    def grad(self) -> Any:
        """∂output/∂self of the last backward pass; 0.0 before any (and `has_grad` is False)."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        self._grad = gradient

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass (or an assignment) gave this node a gradient since the last `zero_grad()`."""
        return self._grad is not None

    def _backward(self) -> None:
        """One step of the chain rule by hand: add grad · local derivative to the `grad` of each parent."""
        if self.op is not None:
            for parent, local in zip(self.parents, self.local_gradient(), strict=True):
                parent.grad += self.grad * local

    def zero_grad(self) -> None:
        """Forget the gradient of this node and of everything it was computed from."""
        for node in topological_order(self):
            if node.has_grad:
                del node.grad

    # ------------------------------------------------------------ other points

    def forward(self) -> float:
        """Compute the whole graph again from the leaves' present data, in place; returns the new `data`.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 4.0
        >>> y.forward()
        16.0
        """
        order = topological_order(self)
        results = recompute(order, {})
        for node in order:
            if node.op is not None:
                node.data = results[node]
                node._remember(node.arguments, numbers_at(node.arguments, results))
                watch_forward(node)
        return self.data

    # ------------------------------------------------------------ being a number, and not being one

    def named(self, label: str) -> Value:
        """Set the label and return the node: `h = sigmoid(a).named("h_1")`."""
        self.label = label
        return self

    def __repr__(self) -> str:
        return f"Value({self.data!r}, label={self.label!r})" if self.label else f"Value({self.data!r})"

    def __format__(self, specification: str) -> str:
        return format(self.data, specification)

    def __float__(self) -> float:
        raise refusal(self, "float")

    def __int__(self) -> int:
        raise refusal(self, "int")

    def __index__(self) -> int:
        raise refusal(self, "index")

    def __round__(self, digits: int | None = None) -> float:
        raise refusal(self, "round")

    def __trunc__(self) -> int:
        raise refusal(self, "trunc")

    def __lt__(self, other: Any) -> Any:
        number = _comparable(other, self)
        return NotImplemented if number is None else self.data < number

    def __le__(self, other: Any) -> Any:
        number = _comparable(other, self)
        return NotImplemented if number is None else self.data <= number

    def __gt__(self, other: Any) -> Any:
        number = _comparable(other, self)
        return NotImplemented if number is None else self.data > number

    def __ge__(self, other: Any) -> Any:
        number = _comparable(other, self)
        return NotImplemented if number is None else self.data >= number

    # ------------------------------------------------------------ copies, which keep who is who

    def __copy__(self) -> Value:
        return _restore(type(self), None, self.op, self.arguments, self.numbers, self._out, self._state())

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        for node in topological_order(self):
            if id(node) not in memo:
                arguments = mapped(lambda operand: memo[id(operand)], node.arguments)
                memo[id(node)] = _restore(
                    type(node), None, node.op, arguments, node.numbers, node._out, node._state()
                )
        copied: Value = memo[id(self)]
        return copied

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # The ancestors are written before the node, in topological order: pickle never recurses into a deep graph.
        is_leaf = self.op is None
        ancestors = None if is_leaf or is_being_written_in_order(self) else InOrder(topological_order(self)[:-1])
        return _restore, (type(self), ancestors, self.op, self.arguments, self.numbers, self._out, self._state())

    def _state(self) -> tuple[float, str, float | None]:
        # A gradient recorded as a graph (create_graph=True) is kept as its number.
        return self.data, self.label, _number(self.grad) if self.has_grad else None

    # ------------------------------------------------------------ the names of the micrograd lecture

    @property
    def _prev(self) -> set[Value]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        if self.op is None:
            return ""
        sign = self.op.notation.python or self.op.name
        return f"{sign}{self.arguments[1]}" if sign == "**" and not isinstance(self.arguments[1], Value) else sign


def _as_data(number: Any, reader: str) -> float:
    if isinstance(number, Value):
        given = describe(number)
        raise OperandError(f"{reader} takes a number; it was given the Value {given}: use its .data", op=reader)
    return plain_number(number, reader, "numbers")


def _number(operand: Any) -> float:
    return plain_number(operand, "comparison") if not isinstance(operand, Value) else operand.data


def _comparable(other: Any, beside: Value) -> float | None:
    """The number that a Value is compared with; None for an array, which compares each of its items itself."""
    if isinstance(other, Value):
        return other.data
    if type(other) is float:
        return other
    return None if is_array(other) else plain_number(other, "comparison", beside=(beside,))


def _constants_as_numbers(arguments: tuple[Any, ...], numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with every constant as the plain number it was read as: np.float64(3) → 3.0."""
    return tuple(
        _constants_as_numbers(argument, number) if isinstance(argument, tuple)
        else argument if isinstance(argument, Value) else number
        for argument, number in zip(arguments, numbers, strict=True)
    )  # fmt: skip


# ---------------------------------------------------------------- the chain rule


def local_derivatives(
    op: Op | None, out: Any, operands: tuple[Any, ...], arguments: tuple[Any, ...]
) -> Iterator[tuple[Value, Any]]:
    """Each Value among `arguments` with ∂out/∂it: the table's rules, read on `operands` (numbers or nodes)."""
    if op is None:
        return
    for index, argument in enumerate(arguments):
        if isinstance(argument, Value):
            yield argument, op.partial(index, out, operands, arguments)
        elif isinstance(argument, tuple) and any(isinstance(item, Value) for item in argument):
            for item, local in zip(argument, op.partial(index, out, operands, arguments), strict=True):
                if isinstance(item, Value):
                    yield item, local


def adjoints(
    order: Sequence[Value], seed: Any, *, create_graph: bool = False, wanted: Container[Value] | None = None
) -> dict[Value, Any]:
    """∂output/∂node · seed for every node of a topological order that ends with the output.

    Touches no `grad`. With `create_graph` the adjoints are Values (or plain numbers where they are constant); with
    `wanted` only those nodes get one.
    """
    watch: Watch | None = watch_backward(order)
    totals: dict[Value, Any] = {order[-1]: seed}
    for node in reversed(order):
        if node.op is None or node not in totals:
            continue
        upstream = totals[node]
        if create_graph:
            locals_ = node._fresh_derivatives()
        else:
            locals_ = local_derivatives(node.op, node._out, node.numbers, node.arguments)
        if watch:
            locals_ = watch.checked(node, upstream, locals_)
        for parent, local in locals_:
            if wanted is not None and parent not in wanted:
                continue
            share = _times(upstream, local) if create_graph else upstream * local
            totals[parent] = totals[parent] + share if parent in totals else share
    if watch:
        watch.check_leaves(totals)
    return totals


def _times(upstream: Any, local: Any) -> Any:
    """upstream · local, without a node for a factor 1 or 0."""
    if not isinstance(local, Value):
        return upstream if local == 1 else 0.0 if local == 0 else upstream * local
    return local if not isinstance(upstream, Value) and upstream == 1 else upstream * local


# ---------------------------------------------------------------- copies and pickles


def _restore(
    kind: type[Value],
    ancestors: Any,
    op: Op | None,
    arguments: tuple[Any, ...],
    numbers: tuple[Any, ...],
    out: Any,
    state: Any,
) -> Value:
    node = kind.__new__(kind)
    node.op = op
    node._grad = node._mark = node._second = None
    node._first = modes.epoch
    node.data, label, grad = state
    node._remember(arguments, numbers)
    node._out = out
    if label:
        node.label = label
    if grad is not None:
        node.grad = grad
    return node
