"""diagnose: every reason for which learning stops is named first, its remedy works, and a healthy run is left alone."""

from __future__ import annotations

import gc
import math
import re
import time
import weakref
from itertools import product
from pathlib import Path
from random import Random

import mpmath
import pytest

import nn
from autograd import Value, dot, no_grad, sigmoid
from autograd.graph import topological_order
from nn.diagnosis import CODES, thresholds
from nn.diagnosis.limits import reach, steepest
from nn.diagnosis.measuring import measure
from nn.diagnosis.trials import Bench, constant_loss, fresh

# ---------------------------------------------------------------- what is learned from

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
SEEDS = [0, 1, 2]


def moons(seed, count=16):
    """Two half circles, one in the other."""
    random, X = Random(seed), []
    for number in range(count):
        angle, side = math.pi * random.random(), number % 2
        x, y = math.cos(angle), math.sin(angle)
        X.append([random.gauss(0, 0.1) + (1 - x if side else x), random.gauss(0, 0.1) + (0.5 - y if side else y)])
    return X, [number % 2 for number in range(count)]


def blobs(seed, count=15):
    """Three clouds, by the number of their class."""
    random, centres = Random(seed), [(0, 1), (1, -1), (-1, -1)]
    X = [[random.gauss(middle, 0.3) for middle in centres[number % 3]] for number in range(count)]
    return X, [number % 3 for number in range(count)]


def one_hot(data):
    X, T = data
    return X, [[float(t == each) for each in range(3)] for t in T]


def line(seed, count=12, noise=0.1):
    random = Random(seed)
    X = [[random.uniform(-1, 1)] for _ in range(count)]
    return X, [2 * x + 1 + random.gauss(0, noise) for (x,) in X]


def sine(count=12):
    X = [[2 * number / (count - 1) - 1] for number in range(count)]
    return X, [math.sin(3 * x) for (x,) in X]


def trained(net, data, loss=nn.l2_loss, lr=0.5, optimizer=None, **options):
    """The history of a training, also of one that ended in an error."""
    optimizer = optimizer or nn.SGD(net.parameters(), lr=lr)
    try:
        return nn.fit(net, *data, loss=loss, optimizer=optimizer, progress=False, **options)
    except nn.TrainingError as error:
        return error.history


def loss_at_the_end(net, data, loss=nn.l2_loss, **options):
    return trained(net, data, loss, **options).losses[-1]


def within(size):
    return lambda fan_in, fan_out, rng: rng.uniform(-size, size)


def with_biases(net, numbers):
    for neuron, number in zip(net.layers[0].neurons, numbers, strict=True):
        neuron.b.data = number
    return net


def first(net, data, history=None, loss=nn.l2_loss, **options):
    found = nn.diagnose(net, *data, history, loss=loss, **options)
    return found.first.code if found.first else "healthy"


# ---------------------------------------------------------------- vanishing and exploding


@pytest.mark.parametrize("seed, depth", list(product(SEEDS, (5, 8))))
def test_small_weights_in_many_sigmoid_layers_vanish_and_the_remedy_learns(seed, depth) -> None:
    net = nn.MLP(2, [4] * depth + [1], initialiser=within(0.5), rng=seed)
    history = trained(net, XOR, epochs=10)
    found = nn.diagnose(net, *XOR, history)
    assert "vanishing" == found.first.code
    assert found.first.facts["ratio"] < 1e-3
    remedy = {"tanh": {"activation": "tanh", "output_activation": "sigmoid"}}[found.first.facts["remedy"]]
    deep = nn.MLP(2, [4] * depth + [1], rng=seed, **remedy)
    again = trained(deep, XOR, epochs=150, lr=0.5)
    stuck = trained(net, XOR, epochs=150, lr=0.5)
    assert again.losses[-1] < 0.9 * stuck.losses[-1]


