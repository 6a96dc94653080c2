"""Mistakes in one local derivative: a factor, a term, a sign, a power in it, or the whole of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .. import ops
from ..evaluation import numbers_at
from ..op import flatten
from ..simplify import Power, product
from ..symbol import Call, Expression
from .edits import MOST_EDGES, About, Change, Edit, Fresh, Local, Renamed, edit_at, fresh_number, one, zero
from .mutations import Mutation, labels_in, mutations, renamings
from .names import ACTIVATIONS, is_activation
from .points import Point, Scene

if TYPE_CHECKING:
    from ..value import Value

_BY_ENDS = ("path", "swapped_product")  # sentences that name both ends of an edge
_MOST_COMPOSITES, _MOST_DOUBLE = 300, 80


def formula_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A mistake at one place of one local derivative."""
    if len(scene.edges) > MOST_EDGES:
        return
    for place, edge in enumerate(scene.edges):
        expression = scene.local(place)
        child = scene.nodes[edge.child]
        for mutation in _mutations_of(child, expression):
            yield edit_at(scene, place, mutation.code, mutation.expression,
                        About(_kind_of(mutation), child, mutation.part, mutation.now))  # fmt: skip


def double_edits(scene: Scene, known: Sequence[str]) -> Iterator[tuple[Edit, Edit]]:
    """Two mistakes in one local derivative; the second edit has both, the first says what the other one is."""
    if len(scene.edges) > _MOST_DOUBLE:
        return
    for place, edge in enumerate(scene.edges):
        expression, child = scene.local(place), scene.nodes[edge.child]
        for mutation in _mutations_of(child, expression):
            about = About(_kind_of(mutation), child, mutation.part, mutation.now)
            first = edit_at(scene, place, mutation.code, mutation.expression, about)
            for second in mutations(mutation.expression):
                told = About(_kind_of(second), child, second.part, second.now)
                yield first, edit_at(scene, place, second.code, second.expression, told)
            for names in renamings(labels_in(mutation.expression), known):
                told = About("wrong_index", child, names)
                yield first, edit_at(scene, place, "wrong_index", Renamed(mutation.expression, names), told)


def _mutations_of(child: Value, expression: Any) -> Iterator[Mutation]:
    """The mutations of a local derivative, with what the operation says about the code."""
    is_power = child.op is not None and child.op.name == "power"
    exponent = child.arguments[1] if is_power else None
    for mutation in mutations(expression):
        is_coefficient = mutation.code == "factor_missing" and is_power and mutation.part == exponent
        is_squared = is_power and mutation.code == "factor_doubled"
        if mutation.code == "exponent" and is_activation(child):
            mutation = mutation._replace(code="activation_wrong")
        if is_coefficient or is_squared or (is_power and mutation.code == "exponent"):
            mutation = mutation._replace(code="exponent", part=expression)  # the rule is about the whole: 3x², not x²
        yield mutation
    if isinstance(exponent, (int, float)):
        yield from _powers(expression, exponent)


def _powers(expression: Any, exponent: float) -> Iterator[Mutation]:
    """What is written for n·x^(n − 1): x^n, n·x^n, (n − 1)·x^(n − 1), ..."""
    factors = getattr(expression, "factors", (expression,))
    bases = [factor.base if isinstance(factor, Power) else factor for factor in factors]
    if len(bases) != 1 or not isinstance(bases[0], Expression):
        return
    base = bases[0]
    for coefficient, raised in ((1, exponent), (exponent, exponent), (exponent - 1, exponent - 1), (1, exponent + 1),
                                (exponent + 1, exponent), (exponent, exponent - 2), (1 / exponent, exponent - 1),
                                (1, exponent - 2)):  # fmt: skip
        if coefficient and raised and not (exponent == 2 and raised == 1):
            yield Mutation("exponent", product(coefficient, Power(base, raised)), expression)


def _kind_of(mutation: Mutation) -> str:
    if mutation.code in ("sign", "activation_wrong"):
        return "sign_term" if mutation.code == "sign" else "exponent_of_slope"
    return "term" if mutation.code == "path_missing" else mutation.code


