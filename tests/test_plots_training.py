"""Plots of training show the numbers given, are told apart without colour, and are the same bytes on every run."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from pictures import SVG

import nn
from autograd.errors import AutogradError, MissingPackageError
from nn.errors import NetworkError
from nn.experiments import Deltas, GradientSizes, Trial
from nn.plots.lines import spread
from nn.plots.loss_svg import described, loss_svg, thinned
from nn.plots.ticks import decade_ticks, round_ticks, whole_ticks

draws = pytest.mark.matplotlib


@pytest.fixture
def figures():
    """matplotlib without a window; every figure is closed in the end, and no setting is left behind."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    yield pyplot
    pyplot.close("all")
    changed = {key for key, value in matplotlib.rcParams.items() if before[key] != value}
    assert changed == set()


@draws
def test_a_plot_leaves_matplotlib_as_interactive_as_its_first_figure_made_it(figures, monkeypatch) -> None:
    """A notebook's backend is loaded by the first figure, and switches on what shows all later ones."""
    import matplotlib

    figure = figures.figure

    def first_figure(**settings: object) -> object:
        matplotlib.interactive(True)
        return figure(**settings)

    monkeypatch.setattr(figures, "figure", first_figure)
    try:
        nn.plots.loss(nn.History(losses=[1.0, 0.5], epochs=2))
        assert matplotlib.is_interactive()
    finally:
        matplotlib.interactive(False)


def history(losses=(1.0, 0.5, 0.25, 0.3), validation=(), best=3, **more) -> nn.History:
    return nn.History(
        losses=list(losses), validation_losses=list(validation), epochs=len(losses), best_epoch=best, **more
    )


def trial(rate, losses, verdict, failed=None) -> Trial:
    return Trial(rate, history(losses, best=1 if losses else 0), verdict, "", failed)


def xor(**options) -> tuple[nn.MLP, nn.History]:
    net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    return net, nn.fit(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=40, snapshots=True, **options)


def legend(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def drawn(ax) -> dict[str, list[tuple[float, float]]]:
    """The points of every line that has a name."""
    return {line.get_label(): [(float(x), float(y)) for x, y in line.get_xydata()]
            for line in ax.get_lines() if not line.get_label().startswith("_child")}  # fmt: skip


# ---------------------------------------------------------------- loss and metrics


@draws
def test_loss_shows_training_validation_and_the_best_epoch(figures) -> None:
    found = history(validation=[1.2, 0.8, 0.4, 0.6])
    ax = nn.plots.loss(found)
    assert drawn(ax) == {
        "training": list(enumerate(found.losses, 1)),
        "validation": list(enumerate(found.validation_losses, 1)),
        "best: epoch 3": [(3, 0.4)],
    }
    assert legend(ax) == ["training", "validation", "best: epoch 3"]
    assert (ax.get_title(loc="left"), ax.get_xlabel(), bool(ax.get_ylabel())) == ("Loss over epochs", "epoch", True)
    training, validation = ax.get_lines()[:2]
    assert training.get_linestyle() != validation.get_linestyle()


@draws
@pytest.mark.parametrize("losses, scale", [([1.0, 0.5], "linear"), ([1.0, 0.009], "log"), ([1.0, 0.0], "linear")])
def test_the_scale_is_logarithmic_where_losses_span_decades(figures, losses, scale) -> None:
    assert nn.plots.loss(history(losses, best=2)).get_yscale() == scale


@draws
def test_several_histories_are_compared_by_name(figures) -> None:
    ax = nn.plots.loss({"$a$": history(), "_b": history([1.0, 2.0], [3.0, 4.0], 1)})
    assert legend(ax) == [r"\$a\$", "\u2009_b", "\u2009_b, validation"]
    colours = [line.get_color() for line in ax.get_lines()]
    assert colours[0] != colours[1] == colours[2]


@draws
def test_losses_as_large_as_floats_are_drawn_without_a_warning(figures) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = nn.plots.loss(history([1e-300, 1.0, 1e308], best=1))
        ax.figure.canvas.draw()
    assert ax.get_yscale() == "log"


@draws
def test_one_epoch_is_a_dot(figures) -> None:
    ax = nn.plots.loss(history([0.5], [0.75], 1))
    assert [line.get_marker() for line in ax.get_lines()[:2]] == ["o", "o"]
    assert [tick for tick in ax.get_xticks()] == [1]


@draws
def test_metrics_show_accuracy_of_training_and_validation(figures) -> None:
    found = history(metrics={"accuracy": [0.5, 1.0], "validation_accuracy": [0.25, 0.75]})
    ax = nn.plots.metrics(found)
    assert drawn(ax) == {"training": [(1, 0.5), (2, 1.0)], "validation": [(1, 0.25), (2, 0.75)]}
    assert ax.get_title(loc="left") == "Accuracy over epochs"
    assert ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1]


