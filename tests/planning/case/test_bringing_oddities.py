"""Files of segments that contradict themselves: refused, or told; never silently another body."""

import copy
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from planning.case.bringing import Wish, bring
from planning.case.case import Case, CaseId, Identity, Kind, Outcome, Side, Source
from planning.case.deidentify import mapped_source, mapped_volume, new_key
from segmentation.errors import Refusal
from segmentation.io import dicom_seg, rtstruct
from segmentation.io.meshes import write_mesh
from segmentation.mesh import Mesh
from segmentation.volume import Volume
from tests.segmentation.io import segs, structures
from tests.segmentation.test_voxelise import ball

SHAPE = (12, 18, 21)
GRID = segs.oblique(SHAPE)
BOX = np.zeros(SHAPE, bool)
BOX[2:9, 3:9, 4:15] = True


@pytest.fixture(scope="module")
def case():
    source = Source("2.25.1001", "2.25.1000", "", "CT", "", Outcome.PLAN_GRADE)
    volume = Volume(np.zeros(SHAPE, np.int16), GRID)
    who = Identity("C-1", "P-7")
    return Case(CaseId("c"), Kind.CLINICAL, who, Side.LEFT, source, volume)


def refused(case, path, wish=Wish()):  # noqa: B008 - frozen
    with pytest.raises(Refusal) as caught:
        bring(case, path, wish)
    return caught.value.code


def codes(brought):
    return {finding.code for finding in brought.all_findings}


