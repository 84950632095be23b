"""A made patient: the CT, its labels and everything that is known exactly about it."""

import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.abdomen import CENTRE as ABDOMEN_CENTRE
from planning.phantoms.abdomen import abdomen_scene
from planning.phantoms.kernels.pack import pack_label, survey_slice
from planning.phantoms.labels import LABELS
from planning.phantoms.lumbar import CENTRE as LUMBAR_CENTRE
from planning.phantoms.lumbar import lumbar_scene
from planning.phantoms.raster import Raster, Scanner, rasterised, scanned
from planning.phantoms.scene import Scene, Truth
from planning.phantoms.shoulder import CENTRE as SHOULDER_CENTRE
from planning.phantoms.shoulder import shoulder_scene
from planning.phantoms.tables import Floats, Ints
from segmentation.errors import Misuse
from segmentation.grid import Grid, Point
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

Name = Literal["shoulder", "lumbar", "abdomen"]
Detail = Literal["full", "half", "quarter"]


class Recipe(NamedTuple):
    """How one phantom is made: its scene, the middle of the scan, its noise."""

    scene: Callable[[int], Scene]
    centre: tuple[float, float, float]
    sigma_hu: float
    centre_gain: float


RECIPES: Final[dict[str, Recipe]] = {
    "shoulder": Recipe(shoulder_scene, SHOULDER_CENTRE, 11.0, 0.9),
    "lumbar": Recipe(lumbar_scene, LUMBAR_CENTRE, 10.0, 0.7),
    "abdomen": Recipe(abdomen_scene, ABDOMEN_CENTRE, 9.0, 0.7),
}
COARSER: Final[dict[str, int]] = {"full": 1, "half": 2, "quarter": 4}
SHARPNESS: Final[dict[str, float]] = {"full": 0.16, "half": 0.05, "quarter": 0.0}
SHAPE_KJI, SPACING_KJI_MM = (300, 512, 512), (1.0, 0.7, 0.7)
OBLIQUE_RAD: Final = (0.35, 0.30)
FAR_MM: Final = np.array([-620.0, 710.0, 1034.0])
NAMESPACE: Final = uuid.UUID("0d3a4b52-9f7e-5c1d-8a26-6b1f7c90e4d1")
UNCLAIMED = (12, 13)  # skin and fat are what no other part takes


@dataclass(frozen=True, eq=False)
class Label:
    """One label: what its parts hold, and what of it is left to see.

    `ml` is the label's own volume inside the scan, from the field at voxel centres (by formula
    for a whole ball); `visible_ml` counts its voxels, after other parts were painted over it.
    """

    index: int
    name: str
    tissue: str
    mask: BitMask
    ml: float
    visible_ml: float


@dataclass(frozen=True, eq=False)
class Phantom:
    """A made patient; positions and directions are LPS, exact in float64.

    `landmarks`, `angles_deg`, `lengths_mm`, `ratios`, `directions` and `curves` (points (n, 3))
    are true by construction; `labelmap` is uint8 `[k, j, i]`, 0 where there is no label.
    """

    name: str
    seed: int
    is_oblique: bool
    detail: str
    volume: Volume
    labelmap: NDArray[np.uint8]
    labels: tuple[Label, ...]
    landmarks: Mapping[str, Point]
    angles_deg: Mapping[str, float]
    lengths_mm: Mapping[str, float]
    ratios: Mapping[str, float]
    directions: Mapping[str, Point]
    curves: Mapping[str, Floats]

    def label(self, name: str) -> Label:
        """Return the label of this name; KeyError when there is none."""
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(name)

    def uid(self, role: str) -> str:
        """Return a DICOM UID under 2.25 that is the same for the same phantom and role.

        The frame of reference (role "frame") is shared by all details of a phantom.
        """
        grain = "" if role == "frame" else self.detail
        return phantom_uid(role, self.name, self.seed, self.is_oblique, grain)


def phantom_uid(role: str, name: str, seed: int, oblique: bool, detail: str = "") -> str:
    """Return the UID that `Phantom.uid` gives."""
    text = f"{role}/{name}/{seed}/{'oblique' if oblique else 'straight'}/{detail}"
    return f"2.25.{uuid.uuid5(NAMESPACE, text).int}"


