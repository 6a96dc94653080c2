"""PyTorch's side of notebook 11: the programs, and what they give, for where PyTorch is not installed.

    pip install torch==2.13.0                  # the notebook itself does not need it
    python notebooks/make_fixtures.py          # writes fixtures/pytorch.json; `--check` compares instead

All numbers are float64, but for those of `single`. The file is JSON: the version of PyTorch, the weights `start` that
the network begins with, and for each program of `PROGRAMS` what it returns.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import nn

try:
    import torch
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]

FILE = Path(__file__).parent / "fixtures" / "pytorch.json"
STEPS = 20
X = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
T = [1.0, -1.0, -1.0, 1.0]


def number(data: float) -> torch.Tensor:
    """A tensor that is a single number, and a leaf that gets a gradient."""
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


def neuron() -> dict[str, float]:
    """The neuron of the lecture: its output, and the gradients of its leaves."""
    x1, x2 = number(2.0), number(0.0)
    w1, w2, b = number(-3.0), number(1.0), number(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    o = torch.tanh(n)
    o.backward()
    leaves = {"x1": x1, "w1": w1, "x2": x2, "w2": w2, "b": b}
    return {"o": o.item(), **{name: leaf.grad.item() for name, leaf in leaves.items()}}


def single() -> float:
    """The output of the neuron in PyTorch's ordinary numbers, which are float32."""
    x1, x2, w1, w2, b = torch.tensor([2.0, 0.0, -3.0, 1.0, 6.8813735870195432])
    return torch.tanh(x1 * w1 + x2 * w2 + b).item()


def twice() -> dict[str, Any]:
    """x·x·2 at 3: a backward pass, a second one through the same graph, and a third one after that."""
    x = number(3.0)
    before = x.grad
    square = x * x
    y = square * 2
    y.backward(retain_graph=True)
    once = x.grad.item()
    y.backward()
    again = x.grad.item()
    try:
        y.backward()
        third = "works"
    except RuntimeError as error:
        third = type(error).__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns that the next line reads the gradient of an inner node.
        inner = square.grad
    return {"before": before, "once": once, "again": again, "third": third, "inner": inner}


def network(start: list[float]) -> dict[str, list[float]]:
    """The lecture's network by the lecture's loop: its losses, and its weights at the end."""
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(),
        torch.nn.Linear(4, 4), torch.nn.Tanh(),
        torch.nn.Linear(4, 1), torch.nn.Tanh(),
    ).double()
    numbers = iter(start)
    for layer in net[::2]:
        for weights, bias in zip(layer.weight.data, layer.bias.data, strict=True):
            weights.copy_(torch.tensor([next(numbers) for _ in weights], dtype=torch.float64))
            bias.fill_(next(numbers))
    inputs, targets = torch.tensor(X, dtype=torch.float64), torch.tensor(T, dtype=torch.float64)
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=0.05), []
    for _ in range(STEPS):
        loss = ((net(inputs)[:, 0] - targets) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    units = [(*weights, bias) for layer in net[::2]
             for weights, bias in zip(layer.weight, layer.bias, strict=True)]
    return {"losses": losses, "weights": [weight.item() for unit in units for weight in unit]}


PROGRAMS = {"neuron": neuron, "single": single, "twice": twice, "network": network}


def pytorch(name: str, *arguments: Any) -> Any:
    """What the program of that name gives: run by PyTorch if it is installed, read from the file if it is not."""
    if torch is not None:
        return PROGRAMS[name](*arguments)  # type: ignore[operator]
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    if arguments and not same(arguments[0], stored["start"]):
        raise ValueError(f"{FILE.name} begins with other weights: run {Path(__file__).name} where PyTorch is installed")
    return stored[name]


def same(ours: Any, theirs: Any) -> bool:
    """Whether two numbers, or all numbers of two lists, agree to 12 digits."""
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12)


def start() -> list[float]:
    """The weights the network begins with, unit by unit, the bias last."""
    return [parameter.data for parameter in nn.MLP(3, [4, 4, 1], "tanh", rng=0).parameters()]


def content() -> str:
    """The whole file."""
    torch.set_num_threads(1)
    weights = start()
    found = {name: run(weights) if run is network else run() for name, run in PROGRAMS.items()}  # type: ignore[operator]
    version = torch.__version__.partition("+")[0]
    return json.dumps({"torch": version, "start": weights, **found}, indent=1, allow_nan=False) + "\n"


def main() -> None:
    """Write the file, or compare it with what PyTorch gives now."""
    if torch is None:
        sys.exit("this script needs PyTorch: pip install torch==2.13.0")
    if "--check" in sys.argv:
        sys.exit(None if FILE.read_text(encoding="utf-8") == content() else f"{FILE} is not what PyTorch gives")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(content(), encoding="utf-8", newline="\n")
    print(f"{FILE}: written")


if __name__ == "__main__":
    main()
