"""slicerio and the reference OpenIGTLink library: what they read and complain of."""

import atexit
import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from tests.planning.exchange.judges.programs import HERE, program, require, require_library, run

HEADERS = Path("/usr/include/openigtlink")
SOURCE = HERE / "openigtlink.cxx"


@cache
def peer():
    """The small program about the reference library, compiled once a run."""
    compiler = program("g++", "g++")
    require(HEADERS.is_dir(), "OpenIGTLink", "install the package libopenigtlink-dev")
    folder = tempfile.mkdtemp(prefix="tasrif-judge-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Path(folder) / "openigtlink"
    done = run(
        compiler, "-std=c++14", "-w", "-isystem", HEADERS, SOURCE, "-o", made, "-lOpenIGTLink",
        "-lpthread",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return made


def read_by_openigtlink(body):
    """The peer's exit code, and each message that it read of some bytes."""
    done = subprocess.run([peer()], input=body, capture_output=True, check=False, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def openigtlink(path):
    """Messages whose checksum or layout the library refuses, or a file without any."""
    code, found = read_by_openigtlink(path.read_bytes())
    wrong = [f"{path.name}: {one['type']}" for one in found if not one["ok"]]
    if code or not found:
        wrong.append(f"{path.name}: ended with {code} after {len(found)} messages")
    return wrong


def read_by_slicerio(path):
    """Each segment of a `.seg.nrrd`: its record, and the places (N, 3) of its voxels in LPS mm."""
    require_library("slicerio")
    import slicerio

    read = slicerio.read_segmentation(str(path))
    to_lps, voxels, found = np.array(read["ijkToLPS"]), read["voxels"], []
    for one in read["segments"]:
        layer = voxels if voxels.ndim == 3 else voxels[one["layer"]]
        ijk = np.argwhere(layer == one["labelValue"])
        found.append((one, ijk @ to_lps[:3, :3].T + to_lps[:3, 3]))
    return found
