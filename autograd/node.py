"""What a Value has apart from derivatives: its slots, its label, how it compares, prints and is copied.

`Value` in `value.py` adds how operations are recorded and gradients flow back.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from .by_hand import ByHand
from .conversions import refusal
from .errors import OperandError
from .graph import topological_order
from .modes import modes
from .op import Op, describe, is_array, mapped, number_of, plain_number
from .operators import Operators
from .pickling import InOrder, is_being_written_in_order

if TYPE_CHECKING:
    from typing_extensions import Self

N = TypeVar("N", bound="Node")


class Node(Operators):
    """A number with a label, an operation and operands, in few bytes."""

    # One or two operands live in slots of their own rather than in a tuple: fewer objects for the garbage collector.
    # Label, source line and whatever users hang on a node (`p.momentum = 0.0`) live in `__dict__`, which takes no room
    # until it is used.
    __slots__ = (
        "_data", "op", "_grad", "__dict__", "__weakref__",
        "_first", "_second", "_x1", "_x2", "_out", "_mark",
    )  # fmt: skip

    _data: float  # the number
    op: Op | None  # the operation that made it; None for a leaf
    _grad: Any  # its gradient, or None
    _first: Any  # the first operand, or all of them where their number is open; in a leaf, when it was made
    _second: Any  # the second operand
    _x1: Any  # the operands' numbers at the time of the forward pass
    _x2: Any
    _out: float  # the number that the forward pass gave
    _mark: Any  # the pass that visited the node last
    _label: str
    _source: str
    _sign: str

    @property
    def data(self) -> float:
        """The number. It may be set, as in `p.data -= 0.1 * p.grad`; what was computed from it keeps the old one."""
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        self._data = number if type(number) is float else as_data(number, "data")

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

    @property
    def label(self) -> str:
        """The name of the node, written in the grammar of `notation.py`; empty if it has none."""
        # Not by `__getattr__`, which makes every attribute of a class several times slower to read, up to Python 3.11.
        try:
            return self._label
        except AttributeError:
            return ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise OperandError(f"a label is text; it was given {describe(label)}", op="label", operands=(label,))
        self._label = label

    def named(self, label: str) -> Self:
        """Set the label and return the node: `h = sigmoid(a).named("h_1")`."""
        self.label = label
        return self

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

    # ------------------------------------------------------------ operands

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the operation was given: Values and constants; a list of operands is a tuple within it."""
        op = self.op
        if op is None:
            return ()
        arity = op.arity
        return (self._first, self._second) if arity == 2 else (self._first,) if arity == 1 else self._first

    @property
    def numbers(self) -> tuple[Any, ...]:
        """The numbers of `arguments` at the time of the forward pass; later changes of a leaf do not show here."""
        op = self.op
        if op is None:
            return ()
        arity = op.arity
        return (self._x1, self._x2) if arity == 2 else (self._x1,) if arity == 1 else self._x1

    def _remember(self, arguments: tuple[Any, ...], numbers: tuple[Any, ...]) -> None:
        """Keep the operands and their numbers, each in its slot."""
        arity = self.op.arity if self.op else 0
        if arity == 2:
            (self._first, self._second), (self._x1, self._x2) = arguments, numbers
        elif arity == 1:
            (self._first,), (self._x1,) = arguments, numbers
        elif self.op is not None:
            self._first, self._x1 = arguments, numbers

    @property
    def epoch(self) -> int:
        """For a leaf: how many calls of grad, jacobian, … had begun when it was made."""
        return self._first if self.op is None else 0  # the slot is free in a leaf

    # ------------------------------------------------------------ used as a number

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        gradient = f", grad={self._grad!r}" if self._grad is not None else ""
        return f"{type(self).__name__}({self.data!r}{label}{gradient})"

    def __format__(self, specification: str) -> str:
        return format(self.data, specification)

    def __bool__(self) -> bool:
        return self.data != 0

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

    # ------------------------------------------------------------ copies, which keep the identity of nodes

    def __copy__(self) -> Self:
        twin: Self = restored(None, *self._parts(self.arguments))
        hang_on(twin, attributes_of(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        for node in topological_order(self):
            if id(node) not in memo:
                arguments = mapped(lambda item: memo[id(item)], node.arguments)
                memo[id(node)] = twin = restored(None, *node._parts(arguments))
                hang_on(twin, copied_attributes(attributes_of(node), memo))
        copied: Self = memo[id(self)]
        return copied

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # The ancestors are written before the node, in topological order: pickle never recurses into a deep graph.
        is_leaf = self.op is None
        ancestors = None if is_leaf or is_being_written_in_order(self) else InOrder(topological_order(self)[:-1])
        return restored, (ancestors, *self._parts(self.arguments)), _pickled(attributes_of(self), self)

    def _parts(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """What a copy is made of. A gradient recorded as a graph (create_graph=True) is kept as its number."""
        if isinstance(self.op, ByHand):
            self.op.refuse()  # its `_backward` would go on adding to the gradients of the original
        gradient = None if self._grad is None else float(number_of(self._grad))
        return type(self), self.op, arguments, self.numbers, self._out, self._data, gradient

    # ------------------------------------------------------------ the names of the micrograd lecture

    @property
    def _prev(self) -> set[Any]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        if self.op is None:
            return getattr(self, "_sign", "")
        if isinstance(self.op, ByHand):
            return self.op.notation.text
        sign = self.op.notation.python or self.op.name
        return f"{sign}{self.arguments[1]}" if sign == "**" and not isinstance(self.arguments[1], Node) else sign

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes this one was computed from, in order, with repeats."""
        raise NotImplementedError


def as_data(number: Any, reader: str) -> float:
    """`number` as a float. Raises OperandError for anything else; of a Value it says to use its .data."""
    if isinstance(number, Node):
        given = describe(number)
        raise OperandError(f"{reader} takes a number; it was given the Value {given}: use its .data", op=reader)
    return plain_number(number, reader, "numbers")


@lru_cache(1024)
def _slots(kind: Any) -> tuple[str, ...]:
    """The slots that subclasses of Value have added."""
    own = (base for base in kind.__mro__ if issubclass(base, Node) and base is not Node)
    found = [slot for base in own for slot in _listed(vars(base).get("__slots__", ()))]
    return tuple(slot for slot in found if slot not in ("__dict__", "__weakref__"))


def _slots_of(node: Node) -> tuple[str, ...]:
    kind: Any = type(node)
    return _slots(kind)


def _listed(slots: Any) -> Any:
    return (slots,) if isinstance(slots, str) else slots


def attributes_of(node: Node) -> dict[str, Any]:
    """What hangs on a node: in its `__dict__`, and in the slots of a subclass."""
    slots = _slots_of(node)
    if not slots:
        return node.__dict__
    return {**node.__dict__, **{slot: getattr(node, slot) for slot in slots if hasattr(node, slot)}}


def hang_on(node: Node, attributes: dict[str, Any]) -> None:
    """Give a node these attributes."""
    slots = _slots_of(node)
    for name, item in attributes.items():
        if name in slots:
            setattr(node, name, item)
        else:
            node.__dict__[name] = item


def _pickled(attributes: dict[str, Any], node: Node) -> Any:
    """As pickle takes it: what belongs into `__dict__`, and what into slots."""
    slots = {name: item for name, item in attributes.items() if name in _slots_of(node)}
    return (node.__dict__ or None, slots) if slots else attributes or None


def copied_attributes(attributes: dict[str, Any], memo: dict[int, Any]) -> dict[str, Any]:
    """Deep copies of what hangs on a node."""
    if {str}.issuperset(map(type, attributes.values())):  # a label, as most nodes have nothing else
        return attributes
    from copy import deepcopy  # takes as long to import as a third of this package

    return {name: item if type(item) is str else deepcopy(item, memo) for name, item in attributes.items()}


def _comparable(other: Any, beside: Node) -> float | None:
    """The number that a Value is compared with; None for an array, which compares each of its items itself."""
    if isinstance(other, Node):
        return other.data
    if type(other) is float:
        return other
    return None if is_array(other) else plain_number(other, "comparison", beside=(beside,))


def restored(
    ancestors: Any,
    kind: type[N],
    op: Op | None,
    arguments: tuple[Any, ...],
    numbers: tuple[Any, ...],
    out: float,
    data: float,
    gradient: float | None,
) -> N:
    """A node made of its parts; `ancestors` are not used, but pickle writes them first because they stand here."""
    node = object.__new__(kind)
    node.op, node._data, node._out, node._grad = op, data, out, gradient
    node._mark = node._second = None
    node._first = modes.epoch
    node._remember(arguments, numbers)
    return node
