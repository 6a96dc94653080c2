"""Experiments: the numbers behind the plots are those of real trainings and passes, and the verdicts are true."""

from __future__ import annotations

import copy
import math
from random import Random

import pytest

import nn
from autograd import sigmoid
from nn import experiments
from nn.errors import DataError, NetworkError
from nn.experiments.rates import judged

XOR = ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
LINE = ([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 8.0])


def line() -> nn.Network:
    """ŷ = w·x + b, starting at 0."""
    return nn.Network([nn.Layer(1, 1, "identity", initialiser=nn.initialisers.zeros)])


def state(net: nn.Module) -> list[tuple[float, bool, float]]:
    return [(parameter.data, parameter.has_grad, parameter.grad) for parameter in net.parameters()]


# ---------------------------------------------------------------- learning rates


def descended(rate: float, epochs: int) -> list[float]:
    """The losses ½·mean (w·x + b − t)² of gradient descent on the line, in plain numbers."""
    w = b = 0.0
    losses = []
    for _ in range(epochs):
        errors = [w * x + b - t for x, t in zip(*LINE, strict=True)]
        losses.append(sum(e * e for e in errors) / 2 / len(errors))
        slope = sum(e * x for e, x in zip(errors, LINE[0], strict=True)) / len(errors)
        w, b = w - rate * slope, b - rate * sum(errors) / len(errors)
    return losses


def steepest() -> float:
    """The larger eigenvalue of the line's Hessian, [[mean x², mean x], [mean x, 1]]: descent is stable below 2/λ."""
    mean, square = (sum(x**power for x in LINE[0]) / len(LINE[0]) for power in (1, 2))
    return (square + 1 + math.hypot(square - 1, 2 * mean)) / 2


def test_every_rate_is_trained_from_the_same_weights_by_plain_gradient_descent() -> None:
    found = experiments.learning_rates(line(), *LINE, [0.01, 0.2], epochs=30)
    for trial in found:
        assert trial.history.losses == pytest.approx(descended(trial.rate, 30), rel=1e-12)


@pytest.mark.parametrize("share, verdicts", [(0.001, {"crawls"}), (0.5, {"converges"}), (1.2, {"diverges"})])
def test_small_rates_crawl_and_those_above_two_over_the_curvature_diverge(share, verdicts) -> None:
    border = 2 / steepest()
    trials = experiments.learning_rates(line(), *LINE, [share * border, 0.5 * border], epochs=60)
    assert trials[0].verdict in verdicts


def test_nothing_just_below_the_border_is_said_to_diverge_and_everything_just_above_it_is() -> None:
    border = 2 / steepest()
    below, above = experiments.learning_rates(line(), *LINE, [0.98 * border, 1.02 * border], epochs=300)
    assert (below.verdict, above.verdict) == ("converges", "diverges")


def test_a_rate_too_large_for_a_sigmoid_network_overshoots_and_does_not_diverge() -> None:
    net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    trials = experiments.learning_rates(net, *XOR, [0.5, 2.0, 10.0], epochs=120)
    assert [trial.verdict for trial in trials[1:]] == ["overshoots", "overshoots"]
    assert max(trials[1].history.losses) > trials[1].history.losses[0] > trials[1].history.losses[-1]


def test_a_training_that_leaves_the_finite_numbers_keeps_its_history_and_its_epoch() -> None:
    (trial,) = experiments.learning_rates(line(), *LINE, [1e8], epochs=200)
    assert trial.verdict == "diverges"
    assert trial.failed == len(trial.history.losses) + 1 < 200
    assert all(map(math.isfinite, trial.history.losses))
    assert trial.reason.endswith(f"no finite number in epoch {trial.failed}")
    (at_once,) = experiments.learning_rates(line(), [1e200], [1e200], [1.0], epochs=5)
    assert (at_once.verdict, at_once.failed, at_once.history.losses) == ("diverges", 1, [])


