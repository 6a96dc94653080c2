"""Own data: what a CSV file becomes, and the one sentence for every file that cannot be used."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.errors import DataError, NetworkError
from nn.tables import Category, Encoding, Number, Truth, read_table

PLANTS = "height,colour,is_wild,kind\n1.5,red,true,rose\n+2e-1,green,FALSE,moss\n-0.5,red,false,rose\n"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


# ---------------------------------------------------------------- what is read


def test_numbers_truth_values_and_categories_become_numbers_with_names(write: Any) -> None:
    data = nn.read_csv(write(PLANTS), target="kind")
    assert data.inputs == ("height", "colour=green", "colour=red", "is_wild")
    assert data.X == [(1.5, 0.0, 1.0, 1.0), (0.2, 1.0, 0.0, 0.0), (-0.5, 0.0, 1.0, 0.0)]
    assert (data.classes, data.T) == (("moss", "rose"), [1, 0, 1])
    assert data.one_hot() == [(0.0, 1.0), (1.0, 0.0), (0.0, 1.0)]
    assert (len(data), repr(data)) == (3, "<Dataset: 3 rows, 4 inputs, 2 classes of 'kind'>")


def test_a_target_of_numbers_is_a_number_and_several_are_tuples(write: Any) -> None:
    path = write("a,b,c\n1,2,3.5\n4,5,6\n")
    assert nn.read_csv(path, target="c").T == [3.5, 6.0]
    both = nn.read_csv(path, target=["c", "a"])
    assert (both.T, both.inputs, both.classes, both.outputs) == ([(3.5, 1.0), (6.0, 4.0)], ("b",), None, ("c", "a"))
    with pytest.raises(NetworkError, match="the targets of these data are numbers"):
        both.one_hot()


def test_a_target_of_truth_values_is_classes(write: Any) -> None:
    data = nn.read_csv(write("a,b\n1,true\n2,false\n"), target="b")
    assert (data.classes, data.T) == (("false", "true"), [1, 0])


def test_numbers_are_categories_if_that_is_said(write: Any) -> None:
    path = write("zip,a,stars\n10,1,3\n9,2,10\n10,3,3\n")
    data = nn.read_csv(path, target="stars", categories=["zip", "stars"])
    assert data.inputs == ("zip=9", "zip=10", "a"), "values that are numbers are in the order of numbers"
    assert (data.classes, data.T) == (("3", "10"), [0, 1, 0])


def test_columns_are_chosen_or_left_out(write: Any) -> None:
    path = write(PLANTS)
    assert nn.read_csv(path, target="kind", ignore=["colour", "is_wild"]).inputs == ("height",)
    assert nn.read_csv(path, target="kind", columns=["is_wild", "height"]).inputs == ("is_wild", "height")
    assert nn.read_csv(path, target="kind", ignore="colour").inputs == ("height", "is_wild"), "one name may stand alone"


@pytest.mark.parametrize(
    "content",
    [PLANTS.replace("\n", "\r\n"), PLANTS.replace("\n", "\r"), "\ufeff" + PLANTS, PLANTS.replace(",", ";"),
     PLANTS.replace(",", "\t"), PLANTS.replace(",", " , "), PLANTS.replace("\n", "\n\n"), "\n" + PLANTS + "\n  \n",
     PLANTS.replace("red", '"red"'), PLANTS.removesuffix("\n"), PLANTS.replace("height,", '"height",')],
    ids=["crlf", "cr", "bom", "semicolon", "tab", "blanks", "blank lines", "ends", "quotes", "no last line", "header"],
)  # fmt: skip
def test_spellings_of_one_file_are_read_alike(write: Any, content: str) -> None:
    expected, found = nn.read_csv(write(PLANTS), target="kind"), nn.read_csv(write(content), target="kind")
    assert (expected.X, expected.T, expected.encoding) == (found.X, found.T, found.encoding)


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(write: Any) -> None:
    path = write('a,"b, c",d\n1,"x ""y""\nz",3\n2,other,4\n')
    table = read_table(path)
    assert table.names == ("a", "b, c", "d")
    assert table.rows[0] == ["1", 'x "y"\nz', "3"]
    assert table.lines == [2, 4], "rows know the line they begin in, as an editor counts"


def test_other_delimiters_and_encodings_are_options(write: Any) -> None:
    path = write("größe|art\n1|süß\n2|herb\n".encode("cp1252"))
    data = nn.read_csv(path, target="art", delimiter="|", encoding="cp1252")
    assert (data.inputs, data.classes) == (("größe",), ("herb", "süß"))


def test_text_that_begins_like_a_formula_stays_text(write: Any) -> None:
    data = nn.read_csv(write("a,b\n1,=1+1\n2,@x\n3,-y\n4,+z\n"), target="b")
    assert data.classes == ("+z", "-y", "=1+1", "@x")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_every_number_is_read_to_the_last_bit(tmp_path_factory: Any, numbers: list[float]) -> None:
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    path.write_text("x,t\n" + "".join(f"{x!r},{x!r}\n" for x in numbers))
    data = nn.read_csv(path, target="t")
    assert [x.hex() for x in numbers] == [row[0].hex() for row in data.X] == [t.hex() for t in data.T]


def test_ten_thousand_rows_are_read_in_well_under_a_second(write: Any) -> None:
    random = Random(0)
    rows = [f"{random.random()},{random.random()},{'abc'[i % 3]},{i},{'xy'[i % 2]}" for i in range(10_000)]
    path = write("a,b,c,d,kind\n" + "\n".join(rows) + "\n")
    start = time.perf_counter()
    assert len(nn.read_csv(path, target="kind")) == 10_000
    assert time.perf_counter() - start < 1.0  # measured: 0.08


# ---------------------------------------------------------------- what is refused

MANY = "".join(f"n{i},1,b\n" for i in range(60))
REFUSED: list[tuple[str, str | bytes, dict[str, Any], str]] = [
    ("empty", "", {}, "is empty: its first line has to be a header"),
    ("blank", "\n \n", {}, "is empty"),
    ("no rows", "a,t\n", {}, "has a header and no rows below it"),
    ("empty name", "a,,t\n1,2,3\n", {}, "column 2 has no name in the header"),
    ("same name", "a,b,a,t\n1,2,3,4\n", {}, "two columns are called 'a'"),
    ("short row", "a,b,t\n1,2,x\n1,2\n", {}, "line 3 has 2 cells, and the header has 3 columns"),
    ("long row", "a,b,t\n1,2,x\n\n1,2,3,4\n", {}, "line 4 has 4 cells, and the header has 3 columns"),
    ("decimal commas", "a,t\n0,5,x\n", {}, "a number such as 0,5 is written 0.5"),
    ("quoted comma", 'a,t\n"0,5",x\n"1,5",y\n', {}, "column 'a' holds '0,5' in line 2: write numbers with a point"),
    ("semicolons", "a;t\n1,5;x\n2;y\n", {}, "column 'a' holds '1,5' in line 2: .* such as 1.5"),
    ("empty cell", "a,t\n1,x\n,y\n", {}, "column 'a' has no value in line 3: leave the row out, or fill in a number"),
    ("empty text", "a,t\nred,x\n ,y\n", {}, "column 'a' has no value in line 3"),
    ("empty target", "a,t\n1,x\n2,\n", {}, "column 't' has no value in line 3"),
    ("empty category", "a,t\n1,x\n,y\n", {"categories": ["a"]}, "column 'a' has no value in line 3"),
    ("nan", "a,t\n1,x\nnan,y\n", {}, "column 'a' has 'nan' for a missing value in line 3"),
    ("NA", "a,t\n1,x\nNA,y\n2,x\n", {}, "column 'a' has 'NA' for a missing value in line 3"),
    ("all NA", "a,t\nNA,x\nNA,y\n", {}, "column 'a' has 'NA' for a missing value in line 2"),
    ("NA in text", "a,t\nred,x\nNA,y\n", {}, "column 'a' has 'NA' for a missing value in line 3"),
    ("inf", "a,t\n1,x\n-inf,y\n", {}, "column 'a' holds '-inf' in line 3: leave the row out"),
    ("too large", "a,t\n1,x\n1e999,y\n2,y\n", {}, "column 'a' is numbers except '1e999' in line 3"),
    ("one text", "age,t\n1,x\n2,y\nold,x\n", {}, "column 'age' is numbers except 'old' in line 4: .*categories"),
    ("question mark", "age,t\n1,x\n2,y\n?,x\n", {}, "column 'age' has '\\?' for a missing value in line 4"),
    ("? in text", "a,t\nred,x\n?,y\n", {}, "has '\\?' for a missing value in line 3: .*list the column among the cat"),
    ("thousands", 'a,t\n"1,250",x\n"2,000",y\n', {}, "column 'a' holds '1,250' in line 2: .* such as 1250 or 1.250"),
    ("same input", "a,b,t\n1,2,x\n", {"columns": ["a", "a"]}, "columns: the column 'a' is named twice"),
    ("same target", "a,t\n1,2\n", {"target": ["t", "t"]}, "target: the column 't' is named twice"),
    ("empty columns", "a,t\n1,x\n", {"columns": []}, "columns are the names of the inputs; the list is empty"),
    ("underscore", "a,t\n1_000,x\n2,y\n3,x\n", {}, "column 'a' is numbers except '1_000' in line 2"),
    ("names", "a,b,t\n" + MANY.replace(",b", ",x", 1), {}, "'a' is text with 60 different values in 60 rows"),
    ("unknown target", "height,t\n1,x\n", {"target": "heigth"}, "no column 'heigth': did you mean 'height'?"),
    ("no such name", "a,t\n1,x\n", {"target": "zzz"}, "no column 'zzz': there are 'a', 't'"),
    ("case", "a,Kind\n1,x\n", {"target": "KIND"}, "did you mean 'Kind'?"),
    ("unknown ignored", "a,t\n1,x\n", {"ignore": ["b"]}, "no column 'b'"),
    ("unknown category", "a,t\n1,x\n", {"categories": ["b"]}, "no column 'b'"),
    ("unknown input", "a,t\n1,x\n", {"columns": ["b"]}, "no column 'b'"),
    ("ignored target", "a,t\n1,x\n", {"ignore": ["t"]}, "column 't' is the target, and cannot be an input or ignored"),
    ("no inputs", "a,t\n1,x\n", {"ignore": ["a"]}, "no column is left to learn from"),
    ("no target", "a,t\n1,x\n", {"target": []}, "the target is the name of a column"),
    ("a number", "a,t\n1,x\n", {"target": 3}, "target takes names of columns; it was given 3"),
    ("two of text", "a,t,u\n1,x,y\n2,y,x\n", {"target": ["t", "u"]}, "several targets are numbers, and 't' is text"),
    ("one class", "a,t\n1,x\n2,x\n", {}, "every row has 'x' in the column 't': there is nothing to tell apart"),
    ("open quote", 'a,t\n1,x\n2,"y\n3,x\n', {}, "is no CSV file from line 3 on .*never closed"),
    ("latin 1", "a,t\n1,süß\n".encode("latin-1"), {}, r"is not written in utf-8 \(line 2\): save it as CSV in UTF-8"),
    ("utf-16", "a,t\n1,x\n".encode("utf-16"), {}, "is not written in utf-8"),
    ("no encoding", "a,t\n1,x\n", {"encoding": "utf-9"}, "there is no encoding 'utf-9'"),
    ("no text at all", "a,t\n1,x\n", {"encoding": "undefined"}, "is not written in undefined: save it as CSV in UTF-8"),
    ("an odd codec", "a b,t\n1,x\n", {"encoding": "punycode"}, "is not written in punycode"),
    ("encoding None", "a,t\n1,x\n", {"encoding": None}, "there is no encoding None"),
    ("delimiter", "a,t\n1,x\n", {"delimiter": ", "}, "the delimiter is one character"),
]


@pytest.mark.parametrize("name, content, settings, told", REFUSED, ids=[each[0] for each in REFUSED])
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    write: Any, name: str, content: str | bytes, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(DataError, match=told) as caught:
        nn.read_csv(write(content), **{"target": "t", **settings})
    assert "\n" not in str(caught.value)


def test_one_cell_of_text_in_ten_thousand_is_found(write: Any) -> None:
    rows = [f"{i},{'xy'[i % 2]}" for i in range(10_000)]
    rows[6789] = "none,x"
    with pytest.raises(DataError, match="'age' is numbers except 'none' in line 6791") as caught:
        nn.read_csv(write("age,t\n" + "\n".join(rows)), target="t")
    assert caught.value.row == 6789, "rows are counted from 0"


def test_missing_files_and_folders_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nn.read_csv(tmp_path / "none.csv", target="t")
    with pytest.raises(IsADirectoryError, match="this is a folder"):
        nn.read_csv(tmp_path, target="t")


def test_few_or_repeated_values_are_categories_and_a_listed_column_always_is(write: Any) -> None:
    few = "".join(f"v{i},{'xy'[i % 2]}\n" for i in range(10))
    assert len(nn.read_csv(write("a,t\n" + few), target="t").inputs) == 10
    assert len(nn.read_csv(write("a,b,t\n" + MANY + "n1,2,c\n"), target="t", categories=["a"]).inputs) == 61


# ---------------------------------------------------------------- new rows


ENCODING = Encoding(
    (Number("size"), Category("colour", ("green", "red")), Truth("is_open")), (Category("kind", ("a", "b")),)
)


def test_new_rows_are_encoded_as_those_before(write: Any) -> None:
    data = nn.read_csv(write(PLANTS), target="kind")
    table = read_table(write("is_wild,extra,colour,height\nTrue,?,red,1.5\n", "new.csv"))
    assert data.encoding.encode(table) == [data.X[0]]


def test_rows_may_be_dicts_lists_and_tables(write: Any) -> None:
    numpy = pytest.importorskip("numpy")
    expected = [(0.1, 0.0, 1.0, 1.0)]
    for row in (
        {"size": 0.1, "colour": "red", "is_open": True, "more": None},
        [0.1, "red", True],
        ("0.1", " red", "true"),
        [numpy.float64(0.1), numpy.str_("red"), numpy.bool_(True)],
    ):
        assert ENCODING.encode([row]) == expected


@pytest.mark.parametrize(
    "rows, told",
    [
        ([{"size": 1, "colour": "blue", "is_open": True}],
         r"column 'colour' holds 'blue' in row 0 \(counted from 0\): the known values are 'green', 'red'"),
        ([[1, "red", True], [None, "red", True]], "column 'size' has no value in row 1"),
        ([["wide", "red", True]], "column 'size' is numbers except 'wide' in row 0"),
        ([[1, "red", "yes"]], "column 'is_open' is true or false and not 'yes' in row 0"),
        ([[1, "", True]], "column 'colour' has no value in row 0"),
        ([[1, "red"]], "row 0 has 2 values, and there are 3 columns: size, colour, is_open"),
        ([{"size": 1, "color": "red", "is_open": True}], "row 0 does not fit: .*'colour': did you mean 'color'"),
        ([1, 2], "row 0 is .*: give a dict by column, or a list of values"),
        ("abc", "rows are a list"),
        ({"size": 1}, "rows are a list"),
        (3, "rows are a list"),
    ],
    ids=str,
)  # fmt: skip
def test_rows_that_do_not_fit_are_told_by_row_and_column(rows: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        ENCODING.encode(rows)


def test_a_new_file_with_an_unknown_category_names_the_line(write: Any) -> None:
    data = nn.read_csv(write(PLANTS), target="kind")
    table = read_table(write("height,colour,is_wild\n1,red,true\n1,pink,true\n", "new.csv"))
    with pytest.raises(DataError, match="'colour' holds 'pink' in line 3: the known values are 'green', 'red'"):
        data.encoding.encode(table)


# ---------------------------------------------------------------- scaling


def test_standard_scaling_gives_mean_0_and_deviation_1() -> None:
    random = Random(1)
    rows = [(random.gauss(5, 2), random.uniform(1e6, 2e6), random.gauss(0, 1e-6)) for _ in range(200)]
    scaling = nn.Scaling.standard(rows)
    for column, centre, width in zip(zip(*rows, strict=True), scaling.centres, scaling.widths, strict=True):
        assert (fmean(column), pstdev(column)) == (pytest.approx(centre, rel=1e-12), pytest.approx(width, rel=1e-9))
    for column in zip(*scaling.apply(rows), strict=True):
        assert fmean(column) == pytest.approx(0.0, abs=1e-9)
        assert pstdev(column) == pytest.approx(1.0, rel=1e-9)


def test_min_max_scaling_gives_0_to_1() -> None:
    scaled = nn.Scaling.min_max([[3.0, -1.0], [5.0, 9.0], [4.0, 4.0]]).apply([[3.0, -1.0], [5.0, 9.0], [4.0, 4.0]])
    assert scaled == [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5)]


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=2, max_size=10))
def test_inverse_undoes_apply(rows: list[tuple[float, float]]) -> None:
    for fitted in (nn.Scaling.standard, nn.Scaling.min_max):
        try:
            scaling = fitted(rows)
        except DataError:
            continue
        for before, after in zip(rows, scaling.inverse(scaling.apply(rows)), strict=True):
            assert after == pytest.approx(before, rel=1e-9, abs=1e-6)


def test_a_constant_column_is_centred_only() -> None:
    for fitted in (nn.Scaling.standard, nn.Scaling.min_max):
        assert fitted([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]]).apply([[0.1, 2.0], [1.1, 2.0]])[0][0] == 0.0
        assert fitted([[0.1], [0.1], [0.1]]) == nn.Scaling((0.1,), (1.0,))


def test_targets_may_be_plain_numbers_and_data_may_be_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    assert nn.Scaling.standard([1, 3]).apply([1, 3]) == [-1.0, 1.0]
    assert nn.Scaling.standard([1, 3]).inverse([1.0]) == [3.0]
    assert nn.Scaling.standard(numpy.array([[1, 2], [3, 6]])).apply(numpy.array([[1, 6]])) == [(-1.0, 1.0)]


@pytest.mark.parametrize(
    "rows, told",
    [([], "there are no rows"), ("abc", "what is scaled is a list or an array"),
     (3, "is a list or an array"), ({"a": [1]}, "is a list or an array"), ([[1.0], 2.0], "row 1 is 2.0, not a list"),
     (["ab", "cd"], "row 0 holds the text 'ab'"), ([{"a": 1}], "row 0 holds"),
     ([[1.0, 2.0], [1.0]], "row 1 has 1 number, and 2 are needed"), ([[1.0], ["x"]], "row 1 holds the text 'x'"),
     ([[1.0], [None]], "row 1 holds"), ([1.0, float("nan")], "row 1 holds nan"), ([[1.7e308], [1.6e308]], "column 0")],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_scaled_is_told_with_the_row(rows: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        nn.Scaling.standard(rows)


def test_rows_of_another_width_are_not_scaled() -> None:
    with pytest.raises(DataError, match="row 0 has 1 number, and 2 are needed"):
        nn.Scaling.standard([[1.0, 2.0], [2.0, 3.0]]).apply([[1.0]])


@pytest.mark.parametrize("method, rows", [("apply", [[0.0], [1e308]]), ("inverse", [[0.0], [-1e308]])])
def test_what_leaves_the_range_of_floats_is_refused_with_the_row_and_never_becomes_infinite(
    method: str, rows: list[list[float]]
) -> None:
    scaling = nn.Scaling((0.0,), (0.01,)) if method == "apply" else nn.Scaling((0.0,), (100.0,))
    with pytest.raises(DataError, match="row 1 is so far from the rows") as caught:
        getattr(scaling, method)(rows)
    assert caught.value.row == 1


# ---------------------------------------------------------------- splitting


def test_every_class_has_its_share_of_the_test_rows(write: Any) -> None:
    kinds = "a" * 60 + "b" * 30 + "c" * 10
    path = write("x,t\n" + "".join(f"{i},{kind}\n" for i, kind in enumerate(kinds)))
    data = nn.read_csv(path, target="t")
    for seed in range(10):
        train, test = data.split(0.3, rng=seed)
        assert [test.T.count(kind) for kind in range(3)] == [18, 9, 3]
        assert sorted(train.X + test.X) == data.X and train.X == sorted(train.X), "all rows, in their order"
    assert data.split(rng=1)[1].X == data.split(rng=Random(1))[1].X != data.split(rng=2)[1].X


@given(st.lists(st.integers(0, 4), min_size=4, max_size=60), st.floats(0.05, 0.9), st.integers(0, 9))
def test_shares_are_as_exact_as_whole_rows_allow(T: list[int], test: float, rng: int) -> None:
    try:
        _, _, known, unknown = nn.train_test_split(T, T, test, rng=rng, stratify=True)
    except DataError:
        return
    assert sorted(known + unknown) == sorted(T)
    for kind in set(T):
        assert kind in known, "no class is tested that was never seen"
        assert abs(unknown.count(kind) - T.count(kind) * test) < 1 or T.count(kind) - unknown.count(kind) == 1


def test_a_row_more_comes_from_the_class_whose_share_was_cut_most() -> None:
    T = ["a"] * 7 + ["b"] * 5 + ["c"]
    for seed in range(5):
        unknown = nn.train_test_split(T, T, 0.3, rng=seed, stratify=True)[3]
        assert unknown == ["a", "a", "b", "b"], "of 2.1, 1.5 and 0.3 rows; the only c is trained on"


def test_a_split_is_drawn_by_its_seed() -> None:
    X, T = list(range(20)), [x / 2 for x in range(20)]
    first = nn.train_test_split(X, T, 0.25, rng=3)
    assert first == nn.train_test_split(X, T, 0.25, rng=3) != nn.train_test_split(X, T, 0.25, rng=4)
    assert [x / 2 for x in first[1]] == first[3] and len(first[1]) == 5


class Frame:
    """What a data frame of pandas is to those who do not know it: names to go through, and numbers if it is asked."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = rows

    def __iter__(self) -> Any:
        return iter(["width", "height"])

    def to_numpy(self) -> Any:
        return pytest.importorskip("numpy").array(self.rows)


