"""What the page of a derivation says, in the order of a good teacher's board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .. import notation
from ..atoms import Derivative, Numeral
from ..page import Block, Equations, Heading, Page, Row, Sentence
from ..printers.abridged import abridged
from ..printers.factors import is_written_exactly
from ..printers.runs import shown
from ..simplify import Sum
from ..symbol import Expression, Symbol
from .cancelled import cancelled
from .kinks import kinks, phrase
from .numbers import is_lost_in, is_rounded

if TYPE_CHECKING:
    from ..value import Value
    from .chain import Line
    from .several import Derivations
    from .single import Derivation

_MOST_ROWS, _FIRST_ROWS, _LAST_ROWS = 24, 10, 6
_MOST_KINKS = 3
_LONGEST_INTEGER = 10**60  # a longer one is written as a power of ten


def page_of_one(derivation: Derivation, full: bool) -> Page:
    """The page of one derivative."""
    writer = _Writer(derivation, full)
    name, output = derivation.name, derivation.view.symbol(derivation.output)
    blocks: list[Block] = [Heading((name, ": how ", output, " changes with ", Symbol(name.variable)), 1)]
    if derivation.is_constant:
        blocks.append(Sentence((output, " does not depend on ", Symbol(name.variable), _namesake(derivation), ":")))
        blocks.append(Equations([Row(name, "=", 0)]))
        return Page(blocks, derivation.digits)
    if derivation.variable is derivation.output:
        return Page([*blocks, Equations([Row(name, "=", 1)])], derivation.digits)
    blocks += writer.forward(derivation.cone)
    blocks += writer.paths(derivation)
    blocks += writer.definitions(derivation.definitions)
    blocks.append(Heading(("The chain rule, from ", output, " back to ", Symbol(name.variable))))
    blocks.append(Equations(writer.line(derivation.line)))
    blocks += writer.uses(derivation.cone)
    blocks += writer.kinks(derivation.cone)
    blocks += writer.check(derivation)
    blocks += writer.update(derivation)
    return Page(blocks, derivation.digits)


def page_of_many(derivations: Derivations, full: bool) -> Page:
    """The page of the derivatives with respect to several variables: what they share is said once."""
    writer = _Writer(derivations, full)
    output = derivations.view.symbol(derivations.output)
    blocks: list[Block] = [Heading(("The derivatives of ", output), 1)]
    blocks += writer.forward(derivations.chain.cone)
    blocks += writer.definitions(derivations.chain.definitions)
    blocks.append(Heading(("The chain rule, from ", output, " back to each variable")))
    for one in writer.some(list(derivations.values()), blocks, "derivative"):
        if one.is_constant:
            blocks.append(Equations([Row(one.name, "=", 0, (output, " does not depend on it"))]))
            continue
        if one.variable not in derivations.chain.names:  # else it stands above, with what is shared
            blocks.append(Equations(writer.line(one.line)))
        rows = writer.update_rows(one)
        blocks += [Equations(rows)] if rows else []
    blocks += writer.uses(derivations.chain.cone)
    blocks += writer.kinks(derivations.chain.cone)
    blocks += writer.check_all(derivations)
    return Page(blocks, derivations.digits)


def equations_of(source: Derivation | Derivations, lines: Sequence[Line]) -> Page:
    """The equations of these lines, without words; of very many the first."""
    writer = _Writer(source, full=False)
    rows = [row for line in lines[:_MOST_ROWS] for row in writer.line(line)]
    return Page([Equations(rows or [Row(source.chain.leibniz(node), "=", 0) for node in source.chain.variables])],
                source.digits)  # fmt: skip


def _namesake(derivation: Derivation) -> str:
    """A hint for those who derive with respect to a node that only has the label of one of the graph."""
    labels = {derivation.view.name(node) for node in derivation.view.nodes}
    return " (its own node of that name is another one)" if derivation.name.variable in labels else ""


class _Writer:
    """The parts of a page; `full` leaves nothing out."""

    def __init__(self, source: Derivation | Derivations, full: bool) -> None:
        self.source = source
        self.view = source.view
        self.digits = source.digits
        self.full = full

    def short(self, expression: Any) -> Any:
        return expression if self.full else abridged(expression)

    # ------------------------------------------------------------ forward

    def forward(self, cone: Sequence[Value]) -> list[Block]:
        """The equations between the variables and the output, with their values."""
        computed = [node for node in cone if node.op is not None]
        if not computed:
            return []
        blocks: list[Block] = [Heading(("Forward: what lies between",))]
        rows: list[Row] = []
        for node in computed[:_MOST_ROWS] if not self.full else computed:
            value = Numeral(self.source.numbers[self.view.symbol(node)])
            formula = self.view.formula(node)
            is_lost = is_lost_in(value.number, self.source.with_numbers(formula))
            result = ("≈" if is_lost else self.sign(value), value)
            rows.append(Row(self.view.symbol(node), self.sign(formula), self.short(formula), (), result))
        blocks.append(Equations(rows))
        if len(rows) < len(computed):
            blocks.append(Sentence((_more(len(computed) - len(rows), "equation"),)))
        blocks += [Sentence(words) for words in self.source.changes]
        return blocks

    def some(self, items: list[Any], blocks: list[Block], word: str) -> Iterator[Any]:
        """The items, or the first of very many and a sentence with the number of the others."""
        kept = items if self.full or len(items) <= _MOST_ROWS else items[:_MOST_ROWS]
        yield from kept
        if len(kept) < len(items):
            blocks.append(Sentence((_more(len(items) - len(kept), word),)))

    # ------------------------------------------------------------ paths

    def paths(self, derivation: Derivation) -> list[Block]:
        """Every path where there are few, and the exact number always."""
        variable, output = Symbol(derivation.name.variable), self.view.symbol(derivation.output)
        count = f"{counted(derivation.paths)} path{'' if derivation.paths == 1 else 's'}"
        found = derivation.path_list
        told = ":" if found else "."
        blocks: list[Block] = [Heading(("Paths",)), Sentence((f"{count} from ", variable, " to ", output, told))]
        blocks += [Sentence(_path(path, self.full), item=True) for path in found or ()]
        return blocks

    # ------------------------------------------------------------ the chain rule

    def definitions(self, shared: Sequence[Line]) -> list[Block]:
        """What is used more than once, each under its name."""
        if not shared:
            return []
        blocks: list[Block] = [Heading(("What several derivatives share",))]
        for line in self.some(list(shared), blocks, "shared derivative"):
            blocks.append(Equations(self.line(line)))
        return blocks

    def line(self, line: Line) -> list[Row]:
        """∂L/∂w as Leibniz' product, as formulas, with numbers, and its value."""
        leibniz = self.source.chain.leibniz(line.node)
        substituted, value = self.source.with_numbers(line.symbolic), self.source.adjoints[line.node]
        factors = self.source.with_numbers(line.factors)
        forms = [line.leibniz, line.symbolic, cancelled(line.symbolic), substituted]
        if not _is_number(factors):  # A single factor is the value, but for the rounding of the computer.
            forms.append(factors)
        rows = [] if line.name == leibniz else [Row(line.name, "≡", leibniz)]
        seen = {self.look(leibniz)}
        total = Numeral(value)
        for form in (*forms, total):
            short = self.short(form)
            if self.look(short) not in seen:
                seen.add(self.look(short))
                is_lost = form is total and is_lost_in(value, substituted, factors)
                rows.append(Row(None if rows else leibniz, "≈" if is_lost else self.sign(form), short))
        return rows

    def look(self, expression: Any) -> Any:
        """What forms that look alike have in common: a number and a numeral are one, and what rounds to one is one."""
        if isinstance(expression, Numeral):
            expression = float(expression.number)
        if isinstance(expression, Fraction) and not is_written_exactly(expression, self.digits):
            expression = float(expression)
        return f"{expression:.{self.digits}g}" if isinstance(expression, (int, float)) else expression

    def sign(self, expression: Any) -> str:
        return "≈" if is_rounded(expression, self.digits) else "="

    def uses(self, cone: Sequence[Value]) -> list[Block]:
        """The local derivatives that are sums, because a node uses another more than once."""
        inside = set(cone)
        edges = [edge for node in cone for edge in self.view.edges(node) if edge.parent in inside]
        found = [(edge, uses) for edge in edges if len(uses := [use for use in edge.uses if not _is_zero(use)]) > 1]
        if not found:
            return []
        blocks: list[Block] = [Heading(("Used more than once: the derivative is the sum over the uses",))]
        for edge, uses in self.some(found, blocks, "such sum"):
            parent, child = self.view.symbol(edge.parent), self.view.symbol(edge.child)
            rows = [Row(Derivative(child.label, parent.label), self.sign(Sum(uses)), self.short(Sum(uses)))]
            if edge.derivative != Sum(uses):
                rows.append(Row(None, self.sign(edge.derivative), self.short(edge.derivative)))
            times = "twice" if len(uses) == 2 else f"{len(uses):,} times"
            blocks.append(Sentence((child, " uses ", parent, f" {times}:")))
            blocks.append(Equations(rows))
        return blocks

    def kinks(self, cone: Sequence[Value]) -> list[Block]:
        """Where the function has a kink, what its slope is there, and on which side of it we are."""
        found = list(kinks(self.view, cone))
        blocks: list[Block] = []
        before = None
        for kink in found if self.full else found[:_MOST_KINKS]:
            blocks.append(Sentence(phrase(kink, self.view, is_known=kink.node.op is before)))
            before = kink.node.op
        if len(blocks) < len(found):
            blocks.append(Sentence((_more(len(found) - len(blocks), "kink"),)))
        return blocks

    # ------------------------------------------------------------ checks and updates

    def check(self, derivation: Derivation) -> list[Block]:
        """How closely central differences agree."""
        return [Heading(("Check",)), Sentence(agreement(derivation))]

    def check_all(self, derivations: Derivations) -> list[Block]:
        """The derivative on which central differences agree least; of the first two dozen, for each takes its time."""
        ones = [one for one in derivations.values() if not one.is_constant][:_MOST_ROWS]
        if not ones:
            return []
        worst = max(ones, key=lambda one: (is_wrong(one), one.disagreement))
        told = f"Of the first {len(ones)} derivatives" if len(ones) < len(derivations) else "Of all derivatives"
        return [
            Heading(("Check",)),
            Sentence((f"{told}, central differences agree least on ", worst.name, ".")),
            Sentence(agreement(worst)),
        ]

    def update(self, derivation: Derivation) -> list[Block]:
        rows = self.update_rows(derivation)
        return [Heading(("Update",)), Equations(rows)] if rows else []

    def update_rows(self, derivation: Derivation) -> list[Row]:
        """The update rule, the rule with numbers, and the new weight."""
        step = derivation.step
        if step is None:
            return []
        weight = self.view.symbol(derivation.variable)
        rows = [Row(weight, "←", step.rule)]
        with_numbers = self.source.with_numbers(step.with_rate)
        rows.append(Row(None, self.sign(with_numbers), with_numbers))
        return [*rows, Row(None, self.sign(Numeral(step.result)), Numeral(step.result))]


