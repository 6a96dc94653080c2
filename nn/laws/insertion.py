"""One law within another: where a law says ∂L/∂a_j, the law of that can stand in its place.

    ∂L/∂w_ij = ∂L/∂a_j·x_i  and  ∂L/∂a_j = [Σ_k ∂L/∂a_k·u_jk]·h_j(1 − h_j)  are one line of both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autograd.atoms import IndexSum
from autograd.derivation.numbers import replaced
from autograd.simplify import Product, Sum, product

from .finding import LETTERS, Law
from .indices import Place


def inlined(expression: Any, laws: Mapping[Place, Law], letters: Sequence[str]) -> Any:
    """The expression with laws in the place of derivatives; `letters` are in use around it."""
    if isinstance(expression, Place):
        law = laws.get(expression)
        return expression if law is None else _at(law, expression, letters)
    if isinstance(expression, IndexSum):
        return _sum_over(expression.index, inlined(expression.body, laws, [*letters, expression.index]))
    if isinstance(expression, Product):
        return product(expression.coefficient, *(inlined(factor, laws, letters) for factor in expression.factors))
    if isinstance(expression, Sum):
        return type(expression)([inlined(term, laws, letters) for term in expression.terms])
    return expression


def _at(law: Law, place: Place, letters: Sequence[str]) -> Any:
    """The right side of a law, with the indices of a place in the place of its own."""
    own = {
        letter: index
        for letter, index in zip(law.variable.indices, place.indices, strict=True) if isinstance(letter, str)
    }  # fmt: skip
    return _relettered(law.right, own, letters)


def _relettered(expression: Any, own: Mapping[str, Any], used: Collection[str]) -> Any:
    """Other letters: those of `own`, and for the sums within it such as are not `used`."""
    if isinstance(expression, IndexSum):
        letter = next(each for each in (*LETTERS, "p", "q", "r") if each not in used)
        return IndexSum(letter, _relettered(expression.body, {**own, expression.index: letter}, [*used, letter]))
    if isinstance(expression, Product):
        return Product(expression.coefficient, [_relettered(factor, own, used) for factor in expression.factors])
    if isinstance(expression, Sum):
        return type(expression)([_relettered(term, own, used) for term in expression.terms])
    return replaced(expression, lambda atom: atom.at(own) if isinstance(atom, Place) else atom)


def _sum_over(letter: str, body: Any) -> Any:
    """Σ body, with a number or a sign in front of the body taken out."""
    if isinstance(body, Product) and body.coefficient != 1:
        return product(body.coefficient, IndexSum(letter, product(*body.factors)))
    return IndexSum(letter, body)


def pulled_in(law: Law) -> Law:
    """[Σ_k a_k]·b as Σ_k a_k·b."""
    right = law.right
    if not isinstance(right, Product) or not isinstance(right.factors[0], IndexSum):
        return law
    total, *others = right.factors
    if any(isinstance(factor, IndexSum) for factor in others):
        return law
    return law._replace(right=product(right.coefficient, IndexSum(total.index, product(total.body, *others))))
