"""fit: PyTorch's numbers, batches, validation, early stopping, callbacks, and what happens when something fails."""

from __future__ import annotations

import gc
import io
import json
import math
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import AutogradError, Value, anomaly, exp, log
from nn.eager import Eager

FIXTURES = json.loads((Path(__file__).parent / "fixtures" / "torch_training.json").read_text(encoding="utf-8"))
XOR = ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
LINE = ([[x / 8] for x in range(-8, 9)], [0.5 - 0.75 * x / 8 for x in range(-8, 9)])


def linear(rng: int = 0) -> nn.MLP:
    return nn.MLP(1, [1], "identity", rng=rng)


def weights(net: nn.Module) -> list[float]:
    return [parameter.data for parameter in net.parameters()]


# ---------------------------------------------------------------- the numbers


@pytest.mark.parametrize("run", FIXTURES["runs"][:46:5] + FIXTURES["runs"][44:46], ids=lambda run: run["loss"])
def test_fit_gives_pytorchs_numbers(run: dict[str, Any]) -> None:
    given = FIXTURES["networks"][run["network"]]
    inputs, *sizes = given["sizes"]
    net = nn.MLP(inputs, sizes, run["activation"], output_activation=run["output_activation"])
    for parameter, number in zip(net.parameters(), given["weights"], strict=True):
        parameter.data = number
    history = nn.fit(
        net, given["X"], given["T"][run["targets"]], loss=getattr(nn, run["loss"]), epochs=100,
        optimizer=getattr(nn, run["optimiser"])(net.parameters(), **run["settings"]), clip_norm=run.get("clip_norm"),
        snapshots=True,
    )  # fmt: skip
    assert run["losses"] == pytest.approx([history.losses[step - 1] for step in (1, 2, 10, 100)], rel=1e-12, abs=1e-12)
    for step, expected in run["weights"].items():
        assert expected == pytest.approx(list(history.snapshots[int(step)].values()), rel=1e-12, abs=1e-12)
    if "clip_norm" not in run:
        norms = math.hypot(*[norm[0] for norm in history.gradient_norms])
        assert math.hypot(*run["gradient"]) == pytest.approx(norms, rel=1e-10)


@pytest.mark.usefixtures("engine")
def test_fit_is_the_plain_loop_on_both_engines() -> None:
    net = nn.MLP(2, [3, 1], "tanh", rng=0)
    nn.fit(net, *XOR, epochs=20, batch_size=2)
    expected = nn.MLP(2, [3, 1], "tanh", rng=0)
    order = Random(0)
    optimiser = nn.SGD(expected.parameters(), lr=0.5)
    for _ in range(20):
        order.shuffle(numbers := list(range(4)))
        for batch in (numbers[:2], numbers[2:]):
            losses = [nn.l2_loss(expected(XOR[0][i]), XOR[1][i]) for i in batch]
            optimiser.zero_grad()
            (0.5 * (losses[0] + losses[1])).backward()
            optimiser.step()
    assert weights(expected) == pytest.approx(weights(net), rel=1e-12)


def test_a_line_is_found() -> None:
    net = linear()
    history = nn.fit(net, *LINE, loss=nn.mse_loss, epochs=200)
    assert [-0.75, 0.5] == pytest.approx(weights(net))
    assert 200 == history.epochs == len(history) == len(history.losses)
    assert "epochs" == history.stopped and history.losses[-1] < 1e-12 < history.losses[0]


