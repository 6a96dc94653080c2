"""Round numbers for an axis: 1, 2 and 5 times powers of ten."""

from __future__ import annotations

import math


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` + 1 round numbers from `low` to `high`, at even distances.

    >>> round_ticks(0.0, 0.37)
    [0.0, 0.1, 0.2, 0.3]
    >>> round_ticks(1, 300)
    [50.0, 100.0, 150.0, 200.0, 250.0, 300.0]
    """
    if not high > low:
        return [low]
    rough = high / most - low / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def whole_ticks(low: int, high: int, most: int = 8) -> list[int]:
    """The same in whole numbers, with the lowest of all where it has room.

    >>> whole_ticks(1, 4), whole_ticks(1, 1), whole_ticks(1, 1000, 4)
    ([1, 2, 3, 4], [1], [1, 500, 1000])
    """
    found = sorted({int(tick) for tick in round_ticks(low, high, most) if tick == int(tick)})
    has_room = not found or 2 * (found[0] - low) > (found[-1] - found[0]) / max(len(found) - 1, 1)
    return [low, *found] if has_room and low not in found else found


def decade_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Powers of ten from `low` to `high`, or every second, fifth, tenth, … of them.

    >>> decade_ticks(0.0005, 2.0), decade_ticks(1.0, 1e300, 4)
    ([0.001, 0.01, 0.1, 1.0], [1.0, 1e+100, 1e+200, 1e+300])
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = next(each for each in (1, 2, 5, 10, 20, 50, 100, 200, 1000) if (last - first) / each < most)
    return [float(f"1e{power}") for power in range(first, last + 1) if power % stride == 0]
