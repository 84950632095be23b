"""Small cases to hand over, and how packages of them come to be."""

import json
import struct
import zlib
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np

from planning.case.case import Identity, Kind, Segment, SegmentId
from planning.case.history import History
from planning.exchange.export import ExportOptions, export
from planning.exchange.keys import make_key
from planning.exchange.seal import SealStamp, sealed
from planning.geometry.rigid import Rigid
from planning.measures.surfaces import Surfaces
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.io.dicom_writer import references
from segmentation.io.header import SeriesHeader
from segmentation.mask import BitMask
from tests.planning.measures.making import case_of, filled, grid_about, segment_of, volume_of

TODAY = date(2026, 3, 4)
HEAD = "ab" * 32
FAR = (-812.37, 604.11, 1490.6)
TURN = Rigid.turn([3, -1, 2], 31).rotation
CANARY = Identity(
    "CASE-7", "CANARYID77", "CANARYISSUER", "Canaryname^Zoé", "1931-07-29", "F"
)  # fmt: skip
CANARIES = ("CANARYID77", "CANARYISSUER", "Canaryname", "CANARYNAME", "Zoé", "1931-07-29",
            "19310729")  # fmt: skip


def chunk(kind, body):
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(*more):
    """A picture of one grey pixel, with more chunks before its end."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + data + b"".join(more) + chunk(b"IEND", b"")


PICTURES = {"axial": png(), "3d": png()}


def stamp(case, at="2026-03-04T10:00:00+00:00"):
    return SealStamp("A. Surgeon", "surgeon", at, HEAD, case.version)


@cache
def volume():
    """A block of 14 x 12 x 16 mm on an oblique grid far from the origin."""
    grid = grid_about(FAR, (26, 34, 70), (1.0, 0.7, 0.6), TURN)

    def is_bone(points):
        inside = np.abs((points - np.array(FAR)) @ TURN) <= np.array([14.0, 12.0, 16.0]) / 2
        return inside.all(axis=1)

    return volume_of(grid, filled(grid, is_bone))


def at(x, y, z):
    return tuple((np.array(FAR) + TURN @ np.array([x, y, z], float)).tolist())


def items():
    segment_id = SegmentId("id-bone")
    return (
        Landmark(ItemId("l1"), "tip", at(1 / 3, 2.1, -3.7)),
        Distance(ItemId("d1"), "width", at(-7, 0, 0), at(7, 0, 0)),
        Angle(ItemId("a1"), "tilt", at(5, 0, 0), at(0, 0, 0), at(0, 5, 1)),
        Trajectory(ItemId("t1"), "wire", at(0, 0, 7.9), at(0.1, 0.2, -3), 2.5, segment_id),
        CutPlane(ItemId("c1"), "cut", at(0, 0, 2), tuple(TURN[:, 2].tolist()), segment_id),
        NoGoZone(ItemId("z1"), "zone", SegmentId("id-canal"), 1.0),
    )


@cache
def whole_case(kind=Kind.CLINICAL):
    """A case with every kind of item, two segments and an empty one, and a canary's identity."""
    bone = segment_of(volume(), "bone")
    far = np.zeros(volume().grid.shape_kji, bool)
    far[2:5, 4:8, 60:66] = True
    canal = Segment(SegmentId("id-canal"), "Canal", BitMask.from_bool(far), "#ff0000")
    none = Segment(SegmentId("id-none"), "none", BitMask.empty(far.shape), "#00ff00")
    made = case_of(volume(), [bone, canal, none], items())
    source = replace(made.source, images=images_of(made))
    return replace(made, kind=kind, identity=CANARY, source=source)


def images_of(case):
    """The names of the images of a case, as if `write_ct_series` had written them."""
    header = SeriesHeader(series_uid=case.source.series_uid)
    return references(case.volume, header)


@cache
def key():
    return make_key()


@cache
def sealed_case(kind=Kind.CLINICAL):
    history = History(whole_case(kind))
    history.do(sealed(history.case, key(), stamp(history.case), Surfaces()))
    return history.case


def options(**more):
    return ExportOptions(**{"force": False, "journal_head": HEAD, "today": TODAY, **more})


def exported(case, out, names=("package", "print"), with_key=None, **more):
    return export(case, names, out, with_key, options(**more))


def bytes_of(folder):
    """Every file of a folder by its relative path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def passport(folder):
    return json.loads((folder / "data" / "passport.json").read_bytes())


def plan(folder):
    return json.loads((folder / "data" / "plan.json").read_bytes())
