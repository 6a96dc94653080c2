"""Make what is generated in this folder: the README's pictures, and the rooms of the house with what imports what.

Run `python docs/make.py` after a change of looks or of imports; the tests compare the files with what is made here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import nn
from autograd import Picture, draw
from autograd.demo import network
from autograd.drawing.metrics import NAME, VALUE
from autograd.drawing.picture import picture_of
from autograd.drawing.scene import Arrow, Card, Line, Scene
from autograd.files import write_atomically
from autograd.printers.runs import Run

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent


def network_picture() -> Picture:
    """The graph of the 2-3-2 network, every operation of it."""
    net = network()
    net.L.backward()
    return draw(net.L, layout="builtin")


def paths_picture() -> Picture:
    """Its named nodes, with the paths from one weight to the loss lit and the chain rule below."""
    net = network()
    net.L.backward()
    return draw(net.L, wrt="w_11", layout="builtin")


def cover_picture() -> Picture:
    """The paths from one weight to the loss, and nothing else, with the chain rule below."""
    net = network()
    net.L.backward()
    return draw(net.L, wrt="w_11", layout="builtin", only_paths=True)


def diagram_picture() -> Picture:
    """The same network as neurons."""
    return nn.MLP(2, [3, 2], rng=0).diagram([0.5, -1.0], [0.0, 1.0])


# ---------------------------------------------------------------- the house


def rooms(package: str) -> list[str]:
    """The modules and packages directly inside of a package, but for its public names and its command line."""
    found = (ROOT / package).iterdir()
    names = {path.stem for path in found if path.suffix == ".py" or (path / "__init__.py").exists()}
    return sorted(name for name in names if not name.startswith("__"))


@cache
def imports(package: str) -> dict[str, frozenset[str]]:
    """Room → the rooms that it imports when it is loaded; imports inside functions do not count."""
    return {room: frozenset(_imported(package, room)) for room in rooms(package)}


def _imported(package: str, room: str) -> Iterator[str]:
    place = ROOT / package / room
    for path in sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
        depth = len(path.relative_to(ROOT / package).parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level == depth:
                names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
                yield from (name for name in names if name != room and name in rooms(package))


def direct(package: str) -> dict[str, list[str]]:
    """The imports without those that follow from others: A → C is left out where A → B → C."""
    return {
        room: sorted(name for name in used if not any(name in _below(package, other) for other in used - {name}))
        for room, used in imports(package).items()
    }


@cache
def _below(package: str, room: str) -> frozenset[str]:
    """Everything that a room imports, directly or through others."""
    used = imports(package)[room]
    return used.union(*(_below(package, other) for other in used))


def purpose(package: str, room: str) -> str:
    """The first sentence of what a room says of itself."""
    place = ROOT / package / room
    source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    told = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split())


def house_picture(package: str) -> Picture:
    """The rooms of a package; an arrow leads from a room to those that import it."""
    wires = [(used, room) for room, names in direct(package).items() for used in names]
    scene = Scene(
        title=f"The rooms of {package}",
        description=f"{len(rooms(package))} rooms; an arrow leads from a room to one that imports it. "
        + "; ".join(f"{room} imports {', '.join(names)}" for room, names in direct(package).items() if names),
        cards=[_card(package, room) for room in rooms(package)],
        arrows=[Arrow(f"a{i}", tail, head, ((),), f"{head} imports {tail}", 0) for i, (tail, head) in enumerate(wires)],
    )
    return picture_of(scene, "LR", "builtin")


def _card(package: str, room: str) -> Card:
    count = len(list((ROOT / package / room).rglob("*.py")))
    lines = [Line((Run(room),), NAME, "name")]
    lines += [Line((Run(f"{count} files"),), VALUE, "value")] if count else []
    used = imports(package)
    is_used = any(room in names for names in used.values())
    role = "leaf" if not used[room] else "inner" if is_used else "output"
    return Card(room, role, tuple(lines), purpose(package, room))


def architecture() -> str:
    """The page on how the house is built, whose tables come from the modules' own first sentences."""
    template = (FOLDER / "architecture.template.md").read_text(encoding="utf-8")
    for package in ("autograd", "nn"):
        lines = ["| room | what it is | imports directly |", "|---|---|---|"]
        for room, names in direct(package).items():
            lines.append(f"| `{room}` | {purpose(package, room)} | {', '.join(names)} |")
        template = template.replace(f"<!-- rooms of {package} -->", "\n".join(lines))
    return template


MADE: dict[str, Callable[[], str]] = {
    "network.svg": lambda: network_picture().svg,
    "paths.svg": lambda: paths_picture().svg,
    "cover.svg": lambda: cover_picture().svg,
    "diagram.svg": lambda: diagram_picture().svg,
    "autograd.svg": lambda: house_picture("autograd").svg,
    "nn.svg": lambda: house_picture("nn").svg,
    "architecture.md": architecture,
}

if __name__ == "__main__":
    for name, make in MADE.items():
        print(write_atomically(FOLDER / name, make()))
