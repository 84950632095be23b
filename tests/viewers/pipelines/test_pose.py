"""Slices turned to a path: orthonormal, holding the path, named and lettered by the geometry."""

import numpy as np
import pytest

from viewers.pipelines.plane import PlaneKind, edge_letters, letters, patient_plane, triple
from viewers.pipelines.pose import STRAIGHT, Pose

WAYS = [
    (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0),
    (-0.83, 0.55, -0.07), (0.2, 0.1, 0.99), (0.3, -0.4, -0.8),
]  # fmt: skip
START = (12.0, -7.0, 40.0)


def turned(pose, kind):
    return pose.turned(patient_plane(kind, START, 0.5, (300, 200)))


@pytest.mark.parametrize("way", WAYS)
def test_all_axes_are_orthonormal_and_two_slices_hold_the_path(way):
    unit = np.array(way) / np.linalg.norm(way)
    end = triple(np.array(START) + 30.0 * unit)
    pose = Pose.along(START, end)
    for kind in PlaneKind:
        basis = np.array(pose.axes(kind))
        assert basis @ basis.T == pytest.approx(np.eye(2), abs=1e-12)
        plane = turned(pose, kind)
        depth = plane.depth_mm(end)
        assert abs(depth) == pytest.approx(30.0 if kind is PlaneKind.AXIAL else 0.0, abs=1e-9)
    across = turned(pose, PlaneKind.AXIAL)
    looking = np.cross(across.right, across.down)
    assert looking == pytest.approx(unit)  # from outside the entry towards the target
    first, second = (turned(pose, kind) for kind in (PlaneKind.CORONAL, PlaneKind.SAGITTAL))
    assert np.array(first.down) == pytest.approx(unit)
    assert np.array(second.right) == pytest.approx(unit)
    assert (
        abs(np.dot(np.cross(first.right, first.down), np.cross(second.right, second.down))) < 1e-9
    )


@pytest.mark.hazard("HAZ-3")
@pytest.mark.parametrize("way", WAYS)
def test_letters_at_the_edges_are_those_of_the_direction_cosines(way):
    pose = Pose.along(START, triple(np.array(START) + np.array(way)))
    for kind in PlaneKind:
        plane = turned(pose, kind)
        left, right, up, down = edge_letters(plane)
        assert (right, down) == (letters(plane.right), letters(plane.down))
        for shown, way_px in ((left, (-90, 0)), (right, (90, 0)), (up, (0, -90)), (down, (0, 90))):
            moved = plane.lps_mm((150 + way_px[0], 100 + way_px[1])) - np.array(START)
            for letter in shown:
                axis = next(n for n, pair in enumerate(("LR", "PA", "SI")) if letter in pair)
                assert moved[axis] * (1 if letter in "LPS" else -1) > 0.0


def test_a_wire_to_the_right_and_back_is_seen_head_up():
    pose = Pose.along(START, triple(np.array(START) + np.array((-0.83, 0.55, -0.07))))
    across = turned(pose, PlaneKind.AXIAL)
    # Who looks to the patient's right and back, the head up, has the front at the left hand.
    assert edge_letters(across)[2] == "S"
    assert edge_letters(across)[0][0] == "A"


def test_titles_positions_and_colours_follow_the_pose():
    end = triple(np.array(START) + np.array((0.0, 20.0, 0.0)))
    pose = Pose.along(START, end)
    words = [pose.title(kind) for kind in PlaneKind]
    assert words == ["Across the path", "Along the path 1", "Along the path 2"]
    assert STRAIGHT.title(PlaneKind.CORONAL) == "Coronal"
    across = turned(pose, PlaneKind.AXIAL)

    def same(text):
        return text

    assert pose.position(across.through(end), same) == "Depth 20.0 mm"
    before = across.through(pose.path.at(-3.04))
    assert pose.position(before, same) == "Depth \N{MINUS SIGN}3.0 mm"
    assert pose.position(turned(pose, PlaneKind.CORONAL), same) == ""
    assert (
        STRAIGHT.position(patient_plane(PlaneKind.AXIAL, START, 1.0, (9, 9)), same) == "S 40.0 mm"
    )
    for kind in PlaneKind:
        plane = turned(pose, kind)
        assert pose.kind_of(triple(np.cross(plane.right, plane.down))) is kind


def test_a_path_without_length_is_refused():
    with pytest.raises(ValueError, match="two points"):
        Pose.along(START, START)
