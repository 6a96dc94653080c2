"""Plots of space: error surfaces with the path of the descent, decision boundaries, confusion matrices."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

import nn
from autograd import Value, evaluate
from nn.errors import DataError, NetworkError
from nn.examples.networks import three_hidden_units
from nn.experiments import ErrorSurface, descend, error_surface, moons, regions
from nn.experiments.window import Window, window_of

LINE_X, LINE_T = [0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0]
X = [[0.5, -1.0], [1.0, 1.0], [-1.0, 0.5], [0.0, 0.0]]
T = [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
XOR_X, XOR_T = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def line() -> nn.Neuron:
    return nn.Neuron(1, "identity", rng=0)


def bowl(w: float, b: float) -> float:
    """The mean loss of the line, worked out by hand."""
    return sum(0.5 * (w * x + b - t) ** 2 for x, t in zip(LINE_X, LINE_T, strict=True)) / len(LINE_X)


def numbers(net: nn.Module) -> list[tuple[float, bool, float]]:
    return [(each.data, each.has_grad, each.grad) for each in net.parameters()]


def trained(**settings: object) -> tuple[nn.Network, nn.History]:
    net = three_hidden_units()
    history = nn.fit(net, X, T, epochs=60, snapshots=True, optimizer=nn.SGD(net.parameters(), lr=1.0), **settings)
    return net, history


# ---------------------------------------------------------------- the surface


def test_the_surface_of_linear_regression_is_the_bowl_of_the_formula() -> None:
    found = error_surface(line(), LINE_X, LINE_T, ("w_11", "b_1"), span=((-1, 5), (-3, 4)), points=7)
    assert found.xs == [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.ys[0] == -3.0 and found.ys[-1] == 4.0
    for y, row in zip(found.ys, found.losses, strict=True):
        assert row == pytest.approx([bowl(x, y) for x in found.xs], rel=1e-12)


@pytest.mark.parametrize("loss", [nn.l2_loss, nn.mse_loss, nn.binary_cross_entropy], ids=lambda loss: loss.__name__)
def test_the_surface_is_the_mean_loss_that_the_graphs_give(loss) -> None:
    net = three_hidden_units()
    found = error_surface(net, X, T, ("w_11", "u_21"), loss=loss, span=2.0, points=4)
    w, u = (net.named_parameters()[label] for label in ("w_11", "u_21"))
    graphs = [nn.graph(net, x, t, loss) for x, t in zip(X, T, strict=True)]
    for y, row in zip(found.ys, found.losses, strict=True):
        for x, number in zip(found.xs, row, strict=True):
            expected = sum(evaluate(L, {w: x, u: y}) for L in graphs) / len(graphs)
            assert number == pytest.approx(expected, rel=1e-12)


def test_a_surface_with_a_planted_fault_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr("nn.experiments.field.Field.put", lambda self, place: self.chosen[0].__setattr__("data", 0.0))
    with pytest.raises(AssertionError):
        test_the_surface_of_linear_regression_is_the_bowl_of_the_formula()


def test_numbers_of_classes_are_targets_too() -> None:
    net = nn.MLP(2, [3, 2], output_activation="identity", rng=0)
    by_number = error_surface(net, X, [0, 1, 0, 1], loss=nn.cross_entropy, points=3)
    one_hot = error_surface(net, X, [[1, 0], [0, 1], [1, 0], [0, 1]], loss=nn.cross_entropy, points=3)
    assert by_number.losses == one_hot.losses


def test_a_parameter_is_chosen_by_label_or_as_the_value() -> None:
    net = three_hidden_units()
    value = net.layers[0].neurons[0].w[0]
    by_label, by_value = (error_surface(net, X, T, (each, "b_1^(2)"), points=3) for each in ("w_11", value))
    assert by_label == by_value
    assert by_value.labels == ("w_11", "b_1^(2)")


def test_a_loss_with_a_penalty_on_the_weights_sees_them_move() -> None:
    net = line()

    def loss(y, t):
        return nn.l2_loss(y, t) + nn.l2_penalty(net.parameters(), 2.0)

    found = error_surface(net, LINE_X, LINE_T, ("w_11", "b_1"), loss=loss, span=((0, 1), (0, 1)), points=2)
    assert found.losses[1][1] == pytest.approx(bowl(1, 1) + 1 + 1)


def test_the_network_is_left_as_it_was() -> None:
    net, history = trained()
    before = numbers(net)
    error_surface(net, X, T, history=history, points=3)
    descend(net, X, T, ("w_11", "u_11"), 0.5, 5, points=3)
    assert numbers(net) == before
    assert any(has_grad for _, has_grad, _ in before)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ZeroDivisionError])
def test_the_network_is_left_as_it_was_after_ctrl_c_and_errors(trouble) -> None:
    net, calls = three_hidden_units(), []

    def loss(y, t):
        calls.append(y)
        if len(calls) > 20:
            raise trouble
        return nn.l2_loss(y, t)

    before = numbers(net)
    with pytest.raises(trouble):
        error_surface(net, X, T, loss=loss)
    assert numbers(net) == before


def test_a_loss_that_is_not_finite_leaves_a_hole() -> None:
    found = error_surface(line(), LINE_X, LINE_T, ("w_11", "b_1"), span=((0, 1e200), (0, 1)), points=2)
    assert [math.isnan(each) for each in found.losses[0]] == [False, True]
    assert found.lowest == (0.0, 1.0, pytest.approx(bowl(0, 1)))


# ---------------------------------------------------------------- the path


def test_the_path_of_a_descent_of_two_weights_is_that_of_the_formula() -> None:
    found = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 20, start=(-1.0, 3.0), points=3)
    w, b, xs, ys = -1.0, 3.0, [], []
    for _ in range(21):
        xs, ys = [*xs, w], [*ys, b]
        errors = [w * x + b - t for x, t in zip(LINE_X, LINE_T, strict=True)]
        w -= 0.1 * sum(e * x for e, x in zip(errors, LINE_X, strict=True)) / 4
        b -= 0.1 * sum(errors) / 4
    path = found.path
    assert path is not None and path.is_on_surface and path.losses == path.ground
    assert path.epochs[0] == 0 and path.epochs[-1] == 20
    assert path.xs == pytest.approx([xs[epoch] for epoch in path.epochs])
    assert path.ys == pytest.approx([ys[epoch] for epoch in path.epochs])
    assert path.losses == pytest.approx([bowl(xs[epoch], ys[epoch]) for epoch in path.epochs])


def test_where_only_two_of_many_weights_are_trained_the_path_lies_on_the_surface() -> None:
    path = descend(three_hidden_units(), X, T, ("w_11", "u_11"), 2.0, 30, points=2).path
    assert path is not None and path.is_on_surface and path.others == 0
    assert path.losses == path.ground and path.losses[-1] < path.losses[0]


def test_the_path_of_a_training_has_the_loss_there_really_was_and_the_surface_below_it() -> None:
    net, history = trained()
    found = error_surface(net, X, T, history=history, points=3)
    path = found.path
    assert path is not None and not path.is_on_surface and path.others == 15
    assert path.losses[:-1] == pytest.approx([history.losses[epoch] for epoch in path.epochs[:-1]])
    assert path.losses[-1] == path.ground[-1] != pytest.approx(path.losses[0])
    assert abs(path.losses[0] - path.ground[0]) > 1e-3
    assert [path.xs[0], path.xs[-1]] == [history.snapshots[0]["w_11"], history.snapshots[-1]["w_11"]]


def test_the_others_have_their_numbers_at_the_end_of_the_history() -> None:
    net, history = trained()
    expected = error_surface(net, X, T, history=history, points=3)
    for parameter in net.parameters():
        parameter.data = 0.0
    assert error_surface(net, X, T, history=history, points=3) == expected


def test_the_path_fits_into_the_picture_with_a_margin() -> None:
    net, history = trained()
    found = error_surface(net, X, T, history=history, points=3)
    for axis, places in ((found.xs, found.path.xs), (found.ys, found.path.ys)):
        margin = 0.05 * (axis[-1] - axis[0])
        assert axis[0] + margin <= min(places) and max(places) <= axis[-1] - margin


def test_a_small_rate_rolls_down_and_a_large_one_goes_to_and_fro() -> None:
    def turns(rate: float) -> int:
        xs = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), rate, 30, start=(-1.0, 4.0), points=2).path.xs
        steps = [b - a for a, b in zip(xs, xs[1:], strict=False)]
        return sum(a * b < 0 for a, b in zip(steps, steps[1:], strict=False))

    assert turns(0.05) == 0
    assert turns(0.45) > 10


def test_a_descent_that_diverges_leaves_the_picture_and_is_no_error() -> None:
    found = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 2.0, 5000, start=(0.0, 0.0), points=5)
    assert found.path.losses[-1] > 1e100 or math.isnan(found.path.losses[-1])
    assert found.xs[-1] - found.xs[0] < 100
    assert max(map(max, found.losses)) < 1e4


@pytest.mark.parametrize("rate", [1e100, 1e160, 1e300])
def test_a_first_step_that_leaves_the_finite_numbers_leaves_a_picture_of_the_start(rate) -> None:
    found = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), rate, 5, start=(0.0, 0.0), points=5)
    assert found.xs[-1] - found.xs[0] < 100 and math.isfinite(found.lowest[2])


def test_a_path_that_moves_by_the_last_digit_only_still_has_a_picture() -> None:
    assert window_of(None, [(2.0, 1.0), (2.0 + 4e-16, 1.0)]).x == pytest.approx((0.0, 4.0))


def test_places_that_look_the_same_are_one() -> None:
    found = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 2000, points=2)
    assert len(found.path) < 300 and found.path.epochs[-1] == 2000


def test_a_path_that_does_not_move_still_has_a_picture() -> None:
    found = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 3, start=(2.0, 1.0), points=3)
    assert (found.xs[0], found.xs[-1], found.path.xs) == (0.0, 4.0, [2.0, 2.0])


def test_a_path_along_one_axis_gets_some_breadth() -> None:
    assert window_of(None, [(0.0, 0.0), (8.0, 0.0)]) == Window((-2.0, 18.0), (-2.5, 2.5))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"weights": ("w_11", "w_11")}, "'w_11' was given twice"),
        ({"weights": ("w11", "w_21")}, "no parameter 'w11': did you mean 'w_11'"),
        ({"weights": "w_11"}, "a surface is over two parameters"),
        ({"weights": ("w_11",)}, "a surface is over two parameters"),
        ({"weights": 5}, "a surface is over two parameters"),
        ({"weights": ("w_11", 3)}, "a parameter is given by its label, such as 'w_11'; it was 3"),
        ({"weights": ("w_11", Value(1.0, "stranger"))}, "the Value 'stranger' is no parameter of this network"),
        ({"span": 0}, "span is a number above 0"),
        ({"span": "wide"}, "span is a number above 0"),
        ({"span": ((1, 0), (0, 1))}, "from below to"),
        ({"span": (0, 1)}, "span is a number above 0"),
        ({"span": math.inf}, "span is a number above 0"),
        ({"span": 1e308}, "neither so small nor so large"),
        ({"span": 1e-300}, "neither so small nor so large"),
        ({"span": ((1.0, 1.0 + 1e-15), (0.0, 1.0))}, "neither so small nor so large"),
        ({"points": 1}, "2 points or more"),
        ({"points": 2.5}, "the number of points along a side"),
        ({"loss": 3}, "loss is a function"),
        ({"history": nn.History()}, r"call fit\(..., snapshots=True\)"),
        ({"history": [1.0]}, "history is what nn.fit returned"),
        ({"history": nn.History(snapshots=[{"w_11": 0.0}])}, "that of another network"),
    ],
)
def test_wrong_settings_of_a_surface_are_named(settings, message) -> None:
    net = three_hidden_units()
    before = numbers(net)
    with pytest.raises(NetworkError, match=message):
        error_surface(net, X, T, **settings)
    assert numbers(net) == before


def test_what_is_no_network_and_data_that_do_not_fit_are_named() -> None:
    with pytest.raises(NetworkError, match="an error surface takes a network"):
        error_surface("net", X, T)
    with pytest.raises(DataError, match="row 0 of X has 3 numbers"):
        error_surface(three_hidden_units(), [[1, 2, 3]], [[0, 1]])
    with pytest.raises(NetworkError, match="start is a pair of"):
        descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 5, start=3)
    with pytest.raises(NetworkError, match="the number of steps"):
        descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 0)
    with pytest.raises(NetworkError, match="learning rate"):
        descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), -0.1, 5)


# ---------------------------------------------------------------- moons and regions


def test_moons_lie_on_two_half_circles_and_are_the_same_for_one_seed() -> None:
    points, classes = moons(41, noise=0.0)
    for (x, y), kind in zip(points, classes, strict=True):
        middle = (1.0, 0.5) if kind else (0.0, 0.0)
        assert math.dist((x, y), middle) == pytest.approx(1.0)
        assert (y <= 0.5 + 1e-9) if kind else (y >= -1e-9)
    assert moons(10, rng=3) == moons(10, rng=Random(3)) != moons(10, rng=4)
    with pytest.raises(NetworkError, match="noise is a standard deviation"):
        moons(10, noise=-1.0)


def test_regions_have_the_outputs_and_sums_of_the_network() -> None:
    net = nn.MLP(2, [3, 2, 2], "tanh", rng=1)
    found = regions(net, X, [0, 1, 0, 1], layer=2, points=4)
    for row, y in enumerate(found.ys):
        for column, x in enumerate(found.xs):
            graph = nn.graph(net, [x, y], [0.0, 0.0])
            assert [grid[row][column] for grid in found.outputs] == pytest.approx(net.predict([x, y]))
            sums = {node.label: node.data for node in _nodes(graph)}
            assert found.sums["h_1^(2)"][row][column] == pytest.approx(sums["a_1^(2)"])
    assert list(found.sums) == ["h_1^(2)", "h_2^(2)"]
    assert found.classes == [0, 1, 0, 1]


def _nodes(root: Value) -> list[Value]:
    from autograd.graph import topological_order

    return topological_order(root)


@pytest.mark.parametrize(
    "output, targets, threshold",
    [
        ("sigmoid", [0, 1, 1, 0], 0.5),
        ("identity", [0, 1, 1, 0], 0.0),
        ("tanh", [0, 1, 1, 0], 0.5),
        ("tanh", [-1, 1, 1, -1], 0.0),
    ],
)
def test_the_activation_and_the_targets_decide_the_threshold(output, targets, threshold) -> None:
    net = nn.MLP(2, [2, 1], output_activation=output)
    assert regions(net, XOR_X, targets, points=2).threshold == threshold
    assert regions(net, XOR_X, targets, points=2, threshold=0.25).threshold == 0.25
    assert regions(net, XOR_X, targets, points=2).classes == [0, 1, 1, 0]


def test_a_class_leads_where_its_output_is_the_largest() -> None:
    net = nn.MLP(2, [4, 3], output_activation="softmax", rng=2)
    found = regions(net, XOR_X, [0, 1, 2, 0], points=5)
    for row in range(5):
        for column in range(5):
            outputs = [grid[row][column] for grid in found.outputs]
            assert [found.lead(kind)[row][column] > 0 for kind in range(3)] == [y == max(outputs) for y in outputs]


def test_one_output_says_class_1_above_the_threshold() -> None:
    found = regions(exclusive_or(), XOR_X, XOR_T, points=5)
    outputs = [y for row in found.outputs[0] for y in row]
    for kind, expected in ((1, [y - 0.5 for y in outputs]), (0, [0.5 - y for y in outputs])):
        assert [lead for row in found.lead(kind) for lead in row] == expected


@pytest.mark.parametrize(
    "net, targets, settings, message",
    [
        (nn.MLP(3, [2, 1]), XOR_T, {}, "drawn over two inputs, and this network has 3"),
        ("net", XOR_T, {}, "a boundary takes a network"),
        (nn.MLP(2, [2, 1]), XOR_T, {"layer": 3}, "a number from 1 to 2; it was 3"),
        (nn.MLP(2, [2, 1]), XOR_T, {"threshold": math.nan}, "threshold is a number"),
        (nn.MLP(2, [2, 1]), XOR_T, {"points": 1}, "2 points or more"),
        (nn.MLP(2, [2, 1]), [0, 1, 2, 0], {}, "T holds 3 different numbers"),
        (nn.MLP(2, [2, 1]), [0, 1], {}, "X has 4 rows and T has 2"),
    ],
)
def test_what_has_no_boundary_is_told_so(net, targets, settings, message) -> None:
    with pytest.raises((NetworkError, DataError), match=message):
        regions(net, XOR_X, targets, **settings)


# ---------------------------------------------------------------- drawing


@pytest.fixture
def plots():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    yield nn.plots
    pyplot.close("all")


def exclusive_or() -> nn.Network:
    net = nn.MLP(2, [3, 1], "tanh", rng=0)
    nn.fit(net, XOR_X, XOR_T, epochs=300)
    return net


def legend_of(ax) -> list[str]:
    return [each.get_text() for each in ax.get_legend().get_texts()]


def small(**settings: object) -> ErrorSurface:
    return descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.15, 30, start=(-1.0, 4.0), points=15, **settings)


@pytest.mark.matplotlib
def test_plots_have_titles_names_and_legends_and_draw_on_the_axes_they_are_given(plots) -> None:
    from matplotlib import pyplot

    figure = pyplot.figure()
    flat, solid = figure.add_subplot(121), figure.add_subplot(122, projection="3d")
    for draw, ax in ((plots.contours, flat), (plots.surface, solid)):
        assert draw(small(), ax=ax) is ax
        assert ax.get_title("left") == "Error over w₁₁ and b₁"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("w₁₁", "b₁")
        assert {"path, 30 steps", "start: loss 6.75", "end: loss 0.153"} <= set(legend_of(ax))
    assert solid.get_zlabel() == "mean loss"


@pytest.mark.matplotlib
def test_the_path_is_drawn_at_the_loss_there_really_was(plots) -> None:
    net, history = trained()
    found = error_surface(net, X, T, history=history, points=9)
    ax = plots.surface(found)
    lines = {each.get_label(): each for each in ax.get_lines()}
    path = lines[f"path, {history.epochs} epochs; 15 other parameters moved, too"]
    assert list(path.get_data_3d()[2]) == found.path.losses
    assert list(lines["the surface at its places"].get_data_3d()[2]) == found.path.ground


@pytest.mark.matplotlib
def test_levels_span_decades_where_the_loss_does(plots) -> None:
    import numpy

    from nn.plots.surface import _levels

    assert _levels(numpy.ma.array([0.3, 70.0])) == [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
    assert _levels(numpy.ma.array([0.0, 1.0]))[0] == 0.0002
    assert _levels(numpy.ma.array([1.0, 2.0])) == pytest.approx([1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9])
    assert _levels(numpy.ma.array([3.0, 3.0])) == []
    assert min(_levels(numpy.ma.array([-5.0, 5.0]))) < 0


@pytest.mark.matplotlib
@pytest.mark.parametrize("draw", ["surface", "contours"])
def test_odd_surfaces_are_drawn_without_a_warning(plots, draw, tmp_path) -> None:
    flat = ErrorSurface(("w_11", "b_1"), [0.0, 1.0], [0.0, 1.0], [[2.0, 2.0], [2.0, 2.0]])
    holes = ErrorSurface(("w_11", "b_1"), [0.0, 1.0, 2.0], [0.0, 1.0, 2.0],
                         [[2.0, 2.5, math.nan], [1.0, 3.0, 4.0], [2.0, 3.0, 9.0]])  # fmt: skip
    diverging = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 2.0, 5000, points=9)
    still = descend(line(), LINE_X, LINE_T, ("w_11", "b_1"), 0.1, 1, start=(2.0, 1.0), points=9)
    elsewhere = small(span=((10, 12), (10, 12)))
    for found in (flat, holes, diverging, still, elsewhere):
        plots.save(getattr(plots, draw)(found), tmp_path / "plot.png")


@pytest.mark.matplotlib
def test_wrong_axes_and_wrong_things_to_draw_are_told(plots) -> None:
    from matplotlib import pyplot

    flat, solid = pyplot.subplots()[1], pyplot.figure().add_subplot(projection="3d")
    nowhere = ErrorSurface(("w", "b"), [0.0, 1.0], [0.0, 1.0], [[math.nan] * 2] * 2)
    with pytest.raises(NetworkError, match="3-D axes: make them by"):
        plots.surface(small(), ax=flat)
    with pytest.raises(NetworkError, match="flat: give it axes without"):
        plots.contours(small(), ax=solid)
    with pytest.raises(NetworkError, match="ax is axes of matplotlib"):
        plots.contours(small(), ax=5)
    with pytest.raises(NetworkError, match="takes what nn.experiments.error_surface or descend gave"):
        plots.surface([1.0])
    with pytest.raises(NetworkError, match="no finite number anywhere"):
        plots.contours(nowhere)
    for view in (3, ("a", "b"), (1.0, math.nan), (1, 2, 3)):
        with pytest.raises(NetworkError, match="view is elevation and azimuth"):
            plots.surface(small(), view=view)
    with pytest.raises(NetworkError, match="save takes the axes that a plot returned; it was given None"):
        plots.save(None, "plot.png")
    with pytest.raises(NetworkError, match="the path was None"):
        plots.save(flat, None)
    with pytest.raises(DataError, match="too far apart"):
        plots.boundary(exclusive_or(), [[1.7e308, 0.0], [-1.7e308, 1.0]], [0, 1], points=3)
    with pytest.raises(NetworkError, match="names is a list of 2 texts"):
        plots.boundary(exclusive_or(), XOR_X, XOR_T, names=["one"], points=3)
    with pytest.raises(NetworkError, match="classes is a list of 2 texts"):
        plots.boundary(exclusive_or(), XOR_X, XOR_T, classes="ab", points=3)
    with pytest.raises(NetworkError, match="names is a list of 2 texts"):
        plots.boundary(exclusive_or(), XOR_X, XOR_T, names=5, points=3)
    with pytest.raises(NetworkError, match="takes what nn.confusion_matrix gave"):
        plots.confusion([[1, 2], [3, 4]])
    with pytest.raises(DataError, match="of 2 classes has as many rows"):
        plots.confusion(SimpleNamespace(counts=[[1, 2]], classes=["a", "b"]))


@pytest.mark.matplotlib
def test_the_lines_of_the_first_layer_are_where_the_weighted_sum_is_zero(plots) -> None:
    net = exclusive_or()
    ax = plots.boundary(net, XOR_X, XOR_T, points=41)
    drawn = [each for each in ax.collections if list(getattr(each, "levels", ())) == [0.0]]
    assert len(drawn) == 4  # the boundary, and three neurons
    for neuron, lines in zip(net.layers[0].neurons, drawn[1:], strict=True):
        vertices = [vertex for segment in lines.allsegs[0] for vertex in segment]
        assert len(vertices) > 5
        for x, y in vertices:
            assert neuron.weighted_sum([x, y]).data == pytest.approx(0.0, abs=1e-9)
    for x, y in drawn[0].allsegs[0][0]:
        assert net.predict([x, y])[0] == pytest.approx(0.5, abs=0.02)


@pytest.mark.matplotlib
def test_arrows_point_to_the_positive_side(plots) -> None:
    net = exclusive_or()
    ax = plots.boundary(net, XOR_X, XOR_T)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    arrows = [each for each in ax.texts if each.arrow_patch is not None]
    names = [each.get_text() for each in ax.texts if each.arrow_patch is None]
    assert names == ["h₁", "h₂", "h₃"]
    for neuron, arrow in zip(net.layers[0].neurons, arrows, strict=True):
        tip = [left + arrow.xy[0] * (right - left), low + arrow.xy[1] * (high - low)]
        assert neuron.weighted_sum(tip).data > 0


@pytest.mark.matplotlib
def test_a_boundary_is_drawn_for_logits_for_classes_for_deep_layers_and_without_lines(plots, tmp_path) -> None:
    points, classes = moons(20)
    logits = nn.MLP(2, [4, 1], "tanh", output_activation="identity", rng=0)
    assert "y₁ = 0: the boundary" in legend_of(plots.boundary(logits, points, classes, points=21))
    three = nn.MLP(2, [4, 3], "tanh", output_activation="identity", rng=0)
    ax = plots.boundary(three, points, [each % 3 for each in range(20)], names=["US$", "A$"], classes=["a", "b", "$c$"],
                        points=21, neurons=False)  # fmt: skip
    assert set(legend_of(ax)) == {"a", "b", r"\$c\$", "the boundary"}
    assert ax.get_xlabel() == r"US\$"
    deep = nn.MLP(2, [3, 3, 1], "tanh", rng=0)
    assert [each.get_text() for each in plots.boundary(deep, points, classes, neurons=2, points=21).texts if
            each.get_text()][0].endswith("⁽²⁾")  # fmt: skip
    one = nn.Neuron(2, "sigmoid", rng=0)
    assert plots.boundary(one, points, classes, points=5).get_title("left") == "Decision boundary"
    constant = nn.MLP(2, [2, 1], initialiser=nn.initialisers.zeros)
    plots.save(plots.boundary(constant, [[1.0, 1.0]], [1], points=5), tmp_path / "constant.png")


@pytest.mark.matplotlib
def test_a_boundary_is_drawn_on_the_axes_it_is_given(plots) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, layout="constrained")
    for ax, outputs in ((left, 1), (right, 3)):
        net = nn.MLP(2, [3, outputs], "tanh", output_activation="identity", rng=0)
        assert plots.boundary(net, XOR_X, XOR_T, points=11, ax=ax) is ax
        assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left")) == ("x₁", "x₂", "Decision boundary")
        assert {"class 0", "class 1"} <= set(legend_of(ax))
    figure.canvas.draw()
    assert len(figure.axes) == 3  # with the shades' own beside the left


@pytest.mark.matplotlib
def test_classes_and_lines_of_a_boundary_are_told_apart_without_colour(plots) -> None:
    points, _ = moons(30)
    net = nn.MLP(2, [4, 3], "tanh", output_activation="identity", rng=0)
    ax = plots.boundary(net, points, [each % 3 for each in range(30)], points=31)
    samples = [each for each in ax.get_lines() if each.get_label().startswith("class")]
    assert len({each.get_marker() for each in samples}) == 3
    styles = {each.get_label(): each.get_linestyle() for each in ax.get_lines() if each not in samples}
    assert sorted(styles.values()) == ["-", "--"]
    tints = [each.get_facecolor()[0] for each in ax.collections if len(each.get_facecolor())]
    greys = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue, _ in tints)
    assert len(greys) > 1 and min(b - a for a, b in zip(greys, greys[1:], strict=False)) > 0.02


@pytest.mark.matplotlib
def test_every_plot_of_space_takes_a_title_which_stands_on_the_left(plots) -> None:
    net, matrix = exclusive_or(), nn.confusion_matrix(["a", "b"], ["a", "a"])
    drawn = {
        "surface": lambda **title: plots.surface(small(), **title),
        "contours": lambda **title: plots.contours(small(), **title),
        "boundary": lambda **title: plots.boundary(net, XOR_X, XOR_T, points=5, **title),
        "confusion": lambda **title: plots.confusion(matrix, **title),
        "matrix": lambda **title: matrix.plot(**title),
    }
    for name, plot in drawn.items():
        assert plot().get_title("left") and not plot().get_title("center"), name
        assert plot(title="US$").get_title("left") == r"US\$", name


@pytest.mark.matplotlib
@pytest.mark.parametrize("form", ["a name that begins alike and ends with {}", "{} is where it differs, and not later",
                                  "a name that begins like {} and ends like all others"])  # fmt: skip
def test_long_names_of_classes_stay_different(plots, form) -> None:
    names = [form.format(number) for number in range(3)]
    ax = plots.confusion(SimpleNamespace(counts=[[1, 0, 0], [0, 1, 0], [0, 0, 1]], classes=names))
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert len(set(shown)) == 3 and max(map(len, shown)) < 26


@pytest.mark.matplotlib
def test_a_confusion_matrix_shows_every_count_readably(plots) -> None:
    matrix = SimpleNamespace(counts=[[90, 10, 0], [5, 5, 0], [0, 0, 0]], classes=["a$b$", "x" * 40, 3])
    ax = plots.confusion(matrix)
    cells = {each.get_position(): (each.get_text(), each.get_color()) for each in ax.texts}
    assert cells[(0, 0)] == ("90", "white") and cells[(1, 0)] == ("10", "black") and cells[(2, 2)] == ("0", "black")
    names = [each.get_text() for each in ax.get_yticklabels()]
    assert names == [r"a\$b\$", "x" * 21 + "…", "3"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted (95 of 110 are right)", "actual")


_DRAW = """
import nn, sys
from nn.experiments import descend
from types import SimpleNamespace
import matplotlib; matplotlib.use("Agg")
found = descend(nn.Neuron(1, "identity", rng=0), [0., 1., 2.], [1., 3., 5.], ("w_11", "b_1"), 0.2, 20, points=11)
net = nn.MLP(2, [3, 1], "tanh", rng=0)
matrix = SimpleNamespace(counts=[[3, 1], [0, 4]], classes=["a", "b"])
axes = [nn.plots.surface(found), nn.plots.contours(found), nn.plots.confusion(matrix),
        nn.plots.boundary(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], points=21)]
for number, ax in enumerate(axes):
    for kind in ("png", "svg"):
        nn.plots.save(ax, f"{sys.argv[1]}/{number}.{kind}")
"""


@pytest.mark.matplotlib
def test_files_are_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run([sys.executable, "-W", "error", "-c", _DRAW, str(folder)], check=True, timeout=120,
                       env={**os.environ, "PYTHONHASHSEED": seed})  # fmt: skip
        found.append({each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(folder.iterdir())})
    assert len(found[0]) == 8 and found[0] == found[1]
