"""Oracles that know nothing of the library's derivatives: formulas, exact chain rule, random graphs.

`FORMULAS` is the one place of the project where the forward functions stand a second time, as a textbook writes them.
A formula gets a namespace `m` first, so that one line can be read in several ways: `mpmath.mp` (numbers of 50 digits),
`sympy` (expressions), `math` (floats) and `Jets` here (second-order dual numbers over numbers of 50 digits or floats).

Graphs are programs, as JSON can hold them: a list of calls `["dot", ["v0", "v3"], [0.5, 2], 1]`, where `"v3"` is the
node of that number (the leaves come first, then one node for each call; the last is the output) and numbers are
constants.
"""

from __future__ import annotations

import contextlib
import math
import operator
from collections import Counter
from dataclasses import dataclass, field

import mpmath

from autograd import Value, generated
from autograd.op import TABLE

DIGITS = 50

FORMULAS = {
    "add": lambda m, a, b: a + b,
    "subtract": lambda m, a, b: a - b,
    "multiply": lambda m, a, b: a * b,
    "divide": lambda m, a, b: a / b,
    "power": lambda m, x, n: x**n,
    "negative": lambda m, x: -x,
    "positive": lambda m, x: x,
    "abs": lambda m, x: x if x > 0 else -x,
    "sign": lambda m, x: 1 if x > 0 else -1 if x < 0 else 0,
    "greater": lambda m, a, b: 1 if a > b else 0,
    "where": lambda m, condition, a, b: a if condition else b,
    "maximum": lambda m, a, b: max(a, b),
    "minimum": lambda m, a, b: min(a, b),
    "exp": lambda m, x: m.exp(x),
    "expm1": lambda m, x: m.exp(x) - 1,
    "log": lambda m, x: m.log(x),
    "log1p": lambda m, x: m.log(1 + x),
    "sqrt": lambda m, x: m.sqrt(x),
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(x),
    "tan": lambda m, x: m.tan(x),
    "arcsin": lambda m, x: m.asin(x),
    "arccos": lambda m, x: m.acos(x),
    "arctan": lambda m, x: m.atan(x),
    "sinh": lambda m, x: m.sinh(x),
    "cosh": lambda m, x: m.cosh(x),
    "tanh": lambda m, x: m.tanh(x),
    "sigmoid": lambda m, x: 1 / (1 + m.exp(-x)),
    "softplus": lambda m, x: m.log(1 + m.exp(x)),
    "relu": lambda m, x: max(x, 0),
    "leaky_relu": lambda m, x, slope: x if x > 0 else slope * x,
    "elu": lambda m, x, alpha: x if x > 0 else alpha * (m.exp(x) - 1),
    "erf": lambda m, x: m.erf(x),
    "erfc": lambda m, x: m.erfc(x),
    "gelu": lambda m, x: x * m.erfc(-x / m.sqrt(2)) / 2,
    "silu": lambda m, x: x / (1 + m.exp(-x)),
    "dot": lambda m, w, x, b: sum(map(operator.mul, w, x), b),
    "sum": lambda m, x: sum(x[1:], x[0]),
    "mean": lambda m, x: sum(x[1:], x[0]) / len(x),
    "logsumexp": lambda m, x: m.log(sum(map(m.exp, x))),
}

# Where a function has a kink or a jump: at the zeros of these.
KINKS = {
    "abs": lambda x: x,
    "sign": lambda x: x,
    "greater": lambda a, b: a - b,
    "where": lambda condition, a, b: condition,
    "maximum": lambda a, b: a - b,
    "minimum": lambda a, b: a - b,
    "relu": lambda x: x,
    "leaky_relu": lambda x, slope: x,
    "elu": lambda x, alpha: x,
}


def formula(name):
    """The oracle's formula of an operation; says what to do when there is none."""
    if name not in FORMULAS:
        raise LookupError(f"the table has an operation {name!r} without an oracle: add its formula to tests/oracles.py")
    return FORMULAS[name]


