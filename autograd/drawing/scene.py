"""What a picture of a graph shows: a card for every node and an arrow for every operand.

The scene is read off the recorded graph; `dot.py` writes it as DOT text, `svg.py` as a picture, and neither knows
anything of Values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import GraphTooLargeError, SlopeError
from ..graph import names, topological_order
from ..op import ARITHMETIC_ERRORS, flatten
from ..ops import where
from ..printers.runs import Run, joined, label_runs, runs, shown
from ..simplify import simplify
from ..symbol import Expression, Symbol
from .geometry import Box, Wire
from .metrics import LABEL, NAME, VALUE, Style, width_of

# Longer formulas are left to the derivation; in a picture they hide more than they show.
_LONGEST_TITLE, _LONGEST_LABEL = 26, 26
# Longer names are cut, on their own card and in the formulas of others; a card's tooltip has them whole.
_LONGEST_NAME, _LONGEST_OPERAND = 40, 12


@dataclass(frozen=True)
class Line:
    """One line of a card: its runs, their style, and its role ("name", "value", "changed", "grad")."""

    runs: tuple[Run, ...]
    style: Style
    role: str


@dataclass(frozen=True)
class Card:
    """A node: what it shows, and the size that this takes."""

    key: str
    role: str  # "leaf", "inner" or "output"
    lines: tuple[Line, ...]
    title: str

    @property
    def box(self) -> Box:
        """The room the card takes."""
        width = max(width_of(line.runs, line.style) for line in self.lines) + 14
        height = sum(line.style.leading for line in self.lines) + 12
        return Box(self.key, round(max(width, 46), 1), round(height, 1))


@dataclass(frozen=True)
class Arrow:
    """An edge from an operand to the node that uses it, with the local derivative."""

    key: str
    tail: str
    head: str
    runs: tuple[Run, ...]
    title: str
    port: int

    @property
    def wire(self) -> Wire:
        """The room the label takes."""
        return Wire(self.key, self.tail, self.head, round(width_of(self.runs, LABEL) + 4, 1), LABEL.leading, self.port)


@dataclass
class Scene:
    """Cards and arrows in drawing order, and what is said about the whole."""

    cards: list[Card] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    title: str = ""
    description: str = ""


def scene_of(outputs: Sequence[Any], *, digits: int, max_nodes: int, title: str | None, unique: bool) -> Scene:
    """The scene of everything the outputs were computed from.

    Raises GraphTooLargeError above `max_nodes` nodes, LabelError if two nodes have one label (and `unique` is set).
    """
    order = topological_order(*outputs)
    if len(order) > max_nodes:
        raise GraphTooLargeError(
            f"this graph has {len(order):,} nodes, and a picture stays readable up to about {max_nodes:,}; draw a part"
            " of it (an inner node, one sample, a smaller network), or raise max_nodes"
        )
    name_of = names(order, unique=unique)
    key_of = {id(node): f"n{index}" for index, node in enumerate(order, 1)}
    recorded = _recorded_of_changed(order)
    scene = Scene()
    for node in order:
        scene.cards.append(_card(node, key_of[id(node)], name_of, outputs, recorded.get(id(node)), digits))
        scene.arrows += _arrows(node, key_of, name_of, digits, len(scene.arrows))
    scene.notes = [
        f"{joined(label_runs(name_of[id(node)]))} changed after the forward pass: {_change(node, recorded, digits)}"
        for node in order if id(node) in recorded
    ]  # fmt: skip
    _describe(scene, outputs, name_of, digits, title)
    return scene


def _card(
    node: Any, key: str, name_of: dict[int, str], outputs: Sequence[Any], recorded: float | None, digits: int
) -> Card:
    name = name_of[id(node)]
    role = "output" if any(node is output for output in outputs) else "inner" if node.op else "leaf"
    formula = _formula(node, name_of, digits)
    lines = [Line((*_cut(label_runs(name), _LONGEST_NAME), *formula), NAME, "name")]
    number = node.data if recorded is None else recorded
    lines.append(Line((Run(shown(number, digits)),), VALUE, "value"))
    title = f"{joined((*label_runs(name), *formula))} = {number!r}"
    if recorded is not None:
        lines.append(Line((Run("now "), Run(shown(node.data, digits))), VALUE, "changed"))
        title += f", changed since to {node.data!r}"
    if node.has_grad:
        grad = getattr(node.grad, "data", node.grad)
        lines.append(Line((Run("grad "), Run(shown(grad, digits))), VALUE, "grad"))
        title += f", gradient {grad!r}"
    return Card(key, role, tuple(lines), title)


class _Operand(Symbol):
    """A symbol that equals only itself: x·x stays x·x, as it was recorded, and is not drawn as x²."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _formula(node: Any, name_of: dict[int, str], digits: int) -> tuple[Run, ...]:
    """` = σ(a₁)`: the operation in terms of its operands' names, or its sign alone where that would be long."""
    if node.op is None:
        return ()
    arguments = _symbols(node, name_of, _Operand)
    simple = simplify(node.op(*arguments))
    if node.op.arity == 2 and node.op.notation.python and isinstance(simple, (_Operand, int, float)):
        # x·1 is x, but the operation is what the card is about.
        left, right = (runs(simplify(argument), digits) for argument in arguments)
        formula = [*left, Run(f" {node.op.notation.text} "), *right]
    else:
        formula = runs(simple, digits)
    formula = _cut(formula, _LONGEST_OPERAND)
    if len(joined(formula)) > _LONGEST_TITLE:
        formula = _sign(node, name_of, digits)
    return Run(" = "), *formula


