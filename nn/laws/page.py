"""What the page of the general laws says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from autograd.atoms import Derivative, IndexSum
from autograd.derivation.numbers import is_rounded, replaced
from autograd.page import Block, Equations, Heading, Page, Phrase, Row, Sentence
from autograd.printers.abridged import abridged
from autograd.simplify import simplify
from autograd.symbol import Symbol

from .finding import Law
from .indices import Family, Place, extent, written

if TYPE_CHECKING:
    from .lawbook import Lawbook
    from .recursion import Step
    from .rules import Rules

_DIGITS = 4
_MOST = 6  # exceptions that are shown, and names in a list


def page_of(rules: Rules, full: bool) -> Page:
    """The laws, what breaks them, the recursion, the updates, and what was checked."""
    writer = _Writer(rules, full)
    loss = Symbol(rules.book.loss_label)
    blocks: list[Block] = [Heading(("The general laws: how ", loss, " changes with every weight"), 1)]
    blocks += writer.indices()
    if not rules.book.is_deep:
        blocks += writer.laws()
    blocks += writer.recursion()
    blocks += writer.updates()
    blocks += writer.checks()
    return Page(blocks, _DIGITS)


class _Writer:
    """The parts of the page; `full` leaves nothing out."""

    def __init__(self, rules: Rules, full: bool) -> None:
        self.rules = rules
        self.book: Lawbook = rules.book
        self.full = full

    def short(self, expression: Any) -> Any:
        return expression if self.full else abridged(expression)

    def row(self, left: Any, right: Any, remark: Sequence[Any] = ()) -> Row:
        """left = right, or ≈ where a number is written with fewer digits than it has."""
        return Row(left, "≈" if is_rounded(right, _DIGITS) else "=", self.short(right), remark)

    # ------------------------------------------------------------ indices

    def indices(self) -> list[Block]:
        """What the letters mean, and which weight is which where the notation counts weights in one row."""
        weights = [law.variable for law in self.book.parameters.values() if law.family.kind == "weight"]
        pairs = [place for place in weights if len(place.letters) == 2]
        blocks: list[Block] = []
        if pairs:
            source, target = pairs[0].letters
            verb = "leads" if len(pairs) == 1 else "lead"
            told: list[Any] = [*self.named([place.label for place in pairs]), f" {verb} from unit ", Symbol(source)]
            told += [" of one layer to unit ", Symbol(target), " of the next"]
            if any(_sums(law.right) for law in self.book.inner.values()):
                told += ["; a sum over ", Symbol("k"), " goes over all units of the layer after that"]
            blocks.append(Sentence((*told, ".")))
        for family, members in self.renamed().items():
            blocks.append(Sentence((*self.listed_names(family, members), "."), item=True))
        rows = [self.row(Symbol(label), formula) for label, formula in self.book.unlabelled().items()]
        return [*blocks, Equations(rows)] if rows else blocks

    def renamed(self) -> dict[Family, list[Place]]:
        """The parameters that are called otherwise than their place."""
        found: dict[Family, list[Place]] = {}
        for position in self.book.positions:
            if not self.book.shared(position.place) and self.book.label_at(position.place) != position.place.label:
                found.setdefault(position.place.family, []).append(position.place)
        return found

    def listed_names(self, family: Family, places: Sequence[Place]) -> list[Any]:
        """w_11 is w_1, w_21 is w_2, …, w_22 is w_4."""
        kept = list(places) if self.full or len(places) <= _MOST else [*places[: _MOST - 2], None, places[-1]]
        told: list[Any] = []
        for place in kept:
            told += [", "] if told else []
            told += ["…"] if place is None else [written(place), " is ", Symbol(self.book.label_at(place))]
        return told

    # ------------------------------------------------------------ laws

    def laws(self) -> list[Block]:
        """One equation for every kind of parameter, the output layer first."""
        blocks: list[Block] = [Heading(("The laws",))]
        ordered = self.book.from_the_output_back(self.book.whole)
        for _, group in groupby(ordered, key=lambda law: law.family.layer):
            laws = list(group)
            rows = [
                self.row(written(law.variable), written(law.right), self.ranges(law))
                for law in laws if law.right is not None
            ]  # fmt: skip
            blocks += [Equations(rows)] if rows else []
            for law in laws:
                blocks += self.broken(law)
        return blocks

    def ranges(self, law: Law) -> list[Any]:
        """i = 1, 2; j = 1, 2, 3."""
        sizes = dict(zip(law.letters, law.family.sizes, strict=False))
        sizes = {letter: size for letter, size in sizes.items() if size > 1}
        sizes.update((each.index, extent(each.body, each.index)) for each in _sums(law.right))
        told: list[Any] = []
        for letter, size in sizes.items():
            told += ["; "] if told else []
            told += [Symbol(letter), f" = {_range(1, size)}"]
        return told

    def broken(self, law: Law) -> list[Block]:
        """Which weights break the law: each with its own derivative, or with the unit that is the reason."""
        step = self.book.parameters.get(law.family, law)
        own = list(step.exceptions)
        inherited = [each for each in law.exceptions if each not in step.exceptions]
        if law.right is None:
            return self.lawless(law)
        blocks = self.exceptions(law, own)
        if inherited:
            labels = [self.book.name_at(Place(law.family, each)) for each in inherited]
            verb = _verb(labels)
            units = {place.label: place for place in self.units(step, inherited)}
            slopes = _listed([Derivative(self.book.loss_label, label) for label in units])
            blocks.append(Sentence((*self.named(labels), f" {verb} the law of ", written(law.variable), ", because of ",
                                    *slopes, " (below).")))
        return blocks

    def units(self, law: Law, members: Sequence[tuple[int, ...]]) -> Iterator[Place]:
        """The units that are exceptions themselves, of weights that inherit this."""
        for each in members:
            for place in _derivatives(law.right):
                inner = self.book.inner.get(place.family)
                found = place.at(law.env(each))
                if inner is not None and found.indices in inner.exceptions:
                    yield found

    def exceptions(self, law: Law, members: Sequence[tuple[int, ...]]) -> list[Block]:
        """Those that break a law, each with its own derivative."""
        blocks: list[Block] = []
        variable = written(law.variable)
        labels = [self.book.name_at(Place(law.family, each)) for each in members]
        for each, label in list(zip(members, labels, strict=True))[: None if self.full else _MOST]:
            told = [Symbol(label), " breaks the law of ", variable, *self.reason(law.family, each), ":"]
            blocks.append(Sentence(told))
            blocks.append(Equations([self.own_row(law, each)]))
        if len(blocks) < 2 * len(labels):
            blocks.append(Sentence(("So do ", *self.named(labels[len(blocks) // 2 :]), ".")))
        return blocks

    def own_row(self, law: Law, each: tuple[int, ...]) -> Row:
        variable = self.book.concrete(Place(law.family, each, law.variable.output))
        return self.row(variable, self.book.concrete(law.exceptions[each]))

    def reason(self, family: Family, each: tuple[int, ...]) -> list[Any]:
        """That a weight is shared, if it is."""
        others = self.book.shared(Place(family, each))
        return [", for it is the same Value as ", *self.named(others)] if others else []

    def named(self, labels: Sequence[str]) -> list[Any]:
        """Symbols as a list in words."""
        return self.some([Symbol(label) for label in labels])

    def some(self, items: Sequence[Any]) -> list[Any]:
        """The items as a list in words; of very many the first."""
        if self.full or len(items) <= _MOST:
            return _listed(items)
        return [*_listed(items[:_MOST], last=", "), f" and {len(items) - _MOST:,} more"]

    def lawless(self, law: Law) -> list[Block]:
        """That there is no common law, with the derivatives of the first."""
        rows = [self.own_row(law, each) for each in list(law.exceptions)[: None if self.full else 3]]
        count = len(law.exceptions)
        which = f"the first {len(rows)} of {count} are" if len(rows) < count else "each is another"
        return [Sentence((written(law.variable), f" follows no common law; {which}:")), Equations(rows)]

    # ------------------------------------------------------------ recursion

    def recursion(self) -> list[Block]:
        """The laws with δ, from the output back."""
        blocks: list[Block] = [Heading(("Layer by layer, with ", Symbol("delta")))]
        for step in self.rules.inner_steps:
            blocks += self.step(step)
        rows = [self.step_row(step) for step in self.rules.outer_steps if step.right is not None]
        blocks += [Equations(rows)] if rows else []
        if self.book.is_deep:
            for law in self.book.parameters.values():
                blocks += self.lawless(law) if law.right is None else self.exceptions(law, list(law.exceptions))
        return blocks

    def step(self, step: Step) -> list[Block]:
        """δ ≡ ∂L/∂a = …, and what breaks it."""
        rows = [Row(step.left, "≡", step.meaning)] if step.meaning is not None else []
        if step.right is None:
            return [*([Equations(rows)] if rows else []), *self.lawless(step.laws[0])]
        rows.append(self.step_row(step, is_continued=bool(rows)))
        law = step.laws[0]
        return [Equations(rows), *self.exceptions(law, list(law.exceptions))]

    def step_row(self, step: Step, is_continued: bool = False) -> Row:
        remark = _layers(step) if len(step.laws) > 1 else self.ranges(step.laws[0])
        return self.row(None if is_continued else step.left, step.right, remark)

    # ------------------------------------------------------------ updates

    def updates(self) -> list[Block]:
        """The update rules of all kinds of parameters."""
        rule = self.rules.update
        if rule is None:
            return []
        rows: list[Row] = []
        for step in self.rules.outer_steps:
            weight = Symbol(step.left.variable)
            rows.append(Row(weight, "←", simplify(rule(weight, step.left)), _layers(step)))
            if step.right is not None:
                rows.append(self.row(None, simplify(rule(weight, step.right))))
        return [Heading(("The update rules",)), Equations(rows)]

    # ------------------------------------------------------------ checks

    def checks(self) -> list[Block]:
        """What was compared."""
        counts: dict[str, int] = {}
        for position in self.book.positions:
            kind = position.place.family.kind
            counts[kind] = counts.get(kind, 0) + 1
        told = f"Checked against {_counted(counts)}: each derivation was compared with the law, term by term, "
        told += "and its number, at random weights, with the one that backpropagation computes."
        return [Heading(("Check",)), Sentence((told,)), *map(Sentence, self.sampled()), Sentence(self.verdict())]

    def sampled(self) -> Iterator[Phrase]:
        """Of which parameters not all numbers were compared."""
        for law in self.book.whole.values():
            compared, count = len(self.book.compared(law.family)), len(self.book.members(law.family))
            if compared < count:
                variable = written(Place(law.family, law.variable.indices))
                yield "Numbers were compared for ", f"{compared:,} of the {count:,} ", variable, "."

    def verdict(self) -> Phrase:
        """Who breaks a law, in one sentence."""
        weights = [
            self.book.name_at(Place(law.family, each))
            for law in self.book.whole.values() for each in law.exceptions
        ]  # fmt: skip
        slopes = [
            self.book.concrete(Place(law.family, each, law.variable.output))
            for law in self.book.inner.values() for each in law.exceptions
        ]  # fmt: skip
        if not weights and not slopes:
            return ["All of them follow the laws."]
        told: list[Any] = [*self.named(weights), f" {_verb(weights)} a law; "] if weights else []
        none = "follows no law of its layer" if len(slopes) == 1 else "follow no law of their layer"
        told += [*self.some(slopes), f" {none}; "] if slopes else []
        return [*told, "all others follow them."]


def _verb(subjects: Sequence[Any]) -> str:
    return "breaks" if len(subjects) == 1 else "break"


def _layers(step: Step) -> list[Any]:
    """l = 1, 2: the layers that share a law."""
    layers = step.layers
    if len(layers) == 1:
        return []
    is_row = layers == list(range(layers[0], layers[-1] + 1))
    return [Symbol("l"), f" = {_range(layers[0], layers[-1]) if is_row else ', '.join(map(str, layers))}"]


def _range(first: int, last: int) -> str:
    return ", ".join(map(str, range(first, last + 1))) if last - first < 3 else f"{first}, …, {last}"


def _sums(expression: Any) -> list[IndexSum]:
    """The sums over an index, from the outside in."""
    found: list[IndexSum] = []
    stack = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, IndexSum):
            found.append(item)
            stack.append(item.body)
        else:
            stack += [*getattr(item, "terms", ()), *getattr(item, "factors", ()), *getattr(item, "arguments", ())]
    return found


def _derivatives(expression: Any) -> list[Place]:
    found: list[Place] = []
    replaced(expression, lambda atom: found.append(atom) if isinstance(atom, Place) and atom.output else None)
    return found


def _listed(items: Sequence[Any], last: str = " and ") -> list[Any]:
    """a, b and c."""
    told: list[Any] = []
    for index, item in enumerate(items):
        told += [] if not index else [last if index == len(items) - 1 else ", "]
        told.append(item)
    return told


def _counted(counts: Mapping[str, int]) -> str:
    """All 12 weights and 5 biases."""
    names = {"weight": ("weight", "weights"), "bias": ("bias", "biases"), "gamma": ("scale", "scales"),
             "beta": ("shift", "shifts")}  # fmt: skip
    parts = [f"{count:,} {names[kind][count != 1]}" for kind, count in counts.items()]
    return ("all " if max(counts.values()) > 1 else "") + "".join(_listed(parts))
