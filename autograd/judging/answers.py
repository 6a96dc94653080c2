"""What a student hands in, as something that has a number at every point: a formula, a number or a function.

What cannot be read raises `UnreadableError` with one sentence and, for a formula, the place.
"""

from __future__ import annotations

import inspect
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ..errors import AutogradError, FormulaError
from ..formulas.leibniz import without_left_side
from ..formulas.reading import Reading, by_label, prepare
from ..formulas.spelling import Names as Spellings
from ..formulas.spelling import label_of
from ..notation import identifier, text
from ..op import describe, number_of, plain_number
from ..symbol import Expression, Symbol
from .names import decay_names, delta_names, rate_names
from .programs import Program

if TYPE_CHECKING:
    from ..value import Value
    from .points import Point, Scene

_EXACT = 1e-9  # the relative error allowed where all digits are given
_SHORT = {2: 2.0**-11, 4: 2.0**-24}  # the relative error of a number of so many bytes
_MOST_READINGS = 4
DECIMAL = re.compile(r"\d*\.\d+(?:[eE][+\-]?\d+)?")
# A number alone, which may have a decimal comma, an "=" or a left side before it, and $ $ around it.
_NUMBER = re.compile(r"\s*\$?\s*([+\-−]?\s*(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+\-−]?\d+)?)\s*\$?\s*")


