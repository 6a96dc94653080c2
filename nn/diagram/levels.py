"""draw: the graph of a forward pass at four levels, from every operation to whole layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Picture
from autograd.drawing.picture import DIGITS, check, check_counts, picture_of, staged
from autograd.drawing.scene import Scene
from autograd.graph import topological_order
from autograd.views import Detail, View

from ..choices import known
from ..errors import NetworkError
from ..layers import Layer, Network
from ..losses import l2_loss
from .coarse import layer_scene, neuron_scene
from .passes import Loss, Pass, backpropagated

MAX_NODES = 400  # weights have cards of their own at the finer levels: more of them nobody can follow
LEVELS = ("primitive", "named", "neuron", "layer")  # from the finest to the coarsest
_DETAILS: dict[str, Detail] = {"primitive": "primitive", "named": "named"}


def draw(
    net: Network,
    x: Any,
    t: Any = None,
    *,
    loss: Loss = l2_loss,
    wrt: Any = None,
    level: str = "named",
    rankdir: str = "LR",
    layout: str | None = None,
    digits: int = DIGITS,
    title: str | None = None,
    max_nodes: int = MAX_NODES,
) -> Picture:
    """The graph of a forward pass, or with targets that of the loss, with the gradients of a backward pass.

    >>> import nn
    >>> net = nn.MLP(2, [3, 2])
    >>> net.draw([0.5, -1.0], [0.0, 1.0], layout="builtin")
    <picture of 32 nodes; .svg, .dot, .save(path)>
    >>> net.draw([0.5, -1.0], [0.0, 1.0], level="neuron", layout="builtin")
    <picture of 10 nodes; .svg, .dot, .save(path)>

    `level` is "primitive" (every operation), "named" (everything that has a label), "neuron" (one card for a unit,
    weights on the arrows) or "layer" (one card for a layer: smallest, mean and largest activation and |δ|). A network
    with more than `max_nodes` nodes at a level opens at the next, and a note below the picture says so. No `grad` is
    touched. `wrt` lights paths as in `autograd.draw`, at the first two levels; the other options are those of it, too.

    Raises NetworkError for a wrong number of inputs or an unknown level, and what `autograd.draw` raises.
    """
    known(level, LEVELS, "level")
    if wrt is not None and level not in LEVELS[:2]:
        raise NetworkError(f"wrt lights paths at the levels primitive and named, and not at the level {level}")
    check_counts(digits=digits, max_nodes=max_nodes)
    check([], rankdir, title)
    found = Pass(net, x, t, loss)
    roots = found.outputs if found.loss is None else [found.loss]
    level, note = _opened(net, found, roots, level, max_nodes)
    if wrt is not None and level not in LEVELS[:2]:
        note += " Paths are not drawn at this level."
    with backpropagated(found.outputs, found.loss):
        if level in _DETAILS:
            scene = staged(roots, wrt=wrt, detail=_DETAILS[level], rankdir=rankdir, digits=digits, title=title,
                           max_nodes=max_nodes)  # fmt: skip
        else:
            scene = (neuron_scene if level == "neuron" else layer_scene)(net, found, loss, digits, title)
    return picture_of(_noted(scene, note), rankdir, layout)


def _noted(scene: Scene, note: str) -> Scene:
    if note:
        scene.notes.insert(0, note)
        scene.description += f" {note}"
    return scene


def _opened(net: Network, found: Pass, roots: Sequence[Any], level: str, max_nodes: int) -> tuple[str, str]:
    """The level at which the network is small enough, and a note if it is not the one that was asked for."""
    sizes: dict[str, Callable[[], int]] = {
        "primitive": lambda: len(topological_order(*roots)),
        "named": lambda: len(View(*roots).nodes),
        "neuron": lambda: _parts(net),
        "layer": lambda: 0,
    }
    least = len(net.parameters())  # each is a node of its own at the finer levels: no need to look further
    first = 0
    for each in LEVELS[LEVELS.index(level) :]:
        size = least if each in LEVELS[:2] and least > max_nodes else sizes[each]()
        first = first or size
        if size <= max_nodes:
            break
    if each == level:
        return level, ""
    about = "at least " if first == least else ""
    told = f"{level} would show {about}{first:,} nodes, and max_nodes is {max_nodes:,}"
    return each, f"Opened at the level {each}: {told}."


def _parts(net: Network) -> int:
    """How many cards and arrows there are at the level of neurons."""
    arrows = sum(layer.inputs * layer.outputs for layer in net.layers)
    return net.inputs + sum(layer.outputs for layer in net.layers if isinstance(layer, Layer)) + arrows
