"""The training as a spreadsheet: what stands in its cells, and that LibreOffice computes what the engine does."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import nn
from autograd import Value, greater, where
from autograd.custom import custom
from autograd.errors import AutogradError, MissingPackageError, OperandError
from autograd.graph import topological_order
from autograd.notation import text
from nn.activations import ACTIVATIONS
from nn.examples.example import setting
from nn.examples.networks import no_biases, shared_biases

xlsxwriter = pytest.importorskip("xlsxwriter")

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
LESSON = ([[0.05, 0.10]], [[0.01, 0.99]])
XOR = ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])


# ---------------------------------------------------------------- reading an .xlsx with the standard library


@dataclass
class Cell:
    value: Any = None
    formula: str | None = None


class Workbook:
    """The cells of a file: `book["Training"]["B4"]`."""

    def __init__(self, content: bytes) -> None:
        self.parts = zipfile.ZipFile(io.BytesIO(content))
        strings = ElementTree.fromstring(self.parts.read("xl/sharedStrings.xml"))
        self.strings = ["".join(item.itertext()) for item in strings.findall(f"{MAIN}si")]
        root = ElementTree.fromstring(self.parts.read("xl/workbook.xml"))
        self.sheets = [sheet.attrib["name"] for sheet in root.iter(f"{MAIN}sheet")]
        self.names = {name.attrib["name"]: name.text or "" for name in root.iter(f"{MAIN}definedName")}
        self.cells = {name: dict(self.read(number)) for number, name in enumerate(self.sheets, 1)}

    def xml(self, sheet: str) -> str:
        return self.parts.read(f"xl/worksheets/sheet{self.sheets.index(sheet) + 1}.xml").decode()

    def read(self, number: int) -> Iterator[tuple[str, Cell]]:
        root = ElementTree.fromstring(self.parts.read(f"xl/worksheets/sheet{number}.xml"))
        for cell in root.iter(f"{MAIN}c"):
            found, formula = cell.findtext(f"{MAIN}v"), cell.findtext(f"{MAIN}f")
            kind = cell.attrib.get("t")
            read = (lambda n: self.strings[int(n)]) if kind == "s" else str if kind in ("e", "str") else float
            yield cell.attrib["r"], Cell(found and read(found), formula)

    def __getitem__(self, sheet: str) -> dict[str, Cell]:
        return self.cells[sheet]

    def heads(self, sheet: str) -> dict[str, str]:
        """The letters of each column by its head."""
        return {str(cell.value): place[:-1] for place, cell in self[sheet].items() if re.fullmatch("[A-Z]+2", place)}

    def at(self, name: str) -> tuple[str, str]:
        """Sheet and cell of a defined name."""
        sheet, cell = self.names[name].split("!")
        return sheet, cell.replace("$", "")


def lesson(**options: Any) -> nn.Sheet:
    return nn.spreadsheet(shared_biases(), nn.l2_loss, LESSON, **{"epochs": 3, "lr": 0.5, **options})


# ---------------------------------------------------------------- what stands in the cells


def test_every_derivative_is_the_chain_rule_read_on_cells():
    book = Workbook(lesson().xlsx)
    sheet, at = book["Training"], book.heads("Training")

    def formula(head: str, row: int = 5) -> str:
        return re.sub("[A-Z]+(?=\\d)", lambda cell: {v: k for k, v in at.items()}.get(cell[0], cell[0]) + "@",
                      sheet[f"{at[head]}{row}"].formula or "")  # fmt: skip

    assert formula("h₁") == "w₁@5*i_1+w₂@5*i_2+b₁@5"
    assert formula("aₕ₁") == "1/(1+EXP(-MAX(h₁@5,-709)))"
    assert formula("E₁") == "((t_1-aₒ₁@5)^2)/2"
    assert formula("Eₜₒₜₐₗ") == "E₁@5+E₂@5"
    assert formula("δₒ₁") == "-(t_1-aₒ₁@5)*aₒ₁@5*(1-aₒ₁@5)"
    assert formula("δₕ₁") == "(δₒ₁@5*w₅@5+δₒ₂@5*w₇@5)*aₕ₁@5*(1-aₕ₁@5)"
    assert formula("∂Eₜₒₜₐₗ/∂w₅") == "δₒ₁@5*aₕ₁@5"
    assert formula("∂Eₜₒₜₐₗ/∂b₁") == "δₕ₁@5+δₕ₂@5"
    assert formula("w₅") == "w₅@4-eta*∂Eₜₒₜₐₗ/∂w₅@4"
    assert formula("w₅", 4) == "w_5_start"


def test_no_number_is_written_into_a_row_of_the_training():
    for data, net in ((LESSON, shared_biases()), (XOR, nn.MLP(2, [2, 1], rng=0))):
        book = Workbook(nn.spreadsheet(net, nn.l2_loss, data, epochs=2, lr=0.5).xlsx)
        for name in {"Training", "Samples"} & set(book.sheets):
            typed = [place for place, cell in book[name].items() if isinstance(cell.value, float) and not cell.formula]
            assert typed == (["A4"] if name == "Training" else [])  # the number of the first epoch


def test_eta_and_all_that_training_begins_with_stand_in_cells_with_names():
    book = Workbook(lesson(lr=0.25).xlsx)

    def number(name: str) -> float:
        sheet, cell = book.at(name)
        assert book[sheet][cell].formula is None
        return float(book[sheet][cell].value)

    names = ["eta", "i_1", "t_2", "w_1_start", "b_2_start"]
    assert [number(name) for name in names] == [0.25, 0.05, 0.99, 0.15, 0.6]
    assert sum("eta" in (cell.formula or "") for cell in book["Training"].values()) == 3 * 10
    assert not [cell for cell in book["Training"].values() if "0.25" in (cell.formula or "")]


def test_several_samples_have_rows_of_their_own_and_steps_go_by_their_mean():
    book = Workbook(nn.spreadsheet(nn.MLP(2, [2, 1], "tanh", rng=3), nn.mse_loss, XOR, epochs=2, lr=0.5).xlsx)
    training, samples, data = book["Training"], book["Samples"], book["Data"]
    at, here = book.heads("Training"), book.heads("Samples")

    assert book.sheets == ["Start", "Training", "Samples", "Data", "Formulas"]
    assert training["B5"].formula == "AVERAGE(Samples!C8:C11)"
    assert training[f"{at['∂L/∂w₁₁']}5"].formula == f"AVERAGE(Samples!{here['∂L/∂w₁₁']}8:{here['∂L/∂w₁₁']}11)"
    assert samples[f"{here['h₁']}9"].formula == f"TANH({here['a₁⁽¹⁾']}9)"
    assert samples[f"{here['a₁⁽¹⁾']}9"].formula == (
        f"Training!${at['w₁₁']}$5*{here['x₁']}9+Training!${at['w₂₁']}$5*{here['x₂']}9+Training!${at['b₁⁽¹⁾']}$5"
    )
    assert samples[f"{here['x₂']}9"].formula == "Data!$C$5"
    assert [data[f"D{row}"].value for row in range(4, 8)] == [0, 1, 1, 0]
    assert book.names["t_1"] == "Data!$D$4:$D$7"


def test_the_numbers_that_are_stored_are_those_of_fit():
    net, data = nn.MLP(2, [2, 1], "tanh", rng=3), XOR
    book = Workbook(nn.spreadsheet(net, nn.mse_loss, data, epochs=5, lr=0.5).xlsx)
    history = nn.fit(net, *data, loss=nn.mse_loss, optimizer=nn.SGD(net.parameters(), lr=0.5), epochs=5, snapshots=True)
    at = book.heads("Training")

    for epoch, snapshot in enumerate(history.snapshots):
        for label, number in snapshot.items():
            found = book["Training"][f"{at[text(label)]}{4 + epoch}"].value
            assert found == pytest.approx(number, rel=1e-12, abs=1e-15)
    losses = [book["Training"][f"B{4 + epoch}"].value for epoch in range(5)]
    assert losses == pytest.approx(history.losses, rel=1e-12)
    assert book["Training"]["A9"].value == 5


def test_a_penalty_and_numbers_of_its_own_are_part_of_the_loss():
    net, strength = nn.MLP(1, [1], "identity", rng=0), Value(0.1, "lambda")

    def penalised(y: Any, t: Any) -> Value:
        return nn.mse_loss(y, t) + strength * nn.l2_penalty(net.parameters(), 1.0)

    book = Workbook(nn.spreadsheet(net, penalised, ([[1.0], [2.0]], [3.0, 5.0]), epochs=3, lr=0.05).xlsx)
    sheet, cell = book.at("lambda_")
    optimiser = nn.SGD(net.parameters(), lr=0.05)
    history = nn.fit(net, [[1.0], [2.0]], [3.0, 5.0], loss=penalised, optimizer=optimiser, epochs=3)

    assert book[sheet][cell].value == 0.1
    assert "lambda_" in book["Samples"][f"{book.heads('Samples')['∂L/∂w₁₁']}5"].formula
    assert [book["Training"][f"B{row}"].value for row in (4, 5, 6)] == pytest.approx(history.losses, rel=1e-12)


def test_progress_is_shown_for_the_numbers_and_for_the_rows(capsys):
    _ = lesson(progress=True).xlsx
    shown = capsys.readouterr().err

    assert "4/4" in shown
    assert "epoch/s" in shown and "row/s" in shown


def test_the_network_stays_as_it_is():
    net = shared_biases()
    before, labels = [p.data for p in net.parameters()], list(net.named_parameters())
    net.parameters()[0].grad = 7.0

    _ = nn.spreadsheet(net, nn.l2_loss, LESSON, epochs=3, lr=0.5).xlsx

    assert [p.data for p in net.parameters()] == before
    assert list(net.named_parameters()) == labels
    assert [p.grad for p in net.parameters()][:2] == [7.0, 0.0]


def test_a_rate_that_is_too_large_ends_in_num_as_a_spreadsheet_does():
    net = nn.MLP(1, [1], "identity", rng=0)
    book = Workbook(nn.spreadsheet(net, nn.mse_loss, ([[3.0]], [1.0]), epochs=400, lr=1.0).xlsx)

    assert book["Training"]["B5"].value > book["Training"]["B4"].value
    assert book["Training"]["B404"].value == "#NUM!"
    assert book["Training"]["B404"].formula


def test_the_file_is_the_same_bytes_on_every_run_and_appears_whole(tmp_path):
    path = lesson().save(tmp_path / "lesson.xlsx")

    assert path.read_bytes() == lesson().xlsx
    assert zipfile.ZipFile(path).testzip() is None
    assert [each.name for each in tmp_path.iterdir()] == ["lesson.xlsx"]


def test_heads_stay_in_sight_and_the_chart_shows_every_epoch():
    book = Workbook(lesson().xlsx)
    chart = book.parts.read("xl/charts/chart1.xml").decode()

    assert '<pane xSplit="2" ySplit="3" topLeftCell="C4"' in book.xml("Training")
    assert "<c:f>Training!$A$4:$A$7</c:f>" in chart
    assert "<c:f>Training!$B$4:$B$7</c:f>" in chart


def test_the_list_of_formulas_has_every_column_in_symbols_and_in_its_cell():
    book = Workbook(lesson().xlsx)
    listed = {book["Formulas"][f"B{row}"].value: row for row in range(2, 2 + len(book.heads("Training")))}
    row = listed["δₕ₁"]

    assert set(listed) == set(book.heads("Training"))
    assert book["Formulas"][f"D{row}"].value == "[δₒ₁·w₅ + δₒ₂·w₇]·aₕ₁(1 − aₕ₁)"
    cell = book["Formulas"][f"A{row}"].value.split("!")[1]
    assert book["Formulas"][f"E{row}"] == Cell("=" + book["Training"][cell].formula, None)


def test_the_first_sheet_tells_what_may_be_changed_and_what_the_columns_are():
    book = Workbook(lesson().xlsx)
    start = [cell.value for place, cell in sorted(book["Start"].items()) if place[0] == "A"]
    groups = {cell.value for place, cell in book["Training"].items() if place[1:] == "1" and cell.value}

    assert book.sheets[0] == "Start"
    assert book["Start"]["A1"].value == "How a 2-2-2 network learns"
    assert {"η", "i₁", "t₂", "w₈", *groups} <= set(start)
    assert book["Start"]["B9"].formula == "Training!$B$4"
    assert book["Start"]["B10"].formula == "Training!$B$7"


def test_the_first_sheet_speaks_of_one_epoch_and_of_an_8_2_1_network():
    start = Workbook(nn.spreadsheet(nn.MLP(8, [2, 1]), nn.l2_loss, ([[1] * 8], [1]), epochs=1).xlsx)["Start"]
    assert start["A1"].value == "How an 8-2-1 network learns"
    assert start["C10"].value == "after 1 epoch"


# ---------------------------------------------------------------- text is text

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "{=1}", '=cmd|"/C calc"!A1', "w]]>&<x>", "a\x00b\ufffe\ud800",
]  # fmt: skip


class Hostile(nn.Letters):
    """Labels that mean mischief, and some that spreadsheets confuse."""

    def input(self, i: int) -> str:
        return HOSTILE[i - 1]

    def target(self, j: int) -> str:
        return "=t{row}"

    def loss(self) -> str:
        return "=L"

    def activation(self, layer: int, j: int) -> str:
        return ["r", "R", "h1", "eta", "ETA"][j - 1] if not self.is_last(layer) else "C"


@pytest.fixture(params=[1, 3])
def hostile(request):
    net = nn.MLP(len(HOSTILE), [5, 1], rng=0)
    net.notation = Hostile(net.notation.sizes)
    for number, layer in enumerate(net.layers, 1):
        layer.rename(net.notation, number)
    net.input_labels = net.layers[0].input_labels
    labels = ["w_1", "W_1", "eta_start", "=A1", "Print_Area", "x" * 300]
    for weight, label in zip(net.parameters(), labels, strict=False):
        weight.label = label
    data = [[0.1 * k] * len(HOSTILE) for k in range(request.param)], [0.5] * request.param
    return nn.spreadsheet(net, nn.l2_loss, data, epochs=2, lr=0.5, title='=HYPERLINK("x")')


def test_text_never_becomes_a_formula(hostile):
    book = Workbook(hostile.xlsx)
    starts = [str(cell.value)[:1] for sheet in book.sheets for cell in book[sheet].values() if not cell.formula]
    functions = {name for sheet in book.sheets for cell in book[sheet].values()
                 for name in re.findall(r"[A-Z]+(?=\()", cell.formula or "")}  # fmt: skip

    assert "=" in starts  # they are there, as text
    assert functions <= {"EXP", "MAX", "AVERAGE"}
    assert book["Start"]["A1"] == Cell('=HYPERLINK("x")', None)
    assert "HYPERLINK" not in book.parts.read("xl/charts/chart1.xml").decode()
    quoted = book.parts.read("xl/styles.xml").decode()
    assert 'quotePrefix="1"' in quoted


def test_defined_names_are_valid_and_each_of_them_is_one(hostile):
    names = list(Workbook(hostile.xlsx).names)
    own = [name for name in names if not name.startswith("_xlnm.")]

    assert len({name.casefold() for name in own}) == len(own)
    assert all(re.fullmatch(r"[^\W\d]\w*", name) and len(name) < 255 for name in own)
    assert not [name for name in own if re.fullmatch(r"[a-z]{1,3}\d+|r\d*(c\d*)?|c\d*", name, re.IGNORECASE)]


def test_a_weight_that_is_called_eta_is_not_taken_for_the_learning_rate():
    net = nn.MLP(1, [1], "identity", bias=False, rng=0)
    net.parameters()[0].label = "eta"
    book = Workbook(nn.spreadsheet(net, nn.mse_loss, ([[2.0]], [1.0]), 2, 0.1).xlsx)

    assert book["Training"]["C5"].formula == "C4-eta*F4"
    assert book.at("eta") == ("Start", "B6")
    assert book["Start"]["B6"].value == 0.1
    assert book["Training"]["C4"].formula == "eta_start"


# ---------------------------------------------------------------- what is refused


class Rows:
    """What has an X and a T."""

    X, T = LESSON


def test_data_may_be_what_has_x_and_t():
    assert nn.spreadsheet(shared_biases(), nn.l2_loss, Rows(), epochs=3, lr=0.5).xlsx == lesson().xlsx


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"net": nn.Layer(2, 2)}, "takes a network"),
        ({"loss": 3}, "loss is a function"),
        ({"data": 5}, r"data is \(X, T\)"),
        ({"data": ([[1, 2]], [[1, 2]], [[3]])}, r"data is \(X, T\)"),
        ({"data": ([0.05, 0.1], [0.01, 0.99])}, "row 0 of X"),
        ({"data": ([[1.0, math.nan]], [[0, 1]])}, "row 0 of X holds nan"),
        ({"epochs": 0}, "epochs is a whole number"),
        ({"epochs": 2.5}, "epochs is a whole number"),
        ({"epochs": 2_000_000}, "take fewer epochs"),
        ({"epochs": 100_000}, "take fewer epochs"),
        ({"lr": "0.5"}, "learning rate"),
        ({"lr": math.inf}, "learning rate"),
        ({"title": 5}, "a title is text"),
        ({"title": "x" * 40_000}, "at most 255 characters; this one has 40,000"),
        ({"net": nn.Neuron(2)}, r"it was given Neuron\(2"),
        ({"net": nn.MLP(2, [1]), "loss": nn.cross_entropy, "data": ([[1, 2]], [1])}, "an output for every class"),
        ({"net": nn.MLP(2, [150, 60])}, "a spreadsheet has about 16,000"),
    ],
)
def test_what_cannot_be_a_sheet_is_refused_in_one_sentence(options, words):
    given = {"net": shared_biases(), "loss": nn.l2_loss, "data": LESSON, "epochs": 3, "lr": 0.5, **options}
    if isinstance(given["net"], nn.MLP) and given["net"].outputs == 60:
        given["data"] = [[1, 2]], [[0.0] * 60]
    with pytest.raises(AutogradError, match=words):
        nn.spreadsheet(**given)


def test_an_operation_without_a_formula_is_named(table):
    odd = custom("odd", lambda x: x * 2, lambda y, x: 2.0)
    net = nn.MLP(1, [1], lambda x: odd(x), rng=0)
    with pytest.raises(OperandError, match="odd has no form in a spreadsheet"):
        nn.spreadsheet(net, nn.l2_loss, ([[1.0]], [1.0]), 2, 0.5)


def test_a_formula_longer_than_a_cell_holds_is_refused():
    with pytest.raises(AutogradError, match="a cell holds 8,192"):
        nn.spreadsheet(nn.MLP(1200, [1]), nn.l2_loss, ([[0.5] * 1200], [1.0]), 2, 0.5)


def test_a_loss_that_chooses_by_the_target_is_refused_unless_it_is_written_with_where():
    def choosing(y: Value, t: Any) -> Value:
        return y * y if t > 0.5 else 2 * y

    def written(y: Value, t: Any) -> Value:
        return where(greater(t, 0.5), y * y, 2 * y)

    net, data = nn.MLP(1, [1], rng=0), ([[1.0], [2.0]], [1.0, 0.0])
    with pytest.raises(nn.NetworkError, match="row 1 is computed by another formula"):
        nn.spreadsheet(net, choosing, data, 2, 0.5)
    assert nn.spreadsheet(net, written, data, 2, 0.5).xlsx


def test_a_file_of_another_kind_is_refused(tmp_path):
    for wrong in ("lesson.xls", "lesson", "lesson.csv"):
        with pytest.raises(nn.NetworkError, match="is saved as .xlsx"):
            lesson().save(tmp_path / wrong)
    with pytest.raises(nn.NetworkError, match="takes a path"):
        lesson().save(5)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        lesson().save(tmp_path / "nowhere" / "lesson.xlsx")


def test_a_missing_package_is_one_sentence_with_its_command(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(MissingPackageError, match=r'spreadsheets need XlsxWriter.*pip install "chainrule\[sheet\]"'):
        lesson()


# ---------------------------------------------------------------- what LibreOffice computes

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""


def changed(content: bytes, numbers: Mapping[str, float]) -> bytes:
    """The file with 0 as the stored number of every formula, and with other numbers in the cells of some names."""
    book, result = Workbook(content), io.BytesIO()
    typed = {book.at(name): number for name, number in numbers.items()}
    with zipfile.ZipFile(result, "w") as archive:
        for part in book.parts.namelist():
            body = book.parts.read(part)
            for sheet in book.sheets if part.startswith("xl/worksheets/sheet") else ():
                if part == f"xl/worksheets/sheet{book.sheets.index(sheet) + 1}.xml":
                    xml = re.sub(r"(</f>)<v>[^<]*</v>", r"\1<v>0</v>", body.decode())
                    for (there, cell), number in typed.items():
                        if there == sheet:
                            xml, count = re.subn(rf'(<c r="{cell}"[^>]*>)<v>[^<]*</v>', rf"\g<1><v>{number!r}</v>", xml)
                            assert count == 1
                    body = xml.encode()
            archive.writestr(part, body)
    return result.getvalue()


def recalculated(directory: Path, files: Mapping[str, bytes]) -> dict[str, dict[str, list[list[Any]]]]:
    """The rows of every sheet of every file, computed anew by LibreOffice; what is no number is text."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    profile = directory / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    for name, content in files.items():
        (directory / f"{name}.xlsx").write_bytes(content)
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "fods", "--outdir",
               str(directory), *(str(directory / f"{name}.xlsx") for name in files)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return {name: tables(directory / f"{name}.fods") for name in files}


