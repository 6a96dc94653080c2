"""What training leaves behind: numbers for every epoch, and why it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import NetworkError
from .module import Module
from .words import counted


@dataclass(repr=False)
class History:
    """The record of a training, one item per epoch in each of its lists.

    `losses` is the mean over the samples of an epoch, each computed before the step that it led to; `validation_losses`
    is that of the held-out samples after the epoch. `metrics` holds a list for each metric by name, and one under
    "validation_" + name. `gradient_norms` holds a list for each layer: the mean over the epoch's steps of √Σ g², before
    clipping. `snapshots[e]` has every parameter by label after epoch e, `snapshots[0]` before the first (if asked for).

    `epochs` is the number of epochs that were completed, `best_epoch` the one with the best validation loss (without
    validation: the best loss), counted from 1. `stopped` is "epochs", "patience", "callback" or "interrupted".
    """

    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    gradient_norms: list[list[float]] = field(default_factory=list)
    snapshots: list[dict[str, float]] = field(default_factory=list)
    epochs: int = 0
    best_epoch: int = 0
    stopped: str = ""

    @property
    def monitored(self) -> list[float]:
        """The losses by which epochs are compared: those of the validation, if there are any."""
        return self.validation_losses or self.losses

    def trim(self) -> None:
        """Cut all lists to the completed epochs: Ctrl-C may come between any two of them."""
        for series in (self.losses, self.validation_losses, *self.metrics.values(), *self.gradient_norms):
            del series[self.epochs :]
        del self.snapshots[self.epochs + 1 :]

    def weights(self) -> Sequence[dict[str, float]]:
        """The snapshots; raises NetworkError if none were asked for."""
        if not self.snapshots:
            raise NetworkError("this history has no weights of the epochs: call fit(..., snapshots=True)")
        return self.snapshots

    def check_network(self, net: Module) -> None:
        """Raise NetworkError if layers or labels tell that this is the history of another network.

        What was trained from other weights cannot be told from them.
        """
        labels, layers = set(net.named_parameters()), len(getattr(net, "layers", [net]))
        strangers = sorted(labels.symmetric_difference(*self.snapshots[:1])) if self.snapshots else []
        if strangers:
            raise NetworkError(f"this history is that of another network: '{strangers[0]}' is in one of the two only")
        if self.gradient_norms and len(self.gradient_norms) != layers:
            raise NetworkError(f"this history is that of another network: it has {len(self.gradient_norms)} layers, and"
                               f" this one has {layers}")  # fmt: skip

    def __len__(self) -> int:
        return self.epochs

    def __bool__(self) -> bool:
        return True  # A history without epochs is one, too.

    def __repr__(self) -> str:
        parts = [counted(self.epochs, "epoch")]
        parts += [f"loss {_ends(self.losses)}"] if self.losses else []
        parts += [f"validation loss {_ends(self.validation_losses)}"] if self.validation_losses else []
        parts += [f"{name} {_ends(series)}" for name, series in self.metrics.items() if series]
        return f"<History: {', '.join(parts)}; stopped by {self.stopped or 'nothing yet'}>"


def _ends(series: list[float]) -> str:
    return f"{series[0]:.4g} → {series[-1]:.4g}" if len(series) > 1 else f"{series[0]:.4g}"