@pytest.mark.parametrize(
    "losses, lowest, verdict",
    [
        ([1.0, 0.999, 0.998, 0.997], 0.1, "crawls"),
        ([1.0, 0.999, 0.998, 0.997], 0.997, "crawls"),  # the best of rates that all crawl
        ([1 - 0.01 * epoch for epoch in range(80)], 0.2, "falls"),  # in a straight line: not there yet
        ([0.5**epoch for epoch in range(20)], 0.0, "converges"),
        ([8 + 0.5**epoch for epoch in range(20)], 8.0, "converges"),  # the rest cannot be learnt
        ([1.0] * 30 + [0.5**epoch for epoch in range(30)], 0.0, "converges"),  # a plateau first
        ([1.0, 0.5, 0.3, 0.25] + [0.25] * 20, 0.0, "falls"),  # levelled out above what another rate reached
        ([1.0, 0.2, 0.4, 0.1, 0.3, 0.05], 0.05, "overshoots"),
        ([1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 0.1, "overshoots"),  # saturated: higher, but it does not grow
        ([1.0, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.5], 0.1, "overshoots"),  # it grows, and is below its first number yet
        ([1.0, 2.0, 4.0, 8.0], 0.1, "diverges"),
        ([1.0, 0.5, 0.6, 1.0, 1.7, 2.9, 5.0, 8.5], 0.1, "diverges"),
        ([1.0, 0.5, 0.51, 0.5, 0.51, 0.5, 0.505, 0.5], 0.5, "converges"),  # the noise of mini-batches
        ([0.3] * 10, 0.3, "crawls"),
        ([1.0], 1.0, "crawls"),
        ([-1.0, -2.0, -3.0, -4.0], -4.0, "falls"),  # a loss of one's own
    ],
)  # fmt: skip
def test_a_verdict_is_what_the_losses_did(losses, lowest, verdict) -> None:
    assert judged(losses, lowest)[0] == verdict


def test_verdicts_do_not_depend_on_the_unit_of_the_loss() -> None:
    for losses in ([1.0, 0.2, 0.4, 0.1], [0.5**epoch for epoch in range(20)], [1.0, 2.0, 4.0, 8.0]):
        verdicts = {judged([scale * loss for loss in losses], 0.0)[0] for scale in (1e-9, 1.0, 1e9)}
        assert len(verdicts) == 1


def test_the_network_is_left_as_it_was_by_every_experiment() -> None:
    net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    history = nn.fit(net, *XOR, epochs=5, snapshots=True)
    for gradient, parameter in enumerate(net.parameters()):
        parameter.grad = 0.5 + gradient
    before = state(net)
    experiments.learning_rates(net, *XOR, [0.1, 50.0], epochs=5)
    experiments.deltas(net, *XOR, history)
    experiments.gradient_sizes(net, *XOR)
    assert state(net) == before
    with pytest.raises(ZeroDivisionError):
        experiments.deltas(net, *XOR, history, loss=lambda y, t: 1 / 0)
    assert state(net) == before


def test_all_rates_see_the_samples_in_the_same_order_and_no_generator_is_used_up() -> None:
    random = Random(5)
    before = random.getstate()
    net = nn.MLP(2, [3, 1], rng=0)
    one, two = experiments.learning_rates(net, *XOR, [0.1, 0.1], epochs=5, batch_size=1, rng=random)
    assert one.history.losses == two.history.losses
    assert random.getstate() == before


def test_another_optimiser_and_loss_may_be_compared() -> None:
    (trial,) = experiments.learning_rates(
        nn.MLP(2, [3, 1], rng=0), *XOR, [0.05], optimizer=nn.Adam, loss=nn.binary_cross_entropy, epochs=3
    )
    net = nn.MLP(2, [3, 1], rng=0)
    expected = nn.fit(net, *XOR, optimizer=nn.Adam(net.parameters(), lr=0.05), loss=nn.binary_cross_entropy, epochs=3)
    assert trial.history.losses == expected.losses


def test_ctrl_c_ends_the_comparison_and_keeps_what_was_reached(monkeypatch) -> None:
    def interrupted(net, X, T, **settings):
        history = real(net, X, T, **settings)
        if settings["optimizer"].lr == 0.2:
            history.stopped = "interrupted"
        return history

    real = experiments.rates.fit
    monkeypatch.setattr(experiments.rates, "fit", interrupted)
    found = experiments.learning_rates(line(), *LINE, [0.1, 0.2, 0.3], epochs=3)
    assert [trial.rate for trial in found] == [0.1, 0.2]


def test_ctrl_c_in_the_first_epoch_leaves_no_trial(monkeypatch) -> None:
    def pressed(y, t):
        raise KeyboardInterrupt

    assert experiments.learning_rates(line(), *LINE, [0.1, 0.2], loss=pressed) == []


def test_progress_counts_the_epochs_of_all_rates(capsys) -> None:
    experiments.learning_rates(line(), *LINE, [0.1, 0.2], epochs=3, progress=True)
    assert "6/6" in capsys.readouterr().err


def test_wrong_networks_optimisers_and_epochs_are_refused() -> None:
    with pytest.raises(NetworkError, match="learning_rates takes a network"):
        experiments.learning_rates("net", *LINE, [0.1])
    with pytest.raises(NetworkError, match="optimizer is the class"):
        experiments.learning_rates(line(), *LINE, [0.1], optimizer=nn.SGD(line().parameters()))
    with pytest.raises(NetworkError, match="epochs is a whole number from 1 on"):
        experiments.learning_rates(line(), *LINE, [0.1], epochs=0)


@pytest.mark.parametrize("rates", [[], [0.0], [-1.0], ["fast"], [math.inf], "0.1"])
def test_rates_that_are_none_are_refused(rates) -> None:
    with pytest.raises(NetworkError, match="learning rate"):
        experiments.learning_rates(line(), *LINE, rates)


# ---------------------------------------------------------------- depth


def test_the_size_of_a_gradient_is_that_of_delta_by_hand() -> None:
    """x → σ(w·x) → u·h, ½(y − t)²: δ of the output is y − t, δ of the hidden unit (y − t)·u·h(1 − h)."""
    hidden, output = nn.Layer(1, 1, "sigmoid", rng=1, bias=False), nn.Layer(1, 1, "identity", rng=2, bias=False)
    net = nn.Network([hidden, output])
    w, u = hidden.neurons[0].w[0].data, output.neurons[0].w[0].data
    expected = []
    for x, t in zip([0.5, -2.0], [1.0, 0.0], strict=True):
        h = 1 / (1 + math.exp(-w * x))
        expected.append(((u * h - t) * u * h * (1 - h), u * h - t))
    found = experiments.gradient_sizes(net, [0.5, -2.0], [1.0, 0.0])
    for size, deltas in zip(found.sizes, zip(*expected, strict=True), strict=True):
        assert size == pytest.approx(math.sqrt(sum(delta**2 for delta in deltas) / 2), rel=1e-12)


def test_delta_is_the_finite_difference_of_the_loss_by_the_bias() -> None:
    net = nn.MLP(2, [4, 3, 2], activation="tanh", rng=3)
    x, t = [0.4, -0.7], [0.1, 0.9]
    found = experiments.gradient_sizes(net, [x], [t])
    for size, layer in zip(found.sizes, net.layers, strict=True):
        slopes = []
        for neuron in layer.neurons:
            losses = []
            for shift in (1e-6, -1e-6):
                changed = copy.deepcopy(net)
                changed.named_parameters()[neuron.b.label].data += shift
                y = changed.predict(x)
                losses.append(sum((a - b) ** 2 for a, b in zip(y, t, strict=True)) / 2)
            slopes.append((losses[0] - losses[1]) / 2e-6)
        assert size == pytest.approx(math.sqrt(sum(slope**2 for slope in slopes) / len(slopes)), rel=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_troubles_and_remedies_do_what_their_names_promise_for_several_seeds(seed) -> None:
    verdicts = {found.name: found.verdict for found in experiments.depths(depth=12, samples=4, rng=seed)}
    assert verdicts == {
        "sigmoid, normal(0, 1)": "vanishes", "sigmoid, Xavier": "vanishes", "ReLU, normal(0, 1)": "explodes",
        "ReLU, He": "holds", "tanh, Xavier": "holds", "sigmoid, LayerNorm": "holds",
    }  # fmt: skip


def test_a_gradient_vanishes_the_more_the_deeper_the_network_is() -> None:
    recipe = experiments.Recipe("sigmoid", "sigmoid", nn.initialisers.xavier_normal)
    firsts = [experiments.depths([recipe], depth=depth, units=4, samples=2)[0].sizes[0] for depth in (2, 4, 8)]
    assert firsts[0] > 10 * firsts[1] > 100 * firsts[2]


def test_a_recipe_makes_the_network_that_it_describes() -> None:
    net = experiments.Recipe("mine", sigmoid, nn.initialisers.he_uniform, normalised=True).network(3, 4, 2, 0)
    assert [repr(layer) for layer in net.layers] == [
        "Layer(3, 4, 'sigmoid')", "LayerNorm(4)", "Layer(4, 4, 'sigmoid')", "LayerNorm(4)", "Layer(4, 1, 'identity')"
    ]  # fmt: skip


@pytest.mark.parametrize("sizes, verdict", [((0.0, 0.0), "vanishes"), ((0.0, 1.0), "vanishes"), ((1.0, 1.0), "holds"),
                                            ((1.0,), "holds"), ((2000.0, 1.0), "explodes")])  # fmt: skip
def test_a_verdict_on_sizes_holds_for_zeros_too(sizes, verdict) -> None:
    assert experiments.GradientSizes("", sizes).verdict == verdict


@pytest.mark.parametrize("options", [{"depth": 0}, {"units": 2.5}, {"samples": "many"}, {"rng": "dice"}])
def test_settings_of_depths_that_are_none_are_refused(options) -> None:
    with pytest.raises(NetworkError):
        experiments.depths(**options)


def test_wrong_recipes_networks_and_data_are_refused_in_a_sentence() -> None:
    with pytest.raises(NetworkError, match="depths takes recipes"):
        experiments.depths(["sigmoid"])
    with pytest.raises(NetworkError, match="depths takes recipes"):
        experiments.depths(7)
    with pytest.raises(NetworkError, match="deltas takes a network"):
        experiments.gradient_sizes(nn.Neuron(2), [[1.0, 2.0]], [1.0])
    with pytest.raises(DataError):
        experiments.gradient_sizes(line(), [[1.0, 2.0]], [1.0])


# ---------------------------------------------------------------- deltas


def test_deltas_are_those_of_the_weights_after_each_epoch() -> None:
    """The 2-2-1 network of sigmoid units, its deltas by the textbook's formulas on the weights in the snapshots."""
    net = nn.MLP(2, [2, 1], rng=1)
    history = nn.fit(net, *XOR, epochs=12, snapshots=True)
    found = experiments.deltas(net, *XOR, history)
    assert found.epochs == tuple(range(13))
    assert found.units == ("a_1^(1)", "a_2^(1)", "a_1^(2)")
    for epoch, p in enumerate(history.snapshots):
        for sample, ((x_1, x_2), t) in enumerate(zip(*XOR, strict=True)):
            sums = [p[f"w_1{j}"] * x_1 + p[f"w_2{j}"] * x_2 + p[f"b_{j}^(1)"] for j in (1, 2)]
            h = [1 / (1 + math.exp(-a)) for a in sums]
            y = 1 / (1 + math.exp(-(p["u_11"] * h[0] + p["u_21"] * h[1] + p["b_1^(2)"])))
            output = (y - t) * y * (1 - y)
            hidden = [output * p[f"u_{j}1"] * h[j - 1] * (1 - h[j - 1]) for j in (1, 2)]
            numbers = [found.samples[sample][unit][epoch] for unit in found.units]
            assert numbers == pytest.approx([*hidden, output], rel=1e-9)


def test_the_mean_of_the_deltas_of_a_unit_is_the_gradient_of_its_bias() -> None:
    net = nn.Network([nn.Layer(2, 3, "tanh", rng=0), nn.LayerNorm(3), nn.Layer(3, 2, "identity", rng=1)])
    X, T = [[0.5, -1.0], [1.0, 0.25], [-0.5, 2.0]], [2, 0, 1]
    net = nn.Network([*net.layers, nn.Layer(2, 3, "identity", rng=2)])
    history = nn.fit(net, X, T, loss=nn.cross_entropy, epochs=1, snapshots=True)
    biases = {label: history.snapshots[0][label] - history.snapshots[1][label] for label in history.snapshots[0]}
    found = experiments.deltas(net, X, T, history, loss=nn.cross_entropy)
    labels = [neuron.b.label for layer in (net.layers[0], net.layers[2], net.layers[3]) for neuron in layer.neurons]
    for unit, label in zip(found.units, labels, strict=True):
        mean = sum(sample[unit][0] for sample in found.samples) / len(X)
        assert 0.5 * mean == pytest.approx(biases[label], rel=1e-9, abs=1e-15)  # a step of rate 0.5


def test_sizes_of_deltas_are_root_mean_squares_over_the_samples() -> None:
    found = experiments.Deltas(("a",), (0, 1), ({"a": [3.0, 1.0]}, {"a": [-4.0, 1.0]}))
    assert found.sizes() == {"a": [pytest.approx(math.sqrt(12.5)), pytest.approx(1.0)]}


def test_of_a_long_training_epochs_at_even_distances_are_looked_at_with_both_ends() -> None:
    net = line()
    history = nn.fit(net, *LINE, epochs=1000, optimizer=nn.SGD(net.parameters(), lr=0.1), snapshots=True)
    assert experiments.deltas(net, *LINE, history, points=5).epochs == (0, 250, 500, 750, 1000)
    assert experiments.deltas(net, *LINE, history, points=1).epochs == (0, 1000)


def test_histories_that_do_not_belong_here_are_refused() -> None:
    net = line()
    with pytest.raises(NetworkError, match=r"call fit\(\.\.\., snapshots=True\)"):
        experiments.deltas(net, *LINE, nn.fit(net, *LINE, epochs=1))
    other = nn.MLP(1, [2, 1], rng=0)
    with pytest.raises(NetworkError, match="of another network"):
        experiments.deltas(net, *LINE, nn.fit(other, *LINE, epochs=1, snapshots=True))
    with pytest.raises(NetworkError, match="takes the History"):
        experiments.deltas(net, *LINE, [1.0, 2.0])
    with pytest.raises(NetworkError, match="cross_entropy needs an output for every class"):
        experiments.gradient_sizes(net, *LINE, loss=nn.cross_entropy)
    with pytest.raises(NetworkError, match="loss is a function of outputs and targets"):
        experiments.gradient_sizes(net, *LINE, loss=3)
    history = nn.fit(net, *LINE, epochs=1, snapshots=True)
    with pytest.raises(NetworkError, match="points"):
        experiments.deltas(net, *LINE, history, points=0)
