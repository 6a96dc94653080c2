"""Pages: the same headings, sentences, equations and tables as text, LaTeX, Markdown and HTML."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import textwrap
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import told
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.atoms import Derivative, Numeral, Omitted, PathSum
from autograd.characters import columns, printable
from autograd.errors import OperandError
from autograd.op import TABLE
from autograd.ops import absolute, sigmoid
from autograd.page import Equations, Heading, Page, Row, Sentence, Table
from autograd.pages.breaking import Piece, broken
from autograd.pages.cutting import formula_lines, latex_width
from autograd.pages.html import html_fragment, html_page
from autograd.pages.latex import latex_page
from autograd.pages.markdown import escaped, markdown_page
from autograd.pages.mathematics import mathml_pieces
from autograd.pages.portable import portable
from autograd.pages.text import formula_text, text_page
from autograd.printers.latex import latex
from autograd.printers.mathml import mathml
from autograd.simplify import Product, Sum, simplify
from autograd.symbol import Call, Symbol

MATHML = "{http://www.w3.org/1998/Math/MathML}"
FORMS = {
    "text": lambda page: text_page(page, 80),
    "latex": latex_page,
    "document": lambda page: latex_page(page, document=True),
    "markdown": markdown_page,
    "notebook": lambda page: markdown_page(page, fenced=False),
    "html": html_page,
    "fragment": html_fragment,
}
NASTY = [
    "<script>alert(1)</script>", "a|b", "$x$", "`", "``` \n# h", "two\nlines", "\u202eright\u200f to left",
    "😀 損失 y\u0302",
    "x" * 200, "\\input{/etc/passwd}", "\\)", "]]>", "-->", "&amp;", "\x1b[31mred", "[a](http://b.c)", "@someone",
    "https://a.b", "www.a.b", "a_b_c*d*", "{", "}", "%", "#", "^", "~", '"', "'", "- item", "1. item", "$$", "@@0@@",
    "\x00", "\ud800", "", "[U+0060]", "|---|", "</math>", "a & b \\\\ c",
]  # fmt: skip


def symbol(label):
    return Symbol(label)


def times(*factors):
    return Product(1, factors)


def minus(left, right):
    return Sum([left, Product(-1, [right])])


def slope(y):
    return minus(1, y)


def number(value):
    return Numeral(value)


def path(*labels):
    phrase = [Symbol(labels[0])]
    for label in labels[1:]:
        phrase += [" → ", Symbol(label)]
    return phrase


def network_page() -> Page:
    """∂L/∂w₁₁ of the 2-3-2 network, as a derivation writes it."""
    labels = ["y_1", "y_2", "t_1", "t_2", "h_1", "u_11", "u_12", "x_1", "w_11"]
    y1, y2, t1, t2, h1, u11, u12, x1, w11 = map(Symbol, labels)
    d = Derivative
    leibniz = times(
        PathSum([times(d("L", "y_1"), d("y_1", "a_1^(2)"), d("a_1^(2)", "h_1")),
                 times(d("L", "y_2"), d("y_2", "a_2^(2)"), d("a_2^(2)", "h_1"))]),
        d("h_1", "a_1^(1)"), d("a_1^(1)", "w_11"),
    )  # fmt: skip
    symbols = times(
        PathSum([times(minus(y1, t1), y1, slope(y1), u11), times(minus(y2, t2), y2, slope(y2), u12)]), h1, slope(h1), x1
    )
    n = {name: number(value) for name, value in
         dict(y1=0.7214, t1=1.0, y2=0.6319, t2=0.0, u11=0.4, u12=-0.3, h1=0.5744, x1=0.5).items()}  # fmt: skip
    numbers = times(
        PathSum([times(minus(n["y1"], n["t1"]), n["y1"], slope(n["y1"]), n["u11"]),
                 times(minus(n["y2"], n["t2"]), n["y2"], slope(n["y2"]), n["u12"])]),
        n["h1"], slope(n["h1"]), n["x1"],
    )  # fmt: skip
    return Page([
        Heading(("The derivative ", d("L", "w_11")), 1),
        Heading(("Forward pass",)),
        Equations([
            Row(Symbol("a_1^(1)"), "=", simplify(w11 * x1 + Symbol("w_21") * Symbol("x_2") + Symbol("b_1^(1)"))),
            Row(None, "=", number(0.3)),
            Row(h1, "=", Call(sigmoid, (Symbol("a_1^(1)"),))),
            Row(None, "=", number(0.57444), ("the sigmoid of ", Symbol("a_1^(1)"))),
            Row(Symbol("L"), "=", simplify((y1 - t1) ** 2 / 2 + (y2 - t2) ** 2 / 2)),
        ]),
        Sentence((2, " paths from ", w11, " to ", Symbol("L"), ":")),
        Sentence(path("w_11", "a_1^(1)", "h_1", "a_1^(2)", "y_1", "L"), item=True),
        Sentence(path("w_11", "a_1^(1)", "h_1", "a_2^(2)", "y_2", "L"), item=True),
        Heading(("Chain rule",)),
        Equations([
            Row(d("L", "w_11"), "=", leibniz), Row(None, "=", symbols), Row(None, "=", numbers),
            Row(None, "=", number(-0.0065)),
        ]),
        Sentence(("Central differences give ", number(-0.0065), ", which agrees to ", 9, " digits.")),
        Equations([
            Row(Symbol("delta_1"), "≡", d("L", "a_1^(2)"), ("what output 1 sends back",)),
            Row(w11, "←", minus(w11, times(Symbol("eta"), d("L", "w_11")))),
        ]),
        Table(("What each consumer puts into the gradient",), [("Step",), ("Node",), ("Local derivative",), ("Sum",)], [
            [(1,), (y1,), (minus(y1, t1),), (number(-0.2786),)],
            [(2,), (Symbol("a_1^(2)"),), (times(y1, slope(y1)),), (number(12.5),)],
        ], [True, False, False, True]),
    ])  # fmt: skip


def label_page(label: str) -> Page:
    """The label in every place: in words, in formulas, in remarks and in a table."""
    name = Symbol(label)
    return Page([
        Heading((label, name), 1), Sentence((label, " is ", name, label)), Sentence((name, label), item=True),
        Equations([Row(name, "=", Sum([times(name, name), name]), (label, name)), Row(label, "≈", label)]),
        Table((label,), [(label,), (name,)], [[(label,), (name, name)]], [False, True]),
    ])  # fmt: skip


# ---------------------------------------------------------------- text


def test_a_page_in_the_terminal():
    assert text_page(network_page(), 72) == textwrap.dedent("""\
        The derivative ∂L/∂w₁₁
        ══════════════════════

        Forward pass
        ────────────

          a₁⁽¹⁾ = w₁₁·x₁ + w₂₁·x₂ + b₁⁽¹⁾
                = 0.3
          h₁    = σ(a₁⁽¹⁾)
                = 0.5744  (the sigmoid of a₁⁽¹⁾)
          L     = ½(y₁ − t₁)² + ½(y₂ − t₂)²

        2 paths from w₁₁ to L:
          • w₁₁ → a₁⁽¹⁾ → h₁ → a₁⁽²⁾ → y₁ → L
          • w₁₁ → a₁⁽¹⁾ → h₁ → a₂⁽²⁾ → y₂ → L

        Chain rule
        ──────────

          ∂L/∂w₁₁ = [∂L/∂y₁ · ∂y₁/∂a₁⁽²⁾ · ∂a₁⁽²⁾/∂h₁
                        + ∂L/∂y₂ · ∂y₂/∂a₂⁽²⁾ · ∂a₂⁽²⁾/∂h₁]
                      · ∂h₁/∂a₁⁽¹⁾ · ∂a₁⁽¹⁾/∂w₁₁
                  = [(y₁ − t₁)·y₁(1 − y₁)·u₁₁ + (y₂ − t₂)·y₂(1 − y₂)·u₁₂]
                      ·h₁(1 − h₁)·x₁
                  = [(0.7214 − 1)·0.7214(1 − 0.7214)·0.4
                        + (0.6319 − 0)·0.6319(1 − 0.6319)·(−0.3)]
                      ·0.5744(1 − 0.5744)·0.5
                  = −0.0065

        Central differences give −0.0065, which agrees to 9 digits.

          δ₁  ≡ ∂L/∂a₁⁽²⁾  (what output 1 sends back)
          w₁₁ ← w₁₁ − η · ∂L/∂w₁₁

        What each consumer puts into the gradient
        Step  Node   Local derivative      Sum
        ────  ─────  ────────────────  ───────
           1  y₁     y₁ − t₁           −0.2786
           2  a₁⁽²⁾  y₁(1 − y₁)           12.5
        """)


def test_a_narrow_terminal_gets_records_for_a_table_and_remarks_below():
    page = Page([
        Equations([Row(symbol("h_1"), "=", Call(sigmoid, (symbol("a_1"),)), ("the sigmoid of the weighted sum",))]),
        Table((), [("Step",), ("Local derivative of the node",), ("Total so far",)],
              [[(1,), (symbol("y_1"),), (number(0.5),)], [(2,), (symbol("y_2"),), (number(-1.5),)]],
              [True, False, True]),
    ])  # fmt: skip

    assert text_page(page, 40) == textwrap.dedent("""\
          h₁ = σ(a₁)
               (the sigmoid of the weighted sum)

        Step: 1
        Local derivative of the node: y₁
        Total so far: 0.5

        Step: 2
        Local derivative of the node: y₂
        Total so far: −1.5
        """)


@pytest.mark.parametrize(("columns_of_terminal", "expected"), [(20, 40), (70, 70), (300, 100)])
def test_without_a_width_the_terminal_is_asked(columns_of_terminal, expected, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns_of_terminal))
    page = Page([Sentence(("word " * 200,))])

    assert text_page(page) == text_page(page, expected)


names = st.sampled_from(["x", "w_11", "a_1^(2)", "delta_j", "alpha", "y_12", "loss", "b_q"]).map(Symbol)
expressions = st.recursive(
    st.one_of(names, st.floats(-99, 99).map(Numeral)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=6).map(Sum), st.lists(inner, min_size=2, max_size=6).map(PathSum),
        st.lists(inner, min_size=2, max_size=5).map(lambda factors: Product(1, factors)),
        inner.map(lambda term: Product(-1, [term])), inner.map(lambda x: Call(sigmoid, (x,))),
    ),
    max_leaves=40,
)  # fmt: skip
SIGN = re.compile(r" \+ | − | ?· ?")


@settings(max_examples=70, deadline=None)
@given(expressions, st.integers(40, 100))
def test_no_line_is_too_long_where_a_formula_can_be_broken(expression, width):
    lines = text_page(Page([Equations([Row(symbol("w_11"), "=", expression)])]), width).splitlines()

    for line in lines:
        if columns(line) > width:
            content = line.partition(" = ")[2] if line is lines[0] else line.strip().lstrip("+−· ")
            assert not SIGN.search(content)


@settings(max_examples=70, deadline=None)
@given(expressions, st.integers(40, 100))
def test_the_lines_of_a_formula_are_the_formula(expression, width):
    lines = text_page(Page([Equations([Row(symbol("w_11"), "=", expression)])]), width).splitlines()
    together = "".join(line.strip() for line in lines).replace(" ", "")

    assert together == f"w₁₁={formula_text(expression)}".replace(" ", "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.text("abc é損,.", max_size=30), names), max_size=20), st.integers(40, 100))
def test_no_line_of_words_is_too_long_where_there_is_a_space(phrase, width):
    for line in text_page(Page([Sentence(phrase)]), width).splitlines():
        assert columns(line) <= width or " " not in line.strip()


def test_a_formula_breaks_at_the_outermost_brackets_first():
    long = [symbol(f"first_{i}") for i in range(4)]
    expression = times(PathSum([times(*long), times(*long)]), symbol("outside"))
    lines = text_page(Page([Equations([Row(symbol("z"), "=", expression)])]), 70).splitlines()

    assert [line.strip() for line in lines[1:]] == ["·outside"]


def test_a_name_is_never_broken():
    label = "one + two · three (four − five) and so on, longer than the line is"
    name = symbol(label)
    page = Page([Equations([Row(symbol("z"), "=", times(name, symbol("x")))]), Sentence((name, " is"))])

    assert sum(label in line for line in text_page(page, 40).splitlines()) == 2


def test_wide_and_combining_characters_are_counted_as_they_are_shown():
    page = Page([Equations([Row(symbol("損失"), "=", 1), Row(symbol("y\u0302"), "=", 2), Row(symbol("abc"), "=", 3)])])

    assert [columns(line.partition("=")[0]) for line in text_page(page, 40).splitlines()] == [7, 7, 7]
    assert columns("損失") == 4 and columns("y\u0302") == 1 and columns("👍") == 2


def test_a_long_left_side_does_not_push_the_others_away():
    page = Page([Equations([Row(symbol("x" * 60), "=", 1), Row(symbol("y"), "=", 2)])])

    assert text_page(page, 80) == f"  {'x' * 60}\n    = 1\n  y = 2\n"


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), min_size=1, max_size=40), st.integers(10, 60))
def test_breaking_loses_no_piece_and_joins_only_what_fits(sizes, room):
    pieces = [Piece("x" * width, width, rank) for width, rank in sizes]
    lines = broken(pieces, room)

    assert "".join(piece.content for line in lines for piece in line) == "".join(piece.content for piece in pieces)
    assert all(len(line) == 1 or sum(piece.width for piece in line) <= room for line in lines)


# ---------------------------------------------------------------- every form


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("label", NASTY, ids=repr)
def test_nothing_that_cannot_be_shown_gets_into_any_form(form, label):
    written = FORMS[form](label_page(label))
    # The word joiner is Markdown's own, behind @.
    hidden = {character for character in written if character not in "\n\u2060" and printable(character) != character}

    assert hidden == set()
    assert written.endswith("\n") and written.encode()


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_page_and_empty_blocks_are_written(form):
    FORMS[form](Page([]))
    FORMS[form](Page([Equations([]), Table((), [("a",)], [], [False]), Sentence(()), Heading(("",))]))


def test_the_bytes_are_the_same_on_every_run():
    program = (
        "import hashlib, sys; sys.path.append('tests'); import test_pages as t; page = t.network_page();"
        "print(hashlib.sha256(''.join(form(page) for form in t.FORMS.values()).encode()).hexdigest())"
    )
    root = Path(__file__).parent.parent
    digests = {
        subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True, timeout=120,
                       env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(digests) == 1


def long_pages(count: int) -> dict[str, Page]:
    rows = [Row(symbol(f"a_{i}"), "=", times(symbol(f"w_{i}"), symbol("x"))) for i in range(count)]
    terms = [times(symbol(f"w_{i}"), symbol(f"x_{i}")) for i in range(count)]
    cells = [[(i,), (number(i / 7),)] for i in range(count)]
    return {
        "rows": Page([Equations(rows)]),
        "one row": Page([Equations([Row(symbol("L"), "=", Sum(terms))])]),
        "table": Page([Table(("c",), [("a",), ("b",)], cells, [True, True])]),
        "words": Page([Sentence(("word " * (5 * count), symbol("x")))]),
    }


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html"])
@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_ten_thousand_rows_are_written_in_about_a_second(form, count):
    for name, page in long_pages(count).items():
        start = time.process_time()
        FORMS[form](page)

        assert time.process_time() - start < count * 2e-3, name


@pytest.mark.parametrize("form", FORMS)
def test_sums_that_are_left_out_and_functions_are_written_in_every_form(form):
    page = Page([Equations([Row(symbol("L"), "=", Sum([symbol("a"), Omitted(97), Call(sigmoid, (symbol("z"),))]))])])

    assert "97 more" in re.sub(r"<[^>]*>", "", FORMS[form](page)).replace("\N{NO-BREAK SPACE}", " ")


# ---------------------------------------------------------------- LaTeX


def assert_balanced(source: str) -> None:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", source):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    environments = re.findall(r"\\(begin|end)\{(\w+)\}", source)
    stack = []
    for kind, name in environments:
        if kind == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert stack == []


@pytest.mark.parametrize("label", NASTY, ids=repr)
def test_braces_and_environments_are_balanced_whatever_the_label(label):
    assert_balanced(latex_page(label_page(label), document=True))
    assert_balanced(portable(latex(Symbol(label))))


@settings(max_examples=70, deadline=None)
@given(expressions, st.integers(20, 90))
def test_every_line_of_a_broken_formula_is_a_formula(expression, room):
    for line in formula_lines(latex(expression), room)[0]:
        assert_balanced(line)
        assert len(re.findall(r"\\left(?![a-z])", line)) == len(re.findall(r"\\right(?![a-z])", line))


def test_a_pair_of_growing_brackets_that_is_cut_is_closed_and_opened_again():
    lines, _ = formula_lines(r"\left[\frac{a}{b} \cdot c_{12345} + \frac{c}{d} \cdot e_{123456}\right] \cdot f", 16)

    assert lines == [
        r"\left[\frac{a}{b} \cdot c_{12345}\right.",
        r"\quad\quad\left.{}+ \frac{c}{d} \cdot e_{123456}\right]",
        r"\quad{}\cdot f",
    ]


def test_the_width_of_a_fraction_is_that_of_its_longer_part():
    assert latex_width(r"\frac{abcdef}{x}") == latex_width(r"\frac{x}{abcdef}") == 6


def test_many_equations_become_several_blocks_and_a_long_table_goes_over_pages():
    rows = [Row(symbol(f"a_{i}"), "=", i) for i in range(100)]
    table = Table((), [("i",)], [[(i,)] for i in range(100)], [True])

    assert latex_page(Page([Equations(rows)])).count("\\begin{aligned}") == 4
    assert latex_page(Page([table])).count("\\begin{tabular}") == 4
    assert latex_page(Page([table]), document=True).count("\\begin{longtable}") == 1


@pytest.mark.latex
def test_pdflatex_compiles_documents_and_what_is_pasted_into_one(tmp_path):
    pages = [network_page(), *(label_page(label) for label in NASTY), *list(long_pages(10_000).values())[1:2]]
    blocks = [block for page in pages for block in page.blocks]
    long = Table(("c",), [("a",)], [[(i,)] for i in range(99)], [True])
    pasted = "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
    pasted += latex_page(Page(blocks)) + "\\end{document}\n"
    for name, source in {"document": latex_page(Page([*blocks, long]), document=True), "pasted": pasted}.items():
        (tmp_path / f"{name}.tex").write_text(source, encoding="utf-8")
        done = subprocess.run(
            ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", f"{name}.tex"],
            cwd=tmp_path, capture_output=True, timeout=120,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


# ---------------------------------------------------------------- Markdown


def test_github_gets_fences_and_notebooks_dollars():
    page = Page([Sentence(("Let ", symbol("x"), " be.")), Equations([Row(symbol("x"), "=", 2)])])

    assert markdown_page(page) == "Let $`x`$ be.\n\n```math\n\\begin{aligned}\nx &= 2\n\\end{aligned}\n```\n"
    assert markdown_page(page, fenced=False) == "Let $x$ be.\n\n$$\n\\begin{aligned}\nx &= 2\n\\end{aligned}\n$$\n"


def test_what_github_refuses_is_not_written():
    calls = [Call(entry, (symbol("x"),) * entry.arity) for entry in TABLE.values() if entry.arity]
    written = markdown_page(Page([Equations([Row(symbol("L"), "=", call) for call in calls])]))

    assert r"\mathop{\mathrm{" in written
    assert not re.search(r"\\(operatorname|mbox|phantom|text[a-z]+)\b", written)


def without_code(markdown: str) -> str:
    """Markdown without fenced blocks and code spans: what is left is read as Markdown."""
    markdown = re.sub(r"(?ms)^```math\n.*?^```$", "", markdown)
    return re.sub(r"\$`[^`]*`\$", "F", markdown)


@pytest.mark.parametrize("label", NASTY, ids=repr)
def test_no_label_becomes_markdown(label):
    lines = without_code(markdown_page(label_page(label))).splitlines()
    rest = "\n".join(line for line in lines).replace("<span>$</span>", "").replace("<span>\\\\</span>", "")
    rest = re.sub(r"\\.", "", rest)

    assert not re.search(r"[<>`\[\]&$]", rest)
    assert not re.search(r"(?i)https?:|www\.|@\w", rest)
    assert [line[:2] for line in lines if re.match(r"[-#|*]", line)] == ["# ", "- ", "**", "| ", "| ", "| "]


@pytest.mark.parametrize("fenced", [True, False])
@pytest.mark.parametrize("label", NASTY, ids=repr)
def test_every_row_of_a_table_has_its_cells(label, fenced):
    rows = [line for line in markdown_page(label_page(label), fenced).splitlines() if line.startswith("|")]

    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [3, 3, 3]


@pytest.mark.parametrize("fenced", [True, False])
def test_the_bars_of_a_formula_do_not_end_a_cell(fenced):
    table = Table((), [("a",)], [[(Call(absolute, (symbol("x"),)),)]], [False])
    row = markdown_page(Page([table]), fenced).splitlines()[-1]

    assert row.count("|") == 2
    assert r"\left\vert x\right\vert" in row


@pytest.mark.parametrize("label", NASTY, ids=repr)
def test_dollars_stand_in_pairs_for_a_notebook(label):
    written = markdown_page(label_page(label), fenced=False).replace("<span>$</span>", "")
    signs = re.findall(r"(?<!\\)\$+", written)

    assert len(signs) % 2 == 0
    assert signs[::2] == signs[1::2]


@pytest.mark.parametrize("words", ["- a", "+ a", "1. a", "12) a", "# a", "> a", "===", "    code", "* a", "~~~", "---"])
def test_words_at_the_beginning_of_a_line_begin_nothing(words):
    line = markdown_page(Page([Sentence((words,))]))

    assert re.match(r"\\[-+#>=*~]|\d+\\[.)]|\w", line)


def test_words_without_special_signs_are_left_alone():
    words = "It isn't 3.5, but (a) 50% of y' − 2; isn't it? Yes!"

    assert escaped(words) == words


# ---------------------------------------------------------------- HTML


class Reader(HTMLParser):
    """Reads a page and fails if an element is left open, or closed out of order."""

    void = {"meta", "br", "wbr", "link", "img", "hr"}

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in self.void:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if "style" not in self.stack:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def formulas(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(source) for source in re.findall(r"<math.*?</math>", page, re.DOTALL)]


@pytest.mark.parametrize("write", [html_page, html_fragment])
@pytest.mark.parametrize("page", [network_page(), *map(label_page, NASTY)], ids=["network", *map(repr, NASTY)])
def test_a_page_is_well_formed_and_holds_no_scripts_and_nothing_from_the_network(write, page):
    written = write(page)
    reader = Reader(written)

    known = {"html", "head", "meta", "title", "style", "body", "main", "div", "h1", "h2", "h3", "h4", "p", "ul", "li",
             "span", "wbr", "table", "caption", "thead", "tbody", "tr", "th", "td", "math"}  # fmt: skip
    assert {tag for tag, _ in reader.elements if not tag.startswith("m")} <= known
    assert not {"on", "hr", "sr"} & {name[:2] for _, attributes in reader.elements for name in attributes}
    assert not re.search(r"url\(|@import", written)
    assert {formula.tag for formula in formulas(written)} == {f"{MATHML}math"}


def test_every_formula_has_a_text_and_every_column_a_head():
    written = html_page(network_page())
    reader = Reader(written)

    assert all(attributes["alttext"] for attributes in reader.all("math"))
    assert "a₁⁽¹⁾" in [attributes["alttext"] for attributes in reader.all("math")]
    assert [attributes["scope"] for attributes in reader.all("th")] == ["col"] * 4
    assert len(reader.all("caption")) == 1
    assert reader.all("html") == [{"lang": "en"}]
    assert "<title>The derivative ∂L/∂w₁₁</title>" in written
    assert [tag for tag, _ in reader.elements if re.fullmatch(r"h\d", tag)] == ["h1", "h2", "h2"]


def test_the_pieces_of_a_long_formula_say_all_of_it():
    page = network_page()
    row = page.blocks[7].rows[1]
    reader = Reader(html_page(Page([Equations([row])])))
    told = "".join(attributes["alttext"] for attributes in reader.all("math")[1:])

    assert told.replace(" ", "") == formula_text(row.right).replace(" ", "")
    assert len(reader.all("math")) > 4


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_cutting_mathml_loses_nothing(expression):
    whole = mathml(expression)
    letters = "".join(ElementTree.fromstring(whole).itertext())
    pieces = [ElementTree.fromstring(f"<mrow>{piece.content}</mrow>") for piece in mathml_pieces(whole)]

    assert "".join("".join(piece.itertext()) for piece in pieces) == letters


def test_title_and_language_are_escaped():
    written = html_page(Page([], language='en"><script>'), title="</title><script>")

    assert "<script>" not in written
    assert html_page(Page([])).count("<title>Derivation</title>") == 1


def test_the_style_of_a_fragment_holds_for_the_fragment_only():
    style = re.search(r"<style>(.*?)</style>", html_fragment(Page([])), re.DOTALL)[1]
    selectors = [selector.strip() for rule in re.findall(r"[^{}]+(?=\{)", style)
                 for selector in re.sub(r"\(.*?\)", "", rule).split(",")]  # fmt: skip

    assert [s for s in selectors if not s.startswith((".chainrule-page", "@media"))] == []
    assert "background:#" not in style and "color:#" not in style


_MEASURE = """<script>addEventListener("load", () => {
const d = document.querySelector("iframe").contentDocument, box = e => e.getBoundingClientRect();
const rows = [...d.querySelectorAll(".row")].map(r => ["left", "relation", "right"].map(k => r.querySelector("." + k)));
const first = e => { const m = e.querySelector("math"); return m ? box(m) : box(e); };
document.body.innerHTML = "<pre id=out></pre>";
document.querySelector("#out").textContent = JSON.stringify({
page: d.documentElement.scrollWidth,
scrolls: [...d.querySelectorAll(".equations")].map(e => e.scrollWidth - e.clientWidth),
relations: rows.map(r => Math.round(box(r[1]).left)),
heights: rows.map(r => Math.round(box(r[2]).height)),
offsets: rows.map(r => Math.round(first(r[2]).top - first(r[1]).top)),
})})</script>"""


def measured(page: str, width: int, folder: Path) -> dict[str, list]:
    frame = f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(page)}"></iframe>'
    # The script moves the measures out of the frame before the frame goes.
    script = _MEASURE.replace('document.body.innerHTML = "<pre id=out></pre>";', "").replace(
        'document.querySelector("#out").textContent = JSON.stringify(', "const found = JSON.stringify("
    ).replace("})})</script>", '}); document.body.innerHTML = "<pre id=out></pre>"; '
              'document.querySelector("#out").textContent = found; })</script>')  # fmt: skip
    return told(f'<!doctype html><meta charset="utf-8"><body>{script}{frame}', folder)


@pytest.mark.browser
def test_on_a_telephone_long_formulas_wrap_and_the_page_does_not_scroll_sideways(tmp_path):
    narrow, wide = (measured(html_page(network_page()), width, tmp_path) for width in (375, 1000))

    assert narrow["page"] <= 375 and wide["page"] <= 1000
    assert max(narrow["scrolls"]) <= 1 and max(wide["scrolls"]) <= 1
    assert narrow["heights"][6] > 2 * wide["heights"][6] > 0


@pytest.mark.browser
def test_relations_stand_below_each_other_and_beside_the_first_line(tmp_path):
    for width in (375, 700):
        found = measured(html_page(network_page()), width, tmp_path)

        assert len(set(found["relations"][:5])) == 1 and len(set(found["relations"][5:9])) == 1
        assert max(map(abs, found["offsets"])) < 25


@pytest.mark.browser
def test_an_endless_name_scrolls_in_its_own_box(tmp_path):
    found = measured(html_page(label_page("x" * 200)), 375, tmp_path)

    assert found["page"] <= 375


@pytest.mark.parametrize("width", [0, -5, 2.5, "80", True])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(OperandError, match="width is a whole number of columns from 1 on"):
        text_page(Page([]), width)
