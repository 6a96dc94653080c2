"""Whether code looks at numbers while it is recorded: what it decides by them is not in the record."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..value import Value

# What reads a number, or treats a Value as if it were one.
_LOOKS = ("data", "__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__hash__", "__bool__")
_SIGNS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">=", "__eq__": "==", "__hash__": "hash",
          "__bool__": "bool", "data": ".data"}  # fmt: skip
_OWN = ("autograd", "nn")
_lock = threading.RLock()  # a loss may train a network itself


@contextmanager
def watched() -> Iterator[list[str]]:
    """Inside the `with`: the looks of this thread at the numbers of Values, but for those of the library itself.

    >>> __name__ = "homework"  # the module of the code that is watched
    >>> x = Value(2.0)
    >>> with watched() as looks:
    ...     y = x * 2 if x > 1 else x
    >>> looks
    ['>']
    """
    looks: list[str] = []
    with _lock:
        before = {name: vars(Value).get(name) for name in _LOOKS}
        for name in _LOOKS:
            setattr(Value, name, _noting(name, looks))
        try:
            yield looks
        finally:
            for name, usual in before.items():
                if usual is None:
                    delattr(Value, name)
                else:
                    setattr(Value, name, usual)


def _noting(name: str, looks: list[str]) -> Any:
    """What does as before, and notes who asks."""
    usual: Callable[..., Any] = Value.data.fget if name == "data" else getattr(Value, name, _true)  # type: ignore[attr-defined]
    thread = threading.get_ident()

    def noting(self: Value, *others: Any) -> Any:
        asks = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
        if asks not in _OWN and threading.get_ident() == thread and (name != "__eq__" or _is_number(others[0])):
            looks.append(_SIGNS[name])
        return usual(self, *others)

    return property(noting, Value.data.fset) if name == "data" else noting  # type: ignore[attr-defined]


def _is_number(other: Any) -> bool:
    return isinstance(other, (int, float))


def _true(value: Value) -> bool:
    return True
