"""What the README says is true: its commands, their output, its links. (Its Python blocks run as doctests.)"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_two_shell_blocks_run_the_main_job_and_the_tests():
    first, second = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[:2]
    assert "python -m autograd demo" in first
    assert "python -m pytest" in second


def test_the_console_session_prints_what_it_says(tmp_path):
    sessions = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)
    assert sessions
    for command, expected in sessions:
        arguments = shlex.split(command)
        assert arguments[0] == "python"
        done = subprocess.run([sys.executable, *arguments[1:]], cwd=tmp_path, capture_output=True, text=True,
                              encoding="utf-8", env=_environment())
        assert expected.strip() == done.stdout.strip()
        assert "" == done.stderr


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def _environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"}
