"""An optimiser's step, read as arithmetic, and what it remembers as numbers in order."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Value
from autograd.replay.terms import UntraceableError
from autograd.replay.training.trainer import Trainer
from autograd.replay.training.updates import Update, read_update

from ..optimisers import Optimiser

_OWN = ("parameters", "memories")  # what an optimiser has beside its settings
_CLOSE = 1e-12
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
            self.names, alike = _remembered(optimiser)
            self.update = self._read(alike)
        except UntraceableError:
            self.update = None

    def is_begun(self) -> bool:
        """Whether every weight remembers what it will: from the second step on."""
        return all(list(memory) == self.names for memory in self.memories)

    def still_holds(self) -> bool:
        """Whether settings have changed by their numbers only, and the memories are still these."""
        there = {id(memory) for memory in self.optimiser.memories}
        return kinds(self.optimiser) == self.kinds and there.issuperset(map(id, self.memories))

    def check(self, trainer: Trainer) -> bool:
        """Compare a step of the trainer with the optimiser's own for some weights; False if they differ.

        Then the rule is given up: the optimiser takes its steps itself.
        """
        if self.update is None or not self.is_begun():
            return True
        places = sorted({0, len(self.memories) // 2, len(self.memories) - 1})
        before = self._told(trainer, places)
        with trainer.tried() as has_stepped:
            after, gradients = self._told(trainer, places), [float(trainer.G[place]) for place in places]
        for (weight, memory), gradient, (new, remembered) in zip(before, gradients, after, strict=True):
            expected, found = self._expected(weight, gradient, memory), [new, *remembered.values()]
            scale = max(map(abs, (weight, gradient, *memory.values(), new)))  # rounding is that of the largest of them
            is_close = all(abs(a - b) <= _CLOSE * scale for a, b in zip(expected, found, strict=True))
            if has_stepped and not is_close:
                self.store(trainer)
                self.update = None
                return False
        return True

    def _expected(self, weight: float, gradient: float, memory: dict[str, float]) -> list[float]:
        """A weight and what it remembers, after a step by the optimiser itself; nothing if that fails."""
        try:
            return [_clone(self.optimiser)._updated(weight, gradient, memory), *(memory[name] for name in self.names)]
        except Exception:  # it fails in the training, too, and tells there
            return [math.nan] * (1 + len(self.names))

    def _read(self, alike: Sequence[str]) -> Update:
        own = (getattr(self.optimiser, name) for name in ("step", "_updated"))
        if [getattr(each, "__func__", None) for each in own] != [Optimiser.step, Optimiser._updated]:
            raise UntraceableError("this optimiser takes its steps in a way of its own")
        settings = [setting for setting in _settings(self.optimiser) if self.kinds[setting] == "number"]

        def rule(weight: Any, gradient: Any, memory: dict[str, Any], given: dict[Any, Any]) -> Any:
            return _clone(self.optimiser, given)._updated(weight, gradient, memory)

        if self.is_begun():
            alike = [name for name in self.names if len({memory[name] for memory in self.memories}) == 1]
        return read_update(rule, settings, self.names, alike)

    # ------------------------------------------------------------ numbers, there and back

    def load(self, trainer: Trainer) -> None:
        """Give the trainer the settings, and what is remembered."""
        update = self.update
        if update is None:
            return
        if self.is_begun() and any(len({memory[name] for memory in self.memories}) > 1 for name in update.common):
            self.update = None  # what was taken to be common to all weights is not
            return
        numbers = _settings(self.optimiser)
        given = [numbers[setting] for setting in update.settings]
        trainer.S[:] = trainer.code.array([*given, *(self.memories[0].get(name, 0.0) for name in update.common)])
        if self.is_begun():
            trainer.M[:] = trainer.code.array([memory[name] for name in update.memories for memory in self.memories])

    def store(self, trainer: Trainer) -> None:
        """Put what is remembered back."""
        update = self.update
        if update is None or not self.is_begun():
            return
        told = self._told(trainer, range(len(self.memories)))
        for memory, (_, found) in zip(self.memories, told, strict=True):
            for name, number in found.items():
                is_count = type(memory[name]) is int and number.is_integer()
                memory[name] = int(number) if is_count else number

    def _told(self, trainer: Trainer, places: Iterable[int]) -> list[tuple[float, dict[str, float]]]:
        """Some weights in the trainer, each with what it remembers."""
        update, count = self.update, len(self.memories)
        if update is None:
            return []
        common = dict(zip(update.common, map(float, trainer.S[len(update.settings) :]), strict=True))
        own = {name: i * count for i, name in enumerate(update.memories)}
        return [
            (float(trainer.P[place]),
             {name: common[name] if name in common else float(trainer.M[own[name] + place]) for name in self.names})
            for place in places
        ]  # fmt: skip


def kinds(optimiser: Optimiser) -> dict[_Setting, Any]:
    """Which settings are numbers other than 0, and what all others are: an update may decide by these."""
    found = {name: "number" if _is_number(each) and each else repr(each) for name, each in _settings(optimiser).items()}
    classes = type(optimiser).__mro__[: type(optimiser).__mro__.index(Optimiser)]
    own = (item for each in classes for item in vars(each).items())
    return found | {(name, -2): repr(each) for name, each in own if not callable(each) and not name.startswith("_")}


def _settings(optimiser: Optimiser) -> dict[_Setting, Any]:
    """The settings one by one, those in a tuple or list by their places."""
    found: dict[_Setting, Any] = {}
    for name, each in vars(optimiser).items():
        if name not in _OWN:
            is_several = type(each) in (tuple, list)
            found |= {(name, place): part for place, part in enumerate(each)} if is_several else {(name, -1): each}
    return found


def _is_number(setting: Any) -> bool:
    return isinstance(setting, (int, float)) and not isinstance(setting, bool)


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


def _remembered(optimiser: Optimiser) -> tuple[list[str], list[str]]:
    """The names of what a weight remembers after a step, and which of these two weights have alike.

    Raises UntraceableError for what is no number.
    """
    memory, other = dict[str, Any](), dict[str, Any]()
    try:
        clone = _clone(optimiser)
        clone._updated(0.5, 0.25, memory)
        clone._updated(-1.5, 0.75, other)
    except Exception as problem:  # whatever an update does that is not of this library
        raise UntraceableError(f"the update failed on plain numbers: {problem}") from problem
    if not all(_is_number(each) for each in memory.values()):
        raise UntraceableError("the update remembers something else than numbers")
    before, after = ({name: repr(each) for name, each in vars(one).items() if name not in _OWN}
                     for one in (optimiser, clone))  # fmt: skip
    if before != after:
        raise UntraceableError("the update changes the optimiser itself")
    return list(memory), [name for name in memory if memory[name] == other.get(name)]
