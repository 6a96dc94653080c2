"""The names of a formula: which label a spelling stands for, and which label was probably meant.

Names are read in the grammar of `notation.py`, and in every way people write them: `w_11` and `w₁₁`, `delta_1` and
`δ₁`, `a_1^(2)`, `a₁⁽²⁾` and the identifier `a_1__2`. `label_of` gives the one label that all of them stand for. `Names`
goes further, for a reader of answers: `w11` is `w_11` where no other label is spelled alike.
"""

from __future__ import annotations

import difflib
import keyword
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache

from ..notation import GREEK, SUBSCRIPTS, SUPERSCRIPTS, identifier

_NAME_OF = {letter: name for name, letter in GREEK.items()}
LOWERED = {low: plain for plain, low in SUBSCRIPTS.items() if plain.isalnum()}
RAISED = {high: plain for plain, high in reversed(SUPERSCRIPTS.items()) if plain != "="}
FRACTIONS = "¼½¾⅐-⅞"
_LOW, HIGH = "".join(LOWERED), re.escape("".join(RAISED))

# Python's \w holds raised and lowered digits too: here they are no letters.
LETTER = rf"[^\W\d_{_LOW}{HIGH}{FRACTIONS}]"
WORD = rf"(?:[^\W_{_LOW}{HIGH}{FRACTIONS}]|[\u0300-\u036f])"  # a letter's accents may follow it
_LOWERED_RUN = rf"[{_LOW}]+(?:,[{_LOW}]+)*"
NAME = rf"{LETTER}{WORD}*['′’]*(?:_(?:{WORD}|_)*)?(?:{_LOWERED_RUN})?"
SUPERSCRIPT = rf"(?:\^\([^()^\n]*\)|\^{WORD}+|⁽[{HIGH}]*?⁾|[{HIGH}]+)"

_PRIMES = {ord(prime): "'" for prime in "′’"}
_LONGEST_RUN = 40  # characters of names written in one
_RUNS = 20  # different ones in one formula, for each takes some time
_ALIKE = 0.6  # of difflib's likeness, from which on a label may be meant
_CANDIDATES = 500  # labels that are compared with a misspelt one


@lru_cache(maxsize=4096)
def label_of(name: str) -> str:
    """The label, in the grammar of `notation.py`, that a name written in any of the usual ways stands for.

    >>> [label_of(name) for name in ("w₁₁", "δ_1", "w₁,₁₀", "a₁⁽²⁾", "a_1__2", "lambda_", "E_total")]
    ['w_11', 'delta_1', 'w_1_10', 'a_1^(2)', 'a_1^(2)', 'lambda', 'E_total']
    """
    label = _composed(name).translate(_PRIMES)
    label = re.sub(_LOWERED_RUN, lambda run: "_" + plain(run[0], LOWERED).replace(",", "_"), label)
    label = re.sub(f"[{HIGH}]+", lambda run: "^" + plain(run[0], RAISED), label)
    label = re.sub(r"(?<=[^_])__([^\W_]+)\Z", r"^(\1)", label).replace("−", "-")
    if label.endswith("_") and keyword.iskeyword(label[:-1]):
        label = label[:-1]
    return re.sub(r"[^\W\d_]+", lambda letters: _in_latin(letters[0]), label)


def plain(text: str, alphabet: Mapping[str, str]) -> str:
    """Small raised or lowered characters (as `alphabet` says) at their full size."""
    return "".join(alphabet.get(character, character) for character in text)


def _composed(name: str) -> str:
    """ŷ is one character, however it was typed."""
    return unicodedata.normalize("NFC", name)


def _in_latin(letters: str) -> str:
    """A single Greek letter by its name, whatever its style (the micro sign, a bold δ); other text as it stands."""
    return _NAME_OF.get(unicodedata.normalize("NFKC", letters), letters) if len(letters) == 1 else letters


@lru_cache(maxsize=4096)
def bare(label: str) -> str:
    """A label without the signs that some leave out; a superscript's "(" stays, for `a1^(2)` is not `a_12`.

    >>> bare("a_1^(2)"), bare("w_1_10")
    ('a1^(2)', 'w110')
    """
    return re.sub(r"[_{}]", "", label)


