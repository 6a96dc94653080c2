"""Positions across the ranks: the fourth stage of a layered drawing.

Each node wants to be in the middle of its neighbours. The least sum of squared distances under the separations
of one layer is an isotonic regression, which pooling adjacent violators solves exactly in linear time
(Ayer et al. 1955; Barlow and Brunk 1972). Sweeps over the layers do this with the neighbours as they stand
(block coordinate descent), after the priority method of Sugiyama, Tagawa and Toda (1981).

What must look straight is straight: nodes joined by strong links (a long wire, a label and the box it belongs to, a
box and its only consumer) form chains that move as one, like the blocks of Brandes and Köpf, "Fast and
simple horizontal coordinate assignment", Graph Drawing 2001.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .grid import Grid

SWEEPS = 40
VISITS = 400_000
# A chain weighs more than the nodes in its way, and a node that follows its chain more than anything else.
CHAIN_WEIGHT = 4.0
FOLLOW_WEIGHT = 1000.0
SETTLED = 0.05
BENT = 1.0


def across_positions(grid: Grid) -> list[float]:
    """The position of each node across the ranks, all from 0."""
    solver = _Solver(grid)
    solver.solve(max(4, min(SWEEPS, VISITS // (3 * len(grid.along) + 1))))
    first = min((p - b for p, b in zip(solver.position, grid.before, strict=True)), default=0.0)
    return [p - first for p in solver.position]


def separated(targets: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Positions nearest to `targets` (weighted least squares), the i-th and next at least gaps[i] apart.

    >>> separated([0.0, 0.0], [1.0, 1.0], [2.0])
    [-1.0, 1.0]
    """
    # A pool is a run of nodes packed together: weighted mean, weight, number of nodes.
    pools: list[tuple[float, float, int]] = []
    offset, offsets = 0.0, []
    for i, target in enumerate(targets):
        offset += gaps[i - 1] if i else 0.0
        offsets.append(offset)
        mean, weight, size = target - offset, weights[i], 1
        while pools and pools[-1][0] >= mean:
            m, w, s = pools.pop()
            mean, weight, size = (m * w + mean * weight) / (w + weight), w + weight, s + size
        pools.append((mean, weight, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


class _Solver:
    """Positions under improvement, and the chains that move as one."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.gaps = [[grid.separation(a, b) for a, b in pairwise(layer)] for layer in grid.layers]
        self.position = [0.0] * len(grid.along)
        self.place = [(0, 0)] * len(grid.along)
        for r, layer in enumerate(grid.layers):
            for i, node in enumerate(layer):
                self.place[node] = (r, i)
        self.chain, self.chains = _chains(grid, self.place)
        self.pulls = self._pulls()
        self._pack()

    def solve(self, sweeps: int) -> None:
        """Sweep forth and back until nothing moves, then straighten what is nearly straight.

        A chain that something bent (a wire it crosses, boxes on both sides) falls apart at its bends, so that its parts
        can be straight.
        """
        self._settle(sweeps)
        self._align()
        self._split_bent_chains()
        self._align()

    def _align(self) -> None:
        """Straighten the chains, and let everything else follow."""
        for _ in range(3):
            self._straighten()
            self._sweep(forth=True, pinned=True)
            self._sweep(forth=False, pinned=True)
        self._straighten()

    def _settle(self, sweeps: int) -> None:
        for i in range(sweeps):
            moved = self._sweep(forth=i % 2 == 1)
            if moved < SETTLED and i > 2:
                return

    def _split_bent_chains(self) -> None:
        parts: list[list[int]] = []
        for nodes in self.chains:
            start = 0
            for i in range(1, len(nodes) + 1):
                if i == len(nodes) or abs(self.position[nodes[i]] - self.position[nodes[i - 1]]) > BENT:
                    parts.append(nodes[start:i])
                    start = i
        self.chains = parts
        for chain, nodes in enumerate(parts):
            for node in nodes:
                self.chain[node] = chain
        self.pulls = self._pulls()

    def _pulls(self) -> list[list[tuple[int, float]]]:
        """For each chain, the nodes outside that its nodes are linked to, and the offset it wants from them."""
        pulls: list[list[tuple[int, float]]] = [[] for _ in self.chains]
        for link in self.grid.links:
            a, b = self.chain[link.lower], self.chain[link.upper]
            if a != b:
                pulls[a].append((link.upper, link.offset))
                pulls[b].append((link.lower, -link.offset))
        return pulls

    def _pack(self) -> None:
        """First positions: every layer packed and centred."""
        for layer, gaps in zip(self.grid.layers, self.gaps, strict=True):
            at = -sum(gaps) / 2
            for i, node in enumerate(layer):
                self.position[node] = at
                at += gaps[i] if i < len(gaps) else 0.0

    def _target(self, chain: int) -> float:
        """Where a chain wants to be: in the middle of what pulls it."""
        pulls = self.pulls[chain]
        if not pulls:
            own = self.chains[chain]
            return sum(self.position[n] for n in own) / len(own)
        return sum(self.position[n] + offset for n, offset in pulls) / len(pulls)

    def _weight(self, chain: int) -> float:
        """How strongly: by the number of links, times more for a chain."""
        return max(1, len(self.pulls[chain])) * (CHAIN_WEIGHT if len(self.chains[chain]) > 1 else 1.0)

    def _sweep(self, forth: bool, pinned: bool = False) -> float:
        """Place the layers one after the other; return how far the farthest node moved.

        Along a chain the first node met goes where the chain wants to be and the others follow it. With `pinned`
        the chains that are straight already stay where they are.
        """
        moved = 0.0
        straight = {c for c, nodes in enumerate(self.chains) if self._is_straight(nodes)} if pinned else set()
        for r in range(len(self.grid.layers)) if forth else reversed(range(len(self.grid.layers))):
            layer = self.grid.layers[r]
            targets, weights = [], []
            for node in layer:
                target, weight = self._wish(node, forth, straight)
                targets.append(target)
                weights.append(weight)
            for node, at in zip(layer, separated(targets, weights, self.gaps[r]), strict=True):
                moved = max(moved, abs(at - self.position[node]))
                self.position[node] = at
        return moved

    def _wish(self, node: int, forth: bool, straight: set[int]) -> tuple[float, float]:
        """Where a node wants to be in this sweep, and how strongly."""
        chain = self.chain[node]
        nodes = self.chains[chain]
        if chain in straight and len(nodes) > 1:
            return self.position[node], FOLLOW_WEIGHT**2
        if node == (nodes[0] if forth else nodes[-1]):
            return self._target(chain), self._weight(chain)
        i = self.place[node][0] - self.place[nodes[0]][0]
        return self.position[nodes[i - 1 if forth else i + 1]], FOLLOW_WEIGHT

    def _is_straight(self, nodes: Sequence[int]) -> bool:
        first = self.position[nodes[0]]
        return all(abs(self.position[n] - first) < 1e-6 for n in nodes)

    def _straighten(self) -> None:
        """Move every chain as a whole to the place it wants within the room that its neighbours leave."""
        for chain, nodes in enumerate(self.chains):
            low = max(self._limit(n, -1) for n in nodes)
            high = min(self._limit(n, +1) for n in nodes)
            if low <= high:
                at = min(max(self._target(chain), low), high)
                for node in nodes:
                    self.position[node] = at

    def _limit(self, node: int, side: int) -> float:
        """How far a node can go to one side."""
        r, i = self.place[node]
        if not 0 <= i + side < len(self.grid.layers[r]):
            return side * float("inf")
        gap = self.gaps[r][i if side > 0 else i - 1]
        return self.position[self.grid.layers[r][i + side]] - side * gap


def _chains(grid: Grid, place: Sequence[tuple[int, int]]) -> tuple[list[int], list[list[int]]]:
    """For each node the number of its chain, and for each chain its nodes from the first layer on."""
    upper: dict[int, int] = {}
    for pairs in _strong_links(grid, place):
        upper.update(_uncrossed(pairs, place))
    lower = {b: a for a, b in upper.items()}
    chain = [-1] * len(grid.along)
    chains: list[list[int]] = []
    for layer in grid.layers:
        for node in layer:
            if node not in lower:
                nodes = [node]
                while nodes[-1] in upper:
                    nodes.append(upper[nodes[-1]])
                for n in nodes:
                    chain[n] = len(chains)
                chains.append(nodes)
    return chain, chains


def _strong_links(grid: Grid, place: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """By layer, the links that should be straight, at most one on each side of a node.

    These are the links of nodes with no other link on that side; where a line branches it is the link to the part
    that goes on.
    """
    ins: list[list[int]] = [[] for _ in grid.along]
    outs: list[list[int]] = [[] for _ in grid.along]
    for link in grid.links:
        outs[link.lower].append(link.upper)
        ins[link.upper].append(link.lower)
    strong: list[list[tuple[int, int]]] = [[] for _ in grid.layers]
    for link in grid.links:
        a, b = link.lower, link.upper
        if len(ins[b]) > 1:
            continue
        onward = [n for n in outs[a] if n >= grid.boxes and grid.clearance[n] == grid.clearance[a]]
        if len(outs[a]) == 1 or (a >= grid.boxes and onward == [b]):
            strong[place[a][0]].append((a, b))
    return strong


def _uncrossed(pairs: Iterable[tuple[int, int]], place: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most links that do not cross: a longest increasing subsequence. Two that cross cannot both be straight."""
    ordered = sorted(pairs, key=lambda pair: place[pair[0]][1])
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for i, (_, b) in enumerate(ordered):
        k = bisect_left(ends, place[b][1])
        before.append(last[k - 1] if k else -1)
        ends[k:k + 1] = [place[b][1]]
        last[k:k + 1] = [i]
    chosen, i = [], last[-1] if last else -1
    while i >= 0:
        chosen.append(ordered[i])
        i = before[i]
    return chosen
