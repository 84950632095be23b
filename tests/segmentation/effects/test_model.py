"""The tool Model: what a model finds becomes segments, told as a proposal, and nothing else."""

import json

import numpy as np
import pytest

from segmentation.effects import from_recipe
from segmentation.effects.effect import SegmentView, recipe
from segmentation.effects.model import Model
from segmentation.errors import Cancelled, Refusal
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.models import shelf
from segmentation.recipe import edge_hu, extended, is_last_by_model, made_by
from tests.segmentation.models.tiny import place, pointwise
from tests.segmentation.random_masks import mask_is_sound, noise, volume_of

VOLUME = volume_of(noise((12, 14, 70), 5), (1.0, 1.0, 1.0))
TWO = [{"channel": 1, "name": "Soft"}, {"channel": 2, "name": "Bone", "code": "272673000"}]


@pytest.fixture(autouse=True)
def models(tmp_path):
    """A folder with two models, as a hospital places them."""
    shelf.use(tmp_path)
    place(tmp_path, pointwise(225.5))
    place(tmp_path, pointwise(-200.5, 225.5), name="two", labels=TWO)
    yield tmp_path
    shelf.use(None)


def view(mask=None, **more):
    return SegmentView(VOLUME, mask or BitMask.empty(VOLUME.grid.shape_kji), **more)


def test_one_structure_becomes_the_segment_and_nothing_read_is_changed():
    steps, hu = [], VOLUME.hu.copy()
    seen = view(progress=lambda n, of: steps.append(n / of))
    made = Model("bone").divided(seen)
    assert np.array_equal(made.mask.to_bool(), VOLUME.hu > 225)
    assert mask_is_sound(made.mask)
    assert not made.parts
    assert np.array_equal(VOLUME.hu, hu)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert [one.code for one in made.findings] == ["model-proposal"]


def test_structures_become_segments_of_their_names_with_their_codes():
    own = BitMask.from_bool(VOLUME.hu > 1000)
    made = Model("two").divided(view(own, name="other"))
    assert made.mask is own
    assert [(part.name, part.code) for part in made.parts] == [("Soft", ""), ("Bone", "272673000")]
    made = Model("two").divided(view(own, name="Bone"))
    assert np.array_equal(made.mask.to_bool(), VOLUME.hu > 225)
    assert [part.name for part in made.parts] == ["Soft"]


def test_what_was_previewed_is_applied_without_running_again(models):
    kept = Kept()
    first = Model("bone").divided(view(kept=kept))
    (models / "bone" / "model.onnx").unlink()
    assert Model("bone").divided(view(kept=kept)).mask is first.mask
    with pytest.raises(Refusal, match="model-file-missing"):
        Model("bone").divided(view())


def test_a_model_that_finds_nothing_says_so():
    air = volume_of(np.full((4, 5, 6), -1000))
    made = Model("bone").divided(SegmentView(air, BitMask.empty(air.grid.shape_kji)))
    assert [one.code for one in made.findings] == ["model-found-nothing"]


@pytest.mark.parametrize(("name", "code"), [("", "model-not-chosen"), ("no", "model-unknown")])
def test_without_a_model_nothing_is_done(name, code):
    with pytest.raises(Refusal, match=code):
        Model(name).apply(view())


@pytest.mark.parametrize("at", [1, 4, 8])
def test_a_stop_at_any_step_is_a_stop(at):
    calls = []

    def stop(_done, _of):
        calls.append(1)
        if len(calls) == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        Model("bone").apply(view(progress=stop))


def test_its_recipe_names_the_model_and_starts_afresh():
    effect = Model("bone")
    assert from_recipe(recipe(effect)) == effect
    step = json.dumps({"tool": "model", "set": {}, "made_by": {"title": "Bone", "version": "1"}})
    text = extended('[{"tool":"threshold","set":{}}]', step)
    assert len(json.loads(text)) == 1
    assert is_last_by_model(text)
    assert edge_hu(text) is None  # only the mask says where its border is
    later = extended(text, '{"tool":"paint","set":{}}')
    assert not is_last_by_model(later)
    assert made_by(later) == {"title": "Bone", "version": "1"}
    assert made_by("") is None
