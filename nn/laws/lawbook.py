"""The laws of a network: its derivations, sorted by layer and kind, and what those of one kind have in common.

Every weighted sum a_j of the network gets a line of its own, ∂L/∂a_j, so that the lines are short, and linear in the
size of the graph however many paths there are. The laws of the lines are then put together: where the law of ∂L/∂w_ij
has ∂L/∂a_j in it, the law of that can stand in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from autograd import AutogradError, Derivations, Value, derive
from autograd.atoms import Derivative
from autograd.derivation.cancelled import cancelled
from autograd.derivation.numbers import replaced
from autograd.symbol import Symbol
from autograd.views import View

from ..layers import Layer, Network
from .finding import Law, law_of, number_of
from .indices import Family, Place, delta_family, network_places, placed, places_in, symbols_in
from .insertion import inlined, pulled_in

MOST_NUMBERS = 1000  # of the weights of a layer, whose law is also computed and compared as a number


class Position(NamedTuple):
    """Where a parameter stands in the network; a parameter that is shared stands at several positions."""

    place: Place
    label: str
    parameter: Value


class Lawbook:
    """The laws of the loss `output` of one sample: `parameters` has one for each family of weights and biases, `inner`
    one for everything that they share, such as ∂L/∂a_j."""

    def __init__(self, net: Network, output: Value) -> None:
        self.net = net
        self.output = output
        self.places = network_places(net)
        self.positions = list(self._positions())
        self.sums = _weighted_sums(net, View(output))
        parameters = dict.fromkeys(position.parameter for position in self.positions)
        self.derivations: Derivations = derive(
            output, [*parameters, *(node for row in self.sums for node in row.values())]
        )  # fmt: skip
        self.view = self.derivations.view
        self.variables = self._variables()
        inner, lines = self._definitions(), self._lines()
        self._all = {**inner, **lines}
        self.inner = {family: self._law(family, members) for family, members in inner.items()}
        self.parameters = {family: self._law(family, members) for family, members in lines.items()}

    # ------------------------------------------------------------ derivations, sorted

    def _positions(self) -> Iterator[Position]:
        names, number = self.net.notation, 0
        for layer in self.net.layers:
            number += isinstance(layer, Layer)
            if not isinstance(layer, Layer):
                for parameter in layer.parameters():
                    yield Position(self.places[parameter.label], parameter.label, parameter)
                continue
            for j, neuron in enumerate(layer.neurons, 1):
                own = [(names.weight(number, i, j), weight) for i, weight in enumerate(neuron.w, 1)]
                for label, parameter in own + ([] if neuron.b is None else [(names.bias(number, j), neuron.b)]):
                    yield Position(self.places[label], label, parameter)

    def _variables(self) -> dict[str, Place]:
        """The place of everything that is derived by, by label; what has no place of its own is a family of one."""
        names = [self.view.name(line.node) for line in self.derivations.definitions]
        found = {name: self.places.get(name) or Place(Family("", 0, name), ()) for name in names}
        for position in self.positions:
            found.setdefault(self.view.name(position.parameter), position.place)
        for row in self.sums:
            family = self.places[self.view.name(next(iter(row.values())))].family
            found.update((self.view.name(node), Place(family, (j,))) for j, node in row.items())
        return found

    @property
    def loss_label(self) -> str:
        """What the loss is called."""
        return self.view.name(self.output)

    @property
    def sum_families(self) -> list[Family]:
        """The family of the weighted sums of each layer."""
        return [self.variables[self.view.name(next(iter(row.values())))].family for row in self.sums]

    @cached_property
    def deltas(self) -> dict[Family, Family]:
        """The δ of each family of weighted sums."""
        return {family: delta_family(family, self.net.notation) for family in self.sum_families}

    @property
    def is_deep(self) -> bool:
        """Whether the network has more than two layers: then its laws stay in δ."""
        return self.net.notation.depth > 2

    def _definitions(self) -> dict[Family, dict[tuple[int, ...], Any]]:
        """What is shared, from the output back; a weighted sum that nothing depends on comes last."""
        found: dict[Family, dict[Any, Any]] = {}
        for line in self.derivations.definitions:
            place = self.variables[self.view.name(line.node)]
            members = found.setdefault(place.family, {})
            members[place.indices] = placed(cancelled(line.symbolic), self.symbols, self.variables)
        for label in (self.view.name(node) for row in reversed(self.sums) for node in row.values()):
            place = self.variables[label]
            found.setdefault(place.family, {}).setdefault(place.indices, self._expression(label))
        for family in self.sum_families:  # Of a unit that the loss does not depend on, the graph knows nothing.
            found[family] = {indices: found[family].get(indices, 0) for indices in family.places()}
        return found

    def _lines(self) -> dict[Family, dict[tuple[int, ...], Any]]:
        found: dict[Family, dict[Any, Any]] = {}
        for position in self.positions:
            members = found.setdefault(position.place.family, {})
            members[position.place.indices] = self._expression(self.view.name(position.parameter))
        return found

    def _expression(self, label: str) -> Any:
        return placed(cancelled(self.derivations[label].symbolic), self.symbols, self.variables)

    @cached_property
    def symbols(self) -> dict[str, Place]:
        """The places of all labels; a parameter may have been given another one than that of its place."""
        own = {self.view.name(position.parameter): position.place for position in reversed(self.positions)}
        return {**self.places, **own}

    def _law(self, family: Family, members: Mapping[tuple[int, ...], Any]) -> Law:
        return law_of(family, self.loss_label, members, self.letters(family))

    def letters(self, family: Family) -> tuple[str, ...]:
        """Letters for the indices of a family: a weight leads from i to j (from n, where the inputs are called i)."""
        source = "n" if self.net.notation.input(1).startswith("i") else "i"
        return (source, "j") if len(family.sizes) == 2 else ("j",)

    # ------------------------------------------------------------ laws put together

    @cached_property
    def whole(self) -> dict[Family, Law]:
        """The laws of the parameters, tested as numbers too. In a network of one or two layers there is no ∂L/∂a_j in
        them, where that has a law itself; in a deeper one the sums would stand in each other, layer by layer."""
        known: dict[Family, Law] = {}
        return {
            family: self._tested(law if self.is_deep else pulled_in(self._put_together(law, known)))
            for family, law in self.parameters.items()
        }

    def _put_together(self, law: Law, known: dict[Family, Law]) -> Law:
        """The law with the laws of all that it uses in the place of their names."""
        if law.right is None:
            return law
        laws: dict[Place, Law] = {}
        exceptions = dict(law.exceptions)
        for place in places_in(law.right):
            inner = self._fitting(place, law, known) if place.output else None
            if inner is not None:
                laws[place] = inner
                exceptions = {**self._inherited(law, place, inner), **exceptions}
        return law._replace(right=inlined(law.right, laws, law.variable.letters), exceptions=exceptions)

    def _fitting(self, place: Place, law: Law, known: dict[Family, Law]) -> Law | None:
        """The law that can stand for a derivative: one without exceptions, or with those of the weight's own unit."""
        if place.family not in known:
            known[place.family] = self._put_together(self.inner[place.family], known)
        inner = known[place.family]
        is_own = set(place.letters) <= set(law.variable.letters)
        return inner if inner.right is not None and (is_own or not inner.exceptions) else None

    def _inherited(self, law: Law, place: Place, inner: Law) -> dict[tuple[int, ...], Any]:
        """Those whose unit is an exception."""
        members = self.members(law.family)
        return {each: members[each] for each in members if place.at(law.env(each)).indices in inner.exceptions}

    def members(self, family: Family) -> Mapping[tuple[int, ...], Any]:
        """The derivations of a family, by index."""
        return self._all[family]

    # ------------------------------------------------------------ numbers

    def _tested(self, law: Law) -> Law:
        """The law, with those as exceptions whose derivative is another number than that of the law."""
        if law.right is None:
            return law
        wrong = dict(law.exceptions)
        for each in self.compared(law.family):
            if each not in wrong and not self._is_equal(law, each):
                wrong[each] = self.members(law.family)[each]
        return law._replace(exceptions=wrong)

    def compared(self, family: Family) -> list[tuple[int, ...]]:
        """The indices of the parameters whose law is compared as a number: all, or a thousand of very many."""
        each = list(self.members(family))
        count = min(len(each), MOST_NUMBERS)
        return [each[number * len(each) // count] for number in range(count)]

    def _is_equal(self, law: Law, indices: tuple[int, ...]) -> bool:
        """Whether the number of the law is that of backpropagation; where the law has none, its form must do."""
        expected = self._slopes.get(self.label_at(Place(law.family, indices)), 0.0)
        try:
            found = number_of(law.right, law.env(indices), self._number)
        except (ArithmeticError, AutogradError):
            return True
        is_close = math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12 * self._largest)
        return is_close or (math.isnan(found) and math.isnan(expected))

    def label_at(self, place: Place) -> str:
        """What the graph calls the symbol at a place."""
        return self._labels.get(Place(place.family, place.indices), place.label)

    def from_the_output_back(self, laws: Mapping[Family, Law]) -> list[Law]:
        """The laws of the parameters, the last layer first, weights before the bias."""
        groups = [list(group) for _, group in groupby(laws.values(), key=_layer_and_part)]
        return [law for group in reversed(groups) for law in group]

    def unlabelled(self) -> dict[str, Any]:
        """The formulas of nodes without a label that the laws speak of."""
        nodes = {self.view.name(node): node for node in self.view.nodes if node.op is not None and not node.label}
        laws = (*self.inner.values(), *self.parameters.values())
        found = {symbol.label for law in laws for symbol in symbols_in(law.right)}
        return {label: self.view.formula(node) for label, node in nodes.items() if label in found}

    def name_at(self, place: Place) -> str:
        """What a parameter or a unit is called; one that is shared is called by its place."""
        position = self._by_place.get(Place(place.family, place.indices))
        return position.label if position and self.shared(position.place) else self.label_at(place)

    def shared(self, place: Place) -> list[str]:
        """The labels of the other places of a parameter."""
        own = self._by_place.get(place)
        return [] if own is None else [other.label for other in self._sharing[own.parameter] if other.place != place]

    @cached_property
    def _by_place(self) -> dict[Place, Position]:
        return {position.place: position for position in self.positions}

    @cached_property
    def _sharing(self) -> dict[Value, list[Position]]:
        found: dict[Value, list[Position]] = {}
        for position in self.positions:
            found.setdefault(position.parameter, []).append(position)
        return found

    def concrete(self, expression: Any) -> Any:
        """An expression without letters in the labels of the graph."""

        def label(atom: Any) -> Any:
            if not isinstance(atom, Place):
                return atom
            return Derivative(atom.output, self.label_at(atom)) if atom.output else Symbol(self.label_at(atom))

        return replaced(expression, label)

    def _number(self, atom: Any) -> float:
        if isinstance(atom, Place):
            label = self.label_at(atom)
            return self._slopes[label] if atom.output else self._data[label]
        return self._data[atom.label] if isinstance(atom, Symbol) else math.nan

    @cached_property
    def _labels(self) -> dict[Place, str]:
        places = {**self.symbols, **self.variables}
        found = {place: label for label, place in reversed(list(places.items())) if label in self._data}
        return {position.place: self.view.name(position.parameter) for position in self.positions} | found

    @cached_property
    def _data(self) -> dict[str, float]:
        return {symbol.label: number for symbol, number in self.derivations.numbers.items()}

    @cached_property
    def _slopes(self) -> dict[str, float]:
        found = self.derivations.adjoints
        return {self.view.name(node): found.get(node, 0.0) for node in self.view.nodes}

    @cached_property
    def _largest(self) -> float:
        return max((abs(slope) for slope in self._slopes.values() if math.isfinite(slope)), default=1.0)


def _weighted_sums(net: Network, view: View) -> list[dict[int, Value]]:
    """The nodes of the weighted sums, layer by layer: labelled as such, or as the output where there is no other.

    A unit that the loss does not depend on has none.
    """
    nodes = {view.name(node): node for node in view.nodes}
    found = []
    for layer in net.layers:
        row: dict[int, Value] = {}
        for j, neuron in enumerate(layer.neurons if isinstance(layer, Layer) else (), 1):
            label = next((label for label in (neuron.pre_activation_label, neuron.label) if label in nodes), None)
            if label is not None:
                row[j] = nodes[label]
        found += [row] if row else []
    return found


def _layer_and_part(law: Law) -> tuple[int, bool]:
    return law.family.layer, law.family.kind in ("weight", "bias")
