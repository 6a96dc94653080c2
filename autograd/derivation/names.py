"""Names: of shared suffixes (δ₁ ≡ ∂L/∂a₁, the part of the chain rule that all weights of a unit have in common), and of
everything in Python source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from .. import notation
from ..atoms import Derivative
from ..errors import LabelError
from ..symbol import Call
from .numbers import pieces


def delta_labels(labels: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    """The δ of every label: its indices where those tell the labels apart, more of it where they do not.

    >>> delta_labels(["a_1", "a_2"], [])
    {'a_1': 'delta_1', 'a_2': 'delta_2'}
    >>> delta_labels(["a_1^(2)"], []), delta_labels(["a_1^(1)", "a_1^(2)"], [])
    ({'a_1^(2)': 'delta_1'}, {'a_1^(1)': 'delta_1^(1)', 'a_1^(2)': 'delta_1^(2)'})
    >>> delta_labels(["h_1", "o_1", "z"], [])
    {'h_1': 'delta_h1', 'o_1': 'delta_o1', 'z': 'delta_z'}

    A δ is never a name that is `taken`.
    """
    read = [notation.read(label) for label in labels]
    for shape in _SHAPES[_first_shape(read) :]:
        found = [shape(label) for label in read]
        if len(set(found)) == len(found) and not set(found) & set(taken):
            return dict(zip(labels, found, strict=True))
    numbers = (f"delta_{number}" for number in range(1, len(labels) + len(taken) + 1))
    free = (name for name in numbers if name not in taken)
    return {label: next(free) for label in labels}


def _first_shape(labels: Sequence[notation.Label]) -> int:
    """Indices alone would not tell a₁⁽²⁾ and a₃⁽¹⁾, or h₂ and o₁, apart: δ₁ and δ₃ look like two of one layer."""
    if len({label.base for label in labels}) > 1:
        return _SHAPES.index(_whole)
    return len({label.superscript for label in labels}) > 1


def _indices(label: notation.Label) -> str:
    return "_".join(["delta", *label.subscripts])


def _indices_and_layer(label: notation.Label) -> str:
    return _indices(label) + _superscript(label)


def _whole(label: notation.Label) -> str:
    return f"delta_{label.base}{''.join(label.subscripts)}"


def _whole_and_layer(label: notation.Label) -> str:
    return _whole(label) + _superscript(label)


def _superscript(label: notation.Label) -> str:
    return f"^{label.superscript}" if label.superscript else ""


_SHAPES: tuple[Callable[[notation.Label], str], ...] = (_indices, _indices_and_layer, _whole, _whole_and_layer)


def identifiers(atoms: Iterable[Any], functions: Collection[str] = ()) -> dict[Any, str]:
    """The name in Python of every symbol and ∂L/∂node: dL_da_1.

    Raises LabelError if two would have one name, or one that of the `functions`.
    """
    found: dict[str, Any] = {}
    for atom in atoms:
        name = _identifier(atom)
        other = found.setdefault(name, atom)
        if other != atom:
            raise LabelError(f"{_told(other)} and {_told(atom)} have one name in Python, {name}; label one otherwise")
        if name in functions:
            raise LabelError(f"{_told(atom)} has the name of a function in this formula; label it otherwise")
    return {atom: name for name, atom in found.items()}


def called(expression: Any) -> set[str]:
    """The names of the functions in an expression."""
    return {item.op.name for item in pieces(expression) if isinstance(item, Call)}


def _identifier(atom: Any) -> str:
    if isinstance(atom, Derivative):
        return f"d{notation.identifier(atom.output)}_d{notation.identifier(atom.variable)}"
    return notation.identifier(atom.label)


def _told(atom: Any) -> str:
    return f"∂{atom.output}/∂{atom.variable}" if isinstance(atom, Derivative) else f"'{atom.label}'"
