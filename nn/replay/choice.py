"""Which engine carries a training out."""

from __future__ import annotations

import importlib.util

from autograd.replay.terms import UntraceableError
from autograd.replay.training.plain import MOST_TERMS

from ..eager import Eager
from ..plan import Engine, Plan
from ..warning import warn
from .engine import DifferenceError, Replay
from .recording import recorded

_FEW = 5  # so many samples are compared at the start
# Operands of all operations, for all samples in all epochs, from which on compiling takes less time than it saves. (A
# limit of time would have one training carried out by either engine, and its last digits would not be reproducible.)
_WORTH = {"numba": 15e6, "python": 5e6}
_MOST_OPERANDS = 30  # for each parameter, in a network that uses it again and again


def engine_of(name: str, plan: Plan, eager: Eager) -> Engine:
    """The engine of that name: "eager", "replay", or with "auto" the one that will be done first."""
    if name == "eager" or not plan.epochs:
        return eager
    try:
        return _replay(plan, eager, name == "auto")
    except UntraceableError as reason:
        if name == "replay":
            warn(f'engine="eager" is used: {reason}')
    except DifferenceError as difference:
        warn(f'engine="eager" is used: {difference}')
    return eager


def _replay(plan: Plan, eager: Eager, if_worth: bool) -> Engine:
    kind = "numba" if importlib.util.find_spec("numba") is not None else "python"
    worth = _WORTH[kind] / (len(plan.data) * plan.epochs) if if_worth else 0.0
    if _MOST_OPERANDS * len(plan.parameters) < worth:
        return eager
    recording = recorded(plan)
    if recording.terms < worth:
        return eager
    if kind == "python" and recording.terms > MOST_TERMS:
        raise UntraceableError(f"a loss of {recording.terms:,} operands is too long for lines of Python; numba takes"
                               ' any: pip install "chainrule[fast]"')  # fmt: skip
    engine = Replay(plan, eager, recording, kind)
    count = len(plan.data)
    engine.compare(sorted({number * (count - 1) // max(_FEW - 1, 1) for number in range(_FEW)}))
    if kind == "python" and not if_worth:
        warn('the loss is replayed by lines of Python; pip install "chainrule[fast]" makes it as fast as C')
    return engine
