"""A network that predicts numbers, with scikit-learn's manners."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from ..errors import DataError
from ..losses import mse_loss
from ..metrics import r_squared
from ..tables import Scaling
from . import reading
from .base import Estimator
from .manners import as_array


class Regressor(Estimator):
    """A multi-layer perceptron that predicts numbers: one for each row, or several.

    >>> import nn
    >>> X = [[x / 10] for x in range(-10, 11)]
    >>> y = [x * x for [x] in X]
    >>> net = nn.Regressor(hidden=(8,), epochs=300).fit(X, y)
    >>> net.score(X, y) > 0.99
    True

    The settings are those of `nn.Classifier`; the loss is `nn.mse_loss`, the mean of the squared errors. `scale` brings
    the targets to mean 0 and deviation 1, too, and predictions back. y has a number for each row, or a list of numbers;
    predictions are NumPy arrays where NumPy is installed, else lists. After `fit` there are `net_` (an `nn.MLP`),
    `scaling_`, `target_scaling_`, `history_`, `n_features_in_`, and `feature_names_in_` if X had names.

    Raises NotFittedError for predictions before `fit`, DataError for data, NetworkError for settings.
    """

    _estimator_type = "regressor"
    _takes_several_outputs = True
    _loss = staticmethod(mse_loss)

    target_scaling_: Scaling | None

    def predict(self, X: Any) -> Any:
        """The predicted number of each row, or its predicted numbers."""
        found = self._numbers(X)
        return as_array([row[0] for row in found] if self.net_.outputs == 1 else found)

    def score(self, X: Any, y: Any) -> float:
        """R², the share of the targets' variance that is predicted: 1 − Σ(y − t)²/Σ(t − mean)²; the mean over outputs.

        It is 0 for a model that always predicts the mean, and negative for a worse one. Where all targets are alike it
        is 1 if they are met, else 0. Raises DataError for another number of targets than the network has outputs.
        """
        found = self._numbers(X)
        targets = reading.targets(y, len(found), type(self).__name__)
        if len(targets[0]) != self.net_.outputs:
            raise DataError(f"y has {len(targets[0])} columns, and {self.net_.outputs} are predicted")
        return fmean(map(r_squared, zip(*found, strict=True), zip(*targets, strict=True)))

    def _read(self, y: Any, count: int, name: str) -> tuple[dict[str, Any], list[Any], int]:
        rows = reading.targets(y, count, name)
        scaling = Scaling.standard(rows) if self.scale else None
        return {"target_scaling_": scaling}, scaling.apply(rows) if scaling else rows, len(rows[0])

    def _numbers(self, X: Any) -> list[Sequence[float]]:
        found: list[Sequence[float]] = list(self._outputs(X))
        return self.target_scaling_.inverse(found) if self.target_scaling_ else found
