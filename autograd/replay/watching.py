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
_lock = threading.Lock()
_usual: dict[str, Any] = {}  # what Value does while nobody watches
_watching = [0]  # so many do
_here = threading.local()  # `stack`: the looks of this thread, the innermost watcher's last


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
    stack = _here.__dict__.setdefault("stack", [])
    try:
        _change(1)
        stack.append(looks)
        yield looks
    finally:
        stack.pop()
        _change(-1)


def _change(by: int) -> None:
    """One watcher more or less; the first one changes Value, the last one puts back what was there."""
    with _lock:
        _watching[0] += by
        if by > 0 and _watching[0] == 1:
            _usual.update({name: vars(Value).get(name) for name in _LOOKS})
            for name in _LOOKS:
                setattr(Value, name, _noting(name))
        elif not _watching[0]:
            for name, usual in _usual.items():
                if usual is None:
                    delattr(Value, name)
                else:
                    setattr(Value, name, usual)


def _noting(name: str) -> Any:
    """What does as before, and notes who asks."""
    usual: Callable[..., Any] = Value.data.fget if name == "data" else getattr(Value, name, _true)  # type: ignore[attr-defined]

    def noting(self: Value, *others: Any) -> Any:
        if stack := _here.__dict__.get("stack"):
            asks = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
            if asks not in _OWN and (name != "__eq__" or isinstance(others[0], (int, float))):
                stack[-1].append(_SIGNS[name])
        return usual(self, *others)

    return property(noting, Value.data.fset) if name == "data" else noting  # type: ignore[attr-defined]


def _true(value: Value) -> bool:
    return True
