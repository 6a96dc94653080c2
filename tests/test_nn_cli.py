"""The command line of networks: from a CSV file to predictions and explanations, without a line of Python."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nn
from nn.__main__ import main
from nn.commands import summary, train
from nn.diagnosis import CODES

ROOT = Path(nn.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1"}


def plants(count: int = 60) -> str:
    """Rows of which the kind follows from height and colour, and the price from the height."""
    random = Random(3)
    lines = ["height,colour,kind,price"]
    for _ in range(count):
        height, colour = round(random.uniform(1, 9), 2), random.choice(["red", "green"])
        kind = "tree" if height > 6 else "rose" if colour == "red" else "fern"
        lines.append(f"{height},{colour},{kind},{2 * height + 1:.2f}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and two models: of the kind, and of the price."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "plants.csv").write_text(plants(), encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert call("train plants.csv --target kind --ignore price --epochs 100 --quiet -o kinds.json") == 0
        assert call("train plants.csv --target price --columns height --epochs 60 --quiet -o prices.json") == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of that folder, as the folder of work."""
    for path in trained.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(command: str) -> int:
    """The exit code of a command."""
    return main(command.split())


def run(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What a command that succeeds prints to stdout and to stderr."""
    code = call(command)
    told = capsys.readouterr()
    assert code == 0, told.err
    return told.out, told.err


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ---------------------------------------------------------------- train


def test_training_tells_data_network_scores_and_the_next_command(folder: Path, capsys: Any) -> None:
    out, err = run("train plants.csv --target kind --ignore price --hidden 6 4 --epochs 50 -o m.json", capsys)
    for told in (
        "data      plants.csv: 60 rows, 2 columns (3 inputs: a category has one for each value)\n",
        "target    kind: fern, rose, tree\n",
        "network   3-6-4-3, tanh\n",
        "training  50 epochs, batches of 32, Adam at rate 0.01\n",
        "loss      cross-entropy ",
        "training  45 rows: accuracy ",
        "test      15 rows: accuracy ",
        "predicted\n",
        "The model is in m.json. Next: python -m nn predict m.json plants.csv -o out.csv\n",
    ):
        assert told in out
    assert err == "", "no bar where nobody watches"


def test_numbers_are_told_by_r_squared_and_the_mean_error(folder: Path, capsys: Any) -> None:
    out, _ = run("train plants.csv --target price --columns height --epochs 60 -o m.json", capsys)
    scores = [line.split("R² ")[1] for line in out.splitlines() if "R²" in line]
    assert len(scores) == 2 and all(float(line.split(",")[0]) > 0.95 for line in scores)
    assert "mean absolute error" in out and "predicted\n" not in out


def test_a_bar_is_shown_to_those_who_watch_unless_it_is_to_be_quiet(
    folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.progress.is_watched", lambda: True)
    out, err = run("train plants.csv --target kind --epochs 3 -o m.json", capsys)
    assert "3/3" in err and "epoch" in err and out.startswith("data ")
    assert run("train plants.csv --target kind --epochs 3 --quiet -o m.json", capsys) == (out, "")


def test_the_same_command_writes_the_same_bytes(folder: Path, capsys: Any) -> None:
    command = "train plants.csv --target kind --epochs 3 --plot loss.svg -o m.json"
    out, _ = run(command, capsys)
    files = [(folder / name).read_bytes() for name in ("m.json", "loss.svg")]
    assert run(command, capsys)[0] == out
    assert [(folder / name).read_bytes() for name in ("m.json", "loss.svg")] == files
    run(f"{command} --seed 1", capsys)
    assert (folder / "m.json").read_bytes() != files[0]


def test_the_options_reach_the_training(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    fit = nn.Model.fit

    def spy(model: nn.Model, data: Any, **settings: Any) -> Any:
        seen.update(settings, rows=len(data), sizes=[layer.outputs for layer in model.network.layers])
        return fit(model, data, **settings)

    monkeypatch.setattr(nn.Model, "fit", spy)
    network, steps = "--hidden 5 2 --activation relu --seed 4", "--epochs 3 --rate 0.2 --batch 7 --optimizer sgd"
    rest = "--test 0.5 --patience 2 --quiet -o m.json"
    out, _ = run(f"train plants.csv --target kind {network} {steps} {rest}", capsys)
    assert (seen["epochs"], seen["batch_size"], seen["rng"], seen["patience"], seen["progress"]) == (3, 7, 4, 2, False)
    assert (seen["rows"], seen["sizes"], seen["optimizer"], seen["lr"]) == (30, [5, 2, 3], "sgd", 0.2)
    assert "SGD at rate 0.2" in out and "6-" not in out


def test_without_test_rows_all_are_trained_on(folder: Path, capsys: Any) -> None:
    out, _ = run("train plants.csv --target kind --epochs 2 --test 0 -o m.json", capsys)
    assert "training  60 rows" in out and "test      none" in out


def test_semicolons_tabs_and_code_pages_are_read(folder: Path, capsys: Any) -> None:
    (folder / "german.csv").write_bytes(plants().replace(",", ";").replace("tree", "Bäume").encode("cp1252"))
    out, _ = run("train german.csv --target kind --encoding cp1252 --epochs 2 -o m.json", capsys)
    assert "Bäume, fern, rose" in out
    assert run("explain m.json --row 1", capsys)[0], "the model knows how its rows are read"
    (folder / "tabs.tsv").write_text(plants().replace(",", "\t"))
    run("train tabs.tsv --target kind --delimiter tab --epochs 1 -o m.json", capsys)


def test_whole_numbers_that_may_be_classes_are_pointed_out(folder: Path, capsys: Any) -> None:
    (folder / "few.csv").write_text("x,stars\n" + "".join(f"{i},{i % 3}\n" for i in range(30)))
    out, _ = run("train few.csv --target stars --epochs 1 -o m.json", capsys)
    assert "target    stars, as a number (if its 3 values are classes: --categories stars)\n" in out
    out, _ = run("train few.csv --target stars --categories stars --epochs 1 -o m.json", capsys)
    assert "target    stars: 0, 1, 2\n" in out


def test_the_test_rows_have_no_part_in_the_scaling(folder: Path, capsys: Any) -> None:
    run("train plants.csv --target price --columns height --epochs 1 --test 0.5 --seed 3 -o m.json", capsys)
    known, _ = nn.read_csv("plants.csv", target="price", columns=["height"]).split(0.5, rng=3)
    model = nn.Model.load("m.json")
    assert (model.scaling, model.target_scaling) == (nn.Scaling.standard(known.X), nn.Scaling.standard(known.T))


@pytest.mark.parametrize("size", ["1e300", "1e-300", "1.7e308"])
def test_enormous_and_tiny_numbers_are_scaled_or_refused(size: str, folder: Path, capsys: Any) -> None:
    numbers = [i / 30 * float(size) for i in range(30)]
    (folder / "huge.csv").write_text("x,t\n" + "".join(f"{x!r},{x!r}\n" for x in numbers))
    code = call("train huge.csv --target t --epochs 2 -o m.json")
    found = capsys.readouterr()
    assert code == 0 or (code == 2 and "too large or too close to be scaled" in found.err)
    if code == 0:
        run("predict m.json huge.csv", capsys)
        run("explain m.json --row 5", capsys)


def test_several_targets_are_several_numbers(folder: Path, capsys: Any) -> None:
    (folder / "two.csv").write_text("x,a,b\n" + "".join(f"{i},{2 * i},{-i}\n" for i in range(20)))
    out, _ = run("train two.csv --target a --target b --epochs 80 -o m.json", capsys)
    assert "target    a, b\n" in out and "a: R²" in out and "; b: R²" in out
    out, err = run("predict m.json two.csv", capsys)
    assert out.startswith("x,a,b,predicted a,predicted b\n") and "a: R²" in err


def test_a_patient_training_says_why_it_stopped(folder: Path, capsys: Any) -> None:
    out, _ = run("train plants.csv --target kind --epochs 400 --rate 0.3 --patience 3 -o m.json", capsys)
    assert "stopped: no better for a while; the weights are those of epoch" in out


def test_what_went_wrong_is_diagnosed_with_an_option_that_helps(folder: Path, capsys: Any) -> None:
    out, _ = run("train plants.csv --target kind --epochs 30 --optimizer sgd --rate 1e-7 -o m.json", capsys)
    assert "Diagnosis: The steps are too short" in out and "Remedy: raise --rate" in out


def test_every_finding_has_a_remedy_in_options_that_there_are_and_every_remedy_a_finding(capsys: Any) -> None:
    assert set(summary.REMEDIES) == set(CODES)
    with pytest.raises(SystemExit):
        call("train --help")
    told, remedies = capsys.readouterr().out, " ".join(summary.REMEDIES.values())
    assert [option for option in re.findall(r"--[a-z]+", remedies) if option not in told] == []
    assert "nn." not in remedies and "=" not in remedies


def test_a_category_that_hardly_any_row_has_is_no_alarm(folder: Path, capsys: Any) -> None:
    random = Random(0)
    rows = [(random.gauss(0, 1), "rare" if row == 5000 else "usual") for row in range(12_000)]
    lines = [f"{x:.4f},{colour},{'yes' if x > 0 else 'no'}" for x, colour in rows]
    (folder / "rare.csv").write_text("size,colour,answer\n" + "\n".join(lines), encoding="utf-8")
    out, _ = run("train rare.csv --target answer --epochs 1 --hidden 2 --batch 1000 -o m.json", capsys)
    assert "Diagnosis" not in out


def test_a_file_whose_only_column_is_constant_is_told_to_need_another(folder: Path, capsys: Any) -> None:
    (folder / "same.csv").write_text("size,answer\n" + "3,yes\n3,no\n" * 20, encoding="utf-8")
    out, _ = run("train same.csv --target answer --epochs 2 -o m.json", capsys)
    assert "Diagnosis: size is the same in every row" in out and "--ignore" not in out
    assert "Remedy: give a file with a column that is not the same in every row." in out


def test_the_loss_is_drawn_without_matplotlib(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out, _ = run("train plants.csv --target kind --epochs 3 --plot loss.svg -o m.json", capsys)
    assert "The loss curve is in loss.svg.\n" in out
    assert (folder / "loss.svg").read_text(encoding="utf-8").startswith("<svg")
    assert call("train plants.csv --target kind --epochs 3 --plot loss.png -o n.json") == 2
    assert capsys.readouterr().err.endswith('pip install "chainrule[plot]"\n')
    assert not (folder / "n.json").exists(), "that is told before the training"


@pytest.mark.matplotlib
def test_the_loss_is_drawn_as_png(folder: Path, capsys: Any) -> None:
    pytest.importorskip("matplotlib")
    run("train plants.csv --target kind --epochs 3 --plot loss.png -o m.json", capsys)
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_training_that_is_interrupted_is_saved(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = nn.Model.fit

    def stopped(training: nn.Training) -> None:
        if training.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(nn.Model, "fit", lambda *data, **settings: fit(*data, **settings, callbacks=stopped))
    out, _ = run("train plants.csv --target kind --epochs 400 -o m.json", capsys)
    assert "3 epochs (stopped by Ctrl-C; what was reached is kept)" in out
    assert nn.Model.load(folder / "m.json").classes == ("fern", "rose", "tree")


def test_iris_is_learned_with_nothing_but_defaults(folder: Path, capsys: Any) -> None:
    data = pytest.importorskip("sklearn.datasets").load_iris()
    measures, names = data.data.tolist(), data.target_names[data.target]
    rows = [f"{','.join(map(str, x))},{name}\n" for x, name in zip(measures, names, strict=True)]
    (folder / "iris.csv").write_text("a,b,c,d,species\n" + "".join(rows))
    out, _ = run("train iris.csv --target species -o m.json", capsys)
    share = float(out.split("38 rows: accuracy ")[1].split(" %")[0])
    assert share >= 95


# ---------------------------------------------------------------- predict


def test_predictions_stand_behind_the_columns_of_the_file(folder: Path, capsys: Any) -> None:
    out, err = run("predict kinds.json plants.csv -o out.csv", capsys)
    assert out.startswith("60 rows: accuracy ") and out.endswith("The predictions are in out.csv.\n") and err == ""
    before, after = plants().splitlines(), (folder / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit(",", 4)[0] for line in after] == before
    assert after[0] == "height,colour,kind,price,predicted,P(fern),P(rose),P(tree)"
    model = nn.Model.load("kinds.json")
    for row in table("\n".join(after)):
        chances = [float(row[f"P({name})"]) for name in model.classes or ()]
        assert sum(chances) == pytest.approx(1.0, abs=2e-6)
        assert row["predicted"] == (model.classes or ())[chances.index(max(chances))]
    found = [row["predicted"] for row in table("\n".join(after))]
    assert found == model.predict([[row["height"], row["colour"]] for row in table(plants())])
    right = sum(each == row["kind"] for each, row in zip(found, table(plants()), strict=True))
    assert out.startswith(f"60 rows: accuracy {100 * right / 60:.1f} %, {right} of 60 right\n")


def test_without_a_file_the_terminal_gets_the_rows_and_stderr_the_score(folder: Path, capsys: Any) -> None:
    out, err = run("predict kinds.json plants.csv", capsys)
    assert len(table(out)) == 60 and out.endswith("\n") and not out.endswith("\n\n")
    assert err.startswith("60 rows: accuracy ")


def test_rows_without_a_target_or_with_an_open_one_are_predicted(folder: Path, capsys: Any) -> None:
    (folder / "new.csv").write_text("colour,note,height\nred,=1+1,2\ngreen,@a,8.5\n")
    out, err = run("predict kinds.json new.csv", capsys)
    assert [row["predicted"] for row in table(out)] == ["rose", "tree"]
    assert [row["note"] for row in table(out)] == ["=1+1", "@a"]
    assert err == "2 rows predicted\n"
    (folder / "open.csv").write_text("colour,kind,height\nred,,2\n")
    out, err = run("predict kinds.json open.csv", capsys)
    assert table(out)[0]["predicted"] == "rose"
    assert err.startswith("1 row predicted, without a score: column 'kind' has no value in line 2")


def test_numbers_are_predicted_as_numbers(folder: Path, capsys: Any) -> None:
    out, _ = run("predict prices.json plants.csv", capsys)
    for row in table(out):
        assert float(row["predicted"]) == pytest.approx(float(row["price"]), abs=1.5)


def test_cells_with_delimiters_quotes_and_line_ends_stay_as_they_were(folder: Path, capsys: Any) -> None:
    cells = ['a;b', 'say "no"', "two\nlines", "old\rmac", "both\r\n", " blanks ", "", "-1", "+2", "ü∂"]
    with (folder / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerows([["note", "height", "colour"], *([cell, "2", "red"] for cell in cells)])
    run("predict kinds.json odd.csv -o out.csv", capsys)
    found = nn.tables.read_table(folder / "out.csv", delimiter=";")
    assert [row[0] for row in found.rows] == cells


# ---------------------------------------------------------------- explain


def test_a_row_is_explained_with_the_numbers_of_the_engine(folder: Path, capsys: Any) -> None:
    out, _ = run("explain kinds.json --row 3 --update 0.5", capsys)
    row = table(plants())[2]
    for told in ("∂L/∂w₁₁: how L changes with w₁₁", "w₁₁ is the weight on the way from x₁ (height) to h₁.",
                 "Row 3 of plants.csv (line 4)", "height", "colour=red", "scaled",
                 "Outputs: y₁ for fern, y₂ for rose, y₃ for tree.", f"; right is {row['kind']}.",
                 "The chain rule, from L back to w₁₁", "Update"):  # fmt: skip
        assert told in out
    model = nn.Model.load("kinds.json")
    x = model.scaling.apply(model.encoding.encode([row]))[0]
    target = [float(name == row["kind"]) for name in model.classes or ()]
    L = nn.graph(model.network, x, target, nn.cross_entropy)
    L.backward()
    shown = " ".join(out.split()).split("backpropagation gives ")[1].split(",")[0].replace("−", "-")
    shown = float(shown.replace("×10", "e").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    assert model.network.named_parameters()["w_11"].grad == pytest.approx(shown, rel=1e-6)


def test_any_parameter_is_explained_in_every_form(folder: Path, capsys: Any) -> None:
    assert "b₂⁽¹⁾ is the bias of h₂." in run("explain kinds.json --row 1 --weight b_2^(1)", capsys)[0]
    assert "u₂₁ is the weight on the way from h₂ to y₁." in run("explain kinds.json --row 1 --weight u_21", capsys)[0]
    for form, start in (("html", "<!DOCTYPE html>"), ("latex", ""), ("markdown", "# ")):
        out, _ = run(f"explain prices.json --row 2 --form {form} -o page.txt", capsys)
        assert out == "The derivation is in page.txt.\n"
        written = (folder / "page.txt").read_text(encoding="utf-8")
        assert written.lower().startswith(start.lower()) and "height" in written and "price is said to be" in written


def test_names_from_the_file_are_escaped_on_a_page(folder: Path, capsys: Any) -> None:
    (folder / "x.csv").write_text("<b>&,t\n" + "".join(f"{i},{'<i>' if i % 2 else 'y'}\n" for i in range(8)))
    run("train x.csv --target t --epochs 1 -o m.json", capsys)
    out, _ = run("explain m.json --row 2 --form html", capsys)
    assert "<b>" not in out and "<i>" not in out and "&lt;b&gt;&amp;" in out


def test_a_row_of_another_file_is_explained(folder: Path, capsys: Any) -> None:
    (folder / "new.csv").write_text("colour;kind;height\nred;rose;2\n")
    assert "Row 1 of new.csv (line 2)" in run("explain kinds.json --row 1 --data new.csv", capsys)[0]


# ---------------------------------------------------------------- one sentence for whatever is wrong

TRAIN = "train plants.csv --target kind -o m.json"
WRONG = [
    ("", "nn: give a command: train, predict, explain, demo"),
    ("dance", "there is no command 'dance': choose train, predict, explain, demo"),
    ("train", "data.csv and --target are missing: give the files first"),
    ("train plants.csv", "nn train: --target is missing (see python -m nn train --help)"),
    ("train --ignore price plants.csv --target kind", "data.csv is missing: give the files first"),
    ("train plants.csv more.csv --target kind", "it is not clear what 'more.csv' is for"),
    (f"{TRAIN} --epoch 3", "there is no option --epoch: did you mean --epochs?"),
    (f"{TRAIN} --xyz", "there is no option --xyz"),
    (f"{TRAIN} --epochs x", "--epochs takes a whole number from 1 on; it was given 'x'"),
    (f"{TRAIN} --epochs 0", "--epochs takes a whole number from 1 on; it was given '0'"),
    (f"{TRAIN} --epochs 1{'0' * 18}", "--epochs takes a whole number of at most 18 digits; it was given '1000000"),
    (f"{TRAIN} --seed {'9' * 5000}", "--seed takes a whole number of at most 18 digits; it was given '9999999"),
    (f"{TRAIN} --epochs 1.5", "--epochs takes a whole number from 1 on; it was given '1.5'"),
    (f"{TRAIN} --epochs", "--epochs needs a value"),
    (f"{TRAIN} --hidden", "--hidden needs at least one value"),
    (f"{TRAIN} --hidden 100000000", "a network of 4-100000000-3 has 800,000,003 weights, and 1,000,000 are the most"),
    (f"{TRAIN} --hidden 8 -3", "--hidden takes a whole number from 1 on; it was given '-3'"),
    (f"{TRAIN} --batch 0", "--batch takes a whole number from 1 on; it was given '0'"),
    (f"{TRAIN} --rate 0", "--rate takes a number above 0, such as 0.01; it was given '0'"),
    (f"{TRAIN} --rate nan", "--rate takes a number above 0, such as 0.01; it was given 'nan'"),
    (f"{TRAIN} --rate -1", "--rate takes a number above 0, such as 0.01; it was given '-1'"),
    (f"{TRAIN} --rate 0,1", "--rate takes a number above 0, such as 0.01; it was given '0,1'"),
    (f"{TRAIN} --activation tan", "--activation takes one of sigmoid, tanh, relu"),
    (f"{TRAIN} --optimizer rms", "--optimizer takes one of adam, sgd; it was given 'rms'"),
    (f"{TRAIN} --test 1", "--test takes the fraction of the rows to test on, from 0 to below 1"),
    (f"{TRAIN} --test 0.001", "test=0.001 of 60 rows leaves none to test on"),
    (f"{TRAIN} --seed -1", "--seed takes a whole number from 0 on; it was given '-1'"),
    (f"{TRAIN} --patience 0", "--patience takes a whole number from 1 on"),
    (f"{TRAIN} --quiet=yes", "--quiet takes no value"),
    (f"{TRAIN} --plot loss.bmp", "--plot takes the name of a .svg or .png or .pdf file; it was given 'loss.bmp'"),
    (f"{TRAIN} --plot none/loss.svg", "--plot 'none/loss.svg': there is no folder 'none'"),
    (f"{TRAIN} --delimiter ;;", "--delimiter takes one character, such as ';', or the word tab; it was given ';;'"),
    (f"{TRAIN} --delimiter |", "there is no column 'kind'"),
    (f"{TRAIN} --encoding utf-9", "there is no encoding 'utf-9'"),
    (f"{TRAIN} --encoding undefined", "is not written in undefined: save it as CSV in UTF-8"),
    (f"{TRAIN} --columns height height", "columns: the column 'height' is named twice"),
    ("train plants.csv --target price --target price -o m.json", "target: the column 'price' is named twice"),
    (f"{TRAIN} --encoding utf-16", "is not written in utf-16"),
    (f"{TRAIN} --ignore prize", "there is no column 'prize': did you mean 'price'?"),
    (f"{TRAIN} --categories x", "there is no column 'x': there are 'height', 'colour', 'kind', 'price'"),
    (f"{TRAIN} --columns kind", "column 'kind' is the target"),
    (f"{TRAIN} --rate 1e200 --optimizer sgd --activation identity", "lower --rate (it was 1e+200)"),
    (f"{TRAIN} --rate 1e400", "--rate takes a number above 0, such as 0.01; it was given '1e400'"),
    ("train plants.csv --target price -o m.json --batch 99 --epochs 1 --rate 1e308",
     "training left the numbers that a computer can hold: lower --rate (it was 1e+308)"),
    ("train huge.csv --target price -o m.json", "column 'height' is numbers except '1e400' in line 3"),
    ("train plants.csv --target kinds -o m.json", "there is no column 'kinds': did you mean 'kind'?"),
    ("train plants.csv --target kind --target price -o m.json", "several targets are numbers, and 'kind' is text"),
    ("train none.csv --target kind -o m.json", "there is no file 'none.csv'"),
    ("train . --target kind -o m.json", "'.' is a folder: give the name of a file"),
    ("train plants.csv --target kind -o plants.csv", "--output takes the name of a .json file; it was given"),
    ("train kinds.json --target kind -o ./kinds.json", "-o './kinds.json' would write over the data file"),
    ("train plants.csv --target kind -o none/m.json", "-o 'none/m.json': there is no folder 'none'"),
    ("train plants.csv --target kind -o folder.json", "-o 'folder.json' is a folder"),
    ("train empty.csv --target kind -o m.json", "'empty.csv' is empty"),
    ("train gap.csv --target kind -o m.json", "column 'height' has no value in line 3"),
    ("predict", "model.json and new.csv are missing"),
    ("predict kinds.json", "nn predict: new.csv is missing"),
    ("predict none.json plants.csv", "there is no file 'none.json'"),
    ("predict plants.csv plants.csv", "cannot load 'plants.csv': it is damaged, or no JSON at all"),
    ("predict net.json plants.csv", "it is a chainrule network, which nn.load reads, and no model"),
    ("predict kinds.json none.csv", "there is no file 'none.csv'"),
    ("predict kinds.json kinds.json", "header"),
    ("predict kinds.json less.csv", "'less.csv' has no column 'colour', and the model needs it"),
    ("predict kinds.json else.csv", "'else.csv' has no column 'height', 'colour', and the model needs them"),
    ("predict kinds.json pink.csv", "column 'colour' holds 'pink' in line 2: the known values are 'green', 'red'"),
    ("predict kinds.json gap.csv", "column 'height' has no value in line 3"),
    ("predict kinds.json predicted.csv", "the file has a column 'predicted' already: rename it"),
    ("predict kinds.json plants.csv -o plants.csv", "-o 'plants.csv' would write over the data file"),
    ("predict kinds.json plants.csv -o kinds.json", "-o 'kinds.json' would write over the model"),
    ("predict kinds.json plants.csv -o none/out.csv", "there is no folder 'none'"),
    ("explain kinds.json", "nn explain: --row is missing"),
    ("explain kinds.json --row 0", "--row takes a whole number from 1 on; it was given '0'"),
    ("explain kinds.json --row 61", "--row 61: 'plants.csv' has 60 rows"),
    ("explain kinds.json --row 1 --weight w_99", "there is no weight 'w_99': there are 'w_11', 'w_21'"),
    ("explain kinds.json --row 1 --form pdf", "--form takes one of text, html, markdown, latex; it was given 'pdf'"),
    ("explain kinds.json --row 1 --update x", "--update takes a number above 0"),
    ("explain kinds.json --row 1 --data none.csv", "there is no file 'none.csv'"),
    ("explain kinds.json --row 1 --data less.csv", "no column 'kind': the loss of a row needs its target"),
    ("explain kinds.json --row 1 -o plants.csv", "-o 'plants.csv' would write over the data file"),
    ("explain kinds.json --row 1 -o kinds.json", "-o 'kinds.json' would write over the model"),
    ("explain lost.json --row 1", "there is no such file any more: give it by --data"),
    ("explain bare.json --row 1", "the model does not say where its rows are: give a CSV file by --data"),
    ("demo --seed x", "nn demo: --seed takes a whole number from 0 on; it was given 'x'"),
]  # fmt: skip


@pytest.fixture
def oddities(folder: Path) -> Path:
    """Files that are wrong in some way."""
    (folder / "empty.csv").touch()
    (folder / "gap.csv").write_text("height,colour,kind\n1,red,rose\n,red,rose\n")
    (folder / "huge.csv").write_text("height,price\n1,1\n1e400,2\n" + "3,4\n" * 8)
    (folder / "less.csv").write_text("height\n1\n")
    (folder / "else.csv").write_text("a,b\n1,2\n")
    (folder / "pink.csv").write_text("height,colour\n1,pink\n")
    (folder / "predicted.csv").write_text("height,colour,predicted\n1,red,x\n")
    (folder / "folder.json").mkdir()
    nn.save(nn.MLP(2, [1]), folder / "net.json")
    for name, source in (("lost", {"path": "lost.csv", "delimiter": ",", "encoding": "utf-8"}), ("bare", None)):
        document = json.loads((folder / "kinds.json").read_text(encoding="utf-8"))
        (folder / f"{name}.json").write_text(json.dumps({**document, "source": source}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("command, told", WRONG, ids=[command or "nothing" for command, _ in WRONG])
def test_whatever_is_wrong_is_one_sentence_and_exit_code_2(
    command: str, told: str, oddities: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in oddities.iterdir() if path.is_file()}
    assert call(command) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert told in found.err
    assert found.err.startswith("nn") and found.err.count("\n") == 1, "one line"
    assert {path.name: path.read_bytes() for path in oddities.iterdir() if path.is_file()} == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
@pytest.mark.parametrize("command", ["predict kinds.json plants.csv", "explain kinds.json --row 1"])
def test_a_device_or_a_pipe_is_not_replaced_by_a_file(command: str, folder: Path, capsys: Any) -> None:
    os.mkfifo(folder / "pipe")
    assert call(f"{command} -o pipe") == 2
    assert "-o 'pipe' is no ordinary file, but a device or a pipe" in capsys.readouterr().err
    assert (folder / "pipe").is_fifo()


@pytest.mark.parametrize(
    "target, told",
    [("m.json", "-o 'm.json': it is a link that leads to itself"),
     ("/none/at/all.json", "-o 'm.json': the link leads to '/none/at/all.json', and there is no folder '/none/at'")],
)  # fmt: skip
@pytest.mark.skipif(os.name == "nt", reason="links, and paths, as Unix has them")
def test_a_link_that_leads_nowhere_is_told_before_the_training(
    target: str, told: str, folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "read_table", lambda *_, **__: pytest.fail("the work has begun"))
    (folder / "m.json").symlink_to(target)
    assert call("train plants.csv --target kind -o m.json") == 2
    assert f"nn train: {told}\n" == capsys.readouterr().err
    assert (folder / "m.json").is_symlink()


def test_a_folder_that_may_only_be_read_is_told_before_the_training(
    folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "read_table", lambda *_, **__: pytest.fail("the work has begun"))
    monkeypatch.setattr(os, "access", lambda path, how: not how & os.W_OK)
    assert call("train plants.csv --target kind -o m.json") == 2
    assert "nn train: -o 'm.json': no file can be made in the folder" in capsys.readouterr().err


def test_one_row_is_told_as_one(folder: Path, capsys: Any) -> None:
    (folder / "two.csv").write_text("a,t\n1,2\n2,4\n")
    out, _ = run("train two.csv --target t --test 0.5 --epochs 1 -o m.json", capsys)
    assert "training  1 row: " in out and "test      1 row: " in out and "1 rows" not in out


def test_a_file_that_may_not_be_read_is_told(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert call("train plants.csv --target kind") == 2
    assert capsys.readouterr().err == "nn train: 'plants.csv' cannot be opened: Permission denied\n"


def test_ctrl_c_before_the_training_is_one_sentence(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "read_table", interrupt)
    assert call("train plants.csv --target kind") == 130
    assert capsys.readouterr().err == "nn train: stopped by Ctrl-C\n"


@pytest.mark.parametrize("command", ["", "train ", "predict ", "explain ", "demo "])
def test_help_is_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(f"{command}--help")
    assert ended.value.code == 0
    assert "usage: python -m nn" in capsys.readouterr().out


# ---------------------------------------------------------------- as a program


def start(command: str, folder: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "nn", *command.split()]
    return subprocess.Popen(words, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def program(command: str, folder: Path) -> tuple[int, str, str]:
    """The exit code of a command in a process of its own, and what it prints."""
    with start(command, folder) as running:
        out, err = running.communicate(timeout=60)
    return running.returncode, out.decode().replace("\r\n", "\n"), err.decode().replace("\r\n", "\n")


def test_the_three_commands_work_as_a_program(folder: Path) -> None:
    code, _, err = program("train plants.csv --target kind --epochs 3 -o m.json", folder)
    assert (code, err) == (0, "")
    code, out, _ = program("predict m.json plants.csv", folder)
    assert code == 0 and out.startswith("height,colour,kind,price,predicted,P(fern)")
    code, out, _ = program("explain m.json --row 1", folder)
    assert code == 0 and "∂L/∂w₁₁" in out
    assert program("predict m.json none.csv", folder) == (2, "", "nn predict: there is no file 'none.csv'\n")


@pytest.mark.skipif(os.name == "nt", reason="a console sends Ctrl-C otherwise on Windows")
def test_ctrl_c_saves_what_was_reached(folder: Path) -> None:
    for seconds in (2, 5, 20):  # until the training has begun, on slow machines too
        with start("train plants.csv --target kind --epochs 100000000 -o m.json", folder) as running:
            time.sleep(seconds)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        if running.returncode == 0:
            break
    assert (running.returncode, err) == (0, b"")
    assert "stopped by Ctrl-C; what was reached is kept" in out.decode()
    assert nn.Model.load(folder / "m.json").classes == ("fern", "rose", "tree")


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise on Windows")
def test_a_reader_who_goes_early_is_no_error(folder: Path) -> None:
    (folder / "long.csv").write_text("height,colour\n" + "1,red\n" * 4000)
    with start("predict kinds.json long.csv", folder) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline().startswith(b"height,colour,predicted")
        running.stdout.close()
        assert running.wait(30) == 0
        assert running.stderr.read() == b"4,000 rows predicted\n"