def _sign(node: Any, name_of: dict[int, str], digits: int) -> list[Run]:
    """What is left of a long formula: `Σ wᵢxᵢ + b`, `Σ (12 terms)`, `max(…)`."""
    shape, sign = node.op.notation.shape, node.op.notation.text
    if shape == "dot":
        bias = node.arguments[2]
        if id(bias) in name_of:
            added = [Run(" + "), *_cut(label_runs(name_of[id(bias)]), _LONGEST_OPERAND)]
        else:
            added = [Run(f" {'−' if bias < 0 else '+'} {shown(abs(bias), digits)}")] if bias else []
        return [Run("Σ "), Run("w", "name"), Run("i", "sub"), Run("x", "name"), Run("i", "sub"), *added]
    if shape == "sum":
        return [Run(f"{sign} ({len(node.arguments[0])} terms)")]
    between = f"…{sign}…"
    short = {"infix": f"… {sign} …", "fraction": between, "power": between, "bars": "|…|", "cases": "… if … else …"}
    return [Run(short.get(shape, f"{sign}(…)"))]


def _cut(pieces: Iterable[Run], longest: int) -> list[Run]:
    """Runs with every piece of a name cut to `longest` characters."""
    is_long = {"name", "sub", "sup"}
    return [
        Run(f"{run.content[: longest - 1]}…", run.kind) if run.kind in is_long and len(run.content) > longest else run
        for run in pieces
    ]


def _symbols(node: Any, name_of: dict[int, str], kind: type[Symbol] = Symbol) -> tuple[Any, ...]:
    """The arguments of a node's operation with a symbol for every Value; constants stay numbers."""

    def symbol(item: Any) -> Any:
        return kind(name_of[id(item)]) if id(item) in name_of else item

    return tuple(tuple(map(symbol, a)) if isinstance(a, tuple) else symbol(a) for a in node.arguments)


