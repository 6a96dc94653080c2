"""`check`: is the student's derivative right, and if not, which mistake is it?"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .. import notation
from ..by_hand import require_formulas
from ..errors import LabelError, OperandError
from ..formulas.spelling import Names as Spellings
from ..formulas.spelling import label_of
from ..graph import topological_order, unknown_label
from ..op import describe, is_node, plain_number
from ..views import View
from .answers import Formula, Names, Number, UnreadableError, mentions_delta, read_answer
from .cases import Case, Terms
from .names import consumers, is_bias, operands_of_sum
from .points import Scene
from .verdict import RANK, Verdict, unreadable

if TYPE_CHECKING:
    from ..value import Value


def check(
    L: Value,
    wrt: Value | str | Iterable[Value | str] | None,
    answer: Any,
    *,
    lr: float | None = None,
    weight_decay: float | None = None,
    rng: int | random.Random = 0,
) -> Verdict:
    """Whether `answer` is ∂L/∂wrt; if not, which mistake it is, in one sentence, and what is right of it.

    A formula is compared as a function, at random points of the graph's inputs; a number at the current point, to the
    digits given; a Python function by its parameters' names. A dict has answers for several weights.

    >>> from autograd import parse
    >>> L = parse("(sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)
    >>> check(L, "w", "(σ(w x + b) - t)·σ(w x + b)·(1 - σ(w x + b))·x").correct
    True
    >>> verdict = check(L, "w", "(t - σ(w x + b))·σ(w x + b)·(1 - σ(w x + b))·x")
    >>> verdict.mistake
    'sign'

    With a `weight_decay` λ the right answer is ∂L/∂wrt + λ·wrt. The learning rate `lr` lets the judge see that it is
    part of an answer, or that updated weights were used; both may be named in a formula (η, λ). At a kink a number
    between the slopes of both sides is right.

    What cannot be read is a verdict (`unreadable`, with the position), not an error; so is a key of a dict that no node
    belongs to. Raises OperandError if L is no Value, lr or weight_decay no finite number, or rng neither a whole number
    nor a random.Random, LabelError for a `wrt` that is no label of the graph.
    """
    if not is_node(L) or not hasattr(L, "parents"):
        raise OperandError(f"check takes the output as a Value; it was given {describe(L)}", op="check", operands=(L,))
    judge = _Judge(L, _number_or_none(lr, "lr"), _number_or_none(weight_decay, "weight_decay"), rng)
    if isinstance(answer, Mapping):
        return judge.all(wrt, answer)
    return judge.one(judge.node(wrt), answer)


def _number_or_none(number: float | None, name: str) -> float | None:
    if number is None:
        return None
    found = plain_number(number, f"check's {name}", "a number")
    if not math.isfinite(found):
        raise OperandError(f"check's {name} is a finite number; it was given {found}", op="check", operands=(number,))
    return found


def _seed(rng: Any) -> int:
    """The seed of the points that answers are compared at."""
    if isinstance(rng, random.Random):
        return rng.randrange(2**32)
    if not isinstance(rng, int) or isinstance(rng, bool):
        raise OperandError(f"check's rng is a whole number or a random.Random; it was given {describe(rng)}",
                           op="check", operands=(rng,))  # fmt: skip
    return rng


class _Judge:
    """A graph, and what the teacher said about it."""

    def __init__(self, output: Value, lr: float | None, weight_decay: float | None, rng: int | random.Random) -> None:
        order = topological_order(output)
        require_formulas(order, "check")
        self.output = output
        self.terms = Terms(lr, weight_decay, _seed(rng))
        self.view = View(output)
        self.by_label = {node.label: node for node in self.view.nodes if node.label}
        self.spellings = Spellings(self.by_label, kindly=True)
        self.using = consumers(order)

    def node(self, wrt: Any) -> Value:
        """The node that is meant."""
        if is_node(wrt) and hasattr(wrt, "parents"):
            node: Value = wrt
            return node
        if not isinstance(wrt, str):
            raise OperandError(f"check takes a Value or a label as wrt; it was given {describe(wrt)}", op="check")
        found = self.spellings.find(label_of(wrt), wrt)
        if len(found) != 1:
            raise unknown_label(wrt, list(self.by_label)[:12])
        return self.by_label[found[0]]

    # ------------------------------------------------------------ one answer

    def one(self, variable: Value, answer: Any) -> Verdict:
        """The verdict on one answer."""
        scene = Scene(self.output, variable, self.view)
        try:
            read = read_answer(answer, Names(scene, mentions_delta(answer)))
        except UnreadableError as error:
            return unreadable(_as_sentence(str(error)), error.position)
        case = Case(self.terms, scene)
        if isinstance(read, Number):
            return case.number(read)
        if isinstance(read, Formula) and read.ambiguous:
            return case.ambiguous(read)
        return case.function(read)

    # ------------------------------------------------------------ many answers

    def all(self, wrt: Any, answers: Mapping[Any, Any]) -> Verdict:
        """The verdict on answers for several weights."""
        given, strange = self._given(answers)
        listed = isinstance(wrt, Iterable) and not isinstance(wrt, str)
        wanted = [self.node(key) for key in wrt] if listed else [self.node(wrt)] if wrt is not None else list(given)
        biases = [] if wrt is not None else self._biases_beside(given)
        parts: dict[str, Verdict] = {}
        for node in dict.fromkeys([*wanted, *biases]):
            label = self.view.name(node) if node in self.view else node.label or "a node outside of the graph"
            parts[label] = self.one(node, given[node]) if given.get(node) is not None else self._missing(node)
        return _together({**parts, **strange})

    def _given(self, answers: Mapping[Any, Any]) -> tuple[dict[Value, Any], dict[str, Verdict]]:
        """The answers by node, and a verdict on each that belongs to nothing here: the keys are the student's too."""
        given: dict[Value, Any] = {}
        strange: dict[str, Verdict] = {}
        for key, answer in answers.items():
            try:
                node = self.node(key)
            except (LabelError, OperandError):
                node = None
            if node is not None and (node in self.view or node.label):
                given[node] = answer
            else:
                name = key if isinstance(key, str) else describe(key)
                strange[name] = unreadable(f"There is nothing here that {name!r} can be an answer for.")
        return given, strange

    def _missing(self, node: Value) -> Verdict:
        if is_bias(node, self.using.get(node, ())):
            return Verdict(False, 0.0, "bias_missing", f"There is no answer for the bias {notation.text(node.label)}.",
                           ("bias_missing",))  # fmt: skip
        return unreadable(f"There is no answer for {notation.text(node.label)}.")

    def _biases_beside(self, given: Iterable[Value]) -> list[Value]:
        """The labelled biases of the sums in which the answered weights stand."""
        leaves = {node for node in given if node.op is None}
        found = []
        for node in self.view.nodes:
            users = self.using.get(node, ())
            is_other = node.op is None and node.label and node not in leaves and is_bias(node, users)
            if is_other and any(leaves.intersection(operands_of_sum(user)) for user in users):
                found.append(node)
        return found


def _as_sentence(told: str) -> str:
    """With a capital and a full stop, but after a question."""
    return told[:1].upper() + told[1:] + ("" if told.endswith((".", "?")) else ".")


def _together(parts: Mapping[str, Verdict]) -> Verdict:
    """One verdict from the verdicts on all weights."""
    if not parts:
        return unreadable("The dict has no answers.")
    wrong = {label: part for label, part in parts.items() if not part.correct}
    score = sum(part.score for part in parts.values()) / len(parts)
    if not wrong:
        return Verdict(True, 1.0, explanation=f"All {len(parts)} answers are right.", parts=parts)
    codes = sorted({part.mistake or "unknown" for part in wrong.values()}, key=RANK.__getitem__)
    mistake = codes[0] if len(codes) == 1 else "combination"
    label, first = next(iter(wrong.items()))
    told = ", ".join(notation.text(label) for label in list(wrong)[:6]) + (", …" if len(wrong) > 6 else "")
    count = f"{len(parts) - len(wrong)} of {len(parts)} answers are right; not yet {told}."
    sentence = f"{count} {notation.text(label)}: {first.explanation}"
    return Verdict(False, score, mistake, sentence, tuple(codes), parts=parts)
