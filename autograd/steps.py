"""The steps of the forward and the backward pass, one at a time, in the engine's order and with its numbers.

Backpropagation is book-keeping. Every consumer of a node pays one share into the node's gradient, and the node hands
its gradient on only when all shares are in:

    ∂L/∂receiver += ∂L/∂consumer · ∂consumer/∂receiver        (upstream · local = contribution)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from . import notation
from .by_hand import ByHand, shares_by_hand
from .evaluation import recorded
from .graph import names, topological_order
from .printers.abridged import abridged
from .printers.runs import changed, shown
from .printers.text import text
from .simplify import Sum
from .symbol import Call, Symbol
from .symbolic import local_formulas, operation
from .value import Value, local_derivatives

DIGITS = 4


# ---------------------------------------------------------------- steps


class ForwardStep(NamedTuple):
    """The forward pass reaches a node: `primal` is its number, `now` what a leaf that was changed since holds."""

    node: Value
    primal: float
    now: float | None
    words: Words

    @property
    def formula(self) -> Any:
        """The operation in terms of its operands' names, simplified; None for a leaf."""
        return self.words.formula(self.node)

    def __str__(self) -> str:
        name, number = self.words.text(self.node), shown(self.primal, DIGITS)
        formula = f" = {text(abridged(self.formula))}" if self.node.op else ""
        since = f" (changed since: {changed(self.primal, self.now)})" if self.now is not None else ""
        return f"forward   {name}{formula} = {number}{since}"

    def __repr__(self) -> str:
        return str(self)


class SeedStep(NamedTuple):
    """A backward pass begins: ∂root/∂root = 1. Passes are counted from 1."""

    pass_number: int
    root: Value
    accumulated: float
    words: Words
    contribution: float = 1.0
    total: float = 1.0
    share: int = 1
    shares: int = 1

    @property
    def receiver(self) -> Value:
        """The node whose gradient this is: the root."""
        return self.root

    @property
    def complete(self) -> bool:
        """Whether the gradient is whole; nobody else pays into a root's."""
        return True

    def __str__(self) -> str:
        slope = _slope(self.words, self.root, self.root)
        return f"backward  {slope} = 1, the seed of pass {self.pass_number}{_over(self)}"

    def __repr__(self) -> str:
        return str(self)


class BackwardStep(NamedTuple):
    """A consumer pays its share into the gradient of one of its operands.

    `contribution` = `upstream` · `local`, where upstream is ∂root/∂consumer and local is ∂consumer/∂receiver;
    `operand` is the receiver's place among `consumer.parents`. `total` is ∂root/∂receiver so far in this pass, `before`
    what it was before; this is the share number `share` of `shares`. `accumulated` is what `.grad` holds after the pass
    if no other share follows: leaves add up over passes, inner nodes begin each pass anew.
    """

    pass_number: int
    root: Value
    consumer: Value
    receiver: Value
    operand: int
    upstream: float
    local: float
    contribution: float
    before: float
    total: float
    share: int
    shares: int
    accumulated: float
    words: Words

    @property
    def formula(self) -> Any:
        """∂consumer/∂receiver through this operand as an expression; None where the rule is no formula."""
        return self.words.local(self.consumer, self.operand)

    @property
    def complete(self) -> bool:
        """Whether all consumers have paid, so that the receiver's own turn can come."""
        return self.share == self.shares

    def __str__(self) -> str:
        slope, upstream = (_slope(self.words, self.root, node) for node in (self.receiver, self.consumer))
        formula = "" if self.formula is None else f"{upstream} · {_factor(abridged(self.formula))} = "
        numbers = f"{shown(self.upstream, DIGITS)} · {_factor(self.local)} = {shown(self.contribution, DIGITS)}"
        sign = "=" if self.shares == 1 else "+="
        total = f"; total {shown(self.total, DIGITS)} ({self.share} of {self.shares})" if self.shares > 1 else ""
        return f"backward  {slope} {sign} {formula}{numbers}{total}{_over(self)}"

    def __repr__(self) -> str:
        return str(self)


Share = SeedStep | BackwardStep
Step = ForwardStep | SeedStep | BackwardStep


