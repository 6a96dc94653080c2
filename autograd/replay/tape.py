"""A graph flattened: one instruction for every operation, over numbered slots.

    slots:   inputs | other leaves (parameters) | constants | results of instructions

An instruction's `key` is its operation with a letter for each operand: `v` for a slot whose gradient is wanted, `c`
for one whose is not, and the number itself for a small whole exponent (x² is a product, not a power). Operands that are
lists stand in `lists`. Instructions that depend on no input come first: over many samples they are run once.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import ops
from ..op import Op

if TYPE_CHECKING:
    from ..value import Value

_LITERAL = (-2, -1, 0, 1, 2, 3, 4)  # exponents that are written into a key
_LETTERS = "cv"  # of an operand whose gradient is not wanted, and of one whose is


class Key(NamedTuple):
    """What an instruction does: an operation, how each of its operands is given, and whether it lies in a branch that
    may not be taken: where no gradient comes in, none goes out, whatever the slope is."""

    op: Op
    pattern: tuple[Any, ...]  # "v", "c", or a number
    in_branch: bool = False

    @property
    def is_active(self) -> bool:
        """Whether any gradient goes through it."""
        return "v" in self.pattern

    @property
    def guards(self) -> dict[str, bool]:
        """What `share_of` needs to know."""
        return {"chooses": self.op.chooses, "in_branch": self.in_branch}

    @property
    def identifier(self) -> str:
        """A name for the functions that are generated for it: `power_v2`."""
        branch = "_in_branch" if self.in_branch else ""
        return f"{self.op.name}{branch}_{''.join(str(each).replace('-', 'm') for each in self.pattern)}"


@dataclass
class Tape:
    """The instructions of a graph in an order in which they can be run; `first[i]`, `second[i]` are operands' slots.

    With operands that are lists, or more than two, `first[i]` is where they begin in `lists` and `second[i]` how many
    there are. The result of instruction i is in slot `results + i`.
    """

    inputs: int
    leaves: list[Value]
    constants: list[float]
    keys: list[Key] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # for each key how many operands there are, −1 for lists of them
    codes: array[int] = field(default_factory=lambda: array("i"))
    first: array[int] = field(default_factory=lambda: array("i"))
    second: array[int] = field(default_factory=lambda: array("i"))
    lists: array[int] = field(default_factory=lambda: array("i"))
    uniform: int = 0  # so many instructions at the beginning depend on no input
    output: int = 0
    wanted: list[int] = field(default_factory=list)  # slots, in the order of `wrt`; −1 where the output does not depend
    shown: list[int] = field(default_factory=list)  # slots of further results that are handed out

    @property
    def results(self) -> int:
        """The slot of the first instruction's result."""
        return self.inputs + len(self.leaves) + len(self.constants)

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self.results + len(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def operand_count(self) -> int:
        """How many operands all instructions have, counted with their results: a measure of the work."""
        return len(self.lists) + 2 * len(self)

    def varies(self, slot: int) -> bool:
        """Whether a slot has a number for each sample, rather than one for all."""
        return slot < self.inputs or slot >= self.results + self.uniform

    def is_active(self, slot: int) -> bool:
        """Whether the gradient with respect to a slot is wanted, for itself or for what it depends on."""
        if slot >= self.results:
            return self.keys[self.codes[slot - self.results]].is_active
        return slot in self._chosen

    @cached_property
    def _chosen(self) -> frozenset[int]:
        return frozenset(self.wanted)

    def operands(self, number: int) -> Sequence[int]:
        """The slots of an instruction's operands, lists opened."""
        size, first, second = self.sizes[self.codes[number]], self.first[number], self.second[number]
        if size < 0:
            return self.lists[first : first + second]
        return (first,) if size == 1 else (first, second)


def is_listed(op: Op) -> bool:
    """Whether the operands of an operation stand in `lists`: there may be more than two of them."""
    return op.arity is None or op.arity > 2


def flattened(
    output: Value, order: Sequence[Value], inputs: Sequence[Value], wrt: Sequence[Value], shown: Sequence[Value] = ()
) -> Tape:
    """The tape of a graph in topological order, which holds nothing that the output does not depend on.

    `shown` are nodes of the graph whose numbers are handed out beside the output's.
    """
    known = {id(node) for node in inputs}
    places = {id(node): place for place, node in reversed(list(enumerate(wrt)))}
    leaves = [node for node in order if node.op is None and id(node) not in known]
    leaves.sort(key=lambda node: places.get(id(node), len(places)))  # a layer's weights stand side by side
    writer = _Writer(inputs, leaves, places)
    writer.write(order)
    wanted = [writer.slots.get(id(node), -1) for node in wrt]
    return writer.finished(writer.slots[id(output)], wanted, [writer.slots[id(node)] for node in shown])


class _Writer:
    """Writes instructions as they come. Slots are preliminary: inputs | leaves | results, and −1, −2, … for constants.

    A graph may have a million nodes: what is known about each is a number in one dictionary and two bytes.
    """

    def __init__(self, inputs: Sequence[Value], leaves: list[Value], wanted: Container[int]) -> None:
        self.tape = Tape(len(inputs), leaves, [])
        self.slots = {id(node): slot for slot, node in enumerate([*inputs, *leaves])}
        self.given = len(self.slots)
        self.varies = bytearray([1] * len(inputs) + [0] * len(leaves))
        self.active = bytearray([0] * len(inputs) + [id(node) in wanted for node in leaves])
        self.constants: dict[Any, int] = {}
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.listed: list[int] = []  # the instructions with operands in lists

    def write(self, order: Sequence[Value]) -> None:
        """One instruction for each operation; for a mean two, so that no rule depends on the length of a list."""
        slots = self.slots
        for node in order:
            op = node.op
            if op is None:
                continue
            arguments = node.arguments
            if is_listed(op):
                slots[id(node)] = self.mean(arguments) if op is ops.mean else self.add_listed(op, arguments)
                continue
            first = slots.get(id(arguments[0]))
            if first is None:
                first = self.constant(arguments[0])
            if len(arguments) == 1:
                slots[id(node)] = self.add(op, first)
                continue
            exponent = arguments[1]
            second = slots.get(id(exponent))
            if second is not None:
                slots[id(node)] = self.add(op, first, second)
            elif op is ops.power and exponent in _LITERAL:
                slots[id(node)] = self.add(op, first, literal=int(exponent))
            else:
                slots[id(node)] = self.add(op, first, self.constant(exponent))

    def add(self, op: Op, first: int, second: int | None = None, literal: int | None = None) -> int:
        """An instruction with one or two operands; the slot of its result."""
        varies, active = self.varies, self.active
        key: tuple[Any, ...]
        is_active = first >= 0 and active[first]
        if second is None:
            key = (op, is_active, literal)
            active.append(is_active)
            varies.append(first >= 0 and varies[first])
        else:
            other = second >= 0 and active[second]
            key = (op, is_active, other, None)
            active.append(is_active or other)
            varies.append((first >= 0 and varies[first]) or (second >= 0 and varies[second]))
        number = self.numbers.get(key)
        if number is None:
            rest = () if second is None else (_LETTERS[other],)
            number = self.number(key, op, (_LETTERS[is_active], *rest, *(() if literal is None else (literal,))))
        tape = self.tape
        tape.codes.append(number)
        tape.first.append(first)
        tape.second.append(second or 0)
        return len(active) - 1

    def add_listed(self, op: Op, arguments: Sequence[Any]) -> int:
        """An instruction whose operands stand in the lists."""
        lists, active, varies = self.tape.lists, self.active, self.varies
        begin = len(lists)
        pattern = []
        for argument in arguments:
            slots = [self.slot(each) for each in (argument if type(argument) is tuple else (argument,))]
            lists.extend(slots)
            pattern.append(_LETTERS[any(slot >= 0 and active[slot] for slot in slots)])
        key = (op, *pattern)
        number = self.numbers.get(key)
        self.listed.append(len(self.tape))
        self.tape.codes.append(self.number(key, op, tuple(pattern)) if number is None else number)
        self.tape.first.append(begin)
        self.tape.second.append(len(lists) - begin)
        varies.append(any(slot >= 0 and varies[slot] for slot in lists[begin:]))
        active.append("v" in pattern)
        return len(active) - 1

    def mean(self, arguments: Sequence[Any]) -> int:
        """A sum and a quotient."""
        return self.add(ops.divide, self.add_listed(ops.sum_, arguments), self.constant(len(arguments[0])))

    def number(self, key: tuple[Any, ...], op: Op, pattern: tuple[Any, ...]) -> int:
        """The code of a new kind of instruction."""
        self.tape.keys.append(Key(op, pattern))
        self.tape.sizes.append(-1 if is_listed(op) else sum(isinstance(each, str) for each in pattern))
        self.numbers[key] = len(self.numbers)
        return self.numbers[key]

    def slot(self, operand: Any) -> int:
        """The slot of a node or a plain number."""
        found = self.slots.get(id(operand))
        return self.constant(operand) if found is None else found

    def constant(self, number: Any) -> int:
        """The slot of a plain number; 0.0 and −0.0 are two."""
        number = float(number)
        return -1 - self.constants.setdefault(number or str(number), len(self.constants))

    # ------------------------------------------------------------ the slots as they remain

    def finished(self, output: int, wanted: list[int], shown: list[int]) -> Tape:
        """The tape, with the instructions first that depend on no input, and constants before results."""
        tape, varies, given = self.tape, self.varies, self.given
        self.slots.clear()
        tape.constants.extend(map(float, self.constants))
        turn = array("i", (number for number in range(len(tape)) if not varies[given + number]))
        tape.uniform = len(turn)
        if len(turn) < len(tape):
            turn.extend(number for number in range(len(tape)) if varies[given + number])
            columns = (tape.codes, tape.first, tape.second)
            tape.codes, tape.first, tape.second = (array("i", map(each.__getitem__, turn)) for each in columns)
        place = self.places(turn)
        self.rename(place)
        tape.output = place[output]
        tape.wanted = [place[slot] if slot >= 0 else -1 for slot in wanted]
        tape.shown = [place[slot] for slot in shown]
        _mark_branches(tape)
        return tape

    def places(self, turn: Sequence[int]) -> array[int]:
        """The slot that becomes of each preliminary one; those of constants, counted from the end."""
        tape, given = self.tape, self.given
        place = array("i", range(given + len(tape)))
        for number, before in enumerate(turn):
            place[given + before] = tape.results + number
        place.extend(reversed(range(given, tape.results)))
        return place

    def rename(self, place: array[int]) -> None:
        """Write the final slots into the instructions; where lists begin, and how long they are, is no slot."""
        tape = self.tape
        listed = [place[self.given + number] - tape.results for number in self.listed]
        kept = [(tape.first[number], tape.second[number]) for number in listed]
        for number in listed:
            tape.first[number] = tape.second[number] = 0
        columns = (tape.first, tape.second, tape.lists)
        tape.first, tape.second, tape.lists = (array("i", map(place.__getitem__, each)) for each in columns)
        for number, (begin, length) in zip(listed, kept, strict=True):
            tape.first[number], tape.second[number] = begin, length


def _mark_branches(tape: Tape) -> None:
    """Give the instructions that lie in branches, of `where` and its like, keys of their own."""
    if not any(key.op.chooses and key.is_active for key in tape.keys):
        return
    in_branch = bytearray(tape.slots)
    codes: dict[int, int] = {}
    for number in reversed(range(len(tape))):
        slot, code = tape.results + number, tape.codes[number]
        key = tape.keys[code]
        if in_branch[slot] and key.is_active:
            if code not in codes:
                codes[code] = len(tape.keys)
                tape.keys.append(key._replace(in_branch=True))
                tape.sizes.append(tape.sizes[code])
            tape.codes[number] = codes[code]
        if in_branch[slot] or key.op.chooses:
            for operand in tape.operands(number):
                in_branch[operand] = 1
