"""Why learning stopped: `diagnose` measures a network on its data and names the one change that helps first.

`CODES` are the codes of all that it may find, in the order in which it is looked for.
"""

from __future__ import annotations

from .finding import CODES, Finding

__all__ = ["CODES", "Finding"]
