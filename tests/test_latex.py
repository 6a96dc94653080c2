r"""LaTeX: the shape a person writes, read back by an independent reader, and compiled by a real LaTeX."""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess

import pytest

from autograd import abs as absolute
from autograd import exp, greater, sigmoid, sqrt, where
from autograd.atoms import Derivative, Numeral, Omitted, PathSum
from autograd.custom import custom
from autograd.errors import GraphTooLargeError
from autograd.notation import GREEK
from autograd.op import TABLE, Notation
from autograd.printers.latex import latex, latex_label, latex_text
from autograd.simplify import Power, Product, Sum, simplify
from autograd.symbol import Call, Symbol

a, b, x, y, z = (Symbol(name) for name in ("a", "b", "x", "y_1", "z"))


def times(*factors):
    return Product(1, factors)


SHAPES = {
    "y(1 - y)": (y * (1 - y), "y_{1}(1 - y_{1})"),
    "a dot elsewhere": (a * b * (1 - z), r"a \cdot b \cdot (1 - z)"),
    "sigma": (sigmoid(z) * (1 - sigmoid(z)), r"\sigma(z)(1 - \sigma(z))"),
    "sign of a fraction": (-a / b**2, r"-\frac{a}{b^{2}}"),
    "no brackets in a fraction": ((a + 1) / (b - 1), r"\frac{a + 1}{b - 1}"),
    "half": ((a - b) ** 2 / 2, r"\tfrac{1}{2}(a - b)^{2}"),
    "no half of twice": (0.5 * (2 * (a - b)), "a - b"),
    "square brackets": (((a - b) ** 2 + (x - z) ** 2) / 2, r"\tfrac{1}{2}[(a - b)^{2} + (x - z)^{2}]"),
    "tall brackets": ((a / b + 1) ** 2, r"\left(\frac{a}{b} + 1\right)^{2}"),
    "root": (sqrt(a + 1) * 2, r"2\sqrt{a + 1}"),
    "bars": (absolute(a - b), r"\left|a - b\right|"),
    "power": (a ** -(b + 1), "a^{-(b + 1)}"),
    "power of a fraction": (0.5**x, r"\left(\tfrac{1}{2}\right)^{x}"),
    "power of a raised name": (Symbol("a_1^(2)") ** 2, "(a_{1}^{(2)})^{2}"),
    "cases": (where(greater(a, 0), a, 0), r"\begin{cases} a & \text{if } a > 0 \\ 0 & \text{otherwise} \end{cases}"),
    "a bare condition": (where(a, 1, 0), r"\begin{cases} 1 & \text{if } a \neq 0 \\ 0 & \text{otherwise} \end{cases}"),
    "exponent of ten": (1e-9 * a, r"1 \times 10^{-9}a"),
    "infinity": (a * math.inf, r"{\infty}a"),
    "function": (TABLE["leaky_relu"](a), r"\operatorname{leaky\_relu}(a, 0.01)"),
    "tall function": (exp(a / b), r"\exp\left(\frac{a}{b}\right)"),
}


@pytest.mark.parametrize(("expression", "written"), SHAPES.values(), ids=SHAPES)
def test_an_expression_is_written_as_a_person_writes_it(expression, written):
    assert latex(simplify(expression)) == written


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (Derivative("L", "y_1"), r"\frac{\partial L}{\partial y_{1}}"),
        (times(Derivative("L", "y"), Derivative("y", "x")),
         r"\frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial x}"),
        (Power(Derivative("L", "y"), 2), r"\left(\frac{\partial L}{\partial y}\right)^{2}"),
        (times(Numeral(0.75), Sum([1, Product(-1, [Numeral(0.75)])])), "0.75(1 - 0.75)"),
        (Product(2, [Numeral(0.75)]), r"2 \cdot 0.75"),
        (times(Numeral(0.5), Numeral(-0.25)), r"0.5 \cdot (-0.25)"),
        (times(PathSum([times(a, b), z]), x), r"[a \cdot b + z] \cdot x"),
        (PathSum([a, b]), "a + b"),
        (Sum([a, Omitted(97)]), r"a + \ldots\ \text{(97 more)}"),
    ],
)  # fmt: skip
def test_the_atoms_of_a_derivation_are_written(expression, written):
    assert latex(expression) == written


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("w_11", "w_{11}"), ("a_1^(2)", "a_{1}^{(2)}"), ("delta_j", r"\delta_{j}"), ("E_total", r"E_{\text{total}}"),
        ("w_1_10", "w_{1,10}"), ("loss", r"\mathrm{loss}"), ("h1", r"\mathit{h1}"), ("y'", r"y^{\prime}"),
        ("y'_1^(2)", r"y_{1}^{\prime(2)}"), ("w_ij", "w_{ij}"), ("Omicron", r"\mathrm{O}"), ("η", r"\eta"),
        (r"a\b{c}$&#^_%~", r"\text{a\textbackslash{}b\{c\}\$\&\#\textasciicircum{}\_\%\textasciitilde{}}"),
        ("x\x00\x1by", r"\text{xy}"), ("日本", r"\text{[U+65E5][U+672C]}"),
    ],
)  # fmt: skip
def test_a_label_is_written_by_its_grammar_and_escaped_outside_of_it(label, written):
    assert latex_label(label) == written == latex(Symbol(label))


