"""Iris and the 8×8 digits, end to end on the eager engine: by `nn.fit`, and by `nn.Classifier`."""

from __future__ import annotations

import sys
import time
from random import Random
from statistics import fmean

import pytest

import nn
from autograd.errors import MissingPackageError
from nn.examples import digits, iris

pytest.importorskip("sklearn", reason="the data come with scikit-learn (extra [test])")


@pytest.fixture(scope="module")
def pictures():
    return digits.digits()


@pytest.fixture(scope="module")
def trained(pictures):
    begin = time.process_time()
    return digits.train(pictures, progress=False), time.process_time() - begin


# ---------------------------------------------------------------- digits, by fit


def test_the_pictures_are_those_of_the_repository(pictures):
    assert (len(pictures.pictures), len(pictures.pictures[0])) == (1797, 64)
    assert [pictures.digits.count(digit) for digit in range(10)] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert {min(map(min, pictures.pictures)), max(map(max, pictures.pictures))} == {0.0, 1.0}


@pytest.mark.thorough
def test_360_held_out_digits_are_read_at_95_per_cent_in_under_a_minute(trained):
    found, seconds = trained
    assert len(found.test) == 360
    assert len(found.train) == 1437
    assert found.test.accuracy >= 0.95
    assert min(found.test.recall.values()) > 0.8
    assert seconds < 60


@pytest.mark.thorough
def test_every_digit_has_its_share_of_the_test(trained, pictures):
    for digit, total in enumerate(trained[0].test.actual_totals):
        assert total == pytest.approx(360 / 1797 * pictures.digits.count(digit), abs=1)


@pytest.mark.thorough
def test_the_confusion_matrix_is_that_of_the_network_returned(trained, pictures):
    net, found = trained[0].net, trained[0].test
    _, unknown, _, right = nn.train_test_split(*pictures, 360 / 1797, rng=0, stratify=True)
    read = [digits.read(net, picture) for picture in unknown[:50]]
    assert read == [max(range(10), key=net.predict(picture).__getitem__) for picture in unknown[:50]]
    assert nn.confusion_matrix([digits.read(net, picture) for picture in unknown], right, range(10)) == found


@pytest.mark.thorough
def test_the_report_has_the_network_the_accuracies_and_the_confusion_matrix(trained):
    told = digits.report(trained[0])
    assert told.startswith("Digits: 1,797 pictures of 8×8 pixels, 360 of them to test on\na 64-32-10 network")
    assert f"  test   {trained[0].test.accuracy:.1%}".replace("%", " %") in told.splitlines()
    assert told.endswith(str(trained[0].test))


def test_a_seed_gives_the_same_network_and_the_test_pictures_have_no_part_in_it(pictures, monkeypatch):
    monkeypatch.setattr(digits, "TEST", 50)
    few = digits.Digits(pictures.pictures[:200], pictures.digits[:200])
    one, two = (digits.train(few, epochs=1, rng=2, progress=False) for _ in range(2))
    assert one.history.losses == two.history.losses
    assert [w.data for w in one.net.parameters()] == [w.data for w in two.net.parameters()]

    _, unknown, *_ = nn.train_test_split(*few, 50 / 200, rng=2, stratify=True)
    blank = [[0.0] * 64 if picture in unknown else picture for picture in few.pictures]
    three = digits.train(few._replace(pictures=blank), epochs=1, rng=2, progress=False)
    assert three.history.losses == one.history.losses
    assert three.test != one.test


def test_a_picture_can_be_looked_at(pictures):
    told = digits.shown(pictures.pictures[0])
    assert pictures.digits[0] == 0
    assert len(told.splitlines()) == 8
    assert set(told) <= set(" .:-=+*#%@\n")


def test_without_scikit_learn_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingPackageError, match="the digits need scikit-learn, which is not installed: pip install"):
        digits.digits()


# ---------------------------------------------------------------- by Classifier


def test_iris_is_told_apart_by_a_classifier_as_it_comes():
    flowers = iris.flowers()
    names, scores = [flowers.names[kind] for kind in flowers.species], []
    for known, unknown in iris.splits(flowers.species, 3, Random(0)):
        found = nn.Classifier().fit(flowers.take(known).measures, [names[row] for row in known])
        scores.append(found.score(flowers.take(unknown).measures, [names[row] for row in unknown]))
    assert found.classes_.tolist() == flowers.names
    assert fmean(scores) >= 0.95


@pytest.mark.thorough
def test_digits_are_told_apart_by_a_classifier(pictures):
    X, unknown, y, right = nn.train_test_split(*pictures, 360 / 1797, rng=0, stratify=True)
    reader = nn.Classifier(hidden=(16,), epochs=3, lr=0.02, progress=False).fit(X, y)
    matrix = nn.confusion_matrix(reader.predict(unknown), right)
    assert matrix.accuracy == reader.score(unknown, right) >= 0.9
