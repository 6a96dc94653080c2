"""Value: a number that remembers how it was computed, and backpropagation through what it remembers.

This file is the engine's definition. Every `Value` made by an operation stores the operation, its operands and the
numbers they had. `backward` visits the graph from the output back and multiplies by one local derivative per edge:

    ∂L/∂parent += ∂L/∂node · ∂node/∂parent            (the chain rule, summed over all consumers of the parent)

The local derivatives themselves stand in the table, `ops.py`, and the loop in `sweep.py`. The package `generated` makes
a faster copy of these methods from the same table; the two are tested to be equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

from .anomalies import Watch, watch_backward, watch_forward
from .by_hand import ByHand, checked_children, operation_by_hand, shares_by_hand
from .errors import OperandError, StaleError
from .evaluation import numbers_at, recompute, warn_where_python_decided
from .graph import depending_on, topological_order
from .modes import BY_DEFINITION, here, is_recording, modes
from .node import Node, as_data
from .op import Op, describe, flatten, plain_number
from .ops import where
from .second_order import adjoints_as_graph
from .sweep import sweep

if TYPE_CHECKING:
    from typing_extensions import Self


class Value(Node):
    """A number in a graph, with its gradient: `Value(data, label="")`.

    `data` is the number, `grad` the derivative of the output of the last backward pass with respect to it (0.0 before
    any; in a leaf it accumulates over passes until `zero_grad`), `label` its name, `op` the operation that made it
    (None for a leaf) and `parents` the Values it was computed from, in order and with repeats. Plain numbers stay
    numbers: they are constants.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)

    A tuple, list or set in second place is the children of an operation written by hand, and then comes its sign, as
    in the micrograd lecture: `out = Value(t, (v,), "tanh")`, whose `_backward` is then assigned.

    Raises OperandError (a TypeError) if `data` is not a real number.
    """

    __slots__ = ()

    def __init__(
        self, data: float, _children: str | Iterable[Value] = "", _op: str = "", label: str = ""
    ) -> None:
        self._data = self._out = data if type(data) is float else as_data(data, "Value")
        self.op = self._grad = self._mark = None
        self._first = modes.epoch
        is_label = isinstance(_children, str)
        if not is_label or _op:
            self._make_by_hand(() if is_label else _children, _op)
        if is_label and _children:
            self.label = _children  # type: ignore[assignment]
        if type(label) is not str or label:
            self.label = label

    # Whether a subclass defines for itself what an operation or its number is; then the definition does all its work.
    _is_unusual = False

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if not {"__eq__", "__hash__"}.isdisjoint(vars(cls)):
            raise OperandError(f"{cls.__name__} defines == or hash, by which the nodes of a graph are told apart: "
                               "leave them as they are, and compare numbers, a.data == b.data", op=cls.__name__)
        cls._is_unusual = cls._is_unusual or not {"interpret", "data", "_remember"}.isdisjoint(vars(cls))

    # ------------------------------------------------------------ recording

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Self:
        """Apply `op`: compute the number, and remember the operation, the operands and their numbers."""
        if op.arity:
            numbers = tuple([x.data if isinstance(x, Value) else op.number(x, arguments) for x in arguments])
        else:
            numbers = op.numbers(arguments)
        node = object.__new__(cls)
        node._data = node._out = float(op.compute(numbers, arguments))
        node._grad = node._mark = node._second = None
        node._first = modes.epoch
        mode = here()
        node.op = op if mode is None or is_recording() else None
        node._remember(_with_plain_constants(op, arguments, numbers), numbers)
        if mode is BY_DEFINITION:
            watch_forward(node)
        return node

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values this one was computed from, in order, with repeats: `x*x` has two."""
        operands = self.arguments if self.op is None or self.op.arity else flatten(self.arguments)
        return tuple([operand for operand in operands if isinstance(operand, Value)])

    @property
    def _parent_numbers(self) -> tuple[float, ...]:
        pairs = zip(flatten(self.arguments), flatten(self.numbers), strict=True)
        return tuple(number for operand, number in pairs if isinstance(operand, Value))

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
        if isinstance(self.op, ByHand):
            shares = dict(shares_by_hand(self, 1.0))
            once = tuple(shares.pop(parent, 0.0) for parent in self.parents)
            return lambda: once
        op, out, numbers, arguments = self.op, self._out, self.numbers, self.arguments
        return lambda: tuple(local for _, local in local_derivatives(op, out, numbers, arguments))

    def _fresh_derivatives(
        self, wanted: Container[Value] | None = None, otherwise: Callable[[Value], Any] | None = None
    ) -> Iterator[tuple[Value, Any]]:
        """The local derivatives as nodes of a new graph: the rules are read on the Values themselves."""
        for node, number in zip((self, *flatten(self.arguments)), (self._out, *flatten(self.numbers)), strict=True):
            if isinstance(node, Value) and node._data != number and node._data == node._data:
                raise StaleError(
                    f"{describe(node)} changed after the forward pass ({number!r} → {node.data!r}), and "
                    "create_graph=True needs its old value; compute the output again, or call .forward() on it",
                    op=self.op.name if self.op else "", operands=(node,),
                )  # fmt: skip
        instead = partial(otherwise, self) if otherwise else None
        return local_derivatives(self.op, self, self.arguments, self.arguments, wanted, instead)

    # ------------------------------------------------------------ backpropagation

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Put ∂self/∂node · seed into the `grad` of every node this one depends on.

        Inner nodes hold the gradient of this pass only; those of leaves accumulate over passes (as in PyTorch), until
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
        totals = adjoints(order, _as_seed(seed), create_graph=create_graph)
        for node in order:
            total = totals.get(node, 0.0)
            if create_graph and not isinstance(total, Value):
                total = Value(total)
            is_first = node.op is not None or node._grad is None
            node._grad = total if is_first else node._grad + total

    @property
    def _backward(self) -> Callable[[], None]:
        """One step of the chain rule by hand: adds grad · local derivative to the `grad` of each parent. A function
        may be assigned, as the micrograd lecture does: it then does this step, in every backward pass."""
        step: Callable[[], None] = self.__dict__.get("_backward", self._step_back)
        return step

    @_backward.setter
    def _backward(self, step: Callable[[], None]) -> None:
        if self.op is not None and not isinstance(self.op, ByHand):
            self.op, self._first, self._x1 = operation_by_hand(self._op), (self.parents,), (self._parent_numbers,)
        self.__dict__["_backward"] = step

    def _step_back(self) -> None:
        if self.op is not None and not isinstance(self.op, ByHand):
            for parent, local in zip(self.parents, self.local_gradient(), strict=True):
                parent.grad += self.grad * local

    def zero_grad(self) -> None:
        """Forget the gradient of this node and of everything it was computed from."""
        for node in topological_order(self):
            node._grad = None

    def _gradients(self, variables: Collection[Value], since: int | None) -> tuple[bool, Mapping[Value, Any]]:
        """∂self/∂variable, for leaves or nodes taken as such; touches no `grad`.

        They are Values, and the first result is True, if leaves from outside take part: leaves that are older than the
        epoch `since`, or variables tied to such.
        """
        order = topological_order(self, stop=variables)
        is_open = since is not None and any(
            node.epoch < since if node.op is None else node in variables for node in order
        )
        wanted = depending_on(variables, order)
        inner = [node for node in order if node not in variables]  # those that hand on what they receive
        return is_open, adjoints(inner, 1.0, create_graph=is_open, wanted=wanted) if inner else {self: 1.0}

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
        warn_where_python_decided(order, "forward")
        results = recompute(order, {})
        for node in order:
            if node.op is not None:
                node._data = node._out = results[node]
                node._remember(node.arguments, numbers_at(node.arguments, results))
                watch_forward(node)
        return self.data

    def _value_at(self, held: Mapping[Value, float]) -> float:
        """The number of this node with some nodes held at numbers of their own."""
        order = topological_order(self, stop=held)
        warn_where_python_decided(order, "evaluate")
        return recompute(order, held)[self]

    # ------------------------------------------------------------ made by hand

    def _make_by_hand(self, children: Any, sign: Any) -> None:
        """Become a node whose operation is written by hand; a leaf with a sign, if there are no children."""
        if not isinstance(sign, str):
            raise OperandError(f"the sign of an operation is text; it was given {describe(sign)}", op="Value")
        children = checked_children(children)
        if children and is_recording():
            self.op = operation_by_hand(sign)
            self._second = None
            self._remember((children,), (tuple(child.data for child in children),))
            watch_forward(self)
        elif sign:
            self._sign = sign


