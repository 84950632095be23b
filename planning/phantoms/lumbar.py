"""The lumbar phantom: T12 to sacrum with exact lordosis and pedicles, native CT."""

from typing import Final

import numpy as np

from planning.phantoms.bowel import bowel
from planning.phantoms.pelvis import endplate, sacrum, wings
from planning.phantoms.scene import Scene
from planning.phantoms.spine import ORDER, Frame, chain, discs_and_sac, vertebra
from planning.phantoms.table import table
from planning.phantoms.trunk import back, great_vessels, wall

CENTRE: Final = (0.0, -35.0, -15.0)
TABLE_TOP_MM = 99.0


def lumbar_scene(seed: int = 0, lordosis_deg: float = 48.0, slope_deg: float = 38.0) -> Scene:
    """Return the scene of a lumbar spine with the chosen L1 to S1 lordosis and sacral slope."""
    scene = Scene()
    rng = np.random.default_rng(seed)
    table(scene, TABLE_TOP_MM)
    wall(scene)
    skin = scene.part("skin")
    frames = spine(scene, rng, lordosis_deg, slope_deg)
    back(scene, frames)
    great_vessels(scene, frames, artery_hu=46, vein_hu=43)
    bowel(scene, rng, artery_hu=44)
    scene.wrap(skin, ("multifidus", "erector spinae"), 13.0, 24.0)
    return scene


def spine(
    scene: Scene, rng: np.random.Generator, lordosis_deg: float, slope_deg: float
) -> dict[str, Frame]:
    """Add vertebrae, sacrum, wings, discs and sac with the L3 body at zero; return the frames."""
    frames = chain(lordosis_deg, slope_deg)
    middle = frames["L3"].centre
    frames = {n: frame._replace(centre=frame.centre - middle) for n, frame in frames.items()}
    canal = [vertebra(scene, name, frames[name], rng) for name in ORDER]
    s1 = endplate(slope_deg, -middle)
    sacrum(scene, s1)
    wings(scene, s1)
    discs_and_sac(scene, frames, s1, canal)
    scene.truth.angles_deg["lumbar_lordosis"] = lordosis_deg
    scene.truth.angles_deg["sacral_slope"] = slope_deg
    return frames