def test_frames_and_arrays_are_split_by_rows() -> None:
    numpy = pytest.importorskip("numpy")
    rows, T = [[float(i), float(-i)] for i in range(8)], [i % 2 for i in range(8)]
    expected = nn.train_test_split(rows, T, stratify=True)
    assert expected[1] == [rows[i] for i in range(8) if rows[i] not in expected[0]]
    for X in (Frame(rows), numpy.array(rows)):
        assert nn.train_test_split(X, numpy.array(T), stratify=True) == expected


@pytest.mark.parametrize("wrong", [{"width": [1, 2]}, "width", {1, 2}, 5, None], ids=str)
def test_what_has_no_rows_is_not_split(wrong: Any) -> None:
    with pytest.raises(DataError, match="^X is a list or an array with one row for every sample"):
        nn.train_test_split(wrong, [0, 1])
    with pytest.raises(DataError, match="^T is a list or an array with one row for every sample"):
        nn.train_test_split([0, 1], wrong)


@pytest.mark.parametrize("test", [0, 1, 1.5, -0.1, "x", None])
def test_a_fraction_that_is_none_is_refused(test: Any) -> None:
    with pytest.raises(NetworkError, match="test"):
        nn.train_test_split([1, 2, 3], [1, 2, 3], test)


def test_too_few_rows_to_split_are_told() -> None:
    with pytest.raises(DataError, match="test=0.25 of 1 row leaves none to test on"):
        nn.train_test_split([1], [1])
    with pytest.raises(DataError, match="X has 2 rows and T has 1"):
        nn.train_test_split([1, 2], [1])
