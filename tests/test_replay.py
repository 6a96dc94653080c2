"""A compiled graph gives the numbers and the errors of the engine, whatever runs it."""

from __future__ import annotations

import ast
import math
import os
import random
import shutil
import subprocess
import sys
import tracemalloc
import types
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from oracles import build, random_program

import autograd
import nn
from autograd import Value, dot, exp, log, logsumexp, mean, ops, relu, sqrt, where
from autograd.errors import DomainError, OperandError, RangeError, SlopeError
from autograd.graph import topological_order
from autograd.op import TABLE
from autograd.replay import loading
from autograd.replay.gaps import Gaps
from autograd.replay.lane_source import WEIGHTED_SUMS
from autograd.replay.loading import module_of, seal, unsealed
from autograd.replay.plan import planned, row_columns
from autograd.replay.program import compile  # noqa: A004
from autograd.replay.straight import straight_source
from autograd.replay.tape import flattened
from autograd.replay.terms import Trace, UntraceableError

ENGINES = ["python", pytest.param("numba", marks=pytest.mark.numba)]
ROWS = 3, 40  # one at a time, and on lanes


def agree(expected: float, found: float, size: float = 0.0) -> bool:
    return abs(expected - found) <= 1e-12 * max(1.0, abs(expected), size)


def compared(output: Value, inputs: list[Value], wrt: list[Value], rows: list[list[float]], engine: str) -> None:
    """The program's numbers against a backward pass of the engine for every row."""
    program = compile(output, inputs, wrt, engine=engine)
    total, gradients = program.value_and_grad(rows)
    expected, slopes, sizes = [], [0.0] * len(wrt), [0.0] * len(wrt)
    before = [node.data for node in inputs]
    for row in rows:
        for node, number in zip(inputs, row, strict=True):
            node.data = number
        output.zero_grad()
        expected.append(output.forward())
        output.backward()
        slopes = [a + node.grad for a, node in zip(slopes, wrt, strict=True)]
        sizes = [a + abs(node.grad) for a, node in zip(sizes, wrt, strict=True)]
    for node, number in zip(inputs, before, strict=True):
        node.data = number
    output.forward()
    assert all(agree(a, b) for a, b in zip(expected, program(rows), strict=True))
    assert agree(sum(expected), total, sum(map(abs, expected)))
    assert all(agree(a, b, size) for a, b, size in zip(slopes, gradients, sizes, strict=True))


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", ROWS)
def test_every_operation_of_the_table_runs_as_in_the_engine(engine: str, count: int) -> None:
    rng = random.Random(count)
    x, w = Value(0.4, "x"), Value(0.7, "w")
    total: Any = Value(0.0)
    for op in TABLE.values():
        if op.arity is None:
            lists = [(x, w * x, w) if is_list else w for is_list in op.is_list]
            total = total + op(*lists)
        else:
            inside = [0.1 + 0.8 * autograd.sigmoid(x), 0.2 + 0.7 * autograd.sigmoid(w * x), w][: op.arity]
            total = total + op(*inside)
    compared(total, [x], [w], [[rng.uniform(-2, 2)] for _ in range(count)], engine)


def test_random_graphs_run_as_in_the_engine() -> None:
    for seed in range(150):
        _random_graph(seed, "python")


@pytest.mark.numba
@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_run_as_in_the_engine_by_numba(seed: int) -> None:
    _random_graph(seed, "numba")


def _random_graph(seed: int, engine: str) -> None:
    program = random_program(random.Random(seed), largest=60)
    leaves = [Value(number) for number in program.leaves]
    output = build(program.calls, leaves)[-1]
    output.backward()
    half = len(leaves) // 2
    rows = [[leaf.data for leaf in leaves[:half]]] * ROWS[seed % 2]
    found, gradients = compile(output, leaves[:half], leaves[half:], engine=engine).value_and_grad(rows)
    assert agree(output.data * len(rows), found)
    bounds = zip(gradients, leaves[half:], strict=True)
    assert all(abs(a - leaf.grad * len(rows)) <= 1e-10 * max(1.0, abs(a)) for a, leaf in bounds), seed


def _penalised(net: nn.MLP) -> Any:
    return lambda outputs, targets: nn.l2_loss(outputs, targets) + nn.l2_penalty(net.parameters(), 0.01)


