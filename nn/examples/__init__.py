"""Worked examples of textbooks and courses, ready to be run, drawn and derived, with the numbers their sources print.

>>> from nn import examples
>>> [each.name for each in examples.EXAMPLES if each.name.startswith("line")]
['line_mse', 'line_mae']
>>> L = examples.network_2_3_2.build()
>>> print(f"{L:.6f}")
0.243786

`print(examples.step_by_step.report())` shows computed and printed numbers side by side. `iris` is the classifier of
`python -m nn demo`, `digits` one of handwritten digits.
"""

from __future__ import annotations

from . import digits, iris
from .example import Example, Published
from .exclusive_or import xor, xor_blank, xor_equal
from .formulas import circuit, sigmoid_neuron, staged, tanh_neuron
from .lines import line_mae, line_mse
from .networks import (
    network_2_2_2,
    network_2_2_2_identity,
    network_2_3_2,
    step_by_step,
    step_by_step_in_place,
    step_by_step_with_biases,
)

EXAMPLES: tuple[Example, ...] = (
    step_by_step,
    step_by_step_with_biases,
    step_by_step_in_place,
    network_2_3_2,
    network_2_2_2,
    network_2_2_2_identity,
    line_mse,
    line_mae,
    circuit,
    sigmoid_neuron,
    staged,
    tanh_neuron,
    xor,
    xor_equal,
    xor_blank,
)

__all__ = [
    "EXAMPLES",
    "Example",
    "Published",
    "circuit",
    "digits",
    "iris",
    "line_mae",
    "line_mse",
    "network_2_2_2",
    "network_2_2_2_identity",
    "network_2_3_2",
    "sigmoid_neuron",
    "staged",
    "step_by_step",
    "step_by_step_in_place",
    "step_by_step_with_biases",
    "tanh_neuron",
    "xor",
    "xor_blank",
    "xor_equal",
]
