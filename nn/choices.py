"""Names that are looked up: what is said where there is none of that name is said here, in one way."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from autograd import AutogradError

from .errors import NetworkError

_SHOWN = 8  # names that an error lists
_COMPARED = 60  # characters of a name: comparing takes the square of its length


def known(name: Any, names: Iterable[str], what: str, *, error: type[AutogradError] = NetworkError) -> str:
    """The name itself, if it is one of these; else raises `error` with what was probably meant, or what there is.

    >>> known("sigmiod", ["sigmoid", "tanh"], "activation")
    Traceback (most recent call last):
    nn.errors.NetworkError: there is no activation 'sigmiod': did you mean 'sigmoid'?
    >>> known("warp", ["auto", "eager"], "engine")
    Traceback (most recent call last):
    nn.errors.NetworkError: there is no engine 'warp': there are 'auto', 'eager'
    """
    there = list(names)
    if isinstance(name, str) and name in there:
        return name
    near = _nearest(name, there) if isinstance(name, str) else []
    advice = f"did you mean {near[0]!r}?" if near else f"there are {listed(there)}"
    raise error(f"there is no {what} {name!r}: {advice}")


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    same = [each for each in names if each.casefold() == name.casefold()]
    return same or get_close_matches(name[:_COMPARED], names, n=1)


def listed(names: Iterable[str]) -> str:
    """Some names, in quotes, and how many more there are.

    >>> listed("abcdefghij")
    "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more"
    """
    found = list(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(map(repr, found[:_SHOWN])) + more
