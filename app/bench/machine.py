"""What the figures were measured on: nothing that names the machine or its owner."""

import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil

PACKAGES: Final = (
    "numpy",
    "numba",
    "SimpleITK",
    "pydicom",
    "scikit-image",
    "connected-components-3d",
    "fill-voids",
    "vtk",
    "PySide6-Essentials",
)
GIB: Final = 2**30
ELSEWHERE: Final = 0.7
CPU_INFO: Final = Path("/proc/cpuinfo")


def machine() -> dict[str, object]:
    """Return processor, cores, memory, system, versions and the load of the last minute."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": ".".join(map(str, sys.version_info[:3])),
        "load_1_min": round(psutil.getloadavg()[0], 2),
        "versions": {name: installed(name) for name in PACKAGES},
    }


def processor() -> str:
    """Return the processor's model, or its architecture where the system keeps it to itself."""
    try:
        lines = CPU_INFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def installed(name: str) -> str | None:
    """Return the version of a package, None where it isn't installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def floor_share() -> float:
    """Return how much of each floor is promised here: the floors were found with AVX-512."""
    from llvmlite import binding  # numba's own compiler; only when something is measured

    return 1.0 if binding.get_host_cpu_features().get("avx512f") else ELSEWHERE
