"""Models as files: JSON that a person can read, with every number exact; nothing in it is ever executed.

    format, version       "chainrule network", 1
    kind, notation        "MLP" or "Network"; "letters", "numbered" or "layered"
    layers                inputs, outputs, and the activation of every unit and the labels of its weights and bias
    parameters            label → number; one that several units share stands there once
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from autograd import Value
from autograd.files import write_atomically

from .activations import ACTIVATIONS
from .errors import ModelFileError, NetworkError
from .initialisers import zeros
from .labels import NOTATIONS
from .layers import MLP, Layer, LayerNorm, Network, Neuron
from .module import by_label

FORMAT, VERSION = "chainrule network", 1
# What reads each format, for whoever takes one for the other.
_READERS = {"chainrule network": "nn.load", "chainrule model": "nn.Model.load"}
_KINDS: dict[str, type[Network]] = {"MLP": MLP, "Network": Network}


def save(net: Network, path: str | PathLike[str]) -> Path:
    """Write a network to a JSON file, whole or not at all; returns the path.

    >>> from nn import MLP
    >>> net = MLP(2, [3, 1], rng=0)
    >>> again = load(save(net, "net.json"))
    >>> again.predict([0.5, -1.0]) == net.predict([0.5, -1.0])
    True

    Raises NetworkError for what a file cannot hold: activation functions, layers and notations of your own, numbers
    that are not finite, and two parameters with one label. Raises OSError if the file cannot be written.
    """
    return write_document(document_of(net), path)


def load(path: str | PathLike[str]) -> Network:
    """The network in a file that `save` wrote: the same numbers, labels and shared weights.

    Raises ModelFileError, with the reason, for files of another kind or version and for damaged ones; and OSError if
    the file cannot be read.
    """
    with reading(path) as document:
        return network_of(document)


# ---------------------------------------------------------------- documents, of networks and of what holds one


def write_document(document: dict[str, Any], path: str | PathLike[str]) -> Path:
    """Write a document to a file, whole or not at all."""
    # JSON's floats are written by repr: the shortest text that is read back as the same number.
    text = json.dumps(document, indent=1, allow_nan=False)
    return write_atomically(Path(path), text + "\n")


@contextmanager
def reading(path: str | PathLike[str]) -> Iterator[Any]:
    """The document in a file; what is refused while it is read becomes a ModelFileError that names the file."""
    raw = Path(path).read_bytes()
    try:
        yield _parsed(raw)
    except ModelFileError as error:
        raise ModelFileError(f"cannot load '{path}': {error}") from None
    except NetworkError as error:  # what the parts of a network themselves refuse
        raise ModelFileError(f"cannot load '{path}': {error}") from error


def check_format(document: Any, name: str, version: int) -> None:
    """Raise ModelFileError for a document of another format or version."""
    found = document.get("format") if isinstance(document, dict) else None
    if found != name:
        what = name.removeprefix("chainrule ")
        if isinstance(found, str) and found in _READERS:
            raise ModelFileError(f"it is a {found}, which {_READERS[found]} reads, and no {what}")
        raise ModelFileError(f"it is no {what} of this library: there is no \"format\": \"{name}\" in it")
    given = document.get("version")
    if type(given) is not int or given != version:
        raise ModelFileError(f"it is of version {given!r}, and this library reads version {version}")


# ---------------------------------------------------------------- writing


def document_of(net: Any) -> dict[str, Any]:
    """What a file keeps of a network; raises NetworkError for what a file cannot hold."""
    if type(net) not in _KINDS.values():
        raise NetworkError(
            f"save takes an nn.MLP or nn.Network; it was given {net!r}. Wrap a layer: nn.Network([layer]); of a class "
            "of your own, save the numbers: {label: p.data for label, p in net.named_parameters().items()}"
        )
    return {
        "format": FORMAT,
        "version": VERSION,
        "kind": type(net).__name__,
        "notation": _name_of(net),
        "layers": [_written(layer) for layer in net.layers],
        "parameters": _numbers(net),
    }


def _name_of(net: Network) -> str:
    names = [name for name, notation in NOTATIONS.items() if type(net.notation) is notation]
    if not names:
        raise NetworkError(f"a file holds the notations {', '.join(NOTATIONS)}; rename the network before it is saved")
    return names[0]


def _written(layer: Any) -> dict[str, Any]:
    if type(layer) is LayerNorm:
        return {
            "kind": "LayerNorm",
            "units": layer.inputs,
            "epsilon": layer.epsilon,
            "gamma": [each.label for each in layer.gamma],
            "beta": [each.label for each in layer.beta],
        }
    if type(layer) is not Layer:
        raise NetworkError(f"a file holds layers of the classes Layer and LayerNorm; this is {layer!r}")
    return {
        "kind": "Layer",
        "inputs": layer.inputs,
        "outputs": layer.outputs,
        "units": [
            {
                "activation": _activation(neuron),
                "weights": [w.label for w in neuron.w],
                "bias": None if neuron.b is None else neuron.b.label,
            }
            for neuron in layer.neurons
        ],
    }


def _activation(neuron: Neuron) -> str:
    chosen = neuron.activation
    if ACTIVATIONS.get(chosen.name) != chosen:
        raise NetworkError(
            f"the activation {chosen.name!r} is a function of your own, which a file cannot hold: choose one of "
            f"{', '.join(ACTIVATIONS)}, or save the numbers of net.named_parameters() yourself"
        )
    return chosen.name


def _values(layer: Layer | LayerNorm) -> Iterator[Value]:
    if isinstance(layer, LayerNorm):
        yield from (*layer.gamma, *layer.beta)
        return
    for neuron in layer.neurons:
        yield from neuron.w
        if neuron.b is not None:
            yield neuron.b


def _numbers(net: Network) -> dict[str, float]:
    """The numbers of all parameters by label, which must tell them apart."""
    found = by_label(value for layer in net.layers for value in _values(layer))
    for label, value in found.items():
        if not math.isfinite(value.data):
            raise NetworkError(f"the parameter {label!r} is {value.data!r}: a model of such numbers is not saved")
    return {label: value.data for label, value in found.items()}


# ---------------------------------------------------------------- reading


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except ModelFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"it is damaged, or no JSON at all ({error})") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ModelFileError(f"{next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ModelFileError(f"it holds {name}, which is no finite number")


def network_of(document: Any) -> Network:
    """The network in a document; raises ModelFileError with what is wrong in it."""
    check_format(document, FORMAT, VERSION)
    numbers = field(document, "parameters", dict, "the file")
    pool = {label: Value(finite(number, label), label) for label, number in numbers.items()}
    unused = set(pool)

    def parameter(label: Any) -> Value:
        if not isinstance(label, str) or label not in pool:
            raise ModelFileError(f"there is no number for the parameter {label!r}")
        unused.discard(label)
        return pool[label]

    layers = [
        _layer(entry, f"layer {number}", parameter)
        for number, entry in enumerate(field(document, "layers", list, "the file"), 1)
    ]
    if unused:
        raise ModelFileError(f"the parameter {min(unused)!r} belongs to no unit")
    net = _made(choice(document, "kind", _KINDS, "the file"), layers, choice(document, "notation", NOTATIONS, "it"))
    for label, value in pool.items():
        value.label = label  # the network has just named them in its notation; they may have had other labels
    return net


def _made(kind: str, layers: list[Layer | LayerNorm], notation: str) -> Network:
    """A network of the kind around layers that there are already."""
    net = _KINDS[kind].__new__(_KINDS[kind])
    Network.__init__(net, layers, notation=notation)
    return net


def _layer(entry: Any, where: str, parameter: Callable[[Any], Value]) -> Layer | LayerNorm:
    if choice(entry, "kind", ("Layer", "LayerNorm"), where) == "LayerNorm":
        return _layer_norm(entry, where, parameter)
    inputs, outputs = field(entry, "inputs", int, where), field(entry, "outputs", int, where)
    units = field(entry, "units", list, where)
    if len(units) != outputs or not units:  # (before a layer of that size is made: the number may be anything)
        raise ModelFileError(f"{where} has {outputs} outputs and {len(units)} units")
    for number, unit in enumerate(units, 1):
        _labels(unit, "weights", inputs, f"unit {number} of {where}")
    chosen = [choice(unit, "activation", ACTIVATIONS, f"a unit of {where}") for unit in units]
    if len(set(chosen)) > 1 and any(ACTIVATIONS[name].is_joint for name in chosen):
        raise ModelFileError(f"{where} mixes softmax, which takes all units at once, with other activations")
    layer = Layer(inputs, outputs, chosen[0], initialiser=zeros)
    for neuron, unit, name in zip(layer.neurons, units, chosen, strict=True):
        neuron.activation = ACTIVATIONS[name]
        neuron.w = tuple([parameter(label) for label in unit["weights"]])
        neuron.b = None if unit.get("bias") is None else parameter(unit["bias"])
    return layer


def _layer_norm(entry: Any, where: str, parameter: Callable[[Any], Value]) -> LayerNorm:
    units = field(entry, "units", int, where)
    gamma, beta = (_labels(entry, name, units, where) for name in ("gamma", "beta"))
    epsilon = finite(field(entry, "epsilon", (int, float), where), "epsilon")
    if epsilon < 0:
        raise ModelFileError(f"the epsilon of {where} is {epsilon}, and cannot be below 0")
    norm = LayerNorm(units, epsilon=epsilon)
    norm.gamma, norm.beta = [parameter(label) for label in gamma], [parameter(label) for label in beta]
    return norm


def _labels(entry: Any, name: str, count: int, where: str) -> list[Any]:
    found: list[Any] = field(entry, name, list, where)
    if len(found) != count:
        raise ModelFileError(f"{where} has {len(found)} of {name!r} where {count} are needed")
    return found


def field(entry: Any, name: str, kind: Any, where: str) -> Any:
    """An entry of a document, which has to be of that kind."""
    if not isinstance(entry, dict) or name not in entry:
        raise ModelFileError(f"{where} has no {name!r}: it is damaged")
    if not isinstance(entry[name], kind) or isinstance(entry[name], bool):
        raise ModelFileError(f"{name!r} of {where} is {_short(entry[name])}, which it cannot be: it is damaged")
    return entry[name]


def choice(entry: Any, name: str, choices: Any, where: str) -> str:
    """An entry of a document, which has to be one of the choices."""
    found: str = field(entry, name, str, where)
    if found not in choices:
        raise ModelFileError(f"{name!r} of {where} is {_short(found)}: this library has {', '.join(choices)}")
    return found


def finite(number: Any, what: str) -> float:
    """A number of a document, which has to be finite."""
    try:
        if isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number):
            return float(number)
    except OverflowError:
        pass
    raise ModelFileError(f"the number of {what!r} is {_short(number)}, which is no finite number")


def _short(item: Any) -> str:
    told = repr(item) if not isinstance(item, int) or item.bit_length() < 256 else "an enormous integer"
    return told if len(told) <= 60 else told[:57] + "..."