def test_vanishing_is_told_with_the_bound_that_five_sigmoids_leave() -> None:
    net = nn.MLP(2, [3, 3, 3, 3, 1], initialiser=within(0.3), rng=0)
    found = nn.diagnose(net, *XOR).first
    assert "vanishing" == found.code
    assert "Each sigmoid passes at most 0.25: 5 layers leave at most 0.000977 times the weights." in str(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation, size", [("identity", 8), ("relu", 8)])
def test_large_weights_in_many_layers_explode_and_the_remedy_starts_near_one(seed, activation, size) -> None:
    shape = [6] * 7 + [1]
    net = nn.MLP(1, shape, activation, output_activation="identity", initialiser=within(size), rng=seed)
    found = nn.diagnose(net, *sine())
    assert "exploding" == found.first.code and found.first.facts["ratio"] > 1e3
    better = nn.MLP(1, shape, activation, output_activation="identity",
                    initialiser=nn.initialisers.xavier_uniform, rng=seed)  # fmt: skip
    again = trained(better, sine(), epochs=20, lr=0.01)
    assert again.losses[-1] < again.losses[0] < 10


def test_of_a_diverged_run_the_beginning_is_measured_where_there_are_snapshots() -> None:
    for size, code in ((8, "exploding"), (0.5, "overshoot")):
        net = nn.MLP(1, [6] * 7 + [1], "identity", initialiser=within(size), rng=0)
        history = trained(net, sine(), epochs=200, lr=20.0, snapshots=True)
        assert code == first(net, sine(), history)


def test_of_a_diverged_run_without_snapshots_the_first_loss_tells_of_weights_too_large() -> None:
    net = nn.MLP(1, [6] * 7 + [1], "identity", initialiser=within(8), rng=0)
    found = nn.diagnose(net, *sine(), trained(net, sine(), epochs=50)).first
    assert "overshoot" == found.code and "Leave initialiser out, too" in str(found)
    rate = found.facts["rate"]
    again = trained(nn.MLP(1, [6] * 7 + [1], "identity", rng=0), sine(), lr=rate, epochs=50)
    assert again.losses[-1] < 0.7 * again.losses[0]


# ---------------------------------------------------------------- units


@pytest.mark.parametrize("number", [0.0, 0.5])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_equal_weights_stay_equal_and_random_ones_learn(number, activation) -> None:
    net = nn.MLP(2, [3, 1], activation, initialiser=nn.initialisers.constant(number))
    found = nn.diagnose(net, *XOR, trained(net, XOR, epochs=50))
    assert "symmetric" == found.first.code
    assert ["h_1", "h_2", "h_3"] == found.first.facts["labels"]
    assert loss_at_the_end(net, XOR, epochs=300) > 0.08
    rate = {"tanh": 0.5, "sigmoid": 6.0}[activation]
    assert loss_at_the_end(nn.MLP(2, [3, 1], activation, rng=0), XOR, lr=rate, epochs=800) < 0.02


def test_equal_units_are_found_with_normalisation_between_them_and_class_targets() -> None:
    layers = [nn.Layer(2, 4, "tanh", initialiser=nn.initialisers.zeros), nn.LayerNorm(4),
              nn.Layer(4, 3, "identity", initialiser=nn.initialisers.zeros)]  # fmt: skip
    assert "symmetric" == first(nn.Network(layers), blobs(0), loss=nn.cross_entropy)
    layers[1].gamma[0].data = 2.0
    found = nn.diagnose(nn.Network(layers), *blobs(0), loss=nn.cross_entropy)
    assert ["h_2", "h_3", "h_4"] == [each for each in found.notes if each.code == "symmetric"][0].facts["labels"]


def test_different_outgoing_weights_make_equal_units_different() -> None:
    net = nn.MLP(2, [3, 1], "tanh", rng=0)
    for neuron in net.layers[0].neurons:
        for weight in neuron.w:
            weight.data = 0.5
    assert "symmetric" not in nn.diagnose(net, *XOR).codes


@pytest.mark.parametrize("seed", SEEDS)
def test_dead_relus_are_named_and_fresh_weights_learn(seed) -> None:
    for data, outputs, loss in ((XOR, 1, nn.l2_loss), (blobs(seed), 3, nn.cross_entropy)):
        net = nn.MLP(2, [8, outputs], "relu", output_activation="identity", rng=seed)
        history = trained(with_biases(net, [-10.0] * 8), data, loss, lr=0.1, epochs=60)
        found = nn.diagnose(net, *data, history, loss=loss).first
        assert "dead" == found.code
        assert [f"h_{unit}" for unit in range(1, 9)] == found.facts["labels"]
        better = nn.MLP(2, [8, outputs], "relu", output_activation="identity",
                        initialiser=nn.initialisers.he_uniform, rng=seed)  # fmt: skip
        assert loss_at_the_end(better, data, loss, lr=0.1, epochs=150) < 0.5 * history.losses[-1]


def test_few_dead_units_are_a_note() -> None:
    net = with_biases(nn.MLP(2, [8, 1], "relu", output_activation="identity", rng=0), [-10.0, -10.0] + [0.5] * 6)
    found = nn.diagnose(net, *XOR)
    assert found.is_healthy
    assert [["h_1", "h_2"]] == [note.facts["labels"] for note in found.notes if note.code == "dead"]


@pytest.mark.parametrize("activation, seed", list(product(["sigmoid", "tanh"], SEEDS)))
def test_saturated_units_are_named_and_smaller_weights_learn(activation, seed) -> None:
    options = {"output_activation": "sigmoid"}
    net = nn.MLP(2, [4, 1], activation, initialiser=within(5), rng=seed, **options)
    with_biases(net, [30.0 * (-1) ** unit for unit in range(4)])
    history = trained(net, moons(seed), epochs=40)
    found = nn.diagnose(net, *moons(seed), history).first
    assert "saturated" == found.code
    assert ["h_1", "h_2", "h_3", "h_4"] == found.facts["labels"]
    assert {"sigmoid": 0.25, "tanh": 1.0}[activation] == found.facts["steepest"]
    better = nn.MLP(2, [4, 1], activation, initialiser=nn.initialisers.xavier_uniform, rng=seed, **options)
    assert loss_at_the_end(better, moons(seed), epochs=200, lr=2.0) < 0.75 * history.losses[-1]


def test_wrong_saturated_outputs_matter_to_a_squared_error_and_not_to_cross_entropy() -> None:
    net = nn.MLP(2, [1], rng=0)
    with_biases(net, [12.0])
    X, T = moons(0)
    assert "saturated" == first(net, (X, [0.0] * len(T)))
    assert "saturated" not in nn.diagnose(net, X, [0.0] * len(T), loss=nn.binary_cross_entropy).codes


# ---------------------------------------------------------------- rates

TOO_FAST = {
    "line": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), line, nn.l2_loss, 3.0),
    "line, barely": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), line, nn.mae_loss, 3.0),
    "tanh": (lambda seed: nn.MLP(1, [6, 1], "tanh", output_activation="identity", rng=seed), lambda _: sine(),
             nn.mse_loss, 2.0),
    "relu": (lambda seed: nn.MLP(1, [8, 1], "relu", output_activation="identity", rng=seed), lambda _: sine(),
             nn.mse_loss, 3.0),
    "bounded": (lambda seed: nn.MLP(2, [5, 1], "tanh", output_activation="sigmoid", rng=seed), lambda _: XOR,
                nn.l2_loss, 1000.0),
}  # fmt: skip


