"""Ctrl-C: kept while something must not be left half done, never lost."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.interrupts import uninterrupted

# ---------------------------------------------------------------- the handler


@pytest.fixture(autouse=True)
def _usual_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    left = signal.signal(signal.SIGINT, before)
    assert left is signal.default_int_handler


def press() -> None:
    """What Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("insist", [False, True])
def test_ctrl_c_takes_effect_when_the_work_is_done(insist: bool) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted(insist):
        press()
        done.append("all of it")
    assert ["all of it"] == done


def test_without_ctrl_c_nothing_happens() -> None:
    with uninterrupted():
        pass


def test_a_second_ctrl_c_is_heard_at_once_by_who_insists() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted(insist=True):
        press()
        done.append("first")
        press()
        done.append("second")
    assert ["first"] == done
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        press()
        press()
        done.append("both")
    assert ["first", "both"] == done


def test_ctrl_c_is_not_lost_where_a_second_one_is_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt), uninterrupted(insist=True):
        press()
        with contextlib.suppress(KeyboardInterrupt):  # as Python does it for functions that C has called
            press()


def test_ctrl_c_is_not_lost_where_the_work_fails() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, uninterrupted(insist=True):
        press()
        raise ValueError("cannot be compiled")
    assert isinstance(caught.value.__context__, ValueError)


def test_inside_each_other_the_outermost_counts() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted(insist=True):
            press()
        done.append("rest")
    assert ["rest"] == done


def test_a_handler_of_the_programs_own_is_called_once_and_stays() -> None:
    calls: list[Any] = []

    def own(number: int, frame: Any) -> None:
        calls.append((number, frame is not None))

    signal.signal(signal.SIGINT, own)
    try:
        with uninterrupted(insist=True):
            press()
            assert not calls
        assert [(signal.SIGINT, True)] == calls
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_handler_that_is_chosen_meanwhile_stays() -> None:
    def chosen(number: int, frame: Any) -> None:
        pass

    with uninterrupted():
        signal.signal(signal.SIGINT, chosen)
    assert signal.getsignal(signal.SIGINT) is chosen
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with uninterrupted():
            press()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_other_threads_get_no_signals_and_change_no_handler() -> None:
    found: list[Any] = []

    def work() -> None:
        with uninterrupted():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [signal.default_int_handler] == found


# ---------------------------------------------------------------- while numba compiles

# Both go on until they are stopped, and make other kernels all the time. `stopped` is the last that they print.
FIT = """
import nn
X = [[i / 9, 1 - i / 7] for i in range(40)]
net = nn.MLP(2, [6, 1], "tanh", rng=1)
print("ready", flush=True)
print(nn.fit(net, X, [[a * b] for a, b in X], epochs=10**9, engine="replay").stopped.replace("interrupted", "stopped"))
"""
COMPILE = """
import itertools
import autograd as A
x, w = A.Value(1.0), A.Value(0.5)
print("ready", flush=True)
try:
    for some in itertools.cycle(itertools.permutations([A.exp, A.tanh, A.sigmoid, A.sin, A.cos, A.softplus], 3)):
        y = x
        for function in some:
            y = function(y * w)
        program = A.compile(y, [x], [w], engine="numba")
        for rows in ([[1.0]], [[i / 9] for i in range(9)]):
            program(rows), program.value_and_grad(rows)
except KeyboardInterrupt:
    print("stopped")
"""
PROGRAMS = {"fit": FIT, "compile": COMPILE}
# Ctrl-C at the first call of a function that LLVM calls.
CALLED_BACK = """
import signal, sys
def watch(frame, event, argument):
    if event == "call" and frame.f_code.co_name == {name!r}:
        sys.setprofile(None)
        print("hit")
        signal.raise_signal(signal.SIGINT)
sys.setprofile(watch)
"""


def begun(program: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, "CHAINRULE_CACHE": str(cache)})  # fmt: skip


@pytest.mark.numba
@pytest.mark.parametrize("name", ["_raw_object_cache_notify", "_raw_object_cache_getbuffer"])
@pytest.mark.parametrize("what", list(PROGRAMS))
def test_ctrl_c_while_llvm_calls_back_stops_everything(what: str, name: str, tmp_path: Path) -> None:
    out, errors = begun(CALLED_BACK.format(name=name) + PROGRAMS[what], tmp_path).communicate(timeout=120)
    assert (["ready", "hit", "stopped"], "") == (out.split(), errors)


@pytest.mark.skipif(os.name == "nt", reason="a console sends Ctrl-C otherwise on Windows")
@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs numba")
@pytest.mark.parametrize(
    "tries", [pytest.param(5, marks=pytest.mark.thorough), pytest.param(50, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("what", list(PROGRAMS))
def test_ctrl_c_at_random_moments_stops_everything(what: str, tries: int, tmp_path: Path) -> None:
    rng = random.Random(tries)
    for number in range(tries):
        with begun(PROGRAMS[what], tmp_path / str(number)) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            seconds = rng.uniform(0.0, 6.0)
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=120)
            assert ("stopped\n", "") == (out, errors), f"after {seconds} seconds"
