"""A graph flattened: one instruction for every operation, over numbered slots.

    slots:   inputs | other leaves (parameters) | constants | results of instructions

An instruction's `key` is its operation with a letter for each operand: `v` for a slot whose gradient is wanted, `c`
for one whose is not, and the number itself for a small whole exponent (x² is a product, not a power). Operands that are
lists stand in `lists`. Instructions that depend on no input come first: over many samples they are run once.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import ops
from ..op import Op, flatten, is_node

if TYPE_CHECKING:
    from ..value import Value

_LITERAL = (-2, -1, 0, 1, 2, 3, 4)


class Key(NamedTuple):
    """What an instruction does: an operation, and how each of its operands is given."""

    op: Op
    pattern: tuple[Any, ...]  # "v", "c", or a number

    @property
    def is_active(self) -> bool:
        """Whether any gradient goes through it."""
        return "v" in self.pattern

    @property
    def identifier(self) -> str:
        """A name for the functions that are generated for it: `power_v2`."""
        return f"{self.op.name}_{''.join(str(each).replace('-', 'm') for each in self.pattern)}"


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
    codes: array[int] = field(default_factory=lambda: array("i"))
    first: array[int] = field(default_factory=lambda: array("i"))
    second: array[int] = field(default_factory=lambda: array("i"))
    lists: array[int] = field(default_factory=lambda: array("i"))
    uniform: int = 0  # so many instructions at the beginning depend on no input
    output: int = 0
    wanted: list[int] = field(default_factory=list)  # slots, in the order of `wrt`; −1 where the output does not depend

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

    def operands(self, number: int) -> Sequence[int]:
        """The slots of an instruction's operands, lists opened."""
        key, first, second = self.keys[self.codes[number]], self.first[number], self.second[number]
        if not is_listed(key.op):
            return (first, second)[: sum(isinstance(each, str) for each in key.pattern)]
        return self.lists[first : first + second]


def is_listed(op: Op) -> bool:
    """Whether the operands of an operation stand in `lists`: there may be more than two of them."""
    return op.arity is None or op.arity > 2


def flattened(output: Value, order: Sequence[Value], inputs: Sequence[Value], wrt: Sequence[Value]) -> Tape:
    """The tape of a graph in topological order, without what the output does not depend on."""
    known = {id(node): slot for slot, node in enumerate(inputs)}
    places = {id(node): place for place, node in reversed(list(enumerate(wrt)))}
    leaves = [node for node in order if node.op is None and id(node) not in known]
    leaves.sort(key=lambda node: places.get(id(node), len(places)))  # a layer's weights stand side by side
    nodes = list(_entries(order, known))
    varying = _reached(nodes, known)
    uniform = [entry for entry in nodes if entry[2] not in varying]
    nodes = [*uniform, *(entry for entry in nodes if entry[2] in varying)]
    constants = _constants(nodes)
    tape = Tape(len(inputs), leaves, list(constants), uniform=len(uniform))
    slots = {**known, **{id(node): len(inputs) + i for i, node in enumerate(leaves)}}
    own = {*slots, *(entry[2] for entry in nodes)}
    slots.update({entry[2]: tape.results + i for i, entry in enumerate(nodes)})
    numbers = {number: len(inputs) + len(leaves) + i for i, number in enumerate(constants)}
    _Writer(tape, slots, numbers, _reached(nodes, places) | set(places)).write(nodes)
    tape.output = slots[id(output)]
    tape.wanted = [slots[id(node)] if id(node) in own else -1 for node in wrt]
    return tape


_Entry = tuple[Any, tuple[Any, ...], int]  # operation, arguments, id of the node


def _entries(order: Sequence[Value], known: Container[int]) -> Iterator[_Entry]:
    """The operations of a graph; a mean is a sum and a division, so that no rule depends on the length of a list."""
    for node in order:
        op, key = node.op, id(node)
        if op is None or key in known:
            continue
        if op is ops.mean:
            total = _Sum()
            yield ops.sum_, node.arguments, id(total)
            yield ops.divide, (total, len(node.arguments[0])), key
        else:
            yield op, node.arguments, key


class _Sum:
    """Stands for a sum that is no node of the graph."""

    interpret = None


def _reached(nodes: Sequence[_Entry], sources: Container[int]) -> set[int]:
    """The nodes that depend on one of the sources."""
    found: set[int] = set()
    for op, arguments, key in nodes:
        for operand in flatten(arguments) if is_listed(op) else arguments:
            number = id(operand)
            if number in found or number in sources:
                found.add(key)
                break
    return found


class _Exactly(float):
    """A float that is itself only: 0.0 and −0.0 are two."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Exactly) and self.hex() == other.hex()

    def __hash__(self) -> int:
        return hash(self.hex())


def _constants(nodes: Sequence[_Entry]) -> dict[_Exactly, None]:
    """The plain numbers among the operands, each once."""
    found: dict[_Exactly, None] = {}
    for op, arguments, _ in nodes:
        for operand in flatten(arguments) if is_listed(op) else arguments:
            if not is_node(operand):
                found[_Exactly(operand)] = None
    return found


class _Writer:
    """Writes instructions on a tape."""

    def __init__(self, tape: Tape, slots: dict[int, int], constants: dict[_Exactly, int], active: set[int]) -> None:
        self.tape, self.slots, self.constants, self.active = tape, slots, constants, active
        self.numbers: dict[Any, int] = {}

    def write(self, nodes: Sequence[_Entry]) -> None:
        """One instruction for each node."""
        for op, arguments, _ in nodes:
            if is_listed(op):
                self.add(op, tuple(map(self.letter, arguments)), *self.listed(arguments))
            elif op is ops.power and not is_node(arguments[1]) and arguments[1] in _LITERAL:
                self.add(op, (self.letter(arguments[0]), int(arguments[1])), self.slot(arguments[0]), 0)
            elif len(arguments) == 1:
                self.add(op, (self.letter(arguments[0]),), self.slot(arguments[0]), 0)
            else:
                a, b = arguments
                self.add(op, (self.letter(a), self.letter(b)), self.slot(a), self.slot(b))

    def add(self, op: Op, pattern: tuple[Any, ...], first: int, second: int) -> None:
        """One instruction."""
        tape = self.tape
        number = self.numbers.setdefault((op, pattern), len(self.numbers))
        if number == len(tape.keys):
            tape.keys.append(Key(op, pattern))
        tape.codes.append(number)
        tape.first.append(first)
        tape.second.append(second)

    def listed(self, arguments: Sequence[Any]) -> tuple[int, int]:
        """Put operands into the lists; where they begin, and how many there are."""
        lists = self.tape.lists
        begin = len(lists)
        lists.extend([self.slot(operand) for operand in flatten(arguments)])
        return begin, len(lists) - begin

    def letter(self, argument: Any) -> str:
        """`v` for an operand, or a list of them, through which a gradient goes."""
        if type(argument) is tuple:
            return "v" if any(id(each) in self.active for each in argument) else "c"
        return "v" if id(argument) in self.active else "c"

    def slot(self, operand: Any) -> int:
        """The slot of a node or a plain number."""
        found = self.slots.get(id(operand))
        return self.constants[_Exactly(operand)] if found is None else found
