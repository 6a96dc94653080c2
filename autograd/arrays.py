"""Values in NumPy: what its functions do with a Value, or with an array of them.

NumPy keeps Values in arrays of objects and calls their operators and methods: `x @ w`, `np.exp(x)`, `np.std(x)` record
graphs of themselves. This module adds what arrays of objects lack: `np.isnan` and its like look at the numbers, and a
function that has no derivative here says so in one sentence, with what to write. The arrays that `grad` hands to a
function, and the results of an array and a Value, are of the class `ValueArray`; an array that you make yourself of
Values, `np.array([v, w])`, is NumPy's own until it meets a Value.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from .errors import AutogradError, OperandError
from .operands import is_node, number_of, plain_number

# Questions about the numbers; the answers are plain.
_OF_THE_NUMBERS = {"isnan", "isfinite", "isinf", "signbit"}
# A Value beside a number of NumPy's: Python's operators, which are quicker than a loop over arrays without axes.
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge,
}  # fmt: skip
# What to write for functions of NumPy that know no derivative.
_INSTEAD = {
    "exp2": "2**x", "log2": "log(x) / log(2)", "log10": "log(x) / log(10)", "cbrt": "x**(1/3) for x > 0",
    "arcsinh": "log(x + sqrt(x*x + 1))", "arccosh": "log(x + sqrt(x*x - 1))",
    "arctanh": "log((1 + x) / (1 - x)) / 2", "fabs": "abs(x)", "degrees": "x * (180 / math.pi)",
    "rad2deg": "x * (180 / math.pi)", "radians": "x * (math.pi / 180)", "deg2rad": "x * (math.pi / 180)",
    "hypot": "sqrt(a*a + b*b)", "logaddexp": "autograd.logsumexp([a, b])", "float_power": "a**b",
    "heaviside": "autograd.greater(x, 0)", "copysign": "abs(a) * np.sign(b)",
    "cov": "d = x - x.mean(axis=1, keepdims=True) and d @ d.T / (x.shape[1] - 1)",
    "corrcoef": "it with the covariances over the products of x.std(axis=1)",
    "norm": "(abs(x)**p).sum() ** (1/p)", "percentile": "the weighted mean of two neighbours in np.sort(x)",
    "quantile": "the weighted mean of two neighbours in np.sort(x)", "average": "(w * x).sum() / w.sum()",
    "det": "the elimination in Python", "inv": "the elimination in Python", "solve": "the elimination in Python",
}  # fmt: skip


def array_ufunc(_: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """A ufunc of NumPy's on Values and arrays of them: `__array_ufunc__` of both."""
    name = ufunc.__name__
    if method == "__call__" and not options and len(inputs) < 3:
        result = _of_one_number(name, *inputs)
        if result is not NotImplemented:
            return result
    if name in _OF_THE_NUMBERS:
        return getattr(ufunc, method)(*map(numbers_in, inputs), **options)
    if "out" in options:
        options["out"], out = tuple(map(_as_plain_array, options["out"])), options["out"]
    try:
        result = getattr(ufunc, method)(*map(_as_plain_array, inputs), **options)
    except AutogradError:
        raise
    except (TypeError, AttributeError) as error:
        raise _refusal_of_ufunc(name, error) from None
    if "out" in options:
        return out if len(out) > 1 else out[0]
    return tuple(map(_as_value_array, result)) if type(result) is tuple else _as_value_array(result)


def _of_one_number(name: str, a: Any, b: Any = None) -> Any:
    """The quick way without arrays: the method of a Value, the operator between one and a number of NumPy's."""
    if b is None:
        function = getattr(type(a), name, None) if is_node(a) else None
        return NotImplemented if function is None else function(a)
    if name in _OPERATORS:
        if is_node(b) and _is_float(a):
            return _OPERATORS[name](float(a), b)
        if is_node(a) and _is_float(b):
            return _OPERATORS[name](a, float(b))
    return NotImplemented


def _is_float(item: Any) -> bool:
    """np.float64, or the array without axes that NumPy makes of it to compare."""
    return isinstance(item, float) or getattr(item, "shape", None) == () and item.dtype.kind == "f"


