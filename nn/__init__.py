"""Neural networks from Values: layers, losses, optimisers and training, all of which can be derived and drawn.

>>> import nn
>>> net = nn.MLP(2, [3, 2], rng=0)
>>> L = nn.graph(net, [0.5, -1.0], [0.0, 1.0])
>>> L.label, sorted(net.named_parameters())[:3]
('L', ['b_1^(1)', 'b_1^(2)', 'b_2^(1)'])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import initialisers
from .activations import Activation, identity, softmax
from .errors import DataError, ModelFileError, NetworkError, TrainingError
from .graphs import graph
from .history import History
from .labels import Layered, Letters, Notation, Numbered
from .layers import MLP, Layer, LayerNorm, Network, Neuron
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_penalty,
    l2_loss,
    l2_penalty,
    mae_loss,
    mse_loss,
)
from .metrics import accuracy, accuracy_of_logits
from .module import Module
from .optimisers import SGD, Adam, Optimiser, clip_grad_norm, clip_grad_value
from .run import Training
from .saving import load, save
from .training import fit

if TYPE_CHECKING:
    from . import examples
    from .laws.rules import Rules, rules

Optimizer = Optimiser

# What is not needed to train is imported when it is first asked for: `import nn` stays quick.
_LATER = {"rules": "laws.rules", "Rules": "laws.rules", "examples": ""}  # no name in a module: a module

__all__ = [
    "MLP",
    "SGD",
    "Activation",
    "Adam",
    "DataError",
    "History",
    "Layer",
    "LayerNorm",
    "Layered",
    "Letters",
    "ModelFileError",
    "Module",
    "Network",
    "NetworkError",
    "Neuron",
    "Notation",
    "Numbered",
    "Optimiser",
    "Optimizer",
    "Rules",
    "Training",
    "TrainingError",
    "accuracy",
    "accuracy_of_logits",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "clip_grad_value",
    "cross_entropy",
    "examples",
    "fit",
    "graph",
    "identity",
    "initialisers",
    "l1_penalty",
    "l2_loss",
    "l2_penalty",
    "load",
    "mae_loss",
    "mse_loss",
    "rules",
    "save",
    "softmax",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f".{_LATER[name] or name}", __name__)
    globals()[name] = found = getattr(module, name) if _LATER[name] else module
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
