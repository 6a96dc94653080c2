"""Optimisers: how a weight changes once its gradient is known. PyTorch's update formulas.

Another optimiser is one small class with one method, written in ordinary operators:

>>> from autograd import Value
>>> class SignDescent(Optimiser):
...     def update(self, weight, gradient, memory):
...         return weight - self.lr * sign(gradient)
>>> w = Value(1.0)
>>> (w * w).backward()
>>> SignDescent([w], lr=0.25).step()
>>> w.data
0.75
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from autograd import Value, sign, sqrt
from autograd.op import plain_number

from .choices import known
from .errors import NetworkError

__all__ = [
    "OPTIMISERS",
    "SGD",
    "Adam",
    "Optimiser",
    "by_name",
    "clip_grad_norm",
    "clip_grad_value",
    "gradient_norm",
    "setting",
    "sign",
]


class Optimiser(ABC):
    """The base of all optimisers: `step` gives every parameter its new number, from its gradient.

    `lr` is the learning rate η; it may be set between steps. `weight_decay` adds weight_decay · w to the gradient: the
    gradient of the penalty ½ · weight_decay · w². `maximize` climbs instead of descending: for rewards. A subclass
    writes `update`.

    Raises NetworkError for settings out of range, and if the parameters are not Values.
    """

    def __init__(
        self, parameters: Iterable[Value], lr: float, *, weight_decay: float = 0.0, maximize: bool = False
    ) -> None:
        self.parameters = _parameters(parameters)
        self.lr = setting(lr, "the learning rate lr")
        self.weight_decay = setting(weight_decay, "weight_decay")
        self.maximize = bool(maximize)
        self.memories: list[dict[str, Any]] = [{} for _ in self.parameters]

    @abstractmethod
    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        """The new weight, in ordinary operators: it is read on numbers and on symbols.

        `memory` is this weight's own: empty in its first step, and kept from step to step.
        """

    def step(self) -> None:
        """Update every parameter that has a gradient; one without stays as it is."""
        updates = [
            (parameter, self._updated(parameter.data, _number(parameter.grad), memory))
            for parameter, memory in zip(self.parameters, self.memories, strict=True)
            if parameter.has_grad
        ]
        # All are computed before the first is changed: an `update` that fails leaves no half of a step behind.
        for parameter, number in updates:
            parameter.data = number

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters:
            del parameter.grad

    def rule(self, weight: Any, gradient: Any) -> Any:
        """The first update, with nothing remembered: on numbers the new weight, on symbols the formula.

        >>> from autograd.symbol import Symbol
        >>> SGD([Value(1.0)], lr=0.5).rule(Symbol("w"), Symbol("g"))
        w - 0.5 * g

        It is what `derive(L, w, update=optimiser)` writes down.
        """
        return self._updated(weight, gradient, {})

    def _updated(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        if self.maximize:
            gradient = -gradient
        if self.weight_decay:
            gradient = gradient + self.weight_decay * weight
        return self.update(weight, gradient, memory)

    def __repr__(self) -> str:
        hidden = {"parameters", "memories"}
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if name not in hidden)
        return f"{type(self).__name__}(<parameters: {len(self.parameters)}>, {settings})"


class SGD(Optimiser):
    """Gradient descent: w ← w − η·g; with momentum μ: v ← μ·v + (1 − dampening)·g, w ← w − η·v.

    The first v is g itself. Nesterov's variant steps by g + μ·v. It is called stochastic when g is the gradient of some
    of the samples only.

    >>> w = Value(1.0)
    >>> optimiser = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimiser.step()
    >>> w.data
    0.8

    Momentum: Polyak (1964), "Some methods of speeding up the convergence of iteration methods"; Nesterov (1983), "A
    method of solving a convex programming problem with convergence rate O(1/k²)", in the form of Sutskever et al.
    (2013), "On the importance of initialization and momentum in deep learning". Raises NetworkError for settings out of
    range.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, maximize=maximize)
        self.momentum = setting(momentum, "momentum")
        self.dampening = setting(dampening, "dampening", low=-math.inf)
        self.nesterov = bool(nesterov)
        if self.nesterov and (not self.momentum or self.dampening):
            raise NetworkError("nesterov=True needs a momentum above 0, such as 0.9, and no dampening")

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        """w − η·g, or w − η·v with momentum."""
        if not self.momentum:
            return weight - self.lr * gradient
        velocity = gradient
        if memory:
            velocity = self.momentum * memory["velocity"] + (1 - self.dampening) * gradient
        memory["velocity"] = velocity
        return weight - self.lr * (gradient + self.momentum * velocity if self.nesterov else velocity)


