"""The passes over a graph: sort it, then send gradients back, compute it again, forget gradients, copy it."""

from __future__ import annotations

import functools
import textwrap
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import ops
from ..by_hand import ByHand
from ..evaluation import warn_where_python_decided
from ..modes import BY_DEFINITION, here, modes
from ..node import copied_attributes
from ..op import ARITHMETIC_ERRORS, flatten, mapped, number_of
from ..value import Value
from .lists import GLOBAL
from .loading import load
from .rules import function
from .singles import pull_lines

# The methods of Value that this module has in place of the definition's.
NAMES = ("backward", "zero_grad", "forward", "__deepcopy__", "_gradients", "_value_at")
DEFINED: dict[str, Any] = {name: getattr(Value, name) for name in NAMES}

marks_of, UNIFORM = GLOBAL["marks_of"], GLOBAL["UNIFORM"]

_one_pass_at_a_time = threading.RLock()  # Because of the marks and gradients: threads may share nodes.
_is_computing = False  # A function of a user's own operation may compute another graph.

# The gradient of what has received nothing yet. −0.0 is the zero that adds nothing to anything, 0.0 + −0.0 being 0.0;
# and as a sum is another object, what is still this one has received nothing, and hands nothing on.
NOTHING = -0.0


def sort(root: Value, stop: Iterable[Value] = ()) -> tuple[list[Value], list[Value]]:
    """Inner nodes in topological order, and the leaves; those in `stop` are taken as leaves.

    The order is the definition's, of `topological_order`, so that shared gradients are summed in the same order. But
    a way down along first operands is followed in one go: `way` holds its nodes, and `pending` the other operands,
    each list with the length the way had where it branches off. When the next of them is taken up, all that lies
    beyond that length is complete. A list that was visited to its end is not opened again: the inputs of a layer are
    one tuple, shared by all of its neurons, and so are a neuron's weights by all samples.
    """
    done = object()  # the mark of this pass; those of older passes mean nothing
    order: list[Value] = []
    leaves: list[Value] = []
    way: list[Value] = []
    visited: set[int] = set()
    top: tuple[Any, ...] = (root,)
    pending: list[tuple[Iterator[Any], int, Any]] = [(iter(top), 0, top)]
    for node in stop:
        node._mark = done

    while pending:
        operands, length, listed = branch = pending[-1]
        for node in operands:
            if not isinstance(node, Value) or node._mark is done:
                continue
            while len(way) > length:
                order.append(way.pop())
            while node._mark is not done:
                node._mark = done
                op = node.op
                if op is None:
                    leaves.append(node)
                    break
                way.append(node)
                if op.arity == 2:
                    second = node._second
                    if isinstance(second, Value) and second._mark is not done:
                        if second.op is None:
                            second._mark = done
                            leaves.append(second)
                        else:
                            pending.append((iter((second,)), len(way), second))
                    node = node._first
                    if not isinstance(node, Value):
                        break
                elif op.arity == 1:
                    node = node._first
                else:
                    for operand in reversed(node._first):
                        if type(operand) is tuple:
                            if id(operand) not in visited:
                                pending.append((iter(operand), len(way), operand))
                        elif isinstance(operand, Value) and operand._mark is not done:
                            pending.append((iter((operand,)), len(way), operand))
                    break
            if pending[-1] is not branch:
                break
        else:
            pending.pop()
            visited.add(id(listed))
    way.reverse()
    return order + way, leaves + list(stop)


@functools.cache
def sweep() -> Callable[[list[Value]], None]:
    """The backward loop; the pulls of the commonest operations stand in it, to save their calls."""
    namespace = {**GLOBAL, "multiply": ops.multiply, "add": ops.add, "NOTHING": NOTHING}
    body = f"""
for node in reversed(order):
    op, upstream = node.op, node._grad
    if upstream is NOTHING:
        node._grad = 0.0
    elif op is multiply:
{textwrap.indent(pull_lines(ops.multiply, namespace), " " * 8)}
    elif op is add:
{textwrap.indent(pull_lines(ops.add, namespace), " " * 8)}
    else:
        pull = op.pull
        pull(node, upstream)
"""
    load(function("sweep(order)", body), "the sweep of backward", namespace)
    sweep: Callable[[list[Value]], None] = namespace["sweep"]
    return sweep


def is_by_definition() -> bool:
    """Whether each step is watched here: inside of `anomaly`."""
    return modes.used and here() is BY_DEFINITION