class Words:
    """What the nodes of a walk are called, and their formulas, which are made only when a step is shown."""

    __slots__ = ("_local", "_name_of")

    def __init__(self, order: Sequence[Value]) -> None:
        self._name_of = names(order)
        self._local: tuple[Value | None, list[Any]] = None, []  # of the node asked for last

    def symbol(self, node: Value) -> Symbol:
        """The symbol of a node: its label, or v_i."""
        return Symbol(self._name_of[id(node)])

    def text(self, node: Value) -> str:
        """The name of a node in Unicode."""
        return notation.text(self._name_of[id(node)])

    def formula(self, node: Value) -> Any:
        """The operation in terms of its operands' names; None for a leaf."""
        if node.op is None:
            return None
        return operation(node, lambda operand: self._name_of[id(operand)])

    def local(self, node: Value, operand: int) -> Any:
        """∂node/∂operand as an expression; None where a rule from outside cannot be read on symbols."""
        if self._local[0] is not node:
            self._local = node, local_formulas(node, self.symbol)
        return self._local[1][operand]


# ---------------------------------------------------------------- passes


def forward_steps(order: Sequence[Value], words: Words) -> Iterator[ForwardStep]:
    """Every node of a topological order, after its operands, with the number that the forward pass saw."""
    changed = recorded(order)
    for node in order:
        primal = node._out if node.op else changed.get(id(node), node.data)
        yield ForwardStep(node, primal, node.data if id(node) in changed else None, words)


def backward_steps(number: int, root: Value, earlier: dict[Value, float], words: Words) -> Iterator[Share]:
    """One pass, in the order of `value.adjoints`; `earlier` has the leaves' gradients of the passes before."""
    order = topological_order(root)
    taken = _taken(order)
    due: dict[Value, int] = {}
    for node in order:
        for parent in node.parents:
            due[parent] = due.get(parent, 0) + 1
    paid: dict[Value, int] = {}
    totals = {root: 1.0}
    if root.op is None:
        earlier[root] = earlier[root] + 1.0 if root in earlier else 1.0
    yield SeedStep(number, root, earlier.get(root, 1.0), words)
    for consumer in reversed(order):
        upstream = totals.pop(consumer)
        shares = _shares(consumer, upstream, consumer in taken)
        for operand, (receiver, local, contribution) in enumerate(shares):
            before = totals.get(receiver, 0.0)
            total = accumulated = before + contribution if receiver in totals else contribution
            totals[receiver] = total
            paid[receiver] = share = paid.get(receiver, 0) + 1
            if receiver.op is None:
                accumulated = earlier[receiver] + total if receiver in earlier else total
                if share == due[receiver]:
                    earlier[receiver] = accumulated
            yield BackwardStep(
                number, root, consumer, receiver, operand, upstream, float(local), contribution, before, total,
                share, due[receiver], accumulated, words,
            )  # fmt: skip


def _taken(order: Sequence[Value]) -> set[Value]:
    """The nodes that gradients flow through: not those that stand only in branches that `where` did not take."""
    taken = {order[-1]}
    for node in reversed(order):
        if node in taken:
            chosen = zip(node.parents, node.local_gradient(), strict=True) if node.op and node.op.chooses else ()
            taken.update(parent for parent, local in chosen if local) if chosen else taken.update(node.parents)
    return taken


def _shares(node: Value, upstream: float, is_taken: bool) -> Iterator[tuple[Value, float, float]]:
    """Each parent with the local derivative and its share; nothing flows into a branch that was not taken."""
    if isinstance(node.op, ByHand):
        found = dict(shares_by_hand(node, upstream))
        for parent in node.parents:
            share = found.pop(parent, 0.0)
            yield parent, share / upstream if upstream else math.nan, share
        return
    chooses = node.op is not None and node.op.chooses
    otherwise = None if is_taken else lambda: math.nan
    for parent, local in local_derivatives(node.op, node._out, node.numbers, node.arguments, None, otherwise):
        yield parent, local, upstream * local if is_taken and (local or not chooses) else 0.0


# ---------------------------------------------------------------- writing


def _slope(words: Words, output: Value, variable: Value) -> str:
    return f"∂{words.text(output)}/∂{words.text(variable)}"


def _over(step: Share) -> str:
    """What a leaf holds after its last share in a pass that is not its first."""
    is_older = step.complete and step.accumulated != step.total
    return f"; over {step.pass_number} passes {shown(step.accumulated, DIGITS)}" if is_older else ""


def _factor(expression: Any) -> str:
    """An expression as a factor: in parentheses where it is a sum, a choice or negative."""
    written = shown(expression, DIGITS) if isinstance(expression, float) else text(expression)
    is_choice = isinstance(expression, Call) and expression.op.notation.shape in ("infix", "cases")
    return f"({written})" if isinstance(expression, Sum) or is_choice or written.startswith("−") else written
