"""How a tape runs over many samples at once: in groups of like instructions, on rows with one number for each sample.

Weighted sums of the same rows become one layer, a small matrix product. Instructions of one kind whose operands lie
side by side become one longer one. What depends on no input is done once for all samples; where such a number meets the
samples' own it is spread over a row. Rows of values and of gradients share one store and are given back when nobody
needs them any more.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import ops
from .rules import rule_of
from .source import FIRST_KIND, WEIGHTED_SUMS
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
    seed: int = -1  # the row that holds 1 before the reverse pass
    rows: int = 0


def row_columns(tape: Tape, kind: int, is_reverse: bool) -> tuple[int, ...]:
    """The columns of a group of that kind which count rows."""
    if kind == FILL:
        return (1, 2)
    if kind == WEIGHTED_SUMS:
        return _ROW_COLUMNS[_SUMS][is_reverse]
    return _ROW_COLUMNS[_LISTS if tape.keys[kind - FIRST_KIND].op.arity is None else _EACH][is_reverse]


@dataclass(eq=False)
class Block:
    """Rows that lie side by side, with the first and the last moment at which they are needed."""

    size: int
    born: int
    last: int
    start: int = -1


@dataclass(eq=False)
class Group:
    """Instructions that are run as one; `columns[i]` are the slots of operand i, one for each instruction."""

    kind: int
    members: list[int]
    columns: list[list[int]]
    weights: tuple[int, int, int, int, int] = (0, 0, 0, -1, 0)  # first, by row, by column; bias, by row
    biased: bool = False  # a gradient goes to the bias
    weighted: bool = False  # and to the weights


def planned(tape: Tape) -> Plan:
    """The plan of a tape whose output depends on an input."""
    return _Planner(tape).plan()


class _Planner:
    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.first_varying = tape.results + tape.uniform
        self.groups: list[Group] = []
        self.home: dict[int, tuple[Block, int]] = {}  # slot → its block and its place therein
        self.adjoint: dict[Block, Block] = {}  # block of values → block of their gradients
        self.blocks: list[Block] = []
        self.spread: dict[int, Block] = {}

    def plan(self) -> Plan:
        inputs = self.block(self.tape.inputs, -1)
        inputs.last = 10**9
        for slot in range(self.tape.inputs):
            self.home[slot] = (inputs, slot)
        for level in self.levels():
            self.group(level)
        return _Layout(self).plan()

    def block(self, size: int, born: int) -> Block:
        """A new block."""
        made = Block(size, born, born)
        self.blocks.append(made)
        return made

    # ------------------------------------------------------------ groups

    def varies(self, slot: int) -> bool:
        """Whether a slot has a number for each sample."""
        return slot < self.tape.inputs or slot >= self.first_varying

    def levels(self) -> Iterable[list[int]]:
        """The instructions that vary, those first that depend on inputs alone, then those that depend on these."""
        tape = self.tape
        depth: dict[int, int] = {}
        found: dict[int, list[int]] = {}
        for number in range(tape.uniform, len(tape)):
            level = max((depth[slot] + 1 for slot in tape.operands(number) if slot in depth), default=0)
            depth[tape.results + number] = level
            found.setdefault(level, []).append(number)
        return [found[level] for level in sorted(found)]

    def group(self, numbers: Sequence[int]) -> None:
        """Make groups of the instructions of one level."""
        layers: dict[Any, list[int]] = {}
        alike: dict[int, list[int]] = {}
        for number in numbers:
            columns = self.layer_inputs(number)
            if columns is None:
                alike.setdefault(self.tape.codes[number], []).append(number)
            else:
                layers.setdefault((self.tape.codes[number], *columns), []).append(number)
        for key, members in layers.items():
            self.add_layers(members, key[1], list(key[2]))
        for code, members in alike.items():
            self.add_alike(code, members)

    def layer_inputs(self, number: int) -> tuple[int, tuple[int, ...]] | None:
        """Of a weighted sum in which one list varies and the other does not: which one varies, and its slots."""
        tape = self.tape
        if tape.keys[tape.codes[number]].op is not ops.dot:
            return None
        operands = tape.operands(number)
        count = len(operands) // 2
        if self.varies(operands[-1]):
            return None
        for side in (0, 1):
            varying, others = operands[side * count :][:count], operands[(1 - side) * count :][:count]
            if not any(map(self.varies, others)) and self.are_side_by_side(varying) and _is_even(others):
                return side, tuple(varying)
        return None

    def are_side_by_side(self, slots: Sequence[int]) -> bool:
        """Whether the rows of slots follow one another in one block."""
        if slots[0] not in self.home:
            return False
        block, place = self.home[slots[0]]
        return all(self.home.get(slot) == (block, place + i) for i, slot in enumerate(slots))

    def add_layers(self, members: list[int], side: int, inputs: list[int]) -> None:
        """Weighted sums of the same rows: one group as far as their weights are evenly spaced."""
        tape = self.tape
        count = len(inputs)
        key = tape.keys[tape.codes[members[0]]]

        def starts(number: int) -> tuple[int, int, int]:
            operands = tape.operands(number)
            weights = operands[(1 - side) * count :][:count]
            return weights[0], weights[1] - weights[0] if count > 1 else 1, operands[-1]

        for run in _runs([starts(number) for number in members]):
            found = [starts(members[i]) for i in run]
            (w, column, bias), (w_next, _, bias_next) = found[0], found[min(1, len(found) - 1)]
            group = Group(WEIGHTED_SUMS, [members[i] for i in run], [inputs])
            group.weights = (w, w_next - w, column, bias, bias_next - bias)
            group.weighted, group.biased = key.pattern[1 - side] == "v", key.pattern[2] == "v"
            self.place(group)

    def add_alike(self, code: int, members: list[int]) -> None:
        """Instructions of one kind: one group as far as all of their operands lie side by side."""
        kind, tape = FIRST_KIND + code, self.tape
        if tape.keys[code].op.arity is None:
            for number in members:
                self.place(Group(kind, [number], [[slot] for slot in tape.operands(number)]))
            return
        for number in members:
            for slot in tape.operands(number):
                self.row_of(slot)
        members.sort(key=self.places)
        run: list[int] = []
        for number in members:
            if run and not self.follows(run[-1], number):
                self.place(Group(kind, run, self.columns(run)))
                run = []
            run.append(number)
        self.place(Group(kind, run, self.columns(run)))

    def places(self, number: int) -> list[tuple[int, int]]:
        """Where the operands of an instruction lie: by their blocks' age, and within their blocks."""
        homes = [self.home[slot] for slot in self.tape.operands(number)]
        return [(block.born, place) for block, place in homes]

    def columns(self, members: Sequence[int]) -> list[list[int]]:
        return [list(column) for column in zip(*map(self.tape.operands, members), strict=True)]

    def follows(self, number: int, after: int) -> bool:
        """Whether all operands of an instruction lie right behind those of another."""
        pairs = zip(self.tape.operands(number), self.tape.operands(after), strict=True)
        places = [(self.home[a], self.home[b]) for a, b in pairs]
        return all(a[0] is b[0] and a[1] + 1 == b[1] for a, b in places)

    def row_of(self, slot: int) -> tuple[Block, int]:
        """Where a slot lies; a number that does not vary is spread over a row, for good."""
        if slot not in self.home:
            made = self.block(1, -1)
            made.last = 10**9
            self.home[slot] = (made, 0)
            self.spread[slot] = made
        return self.home[slot]

    def place(self, group: Group) -> None:
        """Give the results of a group a block of their own, and note that it needs its operands."""
        moment = len(self.groups)
        made = self.block(len(group.members), moment)
        for i, number in enumerate(group.members):
            self.home[self.tape.results + number] = (made, i)
        for slot in (slot for column in group.columns for slot in column):
            block, _ = self.row_of(slot)
            block.last = max(block.last, moment)
        self.groups.append(group)