@draws
def test_several_metrics_are_named_in_the_legend_and_can_be_chosen(figures) -> None:
    found = history(metrics={"accuracy": [0.5, 1.0], "far_off": [3.0, 2.0], "validation_far_off": [3.0, 2.0]})
    assert legend(nn.plots.metrics(found)) == ["accuracy, training", "far off, training", "far off, validation"]
    assert legend(nn.plots.metrics(found, "accuracy")) == ["training"]
    with pytest.raises(NetworkError, match="no metric 'f1': it has accuracy, far_off"):
        nn.plots.metrics(found, "f1")


# ---------------------------------------------------------------- learning rates


TRIALS = [
    trial(0.01, [1.0, 0.99, 0.98, 0.97], "crawls"),
    trial(0.5, [1.0, 0.3, 0.1, 0.05], "converges"),
    trial(2.0, [1.0, 1.8, 0.4, 0.9], "overshoots"),
    trial(9.0, [1.0, 9.0, 81.0, 729.0], "diverges"),
    trial(99.0, [1.0, 1.2], "diverges", failed=3),
]


@draws
def test_each_rate_has_its_verdict_in_the_legend(figures) -> None:
    ax = nn.plots.learning_rates(TRIALS)
    assert legend(ax) == ["η = 0.01: crawls", "η = 0.5: converges", "η = 2: overshoots", "η = 9: diverges",
                          "η = 99: diverges"]  # fmt: skip


@draws
def test_a_rate_that_diverges_leaves_at_the_top_and_hides_no_other(figures) -> None:
    ax = nn.plots.learning_rates(TRIALS)
    assert 1.8 < ax.get_ylim()[1] < 9
    signs = [line for line in ax.get_lines() if line.get_label().startswith("_child")]
    cross, triangle = sorted(signs, key=lambda sign: sign.get_marker(), reverse=True)
    assert (cross.get_marker(), triangle.get_marker()) == ("x", "^")
    top = ax.get_ylim()[1]
    assert triangle.get_xdata()[0] == pytest.approx(1 + (top - 1) / 8)  # where the line from 1 to 9 is at the top
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (2, 1.2)


@draws
def test_an_overshooting_rate_is_shown_whole(figures) -> None:
    ax = nn.plots.learning_rates([trial(1.0, [1.0, 5.0, 0.5], "overshoots")])
    assert ax.get_ylim()[1] > 5
    far = nn.plots.learning_rates([trial(1.0, [1.0, 50.0, 0.5], "overshoots")])
    assert drawn(far)["η = 1: overshoots"] == [(1, 1.0), (2, 50.0), (3, 0.5)]  # it comes back into the picture


def triangles(ax) -> list[tuple[float, float]]:
    """Where the triangles stand, in points of the picture."""
    ax.figure.canvas.draw()
    return [tuple(sign.get_transform().transform(sign.get_xydata()[0])) for sign in ax.get_lines()
            if sign.get_marker() == "^" and sign.get_label().startswith("_child")]  # fmt: skip


