"""python-fcl on the zones of a robot: no more clearance is certified than it finds."""

import json

import numpy as np
import SimpleITK as sitk
import trimesh

from tests.planning.exchange.judges.programs import require_library

POINTS_N = 1_500
ROUNDED_MM = 1e-3
"""A step of a 32-bit float a metre and a half from the origin, in the mesh, ten times over."""


def told_by_fcl(points, triangles, asked, around):
    """The distances that python-fcl finds from places outside a surface; told about `around`."""
    require_library("fcl")
    import fcl

    model = fcl.BVHModel()
    model.beginModel(len(points), len(triangles))
    model.addSubModel(points - around, triangles)
    model.endModel()
    body, radius = fcl.CollisionObject(model), 1e-3
    found = [
        fcl.distance(body, fcl.CollisionObject(fcl.Sphere(radius), fcl.Transform(one - around)))
        for one in asked
    ]
    return np.array(found) + radius


def clearance(record_path):
    """A zone whose field, less its stated bound, leaves more room than its mesh does."""
    record = json.loads(record_path.read_text("utf-8"))
    mesh = trimesh.load(record_path.with_name(record["mesh"]["file"]))
    path = record_path.with_name(record["field"]["file"])
    image = sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat64)
    low, size = np.array(image.GetOrigin()), np.array(image.GetSize())
    random = np.random.default_rng(11)
    asked = low + (size - 1) * image.GetSpacing() * random.random((POINTS_N, 3))
    read_mm = np.array([
        image.EvaluateAtPhysicalPoint(tuple(map(float, one)), sitk.sitkLinear) for one in asked
    ]) / record["field"]["steps_per_mm"]  # fmt: skip
    is_free = read_mm >= 0.0
    told_mm = told_by_fcl(mesh.vertices, mesh.faces, asked[is_free], low) - record["margin_mm"]
    bound_mm = record["error_bound_outside_mm"] - record["error_parts_mm"]["surface"]
    over_mm = read_mm[is_free] - bound_mm - told_mm
    if not is_free.any():
        return [f"{record_path.name}: nothing is free"]
    if over_mm.max() <= ROUNDED_MM:
        return []
    return [f"{record_path.name}: {over_mm.max():.3f} mm more than there are"]
