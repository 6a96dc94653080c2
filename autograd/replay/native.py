"""A tape run by numba: one sample at a time, or many at once on lanes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy

from . import compiling, elementary, lanes, matrices
from .lane_source import FIRST_KIND, lane_kernels
from .lanes import LANES
from .loading import module_of, stamp_of
from .matrices import STEP
from .plan import COLUMNS, Plan, planned, row_columns
from .source import kernels
from .tape import Tape, is_listed

FEW_ROWS = 4  # fewer samples are run one at a time
_NEAR, _FAR = 32_768, 1_048_576  # numbers: as many as a processor keeps near, and not far, during a block of samples
_MANY_LANES, _MOST_LANES = 64, 128
_MOST_PLANNED = 200_000  # instructions: beyond, a plan takes longer and more memory than it saves


class Native:
    """Runs a tape; how wide a block of samples is depends on the tape and the number of samples alone."""

    def __init__(self, tape: Tape) -> None:
        order = sorted(range(len(tape.keys)), key=lambda i: tape.keys[i].identifier)
        self.number = {key: place for place, key in enumerate(order)}
        self.keys = [tape.keys[i] for i in order]
        self.one = module_of(kernels(self.keys, _stamp()))
        self.tape = tape = _in_runs(tape)
        new = numpy.array([self.number[i] for i in range(len(tape.keys))] or [0], dtype=numpy.uint32)
        self.codes = new[_whole(tape.codes)]
        self.first, self.second, self.lists = map(_whole, (tape.first, tape.second, tape.lists))
        # Behind the last slot's gradient stands a 0, for leaves that the output does not depend on.
        self.V, self.D = numpy.zeros(tape.slots), numpy.zeros(tape.slots + 1)
        self.V[tape.inputs + len(tape.leaves) : tape.results] = tape.constants
        self.wanted = numpy.array(tape.wanted, dtype=numpy.int64)
        start = tape.wanted[0] if tape.wanted else 0
        are_in_turn = start >= 0 and tape.wanted == list(range(start, start + len(tape.wanted)))
        self.gradients = self.D[start : start + len(tape.wanted)] if are_in_turn else None
        self.varies = tape.varies(tape.output)
        self.plan: Plan | None = None
        self.blocks: dict[int, _Blocks] = {}  # by their width

    def values(self, rows: Sequence[Sequence[float]], numbers: Sequence[float]) -> list[float] | None:
        """The value of each row; None where an operation may have had none."""
        self._begin(numbers)
        if self._uniform():
            return None
        if not self.varies:
            return [float(self.V[self.tape.output])] * len(rows)
        if self._fills_lanes(len(rows)):
            return self.blocks_for(len(rows)).values(rows)
        found = [self._one(row) for row in rows]
        return None if None in found else [value for value in found if value is not None]

    def value_and_grad(
        self, rows: Sequence[Sequence[float]], numbers: Sequence[float]
    ) -> tuple[float, list[float]] | None:
        """The sum of the values and its gradient; None where an operation may have had no value or slope."""
        tape, V, D = self.tape, self.V, self.D
        self._begin(numbers)
        D[: tape.results + tape.uniform] = 0.0
        if not self.varies:
            bad = self._both(0, tape.uniform, float(len(rows)))
            total = len(rows) * float(V[tape.output])
        else:
            bad = self._uniform()
            if self._fills_lanes(len(rows)):
                total, failed = self.blocks_for(len(rows)).value_and_grad(rows)
                bad += failed
            else:
                total = 0.0
                for row in rows:
                    V[: tape.inputs] = row
                    bad += self._both(tape.uniform, len(tape), 1.0)
                    total += float(V[tape.output])
            bad += self._run_back(0, tape.uniform)
        return None if bad else (total, self._gradient())

    def _gradient(self) -> list[float]:
        found: list[float] = (self.D[self.wanted] if self.gradients is None else self.gradients).tolist()
        return found

    def _begin(self, numbers: Sequence[float]) -> None:
        inputs = self.tape.inputs
        self.V[inputs : inputs + len(numbers)] = numbers

    def _uniform(self) -> int:
        return self._run(self.one.forward, 0, self.tape.uniform)

    def _one(self, row: Sequence[float]) -> float | None:
        self.V[: self.tape.inputs] = row
        bad = self._run(self.one.forward, self.tape.uniform, len(self.tape))
        return None if bad else float(self.V[self.tape.output])

    # A kernel that has nothing to do is not called: it would be compiled.

    def _run(self, function: Any, begin: int, end: int) -> int:
        if begin == end:
            return 0
        return int(function(self.codes, self.first, self.second, self.lists, self.V, self.tape.results, begin, end))

    def _run_back(self, begin: int, end: int) -> int:
        if begin == end:
            return 0
        return int(self.one.reverse(self.codes, self.first, self.second, self.lists, self.V, self.D,
                                       self.tape.results, begin, end))  # fmt: skip

    def _both(self, begin: int, end: int, seed: float) -> int:
        tape = self.tape
        return int(self.one.forward_and_reverse(self.codes, self.first, self.second, self.lists, self.V, self.D,
                                                   tape.results, begin, end, tape.output, seed))  # fmt: skip

    def _fills_lanes(self, samples: int) -> bool:
        return samples >= FEW_ROWS and len(self.tape) <= _MOST_PLANNED

    def blocks_for(self, samples: int) -> _Blocks:
        """Blocks for so many samples: a few samples do not fill a wide one."""
        if self.plan is None:
            self.plan = planned(self.tape)
            kinds = {self._kind(group[0]) for group in self.plan.forward}
            self.many = module_of(lane_kernels(self.keys, kinds, _stamp()))
        width = min(_width(self.plan.rows), -(-samples // STEP) * STEP)
        if width not in self.blocks:
            self.blocks[width] = _Blocks(self, self.plan, width)
        return self.blocks[width]

    def _kind(self, kind: int) -> int:
        """What a plan's kind of group is called in the kernels, which have the keys in another order."""
        return self.number[kind - FIRST_KIND] + FIRST_KIND if kind >= FIRST_KIND else kind


