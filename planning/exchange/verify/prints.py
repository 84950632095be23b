"""The bodies to print: as many as the plan has, under its names, the same as in the record.

A surface that an item rests on lies in the package already and was held against its mask; its
print is the same file. The rods of paths and surfaces that no item uses are counted and named.
"""

from collections.abc import Iterator

from planning.exchange.slugs import distinct, slug
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.papers import PRINT, Paper
from planning.exchange.verify.verdict import Fault, Held

RECORD = "data/package/"


def prints(payload: Payload, plan: Paper) -> Held[None]:
    """Hold the files to print against the plan; a Fault for one too much, too few or another's."""
    there = {path for path in payload.sha256 if path.startswith(PRINT)}
    if not there:
        return Held(None, "verify-nothing-to-print")
    bodies = dict(_bodies(plan))
    for path in sorted(set(bodies) - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - set(bodies)):
        raise Fault("verify-file-foreign", path=path)
    for path, segment_id in bodies.items():
        same = payload.sha256.get(f"{RECORD}{segment_id}.stl")
        if same is not None and payload.sha256[path] != same:
            raise Fault("verify-print-differs", path=path)
    return Held(None, "verify-prints-ok", {"n": len(there)})


def _bodies(plan: Paper) -> Iterator[tuple[str, str]]:
    """Yield each body's path, and the segment that it is of, "" for a rod."""
    about = plan["plan"]
    marks = ("DRAFT-" if about["state"] == "draft" else "") + (
        "SIM-" if about["kind"] == "simulation" else ""
    )
    solid = [one for one in plan["segments"] if one["voxels"]]
    paths = [one for one in plan["items"] if one["kind"] == "trajectory"]
    names = [slug(one["name"], "segment") for one in solid]
    names += [slug(one["name"], "trajectory") + "-path" for one in paths]
    ids = [str(one["id"]) for one in solid] + [""] * len(paths)
    for name, segment_id in zip(distinct(marks + one for one in names), ids, strict=True):
        yield f"{PRINT}{name}.stl", segment_id
