"""The worked examples of the textbooks, symbol for symbol: a 2-3-2 and a 2-2-2 network, one neuron, linear regression.

The golden lines are written here by hand, once per family of weights, in the textbooks' notation and order of factors.
Each is verified twice by means that know nothing of the library: SymPy differentiates the forward equations, which
stand here a second time, and mpmath takes differences of them at random points.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import mpmath
import networks
import pytest
import sympy

from autograd import Value
from autograd.derivation.derive import Derivation, derive
from autograd.printers.text import text

_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def low(template: str, **indices: int) -> str:
    """The template with its indices, lowered."""
    return template.format(**{name: str(index).translate(_LOW) for name, index in indices.items()})


class Golden(NamedTuple):
    """∂output/∂variable of an example, as the textbook writes it."""

    example: str
    variable: str
    leibniz: str
    symbolic: str


# ---------------------------------------------------------------- the 2-3-2 network

OUTPUT_LEIBNIZ = "∂L/∂y{j} · ∂y{j}/∂a{j}⁽²⁾"
OUTPUT = "(y{j} − t{j})·y{j}(1 − y{j})"
HIDDEN_LEIBNIZ = (
    "[∂L/∂y₁ · ∂y₁/∂a₁⁽²⁾ · ∂a₁⁽²⁾/∂h{j} + ∂L/∂y₂ · ∂y₂/∂a₂⁽²⁾ · ∂a₂⁽²⁾/∂h{j}] · ∂h{j}/∂a{j}⁽¹⁾"
)
HIDDEN = "[(y₁ − t₁)·y₁(1 − y₁)·u{j}₁ + (y₂ − t₂)·y₂(1 − y₂)·u{j}₂]·h{j}(1 − h{j})"


def network_2_3_2() -> Iterator[Golden]:
    for j in (1, 2):
        yield Golden("2-3-2", f"y_{j}", low("∂L/∂y{j}", j=j), low("y{j} − t{j}", j=j))
        yield Golden("2-3-2", f"t_{j}", low("∂L/∂t{j}", j=j), low("−(y{j} − t{j})", j=j))
        yield Golden("2-3-2", f"a_{j}^(2)", low(OUTPUT_LEIBNIZ, j=j), low(OUTPUT, j=j))
        yield Golden("2-3-2", f"b_{j}^(2)", low(OUTPUT_LEIBNIZ + " · ∂a{j}⁽²⁾/∂b{j}⁽²⁾", j=j), low(OUTPUT, j=j))
        for i in (1, 2, 3):
            yield Golden("2-3-2", f"u_{i}{j}", low(OUTPUT_LEIBNIZ + " · ∂a{j}⁽²⁾/∂u{i}{j}", i=i, j=j),
                         low(OUTPUT + "·h{i}", i=i, j=j))  # fmt: skip
    for j in (1, 2, 3):
        sides = (HIDDEN_LEIBNIZ, HIDDEN)
        # ∂L/∂h is the sum in the brackets, which stands alone there.
        whole, symbolic = (low(side, j=j)[1:].partition("]")[0] for side in sides)
        yield Golden("2-3-2", f"h_{j}", whole, symbolic)
        yield Golden("2-3-2", f"a_{j}^(1)", low(HIDDEN_LEIBNIZ, j=j), low(HIDDEN, j=j))
        yield Golden("2-3-2", f"b_{j}^(1)", low(HIDDEN_LEIBNIZ + " · ∂a{j}⁽¹⁾/∂b{j}⁽¹⁾", j=j), low(HIDDEN, j=j))
        for i in (1, 2):
            yield Golden("2-3-2", f"w_{i}{j}", low(HIDDEN_LEIBNIZ + " · ∂a{j}⁽¹⁾/∂w{i}{j}", i=i, j=j),
                         low(HIDDEN + "·x{i}", i=i, j=j))  # fmt: skip


# ---------------------------------------------------------------- the 2-2-2 network

ERROR = "∂Eₜₒₜₐₗ/∂E{k} · ∂E{k}/∂aₒ{k} · ∂aₒ{k}/∂o{k}"
HIDDEN_ERROR = (
    "[∂Eₜₒₜₐₗ/∂E₁ · ∂E₁/∂aₒ₁ · ∂aₒ₁/∂o₁ · ∂o₁/∂aₕ{j} + ∂Eₜₒₜₐₗ/∂E₂ · ∂E₂/∂aₒ₂ · ∂aₒ₂/∂o₂ · ∂o₂/∂aₕ{j}]"
    " · ∂aₕ{j}/∂h{j} · ∂h{j}/∂w{n}"
)
# The slope of the output's activation function: of the sigmoid function, and of the identity.
SLOPES = {"2-2-2": "·aₒ{k}(1 − aₒ{k})", "2-2-2 with identity outputs": ""}


def network_2_2_2(example: str) -> Iterator[Golden]:
    slope = SLOPES[example]
    for n, (k, j) in {5: (1, 1), 6: (1, 2), 7: (2, 1), 8: (2, 2)}.items():
        yield Golden(example, f"w_{n}", low(ERROR + " · ∂o{k}/∂w{n}", k=k, n=n),
                     low("−(target{k} − aₒ{k})" + slope + "·aₕ{j}", k=k, j=j))  # fmt: skip
    for k in (1, 2):
        yield Golden(example, f"a_o{k}", low("∂Eₜₒₜₐₗ/∂E{k} · ∂E{k}/∂aₒ{k}", k=k), low("−(target{k} − aₒ{k})", k=k))
        yield Golden(example, f"o_{k}", low(ERROR, k=k), low("−(target{k} − aₒ{k})" + slope, k=k))
    terms = [low("(target{k} − aₒ{k})" + slope + "·w", k=k) for k in (1, 2)]
    for n, (j, i) in {1: (1, 1), 2: (1, 2), 3: (2, 1), 4: (2, 2)}.items():
        first, second = {1: (5, 7), 2: (6, 8)}[j]
        symbolic = "−[" + terms[0] + "{p} + " + terms[1] + "{q}]·aₕ{j}(1 − aₕ{j})·i{i}"
        yield Golden(example, f"w_{n}", low(HIDDEN_ERROR, j=j, n=n), low(symbolic, p=first, q=second, j=j, i=i))


# ---------------------------------------------------------------- one neuron, and linear regression

THREE_FACTORS = [
    Golden("neuron", "w", "∂E/∂y · ∂y/∂a · ∂a/∂w", "−(t − y)·y(1 − y)·x"),
    Golden("neuron", "b", "∂E/∂y · ∂y/∂a · ∂a/∂b", "−(t − y)·y(1 − y)"),
    Golden("neuron", "a", "∂E/∂y · ∂y/∂a", "−(t − y)·y(1 − y)"),
    Golden("neuron", "y", "∂E/∂y", "−(t − y)"),
]
LINE = [
    Golden("line", "m", "∂L/∂y₁ · ∂y₁/∂m + ∂L/∂y₂ · ∂y₂/∂m + ∂L/∂y₃ · ∂y₃/∂m",
           "⅔[(y₁ − t₁)·x₁ + (y₂ − t₂)·x₂ + (y₃ − t₃)·x₃]"),
    Golden("line", "y_2", "∂L/∂y₂", "⅔(y₂ − t₂)"),
    Golden("line, MAE", "m", "∂L/∂y₁ · ∂y₁/∂m + ∂L/∂y₂ · ∂y₂/∂m + ∂L/∂y₃ · ∂y₃/∂m",
           "⅓[sign(y₁ − t₁)·x₁ + sign(y₂ − t₂)·x₂ + sign(y₃ − t₃)·x₃]"),
    Golden("line, MAE", "b", "∂L/∂y₁ · ∂y₁/∂b + ∂L/∂y₂ · ∂y₂/∂b + ∂L/∂y₃ · ∂y₃/∂b",
           "⅓[sign(y₁ − t₁) + sign(y₂ − t₂) + sign(y₃ − t₃)]"),
    Golden("line, MAE", "y_3", "∂L/∂y₃", "⅓sign(y₃ − t₃)"),
]  # fmt: skip
# The first term of a sum over points may stand in brackets or not; both are the formula.
LINE_BIAS = Golden("line", "b", "∂L/∂y₁ · ∂y₁/∂b + ∂L/∂y₂ · ∂y₂/∂b + ∂L/∂y₃ · ∂y₃/∂b",
                   "⅔[(y₁ − t₁) + (y₂ − t₂) + (y₃ − t₃)]")  # fmt: skip

GOLDEN = [
    *network_2_3_2(), *network_2_2_2("2-2-2"), *network_2_2_2("2-2-2 with identity outputs"), *THREE_FACTORS, *LINE,
]  # fmt: skip
GRAPHS: dict[str, Value] = {
    "2-3-2": networks.network_2_3_2().L,
    "2-2-2": networks.network_2_2_2(),
    "2-2-2 with identity outputs": networks.network_2_2_2(networks.identity),
    "neuron": networks.neuron(),
    "line": networks.line(),
    "line, MAE": networks.line("mae"),
}
each_golden = pytest.mark.parametrize("golden", [*GOLDEN, LINE_BIAS], ids=lambda g: f"{g.example}: {g.variable}")


def derivation(golden: Golden, **options: Any) -> Derivation:
    return derive(GRAPHS[golden.example], golden.variable, **options)


# ---------------------------------------------------------------- the forward equations, a second time

FORWARD: dict[str, dict[str, str]] = {
    "2-3-2": {
        **{f"a_{j}__1": f"w_1{j}*x_1 + w_2{j}*x_2 + b_{j}__1" for j in (1, 2, 3)},
        **{f"h_{j}": f"sigma(a_{j}__1)" for j in (1, 2, 3)},
        **{f"a_{j}__2": f"u_1{j}*h_1 + u_2{j}*h_2 + u_3{j}*h_3 + b_{j}__2" for j in (1, 2)},
        **{f"y_{j}": f"sigma(a_{j}__2)" for j in (1, 2)},
        "L": "((y_1 - t_1)**2 + (y_2 - t_2)**2)/2",
    },
    "2-2-2": {
        "h_1": "w_1*i_1 + w_2*i_2", "h_2": "w_3*i_1 + w_4*i_2",
        "a_h1": "sigma(h_1)", "a_h2": "sigma(h_2)",
        "o_1": "w_5*a_h1 + w_6*a_h2", "o_2": "w_7*a_h1 + w_8*a_h2",
        "a_o1": "sigma(o_1)", "a_o2": "sigma(o_2)",
        "E_1": "(target_1 - a_o1)**2/2", "E_2": "(target_2 - a_o2)**2/2", "E_total": "E_1 + E_2",
    },
    "neuron": {"a": "w*x + b", "y": "sigma(a)", "E": "(t - y)**2/2"},
    "line": {
        **{f"y_{i}": f"m*x_{i} + b" for i in (1, 2, 3)},
        "L": "((y_1 - t_1)**2 + (y_2 - t_2)**2 + (y_3 - t_3)**2)/3",
    },
}  # fmt: skip
FORWARD["2-2-2 with identity outputs"] = {**FORWARD["2-2-2"], "a_o1": "o_1", "a_o2": "o_2"}
FORWARD["line, MAE"] = {**FORWARD["line"], "L": "(Abs(y_1 - t_1) + Abs(y_2 - t_2) + Abs(y_3 - t_3))/3"}


class Sigma(sympy.Function):
    """The sigmoid function with the one fact that the textbooks use of it."""

    def fdiff(self, argindex: int = 1) -> Any:
        return self * (1 - self)


def test_the_derivative_of_the_sigmoid_function_is_what_the_textbooks_say():
    x = sympy.Symbol("x", real=True)
    s = 1 / (1 + sympy.exp(-x))
    assert 0 == sympy.simplify(sympy.diff(s, x) - s * (1 - s))


def read(source: str) -> Any:
    """A formula in ASCII by SymPy: every name is a real symbol."""
    names = set(re.findall(r"[A-Za-z]\w*", source)) - {"sigma", "sign", "Abs", "Rational"}
    known = {name: sympy.Symbol(name, real=True) for name in names}
    return sympy.sympify(source, {**known, "sigma": Sigma, "sign": sympy.sign, "Abs": sympy.Abs})


_PLAIN = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)), **dict(zip("ₐₑₕₗₒₜ", "aehlot", strict=True)),
    "−": "-", "·": "*", "[": "(", "]": ")", "½": "Rational(1,2)", "⅓": "Rational(1,3)", "⅔": "Rational(2,3)",
}  # fmt: skip


def ascii_of(formula: str) -> str:
    """The Unicode text of a formula as ASCII; two factors side by side get a star. Knows nothing of the library."""
    formula = re.sub(r"⁽([¹²])⁾", lambda match: "__" + {"¹": "1", "²": "2"}[match[1]], formula)
    formula = re.sub(r"([½⅓⅔])(?=[\w\[(])", r"\1·", formula)
    formula = re.sub(r"(?<=[\w\])])(?=[\[(])", "·", formula).replace("sign·(", "sign(")
    # The first lowered character of a name gets an underscore in front: w₁₁ is w_11.
    formula = re.sub(r"(?<=[A-Za-z])(?=[₀-₉ₐₑₕₗₒₜ])(?<![₀-₉ₐₑₕₗₒₜ])", "_", formula)
    return "".join(_PLAIN.get(character, character) for character in formula)


def test_the_reader_of_golden_lines_reads_what_a_person_reads():
    assert "Rational(1,2)*((y_1 - t_1)*y_1*(1 - y_1) + sign(a_1__2))*a_o1" == ascii_of(
        "½[(y₁ − t₁)·y₁(1 − y₁) + sign(a₁⁽²⁾)]·aₒ₁"
    )


def inlined(expression: Any, example: str, kept: str) -> Any:
    """The expression in the leaves and the node that is kept: every other node is replaced by its equation."""
    for name, equation in reversed(FORWARD[example].items()):
        if name != kept:
            expression = expression.subs(sympy.Symbol(name, real=True), read(equation))
    return expression


def plain(golden: Golden) -> str:
    """The label of the variable in the forward equations."""
    return re.sub(r"\^\((\d)\)", r"__\1", golden.variable)


def true_derivative(golden: Golden) -> Any:
    output = list(FORWARD[golden.example].values())[-1]
    loss = inlined(read(output), golden.example, plain(golden))
    return sympy.diff(loss, sympy.Symbol(plain(golden), real=True))


def with_one_sign(expression: Any) -> Any:
    """sign(−x) as −sign(x), which SymPy keeps apart."""

    def canonical(x: Any) -> Any:
        return -sympy.sign(-x) if x.could_extract_minus_sign() else sympy.sign(x)

    return expression.replace(sympy.sign, canonical)


# ---------------------------------------------------------------- the promises


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.example}: {g.variable}")
def test_the_textbook_s_formula_is_written_symbol_for_symbol(golden: Golden):
    found = derivation(golden)
    assert (golden.leibniz, golden.symbolic) == (text(found.leibniz), text(found.symbolic))


def test_the_bias_of_a_line_has_the_sum_of_the_errors():
    found = derivation(LINE_BIAS)
    assert LINE_BIAS.leibniz == text(found.leibniz)
    assert text(found.symbolic) in (LINE_BIAS.symbolic, LINE_BIAS.symbolic.replace("(y₁ − t₁)", "y₁ − t₁"))


@each_golden
def test_the_golden_line_is_the_derivative_by_sympy(golden: Golden):
    formula = inlined(read(ascii_of(golden.symbolic)), golden.example, plain(golden))
    assert 0 == sympy.expand(with_one_sign(formula - true_derivative(golden)))


@each_golden
def test_the_python_expression_is_the_derivative_by_sympy(golden: Golden):
    formula = inlined(read(derivation(golden).python().replace("sigmoid", "sigma")), golden.example, plain(golden))
    assert 0 == sympy.simplify(sympy.expand(with_one_sign(formula - true_derivative(golden))))


@each_golden
def test_the_golden_line_agrees_with_differences_at_random_points(golden: Golden):
    rng = random.Random(golden.variable)
    variable = plain(golden)
    output = inlined(read(list(FORWARD[golden.example].values())[-1]), golden.example, variable)
    formula = inlined(read(ascii_of(golden.symbolic)), golden.example, variable)
    names = sorted(output.free_symbols, key=str)
    functions = [{"Sigma": lambda x: 1 / (1 + mpmath.exp(-x)), "sign": mpmath.sign}, "mpmath"]
    f, g = (sympy.lambdify(names, side, functions) for side in (output, formula))
    place = [str(name) for name in names].index(variable)
    for _ in range(3):
        point = [mpmath.mpf(rng.uniform(-2, 2)) for _ in names]
        order = tuple(int(index == place) for index in range(len(names)))
        with mpmath.workdps(40):
            assert abs(mpmath.diff(f, tuple(point), order) - g(*point)) < mpmath.mpf("1e-12")


@each_golden
def test_the_number_is_the_golden_line_at_the_recorded_point(golden: Golden):
    found = derivation(golden)
    formula = read(ascii_of(golden.symbolic).replace("^", "__"))
    numbers = {sympy.Symbol(name, real=True): number for name, number in found.variables.items()}
    assert float(formula.subs(numbers)) == pytest.approx(found.value, rel=1e-12)
    GRAPHS[golden.example].zero_grad()
    GRAPHS[golden.example].backward()
    node = next(node for node in found.view.nodes if node.label == golden.variable)
    assert node.grad == pytest.approx(found.value, rel=1e-13)


# ---------------------------------------------------------------- in the style with δ


def definitions(found: Any) -> dict[str, tuple[str, str]]:
    lines = found.chain.definitions
    return {text(line.name): (text(found.chain.leibniz(line.node)), text(line.symbolic)) for line in lines}


@pytest.mark.parametrize("i", [1, 2, 3])
@pytest.mark.parametrize("j", [1, 2])
def test_an_output_weight_has_the_delta_of_its_output(i: int, j: int):
    found = derive(GRAPHS["2-3-2"], f"u_{i}{j}", style="delta")
    assert {low("δ{j}", j=j): (low("∂L/∂a{j}⁽²⁾", j=j), low(OUTPUT, j=j))} == definitions(found)
    assert low("δ{j} · ∂a{j}⁽²⁾/∂u{i}{j}", i=i, j=j) == text(found.leibniz)
    assert low("δ{j}·h{i}", i=i, j=j) == text(found.symbolic)


@pytest.mark.parametrize("i", [1, 2])
@pytest.mark.parametrize("j", [1, 2, 3])
def test_a_hidden_weight_has_the_delta_of_its_unit_made_of_those_of_the_outputs(i: int, j: int):
    found = derive(GRAPHS["2-3-2"], f"w_{i}{j}", style="delta")
    assert {
        "δ₁⁽²⁾": ("∂L/∂a₁⁽²⁾", low(OUTPUT, j=1)),
        "δ₂⁽²⁾": ("∂L/∂a₂⁽²⁾", low(OUTPUT, j=2)),
        low("δ{j}⁽¹⁾", j=j): (low("∂L/∂a{j}⁽¹⁾", j=j), low("[δ₁⁽²⁾·u{j}₁ + δ₂⁽²⁾·u{j}₂]·h{j}(1 − h{j})", j=j)),
    } == definitions(found)
    assert low("δ{j}⁽¹⁾ · ∂a{j}⁽¹⁾/∂w{i}{j}", i=i, j=j) == text(found.leibniz)
    assert low("δ{j}⁽¹⁾·x{i}", i=i, j=j) == text(found.symbolic)


def test_a_bias_has_its_delta_alone():
    for j, layer in ((1, 2), (2, 2), (1, 1), (2, 1), (3, 1)):
        found = derive(GRAPHS["2-3-2"], style="delta")[f"b_{j}^({layer})"]
        assert low("δ{j}", j=j) + {1: "⁽¹⁾", 2: "⁽²⁾"}[layer] == text(found.symbolic)


@pytest.mark.parametrize("example", SLOPES)
def test_the_deltas_of_the_2_2_2_network(example: str):
    slope = SLOPES[example]
    found = derive(GRAPHS[example], [f"w_{n}" for n in range(1, 9)], style="delta")
    deltas = ("δₒ{k}", "∂Eₜₒₜₐₗ/∂o{k}", "−(target{k} − aₒ{k})" + slope)
    expected = {low(deltas[0], k=k): (low(deltas[1], k=k), low(deltas[2], k=k)) for k in (1, 2)}
    expected["δₕ₁"] = "∂Eₜₒₜₐₗ/∂h₁", "[δₒ₁·w₅ + δₒ₂·w₇]·aₕ₁(1 − aₕ₁)"
    expected["δₕ₂"] = "∂Eₜₒₜₐₗ/∂h₂", "[δₒ₁·w₆ + δₒ₂·w₈]·aₕ₂(1 − aₕ₂)"
    assert expected == definitions(found)
    lines = ["δₕ₁·i₁", "δₕ₁·i₂", "δₕ₂·i₁", "δₕ₂·i₂", "δₒ₁·aₕ₁", "δₒ₁·aₕ₂", "δₒ₂·aₕ₁", "δₒ₂·aₕ₂"]
    assert lines == [text(one.symbolic) for one in found.values()]


def test_the_delta_of_a_neuron():
    found = derive(GRAPHS["neuron"], ["w", "b"], style="delta")
    assert {"δ": ("∂E/∂a", "−(t − y)·y(1 − y)")} == definitions(found)
    assert ["δ·x", "δ"] == [text(one.symbolic) for one in found.values()]


# ---------------------------------------------------------------- the page


def test_the_page_of_a_hidden_weight_reads_like_the_textbook():
    page = derive(GRAPHS["2-3-2"], "w_11").text(width=200, full=True)
    lines = [line.strip() for line in page.splitlines()]
    wanted = [
        "a₁⁽¹⁾ = w₁₁·x₁ + w₂₁·x₂ + b₁⁽¹⁾",
        "L     = ½[(y₁ − t₁)² + (y₂ − t₂)²]",
        "2 paths from w₁₁ to L:",
        "• w₁₁ → a₁⁽¹⁾ → h₁ → a₁⁽²⁾ → y₁ → L",
        "• w₁₁ → a₁⁽¹⁾ → h₁ → a₂⁽²⁾ → y₂ → L",
        "∂L/∂w₁₁ = " + low(HIDDEN_LEIBNIZ, j=1) + " · ∂a₁⁽¹⁾/∂w₁₁",
        "= " + low(HIDDEN, j=1) + "·x₁",
        "≈ [(0.5669 − 0)·0.5669(1 − 0.5669)·0.3 + (0.5923 − 1)·0.5923(1 − 0.5923)·(−0.2)]·0.5744(1 − 0.5744)·0.5",
        "≈ [0.5669·0.2455·0.3 + (−0.4077)·0.2415·(−0.2)]·0.2445·0.5",
        "≈ 0.00751",
    ]
    places = [next((k for k, line in enumerate(lines) if line.startswith(start)), None) for start in wanted]
    assert None not in places, dict(zip(wanted, places, strict=True))
    assert sorted(places) == places, "in the order of a teacher's page"
    assert "Central differences" in page[page.index("≈ 0.00751") :]


def kink_sentences(points: list[tuple[float, float]]) -> str:
    return " ".join(derive(networks.line("mae", points), "m").text(width=10_000).split())


def test_the_kink_of_the_absolute_error_is_explained():
    told = kink_sentences([(1.0, 2.0), (2.0, 1.0)])
    assert (
        "|y₁ − t₁| has a kink where y₁ − t₁ = 0: its slope is −1 on the left, 1 on the right, and 0 at the kink itself,"
        " by convention, for there it has no derivative; here y₁ − t₁ = −0.75: on the left." in told
    )
    assert "So has |y₂ − t₂| where y₂ − t₂ = 0; here y₂ − t₂ = 1: on the right." in told


def test_at_the_kink_the_page_says_so_and_takes_zero():
    points = [(1.0, 1.25), (2.0, 1.0)]
    assert "here y₁ − t₁ = 0: at the kink." in kink_sentences(points)
    found = derive(networks.line("mae", points), "m")
    assert ("½[sign(y₁ − t₁)·x₁ + sign(y₂ − t₂)·x₂]", 1.0) == (text(found.symbolic), found.value)


def test_the_squared_error_has_no_kink():
    assert "kink" not in derive(GRAPHS["line"], "m").text(width=100)


def test_the_update_rule_of_the_textbook_with_its_numbers():
    found = derive(GRAPHS["neuron"], "w", update=0.1)
    lines = [line.strip() for line in found.text(width=100).splitlines()]
    assert ["w ← w − η · ∂E/∂w", "≈ 0.4 − 0.1·(−0.1446)", "≈ 0.4145"] == lines[-3:]
    assert found.step is not None and found.step.result == pytest.approx(0.4 - 0.1 * found.value)


# ---------------------------------------------------------------- the tests are able to fail


@pytest.mark.parametrize("right, wrong", [("(1 − ", "("), ("u₁₁", "u₁₂"), ("h₁(", "h₂("), ("y₁ − t₁", "t₁ − y₁")])
def test_a_golden_line_with_a_mistake_is_refused_by_sympy(right: str, wrong: str):
    golden = next(golden for golden in GOLDEN if golden[:2] == ("2-3-2", "w_11"))
    planted = golden._replace(symbolic=golden.symbolic.replace(right, wrong, 1))
    assert planted != golden
    formula = inlined(read(ascii_of(planted.symbolic)), golden.example, "w_11")
    assert 0 != sympy.expand(formula - true_derivative(golden))