# ---------------------------------------------------------------- arguments: lists opened and closed again


def flat(arguments):
    """All operands in order, lists opened."""
    return [
        item for argument in arguments for item in (argument if isinstance(argument, (tuple, list)) else [argument])
    ]


def shaped(items, arguments):
    """The inverse of `flat`: `items` in the shape of `arguments`."""
    items = iter(items)
    return tuple(tuple(next(items) for _ in a) if isinstance(a, (tuple, list)) else next(items) for a in arguments)


# ---------------------------------------------------------------- second-order dual numbers


class Jet:
    """A number with its first and second derivatives: `slope[k]` = ∂/∂operandₖ, `bend[k, j]` with k ≤ j."""

    __slots__ = ("bend", "slope", "value")

    def __init__(self, value, slope, bend):
        self.value, self.slope, self.bend = value, slope, bend

    def compose(self, value, first, second):
        """f(self), from f, f' and f'' at self.value: Faà di Bruno's formula."""
        slope = {k: first * d for k, d in self.slope.items()}
        bend = {kl: first * d for kl, d in self.bend.items()}
        for k, j in _pairs(self.slope):
            bend[k, j] = bend.get((k, j), 0) + second * self.slope[k] * self.slope[j]
        return Jet(value, slope, bend)

    def __add__(self, other):
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slope, self.bend)
        return Jet(self.value + other.value, _sum(self.slope, other.slope), _sum(self.bend, other.bend))

    def __mul__(self, other):
        if not isinstance(other, Jet):
            return self.compose(self.value * other, other, 0)
        u, v = self.value, other.value
        slope = _sum({k: v * d for k, d in self.slope.items()}, {k: u * d for k, d in other.slope.items()})
        bend = _sum({k: v * d for k, d in self.bend.items()}, {k: u * d for k, d in other.bend.items()})
        for k, j in _pairs(slope):
            cross = self.slope.get(k, 0) * other.slope.get(j, 0) + self.slope.get(j, 0) * other.slope.get(k, 0)
            bend[k, j] = bend.get((k, j), 0) + cross
        return Jet(u * v, slope, bend)

    def __truediv__(self, other):
        return self * (other**-1 if isinstance(other, Jet) else 1 / (other + self.value * 0))

    def __pow__(self, n):
        x = self.value
        if isinstance(n, Jet):
            return _over(x).exp(n * _over(x).log(self))
        return self.compose(x**n, n * x ** (n - 1) if n else 0, n * (n - 1) * x ** (n - 2) if n not in (0, 1) else 0)

    def __rpow__(self, base):
        return _over(self.value).exp(self * _over(self.value).log(base))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def __gt__(self, other):
        return self.value > _value(other)

    def __lt__(self, other):
        return self.value < _value(other)

    def __bool__(self):
        return bool(self.value)


def _pairs(slope):
    """Every (k, j) with k ≤ j among the keys."""
    return [(k, j) for k in slope for j in slope if k <= j]


def _sum(a, b):
    return {**a, **{k: a[k] + d if k in a else d for k, d in b.items()}}


def _value(number):
    return number.value if isinstance(number, Jet) else number


# f' and f'' of the elementary functions, from m, x and y = f(x). A test holds them against mpmath's differences.
ELEMENTARY = {
    "exp": lambda m, x, y: (y, y),
    "log": lambda m, x, y: (1 / x, -1 / x**2),
    "sqrt": lambda m, x, y: (1 / (2 * y), -1 / (4 * y**3)),
    "sin": lambda m, x, y: (m.cos(x), -y),
    "cos": lambda m, x, y: (-m.sin(x), -y),
    "tan": lambda m, x, y: (1 / m.cos(x) ** 2, 2 * y / m.cos(x) ** 2),
    "asin": lambda m, x, y: (1 / m.cos(y), x / m.cos(y) ** 3),
    "acos": lambda m, x, y: (-1 / m.sin(y), -x / m.sin(y) ** 3),
    "atan": lambda m, x, y: (1 / (1 + x**2), -2 * x / (1 + x**2) ** 2),
    "sinh": lambda m, x, y: (m.cosh(x), y),
    "cosh": lambda m, x, y: (m.sinh(x), y),
    "tanh": lambda m, x, y: (1 / m.cosh(x) ** 2, -2 * y / m.cosh(x) ** 2),
    "erf": lambda m, x, y: _bell(m, x, 2),
    "erfc": lambda m, x, y: _bell(m, x, -2),
}


