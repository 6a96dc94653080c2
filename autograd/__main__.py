"""The command line: python -m autograd demo | draw | derive | check."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from . import Value, check, derive, draw, notation, parse
from .console import tell, use_utf8
from .demo import network, report
from .derivation.chain import STYLES
from .drawing.geometry import RANKDIRS
from .drawing.layout import ENGINES
from .drawing.picture import MAX_NODES
from .errors import AutogradError
from .files import write_atomically
from .graph import topological_order
from .parsing import names_in, parse_assignments
from .printers.runs import shown
from .views import DETAILS

# A formula such as -x**2, which must not be taken for an option; an answer never is one.
_STARTS_WITH_MINUS = re.compile(r"-(?!-|[oh]\Z)")

FORMULA = "(sigmoid(w*x + b) - t)**2 / 2"
STEPS = "a = w*x + b; y = sigmoid(a); L = (y - t)**2 / 2"
FORMS = ("text", "latex", "markdown", "html", "python", "spreadsheet")
WRONG = 1  # the exit code of `check` for an answer that is not right


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong.

    `check` returns 1 for an answer that is not right.
    """
    use_utf8()
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    words = [f" {word}" if _STARTS_WITH_MINUS.match(word) or before == "--answer" else word
             for before, word in zip(["", *given], given, strict=False)]  # fmt: skip
    options, others = parser.parse_known_args(words)
    if others and (not hasattr(options, "numbers") or any(word.startswith("-") for word in others)):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if others:  # argparse takes no numbers after an option: draw "w*x" -o graph.svg w=2 x=3
        options.numbers += others
    options.code = 0
    try:
        told = options.run(options)
    except (AutogradError, OSError) as error:
        told = getattr(error, "strerror", None) or str(error)  # (an OSError would begin with its number)
        print(f"autograd {options.command}: {told}", file=sys.stderr)
        return 2
    return tell(told, "autograd") or int(options.code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd", description="Understand backpropagation.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | draw | derive | check")

    demo = commands.add_parser("demo", help="the 2-3-2 network: values, gradients, one update, and its picture")
    demo.set_defaults(run=_demo)

    drawing = _formula_command(
        commands, "draw", "draw any formula",
        f'Draw a formula with its values, gradients and local derivatives: draw "{FORMULA}" w=0.5 x=1 b=0 t=1',
    )  # fmt: skip
    drawing.add_argument("--no-backward", action="store_true", help="forward values only, without gradients")
    drawing.add_argument("--wrt", help="highlight the paths from this variable, on the graph of the named nodes")
    drawing.set_defaults(run=_draw)

    for command, file in ((demo, "network.svg"), (drawing, "graph.svg")):
        command.add_argument("-o", "--output", default=file, help=f"the file to write, .svg or .dot (default {file})")
        command.add_argument("--rankdir", choices=RANKDIRS, default="LR", help="direction of the picture")
        command.add_argument("--max-nodes", type=int, default=MAX_NODES, help="the largest graph that is drawn")
        command.add_argument("--layout", choices=ENGINES, help="layout engine (default: the best that is installed)")

    deriving = _formula_command(
        commands, "derive", "write the chain rule out",
        f'Write the derivative of a formula out, step by step: derive "{STEPS}" w=0.5 x=1 b=0 t=1 --wrt w',
    )  # fmt: skip
    deriving.add_argument("--wrt", action="append", help="the variable; several times for several (default: all)")
    deriving.add_argument("--form", choices=FORMS, default="text", help="the form of the output (default text)")
    deriving.add_argument("--style", choices=STYLES, default=STYLES[0], help="delta names what derivatives share")
    deriving.add_argument("--detail", choices=DETAILS, default=DETAILS[0], help="primitive: through every operation")
    deriving.add_argument("--update", type=float, metavar="RATE", help="a learning rate: shows the update, too")
    deriving.add_argument("--digits", type=int, default=4, help="significant digits of the numbers (default 4)")
    deriving.add_argument("--width", type=int, help="columns of the text (default: the terminal's)")
    deriving.add_argument("--full", action="store_true", help="cut no long sum or list")
    deriving.add_argument("-o", "--output", help="write to this file instead of the terminal")
    deriving.set_defaults(run=_derive)

    checking = _formula_command(
        commands, "check", "judge a derivative worked out by hand",
        f'Judge a derivative: check "{FORMULA}" w=0.5 x=1 b=0 t=1 --wrt w --answer "..."; the exit code is 0 for a'
        " right answer and 1 for a wrong one",
    )  # fmt: skip
    checking.add_argument("--wrt", required=True, help="the variable")
    checking.add_argument("--answer", required=True, help="the derivative: a formula in the same names, or a number")
    checking.add_argument("--lr", type=float, help="the learning rate, to tell an update from a gradient")
    checking.add_argument("--weight-decay", type=float, help="the factor λ of the weight decay λ·w in the gradient")
    checking.set_defaults(run=_check)
    return parser


def _formula_command(commands: Any, name: str, summary: str, description: str) -> argparse.ArgumentParser:
    """A command that takes a formula and numbers for its names."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=description)
    command.add_argument("formula", help=f'for example "{FORMULA}"')
    command.add_argument("numbers", nargs="*", metavar="name=number", help="a number for every name in the formula")
    return command


def _demo(options: argparse.Namespace) -> str:
    drawn = network()
    drawn.L.backward()
    path = _save(drawn.L, options)
    return f"{report(network(), learning_rate=0.5)}\n\n{_where(path)}"


def _draw(options: argparse.Namespace) -> str:
    output = parse(options.formula.strip(), **parse_assignments(options.numbers))
    if options.wrt is not None:
        _named(output)  # The caption says ∂L/∂w.
    if not options.no_backward:
        output.backward()
    path = _save(output, options)
    leaves = [node for node in topological_order(output) if node.op is None and node is not output]
    lines = [_told(leaf, leaf.label) for leaf in leaves]
    lines.append(_told(output, output.label or "the formula") if output.op is None else _result(output))
    return "\n".join([*lines, "", _where(path)])


def _derive(options: argparse.Namespace) -> str:
    output = _named(parse(options.formula.strip(), **parse_assignments(options.numbers)))
    wrt = options.wrt[0] if options.wrt and len(options.wrt) == 1 else options.wrt
    derivation = derive(output, wrt, style=options.style, detail=options.detail, update=options.update,
                        digits=options.digits)  # fmt: skip
    forms: dict[str, Callable[[], str]] = {
        "text": lambda: derivation.text(options.width, options.full),
        "latex": lambda: derivation.latex(full=options.full),
        "markdown": lambda: derivation.markdown(full=options.full),
        "html": lambda: derivation.html(full=options.full),
        "python": lambda: _lines(derivation.python()),
        "spreadsheet": lambda: _lines(derivation.spreadsheet()),
    }
    written = forms[options.form]().rstrip("\n")
    if options.output is None:
        return written
    return f"the derivation is in {write_atomically(Path(options.output), written + chr(10))}"


def _lines(written: str | dict[str, str]) -> str:
    """One expression as it is; several as `label: expression`."""
    return written if isinstance(written, str) else "\n".join(f"{label}: {each}" for label, each in written.items())


def _check(options: argparse.Namespace) -> str:
    given = parse_assignments(options.numbers)
    names = enumerate(names_in(options.formula.strip()))
    chosen = {name: round(0.3 + 0.1 * place, 1) for place, name in names if name not in given}
    output = _named(parse(options.formula.strip(), **given, **chosen))
    verdict = check(output, options.wrt, options.answer, lr=options.lr, weight_decay=options.weight_decay)
    options.code = 0 if verdict.correct else WRONG
    if not chosen:
        return str(verdict)
    told = ", ".join(f"{notation.text(name)} = {shown(number)}" for name, number in chosen.items())
    return f"{verdict}\n(no number was given for some names; taken: {told})"


def _named(output: Value) -> Value:
    """The output, labelled L, or with another letter if that is taken."""
    if not output.label:
        taken = {node.label for node in topological_order(output)}
        numbered = (f"L_{number}" for number in count(1))
        output.label = next(name for name in chain(("L", "f", "F", "output"), numbered) if name not in taken)
    return output


def _told(leaf: Value, label: str) -> str:
    gradient = f", gradient {shown(leaf.grad, 6)}" if leaf.has_grad else ""
    return f"{notation.text(label)} = {shown(leaf.data, 6)}{gradient}"


def _result(output: Value) -> str:
    return f"{notation.text(output.label or 'the formula')} = {shown(output.data, 6)}"


def _save(output: Value, options: argparse.Namespace) -> Path:
    """Draw first and print later: what cannot be drawn prints nothing but the reason."""
    picture = draw(output, rankdir=options.rankdir, layout=options.layout, max_nodes=options.max_nodes,
                   wrt=getattr(options, "wrt", None))  # fmt: skip
    return picture.save(options.output)


def _where(path: Path) -> str:
    return f"the picture is in {path}"


if __name__ == "__main__":
    sys.exit(main())
