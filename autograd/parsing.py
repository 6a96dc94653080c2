r"""Reading a typed formula: `parse("(sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)`. No `eval` anywhere.

A formula is cut into tokens (`tokens.py`), put into the order of computation, and computed by calling the table's
operations. The grammar, loosest binding first:

    then if condition else otherwise      a choice, as `where(condition, then, otherwise)`
    a > b   a < b                         1 or 0; not chained
    a + b   a - b                         from left to right
    a * b   a / b   a b                   from left to right; so 1/2x is (1/2)*x
    -a   +a
    a ** b   a ^ b   a²                   from right to left, and tighter than a sign: -x**2 is -(x**2)
    √a
    numbers, names, functions f(a, b), and ( ) [ ] { }

- Multiplication needs no sign: `2x`, `2(x + 1)`, `y(1 - y)`, `(a)(b)`, `h_1 x_1`, `2 sin(x)`. It is an ordinary
  multiplication. A number never stands on its right (`x 2` is refused), and the name of a function
  before "(" is the function, even if a variable has that name.
- Functions are the table's, by name or by the name they are printed with (`ln`, `max`, `σ`), with `asin`, `acos` and
  `atan`. `sum`, `mean` and `logsumexp` take any number of operands or one list, `dot` takes two lists: `dot([w_1,
  w_2], [x_1, x_2], b)`.
- `pi` (`π`) and `e` are the constants, unless a variable has that name.
- A name may be written `w_11` or `w₁₁`, `delta_1` or `δ₁`. `a^(2)` is a name if there is a variable labelled
  `a^(2)` (its identifier form is `a__2`), and the square of `a` otherwise; `a__2` is always the name.
- `z = w*x; y = sigmoid(z); L = (y - t)**2` defines names, separated by ";" or line ends. The last formula is the
  output.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from . import ops
from .errors import FormulaError, LabelError, OperandError
from .notation import identifier
from .op import TABLE, Op, describe
from .tokens import NAME, NUMBER, SUPERSCRIPT, Token, label_of, tokens, unreadable
from .translation import Translation, run
from .value import Value

_CONSTANTS = {"pi": math.pi, "e": math.e}


def parse(formula: str, /, **numbers: float) -> Value:
    """The output node of a formula, computed with one leaf for each name.

    Leaves and definitions are labelled with their names; the output is unlabelled if the formula gives it no name.

    >>> L = parse("L = (sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)
    >>> L
    Value(0.07126847829827546, label='L')
    >>> w, h = parse("w₁₁ h₁", w_11=3, h_1=2).parents
    >>> w, h
    (Value(3.0, label='w_11'), Value(2.0, label='h_1'))
    >>> parse("w*x + )", w=1, x=2)
    Traceback (most recent call last):
        ...
    autograd.errors.FormulaError: cannot read the formula at ')': a number, a name or '(' was expected
        w*x + )
              ^

    Raises FormulaError (with `formula` and `position`) for what cannot be read, LabelError for names without a number
    and numbers without a use, OperandError for a number that is none, and an operation's own error where it has no
    value.
    """
    leaves = _by_label({name: Value(number, label=label_of(name)) for name, number in numbers.items()})
    reading = Reading(formula, leaves)
    given_twice = [label for label, _ in reading.statements if label in leaves]
    if given_twice:
        raise LabelError(f"the formula defines {_listed(given_twice)}: leave out the number that is given for it")
    unused = [label for label in leaves if label not in reading.operands]
    told = f"the formula does not use {_listed(unused)}: leave the number out" if unused else ""
    for label in sorted(reading.functions.keys() & set(unused)):
        told += f"; {label}(...) is the function, {label}*(...) a product"
    reading.complain("give {numbers} for {names}: {example}", told)
    if told:
        raise LabelError(told)
    idle = reading.idle()
    if idle:
        raise LabelError(f"the formula defines {_listed(idle)}, but does not use it afterwards")
    output = reading.compute(_as_node)
    return output if isinstance(output, Value) else Value(output)


def read(formula: str, names: Mapping[str, Any] | Callable[[str], Any]) -> Any:
    """The formula applied to whatever its names stand for: Values, Symbols, numbers.

    `names` maps labels (in any spelling) to operands; not all need be used. Or it is a function that is given
    each label and raises KeyError for an unknown one; then `a^(2)` is always a power.

    >>> read("y(1 - y)", {"y": 0.5})
    0.25
    >>> from autograd.symbol import Symbol
    >>> read("δ₁·h₁ + σ(w₁₁)²", Symbol)
    delta_1 * h_1 + sigmoid(w_11)**2

    Definitions hold from their place on, even over names that are known. Raises FormulaError, LabelError and the
    operations' own errors, as `parse` does.
    """
    reading = Reading(formula, names if callable(names) else _by_label(names))
    reading.complain("the formula uses {names}, but there is nothing of this name here")
    return reading.compute(lambda label, result: result)


def parse_assignments(assignments: Iterable[str]) -> dict[str, float]:
    """The numbers of assignments as they are typed on a command line, by label.

    >>> parse_assignments(["w=0.5", "δ₁ = -1e-3", "a_1^(2)=2"])
    {'w': 0.5, 'delta_1': -0.001, 'a_1^(2)': 2.0}

    Raises FormulaError if one of them is not `name=number`, or names the same variable again.
    """
    numbers: dict[str, float] = {}
    for assignment in assignments:
        label, number = _assignment(assignment)
        if label in numbers:
            message = f"'{label}' is given a number twice; the second time by {assignment!r}"
            raise FormulaError(message, formula=assignment)
        numbers[label] = number
    return numbers


def _assignment(assignment: str) -> tuple[str, float]:
    if not isinstance(assignment, str):
        raise OperandError(f"an assignment is text such as 'w=0.5'; it was given {describe(assignment)}")
    name, sign, number = assignment.partition("=")
    start = len(name) + len(sign)
    if not sign:
        reason, position = "it has no '='", len(name)
    elif not _is_name(name.strip()):
        reason, position = f"{name.strip()!r} is no name, such as w, w_11, delta_1 or a_1^(2)", 0
    elif not _is_number(number.strip()):
        reason, position = f"{number.strip()!r} is no finite number, such as 1, -0.5 or 1e-3", start
    else:
        return label_of(name.strip()), float(number.replace("−", "-"))
    raise FormulaError(
        f"cannot read the assignment {assignment!r}: {reason}; write name=number", formula=assignment, position=position
    )


def _is_name(text: str) -> bool:
    return _fits(rf"{NAME}(?:{SUPERSCRIPT})?", text)


def _is_number(text: str) -> bool:
    return _fits(rf"[+\-−]?{NUMBER}", text) and math.isfinite(float(text.replace("−", "-")))


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


# ---------------------------------------------------------------- names


def _by_label(names: Mapping[str, Any]) -> dict[str, Any]:
    """The operands by label, whatever the spelling of the names."""
    written: dict[str, str] = {}
    for name in names:
        if not isinstance(name, str):
            raise OperandError(f"names are text; a name was given as {describe(name)}")
        other = written.setdefault(label_of(name), name)
        if other != name:
            raise LabelError(f"'{other}' and '{name}' are two spellings of one name")
    return {label: names[name] for label, name in written.items()}


def _functions() -> dict[str, Op]:
    """The table's functions by every name they have."""
    printed = {label_of(entry.notation.text): entry for entry in TABLE.values() if entry.notation.shape == "function"}
    return {**printed, **TABLE, **ops.ALIASES}


