"""The kinds of columns: what a group is called, what it holds in plain words, and its colours."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of column; `dark` is the colour of its heads (under white letters), `light` that of its cells."""

    title: str
    words: str
    dark: str
    light: str


STEP = Kind("Epoch", "How many updates have been made. Row 0 is the start.", "#44546A", "#F1F3F6")
LOSS = Kind(
    "Loss", "How far the outputs are from the targets: the number that training makes small.", "#A3262A", "#FCECEC"
)
INPUT = Kind("Inputs", "What the network is given.", "#6B5900", "#FFF9E0")
TARGET = Kind("Targets", "What the network should answer.", "#6B5900", "#FFF9E0")
CONSTANT = Kind("Constants", "Numbers that the formulas use and that training leaves alone.", "#6B5900", "#FFF9E0")
WEIGHT = Kind(
    "Weights",
    "In row 0 the weights and biases at the start. In every row below, what the update made of the row above: "
    "the old weight minus η times its gradient.",
    "#1D5A94",
    "#E8F1FA",
)
FORWARD = Kind(
    "Forward pass",
    "From the inputs to the outputs: each weighted sum, and what the activation function makes of it.",
    "#23694A",
    "#E9F5EE",
)
ERROR = Kind("Errors", "What each output adds to the loss.", "#A3262A", "#FCECEC")
DELTA = Kind(
    "Backward pass",
    "From the loss back to the inputs: δ says how the loss changes with a weighted sum. The δ of a layer are made of "
    "the δ of the layer behind it, times the weights between them, times the slope of the activation function.",
    "#5E3A8C",
    "#F2ECF9",
)
GRADIENT = Kind(
    "Gradients",
    "The chain rule for each weight: the δ of the unit it leads to, times what the weight is multiplied by. Where a "
    "gradient is positive, a larger weight would make the loss larger: the update makes the weight smaller.",
    "#8F4B00",
    "#FDF1E3",
)

KINDS = (STEP, LOSS, INPUT, TARGET, CONSTANT, WEIGHT, FORWARD, ERROR, DELTA, GRADIENT)
