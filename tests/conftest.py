"""What every test shares: the two engines, and the promise that no test leaves anything behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograd import generated, ops
from autograd.__main__ import main
from autograd.modes import here
from autograd.op import TABLE
from autograd.operators import Operators
from autograd.value import Value


def is_generated() -> bool:
    """Whether the generated engine is in place."""
    return ops.exp.record is not None


BY_DEFAULT_GENERATED = os.environ.get("CHAINRULE_ENGINE") != "definition"


@pytest.fixture(params=["generated", "definition"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test twice: on the methods generated from the table, and on the definition in `value.py`."""
    if request.param == "generated":
        generated.install()
    else:
        generated.uninstall()
    yield request.param
    (generated.install if BY_DEFAULT_GENERATED else generated.uninstall)()


@pytest.fixture(scope="module", autouse=True)
def _what_was_before_is_out_of_the_collectors_view() -> None:
    """Hide all objects there are from the garbage collector.

    Thousands of collected tests, and the packages and reports of others, stay to the end; walking through them whenever
    a test makes a large graph, or asks for a collection, would take longer than the tests.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def table() -> Iterator[dict[str, object]]:
    """The table of operations; whatever the test adds to it is taken out again."""
    known = set(TABLE)
    yield TABLE
    for name in set(TABLE) - known:
        del TABLE[name]
        generated._methods.pop(name, None)
        generated._owner.pop(name, None)
        for owner in (Value, Operators):
            if name in vars(owner):
                delattr(owner, name)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """`python -m autograd` with these words, in an empty folder: exit code, what it prints, what it complains of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_LAYOUT", "builtin")
    monkeypatch.setenv("COLUMNS", "80")

    def command(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as end:  # argparse's own complaints
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test after which a mode is on, an engine is not as it was, or an operation is left in the table."""
    known = set(TABLE)
    yield
    left = []
    if here() is not None:
        left.append(f"a mode is on: {here()}")
    if is_generated() is not BY_DEFAULT_GENERATED:
        left.append("the other engine is in place")
        (generated.install if BY_DEFAULT_GENERATED else generated.uninstall)()
    if set(TABLE) != known:
        left.append(f"the table changed: {sorted(set(TABLE) ^ known)}")
        for name in set(TABLE) - known:
            del TABLE[name]
    if left:
        pytest.fail("this test left something behind: " + "; ".join(left))