def build_phantom(
    name: str,
    *,
    seed: int = 0,
    oblique: bool = False,
    detail: Detail = "half",
    progress: Progress = silent,
) -> Phantom:
    """Return the phantom called `name`: "shoulder", "lumbar" or "abdomen".

    The same arguments give the same bytes, whatever the number of threads. `oblique` turns the
    grid out of the patient's axes and moves all about a metre away from zero. `detail` "full" is
    512 x 512 x 300 voxels of 0.7 x 0.7 x 1.0 mm; "half" and "quarter" have larger voxels.
    Refusal (Misuse) `phantom-unknown` for another name.
    """
    if name not in RECIPES:
        raise Misuse("phantom-unknown", name=name, known=", ".join(RECIPES))
    recipe = RECIPES[name]
    shift = FAR_MM if oblique else np.zeros(3)
    grid = phantom_grid(name, seed=seed, oblique=oblique, detail=detail)
    scene = recipe.scene(seed)
    progress(20, 1000)
    raster = rasterised(scene, grid, shift, seed, share(progress, 0.02, 0.85))
    scanner = Scanner(recipe.sigma_hu, recipe.centre_gain, SHARPNESS[detail])
    hu = scanned(raster.hu, scanner, seed, share(progress, 0.85, 0.94))
    labels = _labels(raster, grid, scene.truth, shift, share(progress, 0.94, 1.0))
    truth = scene.truth
    return Phantom(
        name,
        seed,
        oblique,
        detail,
        Volume(hu, grid),
        raster.labels,
        labels,
        {key: point + shift for key, point in truth.points.items()},
        truth.angles_deg,
        truth.lengths_mm,
        truth.ratios,
        truth.directions,
        {key: points + shift for key, points in truth.curves.items()},
    )


def phantom_grid(name: str, *, seed: int, oblique: bool, detail: Detail) -> Grid:
    """Return the grid of a phantom."""
    step = COARSER[detail]
    nk, nj, ni = (n // step for n in SHAPE_KJI)
    dk, dj, di = (s * step for s in SPACING_KJI_MM)
    direction = oblique_axes() if oblique else np.eye(3)
    centre = np.array(RECIPES[name].centre) + (FAR_MM if oblique else 0.0)
    half = (np.array([ni, nj, nk]) - 1) / 2 * np.array([di, dj, dk])
    uid = phantom_uid("frame", name, seed, oblique)
    return Grid((nk, nj, ni), centre - direction @ half, (dk, dj, di), direction, uid)


def oblique_axes() -> Floats:
    """Return the columns of the oblique grid's axes."""
    (ca, sa), (cb, sb) = ((math.cos(a), math.sin(a)) for a in OBLIQUE_RAD)
    about_z = np.array([[ca, -sa, 0], [sa, ca, 0], [0, 0, 1]])
    turned: Floats = about_z @ np.array([[1, 0, 0], [0, cb, -sb], [0, sb, cb]])
    return turned


def _labels(
    raster: Raster, grid: Grid, truth: Truth, shift_mm: Floats, progress: Progress
) -> tuple[Label, ...]:
    boxes = np.zeros((grid.shape_kji[0], 256, 5), np.int64)
    for k in range(grid.shape_kji[0]):
        survey_slice(raster.labels, k, boxes)
    present = [index for index in LABELS if boxes[:, index, 0].any()]
    labels = []
    for done, index in enumerate(present):
        name, tissue = LABELS[index]
        visible = int(boxes[:, index, 0].sum()) * grid.voxel_ml
        own = visible if index in UNCLAIMED else int(raster.counts[index]) * grid.voxel_ml
        if index in truth.balls:
            centre, radius = truth.balls[index]
            if _holds_ball(grid, centre + shift_mm, radius):
                own = 4 / 3 * math.pi * radius**3 / 1000
        mask = _mask(raster.labels, index, boxes[:, index])
        labels.append(Label(index, name, tissue, mask, own, visible))
        progress(done + 1, len(present))
    return tuple(labels)


def _holds_ball(grid: Grid, centre_lps_mm: Point, radius_mm: float) -> bool:
    place = grid.ijk(centre_lps_mm)
    room = radius_mm / np.array(grid.spacing_kji_mm[::-1]) - 0.5
    return bool(
        (place >= room).all() and (place <= np.array(grid.shape_kji[::-1]) - 1 - room).all()
    )


def _mask(labels: NDArray[np.uint8], index: int, rows: Ints) -> BitMask:
    """Return the mask of one label; `rows` (nk, 5) are its counts and boxes by slice."""
    filled = np.flatnonzero(rows[:, 0])
    used = rows[filled]
    k0, k1 = int(filled[0]), int(filled[-1]) + 1
    j0, j1 = int(used[:, 1].min()), int(used[:, 2].max()) + 1
    w0, w1 = int(used[:, 3].min()) // WORD_BITS, int(used[:, 4].max()) // WORD_BITS + 1
    box = Box(k0, j0, w0, k1, j1, w1)
    words = np.empty(box.shape_kjw, np.uint64)
    pack_label(labels, index, k0, j0, w0, words)
    nk, nj, ni = labels.shape
    return BitMask.from_words((nk, nj, ni), words, box)
