"""walk: the forward pass and a backward pass per root, step by step, and the ledger of who pays into which gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from .atoms import Derivative, Numeral
from .errors import OperandError
from .graph import topological_order, unknown_label
from .op import describe
from .page import Block, Heading, Page, Phrase, Sentence, Table
from .pages.html import html_fragment, html_page
from .pages.markdown import markdown_page
from .pages.text import text_page
from .printers.abridged import abridged
from .printers.runs import changed
from .steps import DIGITS, ForwardStep, SeedStep, Share, Step, Words, backward_steps, forward_steps
from .symbol import Call, Expression
from .value import Value

# What a ledger shows of a large graph, unless the full form is asked for.
_MOST_ROWS, _MOST_PASSES, _MOST_SHARES = 100, 10, 6


# ---------------------------------------------------------------- walking


def walk(*roots: Value) -> Walk:
    """Go through the forward pass and then one backward pass per root, one step at a time; changes no `grad`.

        contribution = upstream · local,        total = Σ contributions of all consumers in one pass

    >>> x = Value(3.0, label="x")
    >>> h = (x * x).named("h")
    >>> L, M = (2 * h).named("L"), (3 * h).named("M")
    >>> for step in walk(L, M):
    ...     print(step)
    forward   x = 3
    forward   h = x·x = 9
    forward   L = 2h = 18
    forward   M = 3h = 27
    backward  ∂L/∂L = 1, the seed of pass 1
    backward  ∂L/∂h = ∂L/∂L · 2 = 1 · 2 = 2
    backward  ∂L/∂x += ∂L/∂h · x = 2 · 3 = 6; total 6 (1 of 2)
    backward  ∂L/∂x += ∂L/∂h · x = 2 · 3 = 6; total 12 (2 of 2)
    backward  ∂M/∂M = 1, the seed of pass 2
    backward  ∂M/∂h = ∂M/∂M · 3 = 1 · 3 = 3
    backward  ∂M/∂x += ∂M/∂h · x = 3 · 3 = 9; total 9 (1 of 2)
    backward  ∂M/∂x += ∂M/∂h · x = 3 · 3 = 9; total 18 (2 of 2); over 2 passes 30

    The numbers are those of the forward pass, and bit for bit those that `backward()` of one root after the other puts
    into `grad`s that were empty. The steps are made as they are asked for: a graph of a million nodes can be walked.

    Raises OperandError for what is not a Value, LabelError if two nodes have one label, and while walking SlopeError
    at the step where a local derivative is infinite.
    """
    if not roots:
        raise OperandError("walk was given nothing: name the output that the backward pass starts from, as in walk(L)",
                           op="walk")  # fmt: skip
    for root in roots:
        if not isinstance(root, Value):
            hint = ": give several roots one by one, walk(L, M)" if isinstance(root, (list, tuple)) else ""
            raise OperandError(f"walk takes Values; it was given {describe(root)}{hint}", op="walk", operands=(root,))
    return Walk(roots)


class Walk:
    """The steps of a walk, which can be gone through again and again, and the ledger they make; see `walk`."""

    def __init__(self, roots: tuple[Value, ...]) -> None:
        self.roots = roots
        self._order = topological_order(*roots)
        self._words = Words(self._order)

    def __iter__(self) -> Iterator[Step]:
        yield from self.forward()
        yield from self.backward()

    def forward(self) -> Iterator[ForwardStep]:
        """The steps of the forward pass: every node after its operands."""
        return forward_steps(self._order, self._words)

    def backward(self) -> Iterator[Share]:
        """The steps of the backward passes, pass after pass."""
        earlier: dict[Value, float] = {}
        for number, root in enumerate(self.roots, 1):
            yield from backward_steps(number, root, earlier, self._words)

    def into(self, node: Value | str) -> list[Share]:
        """The steps that pay into the gradient of a node, which is given itself or by its label.

        >>> x = Value(3.0, label="x")
        >>> [step.contribution for step in walk((x * x + 5 * x).named("y")).into("x")]
        [5.0, 3.0, 3.0]

        Raises LabelError for a label that no node has. A node that the roots do not depend on gets nothing.
        """
        labels = [each.label for each in self._order if each.label]
        if isinstance(node, str) and node not in labels:
            raise unknown_label(node, labels[:_MOST_ROWS])
        return [step for step in self.backward() if step.receiver is node or step.receiver.label == node]

    # ------------------------------------------------------------ the ledger

    def page(self, *, full: bool = False, digits: int = DIGITS) -> Page:
        """The ledger as a page: a table for each pass, and one that says who puts how much into each gradient.

        Of long tables, rows and formulas it has the beginning and the count; with `full` all.
        """
        if type(digits) is not int or digits < 1:
            raise OperandError(f"digits is a whole number from 1 on; it was given {describe(digits)}", op="walk")
        return Page(list(_Composer(self, full, digits).blocks()), digits)

    def text(self, width: int | None = None, *, full: bool = False, digits: int = DIGITS) -> str:
        """The ledger for a terminal, at most `width` characters wide where that can be done."""
        return text_page(self.page(full=full, digits=digits), width)

    def markdown(self, fenced: bool = True, *, full: bool = False, digits: int = DIGITS) -> str:
        """The ledger as Markdown, with GitHub's mathematics."""
        return markdown_page(self.page(full=full, digits=digits), fenced)

    def html(self, *, full: bool = False, digits: int = DIGITS) -> str:
        """The ledger as one HTML page that needs no network."""
        return html_page(self.page(full=full, digits=digits), title=self._title())

    def _repr_html_(self) -> str:
        return html_fragment(self.page())

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        nodes, passes = len(self._order), len(self.roots)
        return f"<{self._title()}: nodes: {nodes:,}, backward passes: {passes:,}; iterate over it, or print it>"

    def _title(self) -> str:
        told = list(map(self._words.text, self.roots))
        return f"Walk from {', '.join(told[:3])}" + (f" and {len(told) - 3} more" if len(told) > 3 else "")


