"""A scene, read off a recorded graph: all operations as recorded, or the named view; and the paths that are lit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .. import notation
from ..atoms import Derivative
from ..errors import GraphTooLargeError
from ..evaluation import recorded as recorded_of_changed
from ..graph import topological_order
from ..op import number_of
from ..printers.runs import Run, changed, runs, shown
from ..views import Detail, View
from .caption import caption_of, told, value_of
from .connections import Connections, variables_of
from .metrics import NAME, TAG, VALUE
from .named import NamedView
from .recorded import RecordedView
from .scene import BESIDE, ON_PATH, Arrow, Card, Line, Scene, cut

if TYPE_CHECKING:
    from ..value import Value

_MOST_NAMES = 4
_MOST_VALUES = 12  # derivatives whose numbers stand on the cards of their variables


class Reader(Protocol):
    """What a scene is read from: the nodes to show, and how they and the edges into them are written."""

    @property
    def nodes(self) -> Sequence[Any]:
        """The nodes in topological order."""

    def name(self, node: Any) -> str:
        """The label of a node, or its v_i."""

    def lines(self, node: Any) -> list[tuple[Run, ...]]:
        """The label with the formula behind it, as they stand on a card."""

    def written(self, node: Any) -> str:
        """The same as text, with the whole label."""

    def edges(self, node: Any) -> list[tuple[Any, list[tuple[Run, ...]], str]]:
        """Every edge into a node: its parent, the lines of its label, its title."""


def scene_of(
    outputs: Sequence[Value],
    *,
    wrt: Any = None,
    detail: Detail = "primitive",
    digits: int,
    max_nodes: int,
    title: str | None,
    unique: bool = True,
) -> Scene:
    """The scene of what the outputs were computed from, with the paths from `wrt` to them lit.

    Raises GraphTooLargeError above `max_nodes` nodes, LabelError if two nodes have one label (and `unique` is set) or
    no node has the label `wrt`.
    """
    order = topological_order(*outputs)
    variables = variables_of(wrt, order)
    if detail == "primitive":
        _check_size(len(order), max_nodes, detail)
    view = View(*outputs, detail=detail, keep=variables) if detail == "named" or variables else None
    reader: Reader = RecordedView(order, digits, unique=unique)
    if view is not None and detail == "named":
        _check_size(len(view.nodes), max_nodes, detail)
        reader = NamedView(view, digits)
    connections = Connections(view, outputs, variables, digits) if view is not None else None
    return _Stage(reader, outputs, connections, recorded_of_changed(order), digits).scene(title)


def _check_size(count: int, max_nodes: int, detail: str) -> None:
    less = "draw a part of it (an inner node, one sample, a smaller network)"
    if detail == "primitive":
        less += ', or label what matters and draw with detail="named"'
    if count > max_nodes:
        raise GraphTooLargeError(
            f"this graph has {count:,} nodes, and a picture stays readable up to about {max_nodes:,}; {less}, or raise"
            " max_nodes"
        )


class _Stage:
    """What the parts of a scene are made from."""

    def __init__(
        self,
        reader: Reader,
        outputs: Sequence[Value],
        connections: Connections | None,
        recorded: dict[int, float],
        digits: int,
    ) -> None:
        self.reader = reader
        self.outputs = outputs
        self.connections = connections
        self.recorded = recorded
        self.digits = digits
        self.key_of = {id(node): f"n{index}" for index, node in enumerate(reader.nodes, 1)}

    def scene(self, title: str | None) -> Scene:
        """The whole."""
        scene = Scene()
        for node in self.reader.nodes:
            scene.cards.append(self.card(node))
            scene.arrows += self.arrows(node, len(scene.arrows))
        if self.connections:
            scene.caption = caption_of(self.connections, self.digits)
        changed = [node for node in self.reader.nodes if id(node) in self.recorded]
        scene.notes = [f"{self.shown(node)} changed after the forward pass: {self.change(node)}" for node in changed]
        self.describe(scene, title)
        return scene

    def card(self, node: Any) -> Card:
        role = "output" if any(node is output for output in self.outputs) else "inner" if node.op else "leaf"
        recorded = self.recorded.get(id(node))
        number = node.data if recorded is None else recorded
        lines = [Line(tag, TAG, "tag") for tag in self.tags(node)]
        lines += [Line(runs, NAME, "name") for runs in self.reader.lines(node)]
        lines.append(Line((Run(shown(number, self.digits)),), VALUE, "value"))
        title = f"{self.reader.written(node)} = {number!r}"
        if recorded is not None:
            lines.append(Line((Run("now "), Run(shown(node.data, self.digits))), VALUE, "changed"))
            title += f", changed since to {node.data!r}"
        if node.has_grad:
            grad = number_of(node.grad)
            lines.append(Line((Run("grad "), Run(shown(grad, self.digits))), VALUE, "grad"))
            title += f", gradient {grad!r}"
        return Card(self.key_of[id(node)], role, tuple(lines), title, self.standing(node, node))

    def standing(self, parent: Any, child: Any) -> str:
        """Whether an edge is on a path (an edge from a node to itself is the node); nothing where no path is lit."""
        if self.connections is None or not self.connections.are_lit:
            return ""
        return ON_PATH if self.connections.has_edge(parent, child) else BESIDE

    def tags(self, node: Any) -> list[tuple[Run, ...]]:
        """What stands on the card of a variable: ∂L/∂w with its value."""
        if self.connections is None:
            return []
        found = self.connections.of(node)
        if len(self.connections) > _MOST_VALUES:
            return [(*cut(runs(Derivative(*each.names))),) for each in found[:1]]
        return [(*cut(runs(Derivative(*each.names))), *value_of(each, self.digits)) for each in found]

    def arrows(self, node: Any, count: int) -> list[Arrow]:
        return [
            Arrow(f"e{count + port + 1}", self.key_of[id(parent)], self.key_of[id(node)], tuple(label), title, port,
                  self.standing(parent, node))
            for port, (parent, label, title) in enumerate(self.reader.edges(node))
        ]  # fmt: skip

    def depends(self) -> str:
        """What is lit, as a part of the title."""
        if self.connections is None or not self.connections.are_lit:
            return ""
        variables = dict.fromkeys(notation.text(each.names[1]) for each in self.connections)
        told = ", ".join(variables) if len(variables) <= _MOST_NAMES else f"{len(variables)} variables"
        return f" and how it depends on {told}"

    def shown(self, node: Any) -> str:
        return notation.text(self.reader.name(node))

    def change(self, node: Any) -> str:
        return changed(self.recorded[id(node)], node.data, self.digits)

    def describe(self, scene: Scene, title: str | None) -> None:
        names = [self.shown(output) for output in self.outputs]
        scene.title = title if title is not None else f"Computation graph of {', '.join(names)}{self.depends()}"
        leaves = sum(card.role == "leaf" for card in scene.cards)
        values = "; ".join(f"{self.shown(output)} = {shown(output.data, self.digits)}" for output in self.outputs)
        sentences = [told(each) for each in list(self.connections or ())[:_MOST_VALUES]]
        sentences = [*filter(None, sentences), *(f"{note}." for note in scene.notes)]
        scene.description = (
            f"{len(scene.cards)} nodes, {leaves} of them leaves, and {len(scene.arrows)} edges, each marked with its"
            f" local derivative. {values}. " + " ".join(sentences)
        ).strip()
