"""Classifier and Regressor: scikit-learn's manners, by scikit-learn's own checks, and what they say about mistakes."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from random import Random

import pytest

import nn
from nn.estimators import NotFittedError

pytest.importorskip("sklearn", reason="scikit-learn is the oracle here (extra [test])")
numpy = pytest.importorskip("numpy")

from sklearn.base import clone, is_classifier, is_regressor  # noqa: E402
from sklearn.compose import make_column_transformer  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.exceptions import NotFittedError as TheirNotFittedError  # noqa: E402
from sklearn.metrics import r2_score  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

QUICK = {"hidden": (4,), "epochs": 4, "lr": 0.1, "batch_size": 16}
SQUARE, OTHER = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
EITHER = pytest.mark.parametrize("kind", [nn.Classifier, nn.Regressor])


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


# ---------------------------------------------------------------- scikit-learn's own checks

REFUSED = {
    "check_dtype_object": "of a dict in X it wants Python's own TypeError; ours is a DataError that names the row",
}


def checks(*estimators):
    """scikit-learn's checks, as arguments of pytest.mark.parametrize."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Estimator .* does not inherit from")  # that is the point
        mark = parametrize_with_checks(list(estimators))
        return {"argnames": mark.args[0], "argvalues": list(mark.args[1]), "ids": mark.kwargs["ids"]}


@pytest.mark.parametrize(**checks(nn.Classifier(**QUICK), nn.Regressor(**QUICK)))
def test_scikit_learns_checks_pass(estimator, check):
    name = getattr(check, "func", check).__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke some, and look at them themselves
        if name not in REFUSED:
            check(estimator)
            return
        with pytest.raises(nn.DataError, match="row 0 of X holds {'foo': 'bar'}"):
            check(estimator)


def test_a_classifier_that_knows_one_class_only_fails_those_checks():
    class Forgetful(nn.Classifier):
        def predict(self, X):
            return numpy.full(len(X), self.classes_[0])

    found = [getattr(pair, "values", pair)[1] for pair in checks(Forgetful(**QUICK))["argvalues"]]
    wrong = [check for check in found if check.func.__name__ == "check_classifiers_train"]
    with pytest.raises(AssertionError):
        wrong[0](Forgetful(**QUICK))


# ---------------------------------------------------------------- at work in scikit-learn


def test_scikit_learn_knows_what_they_are():
    assert is_classifier(nn.Classifier()) and not is_classifier(nn.Regressor())
    assert is_regressor(nn.Regressor()) and not is_regressor(nn.Classifier())


def test_in_a_pipeline_and_cross_validated_iris_is_learned(iris):
    chain = make_pipeline(StandardScaler(), nn.Classifier(hidden=(4,), epochs=15, lr=0.1))
    assert cross_val_score(chain, *iris, cv=3).mean() >= 0.93


def test_scorers_that_need_probabilities_take_them(iris):
    X, y = iris
    assert cross_val_score(nn.Classifier(**QUICK), X, y, cv=2, scoring="roc_auc_ovr").min() > 0.9
    listed = cross_val_score(nn.Classifier(**QUICK), X[50:].tolist(), y[50:].tolist(), cv=2, scoring="roc_auc")
    assert listed.min() > 0.9
    found = cross_val_predict(nn.Classifier(**QUICK), X, y, cv=2, method="predict_proba")
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_a_grid_search_finds_settings(iris):
    grid = {"hidden": [(), (4,)], "optimizer": ["adam", "sgd"]}
    search = GridSearchCV(nn.Classifier(epochs=5, lr=0.05), grid, cv=2).fit(*iris)
    assert set(search.best_params_) == {"hidden", "optimizer"}
    assert search.best_score_ > 0.8
    assert search.best_estimator_.net_.layers


def test_encoded_categories_of_a_frame_are_taken_sparse_or_not():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"colour": ["red", "green", "blue", "red"] * 10, "size": [float(k) for k in range(40)]})
    is_red = frame["colour"].eq("red")
    for options in ({"sparse_threshold": 0.0}, {"sparse_threshold": 1.0}):
        columns = make_column_transformer((OneHotEncoder(), ["colour"]), (StandardScaler(), ["size"]), **options)
        chain = make_pipeline(columns, nn.Classifier(epochs=40, lr=0.05)).fit(frame, is_red)
        assert chain.score(frame, is_red) == 1.0
        assert chain.predict(frame).dtype == bool