def test_words_are_escaped():
    assert latex_text("a_b & 50% → δ\n½") == r"a\_b \& 50\% $\to$ $\delta$ $\tfrac{1}{2}$"


# ---------------------------------------------------------------- an independent reader

TOKEN = re.compile(r"\\text\{if \}|\\text\{otherwise\}|\\operatorname\{[^}]*\}|\\[a-z]+\{cases\}|\\[A-Za-z]+|\\\\|"
                   r"\d+(?:\.\d+)?|\S")  # fmt: skip
FUNCTIONS = {"sigma": "sigmoid", "ln": "log", "max": "maximum", "min": "minimum"}


class Reader:
    """Computes the number that a formula in LaTeX stands for; knows nothing of the printers."""

    def __init__(self, source, point):
        self.tokens, self.point = TOKEN.findall(source.replace(r"\_", "_")) + ["end"], point

    def number(self):
        found = self.sum()
        assert self.tokens == ["end"], self.tokens
        return found

    def take(self, *expected):
        token = self.tokens.pop(0)
        assert not expected or token in expected, (token, expected, self.tokens)
        return token

    def sum(self):
        sign = -1 if self.tokens[0] == "-" and self.take() else 1
        total = sign * self.product()
        while self.tokens[0] in "+-":
            sign = -1 if self.take() == "-" else 1
            total += sign * self.product()
        if self.tokens[0] == ">":
            self.take()
            return float(total > self.sum())
        return total

    def product(self):
        found = self.power()
        while self.tokens[0] not in ("+", "-", ")", "]", "}", r"\right", "end", ",", "&", r"\\", r"\end{cases}", ">",
                                     r"\neq"):
            if self.tokens[0] in (r"\cdot", r"\times"):
                self.take()
            found *= self.power()
        return found

    def power(self):
        base = self.atom()
        while self.tokens[0] == "^":
            self.take()
            base = math.pow(base, self.group())
        return base

    def group(self):
        self.take("{")
        found = self.sum()
        self.take("}")
        return found

    def listed(self):
        is_tall = self.tokens[0] == r"\left" and self.take()
        self.take("(")
        found = [self.sum()]
        while self.tokens[0] == ",":
            self.take()
            found.append(self.sum())
        if is_tall:
            self.take(r"\right")
        self.take(")")
        return found

    def atom(self):
        token = self.take()
        if token in (r"\frac", r"\tfrac"):
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token == r"\begin{cases}":
            return self.cases()
        if token == r"\left":
            left = self.take("(", "[", "|")
            found = self.sum()
            self.take(r"\right")
            self.take({"(": ")", "[": "]", "|": "|"}[left])
            return abs(found) if left == "|" else found
        if token in ("(", "["):
            found = self.sum()
            self.take({"(": ")", "[": "]"}[token])
            return found
        if token.startswith("\\"):
            name = token.removeprefix(r"\operatorname{").removeprefix("\\").removesuffix("}")
            entry = TABLE[FUNCTIONS.get(name, name)]
            operands = self.listed()
            return entry.forward(*([tuple(operands)] if any(entry.is_list) else operands))
        return float(token) if token[0].isdigit() else self.name(token)

    def name(self, token):
        if self.tokens[0] == "_":
            self.take()
            self.take("{")
            token += "_" + self.take()
            self.take("}")
        return self.point[token]

    def cases(self):
        found = None
        while True:
            then = self.sum()
            self.take("&")
            if self.take(r"\text{if }", r"\text{otherwise}") == r"\text{otherwise}":
                self.take(r"\end{cases}")
                return then if found is None else found
            condition = self.sum()
            if self.tokens[0] == r"\neq":
                self.take(), self.take("0")
            found = then if found is None and condition else found
            self.take(r"\\")


