"""XOR: the output is 1 if one of two inputs is 1, but not both.

No straight line parts the two cases, so it takes hidden units that differ; and they never differ if they start alike:
with equal weights, both compute the same and get the same gradients, after every update. As the two inputs have equal
weights, too, the network sees x_1 + x_2 only, and rises or falls with it. The best that is left is 0 for (0, 0) and 2/3
for the other three: a mean squared error of 1/6. Started at 0 the network does not move at all: every output is 1/2,
every gradient 0, and the error 1/4.
"""

from __future__ import annotations

from collections.abc import Callable

from autograd import Value

from .. import initialisers
from ..initialisers import Initialiser
from ..layers import MLP, Layer, Network
from .example import Example, Published, after, descend, over_all

SAMPLES = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])]
RATE, UPDATES = 2.5, 1500
_SOURCE = (
    "David Rumelhart, Geoffrey Hinton & Ronald Williams (1986): "
    '"Learning internal representations by error propagation"'
)


def network(initialiser: Initialiser | None = None) -> Network:
    """The 2-2-1 network of sigmoid units."""
    return MLP(2, [2, 1], initialiser=initialiser, rng=3)


def _numbers(start: Callable[[], Network]) -> dict[str, float]:
    net = start()
    losses = descend(lambda: over_all(net, SAMPLES), net.parameters(), RATE, UPDATES)
    found = {f"L {after(count)}": losses[count] for count in (0, 10, 100, UPDATES)}
    found |= {f"y of {x[0]:g}, {x[1]:g}": net.predict(x)[0] for x, _ in SAMPLES}
    return found | {"the largest difference between the hidden units": _difference(net)}


def _difference(net: Network) -> float:
    hidden = net.layers[0]
    one, two = (neuron.parameters() for neuron in hidden.neurons) if isinstance(hidden, Layer) else ([], [])
    return max(abs(a.data - b.data) for a, b in zip(one, two, strict=True))


def _graph(start: Callable[[], Network]) -> Callable[[], Value]:
    return lambda: over_all(start(), SAMPLES)


def _equal() -> Network:
    return network(initialisers.constant(0.5))


def _blank() -> Network:
    return network(initialisers.blank)


_ALIKE = {"the largest difference between the hidden units": Published("0", 0.0)}

xor = Example(
    name="xor",
    title="XOR with a 2-2-1 network of sigmoid units",
    source=_SOURCE,
    build=_graph(network),
    net=network,
    found=lambda: _numbers(network),
    published={f"y of {x[0]:g}, {x[1]:g}": Published(f"{t[0]:g}", 0.1) for x, t in SAMPLES},
)

xor_equal = Example(
    name="xor_equal",
    title="XOR with equal weights at the start: the hidden units stay alike, and the error stays above 1/6",
    source=_SOURCE,
    build=_graph(_equal),
    net=_equal,
    found=lambda: _numbers(_equal),
    published=_ALIKE
    | {f"L {after(10)}": Published("0.25", 0.003), f"L {after(UPDATES)}": Published("0.1667", 0.003)},
)

xor_blank = Example(
    name="xor_blank",
    title="XOR with blank neurons at the start: all gradients are 0, and nothing ever changes",
    source=_SOURCE,
    build=_graph(_blank),
    net=_blank,
    found=lambda: _numbers(_blank),
    published=_ALIKE
    | {f"L {after(count)}": Published("0.25", 0.0) for count in (0, 10, 100, UPDATES)}
    | {f"y of {x[0]:g}, {x[1]:g}": Published("0.5", 0.0) for x, _ in SAMPLES},
)
