"""Ranks: the first stage of a layered drawing.

Each box gets an integer rank with rank(tail) < rank(head) for every wire, and the sum of all
rank(head) − rank(tail) as small as possible. Short wires in sum also put every input just before its first
consumer: a weight stands beside the neuron that uses it.

The minimum is found by the network simplex method of Gansner, Koutsofios, North and Vo, "A technique for drawing
directed graphs", IEEE Transactions on Software Engineering 19 (1993), section 2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

Edge = tuple[int, int]

# Each pivot of the simplex method visits the whole graph: large graphs get fewer of them, and a ranking that is
# a little longer than the shortest.
PIVOT_VISITS = 400_000


def components(count: int, edges: Sequence[Edge]) -> list[tuple[list[int], list[int]]]:
    """The connected pieces of a graph, each as (its nodes, indices of its edges), by their first nodes."""
    parent = list(range(count))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for tail, head in edges:
        a, b = find(tail), find(head)
        parent[max(a, b)] = min(a, b)
    pieces: dict[int, tuple[list[int], list[int]]] = {}
    for node in range(count):
        pieces.setdefault(find(node), ([], []))[0].append(node)
    for i, (tail, _) in enumerate(edges):
        pieces[find(tail)][1].append(i)
    return list(pieces.values())


def rank_boxes(count: int, edges: Sequence[Edge]) -> list[int]:
    """Ranks from 0 for a connected acyclic graph, with (nearly) the least sum of edge lengths.

    >>> rank_boxes(4, [(0, 1), (1, 2), (3, 2)])
    [0, 1, 2, 1]

    ValueError: the edges have a cycle.
    """
    ins: list[list[int]] = [[] for _ in range(count)]
    outs: list[list[int]] = [[] for _ in range(count)]
    for tail, head in edges:
        outs[tail].append(head)
        ins[head].append(tail)
    ranks = _longest_path(ins, outs)
    _pull(ranks, ins, outs)
    if edges:
        _Simplex(ranks, edges).optimise(max(8, PIVOT_VISITS // (count + len(edges))))
    lowest = min(ranks, default=0)
    return [rank - lowest for rank in ranks]


def _longest_path(ins: list[list[int]], outs: list[list[int]]) -> list[int]:
    """The earliest rank of each node: the length of the longest path that leads to it."""
    ranks = [0] * len(ins)
    missing = [len(tails) for tails in ins]
    ready = deque(node for node, number in enumerate(missing) if number == 0)
    done = 0
    while ready:
        node = ready.popleft()
        done += 1
        for head in outs[node]:
            ranks[head] = max(ranks[head], ranks[node] + 1)
            missing[head] -= 1
            if missing[head] == 0:
                ready.append(head)
    if done < len(ins):
        raise ValueError("the wires have a cycle: a layered drawing needs a graph without cycles")
    return ranks


def _pull(ranks: list[int], ins: list[list[int]], outs: list[list[int]]) -> None:
    """Move each node, latest first, next to its nearest consumer if that shortens its wires in sum."""
    for node in sorted(range(len(ranks)), key=lambda n: -ranks[n]):
        if len(outs[node]) > len(ins[node]):
            ranks[node] = min(ranks[head] for head in outs[node]) - 1


class _Simplex:
    """A spanning tree of tight edges (of length 1), improved by exchanging one edge at a time."""

    def __init__(self, ranks: list[int], edges: Sequence[Edge]) -> None:
        self.ranks = ranks
        self.edges = edges
        self.incident: list[list[int]] = [[] for _ in ranks]
        for i, (tail, head) in enumerate(edges):
            self.incident[tail].append(i)
            self.incident[head].append(i)
        self.in_tree = [False] * len(edges)
        self._grow_tight_tree()

    def optimise(self, pivots: int) -> None:
        """Exchange edges until no tree edge has a negative cut value, or `pivots` exchanges are done."""
        for _ in range(pivots):
            order, up = self._walk()
            cut, edge = self._least_cut(order, up)
            if cut >= 0:
                return
            self._exchange(edge)

    def _slack(self, edge: int) -> int:
        tail, head = self.edges[edge]
        return self.ranks[head] - self.ranks[tail] - 1

    def _grow_tight_tree(self) -> None:
        """Grow a tree of tight edges from node 0; where it ends, move it until one more edge is tight."""
        reached = [False] * len(self.ranks)
        reached[0] = True
        members, frontier = [0], [0]
        while True:
            while frontier:
                node = frontier.pop()
                for i in self.incident[node]:
                    other = self._other(i, node)
                    if not reached[other] and self._slack(i) == 0:
                        reached[other] = self.in_tree[i] = True
                        members.append(other)
                        frontier.append(other)
            if len(members) == len(self.ranks):
                return
            leaving = (i for i, (tail, head) in enumerate(self.edges) if reached[tail] != reached[head])
            nearest = min(leaving, key=self._slack)
            tail, head = self.edges[nearest]
            step = self._slack(nearest) if reached[tail] else -self._slack(nearest)
            for node in members:
                self.ranks[node] += step
            frontier = [tail if reached[tail] else head]

    def _other(self, edge: int, node: int) -> int:
        tail, head = self.edges[edge]
        return head if node == tail else tail

    def _walk(self) -> tuple[list[int], list[int]]:
        """Tree nodes from the root outward, and for each the tree edge to its parent (the root: −1)."""
        up = [-2] * len(self.ranks)
        up[0] = -1
        order = [0]
        for node in order:
            for i in self.incident[node]:
                if self.in_tree[i]:
                    other = self._other(i, node)
                    if up[other] == -2:
                        up[other] = i
                        order.append(other)
        return order, up

    def _least_cut(self, order: list[int], up: list[int]) -> tuple[int, int]:
        """The least cut value of a tree edge, and that edge.

        Cutting a tree edge leaves two parts. Its cut value is the number of edges from the tail's part to the
        head's part less those the other way: how much longer the drawing gets when the parts move apart by one.
        An edge's share cancels out where both its ends lie in one subtree, so that a sum over subtrees is enough.
        """
        balance = [0] * len(self.ranks)
        for tail, head in self.edges:
            balance[tail] += 1
            balance[head] -= 1
        least = (0, -1)
        for node in reversed(order):
            i = up[node]
            if i < 0:
                continue
            tail, head = self.edges[i]
            cut = balance[node] if tail == node else -balance[node]
            least = min(least, (cut, i))
            balance[head if tail == node else tail] += balance[node]
        return least

    def _exchange(self, leaving: int) -> None:
        """Replace a tree edge by the nearest edge that leads back, and close the gap this opens."""
        self.in_tree[leaving] = False
        tail_side = self._side(self.edges[leaving][0])
        back = (i for i, (tail, head) in enumerate(self.edges) if tail_side[head] and not tail_side[tail])
        entering = min(back, key=self._slack)
        self.in_tree[entering] = True
        step = self._slack(entering)
        for node, inside in enumerate(tail_side):
            if inside:
                self.ranks[node] -= step

    def _side(self, start: int) -> list[bool]:
        """The part of the tree that holds `start`."""
        inside = [False] * len(self.ranks)
        inside[start] = True
        stack = [start]
        while stack:
            node = stack.pop()
            for i in self.incident[node]:
                if self.in_tree[i]:
                    other = self._other(i, node)
                    if not inside[other]:
                        inside[other] = True
                        stack.append(other)
        return inside
