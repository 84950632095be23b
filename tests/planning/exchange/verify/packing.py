"""A package written straight from the contract; it shares no code with the product's exporter."""

import gzip
import hashlib
import json
import struct
from datetime import date

import numpy as np
import rfc8785
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from planning.checks import Severity, check_plan, limits
from planning.measures import MEASURES, MeasureView, measured, subjects
from planning.measures.surfaces import Surfaces
from planning.model.trajectory import Trajectory
from planning.model.written import Known, written
from segmentation.mesh import Mesh

DAY = date(2026, 1, 2)
VERSIONS = "data/package/versions.json"
STAMP = {"by": "A. Sina", "role": "surgeon", "at": "2026-01-02T03:04:05Z"}


def key_of(seed):
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(key):
    pem, der = (
        key.public_key().public_bytes(encoding, form.PublicFormat.SubjectPublicKeyInfo)
        for encoding in (form.Encoding.PEM, form.Encoding.DER)
    )
    return pem, hashlib.sha256(der).hexdigest()


def sha(body):
    return hashlib.sha256(body).hexdigest()


def plan_of(case, state, surfaces):
    grid, source = case.volume.grid, case.source
    view = MeasureView(case, surfaces)
    results = [one for subject in subjects(case) for one in measured(view, subject)]
    items = written(case.plan.items, Known(grid.frame_uid, {}))["items"]
    return {
        "schema": "tasrif-plan", "schema_version": 1,
        "plan": {"id": case.id, "version": 1, "supersedes": None, "state": state,
                 "kind": str(case.kind)},
        "program": {"name": "Tasrif", "version": "0"},
        "case_code": case.identity.code, "side": str(case.side),
        "frame": {"uid": grid.frame_uid, "convention": "LPS", "unit": "mm"},
        "volume": {
            "series_uid": source.series_uid, "study_uid": source.study_uid,
            "study_date": source.study_date, "modality": source.modality,
            "shape_kji": list(grid.shape_kji), "spacing_kji_mm": list(grid.spacing_kji_mm),
            "origin_lps_mm": grid.origin_lps_mm.tolist(), "direction": grid.direction.tolist(),
            "sha256": case.volume.sha256(), "outcome": str(source.outcome),
            "regularised_mm": source.regularised_mm, "findings": [],
        },
        "segments": [
            {"id": s.id, "name": s.name, "voxels": s.mask.voxels, "recipe": s.recipe,
             "ml": s.mask.voxels * grid.voxel_ml, "sha256": mask_sha(s.mask.to_bool())}
            for s in case.segments
        ],
        "items": [{("segment_id" if k == "segment" else k): v for k, v in one.items()}
                  for one in items],
        "measures": [stated(one) for one in results],
        "findings": [found(one) for one in check_plan(case, surfaces, DAY).findings],
        "journal_head": "ab" * 32, "checked_on": DAY.isoformat(),
        "seal": STAMP if state == "sealed" else None,
    }  # fmt: skip


def found(finding):
    limit = limits().get(finding.limit_name)
    reason = {"text": "As agreed.", "by": "A. Sina", "at": STAMP["at"]}
    return {
        "code": finding.code, "severity": str(finding.severity), "message": finding.code,
        "item": finding.item, "other": finding.other, "value": finding.value,
        "limit": finding.limit, "unit": finding.unit, "uncertainty_mm": finding.uncertainty_mm,
        "limit_name": finding.limit_name, "citation": limit.citation if limit else "",
        "status": str(limit.status) if limit else "",
        "reason": reason if finding.severity is Severity.BLOCK else None,
    }  # fmt: skip


def stated(result):
    m = next(one for one in MEASURES if one.name == result.name)
    return {
        "name": m.name, "item": result.subject, "other": result.other, "unit": m.unit,
        "value": getattr(result, "value", None), "definition": m.definition, "source": m.source,
        "uncertainty_mm": getattr(result, "uncertainty_mm", None), "version": m.version,
        "flags": [str(f) for f in getattr(result, "flags", ())],
        "reason": getattr(result, "code", None),
    }  # fmt: skip


