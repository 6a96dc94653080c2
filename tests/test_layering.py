"""Imports point one way: a room imports only from the rooms above it."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

import autograd

ROOT = Path(autograd.__file__).parent.parent

# From the ground up: a module imports only from lines above its own. Modules on one line do not know each other,
# except within a package that has a line of its own (`printers`, `drawing`, …), where the inner order is free of loops.
LAYERS = [
    ["callers", "characters", "console", "errors", "interrupts", "leftovers", "sweep"],
    ["files"],
    ["notation"],
    ["operands"],
    ["op", "arrays"],
    ["arithmetic"],
    ["ops", "containers", "by_hand"],
    ["operators", "custom", "conversions", "differences"],
    ["graph", "modes"],
    ["anomalies", "evaluation"],
    ["pickling"],
    ["node"],
    ["second_order"],
    ["value", "symbol"],
    ["constants"],
    ["simplify"],
    ["symbolic"],
    ["atoms"],
    ["printers", "page"],
    ["pages"],
    ["views"],
    ["generated", "functional"],
    ["measuring"],
    ["gradient_check"],
    ["formulas"],
    ["parsing"],
    ["derivation", "steps"],
    ["ledger"],
    ["judging"],
    ["drawing"],
    ["replay"],
    ["lesson"],
    ["demo"],
    ["__init__"],
    ["__main__"],
]
NN_LAYERS = [
    ["collector", "defaults", "errors", "initialisers", "warning", "words"],
    ["choices"],
    ["activations", "labels"],
    ["module"],
    ["layers", "losses"],
    ["graphs"],
    ["data", "history", "metrics", "optimisers", "progress", "laws", "diagram"],
    ["plan", "saving", "tables", "confusion"],
    ["eager"],
    ["replay"],
    ["sharding"],
    ["run"],
    ["training"],
    ["experiments", "estimators", "models"],
    ["plots", "diagnosis", "sheets"],
    ["examples"],
    ["__init__"],
    ["commands"],
    ["__main__"],
]
# Kernels, which are nothing without numba: they are imported inside a function, when somebody compiles.
ON_DEMAND = {
    f"autograd/replay/{name}.py"
    for name in ("compiling", "elementary", "lanes", "matrices", "native", "training/blocks", "training/kernels",
                 "training/native")
}
LEVELS = {
    package: {name: level for level, names in enumerate(layers) for name in names}
    for package, layers in (("autograd", LAYERS), ("nn", NN_LAYERS))
}
# What may be imported lazily, inside a function, although it stands below: a `__repr__` needs its printer, and a
# network is asked for its own picture.
ALLOWED = {("autograd", "symbol", "printers"), ("nn", "layers", "diagram"), ("nn", "confusion", "plots")}
HEAVY = {
    "numpy", "matplotlib", "numba", "xlsxwriter", "sympy", "torch", "graphviz", "tqdm", "pandas", "IPython", "scipy",
}  # fmt: skip


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def room(path: Path, package: str) -> str:
    return path.relative_to(ROOT / package).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> list[tuple[str, int, ast.AST, bool]]:
    """Every absolute module name the file imports, with its line, and whether for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    checking = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, node, id(node) in checking) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            for alias in node.names:
                longer = ROOT.joinpath(*base, alias.name)
                is_module = longer.with_suffix(".py").exists() or longer.is_dir()
                name = ".".join([*base, alias.name] if is_module else base)
                found.append((name, node.lineno, node, id(node) in checking))
    return found


@cache
def at_module_level(path: Path) -> set[int]:
    """The lines of imports that run when the module is imported."""
    lines: set[int] = set()

    def visit(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                lines.add(node.lineno)
            elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)) and "TYPE_CHECKING" not in ast.unparse(
                getattr(node, "test", ast.Constant(0))
            ):
                visit(node.body)
                visit(getattr(node, "orelse", []))

    visit(ast.parse(path.read_text(encoding="utf-8")).body)
    return lines


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


BOTH = [(package, path) for package in ("autograd", "nn") for path in modules(package)]


@pytest.mark.parametrize("package, path", BOTH, ids=[name_of(path) for _, path in BOTH])
def test_every_module_has_a_place_in_the_order(package, path) -> None:
    assert room(path, package) in LEVELS[package], "give the new module a line, above everything that imports it"