@pytest.mark.parametrize("batch_size", [1, 5, 16, 17, 1000, None])
def test_every_batch_size_uses_every_sample_once_in_an_epoch(batch_size: int | None) -> None:
    seen: list[float] = []

    def watched(y: Any, t: float) -> Any:
        seen.append(t)
        return nn.l2_loss(y, t)

    net = linear()
    calls: list[int] = []
    optimiser = nn.SGD(net.parameters(), lr=0.01)
    step = optimiser.step
    optimiser.step = lambda: (calls.append(1), step())[1]  # type: ignore[method-assign]
    nn.fit(net, *LINE, loss=watched, optimizer=optimiser, batch_size=batch_size, epochs=2)
    assert sorted(LINE[1]) == sorted(seen[:17]) == sorted(seen[17:])
    assert 2 * math.ceil(17 / (batch_size or 17)) == len(calls)


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples_whatever_the_batches() -> None:
    losses = []
    for batch_size in (None, 5):  # 17 = 5 + 5 + 5 + 2: the last batch must not count as much as the others
        net = linear()
        still = nn.SGD(net.parameters(), lr=0.0)
        losses.append(nn.fit(net, *LINE, optimizer=still, batch_size=batch_size, epochs=1).losses)
    assert losses[0] == pytest.approx(losses[1], rel=1e-13)


def test_the_same_seed_trains_the_same_and_another_does_not() -> None:
    def trained(**options: Any) -> list[float]:
        net = linear()
        nn.fit(net, *LINE, batch_size=4, epochs=3, **options)
        return weights(net)

    assert trained(rng=1) == trained(rng=1) == trained(rng=Random(1)) != trained(rng=2)
    assert trained(shuffle=False, rng=1) == trained(shuffle=False, rng=2) != trained(rng=1)


def test_arrays_train_like_lists() -> None:
    first, second = linear(), linear()
    assert nn.fit(first, *LINE, epochs=3).losses == nn.fit(second, *map(np.array, LINE), epochs=3).losses


def test_a_neuron_and_a_layer_can_be_trained() -> None:
    for module in (nn.Neuron(2, rng=0), nn.Layer(2, 1, rng=0)):
        history = nn.fit(module, XOR[0], [0, 0, 0, 1], epochs=50)
        assert history.losses[-1] < history.losses[0] and 1 == len(history.gradient_norms)


def test_a_reward_is_climbed() -> None:
    net = linear()
    history = nn.fit(
        net, *LINE, loss=lambda y, t: 1 - (y - t) ** 2, optimizer=nn.SGD(net.parameters(), 0.3, maximize=True),
        epochs=100, validation=0.25, patience=50,
    )  # fmt: skip
    assert history.losses[0] < history.losses[-1] and 1.0 == pytest.approx(history.losses[-1])
    assert history.validation_losses[history.best_epoch - 1] == max(history.validation_losses)


def test_only_the_optimisers_parameters_are_trained() -> None:
    net = nn.MLP(2, [3, 1], "tanh")
    last = net.layers[-1].parameters()
    before = weights(net.layers[0])
    nn.fit(net, *XOR, optimizer=nn.SGD(last, 0.1), epochs=3)
    assert before == weights(net.layers[0])


def test_no_step_is_taken_in_no_epochs() -> None:
    net = linear()
    before = weights(net)
    history = nn.fit(net, *LINE, epochs=0, snapshots=True)
    assert (0, [], before, "epochs") == (len(history), history.losses, weights(net), history.stopped)
    assert history and 1 == len(history.snapshots)


# ---------------------------------------------------------------- classes and metrics


def test_classes_are_learnt_by_their_numbers() -> None:
    rng = Random(0)
    centres = [(0.0, 1.0), (1.0, -1.0), (-1.0, -1.0)]
    T = [number % 3 for number in range(30)]
    X = [[x + rng.gauss(0, 0.2) for x in centres[t]] for t in T]
    net = nn.MLP(2, [3], "identity")
    history = nn.fit(net, X, T, loss=nn.cross_entropy, metrics=nn.accuracy, validation=0.2, epochs=40)
    assert 1.0 == history.metrics["accuracy"][-1] == history.metrics["validation_accuracy"][-1]
    assert 40 == len(history.metrics["accuracy"]) == len(history.metrics["validation_accuracy"])


def test_accuracy_is_the_share_of_right_classes() -> None:
    assert [1.0, 0.0] == [nn.accuracy([0.2, 0.7], t) for t in (1, 0)]
    assert [1.0, 0.0] == [nn.accuracy([0.2, 0.7], t) for t in ((0.0, 1.0), (1.0, 0.0))]
    assert [1.0, 0.0, 0.0, 1.0] == [nn.accuracy(y, t) for y in (0.9, 0.1) for t in (1.0, 0.0)]


