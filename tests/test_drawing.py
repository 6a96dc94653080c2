"""Pictures: what they promise to show, to every reader, for any graph and any label."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import pytest
from browser import loaded, told
from pictures import SVG, parts, texts, tooltip

from autograd import Value, dot, draw, draw_dot, exp, greater, maximum, parse, tanh, where
from autograd.demo import network
from autograd.drawing.geometry import RANKDIRS
from autograd.drawing.look import STYLE as _STYLE
from autograd.errors import AutogradError, GraphTooLargeError, LabelError, LayoutError, OperandError
from autograd.graph import topological_order
from autograd.op import TABLE
from autograd.printers.runs import shown

# Every label here once broke some program that draws graphs, or tries to.
HOSTILE = {
    "quotes": "\"'`",
    "attribute": '" onload="alert(1)" id="x',
    "script": "<script>alert(1)</script>",
    "close tags": "</text></g></svg><svg onload='alert(1)'>",
    "title": "</title><a href='javascript:alert(1)'>",
    "style": "} * { display: none } </style><style>",
    "cdata": "<![CDATA[ ]]> ]]>",
    "comment": "<!-- --> -->",
    "entities": "&amp; &lt;script&gt; &#0; &#x1F600; &nbsp; &unknown;",
    "control characters": "a\x00b\x01c\x08d\x0be\x0cf\x1bg\x7fh\x85i",
    "not characters": "a\ufffeb\uffffc",
    "lone surrogates": "a\ud800b\udfffc",
    "backslashes": "\\N \\G \\E \\T \\H \\l \\r \\n \\\\ \\",
    "end of the graph": '"}];} digraph evil { x [URL="javascript:alert(1)"]',
    "record": "| { } < > [ ] a|b {c|d}",
    "lines": "a\nb\r\nc\td\u2028e",
    "right to left": "\u202eevil\u202c שלום مرحبا",
    "emoji": "👩‍👩‍👧‍👦 🦆 é",
    "long": "x" * 10_000,
    "long and broken": "<&\"" * 3_000,
    "javascript": "javascript:alert(1)",
    "html label": "<<b>bold</b>>",
    "space": "   ",
    "percent": "%s %d %n {0} ${x} $(ls)",
    "superscript": "a_1^(<i>)",
    "markup of ours": 'class="node" id="n1" g-title',
}


def neuron() -> Value:
    """y = tanh(w·x + b), after a backward pass."""
    w, x, b = Value(0.5, "w"), Value(-2.0, "x"), Value(0.25, "b")
    y = tanh((w * x).named("a") + b).named("y")
    y.backward()
    return y


def deep() -> Value:
    node = Value(0.3, "x")
    for _ in range(30):
        node = node.tanh() * 1.1
    return node


def diamond() -> Value:
    a = Value(3.0, "a")
    b = (a + a).named("b")
    return (b * b + a).named("c")


def choice() -> Value:
    p, q = Value(1.5, "p"), Value(-0.5, "q")
    return (maximum(p, q) + where(greater(p, q), p * q, p / q)).relu().leaky_relu().elu()


def wide() -> Value:
    return dot([Value(float(i), f"w_{i}") for i in range(40)], [0.5] * 40, Value(1.0, "b")).named("a")


GRAPHS = {
    "a leaf": lambda: Value(2.0, "x"),
    "an unnamed leaf": lambda: Value(math.nan),
    "a square": lambda: parse("x*x", x=3),
    "a neuron": neuron,
    "the network": lambda: network().L,
    "a chain": deep,
    "a diamond": diamond,
    "a choice": choice,
    "a wide sum": wide,
    "huge numbers": lambda: Value(1e300, "x") * Value(1e300, "y") * 1e-300,
    "no slope": lambda: Value(0.0, "x").sqrt() + Value(-2.0, "y") ** Value(2.0, "n"),
    "a base that is a number": lambda: (-2.0) ** Value(2.0, "n") + 0 ** Value(2.0, "m") + 2 * 3 ** Value(1.0, "k"),
}


def card(picture, name: str) -> list[str]:
    """The lines on the card whose first line begins with `name`."""
    cards = [texts(node) for node in parts(picture.svg, "node")]
    found = [lines for lines in cards if re.match(rf"{re.escape(name)}( =|$)", lines[0])]
    assert len(found) == 1, (name, cards)
    return found[0]


def skeleton(xml: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """How many elements of each name there are, with the names of their attributes.

    Runs of text (tspan) are not counted: a long formula is written in short, with fewer of them.
    """
    elements = list(ElementTree.fromstring(xml).iter())
    # A picture has its height, or if it is wide, the most that it may be scaled to.
    size = {name: elements[0].attrib.pop(name, "") for name in ("height", "style")}
    assert re.fullmatch(r"[\d.]+(pt)?,|,max-width:[\d.]+px", f"{size['height']},{size['style']}")
    assert all({*each.attrib} <= {"class", "dy", "font-size"} for each in elements if each.tag == f"{SVG}tspan")
    return Counter((each.tag, tuple(sorted(each.attrib))) for each in elements if each.tag != f"{SVG}tspan")


def labelled(label: str) -> Value:
    """A small graph with this label on a leaf, an inner node and the output."""
    x, w = Value(2.0, label), Value(3.0, "w")
    inner = (x * w).named(f"{label}\u00a0") if label else x * w
    output = (exp(inner / 4) + x).named(f"{label}\u00a0\u00a0")
    output.backward()
    return output


def run_dot(text: str, kind: str) -> str:
    done = subprocess.run(["dot", f"-T{kind}"], input=text.encode(), capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


# ---------------------------------------------------------------- well-formed, for any graph and label


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("rankdir", RANKDIRS)
def test_every_graph_has_one_group_for_each_node_and_each_operand(graph, rankdir):
    output = graph()
    order = topological_order(output)

    picture = draw(output, rankdir=rankdir, layout="builtin")

    assert len(parts(picture.svg, "node")) == len(order)
    assert len(parts(picture.svg, "edge")) == sum(len(node.parents) for node in order)


@pytest.mark.graphviz
@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_the_dot_program_reads_the_dot_text_of_every_graph(graph):
    output = graph()
    order = topological_order(output)

    drawn = parts(run_dot(draw(output, layout="builtin").dot, "svg"), "node")

    assert len(drawn) == len(order)


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_no_label_adds_an_element_or_an_attribute_to_the_svg(label):
    plain = draw(labelled("lambd a"), layout="builtin").svg

    assert skeleton(draw(labelled(label), layout="builtin").svg) == skeleton(plain)


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_no_label_ends_a_string_of_the_dot_text(label):
    string = re.compile(r'"(?:[^"\\]|\\.)*"')
    plain = draw(labelled("lambd a"), layout="builtin").dot
    hostile = draw(labelled(label), layout="builtin").dot

    def grammar(text: str) -> str:  # sizes apart: a longer label has a wider card
        return re.sub(r"width=[\d.]+", "width", string.sub('""', text))

    assert grammar(hostile) == grammar(plain)


@pytest.mark.graphviz
@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_no_label_adds_an_element_or_an_attribute_to_the_svg_of_the_dot_program(label):
    plain = run_dot(draw(labelled("lambd a"), layout="builtin").dot, "svg")
    hostile = run_dot(draw(labelled(label), layout="builtin").dot, "svg")

    assert skeleton(hostile) == skeleton(plain)


@pytest.mark.graphviz
@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_no_label_disturbs_the_layout_by_the_dot_program(label):
    plain = draw(labelled("lambd a"), layout="dot").svg

    assert skeleton(draw(labelled(label), layout="dot").svg) == skeleton(plain)


@pytest.mark.graphviz
@pytest.mark.parametrize("label", ["\\N \\G \\l", "&amp; &lt;", "a | b { c }", '"}', "<b>"])
def test_the_dot_program_shows_a_label_letter_by_letter(label):
    drawn = ElementTree.fromstring(run_dot(draw(Value(1.0, label), layout="builtin").dot, "svg"))

    assert label in ["".join(text.itertext()).replace("\u00a0", " ") for text in drawn.iter(f"{SVG}text")]


@pytest.mark.parametrize("label", ["<b>", "&amp;", "]]>", '"q"', "a\\nb", "👩 é שלום"])
def test_the_svg_shows_a_label_letter_by_letter(label):
    assert card(draw(Value(1.0, label), layout="builtin"), label) == [label, "1"]


@pytest.mark.parametrize("title", ["</title><script>", "\x00&", "\ud800", "", "x" * 10_000])
def test_no_title_breaks_the_picture(title):
    assert skeleton(draw(neuron(), title=title, layout="builtin").svg) == skeleton(draw(neuron(), layout="builtin").svg)


def test_a_long_label_is_cut_on_cards_and_whole_in_the_tooltip():
    label = "the mean of all the losses of all the batches of the whole epoch"
    picture = draw((Value(2.0, label) * Value(3.0, "w")).named("L"), layout="builtin")
    (node,) = (node for node in parts(picture.svg, "node") if texts(node)[0].startswith("the mean"))

    assert len(texts(node)[0]) <= 40
    assert tooltip(node) == f"{label} = 2.0"
    assert card(picture, "L")[0] == "L = the mean of…·w"


def test_a_very_long_label_does_not_make_a_very_wide_picture():
    width = float(ElementTree.fromstring(draw(labelled("x" * 10_000), layout="builtin").svg).get("viewBox").split()[2])

    assert width < 3000


# ---------------------------------------------------------------- ids, titles, bytes


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_ids_are_unique(graph):
    ids = re.findall(r'\bid="([^"]*)"', draw(graph(), layout="builtin").svg)

    assert max(Counter(ids).values()) == 1


def ids_of(picture) -> set[str]:
    return {element.get("id") for element in ElementTree.fromstring(picture.svg).iter() if element.get("id")}


def test_two_different_pictures_share_no_id():
    y = neuron()
    before = [
        draw(y, layout="builtin"),
        draw(y, layout="builtin", title="another title"),
        draw(y, layout="builtin", digits=2),
        draw(y, layout="builtin", rankdir="TB"),
        draw(y.parents[0], layout="builtin"),
    ]
    sets = [ids_of(picture) for picture in before]

    assert sum(map(len, sets)) == len(set.union(*sets))


def test_the_rules_of_a_picture_hold_for_this_picture_only():
    svg = draw(neuron(), layout="builtin").svg
    own = ElementTree.fromstring(svg).get("id")
    rules = ElementTree.fromstring(svg).find(f"{SVG}style").text
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", rules)

    assert len(selectors) > 20
    assert all(each.strip().startswith(f"#{own} ") for selector in selectors for each in selector.split(","))


def test_title_and_description_are_there_and_referred_to():
    root = ElementTree.fromstring(draw(neuron(), layout="builtin").svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")

    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert title.text == "Computation graph of y"
    assert description.text.startswith("6 nodes, 3 of them leaves, and 5 edges")
    assert "y = −0.6351" in description.text


def test_a_title_of_the_users_own_is_taken():
    root = ElementTree.fromstring(draw(neuron(), title="One neuron", layout="builtin").svg)

    assert root.find(f"{SVG}title").text == "One neuron"


def test_every_node_and_every_edge_has_a_title():
    svg = draw(neuron(), layout="builtin").svg

    assert all(tooltip(group) for kind in ("node", "edge") for group in parts(svg, kind))


_PROGRAM = """
import hashlib, sys
from autograd import draw
from autograd.demo import network
net = network()
net.L.backward()
picture = draw(net.L, layout=sys.argv[1])
sys.stdout.buffer.write((picture.svg + picture.dot).encode())
"""


@pytest.mark.parametrize("engine", ["builtin", pytest.param("dot", marks=pytest.mark.graphviz)])
def test_a_picture_has_the_same_bytes_in_every_process(engine):
    drawn = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, engine],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60,
        ).stdout
        for seed in ("0", "1", "12345")
    }  # fmt: skip

    assert len(drawn) == 1
    assert drawn.pop().startswith(b"<svg ")


def test_the_built_in_layout_needs_neither_numpy_nor_graphviz():
    program = (
        "import sys; from autograd import Value, draw\n"
        "x = Value(3.0, 'x'); y = (x * x).named('y'); y.backward(); draw(y, layout='builtin')\n"
        "assert not {'numpy', 'graphviz', 'hypothesis'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# ---------------------------------------------------------------- what a picture shows


def test_nodes_show_label_operation_and_value():
    picture = draw(parse("y = sigmoid(w_11*x_1 + b)", w_11=0.5, x_1=-2, b=0.25), layout="builtin")

    assert card(picture, "x1") == ["x1", "−2"]
    assert card(picture, "v1") == ["v1 = w11·x1", "−1"]
    assert card(picture, "v2") == ["v2 = v1 + b", "−0.75"]
    assert card(picture, "y") == ["y = σ(v2)", "0.3208"]


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("x*x", "x·x"), ("x + x", "x + x"), ("x - x", "x − x"), ("x/x", "x/x"), ("x**2", "x2"), ("x*1", "x·1"),
        ("x/1", "x/1"), ("x**1", "x1"),
        ("x + 0", "x + 0"), ("x*0", "x·0"), ("0.5*x", "½x"), ("0.01*x", "0.01x"), ("-x", "−x"), ("1/x", "1/x"),
        ("leaky_relu(x)", "leaky_relu(x, 0.01)"), ("max(x, 2)", "max(x, 2)"), ("x > 1", "x > 1"),
        ("sum(x, x, x)", "x + x + x"), ("1e300*x", "1×10³⁰⁰x"),
    ],
)  # fmt: skip
def test_a_card_shows_the_operation_that_was_recorded(formula, written):
    assert card(draw(parse(formula, x=3).named("y"), layout="builtin"), "y")[0] == f"y = {written}"


def test_a_long_weighted_sum_is_written_in_short():
    assert card(draw(wide(), layout="builtin"), "a")[0] == "a = Σ wixi + b"


def test_roles_differ_in_shape_and_not_by_colour_alone():
    svg = draw(neuron(), layout="builtin").svg
    shapes = {
        role: {(len(g.findall(f"{SVG}rect")), g.find(f"{SVG}rect").get("rx")) for g in parts(svg, "node")
               if g.get("class") == f"node {role}"}
        for role in ("leaf", "inner", "output")
    }  # fmt: skip

    assert all(len(found) == 1 for found in shapes.values())
    assert len(set.union(*shapes.values())) == 3


def test_a_gradient_is_shown_only_after_a_backward_pass():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    y = (w * x).named("y")
    assert "grad" not in "".join(re.findall(r">([^<]*)<", draw(y, layout="builtin").svg.split("</style>")[1]))

    y.backward()
    assert card(draw(y, layout="builtin"), "w") == ["w", "2", "grad 3"]
    assert card(draw(y, layout="builtin"), "y") == ["y = w·x", "6", "grad 1"]

    y.zero_grad()
    assert card(draw(y, layout="builtin"), "w") == ["w", "2"]
    assert "grad 3" not in draw(y, layout="builtin").dot


def test_a_gradient_of_zero_is_shown_after_a_backward_pass():
    x = Value(-1.0, "x")
    y = x.relu().named("y")
    y.backward()

    assert card(draw(y, layout="builtin"), "x") == ["x", "−1", "grad 0"]


def test_a_gradient_that_is_a_graph_is_shown_as_its_number():
    x = Value(3.0, "x")
    y = (x * x).named("y")
    y.backward(create_graph=True)

    assert card(draw(y, layout="builtin"), "x") == ["x", "3", "grad 6"]


def test_a_square_has_two_parallel_edges():
    x = Value(3.0, "x")
    picture = draw((x * x).named("y"), layout="builtin")
    curves = {path.get("d") for edge in parts(picture.svg, "edge") for path in edge.iter(f"{SVG}path")}

    assert [tooltip(edge) for edge in parts(picture.svg, "edge")] == ["∂y/∂x = x = 3.0"] * 2
    assert len(curves) == 4  # two lines and two tips, all apart
    assert picture.dot.count("n1 -> n2") == 2


def applied(name: str) -> Value:
    """The operation at a point where it is smooth, with a node for every operand."""
    entry = TABLE[name]
    point = {"where": (1.0, 0.3, 0.4), "log": (0.7,), "power": (1.3, 1.7)}.get(name, (0.6, 0.35, 0.8))
    arguments = []
    for index, is_list in enumerate(entry.is_list):
        if is_list:
            arguments.append([Value(point[index] + 0.1 * k, f"{'pqr'[index]}_{k}") for k in range(3)])
        else:
            arguments.append(Value(point[index], "abc"[index]))
    return entry(*arguments).named("y")


@pytest.mark.parametrize("name", TABLE)
def test_every_edge_shows_the_local_derivative_as_formula_and_number(name):
    output = applied(name)
    edges = parts(draw(output, layout="builtin", digits=6).svg, "edge")
    labels = [texts(label)[0] for label in parts(draw(output, layout="builtin", digits=6).svg, "label")]
    local = output.local_gradient()

    assert len(edges) == len(labels) == len(local)
    for edge, label, parent, slope in zip(edges, labels, output.parents, local, strict=True):
        formula, _, number = label.rpartition(" = ")
        assert number == shown(slope, 6)
        told = tooltip(edge)
        assert told.startswith(f"∂y/∂{draw_name(parent)} = ")
        assert float(told.rpartition(" = ")[2]) == slope
        assert formula or told.count(" = ") == 1 or len(told) > 24 + len("∂y/∂a = ")


def draw_name(node: Value) -> str:
    return node.label if "_" not in node.label else node.label[0] + "₀₁₂"[int(node.label[-1])]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("multiply", ["b = 0.35", "a = 0.6"]), ("sigmoid", ["y(1 − y) = 0.2288"]), ("tanh", ["1 − y2 = 0.7116"]),
        ("exp", ["y = 1.822"]), ("add", ["1", "1"]), ("subtract", ["1", "−1"]),
        ("divide", ["1/b = 2.857", "−y/b = −4.898"]),
        ("relu", ["(1 if a > 0 else 0) = 1"]), ("sqrt", ["1/(2y) = 0.6455"]), ("sin", ["cos(a) = 0.8253"]),
        ("cos", ["−sin(a) = −0.5646"]), ("mean", ["0.3333"] * 3),
    ],
)  # fmt: skip
def test_edge_labels_read_as_a_teacher_writes_them(name, labels):
    drawn = parts(draw(applied(name), layout="builtin").svg, "label")

    assert [texts(label)[0] for label in drawn] == labels


def test_every_operation_of_the_table_is_drawn_and_a_new_one_at_once(table):
    from autograd import custom

    thrice = custom("thrice", lambda x: 3 * x, lambda y, x: 3)
    cube = custom("cubed", lambda x: x**3, lambda y, x: 3 * x**2)
    picture = draw(cube(thrice(Value(2.0, "x")).named("a")).named("y"), layout="builtin")

    assert card(picture, "y")[0] == "y = cubed(a)"
    assert [texts(label)[0] for label in parts(picture.svg, "label")] == ["3", "3a2 = 108"]


def test_a_missing_slope_is_told_for_its_operand_alone():
    x, n = Value(-2.0, "x"), Value(2.0, "n")
    edges = parts(draw((x**n).named("y"), layout="builtin").svg, "edge")

    assert [tooltip(edge) for edge in edges] == ["∂y/∂x = n·x^(n − 1) = -4.0", "∂y/∂n = y·ln(x) = no slope here"]


def test_a_leaf_that_changed_after_the_forward_pass_is_marked():
    w, x = Value(0.5, "w_11"), Value(2.0, "x")
    y = (w * x).named("y")
    y.backward()
    w.data = 0.45
    picture = draw(y, layout="builtin")
    description = ElementTree.fromstring(picture.svg).find(f"{SVG}desc").text

    assert card(picture, "w11") == ["w11", "0.5", "now 0.45", "grad 2"]
    assert "w₁₁ changed after the forward pass: 0.5 → 0.45" in texts(ElementTree.fromstring(picture.svg))
    assert "w₁₁ changed after the forward pass: 0.5 → 0.45" in description
    assert [texts(label)[0] for label in parts(picture.svg, "label")] == ["x = 2", "w11 = 0.5"]

    y.forward()
    assert "changed after" not in draw(y, layout="builtin").svg


def test_a_change_too_small_for_the_digits_is_written_in_full():
    w = Value(0.5, "w")
    y = w * 2
    w.data = 0.50000001

    assert "w changed after the forward pass: 0.5 → 0.50000001" in draw(y, layout="builtin").svg


def test_digits_are_significant_digits():
    picture = draw(Value(math.pi, "x"), digits=9, layout="builtin")

    assert card(picture, "x") == ["x", "3.14159265"]


def test_several_outputs_are_drawn_in_one_picture():
    x = Value(2.0, "x")
    y, z = (x * 3).named("y"), (x + 1).named("z")
    svg = draw([y, z], layout="builtin").svg
    roles = Counter(group.get("class") for group in parts(svg, "node"))

    assert roles == {"node leaf": 1, "node output": 2}
    assert ElementTree.fromstring(svg).find(f"{SVG}title").text == "Computation graph of y, z"


@pytest.mark.parametrize(("rankdir", "axis", "sign"), [("LR", 0, 1), ("RL", 0, -1), ("TB", 1, 1), ("BT", 1, -1)])
@pytest.mark.parametrize("engine", ["builtin", pytest.param("dot", marks=pytest.mark.graphviz)])
def test_rankdir_is_the_direction_from_the_leaves_to_the_output(rankdir, axis, sign, engine):
    x = Value(2.0, "x")
    cards = parts(draw(x.exp().named("y"), rankdir=rankdir, layout=engine).svg, "node")
    start, end = (float(group.find(f"{SVG}rect").get("xy"[axis])) for group in cards)

    assert sign * (end - start) > 20


# ---------------------------------------------------------------- wrong input


def test_a_graph_that_is_too_large_is_refused_with_advice():
    with pytest.raises(GraphTooLargeError, match=r"61 nodes.* up to about 50.* draw a part .* raise max_nodes"):
        draw(deep(), max_nodes=50, layout="builtin")
    assert len(parts(draw(deep(), max_nodes=61, layout="builtin").svg, "node")) == 61


def test_a_million_nodes_are_refused_at_once():
    node = Value(1.0)
    for _ in range(100_000):
        node = node + 1

    with pytest.raises(GraphTooLargeError, match="100,001 nodes"):
        draw(node)


def test_two_nodes_with_one_label_are_an_error_that_names_it():
    with pytest.raises(LabelError, match="two nodes of this graph are labelled 'w'"):
        draw(Value(1.0, "w") * Value(2.0, "w"), layout="builtin")


@pytest.mark.parametrize("wrong", [3, 2.5, "x", None, {}, [1.0], [Value(1.0), "y"], object()])
def test_what_is_no_value_cannot_be_drawn(wrong):
    with pytest.raises(OperandError, match="draw takes a Value, or a list of them; it was given"):
        draw(wrong)


def test_nothing_cannot_be_drawn():
    with pytest.raises(OperandError, match="empty list"):
        draw([])


@pytest.mark.parametrize("rankdir", ["lr", "left", "", None, 'LR"', 3])
def test_an_unknown_direction_is_an_error_that_names_the_four(rankdir):
    with pytest.raises(OperandError, match="rankdir is one of LR, RL, TB, BT"):
        draw(Value(1.0), rankdir=rankdir)


@pytest.mark.parametrize("name", ["digits", "max_nodes"])
@pytest.mark.parametrize("number", [0, -1, 2.5, "4", None])
def test_digits_and_max_nodes_are_whole_numbers(name, number):
    with pytest.raises(OperandError, match=f"{name} is a whole number from 1 on"):
        draw(Value(1.0), layout="builtin", **{name: number})


def test_an_unknown_layout_is_an_error_that_names_the_known_ones():
    with pytest.raises(LayoutError, match="'neato': choose builtin, dot, graphviz-pure"):
        draw(Value(1.0), layout="neato")


def test_the_environment_chooses_a_layout(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LAYOUT", "builtin")
    chosen = draw(neuron()).svg

    assert chosen == draw(neuron(), layout="builtin").svg


def test_a_layout_that_is_not_installed_is_an_error_with_advice(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LayoutError, match="not on the PATH: install Graphviz, or use layout='builtin'"):
        draw(Value(1.0), layout="dot")


# ---------------------------------------------------------------- files and notebooks


@pytest.mark.parametrize(("name", "attribute"), [("g.svg", "svg"), ("g.dot", "dot"), ("g.gv", "dot"), ("G.SVG", "svg")])
def test_save_writes_what_the_ending_says(tmp_path, name, attribute):
    picture = draw(neuron(), layout="builtin")

    path = picture.save(tmp_path / name)

    assert path == tmp_path / name
    assert path.read_bytes() == getattr(picture, attribute).encode()
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["g.png", "g", "g.svg.txt", "g.pdf"])
def test_another_ending_is_refused_with_advice(tmp_path, name):
    with pytest.raises(OperandError, match=r"saved as \.svg, \.dot or \.gv"):
        draw(neuron(), layout="builtin").save(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "g.svg"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match=r"cannot write '.*g\.svg': No space left on device"):
        draw(neuron(), layout="builtin").save(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["g.svg"]


def test_a_missing_folder_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write '.*': there is no folder '.*missing'"):
        draw(neuron(), layout="builtin").save(tmp_path / "missing" / "g.svg")


def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path):
    (tmp_path / "g.svg").mkdir()
    with pytest.raises(IsADirectoryError, match="cannot write '.*': this is a folder"):
        draw(neuron(), layout="builtin").save(tmp_path / "g.svg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_is_write_protected_is_a_clear_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"cannot write '.*g\.svg': Permission denied"):
        draw(neuron(), layout="builtin").save(tmp_path / "g.svg")


@pytest.mark.skipif(os.name != "posix", reason="permissions as Unix has them")
def test_a_saved_picture_can_be_read_by_others_as_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        path = draw(neuron(), layout="builtin").save(tmp_path / "g.svg")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o644


def test_jupyter_shows_a_picture_as_svg():
    picture = draw(neuron(), layout="builtin")

    assert picture._repr_svg_() == picture.svg
    assert repr(picture) == "<picture of 6 nodes; .svg, .dot, .save(path)>"


# ---------------------------------------------------------------- draw_dot


def test_draw_dot_returns_a_digraph_of_the_graphviz_package():
    graphviz = pytest.importorskip("graphviz")
    drawing = draw_dot(neuron())

    assert isinstance(drawing, graphviz.Digraph)
    assert drawing.source == draw(neuron(), layout="builtin").dot


@pytest.mark.graphviz
@pytest.mark.parametrize("label", ["w", 'a "b" \\N <script>', "👩 \u2028 \x85 x"])
def test_draw_dot_renders(tmp_path, label):
    path = draw_dot(Value(2.0, label) * 3).render(directory=tmp_path, cleanup=True)

    assert len(parts(Path(path).read_text(encoding="utf-8"), "node")) == 2


def test_draw_dot_shows_itself_without_the_program(monkeypatch):
    pytest.importorskip("graphviz")
    monkeypatch.setenv("PATH", "")
    shown_as = draw_dot(neuron())._repr_mimebundle_(include=None, exclude=None)

    assert set(shown_as) == {"image/svg+xml", "text/plain"}
    assert len(parts(shown_as["image/svg+xml"], "node")) == 6


def test_a_drawing_is_told_in_the_same_words_on_every_run():
    pytest.importorskip("graphviz")
    drawing = draw_dot(neuron())

    assert repr(drawing) == "<picture of 6 nodes; .source, .render(path)>"
    assert drawing._repr_mimebundle_()["text/plain"] == repr(drawing)


def test_draw_dot_takes_two_nodes_with_one_label_as_the_lecture_does():
    assert draw_dot(Value(1.0, "w") * Value(2.0, "w")).source.count("label=") == 6


@pytest.mark.parametrize("wrong", [3, "x", None, []])
def test_draw_dot_says_what_it_takes(wrong):
    with pytest.raises(AutogradError, match="takes a Value"):
        draw_dot(wrong)


# ---------------------------------------------------------------- colours


def palette(rules: str) -> dict[str, dict[str, str]]:
    """Selector → property → value."""
    found: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", rules):
        for selector in selectors.strip().split(","):
            properties = dict(each.split(":", 1) for each in body.split(";") if ":" in each)
            found.setdefault(selector.strip(), {}).update(properties)
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_background(scheme):
    light, _, dark = _STYLE.partition("@media (prefers-color-scheme:dark){")
    colours = palette(light)
    if scheme == "dark":
        for selector, properties in palette(dark).items():
            colours[selector].update(properties)

    def fill(selector: str) -> str:
        return colours[selector]["fill"]

    for text in ("text", ".grad", ".changed"):
        for background in (".page", ".leaf .card", ".inner .card", ".output .card"):
            assert contrast(fill(text), fill(background)) >= 4.5, (text, background)
    assert contrast(fill(".label text"), fill(".label rect")) >= 4.5
    for line in (".line", ".leaf .card", ".inner .card", ".output .card"):  # WCAG asks 3:1 of graphics
        assert contrast(colours[line]["stroke"], fill(".page")) >= 2.8, line


# ---------------------------------------------------------------- in a browser

_MEASURE = """
<script>addEventListener("load", () => {
  const found = [];
  for (const group of document.querySelectorAll("g.node, g.label")) {
    const room = group.querySelector("rect").getBBox();
    for (const text of group.querySelectorAll("text")) {
      const box = text.getBBox();
      found.push([text.textContent, box.x - room.x, room.x + room.width - box.x - box.width,
                  text.getComputedTextLength(), getComputedStyle(text).fontFamily]);
    }
  }
  const page = document.querySelector("svg").getBoundingClientRect();
  for (const text of document.querySelectorAll("svg > text")) {
    const box = text.getBoundingClientRect();
    found.push([text.textContent, box.left - page.left, page.right - box.right, box.width, ""]);
  }
  const out = document.createElement("pre");
  out.id = "out"; out.textContent = JSON.stringify(found); document.body.append(out);
})</script>
"""
_FONTS = {
    "the fonts of this machine": "",
    "only DejaVu": (
        'svg text{font-family:"DejaVu Sans"!important}'
        'svg .name, svg .label text{font-family:"DejaVu Serif"!important}'
    ),
    "only sans": 'svg text, svg .name, svg .label text{font-family:"DejaVu Sans"!important}',
}


def measured(svg: str, css: str, folder: Path) -> list[list]:
    """Each text of a picture in Chromium, with the room that is left on its left and right, in points."""
    svg = re.sub(r'width="100%" style="max-width:([\d.]+)px"', r'width="\1"', svg)  # as large as it was drawn
    return told(f'<!doctype html><meta charset="utf-8"><style>{css}</style><body>{svg}{_MEASURE}', folder)


@pytest.mark.browser
@pytest.mark.parametrize("css", _FONTS.values(), ids=_FONTS)
def test_no_text_is_wider_than_its_card_or_its_label(css, tmp_path):
    net = network()
    net.L.backward()
    net.w[0][0].data = 0.45
    # The rows of `found`: text, room on the left, room on the right, length, font.
    found = measured(draw(net.L, layout="builtin").svg, css, tmp_path)

    assert len(found) > 150
    assert [row for row in found if min(row[1], row[2]) < 0] == []
    assert all(row[3] > 0 for row in found)


@pytest.mark.browser
@pytest.mark.parametrize("css", _FONTS.values(), ids=_FONTS)
def test_no_text_is_wider_than_its_card_for_many_kinds_of_names(css, tmp_path):
    names = "WWWWWMMMMM|the mean of all losses|Δ_mω^(12)|ΩΨΦ|my loss!|@%&#~|iiiiillll|E_total|ψ'|ЖЩЮ"
    labels = list(names.split("|"))
    leaves = [Value(-1234.5678 * 10**i, label) for i, label in enumerate(labels)]
    output = leaves[0]
    for leaf in leaves[1:]:
        output = (output * leaf).tanh()
    output.backward()
    found = measured(draw(output, layout="builtin").svg, css, tmp_path)

    assert [row for row in found if min(row[1], row[2]) < 0] == []


@pytest.mark.browser
def test_a_browser_runs_and_loads_nothing_from_hostile_labels(tmp_path):
    x = Value(1.0, "x")
    output = x
    for label in HOSTILE.values():
        output = (output + Value(1.0, label)).tanh()
    svg = draw(output, layout="builtin").svg
    count = """<script>addEventListener("load", () => {
      const count = selector => document.querySelectorAll(selector).length;
      document.title = count("svg script, svg a, svg image, svg [onload]") + " " + count("svg");
    })</script>"""
    shown = loaded(f'<!doctype html><meta charset="utf-8"><body>{svg}{count}', tmp_path)

    assert "<title>0 1</title>" in shown



def test_a_wide_picture_is_as_wide_as_its_page_and_never_wider_than_drawn() -> None:
    small, wide = draw(Value(1.0, "x"), layout="builtin"), draw(network().L, layout="builtin")
    sizes = [ElementTree.fromstring(picture.svg).attrib for picture in (small, wide)]
    assert sizes[0]["viewBox"] == f"0 0 {sizes[0]['width']} {sizes[0]['height']}" and "style" not in sizes[0]
    assert ("100%", f"max-width:{sizes[1]['viewBox'].split()[2]}px") == (sizes[1]["width"], sizes[1]["style"])


def test_a_notebook_is_told_what_the_picture_shows() -> None:
    x = Value(3.0, "x")
    data, metadata = draw((x * x).named("<y>"), layout="builtin")._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg") and "<y>" in metadata["image/svg+xml"]["alt"]