@pytest.fixture(scope="module", params=["BINARY", "LABELMAP"])
def seg(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seg")
    segs.written(folder / "a.dcm", segs.series(folder / "ct", GRID), [BOX], kind=request.param)
    return folder / "a.dcm"


def turned(dataset, frame):
    shared = dataset.SharedFunctionalGroupsSequence[0]
    one = copy.deepcopy(shared.PlaneOrientationSequence)
    cosines = list(one[0].ImageOrientationPatient)
    one[0].ImageOrientationPatient = cosines[3:] + cosines[:3]
    frame.PlaneOrientationSequence = one


def scaled(dataset, frame):
    one = copy.deepcopy(dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence)
    one[0].PixelSpacing = [1.6, 1.4]
    frame.PixelMeasuresSequence = one


def moved(dataset, frame):
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PlanePositionSequence = copy.deepcopy(frame.PlanePositionSequence)


@pytest.mark.hazard("HAZ-1", "HAZ-15")
@pytest.mark.parametrize("fault", [turned, scaled, moved])
def test_frames_that_contradict_what_is_shared_are_refused(fault, case, seg, tmp_path):
    """All of them turned alike came in with rows and columns swapped."""
    dataset = pydicom.dcmread(seg)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        fault(dataset, frame)
    dataset.save_as(tmp_path / "a.dcm")
    assert refused(case, tmp_path / "a.dcm") == "seg-frames-contradict"
    assert np.array_equal(bring(case, seg, Wish()).arrivals[0].mask.to_bool(), BOX)


def test_strewn_labels_are_held_to_the_cap_while_they_are_read(tmp_path, monkeypatch):
    """Four labels in noise have four boxes of the frame's size in each frame."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 4, SHAPE)
    path = tmp_path / "a.dcm"
    masks = [labels == n for n in range(4)]
    segs.written(path, segs.series(tmp_path / "ct", GRID), masks, kind="LABELMAP")
    assert len(dicom_seg.read_seg(path).segments) == 4
    monkeypatch.setattr(dicom_seg, "VOXELS_MAX", 2 * labels.size)
    with pytest.raises(Refusal) as caught:
        dicom_seg.read_seg(path)
    assert caught.value.code == "seg-too-large"
    assert caught.value.values["voxels"] <= 2 * labels.size + 18 * 21  # stopped at once


def at(k, low, high):
    """Return a square outline of slice k, in LPS mm."""
    ij = np.array([(low, low), (high, low), (high, high), (low, high)], float)
    return "CLOSED_PLANAR", GRID.lps_mm(np.column_stack([ij, np.full(4, float(k))]))


@pytest.fixture
def drawn(tmp_path):
    def write(contours, change=None):
        path = tmp_path / "rs.dcm"
        dataset = structures.rtstruct(path, segs.FRAME, [("roi", (9, 9, 9), contours)])
        if change is not None:
            change(dataset)
            dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.mark.hazard("HAZ-15")
def test_contours_that_cross_are_told(case, drawn):
    brought = bring(case, drawn([at(5, 4.5, 12.5), at(5, 8.5, 15.5)]), Wish())
    (finding,) = brought.all_findings
    assert finding.code == "contours-crossing"
    assert finding.values["ml"] == pytest.approx(16 * GRID.voxel_ml, abs=5e-4)
    assert not bring(case, drawn([at(5, 4.5, 12.5), at(5, 6.5, 9.5)]), Wish()).all_findings


@pytest.mark.hazard("HAZ-15")
def test_a_contour_written_twice_from_another_corner_or_backwards_counts_once(case, drawn):
    """It made a hole of itself, and the slice was empty."""
    kind, points = at(5, 4.5, 12.5)
    for other in (np.roll(points, 1, axis=0), points[::-1], np.vstack([points, points[:1]])):
        brought = bring(case, drawn([(kind, points), (kind, other)]), Wish())
        assert brought.arrivals[0].mask.voxels == 64
        assert codes(brought) == {"contours-repeated"}
    near = points + 0.01
    assert refused(case, drawn([(kind, points), (kind, near)])) == "brought-cancelled"


def test_a_slice_that_was_missed_is_told(case, drawn):
    missed = bring(case, drawn([at(k, 4.5, 12.5) for k in (2, 3, 5, 6)]), Wish())
    assert codes(missed) == {"contours-missed"}
    two_bodies = bring(case, drawn([at(k, 4.5, 12.5) for k in (2, 3, 8, 9)]), Wish())
    assert not two_bodies.all_findings


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize("contours", [[at(5, 4.5, 40.5)], [at(k, 4.5, 12.5) for k in range(9, 16)]])
def test_contours_that_leave_the_scan_are_told(contours, case, drawn):
    assert codes(bring(case, drawn(contours), Wish())) == {"brought-beyond"}


def numbered_twice(dataset):
    other = copy.deepcopy(dataset.StructureSetROISequence[0])
    other.ROIName = "other"
    dataset.StructureSetROISequence.append(other)


def shifted(dataset):
    dataset.ROIContourSequence[0].ContourSequence[0].ContourOffsetVector = [10, 0, 0]


def frameless(dataset):
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = ""
    dataset.ReferencedFrameOfReferenceSequence = []


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (numbered_twice, "rtstruct-number-twice"),
        (shifted, "rtstruct-moved"),
        (frameless, "brought-frame-missing"),
    ],
)
def test_a_structure_set_that_can_be_read_two_ways_is_refused(change, code, case, drawn):
    assert refused(case, drawn([at(5, 4.5, 12.5)], change)) == code


@pytest.mark.parametrize("word", [b"1_0", b"0x1", b"1." + b"0" * 70])
def test_a_word_that_is_no_decimal_string_is_refused(word, case, drawn):
    """Python reads 1_0 as 10; a word of megabytes would widen every other one."""
    path = drawn([at(5, 4.5, 12.5)])
    body = path.read_bytes()
    first = f"{at(5, 4.5, 12.5)[1][0, 0]:.9g}".encode()
    contour = pydicom.Dataset()
    contour.NumberOfContourPoints = 1
    contour[0x30060050] = pydicom.dataelem.RawDataElement(
        pydicom.tag.Tag(0x30060050), "DS", 0, b"\\".join([word, b"0", b"0"]), 0, False, True
    )
    with pytest.raises(Refusal) as caught:
        rtstruct._points(contour, "a.dcm")
    assert caught.value.code == "rtstruct-contour-broken"
    assert first in body


@pytest.fixture(scope="module")
def sphere():
    return ball(GRID.centre_lps_mm, 4.0, rows=12)


def surface(tmp_path, mesh, name="a"):
    path = tmp_path / f"{name}.stl"
    write_mesh(mesh, path)
    body = bytearray(path.read_bytes())
    body[:80] = b"SPACE=LPS".ljust(80)
    path.write_bytes(body)
    return path


@pytest.mark.hazard("HAZ-15", "HAZ-17")
def test_a_surface_that_leaves_the_scan_or_is_far_too_large_is_told(case, sphere, tmp_path):
    plain = bring(case, surface(tmp_path, sphere), Wish(unit="mm"))
    assert codes(plain) == {"mesh-frame-assumed"}
    reach = GRID.direction[:, 0] * 7.0
    out = bring(
        case, surface(tmp_path, Mesh(sphere.points_lps_mm + reach, sphere.triangles)), Wish()
    )
    assert "brought-beyond" in codes(out)
    centre = GRID.centre_lps_mm
    large = Mesh((sphere.points_lps_mm - centre) * 100 + centre, sphere.triangles)
    told = codes(bring(case, surface(tmp_path, large), Wish(unit="mm")))
    assert {"mesh-size-unlikely", "brought-beyond"} <= told
    huge = Mesh((sphere.points_lps_mm - centre) * 1e7 + centre, sphere.triangles)
    assert refused(case, surface(tmp_path, huge), Wish(unit="mm")) == "mesh-too-far"


def test_a_surface_written_for_both_its_sides_is_taken_once(case, sphere, tmp_path):
    """All crossings cancelled, and the answer was that no voxel of the scan is inside."""
    both = np.vstack([sphere.triangles, sphere.triangles[:, ::-1]])
    brought = bring(case, surface(tmp_path, Mesh(sphere.points_lps_mm, both)), Wish(unit="mm"))
    single = bring(case, surface(tmp_path, sphere), Wish(unit="mm"))
    assert np.array_equal(brought.arrivals[0].mask.words, single.arrivals[0].mask.words)
    assert "mesh-doubled" in codes(brought)
    points = np.vstack([sphere.points_lps_mm, sphere.points_lps_mm + 2e-4])
    near = np.vstack([sphere.triangles, sphere.triangles + len(sphere.points_lps_mm)])
    path = surface(tmp_path, Mesh(points, near))
    assert refused(case, path, Wish(unit="mm")) == "brought-cancelled"


@pytest.fixture
def nobody(case):
    """The case without the person."""
    key = new_key()
    return replace(
        case, identity=Identity("C-9"), source=mapped_source(case.source, key),
        volume=mapped_volume(case.volume, key),
    )  # fmt: skip


@pytest.mark.hazard("HAZ-7")
def test_no_name_of_a_person_comes_into_a_case_without_one(case, nobody, sphere, tmp_path):
    """The name of an STL is its file's; a ROI may be called like the patient."""
    path = surface(tmp_path, sphere, "MUELLER_Hanna_1950")
    brought = bring(nobody, path, Wish(unit="mm"))
    assert [one.name for one in brought.arrivals] == ["segment"]
    assert "brought-name-withheld" in codes(brought)
    assert bring(case, path, Wish(unit="mm")).arrivals[0].name == "MUELLER_Hanna_1950"
    assert bring(nobody, path, Wish(unit="mm", into="bone")).arrivals[0].name == "bone"
    rois = [("GTV Müller", (1, 2, 3), [at(5, 4.5, 12.5)]), ("GTV", (1, 2, 3), [at(6, 4.5, 12.5)])]
    path = tmp_path / "rs.dcm"
    dataset = structures.rtstruct(path, segs.FRAME, rois)
    dataset.PatientName, dataset.PatientBirthDate = "Muller^Hanna", "19500102"
    dataset.save_as(path, enforce_file_format=True)
    assert [one.name for one in bring(nobody, path, Wish()).arrivals] == ["segment", "GTV"]
    assert [one.name for one in bring(case, path, Wish()).arrivals] == ["GTV Müller", "GTV"]