class Adam(Optimiser):
    """Adam: w ← w − η·m̂/(√v̂ + ε), where m and v are running means of g and of g².

        m ← β₁·m + (1 − β₁)·g      m̂ = m/(1 − β₁ᵗ)
        v ← β₂·v + (1 − β₂)·g²     v̂ = v/(1 − β₂ᵗ)

    m and v begin at 0, which pulls them to 0 in the first steps t = 1, 2, …; m̂ and v̂ are free of that.

    >>> w = Value(1.0)
    >>> optimiser = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimiser.step()
    >>> round(w.data, 6)
    0.9

    Kingma & Ba (2015), "Adam: a method for stochastic optimization". Raises NetworkError for settings out of range.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, maximize=maximize)
        self.betas = _betas(betas)
        self.epsilon = setting(epsilon, "epsilon")

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        """w − η·m̂/(√v̂ + ε)."""
        beta_1, beta_2 = self.betas
        t = memory["t"] = memory.get("t", 0) + 1
        m = memory["m"] = beta_1 * memory.get("m", 0.0) + (1 - beta_1) * gradient
        # g·g rather than g**2: a product of floats too large is infinite, a power an error.
        v = memory["v"] = beta_2 * memory.get("v", 0.0) + (1 - beta_2) * (gradient * gradient)
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        return weight - self.lr * m_hat / (sqrt(v_hat) + self.epsilon)


# ---------------------------------------------------------------- by name

# For those who choose one by its name: the rate is one that suits columns once they are scaled.
OPTIMISERS: dict[str, tuple[type[SGD] | type[Adam], float]] = {"adam": (Adam, 0.01), "sgd": (SGD, 0.1)}


def by_name(name: str, parameters: Iterable[Value], lr: float | None = None, **settings: Any) -> Optimiser:
    """The optimiser of that name; without `lr` its rate is 0.01 for Adam and 0.1 for SGD.

    >>> by_name("adam", [Value(1.0)]).lr, by_name("sgd", [Value(1.0)], weight_decay=0.5).lr
    (0.01, 0.1)

    Raises NetworkError for another name, and for settings as the optimiser itself does.
    """
    kind, usual = OPTIMISERS[known(name, OPTIMISERS, "optimizer")]
    return kind(parameters, lr=usual if lr is None else lr, **settings)


# ---------------------------------------------------------------- clipping


def gradient_norm(parameters: Iterable[Value]) -> float:
    """√Σ g² over the gradients of all parameters; a parameter without a gradient counts as 0.

    >>> w, u = Value(3.0), Value(4.0)
    >>> (w * w + u * u).backward()
    >>> gradient_norm([w, u])
    10.0
    """
    return math.hypot(*[_number(parameter.grad) for parameter in parameters])


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Shrink all gradients by one factor, max_norm/(norm + 10⁻⁶), if their norm is above `max_norm`; returns the norm.

    The direction stays. As `torch.nn.utils.clip_grad_norm_`; Pascanu et al. (2013), "On the difficulty of training
    recurrent neural networks".

    >>> w, u = Value(3.0), Value(4.0)
    >>> (w * w + u * u).backward()
    >>> clip_grad_norm([w, u], 1.0)
    10.0
    >>> round(w.grad, 5), round(u.grad, 5)
    (0.6, 0.8)

    Raises NetworkError unless `max_norm` is a number from 0 on.
    """
    largest, found = setting(max_norm, "max_norm"), _parameters(parameters)
    norm = gradient_norm(found)
    factor = largest / (norm + 1e-6)
    if factor < 1.0:
        for parameter in found:
            if parameter.has_grad:
                parameter.grad = _number(parameter.grad) * factor
    return norm


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Move every gradient beyond ±limit to ±limit, each on its own: the direction may change.

    >>> w, u = Value(3.0), Value(-0.25)
    >>> (w * w + u * u).backward()
    >>> clip_grad_value([w, u], 1.0)
    >>> w.grad, u.grad
    (1.0, -0.5)

    Raises NetworkError unless `limit` is a number from 0 on.
    """
    bound = setting(limit, "limit")
    for parameter in _parameters(parameters):
        if parameter.has_grad:
            parameter.grad = min(max(_number(parameter.grad), -bound), bound)


# ---------------------------------------------------------------- reading what was given


def setting(number: Any, what: str, low: float = 0.0) -> float:
    """A finite number from `low` on; raises NetworkError for anything else."""
    try:
        found = plain_number(number, what, "a number")
    except (TypeError, OverflowError) as error:
        raise NetworkError(str(error)) from None
    if not (math.isfinite(found) and found >= low):
        raise NetworkError(f"{what} is a finite number{' from 0 on' if low == 0 else ''}; it was given {number!r}")
    return found


def _betas(betas: Any) -> tuple[float, float]:
    found = list(betas) if isinstance(betas, (list, tuple)) else []
    if len(found) != 2:
        raise NetworkError(f"betas are two numbers, such as (0.9, 0.999); Adam was given {betas!r}")
    first, second = (setting(beta, "a beta of Adam") for beta in found)
    if max(first, second) >= 1:
        raise NetworkError(f"the betas of Adam are below 1; it was given {betas!r}")
    return first, second


def _parameters(parameters: Any) -> list[Value]:
    """The parameters, each of them once (a shared weight may be named twice)."""
    if hasattr(parameters, "parameters"):
        raise NetworkError("an optimiser takes parameters, not what has them: give net.parameters()")
    if isinstance(parameters, (Value, str)) or not hasattr(parameters, "__iter__"):
        raise NetworkError(f"an optimiser takes Values, such as net.parameters(); it was given {parameters!r}")
    found = list(parameters.values() if isinstance(parameters, dict) else parameters)
    if not found:
        raise NetworkError("an optimiser needs at least one parameter; the list is empty")
    for each in found:
        if not isinstance(each, Value) or each.op is not None:
            raise NetworkError(f"an optimiser changes leaves, Values that were not computed; it was given {each!r}")
    return list(dict.fromkeys(found))


def _number(gradient: Any) -> float:
    """A gradient as a number; with `create_graph=True` it is a Value."""
    return gradient.data if isinstance(gradient, Value) else gradient