@pytest.mark.parametrize("name, seed", list(product(TOO_FAST, SEEDS)))
def test_a_rate_that_is_too_large_is_found_and_the_one_that_is_told_learns(name, seed) -> None:
    make, data, loss, lr = TOO_FAST[name]
    net = make(seed)
    history = trained(net, data(seed), loss, lr=lr, epochs=40)
    found = nn.diagnose(net, *data(seed), history, loss=loss)
    assert "overshoot" == found.first.code
    rate = found.first.facts["rate"]
    assert 0 < rate < lr and f"lr={rate:g}" in str(found.first)
    again = trained(make(seed), data(seed), loss, lr=rate, epochs=60)
    assert again.losses[-1] < again.losses[0] and again.losses[-1] < history.losses[-1]


def test_a_rate_is_judged_by_a_step_on_trial_where_there_is_no_history() -> None:
    net = nn.MLP(1, [1], "identity", rng=0)
    assert "overshoot" == first(net, line(0), optimizer=nn.SGD(net.parameters(), lr=5.0))
    assert "healthy" == first(net, line(0), optimizer=nn.SGD(net.parameters(), lr=0.1))


def test_the_error_that_ended_a_training_is_a_history_too() -> None:
    net = nn.MLP(1, [1], "identity", rng=0)
    with pytest.raises(nn.TrainingError) as error:
        nn.fit(net, *line(0), optimizer=nn.SGD(net.parameters(), lr=50.0), epochs=500)
    assert "overshoot" == first(net, line(0), error.value)


