"""Small cases that know their images, and the objects that are made of them."""

from dataclasses import replace
from functools import cache

from planning.case.case import Identity, Kind, Segment, SegmentId, Side
from planning.case.history import History
from planning.exchange.dicom import Dicom
from planning.exchange.exporter import Handover
from planning.exchange.seal import draft_plan, sealed
from planning.measures.surfaces import Surfaces
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.plan import Plan
from segmentation.io.dicom_writer import references
from segmentation.io.header import ImageReferences, SeriesHeader
from segmentation.mask import BitMask
from tests.planning.exchange import making

WHO = Identity("CASE-7", "4711", "HOSPITAL", "Núñez^Zoé==نونييث", "1931-07-29", "F")
SURFACES = Surfaces()
FOLDERS = {}
NAMES = ("Omoplate gauche", "العظم الأيمن \\ (2)")


def known(case):
    """The case, its images named as if `write_ct_series` had written them."""
    header = SeriesHeader(series_uid="2.25.71", study_uid="2.25.72")
    images = replace(references(case.volume, header), study_id="77", accession="A-99")
    source = replace(
        case.source, series_uid="2.25.71", study_uid="2.25.72", study_date="2026-01-02",
        images=images,
    )  # fmt: skip
    return replace(case, source=source)


@cache
def case(kind=Kind.CLINICAL):
    """Every kind of item; French and Arabic names; two overlapping segments and an empty one."""
    made = known(making.whole_case(kind))
    grid = made.volume.grid
    bone, canal, none = made.segments
    frame = replace(grid, frame_uid="2.25.73")
    voxels = bone.mask.to_bool().copy()
    voxels[:12] = False
    over = Segment(SegmentId("id-over"), NAMES[1], BitMask.from_bool(voxels), "#0a0b0c")
    segments = (replace(bone, name=NAMES[0]), canal, none, over)
    volume = replace(made.volume, grid=frame)
    # a whole number is written without its point in the plan document
    ten = Distance(ItemId("d2"), "dix", (-810.0, 600.0, 1490.0), (-800.0, 600.0, 1490.0))
    plan = Plan((*made.plan.items, ten))
    return replace(made, identity=WHO, side=Side.LEFT, volume=volume, segments=segments, plan=plan)


@cache
def sealed_one(kind=Kind.CLINICAL):
    history = History(case(kind))
    stamp = making.stamp(history.case)
    history.do(sealed(history.case, making.key(), stamp, SURFACES))
    return history.case


def handover(one, *, is_draft=True, plan=b"", **more):
    if one.is_sealed and not is_draft:
        plan = one.seals[-1].plan.encode()
    return Handover(one, plan or drafted(one), is_draft, surfaces=SURFACES, **more)


@cache
def drafted(one):
    return draft_plan(one, SURFACES, making.TODAY, making.HEAD)


def written(one, folder, **more):
    """The rows of an export of a case into a folder, by path."""
    folder.mkdir(parents=True, exist_ok=True)
    return {row.path: row for row in Dicom().write(handover(one, **more), folder)}


def folder_of(factory, name):
    """The folder of an export that many tests only look at: `draft`, `named` or `practice`."""
    if name in FOLDERS:
        return FOLDERS[name]
    folder = FOLDERS[name] = factory.mktemp(f"dicom-{name}") / "out"
    if name == "draft":
        written(case(), folder)
    elif name == "named":
        written(sealed_one(), folder, is_draft=False, has_identity=True)
    else:
        written(sealed_one(Kind.SIMULATION), folder, is_draft=False)
    return folder


def without_images(one):
    return replace(one, source=replace(one.source, images=None))


def with_images(one, images: ImageReferences):
    return replace(one, source=replace(one.source, images=images))
