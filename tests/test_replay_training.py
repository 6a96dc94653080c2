"""Training in compiled code is training: the same history, weights and memories as the eager engine's."""

from __future__ import annotations

import importlib.util
import math
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd
import nn
from autograd import AutogradError, Value, absolute, custom, log, sign, sqrt, tanh, where
from autograd.graph import topological_order
from autograd.replay.tape import flattened
from autograd.replay.terms import UntraceableError
from autograd.replay.training.updates import read_update
from nn.optimisers import Optimiser
from nn.replay.engine import Replay
from nn.replay.stepping import Stepping

ENGINES = ["python", pytest.param("numba", marks=pytest.mark.numba)]
engines = pytest.mark.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `engine="replay"` runs on; the warning that lines of Python are slower is taken for granted."""
    if request.param == "python":
        find = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba" else find(name))
        warnings.filterwarnings("ignore", "the loss is replayed by lines of Python")
    return str(request.param)


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[Replay]:
    """The replays that were made: an engine that never got to work would pass all comparisons."""
    made: list[Replay] = []
    make = Replay.__init__

    def noted(self: Replay, *arguments: Any) -> None:
        make(self, *arguments)
        made.append(self)

    monkeypatch.setattr(Replay, "__init__", noted)
    return made


def data(inputs: int, outputs: int, count: int = 13, seed: int = 0) -> tuple[list[Any], list[Any]]:
    rng = random.Random(seed)
    X = [[rng.uniform(-1, 1) for _ in range(inputs)] for _ in range(count)]
    T: list[Any] = [[rng.uniform(0.1, 0.9) for _ in range(outputs)] for _ in range(count)]
    return X, [row[0] for row in T] if outputs == 1 else T


def close(a: Any, b: Any, tolerance: float = 1e-12) -> bool:
    if isinstance(a, dict):
        return list(a) == list(b) and all(close(a[key], b[key], tolerance) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and (a == b or abs(a - b) <= tolerance * max(1.0, abs(a)))


def trained(
    make: Callable[[], nn.Module], optimiser: Callable[[list[Value]], Optimiser], X: Any, T: Any, **options: Any
) -> dict[str, Any]:
    """All that a training leaves behind, with either engine."""
    found: dict[str, Any] = {}
    for name in ("eager", "replay"):
        net = make()
        chosen = optimiser(net.parameters())
        rng = random.Random(7)
        history = nn.fit(net, X, T, optimizer=chosen, rng=rng, engine=name, progress=False, **options)
        found[name] = {
            **vars(history),
            "weights": [each.data for each in net.parameters()],
            "gradients": [each.grad for each in net.parameters()],
            "memories": chosen.memories,
            "random": [rng.random()],
        }
    return found


def same(found: dict[str, Any]) -> bool:
    return close(found["eager"], found["replay"])


def sgd(parameters: list[Value]) -> Optimiser:
    return nn.SGD(parameters, lr=0.1)


class SignDescent(Optimiser):
    """Decides by the gradient."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        return weight - self.lr if gradient > 0 else weight + 0.5 * self.lr


