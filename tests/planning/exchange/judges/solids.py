"""admesh, lib3mf and PrusaSlicer on what is to be printed: what they read and complain of."""

import re

import numpy as np

from tests.planning.exchange.judges.programs import program, require_library, run

OPEN = ("Total disconnected facets", "Degenerate facets", "Facets reversed", "Backwards edges")


def admesh_volume(path):
    """Whether admesh finds no edge open and no triangle turned, and the volume it finds in mm3."""
    words = ("--no-check", "--exact", "--normal-values", "--normal-directions")
    done = run(program("admesh", "admesh"), *words, path)
    assert done.returncode == 0, done.stderr

    def numbers(label):
        found = re.search(rf"{label} *:((?: +-?[0-9.]+)+)", done.stdout)
        return [float(one) for one in found[1].split()]

    return not any(sum(numbers(label)) for label in OPEN), numbers("Volume")[0]


def admesh(path):
    """An STL: open edges, turned triangles, and a body without a volume."""
    is_whole, volume_mm3 = admesh_volume(path)
    return [] if is_whole and volume_mm3 > 0 else [f"{path.name}: {is_whole}, {volume_mm3} mm3"]


def read_by_lib3mf(path):
    """What lib3mf, in its strict mode, reads: the model, its metadata, and each object."""
    require_library("lib3mf")
    import lib3mf as judge

    model = judge.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    assert reader.GetWarningCount() == 0
    group = model.GetMetaDataGroup()
    said = [group.GetMetaData(n) for n in range(group.GetMetaDataCount())]
    notes = {f"{one.GetNameSpace()}|{one.GetName()}": one.GetValue() for one in said}
    found, objects = [], model.GetMeshObjects()
    while objects.MoveNext():
        found.append(objects.GetCurrentMeshObject())
    return model, notes, found


def points_of(made):
    return np.array([list(one.Coordinates) for one in made.GetVertices()])


def triangles_of(made):
    return np.array([list(one.Indices) for one in made.GetTriangleIndices()])


def colour_of(model, made):
    resource, chosen, has = made.GetObjectLevelProperty()
    assert has
    found = model.GetBaseMaterialGroupByID(resource).GetDisplayColor(chosen)
    return f"#{found.Red:02X}{found.Green:02X}{found.Blue:02X}"


def lib3mf(path):
    """A 3MF: what its strict mode warns of, another unit, a body that is no solid."""
    require_library("lib3mf")
    import lib3mf as judge

    try:
        model, _, found = read_by_lib3mf(path)
    except (AssertionError, judge.ELib3MFException) as no:
        return [f"{path.name}: {no!r}"]
    wrong = [one.GetName() for one in found if not one.IsManifoldAndOriented()]
    if model.GetUnit() != judge.ModelUnit.MilliMeter:
        wrong.append("unit")
    return [f"{path.name}: {one}" for one in wrong]


def sliced(path):
    """What PrusaSlicer tells of each body in a file: it ends with 0 whatever it finds."""
    done = run(program("prusa-slicer", "prusa-slicer"), "--info", path)
    assert done.returncode == 0, done.stderr[-500:]
    bodies = done.stdout.split(f"[{path.name}]")[1:]
    return [dict(re.findall(r"^(\w+) = +(\S+)$", one, re.MULTILINE)) for one in bodies]


def is_sound(told):
    return told["manifold"] == "yes" and not {"open_edges", "facets_reversed"} & set(told)


def prusa_slicer(path):
    """An STL or 3MF: bodies that it would have to mend, or a file without any."""
    bodies = sliced(path)
    wrong = [f"{path.name}: {told}" for told in bodies if not is_sound(told)]
    return wrong or ([] if bodies else [f"{path.name}: no body"])
