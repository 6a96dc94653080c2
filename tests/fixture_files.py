"""How the scripts here write what PyTorch gives: JSON with a line for each entry, so that changes can be read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import torch
    from torch.nn import functional
except ModuleNotFoundError:  # pytest imports every file here, in search of doctests
    torch = functional = None

__all__ = ["document", "functional", "torch", "write_or_check"]


def document(facts: Mapping[str, Any], sections: Mapping[str, Sequence[Any]]) -> str:
    """A line for PyTorch's version, one for each fact, and one for each entry of a section."""
    facts = {"torch": torch.__version__.partition("+")[0], **facts}
    lines = [f'"{name}": {_compact(fact)}' for name, fact in facts.items()]
    lines += [f'"{name}": [\n' + ",\n".join(map(_compact, entries)) + "\n]" for name, entries in sections.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write_or_check(name: str, content: Callable[[], str]) -> None:
    """Write the fixture of that name; with `--check` on the command line, compare it instead."""
    if torch is None:
        sys.exit("this script needs PyTorch: pip install torch==2.13.0")
    torch.set_num_threads(1)
    file, text = Path(__file__).parent / "fixtures" / name, content()
    if "--check" in sys.argv:
        same = file.read_text(encoding="utf-8") == text
        sys.exit(None if same else f"{file} is not what PyTorch {torch.__version__} gives")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    print(f"{file}: {len(text)} bytes")


def _compact(entry: Any) -> str:
    return json.dumps(entry, allow_nan=False, separators=(",", ":"))
