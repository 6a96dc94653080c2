"""What an executor runs: one function, which keeps what it was told about a training for the tasks that follow."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from typing import Any

from ..collector import collector_paused
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
        with collector_paused():
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
