"""The search for the mistake: which changed derivative is the student's answer?

First one mistake, then one together with a scale (a sign, a factor 2, the learning rate, ...), then two in the graph.
A candidate is compared at the most telling point and, if it agrees there, at all of them. What the search may cost is
counted in candidates (`BUDGET`), not in seconds, so that a verdict is the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from .edges import double_edits
from .edits import About, Edit, Fresh, changed
from .endings import Frame
from .extras import Extras, Factor, Place, Sweeps, extra_edits, told
from .families import all_edits
from .points import Point, Scene
from .verdict import RANK

if TYPE_CHECKING:
    from ..value import Value

BUDGET = 1_500_000  # candidates of pairs; about a second
_RELATIVE, _OF_SIZE, _MOST_LOST = 1e-9, 1e-12, 1e-6
_MOST_FIRST = 400  # mistakes that are tried as the first of a pair

# A pair of these is still the one mistake, made twice.
_STILL_ONE = {
    "path_missing", "activation_missing", "activation_at_output", "sign", "wrong_index", "updated_weights",
    "input_missing", "exponent", "swapped_operands", "activation_wrong", "factor_extra",
}  # fmt: skip


class Sample(NamedTuple):
    """The answer at a point, the right one, and how far an answer may be from a candidate to be it."""

    point: Point
    answer: float
    right: float
    allowed: float

    def agrees(self, candidate: float) -> bool:
        """Whether the answer is the candidate, but for rounding or the digits it was given to."""
        return math.isfinite(candidate) and abs(candidate - self.answer) <= self.allowed + _RELATIVE * abs(candidate)


class Finding(NamedTuple):
    """The mistakes that explain the answer, each with its code."""

    codes: tuple[str, ...]
    about: tuple[About, ...]

    @property
    def rank(self) -> tuple[int, int]:
        """Fewer mistakes first, then the preferred ones."""
        return len(self.codes), sum(RANK[code] for code in self.codes)


def allowed(answer: float, right: float, size: float) -> float:
    """How far two numbers may be apart that are the same but for rounding."""
    return _RELATIVE * max(abs(answer), abs(right)) + rounding(right, _OF_SIZE * size)


def rounding(right: float, lost: float) -> float:
    """What rounding may have done to the right number; paths without measure excuse no more than its sixth digit."""
    return min(lost, _MOST_LOST * max(1.0, abs(right)))


class Search:
    """The samples of an answer, and the mistakes of the scene."""

    def __init__(self, scene: Scene, samples: Sequence[Sample], known: Sequence[str], rate: Fresh | None,
                 frames: Sequence[Frame], written: Collection[str] = ()) -> None:  # fmt: skip
        self.scene, self.known, self.written = scene, known, written
        self.samples = samples
        self.first = max(samples, key=_telling)
        self.frames, self.rate = frames, rate

    @cached_property
    def edits(self) -> list[Edit]:
        """Every single mistake; made when it is first asked for, since the mistakes of a large scene are many."""
        return list(all_edits(self.scene, self.known, self.rate))

    @cached_property
    def values(self) -> list[float]:
        """What each of them makes of the derivative at the most telling point."""
        return [edit.derivative(self.first.point) for edit in self.edits]

    def singles(self) -> Iterator[Finding]:
        """One mistake: in the graph, or in what is done to the whole."""
        yield from self.framed_alone()
        yield from self._framed_by(self.frames[0])

    def framed_alone(self) -> Iterator[Finding]:
        """One mistake in what is done to the whole."""
        for frame in self.frames[1:]:
            if len(frame.codes) == 1 and self._holds(frame.alone):
                yield Finding(frame.codes, frame.about)

    def framed(self) -> Iterator[Finding]:
        """One mistake in the graph, and one in what is done to the whole."""
        for frame in self.frames[1:]:
            if len(frame.codes) == 1:
                yield from self._framed_by(frame)
            elif self._holds(frame.alone):
                yield Finding(frame.codes, frame.about)

    def _framed_by(self, frame: Frame) -> Iterator[Finding]:
        point = self.first.point
        for edit, value in zip(self.edits, self.values, strict=True):
            if self.first.agrees(frame.apply(point, value)) and self._holds(frame.after(edit)):
                yield Finding((*frame.codes, edit.code), (*frame.about, edit.about))

    # ------------------------------------------------------------ a factor too much

    @cached_property
    def extras(self) -> Extras:
        """Every factor that may be too much, and every place for it."""
        return Extras(self.scene, self.first.point, self.written)

    @cached_property
    def _own_extras(self) -> list[tuple[Edit, float]]:
        found = extra_edits(self.scene, self.written)
        return [(edit, edit.derivative(self.first.point)) for edit in found]

    def too_much(self, frames: Sequence[Frame]) -> Iterator[Finding]:
        """A factor too much, in the graph, after a derivation that ends in one of those ways."""
        for frame in frames:
            wanted, near = self._before(frame)
            found = [edit for edit, value in self._own_extras if abs(value - wanted) <= near]
            for edit in (*self.extras.like(wanted, near), *found):
                if self._holds(frame.after(edit)):
                    yield Finding((*frame.codes, edit.code), (*frame.about, edit.about))

    def other_variable(self) -> Iterator[Finding]:
        """The derivative with respect to another named node; one on the way to L is a derivation cut short instead."""
        wanted, near = self._before(self.frames[0])
        found = self.first.point.gradient
        for node in self.scene.order:
            is_other = bool(node.label) and node not in self.scene.number_of_node
            is_near = is_other and abs(found.get(node, math.nan) - wanted) <= near
            if is_near and self._holds(partial(self._by_other, node)):
                yield Finding(("wrong_index",), (About("wrong_variable", node),))

    def _by_other(self, node: Value, point: Point) -> float:
        return self.frames[0].apply(point, point.gradient.get(node, 0.0))

    def too_much_besides(self) -> Iterator[Finding]:
        """A factor too much, and one other mistake in the graph: what stands in the place of another factor."""
        wanted, near = self._before(self.frames[0])
        # Where most of the derivative is left out (a change that is no edge's), what is there is not too much.
        others = [edit for edit in self.edits if all(change.place >= 0 for change in edit.changes)]
        others.sort(key=lambda edit: RANK[edit.code])
        cost = 2 * len(self.scene.edges) + len(self.extras.places) + 1
        for edit in others[: BUDGET // 4 // cost]:
            yield from self._with_extra(edit, wanted, near)

    def _with_extra(self, edit: Edit, wanted: float, near: float) -> Iterator[Finding]:
        sweeps = Sweeps(self.first.point, edit)
        if math.isfinite(sweeps.derivative):
            for place, factor in self.extras.besides(sweeps, wanted, near):
                if self._holds(partial(self._with_factor, edit, place, factor)):
                    yield Finding((edit.code, "factor_extra"), (edit.about, told(factor, place.where)))
        for own, _ in self._own_extras:
            if abs(sweeps.with_edit(own) - wanted) <= near:
                yield from self._confirmed(edit, own)

    def _with_factor(self, edit: Edit, place: Place, factor: Factor, point: Point) -> float:
        sweeps = Sweeps(point, edit)
        return self.frames[0].apply(point, sweeps.derivative + place.share(sweeps) * (factor.fresh(point) - 1))

    def _before(self, frame: Frame) -> tuple[float, float]:
        """The derivative that a way to end makes the answer of, and how far from it is near; NaN if there is none."""
        point, first = self.first.point, self.first
        none, one = frame.apply(point, 0.0), frame.apply(point, 1.0)
        if none == one:
            return math.nan, 0.0
        near = 2 * first.allowed + 2 * _RELATIVE * abs(first.answer)
        return (first.answer - none) / (one - none), near / abs(one - none)

    # ------------------------------------------------------------ near a number

    def like(self, number: float) -> Iterator[tuple[tuple[str, ...], tuple[About, ...], Callable[[Point], float]]]:
        """The single mistakes with which the answer would be `number` at the first point, and what it would be."""
        identity, *others = self.frames
        point, near = self.first.point, 1e-8 * abs(number)
        for frame in others:
            if len(frame.codes) == 1 and abs(frame.apply(point, point.right) - number) <= near:
                yield frame.codes, frame.about, frame.alone
        wanted = number - identity.apply(point, 0.0)
        for edit, value in zip(self.edits, self.values, strict=True):
            if abs(value - wanted) <= near:
                yield (edit.code,), (edit.about,), identity.after(edit)

    def _holds(self, candidate: Callable[[Point], float]) -> bool:
        return all(sample.agrees(candidate(sample.point)) for sample in self.samples)

    # ------------------------------------------------------------ two in the graph

    def twice(self) -> Iterator[Finding]:
        """Two mistakes on one edge."""
        by_place: dict[int, list[Edit]] = {}
        for edit in self.edits:
            if len(edit.changes) == 1 and edit.changes[0].place >= 0 and edit.code != "path_missing":
                by_place.setdefault(edit.changes[0].place, []).append(edit)
        identity, point = self.frames[0], self.first.point
        for one, second in double_edits(self.scene, self.known):
            candidate = identity.after(second)
            if self.first.agrees(candidate(point)) and self._holds(candidate):
                yield Finding(*_ordered(one, second))
        if sum(len(edits) ** 2 for edits in by_place.values()) > BUDGET // 5:
            return
        for edits in by_place.values():
            for index, one in enumerate(edits):
                for other in edits[index + 1 :]:
                    if self.first.agrees(identity.apply(point, _both_on_edge(one, other, point))):
                        yield from self._confirmed(one, other)

    def pairs(self) -> Iterator[Finding]:
        """Two mistakes in different places: the second costs one multiplication, once the first is in place."""
        single = [edit for edit in self.edits if len(edit.changes) == 1]
        several = [edit for edit in self.edits if len(edit.changes) > 1]
        identity, point = self.frames[0], self.first.point
        moved = [(edit.changes[0].parent, edit.changes[0].child, edit.changes[0].delta(point)) for edit in single]
        kept = [index for index, (_, _, delta) in enumerate(moved) if delta and math.isfinite(delta)]
        kept.sort(key=lambda index: RANK[single[index].code])
        cost = len(self.scene.edges) + len(kept) + 1
        firsts = [single[index] for index in kept] + several
        wanted = self.first.answer - identity.apply(point, 0.0)
        near = 2 * self.first.allowed + 2 * _RELATIVE * abs(self.first.answer)
        budget = max(1, min(len(firsts), _MOST_FIRST, BUDGET // cost))
        firsts = [*several[: budget // 3], *firsts[: len(kept)]][:budget]
        for one in firsts:
            slopes, extra = changed(point, [one])
            adjoint, tangent = self.scene.adjoints(slopes, extra), self.scene.tangents(slopes, extra)
            base = adjoint[0]
            if not math.isfinite(base):
                continue
            for index in kept:
                parent, child, delta = moved[index]
                found = base + adjoint[child] * delta * tangent[parent]
                if abs(found - wanted) <= near:
                    other = single[index]
                    if other is not one and self.first.agrees(identity.apply(point, _both(one, other, point))):
                        yield from self._confirmed(one, other)

    def _confirmed(self, one: Edit, other: Edit) -> Iterator[Finding]:
        if _is_within(one, other) or _is_within(other, one):
            return
        identity = self.frames[0]
        if self._holds(lambda point: identity.apply(point, _both(one, other, point))):
            yield Finding(*_ordered(one, other))


def _telling(sample: Sample) -> float:
    """How well a sample tells mistakes apart: where the answer is off, the derivative lives, and nothing is dead."""
    if sample.right == 0 or not math.isfinite(sample.right):
        return -1.0
    alive = sum(slope != 0 for slope in sample.point.slopes) / max(1, len(sample.point.slopes))
    off = abs(sample.answer - sample.right) / (abs(sample.answer) + abs(sample.right))
    return alive + off


def _is_within(inner: Edit, outer: Edit) -> bool:
    """Whether a mistake is made in what the other one leaves out or doubles as a whole: then it is not seen."""
    if outer.about.kind not in ("delta_missing", "delta_doubled", "stretch"):
        return False
    whole = outer.changes[0]
    return any(whole.parent <= change.parent and change.child <= whole.child for change in inner.changes)


def _both(one: Edit, other: Edit, point: Point) -> float:
    return point.scene.tangents(*changed(point, [one, other]))[-1]


def _both_on_edge(one: Edit, other: Edit, point: Point) -> float:
    """The same for two edits of one edge: their factors multiply."""
    change = one.changes[0]
    old = point.slopes[change.place]
    if old == 0:
        return math.nan
    delta = change.number(point) * other.changes[0].number(point) / old - old
    return point.right + point.adjoint[change.child] * delta * point.tangent[change.parent]


def _ordered(one: Edit, other: Edit) -> tuple[tuple[str, ...], tuple[About, ...]]:
    first, second = sorted((one, other), key=lambda edit: RANK[edit.code])
    return (first.code, second.code), (first.about, second.about)


def merged(codes: Sequence[str]) -> str:
    """The code of one or two mistakes."""
    if len(codes) == 1 or (len(set(codes)) == 1 and codes[0] in _STILL_ONE):
        return codes[0]
    return "combination"


def best(findings: Iterable[Finding]) -> Finding | None:
    """The finding with the fewest and most preferred mistakes; the first of equals."""
    return min(findings, key=lambda finding: finding.rank, default=None)
