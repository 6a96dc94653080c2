"""The frame of every picture: an SVG document with a title, a description, a style of its own and ids of its own."""

from __future__ import annotations

import hashlib

from ..characters import escaped, printable
from .elements import n

PAGE_WIDTH = 860  # points that a notebook or a README has for a picture


def svg_document(content: str, width: float, height: float, *, title: str, description: str, style: str) -> str:
    """An SVG document of that size in points, in which every id of `content` is made unique to this picture.

    >>> from autograd.drawing.look import STYLE
    >>> text = svg_document('<g id="n1"/>', 40, 20, title="A node", description="", style=STYLE)
    >>> text[:4], text.count("n1"), text.count('id="n1"')
    ('<svg', 1, 0)
    """
    # Two pictures on one page must not share ids; the same picture has the same ids on every run.
    told = printable(title + description)
    prefix = "g" + hashlib.sha256(f"{told}\n{content}".encode()).hexdigest()[:8]
    content = content.replace('id="', f'id="{prefix}-')
    size = f'{_size(width, height)} viewBox="0 0 {n(width)} {n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc" class="autograd" id="{prefix}">\n'
        f'<title id="{prefix}-title">{escaped(title)}</title>\n'
        f'<desc id="{prefix}-desc">{escaped(description)}</desc>\n'
        f"<style>{_scoped(style, prefix)}</style>\n"
        f'<rect class="page" width="100%" height="100%" rx="6"/>\n{content}\n</svg>\n'
    )


def _size(width: float, height: float) -> str:
    """The size of a picture; a wide one is as wide as the page it is on, and at most as wide as it was drawn."""
    if width <= PAGE_WIDTH:
        return f'width="{n(width)}" height="{n(height)}"'
    return f'width="100%" style="max-width:{n(width)}px"'


def _scoped(style: str, prefix: str) -> str:
    """The rules, holding for this picture only: styles inside an SVG on a page hold for the whole page."""
    lines = []
    for line in style.strip().splitlines():
        selectors, brace, rest = line.partition("{")
        if brace and not line.startswith("@"):
            line = ",".join(f"#{prefix} {selector}" for selector in selectors.split(",")) + brace + rest
        lines.append(line)
    return "\n".join(lines)
