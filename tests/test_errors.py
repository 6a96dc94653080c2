"""Wrong input gets one clear error: which operation, which operands, what to do."""

from __future__ import annotations

import ast
import math
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import autograd
from autograd import (
    Value,
    dot,
    errors,
    evaluate,
    exp,
    grad,
    log,
    logsumexp,
    mean,
    power,
    sqrt,
    where,
)
from autograd.errors import (
    AutogradError,
    DivisionByZeroError,
    DomainError,
    LabelError,
    OperandError,
    RangeError,
    ShapeError,
    SlopeError,
    StaleError,
)

pytestmark = pytest.mark.usefixtures("engine")

PACKAGES = [Path(autograd.__file__).parent, Path(autograd.__file__).parent.parent / "nn"]


def p(number: float = 2.0) -> Value:
    return Value(number, label="p")


def q(number: float = 3.0) -> Value:
    return Value(number, label="q")


def stale() -> None:
    x = p()
    y = x * x
    x.data = 5.0
    y.backward(create_graph=True)


TEXT, NOTHING, COMPLEX, LIST = "text.*float", "None", "real numbers", "each item|NumPy array"

# What asked for a plain number is known where Python keeps the places of instructions; else advice must do.
TELLS = sys.version_info >= (3, 11)
WHERE_KNOWN = {
    name: [f"{name} {words}" if TELLS else "a plain number is needed", "the Value 'p'", r"v\.data"]
    for name, words in {
        "math.exp": r"cannot take the Value 'p'; use autograd\.exp\(v\)", "math.floor": "cannot take",
        "float": "needs a plain number", "int": "needs", "complex": "needs", "round": "needs", "range": "needs",
    }.items()
}  # fmt: skip

