"""compile: a recorded graph as a program, run for many samples by code generated from the table.

    program(X)                     one value for each row of X
    program.value_and_grad(X)      the sum of the values over the rows, and the gradient of that sum
"""

from __future__ import annotations

import math
import threading
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

from ..by_hand import require_formulas
from ..errors import AutogradError, MissingPackageError, OperandError
from ..evaluation import numbers_at, recompute, warn_where_python_decided
from ..generated.loading import load_for
from ..graph import depending_on, topological_order
from ..op import ARITHMETIC_ERRORS, check_choice, describe, is_value, plain_number
from ..sweep import sweep
from .engines import ADVICE, ENGINES, best_engine, is_installed, numba_problem
from .straight import MOST_INSTRUCTIONS, straight_source
from .tape import Tape, flattened

if TYPE_CHECKING:
    from ..value import Value


def compile(  # noqa: A001 (the field's word)
    output: Value, inputs: Sequence[Value] = (), wrt: Sequence[Value] = (), *, engine: str | None = None
) -> Program:
    """A recorded graph as a program: its value for many samples, and the gradient of their sum.

    >>> from autograd import Value
    >>> x, t, w = Value(1.0, "x"), Value(2.0, "t"), Value(0.5, "w")
    >>> program = compile((w * x - t) ** 2, inputs=[x, t], wrt=[w], engine="python")
    >>> program([[1.0, 2.0], [2.0, 3.0]])
    [2.25, 4.0]
    >>> program.value_and_grad([[1.0, 2.0], [2.0, 3.0]])
    (6.25, [-11.0])
    >>> w.data = 1.0                                    # the next call sees it
    >>> program([[1.0, 2.0]])
    [1.0]

    `inputs` are the leaves that each row of X gives numbers for, in this order; all other leaves have their present
    `data` at each call. `wrt` are the leaves of the gradient. `engine` is "numba" (the extra `fast`) or "python";
    without it the first that is installed.

    What Python decided while the graph was recorded (an `if` on a number, the length of a loop) is not in the graph:
    the program repeats the operations that were recorded, whatever the row. Operations that decide are `maximum`,
    `relu`, and `where` with a node for its condition: `where(greater(a, b), …)`, for `a > b` is decided by Python.

    Raises OperandError for what is no Value or no leaf, MissingPackageError for an engine that is not installed, and
    UntraceableError for an operation of your own whose formula is no plain arithmetic; AutogradError if the numba that
    is asked for does not work. Threads may share a program: it
    serves one after another.
    """
    return Program(output, inputs, wrt, engine)


