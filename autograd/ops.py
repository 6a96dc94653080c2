"""THE TABLE: every operation, its forward function and its local derivatives, each written once.

Read an entry aloud: "y is the sigmoid of x; its derivative is y times one minus y". The output `y` comes first, then
the operands. The rules are in the library's own operators, so the same line gives the engine a number, a second
derivative a graph, a derivation its symbols and the generated engine its code.

>>> from autograd import Value
>>> sigmoid.partials[0](0.25, None)
0.1875
>>> sigmoid.partials[0](Value(0.25), None)
Value(0.1875)

Kinks: relu'(0) = 0, abs'(0) = 0, and a tie of maximum or minimum gives each side half.
"""

from __future__ import annotations

import builtins
import cmath
import math
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .arithmetic import (
    complex_power,
    dot_of,
    logsumexp_of,
    plain_dot,
    plain_sum,
    sigmoid_of,
    sign_of,
    softplus_of,
    sum_of,
)
from .op import (
    ABOVE_MINUS_ONE,
    MINUS_ONE_TO_ONE,
    NOT_NEGATIVE,
    NOT_ZERO,
    POSITIVE,
    REAL,
    Domain,
    Notation,
    Op,
    is_node,
    number_of,
    op,
)

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO = math.sqrt(2)
ROOT_TWO_PI = 2.5066282746310007  # √(2π) to the nearest float, which math.sqrt(2 * math.pi) misses


def accurate(near: Any, written: Callable[[], Any], exact: Callable[[], Any]) -> Any:
    """One quantity in two forms: as it is `written`, and, where that would cancel (`near` close to 1), an `exact` one.

    1 − y has no correct digit where y is the sigmoid of 40; σ(−40) is the same number, and has all of them. Symbols
    give the written form, for people will read it.

    >>> accurate(1.0, lambda: 1 - 1.0, lambda: sigmoid(-40.0))
    4.248354255291589e-18
    """
    number = number_of(near)
    if isinstance(number, (int, float)):
        return exact() if number > 0.9 else written()
    choose = getattr(near, "choose", None)  # code that is generated decides when it runs
    return choose(greater(near, 0.9), exact(), written()) if choose else written()


def fading(x: Any, product: Callable[[], Any]) -> Any:
    """A product like x·e^(−x²), whose limit at ±∞ is 0; there floats would give ∞ · 0."""
    number = number_of(x)
    if isinstance(number, (int, float)):
        if not math.isinf(number):
            return product()
        return where(greater(sys.float_info.max, absolute(x)), product(), 0) if is_node(x) else 0
    choose = getattr(x, "choose", None)
    return choose(greater(absolute(x), sys.float_info.max), 0, product()) if choose else product()


def _named(text: str, latex: str = "") -> Notation:
    return Notation("function", text, latex or rf"\operatorname{{{text}}}")


# ---------------------------------------------------------------- arithmetic

add = op(
    "add", "a b",
    forward=operator.add,
    partials=(lambda y, a, b: 1, lambda y, a, b: 1),
    notation=Notation("infix", "+", "+", "+"),
    analytic=operator.add,
)

subtract = op(
    "subtract", "a b",
    forward=operator.sub,
    partials=(lambda y, a, b: 1, lambda y, a, b: -1),
    notation=Notation("infix", "−", "-", "-"),
    analytic=operator.sub,
)

multiply = op(
    "multiply", "a b",
    forward=operator.mul,
    partials=(lambda y, a, b: b, lambda y, a, b: a),
    notation=Notation("infix", "·", r" \cdot ", "*"),
    analytic=operator.mul,
)

divide = op(
    "divide", "numerator denominator",
    forward=operator.truediv,
    partials=(lambda y, a, b: 1 / b, lambda y, a, b: -y / b),
    domain=(REAL, NOT_ZERO),
    notation=Notation("fraction", "/", r"\frac", "/"),
    analytic=operator.truediv,
)