class Names:
    """The labels that a formula may use, by each form in which they can be written.

    With `kindly`, names that are spelled a little differently are found too.

    >>> names = Names(["y_1", "w_11", "a_1^(2)"], kindly=True)
    >>> names.find("y1"), names.find("a12"), names.find("w_1")
    (('y_1',), ('a_1^(2)',), ())
    """

    def __init__(
        self, labels: Iterable[str], kindly: bool = False, functions: Container[str] = (),
        constants: Container[str] = (),
    ) -> None:  # fmt: skip
        self.labels = tuple(labels)
        self.kindly = kindly
        self.functions = functions
        self.constants = constants
        self.forms = {**{identifier(label): label for label in self.labels}, **{label: label for label in self.labels}}
        self._alike: dict[str, list[str]] | None = None
        self._splits: dict[tuple[str, bool], tuple[str, ...]] = {}

    def define(self, labels: Iterable[str]) -> None:
        """Add the names that the formula itself defines."""
        new = [label for label in labels if label not in self.forms]
        self.forms.update((label, label) for label in new)
        self.labels += tuple(new)

    def find(self, *forms: str) -> tuple[str, ...]:
        """The labels that a name can stand for: one, none, or several that are spelled alike."""
        for form in forms:
            if form in self.forms:
                return (self.forms[form],)
        if not self.kindly or forms[0] in self.constants:
            return ()
        return tuple(self._spelled_alike().get(bare(forms[0]), ()))

    def _spelled_alike(self) -> dict[str, list[str]]:
        """The labels by what is left of them without underscores; and, if nothing has a superscript, without `^( )`."""
        if self._alike is None:
            self._alike = {}
            for label in dict.fromkeys(self.labels):
                for form in {bare(label), re.sub(r"[\^()]", "", bare(label))}:
                    self._alike.setdefault(form, []).append(label)
        return self._alike

    def split(self, run: str, is_called: bool = False) -> tuple[str, ...]:
        """A run of names as the names it is made of, where there is one way only: `h_1x_1` is `h_1`, `x_1`.

        Where the run `is_called` (stands before a parenthesis), the last of them may be a function.
        """
        key = run, is_called
        if key not in self._splits:
            if not self.kindly or len(run) > _LONGEST_RUN or len(self._splits) >= _RUNS:
                return ()
            self._splits[key] = self._split(run, is_called)
        return self._splits[key]

    def _split(self, run: str, is_called: bool) -> tuple[str, ...]:
        # The ways to write run[:stop] as names: how many, and one of them.
        ways: list[tuple[int, tuple[str, ...]]] = [(1, ())]
        for stop in range(1, len(run) + 1):
            pieces = [
                (count, (*names, run[start:stop]))
                for start, (count, names) in enumerate(ways)
                if count and self._is_piece(run[start:stop], is_called and stop == len(run))
            ]
            ways.append((sum(count for count, _ in pieces), pieces[0][1] if pieces else ()))
        count, names = ways[-1]
        return names if count == 1 and len(names) > 1 else ()

    def _is_piece(self, piece: str, is_called: bool) -> bool:
        if not re.match(LETTER, piece):
            return False
        label = label_of(piece)
        return len(self.find(label)) == 1 or (is_called and label in self.functions)

    def near(self, name: str) -> list[str]:
        """The labels that were probably meant, the best first.

        >>> Names(["h_1", "h_2", "w_11"]).near("H_1")
        ['h_1']
        """
        same = [label for label in self.labels if _folded(label) == _folded(name)]
        if same or len(name) > 2 * _LONGEST_RUN:
            return same[:3]
        candidates = dict.fromkeys([label for label in self.labels if label[:1] == name[:1]] + list(self.labels))
        matcher = difflib.SequenceMatcher()
        matcher.set_seq2(name)
        found = []
        for place, label in enumerate(list(candidates)[:_CANDIDATES]):
            matcher.set_seq1(label)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                found.append((-matcher.ratio(), place, label))
        return [label for _, _, label in sorted(found)[:3]]


def _folded(label: str) -> str:
    """A label in small letters of their plain shape: full-width ｗ is w."""
    return bare(label_of(unicodedata.normalize("NFKC", label))).casefold()
