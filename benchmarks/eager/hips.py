"""HIPS autograd at work in a process of its own, started by `peers.py`: a line of JSON asks, a line answers.

Nothing of ours can be imported here: the package `autograd` is HIPS'.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from importlib import metadata

import autograd.numpy as np

from autograd import grad


def chain(u, w, b):
    """As in `graphs.py`: 900 operations."""
    for _ in range(450):
        u = u * w + b
    return u


def rosenbrock(x):
    """As in `graphs.py`, number by number."""
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def rosenbrock_of_arrays(x):
    """All terms at once."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


POINT = [0.1 * (i % 7) for i in range(100)]
ARRAY = np.array(POINT)
WORKS = {
    "chain": lambda: grad(chain, (0, 1, 2))(0.5, 0.9, 0.1),
    "loop": lambda: grad(rosenbrock)(POINT),
    "arrays": lambda: grad(rosenbrock_of_arrays)(ARRAY),
}


def answer(work, count, is_collecting):
    """The seconds of CPU for a work, and the gradient that came out."""
    turn = WORKS[work]
    gc.collect()
    (gc.enable if is_collecting else gc.disable)()
    start = time.process_time()
    for _ in range(count):
        gradient = turn()
    return {"seconds": time.process_time() - start, "gradient": [float(each) for each in gradient]}


if __name__ == "__main__":
    print(json.dumps({"version": metadata.version("autograd")}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answer(asked["work"], asked["count"], asked["gc"])), flush=True)
