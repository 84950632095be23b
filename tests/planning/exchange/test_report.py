"""The report: what other programs read of it, on every page, in three languages."""

import hashlib
from dataclasses import replace

import pytest
from fpdf import FPDF
from PIL import Image

from planning.case.case import Kind
from planning.exchange.exporter import Handover
from planning.exchange.read_back import differs
from planning.exchange.report import Report
from planning.exchange.report_pdf import report_bytes
from planning.exchange.report_reader import bare as as_read
from planning.exchange.report_reader import missing_page, read_words
from planning.exchange.seal import draft_plan
from planning.measures.surfaces import Surfaces
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from resources import FOLDER
from segmentation.errors import Refusal
from tests.planning.exchange.judges.papers import font_rows, page_texts, scanned
from tests.planning.exchange.judges.programs import program, run
from tests.planning.exchange.making import (
    CANARIES,
    HEAD,
    TODAY,
    at,
    bytes_of,
    exported,
    key,
    whole_case,
)
from tests.planning.exchange.reports import LANGUAGES, bare, handed_over, made

STATES = {
    "en": ("DRAFT", "SEALED", "SIMULATION"),
    "fr": ("BROUILLON", "SCELLÉ", "SIMULATION"),
    "ar": ("مسودة", "مختوم", "محاكاة"),
}
KINDS = [(kind, is_sealed) for kind in Kind for is_sealed in (True, False)]


def written(tmp_path, language, kind=Kind.CLINICAL, *, is_sealed=True):
    path = tmp_path / "report.pdf"
    path.write_bytes(made(language, kind, is_sealed=is_sealed).body)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_program_finds_every_name_hash_and_number(language, tmp_path):
    pages = page_texts(written(tmp_path, language))
    text = bare("".join(pages))
    handover = handed_over(language)
    comma = "," if language == "fr" else "."
    for name in ("CASE-7", "tip", "width", "tilt", "wire", "cut", "zone", "bone", "Canal", "none"):
        assert name in text
    for number in ("14.0", "90.0", "11.0", "85.4", "4.6", "14.4", "0.69", "0.20", "1.8", "2.9"):
        assert number.replace(".", comma) in text
    assert hashlib.sha256(handover.plan).hexdigest() in text
    assert handover.case.seals[-1].fingerprint in text
    assert "A.Surgeon" in text
    assert "2026-03-04T10:00:00+00:00" in text


@pytest.mark.hazard("HAZ-6")
@pytest.mark.hazard("HAZ-26")
@pytest.mark.parametrize(("kind", "is_sealed"), KINDS)
def test_every_page_says_case_hash_and_state_and_no_other(kind, is_sealed, tmp_path):
    pages = page_texts(written(tmp_path, "fr", kind, is_sealed=is_sealed))
    draft, sealed, simulation = STATES["fr"]
    sha256 = hashlib.sha256(handed_over("fr", kind, is_sealed=is_sealed).plan).hexdigest()
    assert len(pages) >= 3
    for n, page in enumerate(pages, 1):
        assert "CASE-7" in page
        assert "Côté GAUCHE" in page
        assert sha256 in page
        assert f"Page {n} sur {len(pages)}" in page
        assert (draft in page, sealed in page) == (not is_sealed, is_sealed)
        assert (simulation in page) == (kind is Kind.SIMULATION)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_draft_and_simulation_on_every_page(language):
    draft, sealed, simulation = STATES[language]
    drafts = made(language, Kind.SIMULATION, is_sealed=False).pages
    assert all(page.count(draft) >= 2 and page.count(simulation) >= 2 for page in drafts)
    assert all(sealed not in page for page in drafts)
    assert all(draft not in page for page in made(language).pages)


def test_arabic_words_are_found_and_would_not_be_without_shaping(tmp_path):
    words = ("محاكاة", "مسودة", "الصفحة", "المسافة")
    path = written(tmp_path, "ar", Kind.SIMULATION, is_sealed=False)
    text = "".join(page_texts(path))
    assert all(word in text for word in words)
    plain = FPDF()
    plain.add_font("a", "", FOLDER / "fonts" / "IBMPlexSansArabic-Regular.woff")
    plain.add_page()
    plain.set_font("a", size=14)
    plain.cell(text=" ".join(words))
    plain.output(str(tmp_path / "unshaped.pdf"))
    unshaped = "".join(page_texts(tmp_path / "unshaped.pdf"))
    assert not all(word in unshaped for word in words)


