"""rules: from the derivatives of all weights of a network to the general laws behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from random import Random
from typing import Any

from autograd.atoms import Numeral
from autograd.errors import DomainError, RangeError
from autograd.page import Page
from autograd.pages.forms import Forms
from autograd.symbol import Symbol

from ..errors import NetworkError
from ..graphs import check_network, graph
from ..layers import Network
from ..losses import check_loss, l2_loss
from .indices import Place, written
from .lawbook import Lawbook
from .page import page_of
from .recursion import Step, steps

_PARTS = 1 << 20
_ATTEMPTS = 20


def rules(
    net: Network,
    loss: Callable[..., Any] = l2_loss,
    *,
    x: Sequence[Any] | None = None,
    t: Any = None,
    update: Any = True,
) -> Rules:
    """The general laws of a network's gradient: found by deriving every weight, and tested on every one of them.

        ∂L/∂u_ij = (y_j − t_j)·y_j(1 − y_j)·h_i
        ∂L/∂w_ij = Σ_k (y_k − t_k)·y_k(1 − y_k)·u_jk·h_j(1 − h_j)·x_i

    >>> from autograd.printers.text import text
    >>> from nn import MLP
    >>> laws = rules(MLP(2, [3, 2], rng=0)).laws
    >>> print(text(laws["u"]))
    (yⱼ − tⱼ)·yⱼ(1 − yⱼ)·hᵢ
    >>> print(text(laws["w"]))
    Σₖ (yₖ − tₖ)·yₖ(1 − yₖ)·uⱼₖ·hⱼ(1 − hⱼ)·xᵢ

    Nothing of it is known beforehand: each derivative is taken from the graph of one sample, and what all weights of a
    layer have in common becomes the law, with letters where their indices differ. Every derivative is then compared
    with the law, term by term, and its number at random weights with that of backpropagation (in a layer of more than a
    thousand weights, the numbers of a thousand). A weight that breaks the law is named, with its own derivative.

    `x` and `t` are one sample, if the loss needs a certain one; without them, targets are positive numbers that sum to
    1. `update` is a learning rate, a rule `(weight, gradient) -> new weight`, an optimiser that has such a `rule`, True
    for gradient descent with η, or False for none. Raises NetworkError for what is no network.
    """
    check_network(net, "rules")
    check_loss(loss)
    inputs = [(i + 1) / (net.inputs + 1) for i in range(net.inputs)] if x is None else x
    rule, targets = _rule(update), _targets(net.outputs) if t is None else t
    return Rules(_compared(net, lambda: Lawbook(net, graph(net, inputs, targets, loss))), rule)


def _compared(net: Network, book: Callable[[], Lawbook]) -> Lawbook:
    """The lawbook, with numbers at random weights: at those of the network, 0 perhaps, a wrong law may seem right."""
    random = Random(0)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with _at_random_weights(net, random):
                found = book()
                _ = found.whole  # compares
                return found
        except (DomainError, RangeError):  # of the logarithm in a loss, say: other weights may do
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def _at_random_weights(net: Network, random: Random) -> Iterator[None]:
    # Not on a copy: a loss, or an activation, may speak of the parameters themselves.
    before = [(parameter, parameter.data) for parameter in net.parameters()]
    try:
        for parameter, _ in before:
            parameter.data = random.uniform(0.1, 1.0) * random.choice((-1, 1))
        yield
    finally:
        for parameter, number in before:
            parameter.data = number


def _told(thing: Any) -> str:
    return f"{thing!r}" if isinstance(thing, (str, int, float)) else f"a {type(thing).__name__}"


def _targets(count: int) -> list[float]:
    """Positive numbers that sum to 1 exactly, as probabilities do."""
    parts = [2 * _PARTS * j // (count * (count + 1)) for j in range(1, count + 1)]
    return [(part + (_PARTS - sum(parts)) * (j == count)) / _PARTS for j, part in enumerate(parts, 1)]


def _rule(update: Any) -> Any:
    """The new weight as a function of the weight and its gradient."""
    if update is True or update is False or update is None:
        return (lambda weight, gradient: weight - Symbol("eta") * gradient) if update else None
    rule = getattr(update, "rule", update)
    if callable(rule):
        return rule
    if not isinstance(rule, (int, float)) or not math.isfinite(rule):
        raise NetworkError(f"update is True, False, a learning rate or a rule; it was given {_told(update)}")
    return lambda weight, gradient: weight - Numeral(rule) * gradient


class Rules(Forms):
    """The general laws of a network's gradient; made by `rules`.

    `laws` maps w, u, b^(1), … to the right sides of ∂L/∂w_ij, ∂L/∂u_ij, … (None where there is no common law),
    `recursion` those with δ: delta^(2), w^(l), …, and `exceptions` the label of every weight or unit that breaks its
    law to its own derivative. `text`, `latex`, `markdown` and `html` are the forms.
    """

    def __init__(self, book: Lawbook, update: Callable[[Any, Any], Any] | None) -> None:
        self.book = book
        self.update = update

    @cached_property
    def laws(self) -> Mapping[str, Any]:
        """The right side of every law, by the name of the weights: one for each kind and layer."""
        deltas = self.book.deltas if self.book.is_deep else None
        return {
            law.family.name: None if law.right is None else written(law.right, deltas)
            for law in self.book.from_the_output_back(self.book.whole)
        }

    @cached_property
    def inner_steps(self) -> list[Step]:
        """The recursion from the output back: δ, and whatever else several derivatives share."""
        return steps(self.book, self.book.inner.values())

    @cached_property
    def outer_steps(self) -> list[Step]:
        """The laws of weights and biases, in δ."""
        return steps(self.book, self.book.from_the_output_back(self.book.parameters))

    @property
    def recursion(self) -> Mapping[str, Any]:
        """The right sides with δ; where several layers have one law, it stands there once, with the layer l."""
        return {step.name: step.right for step in (*self.inner_steps, *self.outer_steps)}

    @cached_property
    def exceptions(self) -> Mapping[str, Any]:
        """What breaks its law, with its own derivative."""
        found = {}
        for law in (*self.book.whole.values(), *self.book.inner.values()):
            for indices, expression in law.exceptions.items():
                found[self.book.name_at(Place(law.family, indices))] = self.book.concrete(expression)
        return found

    def page(self, full: bool = False) -> Page:
        """What is said, before it is written in some form."""
        return page_of(self, full)

    def __repr__(self) -> str:
        return f"<general laws of {self.book.net!r}; .text(), .latex(), .markdown(), .html()>"
