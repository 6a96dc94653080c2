r"""What the commands of LaTeX mean in a formula: `\cdot` is ·, `\delta` is δ, `\,` is a space."""

from __future__ import annotations

from ..notation import GREEK

SPACES = frozenset([
    " ", ",", ";", ":", "!", ">", "/", "quad", "qquad", "thinspace", "medspace", "thickspace", "enspace",
    "negthinspace", "nobreakspace", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "mathstrut",
    "strut",
])  # fmt: skip

SIGNS = {
    "cdot": "·", "times": "×", "ast": "*", "div": "÷", "lt": "<", "gt": ">", "colon": ":", "vert": "|", "%": "%",
    "partial": "∂", "infty": "∞", "lparen": "(", "rparen": ")", "prime": "'", "$": "$", "_": "_", "cdotp": "·",
    "slash": "/", "dagger": "†", "bullet": "·",
}  # fmt: skip

# A delimiter: the bracket that it opens or closes, as it is written in a plain formula.
OPENING = {"{": "{", "lbrace": "{", "lbrack": "[", "lvert": "|", "lVert": "‖", "lgroup": "("}
CLOSING = {"}": "}", "rbrace": "}", "rbrack": "]", "rvert": "|", "rVert": "‖", "rgroup": ")"}

LETTERS = {
    **{name: letter for name, letter in GREEK.items() if name.isascii()},
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "varsigma": "ς", "varpi": "π", "varkappa": "κ",
    "ell": "ℓ", "imath": "ı", "jmath": "ȷ", "hbar": "ħ",
}  # fmt: skip

ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303",
    "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "acute": "\u0301", "grave": "\u0300",
    "breve": "\u0306",
}  # fmt: skip

# What these hold is a name as it stands; and what the others hold is only set in another face.
TEXTS = frozenset([
    "text", "textrm", "textit", "textbf", "textsf", "texttt", "mathrm", "mathit", "mathsf", "mathtt", "operatorname",
    "mbox", "hbox",
])  # fmt: skip
FACES = TEXTS | {
    "mathbf", "mathcal", "mathbb", "mathfrak", "mathscr", "mathnormal", "boldsymbol", "bm", "bf", "pmb", "underline",
}  # fmt: skip

FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"])
SIZES = frozenset(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
) | {"left", "right"}  # fmt: skip

_LINES = "a formula is one expression here: leave the surroundings and the alignment out"
REFUSED = {
    "begin": _LINES, "end": _LINES, "\\": _LINES, "[": "\\[ stands around the whole formula only",
    "]": "\\[ \\] stand around the whole formula only", "(": "\\( stands around the whole formula only",
    ")": "\\( \\) stand around the whole formula only",
    "sum": "write the terms of the sum out", "prod": "write the factors of the product out",
    "int": "there are no integrals here", "lim": "there are no limits here", "over": r"write \frac{a}{b}",
    "pm": "write one formula, with + or -", "mp": "write one formula, with + or -",
    "nabla": "write the derivative out, in the names of the graph", "dots": "write all of it out",
    "cdots": "write all of it out", "ldots": "write all of it out", "left": "no bracket follows it",
    "right": "no bracket follows it", "middle": "write abs(x) for |x|",
    "approx": "write one formula, without a relation",
    **dict.fromkeys(("le", "leq", "ge", "geq", "ne", "neq"), "only > and < compare"),
    **dict.fromkeys(("langle", "rangle", "Vert", "|", "lVert", "rVert"), "write the brackets as ( )"),
    **dict.fromkeys(("odot", "circ", "otimes", "oplus", "star"), "numbers are multiplied with \\cdot"),
    **dict.fromkeys(("mathbf", "text"), "a group in braces was expected behind it"),
}  # fmt: skip
