"""The judge's sentences. Each says what is missing or wrong by the user's own names, with the number it has now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .. import notation
from ..printers.runs import shown
from ..printers.text import text
from ..symbol import Expression
from .edits import About, local_part
from .programs import number_of

if TYPE_CHECKING:
    from ..value import Value
    from .points import Scene

_LONGEST = 80  # characters of a formula within a sentence


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


class Words:
    """The names, formulas and numbers of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def name(self, node: Value) -> str:
        """The node as its label is written, or its formula if it has none."""
        if node is self.scene.output and not node.label:
            return "the output"
        return notation.text(node.label) if node.label else self.formula(self.scene.expression(node))

    def names(self, nodes: Iterable[Value]) -> str:
        """`h₁`, `h₁ and h₂`, `h₁, h₂ and 3 more`."""
        told = list(dict.fromkeys(map(self.name, nodes)))
        if len(told) > 4:
            told[3:] = [f"{len(told) - 3} more"]
        return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)

    def unit(self, nodes: Sequence[Value]) -> str:
        """`of h₁` for units with names, else the formula of the activation itself."""
        return f"of {self.names(nodes)}" if nodes[0].label or nodes[0] is self.scene.output else self.names(nodes)

    @property
    def output(self) -> str:
        """The name of the output in ∂L/∂w."""
        return notation.text(self.scene.output.label) if self.scene.output.label else "L"

    def delta(self, node: Value) -> str:
        """` = 0.031`, what ∂L/∂node is at the current point."""
        here = self.scene.here
        return f" = {shown(here.adjoint[self.scene.number_of_node[node]], 4)}" if here else ""

    def formula(self, expression: Any) -> str:
        """A formula as text, cut if it is long."""
        told = text(expression)
        return told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"

    def valued(self, expression: Any) -> str:
        """A formula with its number at the current point: `h₁(1 − h₁) = 0.2445`."""
        told = self.formula(expression)
        here = self.scene.here
        if not isinstance(expression, Expression) or here is None:
            return told
        number = number_of(expression, here.names)
        told = f"({told})" if " if " in told else told
        return told if math.isnan(number) else f"{told} = {shown(number, 4)}"

    def number(self, node: Value) -> str:
        """`h₁ = 0.57` at the current point."""
        here = self.scene.here
        number = here.numbers.get(node) if here else None
        return self.name(node) if number is None else f"{self.name(node)} = {shown(number, 4)}"

    def share(self, number: int, other: int) -> str:
        """The value of what goes through an edge, as `; it contributes 0.031`."""
        here = self.scene.here
        if here is None:
            return ""
        share = 0.0
        for place, edge in enumerate(self.scene.edges):
            if (edge.parent, edge.child) == (number, other):
                share += here.adjoint[other] * here.slopes[place] * here.tangent[number]
        return f", which contributes {shown(share, 4)}"

    def uses(self, number: int, other: int) -> int:
        """How often one node uses another: x·x uses x twice."""
        return sum((edge.parent, edge.child) == (number, other) for edge in self.scene.edges)

    def path(self, ends: tuple[Value, Value]) -> str:
        """A path, by the first named node after the place where it forks."""
        parent, child = ends
        if parent is child:
            return f"through {self.name(parent)}"
        return f"from {self.name(parent)} through {self.name(self.after(child))}"

    def along(self, nodes: Sequence[Value]) -> str:
        """A whole path, by its named nodes."""
        named = [self.name(node) for node in nodes if node.label]
        if len(named) > 6:
            named[3:-2] = ["…"]
        return "through " + " → ".join(named) if named else "through " + self.name(nodes[0])

    def after(self, node: Value) -> Value:
        """The first labelled node on the way from here to the output."""
        number = self.scene.number_of_node[node]
        while not self.scene.nodes[number].label and self.scene.edges_out[number]:
            number = self.scene.edges[self.scene.edges_out[number][0]].child
        named = self.scene.nodes[number]
        return node if named is self.scene.output and not _is_long(self.scene, node) else named


def _is_long(scene: Scene, node: Value) -> bool:
    return len(text(scene.expression(node))) > _LONGEST // 2


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
