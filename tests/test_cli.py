"""The command line: what it prints, what it writes, and how it says no."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from pictures import SVG

from autograd import draw, parse
from autograd.demo import network

FORMULA = "(sigmoid(w*x + b) - t)**2 / 2"
NUMBERS = ["w=0.5", "x=1", "b=0", "t=1"]


def autograd(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m autograd` with these arguments, in `folder`, as a shell runs it."""
    variables = {**os.environ, "CHAINRULE_LAYOUT": "builtin", **environment}
    root = Path(__file__).parent.parent
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, "-m", "autograd", *arguments], cwd=folder, env=variables, capture_output=True, timeout=60
    )


def nodes(path: Path) -> int:
    return sum(group.get("class", "").startswith("node ") for group in ElementTree.parse(path).iter(f"{SVG}g"))


def number(text: str) -> float:
    """A printed number: 0.5, −1.25, 3.1×10⁻⁷."""
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(text.replace("−", "-").replace("×10", "e").translate(raised))


# ---------------------------------------------------------------- demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `python -m autograd demo` did, and the folder it was run in."""
    folder = tmp_path_factory.mktemp("demo")
    return autograd("demo", folder=folder), folder


def test_demo_prints_the_passes_and_writes_the_picture(demo):
    done, folder = demo
    told = done.stdout.decode()

    assert (done.returncode, done.stderr) == (0, b"")
    assert os.listdir(folder) == ["network.svg"]
    assert "forward pass" in told
    assert "backward pass, and one update with η = 0.5" in told
    assert told.endswith("the picture is in network.svg\n")
    assert nodes(folder / "network.svg") == 37


def test_demo_prints_gradients_that_differences_confirm(demo):
    rows = re.findall(r"^  ([wub]\S*) +(\S+) +(\S+) +(\S+)$", demo[0].stdout.decode(), re.M)
    net = network()
    step = 1e-6

    assert len(rows) == len(net.parameters) == 17
    for parameter, (_, value, gradient, updated) in zip(net.parameters, rows, strict=True):
        before = parameter.data
        losses = []
        for shift in (step, -step):
            parameter.data = before + shift
            losses.append(net.L.forward())
        parameter.data = before
        difference = (losses[0] - losses[1]) / (2 * step)
        assert number(value) == before
        assert number(gradient) == pytest.approx(difference, rel=1e-3)
        assert number(updated) == pytest.approx(before - 0.5 * difference, rel=1e-5)


def test_demo_prints_a_loss_that_the_update_makes_smaller(demo):
    told = demo[0].stdout.decode()
    before, after = re.search(r"L before the update (\S+), after it (\S+)", told).groups()

    assert number(before) == pytest.approx(network().L.data, rel=1e-5)
    assert number(after) < number(before)


def test_demo_draws_the_network_before_the_update_with_gradients(demo):
    net = network()
    net.L.backward()

    assert (demo[1] / "network.svg").read_text(encoding="utf-8") == draw(net.L, layout="builtin").svg


# ---------------------------------------------------------------- draw


def test_draw_prints_values_and_gradients_and_writes_the_picture(tmp_path):
    done = autograd("draw", FORMULA, *NUMBERS, "-o", "graph.svg", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert os.listdir(tmp_path) == ["graph.svg"]
    assert nodes(tmp_path / "graph.svg") == 10
    assert done.stdout.decode().splitlines() == [
        "w = 0.5, gradient −0.0887235",
        "x = 1, gradient −0.0443617",
        "b = 0, gradient −0.0887235",
        "t = 1, gradient 0.377541",
        "the formula = 0.0712685",
        "",
        "the picture is in graph.svg",
    ]


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        (FORMULA, {"w": 0.5, "x": 1, "b": 0, "t": 1}),
        ("log(x*y) + tanh(x)**3 / sqrt(y)", {"x": 0.7, "y": 1.9}),
        ("max(x, y)*exp(-x*y) + 2**x", {"x": -0.3, "y": 0.8}),
        ("-x**2", {"x": 3}),
    ],
)
def test_draw_prints_gradients_that_differences_confirm(run, formula, point):
    _, printed, _ = run("draw", formula, *[f"{name}={value}" for name, value in point.items()])
    told = dict(re.findall(r"^(\w) = \S+ gradient (\S+)$", printed, re.M))

    assert set(told) == set(point)
    for name, gradient in told.items():
        step = 1e-5
        up, down = (parse(formula, **{**point, name: point[name] + shift}).data for shift in (step, -step))
        assert number(gradient) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-7)


