"""The command line: python -m nn train | predict | explain | demo."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from autograd import AutogradError
from autograd.console import tell, use_utf8

from .commands.arguments import UsageError
from .commands.files import told
from .commands.parsing import parser

INTERRUPTED = 130  # what shells expect of a program that Ctrl-C has ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 after one sentence that says what is wrong."""
    use_utf8()
    try:
        options = parser().parse_args(arguments)
    except UsageError as error:
        return _refuse(str(error))
    try:
        report: str = options.run(options)
    except OSError as error:
        return _refuse(f"nn {options.command}: {told(error)}")
    except AutogradError as error:
        return _refuse(f"nn {options.command}: {error}")
    except KeyboardInterrupt:
        return _refuse(f"nn {options.command}: stopped by Ctrl-C", INTERRUPTED)
    return tell(report, "nn")


def _refuse(sentence: str, code: int = 2) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
