"""One question: the scene with its points, how the derivation is to end, and the verdict on an answer."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from .. import notation
from ..printers.runs import shown
from .answers import Answer, Formula, Function, Number, ambiguity
from .edits import About, Fresh
from .endings import frames
from .names import is_bias
from .numerals import with_old_weights
from .points import Point, Scene
from .programs import Program
from .repairs import repairs
from .rounding import rounded_values
from .scores import score_of, score_of_unknown
from .search import BUDGET, Finding, Sample, Search, allowed, best, merged, rounding
from .verdict import RANK, Verdict, right, unreadable
from .words import explanation

_CLOSE = 0.02  # a number this close is called rounded
_HERE, _EXACT = 0.005, 1e-9  # the same, for numbers in a formula at the current point: with decimals, and without
_NEAR = 0.003  # and this close to a wrong one, if that is a mistake with the whole
_COMPUTED = 3e-7  # the relative error of a number that a student computed from numbers of eight digits
_COINCIDENCES = 0.1  # how many accidental agreements of a number are accepted
_HARDLY_BY_CHANCE = 0.01  # below it an agreement is none by accident, even close to the right number
_FEW_BY_CHANCE, _MOST_BY_CHANCE = 3, 30
_MOST_UNDER = 12  # the largest denominator of a number that is taken for a factor
_LEAST = 3  # points that an answer must have a number at


class Terms(NamedTuple):
    """What the teacher said: the learning rate, the weight decay, the seed of the points."""

    lr: float | None
    weight_decay: float | None
    seed: int


class Case:
    """One question: the scene with its points, and how the derivation is to end."""

    def __init__(self, terms: Terms, scene: Scene) -> None:
        self.terms, self.scene = terms, scene
        self.known = [node.label for node in scene.view.nodes if node.label]

    def _constants(self, answer: Answer) -> tuple[Fresh | None, Fresh | None]:
        """η and λ as functions of the point, where there is one."""
        rate: Fresh | None = (lambda point: point.rate) if self.terms.lr is not None or answer.uses_rate else None
        given = self.terms.weight_decay is not None
        decay: Fresh | None = (lambda point: point.decay) if given or answer.uses_decay else None
        return rate, decay

    def _prepared(self, points: Sequence[Point]) -> Sequence[Point]:
        """The points, each with its η and λ: the teacher's, or one at random."""
        draw = random.Random(f"{self.terms.seed} rates")
        for point in points:
            lr, decay = draw.uniform(0.02, 0.9), draw.uniform(0.02, 0.9)
            point.rate = lr if self.terms.lr is None else self.terms.lr
            point.decay = decay if self.terms.weight_decay is None else self.terms.weight_decay
        return points

    def _right(self, point: Point) -> float:
        """The right answer at a point: the derivative, and what the weight decay adds."""
        decay = self.terms.weight_decay
        variable = self.scene.variable
        return point.right + (decay * point.numbers.get(variable, variable.data) if decay is not None else 0.0)

    def _search(self, samples: Sequence[Sample], answer: Answer) -> Search:
        rate, decay = self._constants(answer)
        ends = frames(self.scene, rate, decay, self.terms.weight_decay is not None)
        written = answer.program.labels if answer.program else ()
        return Search(self.scene, samples, self.known, rate, ends, written)

    # ------------------------------------------------------------ a function

    def ambiguous(self, answer: Formula) -> Verdict:
        """A formula with a δ that has several meanings: it is meant in the one in which it has the fewest mistakes."""
        verdicts = [self.function(reading) for reading in answer.readings()]
        named = [verdict for verdict in verdicts if verdict.mistake not in ("unknown", "unreadable")]
        if named:
            return min(named, key=lambda verdict: (len(verdict.mistakes), RANK.get(verdict.mistake or "", 0)))
        return unreadable(f"{ambiguity(answer)}.", answer.place_of(answer.ambiguous[0]))

    def function(self, answer: Answer) -> Verdict:
        """The verdict on a formula or a Python function."""
        points = self._prepared(self.scene.points(random.Random(self.terms.seed)))
        if not points and self.scene.here:
            points = self._prepared([self.scene.here])
        samples = []
        for point in points:
            number, expected = answer.at(point), self._right(point)
            if number is not None:
                samples.append(Sample(point, number, expected, allowed(number, number, point.size)))
        if len(samples) < min(_LEAST, len(points)) or not samples:
            problem = answer.problem if isinstance(answer, Function) else ""
            reason = problem or "it has no finite value here"
            return unreadable(f"The answer could not be computed: {reason}.", 0 if answer.program else None)
        if all(sample.agrees(sample.right) for sample in samples):
            return right()
        return self._wrong(answer, samples)

    def _wrong(self, answer: Answer, samples: Sequence[Sample]) -> Verdict:
        if all(abs(sample.answer) <= sample.allowed for sample in samples):
            return self._zero()
        if not self.scene.nodes:
            return self._independent()
        search = self._search(samples, answer)
        finding = (
            best(search.singles())
            or best(self._repaired(answer, samples))
            or self._of_updated(answer, samples)
            or self._rounded(answer, samples)
            or best(search.too_much(search.frames[:1]))
            or best(search.framed())
            or best(search.too_much([frame for frame in search.frames[1:] if len(frame.codes) == 1]))
            or _of_constant(samples)
            or best(search.other_variable())
            or best(self._repaired_twice(answer, search))
            or best(search.twice())
            or best(search.pairs())
            or best(search.too_much_besides())
        )
        return self._judged(finding, answer, samples)

    def _zero(self) -> Verdict:
        """The answer 0, where the derivative is another."""
        if self._is_bias():
            return self._named(Finding(("bias_missing",), (About("bias_missing"),)))
        name = notation.text(self.scene.variable.label) if self.scene.variable.label else "it"
        sentence = f"Every path is forgotten: the output does depend on {name}."
        return Verdict(False, 0.0, "path_missing", sentence, ("path_missing",))

    def _independent(self) -> Verdict:
        """An answer where there is no path at all."""
        name = notation.text(self.scene.variable.label) if self.scene.variable.label else "this node"
        sentence = f"The output does not depend on {name}: no path leads from it to the output."
        return Verdict(False, 0.0, "unknown", sentence, ("unknown",))

    def _is_bias(self) -> bool:
        scene = self.scene
        return is_bias(scene.variable, (scene.nodes[scene.edges[place].child] for place in self._uses()))

    def _uses(self) -> Iterable[int]:
        return self.scene.edges_out[0] if self.scene.nodes else ()

    def _repaired(self, answer: Answer, samples: Sequence[Sample]) -> Iterable[Finding]:
        if not isinstance(answer, Formula):
            return
        for repair in repairs(answer):
            if _is_right(answer, repair.program, samples):
                yield Finding((repair.code,), (repair.about,))

    def _repaired_twice(self, answer: Answer, search: Search) -> Iterable[Finding]:
        """A repair that leaves one other mistake."""
        if not isinstance(answer, Formula):
            return
        most = BUDGET // (len(search.edits) + 1)
        for repair in islice(repairs(answer), most):
            number = answer.number_of(repair.program, search.first.point)
            for codes, about, derivative in search.like(number) if number is not None else ():
                if all(
                    _is_near(answer.number_of(repair.program, sample.point), derivative(sample.point), sample)
                    for sample in search.samples
                ):
                    yield Finding((*codes, repair.code), (*about, repair.about))

    def _of_updated(self, answer: Answer, samples: Sequence[Sample]) -> Finding | None:
        """A formula with the numbers of updated weights in it."""
        here, rate = self.scene.here, self.terms.lr
        if not isinstance(answer, Formula) or here is None or rate is None:
            return None
        found = with_old_weights(answer, here, rate)
        if found is None:
            return None
        program, weights = found
        finding = Finding(("updated_weights",), (About("updated_weights", weights),))
        if _is_right(answer, program, samples):
            return finding
        number, expected = answer.number_of(program, here), self._right(here)
        return finding if number is not None and abs(number - expected) <= _HERE * abs(expected) else None

    def _rounded(self, answer: Answer, samples: Sequence[Sample]) -> Finding | None:
        """A formula with rounded numbers in it, or with numbers where names belong."""
        if not answer.has_fractions:
            return None
        if answer.has_decimals and all(abs(each.answer - each.right) <= _CLOSE * abs(each.right) for each in samples):
            return Finding(("rounded",), (About("rounded_constant"),))
        here = self.scene.here
        number = answer.at(self._prepared([here])[0]) if here else None
        close = _HERE if answer.has_decimals else _EXACT
        if here and number is not None and abs(number - self._right(here)) <= close * abs(self._right(here)):
            return Finding(("rounded",), (About("rounded_here"),))
        return None

    # ------------------------------------------------------------ a number

    def number(self, answer: Number) -> Verdict:
        """The verdict on a number: it is about the current point."""
        here = self.scene.here
        if here is None:
            return unreadable("The derivative has no value at the current point.")
        self._prepared([here])
        expected = self._right(here)
        slack = max(answer.half * (1 + 1e-9), rounding(expected, 1e-14 * here.size))
        if abs(answer.number - expected) <= slack or self._is_between_slopes(answer, expected - here.right):
            return right()
        if answer.number == 0:
            return self._zero()
        if not self.scene.nodes:
            return self._independent()
        given = max(answer.half * (1 + 1e-9), _COMPUTED * abs(answer.number))
        sample = Sample(here, answer.number, expected, given)
        finding = self._of_number(answer, sample)
        return self._judged(finding, answer, [sample])

    def _is_between_slopes(self, answer: Number, decay: float) -> bool:
        slopes = self.scene.kink_slopes()
        return slopes is not None and slopes[0] - answer.half <= answer.number - decay <= slopes[1] + answer.half

    def _of_number(self, answer: Number, sample: Sample) -> Finding | None:
        if sample.agrees(sample.right):
            return Finding(("rounded",), (About("rounded"),))
        search = self._search([sample], answer)
        share = answer.half / abs(answer.number)  # how much of the numbers an answer of these digits agrees with
        is_close = abs(sample.answer - sample.right) <= _CLOSE * abs(sample.right)
        rounded = Finding(("rounded",), (About("rounded"),))
        single = self._single_of_number(search, share)
        is_telling = share * len(search.edits) < _HARDLY_BY_CHANCE
        if single and (not is_close or "updated_weights" in single.codes or is_telling):
            return single
        if is_close or any(sample.agrees(number) for number in rounded_values(sample.point)):
            return rounded
        count = len(search.edits)
        if share * count * len(search.frames) < _COINCIDENCES:
            framed = best(search.framed())
            if framed:
                return framed
        if share * len(search.extras) < _COINCIDENCES:
            extra = best(search.too_much(search.frames[:1]))
            if extra:
                return extra
        if share * count * count < _COINCIDENCES:
            return best(search.twice()) or best(search.pairs()) or self._rounded_too(answer, sample)
        return self._rounded_too(answer, sample)

    def _rounded_too(self, answer: Number, sample: Sample) -> Finding | None:
        """A mistake in what is done to the whole, of a number that is rounded besides."""
        near = sample._replace(allowed=_NEAR * abs(sample.answer))
        found = best(self._search([near], answer).framed_alone())
        return Finding((*found.codes, "rounded"), (*found.about, About("rounded"))) if found else None

    def _single_of_number(self, search: Search, share: float) -> Finding | None:
        """One mistake that gives the number; with few digits, the common ones only, for chance gives the others too."""
        by_chance = share * len(search.edits)
        if by_chance > _MOST_BY_CHANCE:
            return best(finding for finding in search.framed_alone())
        single = best(search.singles())
        common = single and RANK[single.codes[0]] <= RANK["factor_missing"]
        return single if common or by_chance < _FEW_BY_CHANCE else None

    # ------------------------------------------------------------ the verdict

    def _judged(self, finding: Finding | None, answer: Answer, samples: Sequence[Sample]) -> Verdict:
        is_one = all(abs(sample.answer) == 1 for sample in samples)
        if is_one and (finding is None or "factor_missing" in finding.codes):
            return self._empty(samples)
        return self._named(finding) if finding else self._unknown(answer, samples)

    def _empty(self, samples: Sequence[Sample]) -> Verdict:
        """The answer 1: what is left when every factor is forgotten."""
        name = self.scene.variable.label
        way = f"from {notation.text(name)} to the output" if name else "to the output"
        sentence = f"None of the factors is there: the chain rule has one for each step on the way {way}."
        return Verdict(False, 0.0, "unknown", sentence, ("unknown",), ratios=_ratios(samples))

    def _named(self, finding: Finding) -> Verdict:
        codes = finding.codes
        score = score_of(self.scene, finding)
        is_rest_right = score > 0 and "rounded" not in codes and finding.about[0].kind != "wrong_variable"
        told = explanation(self.scene, finding.about, is_rest_right)
        return Verdict(False, score, merged(codes), told, codes)

    def _unknown(self, answer: Answer, samples: Sequence[Sample]) -> Verdict:
        ratios = _ratios(samples)
        told = ", ".join(shown(ratio, 4) for ratio in ratios) or "not defined, for the derivative is 0"
        where = "at three points" if len(ratios) == 3 else "at the current point"
        sentence = f"This is not the derivative, and I cannot name the mistake: answer/right is {told} {where}."
        score = score_of_unknown(self.scene, answer, samples)
        return Verdict(False, score, "unknown", sentence, ("unknown",), ratios=ratios)


