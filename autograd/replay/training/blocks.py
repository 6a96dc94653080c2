"""Whole epochs by the kernels of a tape: blocks of samples on lanes, or one sample at a time.

The loop is one generated function that calls the kernels of `source.py` and `lane_source.py`; the step of all weights
is another, generated from the optimiser's rule. Neither depends on the network's shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .. import compiling, elementary, lanes, matrices
from ..lines import SCALAR, Lines, function, indented
from ..loading import module_of, stamp_of
from ..native import FEW_ROWS, Native
from ..tape import Tape
from . import kernels
from .straight import Runs
from .updates import Update, may_fail, uniform_lines

PLACES = ("inputs", "results", "uniform", "end", "output", "row", "seed", "width", "stepped")


class Blocks:
    """Runs the epochs of a tape: `train` and `measure` of the same arrays as the straight lines have."""

    def __init__(self, tape: Tape, update: Update | None, stepped: int, layers: Sequence[Runs], clips: bool,
                 batch: int) -> None:  # fmt: skip
        native = self.native = Native(tape)
        self.by_one = batch < FEW_ROWS
        self.blocks = native.blocks_for(batch)
        plan, width = self.blocks.plan, self.blocks.width
        tape = self.tape = native.tape
        named = {"inputs": tape.inputs, "results": tape.results, "uniform": tape.uniform, "end": len(tape),
                 "output": tape.output, "row": plan.output * width, "seed": plan.seed * width, "width": width,
                 "stepped": stepped}  # fmt: skip
        self.places = numpy.array([named[name] for name in PLACES])
        self.spreads = numpy.array(plan.spreads or numpy.zeros((0, 3)), dtype=numpy.int64)
        self.shown_rows = numpy.array(plan.shown, dtype=numpy.int64)
        self.shown_slots = numpy.array(tape.shown, dtype=numpy.int64)
        self.runs = numpy.array([(i, *run) for i, layer in enumerate(layers) for run in layer] or numpy.zeros((0, 3)),
                                dtype=numpy.int64)  # fmt: skip
        stamp = stamp_of(compiling, elementary, lanes, matrices, kernels)
        self.module = module_of(loop_source((native.one.__name__, native.many.__name__), update, bool(tape.uniform),
                                            self.by_one, clips, bool(tape.shown), stamp))  # fmt: skip

    def train(self, begin: int, end: int, steps: bool, size: int, limit: float, source: Any, table: Any, order: Any,
              P: Any, M: Any, S: Any, G: Any, losses: Any, norms: Any, shown: Any) -> int:  # fmt: skip
        """As the straight lines' `train`."""
        tape, native, blocks = self.tape, self.native, self.blocks
        leaves = slice(tape.inputs, tape.inputs + len(P))
        native.V[leaves] = P
        found = self.module.train(begin, end, steps, size, limit, source, table, order, M, S, losses, norms, shown,
                                  self.runs, self.places, native.V, native.D, *self._tape(), blocks.forward,
                                  blocks.reverse, blocks.lists, blocks.targets, blocks.rows, self.spreads,
                                  self.shown_slots if self.by_one else self.shown_rows)  # fmt: skip
        P[:] = native.V[leaves]
        G[:] = native.D[tape.inputs : tape.inputs + len(G)]
        return int(found)

    def measure(self, begin: int, end: int, table: Any, P: Any, values: Any, shown: Any) -> float:
        """As the straight lines' `measure`."""
        tape, native, blocks = self.tape, self.native, self.blocks
        native.V[tape.inputs : tape.inputs + len(P)] = P
        bad = self.module.measure(begin, end, table, values, shown, self.places, native.V, *self._tape(),
                                  blocks.forward, blocks.lists, blocks.rows, self.spreads, self.shown_rows)  # fmt: skip
        return float("nan") if bad else 0.0

    def _tape(self) -> tuple[Any, ...]:
        return self.native.codes, self.native.first, self.native.second, self.native.lists


# ---------------------------------------------------------------- source


def loop_source(
    modules: tuple[str, str],
    update: Update | None,
    is_uniform: bool,
    by_one: bool,
    clips: bool,
    shows: bool,
    stamp: str,
) -> str:
    """The source of `train` and `measure` over the kernels of these modules: for one sample, and for many."""
    header = _HEADER.format(one=modules[0], many=modules[1], stamp=stamp)
    inner = [*_BY_ONE, *(_SHOW_ONE if shows else ())] if by_one else _lanes(shows)
    before = ["bad += forward(codes, first, second, lists, V, results, 0, uniform)"] if is_uniform else []
    after = ["bad += reverse(codes, first, second, lists, V, D, results, 0, uniform)"] if is_uniform else []
    clip = _CLIP if clips else []
    step = ["if steps:", *indented([*clip, *_STEP])] if update else []
    loop = ["while batch < end:", *indented([*_BATCH, *before, *inner, *after, *_FINITE, *step, *_TOLD])]
    shown = [_MEASURE_SHOWN] if shows else []
    train = function(_TRAIN_SIGNATURE, _unpacked(), _BEGIN, loop, "return batch", decorator=_COMPILED)
    measure = function(_MEASURE_SIGNATURE, _unpacked(), "bad = 0", before, _MEASURE, shown, "return bad",
                       decorator=_COMPILED)  # fmt: skip
    return "\n\n\n".join([header, *([step_source(update)] if update else []), train, measure]) + "\n"


