"""One parameter of a network, chosen by its label or as the Value itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd import Value

from ..choices import known
from ..errors import NetworkError


def parameter_of(parameters: Mapping[str, Value], chosen: Any) -> Value:
    """The parameter of that label, or that Value if it is one of them.

    >>> parameter_of({"w_11": Value(0.5, "w_11"), "b_1": Value(0.0, "b_1")}, "w_1")
    Traceback (most recent call last):
    nn.errors.NetworkError: there is no parameter 'w_1': did you mean 'w_11'?

    Raises NetworkError with the label that was probably meant, or with those there are.
    """
    if isinstance(chosen, str):
        return parameters[known(chosen, parameters, "parameter")]
    if any(each is chosen for each in parameters.values()):
        found: Value = chosen
        return found
    if isinstance(chosen, Value):
        raise NetworkError(f"the Value {chosen.label or chosen!r} is no parameter of this network")
    raise NetworkError(f"a parameter is given by its label, such as {next(iter(parameters))!r}; it was {chosen!r}")
