"""Derivations, right and wrong, over many graphs: what the judge is measured with.

Nothing here uses the judge, the library's derivatives or its formulas. Every derivation is written by hand as a text
in Python's syntax: a sum over paths of products of factors, with a tail that all paths share. A wrong one is a changed
text; its true codes are those of every mistake that gives the same function, as found by computing all of them with
`eval` on floats. That the right text is right is checked by differences of an independent forward pass.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import sympy

from autograd import Value, dot, ops, parse
from autograd import mean as mean_of

# ---------------------------------------------------------------- numbers without the library


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


def relu(x: float) -> float:
    return max(x, 0.0)


def sign(x: float) -> float:
    return (x > 0) - (x < 0)


FUNCTIONS = {
    "sigmoid": sigmoid, "softplus": softplus, "relu": relu, "tanh": math.tanh, "exp": math.exp, "log": math.log,
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "sign": sign, "abs": abs,
}  # fmt: skip


def number(text: str, names: dict[str, float]) -> float:
    """The number of a text of this corpus."""
    return eval(text, {"__builtins__": {}}, {**FUNCTIONS, **names})


# ---------------------------------------------------------------- derivations


@dataclass(frozen=True)
class Factor:
    """A factor: its text, what it is, and what a student may write instead, by code."""

    text: str
    kind: str
    instead: tuple[tuple[str, str], ...] = ()
    layer: int = 0


@dataclass
class Case:
    """One question: a graph, the variable, an independent forward pass, the right derivation."""

    name: str
    build: Callable[[], Value]
    variable: str
    leaves: dict[str, float]
    forward: Callable[[dict[str, float]], dict[str, float]]
    paths: list[list[Factor]]
    tail: list[Factor] = field(default_factory=list)
    scale: str = ""
    is_bias: bool = False
    terms: int = 0
    extra: list[tuple[str, str]] = field(default_factory=list)  # wrong texts of this case only, with their codes
    is_signed: bool = True  # whether its inputs may have any sign
    updated: dict[str, str] = field(default_factory=dict)  # weight → its derivative

    @property
    def symbol(self) -> str:
        """The variable as Python writes it."""
        return re.sub(r"\^\((\d+)\)", r"__\1", self.variable)

    def right(self) -> str:
        return written(self.paths, self.tail, self.scale)

    def sample(self, rng: random.Random) -> dict[str, float]:
        """All numbers at a random point of moderate size."""
        signs = (1, 1, -1) if self.is_signed else (1,)
        leaves = {name: math.copysign(rng.uniform(0.15, 1.4), x) * rng.choice(signs) for name, x in self.leaves.items()}
        return self.forward(leaves)


def written(paths: list[list[Factor]], tail: list[Factor], scale: str = "") -> str:
    """The text of a sum over paths, times the tail."""
    products = ["*".join(_bracketed(factor.text) for factor in path) or "1" for path in paths]
    head = products[0] if len(products) == 1 else "(" + " + ".join(products) + ")"
    parts = [part for part in (scale, head, *(_bracketed(factor.text) for factor in tail)) if part and part != "1"]
    return "*".join(parts) or "1"


def _bracketed(text: str) -> str:
    is_simple = re.fullmatch(r"\w+|\w+\*\(1 - \w+\)|\w+\([^()]*\)", text)
    return text if is_simple else f"({text})"


# ---------------------------------------------------------------- mistakes


def wrong_texts(case: Case) -> Iterator[tuple[str, str]]:
    """Every wrong text of a case with one mistake, and its code."""
    for code, paths, tail, scale in _changes(case):
        yield code, written(paths, tail, scale)
    right = case.right()
    yield "sign", f"-({right})"
    yield "factor_two", f"2*{right}"
    yield "factor_two", f"{right}/2"
    if case.terms > 1:
        yield "mean_for_sum", f"({right})/{case.terms}"
        yield "mean_for_sum", f"{case.terms}*{right}"
    if case.is_bias:
        yield "bias_missing", "0"
    yield from case.extra


def rate_texts(case: Case) -> Iterator[tuple[str, str]]:
    """Wrong texts about the learning rate, called eta."""
    right = case.right()
    yield "learning_rate", f"eta*({right})"
    yield "learning_rate", f"-eta*({right})"
    yield "learning_rate", f"{case.symbol} - eta*{right}"
    if case.updated:
        yield "updated_weights", _replaced(right, {w: f"({w} - eta*({g}))" for w, g in case.updated.items()})


def decay_texts(case: Case) -> Iterator[tuple[str, str]]:
    """Wrong texts where the right one is gradient + lambda_·w."""
    right, w = case.right(), case.symbol
    yield "weight_decay", right
    yield "weight_decay", f"{right} + {w}"
    yield "weight_decay", f"{right} - lambda_*{w}"


def combined_texts(case: Case, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Two different mistakes in one text."""
    changes = list(_changes(case))
    rng.shuffle(changes)
    for code, paths, tail, scale in changes[:6]:
        inner = replace(case, paths=paths, tail=tail, scale=scale)
        others = [c for c in _changes(inner) if c[0] != code]
        if others:
            other, paths2, tail2, scale2 = rng.choice(others)
            yield code, other, written(paths2, tail2, scale2)
        yield code, "sign", f"-({written(paths, tail, scale)})"
        yield code, "factor_two", f"2*({written(paths, tail, scale)})"


