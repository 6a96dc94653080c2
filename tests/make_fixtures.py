"""Writes tests/fixtures/torch_graphs.json: PyTorch's values and derivatives of random graphs and of every operation.

    pip install torch==2.13.0          # anywhere; the tests themselves do not need it
    python tests/make_fixtures.py      # from the top of the checkout, with the library importable

The file is the same bytes on every run (one thread, float64, seeds 0, 1, 2, …; `--check` compares instead of writing).
It is JSON:

- `graphs`: `leaves` and `calls` as in `oracles.py` ("v3" is the node of that number, numbers are constants), `value`,
  `gradient` by leaf, and `hessian_rows` (leaf → row) by double backward;
- `operations`: `op`, `arguments`, `value`, and `partials` by operand, lists opened: at regular points and at the kinks
  where PyTorch and this library mean the same;
- `differences`: points where PyTorch's derivative is another, with PyTorch's numbers and a `reason`. Here the library
  refuses the slope.
"""

from __future__ import annotations

import functools
import math
import random

from fixture_files import document, functional, torch, write_or_check
from oracles import flat, random_program, resolve, shaped

from autograd.op import TABLE

GRAPHS, LARGEST, ROWS = 60, 150, 2


def tensor(x):
    return x if isinstance(x, torch.Tensor) else torch.tensor(float(x), dtype=torch.float64)


def stacked(items):
    return torch.stack([tensor(item) for item in items])


def elu(x, alpha):
    if isinstance(alpha, torch.Tensor) and alpha.requires_grad:  # torch's own takes a plain number
        return torch.where(x > 0, x, alpha * torch.expm1(torch.clamp(x, max=0.0)))
    return functional.elu(x, float(alpha))


def leaky_relu(x, slope):
    if isinstance(slope, torch.Tensor) and slope.requires_grad:
        return functional.prelu(x.reshape(1, 1), slope.reshape(1)).reshape(())
    return functional.leaky_relu(x, float(slope))


# softplus: torch's own is exactly x from 20 on, which is 2e-9 off, so the threshold is put where it is exact.
@functools.cache
def operations():
    """Name → PyTorch's function."""
    return {
        "add": torch.add,
        "subtract": torch.sub,
        "multiply": torch.mul,
        "divide": torch.div,
        "power": torch.pow,
        "negative": torch.neg,
        "positive": torch.positive,
        "abs": torch.abs,
        "sign": torch.sign,
        "greater": lambda a, b: torch.gt(a, b).to(torch.float64),
        "where": lambda condition, a, b: torch.where(condition != 0, a, b),
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "exp": torch.exp,
        "expm1": torch.expm1,
        "log": torch.log,
        "log1p": torch.log1p,
        "sqrt": torch.sqrt,
        "sin": torch.sin,
        "cos": torch.cos,
        "tan": torch.tan,
        "arcsin": torch.arcsin,
        "arccos": torch.arccos,
        "arctan": torch.arctan,
        "sinh": torch.sinh,
        "cosh": torch.cosh,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softplus": lambda x: functional.softplus(x, threshold=700.0),
        "relu": torch.relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "erf": torch.erf,
        "erfc": torch.erfc,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "dot": lambda w, x, b: torch.dot(stacked(w), stacked(x)) + b,
        "sum": lambda x: torch.sum(stacked(x)),
        "mean": lambda x: torch.mean(stacked(x)),
        "logsumexp": lambda x: torch.logsumexp(stacked(x), 0),
    }


