"""Pictures of networks: the graph of a forward pass at four levels, and the neuron picture."""

from __future__ import annotations

from .levels import draw
from .picture import diagram

__all__ = ["diagram", "draw"]