def _replaced(text: str, names: dict[str, str]) -> str:
    return re.sub(r"[^\W\d]\w*", lambda match: names.get(match[0], match[0]), text)


def _changes(case: Case) -> Iterator[tuple[str, list[list[Factor]], list[Factor], str]]:
    paths, tail, scale = case.paths, case.tail, case.scale
    if len(paths) > 1:
        for index in range(len(paths)):
            yield "path_missing", paths[:index] + paths[index + 1 :], tail, scale
            flipped = [[Factor("-1", "constant"), *path] if i == index else path for i, path in enumerate(paths)]
            yield "sign", flipped, tail, scale
    for index, path in enumerate(paths):
        for code, changed in _changed_factors(path):
            yield code, [*paths[:index], changed, *paths[index + 1 :]], tail, scale
    for code, changed in _changed_factors(tail):
        yield code, paths, changed, scale
    for layer in {factor.layer for path in paths for factor in path if factor.kind == "activation"}:
        def kept(factor: Factor, layer: int = layer) -> bool:
            return not (factor.kind == "activation" and factor.layer == layer)

        yield "activation_missing", [[f for f in path if kept(f)] for path in paths], tail, scale


def _changed_factors(factors: list[Factor]) -> Iterator[tuple[str, list[Factor]]]:
    missing = {"activation": "activation_missing", "input": "input_missing"}
    for index, factor in enumerate(factors):
        before, after = factors[:index], factors[index + 1 :]
        if factor.kind != "constant":
            yield missing.get(factor.kind, "factor_missing"), before + after
        if factor.kind in ("weight", "loss", "factor"):
            yield "factor_doubled", [*before, factor, factor, *after]
        for code, text in factor.instead:
            yield code, [*before, Factor(text, factor.kind, layer=factor.layer), *after]


# ---------------------------------------------------------------- networks

