"""What a call was given: numbers, nodes, arrays, and whatever else; how they are told apart, read and named.

A node is an operand that says itself what an operation means, in `interpret`: a Value, a symbol. A plain number is
whatever becomes a float: Python's numbers, Fraction, Decimal, NumPy's, SymPy's, an array without axes. Anything else
is unknown, may raise anything when it is looked at, and gets an OperandError that says what it is.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .errors import OperandError, RangeError


def flatten(arguments: Sequence[Any]) -> Iterator[Any]:
    """All operands in order, lists opened."""
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from argument
        else:
            yield argument


def is_node(operand: Any) -> bool:
    """Whether an operand is no number but says itself what an operation means: a Value, a symbol."""
    return hasattr(type(operand), "interpret")


def number_of(operand: Any) -> Any:
    """The number of a number or a node; what is neither stays what it is.

    >>> from autograd import Value
    >>> number_of(Value(2.0)), number_of(2.0)
    (2.0, 2.0)
    """
    # NumPy's numbers have a `data`, too: their memory.
    return getattr(operand, "data", operand) if is_node(operand) else operand


def mapped(function: Callable[[Any], Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with every node replaced by function(node), also within lists."""
    return tuple(
        mapped(function, item) if isinstance(item, tuple) else function(item) if is_node(item) else item
        for item in arguments
    )


def plain_number(
    operand: Any, reader: str, takes: str = "numbers and Values", beside: Sequence[Any] = ()
) -> float:
    """`operand` as a plain float; raises OperandError for whatever is no real number, and says what to do.

    The operands `beside` it are named, too: they tell which of many operations it was.
    """
    if type(operand) is float:
        return operand
    try:
        if isinstance(operand, (float, int)) or _is_number_of_another_library(operand):
            number = float(operand)
            if not math.isinf(number) or operand == number:
                return number
            raise OverflowError  # Decimal("1e400") becomes an infinity that it is not
        hint = _hint(operand)
    except OverflowError:
        raise RangeError(f"{reader} was given {describe(operand)}: too large for a float",
                         op=reader, operands=(operand,)) from None
    except Exception as error:  # whatever __float__ of an unknown class raises
        hint = f", which refuses to become a float ({one_line(str, error)})"
    labels = [label for item in flatten(beside) if item is not operand and (label := _label(item))]
    others = f" beside {' and '.join(repr(label) for label in labels[:3])}" if labels else ""
    raise OperandError(f"{reader} takes {takes}; it was given {describe(operand)}{others}{hint}",
                       op=reader, operands=(operand,))


def _hint(operand: Any) -> str:
    if isinstance(operand, (list, tuple)):
        return ": apply it to each item, or use a NumPy array"
    if isinstance(operand, (str, bytes)):
        return ": convert the text with float(...) first"
    if isinstance(operand, numbers.Complex):
        return ": only real numbers can be differentiated here"
    return ": a function may have forgotten its return" if operand is None else ""


def _is_number_of_another_library(operand: Any) -> bool:
    """Fraction, Decimal, NumPy's numbers, an array without axes: what turns itself into a float and is no node."""
    if is_node(operand) or _is_time(operand) or not hasattr(type(operand), "__float__"):
        return False
    is_real = isinstance(operand, numbers.Real) or not isinstance(operand, numbers.Complex)
    return is_real and getattr(operand, "shape", ()) == ()


def _is_time(operand: Any) -> bool:
    """NumPy's dates and spans of time, which pass for whole numbers without their unit."""
    return getattr(getattr(operand, "dtype", None), "kind", "") in ("m", "M")


def is_value(operand: Any) -> bool:
    """Whether an operand is a node of a graph, which a symbol is not; known without the class itself."""
    return is_node(operand) and hasattr(type(operand), "parents")


def check_choice(choice: Any, choices: Iterable[str], option: str, reader: str) -> None:
    """Raise OperandError for an option that is none of its texts."""
    if not isinstance(choice, str) or choice not in choices:
        raise OperandError(f"{option} is one of {', '.join(choices)}; it was given {describe(choice)}", op=reader)


def describe(operand: Any) -> str:
    """Words for an operand in an error message: 'p' for a labelled node, its text and type for what is unknown."""
    if label := _label(operand):
        return f"'{label}'"
    if is_node(operand):
        return f"an unlabelled {type(operand).__name__}"
    if operand is None:
        return "None"
    if type(operand) is int and operand.bit_length() > 128:
        return f"an integer of {operand.bit_length()} bits"
    if type(operand) in (bool, int, float):
        return f"{operand!r}"
    told = one_line(repr, operand)
    return f"{told if len(told) <= 40 else told[:37] + '...'} ({_kind(operand)})"


def _label(operand: Any) -> str:
    try:
        label = getattr(operand, "label", "")
    except Exception:  # whatever __getattr__ of an unknown class raises
        return ""
    return label if isinstance(label, str) else ""


def _kind(operand: Any) -> str:
    """The class of an operand, with the library it is from: `numpy.ndarray`, `sympy.Symbol`, but `Decimal`."""
    kind = type(operand)
    library = str(kind.__module__).partition(".")[0]
    is_known = library in ("builtins", "__main__") or library in sys.stdlib_module_names
    return kind.__name__ if is_known else f"{library}.{kind.__name__}"


def one_line(tell: Callable[[Any], str], operand: Any) -> str:
    """What `str` or `repr` say of an operand, in one line; they may raise anything."""
    try:
        return " ".join(tell(operand).split())
    except Exception:
        return "something that cannot be shown"


def tell(operand: Any, number: Any) -> str:
    """`'p' is -0.5` for a labelled node, `an unlabelled Value is -0.5` or `the constant is -0.5` for any other."""
    number = number_of(number)
    if label := _label(operand):
        return f"'{label}' is {number!r}"
    name = f"an unlabelled {type(operand).__name__}" if is_node(operand) else "the constant"
    return f"{name} is {number!r}"


def is_array(operand: Any) -> bool:
    """Whether `operand` is a NumPy array, of numbers along an axis or of objects. Never imports NumPy."""
    numpy = sys.modules.get("numpy")
    is_ndarray = numpy is not None and isinstance(operand, numpy.ndarray)
    return is_ndarray and (operand.ndim > 0 or operand.dtype.hasobject)
