"""Models: a network with its columns, scaling and classes, the same after a file as before."""

from __future__ import annotations

import json
import os
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nn
from nn.__main__ import main
from nn.errors import DataError, ModelFileError, NetworkError
from nn.models import Source
from nn.tables import Category, Dataset, Encoding, Number, Truth

COLUMNS = (Number("size"), Category("colour", ("green", "red")), Truth("is_open"))


def rows(count: int = 40) -> list[tuple[float, ...]]:
    random = Random(5)
    reds = [random.random() < 0.5 for _ in range(count)]
    return [(random.gauss(10, 3), float(not red), float(red), float(random.random() < 0.5)) for red in reds]


def classes() -> Dataset:
    X = rows()
    return Dataset(X, [int(x[0] > 10) for x in X], Encoding(COLUMNS, (Category("kind", ("small", "large")),)))


def numbers(count: int = 1) -> Dataset:
    X = rows()
    T: list[Any] = [100 * x[0] + 500 * x[2] for x in X]
    targets = tuple(Number(f"price {number}") for number in range(count))
    return Dataset(X, T if count == 1 else [(t,) * count for t in T], Encoding(COLUMNS, targets))


def trained(data: Dataset, epochs: int = 60, **settings: Any) -> nn.Model:
    model = nn.Model.untrained(data, hidden=[4], rng=1, **settings)
    optimiser = nn.Adam(model.network.parameters(), lr=0.03)
    model.fit(data, optimizer=optimiser, epochs=epochs, batch_size=8, progress=False)
    return model


ROWS = [{"size": 14, "colour": "red", "is_open": True}, [5.5, "green", False]]


def test_a_model_learns_classes_and_names_them() -> None:
    model = trained(classes())
    assert model.predict(ROWS) == ["large", "small"]
    for chances in model.probabilities(ROWS):
        assert sum(chances) == pytest.approx(1.0, rel=1e-12)
    assert [chances.index(max(chances)) for chances in model.probabilities(ROWS)] == [1, 0]


def test_a_model_learns_numbers_in_their_own_scale() -> None:
    model = trained(numbers(), 200)
    data = numbers()
    assert max(abs(y - t) for y, t in zip(model.predict(data), data.T, strict=True)) < 100
    assert model.predict([[12.0, "red", False]])[0] == pytest.approx(1700, abs=100)
    two = trained(numbers(2), 5).predict(ROWS)
    assert all(type(each) is tuple and len(each) == 2 for each in two)
    with pytest.raises(NetworkError, match="this model predicts numbers"):
        model.probabilities(ROWS)


def test_the_network_sees_scaled_rows_and_the_graph_is_of_them() -> None:
    data = classes()
    model = trained(data, 1)
    X, T = model.scaled(data)
    assert (T, X) == (data.T, nn.Scaling.standard(data.X).apply(data.X))
    as_graph = nn.graph(model.network, X[0], model.outputs_wanted(data)[0], model.loss)
    assert as_graph.data == pytest.approx(nn.cross_entropy(model.network(X[0]), T[0]).data, rel=1e-12)


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="'colour' holds 'blue' in row 1"):
        trained(classes(), 1).predict([ROWS[0], [1, "blue", True]])


@pytest.mark.parametrize("data", [classes(), numbers(), numbers(2)], ids=["classes", "number", "numbers"])
def test_a_saved_model_comes_back_as_it_was(data: Dataset, tmp_path: Path) -> None:
    model = trained(data, 2)
    again = nn.Model.load(model.save(tmp_path / "model.json"))
    for name in ("encoding", "scaling", "target_scaling", "source"):
        assert getattr(again, name) == getattr(model, name)
    assert (again.predict(ROWS), repr(again)) == (model.predict(ROWS), repr(model))
    first, second = (tmp_path / "model.json").read_bytes(), again.save(tmp_path / "again.json").read_bytes()
    assert first == second


def test_the_file_names_the_rows_as_it_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "my rows.csv").touch()
    monkeypatch.chdir(tmp_path)
    model = trained(classes(), 1, source=Source(os.path.join("data", "my rows.csv"), ";"))
    model.save(os.path.join("models", "model.json"))
    written = json.loads((tmp_path / "models" / "model.json").read_text(encoding="utf-8"))["source"]
    assert written == {"path": "../data/my rows.csv", "delimiter": ";", "encoding": "utf-8"}
    moved = tmp_path / "moved"
    moved.mkdir()
    for folder in ("models", "data"):
        shutil.move(tmp_path / folder, moved / folder)
    again = nn.Model.load(moved / "models" / "model.json")
    assert again.source is not None and Path(again.source.path).samefile(moved / "data" / "my rows.csv")


def test_each_loader_names_the_other(tmp_path: Path) -> None:
    model = trained(classes(), 1)
    with pytest.raises(ModelFileError, match="it is a chainrule model, which nn.Model.load reads, and no network"):
        nn.load(model.save(tmp_path / "model.json"))
    with pytest.raises(ModelFileError, match="it is a chainrule network, which nn.load reads, and no model"):
        nn.Model.load(nn.save(model.network, tmp_path / "net.json"))


def _without(name: str) -> Callable[[Any], Any]:
    return lambda document: document.pop(name)


