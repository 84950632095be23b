"""What an open case takes, in processes of their own: the library's work, and the whole window."""

import json
from collections.abc import Iterator
from importlib.util import find_spec

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import LOWER_HU, UPPER_HU, Material
from app.bench.peak import MIB
from app.bench.process import Ran, run_fresh, script
from app.bench.start import peak_mib, well

CASE_VOLUMES = 2.5
CASE_MIB = 1024.0
STALL_MS = 100.0
NEEDED = ("SimpleITK", "vtkmodules")


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group; times hold the start of the process too."""
    folder = str(material.series())
    bounds = (str(LOWER_HU), str(UPPER_HU))
    budget_mib = CASE_VOLUMES * material.volume.hu.nbytes / MIB + CASE_MIB

    def fresh(name: str, *more: str) -> Ran:
        """Run a script on the folder."""
        return well(run_fresh(("-I", script(name), folder, *more)))

    def peer() -> Call:
        """Prepare the peers' process."""
        for module in NEEDED:
            if find_spec(module) is None:
                raise ModuleNotFoundError(module)
        return lambda: fresh("run_peer.py", *bounds)

    yield Job(
        "folder to segment and surface",
        material.size,
        lambda: fresh("run_ours.py", *bounds),
        (Peer("SimpleITK and VTK", peer, same_counts),),
        tolerance="as many voxels and points",
        peak_mib_of=peak_mib,
    )
    yield Job(
        "largest stall of the window",
        material.size,
        lambda: fresh("run_stalls.py"),
        budget_ms=STALL_MS,
        peak_mib_of=peak_mib,
        ms_of=largest_ms,
    )
    yield Job(
        "open case in the window",
        material.size,
        lambda: fresh("run_window.py", bounds[0]),
        budget_mib=budget_mib,
        peak_mib_of=peak_mib,
    )


def largest_ms(ran: Ran) -> float:
    """Return how long the window was deaf at the most while a CT was opened and looked at."""
    return float(json.loads(ran.words)["largest_ms"])


def same_counts(ours: Ran, theirs: Ran) -> bool:
    """Return whether both counted the same voxels and points."""
    counts = json.loads(ours.words)
    return bool(counts == json.loads(theirs.words) and counts["voxels"] > 0)


GROUP = Group("memory", jobs)
