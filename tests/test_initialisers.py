"""Initialisers: their distributions, and the same numbers on every machine."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean, pvariance

import pytest

import nn
from nn import initialisers

COUNT = 20_000
FAN_IN, FAN_OUT = 7, 4
VARIANCES = {
    "uniform": 1 / 3,
    "xavier_uniform": 2 / (FAN_IN + FAN_OUT),
    "xavier_normal": 2 / (FAN_IN + FAN_OUT),
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "zeros": 0.0,
    "blank": 0.0,
}
LIMITS = {"uniform": 1.0, "xavier_uniform": math.sqrt(6 / (FAN_IN + FAN_OUT)), "he_uniform": math.sqrt(6 / FAN_IN)}


def drawn(name: str, count: int = COUNT) -> list[float]:
    rng = Random(1)
    return [getattr(initialisers, name)(FAN_IN, FAN_OUT, rng) for _ in range(count)]


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_those_of_the_papers(name):
    numbers, variance = drawn(name), VARIANCES[name]

    assert abs(fmean(numbers)) <= 4 * math.sqrt(variance / COUNT)
    assert abs(pvariance(numbers) - variance) <= 4 * variance * math.sqrt(2 / COUNT)  # four standard errors, or fewer


def test_the_comparison_of_variances_sees_fan_in_taken_for_fan_out():
    wrong = 2 / FAN_OUT
    assert abs(pvariance(drawn("he_normal")) - wrong) > 4 * wrong * math.sqrt(2 / COUNT)


@pytest.mark.parametrize("name", LIMITS)
def test_uniform_numbers_fill_their_range(name):
    numbers, limit = drawn(name), LIMITS[name]

    assert -limit <= min(numbers) < -0.999 * limit
    assert 0.999 * limit < max(numbers) <= limit


@pytest.mark.parametrize("name", ["xavier_normal", "he_normal"])
def test_normal_numbers_are_normal(name):
    deviation = math.sqrt(VARIANCES[name])
    within = fmean(abs(number) <= deviation for number in drawn(name))
    assert within == pytest.approx(math.erf(1 / math.sqrt(2)), abs=0.014)


def test_blank_neurons_hold_nothing_and_a_constant_its_number():
    assert set(drawn("blank", 10)) == set(drawn("zeros", 10)) == {0.0}
    assert {p.data for p in nn.MLP(2, [2], bias=False, initialiser=initialisers.constant(0.5)).parameters()} == {0.5}


# ---------------------------------------------------------------- the same network on every machine

GOLDEN = {
    "uniform": ["0.688843703050", "0.515908805881", "-0.158856838338"],
    "xavier_uniform": ["0.843657792501", "0.631856664108", "-0.194559098040"],
    "xavier_normal": ["-0.130014465980", "0.022983890087", "0.494145800781"],
    "he_uniform": ["0.974172107209", "0.729605230224", "-0.224657495254"],
    "he_normal": ["-0.150127773864", "0.026539510258", "0.570590422199"],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_seed_gives_the_same_numbers_to_twelve_digits(name):
    net = nn.Neuron(3, bias=False, initialiser=getattr(initialisers, name), rng=0)
    assert [f"{w.data:.12f}" for w in net.w] == GOLDEN[name]


def test_a_seed_gives_the_same_network_to_twelve_digits():
    net = nn.MLP(2, [3, 2], rng=0)
    assert [f"{y.data:.12f}" for y in net([0.5, -1.0])] == ["0.497771324623", "0.653078388863"]


def test_a_seed_and_a_generator_of_that_seed_are_the_same():
    numbers = [p.data for p in nn.MLP(2, [3, 2], rng=7).parameters()]
    assert [p.data for p in nn.MLP(2, [3, 2], rng=Random(7)).parameters()] == numbers
    assert [p.data for p in nn.MLP(2, [3, 2], rng=8).parameters()] != numbers


def test_one_generator_gives_different_layers():
    rng = Random(7)
    one, two = nn.Layer(2, 2, rng=rng), nn.Layer(2, 2, rng=rng)
    assert [p.data for p in one.parameters()] != [p.data for p in two.parameters()]


def test_global_random_state_is_neither_read_nor_changed():
    import random

    random.seed(1)
    expected = [p.data for p in nn.MLP(2, [3, 2]).parameters()]
    state = random.getstate()
    random.seed(2)
    assert [p.data for p in nn.MLP(2, [3, 2]).parameters()] == expected
    random.seed(1)
    assert random.getstate() == state


def test_an_initialiser_is_told_the_sizes_of_its_layer_and_any_function_is_one():
    told = []

    def initialiser(fan_in, fan_out, rng):
        told.append((fan_in, fan_out))
        return 0.25

    net = nn.MLP(2, [3, 1], initialiser=initialiser)
    assert told == [(2, 3)] * 6 + [(3, 1)] * 3
    assert {w.data for layer in net.layers for neuron in layer.neurons for w in neuron.w} == {0.25}


def test_biases_start_at_zero():
    assert {n.b.data for layer in nn.MLP(2, [3, 2]).layers for n in layer.neurons} == {0.0}


@pytest.mark.parametrize(
    "activation, limit",
    [("relu", math.sqrt(6 / 50)), ("leaky_relu", math.sqrt(6 / 50)), ("gelu", math.sqrt(6 / 50)),
     ("sigmoid", math.sqrt(6 / 90)), ("tanh", math.sqrt(6 / 90)), ("identity", math.sqrt(6 / 90)),
     ("softmax", math.sqrt(6 / 90))],
)  # fmt: skip
def test_without_an_initialiser_the_activation_chooses(activation, limit):
    weights = [abs(p.data) for p in nn.Layer(50, 40, activation, bias=False).parameters()]
    assert 0.99 * limit < max(weights) <= limit


@pytest.mark.parametrize("rng", [1.5, "0", None, True])
def test_rng_must_be_a_seed_or_a_generator(rng):
    with pytest.raises(nn.NetworkError, match=f"rng is a whole number or a random.Random; it was given {rng!r}"):
        nn.MLP(2, [2], rng=rng)


@pytest.mark.parametrize("initialiser", ["he", 0.0])
def test_what_is_no_initialiser_is_refused(initialiser):
    with pytest.raises(nn.NetworkError, match="such as nn.initialisers.he_normal; it was given"):
        nn.MLP(2, [3], initialiser=initialiser)
