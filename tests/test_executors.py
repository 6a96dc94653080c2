"""Training with an executor is training: the losses of one machine, whoever computes them, dies, or is slow."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import multiprocessing
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, anomaly, log
from nn.data import Samples
from nn.replay.comparing import telling
from nn.sharding import worker
from nn.sharding.tasks import SMALLEST, shards

# ---------------------------------------------------------------- what is trained


def data(inputs: int, outputs: int, count: int = 88, seed: int = 0) -> tuple[list[Any], list[Any]]:
    rng = random.Random(seed)
    X = [[rng.uniform(-1, 1) for _ in range(inputs)] for _ in range(count)]
    T: list[Any] = [[rng.uniform(0.1, 0.9) for _ in range(outputs)] for _ in range(count)]
    return X, [row[0] for row in T] if outputs == 1 else T


def classes(count: int = 88) -> tuple[list[Any], list[int]]:
    X, _ = data(2, 1, count)
    return X, [int(a > b) + int(a > 0) for a, b in X]


def everything(net: nn.Module, history: nn.History) -> list[Any]:
    weights = [parameter.data for parameter in net.parameters()]
    snapshots = [list(each.values()) for each in history.snapshots]
    return [history.losses, history.validation_losses, history.metrics, history.gradient_norms, snapshots, weights,
            history.best_epoch, history.epochs, history.stopped]  # fmt: skip


def flat(each: Any) -> Iterator[Any]:
    if isinstance(each, (list, dict)):
        for part in each.values() if isinstance(each, dict) else each:
            yield from flat(part)
    else:
        yield each


def same(a: list[Any], b: list[Any]) -> bool:
    """Whether two trainings are one to 1e-12."""
    pairs = list(zip(flat(a), flat(b), strict=True))
    return all(x == y or abs(x - y) <= 1e-12 * max(1.0, abs(x)) for x, y in pairs)


def train(case: dict[str, Any], executor: Any, **options: Any) -> list[Any]:
    """A training of a case, and all that came of it."""
    net = case["net"]()
    X, T = case["data"]
    rest = {"epochs": 3, "batch_size": 40, "engine": "eager", **case.get("options", {}), **options}
    optimizer = rest.pop("optimizer", lambda parameters: nn.SGD(parameters, lr=0.5))(net.parameters())
    return everything(net, nn.fit(net, X, T, executor=executor, optimizer=optimizer, rng=7, **rest))


def half_log(y: Any, t: Any) -> Value:
    return 0.5 * log(1 + (y - t) ** 2)


class Weighted:
    """A loss that is an object, with a number that may change, a penalty on a network's weights, and a leaf."""

    def __init__(self, net: nn.Module | None = None) -> None:
        self.net, self.strength, self.scale = net, 0.01, Value(1.5, "scale")

    def __call__(self, y: Any, t: Any) -> Value:
        penalty = nn.losses.l2_penalty(self.net.parameters(), self.strength) if self.net else self.strength
        return nn.l2_loss(self.scale * y, t) + penalty


def tied() -> nn.Network:
    """Two layers that share their weights."""
    net = nn.MLP(3, [3, 3, 1], "tanh", rng=2)
    for one, other in zip(net.layers[0].neurons, net.layers[1].neurons, strict=True):
        other.w = one.w
    return net


CASES: dict[str, dict[str, Any]] = {
    "one neuron": {"net": lambda: nn.MLP(1, [1], "identity"), "data": data(1, 1), "options": {"batch_size": None}},
    "2-3-2, batches of 16": {"net": lambda: nn.MLP(2, [3, 2]), "data": data(2, 2), "options": {"batch_size": 16}},
    "tanh, momentum, clipped": {
        "net": lambda: nn.MLP(2, [4, 4, 1], "tanh", output_activation="identity"), "data": data(2, 1),
        "options": {"optimizer": lambda p: nn.SGD(p, lr=0.2, momentum=0.9, weight_decay=0.01), "clip_norm": 0.1},
    },
    "classes, Adam, metrics": {
        "net": lambda: nn.MLP(2, [5, 3], "relu", output_activation="identity"), "data": classes(),
        "options": {"loss": nn.cross_entropy, "optimizer": nn.Adam, "metrics": nn.accuracy, "validation": 0.3},
    },
    "patience, snapshots": {
        "net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1),
        "options": {"validation": data(2, 1, 41, seed=1), "patience": 2, "snapshots": True, "epochs": 6,
                    "metrics": {"distance": lambda y, t: abs(y - t)}},
    },
    "softmax, layer norm": {
        "net": lambda: nn.Network([nn.Layer(2, 4, "tanh"), nn.LayerNorm(4), nn.Layer(4, 2, "softmax")]),
        "data": data(2, 2), "options": {"shuffle": False},
    },
    "tied weights": {"net": tied, "data": data(3, 1)},
    "a loss of one's own": {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1), "options": {"loss": half_log}},
    "a loss that is an object": {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1), "options": {"loss": Weighted()}},
    "rewards": {
        "net": lambda: nn.MLP(2, [2, 1]), "data": data(2, 1),
        "options": {"optimizer": lambda p: nn.SGD(p, lr=0.1, maximize=True), "batch_size": 88},
    },
}  # fmt: skip
CASE = CASES["classes, Adam, metrics"]


