"""Spreadsheet formulas: what LibreOffice computes from them is what the operations of the table compute."""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
import zipfile
from fractions import Fraction
from html import escape
from pathlib import Path

import pytest
from test_table import sample

from autograd import exp, greater, maximum, sigmoid, tanh, where
from autograd.atoms import Derivative, Numeral, Omitted, PathSum
from autograd.custom import custom
from autograd.errors import GraphTooLargeError, LabelError, OperandError
from autograd.op import TABLE, flatten
from autograd.printers.spreadsheet import cell_name, spreadsheet
from autograd.simplify import Power, Product, Sum, simplify
from autograd.symbol import Call, Symbol

a, b, x, y = (Symbol(name) for name in "abxz")


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    ("expression", "formula"),
    [
        (y * (1 - y), "z*(1-z)"),
        (-(y**2), "-(z^2)"),
        ((-y) ** b, "((-z)^b)"),
        ((a**b) ** x, "((a^b)^x)"),
        (a ** (b**x), "(a^(b^x))"),
        (a**-1, "1/a"),
        (a**-2 / 3, "1/(3*(a^2))"),
        ((-2) ** x, "((-2)^x)"),
        (a - (b - x), "a-(b-x)"),
        (a * -2.5, "-5*a/2"),
        (a / (b * x), "a/(b*x)"),
        (1e-9 * a, "1E-09*a"),
        (where(greater(a, b), a, 1), "IF(a>b,a,1)"),
        (where(a, b, 0), "IF(a<>0,b,0)"),
        (greater(a, b) + 1, "IF(a>b,1,0)+1"),
        (maximum(a, -b), "MAX(a,(-b))"),
        (sigmoid(a + 1), "1/(1+EXP(-MAX((a+1),-709)))"),
    ],
)  # fmt: skip
def test_a_formula_has_the_brackets_that_spreadsheets_need(expression, formula):
    assert spreadsheet(simplify(expression)) == formula


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("w_11", "w_11"), ("h1", "h1_"), ("W11", "W11_"), ("ABC1234", "ABC1234_"), ("abcd12", "abcd12"), ("r", "r_"),
        ("c", "c_"), ("R1C1", "R1C1_"), ("rc", "rc_"), ("C7", "C7_"), ("a_1^(2)", "a_1__2"), ("true", "true_"),
        ("my loss!", "my_loss_"), ("lambda", "lambda_"), ("e", "e"),
    ],
)  # fmt: skip
def test_a_name_is_never_read_as_a_cell(label, name):
    assert cell_name(label) == name == spreadsheet(Symbol(label))


def test_cells_stand_where_labels_have_one():
    assert spreadsheet(a * b, {"a": "Sheet1!$B$2"}) == "Sheet1!$B$2*b"


def test_labels_that_a_spreadsheet_does_not_tell_apart_are_an_error_that_names_them():
    with pytest.raises(LabelError, match="'w' and 'W' would be one name"):
        spreadsheet(Symbol("w") * Symbol("W"))
    assert spreadsheet(Symbol("w") * Symbol("W"), {"w": "A1", "W": "A2"}) == "A1*A2"


def test_what_spreadsheets_do_not_have_is_an_error_that_names_it(table):
    lonely = custom("lonely", lambda x: x, lambda y, x: 1)
    with pytest.raises(OperandError, match="lonely has no form in a spreadsheet"):
        spreadsheet(lonely(a) + 1)
    with pytest.raises(OperandError, match="none for ∂L/∂w"):
        spreadsheet(Product(2, [Derivative("L", "w")]))
    with pytest.raises(OperandError, match="none for what is left out"):
        spreadsheet(Sum([a, Omitted(3)]))
    with pytest.raises(OperandError, match="no number inf"):
        spreadsheet(a * math.inf)


def test_a_formula_that_explodes_is_refused_in_time():
    tower = a
    for _ in range(40):
        tower = TABLE["softplus"](tower)

    with pytest.raises(GraphTooLargeError, match="cells of their own"):
        spreadsheet(tower)


def test_numerals_and_sums_over_paths_are_written_too():
    path = PathSum([Product(1, [Numeral(-0.5), a]), b])

    assert spreadsheet(Product(1, [path, Power(Numeral(0.25), -1)])) == "((-0.5)*a+b)/0.25"