class _Blocks:
    """Many samples, a block of lanes at a time."""

    def __init__(self, native: Native, plan: Plan, width: int) -> None:
        self.native, self.plan, self.width = native, plan, width
        self.forward = self._table(plan.forward, False)
        self.reverse = self._table(plan.reverse, True)
        if _width(plan.rows) == STEP:  # no other width will come
            plan.forward, plan.reverse = [], []
        self.lists = _whole(plan.lists, numpy.int64) * self.width
        targets = _whole(plan.targets, numpy.int64)
        self.targets = numpy.where(targets < 0, targets, targets * self.width)
        self.rows = _aligned(max(plan.rows, 1) * self.width)

    def _table(self, groups: Sequence[Sequence[int]], is_reverse: bool) -> Any:
        """The groups as numbers, in which rows have become places."""
        table = numpy.zeros((len(groups), COLUMNS), dtype=numpy.int32)
        for i, group in enumerate(groups):
            table[i, : len(group)] = group
            table[i, 0] = self.native._kind(group[0])
            for column in row_columns(self.native.tape, group[0], is_reverse):
                if table[i, column] > 0:
                    table[i, column] *= self.width
        return table

    def _spread(self) -> None:
        for slot, row, gradient in self.plan.spreads:
            self._row(row)[:] = self.native.V[slot]
            if gradient >= 0:
                self._row(gradient)[:] = 0.0

    def _row(self, number: int) -> Any:
        return self.rows[number * self.width : (number + 1) * self.width]

    def _load(self, rows: Any, begin: int) -> int:
        """Put a block of samples into the input rows; the last sample fills the lanes that are left over."""
        part = rows[begin : begin + self.width]
        count = len(part)
        inputs = self.rows[: self.native.tape.inputs * self.width].reshape(self.native.tape.inputs, self.width)
        inputs[:, :count] = part.T
        inputs[:, count:] = part[-1:].T
        return count

    def values(self, rows: Sequence[Sequence[float]]) -> list[float] | None:
        table = numpy.array(rows, dtype=float).reshape(len(rows), self.native.tape.inputs)
        self._spread()
        found: list[float] = []
        for begin in range(0, len(rows), self.width):
            count = self._load(table, begin)
            if self.native.many.forward_lanes(self.forward, self.lists, self.native.V, self.rows, self.width):
                return None
            found += self._row(self.plan.output)[:count].tolist()
        return found

    def value_and_grad(self, rows: Sequence[Sequence[float]]) -> tuple[float, bool]:
        native, plan = self.native, self.plan
        table = numpy.array(rows, dtype=float).reshape(len(rows), native.tape.inputs)
        self._spread()
        total, bad = 0.0, False
        for begin in range(0, len(rows), self.width):
            count = self._load(table, begin)
            bad |= native.many.forward_lanes(self.forward, self.lists, native.V, self.rows, self.width)
            total += float(self._row(plan.output)[:count].sum())
            if plan.seed >= 0:
                seed = self._row(plan.seed)
                seed[:count], seed[count:] = 1.0, 0.0
            bad |= native.many.reverse_lanes(self.reverse, self.lists, self.targets, native.V, native.D, self.rows,
                                               self.width)  # fmt: skip
        for slot, _, gradient in plan.spreads:
            if gradient >= 0:
                native.D[slot] += float(self._row(gradient).sum())
        return total, bad