def mask_sha(voxels):
    rows = np.pad(voxels, [(0, 0), (0, 0), (0, -voxels.shape[2] % 64)])
    return sha(struct.pack("<3I", *voxels.shape) + np.packbits(rows, -1, "little").tobytes())


def nrrd(segment, grid):
    voxels = segment.mask.to_bool()
    low = np.argwhere(voxels).min(axis=0)
    high = np.argwhere(voxels).max(axis=0) + 1
    part = voxels[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    steps = (grid.direction * np.array(grid.spacing_kji_mm[::-1])).T
    vector = "({!r},{!r},{!r})".format
    head = (
        "NRRD0004\n# by hand\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {part.shape[2]} {part.shape[1]} {part.shape[0]}\n"
        f"space directions: {' '.join(vector(*map(float, step)) for step in steps)}\n"
        "kinds: domain domain domain\nendian: little\nencoding: gzip\n"
        f"space origin: {vector(*map(float, grid.lps_mm(low[::-1])))}\n"
        f"tasrif_segment_id:={segment.id}\n\n"
    )
    return head.encode() + gzip.compress(part.astype(np.uint8).tobytes(), mtime=0)


def stl(mesh, marks):
    corners = mesh.points_lps_mm[mesh.triangles]
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *c.ravel(), 0) for c in corners)
    return f"Tasrif {marks}LPS mm".encode().ljust(80) + struct.pack("<I", len(corners)) + body


def rod(path, marks, sides=48):
    """A cylinder from entry to target, each cap a fan about its middle."""
    entry, target = np.array(path.entry_lps_mm, float), np.array(path.target_lps_mm, float)
    axis = (target - entry) / np.linalg.norm(target - entry)
    across = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    across *= path.diameter_mm / 2.0 / np.linalg.norm(across)
    angles = np.arange(sides) * 2.0 * np.pi / sides
    ring = np.outer(np.cos(angles), across) + np.outer(np.sin(angles), np.cross(axis, across))
    points = np.concatenate([entry + ring, target + ring, [entry, target]])
    faces = []
    for n in range(sides):
        m = (n + 1) % sides
        faces += [(n, m, sides + m), (n, sides + m, sides + n)]
        faces += [(2 * sides, m, n), (2 * sides + 1, sides + n, sides + m)]
    return stl(Mesh(points, np.array(faces, np.int32)), marks)


def payload_of(case, state="sealed", key=None, change=lambda plan: None):
    """All of `data/` by path; `change` may alter the plan before anything is hashed."""
    surfaces, kind = Surfaces(), str(case.kind)
    plan = plan_of(case, state, surfaces)
    change(plan)
    marks = "DRAFT " * (state == "draft") + "SIM " * (kind == "simulation")
    files = {"data/plan.json": rfc8785.dumps(plan)}
    used = {one for item in case.plan.items for one in item.segment_ids}
    for one in case.segments:
        files[f"data/package/{one.id}.nrrd"] = nrrd(one, case.volume.grid)
        if one.id in used:
            body = stl(surfaces.of(case, one).surface.mesh, marks)
            files[f"data/package/{one.id}.stl"] = body
            files[f"data/print/{marks.replace(' ', '-')}{one.name}.stl"] = body
    for item in case.plan.of(Trajectory):
        files[f"data/print/{marks.replace(' ', '-')}{item.name}-path.stl"] = rod(item, marks)
    files[VERSIONS] = versions_of(plan, files["data/plan.json"], key)
    files["data/passport.json"] = rfc8785.dumps(passport_of(plan, files, key))
    return files


