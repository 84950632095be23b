"""Five journeys of a surgeon through the real window, from a case that opens to accepted segments.

They run long and are judged by floors well below what was measured: what they count and how good
the segments are stands in `docs/journeys.md`, written by `python -m tests.journeys.book`.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from skimage.measure import find_contours

from planning.case.case import Case, Status
from tests.journeys import book, steps, truth
from tests.journeys.book import Result
from tests.journeys.hand import Hand
from tests.window.screen import ROOT, sitting_at
from tests.window.test_journey import close

pytestmark = [
    pytest.mark.window, pytest.mark.data, pytest.mark.campaign, pytest.mark.timeout(900),
]  # fmt: skip
NO_TRUTH = "nothing: looked at"
LANGUAGE = "en"


@pytest.fixture
def sit(screen, tmp_path, shots, shared_data):
    """Make a case of a shared scan by the command line, and sit down at it."""

    @contextmanager
    def sitting(title: str, scan: str, *words: str) -> Iterator[Hand]:
        path = tmp_path / f"{title}.tasrif"
        command = [sys.executable, str(ROOT / "main.py"), "import", str(shared_data / scan)]
        subprocess.run([*command, "--out", str(path), *words], check=True, capture_output=True)
        with sitting_at(screen, tmp_path, [str(path)], language=LANGUAGE) as person:
            hand = Hand(person, path, shots, f"walk-{title}")
            hand.sit_down()
            try:
                yield hand
            except AssertionError:
                person.photograph(shots / f"walk-{title}-failed.png")
                raise
            hand.end()
            assert close(person) == 0
        assert "Traceback" not in person.log.read_text()

    return sitting


def judged(case: Case, name: str, kind: str, true: np.ndarray, mask: np.ndarray) -> Result:
    spacing = case.volume.grid.spacing_kji_mm
    ml = float(mask.sum()) * case.volume.grid.voxel_ml
    return Result(name, ml, kind, truth.dice(mask, true), truth.distance_95_mm(mask, true, spacing))


def looked_at(case: Case, name: str) -> Result:
    (one,) = (segment for segment in case.segments if segment.name == name)
    return Result(name, one.mask.voxels * case.volume.grid.voxel_ml, NO_TRUTH)


def accepted(case: Case) -> set[str]:
    return {one.name for one in case.segments if one.status is Status.REVIEWED}


def test_scapula_and_humerus_are_two_bones(sit):
    humerus, scapula = (140.0, 165.0, -440.0), (104.0, 191.0, -446.0)
    with sit("shoulder", "ct_shoulder_thorax_lidc0314", "--side", "L") as hand:
        hand.press("g")
        hand.person.place("tool_apply")
        hand.put(humerus)
        hand.fill("lower_hu", "180")
        hand.apply("grow")
        steps.joint(hand, scapula, humerus, "Humerus")
        steps.rename(hand, 0, "Scapula")
        for n in (0, 1):
            steps.choose(hand, n)
            steps.shape(hand, "fill-holes")
            steps.accept(hand, n)
        hand.photograph("end")
    case = truth.read_case(hand.path)
    assert accepted(case) == {"Scapula", "Humerus"}
    results = [looked_at(case, name) for name in ("Scapula", "Humerus")]
    book.keep(hand, 1, "Scapula and humerus apart, `ct_shoulder_thorax_lidc0314`", results)
    one, two = (truth.mask_of(case, name) for name in ("Scapula", "Humerus"))
    assert not (one & two).any()
    radius_mm, off_mm = truth.ball_of(two, case.volume.grid, below_mm=-432.0)
    assert 18.0 < radius_mm < 32.0, "the head of a humerus is a ball"
    assert off_mm < 2.5


def test_kidneys_and_liver_are_found_by_one_button(sit):
    names = ("Left kidney", "Right kidney", "Liver")
    with sit("abdomen", "ct_abdomen_contrast_crlm1006", "--side", "none") as hand:
        hand.click("find_anatomy")
        hand.wait_for(lambda: len(steps.rows(hand)) >= 6, "finding anatomy")
        hand.photograph("found")
        found = [one.name for one in truth.read_case(hand.path).segments]
        for name in names:
            steps.accept(hand, found.index(name))
        hand.photograph("end")
    case = truth.read_case(hand.path)
    assert accepted(case) == set(names)
    results = [looked_at(case, name) for name in names]
    book.keep(hand, 2, "Kidneys and liver, `ct_abdomen_contrast_crlm1006`", results)
    assert all(80.0 < one.ml < 260.0 for one in results[:2])
    assert 700.0 < results[2].ml < 2000.0


def test_femur_pelvis_and_nail_are_three_things(sit, shared_data):
    scan = "ct_abdomen_pelvis_3mm_nail/ct.nii.gz"
    pelvis, femur = (88.0, -137.0, 190.0), (80.0, -137.0, 134.0)
    with sit("hip", scan, "--side", "L", "--code", "NAIL") as hand:
        hand.press("t")
        hand.fill("lower_hu", "150")
        hand.apply("range")
        steps.joint(hand, pelvis, femur, "Femur")
        steps.rename(hand, 0, "Pelvis")
        steps.new_segment(hand)
        steps.open_tool(hand, "metal")
        hand.click("part_implant")
        hand.apply("metal")
        steps.rename(hand, 2, "Nail")
        steps.accept(hand, 2)
        steps.choose(hand, 1)
        steps.open_tool(hand, "close-open")
        hand.click("area_fold")
        hand.click("area_spare")  # the socket lies within reach of the closing
        hand.fill("radius_mm", "6")
        hand.apply("close")
        steps.take_away(hand, "Nail")
        steps.accept(hand, 1)
        steps.accept(hand, 0)
        hand.photograph("end")
    case = truth.read_case(hand.path)
    assert accepted(case) == {"Femur", "Pelvis", "Nail"}
    folder = shared_data / "ct_abdomen_pelvis_3mm_nail"
    labels = truth.labels_on(case, folder / "labels_total.nii.gz")
    bone, nail, hip = (truth.mask_of(case, name) for name in ("Femur", "Nail", "Pelvis"))
    assert not (bone & nail).any()
    assert not (bone & hip).any()
    left = hip & (np.isin(labels, (0, 75, 77)))
    results = [
        judged(case, "Femur with nail", "model label map", labels == 75, bone | nail),
        judged(case, "Left hip bone", "model label map", labels == 77, truth.nearest(left, labels)),
        looked_at(case, "Nail"),
    ]
    book.keep(hand, 3, "Femur, pelvis and nail apart, `ct_abdomen_pelvis_3mm_nail`", results)
    assert results[0].dice is not None
    assert results[0].dice > 0.75


def test_a_tumour_follows_its_contour(sit, shared_data):
    folder = shared_data / "ct_shoulder_tumour_rtstruct_sts037"
    with sit("tumour", "ct_shoulder_tumour_rtstruct_sts037/ct", "--side", "R") as hand:
        true = truth.labels_on(truth.read_case(hand.path), folder / "CT_mask.nii.gz") > 0
        hand.press("x")
        hand.person.place("tool_apply")
        for k in (16, 23, 30, 37, 44, 51, 58):
            trace(hand, true, k)
        hand.photograph("drawn")
        hand.click("tool_apply")
        steps.rename(hand, 0, "Tumour")
        steps.shape(hand, "between-slices")
        steps.accept(hand, 0)
        hand.photograph("end")
    case = truth.read_case(hand.path)
    assert accepted(case) == {"Tumour"}
    mask = truth.mask_of(case, "Tumour")
    results = [judged(case, "Tumour", "RTSTRUCT contours of an expert", true, mask)]
    title = "Tumour drawn in 7 of 43 slices, `ct_shoulder_tumour_rtstruct_sts037`"
    book.keep(hand, 4, title, results)
    assert results[0].dice is not None
    assert results[0].dice > 0.93


def trace(hand: Hand, true: np.ndarray, k: int) -> None:
    """Follow the expert's contour in one axial slice with the lasso, as a drawing hand does."""
    grid = truth.read_case(hand.path).volume.grid
    contour = max(find_contours(np.pad(true[k], 1).astype(float), 0.5), key=len) - 1.0
    ways = np.linspace(0, len(contour) - 1, 36).astype(int)
    points = [grid.lps_mm(np.array([i, j, k])) for j, i in contour[ways]]
    middle = np.mean(points, axis=0)
    hand.bring("coronal", (float(middle[0]), hand.crosshair[1], float(middle[2])))
    hand.draw("axial", [(float(x), float(y), float(z)) for x, y, z in points])


def test_a_skull_stands_in_a_regularised_scan(sit):
    scan = "ct_head_gantry_tilt_uneven_ge"
    with sit("head", scan, "--side", "none", "--regularise") as hand:
        hand.click("find_anatomy")
        hand.wait_for(lambda: len(steps.rows(hand)) >= 2, "finding anatomy")
        steps.rename(hand, 0, "Skull")
        steps.accept(hand, 0)
        hand.photograph("end")
    case = truth.read_case(hand.path)
    assert accepted(case) == {"Skull"}
    results = [looked_at(case, "Skull")]
    book.keep(hand, 5, "Skull in the regularised `ct_head_gantry_tilt_uneven_ge`", results)
    assert 400.0 < results[0].ml < 1200.0