def test_a_pipeline_with_them_is_shown_in_notebooks(iris):
    chain = make_pipeline(StandardScaler(), nn.Classifier(**QUICK)).fit(*iris)
    assert "Classifier" in chain._repr_html_()


def test_clones_have_the_settings_and_nothing_that_was_learned(iris):
    fitted = nn.Classifier(**QUICK, rng=Random(3)).fit(*iris)
    fresh = clone(fitted)
    assert fresh.get_params().keys() == fitted.get_params().keys()
    assert (fresh.hidden, fresh.epochs, fresh.lr) == ((4,), 4, 0.1)
    assert not hasattr(fresh, "net_")


def test_nothing_of_scikit_learn_is_imported():
    program = """
import sys, warnings, nn
net = nn.Classifier(hidden=(3,), epochs=2).fit([[0.0], [1.0]], [0, 1])
repr(net), net.get_params(), net.set_params(epochs=3), net.predict_proba([[0.5]]), net.score([[0.5]], [1])
try:
    nn.Regressor().predict([[1.0]])
except (AttributeError, ValueError) as error:
    print(type(error).__name__, "sklearn" in sys.modules, "pandas" in sys.modules)
"""
    root = Path(nn.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, timeout=120)
    assert (done.stdout.split(), done.stderr) == (["NotFittedError", "False", "False"], "")


# ---------------------------------------------------------------- what they compute


def test_the_classifier_is_a_network_trained_by_fit(iris):
    X, y = iris[0][::5], iris[1][::5]
    found = nn.Classifier(hidden=(3,), epochs=4, lr=0.05, batch_size=8, rng=5).fit(X, y)

    net = nn.MLP(4, [3, 3], "tanh", output_activation="identity", rng=5)
    scaled = StandardScaler().fit_transform(X)
    history = nn.fit(
        net, scaled, y, loss=nn.cross_entropy, optimizer=nn.Adam(net.parameters(), lr=0.05), epochs=4, batch_size=8,
        rng=5,
    )  # fmt: skip
    assert found.history_.losses == pytest.approx(history.losses, rel=1e-9)
    for row, scaled_row in zip(found.predict_proba(X), scaled, strict=True):
        powers = numpy.exp(net.predict(scaled_row))
        assert row == pytest.approx(powers / powers.sum(), rel=1e-9)


def test_without_a_hidden_layer_it_is_logistic_regression(iris):
    from sklearn.linear_model import LogisticRegression

    X, y = StandardScaler().fit_transform(iris[0][50:]), iris[1][50:]
    strength = 0.1
    ours = nn.Classifier(
        (), epochs=150, lr=0.5, optimizer="sgd", batch_size=None, weight_decay=strength, scale=False
    ).fit(X, y)  # fmt: skip
    # Two outputs share one difference w: ½·λ·(|w/2|² + |w/2|²) = ½·(λ/2)·|w|². Our biases are penalised, too.
    options = {"fit_intercept": False, "tol": 1e-6, "max_iter": 500, "solver": "newton-cg"}
    theirs = LogisticRegression(C=2 / (strength * len(y)), **options)
    theirs.fit(numpy.column_stack([X, numpy.ones(len(y))]), y)
    expected = theirs.predict_proba(numpy.column_stack([X, numpy.ones(len(y))]))
    assert ours.predict_proba(X) == pytest.approx(expected, abs=1e-4)


def test_the_score_of_a_regressor_is_r_squared_of_one_output_and_of_several():
    X = numpy.linspace(-1, 1, 12).reshape(-1, 1)
    for y in (X[:, 0] ** 2, numpy.column_stack([X, X**2, numpy.full_like(X, 3.0)])):
        found = nn.Regressor(**QUICK).fit(X, y)
        assert found.predict(X).shape == y.shape
        assert found.score(X, y) == pytest.approx(r2_score(y, found.predict(X)))


