"""What an executor runs: one function, which keeps what it was told about a training for the tasks that follow."""

from __future__ import annotations

import gc
import pickle
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .models import Model, model_of
from .tasks import Answer, Task

_KEPT = 4  # trainings that a worker remembers
_lock = threading.Lock()
_descriptions: OrderedDict[str, bytes] = OrderedDict()  # of this process, by key
_own = threading.local()  # models, which two threads cannot use at once


def answer(content: bytes) -> Answer:
    """The answer to a pickled task. It raises nothing: an exception is about the executor, or the way there."""
    try:
        task: Task = pickle.loads(content)
        model = _model(task)
        if model is None:
            return Answer(is_unknown=True)
        with _no_collector():
            return model.slopes(task) if task.slopes else model.values(task)
    except Exception as problem:  # whatever a loss or a network does
        return Answer(problem=f"{type(problem).__name__}: {problem}")


def _model(task: Task) -> Model | None:
    """What the task's key stands for; None if nobody has told."""
    models: OrderedDict[str, Model] | None = getattr(_own, "models", None)
    if models is None:
        models = _own.models = OrderedDict()
    with _lock:
        if task.description is not None:
            _keep(_descriptions, task.key, task.description)
        description = _descriptions.get(task.key)
    if task.key not in models and description is not None:
        _keep(models, task.key, model_of(description))
    if task.key in models:
        models.move_to_end(task.key)
    return models.get(task.key)


def _keep(kept: OrderedDict[str, Any], key: str, what: Any) -> None:
    kept[key] = what
    kept.move_to_end(key)
    if len(kept) > _KEPT:
        kept.popitem(last=False)


_pauses = {"count": 0, "was enabled": False}


@contextmanager
def _no_collector() -> Iterator[None]:
    """No cyclic garbage collection meanwhile, in whatever thread: graphs have no cycles."""
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
