"""From many derivatives to one law: what they have in common, with letters where their indices differ.

    (y₁ − t₁)·h₁,  (y₁ − t₁)·h₂,  (y₂ − t₂)·h₁, …      →      (y_j − t_j)·h_i

The pattern is found, not known: expressions of one shape are laid upon each other, and each number among their indices
becomes the letter that it follows. A sum of terms of one shape becomes a sum over an index of its own. The law is
then put to the test: with its own indices it must be every weight's derivative, or that weight is an exception.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.atoms import IndexSum
from autograd.simplify import Power, Product, Sum, spread
from autograd.symbol import Call, Expression

from .indices import Family, Indices, Place, extent, instance, places_in

Env = Mapping[str, int]
LETTERS = ("k", "m", "n", "l")  # of sums, in the order of nesting


class Law(NamedTuple):
    """The law of ∂output/∂variable, with letters for indices; a `right` of None says that there is no common law.

    `exceptions` are the derivatives of those that break it, by their indices.
    """

    variable: Place
    right: Any
    exceptions: Mapping[tuple[int, ...], Any]
    letters: tuple[str, ...]

    @property
    def family(self) -> Family:
        """The family of the variables."""
        return self.variable.family

    def env(self, indices: Sequence[int]) -> dict[str, int]:
        """The number of each letter for one of the variables."""
        return environment(self.family, self.letters, indices)


class _NoLawError(Exception):
    """The expressions have no common form."""


def environment(family: Family, letters: Sequence[str], indices: Sequence[int]) -> dict[str, int]:
    """The number of each letter; an index that has one value only is no letter but 1."""
    return {
        letter: index for letter, index, size in zip(letters, indices, family.sizes, strict=False) if size > 1
    }


def law_of(family: Family, output: str, members: Mapping[tuple[int, ...], Any], letters: tuple[str, ...]) -> Law:
    """The common law of a family's derivatives, tested on each of them."""
    indices: Indices = tuple(letter if n > 1 else 1 for letter, n in zip(letters, family.sizes, strict=False))
    variable = Place(family, indices, output)
    items = [(expression, environment(family, letters, each)) for each, expression in members.items()]
    try:
        right = _generalised(_majority(items))
    except _NoLawError:
        return Law(variable, None, dict(members), letters)
    exceptions = {
        each: expression
        for (each, expression), (_, env) in zip(members.items(), items, strict=True)
        if canonical(instance(right, env)) != canonical(expression)
    }
    is_common = 2 * len(exceptions) < len(members)
    return Law(variable, right if is_common else None, exceptions if is_common else dict(members), letters)


# ---------------------------------------------------------------- shapes


def shape(expression: Any) -> Hashable:
    """What remains of an expression without its indices; terms of one shape count as one, so many times."""
    if isinstance(expression, Place):
        return "place", expression.family, expression.output
    if isinstance(expression, Sum):
        shapes = [shape(term) for term in expression.terms]
        return ("sum over", len(shapes), shapes[0]) if _is_foldable(expression, shapes) else ("sum", *shapes)
    if isinstance(expression, Product):
        return "product", expression.coefficient, *map(shape, expression.factors)
    if isinstance(expression, Power):
        return "power", shape(expression.base), shape(expression.exponent)
    if isinstance(expression, Call):
        return expression.op.name, *map(shape, expression.arguments)
    return tuple(map(shape, expression)) if isinstance(expression, tuple) else expression


def _is_foldable(expression: Sum, shapes: Sequence[Hashable]) -> bool:
    """Whether the terms may be those of a sum over an index."""
    return len(set(shapes)) == 1 and bool(places_in(expression.terms[0]))


def canonical(expression: Any) -> Hashable:
    """The expression without the order of its terms and factors."""
    if isinstance(expression, Sum):
        return "sum", frozenset(Counter(map(canonical, expression.terms)).items())
    if isinstance(expression, Product):
        factors = frozenset(Counter(map(canonical, expression.factors)).items())
        return "product", expression.coefficient, factors
    if isinstance(expression, Power):
        return "power", canonical(expression.base), canonical(expression.exponent)
    if isinstance(expression, Call):
        return expression.op.name, *map(canonical, expression.arguments)
    return tuple(map(canonical, expression)) if isinstance(expression, tuple) else expression