def _width(rows: int) -> int:
    """How many samples a block has: as many as fit in the near cache, or some that fit in the large one."""
    width = min(_NEAR // max(rows, 1) // STEP * STEP, _MOST_LANES)
    return max(width, _MANY_LANES if rows * _MANY_LANES <= _FAR else STEP)


def _aligned(count: int) -> Any:
    """Zeros that begin where a line of the cache begins: else every second vector lies on two of them."""
    room = numpy.zeros(count + LANES - 1)
    start = -(room.ctypes.data // room.itemsize) % LANES
    return room[start : start + count]


def _stamp() -> str:
    return stamp_of(compiling, elementary, lanes, matrices)


def _whole(numbers: Sequence[int], kind: Any = numpy.uint32) -> Any:
    return numpy.array(numbers if len(numbers) else [0], dtype=kind)


# ---------------------------------------------------------------- the order of instructions


def _in_runs(tape: Tape) -> Tape:
    """The same tape with like instructions one after another, where they do not need each other.

    A processor guesses which instruction comes next, and a wrong guess costs as much as ten additions.
    """
    if not len(tape):
        return tape
    codes, first, second, lists = map(_whole, (tape.codes, tape.first, tape.second, tape.lists))
    varies = numpy.arange(len(tape)) >= tape.uniform
    order = numpy.lexsort((first, codes, numpy.frombuffer(_depths(tape), dtype=numpy.intc), varies))
    place = numpy.arange(tape.slots, dtype=numpy.uint32)
    place[tape.results + order] = numpy.arange(tape.results, tape.slots)
    codes, first, second = codes[order], first[order], second[order]
    is_listed_code = numpy.array([is_listed(key.op) for key in tape.keys])
    is_slot = ~is_listed_code[codes]
    first[is_slot], second[is_slot] = place[first[is_slot]], place[second[is_slot]]
    wanted = [int(place[slot]) if slot >= 0 else slot for slot in tape.wanted]
    shown = [int(place[slot]) for slot in tape.shown]
    renamed = place[lists] if len(tape.lists) else lists[:0]
    return replace(tape, codes=_stored(codes), first=_stored(first), second=_stored(second), lists=_stored(renamed),
                   output=int(place[tape.output]), wanted=wanted, shown=shown)  # fmt: skip


def _stored(numbers: Any) -> array[int]:
    return array("i", numbers.astype(numpy.intc).tobytes())


def _depths(tape: Tape) -> array[int]:
    """How many instructions lie on the longest way to each, itself included."""
    listed = [is_listed(key.op) for key in tape.keys]
    depths = array("i", bytes(4 * tape.results))
    lists = tape.lists
    for code, a, b in zip(tape.codes, tape.first, tape.second, strict=True):
        if listed[code]:
            depth = max([depths[slot] for slot in lists[a : a + b]], default=0)
        else:
            depth, other = depths[a], depths[b]
            depth = other if other > depth else depth
        depths.append(depth + 1)
    return depths[tape.results :]