def read(source, point):
    return Reader(source, point).number()


LABELS = "a", "b", "x", "y_1", "z"


def grown(rng, depth):
    """A random expression over the operations that are everywhere defined."""
    if depth == 0 or rng.random() < 0.1:
        return Symbol(rng.choice(LABELS)) if rng.random() < 0.7 else rng.choice([0.5, 2, -3, 0.25, 1 / 3, 1.7, 1 / 7])
    names = ["add", "subtract", "multiply", "divide", "negative", "multiply", "add", "power", "where", "greater", "abs",
             "sigmoid", "tanh", "maximum", "exp", "logsumexp", "mean", "sum", "leaky_relu", "sqrt"]  # fmt: skip
    op = TABLE[rng.choice(names)]
    if op.name == "power":
        return Call(op, (grown(rng, depth - 1), rng.choice([2, 3, -1, -2, 0.5])))
    return Call(op, tuple(
        tuple(grown(rng, depth - 1) for _ in range(3)) if many else grown(rng, depth - 1) for many in op.is_list
    ))  # fmt: skip


def value(expression, point):
    if isinstance(expression, Symbol):
        return point[expression.label]
    if isinstance(expression, tuple):
        return tuple(value(item, point) for item in expression)
    if isinstance(expression, Call):
        return expression.op.forward(*(value(argument, point) for argument in expression.arguments))
    return expression


def random_expressions(count, seed, depth=4):
    """(expression, point, value) with a value of ordinary size."""
    rng = random.Random(seed)
    while count:
        expression = grown(rng, depth)
        point = {label: rng.choice([0.3, 0.7, 1.3, 2.1, -0.4]) for label in LABELS}
        try:
            number = float(value(expression, point))
        except (ArithmeticError, ValueError):
            continue
        if isinstance(expression, Call) and 1e-3 < abs(number) < 1e4:
            count -= 1
            yield expression, point, number


@pytest.mark.parametrize("is_simple", [True, False])
def test_what_is_written_means_what_was_written(is_simple):
    for expression, point, number in random_expressions(300, seed=1):
        try:
            simple = simplify(expression) if is_simple else expression
            found = read(latex(simple, digits=17), point)
        except (ZeroDivisionError, ValueError) as error:
            assert is_simple and "math domain" in str(error) or "zero" in str(error), latex(expression)
            continue
        assert found == pytest.approx(number, rel=1e-9, abs=1e-12), (latex(simple), point)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_operation_and_its_rules_are_read_back(name):
    op = TABLE[name]
    operands = [(Symbol("p"), Symbol("q")) if many else Symbol("pqr"[i]) for i, many in enumerate(op.is_list)]
    numbers = [(0.3, 0.4) if many else (0.6, 0.35, 0.8)[i] for i, many in enumerate(op.is_list)]
    point = {"p": 0.3, "q": 0.4, "r": 0.8} if any(op.is_list) else {"p": 0.6, "q": 0.35, "r": 0.8}
    numbers = [0.8 if n == 0.8 and name == "dot" else n for n in numbers]
    output = point["y"] = op.forward(*numbers)

    assert read(latex(simplify(op(*operands)), digits=17), point) == pytest.approx(output, rel=1e-12)
    for partial in op.partials:
        rules, slopes = partial(Symbol("y"), *operands), partial(output, *numbers)
        for rule, slope in zip(listed(rules), listed(slopes), strict=True):
            assert read(latex(simplify(rule), digits=17), point) == pytest.approx(slope, rel=1e-12)


def listed(item):
    return item if isinstance(item, tuple) else (item,)


def test_the_reader_sees_a_planted_fault():
    assert read(r"-\frac{a + 1}{2}(1 - a)^{2}", {"a": 3.0}) == -8.0
    with pytest.raises(AssertionError):
        read(r"(a + 1", {"a": 3.0})


# ---------------------------------------------------------------- deep and long