# ---------------------------------------------------------------- executors


@pytest.fixture(autouse=True)
def _lines_of_python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded losses run as lines of Python, unless a test is marked: numba takes seconds to compile."""
    if not request.node.get_closest_marker("numba"):
        find = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba" else find(name))


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Two processes, started as Windows and macOS start them."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


class Scheduled(Executor):
    """Computes here, and does to the n-th task what `events` say: raise it, or make it the task's outcome."""

    def __init__(self, events: dict[int, BaseException] | None = None, refused: dict[int, Exception] | None = None,
                 is_new: bool = False) -> None:  # fmt: skip
        self.events, self.refused, self.is_new = events or {}, refused or {}, is_new
        self.futures: list[Future[Any]] = []
        self.sizes: list[int] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        number = len(self.futures)
        if number in self.refused:
            raise self.refused[number]
        if self.is_new:  # every task meets a worker that was just started
            worker._descriptions.clear()
            worker._own.__dict__.clear()
        future: Future[Any] = Future()
        self.futures.append(future)
        self.sizes.append(len(arguments[0]))
        if isinstance(self.events.get(number), CancelledError):
            future.cancel()
        elif number in self.events:
            future.set_exception(self.events[number])
        else:
            future.set_result(function(*arguments, **named))
        return future


