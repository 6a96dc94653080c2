"""What a layout is asked for, and what it answers: boxes and wires in, coordinates out.

All lengths are in points (1/72 inch, one SVG user unit), the origin is at the top left and y grows
downward, as in SVG. A layout engine knows nothing of `Value`s: it places boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]
RANKDIRS = ("LR", "RL", "TB", "BT")
MARGIN = 12.0  # around all that is drawn


@dataclass(frozen=True)
class Box:
    """A node to place: its key and its size."""

    key: str
    width: float
    height: float


@dataclass(frozen=True)
class Wire:
    """An edge to route from box `tail` to box `head`, with room for a label of the given size (0 × 0: none).

    `port` is where the wire enters its head: the position of this operand among all of the head's operands,
    from 0. A layout may use it to order parallel wires.
    """

    key: str
    tail: str
    head: str
    label_width: float = 0.0
    label_height: float = 0.0
    port: int = 0


@dataclass(frozen=True)
class Route:
    """The way of one wire: cubic Bézier points (start, then three for each piece) and the centre of its label."""

    points: tuple[Point, ...]
    label: Point | None = None


@dataclass
class Placement:
    """Where everything went: centres of the boxes, routes of the wires, size of the whole."""

    width: float
    height: float
    boxes: dict[str, Point] = field(default_factory=dict)
    wires: dict[str, Route] = field(default_factory=dict)
