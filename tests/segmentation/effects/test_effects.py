"""What every tool keeps: pure, the same twice, sound masks, true millimetres, a recipe."""

import numpy as np
import polib
import pytest

from resources import FOLDER
from segmentation.effects import EFFECTS, IN_A_PROCESS, effect_named, from_recipe
from segmentation.effects.effect import SegmentView, parse, recipe
from segmentation.effects.setting import Kind, parameters
from segmentation.errors import Cancelled, Misuse, Refusal
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from tests.segmentation.random_masks import OBLIQUE, mask_is_sound, noise, volume_of

SHAPE = (18, 22, 130)
VOLUME = volume_of(noise(SHAPE, 1), (1.5, 0.8, 0.7), OBLIQUE)
OFF_CENTRE = np.array((0.11, 0.23, 0.17))


OTHER = "Other"


def others(volume):
    """Another segment for tools that need one."""
    return {OTHER: BitMask.from_bool(volume.hu % 3 == 0)}


def seeds(volume, truth, n):
    """LPS points in some voxels of a boolean array, off their centres: no corner is a tie."""
    kji = np.argwhere(truth)
    if not len(kji):
        kji = np.array([volume.grid.shape_kji]) // 2
    some = kji[np.linspace(0, len(kji) - 1, n).astype(int), ::-1]
    return tuple(tuple(point) for point in volume.grid.lps_mm(some + OFF_CENTRE).tolist())


def settings(effect_class, volume=VOLUME, truth=None):
    """Settings for each choice of an effect, with points that hit `truth` or bone."""
    known = parameters(effect_class)
    truth = volume.hu >= 226 if truth is None else truth
    lists = [p for p in known if p.kind is Kind.POINTS]
    wanted = [p.count.most or max(p.count.least, 2) for p in lists]
    several = seeds(volume, truth, sum(wanted))  # no list holds a point of another
    points = {}
    for n, p in enumerate(lists):
        points[p.name] = several[sum(wanted[:n]) : sum(wanted[: n + 1])]
    points |= {p.name: OTHER for p in known if p.kind is Kind.SEGMENT}
    points |= {p.name: (OTHER,) for p in known if p.kind is Kind.SEGMENTS}
    points.pop("box_lps_mm", None)  # a box of random corners holds no point
    choices = [(p.name, choice) for p in known for choice in p.choices]
    return [{**points, name: choice} for name, choice in choices] or [points]


def runs():
    for effect_class in EFFECTS:
        for n, setting in enumerate(settings(effect_class)):
            yield pytest.param(effect_class(**setting), id=f"{effect_class.name}-{n}")


ALL_RUNS = list(runs())
# Tools of a process of their own keep these laws in tests of their own.
HERE = [one for one in EFFECTS if one.name not in IN_A_PROCESS]
RUNS = [run for run in ALL_RUNS if run.values[0].name not in IN_A_PROCESS]


@pytest.fixture(scope="module")
def blob():
    return BitMask.from_bool(VOLUME.hu >= 226)


@pytest.mark.parametrize("effect", RUNS)
def test_an_effect_changes_nothing_it_reads_and_is_the_same_twice(effect, blob):
    words, hu = blob.words.copy(), VOLUME.hu.copy()
    one = effect.apply(SegmentView(VOLUME, blob, others=others(VOLUME)))
    assert np.array_equal(blob.words, words)
    assert np.array_equal(VOLUME.hu, hu)
    assert one.shape_kji == SHAPE
    assert mask_is_sound(one)
    for wanted in (1, 3):
        with threads(wanted):
            again = effect.apply(SegmentView(VOLUME, blob, others=others(VOLUME)))
        assert again.box == one.box
        assert np.array_equal(again.words, one.words)


@pytest.mark.parametrize("effect", RUNS)
@pytest.mark.parametrize("fill", [0, 1])
def test_an_effect_survives_an_empty_and_a_full_segment(effect, fill):
    view = SegmentView(VOLUME, BitMask.from_bool(np.full(SHAPE, fill, bool)), others=others(VOLUME))
    empty = {"split-joint": "joint-point-away", "copy-slices": "slice-empty"}
    if fill == 0 and effect.name in empty:
        with pytest.raises(Refusal, match=empty[effect.name]):
            effect.apply(view)
    elif fill == 0 and getattr(effect, "keep", "") in {"clicked", "unclicked"}:
        with pytest.raises(Refusal, match="seed-outside-segment"):
            effect.apply(view)
    else:
        assert mask_is_sound(effect.apply(view))


