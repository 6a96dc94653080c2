"""anomaly(): where a NaN or an infinity was born, forward and backward."""

from __future__ import annotations

import inspect
import math
import re
import threading

import pytest

from autograd import Value, anomaly, dot, exp, grad, log, no_grad, sqrt
from autograd.errors import AnomalyError

pytestmark = pytest.mark.usefixtures("engine")


def here() -> str:
    """file:line of the caller."""
    frame = inspect.currentframe().f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def test_an_infinity_born_forward_is_traced_to_node_line_and_path() -> None:
    x = Value(1e200, label="x")
    with pytest.raises(AnomalyError) as caught, anomaly():
        square, line = (x * x).named("square"), here()
        output = (square - 1.0).named("L")
        output.backward()
    error = caught.value
    assert error.node is square and error.op == "multiply"
    assert error.source == line
    assert error.path == (square, output)
    way = "square'? \\(multiply\\) → '?L'? \\(subtract\\)"
    for word in ("forward pass", "multiply gave inf", "'x' = 1e\\+200", line, way):
        assert re.search(word, str(error)), word
    assert not x.has_grad


def test_a_nan_is_told_from_the_infinity_it_came_from() -> None:
    with pytest.raises(AnomalyError, match="inf") as caught, anomaly():
        big = Value(1e200) * 1e200
        (big - big).backward()
    assert caught.value.node is big


def test_an_anomaly_is_raised_at_the_end_of_the_block_without_a_backward_call() -> None:
    with pytest.raises(AnomalyError, match="forward pass, .*: multiply gave inf") as caught:
        with anomaly():
            h, line = Value(1e200, label="x") * 1e200, here()
            k = h * 0.0
        pytest.fail("the block ended without an error")
    assert caught.value.source == line and caught.value.path == (h, k)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_leaf_that_was_given_as_not_finite_is_named(number) -> None:
    with pytest.raises(AnomalyError, match=r"the leaf 'x' is -?(nan|inf)") as caught, anomaly():
        x = Value(number, label="x")
        (x * 2).named("y").backward()
    assert caught.value.node is x and len(caught.value.path) == 2


def test_a_leaf_that_was_given_as_not_finite_is_named_without_a_backward_call() -> None:
    with pytest.raises(AnomalyError, match="the leaf 'x' is nan"), anomaly():
        Value(math.nan, label="x") * 2


@pytest.mark.parametrize("operation", ["dot", "no_grad", "method"])
def test_every_kind_of_operation_is_watched(operation) -> None:
    x = Value(1e200, label="x")
    with pytest.raises(AnomalyError, match="inf") as caught, anomaly():
        if operation == "dot":
            _, line = dot([x], [x]), here()
        elif operation == "no_grad":
            with no_grad():
                _, line = x * x, here()
        else:
            _, line = x.__mul__(1e200), here()
    assert caught.value.source == line


# ---------------------------------------------------------------- backward


def test_an_infinity_born_backward_is_traced_to_its_node() -> None:
    x = Value(1e-200, label="x")
    with pytest.raises(AnomalyError) as caught, anomaly():
        y, line = (1 / x).named("y"), here()
        output = (y * 1.0).named("L")
        output.backward()
    error = caught.value
    assert error.node is y and error.source == line and error.path == (y, output)
    for word in ("backward pass", "'x'", "-inf", "y'? \\(divide\\) → '?L", line):
        assert re.search(word, str(error)), word
    assert not x.has_grad


def test_a_slope_that_does_not_exist_is_an_anomaly_of_the_backward_pass() -> None:
    x = Value(0.0, label="x")
    with pytest.raises(AnomalyError, match="backward pass.*derivative of sqrt.*'x' is 0.0") as caught, anomaly():
        root = sqrt(x)
        (root * 2).backward()
    assert caught.value.node is root


def test_upstream_gradients_that_add_up_to_infinity_are_found() -> None:
    x = Value(1e-300, label="x")
    with pytest.raises(AnomalyError, match="backward pass.*add up to inf"), anomaly():
        h = (x * 1.0).named("h")
        (h * 1e308 + h * 1e308).backward()


@pytest.mark.parametrize("earlier", [False, True])
def test_gradients_that_add_up_to_infinity_on_a_leaf_are_found(earlier) -> None:
    x = Value(1e-300, label="x")
    if earlier:
        (x * 1e308).backward()
    with pytest.raises(AnomalyError, match="'x'"), anomaly():
        (x * 1e308 if earlier else x * 1e308 + x * 1e308).backward()


def test_an_infinite_seed_is_found() -> None:
    with pytest.raises(AnomalyError, match="backward pass"), anomaly():
        (Value(1.0) * 2).backward(math.inf)


def test_with_create_graph_too() -> None:
    x = Value(1e-200, label="x")
    with pytest.raises(AnomalyError, match="'y'"), anomaly():
        (1 / x).named("y").backward(create_graph=True)


def test_grad_of_a_function_is_watched() -> None:
    with pytest.raises(AnomalyError, match="multiply gave inf") as caught, anomaly():
        grad(lambda x: x * 1e200 * 1e200)(1.0)
    assert caught.value.source.startswith(__file__)


# ---------------------------------------------------------------- the block


def test_nothing_wrong_changes_nothing() -> None:
    x, plain = Value(0.5), Value(0.5)
    with anomaly():
        (exp(x) * x).backward()
    (exp(plain) * plain).backward()
    assert x.grad == plain.grad


def test_outside_of_the_block_everything_is_silent() -> None:
    x = Value(1e200)
    with anomaly():
        pass
    y = x * x
    (y - y).backward()
    assert y.source == ""


def test_the_users_own_error_goes_first() -> None:
    with pytest.raises(KeyError), anomaly():
        Value(1e200) * 1e200
        raise KeyError


def test_an_anomaly_caught_inside_the_block_is_not_raised_again() -> None:
    with anomaly():
        y = Value(1e200) * 1e200
        with pytest.raises(AnomalyError):
            y.backward()


def test_nested_blocks_each_find_their_own() -> None:
    with pytest.raises(AnomalyError) as caught, anomaly():
        outer = Value(1e200) * 1e200
        with anomaly():
            Value(1.0) * 2
    assert caught.value.node is outer
    with anomaly(), pytest.raises(AnomalyError) as caught, anomaly():
        inner = Value(1e200) * 1e200
    assert caught.value.node is inner


def test_another_thread_is_not_watched() -> None:
    failures: list[AnomalyError] = []

    def run() -> None:
        try:
            y = Value(1e200) * 1e200
            y.backward()
        except AnomalyError as error:
            failures.append(error)

    with anomaly():
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert failures == []


def test_it_decorates_a_function() -> None:
    @anomaly()
    def run() -> Value:
        return Value(1e200) * 1e200

    with pytest.raises(AnomalyError):
        run()


def test_it_holds_no_node_after_the_block() -> None:
    import gc
    import weakref

    gc.disable()
    try:
        with anomaly():
            y = log(Value(2.0)) * 3
            y.backward()
        gone = weakref.ref(y)
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_the_message_reads_as_sentences() -> None:
    with pytest.raises(AnomalyError) as caught, anomaly():
        sqrt(Value(0.0, label="x")).named("root").backward()
    assert "not differentiated in" not in str(caught.value)


def test_a_deep_path_is_found_without_recursion_and_told_in_reasonable_length() -> None:
    with pytest.raises(AnomalyError) as caught, anomaly():
        y = Value(1e200) * 1e200
        for _ in range(5_000):
            y = y * 1.0
        y.backward()
    assert len(caught.value.path) == 5_001
    assert len(str(caught.value)) < 5_000
