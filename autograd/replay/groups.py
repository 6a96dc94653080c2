"""The instructions of a tape in groups that are run as one, and the blocks of rows that their results lie in.

Weighted sums of the same rows become one layer; instructions of one kind whose operands lie side by side become one
longer one. `plan.py` gives the blocks their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import ops
from .lane_source import FIRST_KIND, WEIGHTED_SUMS
from .tape import Key, Tape

FOREVER = 10**9  # a moment after all


@dataclass(eq=False, slots=True)
class Block:
    """Rows that lie side by side, with the first and the last moment at which they are needed."""

    size: int
    born: int
    last: int
    start: int = -1


@dataclass(eq=False, slots=True)
class Group:
    """Instructions that are run as one; `columns[i]` are the slots of operand i, one for each instruction."""

    kind: int
    members: list[int]
    columns: list[list[int]]
    key: Key
    result: Block = field(init=False)
    weights: tuple[int, int, int, int, int] = (0, 0, 0, -1, 0)  # of a layer: first, by row, by column; bias, by row
    listed: tuple[int, int] = (0, 0)  # of lists of operands: where they begin in the plan's, and how many there are
    biased: bool = False  # a gradient goes to the bias
    weighted: bool = False  # and to the weights


class Grouping:
    """The groups of a tape, in the order in which they are run forward."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.groups: list[Group] = []
        self.home: dict[int, tuple[Block, int]] = {}  # slot → its block and its place therein
        self.blocks: list[Block] = []
        self.spread: dict[int, Block] = {}
        self.begin()

    def begin(self) -> None:
        """The inputs' rows, then one group after another."""
        inputs = self.block(self.tape.inputs, -1)
        inputs.last = FOREVER
        for slot in range(self.tape.inputs):
            self.home[slot] = (inputs, slot)
        for level in self.levels():
            self.group(level)
        for slot in self.tape.shown:
            self.row_of(slot)

    def block(self, size: int, born: int) -> Block:
        """A new block."""
        made = Block(size, born, born)
        self.blocks.append(made)
        return made

    # ------------------------------------------------------------ groups

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
        key = tape.keys[tape.codes[number]]
        if key.op is not ops.dot or key.in_branch:
            return None
        operands = tape.operands(number)
        count = len(operands) // 2
        if self.tape.varies(operands[-1]):
            return None
        for side in (0, 1):
            varying, others = operands[side * count :][:count], operands[(1 - side) * count :][:count]
            if not any(map(self.tape.varies, others)) and self.are_side_by_side(varying) and _is_even(others):
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
            group = Group(WEIGHTED_SUMS, [members[i] for i in run], [inputs], key)
            group.weights = (w, w_next - w, column, bias, bias_next - bias)
            group.weighted, group.biased = key.pattern[1 - side] == "v", key.pattern[2] == "v"
            self.place(group)

    def add_alike(self, code: int, members: list[int]) -> None:
        """Instructions of one kind: one group as far as all of their operands lie side by side."""
        kind, tape = FIRST_KIND + code, self.tape
        if tape.keys[code].op.arity is None:
            for number in members:
                self.place(Group(kind, [number], [[slot] for slot in tape.operands(number)], tape.keys[code]))
            return
        for number in members:
            for slot in tape.operands(number):
                self.row_of(slot)
        members.sort(key=self.places)
        run: list[int] = []
        for number in members:
            if run and not self.follows(run[-1], number):
                self.place(Group(kind, run, self.columns(run), tape.keys[code]))
                run = []
            run.append(number)
        self.place(Group(kind, run, self.columns(run), tape.keys[code]))

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
            made.last = FOREVER
            self.home[slot] = (made, 0)
            self.spread[slot] = made
        return self.home[slot]

    def place(self, group: Group) -> None:
        """Give the results of a group a block of their own, and note that it needs its operands."""
        moment = len(self.groups)
        made = group.result = self.block(len(group.members), moment)
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