class UnreadableError(Exception):
    """An answer that is no answer; the message is for the student."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class Names:
    """The names of a graph by what they stand for; `reading` chooses among several nodes of one δ.

    `has_delta` says that the answer may have a δ, so that it must be known which one derive means by it.
    """

    def __init__(self, scene: Scene, has_delta: bool = True) -> None:
        self.labels = [scene.view.name(node) for node in scene.view.nodes]
        self.node_of = dict(zip(self.labels, scene.view.nodes, strict=True))
        known = delta_names(scene, has_delta)
        self.deltas = {name: nodes for name, nodes in known.items() if name not in self.node_of}
        taken = {*self.labels, *self.deltas}
        self.rates, self.decays = rate_names(taken), decay_names(taken)
        self.symbols: dict[str, Symbol] = {}
        spelled: set[str] = set()
        for name in (*self.labels, *self.deltas, *self.rates, *self.decays):
            if label_of(name) not in spelled:  # two spellings of one name are the first
                spelled.add(label_of(name))
                self.symbols[name] = Symbol(name)

    def number(self, name: str, point: Point, reading: int = 0) -> float:
        """What a name is at a point; KeyError if it is unknown."""
        if name in self.node_of:
            return point.numbers[self.node_of[name]]
        if name in self.deltas:
            nodes = self.deltas[name]
            return point.gradient.get(nodes[min(reading, len(nodes) - 1)], 0.0)
        return point.rate if name in self.rates else point.decay


class Answer:
    """An answer: `at` gives its number at a point, or None where it has none."""

    is_number = False  # a plain number, which speaks of the current point only
    half = 0.0  # half a unit of its last digit
    uses_rate = uses_decay = False
    has_fractions = False  # numbers with a point in a formula
    has_decimals = False  # such numbers with several digits, which may have been rounded
    program: Program | None = None
    ambiguous: tuple[str, ...] = ()

    def at(self, point: Point) -> float | None:
        """The number of the answer there."""
        raise NotImplementedError


class Number(Answer):
    """A number, and how far it may be off by the digits it is given to."""

    is_number = True

    def __init__(self, number: float, half: float) -> None:
        self.number, self.half = number, half

    def at(self, point: Point) -> float | None:
        """The number, wherever."""
        return self.number


class Formula(Answer):
    """A formula in the names of the graph, in one reading of its δ."""

    def __init__(self, program: Program, names: Names, reading: int = 0, written: str = "") -> None:
        self.program, self.names, self.reading, self.written = program, names, reading, written
        used = program.labels
        self.uses_rate = any(label in names.rates for label in used)
        self.uses_decay = any(label in names.decays for label in used)
        self.ambiguous = tuple(label for label in used if len(names.deltas.get(label, ())) > 1)

    def at(self, point: Point) -> float | None:
        """The number of the formula there."""
        return self.number_of(self.program, point) if self.program else None

    def number_of(self, program: Program, point: Point) -> float | None:
        """The number of another formula in the same names."""
        return program.number_at({label: self.names.number(label, point, self.reading) for label in program.labels})

    def readings(self) -> list[Formula]:
        """One formula for each way to read its δ."""
        count = max((len(self.names.deltas[label]) for label in self.ambiguous), default=1)
        readings = range(min(count, _MOST_READINGS))
        return [Formula(self.program, self.names, reading) for reading in readings] if self.program else []

    def place_of(self, name: str) -> int:
        """Where a name stands for the first time in the answer as it was typed."""
        given = by_label({each: each for each in self.names.symbols})
        read = Reading(self.written, given, kindly=True, left_side=True)
        tokens = (token for _, statement in read.statements for token in statement if token.kind == "name")
        return next((token.position for token in tokens if given.get(token.value) == name), 0)


class Function(Answer):
    """A Python function of the graph's numbers; its parameters are the names of what it uses."""

    def __init__(self, function: Callable[..., Any], names: Names) -> None:
        self.function = function
        self.problem = ""
        self.positional: list[str] = []
        self.named: dict[str, str] = {}
        self._bind(names)
        self.names = names
        used = [*self.positional, *self.named.values()]
        self.uses_rate = any(name in names.rates for name in used)
        self.uses_decay = any(name in names.decays for name in used)

    def _bind(self, names: Names) -> None:
        known = {**{identifier(name): name for name in names.symbols}, **{name: name for name in names.symbols}}
        spellings = Spellings(names.symbols, kindly=True)
        try:
            parameters = inspect.signature(self.function).parameters.values()
        except Exception:
            raise UnreadableError("the parameters of this function cannot be seen; write it with def") from None
        for parameter in parameters:
            if parameter.kind is parameter.VAR_POSITIONAL:
                continue
            if parameter.kind is parameter.VAR_KEYWORD:
                self.named.update({identifier(name): name for name in names.labels if name not in self.positional})
                continue
            alike = spellings.find(label_of(parameter.name), parameter.name)
            name = known.get(parameter.name) or (alike[0] if len(alike) == 1 else None)
            if name is None and parameter.default is parameter.empty:
                raise UnreadableError(f"the function takes {parameter.name!r}, and nothing here has that name")
            if name is not None and parameter.kind is parameter.POSITIONAL_ONLY:
                self.positional.append(name)
            elif name is not None:
                self.named[parameter.name] = name

    def at(self, point: Point) -> float | None:
        """What the function returns there; what it raises is kept in `problem`."""
        positional = [self.names.number(name, point) for name in self.positional]
        named = {key: self.names.number(name, point) for key, name in self.named.items()}
        try:
            result = self.function(*positional, **named)
            result = plain_number(number_of(result), "the judge")
        except (Exception, SystemExit) as error:  # exit() is a student's mistake too
            self.problem = f"the function raised {type(error).__name__}: {_told(error)}"
            return None
        if not math.isfinite(result):
            self.problem = f"the function returned {result}"
            return None
        return result


def _told(error: BaseException) -> str:
    """The first line of an error; its text may do whatever it likes, too."""
    try:
        return str(error).partition("\n")[0][:160]
    except Exception:
        return "its message cannot be shown"


# ---------------------------------------------------------------- reading


def mentions_delta(answer: Any) -> bool:
    """Whether a δ may stand in an answer: in its text, or among the parameters of a function."""
    if isinstance(answer, str):
        plain = unicodedata.normalize("NFKC", answer).lower()
        return "δ" in plain or "delta" in plain
    return callable(answer)


def read_answer(answer: Any, names: Names) -> Answer:
    """Whatever was handed in, as an `Answer`; raises UnreadableError if it is none."""
    if isinstance(answer, str):
        return _from_text(str(answer), names)
    if isinstance(answer, bool) or answer is None:
        raise UnreadableError(f"an answer is a formula, a number or a function; it was given {answer}")
    if isinstance(answer, complex):
        raise UnreadableError("the answer is a complex number; a derivative here is a real one")
    if isinstance(answer, int):
        return _from_number(answer)
    if callable(answer) and not hasattr(answer, "__float__"):
        return Function(answer, names)
    try:
        number = plain_number(number_of(answer), "check")
    except Exception:
        raise UnreadableError(f"an answer is a formula, a number or a function; it was given {_kind(answer)}") from None
    # NumPy's short numbers have fewer digits than they are written with.
    return _from_number(number, _SHORT.get(getattr(answer, "itemsize", 8), 0.0))