TOO_SLOW = {
    "sigmoid": (lambda seed: nn.MLP(2, [3, 1], rng=seed), lambda _: XOR, nn.l2_loss, {}),
    "line": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), line, nn.mse_loss, {}),
    "classes": (lambda seed: nn.MLP(2, [5, 3], "relu", output_activation="identity", rng=seed), blobs,
                nn.cross_entropy, {}),
    "one by one": (lambda seed: nn.MLP(2, [4, 1], "tanh", rng=seed), moons, nn.l2_loss, {"batch_size": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name, seed", list(product(TOO_SLOW, SEEDS)))
def test_a_rate_that_crawls_is_found_and_the_one_that_is_told_learns(name, seed) -> None:
    make, data, loss, options = TOO_SLOW[name]
    net = make(seed)
    history = trained(net, data(seed), loss, lr=1e-5, epochs=20, **options)
    found = nn.diagnose(net, *data(seed), history, loss=loss).first
    assert "crawl" == found.code
    steps = len(data(seed)[0]) if options else 1
    if name != "one by one":  # in batches, each of which has a gradient of its own, it is more than that
        assert found.facts["used"] == pytest.approx(1e-5 * steps, rel=0.1)
    again = trained(net, data(seed), loss, lr=found.facts["rate"] / steps, epochs=20, **options)
    assert history.losses[0] - again.losses[-1] > 20 * (history.losses[0] - history.losses[-1])


def test_a_point_from_which_no_step_leads_down_is_told() -> None:
    net = nn.MLP(2, [1], rng=0)  # without a hidden layer there is no way to exclusive or
    found = nn.diagnose(net, *XOR, trained(net, XOR, epochs=3000, lr=3.0)).first
    assert "flat" == found.code
    assert found.facts["constant"] == pytest.approx(0.125)
    assert loss_at_the_end(nn.MLP(2, [3, 1], "tanh", rng=0), XOR, epochs=500) < 0.01  # the remedy: a hidden layer


# ---------------------------------------------------------------- data


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation, data, told", [
    ("sigmoid", (XOR[0], [0.0, 5.0, 5.0, 0.0]), (1, 5.0)), ("tanh", line(0), None), ("relu", sine(), None),
])  # fmt: skip
def test_targets_that_no_output_reaches_come_first_and_outputs_without_limits_reach_them(
    seed, activation, data, told
) -> None:
    width = len(data[0][0])
    net = nn.MLP(width, [4, 1], ["tanh", activation], rng=seed)
    history = trained(net, data, lr=0.1, epochs=60)
    found = nn.diagnose(net, *data, history).first
    assert "targets" == found.code and "t_1" == found.facts["label"]
    if told:
        assert told == (found.facts["row"], found.facts["target"])
    better = nn.MLP(width, [4, 1], "tanh", output_activation="identity", rng=seed)
    assert loss_at_the_end(better, data, lr=0.1, epochs=300) < 0.6 * loss_at_the_end(net, data, lr=0.1, epochs=240)


def test_probabilities_out_of_range_and_logits_that_are_none_come_first() -> None:
    logits = nn.MLP(2, [1], "identity", rng=0)
    X, T = moons(0)
    assert "targets" == first(logits, (X, [2 * t - 1 for t in T]), loss=nn.binary_cross_entropy_with_logits)
    assert "logits" == first(nn.MLP(2, [1], rng=0), (X, T), loss=nn.binary_cross_entropy_with_logits)
    assert "logits" == first(nn.MLP(2, [3], "softmax", rng=0), blobs(0), loss=nn.cross_entropy)
    assert "healthy" == first(nn.MLP(2, [3], "identity", rng=0), blobs(0), loss=nn.cross_entropy)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("output", ["tanh", "relu", "identity"])
def test_outputs_that_are_no_probabilities_come_first_under_cross_entropy_and_sigmoid_ones_learn(seed, output) -> None:
    net = nn.MLP(2, [4, 1], "tanh", output_activation=output, rng=seed)
    assert "probabilities" == first(net, XOR, loss=nn.binary_cross_entropy)
    better = nn.MLP(2, [4, 1], "tanh", output_activation="sigmoid", rng=seed)
    assert "healthy" == first(better, XOR, loss=nn.binary_cross_entropy)
    assert loss_at_the_end(better, XOR, nn.binary_cross_entropy, epochs=400) < 0.1


def test_targets_at_the_limits_are_no_finding() -> None:
    assert "healthy" == first(nn.MLP(2, [3, 1], "tanh", rng=0), (XOR[0], [-1, 1, 1, -1]))
    assert "healthy" == first(nn.MLP(2, [3, 1], rng=0), XOR, loss=nn.binary_cross_entropy)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_inputs_of_very_different_sizes_come_first_and_scaled_ones_learn(seed, activation) -> None:
    X, T = moons(seed)
    raw = [[1000 * x, 0.001 * y] for x, y in X]
    options = {"output_activation": "sigmoid", "rng": seed}
    net = nn.MLP(2, [4, 1], activation, **options)
    history = trained(net, (raw, T), epochs=60)
    found = nn.diagnose(net, raw, T, history).first
    assert "scales" == found.code
    assert ("x_1", "x_2") == (found.facts["largest"], found.facts["smallest"])
    assert found.facts["size"] == pytest.approx(math.sqrt(sum(x * x for x, _ in raw) / len(raw)))
    scaled = nn.Scaling.standard(raw).apply(raw)
    better = nn.MLP(2, [4, 1], activation, **options)
    assert "healthy" == first(better, (scaled, T))
    assert loss_at_the_end(better, (scaled, T), epochs=200, lr=2.0) < 0.1


def test_columns_that_are_nearly_always_0_are_no_small_ones() -> None:
    X = [[0.0, 16.0 * (row % 2)] for row in range(40)]
    X[7][0] = 1.0
    assert "healthy" == first(nn.MLP(2, [3, 1], rng=0), (X, [row % 2 for row in range(40)]))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rare_category_is_no_large_input_whether_scaled_or_not(seed) -> None:
    X, T = rare(seed)
    assert max(abs(x[2]) for x in X) > thresholds.VERY_DIFFERENT
    net = nn.MLP(3, [4, 1], "tanh", output_activation="sigmoid", rng=seed)
    for epochs in (0, 1):
        assert "healthy" == first(net, (X, T), trained(net, (X, T), epochs=epochs, batch_size=2000))
    raw = [[x[0], x[1], float(x[2] > 1)] for x in X]
    assert "healthy" == first(net, (raw, T))