def too_small(effect, shape):
    """The code with which a tool refuses a scan of one value and a few voxels, empty for none."""
    if "otsu" in {effect.name, getattr(effect, "tissues", "")[:4]}:  # one value is no two classes
        return "otsu-values-too-few"
    if effect.name == "split-joint" and shape == (1, 1, 1):  # one voxel is no two bones
        return "joint-points-meet"
    if getattr(effect, "plane", "") == "points" and 1 in shape:
        return "plane-points-on-a-line"
    return ""


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 64), (2, 5, 65)])
@pytest.mark.parametrize("effect_class", HERE)
def test_an_effect_survives_the_smallest_scans(effect_class, shape):
    volume = volume_of(np.full(shape, 500), (2.0, 1.0, 1.0))
    mask = BitMask.from_bool(np.ones(shape, bool))
    for setting in settings(effect_class, volume):
        effect = effect_class(**setting)
        if code := too_small(effect, shape):
            with pytest.raises(Refusal, match=code):
                effect.apply(SegmentView(volume, mask, others=others(volume)))
        else:
            assert mask_is_sound(effect.apply(SegmentView(volume, mask, others=others(volume))))


@pytest.mark.parametrize(
    # Where bones part, and what is anatomy, is told by millimetres that don't grow with the scan.
    "effect_class",
    [one for one in HERE if one.name not in {"split-joint", "click", "anatomy"}],
)
def test_millimetres_are_true_whatever_the_scale(effect_class, blob):
    """Twice the spacing with twice the millimetres selects the same voxels."""
    wide = volume_of(VOLUME.hu, tuple(2 * s for s in VOLUME.grid.spacing_kji_mm), OBLIQUE)
    for setting, double in zip(settings(effect_class), settings(effect_class, wide), strict=True):
        for p in parameters(effect_class):
            if p.unit == "mm" and p.kind is Kind.NUMBER:
                setting[p.name], double[p.name] = 1.3, 2.6
            if p.unit == "HU/mm":
                setting[p.name], double[p.name] = 200.0, 100.0
            if p.unit == "mL":
                setting[p.name], double[p.name] = 0.05, 0.4
        one = effect_class(**setting).apply(SegmentView(VOLUME, blob, others=others(VOLUME)))
        two = effect_class(**double).apply(SegmentView(wide, blob, others=others(wide)))
        assert np.array_equal(one.to_bool(), two.to_bool())


@pytest.mark.parametrize("effect", ALL_RUNS)
def test_an_effect_comes_back_from_its_recipe(effect):
    text = recipe(effect)
    again = from_recipe(text)
    assert again == effect
    assert recipe(again) == text


@pytest.mark.parametrize("effect", ALL_RUNS)
def test_an_effect_comes_back_from_the_command_line(effect):
    texts = {}
    for p in parameters(type(effect)):
        value = getattr(effect, p.name)
        if p.kind is Kind.POINTS:
            value = ";".join(",".join(map(repr, point)) for point in value)
        elif p.kind is Kind.DIRECTION:
            value = ",".join(map(repr, value))
        elif p.kind is Kind.SEGMENTS:
            value = ";".join(value)
        texts[p.name] = str(value)
    assert parse(type(effect), texts) == effect


@pytest.mark.parametrize("effect", RUNS)
def test_an_effect_stops_when_it_is_told_to(effect, blob):
    def stop(_done, _total):
        raise Cancelled

    instant = {"paint", "erase"}  # a stroke reports to nobody: it takes less than a frame
    if effect.name in instant:
        assert effect.apply(SegmentView(VOLUME, blob, stop, others=others(VOLUME))).words.size
    else:
        with pytest.raises(Cancelled):
            effect.apply(SegmentView(VOLUME, blob, stop, others=others(VOLUME)))


@pytest.mark.parametrize("effect", RUNS)
def test_progress_never_runs_backwards(effect, blob):
    steps = []
    view = SegmentView(VOLUME, blob, lambda n, of: steps.append(n / of), others=others(VOLUME))
    effect.apply(view)
    assert all(0.0 <= step <= 1.0 for step in steps)
    with threads(1):
        steps.clear()
        effect.apply(view)
        assert steps == sorted(steps)


@pytest.mark.parametrize("effect_class", EFFECTS)
def test_each_number_has_a_range_that_is_kept(effect_class):
    for p in parameters(effect_class):
        if p.range is None:
            continue
        assert p.unit
        assert p.range.lowest <= p.default <= p.range.highest
        for value in (p.range.lowest - p.range.step, p.range.highest + p.range.step):
            with pytest.raises(Refusal, match="value-out-of-range"):
                effect_class(**{p.name: value})
        with pytest.raises(Refusal, match="value-not-a-number"):
            effect_class(**{p.name: float("nan")})


def texts():
    for effect_class in EFFECTS:
        yield effect_class.title
        for p in parameters(effect_class):
            yield from (p.title, p.help, *p.choices)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_title_and_help_is_translated(language):
    files = sorted((FOLDER / "locale" / language).glob("*.po"))
    entries = [entry for path in files for entry in polib.pofile(str(path))]
    known = {entry.msgid for entry in entries if entry.translated() and not entry.msgctxt}
    assert set(texts()) <= known


def test_names_are_unique_and_found():
    assert len({effect_class.name for effect_class in EFFECTS}) == len(EFFECTS)
    for effect_class in EFFECTS:
        assert effect_named(effect_class.name) is effect_class
    with pytest.raises(Misuse, match="effect-unknown") as caught:
        effect_named("treshold")
    assert caught.value.exit_code == 2