def _more(count: int, word: str) -> str:
    return f"… and {count:,} more {word}{'' if count == 1 else 's'}."


def counted(number: int) -> str:
    """An integer with its digits in groups; one that is too long to read as a power of ten.

    >>> counted(1234567), counted(2**1000)
    ('1,234,567', 'about 1.07×10³⁰¹ (exactly: .paths)')
    """
    if number < _LONGEST_INTEGER:
        return f"{number:,}"
    # Python refuses to write integers of more than 4,300 digits, and floats end at 10³⁰⁸.
    exponent = int((number.bit_length() - 1) * 0.30102999566398120)
    mantissa = number // 10 ** (exponent - 2)
    if mantissa >= 1000:
        exponent, mantissa = exponent + 1, mantissa // 10
    return f"about {shown(mantissa / 100)}×10{notation.raised(str(exponent))} (exactly: .paths)"


def _is_number(expression: Any) -> bool:
    return isinstance(expression, Numeral) or not isinstance(expression, Expression)


def _is_zero(expression: Any) -> bool:
    return not isinstance(expression, Expression) and expression == 0


def _path(path: Sequence[str], full: bool) -> list[Any]:
    if len(path) > _MOST_ROWS and not full:
        omitted = len(path) - _FIRST_ROWS - _LAST_ROWS
        return [*_arrows(path[:_FIRST_ROWS]), f" → … ({omitted:,} more) → ", *_arrows(path[-_LAST_ROWS:])]
    return _arrows(path)