def test_constant_columns_are_a_note_unless_there_is_nothing_else() -> None:
    X = [[3.0, x] for x, _ in moons(0)[0]]
    found = nn.diagnose(nn.MLP(2, [3, 1], rng=0), X, moons(0)[1])
    assert found.is_healthy and [["x_1"]] == [note.facts["labels"] for note in found.notes]
    assert "constant" == first(nn.MLP(1, [3, 1], rng=0), ([[3.0]] * 16, moons(0)[1]))


# ---------------------------------------------------------------- healthy runs


def half_root(a):
    """An activation of one's own: a/√(1 + a²)."""
    return a / (1 + a * a) ** 0.5


def normalised(seed):
    return nn.Network([nn.Layer(2, 5, "tanh", rng=seed), nn.LayerNorm(5), nn.Layer(5, 3, rng=seed + 1)])


def rare(seed, count=12_000):
    """Numbers by which two classes are told apart, and a category that one row has; scaled."""
    random = Random(seed)
    X = [[random.gauss(0, 1), random.uniform(-1, 1), float(row == count // 3)] for row in range(count)]
    return nn.Scaling.standard(X).apply(X), [float(x[0] > 0) for x in X]


HEALTHY = {
    "xor, tanh": (lambda seed: nn.MLP(2, [4, 1], "tanh", rng=seed), lambda _: XOR, nn.l2_loss, 0.5, {}),
    "xor, sigmoid": (lambda seed: nn.MLP(2, [4, 1], rng=seed), lambda _: XOR, nn.mse_loss, 3.0, {}),
    "xor, relu": (lambda seed: nn.MLP(2, [8, 1], "relu", output_activation="identity", rng=seed), lambda _: XOR,
                  nn.l2_loss, 0.1, {}),
    "xor, logits": (lambda seed: nn.MLP(2, [4, 1], "tanh", output_activation="identity", rng=seed), lambda _: XOR,
                    nn.binary_cross_entropy_with_logits, 0.3, {}),
    "line": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), line, nn.l2_loss, 0.1, {}),
    "line in noise": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), lambda seed: line(seed, noise=2.0),
                      nn.mse_loss, 0.1, {}),
    "line, mean absolute": (lambda seed: nn.MLP(1, [1], "identity", rng=seed), line, nn.mae_loss, 0.05, {}),
    "sine, deep relu": (lambda seed: nn.MLP(1, [8, 8, 8, 1], "relu", output_activation="identity", rng=seed),
                        lambda _: sine(), nn.mse_loss, 0.05, {}),
    "moons, two hidden layers": (lambda seed: nn.MLP(2, [5, 5, 1], "tanh", output_activation="sigmoid", rng=seed),
                                 moons, nn.binary_cross_entropy, 0.3, {"batch_size": 8}),
    "moons, sigmoids one by one": (lambda seed: nn.MLP(2, [4, 4, 1], rng=seed), moons, nn.l2_loss, 1.0,
                                   {"batch_size": 1}),
    "classes": (lambda seed: nn.MLP(2, [5, 3], "relu", output_activation="identity", rng=seed), blobs,
                nn.cross_entropy, 0.3, {"batch_size": 4}),
    "softmax": (lambda seed: nn.MLP(2, [5, 3], "tanh", output_activation="softmax", rng=seed),
                lambda seed: one_hot(blobs(seed)), nn.l2_loss, 1.0, {"batch_size": 4}),
    "normalised": (normalised, lambda seed: one_hot(blobs(seed)), nn.l2_loss, 0.5, {}),
    "own activation": (lambda seed: nn.MLP(2, [4, 3], half_root, output_activation="sigmoid", rng=seed),
                       lambda seed: one_hot(blobs(seed)), nn.l2_loss, 1.0, {}),
}  # fmt: skip


@pytest.mark.parametrize("name, seed", list(product(HEALTHY, SEEDS)))
def test_a_healthy_run_raises_no_alarm_at_its_beginning_in_its_middle_and_at_its_end(name, seed) -> None:
    make, data, loss, lr, options = HEALTHY[name]
    for epochs in (0, 1, 25, 100):
        net = make(seed)
        history = trained(net, data(seed), loss, lr=lr, epochs=epochs, **options)
        found = nn.diagnose(net, *data(seed), history, loss=loss)
        assert [] == found.codes, f"after {epochs} epochs: {found.first}"
        assert found.first is None


