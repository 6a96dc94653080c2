"""What the eager engine costs: what users do against the plain way to the same, and beside other engines.

    pip install -e .[bench]
    python benchmarks/engine.py [--quick] [--repeats N] [--only NAME ...] [--hips PYTHON] [--markdown FILE]

Who is compared does the same work, checked to be the same, in one process (HIPS autograd, whose package is named as
ours, in one of its own) and takes turns, so that a slow moment of the machine meets both. Seconds are those of CPU; a
ratio is that of the quickest turns, which other processes disturbed least, and behind it stands that of the medians:
where the two are far apart, the machine was not quiet. Before each turn the garbage collector empties what the turn
before left. Each ratio is measured with the collector as Python leaves it and with the collector off: an engine whose
nodes are reference cycles leaves its work to the collector, and that is part of what it costs.

Memory and import are absolute figures. What is not installed is named and left out; the exit status is 1 if a target
was missed. `--importtime` only lists the modules that take most of `import autograd`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from eager import definition, everyday, footprint, peers
from eager.table import Row, facts, markdown, text
from eager.timing import Settings

from autograd.files import write_atomically

Part = Callable[[Settings], Iterator[Row]]

PARTS: dict[str, Part] = {
    "predict": everyday.predicted,
    "grad": everyday.gradients,
    "hessian": everyday.hessians,
    "subclass": everyday.subclass,
    "thread": everyday.threads,
    "task": everyday.tasks,
    "forward": everyday.computed_again,
    "zero_grad": everyday.forgotten,
    "create_graph": everyday.as_graphs,
    "deepcopy": everyday.copies,
    "definition": definition.definition,
    "memory": footprint.memory,
    "import": footprint.imported,
    "chain": peers.short_chain,
    "deep": peers.deep_chain,
    "network": peers.network,
    "rust": peers.rust,
}


def main() -> int:
    """Run what is asked for and print the table; the exit status is 1 if a target was missed."""
    options = _options()
    if options.importtime:
        print(footprint.slowest_imports(options.importtime))
        return 0
    settings = Settings.of(options.repeats, is_quick=options.quick)
    parts = {**PARTS, "hips": partial(peers.hips, python=options.hips)}
    known = facts(settings)
    rows: list[Row] = []
    for name, part in parts.items():
        if not options.only or name in options.only:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += part(settings)
    print(text(rows, known))
    if options.markdown:
        write_atomically(options.markdown, markdown(rows, known))
    return int(any(row.missed for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=_count, default=15, help="turns of everybody (15)")
    parser.add_argument("--quick", action="store_true", help="three short turns, to see that it runs")
    parser.add_argument("--only", nargs="+", choices=(*PARTS, "hips"), metavar="NAME",
                        help=f"of these: {', '.join((*PARTS, 'hips'))}")  # fmt: skip
    parser.add_argument("--hips", metavar="PYTHON", help="the interpreter of an environment with HIPS autograd")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there, too")
    parser.add_argument("--importtime", type=_count, nargs="?", const=5, metavar="N",
                        help="only list the N (5) modules that take most of the import")  # fmt: skip
    return parser.parse_args()


def _count(written: str) -> int:
    number = int(written)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
