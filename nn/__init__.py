"""Neural networks from Values: layers, losses, optimisers and training, all of which can be derived and drawn.

>>> import nn
>>> net = nn.MLP(2, [3, 2], rng=0)
>>> L = nn.graph(net, [0.5, -1.0], [0.0, 1.0])
>>> L.label, sorted(net.named_parameters())[:3]
('L', ['b_1^(1)', 'b_1^(2)', 'b_2^(1)'])
"""

from __future__ import annotations

from . import initialisers
from .activations import Activation, identity, softmax
from .errors import DataError, ModelFileError, NetworkError
from .graphs import graph
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
from .module import Module

__all__ = [
    "MLP",
    "Activation",
    "DataError",
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
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "graph",
    "identity",
    "initialisers",
    "l1_penalty",
    "l2_loss",
    "l2_penalty",
    "mae_loss",
    "mse_loss",
    "softmax",
]
