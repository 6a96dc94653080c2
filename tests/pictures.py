"""How tests read an SVG of ours: the groups of nodes, edges and labels, and what is written on them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def parts(svg: str, kind: str) -> list[ElementTree.Element]:
    """The groups of one class ("node", "edge", "label")."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return [group for group in groups if group.get("class", "").split()[:1] == [kind]]


def texts(group: ElementTree.Element) -> list[str]:
    """The lines of text in a group."""
    return ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]


def tooltip(group: ElementTree.Element) -> str:
    """What is shown where the mouse rests on a group."""
    return group.find(f"{SVG}title").text or ""
