"""From tokens to the order of computation: Dijkstra's shunting yard, a loop with a stack of its own.

Nothing here recurses, and nothing is computed yet: the result is a list of steps in reverse Polish order, which `run`
carries out once every name has its operand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .. import ops
from ..errors import FormulaError
from ..op import TABLE, Op
from .places import unreadable
from .tokens import Token

if TYPE_CHECKING:
    from .reading import Reading

NESTING = 200  # brackets that are open, and operators that wait for their right operand, at one place

# How tightly a sign binds. Which operation it means stands in the table.
_OPEN, _CHOICE, _COMPARISON, _SUM, _PRODUCT, _PREFIX, _POWER, _ROOT = range(8)
_BINDING = {">": _COMPARISON, "<": _COMPARISON, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
_CLOSING = {"(": ")", "[": "]", "{": "}", "⁽": "⁾"}

_OPERAND_EXPECTED = "a number, a name or '(' was expected"

# One step of a computation in reverse Polish order: take `count` results from the stack, put function(*them) there; a
# count of -1 is the look-up of a name, function(operands).
Step = tuple[Callable[..., Any], int]


def run(steps: Iterable[Step], operands: Mapping[str, Any]) -> Any:
    """Carry the steps out; `operands` are what the names stand for."""
    stack: list[Any] = []
    for function, count in steps:
        if count < 0:
            stack.append(function(operands))
            continue
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(function(*taken))
    return stack.pop()


# ---------------------------------------------------------------- from tokens to steps


def _same(operand: Any) -> Any:
    return operand


def _as_list(*items: Any) -> tuple[Any, ...]:
    return items


def _choose(then: Any, condition: Any, otherwise: Any) -> Any:
    return ops.where(condition, then, otherwise)


def _less(a: Any, b: Any) -> Any:
    return ops.greater(b, a)


def _slope(entry: Op) -> Callable[[Any], Any]:
    """f′ for a function f of the table."""

    def slope(x: Any) -> Any:
        return entry.partial(0, entry(x), (x,), (x,))

    return slope


# What a sign means is in the table, with its notation; only `<` is made from another.
_INFIXES: dict[str, Callable[..., Any]] = {
    "<": _less,
    **{entry.notation.python: entry for entry in TABLE.values() if entry.arity == 2 and entry.notation.python},
}
_PREFIXES: dict[str, Callable[..., Any]] = {
    entry.notation.python or entry.notation.text: entry
    for entry in TABLE.values()
    if entry.notation.shape in ("prefix", "root")
}


@dataclass
class _Waiting:
    """An operator that waits for its right operand; or an open bracket (or `if`), with `call` its function's entry.

    `lists` says for each operand of a bracket so far whether it is a list; `exponent` is the 2 of tanh²(x), and
    `is_slope` the prime of tanh′(x).
    """

    token: Token
    binding: int = _OPEN
    function: Callable[..., Any] = _same
    count: int = 0
    call: Op | None = None
    lists: list[bool] = field(default_factory=list)
    exponent: float = 1
    is_slope: bool = False


class Translation:
    """One statement put into the order of computation.

    This is Dijkstra's shunting yard: a loop with a stack of its own, so no input can exhaust Python's. An operator
    waits on the stack until one comes that binds no tighter; a bracket, until it is closed.
    """

    def __init__(self, reading: Reading, statement: Sequence[Token]) -> None:
        self.reading = reading
        self.steps: list[Step] = []
        self.waiting: list[_Waiting] = []
        self.expects_operand = True
        self.after_list = False
        index = 0
        while index < len(statement) - 1:
            token, following = statement[index], statement[index + 1]
            if self.expects_operand:
                index += self._operand(statement, index)
            elif self._starts_operand(token):
                self._infix(Token("*", token.text, token.position))
            else:
                self._operator(token, following)
                index += 1
        self._end(statement[-1])

    def _wrong(self, token: Token, reason: str) -> FormulaError:
        return unreadable(self.reading.formula, token.position, token.text, reason)

    def _push(self, item: _Waiting) -> None:
        if len(self.waiting) >= NESTING:
            raise self._wrong(item.token, f"more than {NESTING} brackets and signs are open here; name a part of it")
        self.waiting.append(item)

    def _settle(self, binding: int) -> None:
        """Compute what waits and binds at least as tightly."""
        while self.waiting and self.waiting[-1].binding >= binding:
            item = self.waiting.pop()
            self.steps.append((item.function, item.count))

    def _innermost(self) -> _Waiting | None:
        """What is open, after everything within it was settled."""
        self._settle(_OPEN + 1)
        return self.waiting[-1] if self.waiting else None

    # ------------------------------------------------------------ where an operand is expected

    def _operand(self, statement: Sequence[Token], index: int) -> int:
        """Read an operand or what stands before one; returns the number of tokens."""
        token = statement[index]
        if token.kind == "number":
            self._give(partial(_same, token.value))
        elif token.kind == "name" and self.reading.is_call(statement, index):
            return self._call(statement, index)
        elif token.kind == "|":
            self._push(_Waiting(token, call=ops.absolute))
        elif token.kind == "name":
            self._variable(token, statement[index + 1 : index + 4])
        elif token.kind in _PREFIXES:
            self._push(_Waiting(token, _ROOT if token.kind == "√" else _PREFIX, _PREFIXES[token.kind], 1))
        elif token.kind in _CLOSING:
            self._push(_Waiting(token))
        else:
            raise self._wrong(token, _OPERAND_EXPECTED)
        return 1

    def _call(self, statement: Sequence[Token], index: int) -> int:
        """Open a call: f(, f′( or f²(."""
        token, opening = statement[index], self.reading.opening(statement, index)
        exponent = next((each.value for each in statement[index + 1 : opening] if each.kind == "number"), 1)
        entry = self.reading.functions[token.value.removesuffix("'")]
        self._push(_Waiting(token, call=entry, exponent=exponent, is_slope=token.value not in self.reading.functions))
        return opening - index + 1

    def _give(self, operand: Callable[..., Any], count: int = 0) -> None:
        self.steps.append((operand, count))
        self.expects_operand = False

    def _variable(self, token: Token, following: Sequence[Token]) -> None:
        label = token.value
        if label in self.reading.functions and label in self.reading.missing:
            raise self._wrong(following[0], f"the operand of {token.text} stands in parentheses: {token.text}(x)")
        if [each.kind for each in following] in (["[", "number", "]"], ["[", "name", "]"]):
            reason = f"a name has no index in brackets; write {token.text}_1 or {token.text}*(...)"
            raise self._wrong(following[0], reason)
        self._give(itemgetter(label), -1)

    # ------------------------------------------------------------ where an operator is expected

    def _starts_operand(self, token: Token) -> bool:
        if token.kind == "|":  # it closes what a bar has opened, and opens a factor otherwise
            opened = next((item for item in reversed(self.waiting) if item.binding == _OPEN), None)
            return opened is None or opened.token.kind != "|"
        return token.kind in ("name", "√") or (token.kind in _CLOSING and token.kind != "⁽")

    def _operator(self, token: Token, following: Token) -> None:
        if token.kind in _BINDING:
            self._infix(token)
        elif token.kind in _CLOSING.values() or token.kind == "|":
            self._close(token, following)
        elif token.kind == ",":
            self._comma(token)
        elif token.kind == "if":
            self._settle(_CHOICE + 1)
            self._push(_Waiting(token))
            self.expects_operand = True
        elif token.kind == "else":
            self._else(token)
        elif token.kind == "=":
            raise self._wrong(token, "'=' stands only after a name at the start of a formula: L = ...")
        elif token.kind == "number" and token.text.startswith("."):
            raise self._wrong(token, "a number has one decimal point")
        else:
            raise self._wrong(token, "an operator was expected before it; write * for a product, ** or ^ for a power")

    def _infix(self, token: Token) -> None:
        binding = _BINDING[token.kind]
        self._settle(binding + (binding in (_POWER, _COMPARISON)))
        if binding == _COMPARISON and self.waiting and self.waiting[-1].binding == _COMPARISON:
            raise self._wrong(token, "comparisons cannot be chained; put one of them in parentheses")
        self._push(_Waiting(token, binding, _INFIXES[token.kind], 2))
        self.expects_operand = True

    def _else(self, token: Token) -> None:
        opened = self._innermost()
        if opened is None or opened.token.kind != "if":
            raise self._wrong(token, "there is no 'if' before it")
        self.waiting[-1] = _Waiting(token, _CHOICE, _choose, 3)
        self.expects_operand = True

    def _comma(self, token: Token) -> None:
        opened = self._innermost()
        if opened is None or not (opened.call or opened.token.kind == "[") or opened.token.kind == "|":
            if self._stands_between_digits(token):
                raise self._wrong(token, "numbers are written with a decimal point: 1.5, not 1,5")
            raise self._wrong(token, "a comma stands between the operands of a function or the items of a list only")
        self._finish_item(opened)
        self.expects_operand = True

    def _stands_between_digits(self, token: Token) -> bool:
        formula, end = self.reading.formula, token.position + len(token.text)
        return formula[: token.position][-1:].isdecimal() and formula[end : end + 1].isdecimal()

    def _finish_item(self, opened: _Waiting) -> None:
        opened.lists.append(self.after_list)
        self.after_list = False

    def _close(self, token: Token, following: Token) -> None:
        opened = self._innermost()
        if opened is None:
            raise self._wrong(token, "there is no bracket for it to close")
        wanted = self._closing(opened)
        if token.kind != wanted:
            raise self._wrong(token, f"{wanted!r} was expected first, for the {opened.token.text!r} before")
        self._finish_item(opened)
        self.waiting.pop()
        if opened.call:
            self.steps.append((self._function(opened.call, opened), len(opened.lists)))
            if opened.exponent != 1:
                self.steps += [(partial(_same, opened.exponent), 0), (ops.power, 2)]
        elif token.kind == "]" and following.kind in (",", ")") and self._is_list_expected():
            self.steps.append((_as_list, len(opened.lists)))
            self.after_list = True
        elif len(opened.lists) > 1:
            raise self._wrong(opened.token, "a list is an operand of dot, sum, mean and logsumexp only")

    def _closing(self, opened: _Waiting) -> str:
        if opened.token.kind in ("if", "|"):
            return "else" if opened.token.kind == "if" else "|"
        return ")" if opened.call else _CLOSING[opened.token.kind]

    def _is_list_expected(self) -> bool:
        call = self.waiting[-1].call if self.waiting else None
        place = len(self.waiting[-1].lists) if call else 0
        return call is not None and place < len(call.is_list) and call.is_list[place]

    def _function(self, entry: Op, opened: _Waiting) -> Callable[..., Any]:
        """What a call with these operands means; raises FormulaError if the operation does not take them."""
        given, names = opened.lists, entry.operand_names
        if entry.is_list == (True,) and True not in given:
            return lambda *items: entry(items)
        least = len(names) - len(entry.defaults)
        if not least <= len(given) <= len(names) or list(entry.is_list[: len(given)]) != given:
            shown = [f"[{name}]" if many else name for name, many in zip(names, entry.is_list, strict=True)]
            raise self._wrong(opened.token, f"it takes the operands {entry.name}({', '.join(shown)})"
                              + (", lists in square brackets" if entry.arity is None else ""))  # fmt: skip
        return _slope(entry) if opened.is_slope else entry

    def _end(self, token: Token) -> None:
        if self.expects_operand:
            raise self._wrong(token, _OPERAND_EXPECTED)
        opened = self._innermost()
        if opened:
            raise self._wrong(token, f"{self._closing(opened)!r} was expected, for the {opened.token.text!r} before")