@pytest.mark.parametrize("make", [
    lambda parameters: nn.SGD(parameters, lr=0.1, momentum=0.9),
    lambda parameters: nn.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
    lambda parameters: nn.Adam(parameters, lr=0.02),
    lambda parameters: nn.SGD(parameters, lr=0.5, weight_decay=1e-3),
])  # fmt: skip
def test_other_optimisers_raise_no_alarm(make) -> None:
    for epochs in (1, 40, 300):
        net = nn.MLP(2, [4, 1], "tanh", rng=0)
        optimizer = make(net.parameters())
        history = trained(net, XOR, optimizer=optimizer, epochs=epochs)
        assert [] == nn.diagnose(net, *XOR, history, optimizer=optimizer).codes


def test_one_sample_and_the_2_3_2_network_raise_no_alarm() -> None:
    net = nn.MLP(2, [3, 2], rng=0)
    for epochs in (0, 1, 100):
        data = [[0.5, -1.0]], [[0.0, 1.0]]
        assert "healthy" == first(net, data, trained(net, data, epochs=epochs))


def test_what_is_learned_is_healthy_though_its_units_are_saturated() -> None:
    net = nn.MLP(2, [2, 1], rng=0)
    for neuron, numbers in zip((*net.layers[0].neurons, *net.layers[1].neurons),
                               ((40, 40, -20), (40, 40, -60), (40, -80, -20)), strict=True):  # fmt: skip
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = map(float, numbers)
    found = nn.diagnose(net, *XOR)
    assert found.is_healthy
    assert {"saturated"} <= {note.code for note in found.notes}


def test_iris_raises_no_alarm() -> None:
    flowers = nn.examples.iris.flowers()
    X = nn.Scaling.standard(flowers.measures).apply(flowers.measures)
    for epochs in (0, 3):
        net = nn.MLP(4, [4, 3], "tanh", output_activation="identity", rng=epochs)
        data = X, flowers.species
        history = trained(net, data, nn.cross_entropy, lr=0.1, epochs=epochs, batch_size=10)
        assert [] == nn.diagnose(net, *data, history, loss=nn.cross_entropy).codes


# ---------------------------------------------------------------- codes and thresholds


def test_every_finding_has_a_code_of_the_list_and_every_code_a_finding() -> None:
    folder = Path(nn.diagnosis.__file__).parent
    told = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*_causes.py"))
    assert set(CODES) == set(re.findall(r'Finding\(\s*"(\w+)"', told))


def test_every_code_is_in_the_words_of_diagnose() -> None:
    assert [code for code in CODES if f'"{code}"' not in nn.diagnose.__doc__] == []


@pytest.mark.parametrize("size", [0.3, 0.5, 1.0, 2.0, 4.0, 8.0])
def test_depths_and_the_diagnosis_agree_on_what_vanishes_and_explodes(size) -> None:
    for depth in range(2, 9):
        net = nn.MLP(2, [4] * depth + [1], "identity", initialiser=within(size), rng=depth)
        verdict = nn.experiments.gradient_sizes(net, *XOR).verdict
        found = nn.diagnose(net, *XOR)
        codes = {each.code for each in (*found.findings, *found.notes)} & {"vanishing", "exploding"}
        assert {"vanishes": {"vanishing"}, "explodes": {"exploding"}, "holds": set()}[verdict] == codes


# ---------------------------------------------------------------- what is measured


def test_the_strongest_path_is_the_best_of_all_paths() -> None:
    net = nn.Network([nn.Layer(2, 3, "tanh", rng=1), nn.LayerNorm(3), nn.Layer(3, 3, rng=2), nn.Layer(3, 2, rng=3)])
    data = nn.data.samples([[0.5, -1.0]], [[0.0, 1.0]], 2, 2)
    path = measure(net, data, [0], nn.l2_loss).path
    # The oracle: differences of one layer at a time, and every path of units.
    matrices, units = [], [0.5, -1.0]
    for layer in net.layers:
        def at(i, step, layer=layer, units=tuple(units)):
            return layer.predict([unit + step * (i == k) for k, unit in enumerate(units)])
        matrices.append([[(b - a) / 2e-6 for a, b in zip(at(i, -1e-6), at(i, 1e-6), strict=True)]
                         for i in range(len(units))])  # fmt: skip
        units = layer.predict(units)
    ways = product(range(2), range(3), range(3), range(3), range(2))
    best = max(math.prod(abs(matrix[a][b]) for matrix, a, b in zip(matrices, way, way[1:], strict=False))
               for way in ways)  # fmt: skip
    assert path.product == pytest.approx(best, rel=1e-6)
    assert 5 == len(path.labels) and path.labels[0].startswith("x_") and path.labels[-1].startswith("y_")


