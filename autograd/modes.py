"""What holds for a while: recording switched off (`no_grad`), hunting for NaN and infinity (`anomaly`).

Each mode is a property of the running context: another thread or task is not touched by it, and a task begun inside
of a mode stays in it. The generated engine looks at `modes.used` first: only where some mode was ever on does it ask
`here()`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import OperandError

if TYPE_CHECKING:
    from typing_extensions import Self


F = TypeVar("F", bound=Callable[..., Any])


# inspect.CO_GENERATOR and its kin; to import inspect takes longer than the rest of this package.
_CO_GENERATOR, _CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200


class _Modes:
    """`used`: whether a mode was ever on, in any context; `epoch`: how many calls of grad, jacobian, … there were."""

    __slots__ = ("used", "epoch", "_lock")

    def __init__(self) -> None:
        self.used = False  # and not whether one is on: a context may be copied, and outlive the block
        self.epoch = 0
        self._lock = threading.Lock()  # += is no single step where threads run at once

    def begin_epoch(self) -> int:
        """A new epoch: leaves made from now on are younger than all there are."""
        with self._lock:
            self.epoch += 1
            return self.epoch


modes = _Modes()

# What follows from the modes of a context: None (record), UNRECORDED, or BY_DEFINITION (every step is watched).
UNRECORDED, BY_DEFINITION = "unrecorded", "by definition"
_here: ContextVar[str | None] = ContextVar("here", default=None)
here = _here.get

# The modes that are on in a context, each with its setting; the last one holds.
Entries = tuple[tuple["Mode", Any], ...]
_recording: ContextVar[Entries] = ContextVar("recording", default=())
_watching: ContextVar[bool] = ContextVar("watching", default=False)


def is_recording() -> bool:
    """Whether operations on Values record the graph here; False inside `no_grad`."""
    entries = _recording.get()
    return not entries or entries[-1][1]


class Mode:
    """A switch of the running context, on inside of `with mode():`, `@mode()` or `@mode`; can be nested and reused."""

    variable: ContextVar[Entries]
    is_watching = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A mode; given a function (a decorator without brackets), that function in the mode."""
        mode = super().__new__(cls)
        return mode(function) if function is not None else mode

    def setting(self) -> Any:
        """What the variable is while the mode is on."""
        raise NotImplementedError

    def __call__(self, function: F) -> F:
        """The function, run in the mode. Each call has a mode of its own, so that threads do not meet in one."""
        flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
        if flags & _CO_ASYNC_GENERATOR:
            raise OperandError(f"{type(self).__name__} cannot decorate an async generator, whose steps would not be in"
                               " the mode; write `with` inside of it, around what lies between two yields")
        if flags & _CO_GENERATOR:

            @functools.wraps(function)
            def step_by_step(*args: Any, **kwargs: Any) -> Iterator[Any]:
                generator = function(*args, **kwargs)
                step, given = generator.send, None
                while True:
                    try:
                        with type(self)():  # between the steps, the mode is off for those who use the generator
                            item = step(given)
                    except StopIteration as end:
                        return end.value  # type: ignore[no-any-return]
                    try:
                        step, given = generator.send, (yield item)
                    except BaseException as thrown:  # by throw() or close(), and meant for the generator
                        step, given = generator.throw, thrown

            return step_by_step  # type: ignore[return-value]
        if flags & _CO_COROUTINE:

            @functools.wraps(function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                with type(self)():
                    return await function(*args, **kwargs)

            return run_async  # type: ignore[return-value]

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return run  # type: ignore[return-value]

    def __enter__(self) -> Self:
        self._switch((*self.variable.get(), (self, self.setting())))
        return self

    def __exit__(self, *exception: Any) -> None:
        # Not simply the last one: two generators may leave their modes in any order.
        entries = list(self.variable.get())
        for index in reversed(range(len(entries))):
            if entries[index][0] is self:
                del entries[index]
                break
        self._switch(tuple(entries))

    def _switch(self, entries: Entries) -> None:
        self.variable.set(entries)
        if self.is_watching:
            _watching.set(bool(entries))
        state = BY_DEFINITION if _watching.get() else None if is_recording() else UNRECORDED
        modes.used = modes.used or state is not None
        _here.set(state)


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
