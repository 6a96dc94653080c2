"""The commands derive, check and draw --wrt: what they print and write, their exit codes, and how they say no."""

from __future__ import annotations

import ast
import html
import math
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from autograd import check, derive, parse
from autograd.__main__ import FORMS

STEPS = "a = w*x + b; y = sigmoid(a); L = (y - t)**2 / 2"
NUMBERS = {"w": 0.5, "x": 1.0, "b": 0.0, "t": 1.0}
GIVEN = [f"{name}={number:g}" for name, number in NUMBERS.items()]
GRADIENT = "(y - t)*y*(1 - y)*x"

Run = Callable[..., tuple[int, str, str]]


def output() -> object:
    return parse(STEPS, **NUMBERS)


# ---------------------------------------------------------------- derive


@pytest.mark.parametrize("form", FORMS)
def test_derive_prints_what_the_derivation_says_in_every_form(form: str, run: Run):
    expected = getattr(derive(output(), "w"), form)()
    assert (0, expected.rstrip("\n") + "\n", "") == run("derive", STEPS, *GIVEN, "--wrt", "w", "--form", form)


def test_the_forms_are_those_that_they_are_named_after(run: Run):
    told = {form: run("derive", STEPS, *GIVEN, "--wrt", "w", "--form", form)[1] for form in FORMS}
    assert "∂L/∂w = ∂L/∂y · ∂y/∂a · ∂a/∂w" in told["text"]
    assert r"\begin{aligned}" in told["latex"] and "```math" in told["markdown"]
    assert told["html"].startswith("<!DOCTYPE html>") and "<math" in told["html"]
    assert isinstance(ast.parse(told["python"], mode="eval").body, ast.BinOp)
    assert told["spreadsheet"].startswith("=")


def test_derive_without_a_variable_derives_every_leaf(run: Run):
    code, told, _ = run("derive", STEPS, *GIVEN, "--form", "python")
    assert 0 == code
    assert ["w", "x", "b", "t"] == [line.partition(":")[0] for line in told.splitlines()]


def test_derive_takes_several_variables(run: Run):
    code, told, _ = run("derive", STEPS, *GIVEN, "--wrt", "w", "--wrt", "b")
    assert 0 == code
    assert "∂L/∂w" in told and "∂L/∂b" in told and "∂L/∂x" not in told


def test_the_python_form_evaluates_to_the_difference_quotient(run: Run):
    def loss(w: float) -> float:
        return (1 / (1 + math.exp(-w)) - 1) ** 2 / 2

    source = run("derive", STEPS, *GIVEN, "--wrt", "w", "--form", "python")[1]
    names = {"y": 1 / (1 + math.exp(-0.5)), "x": 1.0, "t": 1.0}
    assert pytest.approx((loss(0.5 + 1e-5) - loss(0.5 - 1e-5)) / 2e-5, rel=1e-8) == eval(source, {}, names)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--style", "delta"], "δ ≡ ∂L/∂a"),
        (["--detail", "primitive"], "∂v₁/∂w"),
        (["--update", "0.5"], "w ← w − η · ∂L/∂w"),
        (["--update", "-0.5"], "0.5 − (−0.5)"),
        (["--digits", "8"], "−0.088723459"[:9]),
        (["--full"], "∂L/∂w"),
    ],
    ids=lambda case: case[0].lstrip("-") if isinstance(case, list) else "",
)
def test_every_option_of_derive_does_what_it_says(words: list[str], told: str, run: Run):
    code, printed, complaint = run("derive", STEPS, *GIVEN, "--wrt", "w", *words)
    assert (0, "") == (code, complaint)
    assert told in printed


@pytest.mark.parametrize("width", [40, 80, 120])
def test_derive_keeps_to_the_width_that_was_asked_for(width: int, run: Run):
    formula = "(" + " + ".join(f"sigmoid(w*x{i} + b)*u{i}" for i in range(1, 9)) + ")**2"
    numbers = [f"{name}{i}=0.{i}" for i in range(1, 9) for name in "xu"]
    code, told, _ = run("derive", formula, "w=0.5", "b=1", *numbers, "--wrt", "w", "--width", str(width))
    assert 0 == code
    assert width >= max(map(len, told.splitlines())) > width // 2


def test_derive_shows_all_terms_of_a_long_sum_only_when_asked(run: Run):
    formula = " + ".join(f"w*x{i}" for i in range(20))
    words = ["derive", f"sum = {formula}; sum**2", "w=1", *(f"x{i}=1" for i in range(20)), "--wrt", "w"]
    short, full = run(*words)[1], run(*words, "--full")[1]
    assert "more)" in short and "x19" not in short.replace("₁₉", "19")
    assert "more)" not in full and "x19" in full


