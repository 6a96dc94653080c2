"""The names that an answer may use: the labels of the graph, δ of a unit, the learning rate and the weight decay.

δ_k is ∂L/∂(the pre-activation of unit k). A pre-activation is a weighted sum; its unit is called by its own label or by
that of its activation: with o = w·x and h = σ(o) labelled `o_1` and `h_1`, it is `delta_1`, `delta_o1`, `delta_h_1`, ….
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..derivation.chain import Chain
from ..errors import AutogradError
from ..notation import read
from ..op import flatten
from ..symbol import Symbol
from ..views import View

if TYPE_CHECKING:
    from ..value import Value
    from .points import Scene

RATE_NAMES = ("eta", "lr", "alpha", "learning_rate")
DECAY_NAMES = ("lambda", "weight_decay")
_SUMS = {"dot", "add", "sum", "multiply"}
_MOST_SIBLINGS = 24
_LINEAR = {"dot", "add", "sum", "subtract", "multiply", "divide", "negative", "positive", "mean", "power"}


def consumers(order: Iterable[Value]) -> dict[Value, list[Value]]:
    """Which nodes use each node."""
    found: dict[Value, list[Value]] = {}
    for node in order:
        for parent in dict.fromkeys(node.parents):
            found.setdefault(parent, []).append(node)
    return found


def is_weighted_sum(node: Value) -> bool:
    """Whether the node multiplies: Σ wᵢxᵢ + b in one operation or several."""
    if node.op is None or node.op.name not in _SUMS:
        return False
    if node.op.name in ("dot", "multiply"):
        return _has_weight(node)
    return any(_multiplies(parent) for parent in node.parents)


def _has_weight(node: Value) -> bool:
    """Whether a product is more than a scaled result, such as ½·(y − t)²."""
    return len(node.parents) > 1 or any(parent.op is None for parent in node.parents)


def _multiplies(node: Value) -> bool:
    """Whether a chain of unlabelled sums holds a product."""
    stack, seen = [node], set()
    while stack:
        item = stack.pop()
        if item in seen or item.op is None or item.op.name not in _SUMS:
            continue
        if item.op.name in ("dot", "multiply") and _has_weight(item):
            return True
        seen.add(item)
        stack += [parent for parent in item.parents if not parent.label]
    return False


def is_activation(node: Value) -> bool:
    """Whether the node is a function of one operand that stands for a unit: σ(a), tanh(a), and sin(a) of a sum."""
    if node.op is None or node.op.name in _LINEAR or any(node.op.is_list):
        return False
    if len(node.parents) != 1:
        return False
    return node.op.name in ACTIVATIONS or (bool(node.label) and is_weighted_sum(node.parents[0]))


ACTIVATIONS = {"sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "erf"}


@lru_cache(maxsize=20_000)
def split(label: str) -> tuple[str, str]:
    """A label as its stem and its index: h_2 → (h, 2), w5 → (w, 5), a_1^(2) → (a^(2), 1).

    >>> split("w_11"), split("o1"), split("a_1^(2)"), split("E_total")
    (('w', '11'), ('o', '1'), ('a^(2)', '1'), ('E', 'total'))
    """
    parts = read(label)
    over = f"^{parts.superscript}" if parts.superscript else ""
    if parts.subscripts:
        return parts.base + over, "_".join(parts.subscripts)
    match = re.fullmatch(r"(.*?\D)(\d+)", parts.base)
    return (match[1] + over, match[2]) if match else (parts.base + over, "")


def siblings(label: str, known: Iterable[str]) -> list[str]:
    """The known labels with the same base and another index, or with the same index in another layer."""
    stem, index = split(label)
    base = stem.partition("^")[0]
    if not index and stem == base:
        return []
    found = []
    for other in known:
        other_stem, other_index = split(other)
        if other != label and other_stem.partition("^")[0] == base and (
            (other_stem == stem and bool(other_index) == bool(index)) or other_index == index
        ):
            found.append(other)
            if len(found) == _MOST_SIBLINGS:
                break
    return found


# ---------------------------------------------------------------- δ


def delta_names(scene: Scene, has_delta: bool = True) -> dict[str, list[Value]]:
    """Every spelling of δ, with the nodes it may stand for: those between w and L first, then any.

    With `has_delta`, a δ that derive writes for the variable is the one that derive means.
    """
    own = _page_deltas(scene) if has_delta else {}
    called_so = {node for nodes in own.values() for node in nodes}
    using = consumers(scene.order)
    labels = {node.label for node in scene.order if node.label}
    inside: dict[str, list[Value]] = {}
    outside: dict[str, list[Value]] = {}
    between = set(scene.nodes)
    for node in scene.order:
        if node not in called_so and not _is_pre_activation(node, using):
            continue
        found = inside if node in between else outside
        for name in _spellings(node, using):
            if name not in labels and node not in found.setdefault(name, []):
                found[name].append(node)
    return {**own, **outside, **inside, **own}  # its names come first, and mean what they mean there


def _page_deltas(scene: Scene) -> dict[str, list[Value]]:
    """The δ that derive(L, w, style="delta") writes, each with its one node; none where it cannot write the page."""
    view = scene.view if scene.variable in scene.view else View(scene.output, keep=[scene.variable])
    try:
        names = Chain(view, scene.output, [scene.variable], "delta").names
    except AutogradError:
        return {}
    return {name.label: [node] for node, name in names.items() if isinstance(name, Symbol)}


def _is_pre_activation(node: Value, using: Mapping[Value, list[Value]]) -> bool:
    if not is_weighted_sum(node):
        return False
    return bool(node.label) or any(is_activation(user) and user.label for user in using.get(node, ()))


def _spellings(node: Value, using: Mapping[Value, list[Value]]) -> Iterator[str]:
    units = [node.label] if node.label else []
    units += [user.label for user in using.get(node, ()) if user.label and is_activation(user)]
    for unit in units:
        stem, index = split(unit)
        base, _, layer = stem.partition("^")
        layers = ("", f"^{layer}") if layer else ("",)
        for over in layers:
            if index:
                yield f"delta_{index}{over}"
                yield f"delta_{base}_{index}{over}"
            else:
                yield f"delta{over}"
                yield f"delta_{base}{over}"


def is_bias(node: Value, users: Iterable[Value]) -> bool:
    """Whether a leaf is used as a term of weighted sums only, with the slope 1."""
    users = tuple(users)
    return node.op is None and bool(users) and all(_is_term_of(node, user) for user in users)


def operands_of_sum(node: Value) -> list[Value]:
    """The operands of a weighted sum, with its unlabelled products and sums opened."""
    found, stack = [], list(node.parents)
    while stack:
        item = stack.pop()
        found.append(item)
        if item.op is not None and item.op.name in ("multiply", "add", "sum") and not item.label:
            stack += item.parents
    return found


def _is_term_of(node: Value, total: Value) -> bool:
    name = total.op.name if total.op is not None else ""
    if name not in ("dot", "add", "sum") or not is_weighted_sum(total):
        return False
    return name != "dot" or (total.arguments[2] is node and node not in flatten(total.arguments[:2]))


# ---------------------------------------------------------------- η and λ


def rate_names(labels: Iterable[str]) -> tuple[str, ...]:
    """The names of the learning rate that are not labels of the graph."""
    taken = set(labels)
    return tuple(name for name in RATE_NAMES if name not in taken)


def decay_names(labels: Iterable[str]) -> tuple[str, ...]:
    """The names of the weight decay that are not labels of the graph."""
    taken = set(labels)
    return tuple(name for name in DECAY_NAMES if name not in taken)