class RootMeanSquare(Optimiser):
    """Begins with another rule than it goes on with."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        mean = memory["mean"] = 0.9 * memory["mean"] + 0.1 * gradient * gradient if memory else gradient * gradient
        return weight - self.lr * gradient / (sqrt(mean) + 1e-8)


class Counting(Optimiser):
    """Changes itself, which no recorded rule can tell."""

    count = 0

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        self.count += 1
        return weight - self.lr / self.count * gradient


class InItsOwnWay(nn.SGD):
    """Takes its steps itself."""

    def step(self) -> None:
        self.lr *= 0.99
        super().step()


OPTIMISERS: dict[str, Callable[[list[Value]], Optimiser]] = {
    "sgd": sgd,
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9),
    "nesterov, decay": lambda p: nn.SGD(p, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.01),
    "maximize": lambda p: nn.SGD(p, lr=0.01, maximize=True, momentum=0.5, dampening=0.2),
    "adam": lambda p: nn.Adam(p, lr=0.05),
    "adam, decay": lambda p: nn.Adam(p, lr=0.05, betas=(0.8, 0.9), weight_decay=0.1),
    "sign": lambda p: SignDescent(p, lr=0.01),
    "root mean square": lambda p: RootMeanSquare(p, lr=0.01),
    "counting": lambda p: Counting(p, lr=0.5),
    "own way": lambda p: InItsOwnWay(p, lr=0.1),
}


# ---------------------------------------------------------------- the same history


# (Machine code is one kind for single samples, and one for batches; lines of Python differ more.)
BATCHES = [("python", 1), ("python", 3), ("python", 5), ("python", None)]
COMPILED = [pytest.param("numba", size, marks=pytest.mark.numba) for size in (1, 5)]


@pytest.mark.parametrize("engine, batch_size", BATCHES + COMPILED, indirect=["engine"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_and_batch_size_trains_as_eager(
    engine: str, optimiser: str, batch_size: int | None, replayed: list[Replay]
) -> None:
    found = trained(lambda: nn.MLP(3, [4, 2], "tanh", rng=1), OPTIMISERS[optimiser], *data(3, 2), epochs=4,
                    batch_size=batch_size)  # fmt: skip
    assert same(found)
    assert [engine] == [each.kind for each in replayed] and not replayed[0].has_left


@engines
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu", "softplus", "leaky_relu", "identity", "silu"])
def test_every_activation_trains_as_eager(engine: str, activation: str, replayed: list[Replay]) -> None:
    found = trained(lambda: nn.MLP(2, [5, 1], activation, rng=2), sgd, *data(2, 1), epochs=5, batch_size=4)
    assert same(found) and replayed and not replayed[0].has_left


LOSSES = {
    "mse_loss": nn.mse_loss,
    "mae_loss": nn.mae_loss,
    "binary_cross_entropy_with_logits": nn.binary_cross_entropy_with_logits,
    "own": lambda y, t: sum((absolute(a - b) + 0.1 * (a - b) ** 2 for a, b in zip(y, t, strict=True)), 0.0),
}


@engines
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains_as_eager(engine: str, loss: str, replayed: list[Replay]) -> None:
    found = trained(lambda: nn.MLP(2, [3, 2], "tanh", output_activation="identity", rng=3), sgd, *data(2, 2), epochs=5,
                    batch_size=5, loss=LOSSES[loss])  # fmt: skip
    assert same(found) and replayed and not replayed[0].has_left


@engines
@pytest.mark.parametrize("batch_size", [1, 8])
def test_classes_by_their_numbers_train_as_eager(engine: str, batch_size: int, replayed: list[Replay]) -> None:
    X, _ = data(4, 1, 20)
    T = [number % 3 for number in range(20)]
    found = trained(
        lambda: nn.MLP(4, [5, 3], "tanh", output_activation="identity", rng=3), OPTIMISERS["adam"], X, T, epochs=6,
        batch_size=batch_size, loss=nn.cross_entropy, metrics=nn.accuracy, validation=0.25,
    )  # fmt: skip
    assert same(found) and replayed and not replayed[0].has_left


@engines
def test_metrics_validation_snapshots_patience_and_clipping_are_those_of_eager(
    engine: str, replayed: list[Replay]
) -> None:
    found = trained(
        lambda: nn.MLP(2, [6, 1], rng=3), lambda p: nn.SGD(p, lr=4.0), *data(2, 1, 30), epochs=60, batch_size=7,
        validation=0.3, patience=3, snapshots=True, clip_norm=0.05, metrics={"distance": lambda y, t: abs(y - t)},
    )  # fmt: skip
    assert same(found) and replayed and not replayed[0].has_left
    assert "patience" == found["replay"]["stopped"]


@engines
def test_a_layer_norm_and_a_softmax_train_as_eager(engine: str, replayed: list[Replay]) -> None:
    def make() -> nn.Network:
        return nn.Network([nn.Layer(3, 4, "tanh", rng=1), nn.LayerNorm(4), nn.Layer(4, 3, nn.softmax, rng=2)])

    assert same(trained(make, sgd, *data(3, 3), epochs=4, batch_size=6))
    assert replayed and not replayed[0].has_left


@engines
def test_only_the_optimisers_parameters_change(engine: str) -> None:
    def last_layer(parameters: list[Value]) -> Optimiser:
        return nn.SGD(parameters[6:], lr=0.3, momentum=0.5)

    assert same(trained(lambda: nn.MLP(2, [2, 2], rng=5), last_layer, *data(2, 2), epochs=5, batch_size=4))


@engines
def test_a_penalty_on_the_weights_is_part_of_the_loss(engine: str, replayed: list[Replay]) -> None:
    def run(name: str) -> list[float]:
        net = nn.MLP(2, [3, 1], rng=5)

        def loss(y: Any, t: Any) -> Any:
            return nn.l2_loss(y, t) + nn.l2_penalty(net.parameters(), 0.01)

        return nn.fit(net, *data(2, 1), loss=loss, batch_size=5, epochs=6, engine=name).losses

    assert close(run("eager"), run("replay")) and replayed


@engines
def test_callbacks_see_and_change_what_they_would(engine: str, replayed: list[Replay]) -> None:
    def run(name: str) -> tuple[list[Any], list[float]]:
        net, seen = nn.MLP(2, [3, 1], rng=5), list[Any]()

        def callback(state: nn.Training) -> bool:
            seen.append([state.epoch, state.history.losses[-1], *(p.data for p in net.parameters())])
            state.optimizer.lr *= 0.9
            if state.epoch == 3:
                net.parameters()[0].data = 0.25
            if state.epoch == 5:
                state.optimizer.momentum = 0.9  # type: ignore[attr-defined]
            return state.epoch == 9

        history = nn.fit(net, *data(2, 1), batch_size=4, epochs=50, callbacks=callback, engine=name)
        assert ("callback", 9) == (history.stopped, history.epochs)
        return seen, history.losses

    assert all(close(a, b) for a, b in zip(run("eager"), run("replay"), strict=True)) and replayed


@engines
def test_a_second_training_goes_on_where_the_first_one_ended(engine: str) -> None:
    def run(names: tuple[str, str]) -> list[Any]:
        net = nn.MLP(2, [3, 1], rng=5)
        adam = nn.Adam(net.parameters(), lr=0.05)
        for name in names:
            nn.fit(net, *data(2, 1), optimizer=adam, batch_size=4, epochs=3, engine=name)
        return [adam.memories, [parameter.data for parameter in net.parameters()]]

    expected = run(("eager", "eager"))
    assert close(expected, run(("replay", "replay"))) and close(expected, run(("replay", "eager")))
    assert close(expected, run(("eager", "replay")))


@engines
def test_the_same_bits_come_out_every_time(engine: str) -> None:
    def run() -> list[float]:
        net = nn.MLP(2, [3, 1], rng=5)
        return nn.fit(net, *data(2, 1), batch_size=4, epochs=20, engine="replay").losses

    assert run() == run()


@engines
def test_generators_of_another_kind_shuffle_as_they_do(engine: str) -> None:
    class Backwards(random.Random):
        def shuffle(self, x: Any) -> None:
            x.reverse()

    X, T = data(2, 1)
    losses = [
        nn.fit(nn.MLP(2, [3, 1], rng=5), X, T, batch_size=4, epochs=4, rng=Backwards(), engine=name).losses
        for name in ("eager", "replay")
    ]
    assert close(*losses)
    assert not close(losses[0], nn.fit(nn.MLP(2, [3, 1], rng=5), X, T, batch_size=4, epochs=4, shuffle=False).losses)


@pytest.mark.numba
def test_the_order_of_samples_is_pythons_own() -> None:
    import numpy
    from numba import njit

    from autograd.replay.training.kernels import STATE, reorder

    shuffle = njit(lambda order, source: reorder(order, source))

    for seed, count in enumerate((1, 2, 3, 10, 255, 256, 257, 2000)):
        python, ours = random.Random(seed), random.Random(seed)
        source = numpy.zeros(STATE + 2, dtype=numpy.int64)
        source[: STATE + 1], source[STATE + 1] = ours.getstate()[1], 1
        order = numpy.arange(count)
        for _ in range(3):
            expected = list(range(count))
            python.shuffle(expected)
            shuffle(order, source)
            assert expected == order.tolist()
        assert list(python.getstate()[1]) == source[: STATE + 1].tolist()


# ---------------------------------------------------------------- what no record can tell


MIDDLE = 0.513  # about half of the network's first outputs are above


def by_its_number(y: Any, t: Any) -> Any:
    return (y - t) ** 2 if y.data > MIDDLE else 3 * absolute(y - t)


def by_a_comparison(y: Any, t: Any) -> Any:
    return (y - t) ** 2 if t > 0.5 else 3 * absolute(y - t)


def by_equality(y: Any, t: Any) -> Any:
    return 3 * absolute(y - t) if t == 0.75 else (y - t) ** 2


def by_a_dictionary(y: Any, t: Any) -> Any:
    return {0.75: 10.0}.get(t, 1.0) * (y - t) ** 2


def by_truth(y: Any, t: Any) -> Any:
    return (y - t) ** 2 if t else absolute(y)


def by_where_on_a_bool(y: Any, t: Any) -> Any:
    return where(y < MIDDLE, 3 * absolute(y - t), (y - t) ** 2)


LOOKING = [by_its_number, by_a_comparison, by_equality, by_a_dictionary, by_truth, by_where_on_a_bool]


@engines
@pytest.mark.parametrize("loss", LOOKING)
def test_a_loss_that_looks_at_numbers_is_trained_by_the_eager_engine(
    engine: str, loss: Any, replayed: list[Replay]
) -> None:
    with pytest.warns(UserWarning, match=r'engine="eager" is used: network or loss look at the number of a Value'):
        found = trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=3, batch_size=4, loss=loss)
    assert found["eager"] == found["replay"] and not replayed


def by_what_it_looks_like(y: Any, t: Any) -> Any:
    return (y - t) ** 2 if float(f"{y:.6f}") > MIDDLE else 3 * absolute(y - t)


def by_failing(y: Any, t: Any) -> Any:
    if f"{t:.1f}" == "0.3":
        raise nn.NetworkError("this target is none")
    return (y - t) ** 2


@engines
def test_a_loss_that_decides_unseen_is_found_by_comparing_samples_and_told(engine: str) -> None:
    with pytest.warns(UserWarning, match=r'engine="eager" is used: sample \d+ has another loss'):
        found = trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=3, batch_size=4,
                        loss=by_what_it_looks_like)  # fmt: skip
    assert found["eager"] == found["replay"]
    with pytest.warns(UserWarning, match=r"sample \d+ has another loss"), pytest.raises(nn.NetworkError, match="none"):
        nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), loss=by_failing, engine="replay")


@engines
def test_what_changes_on_the_way_is_found_and_told(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steep = [1.0]

    def loss(y: Any, t: Any) -> Any:
        return steep[0] * (y - t) ** 2

    def change(state: nn.Training) -> None:
        steep[0] = 2.0 if state.epoch >= 3 else 1.0

    net = nn.MLP(2, [3, 1], rng=1)
    monkeypatch.setattr("nn.replay.comparing.Comparison.is_due", lambda self: True)
    with pytest.warns(UserWarning, match=r"epoch 3: sample \d+ has another loss.*The epochs from 3 on.*from here on"):
        history = nn.fit(net, *data(2, 1), loss=loss, epochs=8, batch_size=4, callbacks=change, engine="replay")
    expected = nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), loss=lambda y, t: 1.0 * (y - t) ** 2, epochs=3,
                      batch_size=4)  # fmt: skip
    assert close(expected.losses, history.losses[:3])
    assert 8 == history.epochs and steep == [2.0]


@engines
def test_an_error_in_a_sample_is_the_eager_engines_own(engine: str, replayed: list[Replay]) -> None:
    def loss(y: Any, t: Any) -> Any:
        return -log(1.2 - 4 * (y - t) ** 2)

    told, left = [], []
    for name in ("eager", "replay"):
        net = nn.MLP(2, [3, 1], rng=1)
        rng = random.Random(3)
        with pytest.raises(nn.TrainingError) as caught:
            nn.fit(net, *data(2, 1), loss=loss, epochs=500, batch_size=4, rng=rng, engine=name,
                   metrics={"distance": lambda y, t: abs(y - t)},
                   optimizer=nn.SGD(net.parameters(), lr=0.9, maximize=True))  # fmt: skip
        told.append(str(caught.value))
        left.append([vars(caught.value.history), [each.data for each in net.parameters()], [rng.random()]])
    assert told[0].startswith("epoch ") and ": sample " in told[0]
    assert told[0].split(":")[:2] == told[1].split(":")[:2] and close(*left, 1e-9) and replayed


@engines
def test_a_gradient_that_is_not_finite_is_no_step(engine: str) -> None:
    def run(name: str) -> tuple[str, list[float]]:
        net = nn.MLP(1, [1], "identity", rng=0)
        weight, bias = net.parameters()
        weight.data, bias.data = 1.0, 0.0

        def loss(y: Any, t: Any) -> Any:
            return sqrt(y * y + t * 0.0)

        with pytest.raises((nn.TrainingError, ZeroDivisionError)) as caught:
            nn.fit(net, [[1.0], [0.5], [0.0]], [0.0, 0.0, 0.0], loss=loss, shuffle=False, batch_size=1, epochs=2,
                   optimizer=nn.SGD([weight], lr=0.01), engine=name)  # fmt: skip
        return str(caught.value), [each.data for each in net.parameters()]

    (told, weights), (told_too, weights_too) = run("eager"), run("replay")
    assert told == told_too and close(weights, weights_too)


@engines
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs a signal to the main thread")
def test_ctrl_c_in_compiled_code_leaves_whole_epochs_and_usable_weights(engine: str) -> None:
    net = nn.MLP(2, [3, 1], rng=1)
    adam = nn.Adam(net.parameters(), lr=0.01)
    nn.fit(net, *data(2, 1), optimizer=adam, batch_size=1, epochs=2, engine="replay")  # compiled by now
    timer = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    history = nn.fit(net, *data(2, 1), optimizer=adam, batch_size=1, epochs=10**8, engine="replay")
    timer.join()
    assert "interrupted" == history.stopped and history.epochs > 10
    assert {history.epochs} == {len(history.losses), *map(len, history.gradient_norms)}
    assert all(0 <= memory["t"] - (history.epochs + 2) * 13 < 13 for memory in adam.memories)
    assert all(math.isfinite(parameter.data) for parameter in net.parameters())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# ---------------------------------------------------------------- which engine


def test_auto_takes_the_eager_engine_for_what_is_done_at_once_and_replay_for_the_rest(replayed: list[Replay]) -> None:
    for epochs, count in ((5, 0), (10**6, 1)):
        stopped = nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), epochs=epochs, callbacks=lambda state: state.epoch == 5)
        assert ("callback" if count else "epochs") == stopped.stopped or not count
        assert count == len(replayed)


def test_without_numba_one_sentence_tells_how_to_get_the_rest_of_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match=r'pip install "chainrule\[fast\]" makes it as fast as C') as caught:
        nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), epochs=1, engine="replay")
    assert __file__ == caught[0].filename


def test_what_cannot_be_replayed_is_told_and_trained_all_the_same() -> None:
    def plain(y: Any, t: Any) -> Any:
        return (y - round(t, 1)) ** 2  # a Value cannot be rounded

    losses = []
    for name in ("eager", "replay", "auto"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            history = nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), loss=plain, epochs=3, engine=name)
        losses.append(history.losses)
        assert (name == "replay") == any("loss fail" in str(each.message) for each in caught)
    assert losses[0] == losses[1] == losses[2]


# ---------------------------------------------------------------- the rule of a step


def test_what_all_weights_share_is_computed_once_in_a_step() -> None:
    weights = [Value(1.0), Value(2.0)]
    adam = Stepping(nn.Adam(weights, lr=0.1), weights).update
    assert adam is not None
    assert ["t"] == list(adam.common) and ["m", "v"] == list(adam.memories)
    assert 4 == len(adam.once)  # 1 − β₁, 1 − β₂, and the two divisors


def test_a_rule_that_is_no_arithmetic_is_not_read() -> None:
    for rule in (lambda w, g, m, s: w - math.floor(g), lambda w, g, m, s: m.update(new=g) or w - g):
        with pytest.raises(UntraceableError):
            read_update(rule, ["lr"], [])
    assert Stepping(Counting([Value(1.0)], lr=0.1), []).update is None
    assert Stepping(InItsOwnWay([Value(1.0)], lr=0.1), []).update is None


def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the rule as it is read, not in the steps of the optimiser itself."""
    update = nn.SGD.update

    def wrong(self: nn.SGD, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        found = update(self, weight, gradient, memory)
        return found if isinstance(weight, float) else found + 1e-9 * tanh(gradient)

    monkeypatch.setattr(nn.SGD, "update", wrong)


@engines
def test_a_planted_fault_in_a_step_is_found_and_the_optimiser_takes_its_steps_itself(
    engine: str, monkeypatch: pytest.MonkeyPatch, replayed: list[Replay]
) -> None:
    planted(monkeypatch)
    assert same(trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=3, batch_size=4))
    assert replayed[0].stepping.update is None and not replayed[0].has_left


