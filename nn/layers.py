"""Neurons, layers and networks, built from weighted sums and the table's activation functions.

    a_j = Σ_i w_ij·x_i + b_j        h_j = σ(a_j)

No derivative is written here: they come with the operations.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from random import Random
from typing import TYPE_CHECKING, Any

from autograd import Value, dot, mean, sqrt

from .activations import activation as activation_of
from .errors import NetworkError
from .initialisers import Initialiser, fitting
from .labels import Letters, Notation, indexed, notation
from .module import Module, by_label, generator, size

if TYPE_CHECKING:
    from autograd import Picture


class Neuron(Module):
    """One unit, h = σ(Σ wᵢxᵢ + b): `w` is the tuple of its weights, `b` its bias (None without one).

    >>> neuron = Neuron(2, rng=0)
    >>> [w.label for w in neuron.w], neuron.b.label, neuron([1.0, 0.5]).label
    (['w_11', 'w_21'], 'b_1', 'y_1')
    """

    outputs = 1

    def __init__(
        self,
        inputs: int,
        activation: Any = "sigmoid",
        *,
        bias: bool = True,
        initialiser: Initialiser | None = None,
        rng: int | Random = 0,
        fan_out: int = 1,
    ) -> None:
        self.inputs = size(inputs, "the number of inputs")
        self.activation = activation_of(activation)
        random, draw = generator(rng), _initialiser(initialiser, self.activation.name)
        # A tuple, as is the layer's input: the backward pass opens one that many nodes share only once.
        self.w: Sequence[Value] = tuple([Value(draw(self.inputs, fan_out, random)) for _ in range(self.inputs)])
        self.b = Value(0.0) if bias else None
        self.rename(Letters([self.inputs, 1]), 1, 1)

    def rename(self, names: Notation, layer: int, unit: int) -> None:
        """Label the parameters, and from now on what the unit computes, as unit number `unit` of a layer."""
        for i, weight in enumerate(self.w, 1):
            weight.label = names.weight(layer, i, unit)
        if self.b is not None:
            self.b.label = names.bias(layer, unit)
        self.input_labels = [names.input(i) for i in range(1, self.inputs + 1)]
        self.pre_activation_label = names.pre_activation(layer, unit)
        self.label = names.linear(layer, unit) if self.activation.is_identity else names.activation(layer, unit)

    def weighted_sum(self, x: Sequence[Any]) -> Any:
        """Σ wᵢxᵢ + b, as one node."""
        return dot(self.w, x, 0.0 if self.b is None else self.b)

    def units(self, x: Sequence[Any], labelled: bool) -> list[Any]:
        """The unit's output."""
        return [self.activated([self.weighted_sum(x)], labelled, [self])[0]]

    def activated(self, sums: list[Any], labelled: bool, units: Sequence[Neuron]) -> list[Any]:
        """The activations of some units' weighted sums."""
        if self.activation.is_joint:
            outputs = self.activation(sums)
        else:
            outputs = [unit.activation.function(each) for unit, each in zip(units, sums, strict=True)]
        if labelled:
            for unit, before, after in zip(units, sums, outputs, strict=True):
                if not isinstance(after, Value):
                    raise NetworkError(f"the activation {self.activation.name!r} gave {after!r}, which is no Value: "
                                       "compute it by the library's operations")  # fmt: skip
                before.label = unit.pre_activation_label
                after.label = unit.label
        return outputs

    def named_parameters(self) -> dict[str, Value]:
        """The weights and the bias, by label."""
        return by_label((*self.w, *([] if self.b is None else [self.b])))

    def __repr__(self) -> str:
        return f"Neuron({self.inputs}, {self.activation.name!r})"