def _kind(answer: Any) -> str:
    try:
        return describe(answer)
    except Exception:  # A repr may do whatever it likes.
        return f"a {type(answer).__name__}"


def _from_number(number: float, relative: float = 0.0) -> Number:
    try:
        exact = float(number)
    except OverflowError:
        raise UnreadableError("the answer is too large a number") from None
    if not math.isfinite(exact):
        raise UnreadableError(f"the answer is {exact}, which is no number that a derivative can have")
    return Number(exact, max(half_unit(repr(exact), exact.is_integer()), relative * abs(exact)))


def half_unit(written: str, is_whole: bool = False) -> float:
    """Half a unit of the last digit; whole numbers and those with all digits are exact but for rounding."""
    try:
        number = Decimal(written.replace("−", "-").replace(" ", "").strip())
    except InvalidOperation:
        return 0.0
    exact = abs(float(number)) * _EXACT
    if is_whole or "." not in written and "e" not in written.lower():
        return exact
    parts = number.as_tuple()
    exponent = int(parts.exponent)
    if number == 0:
        return 0.5 * 10.0**exponent if exponent <= -3 else 0.0
    if len(parts.digits) >= 15:
        return exact
    return max(exact, 0.5 * 10.0**exponent if exponent > -300 else 0.0)


def _from_text(formula: str, names: Names) -> Answer:
    alone = _NUMBER.fullmatch(without_left_side(formula))
    if alone:
        written = re.sub(r"\s", "", alone[1]).replace("−", "-").replace(",", ".")
        try:
            number = float(written)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return Number(number, half_unit(written))
    try:
        expression = prepare(formula, names.symbols, left_side=True).on(names.symbols)
    except FormulaError as error:
        raise UnreadableError(_sentence(error), error.position) from None
    except AutogradError as error:
        raise UnreadableError(f"the formula has no value: {_sentence(error)}", _place_of(error, formula)) from None
    except RecursionError:
        raise UnreadableError("the formula is nested too deeply", 0) from None
    if isinstance(expression, tuple):
        raise UnreadableError("the formula is a list; write one expression", 0)
    program = Program(expression)
    if not isinstance(expression, Expression) or not program.labels:
        return _from_arithmetic(formula, program)
    read = Formula(program, names, written=formula)
    read.has_fractions = bool(re.search(DECIMAL, formula))
    read.has_decimals = any(len(digits.strip("0.")) > 1 for digits in re.findall(DECIMAL, formula))
    return read


def _sentence(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _place_of(error: AutogradError, formula: str) -> int:
    signs = {"power": ("**", "^"), "divide": ("/", "÷")}.get(error.op, (error.op,))
    places = [formula.find(sign) for sign in signs if sign and sign in formula]
    return min(places, default=0)


def _from_arithmetic(formula: str, program: Program) -> Number:
    """A calculation without names: right to the digits its numbers have."""
    number = program.number_at({})
    if number is None:
        raise UnreadableError("the formula has no finite value", 0)
    relative = _EXACT
    for written in re.findall(DECIMAL, formula):
        size = abs(float(written))
        relative += half_unit(written) / size if size else 0.0
    return Number(number, abs(number) * min(relative, 0.01))


def ambiguity(formula: Formula) -> str:
    """One sentence about the δ that may stand for several nodes."""
    name = formula.ambiguous[0]
    nodes: list[Value] = formula.names.deltas[name]
    told = " or ".join(f"∂L/∂{text(node.label)}" if node.label else "that of an unnamed sum" for node in nodes)
    return f"{text(name)} may stand for {told}: write which one, as in {text(_clear(name, formula.names.deltas))}"


def _clear(name: str, deltas: Mapping[str, list[Value]]) -> str:
    nodes = deltas[name]
    return next((other for other, found in deltas.items() if found == nodes[:1]), name)
