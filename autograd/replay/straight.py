"""A tape as straight lines of Python: one line or a few for every operation, forward and back, in a loop over the rows.

    for x0, x1 in rows:
        v0 = p0 * x0 + p1 * x1 + p2                 forward
        v1 = …
        d1 = 1.0                                    back
        g0 += d0 * x0

It runs as it is, without any package; compiled by numba it is the fastest form of a small graph. A large one would not
fit in the processor's cache of instructions: `source.py` has loops over instructions for these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import ops
from .lines import SCALAR, Lines, function, indented, share_of
from .rules import Rule, rule_of
from .tape import Key, Tape

MOST_INSTRUCTIONS = 20_000  # of a function that Python compiles in a second
_LONGEST = 200  # so many terms in one expression


def straight_source(tape: Tape, rows: str = "for {inputs} in X:") -> str:
    """The source of `values(X, P)` and `value_and_grad(X, P)` for the rows X and the leaves' numbers P."""
    writer = Straight(tape)
    values = function("values(X, P)", writer.leaves(), ["found = []"], writer.forward(False), [
        rows.format(inputs=writer.inputs()), *indented(writer.forward(True)),
        f"    found.append({writer.name(tape.output)})", "return found",
    ])  # fmt: skip
    gradients = writer.gradients()
    both = function(
        "value_and_grad(X, P)",
        writer.leaves(),
        ["total = 0.0", *(f"{name} = 0.0" for name in gradients)],
        writer.forward(False),
        [rows.format(inputs=writer.inputs())],
        indented([*writer.forward(True), f"total += {writer.name(tape.output)}", *writer.reverse(True)]),
        writer.reverse(False),
        [f"return total, [{', '.join(writer.wanted())}]"],
    )
    return f"import math\n\n\n{values}\n\n\n{both}\n"


