"""What `Classifier` and `Regressor` share: settings, training, and scikit-learn's manners."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, ClassVar, TypeVar

from ..defaults import ACTIVATION, BATCH_SIZE, EPOCHS, HIDDEN, OPTIMIZER
from ..errors import DataError, NetworkError
from ..history import History
from ..layers import MLP
from ..module import whole
from ..optimisers import by_name
from ..tables import Scaling
from ..training import fit
from .manners import as_array, exception, tags
from .reading import Table, check_names, table

Self = TypeVar("Self", bound="Estimator")


class NotFittedError(NetworkError, AttributeError):
    """An estimator was asked for a prediction before `fit`; where scikit-learn is loaded, it is its error, too."""


class Estimator(ABC):
    """A multi-layer perceptron with `fit`, `predict` and `score`."""

    _estimator_type: ClassVar[str]  # what scikit-learn before 1.6 reads
    _takes_several_outputs: ClassVar[bool] = False
    _loss: ClassVar[Callable[..., Any]]

    net_: MLP
    history_: History
    scaling_: Scaling | None
    n_features_in_: int

    def __init__(
        self,
        hidden: int | Sequence[int] = HIDDEN,
        activation: Any = ACTIVATION,
        *,
        epochs: int = EPOCHS,
        lr: float | None = None,
        batch_size: int | None = BATCH_SIZE,
        optimizer: str = OPTIMIZER,
        weight_decay: float = 0.0,
        validation: float | None = None,
        patience: int | None = None,
        scale: bool = True,
        rng: int | Random = 0,
        progress: bool | None = None,
    ) -> None:
        # Nothing is checked or changed here, but in `fit`: scikit-learn copies estimators by their settings.
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.validation = validation
        self.patience = patience
        self.scale = scale
        self.rng = rng
        self.progress = progress

    def fit(self: Self, X: Any, y: Any) -> Self:
        """Train a new network on rows X and their targets y; returns the estimator itself.

        Raises DataError for data that cannot be trained on, NetworkError for settings, and TrainingError if the rate
        is so large that the numbers leave the range of floats.
        """
        data, name = table(X), type(self).__name__
        fitted, targets, outputs = self._read(y, len(data.rows), name)
        scaling = Scaling.standard(data.rows) if self.scale else None
        net = self._network(data.width, outputs)
        history = fit(
            net, scaling.apply(data.rows) if scaling else data.rows, targets, loss=type(self)._loss,
            optimizer=by_name(self.optimizer, net.parameters(), self.lr, weight_decay=self.weight_decay),
            epochs=self.epochs, batch_size=self.batch_size, rng=self.rng, validation=self.validation,
            patience=self.patience, progress=self.progress,
        )  # fmt: skip
        self._keep(data, {"net_": net, "history_": history, "scaling_": scaling, **fitted})
        return self

    @abstractmethod
    def _read(self, y: Any, count: int, name: str) -> tuple[dict[str, Any], list[Any], int]:
        """Of y: the attributes to keep, the network's targets, and how many outputs the network needs."""

    @abstractmethod
    def predict(self, X: Any) -> Any:
        """A prediction for each row of X."""

    @abstractmethod
    def score(self, X: Any, y: Any) -> float:
        """How good the predictions for X are, compared with y; 1 is best."""

    # ---------------------------------------------------------------- training

    def _network(self, inputs: int, outputs: int) -> MLP:
        hidden = [self.hidden] if whole(self.hidden) is not None else self.hidden
        if isinstance(hidden, (str, bytes, dict)) or not hasattr(hidden, "__iter__"):
            raise NetworkError(f"hidden has the sizes of the hidden layers, such as (8,); it was given {hidden!r}")
        return MLP(inputs, [*hidden, outputs], self.activation, output_activation="identity", rng=self.rng)

    def _keep(self, data: Table, fitted: dict[str, Any]) -> None:
        """Remember what was fitted, in place of what was fitted before."""
        vars(self).pop("feature_names_in_", None)
        vars(self).update(fitted, n_features_in_=data.width)
        if data.names:
            self.feature_names_in_ = as_array(data.names, object)

    # ---------------------------------------------------------------- predicting

    def _outputs(self, X: Any) -> list[list[float]]:
        """What the network puts out for each row."""
        name = type(self).__name__
        if not self.__sklearn_is_fitted__():
            raise _not_fitted(f"this {name} is not fitted yet: call fit(X, y) first")
        data = table(X)
        check_names(data.names, getattr(self, "feature_names_in_", None), name)
        if data.width != self.n_features_in_:
            raise DataError(f"X has {data.width} features, but {name} is expecting {self.n_features_in_} features as "
                            "input")  # fmt: skip
        return [self.net_.predict(row) for row in (self.scaling_.apply(data.rows) if self.scaling_ else data.rows)]

    # ---------------------------------------------------------------- scikit-learn's manners

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, as they were given."""
        return {name: getattr(self, name) for name in _settings(type(self))}

    def set_params(self: Self, **params: Any) -> Self:
        """Change settings by name; returns the estimator itself. Raises NetworkError for a name that is none."""
        known = list(_settings(type(self)))
        for name in params:
            if name not in known:
                raise NetworkError(f"Invalid parameter {name!r} for estimator {type(self).__name__}. Valid parameters "
                                   f"are: {known!r}.")  # fmt: skip
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        return tags(self._estimator_type, multi_output=self._takes_several_outputs)

    def _more_tags(self) -> dict[str, Any]:
        return {"requires_y": True, "multioutput": self._takes_several_outputs}  # scikit-learn before 1.6 asks

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def __repr__(self) -> str:
        usual = _settings(type(self))
        changed = [f"{name}={value!r}" for name, value in self.get_params().items() if repr(value) != repr(usual[name])]
        return f"{type(self).__name__}({', '.join(changed)})"


def _settings(kind: type[Estimator]) -> dict[str, Any]:
    """The names of the settings, and what they are unless given."""
    parameters = list(inspect.signature(kind).parameters.values())
    return {parameter.name: parameter.default for parameter in parameters}


def _not_fitted(message: str) -> NotFittedError:
    theirs = exception("NotFittedError")
    if theirs is None:
        return NotFittedError(message)
    # Another process may restore it without scikit-learn: as ours.
    restored = {"__reduce__": lambda self: (NotFittedError, self.args)}
    both: type[NotFittedError] = type("NotFittedError", (NotFittedError, theirs), restored)
    return both(message)