def array_function(_: Any, function: Any, __: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Any other function of NumPy's on a Value: `__array_function__`; an array without axes stands in for it."""
    return _unboxed(function(*map(_boxed, args), **{name: _boxed(item) for name, item in options.items()}))


def numbers_in(item: Any) -> Any:
    """The numbers of a Value or of an array of Values; anything else is what it was.

    >>> from autograd import Value
    >>> numbers_in(Value(2.0))
    2.0
    """
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(item, numpy.ndarray):
        return number_of(item)
    array = numpy.asarray(item)
    if not array.dtype.hasobject:
        return array
    numbers = [plain_number(number_of(one), "NumPy") for one in array.ravel().tolist()]
    return numpy.array(numbers, dtype=float).reshape(array.shape)


@cache
def value_array() -> Any:
    """The class of arrays of Values; NumPy is loaded when the first is made."""
    from numpy import ndarray

    class ValueArray(ndarray):  # type: ignore[type-arg, misc, unused-ignore]
        """An array of Values, made by `grad` and by operations of arrays and Values."""

        __module__, __qualname__ = __name__, "ValueArray"

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
            if ufunc.__name__ in _OF_THE_NUMBERS or "out" in options:
                return array_ufunc(self, ufunc, method, *inputs, **options)
            try:  # the usual case, in a few lines for speed
                plain = [item.view(ndarray) if type(item) is ValueArray else item for item in inputs]
                result = getattr(ufunc, method)(*plain, **options)
            except AutogradError:
                raise
            except (TypeError, AttributeError) as error:
                raise _refusal_of_ufunc(ufunc.__name__, error) from None
            return result.view(ValueArray) if type(result) is ndarray and result.dtype.char == "O" else result

        def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
            try:
                return _unboxed(super().__array_function__(function, (ndarray,), args, options))
            except AutogradError:
                raise
            except (TypeError, AttributeError) as error:
                raise _refusal_of_function(function, error) from None

    return ValueArray


def __getattr__(name: str) -> Any:
    if name == "ValueArray":  # a pickle asks for it by name
        return value_array()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _refusal_of_ufunc(name: str, error: Exception) -> OperandError:
    if "output" in str(error) and "cast" in str(error):
        return OperandError(f"np.{name} cannot write Values into an array of floats; write x = x * v instead of"
                            " x *= v, or make the array with dtype=object", op=name)
    advice = _INSTEAD.get(name, "it with operators and functions that have one, or use the numbers, v.data")
    return OperandError(f"np.{name} has no derivative here; write {advice}", op=name)


def _refusal_of_function(function: Any, error: Exception) -> OperandError:
    name = function.__name__
    called = f"{function.__module__}.{name}".replace("numpy", "np", 1)
    advice = _INSTEAD.get(name, "it with operators and functions of arrays that do, or use the numbers, v.data")
    return OperandError(f"{called} does not work on Values ({error}); write {advice}", op=name)


def _as_plain_array(item: Any) -> Any:
    """What NumPy's own loops take: a Value in an array without axes, an array of Values as an ordinary one."""
    numpy, kind = sys.modules["numpy"], type(item)
    if kind is value_array():
        return item.view(numpy.ndarray)
    if is_node(item):
        box = numpy.empty((), dtype=object)
        box[()] = item
        return box
    if isinstance(item, (numpy.ndarray, numpy.generic)):
        code = item.dtype.char
        if code == "g":  # a long double would ask the Value again for each of its items
            return numpy.asarray(item, dtype=float)
        if code in "mM":  # dates and times would become whole numbers without a unit
            plain_number(item, "NumPy")
    return item


def _as_value_array(result: Any) -> Any:
    is_of_objects = type(result) is sys.modules["numpy"].ndarray and result.dtype.char == "O"
    return result.view(value_array()) if is_of_objects else result


def _boxed(item: Any) -> Any:
    if isinstance(item, (list, tuple)):
        return [_boxed(inner) for inner in item] if type(item) is list else tuple(map(_boxed, item))
    return _as_value_array(_as_plain_array(item)) if is_node(item) else item


def _unboxed(result: Any) -> Any:
    """A Value out of an array without axes, as NumPy gives np.float64 rather than such an array."""
    is_array = isinstance(result, sys.modules["numpy"].ndarray)
    return result[()] if is_array and result.shape == () and result.dtype.hasobject else result
