r"""Reading a typed formula: `parse("(sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)`. No `eval` anywhere.

A formula is cut into tokens (`tokens.py`), put into the order of computation, and computed by calling the table's
operations. The grammar, loosest binding first:

    then if condition else otherwise      a choice, as `where(condition, then, otherwise)`
    a > b   a < b                         1 or 0; not chained
    a + b   a - b                         from left to right
    a * b   a / b   a b                   from left to right; so 1/2x is (1/2)*x
    -a   +a
    a ** b   a ^ b   a²                   from right to left, and tighter than a sign: -x**2 is -(x**2)
    √a
    numbers, names, functions f(a, b), and ( ) [ ] { }

- Multiplication needs no sign: `2x`, `2(x + 1)`, `y(1 - y)`, `(a)(b)`, `h_1 x_1`, `2 sin(x)`. It is an ordinary
  multiplication. A number never stands on its right (`x 2` is refused), and the name of a function
  before "(" is the function, even if a variable has that name.
- |x| is abs(x): a bar closes what a bar has opened, and opens where an operand is expected.
- Functions are the table's, by name or by the name they are printed with (`ln`, `max`, `σ`), with `asin`, `acos` and
  `atan`. For those of one operand, tanh²(x) is the square of tanh(x), and σ'(x) the function's derivative; a single
  name after a word needs no parentheses where its end is plain, as in `ln x + 1` and `\sin x \cdot y`. `sum`,
  `mean` and `logsumexp` take any number of operands or one list, `dot` takes two lists: `dot([w_1, w_2], [x_1, x_2],
  b)`.
- `pi` (`π`) and `e` are the constants, unless a variable has that name.
- A name may be written `w_11` or `w₁₁`, `delta_1` or `δ₁`. `a^(2)` is a name if there is a variable labelled
  `a^(2)` (its identifier form is `a__2`), and the square of `a` otherwise; `a__2` is always the name.
- LaTeX means what it looks like, in the whole formula or in parts: `\frac{a}{b}`, `\tfrac12`, `\sqrt{x}`,
  `\left( \right)`, `\lvert x \rvert`, `\cdot`, `\,` and the other spaces, `\sigma(z)`, `\ln`, `\operatorname{relu}(z)`,
  `e^{-z}`, Greek letters (`\delta_1`), `\hat{y}`, `\mathbf{w}`, `w_{1,10}`, `E_{\text{total}}`, `a_1^{(2)}` and
  `a^{(2)}_1`, `\begin{cases}`; with `$ $`, `$$ $$`, `\[ \]` or `\( \)` around it. A braced subscript ends a name
  (`w_{11}x`), and the letters of a name belong together as everywhere (`ab` is one name). An unknown command is
  refused by its name.
- `read` also finds labels that are spelled a little differently, where only one can be meant: `w11` is `w_11`, and
  `h_1x_1` is `h_1`·`x_1`. `parse`, which makes a leaf for each name, takes names as they are.
- `z = w*x; y = sigmoid(z); L = (y - t)**2` defines names, separated by ";" or line ends. The last formula is the
  output.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import ops
from .errors import FormulaError, LabelError, OperandError
from .formulas.places import listed
from .formulas.reading import Reading, by_label
from .formulas.spelling import NAME, SUPERSCRIPT, label_of
from .formulas.tokens import NUMBER
from .op import describe
from .value import Value


def parse(formula: str, /, **numbers: float) -> Value:
    """The output node of a formula, computed with one leaf for each name.

    Leaves and definitions are labelled with their names; the output is unlabelled if the formula gives it no name.

    >>> L = parse("L = (sigmoid(w*x + b) - t)**2 / 2", w=0.5, x=1, b=0, t=1)
    >>> L
    Value(0.07126847829827546, label='L')
    >>> w, h = parse("w₁₁ h₁", w_11=3, h_1=2).parents
    >>> w, h
    (Value(3.0, label='w_11'), Value(2.0, label='h_1'))
    >>> parse("w*x + )", w=1, x=2)
    Traceback (most recent call last):
        ...
    autograd.errors.FormulaError: cannot read the formula at ')': a number, a name or '(' was expected
        w*x + )
              ^

    Raises FormulaError (with `formula` and `position`) for what cannot be read, LabelError for names without a number
    and numbers without a use, OperandError for a number that is none, and an operation's own error where it has no
    value.
    """
    leaves = by_label({name: Value(number, label=label_of(name)) for name, number in numbers.items()})
    reading = Reading(formula, leaves)
    given_twice = [label for label, _ in reading.statements if label in leaves]
    if given_twice:
        raise LabelError(f"the formula defines {listed(given_twice)}: leave out the number that is given for it")
    unused = [label for label in leaves if label not in reading.operands]
    told = f"the formula does not use {listed(unused)}: leave the number out" if unused else ""
    for label in sorted(reading.functions.keys() & set(unused)):
        told += f"; {label}(...) is the function, {label}*(...) a product"
    reading.complain("give {numbers} for {names}: {example}", told)
    if told:
        raise LabelError(told)
    idle = reading.idle()
    if idle:
        raise LabelError(f"the formula defines {listed(idle)}, but does not use it afterwards")
    output = reading.compute(_as_node)
    return output if isinstance(output, Value) else Value(output)


def read(formula: str, names: Mapping[str, Any] | Callable[[str], Any]) -> Any:
    """The formula applied to whatever its names stand for: Values, Symbols, numbers.

    `names` maps labels (in any spelling) to operands; not all need be used. Or it is a function that is given
    each label and raises KeyError for an unknown one; then `a^(2)` is always a power.

    >>> read("y(1 - y)", {"y": 0.5})
    0.25
    >>> from autograd.symbol import Symbol
    >>> read("δ₁·h₁ + σ(w₁₁)²", Symbol)
    delta_1 * h_1 + sigmoid(w_11)**2

    Definitions hold from their place on, even over names that are known. Raises FormulaError, LabelError and the
    operations' own errors, as `parse` does.
    """
    reading = Reading(formula, names if callable(names) else by_label(names), kindly=not callable(names))
    reading.refuse_unknown()
    return reading.compute(lambda label, result: result)


def names_in(formula: str) -> tuple[str, ...]:
    """The labels that `parse` needs numbers for, in the order in which the formula uses them.

    >>> names_in("z = w₁₁*x + b; sigmoid(z) + π")
    ('w_11', 'x', 'b')

    Raises FormulaError, as `parse` does, and LabelError for a misspelt function.
    """
    misspelt, names = Reading(formula, {}).misspelt_functions()
    if misspelt:
        raise LabelError("; ".join(misspelt))
    return tuple(names)


def parse_assignments(assignments: Iterable[str]) -> dict[str, float]:
    """The numbers of assignments as they are typed on a command line, by label.

    >>> parse_assignments(["w=0.5", "δ₁ = -1e-3", "a_1^(2)=2"])
    {'w': 0.5, 'delta_1': -0.001, 'a_1^(2)': 2.0}

    Raises FormulaError if one of them is not `name=number`, or names the same variable again.
    """
    numbers: dict[str, float] = {}
    for assignment in assignments:
        label, number = _assignment(assignment)
        if label in numbers:
            message = f"'{label}' is given a number twice; the second time by {assignment!r}"
            raise FormulaError(message, formula=assignment)
        numbers[label] = number
    return numbers


def _assignment(assignment: str) -> tuple[str, float]:
    if not isinstance(assignment, str):
        raise OperandError(f"an assignment is text such as 'w=0.5'; it was given {describe(assignment)}")
    name, sign, number = assignment.partition("=")
    start = len(name) + len(sign)
    if not sign:
        reason, position = "it has no '='", len(name)
    elif not _is_name(name.strip()):
        reason, position = f"{name.strip()!r} is no name, such as w, w_11, delta_1 or a_1^(2)", 0
    elif not _is_number(number.strip()):
        reason, position = f"{number.strip()!r} is no finite number, such as 1, -0.5 or 1e-3", start
    else:
        return label_of(name.strip()), _number(number.strip())
    raise FormulaError(
        f"cannot read the assignment {assignment!r}: {reason}; write name=number", formula=assignment, position=position
    )


def _is_name(text: str) -> bool:
    return _fits(rf"{NAME}(?:{SUPERSCRIPT})?", text)


def _is_number(text: str) -> bool:
    return _fits(rf"[+\-−]?{NUMBER}", text) and math.isfinite(_number(text))


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _as_node(label: str, result: Any) -> Value:
    """A result as the node that a definition labels; a node that has a label already keeps it."""
    node = result if isinstance(result, Value) else Value(result)
    return (ops.positive(node) if node.label else node).named(label)