def test_draw_without_backward_shows_no_gradient(tmp_path):
    done = autograd("draw", "w*x", "w=2", "x=3", "--no-backward", folder=tmp_path)

    assert b"gradient" not in done.stdout
    assert "grad " not in (tmp_path / "graph.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "graph.svg", "w*x", "w=2", "x=3"],
        ["w*x", "-o", "graph.svg", "w=2", "x=3"],
        ["w*x", "w=2", "-o", "graph.svg", "x=3"],
        ["w*x", "w=2", "x=3", "--output=graph.svg", "--rankdir", "TB"],
    ],
)
def test_options_may_stand_anywhere(run, arguments):
    code, printed, said = run("draw", *arguments)

    assert (code, said) == (0, "")
    assert printed.startswith("w = 2, gradient 3\nx = 3, gradient 2\n")


@pytest.mark.parametrize("formula", ["-x**2", "-(x + 1)", "-2*x", "-x", "-h*x"])
def test_a_formula_may_begin_with_a_minus(run, formula):
    numbers = ["x=3", "h=2"] if "h" in formula else ["x=3"]
    code, printed, said = run("draw", formula, *numbers)

    assert (code, said) == (0, "")
    assert printed.startswith("x = 3, gradient ") or printed.startswith("h = 2, gradient ")


def test_draw_writes_dot_text_where_the_ending_asks_for_it(tmp_path):
    autograd("draw", "x*x", "x=3", "-o", "graph.dot", folder=tmp_path)

    assert (tmp_path / "graph.dot").read_text(encoding="utf-8").startswith("digraph autograd {")


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_rankdir_is_handed_on(run, tmp_path, rankdir):
    run("draw", "x*x", "x=3", "--rankdir", rankdir)

    expected = parse("x*x", x=3)
    expected.backward()
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == draw(expected, rankdir=rankdir, layout="builtin").svg


def test_draw_replaces_an_older_picture(tmp_path):
    (tmp_path / "graph.svg").write_text("old")

    assert autograd("draw", "x*x", "x=3", folder=tmp_path).returncode == 0
    assert nodes(tmp_path / "graph.svg") == 2


# ---------------------------------------------------------------- one sentence, and exit code 2