def _exponents_slope(y: Any, x: Any) -> Any:
    """y·log x; 0 where y is 0 (0**n for a positive n, or a power too small for a float): log 0 has no value."""
    if number_of(y) != 0:
        return y * log(x)
    # A node: y may be another number when the gradient is evaluated elsewhere.
    return where(y, y * log(where(y, x, 1)), 0) if is_node(y) else 0


# x**0 is 1 everywhere, so its slope is 0 even at x = 0, where x**(n - 1) has no value.
power: Op = op(
    "power", "base exponent",
    forward=math.pow,
    partials=(lambda y, x, n: 0 if n == 0 else n * x ** (n - 1), lambda y, x, n: _exponents_slope(y, x)),
    domain=(
        Domain("a positive base, or a whole-number exponent (not negative where the base is 0)", low=0.0, divides=True),
        REAL,
    ),
    notation=Notation("power", "^", "^", "**"),
    analytic=complex_power,
)

negative = op(
    "negative",
    forward=operator.neg,
    partials=(lambda y, x: -1,),
    notation=Notation("prefix", "−", "-", "-"),
    analytic=operator.neg,
)

positive = op(
    "positive",
    forward=operator.pos,
    partials=(lambda y, x: 1,),
    notation=Notation("prefix", "+", "+", "+"),
    analytic=operator.pos,
)

# ---------------------------------------------------------------- kinks and choices


absolute: Op = op("abs", forward=abs, partials=(lambda y, x: sign(x),), notation=Notation("bars", "|", "|"))

sign: Op = op("sign", forward=sign_of, partials=(lambda y, x: 0,), notation=_named("sign"), chooses=True)

greater: Op = op(
    "greater", "a b",
    forward=lambda a, b: 1.0 if a > b else 0.0,
    partials=(lambda y, a, b: 0, lambda y, a, b: 0),
    notation=Notation("infix", ">", ">", ">"),
    chooses=True,
)

where: Op = op(
    "where", "condition a b",
    forward=lambda condition, a, b: float(a if condition else b),
    partials=(lambda y, c, a, b: 0, lambda y, c, a, b: where(c, 1, 0), lambda y, c, a, b: where(c, 0, 1)),
    notation=Notation("cases", "where", r"\begin{cases}"),
    chooses=True,
)

maximum = op(
    "maximum", "a b",
    forward=lambda a, b: a if a >= b or a != a else b,
    partials=(
        lambda y, a, b: where(greater(a, b), 1, where(greater(b, a), 0, 0.5)),
        lambda y, a, b: where(greater(b, a), 1, where(greater(a, b), 0, 0.5)),
    ),
    notation=_named("max", r"\max"),
    chooses=True,
)

minimum: Op = op(
    "minimum", "a b",
    forward=lambda a, b: a if a <= b or a != a else b,
    partials=(
        lambda y, a, b: where(greater(b, a), 1, where(greater(a, b), 0, 0.5)),
        lambda y, a, b: where(greater(a, b), 1, where(greater(b, a), 0, 0.5)),
    ),
    notation=_named("min", r"\min"),
    chooses=True,
)

# ---------------------------------------------------------------- exponentials, logarithms, roots

exp: Op = op("exp", forward=math.exp, partials=(lambda y, x: y,), notation=_named("exp", r"\exp"), analytic=cmath.exp)

expm1: Op = op(
    "expm1",
    forward=math.expm1,
    partials=(lambda y, x: accurate(-y, lambda: y + 1, lambda: exp(x)),),
    notation=_named("expm1"),
    analytic=lambda z: cmath.exp(z) - 1,
)

log: Op = op(
    "log",
    forward=math.log,
    partials=(lambda y, x: 1 / x,),
    domain=(POSITIVE,),
    notation=_named("ln", r"\ln"),
    analytic=cmath.log,
)

