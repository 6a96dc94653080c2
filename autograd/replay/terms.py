"""The table read as code: an operation's forward function and its rules, applied to terms, become plain arithmetic.

A term is one more kind of operand, beside numbers, Values and symbols: it writes down the arithmetic that is done with
it. Where a function decides by a term (`if x >= 0`), it is run again for the other answer, and both results are kept:

>>> from autograd import ops
>>> trace = Trace()
>>> print(trace.forward(ops.relu, trace.operand("x")))
select((0 < x), x, select((x != x), x, 0.0))
>>> print(trace.forward(ops.softplus, trace.operand("x")))
(select((0 < x), x, 0.0) + log1p(exp((-abs(x)))))

So a new operation is compiled as soon as it stands in the table; what cannot be read this way (a function that leaves
Python's arithmetic, a loop that ends by a number) raises UntraceableError.
"""

from __future__ import annotations

import builtins
import math
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..errors import AutogradError
from ..op import Op

# Functions of `math` that become one term; those with a kernel of their own for lanes, and those without.
FUNCTIONS = (
    "acos", "asin", "atan", "copysign", "cos", "cosh", "erf", "erfc", "exp", "expm1", "log", "log1p", "pow", "sin",
    "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip
# What raises an error of the engine where its result is not finite, instead of handing infinity on.
RAISING = {*FUNCTIONS, "/"} - {"copysign", "erf", "erfc", "atan", "tanh"}
_COMPARISONS = ("<", "<=", "==", "!=")
_PULLED = ("+", "-", "*", "/")
_MOST_WAYS = 64


class UntraceableError(AutogradError):
    """A function cannot be read as arithmetic on its operands."""


class Term:
    """A step of arithmetic: `kind` is an operator, a function or "operand", over terms and plain numbers."""

    __slots__ = ("arguments", "kind", "trace")

    def __init__(self, trace: Trace, kind: str, arguments: tuple[Any, ...]) -> None:
        self.trace = trace
        self.kind = kind
        self.arguments = arguments

    @classmethod
    def interpret(cls, op: Op, arguments: tuple[Any, ...]) -> Term:
        """What a call of an operation does with a term among its operands: it writes the forward function down."""
        trace: Trace = next(argument.trace for argument in arguments if isinstance(argument, Term))
        found: Term = trace.forward(op, *arguments)
        return found

    def __bool__(self) -> bool:
        return self.trace.decide(self)

    def __str__(self) -> str:
        if self.kind == "operand":
            return str(self.arguments[0])
        if self.kind.isalpha() or self.kind.isalnum():
            return f"{self.kind}({', '.join(map(str, self.arguments))})"
        if len(self.arguments) == 1:
            return f"({self.kind}{self.arguments[0]})"
        return f"({self.arguments[0]} {self.kind} {self.arguments[1]})"

    __repr__ = __str__

    def __add__(self, other: Any) -> Term:
        return self.trace.term("+", self, other)

    def __radd__(self, other: Any) -> Term:
        return self.trace.term("+", other, self)

    def __sub__(self, other: Any) -> Term:
        return self.trace.term("-", self, other)

    def __rsub__(self, other: Any) -> Term:
        return self.trace.term("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.trace.product(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.trace.product(other, self)

    def __truediv__(self, other: Any) -> Term:
        return self.trace.term("/", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return self.trace.term("/", other, self)

    def __pow__(self, other: Any) -> Any:
        return self.trace.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.trace.power(other, self)

    def __neg__(self) -> Term:
        return self.trace.term("-", self)

    def __pos__(self) -> Term:
        return self

    def __abs__(self) -> Term:
        return self.trace.term("abs", self)

    def __lt__(self, other: Any) -> Any:
        return self.trace.term("<", self, other)

    def __le__(self, other: Any) -> Any:
        return self.trace.term("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.trace.term("<", other, self)

    def __ge__(self, other: Any) -> Any:
        return self.trace.term("<=", other, self)

    def __eq__(self, other: object) -> Any:
        return self.trace.term("==", self, other)

    def __ne__(self, other: object) -> Any:
        return self.trace.term("!=", self, other)

    __hash__ = object.__hash__


class Trace:
    """The terms of one piece of code; the same arithmetic on the same operands is one term."""

    def __init__(self) -> None:
        self._pool: dict[tuple[Any, ...], Term] = {}
        self._forwards: dict[tuple[Any, ...], Any] = {}
        self._answers: list[bool] = []  # for the decisions to come
        self._asked: list[tuple[Term, bool]] = []
        self._certain: set[int] = set()  # what is known to hold

    def operand(self, name: str) -> Term:
        """A term that stands for a number to come."""
        return self.term("operand", name)

    def term(self, kind: str, *arguments: Any) -> Term:
        """The term of that kind over those arguments."""
        if kind != "select":
            arguments = tuple(map(self._as_number, arguments))
        key = (kind, *(id(each) if isinstance(each, Term) else (type(each), repr(each)) for each in arguments))
        return self._pool.setdefault(key, Term(self, kind, arguments))

    def _as_number(self, argument: Any) -> Any:
        """The answer to a question, where it is reckoned with, as 1 or 0."""
        is_question = isinstance(argument, Term) and argument.kind in _COMPARISONS
        return self.term("select", argument, 1.0, 0.0) if is_question else argument

    def forward(self, op: Op, *operands: Any) -> Any:
        """The forward function of an operation, at these operands."""
        if op.forward is math.pow:
            return self.power(*operands)
        key = (op, *(id(each) if isinstance(each, Term) else each for each in operands))
        if key not in self._forwards:
            found = self.read(retold(op.forward), *operands)
            if isinstance(found, (tuple, list)):
                raise UntraceableError(f"{op.name} gives no number")
            self._forwards[key] = self._as_number(found)
        return self._forwards[key]

    def partial(self, op: Op, index: int, y: Any, *operands: Any) -> Any:
        """The rule of an operation for one of its operands."""
        found = self.read(op.partials[index], y, *operands)
        if isinstance(found, (tuple, list)) != op.is_list[index]:
            raise UntraceableError(f"the rule of {op.name} gives no number")
        return self._as_number(found)

    def read(self, function: Callable[..., Any], *operands: Any) -> Any:
        """What a function of numbers does with these operands, whatever it decides on the way."""
        outer = self._answers, self._asked
        self._ways = 0
        try:
            return self._explored(function, operands, [])
        except UntraceableError:
            raise
        except Exception as error:  # whatever a function does that is no arithmetic
            name = getattr(function, "__name__", function)
            raise UntraceableError(f"{name} is no plain arithmetic: {error}") from error
        finally:
            self._answers, self._asked = outer

    def _explored(self, function: Callable[..., Any], operands: Sequence[Any], answers: list[bool]) -> Any:
        self._ways += 1
        if self._ways > _MOST_WAYS:
            raise UntraceableError(f"it decides by its operands in more than {_MOST_WAYS} ways")
        self._answers, self._asked = answers, []
        result = self._number_or_term(function(*operands))
        asked = self._asked
        for depth in reversed(range(len(answers), len(asked))):
            other = [answer for _, answer in asked[:depth]]
            result = self.select(asked[depth][0], result, self._explored(function, operands, [*other, False]))
        return result

    def _number_or_term(self, result: Any) -> Any:
        return result if isinstance(result, (Term, tuple, list)) else float(result)

    def decide(self, condition: Term) -> bool:
        """The answer to a question that code asks: a new one is answered by yes, and by no in another run."""
        condition = self._question(condition)
        if id(condition) in self._certain:
            return True
        for known, answer in self._asked:
            if known is condition:
                return answer
        if len(self._asked) >= _MOST_WAYS:
            raise UntraceableError(f"it decides more than {_MOST_WAYS} times in a row")
        answer = self._answers[len(self._asked)] if len(self._asked) < len(self._answers) else True
        self._asked.append((condition, answer))
        return answer

    def assume(self, condition: Term) -> None:
        """From now on the condition holds; a number as a condition is not 0."""
        self._certain.add(id(self._question(condition)))

    def _question(self, condition: Term) -> Term:
        """A number as a question: whether it is not 0."""
        if condition.kind == "select":
            answer, yes, no = condition.arguments
            if _same_number(yes, 1.0) and _same_number(no, 0.0):
                return answer  # type: ignore[no-any-return]
        return condition if condition.kind in _COMPARISONS else self.term("!=", condition, 0.0)

    # ------------------------------------------------------------ terms that can be said more shortly

    def select(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds, else `no`; what both have in common is done once."""
        if yes is no or _same_number(yes, no):
            return yes
        if isinstance(yes, Term) and isinstance(no, Term) and yes.kind == no.kind in _PULLED:
            pairs = list(zip(yes.arguments, no.arguments, strict=True))
            if sum(a is b or _same_number(a, b) for a, b in pairs) == len(pairs) - 1:
                return self.term(yes.kind, *(self.select(condition, a, b) for a, b in pairs))
        return self.term("select", condition, yes, no)

    def product(self, a: Any, b: Any) -> Any:
        """a·b, in which 1 and −1 are no factors."""
        for factor, other in ((a, b), (b, a)):
            if isinstance(factor, (int, float)) and abs(factor) == 1:
                return other if factor == 1 else -other
        return self.term("*", a, b)

    def power(self, base: Any, exponent: Any) -> Any:
        """base**exponent; a small whole exponent is a product."""
        if isinstance(exponent, Term) or exponent not in (-2, -1, 0, 1, 2, 3, 4):
            return self.term("pow", base, exponent)
        if exponent < 0:
            return 1 / self.power(base, -exponent)
        square = self.product(base, base)
        return {0: 1.0, 1: base, 2: square, 3: self.product(square, base), 4: self.product(square, square)}[exponent]


def _same_number(a: Any, b: Any) -> bool:
    return isinstance(a, float) and isinstance(b, float) and repr(a) == repr(b)


# ---------------------------------------------------------------- functions of numbers, told in terms


def retold(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, in which `math.exp` and its like take terms, and so do the functions that it calls."""
    if function in _BUILT_IN:
        return _BUILT_IN[function]
    if not isinstance(function, types.FunctionType):
        return function
    names = {name: retold_name(function, name) for name in _names(function.__code__)}
    namespace = {**function.__globals__, **names}
    return types.FunctionType(function.__code__, namespace, function.__name__, function.__defaults__,
                              function.__closure__)  # fmt: skip


def retold_name(function: types.FunctionType, name: str) -> Any:
    """What a global name in a function means, told in terms."""
    if name not in function.__globals__:
        return _BUILT_IN.get(getattr(builtins, name, None), getattr(builtins, name, None))
    meant = function.__globals__[name]
    if meant is math:
        return _MATH
    return retold(meant) if isinstance(meant, types.FunctionType) and meant is not function else _told(meant)


def _told(meant: Any) -> Any:
    try:
        return _BUILT_IN.get(meant, meant)
    except TypeError:  # what cannot be a key is no function of `math`
        return meant


def _names(code: types.CodeType) -> Iterator[str]:
    """The names that code looks up, in functions within it, too."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


def _in_terms(name: str) -> Callable[..., Any]:
    plain = getattr(math, name)

    def told(*operands: Any) -> Any:
        trace = next((operand.trace for operand in operands if isinstance(operand, Term)), None)
        if trace is None:
            return plain(*operands)
        if name == "log" and len(operands) == 2:
            return told(operands[0]) / told(operands[1])
        return trace.power(*operands) if name == "pow" else trace.term(name, *operands)

    return told


def _float(operand: Any) -> Any:
    return operand if isinstance(operand, Term) else float(operand)


def _largest(*operands: Any) -> Any:
    found, *others = operands if len(operands) > 1 else operands[0]
    for each in others:
        found = each if each > found else found
    return found


def _smallest(*operands: Any) -> Any:
    found, *others = operands if len(operands) > 1 else operands[0]
    for each in others:
        found = each if each < found else found
    return found


_MATH = types.SimpleNamespace(**{**vars(math), **{name: _in_terms(name) for name in FUNCTIONS}})
_MATH.isnan = lambda x: x != x
_BUILT_IN: dict[Any, Callable[..., Any]] = {getattr(math, name): getattr(_MATH, name) for name in FUNCTIONS}
_BUILT_IN |= {math.isnan: _MATH.isnan, float: _float, max: _largest, min: _smallest}
