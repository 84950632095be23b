"""The receiver and the 3MF: each of its bodies must be the plan's, whoever signed it."""

import io
import zipfile
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from scipy.spatial import Delaunay

from planning.exchange.exporter import Handover
from planning.exchange.print_models import rod
from planning.exchange.three_mf_file import build_of
from planning.exchange.verify import verify
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.prints import prints
from planning.exchange.verify.rebuilt import rebuilt, surfaces
from planning.exchange.verify.stl import FACET
from planning.exchange.verify.verdict import Fault
from planning.measures.paths import cylinder_of
from planning.model.trajectory import Trajectory
from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.three_mf import Build, packed, unpacked
from segmentation.mesh import Mesh
from tests.planning.exchange.making import bytes_of, key, plan, sealed_case
from tests.planning.exchange.verify.packing import sha
from tests.planning.exchange.verify.test_tampering import failed

TOGETHER = "data/print/bodies.3mf"


def payload_of(bodies):
    data = {path: body for path, body in bodies.items() if path.startswith("data/")}
    sizes = {path: len(body) for path, body in data.items()}
    return Payload({path: sha(body) for path, body in data.items()}, sizes, MappingProxyType(data))


@pytest.fixture(scope="module")
def held(sealed_package):
    """Returns what holds changed files against the plan, as after a signer's own hashes."""
    document, bodies = plan(sealed_package), bytes_of(sealed_package)
    whole = payload_of(bodies)
    built = rebuilt(document, whole).value
    meshes = dict(surfaces(built, document, whole).value)

    def hold(*, without_surfaces=False, **changes):
        changed = {**bodies, **changes}
        kept = {path: one for path, one in changed.items() if one is not None}
        known = {} if without_surfaces else meshes
        return prints(payload_of(kept), document, built, known)

    return hold


@pytest.fixture(scope="module")
def build(sealed_package):
    with (sealed_package / TOGETHER).open("rb") as file:
        return unpacked(Source.of(file, "bodies.3mf"))


def together(build):
    return {TOGETHER: packed(build)}


def fault_of(hold, **changes):
    with pytest.raises(Fault) as fault:
        hold(**changes)
    return fault.value.code


def test_the_exported_bodies_pass_with_and_without_a_surface_in_the_record(held, sealed_package):
    assert held().values == {"n": 4}
    assert held(without_surfaces=True).values == {"n": 4}  # then against the masks
    assert failed(verify(sealed_package, signer=key().fingerprint)) == {}


def test_a_package_without_the_3mf_is_as_good_as_before(held):
    assert held(**{TOGETHER: None}).values == {"n": 3}


@pytest.mark.hazard("HAZ-25", "HAZ-38")
@pytest.mark.parametrize("name", ["SIM-bodies", "DRAFT-bodies", "bodies-2", "Bodies"])
def test_one_of_another_name_is_nobodys(held, build, name):
    assert fault_of(held, **{f"data/print/{name}.3mf": packed(build)}) == "verify-file-foreign"


def moved(mesh, off_mm, only=slice(None)):
    points = mesh.points_lps_mm.copy()
    points[only] += off_mm
    return Mesh(points, mesh.triangles)


def with_body(build, n, **changes):
    bodies = list(build.bodies)
    bodies[n] = replace(bodies[n], **changes)
    return Build(bodies, build.title, build.notes)


BONE, CANAL, ROD = 0, 1, 2


@pytest.mark.hazard("HAZ-2", "HAZ-17", "HAZ-27")
@pytest.mark.parametrize("n", [BONE, CANAL, ROD])
@pytest.mark.parametrize("off_mm", [(0.004, 0, 0), (0, 0, -1.0), (1000.0, 0, 0)])
def test_a_body_elsewhere_is_a_fault(held, build, n, off_mm):
    wrong = with_body(build, n, mesh=moved(build.bodies[n].mesh, np.array(off_mm)))
    code = fault_of(held, **together(wrong))
    assert code == ("verify-print-odd" if n == ROD else "verify-print-differs")


def test_a_body_nearly_in_its_place_passes(held, build):
    """Within 0.001 mm nothing is said: the formats round to 32 bits."""
    for n in (BONE, CANAL, ROD):
        mesh = moved(build.bodies[n].mesh, np.array([0.0005, 0, 0]))
        assert held(**together(with_body(build, n, mesh=mesh)))


@pytest.mark.hazard("HAZ-1")
def test_a_mirrored_or_scaled_body_is_a_fault(held, build):
    bone = build.bodies[BONE].mesh
    middle = bone.points_lps_mm.mean(axis=0)
    for factors in ((-1, 1, 1), (-1, -1, 1), (25.4, 25.4, 25.4), (0.001, 0.001, 0.001)):
        points = (bone.points_lps_mm - middle) * factors + middle
        turned = bone.triangles[:, ::-1] if np.prod(factors) < 0 else bone.triangles
        wrong = with_body(build, BONE, mesh=Mesh(points, turned))
        assert fault_of(held, **together(wrong)) == "verify-print-differs"


@pytest.mark.hazard("HAZ-27")
def test_without_a_surface_in_the_record_the_mask_judges(held, build):
    wrong = with_body(build, BONE, mesh=moved(build.bodies[BONE].mesh, np.array([0, 0.3, 0])))
    code = fault_of(held, without_surfaces=True, **together(wrong))
    assert code == "verify-mesh-off"


