"""What the first sheet says, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.characters import printable

from ..layers import Network


class Front(NamedTuple):
    """The first sheet: a title, sentences below it, and after how many epochs the training ends."""

    title: str
    sentences: tuple[str, ...]
    epochs: int
    is_single: bool


def front_of(net: Network, loss: Callable[..., Any], samples: int, epochs: int, title: str | None) -> Front:
    """The words for a training."""
    found = title if title is not None else f"How {_read_aloud(net)} network learns"
    name = getattr(loss, "__name__", "the loss")
    what = "one sample" if samples == 1 else f"{samples:,} samples"
    where = "Training" if samples == 1 else "Training, and every sample of every epoch in the sheet Samples"
    sentences = (
        f"Gradient descent on {what}, loss {name}. Every epoch is a row in the sheet {where}.",
        "Change a number in a yellow cell"
        + (", here or in the sheet Data" if samples > 1 else "")
        + ": everything else is a formula and follows. Click on a cell to see its formula.",
    )
    return Front(printable(found), tuple(map(printable, sentences)), epochs, samples == 1)


def _read_aloud(net: Network) -> str:
    """The sizes of a network as they are read aloud: a 2-3-2, an 8-3-1."""
    return f"{'an' if net.sizes.startswith(('8', '11-', '18-')) else 'a'} {net.sizes}"
