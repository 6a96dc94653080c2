"""Columns: the third stage of a layered drawing, which gives every label a place of its own.

A label stands in a column just before the rank of its head, since a local derivative belongs to the node that it is
a derivative of. Within a column the wires are sorted by their heads, so that all crossings come before the labels and
none between the labels and their heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .grid import (
    BOX_CLEARANCE,
    LABEL_GAP,
    LINE_CLEARANCE,
    PARALLEL_GAP,
    PORT_PITCH,
    PORT_SIDE,
    Grid,
    Link,
    Node,
    Strand,
    Threads,
    thread_wires,
)

OrderLayers = Callable[[list[list[int]], list[list[int]], list[list[int]]], list[list[int]]]


def build_grid(
    nodes: Sequence[Node], strands: Sequence[Strand], ranks: Sequence[int], order: OrderLayers, *, label_after: bool
) -> Grid:
    """Thread the long wires through the ranks, order these, and put in the columns for the labels.

    `label_after` tells on which side of its wire a label stands: above it where wires run from side to side,
    to the right of it where they run down.
    """
    threads = thread_wires(len(nodes), strands, ranks)
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


class _Columns:
    """Builds the layers of a grid: the ranks as ordered, and between them columns of labels where there are any."""

    def __init__(
        self,
        grid: Grid,
        threads: Threads,
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
        self.passing: dict[int, int] = {}
        self.labels: dict[int, int] = {}

    def build(self) -> None:
        self.grid.layers.append(self.layers[0])
        for r in range(1, len(self.layers)):
            strands = sorted(self.entering[r], key=self._arrival)
            self._spread_ports(strands)
            if any(self._needs_point(i) for i in strands):
                self._with_column(r, strands)
            else:
                self._without_column(r, strands)
            self.grid.layers.append(self.layers[r])
        self._finish_paths()

    def _needs_point(self, i: int) -> bool:
        return bool(self.strands[i].label_along or self.strands[i].label_across or i in self.parallel)

    def _finish_paths(self) -> None:
        """List the points of each wire from tail to head."""
        for i, strand in enumerate(self.strands):
            for dummy in self.threads.trunk[strand.tail][1:]:
                if self.grid.paths[i][-1] == self.threads.last[i]:
                    break
                self.grid.paths[i] += [self.passing[dummy], dummy] if dummy in self.passing else [dummy]
            self.grid.paths[i] += [self.labels[i], strand.head] if i in self.labels else [strand.head]

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
                self.passing[dummy] = node
            else:
                node = self._label(i)
                self._link(self.threads.last[i], node)
                self._link(node, self.strands[i].head, self.grid.ports[i])
                self.labels[i] = node
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
