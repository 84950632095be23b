"""A folder that means harm: limits before reading, and no way out of it."""

import os

import pytest

from planning.exchange.verify import verify
from planning.exchange.verify.parcel import FILE_BYTES_MAX, FILES_MAX, listed, require_plain_name
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange.verify.test_tampering import failed

PATH = "data/plan.json"


@pytest.fixture
def secret(tmp_path):
    outside = tmp_path / "secret"
    outside.write_bytes(b"x" * 10)
    return outside


def test_too_many_files_are_not_even_listed(sealed):
    for n in range(FILES_MAX + 1):
        (sealed / f"data/{n}.png").touch()
    assert failed(verify(sealed)) == {"structure": "verify-too-many"}


def test_a_huge_file_is_not_even_opened(sealed):
    with (sealed / "data/huge.png").open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)  # takes no room on the disk
    assert failed(verify(sealed)) == {"structure": "verify-too-large"}


@pytest.mark.hazard("HAZ-39")
@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="no such flag on this system")
def test_what_becomes_a_link_after_the_listing_is_not_followed(sealed, secret):
    parcel = listed(sealed)
    (sealed / PATH).unlink()
    (sealed / PATH).symlink_to(secret)
    with pytest.raises(Fault) as fault:
        parcel.body(PATH, 1 << 20)
    assert fault.value.code == "verify-file-changed"


@pytest.mark.hazard("HAZ-39")
def test_a_folder_that_becomes_a_link_leads_nowhere(sealed, tmp_path):
    parcel = listed(sealed)
    (sealed / "data").rename(tmp_path / "data")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/plan.json").write_bytes((tmp_path / PATH).read_bytes())
    (sealed / "data").symlink_to(tmp_path / "other")
    with pytest.raises(Fault) as fault:
        parcel.body(PATH, 1 << 20)
    assert fault.value.code == "verify-file-changed"


def test_what_grows_or_shrinks_after_the_listing_is_seen(sealed):
    whole = (sealed / PATH).read_bytes()
    for body in (whole + b"x", whole[:-1]):
        (sealed / PATH).write_bytes(whole)
        parcel = listed(sealed)
        (sealed / PATH).write_bytes(body)
        with pytest.raises(Fault):
            parcel.body(PATH, 1 << 20)


def test_a_limit_holds_before_anything_is_read(sealed):
    with pytest.raises(Fault) as fault:
        listed(sealed).body(PATH, 100)
    assert fault.value.code == "verify-too-large"


@pytest.mark.parametrize(
    "path",
    [
        "../x", "data/../x", "/x", "data//x", "data/", "", ".", "data/.", "data/x.", "data/x ",
        "data/-x", "data/x\\y", "data/c:x", "data/x\0", "data/x\n", "data/é", "data/CON",
        "data/nul.txt", "data/com1.stl", "a/" * 8 + "x", "x" * 129,
    ],
)  # fmt: skip
def test_no_path_has_tricks(path):
    with pytest.raises(Fault):
        require_plain_name(path)


@pytest.mark.parametrize("path", ["data/plan.json", "data/print/SIM-a_b.stl", "a", "x" * 128])
def test_plain_paths_pass(path):
    require_plain_name(path)


def test_two_names_that_another_system_takes_for_one_are_refused(sealed):
    twin = sealed / "data/Plan.json"
    if twin.exists():
        pytest.skip("this file system takes them for one itself")
    twin.write_bytes(b"x")
    assert failed(verify(sealed)) == {"structure": "verify-names-collide"}
