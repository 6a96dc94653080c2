"""The slope of a plain function by differences, with a bound of its error: extrapolation over halved steps.

Central differences of a smooth function are (f(x + h) − f(x − h))/2h = f′(x) + c₂h² + c₄h⁴ + …; halving h and combining
neighbours removes one term after the other (Richardson 1911; Ridders 1982 stops where rounding takes over). Here the
whole range of steps is sampled and every step has a bound of its own, so that a function whose differences settle
nowhere (a jump, a kink, an infinite slope, rounding noise) is told from one whose differences do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from .op import ARITHMETIC_ERRORS

EPSILON = 2.0**-52
_LEVELS = 36  # halved steps: from x/4 to x·2⁻³⁷, where rounding alone is of the order of 10⁻⁵
_COLUMNS = 4  # of the extrapolation
_NOISE_FROM = 4  # so many halvings on, what is left of the second differences of a smooth function is 2⁻¹⁶ of it
_HIDDEN = 64  # units in the last place of 1 and of f's values nearby: what a sum within f may have lost
_UNDERFLOW = 4 * math.ulp(0.0)
_SETTLED = 8  # the finest steps, on which a jump or an infinite slope is told


class Line(NamedTuple):
    """One output of a function at x and at x ± each step, NaN where it has no finite value; the largest step first."""

    x: float
    here: float
    steps: Sequence[float]
    above: Sequence[float]
    below: Sequence[float]
    noise: float  # how far one value may be off by rounding

    def changes(self, side: int) -> list[float]:
        """f(x + side·h) − f(x) for every step h."""
        return [value - self.here for value in (self.above if side > 0 else self.below)]


class Estimate(NamedTuple):
    """A slope and a bound of its error, which is infinite where nothing was measured.

    `coarse` is another answer, of larger steps, where small steps contradict it by no more than rounding within f
    might: max(x, 0) at 10⁻¹⁵ and 1 − cos x at 10⁻⁶ look alike. Then the error is as large as the two are apart.
    """

    slope: float
    error: float
    coarse: Estimate | None = None
    fine: Estimate | None = None


def slope(f: Callable[[float], float], x: float, noise: float | None = None) -> Estimate:
    """df/dx at x. `noise` bounds the rounding error of one value of f; without it, it is a few units in its last place.

    >>> found = slope(math.sin, 1.0)
    >>> abs(found.slope - math.cos(1.0)) <= found.error < 1e-9
    True
    >>> slope(abs, 0.0).error > 0.01
    True
    """
    (here,) = values_at(lambda number: [f(number)], x, 1)
    return estimate(sampled(lambda number: [f(number)], x, [here], [noise])[0])


def sampled(
    f: Callable[[float], Sequence[float]], x: float, here: Sequence[float], noises: Sequence[float | None]
) -> list[Line]:
    """The outputs of f around x, each as a `Line`; where f raises an error of arithmetic it has no values."""
    count, steps = len(here), steps_at(x)
    above = [values_at(f, x + step, count) for step in steps]
    below = [values_at(f, x - step, count) for step in steps]
    return [
        Line(x, here[k], steps, [row[k] for row in above], [row[k] for row in below],
             4 * EPSILON * abs(here[k]) + _UNDERFLOW if (noise := noises[k]) is None else noise + _UNDERFLOW)
        for k in range(count)
    ]  # fmt: skip


def values_at(f: Callable[[float], Sequence[float]], x: float, count: int) -> list[float]:
    """The outputs of f at x, NaN for those that are not finite, and for all where f has no value."""
    try:
        values = f(x)
    except ARITHMETIC_ERRORS:
        return [math.nan] * count
    if len(values) != count:
        return [math.nan] * count
    return [value if math.isfinite(value) else math.nan for value in values]


def steps_at(x: float) -> list[float]:
    """The steps, powers of two, so that x ± h are exact: relative to max(|x|, 1), and again to |x| if that is small.

    >>> steps_at(3.0)[:3], len(steps_at(3.0)), min(steps_at(1e-9)) < 1e-19
    ([0.5, 0.25, 0.125], 36, True)
    """
    if not math.isfinite(x):
        return []
    size = max(abs(x), 1.0)
    largest = math.frexp(size)[1] - 3
    # A function need not care how large x is: sin at 10⁹ turns within 1.
    smallest = min(largest - _LEVELS, -24)
    found = [math.ldexp(1.0, power) for power in range(largest, smallest, -1)]
    if 0 < abs(x) < 2.0**-10:
        first = min(math.frexp(x)[1] - 3, smallest)
        found += [math.ldexp(1.0, power) for power in range(first, first - _LEVELS, -1)]
    return [step for step in found if step >= 4 * math.ulp(x)]


def estimate(line: Line) -> Estimate:
    """The slope from both sides, or from one where f has no values on the other: beside the end of a domain."""
    fine = _estimate(line)
    largest = max([1.0, *(abs(value) for value in (*line.above, *line.below) if not math.isnan(value))])
    coarse = _estimate(line._replace(noise=max(line.noise, _HIDDEN * EPSILON * largest)))
    apart = abs(fine.slope - coarse.slope)
    if not apart > fine.error + coarse.error:
        return min(fine, coarse, key=lambda one: one.error)
    return Estimate(fine.slope, apart, coarse, fine)


def _estimate(line: Line) -> Estimate:
    if not _is_resolved(line):
        return Estimate(math.nan, math.inf)
    both = [not math.isnan(up) and not math.isnan(down) for up, down in zip(line.above, line.below, strict=True)]
    if sum(both) >= _SETTLED:
        return _best(_central(line))
    sides = [one_sided(line, side) for side in (1, -1)]
    return min(sides, key=lambda side: side.error)


def _is_resolved(line: Line) -> bool:
    """Whether f changes little within the smallest steps: sin at 10³⁰⁰ or beside a jump does not, and its differences,
    divided by large steps, look like a slope of 0."""
    values = [value for value in (*line.above, *line.below) if not math.isnan(value)]
    changes = [abs(change) for side in (1, -1) for change in line.changes(side)[-2:] if not math.isnan(change)]
    if not changes:
        return False
    width = max(*values, line.here) - min(*values, line.here)
    return max(changes) <= max(0.01 * width, 100 * line.noise)


def one_sided(line: Line, side: int) -> Estimate:
    """The slope from the right (side 1) or from the left (−1) alone."""
    slopes = [side * change / step for change, step in zip(line.changes(side), line.steps, strict=True)]
    # The extrapolation multiplies the rounding of each difference by up to 8.
    noises = [16 * line.noise / step for step in line.steps]
    return _best(_extrapolated(line.steps, slopes, noises, power=1))


def slopes_beside_kink(line: Line) -> tuple[float, float] | None:
    """The slopes from the left and from the right, if both settle and stay apart; None if there is no kink."""
    left, right = one_sided(line, -1), one_sided(line, 1)
    gap, unsure = abs(right.slope - left.slope), left.error + right.error
    return (left.slope, right.slope) if math.isfinite(gap) and gap > 100 * unsure else None


def why_no_slope(line: Line) -> str:
    """Words for a jump or an infinite slope, if the smallest steps show one; empty if not."""
    for side in (1, -1):
        changes = [abs(change) for change in line.changes(side)[-_SETTLED:] if not math.isnan(change)]
        if len(changes) < _SETTLED or min(changes) <= 100 * line.noise:
            continue
        if min(changes) > 0.9 * max(changes):
            return "the function jumps here"
        ratios = [after / before for before, after in pairwise(changes)]
        # Smooth changes halve with the step; those of a root shrink more slowly.
        if min(ratios) > 0.55 and max(ratios) < 0.98 and max(ratios) < 1.05 * min(ratios):
            return "the slope grows without bound towards this point"
    return ""


# ---------------------------------------------------------------- the extrapolation


def _central(line: Line) -> Iterator[tuple[float, float]]:
    slopes, bends = [], []
    for step, up, down in zip(line.steps, line.above, line.below, strict=True):
        slopes.append((up - down) / (2 * step))
        bends.append((up - line.here) + (down - line.here))
    rests = _unsmooth(line.steps, bends)
    noises = [2 * (line.noise + rest) / step for step, rest in zip(line.steps, rests, strict=True)]
    return _extrapolated(line.steps, slopes, noises, power=2)


def _unsmooth(steps: Sequence[float], bends: Sequence[float]) -> list[float]:
    """For each step what the second differences at smaller steps have that a smooth function's have not.

    Theirs are a quarter at half the step, but for terms in h⁴; a jump's stay, a kink's are half, rounding's are random.
    """
    last = len(bends) - 1
    largest, found = 0.0, []
    for index in range(last, -1, -1):
        rest = bends[index]
        if index < last and steps[index + 1] == steps[index] / 2:
            rest = (rest - 4 * bends[index + 1]) / 3
        largest = max(largest, 0.0 if math.isnan(rest) else abs(rest))
        found.append(largest)
    found.reverse()
    return [found[min(index + _NOISE_FROM, max(last - 2, 0))] for index in range(len(bends))]


def _extrapolated(
    steps: Sequence[float], slopes: Sequence[float], noises: Sequence[float], power: int
) -> Iterator[tuple[float, float]]:
    """For every step, the best number of its row of the tableau, and how far that is from its neighbours."""
    previous: list[float] = []
    before = 0.0
    for step, first, noise in zip(steps, slopes, noises, strict=True):
        if not math.isfinite(first):
            previous = []
            continue
        row, best, error = [first], first, math.inf
        for column, above in enumerate(previous[:_COLUMNS] if step == before / 2 else ()):
            row.append(row[-1] + (row[-1] - above) / (2.0 ** (power * (column + 1)) - 1))
            apart = max(abs(row[-1] - row[-2]), abs(row[-1] - above))
            if apart < error:
                best, error = row[-1], apart
        previous, before = row, step
        yield best, error + noise


def _best(rows: Iterator[tuple[float, float]]) -> Estimate:
    """The row with the smallest error. A row that a smaller step contradicts is off by as much, at least: a large step
    may straddle what f does far away and seem to converge."""
    best, smallest = math.nan, math.inf
    low, high = -math.inf, math.inf  # where the smaller steps say the slope is
    for number, error in reversed(list(rows)):
        error = max(error, low - number, number - high)
        low, high = max(low, number - error), min(high, number + error)
        if error <= smallest and math.isfinite(number):
            best, smallest = number, error
    return Estimate(best, smallest)