class Program:
    """A compiled graph: see `compile`. `engine` says what runs it."""

    def __init__(self, output: Value, inputs: Sequence[Value], wrt: Sequence[Value], engine: str | None) -> None:
        self.order = _checked(output, inputs, wrt)
        self.output, self.inputs, self.wrt = output, list(inputs), list(wrt)
        self.tape = flattened(output, self.order, self.inputs, self.wrt)
        self.engine = _engine(engine)
        self._runner = _runner(self.tape, self.engine)
        self._lock = threading.Lock()  # numbers lie in arrays that belong to the program

    def __call__(self, X: Any) -> list[float]:
        """The value for each row of X.

        Raises OperandError for rows of another length, and the operation's own error, with the number of the row,
        where it has no value.
        """
        rows = self._rows(X)
        odd = self._odd(rows)
        plain = [row for number, row in enumerate(rows) if number not in odd]
        try:
            with self._lock:
                found: list[float] | None = self._runner.values(plain, self._numbers())
        except ARITHMETIC_ERRORS:
            found = None
        if found is not None and not odd:
            return found
        values = iter(found or ())
        return [
            self._eager_row(number, row, False)[0] if found is None or number in odd else next(values)
            for number, row in enumerate(rows)
        ]

    def value_and_grad(self, X: Any) -> tuple[float, list[float]]:
        """The sum of the values over the rows of X, and its derivatives with respect to `wrt`, in that order."""
        rows = self._rows(X)
        found: tuple[float, list[float]] | None = None
        if not self._odd(rows):
            try:
                with self._lock:
                    found = self._runner.value_and_grad(rows, self._numbers())
            except ARITHMETIC_ERRORS:
                found = None
        if found is not None and math.isfinite(found[0]) and all(map(math.isfinite, found[1])):
            return found
        total, gradients = 0.0, [0.0] * len(self.wrt)
        for number, row in enumerate(rows):
            value, slopes = self._eager_row(number, row, True)
            total += value
            gradients = [a + b for a, b in zip(gradients, slopes, strict=True)]
        return total, gradients

    def _odd(self, rows: Sequence[Sequence[float]]) -> Container[int]:
        """The rows with an infinity or a NaN among their numbers, or the leaves': at these, an operation's limit may be
        another than what its formula gives in floats."""
        if not math.isfinite(sum(self._numbers())):
            return range(len(rows))
        return {number for number, row in enumerate(rows) if not math.isfinite(sum(row))}

    def _numbers(self) -> list[float]:
        return [leaf.data for leaf in self.tape.leaves]

    def _rows(self, X: Any) -> list[Sequence[float]]:
        """The rows of X, each a sequence of as many floats as there are inputs."""
        listed = X.tolist() if hasattr(type(X), "tolist") else X
        try:
            rows = iter(listed) if hasattr(type(listed), "__iter__") else None
        except Exception:  # a class, an array without axes
            rows = None
        if rows is None or isinstance(listed, (str, bytes, dict)):
            raise OperandError(f"a program takes a list of rows; it was given {describe(X)}", op="compile")
        return [self._row(row, number) for number, row in enumerate(rows)]

    def _row(self, row: Any, number: int) -> Sequence[float]:
        items = row.tolist() if hasattr(type(row), "tolist") else row
        if not isinstance(items, (list, tuple)) or len(items) != len(self.inputs):
            raise OperandError(f"row {number} of X is a list of {len(self.inputs)} numbers, one for each input; it was"
                               f" given {describe(row)} (rows are counted from 0)", op="compile")  # fmt: skip
        return [item if type(item) is float else plain_number(item, f"row {number} of X") for item in items]

    # ------------------------------------------------------------ the engine's own numbers and errors

    def _eager_row(self, number: int, row: Sequence[float], slopes: bool) -> tuple[float, list[float]]:
        """A row as the eager engine computes it, which raises its own errors."""
        try:
            return self._eager(row, slopes)
        except AutogradError as error:
            error.args = (f"row {number} of X: {error}",)
            raise

    def _eager(self, row: Sequence[float], slopes: bool) -> tuple[float, list[float]]:
        results = recompute(self.order, dict(zip(self.inputs, row, strict=True)))
        if not slopes:
            return results[self.output], []
        from ..value import local_derivatives, shares_of

        wanted = depending_on(self.wrt, self.order)

        def shares(node: Value, upstream: float) -> Any:
            if node.op is None:
                return ()
            numbers = numbers_at(node.arguments, results)
            locals_ = local_derivatives(node.op, results[node], numbers, node.arguments, wanted)
            return shares_of(node.op, upstream, locals_)

        totals = sweep(self.order, 1.0, shares)
        return results[self.output], [totals.get(node, 0.0) for node in self.wrt]

    def __repr__(self) -> str:
        return f"<program of {len(self.tape):,} instructions: {len(self.inputs)} inputs, engine {self.engine}>"


def _checked(output: Any, inputs: Sequence[Any], wrt: Sequence[Any]) -> list[Any]:
    """The graph in topological order, of what is fit to be compiled."""
    if not is_value(output):
        raise OperandError(f"compile takes the output as a Value; it was given {describe(output)}", op="compile")
    for name, nodes in (("inputs", inputs), ("wrt", wrt)):
        if not isinstance(nodes, (list, tuple)):
            raise OperandError(f"{name} is a list of Values; it was given {describe(nodes)}", op="compile")
        for node in nodes:
            if not is_value(node) or node.op is not None:
                raise OperandError(f"{name} are leaves, Values that were not computed; it was given {describe(node)}",
                                   op="compile", operands=(node,))  # fmt: skip
        if len(set(map(id, nodes))) < len(nodes):
            raise OperandError(f"one Value stands twice among the {name}", op="compile")
    both = {id(node) for node in inputs} & {id(node) for node in wrt}
    if both:
        raise OperandError("an input has another number in every row: it cannot be among `wrt`, too", op="compile")
    order = topological_order(output)
    require_formulas(order, "compile")
    warn_where_python_decided(order, "compile")
    return order


def _engine(name: str | None) -> str:
    if name is None:
        return best_engine()
    check_choice(name, ENGINES, "engine", "compile")
    if name == "numba" and not is_installed():
        raise MissingPackageError("numba", "fast", 'engine="numba" needs')
    if name == "numba" and numba_problem():
        raise AutogradError(numba_problem())
    return name


def _runner(tape: Tape, engine: str) -> Any:
    if engine == "numba":
        from .native import Native

        return Native(tape)
    return _Python(tape)


class _Python:
    """A tape as generated lines of Python."""

    def __init__(self, tape: Tape) -> None:
        if len(tape) > MOST_INSTRUCTIONS:
            raise OperandError(f"{len(tape):,} instructions are too many for straight lines of Python; engine='numba'"
                               f" takes any number: {ADVICE}", op="compile")  # fmt: skip
        namespace: dict[str, Any] = {}
        load_for(self, straight_source(tape), "compiled graph", namespace)
        self.values = namespace["values"]
        self.value_and_grad = namespace["value_and_grad"]
