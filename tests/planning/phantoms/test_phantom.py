"""Whole phantoms on coarse grids: determinism, tissue values, labels, cancelling."""

import numpy as np
import pytest

from planning.phantoms.labels import LABELS
from planning.phantoms.lumbar import lumbar_scene
from planning.phantoms.phantom import build_phantom, phantom_uid
from segmentation.errors import Cancelled, Misuse
from segmentation.kernels.slabs import threads

HU = {
    "Skin": (-500, 60),
    "Fat": (-115, -80),
    "Muscles": (30, 70),
    "Lungs": (-900, -780),
    "Humerus": (250, 900),
    "Vertebra L3": (200, 600),
    "Liver": (95, 125),
    "Spleen": (105, 135),
    "Liver tumour": (50, 80),
    "Left kidney": (150, 215),
}
NAMES = ("shoulder", "lumbar", "abdomen")


def middle_hu(phantom, name):
    return float(np.median(phantom.volume.hu[phantom.label(name).mask.to_bool()]))


def test_the_bytes_do_not_depend_on_the_number_of_threads(lumbar):
    seen = []
    with threads(3):
        again = build_phantom("lumbar", detail="quarter", progress=lambda d, t: seen.append(d / t))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 30
    assert again.volume.sha256() == lumbar.volume.sha256()
    assert (again.labelmap == lumbar.labelmap).all()
    assert [label.ml for label in again.labels] == [label.ml for label in lumbar.labels]


def test_another_seed_is_another_patient(lumbar):
    tables = [lumbar_scene(seed).tables() for seed in (0, 1)]
    assert (tables[0].params != tables[1].params).any()
    roles = [phantom_uid(role, "lumbar", 1, False, "quarter") for role in ("series", "study")]
    assert lumbar.uid("series") != roles[0]
    assert lumbar.uid("study") != roles[1]


@pytest.mark.parametrize("name", NAMES)
def test_tissues_have_plausible_hounsfield_units(name, request):
    phantom = request.getfixturevalue(name)
    present = {label.name for label in phantom.labels}
    for tissue, (low, high) in HU.items():
        if tissue in present:
            assert low < middle_hu(phantom, tissue) < high, tissue


@pytest.mark.parametrize("name", NAMES)
def test_masks_and_volumes_are_those_of_the_labelmap(name, request):
    phantom = request.getfixturevalue(name)
    for label in phantom.labels:
        assert (label.mask.to_bool() == (phantom.labelmap == label.index)).all()
        voxels = int((phantom.labelmap == label.index).sum())
        assert label.visible_ml == pytest.approx(voxels * phantom.volume.grid.voxel_ml)
        assert (label.name, label.tissue) == LABELS[label.index]
    assert {label.index for label in phantom.labels} == set(np.unique(phantom.labelmap)) - {0}


def test_what_is_painted_over_is_missing_only_from_the_visible_volume(abdomen):
    liver = abdomen.label("Liver")
    inside = ("Liver tumour", "Portal vein", "Hepatic veins")
    hidden = sum(abdomen.label(name).visible_ml for name in inside)
    neighbours = abdomen.label("Gallbladder").ml + abdomen.label("Vena cava").ml
    assert 0.8 * hidden < liver.ml - liver.visible_ml < hidden + neighbours
    assert 900 < liver.ml < 1900
    assert 100 < abdomen.label("Spleen").ml < 270


def test_landmarks_are_carried_by_the_anatomy(shoulder, oblique_shoulder):
    for phantom in (shoulder, oblique_shoulder):
        inside = phantom.landmarks["H"]
        i, j, k = np.round(phantom.volume.grid.ijk(inside)).astype(int)
        assert phantom.labelmap[k, j, i] == 2
        medial = phantom.landmarks["GC"] - 12 * phantom.directions["glenoid normal"]
        i, j, k = np.round(phantom.volume.grid.ijk(medial)).astype(int)
        assert phantom.labelmap[k, j, i] == 1


def test_the_oblique_phantom_is_the_same_patient_elsewhere(shoulder, oblique_shoulder):
    grid = oblique_shoulder.volume.grid
    assert np.linalg.norm(grid.origin_lps_mm) > 700
    assert np.abs(grid.direction).max() < 0.99
    shift = oblique_shoulder.landmarks["GC"] - shoulder.landmarks["GC"]
    for name, point in shoulder.landmarks.items():
        assert oblique_shoulder.landmarks[name] == pytest.approx(point + shift, abs=1e-9)
    assert oblique_shoulder.angles_deg == shoulder.angles_deg
    agree = [same_label(shoulder, oblique_shoulder, shift, name) for name in ("Scapula", "Humerus")]
    assert min(agree) > 0.85  # the voxels are 4 mm thick and the plates thinner


def same_label(first, second, shift_mm, name):
    """Share of the first's voxels of a label that have the same label in the second."""
    index = first.label(name).index
    places = first.volume.grid.lps_mm(np.argwhere(first.labelmap == index)[:, ::-1]) + shift_mm
    ijk = np.round(second.volume.grid.ijk(places)).astype(int)
    shape = np.array(second.volume.grid.shape_kji[::-1])
    ijk = ijk[((ijk >= 1) & (ijk < shape - 1)).all(1)]
    near = np.zeros(len(ijk), bool)
    for step in ((0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
        i, j, k = (ijk + step).T
        near |= second.labelmap[k, j, i] == index
    return near.mean()


@pytest.mark.parametrize("after_ratio", [0.0, 0.1])
def test_it_stops_when_asked(after_ratio):
    def stop(done, total):
        if done / total >= after_ratio:
            raise Cancelled

    with pytest.raises(Cancelled):
        build_phantom("lumbar", detail="quarter", progress=stop)


def test_an_unknown_name_is_refused():
    with pytest.raises(Misuse) as refusal:
        build_phantom("elbow")
    assert refusal.value.code == "phantom-unknown"
    assert "shoulder" in str(refusal.value.values["known"])