def tables(path: Path) -> dict[str, list[list[Any]]]:
    def tag(kind: str, name: str) -> str:
        return f"{{{ODF}{kind}:1.0}}{name}"

    found: dict[str, list[list[Any]]] = {}
    for table in ElementTree.parse(path).getroot().iter(tag("table", "table")):
        rows = found.setdefault(table.attrib[tag("table", "name")], [])
        for row in table.iter(tag("table", "table-row")):
            cells: list[Any] = []
            for cell in row:
                number = cell.attrib.get(tag("office", "value"))
                said = "".join(cell.itertext()).strip()
                value = float(number) if number is not None and not said.startswith(("#", "Err:")) else said
                repeated = int(cell.attrib.get(tag("table", "number-columns-repeated"), 1))
                cells += [value] * (repeated if repeated < 500 else 1)
            rows.append(cells[: max((n for n, cell in enumerate(cells, 1) if cell != ""), default=0)])
    return found


@dataclass
class Lesson:
    """A training in a sheet, and what tells it again without one; `deltas` says of which node each δ is the slope."""

    net: nn.Network
    loss: Callable[..., Any]
    X: list[Any]
    T: list[Any]
    deltas: dict[str, str] = field(default_factory=dict)
    epochs: int = 6
    lr: float = 0.5
    changed_from: tuple[Lesson, dict[str, float]] | None = None  # another one, and what is typed into its cells

    def file(self) -> bytes:
        lesson, numbers = self.changed_from or (self, {})
        sheet = nn.spreadsheet(lesson.net, lesson.loss, (lesson.X, lesson.T), lesson.epochs, lesson.lr)
        return changed(sheet.xlsx, numbers)

    def rows(self) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Epoch, sample, and every number by the head of its column: `fit`, and a graph for every sample."""
        net = deepcopy(self.net)
        optimiser = nn.SGD(net.parameters(), lr=self.lr)
        history = nn.fit(net, self.X, self.T, loss=self.loss, optimizer=optimiser, epochs=self.epochs, snapshots=True)
        for epoch, snapshot in enumerate(history.snapshots):
            for label, weight in net.named_parameters().items():
                weight.data = snapshot[label]
            for sample, (x, t) in enumerate(zip(self.X, self.T, strict=True), 1):
                net.zero_grad()
                yield epoch, sample, self.numbers(net, x, t) | {text(label): n for label, n in snapshot.items()}

    def numbers(self, net: nn.Network, x: Any, t: Any) -> dict[str, float]:
        output = nn.graph(net, x, t, self.loss)
        output.backward()
        nodes = {node.label: node for node in topological_order(output)} | inner(output)
        found = {text(label): node.data for label, node in nodes.items()}
        found |= {f"∂{text(output.label)}/∂{text(label)}": node.grad for label, node in nodes.items()}
        return found | {head: nodes[label].grad for head, label in self.deltas.items() if label in nodes}


def inner(output: Value) -> dict[str, Value]:
    """The means, roots and logarithms in layers and losses, which have no label, as the sheet calls them."""
    found: dict[str, Value] = {}
    for node in topological_order(output):
        is_middle = node.op is not None and node.op.name == "mean" and all(parent.label for parent in node.parents)
        if not node.label and (is_middle or node.op is not None and node.op.name in ("sqrt", "logsumexp")):
            again = sum(label.split("_")[0] == node.op.name for label in found)
            found[node.op.name + (f"_{again + 1}" if again else "")] = node
    return found


LETTERS = {f"δ{j}⁽{layer}⁾": f"a_{n}^({layer})" for layer in "¹²" for n, j in enumerate("₁₂₃", 1)}
LETTERS = {head: label.replace("¹", "1").replace("²", "2") for head, label in LETTERS.items()}
LOGITS = {f"δ_y{j}": f"y_{j}" for j in (1, 2, 3)} | {f"δₐ{j}": f"a_{n}^(1)" for n, j in enumerate("₁₂₃", 1)}
NUMBERED = {"δₒ₁": "o_1", "δₒ₂": "o_2", "δₕ₁": "h_1", "δₕ₂": "h_2"}
FOUR = [[0.1, -0.4], [0.9, 0.3], [-0.7, 0.5], [0.2, 0.8]]


def normalised() -> nn.Network:
    return nn.Network([nn.Layer(2, 3, "tanh", rng=0), nn.LayerNorm(3), nn.Layer(3, 1, rng=1)])


def tied() -> nn.Network:
    """Both layers have the same weights."""
    net = nn.MLP(2, [2, 2], "tanh", rng=0)
    for before, after in zip(net.layers[0].neurons, net.layers[1].neurons, strict=True):
        after.w = before.w
    return net


LOSSES = [nn.l2_loss, nn.mse_loss, nn.mae_loss, nn.binary_cross_entropy_with_logits, nn.cross_entropy]

LESSONS = {
    "2-2-2": Lesson(shared_biases(), nn.l2_loss, *LESSON, NUMBERED, epochs=20),
    "2-2-2 without biases": Lesson(no_biases("identity"), nn.l2_loss, *LESSON, NUMBERED),
    "2-3-2": Lesson(nn.MLP(2, [3, 2], rng=0), nn.l2_loss, [[0.5, -1.0]], [[0.0, 1.0]], LETTERS),
    "2-3-2, four samples": Lesson(nn.MLP(2, [3, 2], rng=0), nn.mse_loss, FOUR, [[0, 1], [1, 0], [1, 1], [0, 0]],
                                  LETTERS),
    "linear regression": Lesson(nn.MLP(1, [1], "identity", rng=0), nn.mse_loss, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.1],
                                {"δ₁": "y_1"}, lr=0.1, epochs=30),
    "softmax of outputs": Lesson(nn.MLP(2, [3, 3], "tanh", output_activation="softmax", rng=0), nn.l2_loss, FOUR[:1],
                                 [[0, 1, 0]], LETTERS),
    "cross-entropy": Lesson(nn.MLP(2, [3, 3], "relu", output_activation="identity", rng=2), nn.cross_entropy, FOUR,
                            [0, 1, 2, 1], LOGITS),
    "normalised": Lesson(normalised(), nn.binary_cross_entropy, FOUR, [1.0, 0.0, 1.0, 0.0], LETTERS),
    "three layers": Lesson(nn.MLP(2, [2, 3, 1], ["gelu", "elu", "sigmoid"], rng=0), nn.binary_cross_entropy, FOUR[:2],
                           [1.0, 0.0], {f"δ{j}⁽{l}⁾": f"a_{n}^({k})" for k, l in enumerate("¹²³", 1)
                                        for n, j in enumerate("₁₂₃", 1)}),
    "shared weights": Lesson(tied(), nn.l2_loss, FOUR[:2], [[0.3, 0.6], [0.1, 0.9]], LETTERS),
    **{name: Lesson(nn.MLP(2, [2, 2], [name, "identity"], rng=1), loss, FOUR[:2], [[0.0, 1.0], [1.0, 0.0]],
                    LOGITS | {"δ₁⁽¹⁾": "a_1^(1)", "δ₂⁽¹⁾": "a_2^(1)"}, epochs=3, lr=0.2)
       for name, loss in zip(sorted({*ACTIVATIONS} - {"identity"}), cycle(LOSSES))},
}  # fmt: skip
LESSONS |= {
    f"{name}, η changed": replace(LESSONS[name], lr=1.75, changed_from=(LESSONS[name], {"eta": 1.75}))
    for name in ("2-2-2", "2-3-2, four samples")
}
LESSONS["2-2-2, all changed"] = Lesson(
    setting(shared_biases(), [0.1, 0.2, 0.35, 0.25, 0.3, -0.7, 0.45, 0.6, 0.5, 0.55]), nn.l2_loss, [[0.05, -2.0]],
    [[0.5, 0.99]], NUMBERED, changed_from=(Lesson(shared_biases(), nn.l2_loss, *LESSON), {
        "i_2": -2.0, "t_1": 0.5, "w_1_start": 0.1, "w_5_start": -0.7})
)  # fmt: skip


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    files = {str(number): lesson.file() for number, lesson in enumerate(LESSONS.values())}
    found = recalculated(tmp_path_factory.mktemp("sheets"), files)
    return dict(zip(LESSONS, found.values(), strict=True))


def differences(lesson: Lesson, sheets: dict[str, list[list[Any]]]) -> tuple[list[Any], int]:
    """The cells of LibreOffice that are not what the engine says, and how many were compared."""
    wrong, count = [], 0
    table = sheets.get("Samples", sheets["Training"])
    heads = table[1]
    for index, (epoch, sample, numbers) in enumerate(lesson.rows()):
        expected = numbers | {"epoch": epoch, "sample": sample}
        row = table[3 + index]
        for head, value in zip(heads, row, strict=True):
            count += 1
            if not (isinstance(value, float) and math.isclose(value, expected[head], rel_tol=1e-9, abs_tol=1e-12)):
                wrong.append((epoch, sample, head, value, expected[head]))
    return wrong, count


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", LESSONS)
def test_libreoffice_computes_every_cell_as_the_engine_does(computed, name):
    lesson, sheets = LESSONS[name], computed[name]
    wrong, count = differences(lesson, sheets)

    assert wrong == []
    assert count == (lesson.epochs + 1) * len(lesson.X) * len(sheets.get("Samples", sheets["Training"])[1])


@pytest.mark.libreoffice
def test_libreoffice_computes_the_means_and_the_updates_of_several_samples(computed):
    for name in ("2-3-2, four samples", "linear regression", "cross-entropy", "normalised"):
        lesson, training = LESSONS[name], computed[name]["Training"]
        by_epoch: dict[int, list[dict[str, float]]] = {}
        for epoch, _, numbers in lesson.rows():
            by_epoch.setdefault(epoch, []).append(numbers)
        for epoch, numbers in by_epoch.items():
            for head, value in zip(training[1][1:], training[3 + epoch][1:], strict=True):
                mean = math.fsum(each[head] for each in numbers) / len(numbers)
                assert value == pytest.approx(mean, rel=1e-9, abs=1e-12), (name, epoch, head)


@pytest.mark.libreoffice
def test_a_planted_fault_in_a_formula_is_seen(tmp_path):
    lesson = Lesson(shared_biases(), nn.l2_loss, *LESSON, NUMBERED, epochs=2)
    book, result = Workbook(lesson.file()), io.BytesIO()
    cell = book.heads("Training")["δₒ₂"] + "4"
    with zipfile.ZipFile(result, "w") as archive:
        for part in book.parts.namelist():
            xml = book.parts.read(part).decode()
            fault = re.sub(rf'(<c r="{cell}"[^>]*><f>)', r"\g<1>1.00001*", xml)
            archive.writestr(part, fault if part.endswith("sheet2.xml") else xml)

    wrong, _ = differences(lesson, recalculated(tmp_path, {"fault": result.getvalue()})["fault"])

    assert ("δₒ₂" in {head for epoch, _, head, *_ in wrong if epoch == 0}) and len(wrong) > 20
    assert "δₒ₁" not in {head for epoch, _, head, *_ in wrong if epoch == 0}
