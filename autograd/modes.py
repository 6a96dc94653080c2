"""What holds for a while: recording switched off (`no_grad`), hunting for NaN and infinity (`anomaly`).

Each mode is a property of the running context, so that another thread or task is not touched by it. The
generated engine looks at one number only, `modes.active`: how many modes are on anywhere.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self


class _Modes:
    """The count of modes that are on anywhere, in any thread."""

    __slots__ = ("active",)

    def __init__(self) -> None:
        self.active = 0


modes = _Modes()
_recording: ContextVar[bool] = ContextVar("recording", default=True)


def is_recording() -> bool:
    """Whether operations on Values record the graph here; False inside `no_grad`."""
    return _recording.get()


class Mode(ContextDecorator):
    """A context manager and decorator that sets one context variable while it is on; can be nested and reused."""

    variable: ContextVar[Any]

    def __init__(self) -> None:
        self._tokens: list[Token[Any]] = []

    def setting(self) -> Any:
        """What the variable is while the mode is on."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._tokens.append(self.variable.set(self.setting()))
        modes.active += 1
        return self

    def __exit__(self, *exception: Any) -> None:
        modes.active -= 1
        self.variable.reset(self._tokens.pop())


class no_grad(Mode):  # noqa: N801 (PyTorch's name)
    """Compute numbers without recording a graph: the results are leaves.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """

    variable = _recording

    def setting(self) -> bool:
        return False


class enable_grad(Mode):  # noqa: N801 (PyTorch's name)
    """Record again inside of `no_grad`: what computes a derivative needs the graph, wherever it is called."""

    variable = _recording

    def setting(self) -> bool:
        return True
