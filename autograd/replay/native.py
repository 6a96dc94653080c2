"""A tape run by numba: one sample at a time, or many at once on lanes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .loading import module_of
from .matrices import STEP
from .plan import COLUMNS, planned, row_columns
from .source import FIRST_KIND, kernels
from .tape import Tape

_FEW_ROWS = 4  # fewer samples are run one at a time
_CACHED = 32_768  # numbers: as many as a processor keeps near while a block of samples is computed
_MOST_LANES = 128


class Native:
    """Runs a tape; every block of samples has the same width, a function of the tape alone."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        order = sorted(range(len(tape.keys)), key=lambda i: tape.keys[i].identifier)
        self.number = {key: place for place, key in enumerate(order)}
        self.module = module_of(kernels([tape.keys[i] for i in order]))
        new = numpy.array([self.number[i] for i in range(len(tape.keys))] or [0], dtype=numpy.uint32)
        self.codes = new[_whole(tape.codes)]
        self.first, self.second, self.lists = map(_whole, (tape.first, tape.second, tape.lists))
        self.V, self.D = numpy.zeros(tape.slots), numpy.zeros(tape.slots)
        self.V[tape.inputs + len(tape.leaves) : tape.results] = tape.constants
        self.varies = tape.output < tape.inputs or tape.output >= tape.results + tape.uniform
        self.blocks: _Blocks | None = None

    def values(self, rows: Sequence[Sequence[float]], numbers: Sequence[float]) -> list[float] | None:
        """The value of each row; None where an operation may have had none."""
        self._begin(numbers)
        if self._uniform():
            return None
        if not self.varies:
            return [float(self.V[self.tape.output])] * len(rows)
        if len(rows) >= _FEW_ROWS:
            return self._lanes().values(rows)
        found = [self._one(row) for row in rows]
        return None if None in found else [value for value in found if value is not None]

    def value_and_grad(
        self, rows: Sequence[Sequence[float]], numbers: Sequence[float]
    ) -> tuple[float, list[float]] | None:
        """The sum of the values and its gradient; None where an operation may have had no value or slope."""
        tape, module, V, D = self.tape, self.module, self.V, self.D
        self._begin(numbers)
        D[:] = 0.0
        bad = self._uniform()
        if not self.varies:
            total = len(rows) * float(V[tape.output])
            D[tape.output] = len(rows)
        elif len(rows) >= _FEW_ROWS:
            total, failed = self._lanes().value_and_grad(rows)
            bad = bad or failed
        else:
            total = 0.0
            for row in rows:
                V[: tape.inputs] = row
                bad |= self._run(module.forward, tape.uniform, len(tape))
                total += float(V[tape.output])
                D[tape.results + tape.uniform :] = 0.0
                D[tape.output] = 1.0
                bad |= self._run_back(tape.uniform, len(tape))
        bad |= self._run_back(0, tape.uniform)
        if bad:
            return None
        return total, [float(D[slot]) if slot >= 0 else 0.0 for slot in tape.wanted]

    def _begin(self, numbers: Sequence[float]) -> None:
        inputs = self.tape.inputs
        self.V[inputs : inputs + len(numbers)] = numbers

    def _uniform(self) -> int:
        return self._run(self.module.forward, 0, self.tape.uniform)

    def _one(self, row: Sequence[float]) -> float | None:
        self.V[: self.tape.inputs] = row
        bad = self._run(self.module.forward, self.tape.uniform, len(self.tape))
        return None if bad else float(self.V[self.tape.output])

    def _run(self, function: Any, begin: int, end: int) -> int:
        return int(function(self.codes, self.first, self.second, self.lists, self.V, self.tape.results, begin, end))

    def _run_back(self, begin: int, end: int) -> int:
        return int(self.module.reverse(self.codes, self.first, self.second, self.lists, self.V, self.D,
                                       self.tape.results, begin, end))  # fmt: skip

    def _lanes(self) -> _Blocks:
        if self.blocks is None:
            self.blocks = _Blocks(self)
        return self.blocks


class _Blocks:
    """Many samples, a block of lanes at a time."""

    def __init__(self, native: Native) -> None:
        self.native = native
        tape = native.tape
        plan = self.plan = planned(tape)
        width = _CACHED // max(plan.rows, 1) // STEP * STEP
        self.width = min(max(width, STEP), _MOST_LANES)
        self.forward = self._table(plan.forward, False)
        self.reverse = self._table(plan.reverse, True)
        self.lists = _whole(plan.lists, numpy.int64) * self.width
        targets = _whole(plan.targets, numpy.int64)
        self.targets = numpy.where(targets < 0, targets, targets * self.width)
        self.rows = numpy.zeros(max(plan.rows, 1) * self.width)

    def _table(self, groups: Sequence[Sequence[int]], is_reverse: bool) -> Any:
        """The groups as numbers, in which rows have become places."""
        table = numpy.zeros((len(groups), COLUMNS), dtype=numpy.int64)
        for i, group in enumerate(groups):
            table[i, : len(group)] = group
            kind = group[0]
            if kind >= FIRST_KIND:
                table[i, 0] = self.native.number[kind - FIRST_KIND] + FIRST_KIND
            for column in row_columns(self.native.tape, kind, is_reverse):
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
            if self.native.module.forward_lanes(self.forward, self.lists, self.native.V, self.rows, self.width):
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
            bad |= native.module.forward_lanes(self.forward, self.lists, native.V, self.rows, self.width)
            total += float(self._row(plan.output)[:count].sum())
            if plan.seed >= 0:
                seed = self._row(plan.seed)
                seed[:count], seed[count:] = 1.0, 0.0
            bad |= native.module.reverse_lanes(self.reverse, self.lists, self.targets, native.V, native.D, self.rows,
                                               self.width)  # fmt: skip
        for slot, _, gradient in plan.spreads:
            if gradient >= 0:
                native.D[slot] += float(self._row(gradient).sum())
        return total, bad


def _whole(numbers: Sequence[int], kind: Any = numpy.uint32) -> Any:
    return numpy.array(numbers if len(numbers) else [0], dtype=kind)

