"""Writes tests/fixtures/torch_training.json: PyTorch's losses, gradients and weights of small networks in training.

    pip install torch==2.13.0             # anywhere; the tests themselves do not need it, nor does this the library
    python tests/make_nn_fixtures.py      # `--check` compares instead of writing

The file is the same bytes on every run (one thread, float64, seeded). It is JSON:

- `networks`: by name, `sizes`, `weights` at the start (layer by layer, unit by unit, the bias last), inputs `X`, and
  targets `T` by kind: "numbers" (any), "bits" (0 and 1), "shares" (adding up to 1), "classes" (one number a row);
- `runs`: `network`, `activation` (of the hidden layer), `output_activation`, `loss`, `targets`, `optimiser` and its
  `settings`, `clip_norm` where gradients are clipped; then PyTorch's `losses` before steps 1, 2, 10 and 100, the
  `gradient` of the first step, and `weights` by the number of steps taken;
- `clipping`: `gradients`, the `limit`, and the gradients and norm after `clip_grad_norm_` and `clip_grad_value_`.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise

from fixture_files import document, functional, torch, write_or_check

STEPS = (1, 10, 100)

NETWORKS = {"2-3-2": (2, 3, 2), "3-4-3": (3, 4, 3), "2-2-2": (2, 2, 2), "2-2-1": (2, 2, 1)}
# Loss → its targets, and the output activation (None: the hidden layer's).
LOSSES = {
    "l2_loss": ("numbers", None),
    "mse_loss": ("numbers", None),
    "mae_loss": ("numbers", "identity"),
    "binary_cross_entropy": ("bits", "sigmoid"),
    "binary_cross_entropy_with_logits": ("shares", "identity"),
    "cross_entropy": ("classes", "identity"),
}
ACTIVATIONS = (
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "exp", "sin", "arctan", "identity",
    "softmax",
)  # fmt: skip
OPTIMISERS = (
    ("SGD", {"lr": 0.5}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.2, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.001, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.001}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "epsilon": 1e-4}),
    ("Adam", {"lr": 0.02, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.001, "maximize": True}),
)
WORKED = (
    ("2-3-2", "sigmoid", "sigmoid", "l2_loss", "numbers"),
    ("3-4-3", "tanh", "identity", "cross_entropy", "classes"),
    ("2-2-1", "relu", "identity", "binary_cross_entropy_with_logits", "bits"),
    ("2-2-2", "tanh", "identity", "mae_loss", "numbers"),
)


def network(name):
    """Weights, inputs and targets, drawn by the network's name.

    No two weights may be equal: gradients that cancel leave rounding errors, which Adam would make steps of.
    """
    rng, sizes = random.Random(f"network {name}"), NETWORKS[name]
    weights = [
        round(rng.uniform(-1, 1), 4) for before, after in pairwise(sizes) for _ in range((before + 1) * after)
    ]
    rows = range(4)
    shares = [[rng.uniform(0.1, 1) for _ in range(sizes[-1])] for _ in rows]
    return {
        "sizes": sizes,
        "weights": weights,
        "X": [[round(rng.uniform(-1.5, 1.5), 2) for _ in range(sizes[0])] for _ in rows],
        "T": {
            "numbers": [[round(rng.uniform(-0.5, 1.5), 2) for _ in range(sizes[-1])] for _ in rows],
            "bits": [[float(rng.random() < 0.5) for _ in range(sizes[-1])] for _ in rows],
            "shares": [[round(x / sum(row), 2) for x in row] for row in shares],
            "classes": [rng.randrange(sizes[-1]) for _ in rows],
        },
    }


def applied(name, sums):
    """The activation of a whole layer."""
    special = {
        "identity": lambda z: z,
        "arctan": torch.arctan,
        "exp": torch.exp,
        "sin": torch.sin,
        "softmax": lambda z: torch.softmax(z, 1),
        # torch's own is exactly z from 20 on, which is 2e-9 off
        "softplus": lambda z: functional.softplus(z, threshold=700.0),
    }
    function = special[name] if name in special else getattr(functional, name, None) or getattr(torch, name)
    return function(sums)


def loss_of(name, outputs, targets):
    """The mean of the loss over the samples: PyTorch's functions where it has them."""
    functions = {
        "l2_loss": lambda y, t: 0.5 * ((y - t) ** 2).sum(1).mean(),
        "mse_loss": functional.mse_loss,
        "mae_loss": functional.l1_loss,
        "binary_cross_entropy": functional.binary_cross_entropy,
        "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
        "cross_entropy": functional.cross_entropy,
    }
    return functions[name](outputs, targets)


