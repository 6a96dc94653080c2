"""Measure the built-in layout against Graphviz's dot: `python benchmarks/layouts.py`.

Both engines get the same boxes, wires and labels, and both drawings are measured alike, as drawn: curves are sampled
as polylines and their real crossings counted (wires that share an end do not count where they meet there, and
lines that run on top of each other do not cross). The table is Markdown; ratios are built-in / dot.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from autograd.drawing.geometry import Box, Placement, Point, Wire
from autograd.drawing.layout import place

Graph = tuple[list[Box], list[Wire]]
# Odd, so that two mirrored curves do not cross exactly where both have a sample: only proper crossings are counted.
SAMPLES = 25
NEAR_END = 1.5


class Builder:
    """Collects boxes and wires as an expression is written down."""

    def __init__(self, seed: int = 1) -> None:
        self.boxes: list[Box] = []
        self.wires: list[Wire] = []
        self.random = random.Random(seed)

    def box(self, key: str, *operands: str, width: float | None = None) -> str:
        """Add a box that consumes `operands`, with labels on its wires; return its key."""
        self.boxes.append(Box(key, width or self.random.choice((70, 84, 96, 120)), self.random.choice((44, 58))))
        for port, tail in enumerate(operands):
            size = self.random.choice((30, 44, 62, 84, 110)), 14
            self.wires.append(Wire(f"e{len(self.wires)}", tail, key, *size, port))
        return key

    @property
    def graph(self) -> Graph:
        return self.boxes, self.wires


def network(*layers: int, bias: bool, linear_output: bool = False) -> Graph:
    """A sigmoid network with half the squared error, drawn as a teacher draws it: one box for each weighted sum."""
    b = Builder()
    values = [b.box(f"x{i}") for i in range(layers[0])]
    for k, size in enumerate(layers[1:]):
        weights = [[b.box(f"w{k}_{i}{j}") for j in range(size)] for i in range(len(values))]
        biases = [[b.box(f"b{k}_{j}")] if bias else [] for j in range(size)]
        sums = [b.box(f"a{k}_{j}", *(w[j] for w in weights), *values, *biases[j]) for j in range(size)]
        values = [b.box(f"h{k}_{j}", a) for j, a in enumerate(sums)]
    targets = [b.box(f"t{j}") for j in range(layers[-1])]
    errors = [b.box(f"e{j}", y, t) for j, (y, t) in enumerate(zip(values, targets, strict=True))]
    squares = [b.box(f"s{j}", e) for j, e in enumerate(errors)]
    if linear_output:
        b.box("E", *(b.box(f"E{j}", s) for j, s in enumerate(squares)))
    else:
        b.box("L", b.box("sum", *squares))
    return b.graph


def regression(samples: int) -> Graph:
    """y = m·x + b on some samples, with shared m and b, and the mean of the squared errors."""
    b = Builder()
    m, intercept = b.box("m"), b.box("b")
    squares = []
    for i in range(samples):
        y = b.box(f"y{i}", b.box(f"mx{i}", m, b.box(f"x{i}")), intercept)
        squares.append(b.box(f"s{i}", b.box(f"e{i}", y, b.box(f"t{i}"))))
    b.box("L", b.box("sum", *squares))
    return b.graph


def random_graph(seed: int) -> Graph:
    """Some 10 to 60 boxes that consume one to three earlier ones, sometimes the same one twice."""
    b = Builder(seed)
    count = b.random.randint(10, 60)
    keys: list[str] = []
    for i in range(count):
        leaf = i < 2 or b.random.random() < 0.3
        recent = keys[-12:] if b.random.random() < 0.8 else keys
        keys.append(b.box(f"v{i}", *(() if leaf else b.random.choices(recent, k=b.random.randint(1, 3)))))
    return b.graph


def dot_text(boxes: list[Box], wires: list[Wire], rankdir: str = "LR") -> str:
    """The graph as DOT: fixed sizes, labels as empty tables of the right size, wires known by their keys."""
    lines = [f'digraph {{ rankdir={rankdir}; nodesep=0.25; ranksep=0.4; node [shape=box, fixedsize=true, label=""];']
    lines += [f'"{b.key}" [width={b.width / 72:.4f}, height={b.height / 72:.4f}];' for b in boxes]
    for w in wires:
        size = f'FIXEDSIZE="TRUE" WIDTH="{w.label_width:.0f}" HEIGHT="{w.label_height:.0f}"'
        table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {size}><TR><TD></TD></TR></TABLE>>'
        lines.append(f'"{w.tail}" -> "{w.head}" [wire="{w.key}"{f", label={table}" if w.label_width else ""}];')
    return "\n".join([*lines, "}"])


@dataclass
class Measure:
    """What is measured on a drawing; lengths in points."""

    crossings: int
    overlaps: int
    length: float
    area: float
    seconds: float


def polyline(points: tuple[Point, ...]) -> list[Point]:
    """A Bézier curve as a polyline."""
    line = [points[0]]
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = points[i:i + 4]
        for k in range(1, SAMPLES + 1):
            t, s = k / SAMPLES, 1 - k / SAMPLES
            weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            x, y = (sum(w * p[j] for w, p in zip(weights, (a, b, c, d), strict=True)) for j in (0, 1))
            line.append((x, y))
    return line


def side(a: Point, b: Point, p: Point) -> float:
    """Twice the area of the triangle: positive on one side of the line a–b, negative on the other."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def crossing_points(first: list[Point], second: list[Point]) -> int:
    """How often two polylines cross properly, away from a common end."""
    if not overlap(bounds(first), bounds(second)):
        return 0
    common = [p for p in (first[0], first[-1]) for q in (second[0], second[-1]) if near(p, q, NEAR_END)]
    count = 0
    pieces = [(c, d, bounds([c, d])) for c, d in pairwise(second)]
    around = bounds(second)
    for a, b in pairwise(first):
        own = bounds([a, b])
        if not overlap(own, around):
            continue
        for c, d, piece in pieces:
            if not overlap(own, piece):
                continue
            if side(a, b, c) * side(a, b, d) < -1e-9 and side(c, d, a) * side(c, d, b) < -1e-9:
                count += not any(near(a, p, 4) for p in common)
    return count


