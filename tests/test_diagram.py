"""Pictures of networks: the neuron picture and the four levels of a network's graph show what the network computes."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest
from browser import told
from pictures import SVG, parts, texts, tooltip

import nn
from autograd import Value, draw
from autograd.drawing.look import STYLE
from autograd.errors import AutogradError, LabelError, OperandError
from autograd.printers.runs import shown
from nn.diagram.writing import WEIGHTS

X, T = [0.5, -1.0], [0.0, 1.0]


def small(**options) -> nn.MLP:
    """The 2-3-2 network, with biases that are not 0."""
    net = nn.MLP(2, [3, 2], rng=0, **options)
    for number, label in enumerate(sorted(net.named_parameters())):
        if label.startswith("b"):
            net.named_parameters()[label].data = (-1) ** number * 0.1 * (number + 1)
    return net


def own_id(group: ElementTree.Element) -> str:
    return group.get("id").partition("-")[2]


def by_id(svg: str, kind: str) -> dict[str, ElementTree.Element]:
    return {own_id(group): group for group in parts(svg, kind)}


def loss_at(net: nn.Network, x: list[float], t: list[float], loss=nn.l2_loss) -> float:
    return nn.graph(net, x, t, loss).data


def slope(f, step: float = 1e-5) -> float:
    return (f(step) - f(-step)) / (2 * step)


# ---------------------------------------------------------------- circles and arrows


@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 4, 4, 1), (4, 8, 3), (1, 1), (10, 10)])
def test_every_unit_is_a_circle_and_every_weight_an_arrow(sizes):
    svg = nn.MLP(sizes[0], sizes[1:], rng=1).diagram([0.1] * sizes[0], [0.5] * sizes[-1]).svg
    roles = Counter(group.get("class") for group in parts(svg, "node"))

    assert roles == Counter({"node leaf": sizes[0], "node inner": sum(sizes[1:-1]), "node output": sizes[-1]})
    assert len(parts(svg, "edge")) == sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))
    assert len(parts(svg, "bias")) == sum(sizes[1:])
    assert len(parts(svg, "aim")) == sizes[-1]


def test_arrows_lead_from_circle_to_circle():
    svg = small().diagram(X).svg
    circles = {
        key: (float(circle.get("cx")), float(circle.get("cy")), float(circle.get("r")))
        for key, group in by_id(svg, "node").items()
        for circle in [group.find(f"{SVG}circle")]
    }
    for key, edge in by_id(svg, "edge").items():
        number, i, j = map(int, key[1:].split("_"))
        line = [float(each) for each in re.findall(r"-?[\d.]+", edge.find(f"{SVG}path").get("d"))]
        tip = [float(each) for each in re.findall(r"-?[\d.]+", edge.findall(f"{SVG}path")[1].get("d"))][:2]
        x, y, radius = circles[f"n{number - 1}_{i}"]
        assert math.dist((x, y), line[:2]) == pytest.approx(radius, abs=0.1)
        x, y, radius = circles[f"n{number}_{j}"]
        assert math.dist((x, y), tip) == pytest.approx(radius + 1, abs=0.1)


def test_the_sign_of_a_weight_is_a_class_with_a_dash_pattern_and_a_minus_and_its_size_a_width():
    net = small()
    net.layers[0].neurons[0].w[0].data = 0.0
    svg = net.diagram(X, T).svg
    edges, labels = by_id(svg, "edge"), by_id(svg, "label")
    widths = {}
    for number, layer in enumerate(net.layers, 1):
        for j, neuron in enumerate(layer.neurons, 1):
            for i, weight in enumerate(neuron.w, 1):
                edge = edges[f"e{number}_{i}_{j}"]
                sign = "positive" if weight.data > 0 else "negative" if weight.data < 0 else "zero"
                assert edge.get("class") == f"edge {sign}"
                assert texts(labels[f"e{number}_{i}_{j}-label"])[0].endswith(f" = {shown(weight.data, 2)}")
                widths[abs(weight.data)] = float(edge.find(f"{SVG}path").get("stroke-width"))

    assert [widths[size] for size in sorted(widths)] == sorted(widths.values())
    assert max(widths.values()) > 3 * min(widths.values())
    assert ".negative .wire{stroke:#b3401f;stroke-dasharray" in WEIGHTS
    assert "dasharray" not in re.search(r"\.positive \.wire\{.*?\}", WEIGHTS)[0]


def test_a_large_layer_is_drawn_by_its_first_units_and_its_last():
    net = nn.MLP(64, [32, 10], rng=0)
    svg = net.diagram([0.1] * 64, [0.0] * 10).svg
    drawn = list(by_id(svg, "node"))

    assert [key for key in drawn if key.startswith("n0_")] == ["n0_1", "n0_2", "n0_3", "n0_4", "n0_5", "n0_64"]
    assert len([key for key in drawn if key.startswith("n2_")]) == 10
    assert [texts(gap) for gap in parts(svg, "gap")] == [["58 more"], ["26 more"]]
    assert len(parts(svg, "edge")) == 6 * 6 + 6 * 10
    assert "64 units" in svg and "32 units" in svg


def test_layer_normalisation_has_a_column_without_weights():
    net = nn.Network([nn.Layer(2, 3), nn.LayerNorm(3), nn.Layer(3, 1)], notation="layered")
    svg = net.diagram(X, [1.0]).svg

    assert len(parts(svg, "node")) == 2 + 3 + 3 + 1
    assert Counter(tooltip(edge) == "layer normalisation" for edge in parts(svg, "edge")) == {False: 9, True: 3}
    assert "layer normalisation" in texts(ElementTree.fromstring(svg))


def test_layers_and_activations_are_named_below_the_columns():
    svg = nn.MLP(3, [4, 4, 1], "tanh", output_activation="identity").diagram().svg
    words = texts(ElementTree.fromstring(svg))

    for each in ("inputs", "hidden layer 1", "hidden layer 2", "outputs", "tanh", "no activation"):
        assert each in words


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("notation", ["letters", "numbered", "layered"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity", "softmax"])
def test_the_numbers_in_the_circles_are_the_activations_and_the_finite_differences(notation, activation):
    net = small(activation=activation, notation=notation)
    drawn = by_id(net.diagram(X, T, digits=5).svg, "node")

    units = X
    for number, layer in enumerate([None, *net.layers]):
        if layer is not None:
            units = layer.predict(units)
        for j, unit in enumerate(units):
            lines = texts(drawn[f"n{number}_{j + 1}"])
            assert lines[1] == shown(unit, 5)
            if layer is None:
                assert len(lines) == 2
                continue
            bias = layer.neurons[j].b
            at = bias.data

            def moved(step: float, bias=bias, at=at) -> float:  # a bias moves the weighted sum by as much
                bias.data = at + step
                return loss_at(net, X, T)

            expected = slope(moved)
            bias.data = at
            shown_delta = float(re.search(r"δ = \S+ = (\S+)$", tooltip(drawn[f"n{number}_{j + 1}"]))[1])
            assert shown_delta == pytest.approx(expected, rel=1e-6, abs=1e-9)
            assert lines[2] == f"δ {shown(shown_delta, 5)}"


def test_the_titles_of_arrows_have_weights_and_gradients_in_full():
    net = small()
    edges = by_id(net.diagram(X, T).svg, "edge")
    weight = net.layers[0].neurons[2].w[1]
    at = weight.data

    def moved(step: float) -> float:
        weight.data = at + step
        return loss_at(net, X, T)

    expected = slope(moved)
    weight.data = at
    found = re.fullmatch(r"w₂₃ = (\S+), ∂L/∂w₂₃ = (\S+)", tooltip(edges["e1_2_3"]))
    assert float(found[1]) == at
    assert float(found[2]) == pytest.approx(expected, rel=1e-6)


def test_targets_stand_beside_the_outputs_with_the_error_and_the_loss():
    net = small()
    y = net.predict(X)
    svg = net.diagram(X, T, digits=4).svg
    words = texts(ElementTree.fromstring(svg))

    assert [texts(each) for each in parts(svg, "aim")] == [
        ["t1 = 0", f"y1 − t1 = {shown(y[0], 4)}"],
        ["t2 = 1", f"y2 − t2 = {shown(y[1] - 1, 4)}"],
    ]
    assert f"L = {shown(loss_at(net, X, T), 6)}" in words


def test_the_error_is_written_as_the_notation_writes_it():
    aims = parts(small(notation="numbered").diagram(X, T).svg, "aim")

    assert texts(aims[0])[1].startswith("t1 − ao1 = ")


@pytest.mark.parametrize(
    ("loss", "t"),
    [(nn.cross_entropy, 1), (nn.cross_entropy, [0.0, 1.0]), (nn.binary_cross_entropy_with_logits, [0.0, 1.0]),
     (lambda y, t: (y[0] * y[1] - t[0]) ** 4, [0.3, 0.0])],
)  # fmt: skip
def test_another_loss_shows_its_derivative_beside_the_outputs(loss, t):
    net = small(output_activation="identity")
    aims = parts(net.diagram(X, t, loss=loss, digits=4).svg, "aim")
    L = nn.graph(net, X, t, loss)
    L.backward()
    found = {node.label: node.grad for node in (L, *_all(L))}

    for j, aim in enumerate(aims, 1):
        assert texts(aim)[0].startswith(f"t{j} = ")
        assert texts(aim)[1] == f"∂L/∂y{j} = {shown(found[f'y_{j}'], 4)}"


def _all(node: Value) -> list[Value]:
    return [node, *(each for parent in node.parents for each in _all(parent))]


def test_without_inputs_there_are_weights_and_no_activations():
    svg = small().diagram().svg

    assert [texts(node) for node in parts(svg, "node")][:3] == [["x1"], ["x2"], ["h1"]]
    assert len(parts(svg, "label")) == 12
    assert not parts(svg, "aim")


@pytest.mark.parametrize("method", [nn.Network.diagram, nn.Network.draw])
@pytest.mark.parametrize("t", [None, T])
def test_no_gradient_of_the_users_is_touched(method, t):
    net, x = small(), [Value(0.5, "p") * 1.0, Value(-1.0, "q")]
    x[0].label = "x_1"
    net.parameters()[0].grad = 7.5
    x[1].grad = 2.0
    before = [(p.data, p.has_grad, p.grad) for p in (*net.parameters(), *x, x[0].parents[0])]

    method(net, x, t)

    assert [(p.data, p.has_grad, p.grad) for p in (*net.parameters(), *x, x[0].parents[0])] == before


def test_gradients_come_back_after_an_error():
    net = small()
    net.parameters()[0].grad = 7.5

    with pytest.raises(AutogradError):
        net.diagram(X, T, loss=lambda y, t: (y[0] - y[0]).sqrt() + y[1])

    assert [p.grad for p in net.parameters()] == [7.5] + [0.0] * 16


def test_gradients_of_another_pass_are_not_shown():
    net = small()
    nn.graph(net, [3.0, 4.0], T).backward()

    assert not re.search(r">grad ", net.draw(X, layout="builtin").svg)
    expected = nn.graph(small(), X, T)
    expected.backward()
    w = next(node for node in _all(expected) if node.label == "w_11")
    assert f"gradient {w.grad!r}" in net.draw(X, T, layout="builtin").svg


def test_pictures_are_drawn_inside_no_grad():
    from autograd import no_grad

    with no_grad():
        inside = small().diagram(X, T).svg
    assert inside == small().diagram(X, T).svg


# ---------------------------------------------------------------- levels


def test_the_levels_show_operations_names_units_and_layers():
    net = small()
    counts = {level: len(parts(net.draw(X, T, level=level, layout="builtin").svg, "node"))
              for level in ("primitive", "named", "neuron", "layer")}  # fmt: skip

    assert counts == {"primitive": 37, "named": 32, "neuron": 10, "layer": 4}


@pytest.mark.parametrize("level", ["primitive", "named"])
def test_the_finer_levels_are_what_autograd_draws_of_the_same_graph(level):
    L = nn.graph(small(), X, T)
    L.backward()

    expected = draw(L, detail=level, wrt=["w_11", "b_1^(2)"], layout="builtin", digits=3, rankdir="TB")
    found = small().draw(X, T, level=level, wrt=["w_11", "b_1^(2)"], layout="builtin", digits=3, rankdir="TB")
    assert found == expected


def test_the_level_of_neurons_has_weights_on_its_arrows():
    net = small()
    svg = net.draw(X, T, level="neuron", layout="builtin").svg
    labels = {texts(label)[0] for label in parts(svg, "label")}
    weights = [weight for layer in net.layers for neuron in layer.neurons for weight in neuron.w]

    assert {label.partition(" = ")[2] for label in labels} >= {shown(weight.data) for weight in weights}
    assert len(parts(svg, "edge")) == 12 + 2 + 2
    first = next(texts(node) for node in parts(svg, "node") if texts(node)[0] == "h1")
    assert first[2] == f"b1(1) = {shown(net.layers[0].neurons[0].b.data)}"
    assert first[3].startswith("δ ")


def test_the_level_of_layers_shows_ranges_and_sizes():
    net = small()
    h = net.layers[0].predict(X)
    cards = [texts(node) for node in parts(net.draw(X, T, level="layer", layout="builtin").svg, "node")]

    told = f"min {shown(min(h))}, mean {shown(sum(h) / 3)}, max {shown(max(h))}"
    assert cards[1][:3] == ["layer 1", "3 units, sigmoid", told]
    assert cards[1][3].startswith("|δ|: min ")


@pytest.mark.parametrize(
    ("max_nodes", "nodes", "note"),
    [
        (385, 385, None),
        (384, 36 + 12 + 1, "Opened at the level neuron: named would show 385 nodes, and max_nodes is 384."),
        (323, 4, "Opened at the level layer: named would show 385 nodes, and max_nodes is 323."),
        (100, 4, "Opened at the level layer: named would show at least 312 nodes, and max_nodes is 100."),
    ],
)
def test_a_network_too_large_for_a_level_opens_at_the_next_and_says_so(max_nodes, nodes, note):
    net = nn.MLP(12, [12, 12], rng=0)  # 312 parameters, 36 inputs and units, 24 weighted sums, 12 targets and L
    svg = net.draw([0.1] * 12, [0.0] * 12, max_nodes=max_nodes, layout="builtin").svg
    root = ElementTree.fromstring(svg)

    assert len(parts(svg, "node")) == nodes
    assert [text for text in texts(root) if text.startswith("Opened at")] == ([note] if note else [])
    assert note is None or note in root.find(f"{SVG}desc").text


def test_a_path_is_lit_at_the_finer_levels_only():
    net = small()

    assert parts(net.draw(X, T, wrt="w_11", layout="builtin").svg, "edge")[0].get("class").startswith("edge ")
    assert "∂L/∂w₁₁" in net.draw(X, T, wrt="w_11", layout="builtin").dot
    with pytest.raises(nn.NetworkError, match="wrt lights paths at the levels primitive and named"):
        net.draw(X, T, wrt="w_11", level="layer")
    assert "Paths are not drawn at this level." in net.draw(X, T, wrt="w_11", max_nodes=5, layout="builtin").svg


def test_large_networks_are_drawn_in_a_bounded_time():
    net = nn.MLP(400, [100, 10], rng=0)
    x, t = [0.1] * 400, [0.0] * 10
    start = time.perf_counter()
    for level in ("primitive", "named", "neuron", "layer"):
        net.draw(x, t, level=level, layout="builtin")
    net.diagram(x, t)

    assert time.perf_counter() - start < 15


# ---------------------------------------------------------------- well-formed, the same on every run

HOSTILE = [
    "\"'`", '" onload="alert(1)" id="x', "<script>alert(1)</script>", "</text></g></svg>", "]]>", "&amp; &#0;",
    "a\x00b\x08", "\ufffe\ud800", "\\N \\l", '"}];} digraph evil {', "a\nb", "👩‍👩‍👧‍👦", "x" * 5000, "   ", "} * {}",
]  # fmt: skip


def skeleton(xml: str) -> Counter[tuple[str, tuple[str, ...]]]:
    elements = [each for each in ElementTree.fromstring(xml).iter() if each.tag != f"{SVG}tspan"]
    for name in ("height", "style"):  # a wide picture has no height, but the most that it is scaled to
        elements[0].attrib.pop(name, None)
    return Counter((each.tag, tuple(sorted(each.attrib))) for each in elements)


def renamed(label: str) -> nn.MLP:
    net = small()
    net.layers[0].neurons[0].label = label
    net.layers[0].neurons[0].pre_activation_label = f"{label}\u00a0"
    net.layers[0].neurons[0].w[0].label = f"{label}\u00a0\u00a0"
    net.layers[1].neurons[0].b.label = f"{label}\u00a0\u00a0\u00a0"
    net.input_labels[0] = f"{label}\u00a0\u00a0\u00a0\u00a0"
    return net


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_adds_an_element_or_an_attribute(label):
    assert skeleton(renamed(label).diagram(X, T, max_units=4).svg) == skeleton(renamed("lambd a").diagram(X, T).svg)
    for level in ("neuron", "layer"):
        plain = renamed("lambd a").draw(X, T, level=level, layout="builtin").svg
        assert skeleton(renamed(label).draw(X, T, level=level, layout="builtin").svg) == skeleton(plain)


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_breaks_the_picture(title):
    assert skeleton(small().diagram(X, T, title=title).svg) == skeleton(small().diagram(X, T).svg)


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_ends_a_string_of_the_dot_text(label):
    def grammar(text: str) -> str:
        return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)

    assert grammar(renamed(label).diagram(X, T).dot) == grammar(renamed("lambd a").diagram(X, T).dot)


@pytest.mark.graphviz
def test_the_dot_program_reads_the_dot_text():
    for net in (renamed(HOSTILE[0]), small()):
        done = subprocess.run(["dot", "-Tsvg"], input=net.diagram(X, T).dot.encode(), capture_output=True, timeout=60,
                              check=True)  # fmt: skip
        assert done.stderr == b""
        assert len(parts(done.stdout.decode(), "node")) == 7
        assert len(parts(done.stdout.decode(), "edge")) == 12


def test_ids_are_unique_and_everything_has_a_title():
    svg = small().diagram(X, T).svg
    ids = re.findall(r'\bid="([^"]*)"', svg)

    assert max(Counter(ids).values()) == 1
    for kind in ("node", "edge", "bias", "label"):
        assert all(tooltip(group) for group in parts(svg, kind))


def test_title_and_description_say_it_in_words():
    net = small()
    root = ElementTree.fromstring(net.diagram(X, T).svg)
    y = net.predict(X)

    assert root.find(f"{SVG}title").text == "Neural network 2-3-2"
    described = root.find(f"{SVG}desc").text
    assert described.startswith("2 inputs, a hidden layer of 3 units (sigmoid) and 2 outputs (sigmoid).")
    assert f"Outputs: y₁ = {shown(y[0], 2)}, y₂ = {shown(y[1], 2)}." in described
    assert "Targets: t₁ = 0, t₂ = 1." in described
    assert ElementTree.fromstring(net.diagram(title="Mine").svg).find(f"{SVG}title").text == "Mine"


def test_numbers_that_are_no_numbers_are_drawn():
    net = small()
    for weight, number in zip(net.layers[0].neurons[0].w, (math.nan, math.inf), strict=True):
        weight.data = number
    svg = net.diagram(X).svg

    assert by_id(svg, "edge")["e1_1_1"].get("class") == "edge zero"
    assert by_id(svg, "edge")["e1_2_1"].get("class") == "edge positive"
    assert "nan" not in re.sub(r"<title>.*?</title>", "", svg).lower().replace("nan<", "<").replace("= nan", "")
    assert "inf" not in re.findall(r'stroke-width="([^"]*)"', svg)


_PROGRAM = """
import sys, nn
net = nn.MLP(4, [8, 3], rng=2)
pictures = [net.diagram([1, 2, 3, 4], [0, 0, 1])]
pictures += [net.draw([1, 2, 3, 4], [0, 0, 1], level=level, layout="builtin") for level in ("named", "neuron", "layer")]
sys.stdout.buffer.write("".join(each.svg + each.dot for each in pictures).encode())
"""


def test_pictures_have_the_same_bytes_in_every_process():
    drawn = {
        subprocess.run([sys.executable, "-c", _PROGRAM], env={**os.environ, "PYTHONHASHSEED": seed},
                       capture_output=True, check=True, timeout=60).stdout
        for seed in ("0", "1")
    }  # fmt: skip

    assert len(drawn) == 1
    assert drawn.pop().startswith(b"<svg ")


# ---------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.diagram([1.0]), "this MLP takes 2 inputs; it was given 1"),
        (lambda net: net.draw([1.0, 2.0, 3.0]), "this MLP takes 2 inputs; it was given 3"),
        (lambda net: net.draw(None), "takes 2 inputs; it was given None"),
        (lambda net: net.diagram(t=T), "targets without inputs"),
        (lambda net: net.diagram(X, [1.0]), "2 outputs and 1 targets"),
        (lambda net: net.diagram(X, T, loss="l2"), "loss is a function of outputs and targets"),
        (lambda net: net.diagram(X, T, max_units=1), "max_units is a whole number from 2 on"),
        (lambda net: net.diagram(X, T, title=3), "a title is text"),
        (lambda net: net.draw(X, level="atoms"), "there is no level 'atoms': there are"),
        (lambda net: net.draw(X, level=None), "there is no level None: there are 'primitive'"),
    ],
)  # fmt: skip
def test_wrong_arguments_get_one_clear_sentence(call, message):
    with pytest.raises(nn.NetworkError, match=re.escape(message)):
        call(small())


@pytest.mark.parametrize(
    "call",
    [lambda net: net.diagram(X, digits=0), lambda net: net.draw(X, max_nodes=2.5),
     lambda net: net.diagram(["a", 1.0]), lambda net: net.draw(X, rankdir="up")],
)  # fmt: skip
def test_wrong_options_are_refused_as_draw_refuses_them(call):
    with pytest.raises(OperandError):
        call(small())


def test_an_unknown_label_in_wrt_is_named():
    with pytest.raises(LabelError, match="no node is labelled 'w_99'"):
        small().draw(X, T, wrt="w_99")


# ---------------------------------------------------------------- colours


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_and_arrows_stand_out_from_the_page(scheme):
    light = re.sub(r"@media[^@]*?\n\}", "", STYLE) + re.sub(r"@media[^@]*?\n\}", "", WEIGHTS)
    dark = "".join(re.findall(r"@media \(prefers-color-scheme:dark\)\{(.*?\})\n\}", STYLE + WEIGHTS, re.DOTALL))
    rules = [light, light + dark][scheme]

    def colour(selector: str, what: str) -> str:
        return re.findall(rf"(?m)^(?:[^{{}}]*,)?{re.escape(selector)}(?:,[^{{}}]*)?\{{[^}}]*?{what}:(#\w+)", rules)[-1]

    page = colour(".page", "fill")
    assert colour(".ground", "fill") == page
    for text in ("text", ".note", ".label text"):
        assert contrast(colour(text, "fill"), page) >= 4.5
    for card in (".inner .card", ".output .card"):
        assert contrast(colour(".grad", "fill"), colour(card, "fill")) >= 4.5
    for sign in ("positive", "negative", "zero"):
        assert contrast(colour(f".{sign} .wire", "stroke"), page) >= 3


# ---------------------------------------------------------------- in a browser

_MEASURE = """
<script>addEventListener("load", () => {
  const texts = [...document.querySelectorAll("svg text")].map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left, box.top, box.right, box.bottom];
  });
  const circles = [...document.querySelectorAll("g.node")].map(group => {
    const box = group.querySelector("circle").getBoundingClientRect();
    return [(box.left + box.right) / 2, (box.top + box.bottom) / 2, box.width / 2];
  });
  const page = document.querySelector("svg").getBoundingClientRect();
  const out = document.createElement("pre");
  out.id = "out";
  out.textContent = JSON.stringify([texts, circles, [page.left, page.top, page.right, page.bottom]]);
  document.body.append(out);
})</script>
"""
NETS = {
    "2-3-2": (lambda: (small(), X, T)),
    "2-3-2 alone": (lambda: (small(), None, None)),
    "2-2-2": (lambda: (small(notation="numbered"), X, T)),
    "3-4-4-1": (lambda: (nn.MLP(3, [4, 4, 1], "tanh", rng=1), [0.5, -1.0, 2.0], [1.0])),
    "4-8-3": (lambda: (nn.MLP(4, [8, 3], rng=2), [5.1, 3.5, 1.4, 0.2], [1.0, 0.0, 0.0])),
    "64-32-10": (lambda: (nn.MLP(64, [32, 10], rng=3), [0.1] * 64, [0.0] * 10)),
    "1-1": (lambda: (nn.MLP(1, [1], "identity"), [2.0], [1.0])),
}


@pytest.mark.browser
@pytest.mark.parametrize("font", ["", "DejaVu Sans"])
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_no_text_lies_on_another_or_on_a_circle_and_none_leaves_the_picture(make, font, tmp_path):
    net, x, t = make()
    css = f'svg text,svg .label text{{font-family:"{font}"!important}}' if font else ""
    svg = net.diagram(x, t).svg
    page = f'<!doctype html><meta charset="utf-8"><style>{css}</style><body>{svg}{_MEASURE}'
    rows, circles, (left, top, right, bottom) = told(page, tmp_path)

    assert len(rows) > 10
    for index, (one, a, b, c, d) in enumerate(rows):
        assert left <= a and c <= right and top <= b and d <= bottom, one
        for other, e, f, g, h in rows[index + 1 :]:
            across, down = min(c, g) - max(a, e), min(d, h) - max(b, f)
            assert across <= 1 or down <= 3.5, (one, other)  # boxes of lines reach a little above and below the letters
        for x0, y0, radius in circles:
            middle = ((a + c) / 2, (b + d) / 2)
            if math.dist(middle, (x0, y0)) > radius:  # not the circle's own
                nearest = (min(max(x0, a), c), min(max(y0, b + 2), d - 2))
                assert math.dist(nearest, (x0, y0)) >= radius - 1, one
            else:
                assert all(math.dist(corner, (x0, y0)) <= radius for corner in ((a, middle[1]), (c, middle[1]))), one
