"""Run the notebooks of the course and store what they print and draw: python notebooks/run.py [name …] [--check].

With --check nothing is written: it is told which outputs are no longer what is stored, and the exit code is 1 if any.
Needs the extra `notebook`: pip install ".[notebook]".
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from autograd.files import write_atomically

FOLDER = Path(__file__).parent
# The same bytes on every machine and every run; pictures of matplotlib are, too, but for its version. Graphs are laid
# out by the built-in engine, for not every machine has Graphviz, nor the same one.
SETTINGS = {"PYTHONHASHSEED": "0", "COLUMNS": "100", "PYTHONUTF8": "1", "CHAINRULE_LAYOUT": "builtin",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline"}  # fmt: skip
SECONDS = 60


def notebooks(names: list[str] | None = None) -> list[Path]:
    """The notebooks whose file names begin with one of the names; all of them without names."""
    found = sorted(FOLDER.glob("[0-9]*.ipynb"))
    chosen = [path for path in found if not names or path.name.startswith(tuple(names))]
    if not chosen:
        raise SystemExit(f"no notebook is called {' or '.join(names or ['anything'])}; there are {listed(found)}")
    return chosen


def listed(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def executed(path: Path) -> Any:
    """The notebook as it is after a run of all of its cells in a new process, in a folder of its own."""
    notebook = nbformat.read(path, as_version=4)
    # Streams are put together: how the kernel cuts what a cell prints into messages differs from run to run.
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", record_timing=False,
                            coalesce_streams=True, resources={"metadata": {"path": str(FOLDER)}})  # fmt: skip
    client.execute(env={**os.environ, **SETTINGS})
    return tidied(notebook)


def tidied(notebook: Any) -> Any:
    """The notebook without what differs between machines and runs."""
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    })
    for number, cell in enumerate(notebook.cells, 1):
        cell.id, cell.metadata = f"cell-{number}", nbformat.from_dict({})
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                kept = {kind: {"alt": told["alt"]} for kind, told in output.metadata.items() if "alt" in told}
                output.metadata = nbformat.from_dict(kept)
    return notebook


def texts(notebook: Any) -> list[tuple[int, str, str]]:
    """Every text among the outputs: number of the cell, kind, and the text; pictures as points are left out."""
    return [
        (number, kind, text)
        for number, cell in enumerate(notebook.cells, 1)
        for output in cell.get("outputs", ())
        for kind, text in _parts(output)
    ]


def _parts(output: Any) -> Iterator[tuple[str, str]]:
    if output.output_type == "stream":
        yield output.name, output.text
    elif output.output_type == "error":
        yield "error", "\n".join(output.traceback)
    else:
        yield from ((kind, str(data)) for kind, data in sorted(output.data.items()) if kind != "image/png")


def written(notebook: Any) -> str:
    """The notebook as the text of its file."""
    return nbformat.writes(notebook, version=4, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Run what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run the notebooks of the course and store their outputs.")
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03 (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; tell which outputs have changed")
    options = parser.parse_args()
    changed = 0
    for path in notebooks(options.names):
        began = time.perf_counter()
        notebook = executed(path)
        same = texts(notebook) == texts(nbformat.read(path, as_version=4))
        changed += not same
        if not options.check:
            write_atomically(path, written(notebook))
        print(f"{path.name}: {time.perf_counter() - began:.0f} s, {'as stored' if same else 'texts have changed'}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
