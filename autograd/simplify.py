"""An expression the way a person writes it.

`simplify` turns the calls of `symbol.py` into sums, products and powers in which constants are folded, ones and zeros
are gone, signs are pulled to the front and like factors are joined; the order of writing is kept:

>>> from autograd.symbol import Symbol
>>> from autograd.printers.text import text
>>> x, y = Symbol("x"), Symbol("y")
>>> text(simplify(1 * (-y + 1) * y * 2 * 0.5)), text(simplify(-x * 3 / (x * x)))
('(1 − y)·y', '−3/x')
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from . import ops
from .constants import Number, Rounded, Scaled, floats_of, is_exactly, neat, one_over, plus, raised, size_of, times
from .op import Op
from .symbol import Call, Expression

_HIGHEST_OPENED = 64  # (xy)² is x²y²; but of (xy)¹⁰⁰⁰ the powers of x and y may be too large, where that of xy is not


class _Written(Expression):
    """What the three share: they equal by their parts, and know their hash once it was asked for."""

    __slots__ = ("_hash",)

    def parts(self) -> tuple[Any, ...]:
        """All that it is made of, in order."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return _is_same(self, other)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash: int = hash(self.parts())
            return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        # Without the hash: that of a text is another one in another process.
        return type(self), tuple(getattr(self, name) for kind in type(self).__mro__
                                 for name in getattr(kind, "__slots__", ()) if name != "_hash")


class Sum(_Written):
    """t₁ + t₂ + …; a constant among the terms stands where it was written."""

    __slots__ = ("terms",)

    def __init__(self, terms: Sequence[Any]) -> None:
        self.terms = tuple(terms)

    def parts(self) -> tuple[Any, ...]:
        return ("Sum", *self.terms)


class Product(_Written):
    """coefficient · f₁ · f₂ · …; a factor under the fraction bar is a `Power` with a negative exponent."""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: Number, factors: Sequence[Any]) -> None:
        self.coefficient = coefficient
        self.factors = tuple(factors)

    def parts(self) -> tuple[Any, ...]:
        return ("Product", self.coefficient, *self.factors)


