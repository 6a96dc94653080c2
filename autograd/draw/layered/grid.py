"""The grid of a layered drawing: boxes in ranks, labels in columns between them, and the threads of long wires.

A wire that passes ranks is held by one dummy node in each of them. The wires that leave one box share their
dummies: they run as one line and branch off where they are needed, as in a circuit diagram, and a weight that is used
a hundred times costs one line. Every label is a node as well, in a column of its own just before the rank of the
head, since a local derivative belongs to the node that it is a derivative of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# Free space between a line and the things beside it, between two boxes, and around a label.
LINE_CLEARANCE = 10.0
BOX_CLEARANCE = 18.0
LABEL_GAP = 3.0
PARALLEL_GAP = 7.0
# Wires enter a head at this distance, or closer where its side is short: they use that part of it.
PORT_PITCH = 22.0
PORT_SIDE = 0.72


@dataclass(frozen=True)
class Node:
    """The size of a box along and across the ranks."""

    along: float
    across: float


@dataclass(frozen=True)
class Strand:
    """A wire between two boxes by their indices, with the size of its label along and across the ranks."""

    tail: int
    head: int
    port: int
    label_along: float
    label_across: float


@dataclass(frozen=True)
class Link:
    """An edge between nodes of neighbouring layers, which enters its upper node `offset` from the middle."""

    lower: int
    upper: int
    offset: float = 0.0


@dataclass
class Grid:
    """Nodes in layers, with links between neighbouring layers only.

    Nodes below `boxes` are boxes, the others are points on a wire. A node reaches `before` and `after`
    its position across the ranks, and needs `clearance` on both sides of that.
    """

    boxes: int
    layers: list[list[int]] = field(default_factory=list)
    along: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    clearance: list[float] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    paths: list[list[int]] = field(default_factory=list)
    ports: list[float] = field(default_factory=list)
    label_shift: list[float | None] = field(default_factory=list)

    def add(self, along: float, before: float, after: float, clearance: float) -> int:
        """Add a node and return its index."""
        self.along.append(along)
        self.before.append(before)
        self.after.append(after)
        self.clearance.append(clearance)
        return len(self.along) - 1

    def separation(self, first: int, second: int) -> float:
        """The least distance between the positions of two nodes, one after the other in a layer."""
        gap = (self.clearance[first] + self.clearance[second]) / 2
        return self.after[first] + gap + self.before[second]


@dataclass
class _Threads:
    """Ranks with a dummy in each rank that a wire passes, and for each strand its last point before the head."""

    layers: list[list[int]]
    ins: list[list[int]]
    outs: list[list[int]]
    trunk: list[list[int]]
    last: list[int]


OrderLayers = Callable[[list[list[int]], list[list[int]], list[list[int]]], list[list[int]]]


def build_grid(
    nodes: Sequence[Node], strands: Sequence[Strand], ranks: Sequence[int], order: OrderLayers, *, label_after: bool
) -> Grid:
    """Thread the long wires through the ranks, order these, and put in the columns for the labels.

    `label_after` tells on which side of its wire a label stands: above it where wires run from side to side,
    to the right of it where they run down.
    """
    threads = _thread(len(nodes), strands, ranks)
    layers = order(threads.layers, threads.ins, threads.outs)
    grid = Grid(boxes=len(nodes))
    for node in nodes:
        grid.add(node.along, node.across / 2, node.across / 2, BOX_CLEARANCE)
    for _ in range(len(threads.ins) - len(nodes)):
        grid.add(0.0, 0.0, 0.0, LINE_CLEARANCE)
    grid.paths = [[strand.tail] for strand in strands]
    grid.ports = [0.0] * len(strands)
    grid.label_shift = [None] * len(strands)
    _Columns(grid, threads, strands, ranks, layers, label_after).build()
    return grid


def _thread(count: int, strands: Sequence[Strand], ranks: Sequence[int]) -> _Threads:
    """Give each box that is used far away a trunk of dummies up to the rank before the last use."""
    layers: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    for box in range(count):
        layers[ranks[box]].append(box)
    farthest = [ranks[box] for box in range(count)]
    for strand in strands:
        farthest[strand.tail] = max(farthest[strand.tail], ranks[strand.head] - 1)
    threads = _Threads(layers, [[] for _ in range(count)], [[] for _ in range(count)], [], [])
    for box in range(count):
        threads.trunk.append(_trunk(threads, box, ranks[box], farthest[box]))
    for _, i in sorted((strand.port, i) for i, strand in enumerate(strands)):
        strand = strands[i]
        source = threads.trunk[strand.tail][ranks[strand.head] - 1 - ranks[strand.tail]]
        threads.outs[source].append(strand.head)
        threads.ins[strand.head].append(source)
    threads.last = [threads.trunk[s.tail][ranks[s.head] - 1 - ranks[s.tail]] for s in strands]
    return threads


def _trunk(threads: _Threads, box: int, rank: int, farthest: int) -> list[int]:
    """The points of one box's trunk by rank, the box itself first."""
    trunk = [box]
    for r in range(rank + 1, farthest + 1):
        dummy = len(threads.ins)
        threads.ins.append([trunk[-1]])
        threads.outs.append([])
        threads.outs[trunk[-1]].append(dummy)
        threads.layers[r].append(dummy)
        trunk.append(dummy)
    return trunk