SATURATED = ("sigmoid", "tanh", "softplus", "relu", "gelu", "silu", "erf", "erfc", "arctan")
KINKS = [
    ("relu", [0.0]), ("abs", [0.0]), ("sign", [0.0]), ("leaky_relu", [0.0, 0.01]), ("leaky_relu", [0.0, 0.3]),
    ("elu", [0.0, 1.0]), ("maximum", [2.0, 2.0]), ("minimum", [2.0, 2.0]), ("maximum", [0.0, 0.0]),
    ("greater", [2.0, 2.0]), ("where", [0.0, 5.0, 7.0]), ("where", [1.0, 5.0, 7.0]), ("where", [-3.0, 5.0, 7.0]),
    ("power", [0.0, 1.0]), ("power", [0.0, 2.0]), ("power", [0.0, 2.5]), ("logsumexp", [[3.0, 3.0]]),
    ("logsumexp", [[1000.0, -1000.0]]), ("logsumexp", [[-1000.0, -1001.0, -1002.0]]),
    *[(name, [x]) for name in SATURATED for x in (1000.0, -1000.0)],
    ("elu", [1000.0, 1.0]), ("elu", [-1000.0, 1.0]), ("leaky_relu", [-1000.0, 0.01]),
]  # fmt: skip

DIFFERENCES = [
    ("sqrt", [0.0], "PyTorch's slope is infinite"),
    ("arcsin", [1.0], "PyTorch's slope is infinite"),
    ("arcsin", [-1.0], "PyTorch's slope is infinite"),
    ("arccos", [1.0], "PyTorch's slope is infinite"),
    ("arccos", [-1.0], "PyTorch's slope is infinite"),
    ("power", [0.0, 0.5], "PyTorch's slope by the base is infinite"),
    ("power", [0.0, 0.0], "PyTorch's slope by the exponent is 0 by convention"),
    ("power", [-2.0, 2.0], "PyTorch's slope by the exponent is NaN"),
]


def differentiated(function, leaves):
    """Value, gradient and the gradient's graph."""
    output = function(*leaves)
    gradient = torch.autograd.grad(output, leaves, create_graph=True, allow_unused=True) if output.requires_grad else ()
    return output, [
        torch.zeros_like(x) if g is None else g for x, g in zip(leaves, gradient or [None] * len(leaves), strict=True)
    ]


def run(calls, leaves):
    nodes = list(leaves)
    for name, *arguments in calls:
        resolved = resolve(arguments, nodes)
        nodes.append(operations()[name](*shaped([tensor(item) for item in flat(resolved)], resolved)))
    return nodes[-1]


def graph(seed):
    program = random_program(random.Random(seed), largest=LARGEST)
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.leaves]
    output, gradient = differentiated(lambda *xs: run(program.calls, xs), leaves)
    rows = {}
    for i, slope in list(enumerate(gradient))[:ROWS]:
        row = torch.autograd.grad(slope, leaves, retain_graph=True, allow_unused=True) if slope.requires_grad else []
        rows[str(i)] = [0.0 if g is None else g.item() for g in row] or [0.0] * len(leaves)
    return {
        "leaves": program.leaves,
        "calls": program.calls,
        "value": output.item(),
        "gradient": [g.item() for g in gradient],
        "hessian_rows": rows,
    }


def operation(name, arguments):
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in flat(arguments)]
    output, gradient = differentiated(lambda *xs: operations()[name](*shaped(xs, arguments)), leaves)
    return {"op": name, "arguments": arguments, "value": output.item(), "partials": [g.item() for g in gradient]}


def regular_points(op, count=4):
    """A few points inside of the domain, away from its ends."""
    rng = random.Random(op.name)
    for _ in range(count):
        drawn = [
            [rng.uniform(max(d.low, -3) + 0.05, min(d.high, 3) - 0.05) for _ in range(3 if many else 1)]
            for d, many in zip(op.domain, op.is_list, strict=True)
        ]
        yield [items if many else items[0] for items, many in zip(drawn, op.is_list, strict=True)]


def content():
    points = [operation(name, arguments) for name in sorted(operations()) for arguments in regular_points(TABLE[name])]
    points += [operation(name, arguments) for name, arguments in KINKS]
    differences = [{**operation(name, arguments), "reason": reason} for name, arguments, reason in DIFFERENCES]
    for entry in differences:  # JSON has no infinity
        entry["partials"] = [x if math.isfinite(x) else repr(x) for x in entry["partials"]]
    sections = {"graphs": [graph(seed) for seed in range(GRAPHS)], "operations": points, "differences": differences}
    return document({}, sections)


if __name__ == "__main__":
    write_or_check("torch_graphs.json", content)
