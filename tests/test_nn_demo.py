"""`python -m nn demo`: a classifier of Iris flowers, trained and tested on five splits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from statistics import fmean

import pytest

from nn.__main__ import main
from nn.examples import iris

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, *arguments], capture_output=True, env=environment, timeout=300, **options)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    pytest.importorskip("sklearn", reason="the Iris data come with scikit-learn (extra [test])")
    folder, begin = tmp_path_factory.mktemp("demo"), time.monotonic()
    done = run("-m", "nn", "demo", cwd=folder)
    return done, time.monotonic() - begin, list(folder.iterdir())


@pytest.fixture(scope="module")
def data():
    pytest.importorskip("sklearn", reason="the Iris data come with scikit-learn (extra [test])")
    return iris.flowers()


# ---------------------------------------------------------------- the report


def test_the_mean_test_accuracy_over_five_splits_is_at_least_95_per_cent(demo):
    told = demo[0].stdout.decode()
    rows = re.findall(r"^ +(\d|mean) +(\d\.\d+) +([\d.]+) % +([\d.]+) %$", told, re.MULTILINE)
    tests = [float(row[3]) for row in rows]

    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "mean"]
    assert tests[-1] == pytest.approx(fmean(tests[:-1]), abs=0.06)
    assert tests[-1] >= 95.0
    assert float(rows[-1][2]) >= 96.0


def test_the_demo_says_nothing_else_and_leaves_no_file(demo):
    done, _, files = demo
    assert (done.returncode, done.stderr, files) == (0, b"", [])


def test_the_demo_takes_well_under_a_minute(demo):
    assert demo[1] < 45


def test_the_report_names_the_network_and_its_settings(demo):
    assert demo[0].stdout.decode().splitlines()[:2] == [
        "Iris: 150 flowers, 4 measures each, 3 species",
        "a 4-4-3 network of sigmoid units, L2 loss, 60 epochs in batches of 4, η = 1",
    ]


# ---------------------------------------------------------------- its parts


def test_the_data_are_fishers(data):
    assert (len(data.measures), len(data.measures[0])) == (150, 4)
    assert [data.species.count(kind) for kind in range(3)] == [50, 50, 50]
    assert data.names == ["setosa", "versicolor", "virginica"]
    assert {type(x) for row in data.measures for x in row} == {float}
    assert data.measures[0] == [5.1, 3.5, 1.4, 0.2]


@pytest.mark.parametrize("count", [2, 5])
def test_every_row_is_tested_once_and_never_trained_on_in_the_same_split(count):
    species = [0] * 50 + [1] * 50 + [2] * 50
    found = iris.splits(species, count, Random(0))

    assert sorted(row for _, test in found for row in test) == list(range(150))
    for train, test in found:
        assert sorted([*train, *test]) == list(range(150))
        assert [sum(species[row] == kind for row in test) for kind in range(3)] == [50 // count] * 3


def test_a_seed_gives_the_same_splits():
    species = [0, 1] * 20
    assert iris.splits(species, 4, Random(1)) == iris.splits(species, 4, Random(1))
    assert iris.splits(species, 4, Random(1)) != iris.splits(species, 4, Random(2))


def test_the_test_rows_have_no_part_in_training(data, monkeypatch):
    monkeypatch.setattr(iris, "EPOCHS", 2)
    rows = iris.splits(data.species, 5, Random(0))[0]
    ruined = data._replace(measures=[[1e6] * 4 if k in rows[1] else row for k, row in enumerate(data.measures)])
    one, two = iris.train(data, rows), iris.train(ruined, rows)

    assert (one.loss, one.train) == (two.loss, two.train)
    assert one.test != two.test


def test_a_seed_gives_the_same_results(data, monkeypatch):
    monkeypatch.setattr(iris, "EPOCHS", 2)
    rows = iris.splits(data.species, 5, Random(0))[0]
    assert iris.train(data, rows, rng=1) == iris.train(data, rows, rng=1)
    assert iris.train(data, rows, rng=1) != iris.train(data, rows, rng=2)


# ---------------------------------------------------------------- the command line


def test_without_scikit_learn_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["demo"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        'nn demo: the Iris data need scikit-learn, which is not installed: pip install "chainrule[notebook]"\n'
    )


def test_an_unknown_command_names_those_there_are():
    done = run("-m", "nn", "dance")
    assert done.returncode == 2
    assert b"demo" in done.stderr


def test_the_seed_reaches_the_splits(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(iris, "results", lambda rng: seen.append(rng) or [iris.Result(1.0, 1.0, 0.0)])
    assert main(["demo", "--seed", "7"]) == 0
    assert seen == [7]
    assert capsys.readouterr().out.startswith("Iris: 150 flowers")


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise on Windows")
def test_a_reader_who_has_gone_is_no_error():
    read, write = os.pipe()
    os.close(read)
    program = "import sys; from autograd.console import tell; sys.exit(tell('x' * 100000, 'nn'))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, env=environment)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_importing_the_package_imports_nothing_of_the_demo():
    program = "import sys, nn; print([name for name in ('sklearn', 'numpy', 'nn.examples') if name in sys.modules])"
    assert run("-c", program).stdout.strip() == b"[]"


def test_the_examples_are_reached_through_the_package():
    program = "import nn; print(nn.examples.circuit.build().data, nn.examples.iris.HIDDEN)"
    assert run("-c", program).stdout.split() == [b"-12.0", b"4"]
