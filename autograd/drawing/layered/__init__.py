"""The built-in layout: a layered drawing of a directed acyclic graph, in pure Python.

The method is that of Sugiyama, Tagawa and Toda (1981) as refined in Graphviz by Gansner, Koutsofios, North and Vo
(1993), one small file for each stage:

1. `ranking`: every box gets a rank so that all wires point forward and are short in sum;
2. `ordering`: the boxes and the long wires within a rank are ordered so that few wires cross;
3. `columns`: columns for the labels are put between the ranks, so that a label has a place of its own;
4. `coordinates`: positions across the ranks, long wires straight and consumers centred on what they consume;
5. `routing`: positions along the ranks, and smooth curves that bend where there is room (`leads`).

The stages know one orientation only: `along` is the direction of the wires (left to right), `across` is the
direction within a rank (top to bottom). This file turns boxes before and coordinates after for the other three.

There is no randomness and no order of sets or hashes: the same input gives the same drawing, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..geometry import MARGIN, RANKDIRS, Box, Placement, Point, Route, Wire
from .columns import build_grid
from .coordinates import across_positions
from .grid import Grid, Node, Strand
from .ordering import order_layers
from .ranking import components, rank_boxes
from .routing import Drawing, draw_grid

PIECE_GAP = 36.0


def layered(boxes: Sequence[Box], wires: Sequence[Wire], rankdir: str = "LR") -> Placement:
    """Place boxes in ranks along `rankdir` ("LR", "RL", "TB" or "BT") and route the wires between them.

    >>> placement = layered([Box("x", 40, 20), Box("y", 40, 20)], [Wire("e", "x", "y")])
    >>> placement.boxes["x"][0] < placement.boxes["y"][0]
    True

    Boxes never overlap; a label overlaps neither boxes nor other labels, and no wire runs through a box or a
    label. ValueError: a cycle, a wire from or to an unknown box, a key that occurs twice, an unknown rankdir.
    """
    if rankdir not in RANKDIRS:
        raise ValueError(f"rankdir is one of {', '.join(RANKDIRS)}, not {rankdir!r}")
    index = _index_of(boxes)
    _check(wires, index)
    upright = rankdir in ("TB", "BT")
    nodes = [Node(b.height, b.width) if upright else Node(b.width, b.height) for b in boxes]
    strands = [Strand(index[w.tail], index[w.head], w.port, *_label_size(w, upright)) for w in wires]
    pieces = [
        (members, chosen, _draw_piece(nodes, strands, members, chosen, upright))
        for members, chosen in components(len(nodes), [(s.tail, s.head) for s in strands])
    ]
    return _assemble(boxes, wires, pieces, rankdir)


def _index_of(boxes: Sequence[Box]) -> dict[str, int]:
    """The position of each box by its key."""
    index = {box.key: i for i, box in enumerate(boxes)}
    if len(index) < len(boxes):
        raise ValueError("two boxes have the same key")
    return index


def _check(wires: Sequence[Wire], index: dict[str, int]) -> None:
    """Refuse wires that lead nowhere or share a key."""
    for wire in wires:
        for end in (wire.tail, wire.head):
            if end not in index:
                raise ValueError(f"wire {wire.key!r} refers to an unknown box {end!r}")
    if len({wire.key for wire in wires}) < len(wires):
        raise ValueError("two wires have the same key")


def _label_size(wire: Wire, upright: bool) -> Point:
    """Size of a label along and across the ranks."""
    width, height = wire.label_width, wire.label_height
    return (height, width) if upright else (width, height)


def _draw_piece(
    nodes: list[Node], strands: list[Strand], members: list[int], chosen: list[int], upright: bool
) -> Drawing:
    """Run all stages on one connected piece of the graph."""
    local = {box: i for i, box in enumerate(members)}
    own = [strands[i] for i in chosen]
    own = [Strand(local[s.tail], local[s.head], s.port, s.label_along, s.label_across) for s in own]
    ranks = rank_boxes(len(members), [(s.tail, s.head) for s in own])
    grid: Grid = build_grid([nodes[i] for i in members], own, ranks, order_layers, label_after=upright)
    return draw_grid(grid, across_positions(grid))


def _assemble(
    boxes: Sequence[Box], wires: Sequence[Wire], pieces: list[tuple[list[int], list[int], Drawing]], rankdir: str
) -> Placement:
    """Put the drawings of the pieces on shelves and turn them the way `rankdir` asks for."""
    corners, along, across = _shelves([drawing for _, _, drawing in pieces])
    turn = _turn(rankdir, along)
    centres: dict[str, Point] = {}
    routes: dict[str, Route] = {}
    for (members, chosen, drawing), corner in zip(pieces, corners, strict=True):
        shift = _compose(turn, corner)
        centres.update((boxes[i].key, shift(p)) for i, p in zip(members, drawing.boxes, strict=True))
        for i, (points, label) in zip(chosen, drawing.wires, strict=True):
            routes[wires[i].key] = Route(tuple(shift(p) for p in points), None if label is None else shift(label))
    width, height = (along, across) if rankdir in ("LR", "RL") else (across, along)
    return Placement(
        round(width, 2),
        round(height, 2),
        {box.key: centres[box.key] for box in boxes},
        {wire.key: routes[wire.key] for wire in wires},
    )


def _shelves(drawings: Sequence[Drawing]) -> tuple[list[Point], float, float]:
    """The corner of each piece, side by side as long as the longest piece reaches, and the size of the page."""
    longest = max((drawing.along for drawing in drawings), default=0.0)
    corners: list[Point] = []
    at = shelf = depth = 0.0
    for drawing in drawings:
        if at and at + drawing.along > longest:
            at, shelf, depth = 0.0, shelf + depth + PIECE_GAP, 0.0
        corners.append((at + MARGIN, shelf + MARGIN))
        at += drawing.along + PIECE_GAP
        depth = max(depth, drawing.across)
    return corners, longest + 2 * MARGIN, shelf + depth + 2 * MARGIN


def _turn(rankdir: str, along: float) -> Callable[[float, float], Point]:
    """From (along, across) to (x, y)."""
    return {
        "LR": lambda u, v: (u, v),
        "RL": lambda u, v: (along - u, v),
        "TB": lambda u, v: (v, u),
        "BT": lambda u, v: (v, along - u),
    }[rankdir]


def _compose(turn: Callable[[float, float], Point], corner: Point) -> Callable[[Point], Point]:
    """Move a point of a piece into the page, then turn it; a hundredth of a point is as fine as anyone sees."""

    def shift(point: Point) -> Point:
        x, y = turn(point[0] + corner[0], point[1] + corner[1])
        return round(x, 2), round(y, 2)

    return shift
