"""The shape of an expression on paper: what stands under the fraction bar, where a dot and where brackets are needed.

It is decided here once. A printer is a `Writer` that says how each piece looks in its form (text, LaTeX, MathML); a
form that is written on one line (`is_flat`) needs brackets where fractions, roots and exponents need none.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import lru_cache
from types import GeneratorType
from typing import Any, NamedTuple

from .. import ops
from ..atoms import Derivative, IndexSum, Numeral, Omitted, PathSum
from ..errors import GraphTooLargeError
from ..notation import read
from ..op import Op, flatten
from ..simplify import Power, Product, Sum, is_negative
from ..symbol import Call, Expression, Symbol
from .factors import VULGAR, Figure, figure_of, is_under, negated, over_and_under, stands_close

# How tightly the outermost operation of a piece binds.
CHOICE, COMPARISON, SUM, PRODUCT, POWER, ATOM = range(6)
DEEPEST = 60  # TeX holds 255 groups in each other, a browser 512 elements, and a fraction takes three


class Piece(NamedTuple):
    """A part of an expression in the form of its printer.

    `brackets` is the outermost kind of grouping brackets in it ("", "(" or "["), `levels` how deep fractions, roots
    and exponents stand in each other, `is_tall` whether brackets around it have to grow, `is_leibniz` whether it is a
    derivative ∂y/∂x, or a sum of products of such.
    """

    form: Any
    binding: int = ATOM
    brackets: str = ""
    levels: int = 0
    is_tall: bool = False
    is_leibniz: bool = False


Steps = Generator[Any, Piece, Piece]
Writing = Piece | Steps


def unfolded(write: Callable[[Any], Any], expression: Any) -> Any:
    """What `write` answers for `expression`, without recursion.

    `write` answers at once, or it is a generator: where it needs its answer for a part of the expression, it yields
    the part and gets the answer.

    >>> def depth(item):
    ...     return 1 + (yield item[0]) if item else 0
    >>> unfolded(depth, (((),),))
    2
    """
    stack: list[Generator[Any, Any, Any]] = []
    answer: Any = write(expression)
    while True:
        if type(answer) is GeneratorType:
            stack.append(answer)
            answer = None
        if not stack:
            return answer
        try:
            answer = write(stack[-1].send(answer))
        except StopIteration as end:
            stack.pop()
            answer = end.value


class Writer:
    """Writes expressions piece by piece; the methods below `# hooks` say how a piece looks."""

    is_flat = True
    has_tall_sums = False  # whether brackets grow with the Σ in them

    def __init__(self, digits: int = 4) -> None:
        self.digits = digits

    def written(self, expression: Any) -> Piece:
        """The piece that the whole expression is."""
        piece: Piece = unfolded(self.write, expression)
        return piece

    def write(self, expression: Any) -> Writing:
        """The piece of an expression; yields the parts that it needs."""
        writer = _WRITERS.get(type(expression)) or _writer_of(expression)
        return writer(self, expression)

    def symbol(self, symbol: Symbol) -> Piece:
        """A name; one with a superscript or a prime needs brackets before it gets an exponent."""
        return Piece(self.label(symbol.label), POWER if _is_raised(symbol.label) else ATOM)

    def derivative(self, derivative: Derivative) -> Piece:
        """∂L/∂w."""
        form = self.leibniz(self.label(derivative.output), self.label(derivative.variable))
        return Piece(form, PRODUCT, "", 1, is_tall=True, is_leibniz=True)

    def left_out(self, omitted: Omitted) -> Piece:
        """… (97 more)."""
        return Piece(self.omitted(omitted.count))

    def number(self, number: Any, digits: int | None = None) -> Piece:
        """A constant, exactly where it is a fraction that is easily read."""
        figure = figure_of(number, digits or self.digits)
        is_vulgar = bool(figure.denominator) and abs(number) in VULGAR and self.is_flat
        is_atom = not (figure.exponent or figure.denominator) or is_vulgar
        binding = SUM if figure.is_negative else ATOM if is_atom else PRODUCT
        return Piece(self.figure(figure), binding, is_tall=bool(figure.denominator))

    def numeral(self, numeral: Numeral) -> Piece:
        """A number in the place of a symbol: always decimal."""
        return self.number(float(numeral.number) + 0.0, numeral.digits)  # + 0.0: there is no −0 here

    def sum(self, expression: Sum) -> Steps:
        """t₁ + t₂ − t₃."""
        pieces: list[Piece] = []
        first = PRODUCT if isinstance(expression, PathSum) else SUM  # (y₁ − t₁) + (y₂ − t₂): one term for each path
        for index, term in enumerate(expression.terms):
            has_minus = is_negative(term)
            pieces += [self.sign("minus" if index else "negative")] if has_minus else [self.sign("plus")] * bool(index)
            shown = negated(term) if has_minus else term
            pieces.append(self.within((yield shown), PRODUCT if has_minus or index else first, _is_sum(shown)))
        return self.row(pieces, SUM, is_leibniz=any(piece.is_leibniz for piece in pieces))

    def index_sum(self, expression: IndexSum) -> Steps:
        """Σ over an index of all that follows, up to the next plus or minus."""
        body = self.within((yield expression.body), PRODUCT)
        form = self.over_index(self.label(expression.index), body.form)
        return Piece(form, PRODUCT, body.brackets, body.levels, body.is_tall or self.has_tall_sums, body.is_leibniz)

    def product(self, expression: Product) -> Steps:
        """±coefficient · factors / factors under the bar."""
        over, under = over_and_under(expression)
        if under:
            upper, lower = (yield from self.factors(over, under)), (yield from self.below(under))
            form = self.fraction(upper.form, lower.form)
            is_leibniz = upper.is_leibniz or lower.is_leibniz
            written = Piece(form, PRODUCT, _brackets(upper, lower), _levels(upper, lower) + 1, True, is_leibniz)
        else:
            written = yield from self.factors(over)
        if expression.coefficient < 0:
            return self.row([self.sign("negative"), written], SUM, is_leibniz=written.is_leibniz)
        return written

    def below(self, under: list[Any]) -> Steps:
        """What stands under the fraction bar."""
        lower = yield from self.factors(under, under)
        return self.within(lower, POWER if self.is_flat else CHOICE)

    def factors(self, factors: list[Any], under: Sequence[Any] = ()) -> Steps:
        """f₁·f₂·…; `under` tells whether they stand above or below a fraction bar."""
        pieces = []
        for factor in factors:
            pieces.append((yield factor))
        if len(pieces) == 1:
            is_open = under and not self.is_flat
            needed = POWER if under and (pieces[0].is_leibniz or _is_sum(factors[0])) else PRODUCT
            return self.within(pieces[0], CHOICE if is_open else needed, is_square=_is_sum(factors[0]))
        is_leibniz = any(piece.is_leibniz for piece in pieces)
        dot = "spaced dot" if is_leibniz else "dot"
        row: list[Piece] = []
        for before, factor, piece in zip([None, *factors], factors, pieces, strict=False):
            if row:
                row.append(self.sign("close" if stands_close(before, factor) else dot))
            is_open = isinstance(factor, IndexSum) and factor is factors[-1] and not (under and self.is_flat)
            row.append(self.within(piece, PRODUCT if _is_loose(factor) or is_open else POWER, _is_sum(factor)))
        return self.row(row, PRODUCT, is_leibniz)

    def power(self, expression: Power) -> Steps:
        """base^exponent, or one over it."""
        if is_under(expression):
            return (yield from self.product(Product(1, [expression])))
        base = self.within((yield expression.base), ATOM, _is_sum(expression.base))
        exponent = yield expression.exponent
        form = self.raised(base.form, exponent.form)
        return Piece(form, POWER, base.brackets, max(base.levels, exponent.levels + 1), base.is_tall)

    def call(self, call: Call) -> Writing:
        """A function, or whatever shape the notation of the operation has."""
        if call.op in ARITHMETIC:
            return self.write(ARITHMETIC[call.op](*call.arguments))
        shape = call.op.notation.shape
        return getattr(self, f"_{shape}", self._function)(call)

    def _function(self, call: Call) -> Steps:
        pieces: list[Piece] = []
        for argument in flatten(call.arguments):
            pieces.append((yield argument))
        is_tall = any(piece.is_tall for piece in pieces)
        form = self.function(call.op, [piece.form for piece in pieces], is_tall)
        return Piece(form, ATOM, _brackets(*pieces), _levels(*pieces) + is_tall, is_tall)

    def _bars(self, call: Call) -> Steps:
        inner = yield call.arguments[0]
        return Piece(self.bars(inner.form), ATOM, inner.brackets, inner.levels + 1, inner.is_tall)

    def _root(self, call: Call) -> Steps:
        inner = yield call.arguments[0]
        is_open = not self.is_flat or isinstance(call.arguments[0], Symbol)
        inner = self.within(inner, CHOICE if is_open else ATOM)
        binding = POWER if self.is_flat else ATOM
        return Piece(self.root(inner.form), binding, inner.brackets, inner.levels + 1, inner.is_tall)

    def _infix(self, call: Call) -> Steps:
        left, right = call.arguments
        left, right = self.within((yield left), SUM), self.within((yield right), SUM)
        return self.row([left, Piece(self.relation(call.op)), right], COMPARISON)

    def _cases(self, call: Call) -> Steps:
        rows: list[tuple[Any, Any, bool]] = []
        pieces: list[Piece] = []
        otherwise: Any = call
        needed = COMPARISON if self.is_flat else CHOICE
        while isinstance(otherwise, Call) and otherwise.op is call.op:
            condition, then, otherwise = otherwise.arguments
            is_comparison = isinstance(condition, Call) and condition.op.notation.shape == "infix"
            asked = self.within((yield condition), COMPARISON if is_comparison or self.is_flat else SUM)
            chosen = self.within((yield then), needed)
            pieces += [asked, chosen]
            rows.append((chosen.form, asked.form, is_comparison))
        last = yield otherwise
        pieces.append(last)
        return Piece(self.cases(rows, last.form), CHOICE, _brackets(*pieces), _levels(*pieces) + 1, is_tall=True)

    def within(self, piece: Piece, binding: int, is_square: bool = False) -> Piece:
        """The piece in brackets, unless it binds as tightly as that; brackets around round ones are square."""
        if piece.binding >= binding:
            return piece
        bracket = "[" if is_square or piece.brackets == "(" else "("
        form = self.bracketed(piece.form, bracket, piece.is_tall)
        levels, is_leibniz = piece.levels + piece.is_tall, piece.is_leibniz and is_square
        return Piece(form, ATOM, bracket, levels, piece.is_tall, is_leibniz)

    def row(self, pieces: list[Piece], binding: int, is_leibniz: bool = False) -> Piece:
        """Pieces one after the other."""
        form = self.joined([piece.form for piece in pieces])
        is_tall = any(piece.is_tall for piece in pieces)
        return Piece(form, binding, _brackets(*pieces), _levels(*pieces), is_tall, is_leibniz)

    def sign(self, name: str) -> Piece:
        """A sign between terms or factors: plus, minus, negative (in front), dot, spaced dot, close (no dot)."""
        return Piece(self.signs[name])

    # hooks ------------------------------------------------------------------------------------------------------

    signs: dict[str, Any]

    def joined(self, forms: list[Any]) -> Any:
        """Forms one after the other."""
        raise NotImplementedError

    def label(self, label: str) -> Any:
        """A name."""
        raise NotImplementedError

    def figure(self, figure: Figure) -> Any:
        """A number."""
        raise NotImplementedError

    def over_index(self, index: Any, body: Any) -> Any:
        """Σ body over an index."""
        raise NotImplementedError

    def leibniz(self, output: Any, variable: Any) -> Any:
        """∂output/∂variable."""
        raise NotImplementedError

    def omitted(self, count: int) -> Any:
        """… (97 more)."""
        raise NotImplementedError

    def bracketed(self, form: Any, bracket: str, is_tall: bool) -> Any:
        """In brackets, "(" or "["."""
        raise NotImplementedError

    def fraction(self, over: Any, under: Any) -> Any:
        """over/under."""
        raise NotImplementedError

    def raised(self, base: Any, exponent: Any) -> Any:
        """base^exponent."""
        raise NotImplementedError

    def root(self, form: Any) -> Any:
        """The square root."""
        raise NotImplementedError

    def bars(self, form: Any) -> Any:
        """The absolute value."""
        raise NotImplementedError

    def function(self, op: Op, arguments: list[Any], is_tall: bool) -> Any:
        """f(a, b)."""
        raise NotImplementedError

    def relation(self, op: Op) -> Any:
        """The sign of a comparison, with the space around it."""
        raise NotImplementedError

    def cases(self, rows: list[tuple[Any, Any, bool]], otherwise: Any) -> Any:
        """(what, under which condition, whether this is a comparison) …, otherwise."""
        raise NotImplementedError


_WRITERS: dict[type, Callable[[Writer, Any], Writing]] = {
    Symbol: Writer.symbol,
    Derivative: Writer.derivative,
    Numeral: Writer.numeral,
    Omitted: Writer.left_out,
    IndexSum: Writer.index_sum,
    Sum: Writer.sum,
    Product: Writer.product,
    Power: Writer.power,
    Call: Writer.call,
}

def _writer_of(expression: Any) -> Callable[[Writer, Any], Writing]:
    return next((writer for kind, writer in _WRITERS.items() if isinstance(expression, kind)), Writer.number)


def _added(first: Any, last: Any, sign: int = 1) -> Sum:
    """first ± last, with a chain of sums in `first` opened, for it may be long."""
    terms = [last if sign > 0 else Product(-1, [last])]
    while isinstance(first, Call) and first.op in (ops.add, ops.subtract):
        last, op = first.arguments[1], first.op
        terms.append(last if op is ops.add else Product(-1, [last]))
        first = first.arguments[0]
    return Sum([first, *reversed(terms)])


# An expression that was not simplified is written as it stands.
ARITHMETIC: dict[Op, Callable[..., Any]] = {
    ops.add: _added,
    ops.subtract: lambda a, b: _added(a, b, -1),
    ops.multiply: lambda a, b: Product(1, [a, b]),
    ops.divide: lambda a, b: Product(1, [a, Power(b, -1)]),
    ops.power: Power,
    ops.negative: lambda x: Product(-1, [x]),
    ops.positive: lambda x: Product(1, [x]),
    ops.sum_: lambda terms: Sum(terms),
    ops.dot: lambda weights, inputs, bias: Sum(
        [*(Product(1, pair) for pair in zip(weights, inputs, strict=True)), *([] if _is_zero(bias) else [bias])]
    ),
}


def _levels(*pieces: Piece) -> int:
    return max((piece.levels for piece in pieces), default=0)


def _brackets(*pieces: Piece) -> str:
    kinds = {piece.brackets for piece in pieces}
    return "(" if "(" in kinds else "[" if "[" in kinds else ""


def refuse_depth(levels: int, form: str) -> None:
    """Raise GraphTooLargeError if fractions, roots and exponents stand in each other deeper than `form` can show."""
    if levels > DEEPEST:
        raise GraphTooLargeError(
            f"this expression nests {levels} fractions, roots and exponents, and {form} holds {DEEPEST}; give inner"
            " values a name of their own (label them), or write it as text"
        )


@lru_cache(maxsize=4096)
def _is_raised(label: str) -> bool:
    parts = read(label)
    return bool(parts.superscript) or parts.base.endswith("'")


def _is_loose(factor: Any) -> bool:
    """Whether a factor needs no brackets although it has an inner sign: 2·3.1×10⁻⁷, ∂L/∂y · ∂y/∂x."""
    return isinstance(factor, (Derivative, Numeral)) or not isinstance(factor, Expression)


def _is_sum(factor: Any) -> bool:
    """Whether a factor is a sum that is written in square brackets."""
    return isinstance(factor, (PathSum, IndexSum))


def _is_zero(bias: Any) -> bool:
    return not isinstance(bias, Expression) and bias == 0