class Backwards(Executor):
    """Completes what it is given from the last task to the first, as soon as somebody waits."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        outer = self

        class Late(Future):  # type: ignore[type-arg]
            def result(self, timeout: float | None = None) -> Any:
                while outer.waiting:
                    future, called, given = outer.waiting.pop()
                    future.set_result(called(*given))
                return super().result(timeout)

        future = Late()
        self.waiting.append((future, function, arguments))
        return future


def warned(run: Callable[[], Any]) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = run()
    return found, [str(each.message) for each in caught]


# ---------------------------------------------------------------- the same numbers


@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_as_one_machine_does(name: str, pool: Executor) -> None:
    assert same(train(CASES[name], None), train(CASES[name], pool))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_a_recorded_loss_is_shared_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.sharding.engine.described", None)  # what the engine would need
    executor = Scheduled()
    assert same(train(CASES[name], None), train(CASES[name], executor, engine="replay"))
    assert executor.futures


@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_processes_run_recorded_losses(pool: Executor) -> None:
    assert same(train(CASE, None), train(CASE, pool, engine="replay"))


@pytest.mark.numba
def test_processes_run_compiled_losses_to_the_same_bits(pool: Executor) -> None:
    found = train(CASE, pool, engine="replay")
    assert same(train(CASE, None), found)
    assert found == train(CASE, Scheduled(), engine="replay")


@pytest.mark.parametrize("engine", ["eager", "replay"])
@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_every_bit_is_the_same_whoever_computes(engine: str, pool: Executor) -> None:
    alone = train(CASE, Scheduled(), engine=engine)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(4) as four:
        for executor in (one, four, pool, Backwards(), Scheduled(is_new=True)):
            assert alone == train(CASE, executor, engine=engine)


def test_forked_processes_train_as_well() -> None:
    if "fork" not in multiprocessing.get_all_start_methods() or sys.version_info >= (3, 12):
        pytest.skip("here processes are not forked, or only with a warning")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        assert same(train(CASE, None), train(CASE, executor))


def test_threads_share_nothing_but_the_work_and_leave_the_collector_on() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # as often as can be
    try:
        with ThreadPoolExecutor(4) as executor:
            assert same(train(CASE, None), train(CASE, executor))
    finally:
        sys.setswitchinterval(usual)
    assert gc.isenabled()


def test_a_weight_that_no_sample_reaches_is_left_alone(pool: Executor) -> None:
    def run(executor: Any) -> float:
        net, apart = nn.MLP(2, [3, 1]), Value(1.0, "apart")
        optimizer = nn.SGD([*net.parameters(), apart], lr=0.5, weight_decay=0.1)
        nn.fit(net, *data(2, 1), optimizer=optimizer, epochs=2, batch_size=40, engine="eager", executor=executor)
        assert not apart.has_grad
        return apart.data

    assert run(None) == run(pool) == 1.0


def test_a_loss_may_hold_the_network_and_leaves_that_are_trained(pool: Executor) -> None:
    def run(executor: Any) -> list[Any]:
        net = nn.MLP(2, [3, 1])
        loss = Weighted(net)
        optimizer = nn.SGD([*net.parameters(), loss.scale], lr=0.5)
        history = nn.fit(net, *data(2, 1), loss=loss, optimizer=optimizer, epochs=3, batch_size=40, engine="eager",
                         executor=executor)  # fmt: skip
        return [*everything(net, history), loss.scale.data]

    assert same(run(None), run(pool))


@pytest.mark.filterwarnings("error")
def test_what_a_callback_changes_in_the_loss_is_followed(pool: Executor) -> None:
    def run(executor: Any) -> list[Any]:
        net, loss = nn.MLP(2, [3, 1]), Weighted()

        def stronger(training: nn.Training) -> None:
            loss.strength *= 2

        history = nn.fit(net, *data(2, 1), loss=loss, epochs=4, batch_size=40, engine="eager", callbacks=stronger,
                         executor=executor)  # fmt: skip
        return everything(net, history)

    assert same(run(None), run(pool))


@given(st.integers(1, 10_000))
def test_shards_hold_every_sample_once_in_order_and_are_neither_many_nor_tiny(count: int) -> None:
    parts = shards(count)
    assert list(range(count)) == [place for part in parts for place in part]
    assert 1 <= len(parts) <= 64
    assert len(parts) == 1 or min(map(len, parts)) >= SMALLEST
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


# ---------------------------------------------------------------- what travels


def test_the_network_travels_once_and_not_with_every_task() -> None:
    net = nn.MLP(2, [30, 30, 1], "tanh", rng=11)
    executor = Scheduled()
    nn.fit(net, *data(2, 1), epochs=5, batch_size=40, engine="eager", executor=executor)
    described, parameters = len(pickle.dumps(net)), len(net.parameters())
    large = [size for size in executor.sizes if size > 8 * parameters + 4_000]
    assert 1 <= len(large) <= 5, "the tasks that were answered by 'unknown' at the start"
    assert max(executor.sizes) < described, "numbers and labels stay here"


def test_a_worker_started_anew_is_told_again() -> None:
    executor = Scheduled(is_new=True)
    train(CASE, executor)
    assert sum(future.result().is_unknown for future in executor.futures) * 2 == len(executor.futures)


def test_a_worker_forgets_the_oldest_training(pool: Executor) -> None:
    for units in range(1, 8):
        train({"net": lambda units=units: nn.MLP(2, [units, 1]), "data": data(2, 1)}, Scheduled(), epochs=1)
    assert len(worker._descriptions) <= 4 and len(worker._own.models) <= 4


@pytest.mark.parametrize("loss", [lambda y, t: half_log(y, t), type("L", (), {"__call__": lambda self, y, t: y})()])
def test_a_loss_that_cannot_be_sent_is_an_error_that_says_what_to_do(loss: Any) -> None:
    told = "this loss cannot be sent to a worker .*: define .* at the top level of"
    with pytest.raises(nn.NetworkError, match=told) as caught:
        train(CASES["2-3-2, batches of 16"], Scheduled(), loss=loss)
    assert "0x" not in str(caught.value)


def test_a_network_that_cannot_be_sent_is_an_error_that_says_what_to_do() -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1], lambda a: a * a), "data": data(2, 1)}
    with pytest.raises(nn.NetworkError, match="this network cannot be sent to a worker"):
        train(case, Scheduled())


@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_of_a_recorded_loss_only_the_record_is_sent(pool: Executor) -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1], lambda a: a / (1 + a * a)), "data": data(2, 1)}
    loss = lambda y, t: (y - t) ** 4  # noqa: E731
    assert same(train(case, None, loss=loss), train(case, pool, loss=loss, engine="replay"))


BUMPS = """
from autograd import custom

