"""The adapter to TotalSegmentator: its contract, held against a stand-in for the program."""

import os
import sys
import time

import numpy as np
import pytest

from segmentation.effects.effect import SegmentView
from segmentation.effects.model import Model
from segmentation.errors import Cancelled, Refusal
from segmentation.mask import BitMask
from segmentation.models import total
from tests.segmentation.random_masks import OBLIQUE, mask_is_sound, noise, volume_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script")
VOLUME = volume_of(noise((9, 14, 21), 5), (2.0, 0.8, 0.7), OBLIQUE)
HEAD = f"""#!{sys.executable}
import os, pathlib, sys, time
import nibabel, numpy as np
words = sys.argv[1:]
assert words[0] == "-i" and words[2] == "-o", words
assert words[4:] == ["--device", "cpu"], words
assert "SECRET" not in os.environ
out = pathlib.Path(words[3])
ct = nibabel.load(words[1])
hu = np.asarray(ct.dataobj)
out.mkdir()
def save(name, mask, affine=ct.affine):
    nibabel.save(nibabel.Nifti1Image(mask.astype(np.uint8), affine), out / (name + ".nii.gz"))
x = nibabel.affines.apply_affine(ct.affine, np.indices(hu.shape).reshape(3, -1).T)[:, 0]
left = -x.reshape(hu.shape) > -x.mean()
"""


def stand_in(folder, body):
    """A program of that name with weights beside it; returns the environment that has both."""
    program = folder / "bin" / "TotalSegmentator"
    program.parent.mkdir(exist_ok=True)
    program.write_text(HEAD + body)
    program.chmod(0o755)
    weights = folder / "weights"
    (weights / "Dataset297_TotalSegmentator_total_3mm").mkdir(parents=True, exist_ok=True)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {"PATH": path, "TOTALSEG_WEIGHTS_PATH": str(weights)}


def there(folder, body):
    return total.installed(stand_in(folder, body))


GOOD = """
save("scapula_left", (hu > 226) & left)
save("scapula_right", (hu > 226) & ~left)
save("spleen", hu > 30000)
"""


def test_it_is_off_unless_program_and_weights_are_there(tmp_path):
    env = stand_in(tmp_path, GOOD)
    assert total.installed(env) is not None
    assert total.installed(env | {"PATH": "/nowhere"}) is None
    assert total.installed(env | {"TOTALSEG_WEIGHTS_PATH": str(tmp_path / "none")}) is None
    home = {"PATH": env["PATH"], "HOME": str(tmp_path / "nobody")}
    assert total.installed(home) is None
    results = tmp_path / "nobody" / ".totalsegmentator" / "nnunet" / "results"
    (results / "Dataset291_TotalSegmentator_part1").mkdir(parents=True)
    assert total.installed(home).weights == results


@pytest.mark.hazard("HAZ-29")
def test_its_structures_lie_where_the_scan_has_them(tmp_path, monkeypatch):
    """Voxels out by SimpleITK, back by nibabel's hand and our own reader: an oblique grid."""
    monkeypatch.setenv("SECRET", "of the person")
    made = total.found_by_total(VOLUME, there(tmp_path, GOOD))
    names = [one.label.name for one in made.found]
    assert names == ["scapula left", "scapula right"]  # what is empty is none
    masks = [one.mask.to_bool() for one in made.found]
    assert np.array_equal(masks[0] | masks[1], VOLUME.hu > 226)
    assert not (masks[0] & masks[1]).any()
    assert all(mask_is_sound(one.mask) for one in made.found)
    assert made.made_by["title"] == "TotalSegmentator"
    assert made.made_by["version"] == "Dataset297_TotalSegmentator_total_3mm"
    assert str(tmp_path) not in str(made.made_by)


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("sys.exit(3)", "model-run-failed"),
        ("", "model-run-failed"),
        ("save('a', hu[1:] > 0)", "model-total-grid"),
        ("save('a', hu > 0, ct.affine @ np.diag([1, 1, 1.1, 1]))", "model-total-grid"),
        ("(out / 'a.nii.gz').write_bytes(b'no image')", "model-total-grid"),
        ("save('hip_left', ~left); save('hip_right', left)", "model-sides-swapped"),
    ],
    ids=["fails", "nothing", "shape", "place", "no-image", "swapped"],
)
def test_a_result_that_does_not_fit_is_refused(tmp_path, body, code):
    with pytest.raises(Refusal, match=code):
        total.found_by_total(VOLUME, there(tmp_path, body))


def test_a_stop_and_a_bound_end_it_at_once(tmp_path):
    asleep = there(tmp_path, "time.sleep(60)")
    calls = []

    def stop(_done, _of):
        calls.append(1)
        if len(calls) > 5:
            raise Cancelled

    start = time.monotonic()
    with pytest.raises(Cancelled):
        total.found_by_total(VOLUME, asleep, stop)
    with pytest.raises(Refusal, match="model-silent"):
        total.found_by_total(VOLUME, asleep, whole_s=0.3)
    assert time.monotonic() - start < 30.0


def test_without_it_the_tool_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    view = SegmentView(VOLUME, BitMask.empty(VOLUME.grid.shape_kji))
    with pytest.raises(Refusal, match="model-total-missing"):
        Model(total.NAME).apply(view)