def near(p: Point, q: Point, distance: float) -> bool:
    return abs(p[0] - q[0]) <= distance and abs(p[1] - q[1]) <= distance


Rectangle = tuple[float, float, float, float]


def rectangle(centre: Point, width: float, height: float, shrink: float = 0.5) -> Rectangle:
    """Left, top, right, bottom, a little less than the real size: touching is no overlap."""
    (x, y), w, h = centre, width / 2 - shrink, height / 2 - shrink
    return x - w, y - h, x + w, y + h


def bounds(points: list[Point]) -> Rectangle:
    """The smallest rectangle around points, a little larger so that a straight line has an inside."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def inside(p: Point, r: Rectangle) -> bool:
    return r[0] < p[0] < r[2] and r[1] < p[1] < r[3]


def overlaps(boxes: list[Box], wires: list[Wire], placement: Placement) -> int:
    """Boxes on boxes, labels on boxes, labels on labels, and wires through boxes that are not their ends."""
    solid = {b.key: rectangle(placement.boxes[b.key], b.width, b.height) for b in boxes}
    labels = []
    for w in wires:
        label = placement.wires[w.key].label
        if label is not None and w.label_width:
            labels.append(rectangle(label, w.label_width, w.label_height))
    count = sum(overlap(a, b) for a, b in combinations([*solid.values(), *labels], 2))
    for w in wires:
        line = polyline(placement.wires[w.key].points)
        others = (r for key, r in solid.items() if key not in (w.tail, w.head))
        count += sum(any(inside(p, r) for p in line) for r in others)
        count += any(inside(p, shrunk(r)) for p in line for r in (solid[w.tail], solid[w.head]))
    return count


def shrunk(r: Rectangle) -> Rectangle:
    """Without the border that a wire's end touches."""
    return r[0] + 2, r[1] + 2, r[2] - 2, r[3] - 2


def measure(graph: Graph, engine: str) -> Measure:
    """Lay out a graph with an engine and measure the drawing."""
    boxes, wires = graph
    start = time.perf_counter()
    placement = place(boxes, wires, dot=dot_text(boxes, wires), engine=engine)
    seconds = time.perf_counter() - start
    lines = [polyline(placement.wires[w.key].points) for w in wires]
    crossings = sum(crossing_points(a, b) for a, b in combinations(lines, 2))
    length = sum(math.dist(a, b) for p in lines for a, b in pairwise(p))
    area = placement.width * placement.height
    return Measure(crossings, overlaps(boxes, wires, placement), length, area, seconds)


def graphs(randoms: int) -> dict[str, Graph]:
    """The networks of the lessons, and random graphs."""
    lessons = {
        "2-3-2 network": network(2, 3, 2, bias=True),
        "2-2-2 network": network(2, 2, 2, bias=False, linear_output=True),
        "linear regression, 3 samples": regression(3),
    }
    return {**lessons, **{f"random {seed}": random_graph(seed) for seed in range(1, randoms + 1)}}


def ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs else ("1.00" if not ours else "∞")


def row(name: str, size: str, ours: Measure, theirs: Measure) -> str:
    cells = (
        name,
        size,
        f"{ours.crossings} / {theirs.crossings}",
        ratio(ours.crossings, theirs.crossings),
        f"{ours.overlaps} / {theirs.overlaps}",
        ratio(ours.length, theirs.length),
        ratio(ours.area, theirs.area),
        f"{1000 * ours.seconds:.0f} / {1000 * theirs.seconds:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def total(measures: list[Measure]) -> Measure:
    return Measure(
        sum(m.crossings for m in measures),
        sum(m.overlaps for m in measures),
        sum(m.length for m in measures),
        sum(m.area for m in measures),
        sum(m.seconds for m in measures),
    )


def main() -> None:
    """Print the table; exit code 1 if the promise of at most 1.5 times dot's crossings and no overlaps is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--randoms", type=int, default=20, help="number of random graphs")
    parser.add_argument("--against", default="dot", help="engine to compare with: dot or graphviz-pure")
    options = parser.parse_args()
    print(f"| graph | boxes, wires | crossings, ours / {options.against} | ratio | overlaps | length | area | ms |")
    print("|---|---|---|---|---|---|---|---|")
    ours, theirs = [], []
    broken = False
    for name, graph in graphs(options.randoms).items():
        ours.append(measure(graph, "builtin"))
        theirs.append(measure(graph, options.against))
        print(row(name, f"{len(graph[0])}, {len(graph[1])}", ours[-1], theirs[-1]), flush=True)
        if not name.startswith("random"):
            broken |= ours[-1].crossings > 1.5 * theirs[-1].crossings
    all_ours, all_theirs = total(ours), total(theirs)
    print(row("**all**", "", all_ours, all_theirs))
    sys.exit(broken or all_ours.overlaps > 0 or all_ours.crossings > 1.5 * all_theirs.crossings)


if __name__ == "__main__":
    main()
