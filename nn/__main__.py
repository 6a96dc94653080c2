"""The command line: python -m nn demo."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from autograd import AutogradError
from autograd.console import tell, use_utf8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong."""
    use_utf8()
    options = _parser().parse_args(arguments)
    try:
        told: str = options.run(options)
    except (AutogradError, OSError) as error:
        print(f"nn {options.command}: {error}", file=sys.stderr)
        return 2
    return tell(told, "nn")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nn", description="Neural networks that show how they learn.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo")
    demo = commands.add_parser("demo", help="train a classifier of Iris flowers, and test it, on five splits")
    demo.add_argument("--seed", type=int, default=0, help="of the splits, the weights and the order (default 0)")
    demo.set_defaults(run=_demo)
    return parser


def _demo(options: argparse.Namespace) -> str:
    from .examples.iris import report, results

    return report(results(rng=options.seed))


if __name__ == "__main__":
    sys.exit(main())
