"""A network that tells classes apart, with scikit-learn's manners."""

from __future__ import annotations

from typing import Any

from ..activations import softmax
from ..confusion import confusion_matrix
from ..losses import cross_entropy
from ..metrics import largest
from . import reading
from .base import Estimator
from .manners import as_array


class Classifier(Estimator):
    """A multi-layer perceptron that tells classes apart: one output for each class, and softmax over them.

    >>> import nn
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
    >>> net = nn.Classifier(hidden=(4,), epochs=200).fit(X, y)
    >>> print(*net.predict(X))
    same other other same
    >>> net.score(X, y)
    1.0

    `hidden` has the sizes of the hidden layers; () has none of them, which is logistic regression. Training is that of
    `nn.fit` on `nn.cross_entropy`: `epochs`, `batch_size`, `validation` and `patience` are its own, `optimizer` is
    "adam" or "sgd", `lr` its learning rate (None: 0.01 for Adam, 0.1 for SGD), `weight_decay` its penalty. `scale`
    brings every column of X to mean 0 and deviation 1 first, with the means and deviations of the rows to train on.
    `rng` is a seed, or a `random.Random`, which every `fit` then draws on.

    X is a list of rows, an array, a sparse matrix or a data frame of numbers, y a class for each row: text or whole
    numbers. Predictions are NumPy arrays where NumPy is installed, else lists. After `fit` there are `classes_`, sorted
    (the order of the outputs and of the columns of `predict_proba`), `net_` (an `nn.MLP`, whose outputs are logits),
    `scaling_`, `history_`, `n_features_in_`, and `feature_names_in_` if X had names. Weights for samples are not
    supported: `fit` has no `sample_weight`.

    It works in scikit-learn's `Pipeline`, `cross_val_score` and `GridSearchCV`, and needs nothing of scikit-learn.
    Raises NotFittedError for predictions before `fit`, DataError for data, NetworkError for settings.
    """

    _estimator_type = "classifier"
    _loss = staticmethod(cross_entropy)

    classes_: Any

    def predict(self, X: Any) -> Any:
        """The most probable class of each row."""
        return as_array(self._chosen(X))

    def predict_proba(self, X: Any) -> Any:
        """The probability of every class for each row, in the order of `classes_`."""
        return as_array(self._probabilities(X))

    def score(self, X: Any, y: Any) -> float:
        """The accuracy: the share of rows whose class is predicted right."""
        chosen = self._chosen(X)
        return confusion_matrix(chosen, reading.labels(y, len(chosen), type(self).__name__)).accuracy

    def _read(self, y: Any, count: int, name: str) -> tuple[dict[str, Any], list[Any], int]:
        labels = reading.labels(y, count, name)
        classes = reading.classes(labels)
        numbers = {label: number for number, label in enumerate(classes)}
        return {"classes_": as_array(classes)}, [numbers[label] for label in labels], len(classes)

    def _probabilities(self, X: Any) -> list[list[float]]:
        return [softmax(logits) for logits in self._outputs(X)]

    def _chosen(self, X: Any) -> list[Any]:
        """The predicted classes, as Python's numbers or text."""
        found = self._probabilities(X)
        classes = list(getattr(self.classes_, "tolist", lambda: self.classes_)())
        return [classes[largest(row)] for row in found]
