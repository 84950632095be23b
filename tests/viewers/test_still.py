"""Pictures for files: sizes, marks, and the same slices as the window."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from planning.model.distance import Distance
from viewers.gestures.intents import SolidMode
from viewers.gestures.scene import PlanScene
from viewers.gestures.values import item_words
from viewers.still import Look, picture, tiles

pytestmark = [pytest.mark.gl, pytest.mark.qt]
SIZE = (480, 360)


def pixels(png):
    image = QImage.fromData(png, "PNG").convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def test_all_views_are_tiled_into_one_picture(qapp, balls):
    seen = pixels(picture(balls, size_px=SIZE))
    assert seen.shape == (SIZE[1], SIZE[0], 3)
    for _, (left, top, width, height) in tiles(("axial", "3d", "coronal", "sagittal"), *SIZE):
        tile = seen[top : top + height, left : left + width]
        assert len(np.unique(tile.reshape(-1, 3), axis=0)) > 20


def test_each_mark_leaves_its_trace(qapp, balls):
    plain = pixels(picture(balls, ("axial",), SIZE))
    draft = pixels(picture(balls, ("axial",), SIZE, Look(is_draft=True)))
    brighter = draft - plain
    changed = (brighter != 0).any(axis=2)
    assert 0.02 < changed.mean() < 0.5
    assert brighter.max() <= 26  # a tenth of white
    withdrawn = pixels(picture(balls, ("axial",), SIZE, Look(is_draft=True, is_withdrawn=True)))
    assert 0.02 < (withdrawn != plain).any(axis=2).mean() < 0.5
    assert (withdrawn != draft).any()
    assert (withdrawn[:, :20] == plain[:, :20]).all()  # the longer word fits as well
    band = pixels(picture(balls, ("axial",), SIZE, Look(is_simulation=True)))[:24]
    amber = np.abs(band - (0xF5, 0xB8, 0x3D)).max(axis=2) < 30
    assert amber.mean() > 0.1
    plate = band[:, 200:280]  # dark words on amber in the middle, as in the window
    assert 0.5 < amber[:, 200:280].mean() < 0.95
    assert (np.abs(plate - (0x15, 0x18, 0x1C)).max(axis=2) < 30).mean() > 0.05
    assert not (np.abs(plain[:24] - (0xF5, 0xB8, 0x3D)).max(axis=2) < 30).any()


def test_a_picture_is_the_same_twice(qapp, balls):
    look = Look(solid_mode=SolidMode.BONE)
    assert picture(balls, size_px=SIZE, look=look) == picture(balls, size_px=SIZE, look=look)


def test_unknown_and_missing_views_are_refused(qapp, balls):
    for views in ((), ("axial", "oblique")):
        with pytest.raises(ValueError, match="views are among"):
            picture(balls, views)


def numbers_said(case, views, plan):
    """Return what a picture hands to its language as numbers."""
    said = []

    def with_comma(text):
        said.append(text)
        return text.replace(".", ",")

    plain = picture(case, views, SIZE, Look(plan=plan))
    assert picture(case, views, SIZE, Look(plan=plan, number=with_comma)) != plain
    return said


def test_a_slice_says_every_length_and_angle_as_the_language_writes_it(qapp, planned):
    exact = {item_words(item) for item in planned.plan.items} - {""}
    said = numbers_said(planned, ("axial",), PlanScene())
    assert len(exact) == 2, "a distance and an angle"
    assert exact <= set(said)
    assert any(text.startswith(("S ", "I ")) for text in said), "where the slice stands"
    assert "20 mm" in said, "the scale"


def test_the_solid_view_says_the_chosen_length_as_the_language_writes_it(qapp, planned):
    (item,) = planned.plan.of(Distance)
    assert item_words(item) in numbers_said(planned, ("3d",), PlanScene(chosen=item.id))


@pytest.mark.slow
def test_a_program_without_a_window_can_take_pictures():
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from planning.case.case import Case, CaseId, Identity, Kind, Outcome, Side, Source
from segmentation.grid import Grid
from segmentation.volume import Volume
from viewers.still import picture
shape = (12, 20, 20)
grid = Grid(shape, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
hu = np.full(shape, -900, np.int16)
hu[3:9, 5:15, 5:15] = 700
source = Source("", "", "", "CT", "", Outcome.PLAN_GRADE)
case = Case(CaseId("c"), Kind.SIMULATION, Identity("c"), Side.NONE, source, Volume(hu, grid))
sys.stdout.buffer.write(picture(case, size_px=(200, 160)))
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], capture_output=True, timeout=240, check=True
    )
    assert done.stdout.startswith(b"\x89PNG")
    assert pixels(done.stdout).shape == (160, 200, 3)
