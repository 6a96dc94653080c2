"""diagnose: why learning stopped, in numbers, and the one change that helps first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd.page import Page
from autograd.pages.forms import Forms

from .. import losses
from ..data import samples
from ..errors import NetworkError, TrainingError
from ..graphs import check_network
from ..history import History
from ..layers import Network
from ..optimisers import Optimiser
from .case import COMPARED, PROBABILITIES, Case
from .data_causes import scales, unreachable_targets
from .depth_causes import exploding, vanishing
from .finding import Finding
from .measuring import untouched
from .page import Report, page_of
from .rate_causes import crawling, flat, overshooting, undefined
from .unit_causes import dead, saturated, symmetric

# What makes others moot comes first. Data that cannot be learned from spoil whatever is measured after them. Units that
# are alike, and gradients that explode, are there from the start. A rate that is too large is why units die or
# saturate, so it comes before them; they are why a gradient vanishes, so they come before it. A rate is too small only
# where nothing else keeps the gradient small.
CAUSES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    unreachable_targets, scales, symmetric, exploding, overshooting, undefined, dead, saturated, vanishing, crawling,
    flat,
)  # fmt: skip


def diagnose(
    net: Network,
    X: Any,
    T: Any,
    history: History | None = None,
    *,
    loss: Callable[..., Any] = losses.l2_loss,
    optimizer: Optimiser | None = None,
) -> Diagnosis:
    """Why learning stopped, or that nothing stops it: in numbers that are measured on this network and these data.

    >>> from nn import MLP, initialisers
    >>> net = MLP(2, [3, 1], initialiser=initialisers.zeros)
    >>> found = diagnose(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> found.first.code, found.first.facts["labels"]
    ('symmetric', ['h_1', 'h_2', 'h_3'])
    >>> print(found.first)
    h₁, h₂ and h₃ have equal incoming weights (all of them 0) and equal outgoing weights, so that their gradients are
    equal, too: 3 units stay one unit for ever. Start again from random weights: leave initialiser out, or give
    nn.initialisers.xavier_uniform.

    It looks for targets that no output reaches, outputs that the loss cannot take, inputs of very different sizes,
    units that are alike, exploding and vanishing gradients, rates that are too large or too small, dead and saturated
    units, and flat points, in the order in which to mend them. Without the `history` of the training (or the
    TrainingError that ended it) a rate is judged by one step only, and only with the `optimizer` that is used; without
    that, the rate is told from the losses.

    The codes of what it finds are `CODES` of `nn.diagnosis`: "targets", "logits" and "probabilities" (of outputs
    and loss), "constant" and "scales" (of inputs), "symmetric", "dead" and "saturated" (of units), "exploding" and
    "vanishing" (of gradients), "overshoot", "undefined", "crawl" and "flat" (of steps).

    Of many samples at most 200 are measured, at even distances; the page says how many. The network, its gradients
    and the data stay as they were. Raises DataError and NetworkError as `nn.fit` does.
    """
    _check(net, loss, optimizer)
    classes = loss not in (*COMPARED, *PROBABILITIES)
    data = samples(X, T, net.inputs, net.outputs, classes=classes)
    case = Case(net, data, _history(history, net), loss, optimizer)
    with untouched(net, case.sampled, loss):
        found = [finding for cause in CAUSES for finding in cause(case)]
        return Diagnosis(found, Report(case))


class Diagnosis(Forms):
    """What `diagnose` has found; `text`, `latex`, `markdown` and `html` are the forms, `str` is the text.

    `findings` are what keeps the network from learning, in the order in which to mend them, and `first` is the first of
    them (None if the network `is_healthy`). `notes` are what was found besides, which does not hinder.
    """

    def __init__(self, found: list[Finding], report: Report) -> None:
        self.findings = [finding for finding in found if finding.hinders]
        self.notes = [finding for finding in found if not finding.hinders]
        self.report = report

    @property
    def first(self) -> Finding | None:
        """The finding whose remedy helps first."""
        return self.findings[0] if self.findings else None

    @property
    def is_healthy(self) -> bool:
        """Whether nothing was found that keeps the network from learning."""
        return not self.findings

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, in their order."""
        return [finding.code for finding in self.findings]

    def page(self, full: bool = False) -> Page:
        """What is said, before it is written in some form."""
        return page_of(self.findings, self.notes, self.report, full)

    def __repr__(self) -> str:
        found = ", ".join(dict.fromkeys(self.codes)) or "nothing that stops learning"
        return f"<diagnosis: {found}; .text(), .latex(), .markdown(), .html()>"


def _check(net: Any, loss: Any, optimizer: Any) -> None:
    check_network(net, "diagnose")
    losses.check_loss(loss, net.outputs)
    if optimizer is not None and not isinstance(optimizer, Optimiser):
        raise NetworkError(f"optimizer is one such as nn.SGD(net.parameters(), lr=0.5); it was given {optimizer!r}")
    if optimizer is not None and not set(map(id, optimizer.parameters)) & set(map(id, net.parameters())):
        raise NetworkError("this optimiser holds no parameter of the network: make it from net.parameters()")


def _history(history: Any, net: Network) -> History | None:
    """A history, or that of the error which ended the training."""
    found = history.history if isinstance(history, TrainingError) else history
    if found is None:
        return None
    if not isinstance(found, History):
        raise NetworkError(f"history is what nn.fit returned, or the TrainingError that it raised; it was {found!r}")
    found.check_network(net)
    return found
