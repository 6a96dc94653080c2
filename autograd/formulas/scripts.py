r"""Subscripts and superscripts as LaTeX has them: `w_{1,10}` is w_1_10, `a^{(2)}_1` and `a_1^{(2)}` are a_1^(2)."""

from __future__ import annotations

import re

from ..errors import FormulaError
from . import commands
from .places import Rewriting, unreadable
from .spelling import LETTER, WORD

LONGEST_NAME = 100  # characters; what is longer is read as a formula

_PLAIN_SUBSCRIPT, _NUMBER_OR_WORD = re.compile(rf"{WORD}+"), re.compile(rf"[0-9]+|{WORD}+")
_PLAIN_SUPERSCRIPT = re.compile(r"\([^()^\n]*\)(?=_)|[^\W_]+(?=_)")
_IN_PARENTHESES = re.compile(r"\([^(){}\\^\n]*\)")
_PRIMES = re.compile(r"(?:\\prime(?![A-Za-z])\s*)+")
_CONSTANT = re.compile(r"(?:\A|[^\w'])(?:e|[0-9.]+)\Z")
_BASE = re.compile(rf"{LETTER}{WORD}*'*(?=(?:_{WORD}+)*\Z)")


class Scripts(Rewriting):
    """The part of the reading of LaTeX that knows names, with what stands above and below them."""

    def __init__(self, formula: str) -> None:
        super().__init__(formula)
        self.position, self.stop = 0, len(formula)
        self.partners = _partners(formula)
        self.closers = frozenset(self.partners.values())
        self.jumps: dict[int, int] = {}  # over a subscript that was read before the superscript in front of it

    def wrong(self, position: int, found: str, reason: str) -> FormulaError:
        return unreadable(self.formula, position, found, reason)

    def behind_spaces(self) -> int:
        position = self.position
        while self.formula[position : position + 1].isspace():
            position += 1
        return position

    def keep_apart(self, pattern: str) -> None:
        if re.compile(pattern).match(self.formula, self.position):
            self.emit(" ", self.position, self.position)

    def argument(self) -> tuple[int, int]:
        """Where the argument of a command begins and ends: a group, a command or one character."""
        start = self.behind_spaces()
        if start in self.partners:
            return start + 1, self.partners[start]
        command = re.compile(r"\\[A-Za-z]+").match(self.formula, start)
        return start, command.end() if command else min(start + 1, self.stop)

    def past(self, stop: int) -> int:
        """The place behind an argument that ends at `stop`: behind its brace, if it has one."""
        return stop + 1 if self.formula.startswith("}", stop) and stop in self.closers else stop

    def name_in(self, start: int, stop: int) -> str:
        """What is left of LaTeX within a name or a subscript: letters, digits, "_" for a comma; "?" for the rest."""
        result = []
        for match in re.finditer(r"\\([A-Za-z]+|[\s\S])|([\s\S])", self.formula[start:stop]):
            command, character = match[1], match[2]
            if command is None:
                result.append("" if character in "{} \t\n~" else "_" if character in ",_" else character)
            elif command in commands.LETTERS or command in commands.SIGNS:
                result.append({**commands.SIGNS, **commands.LETTERS}[command])
            elif command not in commands.SPACES and command not in commands.FACES:
                result.append("?")
        return "".join(result)

    # ------------------------------------------------------------ subscripts and superscripts

    def script(self, sign: str, start: int) -> None:
        self.position = start + 1
        if sign == "_":
            self.position = self._subscript(start)
            self.keep_apart(WORD if self.formula.startswith("}", self.position - 1) else r"(?!)")
        else:
            self._superscript(start)

    def _subscript(self, start: int, is_last: bool = True) -> int:
        """Emit the subscript whose "_" stands at `start`; returns where it ends.

        The 1 of a^{(2)}_1x is the subscript, and x another factor, for nobody writes a superscript before 1x.
        """
        self.position = start + 1
        place = self.behind_spaces()
        if not self.formula.startswith(("{", "\\"), place):
            run = (_PLAIN_SUBSCRIPT if is_last else _NUMBER_OR_WORD).match(self.formula, start + 1)
            stop = run.end() if run else start + 1
            self.copy(start, stop)
            return stop
        inner, stop = self.argument()
        face = re.compile(r"\\([A-Za-z]+)\s*").match(self.formula, inner)
        if self.formula[place] == "\\" and face and face[1] in commands.FACES:  # E_\text{total}
            self.position = face.end()
            inner, stop = self.argument()
        word = self.name_in(inner, stop)
        if not re.fullmatch(rf"{WORD}+(?:_{WORD}+)*", word):
            raise self.wrong(place, self.formula[place : self.past(stop)] or "",
                              "a subscript has letters and digits, with commas between: w_{1,10}")  # fmt: skip
        self.emit("_" + word, start, self.past(stop))
        return self.past(stop)

    def _superscript(self, start: int) -> None:
        place = self.behind_spaces()
        is_group = place in self.partners
        # e and numbers have no subscript: the one in e^z_1 belongs to the exponent.
        simple = None if self._follows_constant() else _PLAIN_SUPERSCRIPT.match(self.formula, place)
        inner = place + is_group
        stop = self.partners[place] if is_group else simple.end() if simple else place
        primes = _PRIMES.match(self.formula, inner)
        if primes:
            self._prime(primes[0].count("\\"), start, primes.end())
            inner = primes.end()
            stop = max(stop, inner)
        end = stop + is_group
        if end > place and self.formula.startswith("_", end):
            self.jumps[end] = self._subscript(end, is_last=False)
        self._raise(start, place, self.formula[inner:stop], is_group, bool(primes), end)

    def _follows_constant(self) -> bool:
        return _CONSTANT.search("".join(self.text[-LONGEST_NAME:])) is not None

    def _raise(self, start: int, place: int, content: str, is_group: bool, is_primed: bool, end: int) -> None:
        bare = content.strip()
        is_name = re.fullmatch(rf"[0-9]+|{WORD}", bare) or _IN_PARENTHESES.fullmatch(bare)
        if is_primed and not bare:
            self.position = end
        elif is_group and is_name:
            inner = end - 1 - len(content.lstrip())
            self.emit("^", start, start + 1)
            self.copy(inner, inner + len(bare))
            self.position = self.jumps.pop(end, end)
            self.keep_apart(WORD)
        elif is_primed:
            raise self.wrong(start, "^", "a prime stands directly behind its name: y'^2")
        else:
            self.emit("^", start, start + 1)
            self.position = place

    def _prime(self, count: int, start: int, stop: int) -> None:
        r"""The y_{1}^{\prime} of LaTeX is the name y'_1."""
        written = "".join(self.text[-LONGEST_NAME:])
        base = _BASE.search(written)
        self.insert(len(self.text) - len(written) + (base.end() if base else len(written)), "'" * count, start, stop)


def _partners(formula: str) -> dict[int, int]:
    """Where each brace of a group is closed."""
    waiting, result = [], {}
    for match in re.finditer(r"\\[\s\S]|([{}])", formula):
        if match[1] == "{":
            waiting.append(match.start())
        elif match[1] and waiting:
            result[waiting.pop()] = match.start()
    return result
