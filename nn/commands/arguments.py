"""Reading the command line: whatever is wrong in it is told in one sentence that names the option."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from autograd import AutogradError

_NAMED = re.compile(r"argument ([^:]+): (.*)", re.DOTALL)


class UsageError(AutogradError, ValueError):
    """The command line asks for what cannot be done."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, where argparse would print how the program is used, and end it."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message as a sentence."""
        program = self.prog.removeprefix("python -m ")
        raise UsageError(f"{program}: {_sentence(message, self._names())} (see {self.prog} --help)")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What argparse reads; raises UsageError for what is left over, here where the options are known."""
        found, others = super().parse_known_args(args, namespace)
        if others:
            self.error(f"unrecognized arguments: {' '.join(others)}")
        return found, others

    def _names(self) -> list[str]:
        return [name for action in self._actions for name in (*action.option_strings, *(action.choices or ()))]


def _sentence(message: str, names: Sequence[str]) -> str:
    """What argparse says, in the words of this program.

    >>> _sentence("argument -o/--output: expected one argument", [])
    '--output needs a value'
    >>> _sentence("unrecognized arguments: --epoch 3", ["--epochs"])
    'there is no option --epoch: did you mean --epochs?'
    """
    start, _, rest = message.partition(": ")
    if start == "the following arguments are required":
        return _missing(rest.split(", "))
    if start == "unrecognized arguments":
        return _unknown(rest.split()[0], names)
    found = _NAMED.fullmatch(message)
    if found is None:
        return message
    name, told = found[1].split("/")[-1], found[2]
    if told.startswith("invalid choice: "):
        return _unknown_command(told.removeprefix("invalid choice: "), names)
    if told.startswith("expected"):
        return f"{name} needs {'at least one value' if 'at least' in told else 'a value'}"
    if told.startswith("ignored explicit argument"):
        return f"{name} takes no value"
    return f"{name} {told}"


def _missing(names: Sequence[str]) -> str:
    if "|" in names[0]:
        return f"give a command: {names[0].replace(' |', ',')}"
    told = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} missing"
    return told if names[0].startswith("-") else f"{told}: give the files first, and then the options"


def _unknown(word: str, names: Sequence[str]) -> str:
    option = word.split("=")[0]
    if not option.startswith("-"):
        return f"it is not clear what {word!r} is for: give the files first, and then the options"
    likely = get_close_matches(option, names, n=1)
    return f"there is no option {option}" + (f": did you mean {likely[0]}?" if likely else "")


def _unknown_command(told: str, names: Sequence[str]) -> str:
    commands = [name for name in names if not name.startswith("-")]
    return f"there is no command {told.split(' (choose')[0]}: choose {', '.join(commands)}"


# ---------------------------------------------------------------- what options take


def whole_number(low: int) -> Callable[[str], int]:
    """Reads a whole number from `low` on."""

    def read(text: str) -> int:
        # int() reads 1_0 and ٣, too; and it refuses some thousand digits.
        if re.fullmatch(r"\+?[0-9]{19,}", text):
            raise _refused("takes a whole number of at most 18 digits", text)
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or int(text) < low:
            raise _refused(f"takes a whole number from {low} on", text)
        return int(text)

    return read


def positive(text: str) -> float:
    """Reads a number above 0."""
    found = _number(text)
    if not 0 < found < math.inf:
        raise _refused("takes a number above 0, such as 0.01", text)
    return found


def fraction(text: str) -> float:
    """Reads a number from 0 to 1, without 1 itself."""
    found = _number(text)
    if not 0 <= found < 1:
        raise _refused("takes the fraction of the rows to test on, from 0 to below 1, such as 0.25", text)
    return found


def one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """Reads one of some words."""
    known = list(choices)

    def read(text: str) -> str:
        if text not in known:
            raise _refused(f"takes one of {', '.join(known)}", text)
        return text

    return read


def file_of(*suffixes: str) -> Callable[[str], str]:
    """Reads the name of a file with one of these endings: then it is not written over a file of another kind."""

    def read(text: str) -> str:
        if Path(text).suffix.lower() not in suffixes:
            raise _refused(f"takes the name of a {' or '.join(suffixes)} file", text)
        return text

    return read


def delimiter(text: str) -> str:
    """Reads one character; `tab` and \\t are the tab."""
    found = "\t" if text in ("tab", "\\t") else text
    if len(found) != 1 or found in '"\r\n':
        raise _refused("takes one character, such as ';', or the word tab", text)
    return found


def _number(text: str) -> float:
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def _refused(told: str, text: str) -> argparse.ArgumentTypeError:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return argparse.ArgumentTypeError(f"{told}; it was given {shown!r}")
