"""How large the gradient is in every layer of a deep network: where it vanishes, where it explodes, and what helps.

A gradient on its way back is multiplied in every layer by weights and slopes. Where that makes it smaller from layer to
layer it vanishes, for a sigmoid passes 0.25 of it at most; where it gets larger from layer to layer it explodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from ..activations import Activation
from ..data import samples as checked
from ..errors import NetworkError
from ..initialisers import Initialiser, he_normal, xavier_normal
from ..layers import Layer, LayerNorm, Network
from ..losses import check_loss, l2_loss
from ..metrics import FAR_APART, root_mean_square
from ..module import generator, size
from .deltas import deltas_of, layers_of


@dataclass(frozen=True)
class GradientSizes:
    """The size of δ = ∂L/∂a in each layer with weights, from the first to the last.

    It is the root of the mean of δ² over units and samples. (a is a weighted sum: the gradient of a weight is δ times
    the activation that the weight multiplies.)
    """

    name: str
    sizes: tuple[float, ...]

    @property
    def verdict(self) -> str:
        """Whether it "vanishes" (the first layer's is below a thousandth of the last's), "explodes" (above the
        thousandfold) or "holds": as `nn.diagnose` sees it.

        >>> GradientSizes("deep", (0.0001, 0.01, 0.5)).verdict
        'vanishes'
        """
        first, last = self.sizes[0], self.sizes[-1]
        if first * FAR_APART <= last or last == 0:
            return "vanishes"
        return "explodes" if first >= last * FAR_APART else "holds"


@dataclass(frozen=True)
class Recipe:
    """A way to build the hidden layers of a network: activation, first weights, and whether layers are normalised."""

    name: str
    activation: str | Activation | Callable[..., Any]
    initialiser: Initialiser
    normalised: bool = False

    def network(self, inputs: int, units: int, depth: int, rng: int | Random = 0) -> Network:
        """`depth` hidden layers of so many units, and one output without an activation.

        The weights of the output layer are Xavier's in every recipe, so that all start alike on the way back.
        """
        random = generator(rng)
        layers: list[Layer | LayerNorm] = []
        for fan_in in [inputs] + [units] * (depth - 1):
            layers.append(Layer(fan_in, units, self.activation, initialiser=self.initialiser, rng=random))
            layers += [LayerNorm(units)] if self.normalised else []
        return Network([*layers, Layer(units, 1, "identity", initialiser=xavier_normal, rng=random)])


def normal(deviation: float) -> Initialiser:
    """An initialiser that draws from a normal distribution, whatever the size of the layer."""
    return lambda fan_in, fan_out, rng: rng.normalvariate(0.0, 1.0) * deviation


# Weights of deviation 1, drawn without a look at the size of the layer; what does not help; and what does. (With large
# weights tanh explodes less surely than ReLU: most of its units saturate, and let nothing through.)
RECIPES = (
    Recipe("sigmoid, normal(0, 1)", "sigmoid", normal(1.0)),
    Recipe("sigmoid, Xavier", "sigmoid", xavier_normal),
    Recipe("ReLU, normal(0, 1)", "relu", normal(1.0)),
    Recipe("ReLU, He", "relu", he_normal),
    Recipe("tanh, Xavier", "tanh", xavier_normal),
    Recipe("sigmoid, LayerNorm", "sigmoid", xavier_normal, normalised=True),
)


def gradient_sizes(
    net: Network, X: Any, T: Any, *, loss: Callable[..., Any] = l2_loss, name: str = ""
) -> GradientSizes:
    """The size of δ in each layer with weights, measured by a backward pass for every sample.

    >>> import nn
    >>> deep = nn.MLP(2, [4] * 8 + [1], activation="sigmoid", rng=0)
    >>> found = gradient_sizes(deep, [[0.5, -1.0], [1.0, 0.5]], [0.0, 1.0])
    >>> len(found.sizes), found.verdict
    (9, 'vanishes')

    LayerNorms have no δ of their own. No gradient of the network is touched. Raises NetworkError for what is no
    network, and DataError as `fit` does.
    """
    layers = layers_of(net)
    check_loss(loss, net.outputs)
    data = checked(X, T, net.inputs, net.outputs, classes=True)
    found = list(deltas_of(net, data, loss))
    sizes, start = [], 0
    for layer in layers:
        end = start + layer.outputs
        sizes.append(root_mean_square([number for numbers in found for number in numbers[start:end]]))
        start = end
    return GradientSizes(name or repr(net), tuple(sizes))


def depths(
    recipes: Iterable[Recipe] = RECIPES,
    *,
    depth: int = 10,
    units: int = 16,
    samples: int = 8,
    rng: int | Random = 0,
) -> list[GradientSizes]:
    """The gradient by layer for deep networks made by several recipes, on the same random samples.

    >>> for found in depths():
    ...     print(f"{found.name}: {found.verdict}")
    sigmoid, normal(0, 1): vanishes
    sigmoid, Xavier: vanishes
    ReLU, normal(0, 1): explodes
    ReLU, He: holds
    tanh, Xavier: holds
    sigmoid, LayerNorm: holds

    `depth` counts the hidden layers, all with so many `units`. Inputs are drawn from a normal distribution, as many as
    there are units, and targets are −1 or 1. All networks draw their weights from the same random numbers.
    """
    listed = _recipes(recipes)
    for number, what in ((depth, "depth"), (units, "the number of units"), (samples, "the number of samples")):
        size(number, what)
    random = generator(rng)
    X = [[random.normalvariate(0.0, 1.0) for _ in range(units)] for _ in range(samples)]
    T, seed = [random.choice((-1.0, 1.0)) for _ in range(samples)], random.getrandbits(32)
    return [gradient_sizes(each.network(units, units, depth, seed), X, T, name=each.name) for each in listed]


def _recipes(recipes: Any) -> list[Recipe]:
    listed = list(recipes) if hasattr(recipes, "__iter__") else [recipes]
    for each in listed:
        if not isinstance(each, Recipe):
            raise NetworkError("depths takes recipes, such as nn.experiments.Recipe('tanh', 'tanh', "
                               f"nn.initialisers.xavier_normal); it was given {each!r}")  # fmt: skip
    return listed
