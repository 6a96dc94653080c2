"""One derivative, written out: the line of the chain rule, its paths, its check and its forms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import notation
from ..atoms import Derivative, Numeral
from ..errors import OperandError
from ..graph import depending_on
from ..measuring import Measured, measured
from ..op import describe
from ..page import Page
from ..printers.python import python
from ..printers.runs import shown
from ..printers.spreadsheet import spreadsheet
from ..simplify import simplify
from ..symbol import Expression, Symbol
from .chain import Chain, Line
from .composition import equations_of, page_of_one
from .names import called, identifiers
from .numbers import Differences, central_differences, grouped, pieces, replaced
from .source import Source, Sourced

if TYPE_CHECKING:
    from ..value import Value
    from ..views import Edge

_FEW = 6  # paths that are listed one by one
_UNDERFLOW = 1e-200
_LONGEST_CELL = 8192  # characters of a formula in a spreadsheet


class Step(NamedTuple):
    """An update: the rule with η, the rule with its rate, and the new weight."""

    rule: Any
    with_rate: Any
    result: float


class Derivation(Sourced):
    """∂output/∂variable, written out; made by `derive`.

    >>> from autograd import Value, derive
    >>> from autograd.printers.text import text
    >>> x = Value(3.0, label="x")
    >>> y = (x * x).named("y")
    >>> d = derive((2 * y + x).named("L"), x)
    >>> d.value, d.paths, d.path_list
    (13.0, 2, (('x', 'y', 'L'), ('x', 'L')))
    >>> text(d.leibniz), text(d.symbolic), text(d.factors)
    ('∂L/∂y · ∂y/∂x + ∂L/∂x', '4x + 1', '2·6 + 1')

    `value` is the number; `leibniz`, `symbolic`, `substituted` and `factors` are the line of the chain rule in Leibniz'
    factors, as formulas, with numbers for the symbols and with a number for each factor; `definitions` are the lines of
    what it shares. `paths` is the exact number of paths in the view shown, `path_list` the paths themselves (labels),
    or None where there are more than a few. `text`, `latex`, `markdown`, `html`, `python` and `spreadsheet` are its
    forms.
    """

    def __init__(self, source: Source, chain: Chain, variable: Value, digits: int, update: Any) -> None:
        super().__init__(source, chain, digits)
        self.variable = variable
        self._update = update

    # ------------------------------------------------------------ numbers

    @property
    def is_constant(self) -> bool:
        """Whether the output does not depend on the variable."""
        return not self.chain.cone or self.variable not in self.chain.consumers

    @property
    def value(self) -> float:
        """The derivative as a number: what `backward` puts into `variable.grad`."""
        return 0.0 if self.is_constant else float(self.source.adjoints[self.variable])

    @cached_property
    def paths(self) -> int:
        """The exact number of paths from the variable to the output, in the view shown; counted, not enumerated."""
        if self.is_constant:
            return 0
        counts: dict[Value, int] = {self.output: 1}
        for node in reversed(self.chain.cone):
            if node is not self.output:
                counts[node] = sum(counts[edge.child] * self._ways(edge) for edge in self.chain.consumers[node])
        return counts[self.variable]

    def _ways(self, edge: Edge) -> int:
        """In the primitive view x·x has two edges from x."""
        return len(edge.uses) if self.view.detail == "primitive" else 1

    def _only_way(self, node: Value) -> Edge | None:
        edges = [] if node is self.output else self.chain.consumers[node]
        return edges[0] if len(edges) == 1 and self._ways(edges[0]) == 1 else None

    @cached_property
    def path_list(self) -> tuple[tuple[str, ...], ...] | None:
        """The paths as labels from the variable to the output; None where there are more than six."""
        if self.paths > _FEW:
            return None
        found: list[tuple[str, ...]] = []
        stack: list[tuple[Value, tuple[str, ...]]] = [] if self.is_constant else [(self.variable, ())]
        while stack:
            node, before = stack.pop()
            path = [*before, self.view.name(node)]
            # A stretch without a fork is followed at once: a path may be thousands of nodes long.
            while (edge := self._only_way(node)) is not None:
                node = edge.child
                path.append(self.view.name(node))
            if node is self.output:
                found.append(tuple(path))
            else:
                ways = [edge.child for edge in self.chain.consumers[node] for _ in range(self._ways(edge))]
                stack += [(child, tuple(path)) for child in reversed(ways)]
        return tuple(found)

    @cached_property
    def differences(self) -> Differences | None:
        """The derivative by central differences; None where one of their points is outside of the domain."""
        return central_differences(self.source.order, self.source.leaves, self.variable)

    @property
    def scale(self) -> float:
        """How large the derivative might be: of the output's size per unit of the variable's."""
        return abs(self.output.data) / max(1.0, abs(self.source.number(self.variable)))

    @cached_property
    def measured(self) -> Measured:
        """The derivative along the graph, by the complex step or the differences of single operations."""
        wanted = depending_on([self.variable], self.source.order)
        return measured(self.source.order, wanted).get(self.variable, Measured(0.0, math.inf))

    @property
    def is_confirmed(self) -> bool | None:
        """Whether what was measured agrees with the value; None if nothing could be measured."""
        slope, error, paths = self.measured
        largest = max(abs(slope), abs(self.value))
        if error > 1e-3 * largest:  # 0 is known less sharply: as a difference of what was added up
            return True if largest <= 3 * error <= 1e-6 * paths + _UNDERFLOW else None
        return abs(slope - self.value) <= 1e-6 * abs(self.value) + 10 * error

    @property
    def disagreement(self) -> float:
        """How far central differences are from the value, relative to it; 0 where they cannot be taken."""
        if self.differences is None:
            return 0.0
        return abs(self.differences.slope - self.value) / max(abs(self.value), self.scale, 1e-300)

    # ------------------------------------------------------------ the line

    @property
    def name(self) -> Derivative:
        """∂output/∂variable."""
        return self.chain.leibniz(self.variable)

    @property
    def line(self) -> Line:
        """The derivative in its three forms."""
        return Line(self.chain, self.variable)

    @property
    def leibniz(self) -> Any:
        """The chain rule in Leibniz' factors: ∂L/∂y · ∂y/∂a · ∂a/∂w."""
        return self.line.leibniz

    @property
    def symbolic(self) -> Any:
        """The same with each factor replaced by its local derivative: (y − t)·y(1 − y)·x."""
        return self.line.symbolic

    @property
    def substituted(self) -> Any:
        """The same with numbers for the symbols: (0.8 − 1)·0.8(1 − 0.8)·0.5."""
        return self.with_numbers(self.symbolic)

    @property
    def factors(self) -> Any:
        """The same with one number for each factor of Leibniz' line: (−0.2)·0.16·0.5."""
        return self.with_numbers(self.line.factors)

    @cached_property
    def definitions(self) -> Sequence[Line]:
        """The lines of what this derivative shares: ∂L/∂node of nodes that are used more than once, or the δ."""
        used = set(_atoms(self.line.leibniz))
        found: list[Line] = []
        for line in reversed(self.chain.definitions):  # One stands after those that it uses.
            if line.name in used and line.node is not self.variable:
                used.update(_atoms(line.leibniz))
                found.append(line)
        return found[::-1]

    @cached_property
    def cone(self) -> list[Value]:
        """The nodes between the variable and the output, in topological order."""
        return self.view.cone(self.output, self.variable)

    def values_by_name(self) -> dict[Any, float]:
        """The derivative as a number, by ∂L/∂w."""
        return {self.name: self.value}

    @cached_property
    def step(self) -> Step | None:
        """The update of the variable, if `derive` was given one."""
        if self._update is None:
            return None
        weight, gradient = self.view.symbol(self.variable), self.name
        rate = Symbol("eta")
        if not callable(self._update):
            rule: Any = simplify(weight - rate * gradient)
            with_rate = replaced(rule, lambda atom: Numeral(self._update) if atom == rate else atom)
            return Step(rule, with_rate, self.source.number(self.variable) - self._update * self.value)
        rule = simplify(self._updated(weight, gradient))
        return Step(rule, rule, float(self._updated(self.source.number(self.variable), self.value)))

    def _updated(self, weight: Any, gradient: Any) -> Any:
        """The new weight by the rule that `derive` was given: as a formula, or as a number."""
        try:
            found = self._update(weight, gradient)
        except Exception as error:  # A rule from outside may do with a symbol whatever it likes.
            raise OperandError(
                "the update rule could not be applied to a weight and its gradient, which are symbols here:"
                f" {type(error).__name__}: {error}; write it as a formula, such as lambda w, g: w - 0.1 * g",
                op="derive",
            ) from error
        if not isinstance(found, (Expression, int, float)):
            raise OperandError("an update rule takes a weight and its gradient and gives the new weight;"
                               f" it gave {describe(found)}", op="derive")  # fmt: skip
        return found

    # ------------------------------------------------------------ forms

    def page(self, full: bool = False) -> Page:
        """What the derivation says, before it is written in some form."""
        return page_of_one(self, full)

    def equations(self) -> Page:
        """The lines of the chain rule alone, as a page without words."""
        return equations_of(self, [] if self.is_constant else [*self.definitions, self.line])

    def python(self) -> str:
        """A Python expression in the labels' identifiers that evaluates to the derivative.

        >>> from autograd import Value, derive, sigmoid
        >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
        >>> y = sigmoid(w * x).named("y")
        >>> derive(y, w).python()
        'y * (1 - y) * x'

        What is shared is computed once, by assignment expressions. `variables` has the numbers of the names. Raises
        LabelError if two labels become one name, or one that of a function in the formula.
        """
        parts = tuple(line.symbolic for line in self.definitions), self.symbolic
        names = identifiers([*self.source.numbers, *(line.name for line in self.definitions)], called(parts))

        def write(expression: Any) -> str:
            return python(grouped(replaced(expression, lambda atom: Symbol(names[atom]))))

        shared = [f"({names[line.name]} := {write(line.symbolic)})" for line in self.definitions]
        return f"({', '.join(shared)}, {write(self.symbolic)})[-1]" if shared else write(self.symbolic)

    @property
    def variables(self) -> dict[str, float]:
        """The numbers of the forward pass by identifier: what `python()` needs besides the functions."""
        names = identifiers(self.source.numbers)
        return {names[symbol]: number for symbol, number in self.source.numbers.items()}

    def spreadsheet(self, cells: Mapping[str, str] | None = None) -> str:
        """A formula for a cell of LibreOffice or Excel; `cells` says where each label's number stands.

        >>> from autograd import Value, derive
        >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
        >>> derive((w * x * x).named("L"), w).spreadsheet({"x": "B3"})
        '=(B3^2)'

        A label that is not among `cells` is written as a defined name. Raises OperandError if the formula is longer
        than a cell can hold (8,192 characters).
        """
        # What is shared multiplies: its symbols are counted before it is put in.
        counts: dict[Any, int] = {}
        for line in self.definitions:
            counts[line.name] = _count(line.symbolic, counts)
        if (count := _count(self.symbolic, counts)) > _LONGEST_CELL:
            raise _too_long(count)
        known: dict[Any, Any] = {}
        for line in self.definitions:
            known[line.name] = replaced(line.symbolic, lambda atom: known.get(atom, atom))
        formula = "=" + spreadsheet(replaced(self.symbolic, lambda atom: known.get(atom, atom)), cells)
        if len(formula) > _LONGEST_CELL:
            raise _too_long(len(formula))
        return formula

    def __repr__(self) -> str:
        written = notation.text(self.name.variable)
        return (
            f"<derivation of ∂{notation.text(self.name.output)}/∂{written} = {shown(self.value, 6)}; "
            ".text(), .latex(), .markdown(), .html(), .python(), .spreadsheet()>"
        )


def _count(expression: Any, counts: Mapping[Any, int]) -> int:
    """The number of symbols in an expression in which what has `counts` is put in."""
    return sum(counts.get(atom, 1) for atom in _atoms(expression))


def _too_long(length: int) -> OperandError:
    return OperandError(f"this formula would have {length:,} characters or more, and a cell holds {_LONGEST_CELL:,};"
                        " give what is shared cells of its own: derive the inner nodes one by one", op="spreadsheet")


def _atoms(expression: Any) -> Iterator[Any]:
    return (item for item in pieces(expression) if isinstance(item, (Symbol, Derivative)))
