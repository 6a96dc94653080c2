"""Leads: how far a wire runs straight out of a node before it bends, and straight into the next.

A bend needs room to look smooth, and in a layer with one wide label most wires have far more room than the gap
between the layers. A wire may bend as soon as nothing stands in its way: it must pass the boxes and labels between its
own position and the one it climbs to.

Wires that do not cross must not begin to. A wire that climbs over the start of another one (which then climbs the
same way, ahead of it) starts no earlier than that one; and the same holds, mirrored, at the ends. Then the one
ahead stays ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .grid import Grid

Ends = dict[tuple[int, int], tuple[float, float]]
Climb = tuple[float, float, int, int]
CLEAR = 4.0


def leads(grid: Grid, across: Sequence[float], entry: Callable[[int, int], float]) -> Ends:
    """For each link (lower, upper) how far from the middle of their layers it leaves and arrives, along the ranks.

    `entry` tells where across the ranks a link enters its upper node.
    """
    place = {node: (r, i) for r, layer in enumerate(grid.layers) for i, node in enumerate(layer)}
    gaps: list[list[Climb]] = [[] for _ in grid.layers]
    for link in grid.links:
        climb = (across[link.lower], entry(link.lower, link.upper), link.lower, link.upper)
        gaps[place[link.lower][0]].append(climb)
    found: Ends = {}
    for r, climbs in enumerate(gaps):
        leave = _reaches(grid, across, grid.layers[r], climbs)
        mirrored = [(v1, v0, upper, lower) for v0, v1, lower, upper in climbs]
        arrive = _reaches(grid, across, grid.layers[r + 1], mirrored) if climbs else {}
        for _, _, lower, upper in climbs:
            found[lower, upper] = (leave[lower, upper], arrive[upper, lower])
    return found


def _reaches(
    grid: Grid, across: Sequence[float], layer: Sequence[int], climbs: Sequence[Climb]
) -> dict[tuple[int, int], float]:
    """How far from the middle of its layer each climb may start, by its two nodes."""
    index = {node: i for i, node in enumerate(layer)}
    reach: dict[tuple[int, int], float] = {}
    for step in (1, -1):
        ahead: dict[int, float] = {}
        same_way = [c for c in climbs if step * (c[1] - c[0]) > 0 or (step == 1 and c[1] == c[0])]
        # Those ahead come first, so that the others can wait for them.
        for _, end, node, other in sorted(same_way, key=lambda c: (-step * c[0], -step * c[1], c[2], c[3])):
            least = max(ahead.get(node, 0.0), grid.along[node] / 2 + _clear(grid, node))
            i = index[node] + step
            while 0 <= i < len(layer) and _near_edge(grid, across, layer[i], step) * step <= end * step + CLEAR:
                least = max(least, grid.along[layer[i]] / 2 + _clear(grid, layer[i]), ahead.get(layer[i], 0.0))
                i += step
            reach[node, other] = least
            ahead[node] = max(ahead.get(node, 0.0), least)
    return reach


def _near_edge(grid: Grid, across: Sequence[float], node: int, step: int) -> float:
    """The edge of a node that a climb in this direction meets first."""
    return across[node] - grid.before[node] if step > 0 else across[node] + grid.after[node]


def _clear(grid: Grid, node: int) -> float:
    """Room to keep beside a label or a foreign box; a line has none."""
    return CLEAR if grid.along[node] else 0.0
