"""diagram: the neuron picture everyone knows."""

from __future__ import annotations

from typing import Any

from autograd import Picture
from autograd.drawing.picture import check_counts

from ..errors import NetworkError
from ..layers import Network
from ..losses import l2_loss
from ..module import check_title
from .neurons import neurons_of
from .passes import Loss, Pass, backpropagated
from .placing import places_of
from .words import described, dot_of
from .writing import svg_of

DIGITS, MAX_UNITS = 2, 10


def diagram(
    net: Network,
    x: Any = None,
    t: Any = None,
    *,
    loss: Loss = l2_loss,
    digits: int = DIGITS,
    title: str | None = None,
    max_units: int = MAX_UNITS,
) -> Picture:
    """The neuron picture: a circle for every unit with its activation, an arrow for every weight.

    An arrow is as wide as |w| is large, solid for a positive and dashed for a negative weight. With targets `t` there
    is δ = ∂L/∂a in every circle, the derivative of the loss with respect to the unit's weighted sum, and the error
    beside every output; no `grad` of a parameter is touched. Without `x` the picture shows the weights alone.

    >>> import nn
    >>> nn.MLP(2, [3, 2]).diagram([0.5, -1.0], [0.0, 1.0])
    <picture of 7 nodes; .svg, .dot, .save(path)>

    Of a layer with more than `max_units` units the first ones and the last are drawn. `digits` are significant digits.
    Raises NetworkError for a wrong number of inputs, for targets without inputs and for options that are none.
    """
    check_counts(digits=digits, max_units=max_units)
    check_title(title)
    if max_units < 2:
        raise NetworkError("max_units is a whole number from 2 on: of a large layer the first and the last are drawn")
    if x is None and t is not None:
        raise NetworkError("diagram was given targets without inputs: give both, diagram(x, t)")
    found = None if x is None else Pass(net, x, t, loss)
    with backpropagated(found.outputs if found else [], found.loss if found else None):
        picture = neurons_of(net, found, loss, digits, max_units)
    title = f"Neural network {net.sizes}" if title is None else title
    svg = svg_of(picture, places_of(picture, digits), digits, title, described(net, found, digits))
    return Picture(svg, dot_of(picture, title, digits))
