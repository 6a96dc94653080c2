"""The grid of a layered drawing: boxes in ranks, labels in columns between them, and the threads of long wires.

A wire that passes ranks is held by one dummy node in each of them. The wires that leave one box share their
dummies: they run as one line and branch off where they are needed, as in a circuit diagram, so that a weight that
is used a hundred times costs one line.
"""

from __future__ import annotations

from collections.abc import Sequence
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
class Threads:
    """Ranks with a dummy in each rank that a wire passes, and for each strand its last point before the head."""

    layers: list[list[int]]
    ins: list[list[int]]
    outs: list[list[int]]
    trunk: list[list[int]]
    last: list[int]


def thread_wires(count: int, strands: Sequence[Strand], ranks: Sequence[int]) -> Threads:
    """Give each box that is used far away a trunk of dummies up to the rank before the last use."""
    layers: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    for box in range(count):
        layers[ranks[box]].append(box)
    lasts: list[list[int]] = [[] for _ in range(count)]
    for strand in strands:
        lasts[strand.tail].append(ranks[strand.head] - 1)
    threads = Threads(layers, [[] for _ in range(count)], [[] for _ in range(count)], [], [])
    for box in range(count):
        threads.trunk.append(_trunk(threads, box, ranks[box], lasts[box]))
    for _, i in sorted((strand.port, i) for i, strand in enumerate(strands)):
        strand = strands[i]
        source = threads.trunk[strand.tail][ranks[strand.head] - 1 - ranks[strand.tail]]
        threads.outs[source].append(strand.head)
        threads.ins[strand.head].append(source)
    threads.last = [threads.trunk[s.tail][ranks[s.head] - 1 - ranks[s.tail]] for s in strands]
    return threads


def _trunk(threads: Threads, box: int, rank: int, lasts: Sequence[int]) -> list[int]:
    """The points of one box's trunk by rank, the box itself first.

    `lasts` are the ranks just before the heads. A link of the trunk counts once for each wire that it carries: to
    cross three wires at once is three crossings.
    """
    trunk = [box]
    for r in range(rank + 1, max(lasts, default=rank) + 1):
        dummy = len(threads.ins)
        threads.ins.append([trunk[-1]] * sum(last >= r for last in lasts))
        threads.outs.append([])
        threads.outs[trunk[-1]].extend([dummy] * sum(last >= r for last in lasts))
        threads.layers[r].append(dummy)
        trunk.append(dummy)
    return trunk
