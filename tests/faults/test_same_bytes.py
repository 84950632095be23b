"""DET-1 to DET-5: threads, hash seeds, locale, time zone, language, scale of the screen: no bit."""

import hashlib
import random
import shutil
import subprocess

import pytest

from tests.faults.conftest import home, walk

PLAIN = {
    "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8", "TZ": "UTC", "TASRIF_LANGUAGE": "en",
    "QT_SCALE_FACTOR": "1",
}  # fmt: skip
ODD = {
    "NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "4711",
    "LC_ALL": "fr_FR.UTF-8", "LANG": "fr_FR.UTF-8", "TZ": "Pacific/Kiritimati",
    "TASRIF_LANGUAGE": "fr", "QT_SCALE_FACTOR": "1.5",
}  # fmt: skip


def hashes(folder):
    """Return the SHA-256 of each file below a folder by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def again(plain_road, folder, surroundings):
    """Compute once more in other surroundings; return the hashes."""
    folder.mkdir()
    case, key = plain_road.out / "case.tasrif", plain_road.out / "key.json"
    walk("same", case, key, folder / "out", env=home(folder) | surroundings)
    return hashes(folder / "out")


@pytest.fixture(scope="module")
def plain(plain_road, tmp_path_factory):
    """The hashes on one thread, in English, at UTC."""
    return again(plain_road, tmp_path_factory.mktemp("same") / "plain", PLAIN)


@pytest.mark.hazard("HAZ-16")
@pytest.mark.slow
def test_masks_meshes_and_package_are_the_same_in_odd_surroundings(plain_road, plain, tmp_path):
    found = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout
    assert "fr_FR" in found, "the French locale is missing: nothing would be proven"
    assert again(plain_road, tmp_path / "odd", ODD) == plain
    assert len([name for name in plain if name.startswith("package/")]) > 25
    assert {"threshold.stl", "smooth.stl", "margin.stl", "bone.ply"} <= set(plain)


@pytest.mark.slow
def test_another_case_would_give_other_bytes(plain_road, plain, tmp_path):
    """The negative control: the comparison tells one voxel's difference."""
    stl = plain_road.out / "bone.stl"
    copy = tmp_path / "bone.stl"
    shutil.copy(stl, copy)
    body = bytearray(copy.read_bytes())
    body[-30] ^= 1
    copy.write_bytes(body)
    assert hashes(tmp_path)["bone.stl"] != hashlib.sha256(stl.read_bytes()).hexdigest()
    assert len(set(plain.values())) > 20


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_twenty_reruns_give_the_same_bytes(plain_road, plain, tmp_path):
    rng = random.Random(20)
    for n in range(20):
        mixed = {name: rng.choice((PLAIN[name], ODD[name])) for name in PLAIN}
        mixed["PYTHONHASHSEED"] = str(rng.randrange(1 << 31))
        assert again(plain_road, tmp_path / f"run{n}", mixed) == plain, mixed
