"""Terms as lines of Python: for one number at a time, or for eight lanes.

>>> from autograd import ops
>>> from autograd.replay.terms import Trace
>>> trace = Trace()
>>> y, x = trace.operand("y"), trace.operand("x")
>>> code = Lines(SCALAR)
>>> code.written(trace.partial(ops.tanh, 0, y, x)), code.lines
('1.0 - (y * y)', [])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .terms import RAISING, Term

_INFIX = ("+", "-", "*", "/", "<", "<=", "==", "!=")
_WORDS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "<": "less", "<=": "less_equal", "==": "equal", "!=": "not_equal",
    "abs": "absolute",
}  # fmt: skip


class Writing:
    """How steps of arithmetic are written."""

    def number(self, number: float) -> str:
        """A plain number."""
        return _literal(number)

    def step(self, kind: str, arguments: Sequence[str]) -> str:
        """One step over written arguments."""
        if kind in _INFIX:
            return f"-{arguments[0]}" if len(arguments) == 1 else f"{arguments[0]} {kind} {arguments[1]}"
        if kind == "select":
            return f"{arguments[1]} if {arguments[0]} else {arguments[2]}"
        return f"{'abs' if kind == 'abs' else f'math.{kind}'}({', '.join(arguments)})"

    def within(self, written: str) -> str:
        """A step as an argument of another one."""
        return f"({written})" if " " in written or written.startswith("-") else written


class LaneWriting(Writing):
    """The same on lanes: every step is a call."""

    def step(self, kind: str, arguments: Sequence[str]) -> str:
        name = "negative" if kind == "-" and len(arguments) == 1 else _WORDS.get(kind, kind)
        return f"{name}({', '.join(arguments)})"

    def within(self, written: str) -> str:
        return written


SCALAR, ON_LANES = Writing(), LaneWriting()


def _literal(number: float) -> str:
    number = float(number)
    if number - number == 0:
        return repr(number)
    return "math.nan" if number != number else f"{'-' * (number < 0)}math.inf"


def times(upstream: str, slope: str) -> str:
    """upstream · slope, written for one number; 1 and −1 are no factors.

    >>> times("g", "1.0"), times("g", "-1.0"), times("g", "x0"), times("g", "1.0 - y0")
    ('g', '-g', 'g * x0', 'g * (1.0 - y0)')
    """
    if slope in ("1.0", "-1.0"):
        return upstream if slope == "1.0" else f"-{upstream}"
    return f"{upstream} * {SCALAR.within(slope)}"


def share_of(upstream: str, slope: str, *, chooses: bool = False, in_branch: bool = False) -> str:
    """What an operand's gradient gets. Nothing, rather than 0 · ∞, from an operation that does not choose the operand,
    and in a branch that is not taken.

    >>> share_of("g", "x0"), share_of("g", "x0", chooses=True)
    ('g * x0', '(g * x0 if x0 != 0.0 else 0.0)')
    >>> share_of("g", "1.0 / x0", in_branch=True)
    '(g * (1.0 / x0) if g != 0.0 else 0.0)'
    """
    decisive = SCALAR.within(slope) if chooses else upstream if in_branch else ""
    share = times(upstream, slope)
    return f"({share} if {decisive} != 0.0 else 0.0)" if decisive else share


def lane_share_of(upstream: str, slope: str, *, chooses: bool = False, in_branch: bool = False) -> str:
    """The same on lanes."""
    share = {"1.0": upstream, "-1.0": f"negative({upstream})"}.get(slope, f"mul({upstream}, {slope})")
    decisive = slope if chooses else upstream if in_branch else ""
    return f"select(equal({decisive}, spread(0.0)), spread(0.0), {share})" if decisive else share


class Lines:
    """Code in the making: `lines` are assignments to names that terms used more than once are given."""

    def __init__(self, writing: Writing, prefix: str = "t", given: Mapping[str, str] | None = None) -> None:
        self.writing = writing
        self.prefix = prefix
        self.given = given or {}  # what operands are called here
        self.lines: list[str] = []
        self._names: dict[int, str] = {}
        self._uses: Counter[int] = Counter()

    def written(self, *terms: Any) -> str:
        """The code of terms, separated by commas; what is used more than once gets a line of its own before it."""
        for term in terms:
            self._count(term)
        return ", ".join(self._of(term) for term in terms)

    def _count(self, term: Any) -> None:
        if isinstance(term, Term):
            self._uses[id(term)] += 1
            if self._uses[id(term)] == 1:
                for part in term.arguments:
                    self._count(part)

    def _of(self, term: Any) -> str:
        if not isinstance(term, Term):
            return self.writing.number(term)
        if term.kind == "operand":
            name = str(term.arguments[0])
            return self.given.get(name, name)
        if id(term) in self._names:
            return self._names[id(term)]
        arguments = [self._argument(part) for part in term.arguments]
        written = self.writing.step(term.kind, arguments)
        if self._uses[id(term)] == 1:
            return written
        name = self._names[id(term)] = f"{self.prefix}{len(self._names)}"
        self.lines.append(f"{name} = {written}")
        return name

    def _argument(self, part: Any) -> str:
        written = self._of(part)
        return self.writing.within(written)


def names_in(*terms: Any) -> set[str]:
    """The names of the operands that terms depend on."""
    return {str(term.arguments[0]) for term in _all(terms) if term.kind == "operand"}


def may_raise(*terms: Any) -> bool:
    """Whether the engine would raise an error where these terms have no finite value."""
    return any(term.kind in RAISING for term in _all(terms))


def _all(terms: Sequence[Any]) -> list[Term]:
    found: dict[int, Term] = {}
    stack = [term for term in terms if isinstance(term, Term)]
    while stack:
        term = stack.pop()
        if id(term) not in found:
            found[id(term)] = term
            stack += [part for part in term.arguments if isinstance(part, Term)]
    return list(found.values())


# ---------------------------------------------------------------- text


def function(signature: str, *parts: str | Iterable[str], decorator: str = "") -> str:
    """The source of a function, of single lines and lists of them.

    >>> print(function("f(x)", "y = 2 * x", ["return y"]))
    def f(x):
        y = 2 * x
        return y
    """
    lines = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return "\n".join([*([decorator] if decorator else []), f"def {signature}:", *indented(lines)])


def indented(lines: Iterable[str]) -> list[str]:
    """Lines that belong to the one before them."""
    return [f"    {line}" for line in lines]