def _as_node(label: str, result: Any) -> Value:
    """A result as the node that a definition labels; a node that has a label already keeps it."""
    node = result if isinstance(result, Value) else Value(result)
    return (ops.positive(node) if node.label else node).named(label)


def _listed(names: Sequence[str]) -> str:
    """`w`, `w and b`, `w, x and b`; what is long is cut."""
    shown = [name if len(name) <= 40 else name[:37] + "..." for name in names[:12]]
    if len(names) > len(shown):
        shown[10:] = [f"{len(names) - 10} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


class Reading:
    """A formula whose names are looked up: `operands` of the labels it uses, and the labels that are `missing`."""

    def __init__(self, formula: str, names: Mapping[str, Any] | Callable[[str], Any]) -> None:
        if not isinstance(formula, str):
            raise OperandError(f"a formula is text such as 'w*x + b'; it was given {describe(formula)}")
        labels = () if callable(names) else tuple(names)
        known = {**{identifier(label): label for label in labels}, **{label: label for label in labels}}
        self.formula = formula
        self.functions = _functions()
        self.statements = _statements(formula, tokens(formula, known))
        self.operands: dict[str, Any] = {}
        self.missing: dict[str, bool] = {}  # whether the name stands where a function's name would
        self._look_up_all(names if callable(names) else names.__getitem__)
        # A wrong name before "(" comes before whatever cannot be read because of it.
        is_readable = not any(self.missing.values())
        self.translations = [Translation(self, each).steps for _, each in self.statements] if is_readable else []

    def _look_up_all(self, find: Callable[[str], Any]) -> None:
        defined: set[str] = set()
        later = {label for label, _ in self.statements}
        for label, statement in self.statements:
            for token, following in zip(statement, statement[1:], strict=False):
                if token.kind == "name" and token.value not in defined and not self.is_call(token, following):
                    self._look_up(token, following, find, later)
            if label in defined:
                raise LabelError(f"the formula defines {label} twice: give the second one another name")
            defined.add(label)

    def _look_up(self, token: Token, following: Token, find: Callable[[str], Any], later: set[str]) -> None:
        label = token.value
        if label in self.operands:
            return
        try:
            self.operands[label] = find(label)
        except (KeyError, LabelError):
            if label in later:
                raise unreadable(
                    self.formula, token.position, token.text, "it is used before the end of its definition"
                ) from None
            if label in _CONSTANTS:
                self.operands[label] = _CONSTANTS[label]
            else:
                self.missing[label] = self.missing.get(label, False) or following.kind == "("

    def is_call(self, token: Token, following: Token) -> bool:
        return following.kind == "(" and token.value in self.functions

    def complain(self, sentence: str, addition: str = "") -> None:
        """Raise LabelError for all missing names at once."""
        told, plain = [], []
        for label, like_function in self.missing.items():
            near = difflib.get_close_matches(label, self.functions, n=1) if like_function else []
            if near:
                told.append(f"there is no function '{label}'; did you mean '{near[0]}'?")
            else:
                plain.append(label)
        if plain:
            example = f"{plain[0][:40]}=0.5" + "".join(f" {label[:40]}=..." for label in plain[1:4])
            numbers = "numbers" if len(plain) > 1 else "a number"
            told.append(sentence.format(names=_listed(plain), numbers=numbers, example=example))
            calls = [label for label in plain if self.missing[label]]
            if calls:
                told.append(f"there is no function {_listed(calls)} either")
        if told:
            raise LabelError("; ".join([*told, addition] if addition else told))

    def idle(self) -> list[str]:
        """The labels that are defined before the output and not used after."""
        used: set[str] = set()
        found = []
        for label, statement in reversed(self.statements):
            if statement is not self.statements[-1][1] and label not in used:
                found.append(label)
            used.update(token.value for token in statement if token.kind == "name")
        return found[::-1]

    def compute(self, define: Callable[[str, Any], Any]) -> Any:
        """The result of the last statement; `define(label, result)` gives the operand a definition stands for."""
        for (label, _), steps in zip(self.statements, self.translations, strict=True):
            result = run(steps)
            if label:
                result = self.operands[label] = define(label, result)
        return result


def _statements(formula: str, found: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """The formulas between ";" and line ends, each with the label it is given ("" if none) and its end token."""
    statements: list[tuple[str, list[Token]]] = []
    current: list[Token] = []
    for token in found:
        current.append(token)
        if token.kind in (";", "end"):
            if len(current) > 1:
                is_definition = current[0].kind == "name" and current[1].kind == "="
                statements.append((current[0].value, current[2:]) if is_definition else ("", current))
            current = []
    if not statements:
        raise FormulaError("the formula is empty: write one such as 'w*x + b'", formula=formula)
    for label, statement in statements[:-1]:
        if not label:
            raise unreadable(formula, statement[-1].position, statement[-1].text,
                             "only the last formula may go without a name; write 'name = ...'")  # fmt: skip
    return statements
