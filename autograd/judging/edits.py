"""What a mistake is to the search: changed edges, which give ∂L/∂w as it would be with wrong local derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..symbol import Expression
from .points import Point, Scene
from .programs import Program

MOST_EDGES = 3_000  # of a scene whose local derivatives are read as formulas

Fresh = Callable[[Point], float]
Family = Callable[[Scene, Sequence[str], "Fresh | None"], "Iterator[Edit]"]


class Change(NamedTuple):
    """One edge with another local derivative; `place` is its number, or -1 if it is one more edge."""

    parent: int
    child: int
    place: int
    fresh: Fresh

    def delta(self, point: Point) -> float:
        """What is added to the local derivative at a point; NaN where the wrong one has no number."""
        return self.number(point) - (point.slopes[self.place] if self.place >= 0 else 0.0)

    def number(self, point: Point) -> float:
        """The local derivative with the mistake."""
        return number_at(self.fresh, point)


def number_at(fresh: Fresh, point: Point) -> float:
    """A number at a point; NaN where it has none, such as the square of 1e300."""
    try:
        return float(fresh(point))  # a whole number may be too large for a float
    except ArithmeticError:
        return math.nan


class About(NamedTuple):
    """What a mistake is about, for its explanation: a kind of sentence, a node, a formula, what stands there now."""

    kind: str
    node: Any = None
    part: Any = None
    now: Any = None


class Edit(NamedTuple):
    """A mistake: its code, the changed edges, and what it is about."""

    code: str
    changes: tuple[Change, ...]
    about: About

    @property
    def _is_parallel(self) -> bool:
        """Whether no path has two of the changed edges: they leave one node, or they enter one."""
        first = self.changes[0]
        return all(change.parent == first.parent for change in self.changes) or all(
            change.child == first.child for change in self.changes
        )

    def derivative(self, point: Point) -> float:
        """∂L/∂w with this mistake."""
        if self._is_parallel:
            return point.right + sum(
                point.adjoint[each.child] * each.delta(point) * point.tangent[each.parent] for each in self.changes
            )
        return point.scene.tangents(*changed(point, [self]))[-1]


def changed(point: Point, edits: Sequence[Edit]) -> tuple[list[float], dict[int, list[tuple[int, float]]]]:
    """The local derivatives and the further edges with all of the edits; two on one edge multiply."""
    slopes = list(point.slopes)
    extra: dict[int, list[tuple[int, float]]] = {}
    for edit in edits:
        for change in edit.changes:
            if change.place < 0:
                extra.setdefault(change.child, []).append((change.parent, change.number(point)))
            elif slopes[change.place] == point.slopes[change.place]:
                slopes[change.place] = change.number(point)
            else:
                old = point.slopes[change.place]
                slopes[change.place] *= change.number(point) / old if old else math.nan
    return slopes, extra


def edit_at(scene: Scene, place: int, code: str, expression: Any, about: About) -> Edit:
    edge = scene.edges[place]
    return Edit(code, (Change(edge.parent, edge.child, place, fresh_number(expression)),), about)


def group(scene: Scene, code: str, places: Iterable[int], fresh: Callable[[int], Fresh], about: About) -> Edit:
    changes = tuple(Change(scene.edges[p].parent, scene.edges[p].child, p, fresh(p)) for p in places)
    return Edit(code, changes, about)


def fresh_number(expression: Any) -> Fresh:
    """The number of an expression at a point, read once."""
    if not isinstance(expression, Expression):
        constant = float(expression)
        return lambda point: constant
    program: list[Program] = []

    def fresh(point: Point) -> float:
        if not program:
            program.append(
                Program(expression.expression).renamed(expression.names)
                if isinstance(expression, Renamed) else Program(expression)
            )  # fmt: skip
        result = program[0].number_at(point.names)
        return math.nan if result is None else result

    return fresh


class Renamed(Expression):
    """An expression with other symbols in it; read by `_number` through its program."""

    __slots__ = ("expression", "names")

    def __init__(self, expression: Any, names: dict[str, str]) -> None:
        self.expression, self.names = expression, names


class Local(NamedTuple):
    """Stands for the local derivative of an edge until words are made of it."""

    place: int


def local_part(scene: Scene, part: Any) -> Any:
    """The formula of what a mistake is about."""
    return scene.local(part.place) if isinstance(part, Local) else part


def one(point: Point) -> float:
    return 1.0


def zero(point: Point) -> float:
    return 0.0