def backward(self: Value, seed: float = 1.0, *, create_graph: bool = False) -> None:
    if self.op is None or type(seed) is not float or seed != seed or is_by_definition():
        return DEFINED["backward"](self, seed, create_graph=create_graph)
    if create_graph:
        return _backward_as_graph(self, seed)
    with _one_pass_at_a_time:
        order, leaves = sort(self)
        before = _swept(self, seed, order, leaves)
        if before is not None:
            for leaf, gradient in zip(leaves, before[1], strict=True):
                share = 0.0 if leaf._grad is NOTHING else leaf._grad
                leaf._grad = share if gradient is None else gradient + share
            return None
    return DEFINED["backward"](self, seed)  # which words the error


def _swept(
    root: Value, seed: float, order: list[Value], leaves: list[Value]
) -> tuple[list[Any], list[Any]] | None:
    """Sweep; the gradients that inner nodes and leaves had before. None, with all as it was, if a slope is missing."""
    before = [node._grad for node in order], [leaf._grad for leaf in leaves]
    try:
        for node in order:
            node._grad = NOTHING
        for leaf in leaves:
            leaf._grad = NOTHING
        root._grad = seed
        sweep()(order)
    except BaseException as problem:
        _give_back(order, leaves, before)
        if not isinstance(problem, ARITHMETIC_ERRORS):
            raise
        return None
    return before


def _give_back(order: list[Value], leaves: list[Value], before: tuple[list[Any], list[Any]]) -> None:
    for nodes, gradients in zip((order, leaves), before, strict=True):
        for node, gradient in zip(nodes, gradients, strict=True):
            node._grad = gradient


def gradients(self: Value, variables: Sequence[Value]) -> Mapping[Value, float]:
    if not is_by_definition() and self.op is not None and self not in variables:
        with _one_pass_at_a_time:
            order, leaves = sort(self, variables)
            before = _swept(self, 1.0, order, leaves)
            if before is not None:
                found = {v: 0.0 if v._grad is NOTHING else v._grad for v in variables}
                _give_back(order, leaves, before)
                return found
    return DEFINED["_gradients"](self, variables)


def _backward_as_graph(self: Value, seed: float) -> None:
    with _one_pass_at_a_time:
        order, leaves = sort(self)
    totals = adjoints_as_graph(order, seed, None)
    if totals is None:
        return DEFINED["backward"](self, seed, create_graph=True)
    for node in order:
        total = totals.get(node, 0.0)
        node._grad = total if isinstance(total, Value) else type(node)(total)
    for leaf in leaves:
        total = totals.get(leaf, 0.0)
        total = total if isinstance(total, Value) else type(leaf)(total)
        leaf._grad = total if leaf._grad is None else leaf._grad + total


def adjoints_as_graph(order: Sequence[Value], seed: Any, wanted: Container[Value] | None) -> dict[Value, Any] | None:
    """∂output/∂node as Values, as `second_order.py` defines it; None where the definition has to do it: a branch may
    not have been taken, a leaf was changed, a slope is missing."""
    totals: dict[Value, Any] = {order[-1]: seed}
    try:
        for node in reversed(order):
            upstream = totals.get(node)
            if upstream is None:
                continue
            op: Any = node.op
            if op.chooses or _is_stale(node):
                return None
            arguments = node.arguments
            for rule, argument in zip(op.partials, arguments, strict=True):
                if isinstance(argument, Value):
                    if wanted is None or argument in wanted:
                        _add_share(totals, argument, upstream, rule(node, *arguments))
                elif type(argument) is tuple:
                    for item, local in zip(argument, rule(node, *arguments), strict=True):
                        if isinstance(item, Value) and (wanted is None or item in wanted):
                            _add_share(totals, item, upstream, local)
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    return totals


def _add_share(totals: dict[Value, Any], parent: Value, upstream: Any, local: Any) -> None:
    if not isinstance(local, Value) and (local == 0 or local == 1):
        if local == 0:
            return
        share = upstream
    else:
        share = upstream * local if isinstance(upstream, Value) or upstream != 1 else local
    total = totals.get(parent)
    totals[parent] = share if total is None else total + share


def _is_stale(node: Value) -> bool:
    """Whether a node or one of its operands holds another number than in the forward pass; NaN may count as such."""
    arity, first = node.op.arity, node._first  # type: ignore[union-attr]
    if node._data != node._out or isinstance(first, Value) and first._data != node._x1:
        return True
    if arity == 2:
        second = node._second
        return isinstance(second, Value) and second._data != node._x2
    if arity == 1:
        return False
    pairs = zip(flatten(first), flatten(node._x1), strict=True)
    return any(isinstance(item, Value) and item._data != number for item, number in pairs)


