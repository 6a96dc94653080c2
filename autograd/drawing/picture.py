"""draw: a recorded graph as a picture."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OperandError
from ..files import write_atomically
from ..op import check_choice, describe, is_value
from ..views import DETAILS, Detail
from .dot import dot_text
from .geometry import RANKDIRS
from .layout import place
from .scene import Scene, paths_of
from .stage import scene_of
from .svg import svg_text

if TYPE_CHECKING:
    from ..value import Value

DIGITS, MAX_NODES = 4, 1000


@dataclass(frozen=True)
class Picture:
    """A drawn graph: `svg` and `dot` are its texts. Jupyter shows it; `save` writes it to a file."""

    svg: str
    dot: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the ending says as what: .svg or .dot (.gv). Returns the path.

        The file appears at once and whole, or not at all. Raises OperandError for another ending.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise OperandError(f"save takes a path; it was given {describe(path)}", op="save")
        path = Path(path)
        kinds = {".svg": self.svg, ".dot": self.dot, ".gv": self.dot}
        if path.suffix.lower() not in kinds:
            raise OperandError(f"a picture is saved as .svg, .dot or .gv; {path.name!r} has the ending {path.suffix!r}"
                               " (to get a PNG, open the SVG in a browser, or run Graphviz on the .dot)", op="save")
        return write_atomically(path, kinds[path.suffix.lower()])

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        # Notebooks show the SVG as an image, whose inner description nobody hears: it is told beside it, too.
        told = " ".join(html.unescape(found) for found in re.findall(r"<(?:title|desc) [^>]*>([^<]*)</", self.svg)[:2])
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}, {"image/svg+xml": {"alt": told}}

    def __repr__(self) -> str:
        count = self.svg.count('<g class="node ')
        return f"<picture of {count} nodes; .svg, .dot, .save(path)>"


def draw(
    output: Value | Sequence[Value],
    *,
    wrt: Value | str | Sequence[Value | str] | None = None,
    detail: Detail | None = None,
    rankdir: str = "LR",
    layout: str | None = None,
    digits: int = DIGITS,
    title: str | None = None,
    max_nodes: int = MAX_NODES,
    only_paths: bool = False,
) -> Picture:
    """Draw the graph of an output (or of several): nodes with label, operation, value and gradient, and on every edge
    the local derivative as a formula and a number.

    >>> from autograd import Value, sigmoid
    >>> w, x, t = Value(0.5, label="w"), Value(2.0, label="x"), Value(1.0, label="t")
    >>> y = sigmoid(w * x).named("y")
    >>> L = ((y - t) ** 2 / 2).named("L")
    >>> draw(L, layout="builtin"), draw(L, wrt=w, layout="builtin")
    (<picture of 8 nodes; .svg, .dot, .save(path)>, <picture of 5 nodes; .svg, .dot, .save(path)>)

    `wrt` is a Value or its label, or a list of them: the paths from it to the output are drawn with thick double lines,
    and the chain rule along them stands below the picture, as a sum over the paths of products of local derivatives.
    With `only_paths` nothing else is drawn: a picture for a slide.

    `detail` is "primitive" (every operation, an edge for every operand) or "named": unlabelled nodes between labelled
    ones are taken into their formulas, and an edge has the composite local derivative, the sum over all uses. Without
    it a picture with `wrt` is named, and any other is primitive.

    A gradient is shown only after a backward pass. Numbers are those of the forward pass; a leaf that was changed since
    is noted below the picture. `rankdir` is the direction: LR, RL, TB, BT. `layout` is the engine: "builtin" (the same
    picture on every machine), "dot", "graphviz-pure"; without it the environment variable CHAINRULE_LAYOUT or the best
    that is installed decides. `digits` are significant digits.

    Raises GraphTooLargeError above `max_nodes` nodes, LabelError for a label on two nodes or a `wrt` that is on none,
    LayoutError for an engine that is not there, OperandError for what is not a Value. An output that does not depend on
    `wrt` is no error: the caption says that its derivative is 0.
    """
    scene = staged(
        output, wrt=wrt, detail=detail, rankdir=rankdir, digits=digits, title=title, max_nodes=max_nodes
    )  # fmt: skip
    if not isinstance(only_paths, int):
        raise OperandError(f"only_paths is True or False; it was given {describe(only_paths)}", op="draw")
    if only_paths and wrt is None:
        raise OperandError("only_paths shows the paths from a variable: say which, as in wrt='w'", op="draw")
    return picture_of(paths_of(scene) if only_paths else scene, rankdir, layout)


def staged(
    output: Value | Sequence[Value],
    *,
    wrt: Value | str | Sequence[Value | str] | None,
    detail: Detail | None,
    rankdir: str,
    digits: int,
    title: str | None,
    max_nodes: int,
) -> Scene:
    """What `draw` shows, before a layout engine places it; raises what `draw` raises."""
    outputs: list[Any] = list(output) if isinstance(output, (list, tuple)) else [output]
    if not outputs:
        raise OperandError("draw was given an empty list: there is nothing to draw", op="draw")
    check_counts(digits=digits, max_nodes=max_nodes)
    if detail is None:
        detail = "primitive" if wrt is None else "named"
    check_choice(detail, DETAILS, "detail", "draw")
    check(outputs, rankdir, title)
    return scene_of(outputs, wrt=wrt, detail=detail, digits=digits, max_nodes=max_nodes, title=title)


def picture_of(scene: Scene, rankdir: str, layout: str | None) -> Picture:
    """The picture of a scene, placed by a layout engine."""
    dot = dot_text(scene, rankdir)
    boxes = [card.box for card in scene.cards]
    wires = [arrow.wire for arrow in scene.arrows]
    placement = place(boxes, wires, dot=dot, rankdir=rankdir, engine=layout)
    return Picture(svg_text(scene, placement), dot)


def check(outputs: Sequence[Any], rankdir: str, title: str | None = None) -> None:
    """Refuse what is no Value, no direction, or no title."""
    for item in outputs:
        if not is_value(item):
            raise OperandError(f"draw takes a Value, or a list of them; it was given {describe(item)}", op="draw")
    if title is not None and not isinstance(title, str):
        raise OperandError(f"a title is text; it was given {describe(title)}", op="draw")
    check_choice(rankdir, RANKDIRS, "rankdir", "draw")


def check_counts(**counts: Any) -> None:
    """Refuse options that are no whole numbers from 1 on."""
    for name, number in counts.items():
        if type(number) is not int or not 1 <= number <= 10**9:
            raise OperandError(f"{name} is a whole number from 1 on; it was given {describe(number)}", op="draw")