class Power(_Written):
    """base^exponent."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Any, exponent: Any) -> None:
        self.base = base
        self.exponent = exponent

    def parts(self) -> tuple[Any, ...]:
        return "Power", self.base, self.exponent


class _Function(Call):
    """A call with simplified arguments. It takes its hash while it is made: then those of its arguments are known."""

    __slots__ = ("_hash",)

    def __init__(self, op: Op, arguments: tuple[Any, ...]) -> None:
        super().__init__(op, arguments)
        self._hash = hash((op.name, arguments))

    def __eq__(self, other: object) -> bool:
        return _is_same(self, other)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return Call, (self.op, self.arguments)


def _is_same(first: Any, second: Any) -> bool:
    """Whether two expressions are written alike; a loop, for they may be deep, and shared parts are compared once."""
    pairs = [(first, second)]
    seen: set[tuple[int, int]] = set()
    while pairs:
        one, other = pairs.pop()
        if one is other or (id(one), id(other)) in seen:
            continue
        inner, others = _inside(one), _inside(other)
        if inner is None or others is None:
            if inner is not others or one != other:
                return False
        elif len(inner) != len(others) or hash(one) != hash(other):
            return False
        else:
            seen.add((id(one), id(other)))
            pairs += zip(inner, others, strict=True)
    return True


def _inside(expression: Any) -> tuple[Any, ...] | None:
    if isinstance(expression, _Written):
        return expression.parts()
    if isinstance(expression, Call):
        return expression.op, *expression.arguments
    return expression if isinstance(expression, tuple) else None


def simplify(expression: Any) -> Any:
    """`expression` as a person would write it: a number, symbol, sum, product, power, or a call of a function.

    A loop, for expressions may be deep; what is used in several places is simplified once.
    """
    done: dict[int, Any] = {}
    plans: dict[int, tuple[Callable[..., Any], list[Any]]] = {}
    opened: set[int] = set()
    stack = [expression]
    while stack:
        item = stack[-1]
        key = id(item)
        if key not in plans:
            if not isinstance(item, (Call, tuple)):
                return _leaf(item)  # Only the whole expression can be one.
            plans[key] = _plan(item, opened)
            waiting = [operand for operand in plans[key][1] if isinstance(operand, (Call, tuple))]
            if waiting:
                stack += reversed(waiting)
                continue
        stack.pop()
        if key not in done:
            finish, operands = plans[key]
            result = finish(*[done[id(o)] if isinstance(o, (Call, tuple)) else _leaf(o) for o in operands])
            hash(result)  # Now, while all within it know theirs: later it would have to go down to the bottom.
            done[key] = result
    return done[id(expression)]


def _leaf(item: Any) -> Any:
    return item if isinstance(item, Expression) else neat(item)


def _plan(item: Any, opened: set[int]) -> tuple[Callable[..., Any], list[Any]]:
    """What is to be done with a call: a function of the simplified operands, and the operands."""
    if isinstance(item, tuple):
        return lambda *items: items, list(item)
    op = item.op
    if op in _ADDING:
        signs, operands = _chain(item, _ADDING, opened)
        return lambda *terms: total(*map(_signed, signs, terms)), operands
    if op in _MULTIPLYING:
        signs, operands = _chain(item, _MULTIPLYING, opened)
        return lambda *factors: product(*map(_raised, signs, factors)), operands
    return _RULES.get(op) or (lambda *arguments: _Function(op, arguments)), list(item.arguments)


def _chain(call: Call, openings: _Openings, opened: set[int]) -> tuple[list[int], list[Any]]:
    """The operands of a + b − c + … with their signs, or of a·b/c·… with their exponents ±1: all in one go, for
    taking them together two by two costs the square of their number. A call used in many places is opened in one.
    """
    signs: list[int] = []
    operands: list[Any] = []
    stack = openings[call.op](*call.arguments)[::-1]
    while stack:
        sign, item = stack.pop()
        if sign > 0 and isinstance(item, Call) and item.op in openings and id(item) not in opened:
            opened.add(id(item))
            stack += openings[item.op](*item.arguments)[::-1]
        else:
            signs.append(sign)
            operands.append(item)
    return signs, operands


def _signed(sign: int, term: Any) -> Any:
    if sign > 0:
        return term
    return product(-1, term) if isinstance(term, Product) or not isinstance(term, Expression) else Product(-1, (term,))


def _raised(exponent: int, factor: Any) -> Any:
    return factor if exponent > 0 else _inverse(factor)


def total(*terms: Any) -> Any:
    """The sum of simplified terms."""
    constants: list[Any] = []
    place: int | None = None
    alike: dict[frozenset[Any], list[Any]] = {}  # the terms by their factors; a product has no factor twice
    for term in _opened(terms, Sum, "terms"):
        if _is_constant(term):
            constants.append(term)
            place = len(alike) if place is None and (isinstance(term, Expression) or term != 0) else place
        else:
            alike.setdefault(frozenset(_parts(term)[1]), []).append(term)
    kept = [terms[0] if len(terms) == 1 else _joined(terms) for terms in alike.values()]
    if constants:
        kept.insert(place or 0, constants[0] if len(constants) == 1 else _constant(plus(*map(_scaled, constants))))
    kept = [term for term in kept if isinstance(term, Expression) or term != 0]
    # A sum starts with a term that has no minus, if there is one: 1 − y, not −y + 1.
    first = next((index for index, term in enumerate(kept) if not is_negative(term)), 0)
    if first:
        kept.insert(0, kept.pop(first))
    return Sum(kept) if len(kept) > 1 else kept[0] if kept else 0


def _joined(terms: list[Any]) -> Any:
    """Like terms as one: x + x = 2x, ab − ba = 0."""
    return product(_constant(plus(*((_parts(term)[0], 0) for term in terms))), *_parts(terms[0])[1])


def _is_constant(term: Any) -> bool:
    """Whether a term is a number, or one that no float holds: 7·10⁴⁰⁰."""
    return not isinstance(term, Expression) or all(outsized(factor) is not None for factor in _parts(term)[1])


def _scaled(constant: Any) -> Scaled:
    coefficient, factors = _parts(constant) if isinstance(constant, Expression) else (constant, ())
    return times(coefficient, *_sizes(factors)[0])


def _constant(scaled: Scaled) -> Any:
    """A constant as a number, or as m·10ᵏ where no float holds it."""
    number, exponent = scaled
    if exponent == 0:
        return number
    tens = Power(10, exponent)
    return tens if is_exactly(number, 1) else Product(number, (tens,))


def product(*factors: Any) -> Any:
    """The product of simplified factors; like factors are joined where the first of them stands."""
    constants: list[Number] = []
    bases: dict[Any, Any] = {}
    is_raised = False
    for factor in _opened(factors, Product, "factors"):
        if isinstance(factor, Power):
            base, exponent, is_raised = factor.base, factor.exponent, True
        elif isinstance(factor, Expression):
            base, exponent = factor, 1
        else:
            constants.append(factor)
            continue
        if base not in bases:
            bases[base] = exponent
            continue
        is_raised, bases[base] = True, total(bases[base], exponent)
        if not isinstance(bases[base], Expression) and bases[base] == 0:
            del bases[base]
    kept = list(bases)
    if is_raised:
        kept = [power(base, exponent) for base, exponent in bases.items()]
        if any(isinstance(factor, Product) or not isinstance(factor, Expression) for factor in kept):
            return product(*constants, *kept)  # √(2x)·√(2x) has become 2x
    coefficient, tens = times(*constants)
    if tens or is_raised and any(map(_is_number_power, kept)):
        coefficient, rest = _with_number_powers(constants, kept)
        if rest != kept:
            return product(coefficient, *rest)
    if coefficient == 0 or not kept:
        return coefficient
    return kept[0] if is_exactly(coefficient, 1) and len(kept) == 1 else Product(coefficient, kept)


def _is_number_power(factor: Any) -> bool:
    """Whether it is a power of numbers that is no number itself: 10⁴⁰⁰, 1/0."""
    return isinstance(factor, Power) and not isinstance(factor.base, Expression) and (
        not isinstance(factor.exponent, Expression)
    )


def _with_number_powers(constants: list[Number], kept: list[Any]) -> tuple[Number, list[Any]]:
    """The coefficient and the factors of a product in which a constant is, or was, none that a float holds.

    Together they may be one: 10⁴⁰⁰·1×10⁻³⁰⁰ is 1×10¹⁰⁰. If not, they stay as they were written, or are m·10ᵏ.
    """
    sizes, others = _sizes(kept)
    coefficient, tens = times(*constants)
    whole, whole_tens = times(*constants, *sizes)
    if not whole_tens:
        return whole, others
    if tens or any(factor.base == 10 for factor in kept if outsized(factor) is not None):
        return whole, [Power(10, whole_tens), *others]
    return coefficient, kept


def _sizes(factors: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The factors that are outsized constants, as decimals, and the other factors."""
    sizes = [outsized(factor) for factor in factors]
    others = [factor for factor, size in zip(factors, sizes, strict=True) if size is None]
    return [size for size in sizes if size is not None], others


