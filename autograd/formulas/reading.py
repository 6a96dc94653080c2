"""A formula that has been read: which names it uses, and its result for whatever they stand for, as often as wanted."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .. import ops
from ..errors import FormulaError, LabelError, OperandError
from ..notation import GREEK
from ..op import TABLE, Op, describe, plain_number
from .markup import plainly
from .places import listed, quoted, shortened, unknown, unreadable
from .spelling import Names, label_of
from .tokens import Token, check_length, tokens
from .translation import Translation, run

CONSTANTS = {"pi": math.pi, "e": math.e}
_SHOWN = 8  # names that are listed in a message


class Prepared:
    """A formula that is read once and evaluated often; made by `prepare`.

    `labels` are the labels it uses, in their order.
    """

    def __init__(self, reading: Reading, given: Mapping[str, str]) -> None:
        self.formula = reading.formula
        self.labels = tuple(given[label] for label in reading.operands if label not in reading.constants)
        self._reading = reading
        self._given = given

    def at(self, numbers: Mapping[str, float]) -> float:
        """The value of the formula; `numbers` holds one for each of its labels.

        >>> answer = prepare("y(1 - y)", ["y", "t"])
        >>> answer.labels, answer.at({"y": 0.5}), answer.at({"y": 0.25})
        (('y',), 0.25, 0.1875)

        Raises LabelError for a label without a number, and the operations' own errors.
        """
        return plain_number(self.on(numbers), "the formula")

    def on(self, operands: Mapping[str, Any]) -> Any:
        """The formula applied to Values, Symbols or numbers, by label.

        >>> from autograd.symbol import Symbol
        >>> prepare(r"y_1\\,(1 - y_1)", ["y_1"]).on({"y_1": Symbol("y_1")})
        y_1 * (1 - y_1)
        """
        missing = [label for label in self.labels if label not in operands]
        if missing:
            raise LabelError(f"nothing is given for {listed(missing)}, which the formula uses")
        reading = self._reading
        found = {
            label: reading.constants[label] if label in reading.constants else operands[self._given[label]]
            for label in reading.operands
        }
        return reading.compute(lambda label, result: result, found)


def prepare(formula: str, labels: Iterable[str], *, left_side: bool = False) -> Prepared:
    """Read a formula in the labels of a graph, to evaluate it later.

    A name may be spelled without its underscore, and names may be run together, where that can mean one thing only:

    >>> prepare("(y1-t1)y_1(1-y_1)h_1x1", ["y_1", "t_1", "h_1", "x_1"]).labels
    ('y_1', 't_1', 'h_1', 'x_1')

    With `left_side`, a derivative's sign in front is passed over:

    >>> prepare("∂L/∂w = 2(w - t)", ["w", "t"], left_side=True).at({"w": 3, "t": 1})
    4.0

    Raises FormulaError (with `formula` and `position`) for what cannot be read; for a name that is unknown or can be
    two labels it is a LabelError too.
    """
    given = by_label({label: label for label in labels})
    reading = Reading(formula, given, kindly=True, left_side=left_side)
    reading.refuse_unknown()
    return Prepared(reading, given)


class Reading:
    """A formula whose names are looked up: `operands` of the labels it uses, and the labels that are `missing`.

    `names` are operands by label, or a function that is given each label and raises KeyError for an unknown one.
    `kindly` reads labels in other spellings too (see `Names`).
    """

    def __init__(
        self, formula: str, names: Mapping[str, Any] | Callable[[str], Any], *, kindly: bool = False,
        left_side: bool = False,
    ) -> None:  # fmt: skip
        if not isinstance(formula, str):
            raise OperandError(f"a formula is text such as 'w*x + b'; it was given {describe(formula)}")
        check_length(formula)
        self.formula = formula
        self.functions = functions()
        primed = {f"{name}'" for name, entry in self.functions.items() if entry.is_list == (False,)}
        labels = () if callable(names) else tuple(names)
        self.names = Names(labels, kindly, frozenset(self.functions) | primed, frozenset(CONSTANTS))
        found = tokens(plainly(formula, self.functions, left_side), self.names)
        self.statements = [(label, self._with_calls(each)) for label, each in _statements(formula, found)]
        self.operands: dict[str, Any] = {}
        self.constants: dict[str, float] = {}
        self.missing: dict[str, tuple[Token, bool]] = {}  # its place; whether it stands where a function's name would
        self._look_up_all(names if callable(names) else names.__getitem__)
        # A wrong name before "(" comes before whatever cannot be read because of it.
        is_readable = not any(like_function for _, like_function in self.missing.values())
        self.translations = [Translation(self, each).steps for _, each in self.statements] if is_readable else []

    def _look_up_all(self, find: Callable[[str], Any]) -> None:
        defined: set[str] = set()
        later = {label for label, _ in self.statements}
        for label, statement in self.statements:
            for index, token in enumerate(statement[:-1]):
                if token.kind == "name" and token.value not in defined and not self.is_call(statement, index):
                    self._look_up(token, statement[index + 1], find, later)
            if label in defined:
                sentence = f"the formula defines {shortened(label)} twice: give the second one another name"
                raise unknown(self.formula, statement[0].position, sentence)
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
            if label in CONSTANTS:
                self.operands[label] = self.constants[label] = CONSTANTS[label]
            else:
                first, like_function = self.missing.get(label, (token, False))
                self.missing[label] = first, like_function or following.kind == "("

    # ------------------------------------------------------------ calls

    def is_call(self, statement: Sequence[Token], index: int) -> bool:
        """Whether the name there is a function's, before its operands."""
        return self.opening(statement, index) > 0

    def opening(self, statement: Sequence[Token], index: int) -> int:
        """Where the parenthesis of a call opens: f(, f′(, f²(; 0 if the name there is no function's."""
        label, following = statement[index].value, statement[index + 1 : index + 6]
        kinds = [token.kind for token in following]
        if kinds[0] == "(" and label in self.functions:
            return index + 1
        if label in self.names.forms or label not in self.names.functions:
            return 0
        for pattern in (["("], ["**", "number", "("], *(["**", *each, "("] for each in _ENCLOSED)):
            if kinds[: len(pattern)] == pattern and all(_is_whole(token) for token in following[: len(pattern)]):
                return index + len(pattern)
        return 0

    def _with_calls(self, statement: list[Token]) -> list[Token]:
        """The statement with parentheses around the operand of `ln x`, where it can be no other."""
        result: list[Token] = []
        index = 0
        while index < len(statement):
            place = self._bare_operand(statement, index)
            if place:
                name = statement[place]
                sides = (Token("(", "", name.position), name, Token(")", "", name.position + len(name.text)))
                result += [*statement[index:place], *sides]
                index = place
            else:
                result.append(statement[index])
            index += 1
        return result

    def _bare_operand(self, statement: Sequence[Token], index: int) -> int:
        """Where the operand of ln x or sin² x stands; 0 if there is none, or if it may be longer than a name."""
        token = statement[index]
        if token.kind != "name" or not self._is_word_of_one_operand(token):
            return 0
        kinds = [each.kind for each in statement[index + 1 :][:3]]
        place = index + (3 if kinds[:2] == ["**", "number"] and _is_whole(statement[index + 2]) else 1)
        name, following = statement[place], statement[place + 1 : place + 2]
        if name.kind != "name" or name.value in self.functions or not following:
            return 0
        ends = following[0].kind in _ENDS or following[0].text in _DOTS or self._is_word_of_one_operand(following[0])
        return place if ends else 0

    def _is_word_of_one_operand(self, token: Token) -> bool:
        """Whether it is sin, ln, ... and no Greek letter, which may be meant as a name."""
        label = token.value
        if token.kind != "name" or label in self.names.forms or label in GREEK:
            return False
        return label in self.functions and self.functions[label].is_list == (False,)

    # ------------------------------------------------------------ names without an operand

    def complain(self, sentence: str, addition: str = "") -> None:
        """Raise LabelError for all missing names at once."""
        told, plain = self.misspelt_functions()
        if plain:
            example = f"{plain[0][:40]}=0.5" + "".join(f" {label[:40]}=..." for label in plain[1:4])
            numbers = "numbers" if len(plain) > 1 else "a number"
            told.append(sentence.format(names=listed(plain), numbers=numbers, example=example))
            told += self._no_functions(plain)
        if told:
            raise LabelError("; ".join([*told, addition] if addition else told))

    def refuse_unknown(self) -> None:
        """Raise UnknownNameError for the missing names, with the place of the first."""
        told, plain = self.misspelt_functions()
        if plain:
            names = listed(quoted(label) for label in plain)
            told.append(f"I do not know the name{'s' * (len(plain) > 1)} {names} here; {self._advice(plain[0])}")
            told += self._no_functions(plain)
        if told:
            first = next(iter(self.missing.values()))[0]
            raise unknown(self.formula, first.position, "; ".join(told))

    def _advice(self, label: str) -> str:
        near, labels = self.names.near(label), self.names.labels
        if near:
            return f"did you mean {listed(near, 'or')}?"
        if not labels:
            return "there are no names, only numbers and functions"
        rest = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        return f"names are {', '.join(map(shortened, labels[:_SHOWN]))}{rest}"

    def misspelt_functions(self) -> tuple[list[str], list[str]]:
        """What to say of the missing names that look like a function's, and the other missing names."""
        told: list[str] = []
        plain: list[str] = []
        for label, (_, like_function) in self.missing.items():
            is_compared = like_function and len(told) + len(plain) < _SHOWN  # each comparison takes some time
            near = difflib.get_close_matches(label[:40], self.functions, n=1) if is_compared else []
            if near:
                told.append(f"there is no function {quoted(label)}; did you mean '{near[0]}'?")
            else:
                plain.append(label)
        return told, plain

    def _no_functions(self, labels: Sequence[str]) -> list[str]:
        calls = [label for label in labels if self.missing[label][1]]
        return [f"there is no function {listed(calls)} either"] if calls else []

    # ------------------------------------------------------------ the result

    def idle(self) -> list[str]:
        """The labels that are defined before the output and not used after."""
        used: set[str] = set()
        found = []
        for label, statement in reversed(self.statements):
            if statement is not self.statements[-1][1] and label not in used:
                found.append(label)
            used.update(token.value for token in statement if token.kind == "name")
        return found[::-1]

    def compute(self, define: Callable[[str, Any], Any], operands: Mapping[str, Any] | None = None) -> Any:
        """The result of the last statement; `define(label, result)` gives the operand a definition stands for."""
        found = dict(self.operands if operands is None else operands)
        for (label, _), steps in zip(self.statements, self.translations, strict=True):
            result = run(steps, found)
            if label:
                result = found[label] = define(label, result)
        return result


