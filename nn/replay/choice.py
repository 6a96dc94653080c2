"""Which engine carries a training out."""

from __future__ import annotations

from autograd.replay.engines import ADVICE, best_engine, is_installed, numba_problem
from autograd.replay.tape import Tape
from autograd.replay.terms import UntraceableError
from autograd.replay.training.plain import MOST_TERMS

from ..eager import Eager
from ..plan import Engine, Plan
from ..warning import warn
from .comparing import DifferenceError, telling
from .engine import Replay
from .recording import recorded

# What "auto" reckons with, in microseconds: what the eager engine takes for an operation and for an operand in a list;
# of the others what it takes to compile, once and for each operand, and how many times as fast they are, cautiously.
# (If it looked at a clock, the last digits of a training would depend on how busy the machine is.)
_OPERATION, _LISTED = 2.4, 0.15
_OTHERS = {"python": (1e5, 100.0, 5.0), "numba": (4e6, 30.0, 100.0)}
_MOST_OPERATIONS = 4  # for each parameter, as a guess without recording: a small training is not looked at twice
_WORTH = 1e6  # what is done in so short a time is not compiled


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
    passes = len(plan.data) * min(plan.epochs, 10**9)  # (a float holds it)
    if if_worth and _MOST_OPERATIONS * len(plan.parameters) * _OPERATION * passes < _WORTH:
        return eager  # without a look at the loss
    recording = recorded(plan)
    tape = recording.tape
    kind = _quickest(tape, passes) if if_worth else best_engine()
    if kind == "eager":
        return eager
    if kind == "python" and tape.operand_count > MOST_TERMS:
        raise UntraceableError(f"a loss of {tape.operand_count:,} operands is too long for lines of Python; numba takes"
                               f" any: {_advice()}")  # fmt: skip
    try:
        engine = Replay(plan, eager, recording, kind)
        engine.comparison.compare(engine.trainer, telling(plan.data))
    except Exception as problem:
        if type(problem).__module__.partition(".")[0] not in ("numba", "llvmlite"):
            raise
        raise UntraceableError(f"numba cannot compile it: {problem!s:.200}") from problem
    if kind == "python" and not if_worth:
        warn(f"the loss is replayed by lines of Python; {_advice()} makes it as fast as C")
    return engine


def _quickest(tape: Tape, passes: int) -> str:
    """The engine that is done first with so many passes, forward and back."""
    eager = (len(tape) * _OPERATION + len(tape.lists) * _LISTED) * passes
    times = {name: once + each * tape.operand_count + eager / gain for name, (once, each, gain) in _OTHERS.items()}
    times["eager"] = eager if eager > _WORTH else 0.0
    if tape.operand_count > MOST_TERMS:
        del times["python"]
    order = sorted(times, key=times.__getitem__)
    return next(name for name in order if name != "numba" or best_engine() == "numba")


def _advice() -> str:
    return numba_problem() if is_installed() else ADVICE