class _Columns:
    """Builds the layers of a grid: the ranks as ordered, and between them columns of labels where there are any."""

    def __init__(
        self,
        grid: Grid,
        threads: _Threads,
        strands: Sequence[Strand],
        ranks: Sequence[int],
        layers: list[list[int]],
        label_after: bool,
    ) -> None:
        self.grid = grid
        self.threads = threads
        self.strands = strands
        self.layers = layers
        self.label_after = label_after
        self.position = [0] * len(threads.ins)
        for layer in layers:
            for i, node in enumerate(layer):
                self.position[node] = i
        self.entering: list[list[int]] = [[] for _ in layers]
        for i, strand in enumerate(strands):
            self.entering[ranks[strand.head]].append(i)
        self.parallel = self._parallel_strands()

    def build(self) -> None:
        self.grid.layers.append(self.layers[0])
        for r in range(1, len(self.layers)):
            strands = sorted(self.entering[r], key=self._arrival)
            self._spread_ports(strands)
            if any(self.strands[i].label_along or self.strands[i].label_across for i in strands) or any(
                i in self.parallel for i in strands
            ):
                self._with_column(r, strands)
            else:
                self._without_column(r, strands)
            self.grid.layers.append(self.layers[r])
        self._finish_paths()

    def _arrival(self, i: int) -> tuple[int, int, int, int]:
        """Sorts wires by head, then by where they come from: all crossings come before the labels, none after."""
        strand = self.strands[i]
        return self.position[strand.head], self.position[self.threads.last[i]], strand.port, i

    def _parallel_strands(self) -> set[int]:
        """Strands with the same tail and head as another: they need points of their own to part."""
        groups: dict[tuple[int, int], list[int]] = {}
        for i, strand in enumerate(self.strands):
            groups.setdefault((strand.tail, strand.head), []).append(i)
        return {i for group in groups.values() if len(group) > 1 for i in group}

    def _spread_ports(self, strands: list[int]) -> None:
        """Where the wires enter the side of their head, in the order of arrival."""
        by_head: dict[int, list[int]] = {}
        for i in strands:
            by_head.setdefault(self.strands[i].head, []).append(i)
        for head, group in by_head.items():
            if len(group) > 1:
                side = PORT_SIDE * (self.grid.before[head] + self.grid.after[head])
                pitch = min(PORT_PITCH, side / (len(group) - 1))
                for k, i in enumerate(group):
                    self.grid.ports[i] = (k - (len(group) - 1) / 2) * pitch

    def _dummies(self, r: int) -> list[int]:
        """The points in rank r of trunks that go on."""
        return [node for node in self.layers[r] if node >= self.grid.boxes]

    def _without_column(self, r: int, strands: list[int]) -> None:
        for dummy in self._dummies(r):
            self.grid.links.append(Link(self.threads.ins[dummy][0], dummy))
        for i in strands:
            self._link(self.threads.last[i], self.strands[i].head, self.grid.ports[i])

    def _with_column(self, r: int, strands: list[int]) -> None:
        """A column between ranks r − 1 and r: a node for each label and for each line that only passes."""
        arrivals = [(self._arrival(i), i, -1) for i in strands]
        for dummy in self._dummies(r):
            source = self.threads.ins[dummy][0]
            arrivals.append(((self.position[dummy], self.position[source], 0, 0), -1, dummy))
        column = []
        for _, i, dummy in sorted(arrivals):
            if dummy >= 0:
                node = self.grid.add(0.0, 0.0, 0.0, LINE_CLEARANCE)
                self._link(self.threads.ins[dummy][0], node)
                self._link(node, dummy)
                self._passing[dummy] = node
            else:
                node = self._label(i)
                self._link(self.threads.last[i], node)
                self._link(node, self.strands[i].head, self.grid.ports[i])
                self._labels[i] = node
            column.append(node)
        self.grid.layers.append(column)

    def _label(self, i: int) -> int:
        """The node of a label: the wire passes beneath it (or to its left), the free side is given to the label."""
        strand = self.strands[i]
        if not (strand.label_along or strand.label_across):
            gap = PARALLEL_GAP if i in self.parallel else 0.0
            return self.grid.add(0.0, gap, gap, LINE_CLEARANCE)
        reach = strand.label_across + LABEL_GAP
        shift = LABEL_GAP + strand.label_across / 2
        self.grid.label_shift[i] = shift if self.label_after else -shift
        before, after = (0.0, reach) if self.label_after else (reach, 0.0)
        return self.grid.add(strand.label_along, before, after, LINE_CLEARANCE / 2)

    def _link(self, lower: int, upper: int, offset: float = 0.0) -> None:
        self.grid.links.append(Link(lower, upper, offset))
