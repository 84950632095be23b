"""Names over a picture: inside it, whole, and never one upon another."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from viewers.fonts import load_fonts
from viewers.widgets import ink
from viewers.widgets.tags import Tags

pytestmark = pytest.mark.qt
SIZE = (420, 320)
AWAY = QPointF(46.0, -20.0)
WORDS = ("Nerve zone", "Long saphenous vein, its left branch", "A", "12.5 mm")


@pytest.fixture
def painter(qapp):
    load_fonts()
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    ink.begin(painter)
    yield painter
    painter.end()


def boxes_of(tags):
    return tags._taken[4:]


def test_crowded_names_neither_meet_nor_leave_the_picture(painter):
    random = np.random.default_rng(4)
    for _ in range(30):
        tags = Tags(painter, SIZE, (96.0, 96.0))
        at = [QPointF(*random.uniform((0.0, 0.0), SIZE)) for _ in range(6)]
        labels = [(WORDS[n % len(WORDS)], place) for n, place in enumerate(at)]
        tags.plates(labels[:4], AWAY, "#FFFFFF")
        for words, place in labels[4:]:
            tags.name(place, QPointF(9.0, -10.0), words, "#FFFFFF")
        boxes = boxes_of(tags)
        assert len(boxes) == 6
        picture = QRectF(0.0, 0.0, *SIZE)
        for n, box in enumerate(boxes):
            assert picture.contains(box)
            assert not any(box.intersects(other) for other in tags._taken[: n + 4])


def test_the_later_of_two_gives_way_up_or_down(painter):
    tags = Tags(painter, SIZE, (96.0, 96.0))
    for words in ("36.0 mm", "84.0°"):
        tags.plate(QPointF(200.0, 160.0), QPointF(14.0, -14.0), words, "#FFFFFF")
    first, second = boxes_of(tags)
    assert first.left() == second.left() == 214.0
    assert first.center().y() == 146.0
    assert 22.0 <= abs(second.top() - first.top()) <= 28.0


def test_at_the_right_edge_a_name_stands_on_the_left(painter):
    tags = Tags(painter, SIZE, (96.0, 96.0))
    tags.plate(QPointF(400.0, 160.0), AWAY, "Nerve zone", "#FFFFFF")
    (box,) = boxes_of(tags)
    assert box.right() == pytest.approx(400.0 - 46.0)


def test_a_place_outside_the_picture_has_no_name(painter):
    tags = Tags(painter, SIZE, (96.0, 96.0))
    tags.plate(QPointF(-3.0, 160.0), AWAY, "Nerve zone", "#FFFFFF")
    tags.name(QPointF(10.0, 400.0), AWAY, "Nerve zone", "#FFFFFF")
    assert not boxes_of(tags)


def test_words_wider_than_the_picture_are_shortened(painter):
    tags = Tags(painter, SIZE, (96.0, 96.0))
    tags.plate(QPointF(200.0, 160.0), AWAY, "Suprascapular nerve " * 5, "#FFFFFF")
    (box,) = boxes_of(tags)
    assert box.width() <= SIZE[0] - 16.0


@pytest.mark.parametrize("turn_deg", range(0, 360, 15))
@pytest.mark.parametrize("length_px", [12.0, 60.0, 180.0])
def test_a_value_stands_beside_the_line_that_it_tells_of(painter, turn_deg, length_px):
    middle = QPointF(210.0, 160.0)
    turn = np.radians(turn_deg)
    half = QPointF(float(np.cos(turn)), float(np.sin(turn))) * (length_px / 2.0)
    tags = Tags(painter, SIZE, (96.0, 96.0))
    tags.keep_clear([middle - half, middle + half])
    tags.plate(middle, QPointF(14.0, -14.0), "36.0 mm", "#FFFFFF")
    box = tags._taken[-1]
    assert box.width() > 30.0
    assert not any(box.contains(middle + half * share) for share in np.linspace(-1.0, 1.0, 101))


def test_a_value_goes_to_the_other_side_before_it_goes_far(painter):
    tags = Tags(painter, SIZE, (96.0, 96.0))
    tags.keep_free(QRectF(210.0, 90.0, 120.0, 140.0))
    tags.plate(QPointF(205.0, 160.0), QPointF(14.0, -14.0), "11.0 mm", "#FFFFFF")
    box = tags._taken[-1]
    assert box.right() < 205.0
    assert abs(box.center().y() - 146.0) < 1.0
