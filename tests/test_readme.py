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


def test_the_commands_on_files_of_ones_own_work(tmp_path):
    from nn.examples.iris import flowers

    data = flowers()
    lines = ["length,width,petal length,petal width,species"]
    rows = zip(data.measures, data.species, strict=True)
    lines += [",".join([*map(str, row), data.names[kind]]) for row, kind in rows]
    (tmp_path / "flowers.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "new.csv").write_text("\n".join(lines[:4]), encoding="utf-8")
    block = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[2]
    for command in block.strip().splitlines():
        done = subprocess.run([sys.executable, *shlex.split(command)[1:]], cwd=tmp_path, capture_output=True, text=True,
                              encoding="utf-8", env=_environment())
        assert 0 == done.returncode, done.stderr
    assert "setosa" in (tmp_path / "named.csv").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists():
    named = re.findall(r"\[`(test_\w+)`\]\((tests/\w+\.py)\)", README)
    assert len(named) > 10
    for name, file in named:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def _environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"}
