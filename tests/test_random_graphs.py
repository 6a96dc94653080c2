"""Random graphs over the whole table against exact arithmetic, and against PyTorch's numbers.

The default profile runs GRAPHS graphs. The long one (20,000, or as many as CHAINRULE_GRAPHS says, on all cores, with
progress on the terminal) is run by hand:

    python -m pytest -m long tests/test_random_graphs.py

A graph comes from its seed alone: `random_program(random.Random(seed))` in `oracles.py` makes the one that a failure
names. The oracle is forward-mode in 50 digits on formulas of its own.

The allowed error is 1e-9 · max(1, |g|, S). For a first derivative S is the sum, over all paths from the leaf to the
output, of |product of local derivatives|; for a second, the sum of |terms| of the twice expanded chain rule, which has
a term for each path that is bent at one node: see `oracles.Node`. Both are computed like the derivatives, with every
local derivative made positive. For a third derivative, (Σ dⱼ ∂/∂xⱼ)² ∂L/∂xᵢ along a direction d, the oracle takes
differences of its second derivatives, in 50 digits exact to 10⁻²⁴; S is that of the second.
"""

from __future__ import annotations

import concurrent.futures
import json
import math
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import mpmath
import pytest
from oracles import DIGITS, ROUGH, Program, build, flat, is_reference, local, random_program, run, running_on, shaped

from autograd import Value, hessian
from autograd.errors import AutogradError, SlopeError
from autograd.op import TABLE

GRAPHS = 150
TOLERANCE = 1e-9
ENGINES = ("generated", "definition")
# Both engines with Values, and the generated one with a subclass.
WAYS = (*ENGINES, "subclass")
# If floats in the oracle's own order of operations lose a tenth of what is allowed, the graph is badly conditioned.
ILL_CONDITIONED = 0.1
LEAST_HESSIANS = 20
FIXTURES = Path(__file__).parent / "fixtures" / "torch_graphs.json"


# ---------------------------------------------------------------- one graph


class Heir(Value):
    """Results have the class of the first Value among the operands: here, all of them are heirs."""

    def __init__(self, data, *, note=""):
        super().__init__(data)
        self.note = note


@dataclass
class Report:
    """What came out for one graph: for each engine and quantity, the error as a multiple of what is allowed."""

    seed: int
    nodes: int
    operations: Counter
    excluded: bool = False
    ratios: dict = field(default_factory=dict)
    error: str = ""


def ratio(expected, found, size=0.0):
    """The error as a multiple of the allowed one (infinite for NaN)."""
    error = float(abs(found - expected)) / (TOLERANCE * max(1.0, float(abs(expected)), size))
    return math.inf if math.isnan(error) else error


def worst(expected, found, size):
    """The largest ratio over the leaves; `expected` and `size` are dicts by leaf, in which 0 is not written."""
    return max(ratio(expected.get(i, 0), g, float(size.get(i, 0.0))) for i, g in enumerate(found))


def first_derivatives(calls, numbers, kind=Value):
    """Value and gradient by the library."""
    leaves = [kind(x) for x in numbers]
    output = build(calls, leaves)[-1]
    assert type(output) is kind
    output.backward()
    return output.data, [leaf.grad for leaf in leaves]


def second_derivatives(calls, numbers, direction, kind=Value):
    """Hessian · direction by the library: the gradient of gradient · direction."""
    leaves = [kind(x) for x in numbers]
    output = build(calls, leaves)[-1]
    output.backward(create_graph=True)
    along = sum(leaf.grad * d for leaf, d in zip(leaves, direction, strict=True))
    output.zero_grad()
    along.backward()
    return [leaf.grad for leaf in leaves]


def third_derivatives(calls, numbers, direction, kind=Value):
    """The gradient of direction · Hessian · direction by the library: three passes, each over the graph of the last."""
    leaves = [kind(x) for x in numbers]
    output = build(calls, leaves)[-1]
    for _ in range(2):
        output.backward(create_graph=True)
        along = sum(leaf.grad * d for leaf, d in zip(leaves, direction, strict=True))
        output.zero_grad()
        if not isinstance(along, Value):  # a number: nothing depends on the leaves any more
            return [0.0] * len(leaves)
        output = along
    output.backward()
    return [leaf.grad for leaf in leaves]


