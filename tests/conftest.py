"""What every test shares: the two engines, and the promise that no test leaves anything behind."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from autograd import generated, ops
from autograd.modes import is_recording, modes
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


@pytest.fixture
def table() -> Iterator[dict[str, object]]:
    """The table of operations; whatever the test adds to it is taken out again."""
    known = set(TABLE)
    yield TABLE
    for name in set(TABLE) - known:
        del TABLE[name]
        generated._methods.discard(name)
        generated._owner.pop(name, None)
        for owner in (Value, Operators):
            if name in vars(owner):
                delattr(owner, name)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test after which a mode is on, an engine is not as it was, or an operation is left in the table."""
    known = set(TABLE)
    yield
    left = []
    if modes.active != 0 or not is_recording():
        left.append(f"modes.active == {modes.active}, recording == {is_recording()}")
        modes.active = 0
    if is_generated() is not BY_DEFAULT_GENERATED:
        left.append("the other engine is in place")
        (generated.install if BY_DEFAULT_GENERATED else generated.uninstall)()
    if set(TABLE) != known:
        left.append(f"the table changed: {sorted(set(TABLE) ^ known)}")
        for name in set(TABLE) - known:
            del TABLE[name]
    if left:
        pytest.fail("this test left something behind: " + "; ".join(left))