def outward(points, triangles):
    """Triangles of a convex body, turned so that the middle lies behind each."""
    a, b, c = (points[triangles[:, n]] for n in range(3))
    normals = np.cross(b - a, c - a)
    is_inward = np.einsum("ij,ij->i", normals, a - points.mean(axis=0)) < 0
    return np.where(is_inward[:, None], triangles[:, ::-1], triangles)


@pytest.mark.hazard("HAZ-27")
def test_a_thinner_or_shorter_rod_is_a_fault(held, build):
    (item,) = sealed_case().plan.of(Trajectory)
    true = cylinder_of(item)
    near = np.asarray(true.end_mm) - true.direction * 0.01
    for wrong in (replace(true, radius_mm=true.radius_mm - 0.002), replace(true, end_mm=near)):
        changed = with_body(build, ROD, mesh=rod(wrong))
        assert fault_of(held, **together(changed)) == "verify-print-odd"
    assert held(**together(with_body(build, ROD, mesh=rod(true))))
    sides, end = 32, 2 * 32  # every fourth corner of each ring, and both centres
    kept = [*range(0, sides, 4), *range(sides, end, 4), end, end + 1]
    hull = Delaunay(rod(true).points_lps_mm[kept]).convex_hull
    flat = Mesh(rod(true).points_lps_mm[kept], outward(rod(true).points_lps_mm[kept], hull))
    assert flat.is_closed
    assert fault_of(held, **together(with_body(build, ROD, mesh=flat))) == "verify-print-odd"


@pytest.mark.hazard("HAZ-27")
def test_another_word_or_one_body_more_or_less_is_a_fault(held, build):
    notes = build.notes
    wrong = [
        with_body(build, BONE, name="Canal"),
        with_body(build, BONE, number="id-canal"),
        Build(build.bodies[:2], build.title, notes),
        Build((*build.bodies, build.bodies[0]), build.title, notes),
        Build(build.bodies[::-1], build.title, notes),
    ]
    for key_, value in notes.items():
        other = {"state": "draft", "kind": "simulation"}.get(key_, value + "1")
        wrong.append(Build(build.bodies, build.title, {**notes, key_: other}))
        rest = {one: words for one, words in notes.items() if one != key_}
        wrong.append(Build(build.bodies, build.title, rest))
    assert len(wrong) == 5 + 2 * 5
    for one in wrong:
        assert fault_of(held, **together(one)) == "verify-print-odd"
    marked = Build(build.bodies, f"DRAFT {build.title}", notes)
    assert fault_of(held, **together(marked)) == "verify-mark-odd"


@pytest.mark.hazard("HAZ-27")
def test_an_stl_that_is_not_the_3mfs_body_is_a_fault(held, sealed_package):
    body = (sealed_package / "data/print/wire-path.stl").read_bytes()
    rows = np.frombuffer(body, np.uint8, offset=84).reshape(-1, 50).copy()
    corners = np.ascontiguousarray(rows[:, 12:48]).view("<f4") + np.float32(0.01)
    rows[:, 12:48] = corners.view(np.uint8)
    moved_body = body[:84] + rows.tobytes()
    assert fault_of(held, **{"data/print/wire-path.stl": moved_body}) == "verify-print-differs"
    assert fault_of(held, **{"data/print/wire-path.stl": b"a rod"}) == "verify-mesh-unreadable"


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("body", [b"", b"PK\3\4", b"x" * 1000, b"PK\5\6" + bytes(18)])
def test_what_is_no_3mf_is_a_refusal_and_no_crash(held, body):
    with pytest.raises(Refusal, match="mesh-file-malformed"):
        held(**{TOGETHER: body})


def test_what_the_receiver_expects_is_what_the_exporter_says(build):
    """The words come from two roads; both must know the plan's hash, state, kind and frame."""
    case = sealed_case()
    handover = Handover(case, case.seals[-1].plan.encode(), is_draft=False)
    meant = build_of(handover, build.bodies)
    assert (meant.title, dict(meant.notes)) == (build.title, dict(build.notes))


def test_without_a_3mf_each_stl_is_held_against_its_mask_or_path(held, sealed_package):
    """Each body moved by 2 mm in its own file: nothing else vouches for it."""
    assert held(**{TOGETHER: None}).code == "verify-prints-ok"
    paths = [
        path for path in bytes_of(sealed_package)
        if path.startswith("data/print/") and path.endswith(".stl")
    ]  # fmt: skip
    assert any(path.endswith("-path.stl") for path in paths)
    for path in paths:
        body = bytearray((sealed_package / path).read_bytes())
        facets = np.frombuffer(body, FACET, offset=84)
        facets["corners"] += np.float32(2.0)
        with pytest.raises(Fault) as no:
            held(**{TOGETHER: None, path: bytes(body)})
        assert no.value.code in {"verify-print-differs", "verify-print-odd", "verify-mesh-off"}


@pytest.mark.parametrize("note", ["Title", "Description", "Designer"])
def test_a_3mf_says_nothing_of_its_own(held, build, note):
    """What a printing program shows beside the bodies is the plan's as well."""
    title = build.title + (" RIGHT" if note == "Title" else "")
    notes = {**build.notes, **({"remark": "mirrored"} if note == "Description" else {})}
    body = packed(replace(build, title=title, notes=notes))
    if note == "Designer":
        body = repacked(body, b">Tasrif</metadata>", b">Another</metadata>")
    with pytest.raises(Fault) as no:
        held(**{TOGETHER: body})
    assert no.value.code in {"verify-mark-odd", "verify-print-odd"}


def repacked(body, old, new):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as read, zipfile.ZipFile(out, "w", 8) as written:
        for name in read.namelist():
            written.writestr(name, read.read(name).replace(old, new))
    return out.getvalue()
