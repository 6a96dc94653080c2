"""Generated source that can be read: tracebacks, debuggers and `inspect.getsource` find its lines."""

from __future__ import annotations

import weakref
from itertools import count
from typing import Any


def load(source: str, title: str, namespace: dict[str, Any]) -> str:
    """Run generated source in a namespace, and show it to Python's tools under a name of its own, which it returns.

    >>> import inspect
    >>> namespace = {}
    >>> load("def double(x):\\n    return x + x\\n", "an example", namespace)
    '<chainrule: an example>'
    >>> print(inspect.getsource(namespace["double"]))
    def double(x):
        return x + x
    """
    import linecache  # takes a while to import, and is not needed before the first operation

    names = (f"<chainrule: {title}{f' {number}' if number else ''}>" for number in count())
    lines = source.splitlines(keepends=True)
    filename = next(name for name in names if linecache.cache.get(name, (0, 0, lines))[2] == lines)  # type: ignore[misc]
    # Without a time of change: linecache then keeps the lines, for there is no file to look at.
    linecache.cache[filename] = (len(source), None, lines, filename)
    namespace.setdefault("__name__", "autograd.generated")
    exec(compile(source, filename, "exec"), namespace)  # (source from the table, never from data)
    return filename


def load_for(owner: Any, source: str, title: str, namespace: dict[str, Any]) -> None:
    """The same for source that is wanted as long as its owner lives."""
    import linecache

    weakref.finalize(owner, linecache.cache.pop, load(source, f"{title} {id(owner)}", namespace), None)
