from .ops import *
from .ops import sum_ as sum, absolute as abs
from .value import Value, evaluate
from .anomaly import anomaly
from .modes import no_grad
from . import generated
