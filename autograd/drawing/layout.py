"""The layout service: DOT in, coordinates out, whichever engine there is.

    "dot"            the Graphviz program on the PATH
    "graphviz-pure"  the program of the package of that name (a port of Graphviz with no system parts)
    "builtin"        our own layered layout, which is always there

A program runs as a process of its own with a time limit: Graphviz takes minutes for some graphs of a few thousand
nodes, and a drawing must never hang. (The `graphviz` package runs `dot` without a limit; that is why it is not
used here.) It answers in Graphviz's JSON, in which edges keep the attribute `wire` that the DOT text gave
them: parallel edges are told apart by it.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import LayoutError
from ..op import describe
from .geometry import MARGIN, Box, Placement, Point, Route, Wire
from .layered import layered

VARIABLE = "CHAINRULE_LAYOUT"
# How many wires a program gets without being asked for: Graphviz needs 2 s for some graphs of this size, and 20 s for
# some twice as large, which the built-in layout does in 0.1 s.
UNASKED_LIMIT = 120
ENGINES = ("builtin", "dot", "graphviz-pure")
ADVICE = {
    "dot": "'dot' is not on the PATH: install Graphviz, or use layout='builtin'",
    "graphviz-pure": "graphviz-pure is not installed: pip install \"chainrule[dot]\", or use layout='builtin'",
}


def place(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    *,
    dot: str,
    rankdir: str = "LR",
    engine: str | None = None,
    timeout: float = 20.0,
) -> Placement:
    """Coordinates for boxes and wires, by an engine that is named, set in the environment, or found.

    `dot` is the same graph as DOT text, for the engines that read it: nodes are named by their box's key and have a
    fixed size, edges carry their wire's key as attribute `wire`, and the text says `rankdir` itself. `timeout` is
    in seconds and holds for the programs, not for the built-in layout.

    Without `engine` and without the environment variable CHAINRULE_LAYOUT the first that works is taken: dot,
    graphviz-pure, builtin; above UNASKED_LIMIT wires always builtin.

    >>> place([Box("x", 40, 20)], [], dot="", engine="builtin").boxes
    {'x': (32.0, 22.0)}

    LayoutError: the engine is unknown or not installed, or its program failed or took longer than `timeout`.
    ValueError (built-in layout): the wires have a cycle.
    """
    if engine is not None and not isinstance(engine, str):
        raise LayoutError(f"layout is the name of an engine, {', '.join(ENGINES)}; it was given {describe(engine)}")
    name = engine or os.environ.get(VARIABLE) or "auto"
    if name not in (*ENGINES, "auto"):
        raise LayoutError(f"there is no layout engine {name!r}: choose {', '.join(ENGINES)}")
    if name == "builtin":
        return layered(boxes, wires, rankdir)
    if name != "auto":
        return _place_by_program(name, boxes, wires, dot, timeout)
    for found in available_engines():
        if found != "builtin" and len(wires) <= UNASKED_LIMIT:
            try:
                return _place_by_program(found, boxes, wires, dot, timeout)
            except LayoutError:
                # Nobody asked for this program: a picture by the next engine is better than none.
                continue
    return layered(boxes, wires, rankdir)


def available_engines() -> tuple[str, ...]:
    """The engines that can be used here, in the order in which they are tried."""
    return (*(name for name, find in _PROGRAMS.items() if find() is not None), "builtin")


def _find_dot() -> str | None:
    return shutil.which("dot")


def _find_graphviz_pure() -> str | None:
    """The program that graphviz-pure installs: beside this Python, for this user, or on the PATH."""
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    return shutil.which("graphviz-pure", path=os.pathsep.join(folders)) or shutil.which("graphviz-pure")


_PROGRAMS: dict[str, Callable[[], str | None]] = {"dot": _find_dot, "graphviz-pure": _find_graphviz_pure}


def _place_by_program(
    engine: str, boxes: Sequence[Box], wires: Sequence[Wire], dot: str, timeout: float
) -> Placement:
    """Let a program lay out the DOT text and read its answer."""
    program = _PROGRAMS[engine]()
    if program is None:
        raise LayoutError(ADVICE[engine])
    answer = _run(engine, program, dot, timeout)
    try:
        return _read(json.loads(answer), boxes, wires)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise LayoutError(f"{engine} gave an answer that cannot be read ({error}); use layout='builtin'") from error


def _run(engine: str, program: str, dot: str, timeout: float) -> str:
    """Feed DOT text to a program and return its JSON; the process is killed when the time is over."""
    try:
        done = subprocess.run(
            [program, "-Tjson0"],
            input=dot.encode("utf-8"),
            capture_output=True,
            timeout=timeout,
            check=False,
            # On Windows a console window would pop up otherwise; elsewhere the flag does not exist.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"{engine} took longer than {timeout:g} s: draw less detail, raise the limit, or use layout='builtin'"
        ) from None
    except OSError as error:
        raise LayoutError(f"{engine} could not be started ({error}); use layout='builtin'") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        raise LayoutError(f"{engine} failed: {said}")
    return done.stdout.decode("utf-8")


def _read(answer: dict[str, Any], boxes: Sequence[Box], wires: Sequence[Wire]) -> Placement:
    """Turn Graphviz's JSON into a placement: y down, a margin around everything that is drawn."""
    objects = {node["name"]: _points(node["pos"])[0] for node in answer.get("objects", ()) if "pos" in node}
    edges = {edge["wire"]: edge for edge in answer.get("edges", ()) if "wire" in edge}
    centres = {box.key: objects[box.key] for box in boxes}
    curves = {wire.key: _spline(edges[wire.key]["pos"]) for wire in wires}
    labels = {wire.key: _points(edges[wire.key]["lp"])[0] for wire in wires if "lp" in edges[wire.key]}
    left, bottom, right, top = _bounds(boxes, wires, centres, curves, labels)

    def turn(point: Point) -> Point:
        return round(point[0] - left + MARGIN, 2), round(top - point[1] + MARGIN, 2)

    return Placement(
        round(right - left + 2 * MARGIN, 2),
        round(top - bottom + 2 * MARGIN, 2),
        {key: turn(point) for key, point in centres.items()},
        {
            key: Route(tuple(map(turn, points)), turn(labels[key]) if key in labels else None)
            for key, points in curves.items()
        },
    )