@pytest.mark.parametrize("form", FORMS)
def test_derive_writes_a_file_in_utf_8_and_says_where(form: str, run: Run, tmp_path: Path):
    printed = run("derive", STEPS, *GIVEN, "--wrt", "w", "--form", form)[1]
    code, told, _ = run("derive", STEPS, *GIVEN, "--wrt", "w", "--form", form, "-o", "Ableitung ∂.txt")
    assert (0, "the derivation is in Ableitung ∂.txt\n") == (code, told)
    assert ["Ableitung ∂.txt"] == os.listdir(tmp_path)
    assert printed == (tmp_path / "Ableitung ∂.txt").read_text(encoding="utf-8")


def test_the_output_gets_a_name_that_is_free(run: Run):
    taken = ["L=2", "f=1", "F=1", "output=1", "L_1=1"]
    code, told, _ = run("derive", "L*f*F*output*L_1*w", *taken, "w=3", "--wrt", "w")
    assert 0 == code
    assert told.startswith("∂L₂/∂w")


def test_a_formula_may_begin_with_a_minus(run: Run):
    assert (0, "-(2 * w)\n") == run("derive", "-w**2", "w=3", "--wrt", "w", "--form", "python")[:2]


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["w*", "w=1"], "cannot read the formula at its end"),
        (["", "w=1"], "the formula is empty"),
        (["w*x", "w=1"], "give a number for x"),
        (["w*x", "w=1", "x=2", "q=3"], "the formula does not use q"),
        (["w*x", "w=1", "x=2", "--wrt", "q"], "no node is labelled 'q'"),
        (["w*x", "w=1", "x=2", "--wrt", ""], "no node is labelled ''"),
        (["log(w)", "w=-1"], "log needs a positive number"),
        (["sqrt(w)", "w=0"], "the derivative of sqrt"),
        (["w", "w=1", "--width", "0"], "width is a whole number of columns from 1 on; it was given 0"),
        (["w*w", "w=1", "--width", "-3"], "width is a whole number of columns from 1 on; it was given -3"),
        (["w*w", "w=1", "--digits", "0"], "digits is a whole number from 1 to 17"),
        (["w*w", "w=1", "--update", "nan"], "a learning rate is a finite number"),
        (["w*w", "w=1", "-o", "nowhere/page.txt"], "there is no folder"),
        (["w*w", "w=1", "-o", "."], "this is a folder"),
        (["exp*exp(exp)", "exp=1", "--form", "python"], "label it otherwise"),
    ],
)
def test_derive_says_in_one_sentence_what_is_wrong(words: list[str], complaint: str, run: Run, tmp_path: Path):
    code, told, said = run("derive", *words)
    assert (2, "") == (code, told)
    assert said.startswith("autograd derive: ") and complaint in said
    assert [] == os.listdir(tmp_path)


@pytest.mark.parametrize(
    "words",
    [["--form", "pdf"], ["--style", "x"], ["--detail", "x"], ["--update", "x"], ["--digits", "2.5"], ["--nonsense"]],
)
def test_an_option_that_does_not_exist_is_refused(words: list[str], run: Run):
    code, told, said = run("derive", STEPS, *GIVEN, *words)
    assert (2, "") == (code, told)
    assert "error: " in said and words[0] in said


# ---------------------------------------------------------------- check


def test_check_says_right_with_exit_code_0(run: Run):
    assert (0, "Right.\n", "") == run("check", STEPS, *GIVEN, "--wrt", "w", "--answer", GRADIENT)


def test_check_names_the_mistake_with_exit_code_1(run: Run):
    answer = "(y - t)*x"
    verdict = check(output(), "w", answer)
    code, told, _ = run("check", STEPS, *GIVEN, "--wrt", "w", "--answer", answer)
    assert (1, f"{verdict}\n") == (code, told)
    assert "activation_missing" in told and "0.235" in told


def test_check_takes_a_number(run: Run):
    assert 0 == run("check", STEPS, *GIVEN, "--wrt", "w", "--answer", "-0.08872")[0]
    assert 1 == run("check", STEPS, *GIVEN, "--wrt", "w", "--answer", "0.08872")[0]


def test_check_tells_an_update_from_a_gradient(run: Run):
    words = ["check", STEPS, *GIVEN, "--wrt", "w", "--answer", f"0.1*{GRADIENT}", "--lr", "0.1"]
    code, told, _ = run(*words)
    assert 1 == code and "learning_rate" in told


