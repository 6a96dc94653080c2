"""draw_dot, under the name and with the arguments of the micrograd lecture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import OperandError
from ..op import describe
from .picture import DIGITS, MAX_NODES, check, check_counts, picture_of
from .stage import scene_of

if TYPE_CHECKING:
    import graphviz

    from ..value import Value


def draw_dot(
    root: Value,
    format: str = "svg",  # noqa: A002 (the lecture's name)
    rankdir: str = "LR",
    *,
    max_nodes: int = MAX_NODES,
) -> graphviz.Digraph:
    """The graph of `root` as a `graphviz.Digraph`, as in the micrograd lecture: `.source`, `.render(...)`.

    In a notebook it shows as a picture even where Graphviz' program is not installed (our own layout draws it).
    `render` and `pipe` run that program.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> print(draw_dot((a * a).named("L")).source.splitlines()[0])
    digraph autograd {
    """
    import graphviz

    check([root], rankdir)
    check_counts(max_nodes=max_nodes)
    if not isinstance(format, str) or format.lower() not in graphviz.FORMATS:
        raise OperandError(f"format is one of Graphviz' (svg, png, pdf, ...); it was given {describe(format)}",
                           op="draw_dot")
    scene = scene_of([root], digits=DIGITS, max_nodes=max_nodes, title=None, unique=False)
    picture = picture_of(scene, rankdir, None)

    class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
        """A Digraph that can show itself without Graphviz' program."""

        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
            return {"image/svg+xml": picture.svg, "text/plain": repr(self)}

        def __repr__(self) -> str:
            return f"<picture of {len(scene.cards)} nodes; .source, .render(path)>"

    body = picture.dot.splitlines(keepends=True)[1:-1]
    return Drawing("autograd", format=format, body=body)