log1p = op(
    "log1p",
    forward=math.log1p,
    partials=(lambda y, x: 1 / (1 + x),),
    domain=(ABOVE_MINUS_ONE,),
    notation=_named("log1p"),
    analytic=lambda z: cmath.log(1 + z),
)

sqrt: Op = op(
    "sqrt",
    forward=math.sqrt,
    partials=(lambda y, x: 1 / (2 * y),),
    domain=(NOT_NEGATIVE,),
    notation=Notation("root", "√", r"\sqrt"),
    analytic=cmath.sqrt,
)

# ---------------------------------------------------------------- trigonometric and hyperbolic functions

sin: Op = op(
    "sin",
    forward=math.sin,
    partials=(lambda y, x: cos(x),),
    notation=_named("sin", r"\sin"),
    analytic=cmath.sin,
)

cos: Op = op(
    "cos",
    forward=math.cos,
    partials=(lambda y, x: -sin(x),),
    notation=_named("cos", r"\cos"),
    analytic=cmath.cos,
)

tan = op(
    "tan",
    forward=math.tan,
    partials=(lambda y, x: 1 + y**2,),
    notation=_named("tan", r"\tan"),
    analytic=cmath.tan,
)

arcsin = op(
    "arcsin",
    forward=math.asin,
    partials=(lambda y, x: 1 / sqrt(1 - x**2),),
    domain=(MINUS_ONE_TO_ONE,),
    notation=_named("arcsin", r"\arcsin"),
    analytic=cmath.asin,
)

arccos = op(
    "arccos",
    forward=math.acos,
    partials=(lambda y, x: -1 / sqrt(1 - x**2),),
    domain=(MINUS_ONE_TO_ONE,),
    notation=_named("arccos", r"\arccos"),
    analytic=cmath.acos,
)

# x*x rather than x**2 where x may be huge: a product of floats gives infinity, a power raises.
arctan = op(
    "arctan",
    forward=math.atan,
    partials=(lambda y, x: 1 / (1 + x * x),),
    notation=_named("arctan", r"\arctan"),
    analytic=cmath.atan,
)

sinh: Op = op(
    "sinh",
    forward=math.sinh,
    partials=(lambda y, x: cosh(x),),
    notation=_named("sinh", r"\sinh"),
    analytic=cmath.sinh,
)

cosh: Op = op(
    "cosh",
    forward=math.cosh,
    partials=(lambda y, x: sinh(x),),
    notation=_named("cosh", r"\cosh"),
    analytic=cmath.cosh,
)

tanh = op(
    "tanh",
    forward=math.tanh,
    partials=(lambda y, x: accurate(y**2, lambda: 1 - y**2, lambda: 4 * sigmoid(2 * x) * sigmoid(-2 * x)),),
    notation=_named("tanh", r"\tanh"),
    analytic=cmath.tanh,
)

# ---------------------------------------------------------------- activations


sigmoid: Op = op(
    "sigmoid",
    forward=sigmoid_of,
    partials=(lambda y, x: y * accurate(y, lambda: 1 - y, lambda: sigmoid(-x)),),
    notation=_named("σ", r"\sigma"),
    analytic=lambda z: 1 / (1 + cmath.exp(-z)),
)

softplus = op(
    "softplus",
    forward=softplus_of,
    partials=(lambda y, x: sigmoid(x),),
    notation=_named("softplus"),
    analytic=lambda z: cmath.log(1 + cmath.exp(z)),
)

relu = op(
    "relu",
    forward=lambda x: x if x > 0 or x != x else 0.0,
    partials=(lambda y, x: where(greater(x, 0), 1, 0),),
    notation=_named("relu"),
)

leaky_relu = op(
    "leaky_relu", "x slope=0.01",
    forward=lambda x, slope: x if x > 0 else slope * x,
    partials=(lambda y, x, slope: where(greater(x, 0), 1, slope), lambda y, x, slope: where(greater(x, 0), 0, x)),
    notation=_named("leaky_relu", r"\operatorname{leaky\_relu}"),
)