def test_check_knows_the_weight_decay(run: Run):
    words = ["check", STEPS, *GIVEN, "--wrt", "w", "--weight-decay", "0.01", "--answer"]
    assert 0 == run(*words, f"{GRADIENT} + 0.01*w")[0]
    code, told, _ = run(*words, GRADIENT)
    assert 1 == code and "weight_decay" in told


def test_check_chooses_numbers_that_are_not_given_and_says_which(run: Run):
    code, told, _ = run("check", "w*x**2", "w=2", "--wrt", "w", "--answer", "x**2")
    assert 0 == code
    assert "(no number was given for some names; taken: x = 0.4)" in told


@pytest.mark.parametrize("answer", ["-h", "-o", "--wrt", "-x", "--h"])
def test_an_answer_is_never_taken_for_an_option(answer: str, run: Run):
    code, told, said = run("check", "-w*h - o*w", "w=1", "h=2", "o=1", "--wrt", "w", "--answer", answer)
    assert (1, "") == (code, said)
    assert "Not yet" in told
    assert 0 == run("check", "-w*h", "w=1", "h=2", "--wrt", "w", "--answer", "-h")[0]


@pytest.mark.parametrize("answer", ["", "(y - t", "__import__('os')", "9**9**9**9", "y.data", "(" * 5000, "q"])
def test_an_answer_that_cannot_be_read_is_a_verdict(answer: str, run: Run):
    code, told, said = run("check", STEPS, *GIVEN, "--wrt", "w", "--answer", answer)
    assert (1, "") == (code, said)
    assert "unreadable" in told


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["w*", "--wrt", "w", "--answer", "1"], "cannot read the formula"),
        (["w*x", "--wrt", "q", "--answer", "1"], "no node is labelled 'q'"),
        (["log(w)", "w=-1", "--wrt", "w", "--answer", "1/w"], "log needs a positive number"),
        (["w*x", "--answer", "x"], "--wrt"),
        (["w*x", "--wrt", "w"], "--answer"),
        (["w*x", "--wrt", "w", "--answer", "x", "--lr", "fast"], "--lr"),
    ],
)
def test_check_refuses_what_is_no_question_with_exit_code_2(words: list[str], complaint: str, run: Run):
    code, told, said = run("check", *words)
    assert (2, "") == (code, told)
    assert complaint in said


# ---------------------------------------------------------------- draw --wrt


def drawn(path: Path) -> str:
    """The words of a picture."""
    return " ".join("".join(ElementTree.parse(path).getroot().itertext()).split())


def test_draw_wrt_writes_the_paths_and_their_caption(run: Run, tmp_path: Path):
    code, told, said = run("draw", STEPS, *GIVEN, "--wrt", "w", "-o", "paths.svg")
    assert (0, "") == (code, said)
    assert told.endswith("the picture is in paths.svg\n")
    words = drawn(tmp_path / "paths.svg")
    assert "depends on" in words and "along one path" in words


def test_draw_wrt_names_an_output_without_a_label(run: Run, tmp_path: Path):
    code, told, _ = run("draw", "a = w*x; sigmoid(a)", "w=1", "x=2", "--wrt", "w", "-o", "paths.svg")
    assert 0 == code and "L = 0.880797" in told
    assert "∂L/∂w" in re.sub(" ", "", drawn(tmp_path / "paths.svg"))


def test_draw_wrt_writes_dot(run: Run, tmp_path: Path):
    assert 0 == run("draw", STEPS, *GIVEN, "--wrt", "w", "-o", "paths.dot")[0]
    assert "digraph" in html.unescape((tmp_path / "paths.dot").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--wrt", "q"], "no node is labelled 'q'"),
        (["--wrt", ""], "no node is labelled ''"),
        (["--wrt", "w", "-o", "paths.png"], "a picture is saved as .svg"),
        (["--wrt", "w", "-o", "nowhere/paths.svg"], "there is no folder"),
        (["--wrt", "w", "--max-nodes", "1"], "raise max_nodes"),
    ],
)
def test_draw_wrt_says_what_is_wrong_and_writes_nothing(words: list[str], complaint: str, run: Run, tmp_path: Path):
    code, told, said = run("draw", STEPS, *GIVEN, *words)
    assert (2, "") == (code, told)
    assert said.startswith("autograd draw: ") and complaint in said
    assert [] == os.listdir(tmp_path)