def zero_grad(self: Value) -> None:
    with _one_pass_at_a_time:
        for nodes in sort(self):
            for node in nodes:
                node._grad = None


def value_at(self: Value, held: Mapping[Value, float]) -> float:
    with _one_pass_at_a_time:
        order = _marked(self, held, "evaluate")
        if order is not None:
            number: float = self._mark
            return number
    return DEFINED["_value_at"](self, held)


def forward(self: Value) -> float:
    with _one_pass_at_a_time:
        order = None if is_by_definition() else _marked(self, {}, "forward")
        if order is not None:
            for node in order:
                _take_marks(node)
            return self._data
    return DEFINED["forward"](self)


def _marked(root: Value, held: Mapping[Value, float], reader: str) -> list[Value] | None:
    """Compute the graph again, each node's number into its mark; None where one has none, which the definition is to
    word, or where this happens within another such pass."""
    global _is_computing
    if _is_computing:
        return None
    _is_computing = True
    try:
        order, leaves = sort(root, held)
        for leaf in leaves:
            leaf._mark = leaf._data
        for node, number in held.items():
            node._mark = number
        for node in order:
            out = node.op.compute_again(node)  # type: ignore[union-attr, misc]
            node._mark = out if type(out) is float else float(out)
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    finally:
        _is_computing = False
    warn_where_python_decided(order, reader)
    return order


def _take_marks(node: Value) -> None:
    """The number in the mark becomes the node's own, and those of its operands what it was computed from."""
    node._data = node._out = node._mark
    arity, first = node.op.arity, node._first  # type: ignore[union-attr]
    if arity == 1:
        node._x1 = first._mark
    elif arity == 2:
        if isinstance(first, Value):
            node._x1 = first._mark
        second = node._second
        if isinstance(second, Value):
            node._x2 = second._mark
    elif node._second is UNIFORM:
        node._x1 = tuple([
            operand._mark if isinstance(operand, Value)
            else operand if type(operand) is not tuple or not isinstance(operand[0], Value)
            else marks_of[len(operand)](operand)
            for operand in first
        ])  # fmt: skip
    else:
        node._x1 = mapped(lambda operand: operand._mark, first)


def deepcopy(self: Value, memo: dict[int, Any]) -> Any:
    with _one_pass_at_a_time:
        order, leaves = sort(self)
    if any(isinstance(node.op, ByHand) for node in order):
        return DEFINED["__deepcopy__"](self, memo)  # which refuses it
    originals = [node for nodes in (leaves, order) for node in nodes if id(node) not in memo]
    lists: dict[int, Any] = {}  # the inputs of a layer are one tuple, shared by all of its neurons
    for node in originals:
        memo[id(node)] = _twin(node, memo, lists)
    for node in originals:
        if attributes := node.__dict__:
            memo[id(node)].__dict__.update(copied_attributes(attributes, memo))
    return memo[id(self)]


def _twin(node: Value, memo: dict[int, Any], lists: dict[int, Any]) -> Value:
    twin: Value = object.__new__(type(node))
    op = twin.op = node.op
    gradient = node._grad
    twin._data, twin._out, twin._mark = node._data, node._out, None
    twin._grad = gradient if gradient is None or type(gradient) is float else number_of(gradient)
    if op is None:
        twin._first, twin._second = modes.epoch, None
    elif op.arity == 1:
        twin._first, twin._x1 = memo[id(node._first)], node._x1
    elif op.arity == 2:
        first, second = node._first, node._second
        twin._first = memo[id(first)] if isinstance(first, Value) else first
        twin._second = memo[id(second)] if isinstance(second, Value) else second
        twin._x1, twin._x2 = node._x1, node._x2
    else:
        twin._first = tuple([_copied_operand(operand, memo, lists) for operand in node._first])
        twin._x1, twin._second = node._x1, node._second
    return twin


def _copied_operand(operand: Any, memo: dict[int, Any], lists: dict[int, Any]) -> Any:
    if type(operand) is not tuple:
        return memo[id(operand)] if isinstance(operand, Value) else operand
    if id(operand) not in lists:
        lists[id(operand)] = tuple([memo[id(item)] if isinstance(item, Value) else item for item in operand])
    return lists[id(operand)]