@draws
def test_a_loss_that_climbs_above_the_plot_has_a_triangle_whatever_becomes_of_it(figures) -> None:
    far = nn.plots.learning_rates([trial(1.0, [1.0, 50.0, 0.5], "overshoots")])
    assert far.get_ylim()[1] < 50 and len(triangles(far)) == 1
    near = nn.plots.learning_rates([trial(1.0, [1.0, 5.0, 0.5], "overshoots")])
    assert len(triangles(near)) == 0


@draws
@pytest.mark.parametrize("size", [None, (5, 3.5)])
def test_triangles_of_rates_that_leave_together_do_not_cover_each_other(figures, size) -> None:
    trials = [trial(rate, [1.0, *[rate**epoch for epoch in range(1, 40)]], "diverges") for rate in (9, 10, 11, 40)]
    ax = figures.figure(figsize=size, layout="constrained").add_subplot() if size else None
    found = triangles(nn.plots.learning_rates(trials, ax=ax))
    assert len(found) == 4
    distances = [math.dist(one, other) for number, one in enumerate(found) for other in found[:number]]
    assert min(distances) > 9 * 100 / 72  # a triangle has 9 points


@draws
def test_rates_of_which_one_failed_at_once_can_be_drawn(figures) -> None:
    ax = nn.plots.learning_rates([trial(1e9, [], "diverges", failed=1), TRIALS[1]])
    assert legend(ax) == ["η = 1e+09: diverges", "η = 0.5: converges"]
    with pytest.raises(NetworkError, match="nothing to draw"):
        nn.plots.learning_rates([trial(1e9, [], "diverges", failed=1)])


# ---------------------------------------------------------------- gradients


@draws
def test_gradients_by_layer_are_named_at_their_ends_and_dashed_by_verdict(figures) -> None:
    found = [GradientSizes("deep $", (1e-6, 1e-3, 1.0)), GradientSizes("good", (1.0, 0.5, 1.0)),
             GradientSizes("wild", (1e6, 1e3, 1.0))]  # fmt: skip
    ax = nn.plots.gradients_by_layer(found)
    assert legend(ax) == ["holds", "explodes", "vanishes"]
    assert [text.get_text() for text in ax.texts] == [r"deep \$", "good", "wild"]
    assert [line.get_linestyle() for line in ax.get_lines()] == [":", "-", "--"]
    assert drawn(ax)["wild"] == [(1, 1e6), (2, 1e3), (3, 1.0)]
    assert ax.get_yscale() == "log"


@draws
@pytest.mark.parametrize("size", [(7.4, 4.2), (4.0, 3.0)])
def test_names_at_the_ends_neither_overlap_nor_leave_the_axes_nor_touch_a_line(figures, size) -> None:
    names = ["sigmoid, normal(0, 1)", "sigmoid, Xavier", "ReLU, normal(0, 1)", "ReLU, He", "tanh, Xavier", "more"]
    found = [GradientSizes(name, (10.0 ** (-0.001 * k), 0.5, 1.0)) for k, name in enumerate(names)]
    axes = None if size == (7.4, 4.2) else figures.subplots(figsize=size, layout="constrained")[1]
    ax = nn.plots.gradients_by_layer(found, ax=axes)
    ax.figure.canvas.draw()
    from matplotlib.text import Text

    boxes = [Text.get_window_extent(text) for text in ax.texts]  # without the leader to the line
    bounds = ax.get_window_extent()
    first = ax.transData.transform((1, 1))[0]
    for number, box in enumerate(boxes):
        assert bounds.x0 <= box.x0 and box.x1 < first and bounds.y0 - 1 <= box.y0 and box.y1 <= bounds.y1 + 1
        # Lines of letters may share the room of ascenders and descenders.
        assert all(min(box.y1, other.y1) - max(box.y0, other.y0) < 3 for other in boxes[:number])