class Straight:
    """Writes the lines of a tape. `seed` is the derivative of what is wanted with respect to each row's result.

    With `one_row` there is no loop over rows in which gradients add up. With `doubts` no step raises an error: where
    one that could has no finite result, the variable `doubt` is no longer 0.
    """

    def __init__(self, tape: Tape, seed: str = "1.0", one_row: bool = False, doubts: bool = False) -> None:
        self.tape = tape
        self.seed = seed
        self.one_row = one_row
        self.doubts = doubts
        self.begun: set[int] = set()  # whose gradients have got a share already

    # ------------------------------------------------------------ names

    def name(self, slot: int) -> str:
        """The variable, or the number, of a slot."""
        tape = self.tape
        if slot < tape.inputs:
            return f"x{slot}"
        if slot < tape.inputs + len(tape.leaves):
            return f"p{slot - tape.inputs}"
        if slot < tape.results:
            number = tape.constants[slot - tape.inputs - len(tape.leaves)]
            return SCALAR.within(SCALAR.number(number))
        return f"v{slot - tape.results}"

    def inputs(self) -> str:
        """The variables of a row."""
        return ", ".join(f"x{i}" for i in range(self.tape.inputs)) + "," * (self.tape.inputs == 1) or "_"

    def leaves(self) -> list[str]:
        """The line that reads the leaves' numbers."""
        names = [f"p{i}" for i in range(len(self.tape.leaves))]
        return [f"{', '.join(names)}{',' * (len(names) == 1)} = P"] if names else []

    def gradients(self) -> list[str]:
        """The variables in which gradients of all rows add up."""
        tape = self.tape
        slots = [*range(tape.inputs, tape.inputs + len(tape.leaves)), *range(tape.results, tape.results + tape.uniform)]
        return [f"g{slot}" for slot in slots if tape.is_active(slot)]

    def wanted(self) -> list[str]:
        """The gradients in the order in which they are wanted."""
        return [f"g{slot}" if slot >= 0 else "0.0" for slot in self.tape.wanted]

    # ------------------------------------------------------------ lines

    def range(self, varying: bool) -> range:
        return range(self.tape.uniform, len(self.tape)) if varying else range(self.tape.uniform)

    def forward(self, varying: bool) -> list[str]:
        """The lines that compute the values."""
        return [line for number in self.range(varying) for line in self._forward(number)]

    def _forward(self, number: int) -> Iterator[str]:
        key = self.key(number)
        operands = [self.name(slot) for slot in self.tape.operands(number)]
        rule = rule_of(key)
        if key.op.arity is None:
            yield from _folded(key, operands, f"v{number}")
        else:
            code = Lines(SCALAR, f"t{number}_", self._given(key, operands, number))
            written = code.written(rule.forward)
            yield from code.lines
            yield f"v{number} = {written}"
        if self.doubts and rule.may_raise:
            yield f"doubt += v{number} - v{number}"

    def reverse(self, varying: bool) -> list[str]:
        """The lines that compute the gradients."""
        tape = self.tape
        if varying:
            self.begun.clear()
        lines: list[str] = []
        if varying == self.tape.varies(tape.output) and (varying or self.tape.is_active(tape.output)):
            lines.append(self.share(tape.output, self.seed if varying else "len(X)"))
        for number in reversed(self.range(varying)):
            slot = tape.results + number
            if self.key(number).is_active and (slot in self.begun or not varying):
                lines += self._reverse(number)
        return lines

    def _reverse(self, number: int) -> Iterator[str]:
        key, tape = self.key(number), self.tape
        rule = rule_of(key)
        upstream = f"d{number}" if self.tape.varies(tape.results + number) else f"g{tape.results + number}"
        slots = tape.operands(number)
        if key.op.arity is None:
            yield from self._listed_reverse(key, rule, upstream, slots, number)
            return
        code = Lines(SCALAR, f"s{number}_", self._given(key, [self.name(slot) for slot in slots], number))
        written = [code.written(slope) for slope in rule.slopes.values()]
        yield from code.lines
        for index, slope in zip(rule.slopes, written, strict=True):
            if self.doubts and rule.slope_may_raise:
                yield f"q{number}_{index} = {f'{slope} if {upstream} != 0.0 else 0.0' if key.in_branch else slope}"
                slope = f"q{number}_{index}"
                yield f"doubt += {slope} - {slope}"
            yield self.share(slots[index], share_of(upstream, slope, **key.guards))

    def _listed_reverse(self, key: Key, rule: Rule, upstream: str, slots: Sequence[int], number: int) -> Iterator[str]:
        for index, group in enumerate(_opened(key, slots)):
            if index not in rule.slopes:
                continue
            for place, slot in enumerate(group):
                if self.tape.is_active(slot):
                    others = [other[min(place, len(other) - 1)] for other in _opened(key, slots)]
                    names = {f"x{i}": self.name(other) for i, other in enumerate(others)}
                    code = Lines(SCALAR, f"s{number}_{index}_{place}_", {**names, "y0": f"v{number}"})
                    written = code.written(rule.slopes[index])
                    yield from code.lines
                    yield self.share(slot, share_of(upstream, written, **key.guards))

    def share(self, slot: int, written: str) -> str:
        """The line that adds to the gradient of a slot, or begins it."""
        if slot < self.tape.inputs:
            return f"_ = {written}"
        varies = self.tape.varies(slot)
        sign = "+=" if slot in self.begun or not (varies or self.one_row) else "="
        self.begun.add(slot)
        return f"d{slot - self.tape.results} {sign} {written}" if varies else f"g{slot} {sign} {written}"

    def key(self, number: int) -> Key:
        return self.tape.keys[self.tape.codes[number]]

    def _given(self, key: Key, operands: Sequence[str], number: int) -> dict[str, str]:
        """What the operands of a rule are called here."""
        variables = [f"x{i}" for i, each in enumerate(key.pattern) if isinstance(each, str)]
        return {**dict(zip(variables, operands, strict=True)), "y0": f"v{number}"}


def _opened(key: Key, slots: Sequence[int]) -> list[Sequence[int]]:
    """The slots of operands over lists, one list of slots for each operand."""
    singles = len(key.op.is_list) - sum(key.op.is_list)
    length = (len(slots) - singles) // sum(key.op.is_list)
    found: list[Sequence[int]] = []
    place = 0
    for is_list in key.op.is_list:
        size = length if is_list else 1
        found.append(slots[place : place + size])
        place += size
    return found


def _folded(key: Key, operands: Sequence[str], name: str) -> Iterator[str]:
    """An operation over lists, written out."""
    if key.op is ops.dot:
        count = len(operands) // 2
        products = [f"{w} * {x}" for w, x in zip(operands[:count], operands[count : 2 * count], strict=True)]
        yield from sum_lines(name, [*products, operands[-1]])
    elif key.op is ops.sum_:
        yield from sum_lines(name, operands)
    else:
        top = f"{name}_top"
        yield f"{top} = {operands[0]}"
        yield from (f"{top} = max({top}, {', '.join(part)})" for part in _parts(operands[1:]))
        yield from sum_lines(name, [f"math.exp({each} - {top})" for each in operands])
        yield f"{name} = {top} + math.log({name})"


def sum_lines(name: str, terms: Sequence[str]) -> Iterator[str]:
    """Lines that add terms up, from left to right; Python refuses an expression of thousands of terms."""
    first, *others = _parts(terms)
    yield f"{name} = {' + '.join(first)}"
    yield from (f"{name} = {name} + {' + '.join(part)}" for part in others)


def _parts(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(items), _LONGEST):
        yield items[begin : begin + _LONGEST]