@pytest.mark.parametrize("package, path", BOTH, ids=[name_of(path) for _, path in BOTH])
def test_no_import_points_up_or_sideways(package, path) -> None:
    here, level = room(path, package), LEVELS[package]
    wrong = []
    for name, line, _, only_types in imported(path):
        parts = name.split(".")
        if parts[0] != package or only_types:
            continue
        there = parts[1] if len(parts) > 1 else "__init__"
        inside = there == here and path.parent != ROOT / package
        if not inside and (package, here, there) not in ALLOWED and level.get(there, 99) >= level[here]:
            wrong.append(f"{name_of(path)}:{line} imports {name}")
    assert wrong == []


def test_the_exceptions_are_imports_inside_functions() -> None:
    for package, here, there in ALLOWED:
        path = ROOT / package / f"{here}.py"
        found = [(name.split(".")[:2], line) for name, line, _, only_types in imported(path) if not only_types]
        lines = [line for start, line in found if start == [package, there]]
        assert lines and not set(lines) & at_module_level(path), f"{here} → {there}"


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_no_loops_among_module_level_imports(package) -> None:
    graph = {}
    for path in modules(package):
        own = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        level = at_module_level(path)
        graph[own] = {name for name, line, _, types in imported(path) if line in level and not types and name != own}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join([*way, name])
        if name not in done:
            for other in sorted(graph.get(name, ())):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_value_and_symbol_do_not_know_each_other() -> None:
    for here, there in (("value", "symbol"), ("symbol", "value")):
        text = (ROOT / "autograd" / f"{here}.py").read_text(encoding="utf-8")
        names = {name for name, *_ in imported(ROOT / "autograd" / f"{here}.py")}
        assert f"autograd.{there}" not in names
        assert f"import {there}" not in text


@pytest.mark.parametrize("path", [*modules("autograd"), *modules("nn")], ids=name_of)
def test_nothing_heavy_is_imported_with_the_module(path) -> None:
    if name_of(path) in ON_DEMAND:
        return
    lines = at_module_level(path)
    heavy = [name for name, line, _, _ in imported(path) if line in lines and name.split(".")[0] in HEAVY]
    assert heavy == []


def test_what_is_heavy_is_imported_on_demand_only() -> None:
    kernels = {name.removesuffix(".py").replace("/", ".") for name in ON_DEMAND}
    for path in modules("autograd"):
        lines = at_module_level(path)
        loaded = {name for name, line, _, only_types in imported(path) if line in lines and not only_types}
        assert name_of(path) in ON_DEMAND or not loaded & kernels, name_of(path)


@pytest.mark.parametrize("path", [*modules("autograd"), *modules("nn")], ids=name_of)
def test_only_declared_dependencies_are_imported(path) -> None:
    declared = {
        "graphviz", "graphviz_pure", "tqdm", "numpy", "numba", "llvmlite", "matplotlib", "xlsxwriter", "IPython",
    }  # fmt: skip
    known = declared | set(sys.stdlib_module_names) | {"autograd", "nn"}
    strangers = {name for name, _, _, types in imported(path) if name.split(".")[0] not in known and not types}
    assert strangers == set()


@pytest.mark.parametrize("path", modules("nn"), ids=name_of)
def test_nn_imports_only_public_names_of_autograd(path) -> None:
    public_modules = {
        "characters", "console", "errors", "files", "notation", "op", "symbol", "simplify", "atoms", "printers", "page",
        "pages", "views", "derivation", "drawing", "graph", "modes", "replay",
        "anomalies", "interrupts",
    }  # fmt: skip
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "autograd"]
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "autograd":
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")[1:]
            assert not any(part.startswith("_") for part in parts), f"{name_of(path)}:{node.lineno}: {name}"
            if parts:
                is_public = parts[0] in public_modules or parts[0] in {*autograd.__all__, "sum", "abs"}
                assert is_public, f"{name_of(path)}:{node.lineno}: {name}"


@pytest.mark.parametrize("path", modules("autograd"), ids=name_of)
def test_autograd_does_not_know_nn(path) -> None:
    assert not [name for name, *_ in imported(path) if name.split(".")[0] == "nn"]


def test_this_test_sees_an_import_inside_a_function(tmp_path, monkeypatch) -> None:
    (tmp_path / "autograd").mkdir()
    planted = tmp_path / "autograd" / "value.py"
    planted.write_text("def f():\n    from . import symbol\n    from .symbol import Symbol\n", encoding="utf-8")
    (tmp_path / "autograd" / "symbol.py").touch()
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert [name for name, *_ in imported(planted)] == ["autograd.symbol", "autograd.symbol"]
    with pytest.raises(AssertionError, match="value.py:2 imports autograd.symbol"):
        test_no_import_points_up_or_sideways("autograd", planted)
    assert at_module_level(planted) == set()