@draws
def test_a_layer_without_a_gradient_is_a_gap_and_no_error(figures) -> None:
    ax = nn.plots.gradients_by_layer([GradientSizes("dead", (0.0, 0.0, 1.0)), GradientSizes("b", (1.0, 1.0, 1.0))])
    ax.figure.canvas.draw()
    assert [math.isnan(y) for _, y in drawn(ax)["dead"]] == [True, True, False]


@draws
def test_of_a_history_the_norms_of_all_layers_are_drawn_over_the_epochs(figures) -> None:
    _, found = xor()
    ax = nn.plots.gradients_by_layer(found)
    names = ["layer 1", "layer 2 (output)"]
    expected = {name: list(enumerate(norms, 1)) for name, norms in zip(names, found.gradient_norms, strict=True)}
    assert drawn(ax) == expected


# ---------------------------------------------------------------- weights and deltas


@draws
def test_weights_are_those_of_the_snapshots_from_before_the_first_epoch_on(figures) -> None:
    _, found = xor()
    ax = nn.plots.weights(found, ["w_11", "b_1^(2)"])
    assert drawn(ax)["w₁₁"] == [(epoch, numbers["w_11"]) for epoch, numbers in enumerate(found.snapshots)]
    assert ax.get_xlim()[0] <= 0 and set(legend(ax)) == {"w₁₁", "b₁⁽²⁾"}


@draws
def test_of_many_weights_those_that_moved_farthest_are_drawn_and_it_is_said(figures) -> None:
    _, found = xor()
    ax = nn.plots.weights(found, most=3)
    assert ax.get_legend().get_title().get_text() == "3 of 13: these\nmoved farthest"
    spans = {label: max(s[label] for s in found.snapshots) - min(s[label] for s in found.snapshots)
             for label in found.snapshots[0]}  # fmt: skip
    expected = sorted(spans, key=spans.__getitem__)[-3:]
    ends = [found.snapshots[-1][label] for label in expected]
    assert sorted(points[-1][1] for name, points in drawn(ax).items() if not name.startswith("_")) == sorted(ends)


@draws
def test_the_legend_stands_in_the_order_in_which_lines_end(figures) -> None:
    _, found = xor()
    ax = nn.plots.weights(found)
    ends = [drawn(ax)[name][-1][1] for name in legend(ax)]
    assert ends == sorted(ends, reverse=True)


@draws
def test_deltas_are_one_sample_s_or_the_root_of_the_mean_square(figures) -> None:
    found = Deltas(("a_1",), (0, 5), ({"a_1": [3.0, 1.0]}, {"a_1": [-4.0, 1.0]}))
    assert drawn(nn.plots.deltas(found, sample=1))["δ of a₁"] == [(0, -4.0), (5, 1.0)]
    ax = nn.plots.deltas(found)
    assert drawn(ax)["δ of a₁"] == [(0, pytest.approx(math.sqrt(12.5))), (5, pytest.approx(1.0))]
    assert ax.get_ylabel() == "√ mean δ² over 2 samples"


# ---------------------------------------------------------------- what all plots promise


def all_plots() -> dict[str, object]:
    """Every plot, as a function of its axes."""
    net, found = xor(validation=([[0, 1]], [1]), metrics=nn.accuracy)
    seen = nn.experiments.deltas(net, [[0, 1], [1, 1]], [1, 0], found)
    sizes = [GradientSizes("a", (1e-6, 1.0)), GradientSizes("b", (1.0, 1.0))]
    return {
        "loss": lambda ax: nn.plots.loss(found, ax=ax),
        "several": lambda ax: nn.plots.loss({"a": found, "b": found}, ax=ax),
        "metrics": lambda ax: nn.plots.metrics(found, ax=ax),
        "rates": lambda ax: nn.plots.learning_rates(TRIALS, ax=ax),
        "gradients": lambda ax: nn.plots.gradients_by_layer(sizes, ax=ax),
        "norms": lambda ax: nn.plots.gradients_by_layer(found, ax=ax),
        "weights": lambda ax: nn.plots.weights(found, ax=ax),
        "deltas": lambda ax: nn.plots.deltas(seen, ax=ax),
    }


