"""What is told after a training: the data, the network, its scores, and what may be mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.characters import printable
from autograd.page import Phrase
from autograd.pages.text import phrase_text
from autograd.symbol import Symbol

from ..confusion import confusion_matrix
from ..history import History
from ..layers import Layer, Network
from ..models import Model
from ..tables import Dataset
from ..words import counted
from .scores import score

# What the diagnosis says to those who write Python, said in options.
_SUITED = "no option mends this: outputs and loss are chosen to suit each other, so please report it."
REMEDIES = {
    "targets": "look at the numbers of the target in the file: they lie far apart.",
    "logits": _SUITED,
    "probabilities": _SUITED,
    "constant": "give a file with a column that is not the same in every row.",
    "scales": "look at the numbers of these columns in the file, or leave a column out by --ignore.",
    "symmetric": "train again with another --seed.",
    "dead": "lower --rate, or choose --activation leaky_relu or tanh.",
    "saturated": "lower --rate.",
    "undefined": "lower --rate.",
    "overshoot": "lower --rate.",
    "crawl": "raise --rate, or give more --epochs.",
    "vanishing": "give fewer layers by --hidden, or choose --activation relu or tanh.",
    "exploding": "lower --rate, or give fewer layers by --hidden.",
    "flat": "train again with another --seed, or give more units by --hidden.",
}
FEW = 10  # whole numbers in a target that may well be classes; names that are listed


def overview(model: Model, data: Dataset, history: History, steps: str) -> str:
    """What was trained, on what and how long."""
    activations = [layer.activation.name for layer in model.network.layers if isinstance(layer, Layer)]
    lines = [
        ("data", f"{model.source.path if model.source else 'rows'}: {counted(len(data), 'row')}, {_columns(data)}"),
        ("target", _target(data)),
        ("network", f"{model.sizes}, {activations[0]}"),
        ("training", f"{_epochs(history)}, {steps}"),
        ("loss", ("cross-entropy" if model.classes else "mean squared error (of scaled targets)") + _losses(history)),
    ]
    return "\n".join(f"{name:<10}{printable(told)}" for name, told in lines)


def _columns(data: Dataset) -> str:
    columns, inputs = len(data.encoding.columns), len(data.inputs)
    told = counted(columns, "column")
    return told if columns == inputs else f"{told} ({inputs} inputs: a category has one for each value)"


def _target(data: Dataset) -> str:
    names = ", ".join(column.name for column in data.encoding.targets)
    if data.classes:
        return f"{names}: {_listed(data.classes)}"
    values = set(data.T)
    if len(data.encoding.targets) == 1 and len(values) <= FEW and all(value == int(value) for value in values):
        return f"{names}, as a number (if its {len(values)} values are classes: --categories {names})"
    return names


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _epochs(history: History) -> str:
    told = counted(history.epochs, "epoch")
    reasons = {
        "patience": f" (stopped: no better for a while; the weights are those of epoch {history.best_epoch})",
        "interrupted": " (stopped by Ctrl-C; what was reached is kept)",
    }
    return told + reasons.get(history.stopped, "")


def _losses(history: History) -> str:
    return f" {history.losses[0]:.4g} → {history.losses[-1]:.4g}" if history.losses else ""


def scores(model: Model, train: Dataset, test: Dataset | None) -> str:
    """How good the model is on the rows that it knows and on those that it does not."""
    lines = [f"{'training':<10}{counted(len(train), 'row')}: {score(model, train)}"]
    if test is None:
        return "\n".join([*lines, "test      none: every row was trained on (--test 0)"])
    predicted = model.predict(test)
    lines.append(f"{'test':<10}{counted(len(test), 'row')}: {score(model, test, predicted)}")
    if model.classes:
        matrix = confusion_matrix(predicted, [model.classes[t] for t in test.T], model.classes)
        lines += ["", "The test rows, by class:", str(matrix)]
    return "\n".join(lines)


def diagnosis(model: Model, data: Dataset, history: History) -> str:
    """What keeps the network from learning, if anything does."""
    from ..diagnosis.diagnose import diagnose

    X, T = model.scaled(data)
    first = diagnose(model.network, X, T, history, loss=model.loss).first
    if first is None:
        return ""
    message = phrase_text(_by_column(first.message, model.network, data))
    return f"Diagnosis: {printable(message)}\nRemedy: {REMEDIES.get(first.code) or phrase_text(first.remedy)}"


def _by_column(phrase: Phrase, net: Network, data: Dataset) -> list[Any]:
    """A phrase that calls the inputs as the file does: colour=rare, not x₃."""
    names = dict(zip(net.input_labels, data.inputs, strict=True))
    return [names.get(part.label, part) if isinstance(part, Symbol) else part for part in phrase]
