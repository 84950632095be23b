"""Install the Debian packages of the named lists, or say the one line that does.

Usage: python3 .ci/system.py run [test] [judges]. Standard library only: it runs before the
virtual environment exists. Exit code 4 when something is missing and this user can't install it.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (3, 11)
FRENCH = "fr_FR.UTF-8"


def listed(names: list[str]) -> list[str]:
    """Return the packages of the named lists, in order."""
    return [p for n in names for p in (HERE / f"debian-{n}.txt").read_text().split()]


def missing(packages: list[str]) -> list[str]:
    """Return the packages that dpkg does not know as installed."""
    form = "-f=${db:Status-Abbrev} ${Package}\n"
    answer = subprocess.run(
        ["dpkg-query", "-W", form, *packages], capture_output=True, text=True, check=False
    )
    installed = {line.split()[1] for line in answer.stdout.splitlines() if line.startswith("ii")}
    return [p for p in packages if p not in installed]


def has_venv() -> bool:
    """Return whether this Python can make virtual environments with pip in them."""
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def has_french() -> bool:
    """Return whether the C library can format numbers the French way."""
    answer = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    return "fr_FR.utf8" in answer.stdout.split()


def install(packages: list[str]) -> None:
    """Install packages as root."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=True, env=quiet, stdout=sys.stderr)
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=quiet, stdout=sys.stderr)


def check_libraries() -> None:
    """Name what is missing on a system without dpkg; there the user knows the package names."""
    for library in ("libGL.so.1", "libEGL.so.1", "libxcb-cursor.so.0", "libfontconfig.so.1"):
        try:
            ctypes.CDLL(library)
        except OSError:
            print(f"note: the system library {library} was not found", file=sys.stderr)


def main(names: list[str]) -> int:
    """Bring the system to what the lists ask for."""
    if sys.version_info < OLDEST:
        print("Tasrif needs Python 3.11 or newer.", file=sys.stderr)
        return 4
    if shutil.which("dpkg-query") is None:
        if sys.platform.startswith("linux"):
            check_libraries()
        return 0
    wanted = missing(listed(names))
    if not has_venv():
        wanted.append("python3-venv")
    if "judges" in names and shutil.which("npm") is None:
        wanted += ["nodejs", "npm"]  # some judges are node packages; any npm will do
    if wanted and os.geteuid() != 0:
        line = "apt-get install -y --no-install-recommends " + " ".join(wanted)
        print(f"Debian packages are missing. As root, run:\n{line}", file=sys.stderr)
        return 4
    if wanted:
        install(wanted)
    if "test" in names and os.geteuid() == 0 and not has_french():
        subprocess.run(["localedef", "-i", "fr_FR", "-f", "UTF-8", FRENCH], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