def versions_of(plan, body, key, change=lambda rows: None):
    """`versions.json` of a plan: what was sealed before it, and itself once it is sealed."""
    about, seal = plan["plan"], plan["seal"] or STAMP
    row = {"sealed_by": f"{seal['by']}, {seal['role']}", "sealed_at": seal["at"],
           "fingerprint": public(key)[1] if key else "0" * 64, "withdrawn": None}  # fmt: skip
    hashes = [sha(b"version %d" % n) for n in range(1, min(int(about["version"]), 9) - 1)]
    hashes += [about["supersedes"]] if about["supersedes"] else []
    hashes += [sha(body)] if about["state"] == "sealed" else []
    rows = [
        {**row, "version": n, "plan_sha256": one, "state": "superseded"}
        for n, one in enumerate(hashes, 1)
    ]
    for last in rows[-1:]:
        last["state"] = "current"
    change(rows)
    return rfc8785.dumps({
        "schema": "tasrif-versions", "schema_version": 1, "plan_id": about["id"],
        "kind": about["kind"], "versions": rows,
    })  # fmt: skip


def passport_of(plan, files, key):
    counts = {"segments": len(plan["segments"])}
    for item in plan["items"]:
        counts[item["kind"]] = counts.get(item["kind"], 0) + 1
    body = files["data/plan.json"]
    row = {"frame": "LPS", "unit": "mm", "written_by": "a", "read_by": "b", "error_mm": 0.0,
           "allowed_mm": 0.001, "result": "as_written", "exporter": "package"}  # fmt: skip
    pem, fingerprint = (b"", "") if key is None else public(key)
    nowhere = {"frame": "", "unit": "", "error_mm": None, "allowed_mm": None}
    return {
        "schema": "tasrif-passport", "schema_version": 1, "plan_sha256": sha(body),
        "state": plan["plan"]["state"], "kind": plan["plan"]["kind"],
        "seal": key and {"signature": key.sign(body).hex(), "public_key": pem.decode(),
                         "fingerprint": fingerprint},
        "counts": counts, "not_expressed": {},
        "files": [{"path": path, "sha256": sha(one), "bytes": len(one), **row,
                   **(nowhere if path == VERSIONS else {})}
                  for path, one in files.items()],
    }  # fmt: skip


def bagged(files, key, state, kind):
    """All files of the bag by path, signed if there is a key."""
    oxum = f"{sum(map(len, files.values()))}.{len(files)}"
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Bagging-Date: 2026-01-02\nPayload-Oxum: {oxum}\n"
                        f"Tasrif-Kind: {kind}\nTasrif-State: {state}\n".encode(),
        "manifest-sha256.txt": manifest(files),
    }  # fmt: skip
    if key is not None:
        tags["signer.pem"] = public(key)[0]
    tags["tagmanifest-sha256.txt"] = manifest(tags)
    if key is not None:
        tags["tagmanifest-sha256.txt.sig"] = key.sign(tags["tagmanifest-sha256.txt"])
    return {**files, **tags}


def manifest(files):
    return "".join(f"{sha(files[path])}  {path}\n" for path in sorted(files)).encode()


def laid_out(files, folder):
    """Write files by path into a new folder and return it."""
    for path, body in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    return folder


def replanned(payload, change, key, state="sealed", kind="clinical"):
    """The whole package again after `change(plan)`, everything hashed and signed anew."""
    plan = json.loads(payload["data/plan.json"])
    change(plan)
    body = rfc8785.dumps(plan)
    files = {**payload, "data/plan.json": body, VERSIONS: versions_of(plan, body, key)}
    return rebodied(files, key, state, kind)


def rebodied(payload, key, state="sealed", kind="clinical", change=lambda passport: None):
    """The whole package again about changed files; `change` may alter the passport."""
    rest = {path: body for path, body in payload.items() if path != "data/passport.json"}
    passport = passport_of(json.loads(rest["data/plan.json"]), rest, key)
    change(passport)
    rest["data/passport.json"] = rfc8785.dumps(passport)
    return bagged(rest, key, state, kind)
