"""What the command lines share: text in every console, and reports to readers who may have gone."""

from __future__ import annotations

import errno
import os
import sys


def use_utf8() -> None:
    """Let the console take ∂ and η, also where it is not set to UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def tell(told: str, program: str) -> int:
    """Print a report; returns the exit code. A reader who has gone (`| head -1`) is no error."""
    try:
        print(told, flush=True)
    except OSError as error:
        code = 0 if error.errno in (errno.EPIPE, errno.EINVAL) else 2  # EINVAL: what Windows says of a closed pipe
        if code:
            print(f"{program}: the report could not be printed: {error.strerror}", file=sys.stderr)
    else:
        return 0
    # Python flushes once more when it ends, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
