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
from .metrics import accuracy, accuracy_of_logits, r_squared
from .module import Module
from .optimisers import SGD, Adam, Optimiser, clip_grad_norm, clip_grad_value
from .plan import Training
from .saving import load, save
from .training import fit

if TYPE_CHECKING:
    from . import examples, experiments, plots
    from .confusion import ConfusionMatrix, confusion_matrix
    from .diagnosis.diagnose import Diagnosis, diagnose
    from .estimators import Classifier, Regressor
    from .laws.rules import Rules, rules
    from .models import Model
    from .sheets.sheet import Sheet, spreadsheet
    from .tables.dataset import Dataset, read_csv
    from .tables.scaling import Scaling
    from .tables.splitting import train_test_split

Optimizer = Optimiser

# What is not needed to train is imported when it is first asked for: `import nn` stays quick.
# (An empty text stands for a module.)
_LATER = {
    "rules": "laws.rules",
    "Sheet": "sheets.sheet",
    "spreadsheet": "sheets.sheet",
    "Rules": "laws.rules",
    "examples": "",
    "experiments": "",
    "plots": "",
    "ConfusionMatrix": "confusion",
    "confusion_matrix": "confusion",
    "Classifier": "estimators",
    "Regressor": "estimators",
    "Dataset": "tables.dataset",
    "Diagnosis": "diagnosis.diagnose",
    "diagnose": "diagnosis.diagnose",
    "read_csv": "tables.dataset",
    "Scaling": "tables.scaling",
    "train_test_split": "tables.splitting",
    "Model": "models",
}

__all__ = [
    "MLP",
    "SGD",
    "Activation",
    "Adam",
    "Classifier",
    "ConfusionMatrix",
    "DataError",
    "Dataset",
    "Diagnosis",
    "History",
    "Layer",
    "LayerNorm",
    "Layered",
    "Letters",
    "Model",
    "ModelFileError",
    "Module",
    "Network",
    "NetworkError",
    "Neuron",
    "Notation",
    "Numbered",
    "Optimiser",
    "Optimizer",
    "Regressor",
    "Rules",
    "Scaling",
    "Sheet",
    "Training",
    "TrainingError",
    "accuracy",
    "accuracy_of_logits",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "clip_grad_value",
    "confusion_matrix",
    "cross_entropy",
    "diagnose",
    "examples",
    "experiments",
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
    "plots",
    "r_squared",
    "read_csv",
    "rules",
    "save",
    "softmax",
    "spreadsheet",
    "train_test_split",
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