def composite_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A mistake in a composite local derivative: one between named nodes, across several operations."""
    if len(scene.edges) > _MOST_COMPOSITES:
        return
    numbers = scene.number_of_node
    for child in scene.nodes[1:]:
        if child not in scene.view:
            continue
        for edge in scene.view.edges(child):
            if edge.parent not in numbers or edge.parent in child.parents:
                continue
            old, whole = fresh_number(edge.derivative), edge.derivative

            def changed(mutation: Mutation, about: About, old: Fresh = old, edge: Any = edge) -> Edit:
                fresh = _difference(fresh_number(mutation.expression), old)
                return Edit(mutation.code, (Change(numbers[edge.parent], numbers[edge.child], -1, fresh),), about)

            ends = (child, edge.parent)
            yield changed(Mutation("factor_missing", 1, whole), About("composite", ends, whole, "is missing"))
            if getattr(whole, "coefficient", 1) == 1:
                doubled = Mutation("factor_doubled", Power(whole, 2), whole)
                yield changed(doubled, About("composite", ends, whole, "stands there twice"))
            for mutation in mutations(whole):
                if mutation.code == "exponent" and _is_power_of_unit(mutation.part):
                    continue  # in the slope of a unit: that edge has this mistake with another code
                yield changed(mutation, About(_kind_of(mutation), child, mutation.part, mutation.now))


def _is_power_of_unit(part: Any) -> bool:
    return isinstance(part, Power) and isinstance(part.base, Call) and part.base.op.name in ACTIVATIONS


def _difference(new: Fresh, old: Fresh) -> Fresh:
    return lambda point: new(point) - old(point)


# ---------------------------------------------------------------- whole edges


def edge_edits(scene: Scene, known: Sequence[str], rate: Fresh | None) -> Iterator[Edit]:
    """A local derivative left out, squared or with the wrong sign; an edge left out."""
    several = len(scene.nodes) > 1
    for place, edge in enumerate(scene.edges if several else ()):
        child, parent = scene.nodes[edge.child], scene.nodes[edge.parent]
        code, kind = code_of_edge(scene, place)

        def single(code: str, kind: str, fresh: Fresh, place: int = place, edge: Any = edge, child: Any = child,
                   parent: Any = parent) -> Edit:  # fmt: skip
            about = About(kind, (parent, child) if kind in _BY_ENDS else child, Local(place))
            return Edit(code, (Change(edge.parent, edge.child, place, fresh),), about)

        yield single(code, kind, one)
        yield single("sign", "sign_edge", _to_power(place, 1, -1))
        if not _has_coefficient(scene, place):
            yield single("factor_doubled", "factor_doubled", _to_power(place, 2, 1))
        if len(scene.edges_out[edge.parent]) > 1 or len(scene.edges_into[edge.child]) > 1:
            yield single("path_missing", "path", zero)
        if child.op is not None and child.op.name == "divide":
            yield single("swapped_operands", "swapped_division", _swapped_division(child, edge.place))
        if child.op is not None and child.op.name in ("multiply", "dot") and _is_one_of_several(child, parent):
            yield single("swapped_operands", "swapped_product", _own_number(parent))


def _is_one_of_several(child: Value, parent: Value) -> bool:
    return len(child.parents) > 1 and child.parents.count(parent) == 1


def _own_number(parent: Value) -> Fresh:
    return lambda point: point.numbers[parent]


def _to_power(place: int, power: int, sign: int) -> Fresh:
    return lambda point: sign * point.slopes[place] ** power


def _has_coefficient(scene: Scene, place: int) -> bool:
    """Whether the local derivative starts with a number, such as 2(y − t): nobody writes that number twice."""
    return len(scene.edges) <= MOST_EDGES and getattr(scene.local(place), "coefficient", 1) != 1


def code_of_edge(scene: Scene, place: int) -> tuple[str, str]:
    edge = scene.edges[place]
    child = scene.nodes[edge.child]
    name = child.op.name if child.op is not None else ""
    if is_activation(child):
        return "activation_missing", "activation_missing"
    if edge.parent == 0 and (name == "dot" or (name == "multiply" and _is_term(scene, edge.child))):
        return "input_missing", "input_missing"
    if name == "mean":
        return "mean_for_sum", "mean_for_sum"
    if name in ("multiply", "divide") and _other_constant(child) in (2, 0.5):
        return "factor_two", "factor_two"
    if name in ("multiply", "divide") and _other_constant(child) in scene.term_counts:
        return "mean_for_sum", "mean_for_sum"
    return "factor_missing", "factor_missing"


def _is_term(scene: Scene, number: int) -> bool:
    """Whether a product is a weighted sum or a term of one, rather than the argument of a function."""
    users = [scene.nodes[scene.edges[place].child] for place in scene.edges_out[number]]
    return bool(scene.nodes[number].label) or any(
        user.op is not None and (user.op.name in ("add", "sum", "subtract", "mean") or is_activation(user))
        for user in users
    )


def _other_constant(node: Value) -> float:
    """The plain number that a node multiplies with or divides by."""
    constants = [item for item in flatten(node.arguments) if isinstance(item, (int, float))]
    return float(constants[0]) if len(constants) == 1 else 1.0


def _swapped_division(node: Value, place: int) -> Fresh:
    """The derivative of b/a where that of a/b belongs."""
    numerator = node.arguments[0]
    rule = ops.divide.partials[1 if place == 0 and not isinstance(numerator, (int, float)) else 0]

    def fresh(point: Point) -> float:
        a, b = numbers_at(node.arguments, point.numbers)
        try:
            return float(rule(ops.divide.forward(b, a), b, a))
        except (ArithmeticError, ValueError):
            return math.nan

    return fresh
