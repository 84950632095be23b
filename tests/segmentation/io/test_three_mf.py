"""3MF: what lib3mf reads of it, the same bytes each time, and files that want to do harm."""

import io
import zipfile

import lib3mf
import numpy as np
import pytest

from segmentation.errors import Refusal
from segmentation.io.meshes import read_mesh, verify_mesh, write_mesh
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.three_mf import Body, Build, packed, unpacked
from segmentation.io.meshes.three_mf_reader import MODEL, read_build
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from tests.planning.exchange.judges.solids import (
    colour_of,
    points_of,
    read_by_lib3mf,
    triangles_of,
)
from tests.segmentation import solids

STEP_MM = 2.5e-4
"""Two steps of a 32-bit float beyond 1024 mm: lib3mf rounds twice, the bodies lie 1.5 m apart."""
NAME = 'Fémur "droit" <&> عظم'


def source(body):
    return Source(io.BytesIO(body), "file.3mf", len(body))


def refused(body):
    with pytest.raises(Refusal) as no:
        read_build(source(body))
    return no.value.code


@pytest.fixture(scope="module")
def ball():
    volume, _ = solids.ball(6.0)
    return iso_surface(volume, solids.over(volume, 500), 499.5)


@pytest.fixture(scope="module")
def two(ball):
    """Two bodies far from the origin, with every kind of word."""
    bodies = (Body(NAME, ball, "id-1", "#1a2B3c"), Body("cube", solids.cube(), "id-2"))
    return Build(bodies, f"DRAFT {NAME}", {"state": "draft", "empty_of": "0"})


@pytest.fixture(scope="module")
def plain(two):
    return packed(two)


def test_lib3mf_reads_each_body_where_it_lies(two, plain, tmp_path):
    (tmp_path / "two.3mf").write_bytes(plain)
    model, notes, found = read_by_lib3mf(tmp_path / "two.3mf")
    assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    assert notes["|Title"] == two.title
    assert notes["|Designer"] == "Tasrif"
    assert notes["urn:tasrif:print|state"] == "draft"
    offset = np.array(notes["urn:tasrif:print|lps_offset_mm"].split(), float)
    assert len(found) == 2
    lowest = np.min([points_of(one).min(axis=0) for one in found], axis=0)
    assert lowest == pytest.approx(np.zeros(3), abs=1e-6)
    for made, meant in zip(found, two.bodies, strict=True):
        assert (made.GetName(), made.GetPartNumber()) == (meant.name, meant.number)
        assert colour_of(model, made) == meant.colour.upper()
        assert made.IsManifoldAndOriented()
        assert np.array_equal(triangles_of(made), meant.mesh.triangles)
        error = np.abs(points_of(made) + offset - meant.mesh.points_lps_mm).max()
        assert error <= STEP_MM


def test_our_reader_brings_back_what_was_meant(two, plain):
    read = unpacked(source(plain))
    assert (read.title, read.notes) == (two.title, two.notes)
    for there, meant in zip(read.bodies, two.bodies, strict=True):
        assert (there.name, there.number) == (meant.name, meant.number)
        assert there.colour == meant.colour.upper()
        assert np.array_equal(there.mesh.triangles, meant.mesh.triangles)
        assert np.abs(there.mesh.points_lps_mm - meant.mesh.points_lps_mm).max() <= STEP_MM


def test_the_same_bodies_are_the_same_bytes_and_others_are_not(two, plain):
    assert packed(two) == plain
    other = Build(two.bodies, two.title, {**two.notes, "state": "sealed"})
    assert packed(other) != plain
    with zipfile.ZipFile(io.BytesIO(plain)) as container:
        dates = {entry.date_time for entry in container.infolist()}
    assert dates == {(1980, 0, 0, 0, 0, 0)}


