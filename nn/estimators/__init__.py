"""Networks with scikit-learn's manners: `Classifier` and `Regressor`, for its pipelines and searches, or alone."""

from .base import NotFittedError
from .classifier import Classifier
from .regressor import Regressor

__all__ = ["Classifier", "NotFittedError", "Regressor"]
