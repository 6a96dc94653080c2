"""The laws layer by layer: with δ for ∂L/∂a, and one law for all layers that have the same one.

    δ_j^(l) = [Σ_k δ_k^(l+1)·w_jk^(l+1)]·h_j^(l)(1 − h_j^(l)),      ∂L/∂w_ij^(l) = δ_j^(l)·h_i^(l−1)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from autograd.derivation.numbers import replaced

from .finding import Law
from .indices import Family, Place, written
from .lawbook import Lawbook


class Step(NamedTuple):
    """One law of the recursion: of one layer, or with the letter l for several `layers`.

    `left` is what it is the law of (δ_j^(l), ∂L/∂w_ij^(l)), `meaning` what a δ stands for, `right` None if there is no
    common law, `laws` those of the single layers, and `name` what it is called among the others: delta^(l), w^(l), u.
    """

    name: str
    left: Any
    meaning: Any
    right: Any
    laws: Sequence[Law]

    @property
    def layers(self) -> list[int]:
        """The numbers of the layers."""
        return sorted(law.family.layer for law in self.laws)


def steps(book: Lawbook, laws: Iterable[Law]) -> list[Step]:
    """The laws in order, with δ; those of several layers that only differ in the layer are one."""
    groups: dict[Any, list[Law]] = {}
    for law in laws:
        is_common = law.right is not None and not law.exceptions
        key = tuple(_shifted(side, law.family.layer) for side in _sides(law, book)) if is_common else law.variable
        groups.setdefault(key, []).append(law)
    return [_step(group, book) for group in groups.values()]


def _sides(law: Law, book: Lawbook) -> tuple[Any, Any]:
    """Both sides of the law, with δ in the place of ∂L/∂a."""

    def name(atom: Any) -> Any:
        delta = book.deltas.get(atom.family) if isinstance(atom, Place) and atom.output else None
        return atom if delta is None else Place(delta, atom.indices)

    return replaced(law.variable, name), replaced(law.right, name)


def _step(group: Sequence[Law], book: Lawbook) -> Step:
    law = group[0]
    left, right = _sides(law, book)
    meanings = {law.variable} if not left.output else set()
    if len(group) > 1:
        meanings = {_shifted(each.variable, each.family.layer) for each in group} if meanings else set()
        left, right = _shifted(left, law.family.layer), _shifted(right, law.family.layer)
    meaning = written(meanings.pop()) if len(meanings) == 1 else None
    return Step(left.family.name, written(left), meaning, None if right is None else written(right), group)


def _shifted(expression: Any, layer: int) -> Any:
    def shift(atom: Any) -> Any:
        if not isinstance(atom, Place):
            return atom
        return Place(_shifted_family(atom.family, layer), atom.indices, atom.output)

    return replaced(expression, shift)


def _shifted_family(family: Family, layer: int) -> Family:
    """The family with its layer counted from another: (l), (l+1), (l−1). One that shows no layer stays what it is."""
    if family.superscript != f"({family.layer})":
        return family
    apart = family.layer - layer
    raised = "(l)" if apart == 0 else f"(l+{apart})" if apart > 0 else f"(l−{-apart})"
    return family._replace(layer=apart, sizes=tuple(0 for _ in family.sizes), superscript=raised)
