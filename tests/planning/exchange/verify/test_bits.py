"""Single bits of a package of every exporter, changed one by one: none is accepted."""

import shutil

import numpy as np
import pytest

from planning.exchange.verify import verify
from tests.planning.exchange import wholes
from tests.planning.exchange.making import bytes_of


def accepted(folder, count, seed):
    """Where, of so many changed bits, one was accepted; and the files that were tried."""
    rng, files = np.random.default_rng(seed), bytes_of(folder)
    paths = sorted(files)
    sizes = np.array([len(files[path]) for path in paths], float)
    found, tried = [], set()
    for n in range(count):
        # Half of them by file, so that small files get their share, half by size.
        path = paths[rng.choice(len(paths), p=None if n % 2 else sizes / sizes.sum())]
        at, bit = int(rng.integers(len(files[path]))), int(rng.integers(8))
        with (folder / path).open("r+b") as file:
            file.seek(at)
            file.write(bytes([files[path][at] ^ 1 << bit]))
            file.flush()
            if verify(folder).passed:
                found.append((path, at, bit))
            file.seek(at)
            file.write(files[path][at : at + 1])
        tried.add(path)
    return found, tried


def checked(everything, folder, count, seed):
    copy = shutil.copytree(everything, folder / "copy")
    assert {path.name for path in (copy / "data").iterdir()} >= set(wholes.ALL)
    assert verify(copy).passed
    found, tried = accepted(copy, count, seed)
    assert found == []
    assert tried == set(bytes_of(copy))
    assert bytes_of(copy) == bytes_of(everything)


@pytest.mark.slow
@pytest.mark.hazard("HAZ-25", "HAZ-27")
def test_no_changed_bit_of_any_exporters_file_is_accepted(everything, tmp_path):
    checked(everything, tmp_path, 500, seed=9)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_none_of_5000_changed_bits_is_accepted(everything, tmp_path):
    checked(everything, tmp_path, 5_000, seed=5000)
