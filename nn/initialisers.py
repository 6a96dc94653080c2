"""Initialisers: plain functions `(fan_in, fan_out, rng) -> number` for one weight of a layer.

`fan_in` is the number of inputs of a neuron, `fan_out` the number of neurons of its layer, `rng` a `random.Random`. Any
function with these three parameters is an initialiser.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

Initialiser = Callable[[int, int, Random], float]


def uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Anything from −1 to 1, as in the micrograd lecture: too large for wide layers.

    >>> -1 <= uniform(2, 3, Random(0)) <= 1
    True
    """
    return rng.uniform(-1.0, 1.0)


def xavier_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Uniform within ±√(6/(fan_in + fan_out)): keeps the size of activations and of gradients through tanh and sigmoid
    layers. Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks".
    """
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit)


def xavier_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Normal with variance 2/(fan_in + fan_out). Glorot & Bengio (2010)."""
    return _normal(math.sqrt(2.0 / (fan_in + fan_out)), rng)


def he_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Uniform within ±√(6/fan_in): keeps the size of activations through relu layers, which let half of them pass.
    He et al. (2015), "Delving deep into rectifiers".
    """
    limit = math.sqrt(6.0 / fan_in)
    return rng.uniform(-limit, limit)


def he_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Normal with variance 2/fan_in. He et al. (2015)."""
    return _normal(math.sqrt(2.0 / fan_in), rng)


def zeros(fan_in: int, fan_out: int, rng: Random) -> float:
    """0 for every weight: all neurons of a layer stay alike for ever, for they get the same gradients."""
    return 0.0


def blank(fan_in: int, fan_out: int, rng: Random) -> float:
    """A "blank" neuron, one without any information: the same as `zeros`, and for the same reason it cannot learn."""
    return zeros(fan_in, fan_out, rng)


def constant(number: float) -> Initialiser:
    """An initialiser that gives `number` to every weight.

    >>> constant(0.5)(2, 3, Random(0))
    0.5
    """
    return lambda fan_in, fan_out, rng: number


def _normal(deviation: float, rng: Random) -> float:
    # Kinderman and Monahan's method takes a logarithm for a comparison only: unlike `gauss`, whose logarithm and cosine
    # differ between machines in the last digit, it gives the same network on all of them.
    return rng.normalvariate(0.0, 1.0) * deviation


# What is taken for an activation, if no initialiser is given; all others get Xavier's.
HE_ACTIVATIONS = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})


def fitting(activation: str) -> Initialiser:
    """The initialiser that suits an activation: He's for relu and its kin, Xavier's for all others."""
    return he_uniform if activation in HE_ACTIVATIONS else xavier_uniform
