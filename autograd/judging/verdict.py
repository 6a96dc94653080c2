"""What the judge says: right or wrong, which mistake it is, and one kind sentence.

The codes of mistakes, in the order in which they are preferred where several of them give the same function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .. import notation
from ..errors import AutogradError

PREFERENCE = (
    "bias_missing",
    "weight_decay",
    "learning_rate",
    "sign",
    "input_missing",
    "activation_missing",
    "activation_at_output",
    "updated_weights",
    "exponent",
    "mean_for_sum",
    "factor_two",
    "path_missing",
    "factor_missing",
    "activation_wrong",
    "factor_doubled",
    "factor_extra",
    "swapped_operands",
    "wrong_index",
    "rounded",
    "combination",
    "unreadable",
    "unknown",
)
"""Every code, the preferred one first.

Different mistakes may give the same function; then the first of these is named, for these reasons:

- `bias_missing` before all: 0 for a bias says that it was forgotten, not that its only path was.
- `weight_decay`, `learning_rate`: the teacher gave λ and η, so they are at stake.
- `sign` before `swapped_operands`: t − y for y − t is called a sign.
- `input_missing`, `activation_missing` before `factor_missing`: they say which kind of factor it is.
- `exponent`, `mean_for_sum` before `factor_two` and `factor_doubled`: a factor n of x^n or of a mean says where it
  comes from. Yet x for 2x is `factor_two`, and so is a factor 2 or ½ where no mean of two is taken.
- `path_missing` before `factor_missing`: a term dropped from 1 − y is a forgotten term.
- `activation_wrong` after `factor_missing`: h for h(1 − h) is a forgotten 1 − h, not the slope of a softplus. A wrong
  exponent in the slope of a unit (1 − h for 1 − h²) is `activation_wrong`, not `exponent`: no power is differentiated.
- `factor_doubled` before `factor_extra`: that a factor is there already says more.
- `wrong_index` late: with one input, x₂ for x₁ is rarer than what else gives the same.
- `combination` only when no single mistake explains the answer.
"""

RANK = {code: rank for rank, code in enumerate(PREFERENCE)}


@dataclass(frozen=True)
class Verdict:
    """What `check` says of an answer; it is true if the answer is right.

    `mistake` is a code of `PREFERENCE` (None if right) and `mistakes` holds both codes of a combination. `score` is
    from 0 to 1, with partial credit for right factors and paths. `ratios` are answer/right at three points where the
    mistake could not be named, `position` is where an answer could not be read, and `parts` are the verdicts by label
    where a dict was judged.
    """

    correct: bool
    score: float
    mistake: str | None = None
    explanation: str = ""
    mistakes: tuple[str, ...] = ()
    ratios: tuple[float, ...] = ()
    position: int | None = None
    parts: Mapping[str, Verdict] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        return self.correct

    def __str__(self) -> str:
        lines = [f"{self._heading()} {self.explanation}".rstrip()]
        lines += [f"  {_name(label)}: {part}" for label, part in self._parts_told().items()]
        return "\n".join(lines)

    def _parts_told(self) -> dict[str, Verdict]:
        """The parts, without what the explanation of the whole has said already."""
        return {
            label: replace(part, explanation="") if part.explanation in self.explanation else part
            for label, part in self.parts.items()
        }

    def _heading(self) -> str:
        return "Right." if self.correct else f"Not yet ({self.mistake}, score {self.score:.2f})."

    def _repr_markdown_(self) -> str:
        head = "**Right.**" if self.correct else f"**Not yet** (`{self.mistake}`, score {self.score:.2f})."
        lines = [f"{head} {_plain(self.explanation)}".rstrip()]
        if self.parts:
            lines.append("")
            told = self._parts_told().items()
            lines += [f"- {_plain(_name(label))}: {part._repr_markdown_()}" for label, part in told]
        return "\n".join(lines)


def _name(label: str) -> str:
    """A label as sentences write it; what a student made up stays as it is."""
    try:
        return notation.text(label)
    except AutogradError:
        return label


def _plain(text: str) -> str:
    """`text` with nothing in it that Markdown would take for a sign or for HTML."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~$&" else " " if c == "\n" else c for c in text)


def right(explanation: str = "") -> Verdict:
    """The verdict on a right answer."""
    return Verdict(True, 1.0, explanation=explanation)


def unreadable(explanation: str, position: int | None = None) -> Verdict:
    """The verdict on what is no answer at all."""
    return Verdict(False, 0.0, "unreadable", explanation, ("unreadable",), position=position)
