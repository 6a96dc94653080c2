"""What may go wrong in one formula: a factor forgotten, a term dropped, a sign, an exponent, an index.

`mutations` changes a simplified expression at one place, in every way that has a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from ..op import flatten
from ..simplify import Power, Product, Sum, is_negative, power, product
from ..symbol import Call, Expression, Symbol
from .names import siblings, split

_DEEPEST = 3  # a mistake further inside of a local derivative is hardly one of the chain rule


class Mutation(NamedTuple):
    """A changed expression, the code of the mistake, and the part that it is about (with what stands there now)."""

    code: str
    expression: Any
    part: Any
    now: Any = None


def mutations(expression: Any, depth: int = 0) -> Iterator[Mutation]:
    """Every expression that has one mistake at one place within this one."""
    if depth > _DEEPEST:
        return
    if isinstance(expression, Product):
        yield from _of_product(expression, depth)
    elif isinstance(expression, Sum):
        yield from _of_sum(expression, depth)
    elif isinstance(expression, Power):
        yield from _of_power(expression, depth)
    elif isinstance(expression, Call):
        yield from _of_call(expression)


def _of_product(expression: Product, depth: int) -> Iterator[Mutation]:
    coefficient, factors = expression.coefficient, expression.factors
    if abs(coefficient) != 1:
        sign = -1 if coefficient < 0 else 1
        yield Mutation(_code_of_constant(abs(coefficient)), Product(sign, factors), abs(coefficient))
    for index, factor in enumerate(factors):
        others = (*factors[:index], *factors[index + 1 :])
        if others or depth or abs(coefficient) != 1:
            yield Mutation("factor_missing", Product(coefficient, others or (1,)), factor)
            yield Mutation("factor_doubled", Product(coefficient, (*factors, factor)), factor)
        if isinstance(factor, Power) and isinstance(factor.exponent, int) and factor.exponent < 0 and others:
            upright = Power(factor.base, -factor.exponent)
            yield Mutation("swapped_operands", Product(coefficient, (*others, upright)), factor, upright)
        for inner in mutations(factor, depth + 1):
            changed = (*factors[:index], inner.expression, *factors[index + 1 :])
            yield inner._replace(expression=Product(coefficient, changed))
    under = [factor for factor in factors if isinstance(factor, Power) and is_negative(factor.exponent)]
    if under and (len(under) < len(factors) or abs(coefficient) != 1):
        sign = -1 if coefficient < 0 else 1
        # −a/b² is −(a/b)·(1/b): the inner quotient may be the swapped one.
        for swapped in _swapped_quotients(expression):
            yield Mutation("swapped_operands", swapped, expression, swapped)
        yield Mutation("swapped_operands", product(sign, power(product(sign, expression), -1)), expression)


def _swapped_quotients(expression: Product) -> Iterator[Any]:
    factors = expression.factors
    over = [factor for factor in factors if not (isinstance(factor, Power) and is_negative(factor.exponent))]
    for top in over:
        for bottom in factors:
            if isinstance(bottom, Power) and bottom not in over:
                yield Product(1, (expression, power(bottom.base, 2), power(top, -2)))


def _of_sum(expression: Sum, depth: int) -> Iterator[Mutation]:
    terms = expression.terms
    for index, term in enumerate(terms):
        others = (*terms[:index], *terms[index + 1 :])
        if others in ((1,), (-1,)):  # 1 for 1 − y: the factor is gone, not a term of it
            yield Mutation("factor_missing", others[0], expression)
        else:
            yield Mutation("path_missing", Sum(others), term)
        if len(terms) <= 12:
            yield Mutation("sign", Sum((*terms[:index], product(-1, term), *terms[index + 1 :])), term, expression)
            for inner in mutations(term, depth + 1):
                yield inner._replace(expression=Sum((*terms[:index], inner.expression, *terms[index + 1 :])))


def _of_power(expression: Power, depth: int) -> Iterator[Mutation]:
    base, exponent = expression.base, expression.exponent
    if isinstance(exponent, (int, float, Fraction)):
        for other in (exponent + 1, exponent - 1):
            code = "exponent" if other else "factor_missing"
            yield Mutation(code, Power(base, other) if other else 1, expression, power(base, other))
        if exponent == -1 and depth == 0:
            yield Mutation("swapped_operands", base, expression, base)
    else:
        for step in (1, -1):
            yield Mutation("exponent", Power(base, Sum((exponent, step))), expression)
    for inner in mutations(base, depth + 1):
        yield inner._replace(expression=Power(inner.expression, exponent))


def _of_call(expression: Call) -> Iterator[Mutation]:
    if any(expression.op.is_list) or len(expression.arguments) != 1:
        return
    argument = expression.arguments[0]
    if isinstance(argument, Sum) and len({is_negative(term) for term in argument.terms}) == 2:
        swapped = Call(expression.op, (Product(-1, (argument,)),))
        yield Mutation("swapped_operands", swapped, argument)
    elif isinstance(argument, Product):
        for inner in _of_product(argument, _DEEPEST):
            if inner.code == "swapped_operands":
                yield inner._replace(expression=Call(expression.op, (inner.expression,)))


def _code_of_constant(number: Any) -> str:
    """What is missing with a constant factor: 2 and ½ have a code of their own."""
    return "factor_two" if number in (2, Fraction(1, 2), 0.5) else "factor_missing"


# ---------------------------------------------------------------- symbols


def labels_in(expression: Any) -> list[str]:
    """The labels of the symbols in an expression, each once, in order."""
    found: dict[str, None] = {}
    stack = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, Symbol):
            found[item.label] = None
        elif isinstance(item, tuple):
            stack += reversed(item)
        elif isinstance(item, Expression):
            stack += reversed(list(_inside(item)))
    return list(found)


def _inside(item: Any) -> Iterator[Any]:
    if isinstance(item, Sum):
        yield from item.terms
    elif isinstance(item, Product):
        yield from item.factors
    elif isinstance(item, Power):
        yield from (item.base, item.exponent)
    elif isinstance(item, Call):
        yield from flatten(item.arguments)


def renamings(labels: Iterable[str], known: Iterable[str]) -> Iterator[dict[str, str]]:
    """The ways to write a wrong index: one label by a sibling of it, or all labels of one index by another index."""
    labels, known = list(labels), list(known)
    together: dict[tuple[str, str], dict[str, str]] = {}
    for label in labels:
        for other in siblings(label, known):
            yield {label: other}
            together.setdefault((split(label)[1], split(other)[1]), {}).setdefault(label, other)
    yield from (names for names in together.values() if len(names) > 1)


def shifts(labels: Iterable[str], known: Iterable[str]) -> Iterator[dict[str, str]]:
    """One digit of an index by another in all labels of one base: u_11 and u_12 become u_21 and u_22."""
    known_set = set(known)
    by_stem: dict[str, list[str]] = {}
    for label in labels:
        by_stem.setdefault(split(label)[0], []).append(label)
    for stem, members in by_stem.items():
        indices = {label: split(label)[1] for label in members}
        width = len(next(iter(indices.values())))
        if width < 2 or any(len(index) != width for index in indices.values()):
            continue
        digits = sorted({digit for label in known_set if split(label)[0] == stem for digit in split(label)[1]})
        yield from _digit_shifts(indices, width, digits, known_set)


def _digit_shifts(
    indices: Mapping[str, str], width: int, digits: list[str], known: set[str]
) -> Iterator[dict[str, str]]:
    changes: list[Callable[[str], str]] = [
        partial(_with_digit, place, digit) for place in range(width) for digit in digits
    ]
    changes += [lambda index: index[::-1]] if width == 2 else []
    for change in changes:
        names = {label: _with_index(label, index, change(index)) for label, index in indices.items()}
        if set(names.values()) <= known and any(a != b for a, b in names.items()):
            yield names


def _with_digit(place: int, digit: str, index: str) -> str:
    return index[:place] + digit + index[place + 1 :]


def _with_index(label: str, index: str, other: str) -> str:
    place = label.rfind(index)
    return label[:place] + other + label[place + len(index) :]