@engines
def test_a_planted_fault_that_no_check_finds_is_seen_here(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch)
    monkeypatch.setattr(Stepping, "check", lambda self, trainer: True)
    assert not same(trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=3, batch_size=4))


# ---------------------------------------------------------------- what tempts a record to be wrong


class Anchored(Optimiser):
    """Remembers where each weight began."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        memory["start"] = memory.get("start", weight)
        return weight - self.lr * (gradient + 0.1 * (weight - memory["start"]))


class Fading(Optimiser):
    """Remembers a whole number first, then others."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        memory["share"] = memory["share"] * 0.9 if memory else 1
        return weight - self.lr * memory["share"] * gradient


class Noisy(Optimiser):
    """Draws by chance."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        return weight - self.lr * gradient + 1e-3 * CHANCE.gauss(0, 1)


class Divided(Optimiser):
    """Fails where a gradient is 0."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        return weight - self.lr * 1e-3 / gradient


CHANCE = random.Random(0)


@engines
@pytest.mark.parametrize("kind", [Anchored, Fading])
def test_whatever_a_weight_remembers_is_its_own(engine: str, kind: type[Optimiser]) -> None:
    assert same(trained(lambda: nn.MLP(2, [3, 1], rng=1), lambda p: kind(p, lr=0.1), *data(2, 1), epochs=4,
                        batch_size=4))  # fmt: skip


