"""SEC-5, SEC-6: a name is only ever a name: no path, no formula, no markup, no second file."""

import csv
import random
import re
import string
from dataclasses import replace

import numpy as np
import pytest

from app.console.measured import fields, results, table
from planning.case.case import Segment, SegmentId
from planning.exchange import EXPORTERS
from planning.exchange.verify import verify
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.io.header import ImageReferences
from segmentation.mask import BitMask
from segmentation.progress import silent
from tests.planning.exchange.making import at, exported, volume, whole_case

SCRIPT = "<script>alert(1)</script>"
NAMES = (
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/shadow",
    "C:\\x",
    "\\\\host\\share",
    "CON",
    "con",
    "nul.stl",
    "COM1",
    "lpt9.",
    ".",
    "..",
    "...",
    ".hidden",
    "-rf",
    "--help",
    "~",
    "~root",
    "$(touch x)",
    "`touch x`",
    "${HOME}",
    "%HOME%",
    "%s%s%s%n",
    "{0.__class__}",
    "{{7*7}}",
    "a;b",
    "a|b",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "|calc",
    '=HYPERLINK("http://192.0.2.1","x")',
    "=cmd|' /C calc'!A0",
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "<!--",
    "-->",
    "]]>",
    "<?xml?>",
    "&lt;b&gt;",
    "&amp;",
    "' OR 1=1 --",
    '"',
    "'",
    "\\",
    "\\n",
    "a\u00a0b",
    "bone",
    "Bone",
    "BONE",
    "bo\u0301ne",
    "bóne",
    "\uff0e\uff0e\uff0fx",
    "\u2215",
    "عظم",
    "骨",
    "🦴",
    "x" * 80,
    "X" * 80,
    "a.",
    "a ",
    " a",
    "NaN",
    "null",
    "plan.json",
    "passport.json",
    "manifest-sha256.txt",
    "data/plan.json",
)


def drawn_names(count, seed):
    """Return so many different names of printable signs, most of them meant to do harm."""
    rng = random.Random(seed)
    bits = [*NAMES, *string.punctuation, *string.digits, "é", "ب", "/", "\\"]
    names = dict.fromkeys(name for name in NAMES if name.strip() and name.isprintable())
    while len(names) < count:
        name = "".join(rng.choice(bits) for _ in range(rng.randrange(1, 7)))[:80]
        if name.strip() and name.isprintable():
            names[name] = None
    return list(names)[:count] if count >= len(NAMES) else list(names)


def case_named(names):
    """A case whose segments, landmarks, a path and zones all bear these names."""
    segments, shape = [], volume().grid.shape_kji
    rng = np.random.default_rng(1)
    for n, name in enumerate(names):
        mask = np.zeros(shape, bool)
        k, j, i = rng.integers(1, np.array(shape) - 4)
        mask[k : k + 2, j : j + 2, i : i + 2] = True
        segments.append(Segment(SegmentId(f"s{n}"), name, BitMask.from_bool(mask), "#a0b0c0"))
    # An item is told from a segment of the same name by its last sign only.
    items = [
        Landmark(ItemId(f"l{n}"), f"{name[:78]}'{n % 10}", at(n / 100, 0, 0))
        for n, name in enumerate(names)
    ]
    items[::20] = [
        Trajectory(one.id, one.name, at(0, 0, 7), at(1, 0, -3), 2.0) for one in items[::20]
    ]
    items[1::30] = [
        NoGoZone(one.id, one.name, segments[n].id, 1.0) for n, one in enumerate(items[1::30])
    ]
    case = whole_case()
    images = ImageReferences(
        "1.2.840.10008.5.1.4.1.1.2", tuple(f"1.2.3.4.{k}" for k in range(shape[0]))
    )
    source = replace(case.source, images=images)
    return replace(case, source=source, segments=tuple(segments), plan=Plan(tuple(items)))


def written_by_all(names, folder):
    out = folder / "out"
    everyone = [exporter.name for exporter in EXPORTERS]
    exported(case_named(names), out, names=everyone)
    return out


def held(out, names):
    """Hold every path and every text of an export against what names may do."""
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    paths = [path.relative_to(out).as_posix() for path in out.rglob("*")]
    assert len({path.casefold() for path in paths}) == len(paths)
    assert len(paths) > 2 * len(names)
    for path in out.rglob("*"):
        assert path.resolve().is_relative_to(out.resolve())
        assert not path.is_symlink()
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", path.name), path.name
        if path.suffix in (".html", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert SCRIPT not in text
            assert "<img src=x" not in text


@pytest.mark.hazard("HAZ-39")
@pytest.mark.slow
def test_hostile_names_are_names_in_every_export(tmp_path):
    names = drawn_names(60, seed=1)
    assert len(names) >= 60
    out = written_by_all(names, tmp_path)
    held(out, names)
    verdict = verify(out, allow_draft=True)
    assert verdict.passed, [check.name for check in verdict.checks if not check.ok]


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_five_hundred_hostile_names_make_no_second_file_and_no_way_out(tmp_path):
    names = drawn_names(500, seed=2)
    assert len(names) == 500
    held(written_by_all(names, tmp_path), names)


@pytest.mark.hazard("HAZ-39")
def test_no_cell_of_a_table_is_a_formula(tmp_path):
    names = drawn_names(60, seed=1)
    case = case_named(names)
    known = {str(one.id): one.name for one in (*case.segments, *case.plan.items)}
    rows = [fields(result, known) for result in results(case, (), silent)]
    cells = list(csv.DictReader("\n".join(table(rows)).splitlines()))
    assert len(cells) == len(rows) > 60
    for cell, row in zip(cells, rows, strict=True):
        for name, text in cell.items():
            if name not in ("value", "uncertainty_mm"):  # these are numbers, and stay such
                assert not text.lstrip().startswith(("=", "+", "-", "@", "|", "\t", "\r")), text
        assert cell["item_name"].removeprefix("'") == str(row["item_name"]).removeprefix("'")
        assert cell["value"] == ("" if row["value"] is None else str(row["value"]))
    assert any(cell["item_name"].startswith("'=") for cell in cells)