def test_metrics_see_plain_numbers_and_are_averaged() -> None:
    seen: list[Any] = []

    def error(y: Any, t: Any) -> float:
        seen.append((y, t))
        return abs(y - t)

    net = linear()
    first = [abs(net.predict(x)[0] - t) for x, t in zip(*LINE, strict=True)]
    history = nn.fit(net, *LINE, metrics={"distance": error}, epochs=1)
    assert history.metrics["distance"] == pytest.approx([sum(first) / 17])
    assert {float} == {type(number) for pair in seen for number in pair}


# ---------------------------------------------------------------- validation, patience, callbacks


def test_held_out_samples_are_not_trained_on() -> None:
    seen = set()

    def watched(y: Any, t: float) -> Any:
        seen.add(t)
        return nn.l2_loss(y, t)

    net = linear()
    nn.fit(net, *LINE, loss=watched, epochs=1, validation=(LINE[0][:2], [100.0, 200.0]))
    assert seen == {*LINE[1], 100.0, 200.0}
    fixed = linear()
    held = nn.fit(fixed, *LINE, epochs=1, validation=4 / 17, shuffle=False)
    expected = linear()
    nn.fit(expected, LINE[0][:13], LINE[1][:13], epochs=1)
    assert weights(expected) == weights(fixed)
    after = [(expected.predict(x)[0] - t) ** 2 / 2 for x, t in zip(LINE[0][13:], LINE[1][13:], strict=True)]
    assert held.validation_losses == pytest.approx([sum(after) / 4])


def test_patience_stops_and_puts_the_best_weights_back() -> None:
    net = linear()
    # What is learnt is the opposite of what is validated: every epoch from the first on is worse.
    history = nn.fit(
        net, *LINE, epochs=100, patience=3, snapshots=True, optimizer=nn.SGD(net.parameters(), 0.1),
        validation=(LINE[0], [-t for t in LINE[1]]),
    )  # fmt: skip
    best = history.best_epoch
    assert ("patience", best + 3) == (history.stopped, history.epochs)
    assert history.validation_losses[best - 1] == min(history.validation_losses)
    assert list(history.snapshots[best].values()) == weights(net)
    assert list(history.snapshots[-1].values()) != weights(net)


def test_the_best_weights_are_put_back_at_the_last_epoch_too() -> None:
    net = linear()
    history = nn.fit(
        net, *LINE, epochs=4, patience=50, snapshots=True, optimizer=nn.SGD(net.parameters(), 0.1),
        validation=(LINE[0], [-t for t in LINE[1]]),
    )  # fmt: skip
    assert "epochs" == history.stopped
    assert list(history.snapshots[history.best_epoch].values()) == weights(net)


def test_a_callback_sees_every_epoch_and_may_stop() -> None:
    net, seen = linear(), []

    def watch(state: nn.Training) -> bool:
        seen.append((state.epoch, state.history.losses[-1]))
        state.optimizer.lr *= 0.5
        return state.epoch == 3

    history = nn.fit(net, *LINE, callbacks=[watch, lambda state: None], epochs=10)
    assert ("callback", 3) == (history.stopped, history.epochs)
    assert list(enumerate(history.losses, 1)) == seen


def test_snapshots_hold_every_parameter_before_and_after_every_epoch() -> None:
    net = nn.MLP(2, [3, 1], "tanh")
    start = {label: parameter.data for label, parameter in net.named_parameters().items()}
    history = nn.fit(net, *XOR, epochs=5, snapshots=True)
    assert start == history.snapshots[0] and 6 == len(history.snapshots)
    assert weights(net) == list(history.snapshots[-1].values())


