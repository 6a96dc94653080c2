"""Optimisers: PyTorch's numbers over a hundred steps, formulas that can be read, and gradient clipping."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, derive, mean, sigmoid
from autograd.printers.text import text
from autograd.simplify import simplify
from autograd.symbol import Symbol

FIXTURES = json.loads((Path(__file__).parent / "fixtures" / "torch_training.json").read_text(encoding="utf-8"))
STEPS = (1, 10, 100)


def named(run: dict[str, Any]) -> str:
    given = ",".join(f"{key}={value}" for key, value in run["settings"].items())
    return f"{run['network']}-{run['activation']}-{run['loss']}-{run['optimiser']}({given})"


def network(run: dict[str, Any]) -> nn.MLP:
    given = FIXTURES["networks"][run["network"]]
    inputs, *sizes = given["sizes"]
    net = nn.MLP(inputs, sizes, run["activation"], output_activation=run["output_activation"])
    for parameter, number in zip(net.parameters(), given["weights"], strict=True):
        parameter.data = number
    return net


def optimiser(run: dict[str, Any], net: nn.Module) -> nn.Optimiser:
    made: nn.Optimiser = getattr(nn, run["optimiser"])(net.parameters(), **run["settings"])
    return made


def trained(run: dict[str, Any], make: Any = optimiser) -> dict[str, Any]:
    """The same run here, in the form of the fixture."""
    net, given = network(run), FIXTURES["networks"][run["network"]]
    own = make(run, net)
    loss = getattr(nn, run["loss"])
    samples = list(zip(given["X"], given["T"][run["targets"]], strict=True))
    losses, weights, gradient = [], {}, None
    for step in range(1, STEPS[-1] + 1):
        total = mean([loss(net(x, labelled=False), t) for x, t in samples])
        own.zero_grad()
        total.backward()
        gradient = gradient or [parameter.grad for parameter in net.parameters()]
        if "clip_norm" in run:
            nn.clip_grad_norm(net.parameters(), run["clip_norm"])
        own.step()
        losses += [total.data] if step in (*STEPS, 2) else []
        if step in STEPS:
            weights[str(step)] = [parameter.data for parameter in net.parameters()]
    return {"losses": losses, "gradient": gradient, "weights": weights}


def apart(expected: list[float], actual: list[float]) -> float:
    """The largest difference, relative to numbers above 1."""
    return max(abs(a - b) / max(1.0, abs(a)) for a, b in zip(expected, actual, strict=True))


# ---------------------------------------------------------------- PyTorch's numbers


@pytest.mark.parametrize("run", FIXTURES["runs"], ids=named)
def test_a_hundred_steps_give_pytorchs_numbers(run: dict[str, Any]) -> None:
    found = trained(run)
    assert apart(run["losses"], found["losses"]) <= 1e-12
    assert apart(run["gradient"], found["gradient"]) <= 1e-10
    for step, weights in run["weights"].items():
        assert apart(weights, found["weights"][step]) <= 1e-12, f"after {step} steps"


def test_the_fixtures_hold_every_loss_with_every_activation_and_optimiser() -> None:
    runs = FIXTURES["runs"]
    losses = {"l2_loss", "mse_loss", "mae_loss", "cross_entropy", "binary_cross_entropy"}
    losses |= {"binary_cross_entropy_with_logits"}
    from nn.activations import ACTIVATIONS

    met = {(run["activation"], run["loss"]) for run in runs}
    assert met >= {(activation, loss) for activation in ACTIVATIONS for loss in losses}
    assert {(run["loss"], run["optimiser"]) for run in runs} == {(a, b) for a in losses for b in ("SGD", "Adam")}
    assert all(apart(run["weights"]["1"], run["weights"]["100"]) > 1e-4 for run in runs), "a run that goes nowhere"


class _WrongAdam(nn.Adam):
    """A thousandth too much of the second moment."""

    def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
        return super().update(weight, gradient * 1.001 if memory else gradient, memory)


@pytest.mark.parametrize("fault", ["gradient of a later step", "decay twice", "no bias correction"])
def test_a_planted_fault_is_seen(fault: str) -> None:
    run = next(run for run in FIXTURES["runs"] if run["optimiser"] == "Adam" and "weight_decay" in run["settings"])

    def wrong(run: dict[str, Any], net: nn.Module) -> nn.Optimiser:
        if fault == "gradient of a later step":
            return _WrongAdam(net.parameters(), **run["settings"])
        own = optimiser(run, net)
        if fault == "decay twice":
            own.weight_decay *= 1.001
        else:
            for memory in own.memories:
                memory["t"] = 1000
        return own

    assert apart(run["weights"]["100"], trained(run, wrong)["weights"]["100"]) > 1e-9


@pytest.mark.parametrize("given", FIXTURES["clipping"], ids=lambda given: f"{given['gradients']}-{given['limit']}")
def test_clipping_gives_pytorchs_gradients(given: dict[str, Any]) -> None:
    def leaves() -> list[Value]:
        made = [Value(0.0) for _ in given["gradients"]]
        for leaf, gradient in zip(made, given["gradients"], strict=True):
            leaf.grad = gradient
        return made

    found = leaves()
    assert given["returned"] == pytest.approx(nn.clip_grad_norm(found, given["limit"]), rel=1e-15)
    assert given["norm"] == pytest.approx([leaf.grad for leaf in found], rel=1e-14)
    found = leaves()
    nn.clip_grad_value(found, given["limit"])
    assert given["value"] == [leaf.grad for leaf in found]


# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    "make, expected",
    [
        (functools.partial(nn.SGD, lr=0.5), "w − ½g"),
        (functools.partial(nn.SGD, lr=0.5, maximize=True), "w + ½g"),
        (functools.partial(nn.SGD, lr=0.5, momentum=0.9), "w − ½g"),
        (functools.partial(nn.SGD, lr=0.5, weight_decay=0.01), "w − ½(g + 0.01w)"),
        (functools.partial(nn.Adam, lr=0.001), "w − 0.001g/[√(g²) + 1×10⁻⁸]"),
    ],
)
def test_the_rule_of_an_optimiser_is_a_formula(make: Any, expected: str) -> None:
    own = make([Value(1.0)])
    assert expected == text(simplify(own.rule(Symbol("w"), Symbol("g"))))


def test_a_derivation_ends_with_the_optimisers_update() -> None:
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "t")
    L = ((sigmoid(w * x).named("y") - t) ** 2 / 2).named("L")
    own = nn.SGD([w], lr=0.5, weight_decay=0.1)
    step = derive(L, w, update=own).step
    assert step is not None and "w − ½(∂L/∂w + 0.1w)" == text(step.rule)
    L.backward()
    own.step()
    assert w.data == step.result


@given(st.floats(-3, 3), st.floats(-3, 3).filter(lambda g: abs(g) > 1e-3))
@settings(max_examples=50, deadline=None)
def test_the_rule_is_the_first_step(weight: float, gradient: float) -> None:
    for run in FIXTURES["runs"][:11]:
        w = Value(weight)
        w.grad = gradient
        own = getattr(nn, run["optimiser"])([w], **run["settings"])
        first = own.rule(weight, gradient)
        assert first == own.rule(weight, gradient), "asking for the rule is not a step"
        own.step()
        assert first == w.data


def test_another_optimiser_is_one_small_class() -> None:
    class RMSProp(nn.Optimiser):
        def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
            memory["v"] = 0.9 * memory.get("v", 0.0) + 0.1 * gradient * gradient
            return weight - self.lr * gradient / (memory["v"] ** 0.5 + 1e-8)

    w = Value(3.0)
    own = RMSProp([w], lr=0.1)
    for _ in range(100):
        own.zero_grad()
        ((w - 1.0) ** 2).backward()
        own.step()
    assert 1.0 == pytest.approx(w.data, abs=0.1)


# ---------------------------------------------------------------- behaviour


def test_maximize_climbs() -> None:
    w = Value(0.0)
    own = nn.SGD([w], lr=0.1, maximize=True)
    for _ in range(200):
        own.zero_grad()
        (-((w - 2.0) ** 2)).backward()
        own.step()
    assert 2.0 == pytest.approx(w.data)


def test_a_parameter_without_a_gradient_stays() -> None:
    w, unused = Value(1.0), Value(1.0)
    own = nn.Adam([w, unused], lr=0.1, weight_decay=0.1)
    (w * w).backward()
    own.step()
    assert (1.0, {}) == (unused.data, own.memories[1]) and w.data < 1


def test_a_shared_parameter_is_updated_once_in_a_step() -> None:
    w = Value(1.0)
    own = nn.SGD([w, w], lr=0.1)
    (w * w).backward()
    own.step()
    assert 0.8 == w.data


def test_an_update_that_fails_leaves_no_half_of_a_step() -> None:
    class Failing(nn.Optimiser):
        def update(self, weight: Any, gradient: Any, memory: dict[str, Any]) -> Any:
            return weight / (weight - 2.0)

    w, u = Value(1.0), Value(2.0)
    (w * u).backward()
    with pytest.raises(ZeroDivisionError):
        Failing([w, u], lr=0.1).step()
    assert (1.0, 2.0) == (w.data, u.data)


def test_the_learning_rate_may_change_between_steps() -> None:
    w = Value(1.0)
    own = nn.SGD([w], lr=0.1)
    for own.lr in (0.1, 0.01):
        w.grad = 1.0
        own.step()
    assert 0.89 == pytest.approx(w.data, rel=1e-15)


def test_a_gradient_that_is_a_graph_is_used_as_its_number() -> None:
    w = Value(3.0)
    (w * w).backward(create_graph=True)
    assert 6.0 == nn.clip_grad_norm([w], 100.0)
    nn.SGD([w], lr=0.5).step()
    assert 0.0 == w.data


def test_enormous_gradients_overflow_as_floats_do() -> None:
    w = Value(1.0)
    w.grad = 1e200
    nn.Adam([w], lr=0.1).step()
    assert math.isfinite(w.data)
    assert 1e200 == nn.clip_grad_norm([w], 1.0)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda w: nn.SGD([w], lr=-1.0), "the learning rate lr is a finite number from 0 on; it was given -1.0"),
        (lambda w: nn.SGD([w], lr="fast"), "the learning rate lr takes a number; it was given 'fast'"),
        (lambda w: nn.SGD([w], lr=float("nan")), "the learning rate lr is a finite number"),
        (lambda w: nn.SGD([w], momentum=-0.1), "momentum is a finite number from 0 on"),
        (lambda w: nn.SGD([w], nesterov=True), "nesterov=True needs a momentum above 0"),
        (lambda w: nn.SGD([w], momentum=0.9, dampening=0.1, nesterov=True), "no dampening"),
        (lambda w: nn.Adam([w], betas=(0.9, 1.0)), "below 1"),
        (lambda w: nn.Adam([w], betas=0.9), "betas are two numbers"),
        (lambda w: nn.Adam([]), "at least one parameter; the list is empty"),
        (lambda w: nn.Adam(w), "takes Values, such as net.parameters\\(\\); it was given Value"),
        (lambda w: nn.Adam(nn.MLP(1, [1])), "give net.parameters\\(\\)"),
        (lambda w: nn.Adam([w * 2]), "changes leaves"),
        (lambda w: nn.Adam([1.0]), "changes leaves"),
        (lambda w: nn.clip_grad_norm([w], -1), "max_norm is a finite number from 0 on"),
        (lambda w: nn.clip_grad_value([w], None), "limit takes a number"),
    ],
)
def test_settings_out_of_range_are_refused(call: Any, told: str) -> None:
    with pytest.raises(nn.NetworkError, match=told):
        call(Value(1.0))
