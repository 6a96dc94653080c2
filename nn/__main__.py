"""The command line: python -m nn demo."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from autograd import AutogradError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # η, also where the console is not set to UTF-8
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        told: str = options.run(options)
    except (AutogradError, OSError) as error:
        print(f"nn {options.command}: {error}", file=sys.stderr)
        return 2
    return _tell(told)


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


def _tell(told: str) -> int:
    """Print the report; a reader who has gone (`| head -1`) is no error."""
    try:
        print(told, flush=True)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # EINVAL: what Windows says of a closed pipe
            print(f"nn: the report could not be printed: {error.strerror}", file=sys.stderr)
            return 2
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