def _bell(m, x, factor):
    slope = factor * m.exp(-(x**2)) / m.sqrt(m.pi)
    return slope, -2 * x * slope


class Jets:
    """The namespace of formulas of jets, over the numbers of `m`: mpmath.mp or math. Plain numbers stay plain."""

    def __init__(self, m):
        self.m = m

    def __getattr__(self, name):
        function = getattr(self.m, name)

        def lifted(x):
            if not isinstance(x, Jet):
                return function(x)
            y = function(x.value)
            return x.compose(y, *ELEMENTARY[name](self.m, x.value, y))

        return lifted


EXACT, ROUGH = Jets(mpmath.mp), Jets(math)


def _over(number):
    return ROUGH if isinstance(number, float) else EXACT


# ---------------------------------------------------------------- the chain rule, forward, first and second order


@dataclass
class Node:
    """A node of a program with its derivatives: `first[leaf]`, and `second[direction][leaf]` = (H·direction)ₗₑₐ𝒻.

    `along[direction]` is the derivative along a direction. With `size` set, every term of the chain rule counts with
    its absolute value: `first` is then the sum over all paths of |product of local derivatives|, and `second` the same
    for the terms of the twice expanded rule: |f_k|·second(k) + |f_kj|·first(k)·along(j).
    """

    value: object
    first: dict = field(default_factory=dict)
    along: list = field(default_factory=list)
    second: list = field(default_factory=list)


def leaf(index, value, directions, one):
    return Node(value, {index: one}, [d[index] * one for d in directions], [{} for _ in directions])


def local(name, arguments, number):
    """The value of one operation at `arguments`, with its local first and second derivatives.

    `arguments` are numbers (constants) and `Node`s (operands); derivatives are keyed by place in `flat(arguments)`.
    """
    items = [
        Jet(item.value, {k: number(1)}, {}) if isinstance(item, Node) else number(item)
        for k, item in enumerate(flat(arguments))
    ]
    result = formula(name)(_over(number(0)), *shaped(items, arguments))
    return result if isinstance(result, Jet) else Jet(number(result), {}, {})


def extend(jet, operands, *, size=False):
    """The node of an operation, from its local derivatives and its operands (by place)."""
    magnitude = abs if size else lambda number: number
    node = Node(jet.value)
    directions = len(next(iter(operands.values())).along) if operands else 0
    node.along = [0] * directions
    node.second = [{} for _ in range(directions)]
    for k, d in jet.slope.items():
        f = magnitude(d)
        if not f:
            continue
        for key, slope in operands[k].first.items():
            node.first[key] = node.first.get(key, 0) + f * slope
        for i in range(directions):
            node.along[i] += f * operands[k].along[i]
            second = node.second[i]
            for key, bend in operands[k].second[i].items():
                second[key] = second.get(key, 0) + f * bend
    for (k, j), d in jet.bend.items():
        f = magnitude(d)
        if not f:
            continue
        for one, other in ((k, j), (j, k))[: 1 if k == j else 2]:
            for i in range(directions):
                second, along = node.second[i], f * operands[other].along[i]
                for key, slope in operands[one].first.items():
                    second[key] = second.get(key, 0) + slope * along
    return node


def is_reference(item):
    return isinstance(item, str)


