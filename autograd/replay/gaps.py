"""Rows that are free again: taken for what fits best, joined with their neighbours when they are given back.

>>> gaps = Gaps()
>>> gaps.take(3), gaps.take(2), gaps.rows
(0, 3, 5)
>>> gaps.give_back(0, 3)
>>> gaps.take(2), gaps.take(1), gaps.rows
(0, 2, 5)
"""

from __future__ import annotations

from bisect import bisect_left, insort


class Gaps:
    """Free rows of a store of `rows` rows; every call takes about as long, however many gaps there are."""

    def __init__(self) -> None:
        self.rows = 0
        self._size_at: dict[int, int] = {}  # where a gap begins → how long it is
        self._start_of: dict[int, int] = {}  # where a gap ends → where it begins
        self._starts: dict[int, list[int]] = {}  # size → where gaps of that size begin, some of which may be gone
        self._sizes: list[int] = []  # the keys of `_starts` in order

    def take(self, size: int) -> int:
        """Where so many rows are free: in the smallest gap that has room, or at the end of the store."""
        place = bisect_left(self._sizes, size)
        while place < len(self._sizes):
            found = self._sizes[place]
            starts = self._starts[found]
            while starts:
                start = starts.pop()
                if self._size_at.get(start) == found:
                    self._remove(start, found)
                    if found > size:
                        self._add(start + size, found - size)
                    return start
            del self._sizes[place], self._starts[found]
        self.rows += size
        return self.rows - size

    def give_back(self, start: int, size: int) -> None:
        """Rows are free from now on."""
        after = self._size_at.get(start + size)
        if after is not None:
            self._remove(start + size, after)
            size += after
        before = self._start_of.get(start)
        if before is not None:
            self._remove(before, start - before)
            start, size = before, size + start - before
        self._add(start, size)

    def _remove(self, start: int, size: int) -> None:
        del self._size_at[start], self._start_of[start + size]

    def _add(self, start: int, size: int) -> None:
        self._size_at[start], self._start_of[start + size] = size, start
        if size not in self._starts:
            self._starts[size] = []
            insort(self._sizes, size)
        self._starts[size].append(start)
