"""How a derivation ends: what is done to the whole derivative, rightly or wrongly.

A sign, a factor, the learning rate, an update rule, a weight-decay term. With weight decay λ the right end is + λ·w.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .edits import About, Edit, Fresh
from .points import Point, Scene


class Frame(NamedTuple):
    """One way to end: the codes of what is wrong with it (none if it is right), and what it makes of the derivative."""

    codes: tuple[str, ...]
    about: tuple[About, ...]
    apply: Callable[[Point, float], float]

    def alone(self, point: Point) -> float:
        """What the answer is if the derivative is right."""
        return self.apply(point, point.right)

    def after(self, edit: Edit) -> Fresh:
        """What the answer is with a mistake in the graph too."""
        return lambda point: self.apply(point, edit.derivative(point))


def frames(scene: Scene, rate: Fresh | None, decay: Fresh | None, is_decay_given: bool) -> list[Frame]:
    """The right way to end first, then the wrong ones; pairs of them last."""
    variable = scene.variable

    def weight(point: Point) -> float:
        return point.numbers.get(variable, variable.data)

    def whole(point: Point, g: float) -> float:
        return g + (decay(point) * weight(point) if decay and is_decay_given else 0.0)

    def scaled(scale: Fresh) -> Callable[[Point, float], float]:
        return lambda point, g: scale(point) * whole(point, g)

    def updated(rate: Fresh, sign: int) -> Callable[[Point, float], float]:
        return lambda point, g: weight(point) + sign * rate(point) * whole(point, g)

    scales = _scales(scene, rate)
    result = [Frame((), (), whole)]
    result += [Frame((code,), (about,), scaled(scale)) for code, about, scale in scales]
    if rate:
        result += [Frame(("learning_rate",), (About(told),), updated(rate, sign))
                   for sign, told in ((-1, "update"), (1, "update_up"))]  # fmt: skip
    result += _decays(weight, decay, is_decay_given) if decay else []
    for index, (code, about, scale) in enumerate(scales):
        for other_code, other_about, other in scales[index:]:
            if code != other_code or code == "factor_two":
                both = scaled(_product(scale, other))
                result.append(Frame((code, other_code), (about, other_about), both))
    return result


def _product(one: Fresh, other: Fresh) -> Fresh:
    return lambda point: one(point) * other(point)


def _constant(number: float) -> Fresh:
    return lambda point: number


def _scales(scene: Scene, rate: Fresh | None) -> list[tuple[str, About, Fresh]]:
    minus = _constant(-1.0)
    found: list[tuple[str, About, Fresh]] = [("sign", About("sign"), minus)]
    if rate:
        found.append(("learning_rate", About("learning_rate"), rate))
        found.append(("learning_rate", About("step"), _product(minus, rate)))
    for factor, told in ((2.0, "two"), (0.5, "half")):
        found.append(("factor_two", About(told), _constant(factor)))
    for count in scene.term_counts:
        found.append(("mean_for_sum", About("sum_for_mean", None, count), _constant(count)))
        found.append(("mean_for_sum", About("mean_for_sum", None, count), _constant(1 / count)))
    return found


def _decays(weight: Fresh, decay: Fresh, is_given: bool) -> Iterator[Frame]:
    """The weight-decay term forgotten, without its λ or its weight, with a wrong sign or factor; or not asked for."""
    right = _product(decay, weight)
    wrong: list[tuple[str, Fresh]] = [
        ("decay_missing", _constant(0.0)) if is_given else ("decay_added", right),
        ("decay_unscaled", weight),
        ("decay_sign", _product(_constant(-1.0), right)),
        ("decay_weight", decay),
        ("decay_double", _product(_constant(2.0), right)),
        ("decay_half", _product(_constant(0.5), right)),
        ("decay_square", _product(right, weight)),
        ("decay_penalty", _product(_constant(0.5), _product(right, weight))),
    ]
    for told, term in wrong:
        yield Frame(("weight_decay",), (About(told),), _plus(term))


def _plus(term: Fresh) -> Callable[[Point, float], float]:
    return lambda point, g: g + term(point)
