"""An expression as a formula for LibreOffice and Excel, without the `=`: `B2*(1-B2)`, `1/(1+EXP(-MAX(z,-709)))`.

A unary minus binds tighter than `^` there, and `^` groups from the left, so a power always stands in brackets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .. import ops
from ..atoms import Derivative, IndexSum, Numeral
from ..errors import GraphTooLargeError, LabelError, OperandError
from ..notation import identifier
from ..op import Op
from ..simplify import Power, Product, Sum, is_negative, outsized, spread
from ..symbol import Call, Symbol
from .factors import is_under, negated
from .shape import ARITHMETIC, unfolded

_SUM, _PRODUCT, _ATOM = range(3)
_LONGEST = 1_000_000  # characters; some functions write their operand several times, and a nest of them explodes
_CELL = re.compile(r"[a-z]{1,3}\d+|r\d*(c\d*)?|c\d*|true|false", re.IGNORECASE)

_Formula = tuple[str, int]
_Writing = Generator[Any, _Formula, _Formula]


def spreadsheet(expression: Any, cells: Mapping[str, str] | None = None) -> str:
    """The formula of an expression; `cells` says in which cell, or under which defined name, each label stands.

    >>> from autograd.simplify import simplify
    >>> y, h = Symbol("y_1"), Symbol("h1")
    >>> spreadsheet(simplify(-y**2 * (1 - y) / h), {"y_1": "B2"})
    '-(B2^2)*(1-B2)/h1_'

    A label without a cell becomes the defined name `identifier(label)`, with an underscore behind what would be read
    as a cell (h1, r, c). Raises LabelError if two labels become one name (spreadsheets do not tell w from W),
    OperandError for an operation or a number that spreadsheets do not have, and GraphTooLargeError for a formula of
    more than a million characters.
    """
    names = _names(expression, cells or {})

    def write(part: Any) -> _Writing:
        formula, binding = yield from _write(part, names)
        if len(formula) > _LONGEST:
            raise GraphTooLargeError(
                f"this formula has more than {_LONGEST:,} characters; give inner values cells of their own"
            )
        return formula, binding

    formula: str = unfolded(write, expression)[0]
    return formula


def cell_name(label: str) -> str:
    """The defined name of a label.

    >>> [cell_name(label) for label in ("w_11", "h1", "r", "delta_j", "true")]
    ['w_11', 'h1_', 'r_', 'delta_j', 'true_']
    """
    name = identifier(label)
    return f"{name}_" if _CELL.fullmatch(name) else name


def _names(expression: Any, cells: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for label in dict.fromkeys(symbol.label for symbol in _symbols(expression)):
        names[label] = cells[label] if label in cells else cell_name(label)
        other = owners.setdefault(names[label].casefold(), label)
        if other != label and label not in cells:
            raise LabelError(
                f"{other!r} and {label!r} would be one name in a spreadsheet, which does not tell capitals from small"
                f" letters; say where they stand: cells={{{other!r}: 'A1', {label!r}: 'B1'}}"
            )
    return names


def _symbols(expression: Any) -> Iterator[Symbol]:
    stack, seen = [expression], set()
    while stack:
        item = stack.pop()
        if isinstance(item, Symbol):
            yield item
        elif id(item) not in seen:
            seen.add(id(item))
            stack.extend(reversed(_inner(item)))


def _inner(item: Any) -> Sequence[Any]:
    if isinstance(item, Sum):
        return item.terms
    if isinstance(item, Product):
        return item.factors
    if isinstance(item, Power):
        return item.base, item.exponent
    return item.arguments if isinstance(item, Call) else item if isinstance(item, tuple) else ()


def _write(expression: Any, names: dict[str, str]) -> _Writing:
    """A formula and how tightly its outermost operation binds; yields the parts that it needs."""
    if isinstance(expression, Symbol):
        return names[expression.label], _ATOM
    if isinstance(expression, Sum):
        return (yield from _sum(expression.terms))
    if isinstance(expression, Product):
        return (yield from _product(expression))
    if isinstance(expression, Power):
        return (yield from _power(expression))
    if isinstance(expression, Call):
        return (yield from _call(expression))
    return _number(expression.number if isinstance(expression, Numeral) else expression)


def _sum(terms: Sequence[Any]) -> _Writing:
    pieces = [_within((yield terms[0]), _SUM)]
    for term in terms[1:]:
        sign = "-" if is_negative(term) else "+"
        pieces.append(sign + _within((yield negated(term) if is_negative(term) else term), _PRODUCT))
    return "".join(pieces), _SUM


def _product(expression: Product) -> _Writing:
    coefficient, *factors = spread(expression)
    size: Any = abs(coefficient)
    over = [factor for factor in factors if not is_under(factor)]
    under = [Power(f.base, -f.exponent) if f.exponent != -1 else f.base for f in factors if is_under(f)]
    if isinstance(size, Fraction):
        size, under = size.numerator, [size.denominator, *under]
    upper = yield from _factors(over if size == 1 and over else [size, *over])
    if under:
        lower = yield from _factors(under)
        upper += f"/{lower}" if len(under) == 1 else f"/({lower})"
    return (f"-{upper}", _SUM) if coefficient < 0 else (upper, _PRODUCT)


def _factors(factors: Sequence[Any]) -> Generator[Any, _Formula, str]:
    pieces = []
    for factor in factors:
        pieces.append(_within((yield factor), _ATOM))
    return "*".join(pieces)


def _power(expression: Power) -> _Writing:
    if is_under(expression) or outsized(expression) is not None:
        return (yield from _product(Product(1, [expression])))
    base = _within((yield expression.base), _ATOM)
    return f"({base}^{_within((yield expression.exponent), _ATOM)})", _ATOM


def _call(call: Call) -> _Writing:
    if call.op in ARITHMETIC:
        return (yield ARITHMETIC[call.op](*call.arguments))
    if call.op is ops.where:
        return (yield from _choice(call))
    if call.op not in _FORMULAS:
        raise OperandError(f"{call.op.name} has no form in a spreadsheet; compute it elsewhere and put its value into"
                           " a cell, or write it with the operations of the table", op=call.op.name)
    operands: list[Any] = []
    for argument in call.arguments:
        if isinstance(argument, tuple):
            items = []
            for item in argument:
                items.append(_within((yield item), _ATOM))
            operands.append(items)
        else:
            operands.append(_within((yield argument), _ATOM))
    return _FORMULAS[call.op](*operands)


def _choice(call: Call) -> _Writing:
    condition, then, otherwise = call.arguments
    if isinstance(condition, Call) and condition.op is ops.greater:
        asked = yield from _comparison(condition)
    else:
        asked = f"{_within((yield condition), _ATOM)}<>0"
    chosen = (yield then)[0]
    return f"IF({asked},{chosen},{(yield otherwise)[0]})", _ATOM


def _comparison(call: Call) -> Generator[Any, _Formula, str]:
    left = (yield call.arguments[0])[0]
    return f"{left}>{(yield call.arguments[1])[0]}"


def _number(number: Any) -> _Formula:
    if not isinstance(number, (int, float, Fraction)):
        raise OperandError(f"a spreadsheet formula needs every value; it has none for {_told(number)}")
    if isinstance(number, Fraction):
        return f"{number.numerator}/{number.denominator}", _PRODUCT if number > 0 else _SUM
    if not isinstance(number, int) or abs(number) >= 2**53:
        number = float(number)
    if not math.isfinite(number):
        raise OperandError(f"a spreadsheet has no number {number}")
    written = repr(number).upper()
    return written.removesuffix(".0"), _SUM if math.copysign(1, number) < 0 else _ATOM


def _told(atom: Any) -> str:
    if isinstance(atom, Derivative):
        return f"∂{atom.output}/∂{atom.variable}"
    return f"the sum over {atom.index}" if isinstance(atom, IndexSum) else "what is left out"


def _within(formula: _Formula, binding: int) -> str:
    text, own = formula
    return text if own >= binding else f"({text})"


# ---------------------------------------------------------------- functions
# Operands come in brackets where they need them. Where the plain formula loses digits (LN(1+x) at small x) or
# overflows (EXP at 1000), the formula is one that does not, in functions that both programs have.


def _named(name: str) -> Callable[[str], _Formula]:
    return lambda x: (f"{name}({x})", _ATOM)


def _expm1(x: str) -> str:
    return f"IF(ABS({x})<0.001,{x}*(1+{x}/2*(1+{x}/3*(1+{x}/4))),EXP({x})-1)"


def _log1p(x: str) -> str:
    return f"IF(ABS({x})<0.001,{x}*(1-{x}*(1/2-{x}*(1/3-{x}/4))),LN(1+{x}))"


def _sigmoid(x: str, numerator: str = "1") -> _Formula:
    return f"{numerator}/(1+EXP(-MAX({x},-709)))", _PRODUCT


def _softplus(x: str) -> _Formula:
    return f"MAX({x},0)+{_log1p(f'EXP(-ABS({x}))')}", _SUM


def _leaky(x: str, below: str) -> _Formula:
    return f"IF({x}>0,{x},{below})", _ATOM


def _logsumexp(terms: list[str]) -> _Formula:
    if len(terms) == 1:
        return terms[0], _ATOM
    largest = f"MAX({','.join(terms)})"
    return f"{largest}+LN({'+'.join(f'EXP({term}-{largest})' for term in terms)})", _SUM


_FORMULAS: dict[Op, Callable[..., _Formula]] = {
    **{getattr(ops, name): _named(function) for name, function in {
        "absolute": "ABS", "sign": "SIGN", "exp": "EXP", "log": "LN", "sqrt": "SQRT", "sin": "SIN", "cos": "COS",
        "tan": "TAN", "arcsin": "ASIN", "arccos": "ACOS", "arctan": "ATAN", "sinh": "SINH", "cosh": "COSH",
        "tanh": "TANH", "erf": "ERF", "erfc": "ERFC",
    }.items()},
    ops.greater: lambda a, b: (f"IF({a}>{b},1,0)", _ATOM),
    ops.maximum: lambda a, b: (f"MAX({a},{b})", _ATOM),
    ops.minimum: lambda a, b: (f"MIN({a},{b})", _ATOM),
    ops.expm1: lambda x: (_expm1(x), _ATOM),
    ops.log1p: lambda x: (_log1p(x), _ATOM),
    ops.sigmoid: _sigmoid,
    ops.softplus: _softplus,
    ops.relu: lambda x: (f"MAX({x},0)", _ATOM),
    ops.leaky_relu: lambda x, slope: _leaky(x, f"{slope}*{x}"),
    ops.elu: lambda x, alpha: _leaky(x, f"{alpha}*{_expm1(x)}"),
    ops.gelu: lambda x: (f"{x}*ERFC(-{x}/SQRT(2))/2", _PRODUCT),
    ops.silu: lambda x: _sigmoid(x, x),
    ops.mean: lambda terms: (f"({'+'.join(terms)})/{len(terms)}", _PRODUCT),
    ops.logsumexp: _logsumexp,
}  # fmt: skip
