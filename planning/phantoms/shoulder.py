"""The shoulder phantom: left shoulder and half of the chest, native CT."""

from typing import Final

import numpy as np

from planning.phantoms.cage import cage
from planning.phantoms.chest import chest
from planning.phantoms.humerus import humerus
from planning.phantoms.scapula import glenoid_normal, scapula, scapula_axes
from planning.phantoms.scene import Scene
from planning.phantoms.table import table
from planning.phantoms.thorax import body, cuff, muscles

CENTRE: Final = (92.0, -5.0, -70.0)
SUPERFICIAL: Final = (
    "pectoralis major",
    "upper trapezius",
    "middle trapezius",
    "lower trapezius",
    "latissimus",
    "infraspinatus",
    "teres major",
    "deltoid",
    "clavicle",
    "erector spinae",
    "triceps",
    "biceps short",
    "sternum",
)


def shoulder_scene(
    seed: int = 0,
    version_deg: float = -6.0,
    inclination_deg: float = 8.0,
    retroversion_deg: float = 30.0,
    neck_shaft_deg: float = 135.0,
) -> Scene:
    """Return the scene of a left shoulder with the chosen angles (degrees).

    Version is positive anteriorly, inclination superiorly, retroversion posteriorly; `seed`
    varies the posture of the scapula, the lung vessels and the lymph nodes.
    """
    scene = Scene()
    rng = np.random.default_rng(seed)
    axes = scapula_axes(38 + rng.normal(0, 1.5), 8 + rng.normal(0, 1))
    g = axes @ glenoid_normal(version_deg, inclination_deg)
    table(scene, top_mm=121.0)
    body(scene)
    skin = scene.parts[-1]
    cuff(scene, axes, g)
    muscles(scene)
    chest(scene, rng)
    scapula(scene, axes, version_deg, inclination_deg)
    humerus(scene, g, retroversion_deg, neck_shaft_deg)
    cage(scene)
    scene.wrap(skin, SUPERFICIAL, 9.0, 14.0)
    return scene
