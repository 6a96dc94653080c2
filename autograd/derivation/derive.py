"""derive: the chain rule written out from the recorded graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol, overload

from ..by_hand import require_formulas
from ..errors import OperandError
from ..evaluation import warn_where_python_decided
from ..graph import topological_order, unknown_label
from ..op import check_choice, describe, is_value, plain_number
from ..value import Value
from ..views import Detail, View
from .chain import STYLES, Chain
from .several import Derivations
from .single import Derivation
from .source import Source


class HasRule(Protocol):
    """An optimiser, for `derive`: its rule gives the new weight, of numbers and of symbols."""

    def rule(self, weight: Any, gradient: Any) -> Any:
        """The new weight."""


MOST_DIGITS = 17  # as many tell any two floats apart
Style = Literal["chain", "delta"]
Update = float | Callable[[Any, Any], Any] | HasRule | None


@overload
def derive(
    output: Value,
    wrt: Value | str,
    *,
    style: Style = ...,
    detail: Detail = ...,
    update: Update = ...,
    digits: int = ...,
) -> Derivation: ...
@overload
def derive(
    output: Value,
    wrt: list[Value | str] | list[Value] | list[str] | tuple[Value | str, ...] | None = ...,
    *,
    style: Style = ...,
    detail: Detail = ...,
    update: Update = ...,
    digits: int = ...,
) -> Derivations: ...
def derive(
    output: Value,
    wrt: Value | str | list[Any] | tuple[Any, ...] | None = None,
    *,
    style: Style = "chain",
    detail: Detail = "named",
    update: Update = None,
    digits: int = 4,
) -> Derivation | Derivations:
    """∂output/∂wrt, written out step by step from the recorded graph, in the labels of its nodes.

        ∂L/∂node = Σ over consumers ( ∂L/∂consumer · ∂consumer/∂node )

    >>> from autograd import Value, derive, sigmoid
    >>> w, x, t = Value(0.5, label="w"), Value(2.0, label="x"), Value(1.0, label="t")
    >>> a = (w * x).named("a")
    >>> y = sigmoid(a).named("y")
    >>> L = ((y - t) ** 2 / 2).named("L")
    >>> d = derive(L, w)
    >>> round(d.value, 6), d.paths, d.python()
    (-0.105754, 1, '(y - t) * y * (1 - y) * x')
    >>> print(d.text(width=72))  # doctest: +ELLIPSIS
    ∂L/∂w: how L changes with w
    ...

    `wrt` is a node or its label; a list of them, or nothing for all leaves, gives all derivatives on one page, where
    what they share is written once. `style="delta"` names what the derivatives of a layer share: δ ≡ ∂L/∂a. With
    `detail="primitive"` the chain goes through every operation, not only through labelled nodes. `update` is a learning
    rate, or a rule `(weight, gradient) -> new weight` in ordinary operators, or an optimiser with such a method `rule`.
    `digits` are the significant digits of the numbers.

    The numbers are those of the forward pass. Raises LabelError for a label that no node has or that two have,
    OperandError for what is no Value, SlopeError where a local derivative is infinite.
    """
    check_choice(style, STYLES, "style", "derive")
    if type(digits) is not int or not 1 <= digits <= MOST_DIGITS:
        raise OperandError(f"digits is a whole number from 1 to {MOST_DIGITS}; it was given {describe(digits)}",
                           op="derive")  # fmt: skip
    if not is_value(output):
        raise OperandError(f"derive takes a Value; it was given {describe(output)}", op="derive")
    is_one = not isinstance(wrt, (list, tuple)) and wrt is not None
    order = topological_order(output)
    require_formulas(order, "derive")
    warn_where_python_decided(order, "derive")
    variables = _variables(order, [wrt] if is_one else wrt)
    view = View(output, detail=detail, keep=variables)
    source, rule = Source(output, view, variables), _rule(update)
    chain = Chain(view, output, variables, style)
    if is_one:
        return Derivation(source, chain, variables[0], digits, rule)
    return Derivations(source, chain, variables, digits, rule)


def _variables(order: Sequence[Value], wrt: Any) -> list[Value]:
    if wrt is None:
        return [node for node in order if node.op is None]
    if not wrt:
        raise OperandError("derive was given an empty list; leave it out to derive all leaves", op="derive")
    return chosen(order, wrt, "derive")


def chosen(order: Sequence[Value], wrt: Iterable[Any], reader: str) -> list[Value]:
    """The nodes that are meant by labels and Values, each once.

    Raises LabelError for a label that no node has, OperandError for what is neither; it names the reader.
    """
    by_label = {node.label: node for node in order if node.label}
    found: dict[Value, None] = {}
    for item in wrt:
        if isinstance(item, str):
            if item not in by_label:
                raise unknown_label(item, by_label)
            item = by_label[item]
        elif not isinstance(item, Value):
            raise OperandError(f"wrt is a Value, a label, or a list of them; it was given {describe(item)}", op=reader)
        found[item] = None
    return list(found)


def _rule(update: Any) -> Any:
    """A learning rate as a number, an optimiser as its rule."""
    if update is None:
        return None
    update = update.rule if hasattr(type(update), "rule") else update
    if callable(update):
        return update
    rate = plain_number(update, "derive", "a learning rate or a rule as its update")
    if not math.isfinite(rate):
        raise OperandError(f"a learning rate is a finite number; it was given {rate!r}", op="derive")
    return rate
