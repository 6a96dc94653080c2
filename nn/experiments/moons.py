"""Two half moons that reach into each other: points in a plane that no straight line parts."""

from __future__ import annotations

import math
from random import Random

from ..errors import NetworkError
from ..module import generator, size

Points = tuple[list[list[float]], list[int]]


def moons(count: int = 100, *, rng: int | Random = 0, noise: float = 0.1) -> Points:
    """So many points of two classes, 0 and 1: (X, T), the classes in turn.

        class 0:  (cos α, sin α)        class 1:  (1 − cos α, ½ − sin α)        0 ≤ α ≤ π, both with normal noise

    >>> X, T = moons(4, noise=0.0)
    >>> [[round(each, 6) for each in x] for x in X], T
    ([[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0], [2.0, 0.5]], [0, 1, 0, 1])

    `noise` is its standard deviation, drawn by `rng`: a seed, or a `random.Random`. Raises NetworkError for settings
    that are none. The shape is that of scikit-learn's `make_moons`.
    """
    count, random = size(count, "the number of points"), generator(rng)
    if isinstance(noise, bool) or not isinstance(noise, (int, float)) or not 0 <= noise < math.inf:
        raise NetworkError(f"noise is a standard deviation from 0 on, such as 0.1; it was given {noise!r}")
    classes = [number % 2 for number in range(count)]
    of_class = [(count + 1) // 2, count // 2]
    return [_point(kind, number // 2, of_class[kind], random, noise) for number, kind in enumerate(classes)], classes


def _point(kind: int, number: int, count: int, random: Random, noise: float) -> list[float]:
    angle = math.pi * number / max(count - 1, 1)
    x, y = math.cos(angle), math.sin(angle)
    exact = (1 - x, 0.5 - y) if kind else (x, y)
    # (Not `gauss`: see `nn.initialisers`, whose numbers are the same on every machine, too.)
    return [each + noise * random.normalvariate(0.0, 1.0) for each in exact]
