"""Programs that judge DICOM objects: dciodvfy, dsrdump, and dcmqi's two readers."""

import json

import numpy as np
import SimpleITK as sitk

from tests.planning.exchange.judges.programs import program, run


def errors_of(path):
    """The errors that dciodvfy finds in an object."""
    done = run(program("dciodvfy", "dicom3tools"), "-new", path)
    told = (done.stdout + done.stderr).splitlines()
    return [line for line in told if line.startswith("Error")]


def dciodvfy(path):
    """Errors of an object, and one that it can't read at all."""
    done = run(program("dciodvfy", "dicom3tools"), "-new", path)
    told = (done.stdout + done.stderr).splitlines()
    wrong = [f"{path.name}: {line}" for line in told if line.startswith("Error")]
    return wrong if told else [f"{path.name}: nothing was read"]


def dumped(path):
    """Whether DCMTK reads a document, and its words."""
    done = run(program("dsrdump", "dcmtk"), "+Pl", path)
    wrong = [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:"))]
    return done.returncode == 0 and not wrong, done.stdout


def dsrdump(path, names):
    """A document that DCMTK can't read, and names that are not in it."""
    is_read, words = dumped(path)
    missing = [f"{path.name}: no {name}" for name in names if name not in words]
    return missing if is_read else [f"{path.name}: not read"]


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


def dcmqi_segments(path, folder, meant):
    """Another number of voxels in a segment than the `meant` pairs of name and number say."""
    found = dcmqi_masks(path, folder)
    if found is None:
        return [f"{path.name}: not read"]
    told = [(record["SegmentDescription"], len(places)) for record, places in found]
    return [] if told == meant else [f"{path.name}: {told} for {meant}"]


def dcmqi_measures(path, target, names):
    """Other groups of measurements than those of these names."""
    groups = dcmqi_groups(path, target)
    told = None if groups is None else [one["TrackingIdentifier"] for one in groups]
    return [] if told == names else [f"{path.name}: {told} for {names}"]
