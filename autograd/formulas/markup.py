r"""LaTeX in a formula, made plain: `\frac{1}{2}\,(y_{1} - t_1)^{2}` is read as `({1}/{2}) (y_1 - t_1)^2`.

Only what LaTeX adds is changed here; what a plain formula means is known in `tokens.py` and `translation.py`. Each
character keeps its place in what was typed, so that an error can point at it. Nothing recurses.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from ..notation import identifier
from . import commands
from .leibniz import behind_left_side
from .places import Source
from .scripts import LONGEST_NAME, Scripts
from .spelling import LETTER, NAME, WORD, label_of

_MARKED = re.compile(r"[\\$~]|[_^]\s*\{|\{,?\}|\^(?:\([^()^\n]*\)|[^\W_]+)_")
_PIECE = re.compile(
    r"\\(?P<command>[A-Za-z]+\*?|[\s\S]|\Z)|(?P<script>[_^])|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<space>~|\{\s*\})"
)
_EMPTY = re.compile(r"\{\s*\}")
_WRAPPER = re.compile(r"\s*(\$\$|\$|\\\[|\\\()")
_CLOSER = {"$": "$", "$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_BEHIND_FUNCTION = re.compile(
    r"(?:\s|\\[,;:! ]|~)*(?:\\(?:left|[bB]igg?l?)\s*)?(?P<open>\\\{|\\lbrace(?![A-Za-z])|\\lbrack(?![A-Za-z])|[{\[])"
)
_CASES = re.compile(r"\s*\{cases\}")
_CONDITION = re.compile(r"&\s*\\(?:text|mbox|textrm)\s*\{\s*(?:(?P<if>if|for|when)|otherwise|else)\s*\}|&")
_NOT_ZERO = re.compile(r"\\neq?\s*0\b")
_CLOSING = {"(": ")", "[": "]", "{": "}", "\\begin{cases}": "\\end{cases}", "\\{": "\\}", "|": "\\rvert", "‖": "‖"}


class _Open(NamedTuple):
    """A bracket that is open: its sign, how it closes in the plain formula, where it stands, what follows then."""

    sign: str
    closing: str
    place: int
    then: str = ""


def plainly(formula: str, functions: Container[str] = (), left_side: bool = False) -> Source:
    r"""The plain form of a formula; `functions` are the names that are called.

    >>> plainly(r"\frac{1}{2}\,\left(y_{1} - \hat{t}\right)^{2}").text
    '({1}/{2}) (y_1 - t̂)^2'
    >>> plainly(r"a^{(2)}_1\,\sigma\left[z\right]", {"sigma"}).text
    'a_1^(2) σ(z)'

    With `left_side`, a derivative's sign and its "=" in front are left out.
    """
    if not _MARKED.search(formula) and not left_side:
        return Source(formula)
    return _Markup(formula, functions, left_side).source()


class _Markup(Scripts):
    """One pass over a formula, with a stack of the brackets that are open."""

    def __init__(self, formula: str, functions: Container[str], left_side: bool) -> None:
        super().__init__(formula)
        self.functions = functions
        self.open: list[_Open] = []
        self.position, self.stop = self._inside()
        if left_side:
            self.position = behind_left_side(formula, self.position, self.stop)

    def source(self) -> Source:
        while self.position < self.stop:
            if self.position in self.jumps:
                self.position = self.jumps.pop(self.position)
            else:
                self._piece()
        for item in self.open:
            if item.then:
                raise self.wrong(len(self.formula), "", f"'}}' was expected, for the {item.then} before")
        return super().source()

    def _inside(self) -> tuple[int, int]:
        r"""What stands between $ and $, or \[ and \]."""
        opener = _WRAPPER.match(self.formula)
        if not opener:
            return 0, len(self.formula)
        closer, stop = _CLOSER[opener[1]], len(self.formula.rstrip())
        if not self.formula.endswith(closer, opener.end(), stop):
            raise self.wrong(opener.start(1), opener[1], f"{closer!r} is missing at the end of the formula")
        return opener.end(), stop - len(closer)

    # ------------------------------------------------------------ what comes out

    def _word(self, text: str, start: int, stop: int) -> None:
        """A name: it is kept apart from other names before and behind it."""
        if self.text and re.match(WORD, self.text[-1]):
            self.emit(" ", start, start)
        self.emit(text, start, stop)
        self.position = stop
        self.keep_apart(LETTER)
        opener = _BEHIND_FUNCTION.match(self.formula, stop) if label_of(text) in self.functions else None
        if opener:  # exp[x] and exp{x} are calls too
            sign = {"\\lbrace": "\\{", "\\lbrack": "["}.get(opener["open"], opener["open"])
            self._begin(_Open(sign, ")", opener.start("open")), "(", opener.end())

    # ------------------------------------------------------------ what is read

    def _piece(self) -> None:
        match = _PIECE.match(self.formula, self.position)
        start = self.position
        row = self._is_in_cases() and (_CONDITION.match(self.formula, start) or _NOT_ZERO.match(self.formula, start))
        if row:
            self.position = row.end()
            self.emit(" if " if row[0].startswith("&") and (row["if"] or row[0] == "&") else " ", start, row.end())
        elif match is None:
            self.position += 1
            self.copy(start, self.position)
        elif match["command"] is not None:
            self.position = match.end()
            self._command(match["command"].removesuffix("*"), start)
        elif match["script"]:
            self.script(match["script"], start)
        elif match["open"]:
            empty = _EMPTY.match(self.formula, start)
            if empty or self.formula.startswith("{,}", start):
                self.position = empty.end() if empty else start + 3
                self.emit(" " if empty else ",", start, self.position)
            else:
                self._begin(_Open(match["open"], _CLOSING[match["open"]], start), match["open"], match.end())
        elif match["close"]:
            self._finish(match["close"], start, match.end())
        elif self.text or match["space"] != "~":
            self.position = match.end()
            self.emit(" ", start, self.position)
        else:
            raise self.wrong(start, "~", "it stands for a space between two things in LaTeX, and has no other meaning")

    def _begin(self, item: _Open, text: str, stop: int) -> None:
        self.open.append(item)
        self.emit(text, item.place, stop)
        self.position = stop

    def _finish(self, sign: str, start: int, stop: int) -> None:
        self.position = stop
        if not self.open:
            raise self.wrong(start, self.formula[start:stop], "there is no bracket for it to close")
        item = self.open.pop()
        if _CLOSING[item.sign] != sign:
            raise self.wrong(start, self.formula[start:stop],
                              f"{_CLOSING[item.sign]!r} was expected first, for the {item.sign!r} before")  # fmt: skip
        self.emit(item.closing.removeprefix("\\"), start, stop)
        if item.then == "numerator":
            self.emit("/", stop, stop)
            self._part_of_fraction("denominator")
        elif item.then == "denominator":
            self.emit(")", stop, stop)

    def _command(self, name: str, start: int) -> None:
        stop = self.position
        if name in commands.SPACES:
            self.emit(" ", start, stop)
        elif name in ("begin", "end") or (name == "\\" and self._is_in_cases()):
            self._cases(name, start)
        elif name in commands.SIZES:
            self._delimiter(name, start)
        elif name in commands.LETTERS:
            self._word(commands.LETTERS[name], start, stop)
        elif name in commands.SIGNS and name not in commands.REFUSED:
            self.emit(commands.SIGNS[name], start, stop)
        elif name in commands.FRACTIONS:
            self.emit("(", start, stop)
            self._part_of_fraction("numerator")
        elif name == "sqrt":
            self._root(start)
        elif name in commands.OPENING and name not in commands.REFUSED:
            self._opening(commands.OPENING[name], start)
        elif name in commands.CLOSING and name not in commands.REFUSED:
            self._closing(commands.CLOSING[name], start)
        elif name in commands.FACES:
            self._face(name, start)
        elif name in commands.ACCENTS:
            self._accent(name, start)
        elif name in self.functions and name not in commands.REFUSED:
            self._word(name, start, stop)
        else:
            reason = commands.REFUSED.get(name, "this command is not known here; write the formula without it")
            raise self.wrong(start, self.formula[start:stop], reason)

    # ------------------------------------------------------------ brackets

    def _delimiter(self, name: str, start: int) -> None:
        r"""\left( and the like: the size says nothing, but whether a bar opens or closes."""
        position = self.behind_spaces()
        sign = self.formula[position : position + 1]
        if sign == ".":
            self.position = position + 1
        elif sign == "|" and name.endswith(("left", "l")):
            self.position = position + 1
            self._opening("|", position)
        elif sign == "|" and name.endswith(("right", "r")):
            self.position = position + 1
            self._closing("|", position)
        elif not sign or sign not in "()[]|\\/":
            raise self.wrong(start, self.formula[start : self.position], "no bracket follows it")
        else:
            self.position = position

    def _opening(self, sign: str, start: int) -> None:
        if sign == "|":
            self._begin(_Open("|", ")", start), " abs(", self.position)
        else:
            self._begin(_Open(f"\\{sign}" if sign == "{" else sign, _CLOSING[sign], start), sign, self.position)

    def _closing(self, sign: str, start: int) -> None:
        self._finish({"}": "\\}", "|": "\\rvert"}.get(sign, sign), start, self.position)

    # ------------------------------------------------------------ cases

    def _cases(self, name: str, start: int) -> None:
        r"""\begin{cases} a & \text{if } c \\ b & \text{otherwise} \end{cases} is (a if c else b)."""
        kind = _CASES.match(self.formula, self.position)
        if name == "\\":
            self.emit(" else ", start, self.position)
        elif not kind:
            raise self.wrong(start, self.formula[start : self.position], commands.REFUSED[name])
        elif name == "begin":
            self._begin(_Open("\\begin{cases}", ")", start), "(", kind.end())
        else:
            self._finish("\\end{cases}", start, kind.end())

    def _is_in_cases(self) -> bool:
        return bool(self.open) and self.open[-1].sign == "\\begin{cases}"

    # ------------------------------------------------------------ fractions, roots

    def _part_of_fraction(self, part: str) -> None:
        r"""The numerator or denominator: a group, or one letter or digit (\frac12)."""
        start = self.behind_spaces()
        letter = re.compile(r"\\([A-Za-z]+)").match(self.formula, start)
        if self.formula.startswith("{", start):
            self._begin(_Open("{", "}", start, part), "{", start + 1)
            return
        if letter and letter[1] in commands.LETTERS:
            self.position = letter.end()
            self.emit(commands.LETTERS[letter[1]], start, self.position)
        elif re.compile(WORD).match(self.formula, start):
            self.position = start + 1
            self.copy(start, start + 1)
        else:
            reason = f"a fraction's {part} was expected: \\frac{{a}}{{b}}"
            raise self.wrong(start, self.formula[start : start + 1], reason)
        if part == "numerator":
            self.emit("/", self.position, self.position)
            self._part_of_fraction("denominator")
        else:
            self.emit(")", self.position, self.position)

    def _root(self, start: int) -> None:
        if self.formula.startswith("[", self.behind_spaces()):
            raise self.wrong(start, "\\sqrt[", "only square roots have this sign; write a cube root as x^{1/3}")
        self.emit("√", start, self.position)

    # ------------------------------------------------------------ names

    def _face(self, name: str, start: int) -> None:
        inner, stop = self.argument()
        word = self.name_in(inner, stop) if stop - inner <= LONGEST_NAME else ""
        if re.fullmatch(NAME, word):
            self._word(word, start, self.past(stop))
        elif name in commands.TEXTS and word != "" and self.partners.get(inner - 1) == stop:
            label = re.sub(r"\\(?=[^A-Za-z])", "", self.formula[inner:stop]).strip()
            self._word(identifier(label), start, self.past(stop))
        else:  # it holds more than a name, and is only set in another face
            self.position = self.behind_spaces()

    def _accent(self, name: str, start: int) -> None:
        inner, stop = self.argument()
        word = self.name_in(inner, stop) if stop - inner <= LONGEST_NAME else ""
        if not re.fullmatch(LETTER, word):
            raise self.wrong(start, self.formula[start : self.position], "it stands over one letter: \\hat{y}")
        self._word(word + commands.ACCENTS[name], start, self.past(stop))
