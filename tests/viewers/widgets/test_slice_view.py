"""Slices in a window: sides by pixels in every language, mouse, keys, overlays."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from planning.case.case import SegmentId
from segmentation.mask import BitMask
from viewers.fonts import font
from viewers.gestures.intents import (
    CrosshairMoved,
    MenuAsked,
    OverlaysToggled,
    PresetChosen,
    SeedsPlaced,
    StrokeFinished,
    Tool,
    ViewMaximised,
    ViewsReset,
    WindowChanged,
)
from viewers.gestures.scene import Preview, SliceScene
from viewers.pipelines.plane import PlaneKind, patient_plane, triple
from viewers.pipelines.slice import Window, region_hu
from viewers.widgets.slice_view import SliceView

pytestmark = pytest.mark.qt
SIZE = (420, 360)
SIDES = {"axial": "RLAP", "coronal": "RLSI", "sagittal": "APSI"}
NAMES = {
    "en": ("Axial", "Coronal", "Sagittal"),
    "fr": ("Axial", "Coronal", "Sagittal"),
    "ar": ("محوري", "إكليلي", "سهمي"),
}
BOXES = {0: (8, 168, 24, 24), 1: (388, 168, 24, 24), 2: (198, 6, 24, 24), 3: (198, 330, 24, 24)}


@pytest.fixture(params=["en", "fr", "ar"])
def language(request, qapp):
    before = qapp.layoutDirection()
    is_arabic = request.param == "ar"
    qapp.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_arabic else Qt.LayoutDirection.LeftToRight
    )
    yield request.param
    qapp.setLayoutDirection(before)


@pytest.fixture
def view(qtbot, balls, request):
    kind = getattr(request, "param", PlaneKind.AXIAL)
    made = SliceView(kind)
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    qtbot.waitExposed(made)
    centre = triple(balls.volume.grid.lps_mm(np.array((35.0, 30.0, 20.0))))
    made.show_plane(patient_plane(kind, centre, 0.4, SIZE))
    made.show_scene(SliceScene(case=balls, crosshair_lps_mm=centre))
    made.heard = []
    made.intent.connect(made.heard.append)
    return made


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8)
    rows = flat.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3]
    return rows.reshape(image.height(), image.width(), 3).astype(int)


def grabbed(widget):
    return pixels(widget.grab().toImage())


def glyph(letter):
    image = QImage(24, 24, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setFont(font(15, 600))
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, letter)
    painter.end()
    return pixels(image)[..., 0].astype(float)


def read_letter(picture, box):
    """The side letter whose shape fits a place of a picture best."""
    left, top, width, height = box
    seen = picture[top : top + height, left : left + width].min(axis=2).astype(float)
    seen = np.clip(seen - 150.0, 0.0, None)
    scores = {}
    for letter in "RLAPSI":
        wanted = glyph(letter)
        scores[letter] = np.corrcoef(seen.ravel(), wanted.ravel())[0, 1]
    return max(scores, key=scores.get)


@pytest.mark.parametrize("view", list(PlaneKind), indirect=True)
def test_sides_stand_at_their_edges_in_every_language(view, language):
    at = ("en", "fr", "ar").index(language)
    words = dict(zip(NAMES["en"], NAMES[language], strict=True))
    dark = dataclasses.replace(
        view.scene, window=Window(400.0, 30000.0), translate=lambda text: words.get(text, text)
    )
    view.show_scene(dark)
    picture = grabbed(view)
    kind = view.plane.kind.value
    assert [read_letter(picture, BOXES[n]) for n in range(4)] == list(SIDES[kind]), at
    bar = picture[12:26, 10:14].reshape(-1, 3)
    assert (bar == bar[0]).all()  # the colour of the view stands at the left, never mirrored
    assert bar[0].max() > 200


class _Careless(QWidget):
    """What a view would be without the care of `viewers.widgets.ink`."""

    def paintEvent(self, event):
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.setPen(Qt.GlobalColor.white)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), flags, "R")


def test_the_trap_is_real_a_careless_painter_swaps_sides_in_arabic(qtbot, qapp):
    before = qapp.layoutDirection()
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    widget = _Careless()
    qtbot.addWidget(widget)
    widget.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    widget.resize(200, 60)
    widget.show()
    drawn = grabbed(widget).max(axis=2) > 128
    qapp.setLayoutDirection(before)
    assert np.nonzero(drawn)[1].mean() > 150.0


def test_left_of_the_patient_is_drawn_at_the_right(view, language):
    view.show_scene(
        dataclasses.replace(view.scene, has_overlays=False, window=Window(400.0, 300.0))
    )
    grid = view.scene.case.volume.grid
    left = view.plane.px(grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))).astype(int)
    view.show_plane(view.plane.through(grid.centre_lps_mm + np.array((0.0, 0.0, 5.0))))
    picture = grabbed(view)
    assert left[0] > SIZE[0] / 2
    assert picture[left[1], left[0]].min() > 200
    assert picture[left[1], SIZE[0] - left[0]].max() < 100


def near(picture, colour, tolerance=40):
    wanted = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)])
    return np.abs(picture - wanted).max(axis=2) <= tolerance


def test_outline_has_the_segments_colour_and_the_chosen_one_a_fill(view):
    segment = view.scene.case.segments[0]
    centre = view.scene.case.volume.grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))
    dark = dataclasses.replace(view.scene, window=Window(10.0, 3000.0))
    view.show_scene(dataclasses.replace(dark, crosshair_lps_mm=triple(centre)))
    view.show_plane(view.plane.centred(centre))
    plain = grabbed(view)
    aside = 14.0 / view.plane.mm_per_px * np.sqrt(0.5)
    column, row = int(210 + aside), int(180 + aside)
    assert near(plain[row - 3 : row + 4, column - 3 : column + 4], segment.colour, 70).any()
    assert plain[195, 225].max() == 0
    view.show_scene(dataclasses.replace(view.scene, chosen=segment.id))
    filled = grabbed(view)[195, 225]
    wanted = np.array((0xE6, 0xD3, 0xA8)) * 64 / 255
    assert np.abs(filled - wanted).max() <= 2
    glass = dataclasses.replace(segment, opacity_ratio=0.5)
    case = dataclasses.replace(view.scene.case, segments=(glass, *view.scene.case.segments[1:]))
    view.show_scene(dataclasses.replace(view.scene, case=case))
    thin = grabbed(view)
    assert np.abs(thin[195, 225] - wanted / 2).max() <= 2
    assert near(thin[row - 3 : row + 4, column - 3 : column + 4], segment.colour, 70).any()
    view.show_scene(dataclasses.replace(view.scene, has_overlays=False))
    bare = grabbed(view)
    assert bare[row - 3 : row + 4, column - 3 : column + 4].max() == 0
    assert bare[195, 225].max() == 0


def test_hidden_segments_are_not_drawn(view):
    case = view.scene.case
    hidden = tuple(dataclasses.replace(s, is_visible=False) for s in case.segments)
    view.show_scene(dataclasses.replace(view.scene, window=Window(10.0, 3000.0)))
    assert near(grabbed(view), "#47D7D9").sum() > 20
    view.show_scene(
        dataclasses.replace(view.scene, case=dataclasses.replace(case, segments=hidden))
    )
    assert near(grabbed(view), "#47D7D9").sum() == 0


def runs_of(is_drawn):
    return int((np.diff(is_drawn.astype(int)) == 1).sum())


def test_preview_is_dashed_and_half_filled_until_it_is_applied(view):
    case = view.scene.case
    block = np.zeros(case.volume.grid.shape_kji, bool)
    block[:, 10:50, 10:60] = True
    previews = (Preview(BitMask.from_bool(block), "#D8AA00"),)
    bare = dataclasses.replace(case, segments=())
    window = Window(10.0, 3000.0)
    scene = dataclasses.replace(view.scene, case=bare, window=window, previews=previews)
    view.show_scene(scene)
    picture = grabbed(view)
    lower = view.plane.px(case.volume.grid.lps_mm(np.array((35.0, 9.5, 20.0))))
    # the edge may fall between two rows of pixels: take the brighter
    rows = picture[int(lower[1]) - 2 : int(lower[1]) + 3, 120:190].max(axis=0)
    is_dash = rows[:, 0] > 140
    assert runs_of(is_dash) >= 5
    assert 0.3 < is_dash.mean() < 0.9
    inside = picture[int(lower[1]) + 20, 150]
    assert np.abs(inside - np.array((0xD8, 0xAA, 0x00)) * 0.45).max() <= 4
    view.show_scene(dataclasses.replace(scene, previews=()))
    assert grabbed(view)[int(lower[1]) + 20, 150].max() == 0


def test_crosshair_has_a_gap_and_the_colours_of_the_other_planes(view):
    scene = dataclasses.replace(view.scene, window=Window(10.0, 3000.0))
    view.show_scene(dataclasses.replace(scene, case=dataclasses.replace(scene.case, segments=())))
    picture = grabbed(view)
    x, y = (int(v) for v in view.plane.px(scene.crosshair_lps_mm))
    rows = picture[y - 1 : y + 2]
    assert rows[:, x - 60].max(axis=0)[1] > rows[:, x - 60].max(axis=0)[0] + 40  # coronal: green
    columns = picture[:, x - 1 : x + 2]
    assert columns[y + 60].max(axis=0)[0] > columns[y + 60].max(axis=0)[2] + 40  # sagittal: yellow
    assert picture[y - 18 : y + 19, x - 18 : x + 19].max() == 0
    assert rows[:, 40:60].max() > 100


def test_click_and_drag_move_the_crosshair(view, qtbot):
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    QTest.mouseMove(view, QPoint(150, 120))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 120))
    wanted = [triple(view.plane.lps_mm(px)) for px in ((100.0, 90.0), (150.0, 120.0))]
    assert view.heard == [CrosshairMoved(point) for point in wanted]


def turn(view, notches, modifiers=Qt.KeyboardModifier.NoModifier, at=(100, 90)):
    point = QPointF(*at)
    event = QWheelEvent(
        point,
        view.mapToGlobal(point),
        QPoint(),
        QPoint(0, int(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_wheel_goes_one_voxel_on_and_small_turns_add_up(view):
    start = view.scene.crosshair_lps_mm
    turn(view, 1)
    assert view.heard == [CrosshairMoved((start[0], start[1], start[2] + 2.0))]
    turn(view, 0.5)
    assert len(view.heard) == 1
    turn(view, 0.5)
    assert len(view.heard) == 2


def test_control_wheel_zooms_at_the_pointer(view):
    before = view.plane
    turn(view, 2, Qt.KeyboardModifier.ControlModifier)
    assert view.plane.mm_per_px < before.mm_per_px
    assert view.plane.lps_mm((100.0, 90.0)) == pytest.approx(before.lps_mm((100.0, 90.0)))
    assert view.heard == []


@pytest.mark.parametrize(
    ("key", "modifier", "steps"),
    [
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, 1),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, -1),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, 10),
    ],
)
def test_arrow_keys_go_through_slices(view, key, modifier, steps):
    start = view.scene.crosshair_lps_mm
    QTest.keyClick(view, key, modifier)
    assert view.heard == [CrosshairMoved((start[0], start[1], pytest.approx(start[2] + 2 * steps)))]


def test_home_and_end_go_to_the_first_and_last_slice(view):
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_End)
    corners = view.scene.case.volume.grid.corners_lps_mm[:, 2]
    assert [heard.lps_mm[2] for heard in view.heard] == pytest.approx(
        [corners.min(), corners.max()]
    )


def test_letters_and_digits_report_what_they_ask_for(view):
    for key in (Qt.Key.Key_R, Qt.Key.Key_I, Qt.Key.Key_4):
        QTest.keyClick(view, key)
    assert view.heard == [ViewsReset(), OverlaysToggled(), PresetChosen(4)]


def test_right_drag_changes_the_window_and_a_right_click_asks_for_the_menu(view):
    QTest.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(100, 90))
    QTest.mouseMove(view, QPoint(110, 90))
    QTest.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(110, 90))
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=QPoint(100, 90))
    assert view.heard == [
        WindowChanged(2310.0, 480.0),
        MenuAsked(triple(view.plane.lps_mm((100.0, 90.0))), PlaneKind.AXIAL),
    ]


def test_control_drag_sets_the_window_from_its_region(view):
    case = view.scene.case
    grid = case.volume.grid
    voxels = (slice(20, 21), slice(20, 32), slice(30, 50))
    first, last = (grid.lps_mm(np.array(p)) for p in ((29.6, 19.6, 20), (49.4, 31.2, 20)))
    start, end = (QPoint(*(round(float(v)) for v in view.plane.px(p))) for p in (first, last))
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mousePress(view, Qt.MouseButton.LeftButton, control, start)
    QTest.mouseMove(view, end)
    assert view.pointing().region_px == ((start.x(), start.y()), (end.x(), end.y()))
    edge = grabbed(view)[start.y() - 1 : start.y() + 2, start.x() + 20]
    assert edge.min(axis=1).max() > 150
    assert view.heard == []
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, control, end)
    hu = case.volume.hu[voxels].astype(float)
    assert view.heard == [WindowChanged(round(4.0 * hu.std()), round(hu.mean()))]
    assert view.pointing().region_px is None
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, control, QPoint(100, 90))
    assert len(view.heard) == 1  # a mere click changes nothing


def test_a_region_outside_the_scan_or_in_padding_changes_nothing(view):
    case = view.scene.case
    plane = view.plane
    assert region_hu(case.volume, plane, (-900.0, -900.0), (-800.0, -850.0)).size == 0
    padding = np.zeros(case.volume.grid.shape_kji, bool)
    padding[:, :, 35:] = True
    padded = dataclasses.replace(case.volume, padding=BitMask.from_bool(padding))
    corners = [
        tuple(plane.px(case.volume.grid.lps_mm(np.array(p)))) for p in ((30, 20, 20), (40, 22, 20))
    ]
    assert region_hu(padded, plane, *corners).tolist() == (
        case.volume.hu[20, 20:23, 30:35].ravel().tolist()
    )


@pytest.mark.parametrize("is_middle", [True, False])
def test_middle_or_shift_drag_pans(view, is_middle):
    before = view.plane
    button = Qt.MouseButton.MiddleButton if is_middle else Qt.MouseButton.LeftButton
    shift = Qt.KeyboardModifier.NoModifier if is_middle else Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(view, button, shift, QPoint(100, 90))
    QTest.mouseMove(view, QPoint(120, 75))
    QTest.mouseRelease(view, button, shift, QPoint(120, 75))
    assert view.plane == before.panned(20.0, -15.0)
    assert view.heard == []


def test_double_click_asks_for_the_view_alone(view):
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert view.heard[-1] == ViewMaximised("axial")


def test_seed_and_strokes_are_reported_in_millimetres(view):
    view.show_scene(dataclasses.replace(view.scene, tool=Tool.SEED))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    point = triple(view.plane.lps_mm((100.0, 90.0)))
    assert view.heard == [SeedsPlaced((point,), (0.0, 0.0, 1.0))]
    view.show_scene(dataclasses.replace(view.scene, tool=Tool.ERASE, radius_mm=6.0))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    QTest.mouseMove(view, QPoint(180, 90))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(180, 90))
    end = triple(view.plane.lps_mm((180.0, 90.0)))
    assert view.heard[1:] == [StrokeFinished((point, end), 6.0, True, (0.0, 0.0, 1.0))]


def test_brush_has_its_true_size_at_the_pointer(view):
    dark = dataclasses.replace(view.scene, window=Window(10.0, 3000.0), tool=Tool.PAINT)
    bare = dataclasses.replace(dark.case, segments=())
    view.show_scene(dataclasses.replace(dark, case=bare, radius_mm=8.0))
    QTest.mouseMove(view, QPoint(90, 80))
    ring = np.argwhere(grabbed(view)[40:121, 50:131].min(axis=2) > 170)
    radius_px = np.linalg.norm(ring - (40, 40), axis=1)
    assert len(ring) > 60
    assert radius_px == pytest.approx(np.full(len(ring), 8.0 / 0.4), abs=1.5)


def test_distance_is_drawn_in_its_slice_alone_and_escape_removes_it(view):
    dark = dataclasses.replace(view.scene, window=Window(10.0, 3000.0), tool=Tool.DISTANCE)
    view.show_scene(dataclasses.replace(dark, case=dataclasses.replace(dark.case, segments=())))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    QTest.mouseMove(view, QPoint(110, 60))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(110, 60))
    (measure,) = view.pointing().measures
    assert measure.words == "20.0 mm"
    assert view.heard == []
    assert grabbed(view)[59:61, 70:80].max(axis=0).min() > 150
    up = np.array(view.scene.crosshair_lps_mm) + np.array((0.0, 0.0, 2.0))
    here = view.scene
    view.show_scene(dataclasses.replace(here, crosshair_lps_mm=triple(up)))
    assert grabbed(view)[59:61, 70:80].max() == 0
    view.show_scene(here)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.pointing().measures == ()


def test_probe_tells_point_and_value_and_nothing_when_the_pointer_leaves(view):
    told = []
    view.probed.connect(told.append)
    QTest.mouseMove(view, QPoint(100, 90))
    assert told[-1].lps_mm == triple(view.plane.lps_mm((100.0, 90.0)))
    QTest.mouseMove(view, QPoint(2, 2))
    assert told[-1].hu is None


def test_loading_shows_grey_lines_and_no_sides(view):
    view.show_scene(dataclasses.replace(view.scene, is_loading=True))
    picture = grabbed(view)
    assert near(picture, "#2C333D", 2).sum() > 1000
    assert picture[168:192, 8:32].max() == 0


def test_the_case_is_never_changed_by_a_view(view):
    case = view.scene.case
    before = (case.volume.sha256(), case.segments)
    for tool in Tool:
        view.show_scene(dataclasses.replace(view.scene, tool=tool, chosen=SegmentId("left bone")))
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    view.cancel()
    assert (case.volume.sha256(), case.segments) == before
    assert view.scene.case is case
