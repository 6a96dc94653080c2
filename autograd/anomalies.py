"""Where a NaN or an infinity was born: the node, the source line that made it, and the path to the output."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from .callers import caller
from .errors import AnomalyError, SlopeError
from .graph import names, path, topological_order
from .modes import Entries, Mode
from .op import flatten, number_of


class _Hunt:
    """What one `anomaly` block has seen: the first node born not finite, and the last node that is not."""

    def __init__(self) -> None:
        self.birth: Any = None
        self.latest: Any = None


_hunting: ContextVar[Entries] = ContextVar("hunting", default=())


def _hunt() -> _Hunt | None:
    """The hunt of the innermost `anomaly` block; None outside of any."""
    entries = _hunting.get()
    return entries[-1][1] if entries else None


def is_hunting() -> bool:
    """Whether this is inside of an `anomaly` block."""
    return _hunt() is not None


class anomaly(Mode):  # noqa: N801 (a context manager, like no_grad)
    """Find where a NaN or an infinity is born, in the forward or the backward pass.

    >>> from autograd import Value, anomaly
    >>> x = Value(1e200, label="x")
    >>> with anomaly():
    ...     square = (x * x).named("square")
    ...     L = (square - square).named("L")
    ...     L.backward()                                        # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd.errors.AnomalyError: forward pass, 'square', made at ...: multiply gave inf for 'x' = 1e+200, ...

    Raises AnomalyError in `backward()`, or at the end of the block where none was called. Its `node`, `source` and
    `path` say where; `source` is known for nodes made inside the block, which run slower for it.
    """

    variable = _hunting
    is_watching = True

    def setting(self) -> _Hunt:
        return _Hunt()

    def __exit__(self, *exception: Any) -> None:
        hunt = _hunt()
        super().__exit__(*exception)
        if hunt is not None and hunt.birth is not None and exception[0] is None:
            raise _born_forward(hunt.birth, hunt.latest)


def watch_forward(node: Any) -> None:
    """Inside `anomaly`: note the source line of a new node, and whether it is a birth."""
    hunt = _hunt()
    if hunt is None:
        return
    node.source = node.source or _line()
    if not math.isfinite(node.data):
        hunt.latest = node
    if hunt.birth is None and not all(map(math.isfinite, (node.data, *flatten(node.numbers)))):
        hunt.latest = node
        hunt.birth = next(item for item in topological_order(node) if not math.isfinite(item.data))


def watch_backward(order: Sequence[Any]) -> Watch | None:
    """Inside `anomaly`: refuse a forward pass that is not finite, and return what checks the backward pass."""
    hunt = _hunt()
    if hunt is None:
        return None
    hunt.birth = None
    for node in order:
        if not math.isfinite(node.data):
            raise _born_forward(node, order[-1])
    return Watch(order)


class Watch:
    """Checks each contribution of a backward pass."""

    def __init__(self, order: Sequence[Any]) -> None:
        self.order = order

    def checked(self, node: Any, upstream: Any, locals_: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        """The same (parent, local derivative) pairs; raises AnomalyError at the first share that is not finite."""
        incoming = number_of(upstream)
        if not math.isfinite(incoming):
            raise self._born(node, f"the gradients that reach {_name(node, self.order)} add up to {incoming}")
        pairs = iter(locals_)
        while True:
            try:
                parent, local = next(pairs)
            except StopIteration:
                return
            except SlopeError as error:
                raise self._born(node, str(error)) from error
            slope = number_of(local)
            if not math.isfinite(incoming * slope):
                raise self._born(
                    node,
                    f"{incoming:g} (upstream) times {slope:g} (the local derivative with respect to "
                    f"{_name(parent, self.order)}) is {incoming * slope}",
                )
            yield parent, local

    def checked_shares(self, node: Any, shares: Iterable[tuple[Any, float]]) -> Iterator[tuple[Any, float]]:
        """The same (parent, share) pairs of a node made by hand; raises AnomalyError where one is not finite."""
        for parent, share in shares:
            if not math.isfinite(share):
                raise self._born(node, f"its _backward gave {share} to {_name(parent, self.order)}")
            yield parent, share

    def check_leaves(self, totals: Mapping[Any, Any]) -> None:
        """Raise AnomalyError where the shares of a leaf, or those of this pass and older ones, add up to no number."""
        for leaf in self.order:
            if leaf.op is None and leaf in totals:
                total = number_of(totals[leaf]) + number_of(leaf.grad)
                if not math.isfinite(total):
                    raise self._born(leaf, f"the gradients of {_name(leaf, self.order)} add up to {total}")

    def _born(self, node: Any, what: str) -> AnomalyError:
        return _error("backward pass", what, node, self.order[-1])


def _born_forward(node: Any, output: Any) -> AnomalyError:
    if node.op is None:
        what = f"the leaf {_name(node, topological_order(output))} is {node.data}"
    else:
        pairs = list(zip(flatten(node.arguments), flatten(node.numbers), strict=True))
        operands = ", ".join(
            f"'{operand.label}' = {number:g}" if getattr(operand, "label", "") else f"{number:g}"
            for operand, number in pairs[:6]
        ) + (f" and {len(pairs) - 6} more" if len(pairs) > 6 else "")
        what = f"{node.op.name} gave {node.data} for {operands}"
    return _error("forward pass", what, node, output)


def _error(when: str, what: str, node: Any, output: Any) -> AnomalyError:
    order = topological_order(output)
    steps = path(node, output) or [node]
    name_of = names(order, unique=False) | {id(node): _name(node, order)}
    told = [f"{name_of[id(step)]}" + (f" ({step.op.name})" if step.op else "") for step in steps]
    if len(told) > 12:
        told[6:-5] = [f"… {len(told) - 11} more …"]
    way = " → ".join(told)
    made = f", made at {node.source}" if node.source else ""
    return AnomalyError(f"{when}, {_name(node, order)}{made}: {what}. Its path to the output: {way}",
                        node=node, source=node.source, path=steps, op=node.op.name if node.op else "")


def _name(node: Any, order: Sequence[Any]) -> str:
    return f"'{node.label}'" if node.label else names(order, unique=False).get(id(node), "an unlabelled node")


def _line() -> str:
    """file:line of the program that called this package."""
    frame = caller(sys._getframe(1))
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