WRONG = {
    "no command": ([], "the following arguments are required"),
    "unknown command": (["paint"], "invalid choice: 'paint'"),
    "no formula": (["draw"], "required: formula"),
    "empty formula": (["draw", ""], "the formula is empty"),
    "spaces": (["draw", "   "], "the formula is empty"),
    "unknown option": (["demo", "--colour"], "unrecognized arguments: --colour"),
    "an argument too many": (["demo", "x=1"], "unrecognized arguments: x=1"),
    "unknown layout": (["demo", "--layout", "neato"], "invalid choice: 'neato'"),
    "unknown rankdir": (["demo", "--rankdir", "left"], "invalid choice: 'left'"),
    "missing folder": (["demo", "-o", "missing/network.svg"], "there is no folder 'missing'"),
    "a file as folder": (["demo", "-o", "file.txt/network.svg"], "cannot write 'file.txt/network.svg'"),
    "a folder as file": (["demo", "-o", "folder.svg"], "cannot write 'folder.svg': this is a folder"),
    "PNG": (["draw", "x", "x=1", "-o", "graph.png"], "saved as .svg, .dot or .gv; 'graph.png' has the ending '.png'"),
    "no ending": (["draw", "x", "x=1", "-o", "graph"], "'graph' has the ending ''"),
    "no file name": (["draw", "x", "x=1", "-o"], "expected one argument"),
    "empty file name": (["draw", "x", "x=1", "-o", ""], "saved as .svg"),
    "missing number": (["draw", "w*x", "x=1"], "give a number for w: w=0.5"),
    "a number too many": (["draw", "x", "x=1", "y=2"], "does not use y"),
    "the same number twice": (["draw", "x", "x=1", "x=2"], "'x' is given a number twice"),
    "no number": (["draw", "x", "x=abc"], "'abc' is no finite number"),
    "not a number": (["draw", "x", "x=nan"], "'nan' is no finite number"),
    "too large a number": (["draw", "x", "x=1e999"], "'1e999' is no finite number"),
    "no equals sign": (["draw", "x", "x"], "it has no '='"),
    "no name": (["draw", "x", "=1"], "is no name"),
    "unknown function": (["draw", "sigmod(x)", "x=1"], "did you mean 'sigmoid'?"),
    "open bracket": (["draw", "(x", "x=1"], "cannot read the formula"),
    "two operators": (["draw", "x */ 2", "x=1"], "cannot read the formula"),
    "a tower of powers": (["draw", "9**9**9"], "power overflows"),
    "a tower of powers of x": (["draw", "x**x**x**x", "x=9"], "power overflows"),
    "huge": (["draw", "+".join(["x"] * 20_000), "x=1"], "longer than 10,000 characters"),
    "too many nodes": (["draw", "+".join(["x"] * 2_000), "x=1"], "2,000 nodes"),
    "deep": (["draw", "(" * 5_000 + "x" + ")" * 5_000, "x=1"], "cannot read the formula"),
    "import": (["draw", "__import__('os').mkdir('pwned')"], "cannot read the formula"),
    "attribute": (["draw", "x.__class__", "x=1"], "cannot read the formula"),
    "lambda": (["draw", "(lambda: 1)()"], "cannot read the formula"),
    "exec": (["draw", "exec('open(\"pwned\", \"w\")')"], "cannot read the formula"),
    "log of zero": (["draw", "log(x)", "x=0"], "log needs a positive number; 'x' is 0.0"),
    "division by zero": (["draw", "1/x", "x=0"], "'x' is 0.0"),
    "no slope": (["draw", "sqrt(x)", "x=0"], "the derivative of sqrt"),
    "bytes": (["draw", "x\udcff", "x=1"], "cannot read the formula"),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with a file and a folder in it."""
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file.txt").write_text("")
    return tmp_path


def is_one_sentence(code: int, printed: str, said: str, told: str) -> bool:
    sentences = [line for line in said.splitlines() if re.match(r"(python -m )?autograd( \w+)?: ", line)]
    assert (code, printed, len(sentences)) == (2, "", 1)
    return told in said and "Traceback" not in said and len(said) < 1000


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_one_sentence(folder, run, arguments, told):
    assert is_one_sentence(*run(*arguments), told)
    assert sorted(os.listdir(folder)) == ["file.txt", "folder.svg"]


@pytest.mark.parametrize("wrong", ["no formula", "a folder as file", "log of zero", "bytes"])
def test_a_shell_gets_the_same_sentence(folder, wrong):
    arguments, told = WRONG[wrong]
    done = autograd(*arguments, folder=folder)

    assert is_one_sentence(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"), told)
    assert sorted(os.listdir(folder)) == ["file.txt", "folder.svg"]


def test_a_layout_that_is_not_installed_is_said(tmp_path):
    done = autograd("demo", "--layout", "dot", folder=tmp_path, PATH=str(tmp_path))

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"autograd demo: 'dot' is not on the PATH: install Graphviz, or use layout='builtin'\n"


def test_an_unknown_layout_in_the_environment_is_said(tmp_path):
    done = autograd("demo", folder=tmp_path, CHAINRULE_LAYOUT="neato")

    assert done.returncode == 2
    assert done.stderr.startswith(b"autograd demo: there is no layout engine 'neato'")


@pytest.mark.parametrize("command", [[], ["demo"], ["draw"]])
def test_help_is_printed(tmp_path, command):
    done = autograd(*command, "--help", folder=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith(b"usage: python -m autograd")


# ---------------------------------------------------------------- any console

CONSOLES = {
    "ASCII": {"PYTHONIOENCODING": "ascii"},
    "the C locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1:strict"},
}


@pytest.mark.parametrize("console", CONSOLES.values(), ids=CONSOLES)
def test_every_console_gets_utf_8(tmp_path, console):
    done = autograd("demo", folder=tmp_path, **console)

    assert (done.returncode, done.stderr) == (0, b"")
    assert "∂L/∂·" in done.stdout.decode()
    assert nodes(tmp_path / "network.svg") == 37


@pytest.mark.parametrize("console", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C"}], ids=["ASCII", "C"])
def test_every_console_gets_greek_letters_in_errors(tmp_path, console):
    done = autograd("draw", "δ₁*h", "h=1", folder=tmp_path, **console)

    assert done.returncode == 2
    assert b"give a number for delta_1: delta_1=0.5" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a Unix shell")
@pytest.mark.parametrize(("redirection", "code", "said"), [
    (">&-", 0, ""),
    ("2>&- >&-", 0, ""),
    ("</dev/null >/dev/full", 2, "autograd: the report could not be printed: No space left on device\n"),
])  # fmt: skip
def test_a_closed_or_full_output_is_no_traceback(tmp_path, redirection, code, said):
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    root = Path(__file__).parent.parent
    done = subprocess.run(
        f'"{sys.executable}" -m autograd demo --layout builtin {redirection}', shell=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr.decode()) == (code, said)
    assert nodes(tmp_path / "network.svg") == 37


@pytest.mark.skipif(os.name != "posix", reason="a Unix shell")
def test_a_reader_that_stops_early_is_no_error(tmp_path):
    read, write = os.pipe()
    os.close(read)
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "demo", "--layout", "builtin"], cwd=tmp_path, stdout=write,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}, timeout=60,
    )  # fmt: skip
    os.close(write)

    assert (done.returncode, done.stderr) == (0, b"")
