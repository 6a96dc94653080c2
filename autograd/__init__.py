"""Understand backpropagation: a scalar autograd engine that shows every number, formula and picture.

>>> from autograd import Value, sigmoid
>>> w, x, t = Value(0.5, label="w"), Value(2.0, label="x"), Value(1.0, label="t")
>>> y = sigmoid(w * x).named("y")
>>> L = ((y - t) ** 2 / 2).named("L")
>>> L.backward()
>>> round(w.grad, 6)
-0.105754

The public names are those of this module. Its public modules are `errors`, `op`, `notation`, `graph`, `symbol`,
`simplify`, `atoms`, `printers`, `page`, `pages`, `views`, `derivation`, `drawing` and `files`: what a package on top of
it stands on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import generated as _generated  # noqa: F401 (puts the fast methods in place)
from . import ops as _ops
from .anomalies import anomaly
from .custom import custom
from .errors import AutogradError
from .evaluation import evaluate
from .modes import enable_grad, no_grad
from .op import Domain, Notation, Op
from .ops import (
    absolute,
    add,
    arccos,
    arcsin,
    arctan,
    cos,
    cosh,
    divide,
    dot,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    greater,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    mean,
    minimum,
    multiply,
    negative,
    positive,
    power,
    relu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    subtract,
    tan,
    tanh,
    where,
)
from .value import Value

if TYPE_CHECKING:
    from .derivation.derive import derive
    from .derivation.several import Derivations
    from .derivation.single import Derivation
    from .drawing.lecture import draw_dot
    from .drawing.picture import Picture, draw
    from .functional import grad, hessian, jacobian, value_and_grad
    from .gradient_check import gradcheck
    from .judging.judge import check
    from .judging.verdict import Verdict
    from .ledger import Walk, walk
    from .parsing import parse
    from .replay.program import Program
    from .replay.program import compile as compile  # noqa: A004

asin, acos, atan = arcsin, arccos, arctan
abs, sum = _ops.absolute, _ops.sum_  # noqa: A001 (NumPy's names; left out of `__all__`)

# What is not needed to compute is imported when it is first asked for: `import autograd` stays quick.
_LATER = {
    "grad": "functional",
    "value_and_grad": "functional",
    "jacobian": "functional",
    "hessian": "functional",
    "gradcheck": "gradient_check",
    "derive": "derivation.derive",
    "Derivation": "derivation.single",
    "Derivations": "derivation.several",
    "check": "judging.judge",
    "Verdict": "judging.verdict",
    "walk": "ledger",
    "Walk": "ledger",
    "draw": "drawing.picture",
    "Picture": "drawing.picture",
    "draw_dot": "drawing.lecture",
    "parse": "parsing",
    "compile": "replay.program",
    "Program": "replay.program",
}

# `sum`, `abs` and `compile` are left out: `from autograd import *` must not replace the built-in functions.
__all__ = [
    "AutogradError",
    "Derivation",
    "Derivations",
    "Domain",
    "Notation",
    "Op",
    "Picture",
    "Program",
    "Value",
    "Verdict",
    "Walk",
    "absolute",
    "acos",
    "add",
    "anomaly",
    "arccos",
    "arcsin",
    "arctan",
    "asin",
    "atan",
    "check",
    "cos",
    "cosh",
    "custom",
    "derive",
    "divide",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "enable_grad",
    "erf",
    "erfc",
    "evaluate",
    "exp",
    "expm1",
    "gelu",
    "grad",
    "gradcheck",
    "greater",
    "hessian",
    "jacobian",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "no_grad",
    "parse",
    "positive",
    "power",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "subtract",
    "tan",
    "tanh",
    "value_and_grad",
    "walk",
    "where",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = found = getattr(import_module(f".{_LATER[name]}", __name__), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