# ---------------------------------------------------------------- the ledger as a page


class _Composer:
    """Writes the page of a walk, in one go through its steps."""

    def __init__(self, walk: Walk, full: bool, digits: int) -> None:
        self.walk, self.words, self.full, self.digits = walk, walk._words, full, digits
        self.is_several = len(walk.roots) > 1

    def blocks(self) -> Iterator[Block]:
        yield Heading(self.title(), 1)
        yield Sentence((
            "In a backward pass every consumer of a node pays its contribution, upstream · local derivative, into the"
            " node's gradient; ✓ marks the share that completes it. ",
            *(("Inner nodes begin each pass anew, and leaves add up over the passes.",) if self.is_several else ()),
        ))  # fmt: skip
        forward = list(islice(self.walk.forward(), None if self.full else _MOST_ROWS))
        yield from self.changes()
        head = ("node",), ("formula",), ("value",)
        yield Table(("Forward pass",), head, list(map(self.forward_row, forward)), (False, False, True))
        yield from self.cut(len(forward), len(self.walk._order), "nodes")
        yield from self.backward_blocks()

    def title(self) -> Phrase:
        roots = [part for root in self.walk.roots[:_MOST_PASSES] for part in (", ", self.words.symbol(root))]
        return ("Walk from ", *roots[1:], ", …" if len(self.walk.roots) > _MOST_PASSES else "")

    def changes(self) -> Iterator[Sentence]:
        """A sentence for every leaf that was changed since, and what that means."""
        leaves = [(step.node, step.primal, step.now) for step in self.walk.forward() if step.now is not None]
        for node, primal, now in leaves[: None if self.full else _MOST_ROWS]:
            told = changed(primal, now, self.digits)
            yield Sentence((self.words.symbol(node), f" changed after the forward pass: {told}."), item=True)
        yield from self.cut(_MOST_ROWS, len(leaves), "changed leaves")
        if leaves:
            yield Sentence(("The numbers below are those of the forward pass.",))

    def backward_blocks(self) -> Iterator[Block]:
        """A table for every pass, and the one in which each gradient's shares stand together."""
        accounts = _Accounts(self.full)
        for number, steps in groupby(self.walk.backward(), key=lambda step: step.pass_number):
            rows, count = [], 0
            for count, step in enumerate(steps, 1):
                accounts.enter(step)
                if self.full or (count <= _MOST_ROWS and number <= _MOST_PASSES):
                    rows.append(self.backward_row(step))
            if rows:
                yield self.backward_table(number, rows)
                yield from self.cut(len(rows), count, "steps")
        yield from self.cut(_MOST_PASSES, len(self.walk.roots), "backward passes")
        yield self.summary(accounts)
        yield from self.cut(len(accounts), len(self.walk._order), "gradients")

    def cut(self, shown: int, count: int, what: str) -> Iterator[Sentence]:
        """What is said below a table that is cut off."""
        if shown < count and not self.full:
            yield Sentence((f"These are the first {shown:,} of {count:,} {what}; full=True shows all.",))

    # ------------------------------------------------------------ rows

    def forward_row(self, step: ForwardStep) -> list[Phrase]:
        formula = () if step.formula is None else (self.formula(step.formula),)
        return [(self.words.symbol(step.node),), formula, (Numeral(step.primal),)]

    def backward_table(self, number: int, rows: list[list[Phrase]]) -> Table:
        heads = "gradient", "consumer", "upstream", "local derivative", "contribution", "total", "✓"
        caption = f"Backward pass {number}, from " if self.is_several else "Backward pass, from "
        root = self.words.symbol(self.walk.roots[number - 1])
        is_numeric = (False, False, True, False, True, True, False)
        return Table((caption, root), [(head,) for head in heads], rows, is_numeric)

    def backward_row(self, step: Share) -> list[Phrase]:
        if isinstance(step, SeedStep):
            factors: list[Phrase] = [(), ()]
        else:
            factors = [(Numeral(step.upstream),), self.local(step.formula, step.local)]
        sums = (Numeral(step.contribution),), (Numeral(step.total),), ("✓",) if step.complete else ()
        return [(self.slope(step),), self.consumer(step), *factors, *sums]

    def summary(self, accounts: _Accounts) -> Table:
        heads = ["gradient", "pass", "consumer", "contribution", "total", "over all passes"]
        rows = [self.summary_row(step, left_out) for step, left_out in accounts]
        shown = range(6) if self.is_several else (0, 2, 3, 4)
        return Table(
            ("Who puts how much into each gradient",),
            [(heads[index],) for index in shown],
            [[row[index] for index in shown] for row in rows],
            [index in (1, 3, 4, 5) for index in shown],
        )

    def summary_row(self, step: Share, left_out: int) -> list[Phrase]:
        if left_out:
            return [(self.slope(step),), (str(step.pass_number),), (f"… {left_out:,} more",), (), (), ()]
        total = (Numeral(step.total),) if step.complete else ()
        over = (Numeral(step.accumulated),) if step.complete and step.receiver.op is None else ()
        share = (Numeral(step.contribution),)
        return [(self.slope(step),), (str(step.pass_number),), self.consumer(step), share, total, over]

    # ------------------------------------------------------------ cells

    def slope(self, step: Share) -> Derivative:
        return Derivative(self.words.symbol(step.root).label, self.words.symbol(step.receiver).label)

    def consumer(self, step: Share) -> Phrase:
        return ("the seed",) if isinstance(step, SeedStep) else (self.words.symbol(step.consumer),)

    def formula(self, expression: Any) -> Any:
        return expression if self.full else abridged(expression)

    def local(self, formula: Any, number: float) -> Phrase:
        """`y(1 − y) = 0.2432`: the local derivative as a formula and a number."""
        if not isinstance(formula, Expression):
            return (Numeral(number),)
        is_choice = isinstance(formula, Call) and formula.op.notation.shape == "cases"
        return (self.formula(formula), ", here " if is_choice else " = ", Numeral(number))


class _Accounts:
    """The shares that were paid into each gradient: of large graphs the first gradients, of many shares the first."""

    def __init__(self, full: bool) -> None:
        self._nodes = math.inf if full else _MOST_ROWS
        self._shares = math.inf if full else _MOST_SHARES
        self._passes = math.inf if full else _MOST_PASSES
        self._of: dict[Value, list[tuple[Share, int]]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def enter(self, step: Share) -> None:
        """Keep a step, or one with the number of those that it stands for."""
        if step.pass_number > self._passes or (step.receiver not in self._of and len(self) >= self._nodes):
            return
        account = self._of.setdefault(step.receiver, [])
        if step.shares <= self._shares or step.share < _MOST_SHARES or step.complete:
            account.append((step, 0))
        elif step.share == _MOST_SHARES:
            account.append((step, step.shares - _MOST_SHARES))

    def __iter__(self) -> Iterator[tuple[Share, int]]:
        for account in self._of.values():
            yield from account