@engines
def test_a_step_by_chance_is_taken_by_the_optimiser(engine: str) -> None:
    def run(name: str) -> list[float]:
        CHANCE.seed(1)
        net = nn.MLP(2, [3, 1], rng=1)
        nn.fit(net, *data(2, 1), optimizer=Noisy(net.parameters(), lr=0.1), epochs=4, batch_size=4, engine=name)
        CHANCE.seed(1)
        return sorted(abs(p.data - q.data) for p, q in zip(net.parameters(), nn.MLP(2, [3, 1], rng=1).parameters(),
                                                           strict=True))  # fmt: skip

    moved = run("replay")
    assert len(set(moved)) == len(moved)  # each weight has had noise of its own


@engines
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_step_that_fails_fails_where_it_would(engine: str, batch_size: int) -> None:
    def run(name: str) -> tuple[type[BaseException], list[float]]:
        net = nn.MLP(2, [2, 1], "relu", output_activation="identity", rng=1)
        net.parameters()[2].data = -9.0  # a unit that does nothing: its gradients are 0
        with pytest.raises(ArithmeticError) as caught:
            nn.fit(net, *data(2, 1), optimizer=Divided(net.parameters(), lr=0.1), epochs=9, batch_size=batch_size,
                   engine=name)  # fmt: skip
        return caught.type, [parameter.data for parameter in net.parameters()]

    assert run("eager") == run("replay")


