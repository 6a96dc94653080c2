"""The course: what its notebooks are made of, what a run of each gives, and what a browser shows of them.

The notebooks are read as they are stored; those tests need no package. To run them takes the extra `notebook`.
"""

from __future__ import annotations

import json
import re
from importlib import import_module, util
from os.path import commonprefix
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import pytest
from browser import told

FOLDER = Path(__file__).parent.parent / "notebooks"
COURSE = sorted(FOLDER.glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module", params=COURSE, ids=lambda path: path.stem)
def path(request):
    return request.param


# ---------------------------------------------------------------- reading what is stored


def cells_of(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def written(cells: list[dict]) -> list[tuple[int, str, str]]:
    """Every text that is stored as an output: number of the cell, kind, text. Pictures as points are none."""
    found = []
    for number, cell in enumerate(cells, 1):
        for output in cell.get("outputs", ()):
            parts = output.get("data") or {output.get("name", "error"): output.get("text", "")}
            found += [(number, kind, "".join(text)) for kind, text in parts.items() if kind != "image/png"]
    return found


_OF_ONE_RUN = {
    "a path of this machine": r"(?<![\w<.])/(?:work|tmp|root|home|Users|usr|private|var|opt)/|\b[A-Z]:\\",
    "an address": r"\b0x[0-9a-f]{6,}",
    "a date": r"\b20\d\d-\d\d-\d\d\b",
    "a time of day": r"\b[012]\d:[0-5]\d\b",
    "a duration": r"\b\d+(?:\.\d+)? ?(?:ms|µs|seconds?)\b",
    "a warning or an error": r"Warning\b|WARNING|Traceback",
}


def of_one_run(text: str) -> list[str]:
    """What of a text belongs to one run or machine, and will be another one in the next."""
    return [what for what, pattern in _OF_ONE_RUN.items() if re.search(pattern, text)]


def exercises(cells: list[dict]) -> list[dict]:
    """The code cells of the exercises, in order: the one below each **Exercise N.**"""
    places = [place for place, cell in enumerate(cells) if "**Exercise " in source(cell)]
    return [cells[place + 1] for place in places]


def keys(cells: list[dict]) -> list[list[str]]:
    """The keys of every exercise, as the last cell lists them: "1. `w*x`, or `x*w`: why"."""
    lines = re.findall(r"^\d+\. (`.*)$", source(cells[-1]), re.MULTILINE)
    return [re.findall(r"`([^`]+)`", re.match(r"`[^`]+`(?:, or `[^`]+`)*", line)[0]) for line in lines]


_ANSWER = re.compile(r"^answer = .*$", re.MULTILINE)


def answered(cell: dict, key: str) -> str:
    """The code of an exercise with a key for an answer, a formula or a dict of formulas."""
    return _ANSWER.sub(lambda _: f"answer = {key if key.startswith('{') else repr(key)}", source(cell), count=1)


# ---------------------------------------------------------------- what every notebook promises as it is stored


def test_the_course_has_twelve_notebooks_in_order():
    assert [path.name[:3] for path in COURSE] == [f"{number:02}_" for number in range(1, 13)]


def test_the_picture_of_the_benchmark_is_that_of_its_last_run():
    measured = (FOLDER.parent / "benchmarks" / "replay" / "results" / "results.svg").read_text(encoding="utf-8")
    shown = [text for _, kind, text in written(cells_of(COURSE[-1])) if kind == "image/svg+xml"]

    assert canonicalize(measured) in map(canonicalize, shown), "run notebooks/run.py 12"


def test_it_opens_with_what_the_reader_will_be_able_to_do(path):
    title, text, *rest = source(cells_of(path)[0]).split("\n\n")

    assert re.fullmatch(rf"# {int(path.name[:2])} · .+", title)
    assert text == "After this notebook you can"
    assert 3 <= len(re.findall("^- ", rest[0], re.MULTILINE)) <= 6


def test_it_closes_with_exercises_in_order_and_their_keys(path):
    cells = cells_of(path)
    numbers = re.findall(r"\*\*Exercise (\d)\.\*\*", "\n".join(map(source, cells)))

    assert "## Exercises" in "\n".join(map(source, cells)).splitlines()
    assert 3 <= len(numbers) <= 5 and numbers == [str(number + 1) for number in range(len(numbers))]
    assert source(cells[-1]).startswith("<details><summary>Keys</summary>\n\n1. `")
    assert source(cells[-1]).endswith("\n\n</details>")
    assert len(keys(cells)) == len(numbers) == len(exercises(cells))
    assert sum(bool(_ANSWER.search(source(cell))) for cell in exercises(cells)) >= 3


def test_the_answers_that_are_stored_are_wrong_and_their_verdicts_name_the_mistake(path):
    judged = [cell for cell in exercises(cells_of(path)) if _ANSWER.search(source(cell))]

    for cell in judged:
        verdict = "".join(cell["outputs"][-1]["data"]["text/plain"])
        assert verdict.startswith("Verdict(correct=False") and "mistake='un" not in verdict, verdict


def test_its_pictures_and_formulas_come_from_cells_and_none_is_pasted(path):
    cells = cells_of(path)
    kinds = {kind for cell in cells for output in cell.get("outputs", ()) for kind in output.get("data", {})}

    assert "image/svg+xml" in kinds
    assert any(kind == "text/html" and "<math" in text for _, kind, text in written(cells))
    for cell in cells:
        assert "attachments" not in cell
        assert cell["cell_type"] == "code" or not re.search(r"!\[|<img|<svg|\$[^$]+\$|\\\(", source(cell))


def test_it_was_stored_after_one_run_from_top_to_bottom(path):
    cells = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]

    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


def test_nothing_that_it_shows_belongs_to_one_run_or_machine(path):
    shown = written(cells_of(path))

    assert {kind for _, kind, _ in shown} & {"stderr", "error"} == set()
    assert [(number, of_one_run(text)) for number, _, text in shown if of_one_run(text)] == []


def test_no_line_of_code_is_cut_on_the_web(path):
    lines = [line for cell in cells_of(path) if cell["cell_type"] == "code" for line in source(cell).splitlines()]

    assert [line for line in lines if len(line) > 112] == []


@pytest.mark.parametrize(
    "text",
    ["saved /tmp/tmp8s/x.xlsx", r"C:\Users\ada\x", "<function f at 0x7f00deadbeef>", "2031-01-31", "at 09:41",
     "took 0.3 seconds", "DeprecationWarning: soon"],
)  # fmt: skip
def test_the_search_for_what_belongs_to_one_run_finds_it(text):
    assert len(of_one_run(text)) == 1
    assert of_one_run("a ratio of 1:2, w/d, dy/dx, 3 ms⁻¹ and σ(a) = 1/(1 + e⁻ᵃ)") == ["a duration"]
    assert of_one_run("a ratio of 1:2, w/d, dy/dx and σ(a) = 1/(1 + e⁻ᵃ)") == []


# ---------------------------------------------------------------- what a run gives

notebooks = pytest.mark.notebooks
MINUTE = 60


@pytest.fixture(scope="module")
def runner():
    """The module notebooks/run.py."""
    for package in ("nbclient", "ipykernel", "sklearn", "matplotlib", "xlsxwriter"):
        pytest.importorskip(package, reason='needs the extra [notebook]: pip install "chainrule[notebook]"')
    spec = util.spec_from_file_location("notebooks_run", FOLDER / "run.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Ran:
    """A notebook after a run, with what was run behind its end: how long it took, and the exercises with their keys."""

    # Seconds of the processor, also those of programs that a cell starts: they do not depend on what else is running.
    TIME = "import os\nprint(sum(os.times()[:4]))"

    def __init__(self, runner, path: Path, folder: Path) -> None:
        nbformat = import_module("nbformat")
        notebook = nbformat.read(path, as_version=4)
        self.count = len(notebook.cells)
        judged = [(cell, found) for cell, found in zip(exercises(notebook.cells), keys(notebook.cells), strict=True)]
        self.keys = [(cell, key) for cell, found in judged if _ANSWER.search(source(cell)) for key in found]
        added = [self.TIME, *(answered(*each) for each in self.keys)]
        notebook.cells += [nbformat.v4.new_code_cell(code) for code in added]
        nbformat.write(notebook, folder / path.name)

        done = runner.executed(folder / path.name)
        self.texts = [each for each in runner.texts(done) if each[0] <= self.count]
        time, *verdicts = done.cells[self.count :]
        self.seconds = float(time.outputs[0].text)
        self.verdicts = [cell.outputs[-1]["data"]["text/plain"] for cell in verdicts]


@pytest.fixture(scope="module")
def ran(path, runner, tmp_path_factory):
    return Ran(runner, path, tmp_path_factory.mktemp("notebook"))


def where_they_part(before: str, after: str) -> str:
    """The first place at which two texts differ, with some of what stands around it."""
    place = len(commonprefix([before, after]))
    return " became ".join(repr(text[max(place - 40, 0) : place + 40]) for text in (before, after))


@notebooks
def test_a_run_changes_no_byte_of_the_texts(ran, path, runner):
    stored = runner.texts(import_module("nbformat").read(path, as_version=4))

    assert len(stored) == len(ran.texts) > 20
    changed = [(*before, after[2]) for before, after in zip(stored, ran.texts, strict=True) if before != after]
    told = [f"cell {number}, {kind}: {where_they_part(before, after)}" for number, kind, before, after in changed]
    assert not told, "run notebooks/run.py if this is meant\n" + "\n".join(told)


@notebooks
def test_every_key_is_judged_right(ran):
    assert len(ran.keys) >= 3
    for (_, key), verdict in zip(ran.keys, ran.verdicts, strict=True):
        assert verdict.startswith("Verdict(correct=True"), f"{key}: {verdict}"


@notebooks
def test_it_runs_in_less_than_a_minute(ran):
    assert ran.seconds < MINUTE


@notebooks
def test_the_file_is_as_the_script_writes_it(path, runner):
    notebook = import_module("nbformat").read(path, as_version=4)

    assert path.read_text(encoding="utf-8") == runner.written(runner.tidied(notebook))


@notebooks
def test_a_changed_text_and_a_wrong_key_are_noticed(runner, tmp_path):
    nbformat = import_module("nbformat")
    exercise = 'from autograd import Value, check\nx = Value(3.0, "x")\nanswer = "x"\ncheck(x * x, x, answer)'
    cells = [nbformat.v4.new_code_cell("print(41)"), nbformat.v4.new_markdown_cell("**Exercise 1.** x²"),
             nbformat.v4.new_code_cell(exercise), nbformat.v4.new_markdown_cell("1. `2*x`, or `3*x`: no")]  # fmt: skip
    cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text="42\n")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_planted.ipynb")
    (tmp_path / "copy").mkdir()
    ran = Ran(runner, tmp_path / "00_planted.ipynb", tmp_path / "copy")

    assert ran.texts[0] == (1, "stdout", "41\n")
    assert where_they_part("42\n", ran.texts[0][2]) == r"'42\n' became '41\n'"
    assert ["Verdict(correct=True" in verdict for verdict in ran.verdicts] == [True, False]


# ---------------------------------------------------------------- what a browser shows

WIDTH = 1000

# Before everything else on the page: what goes wrong in its scripts.
_WATCH = """<script>window.wrong = [];
addEventListener("error", e => { if (e.message) wrong.push(e.message); });
addEventListener("unhandledrejection", e => wrong.push(String(e.reason)));</script>"""

_MEASURE = """<script>addEventListener("load", () => setTimeout(() => {
const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.right, b.width, b.height].map(Math.round); };
const all = (s, f) => [...document.querySelectorAll(s)].map(f);
const prose = document.body.cloneNode(true);
prose.querySelectorAll("script, style, pre, code, svg, math annotation").forEach(e => e.remove());
const found = {wrong, page: document.documentElement.scrollWidth, prose: prose.textContent,
pictures: all("img, svg", e => [...box(e), e.localName == "svg" || e.naturalWidth > 0]), maths: all("math", box),
leaves: all("math mi, math mn, math mo", e => [...box(e).slice(2), e.textContent.trim()])};
document.body.innerHTML = "<pre id=out></pre>";
document.querySelector("#out").textContent = JSON.stringify(found);
}, 200))</script>"""


def measured(page: str, folder: Path) -> dict:
    """What Chromium makes of a page, without a network: sizes of pictures and formulas, prose, and errors."""
    watched = page.replace("<head>", f"<head>{_WATCH}", 1) + _MEASURE
    options = ("--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={WIDTH},1000", "--virtual-time-budget=5000")
    return told(watched, folder, *options)


@pytest.fixture(scope="module")
def shown(path, tmp_path_factory):
    exporter = pytest.importorskip("nbconvert", reason="needs the extra [notebook]").HTMLExporter()
    return measured(exporter.from_filename(str(path))[0], tmp_path_factory.mktemp("page"))


@notebooks
@pytest.mark.browser
def test_in_a_browser_every_picture_has_a_size_and_fits_the_page(shown, path):
    kinds = [kind for cell in cells_of(path) for output in cell.get("outputs", ()) for kind in output.get("data", {})]
    assert len(shown["pictures"]) >= kinds.count("image/svg+xml") + kinds.count("image/png") > 0
    assert shown["page"] <= WIDTH
    for left, right, width, height, is_read in shown["pictures"]:
        assert is_read and width > 30 and height > 10 and 0 <= left < right <= WIDTH


@notebooks
@pytest.mark.browser
def test_in_a_browser_every_formula_is_typeset_and_none_is_left_as_latex(shown, path):
    stored = "".join(text for _, kind, text in written(cells_of(path)) if kind == "text/html")
    assert len(shown["maths"]) == stored.count("<math") > 0
    for left, _, width, height in shown["maths"]:
        assert width > 0 and height > 0 and left >= 0
    assert all(width > 0 and height > 0 for width, height, text in shown["leaves"] if text.strip("\u2061\u2062"))
    assert not re.search(r"\\(?:frac|partial|cdot|delta|sigma|sum|text|left)\b|\$\$|\\\(|\\\[", shown["prose"])


@notebooks
@pytest.mark.browser
def test_in_a_browser_no_script_fails(shown):
    assert shown["wrong"] == []


@notebooks
@pytest.mark.browser
def test_what_a_browser_does_not_show_is_noticed(tmp_path):
    page = ("<!doctype html><html><head></head><body><svg width='1200' height='0'></svg><math></math>"
            r"<img src='data:image/svg+xml,<svg'><p>\frac{1}{2}</p><script>gone()</script></body></html>")  # fmt: skip
    found = measured(page, tmp_path)

    assert found["wrong"] == ["Uncaught ReferenceError: gone is not defined"]
    assert found["page"] > WIDTH and found["pictures"][0][2:] == [1200, 0, True] and found["maths"][0][2:] == [0, 0]
    assert found["pictures"][1][-1] is False
    assert r"\frac" in found["prose"]
