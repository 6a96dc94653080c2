"""Ctrl-C that waits until what is being done is complete."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def uninterrupted(insist: bool = False) -> Iterator[None]:
    """Ctrl-C inside the `with` takes effect at its end; with `insist` a second one does at once.

    Compiled code does not notice it, generated code would be left in the middle of a step, and where a compiler calls
    Python back from C a KeyboardInterrupt does not reach the program: Python prints it and goes on.

    What is done at the end is what Ctrl-C does otherwise: KeyboardInterrupt, or the program's own handler. Where
    several are inside each other, the outermost counts. In other threads, which get no signals, nothing changes.
    """
    waiting = _Waiting.in_place(insist)
    try:
        yield
    finally:  # also after an error: whoever has pressed Ctrl-C wants no other attempt
        if waiting is not None:
            waiting.end()


class _Waiting:
    """A handler of SIGINT that keeps the first signal for later."""

    def __init__(self, usual: Callable[..., Any], insist: bool) -> None:
        self.usual = usual
        self.insist = insist
        self.kept: tuple[Any, ...] | None = None  # the number of the signal, and the frame it found

    @classmethod
    def in_place(cls, insist: bool) -> _Waiting | None:
        """A new one that the system calls from here on; None where there is nothing to keep."""
        usual = signal.getsignal(signal.SIGINT)
        if isinstance(usual, cls) or not callable(usual):  # the outer one waits; or Ctrl-C is ignored, or ends all
            return None
        waiting = cls(usual, insist)
        try:
            signal.signal(signal.SIGINT, waiting)
        except ValueError:  # not the main thread
            return None
        return waiting

    def __call__(self, *given: Any) -> None:
        """Keep the signal; if one is kept already and the user insists, do what is usual now."""
        if self.kept is None:
            self.kept = given
        elif self.insist:
            self.put_back()
            self.usual(*given)

    def put_back(self) -> None:
        """Let the usual handler be called again, unless another one has been chosen meanwhile."""
        present: Any = signal.getsignal(signal.SIGINT)
        if present is self:
            signal.signal(signal.SIGINT, self.usual)

    def end(self) -> None:
        """Do what the signal that was kept asks for."""
        self.put_back()
        kept, self.kept = self.kept, None
        if kept is not None:
            self.usual(*kept)