def test_steepest_slopes_and_reach_are_those_of_calculus() -> None:
    def of(name):
        return nn.activations.activation(name)

    for name in ("gelu", "silu"):
        formula = {"silu": lambda x: x / (1 + mpmath.exp(-x)), "gelu": lambda x: x * mpmath.ncdf(x)}[name]
        peak = mpmath.findroot(lambda x, f=formula: mpmath.diff(f, x, 2), 1.5)
        assert steepest(of(name)) == pytest.approx(float(mpmath.diff(formula, peak)), rel=0.01)
    assert (0.25, 1.0, 1.0, None) == tuple(steepest(of(name)) for name in ("sigmoid", "tanh", "relu", "exp"))
    assert (0.0, 1.0) == pytest.approx(reach(of("sigmoid"))) and (0.0, 1.0) == pytest.approx(reach(of("softmax")))
    for name in ("relu", "softplus", "exp"):
        assert (0.0, math.inf) == pytest.approx(reach(of(name)))
    assert (-math.inf, math.inf) == reach(of("identity")) == reach(of("leaky_relu"))
    assert reach(of("arctan")) == pytest.approx((-math.pi / 2, math.pi / 2), rel=0.01)


def test_curvature_is_the_largest_eigenvalue_of_the_hessian() -> None:
    X, T = line(0)
    net = nn.MLP(1, [1], "identity", rng=0)
    bench = Bench(net, nn.data.samples(X, T, 1, 1), nn.mse_loss)
    x, n = [row[0] for row in X], len(X)
    a, b, c = 2 * sum(each * each for each in x) / n, 2 * sum(x) / n, 2.0  # the Hessian of a line by its formula
    largest = (a + c) / 2 + math.hypot((a - c) / 2, b)
    assert bench.curvature(bench.gradient(bench.here)) == pytest.approx(largest, rel=1e-3)


def test_constant_outputs_cost_the_variance_and_the_entropy() -> None:
    X, T = line(0)
    mean = sum(T) / len(T)
    variance = sum((t - mean) ** 2 for t in T) / len(T)
    samples = nn.data.samples(X, T, 1, 1)
    assert constant_loss(samples, nn.mse_loss, [[0.0]]) == pytest.approx(variance, rel=1e-4)
    classes = nn.data.samples(*blobs(0), 2, 3, classes=True)
    assert constant_loss(classes, nn.cross_entropy, [[0.0, 1.0, 2.0]]) == pytest.approx(math.log(3), rel=1e-4)


def test_a_fresh_network_has_the_same_shape() -> None:
    net = nn.Network([nn.Layer(2, 5, "tanh", bias=False), nn.LayerNorm(5), nn.Layer(5, 3)])
    assert repr(net) == repr(fresh(net)) and len(net.parameters()) == len(fresh(net).parameters())
    assert "LayerNorm(5)" in repr(fresh(nn.MLP(2, [5, 1]), normalised=True))


# ---------------------------------------------------------------- manners


