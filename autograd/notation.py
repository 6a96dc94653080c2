"""One grammar for labels: `w_11`, `w_1_10`, `a_1^(2)`, `delta_j`, `E_total`, and how each is written down.

    label       = base { "_" subscript } [ "^" superscript ]
    superscript = "(" text ")" | letters and digits

A label outside of the grammar ("my loss!") is kept as it stands.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass

_GRAMMAR = re.compile(r"(?P<base>[^\W\d_]+\d*'*)(?P<subs>(?:_[^\W_]+)*)(?:\^(?P<sup>\([^()^]*\)|[^\W_]+))?")

GREEK = {
    name: unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for lower in (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
        "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    )
    for name, size in ((lower, "SMALL"), (lower.capitalize(), "CAPITAL"))
}
SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx()+-=,", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₍₎₊₋₌,", strict=True))
SUPERSCRIPTS = dict(zip("0123456789iln()+-=−", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱˡⁿ⁽⁾⁺⁻⁼⁻", strict=True))


@dataclass(frozen=True)
class Label:
    """A label taken apart: `a_1^(2)` has base a, subscripts ("1",) and superscript (2)."""

    base: str
    subscripts: tuple[str, ...] = ()
    superscript: str = ""

    @property
    def letter(self) -> str:
        """The base as it is shown: the Greek letter for its name."""
        return GREEK.get(self.base, self.base)

    @property
    def subscript(self) -> str:
        """The subscripts in one: joined by commas, if there are several."""
        return ",".join(self.subscripts)


def read(label: str) -> Label:
    """Take a label apart.

    >>> read("w_1_10")
    Label(base='w', subscripts=('1', '10'), superscript='')
    """
    match = _GRAMMAR.fullmatch(label)
    if match is None or not all(part.isalpha() or part in "0123456789'" for part in match["base"]):
        return Label(label)
    subscripts = tuple(match["subs"].split("_")[1:]) if match["subs"] else ()
    return Label(match["base"], subscripts, match["sup"] or "")


def text(label: str) -> str:
    """The label in Unicode: subscripts and superscripts raised where Unicode has all of their characters.

    >>> text("w_11"), text("a_1^(2)"), text("delta_j"), text("w_1_10"), text("E_total"), text("b_q")
    ('w₁₁', 'a₁⁽²⁾', 'δⱼ', 'w₁,₁₀', 'Eₜₒₜₐₗ', 'b_q')
    """
    parts = read(label)
    return (
        parts.letter
        + (lowered(parts.subscript) if parts.subscript else "")
        + (raised(parts.superscript) if parts.superscript else "")
    )


def lowered(part: str) -> str:
    """A subscript in Unicode: ₁₁, or _q where a character has no lowered form."""
    return _shifted(part, SUBSCRIPTS) or f"_{part}"


def raised(part: str) -> str:
    """A superscript in Unicode: ², or ^q where a character has no raised form."""
    is_one = part.isalnum() and (part.isnumeric() or not part[0].isnumeric())  # x^½ and x^ab, but x^(½a)
    return _shifted(part, SUPERSCRIPTS) or (f"^{part}" if is_one else f"^({part})")


def identifier(label: str) -> str:
    """The label as a Python name, shared by everything that reads or writes source.

    >>> identifier("a_1^(2)"), identifier("lambda"), identifier("my loss!")
    ('a_1__2', 'lambda_', 'my_loss_')
    """
    name = re.sub(r"\^\(?([^()]*)\)?", r"__\1", label)
    # Python itself reads names in this normal form, in which x₁ is x1 and ﬁ is fi.
    name = "".join(c if f"_{c}".isidentifier() else "_" for c in unicodedata.normalize("NFKC", name))
    if not name.isidentifier():
        name = "_" + name
    return name + "_" if keyword.iskeyword(name) else name


def _shifted(part: str, alphabet: dict[str, str]) -> str:
    """`part` in small raised or lowered characters, or nothing if one is missing."""
    return "".join(alphabet.get(character, "") for character in part) if set(part) <= set(alphabet) else ""
