"""The words and equations below a picture: how many paths there are, and the chain rule along them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .. import notation
from ..atoms import Derivative, Numeral
from ..derivation.composition import counted
from ..derivation.numbers import is_lost_in, is_rounded
from ..printers.runs import Run, joined, label_runs, runs
from ..simplify import Sum
from .connections import Connection, Connections
from .scene import Equation, Sentence, cut

if TYPE_CHECKING:
    from ..derivation.chain import Line
    from ..derivation.single import Derivation

_LONGEST = 480  # characters of a formula; a longer one is left to the derivation
_MOST_SHARED, _MOST_NODES = 4, 100  # lines for what paths share, and nodes on them
_MOST_CHAINS, _MOST_CONNECTIONS = 3, 12


def caption_of(connections: Connections, digits: int) -> list[Sentence | Equation]:
    """The caption of a picture: for each connection a sentence, and for the first ones the chain rule."""
    found = list(connections)
    lines: list[Sentence | Equation] = []
    for each in found[:_MOST_CONNECTIONS]:
        lines += _lines(each, digits, with_chain=len(found) <= _MOST_CHAINS)
    if len(found) > _MOST_CONNECTIONS:
        lines.append(Sentence((Run(f"… and {len(found) - _MOST_CONNECTIONS:,} more derivatives"),)))
    return lines


def told(connection: Connection) -> str:
    """How many paths there are, and which they are, in words."""
    output, variable = (notation.text(name) for name in connection.names)
    if connection.variable is connection.output:
        return ""
    if not connection.nodes:
        return f"{output} does not depend on {variable}."
    if connection.failure:
        return f"∂{output}/∂{variable} has no value here: {connection.failure}."
    count = f"{_paths(connection.derivation.paths)} from {variable} to {output}, drawn thick"
    ways = [" → ".join(notation.text(label) for label in way) for way in connection.derivation.path_list or ()]
    return f"{count}: {'; '.join(ways)}." if ways and sum(map(len, ways)) < 2 * _LONGEST else f"{count}."


def value_of(connection: Connection, digits: int) -> tuple[Run, ...]:
    """` = 0.07512`, or ` ≈ …` where that is rounded; nothing where there is no value."""
    if connection.failure:
        return ()
    value = Numeral(connection.derivation.value)
    return Run(f" {_sign(value, digits)} "), *runs(value, digits)


def _lines(connection: Connection, digits: int, *, with_chain: bool) -> list[Sentence | Equation]:
    output, variable = (cut(label_runs(name)) for name in connection.names)
    left = cut(runs(Derivative(*connection.names)))
    if not connection.nodes:
        return [Sentence((*output, Run(" does not depend on "), *variable, Run(": "), *left, Run(" = 0")))]
    if connection.failure:
        return [Sentence((*left, Run(f" has no value here: {connection.failure}")))]
    value = value_of(connection, digits)
    if connection.variable is connection.output:
        return [Sentence((*left, *value, Run(": by itself")))]
    depends = (*output, Run(" depends on "), *variable, Run(f" {_way(connection)}"))
    if not with_chain:
        return [Sentence((*depends, Run(": "), *left, *value))]
    chain = _chain(connection, digits)
    if chain:
        return [Sentence((*depends, Run(_rule(connection)))), *chain]
    advice = "; derive writes the chain rule out, it is too long for a picture: "
    return [Sentence((*depends, Run(advice), *left, *value))]


def _way(connection: Connection) -> str:
    count = connection.derivation.paths
    if len(connection.nodes) <= 2 and count == 1:
        return "directly"
    return f"along {'one path' if count == 1 else _paths(count)}, drawn thick"


def _rule(connection: Connection) -> str:
    """What is to be done, in words."""
    uses = len(_uses(connection))
    if connection.derivation.paths > 1:
        return ": multiply the local derivatives along each path, add the products"
    if len(connection.nodes) > 2:
        return ": multiply the local derivatives along it"
    return f", by {uses} uses: add their derivatives" if uses > 1 else ""


def _uses(connection: Connection) -> Sequence[Any]:
    """The derivatives of the uses, where there is nothing between the variable and the output."""
    edges = connection.derivation.view.edges(connection.output) if len(connection.nodes) == 2 else ()
    return next((edge.uses for edge in edges if edge.parent is connection.variable), ())


def _chain(connection: Connection, digits: int) -> list[Sentence | Equation]:
    """The chain rule, and what its paths share; nothing if that is too long or has other names than the picture."""
    derivation = connection.derivation
    shared = [line for line in derivation.definitions if line.node is not connection.variable]
    if len(shared) > _MOST_SHARED or len(connection.nodes) > _MOST_NODES or not connection.is_named_alike:
        return []
    uses = _uses(connection)
    lines: list[Sentence | Equation] = []
    for sign, right in _forms(derivation, derivation.line, [Sum(uses)] if len(uses) > 1 else [], digits):
        lines.append(Equation(() if lines else tuple(cut(runs(derivation.name))), sign, right))
    lines += [Sentence((Run("where"),))] if shared else []
    lines += [_definition(derivation, line, digits) for line in shared]
    is_long = any(isinstance(line, Equation) and len(joined(line.right)) > _LONGEST for line in lines)
    return [] if is_long else lines


def _definition(derivation: Derivation, line: Line, digits: int) -> Equation:
    """What paths share, in one line: ∂L/∂a = ∂L/∂y·∂y/∂a = (y − t)·y(1 − y) ≈ 0.1392."""
    (sign, right), *others = _forms(derivation, line, [], digits)
    more = [run for each, form in others for run in (Run(f" {each} "), *form)]
    return Equation(tuple(cut(runs(derivation.chain.leibniz(line.node)))), sign, (*right, *more))


def _forms(
    derivation: Derivation, line: Line, before: Sequence[Any], digits: int
) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """The chain rule with Leibniz' factors, with formulas, with numbers, and its value; nothing is said twice."""
    seen = {joined(runs(derivation.chain.leibniz(line.node)))}
    value, factors = Numeral(derivation.adjoints[line.node]), derivation.with_numbers(line.factors)
    is_lost = is_lost_in(value.number, derivation.with_numbers(line.symbolic), factors)
    for form in (line.leibniz, *before, line.symbolic, factors, value):
        right = tuple(cut(runs(form, digits)))
        if joined(right) not in seen:
            seen.add(joined(right))
            yield "≈" if is_lost and isinstance(form, Numeral) else _sign(form, digits), right


def _sign(form: Any, digits: int) -> str:
    return "≈" if is_rounded(form, digits) else "="


def _paths(count: int) -> str:
    return f"{counted(count).partition(' (')[0]} path{'' if count == 1 else 's'}"
