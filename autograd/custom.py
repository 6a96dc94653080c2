"""Adding an operation from outside, in one call."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .errors import OperandError
from .op import TABLE, Domain, Notation, Op, describe, op

_added: set[str] = set()


def custom(
    name: str,
    forward: Callable[..., float],
    partials: Callable[..., Any] | Sequence[Callable[..., Any]],
    *,
    signature: str | None = None,
    domain: Sequence[Domain] = (),
    notation: Notation | None = None,
    analytic: Callable[..., Any] | None = None,
    chooses: bool = False,
) -> Op:
    """Add an operation to the table; it differentiates, draws and checks like every other one.

    `forward(*numbers)` gives a number. `partials` holds one rule per operand, `rule(y, *operands)` with the output
    first, written in the library's operators and functions (one rule alone may stand without a list).

    >>> from autograd import Value
    >>> cube = custom("cube", lambda x: x**3, lambda y, x: 3 * x**2)
    >>> x = Value(2.0, label="x")
    >>> cube(x).backward(); x.grad
    12.0
    >>> x.cube()
    Value(8.0)

    `signature` names the operands ("x slope=0.01", a star for a list: "terms*"); without it they are the parameters
    of `forward`. An operation that `chooses` gives one of its operands, or none, as `maximum` does: where a slope is 0
    that operand takes no part, and nothing flows back to it. Raises OperandError if the name is taken by the library's
    own table, or if rules and operands do not match in number. Check a new rule with `gradcheck(cube, 2.0)`.
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise OperandError("the name of an operation is a Python name without underscore in front;"
                           f" {describe(name)} is none", op="custom")
    if name in TABLE and name not in _added:
        raise OperandError(f"the table has an operation {name!r} of its own; choose another name", op="custom")
    rules = list(partials) if isinstance(partials, (list, tuple)) else [partials]
    for part in (forward, *rules, *(() if analytic is None else (analytic,))):
        if not callable(part):
            raise OperandError(f"{name}: forward, partials and analytic are functions; {describe(part)} is none",
                               op="custom")
    if signature is None:
        import inspect  # takes longer to import than all of autograd's arithmetic

        try:
            signature = " ".join(inspect.signature(forward).parameters)
        except (TypeError, ValueError):
            raise OperandError(f"the parameters of {describe(forward)} cannot be read; name them:"
                               " custom(..., signature='a b')", op="custom") from None
    _check_words(name, signature, notation)
    count = len(signature.split())
    if count == 0 or count != len({word.partition("=")[0] for word in signature.split()}):
        raise OperandError(f"{name} needs at least one operand, each with a name of its own; it has {signature!r}",
                           op="custom")
    if len(rules) != count:
        raise OperandError(f"{name} has {count} operand(s) ({signature}) and {len(rules)} rule(s); give one for each",
                           op="custom")
    is_list = isinstance(domain, (list, tuple)) and len(domain) in (0, count)
    if not is_list or not all(isinstance(item, Domain) for item in domain):
        raise OperandError(f"{name}: domain is a list with a Domain for each operand; it was given {describe(domain)}",
                           op="custom")
    _added.add(name)
    return op(name, signature, forward=forward, partials=rules, domain=domain, notation=notation, analytic=analytic,
              chooses=chooses)


def _check_words(name: str, signature: Any, notation: Any) -> None:
    is_text = isinstance(signature, str)
    for word in signature.split() if is_text else ():
        operand, has_default, default = word.partition("=")
        with suppress(ValueError):
            is_text &= operand.removesuffix("*").isidentifier() and (not has_default or math.isfinite(float(default)))
            continue
        is_text = False
    if not is_text:
        raise OperandError(f"{name}: signature names the operands, as in 'x slope=0.01'; it was given"
                           f" {describe(signature)}", op="custom")
    if notation is not None and not isinstance(notation, Notation):
        raise OperandError(f"{name}: notation is a Notation; it was given {describe(notation)}", op="custom")
