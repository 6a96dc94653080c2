"""Modes hold in one thread and one task, and nobody else is slowed down or touched by them."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import math
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd import Value, anomaly, dot, exp, grad, mean, no_grad, tanh, where
from autograd.errors import AnomalyError, OperandError
from autograd.modes import enable_grad, here, is_recording
from autograd.op import Op


def compute():
    """A bit of everything that is recorded; recorded or not, the numbers are these."""
    x, w = Value(0.5), Value(-1.5)
    y = dot([x, w], [w, x]) * 2 + 1 - exp(x * w).relu() / 3 + mean([tanh(x), w**2]) + where(1, x, w)
    return x, y


def is_recorded():
    x, y = compute()
    y.backward()
    return y.op is not None and x.has_grad


@pytest.fixture
def definition(monkeypatch):
    """Who called the definition: the operations it was asked for, by thread."""
    asked = []
    original = Value.interpret.__func__

    def interpret(cls, op: Op, arguments):
        asked.append((threading.current_thread().name, op.name))
        return original(cls, op, arguments)

    monkeypatch.setattr(Value, "interpret", classmethod(interpret))
    return asked


class Held:
    """A thread that stays inside of a mode until it is let go."""

    def __init__(self, mode):
        self.entered, self.go, self.found = threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self.run, args=(mode,), name="held")

    def run(self, mode):
        with mode():
            self.entered.set()
            self.go.wait(10)
            self.found = is_recorded()

    def __enter__(self):
        self.thread.start()
        assert self.entered.wait(10)
        return self

    def __exit__(self, *_):
        self.go.set()
        self.thread.join(10)


# ---------------------------------------------------------------- threads


@pytest.mark.parametrize(("mode", "recorded"), [(no_grad, False), (anomaly, True), (enable_grad, True)])
def test_another_thread_inside_a_mode_leaves_this_one_alone(mode, recorded, engine) -> None:
    with Held(mode) as other:
        assert is_recording() and is_recorded()
        assert Value(math.inf).tanh().op is not None
        (Value(1e200) * 1e200).backward()  # no anomaly is hunted here
        with no_grad():
            assert not is_recorded()
        assert is_recorded()
    assert recorded is other.found
    assert here() is None


@pytest.mark.parametrize("mode", [no_grad, anomaly])
def test_this_thread_inside_a_mode_leaves_others_alone(mode, engine) -> None:
    with mode(), ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda _: is_recording() and is_recorded(), range(6)))


@pytest.mark.parametrize("mode", [no_grad, anomaly])
def test_nobody_leaves_the_fast_path_for_a_mode_of_another_thread(mode, definition) -> None:
    if mode is anomaly:
        pytest.importorskip("autograd.generated")
    with Held(mode):
        x, y = compute()
        y.backward()
        y.zero_grad()
        y.forward()
        grad(lambda z: tanh(z) * z)(0.5)
    assert [] == [name for thread, name in definition if thread != "held"]


def test_no_grad_itself_is_on_the_fast_path(definition) -> None:
    with no_grad():
        x, y = compute()
    assert (None, ()) == (y.op, y.parents)
    assert [] == definition


def test_inside_anomaly_it_is_the_definition_that_computes(definition) -> None:
    with anomaly():
        compute()
    assert len(definition) > 10


def test_the_spy_on_the_definition_sees_what_it_is_asked_for(definition, engine) -> None:
    dot((v for v in [Value(1.0), Value(2.0)]), [Value(3.0), Value(4.0)])  # a generator in place of a list
    assert "dot" in [name for _, name in definition]
    compute()
    assert (len(definition) == 1) == (engine == "generated")


def test_a_hunt_in_one_thread_does_not_find_what_another_makes(engine) -> None:
    def overflow():
        return (Value(1e200) * Value(1e200)).data

    with anomaly(), ThreadPoolExecutor(1) as pool:
        assert math.inf == pool.submit(overflow).result()
    with pytest.raises(AnomalyError), anomaly():
        overflow()


def test_many_threads_that_go_in_and_out_end_with_all_modes_off(engine) -> None:
    wrong = []

    def work(number):
        for step in range(60):
            mode = (no_grad, anomaly, enable_grad)[(number + step) % 3]
            with mode():
                if is_recorded() is (mode is no_grad):
                    wrong.append(mode)
            if not is_recorded():
                wrong.append("outside")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert [] == wrong
    assert here() is None


def test_a_context_that_is_copied_keeps_its_mode(engine) -> None:
    with no_grad():
        context = contextvars.copy_context()
        assert not context.run(is_recorded)
    assert is_recorded()
    assert not context.run(is_recorded)  # the copy is a context of its own
    assert is_recorded()


# ---------------------------------------------------------------- tasks


@pytest.mark.parametrize("mode", [no_grad, anomaly])
def test_tasks_do_not_touch_each_other(mode, engine) -> None:
    found = {}

    async def inside(name):
        with mode():
            for _ in range(3):
                await asyncio.sleep(0)
                found.setdefault(name, []).append(is_recorded())

    async def outside():
        for _ in range(5):
            await asyncio.sleep(0)
            found.setdefault("outside", []).append(is_recorded())

    async def both():
        await asyncio.gather(inside("one"), outside(), inside("two"))
        return is_recorded()

    assert asyncio.run(both())
    assert {"one": [mode is anomaly] * 3, "two": [mode is anomaly] * 3, "outside": [True] * 5} == found
    assert here() is None


def test_a_task_begun_inside_a_mode_is_in_it(engine) -> None:
    async def work():
        await asyncio.sleep(0)
        return is_recorded()

    async def begin():
        with no_grad():
            task = asyncio.create_task(work())
        return await task, is_recorded()

    assert (False, True) == asyncio.run(begin())


def test_a_task_that_is_cancelled_leaves_its_mode(engine) -> None:
    async def wait():
        with no_grad():
            await asyncio.sleep(10)

    async def cancel():
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return is_recorded()

    assert asyncio.run(cancel())
    assert here() is None


def test_threads_of_a_loop_are_in_the_mode_of_the_task_that_asked(engine) -> None:
    # asyncio.to_thread hands the context on, as for every other context variable.
    async def ask():
        with no_grad():
            inside = await asyncio.to_thread(is_recorded)
        return inside, await asyncio.to_thread(is_recorded)

    assert (False, True) == asyncio.run(ask())


# ---------------------------------------------------------------- functions and generators


def test_a_decorated_function_is_in_the_mode_and_keeps_its_name(engine) -> None:
    @no_grad
    def bare(x):
        """What it does."""
        return is_recorded(), x

    @no_grad()
    def called(x):
        return is_recorded(), x

    assert (False, 1) == bare(1) and (False, 2) == called(x=2)
    assert ("bare", "What it does.", "(x)") == (bare.__name__, bare.__doc__, str(inspect.signature(bare)))
    assert is_recorded()


def test_a_decorated_generator_is_in_the_mode_while_it_runs_and_nobody_else_is(engine) -> None:
    @no_grad()
    def steps(count):
        got = []
        for _ in range(count):
            got.append((yield is_recorded()))
        return got

    generator = steps(3)
    assert False is next(generator)
    assert here() is None and is_recorded()
    assert False is generator.send("a")
    with anomaly():
        assert False is generator.send("b")
    with pytest.raises(StopIteration) as end:
        generator.send("c")
    assert ["a", "b", "c"] == end.value.value
    assert inspect.isgeneratorfunction(steps)


def test_an_error_in_a_decorated_generator_leaves_the_mode(engine) -> None:
    @no_grad
    def broken():
        yield is_recorded()
        raise KeyError("mine")

    generator = broken()
    assert False is next(generator)
    with pytest.raises(KeyError, match="mine"):
        next(generator)
    assert here() is None and is_recorded()


def test_what_is_thrown_into_a_decorated_generator_arrives_there(engine) -> None:
    closed = []

    @no_grad
    def careful():
        try:
            while True:
                try:
                    yield is_recorded()
                except ValueError:
                    yield "caught"
        finally:
            closed.append(is_recorded())

    generator = careful()
    next(generator)
    assert "caught" == generator.throw(ValueError("mine"))
    generator.close()
    assert [False] == closed
    assert is_recorded()


def test_a_decorated_coroutine_is_in_the_mode_to_its_end_and_others_are_not(engine) -> None:
    @no_grad
    async def work():
        """What it does."""
        before = is_recorded()
        await asyncio.sleep(0)
        return before, is_recorded()

    async def beside():
        await asyncio.sleep(0)
        return is_recorded()

    async def both():
        return await asyncio.gather(work(), beside(), work())

    assert inspect.iscoroutinefunction(work) and "What it does." == work.__doc__
    assert [(False, False), True, (False, False)] == asyncio.run(both())


@pytest.mark.parametrize("mode", [no_grad, anomaly])
def test_an_async_generator_cannot_be_decorated(mode) -> None:
    async def steps():
        yield 1

    for decorate in (mode, mode()):
        with pytest.raises(OperandError, match="async generator"):
            decorate(steps)


def test_a_generator_with_a_block_inside_leaves_it_at_its_end_only(engine) -> None:
    def steps():
        with no_grad():
            yield is_recorded()
        yield is_recorded()

    first, second = steps(), steps()
    assert (False, False) == (next(first), next(second))
    # Without the decorator the mode stays on between the steps, as with every context manager; in whatever order they
    # are left, all is off in the end.
    assert False is next(first)
    assert True is next(second)
    assert here() is None and is_recorded()


def test_modes_nest_and_the_innermost_holds(engine) -> None:
    with no_grad():
        with enable_grad():
            assert is_recorded()
            with no_grad():
                assert not is_recorded()
            assert is_recorded()
        assert not is_recorded()
    reused = no_grad()
    with reused, reused:
        assert not is_recorded()
    assert is_recorded()


def test_an_error_inside_a_mode_leaves_it(engine) -> None:
    for mode in (no_grad, anomaly, enable_grad):
        with pytest.raises(KeyError), mode():
            raise KeyError
    assert here() is None and is_recorded()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_that_is_forked_within_a_pass_of_another_thread_is_not_locked() -> None:
    script = """
import os, threading, time
from autograd import Value
y = x = Value(1.0)
for _ in range(5000):
    y = y * 1.0
stop = []
def passes():
    while not stop:
        y.backward()
thread = threading.Thread(target=passes)
thread.start()
codes = []
for _ in range(5):
    child = os.fork()
    if not child:
        z = Value(2.0)
        (z * z).backward()
        os._exit(int(z.grad))
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    time.sleep(0.01)
stop.append(1)
thread.join()
print(codes)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[4, 4, 4, 4, 4]", done.stderr
