"""How a weight changes in a step, as terms: an optimiser's rule read on symbols.

    weight, gradient, memory_0, memory_1, …    one number for each weight
    setting_0, setting_1, …                    one number for all: the learning rate, a momentum, …

A memory that follows from settings and from itself alone, such as the number of the step, is `common` to all weights;
what follows from common numbers is computed once in a step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from ..lines import SCALAR, Lines, may_raise, names_in
from ..terms import Term, Trace, UntraceableError

# weight, gradient, memory, settings → the new weight; what is to be remembered is put into the memory.
Rule = Callable[[Any, Any, dict[str, Any], dict[Any, Any]], Any]


class Update(NamedTuple):
    """A step, as terms over `weight`, `gradient`, and the names that memories and settings have here."""

    settings: dict[Any, str]  # what is given, by any key → its name here; the learning rate and its like
    memories: dict[str, str]  # of each weight its own
    common: dict[str, str]  # memories that all weights share
    once: dict[str, Any]  # name → term over settings and common memories
    weight: Any
    remembered: dict[str, Any]  # memory → term of what it becomes
    commonly: dict[str, Any]  # the same of common memories


def read_update(rule: Rule, settings: Sequence[Any], memories: Sequence[str], alike: Collection[str] = ()) -> Update:
    """The rule as terms, for weights that remember something already.

    `alike` are memories that have one number for all weights now, which they keep if the rule allows. Settings are
    taken not to be 0. Raises UntraceableError for a rule that is no plain arithmetic.

    >>> def momentum(weight, gradient, memory, settings):
    ...     memory["v"] = settings["mu"] * memory["v"] + gradient
    ...     return weight - settings["lr"] * memory["v"]
    >>> update = read_update(momentum, ["lr", "mu"], ["v"])
    >>> str(update.weight)
    '(weight - (setting_0 * ((setting_1 * memory_0) + gradient)))'
    """
    trace = Trace()
    setting_names = {name: f"setting_{i}" for i, name in enumerate(settings)}
    memory_names = {name: f"memory_{i}" for i, name in enumerate(memories)}
    given = {name: trace.operand(short) for name, short in setting_names.items()}
    kept = {name: trace.operand(short) for name, short in memory_names.items()}
    for term in given.values():
        trace.assume(term)

    def part(name: str | None) -> Any:
        """The new weight, or the memory of that name after the step."""

        def step(weight: Any, gradient: Any) -> Any:
            memory = dict(kept)
            found = rule(weight, gradient, memory, dict(given))
            if list(memory) != list(kept):
                raise UntraceableError("the update remembers more from step to step than it did after the first")
            return found if name is None else memory[name]

        return trace.read(step, trace.operand("weight"), trace.operand("gradient"))

    found = {name: part(name) for name in memories}
    common = _common(found, memory_names, set(setting_names.values()), alike)
    hoist = _Hoist(trace, {*setting_names.values(), *(memory_names[name] for name in common)})
    remembered = {name: hoist(term) for name, term in found.items() if name not in common}
    return Update(
        settings=setting_names,
        memories={name: short for name, short in memory_names.items() if name not in common},
        common={name: short for name, short in memory_names.items() if name in common},
        weight=hoist(part(None)),
        remembered=remembered,
        commonly={name: found[name] for name in common},
        once=hoist.once,
    )


def _common(found: dict[str, Any], names: dict[str, str], settings: set[str], alike: Collection[str]) -> list[str]:
    """The memories, alike now, that follow from settings and from each other alone."""
    common = [name for name in found if name in alike]
    while True:
        known = settings | {names[name] for name in common}
        left = [name for name in common if names_in(found[name]) <= known]
        if left == common:
            return common
        common = left


def may_fail(update: Update) -> bool:
    """Whether a step may have no result: then no weight is changed."""
    return may_raise(update.weight, *update.remembered.values(), *update.commonly.values(), *update.once.values())


def uniform_lines(update: Update) -> tuple[list[str], dict[str, str]]:
    """The lines that compute what a step needs once, and what becomes of each common memory, in code."""
    code = Lines(SCALAR, "o")
    lines: list[str] = []
    for name, term in update.once.items():
        written = code.written(term)
        lines += [*code.lines, f"{name} = {written}"]
        code.lines.clear()
    changes = {update.common[name]: code.written(term) for name, term in update.commonly.items()}
    return [*lines, *code.lines], changes


class _Hoist:
    """Replaces the largest parts of terms that depend on uniform names alone by names of their own."""

    def __init__(self, trace: Trace, uniform: set[str]) -> None:
        self.trace = trace
        self.uniform = uniform
        self.once: dict[str, Any] = {}
        self.names: dict[int, str] = {}

    def __call__(self, term: Any) -> Any:
        if not isinstance(term, Term) or term.kind == "operand":
            return term
        if names_in(term) <= self.uniform:
            if id(term) not in self.names:
                self.names[id(term)] = f"once_{len(self.once)}"
                self.once[self.names[id(term)]] = term
            return self.trace.operand(self.names[id(term)])
        return self.trace.term(term.kind, *map(self, term.arguments))
