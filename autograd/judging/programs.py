"""An expression as a list of steps, every part of it once: computed at many points, and changed at one place.

Nothing here recurses: an answer may be a sum of thousands of terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import ops
from ..op import Op, flatten
from ..simplify import Power, Product, Sum, spread
from ..symbol import Call, Expression, Symbol


class Step(NamedTuple):
    """A number, a symbol, or an operation on the results of earlier steps (with lists among them, as tuples)."""

    op: Op | None = None
    operands: tuple[Any, ...] = ()
    label: str = ""
    number: float = 0.0


class Program:
    """The steps of an expression. A symbol has a step for each place it stands at, everything else one.

    >>> x = Symbol("x")
    >>> Program(x * x + 1).at({"x": 3.0})
    10.0
    """

    def __init__(self, expression: Any) -> None:
        self.steps: list[Step] = []
        self._kept: list[Any] = []  # so that no two parts have one id
        self._place: dict[int, int] = {}
        stack = [(expression, False)]
        while stack:
            item, is_ready = stack.pop()
            if isinstance(item, Expression) and not isinstance(item, Symbol):
                if is_ready:
                    self._add(item)
                elif id(item) not in self._place:
                    stack.append((item, True))
                    stack += [(part, False) for part in reversed(list(_parts(item)))
                              if isinstance(part, Expression) and not isinstance(part, Symbol)]  # fmt: skip
        self._operand(expression)

    def _add(self, item: Any) -> None:
        if id(item) in self._place:
            return
        op, arguments = _as_operation(item)
        operands = tuple(
            tuple(map(self._operand, each)) if isinstance(each, tuple) else self._operand(each) for each in arguments
        )
        self._place[id(item)] = len(self.steps)
        self._kept.append(item)
        self.steps.append(Step(op, operands))

    def _operand(self, item: Any) -> int:
        """The place of a part; symbols and numbers get a step of their own."""
        if isinstance(item, Expression) and not isinstance(item, Symbol):
            return self._place[id(item)]
        self.steps.append(Step(label=item.label) if isinstance(item, Symbol) else Step(number=float(item)))
        return len(self.steps) - 1

    @property
    def labels(self) -> list[str]:
        """The symbols it uses, each once."""
        return list(dict.fromkeys(step.label for step in self.steps if step.label))

    def at(self, names: Mapping[str, float]) -> float:
        """The number it is where the symbols have those; raises the operations' own errors."""
        return self.results(names)[-1]  # a part comes before what it is a part of

    def results(self, names: Mapping[str, float]) -> list[float]:
        """The numbers of all steps."""
        results: list[float] = []
        for op, operands, label, number in self.steps:
            if op is None:
                results.append(names[label] if label else number)
            else:
                numbers = tuple(
                    tuple([results[i] for i in each]) if type(each) is tuple else results[each] for each in operands
                )
                results.append(float(op.compute(numbers, numbers)))
        return results

    def number_at(self, names: Mapping[str, float]) -> float | None:
        """`at`, or None where there is no finite number."""
        try:
            result = self.at(names)
        except (ArithmeticError, ValueError, TypeError):
            return None
        return result if math.isfinite(result) else None

    def with_step(self, index: int, step: Step) -> Program:
        """The program with another step in that place."""
        return self.with_steps([*self.steps[:index], step, *self.steps[index + 1 :]])

    def renamed(self, names: Mapping[str, str]) -> Program:
        """The program with other symbols."""
        return self.with_steps([step._replace(label=names.get(step.label, step.label)) for step in self.steps])

    def with_steps(self, steps: list[Step]) -> Program:
        """A program of those steps."""
        changed = Program.__new__(Program)
        changed.steps = steps
        return changed


def _parts(item: Any) -> Iterator[Any]:
    return flatten(_as_operation(item)[1])


def _as_operation(item: Any) -> tuple[Op, tuple[Any, ...]]:
    if isinstance(item, Sum):
        return ops.sum_, (item.terms,)
    if isinstance(item, Product):
        return _PRODUCT, (tuple(spread(item)),)
    if isinstance(item, Power):
        return ops.power, (item.base, item.exponent)
    if isinstance(item, Call):
        return item.op, item.arguments
    raise TypeError(f"{type(item).__name__} has no number")


# A product of many factors is no operation of the table; it has no place in a graph.
_PRODUCT = Op("product", "factors*", forward=math.prod, partials=())


def number_of(expression: Any, names: Mapping[str, float]) -> float:
    """The number of a short expression; NaN where it has none."""
    result = Program(expression).number_at(names)
    return math.nan if result is None else result
