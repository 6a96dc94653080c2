"""How a model for somebody's own data is made and trained, unless it is told otherwise.

`nn.Model`, `nn.Classifier`, `nn.Regressor` and the command line all take it from here: of the same rows comes the same
model.
"""

from __future__ import annotations

HIDDEN = (8,)
ACTIVATION = "tanh"
OPTIMIZER = "adam"  # at the rate that suits columns once they are scaled: `optimisers.OPTIMISERS`
EPOCHS = 200
BATCH_SIZE = 32
