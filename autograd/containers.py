"""Containers of numbers: what `grad` and its kin take as arguments and give back as gradients.

Lists, tuples, dicts and deques with their subclasses (namedtuple, OrderedDict, defaultdict, your own), nested in any
way, and NumPy arrays. A container that is made from another is of the same class:

>>> from collections import OrderedDict
>>> rebuilt(OrderedDict(w=[1.0, 2.0], b=(3.0,)), lambda x: -x)
OrderedDict([('w', [-1.0, -2.0]), ('b', (-3.0,))])
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .arrays import value_array
from .errors import OperandError
from .operands import describe, is_node

KINDS = "numbers, and lists, tuples, dicts, deques and NumPy arrays of them"
_SEQUENCES = (list, tuple, deque)
_NUMERIC = "biufO"  # NumPy's kinds: bool, integers, floats, and objects, which are looked at one by one


def is_container(item: Any) -> bool:
    """Whether an item is no number itself, but a container that is looked into."""
    return isinstance(item, (*_SEQUENCES, dict)) or _is_array(item)


def items_of(structure: Any) -> Iterator[Any]:
    """The numbers in a nested structure, in order.

    >>> list(items_of({"w": [1.0, 2.0], "b": (3.0,)}))
    [1.0, 2.0, 3.0]
    """
    if isinstance(structure, dict):
        for item in structure.values():
            yield from items_of(item)
    elif isinstance(structure, _SEQUENCES):
        for item in structure:
            yield from items_of(item)
    elif _is_array(structure):
        yield from flat(structure)
    else:
        yield structure


def rebuilt(
    structure: Any, change: Callable[[Any], Any], change_array: Callable[[Any], Any] | None = None,
    reader: str = "grad",
) -> Any:  # fmt: skip
    """The same structure with every number changed; `change_array` takes arrays as a whole, `reader` is who asks.

    Raises OperandError for a container that contains itself, or whose class cannot hold what `change` gives.
    """
    try:
        return _rebuilt(structure, change, change_array or (lambda array: _rebuilt_array(array, change, reader)))
    except RecursionError:
        kind = type(structure).__name__
        raise OperandError(f"{reader} takes no {kind} that contains itself, or is nested this deeply",
                           op=reader) from None


def own_copy(argument: Any) -> Any:
    """A container that holds nothing but numbers and nodes, copied at all depths; anything else is what it was.

    What a function does to a copy in place (`p.pop()`, `x *= 2`) nobody else sees. Networks, texts, rows of data with
    texts in them are no containers of numbers: they are handed on as they are.

    >>> rows = [[1.0], [2.0]]
    >>> own_copy(rows) == rows, own_copy(rows) is rows, own_copy(rows)[0] is rows[0]
    (True, False, False)
    """
    if not is_container(argument):
        return argument
    try:
        return _rebuilt(argument, _only_a_number, _copied_array)
    except (OperandError, RecursionError):  # something else is in it, or it contains itself
        return argument


def _rebuilt(structure: Any, change: Callable[[Any], Any], change_array: Callable[[Any], Any]) -> Any:
    if type(structure) is float:
        return change(structure)
    if isinstance(structure, dict):
        changed = {key: _rebuilt(item, change, change_array) for key, item in structure.items()}
        return changed if type(structure) is dict else _of_the_same_class(structure, changed)
    if isinstance(structure, _SEQUENCES):
        items = [_rebuilt(item, change, change_array) for item in structure]
        return items if type(structure) is list else _of_the_same_class(structure, items)
    return change_array(structure) if _is_array(structure) else change(structure)


def _only_a_number(item: Any) -> Any:
    if hasattr(type(item), "__float__") or is_node(item):
        return item
    raise OperandError(f"no number: {type(item).__name__}")


def _copied_array(array: Any) -> Any:
    if array.dtype.kind not in _NUMERIC:
        raise OperandError(f"no numbers: {array.dtype}")
    if array.dtype.hasobject and type(array) is not value_array():
        for item in array.flat:
            _only_a_number(item)
    return array.copy()


def _of_the_same_class(structure: Any, items: Any) -> Any:
    """A container of the class of `structure` that holds `items`, with whatever else the object carries."""
    kind = type(structure)
    if kind is tuple:
        return tuple(items)
    from copy import copy  # takes as long to import as a third of this package

    try:
        if isinstance(structure, tuple):
            made = tuple.__new__(kind, items)
            if getattr(structure, "__dict__", None):
                made.__dict__.update(structure.__dict__)
            return made
        made = copy(structure)  # a defaultdict keeps its default, a deque its length
        return _refilled(made, items)
    except Exception as error:
        raise OperandError(f"a {kind.__name__} cannot be made anew with other numbers in it ({error}); use a "
                           f"plain {_plain(structure)}", op="grad", operands=(structure,)) from error


def _refilled(made: Any, items: Any) -> Any:
    if isinstance(made, dict):
        for key, item in items.items():
            made[key] = item
    else:
        made.clear()
        made.extend(items)
    return made


def _plain(structure: Any) -> str:
    return next(base.__name__ for base in (*_SEQUENCES, dict) if isinstance(structure, base))


# ---------------------------------------------------------------- NumPy's arrays, if there are any


def _is_array(item: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(item, numpy.ndarray)


def is_truth(item: Any) -> bool:
    """Whether an item is True or False, NumPy's or an array of them: what a comparison gives."""
    numpy = sys.modules.get("numpy")
    is_numpys = numpy is not None and isinstance(item, (numpy.bool_, numpy.ndarray)) and item.dtype.kind == "b"
    return isinstance(item, bool) or is_numpys


def flat(array: Any) -> list[Any]:
    """All items of an array in order; numbers as Python's own."""
    return sys.modules["numpy"].asarray(array).ravel().tolist()  # type: ignore[no-any-return]


def _rebuilt_array(array: Any, change: Callable[[Any], Any], reader: str) -> Any:
    if array.dtype.kind not in _NUMERIC or hasattr(array, "mask"):
        what = "a masked array (use .filled(0.0) or .compressed())" if hasattr(array, "mask") else describe(array)
        raise OperandError(f"{reader} takes numbers; it was given {what}, an array of {array.dtype}", op=reader,
                           operands=(array,))
    return array_of([change(item) for item in flat(array)], array)


def array_of(items: Iterable[Any], like: Any, shape: Any = None) -> Any:
    """An array of the items in the shape of another one: of floats, or of objects if there are Values among them."""
    numpy = sys.modules["numpy"]
    items = list(items)
    changed = numpy.empty(len(items), dtype=object)
    for index, item in enumerate(items):  # one by one: NumPy would look for sequences among the items
        changed[index] = item
    has_nodes = any(map(is_node, items))
    changed = (changed if has_nodes else changed.astype(float)).reshape(like.shape if shape is None else shape)
    if isinstance(like, numpy.matrix) and changed.ndim == 2:
        return changed.view(numpy.matrix)
    return changed.view(value_array()) if has_nodes else changed