def exact_third_derivatives(program):
    """The same by central differences of the oracle's Hessian · direction, in numbers of 50 digits."""
    with mpmath.workdps(DIGITS):
        step = mpmath.mpf(10) ** -12
        above, below = (
            run(program.calls, [x + side * step * d for x, d in zip(map(mpmath.mpf, program.leaves), program.direction,
                                                                    strict=True)], [program.direction]).second[0]
            for side in (1, -1)
        )  # fmt: skip
        return {i: (above.get(i, 0) - below.get(i, 0)) / (2 * step) for i in {*above, *below}}


def whole_hessian(calls, numbers):
    """All second derivatives by `autograd.hessian`."""
    return hessian(lambda leaves: build(calls, leaves)[-1])(numbers)


def unit_vectors(count):
    return [[float(i == j) for j in range(count)] for i in range(count)]


def examine(seeds):
    """A report for every seed, on both engines. Runs in a process of its own in the long profile."""
    programs, reports, exact, third = {}, {}, {}, {}
    for seed in seeds:
        programs[seed] = program = random_program(random.Random(seed))
        exact[seed] = oracle = run(program.calls, program.leaves, [program.direction])
        third[seed] = exact_third_derivatives(program)
        reports[seed] = report = Report(seed, len(program.leaves) + len(program.calls), program.operations)
        first, second = ([sides.get(i, 0) for i, _ in enumerate(program.leaves)]
                         for sides in (program.rough.first, program.rough.second[0]))  # fmt: skip
        rounding = max(worst(oracle.first, first, program.size.first),
                       worst(oracle.second[0], second, program.size.second[0]))  # fmt: skip
        report.excluded = rounding > ILL_CONDITIONED
    for which in WAYS:
        with running_on("generated" if which == "subclass" else which):
            for seed, program in programs.items():
                compare(which, program, exact[seed], third[seed], reports[seed])
    return list(reports.values())


