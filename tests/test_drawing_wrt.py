"""Pictures with `wrt`: the named view, the paths that are lit, the chain rule below, for every reader and any label."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pictures import SVG, parts, texts, tooltip
from test_drawing import _FONTS, HOSTILE, card, contrast, labelled, measured, palette, run_dot, skeleton

from autograd import Value, dot, draw, evaluate, mean, parse, sigmoid, tanh
from autograd.demo import network
from autograd.drawing.dot import dot_text
from autograd.drawing.look import LIT, STYLE
from autograd.drawing.scene import Scene, Sentence
from autograd.errors import GraphTooLargeError, LabelError, OperandError
from autograd.graph import topological_order
from autograd.printers.runs import Run
from autograd.symbol import Symbol
from autograd.views import View


def regression() -> Value:
    """The mean squared error of y = m·x + b on three points; the residuals have no labels."""
    m, b = Value(0.5, "m"), Value(0.1, "b")
    points = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0)]
    lines = [(m * Value(x, f"x_{i}") + b).named(f"y_{i}") for i, (x, _) in enumerate(points, 1)]
    return mean([(y - t) ** 2 for y, (_, t) in zip(lines, points, strict=True)]).named("E")


def recurrent() -> Value:
    """Three steps of h = tanh(w·h + u·x): the weights are shared."""
    w, u, h = Value(0.8, "w"), Value(0.5, "u"), Value(0.2, "h_0")
    for step in range(1, 4):
        h = tanh(dot([w, u], [h, Value(0.3 * step, f"x_{step}")])).named(f"h_{step}")
    return ((h - 1) ** 2 / 2).named("L")


def square() -> Value:
    return parse("y = x*x", x=3)


def one_neuron() -> Value:
    return parse("L = (sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)


def grid(layers: int, width: int) -> Value:
    """A layered network of which every layer uses all of the one before: width^layers paths."""
    units = [Value(0.1 * i, f"x_{i}") for i in range(width)]
    for layer in range(layers):
        weights = [0.1 * (i + 1) for i in range(width)]
        units = [tanh(dot(weights, units)).named(f"h_{i}^({layer})") for i in range(width)]
    return mean(units).named("L")


GRAPHS: dict[str, tuple[Callable[[], Value], str]] = {
    "network, hidden weight": (lambda: network().L, "w_11"),
    "network, output weight": (lambda: network().L, "u_11"),
    "network, bias": (lambda: network().L, "b_1^(1)"),
    "network, input": (lambda: network().L, "x_1"),
    "network, inner node": (lambda: network().L, "h_1"),
    "regression": (regression, "m"),
    "recurrent": (recurrent, "w"),
    "square": (square, "x"),
    "one neuron": (one_neuron, "w"),
}
all_graphs = pytest.mark.parametrize(("graph", "wrt"), GRAPHS.values(), ids=GRAPHS)


def caption(picture) -> list[str]:
    """The lines of the caption: texts on one height, from left to right."""
    rows: dict[float, str] = {}
    for text in ElementTree.fromstring(picture.svg).findall(f"{SVG}text"):
        if text.get("class") in ("caption", "words"):
            rows[float(text.get("y"))] = rows.get(float(text.get("y")), "") + "".join(text.itertext())
    return list(rows.values())


def description(picture) -> str:
    return ElementTree.fromstring(picture.svg).find(f"{SVG}desc").text


def standing(group: ElementTree.Element) -> str:
    return next((each for each in group.get("class").split() if each in ("on-path", "beside")), "")


def edges_of(picture) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """The edges by the names of their ends, as the titles have them: ∂child/∂parent."""
    for edge in parts(picture.svg, "edge"):
        child, parent = re.match(r"∂(.*?)/∂(.*?) = ", tooltip(edge)).groups()
        yield parent, child, edge


def name_of(node: ElementTree.Element) -> str:
    return tooltip(node).split(" = ")[0]


# ---------------------------------------------------------------- the named view


def test_a_picture_with_wrt_shows_the_named_view_and_any_other_every_operation():
    output = one_neuron()

    assert len(parts(draw(output, layout="builtin").svg, "node")) == len(topological_order(output)) == 10
    assert len(parts(draw(output, wrt="w", layout="builtin").svg, "node")) == 5
    assert len(parts(draw(output, detail="named", layout="builtin").svg, "node")) == 5
    assert len(parts(draw(output, wrt="w", detail="primitive", layout="builtin").svg, "node")) == 10


def test_a_card_has_the_whole_formula_between_labelled_nodes():
    picture = draw(one_neuron(), detail="named", layout="builtin")

    assert card(picture, "L") == ["L = ½(σ(w·x + b) − t)2", "0.07127"]
    assert card(picture, "w") == ["w", "0.5"]


def test_a_long_formula_has_a_few_lines_on_a_card_and_is_whole_in_the_tooltip():
    output = dot([Value(0.5, f"weight_{i}") for i in range(30)], [Value(1.0, f"x_{i}") for i in range(30)]).named("a")
    (node,) = (each for each in parts(draw(output, detail="named", layout="builtin").svg, "node")
               if texts(each)[0].startswith("a = "))  # fmt: skip

    assert len(texts(node)) <= 4
    assert "more" in "".join(texts(node))
    assert tooltip(node).count("·") == 30


@all_graphs
def test_the_number_on_a_named_edge_is_the_slope_by_differences(graph, wrt):
    """Each node is moved by a little while the others that are shown are held: an oracle that knows no rule."""
    output = graph()
    view = View(output)
    nodes = {draw_name(view.name(node)): node for node in view.nodes}

    for parent, child, edge in edges_of(draw(output, wrt=wrt, layout="builtin", digits=12)):
        node, step = nodes[parent], 1e-5
        held = {each: each.data for each in view.parents(nodes[child])}
        above, below = (evaluate(nodes[child], {**held, node: node.data + sign * step}) for sign in (1, -1))
        told = float(tooltip(edge).rpartition(" = ")[2])
        assert told == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-9)


def draw_name(label: str) -> str:
    from autograd.notation import text

    return text(label)


def test_parallel_uses_are_one_edge_with_their_sum_in_the_named_view_and_two_in_the_primitive_one():
    named, primitive = (draw(square(), wrt="x", detail=detail, layout="builtin") for detail in ("named", "primitive"))

    assert [texts(label) for label in parts(named.svg, "label")] == [["2x = 6"]]
    assert [texts(label) for label in parts(primitive.svg, "label")] == [["x = 3"], ["x = 3"]]
    assert "2 paths from x to y" in description(primitive)


def test_a_missing_slope_is_told_on_its_edge_and_below_the_picture():
    x, n = Value(-2.0, "x"), Value(2.0, "n")
    picture = draw((x**n).named("y"), wrt=n, layout="builtin")

    assert [tooltip(each) for each in parts(picture.svg, "edge")] == [
        "∂y/∂x = n·x^(n − 1) = -4.0", "∂y/∂n = y·ln(x) = no slope here"
    ]  # fmt: skip
    assert caption(picture)[0].startswith("∂y/∂n has no value here: ")


# ---------------------------------------------------------------- the paths that are lit


def paths_by_enumeration(view: View, start: Value, end: Value) -> list[list[Value]]:
    """Every path, forward from the start, by trying all ways."""
    children: dict[Value, list[Value]] = {node: [] for node in view.nodes}
    for node in view.nodes:
        for edge in view.edges(node):
            children[edge.parent].append(node)
    found, stack = [], [[start]]
    while stack:
        path = stack.pop()
        if path[-1] is end:
            found.append(path)
        stack += [[*path, child] for child in children[path[-1]]]
    return found


@pytest.mark.parametrize("graph", [lambda: network().L, regression, recurrent, square, one_neuron])
def test_exactly_the_nodes_and_edges_on_a_path_are_lit_whatever_the_variable(graph):
    output = graph()
    view = View(output)
    for variable in view.nodes:
        found = paths_by_enumeration(view, variable, output)
        on_nodes = {view.name(node) for path in found for node in path}
        on_edges = {(view.name(a), view.name(b)) for path in found for a, b in zip(path, path[1:], strict=False)}

        picture = draw(output, wrt=variable, layout="builtin")

        lit_nodes = {name_of(each) for each in parts(picture.svg, "node") if standing(each) == "on-path"}
        lit_edges = {(parent, child) for parent, child, edge in edges_of(picture) if standing(edge) == "on-path"}
        assert lit_nodes == {draw_name(name) for name in on_nodes}
        assert lit_edges == {(draw_name(a), draw_name(b)) for a, b in on_edges}
        assert all(standing(each) for kind in ("node", "edge", "label") for each in parts(picture.svg, kind))
        if variable is not output:
            count = f"{len(found)} path{'s' * (len(found) > 1)}"
            assert f"{count} from {draw_name(view.name(variable))} to" in description(picture)


@all_graphs
def test_the_dot_text_lights_the_same_edges(graph, wrt):
    picture = draw(graph(), wrt=wrt, layout="builtin")
    lit = sum(standing(edge) == "on-path" for edge in parts(picture.svg, "edge"))
    lines = picture.dot.splitlines()

    assert sum("style=bold, penwidth=3, arrowsize=1.1" in line for line in lines if " -> " in line) == lit
    assert picture.dot.count("penwidth=3") == lit + sum(standing(n) == "on-path" for n in parts(picture.svg, "node"))


def test_what_is_lit_differs_by_more_than_colour():
    picture = draw(network().L, wrt="w_11", layout="builtin")
    rules = palette(LIT.partition("@media")[0])

    def size(edge: ElementTree.Element) -> float:
        tip = next(path.get("d") for path in edge.iter(f"{SVG}path") if path.get("class") == "tip")
        (x, y), *others = ((float(a), float(b)) for a, b in re.findall(r"([-\d.]+),([-\d.]+)", tip))
        return max(abs(x - u) + abs(y - v) for u, v in others)

    lit = [edge for edge in parts(picture.svg, "edge") if standing(edge) == "on-path"]
    beside = [edge for edge in parts(picture.svg, "edge") if standing(edge) == "beside"]
    assert {len(edge.findall(f"{SVG}path")) for edge in lit} == {3}  # the line, a light one within, the head
    assert {len(edge.findall(f"{SVG}path")) for edge in beside} == {2}
    assert min(map(size, lit)) > 1.4 * max(map(size, beside))
    for line in (".line", ".card"):
        assert float(rules[f".on-path {line}"]["stroke-width"]) >= 2.5 * float(rules[f".beside {line}"]["stroke-width"])


def test_what_is_lit_is_drawn_over_what_is_beside_it():
    edges = [standing(edge) for edge in parts(draw(network().L, wrt="w_11", layout="builtin").svg, "edge")]

    assert edges == sorted(edges, key=["beside", "on-path"].index)
    assert len(set(edges)) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_a_lit_picture_stands_out_from_its_background(scheme):
    colours: dict[str, dict[str, str]] = {}
    for sheet in (STYLE, LIT):
        light, _, dark = sheet.partition("@media (prefers-color-scheme:dark){")
        for selector, properties in [*palette(light).items(), *(palette(dark).items() if scheme == "dark" else ())]:
            colours.setdefault(selector, {}).update(properties)

    def fill(selector: str) -> str:
        return colours[selector]["fill"]

    for text in (".beside text", ".beside .grad", ".beside .changed"):
        for background in (".page", ".leaf .card", ".inner .card", ".output .card"):
            assert contrast(fill(text), fill(background)) >= 4.5, (text, background)
    assert contrast(fill(".label.on-path text"), fill(".label rect")) >= 4.5
    assert contrast(fill(".tag"), fill(".pill")) >= 4.5
    for line in (".on-path .line", ".on-path .card"):
        assert contrast(colours[line]["stroke"], fill(".page")) >= 4.5
    assert contrast(colours[".on-path .line"]["stroke"], colours[".core"]["stroke"]) >= 3


@all_graphs
def test_the_variable_has_a_tag_with_the_derivative_that_backward_gives(graph, wrt):
    output = graph()
    picture = draw(output, wrt=wrt, layout="builtin", digits=12)
    (node,) = (node for node in topological_order(output) if node.label == wrt)
    (tag,) = (text for text in ElementTree.fromstring(picture.svg).iter(f"{SVG}text") if text.get("class") == "tag")
    output.backward()

    assert float(re.split("[=≈]", "".join(tag.itertext()))[1].replace("−", "-")) == pytest.approx(node.grad, rel=1e-10)


def test_a_picture_without_wrt_has_nothing_lit():
    for detail in ("named", "primitive"):
        svg = draw(network().L, detail=detail, layout="builtin").svg

        assert not re.search("on-path|beside|caption|pill", svg)


# ---------------------------------------------------------------- the caption


def numbers_of(line: str) -> float:
    """The value of a line of numbers, computed here."""
    written = line.strip("=≈ ").replace("·", "*").replace("−", "-").replace("[", "(").replace("]", ")")
    assert re.fullmatch(r"[-+*()\d. ]+", written), line
    from sympy import sympify

    return float(sympify(written))


@pytest.mark.parametrize("wrt", ["w_11", "u_11", "b_1^(1)", "w_23", "h_2"])
def test_the_caption_is_the_chain_rule_as_a_sum_of_products_that_gives_the_derivative(wrt):
    output = network().L
    lines = caption(draw(output, wrt=wrt, layout="builtin", digits=14))
    (node,) = (node for node in topological_order(output) if node.label == wrt)
    output.backward()

    *_, factors, value = lines
    assert numbers_of(factors) == pytest.approx(numbers_of(value), rel=1e-11)
    assert numbers_of(value) == pytest.approx(node.grad, rel=1e-11)


def test_the_caption_reads_as_a_teacher_writes_it():
    assert caption(draw(network().L, wrt="w_11", layout="builtin")) == [
        "L depends on w11 along 2 paths, drawn thick: multiply the local derivatives along each path, add the products",
        "∂L/∂w11 = [∂L/∂y1 · ∂y1/∂a1(2) · ∂a1(2)/∂h1 + ∂L/∂y2 · ∂y2/∂a2(2) · ∂a2(2)/∂h1] · ∂h1/∂a1(1) · ∂a1(1)/∂w11",
        " = [(y1 − t1)·y1(1 − y1)·u11 + (y2 − t2)·y2(1 − y2)·u12]·h1(1 − h1)·x1",
        " ≈ [0.5669·0.2455·0.3 + (−0.4077)·0.2415·(−0.2)]·0.2445·0.5",
        " ≈ 0.00751",
    ]


def test_several_uses_are_added_in_the_caption():
    assert caption(draw(square(), wrt="x", layout="builtin")) == [
        "y depends on x directly, by 2 uses: add their derivatives", "∂y/∂x = x + x", " = 2x", " = 6",
    ]  # fmt: skip


def test_the_caption_is_a_label_of_the_dot_text():
    label = re.search(r'label="(.*?)", labelloc', draw(one_neuron(), wrt="b", layout="builtin").dot)[1]

    assert label.split("\\l")[:2] == ["Computation graph of L and how it depends on b", "L depends on b directly"]
    assert label.endswith("\\l")


def test_the_caption_of_the_dot_text_is_not_longer_than_graphviz_takes():
    scene = Scene(caption=[Sentence((Run("損" * 1_900),))] * 10, title="title")
    label = re.search(r'label="(.*?)", labelloc', dot_text(scene))[1]

    assert 10_000 < len(label.encode()) < 16_000
    assert label.startswith("title\\l損")


def test_the_title_names_what_is_lit():
    def title(**how) -> str:
        return ElementTree.fromstring(draw(network().L, layout="builtin", **how).svg).find(f"{SVG}title").text

    assert title(wrt="w_11") == "Computation graph of L and how it depends on w₁₁"
    assert title(wrt=["w_11", "x_1"]) == "Computation graph of L and how it depends on w₁₁, x₁"
    assert title(wrt=[f"w_{i}{j}" for i in (1, 2) for j in (1, 2, 3)]).endswith("how it depends on 6 variables")
    assert title(wrt="w_11", title="Mine") == "Mine"


def test_a_few_paths_are_listed_for_who_does_not_see_them():
    told = description(draw(network().L, wrt="u_12", layout="builtin"))

    assert "1 path from u₁₂ to L, drawn thick: u₁₂ → a₂⁽²⁾ → y₂ → L." in told


def test_many_paths_are_counted_and_left_to_derive():
    picture = draw(grid(12, 5), wrt="x_0", layout="builtin")

    assert f"{5**12:,} paths from x₀ to L" in description(picture)
    assert f"along {5**12:,} paths" in " ".join(caption(picture))
    assert "derive writes the chain rule out" in " ".join(caption(picture))
    assert len(caption(picture)) <= 3


def test_an_output_that_does_not_depend_on_wrt_has_the_derivative_zero():
    picture = draw(square(), wrt=Value(2.0, "w"), layout="builtin")

    assert caption(picture) == ["y does not depend on w: ∂y/∂w = 0"]
    assert "y does not depend on w." in description(picture)
    assert not any(standing(each) for kind in ("node", "edge") for each in parts(picture.svg, kind))


def test_the_output_itself_is_a_variable_too():
    assert caption(draw(square(), wrt="y", layout="builtin")) == ["∂y/∂y = 1: by itself"]


def test_several_outputs_and_variables_have_a_line_each():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    picture = draw([a * b, a + b], wrt=["a", b], layout="builtin")

    assert caption(picture) == [
        "v1 depends on a directly: ∂v1/∂a = 3", "v1 depends on b directly: ∂v1/∂b = 2",
        "v2 depends on a directly: ∂v2/∂a = 1", "v2 depends on b directly: ∂v2/∂b = 1",
    ]  # fmt: skip


def test_an_unlabelled_variable_is_shown_under_its_number():
    a = Value(2.0, "a")
    inner = a * 3
    picture = draw((tanh(inner) + inner).named("y"), wrt=inner, layout="builtin")

    assert ["∂y/∂v1 ≈ 1", "v1 = 3a", "6"] in [texts(node) for node in parts(picture.svg, "node")]
    assert caption(picture)[0].startswith("y depends on v1 directly, by 2 uses")


def test_the_numbers_are_those_of_the_forward_pass_also_when_a_leaf_has_changed():
    net = network()
    before = caption(draw(net.L, wrt="w_11", layout="builtin"))
    net.x[0].data = 100.0
    picture = draw(net.L, wrt="w_11", layout="builtin")
    below = ElementTree.fromstring(picture.svg).findall(f"{SVG}text")
    (note,) = (text for text in below if text.get("class") == "changed")
    captions = [text for text in below if text.get("class") == "caption"]

    assert caption(picture) == before
    assert "".join(note.itertext()) == "x₁ changed after the forward pass: 0.5 → 100"
    assert float(note.get("y")) > max(float(text.get("y")) for text in captions) + 12


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@all_graphs
def test_graph_caption_and_notes_lie_below_each_other_on_the_page(graph, wrt, rankdir):
    output = graph()
    topological_order(output)[0].data += 0.5
    root = ElementTree.fromstring(draw(output, wrt=wrt, rankdir=rankdir, layout="builtin").svg)
    cards = [float(r.get("y")) + float(r.get("height")) for r in root.iter(f"{SVG}rect") if r.get("class") == "card"]
    heights = [float(text.get("y")) for text in root.findall(f"{SVG}text")]

    assert max(cards) + 12 < heights[0]
    assert heights == sorted(heights)
    assert all(later == earlier or later - earlier >= 17 for earlier, later in zip(heights, heights[1:], strict=False))
    assert heights[-1] + 5 <= float(root.get("viewBox").split()[-1])


# ---------------------------------------------------------------- any graph, any label


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_no_label_adds_a_kind_of_element_or_attribute_to_a_lit_picture(label):
    def kinds(text: str) -> set:
        output = labelled(text)
        return set(skeleton(draw(output, wrt=topological_order(output)[0], layout="builtin").svg))

    assert kinds(label) <= kinds("lambd a")


@pytest.mark.graphviz
@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_the_dot_program_reads_the_dot_text_of_a_lit_picture(label):
    output = labelled(label)
    picture = draw(output, wrt=topological_order(output)[0], layout="dot")

    assert len(parts(run_dot(picture.dot, "svg"), "node")) == len(parts(picture.svg, "node"))


@all_graphs
def test_ids_are_unique_in_a_lit_picture(graph, wrt):
    ids = re.findall(r'\bid="([^"]*)"', draw(graph(), wrt=wrt, layout="builtin").svg)

    assert max(Counter(ids).values()) == 1


_PROGRAM = """
import sys
from autograd import draw
from autograd.demo import network
picture = draw(network().L, wrt=["x_1", "w_11"], layout="builtin")
sys.stdout.buffer.write((picture.svg + picture.dot).encode())
"""


def test_a_lit_picture_has_the_same_bytes_in_every_process():
    drawn = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip

    assert len(drawn) == 1


def test_paths_are_counted_and_not_walked():
    output = grid(110, 4)
    start = time.perf_counter()
    picture = draw(output, wrt="x_3", layout="builtin", max_nodes=2000)

    assert time.perf_counter() - start < 30
    exactly = str(4**110)
    assert f"about {exactly[0]}.{exactly[1:3]}×10" in description(picture)


def test_the_named_view_of_a_large_graph_is_drawn_where_its_operations_are_too_many():
    node = Value(0.5, "x")
    for index in range(120):
        node = node * 1.01 + 0.001
        node = node.named(f"h_{index}") if index % 2 else node
    with pytest.raises(GraphTooLargeError, match=r'241 nodes.* label what matters and draw with detail="named"'):
        draw(node, max_nodes=100, layout="builtin")

    assert len(parts(draw(node, detail="named", max_nodes=100, layout="builtin").svg, "node")) == 61
    with pytest.raises(GraphTooLargeError, match="61 nodes"):
        draw(node, detail="named", max_nodes=60, layout="builtin")


# ---------------------------------------------------------------- wrong input


def test_an_unknown_label_is_an_error_that_names_the_labels():
    with pytest.raises(LabelError, match="no node is labelled 'z'; the labels of this graph are: 'x', 'y'"):
        draw(square(), wrt="z", layout="builtin")


@pytest.mark.parametrize("wrong", [3, 2.5, {}, object(), ["x", 3], b"x", Symbol("x")])
def test_wrt_is_a_value_or_a_label(wrong):
    with pytest.raises(OperandError, match="wrt is a Value, a label, or a list of them; it was given"):
        draw(square(), wrt=wrong, layout="builtin")


def test_an_empty_list_as_wrt_is_an_error():
    with pytest.raises(OperandError, match="wrt is an empty list: leave it out"):
        draw(square(), wrt=[], layout="builtin")


@pytest.mark.parametrize("wrong", ["all", "", 3, [], "Named"])
def test_an_unknown_detail_is_an_error_that_names_the_two(wrong):
    with pytest.raises(OperandError, match="detail is one of named, primitive; it was given"):
        draw(square(), detail=wrong, layout="builtin")


def test_two_nodes_with_one_label_are_an_error_in_the_named_view_too():
    with pytest.raises(LabelError, match="two nodes of this graph are labelled 'w'"):
        draw(Value(1.0, "w") * Value(2.0, "w"), detail="named", layout="builtin")


# ---------------------------------------------------------------- in a browser


@pytest.mark.browser
@pytest.mark.parametrize("css", _FONTS.values(), ids=_FONTS)
@pytest.mark.parametrize("name", ["network, input", "regression", "square", "one neuron"])
def test_no_text_of_a_lit_picture_is_cut_off(css: str, name: str, tmp_path: Path):
    graph, wrt = GRAPHS[name]
    output = graph()
    output.backward()
    found = measured(draw(output, wrt=wrt, layout="builtin").svg, css, tmp_path)

    assert len(found) > 5
    assert [row for row in found if min(row[1], row[2]) < 0] == []


def test_a_sigmoid_of_nothing_labelled_is_one_card():
    picture = draw(sigmoid(Value(0.0)), detail="named", layout="builtin")

    assert len(parts(picture.svg, "node")) == 2


def test_only_the_paths_are_drawn_for_a_slide() -> None:
    L = network().L
    whole, paths = draw(L, wrt="w_11", layout="builtin"), draw(L, wrt="w_11", layout="builtin", only_paths=True)
    assert (32, 8) == (whole.svg.count('<g class="node '), paths.svg.count('<g class="node '))
    assert 'class="node leaf beside"' in whole.svg and "beside" not in paths.svg.partition("</style>")[2]
    assert "caption" in paths.svg and whole.svg.count('<g class="edge on-path"') == paths.svg.count('<g class="edge')


def test_only_paths_needs_a_variable() -> None:
    with pytest.raises(OperandError, match="say which"):
        draw(network().L, only_paths=True)
