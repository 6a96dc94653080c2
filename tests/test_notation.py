"""Labels: one grammar, and what is made of each label in text and as a name of Python."""

from __future__ import annotations

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import parse
from autograd.notation import GREEK, Label, identifier, read, text

GRAMMAR = {
    "w": (Label("w"), "w", "w"),
    "w_1": (Label("w", ("1",)), "w₁", "w_1"),
    "w_11": (Label("w", ("11",)), "w₁₁", "w_11"),
    "w_1_10": (Label("w", ("1", "10")), "w₁,₁₀", "w_1_10"),
    "h_i_j_k": (Label("h", ("i", "j", "k")), "hᵢ,ⱼ,ₖ", "h_i_j_k"),
    "a_1^(2)": (Label("a", ("1",), "(2)"), "a₁⁽²⁾", "a_1__2"),
    "a^(2)": (Label("a", (), "(2)"), "a⁽²⁾", "a__2"),
    "a^2": (Label("a", (), "2"), "a²", "a__2"),
    "a^n": (Label("a", (), "n"), "aⁿ", "a__n"),
    "a^T": (Label("a", (), "T"), "a^T", "a__T"),
    "delta_j": (Label("delta", ("j",)), "δⱼ", "delta_j"),
    "Delta": (Label("Delta"), "Δ", "Delta"),
    "lambda": (Label("lambda"), "λ", "lambda_"),
    "E_total": (Label("E", ("total",)), "Eₜₒₜₐₗ", "E_total"),
    "b_q": (Label("b", ("q",)), "b_q", "b_q"),
    "x'": (Label("x'"), "x'", "x_"),
    "x''_1": (Label("x''", ("1",)), "x''₁", "x___1"),
    "loss": (Label("loss"), "loss", "loss"),
    "x1": (Label("x1"), "x1", "x1"),
    "δ": (Label("δ"), "δ", "δ"),
}
# Outside of the grammar: kept as they stand.
AWKWARD = {
    "my loss!": "my_loss_",
    "": "_",
    "_": "_",
    "__": "__",
    "_1": "_1",
    "1": "_1",
    "2x": "_2x",
    "w_": "w_",
    "w__1": "w__1",
    "a_1^": "a_1__",
    "a^b^c": "a__b_c",
    "a^(b": "a__b",
    "a b": "a_b",
    "a.b": "a_b",
    "a-b": "a_b",
    "x₁": "x1",
    "a²": "a2",
    "½": "_1_2",
    "²": "_2",
    "٣x": "_٣x",
    "\u0301x": "_\u0301x",
    "ﬁt": "fit",
    "🦆": "_",
    "\n": "_",
    "</script>": "__script_",
    'w"]': "w__",
}


@pytest.mark.parametrize(("label", "expected"), GRAMMAR.items(), ids=GRAMMAR)
def test_a_label_is_taken_apart_written_and_named(label, expected):
    assert (read(label), text(label), identifier(label)) == expected


@pytest.mark.parametrize(("label", "name"), AWKWARD.items(), ids=map(repr, AWKWARD))
def test_a_label_outside_of_the_grammar_is_kept_and_named(label, name):
    assert (read(label), text(label), identifier(label)) == (Label(label), label, name)


@pytest.mark.parametrize("word", keyword.kwlist)
def test_a_keyword_gets_a_trailing_underscore(word):
    assert identifier(word) == f"{word}_"


@given(st.text(max_size=20) | st.from_regex(r"[a-zα-ω]{1,6}(_[a-z0-9]{1,3}){0,3}(\^\(?[a-z0-9]\)?)?", fullmatch=True))
def test_every_label_has_a_name_that_python_can_read(label):
    name = identifier(label)

    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    # Python brings names into a normal form; ours are in it already.
    assert ast.parse(name, mode="eval").body.id == name


@given(st.text(max_size=20))
def test_a_name_of_python_names_itself(label):
    assert identifier(identifier(label)) == identifier(label)


@given(st.text(max_size=20))
def test_reading_a_label_loses_nothing(label):
    parts = read(label)
    subscripts = "".join(f"_{part}" for part in parts.subscripts)

    assert parts.base + subscripts + (f"^{parts.superscript}" if parts.superscript else "") == label


def test_labels_of_the_grammar_have_names_of_their_own():
    labels = [
        f"{base}{subscript}{superscript}"
        for base in ("w", "u", "x1", "delta", "lambda")
        for subscript in ("", "_1", "_11", "_1_1", "_1_10", "_11_0", "_i")
        for superscript in ("", "^(1)", "^(2)", "^(12)")
    ]

    assert len({identifier(label) for label in labels}) == len(labels)
    assert len({text(label) for label in labels}) == len(labels)


@pytest.mark.parametrize(("one", "other"), [("a^2", "a^(2)"), ("a b", "a_b"), ("x'", "x_"), ("x₁", "x1"), ("a!", "a?")])
def test_some_labels_share_a_name_and_who_reads_names_must_expect_it(one, other):
    assert identifier(one) == identifier(other)


def test_every_greek_name_is_shown_as_its_letter():
    assert len(GREEK) == 48
    assert text("alpha") + text("omega") + text("Omega") + text("lambda") + text("epsilon") == "αωΩλε"
    assert all(len(text(name)) == 1 for name in GREEK)


@pytest.mark.parametrize("label", ["w_11", "w_1_10", "a_1^(2)", "delta_1", "E_total", "b_q"])
def test_a_formula_may_use_the_label_its_text_and_its_name(label):
    for spelling in (label, text(label), identifier(label)):
        if label == "E_total" and spelling == "Eₜₒₜₐₗ":
            continue  # letters below the line are read by their digits and single letters only
        assert parse(f"2*{spelling}", **{label: 3.0}).data == 6.0, spelling
