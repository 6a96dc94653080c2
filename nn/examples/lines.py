"""Linear regression: the line y = m·x + b through five points, four of them on y = 2x + 1 and one far above it.

    MSE = mean of (y_i − t_i)²     ∂/∂m = (2/5) Σ (y_i − t_i)·x_i       ∂/∂b = (2/5) Σ (y_i − t_i)
    MAE = mean of |y_i − t_i|      ∂/∂m = (1/5) Σ sign(y_i − t_i)·x_i   ∂/∂b = (1/5) Σ sign(y_i − t_i)

The squared error gives in to the point above (the best line is y = 4x − 1), the absolute error does not (y = 2x + 1).
"""

from __future__ import annotations

from collections.abc import Callable

from autograd import Value

from ..losses import mae_loss, mse_loss
from .example import Example, Published, descend, gradients

X, T = (0.0, 1.0, 2.0, 3.0, 4.0), (1.0, 3.0, 5.0, 7.0, 19.0)


def line(loss: Callable[..., Value], m: Value, b: Value) -> Value:
    """The loss of the line over all points, labelled m, b, x_i, y_i, t_i and L."""
    outputs = [(m * Value(x, f"x_{i}") + b).named(f"y_{i}") for i, x in enumerate(X, 1)]
    targets = [Value(t, f"t_{i}") for i, t in enumerate(T, 1)]
    return loss(outputs, targets).named("L")


def _start() -> tuple[Value, Value]:
    return Value(0.0, "m"), Value(0.0, "b")


def _numbers(loss: Callable[..., Value], rate: float, updates: int) -> dict[str, float]:
    m, b = _start()
    output = line(loss, m, b)
    found = {"L": output.data} | gradients(output, {"m": m, "b": b})

    def plain() -> Value:
        return loss([m * x + b for x in X], T)

    found["L after 1 update"] = descend(plain, [m, b], rate, 1)[-1]
    found |= {"m after 1 update": m.data, "b after 1 update": b.data}
    ends = descend(plain, [m, b], rate, updates - 1)[-1]
    return found | {"m in the end": m.data, "b in the end": b.data, "L in the end": ends}


def _exactly(number: str) -> Published:
    """A number that calculus gives, reached but for rounding."""
    return Published(number, 1e-9)


def closed_form() -> tuple[float, float]:
    """The m and b of the least squares: m = cov(x, t)/var(x), b = mean(t) − m·mean(x).

    >>> closed_form()
    (4.0, -1.0)
    """
    middle_x, middle_t = sum(X) / len(X), sum(T) / len(T)
    m = sum((x - middle_x) * (t - middle_t) for x, t in zip(X, T, strict=True)) / sum((x - middle_x) ** 2 for x in X)
    return m, middle_t - m * middle_x


_ENDS = ("m in the end", "b in the end", "L in the end")

line_mse = Example(
    name="line_mse",
    title="Linear regression y = m·x + b with the mean squared error",
    source="the normal equations (least squares)",
    build=lambda: line(mse_loss, *_start()),
    found=lambda: _numbers(mse_loss, 0.1, 500),
    published={
        name: _exactly(number)
        for name, number in {
            "L": "89", "∂L/∂m": "-44", "∂L/∂b": "-14", "m after 1 update": "4.4", "b after 1 update": "1.4",
            **dict(zip(_ENDS, ("4", "-1", "8"), strict=True)),
        }.items()
    },
    laws={
        "m": "2/5*(" + " + ".join(f"(y_{i} - t_{i})*x_{i}" for i in range(1, 6)) + ")",
        "b": "2/5*(" + " + ".join(f"(y_{i} - t_{i})" for i in range(1, 6)) + ")",
    },
)  # fmt: skip

# The slope of |e| does not get smaller as e does: with a constant rate, descent ends in steps to and fro.
_NEAR = 0.05

line_mae = Example(
    name="line_mae",
    title="Linear regression y = m·x + b with the mean absolute error",
    source="the line through most points (least absolute deviations)",
    build=lambda: line(mae_loss, *_start()),
    found=lambda: _numbers(mae_loss, 0.01, 3000),
    published={
        name: _exactly(number)
        for name, number in {
            "L": "7", "∂L/∂m": "-2", "∂L/∂b": "-1", "m after 1 update": "0.02", "b after 1 update": "0.01",
        }.items()
    } | {name: Published(number, _NEAR) for name, number in zip(_ENDS, ("2", "1", "2"), strict=True)},
    laws={
        "m": "1/5*(" + " + ".join(f"sign(y_{i} - t_{i})*x_{i}" for i in range(1, 6)) + ")",
        "b": "1/5*(" + " + ".join(f"sign(y_{i} - t_{i})" for i in range(1, 6)) + ")",
    },
)  # fmt: skip