def test_network_gradients_and_data_stay_as_they_were() -> None:
    own = Value(0.7, label="slope")
    net = nn.MLP(2, [3, 1], lambda a: sigmoid(own * a), rng=0)
    X, T = [[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0]
    net.layers[0].neurons[0].w[0].grad = 5.0
    own.grad = 2.0
    before = [(parameter.data, parameter.grad, parameter.has_grad) for parameter in net.parameters()]
    nn.diagnose(net, X, T, trained(nn.MLP(2, [3, 1]), XOR, epochs=3), optimizer=nn.SGD(net.parameters(), lr=1e3))
    assert before == [(parameter.data, parameter.grad, parameter.has_grad) for parameter in net.parameters()]
    assert (0.7, 2.0) == (own.data, own.grad)
    assert ([[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0]) == (X, T)


def test_a_network_is_let_go_when_its_diagnosis_is_made() -> None:
    net = nn.MLP(2, [4] * 6 + [1], initialiser=within(0.5), rng=0)
    found = nn.diagnose(net, *XOR)
    assert "vanishing" == found.first.code
    kept = weakref.ref(net)
    del net, found
    gc.collect()
    assert kept() is None


def test_inside_no_grad_the_same_is_found() -> None:
    net = nn.MLP(2, [3, 1], rng=0)
    with no_grad():
        inside = nn.diagnose(net, *XOR).text()
    assert nn.diagnose(net, *XOR).text() == inside


def test_shared_weights_and_losses_of_ones_own_are_measured() -> None:
    net = nn.MLP(2, [2, 1], "tanh", rng=0)
    net.layers[0].neurons[1].w = (net.layers[0].neurons[0].w[0], net.layers[0].neurons[1].w[1])
    assert "healthy" == first(net, XOR, loss=lambda y, t: (y - t) ** 4)
    count = len(topological_order(dot(net.layers[0].neurons[1].w, (1.0, 1.0))))
    assert 3 == count  # two weights and their sum: nothing was put in their place


def test_of_many_samples_some_are_measured_and_the_page_says_so() -> None:
    X = [[row / 500, -row / 500] for row in range(1000)]
    found = nn.diagnose(nn.MLP(2, [3, 1], rng=0), X, [float(row > 500) for row in range(1000)])
    assert "Measured on 200 of 1,000 samples, at even distances (at most 200" in found.text(200)


def test_weights_beyond_the_finite_are_told() -> None:
    net = nn.MLP(1, [1], "identity", rng=0)
    net.layers[0].neurons[0].w[0].data = 1e300
    found = nn.diagnose(net, *line(0))
    assert ["undefined"] == found.codes and "no finite number" in found.text(80)


def test_of_many_findings_the_page_shows_the_first_unless_all_are_asked_for() -> None:
    found = nn.diagnose(nn.MLP(2, [2] * 40 + [1], "relu", rng=0), *XOR)
    assert len(found.findings) > 20
    assert found.text().count("are dead") <= 6 and f"and {len(found.findings) - 6} more." in found.text()
    assert found.text(full=True).count("are dead") > 20


def test_every_form_tells_the_first_change_with_its_numbers() -> None:
    net = nn.MLP(2, [3, 1], initialiser=nn.initialisers.zeros)
    found = nn.diagnose(net, *XOR)
    assert "<diagnosis: symmetric, vanishing, flat; .text(), .latex(), .markdown(), .html()>" == repr(found)
    assert "What helps first: Start again from random weights" in found.text(300)
    assert "<math" in found.html() and "What helps first" in found.html()
    assert r"h_{1}" in found.latex() and "h_{1}" in found.markdown()
    assert found._repr_html_() and found._repr_latex_()
    assert found.text() == nn.diagnose(net, *XOR).text()
    assert "Nothing found that stops learning" in nn.diagnose(nn.MLP(2, [3, 1], rng=0), *XOR).text()


@pytest.mark.parametrize("options, told", [
    ({"net": nn.Layer(2, 1)}, "diagnose takes a network"),
    ({"loss": 3}, "loss is a function"),
    ({"history": [1.0, 2.0]}, "history is what nn.fit returned"),
    ({"history": nn.History(gradient_norms=[[1.0]])}, "that of another network"),
    ({"history": nn.History(snapshots=[{"w": 1.0}])}, "that of another network"),
    ({"optimizer": 0.5}, "optimizer is one such as"),
    ({"optimizer": nn.SGD([Value(1.0)], lr=0.5)}, "holds no parameter of the network"),
    ({"loss": nn.cross_entropy}, "an output for every class"),
    ({"T": [0, 1]}, "one target for every row"),
    ({"X": [[0, 0], [0, None], [1, 0], [1, 1]]}, "row 1 of X"),
])  # fmt: skip
def test_what_cannot_be_diagnosed_is_one_clear_sentence(options, told) -> None:
    given = {"net": nn.MLP(2, [3, 1]), "X": XOR[0], "T": XOR[1], **options}
    with pytest.raises((nn.NetworkError, nn.DataError), match=told):
        nn.diagnose(given.pop("net"), given.pop("X"), given.pop("T"), **given)


def test_150_samples_take_a_moment() -> None:
    random = Random(0)
    X = [[random.gauss(0, 1) for _ in range(4)] for _ in range(150)]
    T = [[float(row % 3 == each) for each in range(3)] for row in range(150)]
    net = nn.MLP(4, [4, 3], rng=0)
    history = trained(net, (X, T), epochs=2)
    begun = time.process_time()
    nn.diagnose(net, X, T, history)
    assert time.process_time() - begun < 5.0  # measured: 0.4


def test_these_tests_see_a_threshold_that_is_wrong(monkeypatch) -> None:
    net = nn.MLP(2, [4] * 6 + [1], initialiser=within(0.5), rng=0)
    assert "vanishing" == first(net, XOR)
    monkeypatch.setattr("nn.diagnosis.depth_causes.FAR_APART", 1e12)
    assert "vanishing" != first(net, XOR)


def test_units_that_large_inputs_saturate_are_mended_by_scaling() -> None:
    rng = Random(0)
    X = [[rng.gauss(80, 5), rng.gauss(60, 5)] for _ in range(40)]
    T = [float(a - 80 > b - 60) for a, b in X]
    first = nn.diagnose(nn.MLP(2, [4, 1], "tanh", output_activation="sigmoid", rng=0), X, T).first
    assert first is not None and "saturated" == first.code and "nn.Scaling.standard" in str(first)