def test_long_sums_and_deep_nests_are_written_without_recursion():
    names = [Symbol(f"x_{index}") for index in range(10_000)]
    tower = a
    for _ in range(3_000):
        tower = exp(tower)

    assert latex(Sum(names)).count(" + ") == 9_999
    assert latex(tower) == r"\exp(" * 3_000 + "a" + ")" * 3_000


def test_what_nests_deeper_than_latex_allows_is_refused_in_words():
    tower = a
    for _ in range(3_000):
        tower = 1 / (1 + tower)

    with pytest.raises(GraphTooLargeError, match=r"nests 3000 fractions, roots and exponents, and LaTeX holds 60"):
        latex(simplify(tower))


# ---------------------------------------------------------------- a real LaTeX

NASTY = [
    r"\input{/etc/passwd}", "}{", "$$", "%", "a&b", "#1", "x^y^z", "~", "_", "^", "\\", "$x_1$", "a_1^(x & %)",
    "größe",
    "日本語", "🎉", "x\x00y\x1b", "y'", "y'_1", "y''^(2)", "<b>", "|", '"', "--", "?`", "\u202ex", "a\nb", "", " ",
    "Ω_1", "ϵ", "é", "«»", "€", "²", "x²", "x_½", "\ud800", "\ufffe", "My name^(é)", "ø_é", "leaky_relu", "½", "√x",
    "α1", "1x", *sorted(GREEK),
]  # fmt: skip


def tower(grow, depth):
    result = a
    for _ in range(depth):
        result = grow(result)
    return simplify(result)


def everything():
    """Every operation, every rule, atoms, labels, and what nests as deep as is allowed."""
    for _, op in sorted(TABLE.items()):
        operands = [(a, y, z) if many else (a, y, z)[index] for index, many in enumerate(op.is_list)]
        yield op(*operands)
        yield simplify(op(*operands))
        for partial in op.partials:
            rules = partial(Symbol("q"), *operands)
            yield from map(simplify, rules if isinstance(rules, tuple) else (rules,))
    for label in NASTY:
        symbol = Symbol(label)
        yield simplify(symbol**2 * (1 - symbol) / (symbol + 1) + 3 * symbol * exp(symbol / a) ** symbol)
        yield times(Derivative(label, "w"), Derivative("L", label))
    yield from (expression for expression, *_ in random_expressions(100, seed=2))
    yield from (simplify(expression) for expression, *_ in random_expressions(100, seed=3))
    yield from (Numeral(number) for number in (0.5, -3e-7, math.inf, -math.inf, math.nan, -0.0))
    path = PathSum([times(Derivative("L", "y_1"), Derivative("y_1", "w")), Omitted(1234)])
    yield from (times(path, Derivative("w", "x"), Omitted(3)), Power(path, 2), path)
    yield from (tower(lambda w: 1 / (1 + w), 58), tower(lambda w: 2**w, 58), tower(sqrt, 58), tower(absolute, 58))
    yield from (tower(lambda w: exp(1 / w), 28), tower(lambda w: (1 + 1 / w) ** 2, 18))
    yield tower(lambda w: where(greater(a, b), w, b), 18)
    yield tower(lambda w: sigmoid(w * 2), 300)


@pytest.mark.latex
def test_everything_compiles(tmp_path, table):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    custom("my_odd_op_", lambda x: x, lambda y, x: 1)
    custom("größe_", lambda x: x, lambda y, x: 1, notation=Notation(text="größe & co"))
    custom("odd_sign", lambda a, b: a, [lambda y, a, b: 1, lambda y, a, b: 0], notation=Notation("infix", "⊕ #"))
    formulas = [latex(expression) for expression in everything()]
    # Characters of all kinds, each in a label, a subscript and a sentence.
    characters = [chr(code) for code in [*range(0x20, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2300)]]
    lines = [rf"\( {formula} \)\par" for formula in formulas]
    lines += [rf"\( {latex_label('x' + c)} {latex_label('x_' + c)} \) {latex_text(c)}\par" for c in characters]
    start = r"\documentclass{article}\usepackage{amsmath}\begin{document}\sloppy"
    source = "\n".join([start, *lines, r"\end{document}"])
    (tmp_path / "all.tex").write_text(source, encoding="utf-8")

    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "all.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)

    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert re.findall(r"^!.*\n(?:.*\n){0,6}", log, re.MULTILINE) == []
    assert "invalid in math mode" not in log
    assert (tmp_path / "all.pdf").stat().st_size > 10_000
