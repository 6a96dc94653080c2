"""Adding an operation from outside, in one call."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from typing import Any

from .errors import OperandError
from .op import TABLE, Domain, Notation, Op, op

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
    of `forward`. Raises OperandError if the name is taken by the library's own table, or if rules and operands do
    not match in number. Check a new rule with `gradcheck(cube, 2.0)`.
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise OperandError(f"the name of an operation is a Python name without underscore in front; {name!r} is none",
                           op="custom")
    if name in TABLE and name not in _added:
        raise OperandError(f"the table has an operation {name!r} of its own; choose another name", op="custom")
    if signature is None:
        import inspect  # takes longer to import than all of autograd's arithmetic

        try:
            signature = " ".join(inspect.signature(forward).parameters)
        except (TypeError, ValueError):
            raise OperandError(f"the parameters of {forward!r} cannot be read; name them: custom(..., signature='a b')",
                               op="custom") from None
    rules = list(partials) if isinstance(partials, (list, tuple)) else [partials]
    for part in (forward, *rules):
        if not callable(part):
            raise OperandError(f"{name}: forward and partials are functions; {part!r} is none", op="custom")
    count = len(signature.split())
    if count == 0 or count != len({word.partition("=")[0] for word in signature.split()}):
        raise OperandError(f"{name} needs at least one operand, each with a name of its own; it has {signature!r}",
                           op="custom")
    if len(rules) != count:
        raise OperandError(f"{name} has {count} operand(s) ({signature}) and {len(rules)} rule(s); give one for each",
                           op="custom")
    _added.add(name)
    return op(name, signature, forward=forward, partials=rules, domain=domain, notation=notation, analytic=analytic)
