"""What a layout promises, whichever engine makes it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from autograd.drawing import layout
from autograd.drawing.geometry import Box, Placement, Point, Wire
from autograd.drawing.layered import layered
from autograd.drawing.layered.ordering import count_crossings
from autograd.drawing.layered.ranking import rank_boxes
from autograd.drawing.layout import LayoutError, available_engines, place

RANKDIRS = ("LR", "RL", "TB", "BT")
Rectangle = tuple[float, float, float, float]
SLACK = 0.02  # coordinates are rounded to hundredths


def random_graph(seed: int, count: int | None = None) -> tuple[list[Box], list[Wire]]:
    """Boxes and labels of all sizes, wires short and long, some twice between the same boxes."""
    rng = random.Random(seed)
    count = count or rng.randint(2, 40)
    boxes = [Box(f"v{i}", rng.uniform(20, 160), rng.uniform(10, 90)) for i in range(count)]
    wires: list[Wire] = []
    for head in range(1, count):
        for port in range(rng.choice((0, 1, 2, 2, 3))):
            tail = rng.randrange(max(0, head - rng.choice((2, 8, count))), head)
            for _ in range(rng.choice((1, 1, 1, 1, 2))):
                size = (rng.uniform(10, 120), rng.uniform(8, 30)) if rng.random() < 0.8 else (0.0, 0.0)
                wires.append(Wire(f"e{len(wires)}", f"v{tail}", f"v{head}", *size, port))
    rng.shuffle(wires)
    return boxes, wires


@cache
def laid_out(seed: int, rankdir: str) -> tuple[list[Box], list[Wire], Placement]:
    """A random graph and its layout."""
    boxes, wires = random_graph(seed)
    return boxes, wires, layered(boxes, wires, rankdir)


def rectangle(centre: Point, width: float, height: float) -> Rectangle:
    (x, y), w, h = centre, width / 2 - SLACK, height / 2 - SLACK
    return x - w, y - h, x + w, y + h


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def rectangles(boxes: list[Box], wires: list[Wire], placement: Placement) -> dict[str, Rectangle]:
    """All boxes and labels by key."""
    found = {b.key: rectangle(placement.boxes[b.key], b.width, b.height) for b in boxes}
    for w in wires:
        label = placement.wires[w.key].label
        if label is not None:
            found[w.key] = rectangle(label, w.label_width, w.label_height)
    return found


def samples(points: tuple[Point, ...], steps: int = 12) -> list[Point]:
    """Points on a Bézier curve."""
    line = []
    for i in range(0, len(points) - 1, 3):
        for k in range(steps + 1):
            t, s = k / steps, 1 - k / steps
            weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            x = sum(w * p[0] for w, p in zip(weights, points[i:i + 4], strict=True))
            y = sum(w * p[1] for w, p in zip(weights, points[i:i + 4], strict=True))
            line.append((x, y))
    return line


def dot_text(boxes: list[Box], wires: list[Wire]) -> str:
    lines = ['digraph { rankdir=LR; node [shape=box, fixedsize=true, label=""];']
    lines += [f'"{b.key}" [width={b.width / 72}, height={b.height / 72}];' for b in boxes]
    lines += [f'"{w.tail}" -> "{w.head}" [wire="{w.key}", label="local"];' for w in wires]
    return "\n".join([*lines, "}"])


SQUARE = ([Box("x", 80, 44), Box("y", 80, 44)], [Wire("a", "x", "y", 40, 14, 0), Wire("b", "x", "y", 40, 14, 1)])


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(n, marks=pytest.mark.thorough) for n in range(20, 60))])
def test_boxes_and_labels_never_overlap(seed: int, rankdir: str) -> None:
    boxes, wires, placement = laid_out(seed, rankdir)
    found = rectangles(boxes, wires, placement)
    assert [] == [(a, b) for a, b in combinations(found, 2) if overlap(found[a], found[b])]


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", range(20))
def test_no_wire_runs_through_a_box_or_a_label(seed: int, rankdir: str) -> None:
    boxes, wires, placement = laid_out(seed, rankdir)
    found = rectangles(boxes, wires, placement)
    for wire in wires:
        line = samples(placement.wires[wire.key].points)
        for key, (left, top, right, bottom) in found.items():
            edge = 0.5
            hit = [p for p in line if left + edge < p[0] < right - edge and top + edge < p[1] < bottom - edge]
            assert [] == hit, (wire.key, key)


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", range(20))
def test_everything_lies_within_the_page(seed: int, rankdir: str) -> None:
    boxes, wires, placement = laid_out(seed, rankdir)
    for left, top, right, bottom in rectangles(boxes, wires, placement).values():
        assert 11.9 < left < right < placement.width - 11.9
        assert 11.9 < top < bottom < placement.height - 11.9
    for route in placement.wires.values():
        assert all(0 < x < placement.width and 0 < y < placement.height for x, y in route.points)


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", range(20))
def test_wires_go_forward_from_the_border_of_the_tail_to_the_border_of_the_head(seed: int, rankdir: str) -> None:
    boxes, wires, placement = laid_out(seed, rankdir)
    axis = 0 if rankdir in ("LR", "RL") else 1
    sign = 1 if rankdir in ("LR", "TB") else -1
    half = {b.key: (b.width, b.height)[axis] / 2 for b in boxes}
    for wire in wires:
        points = placement.wires[wire.key].points
        along = [sign * p[axis] for p in points]
        assert along == sorted(along)
        assert len(points) % 3 == 1
        assert along[0] == pytest.approx(sign * placement.boxes[wire.tail][axis] + half[wire.tail], abs=SLACK)
        assert along[-1] == pytest.approx(sign * placement.boxes[wire.head][axis] - half[wire.head], abs=SLACK)


def test_the_curve_of_a_wire_is_smooth() -> None:
    boxes, wires = random_graph(3)
    for route in layered(boxes, wires).wires.values():
        for i in range(3, len(route.points) - 1, 3):
            before, at, after = route.points[i - 1:i + 2]
            assert before[1] == pytest.approx(at[1], abs=SLACK)
            assert after[1] == pytest.approx(at[1], abs=SLACK)


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("label", [(40.0, 14.0), (0.0, 0.0)])
def test_the_two_wires_of_x_times_x_are_apart(rankdir: str, label: Point) -> None:
    boxes, wires = SQUARE[0], [Wire(w.key, w.tail, w.head, *label, w.port) for w in SQUARE[1]]
    placement = layered(boxes, wires, rankdir)
    first, second = (samples(placement.wires[key].points) for key in "ab")
    axis = 1 if rankdir in ("LR", "RL") else 0
    assert max(abs(p[axis] - q[axis]) for p, q in zip(first, second, strict=True)) > 10
    assert abs(first[-1][axis] - second[-1][axis]) > 5
    assert first[-1][axis] < second[-1][axis], "the first operand comes first"


def test_a_label_stands_beside_its_own_wire() -> None:
    boxes, wires = random_graph(5)
    placement = layered(boxes, wires)
    for wire in wires:
        label = placement.wires[wire.key].label
        assert (label is not None) == bool(wire.label_width)
        if label is not None:
            line = samples(placement.wires[wire.key].points, 60)
            assert any(
                abs(x - label[0]) < wire.label_width / 2 + 20 and 0 < y - label[1] < wire.label_height / 2 + 4
                for x, y in line
            )


def test_a_chain_is_drawn_straight() -> None:
    boxes = [Box(f"v{i}", 60, 30 + 10 * (i % 3)) for i in range(6)]
    wires = [Wire(f"e{i}", f"v{i}", f"v{i + 1}", 30, 14) for i in range(5)]
    placement = layered(boxes, wires)
    assert 1 == len({y for _, y in placement.boxes.values()})
    assert all(len(route.points) == 4 for route in placement.wires.values())


def test_a_long_wire_is_drawn_straight_past_the_boxes() -> None:
    boxes = [Box(f"v{i}", 60, 40) for i in range(6)]
    wires = [Wire(f"e{i}", f"v{i}", f"v{i + 1}") for i in range(5)] + [Wire("long", "v0", "v5", port=1)]
    heights = [y for _, y in layered(boxes, wires).wires["long"].points]
    assert 3 == len(set(heights)), "the tail's, its own, and the head's"


def test_a_weight_stands_beside_the_neuron_that_uses_it() -> None:
    ranks = rank_boxes(6, [(0, 1), (1, 2), (2, 3), (4, 3), (5, 4)])
    assert [0, 1, 2, 3, 2, 1] == ranks


def test_ranks_are_shortest_in_sum() -> None:
    # 0 → 1 → 4 is tight; 2 → 3 is a piece that must move to 4 as one.
    ranks = rank_boxes(7, [(0, 1), (1, 5), (5, 4), (2, 3), (6, 3), (3, 4)])
    assert [0, 1, 1, 2, 3, 2, 1] == ranks


def test_crossings_are_counted_like_pairs() -> None:
    rng = random.Random(0)
    for _ in range(50):
        outs = [[5 + rng.randrange(5) for _ in range(rng.randrange(4))] for _ in range(5)] + [[] for _ in range(5)]
        edges = [(a, b) for a in range(5) for b in outs[a]]
        pairs = sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(edges, 2))
        assert pairs == count_crossings([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]], outs)


def test_an_avoidable_crossing_is_avoided() -> None:
    boxes = [Box(key, 60, 40) for key in ("a", "b", "c", "d")]
    placement = layered(boxes, [Wire("e0", "a", "d"), Wire("e1", "b", "c"), Wire("e2", "b", "d", port=1)])
    assert (placement.boxes["a"][1] < placement.boxes["b"][1]) == (placement.boxes["d"][1] < placement.boxes["c"][1])


def test_the_same_graph_gives_the_same_drawing_in_every_process() -> None:
    code = (
        "from tests.test_layout import random_graph, layered\n"
        "for seed in range(5): print(layered(*random_graph(seed, 30)))\n"
    )
    root = Path(__file__).resolve().parent.parent
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(said[0]) > 1000
    assert said[0] == said[1]


@pytest.mark.parametrize("rankdir", RANKDIRS)
def test_an_empty_graph_and_a_single_box_are_fine(rankdir: str) -> None:
    assert layered([], [], rankdir) == Placement(24.0, 24.0)
    assert layered([Box("x", 40, 20)], [], rankdir) == Placement(64.0, 44.0, {"x": (32.0, 22.0)})


def test_pieces_that_are_not_connected_have_places_of_their_own() -> None:
    boxes, wires = [], []
    for i in range(5):
        more_boxes, more_wires = random_graph(i, 8)
        boxes += [Box(f"{i}{b.key}", b.width, b.height) for b in more_boxes]
        wires += [Wire(f"{i}{w.key}", f"{i}{w.tail}", f"{i}{w.head}") for w in more_wires]
    found = rectangles(boxes, wires, layered(boxes, wires))
    assert len(found) >= 40
    assert not any(overlap(a, b) for a, b in combinations(found.values(), 2))


def test_a_cycle_is_refused() -> None:
    boxes = [Box("x", 40, 20), Box("y", 40, 20)]
    with pytest.raises(ValueError, match="cycle"):
        layered(boxes, [Wire("a", "x", "y"), Wire("b", "y", "x")])
    with pytest.raises(ValueError, match="cycle"):
        layered(boxes, [Wire("a", "x", "x")])


def test_wires_to_nowhere_twins_and_unknown_directions_are_refused() -> None:
    x = Box("x", 40, 20)
    with pytest.raises(ValueError, match="unknown box 'y'"):
        layered([x], [Wire("a", "x", "y")])
    with pytest.raises(ValueError, match="two boxes"):
        layered([x, x], [])
    with pytest.raises(ValueError, match="two wires"):
        layered([x, Box("y", 1, 1)], [Wire("a", "x", "y"), Wire("a", "x", "y")])
    with pytest.raises(ValueError, match="rankdir"):
        layered([x], [], "XX")


def test_a_chain_of_thousands_and_a_weight_used_everywhere_are_no_trouble() -> None:
    boxes = [Box(f"v{i}", 60, 40) for i in range(3000)] + [Box("w", 60, 40)]
    wires = [Wire(f"e{i}", f"v{i}", f"v{i + 1}", 30, 14) for i in range(2999)]
    wires += [Wire(f"w{i}", "w", f"v{i}", 30, 14, 1) for i in range(0, 3000, 10)]
    start = time.perf_counter()
    assert 3001 == len(layered(boxes, wires).boxes)
    assert time.perf_counter() - start < 30


def test_an_unknown_engine_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(LayoutError, match="'neato'.*builtin, dot, graphviz-pure"):
        place(*SQUARE, dot="", engine="neato")


@pytest.mark.parametrize("engine", ["dot", "graphviz-pure"])
def test_an_engine_asked_for_but_not_installed_is_refused_with_advice(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(layout._PROGRAMS, engine, lambda: None)
    with pytest.raises(LayoutError, match="install.*layout='builtin'"):
        place(*SQUARE, dot="", engine=engine)


def test_the_environment_chooses_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_LAYOUT", "builtin")
    assert layered(*SQUARE) == place(*SQUARE, dot="no DOT at all")
    monkeypatch.setenv("CHAINRULE_LAYOUT", "neato")
    with pytest.raises(LayoutError, match="neato"):
        place(*SQUARE, dot="")


def fake_program(folder: Path, body: str) -> str:
    """A program that stands in for dot."""
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a script")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import time; time.sleep(60)", "longer than 0.5 s"),
        ("import sys; sys.exit('no such thing')", "failed: no such thing"),
        ("print('not JSON')", "cannot be read"),
        ("print('{}')", "cannot be read"),
    ],
)
def test_a_program_that_hangs_or_fails_is_one_clear_error_and_in_auto_mode_none(
    body: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAINRULE_LAYOUT", raising=False)
    program = fake_program(tmp_path, body)
    monkeypatch.setitem(layout._PROGRAMS, "dot", lambda: program)
    monkeypatch.setitem(layout._PROGRAMS, "graphviz-pure", lambda: None)
    start = time.perf_counter()
    with pytest.raises(LayoutError, match=message):
        place(*SQUARE, dot="digraph {}", engine="dot", timeout=0.5)
    assert layered(*SQUARE) == place(*SQUARE, dot="digraph {}", timeout=0.5)
    assert time.perf_counter() - start < 10


PROGRAMS = [
    pytest.param("dot", marks=pytest.mark.graphviz),
    pytest.param("graphviz-pure", marks=pytest.mark.graphviz_pure),
]


@pytest.mark.parametrize("engine", PROGRAMS)
def test_a_program_gives_back_every_box_and_wire_in_our_coordinates(engine: str) -> None:
    if engine not in available_engines():
        pytest.skip(f"{engine} is not installed")
    boxes, wires = random_graph(7)
    placement = place(boxes, wires, dot=dot_text(boxes, wires), engine=engine)
    assert [b.key for b in boxes] == list(placement.boxes)
    found = rectangles(boxes, [], placement)
    assert not any(overlap(a, b) for a, b in combinations(found.values(), 2))
    for wire in wires:
        points = placement.wires[wire.key].points
        assert len(points) % 3 == 1
        for (x, y), key in ((points[0], wire.tail), (points[-1], wire.head)):
            left, top, right, bottom = found[key]
            assert left - 2 < x < right + 2 and top - 2 < y < bottom + 2, "wires end on the border of their boxes"
        assert points[0][0] < points[-1][0]


@pytest.mark.parametrize("engine", PROGRAMS)
def test_a_program_keeps_parallel_wires_and_odd_names_apart(engine: str) -> None:
    if engine not in available_engines():
        pytest.skip(f"{engine} is not installed")
    boxes = [Box("β & <x>", 80, 44), Box("node", 80, 44)]
    text = (
        'digraph { rankdir=LR; node [fixedsize=true, width=1.1, height=0.6, label=""]; '
        '"β & <x>" -> "node" [wire="b", label="long label here"]; "β & <x>" -> "node" [wire="a", label="s"]; }'
    )
    placement = place(boxes, SQUARE[1][:0] + [Wire(k, "β & <x>", "node") for k in "ab"], dot=text, engine=engine)
    assert placement.wires["a"].points != placement.wires["b"].points
    label = placement.wires["b"].label
    assert label is not None and 0 < label[1] < placement.height
