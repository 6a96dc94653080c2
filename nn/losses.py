"""Losses: how far outputs are from targets, as one Value. PyTorch's meanings for one sample, unless said otherwise.

Every loss takes the outputs of a network (a list, or one Value) and as many targets. With a `notation`, plain targets
become leaves and the loss gets its label, as on the board: this is what `nn.graph` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Value, absolute, dot, log, logsumexp, mean, softplus
from autograd import sum as sum_of
from autograd.op import number_of, plain_number

from .errors import NetworkError
from .labels import Notation
from .module import outputs_of, whole


def l2_loss(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """½ Σ (y − t)²: half of the squared Euclidean distance. ("L2 norm" is what it is often called, without its root.)

    >>> l2_loss([0.5, 1.0], [0.0, 1.0])
    Value(0.125)
    """
    y, t = _pairs(outputs, targets, notation)
    squares = [_error(a, b, notation) ** 2 for a, b in zip(y, t, strict=True)]
    if notation is None or not notation.error(1):
        return _named(0.5 * _combined(sum_of, squares), notation)
    parts = [(0.5 * square).named(notation.error(j)) for j, square in enumerate(squares, 1)]
    return _named(_total(parts), notation)


def mse_loss(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """The mean of (y − t)².

    >>> mse_loss([0.5, 1.0], [0.0, 1.0])
    Value(0.125)
    """
    y, t = _pairs(outputs, targets, notation)
    return _named(_combined(mean, [_error(a, b, notation) ** 2 for a, b in zip(y, t, strict=True)]), notation)


def mae_loss(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """The mean of |y − t|; its slope jumps where y = t, and is 0 there.

    >>> mae_loss([0.5, 1.0], [0.0, 2.0])
    Value(0.75)
    """
    y, t = _pairs(outputs, targets, notation)
    return _named(_combined(mean, [absolute(_error(a, b, notation)) for a, b in zip(y, t, strict=True)]), notation)


def binary_cross_entropy(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """The mean of −[t·ln p + (1 − t)·ln(1 − p)] for probabilities p between 0 and 1 (exclusive where they matter).

    >>> round(binary_cross_entropy([0.8], [1.0]).data, 6)
    0.223144

    For sigmoid outputs `binary_cross_entropy_with_logits` on the weighted sums is the same, without overflow. Raises
    DomainError for p = 0 or 1 where its logarithm is needed.
    """
    p, t = _pairs(outputs, targets, notation)
    return _named(_combined(mean, [_cross_entropy_of(a, b) for a, b in zip(p, t, strict=True)]), notation)


def binary_cross_entropy_with_logits(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """The mean of softplus(z) − t·z: the cross-entropy of σ(z), for any z.

    >>> round(binary_cross_entropy_with_logits([0.0, 1000.0], [1.0, 1.0]).data, 6)
    0.346574
    """
    z, t = _pairs(outputs, targets, notation)
    return _named(_combined(mean, [softplus(a) - b * a for a, b in zip(z, t, strict=True)]), notation)


def cross_entropy(outputs: Any, targets: Any, *, notation: Notation | None = None) -> Value:
    """Σt · logsumexp(z) − Σ t_i·z_i: the cross-entropy of softmax(z), for any logits z.

    `targets` is the number of the right class (counted from 0), or a probability for every class. The sum of plain
    numbers, 1 for probabilities, is a constant; targets that are Values get their whole gradients.

    >>> round(cross_entropy([2.0, 1.0, 0.0], 0).data, 6)
    0.407606
    """
    z = _listed(outputs)
    right = targets if type(targets) is int else whole(targets)  # NumPy's whole numbers, too
    if right is not None:
        if not 0 <= right < len(z):
            raise NetworkError(f"the class is a number from 0 to {len(z) - 1}; it was given {right}")
        targets = [1.0 if index == right else 0.0 for index in range(len(z))]
    has_nodes = any(isinstance(each, Value) for each in _listed(targets))
    z, t = _pairs(z, targets, notation)
    numbers = [each if type(each) is float else _number(each, "cross_entropy") for each in t]
    weight = sum_of(t) if has_nodes else math.fsum(numbers)
    return _named(weight * logsumexp(z) - dot(t, z), notation)


def l1_penalty(parameters: Iterable[Value], strength: float) -> Value:
    """strength · Σ|w|: pushes weights to 0.

    >>> l1_penalty([Value(2.0), Value(-1.0)], 0.1)          # doctest: +ELLIPSIS
    Value(0.3...)
    """
    penalty: Value = strength * sum_of([absolute(parameter) for parameter in _weights(parameters)])
    return penalty


def l2_penalty(parameters: Iterable[Value], strength: float) -> Value:
    """½ · strength · Σw²: its gradient, strength · w, is what optimisers call weight decay.

    >>> l2_penalty([Value(2.0), Value(-1.0)], 0.1)
    Value(0.25)
    """
    penalty: Value = 0.5 * strength * sum_of([parameter * parameter for parameter in _weights(parameters)])
    return penalty


# ---------------------------------------------------------------- for those who are given a loss


def check_loss(loss: Any, outputs: int | None = None) -> None:
    """Raise NetworkError for what is no loss, and for one that a network of so many outputs cannot have."""
    if not callable(loss):
        raise NetworkError(f"loss is a function of outputs and targets, such as nn.l2_loss; it was given {loss!r:.60}")
    if loss is cross_entropy and outputs == 1:
        raise NetworkError("cross_entropy needs an output for every class; for one output of two classes use "
                           "nn.binary_cross_entropy_with_logits")  # fmt: skip


def loss_of_sample(loss: Callable[..., Any], units: list[Any], t: Any) -> Value:
    """The loss of one sample, whose outputs are the last layer's units; raises NetworkError if it is no Value."""
    found = loss(outputs_of(units), t)
    if not isinstance(found, Value):
        raise NetworkError(f"the loss gave {found!r:.60}, which is no Value: compute it by the library's operations")
    return found


