"""The readable definition beside micrograd, in a process in which it does everything; and the hunt for anomalies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import autograd
from autograd import anomaly

from .graphs import Make, chain_turn
from .table import Row, Target, compared, module
from .timing import Settings, agree, clock, in_fresh_process

_NODES = 300
_ALONE = {"CHAINRULE_ENGINE": "definition"}  # the fast engine is not put in place


def definition(settings: Settings) -> Iterator[Row]:
    """The definition against micrograd, and inside `anomaly`, where it takes over, with and without the fast engine."""
    if module("micrograd.engine", "micrograd"):
        yield from in_fresh_process(by_definition, settings, environment=_ALONE)
        yield _row(f"the fast engine inside `anomaly`, chain of {_NODES}", hunted, settings, None)


def by_definition(settings: Settings) -> list[Row]:
    """What is measured where the definition does everything."""
    assert autograd.Value.backward.__module__ == "autograd.value"
    what = f"the definition, chain of {_NODES}, build and backward"
    plain = partial(chain_turn, nodes=_NODES)
    return [
        _row(what, plain, settings, Target("≤", 2.5)),
        _row("the same inside `anomaly`", hunted, settings, None),
    ]


def hunted(make: Make) -> list[float]:
    """The chain inside of `anomaly`."""
    with anomaly():
        return chain_turn(make, _NODES)


def _row(what: str, turn: Callable[[Make], list[float]], settings: Settings, target: Target | None) -> Row:
    micrograd = module("micrograd.engine", "micrograd")
    ours, theirs = partial(turn, autograd.Value), partial(chain_turn, micrograd.Value, _NODES)
    agree(what, ours(), theirs())
    return compared(what, "micrograd", {"ours": clock(ours), "theirs": clock(theirs)}, settings, target, nodes=_NODES)