_ENDS = ("+", "-", ")", "]", "}", "⁾", "|", ",", ";", "end", "if", "else")  # what no operand can go on with
_DOTS = ("·", "⋅", "×", "\\cdot", "\\times")
_ENCLOSED = (["⁽", "number", "⁾"], ["{", "number", "}"])


def _is_whole(token: Token) -> bool:
    """Whether a token may stand between a function's name and its operands: an exponent 2, 3, ..."""
    return token.kind != "number" or (isinstance(token.value, int) and 1 < token.value < 100)


def by_label(names: Mapping[str, Any]) -> dict[str, Any]:
    """The operands by label, whatever the spelling of the names."""
    written: dict[str, str] = {}
    for name in names:
        if not isinstance(name, str):
            raise OperandError(f"names are text; a name was given as {describe(name)}")
        other = written.setdefault(label_of(name), name)
        if other != name:
            raise LabelError(f"'{other}' and '{name}' are two spellings of one name")
    return {label: names[name] for label, name in written.items()}


def functions() -> dict[str, Op]:
    """The table's functions by every name they have."""
    printed = {label_of(entry.notation.text): entry for entry in TABLE.values() if entry.notation.shape == "function"}
    return {**printed, **TABLE, **ops.ALIASES, "sgn": ops.sign}


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