@engines
def test_gradients_are_left_as_clipped(engine: str) -> None:
    for optimiser in (OPTIMISERS["adam"], OPTIMISERS["own way"], sgd):
        assert same(trained(lambda: nn.MLP(2, [3, 1], rng=1), optimiser, *data(2, 1), epochs=1, clip_norm=1e-3))


@engines
def test_what_a_callback_puts_back_before_it_stops_stays(engine: str) -> None:
    net = nn.MLP(2, [3, 1], rng=1)
    before = [parameter.data for parameter in net.parameters()]

    def restore(state: nn.Training) -> bool:
        for parameter, number in zip(net.parameters(), before, strict=True):
            parameter.data = number
        return state.epoch == 3

    nn.fit(net, *data(2, 1), epochs=9, callbacks=restore, engine="replay")
    assert before == [parameter.data for parameter in net.parameters()]


@engines
def test_a_callback_may_freeze_and_thaw_weights_and_forget_what_is_remembered(engine: str) -> None:
    def run(name: str) -> list[Any]:
        net = nn.MLP(2, [3, 1], rng=1)
        momentum = nn.SGD(net.parameters(), lr=0.1, momentum=0.9)
        everything = list(momentum.parameters), list(momentum.memories)

        def change(state: nn.Training) -> None:
            if state.epoch == 2:
                momentum.parameters, momentum.memories = momentum.parameters[3:], momentum.memories[3:]
            if state.epoch == 4:
                momentum.parameters, momentum.memories = everything
            if state.epoch == 6:
                momentum.memories = [{} for _ in momentum.parameters]

        history = nn.fit(net, *data(2, 1), optimizer=momentum, epochs=8, batch_size=5, callbacks=change, engine=name)
        return [history.losses, [parameter.data for parameter in net.parameters()], momentum.memories]

    assert close(run("eager"), run("replay"))


