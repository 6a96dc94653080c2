"""The judge on a corpus of derivations: it names mistakes, and never takes wrong for right or right for wrong."""

from __future__ import annotations

import inspect
import math
import random
import re
from collections import Counter

import corpus
import pytest
from oracles import build, random_program

from autograd import Value
from autograd.judging import cases, search
from autograd.judging.judge import check
from autograd.judging.verdict import PREFERENCE

LEAST_NAMED = 0.97
CODES = set(PREFERENCE) - {"rounded", "unreadable", "unknown"}


SAMPLE = 8  # one of so many answers is judged by default, and four at least of each code
WHOLE = pytest.param(1, marks=pytest.mark.thorough, id="whole")


@pytest.fixture(scope="module")
def every_wrong() -> list[corpus.Wrong]:
    return corpus.wrong_answers()


@pytest.fixture(scope="module", params=[pytest.param(SAMPLE, id="sample"), WHOLE])
def wrong(request, every_wrong) -> list[corpus.Wrong]:
    return every_wrong if request.param == 1 else sample(every_wrong, request.param)


def sample(answers: list[corpus.Wrong], step: int, of_each: int = 4) -> list[corpus.Wrong]:
    """Every so many-th of the answers, and the first of each code."""
    count: Counter[str] = Counter()
    chosen = []
    for index, each in enumerate(answers):
        if index % step == 0 or any(count[code] < of_each for code in each.codes):
            chosen.append(each)
            count.update(each.codes)
    return chosen


@pytest.fixture(scope="module")
def verdicts(wrong):
    return [check(each.case.build(), each.case.variable, each.text, **dict(each.options)) for each in wrong]


def confusion(wrong, verdicts) -> str:
    """Which code was taken for which, and how often; then every such answer."""
    both = zip(wrong, verdicts, strict=True)
    missed = [("/".join(sorted(w.codes)), v.mistake, w) for w, v in both if v.mistake not in w.codes]
    table = Counter((code, found) for code, found, _ in missed)
    lines = [f"{count:4} {code} → {found}" for (code, found), count in table.most_common()]
    return "\n".join([*lines, *(f"{c} → {f} | {each.case.name} | {each.text}" for c, f, each in missed[:30])])


def share_named(wrong, verdicts) -> float:
    named = sum(verdict.mistake in each.codes for each, verdict in zip(wrong, verdicts, strict=True))
    return named / len(wrong)


def test_the_judge_names_the_mistake_of_nearly_all_wrong_answers(wrong, verdicts):
    assert share_named(wrong, verdicts) >= LEAST_NAMED, confusion(wrong, verdicts)


def test_the_judge_never_calls_a_wrong_answer_right(wrong, verdicts):
    assert [] == [each.text for each, verdict in zip(wrong, verdicts, strict=True) if verdict.correct]


def test_the_corpus_is_large_and_its_sample_is_not_small(every_wrong):
    assert len(every_wrong) >= 400
    assert len(sample(every_wrong, SAMPLE)) >= 100


def test_the_corpus_has_every_code_that_a_formula_can_have(wrong):
    assert set() == CODES - set().union(*(each.codes for each in wrong))


def test_every_verdict_on_a_wrong_answer_says_why_in_one_sentence(verdicts):
    for verdict in verdicts:
        assert verdict.explanation.endswith(".") and "\n" not in verdict.explanation
        assert 0 <= verdict.score < 1


@pytest.mark.parametrize("step", [pytest.param(4, id="sample"), WHOLE])
def test_the_judge_calls_every_right_answer_right_however_it_is_written(step):
    answers = corpus.right_answers()
    assert len(answers) >= 400
    failed = [(case.name, text) for case, text in answers[::step] if not check(case.build(), case.variable, text)]
    assert [] == failed


@pytest.mark.parametrize("case", corpus.cases(), ids=lambda case: case.name)
def test_the_corpus_itself_is_right_by_differences(case):
    rng = random.Random(5)
    variable = case.symbol
    for _ in range(3):
        names = case.sample(rng)
        leaves = {name: names[name] for name in case.leaves}
        step = 1e-5
        above, below = (case.forward({**leaves, variable: leaves[variable] + s})["L"] for s in (step, -step))
        assert corpus.number(case.right(), names) == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-7)


# ---------------------------------------------------------------- the same answers as numbers and functions


