"""Every judge on a whole package: what it is given of it, and what it must find there."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.planning.exchange.judges import (
    bag,
    dicom,
    distances,
    navigation,
    papers,
    scenes,
    solids,
)


@dataclass(frozen=True)
class Whole:
    """A package of all exporters, and an empty folder for what judges write."""

    folder: Path
    room: Path

    @cached_property
    def plan(self):
        return json.loads((self.folder / "data/plan.json").read_text("utf-8"))

    def files(self, pattern):
        """The files of a pattern below `data`, at least one."""
        found = sorted((self.folder / "data").glob(pattern))
        assert found, f"the package has no {pattern}"
        return found

    def file(self, pattern):
        (found,) = self.files(pattern)
        return found

    def new(self, name):
        """A place of its own for a judge that writes."""
        made = self.room / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    @property
    def bodies(self):
        """The segments with voxels."""
        return [one for one in self.plan["segments"] if one["voxels"]]

    @property
    def names(self):
        """What an SR measures, in its order: items, then segments with voxels."""
        return [one["name"] for one in (*self.plan["items"], *self.bodies)]

    def named(self, kind):
        return [one["name"] for one in self.plan["items"] if one["kind"] == kind]


def each(judge, paths):
    return [wrong for path in paths for wrong in judge(path)]


def slicerio(whole):
    """Other segments, or with other numbers of voxels, than the plan has.

    The library beneath it leaves out what is not ASCII in a name; Slicer itself reads UTF-8.
    """
    found = navigation.read_by_slicerio(whole.file("nav/*.seg.nrrd"))
    told = [(one["name"].rpartition("SIM ")[2], len(places)) for one, places in found]
    names = [one["name"].encode("ascii", "ignore").decode() for one in whole.plan["segments"]]
    meant = list(zip(names, (one["voxels"] for one in whole.plan["segments"]), strict=True))
    return [] if told == meant else [f"{told} for {meant}"]


def openigtlink(whole):
    """What the library refuses, and landmarks or paths that it doesn't find."""
    path = whole.file("nav/*.igtl")
    _, found = navigation.read_by_openigtlink(path.read_bytes())
    wrong = navigation.openigtlink(path)
    told = Counter()
    for one in found:
        told[one["type"]] += len(one["rows"])
    for kind, sent in (("landmark", "POINT"), ("trajectory", "TRAJ")):
        meant = len(whole.named(kind))
        wrong += [] if told[sent] == meant else [f"{told[sent]} {sent} for {meant}"]
    return wrong


def lib3mf(whole):
    """What lib3mf complains of, and bodies that are missing."""
    path = whole.file("print/*.3mf")
    wrong = solids.lib3mf(path)
    if wrong:
        return wrong
    told = sorted(one.GetPartNumber() for one in solids.read_by_lib3mf(path)[2])
    paths = [one["id"] for one in whole.plan["items"] if one["kind"] == "trajectory"]
    meant = sorted([*(one["id"] for one in whole.bodies), *paths])
    return [] if told == meant else [f"{told} for {meant}"]


def dcmqi(whole):
    """Other voxels or other groups of measurements than the plan has."""
    room, meant = whole.new("dcmqi"), [(one["name"], one["voxels"]) for one in whole.bodies]
    masks = dicom.dcmqi_segments(whole.file("dicom/*segmentation.dcm"), room / "seg", meant)
    report = whole.file("dicom/*plan.dcm")
    return masks + dicom.dcmqi_measures(report, room / "sr.json", whole.names)


def plan_sha256(whole):
    return json.loads((whole.folder / "data/passport.json").read_text("utf-8"))["plan_sha256"]


def pdftotext(whole):
    """Pages without the case's code or the plan's hash."""
    return papers.pdftotext(
        whole.file("report/*.pdf"), (whole.plan["case_code"], plan_sha256(whole))
    )


def zbarimg(whole):
    """A code on page one that is not of this plan."""
    meant = f"tasrif:plan:sha256:{plan_sha256(whole)}"
    return papers.zbarimg(whole.file("report/*.pdf"), whole.new("zbar"), meant)


def prusa_slicer(whole):
    return each(solids.prusa_slicer, [whole.file("print/*.3mf"), *whole.files("print/*.stl")])


JUDGES = {
    "openssl": lambda whole: bag.openssl(whole.folder),
    "sha256sum": lambda whole: bag.sha256sum(whole.folder),
    "bagit": lambda whole: bag.bagit(whole.folder),
    "ajv": lambda whole: papers.ajv(whole.folder),
    "pdftotext": pdftotext,
    "pdffonts": lambda whole: papers.pdffonts(whole.file("report/*.pdf")),
    "zbarimg": zbarimg,
    "dciodvfy": lambda whole: each(dicom.dciodvfy, whole.files("dicom/*.dcm")),
    "dsrdump": lambda whole: dicom.dsrdump(
        whole.file("dicom/*plan.dcm"), [one["name"] for one in whole.plan["items"]]
    ),
    "dcmqi": dcmqi,
    "admesh": lambda whole: each(solids.admesh, whole.files("**/*.stl")),
    "lib3mf": lib3mf,
    "prusa-slicer": prusa_slicer,
    "slicerio": slicerio,
    "openigtlink": openigtlink,
    "gltf-validator": lambda whole: each(scenes.khronos, whole.files("ar/*.glb")),
    "chromium": lambda whole: scenes.chromium(whole.file("ar/*.html"), whole.new("page")),
    "python-fcl": lambda whole: each(distances.clearance, whole.files("robot/zones/*.json")),
}
"""Each judge by name: given a package of all exporters, its complaints."""
