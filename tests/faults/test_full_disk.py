"""FILE-5, HAZ-27: a disk that fills while a package is written leaves what was there."""

import os
import resource
import subprocess
import sys

import pytest

from tests.faults.conftest import ROOT, home
from tests.faults.test_same_bytes import hashes

LIMITS = (100, 20_000)


def exported_within(limit_bytes, plain_road, out, env, *words):
    """Export while no file may grow beyond so many bytes; a full disk of a process of its own."""

    def narrow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))

    command = ["export", plain_road.out / "case.tasrif", "--to", "package,print", "--out", out]
    return subprocess.run(
        [sys.executable, "main.py", *map(str, command), *words], cwd=ROOT, check=False,
        env={**os.environ, **env}, capture_output=True, text=True, preexec_fn=narrow, timeout=200,
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.hazard("HAZ-27")
@pytest.mark.slow
def test_a_full_disk_leaves_the_package_that_was_there(plain_road, tmp_path):
    env = home(tmp_path)
    place = tmp_path / "stick"
    place.mkdir()
    done = exported_within(resource.RLIM_INFINITY, plain_road, place / "package", env)
    assert done.returncode == 0, done.stderr
    before = hashes(place)
    for limit in LIMITS:
        answer = exported_within(limit, plain_road, place / "package", env, "--force")
        assert answer.returncode == 4, (limit, answer.stderr)
        assert "Traceback" not in answer.stderr
        assert [path.name for path in place.iterdir()] == ["package"]
        assert hashes(place) == before
