"""Values beside NumPy: scalars, object arrays, ufuncs."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import Value, dot, evaluate, exp, grad, maximum
from autograd.errors import OperandError

pytestmark = pytest.mark.usefixtures("engine")

SCALARS = [
    2, 2.0, True, Fraction(5, 2), Decimal("2.5"),
    np.float64(2.5), np.float32(2.5), np.float16(2.5), np.longdouble(2.5),
    np.int8(2), np.int32(2), np.int64(2), np.uint8(2),
    np.bool_(True), np.array(2.5),
]  # fmt: skip
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


def kind(scalar: object) -> str:
    return type(scalar).__name__


@pytest.mark.parametrize("scalar", SCALARS, ids=kind)
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda operation: operation.__name__)
def test_every_kind_of_number_may_stand_on_either_side(operation, scalar) -> None:
    number, x = float(scalar), Value(1.5, label="x")
    right, left = operation(x, scalar), operation(scalar, x)
    left = left.item() if isinstance(left, np.ndarray) else left
    for node, expected in ((right, operation(1.5, number)), (left, operation(number, 1.5))):
        assert isinstance(node, Value) and type(node.data) is float
        assert node.data == pytest.approx(expected, rel=1e-14)
        assert node.parents == (x,)
        x.zero_grad()
        node.backward()
        assert type(x.grad) is float


@pytest.mark.parametrize("scalar", [2, 2.0, True, Fraction(5, 2)], ids=kind)
def test_graphs_with_such_numbers_can_be_evaluated_and_differentiated_twice(scalar) -> None:
    check_further_use(scalar)


@pytest.mark.parametrize(
    "scalar", [Decimal("2.5"), np.float64(2.5), np.float32(2.5), np.int64(2), np.uint8(2)], ids=kind
)
def test_graphs_with_numbers_of_other_libraries_can_be_evaluated_and_differentiated_twice(scalar) -> None:
    check_further_use(scalar)


def check_further_use(scalar) -> None:
    for operation in OPERATORS:
        x = Value(1.5)
        y = operation(x, scalar)
        assert evaluate(y, {x: 2.0}) == pytest.approx(operation(2.0, float(scalar)), rel=1e-14)
        assert type(y.forward()) is float
        y.backward(create_graph=True)
        assert isinstance(x.grad, Value)


@pytest.mark.parametrize("scalar", SCALARS, ids=kind)
def test_every_kind_of_number_makes_a_leaf_and_a_seed_and_compares(scalar) -> None:
    assert Value(scalar).data == float(scalar)
    x = Value(1.0)
    (x * 1).backward(scalar)
    assert x.grad == float(scalar)
    assert (x < scalar) is (1.0 < float(scalar))
    assert (scalar > x) == (float(scalar) > 1.0)


@pytest.mark.parametrize("scalar", SCALARS, ids=kind)
def test_every_kind_of_number_may_be_in_the_lists_of_dot(scalar) -> None:
    x = Value(2.0)
    for node in (dot([scalar, x], [x, 1.0]), dot([x, x], [scalar, 1.0]), dot([x], [1.0], scalar) * 1.0):
        node.backward()
        assert type(node.data) is float


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_data_set_to_a_numpy_number_divides_by_zero_like_a_float() -> None:
    x = Value(1.0)
    x.data = np.float64(0.0)
    with pytest.raises(ZeroDivisionError):
        1 / x


# ---------------------------------------------------------------- arrays of Values


def test_an_array_of_values_is_an_object_array() -> None:
    v = Value(1.0)
    array = np.array([v, Value(2.0)])
    assert array.dtype == object and array.shape == (2,) and array[0] is v
    assert np.array([[v, 1.0]]).shape == (1, 2)
    assert np.array(v).shape == ()


def test_a_value_never_iterates() -> None:
    v = Value(1.0)
    for use in (iter, list, len, lambda x: x[0], lambda x: [*x], lambda x: 1.0 in x):
        with pytest.raises(TypeError):
            use(v)


def test_a_float_array_of_values_is_refused_with_advice() -> None:
    for make in (lambda: np.array([Value(1.0)], dtype=float), lambda: np.array([Value(1.0)]).astype(float),
                 lambda: np.zeros(2).__setitem__(0, Value(1.0)), lambda: np.float64(Value(1.0))):
        with pytest.raises((TypeError, ValueError), match=r"(needed|needs|hold) .*v\.data|setting an array"):
            make()


@pytest.mark.parametrize("operation", OPERATORS, ids=lambda operation: operation.__name__)
def test_arrays_and_values_combine_item_by_item(operation) -> None:
    numbers = np.array([[1.0, 2.0], [3.0, 4.0]])
    x = Value(1.5)
    values = np.array([[Value(float(n)) for n in row] for row in numbers])
    for result, expected in (
        (operation(numbers, x), operation(numbers, 1.5)),
        (operation(x, numbers), operation(1.5, numbers)),
        (operation(values, x), operation(numbers, 1.5)),
        (operation(x, values), operation(1.5, numbers)),
        (operation(values, values), operation(numbers, numbers)),
        (operation(values, 2.0), operation(numbers, 2.0)),
    ):
        assert result.dtype == object and result.shape == (2, 2)
        np.testing.assert_allclose([[v.data for v in row] for row in result], expected, rtol=1e-14)


def test_augmented_assignment_with_arrays() -> None:
    x = Value(2.0)
    array = np.array([Value(1.0), Value(3.0)])
    array *= x
    assert [v.data for v in array] == [2.0, 6.0]
    x += np.array([1.0, 2.0])
    assert [v.data for v in x] == [3.0, 4.0]


def test_matrix_products_record_and_differentiate() -> None:
    weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    inputs = np.array([5.0, 6.0])
    outputs = weights @ inputs
    assert [v.data for v in outputs] == [17.0, 39.0]
    (outputs[0] * outputs[1]).backward()
    assert [[v.grad for v in row] for row in weights] == [[195.0, 234.0], [85.0, 102.0]]
    assert (inputs @ weights)[0].data == 23.0
    assert np.dot(weights[0], inputs).data == 17.0
    assert (weights @ weights)[1, 1].data == 22.0


def test_reductions_give_values() -> None:
    array = np.array([Value(1.0), Value(2.0), Value(3.0)])
    for result, expected in ((np.sum(array), 6.0), (array.sum(), 6.0), (np.mean(array), 2.0), (np.prod(array), 6.0),
                             (autograd.sum(array), 6.0), (dot(array, array), 14.0), (autograd.mean(array), 2.0)):
        assert isinstance(result, Value) and result.data == expected
    assert np.max(array) is array[2] and np.argmax(array) == 2
    assert list(np.sort(array[::-1])) == list(array)


UFUNCS = [
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
]  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_numpys_functions_of_object_arrays_record_ours(name) -> None:
    values = np.array([Value(0.25), Value(0.5)])
    result = getattr(np, name)(values)
    np.testing.assert_allclose([v.data for v in result], getattr(np, name)([0.25, 0.5]), rtol=1e-14)
    assert [v.op.name for v in result] == [name, name]
    single = getattr(np, name)(Value(0.5))
    assert single.op.name == name


def test_more_of_numpys_functions() -> None:
    v = np.array([Value(-2.0), Value(3.0)])
    assert [x.data for x in np.absolute(v)] == [2.0, 3.0]
    assert [x.data for x in np.square(v)] == [4.0, 9.0]
    assert [x.data for x in np.power(v, 2)] == [4.0, 9.0]
    assert [x.data for x in np.negative(v)] == [2.0, -3.0]
    assert [x.data for x in np.add(v, 1.0)] == [-1.0, 4.0]
    assert list(np.where(v > 0, v, 0.0))[1] is v[1]


@pytest.mark.parametrize("name", [*UFUNCS, "sigmoid", "relu", "softplus", "gelu", "silu", "erf", "absolute", "sign"])
def test_our_functions_take_arrays(name) -> None:
    f = getattr(autograd, name)
    numbers = np.array([[0.25, 0.5]])
    plain = f(numbers)
    assert plain.dtype == np.float64 and plain.shape == (1, 2) and plain[0, 1] == f(0.5)
    values = f(np.array([[Value(0.25), Value(0.5)]]))
    assert values.dtype == object and values.shape == (1, 2)
    np.testing.assert_array_equal([v.data for v in values[0]], plain[0])


def test_our_functions_of_two_operands_broadcast() -> None:
    column, row = np.array([[1.0], [2.0]]), np.array([Value(1.5), 0.0])
    assert maximum(column, row).shape == (2, 2)
    assert maximum(column, Value(1.5)).shape == (2, 1)
    assert maximum(column, Value(1.5))[0, 0].op is autograd.maximum
    chosen = autograd.where(np.array([True, False]), Value(1.0), 2.0)
    assert [v.data for v in chosen] == [1.0, 2.0]


def test_numpys_maximum_selects_and_records_no_node_but_ours_records() -> None:
    a, b = Value(1.0), Value(2.0)
    assert np.maximum(a, b) is b
    assert list(np.maximum(np.array([a, b]), np.array([b, a]))) == [b, b]
    ours = maximum(a, b)
    assert ours is not b and ours.parents == (a, b)


# ---------------------------------------------------------------- comparisons


COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_a_value_and_an_array_compare_item_by_item_on_either_side(compare) -> None:
    numbers, v = np.array([[1.0, 2.0], [3.0, -4.0]]), Value(2.0)
    values = np.array([[Value(n) for n in row] for row in numbers])
    for left, right, expected in (
        (v, numbers, compare(2.0, numbers)), (numbers, v, compare(numbers, 2.0)),
        (v, values, compare(2.0, numbers)), (values, v, compare(numbers, 2.0)),
        (values, numbers, compare(numbers, numbers)), (v * numbers, v, compare(2.0 * numbers, 2.0)),
    ):  # fmt: skip
        found = compare(left, right)
        assert found.dtype == bool and found.tolist() == expected.tolist()
    assert compare(v, np.array(1.0)) == compare(2.0, 1.0) == compare(v, np.array(Value(1.0)))


def test_equality_stays_identity_item_by_item() -> None:
    v, w = Value(2.0), Value(2.0)
    array = np.array([v, w, 2.0])
    assert (array == v).tolist() == (v == array).tolist() == [True, False, False]
    assert (array != v).tolist() == (v != array).tolist() == [False, True, True]


# ---------------------------------------------------------------- NumPy's functions, as for numbers


def numbers_of(result):
    """A result with every Value as its number."""
    if isinstance(result, np.ndarray) and result.dtype == object:
        return np.array([numbers_of(item) for item in result.ravel()], dtype=float).reshape(result.shape)
    return result.data if isinstance(result, Value) else result


AS_FOR_NUMBERS = {
    "isnan": np.isnan, "isfinite": np.isfinite, "isinf": np.isinf, "signbit": np.signbit,
    "isclose": lambda x: np.isclose(x, x + 1e-12), "allclose": lambda x: np.allclose(x, [[1.5, -0.5, 2.0]] * 2),
    "where": lambda x: np.where(x > 0, x * x, -x), "squeeze": lambda x: np.squeeze(x[:1, :1]),
    "tensordot": lambda x: np.tensordot(x, x), "tensordot 1": lambda x: np.tensordot(x, x.T, 1),
    "std": np.std, "std of columns": lambda x: np.std(x, axis=0), "std, ddof": lambda x: x.std(axis=1, ddof=1),
    "var": np.var, "var of rows": lambda x: x.var(axis=1, keepdims=True),
    "norm": np.linalg.norm, "norm of rows": lambda x: np.linalg.norm(x, axis=1),
    "norm, largest": lambda x: np.linalg.norm(x, np.inf, axis=0), "norm, 1": lambda x: np.linalg.norm(x, 1, axis=1),
    "vdot": lambda x: np.vdot(x, x), "dot": lambda x: np.dot(x, x.T), "inner": lambda x: np.inner(x, x),
    "outer": lambda x: np.outer(x, x), "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "einsum to a number": lambda x: np.einsum("ij,ij->", x, x), "kron": lambda x: np.kron(x, x),
    "mean": lambda x: np.mean(x, axis=0), "sum": lambda x: np.sum(x, axis=(0, 1)), "prod": np.prod,
    "cumsum": np.cumsum, "cumprod": lambda x: np.cumprod(x, axis=1), "diff": np.diff, "sort": np.sort,
    "argsort": np.argsort, "argmax": lambda x: np.argmax(x, axis=1), "argmin": np.argmin, "max": np.max,
    "min": lambda x: np.min(x, axis=0), "ptp": np.ptp, "clip": lambda x: np.clip(x, 0.0, 1.0),
    "abs": np.abs, "sqrt": lambda x: np.sqrt(x * x), "square": np.square, "median": np.median,
    "median of columns": lambda x: np.median(x, axis=0), "trapezoid": lambda x: np.trapezoid(x, axis=1),
    "average": np.average, "conjugate": np.conjugate, "real": np.real, "trace": np.trace, "diag": np.diag,
    "concatenate": lambda x: np.concatenate([x, x]), "stack": lambda x: np.stack([x, x]), "flip": np.flip,
    "convolve": lambda x: np.convolve(x[0], x[1]), "cross": lambda x: np.cross(x[0], x[1]),
    "polyval": lambda x: np.polyval([1.0, 2.0, 3.0], x), "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=0),
    "vectorize": lambda x: np.vectorize(lambda t: t * t)(x), "count": lambda x: (x > 0).sum(),
    "select": lambda x: np.select([x > 1, x > 0], [x, x * x], 0.0), "matrix_power": lambda x: (x @ x.T) @ (x @ x.T),
}  # fmt: skip
if not hasattr(np, "trapezoid"):  # before NumPy 2
    del AS_FOR_NUMBERS["trapezoid"]


@pytest.mark.parametrize("name", AS_FOR_NUMBERS)
def test_functions_of_numpy_give_on_the_arrays_of_grad_what_they_give_on_numbers(name) -> None:
    f, numbers, found = AS_FOR_NUMBERS[name], np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]]), []
    grad(lambda x: found.append(f(x)) or 0.0)(numbers)
    expected = f(numbers)
    assert np.shape(found[0]) == np.shape(expected)
    np.testing.assert_allclose(numbers_of(found[0]), expected, rtol=1e-12)


@pytest.mark.parametrize("name", AS_FOR_NUMBERS)
def test_and_their_gradients_agree_with_differences(name) -> None:
    f, numbers = AS_FOR_NUMBERS[name], np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
    total = lambda x: np.sum(np.asarray(f(x)) * 1.0)  # noqa: E731
    found = grad(lambda x: total(x) if np.asarray(f(x)).dtype == object else 0.0 * x.sum())(numbers)
    for index in np.ndindex(numbers.shape):
        step = np.zeros(numbers.shape)
        step[index] = 1e-6
        slope = (total(numbers + step) - total(numbers - step)) / 2e-6
        assert found[index] == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", ["isnan", "isfinite", "isinf", "signbit"])
def test_questions_about_the_number_of_a_value_get_plain_answers(name) -> None:
    ask = getattr(np, name)
    for number in (1.0, -2.0, math.nan, math.inf):
        assert ask(Value(number)) == ask(number)
        assert ask(Value(number) * np.ones(2)).tolist() == [ask(number)] * 2


def test_functions_of_numpy_on_a_single_value() -> None:
    v, w = Value(2.0), Value(3.0)
    assert np.allclose(v, 2.0) and not np.allclose(v, [2.0, 3.0])
    assert np.where(v > 1, v, 0.0) is v and np.squeeze(v) is v
    assert np.vdot(v, w).data == np.dot(v, w).data == np.multiply(v, w).data == np.inner(v, w).data == 6.0
    assert np.real(v) is v and np.imag(v) == 0.0 and v.conj() is np.conjugate(v) is v
    assert np.stack([v, w])[1] is w and np.hstack([v, w]).tolist() == [v, w]
    assert np.add.reduce([v, w]).data == 5.0 and np.multiply.outer(v, [1.0, w])[1].data == 6.0
    (np.float64(2) * v).backward()
    assert v.grad == 2.0


def test_arrays_written_in_place_and_outputs_of_numpy() -> None:
    v = Value(2.0)
    array = np.array([1.0, 2.0]) * v
    same = array
    array *= v
    array += np.float32(1.0)
    assert array is same and [x.data for x in array] == [5.0, 9.0]
    room = np.empty(2, dtype=object)
    assert np.multiply(np.array([1.0, 3.0]), v, out=room) is room and room[1].data == 6.0
    floats = np.ones(2)
    with pytest.raises(OperandError, match=r"array of floats.*x = x \* v"):
        floats *= v


def test_arrays_of_values_can_be_copied_and_pickled() -> None:
    array = np.array([1.0, 2.0]) * Value(2.0)
    for other in (pickle.loads(pickle.dumps(array)), copy.deepcopy(array), copy.copy(array)):
        assert type(other) is type(array) and [x.data for x in other] == [2.0, 4.0]


WITHOUT = {
    "log2": (np.log2, r"np\.log2 has no derivative here; write log\(x\) / log\(2\)"),
    "hypot": (lambda x: np.hypot(x, 1.0), r"np\.hypot .* sqrt\(a\*a \+ b\*b\)"),
    "logaddexp": (lambda x: np.logaddexp(x, 1.0), r"np\.logaddexp .*logsumexp"),
    "cbrt": (np.cbrt, r"np\.cbrt"), "rint": (np.rint, r"np\.rint"), "remainder": (lambda x: x % 2.0, "remainder"),
    "cov": (lambda x: np.cov(x), r"np\.cov .* write d = x - x\.mean"),
    "percentile": (lambda x: np.percentile(x, 30), r"np\.percentile .* np\.sort\(x\)"),
    "det": (lambda x: np.linalg.det(x), r"np\.linalg\.det .* elimination"),
    "solve": (lambda x: np.linalg.solve(x, x), r"np\.linalg\.solve .* elimination"),
    "norm, p": (lambda x: np.linalg.norm(x[0], 3), r"np\.linalg\.norm .* \(abs\(x\)\*\*p\)"),
    "interp": (lambda x: np.interp(x, [0.0, 1.0], [0.0, 1.0]), r"np\.interp does not work on Values"),
    "floor": (lambda x: np.floor(x), r"v\.data"), "astype": (lambda x: x.astype(float), r"v\.data"),
    "asarray": (lambda x: np.asarray(x, dtype=float), r"v\.data"),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_derivative_in_numpy_says_what_to_write(name) -> None:
    f, words = WITHOUT[name]
    with pytest.raises(OperandError, match=words) as caught:
        grad(lambda x: f(x).sum())(np.array([[1.5, 0.5], [0.25, 3.0]]))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_an_operation_that_is_added_later_is_found_by_numpys_name(table) -> None:
    autograd.custom("log2", math.log2, lambda y, x: 1 / (x * math.log(2)))
    assert np.log2(Value(8.0)).data == 3.0
    np.testing.assert_allclose(grad(lambda x: np.log2(x).sum())(np.array([2.0, 4.0])), 1 / np.log([4.0, 16.0]))


@pytest.mark.parametrize("scalar", [np.complex64(1j), np.datetime64("2020"), np.datetime64(1, "ns"),
                                    np.timedelta64(3, "D"), np.timedelta64(3, "ns"), np.str_("a"), np.bytes_(b"a")],
                         ids=repr)  # fmt: skip
@pytest.mark.parametrize("operation", [*OPERATORS, *COMPARISONS], ids=lambda operation: operation.__name__)
def test_scalars_of_numpy_that_are_no_numbers_are_refused(operation, scalar) -> None:
    for apply in (lambda: operation(Value(2.0, label="v"), scalar), lambda: operation(scalar, Value(2.0, label="v"))):
        with pytest.raises(OperandError):
            apply()


def test_lists_of_arrays_are_refused() -> None:
    with pytest.raises(OperandError, match="array"):
        dot(np.ones((2, 2)), [Value(1.0), Value(2.0)])


def test_arrays_of_length_one_are_no_numbers() -> None:
    with pytest.raises(OperandError, match="Value takes"):
        Value(np.array([3.0]))


def test_an_array_within_a_list_within_a_function() -> None:
    x = Value(2.0)
    f = exp(np.array([x, 1.0])) * np.array([1.0, 2.0])
    f[0].backward()
    assert x.grad == pytest.approx(math.exp(2.0))
    assert f[1] == pytest.approx(2 * math.e)


def test_importing_and_using_autograd_does_not_import_numpy() -> None:
    code = (
        "import sys\n"
        "from autograd import Value, dot, exp, grad\n"
        "x = Value(2.0); (exp(x) * dot([x], [1.0])).backward(); grad(lambda y: y * y)([1.0][0])\n"
        "heavy = {'numpy', 'matplotlib', 'numba', 'sympy'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