elu = op(
    "elu", "x alpha=1",
    forward=lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
    partials=(
        lambda y, x, alpha: where(greater(x, 0), 1, accurate(-x, lambda: y + alpha, lambda: alpha * exp(x))),
        lambda y, x, alpha: where(greater(x, 0), 0, expm1(minimum(x, 0))),
    ),
    notation=_named("elu"),
)

erf: Op = op("erf", forward=math.erf, partials=(lambda y, x: TWO_OVER_ROOT_PI * exp(-x * x),), notation=_named("erf"))

# 1 − erf(x) with all digits, also where erf(x) is nearly 1: erfc(10) = 2.1e-45.
erfc: Op = op(
    "erfc",
    forward=math.erfc,
    partials=(lambda y, x: -TWO_OVER_ROOT_PI * exp(-x * x),),
    notation=_named("erfc"),
)

# x·Φ(x) with the normal distribution function Φ, as in Hendrycks & Gimpel (2016), not its tanh approximation.
gelu = op(
    "gelu",
    forward=lambda x: 0.5 * x * math.erfc(-x / ROOT_TWO) if x != -math.inf else 0.0,
    partials=(
        lambda y, x: 0.5 * accurate(-erf(x / ROOT_TWO), lambda: 1 + erf(x / ROOT_TWO), lambda: erfc(-x / ROOT_TWO))
        + fading(x, lambda: x * exp(-x * x / 2) / ROOT_TWO_PI),
    ),
    notation=_named("gelu"),
)

silu = op(
    "silu",
    forward=lambda x: x * sigmoid_of(x) if x != -math.inf else 0.0,
    partials=(
        lambda y, x: sigmoid(x)
        + fading(x, lambda: y * accurate(sigmoid(x), lambda: 1 - sigmoid(x), lambda: sigmoid(-x))),
    ),
    notation=_named("silu"),
    analytic=lambda z: z / (1 + cmath.exp(-z)),
)

# ---------------------------------------------------------------- many operands, one node


def _share_of_sum(y: Any, term: Any, terms: Sequence[Any]) -> Any:
    """e^term / Σ e^terms; where y is infinite, the infinite terms share alike."""
    number = number_of(y)
    if not isinstance(number, float) or not math.isinf(number):
        return exp(term - y)
    alike = [number_of(each) == number for each in terms]
    share = 1 / builtins.sum(alike) if number_of(term) == number else 0
    return where(greater(sys.float_info.max, absolute(y)), exp(term - y), share) if is_node(y) else share


dot = op(
    "dot", "weights* inputs* bias=0",
    forward=dot_of,
    partials=(lambda y, w, x, b: x, lambda y, w, x, b: w, lambda y, w, x, b: 1),
    notation=Notation("dot", "Σ", r"\sum"),
    analytic=plain_dot,
)

sum_ = op(
    "sum", "terms*",
    forward=sum_of,
    partials=(lambda y, x: (1,) * len(x),),
    notation=Notation("sum", "Σ", r"\sum"),
    analytic=plain_sum,
)

mean = op(
    "mean", "terms*",
    forward=lambda terms: sum_of(terms) / len(terms),
    partials=(lambda y, x: (1 / len(x),) * len(x),),
    notation=_named("mean"),
    analytic=lambda terms: plain_sum(terms) / len(terms),
)

logsumexp = op(
    "logsumexp", "terms*",
    forward=logsumexp_of,
    partials=(lambda y, x: tuple(_share_of_sum(y, term, x) for term in x),),
    notation=_named("logsumexp"),
    analytic=lambda terms: cmath.log(plain_sum([cmath.exp(x) for x in terms])),
)

# ---------------------------------------------------------------- other names

# As functions, as methods and in formulas.
ALIASES = {"asin": arcsin, "acos": arccos, "atan": arctan, "absolute": absolute}