@engines
def test_comparing_leaves_no_trace_in_metrics_and_generators(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.replay.comparing.Comparison.is_due", lambda self: True)
    assert same(trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=5, batch_size=2,
                        metrics={"distance": lambda y, t: abs(y - t)}))  # fmt: skip


@engines
def test_a_kink_that_is_hit_is_no_difference(engine: str, replayed: list[Replay]) -> None:
    X, _ = data(2, 1)
    net = nn.MLP(2, [3, 1], rng=1)
    T = [net.predict(x)[0] for x in X]
    nn.fit(net, X, T, loss=nn.mae_loss, epochs=3, batch_size=4, engine="replay")
    assert replayed and not replayed[0].has_left


@engines
def test_an_operation_that_goes_on_for_ever_on_symbols_is_no_trap(engine: str, table: dict[str, object]) -> None:
    def reduced(x: float) -> float:
        while x > 0.2:
            x = x - 0.2
        return x

    fold = custom("folded", reduced, lambda y, x: 1.0 + 0 * x)
    with pytest.warns(UserWarning, match="no plain arithmetic|in a row"):
        nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), loss=lambda y, t: (fold(y) - t) ** 2, epochs=2, engine="replay")


@engines
def test_own_operations_of_every_spelling_train_as_eager(
    engine: str, table: dict[str, object], replayed: list[Replay]
) -> None:
    steep = custom("steep", lambda x: abs(x) ** 0.5 + 1.0 * (x > 0) + math.log(2 + x * x, 2),
                   lambda y, x: 0.5 * sign(x) * abs(x) ** -0.5 + 2 * x / ((2 + x * x) * math.log(2)))  # fmt: skip
    found = trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=3, batch_size=5,
                    loss=lambda y, t: steep(y - t))  # fmt: skip
    assert same(found) and replayed and not replayed[0].has_left


