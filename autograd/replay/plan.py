"""How a tape runs over many samples at once: in groups of like instructions, on rows with one number for each sample.

Weighted sums of the same rows become one layer, a small matrix product. Instructions of one kind whose operands lie
side by side become one longer one. What depends on no input is done once for all samples; where such a number meets the
samples' own it is spread over a row. Rows of values and of gradients share one store and are given back when nobody
needs them any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from .gaps import Gaps
from .groups import FOREVER, Block, Group, Grouping
from .lane_source import FIRST_KIND, WEIGHTED_SUMS
from .rules import rule_of
from .tape import Tape

COLUMNS = 14
_SUMS, _LISTS, _EACH = range(3)
# Which columns of a group count rows, by what it does: in the forward pass, and in the reverse pass.
_ROW_COLUMNS = {
    _SUMS: ((1, 2), (1, 2, 3)),
    _LISTS: ((1,), (1, 2)),
    _EACH: ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 8, 10, 12)),
}
FILL = -1  # the kind of a step that fills rows with 0


@dataclass
class Plan:
    """Groups to run in turn, and where everything lies; places are counted in rows."""

    tape: Tape
    forward: list[list[int]] = field(default_factory=list)
    reverse: list[list[int]] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    spreads: list[tuple[int, int, int]] = field(default_factory=list)  # slot, its row, the row of its gradient or −1
    output: int = 0  # the row of the result
    shown: list[int] = field(default_factory=list)  # the rows of further results
    seed: int = -1  # the row that holds 1 before the reverse pass
    rows: int = 0


def row_columns(tape: Tape, kind: int, is_reverse: bool) -> tuple[int, ...]:
    """The columns of a group of that kind which count rows."""
    if kind == FILL:
        return (1, 2)
    if kind == WEIGHTED_SUMS:
        return _ROW_COLUMNS[_SUMS][is_reverse]
    return _ROW_COLUMNS[_LISTS if tape.keys[kind - FIRST_KIND].op.arity is None else _EACH][is_reverse]


def planned(tape: Tape) -> Plan:
    """The plan of a tape whose output depends on an input."""
    return _Layout(Grouping(tape)).plan()


class _Layout:
    """Places for blocks, and the groups as numbers."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self.tape = grouping.tape
        self.groups = grouping.groups
        self.home = grouping.home
        self.end = 2 * len(grouping.groups)  # the reverse pass of group i is at moment end − 1 − i
        self.adjoint: dict[Block, Block] = {}
        self.zeroed: dict[int, list[Block]] = {}
        self.active = self._active()

    def _active(self) -> set[Block]:
        """The blocks whose gradients are wanted, also where a slope of 0 is all that becomes of them."""
        found = {group.result for group in self.groups if group.key.is_active}
        return found.union(block for slot, block in self.grouping.spread.items() if self.tape.is_active(slot))

    def _slopes(self, group: Group) -> dict[int, Any]:
        return rule_of(group.key).slopes

    def plan(self) -> Plan:
        self.read_again()
        self.make_adjoints()
        rows = _allocated([*self.grouping.blocks, *self.adjoint.values()], self.stealing())
        plan = Plan(self.tape, rows=rows)
        plan.forward = [self.forward_row(group, plan) for group in self.groups]
        for group in reversed(self.groups):
            plan.reverse += [[FILL, block.start, block.size] for block in self.zeroed.get(self.moment(group), ())]
            if (row := self.reverse_row(group, plan)) is not None:
                plan.reverse.append(row)
        block, place = self.home[self.tape.output]
        plan.output = block.start + place
        plan.shown = list(map(self.row, self.tape.shown))
        plan.seed = self.adjoint[block].start + place if block in self.adjoint else -1
        plan.spreads = [
            (slot, block.start, self.adjoint[block].start if block in self.adjoint else -1)
            for slot, block in self.grouping.spread.items()
        ]
        return plan

    # ------------------------------------------------------------ who is needed when

    def moment(self, group: Group) -> int:
        """The moment of a group's reverse pass."""
        return self.end - 1 - group.result.born

    def read_again(self) -> None:
        """Values that the reverse pass reads live until then; results live until they have been handed out."""
        for slot in (self.tape.output, *self.tape.shown):
            result = self.home[slot][0]
            result.last = max(result.last, len(self.groups))
        for group in self.groups:
            if group.result not in self.active:
                continue
            moment = self.moment(group)
            for block in self.read_by(group):
                block.last = max(block.last, moment)

    def read_by(self, group: Group) -> set[Block]:
        """The blocks of values that the reverse pass of a group reads."""
        if group.kind == WEIGHTED_SUMS:
            return {self.home[group.columns[0][0]][0]} if group.weighted else set()
        needs = rule_of(group.key).needs
        if group.key.op.arity is None:
            found = {self.home[column[0]][0] for column in group.columns} if needs else set()
        else:
            found = {self.home[column[0]][0] for i, column in enumerate(group.columns) if f"x{i}" in needs}
        return found | ({group.result} if "y0" in needs else set())

    def make_adjoints(self) -> None:
        """Blocks for gradients, alive from the first share they get to the reverse pass of what they belong to."""
        output = self.home[self.tape.output][0]
        if output in self.active:
            self.adjoint_of(output, len(self.groups))
            if output.size > 1:
                self.zeroed.setdefault(len(self.groups), []).append(self.adjoint[output])
        for group in reversed(self.groups):
            if group.result in self.active and group.result in self.adjoint:
                moment = self.moment(group)
                for block, whole in self.targets_of(group):
                    if block in self.active and block not in self.adjoint:
                        made = self.adjoint_of(block, moment)
                        if not whole and made.born == moment:
                            self.zeroed.setdefault(moment, []).append(made)

    def adjoint_of(self, block: Block, moment: int) -> Block:
        is_spread = block.born == -1
        last = FOREVER if is_spread else self.end - 1 - block.born
        made = self.adjoint[block] = Block(block.size, -1 if is_spread else moment, last)
        return made

    def targets_of(self, group: Group) -> list[tuple[Block, bool]]:
        """The blocks that get a share of the gradient from a group, and whether it is the whole block, in one go."""
        if group.kind == WEIGHTED_SUMS:
            block, _ = self.home[group.columns[0][0]]
            return [(block, len(group.columns[0]) == block.size)]
        if group.key.op.arity is None:
            return [(self.home[column[0]][0], False) for column in group.columns]
        found = []
        for index in self._slopes(group):
            block, _ = self.home[group.columns[index][0]]
            found.append((block, len(group.members) == block.size and block.born != -1))
        return found

    def stealing(self) -> dict[Block, list[Block]]:
        """Whose rows a block may take over in place: an elementwise group reads a number before it writes one there."""
        found: dict[Block, list[Block]] = {}
        for group in self.groups:
            if group.kind == WEIGHTED_SUMS or group.key.op.arity is None:
                continue
            made = group.result
            for column in group.columns:
                block, place = self.home[column[0]]
                if place == 0 and block.size == made.size:
                    found.setdefault(made, []).append(block)
            own = self.adjoint.get(made)
            for index in self._slopes(group):
                block, place = self.home[group.columns[index][0]]
                other = self.adjoint.get(block)
                if own and other and place == 0 and other.size == own.size and other.born == self.moment(group):
                    found.setdefault(other, []).append(own)
        return found

    # ------------------------------------------------------------ the groups as numbers

    def row(self, slot: int) -> int:
        block, place = self.home[slot]
        return block.start + place

    def adjoint_row(self, slot: int) -> int:
        block, place = self.home[slot]
        return self.adjoint[block].start + place if block in self.adjoint else -1

    def forward_row(self, group: Group, plan: Plan) -> list[int]:
        """kind, result, then what the kernel of that kind takes."""
        result = self.row(self.tape.results + group.members[0])
        if group.kind == WEIGHTED_SUMS:
            x = group.columns[0]
            return [group.kind, result, self.row(x[0]), 0, *group.weights, len(group.members), len(x)]
        if group.key.op.arity is None:
            group.listed = len(plan.lists), len(group.columns)
            plan.lists += [self.row(column[0]) for column in group.columns]
            plan.targets += [self.adjoint_row(column[0]) for column in group.columns]
            return [group.kind, result, *group.listed]
        places = [self.row(column[0]) for column in group.columns]
        return [group.kind, result, *(places + [0, 0, 0])[:3], len(group.members)]

    def reverse_row(self, group: Group, plan: Plan) -> list[int] | None:
        """The same for the reverse pass; None where no gradient goes through the group."""
        slot = self.tape.results + group.members[0]
        gradient = self.adjoint_row(slot)
        if gradient < 0 or not self._slopes(group):
            return None
        moment = self.moment(group)
        if group.kind == WEIGHTED_SUMS:
            x = group.columns[0]
            w, w_row, w_column, bias, bias_step = group.weights
            fresh = self.is_fresh(x[0], moment)
            return [group.kind, gradient, self.row(x[0]), self.adjoint_row(x[0]), w, w_row, w_column, bias, bias_step,
                    len(group.members), len(x), fresh, int(group.weighted), int(group.biased)]  # fmt: skip
        if group.key.op.arity is None:
            return [group.kind, gradient, self.row(slot), *group.listed]
        reads = [self.row(column[0]) for column in group.columns] + [self.row(slot)]
        writes: list[int] = []
        seen: set[int] = set()
        for index in self._slopes(group):
            target = group.columns[index][0]
            fresh = self.is_fresh(target, moment) if target not in seen else 0
            writes += [self.adjoint_row(target), fresh]
            seen.add(target)
        return [group.kind, gradient, *(reads + [0] * 4)[:4], *(writes + [0] * 6)[:6], len(group.members)]

    def is_fresh(self, slot: int, moment: int) -> int:
        """Whether this share is the first that a gradient gets, and fills it."""
        made = self.adjoint.get(self.home[slot][0])
        return int(made is not None and made.born == moment and made not in self.zeroed.get(moment, ()))


def _allocated(blocks: Sequence[Block], stealing: dict[Block, list[Block]]) -> int:
    """Give every block a start, so that no two that live at one moment overlap; returns how many rows that takes."""
    gaps = Gaps()
    living: list[tuple[int, int, Block]] = []  # a heap: last moment, number, block
    stolen: set[Block] = set()
    for number, block in enumerate(sorted(blocks, key=lambda block: block.born)):
        while living and living[0][0] < block.born:
            dead = heappop(living)[2]
            if dead not in stolen:
                gaps.give_back(dead.start, dead.size)
        for victim in stealing.get(block, ()):
            if victim.last == block.born and victim.start >= 0 and victim not in stolen:
                stolen.add(victim)
                block.start = victim.start
                break
        else:
            block.start = gaps.take(block.size)
        heappush(living, (block.last, number, block))
    return gaps.rows