@draws
def test_every_plot_returns_its_axes_with_title_labels_and_legend(figures) -> None:
    for name, plot in all_plots().items():
        own = plot(None)
        given = figures.figure().add_subplot()
        assert plot(given) is given, name
        for ax in (own, given):
            assert ax.get_title(loc="left") and ax.get_xlabel() and ax.get_ylabel(), name
            assert legend(ax), name


@draws
def test_no_legend_covers_a_point_of_a_line(figures) -> None:
    for name, plot in all_plots().items():
        for ax in (plot(None), plot(figures.figure(figsize=(5, 3.5), layout="constrained").add_subplot())):
            ax.figure.canvas.draw()
            box = ax.get_legend().get_window_extent()
            for line in ax.get_lines():
                if len(line.get_xdata()) > 2:
                    points = line.get_transform().transform(line.get_xydata())
                    assert not any(box.contains(*point) for point in points), (name, line.get_label())


@draws
def test_lines_of_a_plot_are_told_apart_without_colour(figures) -> None:
    for name, plot in all_plots().items():
        found = [line for line in plot(None).get_lines() if not line.get_label().startswith("_child")]
        assert len(found) > 1, name
        assert len({(line.get_linestyle(), line.get_marker()) for line in found}) == len(found), name


SCRIPT = """
import sys, nn
from nn.plots import gradients_by_layer, learning_rates, loss, loss_svg, save, weights
net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
X, T = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
history = nn.fit(net, X, T, epochs=20, snapshots=True, validation=(X, T))
folder = sys.argv[1]
loss_svg(history).save(f"{folder}/curve.svg")
if sys.argv[2] == "all":
    for kind in ("png", "svg", "pdf"):
        save(loss(history), f"{folder}/loss.{kind}")
    save(weights(history), f"{folder}/weights.svg")
    save(gradients_by_layer(nn.experiments.depths(depth=4, units=4, samples=2)), f"{folder}/gradients.svg")
    save(learning_rates(nn.experiments.learning_rates(net, X, T, [0.1, 1.0], epochs=5)), f"{folder}/rates.png")
"""


def in_two_processes(tmp_path: Path, which: str) -> list[dict[str, bytes]]:
    results = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "Agg"}
        subprocess.run([sys.executable, "-c", SCRIPT, str(folder), which], check=True, env=environment, timeout=120)
        results.append({path.name: path.read_bytes() for path in folder.iterdir()})
    return results


@draws
def test_files_of_plots_are_the_same_bytes_in_every_process(tmp_path) -> None:
    one, two = in_two_processes(tmp_path, "all")
    assert len(one) == 7 and one == two


