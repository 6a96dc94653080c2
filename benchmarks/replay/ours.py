"""Trainings by the library itself: recorded once and replayed, by numba or as generated Python; and the eager engine.

Replay is timed in the loop in which `nn.fit` runs it, which takes all steps without coming back; what a whole `fit`
takes, with all that comes before and after that loop, is told beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from measuring import Say
from workloads import Training, Workload

import nn
from autograd.replay.training.course import Course
from autograd.replay.training.trainer import Trainer
from nn.data import samples
from nn.plan import Plan
from nn.replay.recording import recorded, rows
from nn.replay.stepping import Stepping

_FITS = 3


def by_us(workload: Workload, say: Say) -> dict[str, Training]:
    """All engines; of the large network replay only: the others would take minutes."""
    found = {"replay": _replayed(workload, "numba")}
    if len(workload.weights()) <= 1_000:
        found["generated Python"] = _replayed(workload, "python")
        found["eager"] = _fitted(workload, "eager")
    seconds = _whole_fits(workload)
    each = seconds * 1e9 / workload.long / len(workload.X)
    say(f'{workload.name}: nn.fit(engine="replay") of {workload.long:,} epochs takes {seconds:.3g} s, with recording,'
        f" comparisons and history; {each:.3g} ns a sample")  # fmt: skip
    return found


def _replayed(workload: Workload, kind: str) -> Training:
    """The loop of `fit` over the recorded loss of one sample."""
    net = workload.network()
    X, T = workload.X.tolist(), workload.T.tolist()
    data = samples(X, T, net.inputs, net.outputs)
    plan = Plan(net=net, loss=nn.l2_loss, optimiser=nn.SGD(net.parameters(), lr=workload.rate), data=data,
                held_out=data.take([]), epochs=1, batch_size=workload.batch, order=None, patience=None, metrics={},
                callbacks=[], clip_norm=None, keeps_snapshots=False)  # fmt: skip
    recording = recorded(plan)
    stepping = Stepping(plan.optimiser, recording.changed)
    trainer: Any = Trainer(Course(recording.tape, rows(data, net.outputs), workload.batch, stepping.update,
                                  len(recording.changed), recording.layers), kind)  # fmt: skip
    stepping.load(trainer)
    start = trainer.P.copy()

    def train(epochs: int) -> float:
        trainer.P[:] = start
        trainer.begin(epochs)
        trainer.advance(epochs * trainer.batches)
        return float(trainer.losses[-1]) / len(X)

    return train


def _fitted(workload: Workload, engine: str) -> Training:
    """`nn.fit` as anybody calls it."""
    net = workload.network()
    start = [leaf.data for leaf in net.parameters()]
    X, T = workload.X.tolist(), workload.T.tolist()

    def train(epochs: int) -> float:
        for leaf, number in zip(net.parameters(), start, strict=True):
            leaf.data = number
        history = nn.fit(net, X, T, loss=nn.l2_loss, optimizer=nn.SGD(net.parameters(), lr=workload.rate),
                         epochs=epochs, batch_size=workload.batch, shuffle=False, progress=False,
                         engine=engine)  # fmt: skip
        return float(history.losses[-1])

    return train


def _whole_fits(workload: Workload) -> float:
    """Seconds of a long training by `nn.fit`; its code is compiled before."""
    train = _fitted(workload, "replay")
    train(1)
    return statistics.median(_seconds(train, workload.long) for _ in range(_FITS))


def _seconds(train: Callable[[int], float], epochs: int) -> float:
    start = time.perf_counter()
    train(epochs)
    return time.perf_counter() - start
