"""Indices: which label of a network belongs to which unit, and expressions in which letters stand for numbers.

u_12 is the place (1, 2) of the family u; with letters in the place of the numbers, it is u_ij. `placed` reads labels as
places, `written` writes places as labels, and `instance` puts numbers for the letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product as all_pairs
from typing import Any, NamedTuple

from autograd import notation
from autograd.atoms import Derivative, IndexSum, PathSum
from autograd.derivation.numbers import replaced
from autograd.simplify import Power, Product, Sum
from autograd.symbol import Call, Expression, Symbol

from ..labels import Notation, indexed, side_by_side
from ..layers import Layer, LayerNorm, Network

Index = int | str
Indices = tuple[Index, ...]


class Family(NamedTuple):
    """Symbols that differ in their indices only; `sizes` says how many values each index has.

    `stem` is what stands before the indices (a_h1: "h"), `layer` the number of the layer, or where it is a letter, how
    far it is from that.
    """

    kind: str
    layer: int
    base: str
    sizes: tuple[int, ...] = ()
    superscript: str = ""
    stem: str = ""

    def label(self, indices: Indices) -> str:
        """The label of one place.

        >>> Family("weight", 2, "w", (3, 2), "(2)").label(("j", "k")), Family("unit", 1, "a", (2,), "", "h").label((1,))
        ('w_jk^(2)', 'a_h1')
        """
        subscript = self.stem + side_by_side(indices)
        raised = f"^{self.superscript}" if self.superscript else ""
        return self.base + (f"_{subscript}" if subscript else "") + raised

    @property
    def name(self) -> str:
        """The label without indices: w, b^(1)."""
        return Family("", 0, self.base, (), self.superscript, self.stem).label(())

    def places(self) -> Iterator[tuple[int, ...]]:
        """All indices."""
        return all_pairs(*(range(1, size + 1) for size in self.sizes))


class Place(Expression):
    """A symbol of a family, or ∂output/∂symbol; indices are numbers, or letters that stand for them."""

    __slots__ = ("family", "indices", "output")

    def __init__(self, family: Family, indices: Indices, output: str = "") -> None:
        self.family = family
        self.indices = indices
        self.output = output

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Place({self.label!r}, output={self.output!r})"

    @property
    def key(self) -> tuple[Any, ...]:
        """What two equal places have in common."""
        return self.family, self.indices, self.output

    @property
    def label(self) -> str:
        """The label of the symbol."""
        return self.family.label(self.indices)

    @property
    def letters(self) -> list[str]:
        """Those of the indices that are letters."""
        return [index for index in self.indices if isinstance(index, str)]

    def at(self, env: Mapping[str, Index]) -> Place:
        """The place with other indices for some letters."""
        indices = tuple(env.get(index, index) if isinstance(index, str) else index for index in self.indices)
        return Place(self.family, indices, self.output)


# ---------------------------------------------------------------- trees


def places_in(expression: Any) -> list[Place]:
    """The places of an expression, from left to right."""
    found: list[Place] = []
    replaced(expression, lambda atom: found.append(atom) if isinstance(atom, Place) else None)
    return found


def symbols_in(expression: Any) -> list[Symbol]:
    """The symbols of an expression that are no places."""
    found: list[Symbol] = []
    replaced(expression, lambda atom: found.append(atom) if isinstance(atom, Symbol) else None)
    return found


def extent(expression: Any, letter: str) -> int:
    """How many values an index has, by the families that it counts; 0 where these differ, or none has it."""
    sizes = {
        size
        for place in places_in(expression)
        for size, index in zip(place.family.sizes, place.indices, strict=True)
        if index == letter
    }
    return sizes.pop() if len(sizes) == 1 else 0


def instance(expression: Any, env: Mapping[str, int]) -> Any:
    """The expression with numbers for its letters, and sums over an index written out."""
    if isinstance(expression, Place):
        return expression.at(env)
    if isinstance(expression, IndexSum):
        values = range(1, extent(expression.body, expression.index) + 1)
        return PathSum([instance(expression.body, {**env, expression.index: value}) for value in values])
    if isinstance(expression, tuple):
        return tuple(instance(item, env) for item in expression)
    if isinstance(expression, Sum):
        return type(expression)([instance(term, env) for term in expression.terms])
    if isinstance(expression, Product):
        return Product(expression.coefficient, [instance(factor, env) for factor in expression.factors])
    if isinstance(expression, Power):
        return Power(instance(expression.base, env), instance(expression.exponent, env))
    return Call(expression.op, instance(expression.arguments, env)) if isinstance(expression, Call) else expression


def placed(expression: Any, places: Mapping[str, Place], variables: Mapping[str, Place]) -> Any:
    """The expression with the labels that are known read as places: those of symbols, and those behind a ∂."""

    def read(atom: Any) -> Any:
        if isinstance(atom, Symbol):
            return places.get(atom.label, atom)
        if isinstance(atom, Derivative):
            place = variables[atom.variable]
            return Place(place.family, place.indices, atom.output)
        return atom

    return replaced(expression, read)


def written(expression: Any, deltas: Mapping[Family, Family] | None = None) -> Any:
    """The expression with labels for its places; derivatives by a family that has a delta are called so."""

    def write(atom: Any) -> Any:
        if not isinstance(atom, Place):
            return atom
        if not atom.output:
            return Symbol(atom.label)
        delta = (deltas or {}).get(atom.family)
        return Symbol(delta.label(atom.indices)) if delta else Derivative(atom.output, atom.label)

    return replaced(expression, write)


# ---------------------------------------------------------------- the places of a network


def network_places(net: Network) -> dict[str, Place]:
    """Every label that the network's notation has, with its place."""
    names, sizes = net.notation, net.notation.sizes
    layers = range(1, names.depth + 1)
    families = [
        *_families("input", {0: sizes[:1]}, lambda layer, i: names.input(i)),
        *_families("weight", {layer: sizes[layer - 1 : layer + 1] for layer in layers}, names.weight),
        *_families("bias", {layer: sizes[layer : layer + 1] for layer in layers}, names.bias),
        *_families("sum", {layer: sizes[layer : layer + 1] for layer in layers}, names.pre_activation),
        *_families("unit", {layer: sizes[layer : layer + 1] for layer in layers}, names.activation),
        *_families("target", {names.depth: sizes[-1:]}, lambda layer, j: names.target(j)),
        *(_families("error", {names.depth: sizes[-1:]}, lambda layer, j: names.error(j)) if names.error(1) else ()),
    ]
    found: dict[str, Place] = {}
    for family, label_of in families:
        for indices in family.places():
            found.setdefault(label_of(family.layer, *indices), Place(family, indices))
    for number, norm in _norms(net):
        for kind, base in (("gamma", "gamma"), ("beta", "beta"), ("normal", "n")):
            family = Family(kind, number, base, (norm.outputs,), f"({number})")
            found.update((indexed(base, j, layer=number), Place(family, (j,))) for j in range(1, norm.outputs + 1))
    return found