def test_all_fonts_are_embedded(tmp_path):
    rows = font_rows(written(tmp_path, "ar"))
    assert len(rows) >= 3
    assert all(row == ["yes", "yes", "yes"] for row in rows)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_code_on_page_one_is_read_from_a_print_at_150_dpi(language, tmp_path):
    path = written(tmp_path, language, Kind.SIMULATION, is_sealed=False)
    said = scanned(path, tmp_path)
    plan = handed_over(language, Kind.SIMULATION, is_sealed=False).plan
    assert said == f"tasrif:plan:sha256:{hashlib.sha256(plan).hexdigest()}"


def test_the_same_plan_and_language_give_the_same_bytes_another_language_others():
    handover = handed_over("fr")
    assert report_bytes(handover) == made("fr").body != made("en").body
    assert b'xmp:ModifyDate="2026-03-04T10:00:00+00:00"' in made("fr").body
    assert b'pdfaid:part="3" pdfaid:conformance="B"' in made("fr").body


def test_nobody_is_named_and_no_place_of_this_machine(tmp_path):
    path = written(tmp_path, "en")
    text = "".join(page_texts(path)) + path.read_bytes().decode("latin-1")
    assert not [one for one in (*CANARIES, str(FOLDER)) if one in text]


def test_a_picture_is_never_mirrored(tmp_path):
    """Red on the left, blue on the right: so it stands in Arabic as well."""
    picture = Image.new("RGB", (40, 30), (255, 0, 0))
    picture.paste((0, 0, 255), (20, 0, 40, 30))
    picture.save(tmp_path / "axial.png")
    pictures = {"axial": (tmp_path / "axial.png").read_bytes()}
    places = {}
    for language in ("en", "ar"):
        body = report_bytes(replace(handed_over(language), pictures=pictures))
        (tmp_path / "report.pdf").write_bytes(body)
        run(program("pdftoppm", "poppler-utils"), "-r", 40, "-f", 2, "-singlefile", "-png",
            tmp_path / "report.pdf", tmp_path / "page")  # fmt: skip
        page = Image.open(tmp_path / "page.png").convert("RGB")
        wide, high = page.size
        pixels = {(x, y): page.getpixel((x, y)) for x in range(wide) for y in range(high)}
        red = [x for (x, _), seen in pixels.items() if seen == (255, 0, 0)]
        blue = [x for (x, _), seen in pixels.items() if seen == (0, 0, 255)]
        assert max(red) <= min(blue)
        places[language] = (min(red) + max(blue)) / 2 / wide
    assert places["en"] < 0.5 < places["ar"]  # the grid is mirrored, the picture is not


@pytest.mark.parametrize(
    "name",
    [
        "W" * 80,
        '=HYPERLINK("http://x")',
        "№ 14 9.9 mm",
        "肝 🫀 {nb} **b** <i>",
        "سلك K-wire (أ) 2.5",
        "e" + "\u0301" * 79,
    ],
)
def test_hostile_names_are_printed_and_read_back(name, tmp_path):
    case = replace(whole_case(), plan=Plan((Landmark("l1", name, at(0, 0, 0)),)))
    plan = draft_plan(case, Surfaces(), TODAY, HEAD)
    for language in LANGUAGES:
        words = handed_over(language).words
        (one,) = Report().write(Handover(case, plan, is_draft=True, words=words), tmp_path)
        assert one.path == "DRAFT-report.pdf"


def test_a_page_that_is_read_otherwise_refuses_the_export():
    pages = made("en").pages
    read = list(read_words(made("en").body))
    assert missing_page(pages, read) == 0
    assert missing_page(pages, read[:-1]) == len(pages)
    read[1] = read[1].replace("14.0", "14.1", 1)
    assert missing_page(pages, read) == 2
    assert as_read("الحد 4.0") != as_read("الحد 4.1")
    assert isinstance(differs("report.pdf", "page 2"), Refusal)


def test_a_draft_report_alone_has_its_plan_and_a_print_alone_needs_none(tmp_path):
    exported(whole_case(), tmp_path / "out", names=("report",))
    assert list(bytes_of(tmp_path / "out")) == ["report/DRAFT-report.pdf"]
    with pytest.raises(ValueError, match="plan document"):
        report_bytes(Handover(whole_case(), b"", is_draft=True))


def test_a_package_with_a_report_is_the_same_twice(tmp_path):
    from tests.planning.exchange.making import sealed_case

    for name in ("one", "two"):
        exported(sealed_case(), tmp_path / name, names=("package", "report"), with_key=key())
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
