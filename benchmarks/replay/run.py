"""The replay of recorded graphs side by side with hand-written C and with other libraries.

    pip install -e .[fast,bench]
    python benchmarks/replay/run.py [--only B C D E F memory] [--quick] [--large] [--repeats N] [--results FOLDER]

B, C and D train networks (`workloads.py`), E and F differentiate graphs of scalars (`scalars.py`, `graphs.py`), and
memory counts the bytes of a large graph (`memory.py`). `--quick` leaves the largest graphs out, `--large` adds those of
10,000,000 nodes (10 GB of memory, minutes each). A whole run takes half an hour, and writes `results.md`, `results.svg`
and `graphs.svg` into the folder `results` here; any other run writes them where `--results` says, or not at all.

It needs gcc. Who takes part: the library itself (replay by numba, generated Python, the eager engine), C written by
hand (`layers.c`, `tiles.c`, `small.c`, `tape.c`), NumPy in matrices, the delta rule in plain Python, and of JAX,
PyTorch, CasADi and micrograd what is installed. C is compiled here, with -O3 -march=native -ffast-math
-mprefer-vector-width=512, in several ways, of which the fastest counts: for networks blocks of 20, 32, 50 and 100
samples.

Everybody has one thread, computes in float64, and starts from the same weights; losses (in E and F values and
gradients) agree to 1e-9, or the run ends. Those who take part in a workload take turns; each number is the median of at
least seven turns, given with its quartiles, with a collection of garbage before each turn and the collector as Python
leaves it. A turn is a training from the weights of the start in the library's own best loop, and takes about 0.05 s or
one epoch. Who has more than one way (JAX: a jitted step called from Python, or a jitted loop over all steps) has a row
for each.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_name}_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
sys.path.insert(0, str(Path(__file__).parent))

import scalars  # noqa: E402
from measuring import Claim, Row, Say  # noqa: E402
from memory import NODES, memory  # noqa: E402
from picture import picture  # noqa: E402
from report import environment, markdown, text  # noqa: E402
from training import trained  # noqa: E402
from workloads import workloads  # noqa: E402

PARTS = ("B", "C", "D", "E", "F", "memory")
FOLDER = Path(__file__).parent / "results"
_FEWEST = 7
_SHOWN_SIZE = "100,000 nodes"  # of the graphs of E; the others are in the table


def main() -> None:
    """Measure, print, write."""
    options = _options()
    facts, notes = environment(), list[str]()

    def say(note: str) -> None:
        print(note, file=sys.stderr, flush=True)
        notes.append(note)

    table: list[Row] = []
    claims: list[Claim] = []
    for rows, found in _measured(options, say):
        print(text(rows, found) + "\n", flush=True)
        table += rows
        claims += found
    is_whole = set(options.only) == set(PARTS) and not options.quick
    folder = options.results or (FOLDER if is_whole else None)
    if folder:
        _write(folder, table, claims, facts, notes)


def _measured(options: argparse.Namespace, say: Say) -> Iterable[tuple[list[Row], list[Claim]]]:
    repeats = max(_FEWEST, options.repeats)
    for workload in workloads():
        if workload.name[0] in options.only:
            yield trained(workload, repeats, say)
    if "E" in options.only:
        sizes = scalars.SIZES[:2] if options.quick else scalars.SIZES
        yield from scalars.one_sample((*sizes, *([scalars.LARGE] if options.large else [])), repeats, say)
    if "F" in options.only:
        yield from scalars.many_samples(repeats, say)
    if "memory" in options.only:
        yield [], list(memory(NODES // 10 if options.quick else NODES, say))


def _write(folder: Path, table: list[Row], claims: list[Claim], facts: list[str], notes: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    networks = [row for row in table if row.workload[0] in "BCD"]
    graphs = [row for row in table if row.workload[0] == "F" or _SHOWN_SIZE in row.workload]
    drawn = [(name, rows) for name, rows in (("results.svg", networks), ("graphs.svg", graphs)) if rows]
    for name, rows in drawn:
        (folder / name).write_text(picture(rows, claims), encoding="utf-8")
    written = markdown(table, claims, facts, notes, [name for name, _ in drawn])
    (folder / "results.md").write_text(written, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="of these parts")
    parser.add_argument("--quick", action="store_true", help="without the largest graphs")
    parser.add_argument("--large", action="store_true", help="with graphs of 10,000,000 nodes")
    parser.add_argument("--repeats", type=int, default=9, help=f"turns of everybody, at least {_FEWEST} (9)")
    parser.add_argument("--results", type=Path, help="the folder that tables and pictures are written to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