# ---------------------------------------------------------------- what LibreOffice computes

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_workbook(path: Path, rows: list[list[object]], names: dict[str, str]) -> None:
    """The smallest workbook: numbers as they are, text as formulas, defined names for cells."""
    cells = "".join(
        "<row>" + "".join(
            f"<c><f>{escape(cell)}</f></c>" if isinstance(cell, str) else f"<c><v>{cell!r}</v></c>" for cell in row
        ) + "</row>"
        for row in rows
    )  # fmt: skip
    defined = "".join(f'<definedName name="{escape(name)}">{cell}</definedName>' for name, cell in names.items())
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/s.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" '
        f'r:id="r1"/></sheets><definedNames>{defined}</definedNames></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type='
        f'"{OFFICE}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def computed(directory: Path, rows: list[list[object]], names: dict[str, str] | None = None) -> list[list[object]]:
    """The rows with the numbers that LibreOffice computes; what is no number as text."""
    write_workbook(directory / "book.xlsx", rows, names or {})
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation={(directory / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "fods", "--outdir", str(directory),
               str(directory / "book.xlsx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = (directory / "book.fods").read_text(encoding="utf-8")
    table = text[text.index("<table:table ") :]
    found = []
    for row in re.findall(r"<table:table-row.*?</table:table-row>", table, re.DOTALL)[: len(rows)]:
        cells: list[object] = []
        for attributes in re.findall(r"<table:table-cell([^>]*)>", row):
            number = re.search(r'office:value="([^"]*)"', attributes)
            repeated = re.search(r'number-columns-repeated="(\d+)"', attributes)
            is_error = "calcext:value-type=\"error\"" in attributes
            value = attributes if is_error or number is None else float(number[1])
            cells += [value] * (int(repeated[1]) if repeated else 1)
        found.append(cells)
    return found


TAILS = {
    "sigmoid": [-1000.0, -700.0, -40.0, -1e-9, 40.0, 1000.0], "softplus": [-1000.0, -700.0, -40.0, -9.3, 9.0, 1000.0],
    "silu": [-1000.0, -600.0, -40.0, 1000.0], "gelu": [-37.0, -10.0, -1e-9, 1000.0], "tanh": [-1000.0, 1e-9, 1000.0],
    "expm1": [-1000.0, 1e-12, 1e-3, -9.9e-4, 700.0], "log1p": [1e-12, -9.9e-4, 1e-3, 1e20, -0.999999999],
    "erf": [-30.0, 1e-9, 30.0], "relu": [-1000.0, 1000.0], "exp": [-1000.0, 700.0],
}  # fmt: skip
LISTS = [((-1000.0, 1000.0),), ((1000.0, 1000.0, 999.0),), ((-1000.0, -1000.0),), ((3.0,),)]


def cases():
    """(name, operation, arguments): every operation at several points and in its tails."""
    for name, op in sorted(TABLE.items()):
        points = sample(op, 6) + [(x,) for x in TAILS.get(name, [])] + (LISTS if name == "logsumexp" else [])
        for arguments in points:
            yield name, op, arguments


def symbolic(arguments, start=0):
    numbers = iter(range(start, 100))
    return tuple(
        tuple(Symbol(f"v_{next(numbers)}") for _ in argument) if isinstance(argument, tuple)
        else Symbol(f"v_{next(numbers)}") for argument in arguments
    )  # fmt: skip


def cell(column: int, row: int) -> str:
    return f"{chr(ord('A') + column)}{row}"


def row_of(expression, operands: list[float], row: int) -> list[object]:
    cells = {f"v_{index}": cell(index, row) for index in range(len(operands))}
    return [*(float(operand) for operand in operands), spreadsheet(expression, cells)]


@pytest.mark.libreoffice
def test_libreoffice_computes_every_operation_and_every_rule_of_the_table(tmp_path):
    rows, expected, told = [], [], []
    for name, op, arguments in cases():
        operands = list(flatten(arguments))
        output = op.forward(*arguments)
        rows.append(row_of(op(*symbolic(arguments)), operands, len(rows) + 1))
        expected.append(output)
        told.append(f"{name}{arguments}")
        for index, partial in enumerate(op.partials):
            try:
                slopes = partial(output, *arguments)
            except (ArithmeticError, ValueError):
                continue
            rules = partial(Symbol("v_0"), *symbolic(arguments, 1))
            for rule, slope in zip(
                rules if isinstance(rules, tuple) else (rules,), slopes if isinstance(slopes, tuple) else (slopes,),
                strict=True,
            ):  # fmt: skip
                rows.append(row_of(simplify(rule), [output, *operands], len(rows) + 1))
                expected.append(slope)
                told.append(f"∂{index} {name}{arguments}")

    found = computed(tmp_path, rows)

    wrong = []
    for given, row, number, what in zip(rows, found, expected, told, strict=True):
        answer = row[len(given) - 1]
        is_rule = what.startswith("∂")  # 1 − y at y = 1 − 1e-9 has few digits left
        relative, absolute = (1e-7, 1e-15) if is_rule else (1e-9, 1e-300)
        if not isinstance(answer, float) or not math.isclose(answer, number, rel_tol=relative, abs_tol=absolute):
            wrong.append((what, number, answer, given[-1]))
    assert wrong == []
    assert len(rows) > 400


OPERATORS = ["add", "subtract", "multiply", "divide", "negative", "power", "maximum", "tanh", "sigmoid", "where"]


def grown(rng: random.Random, depth: int):
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([a, b, x]) if rng.random() < 0.7 else rng.choice([0.5, -2, 3, -0.25, 1 / 3, 1e-7])
    op = TABLE[rng.choice(OPERATORS)]
    if op.name == "power":
        return Call(op, (grown(rng, depth - 1), rng.choice([2, 3, -1, -2])))
    return Call(op, tuple(grown(rng, depth - 1) for _ in op.operand_names))


def value(expression, point):
    if isinstance(expression, Symbol):
        return point[expression.label]
    if isinstance(expression, Call):
        return expression.op.forward(*(value(argument, point) for argument in expression.arguments))
    return expression


@pytest.mark.libreoffice
def test_libreoffice_computes_random_expressions_with_defined_names(tmp_path):
    rng = random.Random(0)
    point = {"a": 0.7, "b": -1.3, "x": 2.25}
    formulas, expected = [], []
    while len(formulas) < 300:
        expression = grown(rng, 4)
        try:
            number = float(value(expression, point))
            simple = simplify(expression)
            if not isinstance(expression, Call) or not 1e-3 < abs(number) < 1e6 or len(spreadsheet(expression)) > 8000:
                continue
        except (ArithmeticError, ValueError):
            continue
        formulas += [spreadsheet(expression), spreadsheet(simple)]
        expected += [number, number]

    rows = [list(point.values()), *([formula] for formula in formulas)]
    found = computed(tmp_path, rows, {"a": "S!$A$1", "b": "S!$B$1", "x": "S!$C$1"})

    wrong = [
        (formula, number, row[0]) for formula, number, row in zip(formulas, expected, found[1:], strict=True)
        if not isinstance(row[0], float) or not math.isclose(row[0], number, rel_tol=1e-9)
    ]
    assert wrong == []


@pytest.mark.libreoffice
def test_a_planted_fault_is_seen(tmp_path):
    assert computed(tmp_path, [["-2^2"], ["-(2^2)"], ["EXP(1000)"]])[0] == [4.0]


def test_fractions_and_large_numbers_keep_their_digits():
    assert spreadsheet(simplify(a / 3)) == "a/3"
    assert spreadsheet(Product(Fraction(2, 7), [a])) == "2*a/7"
    assert spreadsheet(a * 0.1234567890123456) == "a*0.1234567890123456"
    assert spreadsheet(a * 10**300) == "a*1E+300"
    assert spreadsheet(exp(tanh(a)) + 10**16) == "EXP(TANH(a))+1E+16"


def test_long_sums_and_deep_nests_are_written_without_recursion():
    names = [Symbol(f"x_{index}") for index in range(10_000)]
    total = names[0]
    for name in names[1:]:
        total = total + name
    tower = a
    for _ in range(3_000):
        tower = tanh(tower)

    assert spreadsheet(simplify(total)).count("+") == 9_999
    assert spreadsheet(tower) == "TANH(" * 3_000 + "a" + ")" * 3_000
