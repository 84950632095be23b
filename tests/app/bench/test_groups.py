"""Each group on a small grid: every peer that is installed gives our result."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from app.bench import (
    GROUPS,
    growing,
    handing,
    islands,
    loading,
    memory,
    planning,
    ranges,
    slices,
    start,
    surface,
    threshold,
    tools,
)
from app.bench.material import LOWER_HU, Material
from app.bench.paired import Rounds, compare
from app.bench.peers import same_voxels
from app.bench.phantom_volume import phantom_volume
from app.bench.process import run_fresh
from app.bench.tools import parts
from planning.exchange import EXPORTERS
from segmentation.errors import Unavailable
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.surface import iso_surface

SHAPE = (32, 64, 96)
IN_PROCESS = (threshold, ranges, islands, growing, surface, planning, slices, loading)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    yield Material(folder, SHAPE)
    shutil.rmtree(folder)


def rows_of(group, material):
    return [row for job in group.jobs(material) for row in compare(group.name, job, Rounds(1))]


@pytest.mark.parametrize("module", IN_PROCESS, ids=lambda m: m.GROUP.name)
def test_every_peer_agrees(module, material):
    rows = rows_of(module.GROUP, material)
    assert rows
    assert [(row.name, row.peer, row.error) for row in rows if row.error] == []
    assert all((row.ratio is None) == (row.peer is None) for row in rows)
    assert all(row.ours_ms > 0.0 for row in rows)


@pytest.mark.slow
@pytest.mark.gl
def test_processes_of_their_own_do_the_work(material):
    rows = rows_of(start.GROUP, material) + rows_of(memory.GROUP, material)
    assert [row.error for row in rows] == [None] * 6
    assert all(row.peak_mib > 10.0 for row in rows)
    (paired,) = (row for row in rows if row.peer)
    assert paired.ratio > 0.0
    assert paired.peer_peak_mib > 10.0
    (deaf,) = (row for row in rows if row.budget_ms == memory.STALL_MS)
    assert 0.0 < deaf.ours_ms < 60_000.0
    (opened,) = (row for row in rows if row.budget_mib)
    assert opened.budget_mib == pytest.approx(2.5 * 2 * np.prod(SHAPE) / 2**20 + 1024)


def test_a_process_that_fails_is_said_and_not_timed():
    with pytest.raises(Unavailable) as no:
        start.well(run_fresh(("-c", "raise SystemExit('broken')")))
    assert no.value.code == "bench-process-failed"
    assert "broken" in no.value.values["reason"]


def test_a_process_is_measured_with_those_it_started():
    inner = "x = bytearray(60 * 2**20); import threading; threading.Event().wait(0.4)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert 60.0 < run_fresh(("-c", outer)).peak_mib < 160.0


@pytest.mark.qt
@pytest.mark.gl
def test_each_destination_is_measured_alone_and_together(material, qapp):
    jobs = list(handing.jobs(material))
    assert [job.name for job in jobs] == [*(one.name for one in EXPORTERS), "all destinations"]
    files = {job.name: job.ours() for job in jobs if job.name in ("print", "nav")}
    assert files["print"] == 4  # two segments, the rod of the path, all of them as 3MF
    assert files["nav"] > 4
    assert not list(material.folder.glob("handed-over*"))


def test_groups_are_those_of_the_design():
    names = [group.name for group in GROUPS]
    assert names == [
        "loading",
        "threshold",
        "ranges",
        "islands",
        "growing",
        "surface",
        "segmentation",
        "planning",
        "export",
        "slices",
        "start",
        "memory",
    ]


@pytest.mark.slow
def test_every_peer_agrees_about_the_tools(material, monkeypatch):
    monkeypatch.setattr("app.bench.material.SHARED", material.folder / "nowhere")
    rows = rows_of(tools.GROUP, material)
    assert [(row.name, row.peer, row.error) for row in rows if row.error] == [
        ("all operations", None, "bench-ct-missing")
    ]
    promised = {row.name.split(",")[0] for row in rows if row.floor or row.budget_ms}
    assert promised >= {
        *("range to bit mask", "range to largest part", "parts to numbers", "region of a seed"),
        *("a further seed", "fill holes", "median 3x3x3", "histogram with Otsu"),
        *("dilate by 2 mm", "dilate by 4 mm", "dilate by 8 mm", "close by 2 mm", "close by 4 mm"),
        *("distance map in mm", "Gaussian of 0.7 mm", "Gaussian of 2.0 mm"),
        *("HU isosurface", "mask to smooth surface", "brush stroke to three pictures"),
    }


def test_parts_are_the_same_whatever_their_numbers():
    labels = np.array([[[0, 1, 0, 2, 2, 0, 3]]], np.uint16)
    other = np.array([[[0, 7, 0, 1, 1, 0, 2]]], np.uint32)
    assert parts.same_parts((labels, 3), other)
    for wrong in ([0, 7, 0, 1, 1, 0, 7], [0, 7, 0, 1, 2, 0, 3], [4, 7, 0, 1, 1, 0, 2]):
        assert not parts.same_parts((labels, 3), np.array([[wrong]], np.uint32))


def test_one_voxel_too_many_is_another_result():
    voxels = np.zeros((4, 5, 70), bool)
    voxels[1, 2, 66] = True
    mask = BitMask.from_bool(voxels)
    assert same_voxels(mask, voxels.astype(np.uint8))
    voxels[3, 4, 69] = True
    assert not same_voxels(mask, voxels)


def test_one_point_out_of_place_is_another_surface(material):
    mesh = iso_surface(material.volume, material.bone, surface.LEVEL_HU)
    (job, _) = surface.jobs(material)
    theirs = job.peers[0].prepare()()
    assert surface.same_points(mesh, theirs)
    points = mesh.points_lps_mm.copy()
    points[7, 1] += 0.01
    assert not surface.same_points(replace(mesh, points_lps_mm=points), theirs)


def test_three_greys_apart_is_another_picture(material):
    job = next(slices.jobs(material))
    picture, width = job.ours()
    theirs = job.peers[0].prepare()()
    assert job.peers[0].same((picture, width), theirs)
    picture[256, 256] = (int(picture[256, 256]) + 128) % 256
    assert not job.peers[0].same((picture, width), theirs)


def test_the_volume_is_the_same_each_time_and_for_any_number_of_threads(material):
    with threads(1):
        again = phantom_volume(SHAPE)
    assert again.sha256() == material.volume.sha256()


def test_the_volume_holds_what_the_jobs_need(material):
    hu = material.volume.hu
    assert material.bone.voxels > 500
    assert hu[[0, -1]].max() < LOWER_HU
    air = hu[1:-1, :4, :4].astype(float)  # cut at -1024: only the upper half of the noise is whole
    upper = air[air > -1000.0] + 1000.0
    assert np.sqrt((upper**2).mean()) == pytest.approx(25.0, rel=0.1)