def _ratios(samples: Sequence[Sample]) -> tuple[float, ...]:
    """answer/right at three points at most."""
    return tuple(sample.answer / sample.right for sample in samples if sample.right)[:3]


def _of_constant(samples: Sequence[Sample]) -> Finding | None:
    """A number too much before the whole, such as 3."""
    ratios = [sample.answer / sample.right for sample in samples if sample.right]
    if len(ratios) < _LEAST or not math.isfinite(ratios[0]):
        return None
    factor = Fraction(ratios[0]).limit_denominator(_MOST_UNDER)
    if factor in (-1, 0, 1) or any(abs(ratio - factor) > _EXACT * abs(factor) for ratio in ratios):
        return None
    extra = About("factor_extra", (None, None), abs(factor), "")
    if factor > 0:
        return Finding(("factor_extra",), (extra,))
    return Finding(("sign", "factor_extra"), (About("sign"), extra))


def _is_right(answer: Formula, program: Program, samples: Sequence[Sample]) -> bool:
    return all(_is_near(answer.number_of(program, sample.point), sample.right, sample) for sample in samples)


def _is_near(number: float | None, expected: float, sample: Sample) -> bool:
    if number is None or not math.isfinite(expected):
        return False
    return abs(number - expected) <= allowed(number, expected, sample.point.size)