def numbers_of(wrong):
    """The wrong answers that are off by more than rounding at the current point, as numbers there."""
    for each in wrong:
        names = {**each.case.forward(each.case.leaves), "eta": 0.3, "lambda_": 0.2}
        right, number = corpus.number(each.case.right(), names), corpus.number(each.text, names)
        if "weight_decay" in dict(each.options):
            right += 0.2 * names[each.case.symbol]
        if abs(number - right) > 0.03 * abs(right) and math.isfinite(number) and number:
            yield each, right, number


def test_most_mistakes_are_named_from_all_digits_of_a_number(wrong):
    numbers = [item for item in numbers_of(wrong) if "combination" not in item[0].codes][::4]
    named = 0
    for each, _, number in numbers:
        verdict = check(each.case.build(), each.case.variable, number, **{"lr": 0.3, **dict(each.options)})
        assert not verdict.correct
        named += verdict.mistake in each.codes
    assert named >= 0.8 * len(numbers) > 20


def test_a_wrong_number_of_four_digits_is_never_right(wrong):
    for each, right, number in list(numbers_of(wrong))[::5]:
        text = f"{number:.4g}"
        if float(f"{right:.4g}") != float(text):
            assert not check(each.case.build(), each.case.variable, text, **dict(each.options)).correct


def test_a_right_number_is_right_to_any_number_of_digits():
    for case in corpus.cases()[::3]:
        names = case.forward(case.leaves)
        number = corpus.number(case.right(), names)
        for digits in (2, 3, 5, 17) if number else ():
            assert check(case.build(), case.variable, f"{number:#.{digits}g}").correct
        assert check(case.build(), case.variable, number).correct


def as_function(text: str, names):
    used = [name for name in names if name in set(re.findall(r"[^\W\d]\w*", text))]

    def function(**numbers):
        return corpus.number(text, numbers)

    function.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in used]
    )
    return function


def test_a_python_function_is_judged_like_its_formula(wrong):
    for each in wrong[::25]:
        names = {**each.case.forward(each.case.leaves), "eta": 0.3, "lambda_": 0.2}
        graph, variable, options = each.case.build(), each.case.variable, dict(each.options)
        assert not check(graph, variable, as_function(each.text, names), **options).correct
        if not options:
            assert check(graph, variable, as_function(each.case.right(), names)).correct


# ---------------------------------------------------------------- planted faults


def share_without(wrong, monkeypatch, code: str) -> float:
    """The share of mistakes that is named when the judge knows nothing of one of them."""
    ends, edits, changes = cases.frames, search.all_edits, cases.repairs
    monkeypatch.setattr(search, "all_edits", lambda *given: (edit for edit in edits(*given) if edit.code != code))
    monkeypatch.setattr(cases, "frames", lambda *given: [end for end in ends(*given) if code not in end.codes])
    monkeypatch.setattr(cases, "repairs", lambda *given: (each for each in changes(*given) if each.code != code))
    some = [each for each in wrong if code in each.codes][:12]
    found = [check(each.case.build(), each.case.variable, each.text, **dict(each.options)) for each in some]
    return share_named(some, found)


@pytest.mark.parametrize("code", ["sign", "activation_missing", "path_missing", "weight_decay", "factor_two"])
def test_a_judge_without_a_family_fails_the_corpus(every_wrong, monkeypatch, code):
    assert share_without(every_wrong, monkeypatch, code) < LEAST_NAMED


# ---------------------------------------------------------------- graphs of any kind


@pytest.mark.parametrize("graphs", [pytest.param(5, id="sample"), pytest.param(12, marks=pytest.mark.thorough)])
def test_a_random_graph_never_takes_a_wrong_derivative_for_right(graphs):
    rng = random.Random(3)
    judged = 0
    for seed in range(graphs):
        program = random_program(random.Random(seed), largest=25)
        leaves = [Value(x, f"x_{i}") for i, x in enumerate(program.leaves)]
        output = build(program.calls, leaves)[-1]
        output.backward()
        for leaf in leaves[:2]:
            g = leaf.grad
            if not math.isfinite(g) or abs(g) < 1e-6 or abs(g) > 1e6:
                continue
            judged += 1
            assert check(output, leaf, g).correct
            for wrong in (2 * g, -g, g * (1 + 10 ** -rng.uniform(2, 6)), g + 1):
                assert not check(output, leaf, wrong).correct
            assert not check(output, leaf, f"{g!r} + 0.001*x_0*{g!r}").correct
    assert judged >= 0.8 * graphs
