"""Models as files: what is read back is what was saved, and anything else is refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import AutogradError, Value, derive, tanh
from nn.activations import ACTIVATIONS


def everything() -> nn.Network:
    """Layers with and without biases, normalisation, several activations, a notation that is not the default."""
    last = nn.Layer(3, 2, "softmax", bias=False, rng=2)
    return nn.Network([nn.Layer(2, 3, "tanh", rng=1), nn.LayerNorm(3, epsilon=1e-3), last], notation="layered")


def numbers(net: nn.Module) -> dict[str, float]:
    return {label: parameter.data for label, parameter in net.named_parameters().items()}


@pytest.mark.parametrize(
    "net",
    [nn.MLP(2, [3, 2]), nn.MLP(2, [2, 2], notation="numbered"), nn.MLP(1, [1], "identity"), nn.MLP(3, [4, 3, 2, 1]),
     nn.MLP(2, [12, 1], ["relu", "sigmoid"], bias=False), everything()],
    ids=repr,
)  # fmt: skip
def test_a_saved_network_comes_back_as_it_was(net: nn.Network, tmp_path: Path) -> None:
    again = nn.load(nn.save(net, tmp_path / "net.json"))
    x = [0.5, -1.25, 2.0][: net.inputs]
    assert (type(net), repr(net), type(net.notation)) == (type(again), repr(again), type(again.notation))
    assert list(numbers(net).items()) == list(numbers(again).items())
    assert net.predict(x) == again.predict(x)
    ours, theirs = (each(x) if each.outputs > 1 else [each(x)] for each in (net, again))
    assert [unit.label for unit in ours] == [unit.label for unit in theirs]


def test_every_activation_can_be_saved(tmp_path: Path) -> None:
    for name in ACTIVATIONS:
        net = nn.MLP(2, [2, 2], name)
        assert net.predict([0.5, -1.0]) == nn.load(nn.save(net, tmp_path / "net.json")).predict([0.5, -1.0])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
@settings(max_examples=50, deadline=None)
def test_every_finite_number_comes_back_to_the_last_bit(tmp_path_factory: Any, found: list[float]) -> None:
    net = nn.MLP(2, [1])
    for parameter, number in zip(net.parameters(), found, strict=True):
        parameter.data = number
    again = nn.load(nn.save(net, tmp_path_factory.getbasetemp() / "net.json"))
    assert [x.hex() for x in found] == [parameter.data.hex() for parameter in again.parameters()]


def test_shared_weights_stay_shared_and_labels_stay(tmp_path: Path) -> None:
    net = nn.MLP(2, [2, 2], notation="numbered")
    shared = Value(0.35, "b_shared")
    for neuron in net.layers[0].neurons:
        neuron.b = shared
    again = nn.load(nn.save(net, tmp_path / "net.json"))
    first, second = again.layers[0].neurons
    assert first.b is second.b is again.named_parameters()["b_shared"]
    L = nn.graph(again, [0.05, 0.1], [0.01, 0.99])
    expected = nn.graph(net, [0.05, 0.1], [0.01, 0.99])
    assert derive(expected, "b_shared").value == derive(L, "b_shared").value


def test_every_unit_keeps_its_own_activation(tmp_path: Path) -> None:
    net = nn.MLP(2, [3])
    net.layers[0].neurons[1].activation = ACTIVATIONS["tanh"]
    assert net.predict([0.5, -1.0]) == nn.load(nn.save(net, tmp_path / "net.json")).predict([0.5, -1.0])


def test_training_goes_on_after_loading(tmp_path: Path) -> None:
    X, T = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], [1, 0, 1]
    net = nn.MLP(2, [3, 1], rng=0)
    nn.fit(net, X, T, epochs=3)
    again = nn.load(nn.save(net, tmp_path / "net.json"))
    assert nn.fit(net, X, T, epochs=5).losses == nn.fit(again, X, T, epochs=5).losses
    assert list(numbers(net).values()) == list(numbers(again).values())


def test_the_file_is_json_that_can_be_read_and_the_same_on_every_run(tmp_path: Path) -> None:
    net = nn.MLP(2, [1], rng=0)
    first, second = (nn.save(net, str(tmp_path / name)).read_bytes() for name in ("a.json", "b.json"))
    assert first == second and b"\r" not in first and first.endswith(b"}\n")
    document = json.loads(first)
    assert ("chainrule network", 1, "MLP", "letters") == tuple(
        document[key] for key in ("format", "version", "kind", "notation")
    )
    assert numbers(net) == document["parameters"]
    assert [{"activation": "sigmoid", "weights": ["w_11", "w_21"], "bias": "b_1"}] == document["layers"][0]["units"]


# ---------------------------------------------------------------- what is not saved


def test_what_a_file_cannot_hold_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    class Own(nn.MLP):
        pass

    path = nn.save(nn.MLP(2, [1]), tmp_path / "net.json")
    before = path.read_bytes()
    twice, infinite = nn.MLP(2, [1]), nn.MLP(2, [1])
    twice.parameters()[0].label = "w_21"
    infinite.parameters()[0].data = float("inf")
    for net, told in (
        (nn.MLP(2, [1], lambda x: tanh(x) * 2), "activation '<lambda>' is a function of your own, which a file cannot"),
        (Own(2, [1]), "save takes an nn.MLP or nn.Network"),
        (nn.Layer(2, 1), r"Wrap a layer: nn.Network\(\[layer\]\)"),
        (twice, "two parameters are labelled 'w_21'"),
        (infinite, "the parameter 'w_11' is inf"),
        (None, "save takes an nn.MLP"),
    ):
        with pytest.raises(nn.NetworkError, match=told):
            nn.save(net, path)  # type: ignore[arg-type]
        assert before == path.read_bytes()


def test_an_activation_of_ones_own_with_a_known_name_is_not_mistaken_for_it(tmp_path: Path) -> None:
    def sigmoid(x: Any) -> Any:
        return tanh(x)

    with pytest.raises(nn.NetworkError, match="a function of your own"):
        nn.save(nn.MLP(2, [1], sigmoid), tmp_path / "net.json")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        nn.save(nn.MLP(2, [1]), tmp_path / "models" / "net.json")
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "nothing.json")


# ---------------------------------------------------------------- what is not loaded


def changed(document: dict[str, Any], where: str, to: Any) -> str:
    """The document with one entry replaced; "…" takes the entry out."""
    *path, last = where.split(".")
    inner: Any = document
    for key in path:
        inner = inner[int(key) if key.isdigit() else key]
    key = int(last) if last.isdigit() else last
    if to == "…":
        del inner[key]
    else:
        inner[key] = to
    return json.dumps(document)


@pytest.mark.parametrize(
    "where, to, told",
    [
        ("format", "keras", 'it is no network of this library: there is no "format": "chainrule network"'),
        ("version", 2, "it is of version 2, and this library reads version 1"),
        ("version", "1", "it is of version '1'"),
        ("version", True, "it is of version True"),
        ("kind", "Transformer", "'kind' of the file is 'Transformer': this library has MLP, Network"),
        ("notation", "greek", "'notation' of it is 'greek'"),
        ("notation", "…", "has no 'notation': it is damaged"),
        ("layers", [], "belongs to no unit"),
        ("layers", {}, "'layers' of the file is {}"),
        ("layers.0", 3, "layer 1 has no 'kind'"),
        ("layers.0.units.1.activation", "swishish", "'activation' of a unit of layer 1 is 'swishish'"),
        ("layers.0.units.1.activation", "softmax", "layer 1 mixes softmax"),
        ("layers.0.inputs", 3, "unit 1 of layer 1 has 2 of 'weights' where 3 are needed"),
        ("layers.0.outputs", 10**12, "layer 1 has 1000000000000 outputs and 3 units"),
        ("layers.0.inputs", True, "'inputs' of layer 1 is True"),
        ("layers.0.units.1.weights.0", "w_99", "there is no number for the parameter 'w_99'"),
        ("layers.0.units.1.weights.0", ["w_11"], "there is no number for the parameter"),
        ("layers.0.units.1.weights", "…", "unit 2 of layer 1 has no 'weights'"),
        ("layers.0.units.1.bias", None, "the parameter 'b_2\\^\\(1\\)' belongs to no unit"),
        ("layers.1.units", 10**12, "'units' of layer 2 is 1000000000000"),
        ("layers.2.units", 10**12, "layer 3 has 2 of 'gamma' where 1000000000000 are needed"),
        ("layers.2.epsilon", -1.0, "the epsilon of layer 3 is -1.0"),
        ("layers.2", "…", "belongs to no unit"),
        ("parameters.w_21", float("nan"), "it holds NaN, which is no finite number"),
        ("parameters.w_21", float("inf"), "it holds Infinity"),
        ("parameters.w_21", 10**400, "the number of 'w_21' is an enormous integer, which is no finite number"),
        ("parameters.w_21", "0.5", "the number of 'w_21' is '0.5'"),
        ("parameters.w_21", None, "the number of 'w_21' is None"),
        ("parameters.w_21", True, "the number of 'w_21' is True"),
        ("parameters", "…", "the file has no 'parameters'"),
        ("parameters.w_77", 0.5, "the parameter 'w_77' belongs to no unit"),
    ],
)
def test_a_file_with_one_thing_wrong_is_refused_with_the_reason(where: str, to: Any, told: str, tmp_path: Path) -> None:
    net = nn.Network([nn.Layer(2, 3), nn.Layer(3, 2), nn.LayerNorm(2)], notation="letters")
    path = nn.save(net, tmp_path / "net.json")
    path.write_text(changed(json.loads(path.read_text()), where, to))
    with pytest.raises(nn.ModelFileError, match=told) as caught:
        nn.load(path)
    assert f"cannot load '{path}'" in str(caught.value)


@pytest.mark.parametrize(
    "raw, told",
    [
        (b"", "it is damaged, or no JSON at all"),
        (b"\x80\x04\x95model", "it is damaged, or no JSON at all"),
        (b"PK\x03\x04", "it is damaged"),
        (b"[" * 100_000, "it is damaged"),
        (b"[1, 2]", "it is no network of this library"),
        (b"null", "it is no network of this library"),
        (b'{"format": "chainrule network", "format": "x"}', "'format' stands there twice"),
        (b'{"format": "chainrule network"}', "it is of version None"),
        (
            b'{"format": "chainrule network", "version": 1, "kind": "MLP", "notation": "letters", "layers": [],'
            b' "parameters": {}}',
            "a network needs at least one layer",
        ),
        (b'{"weights": [1e999]}', "it is no network of this library"),
    ],
)
def test_foreign_files_are_refused(raw: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_bytes(raw)
    with pytest.raises(nn.ModelFileError, match=told):
        nn.load(path)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    path = nn.save(everything(), tmp_path / "net.json")
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 17):
        path.write_bytes(whole[:length])
        with pytest.raises(nn.ModelFileError):
            nn.load(path)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_loaded_or_refused_but_never_breaks(tmp_path_factory: Any, data: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    whole = bytearray(nn.save(everything(), path).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(32, 126))
    path.write_bytes(whole)
    try:
        net = nn.load(path)
    except AutogradError as error:
        assert isinstance(error, nn.ModelFileError)
    else:
        assert 2 == len(net.predict([0.5, 1.0]))


def test_what_stands_in_a_file_is_never_executed(tmp_path: Path) -> None:
    path = nn.save(nn.MLP(2, [1]), tmp_path / "net.json")
    for name in ("__import__", "eval", "os.system", "__class__", "initialisers"):
        path.write_text(changed(json.loads(path.read_text()), "layers.0.units.0.activation", name))
        with pytest.raises(nn.ModelFileError, match="this library has sigmoid"):
            nn.load(path)


def test_a_file_that_an_editor_gave_a_byte_order_mark_is_loaded(tmp_path: Path) -> None:
    net = nn.MLP(2, [1], rng=0)
    path = nn.save(net, tmp_path / "net.json")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert nn.load(path).predict([0.5, -1.0]) == net.predict([0.5, -1.0])
