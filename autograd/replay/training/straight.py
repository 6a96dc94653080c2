"""Whole epochs as straight lines: forward pass, reverse pass and step of every weight, in a loop over the batches.

    while batch < end:
        reorder(order, source)                      once in an epoch
        for k in order[place:stop]:
            x0, x1 = table[k]
            v0 = p0 * x0 + p1 * x1 + p2             forward
            g0 += d0 * x0                           back
        p0 = p0 - setting_0 * g0                    the step

The weights stay in variables from the first batch to the last. Python runs these lines as they are (`PLAIN`); for small
networks numba makes machine code of them (`COMPILED`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...op import ARITHMETIC_ERRORS
from ..lines import SCALAR, Lines, function, indented
from ..straight import Straight, sum_lines
from ..tape import Tape
from .updates import Update, may_fail, uniform_lines

Runs = Sequence[tuple[int, int]]  # places from one number to before another


class Dialect(NamedTuple):
    """What differs between lines for Python and lines for numba."""

    header: str
    decorator: str
    is_compiled: bool


PLAIN = Dialect("import math", "", False)
COMPILED = Dialect(
    "import math\n\nfrom autograd.replay.compiling import compiled\n"
    "from autograd.replay.training.kernels import reorder",
    "@compiled",
    True,
)


def training_source(
    tape: Tape, update: Update | None, stepped: int, layers: Sequence[Runs], clips: bool, one_row: bool,
    dialect: Dialect = PLAIN, stamp: str = "",
) -> str:  # fmt: skip
    """The source of `train` and `measure`; the update changes the first `stepped` leaves of the tape."""
    writer = _Training(tape, update, stepped, dialect, one_row)
    header = f"{dialect.header}\n\n# {stamp}" if stamp else dialect.header
    parts = [header, writer.train(layers, clips), writer.measure()]
    return "\n\n\n".join(parts) + "\n"


class _Training:
    def __init__(self, tape: Tape, update: Update | None, stepped: int, dialect: Dialect, one_row: bool) -> None:
        self.tape = tape
        self.update = update
        self.stepped = stepped if update else 0
        self.dialect = dialect
        self.one_row = one_row
        self.lines = Straight(tape, "seed", one_row, dialect.is_compiled)
        self.gradients = self.lines.gradients()
        self.wanted = self.lines.wanted()

    # ------------------------------------------------------------ train

    def train(self, layers: Sequence[Runs], clips: bool) -> str:
        """All batches from `begin` to before `end`; returns the number of the first that was not carried out."""
        loop = ["while batch < end:", *indented(self.batch(layers, clips))]
        if not self.dialect.is_compiled:
            errors = ", ".join(error.__name__ for error in ARITHMETIC_ERRORS)
            loop = ["try:", *indented(loop), f"except ({errors}):", "    pass  # no step is taken"]
        return self.function(
            "train(begin, end, steps, size, limit, source, table, order, P, M, S, G, losses, norms, shown)",
            "batch, count = begin, len(order)",
            "each_epoch = -(-count // size)",
            *self.read("P", self.leaves),
            *self.read("M", self.memories),
            *self.read("S", self.settings),
            *(f"{name} = 0.0" for name in self.gradients),
            *loop,
            *self.write("P", self.leaves[: self.stepped]),
            *self.write("M", self.memories),
            *self.write("S", self.settings),
            *self.write("G", self.wanted),
            "return batch",
        )

    def batch(self, layers: Sequence[Runs], clips: bool) -> Iterator[str]:
        """The lines of one batch."""
        is_compiled = self.dialect.is_compiled
        yield "place = batch % each_epoch * size"
        yield "if place == 0:"
        yield "    reorder(order, source)"
        yield from ["doubt = 0.0"] if is_compiled else []
        yield from self.passes()
        squares = [self.norm(f"norm_{i}", layer) for i, layer in enumerate(layers)]
        yield from (line for lines in squares for line in lines)
        finite = " + ".join(["total", *(["doubt"] if is_compiled else []), *(f"norm_{i}" for i in range(len(layers)))])
        yield f"if not math.isfinite({finite}):"
        yield "    break"
        compute, commit = self.step(self.update, clips) if self.update else ([], [])
        yield from ["if steps:", *indented(compute)] if compute else []
        yield "epoch = batch // each_epoch"
        yield "losses[epoch] += total"
        at = "norms[epoch, {}]" if is_compiled else "norms[epoch][{}]"
        yield from (f"{at.format(i)} += norm_{i}" for i in range(len(layers)))
        yield "batch += 1"
        yield from ["if steps:", *indented(commit)] if commit else []

    def passes(self) -> Iterator[str]:
        """Forward and back for every row of the batch."""
        lines = self.lines
        if self.one_row:
            yield from ["seed = 1.0", *lines.forward(False), "k = order[place]", *self.row("k"), *lines.forward(True)]
            yield f"total = {lines.name(self.tape.output)}"
            yield from [*self.show("k"), *lines.reverse(True), *lines.reverse(False)]
            return
        yield from ["stop = min(place + size, count)", "seed = 1.0 / (stop - place)", "total = 0.0"]
        yield from (f"{name} = 0.0" for name in self.gradients)
        yield from lines.forward(False)
        yield "for k in order[place:stop]:"
        inner = [*self.row("k"), *lines.forward(True), f"total += {lines.name(self.tape.output)}", *self.show("k")]
        yield from indented([*inner, *lines.reverse(True)])
        yield from lines.reverse(False)

    def row(self, number: str) -> list[str]:
        """The lines that read a row of the table."""
        if self.dialect.is_compiled:
            return [f"x{i} = table[{number}, {i}]" for i in range(self.tape.inputs)]
        return [f"{self.lines.inputs()} = table[{number}]"]

    def show(self, number: str) -> list[str]:
        """The lines that hand further results out."""
        names = [self.lines.name(slot) for slot in self.tape.shown]
        if self.dialect.is_compiled:
            return [f"shown[{number}, {i}] = {name}" for i, name in enumerate(names)]
        return [f"shown[{number}] = ({', '.join(names)},)"] if names else []

    def norm(self, name: str, runs: Runs) -> list[str]:
        """The lines of the norm of some weights' gradients."""
        found = [each for begin, end in runs for each in self.wanted[begin:end]]
        if not found:
            return [f"{name} = 0.0"]
        if not self.dialect.is_compiled:
            return [f"{name} = math.hypot({', '.join(found)})"]
        return [*sum_lines(name, [f"{each} * {each}" for each in found]), f"{name} = math.sqrt({name})"]

    def clip(self) -> list[str]:
        """The lines that shrink the gradients of the weights that change."""
        names = self.wanted[: self.stepped]
        return [
            *self.norm("norm", [(0, self.stepped)]),
            "factor = limit / (norm + 1e-6)",
            "if factor < 1.0:",
            *(f"    {name} *= factor" for name in names),
        ]

    # ------------------------------------------------------------ the step

    def step(self, update: Update, clips: bool) -> tuple[list[str], list[str]]:
        """The lines that compute the new weights, and those that put them in the place of the old ones."""
        before, common = uniform_lines(update)
        compute, commit = [*(self.clip() if clips else ()), *before], []
        fails = may_fail(update)
        for place in range(self.stepped):
            short = {name: f"{name}_{place}" for name in update.memories.values()}
            targets = [f"p{place}", *(short[update.memories[name]] for name in update.remembered)]
            code = Lines(SCALAR, f"u{place}_", {"weight": f"p{place}", "gradient": self.wanted[place], **short})
            rules = [code.written(term) for term in (update.weight, *update.remembered.values())]
            new = [f"new_{target}" for target in targets]
            compute += [*code.lines, f"{', '.join(new if fails else targets)} = {', '.join(rules)}"]
            if fails:
                commit.append(f"{', '.join(targets)} = {', '.join(new)}")
                compute += [f"doubt += {each} - {each}" for each in new] if self.dialect.is_compiled else []
        if fails and self.dialect.is_compiled:
            compute += ["if doubt != 0.0:", "    break"]
        changes = [f"{name} = {written}" for name, written in common.items()]
        return (compute, [*commit, *changes]) if fails else ([], [*compute, *changes])

    # ------------------------------------------------------------ measure

    def measure(self) -> str:
        """The results of rows of a table, forward only."""
        return self.function(
            "measure(begin, end, table, P, values, shown)",
            "doubt = 0.0",
            *self.read("P", self.leaves),
            *self.lines.forward(False),
            "for k in range(begin, end):",
            *indented([*self.row("k"), *self.lines.forward(True), *self.show("k"),
                        f"values[k] = {self.lines.name(self.tape.output)}"]),
            "return doubt",
        )  # fmt: skip

    # ------------------------------------------------------------ state

    @property
    def leaves(self) -> list[str]:
        """The variables of all leaves."""
        return [f"p{i}" for i in range(len(self.tape.leaves))]

    @property
    def memories(self) -> list[str]:
        """The variables of what each weight remembers: all weights of one memory, then those of the next."""
        names = self.update.memories.values() if self.update else ()
        return [f"{name}_{place}" for name in names for place in range(self.stepped)]

    @property
    def settings(self) -> list[str]:
        """The variables of settings and of common memories."""
        return [*self.update.settings.values(), *self.update.common.values()] if self.update else []

    def read(self, array: str, names: Sequence[str]) -> list[str]:
        """The lines that read variables from an array."""
        if self.dialect.is_compiled:
            return [f"{name} = {array}[{i}]" for i, name in enumerate(names)]
        return [f"{', '.join(names)}, = {array}"] if names else []

    def write(self, array: str, names: Sequence[str]) -> list[str]:
        """The lines that put variables back."""
        if self.dialect.is_compiled:
            return [f"{array}[{i}] = {name}" for i, name in enumerate(names)]
        return [f"{array}[:{len(names)}] = {', '.join(names)},"] if names else []

    def function(self, signature: str, *lines: str) -> str:
        """A function of this dialect."""
        return function(signature, lines, decorator=self.dialect.decorator)
