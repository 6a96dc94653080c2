"""Layers over eight lanes at a time: weighted sums of rows, and what their gradients are.

Rows of values lie in one array, `rows`, each as long as there are lanes in a block; weights and their gradients lie in
others, with one number for all lanes. Offsets are counted in numbers, not in rows. Four sums over two vectors of lanes
are in registers at a time, and every sum is taken in the order of its terms: the same bits on every run.
"""

from __future__ import annotations

from typing import Any

from .compiling import part
from .lanes import LANES, add, add_total, fma, load, spread, spread_from, store

STEP = 2 * LANES  # a block is a multiple of it
_TILE = 4


@part
def weighted_sums(weights: Any, w: int, w_row: int, w_column: int, bias: int, bias_step: int, rows: Any, x: int, y: int,
                  sums: int, terms: int, width: int, adds: int) -> None:  # fmt: skip
    """rows[y + j] = Σᵢ weights[w + j·w_row + i·w_column] · rows[x + i] + weights[bias + j·bias_step], for j < sums.

    Without a bias (−1) the sums begin at 0, or, where it `adds`, at what is there.
    """
    whole = sums - sums % _TILE
    for lane in range(0, width, STEP):
        for j in range(0, whole, _TILE):
            place = y + j * width + lane
            if bias >= 0:
                b = bias + j * bias_step
                a0, a1 = spread_from(weights, b), spread_from(weights, b + bias_step)
                a2, a3 = spread_from(weights, b + 2 * bias_step), spread_from(weights, b + 3 * bias_step)
                b0, b1, b2, b3 = a0, a1, a2, a3
            elif adds == 0:
                a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = spread(0.0)
            else:
                a0, b0 = load(rows, place), load(rows, place + LANES)
                a1, b1 = load(rows, place + width), load(rows, place + width + LANES)
                a2, b2 = load(rows, place + 2 * width), load(rows, place + 2 * width + LANES)
                a3, b3 = load(rows, place + 3 * width), load(rows, place + 3 * width + LANES)
            k = w + j * w_row
            for i in range(terms):
                at = x + i * width + lane
                u, v = load(rows, at), load(rows, at + LANES)
                p = k + i * w_column
                c0, c1 = spread_from(weights, p), spread_from(weights, p + w_row)
                c2, c3 = spread_from(weights, p + 2 * w_row), spread_from(weights, p + 3 * w_row)
                a0, a1, a2, a3 = fma(c0, u, a0), fma(c1, u, a1), fma(c2, u, a2), fma(c3, u, a3)
                b0, b1, b2, b3 = fma(c0, v, b0), fma(c1, v, b1), fma(c2, v, b2), fma(c3, v, b3)
            store(rows, place, a0)
            store(rows, place + LANES, b0)
            store(rows, place + width, a1)
            store(rows, place + width + LANES, b1)
            store(rows, place + 2 * width, a2)
            store(rows, place + 2 * width + LANES, b2)
            store(rows, place + 3 * width, a3)
            store(rows, place + 3 * width + LANES, b3)
        for j in range(whole, sums):
            place = y + j * width + lane
            if bias >= 0:
                a0 = b0 = spread_from(weights, bias + j * bias_step)
            elif adds == 0:
                a0 = b0 = spread(0.0)
            else:
                a0, b0 = load(rows, place), load(rows, place + LANES)
            k = w + j * w_row
            for i in range(terms):
                at = x + i * width + lane
                c0 = spread_from(weights, k + i * w_column)
                a0, b0 = fma(c0, load(rows, at), a0), fma(c0, load(rows, at + LANES), b0)
            store(rows, place, a0)
            store(rows, place + LANES, b0)


@part
def weight_gradients(gradients: Any, w: int, w_row: int, w_column: int, rows: Any, g: int, x: int, sums: int,
                     terms: int, width: int) -> None:  # fmt: skip
    """gradients[w + j·w_row + i·w_column] += Σ over lanes of rows[g + j] · rows[x + i]."""
    whole, pairs = sums - sums % _TILE, terms - terms % 2
    for j in range(0, whole, _TILE):
        d = g + j * width
        for i in range(0, pairs, 2):
            at = x + i * width
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = spread(0.0)
            for lane in range(0, width, LANES):
                u, v = load(rows, at + lane), load(rows, at + width + lane)
                e0, e1 = load(rows, d + lane), load(rows, d + width + lane)
                e2, e3 = load(rows, d + 2 * width + lane), load(rows, d + 3 * width + lane)
                a0, a1, a2, a3 = fma(e0, u, a0), fma(e1, u, a1), fma(e2, u, a2), fma(e3, u, a3)
                b0, b1, b2, b3 = fma(e0, v, b0), fma(e1, v, b1), fma(e2, v, b2), fma(e3, v, b3)
            p = w + j * w_row + i * w_column
            add_total(gradients, p, a0)
            add_total(gradients, p + w_column, b0)
            add_total(gradients, p + w_row, a1)
            add_total(gradients, p + w_row + w_column, b1)
            add_total(gradients, p + 2 * w_row, a2)
            add_total(gradients, p + 2 * w_row + w_column, b2)
            add_total(gradients, p + 3 * w_row, a3)
            add_total(gradients, p + 3 * w_row + w_column, b3)
    for j in range(sums):  # what is left over
        for i in range(pairs if j < whole else 0, terms):
            found = spread(0.0)
            for lane in range(0, width, LANES):
                found = fma(load(rows, g + j * width + lane), load(rows, x + i * width + lane), found)
            add_total(gradients, w + j * w_row + i * w_column, found)


@part
def add_totals(gradients: Any, at: int, step: int, rows: Any, g: int, count: int, width: int) -> None:
    """gradients[at + j·step] += Σ over lanes of rows[g + j]."""
    for j in range(count):
        row = g + j * width
        found = load(rows, row)
        for lane in range(LANES, width, LANES):
            found = add(found, load(rows, row + lane))
        add_total(gradients, at + j * step, found)


@part
def fill(rows: Any, at: int, count: int, number: float) -> None:
    """The same number in so many places, a multiple of the lanes."""
    for place in range(at, at + count, LANES):
        store(rows, place, spread(number))
