"""Orders: the second stage of a layered drawing, which finds few crossings.

The least number of crossings is NP-hard to find even for two layers. The heuristics are those of Gansner et al.
(1993), section 3: layers are sorted by the medians of their neighbours in sweeps down and up, neighbours in a
layer are transposed as long as that helps, and the best order ever seen is kept. Several starts are tried, and
the results are refined by sifting (Matuszewski, Schönfeld and Molitor, "Using sifting for k-layer straightline
crossing minimization", Graph Drawing 1999). A line that stands for several wires counts as many times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from itertools import product

Layers = list[list[int]]
Neighbours = Sequence[Sequence[int]]

# What may be spent on a graph, in visits of an edge: small graphs get all sweeps, large ones fewer.
VISITS = 150_000
SWEEPS = 40
PATIENCE = 10


def order_layers(layers: Layers, ins: Neighbours, outs: Neighbours) -> Layers:
    """The layers in an order with few crossings between the edges of neighbouring layers.

    `ins[n]` and `outs[n]` are the neighbours of node n in the layer before and after its own, in the order of
    the operands; they are what the first orders follow, so that of two equally good orders the one
    that reads like the formula wins.
    """
    if all(len(layer) < 2 for layer in layers):
        return layers
    size = sum(map(len, layers)) + sum(map(len, outs))
    sweeps = max(2, min(SWEEPS, VISITS // (12 * size)))
    sifts = max(1, min(8, VISITS // (40 * size)))
    starts = _starts(layers, ins, outs)
    candidates = []
    for start, place in product(starts, (_median, _barycentre)):
        candidate = _Order(start, ins, outs)
        candidate.sweep(sweeps, place)
        candidate.sift(sifts)
        candidates.append(candidate)
    best = min(candidates, key=lambda order: order.crossings)
    return best.layers


def count_crossings(layers: Layers, outs: Neighbours) -> int:
    """The number of crossings between the edges of neighbouring layers.

    >>> count_crossings([[0, 1], [2, 3]], [[3], [2], [], []])
    1
    """
    position = _positions(layers)
    return sum(_between(layer, outs, position) for layer in layers)


def _between(layer: Sequence[int], outs: Neighbours, position: Sequence[int]) -> int:
    """The crossings of the edges that leave one layer: the inversions among their ends, counted by insertion.

    Barth, Jünger and Mutzel, "Simple and efficient bilayer cross counting" (2002), count them in O(E log V) with a
    tree of sums. A sorted list is searched as fast, and for a layer of this size moving its
    tail is nothing beside the arithmetic of a tree.
    """
    seen: list[int] = []
    total = 0
    for node in layer:
        for end in sorted(position[n] for n in outs[node]):
            total += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return total


def _positions(layers: Layers) -> list[int]:
    position = [0] * sum(map(len, layers))
    for layer in layers:
        for i, node in enumerate(layer):
            position[node] = i
    return position


def _starts(layers: Layers, ins: Neighbours, outs: Neighbours) -> list[Layers]:
    """First orders: as a search meets the nodes from the last results back, from the inputs on, and as given."""
    rank = [0] * len(ins)
    for r, layer in enumerate(layers):
        for node in layer:
            rank[node] = r
    backward = _search([n for layer in reversed(layers) for n in layer], ins)
    forward = _search([n for layer in layers for n in layer], outs)
    return [_layers_in(backward, rank, len(layers)), _layers_in(forward, rank, len(layers)), [*map(list, layers)]]


def _search(roots: Iterable[int], neighbours: Neighbours) -> list[int]:
    """All nodes in the order a depth-first search meets them, going on along `neighbours`."""
    met: dict[int, None] = {}
    for root in roots:
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in met:
                met[node] = None
                stack.extend(reversed(neighbours[node]))
    return list(met)


def _layers_in(order: Iterable[int], rank: Sequence[int], count: int) -> Layers:
    layers: Layers = [[] for _ in range(count)]
    for node in order:
        layers[rank[node]].append(node)
    return layers


def _median(positions: list[int]) -> float:
    """The weighted median of Gansner et al.: between two middle neighbours, nearer to the denser side."""
    middle = len(positions) // 2
    if len(positions) % 2:
        return positions[middle]
    if len(positions) == 2:
        return (positions[0] + positions[1]) / 2
    left = positions[middle - 1] - positions[0]
    right = positions[-1] - positions[middle]
    if left + right == 0:
        return (positions[middle - 1] + positions[middle]) / 2
    return (positions[middle - 1] * right + positions[middle] * left) / (left + right)


def _barycentre(positions: list[int]) -> float:
    """The mean position."""
    return sum(positions) / len(positions)


class _Order:
    """An order under improvement: the best layers found, and how often their edges cross."""

    def __init__(self, layers: Layers, ins: Neighbours, outs: Neighbours) -> None:
        self.layers = layers
        self.ins = ins
        self.outs = outs
        self.crossings = count_crossings(layers, outs)

    def sweep(self, rounds: int, place: Callable[[list[int]], float]) -> None:
        """Sort the layers by the places of their neighbours, forth and back, and keep the best."""
        work = [*map(list, self.layers)]
        position = _positions(work)
        idle = 0
        for i in range(rounds):
            if self.crossings == 0 or idle == PATIENCE:
                return
            forth = i % 2 == 0
            neighbours = self.ins if forth else self.outs
            for layer in work if forth else reversed(work):
                _sort_layer(layer, neighbours, position, place, flip=i % 4 >= 2)
            self._transpose(work, position)
            crossings = count_crossings(work, self.outs)
            idle += 1
            if crossings < self.crossings:
                self.layers, self.crossings, idle = [*map(list, work)], crossings, 0

    def sift(self, rounds: int) -> None:
        """Move single nodes to the best place in their layer until none gains."""
        position = _positions(self.layers)
        for _ in range(rounds):
            gain = sum(self._sift_layer(layer, position) for layer in self.layers) if self.crossings else 0
            if gain == 0:
                return
            self.crossings -= gain
            self.crossings -= self._transpose(self.layers, position)

    def _sift_layer(self, layer: list[int], position: list[int]) -> int:
        """Move each node of a layer to where it crosses least; return what that gained."""
        ends = {n: _sorted_ends(n, self.ins, self.outs, position) for n in layer}
        gained = 0
        for node in list(layer):
            start = layer.index(node)
            best, place = 0, start
            for step in (-1, 1):
                change, i = 0, start + step
                while 0 <= i < len(layer):
                    change += step * _swap_gain(ends[node], ends[layer[i]])
                    if change < best:
                        best, place = change, i
                    i += step
            if best < 0:
                layer.insert(place, layer.pop(start))
                gained -= best
        for i, node in enumerate(layer):
            position[node] = i
        return gained

    def _transpose(self, work: Layers, position: list[int]) -> int:
        """Exchange neighbours in a layer as long as that removes crossings; return how many it removed."""
        removed = 0
        dirty = [True] * len(work)
        while any(dirty):
            for r, layer in enumerate(work):
                if not dirty[r]:
                    continue
                dirty[r] = False
                gain = self._transpose_layer(layer, position)
                if gain:
                    removed += gain
                    for near in range(max(0, r - 1), min(len(work), r + 2)):
                        dirty[near] = True
        return removed

    def _transpose_layer(self, layer: list[int], position: list[int]) -> int:
        ends = [_sorted_ends(n, self.ins, self.outs, position) for n in layer]
        removed = 0
        for i in range(len(layer) - 1):
            gain = -_swap_gain(ends[i], ends[i + 1])
            if gain > 0:
                removed += gain
                ends[i], ends[i + 1] = ends[i + 1], ends[i]
                layer[i], layer[i + 1] = layer[i + 1], layer[i]
                position[layer[i]], position[layer[i + 1]] = i, i + 1
        return removed


Ends = tuple[list[int], list[int]]


def _sorted_ends(node: int, ins: Neighbours, outs: Neighbours, position: Sequence[int]) -> Ends:
    """The places of a node's neighbours before and after it."""
    return sorted([position[n] for n in ins[node]]), sorted([position[n] for n in outs[node]])


def _swap_gain(first: Ends, second: Ends) -> int:
    """How many crossings more there are with `second` before `first` than with `first` before `second`."""
    change = 0
    for a, b in zip(first, second, strict=True):
        for end in a:
            change += len(b) - bisect_right(b, end) - bisect_left(b, end)
    return change


def _sort_layer(
    layer: list[int],
    neighbours: Neighbours,
    position: list[int],
    place: Callable[[list[int]], float],
    flip: bool,
) -> None:
    """Sort a layer by the places of its neighbours; nodes without neighbours on that side stay where they are."""
    key = {n: place(sorted([position[m] for m in neighbours[n]])) for n in layer if neighbours[n]}
    movable = [n for n in layer if n in key]
    if flip:
        # Of nodes with equal medians the other one comes first, which leads out of some dead ends.
        movable.reverse()
    movable.sort(key=key.__getitem__)
    chosen = iter(movable)
    for i, node in enumerate(layer):
        if node in key:
            layer[i] = next(chosen)
    for i, node in enumerate(layer):
        position[node] = i