def outsized(factor: Any) -> Decimal | None:
    """A power of numbers that no float holds, such as 10⁴⁰⁰, as a decimal; None for what is no such."""
    return size_of(factor.base, factor.exponent) if _is_number_power(factor) else None


def spread(expression: Product) -> list[Any]:
    """The coefficient and the factors of a product, for a computer: what no float holds stands among the factors as
    several numbers, so that what is finite as a whole is so on the way.

    >>> from autograd.symbol import Symbol
    >>> x = Symbol("x")
    >>> spread(product(1e300, 3e100, x))
    [3, x, 1e+300, 1e+100]
    """
    sizes, others = _sizes(expression.factors)
    if not sizes:
        return [expression.coefficient, *others]
    numbers = floats_of(*times(expression.coefficient, *sizes))
    # A number, a factor, a number, …; what there is more of comes at the end.
    pairs = zip_longest(numbers, others)
    return [part for pair in pairs for part in pair if part is not None]


def power(base: Any, exponent: Any) -> Any:
    """base^exponent of simplified parts."""
    if not isinstance(exponent, Expression) and (exponent == 0 or is_exactly(exponent, 1)):
        return base if exponent else 1
    if not isinstance(base, Expression) and not isinstance(exponent, Expression):
        result = raised(base, exponent)
        return Power(base, exponent) if result is None else result
    if not isinstance(exponent, int):
        return Power(base, exponent)
    if isinstance(base, Power):
        whole = product(base.exponent, exponent)
        if not isinstance(whole, Rounded):  # else an odd power might become an even one
            return power(base.base, whole)
    elif isinstance(base, Product) and abs(exponent) <= _HIGHEST_OPENED:
        return product(power(base.coefficient, exponent), *(power(factor, exponent) for factor in base.factors))
    elif isinstance(base, Call) and base.op is ops.sqrt and exponent % 2 == 0:
        return power(base.arguments[0], exponent // 2)
    return Power(base, exponent)


def quotient(numerator: Any, denominator: Any) -> Any:
    """numerator/denominator of simplified parts."""
    return product(numerator, _inverse(denominator))


def _inverse(denominator: Any) -> Any:
    if not isinstance(denominator, Expression) and denominator != 0:
        return _constant(one_over(denominator))
    return power(denominator, -1)


def is_negative(term: Any) -> bool:
    """Whether the term is written with a minus in front."""
    if isinstance(term, Product):
        return term.coefficient < 0
    return not isinstance(term, Expression) and term < 0


def _parts(term: Any) -> tuple[Number, tuple[Any, ...]]:
    return (term.coefficient, term.factors) if isinstance(term, Product) else (1, (term,))


def _opened(items: Sequence[Any], kind: type, field: str) -> list[Any]:
    """Sums within a sum, and products within a product, taken apart."""
    result: list[Any] = []
    for item in items:
        if isinstance(item, kind):
            result += [item.coefficient] if isinstance(item, Product) else []
            result += getattr(item, field)
        else:
            result.append(item)
    return result


def _choice(condition: Any, then: Any, otherwise: Any) -> Any:
    if not isinstance(condition, Expression):
        return then if condition else otherwise
    return _Function(ops.where, (condition, then, otherwise))


# What may be taken together in one go: the operands of each operation, with their signs or their exponents.
_Openings = dict[Op, Callable[..., list[tuple[int, Any]]]]
_ADDING: _Openings = {
    ops.add: lambda a, b: [(1, a), (1, b)],
    ops.subtract: lambda a, b: [(1, a), (-1, b)],
    ops.sum_: lambda terms: [(1, term) for term in terms],
}
_MULTIPLYING: _Openings = {
    ops.multiply: lambda a, b: [(1, a), (1, b)],
    ops.divide: lambda a, b: [(1, a), (-1, b)],
    ops.negative: lambda x: [(1, -1), (1, x)],
}
_RULES: dict[Op, Callable[..., Any]] = {
    ops.power: power,
    ops.positive: lambda x: x,
    ops.where: _choice,
    ops.dot: lambda weights, inputs, bias: total(*map(product, weights, inputs), bias),
}
