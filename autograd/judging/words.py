"""The judge's sentences. Each says what is missing or wrong by the user's own names, with the number it has now."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .. import notation
from ..printers.runs import shown
from ..symbol import Expression
from .edits import About, local_part
from .programs import number_of
from .slopes import slope_formula
from .vocabulary import Words

if TYPE_CHECKING:
    from .points import Scene

_SHORT = 24  # of a derivative between named nodes that is written out


def explanation(scene: Scene, about: Sequence[About], is_rest_right: bool = True) -> str:
    """One sentence for one mistake, one sentence of two halves for two."""
    clauses = [clause(scene, each) for each in about]
    if len(clauses) == 1:
        rest = "; the rest is right" if is_rest_right else ""
        return f"{clauses[0][0].upper()}{clauses[0][1:]}{rest}."
    if clauses[0] == clauses[1]:
        return f"One thing, twice: {clauses[0]}."
    return f"Two things: {clauses[0]}; and {clauses[1]}."


def clause(scene: Scene, about: About) -> str:
    """What one mistake is, without a full stop."""
    part = local_part(scene, about.part)
    words = Words(scene)
    template = _CLAUSES.get(about.kind)
    return template(words, about._replace(part=part)) if template else f"check the step with {words.name(about.node)}"


def _paths(words: Words, about: About) -> str:
    ends = about.node
    if about.kind == "paths":
        ways = list(ends)
        more = f" and {len(ways) - 2} more" if len(ways) > 2 else ""
        return f"{len(ways)} paths are forgotten: " + ", ".join(words.path(way) for way in ways[:2]) + more
    parent, child = ends
    numbers = words.scene.number_of_node
    if (uses := words.uses(numbers[parent], numbers[child])) > 1:
        counted = f"{uses - 1} of the {uses} uses of {words.name(parent)} in {words.name(child)}"
        return f"only {counted} {'is' if uses == 2 else 'are'} counted"
    share = words.share(numbers[parent], numbers[child]) if parent is not child else ""
    return f"the path {words.path(ends)} is forgotten{share}"


def _index(words: Words, about: About) -> str:
    here = words.scene.here
    by_label = here.names if here else {}
    told = []
    for right, wrong in about.part.items():
        if right != wrong:
            number = f" = {shown(by_label[wrong], 4)}" if wrong in by_label else ""
            told.append(f"{notation.text(wrong)}{number} stands where {notation.text(right)} belongs")
    where = f" in the derivative of {words.name(about.node)}" if about.node is not None else ""
    return "an index is wrong: " + " and ".join(told[:2]) + where


def _power(words: Words, about: About) -> str:
    rule = "differentiating lowers an exponent by one and brings it to the front"
    return f"look at the power in {words.valued(about.part)}: {rule}"


def _factor(verb: str) -> Callable[[Words, About], str]:
    def told(words: Words, about: About) -> str:
        part = about.part
        if not isinstance(part, Expression):
            return f"the constant factor {words.formula(part)} {verb}"
        return f"the factor {words.valued(part)} {verb}"

    return told


def _composite(words: Words, about: About) -> str:
    told = words.formula(about.part)
    if len(told) <= _SHORT:
        return f"the factor {words.valued(about.part)} {about.now}"
    here = words.scene.here
    number = number_of(about.part, here.names) if here else math.nan
    value = "" if math.isnan(number) else f" = {shown(number, 4)}"
    over, under = map(words.name, about.node)
    return f"the factor ∂{over}/∂{under}{value} {about.now}"


def _extra(words: Words, about: About) -> str:
    where, node = about.node
    if isinstance(where, list):
        place = f", in the path {words.along(where)}"
    else:
        place = f", in the path {words.path(where)}" if where else ""
    if about.now == "delta":
        about = about._replace(node=about.part)
        return f"there is a factor too much, {_delta(words, about)}{place}"
    reason = ""
    if about.now == "bias" and not where:
        reason = f": {words.name(words.scene.variable)} enters its sum with the slope 1"
    elif about.now == "linear":
        reason = f": {words.name(node)} is linear, no activation follows its sum"
    return f"there is a factor too much, {words.valued(about.part)}{place}{reason}"


def _variable_of_another(words: Words, about: About) -> str:
    other, variable = (f"∂{words.output}/∂{words.name(node)}" for node in (about.node, words.scene.variable))
    return f"this is {other}, while {variable} is asked for"


def _neighbour(words: Words, about: About) -> str:
    other, variable = words.name(about.node), words.name(words.scene.variable)
    return f"every term has a factor too much: this is ∂{words.output}/∂{other}, but {variable} enters with the slope 1"


def _slope_of_other(words: Words, about: About) -> str:
    nodes, (other, is_at_output) = about.node, about.now
    formula = slope_formula(words.scene, other, nodes[0], is_at_output)
    told = "" if formula is None else f", {words.valued(formula)},"
    own = "an activation" if nodes[0].op is None else nodes[0].op.name
    return f"the slope of {other.name}{told} stands where that of {own} belongs, at {words.names(nodes)}"


def _exponent_of_slope(words: Words, about: About) -> str:
    if about.now is None:
        return f"an exponent is not right in the derivative of the activation {words.unit([about.node])}"
    now, part = words.formula(about.now), words.formula(about.part)
    return f"the derivative of the activation {words.unit([about.node])} has {now} where {part} belongs"


def _own_factor(words: Words, about: About) -> str:
    wrong = words.number(about.node[0])
    return f"the wrong operand of a product is left: {wrong} stands where {words.valued(about.part)} belongs"


def _everywhere(words: Words, about: About) -> str:
    others = about.node - 1
    return f"{clause(words.scene, about.part)}, and likewise at {others} other place{'s' * (others > 1)}"


def _stretch(words: Words, about: About) -> str:
    numbers, here = words.scene.number_of_node, words.scene.here
    over, under = (f"({name})" if " " in name or name[0] in "−√" else name for name in map(words.name, about.node))
    top, bottom = (numbers[node] for node in about.node)
    rest = here.adjoint[top] * here.tangent[bottom] if here else 0.0
    value = f" = {shown(here.right / rest, 4)}" if here and rest else ""
    return f"the factor ∂{words.output if top == len(numbers) - 1 else over}/∂{under}{value} is missing"


def _plain(sentence: str) -> Callable[[Words, About], str]:
    return lambda words, about: sentence


def _with_names(sentence: str) -> Callable[[Words, About], str]:
    def told(words: Words, about: About) -> str:
        nodes = about.node if isinstance(about.node, list) else [about.node]
        return sentence.format(names=words.names(nodes), units=words.unit(nodes), first=words.number(nodes[0]))

    return told


def _activation(words: Words, about: About) -> str:
    return f"the derivative of the activation {words.unit([about.node])} is missing: {words.valued(about.part)}"


def _variable(sentence: str) -> Callable[[Words, About], str]:
    def told(words: Words, about: About) -> str:
        variable = words.scene.variable
        return sentence.format(w=words.number(variable), name=words.name(variable))

    return told


def _last_factor(words: Words, about: About) -> str:
    local = f"∂{words.name(words.after(about.node))}/∂{words.name(words.scene.variable)}"
    return f"the last factor is missing, {local}: {words.valued(about.part)}"


def _delta(words: Words, about: About) -> str:
    return f"∂{words.output}/∂{words.name(about.node)}{words.delta(about.node)}"


def _mean(words: Words, about: About) -> str:
    if isinstance(about.part, int):
        return f"the terms are averaged: there is a factor 1/{about.part} too much"
    return f"the mean has a factor {words.formula(about.part)} that is missing"


def _other_node(words: Words, about: About) -> str:
    wrong, right = (f"∂{words.output}/∂{words.name(node)}" for node in (about.part, about.node))
    return f"an index is wrong: {wrong} stands where {right} belongs"


def _sign(words: Words, about: About) -> str:
    return f"one sign is flipped, in the factor of {words.name(about.node)}: {words.valued(about.part)}"


def _sign_of_term(words: Words, about: About) -> str:
    term, whole = words.formula(about.part).removeprefix("−"), words.formula(about.now)
    return f"one sign is wrong, at the term {term} of {whole}"


def _division(words: Words, about: About) -> str:
    return f"the operands are swapped in {words.valued(words.scene.view.formula(about.node))}"


def _raised(words: Words, about: About) -> str:
    return f"an exponent is not right: {shown(about.part, 4)} stands where one step beside it is meant"


_AT_OUTPUT = (
    "the derivative of the activation {units} is taken at its output ({first}) instead of at the weighted sum "
    "before it"
)
_AT_SUM = (
    "the derivative of the activation {units} is written with the weighted sum where the output ({first}) belongs"
)
_UPDATED = "updated weights are used on the way back ({names}); the gradient needs the old ones, {first}"
_BIAS = "the gradient of the bias {name} is forgotten: it is δ itself, for the bias enters with the slope 1"

_CLAUSES: dict[str, Callable[[Words, About], str]] = {
    "activation_missing": _activation,
    "activations_missing": _with_names("the derivatives of the activations {units} are missing"),
    "activation_at_output": _with_names(_AT_OUTPUT),
    "activation_at_sum": _with_names(_AT_SUM),
    "input_missing": _last_factor,
    "inputs_missing": _variable("the last factor is missing: what {name} is multiplied with"),
    "bias_missing": _variable(_BIAS),
    "factor_missing": _factor("is missing"),
    "factor_doubled": _factor("stands there twice"),
    "factor_two": _factor("is missing"),
    "composite": _composite,
    "activation_wrong": _slope_of_other,
    "exponent_of_slope": _exponent_of_slope,
    "factor_extra": _extra,
    "neighbour": _neighbour,
    "wrong_variable": _variable_of_another,
    "everywhere": _everywhere,
    "stretch": _stretch,
    "delta_missing": lambda words, about: f"a whole δ is missing: {_delta(words, about)}",
    "delta_doubled": lambda words, about: f"a whole δ stands there twice: {_delta(words, about)}",
    "mean_for_sum": _mean,
    "sum_for_mean": lambda words, about: f"there is a factor {about.part} too much: a sum instead of a mean",
    "term": lambda words, about: f"one term is forgotten: {words.valued(about.part)}",
    "path": _paths,
    "paths": _paths,
    "whole_path": lambda words, about: f"the path {words.along(about.node)} is forgotten",
    "sign_path": lambda words, about: f"the sign of the path {words.along(about.node)} is flipped",
    "exponent": _power,
    "exponent_inside": _raised,
    "sign": _plain("the sign is flipped: count the minus signs of the inner derivatives once more"),
    "sign_edge": _sign,
    "sign_term": _sign_of_term,
    "sign_inside": _plain("one plus or minus inside of the formula is flipped"),
    "swapped_operands": lambda words, about: f"the operands are swapped in {words.valued(about.part)}",
    "swapped_division": _division,
    "swapped_product": _own_factor,
    "swapped_minus": _plain("the operands of a minus are swapped"),
    "swapped_fraction": _plain("numerator and denominator of a fraction are swapped"),
    "two": _plain("there is a factor 2 too much: look at the square and the ½ before it"),
    "half": _plain("a factor 2 is missing, or a ½ too much: look at the square and what stands before it"),
    "learning_rate": _plain("the learning rate is part of the update, not of the gradient"),
    "step": _plain("this is the step −η·gradient; the gradient itself has no learning rate and no minus"),
    "update": _variable("this is the new weight, {w} minus a step; the gradient alone is asked for"),
    "update_up": _variable("this is a new weight, {w} plus a step; the gradient alone is asked for"),
    "updated_weights": _with_names(_UPDATED),
    "updated_away": _with_names(_UPDATED),
    "decay_missing": _variable("the weight-decay term λ·{name} is missing, with {w}"),
    "decay_added": _variable("a weight-decay term λ·{name} is added, but none was asked for"),
    "decay_unscaled": _variable("the weight-decay term has no λ: {w} stands there by itself"),
    "decay_sign": _variable("the weight-decay term has the wrong sign: λ·{name} is added to the gradient"),
    "decay_weight": _variable("the weight-decay term is λ alone; the weight {w} belongs to it"),
    "decay_double": _variable("the weight-decay term is doubled: the penalty is ½λ·{name}², its derivative λ·{name}"),
    "decay_half": _variable("the weight-decay term is halved: the derivative of ½λ·{name}² is λ·{name}"),
    "decay_square": _variable("the weight-decay term is not differentiated: {name} is squared in it"),
    "decay_penalty": _variable("the weight-decay term is the penalty itself, not its derivative"),
    "wrong_index": _index,
    "wrong_node": _other_node,
    "rounded_constant": _plain("a number in the formula is rounded too early: keep fractions, or more digits"),
    "rounded_here": _plain("numbers stand where names belong: it is right at the current point only"),
    "rounded": _plain("it is close, but rounded too early: keep more digits of the intermediate results"),
}
