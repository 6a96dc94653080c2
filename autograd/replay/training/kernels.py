"""What a training loop in compiled code needs beside the passes: orders, samples into lanes, sums of gradients.

`reorder` draws as Python's `random.Random.shuffle` does, from the same Mersenne Twister: Matsumoto & Nishimura (1998),
"Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator".
"""

from __future__ import annotations

from typing import Any

from ..compiling import part
from ..lanes import LANES, fma, load, spread, total

STATE = 624  # words of the generator; the place of the next one stands behind them, and then whether it is used at all
_SHIFT, _UPPER, _LOWER, _ODD = 397, 0x80000000, 0x7FFFFFFF, 0x9908B0DF
_WORD = 0xFFFFFFFF


@part
def reorder(order: Any, source: Any) -> None:
    """The numbers 0, 1, … of the samples, shuffled; without a generator the order stays."""
    if not source[STATE + 1]:
        return
    count = len(order)
    for i in range(count):
        order[i] = i
    for i in range(count - 1, 0, -1):
        j = below(i + 1, source)
        order[i], order[j] = order[j], order[i]


@part
def below(limit: int, source: Any) -> int:
    """A whole number from 0 to before the limit."""
    bits = 0
    while limit >> bits:
        bits += 1
    found = limit
    while found >= limit:
        found = word(source) >> (32 - bits)
    return found


@part
def word(source: Any) -> int:
    """The next 32 bits."""
    place = source[STATE]
    if place >= STATE:
        for i in range(STATE):
            mixed = (source[i] & _UPPER) | (source[(i + 1) % STATE] & _LOWER)
            source[i] = source[(i + _SHIFT) % STATE] ^ (mixed >> 1) ^ (_ODD if mixed & 1 else 0)
        place = 0
    source[STATE] = place + 1
    y = source[place]
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C5680
    y ^= (y << 15) & 0xEFC60000
    return (y ^ (y >> 18)) & _WORD  # type: ignore[no-any-return]


# ---------------------------------------------------------------- blocks of samples


@part
def gather(table: Any, order: Any, begin: int, count: int, rows: Any, width: int) -> None:
    """Samples into the rows of inputs; the last one fills the lanes that are left over."""
    inputs = table.shape[1]
    for lane in range(width):
        k = order[begin + min(lane, count - 1)]
        for i in range(inputs):
            rows[i * width + lane] = table[k, i]


@part
def spread_rows(spreads: Any, V: Any, rows: Any, width: int) -> None:
    """Numbers that all samples share, each over a row; and the rows of their gradients begin at 0."""
    for s in range(spreads.shape[0]):
        for lane in range(width):
            rows[spreads[s, 1] * width + lane] = V[spreads[s, 0]]
            if spreads[s, 2] >= 0:
                rows[spreads[s, 2] * width + lane] = 0.0


@part
def gather_spread(spreads: Any, D: Any, rows: Any, width: int) -> None:
    """The gradients of numbers that all samples share."""
    for s in range(spreads.shape[0]):
        if spreads[s, 2] >= 0:
            for lane in range(width):
                D[spreads[s, 0]] += rows[spreads[s, 2] * width + lane]


@part
def hand_out(shown: Any, places: Any, order: Any, begin: int, count: int, rows: Any, width: int) -> None:
    """Rows of results into the columns of a table, each sample in its place."""
    for i in range(len(places)):
        for lane in range(count):
            shown[order[begin + lane], i] = rows[places[i] * width + lane]


@part
def squares(D: Any, begin: int, end: int) -> float:
    """Σ g² over some gradients."""
    whole = begin + (end - begin) // LANES * LANES
    found = spread(0.0)
    for at in range(begin, whole, LANES):
        each = load(D, at)
        found = fma(each, each, found)
    square = total(found)
    for at in range(whole, end):
        square += D[at] * D[at]
    return square  # type: ignore[no-any-return]


@part
def scale(D: Any, begin: int, end: int, factor: float) -> None:
    """Some gradients, times a factor."""
    for at in range(begin, end):
        D[at] *= factor