def resolve(arguments, nodes):
    """The arguments of a call of a program with every "v3" replaced by nodes[3]."""
    return tuple(
        resolve(a, nodes) if isinstance(a, (list, tuple)) else nodes[int(a[1:])] if is_reference(a) else a
        for a in arguments
    )


def run(program, leaves, directions=(), *, number=mpmath.mpf, size=False):
    """The output `Node` of a program in 50 digits (or floats): its value, gradient and Hessian–vector products."""
    with mpmath.workdps(DIGITS):
        nodes = [leaf(i, number(x), directions, number(1)) for i, x in enumerate(leaves)]
        for name, *arguments in program:
            resolved = resolve(arguments, nodes)
            operands = {k: item for k, item in enumerate(flat(resolved)) if isinstance(item, Node)}
            nodes.append(extend(local(name, resolved, number), operands, size=size))
        return nodes[-1]


# ---------------------------------------------------------------- the library on programs

_SPELLINGS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "negative": operator.neg, "positive": operator.pos, "abs": abs,
}  # fmt: skip


def build(program, leaves):
    """The nodes of a program, by the library; every other call is spelled as an operator or a method if it can be."""
    nodes = list(leaves)
    for index, (name, *arguments) in enumerate(program):
        operands = resolve(arguments, nodes)
        if index % 2 and name in _SPELLINGS:
            nodes.append(_SPELLINGS[name](*operands))
        elif index % 2 and isinstance(operands[0], Value) and hasattr(operands[0], name):
            nodes.append(getattr(operands[0], name)(*operands[1:]))
        else:
            nodes.append(TABLE[name](*operands))
    return nodes


@contextlib.contextmanager
def running_on(name):
    """The "generated" engine or the "definition" alone, for a while."""
    before = "definition" if TABLE["add"].record is None else "generated"
    switch = {"generated": generated.install, "definition": generated.uninstall}
    if name != before:
        switch[name]()
    try:
        yield
    finally:
        if name != before:
            switch[before]()


# ---------------------------------------------------------------- random programs

# A number is healthy if it is not huge; a path sum, if it leaves 1e-9 of itself a sharp bound.
LARGEST, LARGEST_FIRST, LARGEST_SECOND = 50.0, 300.0, 3e4
# The margin to kinks, to holes and to the ends of a domain: there, a rounding error turns into another derivative.
MARGIN = 0.01


@dataclass
class Program:
    """A random graph: its leaves, its calls, a direction for second derivatives, and the bounds S by floats."""

    leaves: list
    calls: list
    direction: list
    size: Node = field(default_factory=lambda: Node(0.0))
    # The same derivatives in floats: how far these are off says how well the graph is conditioned.
    rough: Node = field(default_factory=lambda: Node(0.0))

    @property
    def operations(self):
        return Counter(call[0] for call in self.calls)