def layers_of(sizes, numbers):
    """Weight and bias tensors of every layer, from numbers unit by unit, the bias last."""
    numbers, layers = iter(numbers), []
    for before, after in pairwise(sizes):
        units = [[next(numbers) for _ in range(before + 1)] for _ in range(after)]
        weight = torch.tensor([unit[:-1] for unit in units], dtype=torch.float64, requires_grad=True)
        bias = torch.tensor([unit[-1] for unit in units], dtype=torch.float64, requires_grad=True)
        layers.append((weight, bias))
    return layers


def listed(layers, read):
    """Numbers unit by unit, the bias last."""
    return [
        number
        for weight, bias in layers
        for row, last in zip(read(weight).tolist(), read(bias).tolist(), strict=True)
        for number in [*row, last]
    ]


def made(name, parameters, settings):
    """PyTorch's optimiser of these settings."""
    named = {"eps" if key == "epsilon" else key: value for key, value in settings.items()}
    return getattr(torch.optim, name)(parameters, **named)


def run(name, hidden, output, loss, targets, optimiser, settings, clip_norm=None):
    """100 steps on all samples."""
    found = network(name)
    X = torch.tensor(found["X"], dtype=torch.float64)
    T = torch.tensor(found["T"][targets], dtype=torch.int64 if targets == "classes" else torch.float64)
    layers = layers_of(found["sizes"], found["weights"])
    parameters = [tensor for layer in layers for tensor in layer]
    own = made(optimiser, parameters, settings)
    losses, weights, gradient = [], {}, None
    for step in range(1, STEPS[-1] + 1):
        (w1, b1), (w2, b2) = layers
        h = applied(hidden, functional.linear(X, w1, b1))
        total = loss_of(loss, applied(output, functional.linear(h, w2, b2)), T)
        own.zero_grad()
        total.backward()
        gradient = gradient or listed(layers, lambda tensor: tensor.grad)
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        own.step()
        if step in (*STEPS, 2):
            losses.append(total.item())
        if step in STEPS:
            weights[str(step)] = listed(layers, torch.Tensor.detach)
    if not all(map(math.isfinite, losses)):
        raise ArithmeticError(f"{name}, {hidden}, {output}, {loss}, {optimiser} {settings} does not stay finite")
    entry = {
        "network": name, "activation": hidden, "output_activation": output, "loss": loss, "targets": targets,
        "optimiser": optimiser, "settings": settings,
    }  # fmt: skip
    entry |= {} if clip_norm is None else {"clip_norm": clip_norm}
    return {**entry, "losses": losses, "gradient": gradient, "weights": weights}


def runs():
    """The worked networks by every optimiser; every activation by every loss, with optimisers in turn."""
    for worked in WORKED:
        for optimiser, settings in OPTIMISERS:
            yield run(*worked, optimiser, settings)
    yield run(*WORKED[0], *OPTIMISERS[1], clip_norm=0.05)
    yield run(*WORKED[1], *OPTIMISERS[8], clip_norm=0.2)
    turns = [("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.02, "momentum": 0.9}), ("Adam", {"lr": 0.01})]
    number = 0
    for hidden in ACTIVATIONS:
        for loss, (targets, output) in LOSSES.items():
            output = output or ("sigmoid" if hidden == "exp" else hidden)  # exp of exp grows beyond all bounds
            yield run("2-2-2", hidden, output, loss, targets, *turns[number % len(turns)])
            number += 1
        number += 1  # so that every loss meets every optimiser


def clipping(gradients, limit):
    """The gradients of single numbers after both ways of clipping."""
    results = {}
    for way in ("norm", "value"):
        leaves = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in gradients]
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.grad = torch.tensor(gradient, dtype=torch.float64)
        returned = getattr(torch.nn.utils, f"clip_grad_{way}_")(leaves, limit)
        results[way] = [leaf.grad.item() for leaf in leaves]
        if way == "norm":
            results["returned"] = returned.item()
    return {"gradients": gradients, "limit": limit, **results}


def content():
    """The whole file."""
    clipped = [([3.0, -4.0, 0.0], 1.0), ([3.0, -4.0, 0.0], 10.0), ([0.001, 0.002], 1e-3), ([0.0, 0.0], 1.0)]
    sections = {"runs": list(runs()), "clipping": [clipping(*each) for each in clipped]}
    return document({"networks": {name: network(name) for name in NETWORKS}}, sections)


if __name__ == "__main__":
    write_or_check("torch_training.json", content)