NETWORKS = {
    "2-3-2 sigmoid": lambda: (nn.MLP(2, [3, 2], rng=0), nn.l2_loss),
    "9-17-5 tanh, mse": lambda: (nn.MLP(9, [17, 5], "tanh", rng=0), nn.mse_loss),
    "relu, mae": lambda: (nn.MLP(2, [5, 3, 2], "relu", rng=0), nn.mae_loss),
    "softplus, softmax": lambda: (nn.MLP(2, [5, 2], "softplus", output_activation="softmax", rng=0), nn.l2_loss),
    "cross-entropy": lambda: (nn.MLP(3, [4, 3], "silu", output_activation="identity", rng=0), nn.mse_loss),
    "LayerNorm": lambda: (nn.Network([nn.Layer(2, 4, "gelu"), nn.LayerNorm(4), nn.Layer(4, 2)]), nn.l2_loss),
    "no bias": lambda: (nn.Network([nn.Layer(3, 4, "elu", bias=False), nn.Layer(4, 1, "leaky_relu")]), nn.l2_loss),
    "one neuron": lambda: (nn.Network([nn.Layer(1, 1, "identity")]), nn.l2_loss),
    "penalty": lambda: (net := nn.MLP(2, [3, 1], "tanh", rng=0), _penalised(net)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_run_as_in_the_engine(engine: str, name: str) -> None:
    net, loss = NETWORKS[name]()
    rng = random.Random(1)
    x = [Value(rng.gauss(0, 1)) for _ in range(net.inputs)]
    t = [Value(rng.random()) for _ in range(net.outputs)]
    output = loss(net(x, labelled=False), t if net.outputs > 1 else t[0])
    for count in ROWS:
        rows = [[rng.gauss(0, 1) for _ in (*x, *t)] for _ in range(count)]
        compared(output, [*x, *t], net.parameters(), rows, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_new_operation_runs_at_once(engine: str, table: dict[str, object]) -> None:
    cubed = autograd.custom(
        "cubed_once", lambda x: x * x * x if x > 0 else -math.exp(x), lambda y, x: where(x > 0, 3 * x * x, y)
    )
    x, w = Value(1.0), Value(0.5)
    compared(cubed(w * x), [x], [w], [[number / 4] for number in range(-8, 9)], engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_kinks_and_saturated_numbers_are_those_of_the_engine(engine: str) -> None:
    x, w = Value(1.0), Value(1.0)
    total = relu(w * x) + abs(w * x) + autograd.maximum(w * x, 0.0) + autograd.sigmoid(w * x) + autograd.softplus(w * x)
    compared(total, [x], [w], [[0.0], [-0.0], [1000.0], [-1000.0], [1e-320]] * 8, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_present_numbers_of_leaves_are_read_at_each_call(engine: str) -> None:
    x, w, c = Value(2.0), Value(3.0), Value(1.0)
    program = compile(w * x + c, [x], [w], engine=engine)
    assert [7.0] == program([[2.0]])
    w.data, c.data = -1.0, 10.0
    assert ([8.0], (8.0, [2.0])) == (program([[2.0]]), program.value_and_grad([[2.0]]))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_does_not_depend_on_the_inputs_counts_for_every_row(engine: str) -> None:
    x, w = Value(2.0), Value(3.0)
    for count in (*ROWS, 0):
        assert (9.0 * count, [6.0 * count]) == compile(w * w, [x], [w], engine=engine).value_and_grad([[1.0]] * count)
        assert (count * 1.0, [0.0]) == compile(x * 1.0, [x], [w], engine=engine).value_and_grad([[1.0]] * count)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_graph_without_inputs_and_a_leaf_alone_are_programs(engine: str) -> None:
    w = Value(3.0)
    assert (9.0, [6.0]) == compile(w * w, [], [w], engine=engine).value_and_grad([[]])
    assert (3.0, [1.0]) == compile(w, [], [w], engine=engine).value_and_grad([[]])
    assert [5.0] == compile(w, [w], [], engine=engine)([[5.0]])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_bits_come_out_on_every_call(engine: str) -> None:
    net, loss = NETWORKS["9-17-5 tanh, mse"]()
    x, t = [Value(0.1)] * 0 + [Value(i / 9) for i in range(9)], [Value(0.5) for _ in range(5)]
    program = compile(loss(net(x, labelled=False), t), [*x, *t], net.parameters(), engine=engine)
    rows = [[math.sin(i * j) for j in range(14)] for i in range(50)]
    assert program.value_and_grad(rows) == program.value_and_grad(rows)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", ROWS)
def test_an_error_is_the_engines_own_with_the_number_of_the_row(engine: str, count: int) -> None:
    x, w = Value(2.0, "x"), Value(1.0, "w")
    bad = [[1.0]] * (count - 2) + [[-1.0], [1.0]]
    with pytest.raises(DomainError, match=rf"row {count - 2} of X: log needs a positive number"):
        compile(log(w * x), [x], [w], engine=engine)(bad)
    with pytest.raises(RangeError, match=r"row 0 of X: exp overflows"):
        compile(exp(w * x), [x], [w], engine=engine).value_and_grad([[1000.0]] * count)
    with pytest.raises(SlopeError, match=r"row 0 of X: the derivative of sqrt"):
        compile(sqrt(w * x), [x], [w], engine=engine).value_and_grad([[0.0]] * count)


@pytest.mark.parametrize("engine", ENGINES)
def test_infinity_that_the_engine_allows_is_no_error(engine: str) -> None:
    x, w = Value(2.0), Value(1.0)
    assert [math.inf] * 5 == compile(w * x * x, [x], [w], engine=engine)([[1e200]] * 5)


@pytest.mark.parametrize(
    "wrong, told",
    [
        (lambda x, w: compile(3.0, [x], [w]), "takes the output as a Value"),
        (lambda x, w: compile(w * x, x, [w]), "inputs is a list of Values"),
        (lambda x, w: compile(w * x, [w * x], []), "inputs are leaves"),
        (lambda x, w: compile(w * x, [x, x], [w]), "stands twice among the inputs"),
        (lambda x, w: compile(w * x, [x], [x]), "cannot be among `wrt`"),
        (lambda x, w: compile(w * x, [x], [w], engine="fortran"), "engine is one of numba, python"),
        (lambda x, w: compile(w * x, [x], [w], engine="python")([[1.0, 2.0]]), "row 0 of X is a list of 1 numbers"),
        (lambda x, w: compile(w * x, [x], [w], engine="python")(3.0), "takes a list of rows"),
        (lambda x, w: compile(w * x, [x], [w], engine="python")([["a"]]), "row 0 of X takes numbers"),
    ],
)
def test_wrong_use_is_one_clear_sentence(wrong: Any, told: str) -> None:
    with pytest.raises(OperandError, match=told):
        wrong(Value(1.0), Value(2.0))


def test_where_numba_is_missing_python_runs_and_numba_is_refused_with_its_command(monkeypatch: Any) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    x, w = Value(1.0), Value(2.0)
    assert "python" == compile(w * x, [x], [w]).engine
    with pytest.raises(ImportError, match=r"pip install \"chainrule\[fast\]\""):
        compile(w * x, [x], [w], engine="numba")


# ---------------------------------------------------------------- the table read as code


def test_a_function_that_is_no_arithmetic_cannot_be_read() -> None:
    trace = Trace()
    with pytest.raises(UntraceableError, match="is no plain arithmetic"):
        trace.read(lambda x: float(str(x)), trace.operand("x"))
    with pytest.raises(UntraceableError, match="in more than 64 ways"):
        trace.read(lambda x: sum(1.0 for i in range(9) if x > i), trace.operand("x"))


def test_the_generated_lines_read_like_the_board() -> None:
    x, w = Value(1.0), Value(0.5)
    source = straight_source(compile(ops.sigmoid(w * x), [x], [w], engine="python").tape)
    assert "v0 = p0 * x0" in source and "d0 = d1 * (v1 * (1.0 - v1))" in source and "g1 += d0 * x0" in source


def test_lists_of_any_length_follow_one_rule() -> None:
    x, w = Value(1.0), Value(0.5)
    for count in (1, 2, 5):
        terms = [w * x + float(i) for i in range(count)]
        compared(logsumexp(terms) + mean(terms) + dot(terms, terms, 1.0), [x], [w], [[0.3], [-0.7]], "python")


def test_no_group_of_a_plan_reads_or_writes_outside_of_its_rows() -> None:
    tapes = []
    for name in NETWORKS:
        net, loss = NETWORKS[name]()
        x, t = [Value(0.1) for _ in range(net.inputs)], [Value(0.2) for _ in range(net.outputs)]
        output = loss(net(x, labelled=False), t if net.outputs > 1 else t[0])
        tapes.append(compile(output, [*x, *t], net.parameters(), engine="python").tape)
    for seed in range(100):
        program = random_program(random.Random(seed), largest=60)
        leaves = [Value(number) for number in program.leaves]
        output = build(program.calls, leaves)[-1]
        tapes.append(compile(output, leaves[: len(leaves) // 2], leaves[len(leaves) // 2 :], engine="python").tape)
    plans = [planned(tape) for tape in tapes if tape.output >= tape.results + tape.uniform]
    assert len(plans) > 80
    for plan in plans:
        for is_reverse, groups in enumerate((plan.forward, plan.reverse)):
            for group in groups:
                columns = [each for each in row_columns(plan.tape, group[0], bool(is_reverse)) if each < len(group)]
                no_gradient = [3] if group[0] == WEIGHTED_SUMS and is_reverse else []
                assert all(0 <= group[each] <= plan.rows or each in no_gradient for each in columns), group
        assert all(0 <= row < plan.rows for row in plan.lists) and all(-1 <= row < plan.rows for row in plan.targets)


def test_rows_are_never_given_to_two_and_come_back_joined() -> None:
    for seed in range(50):
        rng, gaps = random.Random(seed), Gaps()
        taken: dict[int, int] = {}
        for _ in range(300):
            if taken and rng.random() < 0.5:
                start = rng.choice(list(taken))
                gaps.give_back(start, taken.pop(start))
            else:
                size = rng.randint(1, 9)
                taken[gaps.take(size)] = size
            rows = [row for start, size in taken.items() for row in range(start, start + size)]
            assert len(rows) == len(set(rows)) and max(rows, default=0) <= gaps.rows
        for start, size in taken.items():
            gaps.give_back(start, size)
        assert (0, gaps.rows) == (gaps.take(gaps.rows), gaps.rows)


def test_a_tape_takes_less_than_two_hundred_bytes_a_node_while_it_is_made() -> None:
    w = Value(0.5)
    output = w
    for i in range(20_000):
        output = output * w + float(i % 7) if i % 2 else output - w
    order = topological_order(output)
    tracemalloc.start()
    tape = flattened(output, order, [], [w])
    now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tape) == len(order) - 1 and now < 40 * len(tape) and most < 200 * len(tape)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_leaf_that_the_output_does_not_depend_on_has_the_gradient_zero(engine: str) -> None:
    w, other = Value(3.0), Value(1.0)
    assert (9.0, [0.0]) == compile(w * w, [], [other], engine=engine).value_and_grad([[]])
    assert (9.0, [0.0, 6.0]) == compile(w * w, [], [other, w], engine=engine).value_and_grad([[]])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_may_be_longer_than_the_graph_has_nodes(engine: str) -> None:
    w = Value(2.0)
    output = autograd.sum([w] * 50) / 1.0
    assert (100.0, [50.0]) == compile(output, [], [w], engine=engine).value_and_grad([[]])


@pytest.mark.numba
def test_like_instructions_stand_together_and_mean_the_same() -> None:
    from autograd.replay.native import _in_runs

    rng = random.Random(0)
    leaves = [Value(rng.uniform(-1, 1)) for _ in range(30)]
    nodes: list[Any] = list(leaves)
    for _ in range(20):
        nodes = [rng.choice([a + b, a - b, a * b, autograd.sin(a)]) for a, b in pairwise([*nodes, nodes[0]])]
    output = autograd.sum(nodes)
    tape = compile(output, [], leaves, engine="python").tape
    sorted_tape = _in_runs(tape)

    def changes(codes: Any) -> int:
        return sum(a != b for a, b in pairwise(codes))

    assert changes(sorted_tape.codes) * 3 < changes(tape.codes)
    seen = set(range(tape.results))
    for number in range(len(tape)):
        assert seen.issuperset(sorted_tape.operands(number))
        seen.add(tape.results + number)
    output.backward()
    _, gradients = compile(output, [], leaves, engine="numba").value_and_grad([[]])
    assert all(agree(leaf.grad, found) for leaf, found in zip(leaves, gradients, strict=True))


@pytest.mark.numba
@pytest.mark.parametrize(
    "name, ulps", [("exp", 2), ("expm1", 2), ("log", 2), ("log1p", 2), ("tanh", 3), ("sin", 2), ("cos", 2)]
)
def test_functions_on_lanes_are_as_exact_as_they_say(name: str, ulps: int, table: dict[str, object]) -> None:
    mpmath = pytest.importorskip("mpmath")
    rng = random.Random(name)
    numbers = [rng.gauss(0, 1) for _ in range(300)] + [rng.uniform(-600, 600) for _ in range(300)]
    numbers += [10.0 ** rng.uniform(-300, 5) for _ in range(200)] + [i * math.pi / 2 for i in range(-50, 50)]
    lowest, highest = {"log": 0.0, "log1p": -1.0}.get(name, -math.inf), 700.0 if "exp" in name else math.inf
    numbers = [each for each in numbers if lowest < each < highest]
    x, w = Value(0.5), Value(1.0)
    found = compile(_on_lanes(name)(w * x), [x], [w], engine="numba")([[each] for each in numbers])
    with mpmath.workprec(200):
        for each, y in zip(numbers, found, strict=True):
            exact = getattr(mpmath, name)(mpmath.mpf(each))
            assert abs(mpmath.mpf(y) - exact) <= ulps * math.ulp(float(exact)), (each, y)


def _on_lanes(name: str) -> Any:
    if hasattr(autograd, name):
        return getattr(autograd, name)
    return autograd.custom(f"{name}_once", getattr(math, name), lambda y, x: 1.0)


@pytest.mark.numba
def test_other_functions_on_lanes_make_another_kernel() -> None:
    from autograd.replay import gaps, lanes

    assert loading.stamp_of(lanes) != loading.stamp_of(gaps) != loading.stamp_of(lanes, gaps)


# ---------------------------------------------------------------- what is kept on disk

# Numbers on lanes and one at a time, and how many functions were found instead of compiled.
PROGRAM = """
from autograd import Value
from autograd.replay.program import compile
x, w = Value(1.0), Value(0.7)
program = compile((w * x).tanh(), [x], [w], engine="numba")
rows = [[i / 10] for i in range(8)]
print([program(rows[:1]), program(rows)])
functions = program._runner.one.forward, program._runner.many.forward_lanes
print(sum(sum(each.stats.cache_hits.values()) for each in functions))
"""
NUMBERS = [math.tanh(0.7 * i / 10) for i in range(8)]


def begun(folder: Path, code: str = PROGRAM, **more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CHAINRULE_CACHE": str(folder), **more}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def found_again(process: subprocess.Popen[str]) -> int:
    """How many functions were not compiled, of a process that must have computed the right numbers in silence."""
    out, errors = process.communicate(timeout=300)
    assert (0, "") == (process.returncode, errors), errors
    numbers, found = out.splitlines()
    one, eight = ast.literal_eval(numbers)
    assert all(agree(expected, number) for expected, number in zip(NUMBERS, eight, strict=True))
    assert agree(NUMBERS[0], *one)
    return int(found)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that two processes have filled at once."""
    folder = tmp_path_factory.mktemp("kept") / "made" / "on demand"
    for process in [begun(folder), begun(folder)]:
        found_again(process)  # perhaps what the other one has just compiled
    return folder


@pytest.fixture
def copied(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "cache"))


@pytest.mark.numba
def test_what_two_processes_compiled_at_once_is_found_by_a_third(kept: Path) -> None:
    assert 2 == len(list(kept.glob("*.code"))) == found_again(begun(kept))
    assert not list(kept.glob(".*"))  # nothing half written is left


def _spoiled(content: bytes, how: str) -> bytes:
    middle = len(content) // 2
    hollow = content[:middle] + bytes(64) + content[middle + 64 :]
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return {"empty": b"", "truncated": content[:middle], "garbage": b"garbage" * 99, "hollow": hollow,
            "one bit": flipped, "longer": content + b"0"}[how]  # fmt: skip


@pytest.mark.parametrize("how", ["empty", "truncated", "garbage", "hollow", "one bit", "longer"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, how: str) -> None:
    content = bytes(range(256)) * 4
    seal(tmp_path / "folder" / "file", content)
    assert content == unsealed(tmp_path / "folder" / "file")
    (tmp_path / "file").write_bytes(_spoiled((tmp_path / "folder" / "file").read_bytes(), how))
    assert unsealed(tmp_path / "file") is None


@pytest.mark.numba
def test_damaged_machine_code_is_compiled_again_and_mended(copied: Path) -> None:
    one, other = copied.glob("*.code")
    one.write_bytes(_spoiled(one.read_bytes(), "hollow"))
    seal(other, b"whole, but no machine code")
    for source in copied.glob("*.py"):
        source.write_text("raise SystemExit('damaged')", encoding="utf-8")
    assert 0 == found_again(begun(copied))
    assert 2 == found_again(begun(copied))


@pytest.mark.numba
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions are Unix's")
def test_machine_code_that_others_may_have_written_is_compiled_again_and_private_then(copied: Path) -> None:
    for path in copied.glob("*.code"):
        path.chmod(0o666)
    assert [0, 2] == [found_again(begun(copied)) for _ in range(2)]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in copied.iterdir()}


@pytest.mark.numba
def test_a_folder_that_may_only_be_read_serves_what_it_has(copied: Path) -> None:
    before = {path: path.read_bytes() for path in copied.iterdir()}
    for path in (*copied.iterdir(), copied):
        path.chmod(0o500)
    try:
        assert 2 == found_again(begun(copied))
        assert before == {path: path.read_bytes() for path in copied.iterdir()}
    finally:
        for path in (copied, *copied.iterdir()):
            path.chmod(0o700)


@pytest.mark.numba
def test_without_a_place_to_keep_anything_programs_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    homeless = "import pathlib\ndef none(*given): raise RuntimeError\npathlib.Path.home = none\n" + PROGRAM
    nowhere = str(tmp_path / "file" / "none")
    processes = [
        begun(tmp_path / "file" / "none"),
        begun(Path(), homeless, CHAINRULE_CACHE="", XDG_CACHE_HOME="", LOCALAPPDATA="", HOME=nowhere, TMPDIR=nowhere),
    ]
    assert [0, 0] == list(map(found_again, processes))
    assert ["file"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.numba
def test_machine_code_of_another_numba_python_or_processor_is_not_used(monkeypatch: Any, tmp_path: Path) -> None:
    from autograd.replay.compiling import _Kept

    def path(processor: str = "znver5") -> Path:
        codegen = types.SimpleNamespace(magic_tuple=lambda: (processor,))
        return _Kept(tmp_path, "module.function").path((1, 2), types.SimpleNamespace(codegen=lambda: codegen))

    found = [path(), path("haswell")]
    for name in ("numba.__version__", "llvmlite.__version__", "sys.version"):
        monkeypatch.setattr(name, "0.1")
        found.append(path())
    assert path() == path() and len(found) == len(set(found))


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions are Unix's")
def test_a_folder_in_which_others_may_write_is_not_used(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    assert loading._folder() == tmp_path
    tmp_path.chmod(0o777)
    assert loading._folder() is None


def test_a_folder_is_named_once_for_all_working_directories(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_CACHE", "here")
    assert loading.cache_folder() == tmp_path / "here"
    monkeypatch.setenv("CHAINRULE_CACHE", "~/there")
    assert loading.cache_folder() == Path.home() / "there"


def test_generated_modules_are_told_apart_by_their_content(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    one, other = module_of("number = 1"), module_of("number = 2")
    assert (1, 2, tmp_path) == (one.number, other.number, one.FOLDER)
    assert module_of("number = 1") is one and "number = 1" == Path(str(one.__file__)).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_rows_that_are_not_finite_have_the_limits_of_the_eager_engine(number) -> None:
    x, w = Value(0.5, "x"), Value(2.0, "w")
    for f in (autograd.silu, autograd.gelu, autograd.softplus, lambda x: autograd.logsumexp([x, 1.0])):
        output = f(x) + 0.0 * w
        program = autograd.compile(output, [x], [w], engine="python")
        expected = [autograd.evaluate(output, {x: row}) for row in (0.5, number, -1.0)]
        found = program([[0.5], [number], [-1.0]])
        assert [repr(each) for each in expected] == [repr(each) for each in found]
