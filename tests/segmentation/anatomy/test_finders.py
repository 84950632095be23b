"""Structures of the phantoms against their exact truth, and what must not be found."""

import numpy as np
import pytest

from segmentation.anatomy.everything import find
from segmentation.errors import Cancelled
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.kernels.slabs import threads
from segmentation.volume import Volume
from tests.segmentation.anatomy.made import (
    BONE,
    KIDNEYS,
    LIVER,
    LUNG,
    by_name,
    dice,
    phantom,
    truth,
)
from tests.segmentation.random_masks import grid_of

NAMES = ("shoulder", "lumbar", "abdomen")
# Voxels of 2.8 x 2.8 x 4.0 and 1.4 x 1.4 x 2.0 mm hold cortex and soft tissue at once.
BONE_DICE = {"quarter": 0.79, "half": 0.92, "full": 0.97}


def found_in(name, detail="quarter", wanted=("bone", "skin", "lungs", "airway")):
    return by_name(find(phantom(name, detail).volume, wanted))


@pytest.mark.parametrize("name", NAMES)
def test_bone_and_skin_of_a_phantom_are_its_own(name):
    made, found = phantom(name), found_in(name)
    assert dice(found["Bone"].mask.to_bool(), truth(made, BONE)) > BONE_DICE["quarter"]
    assert dice(found["Skin"].mask.to_bool(), made.labelmap > 0) > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["half", pytest.param("full", marks=pytest.mark.campaign)])
@pytest.mark.parametrize("name", NAMES)
def test_bone_skin_and_lungs_are_as_good_as_promised(name, detail):
    made, found = phantom(name, detail), found_in(name, detail)
    assert dice(found["Bone"].mask.to_bool(), truth(made, BONE)) >= BONE_DICE[detail]
    assert dice(found["Skin"].mask.to_bool(), made.labelmap > 0) >= 0.97
    lungs = truth(made, LUNG)
    if lungs.any():
        both = found["Left lung"].mask | found["Right lung"].mask
        assert dice(both.to_bool(), lungs) >= 0.97


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize("name", ["shoulder", "abdomen"])
def test_lungs_lie_on_their_side_and_are_lung(name):
    made, found = phantom(name), found_in(name)
    lungs = truth(made, LUNG)
    left, right = found["Left lung"].mask.to_bool(), found["Right lung"].mask.to_bool()
    assert dice(left | right, lungs) > 0.96
    assert not (left & right).any()
    grid = made.volume.grid
    for mask, sign in ((left, 1.0), (right, -1.0)):
        x = grid.lps_mm(np.argwhere(mask)[:, ::-1])[:, 0]
        assert np.mean(sign * x > 0.0) > 0.99  # the spine of the phantoms lies at x = 0


@pytest.mark.hazard("HAZ-29")
def test_a_turned_array_keeps_the_patients_sides():
    """The same patient stored with other axes: names follow the patient, not the array."""
    made = phantom("shoulder")
    grid = made.volume.grid
    hu = np.ascontiguousarray(made.volume.hu[:, ::-1, ::-1])
    last = np.array([grid.shape_kji[2] - 1, grid.shape_kji[1] - 1, 0])
    direction = grid.direction * np.array([-1.0, -1.0, 1.0])
    turned = type(grid)(
        grid.shape_kji, grid.lps_mm(last), grid.spacing_kji_mm, direction, grid.frame_uid
    )
    plain, found = found_in("shoulder"), by_name(find(Volume(hu, turned)))
    for name in ("Left lung", "Right lung"):
        back = found[name].mask.to_bool()[:, ::-1, ::-1]
        assert dice(back, plain[name].mask.to_bool()) > 0.99


def test_the_airway_is_the_trachea_and_its_bronchi():
    made, found = phantom("shoulder"), found_in("shoulder")
    assert dice(found["Airway"].mask.to_bool(), truth(made, (11,))) > 0.93
    assert not (found["Airway"].mask & found["Left lung"].mask).voxels


def test_what_a_scan_does_not_hold_is_not_found():
    assert set(found_in("lumbar")) == {"Bone", "Skin"}
    assert "Airway" not in found_in("abdomen")


@pytest.mark.hazard("HAZ-29")
def test_kidneys_and_liver_are_their_own_and_on_their_side():
    made = phantom("abdomen")
    found = by_name(find(made.volume, ("kidneys", "liver")))
    for name, labels in KIDNEYS.items():
        assert dice(found[name].mask.to_bool(), truth(made, labels)) > 0.91
    assert dice(found["Liver"].mask.to_bool(), truth(made, LIVER)) > 0.9
    assert set(found) == {*KIDNEYS, "Liver"}


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["half", pytest.param("full", marks=pytest.mark.campaign)])
def test_kidneys_and_liver_are_as_good_as_promised(detail):
    made = phantom("abdomen", detail)
    found = by_name(find(made.volume, ("kidneys", "liver")))
    for name, labels in KIDNEYS.items():
        assert dice(found[name].mask.to_bool(), truth(made, labels)) >= 0.93
    assert dice(found["Liver"].mask.to_bool(), truth(made, LIVER)) >= 0.93


@pytest.mark.data
@pytest.mark.parametrize(
    ("place", "held"),
    [
        ("ct_head_gantry_tilt_uneven_ge", {"Bone", "Skin"}),
        ("ct_pelvis_visible_human_5slices/ct", {"Bone", "Skin"}),
        ("ct_shoulder_tumour_rtstruct_sts037/ct", {"Bone", "Skin", "Right lung", "Airway"}),
        ("ct_abdomen_contrast_crlm1006", {"Bone", "Skin", "Left kidney", "Right kidney", "Liver"}),
    ],
)
def test_a_real_scan_holds_what_it_holds_and_nothing_else(shared_data, place, held):
    series = scan(shared_data / place).series[0]
    found = by_name(find(load(series, regularise=True).volume))
    assert set(found) == held


@pytest.mark.parametrize("hu", [-1000, 40, 900])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 40, 70), (40, 40, 65)])
def test_a_scan_of_one_value_holds_no_organ(shape, hu):
    volume = Volume(np.full(shape, hu, np.int16), grid_of(shape, (2.0, 2.0, 2.0)))
    assert not {"Left lung", "Right lung", "Lung", "Airway"} & set(by_name(find(volume)))


def test_each_finding_says_its_confidence_first():
    for found in find(phantom("shoulder").volume):
        first, *evidence = found.findings
        assert first.code == f"anatomy-confidence-{found.confidence}"
        assert first.values["segment"] == found.name
        assert evidence


def test_the_bytes_do_not_depend_on_the_threads():
    volume = phantom("abdomen").volume
    with threads(1):
        one = find(volume)
    with threads(4):
        two = find(volume)
    assert [found.name for found in one] == [found.name for found in two]
    for a, b in zip(one, two, strict=True):
        assert a.mask.box == b.mask.box
        assert np.array_equal(a.mask.words, b.mask.words)


@pytest.mark.parametrize("stop_at", [0.0, 0.2, 0.5, 0.7, 0.9])
def test_a_search_stops_where_it_is_told_to(stop_at):
    def stop(done, total):
        if done >= stop_at * total:
            raise Cancelled

    with pytest.raises(Cancelled):
        find(phantom("abdomen").volume, progress=stop)