def test_gradient_norms_are_those_of_each_layer() -> None:
    net = nn.MLP(2, [3, 1], "tanh")
    history = nn.fit(net, *XOR, epochs=1, optimizer=nn.SGD(net.parameters(), 0.1), clip_norm=1e-3)
    expected = nn.MLP(2, [3, 1], "tanh")
    total = sum(nn.l2_loss(expected(x), t) for x, t in zip(*XOR, strict=True)) / 4
    total.backward()
    for layer, found in zip(expected.layers, history.gradient_norms, strict=True):
        assert found == pytest.approx([math.hypot(*[p.grad for p in layer.parameters()])])


def test_a_history_tells_itself() -> None:
    history = nn.fit(linear(), *LINE, epochs=2, validation=0.25, metrics={"distance": lambda y, t: abs(y - t)})
    told = repr(history)
    assert told.startswith("<History: 2 epochs, loss ") and told.endswith("; stopped by epochs>")
    assert "validation loss" in told and "distance" in told


# ---------------------------------------------------------------- interruptions


def test_ctrl_c_between_epochs_keeps_what_there_is() -> None:
    def interrupt(state: nn.Training) -> None:
        if state.epoch == 4:
            raise KeyboardInterrupt

    net = linear()
    history = nn.fit(net, *LINE, callbacks=interrupt, epochs=100)
    assert ("interrupted", 4, 4) == (history.stopped, history.epochs, len(history.losses))


@given(st.integers(1, 17 * 3 * 2))
@settings(max_examples=40, deadline=None)
def test_ctrl_c_anywhere_leaves_whole_epochs_and_usable_weights(call: int) -> None:
    calls = iter(range(1, 10_000))

    def interrupted(y: Any, t: float) -> Any:
        if next(calls) == call:
            raise KeyboardInterrupt
        return nn.l2_loss(y, t)

    net = linear()
    history = nn.fit(
        net, *LINE, loss=interrupted, epochs=3, batch_size=4, validation=LINE, snapshots=True,
        metrics={"distance": lambda y, t: abs(y - t)},
    )  # fmt: skip
    assert ("interrupted", (call - 1) // 34) == (history.stopped, history.epochs)
    series = [history.losses, history.validation_losses, *history.metrics.values(), *history.gradient_norms]
    assert {history.epochs} == {len(each) for each in series} == {len(history.snapshots) - 1}
    assert all(map(math.isfinite, weights(net)))
    assert gc.isenabled()


def test_ctrl_c_with_patience_puts_the_best_weights_back() -> None:
    def interrupt(state: nn.Training) -> None:
        if state.epoch == 6:
            raise KeyboardInterrupt

    net = linear()
    history = nn.fit(
        net, *LINE, callbacks=interrupt, patience=50, snapshots=True, validation=(LINE[0], [-t for t in LINE[1]]),
        optimizer=nn.SGD(net.parameters(), 0.05),
    )  # fmt: skip
    assert "interrupted" == history.stopped
    assert list(history.snapshots[history.best_epoch].values()) == weights(net)


# ---------------------------------------------------------------- the collector


@pytest.fixture
def collector() -> Iterator[None]:
    """Whatever a test does to the collector ends with it."""
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_pauses_in_a_step_and_is_as_it_was_afterwards(is_on: bool) -> None:
    (gc.enable if is_on else gc.disable)()
    during, between = [], []

    def watched(y: Any, t: float) -> Any:
        during.append(gc.isenabled())
        return nn.l2_loss(y, t)

    nn.fit(linear(), *LINE, loss=watched, epochs=2, callbacks=lambda state: between.append(gc.isenabled()))
    assert {False} == set(during) and {is_on} == set(between) == {gc.isenabled()}

    def failing(y: Any, t: float) -> Any:
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        nn.fit(linear(), *LINE, loss=failing)
    assert gc.isenabled() is is_on


@pytest.mark.usefixtures("collector")
def test_graphs_are_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    sizes = []
    nn.fit(nn.MLP(2, [3, 1]), *XOR, epochs=6, callbacks=lambda state: sizes.append(len(gc.get_objects())))
    assert max(sizes[2:]) - min(sizes[2:]) < 20


# ---------------------------------------------------------------- leaving the finite


def test_a_loss_that_grows_beyond_all_bounds_stops_with_advice() -> None:
    net = linear()
    with pytest.raises(nn.TrainingError, match=r"epoch \d+: .*[Ll]ower the learning rate \(it is 1000\)") as caught:
        nn.fit(net, *LINE, optimizer=nn.SGD(net.parameters(), lr=1000.0), epochs=500, batch_size=4)
    error = caught.value
    assert isinstance(error, AutogradError) and error.epoch == error.history.epochs + 1 == len(error.history.losses) + 1
    assert all(map(math.isfinite, weights(net))), "the weights are those before the step that could not be taken"


@pytest.mark.parametrize(
    "loss, told",
    [
        (lambda y, t: exp(1000 * (y * y + 1)), "epoch 1: sample 0: exp"),
        (lambda y, t: log(y * 0 - 1), "epoch 1: sample 0: log needs a positive number"),
        (lambda y, t: (y * 0) ** 0.5, "epoch 1: the derivative of power"),
        (lambda y, t: y * 1e200 * 1e200, "epoch 1: the loss became"),
        (lambda y, t: y * float("nan"), "epoch 1: the loss became nan"),
    ],
)
def test_operations_that_fail_tell_the_epoch(loss: Any, told: str) -> None:
    with pytest.raises(nn.TrainingError, match=told):
        nn.fit(linear(), *LINE, loss=loss, epochs=3)


def test_an_infinite_gradient_of_a_finite_loss_is_no_step() -> None:
    net = linear()
    before = weights(net)
    with pytest.raises(nn.TrainingError, match="the gradient's norm became inf"):
        nn.fit(net, [[1e-200]], [0.0], loss=lambda y, t: y * 1e200 * 1e200)
    assert before == weights(net)


def test_anomaly_finds_the_operation_inside_of_fit() -> None:
    from autograd.errors import AnomalyError

    with anomaly(), pytest.raises(AnomalyError):
        nn.fit(linear(), *LINE, loss=lambda y, t: y * 1e200 * 1e200)


# ---------------------------------------------------------------- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_in_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, progress, shown in (
        (Terminal(), None, True), (io.StringIO(), None, False), (io.StringIO(), True, True), (Terminal(), False, False),
    ):  # fmt: skip
        monkeypatch.setattr(sys, "stderr", stream)
        nn.fit(linear(), *LINE, epochs=3, progress=progress)
        assert shown is bool(stream.getvalue())
        assert not shown or ("3/3" in stream.getvalue() and "loss" in stream.getvalue())


