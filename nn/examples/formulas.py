"""Formulas and single neurons that courses work out gate by gate.

circuit          q = x + y,  f = q·z
sigmoid_neuron   f = σ(w_0·x_0 + w_1·x_1 + w_2)
staged           f = (x + σ(y)) / (σ(x) + (x + y)²)
tanh_neuron      o = tanh(x_1·w_1 + x_2·w_2 + b)
"""

from __future__ import annotations

from collections.abc import Callable

from autograd import Value, sigmoid, tanh

from .example import Example, Published, gradients, labelled, published

_CS231N = 'CS231n, Stanford University: "Backpropagation, Intuitions"'


def _leaves(**numbers: float) -> list[Value]:
    return [Value(number, label) for label, number in numbers.items()]


def _found(build: Callable[[], Value], values: str, slopes: str) -> Callable[[], dict[str, float]]:
    """What gives the values of some nodes, and the output's derivatives by others."""

    def found() -> dict[str, float]:
        output = build()
        nodes = labelled(output)
        return {name: nodes[name].data for name in values.split()} | gradients(
            output, {name: nodes[name] for name in slopes.split()}
        )

    return found


def _circuit() -> Value:
    x, y, z = _leaves(x=-2.0, y=5.0, z=-4.0)
    q = (x + y).named("q")
    f: Value = q * z
    return f.named("f")


circuit = Example(
    name="circuit",
    title="f = (x + y)·z at x = −2, y = 5, z = −4",
    source=_CS231N,
    build=_circuit,
    found=_found(_circuit, "q f", "x y z"),
    published=published(**{"q": "3", "f": "-12", "∂f/∂x": "-4", "∂f/∂y": "-4", "∂f/∂z": "3"}),
    laws={"x": "z", "y": "z", "q": "z", "z": "q"},
)


def _sigmoid_neuron() -> Value:
    w_0, x_0, w_1, x_1, w_2 = _leaves(w_0=2.0, x_0=-1.0, w_1=-3.0, x_1=-2.0, w_2=-3.0)
    weighted = (w_0 * x_0 + w_1 * x_1 + w_2).named("s")
    f: Value = sigmoid(weighted)
    return f.named("f")


sigmoid_neuron = Example(
    name="sigmoid_neuron",
    title="A sigmoid neuron with w = (2, −3, −3) and x = (−1, −2)",
    source=_CS231N,
    build=_sigmoid_neuron,
    found=_found(_sigmoid_neuron, "s f", "w_0 x_0 w_1 x_1 w_2"),
    published=published(**{
        "s": "1.00", "f": "0.73", "∂f/∂w_0": "-0.20", "∂f/∂x_0": "0.39", "∂f/∂w_1": "-0.39", "∂f/∂x_1": "-0.59",
        "∂f/∂w_2": "0.20",
    }),
    laws={
        "w_0": "(1 - f)*f*x_0", "w_1": "(1 - f)*f*x_1", "w_2": "(1 - f)*f", "x_0": "(1 - f)*f*w_0",
        "x_1": "(1 - f)*f*w_1",
    },
)  # fmt: skip


def _staged() -> Value:
    x, y = _leaves(x=3.0, y=-4.0)
    sigy = sigmoid(y).named("sigy")
    num = (x + sigy).named("num")
    sigx = sigmoid(x).named("sigx")
    xpy = (x + y).named("xpy")
    xpysqr = (xpy**2).named("xpysqr")
    den = (sigx + xpysqr).named("den")
    invden = (1.0 / den).named("invden")
    f: Value = num * invden
    return f.named("f")


staged = Example(
    name="staged",
    title="f = (x + σ(y)) / (σ(x) + (x + y)²) at x = 3, y = −4, in stages",
    source=_CS231N + ", which prints the stages and no numbers",
    build=_staged,
    found=_found(_staged, "sigy num sigx xpy xpysqr den invden f", "num invden den xpysqr xpy sigx sigy x y"),
    laws={
        "num": "invden", "invden": "num", "den": "-1/den**2*num", "sigx": "-1/den**2*num",
        "xpy": "2*xpy*(-1/den**2*num)", "sigy": "invden",
        "x": "2*xpy*(-1/den**2*num) + (1 - sigx)*sigx*(-1/den**2*num) + invden",
        "y": "2*xpy*(-1/den**2*num) + (1 - sigy)*sigy*invden",
    },
)  # fmt: skip


def _tanh_neuron() -> Value:
    x_1, x_2, w_1, w_2, b = _leaves(x_1=2.0, x_2=0.0, w_1=-3.0, w_2=1.0, b=6.8813735870195432)
    products = (x_1 * w_1).named("p_1") + (x_2 * w_2).named("p_2")
    n = (products.named("s") + b).named("n")
    o: Value = tanh(n)
    return o.named("o")


tanh_neuron = Example(
    name="tanh_neuron",
    title="A tanh neuron whose bias makes the numbers come out nicely",
    source='Andrej Karpathy (2022): "The spelled-out intro to neural networks and backpropagation: building micrograd"',
    build=_tanh_neuron,
    found=_found(_tanh_neuron, "n o", "n s b p_1 p_2 x_1 w_1 x_2 w_2"),
    published={
        **published(**{
            "n": "0.8814", "o": "0.7071", "∂o/∂n": "0.5000", "∂o/∂s": "0.5000", "∂o/∂b": "0.5000", "∂o/∂p_1": "0.5000",
            "∂o/∂p_2": "0.5000", "∂o/∂x_1": "-1.5000", "∂o/∂w_1": "1.0000", "∂o/∂x_2": "0.5000",
        }),
        "∂o/∂w_2": Published("0.0000"),
    },
    laws={"x_1": "w_1*(1 - o**2)", "w_1": "x_1*(1 - o**2)", "x_2": "w_2*(1 - o**2)", "b": "1 - o**2", "n": "1 - o**2"},
)  # fmt: skip
