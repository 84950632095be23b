"""What a destination would get is told before anything is written, and is what it then gets."""

from dataclasses import replace

from planning.exchange import EXPORTERS, exporter_named
from planning.exchange.outlook import outlook
from segmentation.mask import BitMask
from tests.planning.exchange.making import exported, passport, whole_case


def test_everything_goes_somewhere_or_says_why_not():
    case = whole_case()
    for exporter in EXPORTERS:
        told = outlook(case, exporter)
        items = {item.name for item in case.plan.items}
        left = {name for name, _ in told.left_out}
        assert items <= {*told.sent, *left}, exporter.name
        assert not items & left & set(told.sent), exporter.name
        assert all(why for _, why in told.left_out), exporter.name


def test_what_stays_out_is_what_the_passport_says(tmp_path):
    case = whole_case()
    names = [one.name for one in EXPORTERS if outlook(case, one).against is None]
    exported(case, tmp_path / "out", names)
    written = passport(tmp_path / "out")["not_expressed"]
    for name in names:
        told = outlook(case, exporter_named(name))
        kinds = {one.name: one.kind for one in case.plan.items}
        assert {kinds[item]: why for item, why in told.left_out} == written[name], name


def test_segments_go_where_there_is_something_of_them():
    case = whole_case()
    empty = replace(case.segments[0], mask=BitMask.empty(case.volume.grid.shape_kji))
    bare = replace(case, segments=(empty, *case.segments[1:]))
    assert empty.name in outlook(bare, exporter_named("package")).sent
    assert empty.name not in outlook(bare, exporter_named("print")).sent
    assert case.segments[0].name in outlook(case, exporter_named("print")).sent


def test_a_case_without_its_images_can_have_no_objects_in_its_study():
    case = whole_case()
    bare = replace(case, source=replace(case.source, images=None))
    against = outlook(bare, exporter_named("dicom")).against
    assert against is not None
    assert against.code == "dicom-no-study"
    assert outlook(bare, exporter_named("print")).against is None