def _is_even(slots: Sequence[int]) -> bool:
    """Whether slots are evenly spaced."""
    return all(b - a == slots[1] - slots[0] for a, b in zip(slots, slots[1:], strict=False))


def _runs(starts: Sequence[tuple[int, int, int]]) -> Iterable[list[int]]:
    """Runs of evenly spaced weights and biases."""
    run: list[int] = []
    for i, (w, column, bias) in enumerate(starts):
        if len(run) >= 1:
            last = starts[run[-1]]
            step = (w - last[0], bias - last[2])
            before = starts[run[-2]] if len(run) > 1 else None
            even = before is None or (last[0] - before[0], last[2] - before[2]) == step
            if column != last[1] or not even:
                yield run
                run = []
        run.append(i)
    yield run


class _Layout:
    """Places for blocks, and the groups as numbers."""

    def __init__(self, planner: _Planner) -> None:
        self.planner = planner
        self.tape = planner.tape
        self.groups = planner.groups
        self.home = planner.home
        self.end = 2 * len(planner.groups)  # the reverse pass of group i is at moment end − 1 − i
        self.adjoint: dict[Block, Block] = {}
        self.zeroed: dict[int, list[Block]] = {}
        self.active = self._active()

    def _active(self) -> set[Block]:
        """The blocks whose gradients are wanted, also where a slope of 0 is all that becomes of them."""
        found = {self.result(group) for group in self.groups if self._key(group).is_active}
        for slot, block in self.planner.spread.items():
            if self._uniform_is_active(slot):
                found.add(block)
        return found

    def _uniform_is_active(self, slot: int) -> bool:
        tape = self.tape
        if slot >= tape.results:
            return tape.keys[tape.codes[slot - tape.results]].is_active
        return slot in set(tape.wanted)

    def _key(self, group: Group) -> Any:
        return self.tape.keys[self.tape.codes[group.members[0]]]

    def _slopes(self, group: Group) -> dict[int, Any]:
        return rule_of(self._key(group)).slopes

    def plan(self) -> Plan:
        self.read_again()
        self.make_adjoints()
        rows = _allocated([*self.planner.blocks, *self.adjoint.values()], self.stealing())
        plan = Plan(self.tape, rows=rows)
        plan.forward = [self.forward_row(group, plan) for group in self.groups]
        for group in reversed(self.groups):
            plan.reverse += [[FILL, block.start, block.size] for block in self.zeroed.get(self.moment(group), ())]
            if (row := self.reverse_row(group, plan)) is not None:
                plan.reverse.append(row)
        block, place = self.home[self.tape.output]
        plan.output = block.start + place
        plan.seed = self.adjoint[block].start + place if block in self.adjoint else -1
        plan.spreads = [
            (slot, block.start, self.adjoint[block].start if block in self.adjoint else -1)
            for slot, block in self.planner.spread.items()
        ]
        return plan

    # ------------------------------------------------------------ who is needed when

    def result(self, group: Group) -> Block:
        return self.home[self.tape.results + group.members[0]][0]

    def moment(self, group: Group) -> int:
        """The moment of a group's reverse pass."""
        return self.end - 1 - self.result(group).born

    def read_again(self) -> None:
        """Values that the reverse pass reads live until then; the output lives until it has been read."""
        output = self.home[self.tape.output][0]
        output.last = max(output.last, len(self.groups))
        for group in self.groups:
            if self.result(group) not in self.active:
                continue
            moment = self.moment(group)
            for block in self.read_by(group):
                block.last = max(block.last, moment)

    def read_by(self, group: Group) -> set[Block]:
        """The blocks of values that the reverse pass of a group reads."""
        if group.kind == WEIGHTED_SUMS:
            return {self.home[group.columns[0][0]][0]} if group.weighted else set()
        needs = rule_of(self._key(group)).needs
        if self._key(group).op.arity is None:
            found = {self.home[column[0]][0] for column in group.columns} if needs else set()
        else:
            found = {self.home[column[0]][0] for i, column in enumerate(group.columns) if f"x{i}" in needs}
        return found | ({self.result(group)} if "y0" in needs else set())

    def make_adjoints(self) -> None:
        """Blocks for gradients, alive from the first share they get to the reverse pass of what they belong to."""
        output = self.home[self.tape.output][0]
        if output in self.active:
            self.adjoint_of(output, len(self.groups))
            if output.size > 1:
                self.zeroed.setdefault(len(self.groups), []).append(self.adjoint[output])
        for group in reversed(self.groups):
            if self.result(group) in self.active and self.result(group) in self.adjoint:
                moment = self.moment(group)
                for block, whole in self.targets_of(group):
                    if block in self.active and block not in self.adjoint:
                        made = self.adjoint_of(block, moment)
                        if not whole and made.born == moment:
                            self.zeroed.setdefault(moment, []).append(made)

    def adjoint_of(self, block: Block, moment: int) -> Block:
        is_spread = block.born == -1
        last = 10**9 if is_spread else self.end - 1 - block.born
        made = self.adjoint[block] = Block(block.size, -1 if is_spread else moment, last)
        return made

    def targets_of(self, group: Group) -> list[tuple[Block, bool]]:
        """The blocks that get a share of the gradient from a group, and whether it is the whole block, in one go."""
        if group.kind == WEIGHTED_SUMS:
            block, _ = self.home[group.columns[0][0]]
            return [(block, len(group.columns[0]) == block.size)]
        if self._key(group).op.arity is None:
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
            if group.kind == WEIGHTED_SUMS or self._key(group).op.arity is None:
                continue
            made = self.result(group)
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
        if self._key(group).op.arity is None:
            begin = len(plan.lists)
            plan.lists += [self.row(column[0]) for column in group.columns]
            plan.targets += [self.adjoint_row(column[0]) for column in group.columns]
            group.weights = (begin, len(group.columns), 0, 0, 0)
            return [group.kind, result, begin, len(group.columns)]
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
        if self._key(group).op.arity is None:
            return [group.kind, gradient, self.row(slot), *group.weights[:2]]
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
    free: list[tuple[int, int]] = []  # start, size
    living: list[tuple[int, int, Block]] = []  # last moment, start, block
    rows = 0
    for block in sorted(blocks, key=lambda block: block.born):
        while living and living[0][0] < block.born:
            _, start, dead = living.pop(0)
            _give_back(free, start, dead.size)
        for victim in stealing.get(block, ()):
            if victim.last == block.born and (entry := (victim.last, victim.start, victim)) in living:
                living.remove(entry)
                block.start = victim.start
                break
        else:
            rows = _take(free, block, rows)
        insort(living, (block.last, block.start, block), key=lambda entry: entry[:2])
    return rows


def _take(free: list[tuple[int, int]], block: Block, rows: int) -> int:
    """The first gap that is large enough, or new rows at the end."""
    for i, (start, size) in enumerate(free):
        if size >= block.size:
            block.start = start
            free[i : i + 1] = [(start + block.size, size - block.size)] if size > block.size else []
            return rows
    block.start = rows
    return rows + block.size


def _give_back(free: list[tuple[int, int]], start: int, size: int) -> None:
    """Add a gap, joined with its neighbours."""
    insort(free, (start, size))
    i = free.index((start, size))
    for left in (i, i - 1):
        if 0 <= left < len(free) - 1 and free[left][0] + free[left][1] == free[left + 1][0]:
            free[left : left + 2] = [(free[left][0], free[left][1] + free[left + 1][1])]