def test_progress_shows_in_a_notebook_and_needs_no_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from nn.progress import is_watched

    monkeypatch.setattr(sys, "stderr", None)
    assert not is_watched()
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[arg-type]
    assert is_watched()


def test_training_works_in_another_thread() -> None:
    net, found = linear(), []
    thread = threading.Thread(target=lambda: found.append(nn.fit(net, *LINE, epochs=3)))
    thread.start()
    thread.join()
    assert 3 == found[0].epochs


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "options, told",
    [
        ({"engine": "warp"}, "there is no engine 'warp': there are 'auto', 'eager'"),
        ({"epochs": -1}, "epochs is a whole number from 0 on"),
        ({"epochs": 2.5}, "epochs is a whole number"),
        ({"batch_size": 0}, "batch_size is a whole number from 1 on"),
        ({"optimizer": nn.SGD}, "optimizer is one such as nn.SGD"),
        ({"optimizer": nn.SGD([Value(1.0)])}, "holds no parameter of the network"),
        ({"loss": "mse"}, "loss is a function"),
        ({"loss": nn.cross_entropy}, "cross_entropy needs an output for every class"),
        ({"loss": lambda y, t: 1.0}, "the loss is no Value"),
        ({"patience": 3}, "patience watches the validation loss: give validation"),
        ({"patience": 0, "validation": 0.2}, "patience is a whole number from 1 on"),
        ({"validation": 1.5}, "validation is a fraction between 0 and 1"),
        ({"validation": ([1], [2], [3])}, "validation is a fraction"),
        ({"validation": 0.001}, "leaves none to validate on"),
        ({"validation": ([[1.0]], [float("nan")])}, "row 0 of T holds nan"),
        ({"metrics": ["accuracy"]}, "a metric is a function"),
        ({"metrics": [lambda y, t: 0, lambda y, t: 1]}, "two metrics have one name"),
        ({"callbacks": ["stop"]}, "a callback is a function"),
        ({"clip_norm": -1}, "clip_norm is a finite number from 0 on"),
        ({"rng": 1.5}, "rng is a whole number"),
    ],
)
def test_settings_that_mean_nothing_are_refused_before_training(options: dict[str, Any], told: str) -> None:
    net = linear()
    before = weights(net)
    with pytest.raises((nn.NetworkError, nn.DataError), match=told):
        nn.fit(net, *LINE, **options)
    assert before == weights(net)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(nn.NetworkError, match="fit takes a network"):
        nn.fit([Value(1.0)], *LINE)  # type: ignore[arg-type]
    with pytest.raises(nn.DataError, match="row 0 of X has 1 number, and the network has 2 inputs"):
        nn.fit(nn.MLP(2, [1]), *LINE)


