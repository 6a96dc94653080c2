"""What an operation is, and how a call finds out what to do with its operands.

An `Op` is one entry of the table in `ops.py`: a line of mathematics. The same entry is read for different kinds
of operand:

- plain numbers: `exp(0.5)` computes a number;
- anything that has an `interpret` method (`Value` records a node, `Symbol` an expression): the class of the first
  such operand says what the call means. New kinds of operand need no change here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, overload

from .errors import (
    AutogradError,
    DivisionByZeroError,
    DomainError,
    OperandError,
    RangeError,
    ShapeError,
    SlopeError,
)
from .operands import check_choice as check_choice
from .operands import describe as describe
from .operands import flatten as flatten
from .operands import is_array as is_array
from .operands import is_node as is_node
from .operands import is_value as is_value
from .operands import mapped as mapped
from .operands import number_of as number_of
from .operands import one_line
from .operands import plain_number as plain_number
from .operands import tell as tell

if TYPE_CHECKING:
    from .value import Value

    Operand: TypeAlias = Value | float

# What arithmetic on floats raises when a number is outside the domain of a function, or too large.
ARITHMETIC_ERRORS = (ValueError, ArithmeticError)


class Domain(NamedTuple):
    """The interval of numbers an operand may have: bounds excluded unless `closed`, the point `hole` left out."""

    words: str
    low: float = -math.inf
    high: float = math.inf
    closed: bool = False
    hole: float | None = None
    divides: bool = False  # 0 outside of the domain is a division by zero

    def __contains__(self, number: float) -> bool:  # type: ignore[override]
        if math.isnan(number):
            return True
        if self.closed and number in (self.low, self.high):
            return True
        return self.low < number < self.high and number != self.hole


REAL = Domain("a finite number")
POSITIVE = Domain("a positive number", low=0.0)
NOT_NEGATIVE = Domain("a number that is not negative", low=0.0, closed=True)
NOT_ZERO = Domain("a number other than 0", hole=0.0, divides=True)
ABOVE_MINUS_ONE = Domain("a number greater than -1", low=-1.0)
MINUS_ONE_TO_ONE = Domain("a number from -1 to 1", low=-1.0, high=1.0, closed=True)


class Notation(NamedTuple):
    """How an operation is written: `shape` says where its sign stands, `text`, `latex` and `python` what
    the sign is (no `python`: a function of the operation's name).

    Shapes: "function" f(x), "infix" a + b, "prefix" −a, "fraction", "power", "root", "bars" |x|, "cases",
    "dot" Σ wᵢxᵢ + b, "sum".
    """

    shape: str = "function"
    text: str = ""
    latex: str = ""
    python: str = ""


class Op:
    """One operation: forward function, one local partial derivative for each operand, domain and notation.

    `forward(*numbers)` computes; `partials[i](y, *operands)` is ∂y/∂operandᵢ in the library's own operators, output
    first. `signature` names the operands: `"x"`, `"base exponent"`, `"x slope=0.01"` (a default), and with a star
    the operands that are lists: `"weights* inputs* bias=0"` (their partials are lists too). `analytic` is the forward
    function for complex numbers, where there is one: gradcheck takes the complex step with it. An operation that
    `chooses` gives one of its operands, or none: where a slope is 0 that operand takes no part, and nothing flows back
    to it, not even 0 · ∞.

    >>> from autograd import exp, Value
    >>> exp(0.0)
    1.0
    >>> exp(Value(0.0))
    Value(1.0)
    """

    def __init__(
        self,
        name: str,
        signature: str,
        *,
        forward: Callable[..., float],
        partials: Sequence[Callable[..., Any]],
        domain: Sequence[Domain] = (),
        notation: Notation | None = None,
        analytic: Callable[..., Any] | None = None,
        chooses: bool = False,
    ) -> None:
        words = [word.partition("=") for word in signature.split()]
        self.name = name
        self.operand_names = tuple(word.rstrip("*") for word, _, _ in words)
        self.is_list = tuple(word.endswith("*") for word, _, _ in words)
        self.defaults = tuple(float(default) for _, sign, default in words if sign)
        # The number of operands, or None with operands that are lists.
        self.arity = None if any(self.is_list) else len(self.is_list)
        self.forward = forward
        self.partials = tuple(partials)
        self.domain = tuple(domain) or (REAL,) * len(words)
        self.notation = notation or Notation(text=name, latex=rf"\operatorname{{{name}}}")
        self.analytic = analytic
        self.chooses = chooses
        # Set by the generated engine: the quick ways to record a node, to pull a gradient through one, and to compute
        # one at other numbers.
        self.record: Callable[..., Any] | None = None
        self.pull: Callable[[Any, float], None] | None = None
        self.compute_again: Callable[[Any], float] | None = None
        self.__doc__ = self._description()

    def _description(self) -> str:
        """What `help(exp)` says."""
        named = [name + "[]" * many for name, many in zip(self.operand_names, self.is_list, strict=True)]
        named[len(named) - len(self.defaults) :] = [
            f"{name}={default:g}" for name, default in
            zip(named[len(named) - len(self.defaults) :], self.defaults, strict=True)
        ]  # fmt: skip
        needs = [f"{name} is {domain.words}" for name, domain in zip(self.operand_names, self.domain, strict=False)
                 if domain is not REAL]
        return (
            f"{self.name}({', '.join(named)}), an operation of the table in autograd/ops.py: numbers give a number,"
            " Values a Value that remembers how it was computed.\n\n"
            + (f"Raises DomainError unless {' and '.join(needs)}. " if needs else "")
            + "Raises OperandError for what is no number, RangeError where the result is too large for a float."
        )

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.operand_names)})>"

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.name,)

    # Numbers alone give a number, although they may stand beside Values, which give a Value: the first that fits holds.
    @overload
    def __call__(self, /, *operands: float | Sequence[float], **named: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, /, *operands: Operand | Sequence[Operand], **named: Operand) -> Value: ...
    @overload
    def __call__(self, /, *operands: Any, **named: Any) -> Any: ...

    def __call__(self, /, *operands: Any, **named: Any) -> Any:
        """Apply the operation: numbers give a number, Values a Value, symbols an expression, arrays an array."""
        if self.record is not None:
            node = self.record(*(self.bind(operands, named) if named else operands))
            if node is not None:
                return node
        arguments = operands if len(operands) == self.arity and not named else self.bind(operands, named)
        meaning = None
        for operand in arguments if self.arity else flatten(arguments):
            kind = type(operand)
            if kind is float:
                continue
            if hasattr(kind, "interpret"):
                meaning = meaning or kind.interpret
            elif is_array(operand):
                return self._over_arrays(arguments)
        return meaning(self, arguments) if meaning else self.compute(self.numbers(arguments), arguments)

    def bind(self, operands: Sequence[Any], named: dict[str, Any] | None = None) -> tuple[Any, ...]:
        """The arguments of a call: defaults filled in, lists made tuples, lengths checked."""
        names, count = self.operand_names, len(self.operand_names)
        filled = list(operands[:count])
        missing = names[len(filled) :]
        defaults = dict(zip(names[count - len(self.defaults) :], self.defaults, strict=True))
        given = dict(named or {})
        for name in missing:
            if name not in given and name not in defaults:
                break
            filled.append(given.pop(name) if name in given else defaults[name])
        if len(filled) != count or len(operands) > count or given:
            raise OperandError(f"{self.name} takes ({', '.join(names)}); it was given {len(operands)} operand(s)"
                               + (f" and {', '.join(named)}" if named else ""), op=self.name, operands=operands)
        arguments = tuple(
            self._listed(name, argument) if is_list else argument
            for name, is_list, argument in zip(names, self.is_list, filled, strict=True)
        )
        lengths = {name: len(a) for name, a, many in zip(names, arguments, self.is_list, strict=True) if many}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{n} {name}" for name, n in lengths.items())
            raise ShapeError(f"{self.name} needs lists of one length; it was given {told}", op=self.name)
        if 0 in lengths.values():
            raise ShapeError(f"{self.name} needs at least one of its {', '.join(lengths)}; the list is empty",
                             op=self.name)
        return arguments

    def _listed(self, name: str, argument: Any) -> tuple[Any, ...]:
        if isinstance(argument, (str, bytes, dict)) or not hasattr(type(argument), "__iter__"):
            raise OperandError(f"{self.name} takes a list of {name}; it was given {describe(argument)}",
                               op=self.name, operands=(argument,))
        try:
            items = iter(argument)
        except Exception as error:  # an array without axes, a class
            raise OperandError(f"{self.name} takes a list of {name}; it was given {describe(argument)}, which cannot be"
                               f" gone through ({one_line(str, error)})", op=self.name, operands=(argument,)) from None
        return tuple(items)

    def numbers(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The plain numbers of plain arguments; anything that is no number gets a clear error."""
        number = self.number
        if self.arity:
            return tuple([number(argument, arguments) for argument in arguments])
        return tuple(
            tuple([number(item, arguments) for item in argument]) if many else number(argument, arguments)
            for argument, many in zip(arguments, self.is_list, strict=True)
        )

    def number(self, operand: Any, beside: Sequence[Any] = ()) -> float:
        """`operand` as a plain number (its `data` if it has a node's), or an OperandError that says what it is."""
        if type(operand) is float:
            return operand
        if type(operand) is int:  # kept as it is, for x**2 is to show a 2, if a float can hold it
            plain_number(operand, self.name)
            return operand
        data = getattr(operand, "data", None) if is_node(operand) else None
        return plain_number(operand, self.name, beside=beside) if data is None else data

    def compute(self, numbers: Sequence[Any], arguments: Sequence[Any]) -> float:
        """The forward function at `numbers`; its errors speak of `arguments`, which carry the labels."""
        try:
            return self.forward(*numbers)
        except ARITHMETIC_ERRORS as error:
            raise self._explain(error, numbers, arguments) from None

    def partial(
        self, index: int, y: Any, numbers: Sequence[Any], arguments: Sequence[Any],
        otherwise: Callable[[], Any] | None = None,
    ) -> Any:  # fmt: skip
        """∂y/∂argumentᵢ at `numbers`; an infinite or missing slope is `otherwise()`, or an error that speaks of
        `arguments`."""
        try:
            return self.partials[index](y, *numbers)
        except OperandError as error:
            if not is_node(y):
                raise
            raise OperandError(
                f"the rule of {self.name} for its {self.operand_names[index]} cannot be read on a {type(y).__name__}"
                f" ({error}); write it with the operators and functions of autograd (cos, not math.cos)",
                op=self.name, operands=arguments,
            ) from error
        except ARITHMETIC_ERRORS:
            if otherwise:
                return otherwise()
            at = " and ".join(tell(argument, number) for argument, number in
                              list(zip(flatten(arguments), flatten(numbers), strict=True))[:3])
            name = self.operand_names[index]
            raise SlopeError(
                f"the derivative of {self.name} with respect to its {name} is infinite or does not exist where {at}; "
                f"keep away from that point, or give the {name} as a plain number, which is not differentiated",
                op=self.name, operands=arguments,
            ) from None

    def _explain(self, error: Exception, numbers: Sequence[Any], arguments: Sequence[Any]) -> AutogradError:
        pairs = list(zip(flatten(arguments), flatten(numbers), strict=True))
        at = " and ".join(tell(argument, number) for argument, number in pairs[:3])
        if isinstance(error, OverflowError):
            return RangeError(f"{self.name} overflows: {at}, and the result is beyond the largest float (1.8e308)",
                              op=self.name, operands=arguments)
        if self.arity is not None:
            for (_, number), domain in zip(pairs, self.domain, strict=True):
                if number not in domain:
                    kind = DivisionByZeroError if number == 0 and domain.divides else DomainError
                    return kind(f"{self.name} needs {domain.words}; {at}", op=self.name, operands=arguments)
        return DomainError(f"{self.name} has no value here: {at} ({error})", op=self.name, operands=arguments)

    def _over_arrays(self, arguments: Sequence[Any]) -> Any:
        if self.arity is None:
            raise OperandError(f"{self.name} takes lists of numbers and Values; it was given an array of arrays",
                               op=self.name, operands=arguments)
        numpy = sys.modules["numpy"]
        for operand in arguments:
            if not isinstance(operand, (numpy.ndarray, list, tuple)):
                self.number(operand, arguments)
        try:
            result = numpy.frompyfunc(self, len(arguments), 1)(*arguments)
        except AutogradError:
            raise
        except ValueError as error:
            raise ShapeError(f"{self.name}: {error}", op=self.name, operands=arguments) from None
        plain = all(getattr(argument, "dtype", None) != numpy.dtype(object) for argument in arguments)
        has_nodes = any(map(is_node, arguments))
        return result.astype(float) if plain and not has_nodes else result


TABLE: dict[str, Op] = {}
_observers: list[Callable[[Op], None]] = []


def op(name: str, signature: str = "x", **fields: Any) -> Op:
    """Make an operation and enter it into the table."""
    entry = Op(name, signature, **fields)
    TABLE[name] = entry
    for observer in _observers:
        observer(entry)
    return entry


def observe(observer: Callable[[Op], None]) -> None:
    """Call `observer` for every operation of the table, now and whenever one is added."""
    _observers.append(observer)
    for entry in TABLE.values():
        observer(entry)


def find(name: str) -> Op:
    """The operation of that name; raises OperandError if the table has none (a custom one not yet made here)."""
    if name not in TABLE:
        raise OperandError(
            f"there is no operation {name!r} here; make it with autograd.custom before loading the graph", op=name
        )
    return TABLE[name]