def random_program(rng, names=None, *, largest=500):
    """A random program of 5 to `largest` nodes over the whole table.

    Its numbers stay healthy, because a call whose result is not is drawn again, and every node has a way to the
    output: what nobody used is gathered at the end.
    """
    names = sorted(names or TABLE)
    total = round(5 * (largest / 5) ** rng.random())
    count = min(rng.randint(1, 8), max(1, total // 3))
    leaves = [rng.choice((rng.uniform(-2, 2), rng.uniform(0.1, 3), float(rng.randint(-3, 3)))) for _ in range(count)]
    direction = [rng.uniform(0.5, 1.5) * rng.choice((-1, 1)) for _ in leaves]
    rough = [leaf(i, x, [direction], 1.0) for i, x in enumerate(leaves)]
    size = [leaf(i, x, [[abs(d) for d in direction]], 1.0) for i, x in enumerate(leaves)]
    calls, comparisons = [], []
    unused = dict.fromkeys(range(count))

    def attempt(name, arguments):
        """Append the call if its numbers are healthy."""
        resolved = resolve(arguments, rough)
        values = shaped([item.value if isinstance(item, Node) else item for item in flat(resolved)], resolved)
        # A false condition is an exact 0, of `greater` or a constant: any other 0 is a rounding error away from true.
        chosen = name == "where" and values[0] == 0 and (not is_reference(arguments[0]) or arguments[0] in comparisons)
        if not chosen and not is_regular(TABLE[name], values, MARGIN):
            return False
        try:
            jet = local(name, resolved, float)
        except (ArithmeticError, ValueError):
            return False
        places = [(k, int(item[1:])) for k, item in enumerate(flat(arguments)) if is_reference(item)]
        exact = extend(jet, {k: rough[index] for k, index in places})
        bound = extend(jet, {k: size[index] for k, index in places}, size=True)
        if not (
            abs(exact.value) <= LARGEST
            and all(s <= LARGEST_FIRST for s in bound.first.values())
            and all(s <= LARGEST_SECOND for s in bound.second[0].values())
        ):
            return False
        rough.append(exact)
        size.append(bound)
        calls.append([name, *arguments])
        for _, index in places:
            unused.pop(index, None)
        unused[len(rough) - 1] = None
        if name == "greater":
            comparisons.append(f"v{len(rough) - 1}")
        return True

    def reference():
        """A node, an unused or a recent one more often than not."""
        way = rng.random()
        if way < 0.4:
            return f"v{rng.choice(list(unused))}"
        return f"v{rng.randrange(max(0, len(rough) - 8) if way < 0.7 else 0, len(rough))}"

    def operand():
        return reference() if rng.random() < 0.8 else rng.choice((rng.uniform(-2, 2), rng.randint(-3, 3)))

    def arguments_of(name):
        entry, length = TABLE[name], rng.randint(1, 6)
        drawn = []
        for many in entry.is_list:
            if not many:
                drawn.append(operand())
            elif rng.random() < 0.2:
                drawn.append([rng.uniform(-2, 2) for _ in range(length)])
            else:
                drawn.append([operand() for _ in range(length)])
        if name == "power" and rng.random() < 0.6:  # whole-number exponents, which a negative base allows
            drawn[1] = rng.choice((-2, -1, 0, 1, 2, 3, 2.0))
        if name == "where" and comparisons and rng.random() < 0.6:
            drawn[0] = rng.choice(comparisons)
        if not any(map(is_reference, flat(drawn))):  # numbers alone make no node
            first = drawn[0]
            drawn[0] = [reference(), *first[1:]] if isinstance(first, list) else reference()
        return drawn

    while len(rough) + len(unused) // 6 < total:
        name = rng.choice(names)
        attempt(name, arguments_of(name))
    while len(unused) > 1:
        gathered = [f"v{index}" for index in list(unused)[: rng.randint(2, 6)]]
        weights = [rng.uniform(-1, 1) / len(gathered) for _ in gathered]
        name = rng.choice(("dot", "mean", "logsumexp", "sum"))
        if not attempt(name, [weights, gathered, rng.uniform(-1, 1)] if name == "dot" else [gathered]):
            attempt("dot", [weights, gathered, 0])
    return Program(leaves, calls, direction, size[-1], rough[-1])


def is_regular(op, arguments, margin):
    """Whether a point is inside of the domain and away from kinks by a margin, and smooth in each operand."""
    for domain, argument in zip(op.domain, arguments, strict=True):
        for x in flat([argument]):
            if (
                op.name == "power"
                and argument is arguments[0]
                and arguments[1] == int(arguments[1])
                and abs(x) > margin
            ):
                continue  # a negative base, which the domain allows in words
            ends = [end for end in (domain.low, domain.high, domain.hole) if end is not None and math.isfinite(end)]
            if not (domain.low < x < domain.high) or any(abs(x - end) < margin for end in ends):
                return False
    if op.name not in KINKS:
        return True
    kink = KINKS[op.name](*arguments)
    return abs(kink) >= margin * max(1.0, *(abs(x) for x in flat(arguments)))