# ---------------------------------------------------------------- the pattern

_Item = tuple[Any, Env]


def _majority(items: Sequence[_Item]) -> list[_Item]:
    """The items of the shape that more than half of them have."""
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        groups.setdefault(shape(item[0]), []).append(item)
    largest = max(groups.values(), key=len)
    if 2 * len(largest) <= len(items):
        raise _NoLawError
    return largest


def _generalised(items: Sequence[_Item]) -> Any:
    """What expressions of one shape have in common."""
    first = items[0][0]
    if isinstance(first, Place):
        columns = zip(*(expression.indices for expression, _ in items), strict=True)
        indices = tuple(_index(column, [env for _, env in items]) for column in columns)
        return Place(first.family, indices, first.output)
    if isinstance(first, Sum):
        return _sum_over_index(items) or type(first)(_each(items, lambda each: each.terms))
    if isinstance(first, Product):
        return Product(first.coefficient, _each(items, lambda each: each.factors))
    if isinstance(first, Power):
        return Power(*_each(items, lambda each: (each.base, each.exponent)))
    if isinstance(first, Call):
        return Call(first.op, tuple(_each(items, lambda each: each.arguments)))
    return tuple(_each(items, lambda each: each)) if isinstance(first, tuple) else first


def _each(items: Sequence[_Item], parts: Callable[[Any], Sequence[Any]]) -> list[Any]:
    """The parts of the expressions, generalised one by one."""
    rows = [parts(expression) for expression, _ in items]
    return [
        _generalised([(part, env) for part, (_, env) in zip(column, items, strict=True)])
        for column in zip(*rows, strict=True)
    ]


def _index(numbers: Sequence[int], envs: Sequence[Env]) -> int | str:
    """The letter that the numbers follow, or the number if it is always the same."""
    number, count = Counter(numbers).most_common(1)[0]
    if count == len(numbers):
        return number
    followed = {
        letter: sum(env[letter] == number for number, env in zip(numbers, envs, strict=True))
        for letter in reversed(list(envs[0]))
    }
    best = max(followed, key=followed.__getitem__, default="")
    if 2 * followed.get(best, 0) <= len(numbers):
        raise _NoLawError
    return best


def _sum_over_index(items: Sequence[_Item]) -> IndexSum | None:
    """The terms as a sum over a new index; None if they are not one: a sum over some of the units is none over all."""
    first, env = items[0]
    letter = next((letter for letter in LETTERS if letter not in env), None)
    if letter is None or not _is_foldable(first, [shape(term) for term in first.terms]):
        return None
    terms = [
        (term, {**env, letter: number})
        for expression, env in items
        for number, term in enumerate(sorted(expression.terms, key=_order), 1)
    ]
    try:
        body = _generalised(terms)
    except _NoLawError:
        return None
    return IndexSum(letter, body) if extent(body, letter) == len(first.terms) else None


def _order(term: Any) -> list[Any]:
    """Terms of one shape in the order of their indices."""
    return [place.indices for place in places_in(term)]


# ---------------------------------------------------------------- numbers


def number_of(expression: Any, env: Env, numbers: Callable[[Any], float]) -> Any:
    """The expression as a number, with `numbers` for its places and symbols."""

    def compute(part: Any) -> Any:
        return number_of(part, env, numbers)

    if isinstance(expression, IndexSum):
        count = extent(expression.body, expression.index)
        return sum(number_of(expression.body, {**env, expression.index: k}, numbers) for k in range(1, count + 1))
    if isinstance(expression, Sum):
        return sum(map(compute, expression.terms))
    if isinstance(expression, Product):
        result: Any = 1.0
        for factor in spread(expression):
            result *= compute(factor)
        return result
    if isinstance(expression, Power):
        return compute(expression.base) ** compute(expression.exponent)
    if isinstance(expression, Call):
        return expression.op(*map(compute, expression.arguments))
    if isinstance(expression, tuple):
        return tuple(map(compute, expression))
    if isinstance(expression, Place):
        return numbers(expression.at(env))
    return numbers(expression) if isinstance(expression, Expression) else float(expression)