@pytest.mark.hazard("HAZ-17")
def test_a_cube_of_100_mm_is_100_mm_for_lib3mf(tmp_path):
    write_mesh(solids.cube(), tmp_path / "cube.3mf")
    _, _, (made,) = read_by_lib3mf(tmp_path / "cube.3mf")
    assert np.ptp(points_of(made), axis=0) == pytest.approx([100.0] * 3, abs=1e-4)


def test_a_body_that_is_no_solid_is_not_written(ball, tmp_path):
    """Three triangles fewer; inside out; an edge with four triangles."""
    hole = Mesh(ball.points_lps_mm, ball.triangles[:-3])
    turned = Mesh(ball.points_lps_mm, ball.triangles[:, ::-1])
    cube = solids.cube()
    n = len(cube.points_lps_mm)
    mirrored = cube.points_lps_mm * [-1, -1, 1] + cube.points_lps_mm[0] * [2, 2, 0]
    index = np.concatenate([cube.triangles, cube.triangles + n])
    points = np.concatenate([cube.points_lps_mm, mirrored])
    _, same = np.unique(np.round(points, 6), axis=0, return_inverse=True)
    welded = Mesh(np.unique(np.round(points, 6), axis=0), same.reshape(-1)[index])
    assert welded.is_closed
    for mesh in (hole, turned, welded):
        with pytest.raises(Refusal, match="mesh-not-solid"):
            write_mesh(mesh, tmp_path / "no.3mf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_surface_of_any_mask_is_solid(share):
    """Noise has every way in which voxels can touch: by faces, edges and corners."""
    volume, _ = solids.ball(6.0)
    random = np.random.Generator(np.random.PCG64(3))
    noise = random.random(volume.hu.shape) < share
    mesh = iso_surface(volume, solids.over(volume, -9999), None)
    assert packed(Build((Body("all", mesh),), "t"))
    mesh = iso_surface(volume, BitMask.from_bool(noise), None)
    assert packed(Build((Body("noise", mesh),), "t"))


def rezipped(body, change=None, more=(), packing=zipfile.ZIP_DEFLATED):
    """The container again, its model changed and parts added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w", packing) as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename == MODEL and change is not None:
                part = change(part)
            new.writestr(entry.filename, part)
        for name, part in more:
            new.writestr(name, part)
    return made.getvalue()


def swap(old, new, count=1):
    def change(part):
        assert old in part
        return part.replace(old, new, count)

    return change


def test_a_container_made_by_another_program_is_read(plain):
    assert len(read_build(source(rezipped(plain))).objects) == 2


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
HEAD = b'<?xml version="1.0" encoding="utf-8"?>'
FAULTS = {
    "entities": swap(HEAD, HEAD + BOMB),
    "outside": swap(HEAD, HEAD + OUTSIDE),
    "comment": swap(b"<resources>", b"<!-- <vertices> --><resources>"),
    "second head": swap(b"<resources>", b"<?a b?><resources>"),
    "other charset": lambda part: part.decode().replace("utf-8", "utf-16").encode("utf-16"),
    "unknown charset": swap(b'encoding="utf-8"', b'encoding="x-none"'),
    "moved": swap(b'<item objectid="', b'<item transform="1 0 0 0 1 0 0 0 1 9 0 0" objectid="'),
    "not built": swap(b"<item ", b"<metadata "),
    "twice": swap(b"<build", b"<build></build><build"),
    "beams": swap(b"</mesh>", b"<beamlattice/></mesh>"),
    "required": swap(b"<model ", b'<model requiredextensions="p" '),
    "exponent": swap(b'<vertex x="', b'<vertex x="1e9'),
    "no number": swap(b'<vertex x="', b'<vertex x="nan'),
    "one attribute less": swap(b'<vertex x="', b'<vertex w="'),
    "long number": swap(b'<vertex x="', b'<vertex x="123456789'),
    "negative index": swap(b'v1="', b'v1="-'),
    "property": swap(b"<triangle ", b'<triangle pid="2" '),
    "support": swap(b'type="model"', b'type="support"'),
    "no colour": swap(b"displaycolor", b"d"),
    "no points": swap(b"<vertices>", b"<points>"),
    "lists swapped": lambda part: (
        part.replace(b"vertices>", b"q>")
        .replace(b"triangles>", b"vertices>")
        .replace(b"q>", b"triangles>")
    ),
    "doubled word": swap(b"<resources>", b'<metadata name="Title">x</metadata><resources>'),
    "not closed": swap(b"</model>", b""),
    "other root": swap(b"2015/02", b"2099/02"),
    "no XML": lambda _: b"\x00\xff" * 50,
    "empty": lambda _: b"",
}


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_would_move_hide_or_add_is_refused(plain, fault):
    assert refused(rezipped(plain, FAULTS[fault])) == "mesh-file-malformed"


@pytest.mark.hazard("HAZ-39")
def test_an_index_without_a_point_is_refused(plain):
    with pytest.raises(Refusal, match="mesh-file-index"):
        unpacked(source(rezipped(plain, swap(b'v1="', b'v1="99999'))))


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("unit", ["meter", "inch", "micron", ""])
def test_another_unit_is_refused(plain, unit):
    assert refused(rezipped(plain, swap(b"millimeter", unit.encode()))) == "mesh-file-unit"


@pytest.mark.parametrize("offset", ["", "1 2", "1 2 x", "nan 0 0", "inf 0 0"])
def test_without_a_place_in_the_patient_it_is_refused(plain, offset):
    body = rezipped(plain)
    with zipfile.ZipFile(io.BytesIO(body)) as container:
        said = container.read(MODEL).split(b"lps_offset_mm", 1)[1].split(b">", 1)[1].split(b"<")[0]
    with pytest.raises(Refusal, match="mesh-frame-missing"):
        unpacked(source(rezipped(body, swap(said, offset.encode()))))


@pytest.mark.hazard("HAZ-39")
def test_a_container_with_more_than_the_model_is_refused(plain):
    assert refused(rezipped(plain, more=[("../evil", b"x")])) == "mesh-file-malformed"
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = rezipped(plain, more=[(MODEL, b"<model/>")])
    assert refused(twice) == "mesh-file-malformed"
    assert refused(plain + b"\0") == "mesh-file-malformed"
    assert refused(b"#!/bin/sh\n" + plain) == "mesh-file-malformed"
    assert refused(rezipped(plain, packing=zipfile.ZIP_LZMA)[:-1]) == "mesh-file-malformed"


@pytest.mark.hazard("HAZ-39")
def test_a_bomb_is_refused_before_it_is_unpacked(plain):
    """Blanks where they are allowed, in a list; and one that states less than it holds."""
    blanks = swap(b"<vertices>", b"<vertices>" + b" " * (64 << 20))
    assert refused(rezipped(plain, blanks)) == "mesh-file-malformed"
    body = bytearray(rezipped(plain, lambda part: part + b" " * 1000))
    at = body.rindex(MODEL.encode()) - 46 + 24
    stated = int.from_bytes(body[at : at + 4], "little")
    body[at : at + 4] = (stated - 1000).to_bytes(4, "little")
    assert refused(bytes(body)) == "mesh-file-malformed"
    body[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    assert refused(bytes(body)) == "mesh-file-too-large"


def test_any_changed_byte_gives_a_body_or_a_refusal(tmp_path):
    """The container's own sum finds most; nothing but a refusal ever comes out."""
    path = tmp_path / "cube.3mf"
    write_mesh(solids.cube(), path)
    whole = path.read_bytes()
    seen = set()
    for at in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        try:
            assert verify_mesh(solids.cube(), path) < 1e-4
        except Refusal as no:
            seen.add(no.code)
    assert "mesh-file-malformed" in seen


def test_more_than_one_body_is_not_one_surface(plain, tmp_path):
    (tmp_path / "two.3mf").write_bytes(plain)
    with pytest.raises(Refusal, match="mesh-file-malformed"):
        read_mesh(tmp_path / "two.3mf")
