"""Python's cyclic garbage collector, paused while graphs are made and freed."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_pauses = {"count": 0, "was enabled": False}


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic collection meanwhile, in whatever thread: a graph has no cycles, and all of it would be visited."""
    with _lock:
        if not _pauses["count"]:
            _pauses["was enabled"] = gc.isenabled()
            gc.disable()
        _pauses["count"] += 1
    try:
        yield
    finally:
        with _lock:
            _pauses["count"] -= 1
            if not _pauses["count"] and _pauses["was enabled"]:
                gc.enable()
