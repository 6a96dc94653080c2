"""A name that is not there is told in one way, everywhere in `nn`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from nn.choices import known, listed


def test_a_name_that_is_there_is_given_back() -> None:
    assert known("tanh", {"sigmoid": 1, "tanh": 2}, "activation") == "tanh"


def test_capitals_and_slips_are_forgiven_in_the_advice_only() -> None:
    with pytest.raises(nn.NetworkError, match="did you mean 'Kind'"):
        known("KIND", ["kin", "Kind"], "column")
    with pytest.raises(nn.NetworkError, match="did you mean 'relu'"):
        known("rely", ["relu", "tanh"], "activation")


def test_of_many_names_some_are_listed() -> None:
    assert listed("abcdefgh").endswith("'g', 'h'")
    with pytest.raises(nn.NetworkError, match="'h' and 92 more$"):
        known("?", [*"abcdefgh", *map(str, range(92))], "weight")


def test_an_endless_name_is_told_at_once() -> None:
    with pytest.raises(nn.NetworkError, match="there is no level"):
        known("a" * 100_000, ["a" * 1000], "level")


def with_a_net(use: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: use(nn.MLP(2, [2, 1], rng=0))


@pytest.mark.parametrize(
    "mistake, told",
    [
        (lambda: nn.Layer(2, 1, "thanh"), "there is no activation 'thanh': did you mean 'tanh'?"),
        (lambda: nn.MLP(2, [1], notation="leters"), "there is no notation 'leters': did you mean 'letters'?"),
        (with_a_net(lambda net: nn.fit(net, [[0, 1]], [1], engine="eagre")), "no engine 'eagre': did you mean"),
        (with_a_net(lambda net: net.draw([0, 1], level="neurone")), "no level 'neurone': did you mean 'neuron'?"),
        (with_a_net(lambda net: nn.experiments.error_surface(net, [[0, 1]], [1], ("w_11", "w12"))),
         "there is no parameter 'w12': did you mean 'w_12'?"),
        (lambda: nn.Classifier(optimizer="adan").fit([[0], [1]], [0, 1]), "there is no optimizer 'adan': did you mean"),
    ],
)  # fmt: skip
def test_every_room_says_it_alike(mistake: Callable[[], Any], told: str) -> None:
    with pytest.raises(nn.NetworkError) as error:
        mistake()
    assert told in str(error.value)


def test_columns_are_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("speed,kind\n1,a\n2,b\n")
    with pytest.raises(nn.DataError, match="there is no column 'sped': did you mean 'speed'?"):
        nn.read_csv(tmp_path / "a.csv", target="sped")
