"""One node read on symbols: pictures, walks, derivations and the judge get the same operation and the same rules."""

from __future__ import annotations

import math

import pytest

from autograd import Value, custom, dot, draw, parse, walk
from autograd.drawing.recorded import RecordedView
from autograd.graph import topological_order
from autograd.printers.text import text
from autograd.symbol import Symbol, read
from autograd.symbolic import formulas_or_numbers, local_formulas, operation
from autograd.views import View


def symbol(node: Value) -> Symbol:
    return Symbol(node.label)


@pytest.fixture
def half_readable(table):
    """An operation whose second rule cannot be read on a symbol."""
    return custom("half_readable", forward=lambda a, b: a * math.sin(b),
                  partials=[lambda y, a, b: y / a, lambda y, a, b: a * math.cos(b)])  # fmt: skip


@pytest.mark.parametrize(
    "formula, written",
    [("x*1", "x·1"), ("x + 0", "x + 0"), ("x - 0", "x − 0"), ("x/1", "x/1"), ("x**1", "x¹"), ("x*x", "x·x"),
     ("x*0", "x·0"), ("0/x", "0/x"), ("x - x", "x − x"), ("-x", "−x"), ("x/2", "½x"), ("exp(x)", "exp(x)")],
)  # fmt: skip
def test_a_walk_and_a_picture_write_an_operation_alike(formula, written):
    node = parse(formula, x=3).named("y")

    assert written == text(operation(node, lambda operand: operand.label))
    assert str(list(walk(node))[-1 - len(node.parents) - 1]).startswith(f"forward   y = {written} = ")
    assert RecordedView(topological_order(node), 4, unique=True).written(node) == f"y = {written}"


def test_a_rule_that_cannot_be_read_is_a_number_and_the_others_stay_formulas(half_readable):
    a, b = Value(2.0, "a"), Value(0.0, "b")
    node = half_readable(a, b).named("y")

    assert [text(local_formulas(node, symbol)[0]), local_formulas(node, symbol)[1]] == ["y/a", None]
    assert [text(each) for each in formulas_or_numbers(node, symbol)] == ["y/a", "2"]
    assert [text(edge.derivative) for edge in View(node).edges(node)] == ["y/a", "2"]
    assert [step.formula is None for step in list(walk(node))[-2:]] == [False, True]
    assert "∂y/∂a = y/a = 0.0" in draw(node, layout="builtin").svg


def test_one_formula_for_every_use_of_a_parent():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    both = x * x
    weighted = dot([x, 2.0, x], [y, x, 5.0], 1.0)

    assert [text(each) for each in local_formulas(both.named("b"), symbol)] == ["x", "x"]
    assert [text(each) for each in local_formulas(weighted.named("w"), symbol)] == ["y", "5", "x", "2"]
    assert len(weighted.parents) == 4


def test_whatever_a_rule_does_with_a_symbol_it_gives_no_formula():
    def fails(x):
        raise KeyError(x)

    assert [None] * 4 == [read(rule, Symbol("x")) for rule in (math.cos, fails, float, lambda: 1)]