def test_the_plain_curve_is_the_same_bytes_in_every_process(tmp_path) -> None:
    one, two = in_two_processes(tmp_path, "curve")
    assert len(one) == 1 and one == two


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: nn.plots.loss([1.0, 0.5]), "takes the History that fit returned"),
        (lambda: nn.plots.loss({}), "the dict is empty"),
        (lambda: nn.plots.loss({"a": 3}), "of 'a'"),
        (lambda: nn.plots.loss(nn.History()), "no epochs"),
        (lambda: nn.plots.metrics(history()), r"call fit\(\.\.\., metrics=nn\.accuracy\)"),
        (lambda: nn.plots.metrics({"a": history()}), "takes one history"),
        (lambda: nn.plots.weights(history()), r"call fit\(\.\.\., snapshots=True\)"),
        (lambda: nn.plots.weights(xor()[1], "w_99"), "no curve 'w_99': there are 'w_11'"),
        (lambda: nn.plots.weights(xor()[1], []), "names is empty"),
        (lambda: nn.plots.weights(xor()[1], most=0), "most is a whole number"),
        (lambda: nn.plots.deltas(xor()[1]), "takes what nn.experiments.deltas found"),
        (lambda: nn.plots.deltas(Deltas(("a",), (0,), ({"a": [1.0]},)), sample=1), "sample is a number from 0 to 0"),
        (lambda: nn.plots.learning_rates([0.1, 0.2]), "takes what nn.experiments.learning_rates found"),
        (lambda: nn.plots.learning_rates([]), "nothing to draw"),
        (lambda: nn.plots.learning_rates(0.1), "takes what nn.experiments.learning_rates found"),
        (lambda: nn.plots.gradients_by_layer([]), "nothing to draw"),
        (lambda: nn.plots.gradients_by_layer([1.0]), "takes what nn.experiments.depths found"),
        (lambda: nn.plots.gradients_by_layer(0.1), "takes what nn.experiments.depths found"),
        (lambda: loss_svg([1.0]), "takes the History"),
        (lambda: loss_svg(nn.History()), "no epochs"),
        (lambda: loss_svg(history(), title=3), "a title is text"),
        (lambda: loss_svg(history()).save("loss.png"), r"saved as \.svg; the file was called 'loss\.png'"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_clear_sentence_even_without_matplotlib(call, sentence) -> None:
    with pytest.raises(AutogradError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_missing_matplotlib_is_one_sentence_with_the_command(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingPackageError, match=r'pip install "chainrule\[plot\]"'):
        nn.plots.loss(history())


def test_neither_nn_nor_its_plots_import_matplotlib() -> None:
    code = "import nn, sys; a = 'nn.plots' in sys.modules; nn.plots.loss; print(a, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]


# ---------------------------------------------------------------- the loss as plain SVG


def parsed(found: nn.History, **options) -> ElementTree.Element:
    return ElementTree.fromstring(loss_svg(found, **options).svg)


def curve(root: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    """The points of a curve, in the picture's own unit."""
    (group,) = [g for g in root.iter(f"{SVG}g") if g.get("class") == kind and len(g.find(f"{SVG}path").get("d")) > 20]
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", group[0].get("d"))]


def heights(root: ElementTree.Element) -> dict[str, float]:
    """The height of every tick of the loss, by its text."""
    ticks = [text for text in root.iter(f"{SVG}text") if text.get("class") == "tick"]
    return {text.text: float(text.get("y")) - 4 for text in ticks if text.get("text-anchor") == "end"}


def test_the_curve_stands_where_its_ticks_say() -> None:
    root = parsed(history([1.0, 0.5, 0.25, 0.3], [0.9, 0.8, 0.7, 0.6], 3))
    ticks = heights(root)
    zero, one = ticks["0"], ticks["1"]
    for kind, series in (("training", [1.0, 0.5, 0.25, 0.3]), ("validation", [0.9, 0.8, 0.7, 0.6])):
        found = [(y - zero) / (one - zero) for _, y in curve(root, kind)]
        assert found == pytest.approx(series, abs=1e-4)


def test_on_a_logarithmic_scale_every_decade_is_as_high_as_the_next() -> None:
    root = parsed(history([1.0, 0.1, 0.01, 0.001], best=4))
    ticks = heights(root)
    assert list(ticks) == ["0.001", "0.01", "0.1", "1"]
    assert [y for _, y in curve(root, "training")] == pytest.approx([ticks[t] for t in ("1", "0.1", "0.01", "0.001")])


@pytest.mark.parametrize(
    "found",
    [
        history([0.5], best=1), history([0.5], [0.25], 1), history([0.0, 0.0], best=1),
        history([2.0, 2.0, 2.0], best=1),
        history([1e-300, 1e300], best=1), history([0.0, 1.79e308], best=1), history([5e-324, 1.0], best=1),
        history([1e308, 1e308], best=1), history([-1.0, -2.0, -3.0], best=3), history([1.0, 1.0 + 1e-15], best=1),
        history([1.0 / epoch for epoch in range(1, 20_001)], best=20_000), history([1.0, 2.0], best=0),
    ],
)  # fmt: skip
def test_every_history_gives_a_picture_within_its_frame_and_without_nan(found) -> None:
    svg = loss_svg(found).svg
    root = ElementTree.fromstring(svg)
    assert "nan" not in svg.lower().replace("sans", "") and "inf" not in svg.lower()
    width, height = float(root.get("width")), float(root.get("height"))
    for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(p.get("d") for p in root.iter(f"{SVG}path"))):
        assert 0 <= float(x) <= width and 0 <= float(y) <= height
    assert len(svg) < 60_000


def test_training_and_validation_differ_by_more_than_their_colour() -> None:
    style = parsed(history(validation=[1, 1, 1, 1])).find(f"{SVG}style").text
    assert re.search(r"\.validation \.curve\{[^}]*stroke-dasharray", style)
    assert not re.search(r"\.training \.curve\{[^}]*stroke-dasharray", style)
    assert "prefers-color-scheme:dark" in style


def test_a_title_is_escaped_and_stands_in_the_picture_and_for_screen_readers() -> None:
    title = "<script>alert('1')</script> & \"more\" \x00"
    svg = loss_svg(history(), title=title).svg
    root = ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert root.find(f"{SVG}title").text == "<script>alert('1')</script> & \"more\" "
    assert root.find(f"{SVG}desc").text == described(history())
    assert [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "heading"] == [title.rstrip("\x00")]


def test_the_description_tells_ends_and_best_epoch() -> None:
    assert described(history([0.5], [0.25], 1)) == (
        "The training loss of one epoch is 0.5. The validation loss is 0.25. The best epoch is 1, with 0.25."
    )


def test_a_curve_is_shown_by_notebooks_and_saved(tmp_path) -> None:
    made = loss_svg(history())
    assert made._repr_svg_() == made.svg == made.save(tmp_path / "a.SVG").read_text(encoding="utf-8")


# ---------------------------------------------------------------- ticks and places


def test_round_ticks_are_round_few_and_inside() -> None:
    for low, high in ((0.0, 1.0), (-3.0, 17.0), (1e-9, 3e-9), (0.0, 1e300), (0.99, 1.01), (-1e308, 1e308)):
        ticks = round_ticks(low, high)
        assert 3 <= len(ticks) <= 7, (low, high)
        assert low - 1e-9 * abs(low) <= ticks[0] and ticks[-1] <= high + 1e-9 * abs(high)
        assert {f"{high / 2 - low / 2:.0e}"} and all(len(f"{tick:.12g}") < 9 for tick in ticks)


def test_ticks_of_epochs_are_whole_and_begin_with_the_first() -> None:
    for last in (1, 2, 3, 7, 10, 99, 100, 1234, 100_000):
        ticks = whole_ticks(1, last)
        assert ticks[0] in (1, 2) and ticks[-1] <= last and len(ticks) <= 10
    assert whole_ticks(1, 80) == [1, 10, 20, 30, 40, 50, 60, 70, 80]


def test_decades_are_powers_of_ten_even_at_the_ends_of_floats() -> None:
    assert decade_ticks(1e-3, 1e3) == [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0]
    assert len(decade_ticks(1e-300, 1e308)) <= 7


def test_thinning_keeps_ends_peaks_and_valleys() -> None:
    losses = [1.0] * 50_000
    losses[12_345], losses[40_000] = 9.0, 0.001
    kept = thinned(losses, 500)
    assert {1, 12_346, 40_001, 50_000} <= set(kept) and kept == sorted(set(kept)) and len(kept) <= 2000


def test_places_keep_their_order_and_distance() -> None:
    heights_ = [0.5, 0.51, 0.505, 0.98, 0.99, 0.0]
    places = spread(heights_, 0.1)
    assert sorted(range(6), key=places.__getitem__) == sorted(range(6), key=heights_.__getitem__)
    ordered = sorted(places)
    assert min(b - a for a, b in zip(ordered, ordered[1:], strict=False)) >= 0.1 - 1e-9
    assert ordered[0] >= 0 and ordered[-1] <= 1 + 1e-9
    assert spread([], 0.1) == [] and spread([0.2, 0.8], 0.1) == [0.2, 0.8]
