"""What runs can be read: source, docstrings, signatures and lines of generated functions, in Python's own tools."""

from __future__ import annotations

import inspect
import linecache
import os
import pdb
import subprocess
import sys
import traceback
from io import StringIO

import pytest

from autograd import Value, custom, dot, exp, generated, ops, tanh

OURS = ("<chainrule: ",)


@pytest.fixture(autouse=True)
def _fresh_engine():
    """The generated engine, of which nothing was used before."""
    was_generated = generated._installed
    generated.uninstall()
    generated.install()
    yield
    if not was_generated:
        generated.uninstall()


def use():
    """Use what is looked at below."""
    x, w = Value(0.5, label="x"), Value(-1.5)
    y = 2 * x * w + 1 - (3 + x) / w**2 + abs(-x) + 2.0**x - 1 / x + exp(x).relu() + x.tanh() + (5 - w).sigmoid()
    L = dot([x, y], [w, y]) + tanh(y) * 2
    L.backward()
    L.forward()
    L.zero_grad()
    return L


def parameters(function):
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


INFIX = {"__add__": "x1 + x2", "__radd__": "x1 + x2", "__mul__": "x1 * x2", "__rmul__": "x1 * x2", "__sub__": "x1 - x2",
         "__rsub__": "x1 - x2", "__truediv__": "x1 / x2", "__rtruediv__": "x1 / x2", "__neg__": "-x1"}  # fmt: skip
METHODS = [*INFIX, "__pow__", "__rpow__", "__abs__", "tanh", "exp", "relu", "sigmoid"]


@pytest.mark.parametrize("name", METHODS)
def test_methods_have_source_docstring_and_signature(name) -> None:
    before = parameters(getattr(Value, name)), getattr(Value, name).__doc__
    use()
    method = getattr(Value, name)
    source = inspect.getsource(method)
    assert method.__code__.co_filename.startswith(OURS)
    assert source.startswith(f"def {name}(self") and "node = new(kind)" in source
    assert INFIX.get(name, "forward(x1") in source
    assert before == (parameters(method), method.__doc__)
    assert method.__doc__ and "table" in method.__doc__
    assert (name, f"Value.{name}", "autograd.value") == (method.__name__, method.__qualname__, method.__module__)
    assert inspect.getsourcelines(method)[1] == method.__code__.co_firstlineno


@pytest.mark.parametrize("name", ["backward", "zero_grad", "forward"])
def test_passes_have_source_and_the_words_of_the_definition(name) -> None:
    use()
    method = getattr(Value, name)
    assert f"def {name}(self" in inspect.getsource(method)
    assert (name, f"Value.{name}") == (method.__name__, method.__qualname__)
    generated.uninstall()
    definition = getattr(Value, name)
    assert definition is not method
    assert (parameters(definition), definition.__doc__) == (parameters(method), method.__doc__)
    generated.install()


@pytest.mark.parametrize("name", ["multiply", "tanh", "exp", "dot", "where", "logsumexp"])
def test_rules_have_source(name) -> None:
    op = getattr(ops, name)
    op(*([Value(1.0)] if many else Value(0.5) for many in op.is_list))
    for name in ("record", "pull", "compute_again"):
        assert inspect.getsource(getattr(op, name)).startswith(f"def {name}(")
    assert inspect.getsource(op.pull).strip() in generated.source(op)


def test_tracebacks_show_the_lines_that_failed() -> None:
    def fails(x):
        raise KeyError("mine")

    broken = custom("broken_when_read", fails, lambda y, x: 1.0)
    try:
        with pytest.raises(KeyError) as error:
            broken(Value(1.0))
        told = "".join(traceback.format_exception(error.value))
        assert 'File "<chainrule: broken_when_read' in told
        assert "out = forward(x1)" in told
        assert 'raise KeyError("mine")' in told
    finally:
        forget("broken_when_read")


def forget(name):
    from autograd.op import TABLE
    from autograd.operators import Operators

    generated._methods.pop(name, None)
    generated._owner.pop(name, None)
    del TABLE[name]
    for owner in (Value, Operators):
        if name in vars(owner):
            delattr(owner, name)


def test_two_operations_of_one_name_each_show_their_own_source(table) -> None:
    first = custom("made_twice", lambda x: 2 * x, lambda y, x: 2.0)
    first(Value(1.0)).backward()
    second = custom("made_twice", lambda x: x * x, lambda y, x: x * 2)
    second(Value(1.0)).backward()
    assert "upstream * (2.0)" in inspect.getsource(first.pull) and "x1" not in inspect.getsource(first.pull)
    assert "x1 * 2" in inspect.getsource(second.pull).replace("2 * x1", "x1 * 2")
    assert first.pull.__code__.co_filename != second.pull.__code__.co_filename
    x = Value(3.0)
    x.made_twice().backward()
    assert 6.0 == x.grad


def test_the_source_survives_a_check_of_the_cache() -> None:
    use()
    linecache.checkcache()
    assert "x1 * x2" in inspect.getsource(Value.__mul__)


def test_every_line_that_a_debugger_stops_at_has_a_text() -> None:
    use()
    blank = []

    def trace(frame, event, _):
        name = frame.f_code.co_filename
        if event == "line" and (name.startswith("<") or "autograd" in name):
            lines.add((name, frame.f_lineno))
            if not linecache.getline(name, frame.f_lineno).strip():
                blank.append((name, frame.f_lineno))
        return trace

    lines = set()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        use()
    finally:
        sys.settrace(before)
    ours = {name for name, _ in lines if name.startswith(OURS)}
    assert [] == blank
    assert len(lines) > 100 and len(ours) > 10
    assert {name for name, _ in lines if name.startswith("<")} == ours


def test_a_debugger_steps_through_text() -> None:
    use()
    told = StringIO()
    debugger = pdb.Pdb(stdin=StringIO("s\ns\ns\ns\nl\nc\n"), stdout=told, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    before = sys.gettrace()
    try:
        debugger.runcall(lambda x: x.tanh(), Value(0.5))
    finally:
        sys.settrace(before)
    assert "<chainrule: methods of tanh>" in told.getvalue()
    assert "x1 = self._data" in told.getvalue()
    assert "out = forward(x1)" in told.getvalue()


def test_what_is_planted_is_found_blank() -> None:
    namespace = {}
    exec(compile("def f(x):\n    return x\n", "<string>", "exec"), namespace)
    assert "" == linecache.getline("<string>", 2)
    with pytest.raises(OSError):
        inspect.getsource(namespace["f"])


def test_a_fresh_process_shows_the_same() -> None:
    code = "import inspect; from autograd import Value; (Value(1.0) * 2).tanh().backward(); " \
           "print(inspect.getsource(Value.tanh)); print(inspect.signature(Value.backward))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8",
                          env={**os.environ, "CHAINRULE_ENGINE": "", "PYTHONIOENCODING": "utf-8"})
    assert told.stdout.startswith("def tanh(self):\n    kind = type(self)")
    assert "create_graph" in told.stdout
