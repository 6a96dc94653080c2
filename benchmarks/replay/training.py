"""The trainings of B, C and D by everybody who is installed."""

from __future__ import annotations

from collections.abc import Callable

from by_hand import in_c, in_numpy, in_python
from measuring import Claim, Row, Say, claims, measured, rows
from ours import by_us
from peers import in_casadi, in_jax, in_micrograd, in_torch
from workloads import Training, Workload

_PEERS: dict[str, Callable[[Workload], dict[str, Training]]] = {
    "JAX": in_jax,
    "PyTorch": in_torch,
    "CasADi": in_casadi,
    "micrograd": in_micrograd,
}


def trained(workload: Workload, repeats: int, say: Say) -> tuple[list[Row], list[Claim]]:
    """One workload; losses are compared before anything is timed."""
    turns = _participants(workload, say)
    expected = next(iter(turns.values()))(workload.compared)
    for who, train in turns.items():
        loss = train(workload.compared)
        if abs(loss - expected) > 1e-9 * abs(expected):
            raise SystemExit(f"{workload.name}: the loss of {who} is {loss!r}, of others {expected!r}")
    table = rows(workload.name, "sample", len(workload.X), measured(turns, repeats, say))
    return table, claims(table, workload.goals)


def _participants(workload: Workload, say: Say) -> dict[str, Training]:
    found = {**in_c(workload), **by_us(workload, say), **in_numpy(workload), **in_python(workload)}
    for name, made in _PEERS.items():
        try:
            found |= made(workload)
        except ImportError:
            say(f"{workload.name}: {name} is not installed")
    return found
