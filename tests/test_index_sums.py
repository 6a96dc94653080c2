"""Sums over an index, Σ_k, and labels that count from an index, h^(l−1), in every form."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest

from autograd.atoms import Derivative, IndexSum
from autograd.errors import OperandError
from autograd.printers.abridged import abridged
from autograd.printers.latex import latex, latex_label
from autograd.printers.mathml import mathml
from autograd.printers.python import python
from autograd.printers.spreadsheet import spreadsheet
from autograd.printers.text import text
from autograd.simplify import Power, Product, Sum
from autograd.symbol import Call, Symbol

Y, T, U, X = (Symbol(name) for name in ("y_k", "t_k", "u_jk", "x_i"))
ERROR = Sum([Y, Product(-1, [T])])
TERMS = IndexSum("k", Product(1, [ERROR, U]))


@pytest.mark.parametrize(
    ("expression", "in_text", "in_latex"),
    [
        (IndexSum("k", Y), "Σₖ yₖ", r"\sum_{k} y_{k}"),
        (IndexSum("k", ERROR), "Σₖ (yₖ − tₖ)", r"\sum_{k} (y_{k} - t_{k})"),
        (TERMS, "Σₖ (yₖ − tₖ)·uⱼₖ", r"\sum_{k} (y_{k} - t_{k}) \cdot u_{jk}"),
        (Product(1, [TERMS, X]), "[Σₖ (yₖ − tₖ)·uⱼₖ]·xᵢ",
         r"\left[\sum_{k} (y_{k} - t_{k}) \cdot u_{jk}\right] \cdot x_{i}"),
        (Product(1, [X, TERMS]), "xᵢ·Σₖ (yₖ − tₖ)·uⱼₖ", r"x_{i} \cdot \sum_{k} (y_{k} - t_{k}) \cdot u_{jk}"),
        (Product(-1, [TERMS]), "−Σₖ (yₖ − tₖ)·uⱼₖ", r"-\sum_{k} (y_{k} - t_{k}) \cdot u_{jk}"),
        (Product(Fraction(1, 2), [TERMS]), "½Σₖ (yₖ − tₖ)·uⱼₖ",
         r"\tfrac{1}{2}\sum_{k} (y_{k} - t_{k}) \cdot u_{jk}"),
        (Sum([X, TERMS]), "xᵢ + Σₖ (yₖ − tₖ)·uⱼₖ", r"x_{i} + \sum_{k} (y_{k} - t_{k}) \cdot u_{jk}"),
        (Power(IndexSum("k", Y), 2), "[Σₖ yₖ]²", r"\left[\sum_{k} y_{k}\right]^{2}"),
        (Product(1, [IndexSum("k", Y), Power(X, -1)]), "[Σₖ yₖ]/xᵢ", r"\frac{\sum_{k} y_{k}}{x_{i}}"),
        (IndexSum("k", IndexSum("m", Y)), "Σₖ Σₘ yₖ", r"\sum_{k} \sum_{m} y_{k}"),
        (Product(1, [IndexSum("k", Product(1, [Derivative("L", "a_k"), U])), X]), "[Σₖ ∂L/∂aₖ · uⱼₖ] · xᵢ",
         r"\left[\sum_{k} \frac{\partial L}{\partial a_{k}} \cdot u_{jk}\right] \cdot x_{i}"),
    ],
)  # fmt: skip
def test_a_sum_over_an_index_has_brackets_where_more_factors_follow(expression, in_text, in_latex):
    assert (text(expression), latex(expression)) == (in_text, in_latex)
    ElementTree.fromstring(mathml(expression))


def test_in_mathml_the_index_stands_below_the_sign():
    assert mathml(IndexSum("k", X)) == (
        "<mrow><munder><mo>∑</mo><mi>k</mi></munder><msub><mi>x</mi><mi>i</mi></msub></mrow>"
    )


def test_source_of_it_cannot_be_computed_and_a_spreadsheet_refuses_it():
    assert python(Product(1, [TERMS, X])) == "sum((y_k - t_k) * u_jk for k in ...) * x_i"
    with pytest.raises(OperandError, match="it has none for the sum over k"):
        spreadsheet(TERMS)


def test_sums_are_equal_by_their_parts():
    assert IndexSum("k", Y) == IndexSum("k", Symbol("y_k")) != IndexSum("m", Y)
    assert len({IndexSum("k", Y), IndexSum("k", Symbol("y_k"))}) == 1


def test_long_lists_within_it_are_cut():
    from autograd.ops import logsumexp

    many = Call(logsumexp, (tuple(Symbol(f"y_{i}") for i in range(1, 20)),))
    assert text(abridged(IndexSum("k", many))) == "Σₖ logsumexp(y₁, y₂, y₃, … (16 more))"


def test_a_layer_counted_from_another_is_written_as_such():
    assert text(Symbol("h_i^(l−1)")) == "hᵢ⁽ˡ⁻¹⁾" and text(Symbol("w_jk^(l+1)")) == "wⱼₖ⁽ˡ⁺¹⁾"
    assert latex_label("h_i^(l−1)") == "h_{i}^{(l-1)}"
    assert "<mi>l</mi><mo>−</mo><mn>1</mn>" in mathml(Symbol("h_i^(l−1)"))
