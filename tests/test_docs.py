"""The documents that are made from the code are as it is now: pictures, and the page on the architecture."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
_specification = importlib.util.spec_from_file_location("make", DOCS / "make.py")
assert _specification and _specification.loader
make = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(make)


@pytest.mark.parametrize("name", make.MADE)
def test_a_document_is_what_the_code_makes_now(name) -> None:
    stored = (DOCS / name).read_text(encoding="utf-8")
    assert make.MADE[name]() == stored, "run: python docs/make.py"


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_every_room_says_what_it_is_in_a_sentence(package) -> None:
    assert [] == [room for room in make.rooms(package) if not make.purpose(package, room)]


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_the_picture_leaves_out_only_what_follows(package) -> None:
    shown, all_imports = make.direct(package), make.imports(package)

    def reached(room: str) -> set[str]:
        return set(shown[room]).union(*(reached(other) for other in shown[room]))

    for room, used in all_imports.items():
        assert used <= reached(room)
        assert set(shown[room]) <= used


def test_links_of_the_architecture_page_lead_to_files() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", page)
    assert targets
    assert [] == [target for target in targets if not (DOCS / target).exists()]
    assert "<!--" not in page
