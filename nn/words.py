"""Words for numbers of things."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """1 unit, 2 units.

    >>> counted(1, "unit"), counted(1200, "sample")
    ('1 unit', '1,200 samples')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