def step_source(update: Update) -> str:
    """The source of `step`: the new number of every weight, from its gradient; False, and no change, if it has none."""
    settings = [*update.settings.values(), *update.common.values()]
    before, common = uniform_lines(update)
    memories = list(update.memories.items())
    code = Lines(SCALAR, "u")
    new = [code.written(term) for term in (update.weight, *(update.remembered[name] for name, _ in memories))]
    fails = may_fail(update)
    places = ["V[inputs + i]", *(f"M[{k} * stepped + i]" for k in range(len(memories)))]
    targets = [f"new[{k} * stepped + i]" for k in range(len(places))] if fails else places
    loop = [
        "weight, gradient = V[inputs + i], D[inputs + i]",
        *(f"{short} = {place}" for (_, short), place in zip(memories, places[1:], strict=True)),
        *code.lines,
        *(f"{target} = {each}" for target, each in zip(targets, new, strict=True)),
        *(f"bad |= not math.isfinite({target})" for target in targets if fails),
    ]
    commit = [f"{place} = {target}" for place, target in zip(places, targets, strict=True)]
    return function(
        "step(V, D, M, S, new, inputs, stepped)",
        [f"{name} = S[{i}]" for i, name in enumerate(settings)],
        before,
        "bad = False",
        "for i in range(stepped):",
        indented(loop),
        ["if bad:", "    return False", "for i in range(stepped):", *indented(commit)] if fails else [],
        [f"S[{settings.index(short)}] = {written}" for short, written in common.items()],
        "return True",
        decorator=_COMPILED,
    )


_COMPILED = "@compiled"
_HEADER = '''"""Generated: a loop of training over the kernels of a graph; it may be deleted, and is then made again.

{stamp}
"""

import math

import numpy as np

from autograd.replay.compiling import compiled
from autograd.replay.training.kernels import *
from {one} import forward, forward_and_reverse, reverse
from {many} import forward_lanes, reverse_lanes'''
_TRAIN_SIGNATURE = (
    "train(begin, end, steps, size, limit, source, table, order, M, S, losses, norms, shown, runs, places, V, D,"
    " codes, first, second, lists, plan, back, row_lists, targets, rows, spreads, handed)"
)
_MEASURE_SIGNATURE = (
    "measure(begin, end, table, values, shown, places, V, codes, first, second, lists, plan, row_lists, rows, spreads,"
    " handed)"
)
_BEGIN = [
    "batch, count = begin, len(order)",
    "each_epoch = -(-count // size)",
    "squared, new = np.empty(norms.shape[1]), np.empty(len(M) + stepped)",
]
_BATCH = [
    "place = batch % each_epoch * size",
    "if place == 0:",
    "    reorder(order, source)",
    "stop = min(place + size, count)",
    "D[: results + uniform] = 0.0",
    "total, bad = 0.0, 0",
]
_BY_ONE = [
    "for number in range(place, stop):",
    "    k = order[number]",
    "    for i in range(inputs):",
    "        V[i] = table[k, i]",
    "    bad += forward_and_reverse(codes, first, second, lists, V, D, results, uniform, last, output,",
    "                               1.0 / (stop - place))",
    "    total += V[output]",
]
_SHOW_ONE = ["    for i in range(len(handed)):", "        shown[k, i] = V[handed[i]]"]


def _lanes(shows: bool) -> list[str]:
    return [
        "spread_rows(spreads, V, rows, width)",
        "for at in range(place, stop, width):",
        "    some = min(width, stop - at)",
        "    gather(table, order, at, some, rows, width)",
        "    bad += forward_lanes(plan, row_lists, V, rows, width)",
        *(["    hand_out(shown, handed, order, at, some, rows, width)"] if shows else []),
        "    for lane in range(some):",
        "        total += rows[row + lane]",
        "    for lane in range(width):",
        "        rows[seed + lane] = 1.0 / (stop - place) if lane < some else 0.0",
        "    bad += reverse_lanes(back, row_lists, targets, V, D, rows, width)",
        "gather_spread(spreads, D, rows, width)",
    ]


_FINITE = [
    "for layer in range(len(squared)):",
    "    squared[layer] = 0.0",
    "finite = total",
    "for run in range(runs.shape[0]):",
    "    square = squares(D, inputs + runs[run, 1], inputs + runs[run, 2])",
    "    squared[runs[run, 0]] += square",
    "    finite += square",
    "if bad or not math.isfinite(finite):",
    "    break",
]
_STEP = ["if not step(V, D, M, S, new, inputs, stepped):", "    break"]
_TOLD = [
    "epoch = batch // each_epoch",
    "losses[epoch] += total",
    "for layer in range(len(squared)):",
    "    norms[epoch, layer] += math.sqrt(squared[layer])",
    "batch += 1",
]
_CLIP = [
    "factor = limit / (math.sqrt(squares(D, inputs, inputs + stepped)) + 1e-6)",
    "if factor < 1.0:",
    "    scale(D, inputs, inputs + stepped, factor)",
]
_MEASURE = [
    "spread_rows(spreads, V, rows, width)",
    "order = np.arange(len(table))",
    "for at in range(begin, end, width):",
    "    some = min(width, end - at)",
    "    gather(table, order, at, some, rows, width)",
    "    bad += forward_lanes(plan, row_lists, V, rows, width)",
    "    for lane in range(some):",
    "        values[at + lane] = rows[row + lane]",
]
_MEASURE_SHOWN = "    hand_out(shown, handed, order, at, some, rows, width)"


def _unpacked() -> list[str]:
    names = ["last" if name == "end" else name for name in PLACES]
    return [f"{name} = places[{i}]" for i, name in enumerate(names)]