# What is wrong: (call, error of ours, its built-in parent, words of the message)
WRONG = {
    # what is no number
    "Value of a text": (lambda: Value("3"), OperandError, TypeError, ["Value", "'3'", TEXT]),
    "Value of None": (lambda: Value(None), OperandError, TypeError, ["Value", NOTHING]),
    "Value of a complex": (lambda: Value(1j), OperandError, TypeError, ["Value", COMPLEX]),
    "Value of a list": (lambda: Value([1.0]), OperandError, TypeError, ["Value", "list", LIST]),
    "Value of a Value": (lambda: Value(p()), OperandError, TypeError, ["Value", "'p'", r"\.data"]),
    "Value of a huge integer": (lambda: Value(10**400), RangeError, OverflowError, ["Value", "too large"]),
    "Value + text": (lambda: p() + "a", OperandError, TypeError, ["add", "'a'", TEXT]),
    "text + Value": (lambda: "a" + p(), OperandError, TypeError, ["add", "'a'", TEXT]),
    "Value * None": (lambda: p() * None, OperandError, TypeError, ["multiply", NOTHING, "return"]),
    "None / Value": (lambda: None / p(), OperandError, TypeError, ["divide", NOTHING]),
    "Value - complex": (lambda: p() - 1j, OperandError, TypeError, ["subtract", "1j", COMPLEX]),
    "Value * list": (lambda: p() * [1], OperandError, TypeError, ["multiply", r"\[1\]", LIST]),
    "list * Value": (lambda: [1] * p(), OperandError, TypeError, ["multiply", LIST]),
    "Value ** dict": (lambda: p() ** {}, OperandError, TypeError, ["power", "dict"]),
    "Value + object": (lambda: p() + object(), OperandError, TypeError, ["add", "object"]),
    "Value * huge integer": (lambda: p() * 10**400, RangeError, OverflowError, ["multiply", "too large"]),
    "exp of a list": (lambda: exp([p()]), OperandError, TypeError, ["exp", "list", LIST]),
    "exp of text": (lambda: exp("1"), OperandError, TypeError, ["exp", TEXT]),
    "dot with None inside": (lambda: dot([None], [p()]), OperandError, TypeError, ["dot", NOTHING]),
    "dot with text inside": (lambda: dot([p(), "a"], [1, 2]), OperandError, TypeError, ["dot", TEXT]),
    "dot with a text": (lambda: dot("ab", [p()]), OperandError, TypeError, ["dot", "list of weights", "'ab'"]),
    "dot with a number": (lambda: dot(2.0, [p()]), OperandError, TypeError, ["dot", "list of weights"]),
    "dot with a bias of None": (lambda: dot([p()], [1.0], None), OperandError, TypeError, ["dot", NOTHING]),
    "sum of a Value": (lambda: autograd.sum(p()), OperandError, TypeError, ["sum", "list of terms", "'p'"]),
    "mean of a dict": (lambda: mean({"a": p()}), OperandError, TypeError, ["mean", "list of terms"]),
    "where with text": (lambda: where(True, p(), "a"), OperandError, TypeError, ["where", "'a'"]),
    "comparison with text": (lambda: p() < "a", OperandError, TypeError, ["compar", "'a'"]),
    "comparison with None": (lambda: p() >= None, OperandError, TypeError, ["compar", NOTHING]),
    # plain numbers only
    "math.exp": (lambda: math.exp(p()), OperandError, TypeError, WHERE_KNOWN["math.exp"]),
    "math.floor": (lambda: math.floor(p()), OperandError, TypeError, WHERE_KNOWN["math.floor"]),
    "float()": (lambda: float(p()), OperandError, TypeError, WHERE_KNOWN["float"]),
    "int()": (lambda: int(p()), OperandError, TypeError, WHERE_KNOWN["int"]),
    "complex()": (lambda: complex(p()), OperandError, TypeError, WHERE_KNOWN["complex"]),
    "round()": (lambda: round(p(), 2), OperandError, TypeError, WHERE_KNOWN["round"]),
    "range()": (lambda: range(p()), OperandError, TypeError, WHERE_KNOWN["range"]),
    "a place in a list": (
        lambda: [1, 2][p()], OperandError, TypeError, ["a place in a list", "'p'", r"int\(v\.data\)"]),
    "formatting": (lambda: "%.2f" % p(), OperandError, TypeError, ["formatting with %", "'p'", r"v\.data"]),  # noqa: UP031
    "pow with a modulus": (lambda: pow(p(), 2, 3), OperandError, TypeError, ["pow takes two", "'p', 2, 3"]),
    # the number of operands
    "exp of two": (lambda: exp(p(), 2), OperandError, TypeError, ["exp takes", "2 operand"]),
    "exp of none": (lambda: exp(), OperandError, TypeError, ["exp takes", "0 operand"]),
    "maximum of one": (lambda: autograd.maximum(p()), OperandError, TypeError, ["maximum takes", "a, b"]),
    "sum of two": (lambda: autograd.sum(p(), q()), OperandError, TypeError, ["sum takes", "terms"]),
    "an unknown keyword": (lambda: log(p(), base=2), OperandError, TypeError, ["log takes", "base"]),
    # domains
    "log of 0": (lambda: log(p(0.0)), DomainError, ValueError, ["log needs a positive number", "'p' is 0.0"]),
    "log of -0.5": (lambda: log(p(-0.5)), DomainError, ValueError, ["^log needs a positive number; 'p' is -0.5$"]),
    "log of a number": (lambda: log(-0.5), DomainError, ValueError, ["log needs", "-0.5"]),
    "log of an unlabelled": (lambda: Value(-1.0).log(), DomainError, ValueError, ["unlabelled Value is -1.0"]),
    "log1p of -1": (lambda: p(-1.0).log1p(), DomainError, ValueError, ["log1p", "greater than -1", "'p'"]),
    "sqrt of -1": (lambda: sqrt(p(-1.0)), DomainError, ValueError, ["sqrt", "not negative", "'p' is -1.0"]),
    "arcsin of 2": (lambda: p(2.0).arcsin(), DomainError, ValueError, ["arcsin", "from -1 to 1", "'p' is 2.0"]),
    "arccos of 2": (lambda: p(2.0).arccos(), DomainError, ValueError, ["arccos", "from -1 to 1", "'p' is 2.0"]),
    "sin of infinity": (lambda: p(math.inf).sin(), DomainError, ValueError, ["sin", "finite", "'p' is inf"]),
    "Value / 0": (lambda: p() / 0, DivisionByZeroError, ZeroDivisionError, ["divide", "other than 0", "'p'"]),
    "1 / Value of 0": (lambda: 1 / p(0.0), DivisionByZeroError, ZeroDivisionError, ["divide", "'p' is 0.0"]),
    "Value / Value of 0": (lambda: p() / q(0.0), DivisionByZeroError, ZeroDivisionError, ["'p' is 2.0", "'q' is 0.0"]),
    "0 ** -1": (lambda: p(0.0) ** -1, DivisionByZeroError, ZeroDivisionError, ["power", "'p' is 0.0"]),
    "(-2) ** 0.5": (lambda: p(-2.0) ** 0.5, DomainError, ValueError, ["power", "whole-number", "'p' is -2.0"]),
    "(-2) ** Value(0.5)": (lambda: (-2) ** p(0.5), DomainError, ValueError, ["power", "'p' is 0.5"]),
    # overflow
    "exp overflows": (lambda: exp(p(1000.0)), RangeError, OverflowError, ["exp overflows", "'p' is 1000.0"]),
    "cosh overflows": (lambda: p(1000.0).cosh(), RangeError, OverflowError, ["cosh overflows", "'p'"]),
    "sinh overflows": (lambda: p(1000.0).sinh(), RangeError, OverflowError, ["sinh overflows", "'p'"]),
    "expm1 overflows": (lambda: p(1000.0).expm1(), RangeError, OverflowError, ["expm1 overflows", "'p'"]),
    "power overflows": (lambda: p(10.0) ** 400, RangeError, OverflowError, ["power overflows", "'p' is 10.0", "400"]),
    "2 ** Value overflows": (lambda: 2 ** p(1e4), RangeError, OverflowError, ["power overflows", "'p'"]),
    "power of a negative base overflows": (
        lambda: p(-10.0) ** 401, RangeError, OverflowError, ["power overflows", "'p' is -10.0"]),
    # lists
    "dot of two lengths": (lambda: dot([1, 2], [p()]), ShapeError, ValueError, ["dot", "2 weights", "1 inputs"]),
    "dot of nothing": (lambda: dot([], []), ShapeError, ValueError, ["dot", "empty"]),
    "sum of nothing": (lambda: autograd.sum([]), ShapeError, ValueError, ["sum", "empty"]),
    "mean of nothing": (lambda: mean([]), ShapeError, ValueError, ["mean", "empty"]),
    "logsumexp of nothing": (lambda: logsumexp([]), ShapeError, ValueError, ["logsumexp", "empty"]),
    # slopes
    "sqrt at 0": (lambda: sqrt(p(0.0)).backward(), SlopeError, ArithmeticError, ["sqrt", "'p' is 0.0", "keep away"]),
    "arcsin at 1": (lambda: p(1.0).arcsin().backward(), SlopeError, ArithmeticError, ["arcsin", "'p' is 1.0"]),
    "x ** 0.5 at 0": (lambda: (p(0.0) ** 0.5).backward(), SlopeError, ArithmeticError, ["power", "base", "'p' is 0.0"]),
    "exponent of (-2) ** 2": (
        lambda: (Value(-2.0) ** p(2.0)).backward(), SlopeError, ArithmeticError, ["power", "exponent", "'p' is 2.0"]),
    # backward and its arguments
    "seed of text": (lambda: (p() * 2).backward("a"), OperandError, TypeError, ["backward", "'a'"]),
    "seed of None": (lambda: (p() * 2).backward(None), OperandError, TypeError, ["backward", NOTHING]),
    "a changed leaf": (stale, StaleError, RuntimeError, ["'p' changed", "2.0 → 5.0", "forward"]),
    # other points
    "evaluate at an unknown label": (
        lambda: evaluate(p() * 2, {"w": 1}), LabelError, ValueError, ["'w'", "labels of this graph are: 'p'"]),
    "evaluate at a wrong key": (lambda: evaluate(p() * 2, {3: 1}), OperandError, TypeError, ["evaluate", "3"]),
    "evaluate with a text": (lambda: evaluate(p() * 2, {"p": "a"}), OperandError, TypeError, ["evaluate", "'a'"]),
    "evaluate of a number": (lambda: evaluate(3.0, {}), OperandError, TypeError, ["evaluate", "3.0"]),
    "evaluate outside of the domain": (
        lambda: evaluate(log(p()), {"p": -1}), DomainError, ValueError, ["log needs", "'p' is -1"]),
    # functions
    "grad of a list": (lambda: grad(lambda x: [x])(1.0), OperandError, TypeError, ["one number", "jacobian"]),
    "grad of None": (lambda: grad(lambda x: None)(1.0), OperandError, TypeError, ["one number", NOTHING]),
    "argnums": (lambda: grad(lambda x: x, 3)(1.0), OperandError, TypeError, ["argnums", "argument 3"]),
    # custom operations
    "a custom name that is taken": (
        lambda: autograd.custom("exp", math.exp, lambda y, x: y), OperandError, TypeError, ["'exp'", "another name"]),
    "a custom name that is none": (
        lambda: autograd.custom("my op", math.exp, lambda y, x: y), OperandError, TypeError, ["'my op'"]),
    "a custom op with too few rules": (
        lambda: autograd.custom("f2", lambda a, b: a, lambda y, a, b: 1),
        OperandError, TypeError, ["2 operand", "1 rule"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gets_one_clear_error(case) -> None:
    import re

    call, ours, builtin, words = WRONG[case]
    with pytest.raises(ours) as caught:
        call()
    assert isinstance(caught.value, AutogradError) and isinstance(caught.value, builtin)
    message = str(caught.value)
    for word in words:
        assert re.search(word, message), f"{word!r} is not in: {message}"
    assert "\n" not in message and len(message) < 400
    assert not re.search(r"record_|method_|_infix|<lambda>", message)


@pytest.mark.skipif(not TELLS, reason="before Python 3.11 the bytecode does not say what is called")
def test_the_message_says_what_was_called_however_it_is_written() -> None:
    import cmath
    import math as m
    from math import sin as sine

    v = p()

    def told(call) -> str:
        with pytest.raises(OperandError) as caught:
            call()
        return str(caught.value).partition(" ")[0]

    assert told(lambda: m.sin(v)) == told(lambda: sine(v)) == "math.sin"
    assert told(lambda: 1.0 + math.cos(math.sin(1.0) * v)) == "math.cos"
    assert told(lambda: [math.exp(x) for x in (v,)]) == told(lambda: sum(math.exp(x) for x in (v,))) == "math.exp"
    assert told(lambda: math.sqrt(
        v * 3,
    )) == "math.sqrt"  # fmt: skip
    assert told(lambda: math.hypot(*[3.0, v])) == "math.hypot"
    assert told(lambda: cmath.exp(v)) == "cmath.exp"
    assert told(lambda: float(v * 2 + math.sin(1.0))) == "float"
    namespace = {"math": math, "v": v}
    assert told(lambda: exec("y = 1\nfor _ in (1, 2):\n    y = math.tanh(v) + y", namespace)) == "math.tanh"
    assert told(lambda: list(map(math.sin, [v]))) == "list"


def test_a_message_needs_no_frame_that_can_be_read(monkeypatch) -> None:
    monkeypatch.setattr(sys, "_getframe", None)
    with pytest.raises(OperandError, match=r"a plain number is needed, not the Value 'p'.*v\.data"):
        float(p())


def test_an_error_has_no_chain_of_inner_errors() -> None:
    with pytest.raises(DomainError) as caught:
        log(p(-1.0))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_an_error_carries_the_facts() -> None:
    x = p(-1.0)
    with pytest.raises(DomainError) as caught:
        log(x)
    assert caught.value.op == "log" and caught.value.operands == (x,)


def test_after_an_error_the_operands_work_as_before() -> None:
    x = p(4.0)
    for bad in (lambda: x + "a", lambda: log(-x), lambda: x / 0, lambda: dot([x], [])):
        with pytest.raises(AutogradError):
            bad()
    sqrt(x).backward()
    assert x.grad == 0.25


def test_a_huge_fraction_gets_a_clear_error() -> None:
    with pytest.raises(RangeError, match="too large"):
        Value(Fraction(10**400))


TOO_LARGE = [Decimal("1e400"), Decimal("-1e400"), 10**400, 10**5000, Fraction(10**400, 3), -Fraction(10**5000)]


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: type(number).__name__)
def test_a_number_that_no_float_can_hold_is_refused_and_not_taken_as_infinite(number) -> None:
    v, x = Value(2.0), Value(1.0)
    for use in (
        Value, v.__mul__, v.__rmul__, v.__pow__, v.__rsub__, v.__lt__, exp, grad(lambda x: x * x),
        lambda n: dot([v], [n], 0), lambda n: setattr(v, "data", n), lambda n: evaluate(v * 2, {v: n}),
        lambda n: autograd.compile(x * x, [x], engine="python")([[n]]), lambda n: (v * 2).backward(n),
    ):  # fmt: skip
        with pytest.raises(RangeError, match=": too large for a float$"):
            use(number)


def test_what_is_infinite_by_itself_stays_so() -> None:
    assert [math.inf, -math.inf] == [Value(Decimal("Infinity")).data, (Value(1.0) * Decimal("-Infinity")).data]


def test_a_signaling_nan_is_refused_by_name() -> None:
    with pytest.raises(OperandError, match=r"multiply takes numbers and Values; it was given Decimal\('sNaN'\)"):
        Value(1.0) * Decimal("sNaN")


def test_data_that_is_no_number_is_refused_when_it_is_set_or_used() -> None:
    for wrong in ("abc", None, [1.0], p()):
        x = Value(1.0, label="x")
        with pytest.raises(OperandError):
            x.data = wrong
            x * 2


@pytest.mark.parametrize("number", [1000.0, -1000.0, 1e308, -1e308])
def test_stable_functions_have_values_and_gradients_everywhere(number) -> None:
    for f in (Value.sigmoid, Value.tanh, Value.softplus, Value.relu, Value.elu, Value.gelu, Value.silu, Value.erf,
              Value.arctan, Value.leaky_relu, lambda x: logsumexp([x, 0.0, -x])):
        x = Value(number)
        y = f(x)
        y.backward()
        assert math.isfinite(y.data) and math.isfinite(x.grad)


def test_sums_differences_and_products_give_infinity_as_floats_do() -> None:
    huge = p(1e308)
    assert (huge + huge).data == (huge * 10).data == (huge - -huge).data == math.inf
    assert math.isnan((huge * 10 - huge * 10).data)


@pytest.mark.parametrize(
    ("f", "number", "slope"),
    [
        (autograd.relu, 0.0, 0.0), (autograd.absolute, 0.0, 0.0), (autograd.sign, 0.0, 0.0),
        (lambda x: autograd.maximum(x, 1.0), 1.0, 0.5), (lambda x: autograd.minimum(1.0, x), 1.0, 0.5),
        (autograd.leaky_relu, 0.0, 0.01), (autograd.elu, 0.0, 1.0),
        (lambda x: x**0, 0.0, 0.0), (lambda x: x**1, 0.0, 1.0),
        (lambda x: x**2, 0.0, 0.0), (lambda x: power(0.0, x), 2.0, 0.0),
    ],
)  # fmt: skip
def test_kinks_have_the_agreed_slopes(f, number, slope) -> None:
    x = Value(number)
    f(x).backward()
    assert x.grad == slope


def test_every_error_has_our_base_and_a_builtin_parent() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AutogradError)]
    assert len(kinds) >= 14
    for kind in kinds:
        assert kind.__doc__
        if kind is not AutogradError:
            assert any(base.__module__ == "builtins" and base not in (Exception, object) for base in kind.__mro__), kind


# ---------------------------------------------------------------- what the packages never do


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


# Pickles that nobody hands over: machine code in the user's own cache folder, under a digest, as numba keeps it, and
# what an executor carries from this process to its workers (it would pickle it itself).
WRITTEN_BY_US = ("autograd/replay/compiling.py", "nn/sharding/models.py", "nn/sharding/worker.py")


@pytest.mark.parametrize("path", sources(), ids=lambda path: "/".join(path.parts[-2:]))
def test_no_source_asserts_on_input_evaluates_text_or_loads_pickles(path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}: an assert statement"
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in ("eval", "builtins.eval"), f"{path}:{node.lineno}: {name}"
            is_ours = any(path.match(own) for own in WRITTEN_BY_US)
            assert is_ours or name not in ("pickle.load", "pickle.loads"), f"{path}:{node.lineno}: {name}"
        if isinstance(node, ast.ImportFrom) and node.module == "pickle":
            assert not {alias.name for alias in node.names} & {"load", "loads"}, path