def _points(text: str) -> list[Point]:
    """Points as Graphviz writes them: "x,y x,y"."""
    return [(float(x), float(y)) for x, y in (pair.rstrip("!").split(",")[:2] for pair in text.split())]


def _spline(text: str) -> list[Point]:
    """Bézier points of an edge, from the tail to the tip of the arrow.

    Graphviz ends a curve where the arrow begins and gives the tip apart ("e,x,y", or "s,x,y" at the start):
    a straight piece leads on to it. An edge may come in several parts with ";" between them.
    """
    points: list[Point] = []
    for part in text.split(";"):
        words = part.split()
        start = next((_points(word[2:])[0] for word in words if word.startswith("s,")), None)
        end = next((_points(word[2:])[0] for word in words if word.startswith("e,")), None)
        own = _points(" ".join(word for word in words if word[:2] not in ("s,", "e,")))
        own = [*([start, *_thirds(start, own[0])[:2]] if start else []), *own]
        own += _thirds(own[-1], end) if end else []
        points += own if not points else [*_thirds(points[-1], own[0]), *own[1:]]
    return points


def _thirds(start: Point, end: Point) -> list[Point]:
    """A straight line as a Bézier piece, without its start."""
    (x, y), (u, v) = start, end
    return [(x + (u - x) / 3, y + (v - y) / 3), (x + 2 * (u - x) / 3, y + 2 * (v - y) / 3), end]


def _bounds(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    centres: dict[str, Point],
    curves: dict[str, list[Point]],
    labels: dict[str, Point],
) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of all boxes, labels and curves (a curve lies in the hull of its points)."""
    sized = [(centres[box.key], box.width, box.height) for box in boxes]
    sized += [(labels[w.key], w.label_width, w.label_height) for w in wires if w.key in labels]
    sized += [(point, 0.0, 0.0) for points in curves.values() for point in points]
    if not sized:
        return 0.0, 0.0, 0.0, 0.0
    left = min(x - width / 2 for (x, _), width, _ in sized)
    right = max(x + width / 2 for (x, _), width, _ in sized)
    bottom = min(y - height / 2 for (_, y), _, height in sized)
    top = max(y + height / 2 for (_, y), _, height in sized)
    if not all(map(math.isfinite, (left, bottom, right, top))):
        raise ValueError("a coordinate is not finite")
    return left, bottom, right, top