def _arrows(path: Sequence[str]) -> list[Any]:
    return [part for label in path for part in (" → ", Symbol(label))][1:]


def is_wrong(derivation: Derivation) -> bool:
    """Whether neither differences nor what was measured along the graph is the derivative."""
    differences = derivation.differences
    if differences is not None and differences.confirms(derivation.value, derivation.scale):
        return False
    return derivation.is_confirmed is False


def agreement(derivation: Derivation) -> list[Any]:
    """How closely central differences agree, in words; where they are worth nothing, what single operations give."""
    told: list[Any]
    differences = derivation.differences
    if differences is None:
        told = ["Central differences cannot be taken here: a point of theirs is outside of the domain, or infinite"]
        return [*told, *_by_graph(derivation)]
    found, apart = Numeral(derivation.value, 9), Numeral(abs(differences.slope - derivation.value), 2)
    step, slope = Numeral(differences.step, 2), Numeral(differences.slope, 9)
    told = ["Central differences with a step of ", step, " give ", slope]
    sides = [Numeral(differences.left), " on the left and ", Numeral(differences.right), " on the right"]
    if differences.is_bent and derivation.is_confirmed is None:
        return [*told, ": the slope is ", *sides, ", and at a kink the ", found, " of backpropagation is a convention."]
    if differences.confirms(derivation.value, derivation.scale):
        return [*told, "; backpropagation gives ", found, ", ", apart, " apart."]
    if is_wrong(derivation):
        return [*told, ", and backpropagation ", found, ": they do not agree; the slope is ", *sides, "."]
    if differences.rounding > 0.5 * differences.error:
        told += [", but rounding may change that by ", Numeral(differences.rounding, 2)]
    else:
        told += [", but the slope changes too much within a step"]
    return [*told, *_by_graph(derivation)]


def _by_graph(derivation: Derivation) -> list[Any]:
    """The rest of a sentence: what was measured operation by operation, where differences of the whole say nothing."""
    found = Numeral(derivation.value, 9)
    if derivation.is_confirmed is None:
        return [". So they say nothing about the ", found, " of backpropagation."]
    slope, apart = derivation.measured.slope, abs(derivation.measured.slope - derivation.value)
    told = [". Taken operation by operation, without loss of digits, the slope is ", Numeral(slope, 9)]
    if not derivation.is_confirmed:
        return [*told, ", and backpropagation gives ", found, ": they do not agree."]
    return [*told, "; backpropagation gives ", found, ", ", Numeral(apart, 2), " apart."]
