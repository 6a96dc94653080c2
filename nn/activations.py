"""The activation functions of layers, by name: all of them come from the table of operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import autograd
from autograd import exp, logsumexp

from .choices import known
from .errors import NetworkError


class Activation(NamedTuple):
    """What a layer does to its weighted sums: unit by unit, or to all of them at once (`is_joint`)."""

    name: str
    function: Callable[..., Any]
    is_joint: bool = False

    def __call__(self, sums: Sequence[Any]) -> list[Any]:
        """The activations of all units."""
        return list(self.function(sums)) if self.is_joint else [self.function(each) for each in sums]

    @property
    def is_identity(self) -> bool:
        """Whether a unit puts out its weighted sum as it is."""
        return self.function is identity


def identity(x: Any) -> Any:
    """x, as it is: no activation function."""
    return x


def softmax(sums: Sequence[Any]) -> list[Any]:
    """exp(zᵢ) / Σ exp(zⱼ), computed as exp(zᵢ − logsumexp(z)), so that nothing overflows.

    >>> [round(p, 6) for p in softmax([1000.0, 1000.0])]
    [0.5, 0.5]
    """
    total = logsumexp(sums)
    return [exp(each - total) for each in sums]


_ELEMENTWISE = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "exp", "sin", "arctan")

ACTIVATIONS: dict[str, Activation] = {
    **{name: Activation(name, getattr(autograd, name)) for name in _ELEMENTWISE},
    "identity": Activation("identity", identity),
    "softmax": Activation("softmax", softmax, is_joint=True),
}


def activation(chosen: Any) -> Activation:
    """The activation of that name, or a function of one Value as one; raises NetworkError for anything else.

    >>> activation("tanh").name
    'tanh'
    """
    if isinstance(chosen, Activation):
        return chosen
    if isinstance(chosen, str):
        return ACTIVATIONS[known(chosen, ACTIVATIONS, "activation")]
    if callable(chosen):
        name = getattr(chosen, "name", getattr(chosen, "__name__", "activation"))
        return ACTIVATIONS.get(name) if _is_known(name, chosen) else Activation(name, chosen)  # type: ignore[return-value]
    raise NetworkError(f"an activation is a name, such as 'tanh', or a function of one Value; it was given {chosen!r}")


def _is_known(name: str, function: Any) -> bool:
    return name in ACTIVATIONS and ACTIVATIONS[name].function is function