# ---------------------------------------------------------------- the tests themselves


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Eager.backpropagate

    def without_zero_grad(self: Eager, *arguments: Any) -> None:
        kept = [parameter.grad for parameter in self.plan.parameters]
        step(self, *arguments)
        for parameter, gradient in zip(self.plan.parameters, kept, strict=True):
            parameter.grad += gradient

    monkeypatch.setattr(Eager, "backpropagate", without_zero_grad)
    with pytest.raises(AssertionError):
        test_fit_gives_pytorchs_numbers(FIXTURES["runs"][0])


def test_whole_numbers_of_numpy_are_settings() -> None:
    options = {"epochs": np.int64(3), "batch_size": np.int32(2), "rng": np.int64(5)}
    net, other = nn.MLP(2, [3, 1], rng=0), nn.MLP(2, [3, 1], rng=0)
    rows, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0.0, 1.0, 1.0]
    expected = nn.fit(other, rows, targets, epochs=3, batch_size=2, rng=5).losses
    assert nn.fit(net, rows, targets, **options).losses == expected  # type: ignore[arg-type]


def test_trouble_in_the_validation_data_is_told_as_such() -> None:
    with pytest.raises(nn.DataError, match=r"of validation=\(X, T\): row 1 of X holds nan") as caught:
        nn.fit(nn.MLP(1, [1]), [[0.0]], [1.0], validation=([[0.0], [math.nan]], [1.0, 0.0]))
    assert caught.value.row == 1


@pytest.mark.parametrize(
    "options, told",
    [
        ({"metrics": "accuracy"}, "a metric is a function .*; it was 'accuracy'"),
        ({"metrics": 3}, "a metric is a function .*; it was 3"),
        ({"callbacks": 3}, "a callback is a function of one Training; it was 3"),
    ],
)
def test_what_is_no_metric_or_callback_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(nn.NetworkError, match=told):
        nn.fit(nn.MLP(1, [1]), [[0.0]], [1.0], **options)


def test_a_history_tells_a_network_that_is_not_its_own() -> None:
    net, other, deeper = nn.MLP(1, [1]), nn.MLP(1, [2]), nn.MLP(1, [1, 1])
    for snapshots in (True, False):
        history = nn.fit(net, [[0.0]], [1.0], epochs=1, snapshots=snapshots)
        history.check_network(net)
        with pytest.raises(nn.NetworkError, match="that of another network"):
            history.check_network(deeper)
    history.check_network(other)  # as many layers: nothing tells
    with pytest.raises(nn.NetworkError, match=r"no weights of the epochs: call fit\(\.\.\., snapshots=True\)"):
        history.weights()
    with pytest.raises(nn.NetworkError, match="'b_2' is in one of the two only"):
        nn.fit(net, [[0.0]], [1.0], epochs=1, snapshots=True).check_network(other)
