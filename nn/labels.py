"""Notations: how the nodes of a network are called, in derivations, pictures and files.

    letters    x_i, w_ij, b_j^(1), a_j^(1), h_j, u_ij, b_j^(2), a_j^(2), y_j, t_j, L: one or two layers
    numbered   i_1, w_1 … w_8, b_1, h_1, a_h1, o_1, a_o1, t_1, E_1, E_total: one or two layers
    layered    x_i, w_ij^(l), b_j^(l), a_j^(l), h_j^(l), y_j, t_j, L: any number of layers

w_ij leads from unit i to unit j. Indices from 10 on are set apart: w_1_10.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from .choices import known
from .errors import NetworkError


def side_by_side(indices: Sequence[int | str]) -> str:
    """Indices as a subscript: set apart where one of them has two digits."""
    return ("_" if any(isinstance(index, int) and index > 9 for index in indices) else "").join(map(str, indices))


def indexed(base: str, *indices: int, layer: int | None = None) -> str:
    """A label with indices, and the layer as its superscript.

    >>> indexed("w", 1, 2), indexed("w", 1, 12), indexed("a", 3, layer=2)
    ('w_12', 'w_1_12', 'a_3^(2)')
    """
    subscript = f"_{side_by_side(indices)}" if indices else ""
    return f"{base}{subscript}" + (f"^({layer})" if layer is not None else "")


class Notation(ABC):
    """Labels for a network whose layers have so many units: `sizes` is [inputs, units of layer 1, units of layer 2, …].

    Layers, units and inputs are counted from 1.
    """

    target_first = False  # whether an error is written t − y

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return len(self.sizes) - 1

    def is_last(self, layer: int) -> bool:
        """Whether a layer is the output layer."""
        return layer == self.depth

    @abstractmethod
    def input(self, i: int) -> str:
        """The label of an input."""

    @abstractmethod
    def weight(self, layer: int, i: int, j: int) -> str:
        """The label of the weight from unit i to unit j of a layer."""

    @abstractmethod
    def bias(self, layer: int, j: int) -> str:
        """The label of the bias of a unit."""

    @abstractmethod
    def pre_activation(self, layer: int, j: int) -> str:
        """The label of a weighted sum."""

    @abstractmethod
    def activation(self, layer: int, j: int) -> str:
        """The label of what a unit puts out."""

    def linear(self, layer: int, j: int) -> str:
        """The label of a unit without an activation function: its weighted sum is what it puts out."""
        return self.activation(layer, j)

    def target(self, j: int) -> str:
        """The label of a target."""
        return indexed("t", j)

    def error(self, j: int) -> str:
        """The label of one output's part of the loss; empty if it has none."""
        return ""

    def loss(self) -> str:
        """The label of the loss."""
        return "L"


class Letters(Notation):
    """w for the first layer of weights and u for the second, h for hidden units and y for outputs."""

    def input(self, i: int) -> str:
        return indexed("x", i)

    def weight(self, layer: int, i: int, j: int) -> str:
        return indexed("wu"[layer - 1], i, j)

    def bias(self, layer: int, j: int) -> str:
        return indexed("b", j, layer=self._superscript(layer))

    def pre_activation(self, layer: int, j: int) -> str:
        return indexed("a", j, layer=self._superscript(layer))

    def activation(self, layer: int, j: int) -> str:
        return indexed("y" if self.is_last(layer) else "h", j)

    def _superscript(self, layer: int) -> int | None:
        return layer if self.depth > 1 else None


class Numbered(Notation):
    """All weights in one row of numbers, unit by unit: w_1 … w_8. Errors are written t − a."""

    target_first = True

    def input(self, i: int) -> str:
        return indexed("i", i)

    def weight(self, layer: int, i: int, j: int) -> str:
        before = sum(a * b for a, b in zip(self.sizes[: layer - 1], self.sizes[1:layer], strict=True))
        return indexed("w", before + (j - 1) * self.sizes[layer - 1] + i)

    def bias(self, layer: int, j: int) -> str:
        return indexed("b", sum(self.sizes[1:layer]) + j)

    def pre_activation(self, layer: int, j: int) -> str:
        return indexed(self._letter(layer), j)

    def activation(self, layer: int, j: int) -> str:
        return f"a_{self._letter(layer)}{j}"

    def linear(self, layer: int, j: int) -> str:
        return self.pre_activation(layer, j)

    def error(self, j: int) -> str:
        return indexed("E", j)

    def loss(self) -> str:
        return "E_total"

    def _letter(self, layer: int) -> str:
        return "o" if self.is_last(layer) else "h"


class Layered(Notation):
    """One letter for each kind of node, and the layer as a superscript."""

    def input(self, i: int) -> str:
        return indexed("x", i)

    def weight(self, layer: int, i: int, j: int) -> str:
        return indexed("w", i, j, layer=layer)

    def bias(self, layer: int, j: int) -> str:
        return indexed("b", j, layer=layer)

    def pre_activation(self, layer: int, j: int) -> str:
        return indexed("a", j, layer=layer)

    def activation(self, layer: int, j: int) -> str:
        return indexed("y", j) if self.is_last(layer) else indexed("h", j, layer=layer)


NOTATIONS: dict[str, type[Notation]] = {"letters": Letters, "numbered": Numbered, "layered": Layered}


def notation(name: str | None, sizes: Sequence[int]) -> Notation:
    """The notation of that name for a network; without a name, letters for one or two layers and layered for more.

    Raises NetworkError for an unknown name, and for more layers than a notation has letters for.
    """
    depth = len(sizes) - 1
    name = name or ("letters" if depth <= 2 else "layered")
    known(name, NOTATIONS, "notation")
    if depth > 2 and name != "layered":
        raise NetworkError(f"the notation {name!r} is for one or two layers, and this one has {depth}: use 'layered'")
    return NOTATIONS[name](sizes)
