"""The command line: python -m autograd demo | draw."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import Value, draw, parse
from .demo import network, report
from .drawing.layout import ENGINES
from .drawing.picture import RANKDIRS
from .errors import AutogradError
from .graph import topological_order
from .parsing import parse_assignments
from .printers.runs import joined, label_runs, shown

FORMULA = "(sigmoid(w*x + b) - t)**2 / 2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # ∂ and η, also where the console is not set to UTF-8
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (AutogradError, OSError) as error:
        print(f"autograd {options.command}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd", description="Understand backpropagation.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | draw")

    demo = commands.add_parser("demo", help="the 2-3-2 network: values, gradients, one update, and its picture")
    demo.set_defaults(run=_demo)

    drawing = commands.add_parser(
        "draw", help="draw any formula",
        description=f'Draw a formula with its values, gradients and local derivatives: draw "{FORMULA}" w=0.5 x=1 b=0 t=1',
    )  # fmt: skip
    drawing.add_argument("formula", help=f'for example "{FORMULA}"')
    drawing.add_argument("numbers", nargs="*", metavar="name=number", help="a number for every name in the formula")
    drawing.add_argument("--no-backward", action="store_true", help="forward values only, without gradients")
    drawing.set_defaults(run=_draw)

    for command, file in ((demo, "network.svg"), (drawing, "graph.svg")):
        command.add_argument("-o", "--output", default=file, help=f"the file to write, .svg or .dot (default {file})")
        command.add_argument("--rankdir", choices=RANKDIRS, default="LR", help="direction of the picture")
        command.add_argument("--layout", choices=ENGINES, help="layout engine (default: the best that is installed)")
    return parser


def _demo(options: argparse.Namespace) -> None:
    net = network()
    told = report(net, learning_rate=0.5)
    drawn = network()
    drawn.L.backward()
    print(told)
    _save(drawn.L, options)


def _draw(options: argparse.Namespace) -> None:
    output = parse(options.formula, **parse_assignments(options.numbers))
    if not options.no_backward:
        output.backward()
    for node in topological_order(output):
        if node.label and node.op is None and not options.no_backward:
            print(f"{joined(label_runs(node.label))} = {shown(node.data, 6)}, gradient {shown(node.grad, 6)}")
    print(f"{joined(label_runs(output.label or 'the formula'))} = {shown(output.data, 6)}")
    _save(output, options)


def _save(output: Value, options: argparse.Namespace) -> None:
    picture = draw(output, rankdir=options.rankdir, layout=options.layout)
    print(f"\nthe picture is in {picture.save(options.output)}")


if __name__ == "__main__":
    sys.exit(main())
