"""Programs that judge DICOM objects: dciodvfy, dsrdump, and dcmqi's two readers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk


def program(name, package):
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        assert os.environ.get("CI") != "true", f"install the package {package}"
        pytest.skip(f"{name} is not installed")
    return found


def run(*command):
    return subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, timeout=300
    )


def errors_of(path):
    """The errors that dciodvfy finds in an object."""
    done = run(program("dciodvfy", "dicom3tools"), "-new", path)
    told = (done.stdout + done.stderr).splitlines()
    return [line for line in told if line.startswith("Error")]


def dumped(path):
    """Whether DCMTK reads a document, and its words."""
    done = run(program("dsrdump", "dcmtk"), "+Pl", path)
    wrong = [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:"))]
    return done.returncode == 0 and not wrong, done.stdout


def dcmqi_masks(path, folder):
    """Each segment as dcmqi reads it: its record, and the places of its voxels in LPS mm."""
    folder.mkdir(parents=True)
    reader = program("segimage2itkimage", "dcmqi")
    done = run(reader, "--inputDICOM", path, "--outputDirectory", folder, "--outputType", "nrrd",
               "--prefix", "s")  # fmt: skip
    if done.returncode:
        return None
    found = []
    records = json.loads((folder / "s-meta.json").read_text("utf-8"))["segmentAttributes"]
    for n, group in enumerate(records, start=1):
        image = sitk.ReadImage(str(folder / f"s-{n}.nrrd"))
        values = sitk.GetArrayFromImage(image)
        axes = np.array(image.GetDirection()).reshape(3, 3)
        for record in group:
            ijk = np.argwhere(values == record["labelID"])[:, ::-1]
            places = np.array(image.GetOrigin()) + (ijk * image.GetSpacing()) @ axes.T
            found.append((record, places))
    return found


def dcmqi_groups(path, target):
    """The groups of measurements as dcmqi reads them; None where it can't."""
    reader = program("tid1500reader", "dcmqi")
    done = run(reader, "--inputDICOM", path, "--outputMetadata", target)
    if done.returncode or "ERROR" in done.stderr or not target.is_file():
        return None
    return json.loads(target.read_text("utf-8")).get("Measurements")


def judged(folder, case, marks=""):
    """Hold all objects in a folder against a case by every judge; return what was compared."""
    for path in sorted(folder.glob("*.dcm")):
        assert errors_of(path) == [], path.name
    is_read, words = dumped(folder / f"{marks}plan.dcm")
    assert is_read
    for item in case.plan.items:
        assert item.name in words
    there = [one for one in case.segments if not one.mask.is_empty]
    masks = dcmqi_masks(folder / f"{marks}segmentation.dcm", folder / "dcmqi")
    assert len(masks) == len(there)
    grid, voxels = case.volume.grid, 0
    for (record, places), segment in zip(masks, there, strict=True):
        ijk = grid.ijk(places)
        assert np.abs(ijk - np.rint(ijk)).max() < 1e-5
        kji = np.rint(ijk).astype(np.int64)[:, ::-1]
        assert segment.mask.holds(kji).all()
        assert len(kji) == segment.mask.voxels
        assert record["SegmentDescription"] == segment.name
        voxels += len(kji)
    groups = dcmqi_groups(folder / f"{marks}plan.dcm", folder / "dcmqi" / "sr.json")
    names = [one["TrackingIdentifier"] for one in groups]
    assert names == [one.name for one in (*case.plan.items, *there)]
    return voxels
