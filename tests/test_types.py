"""What type checkers and editors are told is what is there."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

import pytest
import typed

import autograd
import nn
from autograd import operators
from autograd.op import TABLE
from autograd.ops import ALIASES


def test_the_methods_declared_for_type_checkers_are_those_of_the_table():
    tree = ast.parse(Path(operators.__file__).read_text(encoding="utf-8"))
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Operators")
    block = next(node for node in kind.body if isinstance(node, ast.If))
    declared = {node.name for node in block.body if isinstance(node, ast.FunctionDef)}
    own = {
        name for name, op in TABLE.items()
        if not op.is_list[0] and op.notation.shape != "infix" and op.forward.__module__ in _OWN
    }  # fmt: skip
    assert own | set(ALIASES) == {name for name in declared if not name.startswith("__")}
    assert all(callable(getattr(autograd.Value, name)) for name in declared)


def test_every_public_name_is_there_and_every_operation_is_public():
    assert all(hasattr(autograd, name) for name in autograd.__all__)
    own = {name for name, op in TABLE.items() if op.forward.__module__ in _OWN}
    assert own - {"abs", "sum"} <= set(autograd.__all__)
    assert "sum" not in autograd.__all__


def test_what_is_imported_later_is_what_type_checkers_are_told_and_public():
    tree = ast.parse(Path(nn.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    told = {
        alias.name: statement.module or ""
        for statement in block.body if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }  # fmt: skip
    assert told == nn._LATER
    assert set(nn._LATER) <= set(nn.__all__)
    at_once = {
        alias.asname or alias.name
        for statement in tree.body if isinstance(statement, ast.ImportFrom) and statement.level
        for alias in statement.names
    }  # fmt: skip
    assert set(nn.__all__) == {*at_once, *nn._LATER, "Optimizer"}
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert len(set(nn.__all__)) == len(nn.__all__)


_OWN = {"autograd.ops", "autograd.arithmetic", "math", "_operator", "builtins"}


@pytest.mark.parametrize("use", [typed.numbers_give_a_number, typed.a_value_anywhere_gives_a_value])
def test_what_type_checkers_are_told_of_a_call_is_what_it_gives(use):
    use()


def test_the_type_checker_reads_what_it_is_told():
    settings = configparser.ConfigParser()
    settings.read(Path(autograd.__file__).parent.parent / "setup.cfg", encoding="utf-8")
    assert "tests/typed.py" in settings["mypy"]["files"]
