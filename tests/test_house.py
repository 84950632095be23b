"""The house holds its own rules: sizes, floors, doors, words and closed hazards."""

import ast
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

from tests import measure_style

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("app", "viewers", "planning", "segmentation", "resources")
SAYING_NO = {"Refusal", "Misuse", "Unavailable", "Finding"}


def sources() -> list[Path]:
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.fixture(scope="module")
def figures() -> measure_style.Figures:
    counted = measure_style.Figures()
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            counted.add_file(path, ROOT / floor)
    return counted


def test_files_stay_small(figures):
    assert measure_style.share(figures.files, 0.95) <= 400
    assert max(figures.files) <= 600


def test_functions_stay_small(figures):
    assert measure_style.share(figures.functions, 0.5) <= 6
    assert measure_style.share(figures.functions, 0.95) <= 30
    assert max(figures.functions) <= 60


def test_classes_stay_small(figures):
    assert max(figures.classes)[0] <= 300
    # The guide asks for 20; History, MainWindow and Tooling are the three above it.
    assert max(methods for _, methods in figures.classes) <= 23


def test_everything_is_typed_and_public_things_are_documented(figures):
    assert figures.typed == len(figures.functions)
    assert not list(undocumented())


def undocumented() -> Iterator[str]:
    """Yield public functions and classes of modules and classes; an inner function is private."""
    for path in sources():
        pending: list[ast.AST] = [tree(path)]
        while pending:
            for node in ast.iter_child_nodes(pending.pop()):
                if isinstance(node, ast.ClassDef):
                    pending.append(node)
                if (
                    isinstance(node, ast.ClassDef | ast.FunctionDef)
                    and not node.name.startswith("_")
                    and ast.get_docstring(node) is None
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_no_module_is_in_a_cycle(figures):
    assert measure_style.largest_cycle(figures.graph()) == 0


def test_doubles_stay_rare():
    lines, doubles = measure_style.count_tests(ROOT / "tests")
    assert 1000 * doubles / lines <= 2


@pytest.mark.parametrize("floor", ["resources", "segmentation", "planning"])
def test_a_lower_floor_loads_neither_qt_nor_vtk(floor):
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / floor).rglob("*.py"))
    ]
    probe = (
        f"import sys\nimport {', '.join(modules)}\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('PySide6', 'vtkmodules', 'vtk')]\n"
        "sys.exit(', '.join(bad) or None)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


def test_each_door_says_what_enters_and_what_does_not():
    for path in sources():
        if path.name == "__init__.py":
            text = ast.get_docstring(tree(path)) or ""
            assert text.count(".") >= 2, f"{path.relative_to(ROOT)} has no door sentence"


@cache
def said_codes() -> tuple[tuple[str, str, set[str] | None], ...]:
    return tuple(codes_of_calls())


def codes_of_calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield place, code and names of values (None where they aren't written out)."""
    for path in sources():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            code = node.args[0]
            if name in SAYING_NO and isinstance(code, ast.Constant) and isinstance(code.value, str):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                names = {word.arg for word in node.keywords}
                known = None if name == "Finding" or None in names else {str(n) for n in names}
                yield place, code.value, known


@cache
def catalogue(language: str) -> dict[tuple[str | None, str], str]:
    folder = ROOT / "resources" / "locale" / language
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for path in sorted(folder.glob("*.po"))
        for entry in polib.pofile(str(path))
    }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_code_has_two_sentences(language):
    folder = ROOT / "resources" / "locale" / language
    keys = [
        (entry.msgctxt, entry.msgid)
        for path in sorted(folder.glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.msgctxt
    ]
    assert len(keys) == len(set(keys)), sorted(k for k in keys if keys.count(k) > 1)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_code_has_its_sentence_and_fills_it(language):
    known = catalogue(language)
    faults = []
    for place, code, values in said_codes():
        text = known.get(("message", code), "")
        if not text:
            faults.append(f"{place}: no {language} sentence for {code}")
        both = text + known.get(("fix", code), "")
        fields = {name for _, name, _, _ in string.Formatter().parse(both) if name}
        if values is not None and not fields <= values:
            faults.append(f"{place}: {code} is not given {sorted(fields - values)} ({language})")
    assert not faults, "\n".join(faults)


def test_french_and_english_say_the_same_codes():
    english, french = catalogue("en"), catalogue("fr")
    codes = {key for key in english if key[0] in ("message", "fix")}
    assert codes == {key for key in french if key[0] in ("message", "fix")}


def marked_tests() -> dict[str, set[str]]:
    """Return the hazard rows of each test, by `file::function`."""
    rows: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("hazard"):
                        place = f"{path.relative_to(ROOT)}::{node.name}"
                        rows.setdefault(place, set()).update(ast.literal_eval(a) for a in mark.args)
    return rows


def test_each_closed_hazard_has_its_test():
    closed = tomllib.loads((ROOT / "docs" / "hazards.toml").read_text())
    marked = marked_tests()
    for row, entry in closed.items():
        for place in entry["tests"]:
            assert row in marked.get(place, set()), f"{row}: {place} does not name it"