def compare(which, program, exact, third, report):
    """Run the library on a program and put the ratios into the report."""
    try:
        kind = Heir if which == "subclass" else Value
        value, gradient = first_derivatives(program.calls, program.leaves, kind)
        bent = second_derivatives(program.calls, program.leaves, program.direction, kind)
        curved = third_derivatives(program.calls, program.leaves, program.direction, kind)
        rows = whole_hessian(program.calls, program.leaves) if report.nodes <= 30 and which == "generated" else None
    except (AutogradError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        report.error = f"{which}: {type(error).__name__}: {error}"
        return
    report.ratios[which, "value"] = ratio(exact.value, value)
    report.ratios[which, "first"] = worst(exact.first, gradient, program.size.first)
    report.ratios[which, "second"] = worst(exact.second[0], bent, program.size.second[0])
    report.ratios[which, "third"] = worst(third, curved, program.size.second[0])
    if rows:
        units = unit_vectors(len(rows))
        exact = run(program.calls, program.leaves, units)
        size = run(program.calls, program.leaves, units, number=float, size=True)
        report.ratios[which, "hessian"] = max(worst(exact.second[i], row, size.second[i]) for i, row in enumerate(rows))


# ---------------------------------------------------------------- the default profile


@pytest.fixture(scope="module")
def reports():
    return examine(range(GRAPHS))


def failures(reports, quantity, which):
    """Words for every graph that is not excluded and whose error is larger than allowed."""
    told = [f"seed {r.seed}: {r.error}" for r in reports if r.error]
    for report in reports:
        error = report.ratios.get((which, quantity), 0.0)
        if error > 1 and not report.excluded:
            told.append(f"seed {report.seed} ({report.nodes} nodes): {error:.3g} times the allowed error")
    return told


@pytest.mark.parametrize("which", WAYS)
@pytest.mark.parametrize("quantity", ["value", "first", "second", "third"])
def test_random_graphs_have_the_derivatives_of_exact_arithmetic(reports, quantity, which):
    assert [] == failures(reports, quantity, which)


def test_the_hessian_of_small_random_graphs_is_that_of_exact_arithmetic(reports):
    assert sum(("generated", "hessian") in report.ratios for report in reports) >= LEAST_HESSIANS
    assert [] == failures(reports, "hessian", "generated")


def test_hardly_any_random_graph_is_excluded_as_badly_conditioned(reports):
    excluded = [report.seed for report in reports if report.excluded]
    assert len(excluded) < 0.01 * len(reports), f"excluded: seeds {excluded}"


def test_random_graphs_have_every_operation_and_all_sizes(reports):
    operations = sum((report.operations for report in reports), Counter())
    sizes = [report.nodes for report in reports]
    assert [] == sorted(name for name in INITIAL_TABLE if operations[name] < 20)
    assert min(sizes) <= 8 and max(sizes) >= 300


def test_random_graphs_have_constants_repeated_operands_and_shared_nodes():
    programs = [random_program(random.Random(seed)) for seed in range(20)]
    calls = [[item for item in flat(call[1:])] for program in programs for call in program.calls]
    consumers = Counter(
        f"{i} {item}" for i, p in enumerate(programs) for c in p.calls for item in flat(c[1:]) if is_reference(item)
    )
    assert any(not is_reference(item) for call in calls for item in call)
    assert any(len(call) == 2 and call[0] == call[1] for call in calls if is_reference(call[0]))
    assert max(consumers.values()) >= 4
    assert any(len(program.leaves) == 1 for program in programs) and any(
        len(program.leaves) > 4 for program in programs
    )


def test_a_random_graph_is_the_same_on_every_run():
    first, second = (random_program(random.Random(7)) for _ in range(2))
    assert (first.leaves, first.calls) == (second.leaves, second.calls)


def test_the_bound_is_not_much_larger_than_the_derivatives():
    """S is 1e-9 sharp only as long as the paths do not cancel much: on most leaves they do not."""
    programs = [random_program(random.Random(seed)) for seed in range(60)]
    cancelled = [p.size.first[i] / max(1e-3, abs(p.rough.first.get(i, 0))) for p in programs for i in p.size.first]
    assert sorted(cancelled)[len(cancelled) // 2] < 10


# ---------------------------------------------------------------- the oracle and the comparison are checked

INITIAL_TABLE = sorted(TABLE)
FLAT_EVERYWHERE = {("sign", 0), ("greater", 0), ("greater", 1), ("where", 0)}
SLOPING = [(n, i) for n in INITIAL_TABLE for i in range(len(TABLE[n].partials)) if (n, i) not in FLAT_EVERYWHERE]


@pytest.mark.parametrize(("name", "index"), SLOPING)
def test_a_rule_wrong_by_a_thousandth_is_caught_by_some_random_graph(name, index, monkeypatch):
    op = TABLE[name]
    right = op.partials[index]

    def wrong(y, *operands):
        slope = right(y, *operands)
        return tuple(1.001 * item for item in slope) if isinstance(slope, tuple) else 1.001 * slope

    monkeypatch.setattr(op, "partials", (*op.partials[:index], wrong, *op.partials[index + 1 :]))
    with running_on("definition"):
        for seed in range(40):
            program = random_program(random.Random(seed), largest=60)
            if name not in program.operations:
                continue
            exact = run(program.calls, program.leaves, [program.direction])
            _, gradient = first_derivatives(program.calls, program.leaves)
            if worst(exact.first, gradient, program.size.first) > 1:
                return
    pytest.fail(f"no graph noticed that the rule of {name} for its operand {index} is wrong")


def test_a_rule_whose_second_derivative_alone_is_wrong_is_caught_by_the_third_order(monkeypatch):
    op = TABLE["sin"]
    right = op.partials[0]

    def wrong(y, x):
        # cos(x) + (x − here)²/1000 has the value and the slope of cos x, and another curvature.
        return right(y, x) + 0.001 * (x - x.data) ** 2 if isinstance(x, Value) else right(y, x)

    monkeypatch.setattr(op, "partials", (wrong,))
    program = Program([0.7], [["sin", "v0"], ["multiply", "v1", "v0"]], [1.0])
    exact = run(program.calls, program.leaves, [program.direction])
    third = exact_third_derivatives(program)
    with running_on("definition"):
        bent = second_derivatives(program.calls, program.leaves, program.direction)
        curved = third_derivatives(program.calls, program.leaves, program.direction)
    assert worst(exact.second[0], bent, {}) <= 1 < worst(third, curved, {})


def test_the_third_order_of_the_oracle_is_that_of_a_graph_done_by_hand():
    program = Program([3.0, 5.0], [["multiply", "v0", "v0"], ["multiply", "v2", "v1"]], [1.0, 2.0])  # x² w
    # ∂³/∂x²∂w = 2: along (1, 2), d·H·d = 2w + 8x.
    assert {0: 8.0, 1: 2.0} == {i: float(g) for i, g in exact_third_derivatives(program).items()}


def test_the_oracle_differentiates_a_graph_done_by_hand():
    calls = [["multiply", "v0", "v1"], ["power", "v2", 2], ["add", "v3", "v0"]]  # (x w)² + x
    found = run(calls, [3.0, 5.0], unit_vectors(2))
    assert 228 == found.value
    assert {0: 151, 1: 90} == found.first
    assert [{0: 50, 1: 60}, {0: 60, 1: 18}] == found.second


def test_the_bound_adds_up_all_paths_with_their_absolute_values():
    calls = [["subtract", "v0", "v0"], ["multiply", "v1", -3]]
    assert {0: 6.0} == run(calls, [2.0], number=float, size=True).first


# ---------------------------------------------------------------- the long profile


@pytest.mark.long
def test_many_random_graphs_have_the_derivatives_of_exact_arithmetic(capfd):
    total = int(os.environ.get("CHAINRULE_GRAPHS", "20000"))
    batch = 50
    batches = [range(start, min(start + batch, total)) for start in range(0, total, batch)]
    reports, began, told = [], time.monotonic(), 0.0
    context = multiprocessing.get_context("spawn")  # a fresh interpreter in each: nothing of this test run in it
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        for future in concurrent.futures.as_completed([pool.submit(examine, seeds) for seeds in batches]):
            reports += future.result()
            elapsed = time.monotonic() - began
            if elapsed - told > 10 or len(reports) == total:
                told = elapsed
                with capfd.disabled():
                    print(f"  {len(reports)} of {total} graphs in {elapsed:.0f} s", file=sys.stderr, flush=True)
    excluded = sorted(report.seed for report in reports if report.excluded)
    with capfd.disabled():
        print(summary(reports, excluded), file=sys.stderr)
    wrong = [words for which in WAYS for quantity in ("value", "first", "second", "third", "hessian")
             for words in failures(reports, quantity, which)]  # fmt: skip
    assert [] == sorted(set(wrong))
    assert len(excluded) < 0.01 * total, f"excluded: seeds {excluded}"


def summary(reports, excluded):
    """What the long run found, in a few lines."""
    lines = [
        f"  {len(reports)} graphs, {sum(r.nodes for r in reports)} nodes; {len(excluded)} excluded {excluded[:10]}"
    ]
    for which in ENGINES:
        for quantity in ("value", "first", "second", "third", "hessian"):
            found = [(r.ratios[which, quantity], r.seed) for r in reports if (which, quantity) in r.ratios]
            if found:
                error, seed = max(found)
                lines.append(
                    f"  {which} {quantity}: worst {error:.3g} of the allowed error (seed {seed}), {len(found)} graphs"
                )
    return "\n".join(lines)


# ---------------------------------------------------------------- PyTorch's numbers


@pytest.fixture(scope="module")
def fixtures():
    return json.loads(FIXTURES.read_text())


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_random_graphs_have_pytorchs_values_and_derivatives(engine, fixtures):
    for number, graph in enumerate(fixtures["graphs"]):
        value, gradient = first_derivatives(graph["calls"], graph["leaves"])
        assert close(graph["value"]) == value, f"graph {number}"
        assert close(graph["gradient"]) == gradient, f"graph {number}"


def test_random_graphs_have_pytorchs_hessian_rows(engine, fixtures):
    for number, graph in enumerate(fixtures["graphs"]):
        for row, expected in graph["hessian_rows"].items():
            direction = [float(i == int(row)) for i, _ in enumerate(graph["leaves"])]
            assert close(expected) == second_derivatives(graph["calls"], graph["leaves"], direction), f"graph {number}"


def test_operations_have_pytorchs_values_and_derivatives_also_at_kinks(engine, fixtures):
    for entry in fixtures["operations"]:
        nodes = [Value(x) for x in flat(entry["arguments"])]
        output = TABLE[entry["op"]](*shaped(nodes, entry["arguments"]))
        output.backward()
        assert close(entry["value"]) == output.data, entry
        assert close(entry["partials"]) == [node.grad for node in nodes], entry


def test_pytorch_knows_every_operation_of_the_table(fixtures):
    assert [] == sorted(set(INITIAL_TABLE) - {entry["op"] for entry in fixtures["operations"]})
    assert [] == sorted(set(INITIAL_TABLE) - {call[0] for graph in fixtures["graphs"] for call in graph["calls"]})


def test_where_pytorch_gives_infinity_or_nan_or_a_convention_the_slope_is_refused(engine, fixtures):
    for entry in fixtures["differences"]:
        nodes = [Value(x) for x in flat(entry["arguments"])]
        output = TABLE[entry["op"]](*shaped(nodes, entry["arguments"]))
        assert close(entry["value"]) == output.data, entry
        with pytest.raises(SlopeError, match=f"derivative of {entry['op']}"):
            output.backward()


def test_floats_in_the_oracle_are_floats():
    assert isinstance(local("gelu", [0.5], float).value, float)
    assert isinstance(ROUGH.sqrt(2), float)
