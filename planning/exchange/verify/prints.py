"""The bodies to print: as many as the plan has, under its names, the same as in the record.

A surface that an item rests on lies in the package already and was held against its mask; its
print is the same file. Each other body is held against its mask or its path: in the 3MF, and each
STL against that, or in the STL itself where there is no 3MF.
"""

from collections.abc import Iterator, Mapping

from planning.exchange.slugs import distinct, slug
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.papers import PRINT, Paper
from planning.exchange.verify.print_build import Meant, require_bodies, require_build
from planning.exchange.verify.rebuilt import Rebuilt
from planning.exchange.verify.verdict import Fault, Held
from segmentation.mesh import Mesh

RECORD = "data/package/"
TOGETHER = "bodies.3mf"


def prints(payload: Payload, plan: Paper, built: Rebuilt, meshes: Mapping[str, Mesh]) -> Held[None]:
    """Hold the files to print against the plan; a Fault for one too much, too few or another's.

    `meshes` are the surfaces of the record, by segment id.
    """
    there = {path for path in payload.sha256 if path.startswith(PRINT)}
    if not there:
        return Held(None, "verify-nothing-to-print")
    marks = marks_of(plan)
    bodies = {one.path: one for one in _bodies(plan, marks)}
    together = PRINT + "-".join((*marks, TOGETHER))
    for path in sorted(set(bodies) - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - set(bodies) - {together}):
        raise Fault("verify-file-foreign", path=path)
    for path, one in bodies.items():
        same = payload.sha256.get(f"{RECORD}{one.number}.stl") if one.is_segment else None
        if same is not None and payload.sha256[path] != same:
            raise Fault("verify-print-differs", path=path)
    if together in there:
        require_build(payload, together, (plan, marks), tuple(bodies.values()), (built, meshes))
    else:
        require_bodies(payload, marks, tuple(bodies.values()), (built, meshes))
    return Held(None, "verify-prints-ok", {"n": len(there)})


def marks_of(plan: Paper) -> tuple[str, ...]:
    """Return the marks of a plan's files: DRAFT, SIM, both or neither."""
    about = plan["plan"]
    is_draft: bool = about["state"] == "draft"
    is_simulation: bool = about["kind"] == "simulation"
    return ("DRAFT",) * is_draft + ("SIM",) * is_simulation


def _bodies(plan: Paper, marks: tuple[str, ...]) -> Iterator[Meant]:
    """Yield each body that the plan has, segments before rods."""
    solid = [one for one in plan["segments"] if one["voxels"]]
    paths = [one for one in plan["items"] if one["kind"] == "trajectory"]
    names = [slug(one["name"], "segment") for one in solid]
    names += [slug(one["name"], "trajectory") + "-path" for one in paths]
    files = distinct("-".join((*marks, one)) for one in names)
    for n, (file, one) in enumerate(zip(files, (*solid, *paths), strict=True)):
        name = _plain(one["name"]) or _plain(one["id"])
        words = " ".join((*marks, name))
        yield Meant(f"{PRINT}{file}.stl", words, _plain(one["id"]), n < len(solid), one)


def _plain(words: str) -> str:
    """Return words on one line, as the names of bodies are written."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