@engines
def test_rates_of_numpy_need_no_new_code(engine: str, replayed: list[Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy

    made: list[int] = []
    make = Replay.make
    monkeypatch.setattr(Replay, "make", lambda self: (made.append(1), make(self))[1])

    def run(name: str) -> list[float]:
        net = nn.MLP(2, [3, 1], rng=1)

        def schedule(state: nn.Training) -> None:
            state.optimizer.lr = numpy.float64(0.5 / state.epoch)

        return nn.fit(net, *data(2, 1), epochs=6, callbacks=schedule, engine=name).losses

    assert close(run("eager"), run("replay")) and [1] == made


@engines
@pytest.mark.parametrize("optimiser", ["momentum", "adam", "nesterov, decay"])
def test_a_rule_that_is_given_up_on_the_way_has_lost_nothing(
    engine: str, optimiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.replay.comparing.Comparison.is_due", lambda self: True)
    check, checks = Stepping.check, [0]

    def give_up(self: Stepping, trainer: Any) -> bool:
        checks[0] += 1
        if checks[0] == 4:
            monkeypatch.setattr(Stepping, "_expected", lambda self, *given: [math.nan] * (1 + len(self.names)))
        return check(self, trainer)

    monkeypatch.setattr(Stepping, "check", give_up)
    with pytest.warns(UserWarning, match="from here on it takes its steps itself"):
        found = trained(lambda: nn.MLP(2, [3, 1], rng=1), OPTIMISERS[optimiser], *data(2, 1), epochs=12, batch_size=4)
    assert same(found)
    assert checks[0] >= 4


@engines
def test_a_kink_is_no_difference_where_weights_are_frozen(engine: str, replayed: list[Replay]) -> None:
    X, _ = data(2, 1)
    net = nn.MLP(2, [3, 1], rng=1)
    T = [net.predict(x)[0] for x in X]
    nn.fit(net, X, T, loss=nn.mae_loss, optimizer=sgd(net.parameters()[4:]), epochs=2, engine="replay")
    assert replayed and not replayed[0].has_left


@engines
def test_a_loss_may_train_a_network_itself(engine: str) -> None:
    inner = nn.MLP(2, [2, 1], rng=4)

    def loss(y: Any, t: Any) -> Any:
        nn.fit(inner, *data(2, 1, 3), epochs=1, engine="replay")
        return (y - t) ** 2

    assert 2 == nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1, 4), loss=loss, epochs=2, engine="replay").epochs


@engines
def test_threads_train_networks_of_their_own_at_once(engine: str) -> None:
    def train(seed: int) -> list[float]:
        return nn.fit(nn.MLP(2, [4, 1], rng=seed), *data(2, 1), epochs=30, batch_size=3, engine="replay").losses

    found: dict[int, list[float]] = {}
    threads = [threading.Thread(target=lambda seed=seed: found.update({seed: train(seed)})) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {seed: train(seed) for seed in range(4)}


@engines
def test_numbers_too_large_for_a_square_are_left_to_the_eager_engine_with_a_word(engine: str) -> None:
    def run(name: str) -> list[float]:
        net = nn.MLP(1, [1], "identity", rng=1)
        still = nn.SGD(net.parameters(), 0.0)
        return nn.fit(net, [[1e200], [1.0]], [0.0, 0.0], loss=lambda y, t: y + t, optimizer=still, epochs=2,
                      batch_size=1, shuffle=False, engine=name).losses  # fmt: skip

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert close(run("eager"), run("replay"))
    told = [str(each.message) for each in caught if "had no finite number" in str(each.message)]
    assert len(told) == (engine == "numba")  # Python's hypot does not overflow


def test_a_numba_that_does_not_work_is_told_and_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.replay import engines as there

    monkeypatch.setattr(there, "is_installed", lambda: True)
    monkeypatch.setattr("nn.replay.choice.is_installed", lambda: True)
    for place in ("autograd.replay.engines", "nn.replay.choice", "autograd.replay.program"):
        monkeypatch.setattr(f"{place}.numba_problem", lambda: "numba is installed but cannot be used (too old)")
    with pytest.warns(UserWarning, match=r"lines of Python; numba is installed but cannot be used \(too old\)"):
        nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1), epochs=1, engine="replay")
    monkeypatch.setattr("autograd.replay.program.is_installed", lambda: True)
    x = Value(1.0)
    assert autograd.compile(x * x, [x]).engine == "python"
    with pytest.raises(AutogradError, match="cannot be used"):
        autograd.compile(x * x, [x], engine="numba")


def test_a_package_that_cannot_be_imported_is_a_problem_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.replay.engines import numba_problem

    monkeypatch.setitem(sys.modules, "numba", None)  # its import fails
    for name in ("compiling", "lanes"):
        monkeypatch.delitem(sys.modules, f"autograd.replay.{name}", raising=False)
        monkeypatch.delattr(f"autograd.replay.{name}", raising=False)  # imported by an earlier test
    numba_problem.cache_clear()
    try:
        assert numba_problem().startswith("numba is installed but cannot be used (")
    finally:
        numba_problem.cache_clear()


class Scaled(Optimiser):
    """Reads what does not belong to it alone."""

    factor = 1.0

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        return weight - self.lr * self.factor * FACTOR[0] * gradient


FACTOR = [1.0]