bump = custom("bump_of_mine", lambda x: x / (1 + x * x), lambda y, x: (1 - x * x) / (1 + x * x) ** 2)
"""


def test_operations_of_ones_own_come_with_the_module_that_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: dict[str, object]
) -> None:
    (tmp_path / "bumps_of_mine.py").write_text(BUMPS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import bumps_of_mine  # type: ignore[import-not-found]

    case = {"net": lambda: nn.MLP(2, [3, 1], bumps_of_mine.bump), "data": data(2, 1)}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        assert same(train(case, None), train(case, executor))


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("event", [CancelledError(), asyncio.CancelledError(), OSError("connection lost"),
                                   MemoryError(), RuntimeError("KilledWorker")], ids=repr)  # fmt: skip
def test_a_missing_shard_is_computed_here_with_one_warning(event: BaseException) -> None:
    expected = train(CASE, Scheduled())
    found, messages = warned(lambda: train(CASE, Scheduled({11: event, 12: event, 31: event})))
    assert expected == found
    assert len(messages) == 1 and "no answer from a worker" in messages[0] and "computed here" in messages[0]


def test_a_broken_executor_leaves_the_rest_to_this_machine() -> None:
    whole, executor = Scheduled(), Scheduled({17: BrokenExecutor("a process died")})
    expected = train(CASE, whole)
    found, messages = warned(lambda: train(CASE, executor))
    assert expected == found
    assert len(messages) == 1 and "takes no more work (BrokenExecutor: a process died)" in messages[0]
    assert "__main__" not in messages[0]
    assert len(executor.futures) <= 17 + 16 < len(whole.futures), "nothing is given to it any more"


@pytest.mark.parametrize("problem", [BrokenExecutor("gone"), RuntimeError("cannot schedule new futures: shutdown")])
def test_an_executor_that_stops_taking_tasks_leaves_them_to_this_machine(problem: Exception) -> None:
    expected = train(CASE, Scheduled())
    found, messages = warned(lambda: train(CASE, Scheduled(refused={18: problem})))
    assert expected == found and len(messages) == 1


def test_an_executor_that_never_worked_says_why_itself() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        train(CASE, executor)


def test_where_no_process_ever_started_the_warning_has_the_usual_cause() -> None:
    found, messages = warned(lambda: train(CASE, Scheduled({0: BrokenExecutor("")})))
    assert len(messages) == 1 and '`if __name__ == "__main__":`' in messages[0]
    assert found == train(CASE, Scheduled())


class Deadly:
    """A loss that ends the process it is computed in: once, at the n-th sample, and never at home."""

    def __init__(self, flag: Path, sample: int) -> None:
        self.home, self.flag, self.left = os.getpid(), flag, sample

    def __call__(self, y: Any, t: Any) -> Value:
        self.left -= 1
        if self.left == 0 and os.getpid() != self.home and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return nn.l2_loss(y, t)


def test_a_process_that_dies_in_the_middle_of_an_epoch_costs_nothing_but_a_warning(tmp_path: Path) -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1)}
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        found, messages = warned(lambda: train(case, executor, loss=Deadly(tmp_path / "died", 40)))
    assert (tmp_path / "died").exists()
    assert same(train(case, None), found)
    assert len(messages) == 1 and "BrokenProcessPool" in messages[0]


def words(problem: Exception) -> str:
    """A message, with its numbers to six digits: the last ones of a number that is to be refused are noise."""
    return re.sub(r"(\.\d{6})\d*", r"\1", str(problem))


def failing_log(y: Any, t: Any) -> Value:
    return log(y - 0.35) + 0 * t


def test_an_operation_without_value_in_a_shard_is_the_error_of_one_machine(pool: Executor) -> None:
    def problem(executor: Any) -> nn.TrainingError:
        net = nn.MLP(1, [1], "identity")
        for parameter, number in zip(net.parameters(), (1.0, 0.5), strict=True):
            parameter.data = number
        X = [[x / 80] for x in range(40)]
        with pytest.raises(nn.TrainingError) as caught:
            nn.fit(net, X, [0.0] * 40, loss=failing_log, optimizer=nn.SGD(net.parameters(), lr=0.05), epochs=50,
                   engine="eager", shuffle=False, executor=executor)  # fmt: skip
        return caught.value

    expected, found = problem(None), problem(pool)
    assert words(expected) == words(found) and "log needs a positive number" in str(found)
    assert expected.epoch == found.epoch > 1
    assert same(expected.history.losses, found.history.losses)
    assert type(expected.__cause__) is type(found.__cause__)


@pytest.mark.parametrize("engine", ["eager", "replay"])
@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_numbers_that_leave_the_finite_are_the_error_of_one_machine(engine: str, pool: Executor) -> None:
    def problem(executor: Any) -> str:
        net = nn.MLP(1, [1], "identity", rng=3)
        X, T = data(1, 1)
        with pytest.raises(nn.TrainingError) as caught:
            nn.fit(net, X, T, optimizer=nn.SGD(net.parameters(), lr=1e30), epochs=50, engine=engine, executor=executor)
        return words(caught.value)

    assert problem(None) == problem(pool)


class AtHome:
    """A loss that does something else elsewhere, from a sample on."""

    def __init__(self, what: str, after: int = 0) -> None:
        self.home, self.what, self.left = os.getpid(), what, after

    def __call__(self, y: Any, t: Any) -> Value:
        self.left -= 1
        if os.getpid() != self.home and self.left < 0:
            if self.what == "fails":
                raise NameError("name 'net' is not defined")
            return nn.l2_loss(y, t) * 2
        return nn.l2_loss(y, t)


def test_workers_that_cannot_compute_the_loss_are_told_before_the_first_step(pool: Executor) -> None:
    net = nn.MLP(2, [3, 1])
    before = [parameter.data for parameter in net.parameters()]
    with pytest.raises(nn.NetworkError, match=r"NameError: name 'net' is not defined\): put .* into a module"):
        nn.fit(net, *data(2, 1), loss=AtHome("fails"), epochs=2, batch_size=40, engine="eager", executor=pool)
    assert before == [parameter.data for parameter in net.parameters()]


def test_a_worker_that_fails_later_costs_a_warning(pool: Executor) -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1)}
    found, messages = warned(lambda: train(case, pool, loss=AtHome("fails", 15)))
    assert same(train(case, None), found)
    assert len(messages) == 1 and "a worker could not compute what this machine can (NameError" in messages[0]


def test_a_loss_that_reads_what_is_not_sent_is_computed_here(pool: Executor) -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1)}
    found, messages = warned(lambda: train(case, pool, loss=AtHome("differs")))
    assert train(case, None) == found
    assert len(messages) == 1 and "such as a global variable" in messages[0]


def by_cases(y: Any, t: Any) -> Value:
    return (y - t) ** 2 if t > 0.5 else 3 * (y - t) ** 4


def by_spelling(y: Any, t: Any) -> Value:
    return 3 * (y - t) ** 4 if f"{t:.3f}" == "0.283" else (y - t) ** 2


@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_a_loss_that_python_decides_is_run_by_the_engine_in_the_workers(pool: Executor) -> None:
    case = {"net": lambda: nn.MLP(2, [3, 1]), "data": data(2, 1)}
    found, messages = warned(lambda: train(case, pool, loss=by_cases, engine="replay"))
    assert same(train(case, None, loss=by_cases), found)
    assert any('engine="eager" is used' in each for each in messages)


@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_a_decision_that_the_first_comparison_does_not_meet_is_found_later(monkeypatch: pytest.MonkeyPatch) -> None:
    X, T = data(2, 1, 40)
    T = [0.25 + 0.001 * number for number in range(40)]  # of the first 16, the extremes and some more are compared
    assert 33 not in telling(Samples([tuple(x) for x in X], T))
    case = {"net": lambda: nn.MLP(2, [3, 1]), "data": (X, T)}
    ticks = iter(range(0, 10**9, 10))
    monkeypatch.setattr("nn.sharding.engine.SHARE", 1e9)
    monkeypatch.setattr("nn.sharding.engine.time", type("Clock", (), {"perf_counter": lambda: next(ticks)}))
    _, messages = warned(lambda: train(case, Scheduled(), loss=by_spelling, engine="replay", epochs=60, batch_size=40))
    assert any("sample 33 has another loss" in each for each in messages)


@pytest.mark.filterwarnings("ignore:the loss is replayed by lines of Python")
def test_workers_without_the_compiler_run_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: Any) -> None:
        raise ModuleNotFoundError("No module named 'numba'")

    monkeypatch.setattr("nn.sharding.models.Compiled", missing)
    found, messages = warned(lambda: train(CASE, Scheduled(is_new=True), engine="replay"))
    assert same(train(CASE, None), found)
    assert any("engine=\"eager\" is used: a worker cannot run" in each and "numba" in each for each in messages)


def test_ctrl_c_cancels_what_is_on_its_way_and_keeps_what_was_reached() -> None:
    class Interrupted(Scheduled):
        def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
            if len(self.futures) < 33:
                return super().submit(function, *arguments, **named)
            self.futures.append(Future())  # on its way
            if len(self.futures) == 34:
                self.futures[-1].set_exception(KeyboardInterrupt())
            return self.futures[-1]

    executor = Interrupted()
    net = nn.MLP(2, [3, 1])
    history = nn.fit(net, *data(2, 1), epochs=9, batch_size=40, engine="eager", executor=executor)
    assert history.stopped == "interrupted" and 1 <= history.epochs < 9
    on_their_way = executor.futures[34:]
    assert on_their_way and all(future.cancelled() for future in on_their_way)
    again = nn.MLP(2, [3, 1])
    assert same(history.losses, nn.fit(again, *data(2, 1), epochs=history.epochs, batch_size=40).losses)


# ---------------------------------------------------------------- what is no executor, and where one is of no use


@pytest.mark.parametrize("executor", [2, "processes", ProcessPoolExecutor, object()], ids=repr)
def test_what_is_no_executor_is_refused_in_one_sentence(executor: Any) -> None:
    with pytest.raises(nn.NetworkError, match=r"executor is a concurrent.futures.Executor, .*client.get_executor\(\)"):
        nn.fit(nn.MLP(2, [1]), *data(2, 1), executor=executor)


def test_batches_too_small_to_be_shared_stay_here() -> None:
    executor = Scheduled()
    with pytest.warns(UserWarning, match="batches of 8 are too small to be shared; from 16 on they are"):
        found = train(CASE, executor, batch_size=8)
    assert not executor.futures and found == train(CASE, None, batch_size=8)


def test_inside_anomaly_everything_is_computed_here() -> None:
    executor = Scheduled()
    with pytest.warns(UserWarning, match="inside no_grad and anomaly"), anomaly():
        train(CASE, executor, epochs=1)
    assert not executor.futures


def test_no_epochs_need_no_worker() -> None:
    executor = Scheduled()
    train(CASE, executor, epochs=0)
    assert not executor.futures


def test_without_an_executor_nothing_of_the_pools_is_imported() -> None:
    code = "import sys, nn; nn.fit(nn.MLP(1, [1]), [0, 1], [0, 1], epochs=1); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"concurrent.futures", "multiprocessing"} & set(ran.stdout.split())


# ---------------------------------------------------------------- a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        Client(local) as client,
    ):
        yield client


@pytest.mark.dask
@pytest.mark.filterwarnings("default", "ignore:the loss is replayed by lines of Python")
@pytest.mark.parametrize("name", ["classes, Adam, metrics", "patience, snapshots", "a loss of one's own"])
def test_a_dask_cluster_trains_as_one_machine_does(name: str, cluster: Any) -> None:
    assert same(train(CASES[name], None), train(CASES[name], cluster.get_executor()))


@pytest.mark.dask
@pytest.mark.filterwarnings("default", "ignore:the loss is replayed by lines of Python")
@pytest.mark.parametrize("engine", ["eager", "replay"])
def test_a_worker_killed_in_the_middle_of_an_epoch_does_not_cost_the_run(engine: str, cluster: Any) -> None:
    case = {"net": lambda: nn.MLP(2, [16, 16, 1], "tanh"), "data": data(2, 1, 600)}
    alone = train(case, None, epochs=4, batch_size=100)
    executor = cluster.get_executor()
    submit, killed = executor.submit, []
    processes = cluster.run(os.getpid)

    def deadly(*arguments: Any) -> Any:
        future = submit(*arguments)
        deadly.count += 1  # type: ignore[attr-defined]
        if deadly.count == 200:  # type: ignore[attr-defined]
            victim = next(iter(processes.values()))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)
        return future

    deadly.count = 0  # type: ignore[attr-defined]
    executor.submit = deadly
    found = train(case, executor, epochs=4, batch_size=100, engine=engine)
    assert killed and deadly.count > 250, "it died before the last epoch, and the others worked on"  # type: ignore[attr-defined]
    assert same(alone, found)
    cluster.wait_for_workers(2, timeout=30)
    assert set(killed).isdisjoint(cluster.run(os.getpid).values())