def test_a_regressor_needs_no_scaled_targets():
    X = [[float(k)] for k in range(10)]
    y = [1e6 + 1e5 * k for k in range(10)]
    found = nn.Regressor(hidden=(), epochs=150, lr=0.05).fit(X, y)
    assert found.score(X, y) > 0.999
    assert found.target_scaling_.centres == (pytest.approx(1.45e6),)


def test_targets_that_are_all_alike_are_met():
    found = nn.Regressor(hidden=(2,), epochs=60, lr=0.05).fit([[0.0], [1.0], [2.0]], [7.0, 7.0, 7.0])
    assert found.predict([[0.5]]) == pytest.approx([7.0], abs=0.1)
    assert found.score([[0.0]], [9.0]) == 0.0
    at_once = nn.Regressor(hidden=(), epochs=0).fit([[0.0], [2.0]], [7.0, 7.0])
    assert at_once.score([[1.0]], [7.0]) == 1.0


def test_without_scaling_the_network_sees_the_numbers_as_they_are():
    found = nn.Regressor(hidden=(), epochs=0, scale=False).fit([[2.0], [4.0]], [1.0, 2.0])
    assert (found.scaling_, found.target_scaling_) == (None, None)
    assert found.predict([[3.0]]).tolist() == found.net_.predict([3.0])


def test_a_seed_gives_the_same_results_and_another_seed_others(iris):
    def probabilities(rng):
        return nn.Classifier(**QUICK, rng=rng).fit(*iris).predict_proba(iris[0][:5]).tolist()

    assert probabilities(1) == probabilities(1) == probabilities(numpy.int64(1))
    assert probabilities(Random(1)) == probabilities(Random(1))
    assert probabilities(1) != probabilities(2)


def test_global_random_state_is_left_alone(iris):
    import random

    before = random.getstate(), numpy.random.get_state()[1].tolist()
    nn.Classifier(**QUICK).fit(*iris)
    assert (random.getstate(), numpy.random.get_state()[1].tolist()) == before


def test_validation_and_patience_end_a_training_early(iris):
    found = nn.Classifier(hidden=(4,), epochs=500, lr=0.1, validation=0.2, patience=2).fit(*iris)
    assert found.history_.stopped == "patience"
    assert found.history_.epochs < 100


def test_copies_and_pickles_predict_the_same(iris):
    fitted = nn.Classifier(**QUICK).fit(*iris)
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert other.predict_proba(iris[0][:3]).tolist() == fitted.predict_proba(iris[0][:3]).tolist()


# ---------------------------------------------------------------- classes


@pytest.mark.parametrize(
    "y",
    [OTHER, [2, 7, 7, 2], [1.0, 0.0, 0.0, 1.0], [True, False, False, True], numpy.array(OTHER, dtype=object),
     numpy.array([3, 1, 1, 3], dtype="int8"), tuple(OTHER)],
    ids=["text", "numbers", "floats", "bools", "object array", "int8 array", "tuple"],
)  # fmt: skip
def test_predictions_are_of_the_kind_of_the_classes(y):
    found = nn.Classifier(hidden=(4,), epochs=100, lr=0.1).fit(SQUARE, y)
    assert found.predict(SQUARE).tolist() == list(y)
    assert found.classes_.tolist() == sorted(set(y))
    assert found.score(SQUARE, y) == 1.0


def test_a_class_that_was_never_seen_counts_as_wrong():
    found = nn.Classifier(hidden=(4,), epochs=100, lr=0.1).fit(SQUARE, OTHER)
    assert found.score(SQUARE, [*OTHER[:3], "new"]) == 0.75


