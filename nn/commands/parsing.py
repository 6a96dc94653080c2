"""The options of every command."""

from __future__ import annotations

import argparse
from typing import Any

from ..activations import ACTIVATIONS
from ..defaults import ACTIVATION, BATCH_SIZE, EPOCHS, HIDDEN, OPTIMIZER
from ..optimisers import OPTIMISERS
from . import explain, predict, train
from .arguments import Parser, delimiter, file_of, fraction, one_of, positive, whole_number

PLOTS = (".svg", ".png", ".pdf")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    found = Parser(prog="python -m nn", description="Neural networks that show how they learn.")
    commands = found.add_subparsers(dest="command", required=True, metavar="train | predict | explain | demo")
    _train(commands)
    _predict(commands)
    _explain(commands)
    demo = commands.add_parser("demo", help="train a classifier of Iris flowers, and test it, on five splits")
    demo.add_argument("--seed", type=whole_number(0), default=0, metavar="N",
                      help="of the splits, the weights and the order (default 0)")  # fmt: skip
    demo.set_defaults(run=_demo)
    return found


def _demo(options: argparse.Namespace) -> str:
    from ..examples.iris import report, results

    return report(results(rng=options.seed))


def _train(commands: Any) -> None:
    command = commands.add_parser(
        "train",
        help="train a network on the rows of a CSV file",
        description="Train a network on the rows of a CSV file with a header. A target of text is classes, a target of "
        "numbers is predicted as a number. Columns of text become one input for each of their values.",
        epilog="example: python -m nn train iris.csv --target species -o model.json",
    )
    command.add_argument("data", metavar="data.csv", help="the rows, under a line with the columns' names")
    command.add_argument("--target", required=True, action="append", metavar="COLUMN",
                         help="the column to predict (several times for several columns of numbers)")  # fmt: skip
    command.add_argument("-o", "--output", type=file_of(".json"), default="model.json", metavar="FILE",
                         help="the model's file (default model.json)")  # fmt: skip
    _add_columns(command)
    _add_network(command)
    command.add_argument("--test", type=fraction, default=0.25, metavar="FRACTION",
                         help="of the rows, held out to test on (default 0.25; 0: none)")  # fmt: skip
    command.add_argument("--plot", type=file_of(*PLOTS), metavar="FILE", help="draw the loss: .svg, .png or .pdf")
    command.add_argument("--quiet", action="store_true", help="show no progress bar")
    _add_reading(command)
    command.set_defaults(run=train.run)


def _add_columns(command: argparse.ArgumentParser) -> None:
    for name, told in (
        ("columns", "the only inputs (default: all but the target)"),
        ("ignore", "columns that are left out"),
        ("categories", "columns of numbers that are names, such as a postcode"),
    ):
        command.add_argument(f"--{name}", nargs="+", metavar="COLUMN", help=told,
                             default=None if name == "columns" else [])  # fmt: skip


def _add_network(command: argparse.ArgumentParser) -> None:
    number = whole_number(1)
    command.add_argument("--hidden", type=number, nargs="+", default=list(HIDDEN), metavar="N",
                         help=f"the number of units of every hidden layer (default {HIDDEN[0]})")  # fmt: skip
    command.add_argument("--activation", type=one_of(ACTIVATIONS), default=ACTIVATION, metavar="NAME",
                         help=f"of the hidden units (default {ACTIVATION}): {', '.join(ACTIVATIONS)}")  # fmt: skip
    command.add_argument("--epochs", type=number, default=EPOCHS, metavar="N",
                         help=f"how often all rows are gone through (default {EPOCHS})")  # fmt: skip
    command.add_argument("--batch", type=number, default=BATCH_SIZE, metavar="N",
                         help=f"rows for each step (default {BATCH_SIZE})")  # fmt: skip
    command.add_argument("--optimizer", type=one_of(OPTIMISERS), default=OPTIMIZER, metavar="NAME",
                         help=f"{' or '.join(OPTIMISERS)} (default {OPTIMIZER})")  # fmt: skip
    usual = ", ".join(f"{rate:g} for {name}" for name, (_, rate) in OPTIMISERS.items())
    command.add_argument("--rate", type=positive, metavar="NUMBER", help=f"the learning rate (default {usual})")
    command.add_argument("--patience", type=number, metavar="N",
                         help="stop after N epochs without a better loss on a fifth of the rows")  # fmt: skip
    command.add_argument("--seed", type=whole_number(0), default=0, metavar="N",
                         help="of the split, the weights and the order (default 0)")  # fmt: skip


def _predict(commands: Any) -> None:
    command = commands.add_parser(
        "predict",
        help="say what a model predicts for the rows of a CSV file",
        description="Write the rows of a CSV file with what a model predicts: all columns of the file, then "
        "'predicted' and, for classes, the probability of each. If the file has the target, a score is told, too.",
        epilog="example: python -m nn predict model.json new.csv -o out.csv",
    )
    command.add_argument("model", metavar="model.json", help="a model that train wrote")
    command.add_argument("data", metavar="new.csv", help="the rows; the target may be missing")
    command.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: the terminal)")
    _add_reading(command)
    command.set_defaults(run=predict.run)


def _explain(commands: Any) -> None:
    command = commands.add_parser(
        "explain",
        help="write out the derivative of one row's loss with respect to one weight",
        description="Write out how the loss of one row changes with one weight: the chain rule, with every number.",
        epilog="example: python -m nn explain model.json --row 3 --weight w_11",
    )
    command.add_argument("model", metavar="model.json", help="a model that train wrote")
    command.add_argument("--row", type=whole_number(1), required=True, metavar="N",
                         help="the row, counted from 1 below the header")  # fmt: skip
    command.add_argument("--weight", metavar="LABEL", help="such as w_11 or b_1^(1) (default: the first weight)")
    command.add_argument("--data", metavar="FILE", help="a CSV file (default: that of the training)")
    command.add_argument("--update", type=positive, metavar="RATE", help="show a step of this learning rate, too")
    command.add_argument("--form", type=one_of(explain.FORMS), default="text", metavar="FORM",
                         help=f"{', '.join(explain.FORMS)} (default text)")  # fmt: skip
    command.add_argument("--full", action="store_true", help="cut no long sum or list")
    command.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: the terminal)")
    _add_reading(command)
    command.set_defaults(run=explain.run)


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--delimiter", type=delimiter, metavar="CHARACTER",
                         help="between cells: , or ; or tab (default: found in the header)")  # fmt: skip
    command.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the CSV file (default utf-8)")
