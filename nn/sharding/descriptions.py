"""What a worker has to know for a whole training, as bytes: a network and a loss, or the record of a loss.

Parameters are written as places: their numbers come with every task.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd import Value
from autograd.op import TABLE

from ..errors import NetworkError
from ..module import Module
from ..replay.recording import Recording

PROTOCOL = 5  # the same bytes by every version of Python


@dataclass(frozen=True)
class Sent:
    """What a description holds: modules that made operations, the labels of the leaves, and the rest, pickled."""

    kind: str  # "eager", or what replays: "numba", "python"
    modules: tuple[str, ...]
    labels: tuple[str, ...]
    rest: bytes


@dataclass
class Description:
    """The bytes, a key by which they are known, and the leaves that they leave out."""

    kind: str
    content: bytes
    leaves: Sequence[Value]
    wanted: Sequence[Value]  # those whose gradients come back

    def __post_init__(self) -> None:
        self.key = hashlib.blake2b(self.content, digest_size=16).hexdigest()


def described(net: Module, loss: Callable[..., Any], parameters: Sequence[Value]) -> Description:
    """A network and a loss; raises NetworkError if they cannot be pickled."""
    return _description("eager", _pickled(net, loss, parameters), parameters, parameters)


def described_record(recording: Recording, kind: str, outputs: int, batch: int) -> Description:
    """The record of a loss, for `outputs` targets and shards of at most `batch` samples."""
    tape = recording.tape
    rest = pickle.dumps((replace(tape, leaves=[]), outputs, batch), PROTOCOL)
    return _description(kind, rest, tape.leaves, recording.parameters)


def unpickled(rest: bytes, leaves: Sequence[Value]) -> Any:
    """What `described` has pickled, with other leaves in the places of the parameters."""
    return _Reader(rest, leaves).load()


def _description(kind: str, rest: bytes, leaves: Sequence[Value], wanted: Sequence[Value]) -> Description:
    sent = Sent(kind, _modules(), tuple(leaf.label for leaf in leaves), rest)
    return Description(kind, pickle.dumps(sent, PROTOCOL), leaves, wanted)


def _modules() -> tuple[str, ...]:
    """The modules that added operations to the table: an operation is pickled by its name only."""
    found = {getattr(op.forward, "__module__", None) or "" for op in TABLE.values()}
    return tuple(sorted(name for name in found if name.partition(".")[0] not in ("", "autograd", "math", "__main__")))


def _pickled(net: Module, loss: Callable[..., Any], parameters: Sequence[Value]) -> bytes:
    for each, what in ((loss, "this loss"), (net, "this network")):
        try:
            _written(each, parameters)
        except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as problem:
            reason = re.sub(r" at 0x\w+", "", str(problem))  # an address is another one in every run
            raise NetworkError(f"{what} cannot be sent to a worker ({reason}): define its functions and classes at the"
                               " top level of a module, or give engine=\"replay\"") from problem  # fmt: skip
    return _written((net, loss), parameters)  # in one go: the loss may hold the network


def _written(what: Any, parameters: Sequence[Value]) -> bytes:
    content = io.BytesIO()
    _Writer(content, parameters).dump(what)
    return content.getvalue()


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, parameters: Sequence[Value]) -> None:
        super().__init__(file, PROTOCOL)
        self.places = {id(parameter): place for place, parameter in enumerate(parameters)}

    def persistent_id(self, each: Any) -> int | None:
        return self.places.get(id(each))


class _Reader(pickle.Unpickler):
    def __init__(self, content: bytes, leaves: Sequence[Value]) -> None:
        super().__init__(io.BytesIO(content))
        self.leaves = leaves

    def persistent_load(self, place: Any) -> Value:
        found: Value = self.leaves[place]
        return found