def test_without_numpy_predictions_are_lists(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    found = nn.Classifier(hidden=(4,), epochs=100, lr=0.1).fit(SQUARE, OTHER)
    assert found.predict(SQUARE) == OTHER
    assert found.classes_ == ["other", "same"]
    assert [len(row) for row in found.predict_proba(SQUARE)] == [2] * 4
    assert type(nn.Regressor(**QUICK).fit([[0], [1]], [0, 1]).predict([[1]])) is list


# ---------------------------------------------------------------- settings


@EITHER
def test_settings_are_kept_as_given_and_read_back(kind):
    hidden = [3, 3]
    made = kind(hidden, rng=7)
    assert made.get_params()["hidden"] is hidden
    assert made.set_params(epochs=3, scale=False) is made
    assert (made.epochs, made.scale) == (3, False)
    assert kind(**made.get_params()).get_params() == made.get_params()


@EITHER
def test_the_representation_shows_what_is_not_usual(kind):
    name = kind.__name__
    assert (repr(kind()), repr(kind((2,), epochs=5))) == (f"{name}()", f"{name}(hidden=(2,), epochs=5)")


@EITHER
@pytest.mark.parametrize(
    "settings, told",
    [
        ({"hidden": "eight"}, "hidden has the sizes of the hidden layers, such as \\(8,\\); it was given 'eight'"),
        ({"hidden": None}, "hidden has the sizes"),
        ({"hidden": (0,)}, "whole number from 1 on"),
        ({"hidden": (2.5,)}, "whole number from 1 on"),
        ({"activation": "swoosh"}, "there is no activation 'swoosh'"),
        ({"epochs": -1}, "epochs is a whole number from 0 on"),
        ({"lr": "fast"}, "the learning rate lr"),
        ({"lr": -0.1}, "from 0 on"),
        ({"batch_size": 0}, "batch_size is a whole number from 1 on"),
        ({"optimizer": "lbfgs"}, "there is no optimizer 'lbfgs': there are 'adam', 'sgd'"),
        ({"optimizer": ["adam"]}, "there is no optimizer \\['adam'\\]: there are 'adam', 'sgd'"),
        ({"weight_decay": -1}, "weight_decay"),
        ({"validation": 2}, "validation is a fraction"),
        ({"patience": 3}, "patience watches the validation loss"),
        ({"rng": None}, "rng is a whole number or a random.Random; it was given None"),
        ({"rng": numpy.random.RandomState(0)}, "rng is a whole number or a random.Random"),
    ],
)
def test_a_wrong_setting_is_refused_by_fit_and_not_before(kind, settings, told):
    made = kind(**settings)
    with pytest.raises(nn.NetworkError, match=told):
        made.fit([[0.0], [1.0]], [0, 1])
    assert not hasattr(made, "net_")


def test_an_unknown_setting_names_those_there_are():
    with pytest.raises(nn.NetworkError, match="Invalid parameter 'rate' for estimator Classifier. Valid .*'lr'"):
        nn.Classifier().set_params(epochs=3, rate=0.1)
    assert nn.Classifier().epochs == 200


def test_a_number_may_stand_for_one_hidden_layer():
    assert nn.Classifier(hidden=3, epochs=1).fit(SQUARE, OTHER).net_.layers[0].outputs == 3


# ---------------------------------------------------------------- data


@pytest.mark.parametrize(
    "X, told, row",
    [
        ([[1, 2], [3, None]], "row 1 of X holds None", 1),
        ([[1, 2], [3, math.nan]], "row 1 of X holds NaN, a missing number", 1),
        ([[1, math.inf], [3, 4]], "row 0 of X holds inf", 0),
        ([[1, "red"], [3, 4]], "row 0 of X holds 'red'.*OneHotEncoder, or nn.read_csv", 0),
        ([[1, 2j], [3, 4]], "Complex data not supported", 0),
        ([[1, [2]], [3, 4]], "row 0 of X holds", 0),
        ([[1, 2], [3]], "row 1 of X has 1 number, and row 0 has 2", 1),
        ([[1, 2], 3], "row 1 of X is 3, not a list of numbers", 1),
        ([1, 2], "Reshape your data", None),
        ([[], []], "0 feature", None),
        ([], "X is empty", None),
        (None, "X is a list or an array", None),
        ("rows", "X is a list or an array", None),
        ({"a": [1]}, "X is a list or an array", None),
        ([[1, 2]], "X has 1 row and y has 2", None),
    ],
    ids=str,
)
@EITHER
def test_wrong_data_are_refused_in_one_sentence_with_their_row(kind, X, told, row):
    made = kind()
    with pytest.raises(nn.DataError, match=told) as caught:
        made.fit(X, [0, 1])
    assert caught.value.row == row
    assert "\n" not in str(caught.value)
    assert not hasattr(made, "net_")


@pytest.mark.parametrize(
    "y, told",
    [
        ([0.5, 1.5], "Unknown label type: continuous. Row 0 of y is 0.5.*use nn.Regressor"),
        (["a", "a"], "y has one class only, 'a'"),
        (["a", 1], "y mixes numbers and text, such as 1 and 'a'"),
        (["a", None], "row 1 of y is None"),
        (["a", math.nan], "row 1 of y is nan"),
        ([[1, 0], [0, 1]], "y has several columns"),
        (None, "requires y to be passed"),
        ("ab", "y is a list or an array"),
    ],
    ids=str,
)
def test_what_are_no_classes_is_refused(y, told):
    with pytest.raises(nn.DataError, match=told):
        nn.Classifier().fit([[0.0], [1.0]], y)


@pytest.mark.parametrize(
    "y, told",
    [
        (["a", "b"], "row 0 of y holds 'a' .*no number: give numbers; for classes there is nn.Classifier"),
        ([1.0, math.nan], "row 1 of y holds NaN"),
        ([[1.0, 2.0], [3.0]], "row 1 of y has 1 number, and"),
        (None, "requires y to be passed"),
    ],
    ids=str,
)
def test_what_are_no_numbers_to_predict_is_refused(y, told):
    with pytest.raises(nn.DataError, match=told):
        nn.Regressor().fit([[0.0], [1.0]], y)


@EITHER
def test_before_fit_one_error_says_so_to_whoever_catches_it(kind):
    with pytest.raises(NotFittedError, match=f"this {kind.__name__} is not fitted yet: call fit") as caught:
        kind().predict([[1.0]])
    assert isinstance(caught.value, (nn.NetworkError, AttributeError))
    assert isinstance(caught.value, TheirNotFittedError)
    assert type(pickle.loads(pickle.dumps(caught.value))) is NotFittedError


@EITHER
def test_new_rows_must_have_the_columns_of_fit(kind):
    made = kind(**QUICK).fit(SQUARE, [0, 1, 1, 0])
    for ask in (made.predict, lambda X: made.score(X, [0])):
        with pytest.raises(nn.DataError, match=f"X has 1 features, but {kind.__name__} is expecting 2 features"):
            ask([[1.0]])
    assert made.n_features_in_ == 2


def test_a_score_needs_as_many_targets_as_are_predicted():
    made = nn.Regressor(**QUICK).fit(SQUARE, [[0, 1]] * 4)
    with pytest.raises(nn.DataError, match="y has 1 columns, and 2 are predicted"):
        made.score(SQUARE, [0, 1, 2, 3])


def test_names_of_columns_are_kept_and_compared():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(SQUARE, columns=["left", "right"])
    made = nn.Classifier(**QUICK).fit(frame, pandas.Series(OTHER))
    assert made.feature_names_in_.tolist() == ["left", "right"]
    with pytest.raises(nn.DataError, match="unseen at fit time:\n- up\n.*now missing:\n- right"):
        made.predict(frame.rename(columns={"right": "up"}))
    with pytest.warns(UserWarning, match="does not have valid feature names, but Classifier was fitted") as told:
        made.predict(SQUARE)
    assert told[0].filename == __file__
    assert not hasattr(made.fit(SQUARE, OTHER), "feature_names_in_")
    with pytest.raises(nn.DataError, match="row 0 of X holds 'red' \\(str\\) in column 'colour'"):
        made.fit(pandas.DataFrame({"colour": ["red", "blue"]}), [0, 1])


def test_a_training_that_leaves_the_floats_says_what_to_do_and_keeps_what_was_fitted_before():
    made = nn.Regressor(hidden=(2,), activation="relu", epochs=5, scale=False).fit(SQUARE, [0, 1, 1, 0])
    before = made.net_
    made.set_params(optimizer="sgd", lr=1e200, epochs=50)
    with pytest.raises(nn.TrainingError, match="Lower the learning rate"):
        made.fit([[1e3], [2e3], [3e3], [5e3]], [1e3, 2e3, -1e3, 7e3])
    assert made.net_ is before and made.n_features_in_ == 2
