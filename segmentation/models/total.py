"""TotalSegmentator, where its program and its weights are on this machine already.

Tasrif neither brings nor downloads it. The program gets the voxels alone, as a NIfTI file in a
private folder, and no network where the system lets us take it away; each structure that it leaves
is read by our own bounded reader. Without program or weights it isn't offered.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from segmentation.errors import Refusal
from segmentation.finding import Finding
from segmentation.io.files import FileRef, Shelf
from segmentation.io.nifti import is_nifti, read_nifti
from segmentation.io.plain_image import load_image
from segmentation.mask import BitMask
from segmentation.models.manifest import Label
from segmentation.models.predict import Found, Prediction, expect_sides
from segmentation.progress import Progress, share, silent
from segmentation.scratch import RUN, scratch_name
from segmentation.volume import Volume

NAME: Final = "totalsegmentator"
TITLE: Final = "TotalSegmentator"
PROGRAM: Final = "TotalSegmentator"
WEIGHTS: Final = "Dataset*TotalSegmentator*"
HEAD_BYTES: Final = 4096
STRUCTURES_MAX: Final = 300
LISTEN_S: Final = 0.04
WHOLE_S: Final = 4 * 3600.0
SAME_MM: Final = 0.01


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the program and its weights are."""

    program: str
    weights: Path


def installed(environment: Mapping[str, str] | None = None) -> Installed | None:
    """Return where TotalSegmentator is; None unless both program and weights are there."""
    env = os.environ if environment is None else environment
    program = shutil.which(PROGRAM, path=env.get("PATH"))
    weights = weights_folder(env)
    if program is None or not weights.is_dir() or not any(weights.glob(WEIGHTS)):
        return None
    return Installed(program, weights)


def weights_folder(env: Mapping[str, str]) -> Path:
    """Return where its weights lie, by its own rules."""
    if env.get("TOTALSEG_WEIGHTS_PATH"):
        return Path(env["TOTALSEG_WEIGHTS_PATH"])
    home = env.get("TOTALSEG_HOME_DIR") or str(Path(env.get("HOME", "~")) / ".totalsegmentator")
    return Path(home).expanduser() / "nnunet" / "results"


def found_by_total(
    volume: Volume, there: Installed, progress: Progress = silent, whole_s: float = WHOLE_S
) -> Prediction:
    """Return the structures that TotalSegmentator finds in a volume.

    Raises
    ------
    Refusal
        `model-run-failed`, `model-silent`, `model-total-grid` for a result on another grid, and
        `model-sides-swapped`.
    Cancelled
        When `progress` says so; the program has ended by then.
    """
    with tempfile.TemporaryDirectory(prefix=scratch_name(RUN)) as name:
        folder = Path(name)
        _write(volume, folder / "ct.nii.gz")
        _run(there, folder, share(progress, 0.0, 0.9), whole_s)
        found = tuple(_structures(volume, folder / "out", share(progress, 0.9, 1.0)))
    findings: tuple[Finding, ...] = expect_sides(volume, found, TITLE)
    return Prediction(found, findings, _made_by(there))


def _write(volume: Volume, path: Path) -> None:
    """Write the voxels with their place in space and nothing of the patient."""
    import SimpleITK as sitk  # noqa: PLC0415, N813 - only who runs it loads it

    toolkit: Any = sitk
    grid = volume.grid
    image = toolkit.GetImageFromArray(volume.hu)
    image.SetSpacing(grid.spacing_kji_mm[::-1])
    image.SetOrigin(grid.origin_lps_mm.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    toolkit.WriteImage(image, str(path))


def _run(there: Installed, folder: Path, progress: Progress, whole_s: float) -> None:
    """Run the program on the file in a folder; its group of processes ends with us."""
    words = [there.program, "-i", str(folder / "ct.nii.gz"), "-o", str(folder / "out")]
    process = subprocess.Popen(
        [*_offline(), *words, "--device", "cpu"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(there),
        start_new_session=True,
    )
    start = time.monotonic()
    try:
        while True:
            progress(0, 1)
            try:
                code = process.wait(LISTEN_S)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() - start > whole_s:
                    raise Refusal("model-silent", model=TITLE, seconds=round(whole_s)) from None
    finally:
        _end(process)
    if code:
        raise Refusal("model-run-failed", model=TITLE, reason=f"exit code {code}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


@cache
def _offline() -> tuple[str, ...]:
    """Return the words that start a program without any network; none where that isn't allowed."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    words = (unshare, "-rn")
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else ()


def _environment(there: Installed) -> dict[str, str]:
    """Return what the program needs to find itself; what could call out leads nowhere."""
    kept = ("SYSTEMROOT", "PATH", "HOME", "TEMP", "TMPDIR", "LD_LIBRARY_PATH", "TOTALSEG_HOME_DIR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return env | nowhere | {"TOTALSEG_WEIGHTS_PATH": str(there.weights), "HF_HUB_OFFLINE": "1"}


def _structures(volume: Volume, folder: Path, progress: Progress) -> Iterator[Found]:
    """Yield each structure that holds a voxel, in the order of names."""
    files = sorted(folder.glob("*.nii.gz"))[:STRUCTURES_MAX]
    if not files:
        raise Refusal("model-run-failed", model=TITLE, reason="no structure was written")
    for n, path in enumerate(files):
        progress(n, len(files))
        mask = _read(volume, path)
        if not mask.is_empty:
            name = path.name.removesuffix(".nii.gz").replace("_", " ")[:80]
            yield Found(Label(n + 1, name), mask)


def _read(volume: Volume, path: Path) -> BitMask:
    """Return a structure's mask; refuse one that doesn't lie voxel on voxel on the volume."""
    told = path.stat()
    ref = FileRef(path, size=told.st_size, mtime_ns=told.st_mtime_ns)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not is_nifti(head):
        raise Refusal("model-total-grid", file=path.name)
    with Shelf() as shelf:
        read, _ = load_image(read_nifti(ref, head), shelf, silent)
    same = read.grid.shape_kji == volume.grid.shape_kji
    if not same or np.abs(read.grid.corners_lps_mm - volume.grid.corners_lps_mm).max() > SAME_MM:
        raise Refusal("model-total-grid", file=path.name)
    mask = BitMask.from_bool(read.hu > 0)
    return mask if volume.padding is None else mask - volume.padding


def _made_by(there: Installed) -> dict[str, str]:
    names = sorted(one.name for one in there.weights.glob(WEIGHTS))
    return {
        "model": NAME,
        "title": TITLE,
        "version": ", ".join(names)[:200],
        "sha256": "",
        "manifest_sha256": "",
        "provider": PROGRAM,
        "runtime": PROGRAM,
        "on": datetime.now(UTC).date().isoformat(),
    }
