"""What every part of a network has: parameters with names, a call, and a plain number's way through it."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from autograd import Value, no_grad
from autograd.op import describe, number_of

from .errors import NetworkError

Outputs = Value | list[Value]


class Module(ABC):
    """A part of a network: `inputs` numbers in, `outputs` numbers out."""

    inputs: int
    outputs: int
    input_labels: list[str]

    @abstractmethod
    def units(self, x: Sequence[Any], labelled: bool) -> list[Any]:
        """What the part makes of as many inputs as it takes."""

    @abstractmethod
    def named_parameters(self) -> dict[str, Value]:
        """The parameters by label, in a fixed order: layer by layer, unit by unit, weights before the bias."""

    def parameters(self) -> list[Value]:
        """The parameters in a fixed order: layer by layer, unit by unit, weights before the bias."""
        return list(self.named_parameters().values())

    def __call__(self, x: Any, *, labelled: bool = True) -> Outputs:
        """The outputs for the inputs: a list, or the Value itself where there is one output.

        Plain numbers among the inputs become leaves labelled x_1, x_2, …, and every unit gets its label. With
        `labelled=False` inputs stay constants and nothing is labelled: quicker, and what a sum over many samples needs,
        in which every label would occur more than once. Raises NetworkError for another number of inputs.
        """
        outputs: Outputs = outputs_of(self.units(self.leaves(x) if labelled else self._checked(x), labelled))
        return outputs

    def leaves(self, x: Any) -> list[Value]:
        """The inputs as Values: plain numbers as leaves labelled x_1, x_2, …; raises NetworkError as a call does."""
        return [_leaf(each, label) for each, label in zip(self._checked(x), self.input_labels, strict=True)]

    def predict(self, x: Any) -> list[float]:
        """The outputs as plain numbers; nothing is recorded."""
        with no_grad():
            return [float(number_of(unit)) for unit in self.units(self._checked(x), False)]

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters():
            del parameter.grad

    def _checked(self, x: Any) -> list[Any]:
        if isinstance(x, (str, bytes, dict, set, frozenset)):
            raise NetworkError(f"this {type(self).__name__} takes a list of numbers; it was given {describe(x)}")
        items = _items(x)
        if len(items) != self.inputs:
            given = f"{len(items)}" + (": give the rows one at a time" if items and _is_row(items[0]) else "")
            raise NetworkError(f"this {type(self).__name__} takes {self.inputs} inputs; it was given {given}")
        return items


def _items(x: Any) -> list[Any]:
    """What is in a list or in a row of an array; one number, or an array without axes, as a list of one."""
    if hasattr(x, "tolist") and len(getattr(x, "shape", ())) == 1:
        return list(x.tolist())  # Python's own numbers, with which everything is quicker
    return list(x) if hasattr(x, "__iter__") and getattr(x, "shape", None) != () else [x]


def _is_row(item: Any) -> bool:
    return hasattr(item, "__len__") and not isinstance(item, (str, bytes))


def _leaf(item: Any, label: str) -> Value:
    """A plain number as a labelled leaf; a Value stays what it is."""
    return item if isinstance(item, Value) else Value(item, label)


def outputs_of(units: list[Any]) -> Any:
    """What a call gives, and what a loss takes: a list of outputs, or the output itself where there is one."""
    return units[0] if len(units) == 1 else units


@contextmanager
def kept(leaves: Iterable[Value]) -> Iterator[None]:
    """Whatever happens inside the `with`: at its end all leaves have the numbers and gradients that they had before."""
    before = [(leaf, leaf.data, leaf.grad if leaf.has_grad else None) for leaf in leaves]
    try:
        yield
    finally:
        for leaf, number, gradient in before:
            leaf.data, leaf.grad = number, gradient


def by_label(parameters: Iterable[Value]) -> dict[str, Value]:
    """Parameters by label, in their order; one that stands there twice is kept once.

    Raises NetworkError if two of them have one label: one would be trained, and the other forgotten.
    """
    found: dict[str, Value] = {}
    for parameter in parameters:
        if found.setdefault(parameter.label, parameter) is not parameter:
            raise NetworkError(f"two parameters are labelled {parameter.label!r}: give each a label of its own")
    return found


def generator(rng: int | Random) -> Random:
    """A seed or a generator, as a generator; raises NetworkError for anything else."""
    if isinstance(rng, Random):
        return rng
    found = whole(rng)
    if found is None:
        raise NetworkError(f"rng is a whole number or a random.Random; it was given {rng!r}")
    return Random(found)


def size(number: Any, what: str) -> int:
    """A number of units; raises NetworkError for anything but a whole number from 1 on."""
    found = whole(number)
    if found is None or found < 1:
        raise NetworkError(f"{what} is a whole number from 1 on; it was given {number!r}")
    return found


def check_title(title: Any) -> None:
    """Raise NetworkError for a title that is no text; None is none."""
    if title is not None and not isinstance(title, str):
        raise NetworkError(f"a title is text; it was given {describe(title)}")


def whole(number: Any) -> int | None:
    """A whole number, Python's or NumPy's, as an int; None for anything else, and for True and False."""
    try:
        return None if isinstance(number, bool) else operator.index(number)
    except TypeError:
        return None