def _families(
    kind: str, sizes: Mapping[int, Sequence[int]], label_of: Callable[..., str]
) -> list[tuple[Family, Callable[..., str]]]:
    """One family for each layer. Where labels are numbers that run on (w_1 … w_8), the family gets indices, and the
    layer as its superscript."""
    found = [_family(kind, layer, tuple(size), label_of) for layer, size in sizes.items()]
    if not all(_is_regular(family, label_of) for family in found):
        found = [
            family._replace(stem="", superscript=f"({family.layer})" if len(found) > 1 else "") for family in found
        ]
    return [(family, label_of) for family in found]


def _family(kind: str, layer: int, sizes: tuple[int, ...], label_of: Callable[..., str]) -> Family:
    first = notation.read(label_of(layer, *(1 for _ in sizes)))
    stem = "".join(first.subscripts).removesuffix("1" * len(sizes))
    return Family(kind, layer, first.base, sizes, first.superscript, stem)


def _is_regular(family: Family, label_of: Callable[..., str]) -> bool:
    return all(family.label(indices) == label_of(family.layer, *indices) for indices in family.places())


def _norms(net: Network) -> Iterator[tuple[int, LayerNorm]]:
    """The layer normalisations, each with the number of the layer that it normalises."""
    number = 0
    for layer in net.layers:
        if isinstance(layer, Layer):
            number += 1
        else:
            yield number, layer


def delta_family(family: Family, names: Notation) -> Family:
    """What ∂L/∂a is called: δ with the indices of a, and its layer where there are several.

    Sums that are called h and o have δ_h1 and δ_o1.
    """
    is_in_letters = names.pre_activation(1, 1)[0] != names.pre_activation(names.depth, 1)[0]
    stem = family.base if is_in_letters else ""
    superscript = f"({family.layer})" if names.depth > 1 and not stem else ""
    return Family("delta", family.layer, "delta", family.sizes, superscript, stem)
