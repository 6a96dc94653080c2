"""An optimiser's step, read as arithmetic, and what it remembers as numbers in order."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from autograd import Value
from autograd.replay.terms import UntraceableError
from autograd.replay.training.trainer import Trainer
from autograd.replay.training.updates import Update, read_update

from ..optimisers import Optimiser

_OWN = ("parameters", "memories")  # what an optimiser has beside its settings
_Setting = tuple[str, int]  # an attribute, and the place in it, −1 for the attribute itself


class Stepping:
    """What a step does with each of some weights; `update` is None where it is no arithmetic, or not one yet.

    The step that creates what is remembered is taken by the optimiser itself.
    """

    def __init__(self, optimiser: Optimiser, weights: Sequence[Value]) -> None:
        self.optimiser = optimiser
        memory_of = dict(zip(optimiser.parameters, optimiser.memories, strict=True))
        self.memories: list[dict[str, Any]] = [memory_of[weight] for weight in weights]
        self.kinds = kinds(optimiser)
        self.names: list[str] = []
        self.update: Update | None = None
        try:
            self.names = _remembered(optimiser)
            self.update = self._read()
        except UntraceableError:
            self.update = None

    def is_begun(self) -> bool:
        """Whether every weight remembers what it will: from the second step on."""
        return all(list(memory) == self.names for memory in self.memories)

    def still_holds(self) -> bool:
        """Whether settings have changed by their numbers only."""
        return kinds(self.optimiser) == self.kinds

    def _read(self) -> Update:
        own = (getattr(self.optimiser, name) for name in ("step", "_updated"))
        if [getattr(each, "__func__", None) for each in own] != [Optimiser.step, Optimiser._updated]:
            raise UntraceableError("this optimiser takes its steps in a way of its own")
        settings = [setting for setting in _settings(self.optimiser) if self.kinds[setting] == "number"]
        known = {f"{name} {place}": (name, place) for name, place in settings}

        def rule(weight: Any, gradient: Any, memory: dict[str, Any], given: dict[str, Any]) -> Any:
            clone = _clone(self.optimiser, {known[name]: term for name, term in given.items()})
            return clone._updated(weight, gradient, memory)

        alike = [name for name in self.names if len({memory.get(name) for memory in self.memories}) == 1]
        return read_update(rule, list(known), self.names, alike)

    # ------------------------------------------------------------ numbers, there and back

    def load(self, trainer: Trainer) -> None:
        """Give the trainer the settings, and what is remembered."""
        update = self.update
        if update is None:
            return
        numbers = _settings(self.optimiser)
        given = [numbers[name, int(place)] for name, place in (each.rsplit(" ", 1) for each in update.settings)]
        trainer.S[:] = trainer.code.array([*given, *(self.memories[0].get(name, 0.0) for name in update.common)])
        if self.is_begun():
            trainer.M[:] = trainer.code.array([memory[name] for name in update.memories for memory in self.memories])

    def store(self, trainer: Trainer) -> None:
        """Put what is remembered back."""
        update = self.update
        if update is None or not self.is_begun():
            return
        numbers = iter(map(float, trainer.M))
        for name in update.memories:
            for memory in self.memories:
                memory[name] = next(numbers)
        for name, number in zip(update.common, trainer.S[len(update.settings) :], strict=True):
            kind = type(self.memories[0][name])  # a count of steps stays a whole number
            for memory in self.memories:
                memory[name] = kind(number)


def kinds(optimiser: Optimiser) -> dict[_Setting, Any]:
    """Which settings are numbers other than 0, and what all others are: an update may decide by these."""
    return {name: "number" if _is_number(each) and each else repr(each) for name, each in _settings(optimiser).items()}


def _settings(optimiser: Optimiser) -> dict[_Setting, Any]:
    """The settings one by one, those in a tuple or list by their places."""
    found: dict[_Setting, Any] = {}
    for name, each in vars(optimiser).items():
        if name not in _OWN:
            is_several = type(each) in (tuple, list)
            found |= {(name, place): part for place, part in enumerate(each)} if is_several else {(name, -1): each}
    return found


def _is_number(setting: Any) -> bool:
    return type(setting) in (int, float)


def _clone(optimiser: Optimiser, given: dict[_Setting, Any] | None = None) -> Optimiser:
    """The optimiser with other settings; what it does to itself does not touch the first one."""
    clone = copy.copy(optimiser)
    for name, each in vars(optimiser).items():
        if name in _OWN:
            continue
        parts = {place: term for (owner, place), term in (given or {}).items() if owner == name}
        if type(each) in (tuple, list):
            each = type(each)(parts.get(place, part) for place, part in enumerate(each))
        else:
            each = parts[-1] if parts else copy.deepcopy(each)
        setattr(clone, name, each)
    return clone


def _remembered(optimiser: Optimiser) -> list[str]:
    """The names of what a weight remembers after a step; raises UntraceableError for what is no number."""
    clone, memory = _clone(optimiser), dict[str, Any]()
    try:
        clone._updated(0.5, 0.25, memory)
    except Exception as problem:  # whatever an update does that is not of this library
        raise UntraceableError(f"the update failed on plain numbers: {problem}") from problem
    if not all(_is_number(each) for each in memory.values()):
        raise UntraceableError("the update remembers something else than numbers")
    before, after = ({name: repr(each) for name, each in vars(one).items() if name not in _OWN}
                     for one in (optimiser, clone))  # fmt: skip
    if before != after:
        raise UntraceableError("the update changes the optimiser itself")
    return list(memory)