def _arrows(node: Any, key_of: dict[int, str], name_of: dict[int, str], digits: int, count: int) -> list[Arrow]:
    """One arrow per operand that is a Value, so that x·x has two."""
    if node.op is None:
        return []
    slopes = _slopes(node)
    formulas = _slope_formulas(node, name_of)
    arrows = []
    for port, (parent, slope, formula) in enumerate(zip(node.parents, slopes, formulas, strict=True)):
        number = shown(slope, digits) if slope is not None else "no slope here"
        written = runs(formula, digits) if formula is not None else [Run(number)]
        if getattr(formula, "op", None) is where:
            written = [Run("("), *written, Run(")")]  # (1 if x > 0 else 0) = 1
        local = f"∂{joined(label_runs(name_of[id(node)]))}/∂{joined(label_runs(name_of[id(parent)]))}"
        is_number = not isinstance(formula, Expression)
        short = len(joined(written)) <= _LONGEST_LABEL
        label = (*written, Run(f" = {number}")) if short and not is_number else (Run(number),)
        exact = number if slope is None else f"{slope!r}"
        title = f"{local} = {exact if is_number else f'{joined(written)} = {exact}'}"
        arrows.append(Arrow(f"e{count + port + 1}", key_of[id(parent)], key_of[id(node)], label, title, port))
    return arrows


def _slopes(node: Any) -> list[Any]:
    """The local derivatives as numbers; None where there is none (sqrt at 0)."""
    try:
        return list(node.local_gradient())
    except SlopeError:  # Not all of the operands need be to blame: (-2)**n has a slope in its base.
        return _partials(node, lambda index: node.op.partial(index, node.data, node.numbers, node.arguments))


def _slope_formulas(node: Any, name_of: dict[int, str]) -> list[Any]:
    """The local derivatives as symbols, in the order of the parents; None where the rule itself says there is none."""
    y, symbols = Symbol(name_of[id(node)]), _symbols(node, name_of)
    # A rule from outside may do with a symbol whatever it likes (`math.cos(x)`, `if x > 0`): then there is no formula.
    formulas = _partials(node, lambda index: node.op.partials[index](y, *symbols), failures=(Exception,))
    return [None if formula is None else simplify(formula) for formula in formulas]


def _partials(
    node: Any, partial: Callable[[int], Any], failures: tuple[type[Exception], ...] = ARITHMETIC_ERRORS
) -> list[Any]:
    """partial(index) of each operand that is a node, with lists opened; None where it fails."""
    found: list[Any] = []
    for index, argument in enumerate(node.arguments):
        items = argument if isinstance(argument, tuple) else (argument,)
        is_node = [hasattr(item, "parents") for item in items]
        if any(is_node):
            try:
                rule = partial(index)
            except failures:
                rule = (None,) * len(items) if isinstance(argument, tuple) else None
            rules = rule if isinstance(argument, tuple) else (rule,)
            found += [each for each, wanted in zip(rules, is_node, strict=True) if wanted]
    return found


def _recorded_of_changed(order: Sequence[Any]) -> dict[int, float]:
    """The number that the forward pass saw, of each leaf that holds another one now."""
    recorded: dict[int, float] = {}
    for node in order:
        for operand, number in zip(flatten(node.arguments), flatten(node.numbers), strict=True):
            if getattr(operand, "op", operand) is None and operand.data != number and number == number:
                recorded.setdefault(id(operand), number)
    return recorded


def _change(node: Any, recorded: dict[int, float], digits: int) -> str:
    before, now = recorded[id(node)], node.data
    if shown(before, digits) == shown(now, digits):
        return f"{before!r} → {now!r}"
    return f"{shown(before, digits)} → {shown(now, digits)}"


def _describe(scene: Scene, outputs: Sequence[Any], name_of: dict[int, str], digits: int, title: str | None) -> None:
    told = [joined(label_runs(name_of[id(output)])) for output in outputs]
    scene.title = title if title is not None else f"Computation graph of {', '.join(told)}"
    leaves = sum(card.role == "leaf" for card in scene.cards)
    values = "; ".join(f"{name} = {shown(output.data, digits)}" for name, output in zip(told, outputs, strict=True))
    scene.description = (
        f"{len(scene.cards)} nodes, {leaves} of them leaves, and {len(scene.arrows)} edges, each marked with its local"
        f" derivative. {values}. " + " ".join(f"{note}." for note in scene.notes)
    ).strip()
