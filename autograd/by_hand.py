"""Operations written by hand, as the micrograd lecture does it: a node made from data, children and a sign.

    out = Value(math.tanh(v.data), (v,), "tanh")
    def back():
        v.grad += (1 - out.data**2) * out.grad
    out._backward = back

Such an operation is a Python function that can only be run: it is differentiated once, and drawn with its sign. It has
no formula, so whatever reads formulas refuses it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from .errors import OperandError
from .op import Notation, Op, describe, is_node


class ByHand(Op):
    """The operation of nodes that were made by hand with one sign; `why` says why it has no formula."""

    def __init__(self, sign: str, why: str = "") -> None:
        super().__init__(
            sign or "operation by hand", "children*", forward=self.refuse, partials=(self.refuse,),
            notation=Notation(text=sign),
        )  # fmt: skip
        self.pull, self.compute_again = pull_by_hand, self.refuse
        self.why = why or ("was made by hand: its formula is not known; make it with autograd.custom(name, forward, "
                           "partials), or from the operations of autograd")

    def refuse(self, *_: Any) -> NoReturn:
        """It cannot be computed again, nor differentiated at other numbers."""
        raise OperandError(f"'{self.name}' {self.why}", op=self.name)

    compute = partial = refuse  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        self.refuse()


operation_by_hand = lru_cache(1024)(ByHand)


def checked_children(children: Any) -> tuple[Any, ...]:
    """The children that a node made by hand was given, as a tuple."""
    try:
        found = None if isinstance(children, (bytes, dict)) else tuple(children)
    except Exception:  # no container, or one that cannot be gone through
        found = None
    if found is None:
        raise OperandError(f"a label is text, and children are a tuple of Values; it was given {describe(children)}",
                           op="Value", operands=(children,))
    for child in found:
        if not is_node(child) or not hasattr(child, "parents"):
            raise OperandError(f"the children of a node made by hand are Values; it was given {describe(child)}",
                               op="Value", operands=(child,))
    return found


def shares_by_hand(node: Any, upstream: float) -> Iterator[tuple[Any, float]]:
    """What the `_backward` of a node made by hand gives each of its parents when the node's gradient is `upstream`.

    The function adds to the parents' `grad`: each is empty while it runs, and afterwards as it was.
    """
    parents = list(dict.fromkeys(node.parents))
    before = node._grad, [parent._grad for parent in parents]
    node._grad = upstream
    for parent in parents:
        parent._grad = None
    try:
        node._backward()
        collected = [parent._grad for parent in parents]
    finally:
        node._grad = before[0]
        for parent, gradient in zip(parents, before[1], strict=True):
            parent._grad = gradient
    return ((parent, share) for parent, share in zip(parents, collected, strict=True) if share is not None)


def pull_by_hand(node: Any, upstream: float) -> None:
    """The same for the generated engine, where each gradient is summed on the parent itself."""
    for parent, share in shares_by_hand(node, upstream):
        parent._grad += share


def require_formulas(order: Sequence[Any], reader: str) -> None:
    """Raise OperandError if a node of the graph was made by hand: `reader` needs the formulas of all."""
    for node in order:
        if isinstance(node.op, ByHand):
            name = f"'{node.label}' ('{node.op.name}')" if node.label else f"'{node.op.name}'"
            raise OperandError(f"{reader} needs the formula of each operation, and {name} {node.op.why}",
                               op=node.op.name, operands=(node,))