_PLAIN = (float, int)


def _with_plain_constants(op: Op, arguments: tuple[Any, ...], numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with every constant as the plain number it was read as, np.float64(3) → 3.0; but a bool as the
    condition of `where` stays: it tells that Python decided."""
    for argument in arguments:
        if not isinstance(argument, Value) and type(argument) not in _PLAIN:
            break
    else:
        return arguments
    plain = [
        argument if isinstance(argument, Value)
        else _with_plain_constants(op, argument, number) if type(argument) is tuple else number
        for argument, number in zip(arguments, numbers, strict=True)
    ]  # fmt: skip
    if op is where and is_bool(arguments[0]):
        plain[0] = bool(arguments[0])
    return tuple(plain)


def is_bool(operand: Any) -> bool:
    """Whether an operand is True or False, Python's or NumPy's."""
    return isinstance(operand, bool) or getattr(getattr(operand, "dtype", None), "kind", "") == "b"  # NumPy's


def _as_seed(seed: Any) -> float:
    number = plain_number(seed, "backward", "a number as its seed")
    if number != number:
        raise OperandError("backward was given NaN as its seed: every gradient would be NaN", op="backward")
    return number


# ---------------------------------------------------------------- the chain rule


def local_derivatives(
    op: Op | None,
    out: Any,
    operands: tuple[Any, ...],
    arguments: tuple[Any, ...],
    wanted: Container[Value] | None = None,
    otherwise: Callable[[], Any] | None = None,
) -> Iterator[tuple[Value, Any]]:
    """Each Value among `arguments` with ∂out/∂it: the table's rules, read on `operands` (numbers or nodes).

    With `wanted` only those are computed. Where one does not exist it is `otherwise()`; without that, a SlopeError.
    """
    if op is None:
        return
    for index, argument in enumerate(arguments):
        if isinstance(argument, Value):
            if wanted is None or argument in wanted:
                yield argument, op.partial(index, out, operands, arguments, otherwise)
        elif type(argument) is tuple:
            asked = [isinstance(item, Value) and (wanted is None or item in wanted) for item in argument]
            if any(asked):
                local = op.partial(index, out, operands, arguments, otherwise)
                each = local if isinstance(local, Sequence) else (local,) * len(argument)
                yield from compress(zip(argument, each, strict=True), asked)


def adjoints(
    order: Sequence[Value], seed: Any, *, create_graph: bool = False, wanted: Container[Value] | None = None
) -> dict[Value, Any]:
    """∂output/∂node · seed for every node of a topological order that ends with the output.

    Touches no `grad`. With `create_graph` the adjoints are Values (or plain numbers where they are constant); with
    `wanted` only those nodes get one, and no slope is computed that none of them needs. The branch that `where` did
    not take gets none.
    """
    watch: Watch | None = watch_backward(order)
    if create_graph:
        totals = adjoints_as_graph(order, seed, wanted, watch)
    else:
        totals = sweep(order, seed, partial(_shares, wanted, watch))
    if watch:
        watch.check_leaves(totals)
    return totals


def _shares(
    wanted: Container[Value] | None, watch: Watch | None, node: Value, upstream: float
) -> Iterable[tuple[Value, float]]:
    """What a node hands on to its parents: upstream · local derivative."""
    op = node.op
    if op is None:
        return ()
    if isinstance(op, ByHand):
        shares = shares_by_hand(node, upstream)
        return watch.checked_shares(node, shares) if watch else shares
    locals_ = local_derivatives(op, node._out, node.numbers, node.arguments, wanted)
    if watch:
        locals_ = watch.checked(node, upstream, locals_)
    return shares_of(op, upstream, locals_)


def shares_of(
    op: Op, upstream: float, locals_: Iterable[tuple[Value, float]]
) -> Iterable[tuple[Value, float]]:
    """upstream · local derivative; nothing for an operand that an operation like `where` did not choose."""
    if op.chooses:
        return [(parent, upstream * local) for parent, local in locals_ if local != 0]
    return [(parent, upstream * local) for parent, local in locals_]
