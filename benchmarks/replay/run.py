"""The replay of recorded graphs side by side with hand-written C and with other libraries.

    pip install -e .[fast,bench]
    python benchmarks/replay/run.py [--only B D E F] [--quick] [--repeats N] [--markdown FILE] [--svg FILE]

It needs gcc. Everybody has one thread and computes in float64; losses (and gradients, in E and F) agree to 1e-9, or
the run ends. Those who take part in a workload take turns; each number is the median of at least seven turns, with a
collection of garbage before each and the collector as Python leaves it. C is compiled with -O3 -march=native
-ffast-math -mprefer-vector-width=512; where it works on blocks of samples, the size that was fastest counts. What is
compared is explained in `scalars.py` and `networks.py`, the graphs in `graphs.py`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_name}_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
sys.path.insert(0, str(Path(__file__).parent))

import measuring  # noqa: E402
import networks  # noqa: E402
import scalars  # noqa: E402

WORKLOADS = ("B", "D", "E", "F")


def main() -> None:
    """Measure, print, write."""
    options = _options()
    notes: list[str] = []

    def say(note: str) -> None:
        print(note, file=sys.stderr, flush=True)
        notes.append(note)

    say(f"load of the machine before: {_load()}")
    table: list[measuring.Row] = []
    repeats = max(7, options.repeats)
    for workload in networks.workloads():
        if workload.name[0] in options.only:
            table += networks.measured(workload, repeats, say)
    if "E" in options.only:
        table += scalars.one_sample(scalars.SIZES[:2] if options.quick else scalars.SIZES, repeats, say)
    if "F" in options.only:
        table += scalars.many_samples(repeats, say)
    say(f"load of the machine after: {_load()}")
    print(measuring.text(table))
    for path, content in (
        (options.markdown, measuring.markdown(table, notes)),
        (options.svg, measuring.picture(table)),
    ):
        if path:
            path.write_text(content, encoding="utf-8")


def _load() -> str:
    return ", ".join(f"{number:.1f}" for number in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--quick", action="store_true", help="small graphs only")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--svg", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
