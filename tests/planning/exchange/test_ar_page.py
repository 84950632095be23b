"""The page of a scene in headless Chromium: opened from disk, pressed, pinched, worn."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.words import CatalogueWords
from planning.case.case import Kind, Segment, SegmentId, Side
from planning.exchange.ar import Ar
from planning.exchange.exporter import Handover
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from segmentation.mask import BitMask
from tests.planning.exchange.judges.scenes import acted
from tests.planning.exchange.making import FAR, items, sealed_case, volume, whole_case
from tests.planning.exchange.test_print import HOSTILE as HOSTILE_NAMES

pytestmark = pytest.mark.slow

SCRIPTS = (
    "</script><script>window.isHurt=1</script>", "<img src=x onerror=window.isHurt=1>", "'\"><b>",
    '" onclick="window.isHurt=1', "{{scene}}", "<!--", "]]>", "&lt;b&gt;", "javascript:isHurt=1",
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "\u202egnp.exe", "\u2066left\u2069", "a\u200bb",
    "\\u003c",
    "${isHurt}", "`", "__proto__", "constructor", "</style>", "<svg/onload=window.isHurt=1>",
    "\u2028x",
    "</title>", "%3Cscript%3E", "\ud7ff", "💀" * 20,
)  # fmt: skip
HOSTILE = (*SCRIPTS, *HOSTILE_NAMES)[:60]
OFF_MM = 8.0


def placed():
    """The small case with a landmark to each side of its middle."""
    x, y, z = FAR
    marks = {
        "left": (x + OFF_MM, y, z), "right": (x - OFF_MM, y, z), "front": (x, y - OFF_MM, z),
        "back": (x, y + OFF_MM, z), "head": (x, y, z + OFF_MM), "feet": (x, y, z - OFF_MM),
    }  # fmt: skip
    more = tuple(Landmark(ItemId(f"m-{name}"), name, place) for name, place in marks.items())
    return replace(whole_case(Kind.SIMULATION), plan=Plan((*items(), *more)), side=Side.LEFT)


def hostile():
    voxels = np.zeros(volume().grid.shape_kji, bool)
    voxels[2:6, 4:8, 60:66] = True
    mask = BitMask.from_bool(voxels)
    segments = [
        Segment(SegmentId(f"s{n}"), name, mask, "#ff8800") for n, name in enumerate(HOSTILE)
    ]
    printable = [name for name in HOSTILE if name.strip() and name.isprintable() and len(name) < 81]
    marks = [
        Landmark(ItemId(f"l{n}"), name, FAR) for n, name in enumerate(dict.fromkeys(printable))
    ]
    case = whole_case()
    identity = replace(case.identity, code="<b>CASE</b></script>\u202e7")
    return replace(case, identity=identity, segments=tuple(segments), plan=Plan(tuple(marks)))


CUBES = {
    "en": "100 mm check cube",
    "fr": "Cube témoin de 100 mm",
    "ar": "مكعب تحقق طول ضلعه 100 مم",
}


def paged(case, folder, language="en", *, is_draft=True):
    folder.mkdir(parents=True)
    handover = Handover(case, b"{}", is_draft, words=CatalogueWords(language))
    written = Ar().write(handover, folder)
    return folder / next(one.path for one in written if one.path.endswith(".html"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def said(tmp_path_factory, pictures):
    """What Chromium tells of all pages, asked once."""
    folder = tmp_path_factory.mktemp("pages")
    case = placed()
    pages = {one: paged(case, folder / one, one) for one in ("en", "fr", "ar")}
    pages["sealed"] = paged(sealed_case(), folder / "sealed", is_draft=False)
    pages["hostile"] = paged(hostile(), folder / "hostile")
    broken = folder / "broken.html"
    broken.write_bytes(pages["en"].read_bytes().replace(b'"use strict";', b'"use strict"; '))
    jobs = [
        {"act": "look", "file": str(pages["sealed"]), "name": "sealed"},
        {"act": "look", "file": str(pages["hostile"]), "name": "hostile"},
        {"act": "look", "file": str(pages["ar"]), "name": "ar", "width": 390, "height": 844},
        {"act": "look", "file": str(broken), "name": "broken"},
        {"act": "mouse", "file": str(pages["en"]), "name": "mouse"},
        {"act": "touch", "file": str(pages["fr"]), "name": "touch"},
        {"act": "headset", "file": str(pages["en"]), "name": "headset"},
    ]
    answers = acted(pictures, jobs)
    first = {"en": answers["mouse"]["states"]["first"], "fr": answers["touch"]["states"]["first"]}
    return {**answers, **first}


@pytest.fixture
def picture(pictures):
    def read(name):
        return np.asarray(Image.open(pictures / f"{name}.png").convert("RGB")).astype(int)

    return read


def changed(first, other):
    """How many pixels differ clearly."""
    return int((np.abs(first - other).max(axis=-1) > 12).sum())


def test_each_page_opens_from_disk_without_a_network_or_an_error(said):
    for name in ("ar", "sealed", "hostile", "mouse", "touch", "headset"):
        assert said[name]["network"] == [], name
        assert said[name]["errors"] == [], name
    assert all(said[name]["isDrawn"] for name in ("ar", "sealed", "hostile"))


def test_a_page_whose_script_was_touched_does_not_run(said):
    """The negative control: its policy names one script by its hash."""
    assert not said["broken"]["isDrawn"]
    assert any("Content Security Policy" in one for one in said["broken"]["errors"])


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_the_banner_says_side_state_and_purpose_in_three_languages(said):
    meant = {
        "en": ("LEFT", "DRAFT", "Visualisation, not for navigation"),
        "fr": ("GAUCHE", "BROUILLON", "Visualisation, pas pour la navigation"),
        "ar": ("أيسر", "مسودة", "للعرض فقط، وليس للملاحة الجراحية"),
    }
    for language, (side, state, notice) in meant.items():
        page = said[language]
        assert (page["side"], page["state"], page["notice"]) == (side, state, notice)
        assert (page["lang"], page["dir"]) == (language, "rtl" if language == "ar" else "ltr")
        assert page["code"] == "CASE-7"
        assert page["band"]
        assert CUBES[language] in page["names"]
    assert "SIMULATION" in said["fr"]["band"]
    assert "14.0 mm" in said["en"]["figures"]
    assert "14,0 mm" in said["fr"]["figures"]


def test_a_sealed_page_names_its_signer_and_has_no_band(said):
    page = said["sealed"]
    assert page["state"] == "SEALED"
    assert page["band"] == ""
    assert sealed_case().seals[-1].fingerprint in page["foot"]


def test_a_narrow_page_needs_no_sideways_scrolling(said):
    assert said["ar"]["wide"] == said["fr"]["wide"] == 390


def test_the_scene_is_drawn_in_its_colours(said, picture):
    shown = picture("mouse-first")
    is_lit = np.abs(shown - [14, 17, 20]).max(axis=-1) > 12
    assert 0.02 < is_lit.mean() < 0.8
    red, green, blue = np.moveaxis(shown, -1, 0)
    assert ((red > 120) & (red > 2 * green) & (red > 2 * blue)).sum() > 30  # the zone


def test_an_eye_takes_a_part_out_of_the_picture_and_back(said, picture):
    first, off, on = (picture(f"mouse-{step}") for step in ("first", "off", "on"))
    assert changed(first, off) > 500
    assert changed(first, on) == 0
    states = said["mouse"]["states"]
    assert states["off"]["hidden"] == "1 hidden"
    assert states["on"]["hidden"] == ""


def test_the_cut_follows_its_slider_and_turns_over(picture):
    first, cut, moved, flipped = (
        picture(f"mouse-{step}") for step in ("first", "cut", "moved", "flipped")
    )
    assert changed(first, cut) > 200
    assert changed(cut, moved) > 100
    assert changed(moved, flipped) > 200


def test_a_chosen_surface_tells_its_deviation_and_can_be_made_solid(said, picture):
    assert "of the planned surface" in said["mouse"]["states"]["chosen"]["chosen"]
    assert changed(picture("mouse-chosen"), picture("mouse-solid")) > 500


@pytest.mark.hazard("HAZ-1", "HAZ-40")
@pytest.mark.parametrize(
    ("key", "edges", "across", "down"),
    [
        ("a", "RLHF", ("right", "left"), ("head", "feet")),
        ("p", "LRHF", ("left", "right"), ("head", "feet")),
        ("l", "APHF", ("front", "back"), ("head", "feet")),
        ("r", "PAHF", ("back", "front"), ("head", "feet")),
        ("h", "RLPA", ("right", "left"), ("back", "front")),
        ("f", "RLAP", ("right", "left"), ("front", "back")),
    ],
)
def test_letters_and_landmarks_lie_on_the_patients_own_sides(said, key, edges, across, down):
    """From the front the patient's left is on the right, from behind on the left, and so on."""
    shown = said["mouse"]["states"][key]
    assert "".join(shown["edges"]) == edges
    spots = shown["spots"]
    first, last = (spots[name] for name in across)
    high, low = (spots[name] for name in down)
    assert last[0] - first[0] == pytest.approx(low[1] - high[1], rel=0.01)
    assert last[0] > first[0] + 20
    mm_per_px = shown["scaleMm"] / shown["scalePx"]
    assert (last[0] - first[0]) * mm_per_px == pytest.approx(2 * OFF_MM, rel=0.02)


