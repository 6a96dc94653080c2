"""One parameter of a network, chosen by its label or as the Value itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from autograd import Value

from ..errors import NetworkError

_LISTED = 12


def parameter_of(parameters: Mapping[str, Value], chosen: Any) -> Value:
    """The parameter of that label, or that Value if it is one of them.

    >>> parameter_of({"w_11": Value(0.5, "w_11"), "b_1": Value(0.0, "b_1")}, "w_1")
    Traceback (most recent call last):
    nn.errors.NetworkError: the network has no parameter 'w_1'; did you mean 'w_11'? It has 'w_11', 'b_1'

    Raises NetworkError with the labels there are, the nearest first.
    """
    if isinstance(chosen, str):
        if chosen not in parameters:
            raise NetworkError(f"the network has no parameter {chosen!r}; {_told(chosen, parameters)}")
        return parameters[chosen]
    if any(each is chosen for each in parameters.values()):
        found: Value = chosen
        return found
    if isinstance(chosen, Value):
        raise NetworkError(f"the Value {chosen.label or chosen!r} is no parameter of this network")
    raise NetworkError(f"a parameter is given by its label, such as {next(iter(parameters))!r}; it was {chosen!r}")


def _told(chosen: str, labels: Iterable[str]) -> str:
    known = list(labels)
    near = get_close_matches(chosen[:40], known, n=1)
    listed = ", ".join(map(repr, known[:_LISTED])) + (", …" if len(known) > _LISTED else "")
    return (f"did you mean {near[0]!r}? " if near else "") + f"It has {listed}"
