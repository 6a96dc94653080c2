"""The command line: python -m autograd demo | draw."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from . import Value, draw, parse
from .demo import network, report
from .drawing.layout import ENGINES
from .drawing.picture import MAX_NODES, RANKDIRS
from .errors import AutogradError
from .graph import topological_order
from .parsing import parse_assignments
from .printers.runs import joined, label_runs, shown

# A formula such as -x**2, which must not be taken for an option.
_STARTS_WITH_MINUS = re.compile(r"-(?!-|[oh]\Z)")

FORMULA = "(sigmoid(w*x + b) - t)**2 / 2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # ∂ and η, also where the console is not set to UTF-8
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    words = [f" {word}" if _STARTS_WITH_MINUS.match(word) else word for word in given]
    options, others = parser.parse_known_args(words)
    if others and (options.command != "draw" or any(word.startswith("-") for word in others)):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if others:  # argparse takes no numbers after an option: draw "w*x" -o graph.svg w=2 x=3
        options.numbers += others
    try:
        told = options.run(options)
    except (AutogradError, OSError) as error:
        print(f"autograd {options.command}: {error}", file=sys.stderr)
        return 2
    return _tell(told)


def _tell(told: str) -> int:
    """Print the report; a reader who has gone (`| head -1`) is no error."""
    try:
        print(told, flush=True)
    except OSError as error:
        code = 0 if error.errno in (errno.EPIPE, errno.EINVAL) else 2  # EINVAL: what Windows says of a closed pipe
        if code:
            print(f"autograd: the report could not be printed: {error.strerror}", file=sys.stderr)
    else:
        return 0
    # Python flushes once more when it ends, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd", description="Understand backpropagation.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | draw")

    demo = commands.add_parser("demo", help="the 2-3-2 network: values, gradients, one update, and its picture")
    demo.set_defaults(run=_demo)

    drawing = commands.add_parser(
        "draw", help="draw any formula",
        description="Draw a formula with its values, gradients and local derivatives: "
        f'draw "{FORMULA}" w=0.5 x=1 b=0 t=1',
    )  # fmt: skip
    drawing.add_argument("formula", help=f'for example "{FORMULA}"')
    drawing.add_argument("numbers", nargs="*", metavar="name=number", help="a number for every name in the formula")
    drawing.add_argument("--no-backward", action="store_true", help="forward values only, without gradients")
    drawing.set_defaults(run=_draw)

    for command, file in ((demo, "network.svg"), (drawing, "graph.svg")):
        command.add_argument("-o", "--output", default=file, help=f"the file to write, .svg or .dot (default {file})")
        command.add_argument("--rankdir", choices=RANKDIRS, default="LR", help="direction of the picture")
        command.add_argument("--max-nodes", type=int, default=MAX_NODES, help="the largest graph that is drawn")
        command.add_argument("--layout", choices=ENGINES, help="layout engine (default: the best that is installed)")
    return parser


def _demo(options: argparse.Namespace) -> str:
    drawn = network()
    drawn.L.backward()
    path = _save(drawn.L, options)
    return f"{report(network(), learning_rate=0.5)}\n\n{_where(path)}"


def _draw(options: argparse.Namespace) -> str:
    output = parse(options.formula.strip(), **parse_assignments(options.numbers))
    if not options.no_backward:
        output.backward()
    path = _save(output, options)
    leaves = [node for node in topological_order(output) if node.op is None and node is not output]
    lines = [_told(leaf, leaf.label) for leaf in leaves]
    lines.append(_told(output, output.label or "the formula") if output.op is None else _result(output))
    return "\n".join([*lines, "", _where(path)])


def _told(leaf: Value, label: str) -> str:
    gradient = f", gradient {shown(leaf.grad, 6)}" if leaf.has_grad else ""
    return f"{joined(label_runs(label))} = {shown(leaf.data, 6)}{gradient}"


def _result(output: Value) -> str:
    return f"{joined(label_runs(output.label or 'the formula'))} = {shown(output.data, 6)}"


def _save(output: Value, options: argparse.Namespace) -> Path:
    """Draw first and print later: what cannot be drawn prints nothing but the reason."""
    picture = draw(output, rankdir=options.rankdir, layout=options.layout, max_nodes=options.max_nodes)
    return picture.save(options.output)


def _where(path: Path) -> str:
    return f"the picture is in {path}"


if __name__ == "__main__":
    sys.exit(main())