def test_arabic_turns_the_words_and_never_the_picture(said):
    assert said["ar"]["edges"] == said["en"]["edges"]
    left, right = (said["ar"]["spots"][name][0] for name in ("left", "right"))
    assert left > right


def test_dragging_turns_and_the_wheel_zooms_and_zero_brings_all_back(said):
    states = said["mouse"]["states"]
    assert states["turned"]["spots"]["left"] != states["a"]["spots"]["left"]

    def mm_per_px(one):
        return one["scaleMm"] / one["scalePx"]

    assert mm_per_px(states["near"]) < 0.8 * mm_per_px(states["turned"])
    for name, spot in states["first"]["spots"].items():
        assert states["whole"]["spots"][name] == pytest.approx(spot), name


def test_two_fingers_zoom_and_one_turns(said):
    states = said["touch"]["states"]

    def mm_per_px(one):
        return one["scaleMm"] / one["scalePx"]

    ratio = mm_per_px(states["first"]) / mm_per_px(states["pinched"])
    assert ratio == pytest.approx(2.0, rel=0.05)
    assert states["turned"]["spots"] != states["pinched"]["spots"]
    assert states["tapped"]["hidden"] == "1 masqués"


def test_hostile_names_are_shown_as_text_and_nothing_else(said):
    page = said["hostile"]
    assert not page["isHurt"]
    assert page["scripts"] == 3
    assert page["foreign"] == 0
    assert len(page["names"]) >= len(HOSTILE)
    assert "</script><script>window.isHurt=1</script>" in page["names"]
    assert "=1+1" in page["names"]
    assert page["code"] == "<b>CASE</b></script>\ufffd7"
    everything = "".join((*page["names"], page["code"], page["title"]))
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\0") & set(
        everything
    )


@pytest.mark.hazard("HAZ-2")
def test_a_headset_asks_for_the_side_and_then_shows_the_scene(said, picture):
    worn = said["headset"]
    assert worn["before"]["xr"] == "View in the room"
    assert said["en"]["xr"] == ""
    assert worn["asked"] == "This plan is for: LEFT. Is that the side to operate?"
    assert worn["isDeclined"]
    assert worn["isIn"]
    assert picture("headset").std() > 5