DAMAGE: list[tuple[Callable[[Any], Any], str]] = [
    *[(_without(name), f"the file has no '{name}'") for name in ("columns", "targets", "scaling", "network")],
    (_without("format"), "no model of this library"),
    (lambda d: d.update(version=2), "it is of version 2, and this library reads version 1"),
    (lambda d: d.update(columns=[]), "there are no columns"),
    (lambda d: d["columns"].pop(), "its network is 4 inputs to 2 outputs, and its columns are 3 to 2"),
    (lambda d: d["columns"].reverse() or d["columns"][1]["values"].append("red"), "column 'colour' are not different"),
    (lambda d: d["columns"][1]["values"].append(3), "column 'colour' are not different"),
    (lambda d: d["columns"][1]["values"].append("blue"), "its columns are 5 to 2"),
    (lambda d: d["columns"][0].update(kind="picture"), "'kind' of a column of 'columns' is 'picture'"),
    (lambda d: d["columns"][0].update(name="colour"), "a column stands in it twice"),
    (lambda d: d["targets"].append({"name": "x", "kind": "number"}), "classes and another target besides"),
    (lambda d: d["scaling"]["widths"].__setitem__(0, 0.0), "does not have 4 centres and widths above 0"),
    (lambda d: d["scaling"]["centres"].pop(), "does not have 4 centres"),
    (lambda d: d["scaling"]["centres"].__setitem__(0, "1"), "which is no finite number"),
    (lambda d: d.update(source="data.csv"), "'source' of the file is 'data.csv'"),
    (lambda d: d.update(source={"path": "a"}), "source has no 'encoding'"),
    (lambda d: d.update(source={"path": "a", "delimiter": 1, "encoding": "utf-8"}), "'delimiter' of source is 1"),
    (lambda d: d["network"].update(format="x"), "no network of this library"),
    (lambda d: d["network"]["parameters"].popitem(), "there is no number for the parameter"),
]


@pytest.mark.parametrize("number", range(len(DAMAGE)))
def test_a_damaged_file_is_refused_with_its_reason(number: int, tmp_path: Path) -> None:
    damage, told = DAMAGE[number]
    path = trained(classes(), 0).save(tmp_path / "model.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    damage(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelFileError, match=told) as caught:
        nn.Model.load(path)
    assert str(caught.value).startswith(f"cannot load '{path}': ")


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    for content in (b"", b"a,b\n1,2\n", b"\xff\xfe", b"[]"):
        path.write_bytes(content)
        with pytest.raises(ModelFileError):
            nn.Model.load(path)


# ---------------------------------------------------------------- the same model, however it is asked for


def weights(net: nn.MLP) -> list[float]:
    return [parameter.data for parameter in net.parameters()]


@pytest.mark.parametrize("target", ["kind", "price"])
def test_model_estimator_and_command_line_give_the_same_network_unless_told_otherwise(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    random = Random(5)
    pairs = [(random.random(), random.random()) for _ in range(40)]
    lines = [f"{x:.3f},{y:.3f},{'ab'[x > y]},{x * y:.4f}" for x, y in pairs]
    (tmp_path / "data.csv").write_text("\n".join(["x,y,kind,price", *lines]) + "\n")
    monkeypatch.chdir(tmp_path)
    other = {"kind": "price", "price": "kind"}[target]
    data = nn.read_csv("data.csv", target=target, ignore=[other])
    model = nn.Model.untrained(data)
    model.fit(data)
    estimator = (nn.Classifier if target == "kind" else nn.Regressor)().fit(data.X, data.T)
    assert main(["train", "data.csv", "--target", target, "--ignore", other, "--test", "0", "--quiet"]) == 0
    commanded = nn.Model.load("model.json").network
    assert weights(model.network) == weights(estimator.net_) == weights(commanded)


def test_how_a_model_is_trained_may_be_said() -> None:
    data, found = classes(), []
    for settings in ({"optimizer": "sgd", "lr": 0.3}, {"optimizer": "sgd"}, {}):
        model = nn.Model.untrained(data)
        model.fit(data, epochs=2, **settings)
        found.append(weights(model.network))
    assert found[0] != found[1] != found[2] != found[0]
    model = nn.Model.untrained(data)
    model.fit(data, epochs=2, optimizer=nn.SGD(model.network.parameters(), lr=0.3))
    assert weights(model.network) == found[0]


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"optimizer": "lbfgs"}, "there is no optimizer 'lbfgs': there are 'adam', 'sgd'"),
        ({"optimizer": None}, "there is no optimizer None"),
        ({"lr": -1}, "the learning rate lr is a finite number from 0 on"),
    ],
)
def test_a_training_that_is_none_is_refused(settings: Any, told: str) -> None:
    with pytest.raises(nn.NetworkError, match=told):
        nn.Model.untrained(classes()).fit(classes(), **settings)


def test_an_optimiser_has_a_rate_of_its_own() -> None:
    model = nn.Model.untrained(classes())
    with pytest.raises(nn.NetworkError, match="this one has a rate of its own"):
        model.fit(classes(), optimizer=nn.Adam(model.network.parameters()), lr=0.1)


@pytest.mark.thorough
def test_a_file_of_ten_thousand_rows_is_learned_within_a_minute(tmp_path: Path) -> None:
    path = Path(__file__).parent.parent / "benchmarks" / "own_data.py"
    benchmark = runpy.run_path(str(path), run_name="own_data")
    seconds: dict[str, float] = {}
    accuracy = benchmark["learned"](tmp_path, 10_000, 5, seconds)
    assert "train on 10,000 rows" in seconds and "predict 2,500 rows" in seconds
    assert sum(seconds.values()) < 60, seconds
    assert accuracy > 0.95