# ---------------------------------------------------------------- what losses share


def _weights(parameters: Any) -> Iterable[Value]:
    if hasattr(parameters, "parameters"):
        raise NetworkError("a penalty takes parameters, not what has them: give net.parameters()")
    found: Iterable[Value] = parameters.values() if isinstance(parameters, dict) else parameters
    return found


def _pairs(outputs: Any, targets: Any, notation: Notation | None) -> tuple[list[Any], list[Any]]:
    """Outputs and targets as lists of one length; plain targets as labelled leaves, if there is a notation."""
    y, t = _listed(outputs), _listed(targets)
    if len(y) != len(t) or not y:
        raise NetworkError(f"a loss needs a target for every output; there are {len(y)} outputs and {len(t)} targets")
    for each in y:
        if type(each) is not Value and (each is None or isinstance(each, (str, bytes))):
            raise NetworkError(f"a loss takes Values and numbers; it was given {each!r}")
    if notation is not None:
        t = [each if isinstance(each, Value) else Value(each, notation.target(j)) for j, each in enumerate(t, 1)]
    return y, t


def _listed(items: Any) -> list[Any]:
    if isinstance(items, (Value, float)):  # the commonest first: this runs for every sample
        return [items]
    if isinstance(items, (str, bytes, dict)):
        raise NetworkError(f"a loss takes Values and numbers; it was given {items!r}")
    return list(items) if hasattr(items, "__iter__") else [items]


def _error(output: Any, target: Any, notation: Notation | None) -> Any:
    """y − t, or t − y where the notation writes it so."""
    return target - output if notation is not None and notation.target_first else output - target


def _cross_entropy_of(p: Any, t: Any) -> Any:
    """One output's share; a target of exactly 0 or 1 needs one of the logarithms only, as 0·ln 0 is 0."""
    if not isinstance(t, Value) and _number(t, "binary_cross_entropy") in (0.0, 1.0):
        return -log(p) if t else -log(1 - p)
    return -(t * log(p) + (1 - t) * log(1 - p))


def _number(target: Any, loss: str) -> float:
    return plain_number(number_of(target), loss)


def _total(parts: Sequence[Any]) -> Any:
    return parts[0] + parts[1] if len(parts) == 2 else _combined(sum_of, parts)


def _combined(combine: Callable[..., Any], parts: Sequence[Any]) -> Any:
    """The sum or mean of the outputs' parts; that of one output is its part itself, not a node more."""
    return parts[0] if len(parts) == 1 else combine(parts)


def _named(loss: Any, notation: Notation | None) -> Value:
    node = loss if isinstance(loss, Value) else Value(loss)
    return node if notation is None else node.named(notation.loss())