class Layer(Module):
    """`outputs` neurons that all see the same `inputs` numbers.

    >>> layer = Layer(2, 3, "tanh", rng=0)
    >>> len(layer.neurons), len(layer.parameters())
    (3, 9)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Any = "sigmoid",
        *,
        bias: bool = True,
        initialiser: Initialiser | None = None,
        rng: int | Random = 0,
    ) -> None:
        self.inputs, self.outputs = size(inputs, "the number of inputs"), size(outputs, "the number of neurons")
        self.activation = activation_of(activation)
        random = generator(rng)
        self.neurons = [
            Neuron(self.inputs, self.activation, bias=bias, initialiser=initialiser, rng=random, fan_out=self.outputs)
            for _ in range(self.outputs)
        ]
        self.rename(Letters([self.inputs, self.outputs]), 1)

    def rename(self, names: Notation, layer: int) -> None:
        """Label the parameters, and from now on what the units compute, as those of a layer of a network."""
        for unit, neuron in enumerate(self.neurons, 1):
            neuron.rename(names, layer, unit)
        self.input_labels = self.neurons[0].input_labels

    def units(self, x: Sequence[Any], labelled: bool) -> list[Any]:
        """The outputs of all neurons."""
        x = tuple(x)
        if not labelled and not self.neurons[0].activation.is_joint:
            # What training does for every sample, in one go: no call and no list more than it needs.
            return [
                neuron.activation.function(dot(neuron.w, x, 0.0 if neuron.b is None else neuron.b))
                for neuron in self.neurons
            ]
        sums = [neuron.weighted_sum(x) for neuron in self.neurons]
        return self.neurons[0].activated(sums, labelled, self.neurons)

    def named_parameters(self) -> dict[str, Value]:
        """The parameters of all neurons, by label."""
        return by_label(parameter for neuron in self.neurons for parameter in neuron.parameters())

    def __repr__(self) -> str:
        return f"Layer({self.inputs}, {self.outputs}, {self.activation.name!r})"


class LayerNorm(Module):
    """Layer normalisation: n_j = γ_j·(x_j − mean(x))/√(var(x) + ε) + β_j, over the units of one layer.

    It keeps the sizes of activations, and so of gradients, alike in all layers. Ba, Kiros & Hinton (2016), "Layer
    normalization".

    >>> [round(n.data, 3) for n in LayerNorm(3)([1.0, 2.0, 3.0])]
    [-1.225, 0.0, 1.225]
    """

    def __init__(self, units: int, *, epsilon: float = 1e-5) -> None:
        self.inputs = self.outputs = size(units, "the number of units")
        self.epsilon = _epsilon(epsilon)
        self.gamma = [Value(1.0) for _ in range(self.outputs)]
        self.beta = [Value(0.0) for _ in range(self.outputs)]
        self.input_labels = [indexed("x", j) for j in range(1, self.inputs + 1)]
        self.rename(None)

    def rename(self, layer: int | None) -> None:
        """Label the parameters and outputs; `layer` is the number of the layer that is normalised."""
        for j, (scale, shift) in enumerate(zip(self.gamma, self.beta, strict=True), 1):
            scale.label, shift.label = indexed("gamma", j, layer=layer), indexed("beta", j, layer=layer)
        self.labels = [indexed("n", j, layer=layer) for j in range(1, self.outputs + 1)]

    def units(self, x: Sequence[Any], labelled: bool) -> list[Any]:
        """The normalised units."""
        middle = mean(x)
        apart = [each - middle for each in x]
        deviation = sqrt(mean([each * each for each in apart]) + self.epsilon)
        outputs = [g * each / deviation + b for g, each, b in zip(self.gamma, apart, self.beta, strict=True)]
        if labelled:
            for output, label in zip(outputs, self.labels, strict=True):
                output.label = label
        return outputs

    def named_parameters(self) -> dict[str, Value]:
        """γ and β, by label."""
        return by_label((*self.gamma, *self.beta))

    def __repr__(self) -> str:
        return f"LayerNorm({self.inputs})"


class Network(Module):
    """Layers one behind the other; `notation` is how nodes are called ("letters", "numbered" or "layered").

    >>> net = Network([Layer(2, 3, "tanh"), LayerNorm(3), Layer(3, 1)], notation="layered")
    >>> net.inputs, net.outputs, len(net.parameters())
    (2, 1, 19)

    Raises NetworkError if a layer does not take as many inputs as the one before has outputs.
    """

    def __init__(self, layers: Iterable[Layer | LayerNorm], *, notation: str | None = None) -> None:
        self.layers: Sequence[Layer | LayerNorm] = list(layers)
        _check(self.layers)
        self.inputs, self.outputs = self.layers[0].inputs, self.layers[-1].outputs
        self.rename(notation)

    def rename(self, name: str | None) -> None:
        """Label everything in another notation."""
        weighted = [layer for layer in self.layers if isinstance(layer, Layer)]
        self.notation = notation(name, [self.inputs, *(layer.outputs for layer in weighted)])
        number = 0
        for layer in self.layers:
            if isinstance(layer, Layer):
                number += 1
                layer.rename(self.notation, number)
            else:
                layer.rename(number)
        self.input_labels = [self.notation.input(i) for i in range(1, self.inputs + 1)]

    @property
    def sizes(self) -> str:
        """The numbers of inputs and of units, of layers with weights: "2-3-2"."""
        return "-".join(map(str, self.notation.sizes))

    def units(self, x: Sequence[Any], labelled: bool) -> list[Any]:
        """The outputs of the last layer."""
        units = list(x)
        for layer in self.layers:
            units = layer.units(units, labelled)
        return units

    def named_parameters(self) -> dict[str, Value]:
        """The parameters of all layers, by label; one that several neurons share stands there once."""
        return by_label(parameter for layer in self.layers for parameter in layer.parameters())

    def draw(self, x: Any, t: Any = None, **options: Any) -> Picture:
        """The graph of a forward pass, or with targets of the loss and its gradients: see `nn.diagram.draw`.

        >>> MLP(2, [3, 2]).draw([0.5, -1.0], level="neuron", layout="builtin")
        <picture of 7 nodes; .svg, .dot, .save(path)>

        Options: `loss`, `wrt`, `level` ("primitive", "named", "neuron", "layer"), and those of `autograd.draw`.
        """
        from .diagram import draw

        return draw(self, x, t, **options)

    def diagram(self, x: Any = None, t: Any = None, **options: Any) -> Picture:
        """The neuron picture: circles with activations and δ, and arrows with weights; see `nn.diagram.diagram`.

        >>> MLP(2, [3, 2]).diagram([0.5, -1.0], [0.0, 1.0])
        <picture of 7 nodes; .svg, .dot, .save(path)>

        Options: `loss`, `digits`, `title`, `max_units`.
        """
        from .diagram import diagram

        return diagram(self, x, t, **options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(map(repr, self.layers))}])"


class MLP(Network):
    """A multi-layer perceptron: `inputs` numbers in, then a layer of each of the given sizes.

    >>> net = MLP(2, [3, 2], rng=0)
    >>> net
    MLP([Layer(2, 3, 'sigmoid'), Layer(3, 2, 'sigmoid')])
    >>> [y.label for y in net([0.5, -1.0])], net.layers[0].neurons[2].w[1].label
    (['y_1', 'y_2'], 'w_23')

    `activation` holds for every layer (or is a list, one for each), `output_activation` overrides it for the last.
    `rng` is a seed or a `random.Random`: the same network on every machine. `initialiser` is one of `nn.initialisers`;
    without it, what suits the activation. Raises NetworkError for sizes or names that are none.
    """

    layers: Sequence[Layer]

    def __init__(
        self,
        inputs: int,
        sizes: Sequence[int],
        activation: Any = "sigmoid",
        *,
        output_activation: Any = None,
        bias: bool = True,
        initialiser: Initialiser | None = None,
        notation: str | None = None,
        rng: int | Random = 0,
    ) -> None:
        sizes = _sizes(sizes)
        chosen = list(activation) if isinstance(activation, (list, tuple)) else [activation] * len(sizes)
        if len(chosen) != len(sizes):
            raise NetworkError(f"there are {len(sizes)} layers and {len(chosen)} activations: give one for each")
        if output_activation is not None:
            chosen[-1] = output_activation
        random, layers = generator(rng), []
        for before, after, each in zip([inputs, *sizes], sizes, chosen, strict=False):
            layers.append(Layer(before, after, each, bias=bias, initialiser=initialiser, rng=random))
        super().__init__(layers, notation=notation)


def _epsilon(number: Any) -> float:
    if not (isinstance(number, Real) and 0 <= float(number) < math.inf):
        raise NetworkError(f"epsilon is a small number from 0 on, such as 1e-5; it was given {number!r}")
    return float(number)


def _initialiser(chosen: Any, activation: str) -> Initialiser:
    if chosen is not None and not callable(chosen):
        raise NetworkError("initialiser is a function (fan_in, fan_out, rng) -> number, such as "
                           f"nn.initialisers.he_normal; it was given {chosen!r}")  # fmt: skip
    return chosen or fitting(activation)


def _sizes(sizes: Any) -> list[int]:
    if isinstance(sizes, (str, bytes)) or not hasattr(sizes, "__iter__"):
        raise NetworkError(f"an MLP takes a list of layer sizes, such as [3, 2]; it was given {sizes!r}")
    found = list(sizes)
    if not found:
        raise NetworkError("an MLP needs at least one layer; the list of sizes is empty")
    return found


def _check(layers: Sequence[Module]) -> None:
    if not layers:
        raise NetworkError("a network needs at least one layer; the list is empty")
    for layer in layers:
        if not isinstance(layer, (Layer, LayerNorm)):
            raise NetworkError(f"a network is made of Layers and LayerNorms; it was given {layer!r}")
    for number, (before, after) in enumerate(zip(layers, layers[1:], strict=False), 1):
        if before.outputs != after.inputs:
            raise NetworkError(f"layer {number} has {before.outputs} outputs, and the next takes {after.inputs} inputs")
