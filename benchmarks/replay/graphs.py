"""Scalar graphs by rule, and the same graph for everybody: Values, arrays for C, CasADi's expressions.

A graph is a list of instructions over numbered slots: inputs, parameters, constants, results. The mix of operations is
28 % additions, 20 % subtractions, 40 % products, 4 % quotients by a constant, 4 % tanh and 4 % sin. A product
has a leaf or a constant as a factor, so that numbers stay small.

    chain   every result is the next instruction's first operand: nothing can be done at the same time; a pattern of
            25 operations comes again and again, as in a loop, or all are drawn at random, which no processor foresees
    wide    so many numbers as there are parameters are handed on side by side, and added up at the end
"""

from __future__ import annotations

import ctypes
import random
from dataclasses import dataclass, field
from typing import Any

import numpy

OPERATIONS = ("+", "-", "*", "/", "tanh", "sin")
_MIX = (28, 20, 40, 4, 4, 4)
CONSTANTS = (0.5, -0.75, 1.5, -2.0)


@dataclass
class Graph:
    """Instructions (operation, first slot, second slot) and the numbers that are given."""

    inputs: int
    parameters: list[float]
    instructions: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def results(self) -> int:
        """The slot of the first result."""
        return self.inputs + len(self.parameters) + len(CONSTANTS)

    def put(self, operation: int, first: int, second: int) -> int:
        """One more instruction; the slot of its result."""
        self.instructions.append((operation, first, second))
        return self.results + len(self.instructions) - 1

    def drawn(self, rng: random.Random, operation: int, first: int, second: int) -> int:
        """An instruction on two slots; a product or a quotient has a leaf or a constant as its second."""
        leaves = self.inputs + len(self.parameters)
        if OPERATIONS[operation] == "*":
            second = rng.randrange(self.results)
        elif OPERATIONS[operation] == "/":
            second = rng.randrange(leaves, self.results)
        elif operation > 3:
            second = first
        return self.put(operation, first, second)


def chain(length: int, inputs: int = 0, is_random: bool = False) -> Graph:
    """A chain: every instruction takes the result before and a leaf."""
    rng = random.Random(length)
    pattern = _pattern(rng)
    graph = Graph(inputs, [rng.uniform(-1, 1) for _ in range(10)])
    slot = 0
    for i in range(length):
        operation = _any(rng) if is_random else pattern[i % len(pattern)]
        slot = graph.drawn(rng, operation, slot, rng.randrange(inputs + 10))
    return graph


def _any(rng: random.Random) -> int:
    return rng.choices(range(len(OPERATIONS)), _MIX)[0]


def _pattern(rng: random.Random) -> list[int]:
    """25 operations that are the mix."""
    pattern = [operation for operation, percent in enumerate(_MIX) for _ in range(percent // 4)]
    rng.shuffle(pattern)
    return pattern


def wide(length: int, inputs: int = 0, width: int = 0) -> Graph:
    """Numbers side by side: each instruction takes the oldest that nobody took, and one of the others."""
    rng = random.Random(length + 1)
    width = width or max(10, length // 100)
    graph = Graph(inputs, [rng.uniform(-1, 1) for _ in range(width)])
    open_slots = list(range(inputs + width))
    rng.shuffle(open_slots)
    count = length - len(open_slots) + 1
    for i in range(count):
        open_slots.append(graph.drawn(rng, _any(rng), open_slots[i], open_slots[rng.randrange(i, len(open_slots))]))
    total, *others = open_slots[count:]
    for slot in others:
        total = graph.put(0, total, slot)
    return graph


# ---------------------------------------------------------------- the same graph for everybody


def numbers(graph: Graph, take: dict[str, Any], leaves: list[Any]) -> Any:
    """The output, computed with these operations on these leaves (inputs, then parameters)."""
    slots = [*leaves, *CONSTANTS]
    tanh, sin = take["tanh"], take["sin"]
    for operation, first, second in graph.instructions:
        a, b = slots[first], slots[second]
        if operation == 0:
            slots.append(a + b)
        elif operation == 1:
            slots.append(a - b)
        elif operation == 2:
            slots.append(a * b)
        elif operation == 3:
            slots.append(a / b)
        else:
            slots.append(tanh(a) if operation == 4 else sin(a))
    return slots[-1]


class _Tape(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("operation", "first", "second")),
        *((name, ctypes.c_int64) for name in ("inputs", "parameters", "constants", "length")),
    ]


class ForC:
    """The arrays that the interpreter in C reads."""

    def __init__(self, graph: Graph) -> None:
        table = numpy.array(graph.instructions, dtype=numpy.uint32)
        self.operation = table[:, 0].astype(numpy.uint8)
        self.first, self.second = table[:, 1].copy(), table[:, 2].copy()
        addresses = (each.ctypes.data for each in (self.operation, self.first, self.second))
        self.tape = _Tape(*addresses, graph.inputs, len(graph.parameters), len(CONSTANTS), len(table))
        self.slots = graph.results + len(table)
