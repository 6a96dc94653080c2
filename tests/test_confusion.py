"""The confusion matrix: its counts, what is computed from them, and how it is written down."""

from __future__ import annotations

import math
import random
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn
from autograd.characters import columns
from nn.confusion import ConfusionMatrix, confusion_matrix

PETS = confusion_matrix(["cat", "dog", "dog", "cat"], ["cat", "dog", "cat", "cat"])


class Cells(HTMLParser):
    """The texts of a table's cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.is_cell = False

    def handle_starttag(self, tag, attributes) -> None:
        self.open.append(tag)
        self.is_cell = tag in ("td", "th")
        if tag == "tr":
            self.rows.append([])
        if self.is_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag
        self.is_cell = False

    def handle_data(self, data) -> None:
        if self.is_cell:
            self.rows[-1][-1] += data


def cells(matrix: ConfusionMatrix) -> list[list[str]]:
    parser = Cells()
    parser.feed(matrix._repr_html_())
    parser.close()
    assert parser.open == []
    return parser.rows


# ---------------------------------------------------------------- counts


def test_rows_are_actual_classes_and_columns_predicted_ones():
    assert PETS.classes == ("cat", "dog")
    assert PETS.counts == ((2, 1), (0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_counts_and_shares_are_scikit_learns(pairs):
    metrics = pytest.importorskip("sklearn.metrics")
    predicted, actual = ([pair[side] for pair in pairs] for side in (0, 1))
    found = confusion_matrix(predicted, actual)
    assume(len(found.classes) > 1)  # scikit-learn warns about one class
    options = {"labels": list(found.classes), "average": None, "zero_division": math.nan}

    assert found.counts == tuple(map(tuple, metrics.confusion_matrix(actual, predicted).tolist()))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(actual, predicted))
    for ours, theirs in ((found.precision, metrics.precision_score), (found.recall, metrics.recall_score)):
        assert list(ours.values()) == pytest.approx(theirs(actual, predicted, **options).tolist(), nan_ok=True)
    assert found.actual_totals == [actual.count(name) for name in found.classes]
    assert found.predicted_totals == [predicted.count(name) for name in found.classes]
    assert len(found) == len(pairs)


def test_classes_that_never_occur_have_empty_rows_and_no_precision():
    found = confusion_matrix([1, 0], [1, 1], classes=[0, 1, 2])
    assert found.counts == ((0, 0, 0), (1, 1, 0), (0, 0, 0))
    assert found.precision[2] != found.precision[2]
    assert math.isnan(found.recall[0]) and math.isnan(found.recall[2])
    assert (found.precision[0], found.recall[1]) == (0.0, 0.5)


def test_given_classes_keep_their_order():
    assert confusion_matrix(["b"], ["a"], classes=["b", "a"]).counts == ((0, 0), (1, 0))


def test_classes_are_sorted_numbers_by_size_and_text_by_letters():
    assert confusion_matrix([10, 9], [2, 2]).classes == (2, 9, 10)
    assert confusion_matrix(["b", 1], ["a", 2.5]).classes == (1, 2.5, "a", "b")


def test_lists_and_arrays_of_any_kind_give_the_same_matrix():
    numpy = pytest.importorskip("numpy")
    expected = confusion_matrix([0, 1, 1], [0, 1, 0])
    for kind in (int, float, object, "int8"):
        assert confusion_matrix(numpy.array([0, 1, 1], dtype=kind), [0, 1, 0]) == expected
    assert confusion_matrix([numpy.int64(0), numpy.float32(1), True], (0, 1, 0)) == expected

    text = confusion_matrix(numpy.array(["a", "b"]), [numpy.str_("a"), "a"])
    assert text == confusion_matrix(["a", "b"], ["a", "a"])
    assert {type(name) for name in text.classes} == {str}


@pytest.mark.parametrize(
    "predicted, actual, classes, told, row",
    [
        ([1], [1, 2], None, "there are 1 predicted and 2 actual classes", None),
        ([], [], None, "no samples", None),
        ("ab", "ab", None, "the predicted classes are a list", None),
        ([1], 1, None, "the actual classes are a list", None),
        ([1, None], [1, 1], None, "the predicted class in row 1 is None", 1),
        ([1], [math.nan], None, "the actual class in row 0 is nan", 0),
        ([[0.1, 0.9]], [1], None, "in row 0 is a list: give the class's name or number", 0),
        (["a", "x"], ["a", "a"], "ab", "the listed classes are a list", None),
        (["a", "x"], ["a", "a"], ["a", "b"], "the predicted class in row 1 is 'x', which is not among .* 'a', 'b'", 1),
        ([1], [7], range(3), "the actual class in row 0 is 7, which is not among classes: 0, 1, 2", 0),
        ([1], [1], [1, 2, 1], "classes has 1 twice", None),
    ],
)  # fmt: skip
def test_wrong_labels_are_refused_in_one_sentence_with_their_row(predicted, actual, classes, told, row):
    with pytest.raises(nn.DataError, match=told) as caught:
        confusion_matrix(predicted, actual, classes)
    assert caught.value.row == row
    assert "\n" not in str(caught.value)


def test_a_matrix_that_is_not_square_is_refused():
    with pytest.raises(nn.DataError, match="2 classes has as many rows and columns"):
        ConfusionMatrix([[1, 2]], ["a", "b"])
    with pytest.raises(nn.DataError, match="0 classes"):
        ConfusionMatrix([], [])


# ---------------------------------------------------------------- as text and HTML


@given(st.integers(0, 10**6), st.sampled_from([["a", "b"], ["setosa", "x" * 60, "損失", "é"], list(range(10))]))
def test_all_columns_of_the_table_end_in_one_place(seed, names):
    draw = random.Random(seed)
    count = draw.randrange(1, 2000)
    found = confusion_matrix(draw.choices(names, k=count), draw.choices(names, k=count), names)
    head, *body, _ = str(found).splitlines()[1:]

    assert len({columns(line) for line in [head, *body[:-1]]}) == 1
    for name, row, line in zip(names, found.counts, body, strict=False):
        assert line.startswith(str(name))
        assert line.removeprefix(str(name)).split()[: len(names)] == list(map(str, row))
    assert body[-1].split() == ["total", *map(str, found.predicted_totals), str(count)]


def test_the_text_says_which_side_is_which_and_the_accuracy():
    lines = str(PETS).splitlines()
    assert lines[0].strip() == "predicted"
    assert lines[1].split() == ["actual", "cat", "dog", "total", "recall", "precision"]
    assert lines[-1] == "accuracy 75.0 %: 3 of 4 right"
    assert repr(PETS) == "<ConfusionMatrix: 4 samples, 2 classes, accuracy 75.0 %>"


def test_shares_that_do_not_exist_are_dashes():
    assert str(confusion_matrix([0], [0], [0, 1])).splitlines()[3].split() == ["1", "0", "0", "0", "–", "–"]


def test_names_cannot_break_the_table_or_drive_the_terminal():
    told = str(confusion_matrix(["a\nb", "c\x1b[31m"], ["a\nb", "a\nb"]))
    assert len(told.splitlines()) == 6
    assert "\x1b" not in told


def test_html_has_the_cells_of_the_text():
    rows = cells(PETS)
    text = [line.split() for line in str(PETS).replace(" %", "%").splitlines()[1:-1]]
    assert [[cell.replace(" %", "%") for cell in row if cell][1:] for row in rows] == [line[1:] for line in text]


def test_labels_are_escaped_in_html():
    evil = "<script>alert('&')</script>"
    found = confusion_matrix([evil], [evil])
    assert "<script" not in found._repr_html_()
    assert cells(found)[1][0] == evil


def test_html_sets_no_colour_of_letters_and_no_solid_ground():
    told = PETS._repr_html_()
    assert "color:inherit" in told
    assert "rgba(0,114,178,0.37)" in told
    assert "#" not in told


@pytest.mark.matplotlib
def test_plot_draws_on_the_axes_given():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    _, ax = pyplot.subplots()
    assert PETS.plot(ax=ax) is ax
    with pytest.raises(TypeError):
        PETS.plot(ax)
    pyplot.close("all")