SLOPES = {
    "sigmoid": "{y}*(1 - {y})", "tanh": "1 - {y}**2", "softplus": "sigmoid({z})",
    "relu": "(1 if {z} > 0 else 0)", "identity": "1",
}  # fmt: skip
OTHER_SLOPES = {
    "sigmoid": ["1 - {y}**2", "(1 if {z} > 0 else 0)", "1 - tanh({z})**2"],
    "tanh": ["{y}*(1 - {y})", "(1 if {z} > 0 else 0)", "sigmoid({z})*(1 - sigmoid({z}))", "sigmoid({z})"],
    "softplus": ["{y}*(1 - {y})", "1 - {y}**2", "sigmoid({z})*(1 - sigmoid({z}))"],
    "relu": ["{y}*(1 - {y})", "1 - {y}**2", "sigmoid({z})"],
}
AT_OUTPUT = {
    "sigmoid": "sigmoid({y})*(1 - sigmoid({y}))", "tanh": "1 - tanh({y})**2", "softplus": "sigmoid({y})",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How the units and weights of a network are called."""

    inputs: str
    weights: tuple[str, ...]  # by layer; {i} is the unit before, {j} the unit after, {n} a running number
    biases: tuple[str, ...]
    sums: tuple[str, ...]
    units: tuple[str, ...]
    targets: str


NAMES = Style("x_{i}", ("w_{i}{j}", "v_{i}{j}", "u_{i}{j}"), ("b_{j}__1", "c_{j}", "b_{j}__2"),
              ("a_{j}__1", "s_{j}", "a_{j}__2"), ("h_{j}", "g_{j}", "y_{j}"), "t_{j}")  # fmt: skip
PLAIN = Style("i{i}", ("w{n}", "v{n}", "u{n}"), ("b{j}", "c{j}", "d{j}"), ("h{j}", "s{j}", "o{j}"),
              ("a_h{j}", "a_s{j}", "a_o{j}"), "t{j}")  # fmt: skip


class Network:
    """A network of two or three layers with its own forward pass and derivations."""

    def __init__(self, sizes: list[int], activations: list[str], loss: str, style: Style, seed: int) -> None:
        self.sizes, self.activations, self.loss, self.style = sizes, activations, loss, style
        rng = random.Random(seed)
        depth = len(sizes) - 1
        self.kinds = [0, 2] if depth == 2 else [0, 1, 2] if depth == 3 else [2]
        self.leaves: dict[str, float] = {}
        for i in range(1, sizes[0] + 1):
            self.leaves[style.inputs.format(i=i)] = round(rng.uniform(-1.5, 1.5), 2) or 0.5
        for layer in range(depth):
            for j in range(1, sizes[layer + 1] + 1):
                for i in range(1, sizes[layer] + 1):
                    self.leaves[self.weight(layer, i, j)] = round(rng.uniform(-1, 1), 2) or 0.3
                self.leaves[self.bias(layer, j)] = round(rng.uniform(-0.5, 0.5), 2) or 0.1
        for j in range(1, sizes[-1] + 1):
            self.leaves[self.target(j)] = round(rng.uniform(-1, 1), 2) or 0.2

    def weight(self, layer: int, i: int, j: int) -> str:
        number = (j - 1) * self.sizes[layer] + i
        return self.style.weights[self.kinds[layer]].format(i=i, j=j, n=number)

    def bias(self, layer: int, j: int) -> str:
        return self.style.biases[self.kinds[layer]].format(j=j)

    def sum(self, layer: int, j: int) -> str:
        return self.style.sums[self.kinds[layer]].format(j=j)

    def unit(self, layer: int, j: int) -> str:
        """The output of a unit; layer −1 is the input."""
        return self.style.inputs.format(i=j) if layer < 0 else self.style.units[self.kinds[layer]].format(j=j)

    def target(self, j: int) -> str:
        return self.style.targets.format(j=j)

    def units(self, layer: int) -> range:
        return range(1, self.sizes[layer + 1] + 1)

    def forward(self, leaves: dict[str, float]) -> dict[str, float]:
        names = dict(leaves)
        functions = {**FUNCTIONS, "identity": lambda x: x}
        for layer, activation in enumerate(self.activations):
            for j in self.units(layer):
                z = sum(names[self.weight(layer, i, j)] * names[self.unit(layer - 1, i)] for i in self.units(layer - 1))
                names[self.sum(layer, j)] = z + names[self.bias(layer, j)]
                names[self.unit(layer, j)] = functions[activation](names[self.sum(layer, j)])
        errors = [(names[self.unit(self.last, j)] - names[self.target(j)]) ** 2 for j in self.units(self.last)]
        names["L"] = sum(errors) * {"half": 0.5, "sum": 1.0, "mean": 1 / len(errors)}[self.loss]
        return names

    @property
    def last(self) -> int:
        return len(self.activations) - 1

    def build(self) -> Value:
        nodes = {name: Value(x, _label(name)) for name, x in self.leaves.items()}
        for layer, activation in enumerate(self.activations):
            for j in self.units(layer):
                weights = [nodes[self.weight(layer, i, j)] for i in self.units(layer - 1)]
                inputs = [nodes[self.unit(layer - 1, i)] for i in self.units(layer - 1)]
                z = dot(weights, inputs, nodes[self.bias(layer, j)]).named(_label(self.sum(layer, j)))
                y = z * 1 if activation == "identity" else getattr(ops, activation)(z)
                nodes[self.sum(layer, j)], nodes[self.unit(layer, j)] = z, y.named(_label(self.unit(layer, j)))
        errors = [(nodes[self.unit(self.last, j)] - nodes[self.target(j)]) ** 2 for j in self.units(self.last)]
        total = mean_of(errors) if self.loss == "mean" else sum(errors[1:], errors[0])
        return (total / 2 if self.loss == "half" else total * 1).named("L")

    # ------------------------------------------------------------ derivations

    def slope(self, layer: int, j: int) -> list[Factor]:
        activation = self.activations[layer]
        if activation == "identity":
            return []
        names = {"y": self.unit(layer, j), "z": self.sum(layer, j)}
        instead = []
        if activation in AT_OUTPUT:
            instead.append(("activation_at_output", AT_OUTPUT[activation].format(**names)))
        text = SLOPES[activation].format(**names)
        other = j % self.sizes[layer + 1] + 1
        if other != j:
            shifted = SLOPES[activation].format(y=self.unit(layer, other), z=self.sum(layer, other))
            instead.append(("wrong_index", shifted))
        instead += [("activation_wrong", text.format(**names)) for text in OTHER_SLOPES[activation]]
        if activation == "tanh":
            instead += [("activation_wrong", f"1 - {names['y']}"), ("sign", f"1 + {names['y']}**2")]
        if activation == "sigmoid":
            instead += [("sign", f"{names['y']}*(1 + {names['y']})"), ("factor_missing", names["y"]),
                        ("factor_missing", f"1 - {names['y']}")]  # fmt: skip
        return [Factor(text, "activation", tuple(instead), layer)]

    def error(self, j: int) -> list[Factor]:
        y, t = self.unit(self.last, j), self.target(j)
        other = j % self.sizes[-1] + 1
        instead = [("exponent", f"({y} - {t})**2"), ("sign", f"{y} + {t}")]
        if self.activations[self.last] == "identity":  # the slope of an activation that is not there
            instead += [("factor_extra", f"({y} - {t})*{slope}") for slope in (f"{y}*(1 - {y})", f"(1 - {y}**2)")]
        if other != j:
            instead.append(("wrong_index", f"{self.unit(self.last, other)} - {self.target(other)}"))
            instead.append(("wrong_index", f"{y} - {self.target(other)}"))
        return [Factor(f"{y} - {t}", "loss", tuple(instead))]

    def between(self, layer: int, i: int, j: int) -> list[Factor]:
        """The weight on the way back."""
        instead = []
        if (j, i) != (i, j) and max(i, j) <= min(self.sizes[layer], self.sizes[layer + 1]):
            instead.append(("wrong_index", self.weight(layer, j, i)))
        return [Factor(self.weight(layer, i, j), "weight", tuple(instead))]

    def head(self, layer: int, j: int) -> list[list[Factor]]:
        """The paths from L to the sum of a unit, without its own activation."""
        if layer == self.last:
            return [self.error(j)]
        return [
            [*path, *self.slope(layer + 1, k), *self.between(layer + 1, j, k)]
            for k in self.units(layer + 1) for path in self.head(layer + 1, k)
        ]  # fmt: skip

    def scale(self) -> str:
        return {"half": "", "sum": "2", "mean": f"2/{self.sizes[-1]}"}[self.loss]

    def case(self, layer: int, i: int, j: int, is_bias: bool = False) -> Case:
        variable = self.bias(layer, j) if is_bias else self.weight(layer, i, j)
        before = self.unit(layer - 1, i)
        other = i % self.sizes[layer] + 1
        instead = (("wrong_index", self.unit(layer - 1, other)),) if other != i else ()
        tail = self.slope(layer, j) + ([] if is_bias else [Factor(before, "input", instead)])
        extra = []
        if not is_bias and i != j and max(i, j) <= min(self.sizes[layer], self.sizes[layer + 1]):
            swapped = self.case_text(layer, j, i)
            extra.append(("wrong_index", swapped))
        updated = {}
        if layer == self.last - 1:
            updated = {self.weight(self.last, j, k): self.case_text(self.last, j, k) for k in self.units(self.last)}
        extra += self.extra_factors(layer, i, j, is_bias)
        return Case(
            f"{'-'.join(map(str, self.sizes))} {'/'.join(self.activations)} {self.loss} d/d{variable}", self.build,
            _label(variable), self.leaves, self.forward, self.head(layer, j), tail, self.scale(), is_bias,
            self.sizes[-1] if self.loss == "mean" else 0, extra, updated=updated,
        )  # fmt: skip

    def extra_factors(self, layer: int, i: int, j: int, is_bias: bool) -> list[tuple[str, str]]:
        """A factor too much in the whole: the input at a bias, the variable itself, one loss, all slopes at outputs."""
        right = written(self.head(layer, j), self.slope(layer, j), self.scale())
        before, variable = self.unit(layer - 1, i), self.bias(layer, j) if is_bias else self.weight(layer, i, j)
        loss = f"({self.unit(self.last, 1)} - {self.target(1)})"
        if is_bias:
            return [("factor_extra", f"{right}*{before}"), ("factor_extra", f"{right}*{loss}")]
        found = [("factor_extra", f"{right}*{before}*{other}") for other in (variable, loss)]
        found.append(("swapped_operands", f"{right}*{variable}"))
        if self.activations[self.last] == "identity" and layer < self.last:
            def with_slope(factor: Factor) -> Factor:
                y = factor.text.partition(" ")[0]
                return Factor(f"{factor.text})*{y}*(1 - {y}", "loss") if factor.kind == "loss" else factor

            head = [[with_slope(factor) for factor in path] for path in self.head(layer, j)]
            found.append(("factor_extra", f"{written(head, self.slope(layer, j), self.scale())}*{before}"))
        return found

    def case_text(self, layer: int, i: int, j: int) -> str:
        tail = [*self.slope(layer, j), Factor(self.unit(layer - 1, i), "input")]
        return written(self.head(layer, j), tail, self.scale())


def _label(name: str) -> str:
    """a_1__2 → a_1^(2)."""
    return re.sub(r"__(\d+)\Z", r"^(\1)", name)


def networks() -> Iterator[Case]:
    plans = [
        ([2, 3, 2], ["sigmoid", "sigmoid"], "half", NAMES), ([2, 3, 2], ["sigmoid", "identity"], "half", NAMES),
        ([2, 2, 2], ["sigmoid", "sigmoid"], "half", PLAIN), ([2, 2, 2], ["sigmoid", "identity"], "sum", PLAIN),
        ([2, 2, 2], ["tanh", "sigmoid"], "mean", NAMES), ([2, 3, 1], ["relu", "identity"], "half", NAMES),
        ([3, 2, 2], ["softplus", "tanh"], "sum", PLAIN), ([2, 2, 3], ["tanh", "identity"], "mean", NAMES),
        ([2, 2, 2, 2], ["tanh", "sigmoid", "sigmoid"], "half", NAMES),
        ([2, 2, 3, 1], ["sigmoid", "tanh", "identity"], "half", PLAIN),
    ]  # fmt: skip
    for seed, (sizes, activations, loss, style) in enumerate(plans):
        network = Network(sizes, activations, loss, style, seed)
        last = network.last
        yield network.case(last, 1, 1)
        yield network.case(last, 2, sizes[-1])
        yield network.case(last, 1, 1, is_bias=True)
        yield network.case(last - 1, 1, 1)
        yield network.case(last - 1, 2, 1)
        yield network.case(last - 1, 1, 2, is_bias=True)
        if last == 2:
            yield network.case(0, 1, 2)


# ---------------------------------------------------------------- formulas


def neurons() -> Iterator[Case]:
    """One unit, typed as a formula: only the leaves have names."""
    for activation, half in itertools.product(("sigmoid", "tanh", "softplus"), (True, False)):
        z, leaves = "(w*x + b)", {"w": 0.5, "x": 1.2, "b": -0.3, "t": 0.8}
        y = f"{activation}{z}"
        formula = f"({y} - t)**2" + ("/2" if half else "")
        slope = SLOPES[activation].format(y=y, z=z)
        instead = [("activation_at_output", AT_OUTPUT[activation].format(y=y, z=z))] if activation in AT_OUTPUT else []
        instead += [("activation_wrong", text.format(y=y, z=z)) for text in OTHER_SLOPES[activation]]
        error = Factor(f"{y} - t", "loss", (("exponent", f"({y} - t)**2"),))
        for variable in ("w", "b", "x"):
            last = {"w": [Factor("x", "input")], "x": [Factor("w", "input")], "b": []}[variable]
            tail = [Factor(slope, "activation", tuple(instead)), *last]
            yield _formula_case(f"{formula} d/d{variable}", formula, variable, leaves, [[error]], tail,
                                "" if half else "2", is_bias=variable == "b")  # fmt: skip


def _formula_case(name: str, formula: str, variable: str, leaves: dict[str, float], paths: list[list[Factor]],
                  tail: list[Factor] | None = None, scale: str = "", *, is_bias: bool = False, terms: int = 0,
                  extra: list[tuple[str, str]] | None = None) -> Case:  # fmt: skip
    def forward(numbers: dict[str, float]) -> dict[str, float]:
        return {**numbers, "L": number(formula, numbers)}

    return Case(name, lambda: parse(formula, **leaves), variable, leaves, forward, paths, tail or [], scale, is_bias,
                terms, extra or [])  # fmt: skip


def regressions() -> Iterator[Case]:
    """A line through three points: the mean of the squares, and of the sizes, of the errors."""
    leaves = {"m": 0.6, "b": 0.2}
    for i, (x, y) in enumerate(((0.5, 1.3), (-1.1, 0.4), (1.4, -0.8)), 1):
        leaves |= {f"x_{i}": x, f"y_{i}": y}
    errors = [f"m*x_{i} + b - y_{i}" for i in (1, 2, 3)]
    for kind in ("square", "size", "square of three lines"):
        if kind == "size":
            formula = "(" + " + ".join(f"abs({error})" for error in errors) + ")/3"
        elif kind == "square":
            formula = "(" + " + ".join(f"({error})**2" for error in errors) + ")/3"
        else:
            formula = "mean(" + ", ".join(f"({error})**2" for error in errors) + ")"
        for variable in ("m", "b"):
            paths = []
            for i, error in enumerate(errors, 1):
                instead = () if kind == "size" else (("exponent", f"({error})**2"),)
                slope = Factor(f"sign({error})" if kind == "size" else error, "loss", instead)
                shifted = (("wrong_index", f"x_{i % 3 + 1}"),)
                paths.append([slope, *([Factor(f"x_{i}", "input", shifted)] if variable == "m" else [])])
            scale = "1/3" if kind == "size" else "2/3"
            whole = written([[path[0]] for path in paths], [], scale)
            times_x = written([[path[0], Factor(f"x_{i}", "input")] for i, path in enumerate(paths, 1)], [], scale)
            times_m = written([[path[0], Factor("m", "input")] for path in paths], [], scale)
            extra = {"m": [("input_missing", whole), ("swapped_operands", times_m)],
                     "b": [("factor_extra", times_x), ("factor_extra", times_m)]}  # fmt: skip
            case = _formula_case(f"{kind} d/d{variable}", formula, variable, leaves, paths, [], scale,
                                 is_bias=variable == "b", terms=3, extra=extra[variable])  # fmt: skip
            case.forward = lambda numbers, formula=formula: {**numbers, "L": _mean_number(formula, numbers)}
            yield case


def _mean_number(formula: str, numbers: dict[str, float]) -> float:
    return eval(formula, {"__builtins__": {}}, {**FUNCTIONS, **numbers, "mean": lambda *terms: sum(terms) / len(terms)})


def formulas() -> Iterator[Case]:
    """Products, quotients, powers, exponentials and logarithms, each with mistakes of its own."""
    leaves = {"a": 1.3, "b": 0.7, "c": 0.9, "x": 1.1, "k": 0.6}

    def case(formula: str, variable: str, right: str, *extra: tuple[str, str]) -> Case:
        used = {name: leaves[name] for name in leaves if re.search(rf"\b{name}\b", formula)}
        made = _formula_case(f"{formula} d/d{variable}", formula, variable, used, [[Factor(right, "constant")]],
                             extra=list(extra))  # fmt: skip
        made.is_signed = False
        return made

    yield case("a*x**3 + b*x", "x", "3*a*x**2 + b", ("exponent", "3*a*x**3 + b"), ("path_missing", "3*a*x**2"),
               ("exponent", "a*x**2 + b"), ("factor_missing", "3*x**2 + b"), ("path_missing", "b"),
               ("sign", "3*a*x**2 - b"), ("exponent", "3*a*x + b"))  # fmt: skip
    yield case("a/x", "x", "-a/x**2", ("sign", "a/x**2"), ("swapped_operands", "1/a"), ("factor_missing", "-1/x**2"),
               ("factor_missing", "-a/x"), ("exponent", "-a/x"), ("exponent", "-a/x**3"))  # fmt: skip
    yield case("a/x", "a", "1/x", ("swapped_operands", "-x/a**2"), ("swapped_operands", "x"), ("exponent", "1/x**2"))
    yield case("(a - b)/(c + x)", "x", "-(a - b)/(c + x)**2", ("sign", "(a - b)/(c + x)**2"),
               ("sign", "(b - a)/(c + x)**2"), ("exponent", "-(a - b)/(c + x)"), ("sign", "-(a + b)/(c + x)**2"),
               ("factor_missing", "-1/(c + x)**2"), ("swapped_operands", "1/(a - b)"))  # fmt: skip
    yield case("a*exp(-k*x)", "x", "-a*k*exp(-k*x)", ("sign", "a*k*exp(-k*x)"), ("factor_missing", "-a*exp(-k*x)"),
               ("factor_missing", "-k*exp(-k*x)"), ("factor_missing", "-a*k"))  # fmt: skip
    yield case("log(1 + x**2)", "x", "2*x/(1 + x**2)", ("factor_missing", "1/(1 + x**2)"),
               ("factor_two", "x/(1 + x**2)"), ("exponent", "2*x**2/(1 + x**2)"), ("factor_missing", "2/(1 + x**2)"),
               ("factor_missing", "2*x"), ("sign", "2*x/(1 - x**2)"))  # fmt: skip
    yield case("exp(a - b)*c", "a", "exp(a - b)*c", ("swapped_operands", "exp(b - a)*c"),
               ("factor_missing", "exp(a - b)"), ("factor_missing", "c"), ("sign", "-exp(a - b)*c"),
               ("sign", "exp(a + b)*c"))  # fmt: skip
    yield case("x*exp(x)", "x", "exp(x) + x*exp(x)", ("path_missing", "exp(x)"), ("path_missing", "x*exp(x)"),
               ("sign", "exp(x) - x*exp(x)"))  # fmt: skip
    yield case("a*x**2*b", "x", "2*a*b*x", ("factor_two", "a*b*x"), ("exponent", "2*a*b*x**2"),
               ("factor_missing", "2*a*x"), ("factor_missing", "2*b*x"), ("factor_missing", "2*a*b"))  # fmt: skip
    yield case("sqrt(a*x + b)", "x", "a/(2*sqrt(a*x + b))", ("factor_missing", "1/(2*sqrt(a*x + b))"),
               ("input_missing", "1/(2*sqrt(a*x + b))"),
               ("factor_two", "a/sqrt(a*x + b)"), ("sign", "-a/(2*sqrt(a*x + b))"))  # fmt: skip
    yield case("sin(a*x)*cos(b*x)", "x", "a*cos(a*x)*cos(b*x) - b*sin(a*x)*sin(b*x)",
               ("path_missing", "a*cos(a*x)*cos(b*x)"), ("path_missing", "-b*sin(a*x)*sin(b*x)"),
               ("sign", "a*cos(a*x)*cos(b*x) + b*sin(a*x)*sin(b*x)"),
               ("factor_missing", "cos(a*x)*cos(b*x) - b*sin(a*x)*sin(b*x)"))  # fmt: skip
    yield case("x**2/(x + a)", "x", "2*x/(x + a) - x**2/(x + a)**2", ("path_missing", "2*x/(x + a)"),
               ("path_missing", "-x**2/(x + a)**2"), ("sign", "2*x/(x + a) + x**2/(x + a)**2"))  # fmt: skip
    yield case("(a*x + b)**4", "x", "4*a*(a*x + b)**3", ("factor_missing", "4*(a*x + b)**3"),
               ("input_missing", "4*(a*x + b)**3"),
               ("exponent", "4*a*(a*x + b)**4"), ("exponent", "a*(a*x + b)**3"),
               ("exponent", "4*a*(a*x + b)**2"))  # fmt: skip


def shared() -> Iterator[Case]:
    """A weight that is used twice: a small recurrent network."""
    leaves = {"w": 0.7, "v": -0.4, "x_1": 0.9, "x_2": -0.6, "h_0": 0.3, "t": 0.5}

    def forward(numbers: dict[str, float]) -> dict[str, float]:
        names = dict(numbers)
        names["s_1"] = names["w"] * names["h_0"] + names["v"] * names["x_1"]
        names["h_1"] = math.tanh(names["s_1"])
        names["s_2"] = names["w"] * names["h_1"] + names["v"] * names["x_2"]
        names["h_2"] = math.tanh(names["s_2"])
        names["L"] = (names["h_2"] - names["t"]) ** 2 / 2
        return names

    def build() -> Value:
        n = {name: Value(x, name) for name, x in leaves.items()}
        s_1 = (n["w"] * n["h_0"] + n["v"] * n["x_1"]).named("s_1")
        h_1 = s_1.tanh().named("h_1")
        s_2 = (n["w"] * h_1 + n["v"] * n["x_2"]).named("s_2")
        h_2 = s_2.tanh().named("h_2")
        return ((h_2 - n["t"]) ** 2 / 2).named("L")

    error = Factor("h_2 - t", "loss", (("exponent", "(h_2 - t)**2"),))
    outer = Factor("1 - h_2**2", "activation", (("activation_wrong", "1 - h_2"), ("wrong_index", "1 - h_1**2")), 1)
    inner = Factor("1 - h_1**2", "activation", (("activation_wrong", "1 - h_1"),), 2)
    for variable, first, second in (("w", "h_0", "h_1"), ("v", "x_1", "x_2")):
        paths = [[Factor(second, "factor")], [Factor("w", "weight"), inner, Factor(first, "factor")]]
        yield Case(f"recurrent d/d{variable}", build, variable, leaves, forward, paths, [error, outer])


def softmaxes() -> Iterator[Case]:
    """Cross-entropy of a softmax over three logits."""
    leaves = {f"w_{j}{i}": x for (j, i), x in zip(itertools.product((1, 2, 3), (1, 2)),
                                                 (0.4, -0.7, 0.9, 0.3, -0.5, 0.6), strict=True)}  # fmt: skip
    leaves |= {"x_1": 0.8, "x_2": -1.1, "t_1": 0.2, "t_2": 0.7, "t_3": 0.1}

    def forward(numbers: dict[str, float]) -> dict[str, float]:
        names = dict(numbers)
        for j in (1, 2, 3):
            names[f"z_{j}"] = sum(names[f"w_{j}{i}"] * names[f"x_{i}"] for i in (1, 2))
        total = sum(math.exp(names[f"z_{j}"]) for j in (1, 2, 3))
        for j in (1, 2, 3):
            names[f"p_{j}"] = math.exp(names[f"z_{j}"]) / total
        names["L"] = -sum(names[f"t_{j}"] * math.log(names[f"p_{j}"]) for j in (1, 2, 3))
        return names

    def build() -> Value:
        n = {name: Value(x, name) for name, x in leaves.items()}
        z = [dot([n[f"w_{j}1"], n[f"w_{j}2"]], [n["x_1"], n["x_2"]]).named(f"z_{j}") for j in (1, 2, 3)]
        e = [each.exp() for each in z]
        total = e[0] + e[1] + e[2]
        p = [(each / total).named(f"p_{j}") for j, each in enumerate(e, 1)]
        return (-(n["t_1"] * p[0].log() + n["t_2"] * p[1].log() + n["t_3"] * p[2].log())).named("L")

    for j, i in ((2, 1), (1, 2), (3, 1)):
        right = f"p_{j}*(t_1 + t_2 + t_3) - t_{j}"
        other = j % 3 + 1
        instead = [("wrong_index", right.replace(f"p_{j}", f"p_{other}"))]
        instead += [("path_missing", f"p_{j}*(t_1 + t_2 + t_3)"), ("sign", f"p_{j}*(t_1 + t_2 + t_3) + t_{j}")]
        exchanged = right.replace(f"_{j}", "#").replace(f"_{other}", f"_{j}").replace("#", f"_{other}")
        instead += [("path_missing", f"-t_{j}"), ("wrong_index", exchanged)]
        factors = [Factor(right, "loss", tuple(instead))]
        tail = [Factor(f"x_{i}", "input", (("wrong_index", f"x_{i % 2 + 1}"),))]
        yield Case(f"softmax d/dw_{j}{i}", build, f"w_{j}{i}", leaves, forward, [factors], tail)


def cases() -> list[Case]:
    """All questions."""
    return [*networks(), *neurons(), *regressions(), *formulas(), *shared(), *softmaxes()]


# ---------------------------------------------------------------- what is judged


@dataclass(frozen=True)
class Wrong:
    """A wrong answer with all of its true codes (for a combination, of each of the two)."""

    case: Case
    text: str
    codes: frozenset[str]
    options: tuple[tuple[str, float], ...] = ()


POINTS = 12


def signature(text: str, points: list[dict[str, float]]) -> tuple[str, ...] | None:
    """What a function is at some points, to nine digits."""
    try:
        return tuple(f"{number(text, point) + 0.0:.9g}" for point in points)
    except (ArithmeticError, ValueError, KeyError, NameError):
        return None


def points_of(case: Case, seed: int = 1) -> list[dict[str, float]]:
    rng = random.Random(f"{case.name} {seed}")
    found = [case.sample(rng) for _ in range(POINTS)]
    for point in found:
        point |= {"eta": 0.3, "lambda_": 0.2}
    return found


def by_function(
    texts: Iterator[tuple[str, str]], points: list[dict[str, float]]
) -> dict[tuple[str, ...], tuple[str, set[str]]]:
    """For each function: its first text, and the codes of all texts that are it."""
    found: dict[tuple[str, ...], tuple[str, set[str]]] = {}
    for code, text in texts:
        key = signature(text, points)
        if key is not None:
            found.setdefault(key, (text, set()))[1].add(code)
    return found


def wrong_answers(per_case: int = 6, combined: int = 1) -> list[Wrong]:
    """The corpus of wrong answers: some of each case, every code as evenly as it goes."""
    rng = random.Random(0)
    count: dict[str, int] = {}
    result: list[Wrong] = []
    for case in cases():
        points = points_of(case)
        right = signature(case.right(), points)
        found = by_function(wrong_texts(case), points)
        found.pop(right, None)
        here = case.forward(case.leaves)
        if abs(number(case.right(), here)) < 1e-12:  # a text without names is about the current point
            found = {key: pair for key, pair in found.items() if pair[0] != "0"}
        picked = sorted(found.values(), key=lambda pair: (min(count.get(code, 0) for code in pair[1]), rng.random()))
        for text, codes in picked[:per_case]:
            for code in codes:
                count[code] = count.get(code, 0) + 1
            result.append(Wrong(case, text, frozenset(codes)))
        rates = by_function(rate_texts(case), points)
        if case.updated or rng.random() < 0.25:
            known = list(rates.values())
            text, codes = known[-1] if case.updated else rng.choice(known)
            text = re.sub(r"\beta\b", "0.3", text)
            result.append(Wrong(case, text, frozenset(codes), (("lr", 0.3),)))
        if rng.random() < 0.4:
            code, text = rng.choice(list(decay_texts(case)))
            result.append(Wrong(case, text.replace("lambda_", "0.2"), frozenset([code]), (("weight_decay", 0.2),)))
        singles = {right, *found}
        pairs = [(text, {"combination"}) for one, other, text in combined_texts(case, rng)
                 if signature(text, points) not in singles and one != other]  # fmt: skip
        for text, codes in rng.sample(pairs, min(combined, len(pairs))):
            if signature(text, points) is not None:
                result.append(Wrong(case, text, frozenset(codes)))
    return result


# ---------------------------------------------------------------- right answers, written differently


def right_texts(case: Case, rng: random.Random) -> Iterator[str]:
    """The right derivation in other words: reordered, expanded, in other functions, spellings and notations."""
    paths, tail, scale = case.paths, case.tail, case.scale
    right = case.right()
    yield right
    yield written([path[::-1] for path in paths[::-1]], tail[::-1], scale)
    expanded = " + ".join(written([[*path, *tail]], [], scale) for path in paths)
    yield expanded
    yield " + ".join(written([[*tail, *path[::-1]]], [], scale) for path in paths[::-1])
    yield re.sub(r"(?<!\w)\((\w+) - (\w+)\)", r"-(\2 - \1)", written([[*tail, *path] for path in paths], [], scale))
    yield re.sub(r"sigmoid\(([^()]*)\)", r"(1/(1 + exp(-(\1))))", right)
    yield re.sub(r"(?<![\w)])(\w+)\*\(1 - \1\)", r"(\1 - \1**2)", right)
    yield re.sub(r"1 - (\w+)\*\*2", r"(1 - \1)*(1 + \1)", right)
    yield re.sub(r"(?<!/)\b(\w+)\*\*2", r"\1*\1", right)
    yield right.replace("*", " * ").replace(" *  * ", "**").replace("(", "( ").replace(")", " )")
    yield f"  {right}\n"
    yield f"-(-({right}))"
    yield f"({right})*2/2 + 0"
    yield f"0.5*({expanded}) + ({right})/2"
    yield as_unicode(right)
    yield as_latex(right)
    yield from _in_sums(case, right)
    yield from _by_sympy(case, right, rng)


def _in_sums(case: Case, right: str) -> Iterator[str]:
    """σ(a) for h, where both have names."""
    names = case.forward(case.leaves)
    found = right
    for name in re.findall(r"\b[hgy]_\d\b", right):
        total = {"h": f"a_{name[2:]}__1", "g": f"s_{name[2:]}", "y": f"a_{name[2:]}__2"}[name[0]]
        if total in names and abs(sigmoid(names[total]) - names.get(name, 0)) < 1e-12:
            found = re.sub(rf"\b{name}\b", f"sigmoid({total})", found)
    if found != right:
        yield found


def _by_sympy(case: Case, right: str, rng: random.Random) -> Iterator[str]:
    """What SymPy makes of it."""
    if " if " in right or len(right) > 400:
        return
    words = set(re.findall(r"[^\W\d]\w*", right)) - set(FUNCTIONS)
    symbols = {word: sympy.Symbol(word) for word in words}
    sigma = sympy.Function("sigmoid")
    expression = sympy.sympify(right, locals={**symbols, "sigmoid": sigma, "sign": sympy.Function("sign")})
    for change in (sympy.expand, sympy.factor_terms, sympy.together):
        yield str(change(expression))


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def as_unicode(text: str) -> str:
    """y_1*(1 - y_1)**2 → y₁·(1 − y₁)², sigmoid(z) → σ(z)."""
    text = text.replace("sigmoid(", "σ(").replace("**2", "²").replace("**3", "³")
    text = text.replace("*", "·").replace(" - ", " − ")
    text = re.sub(r"_(\d+)__(\d)", lambda m: m[1].translate(SUBSCRIPTS) + {"1": "⁽¹⁾", "2": "⁽²⁾"}[m[2]], text)
    return re.sub(r"_(\d+)", lambda m: m[1].translate(SUBSCRIPTS), text)


def as_latex(text: str) -> str:
    """y_1*(1 - y_1) → y_{1} \\cdot \\left(1 - y_{1}\\right)."""
    if " if " in text or "sign(" in text or "softplus(" in text:
        return text
    text = re.sub(r"_(\d+)__(\d)", r"_{\1}^{(\2)}", text)
    text = re.sub(r"_(\d+)", r"_{\1}", text)
    text = re.sub(r"\bsigmoid\(", r"\\sigma(", text)
    text = re.sub(r"\b(tanh|exp|log|sin|cos)\(", lambda m: "\\" + {"log": "ln"}.get(m[1], m[1]) + "(", text)
    text = re.sub(r"\*\*(\d)", r"^{\1}", text)
    text = text.replace("*", r" \cdot ")
    return text if "sqrt" in text else text.replace("(", r"\left(").replace(")", r"\right)").replace(
        r"^{\left(", "^{(").replace(r"\right)}", ")}")


def right_answers(per_case: int = 5) -> list[tuple[Case, str]]:
    """The corpus of right answers."""
    rng = random.Random(1)
    result = []
    for case in cases():
        texts = list(dict.fromkeys(right_texts(case, rng)))
        result += [(case, text) for text in rng.sample(texts, min(per_case, len(texts)))]
    return result