@engines
@pytest.mark.parametrize("where_", ["class", "global"])
def test_a_callback_may_change_whatever_a_step_reads(engine: str, where_: str) -> None:
    def run(name: str) -> list[float]:
        net = nn.MLP(2, [3, 1], rng=1)

        def anneal(state: nn.Training) -> None:
            if where_ == "class":
                Scaled.factor *= 0.5
            else:
                FACTOR[0] *= 0.5

        FACTOR[0] = Scaled.factor = 1.0
        return nn.fit(net, *data(2, 1), optimizer=Scaled(net.parameters(), lr=0.5), epochs=12, batch_size=4,
                      callbacks=anneal, engine=name).losses  # fmt: skip

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert close(run("eager"), run("replay"))
    assert ("global" == where_) == any("takes its steps itself" in str(each.message) for each in caught)


@engines
def test_a_gradient_that_cancels_to_nothing_is_no_difference(engine: str, replayed: list[Replay]) -> None:
    def make() -> nn.Network:
        return nn.Network([nn.Layer(3, 4, "tanh", rng=1), nn.Layer(4, 3, nn.softmax, rng=2)])

    nn.fit(make(), data(3, 3)[0], [[0.9, 0.9, 0.9]] * 13, loss=nn.mae_loss, epochs=3, engine="replay")
    assert replayed and not replayed[0].has_left


@engines
@pytest.mark.parametrize("forward", [lambda x: max([x, 0.1]), lambda x: min((x, 0.9)), lambda x: 1.0 * (x > 0.5)])
def test_lists_and_answers_in_a_forward_function_are_read(
    engine: str, forward: Any, table: dict[str, object], replayed: list[Replay]
) -> None:
    found = custom("found", forward, lambda y, x: 0.5 * x)
    for batch_size in (1, 8):
        assert same(trained(lambda: nn.MLP(2, [3, 1], rng=1), sgd, *data(2, 1), epochs=2, batch_size=batch_size,
                            loss=lambda y, t: found(y) + (y - t) ** 2))  # fmt: skip
    assert len(replayed) == 2 and not any(each.has_left for each in replayed)


def test_threads_that_a_loss_waits_for_may_record_too() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:

        def loss(y: Any, t: Any) -> Any:
            other = nn.MLP(2, [2, 1], rng=4)
            pool.submit(lambda: nn.fit(other, *data(2, 1, 3), epochs=1, engine="replay")).result(60)
            return (y - t) ** 2

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert 1 == nn.fit(nn.MLP(2, [3, 1], rng=1), *data(2, 1, 4), loss=loss, epochs=1, engine="replay").epochs


def test_auto_reckons_with_operations_and_not_with_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from nn.replay.choice import _quickest

    recording = flattened_loss(nn.MLP(2, [16, 16, 1], "tanh", rng=0))
    monkeypatch.setattr("nn.replay.choice.best_engine", lambda: "numba")
    assert ["eager", "python", "numba"] == [_quickest(recording, passes) for passes in (100, 20_000, 2_000_000)]
    monkeypatch.setattr("nn.replay.choice.best_engine", lambda: "python")
    assert "python" == _quickest(recording, 2_000_000)


def flattened_loss(net: nn.MLP) -> Any:
    x, t = [Value(0.5) for _ in range(net.inputs)], Value(0.25)
    loss = nn.l2_loss(net(x, labelled=False), t)
    return flattened(loss, topological_order(loss), [*x, t], net.parameters())


@engines
def test_a_loss_that_a_callback_changes_is_followed_from_there_on(engine: str) -> None:
    scale = [1.0]

    def loss(y: Any, t: Any) -> Any:
        return scale[0] * (y - t) ** 2

    def anneal(state: nn.Training) -> None:
        scale[0] *= 0.5 if state.epoch >= 3 else 1.0

    def run(name: str) -> list[float]:
        scale[0] = 1.0
        net = nn.MLP(2, [3, 1], rng=1)
        return nn.fit(net, *data(2, 1), loss=loss, epochs=9, batch_size=4, callbacks=anneal, engine=name).losses

    expected = run("eager")
    with pytest.warns(UserWarning, match="epoch 3: sample"):
        assert close(expected, run("replay"))


@pytest.mark.numba
@pytest.mark.parametrize("batch_size", [2, 16])
def test_a_network_of_another_shape_needs_no_new_code(batch_size: int, replayed: list[Replay]) -> None:
    for sizes in ([40, 30, 2], [30, 41, 20, 2]):
        nn.fit(nn.MLP(3, sizes, "tanh"), *data(3, 2, 64), epochs=1, batch_size=batch_size, engine="replay")
    one, other = (each.trainer.code.code for each in replayed)
    assert one.module is other.module and one.native.one is other.native.one and one.native.many is other.native.many
